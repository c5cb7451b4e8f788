//! What the library promises to those who call it.

mod common;

use std::sync::{Arc, Barrier};

use brolga::{
    Arg, Array, ArrayView, ArrayViewMut, DType, Element, Emit, Engine, ErrorKind, FpMode, Kernel, Limits,
    Literal, Order, Scalar, ThreadPool, Type,
};
use common::expect;
use num_complex::Complex;

const F64: Type = Type::Array(DType::Float64);

fn single() -> Engine {
    Engine::builder().threads(1).build().unwrap()
}

fn floats(array: &Array) -> &[f64] {
    array.as_slice().unwrap_or_else(|| panic!("{} elements", array.dtype()))
}

#[test]
fn what_threads_share() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Engine>();
    shared::<Kernel>();
    shared::<Array>();
    shared::<brolga::Error>();
}

#[test]
fn the_cache_gives_the_same_kernel() {
    let engine = single();
    let types = [("a", F64)];
    // Times of compilation are as good as a name: no two compilations take the same nanoseconds.
    let first = engine.compile("a * 2 + 1", &types).unwrap();
    assert_eq!(engine.compile("a * 2 + 1", &types).unwrap().stages(), first.stages());
    let other = engine.compile("a * 2 + 1", &[("a", Type::Array(DType::Float32))]).unwrap();
    assert_ne!(other.stages(), first.stages());
    assert_eq!(other.results()[0].dtype, DType::Float32);
    // Literals are part of the code, and -0.0 is not 0.0.
    let literal =
        |v: f64| engine.compile("a * k", &[("a", F64), ("k", Type::Literal(Literal::Float(v)))]).unwrap();
    assert_eq!(literal(0.0).stages(), literal(0.0).stages());
    assert_ne!(literal(0.0).stages(), literal(-0.0).stages());
    assert_eq!(literal(f64::NAN).stages(), literal(f64::NAN).stages());
}

