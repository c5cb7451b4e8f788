//! Programs from their text form, so that tests of passes and back ends can be text.
//!
//! The text has no spans: those of what is read are empty.

use std::str::SplitWhitespace;

use super::{
    Array, ArrayId, Body, Bound, Extent, Guard, GuardCondition, Inst, Loop, Output, OutputId, Program,
    Recipe, Reduce, Space, SpaceId, Store, TempId, Uniform, UniformId, UniformSource, Value, View, ViewId,
};
use crate::diag::Span;
use crate::layout::Index;
use crate::ops::{OPS, Reduction};
use crate::types::{Component, DType, Ty, Word, with_register_types};

type Result<T> = std::result::Result<T, String>;

/// The program that `text` is; an error shows the line that is no part of one. It is not verified.
pub(crate) fn parse(text: &str) -> Result<Program> {
    let mut program = Program::default();
    let mut place = Place::Program;
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        place = program
            .line(place, line.trim())
            .map_err(|what| format!("line {}: {what}: {}", at + 1, line.trim()))?;
    }
    Ok(program)
}

/// Where a line stands.
#[derive(Clone, Copy)]
enum Place {
    Program,
    Prologue,
    Loop,
}

impl Program {
    fn line(&mut self, place: Place, line: &str) -> Result<Place> {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        match (place, first) {
            (Place::Program, "program" | "}") => return Ok(Place::Program),
            (Place::Program, "prologue") => return Ok(Place::Prologue),
            (Place::Program, "loop" | "once" | "then") => {
                let joined = first == "then";
                let extent = match (self.loops.last(), first) {
                    (Some(before), "then") => before.extent,
                    (_, "loop") => Extent::Space(SpaceId(id('s', word(&mut words)?)?)),
                    _ => Extent::Once,
                };
                self.loops.push(Loop { extent, joined, ..Loop::default() });
                return Ok(Place::Loop);
            }
            (_, "}") => return Ok(Place::Program),
            (Place::Program, "alike") => {
                let mut spaces = rest(words)
                    .split(", ")
                    .map(|space| id('s', space).map(SpaceId))
                    .collect::<Result<Vec<_>>>()?;
                let other = spaces.pop().ok_or("two spaces")?;
                self.alike.push((spaces.pop().ok_or("two spaces")?, other));
            }
            (Place::Program, "guard") => self.guards.push(guard(line)?),
            (Place::Program, _) => self.declaration(line)?,
            (Place::Prologue, _) => instruction(&mut self.prologue, line)?,
            (Place::Loop, "keep" | "store" | "reduce") => {
                let l = self.loops.last_mut().ok_or("no loop")?;
                root(l, first, words)?;
            }
            (Place::Loop, _) => instruction(&mut self.loops.last_mut().ok_or("no loop")?.body, line)?,
        }
        Ok(place)
    }

    fn declaration(&mut self, line: &str) -> Result<()> {
        let (left, right) = line.split_once(" = ").ok_or("no ` = `")?;
        let (_, ty) = left.split_once(": ").unwrap_or((left, ""));
        let mut words = right.split_whitespace();
        let first = words.next().unwrap_or_default();
        match left.as_bytes()[0] {
            b'a' => {
                let dtype = dtype(ty.trim_end_matches("[]"))?;
                self.arrays.push(Array { name: rest(words), dtype });
            }
            b's' => self.spaces.push(Space { recipe: recipe(right)?, spans: Default::default() }),
            b'w' => {
                let spaces = words.filter(|word| !matches!(*word, "as" | "over"));
                let mut path = spaces.map(|space| id('s', space).map(SpaceId)).collect::<Result<Vec<_>>>()?;
                let space = path.pop().ok_or("no space")?;
                self.views.push(View { array: ArrayId(id('a', first)?), path, space });
            }
            b'u' => {
                let ty = register(ty)?;
                let space = |words: &mut SplitWhitespace| id('s', word(words)?).map(SpaceId);
                let source = match first {
                    "size" => UniformSource::Size(space(&mut words)?),
                    "rank" => UniformSource::Rank(space(&mut words)?),
                    "length" => UniformSource::Length {
                        space: space(&mut words)?,
                        axis: number(word(&mut words)?)?,
                        span: Span::default(),
                    },
                    "reduced" => UniformSource::Reduced,
                    _ => {
                        let text = rest(words);
                        let (name, component) = component(&text);
                        let dtype = match (component, ty) {
                            (Component::Whole, ty) => ty.dtype(),
                            (_, Ty::F32) => DType::Complex64,
                            _ => DType::Complex128,
                        };
                        UniformSource::Param { name: name.into(), dtype, component }
                    }
                };
                self.uniforms.push(Uniform { ty, source });
            }
            b'o' => {
                let (name, extent) = match ty.split_once('[') {
                    Some((name, space)) => {
                        (name, Extent::Space(SpaceId(id('s', space.trim_end_matches(']'))?)))
                    }
                    None => (ty, Extent::Once),
                };
                self.outputs.push(Output { dtype: dtype(name)?, extent });
            }
            b't' => self.temps.push(register(ty)?),
            _ => return Err("no declaration".into()),
        }
        Ok(())
    }
}

