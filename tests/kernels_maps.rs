//! Kernels of numbers called with arrays, beside the same as an expression: the same bits on every back end, for any number of
//! threads, layout and shape. And kernels as functions of expressions.

use brolga::{Array, Backend, CallArg, Engine, ErrorKind, Module, Returned, Scalar};

const TEXT: &str = "
import math
from numba import vectorize

@vectorize
def branch(x, y):
    if x > y:
        return math.exp(-x) * y
    return x * x - y

def steps(x, n):
    for i in range(n):
        if x > i:
            x = x * 0.5
    return x

def both(x, y):
    if x < y:
        return x, y
    return y, x

def total(a):
    s = 0.0
    for v in a:
        s += v
    return s

def checked(x, low):
    if x < low:
        raise ValueError('too low')
    return x

def nothing(x):
    if x > 0:
        pass
";

const EXPRESSION: &str = "where(x > y, exp(-x) * y, x*x - y)";

fn engines() -> Vec<Engine> {
    let engine = |(backend, threads)| Engine::builder().threads(threads).backend(backend).build().unwrap();
    let kinds = [(Backend::Interp, 1), (Backend::Clif, 2), (Backend::Native, 1)];
    kinds.into_iter().chain([(Backend::Native, 3)]).map(engine).collect()
}

fn module(engine: &Engine) -> Module {
    engine.module(TEXT, "maps.py").unwrap()
}

fn numbers(count: usize) -> Vec<f64> {
    (0..count).map(|i| (i * 7919 % 1013) as f64 / 250.0 - 1.5).collect()
}

fn same(x: &Array, y: &Array) -> bool {
    x.dtype() == y.dtype() && x.shape() == y.shape() && (0..x.len()).all(|at| x.get(at).same(y.get(at)))
}

/// Rows, columns, one element, and many of them, in each order.
#[test]
fn maps_are_as_expressions() {
    let wide = Array::from_vec(numbers(3 * 5000), [3, 5000]).unwrap();
    let tall = Array::from_vec(numbers(200 * 30), [200, 30]).unwrap();
    let row = Array::from_vec(numbers(30), 30).unwrap();
    let column = Array::from_vec(numbers(200), [200, 1]).unwrap();
    let long = Array::from_vec(numbers(9_000), 9_000).unwrap();
    let none = Array::from_vec(Vec::<f64>::new(), [0, 30]).unwrap();
    let single = Array::from_vec(vec![0.25f32; 30], 30).unwrap();
    let pairs = [
        (&wide, &wide),
        (&tall, &row),
        (&row, &tall),
        (&tall, &column),
        (&column, &row),
        (&long, &long),
        (&none, &row),
        (&tall, &single),
        (&single, &single),
    ];
    let expected: Vec<Array> = pairs
        .iter()
        .map(|&(x, y)| {
            let engine = Engine::builder().threads(1).build().unwrap();
            engine.eval(EXPRESSION, &[("x", x.into()), ("y", y.into())]).unwrap().swap_remove(0)
        })
        .collect();
    for engine in engines() {
        let kernel = module(&engine).kernel("branch").unwrap();
        for (&(x, y), expected) in pairs.iter().zip(&expected) {
            let found = kernel.call(&mut [x.into(), y.into()]).unwrap_or_else(|e| panic!("{e}"));
            let found = found.array().unwrap();
            assert!(same(found, expected), "{:?} {:?} {found:?} {expected:?}", x.shape(), y.shape());
        }
    }
}

/// Transposed, from the end, and every other row.
#[test]
fn layouts_do_not_matter() {
    let grid = Array::from_vec(numbers(120 * 180), [120, 180]).unwrap();
    let expected = Engine::builder().threads(1).build().unwrap();
    let text = "x = a[::-2].T; y = a[3, ::-1][:, None]; where(x > y, exp(-x) * y, x*x - y)";
    let expected = expected.eval(text, &[("a", (&grid).into())]).unwrap();
    for engine in engines() {
        let kernel = module(&engine).expression("branch(a[::-2].T, a[3, ::-1][:, None])", &["a"]).unwrap();
        let found = kernel.call(&mut [(&grid).into()]).unwrap_or_else(|e| panic!("{e}"));
        assert!(same(found.array().unwrap(), &expected[0]));
    }
}

