//! What a program can write: an operator, or a function under NumPy's name.
//!
//! A function is one row in the file of its family; the constant that names it in code is made
//! from that row.

use std::fmt;

use super::kinds::{ANY, Kinds, SINGLE};
use super::meaning::{Meaning, Real};
use super::values::{Number, Pairs, Primitives, Value};
use crate::types::DType;

/// How the types of operands give the type an operation computes in, and the type of its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// In the promoted type, for operands of these kinds.
    Same(Kinds),
    /// In the promoted type, for operands of these kinds; bool computes in int8.
    Number(Kinds),
    /// In the promoted type if it is a float or complex, else float64.
    TrueDivide,
    /// As `Number`; the exponent decides how (see the lowering).
    Power,
    /// In the promoted type of each operand's [`DType::to_inexact`], for operands of these kinds.
    Inexact(Kinds),
    /// In the promoted type; gives the type of its real part.
    Part,
    /// In [`DType::to_inexact`] of the operand's type; gives the type of its real part.
    Angle,
    /// In [`DType::to_inexact`] of the promoted type of real operands; gives the complex type with such parts.
    Complex,
    /// Compares in the promoted type, integers by their exact values; gives bool.
    Compare,
    /// Operands become truth values, gives bool.
    Logical,
    /// In the operand's type, gives bool.
    Predicate,
    /// The first operand is a truth value, the others meet in their promoted type.
    Where,
    /// Over all elements, in the type itself; unsigned integers in uint64, others and bool in int64.
    Accumulate,
    /// Over all elements, in the type itself.
    Extremum,
    /// Over all elements; integers and bool in float64.
    Mean,
    /// Over all elements of truth values, gives bool.
    Truth,
    /// To this type.
    Cast(DType),
}

impl Rule {
    /// The kinds of types that it computes in.
    pub(crate) const fn takes(self) -> Kinds {
        match self {
            Rule::Same(kinds) | Rule::Number(kinds) | Rule::Inexact(kinds) => kinds,
            Rule::Complex => SINGLE,
            _ => ANY,
        }
    }
}

/// A row of the table of functions.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
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
    /// What it means, in primitives.
    pub(crate) meaning: Meaning,
}

/// A function or an operator, by its place in the table.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Function {
    family: u8,
    row: u8,
}

const X: &[&str] = &["x"];
const XY: &[&str] = &["x1", "x2"];

/// The rows of a family: `Name: names, operator, parameters, rule, bound, what it means in words; what in primitives;`.
/// Each becomes a constant of [`Function`] and a row of the table.
macro_rules! family {
    ($family:ident; $($name:ident: $names:expr, $symbol:expr, $params:expr, $rule:expr, $ulp:expr, $doc:literal; $meaning:expr;)*) => {
        enum Row { $($name),* }

        #[allow(non_upper_case_globals, reason = "functions are named as variants are")]
        impl Function {
            $(
                #[doc = $doc]
                pub const $name: Function =
                    Function { family: super::Family::$family as u8, row: Row::$name as u8 };
            )*
        }

        pub(super) const ROWS: &[FunctionInfo] = &[$(FunctionInfo {
            function: Function::$name,
            names: $names,
            symbol: $symbol,
            params: $params,
            rule: $rule,
            ulp: $ulp,
            doc: $doc,
            meaning: $meaning,
        }),*];
    };
}

use family;

/// The families: a file each.
macro_rules! families {
    ($($name:ident)*) => {
        $(mod $name;)*

        #[allow(non_camel_case_types, reason = "families are named as their files are")]
        #[derive(Clone, Copy)]
        enum Family { $($name),* }

        const FAMILIES: &[&[FunctionInfo]] = &[$($name::ROWS),*];
    };
}

families!(arithmetic bits compare choose round math complex reduce cast);

/// Every function and operator.
pub fn functions() -> impl Iterator<Item = &'static FunctionInfo> + Clone {
    FAMILIES.iter().copied().flatten()
}

/// Number of names.
const NAMES: usize = {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut row = 0;
        while row < FAMILIES[family].len() {
            count += FAMILIES[family][row].names.len();
            row += 1;
        }
        family += 1;
    }
    count
};

