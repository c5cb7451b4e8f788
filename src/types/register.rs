//! Register types: what a value of the IR is.
//!
//! Memory holds more than registers do: a complex element is two values, each a [`Component`] of it.

use std::fmt;

use super::{DType, Kind};

/// The type of a value in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ty {
    /// A truth value.
    Bool,
    /// 8-bit two's complement.
    I8,
    /// 16-bit two's complement.
    I16,
    /// 32-bit two's complement.
    I32,
    /// 64-bit two's complement.
    I64,
    /// 8 bits without a sign.
    U8,
    /// 16 bits without a sign.
    U16,
    /// 32 bits without a sign.
    U32,
    /// 64 bits without a sign.
    U64,
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
}

/// What of an element a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// All of an element that is one number or truth value.
    Whole,
    /// The real part of a complex element.
    Real,
    /// The imaginary part of a complex element.
    Imag,
}

impl Component {
    /// Every one; an element has the first, or the other two.
    pub const ALL: [Component; 3] = [Component::Whole, Component::Real, Component::Imag];

    /// Bytes from the start of an element of type `dtype` to this component of it.
    pub const fn offset(self, dtype: DType) -> usize {
        match self {
            Component::Whole | Component::Real => 0,
            Component::Imag => dtype.size() / 2,
        }
    }
}

impl Ty {
    /// Every type.
    pub const ALL: [Ty; 11] =
        [Ty::Bool, Ty::I8, Ty::I16, Ty::I32, Ty::I64, Ty::U8, Ty::U16, Ty::U32, Ty::U64, Ty::F32, Ty::F64];

    /// Its name in the IR's text form.
    pub const fn name(self) -> &'static str {
        match self {
            Ty::Bool => "bool",
            Ty::I8 => "i8",
            Ty::I16 => "i16",
            Ty::I32 => "i32",
            Ty::I64 => "i64",
            Ty::U8 => "u8",
            Ty::U16 => "u16",
            Ty::U32 => "u32",
            Ty::U64 => "u64",
            Ty::F32 => "f32",
            Ty::F64 => "f64",
        }
    }

    /// The element type that is such a value in memory.
    pub const fn dtype(self) -> DType {
        match self {
            Ty::Bool => DType::Bool,
            Ty::I8 => DType::Int8,
            Ty::I16 => DType::Int16,
            Ty::I32 => DType::Int32,
            Ty::I64 => DType::Int64,
            Ty::U8 => DType::UInt8,
            Ty::U16 => DType::UInt16,
            Ty::U32 => DType::UInt32,
            Ty::U64 => DType::UInt64,
            Ty::F32 => DType::Float32,
            Ty::F64 => DType::Float64,
        }
    }

    /// Bytes of one value.
    pub const fn size(self) -> usize {
        self.dtype().size()
    }

    /// Bits of one value.
    pub const fn bits(self) -> u32 {
        8 * self.size() as u32
    }

    /// Its kind.
    pub const fn kind(self) -> Kind {
        self.dtype().kind()
    }

    /// True for the floating-point types.
    pub const fn is_float(self) -> bool {
        matches!(self.kind(), Kind::Float)
    }

    /// True for the integer types, with and without a sign; bool is none.
    pub const fn is_int(self) -> bool {
        matches!(self.kind(), Kind::Signed | Kind::Unsigned)
    }

    /// True for the integer types with a sign.
    pub const fn is_signed(self) -> bool {
        matches!(self.kind(), Kind::Signed)
    }

    /// True for the integers of 8 and 16 bits.
    pub const fn is_narrow(self) -> bool {
        matches!(self, Ty::I8 | Ty::I16 | Ty::U8 | Ty::U16)
    }

    /// The float of the size of a signed integer, and the other way round: where its bits fit.
    pub const fn same_size(self) -> Option<Ty> {
        match self {
            Ty::I32 => Some(Ty::F32),
            Ty::F32 => Some(Ty::I32),
            Ty::I64 => Some(Ty::F64),
            Ty::F64 => Some(Ty::I64),
            Ty::Bool | Ty::I8 | Ty::I16 | Ty::U8 | Ty::U16 | Ty::U32 | Ty::U64 => None,
        }
    }

    /// Whether this type has every value of `from`, so that a conversion from it loses nothing.
    pub const fn holds(self, from: Ty) -> bool {
        match (from.kind(), self.kind()) {
            (Kind::Bool, _) => true,
            (Kind::Signed | Kind::Unsigned | Kind::Float, Kind::Bool) => false,
            (Kind::Float, Kind::Signed | Kind::Unsigned) => false,
            (Kind::Signed, Kind::Unsigned) => false,
            (Kind::Unsigned, Kind::Signed) => self.bits() > from.bits(),
            (Kind::Signed, Kind::Signed) | (Kind::Unsigned, Kind::Unsigned) | (Kind::Float, Kind::Float) => {
                self.bits() >= from.bits()
            }
            // A float has every integer of as many bits as its significand; i8 to u16, and i32 in f64.
            (Kind::Signed | Kind::Unsigned, Kind::Float) => self.bits() > from.bits(),
            (Kind::Complex, _) | (_, Kind::Complex) => panic!("no register holds a pair"),
        }
    }
}

/// Its name in the IR's text form.
impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
