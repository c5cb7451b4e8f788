//! The function of a loop, in bytes: the frame, what happens once, the trips, the way out.
//!
//! | register | holds |
//! |---|---|
//! | rdi, rsi | the first arguments, throughout |
//! | rdx | the element up to which trips go on: the last argument, which the stack keeps where leaves end before |
//! | rcx | the element at hand |
//! | r9 to r11, rbx, r12 to r15 | the first streams |
//! | rax | a further stream, where one is needed; where leaves end, [`leaves`]'s; in a cold call the host's function |
//! | r8 | the place of the element at hand in the cycle of partials; where leaves end, [`leaves`]'s; in a nest, that of the last step of a row |
//! | rbp, rsp | the caller's stack; the slots, aligned to 64: spills, then those of [`cold`] |

use smallvec::SmallVec;

use super::alloc::{Allocator, registers};
use super::cold::{self, Cold};
use super::draft::Draft;
use super::encode::{Address, Assembler, Encoded, Gpr, RAX, RBP, RCX, RDI, RDX, RSI, RSP, Rm};
use super::inst::{Arg, Form, Mem, Opcode, V};
use super::leaves;
use super::plan::Plan;
use super::step::{Class, Place, Step, load};
use super::width::Width;
use crate::reduce::LEAF;

/// Registers of the first streams; from [`SAVED`] on they are the caller's.
const STREAMS: [Gpr; 8] = [Gpr(9), Gpr(10), Gpr(11), Gpr(3), Gpr(12), Gpr(13), Gpr(14), Gpr(15)];
const SAVED: usize = 3;
const R8: Gpr = Gpr(8);

/// Bytes of the smallest page.
const PAGE: i32 = 4096;

/// Bytes of a line of the caches.
const LINE: i32 = 64;

/// Buffers of this stage, kept between compilations.
#[derive(Default)]
pub(super) struct Steps {
    allocator: Allocator,
    before: Vec<Step>,
    trip: Vec<Step>,
    uses: Vec<(u32, V)>,
    cold: Vec<Cold>,
}

/// What a function is like.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Number of pointers.
    pub streams: usize,
    /// It runs over rows.
    pub nest: bool,
    /// There is a second one for arrays beyond the caches.
    pub streaming: bool,
    /// It asks for the lines so many bytes ahead of each trip.
    pub ahead: Option<i32>,
}

/// Writes the function of `draft` at the end of `code`, and perhaps a second for arrays beyond the caches.
/// Gives their places.
pub(super) fn emit(
    draft: &mut Draft,
    plan: Plan,
    shape: Shape,
    steps: &mut Steps,
    code: &mut Assembler,
) -> (usize, Option<usize>) {
    let evex = plan.width.evex();
    steps.before.clear();
    steps.trip.clear();
    let mut slots = draft.slots;
    steps.allocator.run(&draft.values, &draft.before, evex, &mut slots, &mut steps.before);
    pin(draft, plan.width, steps);
    steps.allocator.run(&draft.values, &draft.trip, evex, &mut slots, &mut steps.trip);
    let saved = slots;
    if !draft.hosts.is_empty() {
        slots += cold::slots(plan.width);
    }
    let Steps { before, trip, cold, .. } = steps;
    let mut f = FunctionEmitter { draft, plan, shape, before, trip, slots, saved, cold };
    let plain = f.write(code, false);
    let streaming = shape.streaming.then(|| f.write(code, true));
    (plain, streaming)
}

/// Keeps constants and uniforms in the registers that the trip leaves free, the most used first.
fn pin(draft: &mut Draft, width: Width, steps: &mut Steps) {
    let mut free = registers(width.evex())[Class::Vector as usize];
    draft
        .partials
        .iter()
        .filter_map(|(v, _)| draft.values[v.index()].pin)
        .for_each(|pin| free &= !(1 << pin));
    steps.uses.clear();
    steps.uses.extend((0..draft.values.len()).map(|at| (0, V(at as u32))));
    for inst in &draft.trip {
        for arg in &inst.args {
            if let Arg::V(v) = arg {
                steps.uses[v.index()].0 += 1;
            }
        }
    }
    let fixed = |v: V| {
        let info = &draft.values[v.index()];
        info.class == Class::Vector && info.home.is_some_and(Mem::is_fixed)
    };
    // One more for what an instruction cannot take from memory, and one for a copy.
    let taken = (pressure(draft, &steps.uses, fixed) + 2).max(leaves::registers(draft, width));
    let room = (free.count_ones() as usize).saturating_sub(taken);
    steps.uses.retain(|&(uses, v)| uses > 0 && fixed(v));
    steps.uses.sort_unstable_by_key(|&(uses, v)| (std::cmp::Reverse(uses), v.0));
    for &(_, v) in steps.uses.iter().take(room) {
        let reg = 31 - free.leading_zeros() as u8;
        free &= !(1 << reg);
        draft.values[v.index()].pin = Some(reg);
    }
}

