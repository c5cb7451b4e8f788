//! Comparisons, tests and logic: all give bool.

use super::{Function, FunctionInfo, Rule, X, XY};
use crate::ops::Op;
use crate::ops::meaning::{composition, pairs, primitive};
use crate::ops::values::{Number, Pair, Pairs, Primitives, Value};
use crate::types::Word;

super::family! {
    compare;
    Equal: &["equal"], Some("=="), XY, Rule::Compare, 0.0, "Equal; false for NaN.";
        primitive(Op::Eq).complex(|v, x| Number::Real(compare(v, Op::Eq, pairs(x))));
    NotEqual: &["not_equal"], Some("!="), XY, Rule::Compare, 0.0, "Not equal; true for NaN.";
        primitive(Op::Ne).complex(|v, x| Number::Real(compare(v, Op::Ne, pairs(x))));
    Less: &["less"], Some("<"), XY, Rule::Compare, 0.0, "Less.";
        primitive(Op::Lt).complex(|v, x| Number::Real(compare(v, Op::Lt, pairs(x))));
    LessEqual: &["less_equal"], Some("<="), XY, Rule::Compare, 0.0, "Less or equal.";
        primitive(Op::Le).complex(|v, x| Number::Real(compare(v, Op::Le, pairs(x))));
    Greater: &["greater"], Some(">"), XY, Rule::Compare, 0.0, "Greater.";
        primitive(Op::Gt).complex(|v, x| Number::Real(compare(v, Op::Gt, pairs(x))));
    GreaterEqual: &["greater_equal"], Some(">="), XY, Rule::Compare, 0.0, "Greater or equal.";
        primitive(Op::Ge).complex(|v, x| Number::Real(compare(v, Op::Ge, pairs(x))));
    LogicalAnd: &["logical_and"], Some("and"), XY, Rule::Logical, 0.0, "Both are true (not zero).";
        primitive(Op::And);
    LogicalOr: &["logical_or"], Some("or"), XY, Rule::Logical, 0.0, "One or both are true.";
        primitive(Op::Or);
    LogicalXor: &["logical_xor"], None, XY, Rule::Logical, 0.0, "One of the two is true.";
        primitive(Op::Xor);
    LogicalNot: &["logical_not"], Some("not"), X, Rule::Logical, 0.0, "Not true.";
        primitive(Op::Not);
    IsNan: &["isnan"], None, X, Rule::Predicate, 0.0, "Is NaN.";
        composition(|v, x| is_nan(v, x[0])).complex(|v, x| of_parts(v, is_nan, Op::Or, x));
    IsFinite: &["isfinite"], None, X, Rule::Predicate, 0.0, "Is neither infinite nor NaN.";
        composition(|v, x| is_finite(v, x[0])).complex(|v, x| of_parts(v, is_finite, Op::And, x));
    IsInf: &["isinf"], None, X, Rule::Predicate, 0.0, "Is infinite.";
        composition(|v, x| is_infinite(v, x[0])).complex(|v, x| of_parts(v, is_infinite, Op::Or, x));
}

fn is_nan(v: &mut dyn Primitives, x: Value) -> Value {
    match v.ty(x).is_float() {
        true => v.op(Op::Ne, &[x, x]),
        false => v.constant(Word::Bool(false)),
    }
}

fn is_finite(v: &mut dyn Primitives, x: Value) -> Value {
    match v.ty(x).is_float() {
        true => beside_infinity(v, Op::Lt, x),
        false => v.constant(Word::Bool(true)),
    }
}

fn is_infinite(v: &mut dyn Primitives, x: Value) -> Value {
    match v.ty(x).is_float() {
        true => beside_infinity(v, Op::Eq, x),
        false => v.constant(Word::Bool(false)),
    }
}

fn beside_infinity(v: &mut dyn Primitives, op: Op, x: Value) -> Value {
    let size = v.op(Op::Abs, &[x]);
    let infinity = v.constant(Word::float(f64::INFINITY, v.ty(x)));
    v.op(op, &[size, infinity])
}

/// Whether a test holds for one of both parts, or for both.
fn of_parts(v: &mut dyn Pairs, test: fn(&mut dyn Primitives, Value) -> Value, join: Op, x: &[Number]) -> Number {
    let [x] = pairs(x);
    let parts = [x.re, x.im].map(|part| test(v, part));
    Number::Real(v.op(join, &parts))
}

/// By the real parts, and where they are equal by the imaginary ones. Of a NaN in either part only `!=` is true.
pub(super) fn compare(v: &mut dyn Pairs, op: Op, [x, y]: [Pair; 2]) -> Value {
    let strict = match op {
        Op::Eq | Op::Ne => {
            let parts = [[x.re, y.re], [x.im, y.im]].map(|parts| v.op(op, &parts));
            return v.op(if op == Op::Eq { Op::And } else { Op::Or }, &parts);
        }
        Op::Lt | Op::Le => Op::Lt,
        _ => Op::Gt,
    };
    let before = v.op(strict, &[x.re, y.re]);
    let numbers = [x.im, y.im].map(|part| v.op(Op::Eq, &[part, part]));
    let numbers = v.op(Op::And, &numbers);
    let before = v.op(Op::And, &[before, numbers]);
    let alike = v.op(Op::Eq, &[x.re, y.re]);
    let parts = v.op(op, &[x.im, y.im]);
    let parts = v.op(Op::And, &[alike, parts]);
    v.op(Op::Or, &[before, parts])
}
