//! What must happen in the order of the trips, such as a sum of floats: a loop of its own after each block of trips on lanes, which
//! leave in scratch memory what it takes of them.

use std::collections::HashMap;

use super::super::copy::Copier;
use super::trip::{Carried, Def, Trip, mentioned};
use crate::ir::func::{End, Inst, Value, Values};
use crate::ops::{Op, Primitives as _};
use crate::types::{Component, Ty};

/// What a trip leaves for the loop after it, at most.
const FEEDS: usize = 4;

/// Operations that make a trip worth a loop of its own, if none is expensive.
const ENOUGH: usize = 10;

impl<'a> Trip<'a> {
    /// Finds what the values that are handed on in order take of a trip.
    pub fn order(&mut self, yields: &[Value]) -> Option<()> {
        let carried: Vec<(Value, Value)> = self
            .params
            .iter()
            .zip(yields)
            .zip(&self.carried)
            .filter(|(_, carried)| matches!(carried, Carried::Ordered))
            .map(|((&param, &next), _)| (param, next))
            .collect();
        carried.iter().for_each(|&(param, _)| {
            self.follows.insert(param, true);
        });
        for &(_, next) in &carried {
            self.take(next)?;
        }
        let mut used = Vec::new();
        self.in_order.iter().for_each(|node| mentioned(node, &mut |value| used.push(value)));
        used.into_iter().try_for_each(|value| self.take(value))?;
        if carried.is_empty() && self.in_order.is_empty() {
            return Some(());
        }
        let body = self.body.body();
        use Op::{Ceil, Div, Floor, FloorDiv, Mod, Pow, Sqrt, Trunc};
        let expensive = |op: Op| {
            op.is_function() || matches!(op, Div | Sqrt | Pow | FloorDiv | Mod | Floor | Ceil | Trunc)
        };
        let any = body.iter().any(|(_, inst, _)| matches!(inst, crate::ir::Inst::Op(op, _) if expensive(op)));
        (any || body.operations() >= ENOUGH).then_some(())
    }

    /// Whether a value depends on what is handed on in order.
    fn follows(&mut self, value: Value) -> bool {
        if let Some(&known) = self.follows.get(&value) {
            return known;
        }
        let follows = match self.defs.get(&value).copied() {
            None => false,
            Some(Def::Inst(inst, _)) => inst.operands().iter().any(|&operand| self.follows(operand)),
            Some(Def::Choice(c, x, y)) => [c, x, y].into_iter().any(|value| self.follows(value)),
        };
        self.follows.insert(value, follows);
        follows
    }

    /// A value that the loop in order computes, or takes.
    fn take(&mut self, value: Value) -> Option<()> {
        if self.taken.contains(&value) {
            return Some(());
        }
        self.taken.push(value);
        let Some(def) = self.defs.get(&value).copied() else { return Some(()) };
        if self.is_fixed(value) || self.growth(value).is_some() {
            self.fixed_loads(value);
            return Some(());
        }
        match def {
            Def::Inst(Inst::Const(_), _) => Some(()),
            Def::Inst(Inst::Op(op, operands), _) if self.follows(value) => {
                operands[..op.arity()].iter().try_for_each(|&operand| self.take(operand))
            }
            Def::Choice(c, x, y) if self.follows(value) => {
                [c, x, y].into_iter().try_for_each(|value| self.take(value))
            }
            Def::Inst(Inst::Load(array, _, indices), _)
                if self.stores.is_empty() && self.writes.is_empty() =>
            {
                if self.defs.contains_key(array) {
                    return None;
                }
                indices.iter().try_for_each(|&index| self.take(index))
            }
            _ if self.follows(value) => None,
            _ => {
                let made = self.value(value)?;
                self.feeds.push((value, made));
                (self.feeds.len() <= FEEDS).then_some(())
            }
        }
    }

    /// The loop in order over the first trips of a block, in the open region: what it hands on for what it is handed.
    pub fn in_order(
        &self,
        copier: &mut Copier<'a, '_>,
        [first, trips]: [Value; 2],
        handed: &[Value],
        feeds: &[Value],
        next: &[Value],
    ) -> Values {
        let zero = copier.b.number(0, Ty::I64);
        let one = copier.b.number(1, Ty::I64);
        let types: Vec<_> =
            [Ty::I64.into()].into_iter().chain(handed.iter().map(|&v| copier.b.ty(v))).collect();
        let params = copier.b.open(&types);
        let number = copier.b.op(Op::Add, &[first, params[0]]);
        let mut made: HashMap<Value, Value> = HashMap::from([(self.number, number)]);
        let ordered = self.params.iter().zip(&self.carried).filter(|(_, c)| matches!(c, Carried::Ordered));
        made.extend(ordered.map(|(&param, _)| param).zip(params[1..].iter().copied()));
        for (&(value, _), &feed) in self.feeds.iter().zip(feeds) {
            made.insert(value, copier.b.load(feed, Component::Whole, &params[..1]));
        }
        for &node in &self.in_order {
            let mut used = Vec::new();
            mentioned(node, &mut |value| used.push(value));
            used.retain(|value| self.is_of_trip(*value));
            for value in used {
                let new = self.made(copier, &mut made, value);
                copier.set(&[value], &[new]);
            }
            copier.nodes(std::slice::from_ref(node), &mut |_, _| false);
        }
        let yields = next.iter().map(|&value| self.made(copier, &mut made, value)).collect();
        let body = copier.b.close(End::Yield(yields));
        copier.b.range([zero, trips, one], handed, body)
    }

    /// Whether a value changes from trip to trip, and no node in order defines it.
    fn is_of_trip(&self, value: Value) -> bool {
        self.defs.contains_key(&value) || value == self.number || self.params.contains(&value)
    }

    /// A value of a trip, written where others are made already.
    pub fn made(&self, copier: &mut Copier<'a, '_>, made: &mut HashMap<Value, Value>, old: Value) -> Value {
        if let Some(&known) = made.get(&old) {
            return known;
        }
        let new = match self.defs.get(&old) {
            None => copier.became(old),
            Some(Def::Inst(inst, _)) => {
                let inst = inst.map(|operand| self.made(copier, made, operand));
                copier.b.inst(inst, copier.old.ty(old))
            }
            Some(Def::Choice(c, x, y)) => {
                let operands = [c, x, y].map(|&value| self.made(copier, made, value));
                copier.b.op(Op::Select, &operands)
            }
        };
        made.insert(old, new);
        new
    }
}
