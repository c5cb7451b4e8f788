//! e^x, e^x - 1 and tanh.
//!
//! x = n ln 2 + r with a whole n and |r| ≤ ln2/2. Adding a large number rounds x / ln 2 to n, and
//! leaves n in the low bits of the sum, from where one shift makes it the exponent of a float, where
//! that cannot overflow. ln 2 is in two parts; x less n times the first is exact.
//! e^r = 1 + r + r²/2 + r³ P(r).

use super::coefficients::{EXP, LN2, LOG2_E};
use super::exponent::power_of_two;
use super::lane::{Lane, Table};
use crate::types::Ty;

/// Below the first, e^x rounds to 0; above the second, to infinity.
pub(super) const RANGE: Table = Table { wide: &[-746.0, 710.0], narrow: &[-104.0, 89.0] };

/// x = n ln 2 + first - n ln2_low.
struct Reduced<'s> {
    /// n, or -n, above the shifter, for its bits.
    shifted: Lane<'s>,
    n: Lane<'s>,
    /// The second part of ln 2, or of -ln 2.
    ln2_low: f64,
    first: Lane<'s>,
}

/// Reduces x; the bits of `shifted` end in n times `sign` plus `plus`.
fn reduce(x: Lane<'_>, sign: f64, plus: i64) -> Reduced<'_> {
    let [ln2, ln2_low] = [0, 1].map(|part| sign * LN2.of(x.ty)[part]);
    let shifter = x.format().shifter(0, plus);
    let shifted = x.fma(sign * LOG2_E.of(x.ty)[0], shifter);
    let n = shifted - shifter;
    Reduced { shifted, n, ln2_low, first: n.fma(-ln2, x) }
}

impl<'s> Reduced<'s> {
    /// r.
    fn rounded(&self) -> Lane<'s> {
        self.n.fma(-self.ln2_low, self.first)
    }

    /// r, and what its rounding took away.
    fn in_two(&self) -> (Lane<'s>, Lane<'s>) {
        let r = self.rounded();
        (r, self.n.fma(-self.ln2_low, self.first - r))
    }

    /// r + low, rounded, and what that took away.
    fn with(&self, low: Lane<'s>) -> (Lane<'s>, Lane<'s>) {
        let second = self.n.fma(-self.ln2_low, low);
        let r = self.first + second;
        (r, second - (r - self.first))
    }
}

/// e^x.
pub(super) fn exp(x: Lane<'_>) -> Lane<'_> {
    let range = RANGE.of(x.ty);
    let x = x.at_least(range[0]).at_most(range[1]);
    scaled(x, None, EXP.of(x.ty))
}

/// e^(x + low) of an x within the range, with |low| far below 1.
pub(super) fn scaled<'s>(x: Lane<'s>, low: Option<Lane<'s>>, coefficients: &[f64]) -> Lane<'s> {
    let reduced = reduce(x, 1.0, 0);
    let curve = |r: Lane<'s>| r.fma(r.polynomial(coefficients), 0.5);
    let q = match low {
        None => {
            let r = reduced.rounded();
            (r * r).fma(curve(r), r)
        }
        Some(low) => {
            let (r, low) = reduced.with(low);
            r + (r * r).fma(curve(r), low)
        }
    };
    // The last step alone may round into the subnormals, overflow, or underflow.
    (q + 1.0).scale(reduced.n)
}

/// e^x - 1.
///
/// 2^n (1 + r + ...) - 1 cancels where n is small: the sum (2^n - 1) + 2^n r keeps its rounding
/// errors, r its low part, and r²/2 is not rounded alone. All is halved until the end, so that
/// 2^1024 is never met.
pub(super) fn expm1(x: Lane<'_>) -> Lane<'_> {
    let clamped = x.at_least(-50.0).at_most(RANGE.of(x.ty)[1]);
    let reduced = reduce(clamped, 1.0, x.format().bias - 1);
    let (r, low) = reduced.in_two();
    let scale = power_of_two(reduced.shifted.bits());
    let base = scale - 0.5;
    let lost = (scale - base) - 0.5;
    let sum = scale.fma(r, base);
    let error = scale.fma(r, base - sum) + lost;
    let tail = r.fma(r * 0.5, (r * r * r).fma(r.polynomial(EXP.of(x.ty)), low));
    let half = sum + scale.fma(tail, error);
    // Halving a subnormal would round it, and the sum has lost the sign of zero.
    x.abs().lt(1e-30).select(x, half + half)
}

/// tanh x = (e^2a - 1) / (e^2a + 1) with the sign of x, where a = |x|.
///
/// Both sides of the quotient are divided by 2^n: (1 ∓ 2^-n) + r + ... Each is kept with its
/// rounding error, and the quotient is corrected by what it misses.
pub(super) fn tanh(x: Lane<'_>) -> Lane<'_> {
    let size = x.abs();
    let sign = x.bits() ^ size.bits();
    let quotient = if x.ty == Ty::F64 { tanh_of_size(size) } else { short_tanh_of_size(size) };
    (quotient.bits() | sign).float()
}

/// The same to two units in the last place: only the quotient keeps what it misses.
fn short_tanh_of_size(size: Lane<'_>) -> Lane<'_> {
    // From 10 on the result is 1.
    let double = size.at_most(10.0);
    let reduced = reduce(double + double, -1.0, size.format().bias);
    let r = reduced.rounded();
    let inverse = power_of_two(reduced.shifted.bits());
    let less_one = (r * r).fma(r.fma(r.polynomial(EXP.narrow), 0.5), r);
    let above = (inverse.number(1.0) - inverse) + less_one;
    let twice = inverse + inverse;
    let inverse = above.number(1.0) / (above + twice);
    let q = above * inverse;
    let minus = -q;
    minus.fma(above, minus.fma(twice, above)).fma(inverse, q)
}

fn tanh_of_size(size: Lane<'_>) -> Lane<'_> {
    // From 20 on the result is 1.
    let double = size.at_most(20.0);
    let double = double + double;
    let reduced = reduce(double, -1.0, size.format().bias);
    let (r, low) = reduced.in_two();
    let inverse = power_of_two(reduced.shifted.bits());
    let tail = (r * r).fma(r.fma(r.polynomial(EXP.wide), 0.5), low);
    let base = inverse.number(1.0) - inverse;
    let sum = base + r;
    let rest = (base - sum) + r + tail;
    let above = sum + rest;
    let above_low = rest - (above - sum);
    let twice = inverse + inverse;
    let below = above + twice;
    let part = below - above;
    let below_low = (above - (below - part)) + (twice - part) + above_low;
    quotient(above, above_low, below, below_low)
}

/// (x + x_low) / (y + y_low), rounded almost once.
pub(super) fn quotient<'s>(x: Lane<'s>, x_low: Lane<'s>, y: Lane<'s>, y_low: Lane<'s>) -> Lane<'s> {
    let inverse = y.number(1.0) / y;
    let q = x * inverse;
    let minus = -q;
    let miss = minus.fma(y_low, minus.fma(y, x) + x_low);
    miss.fma(inverse, q)
}
