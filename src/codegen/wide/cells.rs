//! Elements between memory and registers.
//!
//! Memory may hold an element narrower than its lanes, which then are of 32 bits: extended when it is loaded, cut when
//! it is stored. Truth values are bytes there and masks here.

use super::draft::Found;
use super::inst::{Mem, Opcode, V};
use super::masks;
use super::selection::Select;
use crate::ir::Value;
use crate::types::Ty;

/// The elements of a copy, which memory holds as `cell`, as values of type `ty`.
pub(super) fn load(s: &mut Select<'_>, cell: Ty, ty: Ty, from: Mem) -> Found {
    let size = s.plan.size(ty);
    if ty == Ty::Bool {
        return masks::load(s, from);
    }
    if cell.size() == ty.size() {
        return Found::main(s.home(size, from));
    }
    let op = match (cell.size(), cell.is_signed()) {
        (1, true) => Opcode::PMovSxBD,
        (1, false) => Opcode::PMovZxBD,
        (_, true) => Opcode::PMovSxWD,
        (_, false) => Opcode::PMovZxWD,
    };
    Found::main(s.read(op, size, size, from))
}

/// A uniform of type `cell`, above whose bits there are zeros, as a value of type `ty`.
pub(super) fn extended(s: &mut Select<'_>, cell: Ty, ty: Ty, word: V) -> V {
    if cell.size() == ty.size() || !cell.is_signed() {
        return word;
    }
    let size = s.plan.size(ty);
    let unused = s.constant((ty.bits() - cell.bits()).into(), ty.size(), size);
    let up = s.emit(Opcode::PSllVD, size, size, &[word, unused], 0);
    s.emit(Opcode::PSraVD, size, size, &[up, unused], 0)
}

/// Puts the values of a copy into memory that holds them as `cell`.
pub(super) fn store(s: &mut Select<'_>, cell: Ty, value: Value, copy: usize, to: Mem) {
    let ty = s.l.body.ty(value);
    if ty == Ty::Bool {
        return masks::store(s, value, copy, to);
    }
    let (x, size) = (s.number(value, copy), s.plan.size(ty));
    if cell.size() == ty.size() {
        return s.store(Opcode::Store, size, x, to);
    }
    let cut = match s.bits512() {
        true => {
            let op = if cell.size() == 1 { Opcode::PMovDB } else { Opcode::PMovDW };
            s.emit(op, size, 16.max(s.plan.size(cell)), &[x], 0)
        }
        false => packed(s, cell, x, size),
    };
    match s.plan.size(cell) {
        4 => s.store(Opcode::StoreD, 16, cut, to),
        8 => s.store(Opcode::StoreQ, 16, cut, to),
        bytes => s.store(Opcode::Store, bytes, cut, to),
    }
}

/// The low bits of 4-byte lanes next to each other, in 256 bits.
fn packed(s: &mut Select<'_>, cell: Ty, x: V, size: u8) -> V {
    let low = s.constant((1 << cell.bits()) - 1, 4, size);
    let x = s.emit(Opcode::PAndD, size, size, &[x, low], 0);
    let upper = if size == 32 { s.emit(Opcode::ExtractI128, 32, 16, &[x], 1) } else { x };
    let words = s.emit(Opcode::PackUsDW, 16, 16, &[x, upper], 0);
    if cell.size() == 2 { words } else { s.emit(Opcode::PackUsWB, 16, 16, &[words, words], 0) }
}
