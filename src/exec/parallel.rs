//! Parallel loops of functions: which of them are worth waking threads for, and who takes which chunk.
//!
//! Each thread goes through a part of the chunks of its own, from its front, and those that are done take from the backs of others' parts: chunks
//! that lie side by side often store side by side, and two threads that share a cache line wait for each other.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use smallvec::SmallVec;

use super::ThreadPool;
use super::share::share;
use crate::codegen::function::{Work, Workers};

/// With fewer chunks than this, one is too much of the whole to find out by it how long the others take.
const MANY: usize = 64;

/// A loop that takes no longer than this stays on the calling thread: waking another costs nearly as much.
const WORTH: Duration = Duration::from_micros(20);

/// The threads of a pool, or none but the calling one.
pub(crate) struct Threads<'p>(pub Option<&'p ThreadPool>);

impl Workers for Threads<'_> {
    fn share(&self, count: usize, work: &Work<'_>) {
        let mut first = 0;
        let mut pool = self.0.filter(|_| u32::try_from(count).is_ok());
        if pool.is_some() && count >= MANY {
            let start = Instant::now();
            share(0..1, None, work);
            first = 1;
            pool = pool.filter(|_| start.elapsed().saturating_mul(count as u32) > WORTH);
        }
        let Some(threads) = pool.map(|pool| pool.current_num_threads().min(count)).filter(|&n| n > 1) else {
            return share(first..count, None, work);
        };
        let parts = Parts::of(first..count, threads);
        share(0..threads, pool, &|next| {
            if let Some(own) = next() {
                work(&mut || parts.take(own));
            }
        });
    }
}

/// For each thread, the chunks that nobody has of its part: the first in the low half, the end in the high one.
struct Parts(SmallVec<[AtomicU64; 16]>);

impl Parts {
    fn of(chunks: Range<usize>, parts: usize) -> Parts {
        let end = |part: usize| (chunks.start + chunks.len() * part / parts) as u64;
        Parts((0..parts).map(|part| AtomicU64::new(end(part) | end(part + 1) << 32)).collect())
    }

    /// The next chunk of a thread's own part, or another's last.
    fn take(&self, own: usize) -> Option<usize> {
        let others = (1..self.0.len()).map(|far| (own + far) % self.0.len());
        self.take_from(own, true).or_else(|| { others }.find_map(|part| self.take_from(part, false)))
    }

    fn take_from(&self, part: usize, front: bool) -> Option<usize> {
        const UNIT: u64 = 1 << 32;
        let less = |left: u64| {
            let some = (left & (UNIT - 1)) < left >> 32;
            some.then(|| if front { left + 1 } else { left - UNIT })
        };
        // Chunks are independent: only who has which matters.
        let left = self.0[part].fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok()?;
        Some(if front { left & (UNIT - 1) } else { (left >> 32) - 1 } as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hand_out_each_chunk_once() {
        let parts = Parts::of(1..11, 3);
        assert_eq!([1, 1].map(|own| parts.take(own).unwrap()), [4, 5]);
        let mut rest: Vec<usize> = std::iter::from_fn(|| parts.take(0)).collect();
        assert_eq!(rest[..4], [1, 2, 3, 6]);
        rest.sort_unstable();
        assert_eq!(rest, [1, 2, 3, 6, 7, 8, 9, 10]);
        assert_eq!(parts.take(2), None);
    }
}
