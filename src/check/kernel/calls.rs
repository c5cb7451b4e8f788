//! Calls: kernels, functions of the table, Python's own, methods, new arrays.
//!
//! Knows which parameters each has. It must not know statements.

use std::sync::Arc;

use super::infer::Inference;
use super::names::{self, Entity};
use super::{Argument, Intrinsic, Meaning, Node, Type, int, known, node};
use crate::diag::{Error, ErrorKind, Result, Span, many};
use crate::ops::Function;
use crate::syntax::ast::{NodeId, NodeKind};
use crate::types::{DType, Literal};

/// A call as written; the receiver of a method is its first argument.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub name: &'a str,
    pub span: Span,
    pub method: bool,
    pub args: &'a [NodeId],
    pub keywords: &'a [(String, Span, NodeId)],
}

impl<'a> Call<'a> {
    /// The same without its receiver, a module.
    fn of_module(self) -> Call<'a> {
        Call { method: false, args: &self.args[1..], ..self }
    }
}

impl Inference<'_, '_> {
    /// The path from a module on of what is called, if it is of one; looks at the receiver.
    pub(super) fn path_of_call(
        &mut self,
        name: &str,
        method: bool,
        args: &[NodeId],
    ) -> Result<Option<Arc<str>>> {
        if method {
            let path = match &self.function.nodes[args[0].index()].kind {
                NodeKind::Name(_) | NodeKind::Attribute(..) => self.expression(args[0])?,
                _ => return Ok(None),
            };
            return Ok(match path {
                Type::Path(module) => Some(Arc::from(format!("{module}.{name}"))),
                _ => None,
            });
        }
        if self.unit.flow.names.iter().any(|variable| variable == name) {
            return Ok(None);
        }
        Ok(match self.entity(name) {
            Some(Entity::Type(Type::Path(path))) => Some(path),
            _ => None,
        })
    }

    pub(super) fn call(&mut self, id: NodeId, call: Call<'_>) -> Result<Node> {
        if call.method {
            return match self.ty(call.args[0]).clone() {
                Type::Unknown => Ok(known(Type::Unknown)),
                Type::Path(module) => {
                    let path = format!("{module}.{}", call.name);
                    match names::path(&path) {
                        Some(Type::DType(dtype)) => self.cast(id, dtype, call.of_module()),
                        Some(Type::Path(path)) => self.of_path(id, &path, call.of_module()),
                        _ => Err(self.not_called(call.span, &path)),
                    }
                }
                ty => self.method(id, &ty, call),
            };
        }
        if self.unit.flow.names.iter().any(|variable| variable == call.name) {
            return Err(self.not_called(call.span, call.name));
        }
        match self.entity(call.name) {
            Some(Entity::Kernel(at)) => self.kernel(at, call),
            Some(Entity::Type(Type::DType(dtype))) => self.cast(id, dtype, call),
            Some(Entity::Type(Type::Path(path))) => self.of_path(id, &path, call),
            Some(_) => Err(self.not_called(call.span, call.name)),
            None => Err(self.unknown_function(call.span, call.name)),
        }
    }

    /// Puts arguments to parameters, of which the first `needed` must be given.
    pub(super) fn bind<const N: usize>(
        &self,
        call: Call<'_>,
        params: [&str; N],
        needed: usize,
    ) -> Result<[Option<NodeId>; N]> {
        let mut bound = [None; N];
        if call.args.len() > N {
            let takes = many(N, "argument");
            let message = format!("`{}` takes at most {takes}; {} are given", call.name, call.args.len());
            return Err(Error::new(ErrorKind::Type, message).at(call.span, ""));
        }
        for (slot, &arg) in bound.iter_mut().zip(call.args) {
            *slot = Some(arg);
        }
        for (key, span, value) in call.keywords {
            match params.iter().position(|param| param == key) {
                Some(at) if bound[at].is_none() => bound[at] = Some(*value),
                Some(_) => {
                    let message = format!("the argument `{key}` of `{}` is given twice", call.name);
                    return Err(Error::new(ErrorKind::Type, message).at(*span, "again"));
                }
                None => return Err(self.no_parameter(call.name, key, *span, &params)),
            }
        }
        if let Some(at) = bound[..needed].iter().position(Option::is_none) {
            let message = format!("`{}` is called without its argument `{}`", call.name, params[at]);
            return Err(Error::new(ErrorKind::Type, message).at(call.span, ""));
        }
        Ok(bound)
    }

