//! Operations on whole arrays: element by element, in loops over their common shape.
//!
//! Types are those of the expression language, and so is what each function means for an element. A result goes
//! into an array of its own before it is stored anywhere, so that it is as if nothing overlapped.

use super::super::number::Number;
use super::Lowering;
use super::value::Val;
use crate::check::Apply;
use crate::check::kernel::{Argument, Meaning, Type};
use crate::diag::{ErrorKind, Result, Span};
use crate::ir::Value;
use crate::ir::func::{Axis, End, Values};
use crate::ops::{Function, Op, Primitives as _, Reduction};
use crate::syntax::ast::NodeId;
use crate::types::{Component, DType, Ty, Word};

impl Lowering<'_> {
    /// Whether a node is an operation on the elements of arrays, which is computed where all of its expression is.
    pub(super) fn is_elementwise(&self, id: NodeId) -> bool {
        let node = &self.unit.nodes[id.index()];
        matches!((&node.ty, &node.meaning), (Type::Array { .. }, Meaning::Apply(_) | Meaning::Map(..)))
    }

    /// The nodes that an operation on elements is made of, operands first, and the arrays that it goes over.
    fn operation(&self, root: NodeId) -> (Vec<NodeId>, Vec<NodeId>) {
        let (mut inner, mut leaves) = (Vec::new(), Vec::new());
        let mut pending = vec![root];
        while let Some(id) = pending.pop() {
            match &self.unit.nodes[id.index()].meaning {
                Meaning::Apply(apply) if self.is_elementwise(id) => {
                    inner.push(id);
                    pending.extend_from_slice(apply.args());
                }
                Meaning::Map(_, args) if self.is_elementwise(id) => {
                    inner.push(id);
                    pending.extend(args.iter().filter_map(Argument::node));
                }
                _ if matches!(self.ty(id), Type::Array { .. }) => leaves.push(id),
                _ => (),
            }
        }
        for nodes in [&mut inner, &mut leaves] {
            nodes.sort_unstable();
            nodes.dedup();
        }
        (inner, leaves)
    }

    /// A new array of what an operation gives for each element.
    pub(super) fn elementwise(&mut self, root: NodeId) -> Result<Val> {
        let Type::Array { dtype, rank } = *self.ty(root) else { unreachable!("it gives an array") };
        let (inner, leaves) = self.operation(root);
        let span = self.span(root);
        let arrays: Vec<Value> = leaves.iter().map(|&leaf| self.value(leaf).array()).collect();
        let lengths = self.broadcast(&arrays, rank as usize, span);
        let result = self.allocate(span, dtype, &lengths);
        let mut views = self.spread(&arrays, &lengths);
        views.push(result);
        let cost = self.cost_of_elements(&inner);
        self.shared(&views, &lengths, cost, span, &mut |l, views, indices| {
            l.load_elements(&leaves, views, indices);
            for &id in &inner {
                let value = l.at_element(id)?;
                l.values[id.index()] = value;
            }
            let value = l.value(root).clone();
            l.store_at(views[leaves.len()], indices, &value);
            Ok(())
        })?;
        for (&leaf, &array) in leaves.iter().zip(&arrays) {
            self.values[leaf.index()] = Val::Array(array);
        }
        self.values[root.index()] = Val::Array(result);
        Ok(Val::Array(result))
    }

    /// The value of an operation for one element, whose operands' are there.
    fn at_element(&mut self, id: NodeId) -> Result<Val> {
        let unit = self.unit;
        match (&unit.nodes[id.index()].meaning, self.ty(id)) {
            (Meaning::Apply(apply), Type::Array { dtype, .. }) => {
                let (args, exponent) = self.operands(apply);
                Ok(Val::Number(*dtype, self.of_elements(id, apply, &args, exponent.as_ref())?))
            }
            (Meaning::Map(unit, args), _) => Ok(self.call_of(id, *unit, args)),
            _ => unreachable!("it is an operation on elements"),
        }
    }

    /// The elements of views at indices become the values of the nodes that they are of.
    pub(super) fn load_elements(&mut self, leaves: &[NodeId], views: &[Value], indices: &[Value]) {
        for (&leaf, &view) in leaves.iter().zip(views) {
            let dtype = self.dtype_of(view);
            let number = self.load(view, indices);
            self.values[leaf.index()] = Val::Number(dtype, number);
        }
    }

    /// A function of elements: divisions by zero are no errors, and complex numbers have NumPy's formulas.
    fn of_elements(
        &mut self,
        id: NodeId,
        apply: &Apply,
        args: &[Val],
        exponent: Option<&Type>,
    ) -> Result<Number> {
        use Function as F;
        if apply.verdict.is_none() && apply.compute.is_complex() {
            let numbers: Vec<Number> = args.iter().map(|arg| self.number(arg, apply.compute)).collect();
            match apply.function {
                F::Divide | F::Multiply | F::Square => {
                    return Ok(apply.function.of_complex(&mut self.b, &numbers));
                }
                _ => (),
            }
        }
        if matches!(apply.function, F::Divide | F::FloorDivide | F::Remainder) {
            let numbers: Vec<Value> =
                args.iter().map(|arg| self.number(arg, apply.compute).single()).collect();
            return Ok(Number::Real(apply.function.of(&mut self.b, &numbers)));
        }
        self.applied(id, apply, args, exponent)
    }

    /// The lengths of the common shape of arrays, by NumPy's broadcasting; fails where there is none.
    pub(super) fn broadcast(&mut self, arrays: &[Value], rank: usize, span: Span) -> Vec<Value> {
        let one = self.b.number(1, Ty::I64);
        (0..rank)
            .map(|axis| {
                let mut common: Option<Value> = None;
                for &array in arrays {
                    let own = self.rank_of(array);
                    let Some(axis) = (axis + own).checked_sub(rank) else { continue };
                    let length = self.b.length(array, axis);
                    common = Some(match common {
                        None => length,
                        Some(before) => {
                            let [single, other] = [before, length].map(|n| self.b.op(Op::Eq, &[n, one]));
                            let same = self.b.op(Op::Eq, &[before, length]);
                            let fits = self.b.op(Op::Or, &[single, other]);
                            let fits = self.b.op(Op::Or, &[fits, same]);
                            let message = "ValueError: lengths {} and {} of an axis do not broadcast";
                            let site = self.site(span, ErrorKind::Shape, message, &[Ty::I64; 2]);
                            self.b.check(fits, site, &[before, length]);
                            self.b.op(Op::Select, &[single, length, before])
                        }
                    });
                }
                common.unwrap_or(one)
            })
            .collect()
    }

    /// Views of arrays over a shape that they broadcast to.
    pub(super) fn spread(&mut self, arrays: &[Value], lengths: &[Value]) -> Vec<Value> {
        let rank = lengths.len();
        let [zero, one] = [0, 1].map(|v| self.b.number(v, Ty::I64));
        let mut views = Vec::with_capacity(arrays.len());
        for &array in arrays {
            let own = self.rank_of(array);
            if own == rank && arrays.len() == 1 {
                views.push(array);
                continue;
            }
            let axes: Vec<Axis> = lengths
                .iter()
                .enumerate()
                .map(|(axis, &length)| {
                    let along = (axis + own).checked_sub(rank).map(|axis| {
                        let own = self.b.length(array, axis);
                        // Where both are 1, either step stays within.
                        let same = self.b.op(Op::Eq, &[own, length]);
                        (axis as u32, self.b.op(Op::Select, &[same, one, zero]))
                    });
                    Axis { length, along }
                })
                .collect();
            views.push(self.b.view(array, &vec![zero; own], &axes));
        }
        views
    }

    /// Stores a number into all elements of a view, or those of another array into it.
    pub(super) fn store_elements(&mut self, span: Span, to: Value, value: &Val) -> Result<()> {
        let lengths = self.lengths(to);
        let dtype = self.dtype_of(to);
        let Val::Array(from) = value else {
            let number = Val::Number(dtype, self.number(value, dtype));
            return self.nest(&lengths, span, &mut |l, indices| {
                l.store_at(to, indices, &number);
                Ok(())
            });
        };
        let view = self.fitted(span, *from, &lengths);
        // The elements may be those of the target, so they go through an array that is nobody else's.
        let own = self.copied(span, view, self.dtype_of(*from))?;
        self.copy_into(span, own, to, &lengths)
    }

    /// A view of an array over a shape that it must broadcast to.
    pub(super) fn fitted(&mut self, span: Span, from: Value, lengths: &[Value]) -> Value {
        let own = self.rank_of(from);
        let one = self.b.number(1, Ty::I64);
        for axis in 0..own {
            let length = self.b.length(from, axis);
            let wanted = lengths[axis + lengths.len() - own];
            let same = self.b.op(Op::Eq, &[length, wanted]);
            let single = self.b.op(Op::Eq, &[length, one]);
            let fits = self.b.op(Op::Or, &[same, single]);
            let message = "ValueError: an axis of length {} is stored into one of length {}";
            let site = self.site(span, ErrorKind::Shape, message, &[Ty::I64; 2]);
            self.b.check(fits, site, &[length, wanted]);
        }
        let mut views = self.spread(&[from, from], lengths);
        views.swap_remove(0)
    }

    /// A new array of the elements of another, in a type.
    pub(super) fn copied(&mut self, span: Span, from: Value, dtype: DType) -> Result<Value> {
        let lengths = self.lengths(from);
        let copy = self.allocate(span, dtype, &lengths);
        self.copy_into(span, from, copy, &lengths)?;
        Ok(copy)
    }

    fn copy_into(&mut self, span: Span, from: Value, to: Value, lengths: &[Value]) -> Result<()> {
        let dtype = self.dtype_of(from);
        self.nest(lengths, span, &mut |l, indices| {
            let number = l.load(from, indices);
            l.store_at(to, indices, &Val::Number(dtype, number));
            Ok(())
        })
    }

    /// `a op= value` for an array: its elements change where they lie.
    pub(super) fn augment_elements(
        &mut self,
        id: NodeId,
        array: Value,
        apply: &Apply,
        value: NodeId,
    ) -> Result<()> {
        let span = self.span(id);
        let lengths = self.lengths(array);
        let given = match self.whole_value(value)? {
            Val::Array(from) => {
                let view = self.fitted(span, from, &lengths);
                let dtype = self.dtype_of(from);
                Val::Array(self.copied(span, view, dtype)?)
            }
            other => other,
        };
        let dtype = self.dtype_of(array);
        let exponent = self.ty(value).clone();
        self.nest(&lengths, span, &mut |l, indices| {
            let before = Val::Number(dtype, l.load(array, indices));
            let other = match &given {
                Val::Array(from) => {
                    let dtype = l.dtype_of(*from);
                    Val::Number(dtype, l.load(*from, indices))
                }
                other => other.clone(),
            };
            let number = l.of_elements(value, apply, &[before, other], Some(&exponent))?;
            let result = match apply.function.info().rule {
                crate::ops::Rule::Compare => DType::Bool,
                _ => apply.compute,
            };
            l.store_at(array, indices, &Val::Number(result, number));
            Ok(())
        })
    }

    /// All elements of an array become one number. Those whose order changes no bit are joined one after the other.
    pub(super) fn reduction(&mut self, id: NodeId, apply: &Apply) -> Result<Val> {
        use Function as F;
        let Type::Number(dtype) = *self.ty(id) else { unreachable!("one number is left") };
        let arg = apply.args()[0];
        let array = self.whole_value(arg)?.array();
        let compute = apply.compute;
        let ordered = compute.is_float() || compute.is_complex();
        let (op, first) = match apply.function {
            F::Sum if !ordered => (Op::Add, Word::int(0, ty(compute))),
            F::Prod if !ordered => (Op::Mul, Word::int(1, ty(compute))),
            F::Any => (Op::Or, Word::Bool(false)),
            F::All => (Op::And, Word::Bool(true)),
            F::Min | F::Max if !compute.is_complex() && compute != DType::Bool => {
                let op = if apply.function == F::Min { Op::Min } else { Op::Max };
                return self.extreme(id, array, op, compute);
            }
            F::Sum | F::Mean | F::Prod if apply.function != F::Prod || !compute.is_complex() => {
                let kind = if apply.function == F::Prod { Reduction::Prod } else { Reduction::Sum };
                let mut number = self.reduced_in_shape(id, array, kind, compute)?;
                if apply.function == F::Mean {
                    let part = compute.component(Component::Whole).or(compute.component(Component::Real));
                    let count = self.count_in(array, part.expect("a number has parts"));
                    number = number.map(|part| self.b.op(Op::Div, &[part, count]));
                }
                return Ok(Val::Number(dtype, number));
            }
            _ => {
                let what = format!("`{}` of {} is", apply.function.shown(), compute);
                return Err(self.unbuilt(id, &what).help("write it as a loop"));
            }
        };
        let from = self.dtype_of(array);
        let first = self.b.constant(first);
        let value = self.joined_elements(id, array, first, &mut |l, so_far, number| {
            let next = l.number(&Val::Number(from, number), compute).single();
            l.b.op(op, &[so_far, next])
        })?;
        Ok(Val::Number(dtype, Number::Real(value)))
    }

    fn extreme(&mut self, id: NodeId, array: Value, op: Op, dtype: DType) -> Result<Val> {
        let span = self.span(id);
        let lengths = self.lengths(array);
        let zero = self.b.number(0, Ty::I64);
        let message = "ValueError: zero-size array to a reduction that has no identity";
        let site = self.site(span, ErrorKind::Value, message, &[]);
        for &length in &lengths {
            let some = self.b.op(Op::Ne, &[length, zero]);
            self.b.check(some, site, &[]);
        }
        let first = self.load(array, &vec![zero; lengths.len()]).single();
        let value = self.joined_elements(id, array, first, &mut |l, so_far, number| {
            l.b.op(op, &[so_far, number.single()])
        })?;
        Ok(Val::Number(dtype, Number::Real(value)))
    }

    /// Goes over all elements with a value that each of them changes.
    fn joined_elements(
        &mut self,
        id: NodeId,
        array: Value,
        first: Value,
        join: &mut dyn FnMut(&mut Self, Value, Number) -> Value,
    ) -> Result<Value> {
        let lengths = self.lengths(array);
        self.joined_along(id, array, &lengths, &mut Vec::new(), first, join)
    }

    fn joined_along(
        &mut self,
        id: NodeId,
        array: Value,
        lengths: &[Value],
        indices: &mut Vec<Value>,
        so_far: Value,
        join: &mut dyn FnMut(&mut Self, Value, Number) -> Value,
    ) -> Result<Value> {
        let Some((&length, rest)) = lengths.split_first() else {
            let number = self.load(array, indices);
            return Ok(join(self, so_far, number));
        };
        let [zero, one] = [0, 1].map(|v| self.b.number(v, Ty::I64));
        let carried = self.b.ty(so_far);
        let params = self.open(&[Ty::I64.into(), carried], self.span(id))?;
        indices.push(params[0]);
        let value = self.joined_along(id, array, rest, indices, params[1], join)?;
        indices.pop();
        let region = self.close(End::Yield(Values::from_slice(&[value])));
        Ok(self.b.range([zero, length, one], &[so_far], region)[0])
    }
}

fn ty(dtype: DType) -> Ty {
    dtype.register().expect("no complex number comes here")
}
