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
//! instructions over virtual registers, the [`draft`]; each family of them ([`primitives`], [`integers`], [`convert`],
//! [`masks`], [`cells`], [`parts`], [`pairs`], [`reductions`]) knows the [`selection`] under way, and not the driver.
//! [`patterns`] makes one of two where it can, [`alloc`] gives them real registers, [`emit`] builds the function
//! around them ([`leaves`], [`cold`]), [`encode`] writes bytes.
//! Results are those of [`crate::eval`] to the bit, in both widths.

mod alloc;
mod cells;
mod cold;
mod convert;
mod disassemble;
mod draft;
mod emit;
mod encode;
mod inst;
mod integers;
mod leaves;
mod machine;
mod masks;
mod memory;
mod pairs;
mod parts;
mod patterns;
mod plan;
mod primitives;
mod reductions;
mod select;
mod selection;
mod step;
#[cfg(test)]
mod tests;
mod width;

use std::sync::Mutex;

use super::code::{CodeMemory, Entry, Listing, LoopCode, Nest, Piece};
use super::streams::{Classes, Streams};
use crate::ir::{Extent, Inst, Loop, Program, Store};
use crate::opt::legal::Target;
use crate::types::{Component, Ty};
use plan::Plan;
pub(crate) use width::Width;

/// Instructions of a piece: code that fits the first-level cache.
const LONGEST: usize = 2000;

/// Streaming stores pay where memory is the limit; bodies of more instructions reckon more than they move.
const STREAMING_OPERATIONS: usize = 500;

/// Compiles loops for one width. `Send + Sync`.
pub(crate) struct Generator {
    width: Width,
    /// Bytes ahead of which loops over large arrays read.
    ahead: Option<i32>,
    workspaces: Mutex<Vec<Workspace>>,
}

/// Buffers, kept between compilations.
#[derive(Default)]
struct Workspace {
    draft: draft::Draft,
    patterns: patterns::Patterns,
    steps: emit::Steps,
    code: encode::Assembler,
}

/// A compiled piece, before its code has an address.
struct Placed {
    plan: Plan,
    entry: usize,
    streaming: Option<usize>,
}

impl Placed {
    /// The piece whose code lies in `memory`.
    fn piece(self, memory: &memory::Executable) -> Piece {
        let entry = |at: usize| {
            // SAFETY: a function with the signature that `Entry` names starts there.
            unsafe { std::mem::transmute::<*const u8, Entry>(memory.address(at)) }
        };
        Piece {
            entry: entry(self.entry),
            streaming: self.streaming.map(entry),
            step: self.plan.step(),
            lanes: self.plan.lanes,
        }
    }
}

impl Generator {
    /// Code for a width that is here.
    pub fn new(width: Width) -> Generator {
        assert!(width.is_here());
        Generator { width, ahead: machine::read_ahead(), workspaces: Mutex::new(Vec::new()) }
    }

    /// What programs may hold for it.
    pub fn target(&self) -> Target {
        let narrow = if self.width == Width::Bits512 { integers::has_narrow } else { Target::no_narrow };
        Target { exponents: self.width.has_exponents(), narrow, divisions: false, longest: LONGEST }
    }

    /// Compiles the loops of `program` that it takes, and puts them in their places of `into`.
    /// With `listing`, also writes down what it made. Gives the memory of the code, if any.
    pub fn compile(
        &self,
        program: &Program,
        into: &mut [Option<LoopCode>],
        listing: Option<&mut Listing>,
    ) -> std::io::Result<Option<Box<dyn CodeMemory>>> {
        let workspace = self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let mut workspace = workspace.unwrap_or_default();
        workspace.code.clear();
        let taken =
            program.whole_loops().enumerate().filter(|(_, pieces)| pieces.iter().all(|l| self.takes(l)));
        let taken: Vec<_> =
            taken.map(|(at, pieces)| (at, pieces, plan::streams(pieces, self.width))).collect();
        let mut placed = Vec::with_capacity(program.loops.len());
        for (l, streams) in taken.iter().flat_map(|(_, pieces, s)| pieces.iter().map(move |l| (l, s))) {
            placed.push(self.compile_piece(program, l, streams, &mut workspace));
        }
        if placed.is_empty() {
            return Ok(None);
        }
        if let Some(listing) = listing {
            for (at, ..) in &taken {
                listing.clif.push_str(&format!("; loop {at} has no CLIF: it is the wide generator's\n"));
            }
            disassemble::write(&workspace.code, &mut listing.asm);
        }
        let memory = memory::Executable::new(&workspace.code.bytes)?;
        let mut placed = placed.into_iter().map(|p| p.piece(&memory));
        for (at, pieces, streams) in taken {
            let compiled = placed.by_ref().take(pieces.len()).collect();
            into[at] = Some(LoopCode::new(compiled, pieces, streams, program));
        }
        self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).push(workspace);
        Ok(Some(Box::new(memory)))
    }

    /// A nest over `l`, which only stores, in memory of its own; `None` where the generator does not take it.
    pub fn compile_nest(
        &self,
        program: &Program,
        l: &Loop,
        classes: Classes,
    ) -> Option<(Nest, Box<dyn CodeMemory>)> {
        if !self.takes(l) {
            return None;
        }
        let workspace = self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let mut workspace = workspace.unwrap_or_default();
        workspace.code.clear();
        let placed = self.compile_piece(program, l, &Streams::of_nest(l, classes), &mut workspace);
        let memory = memory::Executable::new(&workspace.code.bytes).ok()?;
        self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).push(workspace);
        let Piece { entry, streaming, step, lanes } = placed.piece(&memory);
        Some((Nest { entry, streaming, step, lanes }, Box::new(memory)))
    }

    fn takes(&self, l: &Loop) -> bool {
        // Parts of an element are stored together.
        let together = |store: &Store| match store.component {
            Component::Whole => true,
            Component::Real => l.imag(store.output).is_some(),
            Component::Imag => {
                l.stores.iter().any(|s| s.output == store.output && s.component == Component::Real)
            }
        };
        l.stores.iter().all(together)
            && l.body.iter().all(|(_, inst, ty)| match inst {
                _ if !primitives::knows(ty, self.width) => false,
                Inst::Op(op, _) => primitives::takes(op, self.width),
                Inst::Const(_) | Inst::Load(..) | Inst::Uniform(_) | Inst::Temp(_) => true,
            })
    }

    fn compile_piece(
        &self,
        program: &Program,
        l: &Loop,
        streams: &Streams,
        workspace: &mut Workspace,
    ) -> Placed {
        let Workspace { draft, patterns, steps, code } = workspace;
        let plan = Plan::new(l, streams, self.width);
        select::select(program, l, plan, streams, draft);
        patterns.apply(draft, self.width);
        // Reducing loops keep their blocks, so that no store of theirs can be made aligned; those that do not
        // store can read ahead.
        let streaming = l.extent != Extent::Once
            && streams.temporaries == 0
            && (l.reduces.is_empty() || l.stores.is_empty() && self.ahead.is_some())
            && l.body.len() <= STREAMING_OPERATIONS
            && l.stores.iter().all(|store| l.body.ty(store.value) != Ty::Bool);
        let nest = streams.nest.is_some();
        let shape = emit::Shape { streams: streams.count(), nest, streaming, ahead: self.ahead };
        let (entry, streaming) = emit::emit(draft, plan, shape, steps, code);
        code.finish(&draft.table);
        Placed { plan, entry, streaming }
    }
}
