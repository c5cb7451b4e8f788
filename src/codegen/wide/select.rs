//! From the IR to instructions over virtual registers.
//!
//! All values of a body have the same number of lanes, so that a value is one register, whose
//! size follows from its type. A bool is a mask register in 512 bits. In 256 bits it is a vector
//! whose lanes are all ones or all zeros, 4 or 8 bytes wide as its makers and users need it, and
//! then both. Values that are the same for every element are computed once, before the loop.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::inst::{Arg, Inst, Mem, Op, V};
use super::plan::Plan;
use super::step::{Class, Info};
use super::{Width, cells, masks, pairs, parts, primitives, reductions};
use crate::codegen::streams::Streams;
use crate::ir::{Body, Inst as IrInst, Loop, Program, Store, TempId, Value};
use crate::ops::Op as IrOp;
use crate::types::{Component, Ty, Word};

/// The instructions of a loop, before registers. Its buffers serve many loops.
#[derive(Default)]
pub(super) struct Draft {
    pub values: Vec<Info>,
    /// Run once.
    pub before: Vec<Inst>,
    pub trip: Vec<Inst>,
    /// Bytes of constants.
    pub table: Vec<u8>,
    /// Places in the frame.
    pub slots: u32,
    /// Partials that stay in registers over the loop, and where they come from and go.
    pub partials: Vec<(V, Mem)>,
    /// Reductions whose leaves it closes.
    pub leaves: Vec<reductions::Leaves>,
    /// Functions of the host that it calls.
    pub hosts: Vec<usize>,
    constants: HashMap<(u64, u8, u8), V>,
    /// Those that no instruction repeats.
    wholes: Vec<V>,
    /// The registers of complex elements, by stream and copy, as memory has them.
    halves: Vec<((usize, usize), [V; 2])>,
    /// Registers of each IR value and copy.
    found: Vec<Found>,
    fixed: Vec<bool>,
    used: Vec<bool>,
    /// The values that go into temporaries, in order.
    kept: Vec<(Value, TempId)>,
}

/// The registers of a value in one copy of the body.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// A number, a mask register, or a mask with lanes of 8 bytes.
    pub main: V,
    /// A mask with lanes of 4 bytes; of a fraction in 512 bits, the mask of lanes that were halved.
    pub narrow: V,
}

impl Found {
    const NOTHING: Found = Found { main: V::NONE, narrow: V::NONE };

    pub fn main(v: V) -> Found {
        Found { main: v, narrow: V::NONE }
    }

    pub fn narrow(v: V) -> Found {
        Found { main: V::NONE, narrow: v }
    }
}

impl Draft {
    fn clear(&mut self) {
        self.values.clear();
        self.before.clear();
        self.trip.clear();
        self.table.clear();
        self.slots = 0;
        self.partials.clear();
        self.leaves.clear();
        self.hosts.clear();
        self.constants.clear();
        self.wholes.clear();
        self.halves.clear();
        self.found.clear();
        self.fixed.clear();
        self.used.clear();
        self.kept.clear();
    }

    fn value(&mut self, class: Class, size: u8, home: Option<Mem>) -> V {
        self.values.push(Info { class, size, home, pin: None });
        V(self.values.len() as u32 - 1)
    }

    /// A constant in every lane of `elem` bytes.
    pub fn constant(&mut self, width: Width, bits: u64, elem: usize, size: u8) -> V {
        // No instruction repeats lanes of less than 4 bytes of a constant.
        let (bits, elem) = match elem {
            1 => ((bits & 0xff) * 0x0101_0101, 4),
            2 => ((bits & 0xffff) * 0x0001_0001, 4),
            _ => (bits, elem),
        };
        let key = (bits, elem as u8, size);
        if let Some(&v) = self.constants.get(&key) {
            return v;
        }
        // A register of it in 256 bits; one element in 512 bits, where instructions repeat it.
        let copies = if width.evex() { 1 } else { 32 / elem };
        self.table.resize(self.table.len().next_multiple_of(copies * elem), 0);
        let offset = self.table.len() as u32;
        for _ in 0..copies {
            self.table.extend_from_slice(&bits.to_le_bytes()[..elem]);
        }
        let home = Mem::Const { offset, elem: if width.evex() { elem as u8 } else { 0 } };
        let v = self.value(Class::Vector, size, Some(home));
        self.constants.insert(key, v);
        v
    }

