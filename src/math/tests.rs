//! Special points, the same bits from every back end, and a rough look at errors. The fine one is
//! taken by the crate in accuracy/.

mod divide;
mod probe;

use std::sync::Arc;

use super::{expand, expand_exponents};
use crate::array::{ArrayViewMut, Element};
use crate::codegen::{Compiler, Tuning, Wide};
use crate::frame::Frame;
use crate::ir::{
    Array, Body, Extent, Inst, Loop, Output, OutputId, Program, Reduce, SpaceId, Store, Uniform, UniformId,
    UniformSource, Value, ViewId, verify,
};
use crate::ops::{FRACTIONS_END, OPS, Op, Reduction};
use crate::types::{Component, Ty};
use crate::{exec, interp};
use probe::Probe;
use probe::Registers::{self, Best, Bits256, Lanes};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const TINY: f64 = 5e-324;
const TINY32: f64 = 1e-45;

const NAMES: [&str; 8] = ["exp", "expm1", "log", "log1p", "sin", "cos", "tan", "tanh"];

/// All that a back end can run in.
const REGISTERS: [Registers; 7] = [Best, Bits256, Lanes(1), Lanes(2), Lanes(4), Lanes(8), Lanes(16)];

/// Arguments of every kind, for comparing back ends.
fn arguments() -> Vec<f64> {
    let mut all =
        vec![0.0, 1.0, INF, NAN, TINY, TINY32, 1e-310, 1e-40, 1e-30, 1e-17, 1e-9, 1e-4, 0.3, 0.5, 0.7];
    all.extend([
        0.9999999, 1.0000001, 1.5, 2.0, 2.5, 3.0, 3.1, 7.0, 10.0, 19.0, 21.0, 88.0, 88.8, 103.9, 104.5,
    ]);
    all.extend([709.7, 709.8, 745.1, 745.2, 1e5, 1e9, 1.1e9, 1e22, 1e38, 3.4e38, 1e300, f64::MAX]);
    // NaN with a payload and with the sign.
    all.push(f64::from_bits(0x7ff8_0000_dead_beef));
    all.extend((1..200).map(|i| f64::from(i) * 0.0371));
    let negative: Vec<f64> = all.iter().map(|x| -x).collect();
    all.extend(negative);
    all
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn same32(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn narrow(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

/// Runs a function on arrays through the interpreter and through compiled code of every width, which
/// must agree.
fn run<T: Element>(name: &str, inputs: &[&[T]]) -> Vec<T> {
    let n = inputs[0].len();
    let (mut expected, mut found) = (vec![T::default(); n], vec![T::default(); n]);
    for registers in REGISTERS {
        let Some(probe) = Probe::new(name, T::DTYPE.register().expect("a float"), registers) else {
            continue;
        };
        if registers == Best {
            probe.interpret(inputs, &mut expected);
        }
        probe.run(inputs, &mut found);
        for at in 0..n {
            let x: Vec<_> = inputs.iter().map(|i| i[at].scalar()).collect();
            let (expected, found) = (expected[at].scalar(), found[at].scalar());
            assert!(expected.same(found), "{name}{x:?} in {registers:?}: {expected:?} and {found:?}");
        }
    }
    expected
}

fn run64(name: &str, inputs: &[&[f64]]) -> Vec<f64> {
    run(name, inputs)
}

fn run32(name: &str, inputs: &[&[f64]]) -> Vec<f32> {
    let inputs: Vec<Vec<f32>> = inputs.iter().map(|x| narrow(x)).collect();
    run(name, &inputs.iter().map(|x| &x[..]).collect::<Vec<_>>())
}

/// Units in the last place between two numbers.
fn distance(a: f64, b: f64) -> u64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        return 0;
    }
    if a.is_sign_negative() != b.is_sign_negative() {
        return u64::MAX;
    }
    a.to_bits().abs_diff(b.to_bits())
}

fn distance32(a: f32, b: f32) -> u64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        return 0;
    }
    if a.is_sign_negative() != b.is_sign_negative() {
        return u64::MAX;
    }
    u64::from(a.to_bits().abs_diff(b.to_bits()))
}

