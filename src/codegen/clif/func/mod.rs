//! Functions with control flow: scalar code.
//!
//! Regions become blocks, and what goes into a region or comes out of a node becomes block parameters. An array is its
//! descriptor, word by word in registers; where the last axis is known to have neighbours ([`adjacent`]), its stride is a constant
//! of the code. A failed check leaves the function from a cold block, which writes down what its site shows.
//! [`emit`] walks the regions, with [`loops`], [`calls`] and [`lanes`]; [`arrays`] knows descriptors; primitives are [`super::scalar`]'s. The ABI is that of
//! [`crate::codegen::function`].

mod adjacent;
mod arrays;
mod calls;
mod emit;
mod lanes;
mod loops;
#[cfg(test)]
mod tests;

use cranelift::prelude::*;
use cranelift_module::Module as _;

use super::{Compiler, Jit, Workspace};
use crate::codegen::code::{Code, Listing};
use crate::codegen::function::{Entry, FunctionCode};
use crate::diag::Result;
use crate::ir::func::Module;

impl Compiler {
    /// Compiles every function of `module`, whose bodies are compiled; with `listing`, also writes down what it made. A fault
    /// of the compiler is an error of kind `Internal` with the IR.
    pub fn compile_functions(
        &self,
        module: &Module,
        bodies: Vec<Code>,
        listing: Option<&mut Listing>,
    ) -> Result<FunctionCode> {
        self.guarded(module, |workspace| self.functions_of(workspace, module, bodies, listing))
    }

    fn functions_of(
        &self,
        workspace: &mut Workspace,
        module: &Module,
        bodies: Vec<Code>,
        mut listing: Option<&mut Listing>,
    ) -> Result<FunctionCode, String> {
        // Cranelift's own optimiser finds common addresses, and moves what does not change out of loops.
        let isa = &self.isas[1];
        let mut jit = Jit::new(isa);
        let mut signature = jit.module().make_signature();
        signature.params.extend([AbiParam::new(types::I64); 2]);
        signature.returns.push(AbiParam::new(types::I32));
        let mut frame = 0;
        let mut compiled = Vec::with_capacity(module.funcs.len());
        let known = adjacent::of_module(module).into_iter().zip(module.in_parallel());
        for (func, (adjacent, in_parallel)) in module.funcs.iter().zip(known) {
            let Workspace { context, builder } = workspace;
            jit.module().clear_context(context);
            context.func.signature = signature.clone();
            context.set_disasm(listing.is_some());
            emit::emit(
                func,
                module,
                adjacent,
                in_parallel,
                &bodies,
                FunctionBuilder::new(&mut context.func, builder),
                isa.frontend_config(),
            );
            if let Some(listing) = listing.as_deref_mut() {
                listing.clif.push_str(&context.func.display().to_string());
            }
            let id = jit.module().declare_anonymous_function(&signature).map_err(|e| e.to_string())?;
            jit.module().define_function(id, context).map_err(|e| format!("{e:?}"))?;
            let code = context.compiled_code().ok_or("there is no code")?;
            if let (Some(listing), Some(text)) = (listing.as_deref_mut(), &code.vcode) {
                listing.asm.push_str(text);
            }
            // Beside its frame, a call takes a few words, and its host functions take some.
            let bytes = code.buffer.frame_layout().map_or(0, |layout| layout.frame_to_fp_offset as usize);
            frame = frame.max(bytes + 64);
            compiled.push(id);
        }
        jit.module().finalize_definitions().map_err(|e| e.to_string())?;
        let entries = compiled.into_iter().map(|id| {
            let address = jit.module().get_finalized_function(id);
            // SAFETY: `emit` built the function with the signature that `Entry` names.
            unsafe { std::mem::transmute::<*const u8, Entry>(address) }
        });
        let entries = entries.collect();
        // SAFETY: `emit` keeps the ABI, for functions that the verifier has seen; they call each other, the bodies and the host
        // alone.
        Ok(unsafe { FunctionCode::new(entries, frame, module, bodies, Box::new(jit)) })
    }
}
