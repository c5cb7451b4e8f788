//! Roots, exponentials, logarithms and angles.

use super::{Function, FunctionInfo, Rule, X};
use crate::ops::kinds::ANY;

super::family! {
    math;
    Sqrt: &["sqrt"], None, X, Rule::Inexact(ANY), 0.5, "Square root.";
    Exp: &["exp"], None, X, Rule::Inexact(ANY), 1.0, "e ** x.";
    Expm1: &["expm1"], None, X, Rule::Inexact(ANY), 1.0, "e ** x - 1, also of a small x.";
    Log: &["log"], None, X, Rule::Inexact(ANY), 1.0, "Natural logarithm; -inf of 0, NaN below.";
    Log1p: &["log1p"], None, X, Rule::Inexact(ANY), 1.0, "log(1 + x), also of a small x.";
    Sin: &["sin"], None, X, Rule::Inexact(ANY), 1.0, "Sine of radians, of any size.";
    Cos: &["cos"], None, X, Rule::Inexact(ANY), 1.0, "Cosine of radians, of any size.";
    Tan: &["tan"], None, X, Rule::Inexact(ANY), 1.0, "Tangent of radians, of any size.";
    Tanh: &["tanh"], None, X, Rule::Inexact(ANY), 1.0, "Hyperbolic tangent.";
}
