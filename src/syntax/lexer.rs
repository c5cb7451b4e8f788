//! Text to tokens.
//!
//! Knows what no single token knows: that a newline counts outside brackets only, and that two
//! numbers may not touch. It must not know the grammar.

use logos::Logos;

use super::token::{Kind, Token};
use crate::diag::{Error, ErrorKind, Result, Span, many};

/// Cuts `source` into tokens. The last is [`Kind::End`], and no newline stands first, last, inside
/// brackets or beside another.
pub(super) fn lex(source: &str, length: usize) -> Result<Vec<Token>> {
    short_enough(source, length).map_err(|error| error.help("split it into several expressions"))?;
    let start = start(source);
    // Half a token a byte is what dense expressions hold.
    let mut tokens: Vec<Token> = Vec::with_capacity(source.len() / 2 + 2);
    let mut brackets = 0usize;
    let mut lexer = Kind::lexer(source);
    lexer.bump(start);
    while let Some(kind) = lexer.next() {
        let range = lexer.span();
        let span = Span::new(range.start, range.end);
        let kind = match kind {
            Ok(kind) if kind != Kind::Foreign && !kind.is_of_files() => kind,
            _ => return Err(unknown(source, range.start)),
        };
        match kind {
            Kind::LeftParen | Kind::LeftBracket => brackets += 1,
            Kind::RightParen | Kind::RightBracket => brackets = brackets.saturating_sub(1),
            Kind::Newline if brackets > 0 || tokens.last().is_none_or(|t| t.kind == Kind::Newline) => {
                continue;
            }
            _ => (),
        }
        if let Some(last) = tokens.last()
            && last.kind.is_number()
            && last.span.end == span.start
            && (kind.is_number() || kind.is_word())
        {
            well_formed(source, last.span, span)?;
        }
        tokens.push(Token { kind, span });
    }
    tokens.pop_if(|last| last.kind == Kind::Newline);
    // The end stands right behind the last token, where a caret shows what is missing.
    let end = tokens.last().map_or(start, |last| last.span.end as usize);
    tokens.push(Token { kind: Kind::End, span: Span::new(end, end) });
    Ok(tokens)
}

/// Refuses a text of more than `length` bytes.
pub(super) fn short_enough(source: &str, length: usize) -> Result<()> {
    let length = length.min(u32::MAX as usize);
    if source.len() > length {
        let size = many(source.len(), "byte");
        return Err(Error::new(ErrorKind::Limit, format!("the text has {size}; the limit is {length}")));
    }
    Ok(())
}

/// Where the text begins: a byte order mark is the editor's, not the author's.
pub(super) fn start(source: &str) -> usize {
    if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// Whether all of `text` is one name.
pub(super) fn is_name(text: &str) -> bool {
    let mut lexer = Kind::lexer(text);
    lexer.next() == Some(Ok(Kind::Name)) && lexer.span() == (0..text.len())
}

/// Refuses what touches a number and was meant to be part of it. A name that touches, as in `2a`, is
/// left to the parser, which knows what to say.
pub(super) fn well_formed(source: &str, number: Span, next: Span) -> Result<()> {
    let (digits, tail) = (number.text(source), next.text(source));
    let prefixed =
        |text: &str| text.get(..2).is_some_and(|p| matches!(p, "0x" | "0X" | "0o" | "0O" | "0b" | "0B"));
    let base = |text: &str| match text.as_bytes()[1] | 0x20 {
        b'x' => "hexadecimal",
        b'o' => "octal",
        _ => "binary",
    };
    let rest = &source[number.start as usize..];
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
    let whole = Span::new(number.start as usize, number.start as usize + end);
    let text = whole.text(source);
    let (label, help) = if tail.starts_with('_') {
        ("`_` may stand only between two digits".to_string(), None)
    } else if prefixed(digits) && tail.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        (format!("`{}` is not a {} digit", &tail[..1], base(digits)), None)
    } else if digits == "0" && prefixed(text) {
        let found = tail.chars().nth(1);
        match found {
            Some(c) => (format!("`{c}` is not a {} digit", base(text)), None),
            None => (format!("`{text}` needs {} digits after it", base(text)), None),
        }
    } else if matches!(tail, "e" | "E") && !digits.ends_with(['j', 'J']) {
        (
            "the exponent has no digits".to_string(),
            Some(format!("write `{digits}e0`, or `{digits}*{tail}` to multiply")),
        )
    } else if !tail.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Ok(());
    } else if digits.bytes().all(|b| b == b'0' || b == b'_') {
        let plain = text.trim_start_matches(['0', '_']);
        (
            "an integer may not begin with 0".to_string(),
            Some(format!("write `{plain}`, or `0o{plain}` if octal is meant")),
        )
    } else if tail.starts_with('.') {
        ("a number has one decimal point, and none in its exponent".to_string(), None)
    } else {
        ("this runs into the next number".to_string(), None)
    };
    let error = Error::new(ErrorKind::Syntax, format!("`{text}` is not a number")).at(whole, label);
    Err(match help {
        Some(help) => error.help(help),
        None => error,
    })
}

