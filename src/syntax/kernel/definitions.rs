//! Files: imports, constants, functions, and what is passed over.

use super::super::ast::NodeKind;
use super::super::parser::Parser;
use super::super::token::{Kind, Token};
use super::ast::{Constant, File, Function, Import, Param};
use crate::diag::{ErrorKind, Result, Span};

/// Parses all of `tokens`, as the layout of a file makes them.
pub(in super::super) fn parse(source: &str, tokens: &[Token], nesting: usize) -> Result<File> {
    Parser::new(source, tokens, nesting, true).file()
}

impl Parser<'_> {
    fn file(&mut self) -> Result<File> {
        let mut file = File::default();
        loop {
            let first = self.at;
            self.statement = first;
            match (self.kind(), self.text()) {
                (Kind::End, _) => break,
                (Kind::Indent, _) => self.no_statement()?,
                // The file's docstring.
                (Kind::String, _) => self.skip()?,
                (Kind::At, _) | (Kind::Reserved, "def") => match self.function()? {
                    Some(function) => file.functions.push(function),
                    None => file.skipped.push(self.since(first)),
                },
                (Kind::Reserved, "import" | "from") if self.attempt(|p| p.import(&mut file.imports)) => (),
                (Kind::Name, _) if self.attempt(|p| p.constant(&mut file.constants)) => (),
                _ => {
                    self.skip()?;
                    file.skipped.push(self.since(first));
                }
            }
        }
        file.nodes = self.take_nodes();
        Ok(file)
    }

    /// The text from token `first` to the last that is not the end of a line or a block.
    fn since(&self, first: usize) -> Span {
        let from = self.tokens[first].span;
        let tokens = self.tokens[first..self.at].iter().rev();
        let last = tokens.copied().find(|t| !matches!(t.kind, Kind::Newline | Kind::Dedent | Kind::Indent));
        last.map_or(from, |last| from.to(last.span))
    }

    /// Does `parse`; if it fails, all is as before, and the answer is false.
    fn attempt(&mut self, parse: impl FnOnce(&mut Self) -> Result<()>) -> bool {
        let (at, nodes) = (self.at, self.node_count());
        let done = parse(self).is_ok();
        if !done {
            self.start_again(at, nodes);
        }
        done
    }

    /// Passes over a statement with its block, whatever it is.
    fn skip(&mut self) -> Result<()> {
        let mut open: Vec<Token> = Vec::new();
        loop {
            let token = self.next();
            match token.kind {
                Kind::LeftParen | Kind::LeftBracket | Kind::LeftBrace => open.push(token),
                Kind::RightParen | Kind::RightBracket | Kind::RightBrace => drop(open.pop()),
                Kind::Newline | Kind::End => break,
                _ => (),
            }
        }
        if let Some(open) = open.last() {
            return Err(self.never_closed(*open));
        }
        let mut depth = 0usize;
        loop {
            match self.kind() {
                Kind::Indent => depth += 1,
                Kind::Dedent => depth = depth.saturating_sub(1),
                Kind::End => return Ok(()),
                _ => (),
            }
            if depth == 0 && self.kind() != Kind::Dedent {
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// `import a.b as c, d`, `from a import b as c, d`
    fn import(&mut self, imports: &mut Vec<Import>) -> Result<()> {
        let from = self.text() == "from";
        self.at += 1;
        let mut found = Vec::new();
        if from {
            let (module, _) = self.dotted()?;
            self.expect_word("import")?;
            let start = self.token().span;
            if self.eat(Kind::Star) {
                found.push(Import { path: module, name: "*".to_string(), span: start });
            } else {
                let brackets = self.eat(Kind::LeftParen);
                loop {
                    let (item, span) = self.identifier()?;
                    let (name, span) = self.renamed()?.unwrap_or((item.clone(), span));
                    found.push(Import { path: format!("{module}.{item}"), name, span });
                    if !self.eat(Kind::Comma) || brackets && self.kind() == Kind::RightParen {
                        break;
                    }
                }
                if brackets {
                    self.expect(Kind::RightParen, "`)`")?;
                }
            }
        } else {
            loop {
                let (module, span) = self.dotted()?;
                found.push(match self.renamed()? {
                    Some((name, span)) => Import { path: module, name, span },
                    // `import a.b` binds `a`.
                    None => {
                        let first = module.split('.').next().unwrap_or_default().to_string();
                        Import { path: first.clone(), name: first, span }
                    }
                });
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
        }
        self.end_of_line()?;
        imports.append(&mut found);
        Ok(())
    }

    fn dotted(&mut self) -> Result<(String, Span)> {
        let (mut path, mut span) = self.identifier()?;
        while self.eat(Kind::Dot) {
            let (name, last) = self.identifier()?;
            path = format!("{path}.{name}");
            span = span.to(last);
        }
        Ok((path, span))
    }

    /// `as NAME`, if it stands there.
    fn renamed(&mut self) -> Result<Option<(String, Span)>> {
        if self.kind() == Kind::Reserved && self.text() == "as" {
            self.at += 1;
            return self.identifier().map(Some);
        }
        Ok(None)
    }

    fn expect_word(&mut self, word: &'static str) -> Result<()> {
        if self.kind() == Kind::Reserved && self.text() == word {
            self.at += 1;
            return Ok(());
        }
        Err(self.expected(&format!("`{word}`")))
    }

    /// `NAME = list`, `NAME, NAME = list`, `NAME: annotation = list`; what else changes a name makes it unknown.
    fn constant(&mut self, constants: &mut Vec<Constant>) -> Result<()> {
        let mut names = vec![self.identifier()?];
        if self.eat(Kind::Colon) {
            self.expression()?;
        }
        while self.eat(Kind::Comma) && self.kind() != Kind::Assign {
            names.push(self.identifier()?);
        }
        if self.kind() == Kind::Augmented {
            // The name is no constant, whatever it was before.
            let (name, span) = names.swap_remove(0);
            self.skip()?;
            constants.push(Constant { name, span, value: None });
            return Ok(());
        }
        self.expect(Kind::Assign, "`=`")?;
        let from = self.at;
        let nodes = self.node_count();
        let value = self.list_node().and_then(|value| self.end_of_line().map(|()| value));
        let value = match value {
            Ok(value) => Some(value),
            Err(_) => {
                self.start_again(from, nodes);
                self.skip()?;
                None
            }
        };
        let parts = match value.map(|value| &self.node_at(value).kind) {
            Some(NodeKind::Tuple(items)) if names.len() > 1 && items.len() == names.len() => {
                items.iter().copied().map(Some).collect()
            }
            _ if names.len() > 1 => vec![None; names.len()],
            _ => vec![value],
        };
        let all = names.into_iter().zip(parts);
        constants.extend(all.map(|((name, span), value)| Constant { name, span, value }));
        Ok(())
    }

    /// `{ decorator } "def" …`; none if the decorators stand before something else.
    fn function(&mut self) -> Result<Option<Function>> {
        let first = self.at;
        let outer = self.take_nodes();
        self.statements = 0;
        let mut name = (String::new(), Span::default());
        let found = match self.definition(&mut name) {
            // Python, but not a kernel: what comes after it may be one.
            Err(error) if error.kind() == ErrorKind::Unsupported && !name.0.is_empty() => {
                self.start_again(first, 0);
                while self.kind() == Kind::At {
                    self.skip()?;
                }
                self.skip()?;
                let (name, name_span) = name;
                Ok(Some(Function {
                    name,
                    name_span,
                    span: Span::default(),
                    decorators: Vec::new(),
                    params: Vec::new(),
                    returns: None,
                    body: Vec::new(),
                    statements: 0,
                    nodes: Vec::new(),
                    is_expression: false,
                    unsupported: Some(error),
                }))
            }
            found => found,
        };
        let nodes = std::mem::replace(self.nodes_mut(), outer);
        let span = self.since(first);
        Ok(found?.map(|function| Function { span, nodes, ..function }))
    }

    fn definition(&mut self, name: &mut (String, Span)) -> Result<Option<Function>> {
        let first = self.at;
        // An error in a decorator is an error of the function behind it, whose name is looked up first.
        let def = self.tokens[first..].iter().enumerate().find(|(at, token)| {
            let begins_line = *at == 0 || self.tokens[first + at - 1].kind == Kind::Newline;
            begins_line && token.kind != Kind::At
        });
        let def = def.map_or(first, |(at, _)| first + at);
        if self.tokens[def].span.text(self.source) != "def" {
            while self.at < def {
                self.skip()?;
            }
            self.skip()?;
            return Ok(None);
        }
        self.at = def + 1;
        *name = self.identifier()?;
        let after = self.at;
        self.at = first;
        let mut decorators = Vec::new();
        while self.eat(Kind::At) {
            decorators.push(self.expression()?);
            self.end_of_line()?;
        }
        self.at = after;
        let params = self.parameters()?;
        let returns = if self.eat(Kind::Arrow) { Some(self.expression()?) } else { None };
        let body = self.block()?;
        let (name, name_span) = name.clone();
        Ok(Some(Function {
            name,
            name_span,
            span: Span::default(),
            decorators,
            params,
            returns,
            body,
            statements: self.statements,
            nodes: Vec::new(),
            is_expression: false,
            unsupported: None,
        }))
    }

    /// `"(" [ parameter { "," parameter } [ "," ] ] ")"`
    fn parameters(&mut self) -> Result<Vec<Param>> {
        if self.kind() != Kind::LeftParen {
            return Err(self.expected("`(`"));
        }
        self.open()?;
        let mut params: Vec<Param> = Vec::new();
        let mut known = std::collections::HashMap::new();
        while self.kind() != Kind::RightParen {
            if matches!(self.kind(), Kind::Star | Kind::DoubleStar | Kind::Slash) {
                return Err(self.starred_parameter());
            }
            if self.kind() != Kind::Name {
                return Err(self.expected("the name of a parameter"));
            }
            let (name, span) = self.identifier()?;
            if let Some(first) = known.insert(name.clone(), span) {
                return Err(self.repeated_parameter(span, first));
            }
            let annotation = if self.eat(Kind::Colon) { Some(self.expression()?) } else { None };
            let default = if self.eat(Kind::Assign) { Some(self.expression()?) } else { None };
            if default.is_none()
                && let Some(before) = params.iter().find(|param| param.default.is_some())
            {
                return Err(self.default_before(span, before.span));
            }
            params.push(Param { name, span, annotation, default });
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.close(Kind::RightParen)?;
        Ok(params)
    }
}
