//! Conversions between types of numbers.

use super::inst::{NEGATED_PRODUCT, Opcode, V};
use super::integers::greater;
use super::masks;
use super::selection::{Select, by_size};
use crate::ir::Value;
use crate::ops::Op;
use crate::types::{Kind, Ty, Word};

pub(super) fn convert(s: &mut Select<'_>, from: Ty, to: Ty, value: Value, copy: usize) -> V {
    if from == Ty::Bool {
        let one = s.constant_of(Word::Bool(true).cast(to));
        return masks::choose_or_zero(s, to, one, value, copy);
    }
    let x = s.number(value, copy);
    let (size, into) = (s.plan.size(from), s.plan.size(to));
    match (from.is_float(), to.is_float()) {
        (false, false) => between_integers(s, from, to, x),
        (false, true) if s.bits512() => {
            let unsigned = from.kind() == Kind::Unsigned;
            let op = match (from.size() == 8, to.size() == 8, unsigned) {
                (false, false, false) => Opcode::CvtDq2Ps,
                (false, false, true) => Opcode::CvtUdq2Ps,
                (false, true, false) => Opcode::CvtDq2Pd,
                (false, true, true) => Opcode::CvtUdq2Pd,
                (true, false, false) => Opcode::CvtQq2Ps,
                (true, false, true) => Opcode::CvtUqq2Ps,
                (true, true, false) => Opcode::CvtQq2Pd,
                (true, true, true) => Opcode::CvtUqq2Pd,
            };
            s.emit(op, size.max(into), into, &[x], 0)
        }
        (false, true) => integer_to_float(s, from, to, x),
        (true, true) => match to {
            Ty::F64 => s.emit(Opcode::CvtPs2Pd, into, into, &[x], 0),
            _ => s.emit(Opcode::CvtPd2Ps, size, into, &[x], 0),
        },
        (true, false) if to.is_signed() => float_to_signed(s, from, to, x),
        (true, false) => float_to_unsigned(s, from, to, x),
    }
}

/// Upper bits are left out, or made of the sign or of zeros.
fn between_integers(s: &mut Select<'_>, from: Ty, to: Ty, x: V) -> V {
    let (size, into) = (s.plan.size(from), s.plan.size(to));
    let signed = from.is_signed();
    match (from.size(), to.size()) {
        (8, 4) if s.bits512() => s.emit(Opcode::PMovQD, size, into, &[x], 0),
        (8, 4) => masks::low_halves(s, x),
        (4, 8) => s.emit(if signed { Opcode::PMovSxDQ } else { Opcode::PMovZxDQ }, into, into, &[x], 0),
        (1, 2) => s.emit(if signed { Opcode::PMovSxBW } else { Opcode::PMovZxBW }, into, into, &[x], 0),
        (2, 1) => s.emit(Opcode::PMovWB, size, into, &[x], 0),
        (a, b) if a == b => x,
        (a, b) => unreachable!("lanes of {a} bytes never meet those of {b}"),
    }
}

/// In 256 bits, where there are instructions for int32 alone.
fn integer_to_float(s: &mut Select<'_>, from: Ty, to: Ty, x: V) -> V {
    let (small, large) = (s.plan.size(Ty::I32), s.plan.size(Ty::I64));
    match (from, to) {
        (Ty::I32, Ty::F32) => s.emit(Opcode::CvtDq2Ps, small, small, &[x], 0),
        (Ty::I32, _) => s.emit(Opcode::CvtDq2Pd, large, large, &[x], 0),
        (Ty::U32, Ty::F32) => {
            // The upper half and the lower one are exact, so that their sum is rounded once.
            let (half, low) = (s.constant(16, 4, small), s.constant(0xffff, 4, small));
            let upper = s.emit(Opcode::PSrlVD, small, small, &[x, half], 0);
            let lower = s.emit(Opcode::PAndD, small, small, &[x, low], 0);
            let [upper, lower] = [upper, lower].map(|v| s.emit(Opcode::CvtDq2Ps, small, small, &[v], 0));
            let unit = s.constant_of(Word::F32(65536.0));
            s.emit(Opcode::FmaPs, small, small, &[upper, unit, lower], 0)
        }
        (Ty::U32, _) => {
            let x = s.emit(Opcode::PMovZxDQ, large, large, &[x], 0);
            int64_to_float64(s, Ty::I64, x, large)
        }
        (_, Ty::F64) => int64_to_float64(s, from, x, large),
        _ => {
            let sticky = sticky(s, from, x, large);
            let float = int64_to_float64(s, from, sticky, large);
            s.emit(Opcode::CvtPd2Ps, large, small, &[float], 0)
        }
    }
}

