//! Parts of complex elements: two registers of pairs become one of their real parts and one of their imaginary ones, and
//! the other way round.

use super::inst::{Mem, Opcode, V};
use super::selection::Select;
use crate::ir::{Inst, Loop};
use crate::types::{Component, Ty};

/// The order in which words of 8 bytes follow each other, where those of two registers took turns; and the one in
/// which they must stand to take turns with those of another. In a register of 64 bytes, and in one of 32.
pub(super) const IN_ORDER: [u64; 8] = [0, 2, 4, 6, 1, 3, 5, 7];
const TAKING_TURNS: [u64; 8] = [0, 4, 1, 5, 2, 6, 3, 7];
const EITHER: u8 = 0b11_01_10_00;

/// What to take of each 16 bytes of two registers of float32 pairs: two parts of the one, two of the other.
const REAL: u8 = 0b10_00_10_00;
const IMAG: u8 = 0b11_01_11_01;

/// Whether lanes may hold elements in the order in which two registers of pairs come apart: no stream but of pairs with
/// parts of one type knows their places.
pub(super) fn come_in_any_order(l: &Loop) -> bool {
    let loads = l.body.iter().filter_map(|(_, inst, ty)| match inst {
        Inst::Load(_, component) => Some((component, ty)),
        Inst::Temp(_) => Some((Component::Whole, ty)),
        _ => None,
    });
    let stores = l.stores.iter().map(|s| (s.component, l.body.ty(s.value)));
    let mut streams = loads.chain(stores).peekable();
    let Some(&(_, first)) = streams.peek() else { return false };
    let alone = l.reduces.is_empty() && l.keeps.is_empty();
    alone && streams.all(|(component, ty)| component != Component::Whole && ty == first)
}

/// A component of the elements of one copy of the body.
pub(super) fn load(s: &mut Select<'_>, stream: usize, component: Component, copy: usize, ty: Ty) -> V {
    let size = s.plan.size(ty);
    let halves = halves(s, stream, copy, ty);
    let imag = component == Component::Imag;
    let taken = match ty.size() {
        8 => s.emit(if imag { Opcode::UnpackHighPd } else { Opcode::UnpackLowPd }, size, size, &halves, 0),
        _ => s.emit(Opcode::ShufPs, size, size, &halves, if imag { IMAG } else { REAL }),
    };
    ordered(s, taken, size, IN_ORDER)
}

/// Both registers of a copy's elements, as memory has them.
fn halves(s: &mut Select<'_>, stream: usize, copy: usize, ty: Ty) -> [V; 2] {
    let key = (stream, copy);
    if let Some((_, halves)) = s.draft.halves.iter().find(|(known, _)| *known == key) {
        return *halves;
    }
    let size = s.plan.size(ty);
    let halves = places(s, stream, copy, ty).map(|place| s.home(size, place));
    s.draft.halves.push((key, halves));
    halves
}

/// Stores both parts of the elements of one copy of the body.
pub(super) fn store(s: &mut Select<'_>, stream: usize, [re, im]: [V; 2], copy: usize, ty: Ty) {
    let size = s.plan.size(ty);
    let parts = [re, im].map(|part| ordered(s, part, size, TAKING_TURNS));
    let halves = match ty.size() {
        8 => [Opcode::UnpackLowPd, Opcode::UnpackHighPd],
        _ => [Opcode::UnpackLowPs, Opcode::UnpackHighPs],
    };
    for (op, to) in halves.into_iter().zip(places(s, stream, copy, ty)) {
        let half = s.emit(op, size, size, &parts, 0);
        s.store(Opcode::Store, size, half, to);
    }
}

/// Where the elements of one copy lie, in two registers.
fn places(s: &Select<'_>, stream: usize, copy: usize, ty: Ty) -> [Mem; 2] {
    let size = usize::from(s.plan.size(ty));
    [0, 1].map(|half| {
        let disp = ((2 * copy + half) * size) as i32;
        Mem::Pair { at: stream as u16, disp, scale: ty.size() as u8 }
    })
}

/// A register of what two others took turns with, its words in this order.
pub(super) fn ordered(s: &mut Select<'_>, v: V, size: u8, order: [u64; 8]) -> V {
    match size {
        _ if s.any_order => v,
        64 => {
            let order = s.whole_constant(&order);
            s.emit(Opcode::PermVPd, size, size, &[order, v], 0)
        }
        32 => s.emit(Opcode::PermPd, size, size, &[v], EITHER),
        // Of 16 bytes each has one part of either.
        _ => v,
    }
}
