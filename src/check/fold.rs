//! Arithmetic of literals: Python's own numbers, with integers of 128 bits.
//!
//! Knows values only. It must not know the tree, nor arrays.

use smallvec::SmallVec;

use super::complex;
use crate::diag::ErrorKind;
use crate::math;
use crate::ops::{Function, Op};
use crate::types::{Literal, Ty, Word};

/// Why an operation on literals has no value.
pub(super) struct Problem {
    pub(super) kind: ErrorKind,
    pub(super) message: &'static str,
    /// What to do about it, or nothing.
    pub(super) help: &'static str,
}

fn problem<T>(message: &'static str, help: &'static str) -> Result<T, Problem> {
    Err(Problem { kind: ErrorKind::Value, message, help })
}

pub(super) fn by_zero<T>() -> Result<T, Problem> {
    problem("division by zero", "a number divided by zero has no value; infinity is written `inf`")
}

/// Two numbers, as the wider of their kinds.
enum Pair {
    Ints(i128, i128),
    Floats(f64, f64),
}

use Literal::{Bool, Complex, Float, Int};

/// What is taken for granted here of operands.
const COMPLEX: &str = "complex numbers are folded elsewhere";

/// Whether Python takes it for true.
pub(crate) fn truth(x: Literal) -> bool {
    match x {
        Bool(v) => v,
        Int(v) => v != 0,
        Float(v) => v != 0.0,
        Complex(v) => v.re != 0.0 || v.im != 0.0,
    }
}

fn float(x: Literal) -> f64 {
    match x {
        Bool(v) => f64::from(v),
        Int(v) => v as f64,
        Float(v) => v,
        Complex(_) => unreachable!("{COMPLEX}"),
    }
}

fn pair(x: Literal, y: Literal) -> Pair {
    match (x, y) {
        (Float(_), _) | (_, Float(_)) => Pair::Floats(float(x), float(y)),
        _ => Pair::Ints(int(x), int(y)),
    }
}

/// The integer that it is; not for floats.
fn int(x: Literal) -> i128 {
    match x {
        Bool(v) => v.into(),
        Int(v) => v,
        Float(_) => unreachable!("floats are refused before"),
        Complex(_) => unreachable!("{COMPLEX}"),
    }
}

/// Bool as the integer that Python takes it for.
fn number(x: Literal) -> Literal {
    match x {
        Bool(v) => Int(v.into()),
        x => x,
    }
}

/// `chosen` of `x` and `y`, as the wider of their kinds.
fn alike(chosen: Literal, x: Literal, y: Literal) -> Literal {
    match (x, y) {
        (Float(_), _) | (_, Float(_)) => Float(float(chosen)),
        (Bool(_), Bool(_)) => chosen,
        _ => number(chosen),
    }
}

fn checked(value: Option<i128>) -> Result<Literal, Problem> {
    match value {
        Some(value) => Ok(Int(value)),
        None => problem("a constant needs more than 128 bits", "write a number as a float, such as `2.0`"),
    }
}

/// The value of `function` for literals of types that it takes.
pub(super) fn fold(function: Function, x: &[Literal]) -> Result<Literal, Problem> {
    use Function as F;
    if function == F::Complex || x.iter().any(|x| matches!(x, Complex(_))) {
        return complex::fold(function, x);
    }
    Ok(match (function, x) {
        (F::Where, &[condition, x, y]) => {
            let chosen = if truth(condition) { x } else { y };
            alike(chosen, x, y)
        }
        (F::Clip, &[x, low, high]) => {
            let floor = fold(F::Maximum, &[x, low])?;
            return fold(F::Minimum, &[floor, high]);
        }
        (_, &[x]) => one(function, x)?,
        (_, &[x, y]) => two(function, x, y)?,
        _ => unreachable!("{function:?} of {} operands", x.len()),
    })
}

