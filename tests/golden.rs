//! What each stage hands on, for a few programs, against `tests/golden/stages/PROGRAM.STAGE.txt`;
//! and what wrong programs are told, against `tests/golden/errors.txt`.
//!
//! `BROLGA_BLESS=1 cargo test --test golden` writes the files anew; read what changed before you commit it.

use std::path::Path;

use brolga::{Backend, DType, Emit, Engine, Literal, Type};

const PARAMS: &[(&str, Type)] = &[
    ("a", Type::Array(DType::Float64)),
    ("b", Type::Array(DType::Float64)),
    ("f", Type::Array(DType::Float32)),
    ("i", Type::Array(DType::Int32)),
    ("n", Type::Array(DType::Int64)),
    ("c", Type::Array(DType::Bool)),
    ("u", Type::Array(DType::UInt8)),
    ("q", Type::Array(DType::UInt64)),
    ("s", Type::Scalar(DType::Float64)),
    ("k", Type::Literal(Literal::Int(2))),
];

const PROGRAMS: &[(&str, &str)] = &[
    ("square_of_sum", "a**2 + b**2 + 2*a*b"),
    ("centred", "a - mean(a)"),
    ("mixed", "where(c, f * 2.0, i) + s"),
    ("statements", "x = a * k  # twice\ny = x + 1; x * y, sum(y)"),
    ("integers", "(n // 7) * 7 + n % 7 == n"),
    ("choice", "clip(f, -1, 1) if 0 < f < 10 else abs(f)"),
    ("powers", "i ** i, a ** -3, f ** 0.5"),
    ("together", "min(a), max(a), sum(a * b) / sum(b)"),
];

/// Compares with a golden file, or writes it.
fn hold(path: &Path, found: &str, failed: &mut Vec<String>) {
    let found = format!("{}\n", found.trim_end());
    if std::env::var_os("BROLGA_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != found {
        let line = expected.lines().zip(found.lines()).position(|(e, f)| e != f);
        let line = line.unwrap_or(expected.lines().count().min(found.lines().count()));
        let [e, f] =
            [&expected, &found].map(|text| text.lines().nth(line).unwrap_or("(no such line)").to_string());
        failed.push(format!("{}:{}\n  is     {f}\n  was    {e}", path.display(), line + 1));
    }
}

