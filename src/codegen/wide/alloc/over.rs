//! Instructions whose result takes the register of an operand: of one that is not used again, or
//! else of a copy.

use super::super::inst::{Arg, Form, MachInst, Mem, Opcode};
use super::super::step::{Place, Step, load};
use super::Pass;

impl Pass<'_> {
    /// Three operands, of which one that is not used again gives its place to the result.
    pub(super) fn overwriting(
        &mut self,
        inst: &MachInst,
        places: &[Option<Place>; 4],
        fold: Option<usize>,
        dying: [bool; 3],
        args: &[Arg; 4],
        mut step: Step,
    ) {
        debug_assert!(self.values[inst.dst.index()].pin.is_none());
        // Overwritten operand, the other in a register, the one that may be in memory, and an fma's opcode.
        const FORMS: [(usize, usize, usize, u8); 4] =
            [(0, 1, 2, 0x10), (1, 0, 2, 0x10), (2, 0, 1, 0x20), (0, 2, 1, 0x00)];
        let fits = |form: &&(usize, usize, usize, u8)| fold.is_none_or(|k| k == form.2);
        let reg = |k: usize| match places[k] {
            Some(Place::Reg(r)) => r,
            _ => unreachable!("only one operand is in memory"),
        };
        let dies = FORMS.iter().find(|f| fits(f) && dying[f.0]);
        let &(over, other, last, variant) = dies.unwrap_or_else(|| {
            // A copy, from memory if it can be: what multiplies does not copy then.
            let mem = |k: &usize| self.again(places[*k], args[*k]);
            let over = [2, 1, 0].into_iter().find(|k| matches!(places[*k], Some(Place::Mem(_))));
            let over = over.or_else(|| [2, 1, 0].into_iter().find(|k| mem(k).is_some())).unwrap_or(0);
            FORMS.iter().find(|f| f.0 == over).expect("each operand can be overwritten")
        });
        step.reg = self.over(inst, places, over, dies.is_some(), args, step);
        if inst.op.row().form == Form::Tern {
            step.imm = permuted(inst.imm, [over, other, last]);
        } else {
            step.variant = variant + inst.imm;
        }
        step.vvvv = reg(other);
        step.rm = places[last].expect("there are three operands");
        self.finish(inst, step);
    }

    /// Lanes not in the mask stay as they are in the fourth operand, or in a copy of it.
    pub(super) fn merging(
        &mut self,
        inst: &MachInst,
        places: &[Option<Place>; 4],
        dying: bool,
        args: &[Arg; 4],
        mut step: Step,
    ) {
        step.reg = self.over(inst, places, 3, dying, args, step);
        step.merge = true;
        self.finish(inst, step);
    }

    /// The register of operand `k` for the result; if it is not dying, another with a copy.
    fn over(
        &mut self,
        inst: &MachInst,
        places: &[Option<Place>; 4],
        k: usize,
        dying: bool,
        args: &[Arg; 4],
        step: Step,
    ) -> u8 {
        let place = places[k].expect("there is such an operand");
        if let (true, Place::Reg(reg)) = (dying, place) {
            self.release(args);
            // The register was given back just now; nothing can have taken it.
            self.take_this(inst.dst, reg);
            return reg;
        }
        let into = self.define(inst.dst);
        self.out.push(match self.again(Some(place), args[k]) {
            Some(mem) => load(self.values[inst.dst.index()], mem, into),
            None => Step::new(Opcode::Move, step.size, into, place),
        });
        self.release(args);
        into
    }

    /// The second operand is what the host changes, in a register of its own.
    pub(super) fn host(
        &mut self,
        inst: &MachInst,
        places: &[Option<Place>; 4],
        dying: bool,
        args: &[Arg; 4],
        mut step: Step,
    ) {
        let [Some(Place::Reg(x)), Some(_), Some(mask), None] = *places else {
            unreachable!("its operands are in registers")
        };
        step.reg = self.over(inst, places, 1, dying, args, step);
        step.vvvv = x;
        step.rm = mask;
        self.finish(inst, step);
    }

    /// Where an operand can be read once more without leaving its register.
    fn again(&self, place: Option<Place>, arg: Arg) -> Option<Mem> {
        match (place, arg) {
            (Some(Place::Mem(mem)), _) => Some(mem),
            (_, Arg::V(v)) => self.values[v.index()].home.filter(|home| home.is_fixed()),
            _ => None,
        }
    }
}

/// The truth table whose operands are those of `table` in another order.
fn permuted(table: u8, order: [usize; 3]) -> u8 {
    let old = |row: u8| (0..3).fold(0, |old, k| old | (row >> (2 - k) & 1) << (2 - order[k]));
    (0..8).fold(0, |new, row| new | (table >> old(row) & 1) << row)
}
