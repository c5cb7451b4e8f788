//! Functions of single numbers.
//!
//! Real ones are those of expressions. Divisions are checked, as Python's numbers raise an error there; complex numbers
//! have Python's own formulas, as programs see them whose numbers are no arrays.

use super::super::number::{Number, Numbers, Pair};
use super::Lowering;
use super::value::Val;
use crate::check::Apply;
use crate::check::kernel::Type;
use crate::diag::{ErrorKind, Result};
use crate::ir::Value;
use crate::ops::{Function, Op, Primitives as _};
use crate::syntax::ast::NodeId;
use crate::types::{DType, Kind, Literal, Word};

impl Lowering<'_> {
    /// A function of numbers, or an operator; `id` is the whole expression.
    pub(super) fn scalar(&mut self, id: NodeId, apply: &Apply) -> Result<Val> {
        let Type::Number(dtype) = *self.ty(id) else { unreachable!("one number is computed") };
        let (args, exponent) = self.operands(apply);
        let number = self.applied(id, apply, &args, exponent.as_ref())?;
        Ok(Val::Number(dtype, number))
    }

    /// The operands of a function, and the type of the second one, which decides how to raise to a power.
    pub(super) fn operands(&self, apply: &Apply) -> (Vec<Val>, Option<Type>) {
        let args = apply.args().iter().map(|&arg| self.value(arg).clone()).collect();
        (args, apply.args().get(1).map(|&y| self.ty(y).clone()))
    }

    /// A link of a chained comparison.
    pub(super) fn compared(&mut self, id: NodeId, apply: &Apply) -> Result<Value> {
        let args: Vec<Val> = apply.args().iter().map(|&arg| self.value(arg).clone()).collect();
        Ok(self.applied(id, apply, &args, None)?.single())
    }

    pub(super) fn applied(
        &mut self,
        id: NodeId,
        apply: &Apply,
        args: &[Val],
        exponent: Option<&Type>,
    ) -> Result<Number> {
        use Function as F;
        if let Some(verdict) = apply.verdict {
            return Ok(Number::Real(self.b.constant(Word::Bool(verdict))));
        }
        let compute = apply.compute;
        if let Some(number) = self.signed_with_unsigned(apply, args) {
            return Ok(number);
        }
        let mut numbers = Vec::with_capacity(args.len());
        for (at, arg) in args.iter().enumerate() {
            let condition = apply.function == F::Where && at == 0;
            numbers.push(self.number(arg, if condition { DType::Bool } else { compute }));
        }
        match (apply.function, &numbers[..]) {
            (F::Divide | F::FloorDivide | F::Remainder, &[_, y]) => self.nonzero(id, y, &args[1]),
            (F::Power, &[x, y]) => return self.power(id, compute, x, y, exponent),
            (F::Complex, &[re, im]) => {
                return Ok(Number::Complex(Pair { re: re.single(), im: im.single() }));
            }
            (F::Where, &[condition, x, y]) => return Ok(self.select(condition.single(), x, y)),
            _ => (),
        }
        if compute.is_complex() {
            let pairs: Vec<Pair> = numbers.iter().map(|number| number.pair()).collect();
            return self.complex(id, apply.function, &pairs);
        }
        let values: Vec<Value> = numbers.iter().map(|number| number.single()).collect();
        Ok(Number::Real(apply.function.of(&mut self.b, &values)))
    }

    /// Comparisons of int64 with uint64 are exact.
    fn signed_with_unsigned(&mut self, apply: &Apply, args: &[Val]) -> Option<Number> {
        let kind = |arg: &Val| match arg {
            Val::Number(dtype, _) => Some(dtype.kind()),
            _ => None,
        };
        if apply.compute != DType::UInt64 || args.len() != 2 {
            return None;
        }
        let op = apply.function.primitive()?;
        let signed = |kind| matches!(kind, Some(Kind::Signed | Kind::Bool));
        let value = match (kind(&args[0]), kind(&args[1])) {
            (x, Some(Kind::Unsigned)) if signed(x) => {
                let (x, y) = (self.number(&args[0], DType::Int64), self.number(&args[1], DType::UInt64));
                self.b.compare_integers(op, x.single(), y.single())
            }
            (Some(Kind::Unsigned), y) if signed(y) => {
                let (x, y) = (self.number(&args[0], DType::UInt64), self.number(&args[1], DType::Int64));
                self.b.compare_integers(op, x.single(), y.single())
            }
            _ => return None,
        };
        Some(Number::Real(value))
    }

    pub(super) fn select(&mut self, condition: Value, x: Number, y: Number) -> Number {
        match (x, y) {
            (Number::Complex(_), Number::Complex(_)) => {
                Function::Where.of_complex(&mut self.b, &[Number::Real(condition), x, y])
            }
            _ => Number::Real(self.b.op(Op::Select, &[condition, x.single(), y.single()])),
        }
    }

    /// Fails where a divisor is 0, unless the kernel wants NumPy's results.
    fn nonzero(&mut self, id: NodeId, y: Number, divisor: &Val) {
        let known = matches!(divisor, Val::Literal(value) if crate::check::truth(*value));
        if !self.unit.division_fails || known {
            return;
        }
        let nonzero = self.b.cast(y, DType::Bool).single();
        let site = self.site(self.span(id), ErrorKind::Value, "ZeroDivisionError: division by zero", &[]);
        self.b.check(nonzero, site, &[]);
    }

    pub(super) fn nonzero_divisor(&mut self, id: NodeId, divisor: NodeId, y: Number) {
        let value = self.value(divisor).clone();
        self.nonzero(id, y, &value);
    }

    /// A power. A whole one of an integer fails where the exponent is negative.
    fn power(
        &mut self,
        id: NodeId,
        compute: DType,
        x: Number,
        y: Number,
        exponent: Option<&Type>,
    ) -> Result<Number> {
        let known = match exponent {
            Some(Type::Literal(Literal::Int(value))) => Some(*value as f64),
            Some(Type::Literal(Literal::Float(value))) => Some(*value),
            _ => None,
        };
        if compute.is_complex() {
            return match exponent {
                Some(&Type::Literal(Literal::Int(n @ -100..=100))) => {
                    Ok(Number::Complex(self.whole_power(x.pair(), n)))
                }
                _ => {
                    Err(self.unbuilt(id, "a power of a complex number but a whole constant one, to 100, is"))
                }
            };
        }
        let (x, y) = (x.single(), y.single());
        Ok(Number::Real(match known {
            Some(1.0) => x,
            Some(2.0) => self.b.op(Op::Mul, &[x, x]),
            _ => {
                if compute.kind() == Kind::Signed && known.is_none_or(|known| known < 0.0) {
                    let zero = self.b.number(0, self.b.scalar(y));
                    let sound = self.b.op(Op::Ge, &[y, zero]);
                    let message = "ValueError: an integer to the negative power {}; write a float, as in `float(x) ** y`";
                    let ty = self.b.scalar(y);
                    let site = self.site(self.span(id), ErrorKind::Value, message, &[ty]);
                    self.b.check(sound, site, &[y]);
                }
                self.b.op(Op::Pow, &[x, y])
            }
        }))
    }

    /// A power of a complex number by squaring, each product as CPython makes it.
    fn whole_power(&mut self, x: Pair, n: i128) -> Pair {
        let ty = self.b.scalar(x.re);
        let one = Pair { re: self.b.number(1, ty), im: self.b.number(0, ty) };
        let (mut result, mut power, mut rest) = (one, x, n.unsigned_abs());
        while rest > 0 {
            if rest % 2 == 1 {
                result = self.product(result, power);
            }
            rest /= 2;
            if rest > 0 {
                power = self.product(power, power);
            }
        }
        if n < 0 { self.quotient(one, result) } else { result }
    }

    /// A function of complex numbers.
    fn complex(&mut self, id: NodeId, function: Function, x: &[Pair]) -> Result<Number> {
        use Function as F;
        Ok(match (function, x) {
            (F::Multiply, &[x, y]) => Number::Complex(self.product(x, y)),
            (F::Square, &[x]) => Number::Complex(self.product(x, x)),
            (F::Divide, &[x, y]) => Number::Complex(self.quotient(x, y)),
            (F::Abs, &[x]) => Number::Real(self.size(x)),
            (F::Add | F::Subtract | F::Negative | F::Positive | F::Conj, _)
            | (F::Real | F::Imag | F::IsNan | F::IsInf | F::IsFinite, _)
            | (F::Equal | F::NotEqual, _) => {
                let x: Vec<Number> = x.iter().map(|&x| Number::Complex(x)).collect();
                function.of_complex(&mut self.b, &x)
            }
            _ if function.casts_to().is_some() => Number::Complex(x[0]),
            _ => return Err(self.unbuilt(id, &format!("`{}` of complex numbers is", function.shown()))),
        })
    }

    pub(super) fn product(&mut self, x: Pair, y: Pair) -> Pair {
        let b = &mut self.b;
        let [rr, ii, ri, ir] =
            [(x.re, y.re), (x.im, y.im), (x.re, y.im), (x.im, y.re)].map(|(x, y)| b.op(Op::Mul, &[x, y]));
        Pair { re: b.op(Op::Sub, &[rr, ii]), im: b.op(Op::Add, &[ri, ir]) }
    }

    /// By the larger part of the divisor (R. L. Smith, Algorithm 116: Complex division, CACM 5, 1962), as CPython has it.
    fn quotient(&mut self, x: Pair, y: Pair) -> Pair {
        let b = &mut self.b;
        let sizes = [y.re, y.im].map(|part| b.op(Op::Abs, &[part]));
        let upright = b.op(Op::Ge, &sizes);
        let large = b.op(Op::Select, &[upright, y.re, y.im]);
        let small = b.op(Op::Select, &[upright, y.im, y.re]);
        let first = b.op(Op::Select, &[upright, x.re, x.im]);
        let second = b.op(Op::Select, &[upright, x.im, x.re]);
        let ratio = b.op(Op::Div, &[small, large]);
        let rest = b.op(Op::Mul, &[small, ratio]);
        let denominator = b.op(Op::Add, &[large, rest]);
        let across = b.op(Op::Mul, &[second, ratio]);
        let re = b.op(Op::Add, &[first, across]);
        let across = b.op(Op::Mul, &[first, ratio]);
        let straight = b.op(Op::Sub, &[second, across]);
        let turned = b.op(Op::Sub, &[across, second]);
        let im = b.op(Op::Select, &[upright, straight, turned]);
        Pair { re: b.op(Op::Div, &[re, denominator]), im: b.op(Op::Div, &[im, denominator]) }
    }

    /// sqrt(re² + im²) without an overflow: of the larger part, and how much larger it is.
    fn size(&mut self, x: Pair) -> Value {
        let b = &mut self.b;
        let ty = b.scalar(x.re);
        let [one, zero] = [1, 0].map(|v| b.number(v, ty));
        let [re, im] = [x.re, x.im].map(|part| b.op(Op::Abs, &[part]));
        let larger = b.op(Op::Gt, &[re, im]);
        let large = b.op(Op::Select, &[larger, re, im]);
        let small = b.op(Op::Select, &[larger, im, re]);
        let ratio = b.op(Op::Div, &[small, large]);
        let square = b.op(Op::Mul, &[ratio, ratio]);
        let sum = b.op(Op::Add, &[one, square]);
        let root = b.op(Op::Sqrt, &[sum]);
        let size = b.op(Op::Mul, &[large, root]);
        // Where the smaller part is 0, or the larger infinite, it is the larger.
        let none = b.op(Op::Eq, &[small, zero]);
        let infinity = b.constant(Word::float(f64::INFINITY, ty));
        let [first, second] = [re, im].map(|part| b.op(Op::Eq, &[part, infinity]));
        let infinite = b.op(Op::Or, &[first, second]);
        let size = b.op(Op::Select, &[none, large, size]);
        b.op(Op::Select, &[infinite, infinity, size])
    }
}
