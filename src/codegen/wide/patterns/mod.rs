//! Fewer instructions for the same bits: where one instruction does what two do.
//!
//! One pass over the trip, forward. A pattern looks at an instruction, and at one that made an
//! operand of it and whose result nobody else reads. The one that they become stands in the place
//! of the first if its operands are there by then, since no value lives longer so; or else in the
//! place of the second. This file must not know the IR.

mod choices;

use super::draft::Draft;
use super::inst::{Arg, MachInst, Mem, NEGATED_PRODUCT, Opcode, V};
use super::width::Width;

/// What the pass knows of each value, kept between compilations.
#[derive(Default)]
pub(super) struct Patterns(Vec<Facts>);

#[derive(Clone, Copy)]
struct Facts {
    /// How often the trip reads it.
    uses: u32,
    /// The last instruction that does.
    last: u32,
    /// The instruction that makes it, or [`NOWHERE`].
    made: u32,
}

const NOWHERE: u32 = u32::MAX;

const NOTHING: Facts = Facts { uses: 0, last: 0, made: NOWHERE };

impl Patterns {
    /// Rewrites the trip of `draft`.
    pub fn apply(&mut self, draft: &mut Draft, width: Width) {
        self.0.clear();
        self.0.resize(draft.values.len(), NOTHING);
        for (at, inst) in draft.trip.iter().enumerate() {
            for arg in &inst.args {
                if let Arg::V(v) = arg {
                    let facts = &mut self.0[v.index()];
                    facts.uses += 1;
                    facts.last = at as u32;
                }
            }
        }
        let mut pass = Pass { facts: &mut self.0, draft };
        for at in 0..pass.draft.trip.len() {
            let MachInst { op, dst, .. } = pass.draft.trip[at];
            // What stays in its register over the loop is left alone.
            if dst == V::NONE || pass.draft.values[dst.index()].pin.is_some() {
                continue;
            }
            let _: Option<()> = match width {
                Width::Bits256 => pass.narrow(op, at),
                Width::Bits512 => pass.wide(op, at),
            };
            pass.note(at);
        }
    }
}

struct Pass<'a> {
    facts: &'a mut Vec<Facts>,
    draft: &'a mut Draft,
}

