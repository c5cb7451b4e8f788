//! Arrays: owned, and borrowed from the caller, of any number of dimensions, contiguous in C order.
//!
//! This module knows memory and shapes. It must not know programs.

mod element;
mod memory;
#[cfg(feature = "ndarray")]
mod ndarray;
mod shape;

pub use element::Element;
pub(crate) use element::{Elements, ElementsMut};
pub use shape::Shape;

use crate::diag::{Error, ErrorKind, Result, many};
use crate::types::{DType, Scalar};
use element::Data;
use memory::Memory;

/// An array that owns its elements; a single value has the shape `()`.
#[derive(Clone, Debug)]
pub struct Array {
    shape: Shape,
    data: Data,
}

/// An array borrowed from the caller.
#[derive(Clone, Debug)]
pub struct ArrayView<'a> {
    shape: Shape,
    elements: Elements<'a>,
}

/// An array borrowed from the caller for results.
#[derive(Debug)]
pub struct ArrayViewMut<'a> {
    shape: Shape,
    elements: ElementsMut<'a>,
}

fn check_len(shape: &Shape, elements: usize) -> Result<()> {
    if shape.checked_len() == Some(elements) {
        return Ok(());
    }
    let elements = many(elements, "element");
    Err(Error::new(ErrorKind::Shape, format!("{elements} cannot fill an array of shape {shape}")))
}

impl Array {
    /// An array of zeros, from a cache line on. Large ones ask for huge pages. [`ErrorKind::Limit`] where
    /// memory does not suffice.
    pub fn zeros(dtype: DType, shape: impl Into<Shape>) -> Result<Array> {
        let shape = shape.into();
        let data = shape.checked_len().and_then(|len| Data::zeros(dtype, len));
        match data {
            Some(data) => Ok(Array { data, shape }),
            None => Err(Error::new(
                ErrorKind::Limit,
                format!("no memory for an array of {dtype} of shape {shape}"),
            )),
        }
    }

    /// An array of these elements, in C order, which stay where they are; [`ErrorKind::Shape`] where
    /// they do not fill it.
    pub fn from_vec<T: Element>(elements: Vec<T>, shape: impl Into<Shape>) -> Result<Array> {
        let shape = shape.into();
        check_len(&shape, elements.len())?;
        Ok(Array { shape, data: T::into_data(elements.into()) })
    }

    /// A single value.
    pub fn from_scalar(value: Scalar) -> Array {
        let data = match value {
            Scalar::Bool(v) => Data::Bool(vec![v].into()),
            Scalar::Int32(v) => Data::Int32(vec![v].into()),
            Scalar::Int64(v) => Data::Int64(vec![v].into()),
            Scalar::Float32(v) => Data::Float32(vec![v].into()),
            Scalar::Float64(v) => Data::Float64(vec![v].into()),
        };
        Array { shape: Shape::default(), data }
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.data.elements().dtype()
    }

    /// Length along each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.data.elements().len()
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in C order, if they are of type `T`.
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        T::slice(self.data.elements())
    }

    /// The elements in C order, to write, if they are of type `T`.
    pub fn as_mut_slice<T: Element>(&mut self) -> Option<&mut [T]> {
        T::slice_mut(self.data.elements_mut())
    }

    /// The elements in C order, if they are of type `T`; otherwise the array back.
    ///
    /// A vector given to [`from_vec`](Array::from_vec) comes back as it is. Arrays that Brolga made begin
    /// at a cache line within their vector, so that this moves the elements to its start, in one pass;
    /// [`as_slice`](Array::as_slice) and the conversion to an array of the `ndarray` crate move none.
    pub fn into_vec<T: Element>(self) -> Result<Vec<T>, Array> {
        self.into_memory().map(Memory::into_vec)
    }

    fn into_memory<T: Element>(self) -> Result<Memory<T>, Array> {
        if self.dtype() != T::DTYPE {
            return Err(self);
        }
        Ok(T::from_data(self.data).expect("the type was compared"))
    }

    /// Element `index` in C order. Panics past the end.
    pub fn get(&self, index: usize) -> Scalar {
        self.data.elements().get(index)
    }

    /// The value of an array of one element.
    pub fn scalar(&self) -> Option<Scalar> {
        (self.len() == 1).then(|| self.get(0))
    }

    /// Borrows it as an argument.
    pub fn view(&self) -> ArrayView<'_> {
        ArrayView { shape: self.shape.clone(), elements: self.data.elements() }
    }

    pub(crate) fn elements_mut(&mut self) -> ElementsMut<'_> {
        self.data.elements_mut()
    }

    /// Borrows it for a result.
    pub fn view_mut(&mut self) -> ArrayViewMut<'_> {
        ArrayViewMut { shape: self.shape.clone(), elements: self.data.elements_mut() }
    }
}

impl<'a> ArrayView<'a> {
    /// These elements in C order as an array of `shape`; [`ErrorKind::Shape`] where they do not fill it.
    pub fn new<T: Element>(elements: &'a [T], shape: impl Into<Shape>) -> Result<ArrayView<'a>> {
        let shape = shape.into();
        check_len(&shape, elements.len())?;
        Ok(ArrayView { shape, elements: T::elements(elements) })
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.elements.dtype()
    }

    /// Length along each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in C order, if they are of type `T`.
    pub fn as_slice<T: Element>(&self) -> Option<&'a [T]> {
        T::slice(self.elements)
    }

    /// Element `index` in C order. Panics past the end.
    pub fn get(&self, index: usize) -> Scalar {
        self.elements.get(index)
    }

    pub(crate) fn elements(&self) -> Elements<'a> {
        self.elements
    }
}

impl<'a, T: Element> From<&'a [T]> for ArrayView<'a> {
    fn from(elements: &'a [T]) -> Self {
        ArrayView { shape: elements.len().into(), elements: T::elements(elements) }
    }
}

impl<'a> ArrayViewMut<'a> {
    /// As [`ArrayView::new`], to write.
    pub fn new<T: Element>(elements: &'a mut [T], shape: impl Into<Shape>) -> Result<ArrayViewMut<'a>> {
        let shape = shape.into();
        check_len(&shape, elements.len())?;
        Ok(ArrayViewMut { shape, elements: T::elements_mut(elements) })
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.elements.dtype()
    }

    /// Length along each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same memory, borrowed for a shorter time.
    pub fn reborrow(&mut self) -> ArrayViewMut<'_> {
        ArrayViewMut { shape: self.shape.clone(), elements: self.elements.reborrow() }
    }

    pub(crate) fn elements_mut(&mut self) -> ElementsMut<'_> {
        self.elements.reborrow()
    }
}

impl<'a, T: Element> From<&'a mut [T]> for ArrayViewMut<'a> {
    fn from(elements: &'a mut [T]) -> Self {
        ArrayViewMut { shape: elements.len().into(), elements: T::elements_mut(elements) }
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

impl<'a> From<&'a mut Array> for ArrayViewMut<'a> {
    fn from(array: &'a mut Array) -> Self {
        array.view_mut()
    }
}
