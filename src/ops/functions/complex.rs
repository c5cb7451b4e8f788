//! Complex numbers and their parts.

use super::{Function, FunctionInfo, Rule, X};
use crate::ops::kinds::NUMBER;

super::family! {
    complex;
    Complex: &["complex"], None, &["real", "imag"], Rule::Complex, 0.0, "The number of two parts; of one operand complex128(x).";
    Real: &["real"], None, X, Rule::Part, 0.0, "The real part.";
    Imag: &["imag"], None, X, Rule::Part, 0.0, "The imaginary part; 0 of a real number.";
    Conj: &["conj", "conjugate"], None, X, Rule::Number(NUMBER), 0.0, "The number with the imaginary part negated; bool in int8.";
    Angle: &["angle"], None, X, Rule::Angle, 1.0, "The angle in the complex plane, from -pi to pi.";
}
