//! Joining the value of each element to its partial.

use super::draft::Leaves;
use super::inst::{Mem, NEGATED_ADDEND, Opcode, V};
use super::primitives::binary;
use super::selection::{Select, by_size};
use crate::ir::Reduce;
use crate::ops::Reduction;
use crate::reduce::{self, LEAF};
use crate::types::Ty;

/// Gives partials registers for the whole loop, from the highest down, where the plan says so, and notes whose
/// leaves are to be closed.
pub(super) fn partials(s: &mut Select<'_>) {
    let mut pin = s.plan.width.registers() as u8;
    for r in &s.l.reduces {
        let ty = s.l.body.ty(r.value);
        let size = s.plan.size(ty);
        let stream = s.streams.partials(r.into) as u16;
        let first = s.draft.partials.len();
        if s.plan.register_partials {
            for at in 0..reduce::partials(ty) / s.plan.lanes {
                pin -= 1;
                let v = s.pinned(size, pin);
                s.draft.partials.push((v, Mem::Start { at: stream, disp: at as i32 * i32::from(size) }));
            }
        }
        if s.streams.in_one_piece() && reduce::leaf(r.reduction, ty) == LEAF {
            let identity = s.constant_of(reduce::identity(r.reduction, ty));
            let partials = first..s.draft.partials.len();
            s.draft.leaves.push(Leaves { stream, ty, identity, partials });
        }
    }
}

/// Joins the values of one copy of the body.
pub(super) fn join(s: &mut Select<'_>, copy: usize) {
    let mut first = 0;
    for (k, r) in s.l.reduces.iter().enumerate() {
        let ty = s.l.body.ty(r.value);
        let size = s.plan.size(ty);
        let cycle = reduce::partials(ty) / s.plan.lanes;
        let value = s.number(r.value, copy);
        let memory = |s: &Select<'_>, r: &Reduce| Mem::Partial {
            at: s.streams.partials(r.into) as u16,
            disp: (copy % cycle) as i32 * i32::from(size),
            scale: ty.size() as u8,
            cycle: reduce::partials(ty) as u8,
        };
        match r.reduction {
            Reduction::ProdReal => {
                let imag = &s.l.reduces[k + 1];
                let y = [value, s.number(imag.value, copy)];
                if s.plan.register_partials {
                    let x = [first, first + cycle].map(|first| s.draft.partials[first + copy % cycle].0);
                    let [re, im] = product(s, ty, x, y);
                    s.emit_to(x[0], Opcode::Move, size, &[re], 0);
                    s.emit_to(x[1], Opcode::Move, size, &[im], 0);
                    first += 2 * cycle;
                } else {
                    let homes = [memory(s, r), memory(s, imag)];
                    let x = homes.map(|home| s.home(size, home));
                    for (joined, home) in product(s, ty, x, y).into_iter().zip(homes) {
                        s.store(Opcode::Store, size, joined, home);
                    }
                }
                continue;
            }
            // With the real part.
            Reduction::ProdImag => continue,
            _ => {}
        }
        let op = r.reduction.op();
        if s.plan.register_partials {
            let partial = s.draft.partials[first + copy % cycle].0;
            binary(s, op, ty, partial, value);
            s.retarget(partial);
            first += cycle;
        } else {
            let home = memory(s, r);
            let partial = s.home(size, home);
            let joined = binary(s, op, ty, partial, value);
            s.store(Opcode::Store, size, joined, home);
        }
    }
}

/// The product of complex numbers, as [`crate::eval::join_pair`] has it.
fn product(s: &mut Select<'_>, ty: Ty, x: [V; 2], y: [V; 2]) -> [V; 2] {
    let size = s.plan.size(ty);
    let (mul, fma) = (by_size(ty, Opcode::MulPd, Opcode::MulPs), by_size(ty, Opcode::FmaPd, Opcode::FmaPs));
    let re = s.emit(mul, size, size, &[x[1], y[1]], 0);
    let im = s.emit(mul, size, size, &[x[1], y[0]], 0);
    [
        s.emit(fma, size, size, &[x[0], y[0], re], NEGATED_ADDEND),
        s.emit(fma, size, size, &[x[0], y[1], im], 0),
    ]
}
