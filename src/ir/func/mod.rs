//! Functions with control flow: structured SSA, as kernels with loops are lowered to.
//!
//! A [`Module`] holds functions and the [`Site`]s at which they can fail. A [`Func`] is a [`Region`]; a region has
//! parameters, nodes in order, and an [`End`]. Loops and branches are nodes that own regions, so that dominance
//! is nesting: a value may be used by the nodes after its definition, and by those of the regions inside them,
//! and by no others. What leaves a region does so as an operand of its end.
//!
//! This is `s = 0.0; for i in range(len(a)): (if a[i] < 0.0: break); s += a[i]` and `return s`:
//!
//! ```text
//! func f0 sum_until(v0: float64[1]) -> f64 {
//!   v1: i64 = length v0 0
//!   v2: i64 = const 0
//!   v3: i64 = const 1
//!   v4: f64 = const 0.0
//!   v5: f64 = for v6: i64 in v2..v1 step v3 carry (v7: f64 = v4) {
//!     v8: f64 = load v0[v6]
//!     v9: bool = lt v8, v4
//!     if v9 {
//!       break 0 (v7)
//!     } else {
//!       yield ()
//!     }
//!     v10: f64 = add v7, v8
//!     yield (v10)
//!   }
//!   yield (v5)
//! }
//! ```
//!
//! **Values** are of a register type, or arrays. Everything that computes is one of the primitives of
//! [`crate::ops::Op`], with the meaning that `eval` gives it; they are total, so that an error of the language
//! (a division by zero) is a [`Node::Check`] before. There are no complex values: a number is two values, and loads and stores
//! name the [`Component`] of the element.
//!
//! **Arrays** are descriptors: a base, lengths, strides. They can be carried, swapped, passed and returned, and
//! [`Inst::View`] makes one of another. Copying a descriptor copies no elements. The memory of an array that [`Node::Alloc`] made lives
//! while a descriptor of it can still be used; nothing frees it by hand. Whoever runs a function frees what a trip of a loop,
//! or a call, made and did not hand on.
//!
//! **Indices are not checked by a load, a store or a view**: each must lie within the array, and a view within
//! the array that it is of. [`Node::Within`] makes an index of a program (which may be negative, and anything) one that does, or fails. Checks are
//! nodes of their own so that passes can remove them, or move them before a loop.
//!
//! **Exits** count loops: `break 0` leaves the innermost loop, `break 1` the one around it, and a depth of as
//! many loops as there are around leaves the function, as `return` does. Branches do not count.
//! A call that becomes its callee's body is a [`Node::Loop`] that is left in its first trip.
//!
//! **Parallel loops** are functions of their own ([`Builder::outline`]): what a chunk of trips does, given all that it uses of the function
//! around, and its number. Inside, the trips are a plain loop; [`Node::Parallel`] runs the chunks.
//!
//! This module must not know source text, passes or machine code.

mod build;
mod calls;
mod lanes;
mod outline;
mod service;
mod site;
#[cfg(test)]
mod tests;
mod text;
mod verify;
mod writes;

use std::sync::Arc;

use smallvec::SmallVec;

use super::Program;
pub use super::Value;
pub use build::Builder;
pub use lanes::{Lanes, Stream};
pub use service::Service;
pub use site::{MOST_SHOWN, Site};
pub use verify::verify;
pub use writes::written;

use crate::ops::Op;
use crate::types::{Component, DType, Ty};

id!(
    /// A function of a module.
    FuncId, "f"
);
id!(
    /// A place in the source at which functions of a module can fail.
    SiteId, "e"
);
id!(
    /// A body of a module, which runs on lanes.
    BodyId, "b"
);

/// Operands of a node.
pub type Values = SmallVec<[Value; 4]>;

/// Functions that may call each other.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// The functions.
    pub funcs: Vec<Func>,
    /// Where they can fail.
    pub sites: Vec<Site>,
    /// What runs on lanes: each a program of one loop. Its views and outputs are the streams of a [`Lanes`], in order, and its
    /// uniforms first those that are given, then those that it reduces.
    pub bodies: Vec<Arc<Program>>,
}

