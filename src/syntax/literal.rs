//! The values of number literals, of whose forms the lexer has made sure.

/// The value of an integer literal, if 128 bits hold it.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (base, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &text[2..]),
        [b'0', b'o' | b'O', ..] => (8, &text[2..]),
        [b'0', b'b' | b'B', ..] => (2, &text[2..]),
        _ => (10, text),
    };
    let mut value = 0u128;
    for digit in digits.chars().filter_map(|c| c.to_digit(base)) {
        value = value.checked_mul(base.into())?.checked_add(digit.into())?;
    }
    value.try_into().ok()
}

/// The value of a float literal, infinite where Python's is.
pub(super) fn float(text: &str) -> f64 {
    let value = if text.contains('_') { text.replace('_', "").parse() } else { text.parse() };
    value.expect("the lexer passes only what parses")
}
