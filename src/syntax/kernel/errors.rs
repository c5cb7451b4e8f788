//! What to say of a file that is not in the language of kernels.
//!
//! What is no Python is an error of kind `Syntax`. What is Python, but no part of kernels, is named, with what to
//! write instead, by an error of kind `Unsupported`.

use super::super::ast::NodeKind;
use super::super::layout;
use super::super::parser::Parser;
use super::super::token::{Kind, Token};
use crate::diag::{Error, ErrorKind, Result, Span};

fn syntax(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Syntax, message)
}

fn unsupported(what: &str, span: Span, help: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what} are no part of kernels"))
        .at(span, "not in the language")
        .help(help)
}

/// What a keyword stands for, and what to write instead.
fn construct(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "class" => ("classes", "pass the values of its fields as arguments"),
        "try" | "except" | "finally" => (
            "caught exceptions",
            "test what could go wrong beforehand; an error ends the kernel and is told to its caller",
        ),
        "with" => ("`with` statements", "open files, and take times, outside of the kernel"),
        "lambda" => ("functions without a name", "write a function of its own with `def`"),
        "def" => ("functions inside functions", "move it out, and give it what it needs as arguments"),
        "async" | "await" => ("coroutines", "a kernel runs to its end when it is called"),
        "yield" => ("generators", "fill an array and return it"),
        "global" | "nonlocal" => {
            ("variables of another function", "pass the value as an argument, and return the new one")
        }
        "del" => ("deletions", "leave the variable; memory is freed at the end of the kernel"),
        "import" | "from" => ("imports inside functions", "move it to the top of the file"),
        "is" => ("tests of identity", "write `==` to compare values"),
        "in" => ("tests of membership", "write `==` with each value, joined by `or`, or a loop"),
        "as" => ("names given by `as`", "assign it in a statement of its own"),
        _ => return None,
    })
}

