//! The functions in some hundred bits: a sum of two float64 with about 2^-100 of relative error.
//!
//! Plain and slow. They say how far a result is from the true value where it is not the correctly
//! rounded one; they are themselves held against the correctly rounded ones.

use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::LazyLock;

use num_bigint::BigInt;

#[derive(Clone, Copy, Debug)]
pub struct Dd(pub f64, pub f64);

fn two_sum(a: f64, b: f64) -> Dd {
    let s = a + b;
    let t = s - a;
    Dd(s, (a - (s - t)) + (b - t))
}

fn two_prod(a: f64, b: f64) -> Dd {
    let p = a * b;
    Dd(p, a.mul_add(b, -p))
}

impl From<f64> for Dd {
    fn from(x: f64) -> Dd {
        Dd(x, 0.0)
    }
}

impl Add for Dd {
    type Output = Dd;
    fn add(self, y: Dd) -> Dd {
        let (s, t) = (two_sum(self.0, y.0), two_sum(self.1, y.1));
        let s = two_sum(s.0, s.1 + t.0);
        two_sum(s.0, s.1 + t.1)
    }
}

impl Neg for Dd {
    type Output = Dd;
    fn neg(self) -> Dd {
        Dd(-self.0, -self.1)
    }
}

impl Sub for Dd {
    type Output = Dd;
    fn sub(self, y: Dd) -> Dd {
        self + -y
    }
}

impl Mul for Dd {
    type Output = Dd;
    fn mul(self, y: Dd) -> Dd {
        let p = two_prod(self.0, y.0);
        two_sum(p.0, p.1 + (self.0 * y.1 + self.1 * y.0))
    }
}

impl Div for Dd {
    type Output = Dd;
    fn div(self, y: Dd) -> Dd {
        let a = self.0 / y.0;
        let r = self - y * a.into();
        let b = r.0 / y.0;
        let r = r - y * b.into();
        two_sum(a, b) + (r.0 / y.0).into()
    }
}

impl Dd {
    /// Multiplied by 2^n, without rounding while it is normal.
    fn scaled(self, n: i32) -> Dd {
        let half = 2f64.powi(n / 2);
        let rest = 2f64.powi(n - n / 2);
        Dd(self.0 * half * rest, self.1 * half * rest)
    }
}

const LN2: [f64; 3] = [std::f64::consts::LN_2, 2.3190468138462996e-17, 5.707708438416212e-34];

/// x less n times a constant in parts.
fn less(x: Dd, n: f64, parts: &[f64]) -> Dd {
    parts.iter().fold(x, |x, &part| x - two_prod(n, part))
}

/// Σ x^k c_k, where each coefficient is the one before divided by a whole number.
fn series(x: Dd, first: Dd, divisors: impl Iterator<Item = f64>) -> Dd {
    let mut term = first;
    let mut sum = first;
    for d in divisors {
        term = term * x / d.into();
        sum = sum + term;
        if term.0.abs() < sum.0.abs() * 1e-34 {
            break;
        }
    }
    sum
}

/// e^x - 1 of a small x.
fn expm1_small(x: Dd) -> Dd {
    series(x, x, (2..40).map(f64::from))
}

/// (m, n) with e^x = m 2^n.
fn exp_parts(x: Dd) -> (Dd, i32) {
    let n = (x.0 / LN2[0]).round();
    let r = less(x, n, &LN2);
    (expm1_small(r) + 1.0.into(), n as i32)
}

/// e^x as (m, n), m 2^n.
pub fn exp(x: f64) -> (Dd, i32) {
    exp_parts(x.into())
}

pub fn expm1(x: f64) -> Dd {
    expm1_dd(x.into())
}

fn expm1_dd(x: Dd) -> Dd {
    if x.0.abs() < 0.3 {
        return expm1_small(x);
    }
    let (m, n) = exp_parts(x);
    if n > 1000 {
        // The 1 is far below the last bit.
        return m.scaled(n);
    }
    m.scaled(n) - 1.0.into()
}

/// log(1 + f) of a small f.
fn log1p_small(f: Dd) -> Dd {
    let s = f / (f + 2.0.into());
    let z = s * s;
    let mut power = s;
    let mut sum = s;
    for k in 1..60 {
        power = power * z;
        let term = power / f64::from(2 * k + 1).into();
        sum = sum + term;
        if term.0.abs() < sum.0.abs() * 1e-34 {
            break;
        }
    }
    sum + sum
}

fn log_dd(x: Dd) -> Dd {
    let mut k = 0;
    let mut m = x;
    let wanted = |m: Dd| (0.70..1.42).contains(&m.0);
    if !wanted(m) {
        if m.0 < f64::MIN_POSITIVE {
            m = m.scaled(100);
            k -= 100;
        }
        let e = m.0.log2().round() as i32;
        m = m.scaled(-e);
        k += e;
    }
    log1p_small(m - 1.0.into()) - less(0.0.into(), f64::from(k), &LN2)
}

pub fn log(x: f64) -> Dd {
    log_dd(x.into())
}

pub fn log1p(x: f64) -> Dd {
    if x.abs() < 0.3 { log1p_small(x.into()) } else { log_dd(two_sum(1.0, x)) }
}

