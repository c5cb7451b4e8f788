//! Names and types: what each node of the tree means, and the type of what it gives.
//!
//! Knows the syntax tree, NumPy's rules of promotion and the table of operations. It must not know
//! loops, elements or the IR. One walk over the arena, operands first, so that no depth of nesting
//! can exhaust the stack.

mod calls;
mod complex;
mod errors;
mod fold;
pub(crate) mod kernel;
mod names;
mod problem;
mod rules;
mod text;
mod views;

#[cfg(test)]
mod tests;

use std::fmt;

use num_complex::Complex;

use crate::diag::{ErrorKind, Result, Span};
use crate::layout;
use crate::ops::Function;
use crate::syntax::ast::{Ast, BinaryOp, CompareOp, NodeId, NodeKind, UnaryOp};
use crate::types::{DType, Literal, ResultType, Type};
use names::{Binding, Names};
pub(crate) use problem::truth;
pub(crate) use views::Bound;

/// A checked program: a meaning and a type for every node of its tree.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The parameters, in the caller's order.
    pub params: Vec<Param>,
    /// For each node of the tree, in its order.
    pub nodes: Vec<Node>,
    /// Links of chained comparisons; see [`Meaning::Chain`].
    pub links: Vec<Apply>,
    /// Indices and orders of axes; see [`Meaning::Reindex`].
    pub reindices: Vec<Reindex>,
    /// The types of the results.
    pub results: Vec<ResultType>,
    /// Parameters that the text never names.
    pub unused: Vec<String>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether the text names it.
    pub used: bool,
}

/// A checked node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// What it gives.
    pub ty: Ty,
    /// How it comes by it.
    pub meaning: Meaning,
}

/// The type of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ty {
    /// A value for each element, or a single one.
    Value {
        /// Its element type.
        dtype: DType,
        /// One for each element.
        array: bool,
    },
    /// A number known now, which takes the type of what it meets.
    Literal(Literal),
    /// A length, or a number made of lengths and literals: known when arguments are bound, of the type that
    /// a literal has on its own, it takes the type of what it meets.
    Weak(DType),
    /// The name of a type, as `astype` takes it.
    TypeName(DType),
    /// Anything else that is no number: `None`, a slice.
    NoValue,
}

/// How a node comes by its value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meaning {
    /// It is no computation: its type says all there is to know.
    Known,
    /// A parameter, by its place in [`Checked::params`].
    Param(u32),
    /// The value of another node, given a name by an assignment.
    Same(NodeId),
    /// A function of other nodes.
    Apply(Apply),
    /// A chained comparison: all of the links from the first up to the second hold.
    Chain(u32, u32),
    /// Other elements of a node's value, by a place in [`Checked::reindices`].
    Reindex(NodeId, u32),
    /// A number that the shape of a node's value has.
    Measure(NodeId, Measure),
    /// That shape itself, which is no number.
    Shape(NodeId),
}

/// Which elements of an array, and along which axes.
#[derive(Clone, Debug)]
pub(crate) enum Reindex {
    /// The indices in brackets, each where it stands.
    Index(Vec<(Index, Span)>),
    /// The axes in another order, or reversed; where that is said.
    Permute(Option<Vec<i64>>, Span),
}

/// One of the indices in brackets.
pub(crate) type Index = layout::Index<Bound>;

/// What is asked of a shape.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Measure {
    /// The length of an axis, which counts from the end where it is negative; where that is asked.
    Length(i64, Span),
    /// The number of axes.
    Rank,
    /// The number of elements.
    Size,
}

/// A function applied to nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Apply {
    /// The function.
    pub function: Function,
    /// The type that its operands take before it; bool for truth values.
    pub compute: DType,
    /// Its operands; those beyond its arity repeat the last.
    args: [NodeId; 3],
    /// What a comparison gives for every element, where that is known now.
    pub verdict: Option<bool>,
}

impl Apply {
    /// Its operands.
    pub fn args(&self) -> &[NodeId] {
        &self.args[..self.function.info().params.len()]
    }
}

impl Ty {
    fn single(dtype: DType) -> Ty {
        Ty::Value { dtype, array: false }
    }

    /// One value for each element.
    pub fn is_array(self) -> bool {
        matches!(self, Ty::Value { array: true, .. })
    }
}

/// As messages call it: `float64 array`, `int64 scalar`, `integer literal`.
impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::Value { dtype, array: true } => write!(f, "{dtype} array"),
            Ty::Value { dtype, array: false } => write!(f, "{dtype} scalar"),
            Ty::Literal(Literal::Bool(_)) => f.write_str("bool literal"),
            Ty::Literal(Literal::Int(_)) => f.write_str("integer literal"),
            Ty::Literal(Literal::Float(_)) => f.write_str("float literal"),
            Ty::Literal(Literal::Complex(_)) => f.write_str("complex literal"),
            Ty::Weak(dtype) => write!(f, "{dtype} scalar"),
            Ty::TypeName(_) => f.write_str("a type"),
            Ty::NoValue => f.write_str("no number"),
        }
    }
}

