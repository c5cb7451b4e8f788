//! x^y = e^(y log |x|), with the signs and corners of C's pow.
//!
//! An exponent of 700 (of 88 in float32) multiplies the error of the logarithm by as much, so log |x|
//! is taken to some 12 bits more than a float has, in two floats (Dekker's arithmetic).

use super::coefficients::{EXP, LN2, LOG_LONG, MOVED, THIRD};
use super::exp::{RANGE, scaled};
use super::lane::Lane;
use super::log::split;
use crate::types::Ty;

/// x^y, as C's pow.
pub(super) fn pow<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let size = x.abs();
    // 0 times infinity makes NaN of what is 1.
    let one = size.same(1.0) | y.same(0.0);
    let power = one.select(x.number(1.0), power_of_size(size, y));
    let rounded = y.rint();
    let invalid = x.lt(0.0) & size.lt(f64::INFINITY) & y.differs(rounded);
    let power = invalid.select(x.number(f64::NAN), power);
    // An odd y keeps the sign of x. Half of a whole number tells: large ones are even.
    let half = y * 0.5;
    let odd = half.rint().differs(half) & y.same(rounded);
    let sign = x.bits() & x.format().sign();
    (power.bits() ^ odd.select(sign, sign.integer(0))).float()
}

/// x^y of an x ≥ 0.
fn power_of_size<'s>(x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
    let (log, log_low) = log_in_two(x);
    // 0, infinity and NaN.
    let log = x.lt(f64::INFINITY).select(log, x);
    let log = x.same(0.0).select(x.number(f64::NEG_INFINITY), log);
    let product = y * log;
    let low = y.fma(log_low, y.fma(log, -product));
    // Past the range the tail means nothing, but could be large, or NaN where the product is none.
    let most = if x.ty == Ty::F64 { 1e-9 } else { 1e-3 };
    let least = low.number(-most);
    let low = low.gt(least).select(low, least).at_most(most);
    let range = RANGE.of(x.ty);
    scaled(product.at_least(range[0]).at_most(range[1]), Some(low), EXP.of(x.ty))
}

/// log x of a positive x, as a sum of two floats.
///
/// log m = 2 s + s³ (2/3 + s² Q(s²)) with s = f / (2 + f). s² Q grows from 0 to 0.012: with
/// half of that moved over to 2/3, the rest R is small enough that s³ R needs but one float, where s
/// and s³ are in two.
fn log_in_two(x: Lane<'_>) -> (Lane<'_>, Lane<'_>) {
    let (k, m) = split(x);
    let f = m - 1.0;
    // s, with what the division misses: f - s (2 + f), whose first difference is exact.
    let inverse = f.number(1.0) / (f + 2.0);
    let s = f * inverse;
    let twice = s + s;
    let s_low = inverse * (-s).fma(f, f - twice);
    let z = s * s;
    let z_low = twice.fma(s_low, s.fma(s, -z));
    let cube = z * s;
    let cube_low = z_low.fma(s, z.fma(s_low, z.fma(s, -cube)));
    let [lead, lead_low] = [0, 1].map(|part| s.number(THIRD.of(x.ty)[part]));
    let (&first_of_series, rest_of_series) = LOG_LONG.of(x.ty).split_first().expect("coefficients");
    // What s² lacks counts in s⁵ too, where a float64 shows it.
    let lead_low = if x.ty == Ty::F64 { z_low.fma(first_of_series, lead_low) } else { lead_low };
    let third = cube * lead;
    let third_low = cube_low.fma(lead, cube.fma(lead_low, cube.fma(lead, -third)));
    // k ln2 + 2s + s³ (...), largest first.
    let ln2 = LN2.of(x.ty);
    let first = k * ln2[0];
    let sum = first + twice;
    let sum_low = twice - (sum - first);
    let whole = sum + third;
    let whole_low = third - (whole - sum);
    let tail = k.fma(ln2[1], s_low.fma(2.0, third_low));
    let tail = sum_low + whole_low + tail;
    // s² Q less what was moved, with the roundings of that small difference alone.
    let lead_of_series = z.fma(first_of_series, -MOVED.of(x.ty)[0]);
    let rest = (z * z).fma(z.polynomial(rest_of_series), lead_of_series);
    let tail = if x.ty == Ty::F64 { cube_low.fma(rest, tail) } else { tail };
    let tail = cube.fma(rest, tail);
    let high = whole + tail;
    (high, tail - (high - whole))
}
