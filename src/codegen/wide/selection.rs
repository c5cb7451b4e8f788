//! Selection under way: what every family of primitives knows of the loop at hand, and how it writes instructions.
//!
//! This file must not know the families.

use smallvec::SmallVec;

use super::draft::{Draft, Found};
use super::inst::{Arg, MachInst, Mem, Opcode, V};
use super::plan::Plan;
use super::step::Class;
use super::width::Width;
use crate::codegen::streams::Streams;
use crate::ir::{Loop, Program, Value};
use crate::types::{Ty, Word};

/// Selection under way.
pub(super) struct Select<'a> {
    pub program: &'a Program,
    pub l: &'a Loop,
    pub plan: Plan,
    pub streams: &'a Streams,
    pub draft: &'a mut Draft,
    /// Instructions go before the loop.
    pub outside: bool,
    /// See [`super::parts::come_in_any_order`].
    pub any_order: bool,
}
/// The instruction for lanes of 8 bytes or of 4.
pub(super) fn by_size(ty: Ty, eight: Opcode, four: Opcode) -> Opcode {
    if ty.size() == 8 { eight } else { four }
}

/// The instruction for the size of lanes, from 8 bytes to 1.
pub(super) fn by_lanes(ty: Ty, sizes: [Opcode; 4]) -> Opcode {
    sizes[3 - ty.size().trailing_zeros() as usize]
}

impl Select<'_> {
    pub fn bits512(&self) -> bool {
        self.plan.width == Width::Bits512
    }

    /// Bytes of a mask, in 512 bits: those that its instructions count in.
    pub fn mask_size(&self) -> u8 {
        if self.plan.lanes > 16 { 8 } else { 2 }
    }
    /// The elements of a copy, `offset` bytes into a stream.
    pub fn stream(&self, at: usize, offset: i32, copy: usize, ty: Ty) -> Mem {
        let disp = offset + (copy * self.plan.lanes * ty.size()) as i32;
        Mem::Stream { at: at as u16, disp, scale: ty.size() as u8 }
    }

    pub fn get(&self, value: Value, copy: usize) -> Found {
        self.draft.found[value.index() * self.plan.copies + copy]
    }

    pub fn set(&mut self, value: Value, copy: usize, found: Found) {
        self.draft.found[value.index() * self.plan.copies + copy] = found;
    }

    /// The register of a number.
    pub fn number(&self, value: Value, copy: usize) -> V {
        self.get(value, copy).main
    }

    /// A constant in every lane of `elem` bytes.
    pub fn constant(&mut self, bits: u64, elem: usize, size: u8) -> V {
        self.draft.constant(self.plan.width, bits, elem, size)
    }

    /// A register of these words, which no instruction repeats.
    pub fn whole_constant(&mut self, words: &[u64]) -> V {
        let bytes: SmallVec<[u8; 64]> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let known = |v: &&V| self.draft.constant_bytes(**v) == Some(&bytes);
        if let Some(&v) = self.draft.wholes.iter().find(known) {
            return v;
        }
        self.draft.table.resize(self.draft.table.len().next_multiple_of(bytes.len()), 0);
        let home = Mem::Const { offset: self.draft.table.len() as u32, elem: 0 };
        self.draft.table.extend_from_slice(&bytes);
        let v = self.draft.value(Class::Vector, bytes.len() as u8, Some(home));
        self.draft.wholes.push(v);
        v
    }
    /// A constant of this type in every lane.
    pub fn constant_of(&mut self, value: Word) -> V {
        let ty = value.ty();
        self.constant(value.to_bits(), ty.size(), self.plan.size(ty))
    }

    /// A new register with the result of an instruction.
    pub fn emit(&mut self, op: Opcode, size: u8, into: u8, args: &[V], imm: u8) -> V {
        let class = if self.bits512() && op.gives_mask() { Class::Mask } else { Class::Vector };
        let dst = self.draft.value(class, into, None);
        self.emit_to(dst, op, size, args, imm);
        dst
    }

    /// The same into a register that there is.
    pub fn emit_to(&mut self, dst: V, op: Opcode, size: u8, args: &[V], imm: u8) {
        let mut all = [Arg::None; 4];
        for (arg, &v) in all.iter_mut().zip(args) {
            *arg = if v == V::NONE { Arg::None } else { Arg::V(v) };
        }
        self.push(MachInst { op, size, imm, dst, args: all });
    }

    /// A new register of `into` bytes, from memory.
    pub fn read(&mut self, op: Opcode, size: u8, into: u8, from: Mem) -> V {
        let dst = self.draft.value(Class::Vector, into, None);
        self.push(MachInst { op, size, imm: 0, dst, args: [Arg::M(from), Arg::None, Arg::None, Arg::None] });
        dst
    }

    pub fn store(&mut self, op: Opcode, size: u8, v: V, to: Mem) {
        self.push(MachInst {
            op,
            size,
            imm: 0,
            dst: V::NONE,
            args: [Arg::V(v), Arg::M(to), Arg::None, Arg::None],
        });
    }

    /// The number of a function of the host.
    pub fn host(&mut self, address: usize) -> u8 {
        let hosts = &mut self.draft.hosts;
        let found = hosts.iter().position(|&known| known == address);
        found.unwrap_or_else(|| {
            hosts.push(address);
            hosts.len() - 1
        }) as u8
    }

    /// A register that holds what `home` does.
    pub fn home(&mut self, size: u8, home: Mem) -> V {
        self.draft.value(Class::Vector, size, Some(home))
    }

    /// A register that several instructions write.
    pub fn pinned(&mut self, size: u8, pin: u8) -> V {
        let v = self.draft.value(Class::Vector, size, None);
        self.draft.values[v.index()].pin = Some(pin);
        v
    }

    /// Makes the last instruction of the trip write `dst` instead.
    pub fn retarget(&mut self, dst: V) {
        self.draft.trip.last_mut().expect("there is one").dst = dst;
    }

    fn push(&mut self, inst: MachInst) {
        if self.outside { self.draft.before.push(inst) } else { self.draft.trip.push(inst) }
    }
}