    fn cast(&mut self, id: NodeId, dtype: DType, call: Call<'_>) -> Result<Node> {
        let [x] = self.bind(call, ["x"], 1)?;
        self.apply(Function::cast(dtype), id, &[x.expect("it is needed")])
    }

    /// What a module has under this path.
    fn of_path(&mut self, id: NodeId, path: &str, call: Call<'_>) -> Result<Node> {
        if call.args.iter().any(|&arg| *self.ty(arg) == Type::Unknown) {
            return Ok(known(Type::Unknown));
        }
        let (module, name) = path.split_once('.').unwrap_or((path, ""));
        match module {
            "builtins" => self.builtin(id, name, call),
            "math" | "cmath" => match name {
                "floor" | "ceil" | "trunc" => {
                    let [x] = self.bind(call, ["x"], 1)?;
                    self.rounded(id, name, x.expect("it is needed"))
                }
                "pow" => {
                    let [x, y] = self.bind(call, ["x", "y"], 2)?;
                    let [x, y] = [x, y].map(|arg| arg.expect("it is needed"));
                    let power = self.apply(Function::Power, id, &[x, y])?;
                    match power.ty.kind() {
                        Some(crate::types::Kind::Float | crate::types::Kind::Complex) => Ok(power),
                        _ => Err(self
                            .unbuilt(id, "`math.pow` of integers is not built yet")
                            .help("write `float(x) ** y`")),
                    }
                }
                _ => self.of_table(id, name, call),
            },
            "numpy" => match name {
                "zeros" | "empty" => self.new_array(id, Intrinsic::Zeros, call),
                "ones" => self.new_array(id, Intrinsic::Ones, call),
                "full" => self.full(id, call),
                "zeros_like" | "empty_like" => self.like(id, Intrinsic::ZerosLike, call),
                "ones_like" => self.like(id, Intrinsic::FullLike, call),
                "full_like" => self.full_like(id, call),
                "arange" => self.arange(id, call),
                "linspace" => self.linspace(id, call),
                "eye" | "identity" => self.eye(id, call),
                "array" | "asarray" => self.array(id, call),
                "matmul" => {
                    let [x, y] = self.bind(call, ["x1", "x2"], 2)?.map(|arg| arg.expect("it is needed"));
                    self.matmul(x, y)
                }
                "dot" => {
                    let [x, y] = self.bind(call, ["a", "b"], 2)?.map(|arg| arg.expect("it is needed"));
                    self.dot(id, x, y)
                }
                "vdot" | "outer" => {
                    let [x, y] = self.bind(call, ["a", "b"], 2)?.map(|arg| arg.expect("it is needed"));
                    if name == "vdot" { self.vdot(x, y) } else { self.outer(x, y) }
                }
                "copy" => {
                    let [a] = self.bind(call, ["a"], 1)?;
                    self.copy(a.expect("it is needed"), None)
                }
                "transpose" => {
                    let [a] = self.bind(call, ["a"], 1)?;
                    let a = a.expect("it is needed");
                    let ty = self.array_type(a)?;
                    Ok(node(ty, Meaning::Intrinsic(Intrinsic::Transpose, vec![a])))
                }
                "reshape" => {
                    let [a, shape] = self.bind(call, ["a", "shape"], 2)?;
                    self.reshape(a.expect("it is needed"), &[shape.expect("it is needed")])
                }
                _ => match name.strip_prefix("random.") {
                    Some(name) => self.random(name, call),
                    None => self.of_table(id, name, call),
                },
            },
            _ => Err(self.unbuilt_path(call.span, path)),
        }
    }

