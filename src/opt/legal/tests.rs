//! Legal programs give what the programs gave, to the bit.

use super::{Target, legalize};
use crate::interp;
use crate::ir::Program;
use crate::random::{Random, RunMemory, program};
use crate::types::Ty;

const NOTHING: Target =
    Target { exponents: false, narrow: Target::no_narrow, divisions: true, longest: usize::MAX };

fn results(program: &Program, seed: u64, count: usize) -> (Vec<Vec<crate::types::Word>>, Vec<u64>) {
    let mut memory = RunMemory::new(&mut Random(seed), program, count);
    let outputs = memory.run(|frame| interp::run(program, frame));
    (outputs, memory.uniforms)
}

#[test]
fn narrow_integers_keep_their_bits_in_wide_lanes() {
    let mut some = 0;
    for seed in 0..300 {
        let mut r = Random(seed);
        let length = [6, 20, 60][r.below(3)];
        let program = program(&mut r, length);
        let legal = legalize(&program, NOTHING);
        let narrow =
            |program: &Program| program.loops.iter().any(|l| l.body.iter().any(|(_, _, ty)| ty.is_narrow()));
        assert!(!narrow(&legal));
        some += u32::from(narrow(&program));
        let (expected, uniforms) = results(&program, seed, 40);
        let (found, legal_uniforms) = results(&legal, seed, 40);
        for (at, (expected, found)) in expected.iter().zip(&found).enumerate() {
            for (expected, found) in expected.iter().zip(found) {
                assert!(
                    expected.same(*found),
                    "seed {seed}: o{at} {found}, not {expected}\n{program}{legal}"
                );
            }
        }
        assert_eq!(uniforms, legal_uniforms, "seed {seed}\n{program}{legal}");
    }
    assert!(some > 50);
}

#[test]
fn what_a_target_has_is_left_alone() {
    let all = Target { exponents: true, narrow: |_, _| true, divisions: true, longest: usize::MAX };
    let mut changed = 0;
    for seed in 0..100 {
        let program = program(&mut Random(seed), 6);
        let legal = legalize(&program, all);
        for (l, became) in program.loops.iter().zip(&legal.loops) {
            let of = |which: fn(Ty) -> bool| l.body.iter().any(|(_, _, ty)| which(ty));
            let mixed = of(Ty::is_narrow) && of(|ty| !ty.is_narrow() && ty != Ty::Bool);
            let same = format!("{:?}", l.body) == format!("{:?}", became.body);
            assert_eq!(same, !mixed, "seed {seed}: narrow lanes beside others\n{program}{legal}");
            changed += u32::from(mixed);
        }
    }
    assert!(changed > 10);
}
