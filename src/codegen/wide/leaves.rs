//! Where a leaf of a sum ends: its partials are joined to those before it, as [`Partials`] says, and start again.
//!
//! This happens between two trips, when no register but the pinned ones holds anything.
//!
//! | register | holds |
//! |---|---|
//! | rax | the start of the [`Partials`] |
//! | r8 | the number of leaves, of which the lower bits are shifted out |

#[cfg(doc)]
use crate::codegen::partials::Partials;

use smallvec::SmallVec;

use super::alloc;
use super::draft::Draft;
use super::encode::{Address, Assembler, Encoded, Gpr, RAX, RDI, Rm};
use super::inst::{Mem, Opcode};
use super::plan::Plan;
use super::step::{Class, Info, Step, load};
use super::width::Width;
use crate::codegen::partials::{BUNDLES, CLOSED, LEAVES};
use crate::reduce::{self, BUNDLE_LEVELS, PARTIALS_BYTES};
use crate::types::Ty;

const COUNT: Gpr = Gpr(8);

const OPEN: i32 = 0;

/// Vector registers that must not be pinned.
pub(super) fn registers(draft: &Draft, width: Width) -> usize {
    match draft.leaves.is_empty() {
        true => 0,
        // One to join the others.
        false if draft.partials.is_empty() => PARTIALS_BYTES / width.bytes() + 1,
        false => 1,
    }
}

/// Writes what happens where leaves end.
pub(super) fn close(code: &mut Assembler, draft: &Draft, plan: Plan) {
    let evex = plan.width.evex();
    let mut spare = alloc::registers(evex)[Class::Vector as usize];
    let vectors = draft.values.iter().filter(|info| info.class == Class::Vector);
    vectors.filter_map(|info| info.pin).for_each(|pin| spare &= !(1 << pin));
    let spare: SmallVec<[u8; 32]> = (0..32).filter(|reg| spare >> reg & 1 != 0).collect();
    for leaves in &draft.leaves {
        let pinned = draft.partials[leaves.partials.clone()].iter();
        let pinned: SmallVec<[u8; 8]> = pinned.filter_map(|(v, _)| draft.values[v.index()].pin).collect();
        let in_memory = pinned.is_empty();
        let size = if in_memory { plan.width.bytes() } else { plan.size(leaves.ty).into() };
        let (regs, other) = match in_memory {
            true => (&spare[..PARTIALS_BYTES / size], spare[PARTIALS_BYTES / size]),
            false => (&pinned[..], spare[0]),
        };
        let identity = draft.values[leaves.identity.index()];
        let mut leaf = Leaf { code, evex, ty: leaves.ty, size: size as u8, regs, other };
        leaf.code.load(RAX, RDI, i32::from(leaves.stream) * 8);
        if in_memory {
            leaf.partials(Opcode::Load, OPEN);
        }
        leaf.close();
        leaf.start(identity);
        if in_memory {
            leaf.code.load(RAX, RDI, i32::from(leaves.stream) * 8);
            leaf.partials(Opcode::Store, OPEN);
        }
    }
}

/// The code at the end of a leaf.
struct Leaf<'a> {
    code: &'a mut Assembler,
    evex: bool,
    ty: Ty,
    /// Bytes of the registers.
    size: u8,
    /// The partials, in order.
    regs: &'a [u8],
    other: u8,
}

