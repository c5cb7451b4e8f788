//! One walk through a function that folds constants, applies the rules of algebra, gives equal values one computation,
//! and drops what is known already: checks that hold, branches that are decided, indices that were checked before.
//!
//! Each number of the function has a shadow ([`numbers`](super::numbers)), which is *placed* when a node of the new
//! function computes it; that holds in the region of the node and those inside, as do all [`facts`](super::facts).

use super::contract;
use super::copy::Copier;
use super::facts::{Fact, Facts, Known};
use super::intervals::Interval;
use super::numbers::{Numbers, Shadow};
use crate::ir;
use crate::ir::func::{Axis, Builder, End, Func, Inst, Module, Node, Region, SiteId, Type, Value, Values};
use crate::ops::Op;
use crate::options::FpMode;
use crate::types::{Ty, Word};

/// A branch becomes a selection where each side costs no more operations than this.
const SELECTED: usize = 6;

/// The simplified function.
pub(super) fn run(func: &Func, module: &Module, fp: FpMode, expands: bool) -> Func {
    let mut s = Simplifier {
        old: func,
        module,
        b: Copier::begin(func),
        numbers: Numbers::new(fp, expands),
        facts: Facts::default(),
        became: vec![None; func.values()],
        products: if fp == FpMode::Strict { Vec::new() } else { contract::products(func) },
        memory: 0,
    };
    let params = s.b.params();
    s.define_all(&func.body.params, &params);
    let end = s.nodes(&func.body);
    s.b.finish(end)
}

/// What a value of the old function has become.
#[derive(Clone, Copy)]
enum Became {
    Number(Shadow),
    Array(Value),
}

struct Simplifier<'a> {
    old: &'a Func,
    module: &'a Module,
    b: Builder,
    numbers: Numbers,
    facts: Facts,
    became: Vec<Option<Became>>,
    /// Products that may join a sum.
    products: Vec<Option<(Value, Value)>>,
    /// A number for what memory holds: another one after each store.
    memory: u32,
}

impl<'a> Simplifier<'a> {
    /// An old value has become a new one, which stands.
    fn define(&mut self, old: Value, new: Value) {
        let became = match self.b.ty(new) {
            Type::Array { .. } => Became::Array(new),
            Type::Scalar(ty) => {
                let shadow = self.numbers.opaque(ty);
                self.facts.learn(Fact::Placed(shadow), Known::Value(new));
                Became::Number(shadow)
            }
        };
        self.became[old.index()] = Some(became);
    }

    fn define_all(&mut self, old: &[Value], new: &[Value]) {
        old.iter().zip(new).for_each(|(&old, &new)| self.define(old, new));
    }

    fn became(&self, old: Value) -> Became {
        self.became[old.index()].expect("operands stand before their users")
    }

    fn shadow(&self, old: Value) -> Shadow {
        match self.became(old) {
            Became::Number(shadow) => shadow,
            Became::Array(_) => unreachable!("the verifier saw a number"),
        }
    }

    /// The new value of an old one, placed if it is not.
    fn value(&mut self, old: Value) -> Value {
        let became = self.became(old);
        self.placed(became)
    }

    fn placed(&mut self, became: Became) -> Value {
        match became {
            Became::Array(value) => value,
            Became::Number(shadow) => self.place(shadow),
        }
    }

    fn values(&mut self, old: &[Value]) -> Values {
        old.iter().map(|&value| self.value(value)).collect()
    }

    /// The nodes of a region in the open one, and how that ends.
    fn nodes(&mut self, region: &'a Region) -> End {
        self.spliced(region).unwrap_or_else(|| {
            let values = self.values(region.end.values());
            let mut values = values.into_iter();
            region.end.map(|_| values.next().expect("as many"))
        })
    }

    /// The nodes of a region in the open one; its end where it is another than that of the region.
    fn spliced(&mut self, region: &'a Region) -> Option<End> {
        region.nodes.iter().find_map(|node| self.node(node))
    }

    /// A region of its own, with what its yields have become.
    fn region(
        &mut self,
        region: &'a Region,
        before: impl FnOnce(&mut Self, &[Value]),
    ) -> (Region, Vec<Became>) {
        let mark = self.facts.mark();
        let types: Vec<Type> = region.params.iter().map(|&param| self.old.ty(param)).collect();
        let params = self.b.open(&types);
        self.define_all(&region.params, &params);
        before(self, &params);
        let end = self.nodes(region);
        let yields = match &region.end {
            End::Yield(values) if matches!(end, End::Yield(_)) => {
                values.iter().map(|&value| self.became(value)).collect()
            }
            _ => Vec::new(),
        };
        self.facts.forget(mark);
        (self.b.close(end), yields)
    }

