//! How many lanes a register holds, and how many registers of each value a trip works on.

use super::width::Width;
use crate::codegen::streams::Streams;
use crate::ir::{Extent, Inst, Loop};
use crate::reduce;
use crate::types::Ty;

/// The shape of a loop's code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub width: Width,
    /// Lanes of every value: a register of the widest type.
    pub lanes: usize,
    /// Copies of the body in a trip.
    pub copies: usize,
    /// The copies go through the body side by side, not one after the other.
    pub interleave: bool,
    /// Partials stay in registers over the whole loop; otherwise each copy loads and stores them.
    pub register_partials: bool,
}

/// Copies times operations may come to this where a trip fills the partials, which then stay in registers.
const REDUCING_OPERATIONS: usize = 96;

/// Beyond this, one copy: the compiler's time grows with the copies.
const LONG_OPERATIONS: usize = 250;

/// Partials may fill this many registers of each width.
const PARTIAL_REGISTERS: [usize; 2] = [12, 16];

/// Lanes of a register of the widest type.
fn lanes(l: &Loop, width: Width) -> usize {
    // In 256 bits a truth value is a mask as wide as other lanes, of which the narrowest have 4 bytes.
    let least = if width == Width::Bits256 { 4 } else { 1 };
    let widest = l.body.iter().map(|(_, _, ty)| ty.size().max(least)).max();
    width.bytes() / widest.unwrap_or(8)
}

/// The streams of a loop; a piece of several has one copy of its body in a trip.
pub(super) fn streams(pieces: &[Loop], width: Width) -> Streams {
    Streams::new(pieces, pieces.iter().map(|l| lanes(l, width)).max().unwrap_or(1))
}

impl Plan {
    pub fn new(l: &Loop, streams: &Streams, width: Width) -> Plan {
        // No step is longer than a cycle of partials: pieces of truth values alone have more lanes.
        let lanes = lanes(l, width).min(streams.cycle.unwrap_or(usize::MAX));
        let operations = l.body.iter().filter(|(_, inst, _)| !matches!(inst, Inst::Const(_))).count().max(1);
        let mut plan = Plan { width, lanes, copies: 1, interleave: true, register_partials: false };
        if l.extent == Extent::Once {
            return plan;
        }
        let partials = |r: &crate::ir::Reduce| reduce::partials(l.body.ty(r.value));
        match l.reduces.first().map(partials) {
            // Pieces of a loop take short steps, so that their blocks may be short.
            None if streams.block < usize::MAX => {}
            None => {
                // The shortest bodies notice the counting. Of longer ones the core sees one trip or
                // two ahead, so that their chains of operations must lie side by side; that is worth
                // more than the registers that it costs.
                plan.copies = match operations {
                    0..=4 => 4,
                    5..=LONG_OPERATIONS => 2,
                    _ => 1,
                };
            }
            Some(first) => {
                let cycle = first / lanes;
                let same = l.reduces.iter().all(|r| partials(r) == first) && streams.cycle == Some(first);
                let fits = cycle * l.reduces.len() <= PARTIAL_REGISTERS[usize::from(width == Width::Bits512)];
                plan.register_partials = same && fits && cycle * operations <= REDUCING_OPERATIONS;
                if plan.register_partials {
                    plan.copies = cycle;
                }
            }
        }
        let pinned = if plan.register_partials { plan.copies * l.reduces.len() } else { 0 };
        let live = live(l).max(l.reduces.len());
        plan.interleave = plan.copies * live <= 2 * (width.registers() - pinned);
        plan
    }

    /// Elements of a trip.
    pub fn step(&self) -> usize {
        self.lanes * self.copies
    }

    /// Bytes of a register with values of this type.
    pub fn size(&self, ty: Ty) -> u8 {
        (self.lanes * ty.size()) as u8
    }
}

/// The largest number of values that wait for a later use, about.
fn live(l: &Loop) -> usize {
    let mut last = vec![0; l.body.len()];
    for (value, inst, _) in l.body.iter() {
        for operand in inst.operands() {
            last[operand.index()] = value.index();
        }
    }
    let mut ends = vec![0usize; l.body.len() + 1];
    let (mut now, mut most) = (0usize, 0);
    for (value, inst, _) in l.body.iter() {
        if !matches!(inst, Inst::Const(_) | Inst::Uniform(_)) && last[value.index()] > 0 {
            now += 1;
            ends[last[value.index()]] += 1;
        }
        most = most.max(now);
        now -= ends[value.index()];
    }
    most
}
