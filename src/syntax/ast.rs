//! The syntax tree: an arena in which every node stands after its operands.
//!
//! That order is the promise later stages live on: checking and lowering are single loops over
//! the arena, so that no depth of nesting can exhaust the stack.

use crate::diag::Span;

/// A node of an [`Ast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// Its place in the arena.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A parsed program: assignments, then results.
#[derive(Clone, Debug, Default)]
pub struct Ast {
    /// Every node, operands first.
    pub nodes: Vec<Node>,
    /// The assignments, in order.
    pub assignments: Vec<Assignment>,
    /// The last expression; a top-level tuple gives several results.
    pub results: Vec<NodeId>,
}

/// `name = value`
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The name, at `span`.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The value; nodes numbered above it may speak of `name`.
    pub value: NodeId,
}

/// A node: what it is, and the text it came from.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The text of the whole construct.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NodeKind {
    /// An integer literal of any of Python's forms. Too large for 128 bits is a syntax error.
    Int(i128),
    /// A float literal.
    Float(f64),
    /// An imaginary literal, such as `2j`.
    Imaginary(f64),
    /// `True` or `False`.
    Bool(bool),
    /// `None` or `newaxis`.
    None,
    /// A name; `np.`, `numpy.` and `math.` prefixes are gone.
    Name(String),
    /// `-x`, `+x`, `~x`, `not x`
    Unary(UnaryOp, NodeId),
    /// `x + y` and its like.
    Binary(BinaryOp, NodeId, NodeId),
    /// `x < y <= z`: operands one more than operators.
    Compare(Vec<CompareOp>, Vec<NodeId>),
    /// `then if condition else otherwise`
    Conditional {
        /// Decides.
        condition: NodeId,
        /// Taken where true.
        then: NodeId,
        /// Taken where false.
        otherwise: NodeId,
    },
    /// `name(args, key=value)`; a method `x.name(args)` has its receiver first in `args`.
    Call {
        /// The function's or method's name.
        name: String,
        /// Where the name stands.
        name_span: Span,
        /// Written as a method.
        method: bool,
        /// Positional arguments.
        args: Vec<NodeId>,
        /// Arguments by keyword, each with the span of its key.
        keywords: Vec<(String, Span, NodeId)>,
    },
    /// `x.name` without a call, such as `z.real`.
    Attribute(NodeId, String),
    /// `x[items]`
    Subscript(NodeId, Vec<NodeId>),
    /// `start:stop:step` inside a subscript.
    Slice(Option<NodeId>, Option<NodeId>, Option<NodeId>),
    /// `...` inside a subscript.
    Ellipsis,
    /// A tuple that is not the top-level result.
    Tuple(Vec<NodeId>),
    /// A list, which only files of kernels hold.
    List(Vec<NodeId>),
    /// A string, which only files of kernels hold: what stands between its quotation marks.
    Text(String),
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `+`
    Pos,
    /// `~`
    Invert,
    /// `not`
    Not,
}

/// Infix operators other than comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `@`, which only kernels have.
    MatMul,
    /// `**`
    Pow,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `and`
    And,
    /// `or`
    Or,
}

/// Comparison operators, which chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl NodeKind {
    /// Calls `f` with each operand, in the order of the text.
    pub fn operands(&self, mut f: impl FnMut(NodeId)) {
        match self {
            NodeKind::Int(_)
            | NodeKind::Float(_)
            | NodeKind::Imaginary(_)
            | NodeKind::Bool(_)
            | NodeKind::None
            | NodeKind::Name(_)
            | NodeKind::Ellipsis
            | NodeKind::Text(_) => (),
            NodeKind::Unary(_, x) | NodeKind::Attribute(x, _) => f(*x),
            NodeKind::Binary(_, x, y) => [*x, *y].into_iter().for_each(f),
            NodeKind::Conditional { condition, then, otherwise } => {
                [*then, *condition, *otherwise].into_iter().for_each(f);
            }
            NodeKind::Compare(_, items) | NodeKind::Tuple(items) | NodeKind::List(items) => {
                items.iter().copied().for_each(f);
            }
            NodeKind::Call { args, keywords, .. } => {
                args.iter().copied().chain(keywords.iter().map(|&(.., value)| value)).for_each(f);
            }
            NodeKind::Subscript(x, items) => {
                f(*x);
                items.iter().copied().for_each(f);
            }
            NodeKind::Slice(start, stop, step) => [*start, *stop, *step].into_iter().flatten().for_each(f),
        }
    }
}

impl UnaryOp {
    /// As written.
    pub const fn symbol(self) -> &'static str {
        match self {
            UnaryOp::Neg => "-",
            UnaryOp::Pos => "+",
            UnaryOp::Invert => "~",
            UnaryOp::Not => "not",
        }
    }
}

impl BinaryOp {
    /// As written.
    pub const fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::FloorDiv => "//",
            BinaryOp::Mod => "%",
            BinaryOp::MatMul => "@",
            BinaryOp::Pow => "**",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
            BinaryOp::BitAnd => "&",
            BinaryOp::BitOr => "|",
            BinaryOp::BitXor => "^",
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
        }
    }
}

impl BinaryOp {
    /// Whether it computes with both operands, whatever the first one is.
    pub const fn is_arithmetic(self) -> bool {
        !matches!(self, BinaryOp::And | BinaryOp::Or | BinaryOp::MatMul)
    }
}

impl CompareOp {
    /// As written.
    pub const fn symbol(self) -> &'static str {
        match self {
            CompareOp::Eq => "==",
            CompareOp::Ne => "!=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
        }
    }
}
