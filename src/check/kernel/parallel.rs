//! Parallel loops: which `for` is one, and what its trips may hand on.
//!
//! The trips of a `prange` run at once, so that none can take a value over from another. What looks as if it did must be a reduction: a
//! variable that the loop changes in one way only, and does not look at otherwise. Inside a parallel loop others run in order, and so
//! they do in a function whose decorators do not say `parallel=True`, as in Numba; one without decorators is ours.

use super::flow::VarId;
use super::infer::Inference;
use super::{Intrinsic, Iter, Meaning, State, Type};
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::ops::Function;
use crate::syntax::ast::{BinaryOp, CompareOp, NodeId, NodeKind};
use crate::syntax::kernel::ast::{Statement, StatementKind, Target};

/// How what chunks of a parallel loop have found becomes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// `s += x`, `s -= x`
    Sum,
    /// `p *= x`, `p /= x`
    Product,
    /// `b &= x`, `b = b and x`
    And,
    /// `b |= x`, `b = b or x`
    Or,
    /// `b ^= x`
    Xor,
    /// `m = min(m, x)`, `if x < m: m = x`: by comparing.
    Least(Chosen),
    /// `m = max(m, x)`, `if x > m: m = x`
    Greatest(Chosen),
    /// `m = np.minimum(m, x)`: NaN if there is one. Of zeros it is the second operand, which may be the variable.
    Minimum { second: bool },
    /// `m = np.maximum(m, x)`
    Maximum { second: bool },
}

/// When a new number takes the place of the one before: what tells zeros of both signs apart, and NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// `if x < m: m = x`, `m = min(m, x)`
    IfBetter,
    /// `if x <= m: m = x`
    IfAsGood,
    /// `m = min(x, m)`
    UnlessWorse,
}

impl Join {
    /// Whether two ways to change a variable are one but for zeros and NaN.
    fn is_like(self, other: Join) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A parallel loop.
#[derive(Debug)]
pub(crate) struct Parallel {
    /// What becomes of each variable in [`Flow::joined`](super::Flow::joined) of the loop, all of them numbers.
    pub numbers: Vec<Join>,
    /// Arrays from outside that trips add to as a whole.
    pub arrays: Vec<(VarId, Join)>,
    /// Its trips are long: they have loops, calls or whole arrays in them.
    pub long: bool,
}

impl<'a> Inference<'_, 'a> {
    /// Finds the parallel loops of the function, and what their trips hand on.
    pub(super) fn parallel_loops(&mut self) -> Result<()> {
        let function = self.function;
        let says_parallel = |&decorator: &NodeId| {
            let NodeKind::Call { keywords, .. } = &function.nodes[decorator.index()].kind else {
                return false;
            };
            keywords.iter().any(|(key, _, value)| {
                key == "parallel" && function.nodes[value.index()].kind == NodeKind::Bool(true)
            })
        };
        let parallel = function.decorators.is_empty() || function.decorators.iter().any(says_parallel);
        self.unit.shares = parallel;
        self.parallel_in(&function.body, parallel)
    }

    fn parallel_in(&mut self, block: &'a [Statement], parallel: bool) -> Result<()> {
        for statement in block {
            if let (StatementKind::For { body, otherwise, .. }, Some(Iter::Range { parallel: true, .. })) =
                (&statement.kind, self.unit.iters.get(&statement.id))
            {
                if parallel {
                    self.parallel_loop(statement, body, otherwise)?;
                    continue;
                }
                let message = "`prange` runs in order: the decorator does not say `parallel=True`";
                self.unit.notes.push((statement.span, message.to_string()));
            }
            statement.blocks().try_for_each(|block| self.parallel_in(block, parallel))?;
        }
        Ok(())
    }

