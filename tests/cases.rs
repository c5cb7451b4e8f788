//! Cases as data (`tests/cases/*.txt`), on every back end and at many lengths.
//!
//! A case is a name, inputs, and programs over them, each with what it gives:
//! ```text
//! # A comment.
//! case rectangles
//!   a = int32 1 2 -3
//!   b = float64 0.5 inf nan
//!   m = float32(2,3) 1 2 3 4 5 6
//!   s = float64() 2.5
//!   k = literal 2
//! > a * b
//! -> float64 0.5 inf nan
//! > x = a * k
//! > x, sum(x)
//! -> int32 2 4 -6
//! -> int64() 0
//! > a + q
//! !! Name | unknown name `q`
//! ```
//! A shape in brackets may be left out where there is one dimension; `()` is a single value. Numbers are
//! as Python's repr writes them; truth values may also be digits in one word, as in `bool 0110`. Lines of one program that begin with `>` are its lines of text;
//! `->` is a result; `!!` is the kind of error that compiling or calling gives, and part of its message.
//! Leading blanks mean nothing. Names and inputs hold up to the next `case`.
//!
//! Each program runs on its own inputs against what the case says, and on its arrays repeated to
//! other lengths: element by element that must give the results repeated, and where all elements
//! count (a reduction) what the interpreter gives. Cases about shapes (in files that end in `views.txt`) run on
//! their own alone.

mod common;

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use brolga::ops::Function;
use brolga::{Array, Complex, DType, FpMode, Kernel, Literal, Scalar};
use common::{Inputs, Named, Value, args, difference, types};

struct Case {
    /// File and line.
    place: String,
    name: String,
    inputs: Inputs,
    source: String,
    expected: Expected,
}

enum Expected {
    Results(Vec<Array>),
    Error(String, String),
}

/// Reads a file of cases; what is wrong with it is said with its line.
fn read(file: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let (mut name, mut inputs) = (String::new(), Inputs::new());
    let mut source: Option<(String, String)> = None;
    let mut begin = |source: &mut Option<(String, String)>, name: &str, inputs: &Inputs, expected| {
        if let Some((place, source)) = source.take() {
            let (name, inputs) = (name.to_string(), inputs.clone());
            cases.push(Case { place, name, inputs, source, expected });
        } else if let (Expected::Results(more), Some(Case { expected: Expected::Results(all), .. })) =
            (expected, cases.last_mut())
        {
            all.extend(more);
        }
    };
    for (at, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", at + 1);
        let line = line.trim();
        let fail = |what: &str| -> ! { panic!("{place}: {what}: {line}") };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix("case ") {
            if source.is_some() {
                fail("the program above has no result");
            }
            (name, inputs) = (rest.to_string(), Inputs::new());
        } else if let Some(result) = line.strip_prefix("->") {
            let result = array(result).unwrap_or_else(|what| fail(&what));
            begin(&mut source, &name, &inputs, Expected::Results(vec![result]));
        } else if let Some(error) = line.strip_prefix("!!") {
            let Some((kind, part)) = error.split_once('|') else { fail("no kind") };
            begin(&mut source, &name, &inputs, Expected::Error(kind.trim().into(), part.trim().into()));
        } else if let Some(more) = line.strip_prefix('>') {
            let more = more.strip_prefix(' ').unwrap_or(more);
            match &mut source {
                Some((_, source)) => *source += &format!("\n{more}"),
                None => source = Some((place, more.to_string())),
            }
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim();
            let value = match value.strip_prefix("literal ") {
                Some(value) => Value::Literal(literal(value).unwrap_or_else(|what| fail(&what))),
                None => Value::Array(array(value).unwrap_or_else(|what| fail(&what))),
            };
            inputs.push((key.trim().to_string(), value));
        } else {
            fail("not a line of a case");
        }
    }
    assert!(source.is_none(), "{file}: the last program has no result");
    cases
}

fn literal(text: &str) -> Result<Literal, String> {
    match text.trim() {
        "True" => Ok(Literal::Bool(true)),
        "False" => Ok(Literal::Bool(false)),
        text if text.ends_with('j') => match scalar(DType::Complex128, text) {
            Ok(Scalar::Complex128(value)) => Ok(Literal::Complex(value)),
            _ => Err(format!("`{text}` is no complex number")),
        },
        text => match text.parse() {
            Ok(value) => Ok(Literal::Int(value)),
            Err(_) => text.parse().map(Literal::Float).map_err(|e| format!("{e}")),
        },
    }
}

