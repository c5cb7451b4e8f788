//! Lengths and strides, and what NumPy's indices, orders of axes and broadcasting make of them.
//!
//! This module must not know memory, programs or text.

use std::fmt;

use smallvec::SmallVec;

/// The most dimensions of a shape, as in NumPy.
pub(crate) const MOST_DIMENSIONS: usize = 64;

/// One of the indices in brackets behind an array; its numbers are of type `B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index<B> {
    /// One place along an axis, which is then gone.
    At(B),
    /// `start:stop:step` along an axis, each as Python takes it.
    Slice([Option<B>; 3]),
    /// A new axis of length 1.
    NewAxis,
    /// `...`: all axes that the others leave.
    Rest,
}

/// Where elements lie from a first one on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Layout {
    /// Distance of the element at index (0, 0, …) from where counting began; means nothing without elements.
    pub offset: isize,
    /// Outermost first.
    pub axes: SmallVec<[Axis; 4]>,
}

/// An axis of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    pub len: usize,
    /// Distance from one element to the next.
    pub stride: isize,
}

/// Why a layout has no such part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// There are more indices than axes.
    TooManyIndices {
        /// How many take an axis.
        given: usize,
    },
    /// An index is not in its axis.
    OutOfRange {
        /// Which of the indices.
        item: usize,
        index: i128,
        axis: usize,
        len: usize,
    },
    /// This slice goes by steps of 0.
    NoStep {
        /// Which of the indices.
        item: usize,
    },
    /// There would be more than [`MOST_DIMENSIONS`].
    TooManyDimensions {
        /// How many.
        dimensions: usize,
    },
    /// An order names another number of axes than there are.
    AxesMissing {
        /// How many.
        given: usize,
    },
    /// An order names an axis that is not there.
    NoAxis { axis: i64 },
    /// An order names an axis twice.
    AxisTwice { axis: i64 },
}

impl<B: Copy> Index<B> {
    /// The numbers in it.
    pub fn bounds(&self) -> impl Iterator<Item = B> {
        let [start, stop, step] = match *self {
            Index::At(bound) => [Some(bound), None, None],
            Index::Slice(bounds) => bounds,
            Index::NewAxis | Index::Rest => [None; 3],
        };
        [start, stop, step].into_iter().flatten()
    }

    /// The same with each number replaced.
    pub fn map<T>(self, mut f: impl FnMut(B) -> T) -> Index<T> {
        match self {
            Index::At(bound) => Index::At(f(bound)),
            Index::Slice(bounds) => Index::Slice(bounds.map(|bound| bound.map(&mut f))),
            Index::NewAxis => Index::NewAxis,
            Index::Rest => Index::Rest,
        }
    }
}

/// As Python writes it.
impl<B: fmt::Display> fmt::Display for Index<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Index::At(bound) => write!(f, "{bound}"),
            Index::Slice([start, stop, step]) => {
                start.iter().try_for_each(|bound| write!(f, "{bound}"))?;
                write!(f, ":")?;
                stop.iter().try_for_each(|bound| write!(f, "{bound}"))?;
                step.iter().try_for_each(|bound| write!(f, ":{bound}"))
            }
            Index::NewAxis => write!(f, "newaxis"),
            Index::Rest => write!(f, "..."),
        }
    }
}

impl Layout {
    /// A shape alone: no element is away from the first.
    pub fn of_shape(shape: &[usize]) -> Layout {
        Layout { offset: 0, axes: shape.iter().map(|&len| Axis { len, stride: 0 }).collect() }
    }

