//! The checked tree to IR: one graph of values, cut into as few loops as reductions and shapes allow.
//!
//! Knows the checked tree and the IR. It must not know text, and it makes no choices of arithmetic:
//! each function becomes the primitives that its meaning asks for, and no constant is folded here.

mod cut;
mod graph;
pub(crate) mod kernel;
mod number;
mod shapes;
mod small_map;
mod spaces;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use smallvec::SmallVec;

use crate::check::{self, Apply, Checked, Meaning};
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::ir::{
    Array, ArrayId, Extent, Guard, GuardCondition, Loop, NO_VALUE, Output, OutputId, Program, Reduce,
    SpaceId, Store, Uniform, UniformId, UniformSource, Value,
};
use crate::ops::{Op, Primitives, Reduction, Rule};
use crate::syntax::ast::{Ast, NodeId};
use crate::types::{DType, Kind, Literal, Ty, Type, Word};
use cut::Cutter;
use graph::Graph;
use number::{Number, Numbers, Pair, number};
use small_map::SmallMap;
use spaces::Spaces;

const NO_MINIMUM: &str = "zero-size array to reduction operation minimum which has no identity";
const NO_MAXIMUM: &str = "zero-size array to reduction operation maximum which has no identity";
const TOO_LARGE: &str = "a number made of lengths does not fit the type of what it meets";
const NEGATIVE_POWER: &str =
    "integers to negative integer powers are not allowed; write a float exponent, such as `a ** -1.0`";

/// What a program is made for, beside its text and types.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wanted<'w> {
    /// For each array, the first one whose shape is taken to be the same; see [`Program::alike`]. Loops that have one
    /// shape then run as one. Empty where all arrays have one shape.
    pub alike: &'w [ArrayId],
    /// The types of results, where they are not those of the text.
    pub casts: &'w [DType],
}

/// Builds the program. What no result depends on is left out, with the errors it could raise. A program of more than
/// `operations` primitives is an error.
pub(crate) fn lower(ast: &Ast, checked: &Checked, wanted: Wanted<'_>, operations: usize) -> Result<Program> {
    let count = ast.nodes.len();
    let mut lowering = Lowering {
        ast,
        checked,
        program: Program::default(),
        graph: Graph::new(Spaces::new(wanted.alike), count),
        params: Vec::with_capacity(checked.params.len()),
        values: vec![NOTHING; count],
        loops: Vec::new(),
        known_loops: SmallMap::default(),
        once: empty(Extent::Once),
        measures: HashMap::new(),
    };
    lowering.params();
    let live = live(ast, checked);
    for at in (0..count).filter(|&at| live[at]) {
        lowering.values[at] = lowering.node(NodeId(at as u32), ast.nodes[at].span)?;
    }
    for (at, &id) in ast.results.iter().enumerate() {
        lowering.result(id, wanted.casts.get(at).copied());
    }
    lowering.finish(operations)
}

/// Which nodes a result depends on.
fn live(ast: &Ast, checked: &Checked) -> Vec<bool> {
    let mut live = vec![false; checked.nodes.len()];
    ast.results.iter().for_each(|id| live[id.index()] = true);
    for (at, node) in checked.nodes.iter().enumerate().rev() {
        if !live[at] {
            continue;
        }
        match node.meaning {
            Meaning::Known | Meaning::Param(_) | Meaning::Shape(_) => {}
            Meaning::Same(first) | Meaning::Measure(first, _) => live[first.index()] = true,
            Meaning::Apply(apply) => apply.args().iter().for_each(|arg| live[arg.index()] = true),
            Meaning::Chain(from, to) => {
                let links = &checked.links[from as usize..to as usize];
                links.iter().flat_map(Apply::args).for_each(|arg| live[arg.index()] = true);
            }
            Meaning::Reindex(of, by) => {
                live[of.index()] = true;
                checked.reindices[by as usize].bounds().for_each(|bound| live[bound.index()] = true);
            }
        }
    }
    live
}

fn empty(extent: Extent) -> Loop {
    Loop { extent, ..Loop::default() }
}

struct Lowering<'a> {
    ast: &'a Ast,
    checked: &'a Checked,
    program: Program,
    graph: Graph<'a>,
    /// The value of each parameter.
    params: Vec<Lowered>,
    /// The value of each node; literals have none, for each use gives them another type.
    values: Vec<Lowered>,
    /// The loops over elements, each with its level; their roots are values of the graph.
    loops: Vec<(u32, Loop)>,
    /// The loop of each level over each class of shapes.
    known_loops: SmallMap<(u32, SpaceId), usize>,
    /// What happens once, at the end.
    once: Loop,
    /// Numbers that shapes have, once something has asked for them.
    measures: HashMap<UniformSource, Value>,
}

