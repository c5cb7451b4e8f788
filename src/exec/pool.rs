//! Threads.

use std::sync::Arc;

pub use rayon::ThreadPool;

use crate::diag::{Error, ErrorKind, Result};

/// More threads than this are a mistake, not a machine.
const MOST: usize = 4096;

/// A pool of `threads`, or of one for each core; `None` for a single thread, which is the caller's.
pub(crate) fn start(threads: Option<usize>) -> Result<Option<Arc<ThreadPool>>> {
    let cores = || std::thread::available_parallelism().map_or(1, |n| n.get());
    let threads = threads.unwrap_or_else(cores);
    if threads > MOST {
        return Err(Error::new(
            ErrorKind::Host,
            format!("{threads} threads are too many; the most are {MOST}"),
        ));
    }
    if threads == 1 {
        return Ok(None);
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|at| format!("brolga-{at}"))
        .build()
        .map_err(|e| Error::new(ErrorKind::Host, format!("{threads} threads cannot be started: {e}")))?;
    Ok(Some(Arc::new(pool)))
}
