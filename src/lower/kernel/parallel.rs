//! Parallel loops.
//!
//! The trips of a loop are cut into chunks, by their number and the text alone, so that neither threads nor machines change a bit. A chunk is a
//! function of its own, in which the trips are a plain loop: it begins with what changes nothing, and leaves what it has found in its place of
//! an array. Behind the loop, places join one after the other.

use super::super::number::{Number, Numbers, Pair};
use super::iters::Items;
use super::value::Val;
use super::{Around, Held, Lowering, Outlined};
use crate::check::kernel::{Chosen, Join, Parallel, State, Type};
use crate::diag::{ErrorKind, Result, Span};
use crate::ir::Value;
use crate::ir::func::{End, FuncId, Values};
use crate::ops::{Function, Op, Primitives as _, Reduction};
use crate::reduce;
use crate::syntax::kernel::ast::{Statement, Target};
use crate::types::{DType, Literal, Ty, Word};

/// A loop has at most so many chunks: enough to share out among many threads, few enough not to notice.
const CHUNKS: i64 = 256;

/// With arrays of their own, chunks are fewer.
const CHUNKS_WITH_ARRAYS: i64 = 16;

/// Trips of a chunk, where they are short: some microseconds.
const SHORT_TRIPS: i64 = 4096;

/// A number that is known to be 0 or more, and far from wrapping.
const NATURAL: i64 = i64::MAX >> 1;

impl<'a> Lowering<'a> {
    pub(super) fn parallel_loop(
        &mut self,
        statement: &'a Statement,
        target: &'a Target,
        body: &'a [Statement],
        parallel: &'a Parallel,
    ) -> Result<()> {
        let (unit, span) = (self.unit, statement.span);
        let items = self.items(&unit.iters[&statement.id])?;
        let Items::Range { start, stop, step } = items else { unreachable!("the checker saw a range") };
        let trips = self.count_of_range(start, stop, step);
        let natural = self.b.number(NATURAL, Ty::I64);
        let few = self.b.op(Op::Le, &[trips, natural]);
        let site = self.site(span, ErrorKind::Limit, "a parallel loop has too many trips", &[]);
        self.b.check(few, site, &[]);
        let (chunk, count) = self.chunks(trips, parallel);
        let around = Around { statement: statement.id, told: false };
        let (joined, states) = self.head(statement.id);
        let before = self.handed(around, false);
        let dtypes: Vec<DType> = states.iter().map(dtype).collect();
        let found: Vec<Value> = dtypes.iter().map(|&dtype| self.allocate(span, dtype, &[count])).collect();
        let arrays: Vec<(Value, Value)> = parallel
            .arrays
            .iter()
            .map(|(variable, _)| {
                let held = self.variables[variable.index()].clone();
                let array = held.expect("the checker saw it set").value.array();
                let dtype = self.dtype_of(array);
                let lengths: Vec<Value> = [count].into_iter().chain(self.lengths(array)).collect();
                (array, self.allocate(span, dtype, &lengths))
            })
            .collect();
        let outside = self.variables.clone();
        let seed = self.seed_of_chunks();

        // The chunk: its trips, from the first number to before the last.
        let number = self.open(&[Ty::I64.into()], span)?[0];
        self.in_chunk = true;
        self.begin_chunk(seed, number);
        let trips_of_chunk = self.trips_of_chunk([start, step], trips, chunk, number);
        for (&(variable, join), &(_, parts)) in parallel.arrays.iter().zip(&arrays) {
            let Val::Array(part) = self.row(parts, number) else { unreachable!("it has an axis more") };
            self.begin_array(span, part, join)?;
            self.variables[variable.index()] = Some(Held { value: Val::Array(part), set: None });
        }
        let mut identities = Values::new();
        for (&join, &dtype) in parallel.numbers.iter().zip(&dtypes) {
            Val::Number(dtype, self.identity(join, dtype)).write(&mut identities);
        }
        let types: Vec<_> = [Ty::I64.into()].into_iter().chain(Self::carried(around, states)).collect();
        let params = self.open(&types, span)?;
        self.bind(joined, states, &mut params[1..].iter().copied());
        self.assign(target, &Val::Number(DType::Int64, Number::Real(params[0])))?;
        let region = self.trip(around, body)?;
        let results = self.b.range(trips_of_chunk, &identities, region);
        let mut results = results.into_iter();
        for (&dtype, &found) in dtypes.iter().zip(&found) {
            let result = Val::read(&Type::Number(dtype), &mut results);
            self.store_at(found, &[number], &result);
        }
        let region = self.close(End::Yield(Values::new()));
        self.in_chunk = false;
        let (func, captured) = self.b.outline(format!("{} chunk", self.function.name), region);
        let id = FuncId((self.checked.units.len() + self.outlined.len()) as u32);
        let names = captured.iter().map(|&value| self.called(value)).collect();
        self.outlined.push((func, Some(Outlined { span, range: [start, stop, step], names })));
        let site = self.site(span, ErrorKind::Limit, "calls and parallel loops are nested too deep", &[]);
        self.b.parallel(id, &captured, count, site);

        self.variables = outside;
        let joined_up = self.join_numbers(span, parallel, (&before, &dtypes), &found, count)?;
        self.bind(joined, states, &mut joined_up.into_iter());
        for (&(_, join), &(array, parts)) in parallel.arrays.iter().zip(&arrays) {
            self.join_arrays(span, join, array, parts, count)?;
        }
        Ok(())
    }

