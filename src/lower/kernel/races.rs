//! Whether trips of a parallel loop can meet in an array from outside.
//!
//! Two trips are apart in an array if along some axis the index of each access is the same multiple of the loop's number, and
//! otherwise the same, and no index counts from the end where another counts from the start. Where a store has no number of the loop in
//! any of its indices, all trips store to the same elements. Between lies what cannot be told here: indices that come from memory, for
//! one. Two arrays are taken to be apart.

use super::Outlined;
use super::affine::{Affine, Term, add, apart, times};
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::ir::Value;
use crate::ir::func::{End, Func, FuncId, Inst, Module, Node, Region, SiteId, Type, written};
use crate::ops::Op;
use crate::types::Ty;

/// What is to be said of the parallel loops of a module, each with its place; an error if trips are sure to meet.
pub(super) fn check(module: &Module, outlined: &[Option<Outlined>]) -> Result<Vec<(Span, String)>> {
    if outlined.is_empty() {
        return Ok(Vec::new());
    }
    let written = written(module);
    let first = module.funcs.len() - outlined.len();
    let mut notes = Vec::new();
    for caller in &module.funcs[..first] {
        let mut insts = vec![None; caller.values()];
        let mut loops = Vec::new();
        around(&caller.body, &mut insts, &mut loops);
        for (FuncId(func), args) in loops {
            // Elements of a map are apart.
            let Some(outlined) = &outlined[func as usize - first] else { continue };
            let func = &module.funcs[func as usize];
            let caller = Caller { func: caller, insts: &insts, args };
            Search::of(func, module, &written, caller, outlined).judge(outlined, &mut notes)?;
        }
    }
    Ok(notes)
}

/// Finds where values of a function come from, and its parallel loops with what these are given.
fn around<'a>(region: &'a Region, insts: &mut [Option<&'a Inst>], loops: &mut Vec<(FuncId, &'a [Value])>) {
    for node in &region.nodes {
        match node {
            Node::Let(value, inst) => insts[value.index()] = Some(inst),
            Node::Parallel { func, args, .. } => loops.push((*func, args)),
            _ => (),
        }
        node.regions().for_each(|region| around(region, insts, loops));
    }
}

/// The function around a parallel loop.
struct Caller<'a> {
    func: &'a Func,
    /// Where its values come from.
    insts: &'a [Option<&'a Inst>],
    /// What it gives the chunk.
    args: &'a [Value],
}

/// Where a value comes from.
#[derive(Clone, Copy)]
enum Origin<'a> {
    /// From before the trips.
    Outside,
    Inst(&'a Inst),
    /// The place of an index in an array.
    Within {
        array: Value,
        index: Value,
        site: SiteId,
    },
    /// The number of a loop inside.
    Number(Value, Value, Value),
    /// A new array of the trip.
    Made,
    Anything,
}

/// A load or a store of elements of an array from outside, a parameter of the chunk.
struct Access {
    param: usize,
    /// An index for each axis, if it is known.
    indices: Vec<Option<Affine>>,
    stores: bool,
    /// Not every trip makes it.
    sometimes: bool,
    site: Option<SiteId>,
}

struct Search<'a> {
    func: &'a Func,
    module: &'a Module,
    written: &'a [Vec<bool>],
    caller: Caller<'a>,
    origins: Vec<Origin<'a>>,
    number: Value,
    /// From one number to the next.
    step: i64,
    /// The least number and the greatest, by values that do not change.
    numbers: [Option<Affine>; 2],
    accesses: Vec<Access>,
}

