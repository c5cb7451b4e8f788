//! Element types: what memory holds.

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
        Some(match name {
            "bool" => DType::Bool,
            "int32" => DType::Int32,
            "int64" => DType::Int64,
            "float32" => DType::Float32,
            "float64" => DType::Float64,
            _ => return None,
        })
    }

    /// True for the floating-point types.
    pub const fn is_float(self) -> bool {
        matches!(self, DType::Float32 | DType::Float64)
    }

    /// True for the integer types; bool is none.
    pub const fn is_int(self) -> bool {
        matches!(self, DType::Int32 | DType::Int64)
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
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
