//! The checked tree as text: a line for each node, in the order of the arena.

use std::fmt::Write;

use super::{Apply, Bound, Checked, Meaning, Measure, Reindex, Ty};
use crate::syntax::ast::{Ast, NodeId, NodeKind};

impl Checked {
    /// A line for each node that is a value: `n4 = multiply n2 n3 : float64[] (in float64)`.
    pub(crate) fn to_text(&self, ast: &Ast) -> String {
        let mut out = String::new();
        for (at, (node, source)) in self.nodes.iter().zip(&ast.nodes).enumerate() {
            if matches!(node.ty, Ty::TypeName(_) | Ty::NoValue) {
                continue;
            }
            let _ = write!(out, "n{at} = ");
            let _ = match (node.meaning, node.ty, &source.kind) {
                (_, Ty::Literal(v), _) => write!(out, "{v}"),
                (Meaning::Same(first), _, NodeKind::Name(name)) => write!(out, "{name}, n{}", first.0),
                (Meaning::Same(first), _, _) => write!(out, "n{}", first.0),
                (Meaning::Param(at), ..) => write!(out, "param {}", self.params[at as usize].name),
                (Meaning::Apply(apply), ..) => write!(out, "{apply}"),
                (Meaning::Chain(from, to), ..) => {
                    let links = &self.links[from as usize..to as usize];
                    links.iter().enumerate().try_for_each(|(at, link)| {
                        out.push_str(if at == 0 { "" } else { " and " });
                        write!(out, "{link}")?;
                        write_compute(&mut out, link)
                    })
                }
                (Meaning::Reindex(x, by), ..) => write_reindex(&mut out, x, &self.reindices[by as usize]),
                (Meaning::Measure(x, Measure::Length(axis, _)), ..) => write!(out, "length n{} {axis}", x.0),
                (Meaning::Measure(x, Measure::Rank), ..) => write!(out, "rank n{}", x.0),
                (Meaning::Measure(x, Measure::Size), ..) => write!(out, "size n{}", x.0),
                (Meaning::Known | Meaning::Shape(_), ..) => Ok(()),
            };
            let _ = match node.ty {
                Ty::Value { dtype, array: true } => write!(out, " : {dtype}[]"),
                Ty::Value { dtype, array: false } => write!(out, " : {dtype}"),
                ty => write!(out, " : {ty}"),
            };
            if let Meaning::Apply(apply) = node.meaning {
                let _ = write_compute(&mut out, &apply);
            }
            out.push('\n');
        }
        let _ = writeln!(
            out,
            "result{}",
            ast.results.iter().fold(String::new(), |mut all, id| {
                let _ = write!(all, " n{}", id.0);
                all
            })
        );
        out
    }
}

/// The function and its operands.
impl std::fmt::Display for Apply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.verdict {
            Some(true) => f.write_str("always ")?,
            Some(false) => f.write_str("never ")?,
            None => (),
        }
        f.write_str(self.function.info().names[0])?;
        self.args().iter().try_for_each(|arg| write!(f, " n{}", arg.0))
    }
}

/// The type that it computes in, where something is computed.
pub(super) fn write_compute(out: &mut dyn Write, apply: &Apply) -> std::fmt::Result {
    match apply.verdict {
        None => write!(out, " (in {})", apply.compute),
        Some(_) => Ok(()),
    }
}

fn write_reindex(out: &mut String, x: NodeId, by: &Reindex) -> std::fmt::Result {
    match by {
        Reindex::Index(indices) => {
            write!(out, "index n{}[", x.0)?;
            for (at, (index, _)) in indices.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write!(out, "{}", index.map(Shown))?;
            }
            out.push(']');
            Ok(())
        }
        Reindex::Permute(None, _) => write!(out, "reverse n{}", x.0),
        Reindex::Permute(Some(axes), _) => write!(out, "permute n{} {axes:?}", x.0),
    }
}

/// A number of an index, as it is printed.
#[derive(Clone, Copy)]
struct Shown(Bound);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Bound::Const(value) => write!(f, "{value}"),
            Bound::Node(id) => write!(f, "n{}", id.0),
        }
    }
}
