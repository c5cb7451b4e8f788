//! Spaces and views: the shapes of loops, and where a loop's elements lie in arrays.
//!
//! A program is compiled for types alone. Ranks, lengths and strides are those of the arguments, so that
//! both are recipes, followed when arguments are bound.

use smallvec::SmallVec;

use super::{ArrayId, SpaceId, Value};
use crate::diag::Span;
use crate::layout::Index;

/// A shape.
#[derive(Clone, Debug)]
pub struct Space {
    /// How it comes about.
    pub recipe: Recipe,
    /// Where the source says so: the operands that are broadcast, the indices, or the order of axes.
    pub spans: SmallVec<[Span; 3]>,
}

/// How a shape comes about; the spaces it is made of stand before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// It is an array parameter's.
    Array(ArrayId),
    /// It has no dimensions.
    Single,
    /// The common shape of these, by NumPy's broadcasting.
    Broadcast(SmallVec<[SpaceId; 4]>),
    /// What indices leave of a shape.
    Index(SpaceId, Vec<Index<Bound>>),
    /// The axes of a shape in another order; without one, reversed.
    Permute(SpaceId, Option<Vec<i64>>),
}

/// A number of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Known when compiling.
    Const(i64),
    /// A value of the program's prologue, an i64 or a u64.
    Value(Value),
}

/// The elements of an array that the trips of a loop load.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Whose elements.
    pub array: ArrayId,
    /// From the array's shape on, the shapes that lead to the last one. A shape that is made by broadcasting
    /// is broadcast to; one made by indices or another order of axes has its recipe followed.
    pub path: Vec<SpaceId>,
    /// The shape of the loop, to which the end of the path is broadcast.
    pub space: SpaceId,
}

impl Recipe {
    /// The spaces that it is made of.
    pub fn parts(&self) -> &[SpaceId] {
        match self {
            Recipe::Array(_) | Recipe::Single => &[],
            Recipe::Broadcast(parts) => parts,
            Recipe::Index(of, _) | Recipe::Permute(of, _) => std::slice::from_ref(of),
        }
    }
}
