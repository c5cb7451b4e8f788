//! Names and types of kernels: for a call of these types, what each node of a kernel, and of those that it calls,
//! means.
//!
//! Types flow with the statements: [`infer`] goes through them with the types that variables have, joins them where
//! ways meet, and goes around loops until nothing changes. Expressions ask the same table and the same rules as
//! those of the expression language ([`super::rules`]); what is different of scalars is in [`types`]. An operation on
//! whole arrays is typed here, and is a program of the expression language when it is lowered. This room must not know the IR.

mod calls;
mod errors;
mod expr;
mod flow;
mod infer;
mod map;
mod names;
mod parallel;
mod products;
mod random;
mod text;
mod types;

use std::collections::HashMap;

use super::Apply;
use crate::diag::{Result, Span};
use crate::ops::Function;
use crate::syntax::ast::NodeId;
use crate::syntax::kernel::ast::File;
use crate::types::DType;
pub(crate) use flow::{Flow, VarId};
pub(crate) use map::{has_elements, has_loops, is_vectorized, with_call};
pub(crate) use parallel::{Chosen, Join, Parallel};
pub(crate) use types::Type;

/// A kernel and all that it calls, each for the types that it is called with; the first is the one asked for.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The functions.
    pub units: Vec<Unit>,
}

/// One of [`Checked::units`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct UnitId(pub u32);

/// A function for parameters of these types.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Its place in the file.
    pub function: usize,
    /// Types of its parameters.
    pub params: Vec<Type>,
    /// What it returns.
    pub result: Type,
    /// Its variables, and where they live.
    pub flow: Flow,
    /// For each node of the function, in its order.
    pub nodes: Vec<Node>,
    /// What variables are at the head of a loop, or behind a branch: for those in [`Flow::joined`], by the statement's
    /// number. None where no way leads to.
    pub joins: HashMap<u32, Vec<State>>,
    /// What they are behind the `else` of a loop, where it meets those who left by `break`.
    pub behind: HashMap<u32, Vec<State>>,
    /// What each `for` goes over, by the statement's number.
    pub iters: HashMap<u32, Iter>,
    /// The operation of each augmented assignment.
    pub augmented: HashMap<u32, Node>,
    /// The loops whose trips run at once, by the statement's number.
    pub parallel: HashMap<u32, Parallel>,
    /// What is to be said of it that is no error, each with its place.
    pub notes: Vec<(Span, String)>,
    /// Work may be shared out among threads.
    pub shares: bool,
    /// Division by zero is an error, as in Python; otherwise it gives what NumPy's does.
    pub division_fails: bool,
}

/// A checked node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// What it gives.
    pub ty: Type,
    /// How.
    pub meaning: Meaning,
}

/// How a node comes by its value. What its operands are, the tree says where this does not.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// Its type says all there is to know, or it is a part of the node that it belongs to.
    Known,
    /// A variable.
    Variable(VarId),
    /// A function of numbers, or of the elements of arrays.
    Apply(Apply),
    /// A chained comparison: all of the links hold.
    Chain(Vec<Apply>),
    /// One of its operands: `and`, `or`, `x if c else y`.
    Choice,
    /// An item of a tuple.
    Item(NodeId, u32),
    /// Several values.
    Tuple,
    /// The element at indices, one for each axis.
    Element,
    /// Some of the elements of an array, which are an array.
    View,
    /// Elements of an array where a mask is true, or at places of its first axis.
    Picked,
    /// The lengths of an array.
    Shape(NodeId),
    /// The length of an axis.
    Length(NodeId, u32),
    /// The number of elements.
    Size(NodeId),
    /// A kernel.
    Call(UnitId, Vec<Argument>),
    /// A kernel of numbers for each element of the arrays among its arguments, over the shape that they broadcast to.
    Map(UnitId, Vec<Argument>),
    /// Something that has no row in the table of functions.
    Intrinsic(Intrinsic, Vec<NodeId>),
}

/// An argument of a kernel.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    /// A node of the caller.
    Node(NodeId),
    /// The default, which is a constant.
    Default(Type),
}

