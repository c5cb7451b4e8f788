//! The verifier. It holds a program to these rules:
//!
//! 1. An operand stands before its user, and every id is in its table.
//! 2. An instruction has the types that its row in the table of operations asks for.
//! 3. Nothing converts to bool (that is `ne x, 0`), and no constant has bits outside its type.
//! 4. A body that runs once loads no elements and stores only single values; what it reduces is the
//!    value of its one trip. A body over a space loads views over it, and stores only outputs of its shape.
//! 5. Each component of an output is stored once; each reduced uniform is reduced once, before any loop that reads it.
//! 6. A reduced value and its uniform are of one type, of 4 or 8 bytes. Both parts of a complex product follow each
//!    other, and are of one type of floats.
//! 7. A guard's uniform is a reduced i32.
//! 8. A space is made of spaces before it. Along a view's path each step is a broadcast or takes the shape
//!    before it.
//! 9. The prologue is straight-line code on uniforms that are known when arguments are bound. Indices take
//!    i64 of it.
//! 10. A piece joins one of its extent, and reads no uniform that its loop reduces. It takes temporaries that
//!     earlier pieces of the loop kept, in their type.
//! 11. Memory is read and written as a type that [`reads_as`] allows, by a component that its elements have.

use std::collections::HashSet;

use smallvec::SmallVec;

use super::{
    Body, Bound, Extent, GuardCondition, Inst, OutputId, Program, Recipe, SpaceId, Store, UniformId,
    UniformSource, Value, View, reads_as,
};
use crate::ops::Reduction;
use crate::types::{Ty, Word};

/// Checks `program` against the rules of the IR; the error names the first one broken.
pub fn verify(program: &Program) -> Result<(), String> {
    let mut ready: Vec<bool> = program.uniforms.iter().map(|u| u.source != UniformSource::Reduced).collect();
    for (at, uniform) in program.uniforms.iter().enumerate() {
        let fits = match &uniform.source {
            UniformSource::Param { dtype, component, .. } => dtype.component(*component) == Some(uniform.ty),
            UniformSource::Size(_) | UniformSource::Rank(_) | UniformSource::Length { .. } => {
                uniform.ty == Ty::I64
            }
            UniformSource::Reduced => true,
        };
        if !fits {
            return Err(format!("u{at} has another type than its source"));
        }
    }
    let scope = Scope { program, ready: &ready, kept: &[] };
    for (value, inst, ty) in program.prologue.iter() {
        check_inst(&scope, &program.prologue, Extent::Once, value, inst, ty)
            .map_err(|what| format!("prologue: {value:?}: {what}"))?;
    }
    for at in 0..program.spaces.len() {
        check_space(program, at).map_err(|what| format!("s{at}: {what}"))?;
    }
    for (at, view) in program.views.iter().enumerate() {
        check_view(program, view).map_err(|what| format!("w{at}: {what}"))?;
    }
    let mut stored = HashSet::new();
    let mut kept = vec![false; program.temps.len()];
    // Uniforms that pieces of the loop at hand reduce: they are free after its last piece.
    let mut open: Vec<UniformId> = Vec::new();
    for (at, l) in program.loops.iter().enumerate() {
        let fail = |what: String| Err(format!("loop {at}: {what}"));
        if matches!(l.extent, Extent::Space(space) if space.index() >= program.spaces.len()) {
            return fail("it has no space".into());
        }
        if !l.joined {
            kept.fill(false);
            open.drain(..).for_each(|uniform| ready[uniform.index()] = true);
        } else if at == 0 || program.loops[at - 1].extent != l.extent {
            return fail("joins no loop of its extent".into());
        }
        let scope = Scope { program, ready: &ready, kept: &kept };
        for (value, inst, ty) in l.body.iter() {
            if let Err(what) = check_inst(&scope, &l.body, l.extent, value, inst, ty) {
                return fail(format!("{value:?}: {what}"));
            }
        }
        for root in l.roots() {
            if root.index() >= l.body.len() {
                return fail(format!("{root:?} is not defined"));
            }
        }
        for &(temp, value) in &l.keeps {
            if program.temps.get(temp.index()) != Some(&l.body.ty(value)) {
                return fail(format!("{value:?} does not have the type of {temp:?}"));
            }
            kept[temp.index()] = true;
        }
        for &Store { output, component, value } in &l.stores {
            let Some(into) = program.outputs.get(output.index()) else {
                return fail(format!("{output:?} is not an output"));
            };
            if into.extent != l.extent {
                return fail(format!("{output:?} has another extent than the loop"));
            }
            if !into.dtype.component(component).is_some_and(|memory| reads_as(memory, l.body.ty(value))) {
                return fail(format!("{value:?} does not have the type of {output:?}"));
            }
            if !stored.insert((output, component)) {
                return fail(format!("{output:?} is stored twice"));
            }
        }
        for (k, r) in l.reduces.iter().enumerate() {
            let follows = l.reduces.get(k + 1).is_some_and(|next| {
                next.reduction == Reduction::ProdImag && l.body.ty(next.value) == l.body.ty(r.value)
            });
            let leads = k > 0 && l.reduces[k - 1].reduction.leads_pair();
            if r.reduction.leads_pair() != follows || leads != (r.reduction == Reduction::ProdImag) {
                return fail(format!("{:?} stands without its other part", r.into));
            }
            if r.reduction.is_of_pair() && !l.body.ty(r.value).is_float() {
                return fail(format!("{:?} is no part of a complex number", r.into));
            }
            let Some(into) = program.uniforms.get(r.into.index()) else {
                return fail(format!("{:?} is not a uniform", r.into));
            };
            if into.source != UniformSource::Reduced || ready[r.into.index()] || open.contains(&r.into) {
                return fail(format!("{:?} is not free to be reduced into", r.into));
            }
            if into.ty != l.body.ty(r.value) || into.ty == Ty::Bool || into.ty.is_narrow() {
                return fail(format!("{:?} cannot be reduced into {:?}", r.value, r.into));
            }
            open.push(r.into);
        }
    }
    open.drain(..).for_each(|uniform| ready[uniform.index()] = true);
    for (at, output) in program.outputs.iter().enumerate() {
        let output_id = OutputId(at as u32);
        if !output.dtype.components().all(|(component, _)| stored.contains(&(output_id, component))) {
            return Err(format!("{output_id:?} is never stored, or not all of it"));
        }
    }
    for guard in &program.guards {
        let uniform = match guard.condition {
            GuardCondition::Raised(uniform) => uniform,
            GuardCondition::Empty(space) if space.index() < program.spaces.len() => continue,
            GuardCondition::Outside(value, _) if is_number(program, value) => continue,
            condition => return Err(format!("{condition:?} cannot be a guard")),
        };
        let at = uniform.index();
        if !ready.get(at).is_some_and(|&r| r) || program.uniforms[at].ty != Ty::I32 {
            return Err(format!("{:?} cannot be a guard", uniform));
        }
    }
    Ok(())
}

