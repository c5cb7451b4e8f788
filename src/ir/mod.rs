//! The intermediate representation: what happens to one element.
//!
//! A [`Program`] is a list of loops. A loop's [`Body`] is a straight line of pure instructions in
//! SSA form over one element; it says nothing of lanes, blocks or threads, which are the choice of
//! whoever runs it. Values pass from one loop to later ones through *uniforms*: one value a
//! program run, such as a scalar argument, a length, or the result of a reduction.
//! Elements do not pass between loops: a later loop computes again what it needs. The exception is
//! a loop that was cut into *pieces*, because its body is too long for one function: the first piece
//! and those [joined](Loop::joined) to it run after each other on the same few elements, and hand on
//! element values through *temporaries*.
//!
//! A body says `load view`, never where an element lies: a [`View`] leads from the trips of a loop to the
//! elements of an array, and a [`Space`] is the shape of a loop. Both are known when arguments are bound.
//!
//! Memory holds elements of a [`DType`], a value is of a [`Ty`]. A load or a store of a complex element names
//! its [`Component`]. Legalisation for a target that computes with narrow integers in lanes of 32 bits makes
//! loads and uniforms of 8 and 16 bits give an i32, extended by their sign or by zeros, and stores of an i32
//! write its low bits (see [`reads_as`]).
//!
//! What `a - mean(a)` becomes, as [`Program`] writes itself:
//!
//! ```text
//! program {
//!   a0: float64[] = param a       // an array of the caller's; [] says that it has elements
//!   s0 = shape a0                 // a space: the shape that a0 will have
//!   w0 = a0 over s0               // a view: the element of a0 for each trip over s0
//!   u0: f64 = reduced             // uniforms: what the first loop leaves,
//!   u1: i64 = size s0             // and a number that is known when arguments are bound
//!   o0: float64[s0] = result
//!   loop s0 {                     // for each place of s0, in any order and many at once:
//!     v0: f64 = load w0
//!     reduce sum v0 -> u0         // joined over all trips, in the fixed shape of reductions
//!   }
//!   loop s0 {                     // runs when the first has ended: u0 is there
//!     v0: f64 = load w0           // again, for elements do not pass between loops
//!     v1: f64 = uniform u0
//!     v2: i64 = uniform u1
//!     v3: f64 = convert v2
//!     v4: f64 = div v1, v3        // the same in every trip: generators compute it once
//!     v5: f64 = sub v0, v4
//!     store v5 -> o0
//!   }
//! }
//! ```
//!
//! This module must not know source text, passes or machine code.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// Its place in its table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
    };
}

mod builder;
pub mod func;
#[cfg(test)]
mod parse;
mod space;
mod text;
mod verify;

pub(crate) use builder::Builder;
#[cfg(test)]
pub(crate) use parse::parse;
pub use space::{Bound, Recipe, Space, View};
pub use verify::verify;

use crate::diag::Span;
/// An instruction of a body, and the value it gives.
pub use crate::ops::Value;
use crate::ops::{Op, Reduction};
use crate::types::{Component, DType, Ty, Word};

id!(
    /// An array parameter of the program.
    ArrayId, "a"
);
id!(
    /// A space of the program.
    SpaceId, "s"
);
id!(
    /// A view of the program.
    ViewId, "w"
);
id!(
    /// A uniform of the program.
    UniformId, "u"
);
id!(
    /// A result of the program.
    OutputId, "o"
);
id!(
    /// A temporary of the program: a place for a value of each element, between pieces of a loop.
    TempId, "t"
);

/// A whole program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Array parameters.
    pub arrays: Vec<Array>,
    /// Single values that indices take: computed once, when arguments are bound. It reads uniforms that are
    /// known then, and loads nothing.
    pub prologue: Body,
    /// Shapes.
    pub spaces: Vec<Space>,
    /// What loops load.
    pub views: Vec<View>,
    /// Values that are the same for every element.
    pub uniforms: Vec<Uniform>,
    /// Results.
    pub outputs: Vec<Output>,
    /// Types of the temporaries.
    pub temps: Vec<Ty>,
    /// What runs, in order.
    pub loops: Vec<Loop>,
    /// Spaces that have one shape, or else the program is not for these arguments: loops were joined because they
    /// were taken to have.
    pub alike: Vec<(SpaceId, SpaceId)>,
    /// Conditions that must be false after the loop that computes them.
    pub guards: Vec<Guard>,
}