    /// The bytes of a constant, or of one element of it.
    pub fn constant_bytes(&self, v: V) -> Option<&[u8]> {
        let info = &self.values[v.index()];
        match info.home {
            Some(Mem::Const { offset, elem }) => {
                let bytes = if elem == 0 { info.size } else { elem };
                Some(&self.table[offset as usize..][..usize::from(bytes)])
            }
            _ => None,
        }
    }
}

/// Selection under way.
pub(super) struct Select<'a> {
    pub program: &'a Program,
    pub l: &'a Loop,
    pub plan: Plan,
    pub streams: &'a Streams,
    pub draft: &'a mut Draft,
    /// Instructions go before the loop.
    pub outside: bool,
    /// See [`parts::come_in_any_order`].
    pub any_order: bool,
}

/// Fills `draft` with the instructions of `l`.
/// Every operation must be one that [`primitives::takes`].
pub(super) fn select(program: &Program, l: &Loop, plan: Plan, streams: &Streams, draft: &mut Draft) {
    draft.clear();
    draft.found.resize(l.body.len() * plan.copies, Found::NOTHING);
    draft.fixed.resize(l.body.len(), false);
    draft.used.resize(l.body.len(), false);
    draft.kept.extend(l.keeps.iter().map(|&(temp, value)| (value, temp)));
    draft.kept.sort_unstable();
    for root in l.roots() {
        draft.used[root.index()] = true;
    }
    for (value, inst, _) in l.body.iter().rev() {
        if draft.used[value.index()] {
            for operand in reads(&l.body, inst) {
                draft.used[operand.index()] = true;
            }
        }
    }
    let any_order = parts::come_in_any_order(l);
    let mut s = Select { program, l, plan, streams, draft, outside: true, any_order };
    reductions::partials(&mut s);
    s.before();
    s.outside = false;
    if plan.interleave {
        for value in (0..l.body.len()).map(|at| Value(at as u32)) {
            (0..plan.copies).for_each(|copy| s.varying(value, copy));
        }
        (0..plan.copies).for_each(|copy| s.roots(copy));
    } else {
        for copy in 0..plan.copies {
            (0..l.body.len()).for_each(|at| s.varying(Value(at as u32), copy));
            s.roots(copy);
        }
    }
}

/// The values that are in registers for the instructions of `inst`.
fn reads(body: &Body, inst: IrInst) -> impl Iterator<Item = Value> {
    let mut values: SmallVec<[Value; 3]> = inst.operands().into();
    match inst {
        IrInst::Op(IrOp::Fma, _) => {
            values.iter_mut().for_each(|value| *value = primitives::without_sign(body, *value).0);
        }
        IrInst::Op(IrOp::Select, [condition, x, y]) if masks::extremum(body, condition, x, y).is_some() => {
            values.remove(0);
        }
        _ => {}
    }
    values.into_iter()
}

