//! The table of operations: what each is called, takes, gives and means.
//!
//! Two layers live here. [`Op`] is the small set of primitives that the IR knows; every back end
//! builds all of them (those of exponents may be expanded before). [`Function`] is what a program
//! can write: an operator or a function under NumPy's names; its row says what it is made of, in primitives, over
//! `Primitives`, which all who keep values implement. The checker, the lowering, the
//! interpreter, the generators, the documentation and the tests are driven by these rows. This room
//! must not know text, loops or machines.

mod functions;
mod kinds;
mod meaning;
mod primitives;
mod reductions;
mod values;

pub use functions::{Function, FunctionInfo, Rule, functions};
pub use kinds::Kinds;
pub use primitives::{FRACTIONS_END, OPS, Op, OpInfo, far};
pub use reductions::Reduction;
pub use values::Value;
pub(crate) use values::{Number, Pair, Pairs, Primitives};

/// Named constants.
pub const CONSTANTS: &[(&str, f64)] =
    &[("pi", std::f64::consts::PI), ("e", std::f64::consts::E), ("inf", f64::INFINITY), ("nan", f64::NAN)];
