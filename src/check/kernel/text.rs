//! Checked kernels as text: a line for each node that is a value, in the order of the arena.

use std::fmt::{self, Display, Formatter};

use super::super::text::write_compute;
use super::{Argument, Checked, Meaning, Type, Unit};
use crate::syntax::ast::NodeId;
use crate::syntax::kernel::ast::File;

impl Checked {
    /// Each function with the types of its variables and nodes.
    pub(crate) fn to_text(&self, file: &File) -> String {
        let units = self.units.iter().enumerate();
        units
            .map(|(at, unit)| Shown { at, unit, name: &file.functions[unit.function].name }.to_string())
            .collect()
    }
}

struct Shown<'a> {
    at: usize,
    unit: &'a Unit,
    name: &'a str,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "f{} {}(", self.at, self.name)?;
        for (at, (name, ty)) in self.unit.flow.names.iter().zip(&self.unit.params).enumerate() {
            write!(f, "{}{name}: {ty}", if at == 0 { "" } else { ", " })?;
        }
        writeln!(f, ") -> {}", self.unit.result)?;
        for (at, node) in self.unit.nodes.iter().enumerate() {
            if matches!(node.ty, Type::Path(_) | Type::Text(_) | Type::Index | Type::Unknown) {
                continue;
            }
            write!(f, "  n{at} = ")?;
            match &node.meaning {
                Meaning::Known => f.write_str("known")?,
                Meaning::Variable(variable) => f.write_str(&self.unit.flow.names[variable.index()])?,
                Meaning::Apply(apply) => {
                    write!(f, "{apply}")?;
                    write_compute(f, apply)?;
                }
                Meaning::Chain(links) => {
                    for (at, link) in links.iter().enumerate() {
                        write!(f, "{}{link}", if at == 0 { "" } else { " and " })?;
                        write_compute(f, link)?;
                    }
                }
                Meaning::Choice => f.write_str("choice")?,
                Meaning::Item(x, at) => write!(f, "item n{} {at}", x.0)?,
                Meaning::Tuple => f.write_str("tuple")?,
                Meaning::Element => f.write_str("element")?,
                Meaning::View => f.write_str("view")?,
                Meaning::Picked => f.write_str("picked")?,
                Meaning::Shape(x) => write!(f, "shape n{}", x.0)?,
                Meaning::Length(x, axis) => write!(f, "length n{} {axis}", x.0)?,
                Meaning::Size(x) => write!(f, "size n{}", x.0)?,
                Meaning::Call(unit, arguments) | Meaning::Map(unit, arguments) => {
                    let map = matches!(node.meaning, Meaning::Map(..));
                    write!(f, "{} f{}", if map { "map" } else { "call" }, unit.0)?;
                    arguments.iter().try_for_each(|argument| match argument {
                        Argument::Node(id) => write!(f, " n{}", id.0),
                        Argument::Default(ty) => write!(f, " {ty}"),
                    })?;
                }
                Meaning::Intrinsic(intrinsic, args) => {
                    write!(f, "{intrinsic:?}")?;
                    args.iter().try_for_each(|NodeId(id)| write!(f, " n{id}"))?;
                }
            }
            writeln!(f, " : {}", node.ty)?;
        }
        Ok(())
    }
}
