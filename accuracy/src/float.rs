//! What differs between the two types, and what an error is.

use brolga::Element;

use crate::dd::Dd;

pub trait Float: Element + Copy + Default + Into<f64> {
    /// Bits of the fraction, and the exponent of the smallest number.
    const FRACTION: i32;
    const LEAST: i32;
    fn new(x: f64) -> Self;
    /// Its place among all numbers of the type, in their order; those of zero and minus zero are 0 and -1.
    fn place(self) -> i64;
    /// The number at a place.
    fn at(place: i64) -> Self;
}

impl Float for f64 {
    const FRACTION: i32 = 52;
    const LEAST: i32 = -1074;

    fn new(x: f64) -> f64 {
        x
    }

    fn place(self) -> i64 {
        let bits = self.to_bits() as i64;
        if bits < 0 { bits ^ i64::MAX } else { bits }
    }

    fn at(place: i64) -> f64 {
        f64::from_bits(if place < 0 { place ^ i64::MAX } else { place } as u64)
    }
}

impl Float for f32 {
    const FRACTION: i32 = 23;
    const LEAST: i32 = -149;

    fn new(x: f64) -> f32 {
        x as f32
    }

    fn place(self) -> i64 {
        let bits = self.to_bits() as i32;
        i64::from(if bits < 0 { bits ^ i32::MAX } else { bits })
    }

    fn at(place: i64) -> f32 {
        let place = place.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        f32::from_bits(if place < 0 { place ^ i32::MAX } else { place } as u32)
    }
}

/// 2^n times x, n of any size.
fn scale(mut x: f64, mut n: i32) -> f64 {
    while n != 0 {
        let step = n.clamp(-1000, 1000);
        x *= 2f64.powi(step);
        n -= step;
    }
    x
}

/// What `found` is away from a true value m 2^n, in units in the last place of that.
pub fn error<T: Float>((m, n): (Dd, i32), found: T) -> f64 {
    let exponent = ((m.0.abs().to_bits() >> 52) as i32 - 1023) + n;
    let unit = (exponent - T::FRACTION).max(T::LEAST);
    // Near enough to 1 that nothing over- or underflows: the two differ by few units.
    (scale(found.into(), -unit) - scale(m.0, n - unit) - scale(m.1, n - unit)).abs()
}
