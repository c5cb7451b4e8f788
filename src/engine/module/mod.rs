//! Files of kernels: from their text to calls.
//!
//! A file is parsed once. A kernel is checked, lowered and compiled for the types of a call's arguments when they first
//! come, with all that it calls, and kept.

mod args;
mod measure;
mod run;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub use args::{CallArg, Returned};

use super::pipeline::{Pipeline, timed};
use crate::check::kernel::{self, Checked};
use crate::codegen::function::FunctionCode;
use crate::codegen::{Compiler, Listing, Wide};
use crate::diag::{Error, ErrorKind, Result, Span, many, nearest};
use crate::exec::ThreadPool;
use crate::ir::func;
use crate::options::{Emit, Limits};
use crate::report::StageTimes;
use crate::syntax::kernel::ast::{File, Function};
use crate::{lower, opt, syntax};
use args::Form;

/// A file of kernels, parsed.
#[derive(Clone)]
pub struct Module(Arc<Inner>);

struct Inner {
    file: File,
    source: Arc<str>,
    name: Arc<str>,
    /// The text of an expression over the kernels, the last function; its spans count from the end of the file's.
    expression: Option<Arc<str>>,
    parse: Duration,
    pipeline: Arc<Pipeline>,
    pool: Option<Arc<ThreadPool>>,
    compiled: Mutex<HashMap<Key, Arc<Compiled>>>,
}

/// A function of the file, and the form of each argument of a call.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    function: usize,
    forms: Vec<Form>,
}

/// A kernel for arguments of some types, and all that it calls; function 0 is the kernel.
struct Compiled {
    module: func::Module,
    code: Option<FunctionCode>,
    /// Its parameters; those that take their default are its number.
    params: Vec<kernel::Type>,
    /// What it returns.
    result: kernel::Type,
    /// Whether it may store to each of the parameters that its own have become.
    written: Vec<bool>,
    /// What is to be said of it that is no error.
    notes: Vec<(Span, String)>,
    stages: StageTimes,
}

/// A kernel of a [`Module`].
#[derive(Clone)]
pub struct LoopKernel {
    module: Module,
    function: usize,
}

impl Module {
    pub(super) fn new(
        pipeline: &Arc<Pipeline>,
        pool: &Option<Arc<ThreadPool>>,
        source: &str,
        name: &str,
    ) -> Result<Module> {
        let (source, name): (Arc<str>, Arc<str>) = (source.into(), name.into());
        let Limits { length, nesting, .. } = pipeline.limits;
        let limits = syntax::Limits { length, nesting };
        let mut parse = Duration::ZERO;
        let file = timed(&mut parse, || syntax::parse_file(&source, &limits))
            .map_err(|error| error.with_source(&source).with_file(&name))?;
        let (pipeline, pool) = (Arc::clone(pipeline), pool.clone());
        Ok(Module(Arc::new(Inner {
            file,
            source,
            name,
            expression: None,
            parse,
            pipeline,
            pool,
            compiled: Mutex::default(),
        })))
    }

    /// The functions of the file, in order, each as its `def` writes it. Those that cannot be kernels are
    /// left out.
    pub fn signatures(&self) -> impl Iterator<Item = String> {
        let source = &self.0.source;
        let kernels = self.0.file.functions.iter().filter(|function| function.unsupported.is_none());
        kernels.map(move |function| {
            let text = |id: syntax::ast::NodeId| function.nodes[id.index()].span.text(source);
            let params = function.params.iter().map(|param| match param.default {
                Some(default) => format!("{}={}", param.name, text(default)),
                None => param.name.clone(),
            });
            format!("{}({})", function.name, params.collect::<Vec<_>>().join(", "))
        })
    }

