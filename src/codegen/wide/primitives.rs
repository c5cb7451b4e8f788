//! What each primitive on numbers is made of.

use super::Width;
use super::inst::{NEGATED_ADDEND, NEGATED_PRODUCT, Op, V};
use super::masks;
use super::select::{Found, Select};
use crate::codegen::host;
use crate::ir::{Body, Inst, Value};
use crate::ops::{FRACTIONS_END, Op as IrOp, far};
use crate::types::{Ty, Word};

/// The types that this generator has lanes for.
pub(super) fn knows(ty: Ty) -> bool {
    matches!(ty, Ty::Bool | Ty::I32 | Ty::I64 | Ty::F32 | Ty::F64)
}

/// Whether this generator has `op` on the types that it knows.
pub(super) fn takes(op: IrOp, width: Width) -> bool {
    match op {
        IrOp::FloorDiv | IrOp::Mod | IrOp::Pow => false,
        _ if op.is_function() => false,
        _ if op.is_of_exponents() => width.has_exponents(),
        _ => true,
    }
}

/// `op` on operands of type `from`, giving `to`.
pub(super) fn primitive(
    s: &mut Select<'_>,
    op: IrOp,
    from: Ty,
    to: Ty,
    operands: &[Value],
    copy: usize,
) -> Found {
    match op {
        IrOp::Convert => return Found::main(convert(s, from, to, operands[0], copy)),
        IrOp::Bitcast => return Found::main(s.number(operands[0], copy)),
        IrOp::Select => return masks::select(s, to, operands, copy),
        _ if let Some(chosen) = op.chosen() => {
            return Found::main(chosen_by_host(s, chosen, to, operands, copy));
        }
        IrOp::Fraction => {
            let x = s.number(operands[0], copy);
            return fraction(s, to, x);
        }
        IrOp::Exponent => {
            let (x, fraction) = (s.number(operands[0], copy), s.get(operands[1], copy));
            return Found::main(exponent(s, to, x, fraction));
        }
        _ if op.info().predicate => return masks::compare(s, op, from, operands, copy),
        _ if from == Ty::Bool => return masks::logic(s, op, operands, copy),
        _ => {}
    }
    Found::main(match *operands {
        [x] => {
            let x = s.number(x, copy);
            unary(s, op, to, x)
        }
        [x, y] => {
            let (x, y) = (s.number(x, copy), s.number(y, copy));
            match op {
                IrOp::SinFar | IrOp::CosFar | IrOp::TanFar => {
                    let positive = matches!(s.l.body.inst(operands[0]), Inst::Op(IrOp::Abs, _));
                    rare(s, op, to, positive, x, y)
                }
                _ => binary(s, op, to, x, y),
            }
        }
        _ => fma(s, to, operands, copy),
    })
}

/// The value whose negation `value` is, or itself; true in the first case. An fma negates for nothing.
pub(super) fn without_sign(body: &Body, value: Value) -> (Value, bool) {
    match body.inst(value) {
        Inst::Op(IrOp::Neg, [of, ..]) => (of, true),
        _ => (value, false),
    }
}

fn fma(s: &mut Select<'_>, ty: Ty, operands: &[Value], copy: usize) -> V {
    let mut signs = 0;
    let mut args = [V::NONE; 3];
    for (k, (arg, &operand)) in args.iter_mut().zip(operands).enumerate() {
        let (value, negated) = without_sign(&s.l.body, operand);
        *arg = s.number(value, copy);
        if negated {
            signs ^= if k == 2 { NEGATED_ADDEND } else { NEGATED_PRODUCT };
        }
    }
    let size = s.plan.size(ty);
    s.emit(by_size(ty, Op::FmaPd, Op::FmaPs), size, size, &args, signs)
}

pub(super) fn by_size(ty: Ty, eight: Op, four: Op) -> Op {
    if ty.size() == 8 { eight } else { four }
}

