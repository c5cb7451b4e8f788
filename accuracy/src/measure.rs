//! Runs a program on operands and holds each result against the correctly rounded one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use brolga::{Arg, ArrayViewMut, Backend, Element, Engine, Kernel, Type};

use crate::float::error;
use crate::functions::{Function, Known, Subject};
use crate::points::{Random, Regime};

/// A subject, compiled for one type.
pub struct Compiled<'f> {
    function: &'f Function,
    kernel: Kernel,
}

impl<'f> Compiled<'f> {
    pub fn new<T: Known>(subject: &Subject<'f>, backend: Backend) -> Compiled<'f> {
        let engine = Engine::builder().threads(1).backend(backend).fp(subject.fp).build();
        let types = [("x", Type::Array(T::DTYPE)), ("y", Type::Array(T::DTYPE))];
        let kernel = engine.expect("an engine").compile(&subject.source, &types);
        Compiled { function: subject.function, kernel: kernel.expect("a program of the language") }
    }

    pub fn run<T: Element>(&self, x: &[T], y: &[T], results: &mut [T]) {
        let args = [("x", Arg::from(x)), ("y", Arg::from(y))];
        self.kernel.call_into(&args, &mut [ArrayViewMut::from(results)]).expect("a result");
    }

    /// What is wrong with each result.
    fn judge<'p, T: Known>(
        &'p self,
        x: &'p [T],
        y: &'p [T],
        results: &'p mut [T],
    ) -> impl Iterator<Item = Verdict> + 'p {
        self.run(x, y, results);
        let points = x.iter().zip(y).zip(&*results);
        points.map(|((&x, &y), &found)| Verdict::of(self.function, x, y, found))
    }
}

#[derive(Clone, Copy)]
enum Verdict {
    /// It is the correctly rounded one, and not looked at further.
    Right,
    /// Off by so many units in the last place.
    Off(f64),
    /// NaN, infinite, or zero of one sign where the true one is not, or the other way round.
    Broken,
}

impl Verdict {
    fn of<T: Known>(function: &Function, x: T, y: T, found: T) -> Verdict {
        let rounded = T::rounded(function, x, y);
        let [wide, wide_rounded]: [f64; 2] = [found.into(), rounded.into()];
        if found.place() == rounded.place() || (wide.is_nan() && wide_rounded.is_nan()) {
            return Verdict::Right;
        }
        if !wide.is_finite() || !wide_rounded.is_finite() || wide == wide_rounded {
            // The largest number instead of infinity, or the other way round, is a neighbour.
            let neighbours = wide != wide_rounded && found.place().abs_diff(rounded.place()) <= 1;
            return if neighbours { Verdict::Off(0.0) } else { Verdict::Broken };
        }
        let truth = T::truth(function, x, y);
        let doubt = error(truth, rounded);
        let at: [f64; 2] = [x.into(), y.into()];
        assert!(doubt < 0.500001, "{}{at:?}: {truth:?} is {doubt} from {wide_rounded:e}", function.name);
        Verdict::Off(error(truth, found))
    }

    fn error(self) -> f64 {
        match self {
            Verdict::Right => 0.0,
            Verdict::Off(error) => error,
            Verdict::Broken => f64::INFINITY,
        }
    }
}

/// What is found on many points.
#[derive(Clone, Copy)]
pub struct Worst {
    /// 0 while all are correctly rounded.
    error: f64,
    at: (f64, f64),
    points: u64,
    /// Points that are not correctly rounded.
    off: u64,
    broken: u64,
}

impl Worst {
    pub const NONE: Worst = Worst { error: 0.0, at: (0.0, 0.0), points: 0, off: 0, broken: 0 };

    /// Of equal errors the one of the greater operand stays, so that threads may come in any order.
    fn take(&mut self, error: f64, at: (f64, f64)) {
        if (error, at) > (self.error, self.at) {
            (self.error, self.at) = (error, at);
        }
    }

    fn count<T: Known>(&mut self, verdict: Verdict, x: T, y: T) {
        self.points += 1;
        if let Verdict::Right = verdict {
            return;
        }
        self.off += 1;
        self.broken += u64::from(matches!(verdict, Verdict::Broken));
        self.take(verdict.error(), (x.into(), y.into()));
    }

    pub fn and(mut self, other: Worst) -> Worst {
        self.take(other.error, other.at);
        self.points += other.points;
        self.off += other.off;
        self.broken += other.broken;
        self
    }

    /// Whether a bound is kept.
    pub fn holds(&self, bound: f64) -> bool {
        self.broken == 0 && self.error <= bound
    }

