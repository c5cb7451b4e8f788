//! The meaning of every primitive, on scalars.
//!
//! This is the one place that says what an operation gives; the interpreter runs it, the folding
//! of constants runs it, and the generators are held to it. It must not know bodies or loops.
//! Float division with a floor is NumPy's (compared with NumPy 2.4.6 bit for bit).

mod exponent;
mod far;

use crate::ops::{Op, Reduction, far as far_from};
use crate::types::{DType, Scalar};

/// What `op` gives for `operands`, in type `dtype`.
///
/// # Panics
/// Where the verifier would refuse the combination.
#[inline]
pub fn eval(op: Op, dtype: DType, operands: &[Scalar]) -> Scalar {
    use Scalar::{Bool, Float32, Float64, Int32, Int64};
    let result = match *operands {
        [x] if op == Op::Convert => Some(x.cast(dtype)),
        [x] if op == Op::Bitcast => Some(Scalar::from_bits(dtype, x.to_bits())),
        [Bool(c), x, y] if op == Op::Select => Some(if c { x } else { y }),
        [Bool(c), x, y] if let Some(chosen) = op.chosen() => {
            Some(if c { eval(chosen, dtype, &[x, y]) } else { y })
        }
        [Float64(x), Float64(y)] => f64s::binary(op, x, y),
        [Float32(x), Float32(y)] => f32s::binary(op, x, y),
        [Int64(x), Int64(y)] => i64s::binary(op, x, y),
        [Int32(x), Int32(y)] => i32s::binary(op, x, y),
        [Bool(x), Bool(y)] => bools(op, x, y),
        [Float64(x)] => f64s::unary(op, x),
        [Float32(x)] => f32s::unary(op, x),
        [Int64(x)] => i64s::unary(op, x),
        [Int32(x)] => i32s::unary(op, x),
        [Bool(x)] if op == Op::Not => Some(Bool(!x)),
        [Float64(x), Float64(y), Float64(z)] if op == Op::Fma => Some(Float64(x.mul_add(y, z))),
        [Float32(x), Float32(y), Float32(z)] if op == Op::Fma => Some(Float32(x.mul_add(y, z))),
        _ => None,
    };
    result.unwrap_or_else(|| panic!("{} of {operands:?}", op.info().name))
}

/// Two partial results of a reduction in one.
#[inline]
pub fn join(reduction: Reduction, x: Scalar, y: Scalar) -> Scalar {
    eval(reduction.op(), x.dtype(), &[x, y])
}

fn bools(op: Op, x: bool, y: bool) -> Option<Scalar> {
    Some(Scalar::Bool(match op {
        Op::And => x & y,
        Op::Or => x | y,
        Op::Xor => x ^ y,
        _ => return None,
    }))
}

/// Comparisons mean the same for every number.
macro_rules! compare {
    ($op:expr, $x:expr, $y:expr) => {
        match $op {
            Op::Eq => $x == $y,
            Op::Ne => $x != $y,
            Op::Lt => $x < $y,
            Op::Le => $x <= $y,
            Op::Gt => $x > $y,
            Op::Ge => $x >= $y,
            _ => return None,
        }
    };
}

macro_rules! ints {
    ($module:ident, $int:ident, $variant:ident) => {
        mod $module {
            use super::*;

            pub(super) fn unary(op: Op, x: $int) -> Option<Scalar> {
                Some(Scalar::$variant(match op {
                    Op::Neg => x.wrapping_neg(),
                    Op::Abs => x.wrapping_abs(),
                    Op::Not => !x,
                    _ => return None,
                }))
            }

            pub(super) fn binary(op: Op, x: $int, y: $int) -> Option<Scalar> {
                Some(Scalar::$variant(match op {
                    Op::Add => x.wrapping_add(y),
                    Op::Sub => x.wrapping_sub(y),
                    Op::Mul => x.wrapping_mul(y),
                    Op::FloorDiv => floor_div(x, y),
                    Op::Mod => modulo(x, y),
                    Op::Pow => power(x, y),
                    Op::Min => x.min(y),
                    Op::Max => x.max(y),
                    Op::And => x & y,
                    Op::Or => x | y,
                    Op::Xor => x ^ y,
                    Op::Shl if (0..$int::BITS as $int).contains(&y) => x << y,
                    Op::Shl => 0,
                    Op::Shr if (0..$int::BITS as $int).contains(&y) => x >> y,
                    Op::Shr => x >> ($int::BITS - 1),
                    Op::Ushr if (0..$int::BITS as $int).contains(&y) => {
                        (x.cast_unsigned() >> y).cast_signed()
                    }
                    Op::Ushr => 0,
                    _ => return Some(Scalar::Bool(compare!(op, x, y))),
                }))
            }

            fn floor_div(x: $int, y: $int) -> $int {
                if y == 0 {
                    return 0;
                }
                let uneven = x.wrapping_rem(y) != 0 && (x < 0) != (y < 0);
                x.wrapping_div(y) - uneven as $int
            }

            fn modulo(x: $int, y: $int) -> $int {
                if y == 0 {
                    return 0;
                }
                let rest = x.wrapping_rem(y);
                if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }
            }

            fn power(mut x: $int, mut y: $int) -> $int {
                let mut result: $int = (y >= 0).into();
                while y > 0 {
                    if y & 1 == 1 {
                        result = result.wrapping_mul(x);
                    }
                    x = x.wrapping_mul(x);
                    y >>= 1;
                }
                result
            }
        }
    };
}

