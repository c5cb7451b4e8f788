//! Programs by hand, and how they are run and compared.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::array::{ArrayView, ArrayViewMut};
use crate::codegen::code::Code;
use crate::codegen::{Compiler, Tuning};
use crate::frame::Frame;
use crate::ir::*;
use crate::ops::{Op, Reduction};
use crate::types::{Component, DType, Ty, Word, with_register_types};
use crate::{exec, interp};

pub fn program(body: Body, arrays: &[Ty], stores: &[Value], reduces: &[(Reduction, Value)]) -> Program {
    let uniforms =
        reduces.iter().map(|&(_, v)| Uniform { ty: body.ty(v), source: UniformSource::Reduced }).collect();
    with_uniforms(body, arrays, uniforms, stores, reduces, 0)
}

pub fn with_uniforms(
    body: Body,
    arrays: &[Ty],
    uniforms: Vec<Uniform>,
    stores: &[Value],
    reduces: &[(Reduction, Value)],
    first_reduced: u32,
) -> Program {
    let extent = Extent::Space(SpaceId(0));
    let program = Program {
        arrays: arrays.iter().map(|&ty| Array { name: "a".into(), dtype: ty.dtype() }).collect(),
        uniforms,
        outputs: stores.iter().map(|&v| Output { dtype: body.ty(v).dtype(), extent }).collect(),
        loops: vec![Loop {
            extent,
            stores: stores.iter().enumerate().map(|(at, &v)| Store::whole(OutputId(at as u32), v)).collect(),
            reduces: reduces
                .iter()
                .enumerate()
                .map(|(at, &(reduction, value))| Reduce {
                    reduction,
                    value,
                    into: UniformId(first_reduced + at as u32),
                })
                .collect(),
            body,
            ..Loop::default()
        }],
        ..Program::default()
    }
    .of_one_shape();
    verify(&program).unwrap();
    program
}

const F: Ty = Ty::F64;

/// a**2 + b**2 + 2*a*b
pub fn headline() -> Program {
    let mut b = Body::default();
    let x = b.push(Inst::Load(ViewId(0), Component::Whole), F);
    let xx = b.push(Inst::op(Op::Mul, &[x, x]), F);
    let y = b.push(Inst::Load(ViewId(1), Component::Whole), F);
    let yy = b.push(Inst::op(Op::Mul, &[y, y]), F);
    let s = b.push(Inst::op(Op::Add, &[xx, yy]), F);
    let two = b.push(Inst::Const(2f64.to_bits()), F);
    let t = b.push(Inst::op(Op::Mul, &[two, x]), F);
    let t = b.push(Inst::op(Op::Mul, &[t, y]), F);
    let r = b.push(Inst::op(Op::Add, &[s, t]), F);
    program(b, &[F, F], &[r], &[])
}

/// The loop of `first`, the sum of its first array, then one that takes its mean from that array.
pub fn centred(first: &Program) -> Program {
    let mut p = first.clone();
    let ty = register(p.arrays[0].dtype);
    let sum = UniformId(p.uniforms.len() as u32);
    let count = UniformId(sum.0 + 1);
    p.uniforms.push(Uniform { ty, source: UniformSource::Reduced });
    p.uniforms.push(Uniform { ty: Ty::I64, source: UniformSource::Size(SpaceId(0)) });
    let value = (p.loops[0].body.iter())
        .find_map(|(v, inst, _)| (inst == Inst::Load(ViewId(0), Component::Whole)).then_some(v))
        .expect("it loads its first array");
    p.loops[0].reduces.push(Reduce { reduction: Reduction::Sum, value, into: sum });
    for extent in [Extent::Once, Extent::Space(SpaceId(0))] {
        let mut b = Body::default();
        let s = b.push(Inst::Uniform(sum), ty);
        let s = if ty == F { s } else { b.push(Inst::op(Op::Convert, &[s]), F) };
        let n = b.push(Inst::Uniform(count), Ty::I64);
        let n = b.push(Inst::op(Op::Convert, &[n]), F);
        let mut r = b.push(Inst::op(Op::Div, &[s, n]), F);
        if extent == Extent::Space(SpaceId(0)) {
            let x = b.push(Inst::Load(ViewId(0), Component::Whole), ty);
            let x = if ty == F { x } else { b.push(Inst::op(Op::Convert, &[x]), F) };
            r = b.push(Inst::op(Op::Sub, &[x, r]), F);
        }
        let output = OutputId(p.outputs.len() as u32);
        p.outputs.push(Output { dtype: F.dtype(), extent });
        p.loops.push(Loop { extent, body: b, stores: vec![Store::whole(output, r)], ..Loop::default() });
    }
    verify(&p).unwrap();
    p
}

