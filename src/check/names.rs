//! What a name stands for at a place in the text.
//!
//! Knows arguments, assignments and constants. It must not know types beyond handing them on.

use std::collections::HashMap;

use crate::diag::{Error, ErrorKind, Result};
use crate::ops;
use crate::syntax::{self, ast::NodeId};
use crate::types::Type;

/// What a name is bound to.
#[derive(Clone, Copy)]
pub(super) enum Binding {
    /// A parameter, by its place.
    Param(u32, Type),
    /// The value of an assignment.
    Assigned(NodeId),
}

/// The names bound so far; a later assignment hides what was there.
pub(super) struct Names<'a> {
    bound: HashMap<&'a str, Binding>,
}

impl<'a> Names<'a> {
    pub(super) fn new(params: &[(&'a str, Type)]) -> Result<Names<'a>> {
        let mut bound = HashMap::with_capacity(params.len());
        for (at, &(name, ty)) in params.iter().enumerate() {
            if !syntax::is_name(name) {
                let message = format!("`{name}` cannot be the name of an argument");
                let help = "a name is of letters, digits and `_`, begins with no digit, and is no word of the language";
                return Err(Error::new(ErrorKind::Argument, message).help(help));
            }
            if bound.insert(name, Binding::Param(at as u32, ty)).is_some() {
                return Err(Error::new(ErrorKind::Argument, format!("the argument `{name}` is given twice")));
            }
        }
        Ok(Names { bound })
    }

    pub(super) fn assign(&mut self, name: &'a str, value: NodeId) {
        self.bound.insert(name, Binding::Assigned(value));
    }

    pub(super) fn find(&self, name: &str) -> Option<Binding> {
        self.bound.get(name).copied()
    }

    /// Every name that can stand here, in alphabetical order, the constants last.
    pub(super) fn all(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.bound.keys().copied().collect();
        names.sort_unstable();
        let constants = ops::CONSTANTS.iter().map(|&(name, _)| name);
        names.extend(constants.filter(|name| !self.bound.contains_key(name)));
        names
    }
}

/// The constant of this name.
pub(super) fn constant(name: &str) -> Option<f64> {
    ops::CONSTANTS.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
}
