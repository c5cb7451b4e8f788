//! Arrays of the `ndarray` crate, in and out without a copy.

use ndarray::{Array1, ArrayBase, ArrayD, Data, DataMut, Dimension, IxDyn, s};

use super::raw::{Raw, Strides};
use super::{Array, ArrayView, ArrayViewMut, Element, Shape};

/// Strides in bytes; those of dimensions with one element may be anything, and mean nothing.
fn strides<T: Element>(in_elements: &[isize]) -> Strides {
    in_elements.iter().map(|stride| stride.wrapping_mul(size_of::<T>() as isize)).collect()
}

impl<'a, T: Element, S: Data<Elem = T>, D: Dimension> From<&'a ArrayBase<S, D>> for ArrayView<'a> {
    /// Borrows an array or a view of any layout.
    ///
    /// ```
    /// use brolga::{Arg, ArrayView, Engine};
    /// use ndarray::{Array2, ArrayD, array};
    ///
    /// let a: Array2<f64> = array![[1.0, 2.0], [3.0, 4.0]];
    /// let args = [("a", Arg::from(ArrayView::from(a.t())))];
    /// let mut results = Engine::new()?.eval("a * a", &args)?;
    /// let square = ArrayD::<f64>::try_from(results.remove(0)).expect("a result of float64");
    /// assert_eq!(square, array![[1.0, 9.0], [4.0, 16.0]].into_dyn());
    /// # Ok::<(), brolga::Error>(())
    /// ```
    fn from(array: &'a ArrayBase<S, D>) -> Self {
        array.view().into()
    }
}

impl<'a, T: Element, D: Dimension> From<ndarray::ArrayView<'a, T, D>> for ArrayView<'a> {
    /// The same array, borrowed as long.
    fn from(array: ndarray::ArrayView<'a, T, D>) -> Self {
        let (first, shape) = (array.as_ptr().cast_mut().cast(), Shape::from(array.shape()));
        // SAFETY: the elements are those of the view, borrowed as long; they are only read.
        unsafe { ArrayView::from_raw(Raw::new(first, T::DTYPE, shape, strides::<T>(array.strides()))) }
    }
}

impl<'a, T: Element, S: DataMut<Elem = T>, D: Dimension> From<&'a mut ArrayBase<S, D>> for ArrayViewMut<'a> {
    /// Borrows an array or a view of any layout.
    fn from(array: &'a mut ArrayBase<S, D>) -> Self {
        array.view_mut().into()
    }
}

impl<'a, T: Element, D: Dimension> From<ndarray::ArrayViewMut<'a, T, D>> for ArrayViewMut<'a> {
    /// The same array, borrowed as long.
    fn from(mut array: ndarray::ArrayViewMut<'a, T, D>) -> Self {
        let (first, shape) = (array.as_mut_ptr().cast(), Shape::from(array.shape()));
        // SAFETY: the elements are those of the view, borrowed exclusively and as long.
        unsafe {
            ArrayViewMut::from_raw(Raw::new(first, T::DTYPE, shape, strides::<T>(array.strides()))).alone()
        }
    }
}

impl<T: Element> TryFrom<Array> for ArrayD<T> {
    type Error = Array;

    /// Moves the elements over; gives the array back where they are of another type.
    fn try_from(array: Array) -> Result<ArrayD<T>, Array> {
        let mut axes: Vec<usize> = (0..array.shape().len()).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse((array.strides()[axis], array.shape()[axis])));
        // Where each dimension of the array stands among those of its memory.
        let mut places = axes.clone();
        axes.iter().enumerate().for_each(|(place, &axis)| places[axis] = place);
        let in_memory: Vec<usize> = axes.iter().map(|&axis| array.shape()[axis]).collect();
        let (vector, start) = array.into_memory()?.into_parts();
        let elements = Array1::from_vec(vector).slice_move(s![start..]);
        let elements = elements.into_shape_with_order(IxDyn(&in_memory));
        Ok(elements.expect("an array is filled by its elements").permuted_axes(places))
    }
}
