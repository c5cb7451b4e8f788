//! Expressions: one walk over the nodes of each, operands first, save for those that a choice may leave out.

use super::super::number::Number;
use super::value::Val;
use super::{Held, Lowering, types};
use crate::check::kernel::{Argument, Meaning, Type, UnitId};
use crate::diag::{ErrorKind, Result};
use crate::ir::func;
use crate::ops::{Op, Primitives as _};
use crate::syntax::ast::{NodeId, NodeKind};
use crate::types::{DType, Ty};

impl Lowering<'_> {
    /// The value of an expression.
    pub(super) fn expression(&mut self, root: NodeId) -> Result<Val> {
        let mut at = self.flow.first[root.index()];
        while at <= root.0 {
            // The outermost choice that begins here and lies within.
            let choices = self.choices[at as usize].iter().rev();
            let choice = choices.copied().find(|choice| *choice <= root);
            let id = choice.unwrap_or(NodeId(at));
            let value = match choice {
                Some(id) => self.choice(id)?,
                None => self.node(id)?,
            };
            self.values[id.index()] = value;
            at = id.0 + 1;
        }
        match self.ty(root) {
            Type::Array { .. } if self.is_elementwise(root) => self.elementwise(root),
            _ => Ok(self.values[root.index()].clone()),
        }
    }

    pub(super) fn value(&self, id: NodeId) -> &Val {
        &self.values[id.index()]
    }

    fn node(&mut self, id: NodeId) -> Result<Val> {
        let unit = self.unit;
        let node = &unit.nodes[id.index()];
        Ok(match &node.meaning {
            Meaning::Known => match &node.ty {
                Type::Literal(value) => Val::Literal(*value),
                Type::Tuple(items) => self.constant_tuple(items),
                _ => Val::Nothing,
            },
            Meaning::Variable(variable) => {
                let held = self.variables[variable.index()].clone();
                let Some(Held { value, set }) = held else { return Ok(Val::Nothing) };
                if let Some(set) = set {
                    let name = &self.flow.names[variable.index()];
                    let message = format!("UnboundLocalError: `{name}` has no value here");
                    let site = self.site(self.span(id), ErrorKind::Name, message, &[]);
                    self.b.check(set, site, &[]);
                }
                value
            }
            // Elements are computed where the whole expression is.
            Meaning::Apply(_) if self.is_elementwise(id) => Val::Nothing,
            Meaning::Apply(apply) if apply.function.is_reduction() => self.reduction(id, apply)?,
            Meaning::Apply(apply) => self.scalar(id, apply)?,
            Meaning::Chain(_) | Meaning::Choice => unreachable!("choices are made apart"),
            Meaning::Item(x, at) => match self.value(*x) {
                Val::Tuple(items) => items[*at as usize].clone(),
                _ => unreachable!("the checker saw a tuple"),
            },
            Meaning::Tuple => {
                let NodeKind::Tuple(items) = self.kind(id) else { unreachable!("the checker saw one") };
                let items = items.iter().map(|&item| self.whole_value(item)).collect::<Result<_>>()?;
                Val::Tuple(items)
            }
            Meaning::Element => self.element(id)?,
            Meaning::View => self.view(id)?,
            Meaning::Picked => self.picked(id)?,
            Meaning::Shape(x) => {
                let array = self.whole_value(*x)?.array();
                let Type::Array { rank, .. } = self.ty(*x) else { unreachable!("it has a shape") };
                Val::Tuple((0..*rank).map(|axis| self.length(array, axis)).collect())
            }
            Meaning::Length(x, axis) => {
                let array = self.whole_value(*x)?.array();
                self.length(array, *axis)
            }
            Meaning::Size(x) => {
                let array = self.whole_value(*x)?.array();
                let lengths = self.lengths(array);
                Val::Number(DType::Int64, Number::Real(self.count_of(&lengths)))
            }
            Meaning::Call(unit, args) => {
                for id in args.iter().filter_map(Argument::node) {
                    let value = self.whole_value(id)?;
                    self.values[id.index()] = value;
                }
                self.call_of(id, *unit, args)
            }
            Meaning::Map(..) if self.is_elementwise(id) => Val::Nothing,
            Meaning::Map(unit, args) => self.several_of_elements(id, *unit, args)?,
            Meaning::Intrinsic(intrinsic, args) => self.intrinsic(id, *intrinsic, args)?,
        })
    }

    /// A call of a kernel with the values that its arguments have.
    pub(super) fn call_of(&mut self, id: NodeId, unit: UnitId, args: &[Argument]) -> Val {
        let callee = &self.checked.units[unit.0 as usize];
        let mut given = func::Values::new();
        for (argument, ty) in args.iter().zip(&callee.params) {
            let value = match argument {
                Argument::Node(id) => self.value(*id).clone(),
                Argument::Default(Type::Tuple(items)) => self.constant_tuple(items),
                Argument::Default(Type::Literal(value)) => Val::Literal(*value),
                Argument::Default(_) => Val::Nothing,
            };
            self.to(&value, ty).write(&mut given);
        }
        let name = &self.file.functions[callee.function].name;
        let message = format!("calls of `{name}` are nested too deep");
        let site = self.site(self.span(id), ErrorKind::Limit, message, &[]);
        let results = self.b.call(func::FuncId(unit.0), &given, &types(&callee.result), site);
        Val::read(&callee.result, &mut results.into_iter())
    }

    fn constant_tuple(&mut self, items: &[Type]) -> Val {
        let items = items.iter().map(|item| match item {
            Type::Literal(value) => Val::Literal(*value),
            Type::Tuple(items) => self.constant_tuple(items),
            _ => Val::Nothing,
        });
        Val::Tuple(items.collect())
    }

    /// The value of an operand, of which elements are computed now.
    pub(super) fn whole_value(&mut self, id: NodeId) -> Result<Val> {
        match self.ty(id) {
            Type::Array { .. } if self.is_elementwise(id) => self.elementwise(id),
            _ => Ok(self.value(id).clone()),
        }
    }

    pub(super) fn length(&mut self, array: func::Value, axis: u32) -> Val {
        Val::Number(DType::Int64, Number::Real(self.b.length(array, axis as usize)))
    }

    /// The lengths of an array.
    pub(super) fn lengths(&mut self, array: func::Value) -> Vec<func::Value> {
        let rank = self.rank_of(array);
        (0..rank).map(|axis| self.b.length(array, axis)).collect()
    }

    /// The number of elements of a shape.
    pub(super) fn count_of(&mut self, lengths: &[func::Value]) -> func::Value {
        match lengths.split_first() {
            None => self.b.number(1, Ty::I64),
            Some((&first, rest)) => rest.iter().fold(first, |size, &n| self.b.op(Op::Mul, &[size, n])),
        }
    }
}
