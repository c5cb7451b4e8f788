//! Loops that only store, over spaces of several dimensions: tiles of rows through a nest.
//!
//! The two inner dimensions of a walk are cut into tiles. Of each tile, streams whose elements lie one after the other
//! along a row go to the nest as they are, and those of one element a row or of every other element too. The others are
//! packed into buffers in the first-level cache, in the order in which they lie: a transposed matrix column by column, a
//! line at a time.

use std::ops::Range;

use smallvec::SmallVec;

use super::block::{Pointers, peel};
use super::pack::copy;
use super::scratch::{LINE, Lines};
use super::walk::Walk;
use crate::codegen::Classes;
use crate::codegen::code::{Code, Nest};

/// Spaces of fewer elements are no reason to compile a nest.
const FEWEST: usize = 1024;

/// Rows of fewer elements are packed where what is packed comes again and again.
const SHORT_ROW: usize = 256;

/// Bodies of more operations lose more by the last steps of short rows than by packing.
const MANY_OPERATIONS: usize = 40;

/// Bytes that the packed streams of a tile fill together, about, and elements of its rows, at least and at most.
const PACKED_BYTES: usize = 16 << 10;
const PACKED_ROW: [usize; 2] = [256, 2048];

/// Rows of a tile whose columns are packed: as many elements as a line holds, but no more than these.
const PACKED_ROWS: usize = 16;

/// A row that is read again for each row of a tile is no longer than this, so that it stays in a second-level cache.
const READ_AGAIN_BYTES: usize = 64 << 10;

/// Parts of rows begin at multiples of so many elements, or of a step where no element may be computed twice.
const ROUND: usize = 16;

/// A loop over rows, shared by the threads that run its tiles.
pub(super) struct Tiles<'a> {
    nest: &'a Nest,
    uniforms: &'a [u64],
    /// Lengths of the dimensions around rows, outermost first.
    outer: SmallVec<[usize; 4]>,
    /// Number of rows, and elements of each.
    rows: usize,
    elements: usize,
    /// Rows of a tile, but for the last ones.
    band: usize,
    /// Parts that a row is cut into, and of what their beginnings are multiples.
    parts: usize,
    round: usize,
    /// Views, then outputs.
    streams: SmallVec<[TileStream; 8]>,
    views: usize,
    /// Lines of all buffers.
    lines: usize,
    /// Stores go past the caches.
    streaming: bool,
}

struct TileStream {
    first: *mut u8,
    size: usize,
    /// Bytes to the next place along the outer dimensions, to the next row, and to the next element of a row.
    outer: SmallVec<[isize; 2]>,
    row: isize,
    element: isize,
    /// Its elements are packed, into a buffer from this line on.
    buffer: Option<usize>,
}

// SAFETY: arrays are only read, and outputs only written by `run`, whose callers keep tiles apart.
unsafe impl Sync for Tiles<'_> {}

