//! Whether trips of a parallel loop can meet in an array from outside.
//!
//! Two trips are apart in an array if along some axis the index of each access is the same multiple of the loop's number, and
//! otherwise the same. Where a store has no number of the loop in any of its indices, all trips store to the same elements. Between
//! lies what cannot be told here: indices that come from memory, for one. Two arrays are taken to be apart.

use super::Outlined;
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::ir::Value;
use crate::ir::func::{End, Func, FuncId, Inst, Module, Node, Region, SiteId, Type, written};
use crate::ops::Op;
use crate::types::Ty;

/// What is to be said of the parallel loops of a module, each with its place; an error if trips are sure to meet.
pub(super) fn check(module: &Module, outlined: &[Outlined]) -> Result<Vec<(Span, String)>> {
    let written = written(module);
    let first = module.funcs.len() - outlined.len();
    let mut notes = Vec::new();
    for (func, outlined) in module.funcs[first..].iter().zip(outlined) {
        // Before the trips, a chunk prepares its own arrays.
        let trips = func.body.nodes.iter().rev().find_map(|node| match node {
            Node::For { step, body, .. } => Some((*step, body)),
            _ => None,
        });
        let (step, body) = trips.expect("a chunk has trips");
        let mut search = Search {
            func,
            module,
            written: &written,
            origins: vec![Origin::Outside; func.values()],
            number: body.params[0],
            accesses: Vec::new(),
        };
        search.defined(body);
        search.region(body, false);
        let step = func.constant(step).filter(|&step| step != 0).unwrap_or(1);
        search.judge(step, outlined, &mut notes)?;
    }
    Ok(notes)
}

/// Where a value comes from.
#[derive(Clone, Copy)]
enum Origin<'a> {
    /// From before the trips.
    Outside,
    Inst(&'a Inst),
    /// The place of an index.
    Within(Value, SiteId),
    /// The number of a loop inside.
    Number(Value, Value, Value),
    /// A new array of the trip.
    Made,
    Anything,
}

/// An index, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
enum Index {
    /// So often the loop's number, and other values by factors, and something between two constants. If numbers of loops inside are among
    /// the values, the index is *several*.
    Sum {
        number: i64,
        terms: Vec<(Value, i64)>,
        between: [i64; 2],
        several: bool,
    },
    Anything,
}

/// A load or a store of elements of an array from outside, a parameter of the chunk.
struct Access {
    param: usize,
    indices: Vec<Index>,
    stores: bool,
    /// Not every trip makes it.
    sometimes: bool,
    site: Option<SiteId>,
}

struct Search<'a> {
    func: &'a Func,
    module: &'a Module,
    written: &'a [Vec<bool>],
    origins: Vec<Origin<'a>>,
    number: Value,
    accesses: Vec<Access>,
}

impl<'a> Search<'a> {
    fn defined(&mut self, region: &'a Region) {
        region.params.iter().for_each(|param| self.origins[param.index()] = Origin::Anything);
        for node in &region.nodes {
            node.regions().for_each(|region| self.defined(region));
            for &value in node.defines() {
                self.origins[value.index()] = match node {
                    Node::Let(_, inst) => Origin::Inst(inst),
                    Node::Within { index, site, .. } => Origin::Within(*index, *site),
                    Node::Alloc { .. } => Origin::Made,
                    _ => Origin::Anything,
                };
            }
            if let Node::For { start, stop, step, body, .. } = node {
                self.origins[body.params[0].index()] = Origin::Number(*start, *stop, *step);
            }
        }
    }

    fn region(&mut self, region: &'a Region, mut sometimes: bool) {
        for node in &region.nodes {
            match node {
                Node::Let(_, Inst::Load(array, _, indices)) => {
                    self.access(*array, Some(indices), false, sometimes)
                }
                Node::Store { array, indices, .. } => self.access(*array, Some(indices), true, sometimes),
                Node::Call { func: FuncId(func), args, .. } => {
                    for (&arg, &stores) in args.iter().zip(&self.written[*func as usize]) {
                        if let Type::Array { .. } = self.func.ty(arg) {
                            self.access(arg, None, stores, true);
                        }
                    }
                }
                // A service reads the arrays that it is given.
                Node::Serve { args, .. } => {
                    for &arg in args {
                        if let Type::Array { .. } = self.func.ty(arg) {
                            self.access(arg, None, false, true);
                        }
                    }
                }
                Node::For { start, stop, body, .. } => {
                    let fixed = [start, stop].iter().all(|&&end| self.is_fixed(end));
                    self.region(body, sometimes || !fixed);
                }
                _ => node.regions().for_each(|region| self.region(region, true)),
            }
            // What stands behind a branch that goes on elsewhere is not always reached.
            sometimes |= node.regions().any(|region| !matches!(region.end, End::Yield(_)));
        }
    }