impl<'a> Search<'a> {
    /// Looks through a chunk.
    fn of(
        func: &'a Func,
        module: &'a Module,
        written: &'a [Vec<bool>],
        caller: Caller<'a>,
        outlined: &Outlined,
    ) -> Search<'a> {
        // Before the trips, a chunk prepares its own arrays.
        let trips = func.body.nodes.iter().rev().find_map(|node| match node {
            Node::For { body, .. } => Some(body),
            _ => None,
        });
        let body = trips.expect("a chunk has trips");
        let origins = vec![Origin::Outside; func.values()];
        let [start, stop, step] = outlined.range;
        let step = caller.func.constant(step).filter(|&step| step != 0);
        let mut search = Search {
            func,
            module,
            written,
            caller,
            origins,
            number: body.params[0],
            step: step.unwrap_or(1),
            numbers: [None, None],
            accesses: Vec::new(),
        };
        search.defined(body);
        let next_to = |stop: Option<Affine>, far| add(stop?, Affine::constant(far), 1);
        let [start, stop] = [start, stop].map(|end| search.given(end, 4));
        search.numbers = match step {
            Some(1..) => [start, next_to(stop, -1)],
            Some(_) => [next_to(stop, 1), start],
            None => [None, None],
        };
        search.region(body, false);
        search
    }

    /// A value of the function around by those that the chunk is given, looking so many instructions back.
    fn given(&self, value: Value, far: usize) -> Option<Affine> {
        let Caller { func, insts, args } = self.caller;
        if let Some(constant) = func.constant(value) {
            return Some(Affine::constant(constant));
        }
        let param = |value: Value| {
            let at = args.iter().position(|&arg| arg == value)?;
            Some(self.func.body.params[at])
        };
        if let Some(Inst::Length(array, axis)) = insts[value.index()]
            && let Some(array) = param(*array)
        {
            return Some(Affine::term(Term::Length(array, *axis)));
        }
        if let Some(param) = param(value) {
            return Some(Affine::value(param));
        }
        let far = far.checked_sub(1)?;
        match insts[value.index()]? {
            Inst::Op(Op::Add, [x, y, _]) => add(self.given(*x, far)?, self.given(*y, far)?, 1),
            Inst::Op(Op::Sub, [x, y, _]) => add(self.given(*x, far)?, self.given(*y, far)?, -1),
            _ => None,
        }
    }

    fn defined(&mut self, region: &'a Region) {
        region.params.iter().for_each(|param| self.origins[param.index()] = Origin::Anything);
        for node in &region.nodes {
            node.regions().for_each(|region| self.defined(region));
            for &value in node.defines() {
                self.origins[value.index()] = match node {
                    Node::Let(_, inst) => Origin::Inst(inst),
                    &Node::Within { array, index, site, .. } => Origin::Within { array, index, site },
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
        matches!(self.index(value, 8), Some(Affine { number: 0, .. }))
    }

    /// An access of elements, or of any of an array's.
    fn access(&mut self, array: Value, indices: Option<&[Value]>, stores: bool, sometimes: bool) {
        let site = indices.into_iter().flatten().find_map(|index| match self.origins[index.index()] {
            Origin::Within { site, .. } => Some(site),
            _ => None,
        });
        let (_, rank) = self.func.ty(array).array().expect("an array");
        let mut found: Vec<Option<Affine>> = match indices {
            Some(indices) => indices.iter().map(|&index| self.index(index, 8)).collect(),
            None => vec![None; rank],
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
                            if plain { found[axis].clone() } else { None }
                        }
                    };
                    found = starts.iter().enumerate().map(place).collect();
                    site = site.or(starts.iter().find_map(|start| match self.origins[start.index()] {
                        Origin::Within { site, .. } => Some(site),
                        _ => None,
                    }));
                    array = *of;
                }
                Origin::Inst(Inst::Reshape(of, _)) => {
                    let (_, rank) = self.func.ty(*of).array().expect("an array");
                    found = vec![None; rank];
                    array = *of;
                }
                // A new array; what a branch or a callee gives is not followed.
                _ => return,
            }
        };
        self.accesses.push(Access { param, indices: found, stores, sometimes, site });
    }

    /// An index, looking so many instructions back.
    fn index(&self, value: Value, far: usize) -> Option<Affine> {
        if let Some(constant) = self.func.constant(value) {
            return Some(Affine::constant(constant));
        }
        if value == self.number {
            return Some(Affine { number: 1, ..Affine::constant(0) });
        }
        let far = far.checked_sub(1)?;
        match self.origins[value.index()] {
            Origin::Outside => {
                let param = self.func.body.params.iter().position(|&param| param == value);
                match param.and_then(|at| self.caller.args.get(at)) {
                    Some(&arg) => self.given(arg, 0),
                    None => Some(Affine::value(value)),
                }
            }
            Origin::Within { array, index, .. } => {
                Some(Affine { wraps: Some(array), ..self.index(index, far)? })
            }
            Origin::Number(start, stop, step) if let Some(between) = self.between([start, stop, step]) => {
                Some(Affine { between, ..Affine::constant(0) })
            }
            Origin::Number(start, stop, step)
                if [start, stop, step].into_iter().all(|end| self.is_fixed(end)) =>
            {
                Some(Affine { several: true, ..Affine::value(value) })
            }
            Origin::Inst(Inst::Op(op, operands)) if self.func.ty(value) == Ty::I64.into() => {
                let [x, y, _] = *operands;
                let sum = match op {
                    Op::Add | Op::Sub => match (self.index(x, far), self.index(y, far)) {
                        (Some(x), Some(y)) => add(x, y, if *op == Op::Add { 1 } else { -1 }),
                        _ => None,
                    },
                    Op::Neg => self.index(x, far).and_then(|x| times(x, -1)),
                    Op::Mul => match (self.func.constant(x), self.func.constant(y)) {
                        (_, Some(by)) => self.index(x, far).and_then(|x| times(x, by)),
                        (Some(by), _) => self.index(y, far).and_then(|y| times(y, by)),
                        _ => None,
                    },
                    _ => None,
                };
                // Whatever is made of values that do not change does not either.
                let fixed = |&operand: &Value| self.is_fixed_by(operand, far);
                sum.or_else(|| {
                    let all = operands[..op.arity()].iter().all(fixed);
                    all.then(|| Affine { several: true, ..Affine::value(value) })
                })
            }
            Origin::Inst(Inst::Length(array, axis)) if self.is_outside(*array) => {
                Some(Affine::term(Term::Length(*array, *axis)))
            }
            _ => None,
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
        matches!(self.index(value, far), Some(Affine { number: 0, .. }))
    }

    fn is_outside(&self, value: Value) -> bool {
        matches!(self.origins[value.index()], Origin::Outside)
    }

    /// Whether a term is sure not to be negative.
    fn is_natural(&self, term: Term) -> bool {
        // Where there is a trip, the numbers lie below the stop.
        let ends_the_loop = |last: &Affine| last.terms[..] == [(term, 1)] && last.between == [-1; 2];
        let from_zero = |first: &Affine| first.terms.is_empty() && first.between[0] >= 0;
        let [least, greatest] = &self.numbers;
        matches!(term, Term::Length(..))
            || greatest.as_ref().is_some_and(ends_the_loop) && least.as_ref().is_some_and(from_zero)
    }

    /// Whether an index is sure not to be negative, and whether it is sure to be.
    fn signs(&self, index: &Affine) -> [bool; 2] {
        [1, -1].map(|sign| {
            // Not negative, or by another sign, is what the least of these is not.
            let least = self.numbers[usize::from((index.number < 0) == (sign > 0))].clone();
            let sum = match index.number {
                0 => times(index.clone(), sign),
                by => least.and_then(|number| {
                    let number = times(number, by)?;
                    times(add(Affine { number: 0, ..index.clone() }, number, 1)?, sign)
                }),
            };
            sum.is_some_and(|sum| {
                let natural = |&(term, by): &(Term, i64)| by > 0 && self.is_natural(term);
                sum.terms.iter().all(natural) && sum.between[0] >= i64::from(sign < 0)
            })
        })
    }

    /// Whether no two trips make these accesses to one element.
    fn apart(&self, x: &Access, y: &Access) -> bool {
        x.indices.iter().zip(&y.indices).any(|(x, y)| {
            let (Some(x), Some(y)) = (x, y) else { return false };
            if !apart(x, y, self.step) {
                return false;
            }
            let [x_signs, y_signs] = [self.signs(x), self.signs(y)];
            (x.wraps.is_none() || x_signs[0]) && (y.wraps.is_none() || y_signs[0])
                || x.wraps.is_some() && x.wraps == y.wraps && x_signs[1] && y_signs[1]
        })
    }

    /// Looks at all pairs of a store and another access.
    fn judge(&self, outlined: &Outlined, notes: &mut Vec<(Span, String)>) -> Result<()> {
        let mut noted: Vec<usize> = Vec::new();
        for store in self.accesses.iter().filter(|access| access.stores) {
            let others = self.accesses.iter().filter(|other| other.param == store.param);
            if others.into_iter().all(|other| self.apart(store, other)) {
                continue;
            }
            let place = |site: SiteId| self.module.sites[site.index()].span;
            let span = store.site.map_or(outlined.span, place);
            let name = &outlined.names[store.param];
            let fixed = |index: &Option<Affine>| matches!(index, Some(Affine { number: 0, .. }));
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
