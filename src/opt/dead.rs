//! Drops the values that no store and no reduction needs.

use super::build::{Builder, uses};
use crate::ir::{Loop, NO_VALUE};

pub(super) fn run(l: &mut Loop, b: &mut Builder) -> bool {
    let uses = uses(l);
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