    fn is_fixed(&self, value: Value) -> bool {
        matches!(self.index(value, 8), Index::Sum { number: 0, .. })
    }

    /// An access of elements, or of any of an array's.
    fn access(&mut self, array: Value, indices: Option<&[Value]>, stores: bool, sometimes: bool) {
        let site = indices.into_iter().flatten().find_map(|index| match self.origins[index.index()] {
            Origin::Within(_, site) => Some(site),
            _ => None,
        });
        let (_, rank) = self.func.ty(array).array().expect("an array");
        let mut found: Vec<Index> = match indices {
            Some(indices) => indices.iter().map(|&index| self.index(index, 8)).collect(),
            None => vec![Index::Anything; rank],
        };
        let (mut array, mut site) = (array, site);
        let param = loop {
            match self.origins[array.index()] {
                Origin::Outside => match self.func.body.params.iter().position(|&param| param == array) {
                    Some(param) => break param,
                    // A part that the chunk has for itself.
                    None => return,
                },
                Origin::Inst(Inst::View { array: of, starts, axes }) => {
                    let along = |at: usize| {
                        axes.iter().position(|axis| axis.along.is_some_and(|(axis, _)| axis as usize == at))
                    };
                    let place = |(at, &start): (usize, &Value)| match along(at) {
                        None => self.index(start, 8),
                        Some(axis) => {
                            let (_, step) = axes[axis].along.expect("it goes along one");
                            let plain =
                                self.func.constant(start) == Some(0) && self.func.constant(step) == Some(1);
                            if plain { found[axis].clone() } else { Index::Anything }
                        }
                    };
                    found = starts.iter().enumerate().map(place).collect();
                    site = site.or(starts.iter().find_map(|start| match self.origins[start.index()] {
                        Origin::Within(_, site) => Some(site),
                        _ => None,
                    }));
                    array = *of;
                }
                Origin::Inst(Inst::Reshape(of, _)) => {
                    let (_, rank) = self.func.ty(*of).array().expect("an array");
                    found = vec![Index::Anything; rank];
                    array = *of;
                }
                // A new array; what a branch or a callee gives is not followed.
                _ => return,
            }
        };
        self.accesses.push(Access { param, indices: found, stores, sometimes, site });
    }

    /// An index, looking so many instructions back.
    fn index(&self, value: Value, far: usize) -> Index {
        let one = |value| Index::Sum { number: 0, terms: vec![(value, 1)], between: [0, 0], several: false };
        if let Some(constant) = self.func.constant(value) {
            return Index::Sum { number: 0, terms: Vec::new(), between: [constant; 2], several: false };
        }
        if value == self.number {
            return Index::Sum { number: 1, terms: Vec::new(), between: [0, 0], several: false };
        }
        let Some(far) = far.checked_sub(1) else { return Index::Anything };
        match self.origins[value.index()] {
            Origin::Outside => one(value),
            Origin::Within(index, _) => self.index(index, far),
            Origin::Number(start, stop, step) if let Some(between) = self.between([start, stop, step]) => {
                Index::Sum { number: 0, terms: Vec::new(), between, several: false }
            }
            Origin::Number(start, stop, step)
                if [start, stop, step].into_iter().all(|end| self.is_fixed(end)) =>
            {
                Index::Sum { number: 0, terms: vec![(value, 1)], between: [0, 0], several: true }
            }
            Origin::Inst(Inst::Op(op, operands)) if self.func.ty(value) == Ty::I64.into() => {
                let [x, y, _] = *operands;
                let sum = match op {
                    Op::Add => add(self.index(x, far), self.index(y, far), 1),
                    Op::Sub => add(self.index(x, far), self.index(y, far), -1),
                    Op::Mul => match (self.func.constant(x), self.func.constant(y)) {
                        (_, Some(by)) => times(self.index(x, far), by),
                        (Some(by), _) => times(self.index(y, far), by),
                        _ => None,
                    },
                    _ => None,
                };
                // Whatever is made of values that do not change does not either.
                let fixed = |&operand: &Value| self.is_fixed_by(operand, far);
                sum.unwrap_or_else(|| match operands[..op.arity()].iter().all(fixed) {
                    true => Index::Sum { number: 0, terms: vec![(value, 1)], between: [0, 0], several: true },
                    false => Index::Anything,
                })
            }
            Origin::Inst(Inst::Length(array, _)) if self.is_outside(*array) => one(value),
            _ => Index::Anything,
        }
    }

