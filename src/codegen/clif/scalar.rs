//! Each primitive on single values. Divisors are guarded and conversions saturate: nothing traps.

use cranelift::prelude::*;
use smallvec::SmallVec;

use super::group::scalar_type;
use crate::codegen::host;
use crate::ops::{Op, far};
use crate::types::{Kind, Ty, Word};

/// The comparison of integers that `op` is.
pub(super) fn int_condition(op: Op, ty: Ty) -> Option<IntCC> {
    let signed = match op {
        Op::Eq => IntCC::Equal,
        Op::Ne => IntCC::NotEqual,
        Op::Lt => IntCC::SignedLessThan,
        Op::Le => IntCC::SignedLessThanOrEqual,
        Op::Gt => IntCC::SignedGreaterThan,
        Op::Ge => IntCC::SignedGreaterThanOrEqual,
        _ => return None,
    };
    Some(if ty.is_signed() { signed } else { signed.unsigned() })
}

/// The comparison of floats that `op` is: all are false for NaN but `Ne`.
pub(super) fn float_condition(op: Op) -> Option<FloatCC> {
    Some(match op {
        Op::Eq => FloatCC::Equal,
        Op::Ne => FloatCC::NotEqual,
        Op::Lt => FloatCC::LessThan,
        Op::Le => FloatCC::LessThanOrEqual,
        Op::Gt => FloatCC::GreaterThan,
        Op::Ge => FloatCC::GreaterThanOrEqual,
        _ => return None,
    })
}

/// A constant.
pub(super) fn constant(b: &mut FunctionBuilder<'_>, value: Word) -> Value {
    match value {
        Word::Bool(v) => b.ins().iconst(types::I8, i64::from(v)),
        Word::I8(_) | Word::I16(_) | Word::I32(_) | Word::U8(_) | Word::U16(_) | Word::U32(_) => {
            b.ins().iconst(scalar_type(value.ty()), value.to_bits() as i64)
        }
        Word::I64(v) => b.ins().iconst(types::I64, v),
        Word::U64(v) => b.ins().iconst(types::I64, v as i64),
        Word::F32(v) => b.ins().f32const(v),
        Word::F64(v) => b.ins().f64const(v),
    }
}

/// `op`, whose operands are of type `from` (the condition of select aside) and whose result is of type `to`.
pub(super) fn primitive(b: &mut FunctionBuilder<'_>, op: Op, from: Ty, to: Ty, args: &[Value]) -> Value {
    if is_far(op) {
        let bound = constant(b, Word::float(far(from), from));
        let size = b.ins().fabs(args[0]);
        let found = b.ins().fcmp(FloatCC::GreaterThanOrEqual, size, bound);
        return rarely(b, found, &[args[1]], |b| [host_call(b, op, from, args)])[0];
    }
    if host::address(op, from).is_some() {
        return host_call(b, op, from, args);
    }
    if op == Op::Pow && from.is_narrow() {
        // The low bits of a power come of those of its base; the exponent is a number.
        let wide: SmallVec<[Value; 2]> = args.iter().map(|&x| convert(b, x, from, Ty::I32)).collect();
        let power = host_call(b, op, Ty::I32, &wide);
        return convert(b, power, Ty::I32, to);
    }
    if let (Some(chosen), &[c, x, y]) = (op.chosen(), args) {
        let value = primitive(b, chosen, from, to, &[x, y]);
        return b.ins().select(c, value, y);
    }
    match (op, args) {
        (Op::Select, &[c, x, y]) => b.ins().select(c, x, y),
        (Op::Convert, &[x]) => convert(b, x, from, to),
        (Op::Bitcast, &[x]) => b.ins().bitcast(scalar_type(to), MemFlagsData::new(), x),
        (Op::Fma, &[x, y, z]) => b.ins().fma(x, y, z),
        (_, &[x]) => unary(b, op, from, x),
        (_, &[x, y]) if from.is_float() => float_binary(b, op, x, y),
        (_, &[x, y]) => int_binary(b, op, from, x, y),
        _ => unreachable!("the verifier counts operands"),
    }
}

/// The primitives whose work is done by the host, for the few elements that need it.
pub(super) fn is_far(op: Op) -> bool {
    matches!(op, Op::SinFar | Op::CosFar | Op::TanFar)
}

