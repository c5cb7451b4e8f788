//! Finished code of functions: the ABI of a call, and the memory that the code lives in.
//!
//! A function is `extern "C" fn(run: *mut Run, words: *mut u64) -> u32`. `words` holds the arguments and has room for the
//! results behind them, as many for each as [`Type::words`](crate::ir::func::Type::words) says: the bits of a number in the low bytes of one; of an array, the
//! address of its first element, its lengths, its strides in bytes. It gives 0, [`CANCELLED`], or the number of the
//! site at which it failed, plus 1; then [`Run::shown`] holds what that site shows.

use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use smallvec::SmallVec;

use super::code::{Code, CodeMemory};
use crate::heap::Heap;
use crate::ir::func::{FuncId, MOST_SHOWN, Module, Service, SiteId, Stop};
use crate::services::{self, Stream};
use crate::types::DType;

/// What code gives when it was cancelled.
pub(super) const CANCELLED: u32 = u32::MAX;

/// No call has failed.
static NONE_FAILED: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Stack that calls within each other may take.
const STACK: usize = 512 << 10;

/// The function that a function becomes.
pub(super) type Entry = unsafe extern "C" fn(*mut Run<'_, '_>, *mut u64) -> u32;

/// What a thread does of a loop that several share: it is handed what gives the next number that nobody has.
pub(crate) type Work<'a> = dyn Fn(&mut dyn FnMut() -> Option<usize>) + Sync + 'a;

/// Who runs the calls of a parallel loop.
pub(crate) trait Workers: Sync {
    /// Runs `work` on the calling thread, and perhaps on others, until it has returned on all of them. The numbers are those below
    /// `count`: each once.
    fn share(&self, count: usize, work: &Work<'_>);
}

/// The calling thread alone.
pub(crate) struct Alone;

impl Workers for Alone {
    fn share(&self, count: usize, work: &Work<'_>) {
        let mut numbers = 0..count;
        work(&mut || numbers.next());
    }
}

/// What the code of a run reads and writes besides arrays. Code knows the fields by their offsets.
#[repr(C)]
pub(super) struct Run<'a, 'h> {
    /// Looked at where a loop begins its next trip.
    pub cancel: &'a AtomicBool,
    /// The entry of each function of the module.
    pub entries: *const Entry,
    /// Calls that may still nest.
    pub depth: u64,
    /// The least number whose call has failed of a parallel loop that threads share, and the number of the call at hand: behind a
    /// failure it ends as if cancelled, which nobody hears of. Looked at where `cancel` is.
    pub failed: &'a AtomicUsize,
    pub number: usize,
    /// What the site shows at which the run failed.
    pub shown: [u64; MOST_SHOWN],
    /// The arrays that the run makes.
    heap: &'a mut Heap<'h>,
    /// Who works on its parallel loops.
    workers: &'a dyn Workers,
    /// It is a call of a parallel loop.
    within: bool,
    /// Where its random numbers come from.
    stream: Stream,
}

/// The code of a module. Freed on drop; that is why an [`Entry`] never leaves it.
pub(crate) struct FunctionCode {
    entries: Vec<Entry>,
    /// Bytes of the largest frame.
    frame: usize,
    /// For each site, how many values it shows.
    shown: Vec<usize>,
    /// What the entries call on lanes.
    _bodies: Vec<Code>,
    /// Nobody looks at it before the drop; the lock makes code that threads may share.
    memory: Mutex<Option<Box<dyn CodeMemory>>>,
}

impl FunctionCode {
    /// # Safety
    /// Every entry keeps the ABI above and takes no more than `frame` bytes of stack, lies in `memory`, and needs nothing but `bodies`
    /// that can go away.
    pub(super) unsafe fn new(
        entries: Vec<Entry>,
        frame: usize,
        module: &Module,
        bodies: Vec<Code>,
        memory: Box<dyn CodeMemory>,
    ) -> FunctionCode {
        let shown = module.sites.iter().map(|site| site.shown.len()).collect();
        FunctionCode { entries, frame, shown, _bodies: bodies, memory: Mutex::new(Some(memory)) }
    }

    /// Runs a function as [`crate::interp::func::run`] does, its parallel loops by `workers`.
    ///
    /// # Safety
    /// `words` are those of the function, for arguments and results, and the arrays of the arguments are there, with the
    /// element types of the parameters. Meanwhile nobody writes them, and those that the function stores to nobody reads.
    pub unsafe fn call(
        &self,
        func: FuncId,
        words: &mut [u64],
        heap: &mut Heap<'_>,
        workers: &dyn Workers,
        cancel: &AtomicBool,
        depth: u32,
    ) -> Result<(), Stop> {
        // Calls take the caller's stack, of which we know that there is some.
        let depth = u64::from(depth).min((STACK / self.frame.max(1)) as u64);
        let entries = self.entries.as_ptr();
        let mut run = Run {
            cancel,
            entries,
            depth,
            failed: &NONE_FAILED,
            number: 0,
            shown: [0; MOST_SHOWN],
            heap,
            workers,
            within: false,
            stream: Stream::default(),
        };
        // SAFETY: the caller keeps the contract of the words; the rest is this call's own.
        let code = unsafe { self.entries[func.index()](&mut run, words.as_mut_ptr()) };
        match code {
            0 => Ok(()),
            CANCELLED => Err(Stop::Cancelled),
            code => {
                let site = code - 1;
                let shown = &run.shown[..self.shown[site as usize]];
                Err(Stop::Site(SiteId(site), shown.into()))
            }
        }
    }
}

impl Drop for FunctionCode {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.get_mut().unwrap_or_else(|e| e.into_inner()).take() {
            // SAFETY: entries are called through a borrow of `self` alone, and there is none now.
            unsafe { memory.free() }
        }
    }
}

