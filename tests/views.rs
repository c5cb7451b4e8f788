//! Random indices, orders of axes and broadcasts, against index arithmetic done here element by element.
//!
//! Each program is made for some shapes, and called with those and others by the same kernel, on every way to
//! run it. Arrays lie in memory in many ways. What the arithmetic here refuses must be refused, and nothing else.
//! `BROLGA_FUZZ_SECONDS=600` searches for longer, `BROLGA_FUZZ_SEED=n` runs that seed alone.

mod common;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use brolga::{Arg, Array, ArrayView, DType, ErrorKind, FpMode, Scalar, Type};
use common::{Named, Random, variable};
use ndarray::{ArrayD, Axis, IxDyn, Slice};

/// The everyday budget.
const SECONDS: u64 = 6;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// What an expression means: elements by their index.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    shape: Vec<usize>,
    elements: Vec<f64>,
}

impl Model {
    fn single(value: f64) -> Model {
        Model { shape: Vec::new(), elements: vec![value] }
    }

    /// The elements that `of` gives for each index.
    fn make(shape: Vec<usize>, of: impl Fn(&[usize]) -> f64) -> Model {
        let count: usize = shape.iter().product();
        let elements = (0..count).map(|at| of(&index(at, &shape))).collect();
        Model { shape, elements }
    }

    fn at(&self, index: &[usize]) -> f64 {
        let place = index.iter().zip(&self.shape).fold(0, |place, (i, len)| place * len + i);
        self.elements[place]
    }

    /// The element that a larger index of a broadcast means.
    fn repeated(&self, index: &[usize]) -> f64 {
        let own = &index[index.len() - self.shape.len()..];
        let own: Vec<usize> =
            own.iter().zip(&self.shape).map(|(&i, &len)| if len == 1 { 0 } else { i }).collect();
        self.at(&own)
    }
}

/// The index of a number in C order.
fn index(mut at: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        index[axis] = at % shape[axis];
        at /= shape[axis];
    }
    index
}

/// A number of an index: `k + add`, or the number alone.
#[derive(Clone, Copy)]
struct Number {
    add: i64,
    with_k: bool,
}

#[derive(Clone)]
enum Item {
    At(Number),
    Slice([Option<Number>; 3]),
    NewAxis,
    Rest,
}

#[derive(Clone)]
enum Expr {
    Array(usize),
    Literal(i64),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Where(Box<[Expr; 3]>),
    Index(Box<Expr>, Vec<Item>),
    Transpose(Box<Expr>, Option<Vec<i64>>),
    Sum(Box<Expr>),
    Size(Box<Expr>),
    Rank(Box<Expr>),
    Length(Box<Expr>, i64),
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.with_k, self.add) {
            (false, add) => write!(f, "{add}"),
            (true, 0) => write!(f, "k"),
            (true, add) => write!(f, "k + {add}"),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Array(at) => f.write_str(NAMES[*at]),
            Expr::Literal(value) => write!(f, "{value}"),
            Expr::Binary("minimum", x, y) => write!(f, "minimum({x}, {y})"),
            Expr::Binary(op, x, y) => write!(f, "({x} {op} {y})"),
            Expr::Where(parts) => write!(f, "where({} > 0, {}, {})", parts[0], parts[1], parts[2]),
            Expr::Index(x, items) => {
                write!(f, "{x}[")?;
                for (at, item) in items.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { ", " })?;
                    match item {
                        Item::At(number) => write!(f, "{number}")?,
                        Item::NewAxis => f.write_str("None")?,
                        Item::Rest => f.write_str("...")?,
                        Item::Slice(bounds) => {
                            for (at, bound) in bounds.iter().enumerate() {
                                f.write_str(if at == 0 { "" } else { ":" })?;
                                bound.iter().try_for_each(|bound| write!(f, "{bound}"))?;
                            }
                        }
                    }
                }
                f.write_str("]")
            }
            Expr::Transpose(x, None) => write!(f, "{x}.T"),
            Expr::Transpose(x, Some(order)) => {
                let order: Vec<String> = order.iter().map(i64::to_string).collect();
                write!(f, "transpose({x}, ({},))", order.join(", "))
            }
            Expr::Sum(x) => write!(f, "sum({x})"),
            Expr::Size(x) => write!(f, "{x}.size"),
            Expr::Rank(x) => write!(f, "{x}.ndim"),
            Expr::Length(x, axis) => write!(f, "{x}.shape[{axis}]"),
        }
    }
}

