//! Statements: the types of variables along the ways through a function.
//!
//! Where ways meet, types join; a loop is gone through again until the types at its head stay. They only grow, and
//! each loop goes on from where it was left before, so that nested loops take few rounds. A kernel that calls
//! itself is gone through again until what it returns stays.

use std::collections::HashMap;
use std::sync::Arc;

use super::flow::{self, VarId};
use super::names::{Entity, Names};
use super::{Checked, Iter, Meaning, Node, State, Type, Unit, UnitId};
use crate::diag::{Error, ErrorKind, Result, Span};
use crate::syntax::ast::{BinaryOp, NodeId, NodeKind};
use crate::syntax::kernel::ast::{File, Function, Statement, StatementKind, Target};
use crate::types::{DType, Literal};

/// Kernels call one another no deeper than this when types are found: whoever does that recurses.
const MOST_CALLS: usize = 100;

/// Nodes looked at, those of later rounds counted again.
const MOST_STEPS: usize = 5_000_000;

/// The types of variables at a place; none where no way leads to.
pub(super) type Env = Vec<State>;

pub(super) fn check(file: &File, function: usize, params: Vec<Type>) -> Result<Checked> {
    let mut program = Program {
        file,
        names: Names::new(file),
        units: Vec::new(),
        known: HashMap::new(),
        refused: HashMap::new(),
        depth: 0,
        steps: 0,
    };
    let span = file.functions[function].name_span;
    program.unit(function, params, span)?;
    let units = program.units.into_iter().map(|entry| entry.unit.expect("every unit is done"));
    let checked = Checked { units: units.collect() };
    match checked.units.iter().find(|unit| unit.result == Type::Unknown) {
        None => Ok(checked),
        Some(unit) => {
            let message = "this function calls itself, and nothing ends that";
            let span = file.functions[unit.function].name_span;
            Err(Error::new(ErrorKind::Type, message)
                .at(span, "no way through it returns without a call of itself"))
        }
    }
}

pub(super) fn default(file: &File, function: usize, param: usize) -> Option<Type> {
    let names = Names::new(file);
    let function = &file.functions[function];
    let root = function.params.get(param)?.default?;
    names.constant_of(&function.nodes, root)
}

/// A file and the functions of it that are called.
pub(super) struct Program<'a> {
    pub file: &'a File,
    pub names: Names<'a>,
    units: Vec<Entry>,
    known: HashMap<(usize, String), UnitId>,
    /// What functions cannot be called with, where that is no error yet.
    pub refused: HashMap<(usize, String), Error>,
    depth: usize,
    pub steps: usize,
}

/// A unit, from when it is first asked for.
struct Entry {
    /// What it is taken to return as long as that is not known.
    result: Type,
    /// Whether somebody took it so.
    recursive: bool,
    unit: Option<Unit>,
}

impl<'a> Program<'a> {
    /// The unit of a function for parameters of these types, and what it returns; `span` is that of the call.
    pub(super) fn unit(&mut self, function: usize, params: Vec<Type>, span: Span) -> Result<(UnitId, Type)> {
        // Types print all that tells them apart.
        let key = (function, format!("{params:?}"));
        if let Some(&id) = self.known.get(&key) {
            let entry = &mut self.units[id.0 as usize];
            entry.recursive |= entry.unit.is_none();
            return Ok((id, entry.result.clone()));
        }
        if let Some(error) = &self.file.functions[function].unsupported {
            return Err(error.clone());
        }
        if self.depth >= MOST_CALLS {
            let message = format!("calls go deeper than the limit, {MOST_CALLS} functions");
            return Err(Error::new(ErrorKind::Limit, message).at(span, "one call too many inside another"));
        }
        let at = self.units.len();
        let id = UnitId(at as u32);
        self.units.push(Entry { result: Type::Unknown, recursive: false, unit: None });
        self.known.insert(key, id);
        self.depth += 1;
        loop {
            let unit = Inference::new(self, function, params.clone())?.run()?;
            let entry = &mut self.units[at];
            if !entry.recursive || entry.result == unit.result {
                entry.result = unit.result.clone();
                entry.unit = Some(unit);
                break;
            }
            // What was found meanwhile may hang on what this one was taken to return.
            entry.result = unit.result;
            self.units.truncate(at + 1);
            self.known.retain(|_, id| id.0 as usize <= at);
        }
        self.depth -= 1;
        Ok((id, self.units[at].result.clone()))
    }

