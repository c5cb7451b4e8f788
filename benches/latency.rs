//! Compile latency: text to native code, and each stage of it, without a cache.

use std::hint::black_box;
use std::time::Duration;

use brolga::{DType, Engine, StageTimes, Type};
use criterion::{Criterion, criterion_group, criterion_main};

fn products(terms: usize) -> String {
    let term = |k: usize| format!("{}*a*b", k + 1);
    (0..terms).map(term).collect::<Vec<_>>().join(" + ")
}

type Stage = (&'static str, fn(&StageTimes) -> Duration);

const STAGES: &[Stage] = &[
    ("parse", |s| s.parse),
    ("check", |s| s.check),
    ("lower", |s| s.lower),
    ("optimize", |s| s.optimize),
    ("codegen", |s| s.codegen),
    ("compile", |s| s.compile()),
];

fn latency(c: &mut Criterion) {
    let engine = Engine::builder().threads(1).cache(0).build().expect("an engine");
    let array = Type::Array(DType::Float64);
    let types = [("a", array), ("b", array)];
    let programs = [
        ("headline", "a**2 + b**2 + 2*a*b".to_string()),
        ("where", "where(a > b, a, b*2)".to_string()),
        ("reduction", "sum(a*b)".to_string()),
        ("two loops", "a - mean(a)".to_string()),
        ("50 products", products(50)),
    ];
    for (name, source) in &programs {
        let mut group = c.benchmark_group(format!("latency/{name}"));
        for (stage, time) in STAGES {
            group.bench_function(*stage, |b| {
                b.iter_custom(|times| {
                    let once =
                        || time(&engine.compile(black_box(source), &types).expect("compiles").stages());
                    (0..times).map(|_| once()).sum()
                });
            });
        }
    }
}

criterion_group!(benches, latency);
criterion_main!(benches);
