//! Loops that run on lanes: the same bits on every back end, whatever overlaps.
//!
//! Random loops over rows long enough for lanes store and load at offsets, through views that overlap, and join sums of
//! integers and the least and greatest of floats, zeros of both signs and NaN among them.

use brolga::{Array, Backend, CallArg, Emit, Engine, Literal, Returned};

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

fn float(r: &mut Random, depth: u32) -> String {
    if depth == 0 || r.below(4) == 0 {
        return r
            .pick(&[
                "p[i]",
                "p[i + 1]",
                "p[i - 1]",
                "q[i]",
                "q[i + 2]",
                "d[2, i]",
                "d[k, i]",
                "d[i - i, i]",
                "p[k]",
                "x",
                "1.5",
            ])
            .into();
    }
    let (a, b) = (float(r, depth - 1), float(r, depth - 1));
    match r.below(9) {
        0 => format!("abs({a})"),
        1 => format!("max({a}, {b})"),
        2 => format!("min({a}, {b})"),
        3 => format!("({a} if {b} > 0.5 else x)"),
        4 => format!("np.sqrt(abs({a}))"),
        5 => format!("np.exp({a})"),
        _ => format!("({a} {} {b})", r.pick(&["+", "-", "*"])),
    }
}

fn integer(r: &mut Random, depth: u32) -> String {
    if depth == 0 {
        return r.pick(&["c[i]", "c[i + 1]", "e[i]", "k", "3"]).into();
    }
    let (a, b) = (integer(r, depth - 1), integer(r, depth - 1));
    format!("({a} {} {b})", r.pick(&["+", "-", "*", "&", "^", "|"]))
}

fn statement(r: &mut Random) -> String {
    match r.below(17) {
        0 | 1 => format!("p[i] = {}", float(r, 2)),
        2 => format!("q[i] = {}", float(r, 3)),
        3 => format!("q[i + 1] = {}", float(r, 2)),
        4 => format!("d[{}, i] {} {}", r.pick(&["1", "2", "k"]), r.pick(&["=", "+=", "*="]), float(r, 2)),
        5 => format!("c[i] {} {}", r.pick(&["=", "+=", "^="]), integer(r, 2)),
        6 => format!("n += {}", integer(r, 1)),
        7 => format!("if {} > {}:\n            n += {}", float(r, 1), float(r, 1), integer(r, 0)),
        8 => format!("m = max(m, {})", float(r, 1)),
        9 => format!("low = min(low, {})", float(r, 1)),
        10 => format!("if {0} > m:\n            m = {0}", float(r, 0)),
        11 => format!("big = max(big, {})", integer(r, 1)),
        12 => format!("s += {}", float(r, 2)),
        13 => format!("t = int(np.floor({} * 3))\n        c[t] += {}", float(r, 2), integer(r, 0)),
        14 => {
            let (index, to) = (float(r, 2), r.pick(&["a", "b", "p"]));
            format!("t = int({index})\n        if t >= 0 and t < 50:\n            {to}[t] += {}", float(r, 1))
        }
        15 => format!("q[i] = {} / {}", float(r, 2), float(r, 1)),
        _ => format!("s += {} / (1.0 + {})", float(r, 1), float(r, 1)),
    }
}

/// A kernel of a few loops, each over views that may overlap.
fn kernel(seed: u64) -> String {
    let r = &mut Random(seed);
    let mut text = String::from("import numpy as np\n\ndef f(a, b, c, d, e, k, x):\n");
    text.push_str("    n, big, m, low, s = 0, -100, -0.0, 1e300, 0.0\n");
    for _ in 0..2 {
        let p = r.pick(&["a", "a[1:]", "a[3:90]", "b", "d[1]", "d[k, 1:]"]);
        let q = r.pick(&["b", "b", "a", "a[2:]", "p", "d[2]", "b[::2]"]);
        text.push_str(&format!("    p = {p}\n    q = {q}\n"));
        let (from, to) = (1 + r.below(3), r.pick(&["40", "41", "min(len(p), len(q)) - 3", "20", "90"]));
        text.push_str(&format!("    for i in range({from}, {to}):\n"));
        for _ in 0..1 + r.below(3) {
            text.push_str(&format!("        {}\n", statement(r)));
        }
    }
    text.push_str("    return n, big, m, low, s\n");
    text
}

