//! What each primitive on integers is made of.
//!
//! Lanes of 8 and 16 bits are there in 512 bits alone, and for what [`has_narrow`] names; legalisation computes the
//! rest in lanes of 32.

use super::inst::{Opcode, V};
use super::selection::{Select, by_lanes};
use crate::ir::{Body, Inst, Value};
use crate::ops::Op;
use crate::types::Ty;

/// Whether lanes of 8 and 16 bits have an instruction, on their types and on truth values.
pub(super) fn has_narrow(body: &Body, inst: Inst) -> bool {
    let Inst::Op(op, [_, amount, _]) = inst else { return true };
    match op {
        Op::Add | Op::Sub | Op::Mul | Op::Neg | Op::Abs | Op::Min | Op::Max => true,
        Op::And | Op::Or | Op::Xor | Op::Not | Op::Select | Op::Convert => true,
        Op::Shl | Op::Shr | Op::Ushr => body.ty(amount).size() == 2 || body.constant(amount).is_some(),
        _ => op.info().predicate,
    }
}

pub(super) fn unary(s: &mut Select<'_>, op: Op, ty: Ty, x: V) -> V {
    let size = s.plan.size(ty);
    match op {
        Op::Abs if !ty.is_signed() => x,
        Op::Abs if ty == Ty::I64 && !s.bits512() => {
            let sign = negative(s, x, size);
            let flipped = s.emit(Opcode::PXorQ, size, size, &[x, sign], 0);
            s.emit(Opcode::PSubQ, size, size, &[flipped, sign], 0)
        }
        Op::Abs => s.emit(
            by_lanes(ty, [Opcode::PAbsQ, Opcode::PAbsD, Opcode::PAbsW, Opcode::PAbsB]),
            size,
            size,
            &[x],
            0,
        ),
        Op::Neg => {
            let zero = s.constant(0, ty.size(), size);
            binary(s, Op::Sub, ty, zero, x)
        }
        Op::Not => {
            let ones = s.constant(u64::MAX >> (64 - ty.bits()), ty.size(), size);
            binary(s, Op::Xor, ty, x, ones)
        }
        _ => unreachable!("{op:?} is no unary primitive of integers"),
    }
}

/// All ones where an int64 is negative, in 256 bits.
fn negative(s: &mut Select<'_>, x: V, size: u8) -> V {
    let zero = s.constant(0, 8, size);
    s.emit(Opcode::PCmpGtQ, size, size, &[zero, x], 0)
}

pub(super) fn binary(s: &mut Select<'_>, op: Op, ty: Ty, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let signed = ty.is_signed();
    let sizes = match op {
        Op::Min | Op::Max if ty.size() == 8 && !s.bits512() => {
            let (x_first, y_first) = if op == Op::Min { (y, x) } else { (x, y) };
            let keep = greater(s, ty, x_first, y_first);
            return s.emit(Opcode::BlendVPd, size, size, &[y, x, keep], 0);
        }
        Op::Mul if ty.size() == 8 && !s.bits512() => return multiply(s, x, y, size),
        Op::Mul if ty.size() == 1 => return multiply_bytes(s, x, y, size),
        Op::Shr if ty == Ty::I64 && !s.bits512() => {
            // The shift without sign of what is made positive, with the sign put back.
            let sign = negative(s, x, size);
            let flipped = s.emit(Opcode::PXorQ, size, size, &[x, sign], 0);
            let shifted = s.emit(Opcode::PSrlVQ, size, size, &[flipped, y], 0);
            return s.emit(Opcode::PXorQ, size, size, &[shifted, sign], 0);
        }
        Op::Add => [Opcode::PAddQ, Opcode::PAddD, Opcode::PAddW, Opcode::PAddB],
        Op::Sub => [Opcode::PSubQ, Opcode::PSubD, Opcode::PSubW, Opcode::PSubB],
        Op::Mul => [Opcode::PMulLQ, Opcode::PMulLD, Opcode::PMulLW, Opcode::PMulLW],
        Op::Min if signed => [Opcode::PMinSQ, Opcode::PMinSD, Opcode::PMinSW, Opcode::PMinSB],
        Op::Min => [Opcode::PMinUQ, Opcode::PMinUD, Opcode::PMinUW, Opcode::PMinUB],
        Op::Max if signed => [Opcode::PMaxSQ, Opcode::PMaxSD, Opcode::PMaxSW, Opcode::PMaxSB],
        Op::Max => [Opcode::PMaxUQ, Opcode::PMaxUD, Opcode::PMaxUW, Opcode::PMaxUB],
        // Bits know no lanes.
        Op::And => [Opcode::PAndQ, Opcode::PAndD, Opcode::PAndD, Opcode::PAndD],
        Op::Or => [Opcode::POrQ, Opcode::POrD, Opcode::POrD, Opcode::POrD],
        Op::Xor => [Opcode::PXorQ, Opcode::PXorD, Opcode::PXorD, Opcode::PXorD],
        // Amounts are unsigned here, and those beyond the width leave 0 or the sign: as the IR asks.
        Op::Shl => [Opcode::PSllVQ, Opcode::PSllVD, Opcode::PSllVW, Opcode::PSllVW],
        Op::Shr if signed => [Opcode::PSraVQ, Opcode::PSraVD, Opcode::PSraVW, Opcode::PSraVW],
        Op::Shr | Op::Ushr => [Opcode::PSrlVQ, Opcode::PSrlVD, Opcode::PSrlVW, Opcode::PSrlVW],
        _ => unreachable!("{op:?} is no binary primitive of integers"),
    };
    s.emit(by_lanes(ty, sizes), size, size, &[x, y], 0)
}

