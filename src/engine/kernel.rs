//! A compiled program, and its variants for arguments that are alike in other ways.
//!
//! It must not know how it is called: that is [`super::call`].

use std::sync::{Arc, Mutex, MutexGuard};

use smallvec::SmallVec;

use super::Arg;
use super::bind::Binder;
use super::pipeline::{Compiled, Pipeline};
use crate::array::{self, ArrayView, Order, Shape, same_shape};
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::exec::{self, Scratch, ThreadPool};
use crate::frame::Frame;
use crate::ir::{ArrayId, Extent, GuardCondition, Program, UniformId, UniformSource};
use crate::lower::Wanted;
use crate::options::{Backend, Limits};
use crate::report::StageTimes;
use crate::syntax::ast::NodeKind;
use crate::types::{Component, DType, ResultType, Scalar, Ty, Type, Word};
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
    /// Names and types of arguments, in the order in which the caller gave them.
    parameters: Vec<(String, Type)>,
    scratch: Scratch,
    pool: Option<Arc<ThreadPool>>,
}

/// The program for arrays that are alike in some way, compiled when they were first met.
struct Variant {
    alike: SmallVec<[ArrayId; 8]>,
    /// The types of its results, where they are not those of the text.
    casts: Vec<DType>,
    compiled: Arc<Compiled>,
}

