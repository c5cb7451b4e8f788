//! Arguments and their types.

use crate::array::{Array, ArrayView, Element};
use crate::dtype::{DType, Scalar};

/// A number as the text itself would write it: weak, as a Python scalar is beside NumPy arrays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// `True`, `False`
    Bool(bool),
    /// An integer.
    Int(i128),
    /// A float.
    Float(f64),
}

impl PartialEq<Literal> for &Literal {
    fn eq(&self, other: &Literal) -> bool {
        **self == *other
    }
}

/// The type of an argument, as compilation sees it.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// An array of any shape.
    Array(DType),
    /// A single value of this type; another value needs no new compilation.
    Scalar(DType),
    /// A weak number, compiled into the code.
    Literal(Literal),
}

/// An argument of a call, borrowed.
#[derive(Clone, Debug)]
pub enum Arg<'a> {
    /// An array; one of shape `()` counts as a scalar.
    Array(ArrayView<'a>),
    /// A single value.
    Scalar(Scalar),
    /// A weak number.
    Literal(Literal),
}

impl Arg<'_> {
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

/// As messages say it: `a float64 array`.
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Type::Array(dtype) => write!(f, "{dtype} array"),
            Type::Scalar(dtype) => write!(f, "{dtype} scalar"),
            Type::Literal(Literal::Bool(v)) => write!(f, "literal {}", Scalar::Bool(*v)),
            Type::Literal(Literal::Int(v)) => write!(f, "literal {v}"),
            Type::Literal(Literal::Float(v)) => write!(f, "literal {v:?}"),
        }
    }
}
