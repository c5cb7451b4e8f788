//! What each primitive on integers is made of.
//!
//! Lanes of 8 and 16 bits are there in 512 bits alone, and for what [`has_narrow`] names; legalisation computes the
//! rest in lanes of 32.

use super::inst::{Op, V};
use super::selection::{Select, by_lanes};
use crate::ir::{Body, Inst, Value};
use crate::ops::Op as IrOp;
use crate::types::Ty;

/// Whether lanes of 8 and 16 bits have an instruction, on their types and on truth values.
pub(super) fn has_narrow(body: &Body, inst: Inst) -> bool {
    let Inst::Op(op, [_, amount, _]) = inst else { return true };
    match op {
        IrOp::Add | IrOp::Sub | IrOp::Mul | IrOp::Neg | IrOp::Abs | IrOp::Min | IrOp::Max => true,
        IrOp::And | IrOp::Or | IrOp::Xor | IrOp::Not | IrOp::Select | IrOp::Convert => true,
        IrOp::Shl | IrOp::Shr | IrOp::Ushr => body.ty(amount).size() == 2 || body.constant(amount).is_some(),
        _ => op.info().predicate,
    }
}

pub(super) fn unary(s: &mut Select<'_>, op: IrOp, ty: Ty, x: V) -> V {
    let size = s.plan.size(ty);
    match op {
        IrOp::Abs if !ty.is_signed() => x,
        IrOp::Abs if ty == Ty::I64 && !s.bits512() => {
            let sign = negative(s, x, size);
            let flipped = s.emit(Op::PXorQ, size, size, &[x, sign], 0);
            s.emit(Op::PSubQ, size, size, &[flipped, sign], 0)
        }
        IrOp::Abs => s.emit(by_lanes(ty, [Op::PAbsQ, Op::PAbsD, Op::PAbsW, Op::PAbsB]), size, size, &[x], 0),
        IrOp::Neg => {
            let zero = s.constant(0, ty.size(), size);
            binary(s, IrOp::Sub, ty, zero, x)
        }
        IrOp::Not => {
            let ones = s.constant(u64::MAX >> (64 - ty.bits()), ty.size(), size);
            binary(s, IrOp::Xor, ty, x, ones)
        }
        _ => unreachable!("{op:?} is no unary primitive of integers"),
    }
}

/// All ones where an int64 is negative, in 256 bits.
fn negative(s: &mut Select<'_>, x: V, size: u8) -> V {
    let zero = s.constant(0, 8, size);
    s.emit(Op::PCmpGtQ, size, size, &[zero, x], 0)
}

pub(super) fn binary(s: &mut Select<'_>, op: IrOp, ty: Ty, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let signed = ty.is_signed();
    let sizes = match op {
        IrOp::Min | IrOp::Max if ty.size() == 8 && !s.bits512() => {
            let (x_first, y_first) = if op == IrOp::Min { (y, x) } else { (x, y) };
            let keep = greater(s, ty, x_first, y_first);
            return s.emit(Op::BlendVPd, size, size, &[y, x, keep], 0);
        }
        IrOp::Mul if ty.size() == 8 && !s.bits512() => return multiply(s, x, y, size),
        IrOp::Mul if ty.size() == 1 => return multiply_bytes(s, x, y, size),
        IrOp::Shr if ty == Ty::I64 && !s.bits512() => {
            // The shift without sign of what is made positive, with the sign put back.
            let sign = negative(s, x, size);
            let flipped = s.emit(Op::PXorQ, size, size, &[x, sign], 0);
            let shifted = s.emit(Op::PSrlVQ, size, size, &[flipped, y], 0);
            return s.emit(Op::PXorQ, size, size, &[shifted, sign], 0);
        }
        IrOp::Add => [Op::PAddQ, Op::PAddD, Op::PAddW, Op::PAddB],
        IrOp::Sub => [Op::PSubQ, Op::PSubD, Op::PSubW, Op::PSubB],
        IrOp::Mul => [Op::PMulLQ, Op::PMulLD, Op::PMulLW, Op::PMulLW],
        IrOp::Min if signed => [Op::PMinSQ, Op::PMinSD, Op::PMinSW, Op::PMinSB],
        IrOp::Min => [Op::PMinUQ, Op::PMinUD, Op::PMinUW, Op::PMinUB],
        IrOp::Max if signed => [Op::PMaxSQ, Op::PMaxSD, Op::PMaxSW, Op::PMaxSB],
        IrOp::Max => [Op::PMaxUQ, Op::PMaxUD, Op::PMaxUW, Op::PMaxUB],
        // Bits know no lanes.
        IrOp::And => [Op::PAndQ, Op::PAndD, Op::PAndD, Op::PAndD],
        IrOp::Or => [Op::POrQ, Op::POrD, Op::POrD, Op::POrD],
        IrOp::Xor => [Op::PXorQ, Op::PXorD, Op::PXorD, Op::PXorD],
        // Amounts are unsigned here, and those beyond the width leave 0 or the sign: as the IR asks.
        IrOp::Shl => [Op::PSllVQ, Op::PSllVD, Op::PSllVW, Op::PSllVW],
        IrOp::Shr if signed => [Op::PSraVQ, Op::PSraVD, Op::PSraVW, Op::PSraVW],
        IrOp::Shr | IrOp::Ushr => [Op::PSrlVQ, Op::PSrlVD, Op::PSrlVW, Op::PSrlVW],
        _ => unreachable!("{op:?} is no binary primitive of integers"),
    };
    s.emit(by_lanes(ty, sizes), size, size, &[x, y], 0)
}

