//! Lines and blocks: a file's text to tokens, with NEWLINE, INDENT and DEDENT as Python makes them.
//!
//! Knows what a line is, how far in it begins, and where strings end. It must not know the grammar. A file
//! holds more than kernels, so that what is no token of ours becomes [`Kind::Foreign`]: an error only
//! where the parser meets it.

use logos::Logos;

use super::lexer::{short_enough, start, unknown, well_formed};
use super::token::{Kind, Token};
use crate::diag::{Error, ErrorKind, Result, Span};

/// Cuts `source` into tokens. Each logical line ends in one [`Kind::Newline`]; blocks are between
/// [`Kind::Indent`] and [`Kind::Dedent`]; the last is [`Kind::End`]. The first line may begin indented, and all
/// others count from there.
pub(super) fn lex(source: &str, length: usize) -> Result<Vec<Token>> {
    short_enough(source, length)?;
    let mut tokens: Vec<Token> = Vec::with_capacity(source.len() / 4 + 4);
    let mut levels: Vec<Column> = Vec::new();
    let mut brackets = 0usize;
    // Where the line began, and whether its first token is still to come.
    let (mut line, mut fresh) = (start(source), true);
    let mut lexer = Kind::lexer(source);
    lexer.bump(line);
    while let Some(kind) = lexer.next() {
        let range = lexer.span();
        let mut token =
            Token { kind: kind.unwrap_or(Kind::Foreign), span: Span::new(range.start, range.end) };
        if token.kind == Kind::Newline {
            if brackets == 0 {
                line = range.end;
                if !fresh {
                    tokens.push(token);
                }
                fresh = true;
            }
            continue;
        }
        if fresh {
            fresh = false;
            indentation(source, Span::new(line, range.start), &mut levels, &mut tokens)?;
        }
        match token.kind {
            Kind::LeftParen | Kind::LeftBracket | Kind::LeftBrace => brackets += 1,
            Kind::RightParen | Kind::RightBracket | Kind::RightBrace => brackets = brackets.saturating_sub(1),
            Kind::AtAssign => token.kind = Kind::Augmented,
            Kind::Quote => {
                let end = string_end(source, range.start)?;
                lexer.bump(end - range.end);
                let prefix = tokens.pop_if(|last| is_prefix(source, *last, range.start));
                let first = prefix.map_or(range.start, |prefix| prefix.span.start as usize);
                token = Token { kind: Kind::String, span: Span::new(first, end) };
            }
            kind if kind.is_number() || kind.is_word() => {
                if let Some(last) = tokens.last()
                    && last.kind.is_number()
                    && last.span.end == token.span.start
                    && well_formed(source, last.span, token.span).is_err()
                {
                    token.kind = Kind::Foreign;
                }
            }
            _ => (),
        }
        tokens.push(token);
    }
    let end = tokens.last().map_or(line, |last| last.span.end as usize);
    let at_end = |kind| Token { kind, span: Span::new(end, end) };
    if !fresh {
        tokens.push(at_end(Kind::Newline));
    }
    tokens.extend(levels.iter().skip(1).map(|_| at_end(Kind::Dedent)));
    tokens.push(at_end(Kind::End));
    Ok(tokens)
}

/// What to say of a [`Kind::Foreign`] token.
pub(super) fn foreign(source: &str, previous: Option<Token>, token: Token) -> Error {
    match previous {
        Some(number) if number.kind.is_number() && number.span.end == token.span.start => {
            well_formed(source, number.span, token.span).err()
        }
        _ => None,
    }
    .unwrap_or_else(|| unknown(source, token.span.start as usize))
}

/// How far in a line begins. Whoever reads it may take a tab for eight columns or for one, as CPython does to
/// find indentation whose meaning hangs on that.
#[derive(Clone, Copy, PartialEq)]
struct Column {
    eights: usize,
    ones: usize,
}

impl Column {
    fn of(blanks: &str) -> Column {
        let mut column = Column { eights: 0, ones: 0 };
        for byte in blanks.bytes() {
            match byte {
                b' ' => column = Column { eights: column.eights + 1, ones: column.ones + 1 },
                b'\t' => column = Column { eights: (column.eights / 8 + 1) * 8, ones: column.ones + 1 },
                b'\x0c' => column = Column { eights: 0, ones: 0 },
                // A line that a backslash joins to the next begins where its first part does.
                _ => break,
            }
        }
        column
    }
}

/// Opens and closes blocks for a line whose first token is at the end of `blanks`.
fn indentation(source: &str, blanks: Span, levels: &mut Vec<Column>, tokens: &mut Vec<Token>) -> Result<()> {
    let column = Column::of(blanks.text(source));
    let Some(mut top) = levels.last().copied() else {
        levels.push(column);
        return Ok(());
    };
    if column.eights > top.eights {
        if column.ones <= top.ones {
            return Err(mixed(blanks));
        }
        levels.push(column);
        tokens.push(Token { kind: Kind::Indent, span: blanks });
        return Ok(());
    }
    while column.eights < top.eights {
        let outer = match levels.len() {
            1 => None,
            count => levels.get(count - 2).copied(),
        };
        match outer {
            Some(outer) if outer.eights >= column.eights => {
                levels.pop();
                top = outer;
                let at = blanks.end as usize;
                tokens.push(Token { kind: Kind::Dedent, span: Span::new(at, at) });
            }
            _ => {
                let what = if outer.is_none() {
                    "this line begins further out than the first one"
                } else {
                    "this line is indented as no block around it"
                };
                return Err(Error::new(ErrorKind::Syntax, what)
                    .at(blanks, "begin it where the line that it belongs to begins"));
            }
        }
    }
    if column == top { Ok(()) } else { Err(mixed(blanks)) }
}