    /// What of the file was passed over, as messages.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let skipped: Vec<String> =
            self.0.file.skipped.iter().map(|&span| self.line(span).to_string()).collect();
        if !skipped.is_empty() {
            let (what, are) = match skipped.len() {
                1 => ("the statement in line", "is"),
                _ => ("the statements in lines", "are"),
            };
            notes.push(format!("{what} {} outside of functions {are} passed over", skipped.join(", ")));
        }
        for function in &self.0.file.functions {
            if let Some(error) = &function.unsupported {
                notes.push(format!("`{}` is no kernel: {}", function.name, error.message()));
            }
        }
        notes
    }

    /// The tokens of the file, or its tree; other forms are those of a kernel.
    pub fn emit(&self, emit: Emit) -> Option<Result<String>> {
        let Inner { file, source, expression, pipeline, .. } = &*self.0;
        match emit {
            Emit::Tokens => Some(match expression {
                Some(text) => syntax::tokens(text, pipeline.limits.length),
                None => syntax::file_tokens(source, pipeline.limits.length),
            }),
            Emit::Ast => Some(Ok(file.to_string())),
            _ => None,
        }
    }

    /// The kernel of this name; [`ErrorKind::Name`] where the file has none, [`ErrorKind::Unsupported`] where the function
    /// is no kernel.
    pub fn kernel(&self, name: &str) -> Result<LoopKernel> {
        let functions = &self.0.file.functions;
        // A later definition of a name takes the place of an earlier one.
        let Some(function) = functions.iter().rposition(|function| function.name == name) else {
            let error = Error::new(ErrorKind::Name, format!("{} has no kernel `{name}`", self.0.name));
            let known: Vec<&str> = functions.iter().map(|function| &*function.name).collect();
            return Err(match nearest(name, known.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None if known.is_empty() => error.help("it has no functions"),
                None => error.help(format!("it has {}", known.join(", "))),
            });
        };
        match &functions[function].unsupported {
            Some(error) => Err(self.placed(error.clone())),
            None => Ok(LoopKernel { module: self.clone(), function }),
        }
    }

    /// An expression in which the kernels of the file are functions, as a kernel: `sum(f(x, 2)) + 1`. Its parameters are those of `names`
    /// that it mentions, in the order of the text. Beside the kernels it has what the language of expressions has, on whole arrays;
    /// several results are a tuple.
    ///
    /// Errors in the expression carry its text, those in the kernels the file's.
    pub fn expression(&self, text: &str, names: &[&str]) -> Result<LoopKernel> {
        let Inner { file, source, name, pipeline, pool, .. } = &*self.0;
        let Limits { length, nesting, .. } = pipeline.limits;
        let limits = syntax::Limits { length, nesting };
        let text: Arc<str> = text.into();
        let mut parse = Duration::ZERO;
        let start = source.len() as u32;
        let function = timed(&mut parse, || syntax::parse_call(&text, names, start, &limits))
            .map_err(|error| error.with_source(&text))?;
        let mut file = file.clone();
        file.functions.push(function);
        let function = file.functions.len() - 1;
        let (source, name) = (Arc::clone(source), Arc::clone(name));
        let (pipeline, pool) = (Arc::clone(pipeline), pool.clone());
        let expression = Some(text);
        let inner =
            Inner { file, source, name, expression, parse, pipeline, pool, compiled: Mutex::default() };
        Ok(LoopKernel { module: Module(Arc::new(inner)), function })
    }

    /// The line in which something begins.
    fn line(&self, span: Span) -> usize {
        1 + self.0.source[..span.start as usize].bytes().filter(|&byte| byte == b'\n').count()
    }

    fn placed(&self, error: Error) -> Error {
        let Inner { source, name, expression, .. } = &*self.0;
        let end = source.len() as u32;
        match expression {
            Some(text) if error.span().is_some_and(|span| span.start >= end) => {
                error.within(end, u32::MAX).with_source(text)
            }
            _ => error.within(0, end).with_source(source).with_file(name),
        }
    }
}

