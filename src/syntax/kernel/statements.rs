//! Statements: blocks, loops, branches, assignments.

use super::super::ast::{NodeId, NodeKind};
use super::super::operators::augmented;
use super::super::parser::Parser;
use super::super::token::Kind;
use super::ast::{Statement, StatementKind, Target};
use crate::diag::{Result, Span};

impl Parser<'_> {
    /// `":" NEWLINE INDENT statement { statement } DEDENT`, or `":" simple_line`
    pub(super) fn block(&mut self) -> Result<Vec<Statement>> {
        if self.kind() != Kind::Colon {
            return Err(self.no_colon());
        }
        let colon = self.next().span;
        self.deeper()?;
        let mut block = Vec::new();
        if self.eat(Kind::Newline) {
            if !self.eat(Kind::Indent) {
                return Err(self.no_block(colon));
            }
            while !self.eat(Kind::Dedent) {
                self.statement(&mut block)?;
            }
        } else {
            self.simple_line(&mut block)?;
        }
        self.shallower();
        Ok(block)
    }

    fn statement(&mut self, block: &mut Vec<Statement>) -> Result<()> {
        self.statement = self.at;
        let start = self.token().span;
        let kind = match (self.kind(), self.text()) {
            (Kind::If, _) => self.branches()?,
            (Kind::Reserved, "while") => self.while_loop()?,
            (Kind::Reserved, "for") => self.for_loop()?,
            _ => return self.simple_line(block),
        };
        // Carets go under the head alone: up to the colon behind what it says.
        let head = match &kind {
            StatementKind::If { branches, .. } => branches[0].0,
            StatementKind::While { condition, .. } => *condition,
            StatementKind::For { iterable, .. } => *iterable,
            _ => unreachable!("the others are simple"),
        };
        let span = start.to(self.span(head));
        self.push_statement(block, kind, span);
        Ok(())
    }

    fn push_statement(&mut self, block: &mut Vec<Statement>, kind: StatementKind, span: Span) {
        block.push(Statement { id: self.statements, kind, span });
        self.statements += 1;
    }

    /// `simple { ";" simple } [ ";" ] NEWLINE`
    fn simple_line(&mut self, block: &mut Vec<Statement>) -> Result<()> {
        loop {
            self.statement = self.at;
            let start = self.token().span;
            let kind = self.simple()?;
            let end = self.tokens[self.at - 1].span;
            self.push_statement(block, kind, start.to(end));
            if !self.eat(Kind::Semicolon) || self.kind() == Kind::Newline {
                return self.end_of_line();
            }
        }
    }

    fn simple(&mut self) -> Result<StatementKind> {
        if self.kind() == Kind::Reserved {
            let text = self.text();
            let simple = match text {
                "break" => Some(StatementKind::Break),
                "continue" => Some(StatementKind::Continue),
                "pass" => Some(StatementKind::Pass),
                _ => None,
            };
            if let Some(simple) = simple {
                self.at += 1;
                return Ok(simple);
            }
            if matches!(text, "return" | "assert" | "raise") {
                self.at += 1;
                return match text {
                    "return" if self.kind().ends_statement() => Ok(StatementKind::Return(None)),
                    "return" => Ok(StatementKind::Return(Some(self.list_node()?))),
                    "raise" if self.kind().ends_statement() => Ok(StatementKind::Raise(None)),
                    "raise" => Ok(StatementKind::Raise(Some(self.expression()?))),
                    _ => {
                        let condition = self.expression()?;
                        let message = if self.eat(Kind::Comma) { Some(self.expression()?) } else { None };
                        Ok(StatementKind::Assert(condition, message))
                    }
                };
            }
        }
        self.no_statement()?;
        let named = self.kind() == Kind::Name && self.second() == Kind::Colon;
        let value = self.list_node()?;
        match self.kind() {
            Kind::Assign => self.assignment_from(value),
            Kind::Augmented => {
                let op = augmented(self.text()).expect("every such token has an operator");
                let target = self.target(value)?;
                if let Target::Tuple(_, span) = target {
                    return Err(self.augmented_tuple(span));
                }
                self.at += 1;
                Ok(StatementKind::Augmented { target, op, value: self.list_node()? })
            }
            Kind::Colon if named => {
                self.at += 1;
                let annotation = self.expression()?;
                let given = if self.eat(Kind::Assign) { Some(self.list_node()?) } else { None };
                Ok(StatementKind::Annotated { target: value, annotation, value: given })
            }
            _ => Ok(StatementKind::Expression(value)),
        }
    }

    /// `targets = { targets = } list`, with the first already read.
    fn assignment_from(&mut self, first: NodeId) -> Result<StatementKind> {
        let mut targets = Vec::new();
        let mut value = first;
        while self.kind() == Kind::Assign {
            targets.push(self.target(value)?);
            self.at += 1;
            value = self.list_node()?;
        }
        Ok(StatementKind::Assign { targets, value })
    }

    /// What an expression is as the left side of an assignment.
    fn target(&self, id: NodeId) -> Result<Target> {
        let node = self.node_at(id);
        match &node.kind {
            NodeKind::Name(_) => Ok(Target::Name(id)),
            NodeKind::Subscript(..) => Ok(Target::Element(id)),
            NodeKind::Tuple(items) if !items.is_empty() => {
                let items = items.iter().map(|&item| self.target(item)).collect::<Result<_>>()?;
                Ok(Target::Tuple(items, node.span))
            }
            kind => Err(self.no_target(kind, node.span)),
        }
    }

    /// `if`, then any number of `elif`, then perhaps `else`; each counts as a level of nesting.
    fn branches(&mut self) -> Result<StatementKind> {
        let mut branches = Vec::new();
        loop {
            self.at += 1;
            let condition = self.expression()?;
            branches.push((condition, self.block()?));
            self.deeper()?;
            if !(self.kind() == Kind::Reserved && self.text() == "elif") {
                break;
            }
        }
        let otherwise = self.otherwise()?;
        branches.iter().for_each(|_| self.shallower());
        Ok(StatementKind::If { branches, otherwise })
    }

    /// `[ "else" block ]`
    fn otherwise(&mut self) -> Result<Vec<Statement>> {
        if self.eat(Kind::Else) { self.block() } else { Ok(Vec::new()) }
    }

    fn while_loop(&mut self) -> Result<StatementKind> {
        self.at += 1;
        let condition = self.expression()?;
        let body = self.block()?;
        Ok(StatementKind::While { condition, body, otherwise: self.otherwise()? })
    }

    fn for_loop(&mut self) -> Result<StatementKind> {
        self.at += 1;
        let targets = self.list_node()?;
        let target = self.target(targets)?;
        if !(self.kind() == Kind::Reserved && self.text() == "in") {
            return Err(self.expected("`in`"));
        }
        self.at += 1;
        let iterable = self.list_node()?;
        let body = self.block()?;
        Ok(StatementKind::For { target, iterable, body, otherwise: self.otherwise()? })
    }

    /// `list` as one value: a tuple where there is a comma.
    pub(super) fn list_node(&mut self) -> Result<NodeId> {
        let (items, tuple) = self.list()?;
        if !tuple {
            return Ok(items[0]);
        }
        let span = self.items_span(&items);
        Ok(self.node(NodeKind::Tuple(items), span))
    }

    pub(super) fn end_of_line(&mut self) -> Result<()> {
        if self.eat(Kind::Newline) { Ok(()) } else { Err(self.no_end_of_line()) }
    }

    pub(super) fn expect(&mut self, kind: Kind, what: &str) -> Result<Span> {
        if self.kind() == kind { Ok(self.next().span) } else { Err(self.expected(what)) }
    }
}