/// `float64(2,3) 1 2 3 4 5 6`
fn array(text: &str) -> Result<Array, String> {
    let (head, values) = match (text.find(')'), text.trim().split_once(' ')) {
        (Some(end), _) => text.split_at(end + 1),
        (None, Some(parts)) => parts,
        (None, None) => return Err("no values".into()),
    };
    let (dtype, shape) = match head.trim().split_once('(') {
        Some((dtype, shape)) => (dtype, Some(shape.trim_end_matches(')'))),
        None => (head, None),
    };
    let dtype = DType::from_name(dtype.trim()).ok_or(format!("`{dtype}` is no type"))?;
    let digits = values.trim().bytes().all(|digit| matches!(digit, b'0' | b'1')) && !values.trim().is_empty();
    let values = match dtype == DType::Bool && digits {
        true => values.trim().bytes().map(|digit| Scalar::Bool(digit == b'1')).collect(),
        false => values.split_whitespace().map(|v| scalar(dtype, v)).collect::<Result<Vec<_>, _>>()?,
    };
    let shape = match shape {
        None => vec![values.len()],
        Some(shape) => {
            let lengths = shape.split(',').map(str::trim).filter(|n| !n.is_empty());
            lengths.map(|n| n.parse().map_err(|e| format!("{e}"))).collect::<Result<_, _>>()?
        }
    };
    Ok(common::array(dtype, &shape, &values))
}

fn scalar(dtype: DType, text: &str) -> Result<Scalar, String> {
    let wrong = || format!("`{text}` is no {dtype}");
    // Whole numbers of every type fit here, and must fit the type.
    let whole = || {
        let value: i128 = text.parse().map_err(|_| wrong())?;
        let scalar = Scalar::from_bits(dtype, value as u128);
        if scalar.to_string() == value.to_string() { Ok(scalar) } else { Err(wrong()) }
    };
    match dtype {
        DType::Bool => match text {
            "True" => Ok(Scalar::Bool(true)),
            "False" => Ok(Scalar::Bool(false)),
            _ => Err(wrong()),
        },
        DType::Float32 => text.parse().map(Scalar::Float32).map_err(|_| wrong()),
        DType::Float64 => text.parse().map(Scalar::Float64).map_err(|_| wrong()),
        dtype if dtype.is_int() => whole(),
        DType::Complex64 => complex(text).map(Scalar::Complex64).ok_or_else(wrong),
        DType::Complex128 => complex(text).map(Scalar::Complex128).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// `1.5-2e-3j`
fn complex<T: FromStr>(text: &str) -> Option<Complex<T>> {
    let parts = text.strip_suffix('j')?;
    let sign = |&at: &usize| at > 0 && !parts[..at].ends_with('e');
    let at = parts.rmatch_indices(['+', '-']).map(|(at, _)| at).find(sign)?;
    Some(Complex { re: parts[..at].parse().ok()?, im: parts[at..].parse().ok()? })
}

/// Lengths around those where something changes: lanes, groups, partials, leaves, blocks.
const LENGTHS: &[usize] =
    &[0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 257, 16_383, 16_384, 16_385, 40_000];

/// Cases that NumPy wrote are many, and each is about one operation: a few lengths will do.
const FEW_LENGTHS: &[usize] = &[0, 1, 7, 33, 65];

/// Long enough that threads are woken for all types but bool. The interpreter would take long here,
/// so that scalar code, which agrees with it at the other lengths, says what is right.
const LONG: usize = 300_007;

/// One case in so many runs at that length too, as do all with this word in their name.
const LONG_EVERY: usize = 16;
const LONG_WORD: &str = "long";

struct Engines {
    interpreter: Named,
    others: Vec<Named>,
    threaded: Vec<Named>,
}

fn engines() -> &'static Engines {
    static ENGINES: OnceLock<Engines> = OnceLock::new();
    ENGINES.get_or_init(|| Engines {
        interpreter: common::interpreter(FpMode::Strict),
        others: common::code_makers(FpMode::Strict),
        threaded: common::threaded(FpMode::Strict),
    })
}

/// Whether a result depends on all elements.
fn reduces(source: &str) -> bool {
    let mut words = source.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| Function::from_name(word).is_some_and(Function::is_reduction))
}

