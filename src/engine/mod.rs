//! The line from text to result, and what a caller may choose along it.
//!
//! [`pipeline`] shows the stages; [`kernel`] takes arguments and runs; [`bind`] finds shapes; [`cache`] keeps kernels by
//! content; [`measure`] times. This is the only module that knows every stage.

mod args;
mod bind;
mod cache;
mod call;
mod kernel;
mod measure;
mod misfit;
mod module;
mod pipeline;
mod spare;

use std::sync::Arc;

pub use args::Arg;
pub use call::Calling;
pub use kernel::Kernel;
pub use module::{CallArg, LoopKernel, Module, Returned};

pub use crate::codegen::clif::Tuning;

use crate::array::{Array, Order};
use crate::codegen::{Compiler, Wide};
use crate::diag::{Error, ErrorKind, Result};
use crate::exec::{self, ThreadPool};
use crate::lower::Wanted;
use crate::options::{Backend, Emit, FpMode, Limits};
use crate::types::Type;
use cache::Kernels;
use pipeline::Pipeline;

/// Compiles and runs expressions: options, a cache of kernels, and threads. `Send + Sync`; share one.
pub struct Engine {
    pipeline: Arc<Pipeline>,
    kernels: Kernels,
    pool: Option<Arc<ThreadPool>>,
}

/// Options of an [`Engine`]; see [`Engine::builder`].
pub struct EngineBuilder {
    threads: Option<usize>,
    pool: Option<Arc<ThreadPool>>,
    fp: FpMode,
    backend: Backend,
    limits: Limits,
    tuning: Tuning,
    order: Order,
    cache: usize,
}

impl EngineBuilder {
    /// Number of threads that run blocks; by default one for each core. 1 starts none and runs on the caller's.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Runs blocks on the caller's pool instead.
    #[must_use]
    pub fn pool(mut self, pool: Arc<ThreadPool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// The floating-point mode; strict by default.
    #[must_use]
    pub fn fp(mut self, fp: FpMode) -> Self {
        self.fp = fp;
        self
    }

    /// Who runs programs; native by default.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Bounds for text that is not trusted.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Choices of the code generator that tests and benches force.
    #[must_use]
    pub fn tuning(mut self, tuning: Tuning) -> Self {
        self.tuning = tuning;
        self
    }

    /// The order of elements of results that calls allocate; C by default.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Number of kernels that the cache keeps; 1,000 by default.
    #[must_use]
    pub fn cache(mut self, kernels: usize) -> Self {
        self.cache = kernels;
        self
    }

    /// The engine. An error of kind [`ErrorKind::Host`] where threads cannot be started or no code
    /// can be made for this machine, and of kind [`ErrorKind::Argument`] for an option that makes no sense.
    pub fn build(self) -> Result<Engine> {
        if self.threads == Some(0) {
            return Err(Error::new(ErrorKind::Argument, "an engine needs at least one thread"));
        }
        if let Some(lanes) = self.tuning.lanes
            && ![1, 2, 4, 8, 16].contains(&lanes)
        {
            return Err(Error::new(
                ErrorKind::Argument,
                format!("there is no code of {lanes} lanes: 1, 2, 4, 8 or 16"),
            ));
        }
        let pool = match self.pool {
            Some(pool) => Some(pool),
            None => exec::pool::start(self.threads)?,
        };
        let Self { fp, backend, limits, tuning, order, cache, .. } = self;
        let compiler = match backend {
            // The best there is may be the interpreter.
            Backend::Native => Compiler::new(Wide::Best).ok(),
            Backend::Wide512 => Some(Compiler::new(Wide::Bits512)?),
            Backend::Wide256 => Some(Compiler::new(Wide::Bits256)?),
            Backend::Clif | Backend::Scalar => Some(Compiler::new(Wide::No)?),
            Backend::Interp => None,
        };
        let pipeline = Pipeline { limits, fp, backend, tuning, order, compiler };
        Ok(Engine { pipeline: Arc::new(pipeline), kernels: Kernels::new(cache), pool })
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Pipeline { fp, backend, limits, tuning, .. } = &*self.pipeline;
        let mut shown = f.debug_struct("Engine");
        shown.field("backend", backend).field("fp", fp).field("threads", &self.threads());
        shown.field("limits", limits).field("tuning", tuning).finish()
    }
}

impl Engine {
    /// An engine with the default options.
    pub fn new() -> Result<Engine> {
        Engine::builder().build()
    }

    /// An engine with options.
    pub fn builder() -> EngineBuilder {
        EngineBuilder {
            threads: None,
            pool: None,
            fp: FpMode::default(),
            backend: Backend::default(),
            limits: Limits::default(),
            tuning: Tuning::default(),
            order: Order::default(),
            cache: 1_000,
        }
    }

    /// Compiles `source` for arguments of these types, or takes the kernel from the cache.
    ///
    /// Errors carry the text and carets; see [`ErrorKind`] for their kinds.
    pub fn compile(&self, source: &str, types: &[(&str, Type)]) -> Result<Kernel> {
        self.kernels.get(source, types, || self.compile_anew(&Arc::from(source), types))
    }

    fn compile_anew(&self, source: &Arc<str>, types: &[(&str, Type)]) -> Result<Kernel> {
        let compiled = self.pipeline.compile(source, types, Wanted::default())?;
        Ok(Kernel::new(source.clone(), types, compiled, self.pipeline.clone(), self.pool.clone()))
    }

    /// Compiles (or takes from the cache) and calls: every result in order.
    pub fn eval(&self, source: &str, args: &[(&str, Arg<'_>)]) -> Result<Vec<Array>> {
        let types: Vec<(&str, Type)> = args.iter().map(|(name, arg)| (*name, arg.ty())).collect();
        self.compile(source, &types)?.call(args)
    }

    /// Reads a file of kernels: functions with loops, among whatever else a program holds. `name` is what errors call
    /// the file.
    ///
    /// Text that is no Python is an error; a function that is Python, but not of the language, is one when it is
    /// asked for. See `docs/language.md`.
    pub fn module(&self, source: &str, name: &str) -> Result<Module> {
        Module::new(&self.pipeline, &self.pool, source, name)
    }

    /// The form that a stage hands on, as text.
    pub fn emit(&self, source: &str, types: &[(&str, Type)], emit: Emit) -> Result<String> {
        self.pipeline.emit(&Arc::from(source), types, emit)
    }

    /// Threads that may run blocks.
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// Who runs programs.
    pub fn backend(&self) -> Backend {
        self.pipeline.backend
    }

    /// The floating-point mode.
    pub fn fp(&self) -> FpMode {
        self.pipeline.fp
    }
}
