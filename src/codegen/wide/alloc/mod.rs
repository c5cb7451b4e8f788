//! Virtual registers to real ones.
//!
//! Over a straight line, the value whose next use is farthest away gives up its register
//! (Belady). What memory holds anyway (elements, constants, uniforms) is read from there again,
//! and is an operand in memory where the instruction takes one; other values go to the frame.
//! Values that are pinned keep one register over the whole loop. This file must not know the IR.

mod over;

use super::inst::{Arg, Form, MachInst, Mem, Opcode, V};
use super::step::{Class, Info, Place, Step, load};

const NEVER: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct State {
    reg: Option<u8>,
    slot: Option<u32>,
    /// The next instruction that reads it.
    next: u32,
}

/// Buffers of the allocation, kept between compilations.
#[derive(Default)]
pub(super) struct Allocator {
    states: Vec<State>,
    next_after: Vec<[u32; 4]>,
    owners: [Vec<V>; 2],
    free: [u32; 2],
    /// Registers of the instruction at hand.
    locked: [u32; 2],
    free_slots: Vec<u32>,
    /// Slots of values that ended at the instruction at hand.
    dead_slots: Vec<u32>,
}

/// The registers of each class that may be used, as bits.
pub(super) fn registers(evex: bool) -> [u32; 2] {
    // k0 means "no mask".
    if evex { [u32::MAX, 0xfe] } else { [0xffff, 0] }
}

impl Allocator {
    /// Gives `insts` registers; spills take slots from `slots` on.
    pub fn run(
        &mut self,
        values: &[Info],
        insts: &[MachInst],
        evex: bool,
        slots: &mut u32,
        out: &mut Vec<Step>,
    ) {
        self.prepare(values, insts, evex);
        let mut pass = Pass { a: self, values, evex, slots, out };
        for (at, inst) in insts.iter().enumerate().filter(|(_, inst)| !inst.is_nothing()) {
            pass.step(at, inst);
        }
    }

    fn prepare(&mut self, values: &[Info], insts: &[MachInst], evex: bool) {
        self.free = registers(evex);
        self.locked = [0; 2];
        self.free_slots.clear();
        self.dead_slots.clear();
        for owners in &mut self.owners {
            owners.clear();
            owners.resize(32, V::NONE);
        }
        self.states.clear();
        self.states.extend(values.iter().map(|v| State { reg: v.pin, slot: None, next: NEVER }));
        for v in values {
            if let Some(pin) = v.pin {
                self.free[v.class as usize] &= !(1 << pin);
            }
        }
        self.next_after.clear();
        self.next_after.resize(insts.len(), [NEVER; 4]);
        for (at, inst) in insts.iter().enumerate().rev() {
            for (k, arg) in inst.args.iter().enumerate() {
                if let Arg::V(v) = arg {
                    let next = &mut self.states[v.index()].next;
                    self.next_after[at][k] = std::mem::replace(next, at as u32);
                }
            }
        }
    }
}

struct Pass<'a> {
    a: &'a mut Allocator,
    values: &'a [Info],
    evex: bool,
    slots: &'a mut u32,
    out: &'a mut Vec<Step>,
}

