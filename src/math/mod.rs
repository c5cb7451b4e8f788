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

mod atan;
mod coefficients;
mod complex;
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

use crate::ir::{Builder, Inst, Loop, Program};
use crate::ops::{Number, Op, Pair, Primitives, Value};
pub(crate) use divide::expand_divisions;
pub(crate) use exponent::{expand_exponents, write as write_exponents};
use lane::Sheet;
pub(crate) use value::{Computed, value};

/// The value of `op` on float operands, pushed to `values` as arithmetic; `None` if `op` is no math function.
pub(crate) fn write(values: &mut dyn Primitives, op: Op, operands: &[Value]) -> Option<Value> {
    let sheet = Sheet::new(values);
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
        Op::Atan2 => atan::atan2(x, sheet.lane(operands[1])),
        Op::Pow if x.ty.is_float() => pow::pow(x, sheet.lane(operands[1])),
        _ => return None,
    };
    Some(result.value)
}

/// What a math function of complex numbers gives, pushed to `values` in functions of their parts; it is named by the
/// primitive that it is for real ones.
///
/// # Panics
/// If it is none of those that are written so.
pub(crate) fn write_complex(values: &mut dyn Primitives, op: Op, x: &[Pair]) -> Number {
    let sheet = Sheet::new(values);
    let pair = |x: Pair| complex::Pair { re: sheet.lane(x.re), im: sheet.lane(x.im) };
    let result = match (op, x) {
        (Op::Abs, &[x]) => return Number::Real(complex::size(pair(x)).value),
        (Op::Atan2, &[x]) => return Number::Real(complex::angle(pair(x)).value),
        (Op::Pow, &[x, y]) => complex::pow(pair(x), pair(y)),
        (op, &[x]) => complex::function(op, pair(x)),
        _ => unreachable!("{op:?} of complex numbers"),
    };
    Number::Complex(Pair { re: result.re.value, im: result.im.value })
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

/// Puts what `write` makes of an operation in its place, where it makes something.
fn rewritten(program: &mut Program, write: fn(&mut dyn Primitives, Op, &[Value]) -> Option<Value>) {
    let b = &mut Builder::default();
    for l in &mut program.loops {
        b.rebuild(l, |b, old, value| {
            let inst = b.moved(old, value);
            let made = match inst {
                Inst::Op(op, _) => write(b, op, inst.operands()),
                _ => None,
            };
            made.unwrap_or_else(|| b.inst(inst, old.ty(value)))
        });
    }
}