#[test]
fn back_ends_agree_and_lie_beside_the_library() {
    let library: [fn(f64) -> f64; 8] =
        [f64::exp, f64::exp_m1, f64::ln, f64::ln_1p, f64::sin, f64::cos, f64::tan, f64::tanh];
    let x = arguments();
    for (name, library) in NAMES.into_iter().zip(library) {
        for (&x, found) in x.iter().zip(run64(name, &[&x])) {
            let expected = library(x);
            assert!(distance(found, expected) <= 2, "{name}({x:e}) is {found:e}, not {expected:e}");
        }
        for (&x, found) in x.iter().zip(run32(name, &[&x])) {
            let expected = library(f64::from(x as f32)) as f32;
            assert!(distance32(found, expected) <= 2, "{name}({x:e}) is {found:e}, not {expected:e}");
        }
    }
}

#[test]
fn special_points_are_exact() {
    #[rustfmt::skip]
    let table: &[(&str, f64, f64)] = &[
        ("exp", 0.0, 1.0), ("exp", -0.0, 1.0), ("exp", INF, INF), ("exp", -INF, 0.0), ("exp", NAN, NAN),
        ("exp", TINY, 1.0), ("exp", 1e4, INF), ("exp", -1e4, 0.0),
        ("expm1", 0.0, 0.0), ("expm1", -0.0, -0.0), ("expm1", INF, INF), ("expm1", -INF, -1.0),
        ("expm1", NAN, NAN), ("expm1", TINY32, TINY32), ("expm1", -TINY32, -TINY32), ("expm1", -100.0, -1.0),
        ("log", 1.0, 0.0), ("log", 0.0, -INF), ("log", -0.0, -INF), ("log", INF, INF), ("log", -1.0, NAN),
        ("log", -INF, NAN), ("log", NAN, NAN), ("log", -TINY32, NAN),
        ("log1p", 0.0, 0.0), ("log1p", -0.0, -0.0), ("log1p", -1.0, -INF), ("log1p", INF, INF),
        ("log1p", -2.0, NAN), ("log1p", -INF, NAN), ("log1p", NAN, NAN), ("log1p", TINY32, TINY32),
        ("log1p", -TINY32, -TINY32),
        ("sin", 0.0, 0.0), ("sin", -0.0, -0.0), ("sin", INF, NAN), ("sin", -INF, NAN), ("sin", NAN, NAN),
        ("sin", TINY32, TINY32), ("sin", -TINY32, -TINY32),
        ("cos", 0.0, 1.0), ("cos", -0.0, 1.0), ("cos", INF, NAN), ("cos", -INF, NAN), ("cos", NAN, NAN),
        ("cos", TINY32, 1.0),
        ("tan", 0.0, 0.0), ("tan", -0.0, -0.0), ("tan", INF, NAN), ("tan", NAN, NAN), ("tan", TINY32, TINY32),
        ("tanh", 0.0, 0.0), ("tanh", -0.0, -0.0), ("tanh", INF, 1.0), ("tanh", -INF, -1.0),
        ("tanh", NAN, NAN), ("tanh", TINY32, TINY32), ("tanh", -TINY32, -TINY32), ("tanh", 50.0, 1.0),
        ("tanh", -50.0, -1.0),
    ];
    for name in NAMES {
        let rows: Vec<_> = table.iter().filter(|row| row.0 == name).collect();
        let x: Vec<f64> = rows.iter().map(|row| row.1).collect();
        for ((row, wide), short) in rows.iter().zip(run64(name, &[&x])).zip(run32(name, &[&x])) {
            assert!(same(wide, row.2), "{row:?}: {wide:e}");
            assert!(same32(short, row.2 as f32), "{row:?}: {short:e} in float32");
        }
    }
}

