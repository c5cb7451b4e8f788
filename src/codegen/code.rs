//! Finished code: the ABI of a loop, and the memory that it lives in.
//!
//! A loop is `extern "C" fn(pointers, uniforms, elements)`:
//!
//! | argument | register (System V) | what it is |
//! |---|---|---|
//! | `pointers: *mut *mut u8` | rdi | the loop's views, its outputs, the [`Partials`] of each reduction, and its temporaries if it has any |
//! | `uniforms: *const u64` | rsi | the bits of every uniform of the program |
//! | `elements: u64` | rdx | a positive multiple of [`LoopCode::step`] |
//!
//! Element `i` of view or output `k` is at `pointers[k] + i * size`. Element `i` joins partial
//! `i % partials(ty)`; partials are read on entry and written on exit. Where a leaf of a sum ends, which is
//! after a multiple of its elements, code closes it: adds 1 to the leaves, carries subtrees, and starts the
//! partials from the identity again. Pieces leave that to their caller.
//!
//! A *nest* of a loop that only stores is the same over rows: its pointers are followed, for each of them, by the
//! bytes to the next row, and by the number of rows, at least one. A row has `elements` trips, at least a step; the
//! last step may begin before the one before it ends: a view may lie where an output does only in rows of whole
//! steps. Views lie as their [`Classes`] say: of one that is repeated, all trips of a row load the first element; of
//! pairs they load every other one. The code changes pointers and number.
//!
//! A loop may be several such functions, its pieces, with the same pointers. They run after each other on
//! a block of elements; temporary `k` of element `i` is at `pointers[last] + 8 * k * block + i * size`.

use std::sync::{Mutex, OnceLock};

use smallvec::SmallVec;

#[cfg(doc)]
use super::partials::Partials;
use super::streams::{Classes, Streams};
use crate::ir::{Extent, Inst, Loop, OutputId, Program, UniformId, ViewId};
use crate::ops::Reduction;
use crate::types::{DType, Ty};

/// The function that a loop becomes.
pub(crate) type Entry = unsafe extern "C" fn(*mut *mut u8, *const u64, u64);

/// The code of a whole program. Freed on drop; that is why an [`Entry`] never leaves it.
pub(crate) struct Code {
    loops: Vec<LoopCode>,
    nests: Vec<Nests>,
    compile_nest: Box<CompileNest>,
    memory: Mutex<Vec<Box<dyn CodeMemory>>>,
}

/// The text of compiled loops, for people.
#[derive(Default)]
pub(crate) struct Listing {
    /// Cranelift's IR.
    pub clif: String,
    /// Machine instructions.
    pub asm: String,
}

/// Compiles a nest of a loop; `None` where there is none.
pub(super) type CompileNest = dyn Fn(usize, Classes) -> Option<(Nest, Box<dyn CodeMemory>)> + Send + Sync;

/// The code of a nest.
pub(crate) struct Nest {
    pub(super) entry: Entry,
    /// The same for arrays beyond the caches.
    pub(super) streaming: Option<Entry>,
    /// Elements of a trip; a row has at least as many.
    pub step: usize,
    /// Elements in a register of the widest type; 1 for scalar code.
    pub lanes: usize,
}

/// The nests of a loop, in the order in which they were first asked for.
#[derive(Default)]
struct Nests(OnceLock<Box<CompiledNest>>);

struct CompiledNest {
    classes: Classes,
    nest: Option<Nest>,
    next: Nests,
}

/// A loop has no more nests than this: callers choose layouts, and code is not to grow without end.
const MOST_NESTS: usize = 16;

/// CodeMemory that holds code.
pub(crate) trait CodeMemory: Send {
    /// Gives the memory back.
    ///
    /// # Safety
    /// Nothing runs in it, and nothing will.
    unsafe fn free(self: Box<Self>);
}

/// A compiled piece of a loop.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub entry: Entry,
    /// The same for arrays beyond the caches: it reads ahead, and its stores go past them.
    pub streaming: Option<Entry>,
    /// Elements of a trip.
    pub step: usize,
    /// Elements in a register of the widest type; 1 for scalar code.
    pub lanes: usize,
}

/// A compiled loop, and what its pointers stand for.
pub(crate) struct LoopCode {
    pieces: SmallVec<[Piece; 1]>,
    /// Elements that all pieces run through before the next ones.
    block: usize,
    /// Bytes that a call needs for temporaries, 0 where there are none.
    pub temporary_bytes: usize,
    /// How many trips it makes.
    pub extent: Extent,
    /// It reads uniforms below this one.
    pub uniforms: usize,
    /// It closes leaves itself; otherwise its caller must where they end, which then is where a call does.
    pub closes_leaves: bool,
    /// Elements of the longest trip; a call takes a multiple of it.
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
    pub reduces: Vec<(Reduction, Ty, UniformId)>,
    /// Places among these of guards, which count how often something was wrong.
    pub guards: Vec<usize>,
}

