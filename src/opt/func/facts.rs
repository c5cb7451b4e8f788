//! What is known in a region and those inside: where numbers are placed, which conditions hold, which indices are within.

use std::collections::HashMap;

use super::numbers::{Numbers, Shadow};
use crate::ir::func::{Inst, Value};
use crate::ops::Op;
use crate::types::{Component, Ty};

/// Something that is known in a region and those inside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fact {
    /// Where a shadow is placed.
    Placed(Shadow),
    /// The value of an instruction on arrays that loads nothing.
    Inst(Inst),
    /// An element of an array, or a component of it, while memory holds what it does.
    Element(u32, Value, Component, Vec<Shadow>),
    /// The place of an index that was found to be within an axis of that length.
    Within(Shadow, Shadow),
    /// The truth of a condition.
    Holds(Shadow),
}

/// What is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    Value(Value),
    Shadow(Shadow),
    Truth(bool),
}

/// All that is known at a place of the function.
#[derive(Default)]
pub(super) struct Facts {
    known: HashMap<Fact, Known>,
    /// What was known before, to go back to when a region ends.
    undo: Vec<(Fact, Option<Known>)>,
}

impl Facts {
    pub fn learn(&mut self, fact: Fact, known: Known) {
        let before = self.known.insert(fact.clone(), known);
        self.undo.push((fact, before));
    }

    pub fn get(&self, fact: &Fact) -> Option<Known> {
        self.known.get(fact).copied()
    }

    /// What [`Facts::forget`] goes back to.
    pub fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Forgets what was learnt since the mark.
    pub fn forget(&mut self, mark: usize) {
        for (fact, before) in self.undo.drain(mark..).rev() {
            match before {
                Some(known) => self.known.insert(fact, known),
                None => self.known.remove(&fact),
            };
        }
    }

    /// A condition is found to be true, or false, and with it those that it is made of.
    pub fn learn_truth(&mut self, numbers: &Numbers, condition: Shadow, truth: bool) {
        self.learn(Fact::Holds(condition), Known::Truth(truth));
        let parts = if truth { Op::And } else { Op::Or };
        if let Some([x, y, _]) = numbers.operands(condition, parts)
            && numbers.ty(condition) == Ty::Bool
        {
            self.learn_truth(numbers, x, truth);
            self.learn_truth(numbers, y, truth);
        }
        if let Some([x, ..]) = numbers.operands(condition, Op::Not) {
            self.learn_truth(numbers, x, !truth);
        }
    }

    /// Whether a condition is known to be true, or false.
    pub fn truth(&self, numbers: &Numbers, condition: Shadow) -> Option<bool> {
        numbers.truth(condition).or_else(|| match self.get(&Fact::Holds(condition)) {
            Some(Known::Truth(truth)) => Some(truth),
            _ => None,
        })
    }
}
