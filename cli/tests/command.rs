//! The command from outside: what scripts see of it.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use common::{Done, Place};

fn eval(words: &[&str]) -> Done {
    Place::new().eval(words)
}

/// A .npy file's header without blanks, and its data.
fn npy(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8(bytes[10..end].to_vec()).unwrap();
    (header.replace(' ', ""), bytes[end..].to_vec())
}

#[test]
fn results_are_printed_as_numpy_does() {
    assert_eq!(eval(&["a + 1", "a=arange(5)"]).printed(), "[1 2 3 4 5]\n");
    assert_eq!(eval(&["2*a", "a=linspace(0, 1, 5)"]).printed(), "[0.  0.5 1.  1.5 2. ]\n");
    assert_eq!(eval(&["a > 1", "a=arange(3)"]).printed(), "[False False  True]\n");
    assert_eq!(eval(&["sum(a)", "a=ones(1e4)"]).printed(), "10000.0\n");
    assert_eq!(eval(&["a * 2", "a=arange(1e4)"]).printed().matches(" ... ").count(), 1);
    assert_eq!(eval(&["a + 1", "a=zeros((2, 2), int32)"]).printed(), "[[1 1]\n [1 1]]\n");
    assert_eq!(eval(&["1 + 2"]).printed(), "3\n");
    assert_eq!(eval(&["a, a + 1", "a=zeros(1)"]).printed(), "[0.]\n[1.]\n");
}

#[test]
fn expressions_may_begin_with_a_minus_and_hold_statements() {
    assert_eq!(eval(&["-a + b", "a=arange(3)", "b=1"]).printed(), "[ 1  0 -1]\n");
    assert_eq!(eval(&["--threads", "1", "-a", "a=arange(3)"]).printed(), "[ 0 -1 -2]\n");
    assert_eq!(eval(&["b = 2*a; c = b\nc + 1", "a=arange(3)"]).printed(), "[1 3 5]\n");
}

