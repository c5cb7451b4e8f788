//! Arithmetic.

use super::{Function, FunctionInfo, Rule, X, XY};
use crate::ops::kinds::{ANY, NUMBER, REAL, SINGLE};

super::family! {
    arithmetic;
    Add: &["add"], Some("+"), XY, Rule::Same(ANY), 0.5, "Sum; integers wrap, bool is or.";
    Subtract: &["subtract"], Some("-"), XY, Rule::Same(NUMBER), 0.5, "Difference; integers wrap, bool is refused.";
    Multiply: &["multiply"], Some("*"), XY, Rule::Same(ANY), 0.5, "Product; integers wrap, bool is and.";
    Divide: &["divide", "true_divide"], Some("/"), XY, Rule::TrueDivide, 0.5, "True quotient.";
    FloorDivide: &["floor_divide"], Some("//"), XY, Rule::Number(REAL), 0.5, "Quotient rounded down; x // 0 is 0 for integers.";
    Remainder: &["remainder", "mod"], Some("%"), XY, Rule::Number(REAL), 0.5, "Remainder with the sign of the divisor; x % 0 is 0 for integers.";
    Power: &["power", "pow"], Some("**"), XY, Rule::Power, 1.0, "Power; of integers modulo 2^n.";
    Negative: &["negative"], Some("-"), X, Rule::Same(NUMBER), 0.0, "Negation; bool is refused.";
    Positive: &["positive"], Some("+"), X, Rule::Same(NUMBER), 0.0, "The operand itself; bool is refused.";
    Abs: &["abs", "absolute"], None, X, Rule::Part, 0.0, "Absolute value; integers wrap; of a complex number its distance from 0.";
    Fabs: &["fabs"], None, X, Rule::Inexact(SINGLE), 0.0, "Absolute value, as a float.";
    Sign: &["sign"], None, X, Rule::Same(NUMBER), 0.0, "-1, 0 or 1; NaN of NaN; of a complex number x / abs(x). bool is refused.";
    Square: &["square"], None, X, Rule::Number(NUMBER), 0.5, "x * x; bool in int8.";
}
