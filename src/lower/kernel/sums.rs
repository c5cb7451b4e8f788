//! Sums and products of floats over all elements of an array, in the fixed shape of reductions.
//!
//! The shape is [`crate::reduce`]'s, and so the bits are those of the same reduction in an expression. Elements join
//! partials in an array in the cache; when a bundle of leaves is full, or the elements are at their end, it becomes one
//! number, and in the end the numbers of all bundles do. A partial that no element joins holds the identity, and changes no bit
//! of what it is joined to.

use super::super::number::{Number, Pair};
use super::Lowering;
use super::value::Val;
use crate::diag::{Result, Span};
use crate::ir::Value;
use crate::ir::func::{End, Values};
use crate::ops::{Op, Primitives as _, Reduction};
use crate::reduce;
use crate::syntax::ast::NodeId;
use crate::types::{Component, DType, Ty};

/// What a reduction of this kind is made of.
struct Shape {
    op: Op,
    ty: Ty,
    reduction: Reduction,
    /// Partials of a leaf, elements of it, and leaves of a bundle: powers of two.
    partials: i64,
    leaf: i64,
    leaves: i64,
    /// The partials of a bundle, leaf after leaf.
    scratch: Value,
    /// What each bundle has become.
    bundles: Value,
}

impl Shape {
    fn bundle(&self) -> i64 {
        self.leaf * self.leaves
    }
}