fn float_to_signed(s: &mut Select<'_>, from: Ty, to: Ty, x: V) -> V {
    let (small, large) = (s.plan.size(Ty::I32), s.plan.size(Ty::I64));
    match (from, to) {
        (Ty::F64, Ty::I32) => {
            // Both bounds are numbers of the type, so that clamping there is exact.
            let number = number_or_zero(s, from, x);
            let low = s.constant_of(Word::F64(f64::from(i32::MIN)));
            let high = s.constant_of(Word::F64(f64::from(i32::MAX)));
            let clamped = s.emit(Opcode::MaxPd, large, large, &[number, low], 0);
            let clamped = s.emit(Opcode::MinPd, large, large, &[clamped, high], 0);
            s.emit(Opcode::CvtTPd2Dq, large, small, &[clamped], 0)
        }
        (_, Ty::I32) => saturating(s, from, x, Opcode::CvtTPs2Dq, Ty::I32),
        (Ty::F64, _) if s.bits512() => saturating(s, from, x, Opcode::CvtTPd2Qq, Ty::I64),
        _ if s.bits512() => saturating(s, from, x, Opcode::CvtTPs2Qq, Ty::I64),
        _ => {
            let x = if from == Ty::F64 { x } else { s.emit(Opcode::CvtPs2Pd, large, large, &[x], 0) };
            float64_to_int64(s, to, x, large)
        }
    }
}

/// Negative numbers and NaN give 0.
fn float_to_unsigned(s: &mut Select<'_>, from: Ty, to: Ty, x: V) -> V {
    let (size, into) = (s.plan.size(from), s.plan.size(to));
    let (small, large) = (s.plan.size(Ty::I32), s.plan.size(Ty::I64));
    let zero = s.constant(0, from.size(), size);
    // The second operand, where the first is NaN.
    let number = s.emit(by_size(from, Opcode::MaxPd, Opcode::MaxPs), size, size, &[x, zero], 0);
    let float = |s: &mut Select<'_>, x: f64| s.constant_of(Word::float(x, from));
    if s.bits512() {
        // All ones for what is out of range, which is the largest number.
        let op = match (from, to) {
            (Ty::F64, Ty::U32) => Opcode::CvtTPd2Udq,
            (_, Ty::U32) => Opcode::CvtTPs2Udq,
            (Ty::F64, _) => Opcode::CvtTPd2Uqq,
            _ => Opcode::CvtTPs2Uqq,
        };
        return s.emit(op, size.max(into), into, &[number], 0);
    }
    match (from, to) {
        (Ty::F64, Ty::U32) => {
            let (most, magic) = (float(s, f64::from(u32::MAX)), float(s, 2f64.powi(52)));
            let clamped = s.emit(Opcode::MinPd, large, large, &[number, most], 0);
            let whole = s.emit(Opcode::RoundPd, large, large, &[clamped], 11);
            let sum = s.emit(Opcode::AddPd, large, large, &[whole, magic], 0);
            masks::low_halves(s, sum)
        }
        (_, Ty::U32) => {
            let (half, all) = (float(s, 2f64.powi(31)), float(s, 2f64.powi(32)));
            let at_least = masks::float_predicate(Op::Ge);
            let large = s.emit(Opcode::CmpPs, small, small, &[number, half], at_least);
            let above = s.emit(Opcode::CmpPs, small, small, &[number, all], at_least);
            let less = s.emit(Opcode::AndPs, small, small, &[large, half], 0);
            let rest = s.emit(Opcode::SubPs, small, small, &[number, less], 0);
            let rest = s.emit(Opcode::CvtTPs2Dq, small, small, &[rest], 0);
            let top = s.constant(1 << 31, 4, small);
            let top = s.emit(Opcode::PAndD, small, small, &[large, top], 0);
            let sum = s.emit(Opcode::PXorD, small, small, &[rest, top], 0);
            s.emit(Opcode::POrD, small, small, &[sum, above], 0)
        }
        _ => {
            let number =
                if from == Ty::F64 { number } else { s.emit(Opcode::CvtPs2Pd, large, large, &[number], 0) };
            float64_to_int64(s, to, number, large)
        }
    }
}

/// x, or 0 for NaN.
fn number_or_zero(s: &mut Select<'_>, ty: Ty, x: V) -> V {
    let size = s.plan.size(ty);
    let ordered = s.emit(by_size(ty, Opcode::CmpPd, Opcode::CmpPs), size, size, &[x, x], masks::ORDERED);
    masks::and(s, ty, x, ordered)
}

/// What the machine gives for all that is out of range, the smallest integer, is right below it alone.
fn saturating(s: &mut Select<'_>, from: Ty, x: V, op: Opcode, to: Ty) -> V {
    let bound = match to {
        Ty::I32 => 2f64.powi(31),
        _ => 2f64.powi(63),
    };
    let (size, into) = (s.plan.size(from), s.plan.size(to));
    let number = number_or_zero(s, from, x);
    let integer = s.emit(op, size.max(into), into, &[number], 0);
    let bound = s.constant_of(Word::float(bound, from));
    let above = s.emit(
        by_size(from, Opcode::CmpPd, Opcode::CmpPs),
        size,
        size,
        &[x, bound],
        masks::float_predicate(Op::Ge),
    );
    if s.bits512() {
        let most = u64::MAX >> (64 - to.size() * 8) >> 1;
        let most = s.constant(most, to.size(), into);
        masks::blend(s, to, integer, most, above)
    } else {
        // Only float32 to int32 comes here: the mask turns the smallest into the largest.
        s.emit(Opcode::PXorD, size, size, &[integer, above], 0)
    }
}