impl Pass<'_> {
    fn step(&mut self, at: usize, inst: &MachInst) {
        let form = inst.op.row().form;
        let mut args = inst.args;
        let next = self.a.next_after[at];
        // Only now may a slot that the last instruction read be written again.
        self.a.free_slots.append(&mut self.a.dead_slots);
        // Reading goes backwards so that the last word on a value read twice is its later use.
        for k in (0..4).rev() {
            if let Arg::V(v) = args[k] {
                self.a.states[v.index()].next = next[k];
            }
        }
        let foldable = |this: &Self, args: &[Arg; 4], k: usize| this.folds(inst, args, k);
        if inst.op.commutes() && foldable(self, &args, 0) && !foldable(self, &args, 1) {
            args.swap(0, 1);
        }
        let fold = match form {
            Form::Rm => foldable(self, &args, 0).then_some(0),
            Form::Rvm | Form::Rvmr => foldable(self, &args, 1).then_some(1),
            Form::Fma | Form::Tern => [2, 1].into_iter().find(|&k| foldable(self, &args, k)),
            Form::Mr | Form::Host => None,
        };
        let places = self.places(&args, fold);
        let dying = |this: &Self, k: usize| match args[k] {
            Arg::V(v) => {
                this.a.states[v.index()].next == NEVER
                    && this.values[v.index()].pin.is_none()
                    && Some(k) != fold
            }
            _ => false,
        };
        let mut step = Step { imm: inst.imm, ..Step::new(inst.op, inst.size, 0, Place::Reg(0)) };
        if matches!(form, Form::Fma | Form::Tern) {
            self.overwriting(inst, &places, fold, [0, 1, 2].map(|k| dying(self, k)), &args, step);
            return;
        }
        if form == Form::Host {
            self.host(inst, &places, dying(self, 1), &args, step);
            return;
        }
        let reg = |k: usize| match places[k] {
            Some(Place::Reg(r)) => r,
            // What an instruction without operands reads does not matter.
            None => 0,
            _ => unreachable!("only one operand is in memory"),
        };
        match form {
            Form::Rvm | Form::Rvmr => {
                step.vvvv = reg(0);
                step.rm = places[1].unwrap_or(Place::Reg(0));
                if form == Form::Rvmr {
                    step.imm = reg(2) << 4;
                } else if places[2].is_some() {
                    step.mask = reg(2);
                }
            }
            Form::Rm => {
                step.rm = places[0].unwrap_or(Place::Reg(0));
                if places[2].is_some() {
                    step.mask = reg(2);
                }
            }
            Form::Mr => step.reg = reg(0),
            Form::Fma | Form::Tern | Form::Host => unreachable!("handled above"),
        }
        if places[3].is_some() {
            let dying = dying(self, 3);
            self.merging(inst, &places, dying, &args, step);
            return;
        }
        self.release(&args);
        let into = (inst.dst != V::NONE).then(|| self.define(inst.dst));
        match form {
            Form::Mr => step.rm = into.map_or_else(|| places[1].expect("stores go somewhere"), Place::Reg),
            _ => step.reg = into.expect("only stores give nothing"),
        }
        self.finish(inst, step);
    }

    /// The instruction has its registers.
    fn finish(&mut self, inst: &MachInst, step: Step) {
        self.a.locked = [0; 2];
        self.out.push(step);
        self.drop_unused(inst.dst);
    }

    /// Brings operands into registers, all but the one that stays in memory.
    fn places(&mut self, args: &[Arg; 4], fold: Option<usize>) -> [Option<Place>; 4] {
        for (k, arg) in args.iter().enumerate() {
            if let Arg::V(v) = arg
                && Some(k) != fold
                && let Some(reg) = self.a.states[v.index()].reg
            {
                self.a.locked[self.values[v.index()].class as usize] |= 1 << reg;
            }
        }
        let mut places = [None; 4];
        for (k, arg) in args.iter().enumerate() {
            places[k] = match *arg {
                Arg::None => None,
                Arg::M(mem) => Some(Place::Mem(mem)),
                Arg::V(v) if Some(k) == fold => {
                    Some(Place::Mem(self.in_memory(v).expect("found when it was chosen")))
                }
                Arg::V(v) => Some(Place::Reg(self.ensure(v))),
            };
        }
        places
    }

    /// Where memory holds the value now.
    fn in_memory(&self, v: V) -> Option<Mem> {
        self.a.states[v.index()].slot.map(Mem::Slot).or(self.values[v.index()].home)
    }

    /// Whether operand `k` is better read from memory by the instruction itself.
    fn folds(&self, inst: &MachInst, args: &[Arg; 4], k: usize) -> bool {
        let Arg::V(v) = args[k] else { return false };
        if args
            .iter()
            .enumerate()
            .any(|(other, arg)| other != k && (*arg == args[k] || matches!(arg, Arg::M(_))))
        {
            return false;
        }
        let state = &self.a.states[v.index()];
        let info = &self.values[v.index()];
        if state.reg.is_some() || info.class == Class::Mask || inst.op.on_masks() {
            return false;
        }
        let Some(mem) = self.in_memory(v) else { return false };
        let fits = match mem.element() {
            0 => inst.op.access(inst.size) == info.size,
            element => self.evex && inst.op.row().elem == element && info.size == inst.op.access(inst.size),
        };
        let again = state.next != NEVER;
        fits && (!again || info.home.is_some_and(Mem::is_fixed))
    }

    /// The register of a value, loading it where it has none.
    fn ensure(&mut self, v: V) -> u8 {
        let info = self.values[v.index()];
        if let Some(reg) = self.a.states[v.index()].reg {
            return reg;
        }
        let mem = self.in_memory(v).expect("a value is in a register or in memory");
        let reg = self.define(v);
        self.out.push(load(info, mem, reg));
        reg
    }

    /// Gives `v` a register, and locks it.
    fn define(&mut self, v: V) -> u8 {
        let Info { class, pin, .. } = self.values[v.index()];
        if let Some(pin) = pin {
            return pin;
        }
        let class = class as usize;
        if self.a.free[class] == 0 {
            self.evict(class);
        }
        let reg = self.a.free[class].trailing_zeros() as u8;
        self.take_this(v, reg);
        reg
    }

    fn take_this(&mut self, v: V, reg: u8) {
        let class = self.values[v.index()].class as usize;
        debug_assert!(self.a.free[class] & 1 << reg != 0);
        self.a.free[class] &= !(1 << reg);
        self.a.locked[class] |= 1 << reg;
        self.a.owners[class][usize::from(reg)] = v;
        self.a.states[v.index()].reg = Some(reg);
    }

    fn evict(&mut self, class: usize) {
        let owner = |reg: u8| self.a.owners[class][usize::from(reg)];
        let candidates = (0..32u8).filter(|&r| owner(r) != V::NONE && self.a.locked[class] & 1 << r == 0);
        let farthest = candidates.max_by_key(|&r| self.a.states[owner(r).index()].next);
        let reg = farthest.expect("an instruction locks fewer registers than there are");
        let v = owner(reg);
        if self.in_memory(v).is_none() {
            let slot = self.a.free_slots.pop().unwrap_or_else(|| {
                *self.slots += 1;
                *self.slots - 1
            });
            self.a.states[v.index()].slot = Some(slot);
            let info = self.values[v.index()];
            let op = if info.class == Class::Mask { Opcode::KStore } else { Opcode::Store };
            self.out.push(Step::new(op, info.size, reg, Place::Mem(Mem::Slot(slot))));
        }
        self.give_up(v, reg);
    }

    fn give_up(&mut self, v: V, reg: u8) {
        let class = self.values[v.index()].class as usize;
        self.a.free[class] |= 1 << reg;
        self.a.owners[class][usize::from(reg)] = V::NONE;
        self.a.states[v.index()].reg = None;
    }

    /// Frees what operands that are not used again held.
    fn release(&mut self, args: &[Arg; 4]) {
        for arg in args {
            if let Arg::V(v) = *arg {
                self.drop_unused(v);
            }
        }
    }

    fn drop_unused(&mut self, v: V) {
        if v == V::NONE || self.values[v.index()].pin.is_some() || self.a.states[v.index()].next != NEVER {
            return;
        }
        if let Some(reg) = self.a.states[v.index()].reg {
            self.give_up(v, reg);
        }
        if let Some(slot) = self.a.states[v.index()].slot.take() {
            self.a.dead_slots.push(slot);
        }
    }
}
