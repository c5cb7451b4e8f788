//! Joining the value of each element to its partial.

use super::inst::{Mem, Op};
use super::primitives::binary;
use super::select::Select;
use crate::reduce;

/// Gives partials registers for the whole loop, from the highest down, where the plan says so.
pub(super) fn partials(s: &mut Select<'_>) {
    if !s.plan.register_partials {
        return;
    }
    let mut pin = s.plan.width.registers() as u8;
    for r in &s.l.reduces {
        let dtype = s.l.body.dtype(r.value);
        let size = s.plan.size(dtype);
        for at in 0..reduce::partials(dtype) / s.plan.lanes {
            pin -= 1;
            let v = s.pinned(size, pin);
            let home =
                Mem::Start { at: s.streams.partials(r.into) as u16, disp: at as i32 * i32::from(size) };
            s.draft.partials.push((v, home));
        }
    }
}

/// Joins the values of one copy of the body.
pub(super) fn join(s: &mut Select<'_>, copy: usize) {
    let mut first = 0;
    for r in &s.l.reduces {
        let dtype = s.l.body.dtype(r.value);
        let size = s.plan.size(dtype);
        let cycle = reduce::partials(dtype) / s.plan.lanes;
        let value = s.number(r.value, copy);
        let op = r.reduction.op();
        if s.plan.register_partials {
            let partial = s.draft.partials[first + copy % cycle].0;
            binary(s, op, dtype, partial, value);
            s.retarget(partial);
            first += cycle;
        } else {
            let home = Mem::Partial {
                at: s.streams.partials(r.into) as u16,
                disp: (copy % cycle) as i32 * i32::from(size),
                scale: dtype.size() as u8,
                cycle: reduce::partials(dtype) as u8,
            };
            let partial = s.home(size, home);
            let joined = binary(s, op, dtype, partial, value);
            s.store(Op::Store, size, joined, home);
        }
    }
}