    /// The region of a loop: each trip finds what those before it have stored, and so does what comes after the last.
    fn repeated(
        &mut self,
        region: &'a Region,
        before: impl FnOnce(&mut Self, &[Value]),
    ) -> (Region, Vec<Became>) {
        let stores = u32::from(region.stores());
        self.memory += stores;
        let made = self.region(region, before);
        self.memory += stores;
        made
    }

    /// A node; gives the end of the region where nothing after it can run.
    fn node(&mut self, node: &'a Node) -> Option<End> {
        match node {
            Node::Let(value, inst) => {
                let became = self.inst(inst, self.old.ty(*value));
                self.became[value.index()] = Some(became);
                self.placed(became);
            }
            Node::Within { place, array, axis, index, site, .. } => {
                let (array, index) = (self.value(*array), self.shadow(*index));
                let became = self.within(array, *axis, index, *site);
                self.became[place.index()] = Some(Became::Number(became));
            }
            Node::Store { array, component, indices, value } => {
                let (array, stored) = (self.value(*array), self.shadow(*value));
                let places: Vec<Shadow> = indices.iter().map(|&index| self.shadow(index)).collect();
                let (indices, value) = (self.values(indices), self.place(stored));
                self.b.store(array, *component, &indices, value);
                // It may be of any array.
                self.memory += 1;
                self.facts
                    .learn(Fact::Element(self.memory, array, *component, places), Known::Shadow(stored));
            }
            Node::Alloc { array, lengths, site } => {
                let shadows: Vec<Shadow> = lengths.iter().map(|&length| self.shadow(length)).collect();
                let (dtype, _) = self.old.ty(*array).array().expect("the verifier saw an array");
                let lengths = self.values(lengths);
                let made = self.b.alloc(dtype, &lengths, *site);
                self.has_lengths(made, &shadows);
                self.became[array.index()] = Some(Became::Array(made));
            }
            Node::Check { ok, site, shown } => {
                let condition = self.shadow(*ok);
                match self.facts.truth(&self.numbers, condition) {
                    Some(true) => {}
                    Some(false) => return Some(End::Fail(*site, self.values(shown))),
                    None => {
                        let (ok, shown) = (self.place(condition), self.values(shown));
                        self.b.check(ok, *site, &shown);
                        self.facts.learn_truth(&self.numbers, condition, true);
                    }
                }
            }
            Node::Call { func, args, results, site } => {
                let args = self.values(args);
                let types = &self.module.funcs[func.index()].results;
                let made = self.b.call(*func, &args, types, *site);
                self.memory += 1;
                self.define_all(results, &made);
            }
            Node::Parallel { func, args, count, site } => {
                let (args, count) = (self.values(args), self.value(*count));
                self.b.parallel(*func, &args, count, *site);
                self.memory += 1;
            }
            Node::Lanes(lanes) => {
                let made: Values =
                    lanes.results.iter().map(|&result| self.b.value(self.old.ty(result))).collect();
                let mapped = lanes.map(&made, |value| self.value(value));
                self.b.push(Node::Lanes(Box::new(mapped)));
                self.define_all(&lanes.results, &made);
                self.memory += u32::from(!lanes.stores.is_empty());
            }
            Node::Serve { service, args, results } => {
                let args = self.values(args);
                let made = self.b.serve(*service, &args);
                self.memory += 1;
                self.define_all(results, &made);
            }
            Node::If { condition, then, otherwise, results } => {
                return self.branch(*condition, then, otherwise, results);
            }
            Node::For { start, stop, step, carried, body, results } => {
                let [from, to, by] = [start, stop, step].map(|&value| self.shadow(value));
                let bounds = [from, to, by].map(|shadow| self.place(shadow));
                let carried = self.values(carried);
                let (body, _) = self.repeated(body, |s, _| s.learn_number(body.params[0], from, to, by));
                let made = self.b.range(bounds, &carried, body);
                self.define_all(results, &made);
            }
            Node::Loop { carried, body, results } => {
                let carried = self.values(carried);
                let (body, _) = self.repeated(body, |_, _| {});
                let types: Vec<Type> = results.iter().map(|&result| self.old.ty(result)).collect();
                let made = self.b.repeat(&carried, body, &types);
                self.define_all(results, &made);
            }
        }
        (!self.b.falls_through()).then_some(End::Never)
    }

