//! The wide generator: loops over 256-bit (AVX2) and 512-bit (AVX-512) registers of x86-64.
//!
//! A body may hold every primitive but those that [`primitives::takes`] names; a loop with one of
//! these is left to Cranelift. It runs over elements or once. Nothing traps; what is called are the
//! functions of [`super::host`], for elements so rare that [`cold`] may save every register for them.
//!
//! The function keeps the ABI of [`super::code`] and System V's: what the caller owns (rbx, rbp,
//! r12 to r15, the stack) is saved; vector and mask registers are the function's own, and their
//! upper halves are clean when it returns. It reads and writes its streams, a frame of its own,
//! and the table of constants that follows its code; the code has no address in it but the host's,
//! so it runs wherever it lies. [`memory`] holds it, and belongs to the program's [`super::code::Code`].
//!
//! The way through: [`plan`] chooses lanes and copies, [`select`] turns the body into
//! instructions over virtual registers ([`primitives`], [`masks`], [`reductions`]), [`patterns`]
//! makes one of two where it can, [`alloc`] gives them real registers, [`emit`] builds the function
//! around them, [`encode`] writes bytes.
//! Results are those of [`crate::eval`] to the bit, in both widths.

mod alloc;
mod cold;
mod disassemble;
mod emit;
mod encode;
mod inst;
mod masks;
mod memory;
mod patterns;
mod plan;
mod primitives;
mod reductions;
mod select;
mod step;
#[cfg(test)]
mod tests;

use std::sync::Mutex;

use super::Listing;
use super::code::{Entry, LoopCode, Memory};
use crate::ir::{Extent, Inst, Loop, Program, ViewId};
use crate::types::DType;
use plan::Plan;

/// The registers of the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Width {
    /// AVX2 and FMA, in VEX.
    Bits256,
    /// AVX-512 F, VL, DQ and BW, in EVEX.
    Bits512,
}

impl Width {
    fn bytes(self) -> usize {
        match self {
            Width::Bits256 => 32,
            Width::Bits512 => 64,
        }
    }

    fn registers(self) -> usize {
        self.bytes() / 2
    }

    fn evex(self) -> bool {
        self == Width::Bits512
    }

    /// Whether there are instructions that scale and take floats apart.
    fn has_exponents(self) -> bool {
        self == Width::Bits512
    }

    /// Whether this machine, and its system, have it.
    pub fn is_here(self) -> bool {
        use std::is_x86_feature_detected as has;
        let narrow = has!("avx2") && has!("fma");
        match self {
            Width::Bits256 => narrow,
            Width::Bits512 => {
                narrow && has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw")
            }
        }
    }
}

/// Loops longer than this are left to Cranelift: what is gained in them is lost in their size.
const LONGEST: usize = 20_000;

/// Streaming stores pay where memory is the limit; bodies of more instructions reckon more than they move.
const STREAMING_OPERATIONS: usize = 500;

/// Compiles loops for one width. `Send + Sync`.
pub(crate) struct Generator {
    width: Width,
    workspaces: Mutex<Vec<Workspace>>,
}

/// Buffers, kept between compilations.
#[derive(Default)]
struct Workspace {
    draft: select::Draft,
    patterns: patterns::Patterns,
    steps: emit::Steps,
    code: encode::Code,
}

/// A compiled loop, before its code has an address.
struct Placed {
    /// Its place in the program.
    at: usize,
    plan: Plan,
    views: Vec<ViewId>,
    entry: usize,
    streaming: Option<usize>,
}

impl Generator {
    /// Code for a width that is here.
    pub fn new(width: Width) -> Generator {
        assert!(width.is_here());
        Generator { width, workspaces: Mutex::new(Vec::new()) }
    }

    /// Whether it takes the primitives of exponents.
    pub fn has_exponents(&self) -> bool {
        self.width.has_exponents()
    }

    /// Compiles the loops of `program` that it takes, and puts them in their places of `into`.
    /// With `listing`, also writes down what it made. Gives the memory of the code, if any.
    pub fn compile(
        &self,
        program: &Program,
        into: &mut [Option<LoopCode>],
        listing: Option<&mut Listing>,
    ) -> std::io::Result<Option<Box<dyn Memory>>> {
        let workspace = self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let mut workspace = workspace.unwrap_or_default();
        workspace.code.clear();
        let mut placed = Vec::with_capacity(program.loops.len());
        for (at, l) in program.loops.iter().enumerate().filter(|(_, l)| self.takes(l)) {
            placed.push(self.compile_loop(at, l, &mut workspace));
        }
        if placed.is_empty() {
            return Ok(None);
        }
        if let Some(listing) = listing {
            for p in &placed {
                listing.clif.push_str(&format!("; loop {} has no CLIF: it is the wide generator's\n", p.at));
            }
            disassemble::write(&workspace.code, &mut listing.asm);
        }
        let memory = memory::Executable::new(&workspace.code.bytes)?;
        for p in placed {
            let entry = |at: usize| {
                // SAFETY: a function with the signature that `Entry` names starts there.
                unsafe { std::mem::transmute::<*const u8, Entry>(memory.address(at)) }
            };
            let lanes = p.plan.lanes;
            let code =
                LoopCode::new(entry(p.entry), p.plan.step(), lanes, &program.loops[p.at], p.views, program);
            into[p.at] = Some(code.with_streaming(p.streaming.map(entry)));
        }
        self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).push(workspace);
        Ok(Some(Box::new(memory)))
    }

    fn takes(&self, l: &Loop) -> bool {
        let body = &l.body;
        body.len() <= LONGEST
            && body.iter().all(|(_, inst, to)| match inst {
                Inst::Op(op, _) => {
                    let from = inst.operands().last().map_or(to, |&v| body.dtype(v));
                    primitives::takes(op, from, to, self.width)
                }
                _ => true,
            })
    }

    fn compile_loop(&self, at: usize, l: &Loop, workspace: &mut Workspace) -> Placed {
        let Workspace { draft, patterns, steps, code } = workspace;
        let plan = Plan::new(l, self.width);
        let views = l.views();
        select::select(l, plan, &views, draft);
        patterns.apply(draft, self.width);
        let streams = views.len() + l.stores.len() + l.reduces.len();
        // Reducing loops keep their blocks, so that no store of theirs can be made aligned.
        let streaming = l.extent != Extent::Once
            && (l.reduces.is_empty() || l.stores.is_empty())
            && l.body.len() <= STREAMING_OPERATIONS
            && l.stores.iter().all(|&(_, value)| l.body.dtype(value) != DType::Bool);
        let (entry, streaming) = emit::emit(draft, plan, streams, streaming, steps, code);
        code.finish(&draft.table);
        Placed { at, plan, views, entry, streaming }
    }
}