#[test]
fn expressions_come_from_files_and_standard_input() {
    let place = Place::new();
    fs::write(place.path("text"), "b = a + 1  # one more\nb * b\n").unwrap();
    assert_eq!(place.eval(&["@text", "a=arange(3)"]).printed(), "[1 4 9]\n");
    place.eval(&["@nowhere", "a=1"]).refused(&["nowhere"]);
    let mut child = place
        .command(&["eval", "-", "a=arange(3)"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"-a\n").unwrap();
    assert_eq!(Done::from(child.wait_with_output().unwrap()).printed(), "[ 0 -1 -2]\n");
}

#[test]
fn literals_are_weak() {
    let dtype = |words: &[&str]| {
        let text = eval(&[words, &["--json", "--repeat", "1"]].concat()).printed();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["dtype"].as_str().unwrap().to_string()
    };
    assert_eq!(dtype(&["a * b", "a=ones(3, float32)", "b=2.5"]), "float32");
    assert_eq!(dtype(&["a * b", "a=ones(3, int32)", "b=-3"]), "int32");
    assert_eq!(dtype(&["a * b", "a=ones(3, uint8)", "b=255"]), "uint8");
    assert_eq!(dtype(&["sum(a)", "a=random(3, uint16)"]), "uint64");
    assert_eq!(dtype(&["a * b", "a=ones(3, bool)", "b=true"]), "bool");
    assert_eq!(dtype(&["a * b", "a=ones(3, float32)", "b=1+2j"]), "complex64");
    assert_eq!(dtype(&["a * b", "a=random(3, complex64)", "b=2.5"]), "complex64");
    assert_eq!(dtype(&["abs(a)", "a=random(3, complex)"]), "float64");
    assert_eq!(eval(&["a * a", "a=1+2j"]).printed(), "(-3+4j)\n");
}

#[test]
fn random_streams_are_those_of_name_and_seed() {
    let place = Place::new();
    let draw = |word: &str| place.eval(&[&format!("{} + 0", &word[..1]), word]).printed();
    assert_eq!(draw("a=random(4)"), draw("a=random(4, float64, seed=0)"));
    assert_ne!(draw("a=random(4)"), draw("b=random(4)"));
    assert_ne!(draw("a=random(4)"), draw("a=random(4, seed=1)"));
}

#[test]
fn files_go_in_and_out() {
    let place = Place::new();
    assert_eq!(place.eval(&["a + 0.5", "a=arange(2)", "-o", "x.npy"]).printed(), "");
    let (header, data) = npy(&place.path("x.npy"));
    assert!(header.contains("'<f8'") && header.contains("(2,)"), "{header}");
    assert_eq!(data, [0.5f64.to_le_bytes(), 1.5f64.to_le_bytes()].concat());
    assert_eq!(place.eval(&["x * 2", "x=x.npy"]).printed(), "[1. 3.]\n");

    place.eval(&["sum(x)", "x=x.npy", "-o", "sum.npy"]).printed();
    let (header, data) = npy(&place.path("sum.npy"));
    assert!(header.contains("()"), "{header}");
    assert_eq!(data, 2f64.to_le_bytes());
    assert_eq!(place.eval(&["s + 1", "s=sum.npy"]).printed(), "3.0\n");

    place.eval(&["x, x > 1", "-o", "first.npy", "x=x.npy", "-o", "second.npy"]).printed();
    assert!(npy(&place.path("first.npy")).0.contains("<f8"));
    assert!(npy(&place.path("second.npy")).0.contains("|b1"));

    place.eval(&["a * 2", "a=random((3, 4))", "-o", "grey.png"]).printed();
    assert!(fs::read(place.path("grey.png")).unwrap().starts_with(b"\x89PNG"));
    assert_eq!(place.files(), ["first.npy", "grey.png", "second.npy", "sum.npy", "x.npy"]);
}

#[test]
fn errors_in_the_expression() {
    eval(&["a + b", "a=1"]).refused(&["b", "a + b", "^", "b=random(10)"]);
    eval(&["a +", "a=1"]).refused(&["a +", "^"]);
    eval(&["", "a=1"]).refused(&[]);
    eval(&["sqrtt(a)", "a=1"]).refused(&["sqrt"]);
    for text in ["os.path + a", "np.sqrt + a", "sqrt + a", "a.astype(foo)"] {
        let shown = eval(&[text, "a=1"]).refused(&["^"]);
        assert!(!shown.contains("random(10)"), "{shown}");
    }
    eval(&["a.astype(foo)", "a=1"]).refused(&["`foo` is not a type here", "the types are bool, int8"]);
}

#[test]
fn errors_in_arguments() {
    let place = Place::new();
    fs::write(place.path("bad.npy"), "garbage and garbage").unwrap();
    fs::write(place.path("empty.npy"), "").unwrap();
    fs::write(place.path("damaged.npy"), b"\x93NUMPY\x01\x00\x08\x00{'descr'").unwrap();
    fs::create_dir(place.path("folder.npy")).unwrap();
    for (source, part) in [
        ("bad.npy", "not a .npy file"),
        ("empty.npy", "it is empty"),
        ("damaged.npy", "its header is damaged\n"),
        ("folder.npy", "is a directory"),
        ("nowhere.npy", "nowhere.npy"),
        ("randm(10)", "did you mean `random`?"),
        ("random(x)", "a shape is"),
        ("random(10, float16)", "element type"),
        ("random(3, 4)", "a shape of two dimensions is a tuple: random((3, 4))"),
        ("zeros(3, 4, 5)", "a shape of several dimensions is a tuple: zeros((3, 4, 5))"),
        ("arange(1, 5)", "`arange` takes N and an element type only"),
        ("arange(0, 5, 2)", "`arange` takes N and an element type only"),
        ("ones(3, \"float32\")", "write float32 without quotes"),
        ("ones(3, 'float32", "write float32 without quotes"),
        ("1000000000000000000000000000000000000000000", "more than 128 bits"),
        ("-0xfffffffffffffffffffffffffffffffffffff", "more than 128 bits"),
        ("zeros(1000000000000000000000000000000000000000000)", "more than 128 bits"),
        ("None", "None is not a value an array can hold"),
        ("hello", "neither"),
        ("", "neither"),
        ("zeros(1e15)", "no memory"),
        ("zeros((4294967296, 4294967296))", "no memory"),
    ] {
        let shown = place.eval(&["a + 1", &format!("a={source}")]).refused(&[part, "a="]);
        assert!(shown.contains('^'), "{shown}");
    }
}

#[test]
fn arrays_of_numpy_are_read_and_no_others() {
    let place = Place::new();
    let write = |descr: &str, shape: &str, data: &[u8]| {
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        let bytes = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat();
        fs::write(place.path("x.npy"), bytes).unwrap();
        place.eval(&["x + x", "x=x.npy"])
    };
    for descr in ["'<f8'", "'=f8'", "'f8'", "'d'", "'|f8'", "'float64'"] {
        let descr = if cfg!(target_endian = "big") { "'>f8'" } else { descr };
        assert_eq!(
            write(descr, "(2,)", &[0.5f64.to_ne_bytes(), 2f64.to_ne_bytes()].concat()).printed(),
            "[1. 4.]\n"
        );
    }
    assert_eq!(write("'|i4'", "(1,)", &7i32.to_ne_bytes()).printed(), "[14]\n");
    for shape in ["[6]", "(0_6,)", "(6)", "6"] {
        write("'<f8'", shape, &[0; 48]).refused(&[
            "cannot read x.npy: its header is damaged",
            "x=x.npy",
            "^",
        ]);
    }
    let halves = write("'<f2'", "(2,)", &[0, 0x3e, 0, 0x40]);
    assert_eq!(halves.out, "[3. 4.]\n");
    assert_eq!(halves.err, "note: `x` is of float16, and read as float32\n");
    assert_eq!(write("'|u1'", "(2,)", &[200, 3]).printed(), "[144   6]\n");
    let parts = [1.0f64, -2.0].map(f64::to_be_bytes).concat();
    assert_eq!(write("'>c16'", "(1,)", &parts).printed(), "[2.-4.j]\n");
    write("'<c32'", "(3,)", &[0; 96]).refused(&["clongdouble", "x=x.npy", "^"]);
    let ones = |count: usize| format!("({})", "1, ".repeat(count));
    assert_eq!(write("'<f8'", &ones(64), &[0; 8]).printed().matches('[').count(), 64);
    write("'<f8'", &ones(65), &[0; 8]).refused(&["at most 64 dimensions", "this one has 65", "^"]);
    write("'<f8'", &ones(3001), &[0; 8]).refused(&["at most 64 dimensions", "this one has 3001", "^"]);
    place.eval(&["x", &format!("x=zeros({})", ones(65))]).refused(&["at most 64 dimensions", "^"]);
}

#[test]
fn wrong_usage() {
    eval(&[]).misused(&["EXPRESSION"]);
    eval(&["a", "b"]).misused(&["NAME=SOURCE"]);
    eval(&["a", "a=1", "a=2"]).misused(&["`a` is given twice"]);
    for number in ["0", "-1", "many", "4097", "2.5", ""] {
        let threads = ["--threads", "a number of threads is a whole number from 1 to 4096"];
        eval(&["a", "a=1", "--threads", number]).misused(&threads);
    }
    for number in ["0", "-1", "many", "1000001", "99999999999999999999"] {
        let repeat = ["--repeat", "a number of calls is a whole number from 1 to 1000000"];
        eval(&["a", "a=1", "--repeat", number]).misused(&repeat);
    }
    for name in ["if", "True", "a b", "1a", "class"] {
        eval(&["a", &format!("{name}=1")]).misused(&[&format!("`{name}` cannot be the name of an argument")]);
    }
    eval(&["a", "=1"]).misused(&["the name is missing"]);
    eval(&["@", "a=1"]).misused(&["@FILE"]);
    eval(&["a", "a=1", "--fp", "loose"]).misused(&["strict"]);
    eval(&["a", "a=1", "--backend", "gpu"]).misused(&["interp"]);
    eval(&["a", "a=1", "--emit", "all"]).misused(&["asm"]);
    let place = Place::new();
    Done::from(place.command(&["walk"]).output().unwrap()).misused(&["walk"]);
}

#[test]
#[cfg(unix)]
fn words_that_are_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let mut command = place.command(&["eval", "a"]);
    let output = command.arg(OsStr::from_bytes(b"a=\xff.npy")).output().unwrap();
    Done::from(output).misused(&["UTF-8"]);
}

