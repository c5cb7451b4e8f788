//! Which back end compiles which loop.

#[cfg(all(target_arch = "x86_64", unix))]
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::clif::{self, Tuning};
use super::code::{Code, CodeMemory, Listing, LoopCode, Nest};
use super::function::FunctionCode;
use super::streams::Classes;
#[cfg(all(target_arch = "x86_64", unix))]
use super::wide;
use crate::diag::{Error, ErrorKind, Result};
use crate::ir::func::Module;
use crate::ir::{Extent, Loop, Program};
use crate::opt::legal::legalize;

/// Which registers loops may use beyond Cranelift's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wide {
    /// The best that this machine has.
    Best,
    /// None.
    No,
    /// 256 bits.
    Bits256,
    /// 512 bits.
    Bits512,
}

/// Compiles programs for this machine. Cheap to clone, `Send + Sync`.
#[derive(Clone)]
pub(crate) struct Compiler(Arc<Generators>);

type Memories = Vec<Box<dyn CodeMemory>>;

struct Generators {
    clif: clif::Compiler,
    #[cfg(all(target_arch = "x86_64", unix))]
    wide: Option<wide::Generator>,
}

impl Compiler {
    /// A compiler for this machine; an error of kind `Host` where it lacks what is asked for.
    pub fn new(registers: Wide) -> Result<Compiler> {
        let clif = clif::Compiler::new()?;
        #[cfg(all(target_arch = "x86_64", unix))]
        {
            use wide::Width::{Bits256, Bits512};
            let widths: &[wide::Width] = match registers {
                Wide::Best => &[Bits512, Bits256],
                Wide::No => &[],
                Wide::Bits256 => &[Bits256],
                Wide::Bits512 => &[Bits512],
            };
            let width = widths.iter().copied().find(|width| width.is_here());
            if width.is_none() && !matches!(registers, Wide::Best | Wide::No) {
                return Err(lacking(registers));
            }
            Ok(Compiler(Arc::new(Generators { clif, wide: width.map(wide::Generator::new) })))
        }
        #[cfg(not(all(target_arch = "x86_64", unix)))]
        match registers {
            Wide::Best | Wide::No => Ok(Compiler(Arc::new(Generators { clif }))),
            Wide::Bits256 | Wide::Bits512 => Err(lacking(registers)),
        }
    }

    /// Compiles every loop of `program`; with `listing`, also writes down what it made.
    /// A fault of the compiler is an error of kind `Internal` with the IR.
    pub fn compile(
        &self,
        program: &Arc<Program>,
        tuning: Tuning,
        listing: Option<&mut Listing>,
    ) -> Result<Code> {
        let (loops, memory) = self.0.loops(program, tuning, listing)?;
        let (this, program) = (self.clone(), program.clone());
        let compile_nest = move |at, classes| this.0.nest(&program, tuning, at, classes);
        // SAFETY: both back ends keep the ABI; their code lies in the memory that they gave, and
        // calls only functions of this program and of the C library.
        Ok(unsafe { Code::new(loops, Box::new(compile_nest), memory) })
    }
}

impl Compiler {
    /// Compiles every function of `module`, and its bodies; with `listing`, also writes down what it made. A fault of the compiler
    /// is an error of kind `Internal` with the IR.
    pub fn compile_functions(
        &self,
        module: &Module,
        tuning: Tuning,
        mut listing: Option<&mut Listing>,
    ) -> Result<FunctionCode> {
        let bodies = module.bodies.iter();
        let bodies = bodies.map(|body| self.compile(body, tuning, listing.as_deref_mut()));
        let bodies = bodies.collect::<Result<Vec<Code>>>()?;
        self.0.clif.compile_functions(module, bodies, listing)
    }
}

impl Generators {
    /// The code of every loop, and the memory that it lies in.
    #[cfg_attr(not(all(target_arch = "x86_64", unix)), expect(unused_mut, reason = "the wide generator's"))]
    fn loops(
        &self,
        program: &Program,
        tuning: Tuning,
        mut listing: Option<&mut Listing>,
    ) -> Result<(Vec<LoopCode>, Memories)> {
        let mut loops: Vec<Option<LoopCode>> = program.whole_loops().map(|_| None).collect();
        let mut memory = Vec::new();
        // Who asks for lanes asks for Cranelift's.
        #[cfg(all(target_arch = "x86_64", unix))]
        if let (Some(wide), None) = (&self.wide, tuning.lanes) {
            let program = legalize(program, wide.target());
            let attempt = || wide.compile(&program, &mut loops, listing.as_deref_mut());
            let made = catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|panic| {
                if cfg!(debug_assertions) {
                    resume_unwind(panic);
                }
                // A fault there must not keep anyone from code: Cranelift takes all.
                loops.fill_with(|| None);
                Ok(None)
            });
            memory.extend(
                made.map_err(|e| Error::new(ErrorKind::Host, format!("there is no memory for code: {e}")))?,
            );
        }
        if loops.iter().any(Option::is_none) {
            let program = legalize(program, clif::TARGET);
            memory.push(self.clif.compile(&program, tuning, &mut loops, listing)?);
        }
        Ok((loops.into_iter().flatten().collect(), memory))
    }

    /// A nest of loop `at`; `None` where there is none, or no code for it: whoever asks can do without.
    fn nest(
        &self,
        program: &Program,
        tuning: Tuning,
        at: usize,
        classes: Classes,
    ) -> Option<(Nest, Box<dyn CodeMemory>)> {
        #[cfg(all(target_arch = "x86_64", unix))]
        if let (Some(wide), None) = (&self.wide, tuning.lanes) {
            let program = legalize(program, wide.target());
            let attempt = || wide.compile_nest(&program, nested(&program, at)?, classes);
            let made = catch_unwind(AssertUnwindSafe(attempt));
            match made {
                Ok(Some(nest)) => return Some(nest),
                Err(panic) if cfg!(debug_assertions) => resume_unwind(panic),
                _ => {}
            }
        }
        // Cranelift has no views of every other element.
        if classes.has_pairs() {
            return None;
        }
        let program = legalize(program, clif::TARGET);
        self.clif.compile_nest(&program, nested(&program, at)?, tuning, classes).ok()
    }
}

/// Loop `at`, if it is of one piece and only stores.
fn nested(program: &Program, at: usize) -> Option<&Loop> {
    match program.whole_loops().nth(at)? {
        [l] => Some(l).filter(|l| l.reduces.is_empty() && l.extent != Extent::Once),
        _ => None,
    }
}

fn lacking(registers: Wide) -> Error {
    let what = match registers {
        Wide::Bits512 => "512-bit vectors (AVX-512 F, VL, DQ and BW)",
        _ => "256-bit vectors (AVX2 and FMA)",
    };
    Error::new(ErrorKind::Host, format!("this machine has no {what}"))
}