fn unary(s: &mut Select<'_>, op: IrOp, ty: Ty, x: V) -> V {
    let size = s.plan.size(ty);
    let sign = 1u64 << (ty.size() * 8 - 1);
    let all = u64::MAX >> (64 - ty.size() * 8);
    let pick = |eight, four| by_size(ty, eight, four);
    let round = |s: &mut Select<'_>, mode| s.emit(pick(Op::RoundPd, Op::RoundPs), size, size, &[x], mode);
    match op {
        IrOp::Sqrt => s.emit(pick(Op::SqrtPd, Op::SqrtPs), size, size, &[x], 0),
        // Bit 3: no exception for an inexact result.
        IrOp::Rint => round(s, 8),
        IrOp::Floor => round(s, 9),
        IrOp::Ceil => round(s, 10),
        IrOp::Trunc => round(s, 11),
        IrOp::Neg if ty.is_float() => {
            let sign = s.constant(sign, ty.size(), size);
            s.emit(pick(Op::XorPd, Op::XorPs), size, size, &[x, sign], 0)
        }
        IrOp::Abs if ty.is_float() => {
            let rest = s.constant(sign - 1, ty.size(), size);
            s.emit(pick(Op::AndPd, Op::AndPs), size, size, &[x, rest], 0)
        }
        IrOp::Neg => {
            let zero = s.constant(0, ty.size(), size);
            s.emit(pick(Op::PSubQ, Op::PSubD), size, size, &[zero, x], 0)
        }
        IrOp::Abs if ty == Ty::I64 && !s.bits512() => {
            let sign = negative(s, x, size);
            let flipped = s.emit(Op::PXorQ, size, size, &[x, sign], 0);
            s.emit(Op::PSubQ, size, size, &[flipped, sign], 0)
        }
        IrOp::Abs => s.emit(pick(Op::PAbsQ, Op::PAbsD), size, size, &[x], 0),
        IrOp::Not => {
            let ones = s.constant(all, ty.size(), size);
            s.emit(pick(Op::PXorQ, Op::PXorD), size, size, &[x, ones], 0)
        }
        _ => unreachable!("{op:?} is no unary primitive of numbers"),
    }
}

/// All ones where an int64 is negative, in 256 bits.
fn negative(s: &mut Select<'_>, x: V, size: u8) -> V {
    let zero = s.constant(0, 8, size);
    s.emit(Op::PCmpGtQ, size, size, &[zero, x], 0)
}

pub(super) fn binary(s: &mut Select<'_>, op: IrOp, ty: Ty, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let pick = |eight, four| by_size(ty, eight, four);
    let simple = match op {
        IrOp::Add if ty.is_float() => pick(Op::AddPd, Op::AddPs),
        IrOp::Sub if ty.is_float() => pick(Op::SubPd, Op::SubPs),
        IrOp::Mul if ty.is_float() => pick(Op::MulPd, Op::MulPs),
        IrOp::Div => pick(Op::DivPd, Op::DivPs),
        IrOp::Scale => pick(Op::ScalefPd, Op::ScalefPs),
        IrOp::Min | IrOp::Max if ty.is_float() => return float_extremum(s, op, ty, x, y),
        IrOp::Min | IrOp::Max if ty == Ty::I64 && !s.bits512() => {
            let (x_first, y_first) = if op == IrOp::Min { (y, x) } else { (x, y) };
            let keep = s.emit(Op::PCmpGtQ, size, size, &[x_first, y_first], 0);
            return s.emit(Op::BlendVPd, size, size, &[y, x, keep], 0);
        }
        IrOp::Mul if ty == Ty::I64 && !s.bits512() => return multiply(s, x, y, size),
        IrOp::Shr if ty == Ty::I64 && !s.bits512() => {
            // The shift without sign of what is made positive, with the sign put back.
            let sign = negative(s, x, size);
            let flipped = s.emit(Op::PXorQ, size, size, &[x, sign], 0);
            let shifted = s.emit(Op::PSrlVQ, size, size, &[flipped, y], 0);
            return s.emit(Op::PXorQ, size, size, &[shifted, sign], 0);
        }
        IrOp::Add => pick(Op::PAddQ, Op::PAddD),
        IrOp::Sub => pick(Op::PSubQ, Op::PSubD),
        IrOp::Mul => pick(Op::PMulLQ, Op::PMulLD),
        IrOp::Min => pick(Op::PMinSQ, Op::PMinSD),
        IrOp::Max => pick(Op::PMaxSQ, Op::PMaxSD),
        IrOp::And => pick(Op::PAndQ, Op::PAndD),
        IrOp::Or => pick(Op::POrQ, Op::POrD),
        IrOp::Xor => pick(Op::PXorQ, Op::PXorD),
        // Amounts are unsigned here, and those beyond the width leave 0 or the sign: as the IR asks.
        IrOp::Shl => pick(Op::PSllVQ, Op::PSllVD),
        IrOp::Shr => pick(Op::PSraVQ, Op::PSraVD),
        IrOp::Ushr => pick(Op::PSrlVQ, Op::PSrlVD),
        _ => unreachable!("{op:?} is no binary primitive of numbers"),
    };
    s.emit(simple, size, size, &[x, y], 0)
}

