//! From the IR to instructions over virtual registers: the driver, which goes through a body and knows every family.
//!
//! All values of a body have the same number of lanes, so that a value is one register, whose
//! size follows from its type. A bool is a mask register in 512 bits. In 256 bits it is a vector
//! whose lanes are all ones or all zeros, 4 or 8 bytes wide as its makers and users need it, and
//! then both. Values that are the same for every element are computed once, before the loop.

use smallvec::SmallVec;

use super::draft::{Draft, Found};
use super::inst::{Mem, Opcode, V};
use super::plan::Plan;
use super::selection::Select;
use super::step::{Class, Info};
use super::{cells, masks, pairs, parts, primitives, reductions};
use crate::codegen::streams::Streams;
use crate::ir::{Body, Inst, Loop, Program, Store, TempId, Value};
use crate::ops::Op;
use crate::types::{Component, Ty};

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
fn reads(body: &Body, inst: Inst) -> impl Iterator<Item = Value> {
    let mut values: SmallVec<[Value; 3]> = inst.operands().into();
    match inst {
        Inst::Op(Op::Fma, _) => {
            values.iter_mut().for_each(|value| *value = primitives::without_sign(body, *value).0);
        }
        Inst::Op(Op::Select, [condition, x, y])
            if masks::choice_by_order(body, condition, x, y).is_some() =>
        {
            values.remove(0);
        }
        _ => {}
    }
    values.into_iter()
}
impl Select<'_> {
    /// What is the same for every element: computed, and put into the frame.
    fn before(&mut self) {
        for (value, inst, ty) in self.l.body.iter() {
            let at = value.index();
            if !self.draft.used[at] {
                continue;
            }
            let found = match inst {
                Inst::Const(bits) if ty == Ty::Bool => masks::constant(self, bits != 0),
                Inst::Const(bits) => Found::main(self.constant(bits, ty.size(), self.plan.size(ty))),
                Inst::Uniform(id) if ty == Ty::Bool => masks::uniform(self, id),
                Inst::Uniform(id) => {
                    let home = Mem::Uniform { at: id.0, elem: ty.size() as u8 };
                    let word = self.draft.value(Class::Vector, self.plan.size(ty), Some(home));
                    Found::main(cells::extended(self, self.program.uniforms[id.index()].ty, ty, word))
                }
                // Other types are not repeated by a load.
                Inst::Load(id, component) if self.streams.is_repeated(id) => {
                    let disp = if component == Component::Imag { ty.size() as u8 } else { 0 };
                    let home = Mem::Row { at: self.streams.view(id) as u16, disp, elem: ty.size() as u8 };
                    Found::main(self.draft.value(Class::Vector, self.plan.size(ty), Some(home)))
                }
                Inst::Op(op, _) if reads(&self.l.body, inst).all(|v| self.draft.fixed[v.index()]) => {
                    self.primitive(op, inst.operands(), ty, 0)
                }
                Inst::Op(..) | Inst::Load(..) | Inst::Temp(_) => continue,
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
        let op = if class == Class::Mask { Opcode::KStore } else { Opcode::Store };
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
            Inst::Load(id, Component::Whole) if self.streams.is_pairs(id) => {
                pairs::load(self, self.streams.view(id), copy, ty)
            }
            Inst::Load(id, Component::Whole) => {
                let cell = self.program.view_dtype(id).register().expect("a whole element is one value");
                cells::load(self, cell, ty, self.stream(self.streams.view(id), 0, copy, cell))
            }
            Inst::Load(id, component) => {
                Found::main(parts::load(self, self.streams.view(id), component, copy, ty))
            }
            Inst::Temp(id) => {
                let home = self.stream(self.streams.temporaries_at(), self.streams.offset(id), copy, ty);
                cells::load(self, ty, ty, home)
            }
            Inst::Op(op, _) => self.primitive(op, inst.operands(), ty, copy),
            Inst::Const(_) | Inst::Uniform(_) => unreachable!("is fixed"),
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

    fn primitive(&mut self, op: Op, operands: &[Value], to: Ty, copy: usize) -> Found {
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
}
