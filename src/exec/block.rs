//! One run of elements through the code of a loop.
//!
//! Code takes elements one after the other. Streams whose elements lie otherwise are packed: copied, piece by
//! piece, into buffers that stay in the first-level cache, and results from there to where they belong.
//!
//! Code takes multiples of its step. The elements that are left over run the same code on a
//! padded copy, of which only their part counts: there is no second body whose bits could differ.

use smallvec::SmallVec;

use super::join;
use super::pack::{gather, scatter};
use super::scratch::{Lent, Line, Lines, Scratch};
use super::walk::{Pattern, Walk};
use crate::array::{is_contiguous, same_shape};
use crate::codegen::code::LoopCode;
use crate::codegen::partials::{Open, Partials};
use crate::frame::{Frame, Stream};
use crate::ir::Extent;
use crate::ops::Reduction;
use crate::reduce::{self, BLOCK, LEAF};
use crate::types::DType;

/// The largest step of any code, in elements and in bytes of an array: those of many elements are of small ones.
pub(super) const MAX_STEP: usize = 256;
const MAX_STEP_BYTES: usize = 512;

/// Room for one padded step of one array.
type Padded = [u64; MAX_STEP_BYTES / 8];

/// Bytes that the packed streams of a piece fill together, about, and the elements of a piece at the least and at
/// the most: a part of a first-level cache, through which the elements themselves go too, and long enough not to
/// notice what is done once for each.
const PACKED_BYTES: usize = 8 << 10;
const PIECES: [usize; 2] = [LEAF, 8 * LEAF];

/// The memory of a loop, shared by the threads that run its chunks.
pub(super) struct Pointers<'a> {
    code: &'a LoopCode,
    pub uniforms: &'a [u64],
    /// Elements of each stream.
    count: usize,
    /// First elements of views, then of outputs, with the size of an element.
    pub streams: SmallVec<[(*mut u8, usize); 12]>,
    /// The elements of each lie one after the other.
    in_a_row: bool,
    /// The streams of which they do not.
    packed: SmallVec<[Packed; 2]>,
    /// Elements between two packings; a multiple of every step, and of a leaf if it holds one.
    piece: usize,
    /// For arrays beyond the caches.
    streaming: bool,
}

/// A stream that is packed.
struct Packed {
    /// Its place among the streams.
    stream: usize,
    pattern: Pattern,
    /// Where its buffer begins, in lines.
    buffer: usize,
    /// Its elements come again after as many; the buffer then holds a piece from any of them on, for good.
    period: Option<usize>,
}

/// The buffers of one thread.
pub(super) struct Buffers<'s>(Option<Lent<'s, Lines>>);

// SAFETY: arrays are only read, and outputs only written by `run`, whose callers keep ranges apart.
unsafe impl Sync for Pointers<'_> {}

