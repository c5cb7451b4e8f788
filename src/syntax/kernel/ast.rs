//! The tree of a file of kernels: definitions and their statements, over an arena of expressions each.
//!
//! Within an arena nodes stand after their operands, and in the order of the text: the nodes of an expression are
//! a run that ends in its root.

use super::super::ast::{BinaryOp, Node, NodeId};
use crate::diag::{Error, Span};

/// A parsed file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What names the imports bind, in order.
    pub imports: Vec<Import>,
    /// Names that are given a value outside of functions, in order.
    pub constants: Vec<Constant>,
    /// The nodes of those values.
    pub nodes: Vec<Node>,
    /// The functions, in order.
    pub functions: Vec<Function>,
    /// Statements that were passed over: they are no part of the language, and mean nothing to kernels.
    pub skipped: Vec<Span>,
}

/// A name bound by an import.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// What it stands for, from its module on: `numpy`, `math.sin`. Of `from m import *`, the module.
    pub path: String,
    /// The name; `*` for all of a module's.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
}

/// `NAME = value` outside of functions.
#[derive(Clone, Debug)]
pub struct Constant {
    /// The name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The value, in [`File::nodes`]; none if it is not of the language.
    pub value: Option<NodeId>,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Its whole text, decorators included.
    pub span: Span,
    /// The decorators, outermost first.
    pub decorators: Vec<NodeId>,
    /// The parameters.
    pub params: Vec<Param>,
    /// The annotation of what it returns.
    pub returns: Option<NodeId>,
    /// The statements.
    pub body: Vec<Statement>,
    /// Their number, those inside others included.
    pub statements: u32,
    /// Every node of its expressions.
    pub nodes: Vec<Node>,
    /// It is an expression of the expression language, whose functions are known without an import.
    pub is_expression: bool,
    /// Why it cannot be a kernel: it is Python, but not of the language. Its body is empty then.
    pub unsupported: Option<Error>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its type, if one is written.
    pub annotation: Option<NodeId>,
    /// Its value where a call gives none.
    pub default: Option<NodeId>,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its number, less than [`Function::statements`].
    pub id: u32,
    /// What it is.
    pub kind: StatementKind,
    /// Its text; of a compound one, up to its colon.
    pub span: Span,
}

/// What a statement is.
#[derive(Clone, Debug)]
pub enum StatementKind {
    /// `a = b, c = value`: the targets from left to right.
    Assign {
        /// What the value is assigned to.
        targets: Vec<Target>,
        /// The value, computed once.
        value: NodeId,
    },
    /// `a += value`
    Augmented {
        /// A name or an element.
        target: Target,
        /// The operator before `=`.
        op: BinaryOp,
        /// Its right operand.
        value: NodeId,
    },
    /// `a: annotation = value`
    Annotated {
        /// A name.
        target: NodeId,
        /// Its type.
        annotation: NodeId,
        /// The value, if there is one.
        value: Option<NodeId>,
    },
    /// An expression whose value is not used: a call, a string.
    Expression(NodeId),
    /// `return value`
    Return(Option<NodeId>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `pass`
    Pass,
    /// `assert condition, message`
    Assert(NodeId, Option<NodeId>),
    /// `raise exception`
    Raise(Option<NodeId>),
    /// `if … elif … else`
    If {
        /// Each condition with its block.
        branches: Vec<(NodeId, Vec<Statement>)>,
        /// The block behind `else`.
        otherwise: Vec<Statement>,
    },
    /// `while condition`
    While {
        /// Looked at before each trip.
        condition: NodeId,
        /// What a trip does.
        body: Vec<Statement>,
        /// Done when the condition ends the loop.
        otherwise: Vec<Statement>,
    },
    /// `for target in iterable`
    For {
        /// Takes each item.
        target: Target,
        /// Gives the items.
        iterable: NodeId,
        /// What a trip does.
        body: Vec<Statement>,
        /// Done when the items are at an end.
        otherwise: Vec<Statement>,
    },
}

/// What is assigned to.
#[derive(Clone, Debug)]
pub enum Target {
    /// A name: a node that is one.
    Name(NodeId),
    /// Elements of an array: a node that is a subscript.
    Element(NodeId),
    /// Each takes its part of a tuple.
    Tuple(Vec<Target>, Span),
}

impl Statement {
    /// The blocks inside, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &[Statement]> {
        let (branches, body, otherwise): (&[_], Option<&[Statement]>, &[Statement]) = match &self.kind {
            StatementKind::If { branches, otherwise } => (branches, None, otherwise),
            StatementKind::While { body, otherwise, .. } | StatementKind::For { body, otherwise, .. } => {
                (&[], Some(body), otherwise)
            }
            _ => (&[], None, &[]),
        };
        branches.iter().map(|(_, block)| &**block).chain(body).chain([otherwise])
    }
}