/// A pattern gives nothing where it does not fit.
impl Pass<'_> {
    fn wide(&mut self, op: Opcode, at: usize) -> Option<()> {
        match op {
            Opcode::KAnd => self.compare_under_mask(at),
            Opcode::PCmpD | Opcode::PCmpQ => self.test(at),
            Opcode::MulPd | Opcode::MulPs => self.negated_product(at),
            Opcode::XorPd | Opcode::XorPs => self.negated(at).or_else(|| self.bitwise(at)),
            // Arithmetic on lanes of 8 and 16 bits cannot be under a mask.
            op if op.blends() && op.row().elem != 0 => self.merge(at),
            op if logic(op).is_some() => self.bitwise(at),
            _ => None,
        }
    }

    fn narrow(&mut self, op: Opcode, at: usize) -> Option<()> {
        match op {
            Opcode::MulPd | Opcode::MulPs => self.negated_product(at),
            Opcode::XorPd | Opcode::XorPs => self.negated(at),
            Opcode::BlendVPd | Opcode::BlendVPs => self.choice(at),
            _ => None,
        }
    }

    /// A comparison under the mask of the other operand is also their conjunction.
    fn compare_under_mask(&mut self, at: usize) -> Option<()> {
        let and = self.draft.trip[at];
        let [x, y] = two(&and)?;
        let compares = |inst: &MachInst| inst.op.compares() && inst.args[2] == Arg::None;
        let sides = [(x, y), (y, x)].map(|(v, other)| (self.maker(v, compares), other));
        let early = sides
            .iter()
            .find_map(|&(from, other)| from.filter(|&from| self.is_there(other, from)).zip(Some(other)));
        let (from, mask) = early.or_else(|| sides.iter().find_map(|&(from, other)| from.zip(Some(other))))?;
        let mut inst = self.draft.trip[from];
        inst.args[2] = Arg::V(mask);
        self.join(from, at, inst, early.is_some())
    }

    /// Whether bits that both operands have are all zero, or not.
    fn test(&mut self, at: usize) -> Option<()> {
        let compare = self.draft.trip[at];
        let [x, y] = two(&compare)?;
        let x = if self.is_zero(y) {
            x
        } else if self.is_zero(x) {
            y
        } else {
            return None;
        };
        let from = self.only_for_this(x)?;
        let and = self.draft.trip[from];
        if !matches!(logic(and.op)?, Logic::And) || two(&and).is_none() {
            return None;
        }
        let op = match (compare.imm, compare.op) {
            (0, Opcode::PCmpD) => Opcode::PTestNMD,
            (0, Opcode::PCmpQ) => Opcode::PTestNMQ,
            (4, Opcode::PCmpD) => Opcode::PTestMD,
            (4, Opcode::PCmpQ) => Opcode::PTestMQ,
            _ => return None,
        };
        self.join(from, at, MachInst { op, imm: 0, ..and }, false)
    }

    /// What only a blend wants is computed over the other operand in lanes of the mask, if nobody
    /// wants this operand any more or memory has it.
    fn merge(&mut self, at: usize) -> Option<()> {
        let blend = self.draft.trip[at];
        let [mut otherwise, mut then, mut mask] = three(&blend)?;
        if let Some(complement) = self.complement(mask) {
            (otherwise, then, mask) = (then, otherwise, complement);
            self.draft.trip[at].args = values([otherwise, then, mask]);
        }
        let arithmetic = |this: &Self, v: V, over: V| {
            let ends = this.facts[over.index()].last as usize == at;
            let from = this.maker(v, |inst| inst.op.can_merge() && inst.args[2] == Arg::None);
            from.filter(|_| ends || this.is_fixed(over))
        };
        let (from, over) = match arithmetic(self, then, otherwise) {
            Some(from) => (from, otherwise),
            None => {
                let from = arithmetic(self, otherwise, then)?;
                let compare = self.only_for_this(mask)?;
                self.draft.trip[compare] = opposite(&self.draft.trip[compare])?;
                (from, then)
            }
        };
        let mut inst = self.draft.trip[from];
        inst.args[2] = Arg::V(mask);
        if !self.is_zero(over) {
            inst.args[3] = Arg::V(over);
        }
        let free = self.facts[over.index()].uses == 1 || self.is_fixed(over);
        let early = free && self.is_there(mask, from) && self.is_there(over, from);
        self.join(from, at, inst, early)
    }

    /// The complement of a mask that only the instruction at hand wants, where it costs less.
    fn complement(&mut self, mask: V) -> Option<V> {
        let from = self.only_for_this(mask)?;
        if let MachInst { op: Opcode::KNot, args: [Arg::V(of), ..], .. } = self.draft.trip[from] {
            self.remove(from);
            return Some(of);
        }
        // Neither of two comparisons: one opposite under the mask of the other.
        let (from, [x, y]) = self.operation(mask, Opcode::KOr)?;
        let [first, second] = [self.only_for_this(x)?, self.only_for_this(y)?];
        let (first, x, second, y) =
            if first < second { (first, x, second, y) } else { (second, y, first, x) };
        let under = opposite(&self.draft.trip[second])?;
        self.draft.trip[first] = opposite(&self.draft.trip[first])?;
        let [a, b, ..] = under.args;
        self.draft.trip[second] = MachInst { args: [a, b, Arg::V(x), Arg::None], ..under };
        self.remove(from);
        Some(y)
    }

    /// Two bitwise operations are one of three operands.
    fn bitwise(&mut self, at: usize) -> Option<()> {
        let outer = self.draft.trip[at];
        let [x, y] = two(&outer)?;
        let inner = |this: &Self, v: V| {
            let from = this.only_for_this(v)?;
            let inner = this.draft.trip[from];
            let same = inner.op.row().elem == outer.op.row().elem;
            Some((from, two(&inner)?, logic(inner.op).filter(|_| same)?))
        };
        let first = inner(self, x).zip(Some(y));
        let ((from, [a, b], logic_of_two), c) = first.or_else(|| inner(self, y).zip(Some(x)))?;
        // The operands' own truth tables.
        let table = logic(outer.op)?.of(logic_of_two.of(0xf0, 0xcc), 0xaa);
        let op = if outer.op.row().elem == 8 { Opcode::PTernLogQ } else { Opcode::PTernLogD };
        let inst = MachInst { op, imm: table, args: values([a, b, c]), ..outer };
        let early = self.is_there(c, from);
        self.join(from, at, inst, early)
    }

    /// A product of which one factor is negated: an fma with the negative zero, which changes
    /// nothing, not even the sign of a zero.
    fn negated_product(&mut self, at: usize) -> Option<()> {
        let product = self.draft.trip[at];
        let [x, y] = two(&product)?;
        let negated =
            |this: &Self, v: V| this.maker(v, |inst| matches!(inst.op, Opcode::XorPd | Opcode::XorPs));
        let (from, other) = negated(self, x).zip(Some(y)).or_else(|| negated(self, y).zip(Some(x)))?;
        let [factor, sign] = two(&self.draft.trip[from])?;
        self.join(from, at, fnma(&product, [factor, other, sign]), false)
    }

    /// The same of the product as a whole.
    fn negated(&mut self, at: usize) -> Option<()> {
        let negation = self.draft.trip[at];
        let [x, sign] = two(&negation)?;
        let from = self.maker(x, |inst| matches!(inst.op, Opcode::MulPd | Opcode::MulPs))?;
        let product = self.draft.trip[from];
        let [x, y] = two(&product)?;
        self.join(from, at, fnma(&product, [x, y, sign]), true)
    }

    /// Puts `inst` in the place of `from` and `at`; in that of the first if `early`.
    fn join(&mut self, from: usize, at: usize, inst: MachInst, early: bool) -> Option<()> {
        let dst = self.draft.trip[at].dst;
        let (stays, goes) = if early { (from, at) } else { (at, from) };
        self.draft.trip[stays] = MachInst { dst, ..inst };
        self.note(stays);
        self.remove(goes);
        Some(())
    }

    /// Leaves nothing of an instruction that only the one at hand needed.
    fn remove(&mut self, at: usize) {
        self.draft.trip[at] = MachInst::NOTHING;
    }

    fn note(&mut self, at: usize) {
        let dst = self.draft.trip[at].dst;
        if dst != V::NONE && self.draft.values[dst.index()].pin.is_none() {
            self.facts[dst.index()].made = at as u32;
        }
    }

    /// The instruction that makes `v`, which only the one at hand reads.
    fn only_for_this(&self, v: V) -> Option<usize> {
        let Facts { made, uses, .. } = self.facts[v.index()];
        (made != NOWHERE && uses == 1).then_some(made as usize)
    }

    /// The same, if `fits` the instruction.
    fn maker(&self, v: V, fits: impl Fn(&MachInst) -> bool) -> Option<usize> {
        self.only_for_this(v).filter(|&from| fits(&self.draft.trip[from]))
    }

    /// The operands of the instruction that makes `v` for the one at hand, if it is `op`.
    fn operation(&self, v: V, op: Opcode) -> Option<(usize, [V; 2])> {
        let from = self.maker(v, |inst| inst.op == op)?;
        Some((from, two(&self.draft.trip[from])?))
    }

    /// Whether `v` is there before the instruction `at`.
    fn is_there(&self, v: V, at: usize) -> bool {
        let info = &self.draft.values[v.index()];
        match info.home {
            Some(home) => home.is_fixed() || matches!(home, Mem::Stream { .. } | Mem::Pair { .. }),
            None => info.pin.is_none() && (self.facts[v.index()].made as usize) < at,
        }
    }

    fn is_fixed(&self, v: V) -> bool {
        self.draft.values[v.index()].home.is_some_and(Mem::is_fixed)
    }

    fn is_all(&self, v: V, byte: u8) -> bool {
        self.draft.constant_bytes(v).is_some_and(|bytes| bytes.iter().all(|&b| b == byte))
    }

    fn is_zero(&self, v: V) -> bool {
        self.is_all(v, 0)
    }
}

