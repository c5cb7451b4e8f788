//! Files of kernels: functions with loops, among other things.
//!
//! Stands on the parser of expressions, and adds statements and definitions. `grammar/kernel.ebnf` is the law here.
//! What is Python but no part of it is an error of the function that it stands in, and is passed over where it
//! stands in none, so that a program brings its kernels unmodified.

pub mod ast;
mod definitions;
mod errors;
mod expression;
mod print;
mod statements;

pub(super) use definitions::parse;
pub(super) use expression::function;
