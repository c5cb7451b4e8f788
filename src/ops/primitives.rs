//! The primitives of the IR: few, and what machines have.

use super::kinds::{BITS, Kinds, REAL, SINGLE};
use crate::types::Ty;

/// A primitive of the IR: a pure function of one element's operands that cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Op {
    /// x + y; integers wrap.
    Add,
    /// x - y; integers wrap.
    Sub,
    /// x * y; integers wrap.
    Mul,
    /// x / y, correctly rounded.
    Div,
    /// floor(x / y): integers give 0 for y = 0 and wrap MIN // -1; floats follow NumPy's divmod.
    FloorDiv,
    /// x - y * floor(x / y), with the sign of y; integers give 0 for y = 0; floats follow NumPy's divmod.
    Mod,
    /// x ** y; of integers modulo 2^n, where a negative y gives 0 (a guard reports it). Of floats a
    /// math function.
    Pow,
    /// -x; integers wrap.
    Neg,
    /// |x|; integers wrap, and without a sign are themselves.
    Abs,
    /// `x < y or x is NaN ? x : y`
    Min,
    /// `x > y or x is NaN ? x : y`
    Max,
    /// Square root, correctly rounded.
    Sqrt,
    /// The next integer at or below.
    Floor,
    /// The next integer at or above.
    Ceil,
    /// The integer part.
    Trunc,
    /// The nearest integer, ties to even.
    Rint,
    /// x * y + z, rounded once.
    Fma,
    /// x * 2^y for a whole y, rounded once. This one and the next two are for the math functions alone:
    /// back ends agree where |x| is 0 or 2^-10 to 2^10 and |y| at most twice the largest exponent, and
    /// where both are NaN.
    Scale,
    /// |x| / 2^k from [`FRACTIONS_END`] / 2 to that. Back ends agree on a positive finite x.
    Fraction,
    /// The k of x = 2^k y, where y is the [`Op::Fraction`] of x. Back ends agree on a positive finite x.
    Exponent,
    /// Bits in both.
    And,
    /// Bits in either.
    Or,
    /// Bits in one.
    Xor,
    /// Bits not in x.
    Not,
    /// x << y; 0 where y is negative, or the width or more.
    Shl,
    /// x >> y with the sign, if x has one; the sign alone where y is negative, or the width or more.
    Shr,
    /// x >> y with zeros; 0 where y is negative or the width or more.
    Ushr,
    /// x == y
    Eq,
    /// x != y; true for NaN.
    Ne,
    /// x < y
    Lt,
    /// x <= y
    Le,
    /// x > y
    Gt,
    /// x >= y
    Ge,
    /// c ? x : y
    Select,
    /// x in the type of the result, by `types::Word::cast`; never to bool.
    Convert,
    /// The bits of x as the other type of its size: f64 and i64, f32 and i32.
    Bitcast,
    /// e ** x. This one and its like below stand for their expansions.
    Exp,
    /// e ** x - 1
    Expm1,
    /// Natural logarithm.
    Log,
    /// log(1 + x)
    Log1p,
    /// Sine of radians.
    Sin,
    /// Cosine of radians.
    Cos,
    /// Tangent of radians.
    Tan,
    /// Hyperbolic tangent.
    Tanh,
    /// The angle of the point with y, the first operand, and x.
    Atan2,
    /// |x| from [`far`] on and finite ? sin x : y. Where arithmetic on every lane would be too expensive.
    SinFar,
    /// |x| from [`far`] on and finite ? cos x : y
    CosFar,
    /// |x| from [`far`] on and finite ? tan x : y
    TanFar,
    /// c ? x // y : y, of floats. This one and the next two are legalisation's, for targets that ask the host
    /// where some lane needs what no instruction gives.
    FloorDivIf,
    /// c ? x % y : y, of floats.
    ModIf,
    /// c ? x ** y : y, of integers.
    PowIf,
}

/// √2, rounded down to 20 bits: a bound need not be exact, and float32 has it too.
pub const FRACTIONS_END: f64 = 1.4142074584960938;

/// From here on, arguments of sine, cosine and tangent of type `ty` are rare, and hard.
pub const fn far(ty: Ty) -> f64 {
    match ty {
        Ty::F32 => 65536.0,
        _ => 8388608.0,
    }
}

/// A row of the table of primitives.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// The primitive.
    pub op: Op,
    /// Its name in the IR's text form.
    pub name: &'static str,
    /// Number of operands.
    pub arity: usize,
    /// Types of the operands, which are all the same (save the condition of select).
    pub operands: Kinds,
    /// Gives bool; otherwise the type of its operands.
    pub predicate: bool,
    /// x op y = y op x to the bit.
    pub commutes: bool,
}

const fn row(op: Op, name: &'static str, arity: usize, operands: Kinds) -> OpInfo {
    OpInfo { op, name, arity, operands, predicate: false, commutes: false }
}

const fn commuting(op: Op, name: &'static str, operands: Kinds) -> OpInfo {
    OpInfo { op, name, arity: 2, operands, predicate: false, commutes: true }
}

const fn compare(op: Op, name: &'static str, commutes: bool) -> OpInfo {
    OpInfo { op, name, arity: 2, operands: REAL, predicate: true, commutes }
}

