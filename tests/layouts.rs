//! Results anywhere: arguments and results in one memory, casts, orders, on every back end.

mod common;

use brolga::{
    Arg, Array, ArrayView, ArrayViewMut, Casting, Complex, DType, Element, Engine, ErrorKind, FpMode, Kernel,
    Order, Scalar, Type,
};
use common::{Named, Random, expect};

const F64: Type = Type::Array(DType::Float64);

/// A layout within a buffer of float64.
#[derive(Clone, Debug)]
struct Place {
    first: usize,
    shape: Vec<usize>,
    /// In elements.
    strides: Vec<isize>,
}

impl Place {
    /// Somewhere in a buffer; elements may be repeated where `repeats`.
    fn random(r: &mut Random, buffer: usize, shape: &[usize], repeats: bool) -> Place {
        loop {
            let mut strides = vec![0; shape.len()];
            let mut step = 1 + r.below(2);
            let mut order: Vec<usize> = (0..shape.len()).collect();
            (1..order.len()).for_each(|at| order.swap(at, r.below(at + 1)));
            let mut low = 0;
            let mut high = 0;
            for axis in order {
                if repeats && r.one_in(6) {
                    continue;
                }
                let extent = step * (shape[axis] - 1);
                strides[axis] = if r.one_in(4) { -(step as isize) } else { step as isize };
                if strides[axis] < 0 {
                    low += extent
                } else {
                    high += extent
                }
                step = (extent + step) * (1 + r.below(2)) + if r.one_in(3) { 1 } else { 0 };
            }
            if low + high < buffer {
                let first = low + r.below(buffer - low - high);
                return Place { first, shape: shape.to_vec(), strides };
            }
        }
    }

    /// Where each element lies, in C order.
    fn elements(&self) -> Vec<usize> {
        let count = self.shape.iter().product::<usize>();
        let place = |mut number: usize| {
            let mut at = self.first as isize;
            for (&n, &stride) in self.shape.iter().zip(&self.strides).rev() {
                at += (number % n) as isize * stride;
                number /= n;
            }
            at as usize
        };
        (0..count).map(place).collect()
    }

    fn strides_in_bytes(&self) -> Vec<isize> {
        self.strides.iter().map(|stride| stride * 8).collect()
    }

    /// # Safety
    /// `buffer` stays while the view is used, and nobody but the call writes it.
    unsafe fn view<'a>(&self, buffer: *const f64) -> ArrayView<'a> {
        let first = buffer.wrapping_add(self.first).cast();
        // SAFETY: the place lies in the buffer; the caller keeps the rest of the contract.
        unsafe { ArrayView::from_raw_parts(first, DType::Float64, &*self.shape, &self.strides_in_bytes()) }
            .unwrap()
    }

    /// # Safety
    /// As for [`Place::view`], to write.
    unsafe fn view_mut<'a>(&self, buffer: *mut f64) -> ArrayViewMut<'a> {
        let first = buffer.wrapping_add(self.first).cast();
        // SAFETY: as above.
        unsafe { ArrayViewMut::from_raw_parts(first, DType::Float64, &*self.shape, &self.strides_in_bytes()) }
            .unwrap()
    }
}

const PROGRAMS: &[(&str, usize)] = &[
    ("a + b", 1),
    ("a*2, b + 1", 2),
    ("b, a", 2),
    ("a - mean(a)", 1),
    ("sum(a) * b", 1),
    ("a + 1, max(b)", 2),
    ("a", 1),
];

