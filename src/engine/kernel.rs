//! A compiled program: arguments by name in, arrays out.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Arg;
use super::pipeline::Compiled;
use crate::array::{Array, ArrayView, ArrayViewMut, Shape, same_shape};
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
        let mut frame = Frame::new();
        self.bind(args, &mut frame)?;
        let mut arrays = self.allocate(frame.space(0))?;
        let mut views: SmallVec<[_; 4]> = arrays.iter_mut().map(Array::view_mut).collect();
        self.run(&mut frame, &mut views)?;
        drop(views);
        Ok(arrays)
    }

    /// As [`call`](Kernel::call), with results into the caller's memory: one view a result, of its
    /// type and of the arrays' shape (for single values: of one element). A warmed call allocates
    /// nothing while there are no more than eight arrays of four dimensions, eight single values, four
    /// results, and four reductions at a time. After an error of kind [`ErrorKind::Value`] the contents of
    /// `results` are unspecified.
    pub fn call_into(&self, args: &[(&str, Arg<'_>)], results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        let mut frame = Frame::new();
        self.bind(args, &mut frame)?;
        self.run(&mut frame, results)
    }

    pub(super) fn program(&self) -> &Program {
        &self.0.compiled.program
    }

    /// Arrays of zeros for the results of a call over `space`.
    pub(super) fn allocate(&self, space: &[usize]) -> Result<Vec<Array>> {
        let shape = |r: &ResultType| Shape::from(if r.array { space } else { &[] });
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

    /// Finds every argument of the program by name, for a frame that is new.
    pub(super) fn bind<'a>(&self, args: &[(&str, Arg<'a>)], frame: &mut Frame<'a>) -> Result<()> {
        for (at, (name, _)) in args.iter().enumerate() {
            if args[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Error::new(ErrorKind::Argument, format!("argument `{name}` is given twice")));
            }
        }
        let program = self.program();
        let find = |name: &str| args.iter().find(|(given, _)| *given == name).map(|(_, arg)| arg);
        let mut arrays: SmallVec<[&ArrayView<'a>; 8]> = SmallVec::new();
        for array in &program.arrays {
            let view = match find(&array.name) {
                Some(Arg::Array(view)) if !view.shape().is_empty() && view.dtype() == array.dtype => view,
                other => return Err(self.mismatch(&array.name, Type::Array(array.dtype), other)),
            };
            if let Some(first) = arrays.first()
                && !same_shape(view.shape(), first.shape())
            {
                return Err(self.shapes_differ(
                    &program.arrays[0].name,
                    &first.shape().into(),
                    &array.name,
                    view.shape().into(),
                ));
            }
            arrays.push(view);
        }
        frame.push_space(arrays.first().map_or(&[], |first| first.shape()));
        for view in &program.views {
            frame.push_view(view.space.index(), arrays[view.array.index()]);
        }
        for uniform in &program.uniforms {
            let bits = match &uniform.source {
                UniformSource::Size(space) => frame.space(space.index()).iter().product::<usize>() as u64,
                UniformSource::Reduced => 0,
                UniformSource::Param(name) => match find(name) {
                    Some(Arg::Scalar(value)) if value.dtype() == uniform.dtype => value.to_bits(),
                    Some(Arg::Array(view)) if view.shape().is_empty() && view.dtype() == uniform.dtype => {
                        view.get(0).to_bits()
                    }
                    other => return Err(self.mismatch(name, Type::Scalar(uniform.dtype), other)),
                },
            };
            frame.uniforms.push(bits);
        }
        for (name, compiled) in &self.0.literals {
            match find(name) {
                None => {}
                Some(Arg::Literal(given)) if given.same(*compiled) => {}
                other => return Err(self.mismatch(name, Type::Literal(*compiled), other)),
            }
        }
        Ok(())
    }

    /// Runs the program on bound arguments.
    fn run<'a>(&self, frame: &mut Frame<'a>, results: &'a mut [ArrayViewMut<'_>]) -> Result<()> {
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
            let fits = if r.array { same_shape(view.shape(), frame.space(0)) } else { view.len() == 1 };
            if view.dtype() != r.dtype || !fits {
                let wanted = Shape::from(if r.array { frame.space(0) } else { &[] });
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
        for (r, view) in expected.iter().zip(results) {
            frame.push_output(r.array.then_some(0), view);
        }
        let program = self.program();
        if frame.space(0).contains(&0)
            && let Some(guard) =
                program.guards.iter().find(|g| matches!(g.condition, GuardCondition::Empty(_)))
        {
            return Err(self.value_error(guard.message, guard.span, "the array has no elements"));
        }
        match &self.0.compiled.code {
            Some(code) => exec::run(code, frame, &self.0.scratch, self.0.pool.as_deref()),
            None => interp::run(program, frame),
        }
        for guard in &program.guards {
            let GuardCondition::Raised(uniform) = guard.condition else { continue };
            let raised = Scalar::from_bits(DType::Int32, frame.uniforms[uniform.index()]);
            if matches!(raised, Scalar::Int32(1..)) {
                let of_elements =
                    |l: &Loop| l.extent != Extent::Once && l.reduces.iter().any(|r| r.into == uniform);
                let place = match interp::first_raised(program, frame, uniform) {
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
