//! Arithmetic.

use super::{Function, FunctionInfo, Rule, X, XY};
use crate::ops::Op;
use crate::ops::kinds::{ANY, NUMBER, REAL, SINGLE};
use crate::ops::meaning::{SAME, composition, each, pairs, primitive};
use crate::ops::values::{Number, Pair, Pairs, Primitives, Value};
use crate::types::{Ty, Word};

/// Powers of complex numbers up to this one are products, as NumPy's are.
const MOST_PRODUCTS: u32 = 99;

super::family! {
    arithmetic;
    Add: &["add"], Some("+"), XY, Rule::Same(ANY), 0.5, "Sum; integers wrap, bool is or.";
        primitive(Op::Add).complex(|v, x| each(v, Op::Add, x));
    Subtract: &["subtract"], Some("-"), XY, Rule::Same(NUMBER), 0.5, "Difference; integers wrap, bool is refused.";
        primitive(Op::Sub).complex(|v, x| each(v, Op::Sub, x));
    Multiply: &["multiply"], Some("*"), XY, Rule::Same(ANY), 0.5, "Product; integers wrap, bool is and.";
        primitive(Op::Mul).complex(|v, x| Number::Complex(product(v, pairs(x))));
    Divide: &["divide", "true_divide"], Some("/"), XY, Rule::TrueDivide, 0.5, "True quotient.";
        primitive(Op::Div).complex(|v, x| Number::Complex(quotient(v, pairs(x))));
    FloorDivide: &["floor_divide"], Some("//"), XY, Rule::Number(REAL), 0.5, "Quotient rounded down; x // 0 is 0 for integers.";
        primitive(Op::FloorDiv);
    Remainder: &["remainder", "mod"], Some("%"), XY, Rule::Number(REAL), 0.5, "Remainder with the sign of the divisor; x % 0 is 0 for integers.";
        primitive(Op::Mod);
    Power: &["power", "pow"], Some("**"), XY, Rule::Power, 1.0, "Power; of integers modulo 2^n.";
        primitive(Op::Pow).complex(|v, x| Number::Complex(power(v, pairs(x))));
    Negative: &["negative"], Some("-"), X, Rule::Same(NUMBER), 0.0, "Negation; bool is refused.";
        primitive(Op::Neg).complex(|v, x| each(v, Op::Neg, x));
    Positive: &["positive"], Some("+"), X, Rule::Same(NUMBER), 0.0, "The operand itself; bool is refused.";
        SAME;
    Abs: &["abs", "absolute"], None, X, Rule::Part, 0.0, "Absolute value; integers wrap; of a complex number its distance from 0.";
        primitive(Op::Abs).complex(|v, x| v.math(Op::Abs, &pairs::<1>(x)));
    Fabs: &["fabs"], None, X, Rule::Inexact(SINGLE), 0.0, "Absolute value, as a float.";
        primitive(Op::Abs);
    Sign: &["sign"], None, X, Rule::Same(NUMBER), 0.0, "-1, 0 or 1; NaN of NaN; of a complex number x / abs(x). bool is refused.";
        composition(|v, x| sign(v, x[0])).complex(|v, x| Number::Complex(direction(v, pairs(x))));
    Square: &["square"], None, X, Rule::Number(NUMBER), 0.5, "x * x; bool in int8.";
        composition(|v, x| v.op(Op::Mul, &[x[0], x[0]])).complex(|v, x| Number::Complex(product(v, [x[0].pair(); 2])));
    Reciprocal: &["reciprocal"], None, X, Rule::Number(NUMBER), 0.5, "1 / x; of integers its integer part, 0 of 0; bool in int8.";
        composition(|v, x| reciprocal(v, x[0])).complex(|v, x| Number::Complex(complex_reciprocal(v, x[0].pair())));
    Heaviside: &["heaviside"], None, XY, Rule::Inexact(SINGLE), 0.0, "0 below 0, the second operand at 0, 1 above; NaN of NaN.";
        composition(|v, x| heaviside(v, [x[0], x[1]]));
    Copysign: &["copysign"], None, XY, Rule::Inexact(SINGLE), 0.0, "The size of the first with the sign of the second; that of a NaN counts as plus.";
        composition(|v, x| copysign(v, [x[0], x[1]]));
}

