//! Comparisons, tests and logic: all give bool.

use super::{Function, FunctionInfo, Rule, X, XY};

super::family! {
    compare;
    Equal: &["equal"], Some("=="), XY, Rule::Compare, 0.0, "Equal; false for NaN.";
    NotEqual: &["not_equal"], Some("!="), XY, Rule::Compare, 0.0, "Not equal; true for NaN.";
    Less: &["less"], Some("<"), XY, Rule::Compare, 0.0, "Less.";
    LessEqual: &["less_equal"], Some("<="), XY, Rule::Compare, 0.0, "Less or equal.";
    Greater: &["greater"], Some(">"), XY, Rule::Compare, 0.0, "Greater.";
    GreaterEqual: &["greater_equal"], Some(">="), XY, Rule::Compare, 0.0, "Greater or equal.";
    LogicalAnd: &["logical_and"], Some("and"), XY, Rule::Logical, 0.0, "Both are true (not zero).";
    LogicalOr: &["logical_or"], Some("or"), XY, Rule::Logical, 0.0, "One or both are true.";
    LogicalNot: &["logical_not"], Some("not"), X, Rule::Logical, 0.0, "Not true.";
    IsNan: &["isnan"], None, X, Rule::Predicate, 0.0, "Is NaN.";
    IsFinite: &["isfinite"], None, X, Rule::Predicate, 0.0, "Is neither infinite nor NaN.";
    IsInf: &["isinf"], None, X, Rule::Predicate, 0.0, "Is infinite.";
}
