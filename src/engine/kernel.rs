//! A compiled program: arguments by name in, arrays out.

use std::sync::{Arc, Mutex};

use smallvec::SmallVec;

use super::Arg;
use super::bind::Binder;
use super::pipeline::{Compiled, Pipeline};
use crate::array::{self, Array, ArrayView, ArrayViewMut, Shape, same_shape};
use crate::diag::{Error, ErrorKind, Result, Span, many};
use crate::exec::{self, Scratch, ThreadPool};
use crate::frame::Frame;
use crate::ir::{ArrayId, Extent, GuardCondition, Program, UniformId, UniformSource};
use crate::options::{Backend, Limits};
use crate::report::StageTimes;
use crate::syntax::ast::NodeKind;
use crate::types::{Component, Literal, ResultType, Scalar, Ty, Type, Word};
use crate::{interp, syntax};

/// A compiled program. Cheap to clone, `Send + Sync`; frees its code with the last clone.
#[derive(Clone)]
pub struct Kernel(Arc<Inner>);

struct Inner {
    source: Arc<str>,
    pipeline: Arc<Pipeline>,
    /// For arrays of one shape, and of any where that makes no difference.
    compiled: Compiled,
    /// For arrays that are alike in another way.
    variants: Mutex<Vec<Variant>>,
    results: Vec<ResultType>,
    literals: Vec<(String, Literal)>,
    scratch: Scratch,
    pool: Option<Arc<ThreadPool>>,
}

/// The program for arrays that are alike in some way, compiled when they were first met.
struct Variant {
    alike: SmallVec<[ArrayId; 8]>,
    compiled: Arc<Compiled>,
}

/// So many variants are kept; then comes the one that takes no two arrays to be alike, which serves all.
const MOST_VARIANTS: usize = 16;