/// The address of a new array, or null.
///
/// # Safety
/// `lengths` points to as many as `rank`; nobody else uses the run meanwhile.
pub(super) unsafe extern "C" fn alloc(
    run: *mut Run<'_, '_>,
    dtype: u64,
    rank: u64,
    lengths: *const i64,
) -> *mut u8 {
    // SAFETY: the caller promises both.
    let (run, lengths) = unsafe { (&mut *run, std::slice::from_raw_parts(lengths, rank as usize)) };
    let made = run.heap.alloc(DType::ALL[dtype as usize], lengths.iter().copied());
    made.unwrap_or(ptr::null_mut())
}

/// How many arrays there are.
///
/// # Safety
/// Nobody else uses the run meanwhile.
pub(super) unsafe extern "C" fn mark(run: *mut Run<'_, '_>) -> u64 {
    // SAFETY: the caller promises it.
    unsafe { (*run).heap.mark() as u64 }
}

/// Frees arrays that were made since there were `mark`, but for those that are handed on.
///
/// # Safety
/// `keep` points to `kept` addresses; nobody else uses the run meanwhile.
pub(super) unsafe extern "C" fn release(run: *mut Run<'_, '_>, mark: u64, keep: *const usize, kept: u64) {
    // SAFETY: the caller promises both.
    let (run, keep) = unsafe { (&mut *run, std::slice::from_raw_parts(keep, kept as usize)) };
    run.heap.release(mark as usize, keep);
}

/// What the threads of a parallel loop share.
struct SharedLoop<'a, 'h> {
    cancel: &'a AtomicBool,
    entries: *const Entry,
    func: usize,
    /// The arguments of each call but its number.
    args: &'a [u64],
    depth: u64,
    /// The heap of the run, which stays as it is: each thread has its own.
    heap: &'a Heap<'h>,
    /// Of a loop within another: where the outer one's call ends.
    outer: Option<(&'a AtomicUsize, usize)>,
    /// The least number whose call has failed.
    least: AtomicUsize,
    /// What that call gave and showed.
    failed: Mutex<(u32, [u64; MOST_SHOWN])>,
}

// SAFETY: the entries are only read, and may be called by many threads; nobody changes the heap meanwhile.
unsafe impl Sync for SharedLoop<'_, '_> {}

impl SharedLoop<'_, '_> {
    /// Makes calls, until there are no more or one has failed.
    ///
    /// # Safety
    /// The entry and the words are of one function, as [`FunctionCode::call`] has it.
    unsafe fn work(&self, next: &mut dyn FnMut() -> Option<usize>) {
        let mut heap = self.heap.another();
        let mut words: SmallVec<[u64; 32]> = self.args.into();
        words.push(0);
        while let Some(number) = next() {
            // Behind a call that has failed nothing needs to be done; before it, another may fail.
            if number > self.least.load(Ordering::Relaxed) {
                continue;
            }
            *words.last_mut().expect("the number is there") = number as u64;
            let mut run = Run {
                cancel: self.cancel,
                entries: self.entries,
                depth: self.depth,
                failed: self.outer.map_or(&self.least, |(failed, _)| failed),
                number: self.outer.map_or(number, |(_, number)| number),
                shown: [0; MOST_SHOWN],
                heap: &mut heap,
                workers: &Alone,
                within: true,
                stream: Stream::default(),
            };
            let code = match self.cancel.load(Ordering::Relaxed) {
                true => CANCELLED,
                // SAFETY: the caller promises it.
                false => unsafe { (*self.entries.add(self.func))(&mut run, words.as_mut_ptr()) },
            };
            if code != 0 {
                let mut failed = self.failed.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                if self.least.fetch_min(number, Ordering::Relaxed) > number {
                    *failed = (code, run.shown);
                }
                // A call that fails frees nothing.
                heap.release(0, &[]);
            }
        }
    }
}

/// Calls a function for each number below `count`; gives what the call of the least number gives that fails, or 0.
///
/// # Safety
/// `args` are the words of the function, but for its number; nobody else uses the run meanwhile.
pub(super) unsafe extern "C" fn parallel(
    run: *mut Run<'_, '_>,
    func: u64,
    count: i64,
    args: *const u64,
    words: u64,
) -> u32 {
    // SAFETY: the caller promises both.
    let (run, args) = unsafe { (&mut *run, std::slice::from_raw_parts(args, words as usize)) };
    let shared = SharedLoop {
        cancel: run.cancel,
        entries: run.entries,
        func: func as usize,
        args,
        depth: run.depth,
        heap: run.heap,
        outer: run.within.then_some((run.failed, run.number)),
        least: AtomicUsize::new(usize::MAX),
        failed: Mutex::new((0, [0; MOST_SHOWN])),
    };
    // SAFETY: the caller promises it.
    run.workers.share(count.max(0) as usize, &|next| unsafe { shared.work(next) });
    let (code, shown) = shared.failed.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    run.shown = shown;
    code
}

/// Has work done that code asks for.
///
/// # Safety
/// `words` points to so many, which are the service's as [`services::serve`] says; nobody else uses the run meanwhile.
pub(super) unsafe extern "C" fn serve(run: *mut Run<'_, '_>, service: u64, words: *mut u64, count: u64) {
    // SAFETY: the caller promises both.
    let (run, words) = unsafe { (&mut *run, std::slice::from_raw_parts_mut(words, count as usize)) };
    let Run { stream, workers, cancel, .. } = run;
    let share = |count: usize, work: &(dyn Fn(usize) + Sync)| {
        workers.share(count, &|next| {
            while let Some(number) = next() {
                work(number);
            }
        });
    };
    // SAFETY: the caller promises it.
    unsafe { services::serve(Service::from_code(service), words, stream, &share, cancel) }
}
