//! The Cranelift back end: scalar code and 128-bit vectors.
//!
//! A loop becomes a function whose trip handles *groups* of lanes: a value is as many registers as
//! its group fills, all emitted before the next operation, so that independent work stands side by
//! side. The plan ([`plan`]) picks the lanes; [`emit`] builds the loop around the body; [`scalar`]
//! and [`vector`] know what each primitive is made of; [`group`] knows how lanes lie in registers,
//! [`memory`] how they come from memory and go there, [`partials`] what happens where a leaf of a sum ends.
//! Code has no relocations but for what Cranelift itself calls, and cannot trap.

mod emit;
mod func;
mod group;
mod memory;
mod partials;
mod plan;
mod scalar;
mod vector;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use cranelift::codegen::Context;
use cranelift::codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift::prelude::*;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Module, default_libcall_names};

pub use plan::Tuning;

use super::code::{CodeMemory, Listing, LoopCode, Nest, Piece};
use super::streams::{Classes, Streams};
use crate::diag::{Error, ErrorKind, Result};
use crate::ir::{Loop, Program};
use crate::opt::legal::Target;

/// What programs may hold for it. Longer pieces compile slower, shorter ones move more temporaries.
pub(super) const TARGET: Target =
    Target { exponents: false, narrow: Target::no_narrow, divisions: true, longest: 1000 };

/// Compiles programs for this machine. `Send + Sync`.
pub(crate) struct Compiler {
    /// Cranelift without its optimiser, and with it.
    isas: [OwnedTargetIsa; 2],
    /// Buffers of compilations that are done, for the next ones.
    workspaces: Mutex<Vec<Workspace>>,
}

struct Workspace {
    context: Context,
    builder: FunctionBuilderContext,
}

impl Compiler {
    /// A compiler for this machine; an error of kind `Host` where Cranelift does not know it.
    pub fn new() -> Result<Compiler> {
        let host =
            |e: String| Error::new(ErrorKind::Host, format!("no code can be made for this machine: {e}"));
        let isa = |level: &str| -> Result<Arc<dyn TargetIsa>> {
            let mut flags = settings::builder();
            let mut set = |name, value| flags.set(name, value).map_err(|e| host(e.to_string()));
            set("opt_level", level)?;
            set("is_pic", "false")?;
            set("use_colocated_libcalls", "false")?;
            set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
            set("log2_min_function_alignment", "6")?;
            cranelift_native::builder()
                .map_err(|e| host(e.to_string()))?
                .finish(settings::Flags::new(flags))
                .map_err(|e| host(e.to_string()))
        };
        Ok(Compiler { isas: [isa("none")?, isa("speed")?], workspaces: Mutex::new(Vec::new()) })
    }

    /// Compiles the loops of `program` that `into` lacks, and puts them there. With `listing`, also writes down what
    /// it made. Gives the memory of the code. A fault of the compiler is an error of kind `Internal` with the IR.
    pub fn compile(
        &self,
        program: &Program,
        tuning: Tuning,
        into: &mut [Option<LoopCode>],
        listing: Option<&mut Listing>,
    ) -> Result<Box<dyn CodeMemory>> {
        let missing = program.whole_loops().enumerate().filter(|&(at, _)| into[at].is_none());
        let missing: Vec<_> =
            missing.map(|(at, pieces)| (at, pieces, Streams::new(pieces, plan::LONGEST_STEP))).collect();
        let pieces: Vec<_> =
            missing.iter().flat_map(|(_, pieces, s)| pieces.iter().map(move |l| (l, s))).collect();
        let (compiled, memory) = self.functions(program, tuning, &pieces, listing)?;
        let mut compiled = compiled.into_iter();
        for (at, pieces, streams) in missing {
            let compiled = compiled.by_ref().take(pieces.len()).collect();
            into[at] = Some(LoopCode::new(compiled, pieces, streams, program));
        }
        Ok(memory)
    }

    /// A nest over `l`, which only stores, in memory of its own.
    pub fn compile_nest(
        &self,
        program: &Program,
        l: &Loop,
        tuning: Tuning,
        classes: Classes,
    ) -> Result<(Nest, Box<dyn CodeMemory>)> {
        let (pieces, memory) =
            self.functions(program, tuning, &[(l, &Streams::of_nest(l, classes))], None)?;
        let Piece { entry, streaming, step, lanes } = pieces[0];
        Ok((Nest { entry, streaming, step, lanes }, memory))
    }

