//! What each primitive on numbers is made of.

use super::draft::Found;
use super::inst::{NEGATED_ADDEND, NEGATED_PRODUCT, Opcode, V};
use super::selection::{Select, by_size};
use super::width::Width;
use super::{convert, integers, masks};
use crate::codegen::host;
use crate::ir::{Body, Inst, Value};
use crate::ops::{FRACTIONS_END, Op, far};
use crate::types::{Ty, Word};

/// Whether this generator has lanes of a type.
pub(super) fn knows(ty: Ty, width: Width) -> bool {
    width == Width::Bits512 || !ty.is_narrow()
}

/// Whether this generator has `op`, on the types that it knows. Of those of 8 and 16 bits it has what
/// [`integers::has_narrow`] says.
pub(super) fn takes(op: Op, width: Width) -> bool {
    match op {
        Op::FloorDiv | Op::Mod | Op::Pow => false,
        _ if op.is_function() => false,
        _ if op.is_of_exponents() => width.has_exponents(),
        _ => true,
    }
}

/// `op` on operands of type `from`, giving `to`.
pub(super) fn primitive(
    s: &mut Select<'_>,
    op: Op,
    from: Ty,
    to: Ty,
    operands: &[Value],
    copy: usize,
) -> Found {
    match op {
        Op::Convert => return Found::main(convert::convert(s, from, to, operands[0], copy)),
        Op::Bitcast => return Found::main(s.number(operands[0], copy)),
        Op::Select => return masks::select(s, to, operands, copy),
        _ if let Some(chosen) = op.chosen() => {
            return Found::main(chosen_by_host(s, chosen, to, operands, copy));
        }
        Op::Fraction => {
            let x = s.number(operands[0], copy);
            return fraction(s, to, x);
        }
        Op::Exponent => {
            let (x, fraction) = (s.number(operands[0], copy), s.get(operands[1], copy));
            return Found::main(exponent(s, to, x, fraction));
        }
        Op::Shl | Op::Shr | Op::Ushr if to.size() == 1 => {
            return Found::main(integers::shift_bytes(s, op, to, operands, copy));
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
                Op::SinFar | Op::CosFar | Op::TanFar => {
                    let positive = matches!(s.l.body.inst(operands[0]), Inst::Op(Op::Abs, _));
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
        Inst::Op(Op::Neg, [of, ..]) => (of, true),
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
    s.emit(by_size(ty, Opcode::FmaPd, Opcode::FmaPs), size, size, &args, signs)
}

fn unary(s: &mut Select<'_>, op: Op, ty: Ty, x: V) -> V {
    if !ty.is_float() {
        return integers::unary(s, op, ty, x);
    }
    let size = s.plan.size(ty);
    let sign = 1u64 << (ty.size() * 8 - 1);
    let pick = |eight, four| by_size(ty, eight, four);
    let round =
        |s: &mut Select<'_>, mode| s.emit(pick(Opcode::RoundPd, Opcode::RoundPs), size, size, &[x], mode);
    match op {
        Op::Sqrt => s.emit(pick(Opcode::SqrtPd, Opcode::SqrtPs), size, size, &[x], 0),
        // Bit 3: no exception for an inexact result.
        Op::Rint => round(s, 8),
        Op::Floor => round(s, 9),
        Op::Ceil => round(s, 10),
        Op::Trunc => round(s, 11),
        Op::Neg => {
            let sign = s.constant(sign, ty.size(), size);
            s.emit(pick(Opcode::XorPd, Opcode::XorPs), size, size, &[x, sign], 0)
        }
        Op::Abs => {
            let rest = s.constant(sign - 1, ty.size(), size);
            s.emit(pick(Opcode::AndPd, Opcode::AndPs), size, size, &[x, rest], 0)
        }
        _ => unreachable!("{op:?} is no unary primitive of floats"),
    }
}

pub(super) fn binary(s: &mut Select<'_>, op: Op, ty: Ty, x: V, y: V) -> V {
    if !ty.is_float() {
        return integers::binary(s, op, ty, x, y);
    }
    let size = s.plan.size(ty);
    let pick = |eight, four| by_size(ty, eight, four);
    let simple = match op {
        Op::Add => pick(Opcode::AddPd, Opcode::AddPs),
        Op::Sub => pick(Opcode::SubPd, Opcode::SubPs),
        Op::Mul => pick(Opcode::MulPd, Opcode::MulPs),
        Op::Div => pick(Opcode::DivPd, Opcode::DivPs),
        Op::Scale => pick(Opcode::ScalefPd, Opcode::ScalefPs),
        Op::Min | Op::Max => return float_extremum(s, op, ty, x, y),
        _ => unreachable!("{op:?} is no binary primitive of floats"),
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
    let all = s.emit(pick(Opcode::GetMantPd, Opcode::GetMantPs), size, size, &[x], 4);
    let large = masks::float_predicate(Op::Ge);
    let large = s.emit(pick(Opcode::CmpPd, Opcode::CmpPs), size, size, &[all, end], large);
    let halved = s.emit(pick(Opcode::MulPd, Opcode::MulPs), size, size, &[all, half], 0);
    Found { main: masks::blend(s, ty, all, halved, large), narrow: large }
}

/// The exponent of x, and one more where its fraction was halved.
fn exponent(s: &mut Select<'_>, ty: Ty, x: V, Found { main: fraction, narrow: halved }: Found) -> V {
    let size = s.plan.size(ty);
    let pick = |eight, four| by_size(ty, eight, four);
    let one = s.constant_of(Word::float(1.0, ty));
    let halved = if halved == V::NONE {
        let less = masks::float_predicate(Op::Lt);
        s.emit(pick(Opcode::CmpPd, Opcode::CmpPs), size, size, &[fraction, one], less)
    } else {
        halved
    };
    let floor = s.emit(pick(Opcode::GetExpPd, Opcode::GetExpPs), size, size, &[x], 0);
    let above = s.emit(pick(Opcode::AddPd, Opcode::AddPs), size, size, &[floor, one], 0);
    masks::blend(s, ty, floor, above, halved)
}

fn float_extremum(s: &mut Select<'_>, op: Op, ty: Ty, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let ordered = s.emit(masks::extremum(op, ty), size, size, &[x, y], 0);
    let nan = s.emit(by_size(ty, Opcode::CmpPd, Opcode::CmpPs), size, size, &[x, x], masks::UNORDERED);
    masks::blend(s, ty, ordered, x, nan)
}

/// y, unless x is large in some lane: then the host is asked about every lane. `positive` says that
/// x has no sign.
fn rare(s: &mut Select<'_>, op: Op, ty: Ty, positive: bool, x: V, y: V) -> V {
    let size = s.plan.size(ty);
    let bound = s.constant_of(Word::float(far(ty), ty));
    let magnitude = if positive { x } else { unary(s, Op::Abs, ty, x) };
    let large = masks::float_predicate(Op::Ge);
    let large = s.emit(by_size(ty, Opcode::CmpPd, Opcode::CmpPs), size, size, &[magnitude, bound], large);
    let function = s.host(host::lanes(op, ty).expect("the host has the far primitives"));
    s.emit(Opcode::Host, size, size, &[x, y, large], function)
}

/// What the host makes of lanes where the first operand holds, elsewhere the third.
fn chosen_by_host(s: &mut Select<'_>, op: Op, ty: Ty, operands: &[Value], copy: usize) -> V {
    let size = s.plan.size(ty);
    let (x, y) = (s.number(operands[1], copy), s.number(operands[2], copy));
    let mask = masks::mask(s, operands[0], copy, ty.size());
    let function = s.host(host::lanes(op, ty).expect("the host has what legalisation leaves to it"));
    let all = s.emit(Opcode::Host, size, size, &[x, y, mask], function);
    masks::blend(s, ty, y, all, mask)
}
