//! The passes over the IR: over bodies here, over functions with control flow in [`func`].
//!
//! Every choice about rounding is made here: in strict mode a pass changes no bit of a result,
//! save for powers, which keep their stated bound; the other modes add rules of their own. What a
//! rule does to -0.0, infinities and NaN is written beside it; the payload and the sign of a NaN
//! are nobody's concern. Passes are linear in the length of a body and do not recurse. They must
//! not know source text, lanes or machines.

mod contract;
mod dead;
mod exact;
pub(crate) mod func;
pub(crate) mod legal;
mod powers;
mod reassociate;
mod reductions;
mod rewrite;
mod signs;
mod simplify;
#[cfg(test)]
mod tests;

use crate::ir::{Builder, Loop, Program};
use crate::math;
use crate::options::FpMode;

/// Improves `program` as far as `fp` allows.
pub fn optimize(program: &mut Program, fp: FpMode) {
    let b = &mut Builder::default();
    pass("simplify", program, |l| simplify::run(l, fp, b));
    // What equal reductions let meet in a later loop may be reduced there in its turn.
    while reductions::run(program) {
        pass("reductions", program, |l| simplify::run(l, fp, b));
    }
    if pass("powers", program, |l| powers::run(l, fp, b)) {
        pass("simplify", program, |l| simplify::run(l, fp, b));
    }
    if fp != FpMode::Strict {
        pass("contract", program, |l| contract::run(l, b));
    }
    // Each rounding of a math function is meant: from here on, no pass changes a bit.
    if program.loops.iter().any(math::is_used) {
        math::expand(program);
        pass("expand", program, |l| signs::run(l, b));
    }
    pass("dead", program, |l| dead::run(l, b));
}

/// Runs a pass over every loop; true where it changed one.
fn pass(name: &str, program: &mut Program, mut run: impl FnMut(&mut Loop) -> bool) -> bool {
    let mut changed = false;
    for l in &mut program.loops {
        changed |= run(l);
    }
    if cfg!(debug_assertions)
        && let Err(what) = crate::ir::verify(program)
    {
        panic!("after {name}: {what}\n{program}");
    }
    changed
}
