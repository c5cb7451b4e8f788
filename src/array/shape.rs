//! Shapes.

use std::fmt;
use std::ops::Deref;

use smallvec::SmallVec;

/// Length along each dimension, outermost first; up to four are kept without allocation.
#[derive(PartialEq, Eq, Default)]
pub struct Shape(SmallVec<[usize; 4]>);

/// Not derived: a vector of plain words is copied at once.
impl Clone for Shape {
    fn clone(&self) -> Shape {
        Shape(SmallVec::from_slice(&self.0))
    }
}

impl Shape {
    /// The number of elements, where it fits a `usize`.
    pub fn checked_len(&self) -> Option<usize> {
        // A zero anywhere makes the array empty, however long the other dimensions are.
        if self.0.contains(&0) {
            return Some(0);
        }
        self.0.iter().try_fold(1usize, |len, &n| len.checked_mul(n))
    }

    /// The number of elements of an array of elements of `size` bytes, where memory could hold it. As in NumPy, an array
    /// without elements may be no longer along its other dimensions either.
    pub(crate) fn elements_of(&self, size: usize) -> Option<usize> {
        let mut lengths = self.0.iter().filter(|&&n| n != 0);
        let bytes = lengths.try_fold(size, |bytes, &n| bytes.checked_mul(n))?;
        isize::try_from(bytes).ok().and_then(|_| self.checked_len())
    }

    /// The number of elements of a shape that an array has.
    pub(crate) fn elements(&self) -> usize {
        self.checked_len().expect("an array has as many")
    }

    /// A shape within this one of no more elements than these, unless there are dimensions without any; the
    /// outer dimensions are cut first.
    pub(crate) fn corner(&self, elements: usize) -> Shape {
        let mut left = elements;
        let mut corner = self.clone();
        for n in corner.0.iter_mut().rev() {
            *n = (*n).min(left.max(1));
            left = left.checked_div(*n).unwrap_or(left);
        }
        corner
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl From<usize> for Shape {
    fn from(len: usize) -> Shape {
        Shape(SmallVec::from_slice(&[len]))
    }
}

impl From<&[usize]> for Shape {
    fn from(lengths: &[usize]) -> Shape {
        Shape(SmallVec::from_slice(lengths))
    }
}

impl From<Vec<usize>> for Shape {
    fn from(lengths: Vec<usize>) -> Shape {
        Shape(SmallVec::from_vec(lengths))
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(lengths: [usize; N]) -> Shape {
        Shape(SmallVec::from_slice(&lengths))
    }
}

/// Whether two shapes are the same. They are short: comparing them as memory would take longer.
pub(crate) fn same_shape(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

/// A place in a shape, which goes through it in C order.
pub(crate) struct MultiIndex<'a> {
    shape: &'a [usize],
    index: SmallVec<[usize; 4]>,
}

impl<'a> MultiIndex<'a> {
    /// The first place of `shape`.
    pub fn first(shape: &'a [usize]) -> MultiIndex<'a> {
        MultiIndex { shape, index: SmallVec::from_elem(0, shape.len()) }
    }

    /// The place with this number in C order. Panics past the end.
    pub fn of(mut number: usize, shape: &'a [usize]) -> MultiIndex<'a> {
        let mut place = MultiIndex::first(shape);
        for (at, &n) in place.index.iter_mut().zip(shape).rev() {
            *at = number.checked_rem(n).expect("a shape that has elements");
            number /= n;
        }
        assert_eq!(number, 0, "past the end of {shape:?}");
        place
    }

    pub fn get(&self) -> &[usize] {
        &self.index
    }

    /// Goes to the next place, like an odometer; after the last, to the first.
    pub fn advance(&mut self) {
        for (at, &n) in self.index.iter_mut().zip(self.shape).rev() {
            *at += 1;
            if *at < n {
                return;
            }
            *at = 0;
        }
    }
}

/// As Python writes it: `(3, 4)`, `(5,)`, `()`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (at, n) in self.0.iter().enumerate() {
            write!(f, "{}{n}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(if self.0.len() == 1 { ",)" } else { ")" })
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
