//! Memory of runs, kept by their kernel so that a warmed run allocates nothing.

use std::sync::Mutex;

/// What runs of one kernel share.
pub(crate) struct Scratch {
    results: Pile<Vec<u64>>,
    lines: Pile<Lines>,
    memory: usize,
}

/// Without a limit.
impl Default for Scratch {
    fn default() -> Scratch {
        Scratch::new(usize::MAX)
    }
}

impl Scratch {
    /// Results of the blocks of a loop may take `memory` bytes.
    pub fn new(memory: usize) -> Scratch {
        Scratch { results: Pile::default(), lines: Pile::default(), memory }
    }

    /// Bytes that the results of blocks may take.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Words for the results of blocks.
    pub(super) fn results(&self) -> Lent<'_, Vec<u64>> {
        self.results.lend()
    }

    /// Buffers for packed elements.
    pub(super) fn lines(&self) -> Lent<'_, Lines> {
        self.lines.lend()
    }
}

/// Things that are not in use.
#[derive(Default)]
struct Pile<T>(Mutex<Vec<T>>);

impl<T: Default> Pile<T> {
    fn lend(&self) -> Lent<'_, T> {
        let one = self.0.lock().unwrap_or_else(|e| e.into_inner()).pop();
        Lent { one: one.unwrap_or_default(), pile: self }
    }
}

/// One that goes back to its pile.
pub(super) struct Lent<'a, T: Default> {
    one: T,
    pile: &'a Pile<T>,
}

impl<T: Default> std::ops::Deref for Lent<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.one
    }
}

impl<T: Default> std::ops::DerefMut for Lent<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.one
    }
}

impl<T: Default> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        self.pile.0.lock().unwrap_or_else(|e| e.into_inner()).push(std::mem::take(&mut self.one));
    }
}

/// Bytes of a line.
pub(super) const LINE: usize = size_of::<Line>();

/// A line of the caches.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Line(#[expect(dead_code, reason = "reached through pointers")] [u64; 8]);

/// Memory that begins at a line.
#[derive(Default)]
pub(super) struct Lines(Vec<Line>);

impl Lines {
    /// There are at least so many lines afterwards.
    pub fn make_room(&mut self, lines: usize) {
        if self.0.len() < lines {
            self.0.resize(lines, Line([0; 8]));
        }
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The first line. It is good until there is made room again.
    pub fn first(&mut self) -> *mut Line {
        self.0.as_mut_ptr()
    }
}
