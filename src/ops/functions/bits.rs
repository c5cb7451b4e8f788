//! Bits of integers and truth values.

use super::{Function, FunctionInfo, Rule, X, XY};
use crate::ops::Op;
use crate::ops::kinds::{BITS, Kinds};
use crate::ops::meaning::primitive;

super::family! {
    bits;
    BitwiseAnd: &["bitwise_and"], Some("&"), XY, Rule::Same(BITS), 0.0, "Bits in both.";
        primitive(Op::And);
    BitwiseOr: &["bitwise_or"], Some("|"), XY, Rule::Same(BITS), 0.0, "Bits in either.";
        primitive(Op::Or);
    BitwiseXor: &["bitwise_xor"], Some("^"), XY, Rule::Same(BITS), 0.0, "Bits in one of the two.";
        primitive(Op::Xor);
    Invert: &["invert", "bitwise_not"], Some("~"), X, Rule::Same(BITS), 0.0, "Every bit flipped; of bool, not.";
        primitive(Op::Not);
    LeftShift: &["left_shift"], Some("<<"), XY, Rule::Number(Kinds::INT), 0.0, "Bits moved up; 0 by the width or more. Integers only.";
        primitive(Op::Shl);
    RightShift: &["right_shift"], Some(">>"), XY, Rule::Number(Kinds::INT), 0.0, "Bits moved down with the sign. Integers only.";
        primitive(Op::Shr);
}
