//! Random programs and random text.
//!
//! Random programs must give the same bits, or the same error, from the interpreter and from every
//! way to make code, at random lengths, in each floating-point mode. Random text must give an error
//! and never a panic.
//!
//! A failure names its seed and the smallest program found that fails in the same way.
//! `BROLGA_FUZZ_SECONDS=600` searches for longer; `BROLGA_FUZZ_SEED=n` runs that seed alone, or
//! is where a longer search begins.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use brolga::{Array, Complex, DType, Emit, Engine, ErrorKind, FpMode, Kernel, Literal};
use common::{Inputs, Named, Random, Value, args, difference, random_array, types, variable};

/// The everyday budget.
const SECONDS: u64 = 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Bool,
    Int,
    Float,
    Complex,
}

/// An expression: its text, with `@` where its parts go.
#[derive(Clone)]
struct Node {
    text: String,
    parts: Vec<Node>,
}

impl Node {
    fn leaf(text: &str) -> Node {
        Node { text: text.into(), parts: Vec::new() }
    }

    fn write(&self, into: &mut String) {
        let mut parts = self.parts.iter();
        for c in self.text.chars() {
            match c {
                '@' => parts.next().expect("a part for each place").write(into),
                c => into.push(c),
            }
        }
    }

    /// Nodes in it, itself with them.
    fn size(&self) -> usize {
        1 + self.parts.iter().map(Node::size).sum::<usize>()
    }

    /// The node that comes at `at`-th in a walk from the top.
    fn find(&mut self, at: usize) -> &mut Node {
        if at == 0 {
            return self;
        }
        let mut before = 1;
        for part in &mut self.parts {
            let size = part.size();
            if at < before + size {
                return part.find(at - before);
            }
            before += size;
        }
        unreachable!("there are not so many nodes")
    }
}

