//! Measures the math functions against correctly rounded ones, and prints docs/accuracy.md.
//!
//!     cargo run --release --manifest-path accuracy/Cargo.toml > docs/accuracy.md
//!     ... -- --points 1000000 exp log     fewer points, of float32 too, and only these functions
//!     ... -- --exhaustive log             every float32 alone (half a minute for each function)
//!     ... -- --speed                      nanoseconds an element, no errors
//!     ... -- --backend wide256            by another back end than the best
//!
//! On all cores that it may use: `taskset -c 0` before it leaves it one.

mod dd;
mod functions;

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use Pick::{Beside, Even, Log, Positive, Power, Whole};
use brolga::{Arg, ArrayViewMut, Backend, DType, Element, Engine, Kernel, Type};
use dd::Dd;
use functions::{FUNCTIONS, Function, Pick, Regime};

/// A function, compiled.
struct Compiled(Kernel);

impl Compiled {
    fn new(function: &Function, dtype: DType, backend: Backend) -> Compiled {
        let engine = Engine::builder().threads(1).backend(backend).build().expect("an engine");
        let operands = if function.of_two() { "x, y" } else { "x" };
        let source = format!("{}({operands})", function.name);
        let types = [("x", Type::Array(dtype)), ("y", Type::Array(dtype))];
        Compiled(engine.compile(&source, &types).expect("a function of the language"))
    }

    fn run<T: Element>(&self, x: &[T], y: &[T], results: &mut [T]) {
        let args = [("x", Arg::from(x)), ("y", Arg::from(y))];
        self.0.call_into(&args, &mut [ArrayViewMut::from(results)]).expect("a result");
    }
}

/// What differs between the two types.
trait Float: Element + Copy + Default + Into<f64> {
    /// Bits of the fraction, and the exponent of the smallest number.
    const FRACTION: i32;
    const LEAST: i32;
    fn new(x: f64) -> Self;
    fn bits(self) -> i64;
    /// The correctly rounded result.
    fn rounded(function: &Function, x: Self, y: Self) -> Self;
    /// The true result.
    fn truth(function: &Function, x: Self, y: Self) -> (Dd, i32);
}

impl Float for f64 {
    const FRACTION: i32 = 52;
    const LEAST: i32 = -1074;

    fn new(x: f64) -> f64 {
        x
    }

    fn bits(self) -> i64 {
        self.to_bits() as i64
    }

    fn rounded(function: &Function, x: f64, y: f64) -> f64 {
        (function.rounded)(x, y)
    }

    fn truth(function: &Function, x: f64, y: f64) -> (Dd, i32) {
        (function.truth)(x, y)
    }
}

impl Float for f32 {
    const FRACTION: i32 = 23;
    const LEAST: i32 = -149;

    fn new(x: f64) -> f32 {
        x as f32
    }

    fn bits(self) -> i64 {
        self.to_bits().into()
    }

    fn rounded(function: &Function, x: f32, y: f32) -> f32 {
        (function.rounded32)(x, y)
    }