/// The arguments of a call: arrays as they are meant, and the number `k`.
struct Env {
    arrays: Vec<Model>,
    k: i64,
}

/// Why an expression means nothing.
type Refused = ErrorKind;

/// Places of a slice, as Python's loop over `range(*slice.indices(len))` has them.
fn places([start, stop, step]: [Option<i64>; 3], len: i64) -> Vec<usize> {
    let step = step.unwrap_or(1);
    let counted = |bound: i64| if bound < 0 { bound + len } else { bound };
    let mut at = match start {
        Some(start) if step > 0 => counted(start).max(0),
        Some(start) => counted(start).min(len - 1),
        None if step > 0 => 0,
        None => len - 1,
    };
    let stop = stop.map(counted);
    let mut all = Vec::new();
    while (0..len).contains(&at) && stop.is_none_or(|stop| if step > 0 { at < stop } else { at > stop }) {
        all.push(at as usize);
        at += step;
    }
    all
}

impl Env {
    fn number(&self, number: Number) -> i64 {
        number.add + if number.with_k { self.k } else { 0 }
    }

    fn eval(&self, expr: &Expr) -> Result<Model, Refused> {
        Ok(match expr {
            Expr::Array(at) => self.arrays[*at].clone(),
            Expr::Literal(value) => Model::single(*value as f64),
            Expr::Binary(op, x, y) => {
                let both = [self.eval(x)?, self.eval(y)?];
                broadcast(&both, |v| match *op {
                    "+" => v[0] + v[1],
                    "-" => v[0] - v[1],
                    "*" => v[0] * v[1],
                    _ => v[0].min(v[1]),
                })?
            }
            Expr::Where(parts) => {
                let [c, x, y] = [&parts[0], &parts[1], &parts[2]].map(|part| self.eval(part));
                broadcast(&[c?, x?, y?], |v| if v[0] > 0.0 { v[1] } else { v[2] })?
            }
            Expr::Index(x, items) => self.index(&self.eval(x)?, items)?,
            Expr::Transpose(x, order) => {
                let x = self.eval(x)?;
                let rank = x.shape.len();
                let order: Vec<usize> = match order {
                    None => (0..rank).rev().collect(),
                    Some(order) if order.len() != rank => return Err(ErrorKind::Shape),
                    Some(order) => order.iter().map(|&axis| axis.rem_euclid(rank as i64) as usize).collect(),
                };
                Model::make(order.iter().map(|&axis| x.shape[axis]).collect(), |index| {
                    let mut own = vec![0; rank];
                    order.iter().zip(index).for_each(|(&axis, &i)| own[axis] = i);
                    x.at(&own)
                })
            }
            Expr::Sum(x) => Model::single(self.eval(x)?.elements.iter().sum()),
            Expr::Size(x) => Model::single(self.eval(x)?.elements.len() as f64),
            Expr::Rank(x) => Model::single(self.eval(x)?.shape.len() as f64),
            Expr::Length(x, axis) => {
                let shape = self.eval(x)?.shape;
                let place = if *axis < 0 { axis + shape.len() as i64 } else { *axis };
                Model::single(*shape.get(place as usize).ok_or(ErrorKind::Index)? as f64)
            }
        })
    }

