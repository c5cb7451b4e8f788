//! The line from text to result, and what a caller may choose along it.

mod args;
mod options;

use std::sync::Arc;

pub use args::{Arg, Literal, Type};
pub use options::{Backend, Emit, FpMode, Limits};

use crate::array::{Array, ArrayViewMut};
use crate::diag::Result;
use crate::dtype::DType;
use crate::report::{Report, StageTimes};

/// Compiles and runs expressions: options, a cache of kernels and threads. `Send + Sync`; share one.
pub struct Engine {}

/// Options of an [`Engine`]; see [`Engine::builder`].
#[derive(Default)]
pub struct EngineBuilder {}

impl EngineBuilder {
    /// Number of threads that run blocks; by default one for each core.
    pub fn threads(self, _threads: usize) -> Self {
        self
    }
    /// Runs blocks on the caller's pool.
    pub fn pool(self, _pool: Arc<rayon::ThreadPool>) -> Self {
        self
    }
    /// The floating-point mode; strict by default.
    pub fn fp(self, _fp: FpMode) -> Self {
        self
    }
    /// Who runs programs; native by default.
    pub fn backend(self, _backend: Backend) -> Self {
        self
    }
    /// Bounds for untrusted text.
    pub fn limits(self, _limits: Limits) -> Self {
        self
    }
    /// Number of kernels that the cache keeps.
    pub fn cache(self, _kernels: usize) -> Self {
        self
    }
    /// The engine. [`Host`](crate::ErrorKind::Host) where threads cannot be made or the machine is not known.
    pub fn build(self) -> Result<Engine> {
        todo!()
    }
}

impl Engine {
    /// An engine with the default options.
    pub fn new() -> Result<Engine> {
        EngineBuilder::default().build()
    }
    /// An engine with options.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }
    /// Compiles `source` for arguments of these types, or takes it from the cache.
    pub fn compile(&self, _source: &str, _types: &[(&str, Type)]) -> Result<Kernel> {
        todo!()
    }
    /// Compiles and calls; every result in order.
    pub fn eval(&self, _source: &str, _args: &[(&str, Arg<'_>)]) -> Result<Vec<Array>> {
        todo!()
    }
    /// The form that a stage hands on, as text.
    pub fn emit(&self, _source: &str, _types: &[(&str, Type)], _emit: Emit) -> Result<String> {
        todo!()
    }
    /// A first call (no cache) and warmed calls, timed apart. `repeats` 0: enough for half a second, at least 7.
    pub fn measure(&self, _source: &str, _args: &[(&str, Arg<'_>)], _repeats: usize) -> Result<Report> {
        todo!()
    }
    /// Threads that may run blocks.
    pub fn threads(&self) -> usize {
        todo!()
    }
}

/// A compiled program. Cheap to clone, `Send + Sync`; frees its code with the last clone.
#[derive(Clone)]
pub struct Kernel {}

/// A result of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultType {
    /// Type of its elements.
    pub dtype: DType,
    /// Of the arrays' shape; otherwise a single value of shape `()`.
    pub array: bool,
}

impl Kernel {
    /// The results, in order.
    pub fn results(&self) -> &[ResultType] {
        todo!()
    }
    /// Names of arguments that the program does not use.
    pub fn unused(&self) -> &[String] {
        todo!()
    }
    /// What compiling it took.
    pub fn stages(&self) -> StageTimes {
        todo!()
    }
    /// Calls it with arguments by name; every result in an array of its own, in order.
    pub fn call(&self, _args: &[(&str, Arg<'_>)]) -> Result<Vec<Array>> {
        todo!()
    }
    /// Calls it with results into the caller's memory; allocates nothing once warm.
    /// After an error the contents of `results` are unspecified.
    pub fn call_into(&self, _args: &[(&str, Arg<'_>)], _results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        todo!()
    }
}
