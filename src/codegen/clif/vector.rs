//! Each primitive on groups of lanes. What 128-bit registers cannot do is done lane by lane.

use cranelift::prelude::*;
use smallvec::SmallVec;

use super::group::{Group, Layout, Registers, int_lanes, scalar_type, splat_bytes};
use super::scalar;
use crate::ops::{Op, far};
use crate::types::{Ty, Word};

/// An operand: its registers, and its value where that is one constant.
pub(super) struct Operand {
    pub group: Group,
    pub constant: Option<Word>,
}

/// `op`, with operands of type `from` (the condition of select aside), giving `to`.
pub(super) fn primitive(
    b: &mut FunctionBuilder<'_>,
    layout: Layout,
    op: Op,
    from: Ty,
    to: Ty,
    operands: &[Operand],
) -> Group {
    if layout.lanes == 1 {
        let args: SmallVec<[Value; 3]> = operands.iter().map(|o| o.group.reg(0)).collect();
        return Group::splat(scalar::primitive(b, op, from, to, &args));
    }
    match op {
        Op::Bitcast => {
            let clif = layout.reg_type(to);
            return each(layout, to, |at| b.cast(clif, operands[0].group.reg(at)));
        }
        _ if scalar::is_far(op) => return rare(b, layout, op, from, operands),
        Op::Convert => return convert(b, layout, &operands[0].group, from, to),
        Op::Select => return select(b, layout, to, operands),
        _ if let Some(chosen) = op.chosen() => {
            let [c, _, y] = [0, 1, 2].map(|at| Operand { group: operands[at].group.clone(), constant: None });
            let value =
                Operand { group: primitive(b, layout, chosen, from, to, &operands[1..]), constant: None };
            return select(b, layout, to, &[c, value, y]);
        }
        _ => {}
    }
    let amount = match (op, operands) {
        (Op::Shl | Op::Shr | Op::Ushr, [_, y]) => y.constant,
        _ => None,
    };
    if !in_registers(op, from, amount.is_some()) {
        let single = |b: &mut FunctionBuilder<'_>, args: &[Value]| scalar::primitive(b, op, from, to, args);
        return lane_by_lane(b, layout, single, from, to, operands);
    }
    let result = each(layout, from, |at| {
        let reg = |k: usize| operands[k].group.reg(at);
        match operands.len() {
            1 => unary(b, layout, op, from, reg(0)),
            2 => binary(b, layout, op, from, reg(0), reg(1), amount),
            _ => b.ins().fma(reg(0), reg(1), reg(2)),
        }
    });
    if op.info().predicate { resize(b, layout, &result, layout.size(from), layout.mask_size) } else { result }
}

/// The lanes of the second operand where the first holds, elsewhere of the third.
fn select(b: &mut FunctionBuilder<'_>, layout: Layout, ty: Ty, operands: &[Operand]) -> Group {
    let mask = resize(b, layout, &operands[0].group, layout.mask_size, layout.size(ty));
    let clif = layout.reg_type(ty);
    each(layout, ty, |at| {
        let mask = b.cast(clif, mask.reg(at));
        b.ins().bitselect(mask, operands[1].group.reg(at), operands[2].group.reg(at))
    })
}

/// Whether registers have the primitive, or a few instructions that make it.
fn in_registers(op: Op, ty: Ty, constant_amount: bool) -> bool {
    match op {
        Op::FloorDiv | Op::Mod => false,
        _ if op.is_function() => false,
        Op::Shl | Op::Ushr => constant_amount,
        // There is no arithmetic shift of 8-byte lanes worth having.
        Op::Shr => constant_amount && ty != Ty::I64,
        _ => true,
    }
}

fn each(layout: Layout, ty: Ty, f: impl FnMut(usize) -> Value) -> Group {
    Group::new((0..layout.regs(ty)).map(f))
}

fn unary(b: &mut FunctionBuilder<'_>, layout: Layout, op: Op, ty: Ty, x: Value) -> Value {
    let float = ty.is_float();
    // Cranelift's own fneg and fabs build their mask anew each time.
    let sign = 1u64 << (ty.size() * 8 - 1);
    let size = ty.size();
    match op {
        Op::Neg if float => {
            let mask = b.constant(layout.reg_type(ty), splat_bytes(sign, size));
            b.ins().bxor(x, mask)
        }
        Op::Abs if float => {
            let mask = b.constant(layout.reg_type(ty), splat_bytes(!sign, size));
            b.ins().band(x, mask)
        }
        Op::Not => b.ins().bnot(x),
        _ => scalar::unary(b, op, ty, x),
    }
}

