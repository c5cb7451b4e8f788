//! Where primitives become values.
//!
//! What a function means is written once, in its row, over these two traits. Whoever keeps values implements them: a
//! body or a function under construction, the graph of an expression, and numbers that are computed at once. This file
//! must not know functions, nor what a value is to its owner.

use std::fmt;

use super::Op;
use crate::types::{Ty, Word};

/// What a primitive gives, and takes: a number in the table of whoever keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);

impl Value {
    /// Its place in its table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// The parts of a complex number, of one type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub re: Value,
    pub im: Value,
}

/// A number of the language in values: a complex one is two.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    /// A real number or a truth value.
    Real(Value),
    /// A complex number.
    Complex(Pair),
}

impl Number {
    /// The value that it is. Panics where it is two.
    pub fn single(self) -> Value {
        match self {
            Number::Real(value) => value,
            Number::Complex(_) => unreachable!("the checker gives no complex number here"),
        }
    }

    /// The two values that it is. Panics where it is one.
    pub fn pair(self) -> Pair {
        match self {
            Number::Complex(pair) => pair,
            Number::Real(_) => unreachable!("operands have the type they are computed in"),
        }
    }

    /// Whether it is two values.
    pub fn is_complex(self) -> bool {
        matches!(self, Number::Complex(_))
    }
}

/// Where primitives become values.
pub(crate) trait Primitives {
    /// The value of a primitive whose result is of type `ty`.
    fn push(&mut self, op: Op, operands: &[Value], ty: Ty) -> Value;

    /// A constant.
    fn constant(&mut self, word: Word) -> Value;

    /// The type of a value.
    fn ty(&self, value: Value) -> Ty;

    /// The constant that a value is, where that is known already.
    fn known(&self, _: Value) -> Option<Word> {
        None
    }

    /// A whole number as a constant of type `ty`.
    fn number(&mut self, number: i64, ty: Ty) -> Value {
        self.constant(Word::int(number, ty))
    }

    /// A primitive, other than a conversion or a bitcast, on operands of the types that it takes.
    fn op(&mut self, op: Op, operands: &[Value]) -> Value {
        let ty = op.result(self.ty(*operands.last().expect("every primitive has operands")));
        self.push(op, operands, ty)
    }

    /// The value in `ty`, itself where it is of that type; as bool, whether it is not 0.
    fn convert(&mut self, value: Value, ty: Ty) -> Value {
        match (self.ty(value), ty) {
            (from, to) if from == to => value,
            (from, Ty::Bool) => {
                let zero = self.number(0, from);
                self.op(Op::Ne, &[value, zero])
            }
            _ => self.push(Op::Convert, &[value], ty),
        }
    }

    /// What `op` means for operands of any type that is not complex: truth values have their own arithmetic and order, and
    /// integers are whole already.
    fn apply(&mut self, op: Op, x: &[Value]) -> Value {
        let ty = self.ty(*x.last().expect("every primitive has operands"));
        match (op, x) {
            (Op::Floor | Op::Ceil | Op::Trunc | Op::Rint, &[x]) if !ty.is_float() => x,
            _ if ty != Ty::Bool => self.op(op, x),
            (Op::Abs, &[x]) => x,
            (Op::Add | Op::Max, _) => self.op(Op::Or, x),
            (Op::Mul | Op::Min, _) => self.op(Op::And, x),
            (Op::Ne, _) => self.op(Op::Xor, x),
            (Op::Eq, _) => {
                let differ = self.op(Op::Xor, x);
                self.op(Op::Not, &[differ])
            }
            (Op::Lt, &[x, y]) | (Op::Gt, &[y, x]) => self.with_not(Op::And, x, y),
            (Op::Le, &[x, y]) | (Op::Ge, &[y, x]) => self.with_not(Op::Or, x, y),
            _ => self.op(op, x),
        }
    }

    /// `op(not x, y)`
    fn with_not(&mut self, op: Op, x: Value, y: Value) -> Value {
        let not = self.op(Op::Not, &[x]);
        self.op(op, &[not, y])
    }
}

/// Where math functions of complex numbers become values too.
pub(crate) trait Pairs: Primitives {
    /// A math function of complex numbers, by the primitive that it is for real ones.
    fn math(&mut self, op: Op, x: &[Pair]) -> Number;
}
