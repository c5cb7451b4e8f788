//! What to say of a program whose names or types do not fit.
//!
//! Knows what people mean when they write something else. It must not decide what is an error.

use super::rules::default;
use super::{Checker, Ty};
use crate::diag::{Error, ErrorKind, Span, nearest};
use crate::ops::{Function, FunctionInfo, Kinds, functions};
use crate::syntax::ast::{NodeId, NodeKind};
use crate::types::{DType, Kind};

/// Names listed in a message, at most.
const LISTED: usize = 20;

/// `a, b, c, …`
pub(super) fn list(names: &[&str]) -> String {
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(LISTED)].join(", "))
}

/// Types that NumPy's users may name.
const UNBUILT_TYPES: &[&str] = &[
    "float16",
    "half",
    "single",
    "double",
    "longdouble",
    "float128",
    "complex256",
    "intp",
    "uintp",
    "uint",
    "str",
    "object",
];

/// Functions of NumPy's and of Python's `math`, most of them not built yet. The table is asked first, so
/// that one which gets its row there is no longer spoken of.
#[rustfmt::skip]
pub(super) const FUNCTIONS_ELSEWHERE: &[&str] = &[
    // Elementwise.
    "acos", "acosh", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh",
    "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "comb", "conj", "conjugate", "copysign", "cos", "cosh",
    "deg2rad", "degrees", "divmod", "erf", "erfc", "exp", "exp2", "expm1", "factorial", "float_power", "fma",
    "fmod", "frexp", "gamma", "gcd", "heaviside", "hypot", "i0", "imag", "isclose", "isneginf", "isposinf",
    "lcm", "ldexp", "lgamma", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "logical_xor",
    "modf", "nan_to_num", "nextafter", "rad2deg", "radians", "real", "reciprocal", "select", "signbit", "sin",
    "sinc", "sinh", "spacing", "tan", "tanh", "unwrap",
    // Over all elements, or along an axis.
    "allclose", "argmax", "argmin", "argsort", "array_equal", "average", "bincount", "count_nonzero",
    "cumprod", "cumsum", "diff", "gradient", "histogram", "median", "nanmax", "nanmean", "nanmin",
    "nanprod", "nanstd", "nansum", "nanvar", "nonzero", "norm", "percentile", "ptp", "quantile", "sort",
    "std", "trapezoid", "unique", "var",
    // Products and shapes.
    "arange", "array", "asarray", "broadcast_to", "concatenate", "convolve", "copy", "correlate", "cross",
    "dot", "einsum", "empty", "empty_like", "expand_dims", "eye", "flatten", "flip", "full", "full_like",
    "identity", "inner", "interp", "kron", "linspace", "matmul", "meshgrid", "ones", "ones_like", "outer",
    "pad", "ravel", "repeat", "reshape", "roll", "searchsorted", "squeeze", "stack", "swapaxes", "take",
    "tensordot", "tile", "trace", "vdot", "zeros", "zeros_like",
];

/// `the types are bool, …`
pub(super) fn types() -> String {
    format!("the types are {}", DType::ALL.map(DType::name).join(", "))
}

/// `clip(a, a_min, a_max)`
pub(super) fn signature(row: &FunctionInfo, name: &str) -> String {
    format!("{name}({})", row.params.join(", "))
}

/// `integers and bool`
fn kinds(kinds: Kinds) -> String {
    let known = [
        (Kind::Float, "floats"),
        (Kind::Signed, "integers"),
        (Kind::Complex, "complex numbers"),
        (Kind::Bool, "bool"),
    ];
    let names: Vec<&str> = known.iter().filter(|(k, _)| kinds.has(*k)).map(|&(_, name)| name).collect();
    match &names[..] {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        names => names.concat(),
    }
}

