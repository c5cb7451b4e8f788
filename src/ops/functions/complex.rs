//! Complex numbers and their parts.

use super::{Function, FunctionInfo, Rule, X};
use crate::ops::Op;
use crate::ops::kinds::NUMBER;
use crate::ops::meaning::{composition, pairs};
use crate::ops::values::{Number, Pair, Pairs, Primitives, Value};
use crate::types::{Ty, Word};

super::family! {
    complex;
    Complex: &["complex"], None, &["real", "imag"], Rule::Complex, 0.0, "The number of two parts; of one operand complex128(x).";
        composition(|_, _| unreachable!("two real numbers make a complex one")).complex(|_, x| Number::Complex(Pair { re: x[0].single(), im: x[1].single() }));
    Real: &["real"], None, X, Rule::Part, 0.0, "The real part.";
        composition(|_, x| x[0]).complex(|_, x| Number::Real(x[0].pair().re));
    Imag: &["imag"], None, X, Rule::Part, 0.0, "The imaginary part; 0 of a real number.";
        composition(|v, x| v.number(0, v.ty(x[0]))).complex(|_, x| Number::Real(x[0].pair().im));
    Conj: &["conj", "conjugate"], None, X, Rule::Number(NUMBER), 0.0, "The number with the imaginary part negated; bool in int8.";
        composition(|_, x| x[0]).complex(|v, x| conjugate(v, pairs(x)));
    Angle: &["angle"], None, X, Rule::Angle, 1.0, "The angle in the complex plane, from -pi to pi.";
        composition(|v, x| angle(v, x[0])).complex(|v, x| v.math(Op::Atan2, &pairs::<1>(x)));
}

fn conjugate(v: &mut dyn Pairs, [x]: [Pair; 1]) -> Number {
    Number::Complex(Pair { im: v.op(Op::Neg, &[x.im]), ..x })
}

/// Half a turn below 0 and of -0, none above, and a NaN as it is.
fn angle(v: &mut dyn Primitives, x: Value) -> Value {
    let ty = v.ty(x);
    let word = if ty == Ty::F32 { Ty::I32 } else { Ty::I64 };
    let bits = v.push(Op::Bitcast, &[x], word);
    let zero = v.number(0, word);
    let below = v.op(Op::Lt, &[bits, zero]);
    let half = v.constant(Word::float(std::f64::consts::PI, ty));
    let none = v.number(0, ty);
    let angle = v.op(Op::Select, &[below, half, none]);
    let nan = v.op(Op::Ne, &[x, x]);
    v.op(Op::Select, &[nan, x, angle])
}
