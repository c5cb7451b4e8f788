//! The function of a loop: what does not change before it, groups of lanes inside, partials after.

use cranelift::codegen::isa::TargetFrontendConfig;
use cranelift::prelude::*;
use smallvec::SmallVec;

use super::group::{Group, Layout, Registers, plain, splat_bytes};
use super::memory::{Cells, Place};
use super::partials::Partials;
use super::plan::Plan;
use super::vector::Operand;
use super::{memory, scalar, vector};
use crate::codegen::streams::Streams;
use crate::ir::{Body, Inst, Loop, Program, Reduce, Value as IrValue};
use crate::ops::{Op, Reduction};
use crate::reduce::{self, LEAF};
use crate::types::{Ty, Word};

/// As many constants stay in registers over the loop; more are loaded where they are used.
const HOISTED_CONSTANTS: usize = 4;

struct Emitter<'a, 'b> {
    b: FunctionBuilder<'b>,
    body: &'a Body,
    layout: Layout,
    /// Values that are the same in every trip: as one value, and in every lane.
    invariant: Vec<Option<Value>>,
    splat: Vec<Option<Value>>,
    /// Values of the group at hand.
    groups: Vec<Option<Group>>,
    /// The start of each stream of the piece.
    starts: Vec<Option<Value>>,
}

