//! Integers of 8 and 16 bits in lanes of 32.
//!
//! A lane holds the low bits of the narrow value. It is *clean* where it holds the value itself, extended
//! by its sign or by zeros, as loads give it. Sums, products and their like need the low bits alone and
//! give no more; what sees the upper bits (comparisons, divisions, shifts to the right, conversions to wider
//! types) has its operands wrapped, which makes them clean. Lanes are signed: a clean lane is the same number
//! for both kinds.

use crate::ir::{Body, Builder, Inst, Loop, Program, Value};
use crate::ops::{Op, Primitives as _};
use crate::types::{Ty, Word};

const LANE: Ty = Ty::I32;

/// Whether a loop has narrow integers that must be computed in wider lanes: not all of it is on narrow ones and truth
/// values, or lanes of that size do not have all that it does.
pub(super) fn is_wanted(l: &Loop, has: fn(&Body, Inst) -> bool) -> bool {
    let narrow = l.body.iter().any(|(_, _, ty)| ty.is_narrow());
    let mut each = l.body.iter();
    // What pieces hand on is of the wider lanes.
    narrow
        && !(l.keeps.is_empty()
            && each.all(|(_, inst, ty)| {
                (ty.is_narrow() || ty == Ty::Bool) && !matches!(inst, Inst::Temp(_)) && has(&l.body, inst)
            }))
}

/// Rewrites the loops of `program` that need it, on a target whose narrow lanes have these instructions.
pub(super) fn run(program: &mut Program, has: fn(&Body, Inst) -> bool) {
    let b = &mut Builder::default();
    program.loops.iter_mut().filter(|l| is_wanted(l, has)).for_each(|l| of_loop(l, b));
    program.temps.iter_mut().filter(|ty| ty.is_narrow()).for_each(|ty| *ty = LANE);
}

fn of_loop(l: &mut Loop, b: &mut Builder) {
    // For each old value, whether its lane is clean; of other types, yes.
    let mut clean: Vec<bool> = Vec::with_capacity(l.body.len());
    b.rebuild(l, |b, old, value| {
        let (became, is_clean) = Narrow { b, old, clean: &clean }.value(value);
        clean.push(is_clean);
        became
    });
}

struct Narrow<'a> {
    b: &'a mut Builder,
    old: &'a Body,
    clean: &'a [bool],
}