    /// What `indices`, of which one may be [`Index::Rest`], leave of it; `number` says what their numbers are. What
    /// 64 bits with a sign do not hold is beyond every axis.
    pub fn index<B: Copy>(
        &self,
        indices: &[Index<B>],
        number: impl Fn(B) -> i128,
    ) -> Result<Layout, Problem> {
        let clamped = |number: i128| number.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        let given = indices.iter().filter(|index| matches!(index, Index::At(_) | Index::Slice(_))).count();
        let Some(left) = self.axes.len().checked_sub(given) else {
            return Err(Problem::TooManyIndices { given });
        };
        let mut layout = Layout { offset: self.offset, axes: SmallVec::new() };
        let mut next = 0;
        for (item, index) in indices.iter().enumerate() {
            match *index {
                Index::At(index) => {
                    let Axis { len, stride } = self.axes[next];
                    let index = number(index);
                    let Some(place) = place(clamped(index), len) else {
                        return Err(Problem::OutOfRange { item, index, axis: next, len });
                    };
                    layout.move_by(place, stride);
                    next += 1;
                }
                Index::Slice(bounds) => {
                    let Axis { len, stride } = self.axes[next];
                    let [start, stop, step] = bounds.map(|bound| bound.map(|bound| clamped(number(bound))));
                    let Some((start, step, len)) = slice(start, stop, step.unwrap_or(1), len) else {
                        return Err(Problem::NoStep { item });
                    };
                    if len > 0 {
                        layout.move_by(start, stride);
                    }
                    layout.axes.push(Axis { len, stride: stride.wrapping_mul(step) });
                    next += 1;
                }
                Index::NewAxis => layout.axes.push(Axis { len: 1, stride: 0 }),
                Index::Rest => {
                    self.axes[next..next + left].iter().for_each(|&axis| layout.axes.push(axis));
                    next += left;
                }
            }
        }
        self.axes[next..].iter().for_each(|&axis| layout.axes.push(axis));
        match layout.axes.len() {
            dimensions if dimensions > MOST_DIMENSIONS => Err(Problem::TooManyDimensions { dimensions }),
            _ => Ok(layout),
        }
    }

    fn move_by(&mut self, places: usize, stride: isize) {
        self.offset = self.offset.wrapping_add(stride.wrapping_mul(places as isize));
    }

    /// Its axes in the order of `axes`, which count from the end where they are negative; without an order,
    /// reversed.
    pub fn permute(&self, order: Option<&[i64]>) -> Result<Layout, Problem> {
        let Layout { offset, axes } = self;
        let Some(order) = order else {
            return Ok(Layout { offset: *offset, axes: axes.iter().rev().copied().collect() });
        };
        if order.len() != axes.len() {
            return Err(Problem::AxesMissing { given: order.len() });
        }
        let mut taken = 0u64;
        let mut permuted = Layout { offset: *offset, axes: SmallVec::new() };
        for &axis in order {
            let Some(place) = place(axis, axes.len()) else { return Err(Problem::NoAxis { axis }) };
            if taken & 1 << place != 0 {
                return Err(Problem::AxisTwice { axis });
            }
            taken |= 1 << place;
            permuted.axes.push(axes[place]);
        }
        Ok(permuted)
    }

    /// The same elements over a shape that it broadcasts to: each repeated along new axes and those where its
    /// own length is 1.
    pub fn broadcast(&mut self, shape: &[usize]) {
        let new = shape.len() - self.axes.len();
        let repeated = |len| Axis { len, stride: 0 };
        if new > 0 {
            let own = std::mem::take(&mut self.axes);
            shape[..new].iter().for_each(|&len| self.axes.push(repeated(len)));
            own.iter().for_each(|&axis| self.axes.push(axis));
        }
        for (axis, &len) in self.axes.iter_mut().zip(shape) {
            if axis.len != len {
                debug_assert_eq!(axis.len, 1, "no shape that it broadcasts to");
                *axis = repeated(len);
            }
        }
    }
}

/// The place that an index means along an axis of this length; negative ones count from the end.
pub(crate) fn place(index: i64, len: usize) -> Option<usize> {
    let place = if index < 0 {
        len.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?
    } else {
        usize::try_from(index).ok()?
    };
    (place < len).then_some(place)
}

/// The first place, the step and the length of a slice of an axis of this length, as Python's
/// `slice.indices` has them; none where the step is 0. Only an axis of an array without elements is
/// longer than 63 bits can say; it is taken to end there.
fn slice(start: Option<i64>, stop: Option<i64>, step: i64, len: usize) -> Option<(usize, isize, usize)> {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    // Where counting begins and ends: before the first place or behind the last.
    let (least, most) = match step {
        0 => return None,
        1.. => (0, len),
        _ => (-1, len - 1),
    };
    let bound = |bound: i64| if bound < 0 { (bound + len).max(least) } else { bound.min(most) };
    let (first, last) = if step > 0 { (least, most) } else { (most, least) };
    let (start, stop) = (start.map_or(first, bound), stop.map_or(last, bound));
    let places = if step > 0 { stop - start } else { start - stop };
    let count = match step {
        _ if places <= 0 => 0,
        1 | -1 => places as usize,
        _ => (places as u64 - 1) as usize / step.unsigned_abs() as usize + 1,
    };
    // A step beyond the axis is never made.
    Some((start.max(0) as usize, step as isize, count))
}

