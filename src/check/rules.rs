//! The types of an operation, from its row in the table and the types of its operands.
//!
//! Knows promotion and weak literals. It must not know names or how operations are computed.

use smallvec::SmallVec;

use super::fold;
use super::problem::Problem;
use super::{Checker, Meaning, Node, Ty, apply_node, literal};
use crate::diag::{ErrorKind, Result};
use crate::ops::{Function, Rule};
use crate::syntax::ast::NodeId;
use crate::types::{DType, Kind, Literal};

/// The type that a literal takes on its own.
pub(super) fn default(literal: Literal) -> DType {
    match literal {
        Literal::Bool(_) => DType::Bool,
        Literal::Int(_) => DType::Int64,
        Literal::Float(_) => DType::Float64,
        Literal::Complex(_) => DType::Complex128,
    }
}

/// The type in which operands meet. A literal gives way to a type of its own kind or of a higher one.
pub(super) fn meet(tys: &[Ty]) -> DType {
    // Integers are of one kind here, with a sign and without.
    let kind = |t: DType| if t.is_unsigned() { Kind::Signed } else { t.kind() };
    let (mut strong, mut weak) = (None, None);
    for &ty in tys {
        match ty {
            Ty::Value { dtype, .. } => strong = Some(strong.map_or(dtype, |s: DType| s.promote(dtype))),
            Ty::Literal(v) => weak = weak.max(Some(default(v))),
            Ty::Weak(dtype) => weak = weak.max(Some(dtype)),
            Ty::TypeName(_) | Ty::NoValue => unreachable!("operands are values"),
        }
    }
    match (strong, weak) {
        (Some(strong), Some(weak)) if kind(weak) > kind(strong) => match (kind(weak), kind(strong)) {
            (Kind::Complex, Kind::Float) => strong.to_complex(),
            _ => weak,
        },
        (Some(strong), _) => strong,
        (None, weak) => weak.expect("every function has operands"),
    }
}

/// The type that operands of a comparison meet in. Integers compare by their exact values: a length with those of any
/// size, and those with a sign with uint64, which is here written as uint64.
fn meet_in_order(tys: &[Ty], meets: DType) -> DType {
    let integer = |ty: &Ty| matches!(ty, Ty::Value { dtype, .. } | Ty::Weak(dtype) if dtype.is_int());
    let length = tys.iter().any(|ty| matches!(ty, Ty::Weak(dtype) if dtype.is_int()));
    let meets = if length && meets.is_int() { meets.promote(DType::Int64) } else { meets };
    if meets.is_float() && tys.iter().all(integer) { DType::UInt64 } else { meets }
}

/// The float type of operands that meet in `meets`: of integers the one in which the float types of each meet, so that
/// int16 and uint16, which meet in int32, make float32.
fn meet_as_floats(tys: &[Ty], meets: DType) -> DType {
    let float = |ty: &Ty| match ty {
        Ty::Value { dtype, .. } => Some(dtype.to_inexact()),
        _ => None,
    };
    // A literal has no float type of its own.
    let floats: Option<SmallVec<[DType; 3]>> = tys.iter().map(float).collect();
    let own = floats.and_then(|floats| floats.into_iter().reduce(DType::promote));
    own.filter(|_| !meets.is_inexact()).unwrap_or(meets.to_inexact())
}

/// The type that `function` computes in and the type of its result, for operands that meet in a type that it takes.
pub(super) fn computes(function: Function, tys: &[Ty], meets: DType) -> (DType, DType) {
    match function.info().rule {
        Rule::Number(_) | Rule::Power if meets == DType::Bool => (DType::Int8, DType::Int8),
        Rule::TrueDivide if !meets.is_inexact() => (DType::Float64, DType::Float64),
        Rule::Inexact(_) => {
            let dtype = meet_as_floats(tys, meets);
            (dtype, dtype)
        }
        Rule::Part => (meets, meets.real()),
        Rule::Angle => (meets.to_inexact(), meets.to_inexact().real()),
        Rule::Complex => (meets.to_inexact(), meets.to_complex()),
        Rule::Compare => (meet_in_order(tys, meets), DType::Bool),
        Rule::Predicate => (meets, DType::Bool),
        Rule::Logical | Rule::Truth => (DType::Bool, DType::Bool),
        Rule::Accumulate if meets.is_unsigned() => (DType::UInt64, DType::UInt64),
        Rule::Accumulate if !meets.is_inexact() => (DType::Int64, DType::Int64),
        Rule::Mean if !meets.is_inexact() => (DType::Float64, DType::Float64),
        Rule::Cast(dtype) => (dtype, dtype),
        Rule::Same(_)
        | Rule::Number(_)
        | Rule::Power
        | Rule::TrueDivide
        | Rule::Where
        | Rule::Accumulate
        | Rule::Extremum
        | Rule::Mean => (meets, meets),
    }
}

