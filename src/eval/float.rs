//! The primitives on floats. Division with a floor is NumPy's (compared with NumPy 2.4.6 bit for bit).

use super::{Operand, compare, exponent, far};
use crate::ops::{Op, far as far_from};
use crate::types::{Ty, Word};

macro_rules! operand {
    ($float:ident $variant:ident $module:ident) => {
        impl Operand for $float {
            fn unary(self, op: Op) -> Option<$float> {
                let x = self;
                Some(match op {
                    Op::Neg => -x,
                    Op::Abs => x.abs(),
                    Op::Sqrt => x.sqrt(),
                    Op::Floor => x.floor(),
                    Op::Ceil => x.ceil(),
                    Op::Trunc => x.trunc(),
                    Op::Rint => x.round_ties_even(),
                    Op::Fraction => exponent::fraction(x.into()) as $float,
                    _ => return None,
                })
            }

            fn binary(self, op: Op, y: $float) -> Option<Word> {
                let x = self;
                Some(Word::$variant(match op {
                    Op::Add => x + y,
                    Op::Sub => x - y,
                    Op::Mul => x * y,
                    Op::Div => x / y,
                    Op::FloorDiv => $module::divmod(x, y).0,
                    Op::Mod => $module::divmod(x, y).1,
                    // Not Rust's own min and max: those drop a NaN, and leave the sign of zero open.
                    Op::Min if x < y || x.is_nan() => x,
                    Op::Min => y,
                    Op::Max if x > y || x.is_nan() => x,
                    Op::Max => y,
                    Op::Scale => exponent::scale(x.into(), y.into()) as $float,
                    Op::Exponent => exponent::exponent(x.into(), y.into()) as $float,
                    // In float64, so that the one rounding of float32 is all that shows.
                    Op::SinFar if $module::is_far(x) => far::sin(x.into()) as $float,
                    Op::CosFar if $module::is_far(x) => far::cos(x.into()) as $float,
                    Op::TanFar if $module::is_far(x) => far::tan(x.into()) as $float,
                    Op::SinFar | Op::CosFar | Op::TanFar => y,
                    _ => return compare(op, x, y),
                }))
            }
        }

        mod $module {
            use super::*;

            pub(super) fn is_far(x: $float) -> bool {
                x.is_finite() && x.abs() >= far_from(Ty::$variant) as $float
            }

            /// Quotient rounded down and remainder with the sign of `y`, as NumPy finds them: from the
            /// exact remainder of C's fmod. An infinite `x` gives NaN for both, an infinite `y` of
            /// the other sign than `x` gives -1 and `y`, and x // 0 is x / 0.
            pub(super) fn divmod(x: $float, y: $float) -> ($float, $float) {
                let rest = x % y;
                if y == 0.0 {
                    return (x / y, rest);
                }
                let mut quotient = (x - rest) / y;
                let mut modulo = rest;
                if rest == 0.0 {
                    modulo = (0.0 as $float).copysign(y);
                } else if (y < 0.0) != (rest < 0.0) {
                    modulo += y;
                    quotient -= 1.0;
                }
                if quotient == 0.0 {
                    return ((0.0 as $float).copysign(x / y), modulo);
                }
                // The quotient may lie just beside the integer it stands for.
                let floor = quotient.floor();
                (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, modulo)
            }
        }
    };
}

operand!(f32 F32 f32s);
operand!(f64 F64 f64s);
