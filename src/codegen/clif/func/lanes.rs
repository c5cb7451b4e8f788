//! Calls of bodies on lanes, by the ABI of [`crate::codegen::code`].
//!
//! Whether a body can run is found here, at run time: the elements of each stream must lie one after the other, there must be
//! enough trips, and no store may hit what another trip loads. Where it cannot, no trip runs, and the loop that follows
//! runs them all.

use cranelift::codegen::ir::BlockArg;
use cranelift::prelude::*;
use smallvec::{SmallVec, smallvec};

use super::super::group::plain;
use super::super::memory::Cells;
use super::super::scalar;
use super::arrays::{self, Descriptor, Parts};
use super::emit::Emitter;
use crate::codegen::code::LoopCode;
use crate::ir::func::{Lanes, Stream, Value as IrValue};
use crate::ops::{Op, Reduction};
use crate::reduce::{self, PARTIALS_BYTES};
use crate::types::{Component, Ty};

/// Partials lie on lines of the cache.
const LINE: i64 = 64;

/// The bytes from one address to before another.
#[derive(Clone, Copy)]
struct Span {
    from: Value,
    to: Value,
}

impl Emitter<'_, '_> {
    pub fn lanes(&mut self, lanes: &Lanes) {
        let bodies = self.bodies;
        let code = &bodies[lanes.body.index()].loops()[0];
        let reduced: SmallVec<[(Reduction, Ty); 2]> =
            code.reduces.iter().map(|&(reduction, ty, _)| (reduction, ty)).collect();
        let mut none: Parts = smallvec![self.number(0)];
        for &(reduction, ty) in &reduced {
            none.push(scalar::constant(&mut self.b, reduce::identity(reduction, ty)));
        }
        let Some(entry) = code.entry() else {
            for (&result, part) in lanes.results.iter().zip(none) {
                self.bind(result, smallvec![part]);
            }
            return;
        };
        let trips = self.one(lanes.trips);
        let mut after = self.label(&lanes.results);
        let run = self.b.create_block();
        let ok = self.can_run(lanes, code, trips);
        let args: SmallVec<[BlockArg; 4]> = none.iter().map(|&part| BlockArg::from(part)).collect();
        self.b.ins().brif(ok, run, &[], after.block, &args);
        self.b.switch_to_block(run);
        let (pointers, uniforms) = self.tables(lanes, code);
        let partials = self.partials(&reduced);
        let first =
            (lanes.loads.iter().filter(|stream| stream.axis.is_some()).count() + lanes.stores.len()) as i32;
        for (at, &address) in partials.iter().enumerate() {
            self.b.ins().store(plain(), address, pointers, 8 * (first + at as i32));
        }
        let step = code.step as i64;
        let whole = self.b.ins().band_imm_s(trips, -step);
        self.enter_body(entry, [pointers, uniforms, whole]);
        let mut done = whole;
        if self.may_repeat(lanes, &reduced) {
            // The last step begins before the one before it ends.
            let (rest, all) = (self.b.create_block(), self.b.create_block());
            let uneven = self.b.ins().icmp(IntCC::NotEqual, whole, trips);
            self.b.ins().brif(uneven, rest, &[], all, &[]);
            self.b.switch_to_block(rest);
            let back = self.b.ins().iadd_imm_s(trips, -step);
            for (stream, place) in streams(lanes, code) {
                let from = self.first(stream);
                let size = self.size(stream);
                let bytes = self.b.ins().imul_imm_s(back, size);
                let from = self.b.ins().iadd(from, bytes);
                self.b.ins().store(plain(), from, pointers, 8 * place);
            }
            let count = self.number(step);
            self.enter_body(entry, [pointers, uniforms, count]);
            self.b.ins().jump(all, &[]);
            self.b.switch_to_block(all);
            done = trips;
        }
        let mut parts: SmallVec<[BlockArg; 4]> = smallvec![BlockArg::from(done)];
        for (&(reduction, ty), &address) in reduced.iter().zip(&partials) {
            parts.push(BlockArg::from(self.join(reduction, ty, address)));
        }
        self.b.ins().jump(after.block, &parts);
        after.used = true;
        self.enter(&after);
    }

    fn enter_body(&mut self, entry: usize, args: [Value; 3]) {
        self.host_call(entry, &args, None);
    }

    /// Whether an element may be computed twice: none is stored where it was loaded, and no result counts it.
    fn may_repeat(&self, lanes: &Lanes, reduced: &[(Reduction, Ty)]) -> bool {
        let counts =
            reduced.iter().any(|(reduction, _)| !matches!(reduction, Reduction::Min | Reduction::Max));
        let in_place = |load: &Stream| lanes.stores.iter().any(|store| store.array == load.array);
        !counts && !lanes.loads.iter().any(in_place)
    }

