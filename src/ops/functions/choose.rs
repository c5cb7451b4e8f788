//! Choices between operands.

use super::{Function, FunctionInfo, Rule, XY};
use super::compare::compare;
use crate::ops::Op;
use crate::ops::kinds::ANY;
use crate::ops::meaning::{choice, composition, pairs, primitive};
use crate::ops::values::{Number, Pair, Pairs, Primitives, Value};

super::family! {
    choose;
    Where: &["where"], None, &["condition", "x", "y"], Rule::Where, 0.0, "x where the condition is true, else y.";
        primitive(Op::Select).complex(|v, x| choice(v, x[0].single(), x[1].pair(), x[2].pair()));
    Minimum: &["minimum"], None, XY, Rule::Same(ANY), 0.0, "The smaller; NaN if either is.";
        primitive(Op::Min).complex(|v, x| extremum(v, Op::Le, true, pairs(x)));
    Maximum: &["maximum"], None, XY, Rule::Same(ANY), 0.0, "The larger; NaN if either is.";
        primitive(Op::Max).complex(|v, x| extremum(v, Op::Ge, true, pairs(x)));
    Fmin: &["fmin"], None, XY, Rule::Same(ANY), 0.0, "The smaller; a NaN is ignored beside a number.";
        composition(|v, x| ignoring_nan(v, Op::Min, Op::Le, [x[0], x[1]])).complex(|v, x| extremum(v, Op::Le, false, pairs(x)));
    Fmax: &["fmax"], None, XY, Rule::Same(ANY), 0.0, "The larger; a NaN is ignored beside a number.";
        composition(|v, x| ignoring_nan(v, Op::Max, Op::Ge, [x[0], x[1]])).complex(|v, x| extremum(v, Op::Ge, false, pairs(x)));
    Clip: &["clip"], None, &["a", "a_min", "a_max"], Rule::Same(ANY), 0.0, "minimum(a_max, maximum(a_min, a)).";
        composition(|v, x| clip(v, [x[0], x[1], x[2]])).complex(|v, x| complex_clip(v, x));
}

/// `x op y or y is NaN ? x : y`; of what has no NaN the extremum.
fn ignoring_nan(v: &mut dyn Primitives, extremum: Op, op: Op, [x, y]: [Value; 2]) -> Value {
    if !v.ty(y).is_float() {
        return v.apply(extremum, &[x, y]);
    }
    let before = v.op(op, &[x, y]);
    let nan = v.op(Op::Ne, &[y, y]);
    let first = v.op(Op::Or, &[before, nan]);
    v.op(Op::Select, &[first, x, y])
}

/// The element stands second: of two zeros it is the one that stays, as in NumPy.
fn clip(v: &mut dyn Primitives, [x, low, high]: [Value; 3]) -> Value {
    let floor = v.apply(Op::Max, &[low, x]);
    v.apply(Op::Min, &[high, floor])
}

fn complex_clip(v: &mut dyn Pairs, x: &[Number]) -> Number {
    let [x, low, high] = pairs(x);
    let floor = extremum(v, Op::Ge, true, [low, x]).pair();
    extremum(v, Op::Le, true, [high, floor])
}

/// The first of two complex numbers where it is no later than the second, or a NaN; where one of them is to be ignored, if
/// the second is one.
fn extremum(v: &mut dyn Pairs, order: Op, propagates: bool, [x, y]: [Pair; 2]) -> Number {
    let asked = if propagates { x } else { y };
    let before = compare(v, order, [x, y]);
    let nan = [asked.re, asked.im].map(|part| v.op(Op::Ne, &[part, part]));
    let nan = v.op(Op::Or, &nan);
    let first = v.op(Op::Or, &[before, nan]);
    choice(v, first, x, y)
}
