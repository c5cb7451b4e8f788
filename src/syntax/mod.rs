//! Text to syntax tree.
//!
//! Knows characters, tokens and their order. It must not know which names exist, nor types nor
//! shapes: `frobnicate(1, axis=2)` is good syntax. `grammar/expression.ebnf` is the law here, and
//! `tests/grammar.rs` holds this parser to it in both directions. Files of kernels are `kernel`'s.

pub mod ast;
mod errors;
pub mod kernel;
mod layout;
mod lexer;
mod literal;
mod operators;
mod parser;
mod print;
mod token;

#[cfg(test)]
mod tests;

use crate::diag::Result;
use ast::Ast;

/// How much text the parser takes on; what is beyond is refused at once, for texts may come from strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of source text. Spans count in 32 bits, so that more than 4 GiB is never taken.
    pub length: usize,
    /// Brackets, prefix operators, powers and conditionals that stand one inside the other. The parser
    /// goes down its own stack for brackets, so that more than [`Limits::DEEPEST`] is never taken.
    pub nesting: usize,
}

impl Limits {
    /// The most that [`Limits::nesting`] can allow: it fits the 2 MB stack of a spawned thread.
    pub const DEEPEST: usize = 500;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { length: 1 << 20, nesting: 200 }
    }
}

/// Parses a program: assignments, then the expression that is its result.
///
/// Errors carry spans but not the text; the caller attaches it with `with_source`.
pub fn parse(source: &str, limits: &Limits) -> Result<Ast> {
    let tokens = lexer::lex(source, limits.length)?;
    parser::parse(source, &tokens, limits.nesting.min(Limits::DEEPEST))
}

/// Parses a file: functions, and what stands around them.
///
/// What is Python, but not of the language, is an error of the function that holds it, kept in
/// [`kernel::ast::Function::unsupported`]. Errors carry spans but not the text.
pub fn parse_file(source: &str, limits: &Limits) -> Result<kernel::ast::File> {
    let tokens = layout::lex(source, limits.length)?;
    kernel::parse(source, &tokens, limits.nesting.min(Limits::DEEPEST))
}

/// Parses an expression as a function that returns it, whose parameters are those of `names` that it mentions. Its spans count from
/// `start`, where it stands behind another text.
pub(crate) fn parse_call(
    source: &str,
    names: &[&str],
    start: u32,
    limits: &Limits,
) -> Result<kernel::ast::Function> {
    Ok(kernel::function(parse(source, limits)?, names, start))
}

/// Whether `text` can be the name of an argument: one word that the language keeps for nothing else.
pub fn is_name(text: &str) -> bool {
    lexer::is_name(text)
}

/// The tokens of `source`, at most `length` bytes, as text, one a line with its span.
pub fn tokens(source: &str, length: usize) -> Result<String> {
    Ok(print::tokens(source, &lexer::lex(source, length)?))
}

/// The tokens of a file of at most `length` bytes, with those of its lines and blocks, as text.
pub fn file_tokens(source: &str, length: usize) -> Result<String> {
    Ok(print::tokens(source, &layout::lex(source, length)?))
}
