//! Powers with a constant exponent become products.
//!
//! Integers square and multiply, which is exact modulo 2^n. For floats `x**0` is 1 (of NaN too),
//! `x**1` is x, `x**2` is `x*x`, `x**-1` is `1/x` and `x**0.5` is `sqrt(x)`, NumPy's own choices.
//! Other whole exponents square and multiply too, and differ in what they do about rounding:
//!
//! - contract and fast: nothing. x**-n is 1 / x**n.
//! - strict float32: the work is done in float64, which leaves the last rounding alone (0.500001
//!   ULP) and has room for every intermediate over- and underflow.
//! - strict float64: each product carries its rounding error along, see [`compensated`]. Measured
//!   against exact arithmetic: at most 0.5001 ULP in normal results, 1 ULP in subnormal ones.
//!
//! Exponents that come out of no rule stay [`Op::Pow`].

use super::build::Builder;
use crate::dtype::{DType, Scalar};
use crate::engine::FpMode;
use crate::ir::{Inst, Loop, Value};
use crate::op::Op;

/// The largest exponent that becomes products.
const MOST: i64 = 64;

pub(super) fn run(l: &mut Loop, fp: FpMode, b: &mut Builder) -> bool {
    if !l.body.iter().any(|(_, inst, _)| matches!(inst, Inst::Op(Op::Pow, _))) {
        return false;
    }
    b.rebuild(l, |b, old, value| {
        let inst = b.moved(old, value);
        let dtype = old.dtype(value);
        if let Inst::Op(Op::Pow, [x, y, _]) = inst
            && let Some(exponent) = b.constant(y)
            && let Some(power) = power(b, x, exponent, fp)
        {
            return power;
        }
        b.inst(inst, dtype)
    });
    true
}

fn power(b: &mut Builder, x: Value, exponent: Scalar, fp: FpMode) -> Option<Value> {
    let dtype = exponent.dtype();
    let n = match (exponent, exponent.cast(DType::Float64)) {
        (_, Scalar::Float64(0.5)) if dtype.is_float() => return Some(b.op(Op::Sqrt, &[x])),
        (Scalar::Int32(n), _) => n.into(),
        (Scalar::Int64(n), _) => n,
        (_, Scalar::Float64(n)) if n.trunc() == n && n.abs() <= MOST as f64 => n as i64,
        _ => return None,
    };
    if n < 0 && dtype.is_int() {
        return Some(b.number(0, dtype));
    }
    if n.abs() > MOST {
        return None;
    }
    Some(match (n, dtype) {
        (0, _) => b.number(1, dtype),
        (1, _) => x,
        (2, _) => b.op(Op::Mul, &[x, x]),
        (-1, _) => reciprocal(b, x),
        (_, DType::Float64) if fp == FpMode::Strict => compensated(b, x, n),
        (_, DType::Float32) if fp == FpMode::Strict => {
            let x = b.convert(x, DType::Float64);
            let result = plain(b, x, n);
            b.convert(result, DType::Float32)
        }
        _ => plain(b, x, n),
    })
}

fn reciprocal(b: &mut Builder, x: Value) -> Value {
    let one = b.number(1, b.dtype(x));
    b.op(Op::Div, &[one, x])
}

/// The bits of n below its highest one, from the top: square at each, and multiply where it is set.
fn bits(n: u64) -> impl DoubleEndedIterator<Item = bool> {
    (0..n.ilog2()).rev().map(move |bit| n >> bit & 1 == 1)
}

/// x**n by squaring and multiplying.
fn plain(b: &mut Builder, x: Value, n: i64) -> Value {
    let mut result = x;
    for set in bits(n.unsigned_abs()) {
        result = b.op(Op::Mul, &[result, result]);
        if set {
            result = b.op(Op::Mul, &[result, x]);
        }
    }
    if n < 0 { reciprocal(b, result) } else { result }
}

/// A value in two parts, `high + low`; a low part that is zero is left out.
#[derive(Clone, Copy)]
struct Double {
    high: Value,
    low: Option<Value>,
}

/// x**n of float64, |n| > 2, rounded once.
///
/// The power is kept as `high + low`, where `fma` gives the exact rounding error of each product;
/// what is dropped, `low * low` and the rounding of `low` itself, is below 2^-90 of the result. The
/// last product adds its correction in one fma: `x * y + (correction)`. A negative exponent
/// starts from 1/x in two parts rather than ending with it, so that no overflow on the way hides a
/// result that is subnormal.
///
/// Where the plain product of the high parts is infinite, NaN or zero, so is the power, with its
/// sign; there the correction is as large or NaN itself, and the plain product is selected.
/// Below the normal range the correction is rounded to a whole unit in the last place, which is
/// where the second half ULP comes from.
fn compensated(b: &mut Builder, x: Value, n: i64) -> Value {
    let base = if n < 0 { reciprocal_in_two(b, x) } else { Double { high: x, low: None } };
    let steps = bits(n.unsigned_abs()).flat_map(|set| [Some(false), set.then_some(true)]).flatten();
    let mut steps: Vec<bool> = steps.collect();
    let last = steps.pop();
    let mut power = base;
    for by_base in steps {
        let factor = if by_base { base } else { power };
        power = product(b, power, factor);
    }
    let factor = if last == Some(true) { base } else { power };
    rounded_product(b, power, factor)
}

