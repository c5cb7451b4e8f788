//! A just-in-time compiler for array expressions.

mod array;
mod check;
mod codegen;
mod diag;
mod dtype;
mod engine;
mod eval;
mod exec;
mod frame;
mod interp;
mod ir;
mod lower;
pub mod op;
mod opt;
mod options;
#[cfg(test)]
mod random;
mod reduce;
mod report;
pub mod syntax;

pub use array::{Array, ArrayView, ArrayViewMut, Element, Shape};
pub use diag::{Error, ErrorKind, Result, Span, nearest};
pub use dtype::{DType, Literal, ResultType, Scalar, Type};
pub use engine::{Arg, Engine, EngineBuilder, Kernel, Tuning};
pub use exec::ThreadPool;
pub use options::{Backend, Emit, FpMode, Limits};
pub use report::{Report, StageTimes};