/// Builds the function of `l`, whose pointers are those of `streams`.
pub(super) fn emit(
    l: &Loop,
    streams: &Streams,
    program: &Program,
    plan: &Plan,
    mut builder: FunctionBuilder<'_>,
    frontend: TargetFrontendConfig,
) {
    let body = &l.body;
    let layout = Layout { lanes: plan.lanes, mask_size: plan.mask_size };
    let n = body.len();
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let &[pointers, uniforms, elements] = builder.block_params(entry) else {
        unreachable!("the signature has three")
    };
    let mut e = Emitter {
        b: builder,
        body,
        layout,
        invariant: vec![None; n],
        splat: vec![None; n],
        groups: vec![None; n],
        starts: vec![None; streams.count()],
    };
    // A nest begins here for every row; its block says which.
    let rows = streams.nest.map(|_| {
        let rows = e.b.create_block();
        let (row, first) = (e.b.append_block_param(rows, types::I64), e.b.ins().iconst(types::I64, 0));
        e.b.ins().jump(rows, &[first.into()]);
        e.b.switch_to_block(rows);
        (rows, row)
    });
    e.starts(l, streams, pointers, rows.map(|(_, row)| row));
    let mut kept: Vec<_> = l.keeps.iter().map(|&(id, value)| (value, id)).collect();
    kept.sort_unstable();
    e.before_loop(uniforms, streams, program);

    let start = e.b.ins().iconst(types::I64, 0);
    let in_registers = if plan.register_partials { &l.reduces[..] } else { &[] };
    let partials = in_registers.iter().map(|r| e.partials(r, streams).load(&mut e.b, 0)).collect();
    let mut at = Carried { index: start, partials };
    let leaf =
        (streams.in_one_piece() && l.reduces.iter().any(|r| e.has_leaves(r))).then(|| e.b.create_block());
    // Trips go on to where the leaf ends, or the call.
    let mut end = elements;
    if let Some(leaf) = leaf {
        e.b.ins().jump(leaf, &at.arguments());
        at.enter(&mut e.b, leaf);
        let leaf_end = e.b.ins().iadd_imm_u(at.index, LEAF as i64);
        end = e.b.ins().umin(leaf_end, elements);
    }
    let trip = e.b.create_block();
    e.b.ins().jump(trip, &at.arguments());
    at.enter(&mut e.b, trip);
    let index = at.index;

    let temporary = |id, value| Cells::plain(body.ty(value), streams.offset(id));
    for first in (0..plan.step).step_by(plan.lanes) {
        e.groups.fill(None);
        for (value, inst, ty) in body.iter() {
            if e.invariant[value.index()].is_some() || matches!(inst, Inst::Const(_)) {
                continue;
            }
            let group = match inst {
                Inst::Load(id, component) => {
                    let cells = Cells::of(program.view_dtype(id), component);
                    let place = e.place(streams.view(id), index, first, cells);
                    memory::load(&mut e.b, layout, &place, ty)
                }
                Inst::Temp(id) => {
                    let cells = Cells::plain(ty, streams.offset(id));
                    let place = e.place(streams.temporaries_at(), index, first, cells);
                    memory::load(&mut e.b, layout, &place, ty)
                }
                Inst::Op(op, _) => {
                    let operands: SmallVec<[Operand; 3]> =
                        inst.operands().iter().map(|&v| e.operand(v)).collect();
                    let from = body.ty(*inst.operands().last().expect("every primitive has operands"));
                    vector::primitive(&mut e.b, layout, op, from, ty, &operands)
                }
                Inst::Const(_) | Inst::Uniform(_) => unreachable!("is invariant"),
            };
            e.groups[value.index()] = Some(group);
            // As soon as it is there: so it need not wait in a register.
            let of_value = kept[kept.partition_point(|&(of, _)| of < value)..].iter();
            for &(_, id) in of_value.take_while(|&&(of, _)| of == value) {
                e.put(value, streams.temporaries_at(), temporary(id, value), index, first);
            }
        }
        for &(id, value) in &l.keeps {
            if e.groups[value.index()].is_none() {
                e.put(value, streams.temporaries_at(), temporary(id, value), index, first);
            }
        }
        for store in &l.stores {
            let dtype = program.outputs[store.output.index()].dtype;
            let cells = Cells::of(dtype, store.component);
            e.put(store.value, streams.output(store.output), cells, index, first);
        }
        for (k, r) in l.reduces.iter().enumerate() {
            let ty = body.ty(r.value);
            let group = e.operand(r.value).group;
            match r.reduction {
                Reduction::ProdReal => {
                    let imag = &l.reduces[k + 1];
                    let y = [group, e.operand(imag.value).group];
                    let first = first % reduce::partials(ty) / layout.per_reg(ty);
                    if plan.register_partials {
                        let regs = first..first + layout.regs(ty);
                        let x = [k, k + 1].map(|k| Group::new(at.partials[k][regs.clone()].iter().copied()));
                        for (k, joined) in [k, k + 1].into_iter().zip(e.product(ty, x, y)) {
                            regs.clone().for_each(|reg| at.partials[k][reg] = joined.reg(reg - first));
                        }
                    } else {
                        let within = e.b.ins().band_imm_u(index, reduce::partials(ty) as i64 - 1);
                        let places = [r, imag]
                            .map(|r| e.place(streams.partials(r.into), within, 0, Cells::plain(ty, 0)));
                        let x = [0, 1].map(|part| memory::load(&mut e.b, layout, &places[part], ty));
                        for (place, joined) in places.iter().zip(e.product(ty, x, y)) {
                            memory::store(&mut e.b, layout, place, ty, &joined);
                        }
                    }
                    continue;
                }
                // With the real part.
                Reduction::ProdImag => continue,
                _ => {}
            }
            let op = r.reduction.op();
            let join = |b: &mut FunctionBuilder<'_>, x, y| match layout.lanes {
                1 => scalar::primitive(b, op, ty, ty, &[x, y]),
                _ => vector::binary(b, layout, op, ty, x, y, None),
            };
            if plan.register_partials {
                let first = first % reduce::partials(ty) / layout.per_reg(ty);
                for reg in 0..layout.regs(ty) {
                    let partial = &mut at.partials[k][first + reg];
                    *partial = join(&mut e.b, *partial, group.reg(reg));
                }
            } else {
                let within = e.b.ins().band_imm_u(index, reduce::partials(ty) as i64 - 1);
                let place = e.place(streams.partials(r.into), within, 0, Cells::plain(ty, 0));
                let partial = memory::load(&mut e.b, layout, &place, ty);
                let joined = (0..layout.regs(ty)).map(|reg| join(&mut e.b, partial.reg(reg), group.reg(reg)));
                let joined = Group::new(joined.collect::<Vec<_>>());
                memory::store(&mut e.b, layout, &place, ty, &joined);
            }
        }
    }

    let next = e.b.ins().iadd_imm_u(index, plan.step as i64);
    let more = e.b.ins().icmp(IntCC::UnsignedLessThan, next, end);
    at.index = match rows {
        None => next,
        // The last step of a row ends with it.
        Some(_) => {
            let last = e.b.ins().iadd_imm_s(elements, -(plan.step as i64));
            e.b.ins().umin(next, last)
        }
    };
    let ended = e.b.create_block();
    e.b.ins().brif(more, trip, &at.arguments(), ended, &[]);
    e.b.switch_to_block(ended);
    if let Some(leaf) = leaf {
        let (close, done) = (e.b.create_block(), e.b.create_block());
        let within = e.b.ins().band_imm_u(at.index, LEAF as i64 - 1);
        e.b.ins().brif(within, done, &at.arguments(), close, &[]);
        e.b.switch_to_block(close);
        e.close_leaves(l, streams, &mut at.partials);
        let more = e.b.ins().icmp(IntCC::UnsignedLessThan, at.index, elements);
        e.b.ins().brif(more, leaf, &at.arguments(), done, &at.arguments());
        at.enter(&mut e.b, done);
    }
    for (regs, r) in at.partials.iter().zip(&l.reduces) {
        e.partials(r, streams).store(&mut e.b, 0, regs.iter().copied());
    }
    if let Some((rows, row)) = rows {
        let end = e.b.create_block();
        let next = e.b.ins().iadd_imm_u(row, 1);
        let count = e.b.ins().load(types::I64, plain(), pointers, 2 * streams.count() as i32 * 8);
        let more = e.b.ins().icmp(IntCC::UnsignedLessThan, next, count);
        e.b.ins().brif(more, rows, &[next.into()], end, &[]);
        e.b.switch_to_block(end);
    }
    e.b.ins().return_(&[]);
    e.b.seal_all_blocks();
    e.b.finalize(frontend);
}

