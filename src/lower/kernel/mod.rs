//! Checked kernels to functions of structured SSA.
//!
//! Variables become values: what a loop hands from trip to trip, and what a branch hands on, the checker has found
//! ([`crate::check::kernel::Flow`]). Complex numbers become pairs, tuples their items. What can go wrong becomes a check, with its
//! place in the source. This room knows the checked tree and the IR; it must not know text, and it chooses no types.

mod affine;
mod arrays;
mod control;
mod elements;
mod expr;
mod intrinsics;
mod iters;
mod loops;
mod map;
mod parallel;
mod picks;
mod products;
mod races;
mod random;
mod scalars;
mod statements;
mod sums;
mod value;

use crate::check::kernel::{Checked, Flow, State, Type, Unit, VarId};
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::ir::func::{self, Builder, Module, Site, SiteId};
use crate::ops::Primitives as _;
use crate::syntax::ast::{NodeId, NodeKind};
use crate::syntax::kernel::ast::{File, Function};
use crate::types::Ty;
use value::Val;
pub(crate) use value::types;

/// What a file's kernels become.
pub(crate) struct Lowered {
    /// A function for each unit, in order; behind them are the chunks of parallel loops.
    pub module: Module,
    /// What is to be said that is no error, each with its place.
    pub notes: Vec<(Span, String)>,
}

/// Builds the functions of all units.
pub(crate) fn lower(file: &File, checked: &Checked) -> Result<Lowered> {
    let (mut module, mut outlined) = (Module::default(), Vec::new());
    for (unit, draws) in checked.units.iter().zip(random::draws(checked)) {
        let mut lowering = Lowering::new(file, checked, unit, &mut module, &mut outlined);
        lowering.draws = draws;
        let func = lowering.run()?;
        module.push(func);
    }
    let (mut chunks, loops): (Vec<_>, Vec<_>) = outlined.into_iter().unzip();
    module.funcs.append(&mut chunks);
    let notes = races::check(&module, &loops)?;
    Ok(Lowered { module, notes })
}

/// A parallel loop, whose chunk is a function of its own.
struct Outlined {
    span: Span,
    /// Its start, stop and step, values of the function around.
    range: [func::Value; 3],
    /// What the source calls each parameter of the chunk.
    names: Vec<String>,
}

/// What a variable holds at the place at hand.
#[derive(Clone, Debug)]
struct Held {
    value: Val,
    /// Whether it has been set, where not every way does that.
    set: Option<func::Value>,
}

struct Lowering<'a> {
    file: &'a File,
    checked: &'a Checked,
    unit: &'a Unit,
    function: &'a Function,
    flow: &'a Flow,
    module: &'a mut Module,
    /// The chunks so far of what runs in parallel, and the loops that they are of.
    outlined: &'a mut Vec<(func::Func, Option<Outlined>)>,
    /// Whether the function draws random numbers, or one that it calls.
    draws: bool,
    b: Builder,
    variables: Vec<Option<Held>>,
    /// The value of each node that was looked at; of use within the region in which it was made.
    values: Vec<Val>,
    /// For each node, those that begin with it and choose what is computed, inner ones first.
    choices: Vec<Vec<NodeId>>,
    /// The loops around the statement at hand: what the statement is, and whether it is told how it was left.
    loops: Vec<Around>,
    /// Regions open.
    depth: usize,
    /// What is being written is a chunk, of which several run at once.
    in_chunk: bool,
}

/// A loop around the statement at hand.
#[derive(Clone, Copy)]
struct Around {
    statement: u32,
    /// It hands out whether it was left by `break`.
    told: bool,
}