/// The corners of C's pow.
#[test]
fn powers_have_the_corners_of_c() {
    #[rustfmt::skip]
    let table: &[(f64, f64, f64)] = &[
        (NAN, 0.0, 1.0), (INF, 0.0, 1.0), (-INF, -0.0, 1.0), (0.0, 0.0, 1.0), (-0.0, -0.0, 1.0), (-2.0, 0.0, 1.0),
        (1.0, NAN, 1.0), (1.0, INF, 1.0), (1.0, -INF, 1.0), (1.0, 1e30, 1.0),
        (-1.0, INF, 1.0), (-1.0, -INF, 1.0), (-1.0, 1e30, 1.0), (-1.0, 3.0, -1.0), (-1.0, 2.0, 1.0),
        (0.0, 3.0, 0.0), (-0.0, 3.0, -0.0), (0.0, 2.0, 0.0), (-0.0, 2.0, 0.0), (-0.0, 0.5, 0.0),
        (0.0, -3.0, INF), (-0.0, -3.0, -INF), (0.0, -2.0, INF), (-0.0, -2.0, INF), (-0.0, -0.5, INF),
        (0.0, INF, 0.0), (-0.0, INF, 0.0), (0.0, -INF, INF), (-0.0, -INF, INF),
        (INF, 2.0, INF), (INF, -2.0, 0.0), (INF, TINY32, INF), (INF, INF, INF), (INF, -INF, 0.0),
        (-INF, 3.0, -INF), (-INF, 2.0, INF), (-INF, 0.5, INF), (-INF, -3.0, -0.0), (-INF, -2.0, 0.0),
        (-INF, -0.5, 0.0), (-INF, INF, INF), (-INF, -INF, 0.0),
        (0.5, INF, 0.0), (0.5, -INF, INF), (2.0, INF, INF), (2.0, -INF, 0.0), (-0.5, INF, 0.0), (-2.0, -INF, 0.0),
        (-0.5, -INF, INF), (-2.0, INF, INF),
        (-2.0, 0.5, NAN), (-1.0, 0.5, NAN), (-2.0, -1.5, NAN), (NAN, 1.0, NAN), (2.0, NAN, NAN), (0.0, NAN, NAN),
        (INF, NAN, NAN), (-INF, NAN, NAN), (NAN, INF, NAN), (NAN, NAN, NAN),
        (2.0, 10.0, 1024.0), (-2.0, 3.0, -8.0), (-2.0, 4.0, 16.0), (-2.0, -3.0, -0.125), (4.0, 0.5, 2.0),
        (10.0, 2.0, 100.0), (3.0, 4.0, 81.0), (2.0, -149.0, 2f64.powi(-149)), (2.0, 127.0, 2f64.powi(127)),
        (2.0, 1e4, INF), (-2.0, 1e4, INF), (-2.0, 10001.0, -INF), (2.0, -1e4, 0.0), (-2.0, -10001.0, -0.0),
        (0.5, 1e30, 0.0), (0.5, -1e30, INF), (2.0, TINY32, 1.0), (0.5, -TINY32, 1.0),
        (TINY32, 1.0, TINY32),
    ];
    let x: Vec<f64> = table.iter().map(|row| row.0).collect();
    let y: Vec<f64> = table.iter().map(|row| row.1).collect();
    let (wide, short) = (run64("pow", &[&x, &y]), run32("pow", &[&x, &y]));
    for ((row, wide), short) in table.iter().zip(wide).zip(short) {
        assert!(same(wide, row.2), "{row:?}: {wide:e}");
        assert!(same32(short, row.2 as f32), "{row:?}: {short:e} in float32");
    }
}

#[test]
fn powers_lie_beside_the_library() {
    let all = arguments();
    let mut x = Vec::new();
    let mut y = Vec::new();
    for (at, &base) in all.iter().enumerate() {
        for k in 0..40 {
            x.push(base);
            y.push(all[(at * 7 + k * 11) % all.len()]);
        }
    }
    for ((&x, &y), found) in x.iter().zip(&y).zip(run64("pow", &[&x, &y])) {
        let expected = x.powf(y);
        assert!(distance(found, expected) <= 2, "{x:e} ** {y:e} is {found:e}, not {expected:e}");
    }
    for ((&x, &y), found) in x.iter().zip(&y).zip(run32("pow", &[&x, &y])) {
        let expected = f64::from(x as f32).powf(f64::from(y as f32)) as f32;
        assert!(distance32(found, expected) <= 2, "{x:e} ** {y:e} is {found:e}, not {expected:e}");
    }
}

