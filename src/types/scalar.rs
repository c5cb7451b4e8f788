//! Single values of an element type.

use std::fmt;

use super::DType;

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