    /// What [`back_to`](Self::back_to) goes back to.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.units.len(), self.depth)
    }

    /// Forgets the units that were begun since, of which one has an error.
    pub(super) fn back_to(&mut self, (units, depth): (usize, usize)) {
        self.units.truncate(units);
        self.known.retain(|_, id| (id.0 as usize) < units);
        self.depth = depth;
    }
}

/// A loop around the statement at hand.
#[derive(Default)]
struct Around {
    /// What variables are where it is left by `break`.
    breaks: Option<Env>,
    /// What they are where `continue` begins the next trip.
    continues: Option<Env>,
}

/// One way through a function, for parameters of these types.
pub(super) struct Inference<'p, 'a> {
    pub program: &'p mut Program<'a>,
    pub function: &'a Function,
    pub unit: Unit,
    /// None where no way leads to.
    env: Option<Env>,
    loops: Vec<Around>,
    /// What variables were at the head of each loop when it was last gone through.
    heads: HashMap<u32, Env>,
    /// What the returns so far give, and the last of them.
    result: Option<(Type, Span)>,
}

impl<'p, 'a> Inference<'p, 'a> {
    fn new(program: &'p mut Program<'a>, at: usize, params: Vec<Type>) -> Result<Inference<'p, 'a>> {
        let function = &program.file.functions[at];
        let flow = flow::flow(function)?;
        let mut env = vec![State::Unset; flow.names.len()];
        for (state, ty) in env.iter_mut().zip(&params) {
            *state = State::Set(ty.strong());
        }
        let unknown = || Node { ty: Type::Unknown, meaning: Meaning::Known };
        let unit = Unit {
            function: at,
            params,
            result: Type::None,
            nodes: function.nodes.iter().map(|_| unknown()).collect(),
            flow,
            joins: HashMap::new(),
            behind: HashMap::new(),
            iters: HashMap::new(),
            augmented: HashMap::new(),
            parallel: HashMap::new(),
            notes: Vec::new(),
            shares: false,
            division_fails: true,
        };
        let mut inference = Inference {
            program,
            function,
            unit,
            env: Some(env),
            loops: Vec::new(),
            heads: HashMap::new(),
            result: None,
        };
        inference.unit.division_fails = inference.division_fails();
        Ok(inference)
    }

    fn run(mut self) -> Result<Unit> {
        let function = self.function;
        self.block(&function.body)?;
        if self.env.is_some() {
            if let Some((ty, span)) = &self.result
                && *ty != Type::None
                && *ty != Type::Unknown
            {
                let message =
                    format!("`{}` returns a value on some ways, and nothing on others", function.name);
                return Err(Error::new(ErrorKind::Type, message)
                    .at(function.name_span, "its end can be reached without a `return`")
                    .at(*span, format!("here it returns {ty}"))
                    .help("end it with a `return`, or raise an error where there is nothing to return"));
            }
            self.result.get_or_insert((Type::None, function.name_span));
        }
        self.unit.result = self.result.take().map_or(Type::Unknown, |(ty, _)| ty);
        self.parallel_loops()?;
        Ok(self.unit)
    }

    /// `error_model="numpy"` in a decorator says that divisions by zero are none; functions of elements divide as NumPy does.
    fn division_fails(&self) -> bool {
        let numpy = |&decorator: &NodeId| {
            let NodeKind::Call { keywords, .. } = &self.function.nodes[decorator.index()].kind else {
                return false;
            };
            keywords.iter().any(|(key, _, value)| {
                let value = &self.function.nodes[value.index()].kind;
                key == "error_model" && matches!(value, NodeKind::Text(text) if text == "numpy")
            })
        };
        let elements = self.function.is_expression || super::is_vectorized(self.function);
        !(elements || self.function.decorators.iter().any(numpy))
    }

    pub(super) fn span(&self, id: NodeId) -> Span {
        self.function.nodes[id.index()].span
    }

    pub(super) fn state(&self, variable: VarId) -> &State {
        let env = self.env.as_ref().expect("a statement that no way leads to is not looked at");
        &env[variable.index()]
    }

    /// What a name stands for that is no variable.
    pub(super) fn entity(&self, name: &str) -> Option<Entity> {
        let found = self.program.names.find(name);
        if !self.function.is_expression || matches!(found, Some(Entity::Kernel(_))) {
            return found;
        }
        super::names::of_expressions(name).or(found)
    }

