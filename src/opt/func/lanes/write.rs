//! The loop, in blocks of trips of which some run on lanes.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::copy::Copier;
use super::trip::{Carried, FEWEST, OldStream, Trip};
use crate::ir;
use crate::ir::func::{BodyId, End, Inst, Lanes, Node, Stream, Type, Value, Values};
use crate::ir::{Array, Extent, Output, OutputId, Program, Recipe, Reduce, Space, SpaceId, Store, Uniform};
use crate::ir::{UniformId, UniformSource, View};
use crate::math;
use crate::ops::{Op, Primitives as _, Reduction};
use crate::opt::dead;
use crate::reduce;
use crate::types::{Component, DType, Ty, Word};

/// Trips between two looks at whether the run is cancelled.
const MOST: i64 = 1 << 20;

/// Trips between which values go through memory of the function's own.
const SCRATCH: i64 = 256;

/// Memory of the function's own.
struct Scratch {
    /// The numbers from 0 on.
    numbers: Option<Value>,
    /// What trips leave for the loop in order.
    feeds: Vec<Value>,
}

impl<'a> Trip<'a> {
    /// The body as a program.
    fn program(&self) -> Program {
        let func = self.func;
        let dtype = |stream: &OldStream| {
            stream.array.and_then(|array| func.ty(array).array()).map_or(DType::Int64, |(dtype, _)| dtype)
        };
        let space = SpaceId(0);
        let mut program = Program {
            spaces: vec![Space { recipe: Recipe::Single, spans: Default::default() }],
            ..Program::default()
        };
        for load in self.moving() {
            let array = ir::ArrayId(program.arrays.len() as u32);
            program.arrays.push(Array { name: String::new(), dtype: dtype(load) });
            program.views.push(View { array, path: Vec::new(), space });
        }
        let feeds = self.feeds.iter().map(|&(_, value)| self.body.ty(value).dtype());
        let outputs = self.stores.iter().map(dtype).chain(feeds);
        program.outputs = outputs.map(|dtype| Output { dtype, extent: Extent::Space(space) }).collect();
        let mut stores = self.stored.clone();
        for (at, &(_, value)) in self.feeds.iter().enumerate() {
            let output = OutputId((self.stores.len() + at) as u32);
            stores.push(Store { output, component: Component::Whole, value });
        }
        for &value in &self.uniforms {
            let ty = func.scalar(value);
            let (name, dtype) = (String::new(), ty.dtype());
            let source = UniformSource::Param { name, dtype, component: Component::Whole };
            program.uniforms.push(Uniform { ty, source });
        }
        let mut reduces = Vec::new();
        for carried in &self.carried {
            if let Carried::Joined { reduction, value, .. } = *carried {
                let into = UniformId(program.uniforms.len() as u32);
                program.uniforms.push(Uniform { ty: self.body.ty(value), source: UniformSource::Reduced });
                reduces.push(Reduce { reduction, value, into });
            }
        }
        program.loops.push(ir::Loop {
            extent: Extent::Space(space),
            body: self.body.body().clone(),
            stores,
            reduces,
            ..ir::Loop::default()
        });
        if program.loops.iter().any(math::is_used) {
            math::expand(&mut program);
        }
        dead::run(&mut program.loops[0], &mut ir::Builder::default());
        program
    }