/// Expressions by kind, each a template: B, I, F and C are parts of those kinds, N is any number, X
/// anything, K a small literal.
#[rustfmt::skip]
const TEMPLATES: &[(Kind, &[&str])] = &[
    (Kind::Float, &[
        "(F + N)", "(X + F)", "(F - N)", "(N - F)", "(F * N)", "(X * F)", "(F / N)", "(I / I)", "(N / F)",
        "(F // N)", "(N % F)", "(F % F)", "(F // F)", "(F * F + F)", "(F - F * F)", "(F * F - F * F)",
        "-F", "+F", "abs(F)", "sqrt(F)", "sqrt(I)", "sqrt(abs(F))", "exp(F)", "expm1(F)", "log(F)", "log1p(F)", "sin(F)", "cos(F)", "tan(F)", "tanh(F)", "(F ** F)", "floor(F)", "ceil(F)", "trunc(F)", "round(F)",
        "sign(F)", "square(F)", "F ** K", "F ** 0.5", "F ** -2", "F ** 2", "I ** 2.0", "minimum(F, N)",
        "maximum(N, F)", "fmin(F, F)", "fmax(F, N)", "clip(F, N, F)", "clip(F, -1, 1.5)", "where(B, F, N)",
        "where(X, F, F)", "(F if B else F)", "float32(X)", "float64(X)", "X.astype(float32)", "np.subtract(F, N)",
        "(F + 0)", "(F * 1)", "(F - 0.0)", "(F * 0)", "(0 - F)", "(F / 2)", "(F / 3)", "(2 * F - F)", "(F + F)",
        "abs(C)", "C.real", "imag(C)", "float32(C)", "(C.real * C.imag)", "angle(F)", "angle(C)",
    ]),
    (Kind::Int, &[
        "(I + I)", "(I + B)", "(B + I)", "(I - I)", "(I - B)", "(I * I)", "(I * B)", "(I // I)", "(I % I)",
        "(I // K)", "(I % K)", "(I // -K)", "(K // I)", "(I & I)", "(I | B)", "(I ^ I)", "(I << I)", "(I >> I)", "(I << K)",
        "(I >> K)", "-I", "+I", "~I", "abs(I)", "sign(I)", "square(I)", "I ** K", "I ** (I & 7)", "I ** abs(I)", "I ** I",
        "minimum(I, I)", "maximum(I, B)", "fmin(I, I)", "fmax(I, I)", "clip(I, I, I)", "clip(I, -3, 9)",
        "where(B, I, I)", "where(X, I, B)", "(I if B else I)", "int32(X)", "int64(X)", "int8(X)", "int16(X)", "uint8(X)", "uint16(X)", "uint32(X)", "uint64(X)", "floor(I)", "round(I)",
        "X.astype(int32)", "(I * 2)", "(I * 8)", "(I // 8)", "(I % 8)", "(I + 0)", "(I & 0)", "(I - I * I)",
    ]),
    (Kind::Bool, &[
        "(X < X)", "(N <= N)", "(X > N)", "(F >= F)", "(X == X)", "(X != X)", "(I < 3000000000)", "(I < I)", "(I == I)", "(I >= 200)", "(I != -1)", "(F < N < F)",
        "(N <= I != N)", "(X and X)", "(X or B)", "(not X)", "~B", "(B & B)", "(B | B)", "(B ^ B)", "(B + B)",
        "(B * B)", "isnan(F)", "isinf(F)", "isfinite(N)", "bool(X)", "minimum(B, B)", "fmax(B, B)", "where(B, B, B)",
        "logical_and(X, X)", "(B if B else B)", "abs(B)", "(B == B)", "(B < B)", "(F != F)", "(C == C)", "(C != N)",
        "(C < C)", "(N >= C)", "isnan(C)", "isfinite(C)", "isinf(C)", "bool(C)", "(C <= C)",
    ]),
    (Kind::Complex, &[
        "(C + N)", "(N - C)", "(C - C)", "(C * C)", "(F * C)", "(C / C)", "(N / C)", "(C / N)", "-C", "+C", "C ** K",
        "C ** -2", "C ** 0", "square(C)", "conj(C)", "C.conjugate()", "sign(C)", "round(C)", "complex(F, N)", "complex(X)",
        "complex64(X)", "complex128(X)", "X.astype(complex64)", "minimum(C, N)", "maximum(N, C)", "fmin(C, C)", "fmax(C, N)",
        "clip(C, -1, 2j)", "where(B, C, N)", "where(C, C, F)", "(C if B else C)", "(C * C + C)", "(C * 2j - C)", "(1j * F)",
        "sqrt(C)", "exp(C)", "expm1(C)", "log(C)", "log1p(C)", "sin(C)", "cos(C)", "tan(C)", "tanh(C)", "C ** C", "C ** N",
    ]),
];

#[rustfmt::skip]
const REDUCTIONS: &[(Kind, &[&str])] = &[
    (Kind::Float, &["sum(F)", "mean(X)", "min(F)", "max(F)", "prod(F)", "(F - mean(F))", "F.sum()", "(F / max(abs(F)))"]),
    (Kind::Int, &["sum(I)", "sum(B)", "prod(I)", "min(I)", "max(I)", "(I - min(I))"]),
    (Kind::Bool, &["any(X)", "all(X)", "min(B)", "max(B)"]),
    (Kind::Complex, &["sum(C)", "mean(C)", "prod(C)", "prod(C / 4)", "min(C)", "max(C)", "(C - mean(C))", "(C * sum(C))"]),
];

const LEAVES: &[(Kind, &[&str])] = &[
    (Kind::Float, &["f", "d", "f", "d", "sf", "sd", "kf", "2.5", "0.1", "1e300", "pi", "inf", "nan", "-0.0"]),
    (
        Kind::Int,
        &[
            "i", "l", "i", "l", "si", "sl", "c", "h", "u", "v", "w", "q", "sc", "su", "ki", "1", "-7", "100",
            "0",
        ],
    ),
    (Kind::Bool, &["b", "b", "b", "sb", "True", "False"]),
    (Kind::Complex, &["x", "y", "x", "y", "sx", "sy", "kx", "2j", "(1 - 0.5j)", "1e300j"]),
];

