//! Calls: which function a name means, and which argument goes to which of its parameters.
//!
//! Knows the rows of the table and NumPy's methods. It must not know types, save that an argument
//! that is no number can stand for one left out.

use super::errors::{signature, types};
use super::{Checker, Node, Ty};
use crate::diag::{Error, ErrorKind, Result, Span, many, nearest};
use crate::ops::{Function, FunctionInfo};
use crate::syntax::ast::{NodeId, NodeKind};
use crate::types::Literal;

/// The methods of arrays; all are functions of the same name too.
const METHODS: &[&str] = &[
    "sum",
    "prod",
    "min",
    "max",
    "mean",
    "any",
    "all",
    "clip",
    "round",
    "conj",
    "conjugate",
    "astype",
    "transpose",
];

/// A call as written.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) name_span: Span,
    pub(super) method: bool,
    pub(super) args: &'a [NodeId],
    pub(super) keywords: &'a [(String, Span, NodeId)],
}

impl Checker<'_> {
    pub(super) fn call(&mut self, at: NodeId, call: Call<'_>) -> Result<Node> {
        if call.method && !METHODS.contains(&call.name) {
            return Err(self.unknown_method(call));
        }
        let bound = !call.method && self.names.find(call.name).is_some();
        if call.name == "astype" && !bound {
            return self.astype(at, call);
        }
        match call.name {
            "transpose" if !bound => return self.transpose(at, call),
            "len" if !bound => return self.len(at, call),
            name @ ("shape" | "size" | "ndim") if !bound => {
                let takes = format!("{name}(a)");
                let [a, ..] = self.arguments(call, &["a"], &takes)?;
                let a = a.ok_or_else(|| self.needs_array(call, &takes))?;
                return self.attribute(at, a, name);
            }
            _ => {}
        }
        let Some(function) = Function::from_name(call.name).filter(|_| !bound) else {
            return Err(self.unknown_function(call.name, call.name_span));
        };
        let row = function.info();
        if function.is_reduction() {
            return self.reduction(at, call, function);
        }
        if function == Function::Round
            && let Some(error) = self.decimals(call)
        {
            return Err(error);
        }
        let [x, y, z] = self.arguments(call, row.params, &signature(row, call.name))?;
        match (function, x, y, z) {
            (Function::Complex, Some(x), None, _) => self.apply(Function::Complex128, at, &[x]),
            // A bound that is None, or left out by keyword, does not bind.
            (Function::Clip, Some(x), low, high) => match self.bounds(x, low, high) {
                (Some(low), Some(high)) => self.apply(function, at, &[x, low, high]),
                (Some(low), None) => self.apply(Function::Maximum, at, &[x, low]),
                (None, Some(high)) => self.apply(Function::Minimum, at, &[x, high]),
                (None, None) if low.or(high).is_some_and(|bound| self.given(Some(bound)).is_some()) => {
                    self.apply(Function::Positive, at, &[x])
                }
                (None, None) => Err(self.missing(call, row, 1)),
            },
            _ => {
                let all = [x, y, z];
                let mut args = [at; 3];
                for (place, param) in all.iter().take(row.params.len()).enumerate() {
                    args[place] = param.ok_or_else(|| self.missing(call, row, place))?;
                }
                self.apply(function, at, &args[..row.params.len()])
            }
        }
    }

    pub(super) fn needs_array(&self, call: Call<'_>, takes: &str) -> Error {
        Error::new(ErrorKind::Type, format!("`{}` needs an array", call.name))
            .at(call.name_span, "")
            .help(format!("it is called as `{takes}`"))
    }

    /// What to say of `round(x, decimals)`.
    fn decimals(&self, call: Call<'_>) -> Option<Error> {
        let by_name = call.keywords.iter().find(|(key, ..)| key == "decimals" || key == "ndigits");
        let given = match (call.args, by_name) {
            (&[_, given], None) => given,
            (_, Some(&(.., given))) => given,
            _ => return None,
        };
        let scale = match self.ty(given) {
            Ty::Literal(Literal::Int(n @ 1..=9)) => format!("1{}", "0".repeat(n as usize)),
            _ => "100".to_string(),
        };
        let name = call.name;
        let error = self.unbuilt(given, format!("`{name}` to a number of decimals is not built yet"));
        Some(error.help(format!("it rounds to integers; write `{name}(a * {scale}) / {scale}`")))
    }

    /// The bounds of `clip` that bind: a literal beyond the range of x's type holds for every element.
    fn bounds(
        &self,
        x: NodeId,
        low: Option<NodeId>,
        high: Option<NodeId>,
    ) -> (Option<NodeId>, Option<NodeId>) {
        let range = match self.ty(x) {
            Ty::Value { dtype, .. } if dtype.is_int() => Some(dtype.range()),
            _ => None,
        };
        let binds = |bound: &NodeId, holds: fn(i128, (i128, i128)) -> bool| match (self.ty(*bound), range) {
            (Ty::Literal(Literal::Int(v)), Some(range)) => !holds(v, range),
            _ => true,
        };
        let low = self.given(low).filter(|low| binds(low, |v, (least, _)| v < least));
        let high = self.given(high).filter(|high| binds(high, |v, (_, greatest)| v > greatest));
        (low, high)
    }

    /// The argument, unless it is left out or None.
    pub(super) fn given(&self, arg: Option<NodeId>) -> Option<NodeId> {
        arg.filter(|&id| !matches!(self.ast.nodes[id.index()].kind, NodeKind::None))
    }

    /// Which argument goes to which parameter.
    pub(super) fn arguments(
        &self,
        call: Call<'_>,
        params: &[&str],
        takes: &str,
    ) -> Result<[Option<NodeId>; 3]> {
        let mut bound = [None; 3];
        if call.args.len() > params.len() {
            let (count, name) = (call.args.len(), call.name);
            let message = format!("`{name}` takes {}, but {count} are given", many(params.len(), "argument"));
            let extra = self.span(call.args[params.len()]).to(self.span(call.args[count - 1]));
            return Err(Error::new(ErrorKind::Type, message)
                .at(extra, "too many")
                .help(format!("it is called as `{takes}`")));
        }
        for (place, &arg) in bound.iter_mut().zip(call.args) {
            *place = Some(arg);
        }
        for (key, span, value) in call.keywords {
            // NumPy 2 calls the bounds of clip min and max too.
            let known = match key.as_str() {
                "min" if params.contains(&"a_min") => "a_min",
                "max" if params.contains(&"a_max") => "a_max",
                key => key,
            };
            let Some(place) = params.iter().position(|&param| param == known) else {
                return Err(Error::new(ErrorKind::Type, format!("`{}` has no parameter `{key}`", call.name))
                    .at(*span, "")
                    .help(format!("it is called as `{takes}`")));
            };
            if bound[place].replace(*value).is_some() {
                let message = format!("`{}` is given `{known}` twice", call.name);
                return Err(Error::new(ErrorKind::Type, message)
                    .at(*span, "again")
                    .help(format!("it is called as `{takes}`")));
            }
        }
        Ok(bound)
    }

    fn missing(&self, call: Call<'_>, row: &FunctionInfo, place: usize) -> Error {
        let takes = many(row.params.len(), "argument");
        let message = format!("`{}` takes {takes}; `{}` is missing", call.name, row.params[place]);
        Error::new(ErrorKind::Type, message)
            .at(call.name_span, "")
            .help(format!("it is called as `{}`", signature(row, call.name)))
    }

    /// All elements become one. An axis can be given, so long as it is None.
    fn reduction(&self, at: NodeId, call: Call<'_>, function: Function) -> Result<Node> {
        let row = function.info();
        let takes = format!("{}(a, axis=None)", call.name);
        if let (Function::Min | Function::Max, [x, y]) = (function, call.args)
            && (matches!(
                self.ty(*y),
                Ty::Value { .. } | Ty::Literal(Literal::Float(_) | Literal::Complex(_))
            ) || (!self.ty(*x).is_array() && matches!(self.ty(*y), Ty::Literal(_))))
        {
            let pairwise = if function == Function::Min { "minimum" } else { "maximum" };
            let message = format!("`{}` takes one array", call.name);
            return Err(self
                .operands(ErrorKind::Type, message, &[*x, *y])
                .help(format!("of two, element by element, it is `{pairwise}(x1, x2)`")));
        }
        let [x, axis, _] = self.arguments(call, &["a", "axis"], &takes)?;
        if let Some(axis) = self.given(axis) {
            let two = match (function, call.args) {
                (Function::Min, [_, _]) if !call.method => {
                    "; the smaller of two numbers is `minimum(x1, x2)`"
                }
                (Function::Max, [_, _]) if !call.method => "; the larger of two numbers is `maximum(x1, x2)`",
                _ => "",
            };
            return Err(Error::new(ErrorKind::Unsupported, "reductions along an axis are not built yet")
                .at(self.span(axis), "an axis, as in NumPy")
                .help(format!("without an axis, `{}(a)` takes all elements{two}", call.name)));
        }
        let x = x.ok_or_else(|| self.missing(call, row, 0))?;
        self.apply(function, at, &[x])
    }

    /// `x.astype(type)`
    fn astype(&self, at: NodeId, call: Call<'_>) -> Result<Node> {
        let takes = if call.method { "x.astype(dtype)" } else { "astype(x, dtype)" };
        let [x, dtype, _] = self.arguments(call, &["x", "dtype"], takes)?;
        let (Some(x), Some(dtype)) = (x, dtype) else {
            return Err(Error::new(ErrorKind::Type, "`astype` needs the name of a type")
                .at(call.name_span, "")
                .help(format!("it is called as `{takes}`, such as `a.astype(float32)`")));
        };
        match self.ty(dtype) {
            Ty::TypeName(dtype) => self.apply(Function::cast(dtype), at, &[x]),
            ty => Err(Error::new(ErrorKind::Type, "`astype` needs the name of a type")
                .at(self.span(dtype), ty.to_string())
                .help(types())),
        }
    }

    fn unknown_method(&self, call: Call<'_>) -> Error {
        if Function::from_name(call.name).is_none()
            && let Some(error) = self.unbuilt_function(call.name, call.name_span)
        {
            return error;
        }
        let message = format!("arrays have no method `{}`", call.name);
        let error = Error::new(ErrorKind::Name, message).at(call.name_span, "");
        let receiver = call.args.first().map(|&x| self.span(x).text(self.source));
        error.help(match (Function::from_name(call.name), nearest(call.name, METHODS.iter().copied())) {
            (Some(_), _) => match receiver.filter(|text| text.len() <= 20) {
                Some(receiver) => format!("it is a function: `{}({receiver})`", call.name),
                None => format!("it is a function: `{}(…)`", call.name),
            },
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => format!("there are {}", METHODS.join(", ")),
        })
    }
}
