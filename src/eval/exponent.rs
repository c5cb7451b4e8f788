//! Floats taken apart and scaled, as AVX-512's `getmant`, `getexp` and `scalef` do it. A float32
//! comes and goes as the float64 that it is.

use crate::ops::FRACTIONS_END;

/// x * 2^floor(y), rounded once; exact of a float32, wherever that can hold the result. As the
/// instruction has it, an infinite y makes a number of NaN.
pub(super) fn scale(x: f64, y: f64) -> f64 {
    if y.is_infinite() {
        let power = if y > 0.0 { f64::INFINITY } else { 0.0 };
        return if x.is_nan() { power } else { x * power };
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let mut n = y.floor().clamp(-5000.0, 5000.0) as i32;
    let power = |n: i32| f64::from_bits(((n + 1023) as u64) << 52);
    let mut x = x;
    while n > 1023 {
        x *= power(1023);
        n -= 1023;
    }
    // What is rounded here ends below half of the smallest number.
    while n < -1022 {
        x *= power(-1022 + 53);
        n += 1022 - 53;
    }
    x * power(n)
}

/// The fraction of |x|; 1 for zeros and infinities.
pub(super) fn fraction(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x == 0.0 || x.is_infinite() {
        return 1.0;
    }
    let bits = normal(x).0.to_bits() & ((1 << 52) - 1) | 1f64.to_bits();
    let one_to_two = f64::from_bits(bits);
    if one_to_two < FRACTIONS_END { one_to_two } else { one_to_two / 2.0 }
}

/// The k of |x| = 2^k y, where y is the fraction of x; -inf for zeros, inf for infinities.
pub(super) fn exponent(x: f64, y: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_infinite() {
        return f64::INFINITY;
    }
    let (normal, up) = normal(x);
    let floor = (normal.to_bits() >> 52 & 0x7ff) as i32 - 1023 - up;
    f64::from(floor) + f64::from(u8::from(y < 1.0))
}

/// x, or a subnormal x scaled up; and by how many bits.
fn normal(x: f64) -> (f64, i32) {
    if x.is_normal() { (x, 0) } else { (x * 2f64.powi(54), 54) }
}
