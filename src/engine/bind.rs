//! Spaces, views and uniforms of a program for the arrays of a call.
//!
//! Follows the recipes of the IR with lengths and strides at hand. A warmed call of usual size allocates
//! nothing here. It must not know names, results or who runs the program.

use smallvec::SmallVec;

use super::misfit;
use crate::array::{ArrayView, Part, same_shape};
use crate::diag::Result;
use crate::frame::Frame;
use crate::ir::{
    Bound, Extent, GuardCondition, Inst, Program, Recipe, Space, SpaceId, UniformId, UniformSource, View,
};
use crate::layout::{self, Index, Layout, Problem};
use crate::math;
use crate::types::Word;

/// A program, the arrays it is given, and the frame that is being filled for it.
pub(super) struct Binder<'b, 'a> {
    pub program: &'b Program,
    /// In the order of the program's.
    pub arrays: &'b [&'b ArrayView<'a>],
    /// Its uniforms are there, and have the bits of the parameters.
    pub frame: &'b mut Frame<'a>,
    /// The values of the prologue, as far as indices have asked for them.
    pub prologue: SmallVec<[Word; 8]>,
}

impl Binder<'_, '_> {
    /// Finds the shapes of all spaces. Errors of kind `Shape`, `Index`, `Value` and `Limit` have no source yet.
    pub fn spaces(&mut self) -> Result<()> {
        let program = self.program;
        if let Some((first, others)) = self.arrays.split_first()
            && first.shape().len() <= layout::MOST_DIMENSIONS
            && others.iter().all(|other| same_shape(other.shape(), first.shape()))
            && program
                .spaces
                .iter()
                .all(|space| matches!(space.recipe, Recipe::Array(_) | Recipe::Broadcast(_)))
        {
            // The common case, and the one in which a call is short.
            self.frame.push_spaces(first.shape(), program.spaces.len());
            return Ok(());
        }
        program.spaces.iter().try_for_each(|space| self.space(space))
    }

    /// Whether the loops of the program that were joined are over one shape.
    pub fn joined_rightly(&self) -> bool {
        let mut alike = self.program.alike.iter();
        alike.all(|(first, other)| self.frame.same_spaces(first.index(), other.index()))
    }

    /// Finds views and uniforms, when the spaces are found. An error of kind `Type` is possible as well.
    pub fn views(&mut self) -> Result<()> {
        let program = self.program;
        for l in &program.loops {
            if let Extent::Space(space) = l.extent {
                self.places(space)?;
            }
        }
        for guard in &program.guards {
            if let GuardCondition::Outside(value, dtype) = guard.condition {
                let bound = Bound::Value(value);
                self.prologue_up_to(bound)?;
                let (number, (low, high)) = (number(&self.prologue, bound), dtype.range());
                if !(low..=high).contains(&number) {
                    return Err(misfit::outside(guard, number, dtype));
                }
            }
        }
        for at in 0..program.uniforms.len() as u32 {
            let uniform = UniformId(at);
            self.frame.uniforms[uniform.index()] = self.uniform(uniform)?;
        }
        program.views.iter().for_each(|view| self.view(view));
        Ok(())
    }

    fn shape(&self, space: SpaceId) -> &[usize] {
        self.frame.space(space.index())
    }

    /// The number of places of a space.
    fn places(&self, space: SpaceId) -> Result<usize> {
        match self.frame.places(space.index()) {
            Some(places) => Ok(places),
            None => Err(misfit::too_large(&self.program.spaces[space.index()], self.shape(space))),
        }
    }

    fn space(&mut self, space: &Space) -> Result<()> {
        match &space.recipe {
            Recipe::Array(array) => {
                let shape = self.arrays[array.index()].shape();
                if shape.len() > layout::MOST_DIMENSIONS {
                    return Err(misfit::too_many_dimensions(space, shape.len()));
                }
                self.frame.push_space(shape);
            }
            Recipe::Single => self.frame.push_space(&[]),
            Recipe::Broadcast(parts) => self.broadcast(space, parts)?,
            Recipe::Index(of, indices) => {
                self.numbers(indices)?;
                let number = |bound| number(&self.prologue, bound);
                let indexed = Layout::of_shape(self.shape(*of)).index(indices, number);
                self.reindexed(space, *of, indexed)?;
            }
            Recipe::Permute(of, order) => {
                let permuted = Layout::of_shape(self.shape(*of)).permute(order.as_deref());
                self.reindexed(space, *of, permuted)?;
            }
        }
        Ok(())
    }

