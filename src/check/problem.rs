//! What arithmetic of literals may come to: truth, or nothing.

use crate::diag::ErrorKind;
use crate::types::Literal;

/// Why an operation on literals has no value.
pub(super) struct Problem {
    pub(super) kind: ErrorKind,
    pub(super) message: &'static str,
    /// What to do about it, or nothing.
    pub(super) help: &'static str,
}

pub(super) fn problem<T>(message: &'static str, help: &'static str) -> Result<T, Problem> {
    Err(Problem { kind: ErrorKind::Value, message, help })
}

pub(super) fn by_zero<T>() -> Result<T, Problem> {
    problem("division by zero", "a number divided by zero has no value; infinity is written `inf`")
}

/// Whether Python takes it for true.
pub(crate) fn truth(x: Literal) -> bool {
    match x {
        Literal::Bool(v) => v,
        Literal::Int(v) => v != 0,
        Literal::Float(v) => v != 0.0,
        Literal::Complex(v) => v.re != 0.0 || v.im != 0.0,
    }
}