    fn block(&mut self, block: &'a [Statement]) -> Result<()> {
        for statement in block {
            if self.env.is_none() {
                return Ok(());
            }
            self.statement(statement)?;
        }
        Ok(())
    }

    fn set(&mut self, variable: VarId, ty: &Type) {
        if let Some(env) = &mut self.env {
            env[variable.index()] = State::Set(ty.strong());
        }
    }

    fn statement(&mut self, statement: &'a Statement) -> Result<()> {
        match &statement.kind {
            StatementKind::Assign { targets, value } => {
                let ty = self.value(*value)?;
                targets.iter().try_for_each(|target| self.assign(target, &ty, *value))?;
            }
            StatementKind::Augmented { target, op, value } => {
                self.augmented(statement, target, *op, *value)?
            }
            StatementKind::Annotated { target, value, .. } => {
                if let Some(value) = value {
                    let ty = self.value(*value)?;
                    self.assign(&Target::Name(*target), &ty, *value)?;
                }
            }
            StatementKind::Expression(value) => {
                // A string alone is a comment.
                if !matches!(self.function.nodes[value.index()].kind, NodeKind::Text(_)) {
                    self.expression(*value)?;
                }
            }
            StatementKind::Return(value) => {
                let ty = value.map_or(Ok(Type::None), |value| self.value(value))?.strong();
                self.returns(ty, statement.span)?;
                self.env = None;
            }
            StatementKind::Break | StatementKind::Continue => self.leave(statement)?,
            StatementKind::Pass => (),
            StatementKind::Assert(condition, message) => {
                self.condition(*condition)?;
                self.message(*message)?;
            }
            StatementKind::Raise(exception) => {
                self.exception(*exception, statement.span)?;
                self.env = None;
            }
            StatementKind::If { branches, otherwise } => self.branches(statement, branches, otherwise)?,
            StatementKind::While { condition, body, otherwise } => {
                self.repeated(statement, body, otherwise, |infer| {
                    let ty = infer.condition(*condition)?;
                    Ok(!matches!(ty, Type::Literal(value) if super::super::fold::truth(value)))
                })?;
            }
            StatementKind::For { target, iterable, body, otherwise } => {
                let (iter, item) = self.iterable(*iterable)?;
                self.unit.iters.insert(statement.id, iter);
                self.repeated(statement, body, otherwise, |infer| {
                    infer.assign(target, &item, *iterable)?;
                    Ok(true)
                })?;
            }
        }
        Ok(())
    }

    /// An expression that must give a value, which a variable can have.
    pub(super) fn value(&mut self, id: NodeId) -> Result<Type> {
        let ty = self.expression(id)?;
        if ty.is_value() { Ok(ty) } else { Err(self.no_value(id, &ty)) }
    }

    /// A number that is taken for true or false.
    pub(super) fn condition(&mut self, id: NodeId) -> Result<Type> {
        let ty = self.expression(id)?;
        self.truth(id)?;
        Ok(ty)
    }

    fn assign(&mut self, target: &Target, ty: &Type, value: NodeId) -> Result<()> {
        match target {
            Target::Name(id) => {
                let variable = self.unit.flow.variables[id];
                self.set(variable, ty);
                self.unit.nodes[id.index()] = Node { ty: ty.strong(), meaning: Meaning::Variable(variable) };
                Ok(())
            }
            Target::Element(id) => {
                let to = self.expression(*id)?;
                self.stores(*id, &to, ty, value)
            }
            Target::Tuple(items, span) => {
                let parts: Vec<Type> = match ty {
                    Type::Tuple(parts) => parts.to_vec(),
                    Type::Unknown => vec![Type::Unknown; items.len()],
                    _ => return Err(self.no_parts(ty, value, *span)),
                };
                if parts.len() != items.len() {
                    return Err(self.other_number(parts.len(), value, items.len(), *span));
                }
                items.iter().zip(&parts).try_for_each(|(item, part)| self.assign(item, part, value))
            }
        }
    }

    fn augmented(
        &mut self,
        statement: &Statement,
        target: &Target,
        op: BinaryOp,
        value: NodeId,
    ) -> Result<()> {
        let (Target::Name(id) | Target::Element(id)) = *target else {
            unreachable!("the parser refuses tuples");
        };
        let to = self.expression(id)?;
        self.expression(value)?;
        let node = self.binary(op, id, id, value)?;
        let ty = node.ty.clone();
        self.unit.augmented.insert(statement.id, node);
        match (target, &to) {
            // An array is changed where it lies.
            (Target::Name(id), Type::Number(_) | Type::Unknown | Type::Tuple(_)) => {
                self.set(self.unit.flow.variables[id], &ty);
                Ok(())
            }
            _ => self.stores(id, &to, &ty, value),
        }
    }

