//! Functions of complex numbers, in those of their parts.
//!
//! Errors are bounded beside the size of the result, not in each part: parts that are small beside the other may lose all
//! their digits. What would overflow on the way is scaled by powers of two, or taken in two steps. The special values
//! are C's (annex G), as NumPy's are, wherever it names one without an exception of its own.

use super::lane::Lane;
use crate::ops::Op;
use crate::types::Ty;

/// A complex number under construction.
#[derive(Clone, Copy)]
pub(super) struct Pair<'s> {
    pub re: Lane<'s>,
    pub im: Lane<'s>,
}

/// The function of one complex number that `op` is of a real one.
pub(super) fn function(op: Op, x: Pair<'_>) -> Pair<'_> {
    match op {
        Op::Sqrt => sqrt(x),
        Op::Exp => exp(x),
        Op::Expm1 => expm1(x),
        Op::Log => log(x),
        Op::Log1p => log1p(x),
        Op::Sin => sin(x),
        Op::Cos => cos(x),
        Op::Tan => tan(x),
        Op::Tanh => tanh(x),
        _ => unreachable!("{op:?} of complex numbers"),
    }
}

/// A power of two, where it is one of float64 and of float32.
fn power(beside: Lane<'_>, wide: i32, narrow: i32) -> Lane<'_> {
    beside.number(2f64.powi(if beside.ty == Ty::F32 { narrow } else { wide }))
}

fn with_sign_of<'s>(size: Lane<'s>, sign: Lane<'s>) -> Lane<'s> {
    (size.abs().bits() | (sign.bits() & sign.format().sign())).float()
}

/// The same, where the sign may be of a NaN, about which back ends do not agree: it counts as none.
fn with_known_sign_of<'s>(size: Lane<'s>, sign: Lane<'s>) -> Lane<'s> {
    sign.same(sign).select(with_sign_of(size, sign), size.abs())
}

fn is_infinite(x: Lane<'_>) -> Lane<'_> {
    x.abs().same(f64::INFINITY)
}

/// Whether it is infinite or NaN, so that sines and cosines of it are none.
fn is_no_angle(x: Lane<'_>) -> Lane<'_> {
    x.abs().lt(f64::INFINITY).unary(Op::Not)
}

/// The larger and the smaller size of both parts, times a power of two with which their squares are in range, and
/// which comparisons it depends on: of the larger one that is huge, or tiny.
struct Sizes<'s> {
    large: Lane<'s>,
    small: Lane<'s>,
    huge: Lane<'s>,
    tiny: Lane<'s>,
}

impl<'s> Sizes<'s> {
    fn new(x: Pair<'s>) -> Sizes<'s> {
        let (re, im) = (x.re.abs(), x.im.abs());
        let (large, small) = (re.binary(Op::Max, im), re.binary(Op::Min, im));
        let huge = large.gt(power(large, 511, 63));
        let tiny = large.lt(power(large, -450, -50));
        let sizes = Sizes { large, small, huge, tiny };
        let scale = sizes.pick(power(large, -600, -80), power(large, 600, 80), large.number(1.0));
        Sizes { large: large * scale, small: small * scale, ..sizes }
    }

    /// One of three, by the size.
    fn pick(&self, huge: Lane<'s>, tiny: Lane<'s>, others: Lane<'s>) -> Lane<'s> {
        self.huge.select(huge, self.tiny.select(tiny, others))
    }

    fn sum_of_squares(&self) -> Lane<'s> {
        self.large.fma(self.large, self.small * self.small)
    }
}

/// |x|: C. F. Borges' fused hypot (An improved algorithm for hypot(a, b), ACM TOMS 47, 2020), without its correction.
pub(super) fn size(x: Pair<'_>) -> Lane<'_> {
    let sizes = Sizes::new(x);
    let root = sizes.sum_of_squares().unary(Op::Sqrt);
    let size = root * sizes.pick(power(root, 600, 80), power(root, -600, -80), root.number(1.0));
    let infinite = is_infinite(x.re).binary(Op::Or, is_infinite(x.im));
    infinite.select(size.number(f64::INFINITY), size)
}

/// The angle, from -π to π.
pub(super) fn angle(x: Pair<'_>) -> Lane<'_> {
    x.im.binary(Op::Atan2, x.re)
}

/// (t, |y| / 2t) for t = √((|x| + |z|) / 2), or the other way round where x is negative.
fn sqrt(z: Pair<'_>) -> Pair<'_> {
    let sizes = Sizes::new(z);
    let one = z.re.number(1.0);
    let scale = sizes.pick(power(one, -600, -80), power(one, 600, 80), one);
    let back = sizes.pick(power(one, 300, 40), power(one, -300, -40), one);
    let (x, y) = (z.re.abs() * scale, z.im.abs() * scale);
    let sum = x + sizes.sum_of_squares().unary(Op::Sqrt);
    let root = (sum * 0.5).unary(Op::Sqrt);
    let other = root.same(0.0).select(y, y * 0.5 / root);
    let (root, other) = (root * back, other * back);
    let right = z.re.binary(Op::Ge, one.number(0.0));
    let infinite = is_infinite(z.im);
    let infinity = one.number(f64::INFINITY);
    // Beside an infinite part, one that is NaN does not matter to the other.
    let root = is_infinite(z.re).select(infinity, root);
    let re = infinite.select(infinity, right.select(root, other));
    let im = infinite.select(infinity, right.select(other, root));
    Pair { re, im: with_known_sign_of(im, z.im) }
}

/// e^x in two factors, of which the second is 1 where one is enough.
fn exp_in_two<'s>(x: Lane<'s>, exp: impl Fn(Lane<'s>) -> Lane<'s>) -> (Lane<'s>, Lane<'s>) {
    let large = x.gt(if x.ty == Ty::F32 { 85.0 } else { 700.0 });
    let first = exp(large.select(x * 0.5, x));
    (first, large.select(first, first.number(1.0)))
}

fn exp(z: Pair<'_>) -> Pair<'_> {
    let (first, second) = exp_in_two(z.re, |x| x.unary(Op::Exp));
    let (cos, sin) = (z.im.unary(Op::Cos), z.im.unary(Op::Sin));
    let re = first * cos * second;
    let im = first * sin * second;
    // Of a real number, and of one whose angle is none.
    let real = z.im.same(0.0);
    let no_angle = is_no_angle(z.im);
    let nothing = z.re.same(f64::NEG_INFINITY).binary(Op::And, no_angle);
    let (one, zero) = (re.number(1.0), re.number(0.0));
    let endless = z.re.same(f64::INFINITY).binary(Op::And, no_angle);
    let re = endless.select(one.number(f64::INFINITY), nothing.select(zero, re));
    let im = real.select(z.im, nothing.select(with_known_sign_of(zero, z.im), im));
    Pair { re, im }
}

/// e^x cos y - 1 = (e^x - 1) cos y - 2 sin² (y / 2)
fn expm1(z: Pair<'_>) -> Pair<'_> {
    let large = z.re.gt(if z.re.ty == Ty::F32 { 85.0 } else { 700.0 });
    let first = large.select(z.re * 0.5, z.re).unary(Op::Expm1);
    let whole = first + 1.0;
    let second = large.select(whole, whole.number(1.0));
    let half = (z.im * 0.5).unary(Op::Sin);
    let (cos, sin) = (z.im.unary(Op::Cos), z.im.unary(Op::Sin));
    let re = first.fma(cos, half * half * -2.0) * second;
    let im = z.im.same(0.0).select(z.im, whole * sin * second);
    Pair { re, im }
}

/// log |z| + i angle: half the logarithm of the sum of squares, which beside 1 is taken of what it is more than 1.
fn log(z: Pair<'_>) -> Pair<'_> {
    let sizes = Sizes::new(z);
    let more = (sizes.large - 1.0).fma(sizes.large + 1.0, sizes.small * sizes.small);
    Pair { re: log_of_size(z, &sizes, more), im: angle(z) }
}

/// log |z|; `more` is |z|² - 1 where that is small.
fn log_of_size<'s>(z: Pair<'s>, sizes: &Sizes<'s>, more: Lane<'s>) -> Lane<'s> {
    let square = sizes.sum_of_squares();
    let one = square.number(1.0);
    let (below, above) = (square.lt(0.5), square.gt(2.0));
    // log q = -log 1/q
    let far = below.select(one / square, square) - one;
    let near = above.binary(Op::Or, below).select(far, more);
    let half = near.unary(Op::Log1p) * below.select(one.number(-0.5), one.number(0.5));
    let scaled = |exponent: f64| one.number(exponent * std::f64::consts::LN_2);
    let exponent = if one.ty == Ty::F32 { 80.0 } else { 600.0 };
    let log = half + sizes.pick(scaled(exponent), scaled(-exponent), one.number(0.0));
    let infinite = is_infinite(z.re).binary(Op::Or, is_infinite(z.im));
    infinite.select(one.number(f64::INFINITY), log)
}

/// log (1 + x), where |1 + x|² - 1 = x (x + 2) + y².
fn log1p(z: Pair<'_>) -> Pair<'_> {
    let sum = Pair { re: z.re + 1.0, im: z.im };
    let more = z.re.fma(z.re + 2.0, z.im * z.im);
    let sizes = Sizes::new(sum);
    Pair { re: log_of_size(sum, &sizes, more), im: angle(sum) }
}

/// The hyperbolic sine and cosine of y, both still to be multiplied by the last.
fn hyperbolic(y: Lane<'_>) -> (Lane<'_>, Lane<'_>, Lane<'_>) {
    let size = y.abs();
    let large = size.gt(if y.ty == Ty::F32 { 85.0 } else { 700.0 });
    let size = large.select(size * 0.5, size).at_most(if y.ty == Ty::F32 { 88.0 } else { 709.0 });
    let less = size.unary(Op::Expm1);
    let whole = less + 1.0;
    let inverse = whole.number(1.0) / whole;
    let sinh = less.fma(inverse, less) * 0.5;
    let cosh = (whole + inverse) * 0.5;
    (with_sign_of(sinh, y), cosh, large.select(whole, whole.number(1.0)))
}

fn sin(z: Pair<'_>) -> Pair<'_> {
    let (sinh, cosh, rest) = hyperbolic(z.im);
    let (sin, cos) = (z.re.unary(Op::Sin), z.re.unary(Op::Cos));
    let (re, im) = (sin * cosh * rest, cos * sinh * rest);
    let lost = is_no_angle(z.re);
    let end = is_infinite(z.im).select(im.number(f64::INFINITY), im);
    let im = lost.select(z.im.same(0.0).select(z.im, end), im);
    Pair { re: z.re.same(0.0).select(z.re, re), im }
}

fn cos(z: Pair<'_>) -> Pair<'_> {
    let (sinh, cosh, rest) = hyperbolic(z.im);
    let (sin, cos) = (z.re.unary(Op::Sin), z.re.unary(Op::Cos));
    let (re, im) = (cos * cosh * rest, -(sin * sinh * rest));
    let lost = is_no_angle(z.re);
    let re = lost.binary(Op::And, is_infinite(z.im)).select(re.number(f64::INFINITY), re);
    let im = lost.binary(Op::And, z.im.same(0.0)).select(im.number(0.0), im);
    Pair { re, im: z.re.same(0.0).binary(Op::And, z.im.differs(z.im)).select(z.re, im) }
}

/// (sinh x cosh x + i sin y cos y) / (sinh² x + cos² y), whose sum loses nothing. From where the first part is 1, it stays so.
fn tanh(z: Pair<'_>) -> Pair<'_> {
    let end = if z.re.ty == Ty::F32 { 40.0 } else { 350.0 };
    let (sinh, cosh, _) = hyperbolic(with_sign_of(z.re.abs().at_most(end), z.re));
    let (sin, cos) = (z.im.unary(Op::Sin), z.im.unary(Op::Cos));
    let inverse = sinh.number(1.0) / sinh.fma(sinh, cos * cos);
    let (re, im) = (sinh * cosh * inverse, sin * cos * inverse);
    let infinite = is_infinite(z.re);
    let re = infinite.select(with_sign_of(re.number(1.0), z.re), z.re.same(0.0).select(z.re, re));
    let nothing = infinite.binary(Op::And, is_no_angle(z.im));
    let im = nothing.select(with_known_sign_of(im.number(0.0), z.im), z.im.same(0.0).select(z.im, im));
    Pair { re, im }
}

/// -i tanh(i z)
fn tan(z: Pair<'_>) -> Pair<'_> {
    let turned = tanh(Pair { re: -z.im, im: z.re });
    Pair { re: turned.im, im: -turned.re }
}

/// e^(y log x); 1 for y = 0, 0 of 0 where y's real part is positive.
pub(super) fn pow<'s>(x: Pair<'s>, y: Pair<'s>) -> Pair<'s> {
    let log = log(x);
    let product = Pair { re: y.re.fma(log.re, -(y.im * log.im)), im: y.re.fma(log.im, y.im * log.re) };
    let power = exp(product);
    let is_zero = |z: Pair<'s>| z.re.same(0.0).binary(Op::And, z.im.same(0.0));
    let (zero, one, nan) = (x.re.number(0.0), x.re.number(1.0), x.re.number(f64::NAN));
    let of_zero = y.re.gt(0.0).select(zero, nan);
    let (no_base, no_exponent) = (is_zero(x), is_zero(y));
    let pick = |one: Lane<'s>, part: Lane<'s>| no_exponent.select(one, no_base.select(of_zero, part));
    Pair { re: pick(one, power.re), im: pick(zero, power.im) }
}
