//! The numbers of a function that is simplified: each is a value of a body, its *shadow*.
//!
//! In the body equal instructions are one, and the rules for bodies make each as simple as it gets; math functions are expanded there. What comes
//! from elsewhere (a parameter, a load) is an opaque shadow of its own. This file must not know functions.

use super::super::simplify::simplify;
use super::intervals::{Interval, Intervals};
use crate::ir::{Builder, Inst, UniformId, Value};
use crate::math;
use crate::ops::{Op, Primitives};
use crate::options::FpMode;
use crate::types::{Ty, Word};

/// A number's shadow.
pub(super) type Shadow = Value;

/// Numbers, and between which others they lie.
pub(super) struct Numbers {
    shadows: Builder,
    intervals: Intervals,
    /// Opaque shadows so far.
    opaque: u32,
    fp: FpMode,
    /// Math functions become arithmetic.
    expands: bool,
}

/// What expands a math function writes here: equal instructions are one, and each is as simple as it gets.
struct Simple<'a>(&'a mut Builder);

impl Primitives for Simple<'_> {
    fn push(&mut self, op: Op, operands: &[Shadow], ty: Ty) -> Shadow {
        match math::write_exponents(self, op, operands) {
            Some(made) => made,
            None => simplify(self.0, Inst::op(op, operands), ty, FpMode::Strict),
        }
    }

    fn constant(&mut self, word: Word) -> Shadow {
        self.0.constant(word)
    }

    fn ty(&self, value: Shadow) -> Ty {
        self.0.ty(value)
    }
}

impl Numbers {
    pub fn new(fp: FpMode, expands: bool) -> Numbers {
        Numbers { shadows: Builder::default(), intervals: Intervals::default(), opaque: 0, fp, expands }
    }

    /// The instruction of a shadow.
    pub fn inst(&self, shadow: Shadow) -> Inst {
        self.shadows.body().inst(shadow)
    }

    /// The type of a shadow.
    pub fn ty(&self, shadow: Shadow) -> Ty {
        self.shadows.ty(shadow)
    }

    /// The operands of a shadow, if it comes from `op`.
    pub fn operands(&self, shadow: Shadow, op: Op) -> Option<[Shadow; 3]> {
        self.shadows.operands(shadow, op)
    }

    /// The shadow of a constant.
    pub fn literal(&mut self, word: Word) -> Shadow {
        self.shadows.constant(word)
    }

    /// The truth value that a shadow is, if it is a constant.
    pub fn truth(&self, shadow: Shadow) -> Option<bool> {
        match self.shadows.known(shadow) {
            Some(Word::Bool(truth)) => Some(truth),
            _ => None,
        }
    }

    /// A shadow that nothing is known of.
    pub fn opaque(&mut self, ty: Ty) -> Shadow {
        self.opaque += 1;
        self.shadows.inst(Inst::Uniform(UniformId(self.opaque)), ty)
    }

    pub fn constant(&self, shadow: Shadow) -> Option<i64> {
        match self.shadows.known(shadow) {
            Some(Word::I64(number)) => Some(number),
            _ => None,
        }
    }

    pub fn interval(&mut self, shadow: Shadow) -> Interval {
        self.intervals.of(self.shadows.body(), shadow)
    }

    pub fn set_interval(&mut self, shadow: Shadow, interval: Interval) {
        self.intervals.set(self.shadows.body(), shadow, interval);
    }

    /// A number as another and a constant.
    pub fn split(&self, shadow: Shadow) -> (Shadow, i64) {
        let sum = self.shadows.operands(shadow, Op::Add).map(|[x, y, _]| (x, self.constant(y)));
        let difference = self.shadows.operands(shadow, Op::Sub);
        let difference = difference.map(|[x, y, _]| (x, self.constant(y).and_then(i64::checked_neg)));
        match sum.or(difference) {
            Some((x, Some(number))) => (x, number),
            _ => (shadow, 0),
        }
    }

    pub fn op(&mut self, op: Op, operands: [Shadow; 2]) -> Shadow {
        let ty = op.result(self.shadows.ty(operands[1]));
        self.number(Inst::op(op, &operands), ty)
    }

    /// The shadow of an operation.
    pub fn number(&mut self, inst: Inst, ty: Ty) -> Shadow {
        let Inst::Op(op, [x, y, _]) = inst else { return self.shadows.inst(inst, ty) };
        if self.expands
            && let Some(made) = math::write(&mut Simple(&mut self.shadows), op, inst.operands())
        {
            return made;
        }
        // Without signs, division needs no correction.
        if matches!(op, Op::FloorDiv | Op::Mod)
            && ty == Ty::I64
            && self.shadows.known(y).is_none_or(|c| !c.to_bits().is_power_of_two())
            && self.interval(x).least >= 0
            && self.interval(y).least > 0
        {
            let [x, y] = [x, y].map(|operand| self.shadows.convert(operand, Ty::U64));
            let result = simplify(&mut self.shadows, Inst::op(op, &[x, y]), Ty::U64, self.fp);
            let number = self.shadows.convert(result, Ty::I64);
            self.set_interval(number, Interval::NATURAL);
            return number;
        }
        let made = simplify(&mut self.shadows, inst, ty, self.fp);
        match self.decided(made) {
            Some(truth) => self.shadows.constant(Word::Bool(truth)),
            None => made,
        }
    }

    /// What a comparison of integers gives, if their intervals say.
    pub fn decided(&mut self, made: Shadow) -> Option<bool> {
        let Inst::Op(op, [x, y, _]) = self.shadows.body().inst(made) else { return None };
        if !op.info().predicate || !self.shadows.ty(x).is_int() || self.shadows.ty(x) == Ty::U64 {
            return None;
        }
        let (x, y) = (self.interval(x), self.interval(y));
        let (less, not_more) = (x.greatest < y.least, x.greatest <= y.least);
        let (more, not_less) = (x.least > y.greatest, x.least >= y.greatest);
        let truth = match op {
            Op::Lt => (less, not_less),
            Op::Le => (not_more, more),
            Op::Gt => (more, not_more),
            Op::Ge => (not_less, less),
            Op::Eq => (false, less || more),
            Op::Ne => (less || more, false),
            _ => return None,
        };
        match truth {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}