/// What comparing with `literal` gives for every value of `dtype`, if it lies outside that type.
pub(super) fn verdict(function: Function, tys: &[Ty], dtype: DType) -> Option<bool> {
    let (value, left) = match tys {
        [_, Ty::Literal(Literal::Int(v))] => (*v, false),
        [Ty::Literal(Literal::Int(v)), _] => (*v, true),
        _ => return None,
    };
    let (low, high) = dtype.range();
    if !dtype.is_int() || (low..=high).contains(&value) {
        return None;
    }
    let first_is_less = (value > high) != left;
    Some(match function {
        Function::Less | Function::LessEqual => first_is_less,
        Function::Greater | Function::GreaterEqual => !first_is_less,
        function => function == Function::NotEqual,
    })
}

impl Checker<'_> {
    /// A function of `args`, as many as its row has parameters; `at` is the whole expression.
    pub(super) fn apply(&self, function: Function, at: NodeId, args: &[NodeId]) -> Result<Node> {
        let info = function.info();
        let mut tys = [Ty::NoValue; 3];
        for (ty, &arg) in tys.iter_mut().zip(args) {
            *ty = self.value(arg)?;
        }
        let tys = &tys[..args.len()];
        let first = usize::from(info.rule == Rule::Where);
        let meets = meet(&tys[first..]);
        if tys.iter().all(|ty| matches!(ty, Ty::Literal(_))) && !matches!(info.rule, Rule::Cast(_)) {
            return self.fold(function, at, args, tys, meets);
        }
        let as_number = meets == DType::Bool && matches!(info.rule, Rule::Number(_));
        if !as_number && !info.rule.takes().has(meets.kind()) {
            return Err(self.refused(function, meets, args));
        }
        let array = tys.iter().any(|ty| ty.is_array()) && !function.is_reduction();
        let (compute, dtype) = match info.rule {
            Rule::Power => {
                let dtype = self.power(args, tys, meets)?;
                (dtype, dtype)
            }
            _ => computes(function, tys, meets),
        };
        let verdict = if info.rule == Rule::Compare { verdict(function, tys, compute) } else { None };
        if verdict.is_none() {
            for (&ty, &arg) in tys.iter().zip(args).skip(first) {
                if let Ty::Literal(value) = ty {
                    self.fits(arg, value, compute, args)?;
                }
            }
        }
        let meaning = Meaning::Apply(apply_node(function, compute, args, verdict));
        let weak =
            !matches!(info.rule, Rule::Cast(_)) && !tys.iter().any(|ty| matches!(ty, Ty::Value { .. }));
        Ok(Node { ty: if weak { Ty::Weak(dtype) } else { Ty::Value { dtype, array } }, meaning })
    }

    /// Refuses an integer that `dtype` does not hold, if it is an integer type.
    pub(super) fn fits(&self, id: NodeId, value: Literal, dtype: DType, args: &[NodeId]) -> Result<()> {
        let (low, high) = dtype.range();
        match value {
            Literal::Int(value) if dtype.is_int() && !(low..=high).contains(&value) => {
                Err(self.too_large(id, value, dtype, args))
            }
            _ => Ok(()),
        }
    }

    /// A function of literals alone, by Python's arithmetic.
    fn fold(
        &self,
        function: Function,
        at: NodeId,
        args: &[NodeId],
        tys: &[Ty],
        meets: DType,
    ) -> Result<Node> {
        // Python's bool is an integer, so that only floats and complex numbers can be of a wrong kind here.
        if meets.is_inexact() && !function.info().rule.takes().has(meets.kind()) {
            return Err(self.refused(function, meets, args));
        }
        let mut values = [Literal::Bool(false); 3];
        for (value, ty) in values.iter_mut().zip(tys) {
            let Ty::Literal(known) = ty else { unreachable!("all are literals") };
            *value = *known;
        }
        match fold::fold(function, &values[..tys.len()]) {
            Ok(value) => Ok(literal(value)),
            Err(Problem { kind, message, help }) => {
                let error = self.error(kind, at, message);
                Err(if help.is_empty() { error } else { error.help(help) })
            }
        }
    }

    /// The type of a power. A negative exponent that is known is an error among integers; of arrays, which may have no
    /// elements, the run tells.
    fn power(&self, args: &[NodeId], tys: &[Ty], meets: DType) -> Result<DType> {
        let exponent = match tys[1] {
            Ty::Literal(Literal::Float(v)) => v,
            Ty::Literal(Literal::Int(v)) => v as f64,
            Ty::Literal(Literal::Bool(v)) => f64::from(v),
            _ => 0.0,
        };
        // NumPy squares truth values in int8, by a short cut, though other integers make them int64.
        let square =
            matches!(tys, [Ty::Value { dtype: DType::Bool, array: true }, Ty::Literal(Literal::Int(2))]);
        if meets == DType::Bool || square {
            return Ok(DType::Int8);
        }
        // A type without a sign does not hold such an exponent: that is told as of any literal.
        if meets.kind() == Kind::Signed && exponent < 0.0 && !tys.iter().any(|ty| ty.is_array()) {
            let message = "integers to negative integer powers are not allowed";
            return Err(self
                .operands(ErrorKind::Value, message, args)
                .help("write a float exponent such as `a ** -1.0`, or convert with `float64(a) ** -1`"));
        }
        Ok(meets)
    }
}
