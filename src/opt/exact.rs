//! Rules that change no bit of a result, in any mode.
//!
//! Each stands with its law. A law without a word on floats holds for -0.0, infinities, NaN and
//! subnormals too, because both sides round the same exact value, or none; laws that need more are
//! marked. Laws of integers hold modulo 2^n, where MIN is its own negation; those that need a sign
//! are marked too.

use super::rewrite::{Rewrite, negated};
use crate::eval::eval;
use crate::ir::{Builder, Inst, Value};
use crate::ops::{Op, Primitives as _};
use crate::types::{Ty, Word};

pub(super) fn rule(b: &mut Builder, op: Op, operands: [Value; 3], ty: Ty) -> Option<Rewrite> {
    let [x, y, z] = operands;
    match op {
        Op::Add => add(b, x, y, ty),
        Op::Sub => sub(b, x, y, ty),
        Op::Mul => mul(b, x, y, ty),
        Op::Div => div(b, x, y),
        Op::FloorDiv | Op::Mod => floor(b, op, x, y, ty),
        Op::Neg => neg(b, x, ty),
        Op::Abs => abs(b, x, ty),
        // min(x, x) = x, of NaN too
        Op::Min | Op::Max if x == y => Some(Rewrite::Value(x)),
        Op::Floor | Op::Ceil | Op::Trunc | Op::Rint => whole(b, x),
        Op::And | Op::Or | Op::Xor => bits(b, op, x, y),
        Op::Not => not(b, x),
        Op::Shl | Op::Shr => shift(b, op, x, y, ty),
        Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => compare(b, op, x, y),
        Op::Select => select(b, x, y, z, ty),
        Op::Convert => convert(b, x, ty),
        Op::Bitcast => bitcast(b, x, ty),
        _ => None,
    }
}

fn add(b: &mut Builder, x: Value, y: Value, ty: Ty) -> Option<Rewrite> {
    // x + 0 = x for integers, x + -0.0 = x for floats; x + 0.0 would turn -0.0 into 0.0.
    if is_zero_of_sums(b, y, ty) {
        return Some(Rewrite::Value(x));
    }
    // x + -y = x - y
    if let Some(y) = b.operand(y, Op::Neg) {
        return Some(Rewrite::op(Op::Sub, &[x, y]));
    }
    let x = b.operand(x, Op::Neg)?;
    Some(Rewrite::op(Op::Sub, &[y, x]))
}

fn sub(b: &mut Builder, x: Value, y: Value, ty: Ty) -> Option<Rewrite> {
    // 0 - y = -y for integers, -0.0 - y = -y for floats; 0.0 - 0.0 is 0.0, not -0.0.
    if is_zero_of_sums(b, x, ty) {
        return Some(Rewrite::op(Op::Neg, &[y]));
    }
    // x - x = 0 for integers; inf - inf is NaN.
    if x == y && ty.is_int() {
        return Some(Rewrite::Value(b.number(0, ty)));
    }
    // x - c = x + -c, x - -y = x + y
    let y = negated(b, y)?;
    Some(Rewrite::op(Op::Add, &[x, y]))
}

fn is_zero_of_sums(b: &Builder, x: Value, ty: Ty) -> bool {
    match b.known(x) {
        Some(c) if ty.is_float() => c.same(Word::float(-0.0, ty)),
        _ => b.is(x, 0),
    }
}

fn mul(b: &mut Builder, x: Value, y: Value, ty: Ty) -> Option<Rewrite> {
    // x * 1 = x
    if b.is(y, 1) {
        return Some(Rewrite::Value(x));
    }
    // x * -1 = -x
    if b.is(y, -1) {
        return Some(Rewrite::op(Op::Neg, &[x]));
    }
    if ty.is_int() {
        // x * 0 = 0 for integers; for floats the sign, infinities and NaN stand against it.
        if b.is(y, 0) {
            return Some(Rewrite::Value(y));
        }
        // x * 2^k = x << k
        if let Some(k) = exponent(b, y) {
            let k = b.number(k, ty);
            return Some(Rewrite::op(Op::Shl, &[x, k]));
        }
    }
    // -x * -y = x * y, -x * c = x * -c
    let x = b.operand(x, Op::Neg)?;
    let y = negated(b, y)?;
    Some(Rewrite::op(Op::Mul, &[x, y]))
}

