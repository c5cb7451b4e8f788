//! The graph of all values of a program, before it is cut into loops.
//!
//! Knows instructions and how deep in reductions a value lies. It must not know the tree. A value
//! that stands on no reduction has level 0; the result of a reduction of a value of level n has
//! level n + 1, and is known only after the loop n.

use crate::ir::{Body, Inst, Loop, NO_VALUE, UniformId, Value, ViewId};
use crate::ops::Op;
use crate::types::{DType, Scalar};

/// Every value, operands first.
#[derive(Default)]
pub(super) struct Graph {
    body: Body,
    levels: Vec<u32>,
}

impl Graph {
    pub(super) fn with_capacity(values: usize) -> Graph {
        Graph { body: Body::default(), levels: Vec::with_capacity(values) }
    }

    fn push(&mut self, inst: Inst, dtype: DType, level: u32) -> Value {
        self.levels.push(level);
        self.body.push(inst, dtype)
    }

    pub(super) fn dtype(&self, value: Value) -> DType {
        self.body.dtype(value)
    }

    pub(super) fn level(&self, value: Value) -> u32 {
        self.levels[value.index()]
    }

    pub(super) fn constant(&mut self, value: Scalar) -> Value {
        self.push(Inst::Const(value.to_bits()), value.dtype(), 0)
    }

    /// A small integer as a value of any type.
    pub(super) fn small(&mut self, value: i32, dtype: DType) -> Value {
        self.constant(Scalar::Int32(value).cast(dtype))
    }

    pub(super) fn load(&mut self, view: ViewId, dtype: DType) -> Value {
        self.push(Inst::Load(view), dtype, 0)
    }

    pub(super) fn uniform(&mut self, uniform: UniformId, dtype: DType, level: u32) -> Value {
        self.push(Inst::Uniform(uniform), dtype, level)
    }

    pub(super) fn op(&mut self, op: Op, operands: &[Value]) -> Value {
        let last = operands[operands.len() - 1];
        let dtype = if op.info().predicate { DType::Bool } else { self.dtype(last) };
        let level = operands.iter().map(|&v| self.level(v)).max().unwrap_or(0);
        self.push(Inst::op(op, operands), dtype, level)
    }

    /// The value in `dtype`; as bool, whether it is not 0.
    pub(super) fn convert(&mut self, value: Value, dtype: DType) -> Value {
        match (self.dtype(value), dtype) {
            (from, to) if from == to => value,
            (from, DType::Bool) => {
                let zero = self.small(0, from);
                self.op(Op::Ne, &[value, zero])
            }
            _ => self.push(Inst::op(Op::Convert, &[value]), dtype, self.level(value)),
        }
    }
}

/// Copies parts of a graph into bodies.
pub(super) struct Cutter<'g> {
    graph: &'g Graph,
    /// For each value, its place in the body being filled.
    places: Vec<Value>,
    needed: Vec<Value>,
}

impl<'g> Cutter<'g> {
    pub(super) fn new(graph: &'g Graph) -> Cutter<'g> {
        Cutter { graph, places: vec![NO_VALUE; graph.body.len()], needed: Vec::new() }
    }

    /// Fills the body of a loop whose stores and reduces still speak of the graph: with what they need
    /// and nothing else, in the order of the graph. Takes the time of that body, however large the
    /// graph. Gives the number of primitives, or None, with the body left empty, if it is above `limit`.
    pub(super) fn cut(&mut self, l: &mut Loop, limit: usize) -> Option<usize> {
        let Cutter { graph, places, needed } = self;
        needed.clear();
        let mut need = |value: Value, needed: &mut Vec<Value>| {
            if places[value.index()] == NO_VALUE {
                places[value.index()] = value;
                needed.push(value);
            }
        };
        l.roots().for_each(|root| need(root, needed));
        let (mut next, mut primitives) = (0, 0);
        while let Some(&value) = needed.get(next) {
            let inst = graph.body.inst(value);
            primitives += usize::from(matches!(inst, Inst::Op(..)));
            inst.operands().iter().for_each(|&operand| need(operand, needed));
            next += 1;
        }
        if primitives > limit {
            return None;
        }
        needed.sort_unstable();
        for &value in &*needed {
            let inst = graph.body.inst(value).map(|operand| places[operand.index()]);
            places[value.index()] = l.body.push(inst, graph.dtype(value));
        }
        l.stores.iter_mut().for_each(|(_, value)| *value = places[value.index()]);
        l.reduces.iter_mut().for_each(|r| r.value = places[r.value.index()]);
        needed.iter().for_each(|value| places[value.index()] = NO_VALUE);
        Some(primitives)
    }
}
