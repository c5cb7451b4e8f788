//! Choices in 256 bits, which take three times what other operations do, and look at the top bit
//! of each lane of their mask alone.

use super::super::inst::{MachInst, Opcode, V};
use super::super::width::Width;
use super::{NOTHING, Pass, three, values};

impl Pass<'_> {
    /// Makes a choice cheaper, or something else of it.
    pub(super) fn choice(&mut self, at: usize) -> Option<()> {
        let choice = self.draft.trip[at];
        let [mut otherwise, mut then, mut mask] = three(&choice)?;
        let eight = choice.op == Opcode::BlendVPd;
        if let Some((from, [of, ones])) = self.operation(mask, Opcode::PXorQ)
            && self.is_all(ones, 0xff)
        {
            (otherwise, then, mask) = (then, otherwise, of);
            self.remove(from);
        }
        let (op, args) = if self.is_zero(otherwise) {
            (if eight { Opcode::AndPd } else { Opcode::AndPs }, [then, mask, V::NONE])
        } else if self.is_zero(then) {
            (if eight { Opcode::AndNPd } else { Opcode::AndNPs }, [mask, otherwise, V::NONE])
        } else if let Some((top, clear)) = self.top_bit(mask, &choice) {
            let sides = if clear { [then, otherwise] } else { [otherwise, then] };
            (choice.op, [sides[0], sides[1], top])
        } else {
            (choice.op, [otherwise, then, mask])
        };
        self.draft.trip[at] = MachInst { op, args: values(args), ..choice };
        Some(())
    }

    /// For a mask that asks for one bit: a value with this bit on top, where a choice looks, and
    /// whether the mask asks for it to be clear.
    fn top_bit(&mut self, mask: V, choice: &MachInst) -> Option<(V, bool)> {
        let (equal, greater, and, shift) = match choice.op {
            Opcode::BlendVPd => (Opcode::PCmpEqQ, Opcode::PCmpGtQ, Opcode::PAndQ, Opcode::PSllVQ),
            _ => (Opcode::PCmpEqD, Opcode::PCmpGtD, Opcode::PAndD, Opcode::PSllVD),
        };
        if let Some((from, [zero, of])) = self.operation(mask, greater) {
            return self.is_zero(zero).then(|| {
                self.remove(from);
                (of, false)
            });
        }
        let (from, [common, zero]) = self.operation(mask, equal)?;
        let (inner, [of, bit]) = self.operation(common, and)?;
        let elem = usize::from(shift.row().elem);
        let mut bytes = [0; 8];
        bytes[..elem].copy_from_slice(&self.draft.constant_bytes(bit)?[..elem]);
        let bit = u64::from_le_bytes(bytes);
        if !self.is_zero(zero) || !bit.is_power_of_two() {
            return None;
        }
        let above = elem as u64 * 8 - 1 - u64::from(bit.trailing_zeros());
        let amount = self.draft.constant(Width::Bits256, above, elem, choice.size);
        self.facts.resize(self.draft.values.len(), NOTHING);
        let args = values([of, amount, V::NONE]);
        self.draft.trip[from] = MachInst { op: shift, imm: 0, args, ..self.draft.trip[from] };
        self.remove(inner);
        Some((mask, true))
    }
}
