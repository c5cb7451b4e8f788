//! Random numbers, made of the 64 bits that a stream gives next.

use super::super::number::Number;
use super::Lowering;
use super::value::Val;
use crate::check::kernel::{Checked, Distribution, Intrinsic, Meaning, Type, UnitId};
use crate::diag::{ErrorKind, Result};
use crate::ir::Value;
use crate::ir::func::Service;
use crate::ops::{Function, Op, Primitives as _};
use crate::syntax::ast::NodeId;
use crate::types::{DType, Literal, Ty, Word};

/// For each unit, whether it draws random numbers, or one that it calls.
pub(super) fn draws(checked: &Checked) -> Vec<bool> {
    let mut found = vec![false; checked.units.len()];
    loop {
        let draws: Vec<bool> = (checked.units.iter())
            .map(|unit| {
                unit.nodes.iter().any(|node| match node.meaning {
                    Meaning::Intrinsic(Intrinsic::Random(..), _) => true,
                    Meaning::Call(UnitId(callee), _) | Meaning::Map(UnitId(callee), _) => {
                        found[callee as usize]
                    }
                    _ => false,
                })
            })
            .collect();
        if draws == found {
            return found;
        }
        found = draws;
    }
}

impl Lowering<'_> {
    pub(super) fn random(
        &mut self,
        id: NodeId,
        distribution: Distribution,
        given: [bool; 2],
        args: &[NodeId],
    ) -> Result<Val> {
        let mut args = args.iter().copied();
        let dtype = if distribution == Distribution::Integers { DType::Int64 } else { DType::Float64 };
        let params = [0, 1].map(|at| match given[at] {
            true => self.value(args.next().expect("it is given")).clone(),
            false => Val::Literal(Literal::Int(at as i128)),
        });
        let params = params.map(|param| self.number(&param, dtype).single());
        if distribution == Distribution::Integers {
            let some = self.b.op(Op::Lt, &params);
            let message = "ValueError: there is no integer from {} to before {}";
            let site = self.site(self.span(id), ErrorKind::Value, message, &[Ty::I64; 2]);
            self.b.check(some, site, &params);
        }
        let shape: Vec<NodeId> = args.collect();
        if let Type::Number(_) = self.ty(id) {
            return Ok(Val::Number(dtype, Number::Real(self.drawn(distribution, params))));
        }
        let span = self.span(id);
        let lengths = self.shape(&shape)?;
        let array = self.allocate(span, dtype, &lengths);
        self.nest(&lengths, span, &mut |l, indices| {
            let number = Number::Real(l.drawn(distribution, params));
            l.store_at(array, indices, &Val::Number(dtype, number));
            Ok(())
        })?;
        Ok(Val::Array(array))
    }

    fn drawn(&mut self, distribution: Distribution, [first, second]: [Value; 2]) -> Value {
        match distribution {
            Distribution::Uniform => {
                let place = self.unit_interval();
                let width = self.b.op(Op::Sub, &[second, first]);
                let far = self.b.op(Op::Mul, &[width, place]);
                self.b.op(Op::Add, &[first, far])
            }
            Distribution::Normal => {
                let standard = self.normal();
                let far = self.b.op(Op::Mul, &[second, standard]);
                self.b.op(Op::Add, &[first, far])
            }
            Distribution::Integers => {
                let [low, high] = [first, second].map(|end| self.b.convert(end, Ty::U64));
                let count = self.b.op(Op::Sub, &[high, low]);
                let bits = self.bits();
                // Off by one part in 2^64 of the count.
                let place = self.b.op(Op::Mod, &[bits, count]);
                let number = self.b.op(Op::Add, &[low, place]);
                self.b.convert(number, Ty::I64)
            }
        }
    }

    /// What the streams of a parallel loop begin from, if the function draws random numbers.
    pub(super) fn seed_of_chunks(&mut self) -> Option<Value> {
        self.draws.then(|| self.bits())
    }

    /// Begins the stream of a chunk of a parallel loop.
    pub(super) fn begin_chunk(&mut self, seed: Option<Value>, number: Value) {
        if let Some(seed) = seed {
            let number = self.b.convert(number, Ty::U64);
            self.b.serve(Service::Begin, &[seed, number]);
        }
    }

    fn bits(&mut self) -> Value {
        self.b.serve(Service::Random, &[])[0]
    }

    /// A multiple of 2^-53 from 0 to before 1.
    fn unit_interval(&mut self) -> Value {
        let bits = self.bits();
        let eleven = self.b.number(11, Ty::U64);
        let bits = self.b.op(Op::Shr, &[bits, eleven]);
        let number = self.b.convert(bits, Ty::F64);
        let unit = self.b.constant(Word::F64(1.0 / (1u64 << 53) as f64));
        self.b.op(Op::Mul, &[number, unit])
    }

    /// A number of the standard normal distribution, of two random ones (G. E. P. Box, M. E. Muller, A note on the generation
    /// of random normal deviates, 1958).
    fn normal(&mut self) -> Value {
        let [first, second] = [(); 2].map(|()| self.unit_interval());
        let one = self.b.constant(Word::F64(1.0));
        // From above 0 to 1: it has a logarithm.
        let above = self.b.op(Op::Sub, &[one, first]);
        let log = Function::Log.of(&mut self.b, &[above]);
        let minus_two = self.b.constant(Word::F64(-2.0));
        let square = self.b.op(Op::Mul, &[minus_two, log]);
        let radius = self.b.op(Op::Sqrt, &[square]);
        let turn = self.b.constant(Word::F64(std::f64::consts::TAU));
        let angle = self.b.op(Op::Mul, &[turn, second]);
        let cosine = Function::Cos.of(&mut self.b, &[angle]);
        self.b.op(Op::Mul, &[radius, cosine])
    }

    /// Begins the stream of a seed.
    pub(super) fn seed(&mut self, seed: NodeId) -> Val {
        let value = self.value(seed).clone();
        let seed = self.number(&value, DType::Int64).single();
        let seed = self.b.convert(seed, Ty::U64);
        let zero = self.b.number(0, Ty::U64);
        self.b.serve(Service::Begin, &[seed, zero]);
        Val::Nothing
    }
}
