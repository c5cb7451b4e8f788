//! Warmed calls: one block in cache, a call on eight elements, and scaling over threads and sizes.

use brolga::{Arg, ArrayViewMut, DType, Engine, Type};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const PROGRAMS: &[(&str, &str)] = &[
    ("headline", "a**2 + b**2 + 2*a*b"),
    ("where", "where(a > b, a, b*2)"),
    ("axpby", "2*a + 3*b"),
    ("sum", "sum(a*b)"),
    ("centred", "a - mean(a)"),
];

/// One program over arrays of `size`, on `threads`.
fn call(c: &mut Criterion, group: &str, (name, source): (&str, &str), size: usize, threads: usize) {
    let engine = Engine::builder().threads(threads).build().expect("an engine");
    let array = Type::Array(DType::Float64);
    let kernel = engine.compile(source, &[("a", array), ("b", array)]).expect("compiles");
    let a: Vec<f64> = (0..size).map(|i| (i % 1013) as f64 / 1013.0).collect();
    let b: Vec<f64> = (0..size).map(|i| (i % 997) as f64 / 997.0).collect();
    let args = [("a", Arg::from(&a)), ("b", Arg::from(&b))];
    let mut out = vec![0.0; if kernel.results()[0].array { size } else { 1 }];
    let mut group = c.benchmark_group(group);
    group.throughput(Throughput::Elements(size as u64));
    group.bench_with_input(BenchmarkId::new(name, format!("{size} x{threads}")), &size, |bench, _| {
        bench.iter(|| kernel.call_into(&args, &mut [ArrayViewMut::from(out.as_mut_slice())]).expect("runs"));
    });
}

fn throughput(c: &mut Criterion) {
    for &program in PROGRAMS {
        call(c, "call of 8", program, 8, 1);
        call(c, "block", program, 16_384, 1);
    }
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    for &program in &PROGRAMS[..4] {
        for size in [1_000, 30_000, 1_000_000, 10_000_000] {
            for threads in [1, 2, 4, 8, 16].into_iter().filter(|&t| t <= cores) {
                call(c, "scaling", program, size, threads);
            }
        }
    }
}

criterion_group!(benches, throughput);
criterion_main!(benches);
