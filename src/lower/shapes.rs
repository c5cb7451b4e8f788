//! What the text says of shapes: indices, orders of axes, lengths; and which spaces a program keeps of all that
//! it speaks of.

use smallvec::SmallVec;

use super::spaces::Spaces;
use super::{Lowered, Lowering};
use crate::check::{self, Measure, Reindex};
use crate::diag::{Error, ErrorKind, Result};
use crate::ir::{Bound, Extent, GuardCondition, Program, Recipe, Space, SpaceId, UniformSource, Value};
use crate::ops::Primitives as _;
use crate::syntax::ast::NodeId;
use crate::types::Ty;

impl Lowering<'_> {
    /// Other elements of a value.
    pub(super) fn reindex(&mut self, of: NodeId, by: &Reindex) -> Result<Lowered> {
        if let Some(late) =
            by.bounds().find(|bound| self.graph.level(self.values[bound.index()].number.single()) > 0)
        {
            let message = "an index is needed before the loops run, but depends on a reduction";
            return Err(Error::new(ErrorKind::Unsupported, message)
                .at(self.ast.nodes[late.index()].span, "known too late")
                .help("compute it first, and pass it as an argument"));
        }
        let Lowered { number, space: over } = self.values[of.index()];
        let space = match by {
            Reindex::Permute(order, span) => {
                self.graph
                    .spaces
                    .reindexed(over, SmallVec::from_slice(&[*span]), |of| Recipe::Permute(of, order.clone()))
            }
            Reindex::Index(indices) => {
                let mut bound = |bound| match bound {
                    check::Bound::Const(value) => Bound::Const(value),
                    check::Bound::Node(id) => {
                        let value = self.values[id.index()].number.single();
                        // The upper half of uint64 is beyond every axis, and no negative index.
                        let wide = self.graph.ty(value) == Ty::U64;
                        Bound::Value(if wide { value } else { self.graph.convert(value, Ty::I64) })
                    }
                };
                let spans = indices.iter().map(|&(_, span)| span).collect();
                let indices = indices.iter().map(|&(index, _)| index.map(&mut bound)).collect();
                self.graph.spaces.reindexed(over, spans, |of| Recipe::Index(of, indices))
            }
        };
        let number = number.map(|value| self.graph.reindex(value, over, space));
        Ok(Lowered { number, space: Some(space) })
    }

    /// A number that the shape of a value has.
    pub(super) fn measure(&mut self, of: NodeId, measure: Measure) -> Value {
        let space = self.graph.spaces.shape(self.values[of.index()].space);
        self.asked(match measure {
            Measure::Length(axis, span) => UniformSource::Length { space, axis, span },
            Measure::Rank => UniformSource::Rank(space),
            Measure::Size => UniformSource::Size(space),
        })
    }

    /// The uniform of a number that a shape has.
    pub(super) fn asked(&mut self, source: UniformSource) -> Value {
        if let Some(&known) = self.measures.get(&source) {
            return known;
        }
        let id = self.uniform(Ty::I64, source.clone());
        let value = self.graph.uniform(id, Ty::I64, 0);
        self.measures.insert(source, value);
        value
    }
}

/// The spaces that a program needs, of all that were spoken of on the way to it.
pub(super) struct Needed(Vec<bool>);

impl Needed {
    pub(super) fn new(program: &Program, spaces: &Spaces<'_>) -> Needed {
        let table = spaces.table();
        let mut needed = vec![false; table.len()];
        let mut need = |space: SpaceId| needed[space.index()] = true;
        for l in &program.loops {
            if let Extent::Space(space) = l.extent {
                need(space);
            }
        }
        for view in &program.views {
            view.path.iter().for_each(|&space| need(space));
        }
        for uniform in &program.uniforms {
            uniform.source.space().into_iter().for_each(&mut need);
        }
        for guard in &program.guards {
            if let GuardCondition::Empty(space) = guard.condition {
                need(space);
            }
        }
        for &(first, other) in &program.alike {
            need(first);
            need(other);
        }
        for (at, space) in table.iter().enumerate().rev() {
            if needed[at] {
                space.recipe.parts().iter().for_each(|part| needed[part.index()] = true);
            }
        }
        Needed(needed)
    }

    /// The needed spaces in order.
    fn spaces<'s>(&self, spaces: &'s Spaces<'_>) -> impl Iterator<Item = &'s Space> {
        spaces.table().iter().zip(&self.0).filter(|(_, needed)| **needed).map(|(space, _)| space)
    }

    /// The values, of the graph, that guards and indices take, in order.
    pub(super) fn bounds(&self, program: &Program, spaces: &Spaces<'_>) -> Vec<Value> {
        let mut values = Vec::new();
        for guard in &program.guards {
            if let GuardCondition::Outside(value, _) = guard.condition {
                values.push(value);
            }
        }
        for space in self.spaces(spaces) {
            let Recipe::Index(_, indices) = &space.recipe else { continue };
            for bound in indices.iter().flat_map(|index| index.bounds()) {
                if let Bound::Value(value) = bound {
                    values.push(value);
                }
            }
        }
        values
    }

    /// Gives them to the program. The values that guards and indices take are at `places` of its prologue, in order.
    pub(super) fn put(self, program: &mut Program, spaces: &mut Spaces<'_>, places: &[Value]) {
        if places.is_empty() && self.0.iter().all(|&needed| needed) {
            program.spaces = spaces.take_table();
            return;
        }
        let mut count = 0;
        let place = |&needed: &bool| {
            count += u32::from(needed);
            SpaceId(count.wrapping_sub(1))
        };
        let became: Vec<SpaceId> = self.0.iter().map(place).collect();
        let became = |space: SpaceId| became[space.index()];
        let mut places = places.iter().copied();
        for guard in &mut program.guards {
            if let GuardCondition::Outside(value, _) = &mut guard.condition {
                *value = places.next().expect("each value has a place");
            }
        }
        let mut bound = |bound| match bound {
            Bound::Value(_) => Bound::Value(places.next().expect("each value has a place")),
            Bound::Const(value) => Bound::Const(value),
        };
        program.spaces.extend(self.spaces(spaces).map(|Space { recipe, spans }| {
            let recipe = match recipe {
                Recipe::Array(array) => Recipe::Array(*array),
                Recipe::Single => Recipe::Single,
                Recipe::Broadcast(parts) => {
                    Recipe::Broadcast(parts.iter().map(|&part| became(part)).collect())
                }
                Recipe::Index(of, indices) => {
                    Recipe::Index(became(*of), indices.iter().map(|index| index.map(&mut bound)).collect())
                }
                Recipe::Permute(of, order) => Recipe::Permute(became(*of), order.clone()),
            };
            Space { recipe, spans: spans.clone() }
        }));
        program.map_spaces(became);
    }
}