/// Elements of an [`Inst::Scratch`], at most: it lies on the stack.
pub const MOST_SCRATCH: u64 = 256;

/// Regions nest no deeper than this: whoever walks them may recurse.
pub const MOST_NESTED: usize = 200;

/// As so many calls within each other a parallel loop counts: those who share it out take stack too.
pub const CALLS_OF_PARALLEL: u32 = 16;

/// A function.
#[derive(Clone, Debug)]
pub struct Func {
    /// Its name in the source.
    pub name: String,
    /// Types of what it gives.
    pub results: Vec<Type>,
    /// Its parameters are the region's; the region yields the results.
    pub body: Region,
    /// For each parameter that is an array, whether whoever runs the function gives one whose elements along the last axis lie
    /// one after the other. Of a function that others call, or itself, it says nothing.
    pub adjacent: Vec<bool>,
    values: Vec<Known>,
}

/// What is known of a value.
#[derive(Clone, Copy, Debug)]
struct Known {
    ty: Type,
    /// Its bits, if it is a constant.
    constant: Option<u64>,
}

/// Why a run of a function ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It failed at a site, which shows these values, by their bits.
    Site(SiteId, SmallVec<[u64; MOST_SHOWN]>),
    /// Somebody cancelled it.
    Cancelled,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// One number or truth value.
    Scalar(Ty),
    /// A descriptor of an array.
    Array {
        /// Type of the elements.
        dtype: DType,
        /// Number of axes.
        rank: u32,
    },
}

/// Nodes in order, which run after each other.
#[derive(Clone, Debug)]
pub struct Region {
    /// What its owner hands in.
    pub params: Values,
    /// What happens.
    pub nodes: Vec<Node>,
    /// Where it goes on.
    pub end: End,
}

/// How a region ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// With these values for its owner: results of a function or of a branch, the carried values of a
    /// loop's next trip.
    Yield(Values),
    /// Leaves a loop, with its results. The depth counts the loops around the region: 0 is the innermost, and as
    /// many as there are is the function.
    Break(u32, Values),
    /// Goes on with the next trip of a loop, with its carried values.
    Continue(u32, Values),
    /// Fails at a site, which shows these values.
    Fail(SiteId, Values),
    /// Not at all: the last node goes on elsewhere, whatever happens.
    Never,
}