    /// The error, for a table.
    pub fn shown(&self) -> String {
        match self {
            Worst { broken: 1.., .. } => format!("**{} broken**", self.broken),
            Worst { off: 0, .. } => "≤ 0.5".into(),
            _ => format!("{:.3}", (self.error * 1000.0).ceil() / 1000.0),
        }
    }

    /// Where the error is, for a table; 0 is not shown as a second operand.
    pub fn place(&self) -> String {
        match self.at {
            _ if self.off == 0 => String::new(),
            (x, 0.0) => format!("{x:?}"),
            (x, y) => format!("{x:?}, {y:?}"),
        }
    }

    /// The share of points that are not correctly rounded, for a table.
    pub fn share(&self) -> String {
        if self.off == 0 {
            "0 %".into()
        } else {
            format!("{:.2} %", 100.0 * self.off as f64 / self.points as f64)
        }
    }
}

/// Points that run at once.
const CHUNK: u64 = 1 << 15;

/// What all of so many tasks find, in whatever order the cores take them.
fn share_out(tasks: u64, task: impl Fn(u64) -> Worst + Sync) -> Worst {
    let next = AtomicU64::new(0);
    let work = || {
        let mut worst = Worst::NONE;
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= tasks {
                return worst;
            }
            worst = worst.and(task(at));
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, |n| n.get());
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let found = threads.into_iter().map(|t| t.join().expect("a thread that measures"));
        found.fold(Worst::NONE, Worst::and)
    })
}

/// On chunks of points.
fn on_chunks<T: Known>(
    compiled: &Compiled,
    chunks: u64,
    points: impl Fn(u64) -> (Vec<T>, Vec<T>) + Sync,
) -> Worst {
    share_out(chunks, |chunk| {
        let (x, y) = points(chunk);
        let mut worst = Worst::NONE;
        let mut results = vec![T::default(); x.len()];
        for (at, verdict) in compiled.judge(&x, &y, &mut results).enumerate() {
            worst.count(verdict, x[at], y[at]);
        }
        worst
    })
}

/// On random points of a regime.
pub fn draw<T: Known>(compiled: &Compiled, regime: &Regime, points: u64) -> Worst {
    on_chunks::<T>(compiled, points.div_ceil(CHUNK), |chunk| {
        let mut random = Random::of(chunk);
        (0..CHUNK).map(|_| regime.draw::<T>(&mut random)).unzip()
    })
}

/// On every `stride`th float32.
pub fn every(compiled: &Compiled, stride: u64) -> Worst {
    let points = (1u64 << 32).div_ceil(stride);
    on_chunks(compiled, points.div_ceil(CHUNK), |chunk| {
        let points = chunk * CHUNK..points.min((chunk + 1) * CHUNK);
        let x: Vec<f32> = points.map(|at| f32::from_bits((at * stride) as u32)).collect();
        let y = vec![0.0; x.len()];
        (x, y)
    })
}

/// Searches at most: each begins with random points and goes on beside the worst that it has found.
const CLIMBS: u64 = 8;
/// The rounds that a search should have before a second one begins.
const ROUNDS: u64 = 64;
/// Points that a search goes on from, and those that it tries in a round.
const PARENTS: usize = 64;
const CHILDREN: usize = 1 << 12;

/// By searches through a regime, of so many points together.
pub fn climb<T: Known>(compiled: &Compiled, regime: &Regime, points: u64) -> Worst {
    let rounds = points.div_ceil(CHILDREN as u64);
    let climbs = (rounds / ROUNDS).clamp(1, CLIMBS);
    share_out(climbs, |climb| {
        let mut random = Random::of(!climb);
        let mut worst = Worst::NONE;
        let mut parents: Vec<(f64, (T, T))> = Vec::new();
        let mut results = vec![T::default(); CHILDREN];
        for _ in 0..rounds.div_ceil(climbs) {
            let child = |at: usize| match parents.len() {
                0 => regime.draw::<T>(&mut random),
                n => regime.near(&mut random, parents[at % n].1),
            };
            let (x, y): (Vec<T>, Vec<T>) = (0..CHILDREN).map(child).unzip();
            for (at, verdict) in compiled.judge(&x, &y, &mut results).enumerate() {
                worst.count(verdict, x[at], y[at]);
                if verdict.error() > 0.0 {
                    parents.push((verdict.error(), (x[at], y[at])));
                }
            }
            let key = |&(error, (x, y)): &(f64, (T, T))| (error, x.place(), y.place());
            parents.sort_by(|a, b| key(b).partial_cmp(&key(a)).expect("no error is NaN"));
            parents.dedup_by_key(|parent| key(parent));
            parents.truncate(PARENTS);
        }
        worst
    })
}