    /// A branch: one side of it, a selection, or a branch.
    fn branch(
        &mut self,
        condition: Value,
        then: &'a Region,
        otherwise: &'a Region,
        results: &[Value],
    ) -> Option<End> {
        let condition = self.shadow(condition);
        if let Some(truth) = self.facts.truth(&self.numbers, condition) {
            let taken = if truth { then } else { otherwise };
            if let Some(end) = self.spliced(taken) {
                return Some(end);
            }
            let End::Yield(values) = &taken.end else {
                let values = self.values(taken.end.values());
                let mut values = values.into_iter();
                return Some(taken.end.map(|_| values.next().expect("as many")));
            };
            for (result, &value) in results.iter().zip(values) {
                self.became[result.index()] = Some(self.became(value));
            }
            return None;
        }
        let test = self.place(condition);
        let (mut then, yes) = self.region(then, |s, _| s.facts.learn_truth(&s.numbers, condition, true));
        let (mut otherwise, no) =
            self.region(otherwise, |s, _| s.facts.learn_truth(&s.numbers, condition, false));
        if let (End::Yield(a), End::Yield(b)) = (&then.end, &otherwise.end)
            && is_cheap(&then)
            && is_cheap(&otherwise)
            && a.iter().all(|&value| self.b.ty(value).scalar().is_some())
        {
            let values: Vec<(Value, Value)> = a.iter().copied().zip(b.iter().copied()).collect();
            for node in then.nodes.into_iter().chain(otherwise.nodes) {
                self.b.push(node);
            }
            for ((&result, (yes, no)), (a, b)) in results.iter().zip(yes.into_iter().zip(no)).zip(values) {
                let (Became::Number(yes), Became::Number(no)) = (yes, no) else {
                    unreachable!("both are numbers")
                };
                self.facts.learn(Fact::Placed(yes), Known::Value(a));
                self.facts.learn(Fact::Placed(no), Known::Value(b));
                let ty = self.numbers.ty(yes);
                let selected = self.numbers.number(ir::Inst::op(Op::Select, &[condition, yes, no]), ty);
                self.became[result.index()] = Some(Became::Number(selected));
                self.place(selected);
            }
            return None;
        }
        // What both sides leave as it was is no result.
        let mut changed = Vec::new();
        for (at, &result) in results.iter().enumerate() {
            match (yes.get(at), no.get(at)) {
                (Some(&yes), Some(&no)) if self.is_same(yes, no) => self.became[result.index()] = Some(yes),
                _ => changed.push(at),
            }
        }
        for region in [&mut then, &mut otherwise] {
            if let End::Yield(values) = &mut region.end {
                *values = changed.iter().map(|&at| values[at]).collect();
            }
        }
        self.memory += u32::from(then.stores() || otherwise.stores());
        let made = self.b.branch(test, then, otherwise);
        for (&at, new) in changed.iter().zip(made) {
            self.define(results[at], new);
        }
        (!self.b.falls_through()).then_some(End::Never)
    }

    /// Whether two values are one that stands.
    fn is_same(&self, a: Became, b: Became) -> bool {
        match (a, b) {
            (Became::Array(a), Became::Array(b)) => a == b,
            (Became::Number(a), Became::Number(b)) => a == b && self.facts.get(&Fact::Placed(a)).is_some(),
            _ => false,
        }
    }

    /// The place of an index, checked if it has to be.
    fn within(&mut self, array: Value, axis: u32, index: Shadow, site: SiteId) -> Shadow {
        let length = self.length(array, axis);
        if let Some(Known::Shadow(place)) = self.facts.get(&Fact::Within(index, length)) {
            return place;
        }
        let natural = self.numbers.interval(index).least >= 0 || self.compares(Op::Ge, index, 0);
        if natural && self.is_below(index, length) {
            return index;
        }
        let value = self.place(index);
        let place = self.b.value(Ty::I64.into());
        self.b.push(Node::Within { place, array, axis, index: value, site, from_end: !natural });
        let shadow = match natural {
            true => index,
            false => {
                let shadow = self.numbers.opaque(Ty::I64);
                self.facts.learn(Fact::Placed(shadow), Known::Value(place));
                let most = self.numbers.interval(length).greatest;
                self.numbers
                    .set_interval(shadow, Interval { least: 0, greatest: most.saturating_sub(1).max(0) });
                shadow
            }
        };
        self.facts.learn(Fact::Within(index, length), Known::Shadow(shadow));
        shadow
    }