#[test]
fn loops_and_several_results() {
    let x = Array::from_vec(numbers(9000), 9000).unwrap();
    let n = Array::from_vec((0..9000).map(|i| i % 7).collect::<Vec<i64>>(), 9000).unwrap();
    let one = |x: f64, n: i64| (0..n).fold(x, |x, i| if x > i as f64 { x * 0.5 } else { x });
    let doubles = numbers(9000);
    for engine in engines() {
        let module = module(&engine);
        let found = module.kernel("steps").unwrap().call(&mut [(&x).into(), (&n).into()]).unwrap();
        let array = found.array().unwrap();
        let expected = |at: usize| Scalar::Float64(one(doubles[at], at as i64 % 7));
        assert!((0..9000).all(|at| array.get(at).same(expected(at))));
        let found = module.kernel("both").unwrap().call(&mut [(&x).into(), CallArg::from(1.0)]).unwrap();
        let Returned::Tuple(items) = found else { panic!("{found:?}") };
        let expected = engine.eval("minimum(x, 1), maximum(x, 1)", &[("x", (&x).into())]).unwrap();
        assert!(items.iter().zip(&expected).all(|(item, array)| same(item.array().unwrap(), array)));
    }
}

/// The first element that fails is that of the shape's order, whatever the threads.
#[test]
fn what_fails_fails() {
    let mut elements = numbers(20_000);
    elements[15_000] = -100.0;
    let x = Array::from_vec(elements, 20_000).unwrap();
    for engine in engines() {
        let module = module(&engine);
        let error =
            module.kernel("checked").unwrap().call(&mut [(&x).into(), CallArg::from(-50.0)]).unwrap_err();
        assert!(error.message().contains("too low"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Value);
        let error = module.kernel("nothing").unwrap().call(&mut [(&x).into()]).unwrap_err();
        assert!(error.to_string().contains("for each element"), "{error}");
        let short = Array::from_vec(numbers(3), 3).unwrap();
        let error = module.kernel("branch").unwrap().call(&mut [(&x).into(), (&short).into()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Shape, "{error}");
    }
}

#[test]
fn kernels_in_expressions() {
    let x = Array::from_vec(numbers(9_000), 9_000).unwrap();
    let y = Array::from_vec(numbers(200), [200, 1]).unwrap();
    for engine in engines() {
        let module = module(&engine);
        let both = [("x", (&x).into()), ("y", (&y).into())];
        for (text, plain) in [
            ("sum(branch(x, 0.5)) + 1", "sum(where(x > 0.5, exp(-x) * 0.5, x*x - 0.5)) + 1"),
            (
                "d = x[:10] * 2; branch(d, y[:3])",
                "d = x[:10] * 2; e = y[:3]; where(d > e, exp(-d) * e, d*d - e)",
            ),
            ("max(branch(x, 2)), exp(x[:3])", "max(where(x > 2, exp(-x) * 2, x*x - 2)), exp(x[:3])"),
            (
                "where(x[:9] > 0.5, branch(x[:9], 1), pi)",
                "where(x[:9] > 0.5, where(x[:9] > 1, exp(-x[:9]) * 1, x[:9]*x[:9] - 1), pi)",
            ),
        ] {
            let kernel = module.expression(text, &["x", "y", "z"]).unwrap_or_else(|e| panic!("{e}"));
            let params: Vec<String> = kernel.params().map(str::to_string).collect();
            let mut args: Vec<CallArg<'_>> =
                params.iter().map(|name| if name == "x" { (&x).into() } else { (&y).into() }).collect();
            let found = kernel.call(&mut args).unwrap_or_else(|e| panic!("{e}")).into_arrays();
            let used: Vec<_> = both.iter().filter(|(name, _)| plain.contains(name)).cloned().collect();
            let expected = engine.eval(plain, &used).unwrap_or_else(|e| panic!("{e}"));
            assert!(
                found.len() == expected.len() && found.iter().zip(&expected).all(|(x, y)| same(x, y)),
                "{text}"
            );
        }
        let kernel = module.expression("total(steps(x, 3) / 0)", &["x"]).unwrap();
        let found = kernel.call(&mut [(&x).into()]).unwrap_or_else(|e| panic!("{e}"));
        assert!(matches!(found, Returned::Scalar(Scalar::Float64(_))), "{found:?}");
    }
}

/// Errors show the text in which they are.
#[test]
fn errors_of_expressions() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let module = module(&engine);
    let x = Array::from_vec(numbers(5), 5).unwrap();
    for (text, parts) in [
        ("branch(x) + 1", ["branch(x) + 1", "^^^^^^", "without its argument `y`"]),
        ("branch(x, q)", ["branch(x, q)", "         ^", "unknown name `q`"]),
        ("nothing(x)", ["nothing(x)", "gives None", "for each element"]),
        ("checked(x, 2)", ["raise ValueError", "maps.py", "too low"]),
        ("brunch(x, 1)", ["brunch(x, 1)", "unknown function", "^^^^^^"]),
    ] {
        let kernel = module.expression(text, &["x"]).unwrap();
        let error = kernel.call(&mut [(&x).into()]).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    let error = module.expression("branch(x, ", &["x"]).unwrap_err().to_string();
    assert!(error.contains("unclosed"), "{error}");
}
