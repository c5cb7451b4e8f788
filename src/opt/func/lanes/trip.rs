//! Whether a loop can run on lanes, and the body that a trip becomes.

use std::collections::HashMap;

use crate::ir;
use crate::ir::func::{End, Func, Inst, Node, Region, Value, Values};
use crate::ir::{OutputId, Store, UniformId, ViewId};
use crate::ops::{Op, Primitives as _, Reduction};
use crate::types::{Component, Ty};

/// Nodes of the largest trip.
const LONGEST: usize = 200;

/// Math functions in a trip, at most: each is some dozens of instructions.
const FUNCTIONS: usize = 4;

/// Fewer trips are not worth the call.
pub(super) const FEWEST: i64 = 16;

/// Where a value of a trip comes from.
#[derive(Clone, Copy)]
pub(super) enum Def<'a> {
    /// The flag: something has been stored before.
    Inst(&'a Inst, bool),
    /// One of two values.
    Choice(Value, Value, Value),
}

/// A stream, in values of the function as it was: its indices are those of any trip.
#[derive(PartialEq)]
pub(super) struct OldStream {
    /// Without one, it is the numbers from 0 on.
    pub array: Option<Value>,
    pub indices: Values,
    pub axis: Option<u32>,
    pub late: bool,
}

/// What a trip hands on.
#[derive(Clone, Copy)]
pub(super) enum Carried {
    /// What it was handed.
    Same,
    /// With a value joined to it.
    Joined { reduction: Reduction, value: ir::Value, exact: bool },
    /// What follows from it in the order of the trips.
    Ordered,
}

/// A loop on lanes.
pub(super) struct Trip<'a> {
    pub func: &'a Func,
    pub node: &'a Node,
    pub defs: HashMap<Value, Def<'a>>,
    /// How often values are used.
    pub uses: HashMap<Value, u32>,
    pub number: Value,
    pub fixed: HashMap<Value, bool>,
    /// Conditions without which it does not run: old values that no trip changes.
    pub checks: Vec<Value>,
    pub body: ir::Builder,
    pub became: HashMap<Value, ir::Value>,
    pub loads: Vec<OldStream>,
    pub stores: Vec<OldStream>,
    pub stored: Vec<Store>,
    pub uniforms: Vec<Value>,
    pub carried: Vec<Carried>,
    /// What trips leave for the loop in order, as it was and in the body.
    pub feeds: Vec<(Value, ir::Value)>,
    /// The carried values of a trip.
    pub params: &'a [Value],
    /// Whether values depend on what is handed on in order, and those of them that were looked at.
    pub follows: HashMap<Value, bool>,
    pub taken: Vec<Value>,
    /// What else happens in the order of the trips: what stores or can fail.
    pub in_order: Vec<&'a Node>,
    /// The arrays that it stores to.
    pub writes: Vec<Value>,
    functions: usize,
}

