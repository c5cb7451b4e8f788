//! Random kernels: the interpreter and native code agree about every value, every store and every error, and
//! whatever a text says, nothing panics.

mod common;

use brolga::{Array, Backend, CallArg, Engine, Literal, Returned};
use common::Random;

/// Writes the text of a kernel of two integers, a float, and two arrays.
struct Writer {
    random: Random,
    text: String,
    loops: usize,
}

impl Writer {
    fn int(&mut self, depth: usize) -> String {
        match self.random.below(if depth == 0 { 5 } else { 13 }) {
            0 => self.random.pick(&["0", "1", "-1", "2", "3", "7", "100"]).to_string(),
            1..=4 => self.random.pick(&["n", "m", "k", "a.size", "len(c)", "n", "m"]).to_string(),
            5..=7 => {
                let op = self.random.pick(&["+", "-", "*", "&", "|", "^", "//", "%"]);
                format!("({} {op} {})", self.int(depth - 1), self.int(depth - 1))
            }
            8 => format!("c[{}]", self.int(depth - 1)),
            9 => format!("int({})", self.float(depth - 1)),
            10 => {
                format!("({} if {} else {})", self.int(depth - 1), self.truth(depth - 1), self.int(depth - 1))
            }
            11 => format!(
                "{}({}, {})",
                self.random.pick(&["min", "max"]),
                self.int(depth - 1),
                self.int(depth - 1)
            ),
            _ => format!("abs({})", self.int(depth - 1)),
        }
    }

    fn float(&mut self, depth: usize) -> String {
        match self.random.below(if depth == 0 { 4 } else { 11 }) {
            0 => self.random.pick(&["0.5", "-2.0", "1e3", "0.0"]).to_string(),
            1..=3 => self.random.pick(&["x", "y", "x"]).to_string(),
            4..=6 => {
                let op = self.random.pick(&["+", "-", "*", "/", "//", "%"]);
                format!("({} {op} {})", self.float(depth - 1), self.float(depth - 1))
            }
            7 => format!("a[{}]", self.int(depth - 1)),
            8 => format!("({} * {})", self.float(depth - 1), self.int(depth - 1)),
            9 => format!(
                "({} if {} else {})",
                self.float(depth - 1),
                self.truth(depth - 1),
                self.float(depth - 1)
            ),
            _ => format!("np.floor({})", self.float(depth - 1)),
        }
    }

    fn truth(&mut self, depth: usize) -> String {
        let op = self.random.pick(&["<", "<=", "==", "!=", ">", ">="]);
        match self.random.below(if depth == 0 { 2 } else { 6 }) {
            0 => format!("{} {op} {}", self.int(0), self.int(0)),
            1 => format!("{} {op} {}", self.float(0), self.float(0)),
            2 => format!("({} and {})", self.truth(depth - 1), self.truth(depth - 1)),
            3 => format!("({} or {})", self.truth(depth - 1), self.truth(depth - 1)),
            4 => format!("(not {})", self.truth(depth - 1)),
            _ => format!("({} < {} <= {})", self.int(depth - 1), self.int(depth - 1), self.int(depth - 1)),
        }
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text += &format!("{:1$}{text}\n", "", 4 * indent);
    }

    fn block(&mut self, indent: usize, depth: usize) {
        for _ in 0..1 + self.random.below(3) {
            self.statement(indent, depth);
        }
    }

