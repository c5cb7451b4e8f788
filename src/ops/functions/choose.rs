//! Choices between operands.

use super::{Function, FunctionInfo, Rule, XY};
use crate::ops::kinds::ANY;

super::family! {
    choose;
    Where: &["where"], None, &["condition", "x", "y"], Rule::Where, 0.0, "x where the condition is true, else y.";
    Minimum: &["minimum"], None, XY, Rule::Same(ANY), 0.0, "The smaller; NaN if either is.";
    Maximum: &["maximum"], None, XY, Rule::Same(ANY), 0.0, "The larger; NaN if either is.";
    Fmin: &["fmin"], None, XY, Rule::Same(ANY), 0.0, "The smaller; a NaN is ignored beside a number.";
    Fmax: &["fmax"], None, XY, Rule::Same(ANY), 0.0, "The larger; a NaN is ignored beside a number.";
    Clip: &["clip"], None, &["a", "a_min", "a_max"], Rule::Same(ANY), 0.0, "minimum(a_max, maximum(a_min, a)).";
}
