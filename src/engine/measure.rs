//! A first call beside warmed calls.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call::{allocate, by_name, push_outputs};
use super::{Arg, Engine};
use crate::array::{Array, Order};
use crate::diag::Result;
use crate::frame::Frame;
use crate::interp;
use crate::ir::{Extent, Program};
use crate::report::Report;
use crate::types::Type;

/// Warmed calls, and compilations again, go on for this long where the caller does not say how many.
pub(super) const ENOUGH: Duration = Duration::from_millis(500);
pub(super) const ENOUGH_COMPILING: Duration = Duration::from_millis(50);
const FEWEST: usize = 7;
const MOST: usize = 100_000;

/// Elements that the interpreter is timed on.
const INTERPRETED: usize = 2_000;

impl Engine {
    /// Times a first call, without a cache, against warmed calls.
    ///
    /// `repeats` is the number of warmed calls; 0 means enough for half a second, at least 7. The
    /// first run allocates its results; warmed runs write into results allocated before.
    pub fn measure(&self, source: &str, args: &[(&str, Arg<'_>)], repeats: usize) -> Result<Report> {
        let types: Vec<(&str, Type)> = args.iter().map(|(name, arg)| (*name, arg.ty())).collect();
        let source = Arc::from(source);
        let kernel = self.compile_anew(&source, &types)?;

        let start = Instant::now();
        let results = kernel.call(args)?;
        let first_run = start.elapsed();

        let recompiled = repeat(0, ENOUGH_COMPILING, || {
            black_box(self.compile_anew(&source, &types)?);
            Ok(())
        })?;

        let mut frame = Frame::new();
        let bound = kernel.bind(&by_name(&kernel, args)?, &[], &mut frame)?;
        let program = kernel.program_of(&bound);
        let count = elements(program, &frame);
        let mut scratch = allocate(&kernel, &bound, &frame, Order::C)?;
        let mut views: Vec<_> = scratch.iter_mut().map(Array::view_mut).collect();
        // One run that does not count touches the pages of the results.
        kernel.call_into(args, &mut views)?;
        let warmed = repeat(repeats, ENOUGH, || kernel.call_into(args, &mut views))?;

        let read: usize = args.iter().map(|(_, arg)| arg.bytes()).sum();
        let written: usize = results.iter().map(|r| r.dtype().size() * r.len()).sum();
        let stages = kernel.stages();
        let break_even = if count == 0 || program.arrays.is_empty() {
            None
        } else {
            let interpreted = {
                let mut frame = frame.corner(INTERPRETED);
                let mut outputs = allocate(&kernel, &bound, &frame, Order::C)?;
                let mut views: Vec<_> = outputs.iter_mut().map(Array::view_mut).collect();
                push_outputs(program, &mut frame, views.iter_mut());
                let start = Instant::now();
                interp::run(program, &mut frame);
                start.elapsed().as_secs_f64() / elements(program, &frame) as f64
            };
            let gain = interpreted - median(&warmed).as_secs_f64() / count as f64;
            (gain > 0.0).then(|| (stages.compile().as_secs_f64() / gain).ceil() as usize)
        };
        Ok(Report {
            results,
            elements: count,
            bytes: read + written,
            threads: self.threads(),
            backend: kernel.backend(),
            lanes: kernel.lanes(),
            fp: self.fp(),
            stages,
            first_run,
            recompiles: recompiled.len(),
            recompile_median: median(&recompiled),
            repeats: warmed.len(),
            warmed_median: median(&warmed),
            warmed_min: warmed.iter().copied().min().unwrap_or_default(),
            break_even_elements: break_even,
        })
    }
}

/// Trips of the longest loop.
fn elements(program: &Program, frame: &Frame<'_>) -> usize {
    let trips = |extent| match extent {
        Extent::Space(space) => frame.places(space.index()).unwrap_or(usize::MAX),
        Extent::Once => 1,
    };
    program.loops.iter().map(|l| trips(l.extent)).max().unwrap_or(1)
}

/// The times of `repeats` runs; where that is 0, of as many as `enough` time holds.
fn repeat(repeats: usize, enough: Duration, mut run: impl FnMut() -> Result<()>) -> Result<Vec<Duration>> {
    repeat_after(repeats, enough, || Ok(()), |()| run())
}

/// As [`repeat`], with something before each run that is not timed.
pub(super) fn repeat_after<T>(
    repeats: usize,
    enough: Duration,
    mut before: impl FnMut() -> Result<T>,
    mut run: impl FnMut(T) -> Result<()>,
) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(repeats.min(MOST));
    let begin = Instant::now();
    loop {
        let done = match repeats {
            0 => times.len() >= FEWEST && (begin.elapsed() >= enough || times.len() >= MOST),
            n => times.len() >= n,
        };
        if done {
            return Ok(times);
        }
        let prepared = before()?;
        let start = Instant::now();
        run(prepared)?;
        times.push(start.elapsed());
    }
}

pub(super) fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    match sorted.len() {
        0 => Duration::ZERO,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2,
    }
}
