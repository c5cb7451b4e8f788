//! A way to write arithmetic as arithmetic: a [`Lane`] is a value of a body under construction, and
//! `a * b + c` on lanes pushes the instructions. Nothing is joined or reordered behind the text:
//! an `fma` is where the text says [`Lane::fma`].
//!
//! This file must not know functions, bodies or passes.

use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Sub};

use crate::ops::{Op, Primitives, Value};
use crate::types::{Ty, Word};

/// What many lanes push to. It should give one value to equal instructions: the functions lean on it.
pub(super) struct Sheet<'t>(RefCell<&'t mut dyn Primitives>);

/// What lanes need of a sheet, whatever the life of its target.
trait Push {
    fn push(&self, op: Op, operands: &[Value], ty: Ty) -> Value;
    fn constant(&self, word: Word) -> Value;
}

impl Push for Sheet<'_> {
    fn push(&self, op: Op, operands: &[Value], ty: Ty) -> Value {
        self.0.borrow_mut().push(op, operands, ty)
    }

    fn constant(&self, word: Word) -> Value {
        self.0.borrow_mut().constant(word)
    }
}

impl<'t> Sheet<'t> {
    pub fn new(target: &'t mut dyn Primitives) -> Sheet<'t> {
        Sheet(RefCell::new(target))
    }

    /// A value of the target.
    pub fn lane(&self, value: Value) -> Lane<'_> {
        Lane { sheet: self, value, ty: self.0.borrow().ty(value) }
    }
}

/// A value of a body under construction.
#[derive(Clone, Copy)]
pub(super) struct Lane<'s> {
    sheet: &'s dyn Push,
    pub value: Value,
    pub ty: Ty,
}

/// Numbers for both formats: those of float64 and of float32.
pub(super) struct Table {
    pub wide: &'static [f64],
    pub narrow: &'static [f64],
}

impl Table {
    /// Those of a format; all are numbers of that format.
    pub fn of(&self, ty: Ty) -> &'static [f64] {
        if ty == Ty::F32 { self.narrow } else { self.wide }
    }
}

/// The layout of a float.
#[derive(Clone, Copy)]
pub(super) struct Format {
    /// Bits of the fraction.
    pub fraction: i64,
    /// What the exponent field holds for 1.
    pub bias: i64,
}

impl Format {
    pub fn of(ty: Ty) -> Format {
        match ty {
            Ty::F32 | Ty::I32 => Format { fraction: 23, bias: 127 },
            _ => Format { fraction: 52, bias: 1023 },
        }
    }

    /// The bits of the fraction.
    pub fn fraction_mask(self) -> i64 {
        (1 << self.fraction) - 1
    }

    /// The bit of the sign.
    pub fn sign(self) -> i64 {
        if self.bias == 127 { i32::MIN.into() } else { i64::MIN }
    }

    /// The bits of 2^n, |n| < bias.
    pub fn power(self, n: i64) -> i64 {
        (n + self.bias) << self.fraction
    }

    /// 1.5 * 2^(fraction + k) + n: the sum of it and a smaller number is rounded to a multiple of
    /// 2^k, and that multiple plus n, in units of 2^k, stands in the low bits of the sum.
    pub fn shifter(self, k: i32, n: i64) -> f64 {
        (1.5 * ((1i64 << self.fraction) as f64) + n as f64) * f64::from(1 << k)
    }
}

