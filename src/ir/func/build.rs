//! How functions are made, by lowering and by passes: node after node, region within region.
//!
//! A region is opened, filled and closed before the node that owns it:
//!
//! ```text
//! let mut b = Builder::new("clamp", &[Ty::F64.into()], &[Ty::F64.into()]);
//! let x = b.params()[0];
//! let zero = b.number(0, Ty::F64);
//! let below = b.op(Op::Lt, &[x, zero]);
//! b.open(&[]);
//! let then = b.close(End::Yield([zero].into()));
//! b.open(&[]);
//! let otherwise = b.close(End::Yield([x].into()));
//! let clamped = b.branch(below, then, otherwise)[0];
//! let func = b.finish(End::Yield([clamped].into()));
//! ```
//!
//! It finds types, and holds nothing to the rules of the IR: that is the verifier's.

use super::outline::outline;
use super::{Axis, End, Func, FuncId, Inst, Known, Node, Region, Service, SiteId, Type, Value, Values};
use crate::ops::{Op, Primitives};
use crate::types::{Component, DType, Ty, Word};

/// A function under construction.
pub struct Builder {
    name: String,
    results: Vec<Type>,
    adjacent: Vec<bool>,
    values: Vec<Known>,
    /// The function's region, and those open inside, outermost first.
    open: Vec<(Values, Vec<Node>)>,
}

/// What expansions and functions of elements are written to. No value is known: passes know.
impl Primitives for Builder {
    fn push(&mut self, op: Op, operands: &[Value], ty: Ty) -> Value {
        self.inst(Inst::op(op, operands), ty.into())
    }

    fn constant(&mut self, word: Word) -> Value {
        self.inst(Inst::Const(word.to_bits()), word.ty().into())
    }

    fn ty(&self, value: Value) -> Ty {
        self.scalar(value)
    }
}

impl Builder {
    /// A function of these parameters, whose region is open.
    pub fn new(name: impl Into<String>, params: &[Type], results: &[Type]) -> Builder {
        let mut builder = Builder {
            name: name.into(),
            results: results.to_vec(),
            adjacent: vec![false; params.len()],
            values: Vec::new(),
            open: Vec::new(),
        };
        builder.open(params);
        builder
    }

    /// Says of a parameter, which is an array, that its elements along the last axis lie one after the other.
    pub fn adjacent(&mut self, param: usize) {
        self.adjacent[param] = true;
    }

    /// Ends the function's region.
    pub fn finish(mut self, end: End) -> Func {
        let body = self.close(end);
        assert!(self.open.is_empty(), "a region is open");
        Func { name: self.name, results: self.results, body, adjacent: self.adjacent, values: self.values }
    }

    /// Opens a region of these parameters inside the open one, and gives them.
    pub fn open(&mut self, params: &[Type]) -> Values {
        let params: Values = params.iter().map(|&ty| self.value(ty)).collect();
        self.open.push((params.clone(), Vec::new()));
        params
    }

    /// Closes the innermost region.
    pub fn close(&mut self, end: End) -> Region {
        let (params, nodes) = self.open.pop().expect("a region is open");
        Region { params, nodes, end }
    }

    /// Makes a function of a closed region, whose parameters are its last ones: whatever the region uses of the function around comes
    /// before them. It has values of its own. Gives it with those that come before.
    pub fn outline(&self, name: String, region: Region) -> (Func, Values) {
        outline(name, region, &self.values)
    }

    /// The parameters of the innermost open region.
    pub fn params(&self) -> Values {
        self.open.last().expect("a region is open").0.clone()
    }

