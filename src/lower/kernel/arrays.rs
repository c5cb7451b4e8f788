//! Elements of arrays by their indices, and views.
//!
//! Every index is checked here, as a program means it: negative ones count from the end.

use super::super::number::{Number, number};
use super::Lowering;
use super::value::Val;
use crate::check::kernel::{Meaning, Type};
use crate::diag::{ErrorKind, Result, Span};
use crate::ir::Value;
use crate::ir::func::{Axis, End, SiteId, Values};
use crate::ops::{Op, Primitives as _};
use crate::syntax::ast::{NodeId, NodeKind};
use crate::types::{DType, Literal, Ty};

/// What is done with an element: a number that goes through all trips, and its indices.
pub(super) type Visit<'v, 'l, T = ()> = dyn FnMut(&mut Lowering<'l>, Value, &[Value]) -> Result<T> + 'v;

impl<'a> Lowering<'a> {
    /// The type of an array's elements.
    pub(super) fn dtype_of(&self, array: Value) -> DType {
        self.b.ty(array).array().expect("an array").0
    }

    /// The number of an array's axes.
    pub(super) fn rank_of(&self, array: Value) -> usize {
        self.b.ty(array).array().expect("an array").1
    }

    /// All components of an element.
    pub(super) fn load(&mut self, array: Value, indices: &[Value]) -> Number {
        let dtype = self.dtype_of(array);
        number(dtype, |component, _| self.b.load(array, component, indices))
    }

    /// Writes an element, in the type that memory has.
    pub(super) fn store_at(&mut self, array: Value, indices: &[Value], value: &Val) {
        let dtype = self.dtype_of(array);
        let number = self.number(value, dtype);
        for (component, value) in number.components() {
            self.b.store(array, component, indices, value);
        }
    }

    pub(super) fn subscript(&self, id: NodeId) -> (NodeId, &'_ [NodeId]) {
        match &self.function.nodes[id.index()].kind {
            NodeKind::Subscript(x, items) => (*x, items),
            _ => unreachable!("the checker saw a subscript"),
        }
    }

    /// The site of an index of type `ty` that is out of bounds.
    fn outside(&mut self, span: Span, axis: usize, ty: Ty) -> SiteId {
        let message = format!("IndexError: index {{}} is out of bounds for axis {axis} with size {{}}");
        self.site(span, ErrorKind::Index, message, &[ty, Ty::I64])
    }

    /// The place of an index along an axis, if it is within.
    pub(super) fn within(&mut self, array: Value, axis: usize, given: &Val, span: Span) -> Value {
        let index = self.number(given, DType::Int64).single();
        if let Val::Number(DType::UInt64, given) = given {
            // What int64 does not hold would count from the end.
            let length = self.b.length(array, axis);
            let site = self.outside(span, axis, Ty::U64);
            self.check_sign(index, site, &[given.single(), length]);
        }
        let site = self.outside(span, axis, Ty::I64);
        self.b.within(array, axis, index, site)
    }

    fn within_item(&mut self, array: Value, axis: usize, item: NodeId) -> Value {
        let value = self.value(item).clone();
        self.within(array, axis, &value, self.span(item))
    }

    /// The array and the indices of an element whose operands have been looked at.
    fn indices(&mut self, id: NodeId) -> Result<(Value, Values)> {
        let (x, items) = self.subscript(id);
        let items = items.to_vec();
        let array = self.whole_value(x)?.array();
        let indices =
            items.iter().enumerate().map(|(axis, &item)| self.within_item(array, axis, item)).collect();
        Ok((array, indices))
    }

    pub(super) fn element(&mut self, id: NodeId) -> Result<Val> {
        let (array, indices) = self.indices(id)?;
        let dtype = self.dtype_of(array);
        Ok(Val::Number(dtype, self.load(array, &indices)))
    }

    /// Looks at what a target is made of, and not at the elements that it is.
    pub(super) fn parts_of_target(&mut self, id: NodeId) -> Result<()> {
        let (x, items) = self.subscript(id);
        let parts: Vec<NodeId> = [x].into_iter().chain(items.iter().copied()).collect();
        for part in parts {
            let value = self.expression(part)?;
            self.values[part.index()] = value;
        }
        Ok(())
    }

    /// Where the element of an augmented assignment lies, and what it is before.
    pub(super) fn place(&mut self, id: NodeId) -> Result<(Value, Values, Val)> {
        self.parts_of_target(id)?;
        let (array, indices) = self.indices(id)?;
        let dtype = self.dtype_of(array);
        let before = Val::Number(dtype, self.load(array, &indices));
        Ok((array, indices, before))
    }

    /// Stores a value where a target is, whose operands have been looked at.
    pub(super) fn store(&mut self, id: NodeId, value: &Val) -> Result<()> {
        match self.unit.nodes[id.index()].meaning {
            Meaning::Element => {
                let (array, indices) = self.indices(id)?;
                self.store_at(array, &indices, value);
                Ok(())
            }
            Meaning::Picked => self.store_picked(id, value),
            _ => {
                let view = self.view(id)?.array();
                self.store_elements(self.span(id), view, value)
            }
        }
    }

    /// Some of the elements of an array.
    pub(super) fn view(&mut self, id: NodeId) -> Result<Val> {
        let (x, items) = self.subscript(id);
        let items = items.to_vec();
        let array = self.whole_value(x)?.array();
        let rank = self.rank_of(array);
        let one = self.b.number(1, Ty::I64);
        let is_axis =
            |l: &Self, item: NodeId| !matches!(l.kind(item), NodeKind::Ellipsis) && *l.ty(item) != Type::None;
        let named = items.iter().filter(|&&item| is_axis(self, item)).count();
        let (mut starts, mut axes) = (Values::new(), Vec::new());
        let whole = |l: &mut Self, starts: &mut Values, axes: &mut Vec<Axis>| {
            let axis = starts.len();
            starts.push(l.b.number(0, Ty::I64));
            axes.push(Axis { length: l.b.length(array, axis), along: Some((axis as u32, one)) });
        };
        for &item in &items {
            let axis = starts.len();
            match self.kind(item) {
                NodeKind::Ellipsis => (0..rank - named).for_each(|_| whole(self, &mut starts, &mut axes)),
                NodeKind::Slice(start, stop, step) => {
                    let length = self.b.length(array, axis);
                    let (first, count, step) = self.slice(length, [*start, *stop, *step])?;
                    starts.push(first);
                    axes.push(Axis { length: count, along: Some((axis as u32, step)) });
                }
                _ if *self.ty(item) == Type::None => axes.push(Axis { length: one, along: None }),
                _ => starts.push(self.within_item(array, axis, item)),
            }
        }
        while starts.len() < rank {
            whole(self, &mut starts, &mut axes);
        }
        Ok(Val::Array(self.b.view(array, &starts, &axes)))
    }

    /// The first place, the number of places and the step of a slice of an axis, as Python clamps them.
    fn slice(&mut self, length: Value, parts: [Option<NodeId>; 3]) -> Result<(Value, Value, Value)> {
        let [start, stop, step] = parts.map(|part| part.filter(|&part| *self.ty(part) != Type::None));
        let by = match step.map(|step| (step, self.ty(step))) {
            None => 1,
            Some((step, Type::Literal(Literal::Int(0)))) => {
                return Err(crate::diag::Error::new(ErrorKind::Value, "a slice cannot go by steps of 0")
                    .at(self.span(step), ""));
            }
            Some((_, Type::Literal(Literal::Int(by)))) => *by as i64,
            Some((step, _)) => return Err(self.unbuilt(step, "a step of a slice that is no constant is")),
        };
        let back = by < 0;
        let number = |l: &mut Self, value| l.b.number(value, Ty::I64);
        let [zero, one, before] = [0, 1, -1].map(|value| number(self, value));
        let last = self.b.op(Op::Sub, &[length, one]);
        let (low, high) = if back { (before, last) } else { (zero, length) };
        let mut bounds = [if back { last } else { zero }, if back { before } else { length }];
        for (bound, part) in bounds.iter_mut().zip([start, stop]) {
            let Some(part) = part else { continue };
            let value = self.value(part).clone();
            let given = match value {
                Val::Number(DType::UInt64, given) => {
                    // Lengths are less than what int64 does not hold.
                    let most = self.b.number(i64::MAX, Ty::U64);
                    let given = self.b.op(Op::Min, &[given.single(), most]);
                    self.b.convert(given, Ty::I64)
                }
                _ => self.number(&value, DType::Int64).single(),
            };
            let negative = self.b.op(Op::Lt, &[given, zero]);
            let from_end = self.b.op(Op::Add, &[given, length]);
            let place = self.b.op(Op::Select, &[negative, from_end, given]);
            let place = self.b.op(Op::Max, &[place, low]);
            *bound = self.b.op(Op::Min, &[place, high]);
        }
        let [first, end] = bounds;
        let distance = if back { [first, end] } else { [end, first] };
        let distance = self.b.op(Op::Sub, &distance);
        let size = by.saturating_abs();
        let count = if size == 1 {
            distance
        } else {
            let (more, size) = (number(self, size - 1), number(self, size));
            let more = self.b.op(Op::Add, &[distance, more]);
            self.b.op(Op::FloorDiv, &[more, size])
        };
        let count = self.b.op(Op::Max, &[count, zero]);
        Ok((first, count, number(self, by)))
    }

    /// Loops over all indices within lengths.
    pub(super) fn nest(
        &mut self,
        lengths: &[Value],
        span: Span,
        body: &mut dyn FnMut(&mut Self, &[Value]) -> Result<()>,
    ) -> Result<()> {
        self.nested(lengths, &mut Vec::new(), span, body)
    }

    fn nested(
        &mut self,
        lengths: &[Value],
        indices: &mut Vec<Value>,
        span: Span,
        body: &mut dyn FnMut(&mut Self, &[Value]) -> Result<()>,
    ) -> Result<()> {
        let Some((&length, rest)) = lengths.split_first() else { return body(self, indices) };
        self.counted(length, span, |l, index| {
            indices.push(index);
            l.nested(rest, indices, span, body)?;
            indices.pop();
            Ok(())
        })
    }

    /// As [`nest`](Lowering::nest), with a number that goes through all trips, from `at` on; gives what it is at the end.
    pub(super) fn counting(
        &mut self,
        lengths: &[Value],
        at: Value,
        span: Span,
        body: &mut Visit<'_, 'a, Value>,
    ) -> Result<Value> {
        self.counting_nested(lengths, &mut Vec::new(), at, span, body)
    }

    fn counting_nested(
        &mut self,
        lengths: &[Value],
        indices: &mut Vec<Value>,
        at: Value,
        span: Span,
        body: &mut Visit<'_, 'a, Value>,
    ) -> Result<Value> {
        let Some((&length, rest)) = lengths.split_first() else { return body(self, at, indices) };
        let [zero, one] = [0, 1].map(|number| self.b.number(number, Ty::I64));
        let params = self.open(&[Ty::I64.into(), Ty::I64.into()], span)?;
        indices.push(params[0]);
        let next = self.counting_nested(rest, indices, params[1], span, body)?;
        indices.pop();
        let region = self.close(End::Yield(Values::from_slice(&[next])));
        Ok(self.b.range([zero, length, one], &[at], region)[0])
    }

    /// A new array.
    pub(super) fn allocate(&mut self, span: Span, dtype: DType, lengths: &[Value]) -> Value {
        let message = "ValueError: an array cannot have the length {}";
        let negative = self.site(span, ErrorKind::Value, message, &[Ty::I64]);
        for &length in lengths {
            self.check_sign(length, negative, &[length]);
        }
        let shown = lengths.len().min(crate::ir::func::MOST_SHOWN);
        let shape = vec!["{}"; shown].join(", ");
        let (message, types) = match shown == lengths.len() {
            true => (
                format!("MemoryError: there is no memory for an array of shape ({shape})"),
                vec![Ty::I64; shown],
            ),
            false => ("MemoryError: there is no memory for this array".to_string(), Vec::new()),
        };
        let site = self.site(span, ErrorKind::Limit, message, &types);
        self.b.alloc(dtype, lengths, site)
    }
}
