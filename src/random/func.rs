//! Random functions with control flow, and memory for their arguments; for tests.
//!
//! Loops make few trips and nest little, so that every function ends. Indices are mostly within their array, arrays of one type
//! lie in one buffer and overlap, and exits go anywhere that is allowed.

use smallvec::SmallVec;

use super::Random;
use crate::diag::{ErrorKind, Span};
use crate::ir::func::{
    Axis, Builder, End, Func, FuncId, Inst, Module, Region, Site, SiteId, Type, Value, Values,
};
use crate::ops::{OPS, Op, Primitives as _};
use crate::types::{Component, DType, Ty, Word};

/// Elements of each buffer that arguments lie in.
const ELEMENTS: usize = 48;

/// Most axes have fewer elements than this.
const LONGEST: usize = 5;

/// A module whose last function is called. Math functions of floats are in it where `math` is.
pub(crate) fn module(r: &mut Random, math: bool) -> Module {
    let mut module = Module::default();
    let two = SmallVec::from_elem(Ty::I64, 2);
    let mut site = |kind, message: &str, shown: SmallVec<[Ty; 4]>| {
        module.site(Site { span: Span::default(), kind, message: message.into(), shown })
    };
    let sites = Sites {
        outside: site(ErrorKind::Index, "{} of {}", two),
        memory: site(ErrorKind::Limit, "memory", SmallVec::new()),
        depth: site(ErrorKind::Limit, "depth", SmallVec::new()),
        value: site(ErrorKind::Value, "{}", SmallVec::from_elem(Ty::F64, 1)),
    };
    for _ in 0..1 + r.below(3) {
        let func = func(r, &module, sites, math);
        module.push(func);
    }
    module
}

#[derive(Clone, Copy)]
struct Sites {
    outside: SiteId,
    memory: SiteId,
    depth: SiteId,
    value: SiteId,
}

fn scalar_type(r: &mut Random) -> Ty {
    if r.chance(60) { r.pick(&[Ty::I64, Ty::F64, Ty::Bool]) } else { r.pick(&Ty::ALL) }
}

fn array_type(r: &mut Random) -> Type {
    let dtype = if r.chance(60) {
        r.pick(&[DType::Float64, DType::Int64])
    } else {
        r.pick(&[DType::Float32, DType::UInt8, DType::Int16, DType::Bool, DType::Complex128])
    };
    Type::Array { dtype, rank: 1 + r.below(2) as u32 }
}

fn any_type(r: &mut Random) -> Type {
    if r.chance(30) { array_type(r) } else { scalar_type(r).into() }
}

fn func(r: &mut Random, module: &Module, sites: Sites, math: bool) -> Func {
    let mut params: Vec<Type> = (0..1 + r.below(3)).map(|_| array_type(r)).collect();
    params.extend((0..r.below(4)).map(|_| Type::from(scalar_type(r))));
    let results: Vec<Type> = (0..1 + r.below(3)).map(|_| any_type(r)).collect();
    let mut b = Builder::new("random", &params, &results);
    let adjacent: Vec<bool> = params.iter().map(|ty| ty.array().is_some() && r.chance(50)).collect();
    adjacent.iter().enumerate().filter(|(_, is)| **is).for_each(|(at, _)| b.adjacent(at));
    let scope = b.params().to_vec();
    let mut maker = Maker {
        r,
        b,
        module,
        sites,
        math,
        scope,
        numbers: Vec::new(),
        owners: vec![(None, results)],
        room: 60,
    };
    let yields = maker.owners[0].1.clone();
    let end = maker.region(0, &yields);
    maker.b.finish(end)
}

struct Maker<'a> {
    r: &'a mut Random,
    b: Builder,
    module: &'a Module,
    sites: Sites,
    math: bool,
    /// The values that may be used.
    scope: Vec<Value>,
    /// Numbers of the loops around.
    numbers: Vec<Value>,
    /// Types of the carried values and results of the function and the loops around.
    owners: Vec<(Option<Vec<Type>>, Vec<Type>)>,
    /// Nodes that may still be made.
    room: usize,
}