/// Exact halves as floats, joined with one rounding, in 256 bits.
fn int64_to_float64(s: &mut Select<'_>, from: Ty, x: V, size: u8) -> V {
    let offset = if from.is_signed() { 1 << 31 } else { 0 };
    let low_magic = s.constant(0x4330_0000_0000_0000, 8, size); // 2^52
    let high_magic = s.constant(0x4530_0000_0000_0000 + offset, 8, size); // 2^84, and 2^63 for the sign
    let both_magic = s.constant(0x4530_0000_0010_0000 + offset, 8, size); // the sum of these
    let half = s.constant(32, 8, size);
    let low = s.emit(Opcode::PBlendD, size, size, &[x, low_magic], 0xaa);
    let high = s.emit(Opcode::PSrlVQ, size, size, &[x, half], 0);
    let high = s.emit(Opcode::PXorQ, size, size, &[high, high_magic], 0);
    let high = s.emit(Opcode::SubPd, size, size, &[high, both_magic], 0);
    s.emit(Opcode::AddPd, size, size, &[high, low], 0)
}

/// An int64 that rounds to float64 without an error, and then to float32 as the number itself does, in 256 bits:
/// the bits that do not fit float64 become one that is below what float32 keeps.
fn sticky(s: &mut Select<'_>, from: Ty, x: V, size: u8) -> V {
    const LOW: u64 = 0x7ff;
    let (low, high) = (s.constant(LOW, 8, size), s.constant(!LOW, 8, size));
    let lost = s.emit(Opcode::PAndQ, size, size, &[x, low], 0);
    let carry = s.emit(Opcode::PAddQ, size, size, &[lost, low], 0);
    let joined = s.emit(Opcode::POrQ, size, size, &[x, carry], 0);
    let rounded = s.emit(Opcode::PAndQ, size, size, &[joined, high], 0);
    // Where the number fits, it stays as it is: from -2^53 to 2^53.
    let most = s.constant(1 << 53, 8, size);
    let above = greater(s, from, x, most);
    let outside = if from.is_signed() {
        let least = s.constant((-1i64 << 53) as u64, 8, size);
        let below = greater(s, from, least, x);
        s.emit(Opcode::POrQ, size, size, &[above, below], 0)
    } else {
        above
    };
    s.emit(Opcode::BlendVPd, size, size, &[x, rounded, outside], 0)
}

/// Toward zero, saturating, NaN as 0, in 256 bits; without a sign of numbers that have none: exact halves, each found in the low bits of a sum.
fn float64_to_int64(s: &mut Select<'_>, to: Ty, x: V, size: u8) -> V {
    let number = number_or_zero(s, Ty::F64, x);
    let whole = s.emit(Opcode::RoundPd, size, size, &[number], 11);
    let float = |s: &mut Select<'_>, x: f64| s.constant_of(Word::F64(x));
    let (unit, down) = (float(s, 2f64.powi(32)), float(s, 2f64.powi(-32)));
    let scaled = s.emit(Opcode::MulPd, size, size, &[whole, down], 0);
    let high = s.emit(Opcode::RoundPd, size, size, &[scaled], 9);
    // whole - high * 2^32, from 0 to 2^32.
    let low = s.emit(Opcode::FmaPd, size, size, &[high, unit, whole], NEGATED_PRODUCT);
    let (signed, unsigned) = (float(s, 1.5 * 2f64.powi(52)), float(s, 2f64.powi(52)));
    let upper = if to.is_signed() { signed } else { unsigned };
    let high = s.emit(Opcode::AddPd, size, size, &[high, upper], 0);
    let low = s.emit(Opcode::AddPd, size, size, &[low, unsigned], 0);
    let half = s.constant(32, 8, size);
    let high = s.emit(Opcode::PSllVQ, size, size, &[high, half], 0);
    let joined = s.emit(Opcode::PBlendD, size, size, &[high, low], 0x55);
    let (end, most) = if to.is_signed() { (63, i64::MAX as u64) } else { (64, u64::MAX) };
    let (end, most) = (float(s, 2f64.powi(end)), s.constant(most, 8, size));
    let above = s.emit(Opcode::CmpPd, size, size, &[number, end], masks::float_predicate(Op::Ge));
    let joined = s.emit(Opcode::BlendVPd, size, size, &[joined, most, above], 0);
    if !to.is_signed() {
        return joined;
    }
    let (below, least) = (float(s, -(2f64.powi(63))), s.constant(i64::MIN as u64, 8, size));
    let below = s.emit(Opcode::CmpPd, size, size, &[number, below], masks::float_predicate(Op::Lt));
    s.emit(Opcode::BlendVPd, size, size, &[joined, least, below], 0)
}