    fn index(&self, x: &Model, items: &[Item]) -> Result<Model, Refused> {
        let taking = items.iter().filter(|item| matches!(item, Item::At(_) | Item::Slice(_))).count();
        let left = x.shape.len().checked_sub(taking).ok_or(ErrorKind::Index)?;
        // For each axis of `x` its places, and whether it stays; new axes come before the one with their number.
        let (mut axes, mut new) = (Vec::new(), Vec::new());
        for item in items {
            let len = x.shape.get(axes.len()).copied();
            match item {
                Item::NewAxis => new.push(axes.len()),
                Item::Rest => {
                    (0..left).for_each(|_| axes.push(((0..x.shape[axes.len()]).collect::<Vec<_>>(), true)))
                }
                Item::At(number) => {
                    let (i, len) = (self.number(*number), len.ok_or(ErrorKind::Index)? as i64);
                    let place = if i < 0 { i + len } else { i };
                    if !(0..len).contains(&place) {
                        return Err(ErrorKind::Index);
                    }
                    axes.push((vec![place as usize], false));
                }
                Item::Slice(bounds) => {
                    let bounds = bounds.map(|bound| bound.map(|bound| self.number(bound)));
                    if bounds[2] == Some(0) {
                        return Err(ErrorKind::Value);
                    }
                    axes.push((places(bounds, len.ok_or(ErrorKind::Index)? as i64), true));
                }
            }
        }
        while axes.len() < x.shape.len() {
            axes.push(((0..x.shape[axes.len()]).collect(), true));
        }
        // What each axis of the result goes along: one of `x`, or none.
        let mut along: Vec<Option<usize>> = Vec::new();
        for axis in 0..=axes.len() {
            along.extend(new.iter().filter(|&&before| before == axis).map(|_| None));
            along.extend(axes.get(axis).filter(|(_, stays)| *stays).map(|_| Some(axis)));
        }
        let shape = along.iter().map(|axis| axis.map_or(1, |axis| axes[axis].0.len())).collect();
        Ok(Model::make(shape, |index| {
            let mut own: Vec<usize> =
                axes.iter().map(|(places, _)| places.first().copied().unwrap_or(0)).collect();
            for (&i, axis) in index.iter().zip(&along) {
                if let Some(axis) = axis {
                    own[*axis] = axes[*axis].0[i];
                }
            }
            x.at(&own)
        }))
    }
}

fn broadcast(operands: &[Model], of: impl Fn(&[f64]) -> f64) -> Result<Model, Refused> {
    let rank = operands.iter().map(|x| x.shape.len()).max().unwrap();
    let mut shape = vec![1; rank];
    for x in operands {
        for (len, &own) in shape[rank - x.shape.len()..].iter_mut().zip(&x.shape) {
            match (*len, own) {
                (1, own) => *len = own,
                (_, 1) => {}
                (len, own) if len == own => {}
                _ => return Err(ErrorKind::Shape),
            }
        }
    }
    Ok(Model::make(shape, |index| of(&operands.iter().map(|x| x.repeated(index)).collect::<Vec<_>>())))
}

struct Generator<'r> {
    random: &'r mut Random,
    env: Env,
}

impl Generator<'_> {
    /// An expression that mostly means something.
    fn expr(&mut self, depth: usize) -> Expr {
        loop {
            let expr = self.try_expr(depth);
            match self.env.eval(&expr) {
                Ok(model) if model.elements.len() < 2000 && model.shape.len() < 8 => return expr,
                Err(_) if self.random.one_in(40) => return expr,
                _ => {}
            }
        }
    }

    fn try_expr(&mut self, depth: usize) -> Expr {
        if depth == 0 {
            return match self.random.one_in(8) {
                true => Expr::Literal(self.random.below(7) as i64 - 3),
                false => Expr::Array(self.random.below(self.env.arrays.len())),
            };
        }
        let x = Box::new(self.expr(depth - 1));
        match self.random.below(16) {
            0..=5 if !self.is_number(&x) => {
                let rank = self.env.eval(&x).map_or(2, |x| x.shape.len());
                Expr::Index(x, self.items(rank))
            }
            0..=9 => {
                let op = *self.random.pick(&["+", "-", "*", "minimum"]);
                Expr::Binary(op, x, Box::new(self.expr(depth - 1)))
            }
            10 => Expr::Where(Box::new([*x, self.expr(depth - 1), self.expr(0)])),
            11 | 12 if !self.is_number(&x) => Expr::Transpose(x, None),
            13 if !self.is_number(&x) => {
                let rank = self.env.eval(&x).map_or(2, |x| x.shape.len());
                let mut order: Vec<i64> = (0..rank as i64).collect();
                (1..rank).for_each(|at| order.swap(at, self.random.below(at + 1)));
                let turned = |axis: i64| if axis % 2 == 1 { axis - rank as i64 } else { axis };
                if order.is_empty() {
                    *x
                } else {
                    Expr::Transpose(x, Some(order.into_iter().map(turned).collect()))
                }
            }
            14 if !self.is_number(&x) => match self.random.below(4) {
                0 => Expr::Size(x),
                1 => Expr::Rank(x),
                _ => Expr::Length(x, self.random.below(3) as i64 - 1),
            },
            15 => Expr::Sum(x),
            _ => *x,
        }
    }

    /// Whether the language takes it for a number that has no axes to index.
    fn is_number(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Literal(_) | Expr::Size(_) | Expr::Rank(_) | Expr::Length(..) => true,
            Expr::Binary(_, x, y) => self.is_number(x) && self.is_number(y),
            Expr::Where(parts) => parts.iter().all(|part| self.is_number(part)),
            Expr::Sum(x) => self.is_number(x),
            _ => false,
        }
    }

    fn number(&mut self) -> Number {
        let with_k = self.random.one_in(4);
        Number { add: self.random.below(9) as i64 - 4 - if with_k { self.env.k } else { 0 }, with_k }
    }

    fn items(&mut self, rank: usize) -> Vec<Item> {
        let mut items = Vec::new();
        let mut rest = false;
        for _ in 0..1 + self.random.below(rank + 2) {
            items.push(match self.random.below(8) {
                0 => Item::NewAxis,
                1 if !rest => {
                    rest = true;
                    Item::Rest
                }
                1..=3 => Item::At(self.number()),
                _ => {
                    let mut bound = |random: bool| if random { None } else { Some(self.number()) };
                    let [a, b] = [bound(rank == 0), bound(rank == 0)];
                    let some = |bound, random: &mut Random| if random.one_in(2) { None } else { bound };
                    let step =
                        *self.random.pick(&[None, None, Some(1), Some(2), Some(-1), Some(-2), Some(3)]);
                    let step = step.map(|add| Number { add, with_k: false });
                    Item::Slice([some(a, self.random), some(b, self.random), step])
                }
            });
        }
        items
    }
}