    /// Compiles pieces, each a function.
    fn functions(
        &self,
        program: &Program,
        tuning: Tuning,
        pieces: &[(&Loop, &Streams)],
        listing: Option<&mut Listing>,
    ) -> Result<(Vec<Piece>, Box<dyn CodeMemory>)> {
        self.guarded(program, |workspace| self.functions_in(workspace, program, tuning, pieces, listing))
    }

    /// Compiles, and catches what Cranelift throws; the error holds the IR.
    fn guarded<T>(
        &self,
        ir: &dyn fmt::Display,
        compile: impl FnOnce(&mut Workspace) -> Result<T, String>,
    ) -> Result<T> {
        let workspace = self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let mut workspace = workspace
            .unwrap_or_else(|| Workspace { context: Context::new(), builder: FunctionBuilderContext::new() });
        // Vector rewrites of Cranelift have panicked before; a workspace that saw one is dropped.
        let failure = match catch_unwind(AssertUnwindSafe(|| compile(&mut workspace))) {
            Ok(Ok(made)) => {
                self.workspaces.lock().unwrap_or_else(|e| e.into_inner()).push(workspace);
                return Ok(made);
            }
            Ok(Err(message)) => message,
            Err(panic) => match panic.downcast_ref::<String>() {
                Some(message) => message.clone(),
                None => panic.downcast_ref::<&str>().copied().unwrap_or("panic").to_string(),
            },
        };
        Err(Error::new(ErrorKind::Internal, format!("code generation failed: {failure}\n{ir}")))
    }

    fn functions_in(
        &self,
        workspace: &mut Workspace,
        program: &Program,
        tuning: Tuning,
        pieces: &[(&Loop, &Streams)],
        mut listing: Option<&mut Listing>,
    ) -> Result<(Vec<Piece>, Box<dyn CodeMemory>), String> {
        let isa = &self.isas[usize::from(tuning.clif_optimize)];
        let mut memory = Jit::new(isa);
        let jit = memory.module();
        let mut compiled = Vec::with_capacity(pieces.len());
        let mut signature = jit.make_signature();
        signature.params.extend([AbiParam::new(types::I64); 3]);
        for &(l, streams) in pieces {
            let plan = plan::plan(l, streams, tuning);
            let Workspace { context, builder } = workspace;
            jit.clear_context(context);
            context.func.signature = signature.clone();
            context.set_disasm(listing.is_some());
            let builder = FunctionBuilder::new(&mut context.func, builder);
            emit::emit(l, streams, program, &plan, builder, isa.frontend_config());
            if let Some(listing) = listing.as_deref_mut() {
                listing.clif.push_str(&context.func.display().to_string());
            }
            let id = jit.declare_anonymous_function(&signature).map_err(|e| e.to_string())?;
            jit.define_function(id, context).map_err(|e| format!("{e:?}"))?;
            if let (Some(listing), Some(code)) = (listing.as_deref_mut(), context.compiled_code()) {
                listing.asm.push_str(code.vcode.as_deref().unwrap_or_default());
            }
            compiled.push((id, plan));
        }
        jit.finalize_definitions().map_err(|e| e.to_string())?;
        let compiled = compiled.into_iter().map(|(id, plan)| {
            let address = jit.get_finalized_function(id);
            // SAFETY: `emit` built the function with the signature that `Entry` names.
            let entry = unsafe { std::mem::transmute::<*const u8, super::code::Entry>(address) };
            Piece { entry, streaming: None, step: plan.step, lanes: plan.register_lanes }
        });
        Ok((compiled.collect(), Box::new(memory)))
    }
}

/// A module that is freed even where compilation stops half-way.
struct Jit(Option<JITModule>);

impl Jit {
    fn new(isa: &OwnedTargetIsa) -> Jit {
        Jit(Some(JITModule::new(JITBuilder::with_isa(isa.clone(), default_libcall_names()))))
    }

    fn module(&mut self) -> &mut JITModule {
        self.0.as_mut().expect("taken on drop alone")
    }
}

impl Drop for Jit {
    fn drop(&mut self) {
        if let Some(module) = self.0.take() {
            // SAFETY: either no function of the module was handed out, or `CodeMemory::free` was
            // called, whose caller promises that none runs.
            unsafe { module.free_memory() }
        }
    }
}

impl CodeMemory for Jit {
    unsafe fn free(self: Box<Self>) {
        drop(self);
    }
}
