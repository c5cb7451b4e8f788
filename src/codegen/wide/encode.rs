//! Bytes of instructions: VEX, EVEX, and the few scalar ones around a loop.
//!
//! Written by hand because a kernel is compiled while its caller waits: a general assembler takes
//! about ten times as long for each instruction. The tests decode all that comes out of here with
//! another library's decoder.

use std::ops::Range;

use super::inst::{Form, Map, Opcode, W};
use super::step::Step;

/// A general register, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Gpr(pub u8);

pub(super) const RAX: Gpr = Gpr(0);
pub(super) const RCX: Gpr = Gpr(1);
pub(super) const RDX: Gpr = Gpr(2);
pub(super) const RSP: Gpr = Gpr(4);
pub(super) const RBP: Gpr = Gpr(5);
pub(super) const RSI: Gpr = Gpr(6);
pub(super) const RDI: Gpr = Gpr(7);

/// An address.
#[derive(Clone, Copy, Debug)]
pub(super) enum Address {
    /// base + index * scale + disp
    Base { base: Gpr, index: Option<(Gpr, u8)>, disp: i32 },
    /// An offset in the table of constants, which follows the code.
    Table(u32),
}

/// The operand of an encoding that may be memory.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rm {
    Reg(u8),
    Mem {
        at: Address,
        /// Bytes read, which is what a short displacement counts in.
        access: u8,
        /// One element for all lanes.
        broadcast: bool,
    },
}

/// An instruction ready to be written.
pub(super) type Encoded = Step<Rm>;

/// A jump without a target yet: where its instruction ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jump(usize);

/// Writes bytes of code, and jumps between them.
#[derive(Default)]
pub(super) struct Assembler {
    pub bytes: Vec<u8>,
    /// Displacements to the table: their place, the end of their instruction, the offset.
    fixups: Vec<(u32, u32, u32)>,
    /// Where functions lie.
    functions: Vec<Range<usize>>,
}