/// `usual`, unless `condition` holds: then what `otherwise` computes, out of the way.
pub(super) fn rarely<T: AsRef<[Value]>>(
    b: &mut FunctionBuilder<'_>,
    condition: Value,
    usual: &[Value],
    otherwise: impl FnOnce(&mut FunctionBuilder<'_>) -> T,
) -> SmallVec<[Value; 4]> {
    let (cold, done) = (b.create_block(), b.create_block());
    let types: SmallVec<[Type; 4]> = usual.iter().map(|&v| b.func.dfg.value_type(v)).collect();
    let results = types.into_iter().map(|clif| b.append_block_param(done, clif)).collect();
    let pass = |values: &[Value]| values.iter().map(|&v| v.into()).collect::<SmallVec<[_; 4]>>();
    b.ins().brif(condition, cold, &[], done, &pass(usual));
    b.set_cold_block(cold);
    b.switch_to_block(cold);
    let found = otherwise(b);
    b.ins().jump(done, &pass(found.as_ref()));
    b.switch_to_block(done);
    results
}

/// Calls the host's function for `op`, which must have one.
pub(super) fn host_call(b: &mut FunctionBuilder<'_>, op: Op, ty: Ty, args: &[Value]) -> Value {
    let address = host::address(op, ty).expect("the host has a function for it");
    // The address is a constant of the code: no relocation, and any distance.
    let mut signature = Signature::new(b.func.signature.call_conv);
    let param = AbiParam::new(scalar_type(ty));
    signature.params.extend(args.iter().map(|_| param));
    signature.returns.push(param);
    let known = b.func.dfg.signatures.iter().find(|(_, known)| **known == signature).map(|(known, _)| known);
    let signature = known.unwrap_or_else(|| b.import_signature(signature));
    let callee = b.ins().iconst(types::I64, address as i64);
    let call = b.ins().call_indirect(signature, callee, args);
    b.inst_results(call)[0]
}

pub(super) fn unary(b: &mut FunctionBuilder<'_>, op: Op, ty: Ty, x: Value) -> Value {
    let float = ty.is_float();
    match op {
        Op::Neg if float => b.ins().fneg(x),
        Op::Neg => b.ins().ineg(x),
        Op::Abs if float => b.ins().fabs(x),
        Op::Abs if ty.is_signed() => b.ins().iabs(x),
        Op::Abs => x,
        Op::Sqrt => b.ins().sqrt(x),
        Op::Floor => b.ins().floor(x),
        Op::Ceil => b.ins().ceil(x),
        Op::Trunc => b.ins().trunc(x),
        Op::Rint => b.ins().nearest(x),
        Op::Not if ty == Ty::Bool => b.ins().bxor_imm_u(x, 1),
        Op::Not => b.ins().bnot(x),
        _ => unreachable!("{op:?} is no unary primitive"),
    }
}

pub(super) fn float_binary(b: &mut FunctionBuilder<'_>, op: Op, x: Value, y: Value) -> Value {
    match op {
        Op::Add => b.ins().fadd(x, y),
        Op::Sub => b.ins().fsub(x, y),
        Op::Mul => b.ins().fmul(x, y),
        Op::Div => b.ins().fdiv(x, y),
        Op::Min | Op::Max => {
            let before = if op == Op::Min { FloatCC::LessThan } else { FloatCC::GreaterThan };
            let first = b.ins().fcmp(before, x, y);
            let nan = b.ins().fcmp(FloatCC::Unordered, x, x);
            let keep = b.ins().bor(first, nan);
            b.ins().select(keep, x, y)
        }
        _ => {
            let condition = float_condition(op).expect("the other binary primitives of floats compare");
            b.ins().fcmp(condition, x, y)
        }
    }
}

pub(super) fn int_binary(b: &mut FunctionBuilder<'_>, op: Op, ty: Ty, x: Value, y: Value) -> Value {
    match op {
        Op::Add => b.ins().iadd(x, y),
        Op::Sub => b.ins().isub(x, y),
        Op::Mul => b.ins().imul(x, y),
        Op::And => b.ins().band(x, y),
        Op::Or => b.ins().bor(x, y),
        Op::Xor => b.ins().bxor(x, y),
        Op::Min if ty.is_signed() => b.ins().smin(x, y),
        Op::Min => b.ins().umin(x, y),
        Op::Max if ty.is_signed() => b.ins().smax(x, y),
        Op::Max => b.ins().umax(x, y),
        Op::FloorDiv | Op::Mod if ty.is_signed() => floor_divide(b, op, ty, x, y),
        Op::FloorDiv | Op::Mod => divide(b, op, ty, x, y),
        Op::Shl => {
            let inside = in_width(b, ty, y);
            let shifted = b.ins().ishl(x, y);
            let zero = b.ins().iconst(scalar_type(ty), 0);
            b.ins().select(inside, shifted, zero)
        }
        Op::Shr if !ty.is_signed() => int_binary(b, Op::Ushr, ty, x, y),
        Op::Ushr => {
            let inside = in_width(b, ty, y);
            let shifted = b.ins().ushr(x, y);
            let zero = b.ins().iconst(scalar_type(ty), 0);
            b.ins().select(inside, shifted, zero)
        }
        Op::Shr => {
            let inside = in_width(b, ty, y);
            let last = b.ins().iconst(scalar_type(ty), ty.size() as i64 * 8 - 1);
            let amount = b.ins().select(inside, y, last);
            b.ins().sshr(x, amount)
        }
        _ => {
            let condition = int_condition(op, ty).expect("the other binary primitives of integers compare");
            b.ins().icmp(condition, x, y)
        }
    }
}

/// Whether a shift by `y` leaves bits; a negative amount is a large one.
fn in_width(b: &mut FunctionBuilder<'_>, ty: Ty, y: Value) -> Value {
    b.ins().icmp_imm_u(IntCC::UnsignedLessThan, y, ty.size() as i64 * 8)
}

/// Division of integers without a sign or its remainder; both are 0 where the divisor is.
fn divide(b: &mut FunctionBuilder<'_>, op: Op, ty: Ty, x: Value, y: Value) -> Value {
    let clif = scalar_type(ty);
    let zero = b.ins().iconst(clif, 0);
    let one = b.ins().iconst(clif, 1);
    let by_zero = b.ins().icmp(IntCC::Equal, y, zero);
    let divisor = b.ins().select(by_zero, one, y);
    let result = match op {
        Op::FloorDiv => b.ins().udiv(x, divisor),
        _ => b.ins().urem(x, divisor),
    };
    b.ins().select(by_zero, zero, result)
}

/// Floor division or its remainder, of a divisor that is made safe: 0 and -1 are answered without dividing.
fn floor_divide(b: &mut FunctionBuilder<'_>, op: Op, ty: Ty, x: Value, y: Value) -> Value {
    let clif = scalar_type(ty);
    let zero = b.ins().iconst(clif, 0);
    let one = b.ins().iconst(clif, 1);
    let by_zero = b.ins().icmp(IntCC::Equal, y, zero);
    let by_minus_one = b.ins().icmp_imm_s(IntCC::Equal, y, -1);
    let special = b.ins().bor(by_zero, by_minus_one);
    let divisor = b.ins().select(special, one, y);
    let quotient = b.ins().sdiv(x, divisor);
    let product = b.ins().imul(quotient, divisor);
    let remainder = b.ins().isub(x, product);
    let signs = b.ins().bxor(remainder, divisor);
    let signs_differ = b.ins().icmp(IntCC::SignedLessThan, signs, zero);
    let inexact = b.ins().icmp(IntCC::NotEqual, remainder, zero);
    let below = b.ins().band(signs_differ, inexact);
    if op == Op::FloorDiv {
        let less = b.ins().isub(quotient, one);
        let floored = b.ins().select(below, less, quotient);
        let negated = b.ins().ineg(x);
        let result = b.ins().select(by_minus_one, negated, floored);
        b.ins().select(by_zero, zero, result)
    } else {
        let more = b.ins().iadd(remainder, divisor);
        let result = b.ins().select(below, more, remainder);
        b.ins().select(special, zero, result)
    }
}

fn convert(b: &mut FunctionBuilder<'_>, x: Value, from: Ty, to: Ty) -> Value {
    use Kind::{Bool, Complex, Float, Signed, Unsigned};
    let clif = scalar_type(to);
    let wider = to.bits() > from.bits();
    match (from.kind(), to.kind()) {
        (Bool, Float) => {
            let wide = b.ins().uextend(types::I32, x);
            b.ins().fcvt_from_sint(clif, wide)
        }
        (Bool | Unsigned, Signed | Unsigned) if wider => b.ins().uextend(clif, x),
        (Signed, Signed | Unsigned) if wider => b.ins().sextend(clif, x),
        (Bool | Signed | Unsigned, Signed | Unsigned) if from.bits() == to.bits() => x,
        (Bool | Signed | Unsigned, Signed | Unsigned) => b.ins().ireduce(clif, x),
        (Signed, Float) => b.ins().fcvt_from_sint(clif, x),
        (Unsigned, Float) => b.ins().fcvt_from_uint(clif, x),
        (Float, Float) if wider => b.ins().fpromote(clif, x),
        (Float, Float) => b.ins().fdemote(clif, x),
        (Float, Signed | Unsigned) if to.is_narrow() => {
            let whole = b.ins().fcvt_to_sint_sat(types::I32, x);
            let (least, greatest) = to.dtype().range();
            let [least, greatest] =
                [least, greatest].map(|end| b.ins().iconst(types::I32, end as i64 & 0xffff_ffff));
            let above = b.ins().smax(whole, least);
            let inside = b.ins().smin(above, greatest);
            b.ins().ireduce(clif, inside)
        }
        (Float, Signed) => b.ins().fcvt_to_sint_sat(clif, x),
        (Float, Unsigned) => b.ins().fcvt_to_uint_sat(clif, x),
        (_, Bool) | (Complex, _) | (_, Complex) => unreachable!("the verifier knows no such conversion"),
    }
}
