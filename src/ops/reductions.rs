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
    /// Complex multiplication, from 1: the real part. Its imaginary part follows it.
    ProdReal,
    /// The imaginary part of the [`Reduction::ProdReal`] before it.
    ProdImag,
    /// [`Op::Min`], from the largest value.
    Min,
    /// [`Op::Max`], from the smallest value.
    Max,
}

impl Reduction {
    /// All.
    pub const ALL: [Reduction; 6] = [
        Reduction::Sum,
        Reduction::Prod,
        Reduction::ProdReal,
        Reduction::ProdImag,
        Reduction::Min,
        Reduction::Max,
    ];

    /// Its name in the IR's text form.
    pub const fn name(self) -> &'static str {
        match self {
            Reduction::Sum => "sum",
            Reduction::Prod => "prod",
            Reduction::ProdReal => "prod.real",
            Reduction::ProdImag => "prod.imag",
            Reduction::Min => "min",
            Reduction::Max => "max",
        }
    }

    /// Whether it joins two values of an element at a time, with those of another that follows it.
    pub const fn leads_pair(self) -> bool {
        matches!(self, Reduction::ProdReal)
    }

    /// Whether it is one of two that join together.
    pub const fn is_of_pair(self) -> bool {
        matches!(self, Reduction::ProdReal | Reduction::ProdImag)
    }

    /// The primitive that joins. Panics where that takes several.
    pub const fn op(self) -> Op {
        match self {
            Reduction::Sum => Op::Add,
            Reduction::Prod => Op::Mul,
            Reduction::ProdReal | Reduction::ProdImag => panic!("pairs are joined by several primitives"),
            Reduction::Min => Op::Min,
            Reduction::Max => Op::Max,
        }
    }
}
