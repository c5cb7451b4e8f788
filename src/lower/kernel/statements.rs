//! Statements that are no loops.

use super::control::Known;
use super::value::Val;
use super::{Held, Lowering};
use crate::check::kernel::{Meaning, State, Type};
use crate::diag::{ErrorKind, Result, Span};
use crate::ir::func::{End, Region, Values};
use crate::syntax::ast::{NodeId, NodeKind};
use crate::syntax::kernel::ast::{Statement, StatementKind, Target};

impl<'a> Lowering<'a> {
    /// Statements in order; how they end, unless they go on with what stands behind them.
    pub(super) fn block(&mut self, block: &'a [Statement]) -> Result<Option<End>> {
        for statement in block {
            if let Some(end) = self.statement(statement)? {
                return Ok(Some(end));
            }
            if !self.b.falls_through() {
                return Ok(Some(End::Never));
            }
        }
        Ok(None)
    }

    fn statement(&mut self, statement: &'a Statement) -> Result<Option<End>> {
        match &statement.kind {
            StatementKind::Assign { targets, value } => {
                let value = self.expression(*value)?;
                targets.iter().try_for_each(|target| self.assign(target, &value))?;
            }
            StatementKind::Augmented { target, value, .. } => self.augmented(statement.id, target, *value)?,
            StatementKind::Annotated { target, value, .. } => {
                if let Some(value) = value {
                    let value = self.expression(*value)?;
                    self.assign(&Target::Name(*target), &value)?;
                }
            }
            StatementKind::Expression(value) => {
                if !matches!(self.kind(*value), NodeKind::Text(_)) {
                    self.expression(*value)?;
                }
            }
            StatementKind::Return(value) => {
                let value = value.map_or(Ok(Val::Nothing), |value| self.expression(value))?;
                let mut values = Values::new();
                let result = &self.unit.result;
                self.to(&value, result).write(&mut values);
                return Ok(Some(End::Break(self.loops.len() as u32, values)));
            }
            StatementKind::Break => return Ok(Some(self.leave(true))),
            StatementKind::Continue => return Ok(Some(self.leave(false))),
            StatementKind::Pass => (),
            StatementKind::Assert(condition, message) => {
                let site = self.raised("AssertionError", *message, statement.span);
                match self.condition(*condition)? {
                    Known::Always(true) => (),
                    Known::Always(false) => return Ok(Some(End::Fail(site, Values::new()))),
                    Known::Value(holds) => self.b.check(holds, site, &[]),
                }
            }
            StatementKind::Raise(exception) => {
                let (name, message) = match exception.map(|id| self.kind(id)) {
                    Some(NodeKind::Call { name, args, .. }) => (name.as_str(), args.first().copied()),
                    Some(NodeKind::Name(name)) => (name.as_str(), None),
                    _ => unreachable!("the checker saw an exception"),
                };
                let site = self.raised(name, message, statement.span);
                return Ok(Some(End::Fail(site, Values::new())));
            }
            StatementKind::If { branches, otherwise } => {
                return self.branches(statement, branches, otherwise);
            }
            StatementKind::While { condition, body, otherwise } => {
                self.while_loop(statement, *condition, body, otherwise)?;
            }
            StatementKind::For { target, body, otherwise, .. } => {
                self.for_loop(statement, target, body, otherwise)?;
            }
        }
        Ok(None)
    }

    fn raised(&mut self, name: &str, message: Option<NodeId>, span: Span) -> crate::ir::func::SiteId {
        let message = match message.map(|id| self.kind(id)) {
            // Braces would stand for values.
            Some(NodeKind::Text(text)) => format!("{name}: {}", text.replace("{}", "{ }")),
            _ => name.to_string(),
        };
        let kind = if name == "IndexError" { ErrorKind::Index } else { ErrorKind::Value };
        self.site(span, kind, message, &[])
    }

