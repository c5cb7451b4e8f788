//! The passes together: random programs keep their bits, and known expressions get their form.

use super::optimize;
use crate::interp;
use crate::ir::{Array, Body, Extent, Inst, Loop, Output, OutputId, Program, Store, Value, ViewId, verify};
use crate::ops::Op;
use crate::options::FpMode;
use crate::random::{Memory, Random, program};
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
    let ty = if op.info().predicate { Ty::Bool } else { body.ty(*operands.last().unwrap()) };
    body.push(Inst::op(op, operands), ty)
}

/// Adds a constant to a body.
pub(super) fn constant(body: &mut Body, scalar: Word) -> Value {
    body.push(Inst::Const(scalar.to_bits()), scalar.ty())
}

/// The result of a program, as nested calls: `fma(x0, x0, mul(x1, x1))`.
pub(super) fn shown(program: &Program) -> String {
    fn show(body: &Body, value: Value) -> String {
        match body.inst(value) {
            Inst::Const(_) => body.constant(value).unwrap().to_string(),
            Inst::Load(array, _) => format!("x{}", array.0),
            Inst::Uniform(uniform) => format!("u{}", uniform.0),
            Inst::Temp(temp) => format!("t{}", temp.0),
            inst @ Inst::Op(op, _) => {
                let operands: Vec<_> = inst.operands().iter().map(|&v| show(body, v)).collect();
                format!("{}({})", op.info().name, operands.join(", "))
            }
        }
    }
    let l = &program.loops[0];
    show(&l.body, l.stores[0].value)
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
        let mut memory = Memory::new(r, &before, count);
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

/// a*a + b*b + 2*a*b
fn square_of_sum() -> Program {
    expression(Ty::F64, 2, |body, x| {
        let aa = op(body, Op::Mul, &[x[0], x[0]]);
        let bb = op(body, Op::Mul, &[x[1], x[1]]);
        let two = constant(body, Word::F64(2.0));
        let a = op(body, Op::Mul, &[two, x[0]]);
        let ab = op(body, Op::Mul, &[a, x[1]]);
        let sum = op(body, Op::Add, &[aa, bb]);
        op(body, Op::Add, &[sum, ab])
    })
}

#[test]
fn products_contract_only_where_that_is_allowed() {
    for (fp, expected) in [
        (FpMode::Strict, "add(mul(x1, mul(x0, 2.0)), add(mul(x0, x0), mul(x1, x1)))"),
        (FpMode::Contract, "fma(x1, mul(x0, 2.0), fma(x0, x0, mul(x1, x1)))"),
        (FpMode::Fast, "fma(x1, mul(x0, 2.0), fma(x0, x0, mul(x1, x1)))"),
    ] {
        let mut program = square_of_sum();
        optimize(&mut program, fp);
        assert_eq!(shown(&program), expected, "{fp}");
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
        let mut memory = Memory::new(&mut Random(1), &sine, 2000);
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
            let mut given = Memory::new(&mut Random(1), &direct, 2000);
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
#[rustfmt::skip]
fn rules_give_the_forms_they_promise() {
    use FpMode::{Contract, Fast, Strict};
    type Build = fn(&mut Body, &[Value]) -> Value;
    fn f(body: &mut Body, number: f64) -> Value {
        constant(body, Word::F64(number))
    }
    fn i(body: &mut Body, number: i64) -> Value {
        constant(body, Word::I64(number))
    }
    fn with(body: &mut Body, o: Op, x: Value, c: Value) -> Value {
        op(body, o, &[x, c])
    }
    let floats: &[(FpMode, Build, &str)] = &[
        (Strict, |b, x| { let c = f(b, -0.0); with(b, Op::Add, x[0], c) }, "x0"),
        (Strict, |b, x| { let c = f(b, 0.0); with(b, Op::Add, x[0], c) }, "add(x0, 0.0)"),
        (Strict, |b, x| { let c = f(b, 0.0); with(b, Op::Sub, x[0], c) }, "x0"),
        (Strict, |b, x| { let c = f(b, 0.0); with(b, Op::Sub, c, x[0]) }, "sub(0.0, x0)"),
        (Strict, |b, x| { let c = f(b, 0.0); with(b, Op::Mul, x[0], c) }, "mul(x0, 0.0)"),
        (Strict, |b, x| { let c = f(b, 1.0); with(b, Op::Div, x[0], c) }, "x0"),
        (Strict, |b, x| { let c = f(b, -8.0); with(b, Op::Div, x[0], c) }, "mul(x0, -0.125)"),
        (Strict, |b, x| { let c = f(b, 10.0); with(b, Op::Div, x[0], c) }, "div(x0, 10.0)"),
        (Fast, |b, x| { let c = f(b, 10.0); with(b, Op::Div, x[0], c) }, "mul(x0, 0.1)"),
        (Strict, |b, _| { let c = f(b, 10.0); let d = f(b, 4.0); with(b, Op::Div, d, c) }, "0.4"),
        (Strict, |b, x| with(b, Op::Sub, x[0], x[0]), "sub(x0, x0)"),
        (Strict, |b, x| { let n = op(b, Op::Neg, &[x[0]]); with(b, Op::Add, n, x[1]) }, "sub(x1, x0)"),
        (Strict, |b, x| { let l = op(b, Op::Lt, &[x[0], x[1]]); op(b, Op::Not, &[l]) }, "not(lt(x0, x1))"),
        (Strict, |b, x| { let l = op(b, Op::Eq, &[x[0], x[1]]); op(b, Op::Not, &[l]) }, "ne(x0, x1)"),
        (Contract, |b, x| { let m = op(b, Op::Mul, x); with(b, Op::Sub, x[0], m) }, "fma(neg(x0), x1, x0)"),
        (Contract, |b, x| { let m = op(b, Op::Mul, x); let c = f(b, 1.0); with(b, Op::Sub, m, c) }, "fma(x0, x1, -1.0)"),
        (Contract, |b, x| { let c = f(b, 3.0); let m = with(b, Op::Mul, x[0], c); with(b, Op::Sub, x[1], m) }, "fma(x0, -3.0, x1)"),
        (Contract, |b, x| { let m = op(b, Op::Mul, x); with(b, Op::Add, m, m) }, "add(mul(x0, x1), mul(x0, x1))"),
        (Fast, |b, x| { let c = f(b, 3.0); let m = with(b, Op::Mul, x[0], c); with(b, Op::Mul, c, m) }, "mul(x0, 9.0)"),
        (Strict, |b, x| { let c = f(b, 3.0); let m = with(b, Op::Mul, x[0], c); with(b, Op::Mul, c, m) }, "mul(mul(x0, 3.0), 3.0)"),
        (Fast, |b, x| { let c = f(b, 1e300); let m = with(b, Op::Mul, x[0], c); with(b, Op::Mul, c, m) }, "mul(mul(x0, 1e300), 1e300)"),
        (Fast, |b, x| { let c = f(b, 3.0); let d = with(b, Op::Div, c, x[0]); with(b, Op::Mul, d, c) }, "div(9.0, x0)"),
        (Strict, |b, x| { let c = f(b, 0.5); with(b, Op::Pow, x[0], c) }, "sqrt(x0)"),
        (Strict, |b, x| { let c = f(b, 0.0); with(b, Op::Pow, x[0], c) }, "1.0"),
        (Strict, |b, x| { let c = f(b, -1.0); with(b, Op::Pow, x[0], c) }, "div(1.0, x0)"),
        (Contract, |b, x| { let c = f(b, 3.0); with(b, Op::Pow, x[0], c) }, "mul(x0, mul(x0, x0))"),
    ];
    let ints: &[(FpMode, Build, &str)] = &[
        (Strict, |b, x| { let c = i(b, 0); with(b, Op::Add, c, x[0]) }, "x0"),
        (Strict, |b, x| { let c = i(b, 0); with(b, Op::Mul, x[0], c) }, "0"),
        (Strict, |b, x| { let c = i(b, 8); with(b, Op::Mul, x[0], c) }, "shl(x0, 3)"),
        (Strict, |b, x| { let c = i(b, 8); with(b, Op::FloorDiv, x[0], c) }, "shr(x0, 3)"),
        (Strict, |b, x| { let c = i(b, 8); with(b, Op::Mod, x[0], c) }, "and(x0, 7)"),
        (Strict, |b, x| { let c = i(b, 7); with(b, Op::Mod, x[0], c) }, "mod(x0, 7)"),
        (Strict, |b, x| with(b, Op::Sub, x[0], x[0]), "0"),
        (Strict, |b, x| with(b, Op::Xor, x[0], x[0]), "0"),
        (Strict, |b, x| { let l = op(b, Op::Lt, &[x[0], x[1]]); op(b, Op::Not, &[l]) }, "ge(x0, x1)"),
        (Strict, |b, x| { let c = i(b, 3); let l = op(b, Op::Lt, &[c, x[1]]); op(b, Op::Not, &[l]) }, "le(x1, 3)"),
        (Strict, |b, x| { let c = i(b, 4); let s = with(b, Op::Sub, x[0], c); with(b, Op::Add, s, c) }, "x0"),
        (Strict, |b, x| { let c = i(b, 5); with(b, Op::Pow, x[0], c) }, "mul(x0, mul(mul(x0, x0), mul(x0, x0)))"),
        (Strict, |b, x| { let c = i(b, -5); with(b, Op::Pow, x[0], c) }, "0"),
        (Strict, |b, x| { let c = i(b, 65); with(b, Op::Pow, x[0], c) }, "pow(x0, 65)"),
        (Strict, |b, x| { let w = b.push(Inst::op(Op::Convert, &[x[0]]), Ty::I32); b.push(Inst::op(Op::Convert, &[w]), Ty::I64) }, "convert(convert(x0))"),
        (Strict, |b, x| {
            let l = op(b, Op::Lt, x);
            let w = b.push(Inst::op(Op::Convert, &[l]), Ty::I64);
            let c = i(b, 0);
            op(b, Op::Eq, &[w, c])
        }, "ge(x0, x1)"),
    ];
    for (ty, table) in [(Ty::F64, floats), (Ty::I64, ints)] {
        for (at, &(fp, build, expected)) in table.iter().enumerate() {
            let mut program = expression(ty, 2, build);
            optimize(&mut program, fp);
            assert_eq!(shown(&program), expected, "{ty} {at} {fp}");
        }
    }
}