    /// The length of an axis of a new array.
    fn length(&mut self, array: Value, axis: u32) -> Shadow {
        match self.of_array(Inst::Length(array, axis), Ty::I64.into()) {
            Became::Number(shadow) => {
                if self.numbers.interval(shadow) == Interval::ALL {
                    self.numbers.set_interval(shadow, Interval::NATURAL);
                }
                shadow
            }
            Became::Array(_) => unreachable!("a length is a number"),
        }
    }

    /// The lengths of a new array are known.
    fn has_lengths(&mut self, array: Value, lengths: &[Shadow]) {
        for (axis, &length) in lengths.iter().enumerate() {
            self.facts.learn(Fact::Inst(Inst::Length(array, axis as u32)), Known::Shadow(length));
        }
    }

    /// What an instruction on new values gives that depends on descriptors alone.
    fn of_array(&mut self, inst: Inst, ty: Type) -> Became {
        match self.facts.get(&Fact::Inst(inst.clone())) {
            Some(Known::Shadow(shadow)) => return Became::Number(shadow),
            Some(Known::Value(array)) => return Became::Array(array),
            _ => {}
        }
        let value = self.b.inst(inst.clone(), ty);
        match ty.scalar() {
            Some(ty) => {
                let shadow = self.numbers.opaque(ty);
                self.facts.learn(Fact::Placed(shadow), Known::Value(value));
                self.facts.learn(Fact::Inst(inst), Known::Shadow(shadow));
                Became::Number(shadow)
            }
            None => {
                self.facts.learn(Fact::Inst(inst), Known::Value(value));
                Became::Array(value)
            }
        }
    }

    fn inst(&mut self, inst: &'a Inst, ty: Type) -> Became {
        match inst {
            Inst::Const(bits) => {
                let word = Word::from_bits(ty.scalar().expect("the verifier saw a number"), *bits);
                Became::Number(self.numbers.literal(word))
            }
            Inst::Op(op @ (Op::Add | Op::Sub), [x, y, _]) if let Some(sum) = self.joined(*op, *x, *y) => {
                Became::Number(sum)
            }
            Inst::Op(op, operands) => {
                let operands: Vec<Shadow> =
                    operands[..op.arity()].iter().map(|&value| self.shadow(value)).collect();
                let ty = ty.scalar().expect("the verifier saw a number");
                Became::Number(self.numbers.number(ir::Inst::op(*op, &operands), ty))
            }
            Inst::Length(array, axis) => {
                let array = self.value(*array);
                Became::Number(self.length(array, *axis))
            }
            Inst::Stride(array, axis) => {
                let array = self.value(*array);
                self.of_array(Inst::Stride(array, *axis), ty)
            }
            Inst::Load(array, component, indices) => {
                let places: Vec<Shadow> = indices.iter().map(|&index| self.shadow(index)).collect();
                let element = Fact::Element(self.memory, self.value(*array), *component, places);
                if let Some(Known::Shadow(shadow)) = self.facts.get(&element) {
                    return Became::Number(shadow);
                }
                let inst = self.mapped(inst);
                let value = self.b.inst(inst, ty);
                let shadow = self.numbers.opaque(ty.scalar().expect("an element is a number"));
                self.facts.learn(Fact::Placed(shadow), Known::Value(value));
                self.facts.learn(element, Known::Shadow(shadow));
                Became::Number(shadow)
            }
            // Each is another, if it is as long.
            Inst::Scratch(elements) => {
                let made = self.b.inst(inst.clone(), ty);
                let length = self.numbers.literal(Word::I64(*elements as i64));
                self.has_lengths(made, &[length]);
                Became::Array(made)
            }
            Inst::View { axes, .. } => {
                let lengths: Vec<Shadow> = axes.iter().map(|axis: &Axis| self.shadow(axis.length)).collect();
                self.array_of(inst, ty, &lengths)
            }
            Inst::Reshape(_, lengths) => {
                let lengths: Vec<Shadow> = lengths.iter().map(|&length| self.shadow(length)).collect();
                self.array_of(inst, ty, &lengths)
            }
        }
    }

    /// A sum or a difference with a product that rounds once, if one of its operands is a product that may join it.
    fn joined(&mut self, op: Op, x: Value, y: Value) -> Option<Shadow> {
        let product = |value: Value| self.products.get(value.index()).copied().flatten();
        let (of, (a, b), is_second) = match (product(x), product(y)) {
            (_, Some(factors)) => (x, factors, true),
            (Some(factors), None) => (y, factors, false),
            (None, None) => return None,
        };
        let [mut of, mut a, b] = [of, a, b].map(|value| self.shadow(value));
        let ty = self.numbers.ty(of);
        let negated = if is_second { &mut a } else { &mut of };
        if op == Op::Sub {
            *negated = self.numbers.number(ir::Inst::op(Op::Neg, &[*negated]), ty);
        }
        Some(self.numbers.number(ir::Inst::op(Op::Fma, &[a, b, of]), ty))
    }

