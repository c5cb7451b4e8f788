//! Elements that lie anywhere, against the interpreter on elements that lie together.

use std::collections::HashMap;
use std::sync::Arc;

use super::{BLOCK, CHUNKS, MAX_STEP, Scratch, ThreadPool, chunk, pool, run};
use crate::array::{Array, ArrayView, ArrayViewMut, MultiIndex, Shape};
use crate::codegen::code::Code;
use crate::codegen::{Compiler, Tuning, Wide};
use crate::frame::Frame;
use crate::interp;
use crate::ir::{Extent, Program, UniformSource};
use crate::random::{Random, program};
use crate::types::{DType, Scalar, Word};

/// An array in memory of its own, with a layout as a caller may have it.
struct Scattered {
    bytes: Vec<u8>,
    first: usize,
    dtype: DType,
    shape: Shape,
    strides: Vec<isize>,
}

/// What stands in memory beside the elements.
const BESIDE: u8 = 0xa5;

impl Scattered {
    /// Dimensions in any order, gaps between elements, backwards; with `repeats`, some dimensions repeated.
    fn new(r: &mut Random, dtype: DType, shape: &[usize], repeats: bool) -> Scattered {
        let mut order: Vec<usize> = (0..shape.len()).rev().collect();
        if r.chance(50) {
            (1..order.len()).for_each(|at| order.swap(at, r.below(at + 1)));
        }
        let tight = r.chance(40);
        let mut step = dtype.size();
        let (mut strides, mut first) = (vec![0; shape.len()], if tight { 0 } else { r.below(9) });
        for axis in order {
            if repeats && r.chance(20) {
                continue;
            }
            if !tight {
                step = match r.below(4) {
                    0 => step * 2,
                    1 => step + r.below(5),
                    _ => step,
                };
            }
            let extent = step * shape[axis].saturating_sub(1);
            strides[axis] = step as isize;
            if !tight && r.chance(25) {
                strides[axis] = -strides[axis];
                first += extent;
            }
            step += extent;
        }
        Scattered { bytes: vec![BESIDE; first + step + 8], first, dtype, shape: shape.into(), strides }
    }

    fn view(&self) -> ArrayView<'_> {
        let first = self.bytes.as_ptr().wrapping_add(self.first);
        // SAFETY: the bytes are as many as the layout needs, and stay while the view does.
        unsafe { ArrayView::from_raw_parts(first, self.dtype, self.shape.clone(), &self.strides) }.unwrap()
    }

    fn view_mut(&mut self) -> ArrayViewMut<'_> {
        let first = self.bytes.as_mut_ptr().wrapping_add(self.first);
        // SAFETY: as above, borrowed exclusively.
        unsafe { ArrayViewMut::from_raw_parts(first, self.dtype, self.shape.clone(), &self.strides) }.unwrap()
    }

    fn fill(&mut self, mut value: impl FnMut(DType) -> Scalar) {
        let (dtype, shape) = (self.dtype, self.shape.clone());
        let mut index = MultiIndex::first(&shape);
        let first = self.bytes.as_mut_ptr().wrapping_add(self.first);
        // Elements may be repeated here, which a view for results does not allow.
        for _ in 0..shape.elements() {
            let offset: isize = index.get().iter().zip(&self.strides).map(|(&i, s)| i as isize * s).sum();
            let bits = value(dtype).to_bits().to_le_bytes();
            // SAFETY: the element lies within the bytes.
            unsafe { std::ptr::copy_nonoverlapping(bits.as_ptr(), first.offset(offset), dtype.size()) };
            index.advance();
        }
    }

    /// Whether all that is no element is as it was.
    fn is_clean_beside(&self) -> bool {
        let mut touched = vec![false; self.bytes.len()];
        let mut index = MultiIndex::first(&self.shape);
        for _ in 0..self.shape.elements() {
            let offset: isize = index.get().iter().zip(&self.strides).map(|(&i, s)| i as isize * s).sum();
            let at = self.first.wrapping_add_signed(offset);
            touched[at..at + self.dtype.size()].fill(true);
            index.advance();
        }
        self.bytes.iter().zip(touched).all(|(&byte, touched)| touched || byte == BESIDE)
    }
}

