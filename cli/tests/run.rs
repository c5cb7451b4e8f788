//! `brolga run` from outside: files of kernels, calls, results.

mod common;

use std::fs;

use common::{Done, Place};

const FILE: &str = "\
\"\"\"Kernels among other things.\"\"\"
import numpy as np
from numba import njit

STEP = 2

@njit
def total(a, scale=STEP):
    s = 0.0
    for v in a:
        s += v * scale
    return s

@njit
def fill(a, value):
    for i in range(a.size):
        a[i] = value + i

@njit
def parts(a, shift):
    x, y = shift
    return a + x, a.size, y

def at(a, i):
    return a[i]

def outside(a):
    with open(a) as f:
        return f.read()

print(total(np.ones(3)))
";

fn place() -> Place {
    let place = Place::new();
    fs::write(place.path("file.py"), FILE).unwrap();
    place
}

fn run(words: &[&str]) -> Done {
    place().run(words)
}

#[test]
fn kernels_are_listed() {
    let done = run(&["file.py"]);
    assert_eq!(done.status, Some(0));
    assert_eq!(done.out, "total(a, scale=STEP)\nfill(a, value)\nparts(a, shift)\nat(a, i)\n");
    assert!(done.err.contains("line 31"), "{}", done.err);
    assert!(done.err.contains("`outside` is no kernel: `with` statements"), "{}", done.err);
}

#[test]
fn calls_print_what_is_returned() {
    assert_eq!(run(&["file.py", "--call", "total(a)", "a=ones(4)"]).printed(), "8.0\n");
    assert_eq!(run(&["file.py", "--call", "total(a, scale=-1)", "a=arange(4)"]).printed(), "-6.0\n");
    assert_eq!(run(&["file.py", "--call", "total(scale=n, a=a)", "a=arange(4)", "n=0.5"]).printed(), "3.0\n");
    assert_eq!(
        run(&["file.py", "--call", "parts(a, (1, 2.5))", "a=arange(3)"]).printed(),
        "[1 2 3]\n3\n2.5\n"
    );
    assert_eq!(run(&["file.py", "--call", "fill(a, 3)", "a=zeros(2)"]).printed(), "");
    assert_eq!(
        run(&["--call", "at(a, -1)", "file.py", "a=arange(3)", "--backend", "interp"]).printed(),
        "2\n"
    );
}

#[test]
fn results_and_arguments_go_to_files() {
    let place = place();
    let call =
        ["file.py", "--call", "parts(a, (1, 2))", "a=arange(3)", "-o", "x.npy", "-o", "y.npy", "-o", "z.npy"];
    assert_eq!(place.run(&call).printed(), "");
    assert_eq!(place.eval(&["x + y + z", "x=x.npy", "y=y.npy", "z=z.npy"]).printed(), "[6 7 8]\n");
    let call = ["file.py", "--call", "fill(a, 3)", "a=x.npy", "-o", "a=x.npy"];
    assert_eq!(place.run(&call).printed(), "");
    assert_eq!(place.eval(&["x", "x=x.npy"]).printed(), "[3 4 5]\n");
    place.run(&["file.py", "--call", "fill(a, 3)", "a=x.npy", "-o", "b=x.npy"]).misused(&["no argument `b`"]);
    place.run(&["file.py", "--call", "fill(a, 3)", "a=x.npy", "-o", "r.npy"]).misused(&["returns 0 values"]);
    assert!(!place.path("r.npy").exists());
}

#[test]
fn errors_have_file_and_line_and_leave_no_file() {
    let place = place();
    let call = ["file.py", "--call", "at(a, 7)", "a=ones(4)", "-o", "x.npy"];
    place.run(&call).refused(&["IndexError: index 7 is out of bounds", "file.py:25:14", "return a[i]"]);
    assert!(!place.path("x.npy").exists());
    place.run(&["file.py", "--call", "totl(a)", "a=ones(4)"]).refused(&["no kernel `totl`", "`total`"]);
    place.run(&["file.py", "--call", "total(b)", "a=ones(4)"]).refused(&["no argument `b`", "b=random(10)"]);
    place.run(&["file.py", "--call", "total(a, s=1)", "a=ones(4)"]).refused(&["no parameter `s`"]);
    place
        .run(&["file.py", "--call", "total()", "a=ones(4)"])
        .refused(&["without its argument `a`", "file.py:8"]);
    place.run(&["file.py", "--call", "outside(1)"]).refused(&["`with` statements", "file.py:28"]);
    place.run(&["file.py", "--call", "total(a", "a=ones(4)"]).refused(&["unclosed"]);
    place.run(&["file.py", "--call", "fill(a, 1) + 2", "a=ones(4)"]).refused(&["fill(a, 1) + 2", "None"]);
    place.run(&["nowhere.py"]).refused(&["nowhere.py"]);
    place.run(&["file.py", "a=ones(3)"]).misused(&["--call"]);
    fs::write(place.path("wrong.py"), "def f(x:\n    return x\n").unwrap();
    place.run(&["wrong.py", "--call", "f(1)"]).refused(&["unclosed `(`", "wrong.py:1"]);
    fs::write(place.path("bytes.py"), b"\xff\xfe").unwrap();
    place.run(&["bytes.py"]).refused(&["UTF-8"]);
}