fn mixed(blanks: Span) -> Error {
    Error::new(ErrorKind::Syntax, "tabs and spaces are mixed in the indentation")
        .at(blanks, "how far in this is depends on the width of a tab")
        .help("indent all lines by spaces")
}

/// Whether `token` is the prefix of a string whose quote is at `quote`.
fn is_prefix(source: &str, token: Token, quote: usize) -> bool {
    const PREFIXES: [&str; 11] = ["r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"];
    token.kind == Kind::Name
        && token.span.end as usize == quote
        && PREFIXES.iter().any(|prefix| prefix.eq_ignore_ascii_case(token.span.text(source)))
}

/// Where the string ends whose quotation mark is at `start`. A backslash keeps what follows it from ending the
/// string, in raw ones too.
fn string_end(source: &str, start: usize) -> Result<usize> {
    let bytes = source.as_bytes();
    let quote = bytes[start];
    let long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes[at + 1..].starts_with(b"\r\n") => at += 3,
            b'\\' => at += 2,
            b'\r' | b'\n' if !long => break,
            _ if byte != quote => at += 1,
            _ if !long => return Ok(at + 1),
            _ if bytes[at..].starts_with(&[quote; 3]) => return Ok(at + 3),
            _ => at += 1,
        }
    }
    let mark = quote as char;
    let opened = Span::new(start, start + if long { 3 } else { 1 });
    let help = if long { format!("it ends with {mark}{mark}{mark}") } else { format!("it ends with {mark}") };
    Err(Error::new(ErrorKind::Syntax, "this string has no end").at(opened, "it begins here").help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of the tokens, a letter for those of lines and blocks, `x` for others.
    fn shape(source: &str) -> String {
        let tokens = lex(source, usize::MAX).expect("no error");
        let letter = |token: &Token| match token.kind {
            Kind::Newline => 'n',
            Kind::Indent => 'i',
            Kind::Dedent => 'd',
            Kind::String => 's',
            Kind::Foreign => '?',
            Kind::End => '.',
            _ => 'x',
        };
        tokens.iter().map(letter).collect()
    }

    fn refused(source: &str) -> String {
        lex(source, usize::MAX).expect_err(source).message().to_string()
    }

    #[test]
    fn blocks_open_and_close_as_pythons_do() {
        assert_eq!(shape(""), ".");
        assert_eq!(shape("\n  # nothing\n\n"), ".");
        assert_eq!(shape("a\n  b\n\n  # c\n# d\n  e\nf"), "xnixnxndxn.");
        assert_eq!(shape("a\n b\n  c\nd\n"), "xnixnixnddxn.");
        assert_eq!(shape("a\n b\n  c"), "xnixnixndd.");
        assert_eq!(shape("a\r\n b\rc"), "xnixndxn.");
        // The first line may begin indented; a form feed begins a column anew; a backslash joins lines.
        assert_eq!(shape("  a\n    b\n  c\n"), "xnixndxn.");
        assert_eq!(shape("a\n  \x0cb\n"), "xnxn.");
        assert_eq!(shape("a \\\n    b\nc"), "xxnxn.");
        assert_eq!(shape("(a\nb\n  )\nc"), "xxxxnxn.");
        assert_eq!(shape("{a: [1,\n\n2]}\n"), "xxxxxxxxxn.");
        assert_eq!(shape("a\n\tb\n\tc\n"), "xnixnxnd.");
        assert_eq!(shape("\u{feff}a\n"), "xn.");
    }

    #[test]
    fn tabs_and_spaces_do_not_mix() {
        assert_eq!(refused("a\n        b\n\tc\n"), "tabs and spaces are mixed in the indentation");
        assert_eq!(refused("a\n  b\n\tc\n"), "tabs and spaces are mixed in the indentation");
        assert_eq!(shape("a\n  b\n  \tc\n"), "xnixnixndd.");
        assert_eq!(refused("a\n    b\n  c\n"), "this line is indented as no block around it");
        assert_eq!(refused("  a\nb\n"), "this line begins further out than the first one");
    }

    #[test]
    fn strings_are_one_token() {
        assert_eq!(shape("'a' \"b\" r'\\' ' fR\"\\\"x\" x"), "ssssxn.");
        assert_eq!(shape("'''a\n  'b' \\'''\n'''\nc"), "snxn.");
        assert_eq!(shape("\"a\\\r\nb\" 'c\\\nd'"), "ssn.");
        assert_eq!(shape("abc'd'"), "xsn.");
        assert_eq!(refused("'a\nb'"), "this string has no end");
        assert_eq!(refused("\"\"\"a\n\"\" \\\""), "this string has no end");
        assert_eq!(refused("x = 'a\\"), "this string has no end");
    }

    #[test]
    fn what_is_no_token_waits_for_the_parser() {
        assert_eq!(shape("! $ ?x 1.2.3 0777 := é"), "??".to_string() + "?xx?x?" + "?xn.");
    }
}
