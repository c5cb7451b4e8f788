//! Elements between memory and registers.
//!
//! Memory may hold an element narrower than its lanes, extended when it is loaded and cut when it is
//! stored; a component of an element, at a distance from the next; and truth values, whose bytes are
//! normalised when they are loaded: memory of others may hold any.

use cranelift::prelude::*;
use smallvec::SmallVec;

use super::group::{Group, Layout, Registers, int_lanes, plain, scalar_type};
use crate::types::{Component, DType, Ty};

/// How the elements of a stream lie in memory, for one that takes all of each or a component.
#[derive(Clone, Copy)]
pub(super) struct Cells {
    /// What a cell holds.
    pub ty: Ty,
    /// Bytes from one to the next.
    pub stride: usize,
    /// Bytes from the stream's start to the first.
    pub offset: i32,
}

impl Cells {
    /// A component of elements.
    pub fn of(dtype: DType, component: Component) -> Cells {
        let ty = dtype.component(component).expect("the verifier knows the parts of elements");
        Cells { ty, stride: dtype.size(), offset: component.offset(dtype) as i32 }
    }

    /// Values next to each other.
    pub fn plain(ty: Ty, offset: i32) -> Cells {
        Cells { ty, stride: ty.size(), offset }
    }
}

/// The cells of a group.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub address: Value,
    /// Bytes from there to the first of them.
    pub offset: i32,
    pub cells: Cells,
}

/// One value, of the first cell.
pub(super) fn load_one(b: &mut FunctionBuilder<'_>, place: &Place, ty: Ty) -> Value {
    let Place { address, offset, cells } = *place;
    let value = b.ins().load(scalar_type(cells.ty), plain(), address, offset);
    if cells.ty == Ty::Bool {
        return b.ins().icmp_imm_u(IntCC::NotEqual, value, 0);
    }
    match (cells.ty == ty, cells.ty.is_signed()) {
        (true, _) => value,
        (false, true) => b.ins().sextend(scalar_type(ty), value),
        (false, false) => b.ins().uextend(scalar_type(ty), value),
    }
}

/// One value, into the first cell.
pub(super) fn store_one(b: &mut FunctionBuilder<'_>, place: &Place, value: Value) {
    let Place { address, offset, cells } = *place;
    let cell = scalar_type(cells.ty);
    let value = if b.func.dfg.value_type(value) == cell { value } else { b.ins().ireduce(cell, value) };
    b.ins().store(plain(), value, address, offset);
}

/// The values of a group, as type `ty`.
pub(super) fn load(b: &mut FunctionBuilder<'_>, layout: Layout, place: &Place, ty: Ty) -> Group {
    let Place { address, offset, cells } = *place;
    if layout.lanes == 1 {
        return Group::splat(load_one(b, place, ty));
    }
    if cells.stride == 2 * ty.size() && layout.lanes * ty.size() >= 16 {
        return load_parts(b, layout, place, ty);
    }
    if cells.stride != cells.ty.size() {
        return gather(b, layout, place, ty);
    }
    if cells.ty == Ty::Bool {
        return load_mask(b, layout, address, offset);
    }
    if cells.ty != ty {
        return load_narrow(b, layout, place);
    }
    let clif = layout.reg_type(ty);
    let bytes = layout.lanes * ty.size();
    if bytes < 16 {
        let reg = load_bytes(b, address, offset, bytes);
        return Group::splat(b.cast(clif, reg));
    }
    let regs = layout.regs(ty);
    Group::new((0..regs).map(|k| b.ins().load(clif, plain(), address, offset + k as i32 * 16)))
}

/// The values of a group.
pub(super) fn store(b: &mut FunctionBuilder<'_>, layout: Layout, place: &Place, ty: Ty, group: &Group) {
    let Place { address, offset, cells } = *place;
    if layout.lanes == 1 {
        store_one(b, place, group.reg(0));
    } else if cells.stride != cells.ty.size() {
        scatter(b, layout, place, ty, group);
    } else if cells.ty == Ty::Bool {
        store_mask(b, layout, address, offset, group);
    } else if cells.ty != ty {
        store_narrow(b, layout, place, group);
    } else if layout.lanes * ty.size() < 16 {
        store_bytes(b, address, offset, group.reg(0), layout.lanes * ty.size());
    } else {
        for k in 0..layout.regs(ty) {
            b.ins().store(plain(), group.reg(k), address, offset + k as i32 * 16);
        }
    }
}

