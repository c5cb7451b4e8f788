//! What the library promises of shapes, which are those of each call.

mod common;

use std::time::{Duration, Instant};

use brolga::{Arg, Array, ArrayView, ArrayViewMut, DType, Engine, ErrorKind, FpMode, Limits, Scalar, Type};
use common::expect;

const F64: Type = Type::Array(DType::Float64);

fn single() -> Engine {
    Engine::builder().threads(1).build().unwrap()
}

/// Ones, as many as a shape has.
fn ones(shape: &[usize]) -> Array {
    Array::from_vec(vec![1.0; shape.iter().product()], shape).unwrap()
}

/// The first element of each result.
fn numbers(found: &[Array]) -> Vec<f64> {
    let number = |array: &Array| match array.get(0) {
        Scalar::Float64(value) => value,
        Scalar::Int64(value) => value as f64,
        other => panic!("{other:?}"),
    };
    found.iter().map(number).collect()
}

#[test]
fn one_kernel_takes_arrays_of_all_shapes() {
    let names = ["a", "b", "c", "d"];
    let types = names.map(|name| (name, F64));
    // Twenty ways in which arrays can be alike, more than a kernel keeps programs for, many times over and from
    // several threads.
    let lengths: Vec<[usize; 4]> =
        (0..20).map(|way| [1, 3, 9, 27].map(|div| 1 + (way * 4 + 1) / div % 3)).collect();
    for maker in [common::interpreter(FpMode::Strict)].into_iter().chain(common::code_makers(FpMode::Strict))
    {
        let source =
            "sum(a), sum(b*2), sum(c) + sum(d), sum(a[1:]), sum(b[1:]) + sum(d[1:]), a.size + b.size";
        let kernel = maker.engine.compile(source, &types).unwrap();
        std::thread::scope(|scope| {
            for start in 0..3 {
                let (kernel, lengths) = (&kernel, &lengths);
                scope.spawn(move || {
                    for round in 0..60 {
                        let lens = lengths[(start * 7 + round) % lengths.len()];
                        let arrays = lens.map(|len| ones(&[len]));
                        let args: Vec<(&str, Arg<'_>)> =
                            names.into_iter().zip(arrays.iter().map(Arg::from)).collect();
                        let [a, b, c, d] = lens.map(|len| len as f64);
                        let expected = [a, 2.0 * b, c + d, a - 1.0, b + d - 2.0, a + b];
                        assert_eq!(numbers(&kernel.call(&args).unwrap()), expected, "{lens:?}");
                    }
                });
            }
        });
    }
}

/// Loops over one shape are one pass, whether the text says that they are or the arguments do.
#[test]
fn arrays_that_are_alike_share_a_pass() {
    let engine = single();
    let types = [("a", F64), ("b", F64)];
    let passes = |source: &str| {
        let text = engine.emit(source, &types, brolga::Emit::Ir).unwrap();
        text.matches("loop s").count()
    };
    for (source, count) in [
        ("sum(a), sum(b), sum(a*b)", 1),
        ("a + 1, b + 1", 1),
        ("sum(a[1:]), sum(b[1:]), sum((a + b)[1:])", 1),
        ("sum(a[1:]), sum(b)", 2),
        ("a.T + 1, b.T + 1, a + 1", 2),
        ("sum(a[0]), sum(b[0]), sum(b[1])", 2),
        ("a - mean(a), b - mean(b)", 2),
    ] {
        assert_eq!(passes(source), count, "{source}");
    }
}

#[test]
fn results_have_the_shapes_that_are_told() {
    let engine = single();
    let kernel = engine.compile("a + b, sum(a), b[0], a[:, None]", &[("a", F64), ("b", F64)]).unwrap();
    let (a, b) = (ones(&[3]), ones(&[2, 1]));
    let args: [(&str, Arg<'_>); 2] = [("a", (&a).into()), ("b", (&b).into())];
    let (mut sum, mut all, mut first, mut column) = ([0.0; 6], [0.0; 1], [0.0; 1], [0.0; 3]);
    let mut call = |shape: &[usize]| {
        let mut results = [
            ArrayViewMut::new(&mut sum, shape).unwrap(),
            ArrayViewMut::from(&mut all[..]),
            ArrayViewMut::new(&mut first, [1]).unwrap(),
            ArrayViewMut::new(&mut column, [3, 1]).unwrap(),
        ];
        kernel.call_into(&args, &mut results)
    };
    call(&[2, 3]).unwrap();
    expect(call(&[3, 2]), ErrorKind::Argument, &["result 0 is float64 of shape (2, 3)", "of shape (3, 2)"]);
    expect(call(&[6]), ErrorKind::Argument, &["(2, 3)", "(6,)"]);
    assert_eq!((sum, all, first, column), ([2.0; 6], [3.0], [1.0], [1.0; 3]));
    let shapes: Vec<Vec<usize>> = kernel.call(&args).unwrap().iter().map(|r| r.shape().to_vec()).collect();
    assert_eq!(shapes, [&[2, 3][..], &[], &[1], &[3, 1]]);
}

#[test]
fn what_cannot_be_counted_or_held_is_refused_before_anything_runs() {
    let limits = Limits { memory: 8_000, ..Limits::default() };
    let engine = Engine::builder().threads(1).limits(limits).build().unwrap();
    let (a, none) = (ones(&[100]), ones(&[0]));
    let eval = |source: &str| engine.eval(source, &[("a", (&a).into()), ("e", (&none).into())]);
    expect(eval("a[:, None] * a"), ErrorKind::Limit, &["8000 bytes"]);
    // The sum of as many needs no memory, and an error of an element would come only later.
    assert_eq!(numbers(&eval("sum(a[:, None] * a)").unwrap()), [10_000.0]);
    expect(eval("int64(a)[:, None] ** int64(-a)"), ErrorKind::Limit, &["8000 bytes"]);
    let mut product = "a".to_string();
    for axis in 1..10 {
        product +=
            &format!(" * a[{}]", [":"].into_iter().chain(vec!["None"; axis]).collect::<Vec<_>>().join(", "));
    }
    expect(eval(&product), ErrorKind::Limit, &["more elements than can be counted", "100, 100"]);
    expect(eval(&format!("sum({product})")), ErrorKind::Limit, &["more elements than can be counted"]);
    expect(eval(&format!("({product}).size")), ErrorKind::Limit, &["more elements than can be counted"]);
    // None of it where there is an axis without elements.
    expect(eval(&format!("sum(({product}) * e)")), ErrorKind::Shape, &["100 and 0 along axis -1"]);
    assert_eq!(numbers(&eval(&format!("(({product})[..., None] * e).size")).unwrap()), [0.0]);
    assert_eq!(numbers(&eval(&format!("sum(({product})[..., None] * e)")).unwrap()), [0.0]);
}

/// The interpreter is timed over a corner of each of them.
#[test]
fn programs_over_many_shapes_are_measured() {
    let (a, b, c, d) = (ones(&[2, 3]), ones(&[3000]), ones(&[3000]), ones(&[60, 1, 70]));
    let args = [("a", (&a).into()), ("b", (&b).into()), ("c", (&c).into()), ("d", (&d).into())];
    let engine = single();
    for source in [
        "sum(b + c) + a.T + sum(d[3:, 0, 1:] + d[:57, 0, :69]), d[::2].T * 2",
        "sum(a + a.T.T), b + c, c[::2] + b[1::2], d + d[0]",
        "sum(d[0] + d[1]), a + 1, sum(b[1:] + c[1:]), d[2:] + d[:-2], a.T",
    ] {
        let report = engine.measure(source, &args, 1).unwrap();
        let expected = engine.eval(source, &args).unwrap();
        assert_eq!(common::difference(&report.results, &expected), None, "{source}");
    }
}

/// A reduction keeps a word for each block; of so many that no memory holds them, none is computed.
#[test]
fn reductions_of_more_blocks_than_memory_holds_are_refused() {
    let none = [0u8];
    for maker in common::code_makers(FpMode::Strict).into_iter().chain(common::threaded(FpMode::Strict)) {
        // SAFETY: a single element, over and over.
        let a = unsafe { ArrayView::from_raw_parts(none.as_ptr(), DType::UInt8, 1 << 62, &[0]).unwrap() };
        for source in ["sum(a)", "max(a) + a[:3]"] {
            let args = [("a", Arg::from(a.clone()))];
            expect(
                maker.engine.eval(source, &args),
                ErrorKind::Limit,
                &["no memory for the partial results"],
            );
        }
    }
}

/// More places than 32 bits count, of which the arguments have few.
#[test]
fn counts_have_64_bits() {
    let engine = single();
    let (a, b) = (ones(&[1 << 16]), ones(&[1 << 17, 1]));
    let found = engine.eval(
        "(a + b).size, (a + b)[-1, -1], (a * b)[70000, 40000:40003]",
        &[("a", (&a).into()), ("b", (&b).into())],
    );
    let found = found.unwrap();
    assert_eq!(numbers(&found), [(1u64 << 33) as f64, 2.0, 1.0]);
    assert_eq!(found[2].shape(), [3]);
}

#[test]
fn arrays_of_many_axes() {
    let engine = single();
    let shape = |axes: usize| [vec![1; axes - 1], vec![3]].concat();
    let (most, more) = (ones(&shape(64)), ones(&shape(64)));
    let found =
        engine.eval("a + b[0], sum(a.T), a.ndim", &[("a", (&most).into()), ("b", (&more).into())]).unwrap();
    assert_eq!(found[0].shape(), shape(64));
    assert_eq!(numbers(&found[1..]), [3.0, 64.0]);
    expect(engine.eval("a[None]", &[("a", (&most).into())]), ErrorKind::Limit, &["65 dimensions", "the 64"]);
    let wide = vec![1.0; 3];
    let view = ArrayView::new(&wide, shape(65)).unwrap();
    expect(engine.eval("sum(a)", &[("a", view.into())]), ErrorKind::Limit, &["65 dimensions"]);
}

/// Indices of results multiply what is computed, and texts of few lines must not run away with it.
#[test]
fn texts_that_multiply_are_limited() {
    let engine = single();
    let types = [("a", F64)];
    let doubling: String = (0..60).map(|at| format!("x{} = x{at}[1:] + x{at}[:-1]\n", at + 1)).collect();
    let begin = Instant::now();
    let source = format!("x0 = a\n{doubling}x60");
    expect(engine.compile(&source, &types), ErrorKind::Limit, &["operations on each element", "split it"]);
    // Each step shares what it can: a chain is as long as its text.
    let chain: String = (0..3_000).map(|at| format!("x{} = (x{at} + 1)[1:]\n", at + 1)).collect();
    let kernel = engine.compile(&format!("x0 = a\n{chain}x3000"), &types).unwrap();
    let a = ones(&[3002]);
    let found = kernel.call(&[("a", (&a).into())]).unwrap();
    assert_eq!(found[0].as_slice::<f64>(), Some(&[3001.0; 2][..]));
    // As many shapes as a text can name, each in a pass of its own.
    let sums: Vec<String> = (0..490).map(|at| format!("sum(a[{at}:])")).collect();
    let found = engine.eval(&sums.join(" + "), &[("a", (&a).into())]).unwrap();
    assert_eq!(numbers(&found), [(0..490).map(|at| 3002.0 - f64::from(at)).sum::<f64>()]);
    let sums: Vec<String> = (0..20_000).map(|at| format!("sum(a[{at}:])")).collect();
    expect(engine.compile(&sums.join(" + "), &types), ErrorKind::Limit, &["500"]);
    let views: Vec<String> = (0..600).map(|at| format!("a[{at}]")).collect();
    expect(
        engine.compile(&views.join(" + "), &types),
        ErrorKind::Limit,
        &["views, results and reductions", "500"],
    );
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn carets_show_what_does_not_fit() {
    let engine = single();
    let (a, b) = (ones(&[2, 3]), ones(&[4]));
    let shown = |source: &str| {
        engine.eval(source, &[("a", (&a).into()), ("b", (&b).into())]).unwrap_err().to_string()
    };
    assert_eq!(
        shown("x = a * 2\nx - b"),
        "\
error: shapes (2, 3) and (4,) do not broadcast: 3 and 4 along axis -1
  |
2 | x - b
  | -   ^ shape (4,)
  | |
  | shape (2, 3)
  |
  = help: lengths are held against each other from the last axis on; each pair must be equal, or one of them 1"
    );
    assert_eq!(
        shown("a[0, 3:, 1]"),
        "\
error: too many indices: 3 for an array of 2 axes of shape (2, 3)
  |
1 | a[0, 3:, 1]
  |          ^ there is no axis left for this one
  |"
        .trim_end_matches("\n  |")
    );
    assert_eq!(
        shown("sum(a[:, 1:-b.size])[...] + (a + 1)[0, -b.ndim - 3]"),
        "\
error: index -4 is out of range for axis 1, whose length is 3
  |
1 | sum(a[:, 1:-b.size])[...] + (a + 1)[0, -b.ndim - 3]
  |                                        ^^^^^^^^^^^ of shape (2, 3)
  |
  = help: indices go from 0 to 2, or from -3 to -1"
    );
}

/// The interpreter is timed on a part of long arrays, which lie as the whole does.
#[test]
fn views_of_long_arrays_are_measured() {
    let (a, row) = (ones(&[100, 60]), ones(&[60]));
    let args = [("a", Arg::from(&a)), ("row", Arg::from(&row))];
    for source in ["a[0, ::2] + row[1::2]", "a.T[1:] * row[1:, None]", "a[:, ::3] + row[1::3]"] {
        single().measure(source, &args, 1).unwrap();
    }
    let long = ones(&[10_000]);
    single().measure("a[::2] + a[1::2]", &[("a", (&long).into())], 1).unwrap();
}
