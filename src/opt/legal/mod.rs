//! Legalisation: a program in the primitives and sizes that a target has.
//!
//! It comes last, on the way to a back end; the interpreter needs none of it, and is what it is tested
//! against. No bit changes. This room is told what a target has, and must not know which targets there are.

mod cut;
mod narrow;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::ir::{Body, Inst, Program};
use crate::math;
use crate::ops::Op;

/// What a target has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// Instructions that scale by powers of two and take floats apart.
    pub exponents: bool,
    /// Whether lanes of 8 and 16 bits have an instruction. A loop that holds others, or values of more bits, computes
    /// integers of 8 and 16 bits in lanes of 32.
    pub narrow: fn(&Body, Inst) -> bool,
    /// Divisions with a floor, and powers of integers.
    pub divisions: bool,
    /// Instructions of a body, at most: longer ones are cut into pieces.
    pub longest: usize,
}

impl Target {
    /// There are no lanes of 8 and 16 bits.
    pub fn no_narrow(_: &Body, _: Inst) -> bool {
        false
    }
}

/// `program` for a target.
pub(crate) fn legalize(program: &Program, target: Target) -> Cow<'_, Program> {
    let mut program = Cow::Borrowed(program);
    // Optimised programs have none left.
    if program.loops.iter().any(math::is_used) {
        math::expand(program.to_mut());
    }
    if program.loops.iter().any(|l| narrow::is_wanted(l, target.narrow)) {
        narrow::run(program.to_mut(), target.narrow);
    }
    if !target.divisions && holds(&program, |op| matches!(op, Op::FloorDiv | Op::Mod | Op::Pow)) {
        math::expand_divisions(program.to_mut());
    }
    if !target.exponents && holds(&program, Op::is_of_exponents) {
        math::expand_exponents(program.to_mut());
    }
    if program.loops.iter().any(|l| l.body.len() > target.longest) {
        cut::run(program.to_mut(), target.longest);
    }
    if cfg!(debug_assertions)
        && let Err(what) = crate::ir::verify(&program)
    {
        panic!("after legalisation: {what}\n{program}");
    }
    program
}

fn holds(program: &Program, which: impl Fn(Op) -> bool) -> bool {
    program
        .loops
        .iter()
        .any(|l| l.body.iter().any(|(_, inst, _)| matches!(inst, Inst::Op(op, _) if which(op))))
}