    fn statement(&mut self, indent: usize, depth: usize) {
        let line = match self.random.below(if depth == 0 { 7 } else { 12 }) {
            0 => format!("{} = {}", self.random.pick(&["n", "m", "k"]), self.int(2)),
            1 => format!("{} = {}", self.random.pick(&["x", "y"]), self.float(2)),
            2 => format!("a[{}] = {}", self.int(1), self.float(2)),
            3 => format!("c[{}] {} {}", self.int(1), self.random.pick(&["=", "+=", "-=", "^="]), self.int(2)),
            4 => format!("n, m = {}, {}", self.int(1), self.int(1)),
            5 => format!("x {} {}", self.random.pick(&["+=", "-=", "*="]), self.float(1)),
            6 if self.loops > 0 => {
                let leave = self.random.pick(&["break", "continue", "return n, x"]);
                format!("if {}: {leave}", self.truth(1))
            }
            6 => "a, b = b, a".to_string(),
            7 | 8 => {
                let condition = self.truth(2);
                self.line(indent, &format!("if {condition}:"));
                self.block(indent + 1, depth - 1);
                if self.random.below(2) == 0 {
                    self.line(indent, "else:");
                    self.block(indent + 1, depth - 1);
                }
                return;
            }
            kind => {
                let variable = format!("i{}", self.loops);
                let over = match kind {
                    9 => format!(
                        "for {variable} in range({} % 9, {} % 9, {}):",
                        self.int(0),
                        self.int(0),
                        self.random.pick(&["1", "2", "-1"])
                    ),
                    10 => format!("for {variable}, y in enumerate(a[{}:{}]):", self.int(0), self.int(0)),
                    _ => {
                        self.line(indent, &format!("{variable} = 0"));
                        format!("while {variable} < 4 and {}:", self.truth(1))
                    }
                };
                self.line(indent, &over);
                if kind > 10 {
                    self.line(indent + 1, &format!("{variable} += 1"));
                }
                self.loops += 1;
                self.line(indent + 1, &format!("k = {variable}"));
                self.block(indent + 1, depth - 1);
                self.loops -= 1;
                if self.random.below(4) == 0 {
                    self.line(indent, "else:");
                    self.block(indent + 1, 0);
                }
                return;
            }
        };
        self.line(indent, &line);
    }
}

fn kernel(seed: u64) -> String {
    let mut writer = Writer { random: Random(seed), text: String::new(), loops: 0 };
    writer.line(0, "import numpy as np\n\ndef f(a, b, c, n, m, x):");
    writer.line(1, "k = 5\n    y = 1.5");
    for _ in 0..4 {
        writer.statement(1, 2);
    }
    writer.line(1, "return n, x");
    writer.text
}

/// Whether an expression does without these names.
fn free(text: &str, names: &[&str]) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).all(|word| !names.contains(&word))
}

/// A kernel with a parallel loop: its trips read `c`, change `a` each in a place of its own, and reduce `n`, `m`, `x` and `y`.
fn parallel_kernel(seed: u64) -> String {
    let mut w = Writer { random: Random(seed), text: String::new(), loops: 0 };
    w.line(0, "import numpy as np\nfrom numba import prange\n\ndef f(a, b, c, n, m, x):");
    w.line(1, "k = 5\n    y = 1.5\n    j = 0");
    w.statement(1, 1);
    let [from, to] = [w.int(0), w.int(0)];
    let (lengths, step) = (w.random.pick(&["9", "40", "700", "9000"]), w.random.pick(&["1", "3", "-2"]));
    w.line(1, &format!("for p in prange({from} % {lengths}, {to} % {lengths}, {step}):"));
    w.line(2, "k = p");
    let used = ["a", "b", "n", "m", "x", "y"];
    let without = |w: &mut Writer, make: fn(&mut Writer, usize) -> String| loop {
        let text = make(w, 2);
        if free(&text, &used) {
            return text;
        }
    };
    if w.random.below(2) == 0 {
        w.line(2, "for j in range(3):");
        let value = without(&mut w, Writer::int);
        w.line(3, &format!("k += {value}"));
    }
    let [u, v] = [0; 2].map(|_| without(&mut w, Writer::int));
    let (value, other) = (without(&mut w, Writer::float), without(&mut w, Writer::float));
    w.line(2, &format!("u = {value}"));
    for _ in 0..1 + w.random.below(4) {
        let line = match w.random.below(6) {
            0 => format!("n {} {u}", if seed.is_multiple_of(2) { "+=" } else { "^=" }),
            1 => format!("m = {}(m, {v})", if seed.is_multiple_of(3) { "min" } else { "max" }),
            2 => format!("x {} u", if seed.is_multiple_of(5) { "*=" } else { "-=" }),
            3 => format!(
                "if {u} < 3:\n            x = x {} {other}",
                if seed.is_multiple_of(5) { "*" } else { "+" }
            ),
            4 => "if u > y:\n            y = u".to_string(),
            _ => "a[p // 3 if p % 3 == 0 and -1 < p < 15 else p + 1000] = u".to_string(),
        };
        // An index beyond the array is an error, which most kernels should not have.
        if !line.starts_with('a') || w.random.below(4) == 0 {
            w.line(2, &line);
        } else {
            w.line(2, "if p % 3 == 0 and -1 < p < 15:\n            a[p // 3] = u");
        }
    }
    // What a trip has left in it no other may see.
    w.line(1, "k = 7");
    w.statement(1, 1);
    w.line(1, "return n, m, x, y");
    w.text
}

