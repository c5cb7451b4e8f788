//! Memory of owned arrays: it begins at a cache line, and asks for huge pages where it is large.
//!
//! The allocator aligns to 16 bytes, where every wide load and store would touch two cache lines. So a
//! vector is made a little longer, and its elements counted from its first cache line on; it stays a
//! vector, zeroed without touching its pages.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Element;

/// Bytes of a cache line, as many as the widest register has.
const LINE: usize = 64;

/// From this many bytes on, an array asks for huge pages, as NumPy's do.
const HUGE_PAGES_FROM: usize = 1 << 22;

/// The elements of an array: those of a vector from `start` on.
pub(crate) struct Memory<T> {
    vector: Vec<T>,
    start: usize,
}

impl<T: Element> Memory<T> {
    /// Zeros from a cache line on, their pages not yet touched; `None` where memory does not suffice.
    pub(super) fn zeros(len: usize) -> Option<Memory<T>> {
        let room = len.checked_add(LINE / size_of::<T>() - 1)?;
        let mut vector: Vec<T> = bytemuck::allocation::try_zeroed_vec(room).ok()?;
        ask_for_huge_pages(&mut vector);
        // An element that is aligned less than its size may never come by a line's beginning; then it begins anywhere.
        let beside = vector.as_ptr().addr() % LINE;
        let skip = if beside == 0 { 0 } else { LINE - beside };
        let start = if skip.is_multiple_of(size_of::<T>()) { skip / size_of::<T>() } else { 0 };
        vector.truncate(start + len);
        Some(Memory { vector, start })
    }

    /// The vector, and where in it the elements start.
    pub(super) fn into_parts(self) -> (Vec<T>, usize) {
        (self.vector, self.start)
    }

    /// The elements alone, which move to the vector's start where they are not there.
    pub(super) fn into_vec(self) -> Vec<T> {
        let (mut vector, start) = self.into_parts();
        vector.drain(..start);
        vector
    }
}

/// A vector of the caller's stays as it is.
impl<T> From<Vec<T>> for Memory<T> {
    fn from(vector: Vec<T>) -> Self {
        Memory { vector, start: 0 }
    }
}

impl<T> Deref for Memory<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.vector[self.start..]
    }
}

impl<T> DerefMut for Memory<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.vector[self.start..]
    }
}

/// Not the vector's own clone, which would lie at another distance from a cache line.
impl<T: Element> Clone for Memory<T> {
    fn clone(&self) -> Self {
        let mut copy = Memory::zeros(self.len()).expect("memory for a copy");
        copy.copy_from_slice(self);
        copy
    }
}

impl<T: fmt::Debug> fmt::Debug for Memory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(target_os = "linux")]
fn ask_for_huge_pages<T: Element>(elements: &mut [T]) {
    use rustix::mm::{Advice, madvise};
    const PAGE: usize = 4096;
    let range = elements.as_mut_ptr_range();
    let bytes = range.end as usize - range.start as usize;
    if bytes < HUGE_PAGES_FROM {
        return;
    }
    let start = range.start.cast::<u8>();
    let skip = start.addr().next_multiple_of(PAGE) - start.addr();
    let whole = (bytes - skip) / PAGE * PAGE;
    // SAFETY: the range lies inside the vector's memory, in whole pages, and this advice changes
    // no contents. A refusal costs speed only, so it is not looked at.
    let _ = unsafe { madvise(start.add(skip).cast(), whole, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_huge_pages<T: Element>(_: &mut [T]) {
    let _ = HUGE_PAGES_FROM;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Element + From<bool> + PartialEq + fmt::Debug>() {
        for len in [0, 1, 7, 8, 63, 64, 1000, 1_000_000] {
            let mut memory = Memory::<T>::zeros(len).unwrap();
            assert!(memory.iter().all(|&x| x == T::default()));
            for (at, x) in memory.iter_mut().enumerate() {
                *x = T::from(at % 3 == 1);
            }
            let copy = memory.clone();
            assert_eq!(*copy, *memory);
            for memory in [&memory, &copy] {
                assert_eq!(memory.len(), len);
                assert!(memory.as_ptr().addr().is_multiple_of(LINE), "{len} elements");
            }
            assert_eq!(memory.into_vec(), *copy);
        }
        assert!(Memory::<T>::zeros(usize::MAX).is_none());
    }

    /// Pages that are touched before huge ones are asked for stay small.
    #[cfg(target_os = "linux")]
    #[test]
    fn pages_of_zeros_are_not_touched() {
        use std::os::unix::fs::FileExt;
        const PAGE: usize = 4096;
        let pages = std::fs::File::open("/proc/self/pagemap").unwrap();
        // Some may get memory that others gave back.
        let arrays: Vec<_> = (0..32).map(|_| Memory::<f64>::zeros(1_000_000).unwrap()).collect();
        let untouched = arrays.iter().filter(|array| {
            let mut entries = vec![0; size_of_val(&array[..]) / PAGE * 8];
            pages.read_exact_at(&mut entries, (array.as_ptr().addr() / PAGE * 8) as u64).unwrap();
            let present = entries.chunks_exact(8).filter(|entry| entry[7] >> 7 != 0);
            present.count() <= 1
        });
        assert!(untouched.count() > 16);
    }

    #[test]
    fn own_memory_begins_at_a_cache_line() {
        check::<bool>();
        check::<i8>();
        check::<u16>();
        check::<i32>();
        check::<i64>();
        check::<f32>();
        check::<f64>();
    }
}
