//! Arrays of the `ndarray` crate, in and out without a copy.

use ndarray::{Array1, ArrayBase, ArrayD, Data, DataMut, Dimension, IxDyn, s};

use super::{Array, ArrayView, ArrayViewMut, Element, Shape};
use crate::diag::{Error, ErrorKind, Result};

fn not_contiguous() -> Error {
    Error::new(ErrorKind::Shape, "the array is not contiguous in C order")
        .help("pass `array.as_standard_layout()`, which copies only where it must")
}

impl<'a, T: Element, S: Data<Elem = T>, D: Dimension> TryFrom<&'a ArrayBase<S, D>> for ArrayView<'a> {
    type Error = Error;

    /// Borrows an array or a view that is contiguous in C order; [`ErrorKind::Shape`] for others.
    ///
    /// ```
    /// use brolga::{Arg, ArrayView, Engine};
    /// use ndarray::{Array2, ArrayD, array};
    ///
    /// let a: Array2<f64> = array![[1.0, 2.0], [3.0, 4.0]];
    /// let args = [("a", Arg::from(ArrayView::try_from(&a)?))];
    /// let mut results = Engine::new()?.eval("a * a", &args)?;
    /// let square = ArrayD::<f64>::try_from(results.remove(0)).expect("a result of float64");
    /// assert_eq!(square, array![[1.0, 4.0], [9.0, 16.0]].into_dyn());
    /// # Ok::<(), brolga::Error>(())
    /// ```
    fn try_from(array: &'a ArrayBase<S, D>) -> Result<Self> {
        let elements = array.as_slice().ok_or_else(not_contiguous)?;
        ArrayView::new(elements, array.shape())
    }
}

impl<'a, T: Element, S: DataMut<Elem = T>, D: Dimension> TryFrom<&'a mut ArrayBase<S, D>>
    for ArrayViewMut<'a>
{
    type Error = Error;

    /// Borrows an array or a view that is contiguous in C order; [`ErrorKind::Shape`] for others.
    fn try_from(array: &'a mut ArrayBase<S, D>) -> Result<Self> {
        let shape = Shape::from(array.shape());
        let elements = array.as_slice_mut().ok_or_else(not_contiguous)?;
        ArrayViewMut::new(elements, shape)
    }
}

impl<T: Element> TryFrom<Array> for ArrayD<T> {
    type Error = Array;

    /// Moves the elements over; gives the array back where they are of another type.
    fn try_from(array: Array) -> Result<ArrayD<T>, Array> {
        let shape = IxDyn(array.shape());
        let (vector, start) = array.into_memory()?.into_parts();
        let elements = Array1::from_vec(vector).slice_move(s![start..]);
        Ok(elements.into_shape_with_order(shape).expect("an array is filled by its elements"))
    }
}
