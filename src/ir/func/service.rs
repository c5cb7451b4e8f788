//! What functions ask of whoever runs them: work that no instructions are generated for.
//!
//! A service has a signature and a number, by which code names it. What it does is said here, and done in
//! [`crate::services`], for the interpreter and for generated code alike.

use smallvec::SmallVec;

use super::Type;
use crate::types::{DType, Ty};

/// Work that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Sets a matrix to the product of two others. Their inner lengths are equal, the outer ones those of the first, which is
    /// all zeros, contiguous, and shares no memory with the others.
    MatMul(DType),
    /// The next 64 random bits of the stream.
    Random,
    /// Begins the stream of a seed and a number.
    Begin,
}

impl Service {
    /// Those without a type; the others are numbered by it.
    const PLAIN: [Service; 2] = [Service::Random, Service::Begin];

    /// Its number.
    pub fn code(self) -> u64 {
        match self {
            Service::MatMul(dtype) => (Self::PLAIN.len() + dtype as usize) as u64,
            plain => Self::PLAIN.iter().position(|&other| other == plain).expect("it is listed") as u64,
        }
    }

    /// The service of a number.
    pub fn from_code(code: u64) -> Service {
        let code = code as usize;
        match Self::PLAIN.get(code) {
            Some(&service) => service,
            None => Service::MatMul(DType::ALL[code - Self::PLAIN.len()]),
        }
    }

    /// Types of what it is given.
    pub fn params(self) -> SmallVec<[Type; 3]> {
        match self {
            Service::MatMul(dtype) => SmallVec::from_elem(Type::Array { dtype, rank: 2 }, 3),
            Service::Random => SmallVec::new(),
            Service::Begin => SmallVec::from_elem(Ty::U64.into(), 2),
        }
    }

    /// Types of what it gives.
    pub fn results(self) -> SmallVec<[Type; 3]> {
        match self {
            Service::MatMul(_) | Service::Begin => SmallVec::new(),
            Service::Random => SmallVec::from_elem(Ty::U64.into(), 1),
        }
    }

    /// How many of the first of its arguments it writes.
    pub fn writes(self) -> usize {
        usize::from(matches!(self, Service::MatMul(_)))
    }

    /// As the text form calls it.
    pub fn name(self) -> &'static str {
        match self {
            Service::MatMul(_) => "matmul",
            Service::Random => "random",
            Service::Begin => "begin",
        }
    }
}