fn one(function: Function, x: Literal) -> Result<Literal, Problem> {
    use Function as F;
    Ok(match function {
        F::Positive | F::Sum | F::Prod | F::Real | F::Conj => number(x),
        F::Imag => match number(x) {
            Float(_) => Float(0.0),
            _ => Int(0),
        },
        F::Angle => Float(0f64.atan2(float(x))),
        F::Negative => match number(x) {
            Float(v) => Float(-v),
            x => return checked(int(x).checked_neg()),
        },
        F::Invert => Int(!int(x)),
        F::LogicalNot => Bool(!truth(x)),
        F::Any | F::All => Bool(truth(x)),
        F::Abs => match number(x) {
            Float(v) => Float(v.abs()),
            x => return checked(int(x).checked_abs()),
        },
        F::Sign => match number(x) {
            Float(0.0) => Float(0.0),
            Float(v) if v.is_nan() => Float(v),
            Float(v) => Float(v.signum()),
            x => Int(int(x).signum()),
        },
        F::Square => return two(F::Multiply, x, x),
        F::Sqrt => Float(float(x).sqrt()),
        F::Fabs => Float(float(x).abs()),
        F::Exp => Float(primitive(Op::Exp, &[float(x)])),
        F::Expm1 => Float(primitive(Op::Expm1, &[float(x)])),
        F::Log => Float(primitive(Op::Log, &[float(x)])),
        F::Log1p => Float(primitive(Op::Log1p, &[float(x)])),
        F::Sin => Float(primitive(Op::Sin, &[float(x)])),
        F::Cos => Float(primitive(Op::Cos, &[float(x)])),
        F::Tan => Float(primitive(Op::Tan, &[float(x)])),
        F::Tanh => Float(primitive(Op::Tanh, &[float(x)])),
        F::Rint => Float(float(x).round_ties_even()),
        F::Mean => Float(float(x)),
        F::IsNan => Bool(float(x).is_nan()),
        F::IsInf => Bool(float(x).is_infinite()),
        F::IsFinite => Bool(float(x).is_finite()),
        F::Min | F::Max => x,
        F::Floor | F::Ceil | F::Trunc | F::Round => match x {
            Float(v) => Float(match function {
                F::Floor => v.floor(),
                F::Ceil => v.ceil(),
                F::Trunc => v.trunc(),
                _ => v.round_ties_even(),
            }),
            x => x,
        },
        _ => unreachable!("{function:?} of one operand"),
    })
}

fn two(function: Function, x: Literal, y: Literal) -> Result<Literal, Problem> {
    use Function as F;
    if let Some(holds) = compare(function, x, y) {
        return Ok(Bool(holds));
    }
    match function {
        F::LogicalAnd => return Ok(Bool(truth(x) && truth(y))),
        F::LogicalOr => return Ok(Bool(truth(x) || truth(y))),
        F::Minimum | F::Maximum | F::Fmin | F::Fmax => return Ok(extremum(function, x, y)),
        F::BitwiseAnd | F::BitwiseOr | F::BitwiseXor => return Ok(bitwise(function, x, y)),
        F::Divide if !truth(y) => return by_zero(),
        F::FloorDivide | F::Remainder if !truth(y) => return by_zero(),
        _ => {}
    }
    match pair(x, y) {
        Pair::Ints(x, y) => ints(function, x, y),
        Pair::Floats(x, y) => floats(function, x, y),
    }
}

fn ints(function: Function, x: i128, y: i128) -> Result<Literal, Problem> {
    use Function as F;
    match function {
        F::Add => checked(x.checked_add(y)),
        F::Subtract => checked(x.checked_sub(y)),
        F::Multiply => checked(x.checked_mul(y)),
        F::Divide => Ok(Float(quotient(x, y))),
        F::FloorDivide => {
            let whole = x.checked_div(y);
            checked(whole.map(|q| q - i128::from(x % y != 0 && (x < 0) != (y < 0))))
        }
        F::Remainder => {
            let rest = x.wrapping_rem(y);
            Ok(Int(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }))
        }
        F::Power if y < 0 => floats(function, x as f64, y as f64),
        F::Power => checked(match x {
            -1 => Some(if y % 2 == 0 { 1 } else { -1 }),
            0 | 1 if y > 0 => Some(x),
            _ => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)),
        }),
        F::LeftShift | F::RightShift if y < 0 => {
            problem("a shift by a negative number of bits", "shift the other way")
        }
        F::LeftShift => {
            let moved = u32::try_from(y).ok().and_then(|y| x.checked_shl(y)).filter(|v| v >> y == x);
            checked(if x == 0 { Some(0) } else { moved })
        }
        F::RightShift => Ok(Int(x >> y.min(127))),
        _ => unreachable!("{function:?} of two integers"),
    }
}

