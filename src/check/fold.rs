//! Arithmetic of literals: Python's own numbers, with integers of 128 bits.
//!
//! A function is what its row makes of it; here is the meaning of primitives. It must not know the tree, arrays, nor
//! functions by name.

use smallvec::SmallVec;

use super::complex;
pub(super) use super::problem::truth;
use super::problem::{Problem, by_zero, problem};
use crate::math;
use crate::ops::{Function, Op, Primitives, Rule, Value};
use crate::types::{Kind, Literal, Ty, Word};

use Literal::{Bool, Complex, Float, Int};

/// What is taken for granted here of operands.
const COMPLEX: &str = "complex numbers are folded elsewhere";

fn float(x: Literal) -> f64 {
    match x {
        Bool(v) => f64::from(v),
        Int(v) => v as f64,
        Float(v) => v,
        Complex(_) => unreachable!("{COMPLEX}"),
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

/// The value of `function` for literals of types that it takes.
pub(super) fn fold(function: Function, x: &[Literal]) -> Result<Literal, Problem> {
    let rule = function.info().rule;
    let complex = rule == Rule::Complex || x.iter().any(|x| matches!(x, Complex(_)));
    let mut exact = Exact::default();
    let values: SmallVec<[Value; 3]> = match rule {
        // The sum of one number is that number, and so on.
        Rule::Accumulate => return Ok(number(x[0])),
        Rule::Extremum => return Ok(x[0]),
        Rule::Mean if complex => return Ok(x[0]),
        Rule::Mean => return Ok(Float(float(x[0]))),
        Rule::Truth => return Ok(Bool(truth(x[0]))),
        Rule::Logical => x.iter().map(|&x| exact.add(Known::Truth(truth(x)))).collect(),
        _ if complex => return complex::fold(function, x),
        Rule::Inexact(_) | Rule::Angle => {
            x.iter().map(|&x| exact.add(Known::Number(Float(float(x))))).collect()
        }
        // Compared by their exact values.
        Rule::Compare => x.iter().map(|&x| exact.add(Known::Number(x))).collect(),
        Rule::Where => {
            let condition = exact.add(Known::Truth(truth(x[0])));
            std::iter::once(condition).chain(exact.meeting(&x[1..])).collect()
        }
        _ => exact.meeting(x),
    };
    let result = function.of(&mut exact, &values);
    if let Some(problem) = exact.problem {
        return Err(problem);
    }
    Ok(match exact.values[result.index()] {
        Known::Truth(truth) => Bool(truth),
        // Of a function that takes no truth values, Python's counts as an integer.
        Known::Number(x) if matches!(rule, Rule::Part) || !rule.takes().has(Kind::Bool) => number(x),
        Known::Number(x) => x,
    })
}

/// A value of a function that is folded: Python's number, or a truth value.
#[derive(Clone, Copy)]
enum Known {
    Number(Literal),
    Truth(bool),
}

/// Literals that are computed at once, exactly: the values of a function that is folded, operands first.
#[derive(Default)]
struct Exact {
    values: Vec<Known>,
    /// The first operation that has no value.
    problem: Option<Problem>,
}

impl Exact {
    fn add(&mut self, value: Known) -> Value {
        self.values.push(value);
        Value(self.values.len() as u32 - 1)
    }

    /// Operands, in the widest of their kinds.
    fn meeting(&mut self, x: &[Literal]) -> SmallVec<[Value; 3]> {
        let floats = x.iter().any(|x| matches!(x, Float(_)));
        let truths = x.iter().all(|x| matches!(x, Bool(_)));
        let same = |x| match x {
            x if floats => Float(float(x)),
            x if truths => x,
            x => number(x),
        };
        x.iter().map(|&x| self.add(Known::Number(same(x)))).collect()
    }
}

/// A truth value of Python's has the type of an integer, as it computes.
impl Primitives for Exact {
    fn push(&mut self, op: Op, operands: &[Value], ty: Ty) -> Value {
        let known: SmallVec<[Known; 3]> = operands.iter().map(|x| self.values[x.index()]).collect();
        let made = match (op, &known[..]) {
            (Op::Select, &[Known::Truth(condition), x, y]) => Ok(if condition { x } else { y }),
            (Op::Not, &[Known::Truth(x)]) => Ok(Known::Truth(!x)),
            (Op::And, &[Known::Truth(x), Known::Truth(y)]) => Ok(Known::Truth(x && y)),
            (Op::Or, &[Known::Truth(x), Known::Truth(y)]) => Ok(Known::Truth(x || y)),
            (Op::Convert, &[Known::Number(x)]) if ty.is_float() => Ok(Known::Number(Float(float(x)))),
            (_, &[Known::Number(x @ (Bool(_) | Int(_)))]) => whole(op, x).map(Known::Number),
            (_, &[Known::Number(x), Known::Number(y)]) => two(op, x, y, ty),
            (_, known) => Ok(of_floats(op, known, ty)),
        };
        let made = made.unwrap_or_else(|problem| {
            self.problem.get_or_insert(problem);
            // Goes on with something of the type.
            if ty.is_float() { Known::Number(Float(0.0)) } else { Known::Number(Int(0)) }
        });
        self.add(made)
    }

    fn constant(&mut self, word: Word) -> Value {
        self.add(match word {
            Word::Bool(truth) => Known::Truth(truth),
            word => match (word.ty().is_float(), word.cast(Ty::F64), word.cast(Ty::I64)) {
                (true, Word::F64(x), _) => Known::Number(Float(x)),
                (_, _, Word::I64(x)) => Known::Number(Int(x.into())),
                _ => unreachable!("casts give the type that they are asked for"),
            },
        })
    }

    fn ty(&self, value: Value) -> Ty {
        match self.values[value.index()] {
            Known::Truth(_) => Ty::Bool,
            Known::Number(Bool(_) | Int(_)) => Ty::I64,
            Known::Number(Float(_) | Complex(_)) => Ty::F64,
        }
    }
}

/// A primitive of an integer.
fn whole(op: Op, x: Literal) -> Result<Literal, Problem> {
    let x = int(x);
    match op {
        Op::Neg => checked(x.checked_neg()),
        Op::Abs => checked(x.checked_abs()),
        Op::Not => Ok(Int(!x)),
        _ => unreachable!("{op:?} of an integer"),
    }
}

fn two(op: Op, x: Literal, y: Literal, ty: Ty) -> Result<Known, Problem> {
    if let Some(holds) = compare(op, x, y) {
        return Ok(Known::Truth(holds));
    }
    if matches!(op, Op::Div | Op::FloorDiv | Op::Mod) && !truth(y) {
        return by_zero();
    }
    Ok(match (op, x, y) {
        (Op::Pow, Float(x), Float(y)) => Known::Number(power(x, y)?),
        (_, Float(_), _) => of_floats(op, &[Known::Number(x), Known::Number(y)], ty),
        (Op::And | Op::Or | Op::Xor, ..) => Known::Number(bitwise(op, x, y)),
        (Op::Min | Op::Max, ..) => {
            let order = if op == Op::Min { Op::Lt } else { Op::Gt };
            Known::Number(if compare(order, x, y) == Some(true) { x } else { y })
        }
        _ => Known::Number(ints(op, int(x), int(y))?),
    })
}

fn checked(value: Option<i128>) -> Result<Literal, Problem> {
    match value {
        Some(value) => Ok(Int(value)),
        None => problem("a constant needs more than 128 bits", "write a number as a float, such as `2.0`"),
    }
}

fn ints(op: Op, x: i128, y: i128) -> Result<Literal, Problem> {
    match op {
        Op::Add => checked(x.checked_add(y)),
        Op::Sub => checked(x.checked_sub(y)),
        Op::Mul => checked(x.checked_mul(y)),
        Op::Div => Ok(Float(quotient(x, y))),
        Op::FloorDiv => {
            let whole = x.checked_div(y);
            checked(whole.map(|q| q - i128::from(x % y != 0 && (x < 0) != (y < 0))))
        }
        Op::Mod => {
            let rest = x.wrapping_rem(y);
            Ok(Int(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }))
        }
        Op::Pow if y < 0 => power(x as f64, y as f64),
        Op::Pow => checked(match x {
            -1 => Some(if y % 2 == 0 { 1 } else { -1 }),
            0 | 1 if y > 0 => Some(x),
            _ => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)),
        }),
        Op::Shl | Op::Shr if y < 0 => problem("a shift by a negative number of bits", "shift the other way"),
        Op::Shl => {
            let moved = u32::try_from(y).ok().and_then(|y| x.checked_shl(y)).filter(|v| v >> y == x);
            checked(if x == 0 { Some(0) } else { moved })
        }
        Op::Shr => Ok(Int(x >> y.min(127))),
        _ => unreachable!("{op:?} of two integers"),
    }
}

