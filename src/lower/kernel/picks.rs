//! Arrays as indices: the elements where a mask is true, and those that integers name along the first axis.
//!
//! Picked elements are a new array. What is stored goes through another, so that it is as if nothing overlapped.

use super::Lowering;
use super::arrays::Visit;
use super::value::Val;
use crate::check::Apply;
use crate::diag::{ErrorKind, Result, Span};
use crate::ir::Value;
use crate::ir::func::Values;
use crate::ops::{Op, Primitives as _};
use crate::syntax::ast::NodeId;
use crate::types::{DType, Ty};

/// What elements of an array are picked by.
#[derive(Clone, Copy)]
pub(super) enum Picks {
    /// Those where an array of truth values of its shape is true.
    Mask(Value),
    /// Those at these places of the first axis.
    Places(Value),
}

impl<'a> Lowering<'a> {
    /// The array and what picks of it, whose operands have been looked at.
    fn picks(&mut self, id: NodeId) -> Result<(Value, Picks)> {
        let (x, items) = self.subscript(id);
        let item = items[0];
        let (array, index) = (self.whole_value(x)?.array(), self.whole_value(item)?.array());
        let dtype = self.dtype_of(index);
        if dtype != DType::Bool {
            return Ok((array, Picks::Places(index)));
        }
        let message = "IndexError: a mask of length {} for an axis of length {}";
        let site = self.site(self.span(item), ErrorKind::Index, message, &[Ty::I64; 2]);
        for (own, wanted) in self.lengths(index).into_iter().zip(self.lengths(array)) {
            let same = self.b.op(Op::Eq, &[own, wanted]);
            self.b.check(same, site, &[own, wanted]);
        }
        Ok((array, Picks::Mask(index)))
    }

    /// A new array of the elements that are picked.
    pub(super) fn picked(&mut self, id: NodeId) -> Result<Val> {
        let (array, picks) = self.picks(id)?;
        Ok(Val::Array(self.taken(self.span(id), array, picks)?))
    }

    fn taken(&mut self, span: Span, array: Value, picks: Picks) -> Result<Value> {
        let dtype = self.dtype_of(array);
        let lengths = self.lengths_of_picks(span, array, picks)?;
        let result = self.allocate(span, dtype, &lengths);
        self.each_pick(span, array, picks, &mut |l, at, indices| {
            let number = l.load(array, indices);
            let place = at_place(picks, at, indices);
            l.store_at(result, &place, &Val::Number(dtype, number));
            Ok(())
        })?;
        Ok(result)
    }

    /// Stores a number, or the elements of an array, where elements are picked; operands have been looked at.
    pub(super) fn store_picked(&mut self, id: NodeId, value: &Val) -> Result<()> {
        let (array, picks) = self.picks(id)?;
        let span = self.span(id);
        let value = match value {
            Val::Array(from) => {
                let lengths = self.lengths_of_picks(span, array, picks)?;
                let view = self.fitted(span, *from, &lengths);
                let dtype = self.dtype_of(*from);
                Val::Array(self.copied(span, view, dtype)?)
            }
            other => other.clone(),
        };
        self.put(span, array, picks, &value)
    }

    /// `a[picks] op= value`: elements are taken, changed and put back, one that is picked twice as it became at last.
    pub(super) fn augment_picked(&mut self, id: NodeId, apply: &Apply, value: NodeId) -> Result<()> {
        self.parts_of_target(id)?;
        let (array, picks) = self.picks(id)?;
        let span = self.span(id);
        let taken = self.taken(span, array, picks)?;
        self.expression(value)?;
        self.augment_elements(id, taken, apply, value)?;
        self.put(span, array, picks, &Val::Array(taken))
    }

    /// Stores a number, or as many as are picked.
    fn put(&mut self, span: Span, array: Value, picks: Picks, value: &Val) -> Result<()> {
        let dtype = self.dtype_of(array);
        // What is stored may be what picks.
        let own = |l: &mut Self, index| -> Result<Value> {
            let of = l.dtype_of(index);
            if of == dtype || of == DType::Bool { l.copied(span, index, of) } else { Ok(index) }
        };
        let picks = match picks {
            Picks::Mask(mask) => Picks::Mask(own(self, mask)?),
            Picks::Places(places) => {
                // Where one of them is out of bounds, nothing is stored.
                self.each_place(span, array, places, &mut |_, _, _| Ok(()))?;
                Picks::Places(own(self, places)?)
            }
        };
        let number = match value {
            Val::Array(_) => None,
            number => Some(Val::Number(dtype, self.number(number, dtype))),
        };
        self.each_pick(span, array, picks, &mut |l, at, indices| {
            let number = match (&number, value) {
                (Some(number), _) => number.clone(),
                (None, value) => {
                    let from = value.array();
                    let of = l.dtype_of(from);
                    let place = at_place(picks, at, indices);
                    Val::Number(of, l.load(from, &place))
                }
            };
            l.store_at(array, indices, &number);
            Ok(())
        })
    }

    fn lengths_of_picks(&mut self, span: Span, array: Value, picks: Picks) -> Result<Vec<Value>> {
        match picks {
            Picks::Mask(mask) => {
                let zero = self.b.number(0, Ty::I64);
                let lengths = self.lengths(mask);
                Ok(vec![
                    self.counting(&lengths, zero, span, &mut |l, at, indices| l.one_more(mask, at, indices))?,
                ])
            }
            Picks::Places(places) => {
                let mut lengths = self.lengths(array);
                lengths[0] = self.b.length(places, 0);
                Ok(lengths)
            }
        }
    }

    /// Goes over all elements that are picked.
    fn each_pick(&mut self, span: Span, array: Value, picks: Picks, visit: &mut Visit<'_, 'a>) -> Result<()> {
        let mask = match picks {
            Picks::Places(places) => return self.each_place(span, array, places, visit),
            Picks::Mask(mask) => mask,
        };
        let zero = self.b.number(0, Ty::I64);
        let lengths = self.lengths(array);
        self.counting(&lengths, zero, span, &mut |l, at, indices| {
            let picked = l.load(mask, indices).single();
            l.when(picked, span, |l| visit(l, at, indices))?;
            l.one_more(mask, at, indices)
        })?;
        Ok(())
    }

    fn each_place(
        &mut self,
        span: Span,
        array: Value,
        places: Value,
        visit: &mut Visit<'_, 'a>,
    ) -> Result<()> {
        let count = self.b.length(places, 0);
        let dtype = self.dtype_of(places);
        let rest = self.lengths(array).split_off(1);
        self.counted(count, span, |l, at| {
            let number = l.load(places, &[at]);
            let place = l.within(array, 0, &Val::Number(dtype, number), span);
            l.nest(&rest, span, &mut |l, indices| {
                let indices: Vec<Value> = [place].iter().chain(indices).copied().collect();
                visit(l, at, &indices)
            })
        })
    }

    /// One more than `at` if the mask is true there.
    fn one_more(&mut self, mask: Value, at: Value, indices: &[Value]) -> Result<Value> {
        let picked = self.load(mask, indices).single();
        let one = self.b.convert(picked, Ty::I64);
        Ok(self.b.op(Op::Add, &[at, one]))
    }
}

/// Where an element lies among those that are picked.
fn at_place(picks: Picks, at: Value, indices: &[Value]) -> Values {
    match picks {
        Picks::Mask(_) => Values::from_slice(&[at]),
        Picks::Places(_) => [at].iter().chain(&indices[1..]).copied().collect(),
    }
}