/// A register whose first `bytes`, 2 to 16, come from memory.
fn load_bytes(b: &mut FunctionBuilder<'_>, address: Value, offset: i32, bytes: usize) -> Value {
    if bytes == 16 {
        return b.ins().load(types::I8X16, plain(), address, offset);
    }
    let clif = match bytes {
        8 => types::I64,
        4 => types::I32,
        _ => types::I16,
    };
    let bits = b.ins().load(clif, plain(), address, offset);
    let bits = if bytes == 8 { bits } else { b.ins().uextend(types::I64, bits) };
    let reg = b.ins().scalar_to_vector(types::I64X2, bits);
    b.cast(types::I8X16, reg)
}

/// The first `bytes` of a register, 2 to 16, go to memory.
fn store_bytes(b: &mut FunctionBuilder<'_>, address: Value, offset: i32, reg: Value, bytes: usize) {
    let lanes = match bytes {
        16 => {
            b.ins().store(plain(), reg, address, offset);
            return;
        }
        8 => types::I64X2,
        4 => types::I32X4,
        _ => types::I16X8,
    };
    let reg = b.cast(lanes, reg);
    let bits = b.ins().extractlane(reg, 0u8);
    b.ins().store(plain(), bits, address, offset);
}

/// A register of `count` integers of `size` bytes as registers of such of 4 or 8, extended.
fn widened(
    b: &mut FunctionBuilder<'_>,
    reg: Value,
    mut size: usize,
    to: usize,
    count: usize,
    signed: bool,
) -> SmallVec<[Value; 8]> {
    let mut regs: SmallVec<[Value; 8]> = SmallVec::from_slice(&[reg]);
    while size < to {
        let lanes = if size == 1 { types::I8X16 } else { int_lanes(size) };
        let halves = std::mem::take(&mut regs);
        for (at, half) in halves.into_iter().enumerate() {
            let half = b.cast(lanes, half);
            regs.push(if signed { b.ins().swiden_low(half) } else { b.ins().uwiden_low(half) });
            // The upper half of the register, if the integers reach into it.
            if count > (2 * at + 1) * (8 / size) {
                regs.push(if signed { b.ins().swiden_high(half) } else { b.ins().uwiden_high(half) });
            }
        }
        size *= 2;
    }
    regs
}

/// Integers of 8 or 16 bits become lanes of 32, extended.
fn load_narrow(b: &mut FunctionBuilder<'_>, layout: Layout, place: &Place) -> Group {
    let Place { address, offset, cells } = *place;
    let size = cells.ty.size();
    let per_load = 16 / size;
    let mut regs: SmallVec<[Value; 8]> = SmallVec::new();
    for lane in (0..layout.lanes).step_by(per_load) {
        let count = per_load.min(layout.lanes - lane);
        let reg = load_bytes(b, address, offset + (lane * size) as i32, count * size);
        regs.extend(widened(b, reg, size, 4, count, cells.ty.is_signed()));
    }
    Group::new(regs)
}

/// The low bits of lanes of 32 become integers of 8 or 16 bits.
fn store_narrow(b: &mut FunctionBuilder<'_>, layout: Layout, place: &Place, group: &Group) {
    let Place { address, offset, cells } = *place;
    let size = cells.ty.size();
    // Two registers of 4 lanes at a time.
    for lane in (0..layout.lanes).step_by(8) {
        let count = (layout.lanes - lane).min(8);
        let low = group.reg(lane / 4);
        let high = if count > 4 { group.reg(lane / 4 + 1) } else { low };
        let pick =
            std::array::from_fn(|at| if at < 8 * size { (at / size * 4 + at % size) as u8 } else { 0 });
        let packed = b.bytes(low, high, pick);
        store_bytes(b, address, offset + (lane * size) as i32, packed, count * size);
    }
}

