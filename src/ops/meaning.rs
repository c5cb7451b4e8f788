//! What a function means: the primitives that it is made of.
//!
//! A row of the table has its meaning in these terms. This file must not know functions.

use super::values::{Number, Pair, Pairs, Primitives, Value};
use super::{Op, Reduction};

/// What a function does to elements, or with all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meaning {
    /// Of numbers that are not complex.
    pub real: Real,
    /// Where an operand or the result is complex; `None` where none may be.
    pub complex: Option<Complex>,
}

/// What a function means for operands that are not complex, in the type that it computes in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Real {
    /// This primitive, [applied](Primitives::apply).
    Primitive(Op),
    /// What is written with primitives.
    Composition(fn(&mut dyn Primitives, &[Value]) -> Value),
    /// All elements are joined.
    Reduction(Reduction),
}

/// What a function means for complex operands, or to make a complex number.
pub(crate) type Complex = fn(&mut dyn Pairs, &[Number]) -> Number;

/// A function that is one primitive.
pub(super) const fn primitive(op: Op) -> Meaning {
    Meaning { real: Real::Primitive(op), complex: None }
}

/// A function that is written with primitives.
pub(super) const fn composition(of: fn(&mut dyn Primitives, &[Value]) -> Value) -> Meaning {
    Meaning { real: Real::Composition(of), complex: None }
}

/// A function that joins all elements.
pub(super) const fn reduction(by: Reduction) -> Meaning {
    Meaning { real: Real::Reduction(by), complex: None }
}

/// A function that gives its operand.
pub(super) const SAME: Meaning = composition(|_, x| x[0]).complex(|_, x| x[0]);

impl Meaning {
    /// The same, with a meaning for complex numbers.
    pub(super) const fn complex(self, of: Complex) -> Meaning {
        Meaning { complex: Some(of), ..self }
    }
}

/// The operands, all of them complex.
pub(super) fn pairs<const N: usize>(x: &[Number]) -> [Pair; N] {
    std::array::from_fn(|at| x[at].pair())
}

/// A primitive on each part by itself.
pub(super) fn each(v: &mut dyn Pairs, op: Op, x: &[Number]) -> Number {
    let mut part = |part: fn(Pair) -> Value| {
        let operands: smallvec::SmallVec<[Value; 3]> = x.iter().map(|x| part(x.pair())).collect();
        v.apply(op, &operands)
    };
    Number::Complex(Pair { re: part(|x| x.re), im: part(|x| x.im) })
}

/// Either of two complex numbers.
pub(super) fn choice(v: &mut dyn Pairs, condition: Value, x: Pair, y: Pair) -> Number {
    Number::Complex(Pair {
        re: v.op(Op::Select, &[condition, x.re, y.re]),
        im: v.op(Op::Select, &[condition, x.im, y.im]),
    })
}
