//! One call: arguments to words, words to results.
//!
//! Arrays that a kernel made, and returns, become the caller's; others that it returns are copied.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use smallvec::SmallVec;

use super::args::{CallArg, Returned};
use super::{Compiled, LoopKernel};
use crate::array::{self, Array, ArrayViewMut};
use crate::check::kernel::Type;
use crate::diag::{Error, ErrorKind, Result};
use crate::engine::Arg;
use crate::heap::Heap;
use crate::ir::func::{FuncId, Stop};
use crate::types::{Component, DType, Literal, Scalar, Word};
use crate::{exec, interp};

/// Calls that kernels may make within each other.
const MOST_CALLS: u32 = 1000;

type Words = SmallVec<[u64; 32]>;

pub(super) fn run(
    kernel: &LoopKernel,
    compiled: &Compiled,
    args: &mut [CallArg<'_>],
    cancel: &AtomicBool,
) -> Result<Returned> {
    check_written(kernel, compiled, args)?;
    let mut words = Words::new();
    for at in 0..compiled.params.len() {
        match args.get_mut(at) {
            Some(CallArg::Default) | None => {
                push_constant(&compiled.params[at], &mut words);
            }
            Some(arg) => push(arg, &mut words),
        }
    }
    let given = words.len();
    let results: usize = compiled.module.funcs[0].results.iter().map(|ty| ty.words()).sum();
    words.resize(given + results, 0);
    let left = AtomicUsize::new(kernel.module.0.pipeline.limits.memory);
    let mut heap = Heap::new(&left);
    let workers = exec::Threads(kernel.module.0.pool.as_deref());
    let entry = FuncId(0);
    let done = {
        let _floats = exec::Standard::set();
        match &compiled.code {
            // SAFETY: the words are those of the arguments, for whose types this was compiled, with room for the
            // results; arrays are borrowed for as long as the call, those that are written exclusively.
            Some(code) => unsafe { code.call(entry, &mut words, &mut heap, &workers, cancel, MOST_CALLS) },
            // SAFETY: as above.
            None => unsafe {
                interp::func::run(&compiled.module, entry, &mut words, &mut heap, cancel, MOST_CALLS)
            },
        }
    };
    match done {
        // Products of matrices leave out the rest when they see it.
        Ok(()) if cancel.load(Ordering::Relaxed) => {
            Err(Error::new(ErrorKind::Limit, "the call was cancelled"))
        }
        Ok(()) => {
            let mut reader = Reader { words: &words[given..], heap: &mut heap };
            Ok(reader.value(&compiled.result))
        }
        Err(Stop::Cancelled) => Err(Error::new(ErrorKind::Limit, "the call was cancelled")),
        Err(Stop::Site(site, shown)) => Err(compiled.module.sites[site.index()].error(&shown)),
    }
}

/// Refuses an array that is lent to be read where the kernel may write it.
fn check_written(kernel: &LoopKernel, compiled: &Compiled, args: &[CallArg<'_>]) -> Result<()> {
    let mut written = compiled.written.iter().copied();
    let params = kernel.function().params.iter().zip(&compiled.params);
    for (arg, (param, ty)) in args.iter().zip(params) {
        if let CallArg::Default = arg {
            let values = crate::lower::kernel::types(ty).len();
            written.by_ref().take(values).for_each(|_| ());
        } else if writes(arg, &mut written) {
            let message =
                format!("`{}` writes the array `{}`, which is lent to be read", kernel.name(), param.name);
            return Err(Error::new(ErrorKind::Argument, message).at(param.span, "written"));
        }
    }
    Ok(())
}

/// Whether a kernel writes what an argument lends to be read; `written` is of the values that it becomes.
fn writes(arg: &CallArg<'_>, written: &mut impl Iterator<Item = bool>) -> bool {
    match arg {
        CallArg::Tuple(items) => items.iter().fold(false, |any, item| writes(item, written) | any),
        CallArg::Write(_) => {
            written.next();
            false
        }
        // A complex number is two values.
        CallArg::Read(Arg::Scalar(value)) if value.dtype().is_complex() => {
            written.next();
            written.next() == Some(true)
        }
        CallArg::Read(Arg::Literal(Literal::Complex(_))) => {
            written.next();
            written.next() == Some(true)
        }
        CallArg::Read(_) => written.next() == Some(true),
        CallArg::Default => false,
    }
}

fn push(arg: &mut CallArg<'_>, words: &mut Words) {
    match arg {
        CallArg::Read(Arg::Array(view)) if view.shape().is_empty() => push_scalar(view.get(0), words),
        CallArg::Read(Arg::Array(view)) => {
            push_array(view.raw().first(), view.shape(), view.strides(), words);
        }
        CallArg::Read(Arg::Scalar(value)) => push_scalar(*value, words),
        CallArg::Read(Arg::Literal(value)) => push_literal(*value, words),
        CallArg::Write(view) => push_array(view.raw().first(), view.shape(), view.strides(), words),
        CallArg::Tuple(items) => items.iter_mut().for_each(|item| push(item, words)),
        CallArg::Default => unreachable!("a default is a parameter's"),
    }
}

fn push_array(first: *mut u8, shape: &[usize], strides: &[isize], words: &mut Words) {
    words.push(first.expose_provenance() as u64);
    words.extend(shape.iter().map(|&length| length as u64));
    words.extend(strides.iter().map(|&stride| stride as u64));
}

fn push_scalar(value: Scalar, words: &mut Words) {
    words.extend(Component::ALL.into_iter().filter_map(|c| value.component(c)).map(|word| word.to_bits()));
}

fn push_literal(value: Literal, words: &mut Words) {
    match value {
        Literal::Bool(value) => push_scalar(Scalar::Bool(value), words),
        // What is beyond int64 is an uint64.
        Literal::Int(value) => words.push(value as u64),
        Literal::Float(value) => push_scalar(Scalar::Float64(value), words),
        Literal::Complex(value) => push_scalar(Scalar::Complex128(value), words),
    }
}

fn push_constant(ty: &Type, words: &mut Words) {
    match ty {
        Type::Literal(value) => push_literal(*value, words),
        Type::Tuple(items) => items.iter().for_each(|item| push_constant(item, words)),
        _ => (),
    }
}

/// Takes results out of words.
struct Reader<'w, 'h> {
    words: &'w [u64],
    heap: &'w mut Heap<'h>,
}

impl Reader<'_, '_> {
    fn next(&mut self) -> u64 {
        let (first, rest) = self.words.split_first().expect("as many as the type has");
        self.words = rest;
        *first
    }

    fn value(&mut self, ty: &Type) -> Returned {
        match ty {
            Type::Number(dtype) => Returned::Scalar(self.scalar(*dtype)),
            Type::Array { dtype, rank } => Returned::Array(self.array(*dtype, *rank as usize)),
            Type::Tuple(items) => Returned::Tuple(items.iter().map(|item| self.value(item)).collect()),
            _ => Returned::None,
        }
    }

    fn scalar(&mut self, dtype: DType) -> Scalar {
        match dtype.register() {
            Some(ty) => Word::from_bits(ty, self.next()).scalar(),
            None => {
                let ty = dtype.component(Component::Real).expect("it is a pair");
                let [re, im] = [self.next(), self.next()].map(|bits| Word::from_bits(ty, bits));
                Scalar::of_parts(re, im)
            }
        }
    }

    fn array(&mut self, dtype: DType, rank: usize) -> Array {
        let first = self.next() as usize;
        let shape: SmallVec<[usize; 4]> = (0..rank).map(|_| self.next() as usize).collect();
        let strides: SmallVec<[isize; 4]> = (0..rank).map(|_| self.next() as isize).collect();
        // A whole array that the kernel made changes hands. Its elements stay where they are, so that other results
        // may lie in them.
        if let Some(made) = self.heap.take(first, dtype, &shape, &strides) {
            return made;
        }
        let mut copy = Array::zeros(dtype, &shape[..]).expect("as much memory as an array that is there");
        let first = std::ptr::with_exposed_provenance_mut(first);
        let to = copy.view_mut();
        let to = to.raw();
        // SAFETY: the kernel returned this array: it lies in its heap, in a result taken out of that before, or in an
        // argument, which is borrowed. The copy has the same shape.
        unsafe { copy_elements(dtype, &shape, (first, &strides), (to.first(), to.strides())) };
        copy
    }
}

/// Writes all elements of one array into another of the same shape.
///
/// # Safety
/// Both are there, each from its first element on by its strides, and nobody else looks at the second.
unsafe fn copy_elements(
    dtype: DType,
    shape: &[usize],
    (from, from_strides): (*mut u8, &[isize]),
    (to, to_strides): (*mut u8, &[isize]),
) {
    let count: usize = shape.iter().product();
    if array::is_contiguous(shape, from_strides, dtype.size())
        && array::is_contiguous(shape, to_strides, dtype.size())
    {
        // SAFETY: all elements lie one after the other in both.
        unsafe { std::ptr::copy(from, to, count * dtype.size()) };
        return;
    }
    let mut index: SmallVec<[usize; 4]> = smallvec::smallvec![0; shape.len()];
    let offset = |index: &[usize], strides: &[isize]| -> isize {
        index.iter().zip(strides).map(|(&i, &stride)| i as isize * stride).sum()
    };
    for _ in 0..count {
        let (from, to) = (
            from.wrapping_offset(offset(&index, from_strides)),
            to.wrapping_offset(offset(&index, to_strides)),
        );
        // SAFETY: the index is within the shape.
        unsafe { array::write(to, array::read(from, dtype)) };
        for (i, &length) in index.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < length {
                break;
            }
            *i = 0;
        }
    }
}

/// What arrays that a kernel may write hold, to be put back.
pub(super) struct Saved(Vec<Array>);

impl Saved {
    pub(super) fn of(args: &mut [CallArg<'_>]) -> Result<Saved> {
        let mut saved = Vec::new();
        each_written(args, &mut |view| {
            let mut copy = Array::zeros(view.dtype(), view.shape())?;
            let (from, shape) = (view.raw(), view.shape());
            let to = copy.view_mut();
            let to = to.raw();
            // SAFETY: the view is lent exclusively; the copy is new, and of its shape.
            unsafe {
                copy_elements(
                    view.dtype(),
                    shape,
                    (from.first(), from.strides()),
                    (to.first(), to.strides()),
                );
            }
            saved.push(copy);
            Ok(())
        })?;
        Ok(Saved(saved))
    }

    /// Puts it back into the arguments that it is of.
    pub(super) fn put_back(&mut self, args: &mut [CallArg<'_>]) -> Result<()> {
        let mut saved = self.0.iter_mut();
        each_written(args, &mut |view| {
            let from = saved.next().expect("a copy for each").view_mut();
            let (from, to) = (from.raw(), view.raw());
            // SAFETY: the view is lent exclusively, and the copy has its shape.
            unsafe {
                copy_elements(
                    view.dtype(),
                    view.shape(),
                    (from.first(), from.strides()),
                    (to.first(), to.strides()),
                );
            }
            Ok(())
        })
    }
}

fn each_written(
    args: &mut [CallArg<'_>],
    f: &mut dyn FnMut(&mut ArrayViewMut<'_>) -> Result<()>,
) -> Result<()> {
    args.iter_mut().try_for_each(|arg| match arg {
        CallArg::Write(view) => f(view),
        CallArg::Tuple(items) => each_written(items, f),
        CallArg::Read(_) | CallArg::Default => Ok(()),
    })
}