/// An array parameter.
#[derive(Clone, Debug)]
pub struct Array {
    /// Its name in the source.
    pub name: String,
    /// Type of its elements.
    pub dtype: DType,
}

/// A value that is the same for every element.
#[derive(Clone, Debug)]
pub struct Uniform {
    /// Its type.
    pub ty: Ty,
    /// Where it comes from.
    pub source: UniformSource,
}

/// Where a uniform comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UniformSource {
    /// A scalar parameter, or a component of one.
    Param {
        /// Its name in the source.
        name: String,
        /// Its type.
        dtype: DType,
        /// What of it the uniform is.
        component: Component,
    },
    /// The number of elements of a space, an i64.
    Size(SpaceId),
    /// The number of axes of a space, an int64.
    Rank(SpaceId),
    /// The length of an axis, an int64.
    Length {
        /// Of this space.
        space: SpaceId,
        /// The axis; negative ones count from the end.
        axis: i64,
        /// Where the source asks for it.
        span: Span,
    },
    /// The result of a reduction in a loop.
    Reduced,
}

/// A result of the program.
#[derive(Clone, Debug)]
pub struct Output {
    /// Type of its elements.
    pub dtype: DType,
    /// One value for each trip of such a loop.
    pub extent: Extent,
}

/// How many trips a loop makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// One for each element of this shape, in C order.
    Space(SpaceId),
    /// One.
    Once,
}

impl Default for Extent {
    fn default() -> Extent {
        Extent::Space(SpaceId(0))
    }
}

/// A loop over a straight-line body, or a piece of one.
#[derive(Clone, Debug, Default)]
pub struct Loop {
    /// How many trips.
    pub extent: Extent,
    /// It is a further piece of the loop before it: whatever order elements are run in, an element has run
    /// through the piece before.
    pub joined: bool,
    /// What happens in each.
    pub body: Body,
    /// Values that later pieces of the loop take.
    pub keeps: Vec<(TempId, Value)>,
    /// Values written to the element of an output.
    pub stores: Vec<Store>,
    /// Values joined over all trips, each into a uniform of its own.
    pub reduces: Vec<Reduce>,
}

/// A value written to the element of an output, or to a component of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    /// Where it goes.
    pub output: OutputId,
    /// What of the element it is.
    pub component: Component,
    /// The value of each trip.
    pub value: Value,
}

impl Store {
    /// Of all of the element.
    #[cfg(test)]
    pub fn whole(output: OutputId, value: Value) -> Store {
        Store { output, component: Component::Whole, value }
    }
}

/// A reduction of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduce {
    /// How partial results are joined.
    pub reduction: Reduction,
    /// The value of each trip.
    pub value: Value,
    /// Where the result goes.
    pub into: UniformId,
}

/// An error that a run may find.
#[derive(Clone, Debug)]
pub struct Guard {
    /// When it is one.
    pub condition: GuardCondition,
    /// What to tell.
    pub message: &'static str,
    /// Where it stands in the source.
    pub span: Span,
}

/// When a guard is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardCondition {
    /// This uniform, a reduced i32, is greater than 0.
    Raised(UniformId),
    /// This shape has no elements.
    Empty(SpaceId),
    /// This value of the prologue, an integer of 64 bits, is none of an integer type.
    Outside(Value, DType),
}

/// A straight line of pure instructions in SSA form: operands stand before their users.
#[derive(Clone, Debug, Default)]
pub struct Body {
    insts: Vec<(Inst, Ty)>,
}