    fn returns(&mut self, ty: Type, span: Span) -> Result<()> {
        let joined = match &self.result {
            None => ty,
            Some((before, first)) => match before.join(&ty) {
                Some(joined) => joined,
                None => {
                    let message = format!("`{}` returns values of different types", self.function.name);
                    return Err(Error::new(ErrorKind::Type, message)
                        .at(span, format!("here it returns {ty}"))
                        .at(*first, format!("here {before}")));
                }
            },
        };
        self.result = Some((joined, span));
        Ok(())
    }

    fn leave(&mut self, statement: &Statement) -> Result<()> {
        let breaks = matches!(statement.kind, StatementKind::Break);
        let env = self.env.take();
        let Some(around) = self.loops.last_mut() else {
            let word = if breaks { "break" } else { "continue" };
            return Err(
                Error::new(ErrorKind::Syntax, format!("`{word}` outside of a loop")).at(statement.span, "")
            );
        };
        let to = if breaks { &mut around.breaks } else { &mut around.continues };
        *to = join(to.take(), env);
        Ok(())
    }

    fn branches(
        &mut self,
        statement: &Statement,
        branches: &'a [(NodeId, Vec<Statement>)],
        otherwise: &'a [Statement],
    ) -> Result<()> {
        let mut behind = None;
        for (condition, block) in branches {
            let ty = self.condition(*condition)?;
            let before = self.env.clone();
            self.block(block)?;
            behind = join(behind, self.env.take());
            self.env = before;
            if matches!(ty, Type::Literal(value) if super::super::fold::truth(value)) {
                // Nothing behind it is tried.
                self.env = None;
                break;
            }
        }
        if self.env.is_some() {
            self.block(otherwise)?;
        }
        self.env = join(behind, self.env.take());
        let joins = self.joined(statement, &self.env);
        self.unit.joins.extend(joins);
        Ok(())
    }

    /// What the variables are that a statement joins.
    fn joined(&self, statement: &Statement, env: &Option<Env>) -> Option<(u32, Vec<State>)> {
        let env = env.as_ref()?;
        let joined = &self.unit.flow.joined[statement.id as usize];
        Some((statement.id, joined.iter().map(|variable| env[variable.index()].clone()).collect()))
    }

