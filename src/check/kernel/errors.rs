//! What to say of a kernel whose names or types do not fit.

use super::Type;
use super::infer::Inference;
use crate::diag::{Error, ErrorKind, Result, Span, many, nearest};
use crate::ops::Function;
use crate::syntax::ast::{NodeId, NodeKind};
use crate::types::DType;

/// Exceptions that a kernel can raise.
const EXCEPTIONS: &[&str] = &[
    "ValueError",
    "IndexError",
    "ZeroDivisionError",
    "TypeError",
    "RuntimeError",
    "ArithmeticError",
    "OverflowError",
    "AssertionError",
    "NotImplementedError",
    "Exception",
];

impl Inference<'_, '_> {
    fn error(&self, kind: ErrorKind, id: NodeId, message: impl Into<String>) -> Error {
        Error::new(kind, message).at(self.span(id), "")
    }

    fn wrong_type(&self, id: NodeId, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Type, message).at(self.span(id), self.ty(id).to_string())
    }

    pub(super) fn unbuilt(&self, id: NodeId, message: impl Into<String>) -> Error {
        self.error(ErrorKind::Unsupported, id, message)
    }

    /// The message of an assertion or an exception: a string, or nothing.
    pub(super) fn message(&self, id: Option<NodeId>) -> Result<()> {
        match id {
            Some(id) if !matches!(self.function.nodes[id.index()].kind, NodeKind::Text(_)) => {
                Err(self.unbuilt(id, "a message that is no plain string is not built yet"))
            }
            _ => Ok(()),
        }
    }

    /// What `raise` may raise: a known exception, called with a message or not.
    pub(super) fn exception(&self, id: Option<NodeId>, span: Span) -> Result<()> {
        let Some(id) = id else {
            return Err(Error::new(ErrorKind::Type, "a `raise` without an exception")
                .at(span, "nothing was caught here"));
        };
        let name = match &self.function.nodes[id.index()].kind {
            NodeKind::Call { name, method: false, args, keywords, .. }
                if args.len() < 2 && keywords.is_empty() =>
            {
                self.message(args.first().copied())?;
                name
            }
            NodeKind::Name(name) => name,
            _ => return Err(self.unbuilt(id, "only an exception with one message is raised")),
        };
        match EXCEPTIONS.contains(&name.as_str()) {
            true => Ok(()),
            false => Err(self
                .error(ErrorKind::Name, id, format!("`{name}` is no exception that kernels know"))
                .help(format!("they know {}", EXCEPTIONS.join(", ")))),
        }
    }

    pub(super) fn no_value(&self, id: NodeId, ty: &Type) -> Error {
        self.error(ErrorKind::Type, id, format!("{ty} is no value that a variable can have"))
    }

    pub(super) fn unset(&self, id: NodeId, name: &str) -> Error {
        self.error(ErrorKind::Name, id, format!("`{name}` has no value here"))
            .help("no statement that leads here gives it one")
    }

    pub(super) fn conflict(&self, id: NodeId, name: &str, x: &Type, y: &Type) -> Error {
        Error::new(ErrorKind::Type, format!("`{name}` has no single type here"))
            .at(self.span(id), format!("on one way it is {x}, on another {y}"))
            .help("give the values different names")
    }

    pub(super) fn no_common_type(&self, id: NodeId, x: NodeId, y: NodeId) -> Error {
        Error::new(ErrorKind::Type, "these values have no type in common")
            .at(self.span(id), "one of them is the result")
            .at(self.span(x), self.ty(x).to_string())
            .at(self.span(y), self.ty(y).to_string())
    }

    pub(super) fn kernel_as_value(&self, id: NodeId, name: &str) -> Error {
        self.error(ErrorKind::Unsupported, id, format!("`{name}` is a kernel, and no value"))
            .help(format!("call it, as in `{name}(...)`"))
    }

    pub(super) fn no_constant(&self, id: NodeId, name: &str) -> Error {
        self.error(ErrorKind::Name, id, format!("`{name}` is no constant that kernels can use"))
            .help("constants of a file are numbers, types, and tuples of those, each assigned once; pass others as arguments")
    }

    pub(super) fn unknown_name(&self, span: Span, name: &str) -> Error {
        let error = Error::new(ErrorKind::Name, format!("unknown name `{name}`")).at(span, "");
        let variables = self.unit.flow.names.iter().map(String::as_str);
        match nearest(name, variables.chain(self.program.names.all())) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        }
    }

    pub(super) fn unknown_function(&self, span: Span, name: &str) -> Error {
        if name == "print" {
            return Error::new(ErrorKind::Unsupported, "nothing is printed in a kernel")
                .at(span, "")
                .help("return what is to be printed");
        }
        let unbuilt = super::super::errors::FUNCTIONS_ELSEWHERE.contains(&name);
        if unbuilt {
            return Error::new(ErrorKind::Unsupported, format!("`{name}` is not built yet")).at(span, "");
        }
        if Function::from_name(name).is_some() {
            return Error::new(ErrorKind::Name, format!("unknown function `{name}`"))
                .at(span, "")
                .help(format!("import it, as by `import numpy as np`, and write `np.{name}`"));
        }
        let error = Error::new(ErrorKind::Name, format!("unknown function `{name}`")).at(span, "");
        match nearest(name, self.program.names.all()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        }
    }

    pub(super) fn unbuilt_path(&self, span: Span, path: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("`{path}` is not built in kernels")).at(span, "")
    }

    pub(super) fn only_in_for(&self, span: Span, name: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("`{name}` stands behind the `in` of a `for` alone"))
            .at(span, "")
    }

    pub(super) fn not_called(&self, span: Span, name: &str) -> Error {
        Error::new(ErrorKind::Type, format!("`{name}` is no function")).at(span, "called here")
    }

    pub(super) fn no_parameter(&self, name: &str, key: &str, span: Span, params: &[&str]) -> Error {
        let error = Error::new(ErrorKind::Type, format!("`{name}` has no parameter `{key}`")).at(span, "");
        let params: Vec<&str> = params.iter().copied().filter(|param| !param.is_empty()).collect();
        match (nearest(key, params.iter().copied()), params.is_empty()) {
            (Some(near), _) => error.help(format!("did you mean `{near}`?")),
            (None, false) => error.help(format!("it has {}", params.join(", "))),
            (None, true) => error,
        }
    }

    pub(super) fn no_truth(&self, id: NodeId, ty: &Type) -> Error {
        let error = self.wrong_type(id, format!("{ty} is neither true nor false"));
        match ty {
            Type::Array { .. } => error.help("write `(…).any()` or `(…).all()`"),
            _ => error,
        }
    }

    pub(super) fn not_whole(&self, id: NodeId, ty: &Type) -> Error {
        let error = self.wrong_type(id, "this is no integer");
        match ty {
            Type::Number(dtype) if dtype.is_float() => {
                error.help("write `int(x)`, or `//` for a whole quotient")
            }
            _ => error,
        }
    }

    pub(super) fn no_number(&self, function: Function, id: NodeId) -> Error {
        self.wrong_type(id, format!("`{}` takes numbers", function.shown()))
    }

    pub(super) fn refused(&self, function: Function, args: &[NodeId]) -> Error {
        let error = Error::new(ErrorKind::Type, format!("`{}` does not take these types", function.shown()));
        args.iter().fold(error, |error, &arg| error.at(self.span(arg), self.ty(arg).to_string()))
    }

    pub(super) fn too_large(&self, id: NodeId, value: i128, dtype: DType) -> Error {
        self.error(ErrorKind::Value, id, format!("{value} does not fit {dtype}, in which this is computed"))
    }

    pub(super) fn folded_wrong(&self, id: NodeId, problem: super::super::problem::Problem) -> Error {
        let error = self.error(problem.kind, id, problem.message);
        if problem.help.is_empty() { error } else { error.help(problem.help) }
    }

    pub(super) fn nothing_to_reduce(&self, function: Function, id: NodeId) -> Error {
        self.wrong_type(id, format!("`{}` takes an array", function.shown()))
    }

    pub(super) fn no_attribute(&self, id: NodeId, x: NodeId, name: &str) -> Error {
        self.error(ErrorKind::Unsupported, id, format!("`.{name}` is not built for {}", self.ty(x)))
    }

    pub(super) fn no_method(&self, x: NodeId, name: &str, span: Span) -> Error {
        Error::new(ErrorKind::Unsupported, format!("the method `.{name}` is not built for {}", self.ty(x)))
            .at(span, "")
    }

    pub(super) fn not_indexed(&self, id: NodeId, ty: &Type) -> Error {
        self.wrong_type(id, format!("{ty} has no elements"))
    }

    pub(super) fn no_item(&self, id: NodeId, items: usize) -> Error {
        self.error(
            ErrorKind::Index,
            id,
            format!("a tuple of {items} is indexed by a constant from 0 to {}", items.max(1) - 1),
        )
        .help("its items may have different types; use an array for a place that varies")
    }

    pub(super) fn second_ellipsis(&self, id: NodeId) -> Error {
        self.error(ErrorKind::Index, id, "an index has one `...` at most")
    }

    pub(super) fn too_many_indices(&self, id: NodeId, indices: u32, rank: u32) -> Error {
        let array = many(rank as usize, "axis").replace("axiss", "axes");
        self.error(ErrorKind::Index, id, format!("{indices} indices for an array of {array}"))
    }

    pub(super) fn not_stored_to(&self, id: NodeId, to: &Type) -> Error {
        self.error(ErrorKind::Type, id, format!("{to} cannot be changed"))
    }

    pub(super) fn not_storable(&self, value: NodeId, ty: &Type, _: NodeId, into: DType) -> Error {
        Error::new(ErrorKind::Type, format!("{ty} does not become {into}"))
            .at(self.span(value), ty.to_string())
    }

    pub(super) fn too_many_axes(&self, value: NodeId, rank: u32, to: NodeId, room: u32) -> Error {
        Error::new(ErrorKind::Shape, format!("an array of rank {rank} does not fit one of rank {room}"))
            .at(self.span(value), self.ty(value).to_string())
            .at(self.span(to), self.ty(to).to_string())
    }

    pub(super) fn no_parts(&self, ty: &Type, value: NodeId, targets: Span) -> Error {
        Error::new(ErrorKind::Type, format!("{ty} is not taken apart"))
            .at(targets, "several names")
            .at(self.span(value), ty.to_string())
            .help("only a tuple is; take elements of an array by their indices")
    }

    pub(super) fn other_number(&self, parts: usize, value: NodeId, targets: usize, span: Span) -> Error {
        Error::new(ErrorKind::Type, format!("{} for {}", many(parts, "value"), many(targets, "name")))
            .at(span, "")
            .at(self.span(value), "")
    }

    pub(super) fn not_iterable(&self, id: NodeId, ty: &Type) -> Error {
        let error = self.wrong_type(id, format!("{ty} has no items to go over"));
        match ty {
            Type::Tuple(_) => error.help("going over a tuple is not built yet; write out its items"),
            Type::Number(_) | Type::Literal(_) => error.help("write `range(n)`"),
            _ => error,
        }
    }

    pub(super) fn nothing_to_go_over(&self, id: NodeId) -> Error {
        self.error(ErrorKind::Type, id, "there is nothing to go over")
    }

    pub(super) fn wrong_range(&self, id: NodeId) -> Error {
        self.error(ErrorKind::Type, id, "a range has one to three numbers")
            .help("write `range(stop)`, `range(start, stop)` or `range(start, stop, step)`")
    }

    pub(super) fn no_length(&self, id: NodeId, ty: &Type) -> Error {
        self.wrong_type(id, format!("{ty} has no length"))
    }

    pub(super) fn not_rounded(&self, id: NodeId, name: &str, x: NodeId) -> Error {
        let _ = id;
        self.wrong_type(x, format!("Python's `{name}` takes one real number"))
            .help(format!("of arrays it is `np.{name}`"))
    }

    pub(super) fn unbuilt_index(&self, id: NodeId) -> Error {
        self.unbuilt(id, "of arrays as indices, a mask of the array's shape or integers of one axis, alone, are built in kernels")
            .help("write a loop over the others")
    }

    pub(super) fn not_real(&self, id: NodeId, ty: &Type) -> Error {
        self.wrong_type(id, format!("a real number was expected, not {ty}"))
    }

    pub(super) fn no_array(&self, id: NodeId, ty: &Type) -> Error {
        self.wrong_type(id, format!("an array was expected, not {ty}"))
    }

    pub(super) fn no_type(&self, id: NodeId) -> Error {
        self.wrong_type(id, "this is no type of elements").help(super::super::errors::types())
    }

    pub(super) fn no_shape(&self, id: NodeId) -> Error {
        self.wrong_type(id, "a shape is an integer, or a tuple of integers")
    }
}
