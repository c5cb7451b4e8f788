//! How a reduction joins partial results.

use super::Op;

/// How a reduction joins two partial results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reduction {
    /// Addition, from -0.0 or 0.
    Sum,
    /// Multiplication, from 1.
    Prod,
    /// [`Op::Min`], from the largest value.
    Min,
    /// [`Op::Max`], from the smallest value.
    Max,
}

impl Reduction {
    /// Its name in the IR's text form.
    pub const fn name(self) -> &'static str {
        match self {
            Reduction::Sum => "sum",
            Reduction::Prod => "prod",
            Reduction::Min => "min",
            Reduction::Max => "max",
        }
    }

    /// The primitive that joins.
    pub const fn op(self) -> Op {
        match self {
            Reduction::Sum => Op::Add,
            Reduction::Prod => Op::Mul,
            Reduction::Min => Op::Min,
            Reduction::Max => Op::Max,
        }
    }
}
