//! Checks of indices before a loop.
//!
//! Where the indices of a loop are sums of its number, those of loops inside, and of what does not change, their least and
//! greatest values say whether any trip leaves an array. If none does, a copy of the loop runs that checks nothing; otherwise the
//! loop as it stands, so that the error and the stores before it are exact. A nest has two copies, not one for each
//! of its loops: the outermost loop that can answer for all indices inside does.
//!
//! The check itself must not wrap: it holds only for numbers below [`LARGE`].

use super::copy::Copier;
use crate::ir::func::{Builder, End, Func, Inst, Module, Node, Region, Value};
use crate::ops::{Op, Primitives as _};
use crate::types::Ty;

/// Nodes of the largest loop that is copied.
const COPIED: usize = 600;

/// Numbers of which an index is a sum are smaller, and there are at most so many of them, by factors of less than [`FACTOR`]: so that no
/// sum leaves 64 bits.
const LARGE: i64 = 1 << 40;
const TERMS: usize = 4;
const FACTOR: i64 = 1 << 18;

/// The function with such loops copied.
pub(super) fn run(func: &Func, _: &Module) -> Func {
    let facts = Facts::of(func);
    Copier::whole(func, &mut |copier, node| visit(&facts, copier, node))
}

fn visit<'a>(facts: &Facts<'a>, copier: &mut Copier<'a, '_>, node: &'a Node) -> bool {
    let Node::For { results, .. } = node else { return false };
    let Some(found) = facts.hoisted(node) else { return false };
    let condition = condition(copier, &found);
    // One copy without those checks, whose places are the indices themselves; and one as it stands.
    let mut yields = Vec::new();
    let [fast, slow] = [true, false].map(|fast| {
        copier.b.open(&[]);
        copier.nodes(std::slice::from_ref(node), &mut |copier, inner| match inner {
            // The loop itself, once more: this time it is copied.
            Node::Within { place, index, .. } if fast && found.iter().any(|check| check.place == *place) => {
                let index = copier.became(*index);
                copier.set(&[*place], &[index]);
                true
            }
            _ => false,
        });
        let values = copier.all(results);
        yields.push(values.clone());
        copier.b.close(End::Yield(values))
    });
    let made = copier.b.branch(condition, fast, slow);
    copier.set(results, &made);
    true
}

/// An index that is checked, and how it comes about.
struct Check {
    place: Value,
    array: Value,
    axis: u32,
    sum: Sum,
}

/// A sum of values by constant factors, and of a constant. Values are numbers of loops, or stand before the loop.
#[derive(Clone, Default, PartialEq)]
struct Sum {
    terms: Vec<(Term, i64)>,
    constant: i64,
}

/// A value of a sum.
#[derive(Clone, Copy, PartialEq)]
enum Term {
    /// It stands before the loop.
    Fixed(Value),
    /// The number of a loop with these ends, of which the sign of the step is known.
    Number { start: Value, stop: Value, rises: bool },
}

/// Where values come from.
struct Facts<'a> {
    func: &'a Func,
    insts: Vec<Option<&'a Inst>>,
}

impl<'a> Facts<'a> {
    fn of(func: &'a Func) -> Facts<'a> {
        let mut facts = Facts { func, insts: vec![None; func.values()] };
        facts.region(&func.body);
        facts
    }

    fn region(&mut self, region: &'a Region) {
        for node in &region.nodes {
            if let Node::Let(value, inst) = node {
                self.insts[value.index()] = Some(inst);
            }
            node.regions().for_each(|region| self.region(region));
        }
    }

    /// The checks that a loop can make before it begins: all that are inside, or those of an innermost loop; `None` where there
    /// are none, or it is not for this loop to say.
    fn hoisted(&self, node: &'a Node) -> Option<Vec<Check>> {
        let mut search = Search {
            facts: self,
            inside: vec![false; self.func.values()],
            numbers: Vec::new(),
            checks: Vec::new(),
            all: 0,
            nodes: 0,
            loops: 0,
        };
        search.defined(node);
        search.node(node);
        let Search { checks, all, nodes, loops, .. } = search;
        let answers = checks.len() == all || loops == 1;
        (answers && !checks.is_empty() && nodes <= COPIED).then_some(checks)
    }
}

/// A walk through a loop that may be copied.
struct Search<'f, 'a> {
    facts: &'f Facts<'a>,
    /// Values that are defined in the loop.
    inside: Vec<bool>,
    /// The numbers of the loops around the node at hand, from the one that may be copied on.
    numbers: Vec<(Value, Term)>,
    checks: Vec<Check>,
    /// Indices that are checked, hoisted or not.
    all: usize,
    nodes: usize,
    loops: usize,
}

impl<'a> Search<'_, 'a> {
    fn defined(&mut self, node: &'a Node) {
        for region in node.regions() {
            region.params.iter().for_each(|param| self.inside[param.index()] = true);
            for node in &region.nodes {
                node.defines().iter().for_each(|value| self.inside[value.index()] = true);
                self.defined(node);
            }
        }
    }

    fn node(&mut self, node: &'a Node) {
        self.nodes += 1;
        self.loops += usize::from(node.is_loop());
        match node {
            Node::Within { place, array, axis, index, .. } => {
                self.all += 1;
                if !self.inside[array.index()]
                    && let Some(sum) = self.sum(*index)
                {
                    self.checks.push(Check { place: *place, array: *array, axis: *axis, sum });
                }
            }
            Node::For { start, stop, step, body, .. } => {
                let fixed = !self.inside[start.index()] && !self.inside[stop.index()];
                let step = self.facts.func.constant(*step).filter(|&step| fixed && step != 0);
                let number = body.params[0];
                if let Some(step) = step {
                    self.numbers.push((number, Term::Number { start: *start, stop: *stop, rises: step > 0 }));
                }
                self.regions(node);
                if step.is_some() {
                    self.numbers.pop();
                }
            }
            _ => self.regions(node),
        }
    }

