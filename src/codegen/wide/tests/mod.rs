//! The wide generator against the interpreter, and its bytes against another decoder.

mod patterns;
mod programs;
mod random;
mod speed;

use std::sync::Arc;

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

use super::*;
use crate::codegen::{Compiler, Tuning, Wide};
use crate::ir::{Body, Uniform, UniformId, UniformSource, ViewId};
use crate::opt::legal::legalize;
use programs::{check, check_code};

/// A compiler for each width that is here.
fn compilers() -> Vec<(Width, Compiler)> {
    let widths = [(Wide::Bits256, Width::Bits256), (Wide::Bits512, Width::Bits512)];
    let here = |(wide, width): (Wide, Width)| match width.is_here() {
        true => Some((width, Compiler::new(wide).unwrap())),
        false => {
            println!("skipped: {width:?} is not here");
            None
        }
    };
    widths.into_iter().filter_map(here).collect()
}

#[test]
fn headline() {
    for (_, compiler) in compilers() {
        for n in [0, 1, 5, 31, 32, 33, 130, 16384, 16385] {
            check(&compiler, &programs::headline(), n, 7);
        }
    }
}

#[test]
fn each_operation_gives_the_interpreters_bits() {
    for (width, compiler) in compilers() {
        for program in random::each(width) {
            let code = compiler.compile(&Arc::new(program.clone()), Tuning::default(), None).unwrap();
            check_code(&code, &program, 300, 3);
            check_code(&code, &program, 77, 4);
        }
    }
}

#[test]
fn random_programs_give_the_interpreters_bits() {
    let compilers = compilers();
    arbtest::arbtest(|u| {
        for (width, compiler) in &compilers {
            let program = random::program(u, *width)?;
            let code = compiler.compile(&Arc::new(program.clone()), Tuning::default(), None).unwrap();
            check_bytes(*width, &program);
            for _ in 0..3 {
                check_code(&code, &program, u.int_in_range(0..=130)?, u.int_in_range(0..=1000)?);
            }
            if u.ratio(1, 10)? {
                let n = *u.choose(&[16383, 16384, 16385, 32769])?;
                check_code(&code, &program, n, 1);
            }
        }
        Ok(())
    })
    .size_min(1000)
    .size_max(20_000)
    .budget_ms(if cfg!(debug_assertions) { 3_000 } else { 10_000 });
}

#[test]
fn large_results_are_stored_past_the_caches_with_the_same_bits() {
    use crate::ops::Op;
    let mut body = Body::default();
    let x = body.push(Inst::Load(ViewId(0), Component::Whole), Ty::F64);
    let y = body.push(Inst::op(Op::Sqrt, &[x]), Ty::F64);
    let z = body.push(Inst::op(Op::Convert, &[y]), Ty::F32);
    let mixed = programs::program(body, &[Ty::F64], &[z, y], &[]);
    for (_, compiler) in compilers() {
        let n = crate::exec::STREAMING_FROM_BYTES / 8 + 77;
        check(&compiler, &programs::headline(), n, 1);
        check(&compiler, &mixed, n, 2);
    }
}

#[test]
fn loops_read_ahead_where_the_core_likes_it() {
    use crate::ops::{Op, Reduction};
    let mut body = Body::default();
    let x = body.push(Inst::Load(ViewId(0), Component::Whole), Ty::F64);
    let y = body.push(Inst::op(Op::Mul, &[x, x]), Ty::F64);
    let sum = programs::program(body, &[Ty::F64], &[], &[(Reduction::Sum, y)]);
    for (width, _) in compilers() {
        for ahead in [None, Some(1024)] {
            let generator = Generator { ahead, ..Generator::new(width) };
            for (program, stores) in [(&sum, false), (&programs::headline(), true)] {
                let code = bytes_of(&generator, program);
                let asked = instructions(&code).into_iter().filter(|i| i.mnemonic() == Mnemonic::Prefetcht0);
                let distances: Vec<i64> = asked.map(|i| i.memory_displacement64() as i64).collect();
                assert_eq!(distances.is_empty(), ahead.is_none());
                assert!(distances.iter().all(|&at| at >= 1024 && at % 64 == 0));
                // A loop that neither stores nor reads ahead has no second function.
                assert_eq!(code.functions().len(), if stores || ahead.is_some() { 2 } else { 1 });
            }
        }
    }
}

