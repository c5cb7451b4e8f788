//! One math function as a program, through the interpreter and through every code there is of it.

use std::sync::Arc;

use crate::array::{ArrayViewMut, Element};
use crate::codegen::code::Code;
use crate::codegen::{Compiler, Tuning, Wide};
use crate::exec::{self, Scratch};
use crate::frame::Frame;
use crate::interp;
use crate::ir::{Array, Body, Extent, Inst, Loop, Output, OutputId, Program, Store, ViewId, verify};
use crate::math;
use crate::ops::{OPS, Op};
use crate::types::{Component, Ty};

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

/// A function of one or two arrays, expanded and compiled.
pub(super) struct Probe {
    program: Arc<Program>,
    code: Code,
}

impl Probe {
    /// The primitive called `name`; `None` where the machine lacks the registers.
    ///
    /// # Panics
    /// Where there is no such function, or its code cannot be made.
    pub(super) fn new(name: &str, ty: Ty, registers: Registers) -> Option<Probe> {
        let op = OPS.iter().find(|row| row.name == name).expect("a primitive").op;
        let program = Arc::new(program(op, ty));
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
        run(inputs, output, |frame| exec::run(&self.code, frame, &Scratch::default(), None).unwrap());
    }

    /// Computes every element by the interpreter.
    pub(super) fn interpret<T: Element>(&self, inputs: &[&[T]], output: &mut [T]) {
        run(inputs, output, |frame| interp::run(&self.program, frame));
    }
}

fn run<T: Element>(inputs: &[&[T]], output: &mut [T], go: impl FnOnce(&mut Frame<'_>)) {
    let mut view = ArrayViewMut::from(output);
    let mut frame = Frame::new();
    frame.push_space(view.shape());
    inputs.iter().for_each(|&x| assert!(frame.push_view(0, &x.into())));
    frame.push_output(Some(0), &mut view);
    go(&mut frame);
}

/// `op` of as many arrays as it has operands, expanded.
fn program(op: Op, ty: Ty) -> Program {
    let mut body = Body::default();
    let operands: Vec<_> =
        (0..op.arity()).map(|at| body.push(Inst::Load(ViewId(at as u32), Component::Whole), ty)).collect();
    let result = body.push(Inst::op(op, &operands), ty);
    let mut program = Program {
        arrays: (0..op.arity()).map(|at| Array { name: format!("x{at}"), dtype: ty.dtype() }).collect(),
        outputs: vec![Output { dtype: ty.dtype(), extent: Extent::default() }],
        loops: vec![Loop { body, stores: vec![Store::whole(OutputId(0), result)], ..Loop::default() }],
        ..Program::default()
    }
    .of_one_shape();
    math::expand(&mut program);
    if let Err(what) = verify(&program) {
        panic!("{what}\n{program}");
    }
    program
}
