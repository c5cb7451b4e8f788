//! Numbers as Python writes them.

use brolga::Literal;

/// What a text is, as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// This one.
    Is(Literal),
    /// An integer of more than 128 bits.
    TooLarge,
    /// None.
    Not,
}

/// A number as Python writes it, or `true`, `false`; `inf`, `infinity` and `nan` in any case, as its
/// `float()` takes them.
pub fn number(text: &str) -> Number {
    let (minus, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let float = |value: f64| Number::Is(Literal::Float(if minus { -value } else { value }));
    let bool = |value| if digits == text { Number::Is(Literal::Bool(value)) } else { Number::Not };
    let is = |word: &str| digits.eq_ignore_ascii_case(word);
    match digits {
        _ if is("inf") || is("infinity") => return float(f64::INFINITY),
        _ if is("nan") => return Number::Is(Literal::Float(f64::NAN)),
        "true" | "True" => return bool(true),
        "false" | "False" => return bool(false),
        _ => {}
    }
    if !digits.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
        return Number::Not;
    }
    // An underscore stands between two digits.
    let bytes = digits.as_bytes();
    let between = |at: usize| {
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        at > 0 && digit(at - 1) && digit(at + 1)
    };
    if (0..bytes.len()).any(|at| bytes[at] == b'_' && !between(at)) {
        return Number::Not;
    }
    let digits = digits.replace('_', "");
    let (radix, whole) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        _ => (10, &digits[..]),
    };
    if !whole.is_empty() && whole.chars().all(|c| c.is_digit(radix)) {
        // Python takes 007 for a slip.
        if radix == 10 && whole.starts_with('0') && whole.bytes().any(|c| c != b'0') {
            return Number::Not;
        }
        let signed = format!("{}{whole}", if minus { "-" } else { "" });
        return match i128::from_str_radix(&signed, radix) {
            Ok(value) => Number::Is(Literal::Int(value)),
            Err(_) => Number::TooLarge,
        };
    }
    match digits.parse() {
        Ok(value) if radix == 10 => float(value),
        _ => Number::Not,
    }
}
