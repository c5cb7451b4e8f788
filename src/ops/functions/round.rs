//! Rounding to whole numbers.

use super::{Function, FunctionInfo, Rule, X};
use crate::ops::kinds::{ANY, SINGLE};

super::family! {
    round;
    Floor: &["floor"], None, X, Rule::Same(SINGLE), 0.0, "The next integer at or below; integers are themselves.";
    Ceil: &["ceil"], None, X, Rule::Same(SINGLE), 0.0, "The next integer at or above; integers are themselves.";
    Trunc: &["trunc", "fix"], None, X, Rule::Same(SINGLE), 0.0, "The integer part; integers are themselves.";
    Round: &["round", "around"], None, X, Rule::Same(ANY), 0.0, "The nearest integer, ties to even; integers are themselves.";
    Rint: &["rint"], None, X, Rule::Inexact(ANY), 0.0, "The nearest integer, ties to even, as a float.";
}