/// All ones in lanes where x is above y, in 256 bits.
pub(super) fn greater(s: &mut Select<'_>, ty: Ty, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let op = by_lanes(ty, [Op::PCmpGtQ, Op::PCmpGtD, Op::PCmpGtD, Op::PCmpGtD]);
    let [x, y] = match ty.is_signed() {
        true => [x, y],
        // In order of the numbers with the least of them made the least with a sign.
        false => {
            let sign = s.constant(1 << (ty.bits() - 1), ty.size(), size);
            [x, y].map(|v| binary(s, IrOp::Xor, ty, v, sign))
        }
    };
    s.emit(op, size, size, &[x, y], 0)
}

/// The low halves of 64-bit products, in 256 bits.
fn multiply(s: &mut Select<'_>, x: V, y: V, size: u8) -> V {
    let swapped = s.emit(Op::PShufD, size, size, &[y], 0xb1);
    let crossed = s.emit(Op::PMulLD, size, size, &[x, swapped], 0);
    let other = s.emit(Op::PShufD, size, size, &[crossed], 0xb1);
    let upper = s.emit(Op::PAddD, size, size, &[crossed, other], 0);
    let half = s.constant(32, 8, size);
    let upper = s.emit(Op::PSllVQ, size, size, &[upper, half], 0);
    let lower = s.emit(Op::PMulUDQ, size, size, &[x, y], 0);
    s.emit(Op::PAddQ, size, size, &[lower, upper], 0)
}

/// Products of bytes from those of pairs of them: of the lower ones, and of the upper ones, whose factors are one
/// shifted down and one with nothing below it.
fn multiply_bytes(s: &mut Select<'_>, x: V, y: V, size: u8) -> V {
    let (low, high, byte) =
        (s.constant(0x00ff, 2, size), s.constant(0xff00, 2, size), s.constant(8, 2, size));
    let lower = s.emit(Op::PMulLW, size, size, &[x, y], 0);
    let lower = s.emit(Op::PAndD, size, size, &[lower, low], 0);
    let down = s.emit(Op::PSrlVW, size, size, &[x, byte], 0);
    let above = s.emit(Op::PAndD, size, size, &[y, high], 0);
    let upper = s.emit(Op::PMulLW, size, size, &[down, above], 0);
    s.emit(Op::POrD, size, size, &[lower, upper], 0)
}

/// Bytes shifted by a constant, from shifts of pairs of them.
pub(super) fn shift_bytes(s: &mut Select<'_>, op: IrOp, ty: Ty, operands: &[Value], copy: usize) -> V {
    let amount = s.l.body.constant(operands[1]).expect("legalisation leaves no other amounts").to_bits();
    let (x, size) = (s.number(operands[0], copy), s.plan.size(ty));
    let sign = op == IrOp::Shr && ty.is_signed();
    let amount = if sign { amount.min(7) } else { amount };
    if amount > 7 {
        return s.constant(0, 1, size);
    }
    let (shift, kept) = match op {
        IrOp::Shl => (Op::PSllVW, 0xff << amount & 0xff),
        _ => (Op::PSrlVW, 0xff >> amount),
    };
    let (by, kept) = (s.constant(amount, 2, size), s.constant(kept, 1, size));
    let shifted = s.emit(shift, size, size, &[x, by], 0);
    let shifted = s.emit(Op::PAndD, size, size, &[shifted, kept], 0);
    if !sign {
        return shifted;
    }
    // What is left of the sign counts less than nothing.
    let top = s.constant(0x80 >> amount, 1, size);
    let flipped = s.emit(Op::PXorD, size, size, &[shifted, top], 0);
    s.emit(Op::PSubB, size, size, &[flipped, top], 0)
}
