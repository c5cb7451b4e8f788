//! Powers with a constant exponent become products.
//!
//! Integers square and multiply, which is exact modulo 2^n. For floats `x**0` is 1 (of NaN too),
//! `x**1` is x, `x**2` is `x*x`, `x**-1` is `1/x` and `x**0.5` is `sqrt(x)`, NumPy's own choices.
//! Other whole exponents square and multiply too, and differ in what they do about rounding:
//!
//! - contract and fast: nothing. x**-n is 1 / x**n.
//! - strict float32: the work is done in float64, which leaves the last rounding alone (0.500001
//!   ULP) and has room for every intermediate over- and underflow.
//! - strict float64: each product carries its rounding error along, see [`compensated`]. That leaves
//!   the last rounding alone (0.5001 ULP), and of subnormal results a second one (0.7501 together).
//!
//! Exponents that come out of no rule stay [`Op::Pow`].

use crate::ir::{Builder, Inst, Loop, Value};
use crate::ops::{Op, Primitives as _};
use crate::options::FpMode;
use crate::types::{Ty, Word};

/// The largest exponent that becomes products.
const MOST: i64 = 64;

pub(super) fn run(l: &mut Loop, fp: FpMode, b: &mut Builder) -> bool {
    if !l.body.iter().any(|(_, inst, _)| matches!(inst, Inst::Op(Op::Pow, _))) {
        return false;
    }
    b.rebuild(l, |b, old, value| {
        let inst = b.moved(old, value);
        let ty = old.ty(value);
        if let Inst::Op(Op::Pow, [x, y, _]) = inst
            && let Some(exponent) = b.known(y)
            && let Some(power) = power(b, x, exponent, fp)
        {
            return power;
        }
        b.inst(inst, ty)
    });
    true
}

fn power(b: &mut Builder, x: Value, exponent: Word, fp: FpMode) -> Option<Value> {
    let ty = exponent.ty();
    let n = match (exponent, exponent.cast(Ty::F64)) {
        (_, Word::F64(0.5)) if ty.is_float() => return Some(b.op(Op::Sqrt, &[x])),
        (Word::U64(n), _) => i64::try_from(n).unwrap_or(i64::MAX),
        (exponent, _) if ty.is_int() => match exponent.cast(Ty::I64) {
            Word::I64(n) => n,
            other => unreachable!("{other:?} is no i64"),
        },
        (_, Word::F64(n)) if n.trunc() == n && n.abs() <= MOST as f64 => n as i64,
        _ => return None,
    };
    if n < 0 && ty.is_int() {
        return Some(b.number(0, ty));
    }
    if n.abs() > MOST {
        return None;
    }
    Some(match (n, ty) {
        (0, _) => b.number(1, ty),
        (1, _) => x,
        (2, _) => b.op(Op::Mul, &[x, x]),
        (-1, _) => reciprocal(b, x),
        (_, Ty::F64) if fp == FpMode::Strict => compensated(b, x, n),
        (_, Ty::F32) if fp == FpMode::Strict => {
            let x = b.convert(x, Ty::F64);
            let result = plain(b, x, n);
            b.convert(result, Ty::F32)
        }
        _ => plain(b, x, n),
    })
}

fn reciprocal(b: &mut Builder, x: Value) -> Value {
    let one = b.number(1, b.ty(x));
    b.op(Op::Div, &[one, x])
}

/// The bits of n below its highest one, from the top: square at each, and multiply where it is set.
fn bits(n: u64) -> impl DoubleEndedIterator<Item = bool> {
    (0..n.ilog2()).rev().map(move |bit| n >> bit & 1 == 1)
}

/// x**n by squaring and multiplying.
fn plain(b: &mut Builder, x: Value, n: i64) -> Value {
    let mut result = x;
    for set in bits(n.unsigned_abs()) {
        result = b.op(Op::Mul, &[result, result]);
        if set {
            result = b.op(Op::Mul, &[result, x]);
        }
    }
    if n < 0 { reciprocal(b, result) } else { result }
}

