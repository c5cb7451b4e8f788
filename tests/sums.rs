//! Sums of floats beside pairwise summation, and their shape on every back end.

mod common;

use std::fmt::Write;
use std::iter::Sum;
use std::ops::Add;

use brolga::{Array, DType, Element, Engine, FpMode, Scalar, Type};
use common::{Random, code_makers, difference, interpreter, threaded};

/// A type of floats.
trait Float: Element + Add<Output = Self> + Sum + Into<f64> {
    /// Half the distance from 1 to the next number.
    const UNIT: f64;
    fn nearest(value: f64) -> Self;
}

impl Float for f32 {
    const UNIT: f64 = f32::EPSILON as f64 / 2.0;

    fn nearest(value: f64) -> f32 {
        value as f32
    }
}

impl Float for f64 {
    const UNIT: f64 = f64::EPSILON / 2.0;

    fn nearest(value: f64) -> f64 {
        value
    }
}

/// The oracle: pairwise summation from a base of 128 elements, in which eight sums take turns.
fn pairwise<T: Float>(a: &[T]) -> T {
    let n = a.len();
    if n < 8 {
        return a.iter().copied().sum();
    }
    if n > 128 {
        let half = n / 2 / 8 * 8;
        return pairwise(&a[..half]) + pairwise(&a[half..]);
    }
    let mut sums: [T; 8] = std::array::from_fn(|at| a[at]);
    let (whole, rest) = a[8..].split_at((n - 8) / 8 * 8);
    for (at, &x) in whole.iter().enumerate() {
        sums[at % 8] = sums[at % 8] + x;
    }
    let [a, b, c, d, e, f, g, h] = sums;
    rest.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, &x| sum + x)
}

/// How far `sum` is from the sum of `a`, in units of rounding of the sum of the sizes.
fn error<T: Float>(sum: T, a: &[T]) -> f64 {
    // Twice the precision of float64: the error of each addition is added up too.
    let (mut high, mut low, mut sizes) = (-sum.into(), 0.0, 0.0);
    for &x in a {
        let x: f64 = x.into();
        let next: f64 = high + x;
        let part = next - high;
        low += (high - (next - part)) + (x - part);
        high = next;
        sizes += x.abs();
    }
    (high + low).abs() / (sizes * T::UNIT)
}

type Kind = (&'static str, fn(usize, f64) -> f64);

/// Element `i` of arrays, with a random number from 0 to 1.
const KINDS: &[Kind] = &[
    ("0.1 again and again", |_, _| 0.1),
    ("random", |_, r| r),
    ("random of both signs", |_, r| r - 0.5),
    ("large and small", |i, r| (0.5 + r) * if i % 2 == 0 { 1e5 } else { 1e-3 }),
    ("alternating", |i, r| (1.0 + r) * if i % 2 == 0 { 1.0 } else { -1.0 }),
    ("alternating by fours", |i, r| (1.0 + r) * if i % 8 < 4 { 1.0 } else { -1.0 }),
    ("alternating, large and small", |i, r| {
        (1.0 + r) * if i % 3 == 0 { 1e4 } else { 1e-4 } * if i % 2 == 0 { 1.0 } else { -1.0 }
    }),
    ("alternating over eight powers of ten", |i, r| {
        10f64.powf(8.0 * r) * if i % 2 == 0 { 1.0 } else { -1.0 }
    }),
];

fn elements<T: Float>(kind: Kind, len: usize, random: &mut Random) -> Vec<T> {
    (0..len).map(|i| T::nearest(kind.1(i, (random.word() >> 11) as f64 / (1u64 << 53) as f64))).collect()
}

/// The sum that an engine makes, and that of the oracle, as [`error`]s.
fn errors<T: Float>(engine: &Engine, a: Vec<T>) -> [f64; 2] {
    let kernel = engine.compile("sum(a)", &[("a", Type::Array(T::DTYPE))]).unwrap();
    let found = kernel.call(&[("a", (&a).into())]).unwrap();
    let found: &[T] = found[0].as_slice().unwrap();
    [error(found[0], &a), error(pairwise(&a), &a)]
}

/// The root of the mean square.
fn mean(errors: &[[f64; 2]], of: usize) -> f64 {
    (errors.iter().map(|e| e[of] * e[of]).sum::<f64>() / errors.len() as f64).sqrt()
}

fn sums_are_as_accurate_as_pairwise_sums_of<T: Float>() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let mut random = Random(7);
    for &kind in KINDS {
        let short: Vec<usize> = (1..1000).step_by(7).collect();
        let long: Vec<usize> = (1001..20_000).step_by(331).collect();
        for lengths in [short, long] {
            let errors: Vec<[f64; 2]> = lengths
                .iter()
                .flat_map(|&n| [n; 2])
                .map(|n| {
                    let errors = errors::<T>(&engine, elements(kind, n, &mut random));
                    let bound = 15.0 + (n as f64 / 16.0).log2().ceil().max(0.0);
                    assert!(errors[0] <= bound, "{}: {n} elements are off by {}", kind.0, errors[0]);
                    errors
                })
                .collect();
            let [ours, theirs] = [0, 1].map(|of| mean(&errors, of));
            let told = || format!("{} {}, {}: {ours:.3} and {theirs:.3}", T::DTYPE, kind.0, lengths[0]);
            // Where elements cancel, both are far below the rounding of a sum without cancelling.
            assert!(ours <= 1.15 * theirs + 0.1, "{}", told());
        }
        for n in [16_384, 1_000_000] {
            let [ours, theirs] = errors::<T>(&engine, elements(kind, n, &mut random));
            assert!(ours <= theirs + 1.0, "{} {}, {n}: {ours:.3} and {theirs:.3}", T::DTYPE, kind.0);
        }
    }
}

