//! Numbers as text writes them, without a type of their own.

use std::fmt;

use num_complex::Complex;

use super::Scalar;

/// A number as the text itself would write it: weak, as a Python scalar is beside NumPy arrays.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Literal {
    /// `True`, `False`
    Bool(bool),
    /// An integer.
    Int(i128),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(Complex<f64>),
}

impl Literal {
    /// The same kind and bits: a NaN is itself, and -0.0 is not 0.0.
    pub fn same(self, other: Literal) -> bool {
        self.bits() == other.bits()
    }

    /// What tells literals apart: their kind, and their bits.
    pub(crate) fn bits(self) -> (u8, u128) {
        match self {
            Literal::Bool(v) => (0, u128::from(v)),
            Literal::Int(v) => (1, v as u128),
            Literal::Float(v) => (2, u128::from(v.to_bits())),
            Literal::Complex(v) => (3, u128::from(v.re.to_bits()) | u128::from(v.im.to_bits()) << 64),
        }
    }
}

/// As Python writes it.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Literal::Bool(v) => Scalar::Bool(v).fmt(f),
            Literal::Int(v) => v.fmt(f),
            Literal::Float(v) => write!(f, "{v:?}"),
            Literal::Complex(v) => Scalar::Complex128(v).fmt(f),
        }
    }
}