/// `x ** y`, which may be a complex number.
fn power(x: f64, y: f64) -> Result<Literal, Problem> {
    if x == 0.0 && y < 0.0 {
        return by_zero();
    }
    if x < 0.0 && x.is_finite() && y.is_finite() && y.fract() != 0.0 {
        return complex::power(x.into(), y.into());
    }
    match math::value(Op::Pow, Ty::F64, &[Word::F64(x), Word::F64(y)]) {
        Word::F64(power) => Ok(Float(power)),
        other => unreachable!("a power of floats is {other:?}"),
    }
}

/// What a primitive gives for floats: the bits that an array's elements would give. Bits of floats are integers.
fn of_floats(op: Op, x: &[Known], ty: Ty) -> Known {
    let words: SmallVec<[Word; 3]> = x
        .iter()
        .map(|&x| match x {
            Known::Truth(x) => Word::Bool(x),
            Known::Number(x) => Word::F64(float(x)),
        })
        .collect();
    match math::value(op, ty, &words) {
        Word::F64(v) => Known::Number(Float(v)),
        Word::Bool(v) => Known::Truth(v),
        Word::I64(v) => Known::Number(Int(v.into())),
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
fn compare(op: Op, x: Literal, y: Literal) -> Option<bool> {
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
    Some(match op {
        Op::Eq => order == Some(Ordering::Equal),
        Op::Ne => order != Some(Ordering::Equal),
        Op::Lt => order == Some(Ordering::Less),
        Op::Le => order.is_some_and(Ordering::is_le),
        Op::Gt => order == Some(Ordering::Greater),
        Op::Ge => order.is_some_and(Ordering::is_ge),
        _ => return None,
    })
}

fn bitwise(op: Op, x: Literal, y: Literal) -> Literal {
    let bits = match op {
        Op::And => int(x) & int(y),
        Op::Or => int(x) | int(y),
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