/// 1/x with its rounding error: x * (1/x) misses 1 by what fma tells.
fn reciprocal_in_two(b: &mut Builder, x: Value) -> Double {
    let high = reciprocal(b, x);
    let minus = b.op(Op::Neg, &[x]);
    let one = b.number(1, DType::Float64);
    let miss = b.op(Op::Fma, &[minus, high, one]);
    Double { high, low: Some(b.op(Op::Mul, &[high, miss])) }
}

fn product(b: &mut Builder, x: Double, y: Double) -> Double {
    let high = b.op(Op::Mul, &[x.high, y.high]);
    let minus = b.op(Op::Neg, &[high]);
    let mut low = b.op(Op::Fma, &[x.high, y.high, minus]);
    for [p, q] in crossed(b, x, y) {
        low = b.op(Op::Fma, &[p, q, low]);
    }
    Double { high, low: Some(low) }
}

/// The product in one value, rounded once.
fn rounded_product(b: &mut Builder, x: Double, y: Double) -> Value {
    let plain = b.op(Op::Mul, &[x.high, y.high]);
    let mut correction = None;
    for [p, q] in crossed(b, x, y) {
        correction = Some(match correction {
            None => b.op(Op::Mul, &[p, q]),
            Some(sum) => b.op(Op::Fma, &[p, q, sum]),
        });
    }
    let Some(correction) = correction else { return plain };
    let corrected = b.op(Op::Fma, &[x.high, y.high, correction]);
    let [small, large] = [correction, plain].map(|v| b.op(Op::Abs, &[v]));
    let usual = b.op(Op::Lt, &[small, large]);
    b.op(Op::Select, &[usual, corrected, plain])
}

/// The products of high and low parts, of which there are up to two; a square has one, doubled.
fn crossed(b: &mut Builder, x: Double, y: Double) -> impl Iterator<Item = [Value; 2]> + use<> {
    let pairs = if x.high == y.high {
        [x.low.map(|low| [b.op(Op::Add, &[x.high, x.high]), low]), None]
    } else {
        [y.low.map(|low| [x.high, low]), x.low.map(|low| [low, y.high])]
    };
    pairs.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::random::{Memory, Random};
    use super::super::tests::{constant, expression, op};
    use super::*;
    use crate::interp;
    use crate::ir::{Program, verify};
    use crate::opt::optimize;

    fn power_program(dtype: DType, n: f64) -> Program {
        expression(dtype, 1, |body, x| {
            let n = constant(body, Scalar::Float64(n).cast(dtype));
            op(body, Op::Pow, &[x[0], n])
        })
    }

    /// The strict power of each of `bits`.
    fn powers(dtype: DType, n: f64, xs: &[u64]) -> Vec<Scalar> {
        let mut program = power_program(dtype, n);
        optimize(&mut program, FpMode::Strict);
        verify(&program).unwrap();
        let mut memory = Memory::new(&mut Random(0), &program, xs.len());
        let mut view = memory.arrays[0].view_mut();
        for (at, &x) in xs.iter().enumerate() {
            view.elements_mut().set(at, Scalar::from_bits(dtype, x));
        }
        memory.run(|frame| interp::run(&program, frame)).remove(0)
    }

    #[test]
    fn dump() {
        use std::io::Write;
        let mut out = std::io::BufWriter::new(std::fs::File::create("/tmp/powers.txt").unwrap());
        for dtype in [DType::Float64, DType::Float32] {
            for n in -64..=64i32 {
                let mut r = Random(n as u64 ^ 77);
                let mut xs: Vec<u64> = Vec::new();
                // results all over the range, with weight at its ends
                for k in 0..6000 {
                    let m = 1.0 + (r.next() >> 12) as f64 * 2f64.powi(-52);
                    let (lo, hi) = if dtype == DType::Float64 { (-1076.0, 1025.0) } else { (-151.0, 129.0) };
                    let e = match k % 4 {
                        0 => lo + m * 28.0 - 28.0,
                        1 => hi - (m * 3.0 - 3.0),
                        2 => m - 1.0,
                        _ => lo + (hi - lo) * (m - 1.0),
                    };
                    let x = 2f64.powf(e / if n == 0 { 1.0 } else { n as f64 });
                    let x = x * (1.0 + (r.next() >> 40) as f64 * 2f64.powi(-44));
                    let x = if r.chance(30) { -x } else { x };
                    xs.push(Scalar::Float64(x).cast(dtype).to_bits());
                }
                for (x, y) in xs.iter().zip(powers(dtype, n as f64, &xs)) {
                    writeln!(out, "{} {n} {x} {}", dtype.size(), y.to_bits()).unwrap();
                }
            }
        }
    }
}