/// What blocks hand on: the element at hand, and the partials that stay in registers.
struct Carried {
    index: Value,
    partials: Vec<Vec<Value>>,
}

impl Carried {
    fn arguments(&self) -> Vec<codegen::ir::BlockArg> {
        std::iter::once(&self.index)
            .chain(self.partials.iter().flatten())
            .map(|&value| value.into())
            .collect()
    }

    /// Goes on in `block`, with its parameters.
    fn enter(&mut self, b: &mut FunctionBuilder<'_>, block: Block) {
        b.switch_to_block(block);
        for value in std::iter::once(&mut self.index).chain(self.partials.iter_mut().flatten()) {
            *value = b.append_block_param(block, b.func.dfg.value_type(*value));
        }
    }
}

impl Emitter<'_, '_> {
    /// The product of complex numbers, as [`crate::eval::join_pair`] has it.
    fn product(&mut self, ty: Ty, x: [Group; 2], y: [Group; 2]) -> [Group; 2] {
        let layout = self.layout;
        let mut op = |op, operands: &[&Group]| {
            let operand = |group: &&Group| Operand { group: (*group).clone(), constant: None };
            let operands: SmallVec<[Operand; 3]> = operands.iter().map(operand).collect();
            vector::primitive(&mut self.b, layout, op, ty, ty, &operands)
        };
        let re = op(Op::Mul, &[&x[1], &y[1]]);
        let re = op(Op::Neg, &[&re]);
        let im = op(Op::Mul, &[&x[1], &y[0]]);
        [op(Op::Fma, &[&x[0], &y[0], &re]), op(Op::Fma, &[&x[0], &y[1], &im])]
    }

    fn has_leaves(&self, r: &Reduce) -> bool {
        reduce::leaf(r.reduction, self.body.ty(r.value)) == LEAF
    }

    fn partials(&self, r: &Reduce, streams: &Streams) -> Partials {
        Partials {
            layout: self.layout,
            ty: self.body.ty(r.value),
            memory: self.start(streams.partials(r.into)),
        }
    }

    /// Closes the open leaves of sums, whose partials are in `registers` or in memory.
    fn close_leaves(&mut self, l: &Loop, streams: &Streams, registers: &mut [Vec<Value>]) {
        for (k, r) in l.reduces.iter().enumerate() {
            if !self.has_leaves(r) {
                continue;
            }
            let partials = self.partials(r, streams);
            let identity = reduce::identity(r.reduction, partials.ty);
            let open = match registers.get(k) {
                Some(registers) => registers.clone(),
                None => partials.load(&mut self.b, 0),
            };
            partials.close(&mut self.b, open);
            let identity = match self.layout.lanes {
                1 => scalar::constant(&mut self.b, identity),
                _ => self.splatted_constant(identity),
            };
            match registers.get_mut(k) {
                Some(registers) => registers.fill(identity),
                None => partials.store(&mut self.b, 0, std::iter::repeat(identity)),
            }
        }
    }

