//! What each function does to complex numbers, in primitives on their parts.
//!
//! The formulas are NumPy's where it has them: products and quotients have its bits. It must not know the tree,
//! loops or reductions.

use smallvec::SmallVec;

use super::functions::Primitives;
use super::number::{Number, Pair};
use crate::ir::Value;
use crate::math;
use crate::ops::{Function, Op};
use crate::types::Word;

/// Powers up to this one are products, as NumPy's are.
const MOST_PRODUCTS: u32 = 99;

/// Complex functions in any place where values are made.
pub(super) trait Pairs: Primitives + Sized {
    /// `function` of complex operands. Reductions are not for here.
    fn complex_function(&mut self, function: Function, x: &[Pair]) -> Number {
        use Function as F;
        match (function, x) {
            (F::Abs | F::Angle, _) => Number::Real(self.written(function, x).expect("both are written").0),
            (F::Real, &[x]) => Number::Real(x.re),
            (F::Imag, &[x]) => Number::Real(x.im),
            (F::IsNan | F::IsInf | F::IsFinite, &[x]) => {
                let parts = [x.re, x.im].map(|part| self.function(function, &[part]));
                let both = function == F::IsFinite;
                Number::Real(self.op(if both { Op::And } else { Op::Or }, &parts))
            }
            (F::Equal | F::NotEqual | F::Less | F::LessEqual | F::Greater | F::GreaterEqual, &[x, y]) => {
                Number::Real(self.compare(function, x, y))
            }
            _ => Number::Complex(self.complex(function, x)),
        }
    }

    fn complex(&mut self, function: Function, x: &[Pair]) -> Pair {
        use Function as F;
        match (function, x) {
            (F::Positive, &[x]) => x,
            _ if function.casts_to().is_some() => x[0],
            (F::Negative | F::Rint | F::Round, &[x]) => self.each(x, |g, part| g.function(function, &[part])),
            (F::Conj, &[x]) => Pair { im: self.op(Op::Neg, &[x.im]), ..x },
            (F::Add | F::Subtract, &[x, y]) => Pair {
                re: self.function(function, &[x.re, y.re]),
                im: self.function(function, &[x.im, y.im]),
            },
            (F::Multiply, &[x, y]) => self.product(x, y),
            (F::Square, &[x]) => self.product(x, x),
            (F::Divide, &[x, y]) => self.quotient(x, y),
            (F::Power, &[x, y]) => self.power(x, y),
            (F::Sign, &[x]) => self.direction(x),
            (F::Minimum | F::Maximum | F::Fmin | F::Fmax, &[x, y]) => self.extremum(function, x, y),
            (F::Clip, &[x, low, high]) => {
                let floor = self.extremum(F::Maximum, low, x);
                self.extremum(F::Minimum, high, floor)
            }
            _ => match self.written(function, x) {
                Some((re, Some(im))) => Pair { re, im },
                _ => unreachable!("{function:?} of complex numbers"),
            },
        }
    }

    /// Each part by itself.
    fn each(&mut self, x: Pair, mut f: impl FnMut(&mut Self, Value) -> Value) -> Pair {
        Pair { re: f(self, x.re), im: f(self, x.im) }
    }

    fn choose(&mut self, condition: Value, x: Pair, y: Pair) -> Pair {
        Pair {
            re: self.op(Op::Select, &[condition, x.re, y.re]),
            im: self.op(Op::Select, &[condition, x.im, y.im]),
        }
    }

    /// The first product of each part is rounded before, as in NumPy's loops.
    fn product(&mut self, x: Pair, y: Pair) -> Pair {
        let re = self.op(Op::Mul, &[x.im, y.im]);
        let re = self.op(Op::Neg, &[re]);
        let im = self.op(Op::Mul, &[x.im, y.re]);
        Pair { re: self.op(Op::Fma, &[x.re, y.re, re]), im: self.op(Op::Fma, &[x.re, y.im, im]) }
    }

    /// Smith's: R. L. Smith, Algorithm 116: Complex division, CACM 5 (1962). By 0 each part is divided.
    fn quotient(&mut self, x: Pair, y: Pair) -> Pair {
        let ty = self.ty(x.re);
        let [one, zero] = [1, 0].map(|v| self.small(v, ty));
        let sizes = [y.re, y.im].map(|part| self.op(Op::Abs, &[part]));
        let upright = self.op(Op::Ge, &sizes);
        let large = self.op(Op::Select, &[upright, y.re, y.im]);
        let small = self.op(Op::Select, &[upright, y.im, y.re]);
        let by_zero = self.op(Op::Eq, &[large, zero]);
        let by_zero = self.op(Op::And, &[upright, by_zero]);
        let ratio = self.op(Op::Div, &[small, large]);
        let rest = self.op(Op::Mul, &[small, ratio]);
        let denominator = self.op(Op::Add, &[large, rest]);
        let scale = self.op(Op::Div, &[one, denominator]);
        let infinity = self.constant(Word::float(f64::INFINITY, ty));
        let scale = self.op(Op::Select, &[by_zero, infinity, scale]);
        let first = self.op(Op::Select, &[upright, x.re, x.im]);
        let second = self.op(Op::Select, &[upright, x.im, x.re]);
        let across = self.op(Op::Mul, &[second, ratio]);
        let re = self.op(Op::Add, &[first, across]);
        let re = self.op(Op::Select, &[by_zero, x.re, re]);
        let across = self.op(Op::Mul, &[first, ratio]);
        let im = self.op(Op::Sub, &[second, across]);
        let turned = self.op(Op::Sub, &[across, second]);
        let im = self.op(Op::Select, &[upright, im, turned]);
        let im = self.op(Op::Select, &[by_zero, x.im, im]);
        Pair { re: self.op(Op::Mul, &[re, scale]), im: self.op(Op::Mul, &[im, scale]) }
    }

