//! Each primitive on single values. Divisors are guarded and conversions saturate: nothing traps.

use cranelift::codegen::ir::Function;
use cranelift::prelude::*;
use smallvec::SmallVec;

use super::group::scalar_type;
use crate::codegen::host;
use crate::ops::{Op, far};
use crate::types::{DType, Scalar};

/// The comparison of integers that `op` is.
fn int_condition(op: Op) -> Option<IntCC> {
    Some(match op {
        Op::Eq => IntCC::Equal,
        Op::Ne => IntCC::NotEqual,
        Op::Lt => IntCC::SignedLessThan,
        Op::Le => IntCC::SignedLessThanOrEqual,
        Op::Gt => IntCC::SignedGreaterThan,
        Op::Ge => IntCC::SignedGreaterThanOrEqual,
        _ => return None,
    })
}

/// The comparison of floats that `op` is: all are false for NaN but `Ne`.
fn float_condition(op: Op) -> Option<FloatCC> {
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
pub(super) fn constant(b: &mut FunctionBuilder<'_>, value: Scalar) -> Value {
    match value {
        Scalar::Bool(v) => b.ins().iconst(types::I8, i64::from(v)),
        Scalar::Int32(v) => b.ins().iconst(types::I32, i64::from(v as u32)),
        Scalar::Int64(v) => b.ins().iconst(types::I64, v),
        Scalar::Float32(v) => b.ins().f32const(v),
        Scalar::Float64(v) => b.ins().f64const(v),
    }
}

/// `op`, whose operands are of type `from` (the condition of select aside) and whose result is of type `to`.
pub(super) fn primitive(
    b: &mut FunctionBuilder<'_>,
    op: Op,
    from: DType,
    to: DType,
    args: &[Value],
) -> Value {
    if is_far(op) {
        let bound = constant(b, Scalar::Float64(far(from)).cast(from));
        let size = b.ins().fabs(args[0]);
        let found = b.ins().fcmp(FloatCC::GreaterThanOrEqual, size, bound);
        return rarely(b, found, &[args[1]], |b| [host_call(b, op, from, args)])[0];
    }
    if host::address(op, from).is_some() {
        return host_call(b, op, from, args);
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
    let results = types.into_iter().map(|ty| b.append_block_param(done, ty)).collect();
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
pub(super) fn host_call(b: &mut FunctionBuilder<'_>, op: Op, dtype: DType, args: &[Value]) -> Value {
    let address = host::address(op, dtype).expect("the host has a function for it");
    // The address is a constant of the code: no relocation, and any distance.
    let convention = b.func.signature.call_conv;
    let ty = scalar_type(dtype);
    let known = |f: &Function| {
        f.dfg
            .signatures
            .iter()
            .find(|(_, s)| s.params.len() == args.len() && s.params[0].value_type == ty)
            .map(|(r, _)| r)
    };
    let signature = known(b.func).unwrap_or_else(|| {
        let mut signature = Signature::new(convention);
        signature.params.extend(args.iter().map(|_| AbiParam::new(ty)));
        signature.returns.push(AbiParam::new(ty));
        b.import_signature(signature)
    });
    let callee = b.ins().iconst(types::I64, address as i64);
    let call = b.ins().call_indirect(signature, callee, args);
    b.inst_results(call)[0]
}

pub(super) fn unary(b: &mut FunctionBuilder<'_>, op: Op, dtype: DType, x: Value) -> Value {
    let float = dtype.is_float();
    match op {
        Op::Neg if float => b.ins().fneg(x),
        Op::Neg => b.ins().ineg(x),
        Op::Abs if float => b.ins().fabs(x),
        Op::Abs => b.ins().iabs(x),
        Op::Sqrt => b.ins().sqrt(x),
        Op::Floor => b.ins().floor(x),
        Op::Ceil => b.ins().ceil(x),
        Op::Trunc => b.ins().trunc(x),
        Op::Rint => b.ins().nearest(x),
        Op::Not if dtype == DType::Bool => b.ins().bxor_imm_u(x, 1),
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

pub(super) fn int_binary(b: &mut FunctionBuilder<'_>, op: Op, dtype: DType, x: Value, y: Value) -> Value {
    match op {
        Op::Add => b.ins().iadd(x, y),
        Op::Sub => b.ins().isub(x, y),
        Op::Mul => b.ins().imul(x, y),
        Op::And => b.ins().band(x, y),
        Op::Or => b.ins().bor(x, y),
        Op::Xor => b.ins().bxor(x, y),
        Op::Min => b.ins().smin(x, y),
        Op::Max => b.ins().smax(x, y),
        Op::FloorDiv | Op::Mod => floor_divide(b, op, dtype, x, y),
        Op::Shl => {
            let inside = in_width(b, dtype, y);
            let shifted = b.ins().ishl(x, y);
            let zero = b.ins().iconst(scalar_type(dtype), 0);
            b.ins().select(inside, shifted, zero)
        }
        Op::Ushr => {
            let inside = in_width(b, dtype, y);
            let shifted = b.ins().ushr(x, y);
            let zero = b.ins().iconst(scalar_type(dtype), 0);
            b.ins().select(inside, shifted, zero)
        }
        Op::Shr => {
            let inside = in_width(b, dtype, y);
            let last = b.ins().iconst(scalar_type(dtype), dtype.size() as i64 * 8 - 1);
            let amount = b.ins().select(inside, y, last);
            b.ins().sshr(x, amount)
        }
        _ => {
            let condition = int_condition(op).expect("the other binary primitives of integers compare");
            b.ins().icmp(condition, x, y)
        }
    }
}

/// Whether a shift by `y` leaves bits; a negative amount is a large one.
fn in_width(b: &mut FunctionBuilder<'_>, dtype: DType, y: Value) -> Value {
    b.ins().icmp_imm_u(IntCC::UnsignedLessThan, y, dtype.size() as i64 * 8)
}

/// Floor division or its remainder, of a divisor that is made safe: 0 and -1 are answered without dividing.
fn floor_divide(b: &mut FunctionBuilder<'_>, op: Op, dtype: DType, x: Value, y: Value) -> Value {
    let ty = scalar_type(dtype);
    let zero = b.ins().iconst(ty, 0);
    let one = b.ins().iconst(ty, 1);
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

fn convert(b: &mut FunctionBuilder<'_>, x: Value, from: DType, to: DType) -> Value {
    use DType::*;
    let ty = scalar_type(to);
    match (from, to) {
        (Bool, Int32 | Int64) => b.ins().uextend(ty, x),
        (Bool, _) => {
            let wide = b.ins().uextend(types::I32, x);
            b.ins().fcvt_from_sint(ty, wide)
        }
        (Int32, Int64) => b.ins().sextend(ty, x),
        (Int64, Int32) => b.ins().ireduce(ty, x),
        (Int32 | Int64, _) => b.ins().fcvt_from_sint(ty, x),
        (Float32, Float64) => b.ins().fpromote(ty, x),
        (Float64, Float32) => b.ins().fdemote(ty, x),
        (Float32 | Float64, _) => b.ins().fcvt_to_sint_sat(ty, x),
    }
}
