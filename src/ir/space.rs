//! Spaces and views: the shapes of loops, and where a loop's elements lie in arrays.
//!
//! A program is compiled for types alone. Ranks, lengths and strides are those of the arguments, so that
//! both are recipes, followed when arguments are bound.

use super::{ArrayId, SpaceId, Value};
use crate::diag::Span;

/// A shape.
#[derive(Clone, Debug)]
pub struct Space {
    /// How it comes about.
    pub recipe: Recipe,
    /// Where the source says so: the operands that are broadcast, the indices, or the order of axes.
    pub spans: Vec<Span>,
}

/// How a shape comes about; the spaces it is made of stand before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// It is an array parameter's.
    Array(ArrayId),
    /// It has no dimensions.
    Single,
    /// The common shape of these, by NumPy's broadcasting.
    Broadcast(Vec<SpaceId>),
    /// What indices leave of a shape.
    Index(SpaceId, Vec<Index>),
    /// The axes of a shape in another order; without one, reversed.
    Permute(SpaceId, Option<Vec<i64>>),
}

/// One of the indices in brackets behind an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index {
    /// One place along an axis, which is then gone.
    At(Bound),
    /// `start:stop:step` along an axis, each as Python takes it.
    Slice([Option<Bound>; 3]),
    /// A new axis of length 1.
    NewAxis,
    /// `...`: all axes that the others leave.
    Rest,
}

/// A number of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Known when compiling.
    Const(i64),
    /// A value of the program's prologue, an int64.
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

impl Index {
    /// The numbers in it.
    pub fn bounds(&self) -> impl Iterator<Item = Bound> {
        let [start, stop, step] = match *self {
            Index::At(bound) => [Some(bound), None, None],
            Index::Slice(bounds) => bounds,
            Index::NewAxis | Index::Rest => [None; 3],
        };
        [start, stop, step].into_iter().flatten()
    }
}
