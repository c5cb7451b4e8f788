//! How the lanes of a group lie in registers.
//!
//! A number fills registers of its own type in lane order; where the group is smaller than a
//! register, the upper lanes hold whatever they hold. A bool is a mask, all bits of a lane equal,
//! in integer lanes as wide as the widest type of the body.

use cranelift::prelude::*;
use smallvec::SmallVec;

use crate::types::Ty;

/// The registers of a value: as many as its group fills, or one that stands for all of them.
#[derive(Clone, Debug)]
pub(super) struct Group {
    regs: SmallVec<[Value; 4]>,
}

impl Group {
    pub fn new(regs: impl IntoIterator<Item = Value>) -> Group {
        Group { regs: regs.into_iter().collect() }
    }

    /// One register that holds the same value in every lane.
    pub fn splat(reg: Value) -> Group {
        Group { regs: SmallVec::from_slice(&[reg]) }
    }

    pub fn regs(&self) -> &[Value] {
        &self.regs
    }

    pub fn reg(&self, at: usize) -> Value {
        if self.regs.len() == 1 { self.regs[0] } else { self.regs[at] }
    }
}

/// The lanes of a group, and the width of its masks.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// 1 means scalars, not vectors.
    pub lanes: usize,
    pub mask_size: usize,
}

impl Layout {
    /// Bytes of a lane.
    pub fn size(self, ty: Ty) -> usize {
        match ty {
            Ty::Bool => self.mask_size,
            _ => ty.size(),
        }
    }

    /// Lanes of a register.
    pub fn per_reg(self, ty: Ty) -> usize {
        if self.lanes == 1 { 1 } else { 16 / self.size(ty) }
    }

    /// Registers of a group.
    pub fn regs(self, ty: Ty) -> usize {
        self.lanes.div_ceil(self.per_reg(ty))
    }

    /// The type of a register.
    pub fn reg_type(self, ty: Ty) -> Type {
        if self.lanes == 1 {
            return scalar_type(ty);
        }
        match ty {
            Ty::Bool => int_lanes(self.mask_size),
            Ty::I8 | Ty::U8 => types::I8X16,
            Ty::I16 | Ty::U16 => types::I16X8,
            Ty::I32 | Ty::U32 => types::I32X4,
            Ty::I64 | Ty::U64 => types::I64X2,
            Ty::F32 => types::F32X4,
            Ty::F64 => types::F64X2,
        }
    }
}

/// The type of one value; a bool is a byte, 0 or 1. Integers of less than 32 bits are in memory alone.
pub(super) fn scalar_type(ty: Ty) -> Type {
    match ty {
        Ty::Bool | Ty::I8 | Ty::U8 => types::I8,
        Ty::I16 | Ty::U16 => types::I16,
        Ty::I32 | Ty::U32 => types::I32,
        Ty::I64 | Ty::U64 => types::I64,
        Ty::F32 => types::F32,
        Ty::F64 => types::F64,
    }
}

/// A register of integer lanes of `size` bytes.
pub(super) fn int_lanes(size: usize) -> Type {
    match size {
        8 => types::I64X2,
        4 => types::I32X4,
        _ => types::I16X8,
    }
}

/// The flags of every access: it cannot trap, and promises neither alignment nor order.
pub(super) fn plain() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// Register-level moves, on any builder.
pub(super) trait Registers {
    fn cast(&mut self, to: Type, x: Value) -> Value;
    fn bytes(&mut self, x: Value, y: Value, pick: [u8; 16]) -> Value;
    fn constant(&mut self, clif: Type, bytes: [u8; 16]) -> Value;

    /// The low halves of the 8-byte lanes of `x`, then those of `y`.
    fn narrow_lanes(&mut self, x: Value, y: Value) -> Value {
        self.bytes(x, y, [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27])
    }

    /// The upper 8 bytes of `x`, twice.
    fn upper(&mut self, x: Value) -> Value {
        self.bytes(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15])
    }
}

impl Registers for FunctionBuilder<'_> {
    fn cast(&mut self, to: Type, x: Value) -> Value {
        if self.func.dfg.value_type(x) == to {
            return x;
        }
        let little = MemFlagsData::new().with_endianness(cranelift::codegen::ir::Endianness::Little);
        self.ins().bitcast(to, little, x)
    }

    fn bytes(&mut self, x: Value, y: Value, pick: [u8; 16]) -> Value {
        let clif = self.func.dfg.value_type(x);
        let pick = self.func.dfg.immediates.push(pick.as_slice().into());
        let (x, y) = (self.cast(types::I8X16, x), self.cast(types::I8X16, y));
        let picked = self.ins().shuffle(x, y, pick);
        self.cast(clif, picked)
    }

    fn constant(&mut self, clif: Type, bytes: [u8; 16]) -> Value {
        let handle = self.func.dfg.constants.insert(bytes.as_slice().into());
        self.ins().vconst(clif, handle)
    }
}

/// The bytes of a register whose lanes of `size` bytes all hold `bits`.
pub(super) fn splat_bytes(bits: u64, size: usize) -> [u8; 16] {
    let lane = bits.to_le_bytes();
    std::array::from_fn(|at| lane[at % size])
}