/// Makes `shape` the common one of itself and `other` by NumPy's broadcasting; false where there is none.
pub(crate) fn join(shape: &mut SmallVec<[usize; 4]>, other: &[usize]) -> bool {
    if let Some(new @ 1..) = other.len().checked_sub(shape.len()) {
        let own = std::mem::take(shape);
        other[..new].iter().chain(&own).for_each(|&len| shape.push(len));
    }
    let skip = shape.len() - other.len();
    shape[skip..].iter_mut().zip(other).all(|(len, &other)| {
        if *len == 1 {
            *len = other;
        }
        *len == other || other == 1
    })
}

/// The axes along which two shapes do not broadcast, outermost first; -1 is the last one.
pub(crate) fn conflicts(x: &[usize], y: &[usize]) -> Vec<isize> {
    let axes = (1..=x.len().min(y.len())).rev();
    let lengths = |axis: usize| (x[x.len() - axis], y[y.len() - axis]);
    let differ = |&axis: &usize| matches!(lengths(axis), (x, y) if x != y && x != 1 && y != 1);
    axes.filter(differ).map(|axis| -(axis as isize)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Elements that lie one after the other, the last index fastest.
    fn contiguous(shape: &[usize], size: usize) -> Layout {
        let mut layout = Layout::of_shape(shape);
        let mut stride = size as isize;
        for axis in layout.axes.iter_mut().rev() {
            axis.stride = stride;
            stride *= axis.len as isize;
        }
        layout
    }

    /// The distances of all elements, in C order.
    fn elements(layout: &Layout) -> Vec<isize> {
        let step = |all: Vec<isize>, axis: &Axis| {
            all.iter().flat_map(|&at| (0..axis.len).map(move |i| at + i as isize * axis.stride)).collect()
        };
        layout.axes.iter().fold(vec![layout.offset], step)
    }

    fn lengths(layout: &Layout) -> Vec<usize> {
        layout.axes.iter().map(|axis| axis.len).collect()
    }

    /// Python's own definition of a slice: where counting starts and stops, and each place between.
    fn places([start, stop, step]: [Option<i64>; 3], len: i64) -> Vec<i64> {
        let step = step.unwrap_or(1);
        let counted = |bound: i64| if bound < 0 { bound.saturating_add(len) } else { bound };
        let mut at = match start {
            Some(start) if step > 0 => counted(start).max(0),
            Some(start) => counted(start).min(len - 1),
            None if step > 0 => 0,
            None => len - 1,
        };
        let stop = stop.map(counted);
        let mut all = Vec::new();
        while (0..len).contains(&at) && stop.is_none_or(|stop| if step > 0 { at < stop } else { at > stop }) {
            all.push(at);
            at = at.saturating_add(step);
        }
        all
    }

    #[test]
    fn slices_are_pythons() {
        let bounds = [None, Some(0), Some(1), Some(2), Some(5), Some(9), Some(-1), Some(-3), Some(-9)];
        let ends = [Some(i64::MAX), Some(i64::MIN)];
        let steps = [None, Some(1), Some(2), Some(7), Some(-1), Some(-2), Some(i64::MAX), Some(i64::MIN)];
        for len in 0..7 {
            for start in bounds.into_iter().chain(ends) {
                for stop in bounds.into_iter().chain(ends) {
                    for step in steps {
                        let bounds = [start, stop, step];
                        let layout = contiguous(&[len as usize], 1);
                        let part = layout.index(&[Index::Slice(bounds)], i128::from).unwrap();
                        let expected = places(bounds, len);
                        assert_eq!(part.axes[0].len, expected.len(), "{bounds:?} of {len}");
                        if expected.len() > 1 {
                            assert_eq!(
                                elements(&part),
                                expected.iter().map(|&i| i as isize).collect::<Vec<_>>()
                            );
                        } else if let [only] = expected[..] {
                            assert_eq!(part.offset, only as isize, "{bounds:?} of {len}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn indices_take_axes_in_order() {
        let all = contiguous(&[2, 3, 4], 8);
        let slice = |start, stop| Index::Slice([start, stop, None]);
        for (indices, shape, first) in [
            (&[][..], &[2, 3, 4][..], 0),
            (&[Index::At(1)], &[3, 4], 12),
            (&[Index::At(-1), Index::At(0), Index::At(-1)], &[], 15),
            (&[Index::Rest, Index::At(2)], &[2, 3], 2),
            (&[Index::At(1), Index::Rest, Index::At(2)], &[3], 14),
            (&[Index::NewAxis, Index::Rest, Index::NewAxis], &[1, 2, 3, 4, 1], 0),
            (&[Index::At(0), Index::NewAxis, slice(Some(1), None), Index::Rest], &[1, 2, 4], 4),
            (&[Index::At(0), Index::At(0), Index::At(0), Index::Rest], &[], 0),
            (&[slice(Some(5), None)], &[0, 3, 4], 0),
        ] {
            let part = all.index(indices, i128::from).unwrap();
            assert_eq!((&*lengths(&part), part.offset), (shape, first * 8), "{indices:?}");
        }
        let wrong = |indices: &[Index<i64>]| all.index(indices, i128::from).unwrap_err();
        assert_eq!(wrong(&[Index::At(2)]), Problem::OutOfRange { item: 0, index: 2, axis: 0, len: 2 });
        let all_of = slice(None, None);
        assert_eq!(
            wrong(&[Index::NewAxis, all_of, Index::At(-4)]),
            Problem::OutOfRange { item: 2, index: -4, axis: 1, len: 3 }
        );
        let beyond = 1 << 64;
        assert_eq!(
            all.index(&[Index::At(beyond)], |number| number),
            Err(Problem::OutOfRange { item: 0, index: beyond, axis: 0, len: 2 })
        );
        let none = all.index(&[Index::Slice([Some(beyond), None, None])], |number| number).unwrap();
        assert_eq!(lengths(&none), [0, 3, 4]);
        assert_eq!(wrong(&[all_of, Index::Slice([None, None, Some(0)])]), Problem::NoStep { item: 1 });
        assert_eq!(wrong(&[all_of; 4]), Problem::TooManyIndices { given: 4 });
        assert_eq!(wrong(&[Index::NewAxis; 62]), Problem::TooManyDimensions { dimensions: 65 });
    }

    #[test]
    fn axes_change_places() {
        let all = contiguous(&[2, 3, 4], 1);
        assert_eq!(lengths(&all.permute(None).unwrap()), [4, 3, 2]);
        let turned = all.permute(Some(&[1, -1, 0])).unwrap();
        assert_eq!(lengths(&turned), [3, 4, 2]);
        assert_eq!(elements(&turned)[..4], [0, 12, 1, 13]);
        assert_eq!(all.permute(Some(&[0, 1])), Err(Problem::AxesMissing { given: 2 }));
        assert_eq!(all.permute(Some(&[0, 1, 3])), Err(Problem::NoAxis { axis: 3 }));
        assert_eq!(all.permute(Some(&[0, 1, -2])), Err(Problem::AxisTwice { axis: -2 }));
    }

    /// Every element of a broadcast is that of the index with each axis of length 1 at 0.
    #[test]
    fn broadcasts_repeat_elements() {
        let mut r = Random(5);
        let mut joined = 0;
        for _ in 0..2000 {
            let shape =
                |r: &mut Random| (0..r.below(4)).map(|_| r.below(4)).collect::<SmallVec<[usize; 4]>>();
            let (x, y) = (shape(&mut r), shape(&mut r));
            let mut both = x.clone();
            let fit = join(&mut both, &y);
            assert_eq!(fit, conflicts(&x, &y).is_empty(), "{x:?} {y:?}");
            if !fit {
                continue;
            }
            joined += 1;
            let mut layout = contiguous(&x, 1);
            layout.broadcast(&both);
            assert_eq!(lengths(&layout), &*both);
            let expected: Vec<isize> = (0..both.iter().product())
                .map(|mut at| {
                    let (mut distance, mut stride) = (0, 1);
                    for (axis, &len) in both.iter().enumerate().rev() {
                        let i = at % len;
                        at /= len;
                        if let Some(own) = (axis + x.len()).checked_sub(both.len()) {
                            distance += if x[own] == 1 { 0 } else { i * stride };
                            stride *= x[own];
                        }
                    }
                    distance as isize
                })
                .collect();
            assert_eq!(elements(&layout), expected, "{x:?} to {both:?}");
        }
        assert!(joined > 500, "{joined}");
    }
}
