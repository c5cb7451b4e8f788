//! Rounding to whole numbers.

use super::{Function, FunctionInfo, Rule, X};
use crate::ops::Op;
use crate::ops::kinds::{ANY, SINGLE};
use crate::ops::meaning::{each, primitive};

super::family! {
    round;
    Floor: &["floor"], None, X, Rule::Same(SINGLE), 0.0, "The next integer at or below; integers are themselves.";
        primitive(Op::Floor);
    Ceil: &["ceil"], None, X, Rule::Same(SINGLE), 0.0, "The next integer at or above; integers are themselves.";
        primitive(Op::Ceil);
    Trunc: &["trunc", "fix"], None, X, Rule::Same(SINGLE), 0.0, "The integer part; integers are themselves.";
        primitive(Op::Trunc);
    Round: &["round", "around"], None, X, Rule::Same(ANY), 0.0, "The nearest integer, ties to even; integers are themselves.";
        primitive(Op::Rint).complex(|v, x| each(v, Op::Rint, x));
    Rint: &["rint"], None, X, Rule::Inexact(ANY), 0.0, "The nearest integer, ties to even, as a float.";
        primitive(Op::Rint).complex(|v, x| each(v, Op::Rint, x));
}
