//! Runs compiled programs: blocks, chunks, threads.
//!
//! Each loop of a program runs to its end before the next begins. Its elements are cut into
//! chunks, units of parallel work; a loop that reduces also cuts them into the blocks of
//! [`reduce`], whose results are joined when all are there. This module knows rayon, pointers and
//! the ABI. It must not know Cranelift, the IR's instructions, or source text.

mod block;
mod join;
pub(crate) mod pool;

use std::sync::Mutex;

use rayon::prelude::*;

pub use pool::ThreadPool;

use crate::codegen::code::{Code, LoopCode};
use crate::frame::Frame;
use crate::ir::Extent;
use crate::reduce::{self, BLOCK};
use block::Pointers;

/// Elements of a chunk of a loop that only stores: small enough to share out, large enough not to notice.
const CHUNK: usize = BLOCK;

/// Runs that move fewer bytes than this stay on the calling thread: waking another costs more.
const PARALLEL_FROM_BYTES: usize = 1 << 20;

/// Runs whose results are larger than this store past the caches: what a later reader could still
/// find there is then little, and lines that are only written need not be read first.
pub(crate) const STREAMING_FROM_BYTES: usize = 4 << 20;

/// Memory for block results that runs of one kernel share, so that a warmed run allocates nothing.
#[derive(Default)]
pub(crate) struct Scratch(Mutex<Vec<Vec<u64>>>);

impl Scratch {
    fn take(&self) -> Vec<u64> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).pop().unwrap_or_default()
    }

    fn give(&self, memory: Vec<u64>) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).push(memory);
    }
}

/// Runs every loop of `code` on `frame`. Without a pool, on the calling thread.
pub(crate) fn run(code: &Code, frame: &mut Frame<'_, '_>, scratch: &Scratch, pool: Option<&ThreadPool>) {
    for l in code.loops() {
        let count = match l.extent {
            Extent::Elements => frame.count,
            Extent::Once => 1,
        };
        if count == 0 {
            for &(reduction, dtype, into) in &l.reduces {
                frame.uniforms[into.index()] = reduce::empty(reduction, dtype).to_bits();
            }
            continue;
        }
        let stored = l.outputs.iter().map(|&(_, d)| d.size()).sum::<usize>().saturating_mul(count);
        let bytes = l.arrays.iter().map(|&(_, d)| d).chain(l.outputs.iter().map(|&(_, d)| d));
        let moved = bytes.map(|d| d.size()).sum::<usize>().saturating_mul(count);
        let pool = pool.filter(|_| moved >= PARALLEL_FROM_BYTES);
        if l.reduces.is_empty() {
            store_all(l, frame, count, stored >= STREAMING_FROM_BYTES, pool);
        } else {
            reduce_all(l, frame, count, scratch, pool);
        }
    }
}

fn store_all(
    l: &LoopCode,
    frame: &mut Frame<'_, '_>,
    count: usize,
    streaming: bool,
    pool: Option<&ThreadPool>,
) {
    let pointers = Pointers::new(l, frame, count, streaming);
    match pool {
        // SAFETY: this is the only call.
        None => unsafe { pointers.run(0, count, &mut []) },
        Some(pool) => pool.install(|| {
            (0..count.div_ceil(CHUNK)).into_par_iter().for_each(|chunk| {
                let start = chunk * CHUNK;
                // SAFETY: chunks do not overlap, and each is run once.
                unsafe { pointers.run(start, CHUNK.min(count - start), &mut []) };
            });
        }),
    }
}

fn reduce_all(
    l: &LoopCode,
    frame: &mut Frame<'_, '_>,
    count: usize,
    scratch: &Scratch,
    pool: Option<&ThreadPool>,
) {
    let width = l.reduces.len();
    let blocks = count.div_ceil(BLOCK);
    let mut results = scratch.take();
    results.clear();
    results.resize(blocks * width, 0);
    {
        let pointers = Pointers::new(l, frame, count, false);
        let run = |block: usize, into: &mut [u64]| {
            let start = block * BLOCK;
            // SAFETY: blocks do not overlap, and each is run once.
            unsafe { pointers.run(start, BLOCK.min(count - start), into) };
        };
        match pool {
            None => results.chunks_mut(width).enumerate().for_each(|(block, into)| run(block, into)),
            Some(pool) => pool.install(|| {
                results.par_chunks_mut(width).enumerate().for_each(|(block, into)| run(block, into));
            }),
        }
    }
    for (at, &(reduction, dtype, into)) in l.reduces.iter().enumerate() {
        frame.uniforms[into.index()] = join::blocks(reduction, dtype, &mut results, at, width);
    }
    scratch.give(results);
}