fn div(b: &mut Builder, x: Value, y: Value) -> Option<Rewrite> {
    // x / c = x * (1 / c), where 1 / c is exact and normal: both round the same exact value.
    if let Some(c) = b.known(y) {
        let exact = match c {
            Word::F32(v) => power_of_two(v.to_bits().into(), 23) && v.is_normal() && (1.0 / v).is_normal(),
            Word::F64(v) => power_of_two(v.to_bits(), 52) && v.is_normal() && (1.0 / v).is_normal(),
            _ => false,
        };
        if exact {
            let one = Word::int(1, c.ty());
            let reciprocal = b.constant(eval(Op::Div, c.ty(), &[one, c]));
            return Some(Rewrite::op(Op::Mul, &[x, reciprocal]));
        }
    }
    // -x / -y = x / y, -x / c = x / -c, c / -y = -c / y
    let is_neg = |v| b.operand(v, Op::Neg).is_some();
    if !is_neg(x) && !is_neg(y) {
        return None;
    }
    let operands = [negated(b, x)?, negated(b, y)?];
    Some(Rewrite::op(Op::Div, &operands))
}

/// Whether the fraction bits of a float are all zero.
fn power_of_two(bits: u64, fraction: u32) -> bool {
    bits.trailing_zeros() >= fraction
}

/// The k of a positive integer constant 2^k.
fn exponent(b: &Builder, x: Value) -> Option<i64> {
    let constant = b.known(x)?;
    let bits = constant.to_bits();
    let negative = constant.ty().is_signed() && bits >> (constant.ty().bits() - 1) == 1;
    (constant.ty().is_int() && bits.is_power_of_two() && !negative).then(|| bits.trailing_zeros().into())
}

/// `//` and `%` of integers. Those of floats have no such laws: inf // 1 is NaN.
fn floor(b: &mut Builder, op: Op, x: Value, y: Value, ty: Ty) -> Option<Rewrite> {
    if !ty.is_int() {
        return None;
    }
    // x // 0 = x % 0 = x % 1 = 0; with a sign, x % -1 = 0
    let minus_one = ty.is_signed() && b.is(y, -1);
    if b.is(y, 0) || (op == Op::Mod && (b.is(y, 1) || minus_one)) {
        return Some(Rewrite::Value(b.number(0, ty)));
    }
    // With a sign, x // -1 = -x, of MIN too.
    if minus_one {
        return Some(Rewrite::op(Op::Neg, &[x]));
    }
    // x // 2^k = x >> k, x % 2^k = x & (2^k - 1): both round down, also below zero.
    let k = exponent(b, y)?;
    if op == Op::FloorDiv {
        let k = b.number(k, ty);
        return Some(Rewrite::op(Op::Shr, &[x, k]));
    }
    let mask = b.number(((1u64 << k) - 1) as i64, ty);
    Some(Rewrite::op(Op::And, &[x, mask]))
}

fn neg(b: &mut Builder, x: Value, ty: Ty) -> Option<Rewrite> {
    // - -x = x
    if let Some(x) = b.operand(x, Op::Neg) {
        return Some(Rewrite::Value(x));
    }
    // -(x * c) = x * -c
    if let Some([x, y, _]) = b.operands(x, Op::Mul)
        && b.known(y).is_some()
    {
        let operands = [x, negated(b, y)?];
        return Some(Rewrite::op(Op::Mul, &operands));
    }
    // -(x - y) = y - x for integers; of equal floats it is -0.0.
    match b.operands(x, Op::Sub) {
        Some([x, y, _]) if ty.is_int() => Some(Rewrite::op(Op::Sub, &[y, x])),
        _ => None,
    }
}

