//! Joins a product to the sum that alone uses it, in one rounding: `a * b + c` becomes `fma`.
//!
//! An infinite or NaN operand gives what it gave; a product that overflowed before it was added may
//! now stay finite. Differences put the negation where it costs least: in a constant, in a
//! negation that falls away, else at an operand, where a machine's `fma` can absorb it.

use super::rewrite::negated;
use crate::ir::{Body, Builder, Inst, Loop, Value};
use crate::ops::{Op, Primitives as _};

pub(super) fn run(l: &mut Loop, b: &mut Builder) -> bool {
    let uses = l.uses();
    let mut changed = false;
    b.rebuild(l, |b, old, value| {
        let product = |operand: Value| match old.inst(operand) {
            Inst::Op(Op::Mul, [x, y, _]) if uses[operand.index()] == 1 => Some((x, y)),
            _ => None,
        };
        if let Some(joined) = join(b, old, value, product) {
            changed = true;
            return joined;
        }
        let inst = b.moved(old, value);
        b.inst(inst, old.ty(value))
    });
    changed
}

/// The sum or difference `value` as an fma, if one of its operands is a product that may be joined.
fn join(
    b: &mut Builder,
    old: &Body,
    value: Value,
    product: impl Fn(Value) -> Option<(Value, Value)>,
) -> Option<Value> {
    let Inst::Op(op @ (Op::Add | Op::Sub), [left, right, _]) = old.inst(value) else { return None };
    if !old.ty(value).is_float() {
        return None;
    }
    let (x, y, z) = match (op, product(left), product(right)) {
        (Op::Add, Some((x, y)), _) => (b.became(x), b.became(y), b.became(right)),
        (Op::Add, None, Some((x, y))) => (b.became(x), b.became(y), b.became(left)),
        // left - x * y
        (Op::Sub, _, Some((x, y))) => {
            let (x, y) = (b.became(x), b.became(y));
            let (x, y) = match (negated(b, x), negated(b, y)) {
                (Some(x), _) => (x, y),
                (None, Some(y)) => (x, y),
                (None, None) => (b.op(Op::Neg, &[x]), y),
            };
            (x, y, b.became(left))
        }
        // x * y - right
        (Op::Sub, Some((x, y)), None) => {
            let right = b.became(right);
            let z = negated(b, right).unwrap_or_else(|| b.op(Op::Neg, &[right]));
            (b.became(x), b.became(y), z)
        }
        _ => return None,
    };
    Some(b.op(Op::Fma, &[x, y, z]))
}
