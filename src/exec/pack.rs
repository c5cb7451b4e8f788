//! Copies between elements that lie anywhere and elements one after the other.

use super::walk::Path;

/// Puts `len` elements of `size` bytes, from number `start` of a path on, one after the other.
///
/// # Safety
/// Those elements of the path from `first` are there; `into` has room for them, in other memory.
pub(super) unsafe fn gather(
    first: *const u8,
    path: &Path,
    size: usize,
    start: usize,
    len: usize,
    into: *mut u8,
) {
    let mut into = into;
    path.runs(start, len, |offset, stride, n| {
        // SAFETY: the run is part of the path, and what is written part of the room.
        unsafe {
            copy(size, first.offset(offset), stride, into, size as isize, n);
            into = into.add(n * size);
        }
    });
}

/// Puts elements that lie one after the other where `len` elements of a path lie, from number `start` on.
///
/// # Safety
/// Those elements of the path from `first` are there, for this call alone; `from` has as many, in other memory.
pub(super) unsafe fn scatter(
    from: *const u8,
    first: *mut u8,
    path: &Path,
    size: usize,
    start: usize,
    len: usize,
) {
    let mut from = from;
    path.runs(start, len, |offset, stride, n| {
        // SAFETY: the run is part of the path, and what is read was given.
        unsafe {
            copy(size, from, size as isize, first.offset(offset), stride, n);
            from = from.add(n * size);
        }
    });
}

/// Copies rows of elements of `size` bytes, given the bytes to the next row and to the next element on both sides, and
/// the number of rows and of elements. Goes by columns where their elements lie closer together on either side.
///
/// # Safety
/// They are there on both sides, in different memory, and those written for this call alone.
pub(super) unsafe fn copy_tile(
    size: usize,
    from: *const u8,
    from_strides: [isize; 2],
    to: *mut u8,
    to_strides: [isize; 2],
    counts: [usize; 2],
) {
    let closer = |[row, element]: [isize; 2]| row != 0 && row.unsigned_abs() < element.unsigned_abs();
    let turned = |pair: [isize; 2]| [pair[1], pair[0]];
    let ([from_strides, to_strides], [rows, elements]) = match closer(from_strides) || closer(to_strides) {
        true => ([turned(from_strides), turned(to_strides)], [counts[1], counts[0]]),
        false => ([from_strides, to_strides], counts),
    };
    for row in 0..rows as isize {
        // SAFETY: these are rows, or columns, of what the caller promises.
        unsafe {
            let (from, to) = (from.offset(row * from_strides[0]), to.offset(row * to_strides[0]));
            copy(size, from, from_strides[1], to, to_strides[1], elements);
        }
    }
}

/// Copies `n` elements of `size` bytes between strides.
///
/// # Safety
/// They are there on both sides, in different memory, and those written for this call alone.
unsafe fn copy(size: usize, from: *const u8, from_stride: isize, to: *mut u8, to_stride: isize, n: usize) {
    // SAFETY: the caller keeps the contract; the type has the size.
    unsafe {
        match size {
            1 => copy_as::<u8>(from, from_stride, to, to_stride, n),
            2 => copy_as::<u16>(from, from_stride, to, to_stride, n),
            4 => copy_as::<u32>(from, from_stride, to, to_stride, n),
            8 => copy_as::<u64>(from, from_stride, to, to_stride, n),
            16 => copy_as::<u128>(from, from_stride, to, to_stride, n),
            _ => unreachable!("no element has {size} bytes"),
        }
    }
}

/// Runs shorter than this are not worth a call of the C library's.
const SHORT: usize = 16;

/// # Safety
/// That of [`copy`].
#[inline]
unsafe fn copy_as<T: Copy>(from: *const u8, from_stride: isize, to: *mut u8, to_stride: isize, n: usize) {
    let size = size_of::<T>() as isize;
    // SAFETY: the caller keeps the contract; elements may lie at any address, so that none is taken as aligned.
    unsafe {
        let move_ = |k: usize, from_stride: isize, to_stride: isize| {
            let value = from.offset(k as isize * from_stride).cast::<T>().read_unaligned();
            to.offset(k as isize * to_stride).cast::<T>().write_unaligned(value);
        };
        // The same loop, for strides that the compiler then knows.
        match (from_stride, to_stride) {
            (f, t) if f == size && t == size && n >= SHORT => {
                std::ptr::copy_nonoverlapping(from, to, n * size_of::<T>());
            }
            (f, t) if f == size && t == size => (0..n).for_each(|k| move_(k, size, size)),
            (0, t) if t == size => {
                let value = from.cast::<T>().read_unaligned();
                (0..n).for_each(|k| to.cast::<T>().add(k).write_unaligned(value));
            }
            (f, t) if f == 2 * size && t == size => (0..n).for_each(|k| move_(k, 2 * size, size)),
            (f, t) if t == size => (0..n).for_each(|k| move_(k, f, size)),
            (f, t) if f == size => (0..n).for_each(|k| move_(k, size, t)),
            (f, t) => (0..n).for_each(|k| move_(k, f, t)),
        }
    }
}