impl Kernel {
    pub(super) fn new(
        source: Arc<str>,
        types: &[(&str, Type)],
        compiled: Compiled,
        pipeline: Arc<Pipeline>,
        pool: Option<Arc<ThreadPool>>,
    ) -> Kernel {
        let outputs = compiled.program.outputs.iter();
        let results = outputs.map(|o| ResultType { dtype: o.dtype, array: o.extent != Extent::Once });
        let literals = types.iter().filter_map(|(name, ty)| match ty {
            Type::Literal(value) => Some((name.to_string(), *value)),
            _ => None,
        });
        Kernel(Arc::new(Inner {
            source,
            pipeline,
            results: results.collect(),
            literals: literals.collect(),
            compiled,
            variants: Mutex::default(),
            scratch: Scratch::default(),
            pool,
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
        if self.0.compiled.code.is_some() { self.0.pipeline.backend } else { Backend::Interp }
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
    /// [`ErrorKind::Shape`] where shapes do not broadcast; [`ErrorKind::Index`] where an index is out of range;
    /// [`ErrorKind::Value`] for elements that an operation cannot take; [`ErrorKind::Limit`] where results need
    /// more memory than is allowed or there is, for more than 64 dimensions, or more elements than can be counted.
    pub fn call(&self, args: &[(&str, Arg<'_>)]) -> Result<Vec<Array>> {
        let mut frame = Frame::new();
        let bound = self.bind(args, &mut frame)?;
        let mut arrays = self.allocate(&bound, &frame)?;
        let mut views: SmallVec<[_; 4]> = arrays.iter_mut().map(Array::view_mut).collect();
        self.run(&bound, &mut frame, &mut views)?;
        drop(views);
        Ok(arrays)
    }

    /// As [`call`](Kernel::call), with results into the caller's memory: one view a result, of its
    /// type and shape (for single values: of one element). A warmed call allocates
    /// nothing while there are no more than eight arrays of four dimensions, eight single values, four
    /// results, and four reductions at a time. After an error of kind [`ErrorKind::Value`] the contents of
    /// `results` are unspecified.
    pub fn call_into(&self, args: &[(&str, Arg<'_>)], results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        let mut frame = Frame::new();
        let bound = self.bind(args, &mut frame)?;
        self.run(&bound, &mut frame, results)
    }

    pub(super) fn program(&self) -> &Program {
        &self.0.compiled.program
    }

    /// Arrays of zeros for the results of a call.
    pub(super) fn allocate(&self, bound: &Bound, frame: &Frame<'_>) -> Result<Vec<Array>> {
        let outputs = &self.compiled(bound).program.outputs;
        let sizes = outputs
            .iter()
            .map(|o| Shape::from(shape(frame, o.extent)).checked_len()?.checked_mul(o.dtype.size()));
        let total = sizes.into_iter().try_fold(0usize, |sum, size| sum.checked_add(size?));
        let limit = self.0.pipeline.limits.memory;
        if total.is_none_or(|total| total > limit) {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the results need more than the limit of {}", many(limit, "byte")),
            ));
        }
        outputs.iter().map(|o| Array::zeros(o.dtype, shape(frame, o.extent))).collect()
    }

    /// Finds every argument of the program by name, and the shapes of all that it does with them, for a frame that
    /// is new.
    pub(super) fn bind<'a>(&self, args: &[(&str, Arg<'a>)], frame: &mut Frame<'a>) -> Result<Bound> {
        for (at, (name, _)) in args.iter().enumerate() {
            if args[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Error::new(ErrorKind::Argument, format!("argument `{name}` is given twice")));
            }
        }
        let program = self.program();
        let find = |name: &str| args.iter().find(|(given, _)| *given == name).map(|(_, arg)| arg);
        let mut arrays: SmallVec<[&ArrayView<'a>; 8]> = SmallVec::new();
        for array in &program.arrays {
            match find(&array.name) {
                Some(Arg::Array(view)) if !view.shape().is_empty() && view.dtype() == array.dtype => {
                    arrays.push(view);
                }
                other => return Err(self.mismatch(&array.name, Type::Array(array.dtype), other)),
            }
        }
        for (name, compiled) in &self.0.literals {
            match find(name) {
                None => {}
                Some(Arg::Literal(given)) if given.same(*compiled) => {}
                other => return Err(self.mismatch(name, Type::Literal(*compiled), other)),
            }
        }
        let bound = Bound { variant: None };
        if self.fill(&bound, &arrays, find, frame)? {
            return Ok(bound);
        }
        let bound = Bound { variant: Some(self.variant(&arrays)?) };
        frame.clear();
        self.fill(&bound, &arrays, find, frame)?;
        Ok(bound)
    }

    /// Fills a frame that is new; false where the program is not for arrays that are alike as these are.
    fn fill<'b, 'a: 'b>(
        &self,
        bound: &Bound,
        arrays: &[&ArrayView<'a>],
        find: impl Fn(&str) -> Option<&'b Arg<'a>>,
        frame: &mut Frame<'a>,
    ) -> Result<bool> {
        let program = &self.compiled(bound).program;
        for uniform in &program.uniforms {
            let bits = match &uniform.source {
                &UniformSource::Param { ref name, dtype, component } => match find(name) {
                    Some(Arg::Scalar(value)) if value.dtype() == dtype => bits(*value, component),
                    Some(Arg::Array(view)) if view.shape().is_empty() && view.dtype() == dtype => {
                        bits(view.get(0), component)
                    }
                    other => return Err(self.mismatch(name, Type::Scalar(dtype), other)),
                },
                _ => 0,
            };
            frame.uniforms.push(bits);
        }
        let mut binder = Binder { program, arrays, frame, prologue: SmallVec::new() };
        let filled = binder.spaces().and_then(|()| match binder.joined_rightly() {
            true => binder.views().map(|()| true),
            false => Ok(false),
        });
        filled.map_err(|error| error.with_source(&self.0.source))
    }

    /// The program for arrays that are alike as these are.
    fn variant(&self, arrays: &[&ArrayView<'_>]) -> Result<Arc<Compiled>> {
        let first =
            |shape: &[usize]| arrays.iter().position(|other| same_shape(other.shape(), shape)).unwrap_or(0);
        let mut alike: SmallVec<[ArrayId; 8]> =
            arrays.iter().map(|array| ArrayId(first(array.shape()) as u32)).collect();
        let mut variants = self.0.variants.lock().unwrap_or_else(|e| e.into_inner());
        for last in [false, true] {
            if last {
                alike = (0..arrays.len() as u32).map(ArrayId).collect();
            }
            if let Some(known) = variants.iter().find(|variant| variant.alike == alike) {
                return Ok(Arc::clone(&known.compiled));
            }
            if variants.len() < MOST_VARIANTS {
                break;
            }
        }
        let types = self.program().types().chain(self.literal_types());
        let compiled = self.0.pipeline.compile(&self.0.source, &types.collect::<Vec<_>>(), &alike)?;
        let compiled = Arc::new(compiled);
        variants.push(Variant { alike, compiled: Arc::clone(&compiled) });
        Ok(compiled)
    }

    fn literal_types(&self) -> impl Iterator<Item = (&str, Type)> {
        self.0.literals.iter().map(|(name, value)| (name.as_str(), Type::Literal(*value)))
    }

    /// The program that arguments are bound to.
    pub(super) fn compiled<'k>(&'k self, bound: &'k Bound) -> &'k Compiled {
        bound.variant.as_deref().unwrap_or(&self.0.compiled)
    }

    /// Runs the program on bound arguments.
    fn run<'a>(
        &self,
        bound: &Bound,
        frame: &mut Frame<'a>,
        results: &'a mut [ArrayViewMut<'_>],
    ) -> Result<()> {
        let Compiled { program, code, .. } = self.compiled(bound);
        let expected = &program.outputs;
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
        for (at, (output, view)) in expected.iter().zip(results.iter()).enumerate() {
            let wanted = shape(frame, output.extent);
            let fits = same_shape(view.shape(), wanted) || output.extent == Extent::Once && view.len() == 1;
            if view.dtype() != output.dtype || !fits {
                return Err(Error::new(
                    ErrorKind::Argument,
                    format!(
                        "result {at} is {} of shape {}, but the memory given for it is {} of shape {}",
                        output.dtype,
                        Shape::from(wanted),
                        view.dtype(),
                        Shape::from(view.shape())
                    ),
                ));
            }
        }
        self.push_outputs(bound, frame, results);
        for guard in &program.guards {
            if let GuardCondition::Empty(space) = guard.condition
                && frame.space(space.index()).contains(&0)
            {
                return Err(self.value_error(guard.message, guard.span, "the array has no elements"));
            }
        }
        match code {
            Some(code) => exec::run(code, frame, &self.0.scratch, self.0.pool.as_deref()),
            None => {
                let _floats = exec::Standard::set();
                interp::run(program, frame);
            }
        }
        for guard in &program.guards {
            let GuardCondition::Raised(uniform) = guard.condition else { continue };
            let raised = Word::from_bits(Ty::I32, frame.uniforms[uniform.index()]);
            if matches!(raised, Word::I32(1..)) {
                let place = place_of_error(program, frame, uniform);
                return Err(self.value_error(guard.message, guard.span, &place));
            }
        }
        Ok(())
    }

    /// Adds the memory of the results to a frame of bound arguments. Panics where they do not fit.
    pub(super) fn push_outputs<'a>(
        &self,
        bound: &Bound,
        frame: &mut Frame<'a>,
        results: &'a mut [ArrayViewMut<'_>],
    ) {
        for (output, view) in self.compiled(bound).program.outputs.iter().zip(results) {
            let space = match output.extent {
                Extent::Space(space) => Some(space.index()),
                Extent::Once => None,
            };
            frame.push_output(space, view);
        }
    }

