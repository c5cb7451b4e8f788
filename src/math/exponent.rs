//! Exponents by integer arithmetic.
//!
//! On machines without instructions for them it stands for the primitives of exponents. Functions that
//! need only a part, of numbers that are normal, use that on every machine (expm1, tanh, log1p).

use super::lane::{Format, Lane, Sheet};
use super::rewritten;
use crate::ir::Program;
use crate::ops::{FRACTIONS_END, Op, Primitives, Value};

/// Expands [`Op::Scale`], [`Op::Fraction`] and [`Op::Exponent`] in `program`.
pub(crate) fn expand_exponents(program: &mut Program) {
    rewritten(program, write);
}

/// The value of one of them, written into `values` as integer arithmetic; `None` if `op` is none.
pub(crate) fn write(values: &mut dyn Primitives, op: Op, operands: &[Value]) -> Option<Value> {
    if !op.is_of_exponents() {
        return None;
    }
    let sheet = Sheet::new(values);
    let x = sheet.lane(operands[0]);
    let result = match op {
        Op::Scale => scale(x, sheet.lane(operands[1])),
        Op::Fraction => split(x).1,
        _ => split(x).0,
    };
    Some(result.value)
}

/// x * 2^n.
///
/// A single power of two cannot reach the smallest subnormals nor the largest numbers, so n is
/// halved: a sum whose unit is 2 has n / 2 in its bits, and the other half is the difference to one
/// whose unit is 1. The last product alone may round.
fn scale<'s>(x: Lane<'s>, n: Lane<'s>) -> Lane<'s> {
    let format = x.format();
    let whole = (n + format.shifter(0, 2 * format.bias)).bits();
    let half = (n + format.shifter(1, format.bias)).bits();
    x * power_of_two(half) * power_of_two(whole - half)
}

/// 2^n, of bits that end in n plus the bias.
pub(super) fn power_of_two(bits: Lane<'_>) -> Lane<'_> {
    bits.shl(Format::of(bits.ty).fraction).float()
}

/// The k and the m of a positive x = 2^k m, where m is its fraction.
fn split(x: Lane<'_>) -> (Lane<'_>, Lane<'_>) {
    let format = x.format();
    let (least, up, by) = if format.bias == 127 {
        (f64::from(f32::MIN_POSITIVE), 2f64.powi(24), 24.0)
    } else {
        (f64::MIN_POSITIVE, 2f64.powi(54), 54.0)
    };
    let small = x.lt(least);
    let Moved { raised, m, .. } = moved(x * small.select(x.number(up), x.number(1.0)));
    let by = small.select(x.number(raised_by(format) + by), x.number(raised_by(format)));
    (raised - by, m)
}

/// A positive normal x = 2^k m, where m is its fraction.
pub(super) struct Moved<'s> {
    /// k and [`raised_by`].
    pub raised: Lane<'s>,
    pub m: Lane<'s>,
    /// The bits of x, moved so that the field of the exponent holds k plus the bias.
    pub bits: Lane<'s>,
}

/// What [`Moved`] has more than k.
pub(super) fn raised_by(format: Format) -> f64 {
    (1i64 << format.fraction) as f64 + format.bias as f64
}

/// Takes a positive normal number apart.
pub(super) fn moved(x: Lane<'_>) -> Moved<'_> {
    let format = x.format();
    let least = FRACTIONS_END / 2.0;
    let least = if format.bias == 127 { i64::from((least as f32).to_bits()) } else { least.to_bits() as i64 };
    let bits = x.bits() + (format.power(0) - least);
    // An integer under the exponent of 2^fraction is a float above 2^fraction.
    let raised = (bits.ushr(format.fraction) | format.power(format.fraction)).float();
    let m = ((bits & format.fraction_mask()) + least).float();
    Moved { raised, m, bits }
}
