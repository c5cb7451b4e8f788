//! Regions to blocks.

use std::mem::offset_of;

use cranelift::codegen::ir::{BlockArg, StackSlot};
use cranelift::prelude::*;
use smallvec::{SmallVec, smallvec};

use super::super::group::plain;
use super::super::memory::{load_one, store_one};
use super::super::scalar;
use super::arrays::{self, Descriptor, Index, Parts};
use crate::codegen::code::Code;
use crate::codegen::function::Run;
use crate::ir::func::{self, Axis, End, Func, Inst, Module, Node, Region, SiteId, Value as IrValue};
use crate::ops::Op;
use crate::types::{DType, Word};

/// A block that takes values of the function.
#[derive(Clone)]
pub(super) struct Label {
    pub block: Block,
    /// Those values.
    pub takes: func::Values,
    /// Whether anything goes there.
    pub used: bool,
}

/// What exits may go to: the function, or a loop.
pub(super) struct Owner {
    pub after: Label,
    /// Where the next trip is prepared.
    pub next: Option<Label>,
}

pub(super) struct Emitter<'a, 'b> {
    pub b: FunctionBuilder<'b>,
    pub func: &'a Func,
    pub module: &'a Module,
    /// The code of the module's bodies.
    pub bodies: &'a [Code],
    pub run: Value,
    /// The address of the flag that cancels the run.
    pub cancel: Value,
    /// The address of the least number of a parallel loop that has failed, and the number at hand, where it may run in one.
    pub failed: Option<[Value; 2]>,
    /// Arrays whose last stride is a constant.
    pub adjacent: Vec<bool>,
    /// What each value is held in.
    pub parts: Vec<Parts>,
    /// For each value that is another plus a constant, these.
    pub sums: Vec<Option<(IrValue, i64)>>,
    /// The function and the loops around the region at hand, outermost first.
    pub owners: Vec<Owner>,
    /// Words that are passed to calls.
    pub words: Option<StackSlot>,
}

/// The address of the least number of a parallel loop that has failed, and the number at hand.
pub(super) fn failed(b: &mut FunctionBuilder<'_>, run: Value) -> [Value; 2] {
    let offsets = [offset_of!(Run, failed), offset_of!(Run, number)];
    offsets.map(|at| b.ins().load(types::I64, plain(), run, at as i32))
}

/// Builds the code of `func`.
pub(super) fn emit(
    func: &Func,
    module: &Module,
    adjacent: Vec<bool>,
    in_parallel: bool,
    bodies: &[Code],
    mut b: FunctionBuilder<'_>,
    frontend: isa::TargetFrontendConfig,
) {
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let &[run, words] = b.block_params(entry) else { unreachable!("the signature has two") };
    let cancel = b.ins().load(types::I64, plain(), run, offset_of!(Run, cancel) as i32);
    let failed = in_parallel.then(|| failed(&mut b, run));
    let mut e = Emitter {
        b,
        func,
        module,
        bodies,
        run,
        cancel,
        failed,
        adjacent,
        parts: vec![Parts::new(); func.values()],
        sums: vec![None; func.values()],
        owners: Vec::new(),
        words: None,
    };
    e.func(words);
    e.b.seal_all_blocks();
    e.b.finalize(frontend);
}

