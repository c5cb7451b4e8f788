//! The primitives on integers. Everything wraps; nothing fails.

use super::{Operand, compare};
use crate::ops::Op;
use crate::types::Word;

/// What is not the same with a sign and without.
trait Int: Copy {
    fn abs(self) -> Self;

    /// The quotient rounded down, of a `y` that is not 0.
    fn floor_div(self, y: Self) -> Self;

    /// The remainder with the sign of `y`, which is not 0.
    fn modulo(self, y: Self) -> Self;

    /// What a shift to the right by the width or more leaves.
    fn sign(self) -> Self;

    /// The amount of a shift by `self`, if that is less than the width and not negative.
    fn amount(self) -> Option<u32>;
}

macro_rules! signed {
    ($($int:ident)*) => {$(
        impl Int for $int {
            fn abs(self) -> $int {
                self.wrapping_abs()
            }

            fn floor_div(self, y: $int) -> $int {
                let uneven = self.wrapping_rem(y) != 0 && (self < 0) != (y < 0);
                self.wrapping_div(y) - uneven as $int
            }

            fn modulo(self, y: $int) -> $int {
                let rest = self.wrapping_rem(y);
                if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }
            }

            fn sign(self) -> $int {
                self >> ($int::BITS - 1)
            }

            fn amount(self) -> Option<u32> {
                u32::try_from(self).ok().filter(|&amount| amount < $int::BITS)
            }
        }
    )*};
}

macro_rules! unsigned {
    ($($int:ident)*) => {$(
        impl Int for $int {
            fn abs(self) -> $int {
                self
            }

            fn floor_div(self, y: $int) -> $int {
                self / y
            }

            fn modulo(self, y: $int) -> $int {
                self % y
            }

            fn sign(self) -> $int {
                0
            }

            fn amount(self) -> Option<u32> {
                u32::try_from(self).ok().filter(|&amount| amount < $int::BITS)
            }
        }
    )*};
}

signed!(i8 i16 i32 i64);
unsigned!(u8 u16 u32 u64);

macro_rules! operand {
    ($($int:ident $unsigned:ident)*) => {$(
        impl Operand for $int {
            fn unary(self, op: Op) -> Option<$int> {
                Some(match op {
                    Op::Neg => self.wrapping_neg(),
                    Op::Abs => Int::abs(self),
                    Op::Not => !self,
                    _ => return None,
                })
            }

            fn binary(self, op: Op, y: $int) -> Option<Word> {
                let x = self;
                Some(Word::from(match op {
                    Op::Add => x.wrapping_add(y),
                    Op::Sub => x.wrapping_sub(y),
                    Op::Mul => x.wrapping_mul(y),
                    Op::FloorDiv | Op::Mod if y == 0 => 0,
                    Op::FloorDiv => x.floor_div(y),
                    Op::Mod => x.modulo(y),
                    Op::Pow => {
                        let (mut x, mut y) = (x, y);
                        // A negative exponent gives 0.
                        #[allow(unused_comparisons, reason = "of an unsigned one too")]
                        let mut result = <$int>::from(y >= 0);
                        while y > 0 {
                            if y & 1 == 1 {
                                result = result.wrapping_mul(x);
                            }
                            x = x.wrapping_mul(x);
                            y >>= 1;
                        }
                        result
                    }
                    Op::Min => x.min(y),
                    Op::Max => x.max(y),
                    Op::And => x & y,
                    Op::Or => x | y,
                    Op::Xor => x ^ y,
                    Op::Shl => y.amount().map_or(0, |amount| x << amount),
                    Op::Shr => y.amount().map_or(x.sign(), |amount| x >> amount),
                    Op::Ushr => y.amount().map_or(0, |amount| (x as $unsigned >> amount) as $int),
                    _ => return compare(op, x, y),
                }))
            }
        }
    )*};
}

operand!(i8 u8 i16 u16 i32 u32 i64 u64 u8 u8 u16 u16 u32 u32 u64 u64);
