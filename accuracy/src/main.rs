//! Measures the math functions against correctly rounded ones, and prints docs/accuracy.md.
//!
//!     cargo run --release --manifest-path accuracy/Cargo.toml > docs/accuracy.md
//!     ... -- --measured "MACHINE, DATE"   says so in its head
//!     ... -- --points 1000000 exp 'x**n'  fewer points, of float32 too, and only these functions
//!     ... -- --exhaustive log             every float32 alone (half a minute for each function)
//!     ... -- --speed                      nanoseconds an element, no errors
//!     ... -- --backend wide256            by another back end than the best
//!
//! On all cores that it may use: `taskset -c 0` before it leaves it one.

mod dd;
mod float;
mod functions;
mod measure;
mod points;

use std::hint::black_box;
use std::time::Instant;

use brolga::{Backend, DType, FpMode};
use functions::{FUNCTIONS, Function, Known, Subject};
use measure::{Compiled, Worst};
use points::Regime;

const HEAD: &str = "\
# Accuracy of the math functions

Printed by `cargo run --release --manifest-path accuracy/Cargo.toml`; do not edit.

Errors are in units in the last place of the true result, rounded up; that of a correctly rounded
result is at most 0.5. Those of subnormal results are in units of the least number. \"Off\" is the share
of random points whose results are not the correctly rounded ones of CORE-MATH.

\"Drawn\" is the largest error on random points. \"Climbed\" is what searches found on as many points: each
begins with random ones, goes on beside the worst so far, near and far, in both operands, and starts
anew. Every back end gives the same bits, so that the machine does not matter.
";

/// What is asked for, and whether every bound was kept so far.
struct Report {
    backend: Backend,
    /// Points that are drawn for a row, and as many that are climbed to.
    points: u64,
    all_hold: bool,
}

impl Report {
    /// A row: the cells that say what is measured, and what is found in all parts together.
    fn row<T: Known>(&mut self, title: &str, parts: &[(Subject, Regime)], bound: f64) {
        let points = self.points.div_ceil(parts.len() as u64);
        let (mut drawn, mut climbed) = (Worst::NONE, Worst::NONE);
        for (subject, regime) in parts {
            let compiled = Compiled::new::<T>(subject, self.backend);
            drawn = drawn.and(measure::draw::<T>(&compiled, regime, points));
            climbed = climbed.and(measure::climb::<T>(&compiled, regime, points));
        }
        let worst = drawn.and(climbed);
        let cells = [drawn.shown(), drawn.share(), climbed.shown(), worst.place()];
        println!("| {title} | {} |", cells.join(" | "));
        self.check(title, worst, bound);
    }

    fn check(&mut self, title: &str, worst: Worst, bound: f64) {
        if !worst.holds(bound) {
            self.all_hold = false;
            eprintln!("{title}: the bound of {bound} is not kept");
        }
    }

    fn functions(&mut self, functions: &[&Function]) {
        println!("## Functions\n\n{} points are drawn for a row.\n", self.points);
        println!("| function | type | regime | drawn | off | climbed | at |\n|---|---|---|---|---|---|---|");
        for function in functions {
            let name = function.name;
            for &regime in function.regimes {
                let title = format!("{name} | float64 | {}", regime.name);
                self.row::<f64>(&title, &[(function.subject(), regime)], function.bound(DType::Float64));
            }
            for &regime in function.narrow {
                let title = format!("{name} | float32 | {}", regime.name);
                self.row::<f32>(&title, &[(function.subject(), regime)], function.bound(DType::Float32));
            }
        }
    }

    fn constant_powers(&mut self) {
        println!("\n## Powers with a constant whole exponent\n");
        println!("`x**n` is all of them from -64 to 64 that are not one product or quotient.\n");
        println!(
            "| power | mode | type | regime | drawn | off | climbed | at |\n|---|---|---|---|---|---|---|---|"
        );
        for powers in functions::constant_powers() {
            let parts: Vec<_> = powers.parts().collect();
            match powers.dtype {
                DType::Float32 => self.row::<f32>(&powers.title(), &parts, powers.bound),
                _ => self.row::<f64>(&powers.title(), &parts, powers.bound),
            }
        }
    }

    /// On every float32, or one of so many, evenly by bits.
    fn every(&mut self, functions: &[&Function], stride: u64) {
        let part = if stride == 1 { String::new() } else { format!(", one in {stride}") };
        println!("\n## Every float32{part}\n\n| function | largest error | off | at |\n|---|---|---|---|");
        for function in functions.iter().filter(|f| !f.of_two()) {
            let worst = measure::every(&Compiled::new::<f32>(&function.subject(), self.backend), stride);
            println!("| {} | {} | {} | {} |", function.name, worst.shown(), worst.share(), worst.place());
            self.check(function.name, worst, function.bound(DType::Float32));
        }
    }
}

/// Nanoseconds an element.
fn speed<T: Known>(subject: &Subject, backend: Backend) -> f64 {
    const N: usize = 30_000;
    let compiled = Compiled::new::<T>(subject, backend);
    let x: Vec<T> = (0..N).map(|i| T::new(0.1 + i as f64 * (3.0 / N as f64))).collect();
    let mut results = vec![T::default(); N];
    let run = |_| {
        let start = Instant::now();
        compiled.run(&x, &x, &mut results);
        black_box(&results);
        start.elapsed().as_nanos() as f64 / N as f64
    };
    (0..300).map(run).fold(f64::INFINITY, f64::min)
}

fn speeds(functions: &[&Function], backend: Backend) {
    println!("| function | float64 | float32 |\n|---|---|---|");
    let powers = [-3, 3, 4, 10, 63].map(|n| functions::constant_power(n, FpMode::Strict));
    for subject in functions.iter().map(|f| f.subject()).chain(powers) {
        let [wide, narrow] = [speed::<f64>(&subject, backend), speed::<f32>(&subject, backend)];
        println!("| `{}` | {wide:.2} | {narrow:.2} |", subject.source);
    }
}

/// Exits with 1 where a bound is not kept.
fn main() {
    let mut args = std::env::args().skip(1);
    let mut points: Option<u64> = None;
    let mut backend = Backend::Native;
    let mut measured = None;
    let (mut exhaustive, mut only_speed) = (false, false);
    let mut names = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--points" => points = Some(args.next().and_then(|n| n.parse().ok()).expect("a number")),
            "--backend" => backend = args.next().and_then(|b| b.parse().ok()).expect("a back end"),
            "--measured" => measured = Some(args.next().expect("a machine and a date")),
            "--exhaustive" => exhaustive = true,
            "--speed" => only_speed = true,
            _ => names.push(arg),
        }
    }
    for name in &names {
        let known = name == "x**n" || FUNCTIONS.iter().any(|f| f.name == name);
        assert!(known, "there is no function {name}");
    }
    let chosen = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    let functions: Vec<&Function> = FUNCTIONS.iter().filter(|f| chosen(f.name)).collect();
    if only_speed {
        return speeds(&functions, backend);
    }
    let mut report = Report { backend, points: points.unwrap_or(10_000_000), all_hold: true };
    if !exhaustive {
        println!("{HEAD}");
        if let Some(measured) = measured {
            println!("Measured on {measured}.\n");
        }
        report.functions(&functions);
        if chosen("x**n") {
            report.constant_powers();
        }
    }
    // An odd stride, so that every bit of the fraction moves.
    let stride = points.map_or(1, |points| ((1 << 32) / points.max(1)).max(1) | 1);
    report.every(&functions, stride);
    if !report.all_hold {
        std::process::exit(1);
    }
}