impl Assembler {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.fixups.clear();
        self.functions.clear();
    }

    /// Notes that what was written from `start` on is a function.
    pub fn function(&mut self, start: usize) {
        self.functions.push(start..self.at());
    }

    /// Where functions lie.
    pub fn functions(&self) -> &[Range<usize>] {
        &self.functions
    }

    pub fn at(&self) -> usize {
        self.bytes.len()
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn put32(&mut self, value: i32) {
        self.put(&value.to_le_bytes());
    }

    /// Writes a vector or mask instruction; with `evex`, in EVEX.
    pub fn vector(&mut self, e: &Encoded, evex: bool) {
        let row = e.op.row();
        // The upper bits of a register or of the address: B, then X.
        let (rm_ext, x) = match e.rm {
            Rm::Reg(r) => (r >> 3 & 1, r >> 4 & 1),
            Rm::Mem { at: Address::Base { base, index, .. }, .. } => {
                (base.0 >> 3, index.map_or(0, |(i, _)| i.0 >> 3))
            }
            Rm::Mem { .. } => (0, 0),
        };
        if evex && !e.op.on_masks() {
            let w = u8::from(row.w != W::W0);
            let length = match e.size {
                16 => 0,
                32 => 1,
                _ => 2,
            };
            let broadcast = matches!(e.rm, Rm::Mem { broadcast: true, .. }) && !e.op.is_broadcast();
            let zero = e.mask != 0 && !(e.merge || e.op.blends() || e.op.gives_mask());
            self.put(&[
                0x62,
                (!e.reg & 8) << 4 & 0x80
                    | (x ^ 1) << 6
                    | (rm_ext ^ 1) << 5
                    | (!e.reg & 16) & 0x10
                    | row.map as u8,
                w << 7 | (!e.vvvv & 15) << 3 | 4 | row.prefix as u8,
                u8::from(zero) << 7 | length << 5 | u8::from(broadcast) << 4 | (!e.vvvv & 16) >> 1 | e.mask,
            ]);
        } else {
            // Masks of more than 16 lanes are whole registers.
            let w = u8::from(row.w == W::W1 || e.op.on_masks() && e.size == 8);
            // The logic of mask registers has a length bit of its own kind.
            let long = match e.op {
                Opcode::KLoad | Opcode::KStore | Opcode::KNot | Opcode::KOrTest => 0,
                op if op.on_masks() => 1,
                _ => u8::from(e.size == 32),
            };
            let r = !e.reg >> 3 & 1;
            let last = (!e.vvvv & 15) << 3 | long << 2 | row.prefix as u8;
            if row.map == Map::M0F && w == 0 && x == 0 && rm_ext == 0 {
                self.put(&[0xc5, r << 7 | last]);
            } else {
                self.put(&[0xc4, r << 7 | (x ^ 1) << 6 | (rm_ext ^ 1) << 5 | row.map as u8, w << 7 | last]);
            }
        }
        self.bytes.push(row.opcode + e.variant);
        let has_imm = row.imm || row.form == Form::Rvmr;
        let unit = match e.rm {
            Rm::Mem { access, .. } if evex && !e.op.on_masks() => i32::from(access),
            _ => 1,
        };
        match e.rm {
            Rm::Reg(r) => self.bytes.push(0xc0 | (e.reg & 7) << 3 | r & 7),
            Rm::Mem { at, .. } => self.address(e.reg, at, unit, usize::from(has_imm)),
        }
        if has_imm {
            self.bytes.push(e.imm);
        }
    }

    /// ModRM, SIB and displacement; `unit` is what an 8-bit one counts in, `after` the bytes that follow.
    fn address(&mut self, reg: u8, at: Address, unit: i32, after: usize) {
        let reg = (reg & 7) << 3;
        match at {
            Address::Table(offset) => {
                self.bytes.push(reg | 5);
                let place = self.at();
                self.fixups.push((place as u32, (place + 4 + after) as u32, offset));
                self.put32(0);
            }
            Address::Base { base, index, disp } => {
                let short = disp % unit == 0 && i8::try_from(disp / unit).is_ok();
                let (mode, bytes) = match () {
                    // rbp and r13 without displacement mean something else.
                    () if disp == 0 && base.0 & 7 != 5 => (0x00, 0),
                    () if short => (0x40, 1),
                    () => (0x80, 4),
                };
                match index {
                    Some((index, scale)) => {
                        let scale = scale.trailing_zeros() as u8;
                        self.put(&[mode | reg | 4, scale << 6 | (index.0 & 7) << 3 | base.0 & 7]);
                    }
                    // rsp and r12 need the second byte.
                    None if base.0 & 7 == 4 => self.put(&[mode | reg | 4, 0x24]),
                    None => self.bytes.push(mode | reg | base.0 & 7),
                }
                match bytes {
                    0 => {}
                    1 => self.bytes.push((disp / unit) as i8 as u8),
                    _ => self.put32(disp),
                }
            }
        }
    }

    /// Appends the table and points every reference at it.
    pub fn finish(&mut self, table: &[u8]) {
        self.bytes.resize(self.at().next_multiple_of(64), 0xcc);
        let start = self.at();
        for (place, end, offset) in self.fixups.drain(..) {
            let distance = (start + offset as usize) as i32 - end as i32;
            self.bytes[place as usize..][..4].copy_from_slice(&distance.to_le_bytes());
        }
        self.bytes.extend_from_slice(table);
    }

    pub fn load(&mut self, to: Gpr, base: Gpr, disp: i32) {
        self.put(&[0x48 | (to.0 >> 3) << 2 | base.0 >> 3, 0x8b]);
        self.address(to.0, Address::Base { base, index: None, disp }, 1, 0);
    }

    pub fn store(&mut self, from: Gpr, base: Gpr, disp: i32) {
        self.put(&[0x48 | (from.0 >> 3) << 2 | base.0 >> 3, 0x89]);
        self.address(from.0, Address::Base { base, index: None, disp }, 1, 0);
    }

    pub fn move_(&mut self, to: Gpr, from: Gpr) {
        self.put(&[0x48 | (from.0 >> 3) << 2 | to.0 >> 3, 0x89, 0xc0 | (from.0 & 7) << 3 | to.0 & 7]);
    }

    /// Adds what is in memory.
    pub fn add_from(&mut self, to: Gpr, base: Gpr, disp: i32) {
        self.put(&[0x48 | (to.0 >> 3) << 2 | base.0 >> 3, 0x03]);
        self.address(to.0, Address::Base { base, index: None, disp }, 1, 0);
    }

    /// Adds to what is in memory.
    pub fn add_into(&mut self, from: Gpr, base: Gpr, disp: i32) {
        self.put(&[0x48 | (from.0 >> 3) << 2 | base.0 >> 3, 0x01]);
        self.address(from.0, Address::Base { base, index: None, disp }, 1, 0);
    }

    /// Takes 1 from what is in memory, and goes back to `target` unless it is 0 then.
    pub fn count_down_to(&mut self, base: Gpr, disp: i32, target: usize) {
        self.put(&[0x48 | base.0 >> 3, 0xff]);
        self.address(1, Address::Base { base, index: None, disp }, 1, 0);
        self.put(&[0x0f, 0x85]);
        self.put32(target as i32 - (self.at() as i32 + 4));
    }

    pub fn push(&mut self, reg: Gpr) {
        if reg.0 > 7 {
            self.bytes.push(0x41);
        }
        self.bytes.push(0x50 | reg.0 & 7);
    }

    pub fn pop(&mut self, reg: Gpr) {
        if reg.0 > 7 {
            self.bytes.push(0x41);
        }
        self.bytes.push(0x58 | reg.0 & 7);
    }

    /// `and`, `add` or `sub` (4, 0, 5) with an immediate.
    fn arithmetic(&mut self, digit: u8, reg: Gpr, value: i32) {
        let short = i8::try_from(value);
        self.put(&[0x48 | reg.0 >> 3, if short.is_ok() { 0x83 } else { 0x81 }]);
        self.bytes.push(0xc0 | digit << 3 | reg.0 & 7);
        match short {
            Ok(value) => self.bytes.push(value as u8),
            Err(_) => self.put32(value),
        }
    }

    pub fn add(&mut self, reg: Gpr, value: i32) {
        self.arithmetic(0, reg, value);
    }

    pub fn and(&mut self, reg: Gpr, value: i32) {
        self.arithmetic(4, reg, value);
    }

    pub fn sub(&mut self, reg: Gpr, value: i32) {
        self.arithmetic(5, reg, value);
    }

    pub fn clear_rcx(&mut self) {
        self.put(&[0x31, 0xc9]);
    }

    pub fn shift_right(&mut self, reg: Gpr, by: u8) {
        self.put(&[0x48 | reg.0 >> 3, 0xc1, 0xe8 | reg.0 & 7, by]);
    }

    /// `reg` becomes `other`, if that is below.
    pub fn lower(&mut self, reg: Gpr, other: Gpr) {
        let pair = 0xc0 | (reg.0 & 7) << 3 | other.0 & 7;
        let rex = 0x48 | (reg.0 >> 3) << 2 | other.0 >> 3;
        self.put(&[rex, 0x39, pair, rex, 0x0f, 0x42, pair]);
    }

    /// Back to `target` while rcx is below rdx.
    pub fn loop_to(&mut self, target: usize) {
        self.put(&[0x48, 0x39, 0xd1, 0x0f, 0x82]);
        let distance = target as i32 - (self.at() as i32 + 4);
        self.put32(distance);
    }

    /// Back to `target` while rcx is at most r8; then once more from there on, unless rcx is at rdx.
    pub fn row_to(&mut self, target: usize) {
        // cmp rcx, r8; jbe target
        self.put(&[0x4c, 0x39, 0xc1, 0x0f, 0x86]);
        self.put32(target as i32 - (self.at() as i32 + 4));
        // cmp rcx, rdx; mov rcx, r8; jb target
        self.put(&[0x48, 0x39, 0xd1, 0x4c, 0x89, 0xc1, 0x0f, 0x82]);
        self.put32(target as i32 - (self.at() as i32 + 4));
    }

    /// Jumps to a place that [`Assembler::land`] names later, if the last test found something.
    pub fn jump_if_any(&mut self) -> Jump {
        self.put(&[0x0f, 0x85, 0, 0, 0, 0]);
        Jump(self.at())
    }

    /// Jumps to a place that [`Assembler::land`] names later.
    pub fn jump_on(&mut self) -> Jump {
        self.put(&[0xe9, 0, 0, 0, 0]);
        Jump(self.at())
    }

    /// Jumps to a place that [`Assembler::land`] names later, if the bit that was shifted out last is 1.
    pub fn jump_if_carry(&mut self) -> Jump {
        self.put(&[0x0f, 0x82, 0, 0, 0, 0]);
        Jump(self.at())
    }

    /// Jumps to a place that [`Assembler::land`] names later, unless rcx is a multiple of `of`, a power of two.
    pub fn jump_unless_multiple(&mut self, of: i32) -> Jump {
        self.put(&[0xf7, 0xc1]);
        self.put32(of - 1);
        self.jump_if_any()
    }

    /// Makes `jump` go here.
    pub fn land(&mut self, jump: Jump) {
        let distance = (self.at() - jump.0) as i32;
        self.bytes[jump.0 - 4..jump.0].copy_from_slice(&distance.to_le_bytes());
    }

    pub fn jump(&mut self, target: usize) {
        self.bytes.push(0xe9);
        self.put32(target as i32 - (self.at() as i32 + 4));
    }

    pub fn call(&mut self, target: usize) {
        self.bytes.push(0xe8);
        self.put32(target as i32 - (self.at() as i32 + 4));
    }

    pub fn call_rax(&mut self) {
        self.put(&[0xff, 0xd0]);
    }

    /// rax becomes `value`.
    pub fn set_rax(&mut self, value: u64) {
        self.put(&[0x48, 0xb8]);
        self.put(&value.to_le_bytes());
    }

    /// Asks for the line of an address, in all caches. A hint: it faults nowhere.
    pub fn prefetch(&mut self, base: Gpr, index: (Gpr, u8), disp: i32) {
        self.put(&[0x40 | (index.0.0 >> 3) << 1 | base.0 >> 3, 0x0f, 0x18]);
        self.address(1, Address::Base { base, index: Some(index), disp }, 1, 0);
    }

    /// edx becomes `value`.
    pub fn set_edx(&mut self, value: i32) {
        self.bytes.push(0xba);
        self.put32(value);
    }

    /// The address itself, not what is there.
    pub fn address_of(&mut self, to: Gpr, base: Gpr, disp: i32) {
        self.put(&[0x48 | (to.0 >> 3) << 2 | base.0 >> 3, 0x8d]);
        self.address(to.0, Address::Base { base, index: None, disp }, 1, 0);
    }

    /// The same with an index.
    pub fn address_of_element(&mut self, to: Gpr, base: Gpr, index: (Gpr, u8)) {
        self.put(&[0x48 | (to.0 >> 3) << 2 | (index.0.0 >> 3) << 1 | base.0 >> 3, 0x8d]);
        self.address(to.0, Address::Base { base, index: Some(index), disp: 0 }, 1, 0);
    }

    pub fn fence(&mut self) {
        self.put(&[0x0f, 0xae, 0xf8]);
    }

    pub fn zero_upper(&mut self) {
        self.put(&[0xc5, 0xf8, 0x77]);
    }

    pub fn ret(&mut self) {
        self.bytes.push(0xc3);
    }

    /// Does nothing up to a multiple of `to`.
    pub fn align(&mut self, to: usize) {
        const NOPS: [&[u8]; 9] = [
            &[0x90],
            &[0x66, 0x90],
            &[0x0f, 0x1f, 0x00],
            &[0x0f, 0x1f, 0x40, 0x00],
            &[0x0f, 0x1f, 0x44, 0x00, 0x00],
            &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
            &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
            &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
            &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
        ];
        let mut left = self.at().next_multiple_of(to) - self.at();
        while left > 0 {
            let nop = NOPS[left.min(9) - 1];
            self.put(nop);
            left -= nop.len();
        }
    }
}
