//! The partials of a reduction: in registers, in memory, and joined to those before them where a leaf ends.

use cranelift::prelude::*;

use super::group::{Layout, Registers, plain};
use crate::codegen::partials::{BUNDLES, CLOSED, LEAVES};
use crate::reduce::{BUNDLE_LEVELS, PARTIALS_BYTES};
use crate::types::Ty;

/// The memory of a reduction, [`Partials`](crate::codegen::partials::Partials).
#[derive(Clone, Copy)]
pub(super) struct Partials {
    pub layout: Layout,
    pub ty: Ty,
    /// Where it starts.
    pub memory: Value,
}

impl Partials {
    /// Closes the open leaf of a sum, but for that its partials start again: adds 1 to the leaves, and carries.
    pub fn close(self, b: &mut FunctionBuilder<'_>, mut open: Vec<Value>) {
        let before = b.ins().load(types::I64, plain(), self.memory, CLOSED);
        let count = b.ins().iadd_imm_u(before, 1);
        b.ins().store(plain(), count, self.memory, CLOSED);
        let done = b.create_block();
        for level in 0..BUNDLE_LEVELS {
            let disp = LEAVES + (level * PARTIALS_BYTES) as i32;
            let (free, carry) = (b.create_block(), b.create_block());
            let taken = b.ins().band_imm_u(count, 1 << level);
            b.ins().brif(taken, free, &[], carry, &[]);
            b.switch_to_block(free);
            self.store(b, disp, open.iter().copied());
            b.ins().jump(done, &[]);
            b.switch_to_block(carry);
            let left = self.load(b, disp);
            open.iter_mut().zip(left).for_each(|(open, left)| *open = b.ins().fadd(left, *open));
        }
        let bundle = self.join(b, open);
        let bundles = b.ins().ushr_imm_u(count, BUNDLE_LEVELS as i64);
        self.carry_bundle(b, bundles, bundle);
        b.ins().jump(done, &[]);
        b.switch_to_block(done);
    }

    /// Joins partials in neighbouring pairs, level by level.
    fn join(self, b: &mut FunctionBuilder<'_>, mut regs: Vec<Value>) -> Value {
        // Neighbours lie in one register, but for scalars; two registers become one of half as many pairs.
        let size = self.ty.size() as u8;
        let even: [u8; 16] = match size {
            8 => [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
            _ => [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27],
        };
        let pair = |b: &mut FunctionBuilder<'_>, x, y| {
            let (x, y) = match self.layout.lanes {
                1 => (x, y),
                _ => (b.bytes(x, y, even), b.bytes(x, y, even.map(|byte| byte + size))),
            };
            b.ins().fadd(x, y)
        };
        while regs.len() > 1 {
            regs = regs.chunks(2).map(|two| pair(b, two[0], two[1])).collect();
        }
        let mut sum = regs[0];
        if self.layout.lanes > 1 {
            for _ in 0..(16 / size).ilog2() {
                sum = pair(b, sum, sum);
            }
            sum = b.ins().extractlane(sum, 0u8);
        }
        sum
    }

    /// Puts a bundle, the last of `count`, among the others.
    fn carry_bundle(self, b: &mut FunctionBuilder<'_>, count: Value, bundle: Value) {
        let (level, carry, free) = (b.create_block(), b.create_block(), b.create_block());
        let clif = b.func.dfg.value_type(bundle);
        let first = b.ins().iadd_imm_u(self.memory, i64::from(BUNDLES));
        b.ins().jump(level, &[count.into(), first.into(), bundle.into()]);
        let [count, place, right] =
            [types::I64, types::I64, clif].map(|clif| b.append_block_param(level, clif));
        b.switch_to_block(level);
        let taken = b.ins().band_imm_u(count, 1);
        b.ins().brif(taken, free, &[], carry, &[]);
        b.switch_to_block(carry);
        let left = b.ins().load(clif, plain(), place, 0);
        let joined = b.ins().fadd(left, right);
        let count = b.ins().ushr_imm_u(count, 1);
        let next = b.ins().iadd_imm_u(place, size_of::<u64>() as i64);
        b.ins().jump(level, &[count.into(), next.into(), joined.into()]);
        b.switch_to_block(free);
        b.ins().store(plain(), right, place, 0);
    }

    /// Registers of partials that lie from `disp` on.
    pub fn load(self, b: &mut FunctionBuilder<'_>, disp: i32) -> Vec<Value> {
        let clif = self.layout.reg_type(self.ty);
        self.places(disp).map(|at| b.ins().load(clif, plain(), self.memory, at)).collect()
    }

    /// Puts them there.
    pub fn store(self, b: &mut FunctionBuilder<'_>, disp: i32, regs: impl Iterator<Item = Value>) {
        for (at, reg) in self.places(disp).zip(regs) {
            b.ins().store(plain(), reg, self.memory, at);
        }
    }

    fn places(self, disp: i32) -> impl Iterator<Item = i32> {
        let bytes = if self.layout.lanes == 1 { self.ty.size() } else { 16 };
        (0..PARTIALS_BYTES).step_by(bytes).map(move |at| disp + at as i32)
    }
}