/// Shapes that broadcast, mostly, from the lengths of axes.
fn shapes(random: &mut Random, base: &[usize], count: usize) -> Vec<Vec<usize>> {
    let shape = |random: &mut Random| {
        let from = if random.one_in(2) { 0 } else { random.below(base.len()) };
        let mut shape = base[from..].to_vec();
        for len in &mut shape {
            *len = if random.one_in(5) { 1 } else { *len };
        }
        shape
    };
    (0..count).map(|_| shape(random)).collect()
}

/// Elements in memory in some order, and how an array of a shape lies in it.
struct Memory {
    elements: ArrayD<f64>,
    order: Vec<usize>,
    backwards: Vec<bool>,
}

impl Memory {
    fn new(random: &mut Random, model: &Model) -> Memory {
        let rank = model.shape.len();
        let mut order: Vec<usize> = (0..rank).collect();
        if random.one_in(2) {
            (1..rank).for_each(|at| order.swap(at, random.below(at + 1)));
        }
        let backwards: Vec<bool> = (0..rank).map(|_| random.one_in(6)).collect();
        let shape: Vec<usize> = order.iter().map(|&axis| model.shape[axis]).collect();
        let elements = ArrayD::from_shape_fn(IxDyn(&shape), |at| {
            let mut own = vec![0; rank];
            for (place, &axis) in order.iter().enumerate() {
                own[axis] = if backwards[axis] { model.shape[axis] - 1 - at[place] } else { at[place] };
            }
            model.at(&own)
        });
        Memory { elements, order, backwards }
    }

    fn view(&self) -> ArrayView<'_> {
        let mut inverse = vec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(place, &axis)| inverse[axis] = place);
        let mut view = self.elements.view().permuted_axes(IxDyn(&inverse));
        for (axis, &backwards) in self.backwards.iter().enumerate() {
            if backwards {
                view.slice_axis_inplace(Axis(axis), Slice::new(0, None, -1));
            }
        }
        ArrayView::from(view)
    }
}

fn engines() -> &'static [Named] {
    static ENGINES: OnceLock<Vec<Named>> = OnceLock::new();
    ENGINES.get_or_init(|| {
        let mut all = vec![common::interpreter(FpMode::Strict)];
        all.extend(common::code_makers(FpMode::Strict));
        all.push(common::threaded(FpMode::Strict).remove(0));
        all
    })
}

fn model(array: &Array) -> Model {
    let value = |at| match array.get(at) {
        Scalar::Float64(value) => value,
        Scalar::Int64(value) => value as f64,
        other => panic!("{other:?} is of another type"),
    };
    Model { shape: array.shape().to_vec(), elements: (0..array.len()).map(value).collect() }
}