    /// A float64 is exact enough.
    fn truth(function: &Function, x: f32, y: f32) -> (Dd, i32) {
        ((function.rounded)(x.into(), y.into()).into(), 0)
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    /// The numbers of one chunk.
    fn of(chunk: u64) -> Random {
        Random(Random(chunk).bits())
    }

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

/// 2^n times x, n of any size.
fn scale(mut x: f64, mut n: i32) -> f64 {
    while n != 0 {
        let step = n.clamp(-1000, 1000);
        x *= 2f64.powi(step);
        n -= step;
    }
    x
}

/// What `found` is away from a true value m 2^n, in units in the last place of that.
fn error<T: Float>((m, n): (Dd, i32), found: T) -> f64 {
    let exponent = ((m.0.abs().to_bits() >> 52) as i32 - 1023) + n;
    let unit = (exponent - T::FRACTION).max(T::LEAST);
    // Near enough to 1 that nothing over- or underflows: the two differ by few units.
    (scale(found.into(), -unit) - scale(m.0, n - unit) - scale(m.1, n - unit)).abs()
}

#[derive(Clone, Copy)]
struct Worst {
    /// 0 while all are correctly rounded: those are not looked at further.
    error: f64,
    at: (f64, f64),
    points: u64,
    /// Points that are not correctly rounded.
    off: u64,
    /// Results that are NaN, infinite, or zero of one sign where the true one is not, or the other way round.
    broken: u64,
}

impl Worst {
    const NONE: Worst = Worst { error: 0.0, at: (0.0, 0.0), points: 0, off: 0, broken: 0 };

    /// Of equal errors the one of the greater operand stays, so that threads may come in any order.
    fn take(&mut self, error: f64, at: (f64, f64)) {
        if (error, at) > (self.error, self.at) {
            (self.error, self.at) = (error, at);
        }
    }

    fn judge<T: Float>(&mut self, function: &Function, x: T, y: T, found: T) {
        self.points += 1;
        let rounded = T::rounded(function, x, y);
        let [wide, wide_rounded]: [f64; 2] = [found.into(), rounded.into()];
        if found.bits() == rounded.bits() || (wide.is_nan() && wide_rounded.is_nan()) {
            return;
        }
        self.off += 1;
        let at = (x.into(), y.into());
        if !wide.is_finite() || !wide_rounded.is_finite() || wide == wide_rounded {
            // The largest number instead of infinity, or the other way round, is a neighbour.
            if found.bits().abs_diff(rounded.bits()) > 1 {
                self.broken += 1;
                self.take(f64::INFINITY, at);
            }
            return;
        }
        let truth = T::truth(function, x, y);
        let doubt = error(truth, rounded);
        assert!(doubt < 0.500001, "{}{at:?}: {truth:?} is {doubt} from {wide_rounded:e}", function.name);
        self.take(error(truth, found), at);
    }

    fn and(mut self, other: Worst) -> Worst {
        self.take(other.error, other.at);
        self.points += other.points;
        self.off += other.off;
        self.broken += other.broken;
        self
    }

    /// Whether the bound that docs/language.md states is kept: a unit, of float32 two at most.
    fn holds(&self, dtype: DType) -> bool {
        self.broken == 0 && self.error <= if dtype == DType::Float32 { 2.0 } else { 1.0 }
    }

    /// The largest error, the share of what is off, and where, for a table.
    fn cells(&self, function: &Function) -> String {
        let largest = match self {
            Worst { broken: 1.., .. } => format!("**{} broken**", self.broken),
            Worst { off: 0, .. } => return "≤ 0.5 | 0 % | ".into(),
            _ => format!("{:.3}", (self.error * 1000.0).ceil() / 1000.0),
        };
        let share = 100.0 * self.off as f64 / self.points as f64;
        let (x, y) = self.at;
        let at = if function.of_two() { format!("{x:e}, {y:e}") } else { format!("{x:e}") };
        format!("{largest} | {share:.2} % | {at}")
    }
}

const CHUNK: u64 = 1 << 15;

/// Judges a function on so many chunks of operands.
fn measure<T: Float>(
    function: &Function,
    backend: Backend,
    chunks: u64,
    operands: impl Fn(u64) -> (Vec<T>, Vec<T>) + Sync,
) -> Worst {
    let compiled = Compiled::new(function, T::DTYPE, backend);
    let next = AtomicU64::new(0);
    let work = || {
        let mut worst = Worst::NONE;
        let mut results = vec![T::default(); CHUNK as usize];
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk >= chunks {
                return worst;
            }
            let (x, y) = operands(chunk);
            let results = &mut results[..x.len()];
            compiled.run(&x, &y, results);
            for ((&x, &y), &found) in x.iter().zip(&y).zip(&*results) {
                worst.judge(function, x, y, found);
            }
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, |n| n.get());
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let found = threads.into_iter().map(|t| t.join().expect("a thread that measures"));
        found.fold(Worst::NONE, Worst::and)
    })
}

/// On random operands of a regime.
fn measure_regime<T: Float>(function: &Function, backend: Backend, points: u64, regime: Regime) -> Worst {
    measure::<T>(function, backend, points.div_ceil(CHUNK), |chunk| {
        let mut random = Random::of(chunk);
        let operand = |_| {
            let x = T::new(random.pick(regime.x, 0.0));
            (x, T::new(random.pick(regime.y, x.into())))
        };
        (0..CHUNK).map(operand).unzip()
    })
}

