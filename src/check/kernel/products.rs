//! Products of matrices and vectors: `@`, and its like among NumPy's functions.

use super::expr::{known, node};
use super::infer::Inference;
use super::{Intrinsic, Meaning, Node, Type};
use crate::diag::{Error, ErrorKind, Result};
use crate::ops::Function;
use crate::syntax::ast::NodeId;
use crate::types::DType;

impl Inference<'_, '_> {
    /// `x @ y` of arrays of one or two axes.
    pub(super) fn matmul(&mut self, x: NodeId, y: NodeId) -> Result<Node> {
        self.product(x, y, Intrinsic::MatMul)
    }

    /// `np.dot`, which multiplies where one of the two is a number.
    pub(super) fn dot(&mut self, at: NodeId, x: NodeId, y: NodeId) -> Result<Node> {
        let single = |ty: &Type| matches!(ty, Type::Number(_) | Type::Literal(_));
        match single(self.ty(x)) || single(self.ty(y)) {
            true => self.apply(Function::Multiply, at, &[x, y]),
            false => self.product(x, y, Intrinsic::MatMul),
        }
    }

    /// `np.vdot` of two vectors.
    pub(super) fn vdot(&mut self, x: NodeId, y: NodeId) -> Result<Node> {
        self.vectors(x, y, "np.vdot")?;
        self.product(x, y, Intrinsic::VDot)
    }

    /// `np.outer` of two vectors.
    pub(super) fn outer(&mut self, x: NodeId, y: NodeId) -> Result<Node> {
        match self.vectors(x, y, "np.outer")? {
            None => Ok(known(Type::Unknown)),
            Some(dtype) => {
                let ty = Type::Array { dtype, rank: 2 };
                Ok(node(ty, Meaning::Intrinsic(Intrinsic::Outer, vec![x, y])))
            }
        }
    }

    /// The type in which the elements of two vectors meet.
    fn vectors(&self, x: NodeId, y: NodeId, name: &str) -> Result<Option<DType>> {
        match (self.ty(x), self.ty(y)) {
            (Type::Unknown, _) | (_, Type::Unknown) => Ok(None),
            (Type::Array { dtype: a, rank: 1 }, Type::Array { dtype: b, rank: 1 }) => Ok(Some(a.promote(*b))),
            (Type::Array { rank: 1, .. }, _) => Err(self.no_vector(y, name)),
            _ => Err(self.no_vector(x, name)),
        }
    }

    fn no_vector(&self, id: NodeId, name: &str) -> Error {
        match self.ty(id) {
            Type::Array { .. } => self
                .unbuilt(id, format!("`{name}` of arrays of several axes is not built yet"))
                .help("reshape it to one axis before, as in `a.reshape(a.size)`"),
            ty => self.no_array(id, &ty.clone()),
        }
    }

    fn product(&mut self, x: NodeId, y: NodeId, intrinsic: Intrinsic) -> Result<Node> {
        let mut ranks = [0; 2];
        let mut types = [DType::Bool; 2];
        for (at, id) in [x, y].into_iter().enumerate() {
            match self.ty(id) {
                Type::Unknown => return Ok(known(Type::Unknown)),
                Type::Array { dtype, rank: rank @ 1..=2 } => (types[at], ranks[at]) = (*dtype, *rank),
                Type::Array { .. } => {
                    return Err(self
                        .unbuilt(id, "products of arrays of more than two axes are not built yet")
                        .help("take a loop over the first axes, with `@` of the matrices"));
                }
                Type::Number(_) | Type::Literal(_) => {
                    return Err(Error::new(ErrorKind::Type, "`@` is a product of arrays, not of numbers")
                        .at(self.span(id), self.ty(id).to_string())
                        .help("write `*`"));
                }
                ty => return Err(self.no_array(id, &ty.clone())),
            }
        }
        let dtype = types[0].promote(types[1]);
        let ty = match ranks[0] + ranks[1] - 2 {
            0 => Type::Number(dtype),
            rank => Type::Array { dtype, rank },
        };
        Ok(node(ty, Meaning::Intrinsic(intrinsic, vec![x, y])))
    }
}
