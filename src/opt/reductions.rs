//! Equal reductions of one loop become one: `(a - mean(a)) / (max(a) - mean(a))` sums once.
//!
//! Law: a reduction is a function of its values, which are the same value.

use crate::ir::{GuardCondition, Program, UniformId};

/// True where there were any; bodies of later loops may then hold equal values.
pub(super) fn run(program: &mut Program) -> bool {
    let mut became: Vec<UniformId> = (0..program.uniforms.len() as u32).map(UniformId).collect();
    let mut changed = false;
    for l in &mut program.loops {
        l.body.map_uniforms(|uniform| became[uniform.index()]);
        let reductions = l.reduces.len();
        let mut seen = std::collections::HashMap::with_capacity(l.reduces.len());
        l.reduces.retain(|r| {
            if r.reduction.is_of_pair() {
                // What it gives depends on both values.
                return true;
            }
            let first = *seen.entry((r.reduction, r.value)).or_insert(r.into);
            became[r.into.index()] = first;
            first == r.into
        });
        changed |= l.reduces.len() < reductions;
    }
    for guard in &mut program.guards {
        if let GuardCondition::Raised(uniform) = &mut guard.condition {
            *uniform = became[uniform.index()];
        }
    }
    changed
}
