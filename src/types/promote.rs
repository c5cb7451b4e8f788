//! NumPy 2's rules between types: the one in which two meet, and the one of inexact results.

use super::{DType, Kind};

impl DType {
    /// The type in which elements of two types meet (NumPy's `promote_types`).
    pub fn promote(self, other: DType) -> DType {
        // The lower kind first: bool, signed, unsigned, float, complex.
        let (low, high) = if self.kind() <= other.kind() { (self, other) } else { (other, self) };
        match (low.kind(), high.kind()) {
            (Kind::Bool, _) => high,
            (x, y) if x == y => {
                if low.size() < high.size() {
                    high
                } else {
                    low
                }
            }
            (Kind::Signed, Kind::Unsigned) => signed_with(low, high),
            (_, Kind::Float) => low.to_inexact().promote(high),
            (_, Kind::Complex) => low.to_inexact().real().promote(high.real()).to_complex(),
            (x, y) => unreachable!("{y:?} is not after {x:?}"),
        }
    }

    /// The type of `sqrt` and its like on elements of this type. NumPy's is float16 for bool, int8 and
    /// uint8, where this is float32.
    pub const fn to_inexact(self) -> DType {
        match self {
            DType::Bool | DType::Int8 | DType::UInt8 | DType::Int16 | DType::UInt16 => DType::Float32,
            DType::Int32 | DType::Int64 | DType::UInt32 | DType::UInt64 => DType::Float64,
            DType::Float32 | DType::Float64 | DType::Complex64 | DType::Complex128 => self,
        }
    }

    /// The complex type whose parts have the type of `sqrt` and its like on elements of this type.
    pub const fn to_complex(self) -> DType {
        match self.to_inexact() {
            DType::Float32 | DType::Complex64 => DType::Complex64,
            _ => DType::Complex128,
        }
    }

    /// The type of the real part.
    pub const fn real(self) -> DType {
        match self {
            DType::Complex64 => DType::Float32,
            DType::Complex128 => DType::Float64,
            real => real,
        }
    }
}

/// The smallest signed type that holds both; float64 beside uint64.
fn signed_with(signed: DType, unsigned: DType) -> DType {
    let holds = match unsigned {
        DType::UInt8 => DType::Int16,
        DType::UInt16 => DType::Int32,
        DType::UInt32 => DType::Int64,
        _ => return DType::Float64,
    };
    holds.promote(signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of NumPy 2.4's `promote_types`.
    #[test]
    fn promotion_is_numpys() {
        for (x, y, both) in [
            ("bool", "uint8", "uint8"),
            ("int8", "uint8", "int16"),
            ("int8", "int64", "int64"),
            ("int64", "uint8", "int64"),
            ("int16", "uint16", "int32"),
            ("int32", "uint32", "int64"),
            ("int8", "uint64", "float64"),
            ("uint32", "uint64", "uint64"),
            ("int8", "float32", "float32"),
            ("uint16", "float32", "float32"),
            ("int32", "float32", "float64"),
            ("uint64", "float32", "float64"),
            ("bool", "float32", "float32"),
            ("float32", "float64", "float64"),
            ("bool", "complex64", "complex64"),
            ("int16", "complex64", "complex64"),
            ("int32", "complex64", "complex128"),
            ("float64", "complex64", "complex128"),
            ("float32", "complex128", "complex128"),
        ] {
            let [x, y, both] = [x, y, both].map(|name| DType::from_name(name).unwrap());
            assert_eq!((x.promote(y), y.promote(x)), (both, both), "{x} and {y}");
        }
        for dtype in DType::ALL {
            assert_eq!(dtype.promote(dtype), dtype);
        }
    }
}