fn abs(b: &mut Builder, x: Value, ty: Ty) -> Option<Rewrite> {
    // |x| = x without a sign
    if ty.is_int() && !ty.is_signed() {
        return Some(Rewrite::Value(x));
    }
    // |-x| = |x|
    if let Some(x) = b.operand(x, Op::Neg) {
        return Some(Rewrite::op(Op::Abs, &[x]));
    }
    // ||x|| = |x|, |x * x| = x * x for floats; the square of an integer may wrap below zero.
    let square = b.operands(x, Op::Mul).is_some_and(|[x, y, _]| x == y && b.ty(x).is_float());
    (square || b.operand(x, Op::Abs).is_some()).then_some(Rewrite::Value(x))
}

/// Rounding what is whole already: floor(ceil(x)) = ceil(x), with its sign of zero.
fn whole(b: &Builder, x: Value) -> Option<Rewrite> {
    let rounded = [Op::Floor, Op::Ceil, Op::Trunc, Op::Rint].into_iter().any(|op| b.operand(x, op).is_some());
    let integer = b.operand(x, Op::Convert).is_some_and(|from| !b.ty(from).is_float());
    (rounded || integer).then_some(Rewrite::Value(x))
}

fn bits(b: &mut Builder, op: Op, x: Value, y: Value) -> Option<Rewrite> {
    let ones = b.is(y, -1);
    let zeros = b.is(y, 0);
    Some(match op {
        // x & x = x | x = x, x ^ x = 0
        Op::And | Op::Or if x == y => Rewrite::Value(x),
        Op::Xor if x == y => Rewrite::Value(b.number(0, b.ty(x))),
        // x & 11… = x | 00… = x ^ 00… = x
        Op::And if ones => Rewrite::Value(x),
        Op::Or | Op::Xor if zeros => Rewrite::Value(x),
        // x & 00… = 00…, x | 11… = 11…, x ^ 11… = not x
        Op::And if zeros => Rewrite::Value(y),
        Op::Or if ones => Rewrite::Value(y),
        Op::Xor if ones => Rewrite::op(Op::Not, &[x]),
        _ => return None,
    })
}

fn not(b: &mut Builder, x: Value) -> Option<Rewrite> {
    // not not x = x
    if let Some(x) = b.operand(x, Op::Not) {
        return Some(Rewrite::Value(x));
    }
    // not (x == y) = x != y, of NaN too; not (x < y) = x >= y without NaN, that is of integers.
    let inverses = [(Op::Eq, Op::Ne), (Op::Lt, Op::Ge), (Op::Le, Op::Gt)];
    inverses.into_iter().flat_map(|(op, inverse)| [(op, inverse), (inverse, op)]).find_map(|(op, inverse)| {
        let [x, y, _] = b.operands(x, op)?;
        let holds = matches!(op, Op::Eq | Op::Ne) || b.ty(x).is_int();
        holds.then(|| Rewrite::op(inverse, &[x, y]))
    })
}

fn shift(b: &mut Builder, op: Op, x: Value, y: Value, ty: Ty) -> Option<Rewrite> {
    // x << 0 = x >> 0 = x
    if b.is(y, 0) {
        return Some(Rewrite::Value(x));
    }
    // x << n = 0 where n is the width or more, or negative
    let out = b.known(y)?.to_bits() >= ty.bits().into();
    (out && op == Op::Shl).then(|| Rewrite::Value(b.number(0, ty)))
}