    fn broadcast(&mut self, space: &Space, parts: &[SpaceId]) -> Result<()> {
        let (first, others) = parts.split_first().expect("a broadcast has operands");
        if others.iter().all(|other| self.frame.same_spaces(first.index(), other.index())) {
            self.frame.push_same_space(first.index());
            return Ok(());
        }
        let mut shape = SmallVec::<[usize; 4]>::from_slice(self.shape(*first));
        for (at, &other) in others.iter().enumerate() {
            if !layout::join(&mut shape, self.shape(other)) {
                return Err(misfit::broadcast(space, at + 1, |part| self.shape(parts[part])));
            }
        }
        self.frame.push_space(&shape);
        Ok(())
    }

    fn reindexed(&mut self, space: &Space, of: SpaceId, layout: Result<Layout, Problem>) -> Result<()> {
        match layout {
            Ok(layout) => {
                self.frame.push_lengths(&layout);
                Ok(())
            }
            Err(problem) => Err(misfit::of_layout(space, problem, self.shape(of))),
        }
    }

    /// Computes the numbers of indices.
    fn numbers(&mut self, indices: &[Index<Bound>]) -> Result<()> {
        if self.program.prologue.len() == self.prologue.len() {
            return Ok(());
        }
        indices.iter().flat_map(|index| index.bounds()).try_for_each(|bound| self.prologue_up_to(bound))
    }

    /// Computes the prologue as far as an index needs it. What it reads of shapes is of those before.
    fn prologue_up_to(&mut self, bound: Bound) -> Result<()> {
        let Bound::Value(last) = bound else { return Ok(()) };
        let body = &self.program.prologue;
        for (_, inst, ty) in body.iter().take(last.index() + 1).skip(self.prologue.len()) {
            let value = match inst {
                Inst::Const(bits) => Word::from_bits(ty, bits),
                Inst::Uniform(uniform) => Word::from_bits(ty, self.uniform(uniform)?),
                Inst::Op(op, _) => {
                    let operands = inst.operands().iter().map(|operand| self.prologue[operand.index()]);
                    math::value(op, ty, &operands.collect::<SmallVec<[Word; 3]>>())
                }
                Inst::Load(..) | Inst::Temp(_) => unreachable!("the prologue has no elements"),
            };
            self.prologue.push(value);
        }
        Ok(())
    }

    /// The bits of a uniform that is known before the loops run.
    fn uniform(&self, uniform: UniformId) -> Result<u64> {
        let number = match self.program.uniforms[uniform.index()].source {
            UniformSource::Param { .. } | UniformSource::Reduced => {
                return Ok(self.frame.uniforms[uniform.index()]);
            }
            UniformSource::Rank(space) => self.shape(space).len(),
            UniformSource::Size(space) => self.places(space)?,
            UniformSource::Length { space, axis, span } => {
                let shape = self.shape(space);
                match layout::place(axis, shape.len()) {
                    Some(place) => shape[place],
                    None => return Err(misfit::no_axis(span, axis, shape)),
                }
            }
        };
        Ok(number as u64)
    }

    fn view(&mut self, view: &View) {
        let (array, space) = (self.arrays[view.array.index()], view.space.index());
        if view.path.is_empty() && self.frame.push_view(space, array) {
            return;
        }
        let mut part = Part::all(array);
        for &step in &view.path {
            let at = &self.program.spaces[step.index()];
            let followed = match &at.recipe {
                Recipe::Index(_, indices) => part.index(indices, |bound| number(&self.prologue, bound)),
                Recipe::Permute(_, order) => part.permute(order.as_deref()),
                _ => {
                    part.broadcast(self.shape(step));
                    Ok(())
                }
            };
            followed.expect("the shape was found in the same way");
        }
        part.broadcast(self.frame.space(space));
        self.frame.push_part(space, &part);
    }
}

/// The number that a bound is, when the prologue is computed as far as it needs it.
fn number(prologue: &[Word], bound: Bound) -> i128 {
    match bound {
        Bound::Const(value) => value.into(),
        Bound::Value(value) => match prologue[value.index()] {
            Word::I64(value) => value.into(),
            Word::U64(value) => value.into(),
            other => unreachable!("the verifier asks for 64 bits, not {other:?}"),
        },
    }
}
