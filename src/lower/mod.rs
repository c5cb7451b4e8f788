//! The checked tree to IR: one graph of values, cut into as few loops as reductions allow.
//!
//! Knows the checked tree and the IR. It must not know text, and it makes no choices of arithmetic:
//! each function becomes the primitives that its meaning asks for, and no constant is folded here.

mod functions;
mod graph;

#[cfg(test)]
mod tests;

use crate::check::{Apply, Checked, Meaning, Ty, scalar};
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::ir::{
    Array, ArrayId, Extent, Guard, GuardCondition, Loop, NO_VALUE, Output, OutputId, Program, Recipe, Reduce,
    Space, SpaceId, Uniform, UniformId, UniformSource, Value, View, ViewId,
};
use crate::ops::{Function, Op, Reduction, Rule};
use crate::syntax::ast::{Ast, NodeId};
use crate::types::Type;
use crate::types::{DType, Scalar};
use graph::{Cutter, Graph};

/// The shape of every array.
const ALL: SpaceId = SpaceId(0);

const NO_MINIMUM: &str = "zero-size array to reduction operation minimum which has no identity";
const NO_MAXIMUM: &str = "zero-size array to reduction operation maximum which has no identity";
const NEGATIVE_POWER: &str = "integers to negative integer powers are not allowed";

/// Builds the program. What no result depends on is left out, with the errors it could raise.
/// A program of more than `operations` primitives is an error.
pub(crate) fn lower(ast: &Ast, checked: &Checked, operations: usize) -> Result<Program> {
    let count = ast.nodes.len();
    let mut lowering = Lowering {
        checked,
        program: Program::default(),
        graph: Graph::with_capacity(count),
        params: Vec::with_capacity(checked.params.len()),
        values: vec![NO_VALUE; count],
        elements: Vec::new(),
        once: empty(Extent::Once),
        count: None,
    };
    lowering.params();
    let live = live(ast, checked);
    for at in (0..count).filter(|&at| live[at]) {
        lowering.values[at] = lowering.node(NodeId(at as u32), ast.nodes[at].span);
    }
    for &id in &ast.results {
        lowering.result(id);
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
            Meaning::Known | Meaning::Param(_) => {}
            Meaning::Same(first) => live[first.index()] = true,
            Meaning::Apply(apply) => apply.args().iter().for_each(|arg| live[arg.index()] = true),
            Meaning::Chain(from, to) => {
                let links = &checked.links[from as usize..to as usize];
                links.iter().flat_map(Apply::args).for_each(|arg| live[arg.index()] = true);
            }
        }
    }
    live
}

fn empty(extent: Extent) -> Loop {
    Loop { extent, ..Loop::default() }
}

struct Lowering<'a> {
    checked: &'a Checked,
    program: Program,
    graph: Graph,
    /// The value of each parameter.
    params: Vec<Value>,
    /// The value of each node; literals have none, for each use gives them another type.
    values: Vec<Value>,
    /// The loops over elements, one for each level; their roots are values of the graph.
    elements: Vec<Loop>,
    /// What happens once, at the end.
    once: Loop,
    /// The number of elements, once something has asked for it.
    count: Option<Value>,
}