#[test]
fn divisions_give_the_same_as_those_of_cranelift() {
    use crate::ops::Op;
    let mut body = Body::default();
    let x = body.push(Inst::Load(ViewId(0), Component::Whole), Ty::I32);
    let y = body.push(Inst::Load(ViewId(1), Component::Whole), Ty::I32);
    let z = body.push(Inst::op(Op::FloorDiv, &[x, y]), Ty::I32);
    let divides = programs::program(body, &[Ty::I32; 2], &[z], &[]);
    // A machine without wide registers does the same with all loops.
    let mut compilers: Vec<Compiler> = compilers().into_iter().map(|(_, c)| c).collect();
    compilers.extend([Compiler::new(Wide::No).unwrap(), Compiler::new(Wide::Best).unwrap()]);
    for compiler in compilers {
        for program in [&divides, &programs::headline(), &programs::centred(&divides)] {
            check(&compiler, program, 130, 5);
            check(&compiler, program, 33_000, 5);
        }
    }
}

#[test]
fn choices_by_order_are_those_of_the_interpreter() {
    use crate::ops::Op;
    for (width, compiler) in compilers() {
        for ty in [Ty::I32, Ty::F32, Ty::F64] {
            for op in [Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Eq] {
                for [x, y] in [[0, 1], [1, 0], [0, 2], [2, 0], [2, 2]] {
                    let mut body = Body::default();
                    let load = |body: &mut Body, at| body.push(Inst::Load(ViewId(at), Component::Whole), ty);
                    let a = load(&mut body, 0);
                    let b = load(&mut body, 1);
                    let zero = body.push(Inst::Const(0), ty);
                    let of = [a, b, zero];
                    let c = body.push(Inst::op(op, &[a, b]), Ty::Bool);
                    let z = body.push(Inst::op(Op::Select, &[c, of[x], of[y]]), ty);
                    let c = body.push(Inst::op(op, &[a, zero]), Ty::Bool);
                    let w = body.push(Inst::op(Op::Select, &[c, of[x], of[y]]), ty);
                    let program = programs::program(body, &[ty; 2], &[z, w, c], &[]);
                    check_bytes(width, &program);
                    check(&compiler, &program, 500, 9);
                }
            }
        }
    }
}

#[test]
fn the_host_is_called_beside_partials_in_registers_and_before_the_loop() {
    use crate::ops::{Op, Reduction};
    for ty in [Ty::F32, Ty::F64] {
        let mut body = Body::default();
        let x = body.push(Inst::Load(ViewId(0), Component::Whole), ty);
        let u = body.push(Inst::Uniform(UniformId(0)), ty);
        let once = body.push(Inst::op(Op::CosFar, &[u, u]), ty);
        let each = body.push(Inst::op(Op::SinFar, &[x, x]), ty);
        let sum = body.push(Inst::op(Op::Add, &[each, once]), ty);
        let uniform = |source| Uniform { ty, source };
        let uniforms = vec![
            uniform(UniformSource::Param {
                name: "u".into(),
                dtype: ty.dtype(),
                component: Component::Whole,
            }),
            uniform(UniformSource::Reduced),
        ];
        let reduces = [(Reduction::Sum, sum)];
        let program = programs::with_uniforms(body, &[ty], uniforms, &[], &reduces, 1);
        for (width, compiler) in compilers() {
            assert!(
                Plan::new(&program.loops[0], &plan::streams(&program.loops[..1], width), width)
                    .register_partials
            );
            check_bytes(width, &program);
            for seed in 0..20 {
                check(&compiler, &program, 1000, seed);
            }
        }
    }
}

#[test]
fn a_large_frame_touches_every_page_of_the_stack() {
    use crate::ops::Op;
    // All values wait for the second half of the body.
    let mut body = Body::default();
    let mut values = vec![body.push(Inst::Load(ViewId(0), Component::Whole), Ty::F64)];
    for at in 0..400 {
        values.push(body.push(Inst::op(Op::Sqrt, &[values[at]]), Ty::F64));
    }
    let mut sum = values[400];
    for &value in &values[..400] {
        sum = body.push(Inst::op(Op::Sub, &[sum, value]), Ty::F64);
    }
    let program = programs::program(body, &[Ty::F64], &[sum], &[]);
    for (width, compiler) in compilers() {
        let code = bytes(width, &program);
        let is = |inst: &&Instruction, mnemonic| {
            inst.mnemonic() == mnemonic && inst.op0_register() == Register::RSP
        };
        let all = instructions(&code);
        let frame = all.iter().find(|inst| is(inst, Mnemonic::Sub)).unwrap().immediate(1);
        let touched =
            all.iter().filter(|inst| inst.mnemonic() == Mnemonic::Mov && inst.op0_kind() == OpKind::Memory);
        let places: Vec<u64> = touched.map(|inst| frame - inst.memory_displacement64()).collect();
        assert!(frame > 2 * 4096);
        assert_eq!(places, (1..=frame / 4096).map(|page| page * 4096).collect::<Vec<_>>());
        check(&compiler, &program, 100, 1);
    }
}

