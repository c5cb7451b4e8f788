//! Calls of small functions become their bodies.
//!
//! Only functions that call no others and make no arrays: a call frees what its callee made, which its body would not.

use super::copy::Copier;
use crate::ir::func::{End, Func, Module, Node, Region, Type, Value};

/// Nodes of the largest function that is inlined.
const SMALL: usize = 80;

/// The function with such calls expanded.
pub(super) fn run(func: &Func, module: &Module) -> Func {
    Copier::whole(func, &mut |copier, node| match node {
        Node::Call { func, args, results, .. } if is_small(&module.funcs[func.index()]) => {
            let (callee, args) = (&module.funcs[func.index()], copier.all(args));
            let made = body(callee, &args, copier);
            copier.set(results, &made);
            true
        }
        _ => false,
    })
}

/// The body of `callee` in the open region, and its results.
fn body(
    callee: &Func,
    args: &[crate::ir::func::Value],
    caller: &mut Copier<'_, '_>,
) -> crate::ir::func::Values {
    let region = &callee.body;
    if region.falls_out() && !region.breaks(0) {
        let mut copier = Copier::new(callee, caller.b);
        copier.set(&region.params, args);
        copier.nodes(&region.nodes, &mut |_, _| false);
        return copier.all(region.end.values());
    }
    if returns_last(region) {
        let mut copier = Copier::new(callee, caller.b);
        copier.set(&region.params, args);
        let End::Yield(results) = tail(&mut copier, &region.nodes, &region.end, None) else {
            unreachable!("some way through it returns")
        };
        return results;
    }
    // Where it returns from elsewhere, it is a loop that is left in its first trip: exits of the function count as those of the loop.
    caller.b.open(&[]);
    let mut copier = Copier::new(callee, caller.b);
    copier.set(&region.params, args);
    copier.nodes(&region.nodes, &mut |_, _| false);
    let end = match region.end.map(|value| copier.became(value)) {
        End::Yield(results) => End::Break(0, results),
        end => end,
    };
    let once = caller.b.close(end);
    let types: Vec<Type> = callee.results.clone();
    caller.b.repeat(&[], once, &types)
}

/// Whether every return ends a side of a branch, of which the other alone goes on with what stands behind.
fn returns_last(region: &Region) -> bool {
    region.nodes.iter().all(|node| match node {
        Node::If { then, otherwise, .. } if then.breaks(0) || otherwise.breaks(0) => {
            !(then.falls_out() && otherwise.falls_out()) && returns_last(then) && returns_last(otherwise)
        }
        node => !node.regions().any(|region| region.breaks(u32::from(node.is_loop()))),
    })
}

/// What stands behind a branch: the side that goes on yields what the branch gives.
struct Rest<'a, 'r> {
    results: &'a [Value],
    nodes: &'a [Node],
    end: &'a End,
    next: Option<&'r Rest<'a, 'r>>,
}

/// Copies nodes into the open region, and behind those that go on what is next: it ends by yielding what the function returns.
fn tail<'a>(
    copier: &mut Copier<'a, '_>,
    nodes: &'a [Node],
    end: &'a End,
    next: Option<&Rest<'a, '_>>,
) -> End {
    for (at, node) in nodes.iter().enumerate() {
        match node {
            Node::If { condition, then, otherwise, results } if then.breaks(0) || otherwise.breaks(0) => {
                let rest = Rest { results, nodes: &nodes[at + 1..], end, next };
                let condition = copier.became(*condition);
                let [then, otherwise] = [then, otherwise].map(|side| {
                    copier.b.open(&[]);
                    let end = tail(copier, &side.nodes, &side.end, Some(&rest));
                    copier.b.close(end)
                });
                let results = copier.b.branch(condition, then, otherwise);
                return if copier.b.falls_through() { End::Yield(results) } else { End::Never };
            }
            node => copier.nodes(std::slice::from_ref(node), &mut |_, _| false),
        }
    }
    match (end, next) {
        (End::Yield(values), Some(rest)) => {
            let values = copier.all(values);
            copier.set(rest.results, &values);
            tail(copier, rest.nodes, rest.end, rest.next)
        }
        (End::Yield(values) | End::Break(_, values), _) => End::Yield(copier.all(values)),
        (end, _) => end.map(|value| copier.became(value)),
    }
}

fn is_small(func: &Func) -> bool {
    let mut left = SMALL;
    let returns = func.body.falls_out() || func.body.breaks(0);
    returns && fits(&func.body, &mut left)
}

fn fits(region: &Region, left: &mut usize) -> bool {
    region.nodes.iter().all(|node| {
        *left = left.saturating_sub(1);
        *left > 0
            && !matches!(node, Node::Call { .. } | Node::Parallel { .. } | Node::Alloc { .. })
            && node.regions().all(|region| fits(region, left))
    })
}