fn golden() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn each_stage_of_a_few_programs() {
    // Scalar code, whose text does not depend on how wide this machine's vectors are.
    let engine = Engine::builder().threads(1).backend(Backend::Scalar).build().unwrap();
    let mut failed = Vec::new();
    for (name, source) in PROGRAMS {
        for emit in Emit::ALL {
            let text = engine.emit(source, PARAMS, *emit).unwrap_or_else(|e| panic!("{e}"));
            match emit {
                // Every processor has its own.
                Emit::Asm => assert!(!text.trim().is_empty(), "{name}"),
                // The calling convention is the machine's, and the address of a function that is
                // called changes from run to run.
                Emit::Clif
                    if !cfg!(all(target_arch = "x86_64", target_os = "linux"))
                        || text.contains("call_indirect") => {}
                _ => {
                    let path = golden().join(format!("stages/{name}.{emit}.txt"));
                    hold(&path, &format!("{source}\n----\n{text}"), &mut failed);
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}\nBROLGA_BLESS=1 writes them anew", failed.join("\n"));
}

/// Programs that are wrong, each in its own way. Whoever reads the message has not read our sources.
const WRONG: &[&str] = &[
    "a +",
    "(a + b",
    "a + b)",
    "a b",
    "2a",
    "a = 1",
    "",
    "a * = 2",
    "a[b]",
    "a[1.5]",
    "a[::0]",
    "a.shape",
    "a[..., ...]",
    "2[0]",
    "a.transpose(1, k, s)",
    "a if c",
    "sum(a, axis=0)",
    "x = y + 1; y = 2; x",
    "aa + 1",
    "sqr(a)",
    "frobnicate(a)",
    "sqrt(a, b)",
    "where(c, a)",
    "clip(a, lower=1)",
    "a.sqrt()",
    "a.length",
    "sqrt + 1",
    "a(2)",
    "float32 + 1",
    "a & b",
    "~f",
    "i << 1.5",
    "-c",
    "c - c",
    "u + 300",
    "i + 3000000000",
    "n + 2**63",
    "1 // 0",
    "2 ** 1000",
    "a.size ** -1",
    "a[2**70]",
    "round(a, 2)",
    "min(a, 3)",
    "a + np.shape(a)",
    "q & n",
    "a // 2j",
    "a + None",
    "a = (1, 2); a",
    "min(a, b)",
    "a.astype(3)",
    "a.astype(complex256)",
    "float16(a)",
    "max(a, 0)",
    "lambda x: x",
    "a && b",
    "a || b",
    "!c",
    "a <> b",
    "a ? b : c",
    "a is b",
    "a in b",
    "0x",
    "1e",
    "1__0",
    "012",
    "'text'",
    "a + é$",
    "for x in a: x",
    "import os",
    "x := a",
    "a @ b",
    "cumsum(a)",
    "a.cumsum()",
    "longdouble(a)",
    "complex(a, 2j)",
    "a.astype(foo)",
    "a.astype(dtype=flaot32)",
    "min(1, 2)",
    "sum(a",
    "f(",
    "np.foo(a)",
    "os.system(a)",
    "x = a\ny = x +\ny",
    "k = 300\ni ** k ** k",
    "max(1, 2)",
    "a if a else",
    "not",
    "sum()",
    "True = 1",
    "a, = b; a",
    "999999999999999999999999999999999999999999 * a",
];

#[test]
fn what_wrong_programs_are_told() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let mut all = String::new();
    for source in WRONG {
        let error = match engine.compile(source, PARAMS) {
            Ok(_) => panic!("`{source}` is taken"),
            Err(error) => error,
        };
        let shown = source.replace('\n', "\\n");
        all += &format!("=== {shown}\n{:?} {error}\n\n", error.kind());
    }
    let mut failed = Vec::new();
    hold(&golden().join("errors.txt"), &all, &mut failed);
    assert!(failed.is_empty(), "{}\nBROLGA_BLESS=1 writes it anew", failed.join("\n"));
}

/// Files that are wrong, or hold what no kernel can.
const WRONG_FILES: &[&str] = &[
    "def f(x)\n    return x",
    "def f(x):\nreturn x",
    "def f(x):\n    return x\n      y = 1",
    "def f(x):\n        a = 1\n\tb = 2",
    "def f(x):\n    if x:\n        a = 1\n      b = 2",
    "def f(x:\n    return x\n\ndef g(y):\n    return y",
    "def f(x, x):\n    pass",
    "def f(x=1, y):\n    pass",
    "def f(*args):\n    pass",
    "def f(a):\n    a + 1 = 2",
    "def f(a):\n    a.shape = 2, 3",
    "def f(a, b):\n    a, b += 1",
    "def f(a):\n    if a = 1:\n        pass",
    "def f(a):\n    else:\n        pass",
    "def f(a):\n    for i range(3):\n        pass",
    "def f(a):\n    class C:\n        pass",
    "def f(a):\n    try:\n        return a[9]\n    except IndexError:\n        return 0",
    "def f(a):\n    with open(a) as g:\n        pass",
    "def f(a):\n    return lambda x: x",
    "def f(a):\n    return [x for x in a]",
    "def f(a):\n    d = {1: 2}",
    "def f(a):\n    def g(b):\n        return b",
    "def f(a):\n    return a is None",
    "def f(a):\n    return 1 not in a",
    "def f(a):\n    while (n := a) > 1:\n        pass",
    "def f(a):\n    raise ValueError(f'{a}')",
    "def f(a):\n    g(*a)",
    "def f(a):\n    global n",
    "def f(a):\n    yield a",
    "def f(a):\n    match a:\n        case 1:\n            pass",
    "def f(a):\n    import math",
    "def f(a):\n    x = 'no end\n    return x",
    "def f(a):\n    return a $ 2",
    "def f(a):\n    return a b",
    "def f(a):\n    return 0777",
    "x = (1,\ndef f(a):\n    return a",
    "x = 1\n    def f(a):\n        return a",
];

#[test]
fn what_wrong_files_are_told() {
    let mut all = String::new();
    for source in WRONG_FILES {
        let text = std::sync::Arc::from(*source);
        let error = match brolga::syntax::parse_file(source, &brolga::syntax::Limits::default()) {
            Ok(file) => file.functions.into_iter().find_map(|function| function.unsupported),
            Err(error) => Some(error),
        };
        let error = error.unwrap_or_else(|| panic!("`{source}` is taken"));
        all += &format!("=== {source}\n{:?} {}\n\n", error.kind(), error.with_source(&text));
    }
    let mut failed = Vec::new();
    hold(&golden().join("file_errors.txt"), &all, &mut failed);
    assert!(failed.is_empty(), "{}\nBROLGA_BLESS=1 writes it anew", failed.join("\n"));
}
