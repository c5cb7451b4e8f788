//! Calls of the host where some lane asks for it.
//!
//! In the loop stand a test and a jump that is hardly ever taken. Behind the function stand, for each
//! call, a few instructions that hand its operands over, and one routine for all of them that saves
//! every register that a C function may change: so the loop may keep what it likes in any register.
//!
//! | slot | holds |
//! |---|---|
//! | 0 | the first operand |
//! | 1 | the second operand, then the result |
//! | 2 | the mask registers, 8 bytes each |
//! | 3 and on | the vector registers |

use super::alloc::registers;
use super::encode::{Address, Assembler, Encoded, Gpr, Jump, RCX, RDI, RDX, RSI, RSP, Rm};
use super::inst::Opcode;
use super::plan::Plan;
use super::step::{Place, Step};
use super::width::Width;

/// A call whose code is still to be written.
pub(super) struct Cold {
    jump: Jump,
    back: usize,
    step: Step,
}

/// What the caller of a C function must save of the general registers that loops use.
const GENERAL: [Gpr; 8] = [RDI, RSI, RDX, RCX, Gpr(8), Gpr(9), Gpr(10), Gpr(11)];

/// Bytes between the frame and what the routine puts on the stack: its return address, these, and
/// what keeps the stack aligned.
const BELOW: i32 = 128;

/// Slots of the frame that the calls of a function share.
pub(super) fn slots(width: Width) -> u32 {
    3 + width.registers() as u32
}

/// Writes the test of [`Opcode::Host`].
pub(super) fn jump(code: &mut Assembler, step: &Step, width: Width) -> Cold {
    let Place::Reg(mask) = step.rm else { unreachable!("a mask is in a register") };
    let (op, size) = if width.evex() { (Opcode::KOrTest, 0) } else { (Opcode::PTest, 32) };
    code.vector(&Encoded::new(op, size, mask, Rm::Reg(mask)), width.evex());
    let jump = code.jump_if_any();
    Cold { jump, back: code.at(), step: *step }
}

/// Writes what the jumps of `calls` lead to. `first` is the first of the [`slots`], and the frame
/// lies at rsp; an immediate counts in `hosts`.
pub(super) fn write(code: &mut Assembler, calls: &mut Vec<Cold>, plan: Plan, first: u32, hosts: &[usize]) {
    if calls.is_empty() {
        return;
    }
    let frame = StackFrame { width: plan.width, first };
    code.align(16);
    let routine = code.at();
    frame.routine(code, plan.lanes);
    for Cold { jump, back, step } in calls.drain(..) {
        code.land(jump);
        frame.vector(code, Opcode::Store, step.vvvv, 0, 0);
        frame.vector(code, Opcode::Store, step.reg, 1, 0);
        code.set_rax(hosts[usize::from(step.imm)] as u64);
        code.call(routine);
        frame.vector(code, Opcode::Load, step.reg, 1, 0);
        code.jump(back);
    }
}

struct StackFrame {
    width: Width,
    first: u32,
}

impl StackFrame {
    /// Saves all, calls what rax says, and restores all. The host may have the first two slots: they are
    /// aligned, hold all lanes, do not overlap, and are the frame's own.
    fn routine(&self, code: &mut Assembler, lanes: usize) {
        GENERAL.iter().for_each(|&reg| code.push(reg));
        let pushed = 8 * (GENERAL.len() as i32 + 1);
        code.sub(RSP, BELOW - pushed);
        self.all(code, Opcode::Store, Opcode::KStore);
        code.zero_upper();
        code.address_of(RDI, RSP, self.slot(0) + BELOW);
        code.address_of(RSI, RSP, self.slot(1) + BELOW);
        code.set_edx(lanes as i32);
        code.call_rax();
        self.all(code, Opcode::Load, Opcode::KLoad);
        code.add(RSP, BELOW - pushed);
        GENERAL.iter().rev().for_each(|&reg| code.pop(reg));
        code.ret();
    }

    /// Moves every vector and mask register.
    fn all(&self, code: &mut Assembler, vector: Opcode, mask: Opcode) {
        let [vectors, masks] = registers(self.width.evex());
        for reg in (0..32u8).filter(|reg| vectors & 1 << reg != 0) {
            self.vector(code, vector, reg, 3 + u32::from(reg), BELOW);
        }
        for reg in (0..8u8).filter(|reg| masks & 1 << reg != 0) {
            self.move_(code, mask, 0, reg, self.slot(2) + BELOW + 8 * i32::from(reg));
        }
    }

    fn vector(&self, code: &mut Assembler, op: Opcode, reg: u8, slot: u32, below: i32) {
        self.move_(code, op, self.width.bytes() as u8, reg, self.slot(slot) + below);
    }

    fn move_(&self, code: &mut Assembler, op: Opcode, size: u8, reg: u8, disp: i32) {
        let at = Address::Base { base: RSP, index: None, disp };
        let rm = Rm::Mem { at, access: size.max(1), broadcast: false };
        code.vector(&Encoded::new(op, size, reg, rm), self.width.evex());
    }

    fn slot(&self, at: u32) -> i32 {
        ((self.first + at) as usize * self.width.bytes()) as i32
    }
}
