//! The passes over functions with control flow.
//!
//! As everywhere, strict mode changes no bit of a result, and a run that fails fails at the same site, with the same values shown and the
//! same stores before it. Cranelift finds common addresses and moves what does not change out of loops by itself; what is
//! done here is what it can not know: indices, checks, branches, calls.

mod contract;
mod copy;
mod facts;
mod hoist;
mod inline;
mod intervals;
mod lanes;
mod numbers;
mod simplify;
#[cfg(test)]
mod tests;

use crate::ir::func::{Func, Module, verify};
use crate::options::FpMode;

/// Improves every function of `module` as far as `fp` allows, and expands math functions.
pub fn optimize(module: &mut Module, fp: FpMode) {
    // Twice, so that what calls such functions may be one in its turn.
    (0..2).for_each(|_| pass("inline", module, inline::run));
    pass("simplify", module, |func, module| simplify::run(func, module, fp, false));
    pass("hoist", module, hoist::run);
    // The stack is for calls.
    let scratch = !module.called().contains(&true);
    let mut bodies = Vec::new();
    module.funcs.iter_mut().for_each(|func| *func = lanes::run(func, scratch, &mut bodies));
    module.bodies = bodies;
    check("lanes", module);
    // Each rounding of a math function is meant: from here on, no pass changes a bit.
    pass("expand", module, |func, module| simplify::run(func, module, FpMode::Strict, true));
}

fn pass(name: &str, module: &mut Module, run: impl Fn(&Func, &Module) -> Func) {
    for at in 0..module.funcs.len() {
        module.funcs[at] = run(&module.funcs[at], module);
    }
    check(name, module);
}

fn check(name: &str, module: &Module) {
    if cfg!(debug_assertions)
        && let Err(what) = verify(module)
    {
        panic!("after {name}: {what}\n{module}");
    }
}
