//! What each function does to one element, in primitives.
//!
//! Knows the rows of both layers of the table of operations. It must not know the tree, loops or
//! reductions.

use crate::ir::{Inst, Value, Values};
use crate::ops::{Function, Op};
use crate::types::{Ty, Word};

/// The primitive that a function is, where it is one for the types that the primitive takes.
fn primitive(function: Function) -> Op {
    use Function as F;
    match function {
        F::Add => Op::Add,
        F::Subtract => Op::Sub,
        F::Multiply => Op::Mul,
        F::Divide => Op::Div,
        F::FloorDivide => Op::FloorDiv,
        F::Remainder => Op::Mod,
        F::Power => Op::Pow,
        F::Negative => Op::Neg,
        F::Abs | F::Fabs => Op::Abs,
        F::Sqrt => Op::Sqrt,
        F::Exp => Op::Exp,
        F::Expm1 => Op::Expm1,
        F::Log => Op::Log,
        F::Log1p => Op::Log1p,
        F::Sin => Op::Sin,
        F::Cos => Op::Cos,
        F::Tan => Op::Tan,
        F::Tanh => Op::Tanh,
        F::Floor => Op::Floor,
        F::Ceil => Op::Ceil,
        F::Trunc => Op::Trunc,
        F::Round | F::Rint => Op::Rint,
        F::Minimum => Op::Min,
        F::Maximum => Op::Max,
        F::BitwiseAnd | F::LogicalAnd => Op::And,
        F::BitwiseOr | F::LogicalOr => Op::Or,
        F::BitwiseXor => Op::Xor,
        F::Invert | F::LogicalNot => Op::Not,
        F::LeftShift => Op::Shl,
        F::RightShift => Op::Shr,
        F::Equal => Op::Eq,
        F::NotEqual => Op::Ne,
        F::Less => Op::Lt,
        F::LessEqual => Op::Le,
        F::Greater => Op::Gt,
        F::GreaterEqual => Op::Ge,
        F::Where => Op::Select,
        _ => unreachable!("{function:?} is no primitive"),
    }
}

/// The comparison of y with x that is `function` of x with y.
pub(super) fn mirrored(function: Function) -> Function {
    use Function as F;
    match function {
        F::Less => F::Greater,
        F::LessEqual => F::GreaterEqual,
        F::Greater => F::Less,
        F::GreaterEqual => F::LessEqual,
        same => same,
    }
}

/// Primitives where values are made: in the graph of an expression, or in a function of kernels.
pub(super) trait Primitives: Values {
    /// The constant that a value is, if it is known to be one.
    fn known(&self, value: Value) -> Option<Word>;

    /// A constant.
    fn constant(&mut self, value: Word) -> Value {
        self.push(Inst::Const(value.to_bits()), value.ty())
    }

    /// A small integer as a value of any type.
    fn small(&mut self, value: i32, ty: Ty) -> Value {
        self.constant(Word::I32(value).cast(ty))
    }

    /// A primitive other than a conversion.
    fn op(&mut self, op: Op, operands: &[Value]) -> Value {
        let ty = op.result(self.ty(operands[operands.len() - 1]));
        self.push(Inst::op(op, operands), ty)
    }

    /// The bits of a float as an integer.
    fn bits(&mut self, value: Value, ty: Ty) -> Value {
        self.push(Inst::op(Op::Bitcast, &[value]), ty)
    }

    /// The value in `ty`; as bool, whether it is not 0.
    fn convert(&mut self, value: Value, ty: Ty) -> Value {
        match (self.ty(value), ty) {
            (from, to) if from == to => value,
            (from, Ty::Bool) => {
                let zero = self.small(0, from);
                self.op(Op::Ne, &[value, zero])
            }
            _ => self.push(Inst::op(Op::Convert, &[value]), ty),
        }
    }

    /// `function` of operands that have the type it computes in. Reductions are not for here.
    fn function(&mut self, function: Function, x: &[Value]) -> Value {
        use Function as F;
        let ty = self.ty(x[x.len() - 1]);
        match (function, x) {
            (F::Positive | F::Real | F::Conj, &[x]) => x,
            (F::Imag, _) => self.small(0, ty),
            _ if function.casts_to().is_some() => x[0],
            (F::Square, &[x]) => self.op(Op::Mul, &[x, x]),
            (F::Where, _) => self.op(Op::Select, x),
            (F::Clip, &[x, low, high]) => {
                // The element stands second: of two zeros it is the one that stays, as in NumPy.
                let floor = self.function(F::Maximum, &[low, x]);
                self.function(F::Minimum, &[high, floor])
            }
            (F::Sign, &[x]) => self.sign(x, ty),
            (F::Angle, &[x]) => self.real_angle(x, ty),
            (F::IsNan | F::IsFinite | F::IsInf, &[x]) => self.predicate(function, x, ty),
            (F::Fmin, _) if !ty.is_float() => self.function(F::Minimum, x),
            (F::Fmax, _) if !ty.is_float() => self.function(F::Maximum, x),
            (F::Fmin, &[x, y]) => self.ignoring_nan(Op::Le, x, y),
            (F::Fmax, &[x, y]) => self.ignoring_nan(Op::Ge, x, y),
            (F::Floor | F::Ceil | F::Trunc | F::Round, &[x]) if !ty.is_float() => x,
            _ if ty == Ty::Bool => self.of_bool(function, x),
            _ => self.op(primitive(function), x),
        }
    }