impl<'s> Lane<'s> {
    fn push(self, op: Op, operands: &[Value], ty: Ty) -> Lane<'s> {
        Lane { value: self.sheet.push(op, operands, ty), ty, ..self }
    }

    fn constant(self, scalar: Word) -> Lane<'s> {
        let ty = scalar.ty();
        Lane { value: self.sheet.constant(scalar), ty, ..self }
    }

    /// `op` of one operand, in the type of it.
    pub fn unary(self, op: Op) -> Lane<'s> {
        self.push(op, &[self.value], self.ty)
    }

    /// `op` of two operands of one type.
    pub fn binary(self, op: Op, y: Lane<'s>) -> Lane<'s> {
        self.push(op, &[self.value, y.value], op.result(self.ty))
    }

    /// A float constant of this type.
    pub fn number(self, x: f64) -> Lane<'s> {
        self.constant(Word::float(x, self.ty))
    }

    /// An integer constant of this type.
    pub fn integer(self, x: i64) -> Lane<'s> {
        self.constant(Word::int(x, self.ty))
    }

    pub fn format(self) -> Format {
        Format::of(self.ty)
    }

    /// self * y + z, rounded once.
    pub fn fma(self, y: impl On<'s>, z: impl On<'s>) -> Lane<'s> {
        let (y, z) = (y.on(self), z.on(self));
        self.push(Op::Fma, &[self.value, y.value, z.value], self.ty)
    }

    pub fn abs(self) -> Lane<'s> {
        self.unary(Op::Abs)
    }

    pub fn rint(self) -> Lane<'s> {
        self.unary(Op::Rint)
    }

    /// self * 2^n for a whole n.
    pub fn scale(self, n: Lane<'s>) -> Lane<'s> {
        self.binary(Op::Scale, n)
    }

    /// The bits of a float.
    pub fn bits(self) -> Lane<'s> {
        let int = if self.ty == Ty::F32 { Ty::I32 } else { Ty::I64 };
        self.push(Op::Bitcast, &[self.value], int)
    }

    /// The float with these bits.
    pub fn float(self) -> Lane<'s> {
        let float = if self.ty == Ty::I32 { Ty::F32 } else { Ty::F64 };
        self.push(Op::Bitcast, &[self.value], float)
    }

    pub fn shl(self, amount: i64) -> Lane<'s> {
        self.binary(Op::Shl, self.integer(amount))
    }

    pub fn ushr(self, amount: i64) -> Lane<'s> {
        self.binary(Op::Ushr, self.integer(amount))
    }

    pub fn lt(self, y: impl On<'s>) -> Lane<'s> {
        self.binary(Op::Lt, y.on(self))
    }

    pub fn gt(self, y: impl On<'s>) -> Lane<'s> {
        self.binary(Op::Gt, y.on(self))
    }

    pub fn same(self, y: impl On<'s>) -> Lane<'s> {
        self.binary(Op::Eq, y.on(self))
    }

    pub fn differs(self, y: impl On<'s>) -> Lane<'s> {
        self.binary(Op::Ne, y.on(self))
    }

    /// The value in another type.
    pub fn to(self, ty: Ty) -> Lane<'s> {
        self.push(Op::Convert, &[self.value], ty)
    }

    /// `op` of two values where this bool holds.
    pub fn choice(self, op: Op, x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
        x.push(op, &[self.value, x.value, y.value], x.ty)
    }

    /// This bool ? x : y
    pub fn select(self, x: Lane<'s>, y: Lane<'s>) -> Lane<'s> {
        Lane { value: self.sheet.push(Op::Select, &[self.value, x.value, y.value], x.ty), ..x }
    }

    /// At most `bound`; NaN stays NaN. The comparison and the choice are what one instruction does.
    pub fn at_most(self, bound: f64) -> Lane<'s> {
        let bound = self.number(bound);
        bound.lt(self).select(bound, self)
    }

    /// At least `bound`; NaN stays NaN.
    pub fn at_least(self, bound: f64) -> Lane<'s> {
        let bound = self.number(bound);
        bound.gt(self).select(bound, self)
    }

    /// The polynomial with these coefficients, lowest first, in this value, by Horner's one chain.
    pub fn horner(self, coefficients: &[f64]) -> Lane<'s> {
        let (&top, rest) = coefficients.split_last().expect("a polynomial has coefficients");
        rest.iter().rev().fold(self.number(top), |above, &c| self.fma(above, c))
    }

    /// The same in two chains, of pairs of coefficients and over them: half as long, for the price of
    /// the square, which `self * self` elsewhere shares.
    pub fn polynomial(self, coefficients: &[f64]) -> Lane<'s> {
        let square = self * self;
        let pair = |pair: &[f64]| match *pair {
            [low, high] => self.fma(high, low),
            [low] => self.number(low),
            _ => unreachable!("chunks of two"),
        };
        let mut pairs = coefficients.chunks(2).rev();
        let top = pair(pairs.next().expect("a polynomial has coefficients"));
        pairs.fold(top, |above, low| square.fma(above, pair(low)))
    }
}

/// A lane, or a number that becomes a constant beside one.
pub(super) trait On<'s> {
    fn on(self, beside: Lane<'s>) -> Lane<'s>;
}

impl<'s> On<'s> for Lane<'s> {
    fn on(self, _: Lane<'s>) -> Lane<'s> {
        self
    }
}

impl<'s> On<'s> for f64 {
    fn on(self, beside: Lane<'s>) -> Lane<'s> {
        beside.number(self)
    }
}

impl<'s> On<'s> for i64 {
    fn on(self, beside: Lane<'s>) -> Lane<'s> {
        beside.integer(self)
    }
}

macro_rules! operator {
    ($($trait:ident $method:ident $op:ident),*) => {$(
        impl<'s, T: On<'s>> $trait<T> for Lane<'s> {
            type Output = Lane<'s>;

            fn $method(self, y: T) -> Lane<'s> {
                self.binary(Op::$op, y.on(self))
            }
        }
    )*};
}

operator!(Add add Add, Sub sub Sub, Mul mul Mul, Div div Div);
operator!(BitAnd bitand And, BitOr bitor Or, BitXor bitxor Xor);

impl<'s> Neg for Lane<'s> {
    type Output = Lane<'s>;

    fn neg(self) -> Lane<'s> {
        self.unary(Op::Neg)
    }
}
