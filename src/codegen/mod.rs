//! IR to machine code.
//!
//! A back end compiles each loop of a program into one function with the ABI of [`code`], and says
//! how many elements a trip takes. Today there is one back end, [`clif`]. This module must not
//! know the interpreter, arrays or threads.

pub(crate) mod clif;
pub(crate) mod code;
mod host;
#[cfg(test)]
mod tests;
