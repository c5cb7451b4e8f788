//! A first call of a kernel beside warmed calls.

use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::super::measure::{ENOUGH, ENOUGH_COMPILING, median, repeat_after};
use super::run::{self, Saved};
use super::{CallArg, Key, LoopKernel};
use crate::diag::Result;
use crate::options::Backend;
use crate::report::Report;

impl LoopKernel {
    /// Times a first call, without what was compiled before, against warmed calls; what it returns stands in
    /// [`Report::results`].
    ///
    /// `repeats` is the number of warmed calls; 0 means enough for half a second, at least 7. Arrays that the kernel may write
    /// are as they were before each call, and in the end as the first call left them. The report's parsing is that of
    /// the file.
    pub fn measure(&self, args: &mut [CallArg<'_>], repeats: usize) -> Result<Report> {
        let forms = args.iter().map(CallArg::form).collect::<Result<Vec<_>>>()?;
        let key = Key { function: self.function, forms };
        let mut before = Saved::of(args)?;
        let compiled = self.compile(&key)?;
        let cancel = AtomicBool::new(false);
        let placed = |error| self.module.placed(error);
        let start = Instant::now();
        let results = run::run(self, &compiled, args, &cancel).map_err(placed)?.into_arrays();
        let first_run = start.elapsed();
        let mut after = Saved::of(args)?;
        let recompiled = repeat_after(
            0,
            ENOUGH_COMPILING,
            || Ok(()),
            |()| {
                black_box(self.compile(&key)?);
                Ok(())
            },
        )?;
        let args = std::cell::RefCell::new(args);
        let warmed = repeat_after(
            repeats,
            ENOUGH,
            || before.put_back(&mut args.borrow_mut()),
            |()| run::run(self, &compiled, &mut args.borrow_mut(), &cancel).map(drop).map_err(placed),
        )?;
        let args = args.into_inner();
        after.put_back(args)?;
        let (read, most) =
            args.iter().map(CallArg::size).fold((0, 0), |(bytes, most), (b, n)| (bytes + b, most.max(n)));
        let made: usize = results.iter().map(|result| result.dtype().size() * result.len()).sum();
        let longest = results.iter().map(|result| result.len()).max().unwrap_or(0);
        let pipeline = &self.module.0.pipeline;
        let pool =
            self.module.0.pool.as_ref().filter(|_| compiled.code.is_some() && compiled.module.is_parallel());
        let threads = pool.map_or(1, |pool| pool.current_num_threads());
        Ok(Report {
            results,
            elements: most.max(longest).max(1),
            bytes: read + made,
            threads,
            backend: if compiled.code.is_some() { pipeline.backend } else { Backend::Interp },
            lanes: 1,
            fp: pipeline.fp,
            stages: compiled.stages,
            first_run,
            recompiles: recompiled.len(),
            recompile_median: median(&recompiled),
            repeats: warmed.len(),
            warmed_median: median(&warmed),
            warmed_min: warmed.iter().copied().min().unwrap_or_default(),
            break_even_elements: None,
        })
    }
}