/// The whole part of π/2 times 2^[`PLACES`].
static HALF_PI: LazyLock<BigInt> = LazyLock::new(|| {
    let digits = b"1921fb54442d18469898cc51701b839a252049c1114cf98e804177d4c76273644a29410f31c6809b\
        bdf2a33679a748636605614dbe4be286e9fc26adadaa3848bc90b6aecc4bcfd8de89885d34c6fdad\
        617feb96de80d6fdbdc70d7f6b5133f4b5d3e4822f8963fcc9250cca3d9c8b67b8400f97142c77e0\
        b31b4906c38aba734d22c7f51fa499ebf06caba47b9475b2c38c5e6ac410aa5773daa520ee12d2cda";
    BigInt::parse_bytes(digits, 16).expect("digits")
});

/// The largest angle holds less than 2^1024 quarter turns, so that the digits of π/2 that are left
/// out change what remains of it by 2^-256.
const PLACES: i32 = 1280;

/// (n modulo 4, r) of x = n π/2 + r, |r| ≤ π/4, of an x that is not below 0.
fn quarter(x: f64) -> (u32, Dd) {
    if x < 0.5 {
        return (0, x.into());
    }
    let whole = x.to_bits() & ((1 << 52) - 1) | 1 << 52;
    let exponent = (x.to_bits() >> 52) as i32 - 1075;
    let x = BigInt::from(whole) << (exponent + PLACES);
    let half_pi = &*HALF_PI;
    let n: BigInt = (&x * 2 + half_pi) / (half_pi * 2);
    let r: BigInt = x - &n * half_pi;
    let below = r.bits().saturating_sub(126) as i32;
    let top = i128::try_from(r >> below).expect("126 bits");
    let high = top as f64;
    let r = Dd(high, (top - high as i128) as f64).scaled(below - PLACES);
    (u32::try_from(n % 4).expect("below 4"), r)
}

fn sin_cos(x: f64) -> (Dd, Dd) {
    if x < 0.0 {
        let (sin, cos) = sin_cos(-x);
        return (-sin, cos);
    }
    let (n, r) = quarter(x);
    let z = -(r * r);
    let sin = series(z, r, (1..30).map(|k| f64::from(2 * k * (2 * k + 1))));
    let cos = series(z, 1.0.into(), (1..30).map(|k| f64::from(2 * k * (2 * k - 1))));
    match n {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

pub fn sin(x: f64) -> Dd {
    sin_cos(x).0
}

pub fn cos(x: f64) -> Dd {
    sin_cos(x).1
}

pub fn tan(x: f64) -> Dd {
    let (s, c) = sin_cos(x);
    s / c
}

pub fn tanh(x: f64) -> Dd {
    if x.abs() > 40.0 {
        return Dd(1f64.copysign(x), -2f64.powi(-100).copysign(x));
    }
    let e = expm1_dd((2.0 * x).into());
    e / (e + 2.0.into())
}

/// x^y as (m, n), m 2^n, of a result that is neither 0, infinite, nor NaN.
pub fn pow(x: f64, y: f64) -> (Dd, i32) {
    let (m, n) = exp_parts(log(x.abs()) * y.into());
    let odd = (y % 2.0).abs() == 1.0;
    (if x < 0.0 && odd { -m } else { m }, n)
}

/// x^n as (m, n), m 2^n, of a finite x that is not 0.
pub fn whole_power(x: f64, n: i32) -> (Dd, i32) {
    let (size, lifted) = if x.abs() < f64::MIN_POSITIVE { (x * 2f64.powi(100), 100) } else { (x, 0) };
    let exponent = ((size.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let m = Dd::from(size).scaled(-exponent);
    let mut power = Dd::from(1.0);
    for bit in (0..n.unsigned_abs().checked_ilog2().map_or(0, |top| top + 1)).rev() {
        power = power * power;
        if n.unsigned_abs() >> bit & 1 == 1 {
            power = power * m;
        }
    }
    let power = if n < 0 { Dd::from(1.0) / power } else { power };
    (power, (exponent - lifted) * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beside what mpmath gives in 6,000 bits. The third lies beside a multiple of π/2 as no other does.
    #[test]
    fn huge_angles() {
        type Case = (f64, [(f64, f64); 3]);
        let cases: [Case; 5] = [
            (
                12345678901.5,
                [
                    (-0.0059977516881156755, 5.864839987820614e-20),
                    (0.9999820133255837, -4.954361899162946e-17),
                    (-0.00599785956966295, -1.3797710190820303e-19),
                ],
            ),
            (
                1e22,
                [
                    (-0.8522008497671888, -6.7806825896773284e-18),
                    (0.523214785395139, -4.7143201076575164e-17),
                    (-1.6287782256068988, -1.0114934254126034e-16),
                ],
            ),
            (
                6381956970095103.0 * 2f64.powi(797),
                [
                    (1.0, -1.098476220074687e-37),
                    (-4.687165924254628e-19, 4.3720557429382733e-36),
                    (-2.133485385753704e+18, 92.32514733665552),
                ],
            ),
            (
                1e300,
                [
                    (-0.8178819121159085, -4.78135837440326e-17),
                    (-0.5753861119575491, 2.6770761918787068e-17),
                    (1.4214488238747245, -7.511471696020065e-17),
                ],
            ),
            (
                -f64::MAX,
                [
                    (-0.004961954789184062, 2.5049377676494104e-19),
                    (-0.9999876894265599, -2.6032890267216748e-17),
                    (0.004962015874444895, -2.4105865734856495e-19),
                ],
            ),
        ];
        for (x, expected) in cases {
            for (found, (high, low)) in [sin(x), cos(x), tan(x)].into_iter().zip(expected) {
                let error = (found.0 - high) + (found.1 - low);
                assert!(error.abs() < 1e-30 * high.abs(), "{x:e}: {found:?}, not {high:e} + {low:e}");
            }
        }
    }
}
