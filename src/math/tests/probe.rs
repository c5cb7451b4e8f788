//! One math function as a program, through the interpreter and through every code there is of it.

use smallvec::SmallVec;

use crate::array::{Elements, ElementsMut};
use crate::codegen::code::Code;
use crate::codegen::{Compiler, Tuning, Wide};
use crate::dtype::DType;
use crate::exec::{self, Scratch};
use crate::frame::Frame;
use crate::interp;
use crate::ir::{Array, ArrayId, Body, Extent, Inst, Loop, Output, OutputId, Program, verify};
use crate::math;
use crate::op::{OPS, Op};

/// The registers that code uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registers {
    /// The widest there are.
    Best,
    /// 256 bits.
    Bits256,
    /// Cranelift's, in groups of so many lanes; 1 is scalar code.
    Lanes(usize),
}

/// A function of one or two arrays, written out and compiled.
pub(super) struct Probe {
    program: Program,
    code: Code,
}

impl Probe {
    /// The primitive called `name`; `None` where the machine lacks the registers.
    ///
    /// # Panics
    /// Where there is no such function, or its code cannot be made.
    pub(super) fn new(name: &str, dtype: DType, registers: Registers) -> Option<Probe> {
        let op = OPS.iter().find(|row| row.name == name).expect("a primitive").op;
        let program = program(op, dtype);
        let (wide, lanes) = match registers {
            Registers::Best => (Wide::Best, None),
            Registers::Bits256 => (Wide::Bits256, None),
            Registers::Lanes(lanes) => (Wide::No, Some(lanes)),
        };
        let compiler = Compiler::new(wide).ok()?;
        let tuning = Tuning { lanes, ..Tuning::default() };
        let code = compiler.compile(&program, tuning, None).expect("code");
        Some(Probe { program, code })
    }

    /// Computes every element by compiled code.
    pub(super) fn run64(&self, inputs: &[&[f64]], output: &mut [f64]) {
        let inputs = inputs.iter().map(|x| Elements::Float64(x));
        self.run(inputs, ElementsMut::Float64(output), true);
    }

    /// Computes every element by compiled code.
    pub(super) fn run32(&self, inputs: &[&[f32]], output: &mut [f32]) {
        let inputs = inputs.iter().map(|x| Elements::Float32(x));
        self.run(inputs, ElementsMut::Float32(output), true);
    }

    /// Computes every element by the interpreter.
    pub(super) fn interpret64(&self, inputs: &[&[f64]], output: &mut [f64]) {
        let inputs = inputs.iter().map(|x| Elements::Float64(x));
        self.run(inputs, ElementsMut::Float64(output), false);
    }

    /// Computes every element by the interpreter.
    pub(super) fn interpret32(&self, inputs: &[&[f32]], output: &mut [f32]) {
        let inputs = inputs.iter().map(|x| Elements::Float32(x));
        self.run(inputs, ElementsMut::Float32(output), false);
    }

    fn run<'i, 'o>(
        &self,
        inputs: impl Iterator<Item = Elements<'i>>,
        output: ElementsMut<'o>,
        compiled: bool,
    ) {
        let arrays: SmallVec<[Elements<'i>; 8]> = inputs.collect();
        let outputs = SmallVec::from_iter([output]);
        let mut frame = Frame { count: arrays[0].len(), arrays, uniforms: SmallVec::new(), outputs };
        if compiled {
            exec::run(&self.code, &mut frame, &Scratch::default(), None);
        } else {
            interp::run(&self.program, &mut frame);
        }
    }
}

/// `op` of as many arrays as it has operands, written out.
fn program(op: Op, dtype: DType) -> Program {
    let mut body = Body::default();
    let operands: Vec<_> =
        (0..op.arity()).map(|at| body.push(Inst::Load(ArrayId(at as u32)), dtype)).collect();
    let result = body.push(Inst::op(op, &operands), dtype);
    let mut program = Program {
        arrays: (0..op.arity()).map(|at| Array { name: format!("x{at}"), dtype }).collect(),
        outputs: vec![Output { dtype, extent: Extent::Elements }],
        loops: vec![Loop {
            extent: Extent::Elements,
            body,
            stores: vec![(OutputId(0), result)],
            reduces: vec![],
        }],
        ..Program::default()
    };
    math::expand(&mut program);
    if let Err(what) = verify(&program) {
        panic!("{what}\n{program}");
    }
    program
}