fn recipe(text: &str) -> Result<Recipe> {
    let (kind, of) = text.split_once(' ').unwrap_or((text, ""));
    let space = |text: &str| id('s', text).map(SpaceId);
    Ok(match kind {
        "shape" => Recipe::Array(ArrayId(id('a', of)?)),
        "single" => Recipe::Single,
        "broadcast" => Recipe::Broadcast(of.split(", ").map(space).collect::<Result<_>>()?),
        "index" => {
            let (of, indices) = of.trim_end_matches(']').split_once('[').ok_or("no indices")?;
            let indices = indices.split(", ").filter(|index| !index.is_empty());
            Recipe::Index(space(of)?, indices.map(index).collect::<Result<Vec<_>>>()?)
        }
        "reverse" => Recipe::Permute(space(of)?, None),
        "permute" => {
            let (of, axes) = of.trim_end_matches(')').split_once(" (").ok_or("no axes")?;
            let axes = axes.split(", ").filter(|axis| !axis.is_empty());
            Recipe::Permute(space(of)?, Some(axes.map(number).collect::<Result<Vec<_>>>()?))
        }
        _ => return Err("no recipe of a space".into()),
    })
}

fn index(text: &str) -> Result<Index<Bound>> {
    let bound = |text: &str| match text.strip_prefix('v') {
        Some(_) => id('v', text).map(|value| Bound::Value(Value(value))),
        None => number(text).map(Bound::Const),
    };
    Ok(match text {
        "newaxis" => Index::NewAxis,
        "..." => Index::Rest,
        _ if text.contains(':') => {
            let mut bounds = [None; 3];
            for (into, text) in bounds.iter_mut().zip(text.split(':')).filter(|(_, text)| !text.is_empty()) {
                *into = Some(bound(text)?);
            }
            Index::Slice(bounds)
        }
        _ => Index::At(bound(text)?),
    })
}

fn guard(line: &str) -> Result<Guard> {
    let (condition, message) = line["guard ".len()..].split_once(": ").ok_or("no message")?;
    let (kind, of) = condition.trim_end_matches(')').split_once('(').ok_or("no condition")?;
    let condition = match kind {
        "Raised" => GuardCondition::Raised(UniformId(id('u', of)?)),
        "Empty" => GuardCondition::Empty(SpaceId(id('s', of)?)),
        _ => {
            let (value, name) = of.split_once(", ").ok_or("no type")?;
            let dtype = DType::ALL.into_iter().find(|dtype| format!("{dtype:?}") == name);
            GuardCondition::Outside(Value(id('v', value)?), dtype.ok_or("no type")?)
        }
    };
    Ok(Guard { condition, message: message.to_string().leak(), span: Span::default() })
}

fn instruction(body: &mut Body, line: &str) -> Result<()> {
    let (left, right) = line.split_once(" = ").ok_or("no ` = `")?;
    let (value, ty) = left.split_once(": ").ok_or("no type")?;
    let ty = register(ty)?;
    let (name, of) = right.split_once(' ').ok_or("no operand")?;
    let inst = match name {
        "const" => Inst::Const(constant(ty, of)?.to_bits()),
        "load" => {
            let (view, component) = component(of);
            Inst::Load(ViewId(id('w', view)?), component)
        }
        "uniform" => Inst::Uniform(UniformId(id('u', of)?)),
        "take" => Inst::Temp(TempId(id('t', of)?)),
        _ => {
            let row = OPS.iter().find(|row| row.name == name).ok_or("no such primitive")?;
            let operands =
                of.split(", ").map(|operand| id('v', operand).map(Value)).collect::<Result<Vec<_>>>()?;
            if operands.len() != row.arity {
                return Err(format!("{name} has {} operands", row.arity));
            }
            Inst::op(row.op, &operands)
        }
    };
    if body.push(inst, ty) != Value(id('v', value)?) {
        return Err("values are counted".into());
    }
    Ok(())
}

