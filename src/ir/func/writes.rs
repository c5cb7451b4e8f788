//! Which arrays that a function is given it may write.
//!
//! Values that may be the same array are put together, along views, branches, loops and calls; one store to any of
//! them counts for all.

use super::{End, Func, FuncId, Inst, Module, Node, Region, Value};

/// For each function, for each of its parameters, whether it may store to that array.
pub fn written(module: &Module) -> Vec<Vec<bool>> {
    let mut found: Vec<Vec<bool>> =
        module.funcs.iter().map(|func| vec![false; func.body.params.len()]).collect();
    loop {
        let mut changed = false;
        for (at, func) in module.funcs.iter().enumerate() {
            let now = Classes::new(func, &found).params();
            changed |= now != found[at];
            found[at] = now;
        }
        if !changed {
            return found;
        }
    }
}

/// Sets of values that may be one array: each value leads to another of its set, or to itself.
struct Classes<'a> {
    func: &'a Func,
    callees: &'a [Vec<bool>],
    leads: Vec<Value>,
    stored: Vec<Value>,
}

impl<'a> Classes<'a> {
    fn new(func: &'a Func, callees: &'a [Vec<bool>]) -> Classes<'a> {
        let leads = (0..func.values() as u32).map(Value).collect();
        let mut classes = Classes { func, callees, leads, stored: Vec::new() };
        classes.region(&func.body, &mut Vec::new());
        classes
    }

    fn params(&mut self) -> Vec<bool> {
        let stored: Vec<Value> = std::mem::take(&mut self.stored);
        let stored: Vec<Value> = stored.into_iter().map(|value| self.first(value)).collect();
        let func = self.func;
        func.body.params.iter().map(|&param| stored.contains(&self.first(param))).collect()
    }

    fn first(&mut self, mut value: Value) -> Value {
        while self.leads[value.index()] != value {
            let next = self.leads[self.leads[value.index()].index()];
            self.leads[value.index()] = next;
            value = next;
        }
        value
    }

    fn same(&mut self, x: &[Value], y: &[Value]) {
        for (&x, &y) in x.iter().zip(y) {
            if self.func.ty(x).array().is_some() {
                let (x, y) = (self.first(x), self.first(y));
                self.leads[x.index()] = y;
            }
        }
    }

    /// A callee is given these, and stores to some.
    fn given(&mut self, FuncId(callee): FuncId, args: &[Value]) {
        let given = args.iter().zip(&self.callees[callee as usize]);
        self.stored.extend(given.filter(|&(_, &written)| written).map(|(&arg, _)| arg));
    }

    /// `owners` are the loops around, outermost first: what goes to their next trip, and out of them.
    fn region(&mut self, region: &'a Region, owners: &mut Vec<(&'a [Value], &'a [Value])>) {
        for node in &region.nodes {
            self.node(node, owners);
        }
        let owner = |depth: u32| owners.len().checked_sub(depth as usize + 1).map(|at| owners[at]);
        match &region.end {
            End::Break(depth, values) => {
                if let Some((_, results)) = owner(*depth) {
                    self.same(values, results);
                }
            }
            End::Continue(depth, values) => {
                if let Some((params, _)) = owner(*depth) {
                    self.same(values, params);
                }
            }
            End::Yield(_) | End::Fail(..) | End::Never => (),
        }
    }

    fn node(&mut self, node: &'a Node, owners: &mut Vec<(&'a [Value], &'a [Value])>) {
        match node {
            Node::Let(value, Inst::View { array, .. } | Inst::Reshape(array, _)) => {
                self.same(&[*value], &[*array]);
            }
            Node::Let(..) | Node::Alloc { .. } | Node::Check { .. } | Node::Within { .. } => (),
            Node::Store { array, .. } => self.stored.push(*array),
            // The loop after it stores the same.
            Node::Lanes(_) => (),
            Node::Call { func: callee, args, results, .. } => {
                self.given(*callee, args);
                // It may hand back any array that it was given.
                let arrays: Vec<Value> = args
                    .iter()
                    .chain(results)
                    .copied()
                    .filter(|&v| self.func.ty(v).array().is_some())
                    .collect();
                if results.iter().any(|&result| self.func.ty(result).array().is_some()) {
                    arrays.windows(2).for_each(|pair| self.same(&pair[..1], &pair[1..]));
                }
            }
            Node::Parallel { func: callee, args, .. } => {
                self.given(*callee, args);
            }
            Node::Serve { service, args, .. } => self.stored.extend_from_slice(&args[..service.writes()]),
            Node::If { then, otherwise, results, .. } => {
                for region in [then, otherwise] {
                    self.region(region, owners);
                    if let End::Yield(values) = &region.end {
                        self.same(values, results);
                    }
                }
            }
            Node::For { carried, body, results, .. } => {
                self.same(carried, results);
                self.repeated(carried, &body.params[1..], body, results, owners);
            }
            Node::Loop { carried, body, results } => {
                self.repeated(carried, &body.params, body, results, owners);
            }
        }
    }

    fn repeated(
        &mut self,
        carried: &'a [Value],
        params: &'a [Value],
        body: &'a Region,
        results: &'a [Value],
        owners: &mut Vec<(&'a [Value], &'a [Value])>,
    ) {
        self.same(carried, params);
        owners.push((params, results));
        self.region(body, owners);
        owners.pop();
        if let End::Yield(values) = &body.end {
            self.same(values, params);
            // A range hands out what its last trip yields.
            if results.len() == values.len() {
                self.same(values, results);
            }
        }
    }
}