/// `amount` is the constant second operand of a shift.
pub(super) fn binary(
    b: &mut FunctionBuilder<'_>,
    layout: Layout,
    op: Op,
    ty: Ty,
    x: Value,
    y: Value,
    amount: Option<Word>,
) -> Value {
    let clif = layout.reg_type(ty);
    match op {
        Op::Min | Op::Max if ty.is_float() => {
            let before = if op == Op::Min { FloatCC::LessThan } else { FloatCC::GreaterThan };
            let first = b.ins().fcmp(before, x, y);
            let first = b.cast(clif, first);
            // This very shape is what becomes minpd or maxpd.
            let ordered = b.ins().bitselect(first, x, y);
            let nan = b.ins().fcmp(FloatCC::Unordered, x, x);
            let nan = b.cast(clif, nan);
            b.ins().bitselect(nan, x, ordered)
        }
        Op::Min | Op::Max => {
            let before = if op == Op::Min { Op::Lt } else { Op::Gt };
            let before = scalar::int_condition(before, ty).expect("it compares");
            let first = b.ins().icmp(before, x, y);
            b.ins().bitselect(first, x, y)
        }
        Op::Shl | Op::Shr | Op::Ushr => {
            let width = ty.size() as u64 * 8;
            // Sign extension makes a negative amount a large one.
            let amount = match amount.expect("only shifts by a constant are in registers").cast(Ty::I64) {
                Word::I64(amount) => amount as u64,
                _ => unreachable!("cast gives what it is asked for"),
            };
            match op {
                Op::Shl | Op::Ushr if amount >= width => b.constant(clif, [0; 16]),
                Op::Ushr => b.ins().ushr_imm_u(x, amount as i64),
                Op::Shl => b.ins().ishl_imm_u(x, amount as i64),
                _ if !ty.is_signed() => match amount < width {
                    true => b.ins().ushr_imm_u(x, amount as i64),
                    false => b.constant(clif, [0; 16]),
                },
                _ => b.ins().sshr_imm_u(x, amount.min(width - 1) as i64),
            }
        }
        // The rest is the same instruction on one value and on a register of them.
        _ if ty.is_float() => scalar::float_binary(b, op, x, y),
        _ => scalar::int_binary(b, op, ty, x, y),
    }
}

/// A mask, or integers, with lanes of another width: sign-extended or cut.
fn resize(b: &mut FunctionBuilder<'_>, layout: Layout, group: &Group, from: usize, to: usize) -> Group {
    match (from, to) {
        (4, 8) => widened(b, layout, group, true),
        (8, 4) => Group::new((0..layout.lanes.div_ceil(4)).map(|at| {
            let low = group.reg(2 * at);
            let high = if layout.lanes > 2 { group.reg(2 * at + 1) } else { low };
            let narrow = b.narrow_lanes(low, high);
            b.cast(types::I32X4, narrow)
        })),
        _ => group.clone(),
    }
}

/// Lanes of 4 bytes in lanes of 8, extended by their sign or by zeros.
fn widened(b: &mut FunctionBuilder<'_>, layout: Layout, group: &Group, signed: bool) -> Group {
    Group::new((0..(layout.lanes / 2).max(1)).map(|at| {
        let reg = group.reg(at / 2);
        match (signed, at % 2 == 0) {
            (true, true) => b.ins().swiden_low(reg),
            (true, false) => b.ins().swiden_high(reg),
            (false, true) => b.ins().uwiden_low(reg),
            (false, false) => b.ins().uwiden_high(reg),
        }
    }))
}

