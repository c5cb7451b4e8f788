//! x^y = e^(y log |x|), with the signs and corners of C's pow.
//!
//! An exponent of 700 multiplies the error of the logarithm by as much, so float64 takes log |x| to
//! some 65 bits in two floats (Dekker's arithmetic): s = f / (2 + f) in two parts, s³ in two parts,
//! 2/3 in two parts, and the rest of the series in one. float32 computes in float64.

use super::coefficients::{EXP, LN2, LOG_LONG, TWO_THIRDS};
use super::exp::scaled;
use super::lane::Lane;
use super::log::{normal, short, split};
use crate::dtype::DType;
use crate::op::Op;

/// x^y, as C's pow.
pub(super) fn pow<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let dtype = x.dtype;
    let (x, y) = (x.convert(DType::Float64), y.convert(DType::Float64));
    let size = x.abs();
    let power = if dtype == DType::Float64 { wide_power(size, y) } else { narrow_power(size, y) };
    // 0 times infinity made NaN of these.
    let one = size.same(1.0) | y.same(0.0);
    let power = one.select(x.number(1.0), power);
    let rounded = y.rint();
    let invalid = x.lt(0.0) & size.lt(f64::INFINITY) & y.differs(rounded);
    let power = invalid.select(x.number(f64::NAN), power);
    // An odd y keeps the sign of x. Half of a whole number tells: large ones are even.
    let half = y * 0.5;
    let odd = half.rint().differs(half) & y.same(rounded);
    let sign = x.bits() & x.format().sign();
    let power = (power.bits() ^ odd.select(sign, sign.integer(0))).float();
    power.convert(dtype)
}

/// `log`, or what it is at the ends: of 0, infinity, and NaN.
fn with_ends<'s>(x: Lane<'s>, log: Lane<'s>) -> Lane<'s> {
    let log = x.lt(f64::INFINITY).select(log, x);
    x.same(0.0).select(x.number(f64::NEG_INFINITY), log)
}

fn wide_power<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let (log, log_low) = log_in_two(x);
    let log = with_ends(x, log);
    let product = y * log;
    let low = y.fma(log_low, y.fma(log, -product));
    // Past the range the tail means nothing, but could be large, or NaN where the product is none.
    let least = low.number(-1e-9);
    let low = low.gt(least).select(low, least).at_most(1e-9);
    scaled(product.at_least(-800.0).at_most(800.0), Some(low), EXP.wide)
}

fn narrow_power<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let product = y * with_ends(x, short(x));
    scaled(product.at_least(-200.0).at_most(200.0), None, EXP.short)
}

/// log x of a positive x, as a sum of two floats.
fn log_in_two(x: Lane<'_>) -> (Lane<'_>, Lane<'_>) {
    let (scaled, lowered) = normal(x);
    let parts = split(scaled, lowered);
    let f = parts.m - 1.0;
    // s, with what the division misses.
    let below = f + 2.0;
    let below_low = f - (below - 2.0);
    let inverse = f.number(1.0) / below;
    let s = f * inverse;
    let minus = -s;
    let s_low = inverse * minus.fma(below_low, minus.fma(below, f));
    // s² and s³.
    let twice = s + s;
    let z = s * s;
    let z_low = twice.fma(s_low, s.fma(s, -z));
    let cube = z * s;
    let cube_low = z_low.fma(s, z.fma(s_low, z.fma(s, -cube)));
    // 2/3 + s² Q(s²), of which all but the first product of Q is far below its last bit.
    let (first, others) = LOG_LONG.wide.split_first().expect("it is long");
    let small = z_low.fma(*first, TWO_THIRDS.wide[1]);
    let rest = z.fma(*first, (z * z).fma(z.polynomial(others), small));
    let factor = rest + TWO_THIRDS.wide[0];
    let factor_low = rest - (factor - TWO_THIRDS.wide[0]);
    let third = cube * factor;
    let third_low = cube_low.fma(factor, cube.fma(factor_low, cube.fma(factor, -third)));
    // k ln2 + 2s + s³ (...), largest first.
    let first = parts.k * LN2.wide[0];
    let sum = first + twice;
    let sum_low = twice - (sum - first);
    let whole = sum + third;
    let whole_low = third - (whole - sum);
    let tail = parts.k.fma(LN2.wide[1], s_low.fma(s.number(2.0), third_low));
    let tail = sum_low + whole_low + tail;
    let high = whole + tail;
    (high, tail - (high - whole))
}