impl LoopKernel {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.function().name
    }

    /// The names of its parameters.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.function().params.iter().map(|param| &*param.name)
    }

    /// What a parameter is where no argument is given for it.
    fn default(&self, param: usize) -> Option<kernel::Type> {
        kernel::default(&self.module.0.file, self.function, param)
    }

    fn function(&self) -> &Function {
        &self.module.0.file.functions[self.function]
    }

    /// Calls it with these arguments, in the order of its parameters; those left out take their defaults. Arrays that it
    /// writes are lent for that ([`CallArg::Write`]).
    ///
    /// The first call for arguments of some types compiles. Errors of the call itself carry the kernel's text: an index out of
    /// range ([`ErrorKind::Index`]), a division by zero, a negative length or what `raise` says ([`ErrorKind::Value`]), shapes
    /// that do not fit ([`ErrorKind::Shape`]), memory beyond the engine's limit ([`ErrorKind::Limit`]). Stores made before an
    /// error stay.
    pub fn call(&self, args: &mut [CallArg<'_>]) -> Result<Returned> {
        self.call_until(args, &AtomicBool::new(false))
    }

    /// As [`LoopKernel::call`]; ends soon after `cancel` is set, with an error of kind [`ErrorKind::Limit`].
    pub fn call_until(&self, args: &mut [CallArg<'_>], cancel: &AtomicBool) -> Result<Returned> {
        let compiled = self.compiled(args)?;
        run::run(self, &compiled, args, cancel).map_err(|error| self.module.placed(error))
    }

    /// What is to be said, for arguments such as these, that is no error: parallel loops that run in order, or whose trips may store to the
    /// same elements. Compiles as a first call does.
    pub fn notes(&self, args: &[CallArg<'_>]) -> Result<Vec<String>> {
        let compiled = self.compiled(args)?;
        let said = compiled.notes.iter();
        Ok(said.map(|(span, message)| format!("line {}: {message}", self.module.line(*span))).collect())
    }

    fn compiled(&self, args: &[CallArg<'_>]) -> Result<Arc<Compiled>> {
        let forms = args.iter().map(CallArg::form).collect::<Result<Vec<_>>>()?;
        let key = Key { function: self.function, forms };
        let known = || self.module.0.compiled.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(compiled) = known().get(&key) {
            return Ok(Arc::clone(compiled));
        }
        let compiled = Arc::new(self.compile(&key)?);
        known().insert(key, Arc::clone(&compiled));
        Ok(compiled)
    }

    /// The types of all parameters, of which the first ones are given.
    fn types(&self, forms: &[Form]) -> Result<Vec<kernel::Type>> {
        let function = self.function();
        if forms.len() > function.params.len() {
            let takes = many(function.params.len(), "argument");
            let message = format!("`{}` takes {takes}; {} are given", function.name, forms.len());
            return Err(Error::new(ErrorKind::Argument, message).at(function.name_span, ""));
        }
        let mut types = Vec::with_capacity(function.params.len());
        for (at, param) in function.params.iter().enumerate() {
            types.push(match (forms.get(at).and_then(Form::ty), param.default, self.default(at)) {
                (Some(given), ..) => given,
                (None, Some(_), Some(default)) => default,
                (None, Some(default), None) => {
                    let message = format!("the default of `{}` is no constant", param.name);
                    return Err(Error::new(ErrorKind::Unsupported, message)
                        .at(function.nodes[default.index()].span, "give the argument"));
                }
                (None, None, _) => {
                    let message =
                        format!("`{}` is called without its argument `{}`", function.name, param.name);
                    return Err(Error::new(ErrorKind::Argument, message).at(param.span, "it has no default"));
                }
            });
        }
        Ok(types)
    }

    fn compile(&self, key: &Key) -> Result<Compiled> {
        self.stages_of(&key.forms, None).map(|done| match done {
            Done::Code(compiled) => *compiled,
            Done::Text(_) => unreachable!("nobody told it to stop"),
        })
    }

    /// The form that a stage hands on, for arguments such as these.
    pub fn emit(&self, args: &[CallArg<'_>], emit: Emit) -> Result<String> {
        let forms = args.iter().map(CallArg::form).collect::<Result<Vec<_>>>()?;
        match self.stages_of(&forms, Some(emit))? {
            Done::Text(text) => Ok(text),
            Done::Code(_) => unreachable!("every form is a stage's"),
        }
    }

    fn stages_of(&self, forms: &[Form], stop: Option<Emit>) -> Result<Done> {
        self.line(forms, stop).map_err(|error| self.module.placed(error))
    }

    /// The kernel for arguments such as these, or a function that calls it for each of their elements; and the file that it is of.
    fn checked(&self, forms: &[Form]) -> Result<(Cow<'_, File>, Checked)> {
        let file = &self.module.0.file;
        let types = self.types(forms)?;
        let elements = kernel::has_elements(self.function(), &types);
        if !(elements && kernel::is_vectorized(self.function())) {
            match kernel::check(file, self.function, types.clone()) {
                Ok(checked) => return Ok((Cow::Borrowed(file), checked)),
                Err(error) if !elements => return Err(error),
                Err(_) => (),
            }
        }
        let file = kernel::with_call(file, self.function);
        let checked = kernel::check(&file, file.functions.len() - 1, types)?;
        Ok((Cow::Owned(file), checked))
    }

    /// The line from a parsed file to code.
    fn line(&self, forms: &[Form], stop: Option<Emit>) -> Result<Done> {
        let Inner { pipeline, parse, .. } = &*self.module.0;
        let mut stages = StageTimes { parse: *parse, ..StageTimes::default() };
        if let Some(text) = stop.and_then(|emit| self.module.emit(emit)) {
            return text.map(Done::Text);
        }
        let (file, checked) = timed(&mut stages.check, || self.checked(forms))?;
        let file = &*file;
        if stop == Some(Emit::Types) {
            return Ok(Done::Text(checked.to_text(file)));
        }
        let lower::kernel::Lowered { mut module, notes } =
            timed(&mut stages.lower, || lower::kernel::lower(file, &checked))?;
        if cfg!(debug_assertions) {
            func::verify(&module).map_err(|e| Error::new(ErrorKind::Internal, format!("{e}\n{module}")))?;
        }
        if stop == Some(Emit::Ir) {
            return Ok(Done::Text(module.to_string()));
        }
        module.funcs[0].adjacent = args::adjacent(forms, &checked.units[0].params);
        let written = func::written(&module).swap_remove(0);
        timed(&mut stages.optimize, || opt::func::optimize(&mut module, pipeline.fp));
        if stop == Some(Emit::Opt) {
            return Ok(Done::Text(module.to_string()));
        }
        if let Some(emit) = stop {
            let mut listing = Listing::default();
            // For its IR, Cranelift compiles what the other generator would.
            let registers = if emit == Emit::Clif { Wide::No } else { Wide::Best };
            Compiler::new(registers)?.compile_functions(&module, pipeline.tuning(), Some(&mut listing))?;
            return Ok(Done::Text(if emit == Emit::Clif { listing.clif } else { listing.asm }));
        }
        let start = Instant::now();
        let compile = |compiler: &Compiler| compiler.compile_functions(&module, pipeline.tuning(), None);
        let code = pipeline.compiler.as_ref().map(compile);
        stages.codegen = start.elapsed();
        let kernel::Unit { params, result, .. } = &checked.units[0];
        let (params, result) = (params.clone(), result.clone());
        Ok(Done::Code(Box::new(Compiled {
            module,
            code: code.transpose()?,
            params,
            result,
            written,
            notes: checked.units.iter().flat_map(|unit| unit.notes.iter().cloned()).chain(notes).collect(),
            stages,
        })))
    }
}

/// Where the line ended.
enum Done {
    Code(Box<Compiled>),
    Text(String),
}

/// Its file.
impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("name", &self.0.name).finish()
    }
}

/// Its name and its file.
impl std::fmt::Debug for LoopKernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoopKernel").field("name", &self.name()).field("module", &self.module).finish()
    }
}