/// What a call gives, and what the arrays are afterwards, as text that tells bits apart.
fn outcome(engine: &Engine, text: &str) -> String {
    let called = engine.module(text, "random.py").and_then(|module| {
        let mut a = vec![0.5, -1.0, 2.0, 3.5, 0.0];
        let mut b = vec![1.0, 2.0, 4.0];
        let mut c = vec![3i64, 0, -2, 9];
        let mut args: Vec<CallArg<'_>> = vec![(&mut a).into(), (&mut b).into(), (&mut c).into()];
        args.extend([Literal::Int(2), Literal::Int(-3), Literal::Float(0.75)].map(CallArg::from));
        let found = module.kernel("f")?.call(&mut args);
        drop(args);
        let found = found.map(Returned::into_arrays).map_err(|error| error.to_string());
        let shown = |array: &Array| format!("{:?}", array.get(0));
        let found = found.map(|arrays| arrays.iter().map(shown).collect::<Vec<_>>());
        Ok(format!("{found:?} {a:?} {b:?} {c:?}"))
    });
    called.unwrap_or_else(|error| error.to_string())
}

#[test]
fn random_kernels_agree_on_both_back_ends() {
    let engines = [Backend::Interp, Backend::Native]
        .map(|backend| Engine::builder().threads(1).backend(backend).build().unwrap());
    let (mut right, mut failed) = (0, 0);
    for seed in 1..=150u64 {
        let text = kernel(0x9E37_79B9_7F4A_7C15u64.wrapping_mul(seed));
        let [interpreted, native] = [&engines[0], &engines[1]].map(|engine| outcome(engine, &text));
        assert_eq!(interpreted, native, "\n{text}");
        right += usize::from(interpreted.starts_with("Ok"));
        failed += usize::from(interpreted.starts_with("Err"));
    }
    // The test is worth something only if kernels run, and if some fail while they do.
    assert!(right > 30 && failed > 20, "{right} ran, {failed} failed");
}

#[test]
fn random_parallel_loops_agree_on_any_number_of_threads() {
    let mut engines = vec![Engine::builder().threads(1).backend(Backend::Interp).build().unwrap()];
    engines.extend([1, 2, 3].map(|threads| Engine::builder().threads(threads).build().unwrap()));
    let (mut right, mut failed) = (0, 0);
    for seed in 1..=150u64 {
        let text = parallel_kernel(0x9E37_79B9_7F4A_7C15u64.wrapping_mul(seed));
        // After an error, trips behind the failing one may have stored as well.
        let found = |engine: &Engine| {
            let outcome = outcome(engine, &text);
            match outcome.split_once(") [") {
                Some((error, _)) if error.starts_with("Err") => error.to_string(),
                _ => outcome,
            }
        };
        let expected = found(&engines[0]);
        for engine in &engines[1..] {
            assert_eq!(expected, found(engine), "{engine:?}\n{text}");
        }
        right += usize::from(expected.starts_with("Ok"));
        failed += usize::from(expected.starts_with("Err"));
    }
    assert!(right > 30 && failed > 20, "{right} ran, {failed} failed");
}
