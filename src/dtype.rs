//! Element types, their promotion, typed scalar values, and the types of arguments and results.
//!
//! This module knows NumPy 2's rules between types. It must not know operations or source text.

use std::fmt;

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// One byte, 0 or 1.
    Bool,
    /// 32-bit two's complement; wraps.
    Int32,
    /// 64-bit two's complement; wraps.
    Int64,
    /// IEEE binary32.
    Float32,
    /// IEEE binary64.
    Float64,
}

impl DType {
    /// Every type, narrowest kind first.
    pub const ALL: [DType; 5] = [DType::Bool, DType::Int32, DType::Int64, DType::Float32, DType::Float64];

    /// Bytes of one element in memory.
    pub const fn size(self) -> usize {
        match self {
            DType::Bool => 1,
            DType::Int32 | DType::Float32 => 4,
            DType::Int64 | DType::Float64 => 8,
        }
    }

    /// NumPy's name.
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::Int32 => "int32",
            DType::Int64 => "int64",
            DType::Float32 => "float32",
            DType::Float64 => "float64",
        }
    }

    /// The type that NumPy calls `name`.
    pub fn from_name(name: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|t| t.name() == name)
    }

    /// True for the floating-point types.
    pub const fn is_float(self) -> bool {
        matches!(self, DType::Float32 | DType::Float64)
    }

    /// True for the integer types; bool is none.
    pub const fn is_int(self) -> bool {
        matches!(self, DType::Int32 | DType::Int64)
    }

    /// The type in which elements of two types meet (NumPy's `promote_types`).
    pub fn promote(self, other: DType) -> DType {
        use DType::*;
        match (self.min(other), self.max(other)) {
            (a, b) if a == b => a,
            (Bool, b) => b,
            (Int32, Int64) => Int64,
            _ => Float64,
        }
    }

    /// The integer type of the size of a float type, and the other way round: where its bits fit.
    /// bool has no other.
    pub const fn same_size(self) -> DType {
        match self {
            DType::Bool => DType::Bool,
            DType::Int32 => DType::Float32,
            DType::Float32 => DType::Int32,
            DType::Int64 => DType::Float64,
            DType::Float64 => DType::Int64,
        }
    }

    /// The type of `sqrt`, `/` and their like on elements of this type.
    pub const fn to_inexact(self) -> DType {
        match self {
            DType::Bool | DType::Float32 => DType::Float32,
            DType::Int32 | DType::Int64 | DType::Float64 => DType::Float64,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One value of one element type.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// A 32-bit integer.
    Int32(i32),
    /// A 64-bit integer.
    Int64(i64),
    /// A 32-bit float.
    Float32(f32),
    /// A 64-bit float.
    Float64(f64),
}

impl Scalar {
    /// Its type.
    pub const fn dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::Int32(_) => DType::Int32,
            Scalar::Int64(_) => DType::Int64,
            Scalar::Float32(_) => DType::Float32,
            Scalar::Float64(_) => DType::Float64,
        }
    }

    /// Its bits, in the low bytes of a word; the rest is zero.
    pub const fn to_bits(self) -> u64 {
        match self {
            Scalar::Bool(v) => v as u64,
            Scalar::Int32(v) => v as u32 as u64,
            Scalar::Int64(v) => v as u64,
            Scalar::Float32(v) => v.to_bits() as u64,
            Scalar::Float64(v) => v.to_bits(),
        }
    }

    /// The value of type `dtype` with these bits.
    pub const fn from_bits(dtype: DType, bits: u64) -> Scalar {
        match dtype {
            DType::Bool => Scalar::Bool(bits & 0xff != 0),
            DType::Int32 => Scalar::Int32(bits as u32 as i32),
            DType::Int64 => Scalar::Int64(bits as i64),
            DType::Float32 => Scalar::Float32(f32::from_bits(bits as u32)),
            DType::Float64 => Scalar::Float64(f64::from_bits(bits)),
        }
    }

    /// The value nearest to it in `dtype`, as a cast gives it: integers wrap, floats become
    /// integers toward zero and saturate (NaN gives 0), numbers become `self != 0`.
    pub const fn cast(self, dtype: DType) -> Scalar {
        macro_rules! from {
            ($v:expr, $truth:expr) => {
                match dtype {
                    DType::Bool => Scalar::Bool($truth),
                    DType::Int32 => Scalar::Int32($v as i32),
                    DType::Int64 => Scalar::Int64($v as i64),
                    DType::Float32 => Scalar::Float32($v as f32),
                    DType::Float64 => Scalar::Float64($v as f64),
                }
            };
        }
        match self {
            Scalar::Bool(v) => from!(v as u8, v),
            Scalar::Int32(v) => from!(v, v != 0),
            Scalar::Int64(v) => from!(v, v != 0),
            Scalar::Float32(v) => from!(v, v != 0.0),
            Scalar::Float64(v) => from!(v, v != 0.0),
        }
    }

    /// The same bits, where any NaN is the same as any other.
    pub fn same(self, other: Scalar) -> bool {
        match (self, other) {
            (Scalar::Float32(a), Scalar::Float32(b)) if a.is_nan() && b.is_nan() => true,
            (Scalar::Float64(a), Scalar::Float64(b)) if a.is_nan() && b.is_nan() => true,
            _ => self.dtype() == other.dtype() && self.to_bits() == other.to_bits(),
        }
    }
}

/// As Python writes it: `2.5`, `inf`, `True`.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Scalar::Bool(true) => f.write_str("True"),
            Scalar::Bool(false) => f.write_str("False"),
            Scalar::Int32(v) => write!(f, "{v}"),
            Scalar::Int64(v) => write!(f, "{v}"),
            Scalar::Float32(v) if v.is_nan() => f.write_str("nan"),
            Scalar::Float64(v) if v.is_nan() => f.write_str("nan"),
            Scalar::Float32(v) => write!(f, "{v:?}"),
            Scalar::Float64(v) => write!(f, "{v:?}"),
        }
    }
}

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

impl Literal {
    /// The same kind and bits: a NaN is itself, and -0.0 is not 0.0.
    pub fn same(self, other: Literal) -> bool {
        self.bits() == other.bits()
    }

    /// What tells literals apart: their kind, and their bits.
    pub(crate) fn bits(self) -> (u8, u128) {
        match self {
            Literal::Bool(v) => (0, u128::from(v)),
            Literal::Int(v) => (1, v as u128),
            Literal::Float(v) => (2, u128::from(v.to_bits())),
        }
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

/// As messages say it: `float64 array`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Array(dtype) => write!(f, "{dtype} array"),
            Type::Scalar(dtype) => write!(f, "{dtype} scalar"),
            Type::Literal(Literal::Bool(v)) => write!(f, "literal {}", Scalar::Bool(*v)),
            Type::Literal(Literal::Int(v)) => write!(f, "literal {v}"),
            Type::Literal(Literal::Float(v)) => write!(f, "literal {v:?}"),
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