impl Leaf<'_> {
    /// Adds 1 to the leaves, and carries.
    fn close(&mut self) {
        let place = |level: usize| LEAVES + (level * PARTIALS_BYTES) as i32;
        self.code.load(COUNT, RAX, CLOSED);
        self.code.add(COUNT, 1);
        self.code.store(COUNT, RAX, CLOSED);
        let mut free: SmallVec<[_; BUNDLE_LEVELS]> = SmallVec::new();
        for level in 0..BUNDLE_LEVELS {
            self.code.shift_right(COUNT, 1);
            free.push(self.code.jump_if_carry());
            self.add_partials(place(level));
        }
        self.join_partials();
        self.carry_bundle();
        let mut done: SmallVec<[_; 1 + BUNDLE_LEVELS]> = SmallVec::new();
        for (level, jump) in free.into_iter().enumerate() {
            done.push(self.code.jump_on());
            self.code.land(jump);
            self.partials(Opcode::Store, place(level));
        }
        done.into_iter().for_each(|jump| self.code.land(jump));
    }

    /// Moves all partials from or to `disp`.
    fn partials(&mut self, op: Opcode, disp: i32) {
        for (at, &reg) in self.regs.iter().enumerate() {
            self.memory(Step::new(op, self.size, reg, ()), disp + at as i32 * i32::from(self.size));
        }
    }

    /// Joins those at `disp` to all partials.
    fn add_partials(&mut self, disp: i32) {
        for (at, &reg) in self.regs.iter().enumerate() {
            let add = Step { vvvv: reg, ..Step::new(self.add(), self.size, reg, ()) };
            self.memory(add, disp + at as i32 * i32::from(self.size));
        }
    }

    /// Joins the partials in neighbouring pairs, level by level, into the first lane of the first register.
    fn join_partials(&mut self) {
        let Leaf { ty, regs, other, mut size, .. } = *self;
        let element = ty.size();
        let add = self.add();
        let [even, odd] = match element {
            8 => [(Opcode::UnpackLowPd, 0), (Opcode::UnpackHighPd, 0)],
            _ => [(Opcode::ShufPs, 0x88), (Opcode::ShufPs, 0xdd)],
        };
        // Bit k of the place of a lane is bit `places[k]` of the number of its partial. The bits from `above` on
        // say in which of the registers it is, of which there are `left`.
        let mut places: SmallVec<[u32; 4]> = (0..(usize::from(size) / element).ilog2()).collect();
        let mut above = places.len() as u32;
        let mut left = regs.len();
        for bit in 0..reduce::partials(ty).ilog2() {
            let at = places.iter().position(|&place| place == bit).expect("lanes are told apart by it");
            if at == 0 && left > 1 {
                // Two registers become one: lanes at even places of both meet those at odd ones.
                left /= 2;
                for k in 0..left {
                    let [x, y] = [regs[2 * k], regs[2 * k + 1]];
                    self.registers(even.0, size, other, x, y, even.1);
                    self.registers(odd.0, size, x, x, y, odd.1);
                    self.registers(add, size, regs[k], other, x, 0);
                }
                // Which of them it was is in the highest bit of a place within 16 bytes.
                if element == 4 {
                    places[0] = places[1];
                }
                places[(16 / element).ilog2() as usize - 1] = above;
                above += 1;
                continue;
            }
            let (op, imm, halves) = match (element << at, size) {
                (4, _) => (Opcode::PShufD, 0xb1, false),
                (8, _) => (Opcode::PShufD, 0x4e, false),
                (16, 64) => (Opcode::PermPd, 0x4e, false),
                (16, _) => (Opcode::ExtractI128, 1, true),
                _ => (Opcode::ExtractI256, 1, true),
            };
            let joined = if halves { size / 2 } else { size };
            for &reg in &regs[..left] {
                // An extraction names its source first.
                let [to, from] = if halves { [reg, other] } else { [other, reg] };
                self.registers(op, size, to, 0, from, imm);
                self.registers(add, joined, reg, reg, other, 0);
            }
            if halves {
                places.pop();
            }
            size = joined;
        }
    }

    /// Puts the bundle in the first lane among the others.
    fn carry_bundle(&mut self) {
        let bundle = self.regs[0];
        let (add, store) = match self.ty.size() {
            8 => (Opcode::AddSd, Opcode::StoreQ),
            _ => (Opcode::AddSs, Opcode::StoreD),
        };
        let next = self.code.at();
        self.code.shift_right(COUNT, 1);
        let free = self.code.jump_if_carry();
        self.memory(Step { vvvv: bundle, ..Step::new(add, 16, bundle, ()) }, BUNDLES);
        self.code.add(RAX, size_of::<u64>() as i32);
        self.code.jump(next);
        self.code.land(free);
        self.memory(Step::new(store, 16, bundle, ()), BUNDLES);
    }

    /// All partials become the identity.
    fn start(&mut self, identity: Info) {
        let home = identity.home.expect("a constant has its place");
        let Mem::Const { offset, .. } = home else { unreachable!("it is one") };
        for &reg in self.regs {
            let Step { op, .. } = load(identity, home, reg);
            let access = match home.element() {
                0 => self.size,
                element => element,
            };
            let rm = Rm::Mem { at: Address::Table(offset), access, broadcast: home.element() != 0 };
            self.code.vector(&Encoded::new(op, self.size, reg, rm), self.evex);
        }
    }

    fn add(&self) -> Opcode {
        if self.ty.size() == 8 { Opcode::AddPd } else { Opcode::AddPs }
    }

    fn registers(&mut self, op: Opcode, size: u8, reg: u8, vvvv: u8, rm: u8, imm: u8) {
        self.code.vector(&Step { vvvv, imm, ..Step::new(op, size, reg, Rm::Reg(rm)) }, self.evex);
    }

    /// An instruction whose operand is `disp` bytes from rax.
    fn memory(&mut self, step: Step<()>, disp: i32) {
        let at = Address::Base { base: RAX, index: None, disp };
        let rm = Rm::Mem { at, access: step.op.access(step.size), broadcast: false };
        let Step { op, size, reg, vvvv, .. } = step;
        self.code.vector(&Step { vvvv, ..Step::new(op, size, reg, rm) }, self.evex);
    }
}
