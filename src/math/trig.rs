//! Sine, cosine, tangent.
//!
//! x = n π/2 + r with a whole n and |r| ≤ π/4. π/2 is in three full parts (Cody and Waite, with fma):
//! x - n p0 is exact, because it is a multiple of the last bit of p0 and below 1; n p1 is taken in two
//! floats, and r comes out as a float and a tail. This holds as long as n is small enough for the
//! third part to be all that is needed beyond; where it does not, `far` in the table of operations
//! says so and the far primitives take over.
//!
//! sin r = r + r³ S(r²), cos r = 1 - r²/2 + r⁴ C(r²); n modulo 4 says which, and with what sign.

use super::coefficients::{COS, HALF_PI, SIN, TWO_OVER_PI};
use super::exp::quotient;
use super::lane::Lane;
use crate::op::Op;

struct Reduced<'s> {
    /// Integers that end in the bits of n.
    n: Lane<'s>,
    r: Lane<'s>,
    low: Lane<'s>,
}

fn reduce(x: Lane<'_>) -> Reduced<'_> {
    let part = HALF_PI.of(x.dtype);
    let shifter = x.format().shifter(0, 0);
    let shifted = x.fma(TWO_OVER_PI.of(x.dtype)[0], shifter);
    let n = shifted - shifter;
    let first = n.fma(-part[0], x);
    let product = n * part[1];
    let product_low = n.fma(-part[1], product);
    let r = first - product;
    // Where the product is the larger of the two, the difference is exact.
    let error = (first - r) - product;
    Reduced { n: shifted.bits(), r, low: n.fma(-part[2], error + product_low) }
}

/// The sine and the cosine of r + low, each before its last addition: sin is r + `sin`, cos is
/// `one` - `cos`.
struct Kernels<'s> {
    sin: Lane<'s>,
    one: Lane<'s>,
    cos: Lane<'s>,
}

fn kernels<'s>(r: Lane<'s>, low: Lane<'s>) -> Kernels<'s> {
    let z = r * r;
    let half = z * -0.5;
    let one = half + 1.0;
    let lost = (one - 1.0) - half;
    let sin = (z * r).fma(z.polynomial(SIN.of(r.dtype)), low.fma(half, low));
    // Turned round, so that r needs no negation.
    let minus: Vec<f64> = COS.of(r.dtype).iter().map(|c| -c).collect();
    let cos = (z * z).fma(z.polynomial(&minus), r.fma(low, lost));
    Kernels { sin, one, cos }
}

/// sin(x + turns π/2)
fn turned(x: Lane<'_>, turns: i64) -> Lane<'_> {
    let Reduced { n, r, low } = reduce(x);
    let Kernels { sin, one, cos } = kernels(r, low);
    let n = if turns == 0 { n } else { n + turns };
    let even = (n & 1).same(0);
    let size = even.select(r + sin, one - cos);
    let format = x.format();
    // Bit 1 of n is the sign.
    let sign = n.shl(if format.bias == 127 { 30 } else { 62 }) & format.sign();
    (size.bits() ^ sign).float()
}

/// sin x; the reduction would lose the sign of zero.
pub(super) fn sin(x: Lane<'_>) -> Lane<'_> {
    let near = turned(x, 0);
    let near = x.same(0.0).select(x, near);
    x.binary(Op::SinFar, near)
}

/// cos x.
pub(super) fn cos(x: Lane<'_>) -> Lane<'_> {
    x.binary(Op::CosFar, turned(x, 1))
}

/// tan x = sin r / cos r for even n, else cos r / -sin r. Both keep their rounding errors.
pub(super) fn tan(x: Lane<'_>) -> Lane<'_> {
    let Reduced { n, r, low } = reduce(x);
    let kernels = kernels(r, low);
    let sin = r + kernels.sin;
    let sin_low = kernels.sin - (sin - r);
    let cos = kernels.one - kernels.cos;
    let cos_low = (kernels.one - cos) - kernels.cos;
    let even = (n & 1).same(0);
    let above = even.select(sin, cos);
    let above_low = even.select(sin_low, cos_low);
    let below = even.select(cos, -sin);
    let below_low = even.select(cos_low, -sin_low);
    let near = quotient(above, above_low, below, below_low);
    let near = x.same(0.0).select(x, near);
    x.binary(Op::TanFar, near)
}
