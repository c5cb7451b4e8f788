//! Divisions as arithmetic on lanes, and powers of integers by the host, against what they stand for.

use std::fmt::Debug;

use super::probe::{Probe, Registers};
use crate::array::Element;
use crate::random::Random;

/// Runs each operation on pairs of operands over both widths, and holds every bit to the interpreter's.
fn agree<T: Element + Debug>(names: &[&str], x: &[T], y: &[T], bits: impl Fn(T) -> u64) {
    for name in names {
        for registers in [Registers::Best, Registers::Bits256] {
            let Some(probe) = Probe::new(name, T::DTYPE.register().expect("a number"), registers) else {
                continue;
            };
            let (mut found, mut expected) = (vec![T::default(); x.len()], vec![T::default(); x.len()]);
            probe.run(&[x, y], &mut found);
            probe.interpret(&[x, y], &mut expected);
            for at in 0..x.len() {
                assert!(
                    bits(found[at]) == bits(expected[at]),
                    "{name} of {:?} and {:?} by {registers:?}: {:?}, not {:?}",
                    x[at],
                    y[at],
                    found[at],
                    expected[at]
                );
            }
        }
    }
}

/// Integers of every size, near powers of two, and multiples of others and their neighbours.
fn integers(seed: u64, count: usize) -> (Vec<i64>, Vec<i64>) {
    let mut r = Random(seed);
    let mut any = move || {
        let bits = r.next() as i64 >> r.below(64);
        match r.below(4) {
            0 => (1i64 << r.below(64)).wrapping_add(r.below(5) as i64 - 2),
            1 => (1i64 << r.below(64)).wrapping_neg().wrapping_add(r.below(5) as i64 - 2),
            _ => bits,
        }
    };
    let pair = |at: usize| {
        let (x, y) = (any(), any());
        match at % 3 {
            0 => (x, y),
            1 => (x.wrapping_rem(1 << 31).wrapping_mul(y), y),
            _ => (x.wrapping_div(y | 1).wrapping_mul(y).wrapping_add(at as i64 % 5 - 2), y),
        }
    };
    let mut pairs: Vec<(i64, i64)> = (0..count).map(pair).collect();
    for x in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX, i32::MIN.into(), i32::MAX.into()] {
        for y in [i64::MIN, i64::MIN + 1, -2, -1, 0, 1, 2, i64::MAX - 1, i64::MAX, i32::MIN.into()] {
            pairs.push((x, y));
        }
    }
    pairs.into_iter().unzip()
}

#[test]
fn integers_divide_exactly() {
    let (x, y) = integers(1, 30_000);
    agree(&["floordiv", "mod"], &x, &y, |v| v as u64);
    let narrow = |values: &[i64]| values.iter().map(|&v| v as i32).collect::<Vec<_>>();
    agree(&["floordiv", "mod"], &narrow(&x), &narrow(&y), |v| v as u64);
    let few = |values: &[i64]| values[..2000].to_vec();
    agree(&["pow"], &few(&x), &few(&y), |v| v as u64);
    agree(&["pow"], &narrow(&few(&x)), &narrow(&few(&y)), |v| v as u64);
    let unsigned = |values: &[i64]| values.iter().map(|&v| v as u32).collect::<Vec<_>>();
    agree(&["floordiv", "mod"], &unsigned(&x), &unsigned(&y), u64::from);
    agree(&["pow"], &unsigned(&few(&x)), &unsigned(&few(&y)), u64::from);
}

#[test]
fn floats_divide_as_numpys() {
    let mut r = Random(2);
    const SPECIAL: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        3.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        5e-324,
        -1e308,
        2.2e-308,
    ];
    let mut pairs: Vec<(f64, f64)> = SPECIAL.iter().flat_map(|&x| SPECIAL.map(|y| (x, y))).collect();
    for at in 0..30_000 {
        let mut any = |size: i32| {
            let exponent = r.below(2 * size as usize + 1) as i32 - size;
            let sign = if r.below(2) == 0 { 1.0 } else { -1.0 };
            sign * (1.0 + r.next() as f64 / 2f64.powi(64)) * 2f64.powi(exponent)
        };
        let (x, y) = match at % 4 {
            // Of all sizes, of sizes near to each other, whole multiples, and halves.
            0 => (any(1000), any(1000)),
            1 => (any(10), any(3)),
            2 => (any(60).round() * 3.0, any(20).round()),
            _ => (any(8).round() / 2.0, any(4).round() / 2.0),
        };
        pairs.push((x, y));
    }
    // Quotients just below an integer, where rounding makes it that integer.
    for n in 1..2000 {
        let y = 0.1 * f64::from(n);
        pairs.push(((f64::from(n * 7) * y).next_down(), y));
        pairs.push((-(f64::from(n * 7) * y).next_up(), y));
    }
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    // Any NaN is as good as another.
    agree(&["floordiv", "mod"], &x, &y, |v: f64| if v.is_nan() { u64::MAX } else { v.to_bits() });
    let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<_>>();
    let bits = |v: f32| if v.is_nan() { u64::MAX } else { v.to_bits().into() };
    agree(&["floordiv", "mod"], &narrow(&x), &narrow(&y), bits);
}
