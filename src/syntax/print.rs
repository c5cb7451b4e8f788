//! Tokens and trees as text, for `--emit` and golden files.
//!
//! Trees are printed in the order of the arena, a node a line: no depth can exhaust the stack.

use std::fmt::{self, Display, Write};

use super::ast::{Ast, NodeId, NodeKind};
use super::token::{Kind, Token};

/// A token a line: span, kind, text.
pub(super) fn tokens(source: &str, tokens: &[Token]) -> String {
    let mut out = String::new();
    for token in tokens {
        let blank = matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent);
        let text = if blank { "" } else { token.span.text(source) };
        let line = format!("{:<10} {:<9} {text}", format!("{:?}", token.span), token.kind.noun());
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

impl Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

/// A node a line; each assignment stands behind the node that is its value, and the results last.
impl Display for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut assignments = self.assignments.iter().peekable();
        for (index, node) in self.nodes.iter().enumerate() {
            writeln!(f, "n{index} = {}  @ {:?}", node.kind, node.span)?;
            while let Some(a) = assignments.next_if(|a| a.value.index() <= index) {
                writeln!(f, "let {} = {}  @ {:?}", a.name, a.value, a.span)?;
            }
        }
        writeln!(f, "result{}", Words(&self.results))
    }
}

impl Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NodeKind::Int(value) => write!(f, "int {value}"),
            NodeKind::Float(value) => write!(f, "float {value:?}"),
            NodeKind::Imaginary(value) => write!(f, "imaginary {value:?}"),
            NodeKind::Bool(value) => write!(f, "bool {value}"),
            NodeKind::None => f.write_str("none"),
            NodeKind::Name(name) => write!(f, "name {name}"),
            NodeKind::Unary(op, x) => write!(f, "unary {} {x}", op.symbol()),
            NodeKind::Binary(op, x, y) => write!(f, "binary {} {x} {y}", op.symbol()),
            NodeKind::Compare(ops, operands) => {
                write!(f, "compare {}", operands[0])?;
                ops.iter().zip(&operands[1..]).try_for_each(|(op, x)| write!(f, " {} {x}", op.symbol()))
            }
            NodeKind::Conditional { condition, then, otherwise } => {
                write!(f, "conditional {then} if {condition} else {otherwise}")
            }
            NodeKind::Call { name, method, args, keywords, .. } => {
                write!(f, "{} {name}{}", if *method { "method" } else { "call" }, Words(args))?;
                keywords.iter().try_for_each(|(key, _, value)| write!(f, " {key}={value}"))
            }
            NodeKind::Attribute(x, name) => write!(f, "attribute {x} {name}"),
            NodeKind::Subscript(x, items) => write!(f, "subscript {x}{}", Words(items)),
            NodeKind::Slice(start, stop, step) => {
                f.write_str("slice ")?;
                for (index, part) in [start, stop, step].into_iter().enumerate() {
                    if index > 0 {
                        f.write_char(':')?;
                    }
                    if let Some(part) = part {
                        write!(f, "{part}")?;
                    }
                }
                Ok(())
            }
            NodeKind::Ellipsis => f.write_str("ellipsis"),
            NodeKind::Tuple(items) => write!(f, "tuple{}", Words(items)),
            NodeKind::List(items) => write!(f, "list{}", Words(items)),
            NodeKind::Text(text) => write!(f, "text {text:?}"),
        }
    }
}

/// Nodes with a blank before each.
struct Words<'n>(&'n [NodeId]);

impl Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|id| write!(f, " {id}"))
    }
}
