//! Long bodies in pieces.
//!
//! Generators take more than linear time for long functions with many live values, and the machine runs
//! code slowly that does not fit its instruction cache. So a long body is cut into pieces, which run after
//! each other on a block of elements; what a piece needs of earlier ones goes through temporaries.
//! No bit changes: each operation stands in one piece, with the operands it had.

use crate::ir::{Body, Inst, Loop, Program, Reduce, Store, TempId, Value};
use crate::types::Ty;

/// Cuts the loops of `program` whose bodies have more than `longest` instructions.
pub(super) fn run(program: &mut Program, longest: usize) {
    for l in std::mem::take(&mut program.loops) {
        match l.body.len() <= longest {
            true => program.loops.push(l),
            false => Cutter::new(&l, &mut program.temps).cut(longest, &mut program.loops),
        }
    }
}

/// Whether a piece reads the value anew rather than from a temporary.
fn is_read_again(inst: Inst) -> bool {
    matches!(inst, Inst::Const(_) | Inst::Uniform(_) | Inst::Load(..))
}

/// The last value, in order, that is stored in the element of a store.
fn home(l: &Loop, store: &Store) -> Value {
    let same = l.stores.iter().filter(|s| s.output == store.output);
    same.map(|s| s.value).max().unwrap_or(store.value)
}

/// The last value, in order, that a reduction joins, those of another that it joins together with among them.
fn joined_with(l: &Loop, k: usize) -> Value {
    let r = &l.reduces[k];
    let other = match r.reduction {
        _ if r.reduction.leads_pair() => &l.reduces[k + 1],
        _ if r.reduction.is_of_pair() => &l.reduces[k - 1],
        _ => r,
    };
    r.value.max(other.value)
}

struct Cutter<'a> {
    l: &'a Loop,
    /// The last user of each value.
    last: Vec<usize>,
    /// Temporaries of the program: loops share them.
    temps: &'a mut Vec<Ty>,
    /// The temporary of each value that has one.
    kept: Vec<Option<TempId>>,
    /// Temporaries that hold nothing that is still needed.
    free: Vec<TempId>,
}

impl<'a> Cutter<'a> {
    fn new(l: &'a Loop, temps: &'a mut Vec<Ty>) -> Cutter<'a> {
        let mut last = vec![0; l.body.len()];
        for (value, inst, _) in l.body.iter() {
            inst.operands().iter().for_each(|operand| last[operand.index()] = value.index());
        }
        // All of an element is stored by the piece that has the last of it.
        for store in &l.stores {
            let at = &mut last[store.value.index()];
            *at = (*at).max(home(l, store).index());
        }
        for (k, r) in l.reduces.iter().enumerate() {
            let at = &mut last[r.value.index()];
            *at = (*at).max(joined_with(l, k).index());
        }
        let free = (0..temps.len() as u32).rev().map(TempId).collect();
        Cutter { l, last, temps, kept: vec![None; l.body.len()], free }
    }

    fn cut(mut self, longest: usize, into: &mut Vec<Loop>) {
        let ends = self.ends(longest);
        // Which piece each value of the body, and each root, is of.
        let piece_of = |value: Value| ends.partition_point(|&end| end <= value.index());
        let first = into.len();
        let mut places = vec![(usize::MAX, Value(0)); self.l.body.len()];
        let mut holding: Vec<(usize, TempId)> = Vec::new();
        let mut start = 0;
        for (piece, &end) in ends.iter().enumerate() {
            let mut body = Body::default();
            for at in start..end {
                let value = Value(at as u32);
                let inst =
                    self.l.body.inst(value).map(|operand| self.here(&mut body, &mut places, piece, operand));
                places[at] = (piece, body.push(inst, self.l.body.ty(value)));
            }
            // What this piece took last may be overwritten by the next, not by itself.
            let (over, still): (Vec<_>, Vec<_>) = holding.into_iter().partition(|&(last, _)| last < end);
            holding = still;
            let mut keeps = Vec::new();
            for (at, &(_, place)) in places.iter().enumerate().take(end).skip(start) {
                let value = Value(at as u32);
                if self.last[at] >= end && !is_read_again(self.l.body.inst(value)) {
                    let temp = self.temporary(self.l.body.ty(value));
                    self.kept[at] = Some(temp);
                    holding.push((self.last[at], temp));
                    keeps.push((temp, place));
                }
            }
            self.free.extend(over.into_iter().map(|(_, temp)| temp));
            let of_piece = |value: Value| piece_of(value) == piece;
            let stores: Vec<_> = self.l.stores.iter().filter(|s| of_piece(home(self.l, s))).collect();
            let reduces = (0..self.l.reduces.len()).filter(|&k| of_piece(joined_with(self.l, k)));
            let reduces: Vec<_> = reduces.map(|k| &self.l.reduces[k]).collect();
            let stores = stores
                .into_iter()
                .map(|s| Store { value: self.here(&mut body, &mut places, piece, s.value), ..*s })
                .collect();
            let reduces = reduces
                .into_iter()
                .map(|r| Reduce { value: self.here(&mut body, &mut places, piece, r.value), ..*r })
                .collect();
            let joined = into.len() > first;
            into.push(Loop { extent: self.l.extent, joined, body, keeps, stores, reduces });
            start = end;
        }
    }

    /// Where the pieces end: at the places, of those that leave them long enough, over which the fewest values
    /// have to be kept.
    fn ends(&self, longest: usize) -> Vec<usize> {
        let count = self.l.body.len();
        // How many values are kept over the end before each place.
        let mut over = vec![0isize; count + 1];
        for (value, ..) in self.l.body.iter().filter(|&(_, inst, _)| !is_read_again(inst)) {
            let (from, to) = (value.index(), self.last[value.index()]);
            if to > from {
                over[from + 1] += 1;
                over[to + 1] -= 1;
            }
        }
        let mut now = 0;
        for over in &mut over {
            now += *over;
            *over = now;
        }
        let mut ends = Vec::new();
        let mut start = 0;
        while count - start > longest {
            let window = start + longest.div_ceil(2)..=start + longest;
            start = window.rev().min_by_key(|&at| over[at]).expect("a window has places");
            ends.push(start);
        }
        ends.push(count);
        ends
    }

    /// The value of the body in this piece.
    fn here(&self, body: &mut Body, places: &mut [(usize, Value)], piece: usize, value: Value) -> Value {
        let place = &mut places[value.index()];
        if place.0 != piece {
            let inst = match self.l.body.inst(value) {
                inst if is_read_again(inst) => inst,
                _ => Inst::Temp(self.kept[value.index()].expect("what is used later is kept")),
            };
            *place = (piece, body.push(inst, self.l.body.ty(value)));
        }
        place.1
    }

    fn temporary(&mut self, ty: Ty) -> TempId {
        match self.free.iter().rposition(|temp| self.temps[temp.index()] == ty) {
            Some(at) => self.free.swap_remove(at),
            None => {
                self.temps.push(ty);
                TempId(self.temps.len() as u32 - 1)
            }
        }
    }
}