impl<'a> Pointers<'a> {
    /// With `streaming`, by the code for arrays beyond the caches, where there is one. Panics where `frame` lacks what the
    /// loop reads or writes, or has it of another type or shape.
    pub fn new(code: &'a LoopCode, frame: &'a Frame<'_>, streaming: bool) -> Pointers<'a> {
        assert!(code.step <= MAX_STEP);
        assert!(code.uniforms <= frame.uniforms.len());
        assert!(code.reduces.iter().all(|&(_, dtype, _)| reduce::partials(dtype).is_multiple_of(code.step)));
        let space = space(code, frame);
        let mut pointers = Pointers {
            code,
            uniforms: &frame.uniforms,
            count: space.iter().product(),
            streams: SmallVec::new(),
            in_a_row: true,
            packed: SmallVec::new(),
            piece: usize::MAX,
            streaming: streaming && code.streams(),
        };
        for (stream, dtype) in streams(code, frame) {
            assert!(stream.dtype == dtype && same_shape(stream.space, space));
            assert!(dtype.size() * code.step <= MAX_STEP_BYTES);
            pointers.in_a_row &= is_contiguous(space, stream.strides, dtype.size());
            pointers.streams.push((stream.first, dtype.size()));
        }
        pointers
    }

    /// Where not all elements lie one after the other, the walk through them, at whose begin the pointers then are; streams
    /// must be packed before they are run. `frame` is that of [`Pointers::new`].
    pub fn walk(&mut self, frame: &Frame<'_>) -> Option<Walk> {
        (!self.in_a_row).then(|| {
            let strides = streams(self.code, frame).map(|(stream, _)| stream.strides);
            let walk = Walk::new(space(self.code, frame), strides, !self.code.reduces.is_empty());
            for ((at, _), way) in self.streams.iter_mut().zip(&walk.streams) {
                *at = at.wrapping_offset(way.offset);
            }
            walk
        })
    }

    /// Number of trips.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Operations of a trip.
    pub fn operations(&self) -> usize {
        self.code.operations
    }

    /// Whether blocks can be run several at once: all leaves of the loop's reductions are shorter.
    pub fn has_short_leaves(&self) -> bool {
        self.code.reduces.iter().all(|&(reduction, dtype, _)| reduce::leaf(reduction, dtype) < BLOCK)
    }

    /// Packs the streams whose elements do not lie one after the other in this walk.
    pub fn pack(&mut self, walk: &Walk) {
        let inputs = self.code.views.len();
        for (stream, &(_, size)) in self.streams.iter().enumerate() {
            let pattern = walk.pattern(stream);
            if !pattern.is_unit(size) {
                let period = pattern.period().filter(|&period| period <= PIECES[1] && stream < inputs);
                self.packed.push(Packed { stream, pattern, buffer: 0, period });
            }
        }
        if self.packed.is_empty() {
            return;
        }
        let bytes: usize = self.packed.iter().map(|packed| self.streams[packed.stream].1).sum();
        let most = PIECES[1].min(self.count.next_multiple_of(self.code.step));
        let least = PIECES[0].min(most);
        self.piece = (PACKED_BYTES / bytes).clamp(least, most) / least * least;
        let mut lines = 0;
        for packed in &mut self.packed {
            packed.buffer = lines;
            let elements = self.piece + packed.period.unwrap_or(0);
            // One more, so that not all buffers begin at the same place within a page.
            lines += (elements * self.streams[packed.stream].1).div_ceil(size_of::<Line>()) + 1;
        }
    }

    /// The buffers of a thread that is about to run chunks.
    pub fn buffers<'s>(&self, scratch: &'s Scratch) -> Buffers<'s> {
        let Some(last) = self.packed.last() else { return Buffers(None) };
        let elements = self.piece + last.period.unwrap_or(0);
        let mut lines = scratch.lines();
        lines.make_room(last.buffer + (elements * self.streams[last.stream].1).div_ceil(size_of::<Line>()));
        let first_line = lines.first();
        for packed in &self.packed {
            let Some(period) = packed.period else { continue };
            let (first, size) = self.streams[packed.stream];
            let into = first_line.wrapping_add(packed.buffer).cast::<u8>();
            let all = (self.piece + period) * size;
            // SAFETY: the array has one period, and the buffer room for a period and a piece.
            unsafe { gather(first, &packed.pattern, size, 0, period, into) };
            // Then twice as much each time.
            let mut done = period * size;
            while done < all {
                let more = done.min(all - done);
                // SAFETY: so much is there before, and room behind.
                unsafe { std::ptr::copy_nonoverlapping(into, into.add(done), more) };
                done += more;
            }
        }
        Buffers(Some(lines))
    }

    /// Makes the partials of the loop's reductions, for one block after the other, where they stay: half a kilobyte each is
    /// too much to move in a short run.
    pub fn make_partials(&self, into: &mut SmallVec<[Partials; 4]>) {
        into.extend(self.code.reduces.iter().map(|&(reduction, dtype, _)| Partials::new(reduction, dtype)));
    }

    /// Elements from `start` to where all outputs are aligned for streaming stores.
    fn peel(&self, start: usize) -> Option<usize> {
        let outputs = &self.streams[self.code.views.len()..];
        peel(self.code.lanes, || outputs.iter().map(|&(at, size)| (at.addr() + start * size, size)))
    }

    /// Runs elements `start..start + len` and puts the results of the loop's reductions over them,
    /// which must then be one block or span, into `results`. Panics where there are fewer elements, and where a loop
    /// with reductions is given more than a span.
    ///
    /// # Safety
    /// No other call runs on any of these elements at the same time. [`Pointers::buffers`] gave the buffers, and
    /// [`Pointers::make_partials`] the partials.
    pub unsafe fn run(
        &self,
        buffers: &mut Buffers<'_>,
        partials: &mut [Partials],
        start: usize,
        len: usize,
        results: &mut [u64],
    ) {
        assert!(start <= self.count && len <= self.count - start);
        // Code closes leaves into the places of a span without a look at their number.
        assert!(self.code.reduces.is_empty() || len <= reduce::SPAN);
        let lines = buffers.0.as_mut().map_or(std::ptr::null_mut(), |lines| lines.first());
        let peel = if self.streaming { self.peel(start) } else { None };
        match peel.filter(|&peel| len > peel) {
            Some(peel) => {
                if peel > 0 {
                    self.run_padded(start, peel, 0, &mut [], &mut []);
                }
                self.run_whole(lines, partials, start + peel, len - peel, results, true);
            }
            None => self.run_whole(lines, partials, start, len, results, false),
        }
    }

    fn run_whole(
        &self,
        lines: *mut Line,
        partials: &mut [Partials],
        start: usize,
        len: usize,
        results: &mut [u64],
        streaming: bool,
    ) {
        let code = self.code;
        let temporary = &mut vec![0; code.temporary_bytes.div_ceil(8)];
        assert_eq!(partials.len(), code.reduces.len());
        partials.iter_mut().for_each(Partials::begin);
        let whole = len / code.step * code.step;
        let piece = if code.closes_leaves { self.piece } else { self.piece.min(LEAF) };
        let mut done = 0;
        while done < whole {
            let (start, len) = (start + done, piece.min(whole - done));
            let mut pointers: SmallVec<[*mut u8; 16]> = SmallVec::new();
            // SAFETY: `start + len` elements are in each stream that is not packed; pointers of the others are replaced.
            pointers.extend(self.streams.iter().map(|&(at, size)| at.wrapping_add(start * size)));
            self.fill(lines, start, len, &mut pointers);
            pointers.extend(partials.iter_mut().map(|p| std::ptr::from_mut(p).cast()));
            pointers.extend(temporaries(temporary));
            // SAFETY: the streams have `len` elements from `start`, a positive multiple of the
            // step; outputs are this call's own (see `Sync`), and aligned where stores go past the
            // caches; the partials are those of the loop's reductions.
            unsafe {
                match streaming {
                    false => code.call(&pointers, self.uniforms, len),
                    true => code.call_streaming(&pointers, self.uniforms, len),
                }
            }
            self.empty(start, len, &pointers);
            done += len;
            if !code.closes_leaves && len == LEAF {
                for (partials, &(reduction, dtype, _)) in partials.iter_mut().zip(&code.reduces) {
                    if reduce::leaf(reduction, dtype) == LEAF {
                        join::close_leaf(reduction, dtype, partials);
                    }
                }
            }
        }
        if whole < len {
            self.run_padded(start + whole, len - whole, whole, partials, temporary);
        }
        for (at, &(reduction, ty, _)) in code.reduces.iter().enumerate().take(results.len()) {
            match reduction {
                Reduction::ProdReal => {
                    let both = join::block_of_pair(ty, [&partials[at], &partials[at + 1]]);
                    results[at..at + 2].copy_from_slice(&both);
                }
                Reduction::ProdImag => {}
                _ => results[at] = join::block(reduction, ty, &partials[at], len),
            }
        }
    }

    /// Fills the buffers of inputs, and points at the buffers of all packed streams.
    fn fill(&self, lines: *mut Line, start: usize, len: usize, pointers: &mut [*mut u8]) {
        for Packed { stream, pattern, buffer, period } in &self.packed {
            let (first, size) = self.streams[*stream];
            let into = lines.wrapping_add(*buffer).cast::<u8>();
            pointers[*stream] = match period {
                Some(period) => into.wrapping_add(start % period * size),
                None => into,
            };
            if period.is_none() && *stream < self.code.views.len() {
                // SAFETY: the array has `len` elements from `start`, and the buffer room for a piece.
                unsafe { gather(first, pattern, size, start, len, into) };
            }
        }
    }

    /// Puts results that are in buffers where they belong.
    fn empty(&self, start: usize, len: usize, pointers: &[*mut u8]) {
        for Packed { stream, pattern, .. } in self.packed.iter().filter(|p| p.stream >= self.code.views.len())
        {
            let (first, size) = self.streams[*stream];
            // SAFETY: the output has `len` elements from `start`, which are this call's own, and so has the buffer.
            unsafe { scatter(pointers[*stream], first, pattern, size, start, len) };
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
        let mut padded: SmallVec<[Padded; 8]> = SmallVec::new();
        padded.resize(self.streams.len(), [0; MAX_STEP_BYTES / 8]);
        let mut pointers: SmallVec<[*mut u8; 16]> = SmallVec::new();
        pointers.extend(padded.iter_mut().map(|room| room.as_mut_ptr().cast()));
        for (stream, (&room, &(at, size))) in pointers.iter().zip(&self.streams).enumerate().take(inputs) {
            // SAFETY: the stream has `len` elements from `start`, and a step of the largest
            // type fits the room.
            unsafe {
                match self.packed.iter().find(|packed| packed.stream == stream) {
                    None => std::ptr::copy_nonoverlapping(at.add(start * size), room, len * size),
                    Some(packed) => gather(at, &packed.pattern, size, start, len, room),
                }
            }
        }
        // Where partials stay in memory, a trip joins those from its own place in the cycle on.
        let mut after: SmallVec<[Open; 4]> = SmallVec::new();
        after.extend(partials.iter().map(|partials| partials.open));
        let mut places: SmallVec<[(usize, usize); 4]> = SmallVec::new();
        for (open, &(_, dtype, _)) in after.iter_mut().zip(&code.reduces) {
            let (size, count) = (dtype.size(), reduce::partials(dtype));
            let first = within % count * size;
            places.push((first, len * size));
            // SAFETY: a step divides the number of partials and `within`, so that a whole step of
            // partials follows `first`; it is less than a leaf, so that code has to do with them alone.
            pointers.push(unsafe { open.0.as_mut_ptr().add(first) });
        }
        pointers.extend(temporaries(temporary));
        // SAFETY: every pointer is to local memory that a step fits.
        unsafe { code.call(&pointers, self.uniforms, code.step) }
        for (stream, (&room, &(at, size))) in pointers.iter().zip(&self.streams).enumerate().skip(inputs) {
            // SAFETY: the output has `len` elements from `start`, which are this call's own.
            unsafe {
                match self.packed.iter().find(|packed| packed.stream == stream) {
                    None => std::ptr::copy_nonoverlapping(room, at.add(start * size), len * size),
                    Some(packed) => scatter(room, at, &packed.pattern, size, start, len),
                }
            }
        }
        // What padding did to the partials is dropped: only lanes of real elements are taken over.
        for ((partials, after), &(first, bytes)) in partials.iter_mut().zip(&after).zip(&places) {
            partials.open.0[first..first + bytes].copy_from_slice(&after.0[first..first + bytes]);
        }
    }
}