/// Every name with its function, in alphabetical order.
static BY_NAME: [(&str, Function); NAMES] = {
    let mut all = [("", Function::Add); NAMES];
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut row = 0;
        while row < FAMILIES[family].len() {
            let info = &FAMILIES[family][row];
            let mut name = 0;
            while name < info.names.len() {
                // Those before are in order: the new one moves down to its place.
                let mut at = count;
                while at > 0 && before(info.names[name], all[at - 1].0) {
                    all[at] = all[at - 1];
                    at -= 1;
                }
                all[at] = (info.names[name], info.function);
                count += 1;
                name += 1;
            }
            row += 1;
        }
        family += 1;
    }
    all
};

/// Whether `x` comes before `y`, as strings are compared, where that must be known at compile time.
const fn before(x: &str, y: &str) -> bool {
    let (x, y) = (x.as_bytes(), y.as_bytes());
    let mut at = 0;
    while at < x.len() && at < y.len() {
        if x[at] != y[at] {
            return x[at] < y[at];
        }
        at += 1;
    }
    x.len() < y.len()
}

impl Function {
    /// Its row.
    pub const fn info(self) -> &'static FunctionInfo {
        &FAMILIES[self.family as usize][self.row as usize]
    }

    /// The function called `name`.
    pub fn from_name(name: &str) -> Option<Function> {
        BY_NAME.binary_search_by_key(&name, |&(known, _)| known).ok().map(|at| BY_NAME[at].1)
    }

    /// The cast to a type.
    pub fn cast(to: DType) -> Function {
        let row = cast::ROWS.iter().find(|row| row.rule == Rule::Cast(to));
        row.expect("every type has a cast").function
    }

    /// The type that it casts to, if it is a cast.
    pub const fn casts_to(self) -> Option<DType> {
        match self.info().rule {
            Rule::Cast(dtype) => Some(dtype),
            _ => None,
        }
    }

    /// The type that its name means where a type is asked for.
    pub const fn named_type(self) -> Option<DType> {
        match self.info().rule {
            Rule::Cast(dtype) => Some(dtype),
            Rule::Complex => Some(DType::Complex128),
            _ => None,
        }
    }

    /// How messages call it: its operator in backticks, or its name.
    pub fn shown(self) -> &'static str {
        let info = self.info();
        info.symbol.unwrap_or(info.names[0])
    }

    /// True where all elements give one.
    pub fn is_reduction(self) -> bool {
        self.reduction().is_some()
    }
}

/// What it means, in values of whoever asks.
impl Function {
    /// Its value for operands that are not complex, of the type that it computes in. Panics where it is a reduction.
    pub(crate) fn of(self, values: &mut dyn Primitives, x: &[Value]) -> Value {
        match self.info().meaning.real {
            Real::Primitive(op) => values.apply(op, x),
            Real::Composition(of) => of(values, x),
            Real::Reduction(_) => unreachable!("{self:?} is of all elements"),
        }
    }

    /// Its value for operands of which some are complex, or which make a complex number. Panics where it takes none, and
    /// where it is a reduction.
    pub(crate) fn of_complex(self, values: &mut dyn Pairs, x: &[Number]) -> Number {
        let Some(of) = self.info().meaning.complex else { unreachable!("{self:?} of complex numbers") };
        of(values, x)
    }

    /// The primitive that it is for numbers, if it is one.
    pub(crate) const fn primitive(self) -> Option<super::Op> {
        match self.info().meaning.real {
            Real::Primitive(op) => Some(op),
            _ => None,
        }
    }

    /// How it joins elements, if it is a reduction.
    pub(crate) const fn reduction(self) -> Option<super::Reduction> {
        match self.info().meaning.real {
            Real::Reduction(by) => Some(by),
            _ => None,
        }
    }
}

/// Its first name.
impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().names[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_their_functions_and_names() {
        let mut names = Vec::new();
        for row in functions() {
            assert_eq!(row.function.info().names, row.names);
            for name in row.names {
                assert_eq!(Function::from_name(name), Some(row.function), "{name}");
                names.push(name);
            }
        }
        names.sort();
        assert!(names.is_sorted_by(|a, b| a < b), "a name stands twice");
        assert_eq!(Function::from_name("add_"), None);
    }

    #[test]
    fn every_type_has_a_cast() {
        for dtype in DType::ALL {
            assert_eq!(Function::cast(dtype).info().names[0], dtype.name());
        }
    }
}
