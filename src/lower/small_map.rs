//! What is known by a key: a few things are found by looking at each, many by hashing.
//!
//! Most programs have one or two spaces, loops and views, for which a table would cost more than it finds.

use std::collections::HashMap;
use std::hash::Hash;

use smallvec::SmallVec;

/// So many are looked at one by one.
const FEW: usize = 4;

pub(super) struct SmallMap<K, V> {
    few: SmallVec<[(K, V); FEW]>,
    many: HashMap<K, V>,
}

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> SmallMap<K, V> {
        SmallMap { few: SmallVec::new(), many: HashMap::new() }
    }
}

impl<K: Eq + Hash, V: Copy> SmallMap<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<V> {
        if self.many.is_empty() {
            return self.few.iter().find(|(known, _)| known == key).map(|(_, value)| *value);
        }
        self.many.get(key).copied()
    }

    /// Adds a key that is not there yet.
    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.many.is_empty() && self.few.len() < FEW {
            self.few.push((key, value));
            return;
        }
        self.many.extend(self.few.drain(..));
        self.many.insert(key, value);
    }
}