/// An instruction: where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inst {
    /// A constant, by its bits (see [`Word::from_bits`]).
    Const(u64),
    /// The element of a view, or a component of it.
    Load(ViewId, Component),
    /// A uniform.
    Uniform(UniformId),
    /// What an earlier piece of the loop kept for this element.
    Temp(TempId),
    /// A primitive; operands beyond its arity are [`NO_VALUE`].
    Op(Op, [Value; 3]),
}

/// Fills the operands that a primitive does not have.
pub const NO_VALUE: Value = Value(u32::MAX);

impl Inst {
    /// A primitive with these operands.
    pub fn op(op: Op, operands: &[Value]) -> Inst {
        debug_assert_eq!(operands.len(), op.arity());
        let mut args = [NO_VALUE; 3];
        args[..operands.len()].copy_from_slice(operands);
        Inst::Op(op, args)
    }

    /// Its operands.
    pub fn operands(&self) -> &[Value] {
        match self {
            Inst::Op(op, args) => &args[..op.arity()],
            _ => &[],
        }
    }

    /// The same with each operand replaced.
    pub fn map(self, mut f: impl FnMut(Value) -> Value) -> Inst {
        match self {
            Inst::Op(op, mut args) => {
                for arg in &mut args[..op.arity()] {
                    *arg = f(*arg);
                }
                Inst::Op(op, args)
            }
            other => other,
        }
    }
}

impl Body {
    /// Adds an instruction of type `ty` at the end.
    pub fn push(&mut self, inst: Inst, ty: Ty) -> Value {
        self.insts.push((inst, ty));
        Value(self.insts.len() as u32 - 1)
    }

    /// Removes every instruction, and keeps the memory.
    pub fn clear(&mut self) {
        self.insts.clear();
    }

    /// Number of primitives.
    pub fn operations(&self) -> usize {
        self.iter().filter(|(_, inst, _)| matches!(inst, Inst::Op(..))).count()
    }

    /// The instruction that gives `value`.
    pub fn inst(&self, value: Value) -> Inst {
        self.insts[value.index()].0
    }

    /// The type of `value`.
    pub fn ty(&self, value: Value) -> Ty {
        self.insts[value.index()].1
    }

    /// The constant that `value` is, if it is one.
    pub fn constant(&self, value: Value) -> Option<Word> {
        match self.inst(value) {
            Inst::Const(bits) => Some(Word::from_bits(self.ty(value), bits)),
            _ => None,
        }
    }

    /// Replaces uniforms.
    pub fn map_uniforms(&mut self, mut f: impl FnMut(UniformId) -> UniformId) {
        for (inst, _) in &mut self.insts {
            if let Inst::Uniform(uniform) = inst {
                *uniform = f(*uniform);
            }
        }
    }

    /// Number of instructions.
    #[allow(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        self.insts.len()
    }

    /// Every value with its instruction and type, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Value, Inst, Ty)> + ExactSizeIterator {
        self.insts.iter().enumerate().map(|(at, &(inst, ty))| (Value(at as u32), inst, ty))
    }
}

/// Whether memory that holds `memory` may be read as, or written from, a value of type `ty`.
pub fn reads_as(memory: Ty, ty: Ty) -> bool {
    memory == ty || memory.is_narrow() && ty == Ty::I32
}

impl Loop {
    /// The values that the loop exists for.
    pub fn roots(&self) -> impl Iterator<Item = Value> {
        let kept = self.keeps.iter().map(|&(_, value)| value);
        let stored = self.stores.iter().map(|s| s.value);
        kept.chain(stored).chain(self.reduces.iter().map(|r| r.value))
    }

    /// How often each value is used by values that a root needs, or as a root; 0 for dead ones.
    pub fn uses(&self) -> Vec<u32> {
        let mut uses = vec![0; self.body.len()];
        for root in self.roots() {
            uses[root.index()] += 1;
        }
        for (value, inst, _) in self.body.iter().rev() {
            if uses[value.index()] > 0 {
                for operand in inst.operands() {
                    uses[operand.index()] += 1;
                }
            }
        }
        uses
    }

