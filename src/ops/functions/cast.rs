//! Casts, each under the name of its type.

use super::{Function, FunctionInfo, Rule, X};
use crate::ops::meaning::SAME;
use crate::types::DType;

super::family! {
    cast;
    Bool: &["bool", "bool_"], None, X, Rule::Cast(DType::Bool), 0.0, "x != 0."; SAME;
    Int8: &["int8"], None, X, Rule::Cast(DType::Int8), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."; SAME;
    Int16: &["int16"], None, X, Rule::Cast(DType::Int16), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."; SAME;
    Int32: &["int32"], None, X, Rule::Cast(DType::Int32), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."; SAME;
    Int64: &["int64", "int"], None, X, Rule::Cast(DType::Int64), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."; SAME;
    UInt8: &["uint8"], None, X, Rule::Cast(DType::UInt8), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."; SAME;
    UInt16: &["uint16"], None, X, Rule::Cast(DType::UInt16), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."; SAME;
    UInt32: &["uint32"], None, X, Rule::Cast(DType::UInt32), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."; SAME;
    UInt64: &["uint64"], None, X, Rule::Cast(DType::UInt64), 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."; SAME;
    Float32: &["float32"], None, X, Rule::Cast(DType::Float32), 0.5, "The nearest float32; of a complex number that of its real part."; SAME;
    Float64: &["float64", "float"], None, X, Rule::Cast(DType::Float64), 0.5, "The nearest float64; of a complex number that of its real part."; SAME;
    Complex64: &["complex64"], None, X, Rule::Cast(DType::Complex64), 0.5, "The nearest complex64."; SAME;
    Complex128: &["complex128"], None, X, Rule::Cast(DType::Complex128), 0.5, "The nearest complex128."; SAME;
}