impl<'a> Emitter<'a, '_> {
    fn func(&mut self, words: Value) {
        let func = self.func;
        let mut at = 0;
        for &param in &func.body.params {
            let parts = self.read_words(words, &mut at, func.ty(param));
            self.bind(param, parts);
        }
        let mark = func.body.makes_arrays(self.module).then(|| self.mark());
        // Results are not values of the function: whatever it yields, all of it is written.
        let after = self.b.create_block();
        let types = func.results.iter().flat_map(|&ty| arrays::types_of(ty));
        let results: Parts = types.map(|clif| self.b.append_block_param(after, clif)).collect();
        let after = Label { block: after, takes: smallvec![], used: false };
        self.owners.push(Owner { after, next: None });
        self.region(&func.body, None);
        let owner = self.owners.pop().expect("it was pushed");
        if !owner.after.used {
            return;
        }
        self.b.switch_to_block(owner.after.block);
        let mut rest = &results[..];
        let mut bases: Parts = smallvec![];
        for &ty in &func.results {
            let (mine, others) = rest.split_at(ty.words());
            rest = others;
            self.write_words(words, &mut at, mine, ty);
            bases.extend(ty.array().map(|_| mine[0]));
        }
        if let Some(mark) = mark {
            self.release(mark, &bases);
        }
        self.leave(0);
    }

    /// Gives a code back.
    pub fn leave(&mut self, code: u32) {
        let code = self.b.ins().iconst(types::I32, i64::from(code));
        self.b.ins().return_(&[code]);
    }

    /// Takes what a value is held in; a stride that is known is its constant.
    pub fn bind(&mut self, value: IrValue, mut parts: Parts) {
        if let Some(size) = self.last_stride(value) {
            let last = parts.len() - 1;
            parts[last] = self.b.ins().iconst(types::I64, size as i64);
        }
        self.parts[value.index()] = parts;
    }

    /// The stride of the last axis of an array whose elements are adjacent along it.
    fn last_stride(&self, array: IrValue) -> Option<usize> {
        self.adjacent[array.index()].then(|| self.func.ty(array).array().map_or(0, |(dtype, _)| dtype.size()))
    }

    pub fn one(&self, value: IrValue) -> Value {
        self.parts[value.index()][0]
    }

    pub fn descriptor(&self, array: IrValue) -> (Descriptor<'_>, DType) {
        let (dtype, _) = self.func.ty(array).array().expect("the verifier saw an array");
        (Descriptor::of(&self.parts[array.index()]), dtype)
    }

    pub fn ones(&self, values: &[IrValue]) -> Parts {
        values.iter().map(|&value| self.one(value)).collect()
    }

    pub fn number(&mut self, number: i64) -> Value {
        self.b.ins().iconst(types::I64, number)
    }

    /// A block that takes these values.
    pub fn label(&mut self, takes: &[IrValue]) -> Label {
        let block = self.b.create_block();
        for &value in takes {
            for clif in self.handed(value) {
                self.b.append_block_param(block, clif);
            }
        }
        Label { block, takes: takes.into(), used: false }
    }

    /// The types of what is handed on of a value: not the stride that is known.
    pub fn handed(&self, value: IrValue) -> SmallVec<[Type; 3]> {
        let mut types = arrays::types_of(self.func.ty(value));
        types.truncate(types.len() - usize::from(self.adjacent[value.index()]));
        types
    }

    /// Goes on in a block, whose parameters, those at its end, become the values that it takes.
    pub fn enter(&mut self, label: &Label) {
        self.b.switch_to_block(label.block);
        let counts: usize = label.takes.iter().map(|&value| self.handed(value).len()).sum();
        let params = self.b.block_params(label.block);
        let params: Parts = params[params.len() - counts..].into();
        let mut rest = &params[..];
        for &value in &label.takes {
            let (mine, others) = rest.split_at(self.handed(value).len());
            rest = others;
            let mut parts: Parts = mine.into();
            if self.adjacent[value.index()] {
                parts.push(self.run); // `bind` knows better
            }
            self.bind(value, parts);
        }
    }

    /// The arguments that hand values to a block.
    pub fn arguments(&self, values: &[IrValue], label: &Label) -> SmallVec<[BlockArg; 8]> {
        let mut arguments = SmallVec::new();
        for (at, value) in values.iter().enumerate() {
            let parts = &self.parts[value.index()];
            let known = label.takes.get(at).is_some_and(|to| self.adjacent[to.index()]);
            arguments
                .extend(parts[..parts.len() - usize::from(known)].iter().map(|&part| BlockArg::from(part)));
        }
        arguments
    }

    pub fn jump(&mut self, values: &[IrValue], label: &mut Label) {
        let arguments = self.arguments(values, label);
        self.b.ins().jump(label.block, &arguments);
        label.used = true;
    }

    /// Goes to a loop or the function so many around.
    fn exit(&mut self, depth: u32, values: &[IrValue], next: bool) {
        let at = self.owners.len() - 1 - depth as usize;
        let owner = &self.owners[at];
        let label = if next { owner.next.as_ref().expect("the verifier saw a loop") } else { &owner.after };
        let mut label = label.clone();
        self.jump(values, &mut label);
        let owner = &mut self.owners[at];
        if next {
            owner.next = Some(label);
        } else {
            owner.after = label;
        }
    }

    /// A region in the block at hand, which yields to `yields`, or to the innermost owner: a function its results, a loop its next trip.
    pub fn region(&mut self, region: &'a Region, yields: Option<&mut Label>) {
        for node in &region.nodes {
            self.node(node);
        }
        match (&region.end, yields) {
            (End::Yield(values), Some(label)) => self.jump(values, label),
            (End::Yield(values), None) => {
                let is_loop = self.owners.last().is_some_and(|owner| owner.next.is_some());
                self.exit(0, values, is_loop);
            }
            (End::Break(depth, values), _) => self.exit(*depth, values, false),
            (End::Continue(depth, values), _) => self.exit(*depth, values, true),
            (End::Fail(site, shown), _) => self.fail(*site, shown),
            (End::Never, _) => {}
        }
    }

    /// Leaves the function at a site.
    pub fn fail(&mut self, site: SiteId, shown: &[IrValue]) {
        let mut words = Parts::new();
        for &value in shown {
            let part = self.one(value);
            words.push(arrays::to_word(&mut self.b, part, self.func.scalar(value)));
        }
        self.show(&words);
        self.leave(site.0 + 1);
    }

    /// Writes down what a site shows.
    fn show(&mut self, words: &[Value]) {
        for (at, &word) in words.iter().enumerate() {
            let offset = offset_of!(Run, shown) + 8 * at;
            self.b.ins().store(plain(), word, self.run, offset as i32);
        }
    }

    /// Goes on only if a condition holds, and otherwise does what `otherwise` says, which must leave.
    pub fn unless(&mut self, condition: Value, otherwise: impl FnOnce(&mut Self)) {
        let (good, bad) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(condition, good, &[], bad, &[]);
        self.b.set_cold_block(bad);
        self.b.switch_to_block(bad);
        otherwise(self);
        self.b.switch_to_block(good);
    }

    fn node(&mut self, node: &'a Node) {
        match node {
            Node::Let(value, inst) => {
                let parts = self.inst(*value, inst);
                self.bind(*value, parts);
            }
            Node::Store { array, component, indices, value } => {
                let place = self.place(*array, indices, *component);
                let value = self.one(*value);
                store_one(&mut self.b, &place, value);
            }
            Node::Alloc { array, lengths, site } => self.alloc(*array, lengths, *site),
            Node::Check { ok, site, shown } => self.unless(self.one(*ok), |e| e.fail(*site, shown)),
            Node::Within { place, array, axis, index, site, from_end } => {
                let length = self.descriptor(*array).0.lengths[*axis as usize];
                let mut at = self.one(*index);
                if *from_end {
                    let other = self.b.ins().iadd(at, length);
                    let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, at, 0);
                    at = self.b.ins().select(negative, other, at);
                } else {
                    self.sums[place.index()] = self.sums[index.index()];
                }
                // Without signs, what lies before the array lies far beyond it.
                let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, at, length);
                let shown = [self.one(*index), length];
                self.unless(inside, |e| {
                    e.show(&shown);
                    e.leave(site.0 + 1);
                });
                self.bind(*place, smallvec![at]);
            }
            Node::Call { func, args, results, site } => self.call(*func, args, results, *site),
            Node::Parallel { func, args, count, site } => self.parallel(*func, args, *count, *site),
            Node::Serve { service, args, results } => self.serve(*service, args, results),
            Node::Lanes(lanes) => self.lanes(lanes),
            Node::If { condition, then, otherwise, results } => {
                let (yes, no) = (self.b.create_block(), self.b.create_block());
                let mut after = self.label(results);
                let condition = self.one(*condition);
                self.b.ins().brif(condition, yes, &[], no, &[]);
                for (block, region) in [(yes, then), (no, otherwise)] {
                    self.b.switch_to_block(block);
                    self.region(region, Some(&mut after));
                }
                if after.used {
                    self.enter(&after);
                }
            }
            Node::For { start, stop, step, carried, body, results } => {
                self.range([*start, *stop, *step], carried, body, results);
            }
            Node::Loop { carried, body, results } => self.repeat(carried, body, results),
        }
    }

    /// An index as a value and a number that is added to it.
    fn index(&self, index: IrValue) -> Index {
        match self.sums[index.index()] {
            Some((value, number)) => (self.one(value), number),
            None => (self.one(index), 0),
        }
    }

    pub fn place(
        &mut self,
        array: IrValue,
        indices: &[IrValue],
        component: crate::types::Component,
    ) -> super::super::memory::Place {
        let indices: SmallVec<[Index; 3]> = indices.iter().map(|&index| self.index(index)).collect();
        let (parts, last) = (self.parts[array.index()].clone(), self.last_stride(array));
        let (_, dtype) = self.descriptor(array);
        arrays::place(&mut self.b, Descriptor::of(&parts), &indices, last, (dtype, component))
    }

    fn inst(&mut self, value: IrValue, inst: &Inst) -> Parts {
        let ty = self.func.ty(value);
        match inst {
            Inst::Const(bits) => {
                let word = Word::from_bits(self.func.scalar(value), *bits);
                smallvec![scalar::constant(&mut self.b, word)]
            }
            Inst::Op(op, operands) => {
                self.sums[value.index()] = self.sum(*op, operands);
                let operands = &operands[..op.arity()];
                let from = self.func.scalar(*operands.last().expect("every primitive has operands"));
                let args = self.ones(operands);
                if let (Op::Mul, Some(shift)) = (*op, self.shifted_sum(operands)) {
                    // An address computation: a cycle or two, where a product takes three.
                    let shifted = self.b.ins().ishl_imm_u(args[0], shift);
                    return smallvec![self.b.ins().iadd(args[0], shifted)];
                }
                smallvec![scalar::primitive(&mut self.b, *op, from, self.func.scalar(value), &args)]
            }
            Inst::Length(array, axis) => smallvec![self.descriptor(*array).0.lengths[*axis as usize]],
            Inst::Stride(array, axis) => smallvec![self.descriptor(*array).0.strides[*axis as usize]],
            Inst::Load(array, component, indices) => {
                let place = self.place(*array, indices, *component);
                smallvec![load_one(&mut self.b, &place, self.func.scalar(value))]
            }
            Inst::View { array, starts, axes } => self.view(*array, starts, axes),
            Inst::Scratch(elements) => {
                let (dtype, _) = ty.array().expect("the verifier saw an array");
                let (_, base) = self.stack((*elements as usize * dtype.size()).div_ceil(8));
                let length = self.number(*elements as i64);
                arrays::contiguous(&mut self.b, base, dtype.size(), &[length])
            }
            Inst::Reshape(array, lengths) => {
                let (base, (dtype, _)) = (self.one(*array), ty.array().expect("the verifier saw an array"));
                let lengths = self.ones(lengths);
                arrays::contiguous(&mut self.b, base, dtype.size(), &lengths)
            }
        }
    }

    /// The k of a product x * (2^k + 1) that an address computation can make.
    fn shifted_sum(&self, operands: &[IrValue]) -> Option<i64> {
        match self.func.constant(*operands.get(1)?)? {
            3 => Some(1),
            5 => Some(2),
            9 => Some(3),
            _ => None,
        }
    }

    fn view(&mut self, array: IrValue, starts: &[IrValue], axes: &[Axis]) -> Parts {
        let parts = self.parts[array.index()].clone();
        let Descriptor { mut base, strides, .. } = Descriptor::of(&parts);
        for (start, &stride) in self.ones(starts).into_iter().zip(strides) {
            let steps = self.b.ins().imul(start, stride);
            base = self.b.ins().iadd(base, steps);
        }
        let mut parts: Parts = smallvec![base];
        parts.extend(axes.iter().map(|axis| self.one(axis.length)));
        for axis in axes {
            parts.push(match axis.along {
                Some((along, step)) => {
                    let step = self.one(step);
                    self.b.ins().imul(strides[along as usize], step)
                }
                None => self.number(0),
            });
        }
        parts
    }

    /// The value and the constant of which `op` makes a sum.
    fn sum(&self, op: Op, &[x, y, _]: &[IrValue; 3]) -> Option<(IrValue, i64)> {
        match op {
            Op::Add => match (self.func.constant(x), self.func.constant(y)) {
                (_, Some(number)) => Some((x, number)),
                (Some(number), _) => Some((y, number)),
                _ => None,
            },
            Op::Sub => self.func.constant(y).map(|number| (x, number.wrapping_neg())),
            _ => None,
        }
    }
}
