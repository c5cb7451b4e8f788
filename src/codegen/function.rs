//! Finished code of functions: the ABI of a call, and the memory that the code lives in.
//!
//! A function is `extern "C" fn(run: *mut Run, words: *mut u64) -> u32`. `words` holds the arguments and has room for the
//! results behind them, as many for each as [`Type::words`](crate::ir::func::Type::words) says: the bits of a number in the low bytes of one; of an array, the
//! address of its first element, its lengths, its strides in bytes. It gives 0, [`CANCELLED`], or the number of the
//! site at which it failed, plus 1; then [`Run::shown`] holds what that site shows.

use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::code::Memory;
use crate::heap::Heap;
use crate::ir::func::{FuncId, MOST_SHOWN, Module, SiteId, Stop};
use crate::types::DType;

/// What code gives when it was cancelled.
pub(super) const CANCELLED: u32 = u32::MAX;

/// Stack that calls within each other may take.
const STACK: usize = 512 << 10;

/// The function that a function becomes.
pub(super) type Entry = unsafe extern "C" fn(*mut Run<'_>, *mut u64) -> u32;

/// What the code of a run reads and writes besides arrays. Code knows the fields by their offsets.
#[repr(C)]
pub(super) struct Run<'a> {
    /// Looked at where a loop begins its next trip.
    pub cancel: &'a AtomicBool,
    /// The entry of each function of the module.
    pub entries: *const Entry,
    /// Calls that may still nest.
    pub depth: u64,
    /// What the site shows at which the run failed.
    pub shown: [u64; MOST_SHOWN],
    /// The arrays that the run makes.
    heap: &'a mut Heap,
}

/// The code of a module. Freed on drop; that is why an [`Entry`] never leaves it.
pub(crate) struct FunctionCode {
    entries: Vec<Entry>,
    /// Bytes of the largest frame.
    frame: usize,
    /// For each site, how many values it shows.
    shown: Vec<usize>,
    /// Nobody looks at it before the drop; the lock makes code that threads may share.
    memory: Mutex<Option<Box<dyn Memory>>>,
}

impl FunctionCode {
    /// # Safety
    /// Every entry keeps the ABI above and takes no more than `frame` bytes of stack, lies in `memory`, and needs nothing else
    /// that can go away.
    pub(super) unsafe fn new(
        entries: Vec<Entry>,
        frame: usize,
        module: &Module,
        memory: Box<dyn Memory>,
    ) -> FunctionCode {
        let shown = module.sites.iter().map(|site| site.shown.len()).collect();
        FunctionCode { entries, frame, shown, memory: Mutex::new(Some(memory)) }
    }

    /// Runs a function as [`crate::interp::func::run`] does.
    ///
    /// # Safety
    /// `words` are those of the function, for arguments and results, and the arrays of the arguments are there, with the
    /// element types of the parameters. Meanwhile nobody writes them, and those that the function stores to nobody reads.
    pub unsafe fn call(
        &self,
        func: FuncId,
        words: &mut [u64],
        heap: &mut Heap,
        cancel: &AtomicBool,
        depth: u32,
    ) -> Result<(), Stop> {
        // Calls take the caller's stack, of which we know that there is some.
        let depth = u64::from(depth).min((STACK / self.frame.max(1)) as u64);
        let entries = self.entries.as_ptr();
        let mut run = Run { cancel, entries, depth, shown: [0; MOST_SHOWN], heap };
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
    run: *mut Run<'_>,
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
pub(super) unsafe extern "C" fn mark(run: *mut Run<'_>) -> u64 {
    // SAFETY: the caller promises it.
    unsafe { (*run).heap.mark() as u64 }
}

/// Frees arrays that were made since there were `mark`, but for those that are handed on.
///
/// # Safety
/// `keep` points to `kept` addresses; nobody else uses the run meanwhile.
pub(super) unsafe extern "C" fn release(run: *mut Run<'_>, mark: u64, keep: *const usize, kept: u64) {
    // SAFETY: the caller promises both.
    let (run, keep) = unsafe { (&mut *run, std::slice::from_raw_parts(keep, kept as usize)) };
    run.heap.release(mark as usize, keep);
}
