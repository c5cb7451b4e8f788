//! The text form of functions, for people and golden files.

use std::fmt;

use super::{Axis, End, Func, Inst, Module, Node, Region, Stream, Type, Value};
use crate::ir::text::suffix;
use crate::types::Word;

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, site) in self.sites.iter().enumerate() {
            writeln!(f, "site e{at} {:?} {:?}: {}", site.span, site.kind, site.message)?;
        }
        for (at, body) in self.bodies.iter().enumerate() {
            write!(f, "body b{at} {body}")?;
        }
        for (at, func) in self.funcs.iter().enumerate() {
            write!(f, "func f{at} ")?;
            Text { func, f }.func()?;
        }
        Ok(())
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Scalar(ty) => write!(f, "{ty}"),
            Type::Array { dtype, rank } => write!(f, "{dtype}[{rank}]"),
        }
    }
}

/// A function, and where its text goes.
struct Text<'a, 'f> {
    func: &'a Func,
    f: &'a mut fmt::Formatter<'f>,
}

/// Things with a comma between.
struct List<I>(I);

impl<I: Iterator<Item = D> + Clone, D: fmt::Display> fmt::Display for List<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, item) in self.0.clone().enumerate() {
            write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// `v1, v2`
fn list(values: &[Value]) -> String {
    List(values.iter().map(|value| format!("{value:?}"))).to_string()
}

impl Text<'_, '_> {
    fn func(&mut self) -> fmt::Result {
        let func = self.func;
        writeln!(
            self.f,
            "{}({}) -> {} {{",
            func.name,
            self.typed(&func.body.params),
            List(func.results.iter())
        )?;
        self.region(&func.body, 1)?;
        writeln!(self.f, "}}")
    }

    /// `v1: f64, v2: i64`
    fn typed(&self, values: &[Value]) -> String {
        List(values.iter().map(|&value| format!("{value:?}: {}", self.func.ty(value)))).to_string()
    }

    /// `v7: f64 = v4`
    fn carried(&self, params: &[Value], carried: &[Value]) -> String {
        let pairs = params.iter().zip(carried);
        List(pairs.map(|(&param, value)| format!("{param:?}: {} = {value:?}", self.func.ty(param))))
            .to_string()
    }

    fn region(&mut self, region: &Region, depth: usize) -> fmt::Result {
        for node in &region.nodes {
            self.node(node, depth)?;
        }
        let values = list(region.end.values());
        write!(self.f, "{:1$}", "", 2 * depth)?;
        match region.end {
            End::Yield(_) => writeln!(self.f, "yield ({values})"),
            End::Break(depth, _) => writeln!(self.f, "break {depth} ({values})"),
            End::Continue(depth, _) => writeln!(self.f, "continue {depth} ({values})"),
            End::Fail(site, _) => writeln!(self.f, "fail {site:?} ({values})"),
            End::Never => writeln!(self.f, "never"),
        }
    }

    fn node(&mut self, node: &Node, depth: usize) -> fmt::Result {
        write!(self.f, "{:1$}", "", 2 * depth)?;
        if !node.defines().is_empty() {
            let typed = self.typed(node.defines());
            write!(self.f, "{typed} = ")?;
        }
        match node {
            Node::Let(value, inst) => self.inst(*value, inst),
            Node::Store { array, component, indices, value } => {
                writeln!(self.f, "store {value:?} -> {array:?}[{}]{}", list(indices), suffix(*component))
            }
            Node::Alloc { lengths, site, .. } => writeln!(self.f, "alloc ({}) else {site:?}", list(lengths)),
            Node::Check { ok, site, shown } => {
                writeln!(self.f, "check {ok:?} else {site:?} ({})", list(shown))
            }
            Node::Within { array, axis, index, site, from_end, .. } => {
                let end = if *from_end { " or from the end" } else { "" };
                writeln!(self.f, "within {array:?} {axis} at {index:?}{end} else {site:?}")
            }
            Node::Call { func, args, site, .. } => {
                writeln!(self.f, "call {func:?} ({}) else {site:?}", list(args))
            }
            Node::Parallel { func, args, count, site } => {
                writeln!(self.f, "parallel {func:?} ({}) below {count:?} else {site:?}", list(args))
            }
            Node::Serve { service, args, .. } => writeln!(self.f, "{} ({})", service.name(), list(args)),
            Node::Lanes(lanes) => {
                let stream = |stream: &Stream| {
                    let axis = stream.axis.map_or(String::new(), |axis| format!(" along {axis}"));
                    let late = if stream.late { " late" } else { "" };
                    format!("{:?}[{}]{axis}{late}", stream.array, list(&stream.indices))
                };
                writeln!(
                    self.f,
                    "lanes {:?} of {:?} loads ({}) stores ({}) writes ({}) uniforms ({})",
                    lanes.body,
                    lanes.trips,
                    List(lanes.loads.iter().map(stream)),
                    List(lanes.stores.iter().map(stream)),
                    list(&lanes.writes),
                    list(&lanes.uniforms),
                )
            }
            Node::If { condition, then, otherwise, .. } => {
                writeln!(self.f, "if {condition:?} {{")?;
                self.region(then, depth + 1)?;
                writeln!(self.f, "{:1$}}} else {{", "", 2 * depth)?;
                self.region(otherwise, depth + 1)?;
                writeln!(self.f, "{:1$}}}", "", 2 * depth)
            }
            Node::For { start, stop, step, carried, body, .. } => {
                let Some((number, params)) = body.params.split_first() else { return Err(fmt::Error) };
                let carried = self.carried(params, carried);
                let number = self.typed(&[*number]);
                writeln!(self.f, "for {number} in {start:?}..{stop:?} step {step:?} carry ({carried}) {{")?;
                self.region(body, depth + 1)?;
                writeln!(self.f, "{:1$}}}", "", 2 * depth)
            }
            Node::Loop { carried, body, .. } => {
                let carried = self.carried(&body.params, carried);
                writeln!(self.f, "loop carry ({carried}) {{")?;
                self.region(body, depth + 1)?;
                writeln!(self.f, "{:1$}}}", "", 2 * depth)
            }
        }
    }

    fn inst(&mut self, value: Value, inst: &Inst) -> fmt::Result {
        match inst {
            Inst::Const(bits) => match self.func.ty(value).scalar() {
                Some(ty) => writeln!(self.f, "const {}", Word::from_bits(ty, *bits)),
                None => writeln!(self.f, "const {bits}"),
            },
            Inst::Op(op, _) => writeln!(self.f, "{} {}", op.info().name, list(&inst.operands())),
            Inst::Length(array, axis) => writeln!(self.f, "length {array:?} {axis}"),
            Inst::Stride(array, axis) => writeln!(self.f, "stride {array:?} {axis}"),
            Inst::Load(array, component, indices) => {
                writeln!(self.f, "load {array:?}[{}]{}", list(indices), suffix(*component))
            }
            Inst::View { array, starts, axes } => {
                let axes = List(axes.iter().map(|Axis { length, along }| match along {
                    Some((axis, step)) => format!("{length:?} along {axis} by {step:?}"),
                    None => format!("{length:?}"),
                }));
                writeln!(self.f, "view {array:?} from [{}] axes [{axes}]", list(starts))
            }
            Inst::Scratch(elements) => writeln!(self.f, "scratch {elements}"),
            Inst::Reshape(array, lengths) => writeln!(self.f, "reshape {array:?} ({})", list(lengths)),
        }
    }
}
