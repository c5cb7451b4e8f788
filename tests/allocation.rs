//! A warmed call into the caller's memory allocates nothing. A program of its own, because the
//! allocator is.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use brolga::{Arg, ArrayViewMut, DType, Engine, Type};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is handed on to the system's allocator as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // While a thread ends its counter may be gone, and nobody counts any more.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_warmed_call_allocates_nothing() {
    let engine = Engine::builder().threads(1).build().unwrap();
    let array = Type::Array(DType::Float64);
    let types =
        [("a", array), ("b", Type::Array(DType::Float32)), ("c", array), ("s", Type::Scalar(DType::Int32))];
    for source in [
        "a * b + s",
        "sum(a)",
        "a - mean(a)",
        "a * 2, sum(a * b), max(c) - min(c)",
        "where(a > 0, a, b) * c",
        "min(a), max(a), sum(b), prod(b)",
    ] {
        let kernel = engine.compile(source, &types).unwrap();
        for len in [1, 100, 40_001] {
            let (a, b) = (vec![1.5; len], vec![2.5f32; len]);
            let args =
                [("a", Arg::from(&a)), ("b", Arg::from(&b)), ("c", Arg::from(&a)), ("s", Arg::from(3i32))];
            let memory = || kernel.call(&args).unwrap();
            let mut results = memory();
            let mut views: Vec<ArrayViewMut<'_>> = results.iter_mut().map(|r| r.view_mut()).collect();
            kernel.call_into(&args, &mut views).unwrap();
            let before = ALLOCATIONS.get();
            for _ in 0..10 {
                kernel.call_into(&args, &mut views).unwrap();
            }
            assert_eq!(ALLOCATIONS.get() - before, 0, "{source}, {len} elements");
        }
    }
}