#[test]
fn an_unused_argument_is_a_note() {
    let done = eval(&["a + 1", "a=arange(2)", "b=2"]);
    assert_eq!((done.status, done.out.as_str()), (Some(0), "[1 2]\n"), "{done:?}");
    assert!(done.err.starts_with("note: ") && done.err.contains("`b`"), "{done:?}");
}

#[test]
fn stages_are_printed() {
    for stage in ["tokens", "ast", "types", "ir", "opt", "clif", "asm"] {
        let shown = eval(&["2*a + 1", "a=ones(1e12)", "--emit", stage]).printed();
        assert!(!shown.trim().is_empty(), "{stage}");
    }
    eval(&["2*", "a=ones(3)", "--emit", "ast"]).refused(&["^"]);
}

#[test]
fn times_are_a_table_beside_the_result() {
    let shown = eval(&["a + 1", "a=zeros(3)", "--time", "--repeat", "3"]).printed();
    assert!(shown.starts_with("[1. 1. 1.]\n"), "{shown}");
    for row in ["parse", "check", "lower", "optimise", "codegen", "compile", "run", "total"] {
        assert!(shown.contains(&format!("| {row} ")), "{row} in\n{shown}");
    }
    for part in ["ns an element", "GB/s", "pays against the interpreter", "strict"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
}

#[test]
fn json_is_one_object_with_its_keys_in_order() {
    let place = Place::new();
    let words = ["a + b", "a=random(1e3)", "b=random(1e3)", "--json", "--repeat", "5", "--threads", "1"];
    let text = place.eval(&[&words[..], &["-o", "x.npy"]].concat()).printed();
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys.join(" "),
        "expression dtype shape elements bytes threads backend lanes fp first_call recompile warmed \
         break_even_elements"
    );
    assert_eq!(object["expression"], "a + b");
    assert_eq!(object["dtype"], "float64");
    assert_eq!(object["shape"], serde_json::json!([1000]));
    assert_eq!(object["elements"], 1000);
    assert_eq!(object["bytes"], 24_000);
    assert_eq!(object["threads"], 1);
    assert_eq!(object["fp"], "strict");
    assert_eq!(object["warmed"]["repeats"], 5);
    let first = |key: &str| object["first_call"][key].as_f64().unwrap();
    let stages = ["parse_s", "check_s", "lower_s", "optimize_s", "codegen_s"].map(first);
    assert!((stages.iter().sum::<f64>() - first("compile_s")).abs() < 1e-8);
    assert!((first("compile_s") + first("run_s") - first("total_s")).abs() < 1e-8);
    assert_eq!(place.files(), ["x.npy"]);
}