/// The largest number of vectors that a trip holds at once, those that memory holds aside.
fn pressure(draft: &Draft, uses: &[(u32, V)], fixed: impl Fn(V) -> bool) -> usize {
    // What is left of the uses of each value; a value is there from its first mention to its last.
    let mut left: Vec<u32> = uses.iter().map(|&(uses, _)| uses).collect();
    let mut there = vec![false; left.len()];
    let (mut now, mut most) = (0usize, 0);
    let counts = |v: V| {
        let info = &draft.values[v.index()];
        info.class == Class::Vector && info.pin.is_none() && !fixed(v)
    };
    for inst in &draft.trip {
        let mut ended = 0;
        for arg in &inst.args {
            let &Arg::V(v) = arg else { continue };
            if !counts(v) {
                continue;
            }
            if !std::mem::replace(&mut there[v.index()], true) {
                now += 1;
            }
            left[v.index()] -= 1;
            ended += usize::from(left[v.index()] == 0);
        }
        most = most.max(now);
        now -= ended;
        if inst.dst != V::NONE && counts(inst.dst) && left[inst.dst.index()] > 0 {
            there[inst.dst.index()] = true;
            now += 1;
        }
    }
    most.max(now)
}

struct FunctionEmitter<'a> {
    draft: &'a Draft,
    plan: Plan,
    shape: Shape,
    before: &'a [Step],
    trip: &'a [Step],
    slots: u32,
    /// The first slot of what is saved when the host is called.
    saved: u32,
    /// Calls whose code follows the function.
    cold: &'a mut Vec<Cold>,
}