/// A step of a region.
#[derive(Clone, Debug)]
pub enum Node {
    /// A value.
    Let(Value, Inst),
    /// Writes an element of an array, or a component of it.
    Store {
        /// The array.
        array: Value,
        /// What of the element.
        component: Component,
        /// One for each axis, each an i64 within the array.
        indices: Values,
        /// The value, of the component's type.
        value: Value,
    },
    /// Makes an array of zeros.
    Alloc {
        /// The array, contiguous in C order.
        array: Value,
        /// Its lengths, each an i64 of 0 or more.
        lengths: Values,
        /// Where it fails if there is no memory for it, or more than the run may have. Shows the lengths, if anything.
        site: SiteId,
    },
    /// Fails unless a condition holds.
    Check {
        /// The condition.
        ok: Value,
        /// Where it fails.
        site: SiteId,
        /// The values to show.
        shown: Values,
    },
    /// The place of an element that a program means by an index: counted from the start of the axis, an i64 within it.
    /// Fails where there is no such element; the site shows the index and the length.
    Within {
        /// The place.
        place: Value,
        /// The array.
        array: Value,
        /// The axis.
        axis: u32,
        /// The index, an i64.
        index: Value,
        /// Where it fails.
        site: SiteId,
        /// Negative indices count from the end; otherwise they are of no element.
        from_end: bool,
    },
    /// Calls a function.
    Call {
        /// The function.
        func: FuncId,
        /// Its arguments.
        args: Values,
        /// Its results.
        results: Values,
        /// Where it fails if calls nest too deep. Shows nothing.
        site: SiteId,
    },
    /// Calls a function, which has no results, for each number from 0 to before a count: in any order, and perhaps at once.
    /// Where calls fail, it fails as the one with the least number does. Only this node calls the function. Each call has random
    /// numbers of its own, from the stream of the seed 0 until it begins another.
    Parallel {
        /// The function. The number, an i64, is its last argument.
        func: FuncId,
        /// Its other arguments.
        args: Values,
        /// How many calls, an i64; none where it is negative.
        count: Value,
        /// Where it fails if calls nest too deep. Shows nothing.
        site: SiteId,
    },
    /// Has work done by whoever runs the function.
    Serve {
        /// What.
        service: Service,
        /// What it is given.
        args: Values,
        /// What it gives.
        results: Values,
    },
    /// Runs some of the first trips of the loop after it.
    Lanes(Box<Lanes>),
    /// Runs one of two regions without parameters.
    If {
        /// Which.
        condition: Value,
        /// The region that runs if it holds.
        then: Region,
        /// The region that runs if it does not.
        otherwise: Region,
        /// What the region that ran yields.
        results: Values,
    },
    /// Runs a region for each number of a range, as Python's `range` has them; none where the step is 0.
    For {
        /// The first number, an i64.
        start: Value,
        /// Before this one.
        stop: Value,
        /// From one to the next.
        step: Value,
        /// What the first trip is handed.
        carried: Values,
        /// Its parameters are the number and the carried values; it yields those of the next trip.
        body: Region,
        /// What the last trip yields, or what breaks the loop.
        results: Values,
    },
    /// Runs a region until it leaves.
    Loop {
        /// What the first trip is handed.
        carried: Values,
        /// Its parameters are the carried values; it yields those of the next trip.
        body: Region,
        /// What breaks the loop.
        results: Values,
    },
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Inst {
    /// A constant, by its bits (see [`crate::types::Word::from_bits`]).
    Const(u64),
    /// A primitive; operands beyond its arity are [`super::NO_VALUE`].
    Op(Op, [Value; 3]),
    /// The length of an axis of an array, an i64.
    Length(Value, u32),
    /// Bytes from one element to the next along an axis of an array, an i64.
    Stride(Value, u32),
    /// An element of an array, or a component of it; an index for each axis, each an i64 within the array.
    Load(Value, Component, Values),
    /// Other axes over the elements of an array.
    View {
        /// Whose elements.
        array: Value,
        /// The index, for each axis of the array, of the view's first element; within the array unless the view is empty.
        starts: Values,
        /// The axes of the view.
        axes: SmallVec<[Axis; 2]>,
    },
    /// The elements of an array that is contiguous in C order, in another shape of as many elements.
    Reshape(Value, Values),
    /// Memory of the call's own: so many elements one after the other, at most [`MOST_SCRATCH`], which hold whatever was last stored.
    Scratch(u64),
}

/// An axis of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axis {
    /// Its length, an i64 of 0 or more.
    pub length: Value,
    /// The axis of the array along which it goes, and the elements from one to the next, an i64; without one, it stays at the
    /// same element.
    pub along: Option<(u32, Value)>,
}

impl Module {
    /// Adds a site.
    pub fn site(&mut self, site: Site) -> SiteId {
        self.sites.push(site);
        SiteId(self.sites.len() as u32 - 1)
    }

    /// Adds a function.
    pub fn push(&mut self, func: Func) -> FuncId {
        self.funcs.push(func);
        FuncId(self.funcs.len() as u32 - 1)
    }
}

impl Type {
    /// The register type, if it is no array.
    pub fn scalar(self) -> Option<Ty> {
        match self {
            Type::Scalar(ty) => Some(ty),
            Type::Array { .. } => None,
        }
    }

    /// Element type and rank of an array.
    pub fn array(self) -> Option<(DType, usize)> {
        match self {
            Type::Scalar(_) => None,
            Type::Array { dtype, rank } => Some((dtype, rank as usize)),
        }
    }

