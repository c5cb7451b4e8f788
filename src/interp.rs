//! The reference interpreter: runs a program one element at a time.
//!
//! It is the oracle of the code generators, so it is plain rather than quick, and it adds no
//! meaning of its own: operations are those of [`math::value`], the shape of reductions is [`reduce`]'s. It must
//! not know machines, threads or source text.

pub(crate) mod func;

use crate::array::{MultiIndex, Shape};
use crate::eval::{join, join_pair};
use crate::frame::Frame;
use crate::ir::{Body, Extent, Inst, Loop, Program, Reduce, Uniform, UniformId, Value};
use crate::math;
use crate::reduce;
use crate::types::{Ty, Word};

/// Runs `program` on `frame`: fills its outputs and its reduced uniforms. The other uniforms must be
/// filled.
pub(crate) fn run(program: &Program, frame: &mut Frame<'_>) {
    for pieces in program.whole_loops() {
        let mut trips = Trips::new(program, pieces, frame);
        let space = space(frame, pieces[0].extent);
        let mut folds: Vec<Vec<Fold>> = pieces.iter().map(|l| Fold::all(&l.reduces)).collect();
        let mut index = MultiIndex::first(&space);
        for at in 0..space.elements() {
            for (piece, folds) in folds.iter_mut().enumerate() {
                let trip = trips.run(frame, piece, index.get());
                for store in &pieces[piece].stores {
                    frame.store(store.output.index(), store.component, index.get(), trip.value(store.value));
                }
                for fold in folds {
                    fold.take(at, fold.words(|r| trip.value(r.value)));
                }
            }
            index.advance();
        }
        for (l, fold) in
            pieces.iter().zip(folds).flat_map(|(l, folds)| folds.into_iter().map(move |f| (l, f)))
        {
            let reduces = fold.reduces;
            let ty = l.body.ty(reduces[0].value);
            let results = fold.finish(ty);
            for (k, r) in reduces.iter().enumerate() {
                let result = results.map_or(reduce::empty(r.reduction, ty), |results| results[k]);
                frame.uniforms[r.into.index()] = result.to_bits();
            }
        }
    }
}

/// The first element at which the value that is reduced into `uniform`, a guard's, is greater
/// than 0. Begins to search where the frame says.
pub(crate) fn first_raised(program: &Program, frame: &Frame<'_>, uniform: UniformId) -> Option<usize> {
    let guard = |l: &Loop| l.reduces.iter().find(|r| r.into == uniform).map(|r| r.value);
    let guarding = |pieces| {
        Some((pieces, <[Loop]>::iter(pieces).enumerate().find_map(|(at, l)| Some((at, guard(l)?)))?))
    };
    let (pieces, (last, value)) = program.whole_loops().find_map(guarding)?;
    let mut trips = Trips::new(program, &pieces[..=last], frame);
    let space = space(frame, pieces[0].extent);
    let from =
        frame.raised.iter().find(|(raised, _)| *raised == uniform.index()).map_or(0, |(_, from)| *from);
    if from >= space.elements() {
        return None;
    }
    let mut index = MultiIndex::of(from, &space);
    (from..space.elements()).find(|_| {
        (0..last).for_each(|piece| _ = trips.run(frame, piece, index.get()));
        let raised = trips.run(frame, last, index.get()).value(value);
        index.advance();
        matches!(raised, Word::I32(raised) if raised > 0)
    })
}

/// The shape of the trips of a loop.
fn space(frame: &Frame<'_>, extent: Extent) -> Shape {
    match extent {
        Extent::Space(space) => frame.space(space.index()).into(),
        Extent::Once => Shape::default(),
    }
}

/// Trips through the pieces of a loop.
struct Trips<'a> {
    pieces: Vec<(&'a Loop, Trip<'a>)>,
    /// What each temporary holds in this trip.
    temps: Vec<Word>,
}

impl<'a> Trips<'a> {
    fn new(program: &Program, pieces: &'a [Loop], frame: &Frame<'_>) -> Trips<'a> {
        let trip = |l: &'a Loop| (l, Trip::new(&l.body, &program.uniforms, frame));
        let temps = vec![Word::Bool(false); program.temps.len()];
        Trips { pieces: pieces.iter().map(trip).collect(), temps }
    }

    /// Runs a piece for the element at `index`, for which the pieces before it have run.
    fn run(&mut self, frame: &Frame<'_>, piece: usize, index: &[usize]) -> &Trip<'a> {
        let (l, trip) = &mut self.pieces[piece];
        trip.run(frame, &self.temps, index);
        for &(temp, value) in &l.keeps {
            self.temps[temp.index()] = trip.value(value);
        }
        trip
    }
}