    /// A loop. `begins` is what happens before each trip; it tells whether the loop can end there.
    fn repeated(
        &mut self,
        statement: &Statement,
        body: &'a [Statement],
        otherwise: &'a [Statement],
        mut begins: impl FnMut(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        let mut head = join(self.heads.remove(&statement.id), self.env.take());
        loop {
            self.env = head.clone();
            self.loops.push(Around::default());
            let mut ends = begins(self)?;
            // Items of a `for` may be at their end before the first.
            ends |= matches!(statement.kind, StatementKind::For { .. });
            self.block(body)?;
            let around = self.loops.pop().expect("it was pushed");
            let left = around.breaks.is_some();
            let again = join(join(self.env.take(), around.continues), around.breaks);
            let grown = join(head.clone(), again);
            if grown == head {
                // A variable has one type at the head and behind the loop.
                let joins = self.joined(statement, &head);
                self.unit.joins.extend(joins);
                self.heads.extend(head.clone().map(|head| (statement.id, head)));
                self.env = if ends { head.clone() } else { None };
                if self.env.is_some() {
                    self.block(otherwise)?;
                }
                self.env = join(self.env.take(), head.filter(|_| left));
                let behind = self.joined(statement, &self.env);
                self.unit.behind.extend(behind);
                return Ok(());
            }
            head = grown;
        }
    }

    /// What a `for` goes over, and the type of its items.
    fn iterable(&mut self, id: NodeId) -> Result<(Iter, Type)> {
        let function = self.function;
        let int = Type::Number(DType::Int64);
        if let NodeKind::Call { name, method, args, keywords, .. } = &function.nodes[id.index()].kind
            && let Some(path) = self.path_of_call(name, *method, args)?
        {
            let args = if *method { &args[1..] } else { &args[..] };
            let reversed = &*path == "builtins.reversed";
            match &*path {
                "builtins.range" | "numba.prange" => {
                    let mut numbers = self.range(id, args, false)?;
                    if let Iter::Range { parallel, .. } = &mut numbers {
                        *parallel = &*path == "numba.prange";
                    }
                    return Ok((numbers, int));
                }
                "builtins.reversed" | "builtins.enumerate" | "builtins.zip" if args.is_empty() => {
                    return Err(self.nothing_to_go_over(id));
                }
                "builtins.reversed" => {
                    if let NodeKind::Call { name, args: inner, method: false, .. } =
                        &function.nodes[args[0].index()].kind
                        && self.path_of_call(name, false, inner)?.as_deref() == Some("builtins.range")
                        && args.len() == 1
                    {
                        return Ok((self.range(args[0], inner, reversed)?, int));
                    }
                    return Err(self.unbuilt(id, "`reversed` of anything but a range is not built yet"));
                }
                "builtins.enumerate" => {
                    let (inner, item) = self.iterable(args[0])?;
                    let start = keywords.iter().find(|(key, ..)| key == "start").map(|&(.., value)| value);
                    let start = args.get(1).copied().or(start);
                    start.iter().try_for_each(|&start| self.whole(start).map(drop))?;
                    return Ok((
                        Iter::Enumerate(Box::new(inner), start),
                        Type::Tuple(Arc::from([int, item])),
                    ));
                }
                "builtins.zip" => {
                    let parts = args.iter().map(|&arg| self.iterable(arg)).collect::<Result<Vec<_>>>()?;
                    let (iters, items): (Vec<Iter>, Vec<Type>) = parts.into_iter().unzip();
                    return Ok((Iter::Zip(iters), Type::Tuple(items.into())));
                }
                "numpy.ndindex" => {
                    let mut lengths = args.to_vec();
                    if let [one] = args {
                        let ty = self.expression(*one)?;
                        if let Type::Tuple(items) = ty {
                            let items = vec![int; items.len()];
                            lengths = vec![*one];
                            return Ok((Iter::Indices(lengths), Type::Tuple(items.into())));
                        }
                    }
                    lengths.iter().try_for_each(|&length| self.whole(length).map(drop))?;
                    let items = vec![int; lengths.len()];
                    return Ok((Iter::Indices(lengths), Type::Tuple(items.into())));
                }
                _ => (),
            }
        }
        match self.expression(id)? {
            Type::Array { dtype, rank: 1 } => Ok((Iter::Array(id), Type::Number(dtype))),
            Type::Array { dtype, rank } if rank > 1 => {
                Ok((Iter::Array(id), Type::Array { dtype, rank: rank - 1 }))
            }
            ty => Err(self.not_iterable(id, &ty)),
        }
    }

    fn range(&mut self, id: NodeId, args: &[NodeId], reversed: bool) -> Result<Iter> {
        let mut numbers = [None; 3];
        if args.is_empty() || args.len() > 3 {
            return Err(self.wrong_range(id));
        }
        for (number, &arg) in numbers.iter_mut().zip(args) {
            self.whole(arg)?;
            *number = Some(arg);
        }
        let (start, stop, step) = match numbers {
            [Some(stop), None, _] => (None, stop, None),
            [start, Some(stop), step] => (start, stop, step),
            _ => unreachable!("there is an argument"),
        };
        if let Some(step) = step
            && let Type::Literal(Literal::Int(0)) = self.unit.nodes[step.index()].ty
        {
            return Err(
                Error::new(ErrorKind::Value, "a range cannot go by steps of 0").at(self.span(step), "")
            );
        }
        Ok(Iter::Range { start, stop, step, reversed, parallel: false })
    }

    /// An expression that must give an integer.
    pub(super) fn whole(&mut self, id: NodeId) -> Result<Type> {
        let ty = self.expression(id)?;
        self.is_whole(id)?;
        Ok(ty)
    }

    pub(super) fn step(&mut self) -> Result<()> {
        self.program.steps += 1;
        if self.program.steps > MOST_STEPS {
            let message = "finding the types of this function takes too long";
            return Err(
                Error::new(ErrorKind::Limit, message).at(self.function.name_span, "split it into several")
            );
        }
        Ok(())
    }
}

/// What variables are where two ways meet.
fn join(one: Option<Env>, other: Option<Env>) -> Option<Env> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.iter().zip(&other).map(|(x, y)| x.join(y)).collect()),
        (one, other) => one.or(other),
    }
}