/// One call on a buffer that arguments and results share.
fn overlapping(r: &mut Random, kernel: &Kernel, results: usize, shape: &[usize], buffer: usize, what: &str) {
    let mut memory: Vec<f64> = (0..buffer).map(|at| (at * 7919 % 1013) as f64 / 8.0).collect();
    let inputs = [(); 2].map(|()| Place::random(r, buffer, shape, true));
    let single = |at: usize| kernel.results()[at].array;
    let outputs: Vec<Place> = (0..results)
        .map(|at| match single(at) {
            // In place, at times.
            true if r.one_in(3) && !inputs[0].strides.contains(&0) => inputs[0].clone(),
            true => Place::random(r, buffer, shape, false),
            false => Place::random(r, buffer, &[], false),
        })
        .collect();
    let copies = inputs.each_ref().map(|input| {
        let elements: Vec<f64> = input.elements().iter().map(|&at| memory[at]).collect();
        Array::from_vec(elements, shape).unwrap()
    });
    let expected = kernel.call(&[("a", (&copies[0]).into()), ("b", (&copies[1]).into())]).unwrap();
    let before = memory.clone();
    let pointer = memory.as_mut_ptr();
    // SAFETY: the buffer outlives the views, and only the call reaches it while they live.
    let outcome = unsafe {
        let args = [("a", Arg::from(inputs[0].view(pointer))), ("b", Arg::from(inputs[1].view(pointer)))];
        let mut views: Vec<_> = outputs.iter().map(|output| output.view_mut(pointer)).collect();
        kernel.call_into(&args, &mut views)
    };
    let told = || format!("{what}: {inputs:?} -> {outputs:?}");
    let mut wanted = before.clone();
    let mut taken = vec![false; buffer];
    let mut shared = false;
    for (output, expected) in outputs.iter().zip(&expected) {
        for (at, value) in output.elements().into_iter().zip(expected.as_slice::<f64>().unwrap()) {
            shared |= std::mem::replace(&mut taken[at], true);
            wanted[at] = *value;
        }
    }
    match outcome {
        Ok(()) => {
            assert!(!shared, "no error: {}", told());
            let wrong =
                memory.iter().zip(&wanted).position(|(found, wanted)| found.to_bits() != wanted.to_bits());
            assert_eq!(wrong, None, "{}", told());
        }
        // Some results that interleave are not told from those that share.
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
            assert!(error.to_string().contains("results 0 and 1 lie in the same memory"), "{error}");
            assert_eq!(memory, before, "{}", told());
        }
    }
}

#[test]
fn results_are_as_if_they_lay_in_no_argument() {
    let strict = FpMode::Strict;
    let all = common::code_makers(strict).into_iter().chain([common::interpreter(strict)]);
    for Named { name, engine } in all {
        let r = &mut Random(3);
        for &(source, results) in PROGRAMS {
            let kernel = engine.compile(source, &[("a", F64), ("b", F64)]).unwrap();
            for _ in 0..40 {
                let shape: &[usize] = [&[40][..], &[3], &[4, 5], &[2, 3, 4], &[1, 30]][r.below(5)];
                overlapping(r, &kernel, results, shape, 150, &format!("{name}, {source}, {shape:?}"));
            }
        }
    }
}

#[test]
fn long_results_too_and_on_threads() {
    let strict = FpMode::Strict;
    let native = Named { name: "native".into(), engine: Engine::builder().threads(1).build().unwrap() };
    for Named { name, engine } in common::threaded(strict).into_iter().chain([native]) {
        let r = &mut Random(4);
        for &(source, results) in PROGRAMS {
            let kernel = engine.compile(source, &[("a", F64), ("b", F64)]).unwrap();
            for shape in [&[70_000][..], &[300, 250], &[30_000, 3], &[3, 30_000]] {
                overlapping(r, &kernel, results, shape, 700_000, &format!("{name}, {source}, {shape:?}"));
            }
        }
    }
}

#[test]
fn results_are_cast_by_rule() {
    for backend in common::backends() {
        let engine = Engine::builder().threads(1).backend(backend).build().unwrap();
        let a = [0.0, -1.5, 2.75, 1e10];
        let kernel = engine.compile("a, a > 1, sum(a)", &[("a", F64)]).unwrap();
        let args = [("a", Arg::from(&a))];
        let (mut x, mut y, mut z) = ([0f32; 4], [0i32; 4], [0f32; 1]);
        let mut into = |casting: Casting| {
            let mut results =
                [ArrayViewMut::from(&mut x), ArrayViewMut::from(&mut y), ArrayViewMut::from(&mut z)];
            kernel.with_casting(casting).call_into(&args, &mut results)
        };
        expect(
            into(Casting::No),
            ErrorKind::Argument,
            &["result 0 is float64", "is float32", "`same_kind` allows"],
        );
        expect(into(Casting::Safe), ErrorKind::Argument, &["result 0 is float64", "is float32"]);
        into(Casting::SameKind).unwrap();
        assert_eq!((x, y, z), ([0.0, -1.5, 2.75, 1e10], [0, 0, 1, 1], [1e10f64 as f32 + 1.25]));
        let (mut x, mut y, mut z) = ([0i32; 4], [false; 4], [0i64; 1]);
        let mut into = |casting: Casting| {
            let mut results =
                [ArrayViewMut::from(&mut x), ArrayViewMut::from(&mut y), ArrayViewMut::from(&mut z)];
            kernel.with_casting(casting).call_into(&args, &mut results)
        };
        expect(into(Casting::SameKind), ErrorKind::Argument, &["result 0", "int32", "`unsafe` allows it"]);
        into(Casting::Unsafe).unwrap();
        assert_eq!((x, y, z), ([0, -1, 2, i32::MAX], [false, false, true, true], [10_000_000_001]));
        let mut truth = [false; 4];
        let kernel = engine.compile("a", &[("a", F64)]).unwrap();
        kernel.with_casting(Casting::Unsafe).call_into(&args, &mut [(&mut truth).into()]).unwrap();
        assert_eq!(truth, [false, true, true, true]);
    }
}