/// The lengths of a loop's space.
fn space<'f>(code: &LoopCode, frame: &'f Frame<'_>) -> &'f [usize] {
    match code.extent {
        Extent::Space(space) => frame.space(space.index()),
        Extent::Once => &[],
    }
}

/// What a loop reads, then what it writes, with the type that its code takes them for.
fn streams<'f>(code: &'f LoopCode, frame: &'f Frame<'_>) -> impl Iterator<Item = (Stream<'f>, DType)> {
    let views = code.views.iter().map(|&(id, dtype)| (frame.view(id.index()), dtype));
    views.chain(code.outputs.iter().map(|&(id, dtype)| (frame.output(id.index()), dtype)))
}

/// Elements from the given addresses of elements of some sizes to where all are aligned to registers of `lanes`, fewer
/// than these; none where there is no such place.
pub(super) fn peel<I: Iterator<Item = (usize, usize)>>(
    lanes: usize,
    outputs: impl Fn() -> I,
) -> Option<usize> {
    let aligned = |skip: usize| outputs().all(|(at, size)| (at + skip * size).is_multiple_of(lanes * size));
    (0..lanes).find(|&skip| aligned(skip))
}

/// The pointer to the temporaries of a call, if it has any.
fn temporaries(memory: &mut [u64]) -> Option<*mut u8> {
    (!memory.is_empty()).then(|| memory.as_mut_ptr().cast())
}