/// A value in two parts, `high + low`; a low part that is zero is left out.
#[derive(Clone, Copy)]
struct Double {
    high: Value,
    low: Option<Value>,
}

/// What is raised: `high * (1 + miss)`; a miss of zero is left out.
#[derive(Clone, Copy)]
struct Base {
    high: Value,
    miss: Option<Value>,
}

/// x**n of float64, |n| > 2, rounded once.
///
/// The power is kept as `high + low`, where `fma` gives the exact rounding error of each product;
/// what is dropped, `low * low` and the rounding of `low` itself, is below 2^-90 of the result. The
/// last product adds its correction in one fma: `x * y + correction`. A negative exponent starts
/// from 1/x with its error rather than ending with it, so that no overflow on the way hides a
/// result that is subnormal.
///
/// That product is the one to take care of at the ends of the range, see [`Last`].
fn compensated(b: &mut Builder, x: Value, n: i64) -> Value {
    let base = if n < 0 { inverse(b, x) } else { Base { high: x, miss: None } };
    let low = base.miss.map(|miss| b.op(Op::Mul, &[base.high, miss]));
    let end = Last::new(b, base.high, n);
    let mut power = Double { high: base.high, low };
    let mut steps = bits(n.unsigned_abs()).peekable();
    while let Some(set) = steps.next() {
        let last = steps.peek().is_none();
        if last && !set {
            let lifted = Double { high: end.lifted(b, power.high), ..power };
            let correction = square_correction(b, lifted);
            return end.product(b, power.high, lifted.high, correction);
        }
        let correction = square_correction(b, power);
        power = product(b, power.high, power.high, correction);
        if last {
            let lifted = Base { high: end.lifted(b, base.high), ..base };
            let correction = base_correction(b, power, lifted);
            return end.product(b, power.high, lifted.high, correction);
        }
        if set {
            let correction = base_correction(b, power, base);
            power = product(b, power.high, base.high, correction);
        }
    }
    power.high
}

/// The last product of a compensated power: x * y + correction.
///
/// Around and below the least normal number the correction would itself be rounded to a unit in the
/// last place of the result. Where the power is as small as that, a factor of the product is lifted by
/// a power of two, and the result let down again. That rounds subnormal results for a second time, by
/// half a unit; the first time was then by at most a quarter.
///
/// Where the power is past the range, the correction may be NaN or a zero of the wrong sign. It is left
/// out there.
struct Last {
    small: Value,
    within: Value,
}

impl Last {
    /// Of x**n. The square of x, which every power needs, tells where the power is; there is room
    /// between the bounds and where they matter.
    fn new(b: &mut Builder, x: Value, n: i64) -> Last {
        let square = b.op(Op::Mul, &[x, x]);
        // What the square is where the power is 2^exponent.
        let square_at = |exponent: f64| Word::F64((2.0 * exponent / n.abs() as f64).exp2());
        let [small, zero, infinite] =
            [-900.0, -1085.0, 1025.0].map(|exponent| b.constant(square_at(exponent)));
        let small = b.op(Op::Lt, &[square, small]);
        let mut within = b.op(Op::Lt, &[square, infinite]);
        // A small power has no sign where n is even, and a cube no correction that differs in sign;
        // but the reciprocal of infinity leaves NaN.
        let signed = n % 2 != 0 && n != 3;
        if signed || n < 0 {
            let above = b.op(Op::Gt, &[square, zero]);
            within = b.op(Op::And, &[within, above]);
        }
        Last { small, within }
    }

    /// The factor that becomes y.
    fn lifted(&self, b: &mut Builder, y: Value) -> Value {
        self.moved(b, y, 128)
    }

    /// x * y + the correction, to which y was lifted already.
    fn product(&self, b: &mut Builder, x: Value, y: Value, correction: Correction) -> Value {
        let [p, q] = correction.expect("a power beyond the square has a low part");
        let correction = b.op(Op::Mul, &[p, q]);
        let none = b.constant(Word::F64(-0.0));
        let correction = b.op(Op::Select, &[self.within, correction, none]);
        let sum = b.op(Op::Fma, &[x, y, correction]);
        self.moved(b, sum, -128)
    }