/// What is wrong with a case on an engine at its own length.
fn check(case: &Case, engine: &Named) -> Result<Option<Kernel>, String> {
    let kernel = engine.engine.compile(&case.source, &types(&case.inputs));
    let called = kernel.as_ref().map_err(Clone::clone).and_then(|kernel| kernel.call(&args(&case.inputs)));
    match (&case.expected, called) {
        (Expected::Results(expected), Ok(found)) => match difference(&found, expected) {
            None => Ok(kernel.ok()),
            Some(what) => Err(what),
        },
        (Expected::Error(kind, part), Err(error)) => {
            let said = error.to_string();
            if format!("{:?}", error.kind()) != *kind || !said.contains(part.as_str()) {
                return Err(format!("another error, {:?}:\n{said}", error.kind()));
            }
            Ok(None)
        }
        (Expected::Results(_), Err(error)) => Err(error.to_string()),
        (Expected::Error(kind, _), Ok(_)) => Err(format!("no error, but {kind} is expected")),
    }
}

/// Whether an engine runs this one of NumPy's cases, which are many: those that differ in lanes alone take turns,
/// and threads would not be woken.
fn takes_turns(at: usize, engine: &Named) -> bool {
    let lanes = engines().others.iter().filter(|other| other.name.starts_with("clif"));
    match lanes.clone().position(|other| other.name == engine.name) {
        Some(turn) => at % lanes.count() == turn,
        None => engine.engine.threads() == 1,
    }
}

/// Everything wrong with a case.
fn run(at: usize, case: &Case) -> Vec<String> {
    let engines = engines();
    let mut wrong = Vec::new();
    let mut kernels = HashMap::new();
    for engine in [&engines.interpreter].into_iter().chain(&engines.others).chain(&engines.threaded) {
        if case.place.starts_with("numpy_") && !takes_turns(at, engine) {
            continue;
        }
        match check(case, engine) {
            Ok(None) => {}
            Ok(Some(kernel)) => {
                kernels.insert(engine.name.as_str(), kernel);
            }
            Err(what) => wrong.push(format!("{}: {what}", engine.name)),
        }
    }
    let Expected::Results(expected) = &case.expected else { return wrong };
    let of_shapes = case.place.contains("views.txt:");
    if of_shapes || !case.inputs.iter().any(|(_, value)| value.is_array()) || !wrong.is_empty() {
        return wrong;
    }
    let reduces = reduces(&case.source);
    let mut lengths = if case.place.starts_with("numpy_") { FEW_LENGTHS } else { LENGTHS }.to_vec();
    if !case.place.starts_with("numpy_") && (case.name.contains(LONG_WORD) || at.is_multiple_of(LONG_EVERY)) {
        lengths.push(LONG);
    }
    // Arrays without elements cannot be repeated.
    let empty = |value: &Value| matches!(value, Value::Array(array) if array.is_empty());
    lengths.retain(|&len| len == 0 || !case.inputs.iter().any(|(_, value)| empty(value)));
    for len in lengths {
        let inputs: Inputs = case.inputs.iter().map(|(n, v)| (n.clone(), v.cycled(len))).collect();
        let args = args(&inputs);
        let repeat =
            |array: &Array| if array.shape().is_empty() { array.clone() } else { common::cycled(array, len) };
        let expected = match reduces {
            false => Ok(expected.iter().map(repeat).collect()),
            true => {
                kernels[if len < LONG { "interp" } else { "scalar" }].call(&args).map_err(|e| e.to_string())
            }
        };
        for (name, kernel) in &kernels {
            if *name == "interp" && (reduces || len > 100) {
                continue;
            }
            let found = kernel.call(&args).map_err(|e| e.to_string());
            let what = match (&found, &expected) {
                (Ok(found), Ok(expected)) => difference(found, expected),
                (Err(found), Err(expected)) if found == expected => None,
                (Err(found), Err(expected)) => Some(format!("the error\n{found}\nis not\n{expected}")),
                (Ok(_), Err(expected)) => Some(format!("no error, but\n{expected}")),
                (Err(found), Ok(_)) => Some(found.clone()),
            };
            wrong.extend(what.map(|what| format!("{name}, {len} elements: {what}")));
        }
    }
    wrong
}

#[test]
fn every_case_on_every_back_end() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy();
        cases.extend(read(&name, &std::fs::read_to_string(&path).unwrap()));
    }
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, case)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    cases.get(at).map(|case| (at, case))
                } {
                    let wrong = run(at, case);
                    if !wrong.is_empty() {
                        let Case { place, name, source, .. } = case;
                        let first = wrong[..wrong.len().min(4)].join("\n  ");
                        let what =
                            format!("{place}: {name}: {source}\n  {first}\n  ({} in all)", wrong.len());
                        failed.lock().unwrap().push(what);
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    assert!(failed.is_empty(), "{} of {} programs:\n{}", failed.len(), cases.len(), failed.join("\n"));
    println!("{} programs", cases.len());
}
