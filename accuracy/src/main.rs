//! Measures the math functions against correctly rounded ones, and prints docs/accuracy.md.
//!
//!     cargo run --release --manifest-path accuracy/Cargo.toml > docs/accuracy.md
//!     ... -- --points 1000000 exp log      fewer points, only these functions
//!     ... -- --exhaustive                  every float32 (some minutes for each function)
//!     ... -- --speed                       nanoseconds an element and primitives, no errors
//!     ... -- --speed --256                 the same in 256 bits
//!     ... -- --speed --lanes 4             the same by Cranelift, in groups of so many elements

mod dd;
mod functions;

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use Pick::{Beside, Even, Log, Positive, Power, Whole};
use brolga::DType;
use brolga::internals::{Probe, Registers};
use functions::{FUNCTIONS, Function, Pick, Regime};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn pick(&mut self, pick: Pick, x: f64) -> f64 {
        match pick {
            Even(low, high) => low + (high - low) * self.unit(),
            Positive(low, high) => {
                let (low, high) = (low.to_bits(), high.to_bits());
                f64::from_bits(low + self.bits() % (high - low + 1))
            }
            Log(low, high) => {
                let size = self.pick(Positive(low, high), x);
                if self.bits() & 1 == 1 { -size } else { size }
            }
            Beside(step, most) => {
                let n = (self.pick(Positive(1.0, most), x)).floor();
                let near = f64::from_bits((n * step).to_bits() + self.bits() % 9 - 4);
                if self.bits() & 1 == 1 { -near } else { near }
            }
            Whole(low, high) => (low + (high - low) * self.unit()).round(),
            Power(low, high) => (low + (high - low) * self.unit()) / x.ln(),
        }
    }
}

/// The unit in the last place at m 2^n, as a power of two.
fn ulp_exponent(m: f64, n: i32, narrow: bool) -> i32 {
    let e = ((m.abs().to_bits() >> 52) as i32 - 1023) + n;
    if narrow { (e - 23).max(-149) } else { (e - 52).max(-1074) }
}

/// 2^n times x, n of any size.
fn scale(mut x: f64, mut n: i32) -> f64 {
    while n != 0 {
        let step = n.clamp(-1000, 1000);
        x *= 2f64.powi(step);
        n -= step;
    }
    x
}

#[derive(Clone, Copy)]
struct Worst {
    error: f64,
    at: (f64, f64),
    /// Points that are not correctly rounded.
    off: u64,
    points: u64,
    /// Results that are NaN, infinite or zero where the true one is not, or the other way round.
    broken: u64,
}

impl Worst {
    const NONE: Worst = Worst { error: 0.0, at: (0.0, 0.0), off: 0, points: 0, broken: 0 };

    fn take(&mut self, error: f64, at: (f64, f64)) {
        if error > self.error {
            self.error = error;
            self.at = at;
        }
    }
}

/// The error of a float64 result that is not the correctly rounded one.
fn error(function: &Function, x: f64, y: f64, found: f64, rounded: f64) -> f64 {
    if ["sin", "cos", "tan"].contains(&function.name) && x.abs() >= 1073741824.0 {
        // Too far for `dd`; the correctly rounded result must do.
        return (found.to_bits() as i64 - rounded.to_bits() as i64).unsigned_abs() as f64;
    }
    let (m, n) = (function.truth)(x, y);
    let m = if rounded < 0.0 && m.0 > 0.0 { -m } else { m };
    let unit = ulp_exponent(m.0, n, false);
    // Near enough to 1 that nothing over- or underflows: results differ by few units.
    let at = |v: f64| if unit < -1000 { scale(v, -unit) } else { v / 2f64.powi(unit) };
    let high = scale(m.0, n - unit);
    let low = scale(m.1, n - unit);
    (at(found) - high - low).abs()
}

const CHUNK: usize = 1 << 15;