impl Code {
    /// # Safety
    /// Every entry keeps the ABI above, lies in `memory` (that of a nest in the memory beside it), and needs nothing
    /// else that can go away.
    pub(super) unsafe fn new(
        loops: Vec<LoopCode>,
        compile_nest: Box<CompileNest>,
        memory: Vec<Box<dyn CodeMemory>>,
    ) -> Code {
        let nests = loops.iter().map(|_| Nests::default()).collect();
        Code { loops, nests, compile_nest, memory: Mutex::new(memory) }
    }

    /// The loops, in the program's order.
    pub fn loops(&self) -> &[LoopCode] {
        &self.loops
    }

    /// The nest of loop `at` for views that lie like this, compiled if it is the first time that somebody asks; `None`
    /// where there is none.
    pub fn nest(&self, at: usize, classes: Classes) -> Option<&Nest> {
        let mut nests = &self.nests[at];
        for _ in 0..MOST_NESTS {
            let known = nests.0.get_or_init(|| {
                let nest = (self.compile_nest)(at, classes).map(|(nest, memory)| {
                    self.memory.lock().unwrap_or_else(|e| e.into_inner()).push(memory);
                    nest
                });
                Box::new(CompiledNest { classes, nest, next: Nests::default() })
            });
            if known.classes == classes {
                return known.nest.as_ref();
            }
            nests = &known.next;
        }
        None
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        for memory in self.memory.get_mut().unwrap_or_else(|e| e.into_inner()).drain(..) {
            // SAFETY: entries are called through a borrow of `self` alone, and there is none now.
            unsafe { memory.free() }
        }
    }
}

impl Nest {
    /// Runs rows of `elements` elements.
    ///
    /// # Safety
    /// `elements` is at least `step`, and `rows` at least 1. `streams` holds the first element of views, then of outputs,
    /// and the bytes to that of the next row, each valid for rows of that many elements, of repeated views
    /// for one; outputs are for writing, and nothing else lies in them, unless a view has each of its elements where an
    /// output has that of the same place, and `elements` is a multiple of `step`; `uniforms` holds every uniform of the
    /// program.
    pub unsafe fn call(&self, streams: &[(*mut u8, isize)], uniforms: &[u64], rows: usize, elements: usize) {
        // SAFETY: the caller keeps the contract, which is the ABI's.
        unsafe { self.enter(self.entry, streams, uniforms, rows, elements) }
    }

    /// Whether [`Nest::call_streaming`] is there.
    pub fn streams(&self) -> bool {
        self.streaming.is_some()
    }

    /// The same as [`Nest::call`], for arrays beyond the caches.
    ///
    /// # Safety
    /// As there; and each row of each output begins at a multiple of [`Nest::lanes`] of its elements, of which
    /// `elements` is one too.
    pub unsafe fn call_streaming(
        &self,
        streams: &[(*mut u8, isize)],
        uniforms: &[u64],
        rows: usize,
        elements: usize,
    ) {
        let entry = self.streaming.expect("the caller asked whether it streams");
        // SAFETY: the caller keeps the contract, which is the ABI's.
        unsafe { self.enter(entry, streams, uniforms, rows, elements) }
    }

    /// # Safety
    /// As for [`Nest::call`], of one of its entries.
    unsafe fn enter(
        &self,
        entry: Entry,
        streams: &[(*mut u8, isize)],
        uniforms: &[u64],
        rows: usize,
        elements: usize,
    ) {
        debug_assert!(rows > 0 && elements >= self.step);
        let mut table: SmallVec<[*mut u8; 32]> = SmallVec::new();
        table.extend(streams.iter().map(|&(first, _)| first));
        table.extend(streams.iter().map(|&(_, row)| std::ptr::without_provenance_mut(row as usize)));
        table.push(std::ptr::without_provenance_mut(rows));
        // SAFETY: the caller keeps the contract; the table is this call's own.
        unsafe { entry(table.as_mut_ptr(), uniforms.as_ptr(), elements as u64) }
    }
}

