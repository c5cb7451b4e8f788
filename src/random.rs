//! Random well-typed programs and elements with awkward values, from a seed; for tests.

pub(crate) mod func;

use crate::array::{Array, Element, Visitor};
use crate::frame::Frame;
use crate::ir::{
    self, Body, Extent, Inst, Loop, Output, OutputId, Program, Reduce, SpaceId, Store, Uniform, UniformId,
    UniformSource, Value, ViewId,
};
use crate::ops::{OPS, Op, Reduction};
use crate::types::{Component, DType, Ty, Word};

/// A small generator of pseudo-random numbers (splitmix64).
pub(crate) struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A value of a type: special, small, or of any bits.
    pub fn scalar(&mut self, ty: Ty) -> Word {
        let special = match ty {
            Ty::Bool => return Word::Bool(self.chance(50)),
            Ty::F32 => {
                let bits =
                    [0u32, 1 << 31, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 1, 0x0080_0000, 0x7f7f_ffff];
                Word::F32(f32::from_bits(self.pick(&bits)))
            }
            Ty::F64 => {
                let bits =
                    [0, 1 << 63, 0x7ff << 52, 0xfff << 52, 0x7ff8 << 48, 1, 1 << 52, (0x7ff << 52) - 1];
                Word::F64(f64::from_bits(self.pick(&bits)))
            }
            Ty::I8 | Ty::I16 | Ty::I32 | Ty::I64 | Ty::U8 | Ty::U16 | Ty::U32 | Ty::U64 => {
                let top = 1u64 << (ty.bits() - 1);
                let bits = match self.below(3) {
                    0 => self.pick(&[top, top - 1, u64::MAX]),
                    1 => 1 << self.below(ty.bits() as usize),
                    _ => self.next(),
                };
                Word::from_bits(ty, bits)
            }
        };
        match self.below(4) {
            0 => special,
            1 => Word::from_bits(ty, self.next()),
            2 => Word::int(self.below(9) as i64 - 4, ty),
            _ => Word::float((self.below(2001) as f64 - 1000.0) / 8.0, ty),
        }
    }
}

/// Types that every generator computes with; half of the programs are of these alone.
const COMMON: [Ty; 5] = [Ty::Bool, Ty::I32, Ty::I64, Ty::F32, Ty::F64];

/// Two arrays and a uniform of each type, then a loop of about `length` instructions that reduces some
/// and stores others, and one that runs once on what was reduced. Powers are of integers alone.
pub(crate) fn program(r: &mut Random, length: usize) -> Program {
    let mut program = Program::default();
    let param = |at: usize| format!("p{at}");
    let types: &[Ty] = if r.chance(50) { &Ty::ALL } else { &COMMON };
    for at in 0..2 * types.len() {
        program.arrays.push(ir::Array { name: param(at), dtype: types[at / 2].dtype() });
    }
    for (at, &ty) in types.iter().enumerate() {
        let source = UniformSource::Param { name: param(at), dtype: ty.dtype(), component: Component::Whole };
        program.uniforms.push(Uniform { ty, source });
    }
    let mut program = program.of_one_shape();
    let elements = Extent::Space(SpaceId(0));
    let first = body(r, types, &program, elements, length);
    let mut reduces = Vec::new();
    for _ in 0..r.below(4) {
        let value = Value(r.below(first.len()) as u32);
        if first.ty(value) != Ty::Bool && !first.ty(value).is_narrow() {
            let reduction = r.pick(&[Reduction::Sum, Reduction::Prod, Reduction::Min, Reduction::Max]);
            let into = UniformId(program.uniforms.len() as u32);
            program.uniforms.push(Uniform { ty: first.ty(value), source: UniformSource::Reduced });
            reduces.push(Reduce { reduction, value, into });
        }
    }
    finish(r, &mut program, elements, first, reduces);
    let once = body(r, types, &program, Extent::Once, length / 4 + 1);
    finish(r, &mut program, Extent::Once, once, Vec::new());
    program
}

/// Adds the loop over `body`, with outputs for its last value and some others.
fn finish(r: &mut Random, program: &mut Program, extent: Extent, body: Body, reduces: Vec<Reduce>) {
    let mut stores = Vec::new();
    for at in 0..1 + r.below(3) {
        let last = body.len() - 1;
        let value = Value(if at == 0 { last } else { r.below(body.len()) } as u32);
        let output = OutputId(program.outputs.len() as u32);
        stores.push(Store::whole(output, value));
        program.outputs.push(Output { dtype: body.ty(value).dtype(), extent });
    }
    program.loops.push(Loop { extent, body, stores, reduces, ..Loop::default() });
}

fn body(r: &mut Random, types: &[Ty], program: &Program, extent: Extent, length: usize) -> Body {
    let mut body = Body::default();
    if extent != Extent::Once {
        for (at, array) in program.arrays.iter().enumerate() {
            let ty = array.dtype.register().expect("random programs know no pairs");
            body.push(Inst::Load(ViewId(at as u32), Component::Whole), ty);
        }
    }
    for (at, uniform) in program.uniforms.iter().enumerate() {
        body.push(Inst::Uniform(UniformId(at as u32)), uniform.ty);
    }
    while body.len() < length + program.arrays.len() + program.uniforms.len() {
        if r.chance(20) {
            let ty = r.pick(types);
            let bits = r.scalar(ty).to_bits();
            body.push(Inst::Const(bits), ty);
        } else {
            operation(r, types, &mut body);
        }
    }
    body
}

