//! Numbers of the language in values of the IR: a complex one is two.
//!
//! Knows types of memory and of registers. It must not know functions, nor the tree.

use super::graph::Graph;
use crate::ir::{ArrayId, SpaceId, Value};
pub(super) use crate::ops::{Number, Pair};
use crate::ops::{Op, Primitives};
use crate::types::{Component, DType, Literal, Ty};

impl Number {
    /// Its values, each with what it is of an element.
    pub(super) fn components(self) -> impl Iterator<Item = (Component, Value)> {
        let (first, second) = match self {
            Number::Real(value) => ((Component::Whole, value), None),
            Number::Complex(Pair { re, im }) => ((Component::Real, re), Some((Component::Imag, im))),
        };
        std::iter::once(first).chain(second)
    }

    /// The same with each value replaced.
    pub(super) fn map(self, mut f: impl FnMut(Value) -> Value) -> Number {
        match self {
            Number::Real(value) => Number::Real(f(value)),
            Number::Complex(Pair { re, im }) => Number::Complex(Pair { re: f(re), im: f(im) }),
        }
    }
}

/// The number of elements of type `dtype` whose components are what `component` makes of each, and of its type.
pub(super) fn number(dtype: DType, mut component: impl FnMut(Component, Ty) -> Value) -> Number {
    let ty = |of| dtype.component(of).expect("an element is whole or has both parts");
    match dtype.register() {
        Some(ty) => Number::Real(component(Component::Whole, ty)),
        None => {
            let re = component(Component::Real, ty(Component::Real));
            Number::Complex(Pair { re, im: component(Component::Imag, ty(Component::Imag)) })
        }
    }
}

impl Graph<'_> {
    /// The elements of the next array.
    pub(super) fn array_number(&mut self, array: ArrayId, dtype: DType) -> (Number, SpaceId) {
        let space = self.spaces.array(array);
        (number(dtype, |component, ty| self.array(array, component, ty, space)), space)
    }
}

/// Numbers in any place where values are made.
pub(super) trait Numbers: Primitives + Sized {
    /// A literal in the type of elements.
    fn literal(&mut self, value: Literal, dtype: DType) -> Number {
        number(dtype, |component, ty| {
            let (re, im) = value.words(ty);
            match (component, ty) {
                (Component::Whole, Ty::Bool) => self.constant(value.truth()),
                (Component::Whole | Component::Real, _) => self.constant(re),
                (Component::Imag, _) => self.constant(im),
            }
        })
    }

    /// The number in the type of elements. As bool it is whether it is not 0; a complex number becomes a real one by
    /// its real part.
    fn cast(&mut self, x: Number, dtype: DType) -> Number {
        match (x, dtype) {
            (Number::Complex(Pair { re, im }), DType::Bool) => {
                let parts = [re, im].map(|part| self.convert(part, Ty::Bool));
                Number::Real(self.op(Op::Or, &parts))
            }
            _ => number(dtype, |component, ty| match (component, x) {
                (Component::Whole | Component::Real, Number::Real(re) | Number::Complex(Pair { re, .. })) => {
                    self.convert(re, ty)
                }
                (Component::Imag, Number::Complex(Pair { im, .. })) => self.convert(im, ty),
                (Component::Imag, Number::Real(_)) => self.number(0, ty),
            }),
        }
    }

    /// A comparison of an int64 with a uint64, by their exact values: below 0 is below all, and else both are uint64.
    fn compare_integers(&mut self, op: Op, x: Value, y: Value) -> Value {
        let (op, x, y) = match self.ty(x) {
            Ty::I64 => (op, x, y),
            _ => (op.turned().expect("a comparison"), y, x),
        };
        let zero = self.number(0, Ty::I64);
        let negative = self.op(Op::Lt, &[x, zero]);
        let x = self.convert(x, Ty::U64);
        let compared = self.op(op, &[x, y]);
        match op {
            Op::Lt | Op::Le | Op::Ne => self.op(Op::Or, &[negative, compared]),
            _ => self.with_not(Op::And, negative, compared),
        }
    }
}

impl<T: Primitives> Numbers for T {}