/// Finds the meaning and the type of every node. `params` are the arguments' names and types.
pub(crate) fn check(ast: &Ast, source: &str, params: &[(&str, Type)]) -> Result<Checked> {
    let mut checker = Checker {
        ast,
        source,
        names: Names::new(params)?,
        nodes: Vec::with_capacity(ast.nodes.len()),
        links: Vec::new(),
        reindices: Vec::new(),
        used: vec![false; params.len()],
    };
    let mut assignments = ast.assignments.iter().peekable();
    for at in 0..ast.nodes.len() {
        let id = NodeId(at as u32);
        while let Some(assignment) = assignments.next_if(|a| a.value < id) {
            checker.assign(&assignment.name, assignment.value)?;
        }
        let node = checker.node(id)?;
        checker.nodes.push(node);
    }
    for assignment in assignments {
        checker.assign(&assignment.name, assignment.value)?;
    }
    let results = ast.results.iter().map(|&id| checker.result(id)).collect::<Result<_>>()?;
    let Checker { nodes, links, reindices, used, .. } = checker;
    let params: Vec<Param> =
        params.iter().zip(used).map(|(&(name, ty), used)| Param { name: name.into(), ty, used }).collect();
    let unused = params.iter().filter(|p| !p.used).map(|p| p.name.clone()).collect();
    Ok(Checked { params, nodes, links, reindices, results, unused })
}

struct Checker<'a> {
    ast: &'a Ast,
    source: &'a str,
    names: Names<'a>,
    nodes: Vec<Node>,
    links: Vec<Apply>,
    reindices: Vec<Reindex>,
    used: Vec<bool>,
}

impl<'a> Checker<'a> {
    fn ty(&self, id: NodeId) -> Ty {
        self.nodes[id.index()].ty
    }

    fn node(&mut self, id: NodeId) -> Result<Node> {
        let ast = self.ast;
        match &ast.nodes[id.index()].kind {
            &NodeKind::Int(v) => Ok(literal(Literal::Int(v))),
            &NodeKind::Float(v) => Ok(literal(Literal::Float(v))),
            &NodeKind::Imaginary(im) => Ok(literal(Literal::Complex(Complex { re: 0.0, im }))),
            &NodeKind::Bool(v) => Ok(literal(Literal::Bool(v))),
            NodeKind::None
            | NodeKind::Slice(..)
            | NodeKind::Ellipsis
            | NodeKind::Tuple(_)
            | NodeKind::List(_)
            | NodeKind::Text(_) => Ok(known(Ty::NoValue)),
            NodeKind::Name(name) => self.name(id, name),
            &NodeKind::Unary(op, x) => self.apply(unary(op), id, &[x]),
            &NodeKind::Binary(op, x, y) => self.apply(binary(op), id, &[x, y]),
            NodeKind::Compare(ops, operands) if ops.len() == 1 => self.apply(compare(ops[0]), id, operands),
            NodeKind::Compare(ops, operands) => self.chain(id, ops, operands),
            &NodeKind::Conditional { condition, then, otherwise } => {
                match (self.ty(condition), self.ty(then), self.ty(otherwise)) {
                    (Ty::Literal(c), Ty::Literal(x), Ty::Literal(y)) => {
                        Ok(literal(if fold::truth(c) { x } else { y }))
                    }
                    _ => self.apply(Function::Where, id, &[condition, then, otherwise]),
                }
            }
            NodeKind::Call { name, name_span, method, args, keywords } => {
                self.call(id, calls::Call { name, name_span: *name_span, method: *method, args, keywords })
            }
            &NodeKind::Attribute(x, ref name) => self.attribute(id, x, name),
            &NodeKind::Subscript(x, ref items) => self.subscript(id, x, items),
        }
    }

    fn name(&mut self, id: NodeId, name: &str) -> Result<Node> {
        match self.names.find(name) {
            Some(Binding::Param(at, ty)) => {
                self.used[at as usize] = true;
                let meaning = Meaning::Param(at);
                Ok(match ty {
                    Type::Array(dtype) => Node { ty: Ty::Value { dtype, array: true }, meaning },
                    Type::Scalar(dtype) => Node { ty: Ty::single(dtype), meaning },
                    Type::Literal(v) => literal(v),
                })
            }
            Some(Binding::Assigned(value)) => Ok(Node { ty: self.ty(value), meaning: Meaning::Same(value) }),
            None => match (names::constant(name), Function::from_name(name)) {
                (Some(v), _) => Ok(literal(Literal::Float(v))),
                (None, function) => match function.and_then(Function::named_type) {
                    Some(dtype) => Ok(known(Ty::TypeName(dtype))),
                    None => Err(self.unknown_name(id, name, function)),
                },
            },
        }
    }