    fn array_of(&mut self, inst: &Inst, ty: Type, lengths: &[Shadow]) -> Became {
        let inst = self.mapped(inst);
        let made = self.of_array(inst, ty);
        if let Became::Array(array) = made {
            self.has_lengths(array, lengths);
        }
        made
    }

    /// An instruction on new values.
    fn mapped(&mut self, inst: &Inst) -> Inst {
        inst.map(|old| self.value(old))
    }

    /// The new value of a shadow, computed here if nothing around has.
    fn place(&mut self, shadow: Shadow) -> Value {
        if let Some(Known::Value(value)) = self.facts.get(&Fact::Placed(shadow)) {
            return value;
        }
        let inst = match self.numbers.inst(shadow) {
            ir::Inst::Const(bits) => Inst::Const(bits),
            inst @ ir::Inst::Op(op, _) => {
                let operands: Values = inst.operands().iter().map(|&operand| self.place(operand)).collect();
                Inst::op(op, &operands)
            }
            other => unreachable!("{other:?} is opaque, and stands where it is used"),
        };
        let value = self.b.inst(inst, self.numbers.ty(shadow).into());
        self.facts.learn(Fact::Placed(shadow), Known::Value(value));
        value
    }

    /// The number of a range lies between its ends.
    fn learn_number(&mut self, number: Value, start: Shadow, stop: Shadow, step: Shadow) {
        let number = self.shadow(number);
        let (first, last) = (self.numbers.interval(start), self.numbers.interval(stop));
        let interval = match self.numbers.constant(step) {
            Some(by) if by > 0 => {
                let below = self.numbers.op(Op::Lt, [number, stop]);
                self.facts.learn_truth(&self.numbers, below, true);
                Interval { least: first.least, greatest: last.greatest.saturating_sub(1) }
            }
            Some(by) if by < 0 => Interval { least: last.least.saturating_add(1), greatest: first.greatest },
            _ => return,
        };
        if interval.least <= interval.greatest {
            self.numbers.set_interval(number, interval);
        }
    }

    /// Whether a comparison of an i64 with a number is known to hold.
    fn compares(&mut self, op: Op, x: Shadow, number: i64) -> bool {
        let number = self.numbers.literal(Word::I64(number));
        let condition = self.numbers.op(op, [x, number]);
        self.facts.truth(&self.numbers, condition) == Some(true)
    }

    /// Whether an index of 0 or more is known to be less than a length.
    fn is_below(&mut self, index: Shadow, length: Shadow) -> bool {
        let below = self.numbers.op(Op::Lt, [index, length]);
        if self.facts.truth(&self.numbers, below) == Some(true) {
            return true;
        }
        // i < n - d and c <= d make i + c < n. No length is so small that n - d wraps, for d is not negative; i + c must not
        // wrap either, which below zero is for its interval to say.
        let (number, more) = self.numbers.split(index);
        if more < 0 && self.numbers.interval(number).least.checked_add(more).is_none() {
            return false;
        }
        (0..=8).any(|less| {
            let stop = match less {
                0 => length,
                _ => {
                    let less = self.numbers.literal(Word::I64(-less));
                    self.numbers.op(Op::Add, [length, less])
                }
            };
            let below = self.numbers.op(Op::Lt, [number, stop]);
            more <= less && self.facts.truth(&self.numbers, below) == Some(true)
        })
    }
}

/// Whether a region only computes, and little.
fn is_cheap(region: &Region) -> bool {
    let is_cheap = |node: &Node| match node {
        Node::Let(_, Inst::Op(op, _)) => {
            use Op::{Div, Exponent, FloorDiv, Fraction, Mod, Pow, Scale, Sqrt};
            let slow = matches!(op, Div | FloorDiv | Mod | Pow | Sqrt | Scale | Fraction | Exponent);
            Some(usize::from(!slow && !op.is_function() && !op.is_choice() || *op == Op::Select))
                .filter(|&n| n > 0)
        }
        Node::Let(_, Inst::Const(_) | Inst::Length(..)) => Some(0),
        _ => None,
    };
    let costs: Option<Vec<usize>> = region.nodes.iter().map(is_cheap).collect();
    costs.is_some_and(|costs| costs.iter().sum::<usize>() <= SELECTED)
}
