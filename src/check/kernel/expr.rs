//! Expressions: one walk over the nodes of each, operands first.
//!
//! Knows which operations there are; calls are in [`super::calls`], what to say of errors in [`super::errors`]. It must not
//! know statements.

use std::sync::Arc;

use super::super::{Ty, apply_node, binary, compare, fold, rules, unary};
use super::infer::Inference;
use super::names::{self, Entity};
use super::{Intrinsic, Meaning, Node, State, Type};
pub(super) use super::{int, known, node};
use crate::diag::Result;
use crate::ops::{Function, Rule};
use crate::syntax::ast::{BinaryOp, CompareOp, NodeId, NodeKind};
use crate::types::{DType, Kind, Literal};

impl Inference<'_, '_> {
    pub(super) fn ty(&self, id: NodeId) -> &Type {
        &self.unit.nodes[id.index()].ty
    }

    /// The type of an expression, whose nodes get their meanings.
    pub(super) fn expression(&mut self, root: NodeId) -> Result<Type> {
        for at in self.unit.flow.first[root.index()]..=root.0 {
            self.step()?;
            let id = NodeId(at);
            let node = self.node(id)?;
            self.unit.nodes[id.index()] = node;
        }
        Ok(self.ty(root).clone())
    }

    fn node(&mut self, id: NodeId) -> Result<Node> {
        let function = self.function;
        match &function.nodes[id.index()].kind {
            NodeKind::None => Ok(known(Type::None)),
            NodeKind::Ellipsis => Ok(known(Type::Index)),
            NodeKind::Slice(start, stop, step) => {
                for part in [start, stop, step].into_iter().flatten() {
                    if *self.ty(*part) != Type::None {
                        self.is_whole(*part)?;
                    }
                }
                Ok(known(Type::Index))
            }
            NodeKind::Text(text) => Ok(known(Type::Text(Arc::from(text.as_str())))),
            NodeKind::List(items) => {
                Ok(known(Type::List(items.iter().map(|&item| self.ty(item).clone()).collect())))
            }
            NodeKind::Tuple(items) => {
                let types: Arc<[Type]> = items.iter().map(|&item| self.ty(item).clone()).collect();
                Ok(node(Type::Tuple(types), Meaning::Tuple))
            }
            NodeKind::Name(name) => self.name(id, name),
            NodeKind::Attribute(x, name) => self.attribute(id, *x, name),
            NodeKind::Subscript(x, items) => self.subscript(id, *x, items),
            &NodeKind::Unary(op, x) => self.apply(unary(op), id, &[x]),
            &NodeKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), x, y) => {
                self.truth(x)?;
                self.truth(y)?;
                match (op, self.ty(x)) {
                    // What is known decides.
                    (_, &Type::Literal(value)) if let &Type::Literal(other) = self.ty(y) => {
                        let first = fold::truth(value) == (op == BinaryOp::Or);
                        Ok(known(Type::Literal(if first { value } else { other })))
                    }
                    _ => self.choice(id, x, y),
                }
            }
            &NodeKind::Binary(op, x, y) => self.binary(op, id, x, y),
            NodeKind::Compare(ops, operands) => self.comparison(id, ops, operands),
            &NodeKind::Conditional { condition, then, otherwise } => {
                self.truth(condition)?;
                self.choice(id, then, otherwise)
            }
            NodeKind::Call { name, name_span, method, args, keywords } => {
                self.call(id, super::calls::Call { name, span: *name_span, method: *method, args, keywords })
            }
            kind => {
                let value = names::number(kind).expect("the others are numbers");
                Ok(known(Type::Literal(value)))
            }
        }
    }

    fn name(&mut self, id: NodeId, name: &str) -> Result<Node> {
        if let Some(&variable) = self.unit.flow.variables.get(&id) {
            return match self.state(variable) {
                State::Set(ty) | State::Maybe(ty) => Ok(node(ty.clone(), Meaning::Variable(variable))),
                State::Unset => Err(self.unset(id, name)),
                State::Conflict(x, y) => Err(self.conflict(id, name, &x.clone(), &y.clone())),
            };
        }
        match self.entity(name) {
            Some(Entity::Type(ty)) => Ok(known(ty)),
            Some(Entity::Kernel(_)) => Err(self.kernel_as_value(id, name)),
            Some(Entity::Other) => Err(self.no_constant(id, name)),
            None => Err(self.unknown_name(self.span(id), name)),
        }
    }

    /// One of two values.
    fn choice(&mut self, id: NodeId, x: NodeId, y: NodeId) -> Result<Node> {
        match self.ty(x).strong().join(&self.ty(y).strong()) {
            Some(ty) if ty.is_value() => Ok(node(ty, Meaning::Choice)),
            _ => Err(self.no_common_type(id, x, y)),
        }
    }

    /// Refuses what has no truth value.
    pub(super) fn truth(&self, id: NodeId) -> Result<()> {
        match self.ty(id) {
            Type::Number(_) | Type::Literal(_) | Type::Unknown => Ok(()),
            ty => Err(self.no_truth(id, ty)),
        }
    }

    /// Refuses what is no integer.
    pub(super) fn is_whole(&self, id: NodeId) -> Result<()> {
        match self.ty(id) {
            Type::Number(dtype) if dtype.is_int() => Ok(()),
            Type::Literal(Literal::Int(_)) | Type::Unknown => Ok(()),
            ty => Err(self.not_whole(id, ty)),
        }
    }

    pub(super) fn binary(&mut self, op: BinaryOp, at: NodeId, x: NodeId, y: NodeId) -> Result<Node> {
        match op {
            BinaryOp::MatMul => self.matmul(x, y),
            _ => self.apply(binary(op), at, &[x, y]),
        }
    }

    fn comparison(&mut self, id: NodeId, ops: &[CompareOp], operands: &[NodeId]) -> Result<Node> {
        if let [op] = ops {
            return self.apply(compare(*op), id, operands);
        }
        let mut links = Vec::with_capacity(ops.len());
        let mut all = Some(true);
        for (&op, pair) in ops.iter().zip(operands.windows(2)) {
            let link = self.apply(compare(op), id, pair)?;
            match (link.ty, link.meaning) {
                (Type::Array { .. }, _) => {
                    return Err(self
                        .unbuilt(id, "chained comparisons of arrays are not built yet")
                        .help("compare each pair by itself, as in `(a < b) & (b < c)`"));
                }
                (Type::Literal(value), _) => {
                    let holds = fold::truth(value);
                    all = all.filter(|_| holds);
                    links.push(apply_node(compare(op), DType::Bool, pair, Some(holds)));
                }
                (_, Meaning::Apply(apply)) => {
                    links.push(apply);
                    all = None;
                }
                _ => return Ok(known(Type::Unknown)),
            }
        }
        match all {
            Some(true) => Ok(known(Type::Literal(Literal::Bool(true)))),
            _ => Ok(node(Type::Number(DType::Bool), Meaning::Chain(links))),
        }
    }

    /// A function of the table, of as many operands as its row has parameters; `at` is the whole expression.
    pub(super) fn apply(&mut self, function: Function, at: NodeId, args: &[NodeId]) -> Result<Node> {
        let types: Vec<&Type> = args.iter().map(|&arg| self.ty(arg)).collect();
        if types.contains(&&Type::Unknown) {
            return Ok(known(Type::Unknown));
        }
        let rank = types.iter().filter_map(|ty| match ty {
            Type::Array { rank, .. } => Some(*rank),
            _ => None,
        });
        let rank = rank.max();
        // Beside arrays, types are NumPy's; among scalars, integers are of 64 bits, without a sign if all are.
        let integers = || types.iter().filter(|ty| matches!(ty.kind(), Some(Kind::Signed | Kind::Unsigned)));
        let unsigned = integers().all(|ty| ty.is_unsigned());
        let logic = types.iter().all(|ty| ty.kind() == Some(Kind::Bool));
        let bits = matches!(function.info().rule, Rule::Same(kinds) if !kinds.has(Kind::Float));
        let mut operands = Vec::with_capacity(args.len());
        for (ty, &arg) in types.iter().zip(args) {
            let operand = match (ty, rank) {
                (Type::Number(dtype), Some(_)) => Some(Ty::single(*dtype)),
                (Type::Number(DType::Bool), None) if bits && logic => Some(Ty::single(DType::Bool)),
                _ => ty.operand(unsigned),
            };
            operands.push(operand.ok_or_else(|| self.no_number(function, arg))?);
        }
        let info = function.info();
        let literals: Option<Vec<Literal>> = operands
            .iter()
            .map(|operand| match operand {
                Ty::Literal(value) => Some(*value),
                _ => None,
            })
            .collect();
        if let Some(values) = literals.filter(|_| function.casts_to().is_none() && !function.is_reduction()) {
            return match fold::fold(function, &values) {
                Ok(value) => Ok(known(Type::Literal(value))),
                Err(problem) => Err(self.folded_wrong(at, problem)),
            };
        }
        let first = usize::from(info.rule == Rule::Where);
        let meets = rules::meet(&operands[first..]);
        if !info.rule.takes().has(meets.kind()) {
            return Err(self.refused(function, args));
        }
        let (compute, dtype) = match info.rule {
            Rule::Power if rank.is_none() => self.power(args, meets),
            _ => rules::computes(function, &operands, meets),
        };
        let verdict =
            if info.rule == Rule::Compare { rules::verdict(function, &operands, compute) } else { None };
        if verdict.is_none() {
            for (operand, &arg) in operands.iter().zip(args).skip(first) {
                let (low, high) = compute.range();
                if let Ty::Literal(Literal::Int(value)) = operand
                    && compute.is_int()
                    && !(low..=high).contains(value)
                {
                    return Err(self.too_large(arg, *value, compute));
                }
            }
        }
        let ty = match rank {
            Some(rank) if !function.is_reduction() => Type::Array { dtype, rank },
            None if function.is_reduction() => return Err(self.nothing_to_reduce(function, args[0])),
            _ => Type::Number(dtype),
        };
        Ok(node(ty, Meaning::Apply(apply_node(function, compute, args, verdict))))
    }

    /// The type that a power of scalars computes in: of an integer to a negative number that is known, a float.
    fn power(&self, args: &[NodeId], meets: DType) -> (DType, DType) {
        let dtype = match (meets.is_int(), self.ty(args[1])) {
            (true, Type::Literal(Literal::Int(..0))) => DType::Float64,
            _ => meets,
        };
        (dtype, dtype)
    }

    fn attribute(&mut self, id: NodeId, x: NodeId, name: &str) -> Result<Node> {
        match self.ty(x).clone() {
            Type::Unknown => Ok(known(Type::Unknown)),
            Type::Path(module) => match names::path(&format!("{module}.{name}")) {
                Some(ty) => Ok(known(ty)),
                None => Err(self.unknown_name(self.span(id), &format!("{module}.{name}"))),
            },
            Type::Array { dtype, rank } => match name {
                "shape" => {
                    let lengths: Arc<[Type]> = (0..rank).map(|_| int()).collect();
                    Ok(node(Type::Tuple(lengths), Meaning::Shape(x)))
                }
                "ndim" => Ok(known(Type::Literal(Literal::Int(rank.into())))),
                "size" => Ok(node(int(), Meaning::Size(x))),
                "dtype" => Ok(known(Type::DType(dtype))),
                "T" => {
                    Ok(node(Type::Array { dtype, rank }, Meaning::Intrinsic(Intrinsic::Transpose, vec![x])))
                }
                "real" => self.apply(Function::Real, id, &[x]),
                "imag" => self.apply(Function::Imag, id, &[x]),
                _ => Err(self.no_attribute(id, x, name)),
            },
            Type::Number(_) | Type::Literal(_) => match name {
                "real" => self.apply(Function::Real, id, &[x]),
                "imag" => self.apply(Function::Imag, id, &[x]),
                _ => Err(self.no_attribute(id, x, name)),
            },
            _ => Err(self.no_attribute(id, x, name)),
        }
    }

    fn subscript(&mut self, id: NodeId, x: NodeId, items: &[NodeId]) -> Result<Node> {
        match self.ty(x).clone() {
            Type::Unknown => Ok(known(Type::Unknown)),
            Type::Tuple(parts) => self.item(id, x, &parts, items),
            Type::Array { dtype, rank } => self.index(id, dtype, rank, items),
            ty => Err(self.not_indexed(x, &ty)),
        }
    }

    /// An item of a tuple.
    fn item(&mut self, id: NodeId, x: NodeId, parts: &[Type], items: &[NodeId]) -> Result<Node> {
        let &[item] = items else { return Err(self.no_item(id, parts.len())) };
        let Type::Literal(Literal::Int(at)) = *self.ty(item) else {
            return Err(self.no_item(item, parts.len()));
        };
        let from = if at < 0 { at + parts.len() as i128 } else { at };
        let Some(part) = usize::try_from(from).ok().and_then(|from| parts.get(from)) else {
            return Err(self.no_item(item, parts.len()));
        };
        let meaning = match self.unit.nodes[x.index()].meaning {
            Meaning::Shape(array) => Meaning::Length(array, from as u32),
            _ => Meaning::Item(x, from as u32),
        };
        Ok(match part {
            Type::Literal(_) | Type::DType(_) => known(part.clone()),
            _ => node(part.clone(), meaning),
        })
    }

    /// Elements of an array.
    fn index(&mut self, id: NodeId, dtype: DType, rank: u32, items: &[NodeId]) -> Result<Node> {
        let (mut places, mut slices, mut axes) = (0, 0, 0);
        let mut rest = false;
        for &item in items {
            match (self.ty(item), &self.function.nodes[item.index()].kind) {
                (_, NodeKind::Ellipsis) if rest => return Err(self.second_ellipsis(item)),
                (_, NodeKind::Ellipsis) => rest = true,
                (_, NodeKind::Slice(..)) => slices += 1,
                (Type::None, _) => axes += 1,
                (&Type::Array { dtype: of, rank: own }, _) => {
                    let rank = match of {
                        DType::Bool if own == rank => 1,
                        _ if of.is_int() && own == 1 => rank,
                        _ => 0,
                    };
                    if rank == 0 || items.len() > 1 {
                        return Err(self.unbuilt_index(item));
                    }
                    return Ok(node(Type::Array { dtype, rank }, Meaning::Picked));
                }
                _ => {
                    self.is_whole(item)?;
                    places += 1;
                }
            }
        }
        if places + slices > rank {
            return Err(self.too_many_indices(id, places + slices, rank));
        }
        if places == rank && slices + axes == 0 && !rest {
            return Ok(node(Type::Number(dtype), Meaning::Element));
        }
        let rank = rank - places + axes;
        Ok(node(Type::Array { dtype, rank }, Meaning::View))
    }

    /// Refuses a value of type `ty` that is stored into `to`, which node `id` is.
    pub(super) fn stores(&mut self, id: NodeId, to: &Type, ty: &Type, value: NodeId) -> Result<()> {
        let (into, array) = match to {
            Type::Unknown => return Ok(()),
            Type::Number(dtype) => (*dtype, false),
            Type::Array { dtype, .. } => (*dtype, true),
            _ => return Err(self.not_stored_to(id, to)),
        };
        let fits = |kind: Kind| kind <= into.kind() || kind != Kind::Complex;
        match (ty, to) {
            (Type::Unknown, _) => Ok(()),
            (Type::Number(_) | Type::Literal(_), _) if ty.kind().is_some_and(fits) => Ok(()),
            (Type::Array { dtype, rank }, Type::Array { rank: room, .. }) if array && fits(dtype.kind()) => {
                match rank > room {
                    true => Err(self.too_many_axes(value, *rank, id, *room)),
                    false => Ok(()),
                }
            }
            _ => Err(self.not_storable(value, ty, id, into).at(self.span(id), format!("of {into}"))),
        }
    }
}
