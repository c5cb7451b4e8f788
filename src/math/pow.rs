//! x^y = e^(y log |x|), with the signs and corners of C's pow.
//!
//! An exponent of 700 multiplies the error of the logarithm by as much, so float64 takes log |x| to
//! some 65 bits in two floats (Dekker's arithmetic). float32 computes in float64.

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
///
/// log m = 2 s + s³ (2/3 + R) with s = f / (2 + f) and R = s² Q(s²) below 0.012, so that s and s³ are in
/// two parts, and s³ R in one.
fn log_in_two(x: Lane<'_>) -> (Lane<'_>, Lane<'_>) {
    let (scaled, lowered) = normal(x);
    let parts = split(scaled, lowered);
    let f = parts.m - 1.0;
    // s, with what the division misses: f - s (2 + f), whose first difference is exact.
    let inverse = f.number(1.0) / (f + 2.0);
    let s = f * inverse;
    let twice = s + s;
    let s_low = inverse * (-s).fma(f, f - twice);
    let z = s * s;
    let z_low = twice.fma(s_low, s.fma(s, -z));
    let cube = z * s;
    let cube_low = z_low.fma(s, z.fma(s_low, z.fma(s, -cube)));
    let [two_thirds, two_thirds_low] = [0, 1].map(|part| s.number(TWO_THIRDS.wide[part]));
    let third = cube * two_thirds;
    let third_low = cube_low.fma(two_thirds, cube.fma(two_thirds_low, cube.fma(two_thirds, -third)));
    // k ln2 + 2s + s³ (...), largest first.
    let first = parts.k * LN2.wide[0];
    let sum = first + twice;
    let sum_low = twice - (sum - first);
    let whole = sum + third;
    let whole_low = third - (whole - sum);
    let tail = parts.k.fma(LN2.wide[1], s_low.fma(2.0, third_low));
    // Here too what s lacks counts: five times in s⁵.
    let rest = z.fma(z.polynomial(LOG_LONG.wide), z_low * LOG_LONG.wide[0]);
    let tail = cube_low.fma(rest, tail);
    let tail = cube.fma(rest, sum_low + whole_low + tail);
    let high = whole + tail;
    (high, tail - (high - whole))
}