    fn value_error(&self, message: &str, span: Span, label: &str) -> Error {
        Error::new(ErrorKind::Value, message).at(span, label).with_source(&self.0.source)
    }

    /// Where a name is first used. Only errors ask, so the text is parsed once more rather than kept.
    fn first_use(&self, name: &str) -> Option<Span> {
        let Limits { length, nesting, .. } = self.0.pipeline.limits;
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

/// The shape of the values of loops of this extent.
fn shape<'f>(frame: &'f Frame<'_>, extent: Extent) -> &'f [usize] {
    match extent {
        Extent::Space(space) => frame.space(space.index()),
        Extent::Once => &[],
    }
}

/// Where the first element lies that a guard speaks of.
fn place_of_error(program: &Program, frame: &Frame<'_>, uniform: UniformId) -> String {
    let guarded = program.loops.iter().find(|l| l.reduces.iter().any(|r| r.into == uniform));
    let at = interp::first_raised(program, frame, uniform);
    match (guarded.map(|l| shape(frame, l.extent)), at) {
        (Some([_]), Some(at)) => format!("at element {at}"),
        (Some(shape @ [_, _, ..]), Some(at)) => {
            format!("at element {}", Shape::from(array::Index::of(at, shape).get()))
        }
        _ => "here".into(),
    }
}

/// What arguments were found for.
pub(super) struct Bound {
    /// The program, where it is not the kernel's first.
    variant: Option<Arc<Compiled>>,
}

/// A component of an argument, as a uniform has it.
fn bits(value: Scalar, component: Component) -> u64 {
    value.component(component).expect("the verifier knows the components of a type").to_bits()
}
