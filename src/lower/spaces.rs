//! Shapes that are not known yet: each way to come by one is one space.
//!
//! Knows which values have the same shape whatever the arguments are, and which have if some arguments are
//! alike. It must not know values, nor lengths.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::small_map::SmallMap;
use crate::diag::Span;
use crate::ir::{ArrayId, Recipe, Space, SpaceId};

/// What a shape is the broadcast of, in order; a space that is none has itself alone.
type Leaves = SmallVec<[SpaceId; 4]>;

/// Where the text speaks of a space.
type Spans = SmallVec<[Span; 3]>;

/// The spaces found so far, operands first.
pub(super) struct Spaces<'a> {
    table: Vec<Space>,
    /// Of each in the table.
    kin: Vec<Kin>,
    /// All but those of arrays and the common shapes of others.
    known: HashMap<Recipe, SpaceId>,
    /// Common shapes by what they are the broadcast of.
    common: SmallMap<Leaves, SpaceId>,
    /// The last two that were found to have a common shape: they are asked for again at once.
    last: Option<((SpaceId, SpaceId), SpaceId)>,
    alike: &'a [ArrayId],
}

/// The spaces that one has to do with.
struct Kin {
    leaves: Leaves,
    class: SpaceId,
}

impl<'a> Spaces<'a> {
    /// `alike` names for each array the first one whose shape is taken to be the same; without it, all are.
    pub(super) fn new(alike: &'a [ArrayId]) -> Spaces<'a> {
        let (table, kin, known, common, last) = Default::default();
        Spaces { table, kin, known, common, last, alike }
    }

    /// All of them, in order.
    pub(super) fn table(&self) -> &[Space] {
        &self.table
    }

    /// The same, to keep.
    pub(super) fn take_table(&mut self) -> Vec<Space> {
        std::mem::take(&mut self.table)
    }

    /// The space that stands for all those of the same shape where arrays are alike as they are taken to be.
    pub(super) fn class(&self, space: SpaceId) -> SpaceId {
        self.kin[space.index()].class
    }

    fn recipe(&self, space: SpaceId) -> &Recipe {
        &self.table[space.index()].recipe
    }

    /// Whether it is the common shape of others.
    pub(super) fn is_broadcast(&self, space: SpaceId) -> bool {
        matches!(self.recipe(space), Recipe::Broadcast(_))
    }

    /// The shape of an array. Arrays come in order, before all else, so that their spaces have their numbers.
    pub(super) fn array(&mut self, array: ArrayId) -> SpaceId {
        let first = self.alike.get(array.index()).copied().unwrap_or(ArrayId(0));
        let space = SpaceId(array.0);
        self.push(Recipe::Array(array), Spans::new(), Leaves::from_slice(&[space]), SpaceId(first.0));
        space
    }

    /// What `by` makes of a shape, or of a single value.
    pub(super) fn reindexed(
        &mut self,
        of: Option<SpaceId>,
        spans: Spans,
        by: impl FnOnce(SpaceId) -> Recipe,
    ) -> SpaceId {
        let of = self.shape(of);
        self.make(by(of), spans)
    }

    /// The shape of a value, or of a single one.
    pub(super) fn shape(&mut self, space: Option<SpaceId>) -> SpaceId {
        space.unwrap_or_else(|| self.make(Recipe::Single, Spans::new()))
    }

    /// The common shape of values, of which single ones have none; `spans` are theirs, where the text has them.
    pub(super) fn broadcast(
        &mut self,
        parts: impl Iterator<Item = Option<SpaceId>> + Clone,
        spans: impl Iterator<Item = Span>,
    ) -> Option<SpaceId> {
        let mut shaped = parts.clone().flatten();
        let first = shaped.next()?;
        let Some(second) = shaped.find(|&space| space != first) else { return Some(first) };
        if let Some((known, space)) = self.last
            && known == (first, second)
            && shaped.all(|space| space == first || space == second)
        {
            return Some(space);
        }
        let (mut operands, mut places) = (Leaves::new(), Spans::new());
        let mut spans = spans;
        for part in parts {
            let span = spans.next();
            if let Some(part) = part
                && !operands.contains(&part)
            {
                operands.push(part);
                places.extend(span);
            }
        }
        let two = operands.len() == 2;
        let space = self.broadcast_different(operands, places);
        if two {
            self.last = Some(((first, second), space));
        }
        Some(space)
    }

    fn broadcast_different(&mut self, operands: Leaves, spans: Spans) -> SpaceId {
        // What has the leaves of all is the common shape already.
        let leaves_of = |part: &SpaceId| &self.kin[part.index()].leaves;
        let has_all = |all: &SpaceId| {
            let has = |leaf| leaves_of(all).binary_search(leaf).is_ok();
            operands.iter().all(|part| part == all || leaves_of(part).iter().all(has))
        };
        if let Some(all) = operands.iter().find(|part| has_all(part)) {
            return *all;
        }
        let mut leaves = Leaves::new();
        operands.iter().for_each(|part| leaves.extend_from_slice(leaves_of(part)));
        leaves.sort_unstable();
        leaves.dedup();
        self.common(leaves, operands, spans)
    }

    /// The common shape of `leaves`, as it comes by way of `operands`.
    fn common(&mut self, leaves: Leaves, operands: Leaves, spans: Spans) -> SpaceId {
        if let [only] = leaves[..] {
            return only;
        }
        if let Some(space) = self.common.get(&leaves) {
            return self.placed(space, spans);
        }
        let space = SpaceId(self.table.len() as u32);
        self.push(Recipe::Broadcast(operands), spans, Leaves::from_slice(&leaves), space);
        let mut classes = Leaves::new();
        leaves.iter().for_each(|leaf| classes.push(self.class(*leaf)));
        classes.sort_unstable();
        classes.dedup();
        if classes != leaves {
            let operands = Leaves::from_slice(&classes);
            self.kin[space.index()].class = self.common(classes, operands, Spans::new());
        }
        self.common.insert(leaves, space);
        space
    }

    /// The space of a recipe that is neither an array's nor a broadcast.
    fn make(&mut self, recipe: Recipe, spans: Spans) -> SpaceId {
        if let Some(&space) = self.known.get(&recipe) {
            return self.placed(space, spans);
        }
        let space = SpaceId(self.table.len() as u32);
        self.known.insert(recipe.clone(), space);
        self.push(recipe.clone(), spans, Leaves::from_slice(&[space]), space);
        let class = match recipe {
            Recipe::Index(of, indices) if self.class(of) != of => {
                self.make(Recipe::Index(self.class(of), indices), Spans::new())
            }
            Recipe::Permute(of, order) if self.class(of) != of => {
                self.make(Recipe::Permute(self.class(of), order), Spans::new())
            }
            _ => space,
        };
        self.kin[space.index()].class = class;
        space
    }

    /// A space that is known. The first place in the text where it comes about is kept; classes have none.
    fn placed(&mut self, space: SpaceId, spans: Spans) -> SpaceId {
        let known = &mut self.table[space.index()].spans;
        if known.is_empty() {
            *known = spans;
        }
        space
    }

    fn push(&mut self, recipe: Recipe, spans: Spans, leaves: Leaves, class: SpaceId) {
        self.table.push(Space { recipe, spans });
        self.kin.push(Kin { leaves, class });
    }
}
