//! Parallel loops of functions: which of them are worth waking threads for.

use std::time::{Duration, Instant};

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
        if self.0.is_none() || count < MANY {
            return share(0..count, self.0, work);
        }
        let start = Instant::now();
        share(0..1, None, work);
        let all = start.elapsed().saturating_mul(count as u32);
        share(1..count, self.0.filter(|_| all > WORTH), work);
    }
}