/// All ones in lanes where x is above y, in 256 bits.
pub(super) fn greater(s: &mut Select<'_>, ty: Ty, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let op = by_lanes(ty, [Opcode::PCmpGtQ, Opcode::PCmpGtD, Opcode::PCmpGtD, Opcode::PCmpGtD]);
    let [x, y] = match ty.is_signed() {
        true => [x, y],
        // In order of the numbers with the least of them made the least with a sign.
        false => {
            let sign = s.constant(1 << (ty.bits() - 1), ty.size(), size);
            [x, y].map(|v| binary(s, Op::Xor, ty, v, sign))
        }
    };
    s.emit(op, size, size, &[x, y], 0)
}

/// The low halves of 64-bit products, in 256 bits.
fn multiply(s: &mut Select<'_>, x: V, y: V, size: u8) -> V {
    let swapped = s.emit(Opcode::PShufD, size, size, &[y], 0xb1);
    let crossed = s.emit(Opcode::PMulLD, size, size, &[x, swapped], 0);
    let other = s.emit(Opcode::PShufD, size, size, &[crossed], 0xb1);
    let upper = s.emit(Opcode::PAddD, size, size, &[crossed, other], 0);
    let half = s.constant(32, 8, size);
    let upper = s.emit(Opcode::PSllVQ, size, size, &[upper, half], 0);
    let lower = s.emit(Opcode::PMulUDQ, size, size, &[x, y], 0);
    s.emit(Opcode::PAddQ, size, size, &[lower, upper], 0)
}

/// Products of bytes from those of pairs of them: of the lower ones, and of the upper ones, whose factors are one
/// shifted down and one with nothing below it.
fn multiply_bytes(s: &mut Select<'_>, x: V, y: V, size: u8) -> V {
    let (low, high, byte) =
        (s.constant(0x00ff, 2, size), s.constant(0xff00, 2, size), s.constant(8, 2, size));
    let lower = s.emit(Opcode::PMulLW, size, size, &[x, y], 0);
    let lower = s.emit(Opcode::PAndD, size, size, &[lower, low], 0);
    let down = s.emit(Opcode::PSrlVW, size, size, &[x, byte], 0);
    let above = s.emit(Opcode::PAndD, size, size, &[y, high], 0);
    let upper = s.emit(Opcode::PMulLW, size, size, &[down, above], 0);
    s.emit(Opcode::POrD, size, size, &[lower, upper], 0)
}

/// Bytes shifted by a constant, from shifts of pairs of them.
pub(super) fn shift_bytes(s: &mut Select<'_>, op: Op, ty: Ty, operands: &[Value], copy: usize) -> V {
    let amount = s.l.body.constant(operands[1]).expect("legalisation leaves no other amounts").to_bits();
    let (x, size) = (s.number(operands[0], copy), s.plan.size(ty));
    let sign = op == Op::Shr && ty.is_signed();
    let amount = if sign { amount.min(7) } else { amount };
    if amount > 7 {
        return s.constant(0, 1, size);
    }
    let (shift, kept) = match op {
        Op::Shl => (Opcode::PSllVW, 0xff << amount & 0xff),
        _ => (Opcode::PSrlVW, 0xff >> amount),
    };
    let (by, kept) = (s.constant(amount, 2, size), s.constant(kept, 1, size));
    let shifted = s.emit(shift, size, size, &[x, by], 0);
    let shifted = s.emit(Opcode::PAndD, size, size, &[shifted, kept], 0);
    if !sign {
        return shifted;
    }
    // What is left of the sign counts less than nothing.
    let top = s.constant(0x80 >> amount, 1, size);
    let flipped = s.emit(Opcode::PXorD, size, size, &[shifted, top], 0);
    s.emit(Opcode::PSubB, size, size, &[flipped, top], 0)
}
