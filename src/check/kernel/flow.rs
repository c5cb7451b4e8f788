//! Variables: which there are, and which of them later statements may read.
//!
//! Liveness tells what must go around a loop, and what a branch hands on: a variable that each trip sets before it
//! reads it stays inside. It must not know types.

use std::collections::HashMap;

use crate::diag::{Error, ErrorKind, Result, many};
use crate::syntax::ast::{Node, NodeId, NodeKind};
use crate::syntax::kernel::ast::{Function, Statement, StatementKind, Target};

/// A variable of a kernel, by its place among them; parameters come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct VarId(pub u32);

impl VarId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A kernel has no more variables than this.
const MOST_VARIABLES: usize = 1000;

/// The variables of a function, and where they live.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// Their names.
    pub names: Vec<String>,
    /// The variable of each node that is the name of one.
    pub variables: HashMap<NodeId, VarId>,
    /// Of each loop, what is handed from trip to trip, or out of it: set inside, and read in a later trip or behind it.
    /// Of each branch, what it sets and something behind it reads. By the statement's number.
    pub joined: Vec<Vec<VarId>>,
    /// Of each loop, what of that a trip may read before it sets it. By the statement's number.
    pub taken: Vec<Vec<VarId>>,
    /// The first node of the expression that ends with each node.
    pub first: Vec<u32>,
}

/// The first of the nodes of an expression, which are a run that ends in its root.
pub(crate) fn first_of_each(nodes: &[Node]) -> Vec<u32> {
    let mut first: Vec<u32> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        let mut least = at as u32;
        node.kind.operands(|operand| least = least.min(first[operand.index()]));
        first.push(least);
    }
    first
}

/// Finds the variables of a function: its parameters, and what it assigns.
pub(crate) fn flow(function: &Function) -> Result<Flow> {
    let mut flow = Flow {
        first: first_of_each(&function.nodes),
        joined: vec![Vec::new(); function.statements as usize],
        taken: vec![Vec::new(); function.statements as usize],
        ..Flow::default()
    };
    let mut known = HashMap::new();
    for param in &function.params {
        known.insert(param.name.clone(), VarId(known.len() as u32));
        flow.names.push(param.name.clone());
    }
    let mut targets = Vec::new();
    targets_of(&function.body, &mut targets);
    for id in targets {
        if let NodeKind::Name(name) = &function.nodes[id.index()].kind {
            let next = VarId(known.len() as u32);
            known.entry(name.clone()).or_insert_with(|| {
                flow.names.push(name.clone());
                next
            });
        }
    }
    if known.len() > MOST_VARIABLES {
        let count = many(known.len(), "variable");
        let message = format!("this function has {count}; the limit is {MOST_VARIABLES}");
        return Err(Error::new(ErrorKind::Limit, message).at(function.name_span, "split it into several"));
    }
    for (at, node) in function.nodes.iter().enumerate() {
        if let NodeKind::Name(name) = &node.kind
            && let Some(&variable) = known.get(name)
        {
            flow.variables.insert(NodeId(at as u32), variable);
        }
    }
    let statements = function.statements as usize;
    let words = known.len().div_ceil(64);
    let mut lives = Lives {
        flow: &mut flow,
        words,
        headers: vec![None; statements],
        sets: vec![None; statements],
        loops: Vec::new(),
    };
    let nothing = lives.nothing();
    lives.block(&function.body, nothing);
    Ok(flow)
}

/// The nodes of all names that are assigned to.
fn targets_of(block: &[Statement], found: &mut Vec<NodeId>) {
    fn target_names(target: &Target, found: &mut Vec<NodeId>) {
        match target {
            Target::Name(id) => found.push(*id),
            Target::Element(_) => (),
            Target::Tuple(items, _) => items.iter().for_each(|item| target_names(item, found)),
        }
    }
    for statement in block {
        match &statement.kind {
            StatementKind::Assign { targets, .. } => targets.iter().for_each(|t| target_names(t, found)),
            StatementKind::Augmented { target, .. } => target_names(target, found),
            StatementKind::Annotated { target, .. } => found.push(*target),
            StatementKind::For { target, .. } => target_names(target, found),
            _ => (),
        }
        statement.blocks().for_each(|block| targets_of(block, found));
    }
}

/// A set of variables, a bit each.
type Set = Vec<u64>;

fn add(set: &mut Set, variable: VarId) {
    set[variable.index() / 64] |= 1 << (variable.index() % 64);
}

fn has(set: &Set, variable: VarId) -> bool {
    set[variable.index() / 64] >> (variable.index() % 64) & 1 == 1
}

/// Adds all of another set; whether that was anything new.
fn unite(set: &mut Set, other: &Set) -> bool {
    let mut grew = false;
    for (word, more) in set.iter_mut().zip(other) {
        grew |= *word | more != *word;
        *word |= more;
    }
    grew
}

/// What lives behind a loop, and at its next trip.
struct Around {
    behind: Set,
    next: Set,
}

/// Goes backwards through statements. Sets only grow, and each loop goes on from where it was left before, so that
/// nested loops take few rounds.
struct Lives<'f> {
    flow: &'f mut Flow,
    words: usize,
    headers: Vec<Option<Set>>,
    /// What each loop and branch sets.
    sets: Vec<Option<Vec<VarId>>>,
    loops: Vec<Around>,
}