impl Lowering<'_> {
    /// The sum or the product of all elements of an array in a type, which is inexact; of a complex one the sum alone.
    pub(super) fn reduced_in_shape(
        &mut self,
        id: NodeId,
        array: Value,
        reduction: Reduction,
        compute: DType,
    ) -> Result<Number> {
        let span = self.span(id);
        let from = self.dtype_of(array);
        let mut reduced = Vec::new();
        for (component, ty) in compute.components() {
            let value = self.one_component(span, array, reduction, ty, &mut |l, number| {
                let number = l.number(&Val::Number(from, number), compute);
                let found = number.components().find(|(of, _)| *of == component);
                found.expect("the number has the components of its type").1
            })?;
            reduced.push(value);
        }
        Ok(match reduced[..] {
            [re, im] => Number::Complex(Pair { re, im }),
            _ => Number::Real(reduced[0]),
        })
    }

    fn one_component(
        &mut self,
        span: Span,
        array: Value,
        reduction: Reduction,
        ty: Ty,
        take: &mut dyn FnMut(&mut Self, Number) -> Value,
    ) -> Result<Value> {
        let lengths = self.lengths(array);
        let one = self.b.number(1, Ty::I64);
        let zero = self.b.number(0, Ty::I64);
        let count = self.count_of(&lengths);
        let leaf = reduce::leaf(reduction, ty);
        let leaves = (reduce::bundle(reduction, ty) / leaf) as i64;
        let partials = reduce::partials(ty) as i64;
        let places = self.b.number(partials * leaves, Ty::I64);
        let scratch = self.allocate(span, ty.dtype(), &[places]);
        let bundle = self.b.number(leaf as i64 * leaves, Ty::I64);
        let whole = self.b.op(Op::FloorDiv, &[count, bundle]);
        let numbers = self.b.op(Op::Add, &[whole, one]);
        let bundles = self.allocate(span, ty.dtype(), &[numbers]);
        let shape = Shape {
            op: reduction.op(),
            ty,
            reduction,
            partials,
            leaf: leaf as i64,
            leaves,
            scratch,
            bundles,
        };
        self.identities(span, &shape, places)?;
        self.counting(&lengths, zero, span, &mut |l, at, indices| {
            let number = l.load(array, indices);
            let value = take(l, number);
            l.join_element(span, at, value, &shape)
        })?;
        let mask = self.b.number(shape.bundle() - 1, Ty::I64);
        let rest = self.b.op(Op::And, &[count, mask]);
        let some = self.b.op(Op::Ne, &[rest, zero]);
        self.when(some, span, |l| l.bundle_done(span, &shape, whole))?;
        let used = self.b.convert(some, Ty::I64);
        let used = self.b.op(Op::Add, &[whole, used]);
        self.join_bundles(span, &shape, used)?;
        let joined = self.b.load(bundles, Component::Whole, &[zero]);
        let empty = self.b.constant(reduce::empty(reduction, ty));
        let any = self.b.op(Op::Ne, &[count, zero]);
        Ok(self.b.op(Op::Select, &[any, joined, empty]))
    }

    /// Sets the partials from the first on to what they start from.
    fn identities(&mut self, span: Span, shape: &Shape, places: Value) -> Result<()> {
        let identity = self.b.constant(reduce::identity(shape.reduction, shape.ty));
        self.counted(places, span, |l, at| {
            l.b.store(shape.scratch, Component::Whole, &[at], identity);
            Ok(())
        })
    }

    /// Joins an element, of which `at` are before, to its partial; gives how many there are then.
    fn join_element(&mut self, span: Span, at: Value, value: Value, shape: &Shape) -> Result<Value> {
        let one = self.b.number(1, Ty::I64);
        let constant = |l: &mut Self, value| l.b.number(value, Ty::I64);
        let (mask, lane) = (constant(self, shape.bundle() - 1), constant(self, shape.partials - 1));
        let within = self.b.op(Op::And, &[at, mask]);
        let leaf = constant(self, shape.leaf.trailing_zeros().into());
        let leaf = self.b.op(Op::Shr, &[within, leaf]);
        let partials = constant(self, shape.partials);
        let first = self.b.op(Op::Mul, &[leaf, partials]);
        let lane = self.b.op(Op::And, &[at, lane]);
        let place = self.b.op(Op::Add, &[first, lane]);
        self.join_at(shape.scratch, place, value, shape.op);
        let full = self.b.op(Op::Eq, &[within, mask]);
        self.when(full, span, |l| {
            let bundle = l.b.number(shape.bundle().trailing_zeros().into(), Ty::I64);
            let number = l.b.op(Op::Shr, &[at, bundle]);
            l.bundle_done(span, shape, number)
        })?;
        Ok(self.b.op(Op::Add, &[at, one]))
    }

    /// `array[place] = array[place] op value`
    fn join_at(&mut self, array: Value, place: Value, value: Value, op: Op) {
        let before = self.b.load(array, Component::Whole, &[place]);
        let after = self.b.op(op, &[before, value]);
        self.b.store(array, Component::Whole, &[place], after);
    }

    /// Does something if a condition holds.
    pub(super) fn when(
        &mut self,
        condition: Value,
        span: Span,
        run: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.open(&[], span)?;
        run(self)?;
        let then = self.close(End::Yield(Values::new()));
        self.open(&[], span)?;
        let otherwise = self.close(End::Yield(Values::new()));
        self.b.branch(condition, then, otherwise);
        Ok(())
    }

    /// The partials of a bundle become its number: leaves by neighbours, then partials. They start anew.
    fn bundle_done(&mut self, span: Span, shape: &Shape, number: Value) -> Result<()> {
        let partials = self.b.number(shape.partials, Ty::I64);
        self.counted(partials, span, |l, lane| {
            let mut leaves: Vec<Value> = (0..shape.leaves)
                .map(|leaf| {
                    let first = l.b.number(leaf * shape.partials, Ty::I64);
                    let place = l.b.op(Op::Add, &[first, lane]);
                    l.b.load(shape.scratch, Component::Whole, &[place])
                })
                .collect();
            while leaves.len() > 1 {
                leaves = leaves.chunks(2).map(|pair| l.b.op(shape.op, pair)).collect();
            }
            l.b.store(shape.scratch, Component::Whole, &[lane], leaves[0]);
            Ok(())
        })?;
        let mut width = shape.partials;
        while width > 1 {
            width /= 2;
            let pairs = self.b.number(width, Ty::I64);
            self.join_pairs(span, shape.scratch, pairs, shape.op)?;
        }
        let zero = self.b.number(0, Ty::I64);
        let value = self.b.load(shape.scratch, Component::Whole, &[zero]);
        self.b.store(shape.bundles, Component::Whole, &[number], value);
        let places = self.b.number(shape.partials * shape.leaves, Ty::I64);
        self.identities(span, shape, places)
    }

    /// Neighbours become one, for so many pairs from the first on.
    fn join_pairs(&mut self, span: Span, array: Value, pairs: Value, op: Op) -> Result<()> {
        let [one, two] = [1, 2].map(|v| self.b.number(v, Ty::I64));
        self.counted(pairs, span, |l, at| {
            let left = l.b.op(Op::Mul, &[at, two]);
            let right = l.b.op(Op::Add, &[left, one]);
            let [left, right] = [left, right].map(|place| l.b.load(array, Component::Whole, &[place]));
            let joined = l.b.op(op, &[left, right]);
            l.b.store(array, Component::Whole, &[at], joined);
            Ok(())
        })
    }

    /// The numbers of all bundles become one, level by level, an odd last one moving up as it is.
    fn join_bundles(&mut self, span: Span, shape: &Shape, count: Value) -> Result<()> {
        let params = self.open(&[Ty::I64.into()], span)?;
        let width = params[0];
        let [one, two] = [1, 2].map(|v| self.b.number(v, Ty::I64));
        let several = self.b.op(Op::Gt, &[width, one]);
        self.open(&[], span)?;
        let then = self.close(End::Yield(Values::new()));
        self.open(&[], span)?;
        let otherwise = self.close(End::Break(0, Values::new()));
        self.b.branch(several, then, otherwise);
        let pairs = self.b.op(Op::FloorDiv, &[width, two]);
        self.join_pairs(span, shape.bundles, pairs, shape.op)?;
        let odd = self.b.op(Op::And, &[width, one]);
        let odd = self.b.convert(odd, Ty::Bool);
        self.when(odd, span, |l| {
            let last = l.b.op(Op::Sub, &[width, one]);
            let value = l.b.load(shape.bundles, Component::Whole, &[last]);
            l.b.store(shape.bundles, Component::Whole, &[pairs], value);
            Ok(())
        })?;
        let next = self.b.op(Op::Add, &[width, one]);
        let next = self.b.op(Op::FloorDiv, &[next, two]);
        let region = self.close(End::Yield(Values::from_slice(&[next])));
        self.b.repeat(&[count], region, &[]);
        Ok(())
    }

    /// The number of elements of an array in a type.
    pub(super) fn count_in(&mut self, array: Value, ty: Ty) -> Value {
        let lengths = self.lengths(array);
        let count = self.count_of(&lengths);
        self.b.convert(count, ty)
    }
}
