//! The functions in some hundred bits: a sum of two float64 with about 2^-100 of relative error.
//!
//! Plain and slow. They say how far a result is from the true value where it is not the correctly
//! rounded one; they are themselves held against the correctly rounded ones.

use std::ops::{Add, Div, Mul, Neg, Sub};

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
const HALF_PI: [f64; 4] =
    [std::f64::consts::FRAC_PI_2, 6.123233995736766e-17, -1.4973849048591698e-33, 4.320574262296449e-50];

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

/// sin and cos of |x| below 2^31.
fn sin_cos(x: f64) -> (Dd, Dd) {
    let n = (x / HALF_PI[0]).round();
    let r = less(x.into(), n, &HALF_PI);
    let z = -(r * r);
    let sin = series(z, r, (1..30).map(|k| f64::from(2 * k * (2 * k + 1))));
    let cos = series(z, 1.0.into(), (1..30).map(|k| f64::from(2 * k * (2 * k - 1))));
    match n.rem_euclid(4.0) as u32 {
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

/// |x|^y as (m, n), m 2^n, of a result that is neither 0 nor infinite.
pub fn pow(x: f64, y: f64) -> (Dd, i32) {
    exp_parts(log(x.abs()) * y.into())
}
