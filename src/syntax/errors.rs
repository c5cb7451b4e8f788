//! What to say of a text that is not in the language.
//!
//! Knows what people write when they mean something else. All of it runs once, when parsing is over.

use super::ast::Assignment;
use super::parser::Parser;
use super::token::{Kind, Token};
use crate::diag::{Error, ErrorKind, Span};

fn syntax(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Syntax, message)
}

impl Kind {
    fn closes(self) -> bool {
        matches!(self, Kind::RightParen | Kind::RightBracket)
    }

    fn begins_operand(self) -> bool {
        self.is_number()
            || self.is_constant()
            || matches!(self, Kind::Name | Kind::LeftParen | Kind::Tilde | Kind::Not | Kind::Ellipsis)
    }

    /// An operator that waits for an operand on its right.
    fn is_operator(self) -> bool {
        self.is_word_operator()
            || matches!(
                self,
                Kind::Plus
                    | Kind::Minus
                    | Kind::Star
                    | Kind::Slash
                    | Kind::DoubleSlash
                    | Kind::Percent
                    | Kind::DoubleStar
                    | Kind::LeftShift
                    | Kind::RightShift
                    | Kind::Ampersand
                    | Kind::Bar
                    | Kind::Caret
                    | Kind::Tilde
                    | Kind::Equal
                    | Kind::NotEqual
                    | Kind::Less
                    | Kind::LessEqual
                    | Kind::Greater
                    | Kind::GreaterEqual
            )
    }
}

