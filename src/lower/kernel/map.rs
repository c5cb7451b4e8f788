//! Kernels that are called for each element, and who computes which elements: they are cut into chunks, which threads share.

use super::Lowering;
use super::value::Val;
use crate::check::kernel::{Argument, Meaning, Type, UnitId, has_loops};
use crate::diag::{ErrorKind, Result, Span};
use crate::ir::Value;
use crate::ir::func::{Axis, End, FuncId, Values};
use crate::ops::{Op, Primitives as _};
use crate::syntax::ast::NodeId;
use crate::types::Ty;

/// There are about so many chunks at most.
const CHUNKS: i64 = 256;

/// Elements of a chunk, where each takes some nanoseconds.
const SHORT: i64 = 4096;

/// What an element costs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// No more than reading it.
    Low,
    /// A call of a kernel.
    Call,
    /// That of one with loops or calls.
    Long,
}

/// What is done with the elements of views at indices.
type Visit<'v, 'l> = dyn FnMut(&mut Lowering<'l>, &[Value], &[Value]) -> Result<()> + 'v;

impl<'a> Lowering<'a> {
    /// What the operations of these nodes cost for an element.
    pub(super) fn cost_of_elements(&self, nodes: &[NodeId]) -> Cost {
        let mut cost = Cost::Low;
        for id in nodes {
            let Meaning::Map(unit, _) = self.unit.nodes[id.index()].meaning else { continue };
            let callee = &self.checked.units[unit.0 as usize];
            let calls = |node: &crate::check::kernel::Node| matches!(node.meaning, Meaning::Call(..));
            if has_loops(&self.file.functions[callee.function]) || callee.nodes.iter().any(calls) {
                return Cost::Long;
            }
            cost = Cost::Call;
        }
        cost
    }

    /// A kernel that gives several numbers for each element: an array of each.
    pub(super) fn several_of_elements(&mut self, id: NodeId, unit: UnitId, args: &[Argument]) -> Result<Val> {
        let Type::Tuple(items) = self.ty(id) else { unreachable!("one array is an operation on elements") };
        let span = self.span(id);
        let is_array = |id: &NodeId| matches!(self.ty(*id), Type::Array { .. });
        let leaves: Vec<NodeId> = args.iter().filter_map(Argument::node).filter(is_array).collect();
        let arrays =
            leaves.iter().map(|&leaf| Ok(self.whole_value(leaf)?.array())).collect::<Result<Vec<Value>>>()?;
        let rank = arrays.iter().map(|&array| self.rank_of(array)).max();
        let lengths = self.broadcast(&arrays, rank.expect("there is an array"), span);
        let mut views = self.spread(&arrays, &lengths);
        let mut results = Vec::new();
        for item in &**items {
            let Type::Array { dtype, .. } = item else { unreachable!("the checker saw numbers") };
            results.push(self.allocate(span, *dtype, &lengths));
        }
        views.extend_from_slice(&results);
        let cost = self.cost_of_elements(&[id]);
        self.shared(&views, &lengths, cost, span, &mut |l, views, indices| {
            let (from, to) = views.split_at(leaves.len());
            l.load_elements(&leaves, from, indices);
            let Val::Tuple(items) = l.call_of(id, unit, args) else { unreachable!("it gives several") };
            to.iter().zip(&*items).for_each(|(&to, item)| l.store_at(to, indices, item));
            Ok(())
        })?;
        for (&leaf, &array) in leaves.iter().zip(&arrays) {
            self.values[leaf.index()] = Val::Array(array);
        }
        Ok(Val::Tuple(results.into_iter().map(Val::Array).collect()))
    }

    /// Loops over all elements of views of one shape; on all threads if that is worth it.
    pub(super) fn shared(
        &mut self,
        views: &[Value],
        lengths: &[Value],
        cost: Cost,
        span: Span,
        visit: &mut Visit<'_, 'a>,
    ) -> Result<()> {
        if cost == Cost::Low || !self.unit.shares || self.in_chunk {
            return self.nest(lengths, span, &mut |l, indices| visit(l, views, indices));
        }
        let least = if cost == Cost::Long { 1 } else { SHORT };
        let [one, most, least] = [1, CHUNKS, least].map(|n| self.b.number(n, Ty::I64));
        let count = self.count_of(lengths);
        let wanted = self.b.op(Op::FloorDiv, &[count, least]);
        let wanted = self.b.op(Op::Min, &[wanted, most]);
        let wanted = self.b.op(Op::Max, &[wanted, one]);
        // Chunks of rows, each cut into pieces of rows where there are too few of them.
        let (rows, tall) = self.parts(lengths[0], wanted);
        let across = self.b.op(Op::FloorDiv, &[wanted, rows]);
        let across = self.b.op(Op::Max, &[across, one]);
        let (columns, wide) = match lengths {
            [_] => (one, one),
            [.., last] => self.parts(*last, across),
            [] => unreachable!("arrays have axes"),
        };
        let chunks = self.b.op(Op::Mul, &[rows, columns]);
        let seed = self.seed_of_chunks();
        let outside = self.variables.clone();

        let number = self.open(&[Ty::I64.into()], span)?[0];
        self.in_chunk = true;
        self.begin_chunk(seed, number);
        let row = self.b.op(Op::FloorDiv, &[number, columns]);
        let column = self.b.op(Op::Mod, &[number, columns]);
        let mut starts = vec![self.b.number(0, Ty::I64); lengths.len()];
        let mut sizes = lengths.to_vec();
        let last = lengths.len() - 1;
        (starts[0], sizes[0]) = self.part(lengths[0], row, tall);
        if last > 0 {
            (starts[last], sizes[last]) = self.part(lengths[last], column, wide);
        }
        let axes: Vec<Axis> =
            (0u32..).zip(&sizes).map(|(axis, &length)| Axis { length, along: Some((axis, one)) }).collect();
        let parts: Vec<Value> = views.iter().map(|&view| self.b.view(view, &starts, &axes)).collect();
        self.nest(&sizes, span, &mut |l, indices| visit(l, &parts, indices))?;
        self.in_chunk = false;
        let region = self.close(End::Yield(Values::new()));
        let (func, captured) = self.b.outline(format!("{} chunk", self.function.name), region);
        let id = FuncId((self.checked.units.len() + self.outlined.len()) as u32);
        self.outlined.push((func, None));
        let site = self.site(span, ErrorKind::Limit, "calls and parallel loops are nested too deep", &[]);
        self.b.parallel(id, &captured, chunks, site);
        self.variables = outside;
        Ok(())
    }

    /// Into how many parts an axis is cut where so many are wanted, and how long each is but for the last.
    fn parts(&mut self, length: Value, wanted: Value) -> (Value, Value) {
        let one = self.b.number(1, Ty::I64);
        let up = |l: &mut Self, n, by| {
            let less = l.b.op(Op::Sub, &[n, one]);
            let whole = l.b.op(Op::FloorDiv, &[less, by]);
            l.b.op(Op::Add, &[whole, one])
        };
        let size = up(self, length, wanted);
        let size = self.b.op(Op::Max, &[size, one]);
        let count = up(self, length, size);
        (count, size)
    }

    /// Where a part of an axis begins, and how long it is.
    fn part(&mut self, length: Value, number: Value, size: Value) -> (Value, Value) {
        let start = self.b.op(Op::Mul, &[number, size]);
        let left = self.b.op(Op::Sub, &[length, start]);
        (start, self.b.op(Op::Min, &[left, size]))
    }
}