/// The elements of a view in C order.
fn elements(view: &ArrayView<'_>) -> Vec<Scalar> {
    (0..view.len()).map(|at| view.get(at)).collect()
}

fn shape_of(extent: Extent, space: &Shape) -> Shape {
    if extent == Extent::Once { Shape::default() } else { space.clone() }
}

/// Results and uniforms of the interpreter on elements that lie together.
fn expected(
    program: &Program,
    inputs: &[Scattered],
    space: &Shape,
    uniforms: &[u64],
) -> (Vec<Vec<Scalar>>, Vec<u64>) {
    let mut arrays: Vec<Array> =
        inputs.iter().map(|x| Array::zeros(x.dtype, space.clone()).unwrap()).collect();
    for (array, input) in arrays.iter_mut().zip(inputs) {
        let (view, mut index) = (input.view(), MultiIndex::first(space));
        for _ in 0..space.elements() {
            array.view_mut().set(index.get(), view.at(index.get()));
            index.advance();
        }
    }
    let zeros = |o: &crate::ir::Output| Array::zeros(o.dtype, shape_of(o.extent, space)).unwrap();
    let mut outputs: Vec<Array> = program.outputs.iter().map(zeros).collect();
    let mut views: Vec<_> = outputs.iter_mut().map(Array::view_mut).collect();
    let mut frame = Frame::new();
    frame.push_space(space);
    arrays.iter().for_each(|array| assert!(frame.push_view(0, &array.view())));
    for (view, o) in views.iter_mut().zip(&program.outputs) {
        frame.push_output((o.extent != Extent::Once).then_some(0), view);
    }
    frame.uniforms = uniforms.into();
    interp::run(program, &mut frame);
    let uniforms = frame.uniforms.to_vec();
    (outputs.iter().map(|output| elements(&output.view())).collect(), uniforms)
}

/// A layout of everything, run by everybody.
fn check(
    r: &mut Random,
    program: &Program,
    makers: &[(String, Option<Code>)],
    space: &Shape,
    pool: Option<&ThreadPool>,
) {
    let scattered = |r: &mut Random, dtype| {
        let mut array = Scattered::new(r, dtype, space, true);
        array.fill(|dtype| r.scalar(dtype.register().expect("random programs know no pairs")).scalar());
        array
    };
    let inputs: Vec<Scattered> = program.arrays.iter().map(|a| scattered(r, a.dtype)).collect();
    let uniforms = program.uniforms.iter().map(|u| match u.source {
        UniformSource::Param { .. } => r.scalar(u.ty).to_bits(),
        UniformSource::Size(_) => space.elements() as u64,
        UniformSource::Reduced | UniformSource::Rank(_) | UniformSource::Length { .. } => 0,
    });
    let uniforms: Vec<u64> = uniforms.collect();
    let expected = expected(program, &inputs, space, &uniforms);
    let scratch = Scratch::default();
    for (name, code) in makers {
        let room = |o: &crate::ir::Output| Scattered::new(r, o.dtype, &shape_of(o.extent, space), false);
        let mut outputs: Vec<Scattered> = program.outputs.iter().map(room).collect();
        let mut views: Vec<_> = outputs.iter_mut().map(Scattered::view_mut).collect();
        let mut frame = Frame::new();
        frame.push_space(space);
        inputs.iter().for_each(|input| assert!(frame.push_view(0, &input.view())));
        for (view, o) in views.iter_mut().zip(&program.outputs) {
            frame.push_output((o.extent != Extent::Once).then_some(0), view);
        }
        frame.uniforms = uniforms.as_slice().into();
        match code {
            Some(code) => run(code, &mut frame, &scratch, pool).unwrap(),
            None => interp::run(program, &mut frame),
        }
        let found_uniforms = frame.uniforms.to_vec();
        let layout = |x: &Scattered| format!("{} {:?}", x.dtype, x.strides);
        let told = || {
            let layouts: Vec<String> = inputs.iter().chain(&outputs).map(layout).collect();
            format!("{name}, {space}, {layouts:#?}\n{program}")
        };
        for (at, (output, expected)) in outputs.iter().zip(&expected.0).enumerate() {
            let found = elements(&output.view());
            let wrong = found.iter().zip(expected).position(|(f, e)| !f.same(*e));
            assert!(wrong.is_none(), "o{at}{wrong:?}: {}", told());
            assert!(output.is_clean_beside(), "o{at} is not alone: {}", told());
        }
        for ((&found, &expected), u) in found_uniforms.iter().zip(&expected.1).zip(&program.uniforms) {
            let of = |bits| Word::from_bits(u.ty, bits);
            assert!(of(found).same(of(expected)), "{}, not {}: {}", of(found), of(expected), told());
        }
    }
}