impl Parser<'_> {
    fn previous(&self) -> Option<Token> {
        self.at.checked_sub(1).map(|at| self.tokens[at])
    }

    fn quoted(&self, span: Span) -> String {
        format!("`{}`", span.text(self.source))
    }

    /// The end of the line or of the text has no text of its own to show.
    pub fn described(&self) -> String {
        match self.kind() {
            Kind::End => "the end".to_string(),
            Kind::Newline => "the end of the line".to_string(),
            _ => self.quoted(self.token().span),
        }
    }

    /// Right behind the last token, where something is missing.
    pub fn gap(&self) -> Span {
        match self.kind() {
            Kind::Newline => {
                let end = self.previous().map_or(0, |token| token.span.end);
                Span { start: end, end }
            }
            _ => self.token().span,
        }
    }

    pub fn empty(&self) -> Error {
        syntax("there is no expression").at(self.token().span, "nothing but blanks and comments")
    }

    pub fn no_result(&self, last: Option<&Assignment>) -> Error {
        let error = syntax("the last statement is an assignment, so there is no result");
        match last {
            Some(Assignment { name, span, .. }) => error
                .at(*span, "assigned, and never used")
                .help(format!("end with an expression, such as `{name}` on a line of its own")),
            None => error,
        }
    }

    pub fn empty_tuple(&self) -> Error {
        let span = self.tokens[self.statement].span.to(self.token().span);
        syntax("an empty tuple is no result").at(span, "nothing in here")
    }

    /// An expression ended at token `end`, but is not the last statement.
    pub fn unused(&self, end: usize) -> Error {
        let span = self.tokens[self.statement].span.to(self.tokens[end - 1].span);
        let error = syntax("the value of this statement is not used").at(span, "computed, then dropped");
        if self.kind().is_operator() || self.kind() == Kind::Dot {
            return error
                .at(self.token().span, "a new statement begins here")
                .help("put an expression of several lines in parentheses");
        }
        error.help("give it a name, `name = ...`, or separate several results by `,`")
    }

    pub fn too_deep(&self) -> Error {
        let message = format!("the nesting is deeper than the limit, {} levels", self.nesting);
        let what = match self.kind() {
            Kind::LeftParen | Kind::LeftBracket => "one bracket too many inside another",
            _ => "one operator too many inside another",
        };
        Error::new(ErrorKind::Limit, message)
            .at(self.token().span, what)
            .help("give inner parts names, in statements of their own")
    }

    pub fn integer_too_large(&self) -> Error {
        syntax("this integer is too large")
            .at(self.token().span, "does not fit 128 bits, sign included")
            .help("write it as a float, such as `1e40`, if digits may be lost")
    }

    pub fn repeated_keyword(&self, first: Span) -> Error {
        let span = self.token().span;
        syntax(format!("the argument {} is given twice", self.quoted(span)))
            .at(span, "given again")
            .at(first, "given here first")
    }

    pub fn positional_after_keyword(&self, value: Span, key: Span) -> Error {
        let key_text = key.text(self.source);
        syntax("an argument without a name stands after one with a name")
            .at(value, "has no name")
            .at(key, "has one")
            .help(format!("arguments with names come last; to compare, write `{key_text} == ...`"))
    }

    pub fn no_name_after_dot(&self) -> Error {
        let error = syntax("there is no name after the `.`");
        match self.kind() {
            kind if kind.is_word() => {
                error.at(self.token().span, format!("{} is a word of Python's own", self.described()))
            }
            _ => error.at(self.gap(), "the name of a field or a method was expected"),
        }
    }

    pub fn if_without_else(&self, then: Span) -> Error {
        let mut error = syntax("an `if` without an `else`").at(self.gap(), "`else` was expected");
        let keyword =
            self.tokens[..self.at].iter().rev().find(|t| t.kind == Kind::If && t.span.start >= then.end);
        if let Some(keyword) = keyword {
            error = error.at(keyword.span, "this `if`");
        }
        error.help("every element needs a value: `x if condition else y`")
    }

    /// No operand begins with the next token.
    pub fn missing_operand(&self) -> Error {
        if let Some(error) = self.foreign_construct() {
            return error;
        }
        let Token { kind, span } = self.token();
        let previous = self.previous();
        let before = previous.map_or(Kind::Newline, |token| token.kind);
        match kind {
            Kind::Reserved => return self.reserved(),
            Kind::Ellipsis => return misplaced_ellipsis(span),
            Kind::LeftBracket => {
                return syntax("there are no lists in an expression")
                    .at(span, "a list begins here")
                    .help("write a tuple, `(1, 2)`; a subscript stands right behind its array, `a[1]`");
            }
            Kind::Colon => return misplaced_colon(span),
            Kind::Not => {
                return syntax(format!("`not` binds less tightly than `{}`", self.previous_text()))
                    .at(span, "begins no operand here")
                    .help("put it in parentheses, `(not x)`, or write `~x` for bits");
            }
            Kind::If => {
                return syntax("there is no value before `if`")
                    .at(span, "a conditional begins with a value")
                    .help("write `x if condition else y`, or `where(condition, x, y)`");
            }
            Kind::Augmented => {
                return syntax(format!("{} is not an operator of expressions", self.quoted(span)))
                    .at(span, "an operand was expected")
                    .help("a statement `name += value` begins with the name");
            }
            _ => (),
        }
        match (before, previous) {
            (Kind::Assign | Kind::Augmented, Some(equals)) if !kind.is_operator() && kind != Kind::Assign => {
                let start = self.tokens[self.at.saturating_sub(2)].span.to(equals.span);
                syntax(format!("{} has no value", self.quoted(start))).at(self.gap(), "a value was expected")
            }
            (_, Some(operator)) if before.is_operator() => self.operand_after(operator),
            (Kind::LeftBracket, _) if kind == Kind::RightBracket => syntax("an empty subscript")
                .at(span, "an index or a slice was expected")
                .help("write `a[:]` for all elements"),
            (Kind::LeftParen | Kind::LeftBracket | Kind::Comma | Kind::Colon, _) if kind == Kind::End => {
                self.unclosed()
            }
            _ if kind.closes() => self.unexpected(),
            _ if kind == Kind::Comma => {
                syntax("there is nothing before this `,`").at(span, "a value was expected before it")
            }
            _ => {
                let help = match kind {
                    Kind::Star | Kind::DoubleStar => {
                        Some("arguments are not unpacked here; write each of them")
                    }
                    _ => None,
                };
                let error = syntax(format!("there is nothing before {}", self.described()))
                    .at(span, "a value was expected before it");
                help.into_iter().fold(error, Error::help)
            }
        }
    }

    fn previous_text(&self) -> &str {
        self.previous().map_or("", |token| token.span.text(self.source))
    }

    /// `operator` is followed by no operand.
    fn operand_after(&self, operator: Token) -> Error {
        let text = self.quoted(operator.span);
        let error = match self.kind() {
            kind if kind.ends_statement() || kind.closes() || kind == Kind::Comma => {
                syntax(format!("there is nothing after {text}")).at(self.gap(), "an operand was expected")
            }
            _ => syntax(format!("{text} is followed by {}", self.described()))
                .at(self.token().span, "an operand was expected"),
        };
        let error = error.at(operator.span, "of this operator");
        match self.kind() {
            Kind::Newline => error.help("put an expression of several lines in parentheses"),
            Kind::Assign if operator.kind == Kind::Equal => error.help("write `==` to compare"),
            Kind::Greater if operator.kind == Kind::Less => error.help("write `!=`"),
            _ => error,
        }
    }

    /// The next token cannot follow the operand before it.
    pub fn unexpected(&self) -> Error {
        if let Some(error) = self.foreign_construct() {
            return error;
        }
        let Token { kind, span } = self.token();
        let open = self.open.last().map(|&at| self.tokens[at]);
        match (kind, open) {
            (Kind::End | Kind::Newline | Kind::Semicolon, _) => self.unclosed(),
            (_, None) if kind.closes() => {
                let opening = if kind == Kind::RightParen { "(" } else { "[" };
                syntax(format!("unmatched {}", self.quoted(span)))
                    .at(span, format!("no `{opening}` is open here"))
            }
            (_, Some(open)) if kind.closes() => {
                syntax(format!("{} does not close {}", self.quoted(span), self.quoted(open.span)))
                    .at(span, format!("`{}` was expected", closing(open.kind)))
                    .at(open.span, "opened here")
            }
            (Kind::Assign | Kind::Augmented, _) => self.misplaced_assignment(),
            (Kind::Colon, _) => misplaced_colon(span),
            (Kind::Ellipsis, _) => misplaced_ellipsis(span),
            (Kind::Reserved, _) => self.reserved(),
            (Kind::Else, _) => syntax("an `else` without an `if`")
                .at(span, "belongs to no `if`")
                .help("write `x if condition else y`"),
            (Kind::Comma, _) => syntax("one value is assigned here, not several")
                .at(span, "a second value follows")
                .help("write a statement for each name"),
            _ if kind.begins_operand() => self.missing_operator(),
            _ => syntax(format!("{} is not expected here", self.described())).at(span, "not expected"),
        }
    }

    pub fn unclosed(&self) -> Error {
        let Some(open) = self.open.last().map(|&at| self.tokens[at]) else {
            return syntax("the expression is not complete").at(self.gap(), "more was expected");
        };
        syntax(format!("unclosed {}", self.quoted(open.span)))
            .at(open.span, "opened here")
            .at(self.gap(), format!("`{}` was expected by now", closing(open.kind)))
    }

    /// Two operands stand side by side.
    fn missing_operator(&self) -> Error {
        let Token { kind, span } = self.token();
        let Some(left) = self.previous() else {
            return syntax("an operator is missing").at(span, "before this");
        };
        let between = &self.source[left.span.end as usize..span.start as usize];
        // A new line inside brackets that begins like a statement: the bracket is what is missing.
        if between.contains('\n') && !self.open.is_empty() {
            return self.unclosed();
        }
        let (l, r) = (left.span.text(self.source), span.text(self.source));
        let error = syntax(format!("an operator is missing between `{l}` and `{r}`"))
            .at(span, "an operator was expected before this");
        let product = match kind {
            Kind::LeftParen if left.kind.closes() => "...) * (...".to_string(),
            Kind::LeftParen => format!("{l}*(...)"),
            _ if left.kind.closes() => format!("...) * {r}"),
            _ => format!("{l}*{r}"),
        };
        if left.kind.is_number() && r == "i" {
            return error.help(format!("write `{l}j` for an imaginary number, or `{product}` to multiply"));
        }
        match kind {
            Kind::Not => error.help("`not` stands before one value; write `!=` to compare"),
            Kind::LeftParen if left.kind.closes() => {
                error.help(format!("only a name is called; write `{product}` to multiply"))
            }
            Kind::Tilde => error.help("`~` stands before one value; write `^` for exclusive or"),
            _ if left.kind.is_number() || kind == Kind::LeftParen || left.kind.closes() => {
                error.help(format!("write `{product}` to multiply"))
            }
            _ if !self.open.is_empty() => error.help("arguments are separated by `,`"),
            _ => error.help("statements stand on lines of their own, or are separated by `;`"),
        }
    }

    fn misplaced_assignment(&self) -> Error {
        let equals = self.token().span;
        let first = &self.tokens[self.statement];
        if !self.open.is_empty() {
            return syntax(format!("{} inside brackets", self.quoted(equals)))
                .at(equals, "nothing is assigned here")
                .help("write `==` to compare");
        }
        let second = self.tokens.get(self.statement + 1).map_or(Kind::End, |t| t.kind);
        if matches!(second, Kind::Assign | Kind::Augmented) && first.kind == Kind::Name {
            return syntax(format!("a second {} in one statement", self.quoted(equals)))
                .at(equals, "one assignment a statement")
                .at(self.tokens[self.statement + 1].span, "the first")
                .help("write `==` to compare, or a statement for each name");
        }
        let target = first.span.to(self.previous().map_or(first.span, |token| token.span));
        let tokens = &self.tokens[self.statement..self.at];
        let help = if tokens.len() == 1 {
            "this word has a meaning of its own; choose another name"
        } else if tokens.iter().any(|t| t.kind == Kind::Comma)
            && !tokens.iter().any(|t| t.kind == Kind::LeftBracket)
        {
            "write a statement for each name"
        } else if tokens.last().is_some_and(|t| t.kind == Kind::RightBracket) {
            "arrays are not changed by an expression; write `where(condition, x, y)`"
        } else {
            "write `==` to compare"
        };
        syntax("only a name can be assigned to").at(target, "not a name").help(help)
    }

    /// A word of Python's that expressions do not have.
    fn reserved(&self) -> Error {
        let span = self.token().span;
        let word = span.text(self.source);
        let help = match word {
            "is" => "write `==` to compare",
            "in" => "write `==` with each value, joined by `or`",
            "lambda" | "def" | "return" => {
                "an expression has no functions; give parts names with `name = ...`"
            }
            "for" | "while" | "async" | "await" | "yield" => {
                "an expression has no loops: it works on whole arrays, as in `sum(a * b)`"
            }
            "elif" => "write `x if c else y if d else z`",
            "import" | "from" => {
                "nothing is imported: `sqrt`, `np.sqrt` and `math.sqrt` are known as they stand"
            }
            _ => "choose another name",
        };
        syntax(format!("`{word}` is a word of Python's own"))
            .at(span, "cannot stand in an expression")
            .help(help)
    }
}

fn closing(open: Kind) -> &'static str {
    if open == Kind::LeftParen { ")" } else { "]" }
}

fn misplaced_colon(span: Span) -> Error {
    syntax("`:` outside a subscript")
        .at(span, "not expected")
        .help("slices stand in brackets behind an array, as in `a[1:-1]`")
}

fn misplaced_ellipsis(span: Span) -> Error {
    syntax("`...` outside a subscript").at(span, "not expected").help("write `a[..., 0]` for the last axis")
}
