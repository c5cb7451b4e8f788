//! What goes into a call of a kernel, and what comes back.

use std::sync::Arc;

use super::super::Arg;
use crate::array::{Array, ArrayViewMut, Element};
use crate::check::kernel;
use crate::diag::{Error, ErrorKind, Result};
use crate::types::{DType, Literal, Scalar};

/// An argument of a call of a [`LoopKernel`](super::LoopKernel), borrowed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallArg<'a> {
    /// A number, or an array that is only read.
    Read(Arg<'a>),
    /// An array that the kernel may write.
    Write(ArrayViewMut<'a>),
    /// Several values.
    Tuple(Vec<CallArg<'a>>),
    /// Whatever the parameter's default is.
    Default,
}

/// What a kernel returns.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Returned {
    /// Nothing.
    None,
    /// A number or a truth value.
    Scalar(Scalar),
    /// An array, which is the caller's own: elements of an argument are copied.
    Array(Array),
    /// Several values.
    Tuple(Vec<Returned>),
}

impl Returned {
    /// The number, if it is one.
    pub fn scalar(&self) -> Option<Scalar> {
        match self {
            Returned::Scalar(value) => Some(*value),
            _ => None,
        }
    }

    /// The array, if it is one.
    pub fn array(&self) -> Option<&Array> {
        match self {
            Returned::Array(array) => Some(array),
            _ => None,
        }
    }

    /// Its values as arrays, numbers as such of shape `()`, tuples item by item.
    pub fn into_arrays(self) -> Vec<Array> {
        match self {
            Returned::None => Vec::new(),
            Returned::Scalar(value) => vec![Array::from_scalar(value)],
            Returned::Array(array) => vec![array],
            Returned::Tuple(items) => items.into_iter().flat_map(Returned::into_arrays).collect(),
        }
    }
}

/// What of an argument is compiled for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Number(DType),
    /// An array; `adjacent` where its elements along the last axis lie one after the other.
    Array {
        dtype: DType,
        rank: u32,
        adjacent: bool,
    },
    Tuple(Vec<Form>),
    Default,
}

impl Form {
    fn of_array(dtype: DType, shape: &[usize], strides: &[isize]) -> Form {
        match shape.len() {
            0 => Form::Number(dtype),
            rank => {
                let adjacent = strides.last() == Some(&(dtype.size() as isize));
                Form::Array { dtype, rank: rank as u32, adjacent }
            }
        }
    }

    /// The type of what is given; none of a default.
    pub(super) fn ty(&self) -> Option<kernel::Type> {
        Some(match self {
            Form::Number(dtype) => kernel::Type::Number(*dtype),
            Form::Array { dtype, rank, .. } => kernel::Type::Array { dtype: *dtype, rank: *rank },
            Form::Tuple(items) => {
                kernel::Type::Tuple(items.iter().map(Form::ty).collect::<Option<Arc<[_]>>>()?)
            }
            Form::Default => return None,
        })
    }
}

/// For each of the values that parameters of these types become, of which the first are given in these forms, whether it is
/// an array whose elements along the last axis lie one after the other.
pub(super) fn adjacent(forms: &[Form], params: &[kernel::Type]) -> Vec<bool> {
    let mut found = Vec::new();
    for (at, ty) in params.iter().enumerate() {
        match forms.get(at) {
            Some(Form::Array { adjacent, .. }) => found.push(*adjacent),
            Some(Form::Tuple(items)) => {
                let types: Vec<kernel::Type> = items.iter().filter_map(Form::ty).collect();
                found.extend(adjacent(items, &types));
            }
            _ => found.extend(crate::lower::kernel::types(ty).iter().map(|_| false)),
        }
    }
    found
}

impl CallArg<'_> {
    /// Bytes of its elements, where it is an array, and how many there are.
    pub(super) fn size(&self) -> (usize, usize) {
        match self {
            CallArg::Read(Arg::Array(view)) => (view.len() * view.dtype().size(), view.len()),
            CallArg::Write(view) => (view.len() * view.dtype().size(), view.len()),
            CallArg::Tuple(items) => {
                items.iter().map(CallArg::size).fold((0, 0), |(bytes, most), (b, n)| (bytes + b, most.max(n)))
            }
            CallArg::Read(_) | CallArg::Default => (0, 0),
        }
    }

    pub(super) fn form(&self) -> Result<Form> {
        Ok(match self {
            CallArg::Read(Arg::Array(view)) => Form::of_array(view.dtype(), view.shape(), view.strides()),
            CallArg::Write(view) if view.shape().is_empty() => {
                return Err(Error::new(
                    ErrorKind::Argument,
                    "an array without axes cannot be written by a kernel",
                ));
            }
            CallArg::Write(view) => Form::of_array(view.dtype(), view.shape(), view.strides()),
            CallArg::Read(Arg::Scalar(value)) => Form::Number(value.dtype()),
            CallArg::Read(Arg::Literal(value)) => Form::Number(match value {
                Literal::Bool(_) => DType::Bool,
                Literal::Int(value) if i64::try_from(*value).is_ok() => DType::Int64,
                Literal::Int(value) if u64::try_from(*value).is_ok() => DType::UInt64,
                Literal::Int(value) => {
                    let message = format!("the argument {value} does not fit 64 bits");
                    return Err(Error::new(ErrorKind::Argument, message));
                }
                Literal::Float(_) => DType::Float64,
                Literal::Complex(_) => DType::Complex128,
            }),
            CallArg::Tuple(items) if items.iter().any(|item| matches!(item, CallArg::Default)) => {
                return Err(Error::new(ErrorKind::Argument, "a tuple has no defaults"));
            }
            CallArg::Tuple(items) => Form::Tuple(items.iter().map(CallArg::form).collect::<Result<_>>()?),
            CallArg::Default => Form::Default,
        })
    }
}

impl<'a> From<ArrayViewMut<'a>> for CallArg<'a> {
    fn from(view: ArrayViewMut<'a>) -> Self {
        CallArg::Write(view)
    }
}

impl<'a> From<&'a mut Array> for CallArg<'a> {
    fn from(array: &'a mut Array) -> Self {
        CallArg::Write(array.view_mut())
    }
}

impl<'a, T: Element> From<&'a mut Vec<T>> for CallArg<'a> {
    fn from(elements: &'a mut Vec<T>) -> Self {
        CallArg::Write(ArrayViewMut::from(elements))
    }
}

/// Whatever an expression takes is taken to be read.
impl<'a, T: Into<Arg<'a>>> From<T> for CallArg<'a> {
    fn from(value: T) -> Self {
        CallArg::Read(value.into())
    }
}
