//! Numbers of the language in values of the IR: a complex one is two.
//!
//! Knows types of memory and of registers. It must not know functions, nor the tree.

use super::functions::Primitives;
use super::graph::Graph;
use crate::ir::{ArrayId, SpaceId, Value};
use crate::ops::Op;
use crate::types::{Component, DType, Literal, Ty};

/// What an expression gives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// A real number or a truth value.
    Real(Value),
    /// A complex number.
    Complex(Pair),
}

/// The parts of a complex number, of one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub re: Value,
    pub im: Value,
}

impl Number {
    /// The value that it is. Panics where it is two.
    pub(super) fn single(self) -> Value {
        match self {
            Number::Real(value) => value,
            Number::Complex(_) => unreachable!("the checker gives no complex number here"),
        }
    }

    /// The two values that it is. Panics where it is one.
    pub(super) fn pair(self) -> Pair {
        match self {
            Number::Complex(pair) => pair,
            Number::Real(_) => unreachable!("operands have the type they are computed in"),
        }
    }

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
                (Component::Imag, Number::Real(_)) => self.small(0, ty),
            }),
        }
    }
}

impl<T: Primitives> Numbers for T {}