fn floats(function: Function, x: f64, y: f64) -> Result<Literal, Problem> {
    use Function as F;
    Ok(Float(match function {
        F::Add => x + y,
        F::Subtract => x - y,
        F::Multiply => x * y,
        F::Divide => x / y,
        // NumPy's are Python's, where the divisor is not zero.
        F::FloorDivide => primitive(Op::FloorDiv, &[x, y]),
        F::Remainder => primitive(Op::Mod, &[x, y]),
        F::Power if x == 0.0 && y < 0.0 => return by_zero(),
        F::Power if x < 0.0 && x.is_finite() && y.is_finite() && y.fract() != 0.0 => {
            return complex::power(x.into(), y.into());
        }
        F::Power => primitive(Op::Pow, &[x, y]),
        _ => unreachable!("{function:?} of two floats"),
    }))
}

/// What the primitive gives for floats: the bits that an array's elements would give.
fn primitive(op: Op, x: &[f64]) -> f64 {
    let operands: SmallVec<[Word; 2]> = x.iter().map(|&x| Word::F64(x)).collect();
    match math::value(op, Ty::F64, &operands) {
        Word::F64(v) => v,
        other => unreachable!("{op:?} of floats gives {other:?}"),
    }
}

/// x / y of integers, rounded once: the quotient to more bits than a float holds, its last bit set
/// if anything remains.
fn quotient(x: i128, y: i128) -> f64 {
    let (high, by) = (x.unsigned_abs(), y.unsigned_abs());
    let (mut whole, mut rest, mut scale) = (high / by, high % by, 0);
    while whole >> 64 == 0 && rest != 0 {
        rest <<= 1;
        whole <<= 1;
        scale += 1;
        if rest >= by {
            rest -= by;
            whole |= 1;
        }
    }
    let magnitude = (whole | u128::from(rest != 0)) as f64 * 2f64.powi(-scale);
    if (x < 0) != (y < 0) { -magnitude } else { magnitude }
}

/// An integer and a float compare by their exact values, as in Python.
fn compare(function: Function, x: Literal, y: Literal) -> Option<bool> {
    use std::cmp::Ordering;
    let exact = |i: i128, f: f64| {
        // A float of at least 2^53 is an integer; near the ends of i128 the cast saturates.
        (i as f64).partial_cmp(&f).map(|order| match order {
            Ordering::Equal if f >= 2f64.powi(127) => Ordering::Less,
            Ordering::Equal => i.cmp(&(f as i128)),
            order => order,
        })
    };
    let order = match (number(x), number(y)) {
        (Float(x), Float(y)) => x.partial_cmp(&y),
        (Float(x), y) => exact(int(y), x).map(Ordering::reverse),
        (x, Float(y)) => exact(int(x), y),
        (x, y) => Some(int(x).cmp(&int(y))),
    };
    Some(match function {
        Function::Equal => order == Some(Ordering::Equal),
        Function::NotEqual => order != Some(Ordering::Equal),
        Function::Less => order == Some(Ordering::Less),
        Function::LessEqual => order.is_some_and(Ordering::is_le),
        Function::Greater => order == Some(Ordering::Greater),
        Function::GreaterEqual => order.is_some_and(Ordering::is_ge),
        _ => return None,
    })
}

fn extremum(function: Function, x: Literal, y: Literal) -> Literal {
    let nan = |v: Literal| float(v).is_nan();
    let propagates = matches!(function, Function::Minimum | Function::Maximum);
    let first = match function {
        _ if nan(x) => propagates,
        _ if nan(y) => !propagates,
        Function::Minimum | Function::Fmin => compare(Function::LessEqual, x, y) == Some(true),
        _ => compare(Function::GreaterEqual, x, y) == Some(true),
    };
    let chosen = if first { x } else { y };
    alike(chosen, x, y)
}

fn bitwise(function: Function, x: Literal, y: Literal) -> Literal {
    let bits = match function {
        Function::BitwiseAnd => int(x) & int(y),
        Function::BitwiseOr => int(x) | int(y),
        _ => int(x) ^ int(y),
    };
    match (x, y) {
        (Bool(_), Bool(_)) => Bool(bits != 0),
        _ => Int(bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_rounded_once() {
        assert_eq!(quotient(1, 3), 1.0 / 3.0);
        assert_eq!(quotient(-7, 2), -3.5);
        assert_eq!(quotient(0, 5), 0.0);
        // (2^53 + 1) / 1 is a tie, and the smallest excess over it rounds up.
        assert_eq!(quotient((1 << 53) + 1, 1), 9007199254740992.0);
        assert_eq!(quotient(((1 << 53) + 1) * 1000 + 1, 1000), 9007199254740994.0);
        assert_eq!(quotient(i128::MIN, i128::MIN), 1.0);
        assert_eq!(quotient(1, i128::MAX), 2f64.powi(-127));
    }
}
