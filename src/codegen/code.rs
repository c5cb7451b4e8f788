//! Finished code: the ABI of a loop, and the memory that it lives in.
//!
//! A loop is `extern "C" fn(pointers, uniforms, elements)`:
//!
//! | argument | register (System V) | what it is |
//! |---|---|---|
//! | `pointers: *const *mut u8` | rdi | the loop's views, then its outputs, then the partials of each reduction |
//! | `uniforms: *const u64` | rsi | the bits of every uniform of the program |
//! | `elements: u64` | rdx | a positive multiple of [`LoopCode::step`] |
//!
//! Element `i` of view or output `k` is at `pointers[k] + i * size`. Element `i` joins partial
//! `i % partials(dtype)`; partials are read on entry and written on exit.

use crate::ir::{Extent, Inst, OutputId, Program, UniformId, ViewId};
use crate::ops::Reduction;
use crate::types::DType;

/// The function that a loop becomes.
pub(crate) type Entry = unsafe extern "C" fn(*const *mut u8, *const u64, u64);

/// The code of a whole program. Freed on drop; that is why an [`Entry`] never leaves it.
pub(crate) struct Code {
    loops: Vec<LoopCode>,
    memory: Vec<Box<dyn Memory>>,
}

/// Memory that holds code.
pub(crate) trait Memory: Send {
    /// Gives the memory back.
    ///
    /// # Safety
    /// Nothing runs in it, and nothing will.
    unsafe fn free(self: Box<Self>);
}

/// A compiled loop, and what its pointers stand for.
pub(crate) struct LoopCode {
    entry: Entry,
    /// The same for arrays beyond the caches: it reads ahead, and its stores go past them.
    streaming: Option<Entry>,
    /// How many trips it makes.
    pub extent: Extent,
    /// It reads uniforms below this one.
    pub uniforms: usize,
    /// Elements of a trip; a call takes a multiple of it.
    pub step: usize,
    /// Elements in a register of the widest type; 1 for scalar code.
    pub lanes: usize,
    /// Operations of the body, for one element.
    pub operations: usize,
    /// The views that it loads.
    pub views: Vec<(ViewId, DType)>,
    /// The outputs that it stores.
    pub outputs: Vec<(OutputId, DType)>,
    /// The reductions that it joins.
    pub reduces: Vec<(Reduction, DType, UniformId)>,
}

// SAFETY: the memory is touched in `drop` alone, which has the only reference; code and the rest
// are read-only.
unsafe impl Sync for Code {}

impl Code {
    /// # Safety
    /// Every entry keeps the ABI above, lies in `memory`, and needs nothing else that can go away.
    pub unsafe fn new(loops: Vec<LoopCode>, memory: Vec<Box<dyn Memory>>) -> Code {
        Code { loops, memory }
    }

    /// The loops, in the program's order.
    pub fn loops(&self) -> &[LoopCode] {
        &self.loops
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        for memory in self.memory.drain(..) {
            // SAFETY: entries are called through a borrow of `self` alone, and there is none now.
            unsafe { memory.free() }
        }
    }
}

impl LoopCode {
    /// The loop of the IR, as compiled at `entry`.
    pub fn new(
        entry: Entry,
        step: usize,
        lanes: usize,
        of: &crate::ir::Loop,
        views: Vec<ViewId>,
        program: &Program,
    ) -> LoopCode {
        let uniforms = of.body.iter().map(|(_, inst, _)| match inst {
            Inst::Uniform(id) => id.index() + 1,
            _ => 0,
        });
        LoopCode {
            entry,
            extent: of.extent,
            uniforms: uniforms.max().unwrap_or(0),
            streaming: None,
            step,
            lanes,
            operations: of.body.operations(),
            views: views.into_iter().map(|id| (id, program.view_dtype(id))).collect(),
            outputs: of.stores.iter().map(|&(id, value)| (id, of.body.dtype(value))).collect(),
            reduces: of.reduces.iter().map(|r| (r.reduction, of.body.dtype(r.value), r.into)).collect(),
        }
    }

    /// The same loop, which has code of its own for arrays beyond the caches.
    #[cfg_attr(not(all(target_arch = "x86_64", unix)), expect(dead_code, reason = "the wide generator's"))]
    pub fn with_streaming(self, streaming: Option<Entry>) -> LoopCode {
        LoopCode { streaming, ..self }
    }

    /// Runs `elements` elements.
    ///
    /// # Safety
    /// `elements` is a positive multiple of `step`; `pointers` holds views, outputs and partials
    /// in this order, each valid for that many elements (partials: for their number), outputs and
    /// partials for writing and not aliased; `uniforms` holds every uniform of the program.
    pub unsafe fn call(&self, pointers: &[*mut u8], uniforms: &[u64], elements: usize) {
        debug_assert_eq!(pointers.len(), self.views.len() + self.outputs.len() + self.reduces.len());
        debug_assert!(elements > 0 && elements.is_multiple_of(self.step));
        // SAFETY: the caller keeps the contract, which is the ABI's.
        unsafe { (self.entry)(pointers.as_ptr(), uniforms.as_ptr(), elements as u64) }
    }

    /// Whether [`LoopCode::call_streaming`] is there.
    pub fn streams(&self) -> bool {
        self.streaming.is_some()
    }

    /// The same as [`LoopCode::call`], for arrays beyond the caches.
    ///
    /// # Safety
    /// As there; and each output is aligned to [`LoopCode::lanes`] of its elements.
    pub unsafe fn call_streaming(&self, pointers: &[*mut u8], uniforms: &[u64], elements: usize) {
        let entry = self.streaming.expect("the caller asked whether it streams");
        debug_assert!(elements > 0 && elements.is_multiple_of(self.step));
        // SAFETY: the caller keeps the contract, which is the ABI's.
        unsafe { entry(pointers.as_ptr(), uniforms.as_ptr(), elements as u64) }
    }
}