/// What an instruction may refer to.
struct Scope<'a> {
    program: &'a Program,
    /// Uniforms that have a value.
    ready: &'a [bool],
    /// Temporaries that earlier pieces of the loop kept.
    kept: &'a [bool],
}

fn check_inst(
    scope: &Scope<'_>,
    body: &Body,
    extent: Extent,
    value: Value,
    inst: Inst,
    ty: Ty,
) -> Result<(), String> {
    let Scope { program, ready, kept } = *scope;
    let wrong_type = || Err("wrong type".to_string());
    match inst {
        Inst::Const(bits) => {
            if Word::from_bits(ty, bits).to_bits() != bits {
                return Err("bits outside the type".into());
            }
        }
        Inst::Load(view, component) => {
            let Some(View { space, .. }) = program.views.get(view.index()) else {
                return Err(format!("{view:?} is not a view"));
            };
            if extent != Extent::Space(*space) {
                return Err("loads an element of another space".into());
            }
            if !program.view_dtype(view).component(component).is_some_and(|memory| reads_as(memory, ty)) {
                return wrong_type();
            }
        }
        Inst::Uniform(uniform) => {
            if !program.uniforms.get(uniform.index()).is_some_and(|u| reads_as(u.ty, ty)) {
                return wrong_type();
            }
            if !ready[uniform.index()] {
                return Err(format!("{uniform:?} is read before it is reduced"));
            }
        }
        Inst::Temp(temp) => {
            if program.temps.get(temp.index()) != Some(&ty) {
                return wrong_type();
            }
            if kept.get(temp.index()) != Some(&true) {
                return Err(format!("{temp:?} is taken before it is kept"));
            }
        }
        Inst::Op(op, _) => {
            if let Some(late) = inst.operands().iter().find(|&&operand| operand >= value) {
                return Err(format!("{late:?} is not defined before"));
            }
            let operands: SmallVec<[Ty; 3]> =
                inst.operands().iter().map(|&operand| body.ty(operand)).collect();
            if !op.takes(&operands, ty) {
                return wrong_type();
            }
        }
    }
    Ok(())
}

/// Whether a value is an int64 of the prologue.
fn is_number(program: &Program, value: Value) -> bool {
    value.index() < program.prologue.len() && matches!(program.prologue.ty(value), Ty::I64 | Ty::U64)
}

fn check_space(program: &Program, at: usize) -> Result<(), String> {
    let recipe = &program.spaces[at].recipe;
    if let Some(late) = recipe.parts().iter().find(|component| component.index() >= at) {
        return Err(format!("{late:?} is not defined before"));
    }
    match recipe {
        Recipe::Broadcast(parts) if parts.is_empty() => Err("it is a broadcast of nothing".into()),
        Recipe::Array(array) if array.index() >= program.arrays.len() => {
            Err(format!("{array:?} is not an array"))
        }
        Recipe::Index(_, indices) => {
            let values = indices.iter().flat_map(|index| index.bounds()).filter_map(|bound| match bound {
                Bound::Value(value) => Some(value),
                Bound::Const(_) => None,
            });
            match values.into_iter().find(|&value| !is_number(program, value)) {
                Some(value) => Err(format!("{value:?} is no integer of 64 bits in the prologue")),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn check_view(program: &Program, view: &View) -> Result<(), String> {
    let known = |space: SpaceId| program.spaces.get(space.index()).map(|space| &space.recipe);
    if view.array.index() >= program.arrays.len() {
        return Err(format!("{:?} is not an array", view.array));
    }
    let array = Recipe::Array(view.array);
    let mut here = &array;
    for &space in &view.path {
        let Some(next) = known(space) else { return Err(format!("{space:?} is not a space")) };
        if let Recipe::Index(of, _) | Recipe::Permute(of, _) = next
            && known(*of) != Some(here)
        {
            return Err(format!("its path does not lead to {space:?}"));
        }
        here = next;
    }
    known(view.space).map(|_| ()).ok_or(format!("{:?} is not a space", view.space))
}