#[test]
fn sums_are_as_accurate_as_pairwise_sums() {
    sums_are_as_accurate_as_pairwise_sums_of::<f32>();
    sums_are_as_accurate_as_pairwise_sums_of::<f64>();
}

#[test]
fn equal_numbers_add_up_as_well_as_in_a_leaf() {
    // 4e-6 in partials that run through a block.
    let engine = Engine::builder().threads(1).build().unwrap();
    for n in [16_384, 10_000_000] {
        let a = vec![0.1f32; n];
        let kernel = engine.compile("sum(a), mean(a)", &[("a", Type::Array(DType::Float32))]).unwrap();
        let found = kernel.call(&[("a", (&a).into())]).unwrap();
        let number = |at: usize| f64::from(found[at].as_slice::<f32>().unwrap()[0]);
        let tenth = f64::from(0.1f32);
        assert!((number(0) / (tenth * n as f64) - 1.0).abs() < 1.5e-7, "{n}: {}", number(0));
        assert!((number(1) / tenth - 1.0).abs() < 1.5e-7, "{n}: {}", number(1));
    }
}

/// Sums whose partials stay in registers or do not, of one type and of two, beside other reductions, of a body
/// that is cut into pieces.
fn sources() -> Vec<String> {
    let mut long = String::from("x = a\n");
    for at in 0..900 {
        writeln!(long, "x = x * 0.999 + b / {}", at + 2).unwrap();
    }
    let mut all = vec![
        "sum(a)".into(),
        "mean(a * b), sum(f)".into(),
        "sum(f), max(f), sum(f * f), sum(a), prod(a), min(b), sum(i)".into(),
        "sum(a*b) / sqrt(sum(a*a) * sum(b*b))".into(),
        "sum(f) / sum(f*f)".into(),
        "sum(exp(-a*a) * b), sum(sin(f))".into(),
    ];
    all.push(long + "sum(x), max(x), sum(f)");
    all
}

#[test]
fn every_back_end_gives_the_same_bits() {
    let types = [("a", DType::Float64), ("b", DType::Float64), ("f", DType::Float32), ("i", DType::Int32)];
    let oracle = interpreter(FpMode::Strict);
    let others: Vec<_> = code_makers(FpMode::Strict).into_iter().chain(threaded(FpMode::Strict)).collect();
    let mut random = Random(3);
    for source in sources() {
        let compile = |engine: &Engine| {
            engine.compile(&source, &types.map(|(name, dtype)| (name, Type::Array(dtype)))).unwrap()
        };
        let expected = compile(&oracle.engine);
        let kernels: Vec<_> = others.iter().map(|named| (named, compile(&named.engine))).collect();
        // Around the ends of leaves and bundles, and with every number of bits of both.
        for len in [255, 256, 257, 1023, 1024, 1025, 1792, 7 * 1024 + 3 * 256 + 37] {
            // The interpreter takes long for the long one.
            if source.len() > 1000 && ![257, 1025].contains(&len) {
                continue;
            }
            let arrays: Vec<(&str, Array)> = types
                .iter()
                .map(|&(name, dtype)| {
                    let number = |_| Scalar::Float64((random.word() % 2001) as f64 / 64.0 - 15.0).cast(dtype);
                    (name, common::array(dtype, &[len], &(0..len).map(number).collect::<Vec<_>>()))
                })
                .collect();
            let args: Vec<_> = arrays.iter().map(|(name, array)| (*name, array.into())).collect();
            let expected = expected.call(&args).unwrap();
            for (named, kernel) in &kernels {
                if let Some(what) = difference(&kernel.call(&args).unwrap(), &expected) {
                    panic!("{}, {len} elements: {what}\n{}", named.name, &source[..source.len().min(200)]);
                }
            }
        }
    }
}

