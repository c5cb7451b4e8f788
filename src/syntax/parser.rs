//! Tokens to syntax tree: precedence climbing with Python's precedence and associativity.
//!
//! Knows the order in which tokens may stand; what to say when they do not is in `errors`. It must
//! not know which names exist.
//!
//! Operators wait for their right operand on a stack of the parser's own, so that the machine's
//! stack grows with brackets alone, a few frames each, and a sum of any length takes none.

use super::ast::{Assignment, Ast, CompareOp, Node, NodeId, NodeKind, UnaryOp};
use super::literal::{float, integer};
use super::operators::{Infix, Pending, augmented, power};
use super::token::{Kind, Token};
use crate::diag::{Result, Span};

/// Parses all of `tokens`, which end in [`Kind::End`].
pub(super) fn parse(source: &str, tokens: &[Token], nesting: usize) -> Result<Ast> {
    let mut parser = Parser::new(source, tokens, nesting, false);
    parser.program()?;
    Ok(parser.ast)
}

pub(super) struct Parser<'s> {
    pub source: &'s str,
    pub tokens: &'s [Token],
    /// The next token.
    pub at: usize,
    /// The first token of the statement.
    pub statement: usize,
    /// The brackets that wait to be closed, outermost first, as places in `tokens`.
    pub open: Vec<usize>,
    /// The operators that wait for their right operand.
    pending: Vec<Pending>,
    /// Open brackets and those pending operators that go deeper to the right.
    depth: usize,
    pub nesting: usize,
    /// The text is a file of kernels, whose expressions are wider: strings, lists, `@`, modules by any name.
    pub files: bool,
    /// The statements of the function at hand.
    pub statements: u32,
    ast: Ast,
}

