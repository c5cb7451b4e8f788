//! Truth values: where they come from, what they choose, and their bytes in memory.

use super::draft::Found;
use super::inst::{Mem, Opcode, V};
use super::integers::greater;
use super::selection::{Select, by_lanes, by_size};
use crate::ir::{Body, Inst, UniformId, Value};
use crate::ops::Op;
use crate::types::{Ty, Word};

/// Either operand is NaN; neither is.
pub(super) const UNORDERED: u8 = 3;
pub(super) const ORDERED: u8 = 7;

/// The machine's number of a comparison of floats that raises no flag.
pub(super) fn float_predicate(op: Op) -> u8 {
    match op {
        Op::Eq => 0,
        Op::Ne => 4,
        Op::Lt => 0x11,
        Op::Le => 0x12,
        Op::Gt => 0x1e,
        Op::Ge => 0x1d,
        _ => unreachable!("{op:?} compares nothing"),
    }
}

/// The same of integers, in 512 bits.
fn int_predicate(op: Op) -> u8 {
    match op {
        Op::Eq => 0,
        Op::Lt => 1,
        Op::Le => 2,
        Op::Ne => 4,
        Op::Ge => 5,
        Op::Gt => 6,
        _ => unreachable!("{op:?} compares nothing"),
    }
}

/// A mask with lanes of `bytes`, in 256 bits; in 512 bits the mask.
pub(super) fn mask(s: &mut Select<'_>, value: Value, copy: usize, bytes: usize) -> V {
    let mut found = s.get(value, copy);
    if s.bits512() || bytes == 8 {
        if found.main == V::NONE {
            let large = s.plan.size(Ty::I64);
            found.main = s.emit(Opcode::PMovSxDQ, large, large, &[found.narrow], 0);
            s.set(value, copy, found);
        }
        return found.main;
    }
    if found.narrow == V::NONE {
        found.narrow = low_halves(s, found.main);
        s.set(value, copy, found);
    }
    found.narrow
}

/// A mask as it came from lanes of `bytes`.
fn found(s: &Select<'_>, v: V, bytes: usize) -> Found {
    if s.bits512() || bytes == 8 { Found::main(v) } else { Found::narrow(v) }
}

/// Bytes of the lanes that masks have if nothing else speaks for others, in 256 bits.
fn usual(s: &Select<'_>) -> usize {
    32 / s.plan.lanes
}

/// The low halves of 8-byte lanes, in 256 bits.
pub(super) fn low_halves(s: &mut Select<'_>, x: V) -> V {
    let upper = s.emit(Opcode::ExtractI128, 32, 16, &[x], 1);
    s.emit(Opcode::ShufPs, 16, 16, &[x, upper], 0x88)
}

pub(super) fn constant(s: &mut Select<'_>, truth: bool) -> Found {
    if s.bits512() {
        return Found::main(on_masks(s, if truth { Opcode::KXnor } else { Opcode::KXor }, &[]));
    }
    let (bytes, bits) = (usual(s), if truth { u64::MAX } else { 0 });
    let v = s.constant(bits, 8, (s.plan.lanes * bytes) as u8);
    found(s, v, bytes)
}

/// An operation on mask registers, in 512 bits.
fn on_masks(s: &mut Select<'_>, op: Opcode, args: &[V]) -> V {
    let size = s.mask_size();
    s.emit(op, size, size, args, 0)
}

pub(super) fn uniform(s: &mut Select<'_>, id: UniformId) -> Found {
    if s.bits512() {
        // As many lanes as there are, and no more bits of the mask.
        let (size, elem, op) = match s.plan.lanes {
            lanes @ ..=16 => (4 * lanes, 4, Opcode::PTestMD),
            lanes => (lanes, 1, Opcode::PTestMB),
        };
        let (size, into) = (size as u8, s.mask_size());
        let word = s.home(size, Mem::Uniform { at: id.0, elem });
        return Found::main(s.emit(op, size, into, &[word, word], 0));
    }
    let bytes = usual(s);
    let word = s.home(32, Mem::Uniform { at: id.0, elem: bytes as u8 });
    nonzero(s, word, bytes)
}

/// Lanes that are 0 or 1 as a mask, in 256 bits.
fn nonzero(s: &mut Select<'_>, word: V, bytes: usize) -> Found {
    let zero = s.constant(0, bytes, 32);
    let op = if bytes == 8 { Opcode::PCmpGtQ } else { Opcode::PCmpGtD };
    let v = s.emit(op, 32, 32, &[word, zero], 0);
    found(s, v, bytes)
}

/// Bytes of a register with one for each lane, in 512 bits.
fn lane_bytes(s: &Select<'_>) -> u8 {
    s.plan.lanes.max(16) as u8
}