    /// The imaginary parts that it stores in an output, if it does.
    pub fn imag(&self, output: OutputId) -> Option<Value> {
        let imag = |s: &&Store| s.output == output && s.component == Component::Imag;
        self.stores.iter().find(imag).map(|s| s.value)
    }

    /// Number of views that the body loads.
    pub fn views(&self) -> usize {
        let mut views: Vec<ViewId> = Vec::new();
        views.extend(self.body.iter().filter_map(|(_, inst, _)| match inst {
            Inst::Load(view, _) => Some(view),
            _ => None,
        }));
        views.sort_unstable();
        views.dedup();
        views.len()
    }

    /// Replaces each of them.
    pub fn map_roots(&mut self, mut f: impl FnMut(Value) -> Value) {
        let kept = self.keeps.iter_mut().map(|(_, value)| value);
        for value in kept.chain(self.stores.iter_mut().map(|s| &mut s.value)) {
            *value = f(*value);
        }
        for reduce in &mut self.reduces {
            reduce.value = f(reduce.value);
        }
    }
}

impl UniformSource {
    /// The same, to change.
    fn space_mut(&mut self) -> Option<&mut SpaceId> {
        match self {
            UniformSource::Size(space) | UniformSource::Rank(space) | UniformSource::Length { space, .. } => {
                Some(space)
            }
            UniformSource::Param { .. } | UniformSource::Reduced => None,
        }
    }

    /// The space that it is a number of.
    pub fn space(&self) -> Option<SpaceId> {
        match *self {
            UniformSource::Size(space) | UniformSource::Rank(space) | UniformSource::Length { space, .. } => {
                Some(space)
            }
            UniformSource::Param { .. } | UniformSource::Reduced => None,
        }
    }
}

impl Program {
    /// The loops, each with all its pieces.
    pub fn whole_loops(&self) -> impl Iterator<Item = &[Loop]> {
        self.loops.chunk_by(|_, next| next.joined)
    }

    /// Whether a guard reads this uniform.
    pub fn is_guard(&self, uniform: UniformId) -> bool {
        self.guards.iter().any(|guard| guard.condition == GuardCondition::Raised(uniform))
    }

    /// Number of primitives in the bodies of all loops.
    pub fn operations(&self) -> usize {
        self.loops.iter().map(|l| l.body.operations()).sum()
    }

    /// Replaces the spaces that are spoken of outside of their table.
    pub fn map_spaces(&mut self, f: impl Fn(SpaceId) -> SpaceId) {
        let replace = |space: &mut SpaceId| *space = f(*space);
        let loops = self.loops.iter_mut().map(|l| &mut l.extent);
        for extent in loops.chain(self.outputs.iter_mut().map(|output| &mut output.extent)) {
            if let Extent::Space(space) = extent {
                replace(space);
            }
        }
        for View { path, space, .. } in &mut self.views {
            path.iter_mut().chain([space]).for_each(replace);
        }
        for uniform in &mut self.uniforms {
            uniform.source.space_mut().into_iter().for_each(replace);
        }
        for guard in &mut self.guards {
            if let GuardCondition::Empty(space) = &mut guard.condition {
                replace(space);
            }
        }
        self.alike.iter_mut().for_each(|(first, other)| [first, other].into_iter().for_each(replace));
    }

    /// The type of the elements of a view.
    pub fn view_dtype(&self, view: ViewId) -> DType {
        self.arrays[self.views[view.index()].array.index()].dtype
    }

    /// The program, whose loops are over the shape of its first array and load arrays as they are.
    #[cfg(test)]
    pub fn of_one_shape(mut self) -> Program {
        let space = SpaceId(0);
        let arrays = (0..self.arrays.len() as u32).map(ArrayId);
        self.views = arrays.map(|array| View { array, path: Vec::new(), space }).collect();
        let recipe = if self.arrays.is_empty() { Recipe::Single } else { Recipe::Array(ArrayId(0)) };
        self.spaces = vec![Space { recipe, spans: Default::default() }];
        self
    }
}
