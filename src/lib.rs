//! A just-in-time compiler for array expressions.

pub mod diag;
pub mod dtype;
pub mod ir;
pub mod op;
pub mod syntax;