impl<'a> Lowering<'a> {
    fn new(
        file: &'a File,
        checked: &'a Checked,
        unit: &'a Unit,
        module: &'a mut Module,
        outlined: &'a mut Vec<(func::Func, Option<Outlined>)>,
    ) -> Lowering<'a> {
        let function = &file.functions[unit.function];
        let params: Vec<func::Type> = unit.params.iter().flat_map(types).collect();
        let b = Builder::new(&function.name, &params, &types(&unit.result));
        let mut choices = vec![Vec::new(); function.nodes.len()];
        for (at, node) in function.nodes.iter().enumerate() {
            if control::chooses(&node.kind, &unit.nodes[at].meaning) {
                choices[unit.flow.first[at] as usize].push(NodeId(at as u32));
            }
        }
        Lowering {
            file,
            checked,
            unit,
            function,
            flow: &unit.flow,
            module,
            outlined,
            draws: false,
            b,
            variables: vec![None; unit.flow.names.len()],
            values: vec![Val::Nothing; function.nodes.len()],
            choices,
            loops: Vec::new(),
            depth: 1,
            in_chunk: false,
        }
    }

    fn run(mut self) -> Result<func::Func> {
        let params = self.b.params();
        let mut params = params.iter().copied();
        for (at, ty) in self.unit.params.iter().enumerate() {
            self.variables[at] = Some(Held { value: Val::read(ty, &mut params), set: None });
        }
        let function = self.function;
        let end = self.block(&function.body)?;
        let end = end.unwrap_or(func::End::Yield(func::Values::new()));
        Ok(self.b.finish(end))
    }

    fn span(&self, id: NodeId) -> Span {
        self.function.nodes[id.index()].span
    }

    fn kind(&self, id: NodeId) -> &'a NodeKind {
        &self.function.nodes[id.index()].kind
    }

    fn ty(&self, id: NodeId) -> &'a Type {
        &self.unit.nodes[id.index()].ty
    }

    /// A place at which something can fail, with a value of each of these types to show.
    fn site(&mut self, span: Span, kind: ErrorKind, message: impl Into<String>, shown: &[Ty]) -> SiteId {
        self.module.site(Site { span, kind, message: message.into(), shown: shown.into() })
    }

    /// Opens a region.
    fn open(&mut self, params: &[func::Type], span: Span) -> Result<func::Values> {
        if self.depth >= func::MOST_NESTED {
            let message = "blocks and conditions are nested too deep";
            return Err(Error::new(ErrorKind::Limit, message).at(span, "one too many inside another"));
        }
        self.depth += 1;
        Ok(self.b.open(params))
    }

    fn close(&mut self, end: func::End) -> func::Region {
        self.depth -= 1;
        self.b.close(end)
    }

    fn unbuilt(&self, id: NodeId, what: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("{what} not built in kernels yet")).at(self.span(id), "")
    }

    /// What variables are, as values for whoever takes over from here.
    fn collect(&mut self, joined: &[VarId], states: &[State]) -> func::Values {
        let mut values = func::Values::new();
        for (&variable, state) in joined.iter().zip(states) {
            let Some(ty) = state.ty() else { continue };
            let held = self.variables[variable.index()].clone();
            let value = match &held {
                Some(held) => self.to(&held.value, ty),
                None => self.nothing_of(ty),
            };
            value.write(&mut values);
            if let State::Maybe(_) = state {
                values.push(match held {
                    Some(Held { set: Some(set), .. }) => set,
                    other => self.b.constant(crate::types::Word::Bool(other.is_some())),
                });
            }
        }
        values
    }

    /// Types of what [`Lowering::collect`] gives.
    fn collected(states: &[State]) -> Vec<func::Type> {
        let mut all = Vec::new();
        for state in states {
            if let Some(ty) = state.ty() {
                all.extend(types(ty));
                if let State::Maybe(_) = state {
                    all.push(Ty::Bool.into());
                }
            }
        }
        all
    }

    /// Gives variables the values that were collected for them.
    fn bind(&mut self, joined: &[VarId], states: &[State], values: &mut impl Iterator<Item = func::Value>) {
        for (&variable, state) in joined.iter().zip(states) {
            self.variables[variable.index()] = state.ty().map(|ty| {
                let value = Val::read(ty, values);
                let set = matches!(state, State::Maybe(_)).then(|| values.next().expect("it was collected"));
                Held { value, set }
            });
        }
    }
}
