//! Kernels of numbers that are called with arrays: they run element by element, over the shape that the arrays broadcast to.
//!
//! A kernel that is decorated with `vectorize` does so whenever an array is given. Another one does if arrays are nothing it can be called
//! with, and their elements are: if it has a type for these and none for those.

use std::sync::Arc;

use super::infer::Inference;
use super::{Argument, Meaning, Node, Type, UnitId, node};
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::syntax::ast::{self, NodeId, NodeKind};
use crate::syntax::kernel::ast::{File, Function, Param, Statement, StatementKind};

/// Whether the decorators of a function say that it is one of elements.
pub(crate) fn is_vectorized(function: &Function) -> bool {
    function.decorators.iter().any(|&decorator| {
        let name = match &function.nodes[decorator.index()].kind {
            NodeKind::Name(name) | NodeKind::Attribute(_, name) => name,
            NodeKind::Call { name, .. } => name,
            _ => return false,
        };
        name == "vectorize"
    })
}

/// Whether a function may be called for each element of what it is given: arguments of these types. One with parallel loops is
/// none of elements.
pub(crate) fn has_elements(function: &Function, types: &[Type]) -> bool {
    let is_parallel =
        |node: &ast::Node| matches!(&node.kind, NodeKind::Call { name, .. } if name == "prange");
    !function.is_expression
        && types.iter().any(|ty| matches!(ty, Type::Array { .. }))
        && !function.nodes.iter().any(is_parallel)
}

/// The file with one function more, its last, which calls that at `function` with its own parameters.
pub(crate) fn with_call(file: &File, function: usize) -> File {
    let mut file = file.clone();
    let callee = &file.functions[function];
    let span = callee.name_span;
    // No name of a file is a number, so that none is hidden.
    let names: Vec<String> = (0..callee.params.len()).map(|at| at.to_string()).collect();
    let mut nodes: Vec<ast::Node> =
        names.iter().map(|name| ast::Node { kind: NodeKind::Name(name.clone()), span }).collect();
    nodes.push(ast::Node {
        kind: NodeKind::Call {
            name: callee.name.clone(),
            name_span: span,
            method: false,
            args: (0..names.len() as u32).map(NodeId).collect(),
            keywords: Vec::new(),
        },
        span,
    });
    let value = NodeId(names.len() as u32);
    let param = |name: String| Param { name, span, annotation: None, default: None };
    let call = Function {
        name: format!("{} of elements", callee.name),
        name_span: span,
        span,
        decorators: Vec::new(),
        params: names.into_iter().map(param).collect(),
        returns: None,
        body: vec![Statement { id: 0, kind: StatementKind::Return(Some(value)), span }],
        statements: 1,
        nodes,
        is_expression: false,
        unsupported: None,
    };
    file.functions.push(call);
    file
}

impl Inference<'_, '_> {
    /// A call of the kernel at `at` with arguments of these types.
    pub(super) fn called(
        &mut self,
        at: usize,
        given: Vec<Argument>,
        params: Vec<Type>,
        span: Span,
    ) -> Result<Node> {
        let callee = &self.program.file.functions[at];
        let elements = has_elements(callee, &params);
        let mut whole = None;
        if !(elements && is_vectorized(callee)) {
            match self.program.tried(at, &params, span) {
                Ok((unit, result)) => return Ok(node(result, Meaning::Call(unit, given))),
                Err(error) if !elements => return Err(error),
                Err(error) => whole = Some(error),
            }
        }
        let (mut rank, mut elements) = (0, Vec::with_capacity(params.len()));
        for ty in params {
            elements.push(match ty {
                Type::Array { dtype, rank: own } => {
                    rank = rank.max(own);
                    Type::Number(dtype)
                }
                other => other,
            });
        }
        let (unit, result) = match (self.program.tried(at, &elements, span), whole) {
            (Ok(done), _) => done,
            (Err(_), Some(whole)) => return Err(whole),
            (Err(error), None) => return Err(error),
        };
        let array = |ty: &Type| match ty {
            Type::Number(dtype) => Some(Type::Array { dtype: *dtype, rank }),
            _ => None,
        };
        let ty = match &result {
            Type::Unknown => Some(Type::Unknown),
            Type::Tuple(items) => items.iter().map(array).collect::<Option<Arc<[Type]>>>().map(Type::Tuple),
            other => array(other),
        };
        match ty {
            Some(ty) => Ok(node(ty, Meaning::Map(unit, given))),
            None => {
                let message = format!("`{}` is called for each element, and gives {result}", callee.name);
                Err(Error::new(ErrorKind::Type, message)
                    .at(span, "with arrays it must give a number for each element, or several")
                    .at(callee.name_span, "defined here"))
            }
        }
    }
}

impl super::infer::Program<'_> {
    /// As [`unit`](Self::unit), and nothing has happened where that fails. What has failed before does so at once.
    fn tried(&mut self, function: usize, params: &[Type], span: Span) -> Result<(UnitId, Type)> {
        let key = (function, format!("{params:?}"));
        if let Some(error) = self.refused.get(&key) {
            return Err(error.clone());
        }
        let before = self.mark();
        self.unit(function, params.to_vec(), span).inspect_err(|error| {
            self.back_to(before);
            if error.kind() != ErrorKind::Limit {
                self.refused.insert(key, error.clone());
            }
        })
    }
}

/// Whether a function has loops.
pub(crate) fn has_loops(function: &Function) -> bool {
    fn any(block: &[Statement]) -> bool {
        block.iter().any(|statement| {
            matches!(statement.kind, StatementKind::For { .. } | StatementKind::While { .. })
                || statement.blocks().any(any)
        })
    }
    any(&function.body)
}