    fn parallel_loop(
        &mut self,
        statement: &'a Statement,
        body: &'a [Statement],
        otherwise: &[Statement],
    ) -> Result<()> {
        let refused = |span: Span, message: &str| {
            Err(Error::new(ErrorKind::Unsupported, message)
                .at(span, "")
                .at(statement.span, "trips of this loop run at once")
                .help("write `range`, whose trips run in order"))
        };
        if !otherwise.is_empty() {
            return refused(statement.span, "a parallel loop has no `else`");
        }
        if let Some(span) = leaves(body, 0) {
            return refused(span, "a parallel loop is not left before its end");
        }
        let Some(states) = self.unit.joins.get(&statement.id) else { return Ok(()) };
        let joined = &self.unit.flow.joined[statement.id as usize];
        let (mut numbers, mut arrays) = (Vec::new(), Vec::new());
        let (mut variables, mut kept) = (Vec::new(), Vec::new());
        let (mut targets, mut iterable) = (Vec::new(), Vec::new());
        of_statement(statement, &mut targets, &mut iterable);
        for (&variable, state) in joined.iter().zip(states) {
            let mut uses = Uses { infer: self, variable, join: None, other: false, is_array: false };
            uses.is_array = matches!(state.ty(), Some(Type::Array { .. }));
            uses.block(body);
            // Each trip sets the loop's own anew.
            uses.other |= targets.iter().any(|&target| self.is(target, variable));
            match (uses.join, uses.other, state) {
                (Some(join), false, State::Set(Type::Array { .. })) => arrays.push((variable, join)),
                (Some(join), false, State::Set(Type::Number(_))) => {
                    numbers.push(join);
                    variables.push(variable);
                    kept.push(state.clone());
                }
                _ => return Err(self.carried(statement, body, variable)),
            }
        }
        let long = self.is_long(body);
        self.unit.flow.joined[statement.id as usize] = variables;
        self.unit.joins.insert(statement.id, kept);
        self.unit.parallel.insert(statement.id, Parallel { numbers, arrays, long });
        Ok(())
    }

    /// Whether statements take long: whether there are loops, calls or whole arrays in them.
    fn is_long(&self, block: &[Statement]) -> bool {
        block.iter().any(|statement| {
            let nodes = expressions(statement).into_iter().flat_map(|root| self.nodes_of(root));
            matches!(statement.kind, StatementKind::For { .. } | StatementKind::While { .. })
                || nodes.map(|id| &self.unit.nodes[id.index()]).any(|node| match node.meaning {
                    Meaning::Call(..) | Meaning::Map(..) => true,
                    Meaning::Variable(_) => false,
                    _ => matches!(node.ty, Type::Array { .. }),
                })
                || statement.blocks().any(|block| self.is_long(block))
        })
    }

    fn nodes_of(&self, root: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (self.unit.flow.first[root.index()]..=root.0).map(NodeId)
    }

    /// The first node of an expression that is a variable.
    fn mention(&self, root: NodeId, variable: VarId) -> Option<NodeId> {
        self.nodes_of(root).find(|id| self.unit.flow.variables.get(id) == Some(&variable))
    }

    fn is(&self, id: NodeId, variable: VarId) -> bool {
        self.unit.flow.variables.get(&id) == Some(&variable)
    }

    /// A variable that one trip sets and another, or what stands behind the loop, reads.
    fn carried(&self, statement: &Statement, body: &[Statement], variable: VarId) -> Error {
        let name = &self.unit.flow.names[variable.index()];
        let (mut sets, mut reads) = (Vec::new(), Vec::new());
        mentions(body, &mut sets, &mut reads);
        // What `+=` reads by itself tells less than what others do.
        let plain = reads.iter().filter(|read| !sets.contains(read));
        let inside = plain.chain(&reads).find_map(|&root| self.mention(root, variable));
        let last = reads.iter().chain(&sets).map(|id| id.0).max().unwrap_or(0);
        let mut behind = (last + 1..self.function.nodes.len() as u32).map(NodeId);
        let behind = behind.find(|&id| self.is(id, variable));
        let (message, read, label) = match self.unit.flow.taken[statement.id as usize].contains(&variable) {
            true => (
                format!("`{name}` goes from one trip of a parallel loop to the next"),
                inside,
                "what it is here is another trip's",
            ),
            false => (
                format!("`{name}` is set in a parallel loop, and read behind it"),
                behind,
                "nothing says which trip's value this is",
            ),
        };
        let mut error = Error::new(ErrorKind::Type, message);
        if let Some(read) = read {
            error = error.at(self.span(read), label);
        }
        let set = sets.iter().copied().find(|&set| self.is(set, variable) && Some(set) != read);
        if let Some(set) = set {
            error = error.at(self.span(set), "set here");
        }
        error.at(statement.span, "trips of this loop run at once").help(format!(
            "make it a reduction, which the loop changes in one way and does not look at otherwise (`{name} += …`, \
             `{name} = max({name}, …)`), or write `range`"
        ))
    }
}

/// How a loop changes a variable.
struct Uses<'i, 'p, 'a> {
    infer: &'i Inference<'p, 'a>,
    variable: VarId,
    is_array: bool,
    /// In this way.
    join: Option<Join>,
    /// It is looked at, or changed in another.
    other: bool,
}

