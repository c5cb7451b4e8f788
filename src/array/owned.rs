//! Arrays that own their elements, contiguous in C order.

use super::element::Data;
use super::memory::Memory;
use super::{ArrayView, ArrayViewMut, Element, Shape, view};
use crate::diag::{Error, ErrorKind, Result};
use crate::types::{DType, Scalar};

/// An array that owns its elements; a single value has the shape `()`.
#[derive(Clone, Debug)]
pub struct Array {
    shape: Shape,
    data: Data,
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
        view::check_len(&shape, elements.len())?;
        Ok(Array { shape, data: T::into_data(elements.into()) })
    }

    /// A single value.
    pub fn from_scalar(value: Scalar) -> Array {
        Array { shape: Shape::default(), data: Data::single(value) }
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.data.dtype()
    }

    /// Length along each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in C order, if they are of type `T`.
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        T::slice(&self.data)
    }

    /// The elements in C order, to write, if they are of type `T`.
    pub fn as_mut_slice<T: Element>(&mut self) -> Option<&mut [T]> {
        T::slice_mut(&mut self.data)
    }

    /// The elements in C order, if they are of type `T`; otherwise the array back.
    ///
    /// A vector given to [`from_vec`](Array::from_vec) comes back as it is. Arrays that Brolga made begin
    /// at a cache line within their vector, so that this moves the elements to its start, in one pass;
    /// [`as_slice`](Array::as_slice) and the conversion to an array of the `ndarray` crate move none.
    pub fn into_vec<T: Element>(self) -> Result<Vec<T>, Array> {
        self.into_memory().map(Memory::into_vec)
    }

    pub(super) fn into_memory<T: Element>(self) -> Result<Memory<T>, Array> {
        if self.dtype() != T::DTYPE {
            return Err(self);
        }
        Ok(T::from_data(self.data).expect("the type was compared"))
    }

    /// Element `index` in C order. Panics past the end.
    pub fn get(&self, index: usize) -> Scalar {
        self.data.get(index)
    }

    /// The value of an array of one element.
    pub fn scalar(&self) -> Option<Scalar> {
        (self.len() == 1).then(|| self.get(0))
    }

    /// Borrows it as an argument.
    pub fn view(&self) -> ArrayView<'_> {
        self.data.view(self.shape.clone())
    }

    /// Borrows it for a result.
    pub fn view_mut(&mut self) -> ArrayViewMut<'_> {
        self.data.view_mut(self.shape.clone())
    }
}

impl<'a> From<&'a mut Array> for ArrayViewMut<'a> {
    fn from(array: &'a mut Array) -> Self {
        array.view_mut()
    }
}