    /// Writes the loop: blocks of trips, of which some run on lanes.
    pub fn write(&self, copier: &mut Copier<'a, '_>, bodies: &mut Vec<Arc<Program>>) {
        let Node::For { start, stop, carried, body, results, .. } = self.node else {
            unreachable!("it is a range")
        };
        bodies.push(Arc::new(self.program()));
        let id = BodyId(bodies.len() as u32 - 1);
        let joined: Vec<(Reduction, Ty, bool)> = self
            .carried
            .iter()
            .filter_map(|carried| match *carried {
                Carried::Joined { reduction, value, exact } => Some((reduction, self.body.ty(value), exact)),
                Carried::Same | Carried::Ordered => None,
            })
            .collect();
        let most = match joined.is_empty() {
            _ if self.uses_scratch() => SCRATCH,
            true => MOST,
            false => reduce::BLOCK as i64,
        };
        let [start, stop] = [start, stop].map(|&value| copier.became(value));
        let carried = copier.all(carried);
        let most = copier.b.number(most, Ty::I64);
        let origin = copier.b.number(0, Ty::I64);
        let scratch = self.scratch(copier, start, stop);
        let states = self.states(copier);
        states
            .iter()
            .for_each(|&(at, state)| copier.b.store(state, Component::Whole, &[origin], carried[at]));
        let is_kept = |at: usize| states.iter().all(|&(other, _)| at != other);
        let kept: Vec<usize> = (0..carried.len()).filter(|&at| is_kept(at)).collect();
        let types = kept.iter().map(|&at| copier.b.ty(carried[at]));
        let types: Vec<Type> = [Ty::I64.into()].into_iter().chain(types).collect();
        let params = copier.b.open(&types);
        let first = params[0];
        let mut handed = carried.clone();
        kept.iter().zip(&params[1..]).for_each(|(&at, &param)| handed[at] = param);
        copier.set(self.params, &handed);
        // As many as are left, which may be more than an i64 holds.
        let b = &mut *copier.b;
        let [fewest, zero, one] = [FEWEST, 0, 1].map(|number| b.number(number, Ty::I64));
        let left = b.op(Op::Sub, &[stop, first]);
        let (below, sign) = (b.op(Op::Lt, &[left, most]), b.op(Op::Ge, &[left, zero]));
        let few = b.op(Op::And, &[below, sign]);
        let trips = b.op(Op::Select, &[few, left, most]);
        let enough = b.op(Op::Ge, &[trips, fewest]);
        b.open(&[]);
        let mut ran = self.lanes(copier, id, first, trips, &joined, &scratch);
        // A zero whose sign is not known: then none has run, for any of the results.
        let mut unknown: Option<Value> = None;
        for (at, &(reduction, ty, exact)) in joined.iter().enumerate() {
            if exact {
                continue;
            }
            let (b, handed) = (&mut *copier.b, self.handed(&handed, at));
            let nothing = b.number(0, ty);
            let is_zero = b.op(Op::Eq, &[ran[at + 1], nothing]);
            let better = b.op(better(reduction), &[ran[at + 1], handed]);
            let now = b.op(Op::And, &[is_zero, better]);
            unknown = Some(unknown.map_or(now, |before| b.op(Op::Or, &[before, now])));
        }
        let identities = joined.iter().map(|&(reduction, ty, _)| reduce::identity(reduction, ty));
        let none: Vec<Word> = [Word::I64(0)].into_iter().chain(identities).collect();
        if let Some(unknown) = unknown {
            for (ran, &none) in ran.iter_mut().zip(&none) {
                let none = copier.b.constant(none);
                *ran = copier.b.op(Op::Select, &[unknown, none, *ran]);
            }
        }
        let then = copier.b.close(End::Yield(ran));
        copier.b.open(&[]);
        let none: Values = none.into_iter().map(|word| copier.b.constant(word)).collect();
        let otherwise = copier.b.close(End::Yield(none));
        let ran = copier.b.branch(enough, then, otherwise);
        let b = &mut *copier.b;
        let from = b.op(Op::Add, &[first, ran[0]]);
        let to = b.op(Op::Add, &[first, trips]);
        let mut next = handed.clone();
        let places = self.carried.iter().enumerate().filter(|(_, c)| matches!(c, Carried::Joined { .. }));
        for ((place, _), (&ran, &(reduction, ..))) in places.zip(ran[1..].iter().zip(&joined)) {
            let handed = handed[place];
            next[place] = match reduction {
                Reduction::Sum => b.op(Op::Add, &[handed, ran]),
                _ => {
                    let better = b.op(better(reduction), &[ran, handed]);
                    b.op(Op::Select, &[better, ran, handed])
                }
            };
        }
        states.iter().for_each(|&(at, state)| next[at] = copier.b.load(state, Component::Whole, &[origin]));
        self.write_ordered(copier, [first, ran[0]], &mut next, &scratch);
        let rest = copier.region(body, &mut |_, _| false);
        let ended = copier.b.range([from, to, one], &next, rest);
        states.iter().for_each(|&(at, state)| copier.b.store(state, Component::Whole, &[origin], ended[at]));
        let all = |values: &[Value]| kept.iter().map(|&at| values[at]).collect::<Values>();
        let block = copier.b.close(End::Yield(all(&ended)));
        let made = copier.b.range([start, stop, most], &all(&carried), block);
        copier.set(&all(results), &made);
        for &(at, state) in &states {
            let made = copier.b.load(state, Component::Whole, &[origin]);
            copier.set(&[results[at]], &[made]);
        }
    }

    /// Memory for floats that are handed on in order. Calls leave no register for them, and what lives across a call in one stays out of
    /// registers in the loops between calls too.
    fn states(&self, copier: &mut Copier<'a, '_>) -> Vec<(usize, Value)> {
        let carried = self.carried.iter().zip(self.params).enumerate();
        let floats = carried.filter_map(|(at, (carried, &param))| match (carried, copier.old.ty(param)) {
            (Carried::Ordered, Type::Scalar(ty)) if ty.is_float() => Some((at, ty)),
            _ => None,
        });
        let state = |(at, ty): (usize, Ty)| {
            let array = Type::Array { dtype: ty.dtype(), rank: 1 };
            (at, copier.b.inst(Inst::Scratch(1), array))
        };
        floats.map(state).collect::<Vec<_>>()
    }