fn measure64(function: &Function, regime: Regime, points: u64, seed: u64) -> Worst {
    let probe = Probe::new(function.name, DType::Float64, Registers::Best).expect("the best there is");
    let mut random = Random(seed);
    let mut worst = Worst::NONE;
    let (mut x, mut y, mut out) = (vec![0.0; CHUNK], vec![0.0; CHUNK], vec![0.0; CHUNK]);
    let two = function.name == "pow";
    while worst.points < points {
        for (x, y) in x.iter_mut().zip(&mut y) {
            *x = random.pick(regime.x, 0.0);
            *y = random.pick(regime.y, *x);
        }
        let inputs: &[&[f64]] = if two { &[&x, &y] } else { &[&x] };
        probe.run64(inputs, &mut out);
        worst.points += CHUNK as u64;
        for ((&x, &y), &found) in x.iter().zip(&y).zip(&out) {
            let rounded = (function.rounded)(x, y);
            if found.to_bits() == rounded.to_bits() || (found.is_nan() && rounded.is_nan()) {
                continue;
            }
            worst.off += 1;
            if !rounded.is_finite() || !found.is_finite() {
                // The largest number instead of infinity, or the other way round, is a neighbour.
                let [a, b] = [found, rounded].map(|v| v.to_bits() as i64);
                if (a - b).abs() > 1 {
                    worst.broken += 1;
                    worst.at = (x, y);
                }
                continue;
            }
            worst.take(error(function, x, y, found, rounded), (x, y));
        }
    }
    worst
}

/// The error of a float32 result: float64 is exact enough a measure.
fn error32(truth: f64, found: f32) -> f64 {
    (f64::from(found) - truth).abs() / 2f64.powi(ulp_exponent(truth, 0, true))
}

fn judge32(worst: &mut Worst, truth: f64, x: f32, y: f32, found: f32) {
    let at = (f64::from(x), f64::from(y));
    let rounded = truth as f32;
    worst.points += 1;
    if found.to_bits() == rounded.to_bits() || (found.is_nan() && rounded.is_nan()) {
        if rounded.is_finite() && rounded != 0.0 {
            worst.take(error32(truth, found), at);
        }
        return;
    }
    worst.off += 1;
    if rounded.is_finite() && found.is_finite() && truth != 0.0 {
        worst.take(error32(truth, found), at);
    } else if (i64::from(found.to_bits()) - i64::from(rounded.to_bits())).abs() > 1 {
        worst.broken += 1;
        worst.at = at;
    }
}

/// Every `stride`th float32.
fn measure32(function: &Function, stride: u64) -> Worst {
    let probe = Probe::new(function.name, DType::Float32, Registers::Best).expect("the best there is");
    let mut worst = Worst::NONE;
    let mut x = Vec::with_capacity(CHUNK);
    let mut out = vec![0.0; CHUNK];
    const END: u64 = 1 << 32;
    let mut bits = 0;
    while bits < END {
        x.clear();
        while x.len() < CHUNK && bits < END {
            x.push(f32::from_bits(bits as u32));
            bits += stride;
        }
        probe.run32(&[&x], &mut out[..x.len()]);
        for (&x, &found) in x.iter().zip(&out) {
            judge32(&mut worst, (function.rounded)(x.into(), 0.0), x, 0.0, found);
        }
    }
    worst
}

fn measure32_of_two(function: &Function, regime: Regime, points: u64, seed: u64) -> Worst {
    let probe = Probe::new(function.name, DType::Float32, Registers::Best).expect("the best there is");
    let mut random = Random(seed);
    let mut worst = Worst::NONE;
    let (mut x, mut y, mut out) = (vec![0f32; CHUNK], vec![0f32; CHUNK], vec![0f32; CHUNK]);
    while worst.points < points {
        for (x, y) in x.iter_mut().zip(&mut y) {
            *x = random.pick(regime.x, 0.0) as f32;
            *y = random.pick(regime.y, f64::from(*x)) as f32;
        }
        probe.run32(&[&x, &y], &mut out);
        for ((&x, &y), &found) in x.iter().zip(&y).zip(&out) {
            judge32(&mut worst, (function.rounded)(x.into(), y.into()), x, y, found);
        }
    }
    worst
}

fn row(function: &str, dtype: &str, regime: &str, worst: Worst) {
    let Worst { error, at: (x, y), off, points, broken } = worst;
    let at = if function == "power" { format!("{x:e}, {y:e}") } else { format!("{x:e}") };
    let share = 100.0 * off as f64 / points as f64;
    let note = if broken > 0 { format!(" **{broken} broken**") } else { String::new() };
    if error == 0.0 {
        println!("| {function} | {dtype} | {regime} | {points} | ≤ 0.5{note} | {share:.2} % | |");
        return;
    }
    println!("| {function} | {dtype} | {regime} | {points} | {error:.3}{note} | {share:.2} % | {at} |");
}