#[test]
fn results_have_the_order_that_is_asked_for() {
    for backend in common::backends() {
        let engine = Engine::builder().threads(1).backend(backend).build().unwrap();
        let a: Vec<f64> = (0..24).map(f64::from).collect();
        // (2, 3, 4) with the first index fastest.
        let strides = [8, 16, 48];
        // SAFETY: 24 elements of the vector, which outlives the view.
        let fortran = unsafe {
            ArrayView::from_raw_parts(a.as_ptr().cast(), DType::Float64, [2, 3, 4], &strides).unwrap()
        };
        let kernel = engine.compile("a + 1, sum(a)", &[("a", F64)]).unwrap();
        let args = [("a", Arg::from(fortran.clone()))];
        for (order, expected) in [(Order::C, [96, 32, 8]), (Order::F, strides), (Order::K, strides)] {
            let found = kernel.with_order(order).call(&args).unwrap();
            assert_eq!(found[0].strides(), expected, "{backend} {order:?}");
            assert_eq!(found[0].as_slice::<f64>().is_some(), order == Order::C);
            for at in 0..24 {
                let expected = format!("{:?}", 1.0 + a[at / 12 + at / 4 % 3 * 2 + at % 4 * 6]);
                assert_eq!(found[0].get(at).to_string(), expected);
                assert_eq!(found[0].view().get(at).to_string(), expected);
            }
            assert_eq!(found[1].scalar().unwrap().to_string(), "276.0");
            let in_c_order = kernel.call(&args).unwrap().remove(0).into_vec::<f64>().unwrap();
            assert_eq!(found[0].clone().into_vec::<f64>().unwrap(), in_c_order);
        }
        let keeping = Engine::builder().threads(1).backend(backend).order(Order::K).build().unwrap();
        assert_eq!(keeping.eval("a + 1", &args).unwrap()[0].strides(), strides);
    }
}

#[test]
fn arguments_go_by_position_too() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let types = [("b", F64), ("unused", F64), ("s", Type::Scalar(DType::Float64)), ("a", F64)];
    let kernel = engine.compile("a - b * s", &types).unwrap();
    assert_eq!(kernel.parameters().collect::<Vec<_>>(), ["b", "unused", "s", "a"]);
    let (a, b) = ([10.0, 20.0], [1.0, 2.0]);
    let args = [Arg::from(&b), Arg::from(&b), Arg::from(3.0), Arg::from(&a)];
    assert_eq!(kernel.call_positional(&args).unwrap()[0].as_slice::<f64>(), Some(&[7.0, 14.0][..]));
    let mut out = [0.0; 2];
    kernel.call_positional_into(&args, &mut [(&mut out).into()]).unwrap();
    assert_eq!(out, [7.0, 14.0]);
    expect(
        kernel.call_positional(&args[..2]),
        ErrorKind::Argument,
        &["takes 4 arguments (`b`, `unused`, `s`, `a`), but 2 are given"],
    );
    expect(
        kernel.call_positional(&[args[0].clone(), args[1].clone(), args[3].clone(), args[3].clone()]),
        ErrorKind::Argument,
        &["`s` is float64 array"],
    );
}

#[test]
fn layouts_that_cannot_be_are_refused() {
    let a = [1.0f64; 8];
    let mut out = [0.0f64; 8];
    let view = |shape: &[usize], strides: &[isize]| {
        // SAFETY: none of these layouts is looked at.
        unsafe { ArrayView::from_raw_parts(a.as_ptr().cast(), DType::Float64, shape, strides) }
    };
    expect(view(&[2, 3], &[8]), ErrorKind::Shape, &["1 stride for an array of 2 dimensions"]);
    expect(view(&[1; 65], &[0; 65]), ErrorKind::Shape, &["65 dimensions", "64"]);
    expect(view(&[1 << 62, 2], &[0, 0]), ErrorKind::Shape, &["too many elements"]);
    expect(view(&[usize::MAX, usize::MAX], &[0, 0]), ErrorKind::Shape, &["too many elements"]);
    // SAFETY: as above.
    let mut repeated = |strides: &[isize]| unsafe {
        ArrayViewMut::from_raw_parts(out.as_mut_ptr().cast(), DType::Float64, [2, 2], strides).map(drop)
    };
    expect(repeated(&[0, 8]), ErrorKind::Shape, &["the same bytes"]);
    expect(repeated(&[4, 16]), ErrorKind::Shape, &["the same bytes"]);
    repeated(&[16, 8]).unwrap();
}

