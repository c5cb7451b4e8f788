//! The math functions, written as arithmetic.
//!
//! Each function is here once, as instructions of the IR on one element: a reduction of its range,
//! a polynomial, and what puts the result together, with every `fma` in its place. A pass
//! writes them into the body, so that each back end gives the same bits and no element pays a call.
//!
//! The functions are straight lines. Zeros, infinities, NaN and subnormals are common in data and
//! take the same way as all, with selects at the end. The one thing that is too expensive to do on every
//! lane, reducing a huge angle, is left to [`Op::SinFar`] and its like, which cost a comparison
//! where no lane needs them.
//!
//! Algorithms are the textbook ones (Muller, *Elementary Functions*; Dekker's and Knuth's exact
//! sums and products for what must be kept beyond a float); coefficients come from
//! `tools/coefficients`. Bounds are measured, in docs/accuracy.md. This module must not know lanes,
//! machines, or source text.

mod coefficients;
mod divide;
mod exp;
mod exponent;
mod lane;
mod log;
mod pow;
#[cfg(test)]
mod tests;
mod trig;
mod value;

use std::collections::HashMap;

use crate::ir::{Body, Inst, Loop, Program, Value};
use crate::ops::Op;
use crate::types::Ty;
pub(crate) use divide::expand_divisions;
pub(crate) use exponent::expand_exponents;
use lane::Sheet;
pub(crate) use lane::Target;
pub(crate) use value::value;

/// The value of `op` on float operands, written into `target` as arithmetic; `None` if `op` is no math function.
pub(crate) fn write(target: &mut dyn Target, op: Op, operands: &[Value]) -> Option<Value> {
    let sheet = Sheet::new(target);
    let x = sheet.lane(operands[0]);
    let result = match op {
        Op::Exp => exp::exp(x),
        Op::Expm1 => exp::expm1(x),
        Op::Tanh => exp::tanh(x),
        Op::Log => log::log(x),
        Op::Log1p => log::log1p(x),
        Op::Sin => trig::sin(x),
        Op::Cos => trig::cos(x),
        Op::Tan => trig::tan(x),
        Op::Pow if x.ty.is_float() => pow::pow(x, sheet.lane(operands[1])),
        _ => return None,
    };
    Some(result.value)
}

/// Whether a loop has a math function that is not expanded.
pub(crate) fn is_used(l: &Loop) -> bool {
    l.body.iter().any(|(_, inst, ty)| matches!(inst, Inst::Op(op, _) if op.is_function() && ty.is_float()))
}

/// Expands every math function in `program`.
///
/// Passes that round differently, as contraction and reassociation do, must come before: here each
/// rounding is meant. Passes that keep every bit may follow.
pub(crate) fn expand(program: &mut Program) {
    rewritten(program, write);
}

/// Writes what `write` makes of an operation in its place, where it makes something.
fn rewritten(program: &mut Program, write: fn(&mut dyn Target, Op, &[Value]) -> Option<Value>) {
    for l in &mut program.loops {
        let mut written = Written::default();
        let mut became: Vec<Value> = Vec::with_capacity(l.body.len());
        for (_, inst, ty) in l.body.iter() {
            let inst = inst.map(|operand| became[operand.index()]);
            let made = match inst {
                Inst::Op(op, _) => write(&mut written, op, inst.operands()),
                _ => None,
            };
            became.push(made.unwrap_or_else(|| written.push(inst, ty)));
        }
        l.map_roots(|root| became[root.index()]);
        l.body = written.body;
    }
}

/// A body in which equal instructions are one value.
#[derive(Default)]
struct Written {
    body: Body,
    known: HashMap<(Inst, Ty), Value>,
}

impl Target for Written {
    fn push(&mut self, inst: Inst, ty: Ty) -> Value {
        *self.known.entry((inst, ty)).or_insert_with(|| self.body.push(inst, ty))
    }

    fn ty(&self, value: Value) -> Ty {
        self.body.ty(value)
    }
}
