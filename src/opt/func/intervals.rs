//! Between which numbers an integer lies.
//!
//! Intervals are of 64-bit integers with a sign; what may leave them by wrapping may be anything. This module must not know
//! functions.

use crate::ir::{Body, Inst, Value};
use crate::ops::Op;
use crate::types::{Ty, Word};

/// The least and the greatest number that an integer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    pub least: i64,
    pub greatest: i64,
}

impl Interval {
    /// Any number.
    pub const ALL: Interval = Interval { least: i64::MIN, greatest: i64::MAX };
    /// A length, or the place of an element.
    pub const NATURAL: Interval = Interval { least: 0, greatest: i64::MAX };

    /// What a type holds; of floats and of 64 bits without a sign, nothing is known.
    fn of(ty: Ty) -> Interval {
        match ty {
            Ty::Bool => Interval { least: 0, greatest: 1 },
            Ty::I64 | Ty::U64 | Ty::F32 | Ty::F64 => Interval::ALL,
            Ty::I8 | Ty::I16 | Ty::I32 | Ty::U8 | Ty::U16 | Ty::U32 => {
                let (least, greatest) = ty.dtype().range();
                Interval { least: least as i64, greatest: greatest as i64 }
            }
        }
    }

    fn exactly(number: i64) -> Interval {
        Interval { least: number, greatest: number }
    }

    /// From one to the other, if both are numbers.
    fn between(least: Option<i64>, greatest: Option<i64>) -> Option<Interval> {
        Some(Interval { least: least?, greatest: greatest? })
    }

    /// What `op` gives of two numbers of type i64.
    fn binary(op: Op, x: Interval, y: Interval) -> Option<Interval> {
        match op {
            Op::Add => Interval::between(x.least.checked_add(y.least), x.greatest.checked_add(y.greatest)),
            Op::Sub => Interval::between(x.least.checked_sub(y.greatest), x.greatest.checked_sub(y.least)),
            Op::Mul if x.least >= 0 && y.least >= 0 => {
                Interval::between(Some(x.least.wrapping_mul(y.least)), x.greatest.checked_mul(y.greatest))
            }
            Op::Min => Some(Interval { least: x.least.min(y.least), greatest: x.greatest.min(y.greatest) }),
            Op::Max => Some(Interval { least: x.least.max(y.least), greatest: x.greatest.max(y.greatest) }),
            Op::And if x.least >= 0 || y.least >= 0 => {
                let greatest = [x, y].iter().filter(|i| i.least >= 0).map(|i| i.greatest).min();
                Interval::between(Some(0), greatest)
            }
            Op::Mod if y.least > 0 => Some(Interval { least: 0, greatest: y.greatest - 1 }),
            Op::FloorDiv | Op::Shr if x.least >= 0 && y.least >= 0 => {
                Some(Interval { least: 0, greatest: x.greatest })
            }
            _ => None,
        }
    }
}

/// Whether intervals speak of the numbers of a type.
fn has_numbers(ty: Ty) -> bool {
    !ty.is_float() && ty != Ty::U64
}

/// The intervals of the values of a body that grows.
#[derive(Default)]
pub(super) struct Intervals(Vec<Interval>);

impl Intervals {
    /// The interval of a value.
    pub fn of(&mut self, body: &Body, value: Value) -> Interval {
        self.follow(body);
        self.0[value.index()]
    }

    /// Says between which numbers a value lies.
    pub fn set(&mut self, body: &Body, value: Value, interval: Interval) {
        self.follow(body);
        self.0[value.index()] = interval;
    }

    /// Finds the intervals of the values that are new.
    fn follow(&mut self, body: &Body) {
        for at in self.0.len()..body.len() {
            let value = Value(at as u32);
            let (inst, ty) = (body.inst(value), body.ty(value));
            let known = |x: Value| self.0[x.index()];
            let found = match inst {
                Inst::Const(_) => match body.constant(value).map(|word| word.cast(Ty::I64)) {
                    Some(Word::I64(number)) => Some(Interval::exactly(number)),
                    _ => None,
                },
                Inst::Op(Op::Select, [_, x, y]) => {
                    let (x, y) = (known(x), known(y));
                    Some(Interval { least: x.least.min(y.least), greatest: x.greatest.max(y.greatest) })
                }
                Inst::Op(Op::Convert, [x, ..]) if has_numbers(body.ty(x)) => Some(known(x)),
                Inst::Op(op, [x, y, _]) if op.arity() == 2 && body.ty(x) == ty => {
                    Interval::binary(op, known(x), known(y))
                }
                _ => None,
            };
            // What leaves the type wraps.
            let all = Interval::of(ty);
            let fits = |found: &Interval| all.least <= found.least && found.greatest <= all.greatest;
            self.0.push(found.filter(|found| has_numbers(ty) && fits(found)).unwrap_or(all));
        }
    }
}
