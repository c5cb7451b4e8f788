//! Numbers as Python writes them.

use brolga::Literal;

/// A number as Python writes it, or `true`, `false`, `inf`, `nan`.
pub fn number(text: &str) -> Option<Literal> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    match digits {
        "inf" => return Some(Literal::Float(f64::INFINITY * sign as f64)),
        "nan" => return Some(Literal::Float(f64::NAN)),
        "true" | "True" if digits == text => return Some(Literal::Bool(true)),
        "false" | "False" if digits == text => return Some(Literal::Bool(false)),
        _ => {}
    }
    if !digits.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
        return None;
    }
    // An underscore stands between two digits.
    let bytes = digits.as_bytes();
    let between = |at: usize| {
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        at > 0 && digit(at - 1) && digit(at + 1)
    };
    if (0..bytes.len()).any(|at| bytes[at] == b'_' && !between(at)) {
        return None;
    }
    let digits = digits.replace('_', "");
    let radix = match digits.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => 10,
    };
    if radix != 10 {
        let digits = &digits[2..];
        let plain = digits.starts_with(|c: char| c.is_ascii_alphanumeric());
        return i128::from_str_radix(digits, radix).ok().filter(|_| plain).map(|v| Literal::Int(v * sign));
    }
    if digits.bytes().all(|c| c.is_ascii_digit()) {
        // Python takes 007 for a slip.
        let slip = digits.starts_with('0') && digits.bytes().any(|c| c != b'0');
        return digits.parse::<i128>().ok().filter(|_| !slip).map(|v| Literal::Int(v * sign));
    }
    let value: f64 = digits.parse().ok()?;
    Some(Literal::Float(value * sign as f64))
}