impl Select<'_> {
    pub fn bits512(&self) -> bool {
        self.plan.width == Width::Bits512
    }

    /// Bytes of a mask, in 512 bits: those that its instructions count in.
    pub fn mask_size(&self) -> u8 {
        if self.plan.lanes > 16 { 8 } else { 2 }
    }

    /// What is the same for every element: computed, and put into the frame.
    fn before(&mut self) {
        for (value, inst, ty) in self.l.body.iter() {
            let at = value.index();
            if !self.draft.used[at] {
                continue;
            }
            let found = match inst {
                IrInst::Const(bits) if ty == Ty::Bool => masks::constant(self, bits != 0),
                IrInst::Const(bits) => Found::main(self.constant(bits, ty.size(), self.plan.size(ty))),
                IrInst::Uniform(id) if ty == Ty::Bool => masks::uniform(self, id),
                IrInst::Uniform(id) => {
                    let home = Mem::Uniform { at: id.0, elem: ty.size() as u8 };
                    let word = self.draft.value(Class::Vector, self.plan.size(ty), Some(home));
                    Found::main(cells::extended(self, self.program.uniforms[id.index()].ty, ty, word))
                }
                // Other types are not repeated by a load.
                IrInst::Load(id, component) if self.streams.is_repeated(id) => {
                    let disp = if component == Component::Imag { ty.size() as u8 } else { 0 };
                    let home = Mem::Row { at: self.streams.view(id) as u16, disp, elem: ty.size() as u8 };
                    Found::main(self.draft.value(Class::Vector, self.plan.size(ty), Some(home)))
                }
                IrInst::Op(op, _) if reads(&self.l.body, inst).all(|v| self.draft.fixed[v.index()]) => {
                    self.primitive(op, inst.operands(), ty, 0)
                }
                IrInst::Op(..) | IrInst::Load(..) | IrInst::Temp(_) => continue,
            };
            self.draft.fixed[at] = true;
            self.set(value, 0, found);
        }
        // What the loop itself uses of it stays in memory, if it is not there already.
        let mut wanted = vec![false; self.l.body.len()];
        self.l.roots().for_each(|root| wanted[root.index()] = true);
        for (value, inst, _) in self.l.body.iter() {
            if self.draft.used[value.index()] && !self.draft.fixed[value.index()] {
                for operand in reads(&self.l.body, inst) {
                    wanted[operand.index()] = true;
                }
            }
        }
        for at in (0..wanted.len()).filter(|&at| wanted[at]) {
            if self.draft.fixed[at] {
                let Found { main, narrow } = self.get(Value(at as u32), 0);
                let kept = Found { main: self.keep(main), narrow: self.keep(narrow) };
                (0..self.plan.copies).for_each(|copy| self.set(Value(at as u32), copy, kept));
            }
        }
    }

    /// The same value for the loop, in memory.
    fn keep(&mut self, v: V) -> V {
        if v == V::NONE || self.draft.values[v.index()].home.is_some() {
            return v;
        }
        let Info { class, size, .. } = self.draft.values[v.index()];
        let home = Mem::Slot(self.draft.slots);
        self.draft.slots += 1;
        let op = if class == Class::Mask { Op::KStore } else { Op::Store };
        self.store(op, size, v, home);
        self.draft.value(class, size, Some(home))
    }

    fn varying(&mut self, value: Value, copy: usize) {
        if self.draft.fixed[value.index()] || !self.draft.used[value.index()] {
            return;
        }
        let ty = self.l.body.ty(value);
        let inst = self.l.body.inst(value);
        let made = self.draft.values.len();
        let found = match inst {
            IrInst::Load(id, Component::Whole) if self.streams.is_pairs(id) => {
                pairs::load(self, self.streams.view(id), copy, ty)
            }
            IrInst::Load(id, Component::Whole) => {
                let cell = self.program.view_dtype(id).register().expect("a whole element is one value");
                cells::load(self, cell, ty, self.stream(self.streams.view(id), 0, copy, cell))
            }
            IrInst::Load(id, component) => {
                Found::main(parts::load(self, self.streams.view(id), component, copy, ty))
            }
            IrInst::Temp(id) => {
                let home = self.stream(self.streams.temporaries_at(), self.streams.offset(id), copy, ty);
                cells::load(self, ty, ty, home)
            }
            IrInst::Op(op, _) => self.primitive(op, inst.operands(), ty, copy),
            IrInst::Const(_) | IrInst::Uniform(_) => unreachable!("is fixed"),
        };
        self.set(value, copy, found);
        // As soon as it is there: so it need not wait in a register or a slot.
        for at in self.draft.kept.partition_point(|&(of, _)| of < value)..self.draft.kept.len() {
            let (of, temp) = self.draft.kept[at];
            if of != value {
                break;
            }
            let home = self.keep_element(temp, value, copy);
            // A register that was there before, as that of a bitcast, may be given up before it is kept.
            if ty != Ty::Bool && found.main.index() >= made {
                self.draft.values[found.main.index()].home = Some(home);
            }
        }
    }

    /// Puts a value into its temporary; gives the place.
    fn keep_element(&mut self, temp: TempId, value: Value, copy: usize) -> Mem {
        let ty = self.l.body.ty(value);
        let to = self.stream(self.streams.temporaries_at(), self.streams.offset(temp), copy, ty);
        cells::store(self, ty, value, copy, to);
        to
    }

    fn primitive(&mut self, op: IrOp, operands: &[Value], to: Ty, copy: usize) -> Found {
        let from = self.l.body.ty(*operands.last().expect("every primitive has operands"));
        primitives::primitive(self, op, from, to, operands, copy)
    }

    /// Stores, and joins reductions.
    fn roots(&mut self, copy: usize) {
        let l = self.l;
        for &(temp, value) in &l.keeps {
            // Others were kept as soon as they were there.
            if self.draft.fixed[value.index()] {
                self.keep_element(temp, value, copy);
            }
        }
        for &Store { output, component, value } in &l.stores {
            let (stream, dtype) = (self.streams.output(output), self.program.outputs[output.index()].dtype);
            match component {
                Component::Whole => {
                    let cell = dtype.register().expect("a whole element is one value");
                    cells::store(self, cell, value, copy, self.stream(stream, 0, copy, cell));
                }
                Component::Real => {
                    let imag = l.imag(output).expect("a loop that is taken stores both parts");
                    let both = [value, imag].map(|part| self.number(part, copy));
                    parts::store(self, stream, both, copy, l.body.ty(value));
                }
                // With the real part.
                Component::Imag => {}
            }
        }
        reductions::join(self, copy);
    }

    /// The elements of a copy, `offset` bytes into a stream.
    fn stream(&self, at: usize, offset: i32, copy: usize, ty: Ty) -> Mem {
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

    /// Both registers of a copy's complex elements, as memory has them.
    pub fn halves(&mut self, stream: usize, copy: usize, ty: Ty) -> [V; 2] {
        let key = (stream, copy);
        if let Some((_, halves)) = self.draft.halves.iter().find(|(known, _)| *known == key) {
            return *halves;
        }
        let size = self.plan.size(ty);
        let halves = parts::places(self, stream, copy, ty).map(|place| self.home(size, place));
        self.draft.halves.push((key, halves));
        halves
    }

    /// A constant of this type in every lane.
    pub fn constant_of(&mut self, value: Word) -> V {
        let ty = value.ty();
        self.constant(value.to_bits(), ty.size(), self.plan.size(ty))
    }

    /// A new register with the result of an instruction.
    pub fn emit(&mut self, op: Op, size: u8, into: u8, args: &[V], imm: u8) -> V {
        let class = if self.bits512() && op.gives_mask() { Class::Mask } else { Class::Vector };
        let dst = self.draft.value(class, into, None);
        self.emit_to(dst, op, size, args, imm);
        dst
    }

    /// The same into a register that there is.
    pub fn emit_to(&mut self, dst: V, op: Op, size: u8, args: &[V], imm: u8) {
        let mut all = [Arg::None; 4];
        for (arg, &v) in all.iter_mut().zip(args) {
            *arg = if v == V::NONE { Arg::None } else { Arg::V(v) };
        }
        self.push(Inst { op, size, imm, dst, args: all });
    }

    /// A new register of `into` bytes, from memory.
    pub fn read(&mut self, op: Op, size: u8, into: u8, from: Mem) -> V {
        let dst = self.draft.value(Class::Vector, into, None);
        self.push(Inst { op, size, imm: 0, dst, args: [Arg::M(from), Arg::None, Arg::None, Arg::None] });
        dst
    }

    pub fn store(&mut self, op: Op, size: u8, v: V, to: Mem) {
        self.push(Inst {
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

    fn push(&mut self, inst: Inst) {
        if self.outside { self.draft.before.push(inst) } else { self.draft.trip.push(inst) }
    }
}
