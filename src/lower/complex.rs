//! Functions of complex numbers.

#[allow(unused_imports, reason = "for kernels")]
pub(super) use super::functions::Primitives as Pairs;