/// What kernels can do beside the functions of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Intrinsic {
    /// Python's own `min` of two and more numbers: the first of those that none is less than.
    Min,
    /// Python's own `max`.
    Max,
    /// A function of one number, as an int64.
    Whole(Function),
    /// `x // y, x % y`
    DivMod,
    /// A new array of a shape, of zeros.
    Zeros,
    /// A new array of a shape, all of them one value.
    Full,
    /// A new array of the shape of another, of zeros.
    ZerosLike,
    /// A new array of the shape of another, all of one value, or of 1.
    FullLike,
    /// A new array of a shape, of ones.
    Ones,
    /// A new array of the numbers from a start to before a stop by a step.
    Arange,
    /// A new array of so many numbers from one to another.
    Linspace,
    /// A new array with ones on its diagonal.
    Eye,
    /// A new array of these numbers.
    Array,
    /// A new array with the elements of another, in another type perhaps.
    Copy,
    /// Sets all elements of an array.
    Fill,
    /// The product of matrices or vectors.
    MatMul,
    /// That of vectors, the first one conjugated.
    VDot,
    /// The product of each element of a vector with each of another.
    Outer,
    /// Random numbers: one, or an array of them. Of the parameters of the distribution those are given; the other arguments are
    /// the shape.
    Random(Distribution, [bool; 2]),
    /// Begins the random numbers of a seed.
    Seed,
    /// An array with its axes in reverse.
    Transpose,
    /// The elements of an array in another shape.
    Reshape,
}

/// How random numbers are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Distribution {
    /// Evenly, from a low end to before a high one: 0 and 1.
    Uniform,
    /// Normally, around a mean with a deviation: 0 and 1.
    Normal,
    /// Evenly, integers from a low end, 0, to before a high one.
    Integers,
}

/// What a variable is at a place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// No way that leads here sets it.
    Unset,
    /// Every way sets it.
    Set(Type),
    /// Some ways set it.
    Maybe(Type),
    /// Ways set it to what has no type in common.
    Conflict(Type, Type),
}

/// What a `for` goes over.
#[derive(Clone, Debug)]
pub(crate) enum Iter {
    /// The numbers of a range.
    Range {
        /// The first; 0 if none is given.
        start: Option<NodeId>,
        /// Before this one.
        stop: NodeId,
        /// From one to the next; 1 if none is given.
        step: Option<NodeId>,
        /// From the last to the first.
        reversed: bool,
        /// Written `prange`.
        parallel: bool,
    },
    /// The elements of an array, or its rows.
    Array(NodeId),
    /// Numbers, and the items of another.
    Enumerate(Box<Iter>, Option<NodeId>),
    /// Items side by side, as long as the shortest has some.
    Zip(Vec<Iter>),
    /// All indices of a shape.
    Indices(Vec<NodeId>),
}

impl Argument {
    /// The node of the caller, if it is one.
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Argument::Node(id) => Some(*id),
            Argument::Default(_) => None,
        }
    }
}

impl State {
    /// Its type where it is set.
    pub fn ty(&self) -> Option<&Type> {
        match self {
            State::Set(ty) | State::Maybe(ty) => Some(ty),
            State::Unset | State::Conflict(..) => None,
        }
    }

    fn join(&self, other: &State) -> State {
        match (self, other) {
            (x, y) if x == y => x.clone(),
            (State::Conflict(..), _) => self.clone(),
            (_, State::Conflict(..)) => other.clone(),
            (State::Unset, set) | (set, State::Unset) => match set.ty() {
                Some(ty) => State::Maybe(ty.clone()),
                None => State::Unset,
            },
            (State::Set(x) | State::Maybe(x), State::Set(y) | State::Maybe(y)) => match x.join(y) {
                None => State::Conflict(x.clone(), y.clone()),
                Some(both) => match (self, other) {
                    (State::Set(_), State::Set(_)) => State::Set(both),
                    _ => State::Maybe(both),
                },
            },
        }
    }
}

/// Checks the function at `function` in the file, called with arguments of these types, one for each parameter.
/// Errors carry spans but not the text.
pub(crate) fn check(file: &File, function: usize, params: Vec<Type>) -> Result<Checked> {
    infer::check(file, function, params)
}

/// The types of what a call of the function at `function` gives for parameters that it leaves out.
pub(crate) fn default(file: &File, function: usize, param: usize) -> Option<Type> {
    infer::default(file, function, param)
}

fn node(ty: Type, meaning: Meaning) -> Node {
    Node { ty, meaning }
}

fn known(ty: Type) -> Node {
    node(ty, Meaning::Known)
}

fn int() -> Type {
    Type::Number(DType::Int64)
}