impl Maker<'_> {
    fn add(&mut self, value: Value) -> Value {
        self.scope.push(value);
        value
    }

    /// A value of a type, an old one or a new one.
    fn of(&mut self, ty: Type) -> Value {
        let known: Vec<Value> = self.scope.iter().copied().filter(|&value| self.b.ty(value) == ty).collect();
        if !known.is_empty() && self.r.chance(85) {
            let from = if self.r.chance(70) { known.len().saturating_sub(4) } else { 0 };
            return known[from + self.r.below(known.len() - from)];
        }
        let value = match ty {
            Type::Scalar(ty) => {
                let word = self.r.scalar(ty);
                self.b.constant(word)
            }
            Type::Array { dtype, rank } => self.alloc(dtype, rank as usize),
        };
        self.add(value)
    }

    fn values(&mut self, types: &[Type]) -> Values {
        types.iter().map(|&ty| self.of(ty)).collect()
    }

    /// A small number of 0 or more.
    fn small(&mut self, below: usize) -> Value {
        if self.r.chance(50) {
            let number = self.r.below(below) as i64;
            return self.b.number(number, Ty::I64);
        }
        let value = self.of(Ty::I64.into());
        let below = self.b.number(below as i64, Ty::I64);
        self.b.op(Op::Mod, &[value, below])
    }

    fn alloc(&mut self, dtype: DType, rank: usize) -> Value {
        let lengths: Vec<Value> = (0..rank).map(|_| self.small(LONGEST)).collect();
        self.b.alloc(dtype, &lengths, self.sites.memory)
    }

    /// An array of the scope, or a new one.
    fn array(&mut self) -> Value {
        let known: Vec<Value> =
            self.scope.iter().copied().filter(|&value| self.b.ty(value).array().is_some()).collect();
        match known.is_empty() || self.r.chance(10) {
            true => {
                let ty = array_type(self.r);
                self.of(ty)
            }
            false => self.r.pick(&known),
        }
    }

    /// An index for each axis, mostly of an element.
    fn indices(&mut self, array: Value) -> Vec<Value> {
        let (_, rank) = self.b.ty(array).array().expect("an array");
        (0..rank)
            .map(|axis| {
                let mut index = self.of(Ty::I64.into());
                if !self.numbers.is_empty() && self.r.chance(50) {
                    // As loops over arrays have them: their checks can be made before.
                    index = self.r.pick(&self.numbers);
                    if self.r.chance(30) {
                        let more = self.b.number(self.r.below(3) as i64 - 1, Ty::I64);
                        index = self.b.op(Op::Add, &[index, more]);
                    }
                } else if self.r.chance(97) {
                    let length = self.b.length(array, axis);
                    let one = self.b.number(1, Ty::I64);
                    let some = self.b.op(Op::Max, &[length, one]);
                    index = self.b.op(Op::Mod, &[index, some]);
                    if self.r.chance(20) {
                        index = self.b.op(Op::Sub, &[index, length]);
                    }
                }
                self.b.within(array, axis, index, self.sites.outside)
            })
            .collect()
    }

    fn component(&mut self, array: Value) -> (Component, Ty) {
        let (dtype, _) = self.b.ty(array).array().expect("an array");
        self.r.pick(&dtype.components().collect::<Vec<_>>())
    }

    /// Fills the open region with nodes, and gives an end for it. `depth` counts the loops and branches around.
    fn region(&mut self, depth: usize, yields: &[Type]) -> End {
        let visible = self.scope.len();
        let mut end = None;
        for _ in 0..self.r.below(if depth == 0 { 30 } else { 8 }) {
            if self.room == 0 {
                break;
            }
            self.room -= 1;
            self.node(depth);
            if !self.b.falls_through() {
                end = Some(End::Never);
                break;
            }
        }
        let end = end.unwrap_or_else(|| self.end(depth, yields));
        self.scope.truncate(visible);
        end
    }

    fn end(&mut self, depth: usize, yields: &[Type]) -> End {
        if depth == 0 || self.r.chance(80) {
            return End::Yield(self.values(yields));
        }
        let around = self.r.below(self.owners.len());
        let (carried, results) = self.owners[self.owners.len() - 1 - around].clone();
        match carried.filter(|_| self.r.chance(50)) {
            Some(carried) => End::Continue(around as u32, self.values(&carried)),
            None if self.r.chance(10) => {
                let shown = self.of(Ty::F64.into());
                End::Fail(self.sites.value, [shown].into_iter().collect())
            }
            None => End::Break(around as u32, self.values(&results)),
        }
    }

    /// A region inside, whose parameters are of these types.
    fn inside(
        &mut self,
        depth: usize,
        params: &[Type],
        yields: &[Type],
        first: impl FnOnce(&mut Self, &[Value]),
    ) -> Region {
        let visible = self.scope.len();
        let params = self.b.open(params);
        self.scope.extend(params.iter());
        first(self, &params);
        let end = self.region(depth + 1, yields);
        self.scope.truncate(visible);
        self.b.close(end)
    }

    fn node(&mut self, depth: usize) {
        match self.r.below(100) {
            0..45 => self.operation(),
            45..58 => {
                let array = self.array();
                let indices = self.indices(array);
                let (component, _) = self.component(array);
                let loaded = self.b.load(array, component, &indices);
                self.add(loaded);
            }
            58..70 => {
                let array = self.array();
                let indices = self.indices(array);
                let (component, ty) = self.component(array);
                let value = self.of(ty.into());
                self.b.store(array, component, &indices, value);
            }
            70..73 => self.view(),
            73..75 => {
                let Type::Array { dtype, rank } = array_type(self.r) else { unreachable!("it is one") };
                let made = self.alloc(dtype, rank as usize);
                self.add(made);
                // Of as many elements, backwards.
                let mut lengths: Vec<Value> =
                    (0..rank as usize).map(|axis| self.b.length(made, axis)).collect();
                lengths.reverse();
                let shaped = self.b.reshape(made, &lengths);
                self.add(shaped);
            }
            75..77 => {
                let (x, y) = (self.of(Ty::I64.into()), self.of(Ty::I64.into()));
                let ok =
                    if self.r.chance(90) { self.b.op(Op::Eq, &[x, x]) } else { self.b.op(Op::Le, &[x, y]) };
                self.b.check(ok, self.sites.outside, &[x, y]);
            }
            77..80 if !self.module.funcs.is_empty() && self.owners.len() < 3 => {
                let callee = self.r.below(self.module.funcs.len());
                let params: Vec<Type> = self.module.funcs[callee].params().collect();
                let args = self.values(&params);
                let results = self.module.funcs[callee].results.clone();
                let results = self.b.call(FuncId(callee as u32), &args, &results, self.sites.depth);
                self.scope.extend(results.iter());
            }
            80..90 if depth < 5 => {
                let types: Vec<Type> = (0..self.r.below(3)).map(|_| any_type(self.r)).collect();
                let condition = self.of(Ty::Bool.into());
                let then = self.inside(depth, &[], &types, |_, _| {});
                let otherwise = self.inside(depth, &[], &types, |_, _| {});
                let results = self.b.branch(condition, then, otherwise);
                self.scope.extend(results.iter());
            }
            90..97 if self.owners.len() < 4 && depth < 5 => self.range(depth),
            97.. if self.owners.len() < 4 && depth < 5 => self.repeat(depth),
            _ => self.operation(),
        }
    }

    fn range(&mut self, depth: usize) {
        let carried = self.carried();
        let (start, stop, step) = match self.r.below(10) {
            // The ends of the numbers.
            0 => (i64::MAX - 2, i64::MAX, self.r.pick(&[1, 2, 5])),
            1 => (i64::MIN + 3, i64::MIN, self.r.pick(&[-1, -2, i64::MIN])),
            2 => (i64::MIN, i64::MAX, self.r.pick(&[i64::MAX, i64::MAX - 1, 0])),
            _ => {
                (self.r.below(3) as i64, self.r.below(6) as i64 - 1, self.r.pick(&[1, 1, 1, 1, -1, 2, -2, 3]))
            }
        };
        let mut bounds = [start, stop, step].map(|number| self.b.number(number, Ty::I64));
        if start.unsigned_abs() < 9 && self.r.chance(50) {
            bounds[1] = self.small(LONGEST);
            if self.r.chance(30) {
                bounds[2] = self.small(3);
            }
        }
        if start.unsigned_abs() < 9 && self.r.chance(40) {
            let array = self.array();
            bounds[1] = self.b.length(array, 0);
            bounds[2] = self.b.number(1, Ty::I64);
        }
        let (types, initial) = carried;
        self.owners.push((Some(types.clone()), types.clone()));
        let params: Vec<Type> = [Ty::I64.into()].into_iter().chain(types.iter().copied()).collect();
        let body = self.inside(depth, &params, &types, |maker, params| maker.numbers.push(params[0]));
        self.numbers.pop();
        self.owners.pop();
        let results = self.b.range(bounds, &initial, body);
        self.scope.extend(results.iter());
    }

    /// A loop that counts its trips, and leaves after a few.
    fn repeat(&mut self, depth: usize) {
        let (mut types, mut initial) = self.carried();
        types.insert(0, Ty::I64.into());
        initial.insert(0, self.b.number(0, Ty::I64));
        let results: Vec<Type> = (0..self.r.below(3)).map(|_| any_type(self.r)).collect();
        self.owners.push((None, results.clone()));
        let last = self.r.below(4) as i64;
        let visible = self.scope.len();
        let params = self.b.open(&types);
        self.scope.extend(params[1..].iter());
        let limit = self.b.number(last, Ty::I64);
        let done = self.b.op(Op::Ge, &[params[0], limit]);
        self.b.open(&[]);
        let values = self.values(&results);
        let then = self.b.close(End::Break(0, values));
        self.scope.truncate(visible + params.len() - 1);
        self.b.open(&[]);
        let otherwise = self.b.close(End::Yield(Values::new()));
        self.b.branch(done, then, otherwise);
        let mut end = self.region(depth + 1, &types);
        if let End::Yield(values) = &mut end {
            let one = self.b.number(1, Ty::I64);
            values[0] = self.b.op(Op::Add, &[params[0], one]);
        }
        self.scope.truncate(visible);
        let body = self.b.close(end);
        self.owners.pop();
        let results = self.b.repeat(&initial, body, &results);
        self.scope.extend(results.iter());
    }

    fn carried(&mut self) -> (Vec<Type>, Vec<Value>) {
        let types: Vec<Type> = (0..self.r.below(4)).map(|_| any_type(self.r)).collect();
        let values = self.values(&types).to_vec();
        (types, values)
    }

    fn operation(&mut self) {
        let info = self.r.pick(OPS);
        let types: Vec<Ty> = Ty::ALL.into_iter().filter(|ty| info.operands.has(ty.kind())).collect();
        let common: Vec<Ty> =
            types.iter().copied().filter(|ty| [Ty::I64, Ty::F64, Ty::Bool].contains(ty)).collect();
        let ty =
            if common.is_empty() || self.r.chance(30) { self.r.pick(&types) } else { self.r.pick(&common) };
        // As for bodies; the payload of a NaN is nobody's concern, and no integer shows it.
        let skipped = info.op.is_of_exponents() || info.op.is_function() && ty.is_float() && !self.math;
        if skipped || info.op == Op::Bitcast && ty.is_float() {
            return;
        }
        let mut operands: Vec<Value> = (0..info.arity).map(|_| self.of(ty.into())).collect();
        if info.op.is_choice() {
            operands[0] = self.of(Ty::Bool.into());
        }
        let result = super::result(info.op, ty, || scalar_type(self.r));
        if let Some(result) = result {
            let value = self.b.inst(Inst::op(info.op, &operands), result.into());
            self.add(value);
        }
    }

    /// A part of an array, each axis a slice, backwards or not, one place, or a new one.
    fn view(&mut self) {
        let array = self.array();
        let starts = self.indices(array);
        let mut axes: Vec<Axis> = Vec::new();
        for (axis, &start) in starts.iter().enumerate() {
            let one = self.b.number(1, Ty::I64);
            match self.r.below(4) {
                0 => continue,
                1 => {
                    let minus = self.b.number(-1, Ty::I64);
                    let length = self.b.op(Op::Add, &[start, one]);
                    axes.push(Axis { length, along: Some((axis as u32, minus)) });
                }
                _ => {
                    let length = self.b.length(array, axis);
                    let length = self.b.op(Op::Sub, &[length, start]);
                    axes.push(Axis { length, along: Some((axis as u32, one)) });
                }
            }
        }
        if axes.is_empty() || axes.len() < 2 && self.r.chance(20) {
            let length = self.small(3);
            axes.push(Axis { length, along: None });
        }
        if self.r.chance(20) {
            axes.reverse();
        }
        let view = self.b.view(array, &starts, &axes);
        self.add(view);
    }
}

