//! Arguments of a call.

use crate::array::{Array, ArrayView, Element};
use crate::types::{Literal, Scalar, Type};

/// An argument of a call, borrowed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Arg<'a> {
    /// An array; one of shape `()` counts as a scalar.
    Array(ArrayView<'a>),
    /// A single value.
    Scalar(Scalar),
    /// A weak number.
    Literal(Literal),
}

impl Arg<'_> {
    /// Bytes of its elements, where it is an array.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Arg::Array(view) => view.len() * view.dtype().size(),
            Arg::Scalar(_) | Arg::Literal(_) => 0,
        }
    }

    /// Its type.
    pub fn ty(&self) -> Type {
        match self {
            Arg::Array(view) if view.shape().is_empty() => Type::Scalar(view.dtype()),
            Arg::Array(view) => Type::Array(view.dtype()),
            Arg::Scalar(value) => Type::Scalar(value.dtype()),
            Arg::Literal(value) => Type::Literal(*value),
        }
    }
}

impl<'a> From<ArrayView<'a>> for Arg<'a> {
    fn from(view: ArrayView<'a>) -> Self {
        Arg::Array(view)
    }
}

impl<'a> From<&'a Array> for Arg<'a> {
    fn from(array: &'a Array) -> Self {
        Arg::Array(array.view())
    }
}

impl<'a, T: Element> From<&'a [T]> for Arg<'a> {
    fn from(elements: &'a [T]) -> Self {
        Arg::Array(elements.into())
    }
}

impl<'a, T: Element> From<&'a Vec<T>> for Arg<'a> {
    fn from(elements: &'a Vec<T>) -> Self {
        Arg::Array(elements.as_slice().into())
    }
}

impl<'a, T: Element, const N: usize> From<&'a [T; N]> for Arg<'a> {
    fn from(elements: &'a [T; N]) -> Self {
        Arg::Array(elements.as_slice().into())
    }
}

/// A single value of its own type, which is strong: `2.5` beside float32 arrays gives float64.
/// [`Literal::Float`] is a weak one.
impl<T: Element> From<T> for Arg<'_> {
    fn from(value: T) -> Self {
        Arg::Scalar(value.scalar())
    }
}

impl From<Scalar> for Arg<'_> {
    fn from(value: Scalar) -> Self {
        Arg::Scalar(value)
    }
}

impl From<Literal> for Arg<'_> {
    fn from(value: Literal) -> Self {
        Arg::Literal(value)
    }
}

/// An array of the `ndarray` crate, of any layout.
#[cfg(feature = "ndarray")]
impl<'a, T: Element, S: ndarray::Data<Elem = T>, D: ndarray::Dimension> From<&'a ndarray::ArrayBase<S, D>>
    for Arg<'a>
{
    fn from(array: &'a ndarray::ArrayBase<S, D>) -> Self {
        Arg::Array(array.into())
    }
}

/// A view of the `ndarray` crate, of any layout.
#[cfg(feature = "ndarray")]
impl<'a, T: Element, D: ndarray::Dimension> From<ndarray::ArrayView<'a, T, D>> for Arg<'a> {
    fn from(array: ndarray::ArrayView<'a, T, D>) -> Self {
        Arg::Array(array.into())
    }
}
