//! What rules make of instructions, and what they share.

use crate::eval::eval;
use crate::ir::{Builder, Inst, Value};
use crate::ops::{Op, Primitives as _};

/// What a rule makes of an instruction, in the same type.
pub(super) enum Rewrite {
    /// A value that stands already.
    Value(Value),
    /// Another instruction, which rules may apply to again.
    Inst(Inst),
}

impl Rewrite {
    pub fn op(op: Op, operands: &[Value]) -> Rewrite {
        Rewrite::Inst(Inst::op(op, operands))
    }
}

/// -x, where that costs nothing: of a constant, or of a negation.
pub(super) fn negated(b: &mut Builder, x: Value) -> Option<Value> {
    match b.known(x) {
        Some(c) => Some(b.constant(eval(Op::Neg, c.ty(), &[c]))),
        None => b.operand(x, Op::Neg),
    }
}