const SMALL: &[&str] = &["0", "1", "2", "3", "4", "5", "7", "8", "16", "31", "32", "63"];

fn of_kind(table: &[(Kind, &'static [&'static str])], kind: Kind) -> &'static [&'static str] {
    table.iter().find(|(k, _)| *k == kind).expect("every kind").1
}

/// A program: values with a name, and without one the results.
#[derive(Clone)]
struct Source {
    values: Vec<(Option<String>, Node)>,
}

impl Source {
    fn text(&self) -> String {
        let (mut text, mut results) = (String::new(), Vec::new());
        for (name, node) in &self.values {
            let mut value = String::new();
            node.write(&mut value);
            match name {
                Some(name) => text += &format!("{name} = {value}\n"),
                None => results.push(value),
            }
        }
        text + &results.join(", ")
    }

    /// Programs that are one step smaller.
    fn smaller(&self) -> Vec<Source> {
        let mut all = Vec::new();
        for (n, (_, node)) in self.values.iter().enumerate() {
            let mut less = self.clone();
            less.values.remove(n);
            all.push(less);
            for at in 0..node.size() {
                let parts = node.clone().find(at).parts.clone();
                let leaves = ["d", "f", "i", "l", "b", "x", "1"].map(Node::leaf);
                let leaves = if parts.is_empty() { &[][..] } else { &leaves };
                for replacement in parts.iter().chain(leaves) {
                    let mut less = self.clone();
                    *less.values[n].1.find(at) = replacement.clone();
                    all.push(less);
                }
            }
        }
        all
    }
}

struct Generator<'a> {
    random: &'a mut Random,
    assigned: Vec<(String, Kind)>,
}

impl Generator<'_> {
    fn source(&mut self) -> Source {
        let mut values = Vec::new();
        for at in 0..self.random.below(3) {
            let (kind, name) = (self.kind(), format!("t{at}"));
            values.push((Some(name.clone()), self.node(kind, 3)));
            self.assigned.push((name, kind));
        }
        let depth = 1 + self.random.below(5);
        for _ in 0..1 + self.random.below(5) / 3 {
            let kind = self.kind();
            values.push((None, self.node(kind, depth)));
        }
        Source { values }
    }

    fn kind(&mut self) -> Kind {
        let kinds = [Kind::Bool, Kind::Int, Kind::Int, Kind::Float, Kind::Float, Kind::Float, Kind::Complex];
        *self.random.pick(&kinds)
    }

    fn node(&mut self, kind: Kind, depth: usize) -> Node {
        if depth == 0 || self.random.one_in(6) {
            let known: Vec<String> =
                self.assigned.iter().filter(|(_, k)| *k == kind).map(|(name, _)| name.clone()).collect();
            if !known.is_empty() && self.random.one_in(3) {
                return Node::leaf(self.random.pick::<String>(&known));
            }
            return Node::leaf(self.random.pick::<&str>(of_kind(LEAVES, kind)));
        }
        let table = if self.random.one_in(14) { REDUCTIONS } else { TEMPLATES };
        let template = *self.random.pick(of_kind(table, kind));
        let (mut text, mut parts) = (String::new(), Vec::new());
        for c in template.chars() {
            let kind = match c {
                'B' => Kind::Bool,
                'I' => Kind::Int,
                'F' => Kind::Float,
                'C' => Kind::Complex,
                'N' => *self.random.pick(&[Kind::Int, Kind::Float]),
                'X' => self.kind(),
                'K' => {
                    text += *self.random.pick::<&str>(SMALL);
                    continue;
                }
                c => {
                    text.push(c);
                    continue;
                }
            };
            text.push('@');
            parts.push(self.node(kind, depth - 1));
        }
        // What stands before `**`, `.` or after a sign must be one operand, whatever it is made of.
        if !text.starts_with('(') {
            text = format!("({})", text.replace('@', "(@)"));
        }
        Node { text, parts }
    }
}