/// Blocks of sums alone are run many at once, by each number of threads so many as suit it.
#[test]
fn spans_of_blocks_give_the_bits_of_single_ones() {
    let types = [("a", Type::Array(DType::Float64)), ("f", Type::Array(DType::Float32))];
    let oracle = interpreter(FpMode::Strict);
    let others: Vec<_> = code_makers(FpMode::Strict).into_iter().chain(threaded(FpMode::Strict)).collect();
    let mut random = Random(8);
    const SPAN: usize = 262_144;
    for len in [SPAN - 1, SPAN, SPAN + 5 * 16_384 + 777, 2 * SPAN + 3 * 16_384 + 1] {
        let a: Vec<f64> = elements(KINDS[1], len, &mut random);
        let f: Vec<f32> = elements(KINDS[1], len, &mut random);
        let args = [("a", (&a).into()), ("f", (&f).into())];
        // The latter has a reduction of single blocks beside.
        for source in ["sum(a), sum(f)", "sum(f), max(f)"] {
            let expected = oracle.engine.compile(source, &types).unwrap().call(&args).unwrap();
            for named in &others {
                let found = named.engine.compile(source, &types).unwrap().call(&args).unwrap();
                assert_eq!(difference(&found, &expected), None, "{source}, {len} elements, {}", named.name);
            }
        }
    }
}

/// Their leaves are blocks, of which each is a bundle.
#[test]
fn products_of_several_blocks_are_the_same_everywhere() {
    let types = [("a", Type::Array(DType::Float64)), ("f", Type::Array(DType::Float32))];
    let oracle = interpreter(FpMode::Strict);
    let others: Vec<_> = code_makers(FpMode::Strict).into_iter().chain(threaded(FpMode::Strict)).collect();
    let mut random = Random(9);
    for len in [16_383, 16_385, 3 * 16_384 + 5, 5 * 16_384] {
        let near_one: Kind = ("near one", |_, r| 1.0 + (r - 0.5) / 64.0);
        let a: Vec<f64> = elements(near_one, len, &mut random);
        let f: Vec<f32> = elements(near_one, len, &mut random);
        let args = [("a", (&a).into()), ("f", (&f).into())];
        for source in ["prod(a), prod(f)", "prod(a + (f - 1) * 1j), prod(complex64(f))"] {
            let expected = oracle.engine.compile(source, &types).unwrap().call(&args).unwrap();
            for named in &others {
                let found = named.engine.compile(source, &types).unwrap().call(&args).unwrap();
                assert_eq!(difference(&found, &expected), None, "{source}, {len} elements, {}", named.name);
            }
        }
    }
}

#[test]
#[cfg(feature = "ndarray")]
fn elements_that_do_not_lie_in_a_row_make_the_same_sums() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let mut random = Random(5);
    let n = 40_000;
    let a: Vec<f64> = elements(KINDS[1], n, &mut random);
    let apart: Vec<f64> = a.iter().flat_map(|&x| [x, f64::NAN]).collect();
    let apart = ndarray::ArrayView1::from(&apart[..]);
    let apart = brolga::ArrayView::from(apart.slice(ndarray::s![..;2]));
    let kernel = engine.compile("sum(a), sum(a*a)", &[("a", Type::Array(DType::Float64))]).unwrap();
    let expected = kernel.call(&[("a", (&a).into())]).unwrap();
    let found = kernel.call(&[("a", apart.into())]).unwrap();
    assert_eq!(difference(&found, &expected), None);
}
