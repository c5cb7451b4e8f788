//! The table of operations: what each is called, takes, gives and means.
//!
//! Two layers live here. [`Op`] is the small set of primitives that the IR knows; every back end
//! builds all of them (those of exponents may be spelled out before). [`Function`] is what a program can write: an operator or a function under
//! NumPy's names. The checker, the lowering, the interpreter, the generators, the documentation
//! and the tests are driven by these rows. This module must not know text, loops or machines.

use crate::dtype::DType;

/// A primitive of the IR: a pure function of one element's operands that cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// x ** y; of integers modulo 2^n, where a negative y gives 0 (a guard reports it). Of floats as
    /// C has it, until a pass writes it out.
    Pow,
    /// -x; integers wrap.
    Neg,
    /// |x|; integers wrap.
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
    /// x << y; 0 where y is negative or the width or more.
    Shl,
    /// x >> y with the sign; the sign alone where y is negative or the width or more.
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
    /// x in the type of the result, by [`crate::dtype::Scalar::cast`]; never to bool.
    Convert,
    /// The bits of x as the other type of its size: float64 and int64, float32 and int32.
    Bitcast,
    /// e ** x. This one and its like below stand for what a pass writes out as arithmetic.
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
    /// |x| from [`far`] on and finite ? sin x : y. Where arithmetic on every lane would be too dear.
    SinFar,
    /// |x| from [`far`] on and finite ? cos x : y
    CosFar,
    /// |x| from [`far`] on and finite ? tan x : y
    TanFar,
}

/// √2, rounded down to 20 bits: a bound need not be exact, and float32 has it too.
pub const FRACTIONS_END: f64 = 1.4142074584960938;

/// From here on, arguments of sine, cosine and tangent in `dtype` are rare, and hard.
pub const fn far(dtype: DType) -> f64 {
    match dtype {
        DType::Float32 => 65536.0,
        _ => 8388608.0,
    }
}

/// A set of kinds of element types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// bool
    pub const BOOL: Kinds = Kinds(1);
    /// int32 and int64
    pub const INT: Kinds = Kinds(2);
    /// float32 and float64
    pub const FLOAT: Kinds = Kinds(4);

    /// Either.
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Whether `dtype` is of one of these kinds.
    pub const fn has(self, dtype: DType) -> bool {
        let kind = match dtype {
            DType::Bool => Kinds::BOOL,
            DType::Int32 | DType::Int64 => Kinds::INT,
            DType::Float32 | DType::Float64 => Kinds::FLOAT,
        };
        self.0 & kind.0 != 0
    }
}

const NUMBER: Kinds = Kinds::INT.or(Kinds::FLOAT);
const BITS: Kinds = Kinds::INT.or(Kinds::BOOL);
const ANY: Kinds = NUMBER.or(Kinds::BOOL);

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
    OpInfo { op, name, arity: 2, operands: NUMBER, predicate: true, commutes }
}

/// Every primitive, in the order of [`Op`].
pub const OPS: &[OpInfo] = &[
    commuting(Op::Add, "add", NUMBER),
    row(Op::Sub, "sub", 2, NUMBER),
    commuting(Op::Mul, "mul", NUMBER),
    row(Op::Div, "div", 2, Kinds::FLOAT),
    row(Op::FloorDiv, "floordiv", 2, NUMBER),
    row(Op::Mod, "mod", 2, NUMBER),
    row(Op::Pow, "pow", 2, NUMBER),
    row(Op::Neg, "neg", 1, NUMBER),
    row(Op::Abs, "abs", 1, NUMBER),
    row(Op::Min, "min", 2, NUMBER),
    row(Op::Max, "max", 2, NUMBER),
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
    row(Op::Select, "select", 3, ANY),
    row(Op::Convert, "convert", 1, ANY),
    row(Op::Bitcast, "bitcast", 1, NUMBER),
    row(Op::Exp, "exp", 1, Kinds::FLOAT),
    row(Op::Expm1, "expm1", 1, Kinds::FLOAT),
    row(Op::Log, "log", 1, Kinds::FLOAT),
    row(Op::Log1p, "log1p", 1, Kinds::FLOAT),
    row(Op::Sin, "sin", 1, Kinds::FLOAT),
    row(Op::Cos, "cos", 1, Kinds::FLOAT),
    row(Op::Tan, "tan", 1, Kinds::FLOAT),
    row(Op::Tanh, "tanh", 1, Kinds::FLOAT),
    row(Op::SinFar, "sinfar", 2, Kinds::FLOAT),
    row(Op::CosFar, "cosfar", 2, Kinds::FLOAT),
    row(Op::TanFar, "tanfar", 2, Kinds::FLOAT),
];