/// The interpreter, and code of every kind that there is here.
fn makers(program: &Program) -> Vec<(String, Option<Code>)> {
    let program = Arc::new(program.clone());
    let clif = [None, Some(1), Some(4)].map(|lanes| (Wide::No, lanes));
    let wide = [Wide::Bits256, Wide::Bits512].map(|wide| (wide, None));
    let code = clif.into_iter().chain(wide).filter_map(|(wide, lanes)| {
        let tuning = Tuning { lanes, ..Tuning::default() };
        let code = Compiler::new(wide).ok()?.compile(&program, tuning, None).unwrap();
        Some((format!("{wide:?} {lanes:?}"), Some(code)))
    });
    [("interp".to_string(), None)].into_iter().chain(code).collect()
}

#[test]
fn any_layout_gives_the_bits_of_one_in_order() {
    let shapes: &[&[usize]] = &[
        &[1],
        &[7],
        &[100],
        &[3, 5],
        &[40, 3],
        &[3, 40],
        &[1, 50, 1],
        &[4, 5, 6],
        &[2, 3, 1, 4, 5],
        &[9, 0],
        &[70, 70],
        &[12, 100],
        &[5, 6, 70],
    ];
    for seed in 0..30 {
        let r = &mut Random(seed);
        let length = [3, 10, 40][r.below(3)];
        let program = program(r, length);
        let makers = makers(&program);
        for _ in 0..3 {
            let shape = r.pick(shapes);
            check(r, &program, &makers, &shape.into(), None);
        }
    }
}

#[test]
fn long_walks_and_threads() {
    let threads = pool::start(Some(3)).unwrap();
    let mut programs = HashMap::new();
    for (seed, shape) in
        [&[130, 300][..], &[20_000, 3], &[3, 20_000], &[50_000], &[40, 50, 30]].iter().enumerate()
    {
        let r = &mut Random(1000 + seed as u64);
        let (program, makers) = programs.entry(seed % 3).or_insert_with(|| {
            let program = program(r, 4);
            let makers = makers(&program);
            (program, makers)
        });
        check(r, program, makers, &Shape::from(*shape), threads.as_deref());
    }
}

#[test]
fn chunks_are_whole_steps_of_a_fair_size() {
    for threads in [1, 2, 7, 64, 65_535] {
        for count in [1, 4095, 4096, BLOCK, 30_000, 700_003, 1 << 30, usize::MAX] {
            let chunk = chunk(count, threads);
            assert!(chunk.is_multiple_of(MAX_STEP) && (CHUNKS[0]..=CHUNKS[1]).contains(&chunk));
        }
    }
    assert_eq!(chunk(30_000, 2), CHUNKS[0]);
    assert_eq!(chunk(700_003, 2), 43_520);
    assert_eq!(chunk(10_000_000, 2), CHUNKS[1]);
}
