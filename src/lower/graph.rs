//! The graph of all values of a program, before it is cut into loops.
//!
//! Knows instructions, the space that a value has an element for each place of, and how deep in reductions
//! it lies. It must not know the tree. A value that stands on no reduction has level 0; the result of a
//! reduction of a value of level n has level n + 1, and is known only after the loops of level n.

use super::spaces::Spaces;
use crate::ir::{ArrayId, Inst, SpaceId, UniformId, Value};
use crate::math;
use crate::ops::{self, Op, Pairs, Primitives};
use crate::types::{Component, Ty, Word};

/// Every value, operands first.
pub(super) struct Graph<'a> {
    pub spaces: Spaces<'a>,
    nodes: Vec<Node>,
}

/// A value.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub source: Source,
    pub ty: Ty,
    level: u32,
    /// It has an element for each place of this one; `None` for a single value.
    pub space: Option<SpaceId>,
}

/// Where a value comes from.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// An instruction that loads nothing.
    Inst(Inst),
    /// The elements of an array, or a component of each.
    Array(ArrayId, Component),
    /// The elements of another value, which is broadcast to a space, at the places that the recipe of this one's
    /// space names.
    Reindex {
        /// The other value.
        of: Value,
        /// The space that it is broadcast to.
        over: SpaceId,
    },
}

impl Primitives for Graph<'_> {
    fn push(&mut self, op: Op, operands: &[Value], ty: Ty) -> Value {
        self.inst(Inst::op(op, operands), ty)
    }

    fn constant(&mut self, word: Word) -> Value {
        self.inst(Inst::Const(word.to_bits()), word.ty())
    }

    fn ty(&self, value: Value) -> Ty {
        self.node(value).ty
    }

    fn known(&self, value: Value) -> Option<Word> {
        match self.node(value).source {
            Source::Inst(Inst::Const(bits)) => Some(Word::from_bits(self.ty(value), bits)),
            _ => None,
        }
    }
}

impl Pairs for Graph<'_> {
    fn math(&mut self, op: Op, x: &[ops::Pair]) -> ops::Number {
        math::write_complex(self, op, x)
    }
}

impl<'a> Graph<'a> {
    pub(super) fn new(spaces: Spaces<'a>, capacity: usize) -> Graph<'a> {
        Graph { spaces, nodes: Vec::with_capacity(capacity) }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn node(&self, value: Value) -> &Node {
        &self.nodes[value.index()]
    }

    fn node_of(&mut self, source: Source, ty: Ty, level: u32, space: Option<SpaceId>) -> Value {
        self.nodes.push(Node { source, ty, level, space });
        Value(self.nodes.len() as u32 - 1)
    }

    pub(super) fn level(&self, value: Value) -> u32 {
        self.node(value).level
    }

    /// A component of the elements of an array of this shape.
    pub(super) fn array(&mut self, array: ArrayId, component: Component, ty: Ty, space: SpaceId) -> Value {
        self.node_of(Source::Array(array, component), ty, 0, Some(space))
    }

    pub(super) fn uniform(&mut self, uniform: UniformId, ty: Ty, level: u32) -> Value {
        self.node_of(Source::Inst(Inst::Uniform(uniform)), ty, level, None)
    }

    /// Elements of a value over `over`, as `space` says.
    pub(super) fn reindex(&mut self, of: Value, over: Option<SpaceId>, space: SpaceId) -> Value {
        let Node { ty, level, space: own, .. } = *self.node(of);
        match (own, over) {
            (Some(_), Some(over)) => self.node_of(Source::Reindex { of, over }, ty, level, Some(space)),
            // One value is at every place.
            _ => of,
        }
    }

    fn inst(&mut self, inst: Inst, ty: Ty) -> Value {
        let operands = || inst.operands().iter().map(|&operand| &self.nodes[operand.index()]);
        let level = operands().map(|node| node.level).max().unwrap_or(0);
        let space = self.spaces.broadcast(operands().map(|node| node.space), std::iter::empty());
        self.node_of(Source::Inst(inst), ty, level, space)
    }
}
