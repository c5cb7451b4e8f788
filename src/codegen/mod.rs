//! IR to machine code.
//!
//! A back end compiles a loop of a program into one function with the ABI of [`code`], and says
//! how many elements a trip takes. There are two: [`wide`] knows the wide registers of x86-64 and
//! most primitives; [`clif`] knows every machine of Cranelift and every primitive, in 128 bits.
//! [`Compiler`] asks the first, then the second. This module must not know the interpreter,
//! arrays or threads.

pub(crate) mod clif;
pub(crate) mod code;
mod compiler;
pub(crate) mod function;
mod host;
pub(crate) mod partials;
mod streams;
#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "x86_64", unix))]
mod wide;

pub use clif::Tuning;
pub(crate) use code::Listing;
pub(crate) use compiler::{Compiler, Wide};
pub(crate) use streams::Classes;