fn compare(b: &mut Builder, op: Op, x: Value, y: Value) -> Option<Rewrite> {
    // x == x is true for integers, and so on; NaN is not itself.
    if x == y && b.ty(x).is_int() {
        let truth = matches!(op, Op::Eq | Op::Le | Op::Ge);
        return Some(Rewrite::Value(b.constant(Word::Bool(truth))));
    }
    // Without a sign, x < 0 is false and x >= 0 is true.
    if b.ty(x).is_int() && !b.ty(x).is_signed() && b.is(y, 0) && matches!(op, Op::Lt | Op::Ge) {
        return Some(Rewrite::Value(b.constant(Word::Bool(op == Op::Ge))));
    }
    // A conversion that keeps every value keeps their order: compare what it converts.
    let wide = b.ty(x);
    let x = b.operand(x, Op::Convert)?;
    let narrow = b.ty(x);
    if !wide.holds(narrow) {
        return None;
    }
    let Some(c) = b.known(y) else {
        let y = b.operand(y, Op::Convert).filter(|&y| b.ty(y) == narrow && narrow != Ty::Bool)?;
        return Some(Rewrite::op(op, &[x, y]));
    };
    if narrow == Ty::Bool {
        // Two elements are possible: what does each give?
        let [zero, one] =
            [false, true].map(|x| eval(op, Ty::Bool, &[Word::Bool(x).cast(wide), c]).to_bits() == 1);
        return Some(match (zero, one) {
            (false, true) => Rewrite::Value(x),
            (true, false) => Rewrite::op(Op::Not, &[x]),
            (same, _) => Rewrite::Value(b.constant(Word::Bool(same))),
        });
    }
    // Against a constant, if the narrow type has it.
    let y = c.cast(narrow);
    y.cast(wide).same(c).then(|| Rewrite::op(op, &[x, b.constant(y)]))
}

fn select(b: &mut Builder, c: Value, x: Value, y: Value, ty: Ty) -> Option<Rewrite> {
    // c ? x : x = x; True ? x : y = x; False ? x : y = y
    if x == y || b.is(c, 1) {
        return Some(Rewrite::Value(x));
    }
    if b.is(c, 0) {
        return Some(Rewrite::Value(y));
    }
    // not c ? x : y = c ? y : x
    if let Some(c) = b.operand(c, Op::Not) {
        return Some(Rewrite::op(Op::Select, &[c, y, x]));
    }
    // c ? True : False = c, c ? False : True = not c
    if ty == Ty::Bool && b.is(x, 1) && b.is(y, 0) {
        return Some(Rewrite::Value(c));
    }
    if ty == Ty::Bool && b.is(x, 0) && b.is(y, 1) {
        return Some(Rewrite::op(Op::Not, &[c]));
    }
    // c ? x : False = c and x, c ? True : y = c or y
    if ty == Ty::Bool && b.is(y, 0) {
        return Some(Rewrite::op(Op::And, &[c, x]));
    }
    (ty == Ty::Bool && b.is(x, 1)).then(|| Rewrite::op(Op::Or, &[c, y]))
}

fn convert(b: &mut Builder, x: Value, ty: Ty) -> Option<Rewrite> {
    // A conversion that keeps every value need not be made on the way to another, but for integers on
    // the way through a float to others: those saturate there, and wrap without it.
    let through = b.ty(x);
    let x = b.operand(x, Op::Convert)?;
    let from = b.ty(x);
    let saturates = from.is_int() && through.is_float() && ty.is_int() && !ty.holds(from);
    // Integers that wrap twice, to fewer bits the second time, wrap once.
    let wraps = [from, through, ty].iter().all(|ty| ty.is_int()) && ty.bits() <= through.bits();
    if !wraps && (saturates || !through.holds(from)) {
        return None;
    }
    Some(if from == ty { Rewrite::Value(x) } else { Rewrite::Inst(Inst::op(Op::Convert, &[x])) })
}

/// The bits of what has the bits of x are x.
fn bitcast(b: &mut Builder, x: Value, ty: Ty) -> Option<Rewrite> {
    let x = b.operand(x, Op::Bitcast)?;
    (b.ty(x) == ty).then_some(Rewrite::Value(x))
}
