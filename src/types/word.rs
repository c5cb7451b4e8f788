//! Single values of a register type.

use std::fmt;

use super::Ty;
use super::visit::with_register_types;

macro_rules! word {
    ($($variant:ident $rust:ident $dtype:ident),*) => {
        /// One value of one register type: what is computed with.
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs, reason = "each is named after its type")]
        pub enum Word {
            $($variant($rust),)*
        }

        impl Word {
            /// Its type.
            pub const fn ty(self) -> Ty {
                match self { $(Word::$variant(_) => Ty::$variant,)* }
            }

            /// Its bits, in the low bytes of a word; the rest is zero.
            pub fn to_bits(self) -> u64 {
                match self { $(Word::$variant(v) => v.bits(),)* }
            }

            /// The value of type `ty` with these bits; those beyond its size are not looked at.
            pub fn from_bits(ty: Ty, bits: u64) -> Word {
                match ty { $(Ty::$variant => Word::$variant(Bits::of(bits)),)* }
            }
        }

        $(
            impl From<$rust> for Word {
                fn from(value: $rust) -> Word {
                    Word::$variant(value)
                }
            }
        )*
    };
}

with_register_types!(word!);

impl Word {
    /// A whole number in type `ty`, as a cast gives it.
    pub const fn int(value: i64, ty: Ty) -> Word {
        Word::I64(value).cast(ty)
    }

    /// A float in type `ty`, as a cast gives it.
    pub const fn float(value: f64, ty: Ty) -> Word {
        Word::F64(value).cast(ty)
    }

    /// The float as a whole number, if it is one that 32 bits hold.
    pub(crate) fn whole(self) -> Option<i32> {
        match self.cast(Ty::F64) {
            Word::F64(v) if v.fract() == 0.0 && v.abs() < f64::from(i32::MAX) => Some(v as i32),
            _ => None,
        }
    }

    /// Whether it is 0, of either sign.
    pub(crate) fn is_zero(self) -> bool {
        matches!(self.cast(Ty::Bool), Word::Bool(false))
    }

    /// The same bits, where any NaN is the same as any other.
    pub fn same(self, other: Word) -> bool {
        match (self, other) {
            (Word::F32(a), Word::F32(b)) if a.is_nan() && b.is_nan() => true,
            (Word::F64(a), Word::F64(b)) if a.is_nan() && b.is_nan() => true,
            _ => self.ty() == other.ty() && self.to_bits() == other.to_bits(),
        }
    }
}

/// As Python writes it: `2.5`, `inf`, `True`.
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Word::Bool(true) => f.write_str("True"),
            Word::Bool(false) => f.write_str("False"),
            Word::I8(v) => write!(f, "{v}"),
            Word::I16(v) => write!(f, "{v}"),
            Word::I32(v) => write!(f, "{v}"),
            Word::I64(v) => write!(f, "{v}"),
            Word::U8(v) => write!(f, "{v}"),
            Word::U16(v) => write!(f, "{v}"),
            Word::U32(v) => write!(f, "{v}"),
            Word::U64(v) => write!(f, "{v}"),
            Word::F32(v) if v.is_nan() => f.write_str("nan"),
            Word::F64(v) if v.is_nan() => f.write_str("nan"),
            Word::F32(v) => write!(f, "{v:?}"),
            Word::F64(v) => write!(f, "{v:?}"),
        }
    }
}

/// A value as the low bits of a word.
trait Bits {
    fn bits(self) -> u64;
    fn of(bits: u64) -> Self;
}

impl Bits for bool {
    fn bits(self) -> u64 {
        self.into()
    }

    fn of(bits: u64) -> bool {
        bits & 0xff != 0
    }
}

macro_rules! ints {
    ($($rust:ident $unsigned:ident),*) => {$(
        impl Bits for $rust {
            fn bits(self) -> u64 {
                self as $unsigned as u64
            }

            fn of(bits: u64) -> $rust {
                bits as $rust
            }
        }
    )*};
}

ints!(i8 u8, i16 u16, i32 u32, i64 u64, u8 u8, u16 u16, u32 u32, u64 u64);

impl Bits for f32 {
    fn bits(self) -> u64 {
        self.to_bits().into()
    }

    fn of(bits: u64) -> f32 {
        f32::from_bits(bits as u32)
    }
}

impl Bits for f64 {
    fn bits(self) -> u64 {
        self.to_bits()
    }

    fn of(bits: u64) -> f64 {
        f64::from_bits(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_low_and_come_back() {
        for ty in Ty::ALL {
            for bits in [0, 1, 0x80, 0xff, 0x8000, 0x8000_0000, 1 << 63, u64::MAX] {
                let word = Word::from_bits(ty, bits);
                assert_eq!(word.ty(), ty);
                let kept = if ty == Ty::Bool {
                    u64::from(bits & 0xff != 0)
                } else {
                    bits & (u64::MAX >> (64 - ty.bits()))
                };
                assert_eq!(word.to_bits(), kept, "{ty} {bits:x}");
            }
        }
    }

    #[test]
    fn a_type_holds_another_where_casts_there_and_back_lose_nothing() {
        for (from, to) in Ty::ALL.into_iter().flat_map(|from| Ty::ALL.map(|to| (from, to))) {
            let edges = [
                0u64,
                1,
                0x7f,
                0x80,
                0xff,
                0x7fff,
                0x8000,
                0xffff,
                0x7fff_ffff,
                0x8000_0001,
                0xffff_ffff,
                u64::MAX >> 1,
                (1 << 63) + 1,
            ];
            let floats = [0.5f64, -1.0, 1e300, 3e38];
            let values = edges.into_iter().flat_map(|bits| [bits, !bits, bits << 31, !bits << 31]);
            let values = values.map(|bits| match from.is_float() {
                true => Word::int(bits as i64, from),
                false => Word::from_bits(from, bits),
            });
            let floats = floats.into_iter().filter(|_| from.is_float()).map(|v| Word::float(v, from));
            let lost = values.chain(floats).any(|v| {
                let wide = v.cast(to);
                // The number itself, not only the bits, is kept.
                let sign = |w: Word| matches!(w.cast(Ty::F64), Word::F64(v) if v < 0.0);
                !wide.cast(from).same(v) || sign(wide) != sign(v)
            });
            assert_eq!(to.holds(from), !lost, "{from} in {to}");
        }
    }
}