    /// x * 2^exponent if the power is small, else x.
    fn moved(&self, b: &mut Builder, x: Value, exponent: i32) -> Value {
        let factor = b.constant(Word::F64(2f64.powi(exponent)));
        let moved = b.op(Op::Mul, &[x, factor]);
        b.op(Op::Select, &[self.small, moved, x])
    }
}

/// 1/x: what x * (1/x) misses 1 by is exact in one fma.
fn inverse(b: &mut Builder, x: Value) -> Base {
    let high = reciprocal(b, x);
    let minus = b.op(Op::Neg, &[x]);
    let one = b.number(1, Ty::F64);
    Base { high, miss: Some(b.op(Op::Fma, &[minus, high, one])) }
}

/// A small term that a product of high parts lacks, as two factors.
type Correction = Option<[Value; 2]>;

/// Of a square: 2 high * low.
fn square_correction(b: &mut Builder, x: Double) -> Correction {
    x.low.map(|low| [b.op(Op::Add, &[x.high, x.high]), low])
}

/// Of a product with the base: (low + high * miss) * base.
fn base_correction(b: &mut Builder, x: Double, base: Base) -> Correction {
    let low = x.low?;
    let small = base.miss.map_or(low, |miss| b.op(Op::Fma, &[x.high, miss, low]));
    Some([small, base.high])
}