fn inputs(random: &mut Random, len: usize) -> Inputs {
    let mut all = Inputs::new();
    for (name, dtype) in [
        ("b", DType::Bool),
        ("i", DType::Int32),
        ("l", DType::Int64),
        ("c", DType::Int8),
        ("h", DType::Int16),
        ("u", DType::UInt8),
        ("v", DType::UInt16),
        ("w", DType::UInt32),
        ("q", DType::UInt64),
        ("f", DType::Float32),
        ("d", DType::Float64),
        ("x", DType::Complex64),
        ("y", DType::Complex128),
    ] {
        all.push((name.into(), Value::Array(random_array(random, dtype, len))));
        let scalar = Array::from_scalar(common::random_scalar(random, dtype));
        all.push((format!("s{name}"), Value::Array(scalar)));
    }
    let int = *random.pick(&[0, 1, 2, -1, 3, 17, i128::from(i32::MAX)]);
    let float = *random.pick(&[0.5, -0.0, 2.0, 3.0, 0.1, f64::INFINITY, f64::NAN]);
    all.push(("ki".into(), Value::Literal(Literal::Int(int))));
    let complex = Complex { re: float, im: *random.pick(&[0.0, 1.0, -2.5]) };
    all.push(("kx".into(), Value::Literal(Literal::Complex(complex))));
    all.push(("kf".into(), Value::Literal(Literal::Float(float))));
    all
}

struct Engines {
    interpreter: Named,
    makers: Vec<Named>,
    threads: Named,
}

fn engines(fp: FpMode) -> &'static Engines {
    static ENGINES: OnceLock<Vec<(FpMode, Engines)>> = OnceLock::new();
    let all = ENGINES.get_or_init(|| {
        let of = |&fp: &FpMode| {
            let threads = common::threaded(fp).remove(0);
            (fp, Engines { interpreter: common::interpreter(fp), makers: common::code_makers(fp), threads })
        };
        FpMode::ALL.iter().map(of).collect()
    });
    &all.iter().find(|(mode, _)| *mode == fp).expect("every mode").1
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

type Outcome = Result<Vec<Array>, String>;

/// Compiles and calls; errors as text. Faults of our own are errors of the second kind.
fn outcome(engine: &Named, source: &str, inputs: &[Inputs]) -> Result<Vec<Outcome>, String> {
    let run = || {
        let kernel: Kernel = match engine.engine.compile(source, &types(&inputs[0])) {
            Err(e) if e.kind() == ErrorKind::Internal => return Err(e.to_string()),
            Err(e) => return Ok(inputs.iter().map(|_| Err(e.to_string())).collect()),
            Ok(kernel) => kernel,
        };
        Ok(inputs.iter().map(|inputs| kernel.call(&args(inputs)).map_err(|e| e.to_string())).collect())
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(format!("panic: {}", panicked(panic))))
}

