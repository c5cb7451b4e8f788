//! Programs of `tests/kernels`, against what CPython makes of them: values by their bits, arrays as they are
//! afterwards, what is raised. `tests/kernels/make.py` writes that down.

use std::path::{Path, PathBuf};

use brolga::{Array, Backend, CallArg, Complex, DType, Engine, LoopKernel, Module, Returned, Scalar};

/// A value of a golden file.
#[derive(Debug)]
enum Value {
    None,
    Scalar(Scalar),
    Array(Array),
    Tuple(Vec<Value>),
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn scalar(dtype: DType, bytes: &[u8]) -> Scalar {
    let f64_at = |at: usize| f64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    match dtype {
        DType::Bool => Scalar::Bool(bytes[0] != 0),
        DType::UInt8 => Scalar::UInt8(bytes[0]),
        DType::Int32 => Scalar::Int32(i32::from_le_bytes(bytes.try_into().unwrap())),
        DType::Int64 => Scalar::Int64(i64::from_le_bytes(bytes.try_into().unwrap())),
        DType::UInt64 => Scalar::UInt64(u64::from_le_bytes(bytes.try_into().unwrap())),
        DType::Float32 => Scalar::Float32(f32::from_le_bytes(bytes.try_into().unwrap())),
        DType::Float64 => Scalar::Float64(f64_at(0)),
        DType::Complex128 => Scalar::Complex128(Complex { re: f64_at(0), im: f64_at(8) }),
        other => panic!("no golden file has {other}"),
    }
}

fn array(dtype: DType, shape: &str, data: &[u8]) -> Array {
    macro_rules! of {
        ($($variant:ident $rust:ty),*) => {
            match dtype {
                $(DType::$variant => {
                    let elements = data.chunks(dtype.size()).map(|bytes| match scalar(dtype, bytes) {
                        Scalar::$variant(value) => value,
                        other => panic!("{other:?}"),
                    });
                    let shape: Vec<usize> = shape.split(',').map(|n| n.parse().unwrap()).collect();
                    Array::from_vec::<$rust>(elements.collect(), shape).unwrap()
                })*
                other => panic!("no golden file has arrays of {other}"),
            }
        };
    }
    of!(Bool bool, UInt8 u8, UInt64 u64, Int32 i32, Int64 i64, Float64 f64, Complex128 Complex<f64>)
}

/// A value that is one word.
fn value(word: &str) -> Value {
    let parts: Vec<&str> = word.split(':').collect();
    match parts[..] {
        ["none"] => Value::None,
        ["int", digits] => Value::Scalar(Scalar::Int64(digits.parse().unwrap())),
        ["bool", bit] => Value::Scalar(Scalar::Bool(bit == "1")),
        ["array", dtype, shape, data] => {
            Value::Array(array(DType::from_name(dtype).unwrap(), shape, &bytes(data)))
        }
        [dtype, data] => Value::Scalar(scalar(DType::from_name(dtype).unwrap(), &bytes(data))),
        _ => panic!("{word}"),
    }
}

/// The values of a line, the parentheses of a tuple being words of their own.
fn values(line: &str) -> Vec<Value> {
    let mut words: Vec<&str> = line.split_whitespace().rev().collect();
    let mut found = Vec::new();
    while !words.is_empty() {
        found.push(next(&mut words));
    }
    found
}

/// The next value of words that are turned around.
fn next(words: &mut Vec<&str>) -> Value {
    if words.last() == Some(&"(") {
        words.pop();
        let mut items = Vec::new();
        while words.last() != Some(&")") {
            items.push(next(words));
        }
        words.pop();
        return Value::Tuple(items);
    }
    value(words.pop().unwrap())
}

fn same_arrays(x: &Array, y: &Array) -> bool {
    x.dtype() == y.dtype() && x.shape() == y.shape() && (0..x.len()).all(|at| x.get(at).same(y.get(at)))
}

fn same(found: &Returned, expected: &Value) -> bool {
    match (found, expected) {
        (Returned::None, Value::None) => true,
        (Returned::Scalar(x), Value::Scalar(y)) => x.same(*y),
        (Returned::Array(x), Value::Array(y)) => same_arrays(x, y),
        (Returned::Tuple(x), Value::Tuple(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        _ => false,
    }
}

/// A call of a golden file.
struct Case<'t> {
    line: &'t str,
    name: &'t str,
    args: &'t str,
    outcome: &'t str,
    after: Vec<&'t str>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in text.lines() {
        let (what, rest) = line.split_once(' ').unwrap();
        match (what, cases.last_mut()) {
            ("call", _) => {
                let (name, args) = rest.split_once(' ').unwrap_or((rest, ""));
                cases.push(Case { line, name, args, outcome: "", after: Vec::new() });
            }
            ("returns" | "raises", Some(case)) => case.outcome = line,
            ("after", Some(case)) => case.after.push(rest),
            _ => panic!("{line}"),
        }
    }
    cases
}

/// Calls as a case says; what is wrong, if anything is.
fn differs(kernel: &LoopKernel, case: &Case<'_>) -> Option<String> {
    let mut values = values(case.args);
    let mut args: Vec<CallArg<'_>> = values
        .iter_mut()
        .map(|value| match value {
            Value::Scalar(value) => CallArg::from(*value),
            Value::Array(array) => CallArg::from(array),
            other => panic!("{other:?} is no argument"),
        })
        .collect();
    let found = kernel.call(&mut args);
    drop(args);
    let (what, expected) = case.outcome.split_once(' ').unwrap();
    let wrong = match (&found, what) {
        (Ok(found), "returns") => {
            let expected = self::values(expected);
            (!same(found, &expected[0])).then(|| format!("is       {found:?}\n  expected {:?}", expected[0]))
        }
        (Err(error), "raises") if error.message().starts_with(expected) => None,
        (Err(error), _) => Some(error.to_string()),
        (Ok(found), _) => Some(format!("is {found:?}")),
    };
    let arrays = values.iter().filter_map(|value| match value {
        Value::Array(array) => Some(array),
        _ => None,
    });
    let changed = arrays.zip(&case.after).find_map(|(array, after)| match &self::values(after)[0] {
        Value::Array(expected) if same_arrays(array, expected) => None,
        expected => Some(format!("afterwards {array:?}\n  expected   {expected:?}")),
    });
    wrong.or(changed)
}

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernels");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect()
}

