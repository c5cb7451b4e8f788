//! Files as text: a statement a line, behind the nodes that it speaks of.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{Node, NodeId};
use super::ast::{File, Function, Statement, StatementKind, Target};

/// Imports, constants, then functions; nodes are numbered anew in each.
impl Display for File {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for import in &self.imports {
            writeln!(f, "import {} = {}  @ {:?}", import.name, import.path, import.span)?;
        }
        let mut printer = Printer { nodes: &self.nodes, next: 0, depth: 0 };
        for constant in &self.constants {
            match constant.value {
                Some(value) => {
                    printer.nodes(f, value)?;
                    writeln!(f, "let {} = {value}  @ {:?}", constant.name, constant.span)?;
                }
                None => writeln!(f, "let {} = ?  @ {:?}", constant.name, constant.span)?,
            }
        }
        self.functions.iter().try_for_each(|function| write!(f, "{function}"))?;
        self.skipped.iter().try_for_each(|span| writeln!(f, "skipped  @ {span:?}"))
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(error) = &self.unsupported {
            return writeln!(f, "def {}: unsupported, {}  @ {:?}", self.name, error.message(), self.span);
        }
        let mut printer = Printer { nodes: &self.nodes, next: 0, depth: 0 };
        for &decorator in &self.decorators {
            printer.nodes(f, decorator)?;
            writeln!(f, "@{decorator}")?;
        }
        let parts = self.params.iter().flat_map(|p| [p.annotation, p.default]);
        for id in parts.chain([self.returns]).flatten() {
            printer.nodes(f, id)?;
        }
        write!(f, "def {}(", self.name)?;
        for (at, param) in self.params.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, param.name)?;
            param.annotation.iter().try_for_each(|id| write!(f, ": {id}"))?;
            param.default.iter().try_for_each(|id| write!(f, " = {id}"))?;
        }
        f.write_str(")")?;
        self.returns.iter().try_for_each(|id| write!(f, " -> {id}"))?;
        writeln!(f, ":  @ {:?}", self.span)?;
        printer.block(f, &self.body)
    }
}

/// Prints each node once, before the first statement that it is a part of.
struct Printer<'a> {
    nodes: &'a [Node],
    next: usize,
    depth: usize,
}

impl Printer<'_> {
    fn line(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:1$}", "", 2 * self.depth)
    }

    /// The nodes up to `last`.
    fn nodes(&mut self, f: &mut Formatter<'_>, last: NodeId) -> fmt::Result {
        while self.next <= last.index() {
            let node = &self.nodes[self.next];
            self.line(f)?;
            writeln!(f, "n{} = {}  @ {:?}", self.next, node.kind, node.span)?;
            self.next += 1;
        }
        Ok(())
    }

    fn block(&mut self, f: &mut Formatter<'_>, block: &[Statement]) -> fmt::Result {
        self.depth += 1;
        block.iter().try_for_each(|statement| self.statement(f, statement))?;
        self.depth -= 1;
        Ok(())
    }

    fn otherwise(&mut self, f: &mut Formatter<'_>, block: &[Statement]) -> fmt::Result {
        if block.is_empty() {
            return Ok(());
        }
        self.line(f)?;
        writeln!(f, "else:")?;
        self.block(f, block)
    }

    fn statement(&mut self, f: &mut Formatter<'_>, statement: &Statement) -> fmt::Result {
        let head = |printer: &mut Self, f: &mut Formatter<'_>, nodes: &[Option<NodeId>]| {
            nodes.iter().flatten().try_for_each(|&id| printer.nodes(f, id))?;
            printer.line(f)
        };
        let span = statement.span;
        match &statement.kind {
            StatementKind::Assign { targets, value } => {
                head(self, f, &[Some(*value)])?;
                targets.iter().try_for_each(|target| write!(f, "{target} = "))?;
                writeln!(f, "{value}  @ {span:?}")
            }
            StatementKind::Augmented { target, op, value } => {
                head(self, f, &[Some(*value)])?;
                writeln!(f, "{target} {}= {value}  @ {span:?}", op.symbol())
            }
            StatementKind::Annotated { target, annotation, value } => {
                head(self, f, &[Some(*annotation), *value])?;
                write!(f, "{target}: {annotation}")?;
                value.iter().try_for_each(|value| write!(f, " = {value}"))?;
                writeln!(f, "  @ {span:?}")
            }
            StatementKind::Expression(value) => {
                head(self, f, &[Some(*value)])?;
                writeln!(f, "{value}  @ {span:?}")
            }
            StatementKind::Return(value) => self.word(f, "return", &[*value], statement),
            StatementKind::Break => self.word(f, "break", &[], statement),
            StatementKind::Continue => self.word(f, "continue", &[], statement),
            StatementKind::Pass => self.word(f, "pass", &[], statement),
            StatementKind::Assert(condition, message) => {
                self.word(f, "assert", &[Some(*condition), *message], statement)
            }
            StatementKind::Raise(exception) => self.word(f, "raise", &[*exception], statement),
            StatementKind::If { branches, otherwise } => {
                for (at, (condition, block)) in branches.iter().enumerate() {
                    head(self, f, &[Some(*condition)])?;
                    let word = if at == 0 { "if" } else { "elif" };
                    writeln!(f, "{word} {condition}:  @ {:?}", self.nodes[condition.index()].span)?;
                    self.block(f, block)?;
                }
                self.otherwise(f, otherwise)
            }
            StatementKind::While { condition, body, otherwise } => {
                head(self, f, &[Some(*condition)])?;
                writeln!(f, "while {condition}:  @ {span:?}")?;
                self.block(f, body)?;
                self.otherwise(f, otherwise)
            }
            StatementKind::For { target, iterable, body, otherwise } => {
                head(self, f, &[Some(*iterable)])?;
                writeln!(f, "for {target} in {iterable}:  @ {span:?}")?;
                self.block(f, body)?;
                self.otherwise(f, otherwise)
            }
        }
    }

    /// A keyword and what stands behind it.
    fn word(
        &mut self,
        f: &mut Formatter<'_>,
        word: &str,
        values: &[Option<NodeId>],
        statement: &Statement,
    ) -> fmt::Result {
        values.iter().flatten().try_for_each(|&id| self.nodes(f, id))?;
        self.line(f)?;
        f.write_str(word)?;
        values.iter().flatten().try_for_each(|id| write!(f, " {id}"))?;
        writeln!(f, "  @ {:?}", statement.span)
    }
}

/// Its node; a tuple in brackets.
impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Target::Name(id) | Target::Element(id) => write!(f, "{id}"),
            Target::Tuple(items, _) => {
                f.write_str("(")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}