/// What a call gives, and what the arrays are afterwards, as text that tells bits apart but for those of NaN.
fn outcome(engine: &Engine, text: &str) -> String {
    let called = engine.module(text, "random.py").and_then(|module| {
        let r = &mut Random(7);
        let mut floats = |n: usize| -> Vec<f64> {
            let mut one = || match r.below(40) {
                0 => f64::NAN,
                1..4 => -0.0,
                4..7 => 0.0,
                n => (n as f64 - 22.0) / 8.0,
            };
            (0..n).map(|_| one()).collect()
        };
        let (mut a, mut b) = (floats(100), floats(110));
        let mut d = Array::from_vec(floats(300), [3, 100]).unwrap();
        let mut c: Vec<i64> = (0..100).map(|i| i * 7919 % 101 - 50).collect();
        let mut e: Vec<i32> = (0..100).map(|i| i * 7907 % 103 - 50).collect();
        let mut args: Vec<CallArg<'_>> = vec![(&mut a).into(), (&mut b).into(), (&mut c).into()];
        args.extend([(&mut d).into(), (&mut e).into()]);
        args.extend([Literal::Int(1), Literal::Float(0.75)].map(CallArg::from));
        let found = module.kernel("f")?.call(&mut args);
        drop(args);
        let found = found.map(Returned::into_arrays).map_err(|error| error.to_string());
        let found = found.map(|arrays| arrays.iter().map(|a| format!("{:?}", a.get(0))).collect::<Vec<_>>());
        let d: Vec<_> = (0..300).map(|at| d.get(at)).collect();
        Ok(format!("{found:?} {a:?} {b:?} {c:?} {d:?}"))
    });
    called.unwrap_or_else(|error| error.to_string())
}

fn engine(backend: Backend) -> Option<Engine> {
    Engine::builder().threads(1).backend(backend).build().ok()
}

#[test]
fn random_loops_agree_on_every_back_end() {
    let interp = engine(Backend::Interp).unwrap();
    let others = [Backend::Native, Backend::Wide256, Backend::Clif, Backend::Scalar];
    let others: Vec<Engine> = others.into_iter().filter_map(engine).collect();
    let count = std::env::var("BROLGA_LANES").ok().and_then(|n| n.parse().ok()).unwrap_or(120u64);
    let (mut right, mut failed, mut lanes) = (0u64, 0u64, 0u64);
    for seed in 1..=count {
        let text = kernel(0x9E37_79B9_7F4A_7C15u64.wrapping_mul(seed));
        let expected = outcome(&interp, &text);
        for engine in &others {
            assert_eq!(outcome(engine, &text), expected, "\n{text}");
        }
        right += u64::from(expected.starts_with("Ok"));
        failed += u64::from(expected.starts_with("Err"));
        lanes += u64::from(optimized(&interp, &text).contains("lanes b0"));
    }
    // The test is worth something only if kernels run, some fail while they do, and loops run on lanes.
    let all = (right > count / 2) && failed > 0 && lanes > count / 2;
    assert!(all, "{right} ran, {failed} failed, {lanes} have lanes");
}

fn optimized(engine: &Engine, text: &str) -> String {
    let (mut a, mut b, mut c, mut e) = (vec![0.0; 9], vec![0.0; 9], vec![0i64; 9], vec![0i32; 9]);
    let mut d = Array::from_vec(vec![0.0; 9], [3, 3]).unwrap();
    let mut args: Vec<CallArg<'_>> = vec![(&mut a).into(), (&mut b).into(), (&mut c).into()];
    args.extend([(&mut d).into(), (&mut e).into()]);
    args.extend([Literal::Int(1), Literal::Float(0.75)].map(CallArg::from));
    let kernel = engine.module(text, "random.py").and_then(|module| module.kernel("f"));
    kernel.and_then(|kernel| kernel.emit(&args, Emit::Opt)).unwrap_or_default()
}
