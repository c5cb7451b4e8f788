//! Kernels by content: the same text and types compile once.

use std::hash::{Hash, Hasher};

use quick_cache::sync::Cache;

use super::Kernel;
use crate::diag::Result;
use crate::types::Type;

/// A bounded cache of kernels; what it drops is freed with its last user.
pub(super) struct Kernels(Cache<Key, Kernel>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    source: Box<str>,
    types: Box<[(Box<str>, TypeKey)]>,
}

/// A type that compares by bits: a NaN literal is the same as itself, and -0.0 is not 0.0.
#[derive(Clone)]
struct TypeKey(Type);

impl TypeKey {
    fn bits(&self) -> (u8, (u8, u128)) {
        match self.0 {
            Type::Array(dtype) => (0, (dtype as u8, 0)),
            Type::Scalar(dtype) => (1, (dtype as u8, 0)),
            Type::Literal(value) => (2, value.bits()),
        }
    }
}

impl PartialEq for TypeKey {
    fn eq(&self, other: &TypeKey) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for TypeKey {}

impl Hash for TypeKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

impl Kernels {
    pub fn new(capacity: usize) -> Kernels {
        Kernels(Cache::new(capacity))
    }

    /// The kernel of this text and these types; `compile` makes it where there is none, once even
    /// when several threads ask at the same time. An error is not kept.
    pub fn get(
        &self,
        source: &str,
        types: &[(&str, Type)],
        compile: impl FnOnce() -> Result<Kernel>,
    ) -> Result<Kernel> {
        let types = types.iter().map(|&(name, ty)| (name.into(), TypeKey(ty))).collect();
        self.0.get_or_insert_with(&Key { source: source.into(), types }, compile)
    }
}