/// Elements for tests: small and large numbers, specials, ties.
pub fn data(ty: Ty, n: usize, seed: u64) -> Vec<Word> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    const SPECIAL: [f64; 14] = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        2147483648.0,
        -2147483649.0,
        9.3e18,
        i64::MIN as f64,
        1e300,
        0.5,
        2.5,
    ];
    const INTS: [i64; 12] =
        [0, 1, -1, 31, 32, 63, 64, -64, i64::MAX, i64::MIN, i32::MAX as i64, i32::MIN as i64];
    (0..n)
        .map(|_| {
            let bits = next();
            let pick = (next() >> 20) as usize;
            match (ty, next() >> 33 & 3) {
                (Ty::Bool, _) => Word::Bool(bits >> 40 & 1 == 1),
                (Ty::I32 | Ty::I64, 0) => Word::int(INTS[pick % INTS.len()], ty),
                (Ty::I32 | Ty::I64, 1) => Word::int((bits % 130) as i64 - 65, ty),
                (Ty::I32 | Ty::I64, _) => Word::int(bits as i64, ty),
                (_, 0) => Word::float(SPECIAL[pick % SPECIAL.len()], ty),
                (_, 1) => Word::float((bits >> 50) as f64 / 4.0 - 2000.0, ty),
                (_, _) => Word::float((bits as i64) as f64 / (1u64 << (pick % 62)) as f64, ty),
            }
        })
        .collect()
}

macro_rules! columns {
    ($($variant:ident $rust:ident $dtype:ident),*) => {
        /// Typed memory of a stream.
        pub enum Column {
            $($variant(Vec<$rust>),)*
        }

        impl Column {
            pub fn new(ty: Ty, values: &[Word]) -> Column {
                match ty {
                    $(Ty::$variant => Column::$variant(values.iter().map(|v| match v {
                        Word::$variant(v) => *v,
                        _ => panic!("another type"),
                    }).collect()),)*
                }
            }
            pub fn view(&self) -> ArrayView<'_> {
                match self { $(Column::$variant(v) => v.as_slice().into(),)* }
            }
            pub fn view_mut(&mut self) -> ArrayViewMut<'_> {
                match self { $(Column::$variant(v) => v.into(),)* }
            }
            pub fn get(&self, at: usize) -> Word {
                match self { $(Column::$variant(v) => Word::$variant(v[at]),)* }
            }
        }
    };
}
with_register_types!(columns!);

fn register(dtype: DType) -> Ty {
    dtype.register().expect("these programs know no pairs")
}

/// Outputs and uniforms after a run.
pub fn run(
    program: &Program,
    code: Option<&Code>,
    arrays: &[Column],
    uniforms: &[u64],
    n: usize,
) -> (Vec<Column>, Vec<u64>) {
    let count = |o: &Output| if o.extent == Extent::Once { 1 } else { n };
    let zero = |d: Ty, n: usize| Column::new(d, &vec![Word::from_bits(d, 0); n]);
    let mut outputs: Vec<Column> =
        program.outputs.iter().map(|o| zero(register(o.dtype), count(o))).collect();
    let mut views: Vec<_> = outputs.iter_mut().map(Column::view_mut).collect();
    let mut frame = Frame::new();
    frame.push_space(&[n]);
    arrays.iter().for_each(|column| assert!(frame.push_view(0, &column.view())));
    for (view, o) in views.iter_mut().zip(&program.outputs) {
        frame.push_output((o.extent != Extent::Once).then_some(0), view);
    }
    frame.uniforms = SmallVec::from_slice(uniforms);
    match code {
        Some(code) => exec::run(code, &mut frame, &Default::default(), None).unwrap(),
        None => interp::run(program, &mut frame),
    }
    let uniforms = frame.uniforms.to_vec();
    (outputs, uniforms)
}

pub fn check(compiler: &Compiler, program: &Program, n: usize, seed: u64) {
    let code = compiler.compile(&Arc::new(program.clone()), Tuning::default(), None).unwrap();
    check_code(&code, program, n, seed);
}

/// Runs `program` on `n` elements here and in the interpreter: every bit must be the same.
pub fn check_code(code: &Code, program: &Program, n: usize, seed: u64) {
    let arrays: Vec<Column> = (program.arrays.iter().zip(seed..))
        .map(|(a, seed)| Column::new(register(a.dtype), &data(register(a.dtype), n, seed)))
        .collect();
    let uniforms: Vec<u64> = (program.uniforms.iter().zip(seed + 100..))
        .map(|(u, seed)| data(u.ty, 1, seed)[0].to_bits())
        .collect();
    let (expected, expected_uniforms) = run(program, None, &arrays, &uniforms, n);
    let (found, found_uniforms) = run(program, Some(code), &arrays, &uniforms, n);
    for (o, (e, f)) in expected.iter().zip(&found).enumerate() {
        let count = if program.outputs[o].extent == Extent::Once { 1 } else { n };
        for at in 0..count {
            if !e.get(at).same(f.get(at)) {
                let inputs: Vec<_> = arrays.iter().map(|a| a.get(at)).collect();
                panic!(
                    "o{o}[{at}] of {n}: {:?}, not {:?}; inputs {inputs:?}, uniforms {uniforms:?}\n{program}",
                    f.get(at),
                    e.get(at)
                );
            }
        }
    }
    for (at, u) in program.uniforms.iter().enumerate() {
        let (e, f) =
            (Word::from_bits(u.ty, expected_uniforms[at]), Word::from_bits(u.ty, found_uniforms[at]));
        assert!(e.same(f), "u{at} of {n}: {f:?}, not {e:?}\n{program}");
    }
}