impl Narrow<'_> {
    /// What `value` becomes, and whether that is clean.
    fn value(&mut self, value: Value) -> (Value, bool) {
        let (inst, ty) = (self.old.inst(value), self.old.ty(value));
        match inst {
            Inst::Const(bits) if ty.is_narrow() => {
                (self.b.constant(Word::from_bits(ty, bits).cast(LANE)), true)
            }
            Inst::Load(..) | Inst::Uniform(_) if ty.is_narrow() => (self.b.inst(inst, LANE), true),
            // What an earlier piece kept it kept as it was.
            Inst::Temp(_) if ty.is_narrow() => (self.b.inst(inst, LANE), false),
            Inst::Op(Op::Convert, [x, ..]) => self.convert(x, ty),
            Inst::Op(op, operands) => {
                // The last operand is of the type that the operation is on.
                let of = self.old.ty(inst.operands()[op.arity() - 1]);
                if of.is_narrow() { self.op(op, operands, of) } else { (self.same(value), true) }
            }
            Inst::Const(_) | Inst::Load(..) | Inst::Uniform(_) | Inst::Temp(_) => (self.same(value), true),
        }
    }

    /// The value as it is, on operands as they have become.
    fn same(&mut self, value: Value) -> Value {
        let inst = self.b.moved(self.old, value);
        self.b.inst(inst, self.old.ty(value))
    }

    /// The lane of an old value, upper bits as they are.
    fn lane(&self, value: Value) -> Value {
        self.b.became(value)
    }

    fn is_clean(&self, value: Value) -> bool {
        self.clean[value.index()]
    }

    /// The lane of an old value, made clean.
    fn wrapped(&mut self, value: Value) -> Value {
        let (lane, ty) = (self.lane(value), self.old.ty(value));
        if self.is_clean(value) {
            return lane;
        }
        if ty.is_signed() {
            let unused = self.b.number((LANE.bits() - ty.bits()).into(), LANE);
            let up = self.b.op(Op::Shl, &[lane, unused]);
            return self.b.op(Op::Shr, &[up, unused]);
        }
        self.low_bits(lane, ty)
    }

    /// The bits of a type, and zeros above.
    fn low_bits(&mut self, lane: Value, ty: Ty) -> Value {
        let mask = self.b.number((1 << ty.bits()) - 1, LANE);
        self.b.op(Op::And, &[lane, mask])
    }

    /// A primitive on values of type `of`.
    fn op(&mut self, op: Op, [x, y, z]: [Value; 3], of: Ty) -> (Value, bool) {
        match op {
            // The low bits of these come of low bits.
            Op::Add | Op::Sub | Op::Mul => (self.b.op(op, &[self.lane(x), self.lane(y)]), false),
            Op::Neg => (self.b.op(op, &[self.lane(x)]), false),
            Op::Not => (self.b.op(op, &[self.lane(x)]), of.is_signed() && self.is_clean(x)),
            Op::And | Op::Or | Op::Xor => {
                let (both, either) =
                    (self.is_clean(x) && self.is_clean(y), self.is_clean(x) || self.is_clean(y));
                let zeros = op == Op::And && !of.is_signed() && either;
                (self.b.op(op, &[self.lane(x), self.lane(y)]), both || zeros)
            }
            Op::Select => {
                let operands = [self.lane(x), self.lane(y), self.lane(z)];
                (self.b.op(op, &operands), self.is_clean(y) && self.is_clean(z))
            }
            // Where it is raised to nothing, the operand itself is given.
            Op::PowIf => {
                let exponent = self.wrapped(z);
                (self.b.op(op, &[self.lane(x), self.lane(y), exponent]), false)
            }
            // An amount is a number; one of the width or more moves all bits out of these too.
            Op::Shl | Op::Pow => {
                let amount = self.wrapped(y);
                (self.b.op(op, &[self.lane(x), amount]), false)
            }
            Op::Ushr if of.is_signed() => {
                let (x, amount) = (self.low_bits(self.lane(x), of), self.wrapped(y));
                (self.b.op(op, &[x, amount]), false)
            }
            Op::Abs if of.is_signed() => {
                // The least number is its own absolute value, with a sign.
                let x = self.wrapped(x);
                (self.b.op(op, &[x]), false)
            }
            Op::Abs => (self.lane(x), self.is_clean(x)),
            // The rest sees whole numbers, and gives those of the type.
            _ => {
                let operands = [self.wrapped(x), self.wrapped(y)];
                // But for the least one divided by -1.
                let leaves = op == Op::FloorDiv && of.is_signed();
                (self.b.op(op, &operands), !leaves)
            }
        }
    }

    fn convert(&mut self, x: Value, to: Ty) -> (Value, bool) {
        let from = self.old.ty(x);
        match (from.is_narrow(), to.is_narrow()) {
            (false, false) => {
                let x = self.lane(x);
                (self.b.convert(x, to), true)
            }
            (true, false) => {
                let x = self.wrapped(x);
                (self.b.convert(x, to), true)
            }
            (true, true) if to.bits() <= from.bits() => (self.lane(x), false),
            (true, true) => (self.wrapped(x), to.holds(from)),
            (false, true) if from.is_float() => {
                let x = self.lane(x);
                let whole = self.b.convert(x, LANE);
                let [least, greatest] = ends(to).map(|end| self.b.constant(end));
                let above = self.b.op(Op::Max, &[whole, least]);
                (self.b.op(Op::Min, &[above, greatest]), true)
            }
            (false, true) => {
                let x = self.lane(x);
                (self.b.convert(x, LANE), from == Ty::Bool)
            }
        }
    }
}

/// The least and the greatest number of a narrow type.
fn ends(ty: Ty) -> [Word; 2] {
    let bits = ty.bits();
    match ty.is_signed() {
        true => [Word::I32(-1 << (bits - 1)), Word::I32((1 << (bits - 1)) - 1)],
        false => [Word::I32(0), Word::I32((1 << bits) - 1)],
    }
}
