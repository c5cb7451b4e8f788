//! The IR's text form, for people and golden files.

use std::fmt;

use super::{Body, Bound, Extent, Inst, Program, Recipe, SpaceId, Store, UniformSource};
use crate::types::{Component, Word};

/// Which component of an element, after its array.
pub(super) fn suffix(component: Component) -> &'static str {
    match component {
        Component::Whole => "",
        Component::Real => ".real",
        Component::Imag => ".imag",
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "program {{")?;
        for (at, array) in self.arrays.iter().enumerate() {
            writeln!(f, "  a{at}: {}[] = param {}", array.dtype, array.name)?;
        }
        if self.prologue.len() > 0 {
            writeln!(f, "  prologue {{")?;
            write_body(f, &self.prologue)?;
            writeln!(f, "  }}")?;
        }
        for (at, space) in self.spaces.iter().enumerate() {
            writeln!(f, "  s{at} = {}", space.recipe)?;
        }
        for (at, view) in self.views.iter().enumerate() {
            write!(f, "  w{at} = {:?} ", view.array)?;
            view.path.iter().try_for_each(|space| write!(f, "as {space:?} "))?;
            writeln!(f, "over {:?}", view.space)?;
        }
        for (at, uniform) in self.uniforms.iter().enumerate() {
            write!(f, "  u{at}: {} = ", uniform.ty)?;
            match &uniform.source {
                UniformSource::Param { name, component, .. } => {
                    writeln!(f, "param {name}{}", suffix(*component))?
                }
                UniformSource::Size(space) => writeln!(f, "size {space}")?,
                UniformSource::Rank(space) => writeln!(f, "rank {space}")?,
                UniformSource::Length { space, axis, .. } => writeln!(f, "length {space} {axis}")?,
                UniformSource::Reduced => writeln!(f, "reduced")?,
            }
        }
        for (at, output) in self.outputs.iter().enumerate() {
            write!(f, "  o{at}: {}", output.dtype)?;
            match output.extent {
                Extent::Space(space) => writeln!(f, "[{space:?}] = result")?,
                Extent::Once => writeln!(f, " = result")?,
            }
        }
        for (at, ty) in self.temps.iter().enumerate() {
            writeln!(f, "  t{at}: {ty} = kept")?;
        }
        for (first, other) in &self.alike {
            writeln!(f, "  alike {first}, {other}")?;
        }
        for l in &self.loops {
            match l.extent {
                _ if l.joined => writeln!(f, "  then {{")?,
                Extent::Space(space) => writeln!(f, "  loop {space:?} {{")?,
                Extent::Once => writeln!(f, "  once {{")?,
            }
            write_body(f, &l.body)?;
            for (temp, value) in &l.keeps {
                writeln!(f, "    keep {value:?} -> {temp:?}")?;
            }
            for Store { output, component, value } in &l.stores {
                writeln!(f, "    store {value:?} -> {output:?}{}", suffix(*component))?;
            }
            for r in &l.reduces {
                writeln!(f, "    reduce {} {:?} -> {:?}", r.reduction.name(), r.value, r.into)?;
            }
            writeln!(f, "  }}")?;
        }
        for guard in &self.guards {
            writeln!(f, "  guard {:?}: {}", guard.condition, guard.message)?;
        }
        writeln!(f, "}}")
    }
}

fn write_body(f: &mut fmt::Formatter<'_>, body: &Body) -> fmt::Result {
    for (value, inst, ty) in body.iter() {
        write!(f, "    {value:?}: {ty} = ")?;
        match inst {
            Inst::Const(bits) => write!(f, "const {}", Word::from_bits(ty, bits))?,
            Inst::Load(view, component) => write!(f, "load {view:?}{}", suffix(component))?,
            Inst::Uniform(uniform) => write!(f, "uniform {uniform:?}")?,
            Inst::Temp(temp) => write!(f, "take {temp:?}")?,
            Inst::Op(op, _) => {
                write!(f, "{}", op.info().name)?;
                for (at, operand) in inst.operands().iter().enumerate() {
                    write!(f, "{} {operand:?}", if at == 0 { "" } else { "," })?;
                }
            }
        }
        writeln!(f)?;
    }
    Ok(())
}

/// Things with a comma between.
struct List<'l, T>(&'l [T]);

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| write!(f, "{}{item}", if at == 0 { "" } else { ", " }))
    }
}

impl fmt::Display for SpaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recipe::Array(array) => write!(f, "shape {array:?}"),
            Recipe::Single => write!(f, "single"),
            Recipe::Broadcast(parts) => write!(f, "broadcast {}", List(parts)),
            Recipe::Index(of, indices) => write!(f, "index {of}[{}]", List(indices)),
            Recipe::Permute(of, None) => write!(f, "reverse {of}"),
            Recipe::Permute(of, Some(axes)) => write!(f, "permute {of} ({})", List(axes)),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::Const(value) => write!(f, "{value}"),
            Bound::Value(value) => write!(f, "{value:?}"),
        }
    }
}
