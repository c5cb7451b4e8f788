//! Loops: what goes around them, and how they are left.
//!
//! A loop with an `else` hands out whether it was left by `break`.

use super::control::Known;
use super::{Around, Lowering};
use crate::check::kernel::State;
use crate::diag::Result;
use crate::ir::Value;
use crate::ir::func::{self, End, Region, Values};
use crate::ops::Primitives as _;
use crate::syntax::ast::NodeId;
use crate::syntax::kernel::ast::{Statement, Target};
use crate::types::{Ty, Word};

impl<'a> Lowering<'a> {
    /// The head of a loop: what variables are there.
    pub(super) fn head(&self, statement: u32) -> (&'a [crate::check::kernel::VarId], &'a [State]) {
        let unit = self.unit;
        let states = unit.joins.get(&statement).map_or(&[][..], |states| states);
        (&unit.flow.joined[statement as usize], states)
    }

    /// What a trip hands to the next, or out.
    pub(super) fn handed(&mut self, around: Around, broke: bool) -> Values {
        let (joined, states) = self.head(around.statement);
        let mut values = self.collect(joined, states);
        if around.told {
            values.push(self.b.constant(Word::Bool(broke)));
        }
        values
    }

    /// `break`, or `continue`.
    pub(super) fn leave(&mut self, breaks: bool) -> End {
        let around = *self.loops.last().expect("the checker saw a loop");
        let values = self.handed(around, breaks);
        if breaks { End::Break(0, values) } else { End::Continue(0, values) }
    }

    /// Types of what goes around.
    pub(super) fn carried(around: Around, states: &[State]) -> Vec<func::Type> {
        let mut types = Lowering::collected(states);
        if around.told {
            types.push(Ty::Bool.into());
        }
        types
    }

    /// The statements of a trip, behind what stands in the open region, which ends with them.
    pub(super) fn trip(&mut self, around: Around, body: &'a [Statement]) -> Result<Region> {
        self.loops.push(around);
        let end = match self.block(body)? {
            Some(end) => end,
            None => End::Yield(self.handed(around, false)),
        };
        self.loops.pop();
        Ok(self.close(end))
    }

    pub(super) fn while_loop(
        &mut self,
        statement: &'a Statement,
        condition: NodeId,
        body: &'a [Statement],
        otherwise: &'a [Statement],
    ) -> Result<()> {
        let around = Around { statement: statement.id, told: !otherwise.is_empty() };
        let (joined, states) = self.head(statement.id);
        let carried = self.handed(around, false);
        let types = Self::carried(around, states);
        let params = self.open(&types, statement.span)?;
        self.bind(joined, states, &mut params.iter().copied());
        match self.condition(condition)? {
            Known::Always(true) => (),
            Known::Always(false) => {
                let holds = self.b.constant(Word::Bool(false));
                self.ends_unless(holds, around, statement)?;
            }
            Known::Value(holds) => self.ends_unless(holds, around, statement)?,
        }
        let region = self.trip(around, body)?;
        let results = self.b.repeat(&carried, region, &types);
        if self.b.falls_through() {
            self.behind(around, &results, statement, otherwise)?;
        }
        Ok(())
    }

    /// Leaves a loop by itself unless a condition holds.
    fn ends_unless(&mut self, holds: Value, around: Around, statement: &Statement) -> Result<()> {
        self.open(&[], statement.span)?;
        let then = self.close(End::Yield(Values::new()));
        self.open(&[], statement.span)?;
        let values = self.handed(around, false);
        let otherwise = self.close(End::Break(0, values));
        self.b.branch(holds, then, otherwise);
        Ok(())
    }

    pub(super) fn for_loop(
        &mut self,
        statement: &'a Statement,
        target: &'a Target,
        body: &'a [Statement],
        otherwise: &'a [Statement],
    ) -> Result<()> {
        let unit = self.unit;
        if let Some(parallel) = unit.parallel.get(&statement.id) {
            return self.parallel_loop(statement, target, body, parallel);
        }
        let items = self.items(&unit.iters[&statement.id])?;
        let [start, stop, step] = self.trips(&items);
        let around = Around { statement: statement.id, told: !otherwise.is_empty() };
        let (joined, states) = self.head(statement.id);
        let carried = self.handed(around, false);
        let mut types = vec![Ty::I64.into()];
        types.extend(Self::carried(around, states));
        let params = self.open(&types, statement.span)?;
        self.bind(joined, states, &mut params[1..].iter().copied());
        let item = self.item(&items, params[0]);
        self.assign(target, &item)?;
        let region = self.trip(around, body)?;
        let results = self.b.range([start, stop, step], &carried, region);
        self.behind(around, &results, statement, otherwise)
    }

    /// Takes over from a loop, and runs its `else` unless it was left by `break`.
    fn behind(
        &mut self,
        around: Around,
        results: &[Value],
        statement: &'a Statement,
        otherwise: &'a [Statement],
    ) -> Result<()> {
        let (joined, states) = self.head(around.statement);
        let mut values = results.iter().copied();
        self.bind(joined, states, &mut values);
        if !around.told {
            return Ok(());
        }
        let broke = values.next().expect("it was told");
        let unit = self.unit;
        let behind = unit.behind.get(&statement.id).map_or(&[][..], |states| states);
        let before = self.variables.clone();
        let then = self.branch(statement.span, joined, behind, |_| Ok(None))?;
        let otherwise = self.branch(statement.span, joined, behind, |l| l.block(otherwise))?;
        self.variables = before;
        let results = self.b.branch(broke, then, otherwise);
        if self.b.falls_through() {
            self.bind(joined, behind, &mut results.into_iter());
        }
        Ok(())
    }

    /// A loop over numbers from 0 on that hands nothing around, for what an expression does by itself.
    pub(super) fn counted(
        &mut self,
        count: Value,
        span: crate::diag::Span,
        body: impl FnOnce(&mut Self, Value) -> Result<()>,
    ) -> Result<()> {
        let [zero, one] = [0, 1].map(|v| self.b.number(v, Ty::I64));
        let params = self.open(&[Ty::I64.into()], span)?;
        body(self, params[0])?;
        let region = self.close(End::Yield(Values::new()));
        self.b.range([zero, count, one], &[], region);
        Ok(())
    }
}
