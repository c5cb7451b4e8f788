//! Arrays that own their elements, one after the other in some order of their dimensions.

use super::element::Data;
use super::memory::Memory;
use super::raw::{self, Strides};
use super::{ArrayView, ArrayViewMut, Element, MultiIndex, Shape, view};
use crate::diag::{Error, ErrorKind, Result};
use crate::types::{DType, Scalar};

/// An array that owns its elements; a single value has the shape `()`. They lie in C order, but for results that were
/// asked for in another [`Order`](super::Order).
#[derive(Clone, Debug)]
pub struct Array {
    shape: Shape,
    strides: Strides,
    data: Data,
}

impl Array {
    /// An array of zeros, from a cache line on. Large ones ask for huge pages. [`ErrorKind::Limit`] where
    /// memory does not suffice.
    pub fn zeros(dtype: DType, shape: impl Into<Shape>) -> Result<Array> {
        let shape = shape.into();
        let strides = raw::contiguous(&shape, dtype);
        Array::with_strides(dtype, shape, strides)
    }

    /// The same with elements in another order: `axes` are the dimensions, outermost in memory first.
    pub(crate) fn zeros_in_order(dtype: DType, shape: &[usize], axes: &[usize]) -> Result<Array> {
        let mut stride = dtype.size() as isize;
        let mut strides = Strides::from_elem(0, shape.len());
        for &axis in axes.iter().rev() {
            strides[axis] = stride;
            stride = stride.wrapping_mul(shape[axis] as isize);
        }
        Array::with_strides(dtype, shape.into(), strides)
    }

    /// The strides are those of elements one after the other.
    fn with_strides(dtype: DType, shape: Shape, strides: Strides) -> Result<Array> {
        let data = shape.elements_of(dtype.size()).and_then(|len| Data::zeros(dtype, len));
        match data {
            Some(data) => Ok(Array { data, shape, strides }),
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
        view::check_len::<T>(&shape, elements.len())?;
        Ok(Array { strides: raw::contiguous(&shape, T::DTYPE), shape, data: T::into_data(elements.into()) })
    }

    /// A single value.
    pub fn from_scalar(value: Scalar) -> Array {
        Array { shape: Shape::default(), strides: Strides::new(), data: Data::single(value) }
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

    /// Bytes from one element to the next along each dimension.
    pub fn strides(&self) -> &[isize] {
        &self.strides
    }

    /// Whether the elements lie in C order.
    fn is_contiguous(&self) -> bool {
        raw::is_contiguous(&self.shape, &self.strides, self.dtype().size())
    }

    /// The elements in C order, if they are of type `T` and lie so.
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        T::slice(&self.data).filter(|_| self.is_contiguous())
    }

    /// The elements in C order, to write, if they are of type `T` and lie so.
    pub fn as_mut_slice<T: Element>(&mut self) -> Option<&mut [T]> {
        let contiguous = self.is_contiguous();
        T::slice_mut(&mut self.data).filter(|_| contiguous)
    }

    /// The elements in C order, if they are of type `T`; otherwise the array back.
    ///
    /// A vector given to [`from_vec`](Array::from_vec) comes back as it is. Arrays that Brolga made begin
    /// at a cache line within their vector, so that this moves the elements to its start, in one pass;
    /// [`as_slice`](Array::as_slice) and the conversion to an array of the `ndarray` crate move none. Elements that
    /// lie in another order are copied.
    pub fn into_vec<T: Element>(self) -> Result<Vec<T>, Array> {
        if self.dtype() != T::DTYPE {
            return Err(self);
        }
        if !self.is_contiguous() {
            let elements = T::slice(&self.data).expect("the type was compared");
            let mut index = MultiIndex::first(&self.shape);
            return Ok((0..self.len())
                .map(|_| {
                    let element = elements[self.place(index.get())];
                    index.advance();
                    element
                })
                .collect());
        }
        self.into_memory().map(Memory::into_vec)
    }

    /// The elements in the order in which they lie.
    pub(super) fn into_memory<T: Element>(self) -> Result<Memory<T>, Array> {
        if self.dtype() != T::DTYPE {
            return Err(self);
        }
        Ok(T::from_data(self.data).expect("the type was compared"))
    }

    /// Which of the elements as they lie has this index.
    fn place(&self, index: &[usize]) -> usize {
        let bytes: isize = index.iter().zip(&self.strides).map(|(&i, &stride)| i as isize * stride).sum();
        bytes as usize / self.dtype().size()
    }

    /// Element `index` in C order. Panics past the end.
    pub fn get(&self, index: usize) -> Scalar {
        match self.is_contiguous() {
            true => self.data.get(index),
            false => self.data.get(self.place(MultiIndex::of(index, &self.shape).get())),
        }
    }

    /// The value of an array of one element.
    pub fn scalar(&self) -> Option<Scalar> {
        (self.len() == 1).then(|| self.get(0))
    }

    /// Borrows it as an argument.
    pub fn view(&self) -> ArrayView<'_> {
        self.data.view(self.shape.clone(), &self.strides)
    }

    /// Borrows it for a result.
    pub fn view_mut(&mut self) -> ArrayViewMut<'_> {
        self.data.view_mut(self.shape.clone(), &self.strides)
    }
}

impl<'a> From<&'a mut Array> for ArrayViewMut<'a> {
    fn from(array: &'a mut Array) -> Self {
        array.view_mut()
    }
}
