//! A compiled program: arguments by name in, arrays out.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Arg;
use super::pipeline::Compiled;
use crate::array::{Array, ArrayViewMut, Shape};
use crate::diag::{Error, ErrorKind, Result, Span, many};
use crate::exec::{self, Scratch, ThreadPool};
use crate::frame::Frame;
use crate::ir::{Extent, GuardCondition, Loop, Program, UniformSource};
use crate::options::{Backend, Limits};
use crate::report::StageTimes;
use crate::syntax::ast::NodeKind;
use crate::types::{DType, Literal, ResultType, Scalar, Type};
use crate::{interp, syntax};

/// A compiled program. Cheap to clone, `Send + Sync`; frees its code with the last clone.
#[derive(Clone)]
pub struct Kernel(Arc<Inner>);

struct Inner {
    source: Arc<str>,
    compiled: Compiled,
    results: Vec<ResultType>,
    literals: Vec<(String, Literal)>,
    scratch: Scratch,
    pool: Option<Arc<ThreadPool>>,
    limits: Limits,
    backend: Backend,
}

impl Kernel {
    pub(super) fn new(
        source: Arc<str>,
        types: &[(&str, Type)],
        compiled: Compiled,
        pool: Option<Arc<ThreadPool>>,
        limits: Limits,
        backend: Backend,
    ) -> Kernel {
        let outputs = compiled.program.outputs.iter();
        let results = outputs.map(|o| ResultType { dtype: o.dtype, array: o.extent != Extent::Once });
        let literals = types.iter().filter_map(|(name, ty)| match ty {
            Type::Literal(value) => Some((name.to_string(), *value)),
            _ => None,
        });
        Kernel(Arc::new(Inner {
            source,
            results: results.collect(),
            literals: literals.collect(),
            compiled,
            scratch: Scratch::default(),
            pool,
            limits,
            backend,
        }))
    }

    /// The results, in order.
    pub fn results(&self) -> &[ResultType] {
        &self.0.results
    }

    /// Names of arguments that the program does not use.
    pub fn unused(&self) -> &[String] {
        &self.0.compiled.unused
    }

    /// Who runs it: [`Backend::Interp`] where no code could be generated.
    pub fn backend(&self) -> Backend {
        if self.0.compiled.code.is_some() { self.0.backend } else { Backend::Interp }
    }

    /// What compiling it took.
    pub fn stages(&self) -> StageTimes {
        self.0.compiled.stages
    }

    /// Elements that one vector register of the widest loop holds; 1 for scalar code and the interpreter.
    pub fn lanes(&self) -> usize {
        let code = self.0.compiled.code.iter();
        code.flat_map(|code| code.loops()).map(|l| l.lanes).max().unwrap_or(1)
    }