/// Several functions of one array in one loop, each an output.
fn program(ops: &[Op], ty: Ty) -> Program {
    let mut body = Body::default();
    let x = body.push(Inst::Load(ViewId(0), Component::Whole), ty);
    let value = |body: &mut Body, op: Op| {
        let operands: &[Value] = if op.arity() == 1 { &[x] } else { &[x, x] };
        body.push(Inst::op(op, operands), ty)
    };
    let results: Vec<Value> = ops.iter().map(|&op| value(&mut body, op)).collect();
    let store = |(at, value)| Store::whole(OutputId(at), value);
    let stores = (0..).zip(results).map(store).collect();
    let output = Output { dtype: ty.dtype(), extent: Extent::Space(SpaceId(0)) };
    let mut program = Program {
        arrays: vec![Array { name: "x".into(), dtype: ty.dtype() }],
        outputs: vec![output; ops.len()],
        loops: vec![Loop { body, stores, ..Loop::default() }],
        ..Program::default()
    }
    .of_one_shape();
    expand(&mut program);
    program
}

#[test]
fn functions_are_written_out_without_remains() {
    for row in OPS.iter().filter(|row| row.op.is_function()) {
        for ty in [Ty::F64, Ty::F32] {
            let program = program(&[row.op], ty);
            verify(&program).unwrap();
            let l = &program.loops[0];
            let mut used = vec![false; l.body.len()];
            l.roots().for_each(|root| used[root.index()] = true);
            for (value, inst, _) in l.body.iter().rev() {
                assert!(used[value.index()], "{} of {ty}: {value:?} is not used\n{program}", row.name);
                inst.operands().iter().for_each(|operand| used[operand.index()] = true);
                assert!(!matches!(inst, Inst::Op(op, _) if op.is_function()), "{}", row.name);
            }
        }
    }
}

#[test]
fn exponents_are_expanded_where_there_are_no_instructions() {
    for op in [Op::Exp, Op::Log, Op::Pow] {
        let program = program(&[op], Ty::F64);
        let mut expanded = program.clone();
        expand_exponents(&mut expanded);
        verify(&expanded).unwrap();
        let any = |program: &Program| {
            let body = &program.loops[0].body;
            body.iter().any(|(_, inst, _)| matches!(inst, Inst::Op(op, _) if op.is_of_exponents()))
        };
        assert!(any(&program) && !any(&expanded), "{program}\n{expanded}");
    }
}

/// A float's neighbours, and itself.
fn around(x: f64) -> [f64; 3] {
    [x.next_down(), x, x.next_up()]
}

fn around32(x: f32) -> [f64; 3] {
    [x.next_down(), x, x.next_up()].map(f64::from)
}

#[test]
fn fractions_and_exponents_agree_on_every_exponent() {
    let mut x: Vec<f64> = (1..=52).map(|bits| f64::from_bits((1 << bits) + 1)).collect();
    let mut short: Vec<f64> = (1..=23).map(|bits| f64::from(f32::from_bits((1 << bits) + 1))).collect();
    for m in [1.0, FRACTIONS_END, 1.9] {
        x.extend((-1074..1024).flat_map(|k| around(scaled(m, k))).filter(|x| *x > 0.0 && x.is_finite()));
        let powers = (-149..128).flat_map(|k| around32(scaled(m, k) as f32));
        short.extend(powers.filter(|x| *x > 0.0 && x.is_finite()));
    }
    let m = run64("fraction", &[&x]);
    let k = run64("exponent", &[&x, &m]);
    for ((x, m), k) in x.iter().zip(m).zip(k) {
        assert!((FRACTIONS_END / 2.0..FRACTIONS_END).contains(&m), "{x:e}: {m}");
        assert_eq!(scaled(m, k as i32), *x, "{x:e}: {m} and {k}");
    }
    let m: Vec<f64> = run32("fraction", &[&short]).into_iter().map(f64::from).collect();
    let k = run32("exponent", &[&short, &m]);
    for ((x, m), k) in short.iter().zip(m).zip(k) {
        assert_eq!(scaled(m, k as i32), *x, "{x:e}: {m} and {k}");
    }
}

