//! Views of every other element: two registers are loaded, and one made of what is wanted in both.
//!
//! The second is loaded from one element less far than the first ends, so that it ends with the last element wanted,
//! behind which there may be no memory.

use super::draft::Found;
use super::inst::{Mem, Opcode};
use super::parts;
use super::selection::Select;
use crate::types::Ty;

/// What to take of each 16 bytes of both registers: the first of two from the one, the second from the other.
const WORDS: u8 = 0b1010_1010;
const HALVES: u8 = 0b11_01_10_00;

/// Loads the elements of one copy of the body from a stream.
pub(super) fn load(s: &mut Select<'_>, stream: usize, copy: usize, ty: Ty) -> Found {
    let (lanes, size, element) = (s.plan.lanes, s.plan.size(ty), ty.size());
    let start = 2 * copy * lanes * element;
    let mut half =
        |disp: usize| s.home(size, Mem::Pair { at: stream as u16, disp: disp as i32, scale: element as u8 });
    let (first, second) = (half(start), half(start + (lanes - 1) * element));
    let taken = match element {
        8 => s.emit(Opcode::ShufPd, size, size, &[first, second], WORDS),
        _ => s.emit(Opcode::ShufPs, size, size, &[first, second], HALVES),
    };
    Found::main(parts::ordered(s, taken, size, parts::IN_ORDER))
}
