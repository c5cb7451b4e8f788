//! The angle of a point in the plane.
//!
//! Of both coordinates' sizes the smaller is divided by the larger. Above tan π/8 the quotient t becomes
//! (t - 1) / (t + 1), made of their difference and their sum, whose arctangent is that of t less π/4. Then
//! atan q = q + q³ P(q²), with what the quotient misses in the last sum, and multiples of π/4 lead to the octant.

use super::coefficients::{ATAN, QUARTER_PI};
use super::lane::Lane;
use crate::ops::Op;

/// tan π/8, about: both ways are good on either side of it.
const TURN: f64 = 0.414;

/// atan2(y, x).
pub(super) fn atan2<'s>(y: Lane<'s>, x: Lane<'s>) -> Lane<'s> {
    let format = x.format();
    let sizes = (x.abs(), y.abs());
    let (large, small) = (sizes.0.binary(Op::Max, sizes.1), sizes.0.binary(Op::Min, sizes.1));
    // Infinite numbers count as 1 beside 0, and quotients of the largest and the least are of such in range.
    let infinite = large.same(f64::INFINITY);
    let (zero, one) = (x.number(0.0), x.number(1.0));
    let small = infinite.select(small.same(f64::INFINITY).select(one, zero), small);
    let large = infinite.select(one, large);
    let (huge, tiny) =
        (x.number(2f64.powi(format.bias as i32 - 3)), x.number(2f64.powi(60 - format.bias as i32)));
    let down = large.gt(huge).select(x.number(0.0625), one);
    let scale = large.lt(tiny).select(x.number(2f64.powi(60)), down);
    let (small, large) = (small * scale, large * scale);
    let turned = small.gt(large * TURN);
    let above = turned.select(small - large, small);
    let below = turned.select(small + large, large);
    let above_low = turned.select(small - (above + large), zero);
    let below_low = turned.select(small - (below - large), zero);
    let below = large.same(0.0).select(one, below);
    let inverse = one / below;
    let q = above * inverse;
    let miss = (-q).fma(below_low, (-q).fma(below, above) + above_low) * inverse;
    let z = q * q;
    let tail = (z * q).fma(z.polynomial(ATAN.of(x.ty)), miss);
    // The multiple of π/4 in each of both steps, and whether the angle goes back from it.
    let steep = sizes.1.gt(sizes.0);
    let behind = x.bits().lt(0);
    let quarters = turned.select(one, zero);
    let quarters = steep.select(one.number(2.0) - quarters, quarters);
    let quarters = behind.select(one.number(4.0) - quarters, quarters);
    let back = steep.binary(Op::Xor, behind);
    let (q, tail) = (back.select(-q, q), back.select(-tail, tail));
    let [high, low] = [0, 1].map(|part| QUARTER_PI.of(x.ty)[part]);
    let base = quarters * high;
    let sum = base + q;
    // The base is 0 or the larger of the two.
    let lost = q - (sum - base);
    let angle = sum + quarters.fma(low, lost + tail);
    (angle.bits() ^ (y.bits() & format.sign())).float()
}