#[test]
fn scaling_agrees_over_its_range() {
    for most in [2046, 254] {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for n in -most..=most {
            for m in [0.0, -0.0, 1.0, 1.9999, 0.7072, 1.0 / 1024.0, 1000.0, -1.1, NAN] {
                x.push(m);
                y.push(if m.is_nan() { NAN } else { f64::from(n) });
            }
        }
        if most == 2046 {
            for ((&x, &y), found) in x.iter().zip(&y).zip(run64("scale", &[&x, &y])) {
                assert!(same(found, scaled(x, y as i32)), "{x} {y}: {found:e}");
            }
        } else {
            for ((&x, &y), found) in x.iter().zip(&y).zip(run32("scale", &[&x, &y])) {
                // Exact in float64, and rounded once.
                let expected = scaled(f64::from(x as f32), y as i32) as f32;
                assert!(same32(found, expected), "{x} {y}: {found:e}");
            }
        }
    }
}

/// m 2^k of an m about 1, rounded once: the last factor alone can round.
fn scaled(m: f64, k: i32) -> f64 {
    let first = k.clamp(-1000, 1000);
    let second = (k - first).clamp(-1000, 1000);
    m * 2f64.powi(first) * 2f64.powi(second) * 2f64.powi(k - first - second)
}

#[test]
fn sine_and_cosine_share_their_work() {
    let count = |ops| program(ops, Ty::F64).operations();
    let (one, both) = (count(&[Op::Sin]), count(&[Op::Sin, Op::Cos]));
    assert!(both < one + 12, "{both} operations for both, {one} for one");
}

/// The way to the host's functions leads out of the loop's block and back, with partials on the way.
#[test]
fn huge_angles_can_be_summed() {
    let mut summed = program(&[Op::Sin, Op::Cos], Ty::F64);
    let l = &mut summed.loops[0];
    summed.uniforms = vec![Uniform { ty: Ty::F64, source: UniformSource::Reduced }];
    l.reduces = vec![Reduce { reduction: Reduction::Sum, value: l.stores[0].value, into: UniformId(0) }];
    verify(&summed).unwrap();
    let x: Vec<f64> = (0..5000).map(|i| if i % 700 == 3 { 1e20 } else { f64::from(i) } * 0.37).collect();
    let run = |go: &dyn Fn(&mut Frame<'_>)| {
        let (mut sin, mut cos) = (vec![0f64; x.len()], vec![0f64; x.len()]);
        let mut views = [ArrayViewMut::from(&mut sin), ArrayViewMut::from(&mut cos)];
        let mut frame = Frame::new();
        frame.push_space(&[x.len()]);
        frame.push_view(0, &x.as_slice().into());
        views.iter_mut().for_each(|view| frame.push_output(Some(0), view));
        frame.uniforms.push(0);
        go(&mut frame);
        let sum = frame.uniforms[0];
        (sum, [sin, cos].map(|v| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>()))
    };
    let expected = run(&|frame| interp::run(&summed, frame));
    let clif = [1, 2, 4, 8, 16].map(|lanes| (Wide::No, Some(lanes)));
    for (wide, lanes) in clif.into_iter().chain([(Wide::Bits256, None), (Wide::Bits512, None)]) {
        let Ok(compiler) = Compiler::new(wide) else { continue };
        let code =
            compiler.compile(&Arc::new(summed.clone()), Tuning { lanes, ..Tuning::default() }, None).unwrap();
        let found = run(&|frame| exec::run(&code, frame, &exec::Scratch::default(), None).unwrap());
        assert!(found == expected, "{wide:?} {lanes:?}");
    }
}

#[test]
fn angles_of_any_size_are_right() {
    // From arithmetic of 2400 bits. The third lies beside a multiple of π/2 as no other does.
    let x = [1e22, 1.1e9, 6381956970095103.0 * 2f64.powi(797), f64::MAX];
    let expected: [(&str, [f64; 4]); 3] = [
        ("sin", [-0.8522008497671888, 0.5822570278214425, 1.0, 0.004961954789184062]),
        ("cos", [0.523214785395139, -0.8130047684685128, -4.687165924254628e-19, -0.9999876894265599]),
        ("tan", [-1.6287782256068988, -0.7161791054660869, -2.133485385753704e+18, -0.004962015874444895]),
    ];
    for (name, expected) in expected {
        for ((&x, expected), found) in x.iter().zip(expected).zip(run64(name, &[&x])) {
            assert!(distance(found, expected) <= 1, "{name}({x:e}) is {found:e}, not {expected:e}");
        }
    }
}