fn root(l: &mut Loop, kind: &str, mut words: SplitWhitespace<'_>) -> Result<()> {
    let mut value = word(&mut words)?;
    let reduction = (kind == "reduce").then(|| {
        let name = std::mem::replace(&mut value, words.next().unwrap_or_default());
        Reduction::ALL.into_iter().find(|reduction| reduction.name() == name).ok_or("no such reduction")
    });
    let value = Value(id('v', value)?);
    let to = words.nth(1).ok_or("no arrow")?;
    match reduction {
        Some(reduction) => {
            l.reduces.push(Reduce { reduction: reduction?, value, into: UniformId(id('u', to)?) });
        }
        None if kind == "keep" => l.keeps.push((TempId(id('t', to)?), value)),
        None => {
            let (output, component) = component(to);
            l.stores.push(Store { output: OutputId(id('o', output)?), component, value });
        }
    }
    Ok(())
}

macro_rules! constants {
    ($($variant:ident $rust:ident $dtype:ident),*) => {
        fn constant(ty: Ty, text: &str) -> Result<Word> {
            let text = match text {
                "True" => "true",
                "False" => "false",
                text => text,
            };
            let word = match ty {
                $(Ty::$variant => text.parse().ok().map(Word::$variant)),*
            };
            word.ok_or(format!("no {ty}"))
        }
    };
}

with_register_types!(constants!);

fn id(letter: char, text: &str) -> Result<u32> {
    let number = text.strip_prefix(letter).and_then(|number| number.parse().ok());
    number.ok_or(format!("`{text}` is not `{letter}` and a number"))
}

fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn register(name: &str) -> Result<Ty> {
    Ty::ALL.into_iter().find(|ty| ty.name() == name).ok_or(format!("`{name}` is no type of values"))
}

fn dtype(name: &str) -> Result<DType> {
    DType::from_name(name).ok_or(format!("`{name}` is no type of elements"))
}

fn component(text: &str) -> (&str, Component) {
    let parts = [(".real", Component::Real), (".imag", Component::Imag)];
    let part = parts.iter().find_map(|&(suffix, part)| Some((text.strip_suffix(suffix)?, part)));
    part.unwrap_or((text, Component::Whole))
}

fn word<'t>(words: &mut SplitWhitespace<'t>) -> Result<&'t str> {
    words.next().ok_or("the line ends early".into())
}

fn rest(words: SplitWhitespace<'_>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Random, program};

    #[test]
    fn what_is_printed_is_read() {
        for seed in 0..300 {
            let text = program(&mut Random(seed), 30).to_string();
            let read = parse(&text).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
            assert_eq!(read.to_string(), text, "seed {seed}");
        }
        let all = "\
program {
  a0: float64[] = param a
  a1: complex64[] = param the_other
  prologue {
    v0: i64 = uniform u1
    v1: i64 = const -3
    v2: i64 = add v0, v1
  }
  s0 = shape a0
  s1 = shape a1
  s2 = broadcast s0, s1
  s3 = index s0[1:v2, ::2, newaxis, ..., -1]
  s4 = permute s0 (1, -2)
  s5 = reverse s0
  s6 = single
  w0 = a0 as s3 over s3
  w1 = a1 over s2
  u0: f32 = param z.imag
  u1: i64 = size s0
  u2: i64 = rank s1
  u3: i64 = length s1 -1
  u4: f32 = reduced
  o0: complex64[s2] = result
  o1: bool = result
  t0: f32 = kept
  alike s0, s1
  loop s2 {
    v0: f32 = load w1.real
    keep v0 -> t0
    reduce sum v0 -> u4
  }
  then {
    v0: f32 = take t0
    v1: f32 = const -0.0
    v2: f32 = fma v0, v1, v0
    store v2 -> o0.real
    store v0 -> o0.imag
  }
  once {
    v0: bool = const True
    store v0 -> o1
  }
  guard Raised(u0): some words: of a message
  guard Empty(s1): others
  guard Outside(v2, Int8): of an index
}
";
        assert_eq!(parse(all).unwrap().to_string(), all);
        let wrong = parse("program {\n  once {\n    v0: f64 = frob v1\n  }\n}").unwrap_err();
        assert_eq!(wrong, "line 3: no such primitive: v0: f64 = frob v1");
    }
}