/// Fields of packed records, which lie at no address that is a multiple of their size.
#[test]
fn fields_of_records() {
    const RECORD: usize = 13;
    let count = 3000;
    let mut bytes = vec![0u8; RECORD * count];
    for (at, record) in bytes.chunks_mut(RECORD).enumerate() {
        record[1..9].copy_from_slice(&(at as f64 / 3.0).to_le_bytes());
        record[9..13].copy_from_slice(&(at as i32 % 100 - 50).to_le_bytes());
    }
    for Named { name, engine } in common::code_makers(FpMode::Strict) {
        let types = [("x", F64), ("n", Type::Array(DType::Int32))];
        let kernel = engine.compile("x * n, sum(n)", &types).unwrap();
        let mut memory = bytes.clone();
        let field = |at: usize, dtype| {
            // SAFETY: a field of each record, which all outlive the view.
            unsafe {
                ArrayView::from_raw_parts(bytes.as_ptr().wrapping_add(at), dtype, count, &[RECORD as isize])
            }
        };
        let args = [Arg::from(field(1, DType::Float64).unwrap()), Arg::from(field(9, DType::Int32).unwrap())];
        let mut sum = [0i64; 1];
        // SAFETY: as above, of another copy, to write.
        let result = unsafe {
            let first = memory.as_mut_ptr().wrapping_add(1);
            ArrayViewMut::from_raw_parts(first, DType::Float64, count, &[RECORD as isize]).unwrap()
        };
        kernel.call_positional_into(&args, &mut [result, (&mut sum).into()]).unwrap();
        let expected = |at: usize| at as f64 / 3.0 * f64::from(at as i32 % 100 - 50);
        for (at, record) in memory.chunks(RECORD).enumerate() {
            assert_eq!(record[1..9], expected(at).to_le_bytes(), "{name}, {at}");
            assert!(record[0] == 0 && record[9..] == bytes[at * RECORD + 9..][..4], "{name}, {at}");
        }
        assert_eq!(sum, [(0..3000i64).map(|at| at % 100 - 50).sum()]);
    }
}

/// The place of an error is that of the arguments, wherever results lie, and is found without going through all of them.
#[test]
fn errors_are_found_where_results_lie_in_arguments() {
    let types = [("i", Type::Array(DType::Int64)), ("n", Type::Array(DType::Int64))];
    for backend in common::backends() {
        let engine = Engine::builder().threads(3).backend(backend).build().unwrap();
        for source in ["i ** n", "i ** n, i - n", "sum(i ** n) + i, n * 0 - 1"] {
            let kernel = engine.compile(source, &types).unwrap();
            let mut n = vec![2i64; 300_000];
            n[299_990] = -1;
            n[299_999] = -3;
            let mut i = vec![3i64; n.len()];
            let (shape, strides, results) = ([1000, 300], [2400, 8], kernel.results().len());
            // SAFETY: the vectors outlive the views, and only the call reaches them while they live.
            let outcome = unsafe {
                let [i, n] = [i.as_mut_ptr(), n.as_mut_ptr()].map(|first| first.cast::<u8>());
                let view =
                    |first: *mut u8| ArrayView::from_raw_parts(first, DType::Int64, shape, &strides).unwrap();
                let into = |first: *mut u8| {
                    ArrayViewMut::from_raw_parts(first, DType::Int64, shape, &strides).unwrap()
                };
                let mut into = [into(n), into(i)];
                kernel.call_positional_into(&[view(i).into(), view(n).into()], &mut into[..results])
            };
            expect(outcome, ErrorKind::Value, &["i ** n", "at element (999, 290)"]);
        }
    }
}

