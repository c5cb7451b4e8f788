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

/// Beyond this, x^y is 0, 1 or infinite for every x but 1.
const LARGEST_Y: f64 = 36893488147419103232.0;

/// x^y, as C's pow.
pub(super) fn pow<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let dtype = x.dtype;
    let (x, y) = (x.convert(DType::Float64), y.convert(DType::Float64));
    let size = x.abs();
    let whole = y.rint().same(y);
    let wide = dtype == DType::Float64;
    // NaN in x does not survive the split of its bits, so it enters by y.
    let defined = x.binary(Op::Ge, x.number(0.0)) | (x.lt(0.0) & whole);
    let safe = defined.select(y, x.number(f64::NAN));
    // An infinite y would make NaN of the logarithm of 1.
    let safe = safe.at_least(-LARGEST_Y).at_most(LARGEST_Y);
    let power = if wide { wide_power(size, safe) } else { narrow_power(size, safe) };
    // 0 and infinity give themselves or each other: each has the bits of infinity less the other's.
    let corner = (size.same(0.0) | size.same(f64::INFINITY)) & y.same(y);
    let inverse = (size.bits().integer(x.format().infinity()) - size.bits()).float();
    let power = corner.select(y.lt(0.0).select(inverse, size), power);
    // An odd y keeps the sign of x. Half of a whole number tells: large ones are even.
    let half = y * 0.5;
    let odd = half.rint().differs(half) & whole;
    let sign = x.bits() & x.format().sign();
    let power = (power.bits() ^ odd.select(sign, sign.integer(0))).float();
    let one = x.same(1.0) | y.same(0.0);
    one.select(x.number(1.0), power).convert(dtype)
}

fn wide_power<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let (log, log_low) = log_in_two(x);
    let product = y * log;
    let low = y.fma(log_low, y.fma(log, -product));
    // Past the range the tail means nothing, but could be large.
    let product = product.at_least(-800.0).at_most(800.0);
    let low = low.at_least(-1e-9).at_most(1e-9);
    scaled(product, Some(low), EXP.wide)
}

fn narrow_power<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    scaled((y * short(x)).at_least(-200.0).at_most(200.0), None, EXP.short)
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
