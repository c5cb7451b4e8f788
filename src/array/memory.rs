//! Memory for large results.

use super::Element;

/// From this many bytes on, an array asks for huge pages, as NumPy's do.
const HUGE_PAGES_FROM: usize = 1 << 22;

/// A vector of zeros, its pages not yet touched; `None` where memory does not suffice.
pub(super) fn zeros<T: Element>(len: usize) -> Option<Vec<T>> {
    // vec! aborts the process on failure; an untouched reservation asks first.
    let mut probe = Vec::<T>::new();
    probe.try_reserve_exact(len).ok()?;
    drop(probe);
    let mut elements = vec![T::default(); len];
    ask_for_huge_pages(&mut elements);
    Some(elements)
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
    let skip = start.align_offset(PAGE);
    let whole = (bytes - skip) / PAGE * PAGE;
    // SAFETY: the range lies inside the vector's memory, in whole pages, and this advice changes
    // no contents. A refusal costs speed only, so it is not looked at.
    let _ = unsafe { madvise(start.add(skip).cast(), whole, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_huge_pages<T: Element>(_: &mut [T]) {
    let _ = HUGE_PAGES_FROM;
}
