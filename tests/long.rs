//! Programs as long as the limits allow: time to compile, and results.

mod common;

use std::time::{Duration, Instant};

use brolga::{Arg, Backend, DType, Engine, Type};
use common::quotients;

fn engine(backend: Backend) -> Engine {
    Engine::builder().threads(1).backend(backend).build().unwrap()
}

const TYPES: [(&str, Type); 2] = [("k", Type::Array(DType::Int64)), ("i", Type::Array(DType::Int64))];

#[test]
fn time_to_compile_is_linear_however_many_values_are_alive() {
    for backend in common::backends() {
        let time = |source: &str| {
            // An engine of its own has nothing in its cache.
            let engine = engine(backend);
            let start = Instant::now();
            engine.compile(source, &TYPES).unwrap();
            start.elapsed()
        };
        let (short, long) = (quotients(400), quotients(1600));
        // Four times the text takes four times as long; quadratic would be sixteen times. The machine may have
        // other work: the two take turns, and the best of each counts.
        let pairs: Vec<(Duration, Duration)> = (0..3).map(|_| (time(&short), time(&long))).collect();
        let short = pairs.iter().map(|pair| pair.0).min().unwrap();
        let long = pairs.iter().map(|pair| pair.1).min().unwrap();
        assert!(long < short * 9, "{backend}: {short:?} and {long:?}");
    }
}

#[test]
fn long_programs_give_the_same_on_every_back_end() {
    let count = 1200;
    let source = quotients(count);
    let k: Vec<i64> = (0..83).map(|at| at * at * 7919 - 100_000).collect();
    let i: Vec<i64> = (0..83).map(|at| at % 13 - 5).collect();
    let quotient = |at: usize, v: usize| {
        let (x, y) = (k[at], i[at] + v as i64 + 2);
        if y == 0 { 0 } else { x.div_euclid(y) - i64::from(y < 0 && x.rem_euclid(y) != 0) }
    };
    let expected: Vec<i64> = (0..k.len())
        .map(|at| (0..count).map(|v| quotient(at, v).wrapping_mul(quotient(at, count - 1 - v))).sum())
        .collect();
    for backend in common::backends() {
        let results = engine(backend).eval(&source, &[("k", Arg::from(&k)), ("i", Arg::from(&i))]).unwrap();
        assert_eq!(results[0].as_slice::<i64>(), Some(&expected[..]), "{backend}");
    }
}

/// The cost of an operation is about the same in a text of 1,000 terms and of 12,000.
#[test]
#[ignore = "measures time: cargo test --release --test long -- --ignored --nocapture"]
fn long_programs_run_without_a_cliff() {
    let a: Vec<f64> = (0..2000).map(|at| f64::from(at) / 2000.0).collect();
    let time = |terms: usize| {
        let source: Vec<_> = (0..terms).map(|at| format!("a*{}.5", at + 1)).collect();
        let kernel =
            engine(Backend::Native).compile(&source.join(" + "), &[("a", Type::Array(DType::Float64))]);
        let kernel = kernel.unwrap();
        let run = || {
            let start = Instant::now();
            kernel.call(&[("a", Arg::from(&a))]).unwrap();
            start.elapsed().as_secs_f64() * 1e9 / (a.len() * terms) as f64
        };
        (0..9).map(|_| run()).fold(f64::INFINITY, f64::min)
    };
    let times: Vec<_> = [1000, 3000, 6000, 12_000, 24_000].map(|terms| (terms, time(terms))).into();
    println!("terms, ns an element and term: {times:?}");
    assert!(times.iter().all(|(_, time)| *time < 1.3 * times[0].1));
}