    /// What the source calls an array.
    fn called(&self, value: Value) -> String {
        let holds = |held: &Option<Held>| matches!(held, Some(Held { value: Val::Array(array), .. }) if *array == value);
        match self.variables.iter().position(holds) {
            Some(variable) => format!("`{}`", self.flow.names[variable]),
            None => "an array".to_string(),
        }
    }

    /// The trips of a chunk, and how many chunks there are.
    fn chunks(&mut self, trips: Value, parallel: &Parallel) -> (Value, Value) {
        let most = if parallel.arrays.is_empty() { CHUNKS } else { CHUNKS_WITH_ARRAYS };
        let least = if parallel.long { 1 } else { SHORT_TRIPS };
        let [one, most, least] = [1, most, least].map(|n| self.b.number(n, Ty::I64));
        // Rounded up, without a sum that could wrap.
        let up = |l: &mut Self, n, by| {
            let less = l.b.op(Op::Sub, &[n, one]);
            let whole = l.b.op(Op::FloorDiv, &[less, by]);
            l.b.op(Op::Add, &[whole, one])
        };
        let chunk = up(self, trips, most);
        let chunk = self.b.op(Op::Max, &[chunk, least]);
        (chunk, up(self, trips, chunk))
    }

    /// The numbers of the trips of a chunk that has some, as a range.
    fn trips_of_chunk(
        &mut self,
        [start, step]: [Value; 2],
        trips: Value,
        chunk: Value,
        number: Value,
    ) -> [Value; 3] {
        let [zero, one, back] = [0, 1, -1].map(|n| self.b.number(n, Ty::I64));
        let skipped = self.b.op(Op::Mul, &[number, chunk]);
        let natural = self.b.number(NATURAL, Ty::I64);
        // Passes cannot see through the product: this tells them that indices which count from it are not negative.
        let skipped = self.b.op(Op::And, &[skipped, natural]);
        let left = self.b.op(Op::Sub, &[trips, skipped]);
        let size = self.b.op(Op::Min, &[left, chunk]);
        let far = self.b.op(Op::Mul, &[skipped, step]);
        let first = self.b.op(Op::Add, &[start, far]);
        // The stop lies next to the last number: a whole step further may be beyond 64 bits.
        let others = self.b.op(Op::Sub, &[size, one]);
        let far = self.b.op(Op::Mul, &[others, step]);
        let last = self.b.op(Op::Add, &[first, far]);
        let rises = self.b.op(Op::Gt, &[step, zero]);
        let towards = self.b.op(Op::Select, &[rises, one, back]);
        [first, self.b.op(Op::Add, &[last, towards]), step]
    }

    /// What joining changes nothing.
    fn identity(&mut self, join: Join, dtype: DType) -> Number {
        let kind = match join {
            Join::Sum => Reduction::Sum,
            Join::Product => return self.b.literal(Literal::Int(1), dtype),
            Join::Or | Join::Xor => return self.b.literal(Literal::Int(0), dtype),
            Join::And => {
                let ones = if dtype == DType::Bool { 1 } else { -1 };
                let ty = dtype.register().expect("the checker saw an integer");
                return Number::Real(self.b.constant(Word::int(ones, ty)));
            }
            Join::Least(_) | Join::Minimum { .. } => Reduction::Min,
            Join::Greatest(_) | Join::Maximum { .. } => Reduction::Max,
        };
        super::super::number::number(dtype, |_, ty| self.b.constant(reduce::identity(kind, ty)))
    }

