//! Code of functions against the interpreter: random functions, to the bit.

mod speed;

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::{Duration, Instant};

use smallvec::smallvec;

use crate::array::read;
use crate::codegen::function::Alone;
use crate::codegen::{Compiler, Tuning, Wide};
use crate::diag::{ErrorKind, Span};
use crate::heap::Heap;
use crate::interp;
use crate::ir::func::{Builder, End, Func, FuncId, Module, Site, SiteId, Stop, Type, verify};
use crate::ops::{Op, Primitives as _};
use crate::opt;
use crate::options::FpMode;
use crate::random::Random;
use crate::random::func::{Arguments, module};
use crate::types::{Component, DType, Ty, Word};

const LIMIT: usize = 1 << 20;
const DEPTH: u32 = 100;

/// What a run left: its results or where it stopped, and all elements of the arguments' buffers.
type Left = (Result<Vec<Word>, Stop>, Vec<Word>);

fn run(
    module: &Module,
    seed: u64,
    call: impl FnOnce(FuncId, &mut [u64], &mut Heap<'_>) -> Result<(), Stop>,
) -> Left {
    let func = FuncId(module.funcs.len() as u32 - 1);
    let mut memory = Arguments::new(&mut Random(seed), &module.funcs[func.index()]);
    let left = AtomicUsize::new(LIMIT);
    let mut heap = Heap::new(&left);
    let mut words = memory.words();
    let ended = call(func, &mut words, &mut heap);
    // SAFETY: the heap and the buffers are still there.
    let ended = ended.map(|()| unsafe { results(&module.funcs[func.index()], &words) });
    (ended, memory.elements())
}

/// The results of a call, as words and the elements of arrays.
///
/// # Safety
/// `words` are those of a call of `func` that ended well, and its arrays are still there.
unsafe fn results(func: &Func, words: &[u64]) -> Vec<Word> {
    let mut at: usize = func.params().map(Type::words).sum();
    let mut found = Vec::new();
    for ty in &func.results {
        let mine = &words[at..at + ty.words()];
        at += ty.words();
        let Some((dtype, rank)) = ty.array() else {
            found.push(Word::from_bits(ty.scalar().expect("no array"), mine[0]));
            continue;
        };
        let (lengths, strides) = mine[1..].split_at(rank);
        found.extend(lengths.iter().map(|&n| Word::U64(n)));
        let elements: u64 = lengths.iter().product();
        for number in 0..elements {
            let (mut rest, mut address) = (number, mine[0]);
            for (&n, &stride) in lengths.iter().zip(strides).rev() {
                address = address.wrapping_add((rest % n).wrapping_mul(stride));
                rest /= n;
            }
            for (component, ty) in dtype.components() {
                let address =
                    std::ptr::with_exposed_provenance::<u8>(address as usize + component.offset(dtype));
                // SAFETY: the caller promises that the element is there.
                found.push(unsafe { read(address, ty.dtype()) }.word().expect("one value"));
            }
        }
    }
    found
}

fn same(module: &Module, a: &Left, b: &Left) -> bool {
    let alike = |a: &[Word], b: &[Word]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(*b));
    let shown = |site: SiteId, bits: &[u64]| -> Vec<Word> {
        let types = &module.sites[site.index()].shown;
        types.iter().zip(bits).map(|(&ty, &bits)| Word::from_bits(ty, bits)).collect()
    };
    let ended = match (&a.0, &b.0) {
        (Ok(a), Ok(b)) => alike(a, b),
        (Err(Stop::Site(a, some)), Err(Stop::Site(b, others))) => {
            a == b && alike(&shown(*a, some), &shown(*b, others))
        }
        _ => false,
    };
    ended && alike(&a.1, &b.1)
}

/// Holds code of `compiled` to the interpreter of `module`. Gives whether the run came to its end.
fn agree(compiler: &Compiler, module: &Module, compiled: &Module, seed: u64) -> bool {
    let cancel = AtomicBool::new(false);
    let expected = run(module, seed, |func, words, heap| {
        // SAFETY: the words point into the buffers of `Arguments`.
        unsafe { interp::func::run(module, func, words, heap, &cancel, DEPTH) }
    });
    let code =
        compiler.compile_functions(compiled, Tuning::default(), None).expect("every function compiles");
    let found = run(module, seed, |func, words, heap| {
        // SAFETY: as above.
        unsafe { code.call(func, words, heap, &Alone, &cancel, DEPTH) }
    });
    assert!(same(module, &expected, &found), "seed {seed}: {found:?}\nnot {expected:?}\n{compiled}");
    expected.0.is_ok()
}

