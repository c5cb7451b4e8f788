//! Random numbers of kernels: one stream for both back ends, its seed, and how the numbers are spread.

use brolga::{Array, Backend, Engine, LoopKernel, Returned, Scalar};

const TEXT: &str = "
import numpy as np
from numba import njit, prange

@njit
def drawn(seed, n):
    np.random.seed(seed)
    a = np.random.random(n)
    b = np.random.normal(2.0, 3.0, n)
    c = np.random.randint(-3, 4, size=n)
    d = np.random.uniform(-1, 5, (n,))
    e = np.random.rand(n, 2)
    f = np.random.standard_normal()
    return a, b, c, d, e, f, np.random.randint(5)

@njit
def monte_carlo_pi(n):
    acc = 0
    for i in range(n):
        x = np.random.random()
        y = np.random.random()
        if (x ** 2 + y ** 2) < 1.0:
            acc += 1
    return 4.0 * acc / n

@njit
def one():
    return np.random.random()

@njit(parallel=True)
def in_parallel(n):
    a = np.zeros(n)
    for i in prange(n):
        for j in range(i % 3):
            a[i] += np.random.random()
        a[i] += one()
    b = np.random.random()
    for i in prange(n):
        a[i] += 2.0 * np.random.random()
    return a, b

@njit
def through_a_call(seed):
    np.random.seed(seed)
    return one(), one(), np.random.random()

@njit
def refused(low, high):
    return np.random.randint(low, high)
";

fn kernel(backend: Backend, name: &str) -> LoopKernel {
    let engine = Engine::builder().threads(1).backend(backend).build().unwrap();
    engine.module(TEXT, "random.py").unwrap().kernel(name).unwrap()
}

fn call(backend: Backend, name: &str, args: &[Scalar]) -> Vec<Array> {
    let mut args: Vec<_> = args.iter().map(|&arg| arg.into()).collect();
    kernel(backend, name).call(&mut args).unwrap_or_else(|error| panic!("{error}")).into_arrays()
}

fn floats(array: &Array) -> Vec<f64> {
    (0..array.len())
        .map(|at| match array.get(at) {
            Scalar::Float64(value) => value,
            Scalar::Int64(value) => value as f64,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    (mean, (numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt())
}

#[test]
fn one_stream_for_all_back_ends() {
    for seed in [0, 1, -5] {
        let args = [Scalar::Int64(seed), Scalar::Int64(300)];
        let found = [Backend::Interp, Backend::Native].map(|backend| call(backend, "drawn", &args));
        let [interpreted, native] = &found;
        for (x, y) in interpreted.iter().zip(native) {
            assert!((0..x.len()).all(|at| x.get(at).same(y.get(at))), "{seed}: {x:?} {y:?}");
        }
    }
    let calls = [Backend::Interp, Backend::Native].map(|b| call(b, "through_a_call", &[Scalar::Int64(3)]));
    let numbers: Vec<f64> = calls[0].iter().flat_map(floats).collect();
    assert_eq!(numbers, calls[1].iter().flat_map(floats).collect::<Vec<_>>());
    assert!(numbers[0] != numbers[1] && numbers[1] != numbers[2]);
}

#[test]
fn streams_of_parallel_loops_do_not_depend_on_threads() {
    let n = 20_000;
    let of = |backend, threads| {
        let engine = Engine::builder().threads(threads).backend(backend).build().unwrap();
        let kernel = engine.module(TEXT, "random.py").unwrap().kernel("in_parallel").unwrap();
        let found = kernel.call(&mut [n.into()]).unwrap_or_else(|error| panic!("{error}"));
        found.into_arrays().iter().flat_map(floats).collect::<Vec<f64>>()
    };
    let one = of(Backend::Native, 1);
    assert!(one == of(Backend::Native, 2) && one == of(Backend::Native, 5));
    assert!(one == of(Backend::Interp, 1));
    let (mean, _) = mean_and_deviation(&one);
    assert!((mean - 2.0).abs() < 0.05, "{mean}");
    let mut sorted = one.clone();
    sorted.sort_by(f64::total_cmp);
    assert!(sorted.windows(2).all(|pair| pair[0] != pair[1]), "no number is drawn twice");
}

/// Of the published words of Philox 4x32-10 for a counter and a key of zeros.
#[test]
fn the_first_number_is_that_of_the_published_words() {
    let expected = (0xe169_c58d_6627_e8d5u64 >> 11) as f64 / (1u64 << 53) as f64;
    let found = call(Backend::Native, "one", &[]);
    assert_eq!(floats(&found[0]), [expected]);
}

#[test]
fn numbers_are_spread_as_their_distribution_says() {
    let n = 200_000;
    let found = call(Backend::Native, "drawn", &[Scalar::Int64(11), Scalar::Int64(n)]);
    let [random, normal, integers, uniform, pairs] = [0, 1, 2, 3, 4].map(|at| floats(&found[at]));
    // Beyond five times the deviation of the mean.
    let near = |found: f64, expected: f64, deviation: f64| {
        assert!((found - expected).abs() < 5.0 * deviation / (n as f64).sqrt(), "{found}, not {expected}");
    };
    for (numbers, mean, deviation) in [
        (&random, 0.5, 1.0 / 12f64.sqrt()),
        (&pairs, 0.5, 1.0 / 12f64.sqrt()),
        (&normal, 2.0, 3.0),
        (&integers, 0.0, 2.0),
        (&uniform, 2.0, 6.0 / 12f64.sqrt()),
    ] {
        let (m, d) = mean_and_deviation(numbers);
        near(m, mean, deviation);
        near(d, deviation, deviation);
    }
    assert!(random.iter().all(|x| (0.0..1.0).contains(x)));
    assert!(uniform.iter().all(|x| (-1.0..5.0).contains(x)));
    assert!((-3..4).all(|value| integers.contains(&f64::from(value))));
    assert!(integers.iter().all(|x| (-3.0..4.0).contains(x)));
    let beyond = normal.iter().filter(|x| (*x - 2.0).abs() > 6.0).count() as f64 / n as f64;
    assert!((beyond - 0.0455).abs() < 0.003, "{beyond}");
    // Neighbours have nothing to do with each other.
    let joint = random.windows(2).map(|pair| (pair[0] - 0.5) * (pair[1] - 0.5)).sum::<f64>() / n as f64;
    near(joint, 0.0, 1.0 / 12.0);
}

#[test]
fn a_monte_carlo_program_finds_pi() {
    let found = kernel(Backend::Native, "monte_carlo_pi").call(&mut [1_000_000.into()]).unwrap();
    let Returned::Scalar(Scalar::Float64(pi)) = found else { panic!("{found:?}") };
    assert!((pi - std::f64::consts::PI).abs() < 5.0 * 1.64e-3, "{pi}");
}

#[test]
fn no_integer_between_ends_is_an_error() {
    for backend in [Backend::Interp, Backend::Native] {
        let error = kernel(backend, "refused").call(&mut [4.into(), 4.into()]).unwrap_err();
        assert!(error.message().contains("no integer from 4 to before 4"), "{error}");
    }
}
