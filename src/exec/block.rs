//! One run of elements through the code of a loop.
//!
//! Code takes multiples of its step. The elements that are left over run the same code on a
//! padded copy, of which only their part counts: there is no second body whose bits could differ.

use smallvec::SmallVec;

use super::join::{self, Partials};
use crate::codegen::code::LoopCode;
use crate::frame::Frame;
use crate::reduce;

/// The largest step of any code, in elements.
pub(super) const MAX_STEP: usize = 64;

/// Room for one padded step of one array.
type Padded = [u64; MAX_STEP];

/// The memory of a loop, shared by the threads that run its chunks.
pub(super) struct Pointers<'a> {
    code: &'a LoopCode,
    uniforms: &'a [u64],
    /// Elements of each stream.
    count: usize,
    /// First elements of views, then of outputs, with the size of an element.
    streams: SmallVec<[(*mut u8, usize); 12]>,
    /// For arrays beyond the caches.
    streaming: bool,
}

// SAFETY: arrays are only read, and outputs only written by `run`, whose callers keep ranges apart.
unsafe impl Sync for Pointers<'_> {}

impl<'a> Pointers<'a> {
    /// For `count` trips. With `streaming`, by the code for arrays beyond the caches, where there is one.
    /// Panics where `frame` lacks what the loop reads or writes, or has it of another type or length.
    pub fn new(
        code: &'a LoopCode,
        frame: &'a mut Frame<'_, '_>,
        count: usize,
        streaming: bool,
    ) -> Pointers<'a> {
        assert!(code.step <= MAX_STEP);
        assert!(code.uniforms <= frame.uniforms.len());
        assert!(code.reduces.iter().all(|&(_, dtype, _)| reduce::partials(dtype).is_multiple_of(code.step)));
        let mut streams = SmallVec::new();
        for &(id, dtype) in &code.views {
            let elements = frame.views[id.index()];
            assert!(elements.dtype() == dtype && elements.len() == count);
            // Only outputs are written through.
            streams.push((elements.as_ptr().cast_mut(), dtype.size()));
        }
        for &(id, dtype) in &code.outputs {
            let elements = &mut frame.outputs[id.index()];
            assert!(elements.dtype() == dtype && elements.len() == count);
            streams.push((elements.as_mut_ptr(), dtype.size()));
        }
        Pointers { code, uniforms: &frame.uniforms, count, streams, streaming: streaming && code.streams() }
    }

    /// Elements from `start` to where all outputs are aligned for streaming stores, fewer than a
    /// step; none where there is no such place.
    fn peel(&self, start: usize) -> Option<usize> {
        let outputs = &self.streams[self.code.views.len()..];
        let aligned = |&(at, size): &(*mut u8, usize), skip: usize| {
            (at as usize + (start + skip) * size).is_multiple_of(self.code.lanes * size)
        };
        (0..self.code.lanes).find(|&skip| outputs.iter().all(|output| aligned(output, skip)))
    }

    /// Runs elements `start..start + len` and puts the results of the loop's reductions over them,
    /// which must then be one block, into `results`. Panics where there are fewer elements.
    ///
    /// # Safety
    /// No other call runs on any of these elements at the same time.
    pub unsafe fn run(&self, start: usize, len: usize, results: &mut [u64]) {
        assert!(start <= self.count && len <= self.count - start);
        let peel = if self.streaming { self.peel(start) } else { None };
        match peel.filter(|&peel| len > peel) {
            Some(peel) => {
                if peel > 0 {
                    self.run_padded(start, peel, 0, &mut [], &mut []);
                }
                self.run_whole(start + peel, len - peel, results, true);
            }
            None => self.run_whole(start, len, results, false),
        }
    }

    fn run_whole(&self, start: usize, len: usize, results: &mut [u64], streaming: bool) {
        let code = self.code;
        let temporary = &mut vec![0; code.temporary_bytes.div_ceil(8)];
        let mut partials: SmallVec<[Partials; 4]> =
            code.reduces.iter().map(|&(reduction, dtype, _)| Partials::new(reduction, dtype)).collect();
        let whole = len / code.step * code.step;
        if whole > 0 {
            let mut pointers: SmallVec<[*mut u8; 16]> = SmallVec::new();
            // SAFETY: `start + len` elements are in each stream.
            pointers.extend(self.streams.iter().map(|&(at, size)| unsafe { at.add(start * size) }));
            pointers.extend(partials.iter_mut().map(|p| p.0.as_mut_ptr()));
            pointers.extend(temporaries(temporary));
            // SAFETY: the streams have `whole` elements from `start`, a positive multiple of the
            // step; outputs are this call's own (see `Sync`), and aligned where stores go past the
            // caches; the partials live here.
            unsafe {
                match streaming {
                    false => code.call(&pointers, self.uniforms, whole),
                    true => code.call_streaming(&pointers, self.uniforms, whole),
                }
            }
        }
        if whole < len {
            self.run_padded(start + whole, len - whole, whole, &mut partials, temporary);
        }
        for ((result, partials), &(reduction, dtype, _)) in
            results.iter_mut().zip(&partials).zip(&code.reduces)
        {
            *result = join::block(reduction, dtype, partials);
        }
    }

    /// Runs fewer elements than a step; the first is `within` elements into its block.
    #[cold]
    #[inline(never)]
    fn run_padded(
        &self,
        start: usize,
        len: usize,
        within: usize,
        partials: &mut [Partials],
        temporary: &mut [u64],
    ) {
        let code = self.code;
        let inputs = code.views.len();
        let mut padded: SmallVec<[Padded; 8]> = SmallVec::from_elem([0; MAX_STEP], self.streams.len());
        let mut pointers: SmallVec<[*mut u8; 16]> = SmallVec::new();
        for (room, &(at, size)) in padded.iter_mut().zip(&self.streams) {
            let room = room.as_mut_ptr().cast::<u8>();
            if pointers.len() < inputs {
                // SAFETY: the stream has `len` elements from `start`, and a step of the largest
                // type fits the room.
                unsafe { std::ptr::copy_nonoverlapping(at.add(start * size), room, len * size) };
            }
            pointers.push(room);
        }
        // Where partials stay in memory, a trip joins those from its own place in the cycle on.
        let mut after: SmallVec<[Partials; 4]> = SmallVec::from_slice(partials);
        let mut places: SmallVec<[(usize, usize); 4]> = SmallVec::new();
        for (partials, &(_, dtype, _)) in after.iter_mut().zip(&code.reduces) {
            let (size, count) = (dtype.size(), reduce::partials(dtype));
            let first = within % count * size;
            places.push((first, len * size));
            // SAFETY: a step divides the number of partials and `within`, so that a whole step of
            // partials follows `first`.
            pointers.push(unsafe { partials.0.as_mut_ptr().add(first) });
        }
        pointers.extend(temporaries(temporary));
        // SAFETY: every pointer is to local memory that a step fits.
        unsafe { code.call(&pointers, self.uniforms, code.step) }
        for (room, &(at, size)) in padded.iter().zip(&self.streams).skip(inputs) {
            // SAFETY: the output has `len` elements from `start`, which are this call's own.
            unsafe {
                std::ptr::copy_nonoverlapping(room.as_ptr().cast::<u8>(), at.add(start * size), len * size)
            };
        }
        // What padding did to the partials is dropped: only lanes of real elements are taken over.
        for ((partials, after), &(first, bytes)) in partials.iter_mut().zip(&after).zip(&places) {
            partials.0[first..first + bytes].copy_from_slice(&after.0[first..first + bytes]);
        }
    }
}

/// The pointer to the temporaries of a call, if it has any.
fn temporaries(memory: &mut [u64]) -> Option<*mut u8> {
    (!memory.is_empty()).then(|| memory.as_mut_ptr().cast())
}
