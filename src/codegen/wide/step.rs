//! What registers hold, and instructions that name real ones.

use super::inst::{Mem, Opcode};

/// What kind of register a value lives in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    Vector,
    Mask,
}

/// A virtual register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Info {
    pub class: Class,
    /// Bytes.
    pub size: u8,
    /// Where memory holds it.
    pub home: Option<Mem>,
    /// Its register for the whole loop.
    pub pin: Option<u8>,
}

/// An instruction with its registers. What its operand in memory is called goes from a [`Place`] to
/// an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<R = Place> {
    pub op: Opcode,
    pub size: u8,
    pub imm: u8,
    /// Added to the opcode: which operand of an fma is overwritten.
    pub variant: u8,
    pub reg: u8,
    /// The second register; 0 where there is none.
    pub vvvv: u8,
    pub rm: R,
    /// A mask; 0 is none.
    pub mask: u8,
    /// Lanes not in the mask stay as they are; otherwise they become zero.
    pub merge: bool,
}

impl<R> Step<R> {
    /// One of two operands, without more.
    pub fn new(op: Opcode, size: u8, reg: u8, rm: R) -> Step<R> {
        Step { op, size, imm: 0, variant: 0, reg, vvvv: 0, rm, mask: 0, merge: false }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Reg(u8),
    Mem(Mem),
}

/// The load of a value from memory.
pub(super) fn load(info: Info, mem: Mem, reg: u8) -> Step {
    let op = match (info.class, mem.element()) {
        (Class::Mask, _) => Opcode::KLoad,
        (_, 1) => Opcode::BroadcastB,
        (_, 2) => Opcode::BroadcastW,
        (_, 4) => Opcode::BroadcastSs,
        (_, 8) => Opcode::BroadcastSd,
        _ => Opcode::Load,
    };
    Step::new(op, info.size, reg, Place::Mem(mem))
}
