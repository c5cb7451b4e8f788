//! Sine, cosine, tangent.
//!
//! x = n π/2 + r with a whole n and |r| ≤ π/4. π/2 is in three parts (Cody and Waite, with fma):
//! x - n p0 is exact, because it is a multiple of half the last bit of p0 and below 1, and so is n p1 in
//! float64, where p1 is short; r comes out as a float and a tail. This holds as long as n is small
//! enough; where it is not, `far` in the table of operations says so and the far primitives take
//! over.
//!
//! sin r = r + r³ S(r²), cos r = 1 - r²/2 + r⁴ C(r²); n modulo 4 says which, and with what sign.

use super::coefficients::{COS, HALF_PI, SIN, TWO_OVER_PI};
use super::exp::quotient;
use super::lane::Lane;
use crate::ops::Op;
use crate::types::Ty;

/// Integers that end in the bits of n, and x - n p0.
struct Turns<'s> {
    shifted: Lane<'s>,
    n: Lane<'s>,
    first: Lane<'s>,
}

fn turns(x: Lane<'_>) -> Turns<'_> {
    let shifter = x.format().shifter(0, 0);
    let shifted = x.fma(TWO_OVER_PI.of(x.ty)[0], shifter);
    let n = shifted - shifter;
    Turns { shifted: shifted.bits(), n, first: n.fma(-HALF_PI.of(x.ty)[0], x) }
}

impl<'s> Turns<'s> {
    /// r, to a unit in its last place.
    fn rounded(&self) -> Lane<'s> {
        let part = HALF_PI.of(self.n.ty);
        self.n.fma(-part[2], self.n.fma(-part[1], self.first))
    }

    /// r, and what its rounding took away.
    fn in_two(&self) -> (Lane<'s>, Lane<'s>) {
        let Turns { n, first, .. } = *self;
        let part = HALF_PI.of(n.ty);
        // Where n p1 is the larger of the two, the difference is exact.
        let (r, error) = if n.ty == Ty::F64 {
            let r = n.fma(-part[1], first);
            (r, n.fma(-part[1], first - r))
        } else {
            let product = n * part[1];
            let r = first - product;
            (r, (first - r) - product + n.fma(-part[1], product))
        };
        (r, n.fma(-part[2], error))
    }

    /// Whether n plus `more` is even.
    fn even(&self, more: i64) -> Lane<'s> {
        let last = self.shifted & 1;
        if more & 1 == 0 { last.same(0) } else { last.differs(0) }
    }

    fn plus(&self, more: i64) -> Lane<'s> {
        if more == 0 { self.shifted } else { self.shifted + more }
    }
}

/// 1 - z/2, and what its rounding took away.
fn less_half(z: Lane<'_>) -> (Lane<'_>, Lane<'_>) {
    let one = z.fma(-0.5, 1.0);
    (one, z.fma(-0.5, one.number(1.0) - one))
}

/// sin(x + more π/2) of an x ≥ 0.
fn turned(x: Lane<'_>, more: i64) -> Lane<'_> {
    let turns = turns(x);
    let (sin, cos) = if x.ty == Ty::F64 {
        let (r, low) = turns.in_two();
        let z = r * r;
        let cube = z * r;
        let sin = r + cube.fma(z.horner(SIN.wide), low);
        // cos (r + low) = 1 - r (r/2 + low - r³ C): r² is not rounded alone.
        let factor = r.fma(0.5, (-cube).fma(z.horner(COS.wide), low));
        (sin, (-r).fma(factor, 1.0))
    } else {
        let r = turns.rounded();
        let z = r * r;
        let cos = z.fma(z.fma(z.horner(COS.narrow), -0.5), 1.0);
        ((z * r).fma(z.horner(SIN.narrow), r), cos)
    };
    let size = turns.even(more).select(sin, cos);
    // Bit 1 of n is the sign.
    let format = x.format();
    let sign = turns.plus(more).shl(if format.bias == 127 { 30 } else { 62 }) & format.sign();
    (size.bits() ^ sign).float()
}

/// sin x.
pub(super) fn sin(x: Lane<'_>) -> Lane<'_> {
    let size = x.abs();
    let result = size.binary(Op::SinFar, turned(size, 0));
    (result.bits() ^ (x.bits() & x.format().sign())).float()
}

/// cos x.
pub(super) fn cos(x: Lane<'_>) -> Lane<'_> {
    let size = x.abs();
    size.binary(Op::CosFar, turned(size, 1))
}

/// tan x = sin r / cos r for even n, else cos r / -sin r. Both keep their rounding errors.
pub(super) fn tan(x: Lane<'_>) -> Lane<'_> {
    let turns = turns(x);
    let (r, low) = turns.in_two();
    let z = r * r;
    let above = (z * r).fma(z.horner(SIN.of(x.ty)), low.fma(z * -0.5, low));
    let sin = r + above;
    let sin_low = above - (sin - r);
    let (one, lost) = less_half(z);
    // What the rounding of r² takes away, too: a quotient has the errors of both its sides.
    let lost = r.fma(r, -z).fma(-0.5, lost);
    let below = (z * z).fma(z.horner(COS.of(x.ty)), (-r).fma(low, lost));
    let cos = one + below;
    let cos_low = below - (cos - one);
    let even = turns.even(0);
    let above = even.select(sin, cos);
    let above_low = even.select(sin_low, cos_low);
    let below = even.select(cos, -sin);
    let below_low = even.select(cos_low, -sin_low);
    let near = quotient(above, above_low, below, below_low);
    // The reduction loses the sign of zero.
    let near = x.same(0.0).select(x, near);
    x.binary(Op::TanFar, near)
}
