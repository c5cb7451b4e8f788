//! log x and log(1 + x).
//!
//! x = 2^k m with m in [√½, √2). With f = m - 1 (exact) and s = f / (2 + f),
//! log m = 2 atanh s = f - s (f - s² P(s²)), whose second term is small beside the first. k ln2 is
//! in two parts, of which the first is exact, and its sum with f keeps its rounding error.

use super::coefficients::{LN2, LOG};
use super::exponent::{Moved, moved, raised_by};
use super::lane::Lane;
use crate::ops::Op;

/// The k and the m of a positive x = 2^k m.
pub(super) fn split(x: Lane<'_>) -> (Lane<'_>, Lane<'_>) {
    let m = x.unary(Op::Fraction);
    (x.binary(Op::Exponent, m), m)
}

/// k ln2 + log(1 + f) + low, where low is tiny.
fn whole<'s>(k: Lane<'s>, f: Lane<'s>, low: Option<Lane<'s>>) -> Lane<'s> {
    let ln2 = LN2.of(f.ty);
    // -s, so that no negation is needed later.
    let s = f / (f.number(-2.0) - f);
    let z = s * s;
    let negated: Vec<f64> = LOG.of(f.ty).iter().map(|c| -c).collect();
    let inner = z.fma(z.horner(&negated), f);
    let first = k * ln2[0];
    let sum = first + f;
    let error = f - (sum - first);
    let error = low.map_or(error, |low| error + low);
    sum + s.fma(inner, k.fma(ln2[1], error))
}

/// log x.
pub(super) fn log(x: Lane<'_>) -> Lane<'_> {
    let (k, m) = split(x);
    let result = whole(k, m - 1.0, None);
    ends(x, x, result)
}

/// `result` where `y` is above 0, but of infinity itself; -inf where `y` is 0; else NaN.
fn ends<'s>(x: Lane<'s>, y: Lane<'s>, result: Lane<'s>) -> Lane<'s> {
    let result = x.lt(f64::INFINITY).select(result, x);
    let result = y.same(0.0).select(x.number(f64::NEG_INFINITY), result);
    y.lt(0.0).select(x.number(f64::NAN), result)
}

/// log(1 + x).
///
/// The sum u = 1 + x, never subnormal, is taken apart by its bits, and keeps its rounding error:
/// f + c is exactly what 2^-k (1 + x) - 1 is. For k = 0 that is x itself, in the first part alone.
pub(super) fn log1p(x: Lane<'_>) -> Lane<'_> {
    let format = x.format();
    let u = x + 1.0;
    let lost = x - (u - 1.0);
    let Moved { raised, m, bits } = moved(u);
    let k = raised - raised_by(format);
    // 2^-k: the exponent's field of the difference holds the bias less k. It may fall below 0, but
    // only where nothing was lost.
    let exponent = bits & !format.fraction_mask();
    let inverse = exponent.integer(2 * format.power(0)) - exponent;
    let inverse = inverse.binary(Op::Max, inverse.integer(0)).float();
    let (above, c) = (m - 1.0, lost * inverse);
    let f = above + c;
    let rest = c - (f - above);
    // The derivative of log(1 + f) is near 1 - f, which is enough for a rest.
    let low = (-f).fma(rest, rest);
    let result = whole(k, f, Some(low));
    let result = ends(x, u, result);
    // The sum has lost the sign of zero.
    x.same(0.0).select(x, result)
}