    /// How many words pass a value to a function: the bits of a number are one; an array is the address of its first element, its
    /// lengths, then its strides.
    pub fn words(self) -> usize {
        self.array().map_or(1, |(_, rank)| 1 + 2 * rank)
    }
}

impl From<Ty> for Type {
    fn from(ty: Ty) -> Type {
        Type::Scalar(ty)
    }
}

impl Func {
    /// The type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value.index()].ty
    }

    /// The register type of a value that is no array.
    pub fn scalar(&self, value: Value) -> Ty {
        self.ty(value).scalar().expect("a single value")
    }

    /// The number that an i64 is, if it is a constant.
    pub fn constant(&self, value: Value) -> Option<i64> {
        let Known { ty, constant } = self.values[value.index()];
        constant.filter(|_| ty == Ty::I64.into()).map(|bits| bits as i64)
    }

    /// The bits of a value that is a constant.
    pub fn bits(&self, value: Value) -> Option<u64> {
        self.values[value.index()].constant
    }

    /// Number of values.
    pub fn values(&self) -> usize {
        self.values.len()
    }

    /// Types of its parameters.
    pub fn params(&self) -> impl Iterator<Item = Type> {
        self.body.params.iter().map(|&param| self.ty(param))
    }
}

impl Region {
    /// Whether it hands values to its owner rather than going on elsewhere.
    pub fn falls_out(&self) -> bool {
        matches!(self.end, End::Yield(_))
    }

    /// Whether arrays may be made in it, by itself or by a callee that returns them.
    pub fn makes_arrays(&self, module: &Module) -> bool {
        self.nodes.iter().any(|node| match node {
            Node::Alloc { .. } => true,
            Node::Call { func, .. } => {
                module.funcs[func.index()].results.iter().any(|ty| ty.array().is_some())
            }
            _ => node.regions().any(|region| region.makes_arrays(module)),
        })
    }

    /// Whether elements of arrays may change in it.
    pub fn stores(&self) -> bool {
        self.nodes.iter().any(|node| match node {
            Node::Store { .. } | Node::Call { .. } | Node::Parallel { .. } | Node::Serve { .. } => true,
            Node::Lanes(lanes) => !lanes.stores.is_empty(),
            _ => node.regions().any(Region::stores),
        })
    }

    /// Whether it, or a region inside, breaks the loop that is so many loops around it.
    pub fn breaks(&self, depth: u32) -> bool {
        matches!(self.end, End::Break(to, _) if to == depth)
            || self.nodes.iter().any(|node| {
                let inside = depth + u32::from(node.is_loop());
                node.regions().any(|region| region.breaks(inside))
            })
    }
}

impl End {
    /// The values that it hands on.
    pub fn values(&self) -> &[Value] {
        match self {
            End::Yield(values) | End::Break(_, values) | End::Continue(_, values) | End::Fail(_, values) => {
                values
            }
            End::Never => &[],
        }
    }

    /// The same with each value replaced.
    pub fn map(&self, f: impl FnMut(Value) -> Value) -> End {
        let values = self.values().iter().copied().map(f).collect();
        match *self {
            End::Yield(_) => End::Yield(values),
            End::Break(depth, _) => End::Break(depth, values),
            End::Continue(depth, _) => End::Continue(depth, values),
            End::Fail(site, _) => End::Fail(site, values),
            End::Never => End::Never,
        }
    }
}

impl Node {
    /// Whether it is a loop: what exits count.
    pub fn is_loop(&self) -> bool {
        matches!(self, Node::For { .. } | Node::Loop { .. })
    }