impl Lives<'_> {
    fn nothing(&self) -> Set {
        vec![0; self.words]
    }

    /// What lives before a block, where `live` lives behind it.
    fn block(&mut self, block: &[Statement], mut live: Set) -> Set {
        for statement in block.iter().rev() {
            live = self.statement(statement, live);
        }
        live
    }

    fn reads(&self, root: NodeId, live: &mut Set) {
        for at in self.flow.first[root.index()]..=root.0 {
            if let Some(&variable) = self.flow.variables.get(&NodeId(at)) {
                add(live, variable);
            }
        }
    }

    /// Targets are assigned from left to right: backwards, from right to left.
    fn writes(&self, target: &Target, live: &mut Set) {
        match target {
            Target::Name(id) => {
                let variable = self.flow.variables[id];
                live[variable.index() / 64] &= !(1 << (variable.index() % 64));
            }
            Target::Element(id) => self.reads(*id, live),
            Target::Tuple(items, _) => items.iter().rev().for_each(|item| self.writes(item, live)),
        }
    }

    /// What a statement with blocks sets.
    fn sets(&mut self, statement: &Statement) -> Vec<VarId> {
        if let Some(known) = &self.sets[statement.id as usize] {
            return known.clone();
        }
        let mut targets = Vec::new();
        targets_of(std::slice::from_ref(statement), &mut targets);
        let mut set: Vec<VarId> = targets.iter().map(|id| self.flow.variables[id]).collect();
        set.sort_unstable();
        set.dedup();
        self.sets[statement.id as usize] = Some(set.clone());
        set
    }

    /// Keeps what a statement sets of what lives.
    fn join(&mut self, statement: &Statement, live: &Set) {
        let joined = self.sets(statement).into_iter().filter(|&variable| has(live, variable)).collect();
        self.flow.joined[statement.id as usize] = joined;
    }

    fn statement(&mut self, statement: &Statement, mut live: Set) -> Set {
        match &statement.kind {
            StatementKind::Assign { targets, value } => {
                targets.iter().rev().for_each(|target| self.writes(target, &mut live));
                self.reads(*value, &mut live);
            }
            StatementKind::Augmented { target, value, .. } => {
                self.reads(*value, &mut live);
                match target {
                    Target::Name(id) | Target::Element(id) => self.reads(*id, &mut live),
                    Target::Tuple(..) => unreachable!("the parser refuses it"),
                }
            }
            StatementKind::Annotated { target, value, .. } => {
                if let Some(value) = value {
                    self.writes(&Target::Name(*target), &mut live);
                    self.reads(*value, &mut live);
                }
            }
            StatementKind::Expression(value) => self.reads(*value, &mut live),
            StatementKind::Return(value) => {
                live = self.nothing();
                value.iter().for_each(|&value| self.reads(value, &mut live));
            }
            // The type checker refuses both where they are in no loop.
            StatementKind::Break => live = self.loops.last().map_or(live, |around| around.behind.clone()),
            StatementKind::Continue => live = self.loops.last().map_or(live, |around| around.next.clone()),
            StatementKind::Pass => (),
            StatementKind::Assert(condition, message) => {
                [Some(*condition), *message].into_iter().flatten().for_each(|id| self.reads(id, &mut live));
            }
            StatementKind::Raise(exception) => {
                live = self.nothing();
                exception.iter().for_each(|&id| self.reads(id, &mut live));
            }
            StatementKind::If { branches, otherwise } => {
                self.join(statement, &live);
                let behind = live;
                live = self.block(otherwise, behind.clone());
                for (condition, block) in branches.iter().rev() {
                    let taken = self.block(block, behind.clone());
                    unite(&mut live, &taken);
                    self.reads(*condition, &mut live);
                }
            }
            StatementKind::While { condition, body, otherwise } => {
                let ends = self.block(otherwise, live.clone());
                live =
                    self.repeated(statement, body, live, ends, |lives, live| lives.reads(*condition, live));
            }
            StatementKind::For { target, iterable, body, otherwise } => {
                let ends = self.block(otherwise, live.clone());
                live = self.repeated(statement, body, live, ends, |lives, live| lives.writes(target, live));
                self.reads(*iterable, &mut live);
            }
        }
        live
    }

    /// What lives before a loop, behind which `behind` lives, and `ends` where it ends by itself.
    fn repeated(
        &mut self,
        statement: &Statement,
        body: &[Statement],
        behind: Set,
        ends: Set,
        begins: impl Fn(&Self, &mut Set),
    ) -> Set {
        let id = statement.id as usize;
        let mut header = self.headers[id].take().unwrap_or_else(|| self.nothing());
        unite(&mut header, &ends);
        let taken = loop {
            self.loops.push(Around { behind: behind.clone(), next: header.clone() });
            let mut before = self.block(body, header.clone());
            self.loops.pop();
            begins(self, &mut before);
            if !unite(&mut header, &before) {
                break before;
            }
        };
        let sets = self.sets(statement);
        self.flow.taken[id] = sets.into_iter().filter(|&variable| has(&taken, variable)).collect();
        let mut joined = header.clone();
        unite(&mut joined, &behind);
        self.join(statement, &joined);
        self.headers[id] = Some(header.clone());
        header
    }
}