    /// `x ** y`: for a constant whole y by products, else by the exponential function.
    fn power(&mut self, x: Pair, y: Pair) -> Pair {
        let ty = self.ty(x.re);
        let exponent = match (self.known(y.re), self.known(y.im)) {
            (Some(re), Some(im)) if im.is_zero() => re.whole(),
            _ => None,
        };
        let Some(exponent) = exponent.filter(|n| n.unsigned_abs() <= MOST_PRODUCTS) else {
            return match self.written(Function::Power, &[x, y]) {
                Some((re, Some(im))) => Pair { re, im },
                _ => unreachable!("powers are written"),
            };
        };
        let one = Pair { re: self.small(1, ty), im: self.small(0, ty) };
        let (mut rest, mut square, mut product) = (exponent.unsigned_abs(), x, None);
        while rest > 0 {
            if rest & 1 == 1 {
                product = Some(product.map_or(square, |product| self.product(product, square)));
            }
            rest >>= 1;
            if rest > 0 {
                square = self.product(square, square);
            }
        }
        let product = product.unwrap_or(one);
        if exponent < 0 { self.quotient(one, product) } else { product }
    }

    /// The distance from 0.
    fn size(&mut self, x: Pair) -> Value {
        let (size, _) = self.written(Function::Abs, &[x]).expect("sizes are written");
        size
    }

    /// What the math functions write of complex numbers.
    fn written(&mut self, function: Function, x: &[Pair]) -> Option<(Value, Option<Value>)> {
        let x: SmallVec<[[Value; 2]; 2]> = x.iter().map(|x| [x.re, x.im]).collect();
        math::write_complex(self, function, &x)
    }

    /// x / |x|, and 0 of 0. Of one infinite part it is 1 or -1 in its place, of two NaN.
    fn direction(&mut self, x: Pair) -> Pair {
        let ty = self.ty(x.re);
        let [zero, one] = [0, 1].map(|v| self.small(v, ty));
        let [infinity, nan] = [f64::INFINITY, f64::NAN].map(|v| self.constant(Word::float(v, ty)));
        let size = self.size(x);
        let is_zero = self.op(Op::Eq, &[size, zero]);
        let is_infinite = self.op(Op::Eq, &[size, infinity]);
        let infinite = [x.re, x.im].map(|part| {
            let size = self.op(Op::Abs, &[part]);
            self.op(Op::Eq, &[size, infinity])
        });
        let both = self.op(Op::And, &infinite);
        let divisor = self.op(Op::Select, &[both, nan, one]);
        let divisor = self.op(Op::Select, &[is_infinite, divisor, size]);
        let divisor = self.op(Op::Select, &[is_zero, one, divisor]);
        let mut part = |part, infinite| {
            let sign = self.function(Function::Sign, &[part]);
            let end = self.op(Op::Select, &[infinite, sign, zero]);
            let part = self.op(Op::Select, &[is_infinite, end, part]);
            let part = self.op(Op::Select, &[is_zero, zero, part]);
            self.op(Op::Div, &[part, divisor])
        };
        Pair { re: part(x.re, infinite[0]), im: part(x.im, infinite[1]) }
    }

    /// By the real parts, and where they are equal by the imaginary ones. Of a NaN in either part only `!=` is true.
    fn compare(&mut self, function: Function, x: Pair, y: Pair) -> Value {
        use Function as F;
        match function {
            F::Equal | F::NotEqual => {
                let parts = [(x.re, y.re), (x.im, y.im)].map(|(x, y)| self.function(function, &[x, y]));
                self.op(if function == F::Equal { Op::And } else { Op::Or }, &parts)
            }
            _ => {
                let strict = match function {
                    F::Less | F::LessEqual => Op::Lt,
                    _ => Op::Gt,
                };
                let before = self.op(strict, &[x.re, y.re]);
                let numbers = [x.im, y.im].map(|part| self.op(Op::Eq, &[part, part]));
                let numbers = self.op(Op::And, &numbers);
                let before = self.op(Op::And, &[before, numbers]);
                let alike = self.op(Op::Eq, &[x.re, y.re]);
                let parts = self.function(function, &[x.im, y.im]);
                let parts = self.op(Op::And, &[alike, parts]);
                self.op(Op::Or, &[before, parts])
            }
        }
    }

    /// The first operand where it is no later than the second, or a NaN; of fmin and fmax where the second is one.
    fn extremum(&mut self, function: Function, x: Pair, y: Pair) -> Pair {
        use Function as F;
        let order = if matches!(function, F::Minimum | F::Fmin) { F::LessEqual } else { F::GreaterEqual };
        let asked = if matches!(function, F::Minimum | F::Maximum) { x } else { y };
        let before = self.compare(order, x, y);
        let nan = [asked.re, asked.im].map(|part| self.op(Op::Ne, &[part, part]));
        let nan = self.op(Op::Or, &nan);
        let first = self.op(Op::Or, &[before, nan]);
        self.choose(first, x, y)
    }
}

impl<T: Primitives> Pairs for T {}