    /// The regions that it owns.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        let (first, second) = match self {
            Node::If { then, otherwise, .. } => (Some(then), Some(otherwise)),
            Node::For { body, .. } | Node::Loop { body, .. } => (Some(body), None),
            Node::Let(..)
            | Node::Store { .. }
            | Node::Alloc { .. }
            | Node::Check { .. }
            | Node::Within { .. }
            | Node::Lanes(_)
            | Node::Call { .. }
            | Node::Parallel { .. }
            | Node::Serve { .. } => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Whether the nodes after it can run.
    pub fn falls_out(&self) -> bool {
        match self {
            Node::If { then, otherwise, .. } => then.falls_out() || otherwise.falls_out(),
            Node::Loop { body, .. } => body.breaks(0),
            _ => true,
        }
    }

    /// The values that it defines for the nodes after it.
    pub fn defines(&self) -> &[Value] {
        match self {
            Node::Let(value, _) | Node::Alloc { array: value, .. } | Node::Within { place: value, .. } => {
                std::slice::from_ref(value)
            }
            Node::Call { results, .. }
            | Node::Serve { results, .. }
            | Node::If { results, .. }
            | Node::For { results, .. }
            | Node::Loop { results, .. } => results,
            Node::Lanes(lanes) => &lanes.results,
            Node::Store { .. } | Node::Check { .. } | Node::Parallel { .. } => &[],
        }
    }

    /// The values that it uses, those of its regions aside.
    pub fn operands(&self) -> Values {
        match self {
            Node::Let(_, inst) => inst.operands(),
            Node::Store { array, indices, value, .. } => {
                [*array].into_iter().chain(indices.iter().copied()).chain([*value]).collect()
            }
            Node::Alloc { lengths, .. } => lengths.clone(),
            Node::Check { ok, shown, .. } => [*ok].into_iter().chain(shown.iter().copied()).collect(),
            Node::Within { array, index, .. } => Values::from_slice(&[*array, *index]),
            Node::Call { args, .. } | Node::Serve { args, .. } => args.clone(),
            Node::Parallel { args, count, .. } => args.iter().copied().chain([*count]).collect(),
            Node::If { condition, .. } => Values::from_slice(&[*condition]),
            Node::For { start, stop, step, carried, .. } => {
                [*start, *stop, *step].into_iter().chain(carried.iter().copied()).collect()
            }
            Node::Loop { carried, .. } => carried.clone(),
            Node::Lanes(lanes) => lanes.operands(),
        }
    }
}

impl Inst {
    /// A primitive with these operands.
    pub fn op(op: Op, operands: &[Value]) -> Inst {
        match super::Inst::op(op, operands) {
            super::Inst::Op(op, operands) => Inst::Op(op, operands),
            _ => unreachable!("a primitive is one"),
        }
    }

    /// Its operands.
    pub fn operands(&self) -> Values {
        let mut operands = Values::new();
        self.map(|value| {
            operands.push(value);
            value
        });
        operands
    }

    /// The same with each operand replaced.
    pub fn map(&self, mut f: impl FnMut(Value) -> Value) -> Inst {
        match self {
            Inst::Const(bits) => Inst::Const(*bits),
            Inst::Op(op, operands) => {
                let mut operands = *operands;
                operands[..op.arity()].iter_mut().for_each(|operand| *operand = f(*operand));
                Inst::Op(*op, operands)
            }
            Inst::Length(array, axis) => Inst::Length(f(*array), *axis),
            Inst::Stride(array, axis) => Inst::Stride(f(*array), *axis),
            Inst::Load(array, component, indices) => {
                Inst::Load(f(*array), *component, indices.iter().map(|&index| f(index)).collect())
            }
            Inst::View { array, starts, axes } => Inst::View {
                array: f(*array),
                starts: starts.iter().map(|&start| f(start)).collect(),
                axes: axes
                    .iter()
                    .map(|axis| Axis {
                        length: f(axis.length),
                        along: axis.along.map(|(along, step)| (along, f(step))),
                    })
                    .collect(),
            },
            Inst::Scratch(elements) => Inst::Scratch(*elements),
            Inst::Reshape(array, lengths) => {
                Inst::Reshape(f(*array), lengths.iter().map(|&length| f(length)).collect())
            }
        }
    }
}
