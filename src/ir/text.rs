//! The IR's text form, for people and golden files.

use std::fmt;

use super::{Extent, Inst, Program, UniformSource};
use crate::types::Scalar;

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "program {{")?;
        for (at, array) in self.arrays.iter().enumerate() {
            writeln!(f, "  a{at}: {}[] = param {}", array.dtype, array.name)?;
        }
        for (at, uniform) in self.uniforms.iter().enumerate() {
            write!(f, "  u{at}: {} = ", uniform.dtype)?;
            match &uniform.source {
                UniformSource::Param(name) => writeln!(f, "param {name}")?,
                UniformSource::Count => writeln!(f, "count")?,
                UniformSource::Reduced => writeln!(f, "reduced")?,
            }
        }
        for (at, output) in self.outputs.iter().enumerate() {
            let brackets = if output.extent == Extent::Elements { "[]" } else { "" };
            writeln!(f, "  o{at}: {}{brackets} = result", output.dtype)?;
        }
        for l in &self.loops {
            match l.extent {
                Extent::Elements => writeln!(f, "  loop elements {{")?,
                Extent::Once => writeln!(f, "  once {{")?,
            }
            for (value, inst, dtype) in l.body.iter() {
                write!(f, "    {value:?}: {dtype} = ")?;
                match inst {
                    Inst::Const(bits) => write!(f, "const {}", Scalar::from_bits(dtype, bits))?,
                    Inst::Load(array) => write!(f, "load {array:?}")?,
                    Inst::Uniform(uniform) => write!(f, "uniform {uniform:?}")?,
                    Inst::Op(op, _) => {
                        write!(f, "{}", op.info().name)?;
                        for (at, operand) in inst.operands().iter().enumerate() {
                            write!(f, "{} {operand:?}", if at == 0 { "" } else { "," })?;
                        }
                    }
                }
                writeln!(f)?;
            }
            for (output, value) in &l.stores {
                writeln!(f, "    store {value:?} -> {output:?}")?;
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
