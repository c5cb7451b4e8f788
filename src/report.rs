//! What a compilation and its runs cost, first call and warmed calls apart.
//!
//! This module holds figures. It must not know how they were taken.

use std::time::Duration;

use crate::array::Array;
use crate::options::{Backend, FpMode};

/// The time of each stage of a compilation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// Text to syntax tree.
    pub parse: Duration,
    /// Names and types.
    pub check: Duration,
    /// Tree to IR.
    pub lower: Duration,
    /// Passes over the IR.
    pub optimize: Duration,
    /// IR to machine code, made executable.
    pub codegen: Duration,
}

impl StageTimes {
    /// All stages together.
    pub fn compile(&self) -> Duration {
        self.parse + self.check + self.lower + self.optimize + self.codegen
    }
}

/// A first call beside warmed calls.
#[derive(Clone, Debug)]
pub struct Report {
    /// The results of the first call.
    pub results: Vec<Array>,
    /// Number of elements of the arrays (1 where all arguments are scalars).
    pub elements: usize,
    /// Bytes of the arrays read and written, each once.
    pub bytes: usize,
    /// Threads that may run blocks.
    pub threads: usize,
    /// Who ran it.
    pub backend: Backend,
    /// Elements that one vector register of the widest loop holds; 1 for scalar code.
    pub lanes: usize,
    /// The floating-point mode.
    pub fp: FpMode,
    /// The stages of the first compilation, without a cache.
    pub stages: StageTimes,
    /// The first run, into results allocated for it.
    pub first_run: Duration,
    /// How often it was compiled again, without a cache.
    pub recompiles: usize,
    /// Median of compiling again.
    pub recompile_median: Duration,
    /// How often it was run again, into results allocated before.
    pub repeats: usize,
    /// Median of the warmed runs.
    pub warmed_median: Duration,
    /// Fastest of the warmed runs.
    pub warmed_min: Duration,
    /// The array length from which compiling pays against the interpreter; `None` where it never does.
    pub break_even_elements: Option<usize>,
}

impl Report {
    /// Nanoseconds an element, from the warmed median.
    pub fn ns_per_element(&self) -> f64 {
        self.warmed_median.as_secs_f64() * 1e9 / self.elements.max(1) as f64
    }

    /// Gigabytes (1e9) a second, from the warmed median.
    pub fn gb_per_s(&self) -> f64 {
        let seconds = self.warmed_median.as_secs_f64();
        if seconds > 0.0 { self.bytes as f64 / 1e9 / seconds } else { 0.0 }
    }
}
