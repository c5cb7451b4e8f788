//! Roots, exponentials, logarithms and angles.

use std::f32;
use std::f64::consts::PI;

use super::{Function, FunctionInfo, Rule, X};
use crate::ops::Op;
use crate::ops::kinds::{ANY, SINGLE};
use crate::ops::meaning::{composition, pairs, primitive};
use crate::ops::values::{Primitives, Value};
use crate::types::{Ty, Word};

super::family! {
    math;
    Sqrt: &["sqrt"], None, X, Rule::Inexact(ANY), 0.5, "Square root.";
        primitive(Op::Sqrt).complex(|v, x| v.math(Op::Sqrt, &pairs::<1>(x)));
    Exp: &["exp"], None, X, Rule::Inexact(ANY), 1.0, "e ** x.";
        primitive(Op::Exp).complex(|v, x| v.math(Op::Exp, &pairs::<1>(x)));
    Expm1: &["expm1"], None, X, Rule::Inexact(ANY), 1.0, "e ** x - 1, also of a small x.";
        primitive(Op::Expm1).complex(|v, x| v.math(Op::Expm1, &pairs::<1>(x)));
    Log: &["log"], None, X, Rule::Inexact(ANY), 1.0, "Natural logarithm; -inf of 0, NaN below.";
        primitive(Op::Log).complex(|v, x| v.math(Op::Log, &pairs::<1>(x)));
    Log1p: &["log1p"], None, X, Rule::Inexact(ANY), 1.0, "log(1 + x), also of a small x.";
        primitive(Op::Log1p).complex(|v, x| v.math(Op::Log1p, &pairs::<1>(x)));
    Sin: &["sin"], None, X, Rule::Inexact(ANY), 1.0, "Sine of radians, of any size.";
        primitive(Op::Sin).complex(|v, x| v.math(Op::Sin, &pairs::<1>(x)));
    Cos: &["cos"], None, X, Rule::Inexact(ANY), 1.0, "Cosine of radians, of any size.";
        primitive(Op::Cos).complex(|v, x| v.math(Op::Cos, &pairs::<1>(x)));
    Tan: &["tan"], None, X, Rule::Inexact(ANY), 1.0, "Tangent of radians, of any size.";
        primitive(Op::Tan).complex(|v, x| v.math(Op::Tan, &pairs::<1>(x)));
    Tanh: &["tanh"], None, X, Rule::Inexact(ANY), 1.0, "Hyperbolic tangent.";
        primitive(Op::Tanh).complex(|v, x| v.math(Op::Tanh, &pairs::<1>(x)));
    Deg2rad: &["deg2rad", "radians"], None, X, Rule::Inexact(SINGLE), 1.5, "An angle of degrees in radians.";
        composition(|v, x| times(v, x[0], PI / 180.0, (PI / 180.0) as f32));
    Rad2deg: &["rad2deg", "degrees"], None, X, Rule::Inexact(SINGLE), 1.5, "An angle of radians in degrees.";
        composition(|v, x| times(v, x[0], 180.0 / PI, 180.0 / f32::consts::PI));
}

/// x times a factor, which is one number for float64 and one for float32.
fn times(v: &mut dyn Primitives, x: Value, wide: f64, narrow: f32) -> Value {
    let factor = match v.ty(x) {
        Ty::F32 => Word::F32(narrow),
        ty => Word::float(wide, ty),
    };
    let factor = v.constant(factor);
    v.op(Op::Mul, &[x, factor])
}
