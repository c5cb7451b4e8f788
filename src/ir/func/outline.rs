//! A region that becomes a function: with values of its own, so that many of them take no more memory than their text.

use std::collections::HashMap;

use super::{Func, Inst, Known, Node, Region, Value, Values};

/// The function of a region, whose parameters are its last ones: whatever the region uses of the function around, of whose values this is
/// `known`, comes before them. Gives it with those values.
pub(super) fn outline(name: String, mut region: Region, known: &[Known]) -> (Func, Values) {
    let mut inside = Inside {
        known,
        numbers: HashMap::new(),
        values: Vec::new(),
        captured: Values::new(),
        constants: Vec::new(),
    };
    inside.region(&mut region);
    let captured = inside.captured.iter().map(|value| inside.numbers[value]);
    let params: Values = captured.chain(region.params).collect();
    let mut nodes = inside.constants;
    nodes.append(&mut region.nodes);
    let adjacent = vec![false; params.len()];
    let body = Region { params, nodes, end: region.end };
    (Func { name, results: Vec::new(), body, adjacent, values: inside.values }, inside.captured)
}

struct Inside<'k> {
    /// What is known of the values of the function around.
    known: &'k [Known],
    /// What each of them is here, of those that are.
    numbers: HashMap<Value, Value>,
    values: Vec<Known>,
    captured: Values,
    /// Constants are made again, so that what is known of them stays known.
    constants: Vec<Node>,
}

impl Inside<'_> {
    fn define(&mut self, value: &mut Value) {
        let known = self.known[value.index()];
        let new = Value(self.values.len() as u32);
        self.values.push(known);
        self.numbers.insert(std::mem::replace(value, new), new);
    }

    fn became(&mut self, old: Value) -> Value {
        if let Some(&new) = self.numbers.get(&old) {
            return new;
        }
        let mut new = old;
        self.define(&mut new);
        match self.known[old.index()].constant {
            Some(bits) => self.constants.push(Node::Let(new, Inst::Const(bits))),
            None => self.captured.push(old),
        }
        new
    }

    fn rename(&mut self, value: &mut Value) {
        *value = self.became(*value);
    }

    fn all<'v>(&mut self, values: impl IntoIterator<Item = &'v mut Value>) {
        values.into_iter().for_each(|value| self.rename(value));
    }

    fn region(&mut self, region: &mut Region) {
        region.params.iter_mut().for_each(|param| self.define(param));
        region.nodes.iter_mut().for_each(|node| self.node(node));
        region.end = region.end.map(|value| self.became(value));
    }

    fn node(&mut self, node: &mut Node) {
        match node {
            Node::Let(value, inst) => {
                *inst = inst.map(|value| self.became(value));
                self.define(value);
            }
            Node::Store { array, indices, value, .. } => {
                self.all([array, value]);
                self.all(indices);
            }
            Node::Alloc { array, lengths, .. } => {
                self.all(lengths);
                self.define(array);
            }
            Node::Check { ok, shown, .. } => {
                self.rename(ok);
                self.all(shown);
            }
            Node::Within { place, array, index, .. } => {
                self.all([array, index]);
                self.define(place);
            }
            Node::Call { args, results, .. } | Node::Serve { args, results, .. } => {
                self.all(args);
                results.iter_mut().for_each(|result| self.define(result));
            }
            Node::Parallel { args, count, .. } => {
                self.all(args);
                self.rename(count);
            }
            Node::Lanes(lanes) => {
                let mut results = lanes.results.clone();
                **lanes = lanes.map(&[], |value| self.became(value));
                results.iter_mut().for_each(|result| self.define(result));
                lanes.results = results;
            }
            Node::If { condition, then, otherwise, results } => {
                self.rename(condition);
                self.region(then);
                self.region(otherwise);
                results.iter_mut().for_each(|result| self.define(result));
            }
            Node::For { start, stop, step, carried, body, results } => {
                self.all([start, stop, step]);
                self.all(carried);
                self.region(body);
                results.iter_mut().for_each(|result| self.define(result));
            }
            Node::Loop { carried, body, results } => {
                self.all(carried);
                self.region(body);
                results.iter_mut().for_each(|result| self.define(result));
            }
        }
    }
}