impl FunctionEmitter<'_> {
    fn write(&mut self, code: &mut Assembler, streaming: bool) -> usize {
        code.align(64);
        let start = code.at();
        let in_registers = self.shape.streams.min(STREAMS.len());
        let saved = &STREAMS[SAVED.min(in_registers)..in_registers];
        let has_leaves = !self.draft.leaves.is_empty();
        code.push(RBP);
        saved.iter().for_each(|&reg| code.push(reg));
        if has_leaves {
            code.push(RDX);
        }
        code.move_(RBP, RSP);
        if self.slots > 0 {
            let frame = (self.slots as usize * self.plan.width.bytes()).next_multiple_of(64) as i32;
            code.and(RSP, -64);
            code.sub(RSP, frame);
            // From the top down, so that a stack that ends meets its guard page.
            for below in (PAGE..=frame).step_by(PAGE as usize) {
                code.store(RAX, RSP, frame - below);
            }
        }
        for (at, &reg) in STREAMS[..in_registers].iter().enumerate() {
            code.load(reg, RDI, at as i32 * 8);
        }
        let (before, steps, nest) = (self.before, self.trip, self.shape.nest);
        // What comes before the trips may use any register, so that those which stay come after it. In a nest all
        // of it belongs to a row, but for what no row changes.
        let once = nest && before.is_empty();
        if nest {
            code.address_of(R8, RDX, -(self.plan.step() as i32));
        }
        if once {
            self.pinned(code, |home| !matches!(home, Mem::Row { .. }));
        }
        let row = code.at();
        before.iter().for_each(|step| self.step(code, step));
        self.pinned(code, |home| !once || matches!(home, Mem::Row { .. }));
        self.partials(code, Opcode::Load);
        code.clear_rcx();
        let leaf = code.at();
        if has_leaves {
            // Trips go on to where the leaf ends, or the call.
            code.load(RDX, RBP, 0);
            code.address_of(R8, RCX, LEAF as i32);
            code.lower(RDX, R8);
        }
        code.align(32);
        let trip = code.at();
        if let (true, Some(ahead)) = (streaming, self.shape.ahead) {
            self.read_ahead(code, ahead);
        }
        for step in steps {
            match (streaming, step.op, step.rm) {
                (true, Opcode::Store, Place::Mem(Mem::Stream { .. } | Mem::Pair { .. })) => {
                    self.step(code, &Step { op: Opcode::StoreNt, ..*step });
                }
                _ => self.step(code, step),
            }
        }
        code.add(RCX, self.plan.step() as i32);
        match nest {
            false => code.loop_to(trip),
            true => {
                code.row_to(trip);
                self.next_row(code, row);
            }
        }
        if has_leaves {
            let open = code.jump_unless_multiple(LEAF as i32);
            leaves::close(code, self.draft, self.plan);
            code.load(RDX, RBP, 0);
            code.loop_to(leaf);
            code.land(open);
        }
        self.partials(code, Opcode::Store);
        if streaming {
            code.fence();
        }
        code.zero_upper();
        code.move_(RSP, RBP);
        if has_leaves {
            code.pop(RDX);
        }
        saved.iter().rev().for_each(|&reg| code.pop(reg));
        code.pop(RBP);
        code.ret();
        cold::write(code, self.cold, self.plan, self.saved, &self.draft.hosts);
        code.function(start);
        start
    }

    /// Loads the values that keep a register over the trips and whose home is one of these.
    fn pinned(&mut self, code: &mut Assembler, which: impl Fn(Mem) -> bool) {
        let draft = self.draft;
        for info in &draft.values {
            if let (Some(pin), Some(home)) = (info.pin, info.home)
                && which(home)
            {
                self.step(code, &load(*info, home, pin));
            }
        }
    }

    /// Goes on with the next row, if there is one.
    fn next_row(&self, code: &mut Assembler, row: usize) {
        let count = self.shape.streams;
        for at in 0..count {
            let (pointer, stride) = (at as i32 * 8, (count + at) as i32 * 8);
            match STREAMS.get(at) {
                Some(&reg) => code.add_from(reg, RDI, stride),
                None => {
                    code.load(RAX, RDI, stride);
                    code.add_into(RAX, RDI, pointer);
                }
            }
        }
        code.count_down_to(RDI, 2 * count as i32 * 8, row);
    }

    /// Asks for the lines that a later trip reads, which are `ahead` bytes on.
    fn read_ahead(&self, code: &mut Assembler, ahead: i32) {
        let mut lines: SmallVec<[(u16, i32); 16]> = SmallVec::new();
        for step in self.trip {
            let Place::Mem(mem @ (Mem::Stream { at, disp, .. } | Mem::Pair { at, disp, .. })) = step.rm
            else {
                continue;
            };
            // Of pairs, what a register is made of is twice as long.
            let pairs = matches!(mem, Mem::Pair { .. });
            let ends = [disp, disp + i32::from(step.size)];
            for disp in ends.into_iter().take(1 + usize::from(pairs)) {
                let read = step.op.row().form != Form::Mr && usize::from(at) < STREAMS.len();
                if read && disp % LINE == 0 && !lines.contains(&(at, disp)) {
                    lines.push((at, disp));
                    if let Address::Base { base, index: Some(index), .. } = self.address(code, mem) {
                        code.prefetch(base, index, disp + ahead);
                    }
                }
            }
        }
    }

    /// Reads or writes the partials that stay in registers.
    fn partials(&mut self, code: &mut Assembler, op: Opcode) {
        let draft = self.draft;
        for &(v, home) in &draft.partials {
            let info = draft.values[v.index()];
            let reg = info.pin.expect("it stays in its register");
            self.step(code, &Step { op, ..load(info, home, reg) });
        }
    }

    fn step(&mut self, code: &mut Assembler, step: &Step) {
        if step.op == Opcode::Host {
            self.cold.push(cold::jump(code, step, self.plan.width));
            return;
        }
        let rm = match step.rm {
            Place::Reg(reg) => Rm::Reg(reg),
            Place::Mem(mem) => {
                let element = mem.element();
                let access = if element == 0 { step.op.access(step.size) } else { element };
                Rm::Mem { at: self.address(code, mem), access, broadcast: element != 0 }
            }
        };
        let &Step { op, size, imm, variant, reg, vvvv, mask, merge, .. } = step;
        code.vector(&Encoded { op, size, imm, variant, reg, vvvv, rm, mask, merge }, self.plan.width.evex());
    }

    fn address(&self, code: &mut Assembler, mem: Mem) -> Address {
        let base = |base, disp| Address::Base { base, index: None, disp };
        match mem {
            Mem::Stream { at, disp, scale } => {
                Address::Base { base: self.stream(code, at), index: Some((RCX, scale)), disp }
            }
            Mem::Pair { at, disp, scale } => {
                let mut base = self.stream(code, at);
                if scale > 4 {
                    // No address counts in 16 bytes.
                    code.address_of_element(RAX, base, (RCX, scale));
                    base = RAX;
                }
                Address::Base { base, index: Some((RCX, scale.min(4) * 2)), disp }
            }
            Mem::Partial { at, disp, scale, cycle } => {
                code.move_(R8, RCX);
                code.and(R8, i32::from(cycle) - 1);
                Address::Base { base: self.stream(code, at), index: Some((R8, scale)), disp }
            }
            Mem::Start { at, disp } => base(self.stream(code, at), disp),
            Mem::Row { at, disp, .. } => base(self.stream(code, at), i32::from(disp)),
            Mem::Const { offset, .. } => Address::Table(offset),
            Mem::Uniform { at, .. } => base(RSI, at as i32 * 8),
            Mem::Slot(slot) => base(RSP, slot as i32 * self.plan.width.bytes() as i32),
        }
    }

    /// The register with the start of a stream.
    fn stream(&self, code: &mut Assembler, at: u16) -> Gpr {
        match STREAMS.get(usize::from(at)) {
            Some(&reg) => reg,
            None => {
                code.load(RAX, RDI, i32::from(at) * 8);
                RAX
            }
        }
    }
}
