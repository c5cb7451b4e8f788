//! Tokens: what the lexer cuts the text into.
//!
//! Knows how each token is spelled. It must not know in which order tokens may stand.

use logos::Logos;

use crate::diag::Span;

/// A token: what it is, and where it stands. Its text stays in the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What a token is.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\x0c]+")]
#[logos(skip(r"#[^\r\n]*", allow_greedy = true))]
#[logos(skip r"\\(\r\n|\r|\n)")]
#[logos(subpattern digits = r"[0-9](_?[0-9])*")]
#[logos(subpattern exponent = r"[eE][+-]?[0-9](_?[0-9])*")]
#[logos(subpattern point = r"((?&digits)?\.(?&digits)|(?&digits)\.)")]
pub(super) enum Kind {
    #[regex(r"[1-9](_?[0-9])*|0(_?0)*")]
    #[regex(r"0[xX](_?[0-9a-fA-F])+|0[oO](_?[0-7])+|0[bB](_?[01])+")]
    Int,
    #[regex(r"(?&point)(?&exponent)?|(?&digits)(?&exponent)")]
    Float,
    #[regex(r"((?&point)(?&exponent)?|(?&digits)(?&exponent)?)[jJ]")]
    Imaginary,
    #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*")]
    Name,
    #[token("True")]
    #[token("true")]
    True,
    #[token("False")]
    #[token("false")]
    False,
    #[token("None")]
    None,
    #[token("newaxis")]
    Newaxis,
    #[token("and")]
    And,
    #[token("or")]
    Or,
    #[token("not")]
    Not,
    #[token("if")]
    If,
    #[token("else")]
    Else,
    /// Words that Python keeps for itself and expressions have no use for.
    #[token("as")]
    #[token("assert")]
    #[token("async")]
    #[token("await")]
    #[token("break")]
    #[token("class")]
    #[token("continue")]
    #[token("def")]
    #[token("del")]
    #[token("elif")]
    #[token("except")]
    #[token("finally")]
    #[token("for")]
    #[token("from")]
    #[token("global")]
    #[token("import")]
    #[token("in")]
    #[token("is")]
    #[token("lambda")]
    #[token("nonlocal")]
    #[token("pass")]
    #[token("raise")]
    #[token("return")]
    #[token("try")]
    #[token("while")]
    #[token("with")]
    #[token("yield")]
    Reserved,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("//")]
    DoubleSlash,
    #[token("%")]
    Percent,
    #[token("**")]
    DoubleStar,
    #[token("<<")]
    LeftShift,
    #[token(">>")]
    RightShift,
    #[token("&")]
    Ampersand,
    #[token("|")]
    Bar,
    #[token("^")]
    Caret,
    #[token("~")]
    Tilde,
    #[token("==")]
    Equal,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    #[token("=")]
    Assign,
    /// `+=` and its like.
    #[token("+=")]
    #[token("-=")]
    #[token("*=")]
    #[token("/=")]
    #[token("//=")]
    #[token("%=")]
    #[token("**=")]
    #[token("<<=")]
    #[token(">>=")]
    #[token("&=")]
    #[token("|=")]
    #[token("^=")]
    Augmented,
    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[token("[")]
    LeftBracket,
    #[token("]")]
    RightBracket,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token(";")]
    Semicolon,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[regex(r"\r\n|\r|\n")]
    Newline,
    /// What only files of kernels hold, from here to `Quote`.
    #[token("@")]
    At,
    #[token("@=")]
    AtAssign,
    #[token("->")]
    Arrow,
    #[token("{")]
    LeftBrace,
    #[token("}")]
    RightBrace,
    /// Where a string begins; layout makes a `String` of it.
    #[token("\"")]
    #[token("'")]
    Quote,
    /// Operators of other languages, which no program here can hold; cut out whole to say so.
    #[token("&&")]
    #[token("||")]
    #[token("<>")]
    #[token("===")]
    #[token("!==")]
    #[token("=>")]
    #[token("=<")]
    #[token(":=")]
    Foreign,
    /// A whole string with its prefix; this one and the next two are made by layout.
    String,
    /// A line begins further in than the one before.
    Indent,
    /// A line begins further out than the one before.
    Dedent,
    /// The end of the text; the lexer puts it there.
    End,
}

impl Kind {
    /// A number of any form.
    pub fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::Float | Kind::Imaginary)
    }

    /// A word: a name or a keyword.
    pub fn is_word(self) -> bool {
        self == Kind::Name || self == Kind::Reserved || self.is_constant() || self.is_word_operator()
    }

    /// A name with a fixed meaning.
    pub fn is_constant(self) -> bool {
        matches!(self, Kind::True | Kind::False | Kind::None | Kind::Newaxis)
    }

    /// An operator spelled with letters.
    pub fn is_word_operator(self) -> bool {
        matches!(self, Kind::And | Kind::Or | Kind::Not | Kind::If | Kind::Else)
    }

    /// Has no place in an expression language without kernels.
    pub fn is_of_files(self) -> bool {
        use Kind::{Arrow, At, AtAssign, LeftBrace, Quote, RightBrace};
        matches!(self, At | AtAssign | Arrow | LeftBrace | RightBrace | Quote)
    }

    /// Between statements, or after the last.
    pub fn ends_statement(self) -> bool {
        matches!(self, Kind::Newline | Kind::Semicolon | Kind::End)
    }

    /// What a list of tokens calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Imaginary => "imaginary",
            Kind::Name => "name",
            Kind::Newline => "newline",
            Kind::End => "end",
            Kind::String => "string",
            Kind::Indent => "indent",
            Kind::Dedent => "dedent",
            _ if self.is_word() => "keyword",
            _ => "symbol",
        }
    }
}