/// 1, -1, 0, and a NaN as it is.
fn sign(v: &mut dyn Primitives, x: Value) -> Value {
    let ty = v.ty(x);
    let [one, zero, minus] = [1, 0, -1].map(|number| v.number(number, ty));
    let mut rest = zero;
    if ty.is_float() {
        let is_zero = v.op(Op::Eq, &[x, zero]);
        rest = v.op(Op::Select, &[is_zero, zero, x]);
    }
    let below = v.op(Op::Lt, &[x, zero]);
    let below = v.op(Op::Select, &[below, minus, rest]);
    let above = v.op(Op::Gt, &[x, zero]);
    v.op(Op::Select, &[above, one, below])
}

/// Of an integer, itself where it is 1 or -1, else 0.
fn reciprocal(v: &mut dyn Primitives, x: Value) -> Value {
    let ty = v.ty(x);
    let one = v.number(1, ty);
    if ty.is_float() {
        return v.op(Op::Div, &[one, x]);
    }
    let size = v.op(Op::Abs, &[x]);
    let whole = v.op(Op::Eq, &[size, one]);
    let zero = v.number(0, ty);
    v.op(Op::Select, &[whole, x, zero])
}

/// By the larger part (R. L. Smith, Algorithm 116: Complex division, CACM 5, 1962), as NumPy has it.
fn complex_reciprocal(v: &mut dyn Pairs, x: Pair) -> Pair {
    let one = v.number(1, v.ty(x.re));
    let sizes = [x.im, x.re].map(|part| v.op(Op::Abs, &[part]));
    let upright = v.op(Op::Le, &sizes);
    let large = v.op(Op::Select, &[upright, x.re, x.im]);
    let small = v.op(Op::Select, &[upright, x.im, x.re]);
    let ratio = v.op(Op::Div, &[small, large]);
    let rest = v.op(Op::Mul, &[small, ratio]);
    let denominator = v.op(Op::Add, &[large, rest]);
    let re = v.op(Op::Select, &[upright, one, ratio]);
    let im = v.op(Op::Select, &[upright, ratio, one]);
    let im = v.op(Op::Neg, &[im]);
    Pair { re: v.op(Op::Div, &[re, denominator]), im: v.op(Op::Div, &[im, denominator]) }
}

fn heaviside(v: &mut dyn Primitives, [x, at_zero]: [Value; 2]) -> Value {
    let ty = v.ty(x);
    let [zero, one] = [0, 1].map(|number| v.number(number, ty));
    let nan = v.op(Op::Ne, &[x, x]);
    let is_zero = v.op(Op::Eq, &[x, zero]);
    let above = v.op(Op::Gt, &[x, zero]);
    let side = v.op(Op::Select, &[above, one, zero]);
    let side = v.op(Op::Select, &[is_zero, at_zero, side]);
    v.op(Op::Select, &[nan, x, side])
}

fn copysign(v: &mut dyn Primitives, [x, y]: [Value; 2]) -> Value {
    let word = if v.ty(y) == Ty::F32 { Ty::I32 } else { Ty::I64 };
    let bits = v.push(Op::Bitcast, &[y], word);
    let zero = v.number(0, word);
    let below = v.op(Op::Lt, &[bits, zero]);
    let number = v.op(Op::Eq, &[y, y]);
    let below = v.op(Op::And, &[below, number]);
    let size = v.op(Op::Abs, &[x]);
    let minus = v.op(Op::Neg, &[size]);
    v.op(Op::Select, &[below, minus, size])
}

/// The first product of each part is rounded before, as in NumPy's loops.
fn product(v: &mut dyn Pairs, [x, y]: [Pair; 2]) -> Pair {
    let re = v.op(Op::Mul, &[x.im, y.im]);
    let re = v.op(Op::Neg, &[re]);
    let im = v.op(Op::Mul, &[x.im, y.re]);
    Pair { re: v.op(Op::Fma, &[x.re, y.re, re]), im: v.op(Op::Fma, &[x.re, y.im, im]) }
}