/// Elements of a type: the ends of its range, small numbers, and for floats what no integer holds.
fn edges(dtype: DType) -> Vec<Scalar> {
    let wide = [0, 1, 2, 100, 200, 40_000, 3_000_000_000, i64::MAX, -1, -3, -200, i64::MIN];
    let floats =
        [0.5, -0.5, 1.5, -2.75, 1e10, -1e10, 1e30, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-300];
    let floats = floats.into_iter().filter(|_| dtype.is_inexact());
    let pairs = floats.clone().filter(|_| dtype.is_complex()).map(|im| Complex { re: 1.5, im });
    let reals = wide.into_iter().map(Scalar::Int64).chain(floats.map(Scalar::Float64));
    reals.chain(pairs.map(Scalar::Complex128)).map(|v| v.cast(dtype)).collect()
}

#[test]
fn results_of_every_type_are_cast_to_every_type() {
    let strict = FpMode::Strict;
    for Named { name, engine } in common::code_makers(strict).into_iter().chain([common::interpreter(strict)])
    {
        for from in DType::ALL {
            let kernel = engine.compile("a", &[("a", Type::Array(from))]).unwrap();
            let elements: Vec<Scalar> = edges(from).into_iter().cycle().take(150).collect();
            let a = common::array(from, &[150], &elements);
            for to in DType::ALL {
                let mut result = Array::zeros(to, 150).unwrap();
                let into = &mut [result.view_mut()];
                kernel.with_casting(Casting::Unsafe).call_into(&[("a", (&a).into())], into).unwrap();
                let cast: Vec<_> = elements.iter().map(|v| v.cast(to)).collect();
                let expected = common::array(to, &[150], &cast);
                let difference = common::difference(&[result], &[expected]);
                assert_eq!(difference, None, "{name}, {from} to {to}");
            }
        }
    }
}

/// A result in the memory of its arguments: the same elements, shifted, turned round, transposed; and of another type.
#[test]
fn results_over_their_arguments() {
    fn both<T: Element + std::fmt::Debug + PartialEq>(engine: &Engine, of: impl Fn(i32) -> T) {
        const N: isize = 60;
        let size = size_of::<T>() as isize;
        let dtype = Type::Array(T::DTYPE);
        let kernel = engine.compile("a + b", &[("a", dtype), ("b", dtype)]).unwrap();
        // Where the first element lies, and strides, in elements: of `a`, `b` and the result.
        let same = (0, [N, 1]);
        for places in [
            [same, same, same],
            [same, same, (1, [N, 1])],
            [(1, [N, 1]), same, same],
            [same, same, (N * N - 1, [-N, -1])],
            [same, (N - 1, [N, -1]), same],
            [same, same, (0, [1, N])],
            [same, (0, [1, N]), same],
            [same, (0, [0, 1]), same],
        ] {
            let told = format!("{places:?}");
            let mut memory: Vec<T> = (0..=N * N).map(|at| of((at * 7 % 31) as i32)).collect();
            let copy = memory.clone();
            let pointer = memory.as_mut_ptr();
            let shape = [N as usize; 2];
            let bytes = |[row, element]: [isize; 2]| [row * size, element * size];
            // SAFETY: all places lie in the vector, which outlives the views and which only the call reaches.
            unsafe {
                let view = |(first, strides): (isize, [isize; 2])| {
                    let first = pointer.offset(first).cast();
                    ArrayView::from_raw_parts(first, T::DTYPE, shape, &bytes(strides)).unwrap()
                };
                let args = [Arg::from(view(places[0])), Arg::from(view(places[1]))];
                let (first, strides) = places[2];
                let first = pointer.offset(first).cast();
                let result = ArrayViewMut::from_raw_parts(first, T::DTYPE, shape, &bytes(strides)).unwrap();
                kernel.call_positional_into(&args, &mut [result]).unwrap();
            }
            let places = |at: usize| {
                let (first, [row, element]) = places[at];
                (0..N * N).map(move |k| (first + k / N * row + k % N * element) as usize)
            };
            let apart =
                [0, 1].map(|at| Array::from_vec(places(at).map(|k| copy[k]).collect(), shape).unwrap());
            let expected = kernel.call_positional(&[(&apart[0]).into(), (&apart[1]).into()]).unwrap();
            let found: Vec<T> = places(2).map(|k| memory[k]).collect();
            assert_eq!(Some(&*found), expected[0].as_slice(), "{} {told}", T::DTYPE);
        }
    }
    let engine = Engine::builder().threads(1).build().unwrap();
    both(&engine, |at| at as u8);
    both(&engine, |at| at);
    both(&engine, f64::from);
    both(&engine, |at| Complex { re: f64::from(at), im: -0.5 });
    both(&engine, |at| Complex { re: 1.5f32, im: at as f32 });
    // The first halves of the elements that it is computed from.
    let mut memory = [1.5f64, 2.5, -3.0, 4.0, 1e300, 6.25];
    let first = memory.as_mut_ptr();
    let kernel = engine.compile("a*2", &[("a", F64)]).unwrap();
    // SAFETY: as above.
    unsafe {
        let a = ArrayView::from_raw_parts(first.cast(), DType::Float64, 6, &[8]).unwrap();
        let result = ArrayViewMut::from_raw_parts(first.cast(), DType::Float32, 6, &[4]).unwrap();
        kernel.with_casting(Casting::SameKind).call_positional_into(&[a.into()], &mut [result]).unwrap();
    }
    let halves: Vec<f32> = memory[..3]
        .iter()
        .flat_map(|v| [v.to_bits() as u32, (v.to_bits() >> 32) as u32].map(f32::from_bits))
        .collect();
    assert_eq!(halves, [3.0, 5.0, -6.0, 8.0, f32::INFINITY, 12.5]);
}

