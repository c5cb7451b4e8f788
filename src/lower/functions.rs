//! Functions of the table as methods of whatever values are made in.

use crate::ir::Value;
use crate::ops::{self, Function, Number, Pair};

/// Where functions become values.
pub(super) trait Primitives: ops::Pairs + Sized {
    /// `function` of operands that have the type it computes in. Reductions are not for here.
    fn function(&mut self, function: Function, x: &[Value]) -> Value {
        function.of(self, x)
    }

    /// `function` of complex operands. Reductions are not for here.
    fn complex_function(&mut self, function: Function, x: &[Pair]) -> Number {
        let x: Vec<Number> = x.iter().map(|&x| Number::Complex(x)).collect();
        function.of_complex(self, &x)
    }
}

impl<T: ops::Pairs> Primitives for T {}
