//! What a trip joins to a value that it was handed.

use super::trip::{Carried, Def, Trip};
use crate::ir::func::{Inst, Value};
use crate::ops::{Op, Primitives as _, Reduction};
use crate::reduce;

impl Trip<'_> {
    /// What is joined to a carried value, if that is all that a trip does with it.
    pub fn joined(&mut self, param: Value, next: Value) -> Option<Carried> {
        let uses = |trip: &Trip<'_>, value: Value| trip.uses.get(&value).copied().unwrap_or(0);
        let ty = self.func.ty(param).scalar()?;
        if !matches!(ty.size(), 4 | 8) || uses(self, next) != 1 {
            return None;
        }
        let exact = true;
        // What the carried value meets as the first operand, or as either.
        let other = |x: Value, y: Value, either: bool| match (x == param, y == param) {
            (true, false) => Some(y),
            (false, true) if either => Some(x),
            _ => None,
        };
        // Whether the value that is taken instead is better by this comparison.
        let better = |x: Value, y: Value, op: Op, value: Value| match op {
            Op::Lt if (x, y) == (param, value) => Some(Reduction::Max),
            Op::Gt if (x, y) == (value, param) => Some(Reduction::Max),
            Op::Lt if (x, y) == (value, param) => Some(Reduction::Min),
            Op::Gt if (x, y) == (param, value) => Some(Reduction::Min),
            _ => None,
        };
        let (condition, yes, no) = match *self.defs.get(&next)? {
            Def::Choice(condition, yes, no) => (condition, yes, no),
            Def::Inst(&Inst::Op(Op::Select, [condition, yes, no]), _) => (condition, yes, no),
            Def::Inst(&Inst::Op(op @ (Op::Add | Op::Sub), [x, y, _]), _) if ty.is_int() => {
                let other = other(x, y, op == Op::Add).filter(|_| uses(self, param) == 1)?;
                let mut value = self.value(other)?;
                if op == Op::Sub {
                    value = self.body.op(Op::Neg, &[value]);
                }
                return Some(Carried::Joined { reduction: Reduction::Sum, value, exact });
            }
            Def::Inst(&Inst::Op(op @ (Op::Min | Op::Max), [x, y, _]), _) if ty.is_int() => {
                let other = other(x, y, true).filter(|_| uses(self, param) == 1)?;
                let value = self.value(other)?;
                let reduction = if op == Op::Min { Reduction::Min } else { Reduction::Max };
                return Some(Carried::Joined { reduction, value, exact });
            }
            _ => return None,
        };
        // A sum of some trips: `if c: n += x`.
        if ty.is_int()
            && no == param
            && uses(self, param) == 2
            && uses(self, yes) == 1
            && let Some(&Def::Inst(&Inst::Op(Op::Add, [x, y, _]), _)) = self.defs.get(&yes)
        {
            let other = other(x, y, true)?;
            let (condition, value) = (self.value(condition)?, self.value(other)?);
            let zero = self.body.number(0, ty);
            let value = self.body.op(Op::Select, &[condition, value, zero]);
            return Some(Carried::Joined { reduction: Reduction::Sum, value, exact });
        }
        let Some(&Def::Inst(&Inst::Op(op, [x, y, _]), _)) = self.defs.get(&condition) else { return None };
        if no != param || uses(self, param) != 2 || uses(self, condition) != 1 {
            return None;
        }
        let reduction = better(x, y, op, yes)?;
        let old = yes;
        let mut value = self.value(old)?;
        if !ty.is_float() {
            return Some(Carried::Joined { reduction, value, exact });
        }
        // Of two zeros, the sign is known where all are without one.
        let exact = matches!(self.defs.get(&old), Some(Def::Inst(Inst::Op(Op::Abs, _), _)));
        let number = self.body.op(Op::Eq, &[value, value]);
        let identity = self.body.constant(reduce::identity(reduction, ty));
        value = self.body.op(Op::Select, &[number, value, identity]);
        // Nothing is stored twice.
        (exact || self.stores.is_empty()).then_some(Carried::Joined { reduction, value, exact })
    }
}