/// Long rows of a larger array, changed in place: no element is computed twice, wherever rows begin and end.
#[test]
fn rows_are_changed_in_place() {
    let float = Type::Array(DType::Float32);
    let native = |threads| Engine::builder().threads(threads).build().unwrap();
    for engine in [native(1), native(2)] {
        let kernel = engine.compile("a + b", &[("a", float), ("b", float)]).unwrap();
        for (rows, n, pitch, first) in
            [(3, 32_032, 32_048, 0), (40, 640, 700, 3), (1200, 1024, 1025, 0), (7, 200_000, 200_016, 3)]
        {
            let before: Vec<f32> = (0..rows * pitch + first).map(|at| (at % 1013) as f32).collect();
            let b: Vec<f32> = (0..n).map(|at| (at % 7) as f32 + 1.0).collect();
            let mut memory = before.clone();
            let strides = [4 * pitch as isize, 4];
            // SAFETY: the rows lie in the vector, which outlives the views and which only the call reaches.
            unsafe {
                let at = memory.as_mut_ptr().add(first).cast();
                let a = ArrayView::from_raw_parts(at, DType::Float32, [rows, n], &strides).unwrap();
                let result = ArrayViewMut::from_raw_parts(at, DType::Float32, [rows, n], &strides).unwrap();
                kernel.call_positional_into(&[a.into(), (&b).into()], &mut [result]).unwrap();
            }
            let expected = before.iter().enumerate().map(|(at, value)| match at.checked_sub(first) {
                Some(place) if place % pitch < n => value + b[place % pitch],
                _ => *value,
            });
            let wrong = expected.zip(&memory).position(|(expected, &found)| expected != found);
            assert_eq!(wrong, None, "{rows} rows of {n}, {pitch} apart");
        }
    }
}

#[test]
fn memory_that_does_not_fit_is_shown_beside_the_result() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let kernel = engine.compile("a + 1, sum(a)", &[("a", F64)]).unwrap();
    let a = Array::from_vec(vec![1.0; 6], [2, 3]).unwrap();
    let args = [("a", Arg::from(&a))];
    let (mut one, mut sum) = (Array::zeros(DType::Float64, [3, 2]).unwrap(), [0.0f64]);
    let wrong = kernel.call_into(&args, &mut [one.view_mut(), (&mut sum).into()]);
    expect(wrong, ErrorKind::Argument, &["result 0", "(2, 3)", "(3, 2)"]);
    let mut one = Array::zeros(DType::Int16, [2, 3]).unwrap();
    let wrong = kernel.call_into(&args, &mut [one.view_mut(), (&mut sum).into()]);
    expect(wrong, ErrorKind::Argument, &["result 0", "float64", "int16"]);
    let (mut one, mut sums) = (Array::zeros(DType::Float64, [2, 3]).unwrap(), [0.0f64; 2]);
    let wrong = kernel.call_into(&args, &mut [one.view_mut(), (&mut sums).into()]);
    expect(wrong, ErrorKind::Argument, &["result 1", "()", "(2,)"]);
    let wrong = kernel.call_into(&args, &mut [one.view_mut()]);
    expect(wrong, ErrorKind::Argument, &["2 results", "memory for 1"]);
    let mut result = Array::zeros(DType::Complex128, [2, 3]).unwrap();
    let mut into = [result.view_mut(), (&mut sum).into()];
    kernel.with_casting(Casting::Safe).call_into(&args, &mut into).unwrap();
    assert_eq!(result.get(5).to_string(), "(2+0j)");
}
