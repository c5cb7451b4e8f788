//! Arrays that others own: borrowed to read, or for results.

use std::marker::PhantomData;

use super::raw::{self, Raw};
use super::shape::MultiIndex;
use super::{Element, Shape};
use crate::diag::{Error, ErrorKind, Result, many};
use crate::layout::MOST_DIMENSIONS;
use crate::types::{DType, Scalar};

/// An array borrowed from the caller, of any layout: elements may lie in any distance, forwards, backwards or
/// repeated, at any address.
#[derive(Clone, Debug)]
pub struct ArrayView<'a> {
    raw: Raw,
    memory: PhantomData<&'a [u8]>,
}

/// An array borrowed from the caller for results, of any layout.
#[derive(Debug)]
pub struct ArrayViewMut<'a> {
    raw: Raw,
    /// No argument of a call can lie in the same memory: Rust itself has seen to it.
    alone: bool,
    memory: PhantomData<&'a mut [u8]>,
}

// SAFETY: whoever made the view has promised that nobody writes its elements for as long as it lives, but
// for the very call that it is given to; so threads may read it as they would a slice.
unsafe impl Send for ArrayView<'_> {}
// SAFETY: as above.
unsafe impl Sync for ArrayView<'_> {}
// SAFETY: a shared view gives its shape alone; only who has it exclusively reaches the elements.
unsafe impl Send for ArrayViewMut<'_> {}
// SAFETY: as above.
unsafe impl Sync for ArrayViewMut<'_> {}

/// Refuses elements of type `T` that do not fill `shape`.
pub(super) fn check_len<T: Element>(shape: &Shape, elements: usize) -> Result<()> {
    if shape.elements_of(size_of::<T>()) == Some(elements) {
        return Ok(());
    }
    let elements = many(elements, "element");
    Err(Error::new(ErrorKind::Shape, format!("{elements} cannot fill an array of shape {shape}")))
}

/// What a caller says of memory, as far as it can be checked.
fn check_layout(shape: &Shape, strides: &[isize], dtype: DType) -> Result<()> {
    let wrong = |message: String| Err(Error::new(ErrorKind::Shape, message));
    if shape.len() > MOST_DIMENSIONS {
        return wrong(format!("an array has {} dimensions; the most are {MOST_DIMENSIONS}", shape.len()));
    }
    if strides.len() != shape.len() {
        let of = many(shape.len(), "dimension");
        return wrong(format!("{} for an array of {of}", many(strides.len(), "stride")));
    }
    if shape.elements_of(dtype.size()).is_none() {
        return wrong(format!("an array of shape {shape} has too many elements"));
    }
    Ok(())
}

impl<'a> ArrayView<'a> {
    /// These elements in C order as an array of `shape`; [`ErrorKind::Shape`] where they do not fill it.
    pub fn new<T: Element>(elements: &'a [T], shape: impl Into<Shape>) -> Result<ArrayView<'a>> {
        let shape = shape.into();
        check_len::<T>(&shape, elements.len())?;
        let strides = raw::contiguous(&shape, T::DTYPE);
        Ok(ArrayView::of(elements, shape, &strides))
    }

    /// `shape` is filled by the elements, one after the other in some order of dimensions, as the strides say.
    pub(super) fn of<T: Element>(elements: &'a [T], shape: Shape, strides: &[isize]) -> ArrayView<'a> {
        debug_assert!(raw::fill(&shape, strides, T::DTYPE.size()) == Some(elements.len()));
        let first = elements.as_ptr().cast_mut().cast();
        // SAFETY: the elements are those of the slice, which is borrowed as long; they are only read.
        unsafe { ArrayView::from_raw(Raw::new(first, T::DTYPE, shape, strides.into())) }
    }

    /// # Safety
    /// The memory is borrowed for `'a`, to be read.
    pub(super) unsafe fn from_raw(raw: Raw) -> ArrayView<'a> {
        ArrayView { raw, memory: PhantomData }
    }

    /// An array in memory of any layout: the element at index `i` lies at `first` plus the sum of
    /// `i[k] * strides[k]` over all dimensions, in bytes. Strides may be negative or 0, and elements may lie
    /// at any address, aligned or not. Bytes of a bool that are not 0 count as true.
    ///
    /// [`ErrorKind::Shape`] where there are not as many strides as dimensions, where the elements are more
    /// than memory can hold, and for more than 64 dimensions.
    ///
    /// # Safety
    /// Every element lies in one allocation, which stays valid for reads for `'a`. Nobody writes the elements
    /// meanwhile, on any thread, except for a call of a kernel that is given this view beside one for
    /// results.
    pub unsafe fn from_raw_parts(
        first: *const u8,
        dtype: DType,
        shape: impl Into<Shape>,
        strides: &[isize],
    ) -> Result<ArrayView<'a>> {
        let shape = shape.into();
        check_layout(&shape, strides, dtype)?;
        // SAFETY: the caller's promise; nothing is written through a view to read.
        Ok(unsafe { ArrayView::from_raw(Raw::new(first.cast_mut(), dtype, shape, strides.into())) })
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.raw.dtype()
    }

    /// Length along each dimension.
    pub fn shape(&self) -> &[usize] {
        self.raw.shape()
    }

    /// Bytes from one element to the next along each dimension.
    pub fn strides(&self) -> &[isize] {
        self.raw.strides()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.raw.shape().elements()
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.shape().contains(&0)
    }