/// The operands of an instruction that has two, in registers.
fn two(inst: &MachInst) -> Option<[V; 2]> {
    match inst.args {
        [Arg::V(x), Arg::V(y), Arg::None, _] => Some([x, y]),
        _ => None,
    }
}

/// The operands of an instruction that has three.
fn three(inst: &MachInst) -> Option<[V; 3]> {
    match inst.args {
        [Arg::V(x), Arg::V(y), Arg::V(z), Arg::None] => Some([x, y, z]),
        _ => None,
    }
}

fn values(args: [V; 3]) -> [Arg; 4] {
    let [x, y, z] = args.map(|v| if v == V::NONE { Arg::None } else { Arg::V(v) });
    [x, y, z, Arg::None]
}

/// -(x * y) + z, of the type of a product.
fn fnma(product: &MachInst, args: [V; 3]) -> MachInst {
    let op = if product.op == Opcode::MulPd { Opcode::FmaPd } else { Opcode::FmaPs };
    MachInst { op, imm: NEGATED_PRODUCT, args: values(args), ..*product }
}

/// The comparison that is true where this one is not.
fn opposite(compare: &MachInst) -> Option<MachInst> {
    if compare.args[2] != Arg::None {
        return None;
    }
    let (op, imm) = match compare.op {
        Opcode::CmpPd | Opcode::CmpPs => (compare.op, compare.imm ^ 4),
        op if op.orders() => (op, compare.imm ^ 4),
        Opcode::PTestMD => (Opcode::PTestNMD, 0),
        Opcode::PTestMQ => (Opcode::PTestNMQ, 0),
        Opcode::PTestNMD => (Opcode::PTestMD, 0),
        Opcode::PTestNMQ => (Opcode::PTestMQ, 0),
        _ => return None,
    };
    Some(MachInst { op, imm, ..*compare })
}

#[derive(Clone, Copy)]
enum Logic {
    And,
    Or,
    Xor,
}

impl Logic {
    fn of(self, x: u8, y: u8) -> u8 {
        match self {
            Logic::And => x & y,
            Logic::Or => x | y,
            Logic::Xor => x ^ y,
        }
    }
}

fn logic(op: Opcode) -> Option<Logic> {
    match op {
        Opcode::PAndD | Opcode::PAndQ | Opcode::AndPd | Opcode::AndPs => Some(Logic::And),
        Opcode::POrD | Opcode::POrQ => Some(Logic::Or),
        Opcode::PXorD | Opcode::PXorQ | Opcode::XorPd | Opcode::XorPs => Some(Logic::Xor),
        _ => None,
    }
}
