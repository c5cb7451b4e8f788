//! What names stand for in a file: modules, functions of them, constants, kernels.
//!
//! Knows imports and the file's constants. It must not know variables, nor the types of a call.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::{fold, names};
use super::flow::first_of_each;
use super::types::Type;
use crate::ops::Function;
use crate::syntax::ast::{Node, NodeId, NodeKind, UnaryOp};
use crate::syntax::kernel::ast::File;
use crate::types::{DType, Literal};

/// Names of Python's own that kernels know.
const BUILTINS: &[&str] = &[
    "abs",
    "bool",
    "complex",
    "divmod",
    "enumerate",
    "float",
    "int",
    "len",
    "max",
    "min",
    "pow",
    "range",
    "reversed",
    "round",
    "sum",
    "zip",
];

/// Modules whose names mean something.
const MODULES: &[&str] = &["numpy", "math", "numba", "cmath"];

/// What a name of the file stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entity {
    /// A kernel, by its place in the file.
    Kernel(usize),
    /// A value or a path.
    Type(Type),
    /// A name that the file binds to what kernels cannot use.
    Other,
}

/// The names of a file.
pub(super) struct Names<'a> {
    bound: HashMap<&'a str, Entity>,
    /// Modules of which everything was imported.
    stars: Vec<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn new(file: &'a File) -> Names<'a> {
        let mut names = Names { bound: HashMap::new(), stars: Vec::new() };
        for import in &file.imports {
            if import.name == "*" {
                names.stars.push(&import.path);
                continue;
            }
            let entity = path(&import.path).map_or(Entity::Other, Entity::Type);
            names.bound.insert(&import.name, entity);
        }
        // What a constant is made of stands before it. One that is bound twice is not known.
        let first = first_of_each(&file.nodes);
        let mut seen = HashMap::new();
        for constant in &file.constants {
            *seen.entry(&*constant.name).or_insert(0) += 1;
        }
        for constant in file.constants.iter() {
            let value = constant.value.filter(|_| seen[&*constant.name] == 1);
            let value =
                value.and_then(|value| names.constant(&file.nodes, first[value.index()] as usize, value));
            names.bound.insert(&constant.name, value.map_or(Entity::Other, Entity::Type));
        }
        for (at, function) in file.functions.iter().enumerate() {
            names.bound.insert(&function.name, Entity::Kernel(at));
        }
        names
    }

    /// What a name stands for outside of a kernel's own variables.
    pub(super) fn find(&self, name: &str) -> Option<Entity> {
        if let Some(entity) = self.bound.get(name) {
            return Some(entity.clone());
        }
        let star = self.stars.iter().find_map(|module| path(&format!("{module}.{name}")).filter(is_known));
        let builtin = || BUILTINS.contains(&name).then(|| Type::Path(Arc::from(format!("builtins.{name}"))));
        star.or_else(builtin).map(Entity::Type)
    }

    /// Every name that stands for something.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.bound.keys().copied().chain(BUILTINS.iter().copied())
    }

    /// The value of a constant among the nodes of a function.
    pub(super) fn constant_of(&self, nodes: &[Node], root: NodeId) -> Option<Type> {
        self.constant(nodes, first_of_each(nodes)[root.index()] as usize, root)
    }

    /// The value of a constant, if it is a number, a type, or a tuple of those.
    fn constant(&self, nodes: &[Node], first: usize, root: NodeId) -> Option<Type> {
        // Operands stand before their users.
        let mut values: Vec<Option<Type>> = Vec::with_capacity(8);
        let value = |values: &[Option<Type>], id: NodeId| values[id.index() - first].clone();
        for node in &nodes[first..=root.index()] {
            let literal = |id: NodeId| match value(&values, id) {
                Some(Type::Literal(literal)) => Some(literal),
                _ => None,
            };
            let folded = |function: Function, args: &[NodeId]| {
                let literals: Option<Vec<Literal>> = args.iter().map(|&arg| literal(arg)).collect();
                fold::fold(function, &literals?).ok().map(Type::Literal)
            };
            let found = match &node.kind {
                &NodeKind::Unary(op, x) if op != UnaryOp::Not => folded(super::super::unary(op), &[x]),
                &NodeKind::Binary(op, x, y) if op.is_arithmetic() => {
                    folded(super::super::binary(op), &[x, y])
                }
                NodeKind::Name(name) => match self.find(name) {
                    Some(Entity::Type(ty)) => Some(ty),
                    _ => None,
                },
                NodeKind::Attribute(x, name) => match value(&values, *x) {
                    Some(Type::Path(module)) => path(&format!("{module}.{name}")),
                    _ => None,
                },
                NodeKind::Tuple(items) => {
                    let items: Option<Arc<[Type]>> = items.iter().map(|&item| value(&values, item)).collect();
                    items.map(Type::Tuple)
                }
                kind => number(kind).map(Type::Literal),
            };
            values.push(found);
        }
        let known = |ty: &Type| matches!(ty, Type::Literal(_) | Type::DType(_) | Type::Tuple(_));
        values.pop().flatten().filter(known)
    }
}

/// The number that a node of the text is.
pub(super) fn number(kind: &NodeKind) -> Option<Literal> {
    Some(match *kind {
        NodeKind::Int(v) => Literal::Int(v),
        NodeKind::Float(v) => Literal::Float(v),
        NodeKind::Bool(v) => Literal::Bool(v),
        NodeKind::Imaginary(v) => Literal::Complex(num_complex::Complex { re: 0.0, im: v }),
        _ => return None,
    })
}

/// What a path from a module on stands for: a number, a type, or something that is called.
pub(super) fn path(path: &str) -> Option<Type> {
    let (module, name) = path.split_once('.').unwrap_or((path, ""));
    if !MODULES.contains(&module) {
        return None;
    }
    if name.is_empty() {
        return Some(Type::Path(Arc::from(path)));
    }
    if module != "numba"
        && let Some(value) = names::constant(name)
    {
        return Some(Type::Literal(Literal::Float(value)));
    }
    if matches!(module, "numpy" | "numba")
        && let Some(dtype) = dtype(name)
    {
        return Some(Type::DType(dtype));
    }
    Some(Type::Path(Arc::from(path)))
}

/// What a name stands for in the language of expressions.
pub(super) fn of_expressions(name: &str) -> Option<Entity> {
    path(&format!("numpy.{name}")).filter(is_known).map(Entity::Type)
}

/// The type of this name in NumPy and Numba.
pub(super) fn dtype(name: &str) -> Option<DType> {
    Some(match name {
        "bool_" | "boolean" => DType::Bool,
        "intp" | "int_" => DType::Int64,
        "uintp" | "uint" => DType::UInt64,
        "single" => DType::Float32,
        "double" => DType::Float64,
        _ => DType::from_name(name)?,
    })
}

/// Whether something is known under a path that came by `from module import *`.
fn is_known(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => {
            let name = path.rsplit('.').next().unwrap_or_default();
            Function::from_name(name).is_some() || path.starts_with("numba.")
        }
        _ => true,
    }
}
