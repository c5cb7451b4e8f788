//! Sets of kinds of types.

use crate::types::DType;

/// A set of kinds of element types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// bool
    pub const BOOL: Kinds = Kinds(1);
    /// int32 and int64
    pub const INT: Kinds = Kinds(2);
    /// float32 and float64
    pub const FLOAT: Kinds = Kinds(4);

    /// Either.
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Whether `dtype` is of one of these kinds.
    pub const fn has(self, dtype: DType) -> bool {
        let kind = match dtype {
            DType::Bool => Kinds::BOOL,
            DType::Int32 | DType::Int64 => Kinds::INT,
            DType::Float32 | DType::Float64 => Kinds::FLOAT,
        };
        self.0 & kind.0 != 0
    }
}

pub(super) const NUMBER: Kinds = Kinds::INT.or(Kinds::FLOAT);
pub(super) const BITS: Kinds = Kinds::INT.or(Kinds::BOOL);
pub(super) const ANY: Kinds = NUMBER.or(Kinds::BOOL);
