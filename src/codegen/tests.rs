//! Generated code against the interpreter: random programs, every plan, awkward lengths.

use std::sync::Arc;

use super::{Compiler, Tuning, Wide};
use crate::exec::{self, Scratch};
use crate::interp;
use crate::ir::{Program, verify};
use crate::opt::legal::{Target, legalize};
use crate::random::{Random, RunMemory, program};
use crate::reduce::BLOCK;

const PLANS: [Option<usize>; 6] = [None, Some(1), Some(2), Some(4), Some(8), Some(16)];

/// Every back end that this machine has, in every plan.
fn compilers() -> Vec<(Compiler, Option<usize>)> {
    let clif = PLANS.into_iter().map(|lanes| (Wide::No, lanes));
    let all = clif.chain([(Wide::Bits256, None), (Wide::Bits512, None)]);
    all.filter_map(|(wide, lanes)| Some((Compiler::new(wide).ok()?, lanes))).collect()
}

/// Every bit that code of `compiled` and the interpreter of `program` disagree about is a failure, with its seed.
fn agree(
    compilers: &[(Compiler, Option<usize>)],
    program: &Program,
    compiled: &Program,
    seed: u64,
    count: usize,
) {
    let memory = |run: &mut dyn FnMut(&mut crate::frame::Frame<'_>)| {
        let mut memory = RunMemory::new(&mut Random(seed), program, count);
        let outputs = memory.run(run);
        (outputs, memory.uniforms)
    };
    let (expected, expected_uniforms) = memory(&mut |frame| interp::run(program, frame));
    for (at, (compiler, lanes)) in compilers.iter().enumerate() {
        let tuning = Tuning { lanes: *lanes, clif_optimize: (seed as usize + at).is_multiple_of(2) };
        let code =
            compiler.compile(&Arc::new(compiled.clone()), tuning, None).expect("every program compiles");
        let scratch = Scratch::default();
        let (outputs, uniforms) = memory(&mut |frame| exec::run(&code, frame, &scratch, None).unwrap());
        let told = || format!("seed {seed}, {count} elements, compiler {at}, {tuning:?}\n{compiled}");
        for (o, (wanted, got)) in expected.iter().zip(&outputs).enumerate() {
            for (at, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                assert!(wanted.same(*got), "o{o}[{at}] is {got:?}, not {wanted:?}: {}", told());
            }
        }
        for ((wanted, got), uniform) in expected_uniforms.iter().zip(&uniforms).zip(&program.uniforms) {
            let scalar = |bits| crate::types::Word::from_bits(uniform.ty, bits);
            assert!(
                scalar(*wanted).same(scalar(*got)),
                "{:?}, not {:?}: {}",
                scalar(*got),
                scalar(*wanted),
                told()
            );
        }
    }
}

#[test]
fn random_programs_give_the_interpreters_bits() {
    let compilers = compilers();
    for seed in 0..150 {
        let mut r = Random(seed);
        let length = [4, 12, 40, 120][r.below(4)];
        let program = program(&mut r, length);
        verify(&program).expect("random programs are right");
        let count = [0, 1, 2, 7, 8, 9, 31, 32, 33, 100][r.below(10)];
        agree(&compilers, &program, &program, seed, count);
        let longest = [1, 2, 3, 5, 9, 20][r.below(6)];
        let pieces =
            legalize(&program, Target { exponents: true, narrow: |_, _| true, divisions: true, longest });
        agree(&compilers, &program, &pieces, seed, count);
    }
}

#[test]
fn blocks_join_as_the_interpreters() {
    let compilers = compilers();
    for (seed, count) in [(1000, BLOCK - 1), (2000, BLOCK), (3000, BLOCK + 1), (4000, 3 * BLOCK + 17)] {
        let mut reducing = (seed..).map(|seed| (seed, program(&mut Random(seed), 6)));
        let joins = |program: &Program| program.loops.iter().any(|l| !l.reduces.is_empty());
        let (seed, program) = reducing.find(|(_, program)| joins(program)).expect("many reduce");
        agree(&compilers, &program, &program, seed, count);
        let pieces =
            legalize(&program, Target { exponents: true, narrow: |_, _| true, divisions: true, longest: 3 });
        agree(&compilers, &program, &pieces, seed, count);
    }
}