impl Op {
    /// Its row.
    pub const fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }

    /// Number of operands.
    pub const fn arity(self) -> usize {
        self.info().arity
    }

    /// True for those that a pass writes out as arithmetic, where their operands are floats. Until
    /// then they mean what the host's library makes of them, which has other bits.
    pub const fn is_function(self) -> bool {
        use Op::{Cos, Exp, Expm1, Log, Log1p, Pow, Sin, Tan, Tanh};
        matches!(self, Pow | Exp | Expm1 | Log | Log1p | Sin | Cos | Tan | Tanh)
    }

    /// True for those that work on exponents, for which few machines have an instruction.
    pub const fn is_of_exponents(self) -> bool {
        matches!(self, Op::Scale | Op::Fraction | Op::Exponent)
    }
}

/// How a reduction joins two partial results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Addition, from -0.0 or 0.
    Sum,
    /// Multiplication, from 1.
    Prod,
    /// [`Op::Min`], from the largest value.
    Min,
    /// [`Op::Max`], from the smallest value.
    Max,
}

impl Reduction {
    /// Its name in the IR's text form.
    pub const fn name(self) -> &'static str {
        match self {
            Reduction::Sum => "sum",
            Reduction::Prod => "prod",
            Reduction::Min => "min",
            Reduction::Max => "max",
        }
    }

    /// The primitive that joins.
    pub const fn op(self) -> Op {
        match self {
            Reduction::Sum => Op::Add,
            Reduction::Prod => Op::Mul,
            Reduction::Min => Op::Min,
            Reduction::Max => Op::Max,
        }
    }
}

/// What a program can write: an operator, or a function under NumPy's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is documented by its row in FUNCTIONS")]
pub enum Function {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    Negative,
    Positive,
    BitwiseAnd,
    BitwiseOr,
    BitwiseXor,
    Invert,
    LeftShift,
    RightShift,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    LogicalAnd,
    LogicalOr,
    LogicalNot,
    Where,
    Minimum,
    Maximum,
    Fmin,
    Fmax,
    Clip,
    Abs,
    Fabs,
    Sign,
    Square,
    Sqrt,
    Exp,
    Expm1,
    Log,
    Log1p,
    Sin,
    Cos,
    Tan,
    Tanh,
    Floor,
    Ceil,
    Trunc,
    Round,
    Rint,
    IsNan,
    IsFinite,
    IsInf,
    Sum,
    Prod,
    Min,
    Max,
    Mean,
    Any,
    All,
    Cast(DType),
}

/// How the types of operands give the type an operation computes in, and the type of its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// In the promoted type, for operands of these kinds.
    Same(Kinds),
    /// In the promoted type, for operands of these kinds; bool is refused because its result would be int8.
    Number(Kinds),
    /// In the promoted type if it is a float, else float64.
    TrueDivide,
    /// As `Number`; the exponent decides how (see the lowering).
    Power,
    /// In [`DType::to_inexact`] of the promoted type.
    Inexact,
    /// Compares in the promoted type, gives bool.
    Compare,
    /// Operands become truth values, gives bool.
    Logical,
    /// In the operand's type, gives bool.
    Predicate,
    /// The first operand is a truth value, the others meet in their promoted type.
    Where,
    /// Over all elements, in the type itself, with integers and bool in int64.
    Accumulate,
    /// Over all elements, in the type itself.
    Extremum,
    /// Over all elements; integers and bool in float64.
    Mean,
    /// Over all elements of truth values, gives bool.
    Truth,
    /// To the type named.
    Cast,
}

