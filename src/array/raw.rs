//! Memory with a shape: a first element, a type, lengths and strides.
//!
//! It may be anybody's, so that no slice is ever made of it: elements are read and written one by one,
//! at any address. Whoever makes a [`Raw`] promises that its elements are there; nothing here reaches
//! beyond them.

use smallvec::SmallVec;

use super::Shape;
use crate::types::{DType, Scalar};

/// Bytes from one element to the next along each dimension, outermost first; any sign, or 0.
pub(crate) type Strides = SmallVec<[isize; 4]>;

/// Where the elements of an array lie.
#[derive(Debug)]
pub(crate) struct Raw {
    /// The element at index (0, 0, …); it need not be aligned.
    first: *mut u8,
    dtype: DType,
    shape: Shape,
    strides: Strides,
}

impl Raw {
    /// # Safety
    /// For each index within `shape`, the bytes of an element of `dtype` lie at `first` plus the sum of
    /// index times stride, in one allocation, for as long as anybody uses this or a copy of it. `strides`
    /// are as many as there are dimensions.
    pub unsafe fn new(first: *mut u8, dtype: DType, shape: Shape, strides: Strides) -> Raw {
        debug_assert_eq!(shape.len(), strides.len());
        Raw { first, dtype, shape, strides }
    }

    pub fn first(&self) -> *mut u8 {
        self.first
    }

    pub fn dtype(&self) -> DType {
        self.dtype
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    pub fn strides(&self) -> &[isize] {
        &self.strides
    }

    /// The address of an element. Panics where `index` is not within the shape.
    pub fn at(&self, index: &[usize]) -> *mut u8 {
        assert_eq!(index.len(), self.shape.len());
        let mut offset = 0;
        for ((&i, &n), &stride) in index.iter().zip(&*self.shape).zip(&self.strides) {
            assert!(i < n, "{index:?} of {:?}", self.shape);
            offset += i as isize * stride;
        }
        self.first.wrapping_offset(offset)
    }
}

/// The element of a type at an address, which need not be aligned.
///
/// # Safety
/// It is there, and nobody writes it meanwhile.
pub(crate) unsafe fn read(at: *const u8, dtype: DType) -> Scalar {
    let mut bits = [0; 16];
    // SAFETY: the caller keeps the contract.
    unsafe { std::ptr::copy_nonoverlapping(at, bits.as_mut_ptr(), dtype.size()) };
    Scalar::from_bits(dtype, u128::from_le_bytes(bits))
}

/// Puts an element at an address, which need not be aligned.
///
/// # Safety
/// It is there to be written, and nobody else reads or writes it meanwhile.
pub(crate) unsafe fn write(at: *mut u8, value: Scalar) {
    let bits = value.to_bits().to_le_bytes();
    // SAFETY: the caller keeps the contract.
    unsafe { std::ptr::copy_nonoverlapping(bits.as_ptr(), at, value.dtype().size()) };
}

/// Not derived: vectors of plain words are copied at once.
impl Clone for Raw {
    fn clone(&self) -> Raw {
        let Raw { first, dtype, .. } = *self;
        Raw { first, dtype, shape: self.shape.clone(), strides: SmallVec::from_slice(&self.strides) }
    }
}

/// The strides of elements one after the other, the last index fastest.
pub(crate) fn contiguous(shape: &[usize], dtype: DType) -> Strides {
    let mut stride = dtype.size() as isize;
    let mut strides: Strides = SmallVec::from_elem(0, shape.len());
    for (at, &n) in strides.iter_mut().zip(shape).rev() {
        *at = stride;
        // An array without elements may have lengths whose product is no number.
        stride = stride.wrapping_mul(n as isize);
    }
    strides
}

/// Whether no two elements of `size` bytes share one, as far as sorting strides can tell: false for a few
/// layouts of crossed strides where none do.
pub(crate) fn apart(shape: &[usize], strides: &[isize], size: usize) -> bool {
    if shape.contains(&0) {
        return true;
    }
    let axes = shape.iter().zip(strides).filter(|&(&n, _)| n > 1);
    let mut axes: SmallVec<[(usize, usize); 4]> = axes.map(|(&n, s)| (s.unsigned_abs(), n)).collect();
    axes.sort_unstable();
    // Bytes from the first to the end of the last element, along the dimensions seen so far.
    let mut extent = size;
    axes.iter().all(|&(stride, n)| {
        let fits = stride >= extent;
        extent = extent.saturating_add(stride.saturating_mul(n - 1));
        fits
    })
}

/// The number of elements of `size` bytes that lie one after the other in some order of dimensions; `None` where the
/// strides are no such.
pub(crate) fn fill(shape: &[usize], strides: &[isize], size: usize) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let mut axes: SmallVec<[(isize, usize); 4]> =
        strides.iter().zip(shape).filter(|&(_, &n)| n != 1).map(|(&stride, &n)| (stride, n)).collect();
    axes.sort_unstable();
    let mut elements = 1;
    for (stride, n) in axes {
        if stride != (elements * size) as isize {
            return None;
        }
        elements *= n;
    }
    Some(elements)
}

/// Whether elements of `size` bytes lie one after the other, the last index fastest. Strides of dimensions
/// with one element, and of arrays without elements, do not matter.
pub(crate) fn is_contiguous(shape: &[usize], strides: &[isize], size: usize) -> bool {
    let mut expected = size as isize;
    shape.contains(&0)
        || shape.iter().zip(strides).rev().all(|(&n, &stride)| {
            let fits = n == 1 || stride == expected;
            expected = expected.wrapping_mul(n as isize);
            fits
        })
}