impl<'a> Trip<'a> {
    /// The loop as one on lanes, if it can be one. Where `scratch` is, it may leave values for another.
    pub fn of(func: &'a Func, node: &'a Node, scratch: bool) -> Option<Trip<'a>> {
        let Node::For { start, stop, step, body, .. } = node else { return None };
        let constant = |value: &Value| func.constant(*value);
        if constant(step) != Some(1) || body.nodes.len() > LONGEST {
            return None;
        }
        if let (Some(start), Some(stop)) = (constant(start), constant(stop))
            && stop.saturating_sub(start) < FEWEST
        {
            return None;
        }
        let new = || Trip {
            func,
            node,
            defs: HashMap::new(),
            uses: HashMap::new(),
            number: body.params[0],
            fixed: HashMap::new(),
            checks: Vec::new(),
            body: ir::Builder::default(),
            became: HashMap::new(),
            loads: Vec::new(),
            stores: Vec::new(),
            stored: Vec::new(),
            uniforms: Vec::new(),
            carried: Vec::new(),
            feeds: Vec::new(),
            params: &body.params[1..],
            follows: HashMap::new(),
            taken: Vec::new(),
            in_order: Vec::new(),
            writes: Vec::new(),
            functions: 0,
        };
        let End::Yield(yields) = &body.end else { return None };
        let whole = new().on_lanes(body, yields).filter(|trip| scratch || !trip.uses_scratch());
        whole.or_else(|| new().in_parts(body, yields).filter(|_| scratch))
    }

    /// A trip of which nothing but sums must happen in order.
    fn on_lanes(mut self, body: &'a Region, yields: &'a [Value]) -> Option<Trip<'a>> {
        self.begin(body, yields);
        let mut stores = Vec::new();
        for node in &body.nodes {
            match node {
                Node::Store { .. } => {
                    node.operands().iter().for_each(|&value| self.used(value));
                    stores.push(node);
                }
                Node::Check { ok, .. } if stores.is_empty() => {
                    node.operands().iter().for_each(|&value| self.used(value));
                    self.checks.push(*ok);
                }
                node => self.pure(node, !stores.is_empty(), false)?,
            }
        }
        yields.iter().for_each(|&value| self.used(value));
        if !(0..self.checks.len()).all(|at| self.is_fixed(self.checks[at])) {
            return None;
        }
        for at in 0..self.checks.len() {
            self.fixed_loads(self.checks[at]);
        }
        for node in stores {
            self.store(node)?;
        }
        self.end(body, yields)
    }

    /// A trip that leaves to a loop in order all that stores or can fail.
    fn in_parts(mut self, body: &'a Region, yields: &'a [Value]) -> Option<Trip<'a>> {
        self.begin(body, yields);
        body.nodes.iter().for_each(|node| stored(node, &mut self.writes));
        for node in &body.nodes {
            let stays = match node {
                Node::Let(_, Inst::Load(array, ..)) => self.writes.contains(array),
                Node::Let(..) => false,
                Node::Check { ok, .. } => !(self.in_order.is_empty() && self.is_fixed(*ok)),
                node => !only_computes(node),
            };
            match node {
                _ if stays => {
                    if !goes_on(node) {
                        return None;
                    }
                    self.mentioned(node);
                    for &value in node.defines() {
                        self.func.ty(value).scalar()?;
                        self.fixed.insert(value, false);
                        self.follows.insert(value, true);
                    }
                    self.in_order.push(node);
                }
                Node::Check { ok, .. } => {
                    node.operands().iter().for_each(|&value| self.used(value));
                    self.checks.push(*ok);
                }
                node => self.pure(node, false, false)?,
            }
        }
        yields.iter().for_each(|&value| self.used(value));
        for at in 0..self.checks.len() {
            self.fixed_loads(self.checks[at]);
        }
        for at in 0..self.writes.len() {
            if self.defs.contains_key(&self.writes[at]) || !self.is_fixed(self.writes[at]) {
                return None;
            }
        }
        self.end(body, yields)
    }

    fn begin(&mut self, body: &Region, yields: &[Value]) {
        body.params.iter().for_each(|&param| {
            self.fixed.insert(param, false);
        });
        for (&param, &next) in self.params.iter().zip(yields) {
            if param == next {
                self.fixed.insert(param, true);
            }
        }
    }

    /// What the trip hands on, and whether it is worth it.
    fn end(mut self, body: &'a Region, yields: &'a [Value]) -> Option<Trip<'a>> {
        for (&param, &next) in body.params[1..].iter().zip(yields) {
            let carried = match param == next {
                true => Carried::Same,
                false => self.joined(param, next).unwrap_or(Carried::Ordered),
            };
            self.carried.push(carried);
        }
        self.order(yields)?;
        // Where it stores over what it loads, a second store could be before a load of its own trip.
        let in_place =
            self.loads.iter().any(|load| self.stores.iter().any(|store| store.array == load.array));
        let joins = self.carried.iter().any(|c| matches!(c, Carried::Joined { .. }));
        let does = joins || !self.stores.is_empty() || !self.feeds.is_empty();
        (does && !(in_place && self.stores.len() + self.feeds.len() > 1)).then_some(self)
    }

    /// Counts the values that a node uses, and those inside it.
    fn mentioned(&mut self, node: &Node) {
        mentioned(node, &mut |value| *self.uses.entry(value).or_default() += 1);
    }

    /// Whether values go through memory of the function's own.
    pub fn uses_scratch(&self) -> bool {
        !self.feeds.is_empty() || self.loads.iter().any(|load| load.array.is_none())
    }

    /// The streams of the body's views.
    pub fn moving(&self) -> impl Iterator<Item = &OldStream> {
        self.loads.iter().filter(|load| load.axis.is_some())
    }

    fn used(&mut self, value: Value) {
        *self.uses.entry(value).or_default() += 1;
    }

    /// A node that only computes. In a branch nothing is loaded: the condition may keep the index within.
    fn pure(&mut self, node: &'a Node, late: bool, branch: bool) -> Option<()> {
        node.operands().iter().for_each(|&value| self.used(value));
        match node {
            Node::Let(value, inst) => {
                match inst {
                    Inst::Load(..) if branch => return None,
                    Inst::Const(_) | Inst::Op(..) | Inst::Length(..) | Inst::Stride(..) | Inst::Load(..) => {}
                    Inst::View { .. } | Inst::Reshape(..) | Inst::Scratch(_) => return None,
                }
                self.defs.insert(*value, Def::Inst(inst, late));
            }
            Node::If { condition, then, otherwise, results } => {
                let (End::Yield(yes), End::Yield(no)) = (&then.end, &otherwise.end) else { return None };
                for region in [then, otherwise] {
                    region.nodes.iter().try_for_each(|node| self.pure(node, late, true))?;
                    region.end.values().iter().for_each(|&value| self.used(value));
                }
                for ((&result, &yes), &no) in results.iter().zip(yes).zip(no) {
                    self.func.ty(result).scalar()?;
                    self.defs.insert(result, Def::Choice(*condition, yes, no));
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether a value is the same in every trip.
    pub fn is_fixed(&mut self, value: Value) -> bool {
        if let Some(&fixed) = self.fixed.get(&value) {
            return fixed;
        }
        let fixed = match self.defs.get(&value) {
            None => true,
            Some(Def::Choice(..)) => false,
            Some(Def::Inst(inst, late)) => {
                !(*late && matches!(inst, Inst::Load(..)))
                    && inst.operands().iter().all(|&operand| self.is_fixed(operand))
            }
        };
        self.fixed.insert(value, fixed);
        fixed
    }

    /// By how much an i64 grows from trip to trip, if that is always the same.
    pub fn growth(&mut self, value: Value) -> Option<i64> {
        if value == self.number {
            return Some(1);
        }
        if self.is_fixed(value) {
            return Some(0);
        }
        let Some(&Def::Inst(&Inst::Op(op, [x, y, _]), _)) = self.defs.get(&value) else { return None };
        match op {
            Op::Add => self.growth(x)?.checked_add(self.growth(y)?),
            Op::Sub => self.growth(x)?.checked_sub(self.growth(y)?),
            _ => None,
        }
    }

    /// The stream that indices follow.
    fn stream(&mut self, array: Value, indices: &Values, late: bool) -> Option<OldStream> {
        if self.defs.contains_key(&array) || !self.is_fixed(array) {
            return None;
        }
        let mut along = None;
        for (axis, &index) in indices.iter().enumerate() {
            match self.growth(index)? {
                0 => {}
                1 if along.is_none() => along = Some(axis as u32),
                _ => return None,
            }
            self.fixed_loads(index);
        }
        Some(OldStream { array: Some(array), indices: indices.clone(), axis: along, late })
    }

    fn store(&mut self, node: &'a Node) -> Option<()> {
        let Node::Store { array, component, indices, value } = node else { unreachable!("it is a store") };
        let stream = self.stream(*array, indices, false)?;
        stream.axis?;
        let output = match self.stores.iter().position(|known| *known == stream) {
            Some(at) => at,
            None => {
                self.stores.push(stream);
                self.stores.len() - 1
            }
        };
        let output = OutputId(output as u32);
        let twice = |s: &Store| s.output == output && s.component == *component;
        if self.stored.iter().any(twice) {
            return None;
        }
        let value = self.value(*value)?;
        self.stored.push(Store { output, component: *component, value });
        Some(())
    }

    /// The value of the body that a value becomes.
    pub fn value(&mut self, old: Value) -> Option<ir::Value> {
        if let Some(&known) = self.became.get(&old) {
            return Some(known);
        }
        let ty = self.func.ty(old).scalar()?;
        let made = match self.defs.get(&old).copied() {
            Some(Def::Inst(Inst::Const(bits), _)) => self.body.inst(ir::Inst::Const(*bits), ty),
            None if let Some(bits) = self.func.bits(old) => self.body.inst(ir::Inst::Const(bits), ty),
            _ if self.is_fixed(old) => self.uniform(old, ty),
            None if old == self.number => {
                let indices = Values::new();
                let view = self.view(OldStream { array: None, indices, axis: Some(0), late: false });
                let first = self.uniform(old, ty);
                let since = self.body.inst(ir::Inst::Load(view, Component::Whole), ty);
                self.body.op(Op::Add, &[first, since])
            }
            Some(Def::Choice(condition, yes, no)) => {
                let [condition, yes, no] = [self.value(condition)?, self.value(yes)?, self.value(no)?];
                self.body.op(Op::Select, &[condition, yes, no])
            }
            Some(Def::Inst(Inst::Op(op, operands), _)) => {
                self.functions += usize::from(op.is_function());
                if self.functions > FUNCTIONS {
                    return None;
                }
                let operands: Option<Vec<ir::Value>> =
                    operands[..op.arity()].iter().map(|&operand| self.value(operand)).collect();
                self.body.inst(ir::Inst::op(*op, &operands?), ty)
            }
            Some(Def::Inst(Inst::Load(array, component, indices), late)) => {
                let stream = self.stream(*array, indices, late)?;
                stream.axis?;
                let view = self.view(stream);
                self.body.inst(ir::Inst::Load(view, *component), ty)
            }
            _ => return None,
        };
        self.became.insert(old, made);
        Some(made)
    }

    /// The view of a stream that advances.
    fn view(&mut self, stream: OldStream) -> ViewId {
        let known = self.moving().position(|known| *known == stream);
        let view = known.unwrap_or(self.moving().count());
        if known.is_none() {
            self.loads.push(stream);
        }
        ViewId(view as u32)
    }

    /// A value that no trip changes, or the number of the first. The elements that it is made of must not be stored to.
    fn uniform(&mut self, old: Value, ty: Ty) -> ir::Value {
        self.fixed_loads(old);
        self.uniforms.push(old);
        self.body.inst(ir::Inst::Uniform(UniformId(self.uniforms.len() as u32 - 1)), ty)
    }

    pub fn fixed_loads(&mut self, old: Value) {
        let Some(&Def::Inst(inst, _)) = self.defs.get(&old) else { return };
        if let Inst::Load(array, _, indices) = inst {
            let stream = OldStream { array: Some(*array), indices: indices.clone(), axis: None, late: false };
            if !self.loads.contains(&stream) {
                self.loads.push(stream);
            }
        }
        inst.operands().iter().for_each(|&operand| self.fixed_loads(operand));
    }
}

/// Calls `f` with every value that a node and those inside it use.
pub(super) fn mentioned(node: &Node, f: &mut dyn FnMut(Value)) {
    node.operands().into_iter().for_each(&mut *f);
    for region in node.regions() {
        region.nodes.iter().for_each(|node| mentioned(node, f));
        region.end.values().iter().copied().for_each(&mut *f);
    }
}

/// The arrays that a node stores to.
fn stored(node: &Node, arrays: &mut Vec<Value>) {
    if let Node::Store { array, .. } = node
        && !arrays.contains(array)
    {
        arrays.push(*array);
    }
    node.regions().flat_map(|region| &region.nodes).for_each(|node| stored(node, arrays));
}

/// Whether a node and those inside only compute.
fn only_computes(node: &Node) -> bool {
    match node {
        Node::Let(_, inst) => {
            matches!(inst, Inst::Const(_) | Inst::Op(..) | Inst::Length(..) | Inst::Stride(..))
        }
        Node::If { .. } => {
            node.regions().all(|region| region.falls_out() && region.nodes.iter().all(only_computes))
        }
        _ => false,
    }
}

/// Whether what follows a node always runs, unless the function fails; and it makes no arrays.
fn goes_on(node: &Node) -> bool {
    match node {
        Node::Let(_, inst) => !matches!(inst, Inst::View { .. } | Inst::Reshape(..) | Inst::Scratch(_)),
        Node::Store { .. } | Node::Check { .. } | Node::Within { .. } => true,
        Node::If { .. } => node.regions().all(|region| {
            let fails = matches!(region.end, End::Fail(..));
            (region.falls_out() || fails) && region.nodes.iter().all(goes_on)
        }),
        _ => false,
    }
}