/// What to say of a character, or an operator, that is not in the language.
pub(super) fn unknown(source: &str, at: usize) -> Error {
    let rest = &source[at..];
    let foreign = ["&&", "||", "<>", "===", "!==", "=>", "=<", ":=", "->"];
    if let Some(operator) = foreign.into_iter().find(|o| rest.starts_with(o)) {
        let help = match operator {
            "&&" => "write `and`, or `&` for bits",
            "||" => "write `or`, or `|` for bits",
            "<>" | "!==" => "write `!=`",
            "===" => "write `==`",
            "=>" => "write `>=`",
            "=<" => "write `<=`",
            ":=" => "an assignment is a statement of its own: `name = value`",
            _ => "a method or a field is named after a `.`, as in `z.real`",
        };
        return Error::new(ErrorKind::Syntax, format!("`{operator}` is not an operator here"))
            .at(Span::new(at, at + operator.len()), "unknown operator")
            .help(help);
    }
    let c = rest.chars().next().unwrap_or(' ');
    let span = Span::new(at, at + c.len_utf8());
    if matches!(c, '"' | '\'' | '“' | '”' | '‘' | '’' | '«' | '»') {
        return Error::new(ErrorKind::Syntax, "there are no strings in an expression")
            .at(span, "a quotation mark")
            .help("names of types stand without quotes, as in `a.astype(float32)`");
    }
    if c == '\\' {
        return Error::new(
            ErrorKind::Syntax,
            "`\\` stands only at the end of a line, to join it to the next",
        )
        .at(span, "something follows it, or nothing at all does");
    }
    let shown = if c.is_control() || c.is_whitespace() || c == '\u{feff}' {
        format!("U+{:04X}", c as u32)
    } else {
        format!("`{c}`")
    };
    let error =
        Error::new(ErrorKind::Syntax, format!("unknown character {shown}")).at(span, "not in the language");
    match help(c) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// What to write in place of a character.
fn help(c: char) -> Option<&'static str> {
    Some(match c {
        '²' => "write `**2`",
        '³' => "write `**3`",
        '¹' | '⁰' | '⁴'..='⁹' | '⁻' => "write powers with `**`",
        '×' | '·' | '⋅' | '∙' | '∗' | '•' => "write `*`",
        '÷' | '∕' | '⁄' => "write `/`",
        '−' | '–' | '—' | '‐' | '‑' => "write the minus sign of the keyboard, `-`",
        '≤' | '⩽' => "write `<=`",
        '≥' | '⩾' => "write `>=`",
        '≠' => "write `!=`",
        '≡' => "write `==`",
        '¬' | '!' => "write `not x`, or `~x` for bits",
        '∧' => "write `and`",
        '∨' => "write `or`",
        '√' => "write `sqrt(x)`",
        '∑' => "write `sum(x)`",
        '∞' => "write `inf`",
        '°' => "write `deg2rad(x)`",
        '?' => "a choice is written `x if condition else y`, or `where(condition, x, y)`",
        '@' => "there is no matrix product; write `sum(a * b)` for a dot product",
        '{' | '}' => "group with `(` and `)`",
        '，' => "write `,`",
        '；' => "write `;`",
        '（' | '）' => "write `(` and `)`",
        '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{3000}' | '\u{feff}' => {
            "it looks like a space; write a plain one"
        }
        _ => return None,
    })
}