/// A row of the table of functions.
#[derive(Clone, Copy, Debug)]
pub struct FunctionInfo {
    /// The function.
    pub function: Function,
    /// NumPy's name first, then aliases.
    pub names: &'static [&'static str],
    /// The operator that means it, if one does.
    pub symbol: Option<&'static str>,
    /// Names of the parameters, in order.
    pub params: &'static [&'static str],
    /// Its types.
    pub rule: Rule,
    /// Largest error of a float64 result, in units in the last place; 0.5 is correct rounding, 0 is
    /// exact. The same holds for float32, where sin, cos and tanh are allowed 2.
    pub ulp: f64,
    /// What it means, in one line.
    pub doc: &'static str,
}

const fn function(
    function: Function,
    names: &'static [&'static str],
    symbol: Option<&'static str>,
    params: &'static [&'static str],
    rule: Rule,
    ulp: f64,
    doc: &'static str,
) -> FunctionInfo {
    FunctionInfo { function, names, symbol, params, rule, ulp, doc }
}

const X: &[&str] = &["x"];
const XY: &[&str] = &["x1", "x2"];

/// Every function and operator. A reduction's bound holds for each of its additions or multiplications.
#[rustfmt::skip]
pub const FUNCTIONS: &[FunctionInfo] = &[
    function(Function::Add, &["add"], Some("+"), XY, Rule::Same(ANY), 0.5, "Sum; integers wrap, bool is or."),
    function(Function::Subtract, &["subtract"], Some("-"), XY, Rule::Same(NUMBER), 0.5, "Difference; integers wrap, bool is refused."),
    function(Function::Multiply, &["multiply"], Some("*"), XY, Rule::Same(ANY), 0.5, "Product; integers wrap, bool is and."),
    function(Function::Divide, &["divide", "true_divide"], Some("/"), XY, Rule::TrueDivide, 0.5, "True quotient."),
    function(Function::FloorDivide, &["floor_divide"], Some("//"), XY, Rule::Number(NUMBER), 0.5, "Quotient rounded down; x // 0 is 0 for integers."),
    function(Function::Remainder, &["remainder", "mod"], Some("%"), XY, Rule::Number(NUMBER), 0.5, "Remainder with the sign of the divisor; x % 0 is 0 for integers."),
    function(Function::Power, &["power", "pow"], Some("**"), XY, Rule::Power, 1.0, "Power; of integers modulo 2^n."),
    function(Function::Negative, &["negative"], Some("-"), X, Rule::Same(NUMBER), 0.0, "Negation; bool is refused."),
    function(Function::Positive, &["positive"], Some("+"), X, Rule::Same(NUMBER), 0.0, "The operand itself; bool is refused."),
    function(Function::BitwiseAnd, &["bitwise_and"], Some("&"), XY, Rule::Same(BITS), 0.0, "Bits in both."),
    function(Function::BitwiseOr, &["bitwise_or"], Some("|"), XY, Rule::Same(BITS), 0.0, "Bits in either."),
    function(Function::BitwiseXor, &["bitwise_xor"], Some("^"), XY, Rule::Same(BITS), 0.0, "Bits in one of the two."),
    function(Function::Invert, &["invert", "bitwise_not"], Some("~"), X, Rule::Same(BITS), 0.0, "Every bit flipped; of bool, not."),
    function(Function::LeftShift, &["left_shift"], Some("<<"), XY, Rule::Number(Kinds::INT), 0.0, "Bits moved up; 0 by the width or more. Integers only."),
    function(Function::RightShift, &["right_shift"], Some(">>"), XY, Rule::Number(Kinds::INT), 0.0, "Bits moved down with the sign. Integers only."),
    function(Function::Equal, &["equal"], Some("=="), XY, Rule::Compare, 0.0, "Equal; false for NaN."),
    function(Function::NotEqual, &["not_equal"], Some("!="), XY, Rule::Compare, 0.0, "Not equal; true for NaN."),
    function(Function::Less, &["less"], Some("<"), XY, Rule::Compare, 0.0, "Less."),
    function(Function::LessEqual, &["less_equal"], Some("<="), XY, Rule::Compare, 0.0, "Less or equal."),
    function(Function::Greater, &["greater"], Some(">"), XY, Rule::Compare, 0.0, "Greater."),
    function(Function::GreaterEqual, &["greater_equal"], Some(">="), XY, Rule::Compare, 0.0, "Greater or equal."),
    function(Function::LogicalAnd, &["logical_and"], Some("and"), XY, Rule::Logical, 0.0, "Both are true (not zero)."),
    function(Function::LogicalOr, &["logical_or"], Some("or"), XY, Rule::Logical, 0.0, "One or both are true."),
    function(Function::LogicalNot, &["logical_not"], Some("not"), X, Rule::Logical, 0.0, "Not true."),
    function(Function::Where, &["where"], None, &["condition", "x", "y"], Rule::Where, 0.0, "x where the condition is true, else y."),
    function(Function::Minimum, &["minimum"], None, XY, Rule::Same(ANY), 0.0, "The smaller; NaN if either is."),
    function(Function::Maximum, &["maximum"], None, XY, Rule::Same(ANY), 0.0, "The larger; NaN if either is."),
    function(Function::Fmin, &["fmin"], None, XY, Rule::Same(ANY), 0.0, "The smaller; a NaN is ignored beside a number."),
    function(Function::Fmax, &["fmax"], None, XY, Rule::Same(ANY), 0.0, "The larger; a NaN is ignored beside a number."),
    function(Function::Clip, &["clip"], None, &["a", "a_min", "a_max"], Rule::Same(ANY), 0.0, "minimum(a_max, maximum(a_min, a))."),
    function(Function::Abs, &["abs", "absolute"], None, X, Rule::Same(ANY), 0.0, "Absolute value; integers wrap."),
    function(Function::Fabs, &["fabs"], None, X, Rule::Inexact, 0.0, "Absolute value, as a float."),
    function(Function::Sign, &["sign"], None, X, Rule::Same(NUMBER), 0.0, "-1, 0 or 1; NaN of NaN. bool is refused."),
    function(Function::Square, &["square"], None, X, Rule::Number(NUMBER), 0.5, "x * x."),
    function(Function::Sqrt, &["sqrt"], None, X, Rule::Inexact, 0.5, "Square root."),
    function(Function::Exp, &["exp"], None, X, Rule::Inexact, 1.0, "e ** x."),
    function(Function::Expm1, &["expm1"], None, X, Rule::Inexact, 1.0, "e ** x - 1, also of a small x."),
    function(Function::Log, &["log"], None, X, Rule::Inexact, 1.0, "Natural logarithm; -inf of 0, NaN below."),
    function(Function::Log1p, &["log1p"], None, X, Rule::Inexact, 1.0, "log(1 + x), also of a small x."),
    function(Function::Sin, &["sin"], None, X, Rule::Inexact, 1.0, "Sine of radians, of any size."),
    function(Function::Cos, &["cos"], None, X, Rule::Inexact, 1.0, "Cosine of radians, of any size."),
    function(Function::Tan, &["tan"], None, X, Rule::Inexact, 1.0, "Tangent of radians, of any size."),
    function(Function::Tanh, &["tanh"], None, X, Rule::Inexact, 1.0, "Hyperbolic tangent."),
    function(Function::Floor, &["floor"], None, X, Rule::Same(ANY), 0.0, "The next integer at or below; integers are themselves."),
    function(Function::Ceil, &["ceil"], None, X, Rule::Same(ANY), 0.0, "The next integer at or above; integers are themselves."),
    function(Function::Trunc, &["trunc", "fix"], None, X, Rule::Same(ANY), 0.0, "The integer part; integers are themselves."),
    function(Function::Round, &["round", "around"], None, X, Rule::Same(ANY), 0.0, "The nearest integer, ties to even; integers are themselves."),
    function(Function::Rint, &["rint"], None, X, Rule::Inexact, 0.0, "The nearest integer, ties to even, as a float."),
    function(Function::IsNan, &["isnan"], None, X, Rule::Predicate, 0.0, "Is NaN."),
    function(Function::IsFinite, &["isfinite"], None, X, Rule::Predicate, 0.0, "Is neither infinite nor NaN."),
    function(Function::IsInf, &["isinf"], None, X, Rule::Predicate, 0.0, "Is infinite."),
    function(Function::Sum, &["sum"], None, &["a"], Rule::Accumulate, 0.5, "Sum of all elements, in the fixed shape; integers in int64."),
    function(Function::Prod, &["prod"], None, &["a"], Rule::Accumulate, 0.5, "Product of all elements, in the fixed shape; integers in int64."),
    function(Function::Min, &["min", "amin"], None, &["a"], Rule::Extremum, 0.0, "The smallest element; NaN if any is."),
    function(Function::Max, &["max", "amax"], None, &["a"], Rule::Extremum, 0.0, "The largest element; NaN if any is."),
    function(Function::Mean, &["mean"], None, &["a"], Rule::Mean, 0.5, "Sum divided by the number of elements; integers in float64."),
    function(Function::Any, &["any"], None, &["a"], Rule::Truth, 0.0, "Some element is true."),
    function(Function::All, &["all"], None, &["a"], Rule::Truth, 0.0, "Every element is true."),
    function(Function::Cast(DType::Bool), &["bool", "bool_"], None, X, Rule::Cast, 0.0, "x != 0."),
    function(Function::Cast(DType::Int32), &["int32"], None, X, Rule::Cast, 0.0, "Toward zero; out of range saturates, NaN is 0; integers wrap."),
    function(Function::Cast(DType::Int64), &["int64", "int"], None, X, Rule::Cast, 0.0, "Toward zero; out of range saturates, NaN is 0."),
    function(Function::Cast(DType::Float32), &["float32"], None, X, Rule::Cast, 0.5, "The nearest float32."),
    function(Function::Cast(DType::Float64), &["float64", "float"], None, X, Rule::Cast, 0.5, "The nearest float64."),
];

impl Function {
    /// Its row.
    pub fn info(self) -> &'static FunctionInfo {
        FUNCTIONS.iter().find(|row| row.function == self).expect("every function has a row")
    }

    /// The function called `name`.
    pub fn from_name(name: &str) -> Option<Function> {
        FUNCTIONS.iter().find(|row| row.names.contains(&name)).map(|row| row.function)
    }

    /// How messages call it: its operator in backticks, or its name.
    pub fn shown(self) -> &'static str {
        let info = self.info();
        info.symbol.unwrap_or(info.names[0])
    }

    /// True where all elements give one.
    pub fn is_reduction(self) -> bool {
        matches!(self.info().rule, Rule::Accumulate | Rule::Extremum | Rule::Mean | Rule::Truth)
    }
}

/// Named constants.
pub const CONSTANTS: &[(&str, f64)] =
    &[("pi", std::f64::consts::PI), ("e", std::f64::consts::E), ("inf", f64::INFINITY), ("nan", f64::NAN)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_place() {
        for (at, row) in OPS.iter().enumerate() {
            assert_eq!(row.op as usize, at, "{}", row.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = FUNCTIONS.iter().flat_map(|row| row.names).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
