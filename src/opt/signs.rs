//! Signs that nobody sees: what is squared, or made absolute, need not have the right one.
//!
//! The functions put their signs on last, by the bits. A walk from the results backward finds the
//! values whose first bit changes no bit of any result; a walk forward leaves out what works on
//! that bit alone. No bit of a result changes (save for signs of NaN).

use super::simplify::simplify;
use crate::ir::{Body, Builder, Inst, Loop, Value};
use crate::ops::Op;
use crate::options::FpMode;
use crate::types::{Ty, Word};

/// Leaves out signs that nobody sees, and simplifies what it builds.
pub(super) fn run(l: &mut Loop, b: &mut Builder) -> bool {
    let (unseen, signs) = (unseen(l), signs(&l.body));
    b.rebuild(l, |b, old, value| {
        let without = if unseen[value.index()] { but_for_sign(old, value, &signs) } else { None };
        match without {
            Some(same) => b.became(same),
            None => {
                let inst = b.moved(old, value);
                simplify(b, inst, old.ty(value), FpMode::Strict)
            }
        }
    });
    true
}

/// For each value, whether its first bit changes nothing.
fn unseen(l: &Loop) -> Vec<bool> {
    let mut unseen = vec![true; l.body.len()];
    l.roots().for_each(|root| unseen[root.index()] = false);
    for (value, inst, ty) in l.body.iter().rev() {
        let Inst::Op(op, [x, y, z]) = inst else { continue };
        let own = unseen[value.index()];
        let mut see = |operand: Value, also: bool| unseen[operand.index()] &= also;
        match op {
            Op::Mul if ty.is_float() && x == y => {}
            Op::Abs if ty.is_float() => {}
            Op::Fma if x == y => see(z, false),
            Op::Neg if ty.is_float() => see(x, own),
            // The first bit of the result comes from the first bits of the operands, and makes no other.
            Op::Bitcast | Op::Not => see(x, own),
            Op::And | Op::Or | Op::Xor => {
                see(x, own);
                see(y, own);
            }
            Op::SinFar | Op::CosFar | Op::TanFar => {
                see(x, false);
                see(y, own);
            }
            Op::Select => {
                see(x, false);
                see(y, own);
                see(z, own);
            }
            _ => inst.operands().iter().for_each(|&operand| see(operand, false)),
        }
    }
    unseen
}

/// For each value, whether it is an integer of which no bit but the first can be set.
fn signs(body: &Body) -> Vec<bool> {
    let mut signs: Vec<bool> = Vec::with_capacity(body.len());
    for (value, inst, ty) in body.iter() {
        let is = |operand: Value| signs[operand.index()];
        let last = match ty {
            Ty::I32 => Word::I32(31),
            _ => Word::I64(63),
        };
        let sign = match inst {
            Inst::Const(_) => {
                matches!(body.constant(value), Some(Word::I32(0 | i32::MIN) | Word::I64(0 | i64::MIN)))
            }
            Inst::Op(Op::And, [x, y, _]) => is(x) || is(y),
            Inst::Op(Op::Or | Op::Xor, [x, y, _]) => is(x) && is(y),
            Inst::Op(Op::Shl, [_, amount, _]) => body.constant(amount).is_some_and(|c| c.same(last)),
            Inst::Op(Op::Select, [_, x, y]) => is(x) && is(y),
            _ => false,
        };
        signs.push(sign && ty.is_int());
    }
    signs
}

/// What `value` is but for its first bit, where nothing else was made last.
fn but_for_sign(body: &Body, value: Value, signs: &[bool]) -> Option<Value> {
    let float = body.ty(value).is_float();
    match body.inst(value) {
        Inst::Op(Op::Neg | Op::Abs, [x, ..]) if float => Some(x),
        Inst::Op(Op::Xor | Op::Or, [x, y, _]) if signs[y.index()] => Some(x),
        Inst::Op(Op::Xor | Op::Or, [x, y, _]) if signs[x.index()] => Some(y),
        _ => None,
    }
}