fn errors(functions: &[&'static Function], points: u64, exhaustive: bool) {
    println!("# Accuracy of the math functions\n");
    println!("Printed by `cargo run --release --manifest-path accuracy/Cargo.toml`; do not edit.\n");
    println!(
        "Errors are in units in the last place of the true result; a correctly rounded one is at most 0.5."
    );
    println!(
        "Compiled code ran on random points of each regime, and on float32 numbers of every kind at an even"
    );
    println!(
        "stride. Errors in whole units are distances from the correctly rounded result.\n\"Off\" is the share of results that are not the correctly rounded ones of CORE-MATH.\n"
    );
    println!("| function | type | regime | points | largest error | off | at |");
    println!("|---|---|---|---|---|---|---|");
    let mut jobs: Vec<Job> = Vec::new();
    for &function in functions {
        jobs.extend(function.regimes.iter().map(|&r| Job { function, dtype: "float64", regime: Some(r) }));
        if function.narrow.is_empty() {
            jobs.push(Job { function, dtype: "float32", regime: None });
        }
        jobs.extend(function.narrow.iter().map(|&r| Job { function, dtype: "float32", regime: Some(r) }));
    }
    let stride = if exhaustive { 1 } else { ((1u64 << 32) / points).max(1) | 1 };
    let next = AtomicUsize::new(0);
    let results: Vec<OnceLock<Worst>> = jobs.iter().map(|_| OnceLock::new()).collect();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let worst = match (job.dtype, job.regime) {
                        ("float64", Some(regime)) => measure64(job.function, regime, points, 1),
                        (_, Some(regime)) => measure32_of_two(job.function, regime, points, 2),
                        (_, None) => measure32(job.function, stride),
                    };
                    let at = jobs.iter().position(|other| std::ptr::eq(other, job)).expect("one of them");
                    let _ = results[at].set(worst);
                }
            });
        }
    });
    for (job, worst) in jobs.iter().zip(results) {
        let name = if job.function.name == "pow" { "power" } else { job.function.name };
        let regime = match job.regime {
            Some(regime) => regime.name,
            None if exhaustive => "every float32",
            None => "all, evenly by bits",
        };
        row(name, job.dtype, regime, worst.into_inner().expect("measured"));
    }
}

struct Job {
    function: &'static Function,
    dtype: &'static str,
    /// None stands for float32 numbers of every kind.
    regime: Option<Regime>,
}

fn speed(functions: &[&Function], registers: Registers) {
    const N: usize = 30_000;
    println!("| function | type | ns an element | primitives |");
    println!("|---|---|---|---|");
    for function in functions {
        for dtype in [DType::Float64, DType::Float32] {
            let probe = Probe::new(function.name, dtype, registers).expect("registers that are here");
            let x: Vec<f64> = (0..N).map(|i| 0.1 + i as f64 * (3.0 / N as f64)).collect();
            let x32: Vec<f32> = x.iter().map(|&x| x as f32).collect();
            let (mut out, mut out32) = (vec![0.0; N], vec![0f32; N]);
            let two = function.name == "pow";
            let mut best = f64::INFINITY;
            for _ in 0..300 {
                let start = Instant::now();
                match dtype {
                    DType::Float64 if two => probe.run64(&[&x, &x], &mut out),
                    DType::Float64 => probe.run64(&[&x], &mut out),
                    _ if two => probe.run32(&[&x32, &x32], &mut out32),
                    _ => probe.run32(&[&x32], &mut out32),
                }
                black_box((&out, &out32));
                best = best.min(start.elapsed().as_nanos() as f64 / N as f64);
            }
            let ops = probe.operations();
            let total: usize = ops.iter().map(|&(_, n)| n).sum();
            let ops: Vec<_> = ops.iter().map(|(name, n)| format!("{name} {n}")).collect();
            println!("| {} | {dtype} | {best:.2} | {total}: {} |", function.name, ops.join(", "));
        }
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mut points = 10_000_000;
    let (mut exhaustive, mut only_speed) = (false, false);
    let mut registers = Registers::Best;
    let mut names = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--points" => points = args.next().and_then(|n| n.parse().ok()).expect("a number"),
            "--exhaustive" => exhaustive = true,
            "--speed" => only_speed = true,
            "--lanes" => {
                registers = Registers::Lanes(args.next().and_then(|n| n.parse().ok()).expect("a number"))
            }
            "--256" => registers = Registers::Bits256,
            _ => names.push(arg),
        }
    }
    let chosen = |f: &&'static Function| names.is_empty() || names.iter().any(|n| n == f.name);
    let functions: Vec<&'static Function> = FUNCTIONS.iter().filter(chosen).collect();
    if only_speed { speed(&functions, registers) } else { errors(&functions, points, exhaustive) }
}
