//! Rules that move constants together: exact for integers and bits in every mode, for floats in
//! fast mode alone.
//!
//! NaN and infinite elements keep giving NaN and infinities. What a fast result may lose: a
//! rounding of the order in the text, an overflow or underflow on the way, and the sign of a zero.

use super::rewrite::Rewrite;
use crate::eval::eval;
use crate::ir::{Builder, Value};
use crate::ops::{Op, Primitives as _};
use crate::options::FpMode;
use crate::types::Word;

pub(super) fn rule(b: &mut Builder, op: Op, [x, y, _]: [Value; 3], fp: FpMode) -> Option<Rewrite> {
    if !matches!(op, Op::Add | Op::Mul | Op::And | Op::Or | Op::Xor | Op::Div) {
        return None;
    }
    let right = b.known(y)?;
    let ty = right.ty();
    if ty.is_float() && fp != FpMode::Fast {
        return None;
    }
    if op == Op::Div {
        // x / c = x * (1 / c): up to one more rounding.
        let one = Word::int(1, ty);
        let reciprocal = joined(b, Op::Div, one, right)?;
        return Some(Rewrite::op(Op::Mul, &[x, reciprocal]));
    }
    // (x op c) op d = x op (c op d)
    if let Some([x, c, _]) = b.operands(x, op)
        && let Some(c) = b.known(c)
    {
        let c = joined(b, op, c, right)?;
        return Some(Rewrite::op(op, &[x, c]));
    }
    // (c - x) + d = (c + d) - x; (c / x) * d = (c * d) / x
    let inner = match op {
        Op::Add => Op::Sub,
        Op::Mul if ty.is_float() => Op::Div,
        _ => return None,
    };
    let [c, x, _] = b.operands(x, inner)?;
    let c = b.known(c)?;
    let c = joined(b, op, c, right)?;
    Some(Rewrite::op(inner, &[c, x]))
}

/// Two constants in one, unless an overflow, an underflow or a NaN would then show where there was
/// none.
fn joined(b: &mut Builder, op: Op, c: Word, d: Word) -> Option<Value> {
    let harmless = |s: Word| match s {
        Word::F32(v) => v.is_normal() || (v == 0.0 && op == Op::Add),
        Word::F64(v) => v.is_normal() || (v == 0.0 && op == Op::Add),
        _ => true,
    };
    let result = eval(op, c.ty(), &[c, d]);
    (harmless(c) && harmless(d) && harmless(result)).then(|| b.constant(result))
}