fn convert(b: &mut FunctionBuilder<'_>, layout: Layout, x: &Group, from: Ty, to: Ty) -> Group {
    use Ty::{Bool, F32, F64, I32, I64, U32, U64};
    let clif = layout.reg_type(to);
    // Register `at` of 8-byte lanes comes from half a register of 4-byte lanes.
    let half = |b: &mut FunctionBuilder<'_>, at: usize| {
        let reg = x.reg(at / 2);
        if at.is_multiple_of(2) { reg } else { b.upper(reg) }
    };
    match (from, to) {
        (Bool, _) => {
            let mask = resize(b, layout, x, layout.mask_size, to.size());
            let one =
                b.constant(int_lanes(to.size()), splat_bytes(Word::Bool(true).cast(to).to_bits(), to.size()));
            each(layout, to, |at| {
                let bits = b.ins().band(mask.reg(at), one);
                b.cast(clif, bits)
            })
        }
        (I32, U32) | (U32, I32) | (I64, U64) | (U64, I64) => x.clone(),
        (I32, I64 | U64) => widened(b, layout, x, true),
        (U32, I64 | U64) => widened(b, layout, x, false),
        (I64 | U64, I32 | U32) => resize(b, layout, x, 8, 4),
        (I32, F32) => each(layout, to, |at| b.ins().fcvt_from_sint(clif, x.reg(at))),
        (U32, F32) => each(layout, to, |at| b.ins().fcvt_from_uint(clif, x.reg(at))),
        (I32, F64) => each(layout, to, |at| {
            let low = half(b, at);
            let wide = b.ins().swiden_low(low);
            b.ins().fcvt_from_sint(clif, wide)
        }),
        (U32, F64) => each(layout, to, |at| {
            let low = half(b, at);
            let wide = b.ins().uwiden_low(low);
            b.ins().fcvt_from_uint(clif, wide)
        }),
        (F32, F64) => each(layout, to, |at| {
            let low = half(b, at);
            b.ins().fvpromote_low(low)
        }),
        (F64, F32) => each(layout, to, |at| {
            let low = b.ins().fvdemote(x.reg(2 * at));
            if layout.lanes == 2 {
                return low;
            }
            let high = b.ins().fvdemote(x.reg(2 * at + 1));
            b.bytes(low, high, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
        }),
        (F32, I32) => each(layout, to, |at| b.ins().fcvt_to_sint_sat(clif, x.reg(at))),
        (F32, U32) => each(layout, to, |at| b.ins().fcvt_to_uint_sat(clif, x.reg(at))),
        _ => {
            let operand = Operand { group: x.clone(), constant: None };
            let single = |b: &mut FunctionBuilder<'_>, args: &[Value]| {
                scalar::primitive(b, Op::Convert, from, to, args)
            };
            lane_by_lane(b, layout, single, from, to, &[operand])
        }
    }
}

/// The second operand, unless the first is large in some lane: then the host is asked about every lane.
fn rare(b: &mut FunctionBuilder<'_>, layout: Layout, op: Op, ty: Ty, operands: &[Operand]) -> Group {
    let bound = Word::float(far(ty), ty);
    let bound = b.constant(layout.reg_type(ty), splat_bytes(bound.to_bits(), ty.size()));
    let mut found: Option<Value> = None;
    for at in 0..layout.regs(ty) {
        let size = unary(b, layout, Op::Abs, ty, operands[0].group.reg(at));
        let large = b.ins().fcmp(FloatCC::GreaterThanOrEqual, size, bound);
        found = Some(found.map_or(large, |found| b.ins().bor(found, large)));
    }
    let found = b.ins().vany_true(found.expect("a group has a register"));
    let usual = each(layout, ty, |at| operands[1].group.reg(at));
    let regs = scalar::rarely(b, found, usual.regs(), |b| {
        let of_lanes = |b: &mut FunctionBuilder<'_>, args: &[Value]| scalar::host_call(b, op, ty, args);
        lane_by_lane(b, layout, of_lanes, ty, ty, operands).regs().to_vec()
    });
    Group::new(regs)
}

/// Takes the lanes out, computes on single values, and puts the results in.
fn lane_by_lane(
    b: &mut FunctionBuilder<'_>,
    layout: Layout,
    compute: impl Fn(&mut FunctionBuilder<'_>, &[Value]) -> Value,
    from: Ty,
    to: Ty,
    operands: &[Operand],
) -> Group {
    let per_from = layout.per_reg(from);
    let per_to = layout.per_reg(to);
    debug_assert!(from != Ty::Bool && to != Ty::Bool);
    let mut results = Vec::with_capacity(layout.lanes);
    for lane in 0..layout.lanes {
        let take = |o: &Operand| match o.constant {
            Some(value) => scalar::constant(b, value),
            None => b.ins().extractlane(o.group.reg(lane / per_from), (lane % per_from) as u8),
        };
        let args: SmallVec<[Value; 3]> = operands.iter().map(take).collect();
        results.push(compute(b, &args));
    }
    debug_assert_eq!(b.func.dfg.value_type(results[0]), scalar_type(to));
    each(layout, to, |at| {
        let lanes = &results[at * per_to..((at + 1) * per_to).min(layout.lanes)];
        let first = b.ins().scalar_to_vector(layout.reg_type(to), lanes[0]);
        let insert = |(reg, lane), &value| (b.ins().insertlane(reg, value, lane), lane + 1);
        lanes[1..].iter().fold((first, 1u8), insert).0
    })
}