    /// Element `index` in C order. Panics past the end.
    pub fn get(&self, index: usize) -> Scalar {
        self.at(MultiIndex::of(index, self.shape()).get())
    }

    /// The element at an index of as many numbers as there are dimensions. Panics past the end of one.
    pub(crate) fn at(&self, index: &[usize]) -> Scalar {
        // SAFETY: the memory is borrowed to read, so that nobody writes it; a call of a kernel that does, into
        // results in the same memory, is over or has not begun.
        unsafe { raw::read(self.raw.at(index), self.dtype()) }
    }

    pub(crate) fn raw(&self) -> &Raw {
        &self.raw
    }
}

impl<'a, T: Element> From<&'a [T]> for ArrayView<'a> {
    fn from(elements: &'a [T]) -> Self {
        ArrayView::of(elements, elements.len().into(), &[size_of::<T>() as isize])
    }
}

impl<'a> ArrayViewMut<'a> {
    /// As [`ArrayView::new`], to write.
    pub fn new<T: Element>(elements: &'a mut [T], shape: impl Into<Shape>) -> Result<ArrayViewMut<'a>> {
        let shape = shape.into();
        check_len::<T>(&shape, elements.len())?;
        let strides = raw::contiguous(&shape, T::DTYPE);
        Ok(ArrayViewMut::of(elements, shape, &strides))
    }

    /// `shape` is filled by the elements, one after the other in some order of dimensions, as the strides say.
    pub(super) fn of<T: Element>(elements: &'a mut [T], shape: Shape, strides: &[isize]) -> ArrayViewMut<'a> {
        debug_assert!(raw::fill(&shape, strides, T::DTYPE.size()) == Some(elements.len()));
        let first = elements.as_mut_ptr().cast();
        // SAFETY: the elements are those of the slice, which is borrowed exclusively and as long.
        unsafe { ArrayViewMut::from_raw(Raw::new(first, T::DTYPE, shape, strides.into())).alone() }
    }

    /// # Safety
    /// The memory is borrowed exclusively for `'a`, to be written; arguments of the same call may lie in it.
    pub(super) unsafe fn from_raw(raw: Raw) -> ArrayViewMut<'a> {
        ArrayViewMut { raw, alone: false, memory: PhantomData }
    }

    /// The same, of which Rust knows that nobody else can reach its memory.
    pub(super) fn alone(self) -> ArrayViewMut<'a> {
        ArrayViewMut { alone: true, ..self }
    }

    /// Whether it can be told without looking that no argument lies in the same memory.
    pub(crate) fn is_alone(&self) -> bool {
        self.alone
    }

    /// As [`ArrayView::from_raw_parts`], to write. No two elements may lie in the same bytes: that is an
    /// error of kind [`ErrorKind::Shape`] as well.
    ///
    /// # Safety
    /// Every element lies in one allocation, which stays valid for reads and writes for `'a`. Nobody else
    /// reads or writes the elements meanwhile, on any thread; but arguments of the same call may lie in the
    /// same memory.
    pub unsafe fn from_raw_parts(
        first: *mut u8,
        dtype: DType,
        shape: impl Into<Shape>,
        strides: &[isize],
    ) -> Result<ArrayViewMut<'a>> {
        let shape = shape.into();
        check_layout(&shape, strides, dtype)?;
        if !raw::apart(&shape, strides, dtype.size()) {
            let message =
                format!("elements of a result lie in the same bytes: shape {shape}, strides {strides:?}");
            return Err(Error::new(ErrorKind::Shape, message));
        }
        // SAFETY: the caller's promise.
        Ok(unsafe { ArrayViewMut::from_raw(Raw::new(first, dtype, shape, strides.into())) })
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.raw.dtype()
    }

    /// Length along each dimension.
    pub fn shape(&self) -> &[usize] {
        self.raw.shape()
    }

    /// Bytes from one element to the next along each dimension.
    pub fn strides(&self) -> &[isize] {
        self.raw.strides()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.raw.shape().elements()
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.shape().contains(&0)
    }

    /// The same memory, borrowed for a shorter time.
    pub fn reborrow(&mut self) -> ArrayViewMut<'_> {
        // SAFETY: while the copy is used, this view is not.
        let copy = unsafe { ArrayViewMut::from_raw(self.raw.clone()) };
        ArrayViewMut { alone: self.alone, ..copy }
    }

    /// Changes the element at an index of as many numbers as there are dimensions. Panics past the end of
    /// one, and for a value of another type.
    #[cfg(test)]
    pub(crate) fn set(&mut self, index: &[usize], value: Scalar) {
        assert_eq!(value.dtype(), self.dtype());
        // SAFETY: the memory is borrowed exclusively, to be written.
        unsafe { raw::write(self.raw.at(index), value) }
    }

    pub(crate) fn raw(&self) -> &Raw {
        &self.raw
    }
}

impl<'a, T: Element> From<&'a mut [T]> for ArrayViewMut<'a> {
    fn from(elements: &'a mut [T]) -> Self {
        let len = elements.len();
        ArrayViewMut::of(elements, len.into(), &[size_of::<T>() as isize])
    }
}

impl<'a, T: Element> From<&'a mut Vec<T>> for ArrayViewMut<'a> {
    fn from(elements: &'a mut Vec<T>) -> Self {
        elements.as_mut_slice().into()
    }
}

impl<'a, T: Element, const N: usize> From<&'a mut [T; N]> for ArrayViewMut<'a> {
    fn from(elements: &'a mut [T; N]) -> Self {
        elements.as_mut_slice().into()
    }
}