/// Every primitive, in the order of [`Op`].
pub const OPS: &[OpInfo] = &[
    commuting(Op::Add, "add", REAL),
    row(Op::Sub, "sub", 2, REAL),
    commuting(Op::Mul, "mul", REAL),
    row(Op::Div, "div", 2, Kinds::FLOAT),
    row(Op::FloorDiv, "floordiv", 2, REAL),
    row(Op::Mod, "mod", 2, REAL),
    row(Op::Pow, "pow", 2, REAL),
    row(Op::Neg, "neg", 1, REAL),
    row(Op::Abs, "abs", 1, REAL),
    row(Op::Min, "min", 2, REAL),
    row(Op::Max, "max", 2, REAL),
    row(Op::Sqrt, "sqrt", 1, Kinds::FLOAT),
    row(Op::Floor, "floor", 1, Kinds::FLOAT),
    row(Op::Ceil, "ceil", 1, Kinds::FLOAT),
    row(Op::Trunc, "trunc", 1, Kinds::FLOAT),
    row(Op::Rint, "rint", 1, Kinds::FLOAT),
    row(Op::Fma, "fma", 3, Kinds::FLOAT),
    row(Op::Scale, "scale", 2, Kinds::FLOAT),
    row(Op::Fraction, "fraction", 1, Kinds::FLOAT),
    row(Op::Exponent, "exponent", 2, Kinds::FLOAT),
    commuting(Op::And, "and", BITS),
    commuting(Op::Or, "or", BITS),
    commuting(Op::Xor, "xor", BITS),
    row(Op::Not, "not", 1, BITS),
    row(Op::Shl, "shl", 2, Kinds::INT),
    row(Op::Shr, "shr", 2, Kinds::INT),
    row(Op::Ushr, "ushr", 2, Kinds::INT),
    compare(Op::Eq, "eq", true),
    compare(Op::Ne, "ne", true),
    compare(Op::Lt, "lt", false),
    compare(Op::Le, "le", false),
    compare(Op::Gt, "gt", false),
    compare(Op::Ge, "ge", false),
    row(Op::Select, "select", 3, SINGLE),
    row(Op::Convert, "convert", 1, SINGLE),
    row(Op::Bitcast, "bitcast", 1, Kinds::SIGNED.or(Kinds::FLOAT)),
    row(Op::Exp, "exp", 1, Kinds::FLOAT),
    row(Op::Expm1, "expm1", 1, Kinds::FLOAT),
    row(Op::Log, "log", 1, Kinds::FLOAT),
    row(Op::Log1p, "log1p", 1, Kinds::FLOAT),
    row(Op::Sin, "sin", 1, Kinds::FLOAT),
    row(Op::Cos, "cos", 1, Kinds::FLOAT),
    row(Op::Tan, "tan", 1, Kinds::FLOAT),
    row(Op::Tanh, "tanh", 1, Kinds::FLOAT),
    row(Op::Atan2, "atan2", 2, Kinds::FLOAT),
    row(Op::SinFar, "sinfar", 2, Kinds::FLOAT),
    row(Op::CosFar, "cosfar", 2, Kinds::FLOAT),
    row(Op::TanFar, "tanfar", 2, Kinds::FLOAT),
    row(Op::FloorDivIf, "floordivif", 3, Kinds::FLOAT),
    row(Op::ModIf, "modif", 3, Kinds::FLOAT),
    row(Op::PowIf, "powif", 3, Kinds::INT),
];

impl Op {
    /// Its row.
    pub const fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }

    /// What it is of its two operands in the other order, if that is a primitive.
    pub fn turned(self) -> Option<Op> {
        match self {
            Op::Lt => Some(Op::Gt),
            Op::Le => Some(Op::Ge),
            Op::Gt => Some(Op::Lt),
            Op::Ge => Some(Op::Le),
            _ => self.info().commutes.then_some(self),
        }
    }

    /// The type of its result for operands of type `ty`; conversions, and the bits of another type, aside.
    pub const fn result(self, ty: Ty) -> Ty {
        if self.info().predicate { Ty::Bool } else { ty }
    }

    /// Number of operands.
    pub const fn arity(self) -> usize {
        self.info().arity
    }

    /// True for those that mean what their expansion into the others gives, where their operands are floats.
    pub const fn is_function(self) -> bool {
        use Op::{Atan2, Cos, Exp, Expm1, Log, Log1p, Pow, Sin, Tan, Tanh};
        matches!(self, Pow | Exp | Expm1 | Log | Log1p | Sin | Cos | Tan | Tanh | Atan2)
    }

    /// Whether it takes operands of these types and gives one of type `result`.
    pub(crate) fn takes(self, operands: &[Ty], result: Ty) -> bool {
        let (info, Some((&first, rest))) = (self.info(), operands.split_first()) else { return false };
        let operand = if self.is_choice() { rest[0] } else { first };
        let operands = operands.len() == info.arity
            && (!self.is_choice() || first == Ty::Bool)
            && info.operands.has(operand.kind())
            && rest.iter().all(|&ty| ty == operand);
        operands
            && match self {
                Op::Convert => result != Ty::Bool && result != operand,
                Op::Bitcast => operand.same_size() == Some(result),
                _ if info.predicate => result == Ty::Bool,
                _ => result == operand,
            }
    }

    /// True where the first operand is a bool that decides about the others.
    pub const fn is_choice(self) -> bool {
        matches!(self, Op::Select) || self.chosen().is_some()
    }

    /// The primitive of the second and third operands that this one gives where the first is true.
    pub const fn chosen(self) -> Option<Op> {
        match self {
            Op::FloorDivIf => Some(Op::FloorDiv),
            Op::ModIf => Some(Op::Mod),
            Op::PowIf => Some(Op::Pow),
            _ => None,
        }
    }

    /// True for those that work on exponents, for which few machines have an instruction.
    pub const fn is_of_exponents(self) -> bool {
        matches!(self, Op::Scale | Op::Fraction | Op::Exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_place() {
        for (at, row) in OPS.iter().enumerate() {
            assert_eq!(row.op as usize, at, "{}", row.name);
        }
    }
}