    /// Whether trips may run on lanes.
    fn can_run(&mut self, lanes: &Lanes, code: &LoopCode, trips: Value) -> Value {
        let mut all = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, trips, code.step as i64);
        let mut seen: SmallVec<[(IrValue, u32); 8]> = smallvec![];
        for stream in moving(lanes) {
            let axis = stream.axis.expect("it moves");
            let rank = self.func.ty(stream.array).array().map_or(0, |(_, rank)| rank);
            let known = self.adjacent[stream.array.index()] && axis as usize + 1 == rank;
            if known || seen.contains(&(stream.array, axis)) {
                continue;
            }
            seen.push((stream.array, axis));
            let (size, stride) = (self.size(stream), self.descriptor(stream.array).0.strides[axis as usize]);
            let next = self.b.ins().icmp_imm_s(IntCC::Equal, stride, size);
            all = self.b.ins().band(all, next);
        }
        let mut pairs: SmallVec<[(IrValue, IrValue); 8]> = smallvec![];
        for (at, store) in lanes.stores.iter().enumerate() {
            let others = lanes.loads.iter().map(|load| (load, true));
            for (other, loaded) in others.chain(lanes.stores[..at].iter().map(|store| (store, false))) {
                let apart = if other.array == store.array {
                    let same = other.indices == store.indices && other.axis == store.axis;
                    if same && loaded && !other.late {
                        continue;
                    }
                    let [x, y] = [store, other].map(|stream| self.span(stream, trips));
                    let apart = self.apart(x, y);
                    // An element may be stored where the same trip has loaded it.
                    match loaded && !other.late && other.axis.is_some() {
                        true => {
                            let same = self.b.ins().icmp(IntCC::Equal, x.from, y.from);
                            self.b.ins().bor(apart, same)
                        }
                        false => apart,
                    }
                } else {
                    let pair = (store.array, other.array);
                    if pairs.contains(&pair) {
                        continue;
                    }
                    pairs.push(pair);
                    self.arrays_apart(store.array, other.array)
                };
                all = self.b.ins().band(all, apart);
            }
        }
        for &written in &lanes.writes {
            for load in &lanes.loads {
                let pair = (written, load.array);
                if !pairs.contains(&pair) {
                    pairs.push(pair);
                    let apart = self.arrays_apart(written, load.array);
                    all = self.b.ins().band(all, apart);
                }
            }
        }
        all
    }

    /// Whether two arrays have no element in one place.
    fn arrays_apart(&mut self, x: IrValue, y: IrValue) -> Value {
        let [x, y] = [x, y].map(|array| self.extent(array));
        self.apart(x, y)
    }

    fn apart(&mut self, x: Span, y: Span) -> Value {
        let before = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, x.to, y.from);
        let behind = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, y.to, x.from);
        self.b.ins().bor(before, behind)
    }

    /// Bytes of an element.
    fn size(&self, stream: &Stream) -> i64 {
        self.descriptor(stream.array).1.size() as i64
    }

    /// The address of the element of the first trip.
    fn first(&mut self, stream: &Stream) -> Value {
        let (_, dtype) = self.descriptor(stream.array);
        let component = if dtype.is_complex() { Component::Real } else { Component::Whole };
        debug_assert_eq!(Cells::of(dtype, component).offset, 0);
        let place = self.place(stream.array, &stream.indices, component);
        match place.offset {
            0 => place.address,
            offset => self.b.ins().iadd_imm_s(place.address, i64::from(offset)),
        }
    }

    /// Where the elements of all trips lie.
    fn span(&mut self, stream: &Stream, trips: Value) -> Span {
        let (from, size) = (self.first(stream), self.size(stream));
        let bytes = match stream.axis {
            Some(_) => self.b.ins().imul_imm_s(trips, size),
            None => self.number(size),
        };
        Span { from, to: self.b.ins().iadd(from, bytes) }
    }

    /// Where the elements of an array that has some lie. Depends on its descriptor alone, so that it moves out of loops.
    fn extent(&mut self, array: IrValue) -> Span {
        let parts = self.parts[array.index()].clone();
        let (_, dtype) = self.descriptor(array);
        let Descriptor { base, lengths, strides } = Descriptor::of(&parts);
        let mut span = Span { from: base, to: self.b.ins().iadd_imm_s(base, dtype.size() as i64) };
        for (axis, (&length, &stride)) in lengths.iter().zip(strides).enumerate() {
            let steps = self.b.ins().iadd_imm_s(length, -1);
            let bytes = self.b.ins().imul(steps, stride);
            if self.adjacent[array.index()] && axis + 1 == lengths.len() {
                span.to = self.b.ins().iadd(span.to, bytes);
                continue;
            }
            let zero = self.number(0);
            let falls = self.b.ins().icmp(IntCC::SignedLessThan, bytes, zero);
            let (below, above) =
                (self.b.ins().select(falls, bytes, zero), self.b.ins().select(falls, zero, bytes));
            span.from = self.b.ins().iadd(span.from, below);
            span.to = self.b.ins().iadd(span.to, above);
        }
        span
    }

    /// Writes the pointers of the streams, and the uniforms, and gives where.
    fn tables(&mut self, lanes: &Lanes, code: &LoopCode) -> (Value, Value) {
        let (_, pointers) = self.stack(code.views.len() + code.outputs.len() + code.reduces.len());
        for (stream, place) in streams(lanes, code) {
            let from = self.first(stream);
            self.b.ins().store(plain(), from, pointers, 8 * place);
        }
        let (_, uniforms) = self.stack(lanes.uniforms.len());
        for (at, &value) in lanes.uniforms.iter().enumerate() {
            let word = self.one(value);
            let word = arrays::to_word(&mut self.b, word, self.func.scalar(value));
            self.b.ins().store(plain(), word, uniforms, 8 * at as i32);
        }
        (pointers, uniforms)
    }

    /// Memory for the partials of each reduction, at their identity.
    fn partials(&mut self, reduced: &[(Reduction, Ty)]) -> Parts {
        let made = reduced.iter().map(|&(reduction, ty)| {
            let (_, start) = self.stack((PARTIALS_BYTES + LINE as usize) / 8);
            let start = self.b.ins().iadd_imm_s(start, LINE - 1);
            let start = self.b.ins().band_imm_s(start, -LINE);
            let word = scalar::constant(&mut self.b, reduce::identity(reduction, ty));
            let lanes = self.b.ins().splat(vector(ty), word);
            for at in (0..PARTIALS_BYTES).step_by(16) {
                self.b.ins().store(plain(), lanes, start, at as i32);
            }
            start
        });
        made.collect()
    }

    /// Joins partials of integers, or the least or the greatest of numbers.
    fn join(&mut self, reduction: Reduction, ty: Ty, partials: Value) -> Value {
        let mut joined: Option<Value> = None;
        for at in (0..PARTIALS_BYTES).step_by(16) {
            let next = self.b.ins().load(vector(ty), plain(), partials, at as i32);
            joined = Some(match joined {
                None => next,
                Some(joined) => match self.is_better(reduction, ty, next, joined) {
                    None => self.b.ins().iadd(joined, next),
                    Some(better) => {
                        let better = match ty.is_float() {
                            true => self.b.ins().bitcast(vector(ty), MemFlagsData::new(), better),
                            false => better,
                        };
                        self.b.ins().bitselect(better, next, joined)
                    }
                },
            });
        }
        let joined = joined.expect("there are partials");
        let mut result = self.b.ins().extractlane(joined, 0);
        for lane in 1..16 / ty.size() {
            let next = self.b.ins().extractlane(joined, lane as u8);
            result = match self.is_better(reduction, ty, next, result) {
                None => self.b.ins().iadd(result, next),
                Some(better) => self.b.ins().select(better, next, result),
            };
        }
        result
    }

    /// Whether `x` takes the place of `y`; `None` of sums.
    fn is_better(&mut self, reduction: Reduction, ty: Ty, x: Value, y: Value) -> Option<Value> {
        let op = match reduction {
            Reduction::Min => Op::Lt,
            Reduction::Max => Op::Gt,
            _ => return None,
        };
        Some(match ty.is_float() {
            true => self.b.ins().fcmp(scalar::float_condition(op).expect("a comparison"), x, y),
            false => self.b.ins().icmp(scalar::int_condition(op, ty).expect("a comparison"), x, y),
        })
    }
}

/// The streams of which each trip takes another element: views, then outputs.
fn moving(lanes: &Lanes) -> impl Iterator<Item = &Stream> {
    views(lanes).chain(&lanes.stores)
}

fn views(lanes: &Lanes) -> impl Iterator<Item = &Stream> {
    lanes.loads.iter().filter(|stream| stream.axis.is_some())
}

/// The streams that code has, each with its place in the table of pointers.
fn streams<'a>(lanes: &'a Lanes, code: &LoopCode) -> SmallVec<[(&'a Stream, i32); 8]> {
    let loads = code.views.iter().map(|(view, _)| views(lanes).nth(view.index()));
    let stores = code.outputs.iter().map(|(output, _)| lanes.stores.get(output.index()));
    let all = loads.chain(stores).map(|stream| stream.expect("the verifier counted them"));
    all.zip(0..).collect()
}

/// A vector of 16 bytes.
fn vector(ty: Ty) -> Type {
    match ty {
        Ty::F32 => types::F32X4,
        Ty::F64 => types::F64X2,
        _ if ty.size() == 4 => types::I32X4,
        _ => types::I64X2,
    }
}
