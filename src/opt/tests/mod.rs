//! The passes together: random programs keep their bits, and known expressions get their form.

mod terms;

use super::optimize;
use crate::interp;
use crate::ir::{Array, Body, Extent, Inst, Loop, Output, OutputId, Program, Store, Value, ViewId, verify};
use crate::ops::Op;
use crate::options::FpMode;
use crate::random::{Random, RunMemory, program};
use crate::types::{Component, Ty, Word};

/// A program that stores what `build` makes of as many arrays of `ty` as it asks for.
pub(super) fn expression(ty: Ty, arrays: usize, build: impl FnOnce(&mut Body, &[Value]) -> Value) -> Program {
    let mut body = Body::default();
    let loads: Vec<Value> =
        (0..arrays).map(|at| body.push(Inst::Load(ViewId(at as u32), Component::Whole), ty)).collect();
    let root = build(&mut body, &loads);
    Program {
        arrays: (0..arrays).map(|at| Array { name: format!("x{at}"), dtype: ty.dtype() }).collect(),
        outputs: vec![Output { dtype: body.ty(root).dtype(), extent: Extent::default() }],
        loops: vec![Loop { body, stores: vec![Store::whole(OutputId(0), root)], ..Loop::default() }],
        ..Program::default()
    }
    .of_one_shape()
}

/// Adds a primitive to a body.
pub(super) fn op(body: &mut Body, op: Op, operands: &[Value]) -> Value {
    let ty = op.result(body.ty(*operands.last().unwrap()));
    body.push(Inst::op(op, operands), ty)
}

/// Adds a constant to a body.
pub(super) fn constant(body: &mut Body, scalar: Word) -> Value {
    body.push(Inst::Const(scalar.to_bits()), scalar.ty())
}

#[test]
fn strict_passes_change_no_bit() {
    for seed in 0..4000 {
        let r = &mut Random(seed);
        let length = 1 + r.below(60);
        let before = program(r, length);
        verify(&before).unwrap_or_else(|what| panic!("seed {seed}: {what}\n{before}"));
        let mut after = before.clone();
        optimize(&mut after, FpMode::Strict);
        let count = r.below(40);
        let mut memory = RunMemory::new(r, &before, count);
        let expected = memory.run(|frame| interp::run(&before, frame));
        let found = memory.run(|frame| interp::run(&after, frame));
        for (output, (expected, found)) in expected.iter().zip(&found).enumerate() {
            for (at, (&e, &f)) in expected.iter().zip(found).enumerate() {
                assert!(e.same(f), "seed {seed}, o{output}[{at}]: {f:?}, not {e:?}\n{before}\n{after}");
            }
        }
    }
}

#[test]
fn optimizing_again_changes_nothing() {
    for seed in 0..300 {
        let r = &mut Random(seed);
        let mut once = program(r, 40);
        optimize(&mut once, FpMode::Fast);
        let mut twice = once.clone();
        optimize(&mut twice, FpMode::Fast);
        assert!(twice.operations() <= once.operations(), "seed {seed}\n{once}\n{twice}");
    }
}

#[test]
fn long_sums_take_linear_time() {
    let mut program = expression(Ty::F64, 2, |body, x| {
        let mut sum = x[0];
        for at in 0..50_000 {
            let c = constant(body, Word::F64(at as f64));
            let product = op(body, Op::Mul, &[x[1], c]);
            sum = op(body, Op::Add, &[sum, product]);
        }
        sum
    });
    optimize(&mut program, FpMode::Fast);
    assert!(program.operations() <= 50_000);
}

/// What is made of a sine.
type Use = fn(&mut Body, Value) -> Value;

fn of_sine(ty: Ty, fp: FpMode, use_: Use) -> Program {
    let mut program = expression(ty, 1, |body, x| {
        let sine = op(body, Op::Sin, x);
        use_(body, sine)
    });
    optimize(&mut program, fp);
    program
}

/// Squares need no sign, and still have the bits of the product of two sines.
#[test]
fn signs_that_nobody_sees_are_left_out() {
    // With each, the operations that it adds, or nothing where the sign is seen.
    let uses: [(FpMode, Use, Option<usize>); 5] = [
        (FpMode::Strict, |b, x| op(b, Op::Mul, &[x, x]), Some(1)),
        (FpMode::Strict, |b, x| op(b, Op::Abs, &[x]), Some(1)),
        (
            FpMode::Contract,
            |b, x| {
                let square = op(b, Op::Mul, &[x, x]);
                let one = Word::int(1, b.ty(x));
                let one = constant(b, one);
                op(b, Op::Add, &[square, one])
            },
            Some(1),
        ),
        (
            FpMode::Strict,
            |b, x| {
                let minus = op(b, Op::Neg, &[x]);
                op(b, Op::Fma, &[minus, minus, minus])
            },
            None,
        ),
        (
            FpMode::Strict,
            |b, x| {
                let square = op(b, Op::Mul, &[x, x]);
                op(b, Op::Add, &[square, x])
            },
            None,
        ),
    ];
    for ty in [Ty::F64, Ty::F32] {
        let sine = of_sine(ty, FpMode::Strict, |_, x| x);
        let mut memory = RunMemory::new(&mut Random(1), &sine, 2000);
        let sines = memory.run(|frame| interp::run(&sine, frame));
        for (at, &(fp, use_, more)) in uses.iter().enumerate() {
            let found = of_sine(ty, fp, use_);
            match more {
                Some(more) => assert!(found.operations() + 4 < sine.operations() + more, "{at}: {found}"),
                None => assert!(found.operations() >= sine.operations(), "{at}: {found}"),
            }
            let far =
                found.loops[0].body.iter().filter(|(_, inst, _)| matches!(inst, Inst::Op(Op::SinFar, _)));
            assert_eq!(far.count(), 1, "{at}: {found}");
            // The same of the sines themselves.
            let mut direct = expression(ty, 1, |body, x| use_(body, x[0]));
            optimize(&mut direct, fp);
            let mut given = RunMemory::new(&mut Random(1), &direct, 2000);
            let mut array = given.arrays[0].view_mut();
            (0..2000).for_each(|at| array.set(&[at], sines[0][at].scalar()));
            let expected = given.run(|frame| interp::run(&direct, frame));
            let results = memory.run(|frame| interp::run(&found, frame));
            for (&expected, &result) in expected[0].iter().zip(&results[0]) {
                assert!(result.same(expected), "{at}: {result:?}, not {expected:?}");
            }
        }
    }
}

#[test]
fn rules_give_the_forms_they_promise() {
    for line in include_str!("rules.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (head, terms) = line.split_at(14);
        let (ty, fp) = head.trim_end().split_once(' ').expect("a type and a mode");
        let ty = Ty::ALL.into_iter().find(|known| known.name() == ty).expect("a type");
        let fp = fp.trim_start().parse().expect("a mode");
        let (term, expected) = terms.split_once("  ").expect("two terms");
        let mut program = terms::program(ty, term);
        optimize(&mut program, fp);
        assert_eq!(terms::shown(&program), expected.trim_start(), "{line}");
    }
}