    /// Calls it with arguments by name, and gives every result in an array of its own, in order.
    ///
    /// Arguments that the program does not use are ignored. Errors: [`ErrorKind::Argument`] for one
    /// that is missing, given twice, or of another type than it was compiled for;
    /// [`ErrorKind::Shape`] where arrays differ in shape; [`ErrorKind::Value`] for elements that an
    /// operation cannot take; [`ErrorKind::Limit`] where results need more memory than is allowed
    /// or there is.
    pub fn call(&self, args: &[(&str, Arg<'_>)]) -> Result<Vec<Array>> {
        let bound = self.bind(args)?;
        let mut arrays = self.allocate(&bound)?;
        let views = arrays.iter_mut().map(Array::view_mut);
        self.run(bound, &mut views.collect::<SmallVec<[_; 4]>>())?;
        Ok(arrays)
    }

    /// As [`call`](Kernel::call), with results into the caller's memory: one view a result, of its
    /// type and of the arrays' shape (for single values: of one element). A warmed call allocates
    /// nothing while there are no more than eight arrays of four dimensions, eight single values, four
    /// results, and four reductions at a time. After an error of kind [`ErrorKind::Value`] the contents of
    /// `results` are unspecified.
    pub fn call_into(&self, args: &[(&str, Arg<'_>)], results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        let bound = self.bind(args)?;
        self.run(bound, results)
    }

    pub(super) fn program(&self) -> &Program {
        &self.0.compiled.program
    }

    /// Arrays of zeros for the results of a call.
    pub(super) fn allocate(&self, bound: &Bound<'_>) -> Result<Vec<Array>> {
        let shape = |r: &ResultType| if r.array { bound.shape.clone() } else { Shape::default() };
        let bytes = |r: &ResultType| shape(r).checked_len()?.checked_mul(r.dtype.size());
        let total = self.results().iter().try_fold(0usize, |sum, r| sum.checked_add(bytes(r)?));
        let limit = self.0.limits.memory;
        if total.is_none_or(|total| total > limit) {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the results need more than the limit of {}", many(limit, "byte")),
            ));
        }
        self.results().iter().map(|r| Array::zeros(r.dtype, shape(r))).collect()
    }

    /// Finds every argument of the program by name.
    pub(super) fn bind<'a>(&self, args: &[(&str, Arg<'a>)]) -> Result<Bound<'a>> {
        for (at, (name, _)) in args.iter().enumerate() {
            if args[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Error::new(ErrorKind::Argument, format!("argument `{name}` is given twice")));
            }
        }
        let program = self.program();
        let find = |name: &str| args.iter().find(|(given, _)| *given == name).map(|(_, arg)| arg);
        let mut bound =
            Bound { shape: Shape::default(), count: 1, arrays: SmallVec::new(), uniforms: SmallVec::new() };
        for (at, array) in program.arrays.iter().enumerate() {
            let view = match find(&array.name) {
                Some(Arg::Array(view)) if !view.shape().is_empty() && view.dtype() == array.dtype => view,
                other => return Err(self.mismatch(&array.name, Type::Array(array.dtype), other)),
            };
            if at == 0 {
                bound.shape = view.shape().into();
                bound.count = view.len();
            } else if view.shape() != &*bound.shape {
                return Err(self.shapes_differ(
                    &program.arrays[0].name,
                    &bound.shape,
                    &array.name,
                    view.shape().into(),
                ));
            }
            bound.arrays.push(view.elements());
        }
        for uniform in &program.uniforms {
            bound.uniforms.push(match &uniform.source {
                UniformSource::Size(_) => bound.count as u64,
                UniformSource::Reduced => 0,
                UniformSource::Param(name) => match find(name) {
                    Some(Arg::Scalar(value)) if value.dtype() == uniform.dtype => value.to_bits(),
                    Some(Arg::Array(view)) if view.shape().is_empty() && view.dtype() == uniform.dtype => {
                        view.get(0).to_bits()
                    }
                    other => return Err(self.mismatch(name, Type::Scalar(uniform.dtype), other)),
                },
            });
        }
        for (name, compiled) in &self.0.literals {
            match find(name) {
                None => {}
                Some(Arg::Literal(given)) if given.same(*compiled) => {}
                other => return Err(self.mismatch(name, Type::Literal(*compiled), other)),
            }
        }
        Ok(bound)
    }

    /// Runs the program on bound arguments.
    pub(super) fn run(&self, bound: Bound<'_>, results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        let Bound { shape, count, arrays, uniforms } = bound;
        let expected = self.results();
        if results.len() != expected.len() {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "the program has {}, but memory for {} is given",
                    many(expected.len(), "result"),
                    results.len()
                ),
            ));
        }
        for (at, (r, view)) in expected.iter().zip(results.iter()).enumerate() {
            let fits = if r.array { view.shape() == &*shape } else { view.len() == 1 };
            if view.dtype() != r.dtype || !fits {
                let wanted = if r.array { shape.clone() } else { Shape::default() };
                return Err(Error::new(
                    ErrorKind::Argument,
                    format!(
                        "result {at} is {} of shape {wanted}, but the memory given for it is {} of shape {}",
                        r.dtype,
                        view.dtype(),
                        Shape::from(view.shape())
                    ),
                ));
            }
        }
        let outputs = results.iter_mut().map(ArrayViewMut::elements_mut).collect();
        let mut frame = Frame { count, views: arrays, uniforms, outputs };
        let program = self.program();
        if count == 0
            && let Some(guard) =
                program.guards.iter().find(|g| matches!(g.condition, GuardCondition::Empty(_)))
        {
            return Err(self.value_error(guard.message, guard.span, "the array has no elements"));
        }
        match &self.0.compiled.code {
            Some(code) => exec::run(code, &mut frame, &self.0.scratch, self.0.pool.as_deref()),
            None => interp::run(program, &mut frame),
        }
        for guard in &program.guards {
            let GuardCondition::Raised(uniform) = guard.condition else { continue };
            let raised = Scalar::from_bits(DType::Int32, frame.uniforms[uniform.index()]);
            if matches!(raised, Scalar::Int32(1..)) {
                let of_elements =
                    |l: &Loop| l.extent != Extent::Once && l.reduces.iter().any(|r| r.into == uniform);
                let place = match interp::first_raised(program, &frame, uniform) {
                    Some(at) if program.loops.iter().any(of_elements) => format!("at element {at}"),
                    _ => "here".into(),
                };
                return Err(self.value_error(guard.message, guard.span, &place));
            }
        }
        Ok(())
    }

    fn value_error(&self, message: &str, span: Span, label: &str) -> Error {
        Error::new(ErrorKind::Value, message).at(span, label).with_source(&self.0.source)
    }

    /// Where a name is first used. Only errors ask, so the text is parsed once more rather than kept.
    fn first_use(&self, name: &str) -> Option<Span> {
        let Limits { length, nesting, .. } = self.0.limits;
        let ast = syntax::parse(&self.0.source, &syntax::Limits { length, nesting }).ok()?;
        let used = |kind: &NodeKind| matches!(kind, NodeKind::Name(used) if used == name);
        ast.nodes.iter().find(|node| used(&node.kind)).map(|node| node.span)
    }

    fn mismatch(&self, name: &str, wanted: Type, given: Option<&Arg<'_>>) -> Error {
        let error = match given {
            None => Error::new(ErrorKind::Argument, format!("argument `{name}` is missing")),
            Some(given) => Error::new(
                ErrorKind::Argument,
                format!("argument `{name}` is {}, but the kernel was compiled for {wanted}", given.ty()),
            )
            .help("compile it again for these types"),
        };
        match self.first_use(name) {
            Some(span) => error.at(span, format!("{wanted}")).with_source(&self.0.source),
            None => error,
        }
    }

    fn shapes_differ(&self, first: &str, first_shape: &Shape, other: &str, other_shape: Shape) -> Error {
        let mut error = Error::new(
            ErrorKind::Shape,
            format!("shapes do not match: `{first}` is {first_shape}, `{other}` is {other_shape}"),
        );
        for (name, shape) in [(other, &other_shape), (first, first_shape)] {
            if let Some(span) = self.first_use(name) {
                error = error.at(span, format!("shape {shape}"));
            }
        }
        error.help("all arrays of an expression must have one shape").with_source(&self.0.source)
    }
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { source, results, compiled, .. } = &*self.0;
        let stages = compiled.stages;
        f.debug_struct("Kernel")
            .field("source", source)
            .field("results", results)
            .field("stages", &stages)
            .finish()
    }
}

/// Arguments that were found and fit the program.
pub(super) struct Bound<'a> {
    pub shape: Shape,
    pub count: usize,
    pub arrays: SmallVec<[crate::array::Elements<'a>; 8]>,
    pub uniforms: SmallVec<[u64; 8]>,
}
