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
    let product = n * -part[1];
    let product_low = n.fma(-part[1], -product);
    let r = first + product;
    // Where the product is the larger of the two, their sum is exact.
    let error = product - (r - first);
    Reduced { n: shifted.bits(), r, low: n.fma(-part[2], error + product_low) }
}

/// A result before its last addition.
struct Sum<'s> {
    large: Lane<'s>,
    small: Lane<'s>,
}

impl<'s> Sum<'s> {
    fn rounded(&self) -> Lane<'s> {
        self.large + self.small
    }
}

/// sin and cos of r + low.
fn kernels<'s>(r: Lane<'s>, low: Lane<'s>) -> [Sum<'s>; 2] {
    let z = r * r;
    let half = z * -0.5;
    let cos = half + 1.0;
    let lost = half - (cos - 1.0);
    let sin_small = (z * r).fma(z.polynomial(SIN.of(r.dtype)), low.fma(half, low));
    let cos_small = (z * z).fma(z.polynomial(COS.of(r.dtype)), (-r).fma(low, lost));
    [Sum { large: r, small: sin_small }, Sum { large: cos, small: cos_small }]
}

/// sin(x + turns π/2)
fn turned(x: Lane<'_>, turns: i64) -> Lane<'_> {
    let Reduced { n, r, low } = reduce(x);
    let [sin, cos] = kernels(r, low);
    let n = if turns == 0 { n } else { n + turns };
    let even = (n & 1).same(0);
    let size = even.select(sin.rounded(), cos.rounded());
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

/// tan x = sin r / cos r for even n, else -cos r / sin r. Both keep their rounding errors.
pub(super) fn tan(x: Lane<'_>) -> Lane<'_> {
    let Reduced { n, r, low } = reduce(x);
    let [sin, cos] = kernels(r, low).map(|sum| {
        let high = sum.rounded();
        (high, sum.small - (high - sum.large))
    });
    let even = (n & 1).same(0);
    let above = even.select(sin.0, -cos.0);
    let above_low = even.select(sin.1, -cos.1);
    let below = even.select(cos.0, sin.0);
    let below_low = even.select(cos.1, sin.1);
    let near = quotient(above, above_low, below, below_low);
    let near = x.same(0.0).select(x, near);
    x.binary(Op::TanFar, near)
}
