//! Which arrays have neighbours: whose elements along the last axis lie one after the other.
//!
//! Then the stride is a constant of the code, and addresses are what instructions add up by themselves. This
//! is an analysis of descriptors alone; it must not know Cranelift.

use crate::ir::func::{End, Func, Inst, Module, Node, Region, Value};

/// For each value of each function, whether it is such an array. A function that others call may be given any; the chunks of a parallel
/// loop are given what the loop's function has, which stands before.
pub(super) fn of_module(module: &Module) -> Vec<Vec<bool>> {
    let mut given: Vec<Vec<bool>> = module.funcs.iter().map(|func| func.adjacent.clone()).collect();
    for (given, called) in given.iter_mut().zip(module.called()) {
        given.iter_mut().for_each(|adjacent| *adjacent &= !called);
    }
    // A chunk is given such an array where each of its loops, of which a pass may have made several, does.
    for func in &module.funcs {
        func.body.each_call(&mut |node| {
            if let Node::Parallel { func, .. } = node {
                given[func.index()].fill(true);
            }
        });
    }
    let mut found = Vec::with_capacity(module.funcs.len());
    for (at, func) in module.funcs.iter().enumerate() {
        let here = find(func, &given[at]);
        func.body.each_call(&mut |node| {
            if let Node::Parallel { func, args, .. } = node {
                given[func.index()].iter_mut().zip(args).for_each(|(given, arg)| *given &= here[arg.index()]);
            }
        });
        found.push(here);
    }
    found
}

/// For each value, whether it is such an array, where of the parameters these are.
fn find(func: &Func, given: &[bool]) -> Vec<bool> {
    // Every array may be, until it is found to be handed one that is not.
    let mut found: Vec<bool> = (0..func.values() as u32)
        .map(|at| func.ty(Value(at)).array().is_some_and(|(_, rank)| rank > 0))
        .collect();
    for (&param, &given) in func.body.params.iter().zip(given) {
        found[param.index()] &= given;
    }
    loop {
        let before = found.iter().filter(|&&adjacent| adjacent).count();
        let mut pass = Pass { func, found: &mut found, owners: Vec::new() };
        pass.owners.push((&[], &[]));
        pass.region(&func.body, &[]);
        if found.iter().filter(|&&adjacent| adjacent).count() == before {
            return found;
        }
    }
}

struct Pass<'a> {
    func: &'a Func,
    found: &'a mut [bool],
    /// Carried values and results of the loops around, outermost first.
    owners: Vec<(&'a [Value], &'a [Value])>,
}

impl<'a> Pass<'a> {
    /// Values are handed to others.
    fn hand(&mut self, values: &[Value], to: &[Value]) {
        for (value, to) in values.iter().zip(to) {
            self.found[to.index()] &= self.found[value.index()];
        }
    }

    fn region(&mut self, region: &'a Region, yields: &[Value]) {
        for node in &region.nodes {
            self.node(node);
        }
        let owner = |depth: u32| self.owners[self.owners.len() - 1 - depth as usize];
        match &region.end {
            End::Yield(values) => self.hand(values, yields),
            End::Break(depth, values) => self.hand(values, owner(*depth).1),
            End::Continue(depth, values) => self.hand(values, owner(*depth).0),
            End::Fail(..) | End::Never => {}
        }
    }

    fn node(&mut self, node: &'a Node) {
        match node {
            Node::Let(value, inst) => self.found[value.index()] &= self.inst(inst),
            Node::If { then, otherwise, results, .. } => {
                self.region(then, results);
                self.region(otherwise, results);
            }
            Node::For { carried, body, results, .. } => {
                let params = &body.params[1..];
                self.hand(carried, params);
                self.repeated(params, body, results);
                // The loop may end before its first trip, or after its last.
                self.hand(params, results);
            }
            Node::Loop { carried, body, results } => {
                self.hand(carried, &body.params);
                self.repeated(&body.params, body, results);
            }
            // A callee may give anything; what is made is contiguous.
            Node::Call { results, .. } => {
                results.iter().for_each(|result| self.found[result.index()] = false)
            }
            Node::Alloc { .. }
            | Node::Store { .. }
            | Node::Check { .. }
            | Node::Within { .. }
            | Node::Lanes(_)
            | Node::Parallel { .. }
            | Node::Serve { .. } => {}
        }
    }

    fn repeated(&mut self, params: &'a [Value], body: &'a Region, results: &'a [Value]) {
        self.owners.push((params, results));
        self.region(body, params);
        self.owners.pop();
    }

    fn inst(&self, inst: &Inst) -> bool {
        match inst {
            Inst::View { array, axes, .. } => {
                let last = self.func.ty(*array).array().map_or(0, |(_, rank)| rank).wrapping_sub(1);
                axes.last().and_then(|axis| axis.along).is_some_and(|(along, step)| {
                    along as usize == last && self.found[array.index()] && self.is_one(step)
                })
            }
            _ => true,
        }
    }

    /// Whether a value is the constant 1.
    fn is_one(&self, value: Value) -> bool {
        self.func.constant(value) == Some(1)
    }
}
