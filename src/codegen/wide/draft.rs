//! What selection writes down of a loop, and patterns, registers and code read: instructions over virtual registers.
//!
//! This file must not know how they are chosen.

use std::collections::HashMap;
use std::ops::Range;

use super::inst::{MachInst, Mem, V};
use super::step::{Class, Info};
use super::width::Width;
use crate::ir::{TempId, Value};
use crate::types::Ty;

/// The instructions of a loop, before registers. Its buffers serve many loops.
#[derive(Default)]
pub(super) struct Draft {
    pub values: Vec<Info>,
    /// Run once.
    pub before: Vec<MachInst>,
    pub trip: Vec<MachInst>,
    /// Bytes of constants.
    pub table: Vec<u8>,
    /// Places in the frame.
    pub slots: u32,
    /// Partials that stay in registers over the loop, and where they come from and go.
    pub partials: Vec<(V, Mem)>,
    /// Reductions whose leaves it closes.
    pub leaves: Vec<Leaves>,
    /// Functions of the host that it calls.
    pub hosts: Vec<usize>,
    constants: HashMap<(u64, u8, u8), V>,
    /// Those that no instruction repeats.
    pub wholes: Vec<V>,
    /// The registers of complex elements, by stream and copy, as memory has them.
    pub halves: Vec<((usize, usize), [V; 2])>,
    /// Registers of each IR value and copy.
    pub found: Vec<Found>,
    pub fixed: Vec<bool>,
    pub used: Vec<bool>,
    /// The values that go into temporaries, in order.
    pub kept: Vec<(Value, TempId)>,
}
/// A reduction whose leaves the code closes: a sum of floats.
pub(super) struct Leaves {
    /// The stream of its partials.
    pub stream: u16,
    pub ty: Ty,
    /// What a partial starts from.
    pub identity: V,
    /// Its partials among those that stay in registers; empty where they do not.
    pub partials: Range<usize>,
}

/// The registers of a value in one copy of the body.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// A number, a mask register, or a mask with lanes of 8 bytes.
    pub main: V,
    /// A mask with lanes of 4 bytes; of a fraction in 512 bits, the mask of lanes that were halved.
    pub narrow: V,
}

impl Found {
    pub const NOTHING: Found = Found { main: V::NONE, narrow: V::NONE };

    pub fn main(v: V) -> Found {
        Found { main: v, narrow: V::NONE }
    }

    pub fn narrow(v: V) -> Found {
        Found { main: V::NONE, narrow: v }
    }
}
impl Draft {
    pub fn clear(&mut self) {
        self.values.clear();
        self.before.clear();
        self.trip.clear();
        self.table.clear();
        self.slots = 0;
        self.partials.clear();
        self.leaves.clear();
        self.hosts.clear();
        self.constants.clear();
        self.wholes.clear();
        self.halves.clear();
        self.found.clear();
        self.fixed.clear();
        self.used.clear();
        self.kept.clear();
    }

    pub fn value(&mut self, class: Class, size: u8, home: Option<Mem>) -> V {
        self.values.push(Info { class, size, home, pin: None });
        V(self.values.len() as u32 - 1)
    }

    /// A constant in every lane of `elem` bytes.
    pub fn constant(&mut self, width: Width, bits: u64, elem: usize, size: u8) -> V {
        // No instruction repeats lanes of less than 4 bytes of a constant.
        let (bits, elem) = match elem {
            1 => ((bits & 0xff) * 0x0101_0101, 4),
            2 => ((bits & 0xffff) * 0x0001_0001, 4),
            _ => (bits, elem),
        };
        let key = (bits, elem as u8, size);
        if let Some(&v) = self.constants.get(&key) {
            return v;
        }
        // A register of it in 256 bits; one element in 512 bits, where instructions repeat it.
        let copies = if width.evex() { 1 } else { 32 / elem };
        self.table.resize(self.table.len().next_multiple_of(copies * elem), 0);
        let offset = self.table.len() as u32;
        for _ in 0..copies {
            self.table.extend_from_slice(&bits.to_le_bytes()[..elem]);
        }
        let home = Mem::Const { offset, elem: if width.evex() { elem as u8 } else { 0 } };
        let v = self.value(Class::Vector, size, Some(home));
        self.constants.insert(key, v);
        v
    }

    /// The bytes of a constant, or of one element of it.
    pub fn constant_bytes(&self, v: V) -> Option<&[u8]> {
        let info = &self.values[v.index()];
        match info.home {
            Some(Mem::Const { offset, elem }) => {
                let bytes = if elem == 0 { info.size } else { elem };
                Some(&self.table[offset as usize..][..usize::from(bytes)])
            }
            _ => None,
        }
    }
}
