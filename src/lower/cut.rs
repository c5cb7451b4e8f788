//! Parts of the graph become bodies of loops.
//!
//! Elements do not pass between loops, so that what indices leave of a result is computed from what they
//! leave of its operands: on the way from a root to the arrays, steps from one space to another gather, and
//! the element of an array is loaded by a view that takes them all. It must not know the tree.

use std::collections::HashMap;

use super::graph::{Graph, Node, Source};
use super::small_map::SmallMap;
use crate::ir::{ArrayId, Body, Extent, Inst, Loop, NO_VALUE, SpaceId, Value, View, ViewId};

/// The steps from the elements of a value to the trips of the loop, a list that others may share the end of: 0 where
/// there are none, else one more than its place among the paths.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Path(u32);

/// A value is that of the trip.
const HERE: Path = Path(0);

/// Copies parts of a graph into bodies.
pub(super) struct Cutter<'g> {
    graph: &'g Graph<'g>,
    /// For each value that is needed without a step, its place in the body being filled.
    places: Vec<Value>,
    /// The same for those at the end of a path.
    far: HashMap<(Value, Path), Value>,
    needed: Vec<(Value, Path)>,
    /// The space that each path leads to first, and the rest of it.
    paths: Vec<(SpaceId, Path)>,
    known_paths: HashMap<(SpaceId, Path), Path>,
    pub views: Vec<View>,
    known_views: SmallMap<(ArrayId, Path, SpaceId), ViewId>,
}

impl<'g> Cutter<'g> {
    pub(super) fn new(graph: &'g Graph<'g>) -> Cutter<'g> {
        Cutter {
            graph,
            places: vec![NO_VALUE; graph.len()],
            far: HashMap::new(),
            needed: Vec::new(),
            paths: Vec::new(),
            known_paths: HashMap::new(),
            views: Vec::new(),
            known_views: SmallMap::default(),
        }
    }

    /// Fills the body of a loop whose stores and reduces still speak of the graph. Gives what it took of `limit`, or
    /// None if that is not enough.
    pub(super) fn cut(&mut self, l: &mut Loop, limit: usize) -> Option<usize> {
        l.roots().for_each(|root| self.need(root, HERE));
        let space = match l.extent {
            Extent::Space(space) => Some(space),
            Extent::Once => None,
        };
        let taken = self.fill(&mut l.body, space, limit)?;
        l.map_roots(|root| self.places[root.index()]);
        self.forget();
        Some(taken)
    }

    /// A body of what single values need, and their places in it; None where `limit` is not enough.
    pub(super) fn cut_singles(&mut self, roots: &[Value], limit: usize) -> Option<(Body, Vec<Value>)> {
        roots.iter().for_each(|&root| self.need(root, HERE));
        let mut body = Body::default();
        self.fill(&mut body, None, limit)?;
        let places = roots.iter().map(|root| self.places[root.index()]).collect();
        self.forget();
        Some((body, places))
    }

    fn need(&mut self, value: Value, path: Path) {
        let known = match path {
            HERE => std::mem::replace(&mut self.places[value.index()], value) != NO_VALUE,
            path => self.far.insert((value, path), value).is_some(),
        };
        if !known {
            self.needed.push((value, path));
        }
    }

    fn place(&self, value: Value, path: Path) -> Value {
        match path {
            HERE => self.places[value.index()],
            path => self.far[&(value, path)],
        }
    }

    /// Fills a body with what the needed values need and nothing else, in the order of the graph. Takes the time
    /// of that body, however large the graph. Gives the number of primitives and of steps, or None if they are
    /// more than `limit`.
    fn fill(&mut self, body: &mut Body, space: Option<SpaceId>, limit: usize) -> Option<usize> {
        let graph = self.graph;
        let (mut next, mut taken) = (0, 0);
        while let Some(&(value, path)) = self.needed.get(next) {
            next += 1;
            let node = graph.node(value);
            match node.source {
                Source::Inst(ref inst @ Inst::Op(..)) => {
                    taken += 1;
                    for &operand in inst.operands() {
                        let path = self.operand_path(node.space, operand, path);
                        self.need(operand, path);
                    }
                }
                Source::Reindex { of, over } => {
                    taken += 1;
                    let path = self.reindexed_path(node, of, over, path);
                    self.need(of, path);
                }
                Source::Inst(_) | Source::Array(..) => {}
            }
            if taken > limit {
                return None;
            }
        }
        let mut needed = std::mem::take(&mut self.needed);
        needed.sort_unstable();
        for &(value, path) in &needed {
            let node = graph.node(value);
            let became = match node.source {
                Source::Inst(inst) => {
                    let inst = inst.map(|operand| {
                        let path = self.operand_path(node.space, operand, path);
                        self.place(operand, path)
                    });
                    body.push(inst, node.ty)
                }
                Source::Array(array, component) => {
                    let space = space.expect("elements are of a loop over a space");
                    let view = self.view(array, path, space);
                    body.push(Inst::Load(view, component), node.ty)
                }
                Source::Reindex { of, over } => {
                    let path = self.reindexed_path(node, of, over, path);
                    self.place(of, path)
                }
            };
            match path {
                HERE => self.places[value.index()] = became,
                path => _ = self.far.insert((value, path), became),
            }
        }
        self.needed = needed;
        Some(taken)
    }

    /// Makes ready for another body.
    fn forget(&mut self) {
        self.far.clear();
        for (value, path) in self.needed.drain(..) {
            if path == HERE {
                self.places[value.index()] = NO_VALUE;
            }
        }
    }

    /// The path from an operand of a value over `space`, which has this path itself.
    fn operand_path(&mut self, space: Option<SpaceId>, operand: Value, path: Path) -> Path {
        // What every trip has, and what a trip of the loop's own has, is at the end of no path.
        if path == HERE {
            return HERE;
        }
        match (self.graph.node(operand).space, space) {
            (None, _) => HERE,
            (Some(own), Some(space)) if own != space => self.broadcast(space, path),
            _ => path,
        }
    }

    /// The path from `of`, whose elements over `over` the value of `node` picks.
    fn reindexed_path(&mut self, node: &Node, of: Value, over: SpaceId, path: Path) -> Path {
        let path = self.step(node.space.expect("places are in a space"), path);
        match self.graph.node(of).space {
            None => HERE,
            Some(own) if own != over => self.broadcast(over, path),
            _ => path,
        }
    }

    /// By way of `space`. A broadcast that another follows, as at the end of each path one does, is none of its
    /// own.
    fn broadcast(&mut self, space: SpaceId, path: Path) -> Path {
        match self.first_step(path) {
            Some((first, _)) if !self.graph.spaces.is_broadcast(first) => self.step(space, path),
            _ => path,
        }
    }

    fn first_step(&self, path: Path) -> Option<(SpaceId, Path)> {
        Some(self.paths[path.0.checked_sub(1)? as usize])
    }

    fn step(&mut self, space: SpaceId, path: Path) -> Path {
        *self.known_paths.entry((space, path)).or_insert_with(|| {
            self.paths.push((space, path));
            Path(self.paths.len() as u32)
        })
    }

    fn view(&mut self, array: ArrayId, path: Path, space: SpaceId) -> ViewId {
        if let Some(view) = self.known_views.get(&(array, path, space)) {
            return view;
        }
        let (mut rest, mut steps) = (path, Vec::new());
        while let Some((next, after)) = self.first_step(rest) {
            steps.push(next);
            rest = after;
        }
        let view = ViewId(self.views.len() as u32);
        self.views.push(View { array, path: steps, space });
        self.known_views.insert((array, path, space), view);
        view
    }
}
