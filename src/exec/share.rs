//! Chunks of work, shared out between the calling thread and those of a pool.

use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Thread;

use super::{Standard, ThreadPool};
use crate::codegen::function::Work;

/// Looks at the state so often before the thread goes to sleep: some microseconds, as long as another one needs
/// for the rest of its chunk.
const LOOKS: usize = 2_000;

/// Runs `work` on each of `0..chunks`, once, with what `begin` makes for each thread. The calling thread begins at
/// once, and those of the pool join in as they wake up: each takes the next chunk that nobody has. It
/// waits only for those that have joined in, never for whatever else the pool has to do.
pub(super) fn share_out<S>(
    chunks: usize,
    pool: Option<&ThreadPool>,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) + Sync,
) {
    share(0..chunks, pool, &|next| {
        let Some(first) = next() else { return };
        let mut state = begin();
        work(&mut state, first);
        while let Some(chunk) = next() {
            work(&mut state, chunk);
        }
    });
}

/// As [`share_out`], for work that takes its chunks by itself.
pub(super) fn share(chunks: Range<usize>, pool: Option<&ThreadPool>, work: &Work<'_>) {
    let Some(pool) = pool.filter(|_| chunks.len() > 1) else {
        let mut chunks = chunks;
        return work(&mut || chunks.next());
    };
    let count = chunks.len();
    let next = AtomicUsize::new(chunks.start);
    let take_chunks = || {
        // Chunks are independent, and leaving the team orders memory: the count alone matters.
        work(&mut || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&chunk| chunk < chunks.end));
    };
    let team = Arc::new(Team {
        state: AtomicUsize::new(0),
        caller: std::thread::current(),
        panic: Mutex::default(),
    });
    for _ in 1..pool.current_num_threads().min(count) {
        let (team, job) = (team.clone(), Job::new(&take_chunks));
        pool.spawn(move || team.join_in(job));
    }
    let closing = Closing(&team);
    take_chunks();
    drop(closing);
    if let Some(panic) = team.panic.lock().unwrap_or_else(|e| e.into_inner()).take() {
        resume_unwind(panic);
    }
}

/// The threads that work on one run.
struct Team {
    /// [`MEMBER`] for each thread of the pool that works, and [`CLOSED`] when nobody may join any more.
    state: AtomicUsize,
    caller: Thread,
    /// What a thread of the pool panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

const CLOSED: usize = 1;
const MEMBER: usize = 2;

/// The work of a team, which its caller keeps alive until the team is closed and everybody has left.
struct Job(*const (dyn Fn() + Sync));

// SAFETY: what it points to may be called by many threads.
unsafe impl Send for Job {}

impl Job {
    fn new<'a>(work: &'a (dyn Fn() + Sync + 'a)) -> Job {
        // SAFETY: only the lifetime changes; `Team::join_in` has the reason why it is not outlived.
        Job(unsafe { std::mem::transmute::<&'a (dyn Fn() + Sync + 'a), &'static (dyn Fn() + Sync)>(work) })
    }
}

impl Team {
    /// Works until there is nothing left to do, if the team is still open.
    fn join_in(&self, job: Job) {
        if self.state.fetch_add(MEMBER, Ordering::Acquire) & CLOSED == 0 {
            // SAFETY: the caller of `share_out` closes the team before it gives up the work, and then waits
            // for all who joined before.
            let work = unsafe { &*job.0 };
            let _floats = Standard::set();
            if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
                *self.panic.lock().unwrap_or_else(|e| e.into_inner()) = Some(panic);
            }
        }
        if self.state.fetch_sub(MEMBER, Ordering::Release) == CLOSED + MEMBER {
            self.caller.unpark();
        }
    }

    /// Lets nobody join any more, and waits for those who did.
    fn close(&self) {
        let mut state = self.state.fetch_or(CLOSED, Ordering::Acquire) | CLOSED;
        for look in 0.. {
            if state == CLOSED {
                return;
            }
            if look < LOOKS {
                std::hint::spin_loop()
            } else {
                std::thread::park()
            }
            state = self.state.load(Ordering::Acquire);
        }
    }
}

/// Closes the team, also where the caller's own part panics.
struct Closing<'a>(&'a Team);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
