//! Types: what memory holds ([`DType`]), what registers hold ([`Ty`]), their promotion and casts, single
//! values of both, literals, and the types of arguments and results.
//!
//! This room knows NumPy 2's rules between types. It must not know operations or source text.

mod cast;
mod casting;
mod dtype;
mod kind;
mod literal;
mod promote;
mod register;
mod scalar;
mod signature;
mod visit;
mod word;

pub use casting::Casting;
pub use dtype::DType;
pub use kind::Kind;
pub use literal::Literal;
pub use register::{Component, Ty};
pub use scalar::Scalar;
pub use signature::{ResultType, Type};
pub(crate) use visit::with_register_types;
pub use word::Word;