/// What is wrong with a program, if anything, and whether it ran.
fn check(source: &str, fp: FpMode, all: &[Inputs], some: Option<usize>) -> Result<bool, String> {
    let engines = engines(fp);
    let expected = outcome(&engines.interpreter, source, all).map_err(|e| format!("interp: {e}"))?;
    let ran = expected.iter().any(Result::is_ok);
    let others = match some {
        // A few of the ways to make code, always with the scalar one and the default.
        Some(seed) => {
            let few = |at: &usize| *at < 2 || (at + seed).is_multiple_of(3);
            (0..engines.makers.len()).filter(few).map(|at| &engines.makers[at]).collect::<Vec<_>>()
        }
        None => engines.makers.iter().collect(),
    };
    for engine in others.into_iter().chain([&engines.threads]) {
        let name = &engine.name;
        let found = outcome(engine, source, all).map_err(|e| format!("{name}: {e}"))?;
        for ((found, expected), inputs) in found.iter().zip(&expected).zip(all) {
            let len = inputs.iter().find_map(|(_, v)| match v {
                Value::Array(array) if v.is_array() => Some(array.len()),
                _ => None,
            });
            let len = len.unwrap_or_default();
            let what = match (found, expected) {
                (Ok(found), Ok(expected)) => difference(found, expected),
                (Err(found), Err(expected)) if found == expected => None,
                (Err(found), Err(expected)) => Some(format!("the error\n{found}\nis not\n{expected}")),
                (Ok(_), Err(expected)) => Some(format!("no error, but\n{expected}")),
                (Err(found), Ok(_)) => Some(found.clone()),
            };
            if let Some(what) = what {
                return Err(format!("{name}, {len} elements: {what}"));
            }
        }
    }
    Ok(ran)
}

/// The smallest program found by taking away and replacing that is still wrong.
fn shrink(mut source: Source, fp: FpMode, inputs: &[Inputs], mut what: String) -> (String, String) {
    let begin = Instant::now();
    'again: loop {
        for less in source.smaller() {
            if begin.elapsed() > Duration::from_secs(20) {
                break 'again;
            }
            if less.text().len() < source.text().len()
                && let Err(still) = check(&less.text(), fp, inputs, None)
            {
                (source, what) = (less, still);
                continue 'again;
            }
        }
        break;
    }
    (source.text(), what)
}

/// Everything about one seed: whether the program ran, or what is wrong.
fn one_seed(seed: u64) -> Result<bool, String> {
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let source = Generator { random: &mut random, assigned: Vec::new() }.source();
    let fp = *random.pick(FpMode::ALL);
    let lengths = match random.below(60) {
        // Long enough for blocks, and for threads.
        0 => vec![140_000 + random.below(1000)],
        1..4 => vec![16_380 + random.below(10)],
        _ => vec![random.below(4), random.below(40), 60 + random.below(300)],
    };
    let inputs: Vec<Inputs> = lengths.iter().map(|&len| inputs(&mut random, len)).collect();
    // Literals are part of the types: one compilation serves all lengths where they are the same.
    let literals = inputs[0].clone().into_iter().filter(|(_, v)| matches!(v, Value::Literal(_)));
    let literals: Inputs = literals.collect();
    let same = |mut inputs: Inputs| {
        inputs.retain(|(_, v)| !matches!(v, Value::Literal(_)));
        inputs.extend(literals.clone());
        inputs
    };
    let inputs: Vec<Inputs> = inputs.into_iter().map(same).collect();
    let text = source.text();
    check(&text, fp, &inputs, Some(seed as usize)).map_err(|what| {
        let (smaller, now) = shrink(source, fp, &inputs, what.clone());
        format!("BROLGA_FUZZ_SEED={seed}, {fp}\n{text}\n{what}\nsmaller:\n{smaller}\n{now}")
    })
}

#[test]
fn programs_give_the_same_bits_everywhere() {
    let (seconds, seed) = (variable("BROLGA_FUZZ_SECONDS"), variable("BROLGA_FUZZ_SEED"));
    if let (Some(seed), None) = (seed, seconds) {
        one_seed(seed).unwrap_or_else(|what| panic!("{what}"));
        return;
    }
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(SECONDS));
    let next = AtomicU64::new(seed.unwrap_or(1));
    let (ran, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while Instant::now() < end && failed.lock().unwrap().len() < 3 {
                    match one_seed(next.fetch_add(1, Ordering::Relaxed)) {
                        Ok(true) => ran.fetch_add(1, Ordering::Relaxed),
                        Ok(false) => refused.fetch_add(1, Ordering::Relaxed),
                        Err(what) => {
                            failed.lock().unwrap().push(what);
                            0
                        }
                    };
                }
            });
        }
    });
    let (ran, refused) = (ran.into_inner(), refused.into_inner());
    println!("{ran} programs ran, {refused} were refused");
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(refused < ran.max(10), "most programs are refused: {refused} beside {ran}");
}

