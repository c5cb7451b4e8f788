//! Element types: what memory holds.

use std::fmt;

use super::{Component, Kind, Ty};

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// One byte, 0 for false; every other byte is true.
    Bool,
    /// 8-bit two's complement; wraps.
    Int8,
    /// 16-bit two's complement; wraps.
    Int16,
    /// 32-bit two's complement; wraps.
    Int32,
    /// 64-bit two's complement; wraps.
    Int64,
    /// 8 bits without a sign; wraps.
    UInt8,
    /// 16 bits without a sign; wraps.
    UInt16,
    /// 32 bits without a sign; wraps.
    UInt32,
    /// 64 bits without a sign; wraps.
    UInt64,
    /// IEEE binary32.
    Float32,
    /// IEEE binary64.
    Float64,
    /// Two IEEE binary32: the real part, then the imaginary one.
    Complex64,
    /// Two IEEE binary64: the real part, then the imaginary one.
    Complex128,
}

impl DType {
    /// Every type.
    pub const ALL: [DType; 13] = [
        DType::Bool,
        DType::Int8,
        DType::Int16,
        DType::Int32,
        DType::Int64,
        DType::UInt8,
        DType::UInt16,
        DType::UInt32,
        DType::UInt64,
        DType::Float32,
        DType::Float64,
        DType::Complex64,
        DType::Complex128,
    ];

    /// Bytes of one element in memory.
    pub const fn size(self) -> usize {
        match self {
            DType::Bool | DType::Int8 | DType::UInt8 => 1,
            DType::Int16 | DType::UInt16 => 2,
            DType::Int32 | DType::UInt32 | DType::Float32 => 4,
            DType::Int64 | DType::UInt64 | DType::Float64 | DType::Complex64 => 8,
            DType::Complex128 => 16,
        }
    }

    /// NumPy's name.
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::Int8 => "int8",
            DType::Int16 => "int16",
            DType::Int32 => "int32",
            DType::Int64 => "int64",
            DType::UInt8 => "uint8",
            DType::UInt16 => "uint16",
            DType::UInt32 => "uint32",
            DType::UInt64 => "uint64",
            DType::Float32 => "float32",
            DType::Float64 => "float64",
            DType::Complex64 => "complex64",
            DType::Complex128 => "complex128",
        }
    }

    /// The type that NumPy calls `name`.
    pub fn from_name(name: &str) -> Option<DType> {
        Some(match name {
            "bool" => DType::Bool,
            "int8" => DType::Int8,
            "int16" => DType::Int16,
            "int32" => DType::Int32,
            "int64" => DType::Int64,
            "uint8" => DType::UInt8,
            "uint16" => DType::UInt16,
            "uint32" => DType::UInt32,
            "uint64" => DType::UInt64,
            "float32" => DType::Float32,
            "float64" => DType::Float64,
            "complex64" => DType::Complex64,
            "complex128" => DType::Complex128,
            _ => return None,
        })
    }

    /// Its kind.
    pub const fn kind(self) -> Kind {
        match self {
            DType::Bool => Kind::Bool,
            DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64 => Kind::Signed,
            DType::UInt8 | DType::UInt16 | DType::UInt32 | DType::UInt64 => Kind::Unsigned,
            DType::Float32 | DType::Float64 => Kind::Float,
            DType::Complex64 | DType::Complex128 => Kind::Complex,
        }
    }

    /// True for the floating-point types; complex ones are none.
    pub const fn is_float(self) -> bool {
        matches!(self.kind(), Kind::Float)
    }

    /// True for floats and pairs of them.
    pub const fn is_inexact(self) -> bool {
        matches!(self.kind(), Kind::Float | Kind::Complex)
    }

    /// True for the integer types, with and without a sign; bool is none.
    pub const fn is_int(self) -> bool {
        matches!(self.kind(), Kind::Signed | Kind::Unsigned)
    }

    /// True for the integer types without a sign.
    pub const fn is_unsigned(self) -> bool {
        matches!(self.kind(), Kind::Unsigned)
    }

    /// True for pairs of floats.
    pub const fn is_complex(self) -> bool {
        matches!(self.kind(), Kind::Complex)
    }

    /// The least and the greatest number of an integer type; of others, those of int64.
    pub(crate) const fn range(self) -> (i128, i128) {
        let bits = if self.is_int() { 8 * self.size() } else { 64 };
        match self.is_unsigned() {
            true => (0, (1 << bits) - 1),
            false => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        }
    }

    /// The type of a register that holds this component of an element, if the element has it.
    pub(crate) const fn component(self, component: Component) -> Option<Ty> {
        match (self.parts(), component) {
            ((ty, false), Component::Whole) | ((ty, true), Component::Real | Component::Imag) => Some(ty),
            ((_, true), Component::Whole) | ((_, false), Component::Real | Component::Imag) => None,
        }
    }

    /// The components of an element, each with the type of a register that holds it.
    pub(crate) fn components(self) -> impl Iterator<Item = (Component, Ty)> {
        Component::ALL.into_iter().filter_map(move |component| Some((component, self.component(component)?)))
    }

    /// The type of a register that holds an element; `None` where that takes two.
    pub(crate) const fn register(self) -> Option<Ty> {
        self.component(Component::Whole)
    }

    /// The register type of the element or of each of its parts, and whether it has two.
    const fn parts(self) -> (Ty, bool) {
        match self {
            DType::Bool => (Ty::Bool, false),
            DType::Int8 => (Ty::I8, false),
            DType::Int16 => (Ty::I16, false),
            DType::Int32 => (Ty::I32, false),
            DType::Int64 => (Ty::I64, false),
            DType::UInt8 => (Ty::U8, false),
            DType::UInt16 => (Ty::U16, false),
            DType::UInt32 => (Ty::U32, false),
            DType::UInt64 => (Ty::U64, false),
            DType::Float32 => (Ty::F32, false),
            DType::Float64 => (Ty::F64, false),
            DType::Complex64 => (Ty::F32, true),
            DType::Complex128 => (Ty::F64, true),
        }
    }
}

/// NumPy's name.
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_by_name_and_place() {
        for (at, dtype) in DType::ALL.into_iter().enumerate() {
            assert_eq!(dtype as usize, at);
            assert_eq!(DType::from_name(dtype.name()), Some(dtype));
        }
        assert_eq!(DType::from_name("float16"), None);
    }

    #[test]
    fn parts_fill_an_element() {
        for dtype in DType::ALL {
            assert_eq!(dtype.components().map(|(_, ty)| ty.size()).sum::<usize>(), dtype.size());
        }
    }
}