    /// Reads the pointers of the streams that the piece has to do with; of a nest, for this row.
    fn starts(&mut self, l: &Loop, streams: &Streams, pointers: Value, row: Option<Value>) {
        let taken = self.body.iter().filter_map(|(_, inst, _)| match inst {
            Inst::Load(id, _) => Some(streams.view(id)),
            Inst::Temp(_) => Some(streams.temporaries_at()),
            _ => None,
        });
        let kept = l.keeps.iter().map(|_| streams.temporaries_at());
        let stored = l.stores.iter().map(|store| streams.output(store.output));
        for at in taken.chain(kept).chain(stored).chain(l.reduces.iter().map(|r| streams.partials(r.into))) {
            if self.starts[at].is_none() {
                let word = |b: &mut FunctionBuilder<'_>, at: usize| {
                    b.ins().load(types::I64, plain(), pointers, at as i32 * 8)
                };
                let mut start = word(&mut self.b, at);
                if let Some(row) = row {
                    let stride = word(&mut self.b, streams.count() + at);
                    let offset = self.b.ins().imul(row, stride);
                    start = self.b.ins().iadd(start, offset);
                }
                self.starts[at] = Some(start);
            }
        }
    }

    /// The start of a stream.
    fn start(&self, at: usize) -> Value {
        self.starts[at].expect("read before the loop")
    }

    /// Computes, once and as single values, all that depends on uniforms, constants and repeated elements alone.
    fn before_loop(&mut self, uniforms: Value, streams: &Streams, program: &Program) {
        let mut used_as_group = vec![false; self.body.len()];
        for (value, inst, ty) in self.body.iter() {
            let at = value.index();
            match inst {
                Inst::Uniform(id) => {
                    let cells = Cells::plain(program.uniforms[id.index()].ty, id.0 as i32 * 8);
                    let place = Place { address: uniforms, offset: cells.offset, cells };
                    self.invariant[at] = Some(memory::load_one(&mut self.b, &place, ty));
                }
                Inst::Load(id, component) if streams.is_repeated(id) => {
                    let cells = Cells::of(program.view_dtype(id), component);
                    let place = Place { address: self.start(streams.view(id)), offset: cells.offset, cells };
                    self.invariant[at] = Some(memory::load_one(&mut self.b, &place, ty));
                }
                Inst::Op(op, _) => {
                    let fixed = |v: &IrValue| {
                        self.invariant[v.index()].is_some() || matches!(self.body.inst(*v), Inst::Const(_))
                    };
                    if inst.operands().iter().all(fixed) {
                        let args: SmallVec<[Value; 3]> =
                            inst.operands().iter().map(|&v| self.single(v)).collect();
                        let from =
                            self.body.ty(*inst.operands().last().expect("every primitive has operands"));
                        self.invariant[at] = Some(scalar::primitive(&mut self.b, op, from, ty, &args));
                    } else {
                        for operand in inst.operands() {
                            used_as_group[operand.index()] = true;
                        }
                    }
                }
                Inst::Const(_) | Inst::Load(..) | Inst::Temp(_) => {}
            }
        }
        if self.layout.lanes == 1 {
            return;
        }
        let constants =
            self.body.iter().filter(|(v, ..)| used_as_group[v.index()] && self.body.constant(*v).is_some());
        let hoist = constants.count() <= HOISTED_CONSTANTS;
        for (value, inst, ty) in self.body.iter() {
            let at = value.index();
            if let Some(single) = self.invariant[at] {
                self.splat[at] = Some(self.splatted(single, ty));
            } else if let (Inst::Const(bits), true, true) = (inst, hoist, used_as_group[at]) {
                self.splat[at] = Some(self.splatted_constant(Word::from_bits(ty, bits)));
            }
        }
    }

    /// A value that is the same in every trip, as one value.
    fn single(&mut self, value: IrValue) -> Value {
        match self.body.constant(value) {
            Some(constant) => scalar::constant(&mut self.b, constant),
            None => self.invariant[value.index()].expect("computed before"),
        }
    }

    fn splatted(&mut self, single: Value, ty: Ty) -> Value {
        let clif = self.layout.reg_type(ty);
        let lane = match ty {
            Ty::Bool => {
                let wide = self.b.ins().uextend(clif.lane_type(), single);
                self.b.ins().ineg(wide)
            }
            _ => single,
        };
        self.b.ins().splat(clif, lane)
    }

    fn splatted_constant(&mut self, value: Word) -> Value {
        let ty = value.ty();
        let bits = match value {
            Word::Bool(v) => u64::from(v).wrapping_neg(),
            _ => value.to_bits(),
        };
        self.b.constant(self.layout.reg_type(ty), splat_bytes(bits, self.layout.size(ty)))
    }

    /// The registers of an operand, for the group at hand.
    fn operand(&mut self, value: IrValue) -> Operand {
        let constant = self.body.constant(value);
        let group = if let Some(group) = &self.groups[value.index()] {
            group.clone()
        } else if self.layout.lanes == 1 {
            Group::splat(self.single(value))
        } else if let Some(reg) = self.splat[value.index()] {
            Group::splat(reg)
        } else {
            let constant = constant.expect("every other value has its registers");
            Group::splat(self.splatted_constant(constant))
        };
        Operand { group, constant }
    }

    /// Stores a value of the group that begins `first` elements behind the one at hand.
    fn put(&mut self, value: IrValue, stream: usize, cells: Cells, index: Value, first: usize) {
        let group = self.operand(value).group;
        let place = self.place(stream, index, first, cells);
        memory::store(&mut self.b, self.layout, &place, self.body.ty(value), &group);
    }

    /// The cells of a stream for the group that begins `first` elements behind the one at hand.
    fn place(&mut self, stream: usize, index: Value, first: usize, cells: Cells) -> Place {
        let base = self.start(stream);
        let offset = self.b.ins().ishl_imm_u(index, i64::from(cells.stride.trailing_zeros()));
        let address = self.b.ins().iadd(base, offset);
        Place { address, offset: cells.offset + (first * cells.stride) as i32, cells }
    }
}