#[test]
fn what_the_call_does_not_use_is_a_note() {
    let done = run(&["file.py", "--call", "total(a)", "a=ones(1)", "b=2"]);
    assert_eq!((done.status, done.out.as_str()), (Some(0), "2.0\n"));
    assert_eq!(done.err, "note: the call does not use `b`\n");
}

#[test]
fn measurements_are_those_of_expressions() {
    let text = run(&["file.py", "--call", "total(a)", "a=ones(100)", "--json", "--repeat", "3"]).printed();
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["call"], "total(a)");
    assert_eq!((&object["dtype"], &object["value"]), (&"float64".into(), &200.0.into()));
    assert_eq!((&object["elements"], &object["warmed"]["repeats"]), (&100.into(), &3.into()));
    let text = run(&["file.py", "--call", "fill(a, 1)", "a=ones(100)", "--json", "--repeat", "1"]).printed();
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(object.get("dtype").is_none() && object.get("value").is_none());
    let text = run(&["file.py", "--call", "total(a)", "a=ones(100)", "--time", "--repeat", "1"]).printed();
    assert!(text.starts_with("200.0\n") && text.contains("codegen") && !text.contains("never"), "{text}");
    // Each measured call finds its arguments as they were.
    let place = place();
    let call = ["file.py", "--call", "fill(a, 1)", "a=ones(3)", "-o", "a=a.npy", "--time", "--repeat", "5"];
    assert_eq!(place.run(&call).status, Some(0));
    assert_eq!(place.eval(&["a", "a=a.npy"]).printed(), "[1. 2. 3.]\n");
}

#[test]
fn stages_are_printed() {
    for (stage, part) in [
        ("tokens", "indent"),
        ("ast", "def total(a, scale"),
        ("types", "f0 total(a: 1-D float64 array, scale: 2) -> float64"),
        ("ir", "func f0 total("),
        ("opt", "func f0 total("),
        ("clif", "function"),
        ("asm", "ret"),
    ] {
        let text = run(&["file.py", "--call", "total(a)", "a=ones(3)", "--emit", stage]).printed();
        assert!(text.contains(part), "{stage}\n{text}");
    }
    assert!(run(&["file.py", "--emit", "ast"]).printed().contains("def fill"));
    run(&["file.py", "--emit", "ir"]).misused(&["--call"]);
}

/// Kernels of numbers run by element, and any expression has kernels as functions.
#[test]
fn expressions_have_kernels() {
    let place = Place::new();
    let text = "def f(x, n):\n    if x < 0:\n        return -x\n    return x * n\n";
    fs::write(place.path("file.py"), text).unwrap();
    for (call, out) in [
        ("f(a, 3)", "[0. 3. 6. 9.]\n"),
        ("f(a - 2, n=3)", "[2. 1. 0. 3.]\n"),
        ("sum(f(a, 3)) + 1", "19.0\n"),
        ("b = f(a, 2); b - mean(b), max(b)", "[-3. -1.  1.  3.]\n6.0\n"),
        ("sum(a)", "6.0\n"),
    ] {
        let done = place.run(&["file.py", "--call", call, "a=linspace(0, 3, 4)"]);
        assert_eq!((done.status, &*done.out), (Some(0), out), "{call}: {}", done.err);
    }
    for (call, parts) in [
        ("f(a, 3) + g(a)", ["unknown function `g`", "f(a, 3) + g(a)"]),
        ("f(a, 3) + c", ["unknown name `c`", "f(a, 3) + c"]),
        ("g(a)", ["file.py has no kernel `g`", "it has f"]),
        ("f(a + 3", ["unclosed", "f(a + 3"]),
    ] {
        let done = place.run(&["file.py", "--call", call, "a=arange(3)"]);
        assert_eq!((done.status, &*done.out), (Some(1), ""), "{call}");
        assert!(parts.iter().all(|part| done.err.contains(part)), "{}", done.err);
    }
}