    fn regions(&mut self, node: &'a Node) {
        node.regions().flat_map(|region| &region.nodes).for_each(|node| self.node(node));
    }

    /// A value as a sum, if it is one.
    fn sum(&self, value: Value) -> Option<Sum> {
        let mut sum = Sum::default();
        self.add(value, 1, &mut sum, 8)?;
        let small = sum.terms.len() <= TERMS && sum.constant.unsigned_abs() < LARGE as u64;
        (small && sum.terms.iter().all(|(_, factor)| factor.unsigned_abs() < FACTOR as u64)).then_some(sum)
    }

    /// Adds `value` by `factor`, looking so many instructions back.
    fn add(&self, value: Value, factor: i64, sum: &mut Sum, far: usize) -> Option<()> {
        let func = self.facts.func;
        if let Some(number) = func.constant(value) {
            sum.constant = sum.constant.checked_add(number.checked_mul(factor)?)?;
            return Some(());
        }
        if let Some((_, number)) = self.numbers.iter().find(|(number, _)| *number == value) {
            sum.terms.push((*number, factor));
            return Some(());
        }
        if !self.inside[value.index()] {
            sum.terms.push((Term::Fixed(value), factor));
            return Some(());
        }
        let far = far.checked_sub(1)?;
        match self.facts.insts[value.index()]? {
            Inst::Op(Op::Add, [x, y, _]) => {
                self.add(*x, factor, sum, far)?;
                self.add(*y, factor, sum, far)
            }
            Inst::Op(Op::Sub, [x, y, _]) => {
                self.add(*x, factor, sum, far)?;
                self.add(*y, factor.checked_neg()?, sum, far)
            }
            Inst::Op(Op::Neg, [x, ..]) => self.add(*x, factor.checked_neg()?, sum, far),
            Inst::Op(Op::Mul, [x, y, _]) => match (func.constant(*x), func.constant(*y)) {
                (_, Some(by)) => self.add(*x, factor.checked_mul(by)?, sum, far),
                (Some(by), _) => self.add(*y, factor.checked_mul(by)?, sum, far),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether no index of the checks leaves its array, as a new value.
fn condition(copier: &mut Copier<'_, '_>, checks: &[Check]) -> Value {
    let mut made = Conditions { copier, all: None };
    let mut small: Vec<Value> = Vec::new();
    let mut seen: Vec<&Check> = Vec::new();
    for check in checks {
        if seen
            .iter()
            .any(|other| (other.array, other.axis) == (check.array, check.axis) && other.sum == check.sum)
        {
            continue;
        }
        seen.push(check);
        for (term, _) in &check.sum.terms {
            let values = match *term {
                Term::Fixed(value) => [value, value],
                Term::Number { start, stop, .. } => [start, stop],
            };
            for value in values {
                if !small.contains(&value) {
                    small.push(value);
                    made.is_small(value);
                }
            }
        }
        let (least, greatest) = (made.end(&check.sum, false), made.end(&check.sum, true));
        let array = made.copier.became(check.array);
        let length = made.copier.b.length(array, check.axis as usize);
        let zero = made.number(0);
        made.and(Op::Ge, least, zero);
        made.and(Op::Lt, greatest, length);
    }
    made.all.expect("there are checks")
}

/// Conditions that must all hold.
struct Conditions<'c, 'a, 'b> {
    copier: &'c mut Copier<'a, 'b>,
    all: Option<Value>,
}

impl Conditions<'_, '_, '_> {
    fn b(&mut self) -> &mut Builder {
        self.copier.b
    }

    fn number(&mut self, number: i64) -> Value {
        self.b().number(number, Ty::I64)
    }

    fn and(&mut self, op: Op, x: Value, y: Value) {
        let condition = self.b().op(op, &[x, y]);
        self.all = Some(match self.all {
            Some(all) => self.b().op(Op::And, &[all, condition]),
            None => condition,
        });
    }

    /// An old value is smaller than [`LARGE`], and greater than its negative.
    fn is_small(&mut self, value: Value) {
        if self.copier.old.constant(value).is_some_and(|number| number.unsigned_abs() < LARGE as u64) {
            return;
        }
        let value = self.copier.became(value);
        let [below, above] = [LARGE, -LARGE].map(|end| self.number(end));
        self.and(Op::Lt, value, below);
        self.and(Op::Gt, value, above);
    }

    /// The least or the greatest that a sum may be.
    fn end(&mut self, sum: &Sum, greatest: bool) -> Value {
        let mut end = self.number(sum.constant);
        for &(term, factor) in &sum.terms {
            let value = match term {
                Term::Fixed(value) => self.copier.became(value),
                Term::Number { start, stop, rises } => {
                    // The start is a number of the loop; the other end is before the stop.
                    let towards_stop = rises == (greatest == (factor > 0));
                    let [start, stop] = [start, stop].map(|value| self.copier.became(value));
                    match towards_stop {
                        false => start,
                        true => {
                            let one = self.number(if rises { -1 } else { 1 });
                            self.b().op(Op::Add, &[stop, one])
                        }
                    }
                }
            };
            let factor = self.number(factor);
            let product = self.b().op(Op::Mul, &[value, factor]);
            end = self.b().op(Op::Add, &[end, product]);
        }
        end
    }
}