impl Parser<'_> {
    /// What is said of the next token where it begins something of Python's that kernels do not have.
    pub(in super::super) fn foreign_construct(&self) -> Option<Error> {
        if !self.files {
            return None;
        }
        let Token { kind, span } = self.token();
        let previous = self.at.checked_sub(1).map(|at| self.tokens[at]);
        let operand = previous.is_none_or(|token| {
            matches!(
                token.kind,
                Kind::LeftParen | Kind::LeftBracket | Kind::Comma | Kind::Assign | Kind::Newline
            )
        });
        let text = span.text(self.source);
        Some(match kind {
            Kind::Reserved if text == "for" && !self.open.is_empty() => unsupported(
                "comprehensions",
                span,
                "make an array, as by `np.empty(n)`, and fill it in a loop",
            ),
            Kind::Reserved => match construct(text) {
                Some((what, help)) => unsupported(what, span, help),
                // A statement begins where a bracket should have been closed.
                None if !self.open.is_empty() => self.unclosed(),
                None => {
                    syntax(format!("`{text}` is not expected here")).at(span, "begins a statement of its own")
                }
            },
            Kind::Not if self.second_text() == "in" => unsupported(
                "tests of membership",
                span.to(self.tokens[self.at + 1].span),
                "write `!=` with each value, joined by `and`",
            ),
            Kind::LeftBrace => {
                unsupported("dictionaries and sets", span, "number the keys, and keep the values in an array")
            }
            Kind::Star | Kind::DoubleStar if operand => {
                unsupported("`*` and `**` before arguments and targets", span, "write each of them")
            }
            Kind::Foreign if text == ":=" => {
                unsupported("assignments inside expressions", span, "assign in a statement of its own")
            }
            Kind::Foreign => layout::foreign(self.source, previous, self.token()),
            _ => return None,
        })
    }

    fn second_text(&self) -> &str {
        self.tokens.get(self.at + 1).map_or("", |token| token.span.text(self.source))
    }

    /// Refuses what begins no statement of kernels.
    pub(super) fn no_statement(&self) -> Result<()> {
        let Token { kind, span } = self.token();
        match kind {
            Kind::Indent => Err(syntax("this line is indented further than the block it stands in")
                .at(span, "begin it where the line before begins")),
            Kind::At => Err(unsupported(
                "functions inside functions",
                span,
                "move it out, and give it what it needs as arguments",
            )),
            Kind::Else => Err(syntax("an `else` without an `if` or a loop before it").at(span, "")),
            Kind::Reserved if span.text(self.source) == "elif" => {
                Err(syntax("an `elif` without an `if` before it").at(span, ""))
            }
            Kind::Name if span.text(self.source) == "match" && self.begins_match() => {
                Err(unsupported("`match` statements", span, "write `if`, `elif` and `else`"))
            }
            _ => Ok(()),
        }
    }

    /// `match x:` at the end of a line.
    fn begins_match(&self) -> bool {
        let end = self.tokens[self.at..].iter().position(|token| token.kind == Kind::Newline);
        let last = end.and_then(|end| self.tokens.get(self.at + end - 1));
        let operand = matches!(self.second(), Kind::Name | Kind::LeftParen) || self.second().is_number();
        operand && last.is_some_and(|last| last.kind == Kind::Colon)
    }

    pub(super) fn expected(&self, what: &str) -> Error {
        self.foreign_construct().unwrap_or_else(|| {
            syntax(format!("{what} was expected, not {}", self.described())).at(self.gap(), "expected here")
        })
    }

    pub(super) fn no_colon(&self) -> Error {
        let error = match self.kind() {
            Kind::Assign => syntax("`=` in a condition")
                .at(self.token().span, "nothing is assigned here")
                .help("write `==` to compare"),
            kind if kind.ends_statement() => {
                syntax("there is no `:` at the end of this line").at(self.gap(), "a `:` begins the block")
            }
            _ => return self.unexpected_or("a `:`"),
        };
        self.foreign_construct().unwrap_or(error)
    }

    pub(super) fn no_end_of_line(&self) -> Error {
        self.unexpected_or("the end of the statement")
    }

    /// What the expression's own parser says of a token that cannot go on, or that `what` was expected.
    fn unexpected_or(&self, what: &str) -> Error {
        match self.kind() {
            Kind::Assign | Kind::Augmented | Kind::Colon | Kind::Comma | Kind::Arrow | Kind::String => {
                self.expected(what)
            }
            _ => self.unexpected(),
        }
    }

    pub(super) fn no_block(&self, colon: Span) -> Error {
        syntax("there is nothing behind this `:`")
            .at(colon, "an indented block was expected")
            .help("write `pass` where nothing is to be done")
    }

    /// A bracket that goes on to the end of the file.
    pub(super) fn never_closed(&self, open: Token) -> Error {
        syntax(format!("unclosed `{}`", open.span.text(self.source))).at(open.span, "opened here")
    }

    pub(super) fn no_target(&self, kind: &NodeKind, span: Span) -> Error {
        match kind {
            NodeKind::Attribute(_, name) => {
                Error::new(ErrorKind::Unsupported, format!("the attribute `.{name}` cannot be assigned to"))
                    .at(span, "not a name, nor elements of an array")
                    .help("arrays are changed by their elements, as in `a[:] = b`")
            }
            NodeKind::List(_) => unsupported("lists as targets", span, "write a tuple, `a, b = ...`"),
            _ => syntax("this cannot be assigned to")
                .at(span, "not a name, nor elements of an array")
                .help("write `==` to compare"),
        }
    }

    pub(super) fn augmented_tuple(&self, span: Span) -> Error {
        syntax("several values cannot be changed at once")
            .at(span, "one target was expected")
            .help("write a statement for each")
    }

    pub(super) fn starred_parameter(&self) -> Error {
        unsupported(
            "`*`, `**` and `/` among parameters",
            self.token().span,
            "name each parameter; a tuple of fixed length is one value",
        )
    }

    pub(super) fn repeated_parameter(&self, span: Span, first: Span) -> Error {
        syntax(format!("two parameters are called `{}`", span.text(self.source)))
            .at(span, "again")
            .at(first, "the first")
    }

    pub(super) fn default_before(&self, span: Span, before: Span) -> Error {
        syntax("a parameter without a default stands behind one with a default")
            .at(span, "has none")
            .at(before, "has one")
    }

    /// A string that is not plain text.
    pub(in super::super) fn formatted(&self, span: Span) -> Error {
        unsupported("formatted and byte strings", span, "write plain text")
    }
}
