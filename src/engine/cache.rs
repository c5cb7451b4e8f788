//! Kernels by content: the same text and types compile once.

use std::hash::{Hash, Hasher};

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

use super::Kernel;
use crate::diag::Result;
use crate::types::Type;

/// A bounded cache of kernels; what it drops is freed with its last user.
pub(super) struct Kernels(Cache<Key, Kernel>);

#[derive(Clone)]
struct Key {
    source: Box<str>,
    types: Box<[(Box<str>, Type)]>,
}

/// A key that is looked up, of which nothing is copied.
struct KeyRef<'a> {
    source: &'a str,
    types: &'a [(&'a str, Type)],
}

/// What tells types apart: their bits, so that a NaN literal is the same as itself, and -0.0 is not 0.0.
fn bits(ty: &Type) -> (u8, (u8, u128)) {
    match ty {
        Type::Array(dtype) => (0, (*dtype as u8, 0)),
        Type::Scalar(dtype) => (1, (*dtype as u8, 0)),
        Type::Literal(value) => (2, value.bits()),
    }
}

fn hash<'a, H: Hasher>(source: &str, types: impl Iterator<Item = (&'a str, &'a Type)>, state: &mut H) {
    source.hash(state);
    types.for_each(|(name, ty)| (name, bits(ty)).hash(state));
}

impl Key {
    fn types(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.types.iter().map(|(name, ty)| (&**name, ty))
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.source, self.types(), state);
    }
}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(self.source, self.types.iter().map(|(name, ty)| (*name, ty)), state);
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        let same = |((name, ty), (known, other)): (&(&str, Type), (&str, &Type))| {
            *name == known && bits(ty) == bits(other)
        };
        self.source == &*key.source
            && self.types.len() == key.types.len()
            && self.types.iter().zip(key.types()).all(same)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        let types: Vec<_> = self.types().map(|(name, ty)| (name, *ty)).collect();
        KeyRef { source: &self.source, types: &types }.equivalent(other)
    }
}

impl Eq for Key {}

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
        if let Some(kernel) = self.0.get(&KeyRef { source, types }) {
            return Ok(kernel);
        }
        let types = types.iter().map(|&(name, ty)| (name.into(), ty)).collect();
        self.0.get_or_insert_with(&Key { source: source.into(), types }, compile)
    }
}
