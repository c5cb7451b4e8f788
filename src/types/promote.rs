//! NumPy 2's rules between types: the one in which two meet, and the one of inexact results.

use super::DType;

impl DType {
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

    /// The type of `sqrt`, `/` and their like on elements of this type.
    pub const fn to_inexact(self) -> DType {
        match self {
            DType::Bool | DType::Float32 => DType::Float32,
            DType::Int32 | DType::Int64 | DType::Float64 => DType::Float64,
        }
    }
}