/// Pieces of the language and of what is none.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "f", "b", "i", "sd", "x", "ki", "1", "2.5", "1e400", "0x_f", "9999999999999999999999999999999999999999999", "2j", "None", "True",
    "+", "                                                                                                    ", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "~", "<", "<=", "==", "!=", "=", "+=", "(", ")", "[", "]",
    ",", ":", ";", "\n", " ", "\t", ".", "...", "if", "else", "and", "or", "not", "in", "is", "lambda", "for", "def", "sum",
    "where", "min", "clip", "sqrt", "astype", "float32", "int32", "bool", "mean", "(f)", "(d, b)", "axis=0", "np.", "np",
    "pi", "nan", "inf", "@", "#", "\\", "\"", "'", "$", "?", "!", "é", "λ", "\u{200b}", "🦀", "\0", "\r", "{", "}", "d.sum()",
    "a_max=", "min=", "-0.0", "1 // 0", "2 ** -1", "2**200", "~True", "(1)", "d if", "** -1", "<< -1", "_", "__a",
];

fn text(random: &mut Random) -> String {
    let mut text = match random.below(3) {
        0 => String::new(),
        _ => Generator { random, assigned: Vec::new() }.source().text(),
    };
    for _ in 0..random.below(12) {
        let piece = *random.pick(PIECES);
        let mut at = random.below(text.len() + 1);
        at = text.floor_char_boundary(at);
        match random.below(4) {
            0 => text.insert_str(at, piece),
            1 => text.push_str(piece),
            2 => {
                let end = text.floor_char_boundary((at + random.below(6)).min(text.len())).max(at);
                text.replace_range(at..end, piece);
            }
            _ => {
                let end = text.floor_char_boundary((at + random.below(10)).min(text.len())).max(at);
                let doubled = text[at..end].to_string();
                text.insert_str(at, &doubled);
            }
        }
    }
    text
}

#[test]
fn no_text_makes_it_panic() {
    let engine = Engine::builder().threads(1).cache(1).build().unwrap();
    let seconds = variable("BROLGA_FUZZ_SECONDS").unwrap_or(5);
    let (begin, mut taken, mut tried) = (Instant::now(), 0, 0);
    let mut random = Random(variable("BROLGA_FUZZ_SEED").unwrap_or(7));
    let inputs = inputs(&mut Random(1), 3);
    let (params, args) = (&types(&inputs)[..], args(&inputs));
    while begin.elapsed() < Duration::from_secs(seconds) {
        let seed = random.0;
        let text = text(&mut random);
        tried += 1;
        let run = || match engine.compile(&text, params) {
            Ok(kernel) => {
                if let Err(e) = kernel.call(&args) {
                    assert_ne!(e.kind(), ErrorKind::Internal, "{e}");
                    assert!(!e.to_string().is_empty());
                }
                for emit in Emit::ALL {
                    engine.emit(&text, params, *emit).unwrap_or_else(|e| panic!("{emit}: {e}"));
                }
                true
            }
            Err(e) => {
                assert_ne!(e.kind(), ErrorKind::Internal, "{e}");
                assert!(
                    !e.message().is_empty() && e.to_string().contains(e.message().lines().next().unwrap())
                );
                for emit in Emit::ALL {
                    let _ = engine.emit(&text, params, *emit);
                }
                false
            }
        };
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(ok) => taken += u64::from(ok),
            Err(panic) => panic!("BROLGA_FUZZ_SEED={seed}\n{text:?}\n{}", panicked(panic)),
        }
    }
    println!("{tried} texts, {taken} of them programs");
}