    /// The least and the greatest number of a range that is known.
    fn between(&self, range: [Value; 3]) -> Option<[i64; 2]> {
        let [start, stop, step] = range.map(|end| self.func.constant(end));
        let (start, stop) = (start?, stop?);
        if step? > 0 {
            Some([start, start.max(stop.checked_sub(1)?)])
        } else {
            Some([start.min(stop.checked_add(1)?), start])
        }
    }

    fn is_fixed_by(&self, value: Value, far: usize) -> bool {
        matches!(self.index(value, far), Index::Sum { number: 0, .. })
    }

    fn is_outside(&self, value: Value) -> bool {
        matches!(self.origins[value.index()], Origin::Outside)
    }

    /// Looks at all pairs of a store and another access.
    fn judge(&self, step: i64, outlined: &Outlined, notes: &mut Vec<(Span, String)>) -> Result<()> {
        let mut noted: Vec<usize> = Vec::new();
        for store in self.accesses.iter().filter(|access| access.stores) {
            let others = self.accesses.iter().filter(|other| other.param == store.param);
            if others.into_iter().all(|other| apart(store, other, step)) {
                continue;
            }
            let place = |site: SiteId| self.module.sites[site.index()].span;
            let span = store.site.map_or(outlined.span, place);
            let name = &outlined.names[store.param];
            let fixed = |index: &Index| matches!(index, Index::Sum { number: 0, .. });
            if !store.sometimes && store.indices.iter().all(fixed) {
                let message = format!("every trip of a parallel loop stores to the same elements of {name}");
                return Err(Error::new(ErrorKind::Value, message)
                    .at(span, "this is the same in all trips")
                    .at(outlined.span, "trips of this loop run at once")
                    .help("write `range`, or give each trip elements of its own"));
            }
            if !noted.contains(&store.param) {
                noted.push(store.param);
                let message = format!(
                    "nothing shows that trips of this parallel loop stay apart in {name}: what one stores another \
                     may read or overwrite, in any order"
                );
                notes.push((span, message));
            }
        }
        Ok(())
    }
}

/// Whether no two trips make these accesses to one element. The loop's numbers are so far apart.
fn apart(x: &Access, y: &Access, step: i64) -> bool {
    x.indices.iter().zip(&y.indices).any(|(x, y)| match (x, y) {
        (
            Index::Sum { number: a, terms: t, between: c, several: false },
            Index::Sum { number: b, terms: u, between: d, several: false },
        ) if a == b && *a != 0 && t == u => {
            // The numbers of two trips are a multiple of this apart.
            let multiple = (i128::from(*a) * i128::from(step)).abs();
            let distances = [i128::from(c[0]) - i128::from(d[1]), i128::from(c[1]) - i128::from(d[0])];
            let exact = distances[0] == distances[1];
            exact && distances[0] % multiple != 0
                || distances.iter().all(|distance| distance.abs() < multiple)
        }
        _ => false,
    })
}

/// `x + y * by`
fn add(x: Index, y: Index, by: i64) -> Option<Index> {
    let Index::Sum { number: a, mut terms, between: c, several: s } = x else { return None };
    let Index::Sum { number: b, terms: others, between: d, several: r } = times(y, by)? else { return None };
    for (value, factor) in others {
        match terms.iter_mut().find(|(other, _)| *other == value) {
            Some((_, so_far)) => *so_far = so_far.checked_add(factor)?,
            None => terms.push((value, factor)),
        }
    }
    terms.retain(|(_, factor)| *factor != 0);
    terms.sort_by_key(|(value, _)| value.index());
    let between = [c[0].checked_add(d[0])?, c[1].checked_add(d[1])?];
    Some(Index::Sum { number: a.checked_add(b)?, terms, between, several: s || r })
}

fn times(x: Index, by: i64) -> Option<Index> {
    let Index::Sum { number, terms, between: [least, greatest], several } = x else { return None };
    let terms = terms.into_iter().map(|(value, factor)| Some((value, factor.checked_mul(by)?)));
    let terms = terms.collect::<Option<_>>()?;
    let mut between = [least.checked_mul(by)?, greatest.checked_mul(by)?];
    between.sort_unstable();
    Some(Index::Sum { number: number.checked_mul(by)?, terms, between, several })
}