/// So many variants are kept; then come those that take no two arrays to be alike, one for each list of types of results,
/// of which as many are kept again, the last ones.
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
        let memory = pipeline.limits.memory;
        Kernel(Arc::new(Inner {
            source,
            pipeline,
            results: results.collect(),
            parameters: types.iter().map(|(name, ty)| (name.to_string(), *ty)).collect(),
            compiled,
            variants: Mutex::default(),
            scratch: Scratch::new(memory),
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

    /// Names of the arguments that it was compiled for, in order.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.parameters.iter().map(|(name, _)| name.as_str())
    }

    /// The first program, for arrays of one shape.
    pub(super) fn program(&self) -> &Program {
        &self.0.compiled.program
    }

    /// Finds what the program is to do with these arguments, for a frame that is new; with `casts`, results are of these
    /// types.
    pub(super) fn bind<'a>(
        &self,
        given: &[Option<&Arg<'a>>],
        casts: &[DType],
        frame: &mut Frame<'a>,
    ) -> Result<Chosen> {
        let _floats = exec::Standard::set();
        let find = |name: &str| {
            let at = self.0.parameters.iter().position(|(known, _)| known == name);
            at.and_then(|at| given[at])
        };
        let mut arrays: SmallVec<[&ArrayView<'a>; 8]> = SmallVec::new();
        for array in &self.program().arrays {
            match find(&array.name) {
                Some(Arg::Array(view)) if !view.shape().is_empty() && view.dtype() == array.dtype => {
                    arrays.push(view);
                }
                other => return Err(self.mismatch(&array.name, Type::Array(array.dtype), other)),
            }
        }
        for ((name, ty), given) in self.0.parameters.iter().zip(given) {
            match (ty, given) {
                (Type::Literal(compiled), Some(Arg::Literal(given))) if given.same(*compiled) => {}
                (Type::Literal(compiled), Some(_)) => {
                    return Err(self.mismatch(name, Type::Literal(*compiled), *given));
                }
                _ => {}
            }
        }
        if casts.is_empty() {
            let bound = Chosen { variant: None };
            if self.fill(&bound, &arrays, find, frame)? {
                return Ok(bound);
            }
            frame.clear();
        }
        let bound = Chosen { variant: Some(self.variant(&arrays, casts)?) };
        self.fill(&bound, &arrays, find, frame)?;
        Ok(bound)
    }

    /// The program that arguments are bound to.
    pub(super) fn program_of<'k>(&'k self, bound: &'k Chosen) -> &'k Program {
        &self.compiled(bound).program
    }

    /// Fills a frame that is new; false where the program is not for arrays that are alike as these are.
    fn fill<'b, 'a: 'b>(
        &self,
        bound: &Chosen,
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

    /// The program for arrays that are alike as these are, with results of these types, if any are given.
    fn variant(&self, arrays: &[&ArrayView<'_>], casts: &[DType]) -> Result<Arc<Compiled>> {
        let first =
            |shape: &[usize]| arrays.iter().position(|other| same_shape(other.shape(), shape)).unwrap_or(0);
        let mut alike: SmallVec<[ArrayId; 8]> =
            arrays.iter().map(|array| ArrayId(first(array.shape()) as u32)).collect();
        let mut variants = self.variants();
        for last in [false, true] {
            if last {
                alike = (0..arrays.len() as u32).map(ArrayId).collect();
            }
            if let Some(known) = variants.iter().find(|known| known.alike == alike && *known.casts == *casts)
            {
                return Ok(Arc::clone(&known.compiled));
            }
            if variants.len() < MOST_VARIANTS {
                break;
            }
        }
        let types: Vec<_> = self.0.parameters.iter().map(|(name, ty)| (name.as_str(), *ty)).collect();
        let pipeline = &self.0.pipeline;
        let compiled = Arc::new(pipeline.compile(&self.0.source, &types, Wanted { alike: &alike, casts })?);
        if variants.len() == 2 * MOST_VARIANTS {
            variants.remove(MOST_VARIANTS);
        }
        variants.push(Variant { alike, casts: casts.into(), compiled: Arc::clone(&compiled) });
        Ok(compiled)
    }

    fn variants(&self) -> MutexGuard<'_, Vec<Variant>> {
        self.0.variants.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The same with its code.
    pub(super) fn compiled<'k>(&'k self, bound: &'k Chosen) -> &'k Compiled {
        bound.variant.as_deref().unwrap_or(&self.0.compiled)
    }

    /// Runs the program on a frame that has all its memory.
    pub(super) fn run(&self, bound: &Chosen, frame: &mut Frame<'_>) -> Result<()> {
        let _floats = exec::Standard::set();
        let Compiled { program, code, .. } = self.compiled(bound);
        for guard in &program.guards {
            if let GuardCondition::Empty(space) = guard.condition
                && frame.space(space.index()).contains(&0)
            {
                return Err(self.value_error(guard.message, guard.span, "the array has no elements"));
            }
        }
        match code {
            Some(code) => exec::run(code, frame, &self.0.scratch, self.0.pool.as_deref())?,
            None => interp::run(program, frame),
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

    /// The order of elements of results that a call allocates, where it names none.
    pub(super) fn order(&self) -> Order {
        self.0.pipeline.order
    }

    /// Bytes of all results that a call may allocate.
    pub(super) fn memory_limit(&self) -> usize {
        self.0.pipeline.limits.memory
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

/// Where the first element lies that a guard speaks of.
fn place_of_error(program: &Program, frame: &Frame<'_>, uniform: UniformId) -> String {
    let guarded = program.loops.iter().find(|l| l.reduces.iter().any(|r| r.into == uniform));
    let at = interp::first_raised(program, frame, uniform);
    match (guarded.map(|l| shape(frame, l.extent)), at) {
        (Some([_]), Some(at)) => format!("at element {at}"),
        (Some(shape @ [_, _, ..]), Some(at)) => {
            format!("at element {}", Shape::from(array::MultiIndex::of(at, shape).get()))
        }
        _ => "here".into(),
    }
}

/// The shape of the values of loops of this extent.
pub(super) fn shape<'f>(frame: &'f Frame<'_>, extent: Extent) -> &'f [usize] {
    match extent {
        Extent::Space(space) => frame.space(space.index()),
        Extent::Once => &[],
    }
}

/// The program that the arguments of a call take.
pub(super) struct Chosen {
    /// The program, where it is not the kernel's first.
    variant: Option<Arc<Compiled>>,
}

/// A component of an argument, as a uniform has it.
fn bits(value: Scalar, component: Component) -> u64 {
    value.component(component).expect("the verifier knows the components of a type").to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::engine::Engine;
    use crate::types::Casting;

    #[test]
    fn variants_for_casts_are_bounded() {
        let engine = Engine::builder().backend(Backend::Interp).build().unwrap();
        let kernel = engine.compile("a, a + 1", &[("a", Type::Array(DType::Int64))]).unwrap();
        let a = [3i64, 3];
        for types in DType::ALL.into_iter().flat_map(|x| DType::ALL.map(|y| [x, y])) {
            let mut results = types.map(|dtype| Array::zeros(dtype, 2).unwrap());
            let mut views: Vec<_> = results.iter_mut().map(Array::view_mut).collect();
            let calling = kernel.with_casting(Casting::Unsafe);
            calling.call_into(&[("a", (&a).into())], &mut views).unwrap();
            for (at, result) in results.iter().enumerate() {
                assert!(result.view().get(1).same(Scalar::Int64(3 + at as i64).cast(types[at])));
            }
        }
        assert_eq!(kernel.variants().len(), 2 * MOST_VARIANTS);
    }
}