    fn assign(&mut self, name: &'a str, value: NodeId) -> Result<()> {
        self.value(value)?;
        // A name of a name is a name of its value, so that a chain of them is one step to follow.
        let value = match self.nodes[value.index()].meaning {
            Meaning::Same(first) => first,
            _ => value,
        };
        self.names.assign(name, value);
        Ok(())
    }

    /// `x < y < z`: each operand once, each link in its own type.
    fn chain(&mut self, id: NodeId, ops: &[CompareOp], operands: &[NodeId]) -> Result<Node> {
        let from = self.links.len() as u32;
        let (mut array, mut all, mut literals) = (false, true, true);
        for (&op, pair) in ops.iter().zip(operands.windows(2)) {
            let function = compare(op);
            let link = self.apply(function, id, pair)?;
            array |= link.ty.is_array();
            let apply = match (link.meaning, link.ty) {
                (Meaning::Apply(apply), _) => {
                    literals = false;
                    apply
                }
                (_, Ty::Literal(v)) => {
                    let holds = fold::truth(v);
                    all &= holds;
                    apply_node(function, DType::Bool, pair, Some(holds))
                }
                _ => unreachable!("a comparison is a literal or an application"),
            };
            self.links.push(apply);
        }
        if literals {
            self.links.truncate(from as usize);
            return Ok(literal(Literal::Bool(all)));
        }
        let meaning = Meaning::Chain(from, self.links.len() as u32);
        Ok(Node { ty: Ty::Value { dtype: DType::Bool, array }, meaning })
    }

    fn result(&self, id: NodeId) -> Result<ResultType> {
        Ok(match self.value(id)? {
            Ty::Value { dtype, array } => ResultType { dtype, array },
            Ty::Literal(v) => {
                let dtype = rules::default(v);
                self.fits(id, v, dtype, &[])?;
                ResultType { dtype, array: false }
            }
            Ty::Weak(dtype) => ResultType { dtype, array: false },
            Ty::TypeName(_) | Ty::NoValue => unreachable!("not a value"),
        })
    }

    /// The type of `id`, which must be a number.
    fn value(&self, id: NodeId) -> Result<Ty> {
        match self.ty(id) {
            Ty::TypeName(dtype) => {
                let error = self.error(ErrorKind::Type, id, format!("`{dtype}` is a type, not a number"));
                Err(error.help(format!("write `{dtype}(x)` to convert x")))
            }
            Ty::NoValue => Err(self.no_number(id)),
            ty => Ok(ty),
        }
    }
}

fn known(ty: Ty) -> Node {
    Node { ty, meaning: Meaning::Known }
}

fn literal(value: Literal) -> Node {
    known(Ty::Literal(value))
}

fn apply_node(function: Function, compute: DType, args: &[NodeId], verdict: Option<bool>) -> Apply {
    let mut all = [*args.last().expect("every function has operands"); 3];
    all[..args.len()].copy_from_slice(args);
    Apply { function, compute, args: all, verdict }
}

fn unary(op: UnaryOp) -> Function {
    match op {
        UnaryOp::Neg => Function::Negative,
        UnaryOp::Pos => Function::Positive,
        UnaryOp::Invert => Function::Invert,
        UnaryOp::Not => Function::LogicalNot,
    }
}

fn binary(op: BinaryOp) -> Function {
    match op {
        BinaryOp::Add => Function::Add,
        BinaryOp::Sub => Function::Subtract,
        BinaryOp::Mul => Function::Multiply,
        BinaryOp::Div => Function::Divide,
        BinaryOp::FloorDiv => Function::FloorDivide,
        BinaryOp::Mod => Function::Remainder,
        BinaryOp::MatMul => unreachable!("the lexer of expressions has no such operator"),
        BinaryOp::Pow => Function::Power,
        BinaryOp::Shl => Function::LeftShift,
        BinaryOp::Shr => Function::RightShift,
        BinaryOp::BitAnd => Function::BitwiseAnd,
        BinaryOp::BitOr => Function::BitwiseOr,
        BinaryOp::BitXor => Function::BitwiseXor,
        BinaryOp::And => Function::LogicalAnd,
        BinaryOp::Or => Function::LogicalOr,
    }
}

fn compare(op: CompareOp) -> Function {
    match op {
        CompareOp::Eq => Function::Equal,
        CompareOp::Ne => Function::NotEqual,
        CompareOp::Lt => Function::Less,
        CompareOp::Le => Function::LessEqual,
        CompareOp::Gt => Function::Greater,
        CompareOp::Ge => Function::GreaterEqual,
    }
}
