//! Numbers as Python writes them.

use brolga::{Complex, Literal};

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
/// `float()` takes them. A complex number is one with a `j` behind, or a sum with one, in brackets or without.
pub fn number(text: &str) -> Number {
    let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    match inside.strip_suffix(['j', 'J']) {
        Some(parts) => complex(parts),
        None => real(text),
    }
}

/// `2`, `1+2`, `-1e-3-inf` are the parts of a complex number, of which the last is the imaginary one.
fn complex(parts: &str) -> Number {
    let after_exponent = |at: usize| parts[..at].ends_with(['e', 'E']) && !parts[..at].starts_with("0x");
    let signs = parts.rmatch_indices(['+', '-']).map(|(at, _)| at);
    let between = signs.filter(|&at| at > 0).find(|&at| !after_exponent(at));
    let (re, im) = parts.split_at(between.unwrap_or(0));
    let part = |text: &str| match real(text) {
        Number::Is(Literal::Float(v)) => Some(v),
        Number::Is(Literal::Int(v)) => Some(v as f64),
        _ => None,
    };
    match (if re.is_empty() { Some(0.0) } else { part(re) }, part(im)) {
        (Some(re), Some(im)) => Number::Is(Literal::Complex(Complex { re, im })),
        _ => Number::Not,
    }
}

fn real(text: &str) -> Number {
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
