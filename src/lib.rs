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
#[cfg(any(test, feature = "internals"))]
#[doc(hidden)]
pub mod internals;
mod interp;
mod ir;
mod lower;
mod math;
pub mod op;
mod opt;
mod reduce;
mod report;
pub mod syntax;

pub use array::{Array, ArrayView, ArrayViewMut, Element, Shape};
pub use diag::{Error, ErrorKind, Result, Span};
pub use dtype::{DType, Scalar};
pub use engine::{
    Arg, Backend, Emit, Engine, EngineBuilder, FpMode, Kernel, Limits, Literal, ResultType, Tuning, Type,
};
pub use exec::ThreadPool;
pub use report::{Report, StageTimes};
