//! Copies of nodes in which values are renamed: what passes build new functions of.

use crate::ir::func::{Builder, Func, Inst, Node, Region, Type, Value, Values};

/// A function that is copied, node by node, into one that is built.
pub(super) struct Copier<'a, 'b> {
    /// The function that is copied.
    pub old: &'a Func,
    /// The one that is built.
    pub b: &'b mut Builder,
    became: Vec<Option<Value>>,
}

/// Does with a node what a pass does, and gives whether that was anything; otherwise the node is copied.
pub(super) type Visit<'v, 'a> = dyn FnMut(&mut Copier<'a, '_>, &'a Node) -> bool + 'v;

impl<'a, 'b> Copier<'a, 'b> {
    pub fn new(old: &'a Func, b: &'b mut Builder) -> Copier<'a, 'b> {
        Copier { old, b, became: vec![None; old.values()] }
    }

    /// The function, copied with what `visit` does.
    pub fn whole(func: &'a Func, visit: &mut Visit<'_, 'a>) -> Func {
        let mut b = Copier::begin(func);
        let mut copier = Copier::new(func, &mut b);
        let params = copier.b.params();
        copier.set(&func.body.params, &params);
        copier.nodes(&func.body.nodes, visit);
        let end = func.body.end.map(|value| copier.became(value));
        b.finish(end)
    }

    /// Begins a copy of a function.
    pub fn begin(func: &Func) -> Builder {
        let params: Vec<Type> = func.params().collect();
        let mut b = Builder::new(&func.name, &params, &func.results);
        (0..params.len()).filter(|&at| func.adjacent[at]).for_each(|at| b.adjacent(at));
        b
    }

    /// An old value has become a new one.
    pub fn set(&mut self, old: &[Value], new: &[Value]) {
        for (old, &new) in old.iter().zip(new) {
            self.became[old.index()] = Some(new);
        }
    }

    /// What an old value has become.
    pub fn became(&self, old: Value) -> Value {
        self.became[old.index()].expect("operands stand before their users")
    }

    pub fn all(&self, old: &[Value]) -> Values {
        old.iter().map(|&value| self.became(value)).collect()
    }

    /// Copies the nodes of a region into the open one.
    pub fn nodes(&mut self, nodes: &'a [Node], visit: &mut Visit<'_, 'a>) {
        for node in nodes {
            if !visit(self, node) {
                self.node(node, visit);
            }
        }
    }

    /// Copies a region.
    pub fn region(&mut self, region: &'a Region, visit: &mut Visit<'_, 'a>) -> Region {
        let types: Vec<Type> = region.params.iter().map(|&param| self.old.ty(param)).collect();
        let params = self.b.open(&types);
        self.set(&region.params, &params);
        self.nodes(&region.nodes, visit);
        let end = region.end.map(|value| self.became(value));
        self.b.close(end)
    }

    fn node(&mut self, node: &'a Node, visit: &mut Visit<'_, 'a>) {
        match node {
            Node::Let(value, inst) => {
                let inst: Inst = inst.map(|value| self.became(value));
                let new = self.b.inst(inst, self.old.ty(*value));
                self.set(&[*value], &[new]);
            }
            Node::Within { place, array, axis, index, site, from_end } => {
                let new = self.b.value(self.old.ty(*place));
                let (array, index) = (self.became(*array), self.became(*index));
                let (axis, site, from_end) = (*axis, *site, *from_end);
                self.b.push(Node::Within { place: new, array, axis, index, site, from_end });
                self.set(&[*place], &[new]);
            }
            Node::Store { array, component, indices, value } => {
                let (array, indices, value) = (self.became(*array), self.all(indices), self.became(*value));
                self.b.store(array, *component, &indices, value);
            }
            Node::Alloc { array, lengths, site } => {
                let (dtype, _) = self.old.ty(*array).array().expect("the verifier saw an array");
                let new = self.b.alloc(dtype, &self.all(lengths), *site);
                self.set(&[*array], &[new]);
            }
            Node::Check { ok, site, shown } => {
                let (ok, shown) = (self.became(*ok), self.all(shown));
                self.b.check(ok, *site, &shown);
            }
            Node::Call { func, args, results, site } => {
                let types: Vec<Type> = results.iter().map(|&result| self.old.ty(result)).collect();
                let args = self.all(args);
                let new = self.b.call(*func, &args, &types, *site);
                self.set(results, &new);
            }
            Node::Parallel { func, args, count, site } => {
                let (args, count) = (self.all(args), self.became(*count));
                self.b.parallel(*func, &args, count, *site);
            }
            Node::Serve { service, args, results } => {
                let args = self.all(args);
                let new = self.b.serve(*service, &args);
                self.set(results, &new);
            }
            Node::Lanes(lanes) => {
                let made = lanes.results.iter().map(|&result| self.b.value(self.old.ty(result)));
                let made: Values = made.collect();
                let mapped = lanes.map(&made, |value| self.became(value));
                self.b.push(Node::Lanes(Box::new(mapped)));
                self.set(&lanes.results, &made);
            }
            Node::If { condition, then, otherwise, results } => {
                let condition = self.became(*condition);
                let then = self.region(then, visit);
                let otherwise = self.region(otherwise, visit);
                let new = self.b.branch(condition, then, otherwise);
                self.set(results, &new);
            }
            Node::For { start, stop, step, carried, body, results } => {
                let bounds = [start, stop, step].map(|&value| self.became(value));
                let carried = self.all(carried);
                let body = self.region(body, visit);
                let new = self.b.range(bounds, &carried, body);
                self.set(results, &new);
            }
            Node::Loop { carried, body, results } => {
                let types: Vec<Type> = results.iter().map(|&result| self.old.ty(result)).collect();
                let carried = self.all(carried);
                let body = self.region(body, visit);
                let new = self.b.repeat(&carried, body, &types);
                self.set(results, &new);
            }
        }
    }
}