#[test]
fn kernels_give_what_cpython_gives() {
    let mut failed = Vec::new();
    let mut seen = 0;
    for (backend, threads) in [(Backend::Interp, 1), (Backend::Native, 1), (Backend::Native, 2)] {
        let engine = Engine::builder().threads(threads).backend(backend).build().unwrap();
        for golden in programs() {
            let program = golden.with_extension("py");
            let name = program.file_name().unwrap().to_string_lossy().into_owned();
            let module: Module = engine.module(&std::fs::read_to_string(&program).unwrap(), &name).unwrap();
            let text = std::fs::read_to_string(&golden).unwrap();
            for case in cases(&text) {
                seen += 1;
                let kernel = module.kernel(case.name).unwrap_or_else(|error| panic!("{error}"));
                if let Some(wrong) = differs(&kernel, &case) {
                    failed.push(format!("{name} on {backend}, {threads} threads: {}\n  {wrong}", case.line));
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
    assert!(failed.is_empty(), "{} of {seen} differ\n{}", failed.len(), failed.join("\n"));
}

/// Sums in kernels have the bits of those in expressions: both have the fixed shape of reductions.
#[test]
fn reductions_are_those_of_expressions() {
    let text = "
import numpy as np

def total(a):
    return np.sum(a), a.mean(), (a * 0.5 + 1).sum(), np.prod(a * 0.001 + 1), a.max()
";
    let expression = "sum(a), mean(a), sum(a * 0.5 + 1), prod(a * 0.001 + 1), max(a)";
    for backend in [Backend::Interp, Backend::Native] {
        let engine = Engine::builder().threads(1).backend(backend).build().unwrap();
        let kernel = engine.module(text, "total.py").unwrap().kernel("total").unwrap();
        let lengths = [1, 17, 257, 1025, 3000, 5000, 16_385, 40_000];
        // The interpreter takes its time.
        for n in lengths.into_iter().take(if backend == Backend::Interp { 4 } else { 8 }) {
            let doubles: Vec<f64> = (0..n).map(|i| f64::from(i * 7919 % 1013) / 3.0 - 100.0).collect();
            let singles: Vec<f32> = doubles.iter().map(|&v| v as f32).collect();
            for array in
                [Array::from_vec(doubles, n as usize).unwrap(), Array::from_vec(singles, n as usize).unwrap()]
            {
                let found =
                    kernel.call(&mut [(&array).into()]).unwrap_or_else(|e| panic!("{e}")).into_arrays();
                let expected = engine.eval(expression, &[("a", (&array).into())]).unwrap();
                assert!(
                    found.iter().zip(&expected).all(|(x, y)| same_arrays(x, y)),
                    "{n}: {found:?} {expected:?}"
                );
            }
        }
        let sheet = Array::from_vec((0..3000).map(|i| 1.0 / f64::from(i + 1)).collect(), [50, 60]).unwrap();
        let found = kernel.call(&mut [(&sheet).into()]).unwrap().into_arrays();
        let expected = engine.eval(expression, &[("a", (&sheet).into())]).unwrap();
        assert!(found.iter().zip(&expected).all(|(x, y)| same_arrays(x, y)), "{found:?} {expected:?}");
    }
}

/// NumPy takes some of these for negative ones, and calls others an overflow.
#[test]
fn what_int64_does_not_hold_is_beyond_every_axis() {
    let text = "
import numpy as np

def at(a, i):
    return a[i]

def plane(a, i):
    return a.reshape(1, 3)[0, i]

def picked(a, at):
    return a[at]

def stored(a, i):
    a[i] = 1.0

def zeros(a, n):
    return np.zeros(n)

def trips(a, n):
    for i in range(n):
        return i
    return 0
";
    let a = Array::from_vec(vec![1.0, 2.0, 3.0], 3).unwrap();
    for backend in [Backend::Interp, Backend::Native] {
        let engine = Engine::builder().threads(1).backend(backend).build().unwrap();
        let module = engine.module(text, "at.py").unwrap();
        for number in [1 << 63, u64::MAX, u64::MAX - 2] {
            for name in ["at", "plane", "picked", "stored", "zeros", "trips"] {
                let many = Array::from_vec(vec![0, number], 2).unwrap();
                let mut a = a.clone();
                let given: CallArg<'_> =
                    if name == "picked" { (&many).into() } else { Scalar::UInt64(number).into() };
                let kernel = module.kernel(name).unwrap();
                let error = kernel.call(&mut [a.view_mut().into(), given]).unwrap_err().to_string();
                let wanted = match name {
                    "zeros" | "trips" => format!("OverflowError: {number} does not fit int64"),
                    "plane" => format!("IndexError: index {number} is out of bounds for axis 1 with size 3"),
                    _ => format!("IndexError: index {number} is out of bounds for axis 0 with size 3"),
                };
                assert!(error.contains(&wanted), "{name} on {backend}: {error}");
            }
        }
    }
}

/// Products of matrices are cut into tiles by their lengths alone.
#[test]
fn products_do_not_depend_on_threads() {
    let [m, k, n] = [300, 200, 400];
    let numbers = |count: usize| (0..count).map(|i| ((i * 7919 % 1013) as f64 / 3.0).sin());
    let a = Array::from_vec(numbers(m * k).collect(), [m, k]).unwrap();
    let b = Array::from_vec(numbers(k * n).map(|v| v * 0.7).collect(), [k, n]).unwrap();
    let mut found = Vec::new();
    for (backend, threads) in
        [(Backend::Interp, 1), (Backend::Native, 1), (Backend::Native, 2), (Backend::Native, 5)]
    {
        let engine = Engine::builder().threads(threads).backend(backend).build().unwrap();
        let kernel = engine.module("def f(a, b):\n    return a @ b\n", "f.py").unwrap().kernel("f").unwrap();
        let product = kernel.call(&mut [(&a).into(), (&b).into()]).unwrap_or_else(|e| panic!("{e}"));
        found.extend(product.into_arrays());
    }
    assert!(found.windows(2).all(|pair| same_arrays(&pair[0], &pair[1])));
    let at = |array: &Array, at: usize| match array.get(at) {
        Scalar::Float64(value) => value,
        other => panic!("{other:?}"),
    };
    for (row, column) in [(0, 0), (299, 399), (150, 7)] {
        let exact: f64 = (0..k).map(|i| at(&a, row * k + i) * at(&b, i * n + column)).sum();
        assert!((at(&found[0], row * n + column) - exact).abs() < 1e-12);
    }
}