    /// What one chunk has found, joined to that of those before.
    fn join(&mut self, join: Join, before: Number, found: Number) -> Number {
        let op = match join {
            Join::Sum => Op::Add,
            Join::Product => match (before, found) {
                (Number::Complex(x), Number::Complex(y)) => return Number::Complex(self.product(x, y)),
                _ => Op::Mul,
            },
            Join::And => Op::And,
            Join::Or => Op::Or,
            Join::Xor => Op::Xor,
            Join::Minimum { second } | Join::Maximum { second } => {
                let function = match join {
                    Join::Minimum { .. } => Function::Minimum,
                    _ => Function::Maximum,
                };
                let operands = if second { [found, before] } else { [before, found] };
                return Number::Real(function.of(&mut self.b, &operands.map(Number::single)));
            }
            Join::Least(chosen) | Join::Greatest(chosen) => {
                let (better, as_good) = match join {
                    Join::Least(_) => (Op::Lt, Op::Le),
                    _ => (Op::Gt, Op::Ge),
                };
                let [x, y] = [before, found].map(Number::single);
                let mut compare = |op, x, y| self.b.apply(op, &[x, y]);
                let (condition, then, otherwise) = match chosen {
                    Chosen::IfBetter => (compare(better, y, x), found, before),
                    Chosen::IfAsGood => (compare(as_good, y, x), found, before),
                    Chosen::UnlessWorse => (compare(better, x, y), before, found),
                };
                return self.select(condition, then, otherwise);
            }
        };
        match (before, found) {
            (Number::Complex(x), Number::Complex(y)) => {
                let [re, im] = [[x.re, y.re], [x.im, y.im]].map(|parts| self.b.op(op, &parts));
                Number::Complex(Pair { re, im })
            }
            _ => Number::Real(self.b.apply(op, &[before.single(), found.single()])),
        }
    }

    /// What all chunks have found, joined to what was there before the loop.
    fn join_numbers(
        &mut self,
        span: Span,
        parallel: &Parallel,
        (before, dtypes): (&Values, &[DType]),
        found: &[Value],
        count: Value,
    ) -> Result<Values> {
        if found.is_empty() {
            return Ok(Values::new());
        }
        let [zero, one] = [0, 1].map(|n| self.b.number(n, Ty::I64));
        let mut types = vec![Ty::I64.into()];
        types.extend(before.iter().map(|&value| self.b.ty(value)));
        let params = self.open(&types, span)?;
        let (mut so_far, mut joined) = (params[1..].iter().copied(), Values::new());
        for ((&join, &dtype), &found) in parallel.numbers.iter().zip(dtypes).zip(found) {
            let before = Val::read(&Type::Number(dtype), &mut so_far);
            let (before, found) = (self.number(&before, dtype), self.load(found, &params[..1]));
            Val::Number(dtype, self.join(join, before, found)).write(&mut joined);
        }
        let region = self.close(End::Yield(joined));
        Ok(self.b.range([zero, count, one], before, region))
    }

    /// Sets the part of an array that a chunk begins with: new arrays are of zeros.
    fn begin_array(&mut self, span: Span, part: Value, join: Join) -> Result<()> {
        let dtype = self.dtype_of(part);
        let is_zero = match join {
            Join::Sum => dtype.is_int() || dtype == DType::Bool,
            Join::Or | Join::Xor => true,
            _ => false,
        };
        if is_zero {
            return Ok(());
        }
        let identity = Val::Number(dtype, self.identity(join, dtype));
        let lengths = self.lengths(part);
        self.nest(&lengths, span, &mut |l, indices| {
            l.store_at(part, indices, &identity);
            Ok(())
        })
    }

    /// The arrays of all chunks, joined to the one outside.
    fn join_arrays(
        &mut self,
        span: Span,
        join: Join,
        array: Value,
        parts: Value,
        count: Value,
    ) -> Result<()> {
        self.counted(count, span, |l, number| {
            let Val::Array(part) = l.row(parts, number) else { unreachable!("it has an axis more") };
            let lengths = l.lengths(array);
            let dtype = l.dtype_of(array);
            l.nest(&lengths, span, &mut |l, indices| {
                let (before, found) = (l.load(array, indices), l.load(part, indices));
                let joined = l.join(join, before, found);
                l.store_at(array, indices, &Val::Number(dtype, joined));
                Ok(())
            })
        })
    }
}

fn dtype(state: &State) -> DType {
    match state.ty() {
        Some(Type::Number(dtype)) => *dtype,
        _ => unreachable!("the checker saw a number"),
    }
}