/// The value of a node.
#[derive(Clone, Copy)]
struct Lowered {
    number: Number,
    /// It has an element for each place of this one; `None` for a single value. The value in the graph may have
    /// fewer, where they are all alike.
    space: Option<SpaceId>,
}

const NOTHING: Lowered = Lowered { number: Number::Real(NO_VALUE), space: None };

impl Lowered {
    fn real(value: Value, space: Option<SpaceId>) -> Lowered {
        Lowered { number: Number::Real(value), space }
    }
}

impl Lowering<'_> {
    /// Declares every parameter that the text names, even where no result depends on it.
    fn params(&mut self) {
        for param in &self.checked.params {
            let name = || param.name.clone();
            let lowered = match param.ty {
                Type::Array(dtype) if param.used => {
                    let array = ArrayId(self.program.arrays.len() as u32);
                    self.program.arrays.push(Array { name: name(), dtype });
                    let (number, space) = self.graph.array_number(array, dtype);
                    Lowered { number, space: Some(space) }
                }
                Type::Scalar(dtype) if param.used => {
                    let number = number(dtype, |component, ty| {
                        let source = UniformSource::Param { name: name(), dtype, component };
                        let id = self.uniform(ty, source);
                        self.graph.uniform(id, ty, 0)
                    });
                    Lowered { number, space: None }
                }
                _ => NOTHING,
            };
            self.params.push(lowered);
        }
    }

    fn uniform(&mut self, ty: Ty, source: UniformSource) -> UniformId {
        self.program.uniforms.push(Uniform { ty, source });
        UniformId(self.program.uniforms.len() as u32 - 1)
    }

    fn node(&mut self, id: NodeId, span: Span) -> Result<Lowered> {
        let checked = self.checked;
        Ok(match checked.nodes[id.index()].meaning {
            Meaning::Known | Meaning::Shape(_) => NOTHING,
            Meaning::Param(at) => self.params[at as usize],
            Meaning::Same(first) => self.values[first.index()],
            Meaning::Apply(apply) => self.apply(&apply, span),
            Meaning::Chain(from, to) => {
                let (first, links) =
                    checked.links[from as usize..to as usize].split_first().expect("a chain has links");
                let mut all = self.apply(first, span);
                for link in links {
                    let holds = self.apply(link, span);
                    let spaces = [all.space, holds.space].into_iter();
                    let value = self.graph.op(Op::And, &[all.number.single(), holds.number.single()]);
                    all = Lowered::real(value, self.graph.spaces.broadcast(spaces, [span; 2].into_iter()));
                }
                all
            }
            Meaning::Reindex(of, by) => self.reindex(of, &checked.reindices[by as usize])?,
            Meaning::Measure(of, measure) => Lowered::real(self.measure(of, measure), None),
        })
    }

    /// The value of a node in a type; as bool, its truth value.
    fn operand(&mut self, id: NodeId, dtype: DType) -> Number {
        let number = self.values[id.index()].number;
        match self.checked.nodes[id.index()].ty {
            check::Ty::Literal(v) => return self.graph.literal(v, dtype),
            check::Ty::Weak(from) if from.is_int() && dtype.is_int() && from != dtype => {
                let condition = GuardCondition::Outside(number.single(), dtype);
                let span = self.ast.nodes[id.index()].span;
                self.program.guards.push(Guard { condition, message: TOO_LARGE, span });
            }
            _ => {}
        }
        self.graph.cast(number, dtype)
    }

    fn space(&self, id: NodeId) -> Option<SpaceId> {
        self.values[id.index()].space
    }

    fn apply(&mut self, apply: &Apply, span: Span) -> Lowered {
        let args = apply.args();
        let values = &self.values;
        let spaces = args.iter().map(|arg| values[arg.index()].space);
        let space =
            self.graph.spaces.broadcast(spaces, args.iter().map(|arg| self.ast.nodes[arg.index()].span));
        if let Some(holds) = apply.verdict {
            return Lowered::real(self.graph.constant(Word::Bool(holds)), space);
        }
        let Apply { function, compute, .. } = *apply;
        let rule = function.info().rule;
        if rule == Rule::Compare
            && compute == DType::UInt64
            && let [x, y] = *args
            && let Some(first) = self.signed_one(x, y)
            && let Some(op) = function.primitive()
        {
            let [x, y] = [(x, first), (y, !first)].map(|(id, signed)| {
                self.operand(id, if signed { DType::Int64 } else { DType::UInt64 }).single()
            });
            return Lowered::real(self.graph.compare_integers(op, x, y), space);
        }
        let mut operands = [NOTHING.number; 3];
        for (at, (operand, &arg)) in operands.iter_mut().zip(args).enumerate() {
            let truth = rule == Rule::Where && at == 0;
            *operand = self.operand(arg, if truth { DType::Bool } else { compute });
        }
        let operands = &operands[..args.len()];
        if let Some(by) = function.reduction() {
            let number = match operands[0] {
                Number::Real(value) => Number::Real(self.reduction(by, rule, value, space, span)),
                Number::Complex(pair) => Number::Complex(self.complex_reduction(by, rule, pair, space, span)),
            };
            return Lowered { number, space: None };
        }
        let number = if rule == Rule::Complex || operands.iter().any(|operand| operand.is_complex()) {
            function.of_complex(&mut self.graph, operands)
        } else {
            let operands: SmallVec<[Value; 3]> = operands.iter().map(|operand| operand.single()).collect();
            if rule == Rule::Power && compute.kind() == Kind::Signed {
                self.guard_exponent(args[1], operands[1], space, span);
            }
            Number::Real(function.of(&mut self.graph, &operands))
        };
        Lowered { number, space }
    }

    /// A reduction of complex numbers as the program reads it.
    fn complex_reduction(
        &mut self,
        by: Reduction,
        rule: Rule,
        x: Pair,
        space: Option<SpaceId>,
        span: Span,
    ) -> Pair {
        match by {
            Reduction::Sum => Pair {
                re: self.reduction(by, rule, x.re, space, span),
                im: self.reduction(by, rule, x.im, space, span),
            },
            Reduction::Min | Reduction::Max => self.complex_extremum(by, x, space, span),
            Reduction::Prod | Reduction::ProdReal | Reduction::ProdImag => self.complex_product(x, space),
        }
    }

    /// Of the operands of a comparison of integers, whether the first is the one that has a sign; `None` if
    /// neither has, for a literal takes the type of what it meets.
    fn signed_one(&self, x: NodeId, y: NodeId) -> Option<bool> {
        let signed = |id: NodeId| match self.checked.nodes[id.index()].ty {
            check::Ty::Value { dtype, .. } | check::Ty::Weak(dtype) => dtype.kind() == Kind::Signed,
            _ => false,
        };
        (signed(x) || signed(y)).then(|| signed(x))
    }

    /// A negative exponent of integers is an error at each place of the power, of which there may be none. One that is
    /// the same for all places is asked about once.
    fn guard_exponent(&mut self, id: NodeId, exponent: Value, space: Option<SpaceId>, span: Span) {
        match self.checked.nodes[id.index()].ty {
            check::Ty::Literal(Literal::Int(..0)) => {}
            check::Ty::Literal(_) => return,
            _ => {}
        }
        let zero = self.graph.number(0, self.graph.ty(exponent));
        let mut negative = self.graph.op(Op::Lt, &[exponent, zero]);
        let varies = self.space(id).is_some();
        if let Some(space) = space.filter(|_| !varies) {
            let places = self.asked(UniformSource::Size(space));
            let any = self.graph.convert(places, Ty::Bool);
            negative = self.graph.op(Op::And, &[negative, any]);
        }
        let raised = self.graph.convert(negative, Ty::I32);
        let into = self.reduce(Reduction::Max, raised, space.filter(|_| varies));
        let condition = GuardCondition::Raised(into);
        self.program.guards.push(Guard { condition, message: NEGATIVE_POWER, span });
    }

    /// Joins `value` over all elements, or takes the single one that it is.
    fn reduce(&mut self, reduction: Reduction, value: Value, space: Option<SpaceId>) -> UniformId {
        let into = self.uniform(self.graph.ty(value), UniformSource::Reduced);
        self.home(self.graph.level(value), space).reduces.push(Reduce { reduction, value, into });
        into
    }

    /// The loop over `space` in which a value of this level can first be had; for single values what happens once.
    fn home(&mut self, level: u32, space: Option<SpaceId>) -> &mut Loop {
        let Some(space) = space else { return &mut self.once };
        let key = (level, self.graph.spaces.class(space));
        let at = self.known_loops.get(&key).unwrap_or_else(|| {
            self.known_loops.insert(key, self.loops.len());
            self.loops.push((level, empty(Extent::Space(space))));
            self.loops.len() - 1
        });
        let l = &mut self.loops[at].1;
        if let Extent::Space(first) = l.extent
            && first != space
            && self.program.alike.last() != Some(&(first, space))
        {
            self.program.alike.push((first, space));
        }
        l
    }

    /// A reduction as the program reads it; `value` is in the type it computes in.
    fn reduction(
        &mut self,
        by: Reduction,
        rule: Rule,
        value: Value,
        space: Option<SpaceId>,
        span: Span,
    ) -> Value {
        let ty = self.graph.ty(value);
        // The sum of one number is that number, and so on.
        let Some(space) = space else { return value };
        if rule == Rule::Extremum {
            let message = if by == Reduction::Min { NO_MINIMUM } else { NO_MAXIMUM };
            self.program.guards.push(Guard { condition: GuardCondition::Empty(space), message, span });
        }
        // Truth values and narrow integers are joined as i32. Of no elements, `any` starts below 0 and
        // `all` above it.
        let joined = if ty == Ty::Bool || ty.is_narrow() { Ty::I32 } else { ty };
        let value = self.graph.convert(value, joined);
        let into = self.reduce(by, value, Some(space));
        let result = self.graph.uniform(into, joined, self.graph.level(value) + 1);
        if rule == Rule::Mean {
            let count = self.asked(UniformSource::Size(space));
            let count = self.graph.convert(count, ty);
            return self.graph.op(Op::Div, &[result, count]);
        }
        if ty == Ty::Bool {
            let zero = self.graph.number(0, joined);
            return self.graph.op(Op::Gt, &[result, zero]);
        }
        self.graph.convert(result, ty)
    }

    fn complex_product(&mut self, x: Pair, space: Option<SpaceId>) -> Pair {
        if space.is_none() {
            return x;
        }
        let (ty, level) = (self.graph.ty(x.re), self.graph.level(x.re).max(self.graph.level(x.im)));
        let parts = [(Reduction::ProdReal, x.re), (Reduction::ProdImag, x.im)];
        let [re, im] = parts.map(|(reduction, value)| {
            let into = self.uniform(ty, UniformSource::Reduced);
            self.home(level, space).reduces.push(Reduce { reduction, value, into });
            self.graph.uniform(into, ty, level + 1)
        });
        Pair { re, im }
    }

    /// The first or last complex number in the order of real parts, then of imaginary ones among those with that real
    /// part. A NaN in any part makes both NaN.
    fn complex_extremum(&mut self, by: Reduction, x: Pair, space: Option<SpaceId>, span: Span) -> Pair {
        if space.is_none() {
            return x;
        }
        let ty = self.graph.ty(x.re);
        let is_number = self.graph.op(Op::Eq, &[x.im, x.im]);
        let key = self.graph.op(Op::Select, &[is_number, x.re, x.im]);
        let re = self.reduction(by, Rule::Extremum, key, space, span);
        let end = if by == Reduction::Min { f64::INFINITY } else { f64::NEG_INFINITY };
        let end = self.graph.constant(Word::float(end, ty));
        let alike = self.graph.op(Op::Eq, &[x.re, re]);
        let key = self.graph.op(Op::Select, &[alike, x.im, end]);
        let im = self.reduction(by, Rule::Extremum, key, space, span);
        let is_number = self.graph.op(Op::Eq, &[re, re]);
        Pair { re, im: self.graph.op(Op::Select, &[is_number, im, re]) }
    }

    /// A result; in another type than the text's where it is cast.
    fn result(&mut self, id: NodeId, cast: Option<DType>) {
        let output = OutputId(self.program.outputs.len() as u32);
        let own = self.checked.results[output.index()].dtype;
        let dtype = cast.unwrap_or(own);
        let number = self.operand(id, own);
        let number = self.graph.cast(number, dtype);
        let space = self.space(id);
        // All of an element is stored by one loop.
        let level = number.components().map(|(_, value)| self.graph.level(value)).max().unwrap_or(0);
        let at = self.home(level, space);
        at.stores.extend(number.components().map(|(component, value)| Store { output, component, value }));
        let extent = at.extent;
        self.program.outputs.push(Output { dtype, extent });
    }

    /// Cuts the graph into the loops that their roots ask for.
    fn finish(mut self, operations: usize) -> Result<Program> {
        // Taken one by one: the rest is large, and stays where it is.
        let Lowering { program, graph, loops, once, .. } = &mut self;
        let (mut program, mut loops) = (std::mem::take(program), std::mem::take(loops));
        let once = std::mem::replace(once, empty(Extent::Once));
        let limit = || {
            let message = format!("the program takes more than {operations} operations on each element");
            Error::new(ErrorKind::Limit, message).help("split it into several expressions")
        };
        // Loops of one level know nothing of each other.
        loops.sort_by_key(|(level, _)| *level);
        let mut cutter = Cutter::new(graph);
        let mut left = operations;
        program.loops.reserve_exact(loops.len() + 1);
        for mut l in loops.into_iter().map(|(_, l)| l).chain([once]).filter(|l| l.roots().next().is_some()) {
            left -= cutter.cut(&mut l, left).ok_or_else(limit)?;
            program.loops.push(l);
        }
        program.views = std::mem::take(&mut cutter.views);
        let needed = shapes::Needed::new(&program, &graph.spaces);
        let bounds = needed.bounds(&program, &graph.spaces);
        let (prologue, places) = cutter.cut_singles(&bounds, left).ok_or_else(limit)?;
        program.prologue = prologue;
        drop(cutter);
        needed.put(&mut program, &mut graph.spaces, &places);
        Ok(program)
    }
}