    /// Arithmetic, order and bits of truth values.
    fn of_bool(&mut self, function: Function, x: &[Value]) -> Value {
        use Function as F;
        match (function, x) {
            (F::Abs, &[x]) => x,
            (F::Add | F::Maximum, _) => self.op(Op::Or, x),
            (F::Multiply | F::Minimum, _) => self.op(Op::And, x),
            (F::NotEqual, _) => self.op(Op::Xor, x),
            (F::Equal, _) => {
                let differ = self.op(Op::Xor, x);
                self.op(Op::Not, &[differ])
            }
            (F::Less, &[x, y]) | (F::Greater, &[y, x]) => self.with_not(Op::And, x, y),
            (F::LessEqual, &[x, y]) | (F::GreaterEqual, &[y, x]) => self.with_not(Op::Or, x, y),
            _ => self.op(primitive(function), x),
        }
    }

    /// `op(not x, y)`
    fn with_not(&mut self, op: Op, x: Value, y: Value) -> Value {
        let not = self.op(Op::Not, &[x]);
        self.op(op, &[not, y])
    }

    /// A comparison of an i64 with a u64, by their exact values: below 0 is below all, and else both are u64.
    fn compare_signed(&mut self, function: Function, x: Value, y: Value) -> Value {
        use Function as F;
        let zero = self.small(0, Ty::I64);
        let negative = self.op(Op::Lt, &[x, zero]);
        let x = self.convert(x, Ty::U64);
        let compared = self.op(primitive(function), &[x, y]);
        match function {
            F::Less | F::LessEqual | F::NotEqual => self.op(Op::Or, &[negative, compared]),
            _ => self.with_not(Op::And, negative, compared),
        }
    }

    /// 1, -1, 0, and a NaN as it is.
    fn sign(&mut self, x: Value, ty: Ty) -> Value {
        let [one, zero, minus] = [1, 0, -1].map(|v| self.small(v, ty));
        let mut rest = zero;
        if ty.is_float() {
            let is_zero = self.op(Op::Eq, &[x, zero]);
            rest = self.op(Op::Select, &[is_zero, zero, x]);
        }
        let below = self.op(Op::Lt, &[x, zero]);
        let below = self.op(Op::Select, &[below, minus, rest]);
        let above = self.op(Op::Gt, &[x, zero]);
        self.op(Op::Select, &[above, one, below])
    }

    /// Half a turn below 0 and of -0, none above, and a NaN as it is.
    fn real_angle(&mut self, x: Value, ty: Ty) -> Value {
        let word = if ty == Ty::F32 { Ty::I32 } else { Ty::I64 };
        let bits = self.bits(x, word);
        let zero = self.small(0, word);
        let below = self.op(Op::Lt, &[bits, zero]);
        let half = self.constant(Word::float(std::f64::consts::PI, ty));
        let none = self.small(0, ty);
        let angle = self.op(Op::Select, &[below, half, none]);
        let nan = self.op(Op::Ne, &[x, x]);
        self.op(Op::Select, &[nan, x, angle])
    }

    fn predicate(&mut self, function: Function, x: Value, ty: Ty) -> Value {
        if !ty.is_float() {
            return self.constant(Word::Bool(function == Function::IsFinite));
        }
        if function == Function::IsNan {
            return self.op(Op::Ne, &[x, x]);
        }
        let size = self.op(Op::Abs, &[x]);
        let infinity = self.constant(Word::float(f64::INFINITY, ty));
        self.op(if function == Function::IsInf { Op::Eq } else { Op::Lt }, &[size, infinity])
    }

    /// `x op y or y is NaN ? x : y`
    fn ignoring_nan(&mut self, op: Op, x: Value, y: Value) -> Value {
        let before = self.op(op, &[x, y]);
        let nan = self.op(Op::Ne, &[y, y]);
        let first = self.op(Op::Or, &[before, nan]);
        self.op(Op::Select, &[first, x, y])
    }
}
