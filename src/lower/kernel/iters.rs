//! What a `for` goes over: how many trips it makes, and the item of each.

use super::super::number::Number;
use super::Lowering;
use super::value::Val;
use crate::check::kernel::Iter;
use crate::diag::{ErrorKind, Result};
use crate::ir::Value;
use crate::ir::func::Axis;
use crate::ops::{Op, Primitives as _};
use crate::types::{DType, Literal, Ty};

/// An [`Iter`], its numbers computed.
pub(super) enum Items {
    /// Numbers from a start to before a stop by a step.
    Range {
        start: Value,
        stop: Value,
        step: Value,
    },
    /// So many numbers, each by a step below the one before.
    Back {
        last: Value,
        step: Value,
        count: Value,
    },
    /// The elements of an array, or its rows.
    Array(Value),
    Enumerate(Box<Items>, Value),
    Zip(Vec<Items>),
    /// All indices within these lengths, of which there are so many.
    Indices(Vec<Value>, Value),
}

impl Lowering<'_> {
    pub(super) fn items(&mut self, iter: &Iter) -> Result<Items> {
        Ok(match iter {
            Iter::Range { start, stop, step, reversed, .. } => {
                let default = |l: &mut Self, value| l.b.number(value, Ty::I64);
                // Start and step, where the text has them.
                let mut ends = [Some(0), Some(1)];
                let known = |value: &Val| match value {
                    Val::Literal(Literal::Int(known)) => i64::try_from(*known).ok(),
                    _ => None,
                };
                let start = match start {
                    Some(start) => {
                        let value = self.expression(*start)?;
                        ends[0] = known(&value);
                        self.whole_number(&value, self.span(*start))
                    }
                    None => default(self, 0),
                };
                let stop_value = self.expression(*stop)?;
                let stop = self.whole_number(&stop_value, self.span(*stop));
                let step = match step {
                    Some(id) => {
                        let value = self.expression(*id)?;
                        ends[1] = known(&value);
                        let step = self.whole_number(&value, self.span(*id));
                        if !matches!(value, Val::Literal(Literal::Int(_))) {
                            let zero = self.b.number(0, Ty::I64);
                            let sound = self.b.op(Op::Ne, &[step, zero]);
                            let message = "ValueError: a range cannot go by steps of 0";
                            let site = self.site(self.span(*id), ErrorKind::Value, message, &[]);
                            self.b.check(sound, site, &[]);
                        }
                        step
                    }
                    None => default(self, 1),
                };
                match reversed {
                    false => Items::Range { start, stop, step },
                    true => self.back([start, stop, step], ends),
                }
            }
            Iter::Array(id) => Items::Array(self.expression(*id)?.array()),
            Iter::Enumerate(inner, start) => {
                let inner = self.items(inner)?;
                let start = match start {
                    Some(start) => {
                        let value = self.expression(*start)?;
                        self.whole_number(&value, self.span(*start))
                    }
                    None => self.b.number(0, Ty::I64),
                };
                Items::Enumerate(Box::new(inner), start)
            }
            Iter::Zip(inner) => Items::Zip(inner.iter().map(|iter| self.items(iter)).collect::<Result<_>>()?),
            Iter::Indices(lengths) => {
                let mut values = Vec::new();
                for &length in lengths {
                    let span = self.span(length);
                    match self.expression(length)? {
                        Val::Tuple(items) => {
                            items.iter().for_each(|item| values.push(self.whole_number(item, span)));
                        }
                        value => values.push(self.whole_number(&value, span)),
                    }
                }
                // A negative length is none.
                let zero = self.b.number(0, Ty::I64);
                let values: Vec<Value> =
                    values.into_iter().map(|length| self.b.op(Op::Max, &[length, zero])).collect();
                let count = self.count_of(&values);
                Items::Indices(values, count)
            }
        })
    }

    /// The numbers of a range from the last one to its start: as a range that stops next to the start, if there is sure to be such a
    /// number, else counted.
    fn back(&mut self, [start, stop, step]: [Value; 3], ends: [Option<i64>; 2]) -> Items {
        let exact = self.exact_count_of_range(start, stop, step);
        let one = self.b.number(1, Ty::I64);
        // The last is start + (count - 1) * step.
        let count = self.b.convert(exact, Ty::I64);
        let others = self.b.op(Op::Sub, &[count, one]);
        let far = self.b.op(Op::Mul, &[others, step]);
        let last = self.b.op(Op::Add, &[start, far]);
        let next = match ends {
            [Some(start), Some(by)] if by > i64::MIN => start.checked_sub(by.signum()),
            _ => None,
        };
        match next {
            Some(next) => {
                let [none, stop] = [self.b.number(0, Ty::U64), self.b.number(next, Ty::I64)];
                let some = self.b.op(Op::Ne, &[exact, none]);
                let first = self.b.op(Op::Select, &[some, last, stop]);
                let step = self.b.op(Op::Neg, &[step]);
                Items::Range { start: first, stop, step }
            }
            None => Items::Back { last, step, count: self.countable(exact) },
        }
    }

    /// How many numbers a range has; the greatest integer where there are more, which nobody lives to see.
    pub(super) fn count_of_range(&mut self, start: Value, stop: Value, step: Value) -> Value {
        let count = self.exact_count_of_range(start, stop, step);
        self.countable(count)
    }

    fn countable(&mut self, count: Value) -> Value {
        let most = self.b.number(i64::MAX, Ty::U64);
        let count = self.b.op(Op::Min, &[count, most]);
        self.b.convert(count, Ty::I64)
    }

    /// How many numbers a range has, as a `U64`: between the ends of int64 lies more than fits one.
    fn exact_count_of_range(&mut self, start: Value, stop: Value, step: Value) -> Value {
        let zero = self.b.number(0, Ty::I64);
        let [none, one] = [0, 1].map(|v| self.b.number(v, Ty::U64));
        let up = self.b.op(Op::Gt, &[step, zero]);
        let least = self.b.op(Op::Select, &[up, start, stop]);
        let greatest = self.b.op(Op::Select, &[up, stop, start]);
        let some = self.b.op(Op::Lt, &[least, greatest]);
        let distance = self.b.op(Op::Sub, &[greatest, least]);
        let size = self.b.op(Op::Abs, &[step]);
        let [distance, size] = [distance, size].map(|value| self.b.convert(value, Ty::U64));
        // Rounded up, without a sum that could wrap.
        let before = self.b.op(Op::Sub, &[distance, one]);
        let others = self.b.op(Op::FloorDiv, &[before, size]);
        let count = self.b.op(Op::Add, &[others, one]);
        self.b.op(Op::Select, &[some, count, none])
    }

    /// The numbers of trips, as a range: those of a range itself, others count.
    pub(super) fn trips(&mut self, items: &Items) -> [Value; 3] {
        match items {
            Items::Range { start, stop, step } => [*start, *stop, *step],
            _ => {
                let [zero, one] = [0, 1].map(|v| self.b.number(v, Ty::I64));
                [zero, self.count(items), one]
            }
        }
    }

    fn count(&mut self, items: &Items) -> Value {
        match items {
            Items::Range { start, stop, step } => self.count_of_range(*start, *stop, *step),
            Items::Array(array) => self.b.length(*array, 0),
            Items::Enumerate(inner, _) => self.count(inner),
            Items::Zip(inner) => {
                let counts: Vec<Value> = inner.iter().map(|items| self.count(items)).collect();
                let (&first, others) = counts.split_first().expect("the checker saw some");
                others.iter().fold(first, |least, &count| self.b.op(Op::Min, &[least, count]))
            }
            Items::Back { count, .. } | Items::Indices(_, count) => *count,
        }
    }

    /// The item of a trip, by the number that [`Lowering::trips`] gives it.
    pub(super) fn item(&mut self, items: &Items, number: Value) -> Val {
        match items {
            Items::Range { .. } => int(number),
            _ => self.item_at(items, number),
        }
    }

    /// The item at a place from 0 on.
    fn item_at(&mut self, items: &Items, at: Value) -> Val {
        match items {
            Items::Range { start, step, .. } => {
                let far = self.b.op(Op::Mul, &[at, *step]);
                int(self.b.op(Op::Add, &[*start, far]))
            }
            Items::Back { last, step, .. } => {
                let far = self.b.op(Op::Mul, &[at, *step]);
                int(self.b.op(Op::Sub, &[*last, far]))
            }
            Items::Array(array) => self.row(*array, at),
            Items::Enumerate(inner, start) => {
                let number = self.b.op(Op::Add, &[at, *start]);
                Val::Tuple([int(number), self.item_at(inner, at)].into())
            }
            Items::Zip(inner) => Val::Tuple(inner.iter().map(|items| self.item_at(items, at)).collect()),
            Items::Indices(lengths, _) => {
                let mut rest = at;
                let mut indices = Vec::new();
                for &length in lengths.iter().rev() {
                    indices.push(int(self.b.op(Op::Mod, &[rest, length])));
                    rest = self.b.op(Op::FloorDiv, &[rest, length]);
                }
                indices.reverse();
                Val::Tuple(indices.into())
            }
        }
    }

    /// The element of an array at a place along its first axis, or the row.
    pub(super) fn row(&mut self, array: Value, at: Value) -> Val {
        let (dtype, rank) = self.b.ty(array).array().expect("an array");
        if rank == 1 {
            return Val::Number(dtype, self.load(array, &[at]));
        }
        let [zero, one] = [0, 1].map(|v| self.b.number(v, Ty::I64));
        let mut starts = vec![zero; rank];
        starts[0] = at;
        let axes: Vec<Axis> = (1..rank)
            .map(|axis| Axis { length: self.b.length(array, axis), along: Some((axis as u32, one)) })
            .collect();
        Val::Array(self.b.view(array, &starts, &axes))
    }
}

fn int(value: Value) -> Val {
    Val::Number(DType::Int64, Number::Real(value))
}