    /// Memory for the numbers of a block, and for what trips leave.
    fn scratch(&self, copier: &mut Copier<'a, '_>, start: Value, stop: Value) -> Scratch {
        let b = &mut *copier.b;
        let array = |dtype| Type::Array { dtype, rank: 1 };
        let feeds = self.feeds.iter().map(|&(_, value)| self.body.ty(value).dtype());
        let feeds = feeds.map(|dtype| b.inst(Inst::Scratch(SCRATCH as u64), array(dtype))).collect();
        let counts = self.loads.iter().any(|load| load.array.is_none());
        let numbers = counts.then(|| {
            let numbers = b.inst(Inst::Scratch(SCRATCH as u64), array(DType::Int64));
            let [zero, one, most] = [0, 1, SCRATCH].map(|number| b.number(number, Ty::I64));
            let left = b.op(Op::Sub, &[stop, start]);
            let (few, any) = (b.op(Op::Lt, &[left, most]), b.op(Op::Gt, &[left, zero]));
            let few = b.op(Op::And, &[few, any]);
            let trips = b.op(Op::Select, &[few, left, most]);
            let number = b.open(&[Ty::I64.into()])[0];
            b.store(numbers, Component::Whole, &[number], number);
            let body = b.close(End::Yield(Values::new()));
            b.range([zero, trips, one], &[], body);
            numbers
        });
        Scratch { numbers, feeds }
    }

    /// The loop in order over the trips that ran on lanes; changes what is handed to the others.
    fn write_ordered(
        &self,
        copier: &mut Copier<'a, '_>,
        trips: [Value; 2],
        handed: &mut Values,
        scratch: &Scratch,
    ) {
        let Node::For { body, .. } = self.node else { unreachable!("it is a range") };
        let ordered = self.carried.iter().enumerate().filter(|(_, c)| matches!(c, Carried::Ordered));
        let places: Vec<usize> = ordered.map(|(at, _)| at).collect();
        if places.is_empty() && self.in_order.is_empty() {
            return;
        }
        let yields = body.end.values();
        let before: Vec<Value> = places.iter().map(|&at| handed[at]).collect();
        let next: Vec<Value> = places.iter().map(|&at| yields[at]).collect();
        let made = self.in_order(copier, trips, &before, &scratch.feeds, &next);
        places.iter().zip(made).for_each(|(&at, made)| handed[at] = made);
    }

    /// The value that is handed to the trips of the reduction that is so manyth.
    fn handed(&self, handed: &[Value], at: usize) -> Value {
        let joined = self.carried.iter().zip(handed).filter(|(c, _)| matches!(c, Carried::Joined { .. }));
        *joined.map(|(_, handed)| handed).nth(at).expect("a carried value for each")
    }

    /// The trips on lanes, in the open region; gives what they give.
    fn lanes(
        &self,
        copier: &mut Copier<'a, '_>,
        body: BodyId,
        first: Value,
        trips: Value,
        joined: &[(Reduction, Ty, bool)],
        scratch: &Scratch,
    ) -> Values {
        let made = &mut HashMap::from([(self.number, first)]);
        let mut trips = trips;
        let none = copier.b.number(0, Ty::I64);
        for &check in &self.checks {
            let ok = self.made(copier, made, check);
            trips = copier.b.op(Op::Select, &[ok, trips, none]);
        }
        let own =
            |array: Value| Stream { array, indices: Values::from_slice(&[none]), axis: Some(0), late: false };
        let mut streams = |streams: &[OldStream]| -> Vec<Stream> {
            let stream = |stream: &OldStream| match stream.array {
                None => own(scratch.numbers.expect("they are counted")),
                Some(array) => {
                    let array = copier.became(array);
                    let indices =
                        stream.indices.iter().map(|&index| self.made(copier, made, index)).collect();
                    Stream { array, indices, axis: stream.axis, late: stream.late }
                }
            };
            streams.iter().map(stream).collect()
        };
        let (loads, mut stores) = (streams(&self.loads), streams(&self.stores));
        stores.extend(scratch.feeds.iter().map(|&feed| own(feed)));
        let uniforms = self.uniforms.iter().map(|&value| self.made(copier, made, value)).collect();
        let writes = copier.all(&self.writes);
        let types = [Ty::I64].into_iter().chain(joined.iter().map(|&(_, ty, _)| ty));
        let results: Values = types.map(|ty| copier.b.value(ty.into())).collect();
        let lanes = Lanes { results: results.clone(), trips, body, loads, stores, writes, uniforms };
        copier.b.push(Node::Lanes(Box::new(lanes)));
        results
    }
}

/// The comparison by which a value takes the place of another.
fn better(reduction: Reduction) -> Op {
    if reduction == Reduction::Min { Op::Lt } else { Op::Gt }
}