/// The fraction of x, and the mask of where it is less than half of what x has.
fn fraction(s: &mut Select<'_>, ty: Ty, x: V) -> Found {
    let size = s.plan.size(ty);
    let pick = |eight, four| by_size(ty, eight, four);
    let number = |x: f64| Word::float(x, ty);
    let (end, half) = (s.constant_of(number(FRACTIONS_END)), s.constant_of(number(0.5)));
    // From 1 to 2, without a sign.
    let all = s.emit(pick(Op::GetMantPd, Op::GetMantPs), size, size, &[x], 4);
    let large = masks::float_predicate(IrOp::Ge);
    let large = s.emit(pick(Op::CmpPd, Op::CmpPs), size, size, &[all, end], large);
    let halved = s.emit(pick(Op::MulPd, Op::MulPs), size, size, &[all, half], 0);
    Found { main: masks::blend(s, ty, all, halved, large), narrow: large }
}

/// The exponent of x, and one more where its fraction was halved.
fn exponent(s: &mut Select<'_>, ty: Ty, x: V, Found { main: fraction, narrow: halved }: Found) -> V {
    let size = s.plan.size(ty);
    let pick = |eight, four| by_size(ty, eight, four);
    let one = s.constant_of(Word::float(1.0, ty));
    let halved = if halved == V::NONE {
        let less = masks::float_predicate(IrOp::Lt);
        s.emit(pick(Op::CmpPd, Op::CmpPs), size, size, &[fraction, one], less)
    } else {
        halved
    };
    let floor = s.emit(pick(Op::GetExpPd, Op::GetExpPs), size, size, &[x], 0);
    let above = s.emit(pick(Op::AddPd, Op::AddPs), size, size, &[floor, one], 0);
    masks::blend(s, ty, floor, above, halved)
}

/// The machine's own, which gives the second operand where either is NaN.
pub(super) fn extremum(op: IrOp, ty: Ty) -> Op {
    match op {
        IrOp::Min => by_size(ty, Op::MinPd, Op::MinPs),
        _ => by_size(ty, Op::MaxPd, Op::MaxPs),
    }
}

fn float_extremum(s: &mut Select<'_>, op: IrOp, ty: Ty, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let ordered = s.emit(extremum(op, ty), size, size, &[x, y], 0);
    let nan = s.emit(by_size(ty, Op::CmpPd, Op::CmpPs), size, size, &[x, x], masks::UNORDERED);
    masks::blend(s, ty, ordered, x, nan)
}

/// y, unless x is large in some lane: then the host is asked about every lane. `positive` says that
/// x has no sign.
fn rare(s: &mut Select<'_>, op: IrOp, ty: Ty, positive: bool, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let bound = s.constant_of(Word::float(far(ty), ty));
    let magnitude = if positive { x } else { unary(s, IrOp::Abs, ty, x) };
    let large = masks::float_predicate(IrOp::Ge);
    let large = s.emit(by_size(ty, Op::CmpPd, Op::CmpPs), size, size, &[magnitude, bound], large);
    let function = s.host(host::lanes(op, ty).expect("the host has the far primitives"));
    s.emit(Op::Host, size, size, &[x, y, large], function)
}

