//! Bodies under construction, in which equal instructions are one value.
//!
//! Every pass and every expansion rebuilds a body through a [`Builder`], so common subexpressions are found wherever
//! one makes them. This module must not know rules.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use super::{Body, Inst, Loop, Value};
use crate::ops::{Op, Primitives};
use crate::types::{Ty, Word};

impl Primitives for Builder {
    fn push(&mut self, op: Op, operands: &[Value], ty: Ty) -> Value {
        self.inst(Inst::op(op, operands), ty)
    }

    fn constant(&mut self, word: Word) -> Value {
        self.inst(Inst::Const(word.to_bits()), word.ty())
    }

    fn ty(&self, value: Value) -> Ty {
        self.body.ty(value)
    }

    fn known(&self, value: Value) -> Option<Word> {
        self.body.constant(value)
    }
}

/// A body under construction. Its memory serves one rebuilding after another.
#[derive(Default)]
pub(crate) struct Builder {
    body: Body,
    /// The value of each instruction in the body.
    known: HashMap<(Inst, Ty), Value, Seed>,
    /// What the values of the old body have become.
    became: Vec<Value>,
}

impl Builder {
    /// Replaces the body of `l` by one that `step` builds: for each value of the old body, in order,
    /// it gives the new value.
    pub fn rebuild(&mut self, l: &mut Loop, mut step: impl FnMut(&mut Builder, &Body, Value) -> Value) {
        self.known.clear();
        self.became.clear();
        for (value, ..) in l.body.iter() {
            let became = step(self, &l.body, value);
            self.became.push(became);
        }
        l.map_roots(|root| self.became[root.index()]);
        std::mem::swap(&mut l.body, &mut self.body);
        self.body.clear();
    }

    /// What a value of the old body has become.
    pub fn became(&self, old: Value) -> Value {
        self.became[old.index()]
    }

    /// The instruction of an old value, with its operands as they have become.
    pub fn moved(&self, old: &Body, value: Value) -> Inst {
        old.inst(value).map(|operand| self.became(operand))
    }

    /// The value of an instruction, which is new only if no equal one stands already.
    pub fn inst(&mut self, inst: Inst, ty: Ty) -> Value {
        *self.known.entry((inst, ty)).or_insert_with(|| self.body.push(inst, ty))
    }

    /// The body as it stands.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Whether a new value is the constant that this number is in its type: 0 of floats is +0.0,
    /// -1 of bool is true.
    pub fn is(&self, value: Value, number: i64) -> bool {
        self.known(value).is_some_and(|c| c.same(Word::int(number, c.ty())))
    }

    /// The operands of a new value, if it comes from `op`; beyond its arity they mean nothing.
    pub fn operands(&self, value: Value, op: Op) -> Option<[Value; 3]> {
        match self.body.inst(value) {
            Inst::Op(found, operands) if found == op => Some(operands),
            _ => None,
        }
    }

    /// The operand of a new value, if it comes from the unary `op`.
    pub fn operand(&self, value: Value, op: Op) -> Option<Value> {
        self.operands(value, op).map(|[operand, ..]| operand)
    }
}

/// A start for hashes that text cannot foresee, so that no text is slow on purpose.
struct Seed(u64);

impl Default for Seed {
    fn default() -> Seed {
        Seed(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seed {
    type Hasher = Words;

    fn build_hasher(&self) -> Words {
        Words(self.0)
    }
}

/// A hash of a few words: each is multiplied in, both halves of the product matter.
struct Words(u64);

impl Hasher for Words {
    fn write_u64(&mut self, word: u64) {
        let product = (self.0 ^ word) as u128 * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(byte.into());
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