impl Checker<'_> {
    pub(super) fn span(&self, id: NodeId) -> Span {
        self.ast.nodes[id.index()].span
    }

    pub(super) fn error(&self, kind: ErrorKind, id: NodeId, message: impl Into<String>) -> Error {
        Error::new(kind, message).at(self.span(id), "")
    }

    pub(super) fn unbuilt(&self, id: NodeId, message: impl Into<String>) -> Error {
        self.error(ErrorKind::Unsupported, id, message)
    }

    /// An error about an operation, with the type of each operand under it.
    pub(super) fn operands(&self, kind: ErrorKind, message: impl Into<String>, args: &[NodeId]) -> Error {
        args.iter()
            .fold(Error::new(kind, message), |error, &arg| error.at(self.span(arg), self.ty(arg).to_string()))
    }

    /// A type of NumPy's that is not among ours.
    fn unbuilt_type(&self, name: &str, span: Span) -> Option<Error> {
        UNBUILT_TYPES.contains(&name).then(|| {
            Error::new(ErrorKind::Unsupported, format!("the type `{name}` is not built yet"))
                .at(span, "")
                .help(types())
        })
    }

    /// A function of NumPy's that is not among ours.
    pub(super) fn unbuilt_function(&self, name: &str, span: Span) -> Option<Error> {
        FUNCTIONS_ELSEWHERE.contains(&name).then(|| {
            Error::new(ErrorKind::Unsupported, format!("`{name}` is not built yet"))
                .at(span, "")
                .help("docs/language.md lists the functions that are, and what is to come")
        })
    }

    /// Whether a node stands where `astype` takes a type.
    fn names_a_type(&self, id: NodeId) -> bool {
        self.ast.nodes.iter().any(|node| match &node.kind {
            NodeKind::Call { name, method, args, keywords, .. } => {
                name == "astype"
                    && (*method || self.names.find(name).is_none())
                    && (args.get(1) == Some(&id)
                        || keywords.iter().any(|(key, _, value)| key == "dtype" && *value == id))
            }
            _ => false,
        })
    }

    pub(super) fn unknown_name(&self, id: NodeId, name: &str, function: Option<Function>) -> Error {
        if let Some(error) = self.unbuilt_type(name, self.span(id)) {
            return error;
        }
        if self.names_a_type(id) {
            let error = self.error(ErrorKind::Type, id, format!("`{name}` is not a type here"));
            return error.help(match nearest(name, DType::ALL.into_iter().map(DType::name)) {
                Some(near) => format!("did you mean `{near}`? T{}", &types()[1..]),
                None => types(),
            });
        }
        if let Some(function) = function {
            let error = self.error(ErrorKind::Name, id, format!("`{name}` is a function and must be called"));
            return error.help(format!("write `{}`", signature(function.info(), name)));
        }
        let known = self.names.all();
        let near = nearest(name, known.iter().copied());
        let error = Error::new(ErrorKind::Name, format!("unknown name `{name}`"));
        let later = self.ast.assignments.iter().find(|a| a.name == name);
        let error = match later {
            Some(later) => error
                .at(self.span(id), "read here, before it is assigned")
                .at(later.span, "assigned only here"),
            None => error.at(self.span(id), "neither an argument nor assigned above"),
        };
        error.help(match near {
            Some(near) => format!("did you mean `{near}`? Known here: {}", list(&known)),
            None => format!("known here: {}", list(&known)),
        })
    }

    pub(super) fn unknown_function(&self, name: &str, span: Span) -> Error {
        if self.names.find(name).is_some() || super::names::constant(name).is_some() {
            return Error::new(ErrorKind::Type, format!("`{name}` is a value and cannot be called"))
                .at(span, "not a function")
                .help("a product is written with `*`");
        }
        if let Some(error) = self.unbuilt_type(name, span) {
            return error;
        }
        if let Some(error) = self.unbuilt_function(name, span) {
            return error;
        }
        let error = Error::new(ErrorKind::Name, format!("unknown function `{name}`")).at(span, "");
        let known = functions().flat_map(|row| row.names).copied().chain([
            "astype",
            "transpose",
            "len",
            "shape",
            "size",
            "ndim",
        ]);
        error.help(match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let rows = functions().filter(|row| row.symbol.is_none());
                let known: Vec<&str> = rows.map(|row| row.names[0]).collect();
                format!("there are {}", known.join(", "))
            }
        })
    }

    /// An operation on kinds of types that it does not know.
    pub(super) fn refused(&self, function: Function, meet: DType, args: &[NodeId]) -> Error {
        let takes = function.info().rule.takes();
        let shown = function.shown();
        let (message, help) = match (function, meet) {
            (Function::Subtract, DType::Bool) => (
                "the `-` operator is not defined for bool".to_string(),
                "write `a ^ b` or `a != b` for where they differ, or convert with `int64(a)`",
            ),
            (Function::Negative, DType::Bool) => (
                "the `-` operator is not defined for bool".to_string(),
                "write `~a` or `logical_not(a)` to negate truth values, or convert with `int64(a)`",
            ),
            (_, meet) if meet.is_complex() => (
                format!("`{shown}` is not defined for complex numbers"),
                "take a part of them with `real(z)` or `imag(z)`, or their size with `abs(z)`",
            ),
            _ => {
                let wrong = args.iter().map(|&arg| self.ty(arg)).find_map(|ty| match ty {
                    Ty::Value { dtype, .. } if !takes.has(dtype.kind()) => Some(dtype.to_string()),
                    Ty::Literal(v) if !takes.has(default(v).kind()) => Some(format!("a {ty}")),
                    _ => None,
                });
                let literal = wrong.as_ref().is_some_and(|wrong| wrong.ends_with("literal"));
                let help = if literal { "write it as an integer" } else { "convert with `int64(a)`" };
                let message = match wrong {
                    Some(wrong) => format!("`{shown}` takes {}, not {wrong}", kinds(takes)),
                    None => format!("`{shown}` takes {}, and these types meet in {meet}", kinds(takes)),
                };
                (message, help)
            }
        };
        self.operands(ErrorKind::Type, message, args).help(help)
    }

    pub(super) fn too_large(&self, id: NodeId, value: i128, dtype: DType, args: &[NodeId]) -> Error {
        let message = format!("integer literal {value} does not fit {dtype}");
        let mut error = Error::new(ErrorKind::Type, message).at(self.span(id), "integer literal");
        for &arg in args {
            if let ty @ Ty::Value { .. } = self.ty(arg) {
                error = error.at(self.span(arg), ty.to_string());
            }
        }
        let (low, high) = dtype.range();
        let types = [DType::Int16, DType::Int32, DType::Int64, DType::UInt64];
        let wider = types.into_iter().find(|&wider| {
            let (least, greatest) = wider.range();
            (least..=greatest).contains(&value) && least <= low && high <= greatest
        });
        let wider = wider.unwrap_or(DType::Float64);
        error.help(format!(
            "{dtype} holds {low} to {high}; convert with `{wider}(…)` to compute in a wider type"
        ))
    }
}
