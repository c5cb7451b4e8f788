//! One walk through a body that folds constants and applies the rules of algebra.
//!
//! Operands come before their users, so each is as simple as it gets before a rule looks at it,
//! and one walk is enough. The rules themselves are in [`exact`] and [`reassociate`].

use super::rewrite::Rewrite;
use super::{exact, reassociate};
use crate::eval::eval;
use crate::ir::{Builder, Inst, Loop, Value};
use crate::ops::{Op, Primitives as _};
use crate::options::FpMode;
use crate::types::{Ty, Word};

pub(super) fn run(l: &mut Loop, fp: FpMode, b: &mut Builder) -> bool {
    b.rebuild(l, |b, old, value| {
        let inst = b.moved(old, value);
        simplify(b, inst, old.ty(value), fp)
    });
    true
}

/// The value of an instruction in its simplest form. Every rule leaves fewer or cheaper operations
/// than it found, or moves a constant to the right, so the loop ends.
pub(super) fn simplify(b: &mut Builder, mut inst: Inst, ty: Ty, fp: FpMode) -> Value {
    while let Inst::Op(op, operands) = inst {
        if let Some(result) = fold(b, op, inst.operands(), ty) {
            return b.constant(result);
        }
        let (op, operands) = ordered(b, op, operands);
        inst = Inst::Op(op, operands);
        let step = exact::rule(b, op, operands, ty).or_else(|| reassociate::rule(b, op, operands, fp));
        match step {
            Some(Rewrite::Value(value)) => return value,
            Some(Rewrite::Inst(next)) => inst = next,
            None => break,
        }
    }
    b.inst(inst, ty)
}

/// The result of an operation on constants, by its meaning. Functions of floats wait for the passes that write
/// them out, so that a power has one result whether it is folded or run.
fn fold(b: &Builder, op: Op, operands: &[Value], ty: Ty) -> Option<Word> {
    if op.is_function() && ty.is_float() {
        return None;
    }
    let mut constants = [Word::Bool(false); 3];
    for (constant, &operand) in constants.iter_mut().zip(operands) {
        *constant = b.known(operand)?;
    }
    Some(eval(op, ty, &constants[..operands.len()]))
}

/// One order for the operands of commuting operations and comparisons: a constant on the right,
/// else the earlier value on the left.
fn ordered(b: &Builder, op: Op, [x, y, z]: [Value; 3]) -> (Op, [Value; 3]) {
    let Some(turned) = op.turned() else { return (op, [x, y, z]) };
    let turn = match (b.known(x), b.known(y)) {
        (Some(_), None) => true,
        (None, Some(_)) => false,
        _ => x > y,
    };
    if turn { (turned, [y, x, z]) } else { (op, [x, y, z]) }
}