/// One trip through a body, again and again.
struct Trip<'a> {
    body: &'a Body,
    /// What each value of the body holds in this trip.
    values: Vec<Word>,
    /// The values that differ between trips.
    varying: Vec<Value>,
}

impl<'a> Trip<'a> {
    /// Evaluates what is the same in every trip.
    fn new(body: &'a Body, uniforms: &[Uniform], frame: &Frame<'_>) -> Trip<'a> {
        let mut varying = Vec::new();
        let values = body
            .iter()
            .map(|(value, inst, ty)| match inst {
                Inst::Const(bits) => Word::from_bits(ty, bits),
                Inst::Uniform(uniform) => {
                    let memory = uniforms[uniform.index()].ty;
                    Word::from_bits(memory, frame.uniforms[uniform.index()]).cast(ty)
                }
                Inst::Load(..) | Inst::Temp(_) | Inst::Op(..) => {
                    varying.push(value);
                    Word::Bool(false)
                }
            })
            .collect();
        Trip { body, values, varying }
    }

    fn run(&mut self, frame: &Frame<'_>, temps: &[Word], index: &[usize]) {
        for &value in &self.varying {
            self.values[value.index()] = match self.body.inst(value) {
                Inst::Load(view, component) => {
                    frame.load(view.index(), component, index).cast(self.body.ty(value))
                }
                Inst::Temp(temp) => temps[temp.index()],
                Inst::Op(op, args) => {
                    let operands = args.map(|arg| self.values.get(arg.index()).copied());
                    let operands = operands.map(|operand| operand.unwrap_or(Word::Bool(false)));
                    math::value(op, self.body.ty(value), &operands[..op.arity()])
                }
                Inst::Const(_) | Inst::Uniform(_) => continue,
            };
        }
    }

    fn value(&self, value: Value) -> Word {
        self.values[value.index()]
    }
}

/// A reduction under way, or two that join together. Where there is one, the second word means nothing.
struct Fold<'a> {
    reduces: &'a [Reduce],
    /// Partials of the leaves of the open bundle, one leaf after the other; the last is open.
    partials: Vec<[Word; 2]>,
    /// Results of the bundles that are closed.
    bundles: Vec<[Word; 2]>,
}

impl<'a> Fold<'a> {
    fn all(reduces: &'a [Reduce]) -> Vec<Fold<'a>> {
        let together = reduces.chunk_by(|first, _| first.reduction.leads_pair());
        together.map(|reduces| Fold { reduces, partials: Vec::new(), bundles: Vec::new() }).collect()
    }

    /// A word of each.
    fn words(&self, of: impl Fn(&Reduce) -> Word) -> [Word; 2] {
        let first = of(&self.reduces[0]);
        [first, self.reduces.get(1).map_or(first, of)]
    }

    fn join(&self) -> impl Fn([Word; 2], [Word; 2]) -> [Word; 2] + use<> {
        let reduction = self.reduces[0].reduction;
        move |x, y| match reduction.leads_pair() {
            true => join_pair(x, y),
            false => [join(reduction, x[0], y[0]), y[1]],
        }
    }

    /// Joins the value of element `at`.
    fn take(&mut self, at: usize, value: [Word; 2]) {
        let (reduction, ty) = (self.reduces[0].reduction, value[0].ty());
        let (leaf, count) = (reduce::leaf(reduction, ty), reduce::partials(ty));
        if at.is_multiple_of(reduce::bundle(reduction, ty)) {
            self.close(count);
        }
        if at.is_multiple_of(leaf) {
            let identity = self.words(|r| reduce::identity(r.reduction, ty));
            self.partials.resize(self.partials.len() + count, identity);
        }
        let partial = self.partials.len() - count + at % count;
        self.partials[partial] = self.join()(self.partials[partial], value);
    }

    /// Ends the open bundle, if there is one.
    fn close(&mut self, count: usize) {
        if self.partials.is_empty() {
            return;
        }
        let join = self.join();
        for partial in 0..count {
            reduce::fold(&mut self.partials[partial..], count, &join);
        }
        self.bundles.push(reduce::fold(&mut self.partials[..count], 1, join));
        self.partials.clear();
    }

    /// The result, if there was an element.
    fn finish(mut self, ty: Ty) -> Option<[Word; 2]> {
        self.close(reduce::partials(ty));
        let join = self.join();
        (!self.bundles.is_empty()).then(|| reduce::fold(&mut self.bundles, 1, join))
    }
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::array::{ArrayView, ArrayViewMut};
    use crate::ir::{parse, verify};
    use crate::reduce::{BLOCK, BUNDLE_LEVELS, LEAF};

    /// `a - mean(a)` in two loops and a single result, the sum.
    const CENTRED: &str = "\
program {
  a0: float64[] = param a
  s0 = shape a0
  w0 = a0 over s0
  u0: i64 = size s0
  u1: f64 = reduced
  o0: float64[s0] = result
  o1: float64 = result
  loop s0 {
    v0: f64 = load w0
    reduce sum v0 -> u1
  }
  once {
    v0: f64 = uniform u1
    store v0 -> o1
  }
  loop s0 {
    v0: f64 = load w0
    v1: f64 = uniform u1
    v2: i64 = uniform u0
    v3: f64 = convert v2
    v4: f64 = div v1, v3
    v5: f64 = sub v0, v4
    store v5 -> o0
  }
}
";