/// Every other one of floats next to each other: of two registers one is made.
fn load_parts(b: &mut FunctionBuilder<'_>, layout: Layout, place: &Place, ty: Ty) -> Group {
    let Place { address, offset, cells } = *place;
    let size = ty.size();
    let first = cells.offset as usize;
    let pick = std::array::from_fn(|at| (at / size * 2 * size + at % size + first) as u8);
    let clif = layout.reg_type(ty);
    // The elements themselves begin before an imaginary part.
    let start = offset - cells.offset;
    Group::new((0..layout.regs(ty)).map(|k| {
        let half = |b: &mut FunctionBuilder<'_>, half: usize| {
            b.ins().load(types::I8X16, plain(), address, start + (32 * k + 16 * half) as i32)
        };
        let (low, high) = (half(b, 0), half(b, 1));
        let reg = b.bytes(low, high, pick);
        b.cast(clif, reg)
    }))
}

/// Cells apart from each other become a group.
fn gather(b: &mut FunctionBuilder<'_>, layout: Layout, place: &Place, ty: Ty) -> Group {
    let per_reg = layout.per_reg(ty);
    let mut regs: SmallVec<[Value; 8]> = SmallVec::new();
    for lane in 0..layout.lanes {
        let value = load_one(b, &place.cell(lane), ty);
        match (lane % per_reg, regs.last_mut()) {
            (0, _) | (_, None) => regs.push(b.ins().scalar_to_vector(layout.reg_type(ty), value)),
            (within, Some(reg)) => *reg = b.ins().insertlane(*reg, value, within as u8),
        }
    }
    Group::new(regs)
}

/// A group becomes cells apart from each other.
fn scatter(b: &mut FunctionBuilder<'_>, layout: Layout, place: &Place, ty: Ty, group: &Group) {
    let per_reg = layout.per_reg(ty);
    for lane in 0..layout.lanes {
        let value = b.ins().extractlane(group.reg(lane / per_reg), (lane % per_reg) as u8);
        store_one(b, &place.cell(lane), value);
    }
}

impl Place {
    /// The cell of a lane.
    fn cell(&self, lane: usize) -> Place {
        Place { offset: self.offset + (lane * self.cells.stride) as i32, ..*self }
    }
}

/// Bytes that are 0 or not become masks.
fn load_mask(b: &mut FunctionBuilder<'_>, layout: Layout, address: Value, offset: i32) -> Group {
    let zero = b.constant(types::I8X16, [0; 16]);
    let mut masks: SmallVec<[Value; 8]> = SmallVec::new();
    for lane in (0..layout.lanes).step_by(8) {
        let run = (layout.lanes - lane).min(8);
        let bytes = load_bytes(b, address, offset + lane as i32, run);
        let mask = b.ins().icmp(IntCC::NotEqual, bytes, zero);
        masks.extend(widened(b, mask, 1, layout.mask_size, run, true));
    }
    Group::new(masks)
}

/// Masks become bytes of 0 and 1.
fn store_mask(b: &mut FunctionBuilder<'_>, layout: Layout, address: Value, offset: i32, group: &Group) {
    for lane in (0..layout.lanes).step_by(8) {
        let run = (layout.lanes - lane).min(8);
        let mut words: SmallVec<[Value; 2]> = SmallVec::new();
        for four in 0..run.div_ceil(4) {
            let at = lane / 4 + four;
            words.push(if layout.mask_size == 4 {
                group.reg(at)
            } else {
                let low = group.reg(2 * at);
                let high = if run > 2 { group.reg(2 * at + 1) } else { low };
                let narrow = b.narrow_lanes(low, high);
                b.cast(int_lanes(4), narrow)
            });
        }
        let pairs = b.ins().snarrow(words[0], *words.last().expect("at least one"));
        let bytes = b.ins().snarrow(pairs, pairs);
        let one = b.constant(types::I8X16, [1; 16]);
        let bytes = b.ins().band(bytes, one);
        store_bytes(b, address, offset + lane as i32, bytes, run);
    }
}