impl LoopCode {
    /// The loop of `pieces`, as `compiled`, which are as many.
    pub(super) fn new(
        compiled: SmallVec<[Piece; 1]>,
        pieces: &[Loop],
        streams: Streams,
        program: &Program,
    ) -> LoopCode {
        let bodies = || pieces.iter().map(|l| &l.body);
        let uniforms = bodies().flat_map(|body| body.iter()).map(|(_, inst, _)| match inst {
            Inst::Uniform(id) => id.index() + 1,
            _ => 0,
        });
        let outputs = streams.outputs.iter().map(|&id| (id, program.outputs[id.index()].dtype));
        let reduces =
            pieces.iter().flat_map(|l| l.reduces.iter().map(|r| (r.reduction, l.body.ty(r.value), r.into)));
        let reduces: Vec<_> = reduces.collect();
        assert!(pieces.len() == 1 || compiled.iter().all(|piece| streams.block.is_multiple_of(piece.step)));
        LoopCode {
            extent: pieces[0].extent,
            uniforms: uniforms.max().unwrap_or(0),
            step: compiled.iter().map(|piece| piece.step).max().unwrap_or(1),
            lanes: compiled.iter().map(|piece| piece.lanes).max().unwrap_or(1),
            block: streams.block,
            closes_leaves: streams.in_one_piece(),
            temporary_bytes: streams.temporary_bytes(),
            operations: bodies().map(|body| body.operations()).sum(),
            views: streams.views.iter().map(|&id| (id, program.view_dtype(id))).collect(),
            outputs: outputs.collect(),
            guards: (0..reduces.len()).filter(|&at| program.is_guard(reduces[at].2)).collect(),
            reduces,
            pieces: compiled,
        }
    }

    /// Runs `elements` elements.
    ///
    /// # Safety
    /// `elements` is a positive multiple of `step`; `pointers` holds views, outputs and partials
    /// in this order, each valid for that many elements, which with those that the partials have seen are no more
    /// than a block; outputs and partials for writing and not aliased, and then, where there are any, `temporary_bytes` of the call's own,
    /// aligned to 8; `uniforms` holds every uniform of the program.
    pub unsafe fn call(&self, pointers: &[*mut u8], uniforms: &[u64], elements: usize) {
        let own = usize::from(self.temporary_bytes > 0);
        debug_assert_eq!(pointers.len(), self.views.len() + self.outputs.len() + self.reduces.len() + own);
        debug_assert!(elements > 0 && elements.is_multiple_of(self.step));
        match &*self.pieces {
            // SAFETY: the caller keeps the contract, which is the ABI's.
            [piece] => unsafe {
                (piece.entry)(pointers.as_ptr().cast_mut(), uniforms.as_ptr(), elements as u64)
            },
            // SAFETY: the same contract.
            pieces => unsafe { self.call_pieces(pieces, pointers, uniforms, elements) },
        }
    }

    /// # Safety
    /// As [`LoopCode::call`].
    unsafe fn call_pieces(&self, pieces: &[Piece], pointers: &[*mut u8], uniforms: &[u64], elements: usize) {
        let mut pointers: SmallVec<[*mut u8; 16]> = SmallVec::from_slice(pointers);
        let sizes = || {
            let stored = self.outputs.iter().map(|(_, ty)| ty.size());
            self.views.iter().map(|(_, ty)| ty.size()).chain(stored)
        };
        for start in (0..elements).step_by(self.block) {
            let now = self.block.min(elements - start);
            for piece in pieces {
                // SAFETY: the streams have that many elements from here. A block is a multiple of every step and
                // of the number of partials, so that each element joins the partial it would without blocks;
                // temporaries have room for a block.
                unsafe { (piece.entry)(pointers.as_ptr().cast_mut(), uniforms.as_ptr(), now as u64) }
            }
            for (pointer, size) in pointers.iter_mut().zip(sizes()) {
                *pointer = pointer.wrapping_add(now * size);
            }
        }
    }

    /// The address of the function that the loop is, if it is one.
    pub(super) fn entry(&self) -> Option<usize> {
        match &*self.pieces {
            [piece] => Some(piece.entry as usize),
            _ => None,
        }
    }

    /// Whether a trip loads all that it needs before it stores.
    pub fn is_one_piece(&self) -> bool {
        self.pieces.len() == 1
    }

    /// Whether [`LoopCode::call_streaming`] is there.
    pub fn streams(&self) -> bool {
        self.streaming().is_some()
    }

    fn streaming(&self) -> Option<Entry> {
        match &*self.pieces {
            [piece] => piece.streaming,
            _ => None,
        }
    }

    /// The same as [`LoopCode::call`], for arrays beyond the caches.
    ///
    /// # Safety
    /// As there; and each output is aligned to [`LoopCode::lanes`] of its elements.
    pub unsafe fn call_streaming(&self, pointers: &[*mut u8], uniforms: &[u64], elements: usize) {
        let entry = self.streaming().expect("the caller asked whether it streams");
        debug_assert!(elements > 0 && elements.is_multiple_of(self.step));
        // SAFETY: the caller keeps the contract, which is the ABI's.
        unsafe { entry(pointers.as_ptr().cast_mut(), uniforms.as_ptr(), elements as u64) }
    }
}
