//! Who calls whom.

use super::{Module, Node, Region};

impl Module {
    /// For each function, whether any calls it.
    pub fn called(&self) -> Vec<bool> {
        let mut called = vec![false; self.funcs.len()];
        for func in &self.funcs {
            func.body.each_call(&mut |node| {
                if let Node::Call { func, .. } = node {
                    called[func.index()] = true;
                }
            });
        }
        called
    }

    /// Whether a function has a parallel loop.
    pub fn is_parallel(&self) -> bool {
        self.in_parallel().contains(&true)
    }

    /// For each function, whether calls of parallel loops run it, themselves or by what they call.
    pub fn in_parallel(&self) -> Vec<bool> {
        let mut found = vec![false; self.funcs.len()];
        loop {
            let before = found.clone();
            for (at, func) in self.funcs.iter().enumerate() {
                func.body.each_call(&mut |node| match node {
                    Node::Parallel { func, .. } => found[func.index()] = true,
                    Node::Call { func, .. } => found[func.index()] |= before[at],
                    _ => unreachable!("it is a call"),
                });
            }
            if found == before {
                return found;
            }
        }
    }
}

impl Region {
    /// Visits its calls of functions, those of parallel loops too.
    pub fn each_call<'a>(&'a self, visit: &mut impl FnMut(&'a Node)) {
        for node in &self.nodes {
            if matches!(node, Node::Call { .. } | Node::Parallel { .. }) {
                visit(node);
            }
            node.regions().for_each(|region| region.each_call(visit));
        }
    }
}
