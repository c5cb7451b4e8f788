//! An expression, with assignments before it, as a function that returns it.

use super::super::ast::{Ast, Node, NodeId, NodeKind};
use super::ast::{Function, Param, Statement, StatementKind, Target};
use crate::diag::Span;

/// The function of a parsed expression; those of `names` that it mentions are its parameters, in the order of the text. Spans
/// count from `start`.
pub(in crate::syntax) fn function(ast: Ast, names: &[&str], start: u32) -> Function {
    let Ast { mut nodes, assignments, results } = ast;
    let mut params: Vec<Param> = Vec::new();
    for node in &mut nodes {
        move_by(node, start);
        if let NodeKind::Name(name) = &node.kind
            && names.contains(&&**name)
            && params.iter().all(|param| param.name != *name)
        {
            params.push(Param { name: name.clone(), span: node.span, annotation: None, default: None });
        }
    }
    let value = match results[..] {
        [one] => one,
        _ => {
            let ends = [results.first(), results.last()].map(|id| id.map_or(0, |id| id.index()));
            let span = Span::new(nodes[ends[0]].span.start as usize, nodes[ends[1]].span.end as usize);
            nodes.push(Node { kind: NodeKind::Tuple(results), span });
            NodeId(nodes.len() as u32 - 1)
        }
    };
    let span = nodes[value.index()].span;
    let mut body = Vec::new();
    for assignment in assignments {
        let span = moved(assignment.span, start);
        // Names that are set stand behind all expressions, each of which is a run of nodes.
        nodes.push(Node { kind: NodeKind::Name(assignment.name), span });
        let target = Target::Name(NodeId(nodes.len() as u32 - 1));
        let kind = StatementKind::Assign { targets: vec![target], value: assignment.value };
        body.push(Statement { id: body.len() as u32, kind, span });
    }
    body.push(Statement { id: body.len() as u32, kind: StatementKind::Return(Some(value)), span });
    Function {
        name: "an expression".to_string(),
        name_span: span,
        span,
        decorators: Vec::new(),
        params,
        returns: None,
        statements: body.len() as u32,
        body,
        nodes,
        is_expression: true,
        unsupported: None,
    }
}

fn moved(span: Span, start: u32) -> Span {
    Span::new((span.start + start) as usize, (span.end + start) as usize)
}

fn move_by(node: &mut Node, start: u32) {
    node.span = moved(node.span, start);
    if let NodeKind::Call { name_span, keywords, .. } = &mut node.kind {
        *name_span = moved(*name_span, start);
        keywords.iter_mut().for_each(|(_, span, _)| *span = moved(*span, start));
    }
}
