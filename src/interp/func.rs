//! The reference interpreter of functions: runs regions as they stand.
//!
//! It is the oracle of the code generator. So it looks at every index and every view, and panics where one is not
//! within its array: that is a fault of whoever made the function. Primitives are those of [`math::value`], memory is the
//! [`Heap`]'s. It must not know machines, threads or source text.

use std::sync::atomic::{AtomicBool, Ordering};

use smallvec::SmallVec;

use crate::array::{read, write};
use crate::heap::Heap;
use crate::ir::func::{
    Axis, CALLS_OF_PARALLEL, End, Func, FuncId, Inst, Module, Node, Region, Stop, Type, Value, Values,
};
use crate::math;
use crate::reduce;
use crate::services::{self, Stream};
use crate::types::{Component, DType, Ty, Word};

/// Stack for calls and regions within each other: address space, of which as much is used as they take.
const STACK: usize = 1 << 30;

/// Runs a function on its arguments, the first of `words`, and puts its results behind them; [`Type::words`] says
/// how. Calls nest no deeper than `depth`. Results that are arrays lie in the heap, or in arguments.
///
/// # Safety
/// The arrays of the arguments are there, with the element types of the parameters. Meanwhile nobody writes them, and those
/// that the function stores to nobody reads.
pub(crate) unsafe fn run(
    module: &Module,
    func: FuncId,
    words: &mut [u64],
    heap: &mut Heap<'_>,
    cancel: &AtomicBool,
    depth: u32,
) -> Result<(), Stop> {
    let callee = &module.funcs[func.index()];
    let mut rest = &*words;
    let args: SmallVec<[Slot; 4]> = callee.params().map(|ty| Slot::read(ty, &mut rest)).collect();
    let given = words.len() - rest.len();
    let mut interpreter = Interpreter { module, heap, cancel, depth, stream: Stream::default() };
    let results = std::thread::scope(|scope| {
        let run = || interpreter.call(func, args);
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
        let result = thread.expect("a thread for the interpreter").join();
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    let mut rest = &mut words[given..];
    results.iter().for_each(|result| result.write(&mut rest));
    Ok(())
}

/// What a value holds.
#[derive(Clone, Debug)]
enum Slot {
    Word(Word),
    Array(Descriptor),
}

/// Where the elements of an array lie.
#[derive(Clone, Debug, Default)]
struct Descriptor {
    base: usize,
    lengths: SmallVec<[i64; 4]>,
    strides: SmallVec<[i64; 4]>,
}

impl Slot {
    /// The next of `words`.
    fn read(ty: Type, words: &mut &[u64]) -> Slot {
        let (mine, rest) = words.split_at(ty.words());
        *words = rest;
        match ty {
            Type::Scalar(ty) => Slot::Word(Word::from_bits(ty, mine[0])),
            Type::Array { rank, .. } => {
                let (lengths, strides) = mine[1..].split_at(rank as usize);
                let numbers = |words: &[u64]| words.iter().map(|&word| word as i64).collect();
                Slot::Array(Descriptor {
                    base: mine[0] as usize,
                    lengths: numbers(lengths),
                    strides: numbers(strides),
                })
            }
        }
    }

    /// Becomes the next of `words`.
    fn write(&self, words: &mut &mut [u64]) {
        let mut put = |word: u64| {
            let (first, rest) = std::mem::take(words).split_first_mut().expect("a word for each result");
            *first = word;
            *words = rest;
        };
        match self {
            Slot::Word(word) => put(word.to_bits()),
            Slot::Array(array) => {
                put(array.base as u64);
                array.lengths.iter().chain(&array.strides).for_each(|&n| put(n as u64));
            }
        }
    }
}

impl Descriptor {
    /// The address of an element. Panics where there is none.
    fn at(&self, indices: &[i64]) -> *mut u8 {
        assert_eq!(indices.len(), self.lengths.len());
        let inside = indices.iter().zip(&self.lengths).all(|(i, n)| (0..*n).contains(i));
        assert!(inside, "{indices:?} is not within {:?}", self.lengths);
        std::ptr::with_exposed_provenance_mut(self.base.wrapping_add_signed(self.offset(indices)))
    }

    /// Bytes from the first element to this one.
    fn offset(&self, indices: &[i64]) -> isize {
        let offsets = indices.iter().zip(&self.strides).map(|(&i, &stride)| i.wrapping_mul(stride));
        offsets.fold(0, i64::wrapping_add) as isize
    }

    /// A view, whose axes are a length, and the axis along which it goes with the step. Panics where it is not within.
    fn view(&self, starts: &[i64], axes: &[(i64, Option<(u32, i64)>)]) -> Descriptor {
        assert!(axes.iter().all(|&(length, _)| length >= 0), "{axes:?} has negative lengths");
        if axes.iter().all(|&(length, _)| length > 0) {
            let mut last = SmallVec::<[i64; 4]>::from_slice(starts);
            for &(length, along) in axes {
                if let Some((axis, step)) = along {
                    last[axis as usize] += (length - 1) * step;
                }
            }
            // Two opposite corners are within, so that all between them is.
            let _ = (self.at(starts), self.at(&last));
        }
        let stride = |&(_, along): &(i64, Option<(u32, i64)>)| {
            along.map_or(0, |(axis, step)| self.strides[axis as usize].wrapping_mul(step))
        };
        Descriptor {
            base: self.base.wrapping_add_signed(self.offset(starts)),
            lengths: axes.iter().map(|&(length, _)| length).collect(),
            strides: axes.iter().map(stride).collect(),
        }
    }

    /// Elements one after the other from `base` on.
    fn contiguous(base: usize, dtype: DType, lengths: SmallVec<[i64; 4]>) -> Descriptor {
        let mut stride = dtype.size() as i64;
        let mut strides = lengths.clone();
        for (at, &n) in strides.iter_mut().zip(&lengths).rev() {
            *at = stride;
            stride = stride.wrapping_mul(n);
        }
        Descriptor { base, lengths, strides }
    }

    fn elements(&self) -> i64 {
        self.lengths.iter().product()
    }
}

/// Where a region goes on.
enum Flow {
    Yield(Vec<Slot>),
    Break(u32, Vec<Slot>),
    Continue(u32, Vec<Slot>),
}

struct Interpreter<'a, 'h> {
    module: &'a Module,
    heap: &'a mut Heap<'h>,
    cancel: &'a AtomicBool,
    /// Calls that may still nest.
    depth: u32,
    /// Where random numbers come from.
    stream: Stream,
}

impl Interpreter<'_, '_> {
    fn call(&mut self, func: FuncId, args: SmallVec<[Slot; 4]>) -> Result<Vec<Slot>, Stop> {
        let func = &self.module.funcs[func.index()];
        let mark = self.heap.mark();
        let mut frame =
            Activation { func, values: vec![None; func.values()], scratch: Vec::new(), run: self };
        frame.set(&func.body.params, args);
        match frame.region(&func.body)? {
            Flow::Yield(results) | Flow::Break(_, results) => {
                self.release(mark, &results);
                Ok(results)
            }
            Flow::Continue(..) => unreachable!("a function has no next trip"),
        }
    }

    /// Frees what was made since `mark` and is not handed on.
    fn release(&mut self, mark: usize, handed_on: &[Slot]) {
        let bases = handed_on.iter().filter_map(|slot| match slot {
            Slot::Array(array) => Some(array.base),
            Slot::Word(_) => None,
        });
        self.heap.release(mark, &bases.collect::<SmallVec<[usize; 4]>>());
    }
}

/// A call of a function.
struct Activation<'f, 'r, 'a, 'h> {
    func: &'f Func,
    values: Vec<Option<Slot>>,
    /// Memory of its own.
    scratch: Vec<Vec<u64>>,
    run: &'r mut Interpreter<'a, 'h>,
}

impl Activation<'_, '_, '_, '_> {
    fn set(&mut self, values: &[Value], slots: impl IntoIterator<Item = Slot>) {
        for (value, slot) in values.iter().zip(slots) {
            self.values[value.index()] = Some(slot);
        }
    }

    fn slot(&self, value: Value) -> &Slot {
        self.values[value.index()].as_ref().expect("the verifier saw it defined")
    }

    fn slots(&self, values: &[Value]) -> Vec<Slot> {
        values.iter().map(|&value| self.slot(value).clone()).collect()
    }

    fn word(&self, value: Value) -> Word {
        match self.slot(value) {
            Slot::Word(word) => *word,
            Slot::Array(_) => unreachable!("the verifier saw a single value"),
        }
    }

    fn number(&self, value: Value) -> i64 {
        self.word(value).to_bits() as i64
    }

    fn numbers(&self, values: &[Value]) -> SmallVec<[i64; 4]> {
        values.iter().map(|&value| self.number(value)).collect()
    }

    fn holds(&self, value: Value) -> bool {
        matches!(self.word(value), Word::Bool(true))
    }

    fn array(&self, value: Value) -> (&Descriptor, DType) {
        match (self.slot(value), self.func.ty(value)) {
            (Slot::Array(array), Type::Array { dtype, .. }) => (array, dtype),
            _ => unreachable!("the verifier saw an array"),
        }
    }

    /// The address of a component of an element, and its type.
    fn component(&self, array: Value, component: Component, indices: &[Value]) -> (*mut u8, Ty) {
        let (array, dtype) = self.array(array);
        let ty = dtype.component(component).expect("the verifier saw that it is there");
        (array.at(&self.numbers(indices)).wrapping_add(component.offset(dtype)), ty)
    }

    fn stop(&self, site: crate::ir::func::SiteId, shown: &[Value]) -> Stop {
        Stop::Site(site, shown.iter().map(|&value| self.word(value).to_bits()).collect())
    }

    fn region(&mut self, region: &Region) -> Result<Flow, Stop> {
        for node in &region.nodes {
            if let Some(flow) = self.node(node)? {
                return Ok(flow);
            }
        }
        match &region.end {
            End::Yield(values) => Ok(Flow::Yield(self.slots(values))),
            End::Break(depth, values) => Ok(Flow::Break(*depth, self.slots(values))),
            End::Continue(depth, values) => Ok(Flow::Continue(*depth, self.slots(values))),
            End::Fail(site, shown) => Err(self.stop(*site, shown)),
            End::Never => unreachable!("the verifier saw that its last node goes on elsewhere"),
        }
    }

    /// Runs a node; tells where it goes on if that is not with the next one.
    fn node(&mut self, node: &Node) -> Result<Option<Flow>, Stop> {
        match node {
            Node::Let(value, Inst::Scratch(elements)) => {
                if self.values[value.index()].is_none() {
                    let dtype = self.func.ty(*value).array().expect("the verifier saw an array").0;
                    self.scratch.push(vec![0; *elements as usize * dtype.size() / 8 + 1]);
                    let first = self.scratch.last_mut().expect("it was pushed").as_mut_ptr();
                    let lengths = [*elements as i64].into_iter().collect();
                    let made = Descriptor::contiguous(first.expose_provenance(), dtype, lengths);
                    self.values[value.index()] = Some(Slot::Array(made));
                }
            }
            Node::Let(value, inst) => {
                let slot = self.inst(inst, self.func.ty(*value));
                self.values[value.index()] = Some(slot);
            }
            Node::Store { array, component, indices, value } => {
                let (at, _) = self.component(*array, *component, indices);
                // SAFETY: the element is within an array of the caller's, who promised it, or of the heap's.
                unsafe { write(at, self.word(*value).scalar()) };
            }
            Node::Alloc { array, lengths, site } => {
                let dtype = self.func.ty(*array).array().expect("the verifier saw an array").0;
                let numbers = self.numbers(lengths);
                let Some(first) = self.run.heap.alloc(dtype, numbers.iter().copied()) else {
                    let shows = !self.run.module.sites[site.index()].shown.is_empty();
                    return Err(self.stop(*site, if shows { lengths } else { &[] }));
                };
                let made = Descriptor::contiguous(first.expose_provenance(), dtype, numbers);
                self.values[array.index()] = Some(Slot::Array(made));
            }
            Node::Check { ok, site, shown } => {
                if !self.holds(*ok) {
                    return Err(self.stop(*site, shown));
                }
            }
            Node::Within { place, array, axis, index, site, from_end } => {
                let (index, length) = (self.number(*index), self.array(*array).0.lengths[*axis as usize]);
                let at = if *from_end && index < 0 { index.wrapping_add(length) } else { index };
                if !(0..length).contains(&at) {
                    return Err(Stop::Site(*site, [index as u64, length as u64].into_iter().collect()));
                }
                self.values[place.index()] = Some(Slot::Word(Word::I64(at)));
            }
            Node::Call { func, args, results, site } => {
                if self.run.depth == 0 {
                    return Err(self.stop(*site, &[]));
                }
                let args = self.slots(args).into();
                self.run.depth -= 1;
                let slots = self.run.call(*func, args)?;
                self.run.depth += 1;
                self.set(results, slots);
            }
            Node::Parallel { func, args, count, site } => {
                if self.run.depth < CALLS_OF_PARALLEL {
                    return Err(self.stop(*site, &[]));
                }
                let (args, count) = (self.slots(args), self.number(*count));
                self.run.depth -= CALLS_OF_PARALLEL;
                let stream = std::mem::take(&mut self.run.stream);
                for number in 0..count {
                    let number = Slot::Word(Word::I64(number));
                    self.run.stream = Stream::default();
                    self.run.call(*func, args.iter().cloned().chain([number]).collect())?;
                }
                self.run.stream = stream;
                self.run.depth += CALLS_OF_PARALLEL;
            }
            Node::Serve { service, args, results } => {
                let count = |types: &[Type]| types.iter().map(|ty| ty.words()).sum::<usize>();
                let given = count(&service.params());
                let mut words = vec![0; given + count(&service.results())];
                let mut rest = &mut words[..];
                self.slots(args).iter().for_each(|arg| arg.write(&mut rest));
                // SAFETY: arrays are of the caller's, who promised them, or of the heap's, and the lowering looks at lengths.
                unsafe {
                    services::serve(*service, &mut words, &mut self.run.stream, &alone, self.run.cancel);
                }
                let mut rest = &words[given..];
                let slots: Vec<Slot> =
                    service.results().into_iter().map(|ty| Slot::read(ty, &mut rest)).collect();
                self.set(results, slots);
            }
            // The loop after it runs all trips.
            Node::Lanes(lanes) => {
                let reduces = &self.run.module.bodies[lanes.body.index()].loops[0].reduces;
                let reduces = reduces.iter().zip(&lanes.results[1..]);
                let identities: Vec<Slot> = reduces
                    .map(|(r, &result)| Slot::Word(reduce::identity(r.reduction, self.func.scalar(result))))
                    .collect();
                self.set(&lanes.results, [Slot::Word(Word::I64(0))].into_iter().chain(identities));
            }
            Node::If { condition, then, otherwise, results } => {
                match self.region(if self.holds(*condition) { then } else { otherwise })? {
                    Flow::Yield(slots) => self.set(results, slots),
                    flow => return Ok(Some(flow)),
                }
            }
            Node::For { start, stop, step, carried, body, results } => {
                let [start, stop, step] = [start, stop, step].map(|&value| self.number(value));
                let mut number = start;
                let numbers = (0..trips(start, stop, step)).map(|_| {
                    let slot = Slot::Word(Word::I64(number));
                    number = number.wrapping_add(step);
                    Some(slot)
                });
                return self.repeat(numbers, carried, body, results);
            }
            Node::Loop { carried, body, results } => {
                return self.repeat(std::iter::repeat(None), carried, body, results);
            }
        }
        Ok(None)
    }

    /// Trips of a loop, each with its number if it has one.
    fn repeat(
        &mut self,
        numbers: impl Iterator<Item = Option<Slot>>,
        carried: &[Value],
        body: &Region,
        results: &Values,
    ) -> Result<Option<Flow>, Stop> {
        let mark = self.run.heap.mark();
        let mut carried = self.slots(carried);
        for number in numbers {
            self.set(&body.params, number.into_iter().chain(carried));
            carried = match self.region(body)? {
                Flow::Yield(slots) | Flow::Continue(0, slots) => slots,
                Flow::Break(0, slots) => {
                    carried = slots;
                    break;
                }
                Flow::Break(depth, slots) => return Ok(Some(Flow::Break(depth - 1, slots))),
                Flow::Continue(depth, slots) => return Ok(Some(Flow::Continue(depth - 1, slots))),
            };
            self.run.release(mark, &carried);
            if self.run.cancel.load(Ordering::Relaxed) {
                return Err(Stop::Cancelled);
            }
        }
        self.set(results, carried);
        Ok(None)
    }

    fn inst(&self, inst: &Inst, ty: Type) -> Slot {
        match inst {
            Inst::Const(bits) => {
                Slot::Word(Word::from_bits(ty.scalar().expect("the verifier saw a single value"), *bits))
            }
            Inst::Op(op, operands) => {
                let words = operands.map(|operand| match operand.index() < self.values.len() {
                    true => self.word(operand),
                    false => Word::Bool(false),
                });
                let ty = ty.scalar().expect("the verifier saw a single value");
                Slot::Word(math::value(*op, ty, &words[..op.arity()]))
            }
            Inst::Length(array, axis) => Slot::Word(Word::I64(self.array(*array).0.lengths[*axis as usize])),
            Inst::Stride(array, axis) => Slot::Word(Word::I64(self.array(*array).0.strides[*axis as usize])),
            Inst::Load(array, component, indices) => {
                let (at, ty) = self.component(*array, *component, indices);
                // SAFETY: the element is within an array of the caller's, who promised it, or of the heap's.
                Slot::Word(unsafe { read(at, ty.dtype()) }.word().expect("a component is one value"))
            }
            Inst::View { array, starts, axes } => {
                let axis = |axis: &Axis| {
                    (self.number(axis.length), axis.along.map(|(at, step)| (at, self.number(step))))
                };
                let axes: SmallVec<[_; 4]> = axes.iter().map(axis).collect();
                Slot::Array(self.array(*array).0.view(&self.numbers(starts), &axes))
            }
            Inst::Scratch(_) => unreachable!("the node makes it"),
            Inst::Reshape(array, lengths) => {
                let (array, dtype) = self.array(*array);
                let shaped = Descriptor::contiguous(array.base, dtype, self.numbers(lengths));
                assert_eq!(shaped.elements(), array.elements(), "another shape has as many elements");
                let flat = Descriptor::contiguous(array.base, dtype, array.lengths.clone());
                assert!(array.elements() < 2 || flat.reaches_as(array), "{array:?} is not contiguous");
                Slot::Array(shaped)
            }
        }
    }
}

impl Descriptor {
    /// Whether two arrays of one shape have the same elements in the same places.
    fn reaches_as(&self, other: &Descriptor) -> bool {
        let axes = self.lengths.iter().zip(self.strides.iter().zip(&other.strides));
        axes.into_iter().all(|(&n, (a, b))| n == 1 || a == b)
    }
}

/// What threads could share, one after the other.
fn alone(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).for_each(work);
}

/// How many numbers a range of Python has; none for a step of 0.
fn trips(start: i64, stop: i64, step: i64) -> u64 {
    let distance = match step {
        _ if step > 0 && start < stop => stop.wrapping_sub(start) as u64,
        _ if step < 0 && start > stop => start.wrapping_sub(stop) as u64,
        _ => return 0,
    };
    distance.div_ceil(step.unsigned_abs())
}