impl<'s> Parser<'s> {
    pub fn new(source: &'s str, tokens: &'s [Token], nesting: usize, files: bool) -> Parser<'s> {
        Parser {
            source,
            tokens,
            at: 0,
            statement: 0,
            open: Vec::new(),
            pending: Vec::new(),
            depth: 0,
            nesting,
            files,
            statements: 0,
            ast: Ast { nodes: Vec::with_capacity(tokens.len()), ..Ast::default() },
        }
    }

    /// Goes on at token `at` with the first `nodes` nodes, whatever was open.
    pub fn start_again(&mut self, at: usize, nodes: usize) {
        self.at = at;
        self.ast.nodes.truncate(nodes);
        self.open.clear();
        self.pending.clear();
        self.depth = 0;
    }

    pub fn node_count(&self) -> usize {
        self.ast.nodes.len()
    }

    pub fn node_at(&self, id: NodeId) -> &Node {
        &self.ast.nodes[id.index()]
    }

    pub fn nodes_mut(&mut self) -> &mut Vec<Node> {
        &mut self.ast.nodes
    }

    pub fn take_nodes(&mut self) -> Vec<Node> {
        std::mem::take(&mut self.ast.nodes)
    }

    pub fn token(&self) -> Token {
        self.tokens[self.at]
    }

    pub fn kind(&self) -> Kind {
        self.token().kind
    }

    /// The token after the next.
    pub fn second(&self) -> Kind {
        self.tokens.get(self.at + 1).map_or(Kind::End, |token| token.kind)
    }

    pub fn text(&self) -> &'s str {
        self.token().span.text(self.source)
    }

    /// Takes the next token; the end stays where it is.
    pub fn next(&mut self) -> Token {
        let token = self.token();
        self.at += usize::from(token.kind != Kind::End);
        token
    }

    pub fn eat(&mut self, kind: Kind) -> bool {
        let found = self.kind() == kind;
        self.at += usize::from(found);
        found
    }

    pub fn node(&mut self, kind: NodeKind, span: Span) -> NodeId {
        let id = NodeId(self.ast.nodes.len() as u32);
        self.ast.nodes.push(Node { kind, span });
        id
    }

    pub fn span(&self, id: NodeId) -> Span {
        self.ast.nodes[id.index()].span
    }

    /// `{ assignment separator } results`
    fn program(&mut self) -> Result<()> {
        self.separators();
        if self.kind() == Kind::End {
            return Err(self.empty());
        }
        loop {
            self.statement = self.at;
            if self.kind() == Kind::Name && matches!(self.second(), Kind::Assign | Kind::Augmented) {
                self.assignment()?;
                self.separators();
                if self.kind() == Kind::End {
                    return Err(self.no_result(self.ast.assignments.last()));
                }
            } else {
                let (items, tuple) = self.list()?;
                self.end_of_statement()?;
                let last = self.at;
                self.separators();
                if self.kind() != Kind::End {
                    return Err(self.unused(last));
                }
                return self.results(items, tuple);
            }
        }
    }

    fn separators(&mut self) {
        while matches!(self.kind(), Kind::Newline | Kind::Semicolon) {
            self.at += 1;
        }
    }

    fn end_of_statement(&self) -> Result<()> {
        if self.kind().ends_statement() { Ok(()) } else { Err(self.unexpected()) }
    }

    /// `NAME "=" list | NAME augmented expression`
    fn assignment(&mut self) -> Result<()> {
        let span = self.token().span;
        let name = self.text().to_string();
        self.at += 1;
        let operator = self.token();
        let value = match augmented(operator.span.text(self.source)) {
            Some(op) => {
                self.at += 1;
                let target = self.node(NodeKind::Name(name.clone()), span);
                let value = self.expression()?;
                let whole = span.to(self.span(value));
                self.node(NodeKind::Binary(op, target, value), whole)
            }
            None => {
                self.at += 1;
                match self.list()? {
                    (items, false) => items[0],
                    (items, true) => {
                        let whole = self.items_span(&items);
                        self.node(NodeKind::Tuple(items), whole)
                    }
                }
            }
        };
        self.end_of_statement()?;
        self.ast.assignments.push(Assignment { name, span, value });
        Ok(())
    }

    /// `expression { "," expression } [ "," ]`, and whether there was a comma.
    pub fn list(&mut self) -> Result<(Vec<NodeId>, bool)> {
        let mut items = vec![self.expression()?];
        let tuple = self.kind() == Kind::Comma;
        while self.eat(Kind::Comma) && !self.ends_list() {
            items.push(self.expression()?);
        }
        Ok((items, tuple))
    }

    /// Whether a list ends here that ends in a comma.
    fn ends_list(&self) -> bool {
        let target = || match self.kind() {
            Kind::Assign | Kind::Augmented | Kind::Colon => true,
            Kind::Reserved => self.text() == "in",
            _ => false,
        };
        self.kind().ends_statement() || self.files && target()
    }

    pub fn items_span(&self, items: &[NodeId]) -> Span {
        self.span(items[0]).to(self.span(items[items.len() - 1]))
    }

    /// A tuple at the top is several results, with brackets around it or without.
    fn results(&mut self, mut items: Vec<NodeId>, tuple: bool) -> Result<()> {
        if !tuple
            && let Some(Node { kind: NodeKind::Tuple(inner), .. }) =
                self.ast.nodes.pop_if(|node| matches!(node.kind, NodeKind::Tuple(_)))
        {
            items = inner;
        }
        if items.is_empty() {
            return Err(self.empty_tuple());
        }
        self.ast.results = items;
        Ok(())
    }

    /// One expression: operands, and the operators between them.
    pub fn expression(&mut self) -> Result<NodeId> {
        let base = self.pending.len();
        loop {
            self.prefixes(base)?;
            let value = self.primary()?;
            let infix = Infix::of(self.kind());
            let value = self.reduce(base, value, infix.as_ref().map_or(power::ELSE, Infix::reduces));
            let waiting_if = match self.pending[base..].last() {
                Some(Pending::If { then }) => Some(*then),
                _ => None,
            };
            match (infix, waiting_if) {
                (Some(Infix::Binary(op)), _) => self.push(Pending::Binary(op, value))?,
                (Some(Infix::Compare(op)), _) => self.compare(base, op, value)?,
                (Some(Infix::If), None) => self.push(Pending::If { then: value })?,
                (Some(Infix::Else), Some(then)) => {
                    self.pending.pop();
                    self.push(Pending::Else { then, condition: value })?;
                }
                (None | Some(Infix::If), Some(then)) => return Err(self.if_without_else(self.span(then))),
                (Some(Infix::Else), None) => return Ok(self.reduce(base, value, power::ELSE)),
                (None, None) => return Ok(value),
            }
            self.at += 1;
        }
    }

    /// Takes the prefix operators before an operand.
    fn prefixes(&mut self, base: usize) -> Result<()> {
        loop {
            let op = match self.kind() {
                Kind::Minus => UnaryOp::Neg,
                Kind::Plus => UnaryOp::Pos,
                Kind::Tilde => UnaryOp::Invert,
                // `a + not b` is not Python: `not` binds less tightly than what waits for it.
                Kind::Not if self.pending[base..].last().is_none_or(|p| p.power() <= power::NOT) => {
                    UnaryOp::Not
                }
                _ => return Ok(()),
            };
            self.push(Pending::Unary(op, self.token().span))?;
            self.at += 1;
        }
    }

    fn push(&mut self, pending: Pending) -> Result<()> {
        if pending.nests() {
            self.deeper()?;
        }
        self.pending.push(pending);
        Ok(())
    }

    pub fn deeper(&mut self) -> Result<()> {
        if self.depth >= self.nesting {
            return Err(self.too_deep());
        }
        self.depth += 1;
        Ok(())
    }

    pub fn shallower(&mut self) {
        self.depth -= 1;
    }

    /// Goes on with the comparison that waits, as a chain, or begins one.
    fn compare(&mut self, base: usize, op: CompareOp, value: NodeId) -> Result<()> {
        if let Some(Pending::Compare(ops, operands)) = self.pending[base..].last_mut() {
            ops.push(op);
            operands.push(value);
            return Ok(());
        }
        self.push(Pending::Compare(vec![op], vec![value]))
    }

    /// Gives `value` to the waiting operators that bind at least as tightly as `power`.
    fn reduce(&mut self, base: usize, mut value: NodeId, power: u8) -> NodeId {
        while self.pending.len() > base
            && let Some(pending) = self.pending.pop_if(|p| p.power() >= power)
        {
            self.depth -= usize::from(pending.nests());
            let end = self.span(value);
            let (start, kind) = match pending {
                Pending::Unary(op, span) => (span, NodeKind::Unary(op, value)),
                Pending::Binary(op, left) => (self.span(left), NodeKind::Binary(op, left, value)),
                Pending::Compare(ops, mut operands) => {
                    operands.push(value);
                    (self.span(operands[0]), NodeKind::Compare(ops, operands))
                }
                Pending::Else { then, condition } => {
                    (self.span(then), NodeKind::Conditional { condition, then, otherwise: value })
                }
                // Binds most loosely of all, and no caller asks for that.
                Pending::If { .. } => unreachable!("an `if` is ended by its `else` alone"),
            };
            value = self.node(kind, start.to(end));
        }
        value
    }

    /// An operand with the fields, methods and subscripts behind it.
    fn primary(&mut self) -> Result<NodeId> {
        let mut value = self.head()?;
        loop {
            match self.kind() {
                Kind::Dot => value = self.member(value)?,
                Kind::LeftBracket => value = self.subscript(value)?,
                _ => return Ok(value),
            }
        }
    }

    /// `NAME [ arguments ] | number | constant | parenthesised`
    fn head(&mut self) -> Result<NodeId> {
        let Token { kind, span } = self.token();
        let node = match kind {
            Kind::Name => return self.name(),
            Kind::LeftParen => return self.parenthesised(),
            Kind::String => return self.string(),
            Kind::LeftBracket if self.files => return self.display(),
            Kind::Int => match integer(self.text()) {
                Some(value) => NodeKind::Int(value),
                None => return Err(self.integer_too_large()),
            },
            Kind::Float => NodeKind::Float(float(self.text())),
            Kind::Imaginary => NodeKind::Imaginary(float(&self.text()[..self.text().len() - 1])),
            Kind::True => NodeKind::Bool(true),
            Kind::False => NodeKind::Bool(false),
            Kind::None | Kind::Newaxis => NodeKind::None,
            _ => return Err(self.missing_operand()),
        };
        self.at += 1;
        Ok(self.node(node, span))
    }

    /// A name, or a call of it, without the module it may be written with.
    fn name(&mut self) -> Result<NodeId> {
        let start = self.token().span;
        let third = self.tokens.get(self.at + 2).map_or(Kind::End, |token| token.kind);
        if matches!(self.text(), "np" | "numpy" | "math")
            && self.second() == Kind::Dot
            && (!self.files || third == Kind::Newaxis)
        {
            self.at += 2;
            if self.kind() == Kind::Newaxis {
                let end = self.next().span;
                return Ok(self.node(NodeKind::None, start.to(end)));
            }
        }
        let (name, name_span) = self.identifier()?;
        if self.kind() == Kind::LeftParen {
            self.call(name, name_span, start, None)
        } else {
            Ok(self.node(NodeKind::Name(name), start.to(name_span)))
        }
    }

    pub fn identifier(&mut self) -> Result<(String, Span)> {
        if self.kind() != Kind::Name {
            return Err(self.no_name_after_dot());
        }
        let name = self.text().to_string();
        Ok((name, self.next().span))
    }

    /// `"." NAME [ arguments ]`
    fn member(&mut self, receiver: NodeId) -> Result<NodeId> {
        self.at += 1;
        let start = self.span(receiver);
        let (name, name_span) = self.identifier()?;
        if self.kind() == Kind::LeftParen {
            self.call(name, name_span, start, Some(receiver))
        } else {
            Ok(self.node(NodeKind::Attribute(receiver, name), start.to(name_span)))
        }
    }

    /// `"(" expression ")"`, or a tuple
    fn parenthesised(&mut self) -> Result<NodeId> {
        let start = self.open()?;
        let mut items = Vec::new();
        if self.kind() != Kind::RightParen {
            let first = self.expression()?;
            if self.kind() == Kind::RightParen {
                let end = self.close(Kind::RightParen)?;
                // Carets go under the brackets too.
                self.ast.nodes[first.index()].span = start.to(end);
                return Ok(first);
            }
            items.push(first);
            while self.eat(Kind::Comma) && self.kind() != Kind::RightParen {
                items.push(self.expression()?);
            }
        }
        let end = self.close(Kind::RightParen)?;
        Ok(self.node(NodeKind::Tuple(items), start.to(end)))
    }

    /// `STRING { STRING }`: joined, as it stands between the quotation marks.
    fn string(&mut self) -> Result<NodeId> {
        let start = self.token().span;
        let mut span = start;
        let mut joined = String::new();
        while self.kind() == Kind::String {
            span = self.token().span;
            let text = self.text();
            let quote = text.find(['"', '\'']).expect("a string has a quotation mark");
            if !matches!(text[..quote].to_ascii_lowercase().as_str(), "" | "r" | "u") {
                return Err(self.formatted(span));
            }
            let marks = if is_long(&text[quote..]) { 3 } else { 1 };
            joined.push_str(&text[quote + marks..text.len() - marks]);
            self.at += 1;
        }
        Ok(self.node(NodeKind::Text(joined), start.to(span)))
    }

    /// `"[" [ list ] "]"` that is no subscript
    fn display(&mut self) -> Result<NodeId> {
        let start = self.open()?;
        let mut items = Vec::new();
        while self.kind() != Kind::RightBracket {
            items.push(self.expression()?);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        let end = self.close(Kind::RightBracket)?;
        Ok(self.node(NodeKind::List(items), start.to(end)))
    }

    /// "(" positional arguments, then those by keyword ")"
    fn call(
        &mut self,
        name: String,
        name_span: Span,
        start: Span,
        receiver: Option<NodeId>,
    ) -> Result<NodeId> {
        self.open()?;
        let method = receiver.is_some();
        let mut args = Vec::from_iter(receiver);
        let mut keywords: Vec<(String, Span, NodeId)> = Vec::new();
        let mut known = std::collections::HashMap::new();
        while self.kind() != Kind::RightParen {
            if self.kind() == Kind::Name && self.second() == Kind::Assign {
                let key = self.token();
                let text = self.text();
                if let Some(first) = known.insert(text, key.span) {
                    return Err(self.repeated_keyword(first));
                }
                self.at += 2;
                let value = self.expression()?;
                keywords.push((text.to_string(), key.span, value));
            } else {
                let value = self.expression()?;
                if let Some((_, key, _)) = keywords.last() {
                    return Err(self.positional_after_keyword(self.span(value), *key));
                }
                args.push(value);
            }
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        let end = self.close(Kind::RightParen)?;
        Ok(self.node(NodeKind::Call { name, name_span, method, args, keywords }, start.to(end)))
    }

    /// `"[" item { "," item } [ "," ] "]"`
    fn subscript(&mut self, array: NodeId) -> Result<NodeId> {
        self.open()?;
        let mut items = vec![self.item()?];
        while self.eat(Kind::Comma) && self.kind() != Kind::RightBracket {
            items.push(self.item()?);
        }
        let end = self.close(Kind::RightBracket)?;
        Ok(self.node(NodeKind::Subscript(array, items), self.span(array).to(end)))
    }

    /// `"..." | expression | [ expression ] ":" [ expression ] [ ":" [ expression ] ]`
    fn item(&mut self) -> Result<NodeId> {
        let start = self.token().span;
        if self.eat(Kind::Ellipsis) {
            return Ok(self.node(NodeKind::Ellipsis, start));
        }
        let first = self.bound()?;
        if self.kind() != Kind::Colon {
            return first.ok_or_else(|| self.missing_operand());
        }
        self.at += 1;
        let stop = self.bound()?;
        let step = if self.eat(Kind::Colon) { self.bound()? } else { None };
        let end = self.tokens[self.at - 1].span;
        Ok(self.node(NodeKind::Slice(first, stop, step), start.to(end)))
    }

    /// A bound of a slice, which may be left out.
    fn bound(&mut self) -> Result<Option<NodeId>> {
        match self.kind() {
            Kind::Colon | Kind::Comma | Kind::RightBracket => Ok(None),
            _ => self.expression().map(Some),
        }
    }

    pub fn open(&mut self) -> Result<Span> {
        self.deeper()?;
        self.open.push(self.at);
        Ok(self.next().span)
    }

    pub fn close(&mut self, bracket: Kind) -> Result<Span> {
        if self.kind() != bracket {
            return Err(self.unexpected());
        }
        self.open.pop();
        self.depth -= 1;
        Ok(self.next().span)
    }
}

/// Whether a string stands between three quotation marks on either side.
fn is_long(text: &str) -> bool {
    text.starts_with("\"\"\"") || text.starts_with("'''")
}