/// Smith's: R. L. Smith, Algorithm 116: Complex division, CACM 5 (1962). By 0 each part is divided.
fn quotient(v: &mut dyn Pairs, [x, y]: [Pair; 2]) -> Pair {
    let ty = v.ty(x.re);
    let [one, zero] = [1, 0].map(|number| v.number(number, ty));
    let sizes = [y.re, y.im].map(|part| v.op(Op::Abs, &[part]));
    let upright = v.op(Op::Ge, &sizes);
    let large = v.op(Op::Select, &[upright, y.re, y.im]);
    let small = v.op(Op::Select, &[upright, y.im, y.re]);
    let by_zero = v.op(Op::Eq, &[large, zero]);
    let by_zero = v.op(Op::And, &[upright, by_zero]);
    let ratio = v.op(Op::Div, &[small, large]);
    let rest = v.op(Op::Mul, &[small, ratio]);
    let denominator = v.op(Op::Add, &[large, rest]);
    let scale = v.op(Op::Div, &[one, denominator]);
    let infinity = v.constant(Word::float(f64::INFINITY, ty));
    let scale = v.op(Op::Select, &[by_zero, infinity, scale]);
    let first = v.op(Op::Select, &[upright, x.re, x.im]);
    let second = v.op(Op::Select, &[upright, x.im, x.re]);
    let across = v.op(Op::Mul, &[second, ratio]);
    let re = v.op(Op::Add, &[first, across]);
    let re = v.op(Op::Select, &[by_zero, x.re, re]);
    let across = v.op(Op::Mul, &[first, ratio]);
    let im = v.op(Op::Sub, &[second, across]);
    let turned = v.op(Op::Sub, &[across, second]);
    let im = v.op(Op::Select, &[upright, im, turned]);
    let im = v.op(Op::Select, &[by_zero, x.im, im]);
    Pair { re: v.op(Op::Mul, &[re, scale]), im: v.op(Op::Mul, &[im, scale]) }
}

/// `x ** y`: for a constant whole y by products, for a constant 0.5 the square root, else by the exponential function.
fn power(v: &mut dyn Pairs, [x, y]: [Pair; 2]) -> Pair {
    let ty = v.ty(x.re);
    let constant = match (v.known(y.re), v.known(y.im)) {
        (Some(re), Some(im)) if im.is_zero() => Some(re),
        _ => None,
    };
    if constant.is_some_and(|re| re.same(Word::float(0.5, ty))) {
        return v.math(Op::Sqrt, &[x]).pair();
    }
    let Some(exponent) = constant.and_then(Word::whole).filter(|n| n.unsigned_abs() <= MOST_PRODUCTS) else {
        return v.math(Op::Pow, &[x, y]).pair();
    };
    let one = Pair { re: v.number(1, ty), im: v.number(0, ty) };
    let (mut rest, mut square, mut raised) = (exponent.unsigned_abs(), x, None);
    while rest > 0 {
        if rest & 1 == 1 {
            raised = Some(raised.map_or(square, |raised| product(v, [raised, square])));
        }
        rest >>= 1;
        if rest > 0 {
            square = product(v, [square, square]);
        }
    }
    let raised = raised.unwrap_or(one);
    if exponent < 0 { quotient(v, [one, raised]) } else { raised }
}

/// x / |x|, and 0 of 0. Of one infinite part it is 1 or -1 in its place, of two NaN.
fn direction(v: &mut dyn Pairs, [x]: [Pair; 1]) -> Pair {
    let ty = v.ty(x.re);
    let [zero, one] = [0, 1].map(|number| v.number(number, ty));
    let [infinity, nan] = [f64::INFINITY, f64::NAN].map(|number| v.constant(Word::float(number, ty)));
    let size = v.math(Op::Abs, &[x]).single();
    let is_zero = v.op(Op::Eq, &[size, zero]);
    let is_infinite = v.op(Op::Eq, &[size, infinity]);
    let infinite = [x.re, x.im].map(|part| {
        let size = v.op(Op::Abs, &[part]);
        v.op(Op::Eq, &[size, infinity])
    });
    let both = v.op(Op::And, &infinite);
    let divisor = v.op(Op::Select, &[both, nan, one]);
    let divisor = v.op(Op::Select, &[is_infinite, divisor, size]);
    let divisor = v.op(Op::Select, &[is_zero, one, divisor]);
    let mut part = |part: Value, infinite: Value| {
        let sign = sign(v, part);
        let end = v.op(Op::Select, &[infinite, sign, zero]);
        let part = v.op(Op::Select, &[is_infinite, end, part]);
        let part = v.op(Op::Select, &[is_zero, zero, part]);
        v.op(Op::Div, &[part, divisor])
    };
    Pair { re: part(x.re, infinite[0]), im: part(x.im, infinite[1]) }
}
