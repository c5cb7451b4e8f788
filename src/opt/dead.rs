//! Drops the values that no store and no reduction needs.

use crate::ir::{Builder, Loop, NO_VALUE};

pub(super) fn run(l: &mut Loop, b: &mut Builder) -> bool {
    let uses = l.uses();
    if !uses.contains(&0) {
        return false;
    }
    b.rebuild(l, |b, old, value| {
        if uses[value.index()] == 0 {
            return NO_VALUE;
        }
        let inst = b.moved(old, value);
        b.inst(inst, old.ty(value))
    });
    true
}
