//! Calls of small functions become their bodies.
//!
//! Only functions that call no others and make no arrays: a call frees what its callee made, which its body would not.

use super::copy::Copier;
use crate::ir::func::{End, Func, Module, Node, Region, Type};

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
    // Where it returns from inside, it is a loop that is left in its first trip: exits of the function count as those of the loop.
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