/// x * y with its rounding error and the correction in the low part.
fn product(b: &mut Builder, x: Value, y: Value, correction: Correction) -> Double {
    let high = b.op(Op::Mul, &[x, y]);
    let minus = b.op(Op::Neg, &[high]);
    let error = b.op(Op::Fma, &[x, y, minus]);
    let low = correction.map_or(error, |[p, q]| b.op(Op::Fma, &[p, q, error]));
    Double { high, low: Some(low) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{constant, expression, op};
    use super::*;
    use crate::interp;
    use crate::ir::{Program, verify};
    use crate::opt::optimize;
    use crate::random::{Random, RunMemory};

    fn power_program(ty: Ty, n: f64) -> Program {
        expression(ty, 1, |body, x| {
            let n = constant(body, Word::float(n, ty));
            op(body, Op::Pow, &[x[0], n])
        })
    }

    /// The strict power of each of `bits`.
    fn powers(ty: Ty, n: f64, xs: &[u64]) -> Vec<Word> {
        let mut program = power_program(ty, n);
        optimize(&mut program, FpMode::Strict);
        verify(&program).unwrap();
        let mut memory = RunMemory::new(&mut Random(0), &program, xs.len());
        let mut view = memory.arrays[0].view_mut();
        for (at, &x) in xs.iter().enumerate() {
            view.set(&[at], Word::from_bits(ty, x).scalar());
        }
        memory.run(|frame| interp::run(&program, frame)).remove(0)
    }

    /// How many floats lie between two results.
    fn distance(x: Word, y: Word) -> u64 {
        let sign = 1 << (8 * x.ty().size() - 1);
        let place = |s: Word| {
            let bits = s.to_bits();
            if bits & sign == 0 { bits as i64 } else { -((bits & !sign) as i64) }
        };
        if x.same(y) { 0 } else { place(x).abs_diff(place(y)) }
    }

    /// C's pow of float64 is itself within 1 ULP, so results within 1 ULP are at most two floats away;
    /// in fact they are hardly ever one away.
    #[test]
    fn strict_powers_keep_their_bound() {
        for ty in [Ty::F64, Ty::F32] {
            let (least, most) = if ty == Ty::F64 { (-1080.0, 1025.0) } else { (-155.0, 130.0) };
            let (mut near, mut all) = (0, 0);
            for n in (-64..=64).filter(|n| *n != 0).map(f64::from) {
                let r = &mut Random(n as u64);
                let mut unit = || (r.next() >> 11) as f64 / 2f64.powi(53);
                // Results from all over the range, and across its ends.
                let xs: Vec<Word> = (0..400)
                    .map(|at| {
                        let exponent = match at % 4 {
                            0 => least + 30.0 * unit(),
                            1 => most - 4.0 * unit(),
                            _ => least + (most - least) * unit(),
                        };
                        let sign = if unit() < 0.3 { -1.0 } else { 1.0 };
                        Word::float(sign * (exponent / n).exp2(), ty)
                    })
                    .collect();
                let bits: Vec<u64> = xs.iter().map(|x| x.to_bits()).collect();
                for (x, found) in xs.iter().zip(powers(ty, n, &bits)) {
                    let Word::F64(wide) = x.cast(Ty::F64) else { unreachable!() };
                    let expected = Word::float(wide.powf(n), ty);
                    let distance = distance(found, expected);
                    assert!(distance <= 2, "{x}**{n}: {found}, not {expected}");
                    near += (distance > 0) as u32;
                    all += 1;
                }
            }
            assert!(near * 50 < all, "{near} of {all} {ty} powers are not rounded as C's");
        }
    }

    #[test]
    fn special_powers_are_cs() {
        for ty in [Ty::F64, Ty::F32] {
            let (max, min, least) = match ty {
                Ty::F64 => (f64::MAX, f64::MIN_POSITIVE, 5e-324),
                _ => (f32::MAX.into(), f32::MIN_POSITIVE.into(), 1e-45),
            };
            let mut xs = vec![0.0, 1.0, 2.0, 0.5, f64::INFINITY, max, min, least];
            xs.extend((-1070..1020).step_by(7).flat_map(|e| [1.0, 1.37].map(|m| m * 2f64.powi(e))));
            xs.extend(xs.clone().iter().map(|x| -x));
            xs.push(f64::NAN);
            let bits: Vec<u64> = xs.iter().map(|&x| Word::float(x, ty).to_bits()).collect();
            for n in (-64..=64).map(f64::from) {
                for (&x, found) in bits.iter().zip(powers(ty, n, &bits)) {
                    let x = Word::from_bits(ty, x);
                    let Word::F64(wide) = x.cast(Ty::F64) else { unreachable!() };
                    let expected = Word::float(wide.powf(n), ty);
                    assert!(distance(found, expected) <= 1, "{x}**{n}: {found}, not {expected}");
                    // Of zeros too.
                    let sign = 1 << (8 * ty.size() - 1);
                    let signs = (found.to_bits() ^ expected.to_bits()) & sign;
                    assert!(signs == 0 || wide.is_nan(), "{x}**{n}: {found}, not {expected}");
                    let exact = wide.abs() < 4.0 && wide.abs() > 0.2 || !wide.is_finite() || wide == 0.0;
                    assert!(found.same(expected) || !exact, "{x}**{n}: {found}, not {expected}");
                }
            }
        }
    }

    #[test]
    fn a_folded_power_is_the_one_that_runs() {
        for x in [1.1f64, -3.7, 1e-5, 0.0, -0.0, f64::INFINITY] {
            for n in [-7.0, 3.0, 11.0, 0.5] {
                let mut program = expression(Ty::F64, 0, |body, _| {
                    let x = constant(body, Word::F64(x));
                    let n = constant(body, Word::F64(n));
                    op(body, Op::Pow, &[x, n])
                });
                optimize(&mut program, FpMode::Strict);
                let l = &program.loops[0];
                let folded = l.body.constant(l.stores[0].value).expect("all of it is constant");
                assert!(folded.same(powers(Ty::F64, n, &[x.to_bits()])[0]), "{x}**{n}");
            }
        }
    }

    #[test]
    fn powers_are_short() {
        for (n, fp, operations) in [
            (3.0, FpMode::Strict, 12),
            (4.0, FpMode::Strict, 13),
            (-2.0, FpMode::Strict, 17),
            (64.0, FpMode::Strict, 33),
            (64.0, FpMode::Contract, 6),
            (-3.0, FpMode::Fast, 3),
        ] {
            let mut program = power_program(Ty::F64, n);
            optimize(&mut program, fp);
            assert_eq!(program.operations(), operations, "{n} {fp}\n{program}");
        }
    }
}