/// On every `stride`th float32.
fn measure_every(function: &Function, backend: Backend, stride: u64) -> Worst {
    let points = (1u64 << 32).div_ceil(stride);
    measure(function, backend, points.div_ceil(CHUNK), |chunk| {
        let points = chunk * CHUNK..points.min((chunk + 1) * CHUNK);
        let x: Vec<f32> = points.map(|at| f32::from_bits((at * stride) as u32)).collect();
        let y = vec![0.0; x.len()];
        (x, y)
    })
}

const HEAD: &str = "\
# Accuracy of the math functions

Printed by `cargo run --release --manifest-path accuracy/Cargo.toml`; do not edit.

Errors are in units in the last place of the true result, rounded up; that of a correctly rounded
result is at most 0.5. \"Off\" is the share of results that are not the correctly rounded ones of
CORE-MATH.

## Random points

| function | type | regime | points | largest error | off | at |
|---|---|---|---|---|---|---|";

/// On random points of each regime; whether every bound is kept.
fn regimes(functions: &[&Function], backend: Backend, points: u64) -> bool {
    println!("{HEAD}");
    let mut all_hold = true;
    for function in functions {
        let mut row = |dtype: DType, regime: &str, worst: Worst| {
            all_hold &= worst.holds(dtype);
            println!(
                "| {} | {dtype} | {regime} | {} | {} |",
                function.name,
                worst.points,
                worst.cells(function)
            );
        };
        for &regime in function.regimes {
            row(DType::Float64, regime.name, measure_regime::<f64>(function, backend, points, regime));
        }
        for &regime in function.narrow {
            row(DType::Float32, regime.name, measure_regime::<f32>(function, backend, points, regime));
        }
    }
    all_hold
}

/// On every float32, or one of so many, evenly by bits; whether every bound is kept.
fn every(functions: &[&Function], backend: Backend, stride: u64) -> bool {
    let part = if stride == 1 { String::new() } else { format!(", one in {stride}") };
    println!("## Every float32{part}\n\n| function | largest error | off | at |\n|---|---|---|---|");
    let mut all_hold = true;
    for function in functions.iter().filter(|f| !f.of_two()) {
        let worst = measure_every(function, backend, stride);
        all_hold &= worst.holds(DType::Float32);
        println!("| {} | {} |", function.name, worst.cells(function));
    }
    all_hold
}

/// Nanoseconds an element.
fn speed<T: Float>(function: &Function, backend: Backend) -> f64 {
    const N: usize = 30_000;
    let compiled = Compiled::new(function, T::DTYPE, backend);
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
    for function in functions {
        let [wide, narrow] = [speed::<f64>(function, backend), speed::<f32>(function, backend)];
        println!("| {} | {wide:.2} | {narrow:.2} |", function.name);
    }
}

/// Exits with 1 where a bound is not kept.
fn main() {
    let mut args = std::env::args().skip(1);
    let mut points: Option<u64> = None;
    let mut backend = Backend::Native;
    let (mut exhaustive, mut only_speed) = (false, false);
    let mut names = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--points" => points = Some(args.next().and_then(|n| n.parse().ok()).expect("a number")),
            "--backend" => backend = args.next().and_then(|b| b.parse().ok()).expect("a back end"),
            "--exhaustive" => exhaustive = true,
            "--speed" => only_speed = true,
            _ => names.push(arg),
        }
    }
    for name in &names {
        assert!(FUNCTIONS.iter().any(|f| f.name == name), "there is no function {name}");
    }
    let chosen = |f: &&Function| names.is_empty() || names.iter().any(|n| n == f.name);
    let functions: Vec<&Function> = FUNCTIONS.iter().filter(chosen).collect();
    if only_speed {
        return speeds(&functions, backend);
    }
    let mut all_hold = true;
    if !exhaustive {
        all_hold &= regimes(&functions, backend, points.unwrap_or(10_000_000));
        println!();
    }
    // An odd stride, so that every bit of the fraction moves.
    let stride = points.map_or(1, |points| ((1 << 32) / points.max(1)).max(1) | 1);
    all_hold &= every(&functions, backend, stride);
    if !all_hold {
        eprintln!("a bound is not kept");
        std::process::exit(1);
    }
}