    /// A function of the table.
    fn of_table(&mut self, id: NodeId, name: &str, call: Call<'_>) -> Result<Node> {
        let Some(function) = Function::from_name(name) else {
            return Err(self.unknown_function(call.span, name));
        };
        let params = function.info().params;
        if function.is_reduction()
            && let Some((key, span, _)) = call.keywords.iter().find(|(key, ..)| !params.contains(&&**key))
        {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("`{key}=` of `{name}` is not built in kernels yet"),
            )
            .at(*span, "")
            .help("without it, all elements are taken; a loop takes those of a row"));
        }
        let mut names = [""; 3];
        names[..params.len()].copy_from_slice(params);
        if call.args.len() > params.len() {
            let takes = many(params.len(), "argument");
            let message = format!("`{name}` takes {takes}; {} are given", call.args.len());
            return Err(Error::new(ErrorKind::Type, message).at(call.span, ""));
        }
        let bound = self.bind(call, names, params.len())?;
        let args: Vec<NodeId> = bound.into_iter().take(params.len()).flatten().collect();
        self.apply(function, id, &args)
    }

    fn builtin(&mut self, id: NodeId, name: &str, call: Call<'_>) -> Result<Node> {
        match name {
            "int" => self.cast(id, DType::Int64, call),
            "float" => self.cast(id, DType::Float64, call),
            "bool" => self.cast(id, DType::Bool, call),
            "abs" => {
                let [x] = self.bind(call, ["x"], 1)?;
                self.apply(Function::Abs, id, &[x.expect("it is needed")])
            }
            "complex" => {
                let [re, im] = self.bind(call, ["real", "imag"], 1)?;
                let re = re.expect("it is needed");
                match im {
                    None => self.apply(Function::Complex128, id, &[re]),
                    Some(im) => self.apply(Function::Complex, id, &[re, im]),
                }
            }
            "pow" => {
                let [x, y] = self.bind(call, ["base", "exp"], 2)?.map(|arg| arg.expect("it is needed"));
                self.apply(Function::Power, id, &[x, y])
            }
            "round" => {
                let [x] = self.bind(call, ["number"], 1)?;
                self.rounded(id, "round", x.expect("it is needed"))
            }
            "sum" => {
                let [a] = self.bind(call, ["iterable"], 1)?;
                let a = a.expect("it is needed");
                match self.ty(a) {
                    Type::Array { rank: 1, .. } => self.apply(Function::Sum, id, &[a]),
                    ty => Err(self.not_iterable(a, &ty.clone())),
                }
            }
            "len" => {
                let [x] = self.bind(call, ["obj"], 1)?;
                let x = x.expect("it is needed");
                match self.ty(x) {
                    Type::Tuple(items) => Ok(known(Type::Literal(Literal::Int(items.len() as i128)))),
                    Type::Array { rank: 1.., .. } => Ok(node(int(), Meaning::Length(x, 0))),
                    ty => Err(self.no_length(x, &ty.clone())),
                }
            }
            "min" | "max" => self.extremum(id, name, call),
            "divmod" => {
                let [x, y] = self.bind(call, ["x", "y"], 2)?.map(|arg| arg.expect("it is needed"));
                let quotient = self.apply(Function::FloorDivide, id, &[x, y])?;
                match quotient.ty {
                    Type::Number(_) => {
                        let both = Type::Tuple(Arc::from([quotient.ty.clone(), quotient.ty]));
                        Ok(node(both, Meaning::Intrinsic(Intrinsic::DivMod, vec![x, y])))
                    }
                    _ => Err(self.unbuilt(id, "`divmod` of arrays, or of two constants, is not built yet")),
                }
            }
            _ => Err(self.only_in_for(call.span, name)),
        }
    }

    /// A rounding function whose result is an integer, as those of Python's are.
    fn rounded(&mut self, id: NodeId, name: &str, x: NodeId) -> Result<Node> {
        let function = Function::from_name(name).expect("the table has Python's roundings");
        let rounded = self.apply(function, id, &[x])?;
        match rounded.ty {
            Type::Literal(Literal::Float(value)) => Ok(known(Type::Literal(Literal::Int(value as i128)))),
            Type::Literal(_) | Type::Unknown => Ok(rounded),
            Type::Number(dtype) if !dtype.is_complex() => {
                Ok(node(int(), Meaning::Intrinsic(Intrinsic::Whole(function), vec![x])))
            }
            _ => Err(self.not_rounded(id, name, x)),
        }
    }

    /// Python's `min` and `max`: of several numbers, or of an array of one axis.
    fn extremum(&mut self, id: NodeId, name: &str, call: Call<'_>) -> Result<Node> {
        if let Some((key, span, _)) = call.keywords.first() {
            return Err(self.no_parameter(name, key, *span, &[]));
        }
        if let &[one] = call.args {
            let function = if name == "min" { Function::Min } else { Function::Max };
            return match self.ty(one) {
                Type::Array { rank: 1, .. } => self.apply(function, id, &[one]),
                ty => Err(self.not_iterable(one, &ty.clone())),
            };
        }
        let Some((&first, others)) = call.args.split_first() else {
            return Err(Error::new(ErrorKind::Type, format!("`{name}` of nothing")).at(call.span, ""));
        };
        let mut ty = self.ty(first).clone();
        for &arg in others {
            // A number of the text is weak here too.
            let other = self.ty(arg).clone();
            let joined = match (&ty, &other) {
                (Type::Literal(_), Type::Number(dtype)) | (Type::Number(dtype), Type::Literal(_))
                    if dtype.is_float() =>
                {
                    Some(Type::Number(*dtype))
                }
                _ => ty.strong().join(&other.strong()),
            };
            ty = match joined {
                Some(joined @ (Type::Number(_) | Type::Unknown)) => joined,
                _ => return Err(self.no_common_type(id, first, arg)),
            };
        }
        if matches!(ty, Type::Number(dtype) if dtype.is_complex()) {
            return Err(self.refused(Function::Less, call.args));
        }
        let intrinsic = if name == "min" { Intrinsic::Min } else { Intrinsic::Max };
        Ok(node(ty, Meaning::Intrinsic(intrinsic, call.args.to_vec())))
    }

    /// Another kernel of the file.
    fn kernel(&mut self, at: usize, call: Call<'_>) -> Result<Node> {
        let callee = &self.program.file.functions[at];
        let mut arguments: Vec<Option<Argument>> = callee.params.iter().map(|_| None).collect();
        if callee.unsupported.is_none() && call.args.len() > callee.params.len() {
            let takes = many(callee.params.len(), "argument");
            let message = format!("`{}` takes {takes}; {} are given", call.name, call.args.len());
            return Err(Error::new(ErrorKind::Type, message)
                .at(call.span, "")
                .at(callee.name_span, "defined here"));
        }
        for (slot, &arg) in arguments.iter_mut().zip(call.args) {
            *slot = Some(Argument::Node(arg));
        }
        for (key, span, value) in call.keywords {
            match callee.params.iter().position(|param| param.name == *key) {
                Some(at) if arguments[at].is_none() => arguments[at] = Some(Argument::Node(*value)),
                Some(_) => {
                    let message = format!("the argument `{key}` of `{}` is given twice", call.name);
                    return Err(Error::new(ErrorKind::Type, message).at(*span, "again"));
                }
                None if callee.unsupported.is_some() => (),
                None => {
                    let params: Vec<&str> = callee.params.iter().map(|param| &*param.name).collect();
                    return Err(self.no_parameter(call.name, key, *span, &params));
                }
            }
        }
        let mut given = Vec::with_capacity(arguments.len());
        for (slot, param) in arguments.into_iter().zip(&callee.params) {
            given.push(match (slot, param.default) {
                (Some(argument), _) => argument,
                (None, Some(default)) => match self.program.names.constant_of(&callee.nodes, default) {
                    Some(value) => Argument::Default(value),
                    None => {
                        let message = format!("the default of `{}` is no constant", param.name);
                        let error = Error::new(ErrorKind::Unsupported, message)
                            .at(callee.nodes[default.index()].span, "");
                        return Err(error.help("a default is a number, a type, or a tuple of those"));
                    }
                },
                (None, None) => {
                    let message = format!("`{}` is called without its argument `{}`", call.name, param.name);
                    return Err(Error::new(ErrorKind::Type, message)
                        .at(call.span, "")
                        .at(param.span, "it has no default"));
                }
            });
        }
        let mut params = Vec::with_capacity(given.len());
        for argument in &given {
            let ty = match argument {
                Argument::Node(id) => self.ty(*id),
                Argument::Default(ty) => ty,
            };
            if *ty == Type::Unknown {
                return Ok(known(Type::Unknown));
            }
            if let (false, Argument::Node(id)) = (ty.is_value(), argument) {
                return Err(self.no_value(*id, ty));
            }
            params.push(ty.strong());
        }
        self.called(at, given, params, call.span)
    }

    fn method(&mut self, id: NodeId, receiver: &Type, call: Call<'_>) -> Result<Node> {
        let x = call.args[0];
        let rest = Call { method: false, args: &call.args[1..], ..call };
        match (receiver, call.name) {
            (Type::Array { .. }, "sum" | "prod" | "min" | "max" | "mean" | "any" | "all") => {
                self.of_table(id, call.name, call)
            }
            (Type::Array { .. } | Type::Number(_) | Type::Literal(_), "conjugate" | "conj") => {
                let [] = self.bind(rest, [], 0)?;
                self.apply(Function::Conj, id, &[x])
            }
            (Type::Array { .. }, "dot") => {
                let [y] = self.bind(rest, ["b"], 1)?;
                self.dot(id, x, y.expect("it is needed"))
            }
            (Type::Array { .. }, "copy") => {
                let [] = self.bind(rest, [], 0)?;
                self.copy(x, None)
            }
            (Type::Array { .. }, "astype") => {
                let [dtype] = self.bind(rest, ["dtype"], 1)?;
                let dtype = self.dtype(dtype.expect("it is needed"))?;
                self.copy(x, Some(dtype))
            }
            (Type::Array { dtype, .. }, "fill") => {
                let [value] = self.bind(rest, ["value"], 1)?;
                let value = value.expect("it is needed");
                let ty = self.ty(value).clone();
                self.stores(x, &Type::Number(*dtype), &ty, value)?;
                Ok(node(Type::None, Meaning::Intrinsic(Intrinsic::Fill, vec![x, value])))
            }
            (Type::Array { dtype, rank }, "transpose") => {
                let [] = self.bind(rest, [], 0)?;
                let ty = Type::Array { dtype: *dtype, rank: *rank };
                Ok(node(ty, Meaning::Intrinsic(Intrinsic::Transpose, vec![x])))
            }
            (Type::Array { .. }, "reshape") if !rest.args.is_empty() => self.reshape(x, rest.args),
            _ => Err(self.no_method(x, call.name, call.span)),
        }
    }

    fn array_type(&self, id: NodeId) -> Result<Type> {
        match self.ty(id) {
            ty @ Type::Array { .. } => Ok(ty.clone()),
            ty => Err(self.no_array(id, ty)),
        }
    }

    fn copy(&mut self, x: NodeId, to: Option<DType>) -> Result<Node> {
        let Type::Array { dtype, rank } = self.array_type(x)? else { unreachable!("it is an array") };
        let ty = Type::Array { dtype: to.unwrap_or(dtype), rank };
        Ok(node(ty, Meaning::Intrinsic(Intrinsic::Copy, vec![x])))
    }

    fn reshape(&mut self, x: NodeId, shape: &[NodeId]) -> Result<Node> {
        let Type::Array { dtype, .. } = self.array_type(x)? else { unreachable!("it is an array") };
        let rank = match shape {
            &[one] => self.rank_of_shape(one)?,
            several => {
                several.iter().try_for_each(|&length| self.is_whole(length))?;
                several.len() as u32
            }
        };
        let operands = [x].into_iter().chain(shape.iter().copied()).collect();
        Ok(node(Type::Array { dtype, rank }, Meaning::Intrinsic(Intrinsic::Reshape, operands)))
    }

    /// The type that an argument names.
    pub(super) fn dtype(&self, id: NodeId) -> Result<DType> {
        match self.ty(id) {
            Type::DType(dtype) => Ok(*dtype),
            Type::Path(path) => match &**path {
                "builtins.float" => Ok(DType::Float64),
                "builtins.int" => Ok(DType::Int64),
                "builtins.bool" => Ok(DType::Bool),
                "builtins.complex" => Ok(DType::Complex128),
                _ => Err(self.no_type(id)),
            },
            Type::Text(name) => names::dtype(name).ok_or_else(|| self.no_type(id)),
            _ => Err(self.no_type(id)),
        }
    }

    fn dtype_or(&self, id: Option<NodeId>, default: DType) -> Result<DType> {
        id.map_or(Ok(default), |id| self.dtype(id))
    }

    /// The number of axes of an array of this shape: an integer, or a tuple of them.
    pub(super) fn rank_of_shape(&self, id: NodeId) -> Result<u32> {
        match self.ty(id) {
            Type::Tuple(items) => {
                let whole = |ty: &Type| match ty {
                    Type::Number(dtype) => dtype.is_int(),
                    Type::Literal(value) => matches!(value, Literal::Int(_)),
                    _ => false,
                };
                if items.iter().all(whole) { Ok(items.len() as u32) } else { Err(self.no_shape(id)) }
            }
            _ if self.is_whole(id).is_ok() => Ok(1),
            _ => Err(self.no_shape(id)),
        }
    }

    fn new_array(&mut self, _: NodeId, intrinsic: Intrinsic, call: Call<'_>) -> Result<Node> {
        let [shape, dtype] = self.bind(call, ["shape", "dtype"], 1)?;
        let shape = shape.expect("it is needed");
        let ty =
            Type::Array { dtype: self.dtype_or(dtype, DType::Float64)?, rank: self.rank_of_shape(shape)? };
        Ok(node(ty, Meaning::Intrinsic(intrinsic, vec![shape])))
    }

    fn full(&mut self, id: NodeId, call: Call<'_>) -> Result<Node> {
        let [shape, value, dtype] = self.bind(call, ["shape", "fill_value", "dtype"], 2)?;
        let [shape, value] = [shape, value].map(|arg| arg.expect("it is needed"));
        let Type::Number(own) = self.ty(value).strong() else {
            let ty = self.ty(value).clone();
            return Err(self.not_storable(value, &ty, id, DType::Float64));
        };
        let dtype = self.dtype_or(dtype, own)?;
        let ty = Type::Array { dtype, rank: self.rank_of_shape(shape)? };
        Ok(node(ty, Meaning::Intrinsic(Intrinsic::Full, vec![shape, value])))
    }

    fn like(&mut self, _: NodeId, intrinsic: Intrinsic, call: Call<'_>) -> Result<Node> {
        let [a, to] = self.bind(call, ["a", "dtype"], 1)?;
        let a = a.expect("it is needed");
        let Type::Array { dtype, rank } = self.array_type(a)? else { unreachable!("it is an array") };
        let ty = Type::Array { dtype: self.dtype_or(to, dtype)?, rank };
        Ok(node(ty, Meaning::Intrinsic(intrinsic, vec![a])))
    }

    fn full_like(&mut self, id: NodeId, call: Call<'_>) -> Result<Node> {
        let [a, value, to] = self.bind(call, ["a", "fill_value", "dtype"], 2)?;
        let [a, value] = [a, value].map(|arg| arg.expect("it is needed"));
        let Type::Array { dtype, rank } = self.array_type(a)? else { unreachable!("it is an array") };
        let dtype = self.dtype_or(to, dtype)?;
        let given = self.ty(value).clone();
        self.stores(id, &Type::Number(dtype), &given, value)?;
        Ok(node(Type::Array { dtype, rank }, Meaning::Intrinsic(Intrinsic::FullLike, vec![a, value])))
    }

    fn arange(&mut self, id: NodeId, call: Call<'_>) -> Result<Node> {
        let [start, stop, step, dtype] = self.bind(call, ["start", "stop", "step", "dtype"], 1)?;
        let numbers: Vec<NodeId> = [start, stop, step].into_iter().flatten().collect();
        let whole = numbers.iter().all(|&number| self.is_whole(number).is_ok());
        if !whole {
            return Err(self
                .unbuilt(id, "`np.arange` of floats is not built in kernels yet")
                .help("write `start + step * i` in a loop, or `np.linspace`"));
        }
        let ty = Type::Array { dtype: self.dtype_or(dtype, DType::Int64)?, rank: 1 };
        Ok(node(ty, Meaning::Intrinsic(Intrinsic::Arange, numbers)))
    }

    fn linspace(&mut self, id: NodeId, call: Call<'_>) -> Result<Node> {
        let [start, stop, count] =
            self.bind(call, ["start", "stop", "num"], 3)?.map(|arg| arg.expect("it is needed"));
        self.is_whole(count)?;
        for end in [start, stop] {
            let ty = self.ty(end).clone();
            self.stores(id, &Type::Number(DType::Float64), &ty, end)?;
        }
        let ty = Type::Array { dtype: DType::Float64, rank: 1 };
        Ok(node(ty, Meaning::Intrinsic(Intrinsic::Linspace, vec![start, stop, count])))
    }

    fn eye(&mut self, _: NodeId, call: Call<'_>) -> Result<Node> {
        let [n, dtype] = self.bind(call, ["N", "dtype"], 1)?;
        let n = n.expect("it is needed");
        self.is_whole(n)?;
        let ty = Type::Array { dtype: self.dtype_or(dtype, DType::Float64)?, rank: 2 };
        Ok(node(ty, Meaning::Intrinsic(Intrinsic::Eye, vec![n])))
    }

    fn array(&mut self, id: NodeId, call: Call<'_>) -> Result<Node> {
        let [items, dtype] = self.bind(call, ["object", "dtype"], 1)?;
        let items = items.expect("it is needed");
        let nodes = match &self.function.nodes[items.index()].kind {
            NodeKind::List(nodes) | NodeKind::Tuple(nodes) => nodes.clone(),
            _ => {
                return Err(self.unbuilt(id, "`np.array` of anything but a list of numbers is not built yet"));
            }
        };
        let mut ty = Type::Unknown;
        for &item in &nodes {
            ty = match ty.join(&self.ty(item).strong()) {
                Some(joined @ Type::Number(_)) => joined,
                _ => {
                    return Err(
                        self.unbuilt(item, "`np.array` of anything but a list of numbers is not built yet")
                    );
                }
            };
        }
        let own = match ty {
            Type::Number(dtype) => dtype,
            _ => DType::Float64,
        };
        let ty = Type::Array { dtype: self.dtype_or(dtype, own)?, rank: 1 };
        Ok(node(ty, Meaning::Intrinsic(Intrinsic::Array, nodes)))
    }
}
