//! The types of a program's arguments and results.

use std::fmt;

use super::{DType, Literal};

/// The type of an argument, as compilation sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Type {
    /// An array of any shape.
    Array(DType),
    /// A single value of this type; another value needs no new compilation.
    Scalar(DType),
    /// A weak number, compiled into the code.
    Literal(Literal),
}

/// As messages say it: `float64 array`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Array(dtype) => write!(f, "{dtype} array"),
            Type::Scalar(dtype) => write!(f, "{dtype} scalar"),
            Type::Literal(v) => write!(f, "literal {v}"),
        }
    }
}

/// The type of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultType {
    /// Type of its elements.
    pub dtype: DType,
    /// Of the arrays' shape; otherwise a single value of shape `()`.
    pub array: bool,
}
