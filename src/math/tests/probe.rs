//! One math function as a program, through the interpreter and through every code there is of it.

use smallvec::SmallVec;

use crate::array::{Element, Elements};
use crate::codegen::code::Code;
use crate::codegen::{Compiler, Tuning, Wide};
use crate::exec::{self, Scratch};
use crate::frame::Frame;
use crate::interp;
use crate::ir::{Array, Body, Extent, Inst, Loop, Output, OutputId, Program, ViewId, verify};
use crate::math;
use crate::ops::{OPS, Op};
use crate::types::DType;

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
    pub(super) fn run<T: Element>(&self, inputs: &[&[T]], output: &mut [T]) {
        exec::run(&self.code, &mut frame(inputs, output), &Scratch::default(), None);
    }

    /// Computes every element by the interpreter.
    pub(super) fn interpret<T: Element>(&self, inputs: &[&[T]], output: &mut [T]) {
        interp::run(&self.program, &mut frame(inputs, output));
    }
}

fn frame<'i, 'o, T: Element>(inputs: &[&'i [T]], output: &'o mut [T]) -> Frame<'i, 'o> {
    let views: SmallVec<[Elements<'i>; 8]> = inputs.iter().map(|x| T::elements(x)).collect();
    let outputs = SmallVec::from_iter([T::elements_mut(output)]);
    Frame { count: views[0].len(), views, uniforms: SmallVec::new(), outputs }
}

/// `op` of as many arrays as it has operands, written out.
fn program(op: Op, dtype: DType) -> Program {
    let mut body = Body::default();
    let operands: Vec<_> =
        (0..op.arity()).map(|at| body.push(Inst::Load(ViewId(at as u32)), dtype)).collect();
    let result = body.push(Inst::op(op, &operands), dtype);
    let mut program = Program {
        arrays: (0..op.arity()).map(|at| Array { name: format!("x{at}"), dtype }).collect(),
        outputs: vec![Output { dtype, extent: Extent::default() }],
        loops: vec![Loop { body, stores: vec![(OutputId(0), result)], ..Loop::default() }],
        ..Program::default()
    }
    .of_one_shape();
    math::expand(&mut program);
    if let Err(what) = verify(&program) {
        panic!("{what}\n{program}");
    }
    program
}
