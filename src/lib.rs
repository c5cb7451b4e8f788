//! A just-in-time compiler for array expressions.

pub mod diag;
pub mod dtype;
pub mod syntax;