/// Random modules, each compiled as `prepare` makes it: so many, or for as long as BROLGA_FUZZ_SECONDS says.
fn agree_on(math: bool, count: u64, prepare: impl Fn(&mut Module)) {
    let compiler = Compiler::new(Wide::No).unwrap();
    let seconds = std::env::var("BROLGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (mut tried, mut ended) = (0, 0);
    while end.map_or(tried < count, |end| Instant::now() < end) {
        let seed = tried;
        let module = module(&mut Random(seed), math);
        verify(&module).unwrap_or_else(|what| panic!("seed {seed}: {what}\n{module}"));
        let mut prepared = module.clone();
        prepare(&mut prepared);
        ended += u64::from(agree(&compiler, &module, &prepared, seed));
        tried += 1;
    }
    assert!(ended > tried / 3 && ended < tried, "{ended} of {tried} came to their end");
}

#[test]
fn random_functions_give_the_interpreters_bits() {
    agree_on(false, 150, |_| {});
}

#[test]
fn random_functions_give_them_after_the_passes() {
    agree_on(true, 150, |module| opt::func::optimize(module, FpMode::Strict));
}

/// Runs the first function of `module`, which takes and gives an i64, on both back ends, which must agree.
#[track_caller]
fn both(module: &Module, arg: i64, limit: usize, cancel: bool) -> Result<i64, Stop> {
    verify(module).unwrap();
    let cancel = AtomicBool::new(cancel);
    let (mut interpreted, mut native) = ([arg as u64, 0], [arg as u64, 0]);
    let code = Compiler::new(Wide::No).unwrap().compile_functions(module, Tuning::default(), None).unwrap();
    let [left, others] = [limit; 2].map(AtomicUsize::new);
    let (mut heap, mut other) = (Heap::new(&left), Heap::new(&others));
    // SAFETY: no argument is an array.
    let (expected, found) = unsafe {
        (
            interp::func::run(module, FuncId(0), &mut interpreted, &mut heap, &cancel, DEPTH),
            code.call(FuncId(0), &mut native, &mut other, &Alone, &cancel, DEPTH),
        )
    };
    assert_eq!(found, expected);
    assert_eq!(heap.mark(), other.mark());
    expected?;
    assert_eq!(native, interpreted);
    Ok(native[1] as i64)
}

fn site(module: &mut Module, message: &str, shown: &[Ty]) -> SiteId {
    let (kind, message) = (ErrorKind::Limit, message.to_string());
    module.site(Site { span: Span::default(), kind, message, shown: shown.into() })
}

const NUMBER: Type = Type::Scalar(Ty::I64);

/// f(n) = 1 if n < 1, otherwise n * f(n - 1)
#[test]
fn calls_nest_as_deep_as_they_may() {
    let mut module = Module::default();
    let deep = site(&mut module, "calls nest too deep", &[]);
    let mut b = Builder::new("factorial", &[NUMBER], &[NUMBER]);
    let n = b.params()[0];
    let one = b.number(1, Ty::I64);
    let last = b.op(Op::Lt, &[n, one]);
    b.open(&[]);
    let then = b.close(End::Yield(smallvec![one]));
    b.open(&[]);
    let less = b.op(Op::Sub, &[n, one]);
    let rest = b.call(FuncId(0), &[less], &[NUMBER], deep)[0];
    let product = b.op(Op::Mul, &[n, rest]);
    let otherwise = b.close(End::Yield(smallvec![product]));
    let result = b.branch(last, then, otherwise);
    module.push(b.finish(End::Yield(result)));
    assert_eq!(both(&module, 10, 0, false), Ok(3628800));
    assert!(both(&module, i64::from(DEPTH), 0, false).is_ok());
    assert_eq!(both(&module, i64::from(DEPTH) + 1, 0, false), Err(Stop::Site(deep, smallvec![])));
}

#[test]
fn a_loop_without_end_is_cancelled() {
    let mut module = Module::default();
    let mut b = Builder::new("forever", &[NUMBER], &[NUMBER]);
    b.open(&[]);
    let body = b.close(End::Yield(smallvec![]));
    b.repeat(&[], body, &[]);
    module.push(b.finish(End::Never));
    assert_eq!(both(&module, 0, 0, true), Err(Stop::Cancelled));
}

/// Each trip makes an array and carries it to the next, which frees the one before: two at a time, however many trips.
#[test]
fn what_a_trip_does_not_hand_on_is_freed() {
    let mut module = Module::default();
    let memory = site(&mut module, "no memory for {} elements", &[Ty::I64]);
    let mut b = Builder::new("carry", &[NUMBER], &[NUMBER]);
    let n = b.params()[0];
    let [zero, one, size] = [0, 1, 100].map(|number| b.number(number, Ty::I64));
    let first = b.alloc(DType::Int64, &[size], memory);
    let params = b.open(&[NUMBER, b.ty(first)]);
    let made = b.alloc(DType::Int64, &[size], memory);
    let count = b.load(params[1], Component::Whole, &[zero]);
    let count = b.op(Op::Add, &[count, one]);
    b.store(made, Component::Whole, &[zero], count);
    let body = b.close(End::Yield(smallvec![made]));
    let last = b.range([zero, n, one], &[first], body)[0];
    let trips = b.load(last, Component::Whole, &[zero]);
    module.push(b.finish(End::Yield(smallvec![trips])));
    // One before the loop, one carried, one new.
    assert_eq!(both(&module, 1000, 2400, false), Ok(1000));
    assert_eq!(both(&module, 1000, 2399, false), Err(Stop::Site(memory, smallvec![100])));
    assert_eq!(both(&module, 0, 800, false), Ok(0));
}