    fn run_centred(a: &[f64]) -> (Vec<f64>, f64) {
        let program = parse(CENTRED).unwrap();
        verify(&program).unwrap();
        let (mut out, mut sum) = (vec![0.0; a.len()], [0.0]);
        let (mut out_view, mut sum_view) = (ArrayViewMut::from(&mut out), ArrayViewMut::from(&mut sum));
        let mut frame = Frame::new();
        frame.push_space(&[a.len()]);
        frame.push_view(0, &ArrayView::from(a));
        frame.push_output(Some(0), &mut out_view);
        frame.push_output(None, &mut sum_view);
        frame.uniforms = smallvec![a.len() as u64, 0];
        run(&program, &mut frame);
        (out, sum[0])
    }

    #[test]
    fn loops_hand_on_what_they_reduce() {
        let (out, sum) = run_centred(&[1.0, 2.0, 6.0]);
        assert_eq!((out, sum), (vec![-2.0, -1.0, 3.0], 9.0));
        let (out, sum) = run_centred(&[]);
        assert!(out.is_empty() && sum.to_bits() == 0, "the empty sum is +0");
        assert_eq!(run_centred(&[-0.0]).1.to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn sums_have_the_fixed_shape() {
        let a: Vec<f64> = (0..2 * BLOCK + 6 * LEAF + 3).map(|i| ((i * 7919) % 1000) as f64 / 7.0).collect();
        /// Neighbours first.
        fn pairs(values: &[f64]) -> f64 {
            match *values {
                [value] => value,
                _ => {
                    let (low, high) = values.split_at(values.len().next_power_of_two() / 2);
                    pairs(low) + pairs(high)
                }
            }
        }
        let partial = |leaf: &[f64], at: usize| leaf.iter().skip(at).step_by(16).fold(-0.0, |sum, x| sum + x);
        let bundle = |bundle: &[f64]| {
            let over_leaves =
                |at| pairs(&bundle.chunks(LEAF).map(|leaf| partial(leaf, at)).collect::<Vec<_>>());
            pairs(&std::array::from_fn::<_, 16, _>(over_leaves))
        };
        let expected = pairs(&a.chunks(LEAF << BUNDLE_LEVELS).map(bundle).collect::<Vec<_>>());
        assert_eq!(run_centred(&a).1.to_bits(), expected.to_bits());
    }

    #[test]
    fn a_guard_is_found_where_it_is_first_raised() {
        let program = parse(
            "\
program {
  a0: int32[] = param a
  s0 = shape a0
  w0 = a0 over s0
  u0: i32 = reduced
  loop s0 {
    v0: i32 = load w0
    reduce max v0 -> u0
  }
}
",
        )
        .unwrap();
        let at = |a: &[i32]| {
            let mut frame = Frame::new();
            frame.push_space(&[a.len()]);
            frame.push_view(0, &ArrayView::from(a));
            frame.uniforms.push(0);
            run(&program, &mut frame);
            (frame.uniforms[0] as u32 as i32, first_raised(&program, &frame, UniformId(0)))
        };
        assert_eq!(at(&[0, 0, 1, 0, 1]), (1, Some(2)));
        assert_eq!(at(&[0, 0]), (0, None));
        assert_eq!(at(&[]), (i32::MIN, None));
    }
}
