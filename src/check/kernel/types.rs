//! Types of kernels' values, and where two of them meet.
//!
//! Knows the rules of scalars: integers compute in 64 bits, numbers of the text are weak inside an expression,
//! and a variable that is given one is of 64 bits. It must not know the tree.

use std::fmt;
use std::sync::Arc;

use super::super::{Ty, rules};
use crate::types::{DType, Kind, Literal};

/// The type of a value in a kernel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    /// Of a call of a kernel that calls itself, before anything is known of what it returns. Meets every type.
    Unknown,
    /// No value.
    None,
    /// A number or a truth value.
    Number(DType),
    /// A number that is known now, and takes the type of what it meets.
    Literal(Literal),
    /// An array.
    Array {
        /// Type of its elements.
        dtype: DType,
        /// Number of its axes.
        rank: u32,
    },
    /// Values of a fixed number.
    Tuple(Arc<[Type]>),
    /// A type, as `np.zeros(n, dtype)` takes it.
    DType(DType),
    /// A module, or something of one that is no value: `numpy`, `numpy.sqrt`.
    Path(Arc<str>),
    /// A string.
    Text(Arc<str>),
    /// A slice, `...` or `newaxis` of an index.
    Index,
    /// A list in brackets, of values of these types.
    List(Arc<[Type]>),
}

impl Type {
    /// What a variable is that is given this: numbers of the text become 64 bits.
    pub fn strong(&self) -> Type {
        match self {
            Type::Literal(value) => Type::Number(rules::default(*value)),
            Type::Tuple(items) => Type::Tuple(items.iter().map(Type::strong).collect()),
            other => other.clone(),
        }
    }

    /// The type in which this and another meet where ways of the program do; none if they do not.
    pub fn join(&self, other: &Type) -> Option<Type> {
        Some(match (self, other) {
            (x, y) if x == y => x.clone(),
            (Type::Unknown, known) | (known, Type::Unknown) => known.clone(),
            (Type::Number(x), Type::Number(y)) => Type::Number(x.promote(*y)),
            (Type::Literal(_), Type::Number(_))
            | (Type::Number(_), Type::Literal(_))
            | (Type::Literal(_), Type::Literal(_)) => {
                return self.strong().join(&other.strong());
            }
            (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() => {
                Type::Tuple(x.iter().zip(&**y).map(|(x, y)| x.join(y)).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// As rules of types see a number: `None` where it is none. Of scalars that meet, integers are of 64 bits,
    /// without a sign if all of them are.
    pub(super) fn operand(&self, unsigned: bool) -> Option<Ty> {
        let value = |dtype, array| Ty::Value { dtype, array };
        Some(match *self {
            Type::Literal(literal) => Ty::Literal(literal),
            Type::Array { dtype, .. } => value(dtype, true),
            Type::Number(DType::UInt64) => value(DType::UInt64, false),
            Type::Number(dtype) if unsigned && dtype.is_unsigned() => value(DType::UInt64, false),
            Type::Number(dtype) if dtype.is_int() || dtype == DType::Bool => value(DType::Int64, false),
            Type::Number(dtype) => value(dtype, false),
            _ => return None,
        })
    }

    /// Whether it is an integer or a truth value that has a type of its own.
    pub(super) fn is_unsigned(&self) -> bool {
        matches!(self, Type::Number(dtype) if dtype.is_unsigned())
    }

    /// The kind of a number.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Type::Number(dtype) => Some(dtype.kind()),
            Type::Literal(value) => Some(rules::default(*value).kind()),
            _ => None,
        }
    }

    /// Whether values of it can be stored in a variable.
    pub fn is_value(&self) -> bool {
        match self {
            Type::Number(_) | Type::Literal(_) | Type::Array { .. } | Type::Unknown => true,
            Type::Tuple(items) => items.iter().all(Type::is_value),
            Type::None | Type::DType(_) => true,
            Type::Path(_) | Type::Text(_) | Type::Index | Type::List(_) => false,
        }
    }
}

/// As messages call it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Unknown => f.write_str("of no type yet"),
            Type::None => f.write_str("None"),
            Type::Number(dtype) => write!(f, "{dtype}"),
            Type::Literal(value) => write!(f, "{value}"),
            Type::Array { dtype, rank: 1 } => write!(f, "1-D {dtype} array"),
            Type::Array { dtype, rank } => write!(f, "{rank}-D {dtype} array"),
            Type::Tuple(items) => {
                f.write_str("(")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
            Type::DType(dtype) => write!(f, "the type {dtype}"),
            Type::Path(path) => write!(f, "`{path}`"),
            Type::Text(_) => f.write_str("a string"),
            Type::Index => f.write_str("an index"),
            Type::List(_) => f.write_str("a list"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_meet_where_ways_do() {
        let number = Type::Number;
        for (x, y, both) in [
            (number(DType::Int64), number(DType::Float32), Some(number(DType::Float64))),
            (number(DType::UInt8), number(DType::Int64), Some(number(DType::Int64))),
            (number(DType::Bool), Type::Literal(Literal::Int(1)), Some(number(DType::Int64))),
            (Type::Unknown, Type::None, Some(Type::None)),
            (Type::None, number(DType::Int64), None),
            (Type::Array { dtype: DType::Int8, rank: 1 }, Type::Array { dtype: DType::Int8, rank: 2 }, None),
        ] {
            assert_eq!(x.join(&y), both, "{x} and {y}");
            assert_eq!(y.join(&x), both, "{y} and {x}");
        }
    }
}
