//! The line from text to code, stage after stage, each timed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::array::Order;
use crate::check::{self, Checked};
use crate::codegen::code::Code;
use crate::codegen::{Compiler, Listing, Tuning, Wide};
use crate::diag::{Error, ErrorKind, Result};
use crate::exec::Standard;
use crate::ir::{Program, verify};
use crate::lower::Wanted;
use crate::options::{Backend, Emit, FpMode, Limits};
use crate::report::StageTimes;
use crate::syntax::ast::Ast;
use crate::types::Type;
use crate::{lower, opt, syntax};

/// What decides how text becomes code.
pub(super) struct Pipeline {
    pub limits: Limits,
    pub fp: FpMode,
    pub backend: Backend,
    pub tuning: Tuning,
    /// The order of results that are allocated.
    pub order: Order,
    /// `None` where the interpreter runs programs.
    pub compiler: Option<Compiler>,
}

/// The end of the line.
pub(super) struct Compiled {
    pub program: Arc<Program>,
    /// `None` for the interpreter.
    pub code: Option<Code>,
    /// Names of parameters that the text does not use.
    pub unused: Vec<String>,
    pub stages: StageTimes,
}

/// Where the line ended.
enum End {
    Code(Box<Compiled>),
    /// The form at the stage where it was told to stop.
    Text(String),
}

impl Pipeline {
    /// Text to code for arguments of these types.
    pub fn compile(&self, source: &Arc<str>, types: &[(&str, Type)], wanted: Wanted<'_>) -> Result<Compiled> {
        match self.run(source, types, wanted, None)? {
            End::Code(compiled) => Ok(*compiled),
            End::Text(_) => unreachable!("nobody told it to stop"),
        }
    }

    /// The form that a stage hands on, as text.
    pub fn emit(&self, source: &Arc<str>, types: &[(&str, Type)], emit: Emit) -> Result<String> {
        match self.run(source, types, Wanted::default(), Some(emit))? {
            End::Text(text) => Ok(text),
            End::Code(_) => unreachable!("every form is a stage's"),
        }
    }

    fn run(
        &self,
        source: &Arc<str>,
        types: &[(&str, Type)],
        wanted: Wanted<'_>,
        stop: Option<Emit>,
    ) -> Result<End> {
        // Literals are folded here.
        let _floats = Standard::set();
        self.stages(source, types, wanted, stop).map_err(|e| e.with_source(source))
    }

    /// The line itself.
    fn stages(
        &self,
        source: &str,
        types: &[(&str, Type)],
        wanted: Wanted<'_>,
        stop: Option<Emit>,
    ) -> Result<End> {
        let mut stages = StageTimes::default();
        if stop == Some(Emit::Tokens) {
            return syntax::tokens(source, self.limits.length).map(End::Text);
        }
        let ast = timed(&mut stages.parse, || self.parse(source))?;
        if stop == Some(Emit::Ast) {
            return Ok(End::Text(ast.to_string()));
        }
        let checked = timed(&mut stages.check, || check::check(&ast, source, types))?;
        if stop == Some(Emit::Types) {
            return Ok(End::Text(checked.to_text(&ast)));
        }
        let mut program = timed(&mut stages.lower, || self.lower(&ast, &checked, wanted))?;
        if stop == Some(Emit::Ir) {
            return Ok(End::Text(program.to_string()));
        }
        timed(&mut stages.optimize, || self.optimize(&mut program))?;
        if stop == Some(Emit::Opt) {
            return Ok(End::Text(program.to_string()));
        }
        let program = Arc::new(program);
        if let Some(emit) = stop {
            return self.listing(&program, emit).map(End::Text);
        }
        let code = timed(&mut stages.codegen, || self.codegen(&program))?;
        Ok(End::Code(Box::new(Compiled { program, code, unused: checked.unused, stages })))
    }

    fn parse(&self, source: &str) -> Result<Ast> {
        let Limits { length, nesting, .. } = self.limits;
        syntax::parse(source, &syntax::Limits { length, nesting })
    }

    fn lower(&self, ast: &Ast, checked: &Checked, wanted: Wanted<'_>) -> Result<Program> {
        let program = lower::lower(ast, checked, wanted, self.limits.operations)?;
        let reductions: usize = program.loops.iter().map(|l| l.reduces.len()).sum();
        let streams = program.arrays.len() + program.outputs.len() + reductions;
        let what = "arrays, results and reductions";
        within(streams, self.limits.streams, what)?;
        let many = program.views.len() > self.limits.streams;
        for l in program.loops.iter().filter(|_| many) {
            let streams = l.views() + l.stores.len() + l.reduces.len();
            within(streams, self.limits.streams, "views, results and reductions in one loop")?;
        }
        if cfg!(debug_assertions) {
            verify(&program).map_err(|e| Error::new(ErrorKind::Internal, format!("{e}\n{program}")))?;
        }
        Ok(program)
    }

    fn optimize(&self, program: &mut Program) -> Result<()> {
        opt::optimize(program, self.fp);
        // A constant power, one operation in the text, is many once it is expanded.
        within(program.operations(), self.limits.operations, "operations")
    }

    pub fn tuning(&self) -> Tuning {
        match self.backend {
            Backend::Scalar => Tuning { lanes: Some(1), ..self.tuning },
            _ => self.tuning,
        }
    }

    fn codegen(&self, program: &Arc<Program>) -> Result<Option<Code>> {
        let Some(compiler) = &self.compiler else { return Ok(None) };
        match compiler.compile(program, self.tuning(), None) {
            Ok(code) => Ok(Some(code)),
            // A fault of the code generator must not keep anyone from a result; tests want to see it.
            Err(e)
                if e.kind() == ErrorKind::Internal
                    && self.backend == Backend::Native
                    && !cfg!(debug_assertions) =>
            {
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    fn listing(&self, program: &Arc<Program>, emit: Emit) -> Result<String> {
        let mut listing = Listing::default();
        let cranelift = match &self.compiler {
            Some(compiler) if emit == Emit::Asm => {
                compiler.compile(program, self.tuning(), Some(&mut listing))?;
                return Ok(listing.asm);
            }
            _ => Compiler::new(Wide::No)?,
        };
        cranelift.compile(program, self.tuning(), Some(&mut listing))?;
        Ok(if emit == Emit::Clif { listing.clif } else { listing.asm })
    }
}

/// What helps whoever passes a limit; only programs can raise one, by [`Limits`].
const SPLIT: &str = "split it into several expressions";

fn within(count: usize, limit: usize, what: &str) -> Result<()> {
    if count > limit {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("the program has {count} {what}; the limit is {limit}"),
        )
        .help(SPLIT));
    }
    Ok(())
}

pub(super) fn timed<T>(took: &mut Duration, stage: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = stage();
    *took = start.elapsed();
    result
}