    /// A new value, for a node that is made elsewhere.
    pub fn value(&mut self, ty: Type) -> Value {
        self.values.push(Known { ty, constant: None });
        Value(self.values.len() as u32 - 1)
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value.index()].ty
    }

    /// The register type of a value that is no array.
    pub fn scalar(&self, value: Value) -> Ty {
        self.ty(value).scalar().expect("a single value")
    }

    /// Adds a node to the innermost region.
    pub fn push(&mut self, node: Node) {
        self.open.last_mut().expect("a region is open").1.push(node);
    }

    /// Whether nodes that are added to the innermost region can run.
    pub fn falls_through(&self) -> bool {
        self.open.last().and_then(|(_, nodes)| nodes.last()).is_none_or(Node::falls_out)
    }

    /// Adds a value.
    pub fn inst(&mut self, inst: Inst, ty: Type) -> Value {
        let value = self.value(ty);
        if let Inst::Const(bits) = inst {
            self.values[value.index()].constant = Some(bits);
        }
        self.push(Node::Let(value, inst));
        value
    }

    /// The length of an axis of an array.
    pub fn length(&mut self, array: Value, axis: usize) -> Value {
        self.inst(Inst::Length(array, axis as u32), Ty::I64.into())
    }

    /// An element of an array, or a component of it, in the type that memory has. The indices must be [within](Builder::within).
    pub fn load(&mut self, array: Value, component: Component, indices: &[Value]) -> Value {
        let (dtype, _) = self.ty(array).array().expect("an array");
        let ty = dtype.component(component).expect("the element has this component");
        self.inst(Inst::Load(array, component, indices.into()), ty.into())
    }

    /// Writes an element of an array, or a component of it. The indices must be [within](Builder::within), and the value in
    /// the type that memory has.
    pub fn store(&mut self, array: Value, component: Component, indices: &[Value], value: Value) {
        self.push(Node::Store { array, component, indices: indices.into(), value });
    }

    /// The index along an axis that a program means by `index`, an i64, of which negative ones count from the end.
    /// Fails at `site`, which shows `index` and the length, where there is no such element.
    pub fn within(&mut self, array: Value, axis: usize, index: Value, site: SiteId) -> Value {
        let place = self.value(Ty::I64.into());
        self.push(Node::Within { place, array, axis: axis as u32, index, site, from_end: true });
        place
    }

    /// Other axes over the elements of an array. Starts and lengths must be within it.
    pub fn view(&mut self, array: Value, starts: &[Value], axes: &[Axis]) -> Value {
        let (dtype, _) = self.ty(array).array().expect("an array");
        let ty = Type::Array { dtype, rank: axes.len() as u32 };
        self.inst(Inst::View { array, starts: starts.into(), axes: axes.into() }, ty)
    }

    /// The elements of a contiguous array in another shape of as many elements.
    pub fn reshape(&mut self, array: Value, lengths: &[Value]) -> Value {
        let (dtype, _) = self.ty(array).array().expect("an array");
        let ty = Type::Array { dtype, rank: lengths.len() as u32 };
        self.inst(Inst::Reshape(array, lengths.into()), ty)
    }

    /// Makes an array of zeros. Lengths must not be negative; the site shows them, or nothing.
    pub fn alloc(&mut self, dtype: DType, lengths: &[Value], site: SiteId) -> Value {
        let array = self.value(Type::Array { dtype, rank: lengths.len() as u32 });
        self.push(Node::Alloc { array, lengths: lengths.into(), site });
        array
    }

    /// Fails at a site, which shows these values, unless `ok` holds.
    pub fn check(&mut self, ok: Value, site: SiteId, shown: &[Value]) {
        self.push(Node::Check { ok, site, shown: shown.into() });
    }

    /// Calls a function with these results.
    pub fn call(&mut self, func: FuncId, args: &[Value], results: &[Type], site: SiteId) -> Values {
        let results: Values = results.iter().map(|&ty| self.value(ty)).collect();
        self.push(Node::Call { func, args: args.into(), results: results.clone(), site });
        results
    }

    /// Has work done by whoever runs the function; gives its results.
    pub fn serve(&mut self, service: Service, args: &[Value]) -> Values {
        let results: Values = service.results().iter().map(|&ty| self.value(ty)).collect();
        self.push(Node::Serve { service, args: args.into(), results: results.clone() });
        results
    }

    /// Runs one of two regions, which yield values of the same types if both yield.
    pub fn branch(&mut self, condition: Value, then: Region, otherwise: Region) -> Values {
        let yielding = if then.falls_out() { &then } else { &otherwise };
        let types: Vec<Type> = match &yielding.end {
            End::Yield(values) => values.iter().map(|&value| self.ty(value)).collect(),
            _ => Vec::new(),
        };
        let results: Values = types.into_iter().map(|ty| self.value(ty)).collect();
        self.push(Node::If { condition, then, otherwise, results: results.clone() });
        results
    }

    /// Calls a function that was [outlined](Builder::outline) for each number below `count`.
    pub fn parallel(&mut self, func: FuncId, args: &[Value], count: Value, site: SiteId) {
        self.push(Node::Parallel { func, args: args.into(), count, site });
    }

    /// Runs a region, whose parameters are an i64 and the carried values, for each number of a range.
    pub fn range(&mut self, [start, stop, step]: [Value; 3], carried: &[Value], body: Region) -> Values {
        let results: Values = carried.iter().map(|&value| self.value(self.ty(value))).collect();
        let carried = carried.into();
        self.push(Node::For { start, stop, step, carried, body, results: results.clone() });
        results
    }

    /// Runs a region, whose parameters are the carried values, until it breaks with results of these types.
    pub fn repeat(&mut self, carried: &[Value], body: Region, results: &[Type]) -> Values {
        let results: Values = results.iter().map(|&ty| self.value(ty)).collect();
        self.push(Node::Loop { carried: carried.into(), body, results: results.clone() });
        results
    }
}