/// A value of a type, more often a late one; there is one of each.
fn operand(r: &mut Random, body: &Body, ty: Ty) -> Value {
    let late = body.len().saturating_sub(12);
    for attempt in 0.. {
        let from = if attempt < 8 { late } else { 0 };
        let value = Value((from + r.below(body.len() - from)) as u32);
        if body.ty(value) == ty {
            return value;
        }
    }
    unreachable!()
}

fn operation(r: &mut Random, types: &[Ty], body: &mut Body) {
    let info = r.pick(OPS);
    let kinds: Vec<Ty> = types.iter().copied().filter(|ty| info.operands.has(ty.kind())).collect();
    let ty = r.pick(&kinds);
    // Math functions mean their expansions into the others, which are long; what works on exponents has the same
    // bits everywhere for some operands alone.
    if info.op.is_of_exponents() || info.op.is_function() && ty.is_float() {
        return;
    }
    let mut operands: Vec<Value> = (0..info.arity).map(|_| operand(r, body, ty)).collect();
    match info.op {
        op if op.is_choice() => operands[0] = operand(r, body, Ty::Bool),
        // The rules about these look for constants.
        Op::Pow | Op::Shl | Op::Shr | Op::Ushr if r.chance(60) => {
            let bits = Word::int(r.below(80) as i64 - 4, ty).to_bits();
            operands[1] = body.push(Inst::Const(bits), ty);
        }
        _ if info.arity == 2 && r.chance(30) => {
            let bits = r.scalar(ty).to_bits();
            operands[r.below(2)] = body.push(Inst::Const(bits), ty);
        }
        _ => {}
    }
    if let Some(result) = result(info.op, ty, || r.pick(types)) {
        body.push(Inst::op(info.op, &operands), result);
    }
}

/// The type of what `op` makes of operands of type `ty`, of a conversion the one that is picked; `None` where there is no such
/// operation.
fn result(op: Op, ty: Ty, pick: impl FnOnce() -> Ty) -> Option<Ty> {
    match op {
        Op::Convert => Some(pick()).filter(|&to| to != ty && to != Ty::Bool),
        Op::Bitcast => ty.same_size(),
        _ => Some(op.result(ty)),
    }
}

/// The memory of a run of such a program.
pub(crate) struct RunMemory {
    pub count: usize,
    pub arrays: Vec<Array>,
    pub uniforms: Vec<u64>,
    pub outputs: Vec<Array>,
    /// The space of each output, if it has more than one element.
    spaces: Vec<Option<usize>>,
}

impl RunMemory {
    /// Arrays of `count` random elements, and room for the results.
    pub fn new(r: &mut Random, program: &Program, count: usize) -> RunMemory {
        // Plain vectors, as callers have them: code must not count on cache lines.
        struct Plain(usize);
        impl Visitor for Plain {
            type Output = Array;

            fn visit<T: Element>(self) -> Array {
                Array::from_vec(vec![T::default(); self.0], self.0).expect("as many as asked for")
            }
        }
        let zeros = |dtype: DType, len| dtype.visit(Plain(len));
        let mut arrays: Vec<Array> = program.arrays.iter().map(|a| zeros(a.dtype, count)).collect();
        for array in &mut arrays {
            let ty = array.dtype().register().expect("random programs know no pairs");
            let mut view = array.view_mut();
            for at in 0..count {
                view.set(&[at], r.scalar(ty).scalar());
            }
        }
        let uniforms = program.uniforms.iter().map(|u| match u.source {
            UniformSource::Param { .. } => r.scalar(u.ty).to_bits(),
            UniformSource::Size(_) => count as u64,
            UniformSource::Reduced | UniformSource::Rank(_) | UniformSource::Length { .. } => 0,
        });
        let uniforms = uniforms.collect();
        let extent = |extent| if extent == Extent::Once { 1 } else { count };
        let outputs = program.outputs.iter().map(|o| zeros(o.dtype, extent(o.extent))).collect();
        let spaces = program.outputs.iter().map(|o| (o.extent != Extent::Once).then_some(0)).collect();
        RunMemory { count, arrays, uniforms, outputs, spaces }
    }

    /// Lets `run` work on the memory, and gives every output.
    pub fn run(&mut self, run: impl FnOnce(&mut Frame<'_>)) -> Vec<Vec<Word>> {
        let mut outputs: Vec<_> = self.outputs.iter_mut().map(Array::view_mut).collect();
        let mut frame = Frame::new();
        frame.push_space(&[self.count]);
        self.arrays.iter().for_each(|array| assert!(frame.push_view(0, &array.view())));
        for (output, space) in outputs.iter_mut().zip(&self.spaces) {
            frame.push_output(*space, output);
        }
        frame.uniforms = self.uniforms.iter().copied().collect();
        run(&mut frame);
        self.uniforms = frame.uniforms.to_vec();
        let word = |output: &Array, at| output.get(at).word().expect("random programs know no pairs");
        self.outputs.iter().map(|output| (0..output.len()).map(|at| word(output, at)).collect()).collect()
    }
}