    pub(super) fn assign(&mut self, target: &Target, value: &Val) -> Result<()> {
        match target {
            Target::Name(id) => {
                let variable = self.flow.variables[id];
                let ty = self.ty(*id);
                let value = self.to(value, ty);
                self.variables[variable.index()] = Some(Held { value, set: None });
                Ok(())
            }
            Target::Element(id) => {
                self.parts_of_target(*id)?;
                self.store(*id, value)
            }
            Target::Tuple(items, _) => {
                let Val::Tuple(values) = value else { unreachable!("the checker saw a tuple") };
                items.iter().zip(&**values).try_for_each(|(item, value)| self.assign(item, value))
            }
        }
    }

    fn augmented(&mut self, statement: u32, target: &Target, value: NodeId) -> Result<()> {
        let unit = self.unit;
        let node = &unit.augmented[&statement];
        let Meaning::Apply(apply) = &node.meaning else {
            return Err(self.unbuilt(value, "this operation is"));
        };
        let (Target::Name(id) | Target::Element(id)) = *target else {
            unreachable!("the parser refuses tuples");
        };
        if let Meaning::Picked = unit.nodes[id.index()].meaning {
            return self.augment_picked(id, apply, value);
        }
        if let Type::Array { .. } = self.ty(id) {
            let array = self.expression(id)?.array();
            self.expression(value)?;
            return self.augment_elements(id, array, apply, value);
        }
        match target {
            Target::Element(_) => {
                let (array, indices, before) = self.place(id)?;
                self.values[id.index()] = before;
                let given = self.expression(value)?;
                self.values[value.index()] = given;
                let Type::Number(dtype) = node.ty else { unreachable!("an element is a number") };
                let after = self.augmented_value(id, apply, value)?;
                self.store_at(array, &indices, &Val::Number(dtype, after));
            }
            _ => {
                let before = self.expression(id)?;
                self.values[id.index()] = before;
                let given = self.expression(value)?;
                self.values[value.index()] = given;
                let Type::Number(dtype) = node.ty else {
                    return Err(self.unbuilt(value, "this operation is"));
                };
                let after = self.augmented_value(id, apply, value)?;
                let variable = self.flow.variables[&id];
                self.variables[variable.index()] = Some(Held { value: Val::Number(dtype, after), set: None });
            }
        }
        Ok(())
    }

    fn augmented_value(
        &mut self,
        id: NodeId,
        apply: &crate::check::Apply,
        value: NodeId,
    ) -> Result<super::super::number::Number> {
        let args = [self.value(id).clone(), self.value(value).clone()];
        let exponent = self.ty(value).clone();
        // Carets go under the value: a target alone does not tell what is computed.
        self.applied(value, apply, &args, Some(&exponent))
    }

    fn branches(
        &mut self,
        statement: &'a Statement,
        branches: &'a [(NodeId, Vec<Statement>)],
        otherwise: &'a [Statement],
    ) -> Result<Option<End>> {
        let unit = self.unit;
        let joined = &self.flow.joined[statement.id as usize];
        let states = unit.joins.get(&statement.id).map_or(&[][..], |states| states);
        let Some(((condition, block), rest)) = branches.split_first() else {
            return self.block(otherwise);
        };
        let holds = match self.condition(*condition)? {
            Known::Always(true) => return self.block(block),
            Known::Always(false) => return self.branches(statement, rest, otherwise),
            Known::Value(holds) => holds,
        };
        let before = self.variables.clone();
        let then = self.branch(statement.span, joined, states, |l| l.block(block))?;
        self.variables = before.clone();
        let otherwise =
            self.branch(statement.span, joined, states, |l| l.branches(statement, rest, otherwise))?;
        self.variables = before;
        let results = self.b.branch(holds, then, otherwise);
        if self.b.falls_through() {
            self.bind(joined, states, &mut results.into_iter());
        }
        Ok(None)
    }

    /// A region that runs statements, and hands on variables if it goes on behind them.
    pub(super) fn branch(
        &mut self,
        span: Span,
        joined: &[crate::check::kernel::VarId],
        states: &[State],
        run: impl FnOnce(&mut Self) -> Result<Option<End>>,
    ) -> Result<Region> {
        self.open(&[], span)?;
        let end = match run(self)? {
            Some(end) => end,
            None => End::Yield(self.collect(joined, states)),
        };
        Ok(self.close(end))
    }
}
