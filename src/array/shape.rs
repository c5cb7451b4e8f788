//! Shapes.

use std::fmt;
use std::ops::Deref;

use smallvec::SmallVec;

/// Length along each dimension, outermost first; up to four are kept without allocation.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Shape(SmallVec<[usize; 4]>);

impl Shape {
    /// The number of elements, where it fits a `usize`.
    pub fn checked_len(&self) -> Option<usize> {
        // A zero anywhere makes the array empty, however long the other dimensions are.
        if self.0.contains(&0) {
            return Some(0);
        }
        self.0.iter().try_fold(1usize, |len, &n| len.checked_mul(n))
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