/// Bytes become masks, of which any but 0 is true.
pub(super) fn load(s: &mut Select<'_>, from: Mem) -> Found {
    if s.bits512() {
        let (size, into) = (lane_bytes(s), s.mask_size());
        let bytes = s.read(if s.plan.lanes == 8 { Opcode::LoadQ } else { Opcode::Load }, size, size, from);
        return Found::main(s.emit(Opcode::PTestMB, size, into, &[bytes, bytes], 0));
    }
    let bytes = usual(s);
    let word = s.read(if bytes == 8 { Opcode::PMovZxBQ } else { Opcode::PMovZxBD }, 32, 32, from);
    nonzero(s, word, bytes)
}

/// Masks become bytes of 0 and 1.
pub(super) fn store(s: &mut Select<'_>, value: Value, copy: usize, to: Mem) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let lanes = s.plan.lanes;
    if s.bits512() {
        let (mask, size) = (mask(s, value, copy, 8), lane_bytes(s));
        let ones = s.whole_constant(&[ONES; 8][..usize::from(size) / 8]);
        let bytes = s.emit(Opcode::LoadBytes, size, size, &[ones, V::NONE, mask], 0);
        s.store(if lanes == 8 { Opcode::StoreQ } else { Opcode::Store }, size, bytes, to);
        return;
    }
    let narrow = mask(s, value, copy, 4);
    let upper = if lanes == 8 { s.emit(Opcode::ExtractI128, 32, 16, &[narrow], 1) } else { narrow };
    let words = s.emit(Opcode::PackSsDW, 16, 16, &[narrow, upper], 0);
    let bytes = s.emit(Opcode::PackSsWB, 16, 16, &[words, words], 0);
    let ones = s.constant(ONES, 8, 16);
    let bytes = s.emit(Opcode::PAndQ, 16, 16, &[bytes, ones], 0);
    s.store(if lanes == 8 { Opcode::StoreQ } else { Opcode::StoreD }, 16, bytes, to);
}

pub(super) fn compare(s: &mut Select<'_>, op: Op, ty: Ty, operands: &[Value], copy: usize) -> Found {
    let (x, y) = (s.number(operands[0], copy), s.number(operands[1], copy));
    let (size, bytes) = (s.plan.size(ty), ty.size());
    let order = !matches!(op, Op::Eq | Op::Ne);
    let v = if ty.is_float() {
        let into = if s.bits512() { s.mask_size() } else { size };
        s.emit(by_size(ty, Opcode::CmpPd, Opcode::CmpPs), size, into, &[x, y], float_predicate(op))
    } else if s.bits512() {
        let ops = match order && !ty.is_signed() {
            true => [Opcode::PCmpUQ, Opcode::PCmpUD, Opcode::PCmpUW, Opcode::PCmpUB],
            false => [Opcode::PCmpQ, Opcode::PCmpD, Opcode::PCmpW, Opcode::PCmpB],
        };
        let into = s.mask_size();
        s.emit(by_lanes(ty, ops), size, into, &[x, y], int_predicate(op))
    } else {
        let v = match op {
            Op::Gt | Op::Le => greater(s, ty, x, y),
            Op::Lt | Op::Ge => greater(s, ty, y, x),
            _ => s.emit(by_size(ty, Opcode::PCmpEqQ, Opcode::PCmpEqD), size, size, &[x, y], 0),
        };
        if matches!(op, Op::Ne | Op::Le | Op::Ge) { invert(s, v, size) } else { v }
    };
    found(s, v, bytes)
}

fn invert(s: &mut Select<'_>, v: V, size: u8) -> V {
    let ones = s.constant(u64::MAX, 8, size);
    s.emit(Opcode::PXorQ, size, size, &[v, ones], 0)
}

pub(super) fn logic(s: &mut Select<'_>, op: Op, operands: &[Value], copy: usize) -> Found {
    if s.bits512() {
        let x = mask(s, operands[0], copy, 8);
        let op = match op {
            Op::And => Opcode::KAnd,
            Op::Or => Opcode::KOr,
            Op::Xor => Opcode::KXor,
            _ => return Found::main(on_masks(s, Opcode::KNot, &[x])),
        };
        let y = mask(s, operands[1], copy, 8);
        return Found::main(on_masks(s, op, &[x, y]));
    }
    let bytes = common(s, operands, copy);
    let size = (s.plan.lanes * bytes) as u8;
    let x = mask(s, operands[0], copy, bytes);
    let op = match op {
        Op::And => Opcode::PAndQ,
        Op::Or => Opcode::POrQ,
        Op::Xor => Opcode::PXorQ,
        _ => {
            let v = invert(s, x, size);
            return found(s, v, bytes);
        }
    };
    let y = mask(s, operands[1], copy, bytes);
    let v = s.emit(op, size, size, &[x, y], 0);
    found(s, v, bytes)
}

/// Bytes of lanes that all of these masks have already, or else the usual ones.
fn common(s: &Select<'_>, operands: &[Value], copy: usize) -> usize {
    if operands.iter().all(|&v| s.get(v, copy).narrow != V::NONE) { 4 } else { usual(s) }
}