/// What is wrong with a seed, and how many of its calls gave results.
fn one_seed(seed: u64) -> Result<usize, String> {
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let rank = 1 + random.below(4);
    let lengths = |random: &mut Random| -> Vec<usize> {
        (0..rank).map(|_| *random.pick(&[0, 1, 2, 2, 3, 3, 4, 5])).collect()
    };
    let count = 1 + random.below(NAMES.len());
    let env = |random: &mut Random, shapes: Vec<Vec<usize>>| {
        let fill = |shape, random: &mut Random| {
            let seed = random.word();
            Model::make(shape, |i| {
                Random(i.iter().fold(seed, |s, &i| s.wrapping_mul(31) + i as u64)).below(7) as f64 - 3.0
            })
        };
        let arrays = shapes.into_iter().map(|shape| fill(shape, random)).collect();
        Env { arrays, k: random.below(5) as i64 - 2 }
    };
    let base = lengths(&mut random);
    let first = shapes(&mut random, &base, count);
    let mut generator = Generator { env: env(&mut random, first), random: &mut random };
    let depth = 1 + generator.random.below(4);
    let exprs: Vec<Expr> = (0..1 + generator.random.below(3)).map(|_| generator.expr(depth)).collect();
    let first = generator.env;
    let mut envs = vec![first];
    for _ in 0..2 {
        let base = lengths(&mut random);
        let shapes = shapes(&mut random, &base, count);
        envs.push(env(&mut random, shapes));
    }
    let text = exprs.iter().map(Expr::to_string).collect::<Vec<_>>().join(", ");
    let types: Vec<(&str, Type)> = (0..count)
        .map(|at| (NAMES[at], Type::Array(DType::Float64)))
        .chain([("k", Type::Scalar(DType::Int64))])
        .collect();
    let mut ran = 0;
    for (at, engine) in engines().iter().enumerate() {
        if at > 2 && !(at + seed as usize).is_multiple_of(4) {
            continue;
        }
        let fail = |what: String| Err(format!("{}: {text}\n{what}", engine.name));
        let kernel = match engine.engine.compile(&text, &types) {
            Ok(kernel) => kernel,
            Err(e) => return fail(e.to_string()),
        };
        for env in &envs {
            let memory: Vec<Memory> =
                env.arrays.iter().map(|model| Memory::new(&mut random, model)).collect();
            let mut args: Vec<(&str, Arg<'_>)> =
                memory.iter().zip(NAMES).map(|(memory, name)| (name, memory.view().into())).collect();
            args.push(("k", env.k.into()));
            let shapes: Vec<_> = env.arrays.iter().map(|array| &array.shape).collect();
            let with = || format!("with shapes {shapes:?}, k = {}", env.k);
            let expected: Result<Vec<Model>, Refused> = exprs.iter().map(|expr| env.eval(expr)).collect();
            match (kernel.call(&args), expected) {
                (Ok(found), Ok(expected)) => {
                    ran += 1;
                    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
                        let found = model(found);
                        if found != *expected {
                            return fail(format!("result {at} is\n{found:?}, not\n{expected:?}\n{}", with()));
                        }
                    }
                }
                // Of several things that are wrong any may be told.
                (Err(e), Err(_))
                    if [ErrorKind::Shape, ErrorKind::Index, ErrorKind::Value].contains(&e.kind()) =>
                {
                    assert!(e.span().is_some(), "{e}");
                }
                (Err(e), Ok(_)) => return fail(format!("{e}\n{}", with())),
                (Ok(_), Err(kind)) => return fail(format!("no error, but {kind:?} is expected\n{}", with())),
                (Err(e), Err(_)) => return fail(format!("another error, {:?}: {e}\n{}", e.kind(), with())),
            }
        }
    }
    Ok(ran)
}

#[test]
fn random_views_are_index_arithmetic() {
    let alone = variable("BROLGA_FUZZ_SEED");
    let until = Instant::now() + Duration::from_secs(variable("BROLGA_FUZZ_SECONDS").unwrap_or(SECONDS));
    let (next, ran, failed) = (AtomicU64::new(alone.unwrap_or(0)), AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(|| {
                while Instant::now() < until && failed.lock().unwrap().is_empty() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    match one_seed(seed) {
                        Ok(calls) => _ = ran.fetch_add(calls as u64, Ordering::Relaxed),
                        Err(what) => failed.lock().unwrap().push(format!("seed {seed}: {what}")),
                    }
                    if alone.is_some() {
                        return;
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let (seeds, ran) = (next.into_inner(), ran.into_inner());
    println!("{seeds} programs, {ran} calls with results");
    assert!(alone.is_some() || ran > 2 * seeds, "{ran} results of {seeds} programs");
}
