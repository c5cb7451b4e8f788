//! A just-in-time compiler for array expressions.
//!
//! An [`Engine`] turns text into a [`Kernel`], machine code that runs over whole arrays in one fused
//! pass, in blocks, on all cores.
//!
//! ```
//! use brolga::{Arg, Engine};
//!
//! let engine = Engine::new()?;
//! let (a, b) = (vec![1.0, 2.0, 3.0], vec![3.0, 2.0, 1.0]);
//! let args = [("a", Arg::from(&a)), ("b", Arg::from(&b))];
//! let results = engine.eval("a**2 + b**2 + 2*a*b", &args)?;
//! assert_eq!(results[0].as_slice::<f64>(), Some(&[16.0, 16.0, 16.0][..]));
//! # Ok::<(), brolga::Error>(())
//! ```
//!
//! # The way through
//!
//! Text becomes tokens and a syntax tree, names and types are checked, the tree is lowered to an IR
//! that says what happens to one element, passes simplify it, and code is generated, which the
//! executor calls block by block. [`Engine::emit`] shows what each stage hands on; this is the IR
//! after the passes, where the squares have become products and `a` is loaded once:
//!
//! ```
//! use brolga::{DType, Emit, Engine, Type};
//!
//! let engine = Engine::new()?;
//! let types = [("a", Type::Array(DType::Float64))];
//! let text = engine.emit("a**2 - mean(a)", &types, Emit::Opt)?;
//! assert!(text.contains("reduce sum"));
//! assert!(text.contains("mul v0, v0"));
//! assert_eq!(text.matches("loop s0 {").count(), 2);
//! # Ok::<(), brolga::Error>(())
//! ```
//!
//! Compiled once, a kernel is called often, by many threads, with results into memory of the
//! caller's choice ([`Kernel::call_into`]). [`Engine::measure`] tells first call and warmed calls apart:
//!
//! ```
//! use brolga::{Arg, Engine};
//!
//! let a: Vec<f32> = (0..10_000).map(|i| i as f32).collect();
//! let report = Engine::new()?.measure("sum(a * 0.5)", &[("a", Arg::from(&a))], 20)?;
//! println!("compiled in {:?}, then {:?} a call", report.stages.compile(), report.warmed_median);
//! assert_eq!(report.repeats, 20);
//! # Ok::<(), brolga::Error>(())
//! ```
//!
//! Whatever is wrong with text or arguments is an [`Error`] whose `Display` shows carets:
//!
//! ```
//! use brolga::{DType, Engine, ErrorKind, Type};
//!
//! let wrong = Engine::new()?.compile("sqr(a) + 1", &[("a", Type::Array(DType::Float64))]);
//! let error = wrong.expect_err("there is no `sqr`");
//! assert_eq!(error.kind(), ErrorKind::Name);
//! assert!(error.to_string().contains("sqrt"));
//! // The same for programs: each place in the text, with the words beside its carets if there are any.
//! let (span, words) = error.labels().next().expect("a place");
//! assert_eq!((span.text(error.source_text().unwrap()), words), ("sqr", ""));
//! # Ok::<(), brolga::Error>(())
//! ```
//!
//! # Features, versions, promises
//!
//! The feature `ndarray` (on by default) converts between the library's arrays and those of the `ndarray` crate; a
//! change of that crate's major version is one of this crate's. Complex elements are `num_complex::Complex`.
//! The oldest Rust that builds this crate is the `rust-version` of its Cargo.toml; a newer one is a minor version.
//!
//! Enums that will grow are `non_exhaustive`: new types, back ends, kinds of errors and primitives are minor
//! versions. So are new functions of the language, and errors that become results. The words of messages, the texts of
//! [`Engine::emit`] and the shape of generated code may change with any version. Results in strict mode keep
//! their bits over patch versions; a minor version may round within the bounds of docs/accuracy.md in another way,
//! and its changelog says so.

mod array;
mod check;
mod codegen;
mod diag;
mod engine;
mod eval;
mod exec;
mod frame;
mod heap;
mod interp;
mod ir;
mod layout;
mod lower;
mod math;
pub mod ops;
mod opt;
mod options;
#[cfg(test)]
mod random;
mod reduce;
mod report;
mod services;
pub mod syntax;
mod types;

pub use array::{Array, ArrayView, ArrayViewMut, Element, Order, Shape, Visitor};
pub use diag::{Error, ErrorKind, Result, Span, nearest};
pub use engine::{
    Arg, CallArg, Calling, Engine, EngineBuilder, Kernel, LoopKernel, Module, Returned, Tuning,
};
pub use exec::ThreadPool;
pub use num_complex::Complex;
pub use options::{Backend, Emit, FpMode, Limits};
pub use report::{Report, StageTimes};
pub use types::{Casting, DType, Kind, Literal, ResultType, Scalar, Type};

/// The README's examples are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