/// The operation that is a choice between two floats by their order. The machine's own is just this:
/// the second operand unless the first is above it, or below it; so with NaN and zeros too.
pub(super) fn choice_by_order(body: &Body, condition: Value, x: Value, y: Value) -> Option<Op> {
    let Inst::Op(op, [a, b, ..]) = body.inst(condition) else { return None };
    if !body.ty(x).is_float() {
        return None;
    }
    match op {
        Op::Gt if (a, b) == (x, y) => Some(Op::Max),
        Op::Lt if (a, b) == (y, x) => Some(Op::Max),
        Op::Lt if (a, b) == (x, y) => Some(Op::Min),
        Op::Gt if (a, b) == (y, x) => Some(Op::Min),
        _ => None,
    }
}

/// The machine's own, which gives the second operand where either is NaN.
pub(super) fn extremum(op: Op, ty: Ty) -> Opcode {
    match op {
        Op::Min => by_size(ty, Opcode::MinPd, Opcode::MinPs),
        _ => by_size(ty, Opcode::MaxPd, Opcode::MaxPs),
    }
}

pub(super) fn select(s: &mut Select<'_>, to: Ty, operands: &[Value], copy: usize) -> Found {
    let &[c, x, y] = operands else { unreachable!("select has three operands") };
    if let Some(op) = choice_by_order(&s.l.body, c, x, y) {
        let (x, y, size) = (s.number(x, copy), s.number(y, copy), s.plan.size(to));
        return Found::main(s.emit(extremum(op, to), size, size, &[x, y], 0));
    }
    if to != Ty::Bool {
        let mask = mask(s, c, copy, to.size());
        let chosen = if s.bits512() { None } else { by_logic(s, to, x, y, mask, copy) };
        return Found::main(chosen.unwrap_or_else(|| {
            let (x, y) = (s.number(x, copy), s.number(y, copy));
            blend(s, to, y, x, mask)
        }));
    }
    if s.bits512() {
        let [c, x, y] = [c, x, y].map(|v| mask(s, v, copy, 8));
        let first = on_masks(s, Opcode::KAnd, &[c, x]);
        let second = on_masks(s, Opcode::KAndN, &[c, y]);
        return Found::main(on_masks(s, Opcode::KOr, &[first, second]));
    }
    let bytes = common(s, operands, copy);
    let size = (s.plan.lanes * bytes) as u8;
    let [c, x, y] = [c, x, y].map(|v| mask(s, v, copy, bytes));
    // Masks of 8 bytes are two of 4.
    let v = s.emit(Opcode::BlendVPs, size, size, &[y, x, c], 0);
    found(s, v, bytes)
}

/// A choice of constants in 256 bits, where blends are expensive.
fn by_logic(s: &mut Select<'_>, ty: Ty, x: Value, y: Value, mask: V, copy: usize) -> Option<V> {
    let size = s.plan.size(ty);
    let first = s.l.body.constant(x)?;
    // A lane of ones is a NaN.
    if ty.is_float() && first.same(Word::float(f64::NAN, ty)) {
        let y = s.number(y, copy);
        return Some(s.emit(Opcode::POrQ, size, size, &[y, mask], 0));
    }
    // Beside 0, patterns know better.
    let second = s.l.body.constant(y).filter(|c| first.to_bits() != 0 && c.to_bits() != 0)?;
    let difference = s.constant(first.to_bits() ^ second.to_bits(), ty.size(), size);
    let second = s.number(y, copy);
    let chosen = s.emit(Opcode::PAndQ, size, size, &[difference, mask], 0);
    Some(s.emit(Opcode::PXorQ, size, size, &[chosen, second], 0))
}

/// `then` in lanes of the mask, elsewhere `otherwise`.
pub(super) fn blend(s: &mut Select<'_>, ty: Ty, otherwise: V, then: V, mask: V) -> V {
    let op = match (s.bits512(), ty) {
        (true, Ty::F64) => Opcode::BlendMPd,
        (true, Ty::F32) => Opcode::BlendMPs,
        (true, _) => by_lanes(ty, [Opcode::PBlendMQ, Opcode::PBlendMD, Opcode::PBlendMW, Opcode::PBlendMB]),
        (false, _) => by_size(ty, Opcode::BlendVPd, Opcode::BlendVPs),
    };
    let size = s.plan.size(ty);
    s.emit(op, size, size, &[otherwise, then, mask], 0)
}

/// `x` in lanes of the mask, elsewhere 0; the mask has lanes of this type.
pub(super) fn and(s: &mut Select<'_>, ty: Ty, x: V, mask: V) -> V {
    let size = s.plan.size(ty);
    if s.bits512() {
        let load = by_lanes(ty, [Opcode::LoadPd, Opcode::Load, Opcode::LoadWords, Opcode::LoadBytes]);
        return s.emit(load, size, size, &[x, V::NONE, mask], 0);
    }
    s.emit(by_size(ty, Opcode::AndPd, Opcode::AndPs), size, size, &[x, mask], 0)
}

/// A number in lanes of a truth value, elsewhere 0.
pub(super) fn choose_or_zero(s: &mut Select<'_>, ty: Ty, x: V, value: Value, copy: usize) -> V {
    let mask = mask(s, value, copy, ty.size());
    and(s, ty, x, mask)
}