#[test]
fn a_call_of_the_host_saves_every_register_where_it_is_restored_from() {
    use crate::ops::Op;
    let mut body = Body::default();
    let x = body.push(Inst::Load(ViewId(0), Component::Whole), Ty::F64);
    let y = body.push(Inst::op(Op::SinFar, &[x, x]), Ty::F64);
    let program = programs::program(body, &[Ty::F64], &[y], &[]);
    for (width, _) in compilers() {
        let code = bytes(width, &program);
        let (mut saved, mut restored) = (Vec::new(), Vec::new());
        for inst in instructions(&code) {
            if inst.memory_base() != Register::RSP || inst.mnemonic() == Mnemonic::Lea {
                continue;
            }
            match inst.op0_kind() {
                OpKind::Memory => saved.push((inst.op1_register(), inst.memory_displacement64())),
                _ => restored.push((inst.op0_register(), inst.memory_displacement64())),
            }
        }
        let vectors = (0..width.registers()).map(|at| match width {
            Width::Bits256 => Register::YMM0 + at as u32,
            Width::Bits512 => Register::ZMM0 + at as u32,
        });
        let masks = (1..8).filter(|_| width.evex()).map(|at| Register::K0 + at);
        // The routine is what pushes last; it ends with `ret` before the first stub.
        let of = |mnemonic| {
            let all = instructions(&code);
            let registers =
                all.iter().filter(|inst| inst.mnemonic() == mnemonic).map(|inst| inst.op0_register());
            registers.collect::<Vec<_>>()
        };
        use Register::*;
        for caller_saved in [RCX, RDX, RSI, RDI, R8, R9, R10, R11] {
            assert!(of(Mnemonic::Push).contains(&caller_saved) && of(Mnemonic::Pop).contains(&caller_saved));
        }
        let mut places = std::collections::HashSet::new();
        for register in vectors.chain(masks) {
            let place = saved.iter().find(|(of, at)| *of == register && restored.contains(&(register, *at)));
            assert!(places.insert(place.expect("it comes back").1), "{register:?} shares its place");
        }
    }
}

/// Decodes what the program becomes: no instruction is unknown, and memory is reached only
/// through the registers that may hold its bases.
fn check_bytes(width: Width, program: &Program) {
    let code = bytes(width, program);
    let functions = code.functions();
    for inst in instructions(&code) {
        assert!(!inst.is_invalid(), "at {:x} of\n{program}", inst.ip());
        let function = functions.iter().find(|f| f.contains(&(inst.ip() as usize))).unwrap();
        let target = inst.near_branch_target() as usize;
        assert!(target == 0 || function.contains(&target), "{inst} leaves its function");
        for operand in 0..inst.op_count() {
            let reaches = ![Mnemonic::Nop, Mnemonic::Lea].contains(&inst.mnemonic());
            if inst.op_kind(operand) != OpKind::Memory || !reaches {
                continue;
            }
            use Register::*;
            let bases = [RDI, RSI, RSP, RBP, RAX, RBX, R9, R10, R11, R12, R13, R14, R15, RIP];
            assert!(bases.contains(&inst.memory_base()), "{inst}");
            assert!([None, RCX, R8].contains(&inst.memory_index()), "{inst}");
            if inst.memory_base() == RIP {
                let place = inst.ip_rel_memory_address() as usize;
                assert!(place >= function.end && place < code.bytes.len(), "{inst}");
            }
        }
        // A function ends there, or with the last of its cold calls.
        let ends = [Mnemonic::Ret, Mnemonic::Jmp].contains(&inst.mnemonic());
        assert!(ends || inst.next_ip() as usize != function.end);
    }
}

/// The code of every loop of the program.
fn bytes(width: Width, program: &Program) -> encode::Assembler {
    bytes_of(&Generator::new(width), program)
}

fn bytes_of(generator: &Generator, program: &Program) -> encode::Assembler {
    let mut workspace = Workspace::default();
    let program = legalize(program, generator.target());
    for pieces in program.whole_loops() {
        let streams = plan::streams(pieces, generator.width);
        for l in pieces {
            assert!(generator.takes(l));
            generator.compile_piece(&program, l, &streams, &mut workspace);
        }
    }
    workspace.code
}

fn instructions(code: &encode::Assembler) -> Vec<Instruction> {
    let decode = |function: &std::ops::Range<usize>| {
        let mut decoder = Decoder::with_ip(64, &code.bytes[..function.end], 0, DecoderOptions::NONE);
        decoder.set_position(function.start).unwrap();
        decoder.set_ip(function.start as u64);
        decoder.into_iter().collect::<Vec<_>>()
    };
    code.functions().iter().flat_map(decode).collect()
}
