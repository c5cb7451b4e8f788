//! Element types, their promotion, casts, typed values, literals, and the types of arguments and results.
//!
//! This room knows NumPy 2's rules between types. It must not know operations or source text.

mod cast;
mod dtype;
mod literal;
mod promote;
mod scalar;
mod signature;

pub use dtype::DType;
pub use literal::Literal;
pub use scalar::Scalar;
pub use signature::{ResultType, Type};
