//! What is computed only if something else is so: `and`, `or`, `x if c else y`, chained comparisons.
//!
//! The operands that may be left out go into regions of a branch, unless they are so cheap, and so sure not to fail, that
//! computing them costs less than asking.

use super::super::number::Number;
use super::Lowering;
use super::value::Val;
use crate::check::Apply;
use crate::check::kernel::{Meaning, Type};
use crate::diag::Result;
use crate::ir::Value;
use crate::ir::func::{End, Values};
use crate::ops::{Function, Op, Primitives as _};
use crate::syntax::ast::{BinaryOp, NodeId, NodeKind};
use crate::types::{DType, Literal, Word};

/// Operands of at most so many nodes are computed rather than asked about.
const CHEAP: usize = 12;

/// Whether a node chooses which of its operands are computed.
pub(super) fn chooses(kind: &NodeKind, meaning: &Meaning) -> bool {
    match kind {
        NodeKind::Binary(BinaryOp::And | BinaryOp::Or, ..) | NodeKind::Conditional { .. } => {
            matches!(meaning, Meaning::Choice)
        }
        NodeKind::Compare(..) => matches!(meaning, Meaning::Chain(_)),
        _ => false,
    }
}

impl Lowering<'_> {
    /// The value of a node that chooses.
    pub(super) fn choice(&mut self, id: NodeId) -> Result<Val> {
        let nodes = self.function;
        match (&nodes.nodes[id.index()].kind, &self.unit.nodes[id.index()].meaning) {
            (NodeKind::Binary(op, ..), _) => {
                let ty = self.ty(id);
                let operands = self.chain(*op, id);
                if *ty == Type::Number(DType::Bool) {
                    return self
                        .truth_of_all(*op, &operands)
                        .map(|value| Val::Number(DType::Bool, Number::Real(value)));
                }
                let mut result = self.expression(operands[0])?;
                result = self.to(&result, ty);
                for &operand in &operands[1..] {
                    let holds = self.truth_of(&result);
                    // `and` goes on where it is true, `or` where it is not.
                    let other = result.clone();
                    let go_on = *op == BinaryOp::And;
                    result = self.either(
                        holds,
                        ty,
                        id,
                        |l| if go_on { l.expression(operand) } else { Ok(other.clone()) },
                        |l| if go_on { Ok(other.clone()) } else { l.expression(operand) },
                    )?;
                }
                Ok(result)
            }
            (NodeKind::Conditional { condition, then, otherwise }, _) => {
                let ty = self.ty(id);
                let holds = match self.condition(*condition)? {
                    Known::Always(holds) => {
                        let taken = self.expression(if holds { *then } else { *otherwise })?;
                        return Ok(self.to(&taken, ty));
                    }
                    Known::Value(value) => value,
                };
                if let (Type::Number(dtype), true, true) =
                    (ty, self.is_cheap(*then), self.is_cheap(*otherwise))
                {
                    let [x, y] = [*then, *otherwise].map(|operand| self.expression(operand));
                    let (x, y) = (self.number(&x?, *dtype), self.number(&y?, *dtype));
                    return Ok(Val::Number(*dtype, self.select(holds, x, y)));
                }
                self.either(holds, ty, id, |l| l.expression(*then), |l| l.expression(*otherwise))
            }
            (NodeKind::Compare(..), Meaning::Chain(links)) => {
                let value = self.links(id, links)?;
                Ok(Val::Number(DType::Bool, Number::Real(value)))
            }
            _ => unreachable!("it chooses"),
        }
    }

    /// The operands of a chain of one operator, which may be long, from left to right.
    fn chain(&self, op: BinaryOp, mut id: NodeId) -> Vec<NodeId> {
        let mut operands = Vec::new();
        while let NodeKind::Binary(found, x, y) = self.kind(id)
            && *found == op
            && matches!(self.unit.nodes[id.index()].meaning, Meaning::Choice)
        {
            operands.push(*y);
            id = *x;
        }
        operands.push(id);
        operands.reverse();
        operands
    }

    /// Whether all operands are true, or any of them is.
    fn truth_of_all(&mut self, op: BinaryOp, operands: &[NodeId]) -> Result<Value> {
        let all = op == BinaryOp::And;
        let mut result = match self.condition(operands[0])? {
            Known::Always(holds) => self.b.constant(Word::Bool(holds)),
            Known::Value(value) => value,
        };
        for &operand in &operands[1..] {
            if self.is_cheap(operand) {
                let other = self.condition(operand)?;
                let other = self.known(other);
                result = self.b.op(if all { Op::And } else { Op::Or }, &[result, other]);
                continue;
            }
            let ty = Type::Number(DType::Bool);
            let decided = Val::Literal(Literal::Bool(!all));
            let ask = |l: &mut Self| {
                let value = l.condition(operand)?;
                Ok(Val::Number(DType::Bool, Number::Real(l.known(value))))
            };
            let value = match all {
                true => self.either(result, &ty, operand, ask, |_| Ok(decided))?,
                false => self.either(result, &ty, operand, |_| Ok(decided), ask)?,
            };
            result = self.truth_of(&value);
        }
        Ok(result)
    }

    fn known(&mut self, known: Known) -> Value {
        match known {
            Known::Always(holds) => self.b.constant(Word::Bool(holds)),
            Known::Value(value) => value,
        }
    }

    /// Whether an expression is true, which may be known.
    pub(super) fn condition(&mut self, id: NodeId) -> Result<Known> {
        if let Type::Literal(value) = self.ty(id) {
            return Ok(Known::Always(crate::check::truth(*value)));
        }
        match self.kind(id) {
            NodeKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), ..)
                if matches!(self.unit.nodes[id.index()].meaning, Meaning::Choice) =>
            {
                let operands = self.chain(*op, id);
                self.truth_of_all(*op, &operands).map(Known::Value)
            }
            _ => {
                let value = self.expression(id)?;
                Ok(Known::Value(self.truth_of(&value)))
            }
        }
    }

    /// One of two values in a type, each made in a region of its own.
    pub(super) fn either(
        &mut self,
        holds: Value,
        ty: &Type,
        id: NodeId,
        then: impl FnOnce(&mut Self) -> Result<Val>,
        otherwise: impl FnOnce(&mut Self) -> Result<Val>,
    ) -> Result<Val> {
        let span = self.span(id);
        let then = self.yielded(ty, span, then)?;
        let otherwise = self.yielded(ty, span, otherwise)?;
        let results = self.b.branch(holds, then, otherwise);
        Ok(Val::read(ty, &mut results.into_iter()))
    }

    fn yielded(
        &mut self,
        ty: &Type,
        span: crate::diag::Span,
        make: impl FnOnce(&mut Self) -> Result<Val>,
    ) -> Result<crate::ir::func::Region> {
        self.open(&[], span)?;
        let value = make(self)?;
        let mut values = Values::new();
        self.to(&value, ty).write(&mut values);
        Ok(self.close(End::Yield(values)))
    }

    /// Whether an expression is a few operations on numbers, none of which can fail.
    pub(super) fn is_cheap(&self, root: NodeId) -> bool {
        let first = self.flow.first[root.index()];
        let nodes = first..=root.0;
        nodes.clone().count() <= CHEAP
            && nodes.into_iter().all(|at| {
                let node = &self.unit.nodes[at as usize];
                match &node.meaning {
                    Meaning::Known => true,
                    Meaning::Variable(variable) => {
                        matches!(node.ty, Type::Number(_))
                            && self.variables[variable.index()]
                                .as_ref()
                                .is_some_and(|held| held.set.is_none())
                    }
                    Meaning::Apply(apply) => matches!(node.ty, Type::Number(_)) && is_cheap(apply),
                    _ => false,
                }
            })
    }

    /// Each operand once, each link where those before hold.
    fn links(&mut self, id: NodeId, links: &[Apply]) -> Result<Value> {
        let first = self.expression(links[0].args()[0])?;
        self.values[links[0].args()[0].index()] = first;
        self.link(id, links)
    }

    fn link(&mut self, id: NodeId, links: &[Apply]) -> Result<Value> {
        let (apply, rest) = links.split_first().expect("a chain has links");
        let right = apply.args()[1];
        let value = self.expression(right)?;
        self.values[right.index()] = value;
        let holds = self.compared(id, apply)?;
        let Some(next) = rest.first() else { return Ok(holds) };
        if rest.iter().all(|link| self.is_cheap(link.args()[1])) {
            let others = self.link(id, rest)?;
            return Ok(self.b.op(Op::And, &[holds, others]));
        }
        let ty = Type::Number(DType::Bool);
        let go_on =
            |l: &mut Self| l.link(id, rest).map(|value| Val::Number(DType::Bool, Number::Real(value)));
        let value =
            self.either(holds, &ty, next.args()[1], go_on, |_| Ok(Val::Literal(Literal::Bool(false))))?;
        Ok(self.truth_of(&value))
    }
}

/// A truth value that may be known.
#[derive(Clone, Copy)]
pub(super) enum Known {
    Always(bool),
    Value(Value),
}

/// Whether a function is an instruction or two, which cannot fail.
fn is_cheap(apply: &Apply) -> bool {
    use Function as F;
    !apply.compute.is_complex()
        && matches!(
            apply.function,
            F::Add
                | F::Subtract
                | F::Multiply
                | F::Negative
                | F::Positive
                | F::Abs
                | F::BitwiseAnd
                | F::BitwiseOr
                | F::BitwiseXor
                | F::Invert
                | F::LogicalNot
                | F::Equal
                | F::NotEqual
                | F::Less
                | F::LessEqual
                | F::Greater
                | F::GreaterEqual
        )
}
