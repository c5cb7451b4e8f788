//! A just-in-time compiler for array expressions.

pub mod array;
pub mod diag;
pub mod dtype;
pub mod engine;
pub mod eval;
mod frame;
mod interp;
pub mod ir;
pub mod op;
mod opt;
pub mod reduce;
pub mod report;
pub mod syntax;

pub use array::{Array, ArrayView, ArrayViewMut, Element, Shape};
pub use diag::{Error, ErrorKind, Result, Span};
pub use dtype::{DType, Scalar};
pub use engine::{
    Arg, Backend, Emit, Engine, EngineBuilder, FpMode, Kernel, Limits, Literal, ResultType, Type,
};
pub use report::{Report, StageTimes};
