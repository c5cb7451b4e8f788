//! What an expression of a kernel gives, in values of the IR.

use std::sync::Arc;

use super::super::number::{Number, Numbers, number};
use super::Lowering;
use crate::check::kernel::Type;
use crate::diag::{ErrorKind, Span};
use crate::ir::Value;
use crate::ir::func::{self, Builder, SiteId};
use crate::math;
use crate::ops::{Op, Pair, Pairs, Primitives as _};
use crate::types::{DType, Literal, Ty};

/// What an expression gives.
#[derive(Clone, Debug)]
pub(super) enum Val {
    /// Nothing that is a value of the IR: `None`, a type, a part of an index.
    Nothing,
    /// A number.
    Number(DType, Number),
    /// A number that is known.
    Literal(Literal),
    /// An array.
    Array(Value),
    /// Several.
    Tuple(Arc<[Val]>),
}

/// The values of the IR that a value of this type is.
pub(crate) fn types(ty: &Type) -> Vec<func::Type> {
    match ty {
        Type::Number(dtype) => {
            let mut all = Vec::new();
            number(*dtype, |_, ty| {
                all.push(ty.into());
                Value(0)
            });
            all
        }
        Type::Array { dtype, rank } => vec![func::Type::Array { dtype: *dtype, rank: *rank }],
        Type::Tuple(items) => items.iter().flat_map(types).collect(),
        Type::Literal(_) => types(&ty.strong()),
        Type::Unknown
        | Type::None
        | Type::DType(_)
        | Type::Path(_)
        | Type::Text(_)
        | Type::Index
        | Type::List(_) => Vec::new(),
    }
}

impl Val {
    /// The value of this type that is the next of `values`.
    pub fn read(ty: &Type, values: &mut impl Iterator<Item = Value>) -> Val {
        match ty {
            Type::Number(dtype) => {
                Val::Number(*dtype, number(*dtype, |_, _| values.next().expect("as many as the type has")))
            }
            Type::Array { .. } => Val::Array(values.next().expect("as many as the type has")),
            Type::Tuple(items) => Val::Tuple(items.iter().map(|item| Val::read(item, values)).collect()),
            Type::Literal(_) => Val::read(&ty.strong(), values),
            _ => Val::Nothing,
        }
    }

    /// Adds its values to others.
    pub fn write(&self, values: &mut func::Values) {
        match self {
            Val::Nothing => (),
            Val::Number(_, number) => values.extend(number.components().map(|(_, value)| value)),
            Val::Literal(_) => unreachable!("what is handed on has a type of its own"),
            Val::Array(array) => values.push(*array),
            Val::Tuple(items) => items.iter().for_each(|item| item.write(values)),
        }
    }

    pub fn array(&self) -> Value {
        match self {
            Val::Array(array) => *array,
            _ => unreachable!("the checker gives an array here"),
        }
    }
}

impl Pairs for Builder {
    fn math(&mut self, op: Op, x: &[Pair]) -> Number {
        math::write_complex(self, op, x)
    }
}

impl Lowering<'_> {
    /// A number in a type.
    pub(super) fn number(&mut self, val: &Val, dtype: DType) -> Number {
        match val {
            Val::Number(from, number) if *from == dtype => *number,
            Val::Number(_, number) => self.b.cast(*number, dtype),
            Val::Literal(value) => self.b.literal(*value, dtype),
            _ => unreachable!("the checker gives a number here"),
        }
    }

    /// A value in a type that it can be given where ways meet.
    pub(super) fn to(&mut self, val: &Val, ty: &Type) -> Val {
        match (val, ty) {
            (Val::Number(..) | Val::Literal(_), Type::Number(dtype)) => {
                Val::Number(*dtype, self.number(val, *dtype))
            }
            (Val::Tuple(items), Type::Tuple(types)) => {
                let items = items.clone();
                Val::Tuple(items.iter().zip(&**types).map(|(item, ty)| self.to(item, ty)).collect())
            }
            _ => val.clone(),
        }
    }

    /// Some value of a type, for a variable that is not set, and so not looked at.
    pub(super) fn nothing_of(&mut self, ty: &Type) -> Val {
        match ty {
            Type::Number(dtype) => Val::Number(*dtype, self.b.literal(Literal::Int(0), *dtype)),
            Type::Array { dtype, rank } => {
                let span = self.function.name_span;
                let site = self.site(span, ErrorKind::Limit, "there is no memory for an array", &[]);
                let zero = self.b.number(0, Ty::I64);
                Val::Array(self.b.alloc(*dtype, &vec![zero; *rank as usize], site))
            }
            Type::Tuple(items) => Val::Tuple(items.iter().map(|item| self.nothing_of(item)).collect()),
            _ => Val::Nothing,
        }
    }

    /// An integer as a length or a number of trips. One of uint64 that int64 does not hold fails, rather than to be taken
    /// for a negative one.
    pub(super) fn whole_number(&mut self, val: &Val, span: Span) -> Value {
        let value = self.number(val, DType::Int64).single();
        if let Val::Number(DType::UInt64, given) = val {
            let message = "OverflowError: {} does not fit int64";
            let site = self.site(span, ErrorKind::Value, message, &[Ty::U64]);
            self.check_sign(value, site, &[given.single()]);
        }
        value
    }

    /// Fails at a site, which shows these values, where an int64 is negative.
    pub(super) fn check_sign(&mut self, value: Value, site: SiteId, shown: &[Value]) {
        let zero = self.b.number(0, Ty::I64);
        let sound = self.b.op(Op::Ge, &[value, zero]);
        self.b.check(sound, site, shown);
    }

    /// Whether a number is true.
    pub(super) fn truth_of(&mut self, val: &Val) -> Value {
        self.number(val, DType::Bool).single()
    }
}