#[test]
fn a_kernel_that_many_ask_for_is_compiled_once() {
    let engine = single();
    for round in 0..20 {
        let source = format!("sqrt(a) * {round} + a / (1 + a)");
        let start = Barrier::new(8);
        let all: Vec<_> = std::thread::scope(|scope| {
            let ask = || {
                start.wait();
                engine.compile(&source, &[("a", F64)]).unwrap().stages()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(all.windows(2).all(|two| two[0] == two[1]), "compiled more than once");
    }
}

#[test]
fn errors_are_not_kept_and_a_small_cache_works() {
    let engine = Engine::builder().threads(1).cache(2).build().unwrap();
    for _ in 0..2 {
        assert_eq!(engine.compile("a +", &[("a", F64)]).err().unwrap().kind(), ErrorKind::Syntax);
    }
    let kernels: Vec<_> =
        (0..50).map(|k| engine.compile(&format!("a + {k}"), &[("a", F64)]).unwrap()).collect();
    for (k, kernel) in kernels.iter().enumerate() {
        let found = kernel.call(&[("a", (&[0.5]).into())]).unwrap();
        assert_eq!(floats(&found[0]), [k as f64 + 0.5], "kernels outlive the cache");
    }
    drop(engine);
    assert_eq!(floats(&kernels[7].call(&[("a", (&[1.0]).into())]).unwrap()[0]), [8.0]);
}

#[test]
fn one_kernel_on_many_threads() {
    let engine = Engine::builder().threads(2).build().unwrap();
    let kernel = engine.compile("sum(a * a), a + 1", &[("a", F64)]).unwrap();
    std::thread::scope(|scope| {
        for t in 0..6 {
            let kernel = kernel.clone();
            scope.spawn(move || {
                let a = vec![t as f64; 150_000 + t];
                for _ in 0..5 {
                    let found = kernel.call(&[("a", (&a).into())]).unwrap();
                    assert_eq!(floats(&found[0]), [(t * t * a.len()) as f64]);
                    assert!(floats(&found[1]).iter().all(|&x| x == t as f64 + 1.0));
                }
            });
        }
    });
}

#[test]
fn arguments_go_by_name() {
    let engine = single();
    let kernel =
        engine.compile("a - b * s", &[("s", Type::Scalar(DType::Float64)), ("b", F64), ("a", F64)]).unwrap();
    let (a, b) = ([10.0, 20.0], vec![1.0, 2.0]);
    let all: [(&str, Arg<'_>); 3] = [("a", (&a).into()), ("b", (&b).into()), ("s", 3.0.into())];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let args = order.map(|at| all[at].clone());
        assert_eq!(floats(&kernel.call(&args).unwrap()[0]), [7.0, 14.0]);
    }
    // What the program does not use is ignored.
    let more = [all.to_vec(), vec![("unused", 1i32.into())]].concat();
    assert_eq!(floats(&kernel.call(&more).unwrap()[0]), [7.0, 14.0]);
    let unused = engine.compile("a", &[("a", F64), ("b", F64)]).unwrap();
    assert_eq!(unused.unused(), ["b"]);
    assert_eq!(floats(&unused.call(&[("a", (&a).into())]).unwrap()[0]), a);
}

#[test]
fn wrong_arguments_are_told() {
    use ErrorKind::{Argument, Shape};
    let engine = single();
    let types =
        [("a", F64), ("b", F64), ("s", Type::Scalar(DType::Int32)), ("k", Type::Literal(Literal::Int(2)))];
    let kernel = engine.compile("a * b + s * k", &types).unwrap();
    let (a, b, short) = ([1.0; 4], [2.0; 4], [1.0; 3]);
    let call = |args: &[(&str, Arg<'_>)]| kernel.call(args);
    expect(call(&[("a", (&a).into()), ("s", 1i32.into())]), Argument, &["`b` is missing", "a * b"]);
    expect(
        call(&[("a", (&a).into()), ("a", (&a).into()), ("b", (&b).into()), ("s", 1i32.into())]),
        Argument,
        &["`a` is given twice"],
    );
    expect(
        call(&[("a", (&[1f32; 4]).into()), ("b", (&b).into()), ("s", 1i32.into())]),
        Argument,
        &["`a` is float32 array", "float64 array"],
    );
    expect(
        call(&[("a", 1.0.into()), ("b", (&b).into()), ("s", 1i32.into())]),
        Argument,
        &["`a` is float64 scalar", "float64 array"],
    );
    expect(
        call(&[("a", (&a).into()), ("b", (&b).into()), ("s", 1i64.into())]),
        Argument,
        &["`s` is int64 scalar", "int32 scalar"],
    );
    expect(
        call(&[("a", (&a).into()), ("b", (&b).into()), ("s", 1i32.into()), ("k", Literal::Int(3).into())]),
        Argument,
        &["`k` is literal 3", "literal 2"],
    );
    expect(
        call(&[("a", (&a).into()), ("b", (&short).into()), ("s", 1i32.into())]),
        Shape,
        &["shapes (4,) and (3,)", "4 and 3 along axis -1", "shape (4,)\n"],
    );
    let square = common::view(&a, &[2, 2]);
    expect(
        call(&[("a", (&a).into()), ("b", square.into()), ("s", 1i32.into())]),
        Shape,
        &["shapes (4,) and (2, 2)", "4 and 2 along axis -1"],
    );
    expect(engine.compile("a", &[("a", F64), ("a", F64)]), Argument, &["`a`", "twice"]);
}

#[test]
fn results_in_the_callers_memory() {
    use ErrorKind::Argument;
    let engine = single();
    let kernel = engine.compile("a * 2, sum(a)", &[("a", F64)]).unwrap();
    let a = [1.0, 2.0, 3.0, 4.0];
    let args: [(&str, Arg<'_>); 1] = [("a", (&a).into())];
    let (mut twice, mut sum) = ([0.0; 4], [0.0; 1]);
    let mut views = [ArrayViewMut::from(&mut twice[..]), ArrayViewMut::new(&mut sum, []).unwrap()];
    kernel.call_into(&args, &mut views).unwrap();
    assert_eq!((twice, sum), ([2.0, 4.0, 6.0, 8.0], [10.0]));

    let mut few = [ArrayViewMut::from(&mut twice[..])];
    expect(kernel.call_into(&args, &mut few), Argument, &["2 results", "memory for 1"]);
    let (mut wrong, mut short) = ([0f32; 4], [0.0; 3]);
    let mut views = [ArrayViewMut::from(&mut wrong[..]), ArrayViewMut::from(&mut sum[..])];
    expect(kernel.call_into(&args, &mut views), Argument, &["result 0 is float64", "float32"]);
    let mut views = [ArrayViewMut::from(&mut short[..]), ArrayViewMut::from(&mut sum[..])];
    expect(kernel.call_into(&args, &mut views), Argument, &["result 0", "(4,)", "(3,)"]);
    let mut views = [ArrayViewMut::new(&mut twice, [2, 2]).unwrap(), ArrayViewMut::from(&mut sum[..])];
    expect(kernel.call_into(&args, &mut views), Argument, &["(4,)", "(2, 2)"]);
    let mut many = [0.0; 2];
    let mut views = [ArrayViewMut::from(&mut twice[..]), ArrayViewMut::from(&mut many[..])];
    expect(kernel.call_into(&args, &mut views), Argument, &["result 1", "()", "(2,)"]);
}

#[test]
fn shapes_of_any_number_of_dimensions() {
    let engine = single();
    let a: Vec<f64> = (0..24).map(f64::from).collect();
    for shape in [&[24][..], &[4, 6], &[2, 3, 4], &[1, 24, 1], &[2, 1, 3, 1, 2, 2]] {
        let found = engine.eval("a + 1, sum(a)", &[("a", common::view(&a, shape).into())]).unwrap();
        assert_eq!(found[0].shape(), shape);
        assert_eq!(found[0].get(23).to_string(), "24.0");
        assert!(found[1].shape().is_empty());
        assert_eq!(floats(&found[1]), [276.0]);
    }
    expect(ArrayView::new(&a, [5, 5]), ErrorKind::Shape, &["24 elements", "(5, 5)"]);
    expect(ArrayView::new(&a, [usize::MAX, 2]), ErrorKind::Shape, &["24 elements"]);
}

/// Memory that another language owns may hold any byte.
#[test]
fn every_byte_but_zero_is_true() {
    let bytes: Vec<u8> = (0..83).map(|at| [0, 1, 2, 0x80, 0xff, 0, 64][at % 7]).collect();
    // SAFETY: the bytes are there, and no `bool` of Rust's is made of them.
    let view = unsafe { ArrayView::from_raw_parts(bytes.as_ptr(), DType::Bool, [83], &[1]) }.unwrap();
    let truth: Vec<bool> = bytes.iter().map(|&byte| byte != 0).collect();
    let source = "b, ~b, b == True, b ^ c, int8(b) + b, where(b, 2.5, x), b & (x > 1), sum(b), any(b), b * 3";
    let (c, x) = (vec![true; 83], vec![1.5; 83]);
    let others = [("c", Arg::from(&c)), ("x", Arg::from(&x))];
    let clean = [("b", Arg::from(&truth)), others[0].clone(), others[1].clone()];
    let expected = common::interpreter(FpMode::Strict).engine.eval(source, &clean).unwrap();
    let given = [("b", Arg::from(view)), others[0].clone(), others[1].clone()];
    for engine in [common::interpreter(FpMode::Strict)].iter().chain(&common::code_makers(FpMode::Strict)) {
        let found = engine.engine.eval(source, &given).unwrap();
        assert_eq!(common::difference(&found, &expected), None, "{}", engine.name);
    }
}

#[test]
fn every_type_goes_in_and_out() {
    fn check<T: Element + PartialEq + std::fmt::Debug + From<u8>>(more: &[T]) {
        let a: Vec<T> = [0u8, 1, 7, 127].map(T::from).into_iter().chain(more.iter().copied()).collect();
        for result in single().eval("a, maximum(a, a)", &[("a", (&a).into())]).unwrap() {
            assert_eq!(result.dtype(), T::DTYPE);
            assert_eq!(result.into_vec::<T>().unwrap(), a);
        }
    }
    check::<i16>(&[i16::MIN, i16::MAX]);
    check::<i32>(&[i32::MIN, i32::MAX]);
    check::<i64>(&[i64::MIN, i64::MAX]);
    check::<u8>(&[u8::MAX]);
    check::<u16>(&[u16::MAX]);
    check::<u32>(&[u32::MAX]);
    check::<u64>(&[u64::MAX]);
    check::<f32>(&[f32::MAX, -0.0]);
    check::<f64>(&[f64::MAX, -0.0]);
    let a = [i8::MIN, -1, i8::MAX];
    assert_eq!(
        single().eval("-a", &[("a", (&a).into())]).unwrap()[0].as_slice(),
        Some(&[i8::MIN, 1, -127][..])
    );
    let z = [Complex::new(1.0, 2.0), Complex::new(0.0, -3.0)];
    let i = Complex::new(0.0, 1.0);
    let results = single().eval("z * s, abs(z[1])", &[("z", (&z).into()), ("s", i.into())]).unwrap();
    assert_eq!(
        results[0].as_slice::<Complex<f64>>(),
        Some(&[Complex::new(-2.0, 1.0), Complex::new(3.0, 0.0)][..])
    );
    assert_eq!(floats(&results[1]), [3.0]);
    let z = [Complex::new(f32::MAX, -0.0), Complex::new(-1.5, 2.0)];
    let found = single().eval("-z", &[("z", (&z).into())]).unwrap();
    assert_eq!(found[0].as_slice::<Complex<f32>>(), Some(&z.map(|z| -z)[..]));
}

#[test]
fn arrays_without_dimensions_are_scalars() {
    let engine = single();
    let s = Array::from_scalar(Scalar::Float32(2.5));
    let found = engine.eval("s * 2", &[("s", (&s).into())]).unwrap();
    assert_eq!(found[0].scalar().unwrap().to_string(), "5.0");
    assert_eq!(found[0].dtype(), DType::Float32);
    // A kernel for scalars takes either.
    let kernel = engine.compile("s * a", &[("s", Type::Scalar(DType::Float32)), ("a", F64)]).unwrap();
    for s in [Arg::from(&s), 2.5f32.into()] {
        assert_eq!(floats(&kernel.call(&[("s", s), ("a", (&[2.0]).into())]).unwrap()[0]), [5.0]);
    }
}

#[test]
fn arrays_without_elements() {
    for backend in common::backends() {
        let engine = Engine::builder().threads(1).backend(backend).build().unwrap();
        let none: [f64; 0] = [];
        let found = engine.eval("a * 2, sum(a), prod(a)", &[("a", (&none).into())]).unwrap();
        assert_eq!(found[0].shape(), [0]);
        assert_eq!((floats(&found[1]), floats(&found[2])), (&[0.0][..], &[1.0][..]));
        let wide = common::view(&none, &[3, 0, 5]);
        assert_eq!(engine.eval("a + 1", &[("a", wide.into())]).unwrap()[0].shape(), [3, 0, 5]);
        for source in ["min(a)", "max(a)", "a - min(a)"] {
            expect(engine.eval(source, &[("a", (&none).into())]), ErrorKind::Value, &[source, "no elements"]);
        }
    }
}

#[test]
fn an_element_that_cannot_be_is_named() {
    for backend in common::backends() {
        let engine = Engine::builder().threads(2).backend(backend).build().unwrap();
        let mut n = vec![2i64; 200_001];
        n[150_000] = -1;
        n[199_999] = -5;
        let i = vec![3i64; n.len()];
        let args = [("i", (&i).into()), ("n", (&n).into())];
        expect(engine.eval("1 + i ** n", &args), ErrorKind::Value, &["i ** n", "at element 150000"]);
        // The kernel works on.
        n[150_000] = 0;
        n[199_999] = 1;
        let args = [("i", (&i).into()), ("n", (&n).into())];
        let found = engine.eval("1 + i ** n", &args).unwrap();
        assert_eq!(found[0].as_slice::<i64>().unwrap()[149_999..150_001], [10, 2]);
        let scalars = [("i", 3i64.into()), ("n", Arg::from(-2i64))];
        expect(engine.eval("i ** n", &scalars), ErrorKind::Value, &["i ** n", "here"]);
    }
}

#[test]
fn literals_are_weak() {
    let engine = single();
    let f = [0.1f32, 0.2];
    let found = engine.eval("f * k", &[("f", (&f).into()), ("k", Literal::Float(2.0).into())]).unwrap();
    assert_eq!(found[0].as_slice::<f32>().unwrap(), [0.2, 0.4]);
    let found = engine.eval("f * k", &[("f", (&f).into()), ("k", 2.0.into())]).unwrap();
    assert_eq!(found[0].dtype(), DType::Float64);
    let large = [("i", (&[1i32]).into()), ("k", Literal::Int(1 << 40).into())];
    expect(engine.eval("i + k", &large), ErrorKind::Type, &["does not fit int32"]);
}

#[test]
fn limits() {
    let limited = |limits: Limits| Engine::builder().threads(1).limits(limits).build().unwrap();
    let of = Limits::default();
    let types = [("a", F64)];
    let compile = |limits, source: &str| limited(limits).compile(source, &types);

    let length = Limits { length: 20, ..of };
    assert!(compile(length, "a + 1234567890123456").is_ok());
    expect(
        compile(length, "a + 12345678901234567"),
        ErrorKind::Limit,
        &["21 bytes; the limit is 20", "split it"],
    );
    expect(compile(Limits { length: 0, ..of }, "a"), ErrorKind::Limit, &["1 byte;"]);

    let nesting = Limits { nesting: 10, ..of };
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(compile(nesting, &nested(9)).is_ok());
    expect(compile(nesting, &nested(11)), ErrorKind::Limit, &["10"]);
    expect(compile(nesting, &"-".repeat(50).replace('-', "-(")), ErrorKind::Limit, &[]);
    assert!(compile(nesting, &vec!["a"; 1000].join(" + ")).is_ok(), "a sum is not nested");

    let operations = Limits { operations: 50, ..of };
    assert!(compile(operations, &vec!["a"; 40].join(" / ")).is_ok());
    let split = "split it into several expressions\n";
    let shown = compile(operations, &vec!["a"; 60].join(" / ")).unwrap_err().to_string() + "\n";
    assert!(shown.contains("50") && shown.contains(split), "{shown}");
    // What doubles with each line is many operations in little text, unless it is shared.
    let doubling: String = (0..60).map(|k| format!("x{} = x{k} * x{k}\n", k + 1)).collect();
    assert!(compile(of, &format!("x0 = a\n{doubling}x60")).is_ok());

    let streams = Limits { streams: 4, ..of };
    assert!(compile(streams, "sum(a), a").is_ok());
    expect(compile(streams, "sum(a), sum(a*2), a"), ErrorKind::Limit, &["6 arrays", "4", "split it"]);
    let missing = limited(of).compile("sum(a)", &types).unwrap();
    let a = vec![1.0; 3];
    expect(missing.call_into(&[("a", (&a).into())], &mut []), ErrorKind::Argument, &["has 1 result,"]);
    expect(Array::from_vec(vec![1.0], 2), ErrorKind::Shape, &["1 element cannot fill"]);

    let memory = limited(Limits { memory: 1000, ..of });
    let fits = vec![1.0; 125];
    assert!(memory.eval("a + 1", &[("a", (&fits).into())]).is_ok());
    expect(memory.eval("a + 1, a", &[("a", (&fits).into())]), ErrorKind::Limit, &["1000 bytes"]);
    assert!(memory.eval("sum(a)", &[("a", (&vec![1.0; 5000]).into())]).is_ok());
    // A word for each block of what is reduced: of these squares there are 125 blocks, and one more.
    for threads in [1, 2] {
        let engine =
            Engine::builder().threads(threads).limits(Limits { memory: 1000, ..of }).build().unwrap();
        let most = |n: usize| engine.eval("max(a[:, None] + a)", &[("a", (&vec![1.0; n]).into())]);
        assert!(most(1431).is_ok());
        expect(most(1432), ErrorKind::Limit, &["partial results of 2050624 elements", "1000 bytes"]);
    }
}

#[test]
fn shapes_beyond_memory_are_an_error() {
    for shape in
        [&[usize::MAX][..], &[usize::MAX, usize::MAX], &[1 << 60], &[0, usize::MAX, 3], &[1 << 60, 0]]
    {
        expect(Array::zeros(DType::Float64, shape), ErrorKind::Limit, &["float64"]);
        expect(ArrayView::new::<f64>(&[], shape), ErrorKind::Shape, &["0 elements cannot fill"]);
        expect(Array::from_vec::<f64>(Vec::new(), shape), ErrorKind::Shape, &["0 elements cannot fill"]);
    }
    // Without elements, but not longer than memory along the other dimensions.
    for shape in [[0, 1 << 30, 3], [1 << 30, 0, 1 << 20]] {
        let none = Array::from_vec::<f64>(Vec::new(), shape).unwrap();
        let args = [("a", Arg::from(&none))];
        for order in [Order::C, Order::F, Order::K] {
            let kernel = single().compile("a + 1, a.T, sum(a)", &[("a", F64)]).unwrap();
            let found = kernel.with_order(order).call(&args).unwrap();
            assert_eq!((floats(&found[2]), found[1].view().len()), (&[0.0][..], 0));
            #[cfg(feature = "ndarray")]
            assert_eq!(ndarray::ArrayD::<f64>::try_from(found[0].clone()).unwrap().shape(), shape);
        }
    }
    // A result that is longer, of arguments that are not.
    let [a, b] = [[0, 1 << 40, 1], [0, 1, 1 << 40]].map(|shape| ArrayView::new::<f64>(&[], shape).unwrap());
    let (args, engine) = ([("a", a.into()), ("b", b.into())], single());
    expect(engine.eval("a + b", &args), ErrorKind::Limit, &["no memory for an array of float64"]);
    assert_eq!(floats(&engine.eval("sum(a + b)", &args).unwrap()[0]), [0.0]);
}

#[test]
fn long_texts() {
    let engine = single();
    let a = [0.5, -1.0, 2.0];
    let sum = vec!["a"; 5000].join(" + ");
    let found = engine.eval(&sum, &[("a", (&a).into())]).unwrap();
    assert_eq!(floats(&found[0]), [2500.0, -5000.0, 10_000.0]);
    for (opening, closing) in [("(", ")"), ("abs(", ")"), ("-", ""), ("not ", ""), ("a ** ", ""), ("a[", "]")]
    {
        let text = format!("{}a{}", opening.repeat(100_000), closing.repeat(100_000));
        expect(engine.compile(&text, &[("a", F64)]), ErrorKind::Limit, &[]);
    }
    let long = vec!["a"; 2_500_000].join(" + ");
    expect(engine.compile(&long, &[("a", F64)]), ErrorKind::Limit, &["1048576"]);
    let patient = Limits { length: 1 << 30, ..Limits::default() };
    let engine = Engine::builder().threads(1).limits(patient).build().unwrap();
    // Equal parts are shared, so that the text alone is long; this one differs in each term.
    let terms: Vec<String> = (0..200_000).map(|k| format!("a * {k}.5")).collect();
    expect(engine.compile(&terms.join(" + "), &[("a", F64)]), ErrorKind::Limit, &["50000"]);
}

#[test]
fn options_that_make_no_sense() {
    expect(Engine::builder().threads(0).build(), ErrorKind::Argument, &["at least one thread"]);
    let tuning = brolga::Tuning { lanes: Some(3), ..Default::default() };
    expect(Engine::builder().tuning(tuning).build(), ErrorKind::Argument, &["3 lanes"]);
}

#[test]
fn every_stage_can_be_shown() {
    for backend in common::backends() {
        let engine = Engine::builder().threads(1).backend(backend).build().unwrap();
        for emit in Emit::ALL {
            assert!(!engine.emit("a * a + 1", &[("a", F64)], *emit).unwrap().is_empty(), "{backend} {emit}");
        }
    }
}

#[test]
fn the_callers_own_threads() {
    let pool: Arc<ThreadPool> = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap());
    let engine = Engine::builder().pool(pool.clone()).build().unwrap();
    assert_eq!(engine.threads(), 3);
    let a: Vec<f64> = (0..400_000).map(|k| f64::from(k % 1000) / 7.0).collect();
    let args = [("a", Arg::from(&a))];
    let source = "sum(a * a), a * 2, max(a)";
    let expected = single().eval(source, &args).unwrap();
    let same = |found: Vec<Array>| assert_eq!(common::difference(&found, &expected), None);
    same(engine.eval(source, &args).unwrap());
    // From inside the pool, from all of its threads at once, and from inside another pool.
    pool.install(|| same(engine.eval(source, &args).unwrap()));
    pool.broadcast(|_| same(engine.eval(source, &args).unwrap()));
    let own = Engine::builder().threads(2).build().unwrap();
    pool.broadcast(|_| same(own.eval(source, &args).unwrap()));
    rayon::join(|| same(own.eval(source, &args).unwrap()), || same(engine.eval(source, &args).unwrap()));
}

#[test]
fn reductions_beside_plain_loops() {
    let engine = Engine::builder().threads(2).build().unwrap();
    let a: Vec<f64> = (0..300_001u64).map(|k| (k * 2_654_435_761 % 1000) as f64 / 8.0 - 60.0).collect();
    let i: Vec<i32> = a.iter().map(|&x| (x * 8.0) as i32).collect();
    let args = [("a", (&a).into()), ("i", (&i).into())];
    let found = engine.eval("sum(a), mean(a), min(a), max(a), sum(i), mean(i), sum(a > 0)", &args).unwrap();
    // Eighths of small size add up without rounding, in whatever order.
    let sum: f64 = a.iter().sum();
    let ints: i64 = i.iter().map(|&i| i64::from(i)).sum();
    let count = a.len() as f64;
    let floats: Vec<f64> = [0, 1, 2, 3, 5].map(|at| floats(&found[at])[0]).to_vec();
    let [low, high] =
        [a.iter().copied().fold(f64::INFINITY, f64::min), a.iter().copied().fold(f64::MIN, f64::max)];
    assert_eq!(floats, [sum, sum / count, low, high, ints as f64 / count]);
    assert_eq!(found[4].as_slice::<i64>().unwrap(), [ints]);
    assert_eq!(found[6].as_slice::<i64>().unwrap(), [a.iter().filter(|&&x| x > 0.0).count() as i64]);
}

#[test]
fn long_sums_stay_exact_enough() {
    let engine = Engine::new().unwrap();
    let tenths = vec![0.1f32; 10_000_000];
    let found = engine.eval("sum(a), mean(a)", &[("a", (&tenths).into())]).unwrap();
    let [sum, mean] = [0, 1].map(|at| f64::from(found[at].as_slice::<f32>().unwrap()[0]));
    assert!((sum / 1e6 - 1.0).abs() < 1e-5, "{sum}");
    assert!((mean / 0.1 - 1.0).abs() < 1e-5, "{mean}");
}

#[test]
fn results_begin_at_cache_lines() {
    fn at<T: brolga::Element>(array: &Array) -> usize {
        array.as_slice::<T>().unwrap().as_ptr().addr()
    }
    let engine = single();
    let source = "a, float32(a), int64(a), int32(a), a > 1, sum(a)";
    for shape in [&[0][..], &[1], &[7], &[8], &[1_000_000], &[3, 0], &[2, 3, 5]] {
        let a = Array::zeros(DType::Float64, shape).unwrap();
        let found = engine.eval(source, &[("a", (&a).into())]).unwrap();
        let [x, y, z, w, v, sum] = &found[..] else { panic!("{} results", found.len()) };
        for at in [at::<f64>(x), at::<f32>(y), at::<i64>(z), at::<i32>(w), at::<bool>(v), at::<f64>(sum)] {
            assert_eq!(at % 64, 0, "{shape:?}");
        }
    }
}

#[test]
fn vectors_go_in_and_out() {
    let engine = single();
    let a: Vec<f64> = (0..1001).map(f64::from).collect();
    let before = a.as_ptr();
    let array = Array::from_vec(a, [7, 143]).unwrap();
    let twice = engine.eval("a * 2", &[("a", (&array).into())]).unwrap().remove(0);
    assert_eq!(twice.shape(), [7, 143]);
    let copy = twice.clone();
    let expected: Vec<f64> = (0..1001).map(|i| f64::from(i) * 2.0).collect();
    assert_eq!(twice.into_vec::<f64>().unwrap(), expected);
    assert_eq!(copy.as_slice::<f64>(), Some(&expected[..]));
    assert_eq!(copy.view().strides(), [143 * 8, 8]);
    assert_eq!(copy.into_vec::<f32>().unwrap_err().shape(), [7, 143]);
    let back = array.into_vec::<f64>().unwrap();
    assert_eq!(back.as_ptr(), before, "a vector is handed back");
}

#[test]
fn memory_of_the_caller_begins_anywhere() {
    // Long enough for streaming stores, which are aligned where the two results can be.
    let len = 700_003;
    let a: Vec<f64> = (0..len + 16).map(|i| f64::from(i % 1013) / 7.0).collect();
    let len = len as usize;
    let strict = brolga::FpMode::Strict;
    for maker in common::code_makers(strict).into_iter().chain(common::threaded(strict)) {
        let kernel = maker.engine.compile("sqrt(a), float32(a)", &[("a", F64)]).unwrap();
        for (first, second) in [(0, 0), (1, 1), (3, 3), (5, 5), (1, 2), (4, 12)] {
            let a = &a[first..][..len];
            let (mut x, mut y) = (vec![0.0; len + 16], vec![0f32; len + 16]);
            let mut results = [
                ArrayViewMut::from(&mut x[first..first + len]),
                ArrayViewMut::from(&mut y[second..second + len]),
            ];
            kernel.call_into(&[("a", a.into())], &mut results).unwrap();
            let right = |(i, &a): (usize, &f64)| x[first + i] == a.sqrt() && y[second + i] == a as f32;
            assert!(a.iter().enumerate().all(right), "{}, {first}, {second}", maker.name);
            let beside = x[..first].iter().chain(&x[first + len..]).all(|&x| x == 0.0);
            assert!(beside, "{}, {first}, {second}", maker.name);
        }
    }
}

#[cfg(feature = "ndarray")]
#[test]
fn arrays_of_ndarray() {
    use ndarray::{Array2, ArrayD, ShapeBuilder, arr2, s};
    let engine = single();
    let m: Array2<f64> = arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let found = engine.eval("m * 2", &[("m", (&m).into())]).unwrap().remove(0);
    let at = floats(&found).as_ptr();
    let back: ArrayD<f64> = found.try_into().unwrap();
    assert_eq!(back, (&m * 2.0).into_dyn());
    assert_eq!(back.as_ptr(), at, "no element moves");
    for (source, shape) in [("sum(m)", &[][..]), ("m", &[0, 3])] {
        let empty = Array2::<f64>::zeros((0, 3));
        let view = ArrayView::from(&empty);
        let found = engine.eval(source, &[("m", view.into())]).unwrap().remove(0);
        assert_eq!(ArrayD::<f64>::try_from(found).unwrap().shape(), shape);
    }
    // Views of any layout, and results into them.
    let same = |view: ArrayView<'_>, expected: ArrayD<f64>| {
        let found = engine.eval("m + m, sum(m)", &[("m", view.clone().into())]).unwrap();
        assert_eq!(floats(&found[1]), [expected.sum() / 2.0]);
        assert_eq!(ArrayD::<f64>::try_from(found.into_iter().next().unwrap()).unwrap(), expected);
        let kernel = engine.compile("m + m", &[("m", F64)]).unwrap();
        let kept = kernel.with_order(brolga::Order::K).call(&[("m", view.into())]).unwrap().remove(0);
        assert_eq!(ArrayD::<f64>::try_from(kept).unwrap(), expected);
    };
    same((&m.t()).into(), (&m.t() * 2.0).into_dyn());
    same((&m.slice(s![.., 1..])).into(), (&m.slice(s![.., 1..]) * 2.0).into_dyn());
    same((&m.slice(s![..;-1, ..;2])).into(), (&m.slice(s![..;-1, ..;2]) * 2.0).into_dyn());
    let column = arr2(&[[7.0], [8.0]]);
    let repeated = column.broadcast((2, 3)).unwrap();
    same((&repeated).into(), (&repeated * 2.0).into_dyn());
    // The stride of a dimension with one element may be any.
    let far = ndarray::ArrayView::from_shape((1, 2).strides((isize::MAX as usize, 1)), &[3.0, 4.0]).unwrap();
    same(far.into(), arr2(&[[6.0, 8.0]]).into_dyn());
    let mut wide = Array2::<f64>::zeros((3, 4));
    let kernel = engine.compile("m + 1", &[("m", F64)]).unwrap();
    let args = [("m", ArrayView::from(&m).into())];
    kernel
        .call_into(&args, &mut [ArrayViewMut::from(&mut wide.slice_mut(s![..;-1, ..;2]).reversed_axes())])
        .unwrap();
    assert_eq!(wide, arr2(&[[4.0, 0.0, 7.0, 0.0], [3.0, 0.0, 6.0, 0.0], [2.0, 0.0, 5.0, 0.0]]));
    let mut out = Array2::<f64>::zeros((2, 3));
    kernel.call_into(&args, &mut [ArrayViewMut::from(&mut out)]).unwrap();
    assert_eq!(out, &m + 1.0);
    let wrong: Result<ArrayD<f32>, Array> = Array::zeros(DType::Float64, [2]).unwrap().try_into();
    assert_eq!(wrong.unwrap_err().dtype(), DType::Float64);
}

#[test]
fn programs_of_many_arrays_results_and_reductions() {
    let mut random = common::Random(5);
    let types = [DType::Float64, DType::Int32, DType::Bool, DType::Float32, DType::Int64];
    let names: Vec<String> = (0..40).map(|k| format!("v{k}")).collect();
    let sum = names.join(" + ");
    let results: Vec<String> = names.iter().map(|v| format!("{v} + 1")).collect();
    let reductions: Vec<String> = names.iter().map(|v| format!("sum({v}), max({v} * 2)")).collect();
    let interpreter = common::interpreter(brolga::FpMode::Strict);
    for source in [sum, results.join(", "), reductions.join(", ")] {
        for len in [1, 5, 67, 16_401] {
            let of = |(k, name): (usize, &String)| {
                let array = common::random_array(&mut random, types[k % types.len()], len);
                (name.clone(), common::Value::Array(array))
            };
            let inputs: common::Inputs = names.iter().enumerate().map(of).collect();
            let args = common::args(&inputs);
            let expected = interpreter.engine.eval(&source, &args).unwrap();
            for maker in common::code_makers(brolga::FpMode::Strict) {
                let found =
                    maker.engine.eval(&source, &args).unwrap_or_else(|e| panic!("{}: {e}", maker.name));
                let wrong = common::difference(&found, &expected);
                assert_eq!(wrong, None, "{}, {len} elements of {source}", maker.name);
            }
        }
    }
}

#[test]
fn compiling_takes_time_in_proportion() {
    let engine = single();
    let took = |terms: usize| {
        let text: Vec<String> = (0..terms).map(|k| format!("a * {k}.25")).collect();
        let begin = std::time::Instant::now();
        engine.compile(&text.join(" + "), &[("a", F64)]).unwrap();
        begin.elapsed().as_secs_f64()
    };
    took(10);
    let (short, long) = (took(1000), took(8000));
    assert!(long < 8.0 * 8.0 * short, "8,000 terms take {long:.3} s, 1,000 take {short:.3} s");
}

#[test]
fn literals_are_the_ones_compiled_for() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let of = |v: f64| Literal::Float(v);
    let kernel = engine.compile("a / k", &[("a", F64), ("k", Type::Literal(of(0.0)))]).unwrap();
    let ones = [1.0];
    let call = |k: f64| kernel.call(&[("a", (&ones).into()), ("k", of(k).into())]);
    assert_eq!(call(0.0).unwrap()[0].as_slice::<f64>(), Some(&[f64::INFINITY][..]));
    expect(call(-0.0), ErrorKind::Argument, &["-0.0"]);
}

#[test]
fn equal_reductions_run_once() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let text = engine.emit("(a - mean(a)) / (max(a) - mean(a))", &[("a", F64)], Emit::Opt).unwrap();
    assert_eq!(text.matches("reduce sum").count(), 1, "{text}");
    let nested = "sum((a - mean(a))*2) + sum((a - mean(a))*2)";
    let text = engine.emit(nested, &[("a", F64)], Emit::Opt).unwrap();
    assert_eq!(text.matches("reduce sum").count(), 2, "{text}");
}

/// A host that flushes subnormals gets the same bits, on its own thread and on the pool's, and keeps its setting.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_hosts_floating_point_environment_does_not_matter() {
    use std::arch::asm;
    fn set(control: u32) {
        // SAFETY: a valid value, which the test puts back.
        unsafe {
            asm!("ldmxcsr [{}]", in(reg) &raw const control, options(nostack, preserves_flags, readonly))
        };
    }
    fn get() -> u32 {
        let mut control = 0u32;
        // SAFETY: writes one word.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack, preserves_flags)) };
        control & !0x3f
    }
    let a: Vec<f64> = (0..300_000).map(|i| f64::from_bits(1 + i * 7_777_777_777)).collect();
    let all = || common::backends().map(|backend| (Engine::builder().backend(backend), backend));
    for (builder, backend) in all().chain(all().map(|(builder, backend)| (builder.threads(3), backend))) {
        let engine = builder.build().unwrap();
        let a = if backend == brolga::Backend::Interp { &a[..1000] } else { &a[..] };
        let kernel = engine.compile("a * 0.5 + a, sum(a)", &[("a", F64)]).unwrap();
        let call = || kernel.call(&[("a", a.into())]).unwrap();
        let expected = call();
        assert!(floats(&expected[0])[0] != 0.0);
        // Subnormals flushed and taken as zero, rounding up, division by zero trapped.
        for control in [0x9fc0, 0x5f80, 0x1d80] {
            set(control);
            let (found, kept) = (call(), get());
            set(0x1f80);
            assert_eq!(kept, control, "{backend}");
            assert_eq!(common::difference(&found, &expected), None, "{backend}, {control:x}");
        }
    }
    // Nor does it where text is compiled, and indices are found.
    for backend in common::backends() {
        let eval = || {
            let engine = Engine::builder().threads(1).backend(backend).build().unwrap();
            let source =
                "a * (1e-310 / 3) + exp(0.1) * (1 / 3.0) + 0 * (1e300 * 1e300), a[int64(x / 3 * 1e310):]";
            engine.eval(source, &[("a", (&a[..100]).into()), ("x", 1e-310.into())]).unwrap()
        };
        let expected = eval();
        for control in [0x9fc0, 0x5f80, 0x1d80] {
            set(control);
            let (found, kept) = (eval(), get());
            set(0x1f80);
            assert_eq!(kept, control, "{backend}");
            assert_eq!(common::difference(&found, &expected), None, "{backend}, {control:x}");
        }
    }
}

#[test]
fn other_jobs_of_a_pool_hold_up_no_run() {
    let pool: Arc<ThreadPool> = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap());
    let engine = Engine::builder().pool(pool.clone()).build().unwrap();
    let a = vec![1.0; 400_000];
    let args = [("a", Arg::from(&a))];
    let expected = single().eval("sum(a * 3), a + 1", &args).unwrap();
    // Both threads are busy until the run is over: it must not wait for them, nor for what waits behind them.
    let (begun, over) = (Arc::new(Barrier::new(3)), Arc::new(Barrier::new(3)));
    for _ in 0..2 {
        let (begun, over) = (begun.clone(), over.clone());
        pool.spawn(move || {
            begun.wait();
            over.wait();
        });
    }
    begun.wait();
    let found = engine.eval("sum(a * 3), a + 1", &args).unwrap();
    assert_eq!(common::difference(&found, &expected), None);
    over.wait();
}
