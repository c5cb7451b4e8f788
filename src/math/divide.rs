//! Division with a floor, its remainder, and powers of integers, as arithmetic.
//!
//! Back ends with vectors alone have none of them: integers are divided as float64, with the quotient mended where
//! it was rounded; floats by an exact remainder (fma) of the rounded quotient. Only quotients of floats
//! that are too large for that are left to [`Op::FloorDivIf`] and [`Op::ModIf`]. The bits are those of
//! [`Op::FloorDiv`], [`Op::Mod`] and [`Op::Pow`].

use super::lane::{Lane, Sheet};
use super::rewritten;
use crate::ir::Program;
use crate::ops::{Op, Primitives, Value};
use crate::types::Ty;

/// Expands [`Op::FloorDiv`], [`Op::Mod`], and [`Op::Pow`] of integers in `program`.
pub(crate) fn expand_divisions(program: &mut Program) {
    rewritten(program, write);
}

fn write(values: &mut dyn Primitives, op: Op, operands: &[Value]) -> Option<Value> {
    if !matches!(op, Op::FloorDiv | Op::Mod | Op::Pow) {
        return None;
    }
    let sheet = Sheet::new(values);
    let (x, y) = (sheet.lane(operands[0]), sheet.lane(operands[1]));
    let result = match (op, x.ty) {
        (Op::Pow, Ty::I32 | Ty::I64 | Ty::U32 | Ty::U64) => power(x, y),
        (Op::FloorDiv | Op::Mod, Ty::I32 | Ty::U32) => int32(op, x, y),
        (Op::FloorDiv | Op::Mod, Ty::I64) => int64(op, x, y),
        (Op::FloorDiv | Op::Mod, Ty::F32 | Ty::F64) => float(op, x, y),
        // Powers of floats are a function; uint64 is left as it is, and narrower integers are in lanes of 32 bits.
        _ => return None,
    };
    Some(result.value)
}

/// Exponents below 2^this are raised bit by bit; larger ones, which few have a use for, by the host.
const EXPONENT_BITS: u32 = 7;

/// x ** y of integers, modulo 2^n.
fn power<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let (mut result, mut square) = (x.integer(1), x);
    for bit in 0..EXPONENT_BITS {
        let odd = (y & (1i64 << bit)).differs(0i64);
        result = odd.select(result * square, result);
        square = square * square;
    }
    let raised = y.lt(0i64).select(x.integer(0), result);
    let large = y.binary(Op::Ge, y.integer(1 << EXPONENT_BITS));
    large.select(large.choice(Op::PowIf, x, y), raised)
}

/// A quotient that is no integer is further from the next one than float64 rounds: its floor is exact.
fn int32<'s>(op: Op, x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let floor = (x.to(Ty::F64) / y.to(Ty::F64)).unary(Op::Floor);
    // The integer stands in the low bits of the sum, and MIN // -1 wraps there.
    let shifter = floor.format().shifter(0, 0);
    let quotient = (floor + shifter).bits().to(x.ty);
    let result = if op == Op::FloorDiv { quotient } else { x - quotient * y };
    y.same(0i64).select(y, result)
}

/// The quotient of the rounded numbers is right to 2^-51 of it, and that of what is left to one.
fn int64<'s>(op: Op, x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let divisor = y.to(Ty::F64);
    let towards_zero = |x: Lane<'s>| (x.to(Ty::F64) / divisor).to(Ty::I64);
    let first = towards_zero(x);
    let left = x - first * y;
    let second = towards_zero(left);
    let (quotient, rest) = (first + second, left - second * y);
    // Where the rest has the other sign than the divisor, or is the divisor or more, one is missing.
    let zero = rest.integer(0);
    let negative = y.lt(zero);
    let other = rest.differs(zero) & (rest.lt(zero) ^ negative);
    let beyond = negative.select(rest.binary(Op::Le, y), rest.binary(Op::Ge, y));
    let result = if op == Op::FloorDiv {
        let mended = beyond.select(quotient + 1i64, quotient);
        other.select(quotient - 1i64, mended)
    } else {
        let mended = beyond.select(rest - y, rest);
        other.select(rest + y, mended)
    };
    y.same(zero).select(zero, result)
}

/// Quotients below this are exact as integers in the type, with bits to spare for NumPy's way to round them.
fn largest(ty: Ty) -> f64 {
    if ty == Ty::F32 { 2f64.powi(21) } else { 2f64.powi(50) }
}

/// NumPy's divmod (see [`crate::eval`]), from the remainder of the rounded quotient, which fma gives without an error.
fn float<'s>(op: Op, x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let (size, divisor) = (x.abs(), y.abs());
    let ratio = x / y;
    let whole = ratio.unary(Op::Trunc);
    // A dividend below the divisor is its own remainder, beside an infinite one too.
    let rest = size.lt(divisor).select(x, (-whole).fma(y, x));
    // Where the ratio was rounded up to an integer, the rest has the other sign than x. So one step mends
    // both that and the rounding toward zero.
    let other = rest.differs(0.0) & (rest.lt(0.0) ^ y.lt(0.0));
    let sign = |of: Lane<'s>| of.bits() & of.format().sign();
    let result = if op == Op::FloorDiv {
        let floor = other.select(whole - 1.0, whole);
        // A quotient of zero has the sign of the ratio.
        (floor.bits() | sign(ratio)).float()
    } else {
        let modulo = other.select(rest + y, rest);
        rest.same(0.0).select(sign(y).float(), modulo)
    };
    // Division by zero is arithmetic; infinite dividends and large quotients are not.
    let large = (divisor * largest(x.ty)).binary(Op::Le, size) & y.differs(0.0);
    let exact = if op == Op::FloorDiv { Op::FloorDivIf } else { Op::ModIf };
    large.select(large.choice(exact, x, y), result)
}
