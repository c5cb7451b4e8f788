//! Products of matrices and vectors. A vector is a matrix of one row or one column; whoever runs the function makes the product.

use super::super::number::{Number, Pair};
use super::Lowering;
use super::value::Val;
use crate::check::kernel::Type;
use crate::diag::{ErrorKind, Result, Span};
use crate::ir::Value;
use crate::ir::func::{Axis, Service};
use crate::ops::{Function, Op, Primitives as _};
use crate::syntax::ast::NodeId;
use crate::types::{DType, Ty};

impl Lowering<'_> {
    /// The product of two operands; of the first one's conjugates perhaps.
    pub(super) fn matmul(&mut self, id: NodeId, args: &[NodeId], conjugated: bool) -> Result<Val> {
        let span = self.span(id);
        let (Type::Number(dtype) | Type::Array { dtype, .. }) = *self.ty(id) else {
            unreachable!("it is a product")
        };
        let arrays = [self.whole_value(args[0])?.array(), self.whole_value(args[1])?.array()];
        let ranks = arrays.map(|array| self.rank_of(array));
        self.inner_lengths(span, arrays);
        let mut x = self.in_type(span, arrays[0], dtype)?;
        if conjugated && dtype.is_complex() {
            x = self.conjugates(span, x)?;
        }
        let y = self.in_type(span, arrays[1], dtype)?;
        let (x, y) = (self.as_matrix(x, 0), self.as_matrix(y, 1));
        let lengths = [self.b.length(x, 0), self.b.length(y, 1)];
        let product = self.allocate(span, dtype, &lengths);
        self.b.serve(Service::MatMul(dtype), &[product, x, y]);
        Ok(match ranks {
            [2, 2] => Val::Array(product),
            [1, 1] => {
                let zero = self.b.number(0, Ty::I64);
                Val::Number(dtype, self.load(product, &[zero, zero]))
            }
            [2, _] => Val::Array(self.b.reshape(product, &lengths[..1])),
            _ => Val::Array(self.b.reshape(product, &lengths[1..])),
        })
    }

    /// Fails unless the last axis of the first is as long as the last but one of the second.
    fn inner_lengths(&mut self, span: Span, [x, y]: [Value; 2]) {
        let shapes = [x, y].map(|array| self.lengths(array));
        let inner = [*shapes[0].last().expect("it has axes"), shapes[1][shapes[1].len().saturating_sub(2)]];
        let fits = self.b.op(Op::Eq, &inner);
        let shown = shapes.each_ref().map(|shape| match shape.len() {
            1 => "({},)",
            _ => "({}, {})",
        });
        let message = format!("ValueError: arrays of shapes {} and {} have no product", shown[0], shown[1]);
        let values = shapes.concat();
        let site = self.site(span, ErrorKind::Shape, message, &vec![Ty::I64; values.len()]);
        self.b.check(fits, site, &values);
    }

    fn in_type(&mut self, span: Span, array: Value, dtype: DType) -> Result<Value> {
        match self.dtype_of(array) == dtype {
            true => Ok(array),
            false => self.copied(span, array, dtype),
        }
    }

    fn conjugates(&mut self, span: Span, array: Value) -> Result<Value> {
        let dtype = self.dtype_of(array);
        let lengths = self.lengths(array);
        let copy = self.allocate(span, dtype, &lengths);
        self.nest(&lengths, span, &mut |l, indices| {
            let Pair { re, im } = l.load(array, indices).pair();
            let im = l.b.op(Op::Neg, &[im]);
            l.store_at(copy, indices, &Val::Number(dtype, Number::Complex(Pair { re, im })));
            Ok(())
        })?;
        Ok(copy)
    }

    /// A view of an array as a matrix; of a vector with a new axis of one element at this place.
    fn as_matrix(&mut self, array: Value, new: usize) -> Value {
        if self.rank_of(array) == 2 {
            return array;
        }
        let [zero, one] = [0, 1].map(|number| self.b.number(number, Ty::I64));
        let mut axes = vec![Axis { length: self.b.length(array, 0), along: Some((0, one)) }];
        axes.insert(new, Axis { length: one, along: None });
        self.b.view(array, &[zero], &axes)
    }

    /// The product of each element of a vector with each of another.
    pub(super) fn outer(&mut self, id: NodeId, args: &[NodeId]) -> Result<Val> {
        let Type::Array { dtype, .. } = *self.ty(id) else { unreachable!("it is a matrix") };
        let span = self.span(id);
        let arrays = [self.whole_value(args[0])?.array(), self.whole_value(args[1])?.array()];
        let lengths = arrays.map(|array| self.b.length(array, 0));
        let product = self.allocate(span, dtype, &lengths);
        self.nest(&lengths, span, &mut |l, indices| {
            let numbers = [0, 1].map(|at| {
                let from = l.dtype_of(arrays[at]);
                let number = l.load(arrays[at], &indices[at..=at]);
                l.number(&Val::Number(from, number), dtype)
            });
            let number = l.product_of_elements(dtype, numbers);
            l.store_at(product, indices, &Val::Number(dtype, number));
            Ok(())
        })?;
        Ok(Val::Array(product))
    }

    fn product_of_elements(&mut self, dtype: DType, [x, y]: [Number; 2]) -> Number {
        match dtype.is_complex() {
            true => Function::Multiply.of_complex(&mut self.b, &[x, y]),
            false => Number::Real(Function::Multiply.of(&mut self.b, &[x.single(), y.single()])),
        }
    }
}