impl<'a> Tiles<'a> {
    /// The tiles of loop `at` of `code` on the memory of `pointers`, which only stores, of about `chunk` elements where
    /// nothing is packed. `None` where there is no nest, or packing elements in a row is better.
    pub fn new(
        code: &'a Code,
        at: usize,
        pointers: &Pointers<'a>,
        walk: &Walk,
        chunk: usize,
        streaming: bool,
    ) -> Option<Tiles<'a>> {
        let l = &code.loops()[at];
        let (&elements, outer) = walk.lens.split_last()?;
        let short = elements < 4 * l.step && l.operations > MANY_OPERATIONS;
        if elements < l.step || short || pointers.count() < FEWEST {
            return None;
        }
        let (dimensions, views) = (outer.len(), l.views.len());
        // How a nest loads the streams, and those streams; what it does not take is packed.
        let classify = |take_pairs: bool| {
            let mut classes = Classes::default();
            let mut streams: SmallVec<[TileStream; 8]> = SmallVec::new();
            for (k, (way, &(first, size))) in walk.streams.iter().zip(&pointers.streams).enumerate() {
                let element = way.strides[dimensions];
                let taken = match l.views.get(k) {
                    Some(&(_, dtype)) if element == 0 && Classes::repeats(dtype) => classes.with_repeated(k),
                    Some(&(_, dtype))
                        if element == 2 * size as isize && take_pairs && Classes::pairs(dtype) =>
                    {
                        classes.with_pairs(k)
                    }
                    _ => None,
                };
                let buffer = (element != size as isize && taken.is_none()).then_some(0);
                classes = taken.unwrap_or(classes);
                streams.push(TileStream {
                    first,
                    size,
                    outer: way.strides[..dimensions].into(),
                    row: 0,
                    element,
                    buffer,
                });
            }
            (classes, streams)
        };
        let (mut classes, mut streams) = classify(true);
        let flat = |k: usize| walk.pattern(k).is_unit(streams[k].size);
        let comes_again =
            |s: &TileStream| s.element == s.size as isize && s.outer.iter().all(|&stride| stride == 0);
        let once = || streams.iter().enumerate().all(|(k, s)| comes_again(s) || flat(k));
        if dimensions == 0 && classes == Classes::default() || elements < SHORT_ROW && once() {
            return None;
        }
        let mut nest = code.nest(at, classes);
        if nest.is_none() && classes.has_pairs() {
            (classes, streams) = classify(false);
            nest = code.nest(at, classes).filter(|_| dimensions > 0 || classes != Classes::default());
        }
        let nest = nest.filter(|nest| nest.step <= elements)?;
        let direct = |s: &&TileStream| s.buffer.is_none();
        let (loads, stores) = streams.split_at(views);
        let mut stored = stores.iter().filter(direct);
        let in_place = stored.any(|o| loads.iter().filter(direct).any(|v| v.first == o.first));
        // The last step of a row may compute elements again, which must not have changed meanwhile.
        if in_place && !elements.is_multiple_of(nest.step) {
            return None;
        }
        // What is loaded anyway gains nothing by stores past the caches.
        let streaming = streaming && !in_place && stores.iter().all(|s| s.buffer.is_none());
        let mut tiles = Tiles {
            nest,
            uniforms: pointers.uniforms,
            outer: outer.into(),
            rows: 1,
            elements,
            band: 1,
            parts: 1,
            round: if in_place { ROUND.max(nest.step) } else { ROUND },
            streams,
            views,
            lines: 0,
            streaming: streaming && nest.streams(),
        };
        tiles.choose_rows();
        tiles.cut(chunk);
        Some(tiles)
    }

    /// Makes rows of the dimension along which packed streams lie closest together; without any, of the innermost.
    fn choose_rows(&mut self) {
        let packed = || self.streams.iter().filter(|s| s.buffer.is_some());
        let cost =
            |axis: usize| packed().map(|s| s.outer[axis].unsigned_abs()).fold(0usize, usize::saturating_add);
        if let Some(axis) = (0..self.outer.len()).rev().min_by_key(|&axis| cost(axis)) {
            self.rows = self.outer.remove(axis);
            self.streams.iter_mut().for_each(|s| s.row = s.outer.remove(axis));
        }
    }

    /// Chooses the size of tiles, and gives packed streams their buffers.
    fn cut(&mut self, chunk: usize) {
        let packed = || self.streams.iter().filter(|s| s.buffer.is_some());
        let bytes: usize = packed().map(|s| s.size).sum();
        if bytes == 0 {
            let again = |s: &&TileStream| s.row == 0 && s.element != 0;
            let longest = self.streams.iter().filter(again).map(|s| READ_AGAIN_BYTES / s.size).min();
            let part = chunk.min(longest.filter(|_| self.rows > 1).unwrap_or(usize::MAX)).max(PACKED_ROW[0]);
            self.parts = self.elements.div_ceil(part);
            self.band = (chunk / (self.elements / self.parts)).clamp(1, self.rows);
            return;
        }
        let columns = packed().filter(|s| s.goes_by_columns()).map(|s| LINE / s.size).min();
        self.band = columns.map_or(1, |rows| rows.min(PACKED_ROWS)).min(self.rows);
        let part = (PACKED_BYTES / bytes / self.band).clamp(PACKED_ROW[0], PACKED_ROW[1]);
        self.parts = self.elements.div_ceil(part);
        if columns.is_none() {
            self.band = (part / self.elements).clamp(1, self.rows);
        }
        let (band, mut line) = (self.band, 0);
        let longest = self.elements / self.parts + self.round + 1;
        for s in self.streams.iter_mut().filter(|s| s.buffer.is_some()) {
            s.buffer = Some(line);
            // One more, so that not all buffers begin at the same place within a page.
            line += band * (longest * s.size).div_ceil(LINE) + 1;
        }
        self.lines = line;
    }

    /// Number of tiles.
    pub fn count(&self) -> usize {
        self.outer.iter().product::<usize>() * self.rows.div_ceil(self.band) * self.parts
    }

    /// Elements of a tile, about.
    pub fn size(&self) -> usize {
        self.band * (self.elements / self.parts)
    }

    /// Lines that a thread needs for buffers.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Where part `part` of a row begins.
    fn part(&self, part: usize) -> usize {
        if part == self.parts {
            return self.elements;
        }
        let at = self.elements as u128 * part as u128 / self.parts as u128;
        at as usize / self.round * self.round
    }

    /// Runs some tiles.
    ///
    /// # Safety
    /// No other call runs any of them at the same time. `lines` are as many as [`Tiles::lines`], if that is not 0.
    pub unsafe fn run(&self, tiles: Range<usize>, lines: &mut Lines) {
        assert!(tiles.end <= self.count() && lines.len() >= self.lines);
        let buffers = lines.first();
        for tile in tiles {
            let (place, part) = (tile / self.parts, tile % self.parts);
            let bands = self.rows.div_ceil(self.band);
            let (mut outer, row) = (place / bands, place % bands * self.band);
            let rows = self.band.min(self.rows - row);
            let (start, end) = (self.part(part), self.part(part + 1));
            let mut at: SmallVec<[*mut u8; 16]> = SmallVec::new();
            // These are addresses of elements: the first of the tile.
            at.extend(
                self.streams
                    .iter()
                    .map(|s| s.first.wrapping_offset(row as isize * s.row + start as isize * s.element)),
            );
            for (axis, &n) in self.outer.iter().enumerate().rev() {
                let index = (outer % n) as isize;
                outer /= n;
                for (at, s) in at.iter_mut().zip(&self.streams) {
                    *at = at.wrapping_offset(index * s.outer[axis]);
                }
            }
            // SAFETY: the tile is part of the walk, and nobody else's; the buffers are as long as a tile needs.
            unsafe { self.tile(&at, buffers.cast(), rows, end - start) };
        }
    }

    /// # Safety
    /// Streams have so many rows of so many elements at these addresses, for this call alone, and so have their buffers.
    unsafe fn tile(&self, at: &[*mut u8], buffers: *mut u8, rows: usize, elements: usize) {
        let mut pointers: SmallVec<[(*mut u8, isize); 16]> = SmallVec::new();
        for (k, (s, &at)) in self.streams.iter().zip(at).enumerate() {
            let Some(line) = s.buffer else {
                pointers.push((at, s.row));
                continue;
            };
            // Whole lines, so that each row begins at one.
            let (buffer, row) = (buffers.wrapping_add(line * LINE), s.buffer_row(elements));
            if k < self.views {
                // SAFETY: the caller promises the elements and the room.
                unsafe {
                    copy(s.size, at, [s.row, s.element], buffer, [row, s.size as isize], [rows, elements])
                };
            }
            pointers.push((buffer, row));
        }
        // SAFETY: these are rows of views and outputs, or buffers of as many.
        unsafe { self.rows(&mut pointers, rows, elements) };
        let stored = self.streams.iter().zip(at).zip(&pointers).skip(self.views);
        for ((s, &at), &(buffer, row)) in stored.filter(|((s, _), _)| s.buffer.is_some()) {
            // SAFETY: the nest has filled the buffer; the elements are this call's own.
            unsafe { copy(s.size, buffer, [row, s.size as isize], at, [s.row, s.element], [rows, elements]) };
        }
    }

    /// # Safety
    /// As for [`Nest::call`].
    unsafe fn rows(&self, streams: &mut [(*mut u8, isize)], rows: usize, elements: usize) {
        let (nest, uniforms) = (self.nest, self.uniforms);
        if !self.streaming {
            // SAFETY: the caller's promise.
            return unsafe { nest.call(streams, uniforms, rows, elements) };
        }
        let stored = streams.iter().zip(&self.streams).skip(self.views);
        let mut steady = stored.map(|((_, row), s)| rows == 1 || *row % (nest.lanes * s.size) as isize == 0);
        if steady.all(|steady| steady) && elements.is_multiple_of(nest.lanes) && self.peel(streams) == Some(0)
        {
            // SAFETY: the caller's promise, and all rows are aligned.
            return unsafe { nest.call_streaming(streams, uniforms, rows, elements) };
        }
        for _ in 0..rows {
            // SAFETY: the caller's promise, of a single row.
            unsafe { self.row(streams, elements, self.peel(streams)) };
            streams.iter_mut().for_each(|(at, row)| *at = at.wrapping_offset(*row));
        }
    }

    /// Elements to where all outputs of a row are aligned for streaming stores.
    fn peel(&self, streams: &[(*mut u8, isize)]) -> Option<usize> {
        let stored = || streams.iter().zip(&self.streams).skip(self.views);
        peel(self.nest.lanes, || stored().map(|((at, _), s)| (at.addr(), s.size)))
    }

    /// Runs a row: what lies before the first aligned element, and the rest behind whole steps, by the plain code.
    ///
    /// # Safety
    /// As for [`Nest::call`]; `peel` elements from the first on, outputs are aligned.
    unsafe fn row(&self, streams: &[(*mut u8, isize)], elements: usize, peel: Option<usize>) {
        let (nest, uniforms) = (self.nest, self.uniforms);
        let from = |start: usize| -> SmallVec<[(*mut u8, isize); 16]> {
            let bytes = self.streams.iter().map(|s| match s.buffer {
                None => start as isize * s.element,
                Some(_) => (start * s.size) as isize,
            });
            streams.iter().zip(bytes).map(|(&(at, row), bytes)| (at.wrapping_offset(bytes), row)).collect()
        };
        // SAFETY: parts of the row; the nest takes none shorter than a step, and computes some elements twice.
        unsafe {
            match peel.filter(|peel| elements - nest.step >= *peel) {
                None => nest.call(streams, uniforms, 1, elements),
                Some(peel) => {
                    let middle = (elements - peel) / nest.step * nest.step;
                    if peel > 0 {
                        nest.call(streams, uniforms, 1, nest.step);
                    }
                    nest.call_streaming(&from(peel), uniforms, 1, middle);
                    if peel + middle < elements {
                        nest.call(&from(elements - nest.step), uniforms, 1, nest.step);
                    }
                }
            }
        }
    }
}

impl TileStream {
    /// Whether the elements of a column lie closer together than those of a row.
    fn goes_by_columns(&self) -> bool {
        self.row != 0 && self.row.unsigned_abs() < self.element.unsigned_abs()
    }

    /// Bytes of a row in its buffer.
    fn buffer_row(&self, elements: usize) -> isize {
        (elements * self.size).next_multiple_of(LINE) as isize
    }
}
