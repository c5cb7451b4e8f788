//! The line from text to code, stage after stage, each timed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::check::{self, Checked};
use crate::codegen::code::Code;
use crate::codegen::{Compiler, Listing, Tuning};
use crate::diag::{Error, ErrorKind, Result};
use crate::dtype::Type;
use crate::ir::{Program, verify};
use crate::options::{Backend, Emit, FpMode, Limits};
use crate::report::StageTimes;
use crate::syntax::ast::Ast;
use crate::{lower, opt, syntax};

/// What decides how text becomes code.
pub(super) struct Pipeline {
    pub limits: Limits,
    pub fp: FpMode,
    pub backend: Backend,
    pub tuning: Tuning,
    pub compiler: Compiler,
}

/// The end of the line.
pub(super) struct Compiled {
    pub program: Program,
    /// `None` for the interpreter.
    pub code: Option<Code>,
    /// Names of parameters that the text does not use.
    pub unused: Vec<String>,
    pub stages: StageTimes,
}

impl Pipeline {
    /// Text to code for arguments of these types.
    pub fn compile(&self, source: &Arc<str>, types: &[(&str, Type)]) -> Result<Compiled> {
        let mut stages = StageTimes::default();
        let mut run = || -> Result<Compiled> {
            let ast = timed(&mut stages.parse, || self.parse(source))?;
            let checked = timed(&mut stages.check, || check::check(&ast, source, types))?;
            let mut program = timed(&mut stages.lower, || self.lower(&ast, &checked))?;
            timed(&mut stages.optimize, || opt::optimize(&mut program, self.fp));
            let code = timed(&mut stages.codegen, || self.codegen(&program, None))?;
            Ok(Compiled { program, code, unused: checked.unused, stages: StageTimes::default() })
        };
        let compiled = run().map_err(|e| e.with_source(source))?;
        Ok(Compiled { stages, ..compiled })
    }

    /// The form that a stage hands on, as text.
    pub fn emit(&self, source: &Arc<str>, types: &[(&str, Type)], emit: Emit) -> Result<String> {
        let run = || -> Result<String> {
            if emit == Emit::Tokens {
                return syntax::tokens(source);
            }
            let ast = self.parse(source)?;
            if emit == Emit::Ast {
                return Ok(ast.to_string());
            }
            let checked = check::check(&ast, source, types)?;
            if emit == Emit::Types {
                return Ok(checked.to_text(&ast));
            }
            let mut program = self.lower(&ast, &checked)?;
            if emit == Emit::Ir {
                return Ok(program.to_string());
            }
            opt::optimize(&mut program, self.fp);
            if emit == Emit::Opt {
                return Ok(program.to_string());
            }
            let mut listing = Listing::default();
            self.codegen(&program, Some(&mut listing))?;
            Ok(if emit == Emit::Clif { listing.clif } else { listing.asm })
        };
        run().map_err(|e| e.with_source(source))
    }

    fn parse(&self, source: &str) -> Result<Ast> {
        let Limits { length, nesting, .. } = self.limits;
        syntax::parse(source, &syntax::Limits { length, nesting })
    }

    fn lower(&self, ast: &Ast, checked: &Checked) -> Result<Program> {
        let program = lower::lower(ast, checked, self.limits.operations)?;
        let reductions: usize = program.loops.iter().map(|l| l.reduces.len()).sum();
        let streams = program.arrays.len() + program.outputs.len() + reductions;
        if streams > self.limits.streams {
            let limit = self.limits.streams;
            let message =
                format!("the program has {streams} arrays, results and reductions; the limit is {limit}");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        if cfg!(debug_assertions) {
            verify(&program).map_err(|e| Error::new(ErrorKind::Internal, format!("{e}\n{program}")))?;
        }
        Ok(program)
    }

    fn codegen(&self, program: &Program, listing: Option<&mut Listing>) -> Result<Option<Code>> {
        let tuning = match self.backend {
            Backend::Interp if listing.is_none() => return Ok(None),
            Backend::Scalar => Tuning { lanes: Some(1), ..self.tuning },
            _ => self.tuning,
        };
        match self.compiler.compile(program, tuning, listing) {
            Ok(code) => Ok(Some(code)),
            // A fault of the code generator must not keep anyone from a result.
            Err(e) if self.backend == Backend::Native && !cfg!(debug_assertions) => {
                debug_assert_eq!(e.kind(), ErrorKind::Internal);
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }
}

fn timed<T>(took: &mut Duration, stage: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = stage();
    *took = start.elapsed();
    result
}