macro_rules! floats {
    ($module:ident, $float:ident, $variant:ident) => {
        mod $module {
            use super::*;

            pub(super) fn unary(op: Op, x: $float) -> Option<Scalar> {
                Some(Scalar::$variant(match op {
                    Op::Neg => -x,
                    Op::Abs => x.abs(),
                    Op::Sqrt => x.sqrt(),
                    Op::Floor => x.floor(),
                    Op::Ceil => x.ceil(),
                    Op::Trunc => x.trunc(),
                    Op::Rint => x.round_ties_even(),
                    Op::Fraction => exponent::fraction(x.into()) as $float,
                    Op::Exp => x.exp(),
                    Op::Expm1 => x.exp_m1(),
                    Op::Log => x.ln(),
                    Op::Log1p => x.ln_1p(),
                    Op::Sin => x.sin(),
                    Op::Cos => x.cos(),
                    Op::Tan => x.tan(),
                    Op::Tanh => x.tanh(),
                    _ => return None,
                }))
            }

            pub(super) fn binary(op: Op, x: $float, y: $float) -> Option<Scalar> {
                Some(Scalar::$variant(match op {
                    Op::Add => x + y,
                    Op::Sub => x - y,
                    Op::Mul => x * y,
                    Op::Div => x / y,
                    Op::FloorDiv => divmod(x, y).0,
                    Op::Mod => divmod(x, y).1,
                    Op::Pow => x.powf(y),
                    // Not Rust's own min and max: those drop a NaN, and leave the sign of zero open.
                    Op::Min if x < y || x.is_nan() => x,
                    Op::Min => y,
                    Op::Max if x > y || x.is_nan() => x,
                    Op::Max => y,
                    Op::Scale => exponent::scale(x.into(), y.into()) as $float,
                    Op::Exponent => exponent::exponent(x.into(), y.into()) as $float,
                    // In float64, so that the one rounding of float32 is all that shows.
                    Op::SinFar if is_far(x) => far::sin(x.into()) as $float,
                    Op::CosFar if is_far(x) => far::cos(x.into()) as $float,
                    Op::TanFar if is_far(x) => far::tan(x.into()) as $float,
                    Op::SinFar | Op::CosFar | Op::TanFar => y,
                    _ => return Some(Scalar::Bool(compare!(op, x, y))),
                }))
            }

            fn is_far(x: $float) -> bool {
                x.is_finite() && x.abs() >= far_from(DType::$variant) as $float
            }

            /// Quotient rounded down and remainder with the sign of `y`, as NumPy finds them: from the
            /// exact remainder of C's fmod. An infinite `x` gives NaN for both, an infinite `y` of
            /// the other sign than `x` gives -1 and `y`, and x // 0 is x / 0.
            fn divmod(x: $float, y: $float) -> ($float, $float) {
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

ints!(i32s, i32, Int32);
ints!(i64s, i64, Int64);
floats!(f32s, f32, Float32);
floats!(f64s, f64, Float64);

#[cfg(test)]
mod tests {
    use super::*;
    use Scalar::{Bool, Float32, Float64, Int32, Int64};

    /// Expects `op` of the operands to be the result, to the bit.
    fn check(op: Op, operands: &[Scalar], expected: Scalar) {
        let found = eval(op, expected.dtype(), operands);
        assert!(found.same(expected), "{op:?} {operands:?}: {found:?}, not {expected:?}");
    }

    #[test]
    fn integers_wrap_and_floor() {
        const MIN: i32 = i32::MIN;
        #[rustfmt::skip]
        let table = [
            (Op::Add, i32::MAX, 1, MIN), (Op::Sub, MIN, 1, i32::MAX), (Op::Mul, 1 << 20, 1 << 12, 0),
            (Op::FloorDiv, 7, 2, 3), (Op::FloorDiv, -7, 2, -4), (Op::FloorDiv, 7, -2, -4),
            (Op::FloorDiv, -7, -2, 3), (Op::FloorDiv, -6, 2, -3), (Op::FloorDiv, 5, 0, 0),
            (Op::FloorDiv, MIN, -1, MIN), (Op::FloorDiv, MIN, 0, 0),
            (Op::Mod, 7, 3, 1), (Op::Mod, -7, 3, 2), (Op::Mod, 7, -3, -2), (Op::Mod, -7, -3, -1),
            (Op::Mod, 5, 0, 0), (Op::Mod, MIN, -1, 0),
            (Op::Pow, 3, 4, 81), (Op::Pow, -2, 31, MIN), (Op::Pow, 2, 32, 0), (Op::Pow, 0, 0, 1),
            (Op::Pow, 7, -1, 0), (Op::Pow, 1, -1, 0), (Op::Pow, 3, i32::MAX, -1431655765),
            (Op::Shl, 1, 31, MIN), (Op::Shl, 1, 32, 0), (Op::Shl, 1, -1, 0),
            (Op::Shr, -8, 1, -4), (Op::Ushr, -8, 1, 0x7fff_fffc), (Op::Ushr, -8, 32, 0), (Op::Ushr, -8, -1, 0),
            (Op::Shr, -8, 32, -1), (Op::Shr, -8, -1, -1), (Op::Shr, 8, 99, 0),
            (Op::Min, 3, -3, -3), (Op::Max, 3, -3, 3), (Op::Xor, 6, 3, 5),
        ];
        for (op, x, y, expected) in table {
            check(op, &[Int32(x), Int32(y)], Int32(expected));
        }
        check(Op::Abs, &[Int64(i64::MIN)], Int64(i64::MIN));
        check(Op::Neg, &[Int64(i64::MIN)], Int64(i64::MIN));
        check(Op::Ushr, &[Int64(-1), Int64(63)], Int64(1));
        check(Op::Bitcast, &[Float64(-0.0)], Int64(i64::MIN));
        check(Op::Bitcast, &[Int32(0x3f80_0000)], Float32(1.0));
        check(Op::Not, &[Int64(5)], Int64(-6));
        check(Op::Not, &[Bool(true)], Bool(false));
        check(Op::Ge, &[Int64(3), Int64(3)], Bool(true));
    }

    #[test]
    fn minimum_propagates_nan_and_takes_the_second_of_equals() {
        let nan = f64::NAN;
        for (x, y, least, most) in
            [(nan, 1.0, nan, nan), (1.0, nan, nan, nan), (-0.0, 0.0, 0.0, 0.0), (0.0, -0.0, -0.0, -0.0)]
        {
            check(Op::Min, &[Float64(x), Float64(y)], Float64(least));
            check(Op::Max, &[Float64(x), Float64(y)], Float64(most));
        }
    }

    /// Rows of NumPy 2.4.6: x, y, x // y, x % y.
    #[test]
    fn float_division_with_a_floor_is_numpys() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        #[rustfmt::skip]
        let table = [
            (7.5, 2.0, 3.0, 1.5), (-7.5, 2.0, -4.0, 0.5),
            (7.5, -2.0, -4.0, -0.5), (-7.5, -2.0, 3.0, -1.5),
            (1.0, 0.1, 9.0, 0.09999999999999995), (-1.0, 0.1, -10.0, 5.551115123125783e-17),
            (0.0, 3.0, 0.0, 0.0), (-0.0, 3.0, -0.0, 0.0),
            (0.0, -3.0, -0.0, -0.0), (1.0, 0.0, inf, nan),
            (-1.0, 0.0, -inf, nan), (0.0, 0.0, nan, nan),
            (inf, 2.0, nan, nan), (2.0, inf, 0.0, 2.0),
            (-2.0, inf, -1.0, inf), (2.0, -inf, -1.0, -inf),
            (0.0, -inf, -0.0, -0.0), (inf, inf, nan, nan),
            (nan, 1.0, nan, nan), (1.0, nan, nan, nan),
            (6.0, -3.0, -2.0, -0.0), (5e-324, -1e+300, -1.0, -1e+300),
            (1e+300, 5e-324, inf, 0.0), (nan, 0.0, nan, nan),
            (inf, 0.0, inf, nan), (-6.0, 3.0, -2.0, 0.0),
        ];
        for (x, y, quotient, modulo) in table {
            check(Op::FloorDiv, &[Float64(x), Float64(y)], Float64(quotient));
            check(Op::Mod, &[Float64(x), Float64(y)], Float64(modulo));
        }
        check(Op::FloorDiv, &[Float32(1.0), Float32(0.1)], Float32(9.0));
    }
}
