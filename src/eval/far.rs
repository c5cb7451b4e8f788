//! Sine, cosine and tangent of angles so large that their quarter turns are hard to count.
//!
//! Payne and Hanek's reduction: of x * 2/π only the remainder modulo 4 matters. x is a whole number
//! times 2^e, so the bits of 2/π above 2^(2 - e) give multiples of 4 and are left out; the next 192
//! bits give the quarter turn and a fraction with more than enough bits (no float64 is nearer than
//! 2^-62 to a multiple of π/2). Slow, exact, and the same on every machine.

/// The bits of 2/π behind 64 zeros, first word first; printed by `tools/coefficients/generate.py`.
const TWO_OVER_PI: [u64; 20] = [
    0,
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
];

const HALF_PI: [f64; 2] = [std::f64::consts::FRAC_PI_2, 6.123233995736766e-17];

/// A number as a sum of two floats.
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

pub(super) fn sin(x: f64) -> f64 {
    let (turns, [sin, cos]) = quarter(x);
    let size = if turns & 1 == 0 { sin.high } else { cos.high };
    if turns & 2 == 0 { size } else { -size }
}

pub(super) fn cos(x: f64) -> f64 {
    let (turns, [sin, cos]) = quarter(x);
    let size = if turns & 1 == 0 { cos.high } else { sin.high };
    if (turns + 1) & 2 == 0 { size } else { -size }
}

pub(super) fn tan(x: f64) -> f64 {
    let (turns, [sin, cos]) = quarter(x);
    let (above, below) = if turns & 1 == 0 { (sin, cos) } else { (cos, sin) };
    let quotient = above.high / below.high;
    let miss = (-quotient).mul_add(below.high, above.high) + above.low - quotient * below.low;
    let size = quotient + miss / below.high;
    if turns & 1 == 0 { size } else { -size }
}

/// Quarter turns in x, 0 to 3, and sine and cosine of what is left.
fn quarter(x: f64) -> (u64, [Double; 2]) {
    let (turns, r) = reduce(x.abs());
    // sin(π/2 n + r) of -x: the same turns the other way.
    if x < 0.0 {
        let [sin, cos] = kernels(Double { high: -r.high, low: -r.low });
        return (turns.wrapping_neg() & 3, [sin, cos]);
    }
    (turns, kernels(r))
}

/// x = turns π/2 + r modulo 2π, |r| ≤ π/4, of a finite x that is at least 2^-10.
fn reduce(x: f64) -> (u64, Double) {
    let bits = x.to_bits();
    let whole = bits & ((1 << 52) - 1) | 1 << 52;
    let exponent = (bits >> 52) as i64 - 1075;
    // Bit i of 2/π, from 1 on, weighs 2^-i and stands at i + 63 of the table.
    let first = (exponent - 1 + 63) as usize;
    let word = |at: usize| {
        let (word, bit) = ((first + 64 * at) / 64, (first + 64 * at) % 64);
        let next = TWO_OVER_PI[word + 1].checked_shr(64 - bit as u32).unwrap_or(0);
        TWO_OVER_PI[word] << bit | next
    };
    // The low 192 bits of the product; it is in units of 2^-190.
    let product = |at: usize, carry: u128| u128::from(whole) * u128::from(word(at)) + (carry >> 64);
    let low = product(2, 0);
    let middle = product(1, low);
    let high = product(0, middle) as u64;
    let (middle, low) = (middle as u64, low as u64);
    let fraction = u128::from(high << 2 | middle >> 62) << 64 | u128::from(middle << 2 | low >> 62);
    // Read with a sign, a fraction from 1/2 on is less by 1: the next quarter turn.
    let turns = (high >> 62) + (fraction >> 127) as u64;
    let signed = fraction as i128;
    let top = signed as f64;
    let rest = (signed - top as i128) as f64;
    let unit = 2f64.powi(-128);
    let (top, rest) = (top * unit, rest * unit);
    let high = top * HALF_PI[0];
    let low = top.mul_add(HALF_PI[0], -high) + top.mul_add(HALF_PI[1], rest * HALF_PI[0]);
    (turns & 3, Double { high, low })
}

/// Sine and cosine of r, by Taylor's series: r - r³/6 (1 - r²/20 (1 - ...)), 1 - r²/2 (1 - r²/12 (...)).
fn kernels(r: Double) -> [Double; 2] {
    let z = r.high * r.high;
    let z_low = r.high.mul_add(r.high, -z);
    let nested = |first: i32| {
        let divisors = (0..8).rev().map(|k| f64::from((first + 2 * k) * (first + 2 * k + 1)));
        divisors.fold(1.0, |inner, d| 1.0 - z / d * inner)
    };
    let half = 0.5 * z;
    // r³/6 is in two floats too: its roundings come to a third of a unit in the last place of a tangent.
    let part = z / 6.0;
    let part_low = (part.mul_add(-6.0, z) + z_low) * (1.0 / 6.0);
    let sixth = r.high * part;
    let sixth_low = r.high.mul_add(part, -sixth) + r.high * part_low;
    let sin_top = r.high - sixth;
    let sin_tail =
        (r.high - sin_top) - sixth + (sixth * (z / 20.0) * nested(6) - sixth_low + r.low - r.low * half);
    let cos_top = 1.0 - half;
    let cos_tail = (1.0 - cos_top) - half - 0.5 * z_low - r.high * r.low + half * (z / 12.0) * nested(5);
    [sum(sin_top, sin_tail), sum(cos_top, cos_tail)]
}

/// x + y, |y| below |x|, with the rounding error.
fn sum(x: f64, y: f64) -> Double {
    let high = x + y;
    Double { high, low: y - (high - x) }
}