#[test]
fn json_gives_the_value_of_scalar_results() {
    for (text, value) in [
        ("sum(a)", "\"value\": 3.0,"),
        ("sum(a) * nan", "\"value\": NaN,"),
        ("sum(a) * -inf", "\"value\": -Infinity,"),
        ("sum(a) > 1", "\"value\": true,"),
    ] {
        let shown = eval(&[text, "a=ones(3)", "--json", "--repeat", "1"]).printed();
        assert!(shown.contains(value), "{text}: {shown}");
    }
}

#[test]
fn back_ends_and_threads_agree() {
    let place = Place::new();
    let run = |words: &[&str]| {
        let all = [&["sum(sqrt(a) * b)", "a=random(1e5)", "b=random(1e5)"], words].concat();
        place.eval(&all).printed()
    };
    let expected = run(&[]);
    for backend in ["native", "clif", "scalar", "interp"] {
        for threads in ["1", "2", "3"] {
            assert_eq!(run(&["--backend", backend, "--threads", threads]), expected, "{backend} {threads}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    let words = ["eval", "a, a, a, a, a, a, a, a, a", "a=random((30, 30))"];
    let mut child = place.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = Done::from(child.wait_with_output().unwrap());
    assert_eq!((done.status, done.err.as_str()), (Some(0), ""));
}

#[test]
#[cfg(unix)]
fn standard_output_that_takes_nothing_is_an_error() {
    let place = Place::new();
    let shell = |line: &str| Done::from(place.shell(line).output().unwrap());
    for words in
        ["eval 1+1", "eval 1+1 --json --repeat 1", "eval 1+1 --emit ir", "--help", "eval --help", "--version"]
    {
        let line = |redirection: &str| format!("\"$brolga\" {words} {redirection}");
        shell(&line(">&-")).refused(&["cannot write to standard output: it is closed"]);
        assert_eq!(shell(&line(">&- <&- 2>&-")).status, Some(1));
        shell(&line("1</dev/null"))
            .refused(&["cannot write to standard output: it is open for reading only"]);
        if cfg!(target_os = "linux") {
            shell(&line(">/dev/full")).refused(&["cannot write to standard output: No space left"]);
        }
        for swallowed in [">/dev/null", "1<>/dev/null", "2>&- >/dev/null"] {
            assert_eq!(shell(&line(swallowed)).printed(), "", "{words} {swallowed}");
        }
    }
    // Nor does standard input that gives nothing pass for an empty text.
    shell("\"$brolga\" eval - <&-").refused(&["cannot read standard input: it is closed"]);
    shell("\"$brolga\" eval - 0>/dev/null")
        .refused(&["cannot read standard input: it is open for writing only"]);
    let limited = "ulimit -f 1 && exec \"$brolga\" eval 'a*a + a' 'a=ones(3)' --emit asm >x.npy";
    shell(limited).refused(&["cannot write to standard output: File too large"]);
    // Nothing is printed, so nothing is lost.
    assert_eq!(shell("\"$brolga\" eval 1+1 -o x.npy >&-").printed(), "");
    assert_eq!(place.files(), ["x.npy"]);
}