/// Arguments for the arguments of a function: a buffer for each type of element.
#[derive(Clone)]
pub(crate) struct Arguments {
    buffers: Vec<Vec<u64>>,
    /// The arguments, with room for the results behind; bases are offsets in a buffer.
    words: Vec<u64>,
    /// Where a base stands, and the buffer that it is of.
    bases: Vec<(usize, usize)>,
}

impl Arguments {
    /// Arguments for `func`.
    pub fn new(r: &mut Random, func: &Func) -> Arguments {
        let buffers = DType::ALL.map(|dtype| {
            let mut bytes: Vec<u8> = Vec::new();
            let parts: Vec<Ty> = dtype.components().map(|(_, ty)| ty).collect();
            for at in 0..ELEMENTS * parts.len() {
                let ty = parts[at % parts.len()];
                bytes.extend(&r.scalar(ty).to_bits().to_le_bytes()[..ty.size()]);
            }
            bytes.chunks(8).map(|chunk| u64::from_le_bytes(std::array::from_fn(|at| chunk[at]))).collect()
        });
        let (mut words, mut bases) = (Vec::new(), Vec::new());
        for (ty, &adjacent) in func.params().zip(&func.adjacent) {
            let Some((dtype, rank)) = ty.array() else {
                let ty = ty.scalar().expect("no array");
                words.push(r.scalar(ty).to_bits());
                continue;
            };
            let length = |r: &mut Random| if r.chance(10) { 0 } else { 1 + r.below(LONGEST - 1) as i64 };
            let lengths: Vec<i64> = (0..rank).map(|_| length(r)).collect();
            let mut strides: Vec<i64> = (0..rank).map(|_| r.pick(&[1, 1, 2, -1, 5, 0, -3])).collect();
            if adjacent {
                strides[rank - 1] = 1;
            }
            let reach = |sign: i64| {
                let steps = lengths.iter().zip(&strides).map(|(&n, &s)| (n - 1).max(0) * s);
                steps.filter(|steps| steps.signum() == sign).sum::<i64>().abs()
            };
            let (below, above) = (reach(-1), reach(1));
            let first = below + r.below(ELEMENTS - (below + above) as usize) as i64;
            let size = dtype.size() as i64;
            bases.push((words.len(), dtype as usize));
            words.push((first * size) as u64);
            words.extend(lengths.iter().map(|&n| n as u64));
            words.extend(strides.iter().map(|&stride| (stride * size) as u64));
        }
        let results: usize = func.results.iter().map(|ty| ty.words()).sum();
        words.resize(words.len() + results, 0);
        Arguments { buffers: buffers.into(), words, bases }
    }

    /// The words of a call, which point into the buffers.
    pub fn words(&mut self) -> Vec<u64> {
        let mut words = self.words.clone();
        for &(at, buffer) in &self.bases {
            words[at] += self.buffers[buffer].as_mut_ptr().expose_provenance() as u64;
        }
        words
    }

    /// All elements, as their components.
    pub fn elements(&self) -> Vec<Word> {
        let mut elements = Vec::new();
        for (dtype, buffer) in DType::ALL.into_iter().zip(&self.buffers) {
            let bytes: Vec<u8> = buffer.iter().flat_map(|word| word.to_le_bytes()).collect();
            for at in 0..ELEMENTS {
                for (component, ty) in dtype.components() {
                    let start = at * dtype.size() + component.offset(dtype);
                    let mut bits = [0; 8];
                    bits[..ty.size()].copy_from_slice(&bytes[start..][..ty.size()]);
                    elements.push(Word::from_bits(ty, u64::from_le_bytes(bits)));
                }
            }
        }
        elements
    }
}
