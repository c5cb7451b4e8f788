//! Indices, orders of axes, and what is asked of a shape.
//!
//! Knows which numbers can say where elements lie: those that are known before a loop runs. It must not
//! know shapes, which are those of the arguments.

use super::calls::Call;
use super::{Checker, Index, Meaning, Measure, Node, Reindex, Ty};
use crate::diag::{Error, ErrorKind, Result};
use crate::ops::Function;
use crate::syntax::ast::{NodeId, NodeKind};
use crate::types::{DType, Literal};

/// A number of an index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    /// Known now. What 64 bits do not hold is beyond every axis.
    Const(i64),
    /// The value of a node, an integer.
    Node(NodeId),
}

impl Reindex {
    /// The nodes that say which elements.
    pub(crate) fn bounds(&self) -> impl Iterator<Item = NodeId> {
        let indices = match self {
            Reindex::Index(indices) => &**indices,
            Reindex::Permute(..) => &[],
        };
        indices.iter().flat_map(|(index, _)| index.bounds()).filter_map(|bound| match bound {
            Bound::Node(id) => Some(id),
            Bound::Const(_) => None,
        })
    }
}

impl Checker<'_> {
    /// `x[items]`
    pub(super) fn subscript(&mut self, at: NodeId, x: NodeId, items: &[NodeId]) -> Result<Node> {
        if let Meaning::Shape(of) = self.nodes[x.index()].meaning {
            return self.length(at, of, items);
        }
        let ty = self.indexed(x, "indexed")?;
        let mut indices = Vec::with_capacity(items.len());
        let mut rest = None;
        for &item in items {
            let index = match self.ast.nodes[item.index()].kind {
                NodeKind::Slice(start, stop, step) => {
                    let mut bounds = [None; 3];
                    for (bound, part) in bounds.iter_mut().zip([start, stop, step]) {
                        *bound = self.given(part).map(|part| self.bound(part)).transpose()?;
                    }
                    if let (Some(step), [.., Some(Bound::Const(0))]) = (step, bounds) {
                        return Err(self.error(ErrorKind::Value, step, "a slice cannot go by steps of 0"));
                    }
                    Index::Slice(bounds)
                }
                NodeKind::Ellipsis => match rest.replace(item) {
                    None => Index::Rest,
                    Some(first) => {
                        return Err(Error::new(ErrorKind::Type, "an index has one `...` at most")
                            .at(self.span(item), "again")
                            .at(self.span(first), "all axes that the others leave"));
                    }
                },
                NodeKind::None => Index::NewAxis,
                _ => Index::At(self.element(item)?),
            };
            indices.push((index, self.span(item)));
        }
        Ok(self.reindex(x, ty, Reindex::Index(indices)))
    }

    /// The type of what has axes to index or to move.
    fn indexed(&self, x: NodeId, what: &str) -> Result<DType> {
        match self.value(x)? {
            Ty::Value { dtype, .. } => Ok(dtype),
            ty => Err(Error::new(ErrorKind::Type, format!("a number cannot be {what}"))
                .at(self.span(x), ty.to_string())),
        }
    }

    fn reindex(&mut self, x: NodeId, dtype: DType, by: Reindex) -> Node {
        self.reindices.push(by);
        let meaning = Meaning::Reindex(x, self.reindices.len() as u32 - 1);
        Node { ty: Ty::Value { dtype, array: true }, meaning }
    }

    /// The number of an element along its axis.
    fn element(&self, id: NodeId) -> Result<Bound> {
        match self.ty(id) {
            Ty::Literal(Literal::Int(v)) if i64::try_from(v).is_err() => {
                let error =
                    self.error(ErrorKind::Index, id, format!("index {v} is out of range for every axis"));
                Err(error.help("no axis has more than 2**63 - 1 elements"))
            }
            _ => self.bound(id),
        }
    }

    /// A number of an index.
    fn bound(&self, id: NodeId) -> Result<Bound> {
        let help = "an index is an integer: a literal, an argument, a length, or made of those";
        match self.ty(id) {
            Ty::Literal(Literal::Int(v)) => {
                Ok(Bound::Const(v.clamp(i64::MIN.into(), i64::MAX.into()) as i64))
            }
            Ty::Weak(dtype) | Ty::Value { dtype, array: false } if dtype.is_int() => Ok(Bound::Node(id)),
            Ty::Value { array: true, .. } => {
                Err(self.unbuilt(id, "indexing by an array is not built yet").help(help))
            }
            _ if matches!(self.ast.nodes[id.index()].kind, NodeKind::Tuple(_)) => {
                let error = self.error(ErrorKind::Type, id, "a tuple is not an index");
                Err(error.help("write the indices of several axes without brackets, as in `a[1, 2]`"))
            }
            ty => {
                self.value(id)?;
                let error = Error::new(ErrorKind::Type, format!("a {ty} is not an index"));
                Err(error.at(self.span(id), ty.to_string()).help(help))
            }
        }
    }

    /// `x.name`
    pub(super) fn attribute(&mut self, at: NodeId, x: NodeId, name: &str) -> Result<Node> {
        let measure =
            |measure| Ok(Node { ty: Ty::Weak(DType::Int64), meaning: Meaning::Measure(x, measure) });
        match name {
            "T" => {
                let ty = self.indexed(x, "transposed")?;
                Ok(self.reindex(x, ty, Reindex::Permute(None, self.span(at))))
            }
            "shape" => {
                self.indexed(x, "asked for its shape")?;
                Ok(Node { ty: Ty::NoValue, meaning: Meaning::Shape(x) })
            }
            "ndim" => {
                self.indexed(x, "asked for its dimensions")?;
                measure(Measure::Rank)
            }
            "size" => {
                self.indexed(x, "asked for its size")?;
                measure(Measure::Size)
            }
            "real" => self.apply(Function::Real, at, &[x]),
            "imag" => self.apply(Function::Imag, at, &[x]),
            _ => Err(self.unbuilt(at, format!("the attribute `.{name}` is not built yet"))),
        }
    }

    /// `x.shape[axis]`
    fn length(&self, at: NodeId, x: NodeId, items: &[NodeId]) -> Result<Node> {
        let &[item] = items else { return Err(self.no_length(at)) };
        match self.ty(item) {
            Ty::Literal(Literal::Int(axis)) => {
                let axis = axis.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
                let meaning = Meaning::Measure(x, Measure::Length(axis, self.span(at)));
                Ok(Node { ty: Ty::Weak(DType::Int64), meaning })
            }
            _ => Err(self.no_length(item)),
        }
    }

    fn no_length(&self, at: NodeId) -> Error {
        let error = self.error(ErrorKind::Type, at, "a shape is indexed by one integer literal");
        error.help("write `a.shape[0]` for the length of the first axis, `a.shape[-1]` for that of the last")
    }

    /// `len(x)`
    pub(super) fn len(&self, at: NodeId, call: Call<'_>) -> Result<Node> {
        let [x, ..] = self.arguments(call, &["x"], "len(x)")?;
        let Some(x) = x else {
            return Err(self.needs_array(call, "len(x)"));
        };
        let measured = match self.nodes[x.index()].meaning {
            Meaning::Shape(of) => Meaning::Measure(of, Measure::Rank),
            _ => {
                self.indexed(x, "asked for its length")?;
                Meaning::Measure(x, Measure::Length(0, self.span(at)))
            }
        };
        Ok(Node { ty: Ty::Weak(DType::Int64), meaning: measured })
    }

    /// `transpose(a, axes)`, `a.transpose(axes)`, `a.transpose(axis, axis, …)`
    pub(super) fn transpose(&mut self, at: NodeId, call: Call<'_>) -> Result<Node> {
        let takes = if call.method { "a.transpose(1, 0)" } else { "transpose(a, (1, 0))" };
        let (x, order) = match call.args {
            [x, rest @ ..] if call.method && rest.len() > 1 && call.keywords.is_empty() => {
                (Some(*x), Some(rest))
            }
            _ => {
                let [x, axes, _] = self.arguments(call, &["a", "axes"], takes)?;
                let axes = self.given(axes);
                let order = axes.map(|axes| match &self.ast.nodes[axes.index()].kind {
                    NodeKind::Tuple(items) => &**items,
                    _ => {
                        let place = call.args.iter().chain(call.keywords.iter().map(|(.., value)| value));
                        std::slice::from_ref(
                            place.into_iter().find(|&&arg| arg == axes).expect("it was given"),
                        )
                    }
                });
                (x, order)
            }
        };
        let Some(x) = x else {
            return Err(self.needs_array(call, takes));
        };
        let ty = self.indexed(x, "transposed")?;
        let axis = |&id: &NodeId| match self.ty(id) {
            Ty::Literal(Literal::Int(v)) => Ok(v.clamp(i64::MIN.into(), i64::MAX.into()) as i64),
            _ => Err(self
                .error(ErrorKind::Type, id, "the order of axes is made of integer literals")
                .help(format!("it is called as `{takes}`"))),
        };
        let order = order.map(|order| order.iter().map(axis).collect::<Result<Vec<i64>>>()).transpose()?;
        Ok(self.reindex(x, ty, Reindex::Permute(order, self.span(at))))
    }

    /// What to say of a node that is no number.
    pub(super) fn no_number(&self, id: NodeId) -> Error {
        match self.ast.nodes[id.index()].kind {
            NodeKind::None => self.error(ErrorKind::Type, id, "None is not a value an array can hold"),
            NodeKind::Tuple(_) => self
                .unbuilt(id, "tuples inside an expression are not built yet")
                .help("several results are written as `x, y` on the last line"),
            _ if matches!(self.nodes[id.index()].meaning, Meaning::Shape(_)) => self
                .error(ErrorKind::Type, id, "a shape is not a number")
                .help("take one of its lengths, as in `a.shape[0]`; their number is `a.ndim`"),
            _ => self.error(ErrorKind::Type, id, "this is not a number"),
        }
    }
}
