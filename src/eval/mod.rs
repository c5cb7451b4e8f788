//! The meaning of every primitive, on scalars.
//!
//! This is the one place that says what an operation gives; the interpreter runs it, the folding
//! of constants runs it, and the generators are held to it. Only the math functions of floats are not here: they
//! mean what their expansions into the other primitives give (`math`). It must not know bodies or loops.

mod exponent;
mod far;
mod float;
mod int;

use crate::ops::{Op, Reduction};
use crate::types::{Ty, Word, with_register_types};

macro_rules! meanings {
    ($($variant:ident $rust:ident $dtype:ident),*) => {
        /// What `op` gives for `operands`, in type `ty`.
        ///
        /// # Panics
        /// Where the verifier would refuse the combination.
        #[inline]
        pub fn eval(op: Op, ty: Ty, operands: &[Word]) -> Word {
            let result = match *operands {
                [x] if op == Op::Convert => Some(x.cast(ty)),
                [x] if op == Op::Bitcast => Some(Word::from_bits(ty, x.to_bits())),
                [Word::Bool(c), x, y] if op == Op::Select => Some(if c { x } else { y }),
                [Word::Bool(c), x, y] if let Some(chosen) = op.chosen() => {
                    Some(if c { eval(chosen, ty, &[x, y]) } else { y })
                }
                $([Word::$variant(x), Word::$variant(y)] => x.binary(op, y),)*
                $([Word::$variant(x)] => x.unary(op).map(Word::$variant),)*
                [Word::F64(x), Word::F64(y), Word::F64(z)] if op == Op::Fma => Some(Word::F64(x.mul_add(y, z))),
                [Word::F32(x), Word::F32(y), Word::F32(z)] if op == Op::Fma => Some(Word::F32(x.mul_add(y, z))),
                _ => None,
            };
            result.unwrap_or_else(|| panic!("{} of {operands:?}", op.info().name))
        }
    };
}

with_register_types!(meanings!);

/// Two partial results of a reduction in one.
#[inline]
pub fn join(reduction: Reduction, x: Word, y: Word) -> Word {
    eval(reduction.op(), x.ty(), &[x, y])
}

/// Two partial results of a pair of reductions in one: the product of complex numbers.
pub fn join_pair([x_re, x_im]: [Word; 2], [y_re, y_im]: [Word; 2]) -> [Word; 2] {
    let ty = x_re.ty();
    let re = eval(Op::Neg, ty, &[eval(Op::Mul, ty, &[x_im, y_im])]);
    let im = eval(Op::Mul, ty, &[x_im, y_re]);
    [eval(Op::Fma, ty, &[x_re, y_re, re]), eval(Op::Fma, ty, &[x_re, y_im, im])]
}

/// A type that values of the IR have: what the primitives mean on it, those that it has.
trait Operand: Copy {
    fn unary(self, op: Op) -> Option<Self>;
    fn binary(self, op: Op, y: Self) -> Option<Word>;
}

impl Operand for bool {
    fn unary(self, op: Op) -> Option<bool> {
        (op == Op::Not).then_some(!self)
    }

    fn binary(self, op: Op, y: bool) -> Option<Word> {
        Some(Word::Bool(match op {
            Op::And => self & y,
            Op::Or => self | y,
            Op::Xor => self ^ y,
            _ => return None,
        }))
    }
}

/// Comparisons mean the same for every number.
fn compare<T: PartialOrd>(op: Op, x: T, y: T) -> Option<Word> {
    Some(Word::Bool(match op {
        Op::Eq => x == y,
        Op::Ne => x != y,
        Op::Lt => x < y,
        Op::Le => x <= y,
        Op::Gt => x > y,
        Op::Ge => x >= y,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Word::{Bool, F32, F64, I8, I32, I64, U8, U64};

    /// Expects `op` of the operands to be the result, to the bit.
    fn check(op: Op, operands: &[Word], expected: Word) {
        let found = eval(op, expected.ty(), operands);
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
            check(op, &[I32(x), I32(y)], I32(expected));
        }
        check(Op::Abs, &[I64(i64::MIN)], I64(i64::MIN));
        check(Op::Neg, &[I64(i64::MIN)], I64(i64::MIN));
        check(Op::Ushr, &[I64(-1), I64(63)], I64(1));
        check(Op::Bitcast, &[F64(-0.0)], I64(i64::MIN));
        check(Op::Bitcast, &[I32(0x3f80_0000)], F32(1.0));
        check(Op::Not, &[I64(5)], I64(-6));
        for (op, x, y, expected) in [
            (Op::Add, 250, 10, 4),
            (Op::Sub, 0, 1, 255),
            (Op::FloorDiv, 255, 2, 127),
            (Op::FloorDiv, 9, 0, 0),
            (Op::Mod, 255, 16, 15),
            (Op::Mod, 9, 0, 0),
            (Op::Pow, 3, 200, 161),
            (Op::Max, 200, 100, 200),
            (Op::Shl, 3, 7, 128),
            (Op::Shl, 3, 8, 0),
            (Op::Shr, 200, 3, 25),
            (Op::Shr, 200, 255, 0),
        ] {
            check(op, &[U8(x), U8(y)], U8(expected));
        }
        check(Op::Abs, &[U64(u64::MAX)], U64(u64::MAX));
        check(Op::Shr, &[I8(-128), I8(127)], I8(-1));
        check(Op::Ushr, &[I8(-128), I8(7)], I8(1));
        check(Op::FloorDiv, &[I8(-128), I8(-1)], I8(-128));
        check(Op::Lt, &[U64(u64::MAX), U64(1)], Bool(false));
        check(Op::Not, &[Bool(true)], Bool(false));
        check(Op::Ge, &[I64(3), I64(3)], Bool(true));
    }

    #[test]
    fn minimum_propagates_nan_and_takes_the_second_of_equals() {
        let nan = f64::NAN;
        for (x, y, least, most) in
            [(nan, 1.0, nan, nan), (1.0, nan, nan, nan), (-0.0, 0.0, 0.0, 0.0), (0.0, -0.0, -0.0, -0.0)]
        {
            check(Op::Min, &[F64(x), F64(y)], F64(least));
            check(Op::Max, &[F64(x), F64(y)], F64(most));
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
            check(Op::FloorDiv, &[F64(x), F64(y)], F64(quotient));
            check(Op::Mod, &[F64(x), F64(y)], F64(modulo));
        }
        check(Op::FloorDiv, &[F32(1.0), F32(0.1)], F32(9.0));
    }
}