/// What the host makes of lanes where the first operand holds, elsewhere the third.
fn chosen_by_host(s: &mut Select<'_>, op: IrOp, ty: Ty, operands: &[Value], copy: usize) -> V {
    let size = s.plan.size(ty);
    let (x, y) = (s.number(operands[1], copy), s.number(operands[2], copy));
    let mask = masks::mask(s, operands[0], copy, ty.size());
    let function = s.host(host::lanes(op, ty).expect("the host has what legalisation leaves to it"));
    let all = s.emit(Op::Host, size, size, &[x, y, mask], function);
    masks::blend(s, ty, y, all, mask)
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

fn convert(s: &mut Select<'_>, from: Ty, to: Ty, value: Value, copy: usize) -> V {
    use Ty::*;
    let (small, large) = (s.plan.size(I32), s.plan.size(I64));
    if from == Bool {
        let one = s.constant_of(Word::Bool(true).cast(to));
        return masks::choose_or_zero(s, to, one, value, copy);
    }
    let x = s.number(value, copy);
    match (from, to) {
        (I32, I64) => s.emit(Op::PMovSxDQ, large, large, &[x], 0),
        (I64, I32) if s.bits512() => s.emit(Op::PMovQD, large, small, &[x], 0),
        (I64, I32) => masks::low_halves(s, x),
        (I32, F32) => s.emit(Op::CvtDq2Ps, small, small, &[x], 0),
        (I32, F64) => s.emit(Op::CvtDq2Pd, large, large, &[x], 0),
        (F32, F64) => s.emit(Op::CvtPs2Pd, large, large, &[x], 0),
        (F64, F32) => s.emit(Op::CvtPd2Ps, large, small, &[x], 0),
        (I64, F64) if s.bits512() => s.emit(Op::CvtQq2Pd, large, large, &[x], 0),
        (I64, F64) => int64_to_float64(s, x, large),
        (I64, F32) if s.bits512() => s.emit(Op::CvtQq2Ps, large, small, &[x], 0),
        (I64, F32) => {
            let sticky = sticky(s, x, large);
            let float = int64_to_float64(s, sticky, large);
            s.emit(Op::CvtPd2Ps, large, small, &[float], 0)
        }
        (F64, I32) => {
            // Both bounds are numbers of the type, so that clamping there is exact.
            let number = number_or_zero(s, from, x);
            let low = s.constant_of(Word::F64(f64::from(i32::MIN)));
            let high = s.constant_of(Word::F64(f64::from(i32::MAX)));
            let clamped = s.emit(Op::MaxPd, large, large, &[number, low], 0);
            let clamped = s.emit(Op::MinPd, large, large, &[clamped, high], 0);
            s.emit(Op::CvtTPd2Dq, large, small, &[clamped], 0)
        }
        (F32, I32) => saturating(s, from, x, Op::CvtTPs2Dq, I32),
        (F64, I64) if s.bits512() => saturating(s, from, x, Op::CvtTPd2Qq, I64),
        (F32, I64) if s.bits512() => saturating(s, from, x, Op::CvtTPs2Qq, I64),
        (F64, I64) => float64_to_int64(s, x, large),
        (F32, I64) => {
            let x = s.emit(Op::CvtPs2Pd, large, large, &[x], 0);
            float64_to_int64(s, x, large)
        }
        _ => unreachable!("the verifier refuses {from} to {to}"),
    }
}

/// x, or 0 for NaN.
fn number_or_zero(s: &mut Select<'_>, ty: Ty, x: V) -> V {
    let size = s.plan.size(ty);
    let ordered = s.emit(by_size(ty, Op::CmpPd, Op::CmpPs), size, size, &[x, x], masks::ORDERED);
    masks::and(s, ty, x, ordered)
}

/// What the machine gives for all that is out of range, the smallest integer, is right below it alone.
fn saturating(s: &mut Select<'_>, from: Ty, x: V, op: Op, to: Ty) -> V {
    let bound = match to {
        Ty::I32 => 2f64.powi(31),
        _ => 2f64.powi(63),
    };
    let (size, into) = (s.plan.size(from), s.plan.size(to));
    let number = number_or_zero(s, from, x);
    let integer = s.emit(op, size.max(into), into, &[number], 0);
    let bound = s.constant_of(Word::float(bound, from));
    let above = s.emit(
        by_size(from, Op::CmpPd, Op::CmpPs),
        size,
        size,
        &[x, bound],
        masks::float_predicate(IrOp::Ge),
    );
    if s.bits512() {
        let most = u64::MAX >> (64 - to.size() * 8) >> 1;
        let most = s.constant(most, to.size(), into);
        masks::blend(s, to, integer, most, above)
    } else {
        // Only float32 to int32 comes here: the mask turns the smallest into the largest.
        s.emit(Op::PXorD, size, size, &[integer, above], 0)
    }
}

/// Exact halves as floats, joined with one rounding, in 256 bits.
fn int64_to_float64(s: &mut Select<'_>, x: V, size: u8) -> V {
    let low_magic = s.constant(0x4330_0000_0000_0000, 8, size); // 2^52
    let high_magic = s.constant(0x4530_0000_8000_0000, 8, size); // 2^84 + 2^63
    let both_magic = s.constant(0x4530_0000_8010_0000, 8, size); // 2^84 + 2^63 + 2^52
    let half = s.constant(32, 8, size);
    let low = s.emit(Op::PBlendD, size, size, &[x, low_magic], 0xaa);
    let high = s.emit(Op::PSrlVQ, size, size, &[x, half], 0);
    let high = s.emit(Op::PXorQ, size, size, &[high, high_magic], 0);
    let high = s.emit(Op::SubPd, size, size, &[high, both_magic], 0);
    s.emit(Op::AddPd, size, size, &[high, low], 0)
}

/// An int64 that rounds to float64 without an error, and then to float32 as the number itself does, in 256 bits:
/// the bits that do not fit float64 become one that is below what float32 keeps.
fn sticky(s: &mut Select<'_>, x: V, size: u8) -> V {
    const LOW: u64 = 0x7ff;
    let (low, high) = (s.constant(LOW, 8, size), s.constant(!LOW, 8, size));
    let lost = s.emit(Op::PAndQ, size, size, &[x, low], 0);
    let carry = s.emit(Op::PAddQ, size, size, &[lost, low], 0);
    let joined = s.emit(Op::POrQ, size, size, &[x, carry], 0);
    let rounded = s.emit(Op::PAndQ, size, size, &[joined, high], 0);
    // Where the number fits, it stays as it is: from -2^53 to 2^53.
    let (most, least) = (s.constant(1 << 53, 8, size), s.constant((-1i64 << 53) as u64, 8, size));
    let above = s.emit(Op::PCmpGtQ, size, size, &[x, most], 0);
    let below = s.emit(Op::PCmpGtQ, size, size, &[least, x], 0);
    let outside = s.emit(Op::POrQ, size, size, &[above, below], 0);
    s.emit(Op::BlendVPd, size, size, &[x, rounded, outside], 0)
}

/// Toward zero, saturating, NaN as 0, in 256 bits: exact halves, each found in the low bits of a sum.
fn float64_to_int64(s: &mut Select<'_>, x: V, size: u8) -> V {
    let number = number_or_zero(s, Ty::F64, x);
    let whole = s.emit(Op::RoundPd, size, size, &[number], 11);
    let float = |s: &mut Select<'_>, x: f64| s.constant_of(Word::F64(x));
    let (unit, down) = (float(s, 2f64.powi(32)), float(s, 2f64.powi(-32)));
    let scaled = s.emit(Op::MulPd, size, size, &[whole, down], 0);
    let high = s.emit(Op::RoundPd, size, size, &[scaled], 9);
    // whole - high * 2^32, from 0 to 2^32.
    let low = s.emit(Op::FmaPd, size, size, &[high, unit, whole], NEGATED_PRODUCT);
    let (signed, unsigned) = (float(s, 1.5 * 2f64.powi(52)), float(s, 2f64.powi(52)));
    let high = s.emit(Op::AddPd, size, size, &[high, signed], 0);
    let low = s.emit(Op::AddPd, size, size, &[low, unsigned], 0);
    let half = s.constant(32, 8, size);
    let high = s.emit(Op::PSllVQ, size, size, &[high, half], 0);
    let joined = s.emit(Op::PBlendD, size, size, &[high, low], 0x55);
    let (above, below) = (float(s, 2f64.powi(63)), float(s, -(2f64.powi(63))));
    let above = s.emit(Op::CmpPd, size, size, &[number, above], masks::float_predicate(IrOp::Ge));
    let below = s.emit(Op::CmpPd, size, size, &[number, below], masks::float_predicate(IrOp::Lt));
    let (most, least) = (s.constant(i64::MAX as u64, 8, size), s.constant(i64::MIN as u64, 8, size));
    let joined = s.emit(Op::BlendVPd, size, size, &[joined, most, above], 0);
    s.emit(Op::BlendVPd, size, size, &[joined, least, below], 0)
}