impl Uses<'_, '_, '_> {
    fn block(&mut self, block: &[Statement]) {
        for statement in block {
            if let Some(join) = self.reduces(statement) {
                self.other |= !self.join.get_or_insert(join).is_like(join);
                continue;
            }
            self.other |= expressions(statement).into_iter().any(|root| !self.free(root));
            statement.blocks().for_each(|block| self.block(block));
        }
    }

    /// How a statement changes the variable, if that is all that it does with it.
    fn reduces(&self, statement: &Statement) -> Option<Join> {
        match &statement.kind {
            StatementKind::Augmented { target: Target::Name(id), op, value } if self.is_variable(*id) => {
                self.operator(*op).filter(|_| self.free(*value))
            }
            StatementKind::Assign { targets, value } => match targets[..] {
                [Target::Name(id)] if self.is_variable(id) && !self.is_array => self.value(*value),
                _ => None,
            },
            StatementKind::If { branches, otherwise } if otherwise.is_empty() => match &branches[..] {
                [(condition, block)] => self.chosen(*condition, block),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_variable(&self, id: NodeId) -> bool {
        self.infer.is(id, self.variable)
    }

    /// Whether an expression does without the variable.
    fn free(&self, root: NodeId) -> bool {
        self.infer.mention(root, self.variable).is_none()
    }

    fn kind(&self, id: NodeId) -> &NodeKind {
        &self.infer.function.nodes[id.index()].kind
    }

    fn operator(&self, op: BinaryOp) -> Option<Join> {
        Some(match op {
            BinaryOp::Add | BinaryOp::Sub => Join::Sum,
            BinaryOp::Mul => Join::Product,
            BinaryOp::Div if !self.is_array => Join::Product,
            BinaryOp::BitAnd => Join::And,
            BinaryOp::BitOr => Join::Or,
            BinaryOp::BitXor => Join::Xor,
            _ => return None,
        })
    }

    /// `v + x + y`, `x + v`, `max(v, x)`, `v and x`, for a variable v.
    fn value(&self, value: NodeId) -> Option<Join> {
        match (self.kind(value), &self.infer.unit.nodes[value.index()].meaning) {
            (NodeKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), x, y), _) => {
                let is_bool = |id: &NodeId| {
                    let ty = &self.infer.unit.nodes[id.index()].ty;
                    ty.kind() == Some(crate::types::Kind::Bool)
                };
                let join = if *op == BinaryOp::And { Join::And } else { Join::Or };
                let fits = self.is_variable(*x) && self.free(*y) && is_bool(x) && is_bool(y);
                fits.then_some(join)
            }
            (NodeKind::Binary(op, x, y), _) => {
                let join = self.operator(*op)?;
                let first = self.is_variable(*x) || self.value(*x) == Some(join);
                let second = self.is_variable(*y) && !matches!(op, BinaryOp::Sub | BinaryOp::Div);
                (first && self.free(*y) || second && self.free(*x)).then_some(join)
            }
            (_, Meaning::Intrinsic(intrinsic @ (Intrinsic::Min | Intrinsic::Max), args)) => {
                let chosen = if self.one_of(args)? { Chosen::UnlessWorse } else { Chosen::IfBetter };
                Some(if *intrinsic == Intrinsic::Min { Join::Least(chosen) } else { Join::Greatest(chosen) })
            }
            (_, Meaning::Apply(apply)) => match apply.function {
                Function::Minimum => Some(Join::Minimum { second: self.one_of(apply.args())? }),
                Function::Maximum => Some(Join::Maximum { second: self.one_of(apply.args())? }),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the second of two operands is the variable, if one is and the other does without it.
    fn one_of(&self, args: &[NodeId]) -> Option<bool> {
        let &[x, y] = args else { return None };
        let second = self.is_variable(y);
        let fits = if second { self.free(x) } else { self.is_variable(x) && self.free(y) };
        fits.then_some(second)
    }

    /// `if x > v: v = x`, for a variable v.
    fn chosen(&self, condition: NodeId, block: &[Statement]) -> Option<Join> {
        let [Statement { kind: StatementKind::Assign { targets, value }, .. }] = block else { return None };
        let [Target::Name(target)] = targets[..] else { return None };
        let NodeKind::Compare(ops, items) = self.kind(condition) else { return None };
        let (&[op], &[x, y]) = (&ops[..], &items[..]) else { return None };
        if !self.is_variable(target) || !self.free(*value) || self.is_array {
            return None;
        }
        let first = self.is_variable(y) && self.same(x, *value);
        let second = self.is_variable(x) && self.same(y, *value);
        let chosen = match op {
            CompareOp::Ge | CompareOp::Le => Chosen::IfAsGood,
            _ => Chosen::IfBetter,
        };
        match op {
            CompareOp::Gt | CompareOp::Ge if first => Some(Join::Greatest(chosen)),
            CompareOp::Lt | CompareOp::Le if first => Some(Join::Least(chosen)),
            CompareOp::Gt | CompareOp::Ge if second => Some(Join::Least(chosen)),
            CompareOp::Lt | CompareOp::Le if second => Some(Join::Greatest(chosen)),
            _ => None,
        }
    }

    /// Whether two expressions are one text.
    fn same(&self, x: NodeId, y: NodeId) -> bool {
        let (x_first, y_first) =
            (self.infer.unit.flow.first[x.index()], self.infer.unit.flow.first[y.index()]);
        let far = y_first.wrapping_sub(x_first);
        x.0 - x_first == y.0 - y_first
            && self.infer.nodes_of(x).all(|id| {
                let other = NodeId(id.0.wrapping_add(far));
                let (mut a, mut b) = (Vec::new(), Vec::new());
                self.kind(id).operands(|operand| a.push(operand.0.wrapping_add(far)));
                self.kind(other).operands(|operand| b.push(operand.0));
                a == b && alike(self.kind(id), self.kind(other))
            })
    }
}

/// Whether two nodes are the same but for their operands.
fn alike(x: &NodeKind, y: &NodeKind) -> bool {
    match (x, y) {
        (NodeKind::Unary(a, _), NodeKind::Unary(b, _)) => a == b,
        (NodeKind::Binary(a, ..), NodeKind::Binary(b, ..)) => a == b,
        (NodeKind::Compare(a, _), NodeKind::Compare(b, _)) => a == b,
        (NodeKind::Attribute(_, a), NodeKind::Attribute(_, b)) => a == b,
        (NodeKind::Subscript(..), NodeKind::Subscript(..)) | (NodeKind::Tuple(_), NodeKind::Tuple(_)) => true,
        (
            NodeKind::Call { name: a, method: ma, keywords: ka, .. },
            NodeKind::Call { name: b, method: mb, keywords: kb, .. },
        ) => a == b && ma == mb && ka.is_empty() && kb.is_empty(),
        _ => x == y,
    }
}

/// Where a block leaves the loop that is so many around it, or the function.
fn leaves(block: &[Statement], loops: usize) -> Option<Span> {
    block.iter().find_map(|statement| match &statement.kind {
        StatementKind::Break if loops == 0 => Some(statement.span),
        StatementKind::Return(_) => Some(statement.span),
        kind => {
            let is_loop = matches!(kind, StatementKind::For { .. } | StatementKind::While { .. });
            statement.blocks().find_map(|block| leaves(block, loops + usize::from(is_loop)))
        }
    })
}

/// The roots of a statement's own expressions, targets among them.
fn expressions(statement: &Statement) -> Vec<NodeId> {
    let (mut sets, mut reads) = (Vec::new(), Vec::new());
    of_statement(statement, &mut sets, &mut reads);
    reads.append(&mut sets);
    reads
}

/// Names that a block sets, and the roots of its expressions.
fn mentions(block: &[Statement], sets: &mut Vec<NodeId>, reads: &mut Vec<NodeId>) {
    for statement in block {
        of_statement(statement, sets, reads);
        statement.blocks().for_each(|block| mentions(block, sets, reads));
    }
}

fn of_statement(statement: &Statement, sets: &mut Vec<NodeId>, reads: &mut Vec<NodeId>) {
    fn target(to: &Target, sets: &mut Vec<NodeId>, reads: &mut Vec<NodeId>) {
        match to {
            Target::Name(id) => sets.push(*id),
            Target::Element(id) => reads.push(*id),
            Target::Tuple(items, _) => items.iter().for_each(|item| target(item, sets, reads)),
        }
    }
    match &statement.kind {
        StatementKind::Assign { targets, value } => {
            reads.push(*value);
            targets.iter().for_each(|t| target(t, sets, reads));
        }
        StatementKind::Augmented { target: to, value, .. } => {
            reads.push(*value);
            if let Target::Name(id) = to {
                reads.push(*id);
            }
            target(to, sets, reads);
        }
        StatementKind::Annotated { target, value, .. } => {
            reads.extend(*value);
            sets.push(*target);
        }
        StatementKind::Expression(value) => reads.push(*value),
        StatementKind::Return(value) | StatementKind::Raise(value) => reads.extend(*value),
        StatementKind::Assert(condition, message) => {
            reads.push(*condition);
            reads.extend(*message);
        }
        StatementKind::If { branches, .. } => reads.extend(branches.iter().map(|(condition, _)| *condition)),
        StatementKind::While { condition, .. } => reads.push(*condition),
        StatementKind::For { target: to, iterable, .. } => {
            reads.push(*iterable);
            target(to, sets, reads);
        }
        StatementKind::Break | StatementKind::Continue | StatementKind::Pass => (),
    }
}