impl Lowering<'_> {
    /// Declares every parameter that the text names, so that their shapes are held against each other
    /// even where a result does not depend on one.
    fn params(&mut self) {
        for param in &self.checked.params {
            let name = || param.name.clone();
            let value = match param.ty {
                Type::Array(dtype) if param.used => {
                    let array = ArrayId(self.program.arrays.len() as u32);
                    self.program.arrays.push(Array { name: name(), dtype });
                    if self.program.spaces.is_empty() {
                        self.program.spaces.push(Space { recipe: Recipe::Array(array), spans: Vec::new() });
                    }
                    self.program.views.push(View { array, path: Vec::new(), space: ALL });
                    self.graph.load(ViewId(array.0), dtype)
                }
                Type::Scalar(dtype) if param.used => {
                    let id = self.uniform(dtype, UniformSource::Param(name()));
                    self.graph.uniform(id, dtype, 0)
                }
                _ => NO_VALUE,
            };
            self.params.push(value);
        }
    }

    fn uniform(&mut self, dtype: DType, source: UniformSource) -> UniformId {
        self.program.uniforms.push(Uniform { dtype, source });
        UniformId(self.program.uniforms.len() as u32 - 1)
    }

    fn node(&mut self, id: NodeId, span: Span) -> Value {
        let checked = self.checked;
        match checked.nodes[id.index()].meaning {
            Meaning::Known => NO_VALUE,
            Meaning::Param(at) => self.params[at as usize],
            Meaning::Same(first) => self.values[first.index()],
            Meaning::Apply(apply) => self.apply(&apply, span),
            Meaning::Chain(from, to) => {
                let mut all = NO_VALUE;
                for link in &checked.links[from as usize..to as usize] {
                    let holds = self.apply(link, span);
                    all = if all == NO_VALUE { holds } else { self.graph.op(Op::And, &[all, holds]) };
                }
                all
            }
        }
    }

    /// The value of a node in a type; as bool, its truth value.
    fn operand(&mut self, id: NodeId, dtype: DType) -> Value {
        match self.checked.nodes[id.index()].ty {
            Ty::Literal(v) => self.graph.constant(scalar(v, dtype)),
            _ => self.graph.convert(self.values[id.index()], dtype),
        }
    }

    fn is_array(&self, id: NodeId) -> bool {
        self.checked.nodes[id.index()].ty.is_array()
    }

    fn apply(&mut self, apply: &Apply, span: Span) -> Value {
        if let Some(holds) = apply.verdict {
            return self.graph.constant(Scalar::Bool(holds));
        }
        let Apply { function, compute, .. } = *apply;
        let args = apply.args();
        let rule = function.info().rule;
        let mut operands = [NO_VALUE; 3];
        for (at, (operand, &arg)) in operands.iter_mut().zip(args).enumerate() {
            let truth = rule == Rule::Where && at == 0;
            *operand = self.operand(arg, if truth { DType::Bool } else { compute });
        }
        if function.is_reduction() {
            return self.reduction(function, operands[0], self.is_array(args[0]), span);
        }
        if function == Function::Power && compute.is_int() {
            self.guard_exponent(args[1], operands[1], span);
        }
        self.graph.function(function, &operands[..args.len()])
    }

    /// A negative exponent of integers is an error, unless it is a literal, which the checker has seen.
    fn guard_exponent(&mut self, id: NodeId, exponent: Value, span: Span) {
        if matches!(self.checked.nodes[id.index()].ty, Ty::Literal(_)) {
            return;
        }
        let zero = self.graph.small(0, self.graph.dtype(exponent));
        let negative = self.graph.op(Op::Lt, &[exponent, zero]);
        let raised = self.graph.convert(negative, DType::Int32);
        let into = self.reduce(Reduction::Max, raised, self.is_array(id));
        let condition = GuardCondition::Raised(into);
        self.program.guards.push(Guard { condition, message: NEGATIVE_POWER, span });
    }

    /// Joins `value` over all elements, or takes the single one that it is.
    fn reduce(&mut self, reduction: Reduction, value: Value, array: bool) -> UniformId {
        let into = self.uniform(self.graph.dtype(value), UniformSource::Reduced);
        let at = if array { self.elements(self.graph.level(value)) } else { &mut self.once };
        at.reduces.push(Reduce { reduction, value, into });
        into
    }

    /// The loop over elements in which a value of this level can first be had.
    fn elements(&mut self, level: u32) -> &mut Loop {
        // No level is left out: a value stands on a reduction of each level below its own.
        let at = level as usize;
        self.elements.resize_with(self.elements.len().max(at + 1), || empty(Extent::Space(ALL)));
        &mut self.elements[at]
    }

    /// A reduction as the program reads it; `value` is in the type it computes in.
    fn reduction(&mut self, function: Function, value: Value, array: bool, span: Span) -> Value {
        let dtype = self.graph.dtype(value);
        if !array {
            // The sum of one number is that number, and so on.
            return value;
        }
        let (reduction, no_identity) = match function {
            Function::Sum | Function::Mean => (Reduction::Sum, None),
            Function::Prod => (Reduction::Prod, None),
            Function::Any => (Reduction::Max, None),
            Function::All => (Reduction::Min, None),
            Function::Min => (Reduction::Min, Some(NO_MINIMUM)),
            Function::Max => (Reduction::Max, Some(NO_MAXIMUM)),
            _ => unreachable!("{function:?} is no reduction"),
        };
        if let Some(message) = no_identity {
            self.program.guards.push(Guard { condition: GuardCondition::Empty(ALL), message, span });
        }
        // Truth values are joined as int32. Of no elements, `any` starts below 0 and `all` above it.
        let joined = if dtype == DType::Bool { DType::Int32 } else { dtype };
        let value = self.graph.convert(value, joined);
        let into = self.reduce(reduction, value, true);
        let result = self.graph.uniform(into, joined, self.graph.level(value) + 1);
        if function == Function::Mean {
            let count = self.element_count();
            let count = self.graph.convert(count, dtype);
            return self.graph.op(Op::Div, &[result, count]);
        }
        if dtype == DType::Bool {
            let zero = self.graph.small(0, joined);
            return self.graph.op(Op::Gt, &[result, zero]);
        }
        result
    }

    fn element_count(&mut self) -> Value {
        if let Some(count) = self.count {
            return count;
        }
        let id = self.uniform(DType::Int64, UniformSource::Size(ALL));
        let count = self.graph.uniform(id, DType::Int64, 0);
        self.count = Some(count);
        count
    }

    fn result(&mut self, id: NodeId) {
        let output = OutputId(self.program.outputs.len() as u32);
        let result = self.checked.results[output.index()];
        let value = self.operand(id, result.dtype);
        let at = if result.array { self.elements(self.graph.level(value)) } else { &mut self.once };
        at.stores.push((output, value));
        let extent = at.extent;
        self.program.outputs.push(Output { dtype: result.dtype, extent });
    }

    /// Cuts the graph into the loops that their roots ask for.
    fn finish(self, operations: usize) -> Result<Program> {
        let Lowering { mut program, graph, elements, once, .. } = self;
        let mut cutter = Cutter::new(&graph);
        let mut left = operations;
        program.loops.reserve_exact(elements.len() + 1);
        for mut l in elements.into_iter().chain([once]).filter(|l| l.roots().next().is_some()) {
            let Some(taken) = cutter.cut(&mut l, left) else {
                let message = format!("the program takes more than {operations} operations on each element");
                return Err(Error::new(ErrorKind::Limit, message).help("split it into several expressions"));
            };
            left -= taken;
            program.loops.push(l);
        }
        Ok(program)
    }
}
