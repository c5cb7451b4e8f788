//! Arithmetic of complex literals, as Python's own numbers have it.
//!
//! Knows values only, as [`super::fold`] does, which comes here wherever an operand or the result is complex.

use num_complex::Complex;
use smallvec::SmallVec;

use super::fold::{Problem, by_zero, truth};
use crate::math;
use crate::ops::Function;
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

/// The value of `function` for literals of types that it takes.
pub(super) fn fold(function: Function, x: &[Literal]) -> Result<Literal, Problem> {
    use Function as F;
    match (function, x) {
        (F::Where, &[condition, x, y]) => Ok(Pair(complex(if truth(condition) { x } else { y }))),
        (F::Clip, &[x, low, high]) => {
            let floor = fold(F::Maximum, &[x, low])?;
            fold(F::Minimum, &[floor, high])
        }
        (F::Complex, &[re, im]) => Ok(Pair(Complex { re: complex(re).re, im: complex(im).re })),
        (_, &[x]) => Ok(one(function, complex(x))),
        (_, &[x, y]) => two(function, complex(x), complex(y)),
        _ => unreachable!("{function:?} of {} operands", x.len()),
    }
}

fn one(function: Function, x: Complex<f64>) -> Literal {
    use Function as F;
    let nonzero = x.re != 0.0 || x.im != 0.0;
    Pair(match function {
        F::LogicalNot => return Bool(!nonzero),
        F::Any | F::All => return Bool(nonzero),
        F::IsNan => return Bool(x.is_nan()),
        F::IsInf => return Bool(x.is_infinite()),
        F::IsFinite => return Bool(x.is_finite()),
        F::Real => return Float(x.re),
        F::Imag => return Float(x.im),
        F::Positive | F::Sum | F::Prod | F::Mean | F::Min | F::Max => x,
        F::Negative => -x,
        F::Conj => x.conj(),
        F::Sign if nonzero => match written(F::Abs, &[x]) {
            Float(size) => x / size,
            size => return size,
        },
        F::Sign => x,
        F::Square => x * x,
        F::Rint | F::Round => Complex { re: x.re.round_ties_even(), im: x.im.round_ties_even() },
        _ => return written(function, &[x]),
    })
}

/// What the math functions give, in the bits that they give for arrays.
fn written(function: Function, x: &[Complex<f64>]) -> Literal {
    let words: SmallVec<[[Word; 2]; 2]> = x.iter().map(|x| [Word::F64(x.re), Word::F64(x.im)]).collect();
    match math::complex_value(function, &words) {
        (Word::F64(re), Some(Word::F64(im))) => Pair(Complex { re, im }),
        (Word::F64(re), None) => Float(re),
        other => unreachable!("{function:?} of float64 gives {other:?}"),
    }
}

fn two(function: Function, x: Complex<f64>, y: Complex<f64>) -> Result<Literal, Problem> {
    use Function as F;
    let zero = |v: Complex<f64>| v.re == 0.0 && v.im == 0.0;
    Ok(Pair(match function {
        F::Equal => return Ok(Bool(x == y)),
        F::NotEqual => return Ok(Bool(x != y)),
        F::Less => return Ok(Bool(less(x, y, false))),
        F::LessEqual => return Ok(Bool(less(x, y, true))),
        F::Greater => return Ok(Bool(less(y, x, false))),
        F::GreaterEqual => return Ok(Bool(less(y, x, true))),
        F::LogicalAnd => return Ok(Bool(!zero(x) && !zero(y))),
        F::LogicalOr => return Ok(Bool(!zero(x) || !zero(y))),
        F::Minimum | F::Maximum | F::Fmin | F::Fmax => extremum(function, x, y),
        F::Add => x + y,
        F::Subtract => x - y,
        F::Multiply => x * y,
        F::Divide if zero(y) => return by_zero(),
        F::Divide => quotient(x, y),
        F::Power => return power(x, y),
        _ => unreachable!("{function:?} of two complex numbers"),
    }))
}

/// By the real parts, and where they are equal by the imaginary ones; never of a NaN.
fn less(x: Complex<f64>, y: Complex<f64>, or_equal: bool) -> bool {
    let parts = if or_equal { x.im <= y.im } else { x.im < y.im };
    x.re < y.re && !x.im.is_nan() && !y.im.is_nan() || x.re == y.re && parts
}

fn extremum(function: Function, x: Complex<f64>, y: Complex<f64>) -> Complex<f64> {
    let propagates = matches!(function, Function::Minimum | Function::Maximum);
    let first = match function {
        _ if x.is_nan() => propagates || y.is_nan(),
        _ if y.is_nan() => !propagates,
        Function::Minimum | Function::Fmin => less(x, y, true),
        _ => less(y, x, true),
    };
    if first { x } else { y }
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
    Ok(written(Function::Power, &[x, y]))
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
