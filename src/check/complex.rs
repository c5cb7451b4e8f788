//! Arithmetic of complex literals, as Python's own numbers have it.
//!
//! Knows values only, as [`super::fold`] does, which comes here wherever an operand or the result is complex.

use num_complex::Complex;
use smallvec::SmallVec;

use super::problem::{Problem, by_zero, truth};
use crate::math::Computed;
use crate::ops::{self, Function, Number, Op, Pairs, Primitives, Rule};
use crate::types::Literal::{self, Bool, Complex as Pair, Float, Int};
use crate::types::Word;

/// The number that a literal is.
fn complex(x: Literal) -> Complex<f64> {
    match x {
        Bool(v) => f64::from(v).into(),
        Int(v) => (v as f64).into(),
        Float(v) => v.into(),
        Pair(v) => v,
    }
}

/// The value of `function` for literals of types that it takes. Products, quotients and powers are Python's own; all else
/// is what it is for arrays, to the bit.
pub(super) fn fold(function: Function, x: &[Literal]) -> Result<Literal, Problem> {
    match (function.primitive(), x) {
        (Some(Op::Mul), &[x, y]) => return Ok(Pair(complex(x) * complex(y))),
        (Some(Op::Div), &[_, y]) if !truth(y) => return by_zero(),
        (Some(Op::Div), &[x, y]) => return Ok(Pair(quotient(complex(x), complex(y)))),
        (Some(Op::Pow), &[x, y]) => return power(complex(x), complex(y)),
        _ => {}
    }
    let rule = function.info().rule;
    Ok(computed(x, |values, numbers| {
        for (at, (number, &x)) in numbers.iter_mut().zip(x).enumerate() {
            match rule {
                Rule::Where if at == 0 => *number = Number::Real(values.constant(x.truth())),
                Rule::Complex => *number = Number::Real(number.pair().re),
                _ => {}
            }
        }
        function.of_complex(values, numbers)
    }))
}

/// What is made of complex numbers, in the bits that it has for arrays.
fn computed(x: &[Literal], of: impl FnOnce(&mut Computed, &mut [Number]) -> Number) -> Literal {
    let mut values = Computed::default();
    let mut numbers: SmallVec<[Number; 3]> = x
        .iter()
        .map(|&x| {
            let [re, im] = [complex(x).re, complex(x).im].map(|part| values.constant(Word::F64(part)));
            Number::Complex(ops::Pair { re, im })
        })
        .collect();
    match of(&mut values, &mut numbers) {
        Number::Real(x) => match values.word(x) {
            Word::Bool(x) => Bool(x),
            Word::F64(x) => Float(x),
            other => unreachable!("numbers of float64 give {other:?}"),
        },
        Number::Complex(x) => match [x.re, x.im].map(|part| values.word(part)) {
            [Word::F64(re), Word::F64(im)] => Pair(Complex { re, im }),
            other => unreachable!("numbers of float64 give {other:?}"),
        },
    }
}

/// By Smith's algorithm.
fn quotient(x: Complex<f64>, y: Complex<f64>) -> Complex<f64> {
    let (turned, p, q) = match y.re.abs() >= y.im.abs() {
        true => (x, y.re, y.im),
        false => (Complex { re: x.im, im: -x.re }, y.im, -y.re),
    };
    // Of both ways the parts of x are turned with those of y.
    let ratio = q / p;
    let denominator = p + q * ratio;
    Complex {
        re: (turned.re + turned.im * ratio) / denominator,
        im: (turned.im - turned.re * ratio) / denominator,
    }
}

/// `x ** y`
pub(super) fn power(x: Complex<f64>, y: Complex<f64>) -> Result<Literal, Problem> {
    if y.re == 0.0 && y.im == 0.0 {
        return Ok(Pair(1.0.into()));
    }
    if x.re == 0.0 && x.im == 0.0 {
        return if y.re > 0.0 && y.im == 0.0 { Ok(Pair(0.0.into())) } else { by_zero() };
    }
    if y.im == 0.0 && y.re.fract() == 0.0 && y.re.abs() <= 100.0 {
        return Ok(Pair(match y.re as i32 {
            n if n < 0 => quotient(1.0.into(), x.powu(n.unsigned_abs())),
            n => x.powu(n.unsigned_abs()),
        }));
    }
    let pairs = |numbers: &[Number]| [numbers[0].pair(), numbers[1].pair()];
    Ok(computed(&[Pair(x), Pair(y)], |values, numbers| values.math(Op::Pow, &pairs(numbers))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_and_powers_are_pythons() {
        let c = |re, im| Complex { re, im };
        assert_eq!(quotient(c(1.0, 2.0), c(3.0, -4.0)), c(-0.2, 0.4));
        assert_eq!(quotient(c(1.0, 2.0), c(0.0, 2.0)), c(1.0, -0.5));
        assert_eq!(quotient(c(1e300, 1e300), c(1e300, 1e300)), c(1.0, 0.0));
        assert_eq!(power(c(0.0, 1.0), c(2.0, 0.0)).ok(), Some(Pair(c(-1.0, 0.0))));
        assert_eq!(power(c(0.0, 2.0), c(-1.0, 0.0)).ok(), Some(Pair(c(0.0, -0.5))));
        assert!(power(c(0.0, 0.0), c(-1.0, 0.0)).is_err());
    }
}
