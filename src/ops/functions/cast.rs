//! Casts, each under the name of its type.

use super::{Function, FunctionInfo, Rule, X};
use crate::types::DType;

super::family! {
    cast;
    Bool: &["bool", "bool_"], None, X, Rule::Cast(DType::Bool), 0.0, "x != 0.";
    Int32: &["int32"], None, X, Rule::Cast(DType::Int32), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap.";
    Int64: &["int64", "int"], None, X, Rule::Cast(DType::Int64), 0.0, "Toward zero; out of range saturates, NaN is 0.";
    Float32: &["float32"], None, X, Rule::Cast(DType::Float32), 0.5, "The nearest float32.";
    Float64: &["float64", "float"], None, X, Rule::Cast(DType::Float64), 0.5, "The nearest float64.";
}
