//! The kernels of `examples/kernels`, each held to what it is known to find.

use brolga::{Array, CallArg, Engine, Returned, Scalar};

fn call(file: &str, name: &str, args: &mut [CallArg<'_>]) -> Returned {
    let path = format!("{}/examples/kernels/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let engine = Engine::builder().threads(2).build().unwrap();
    let kernel = engine.module(&text, file).unwrap_or_else(|e| panic!("{e}")).kernel(name).unwrap();
    kernel.call(args).unwrap_or_else(|error| panic!("{error}"))
}

fn number(scalar: Scalar) -> f64 {
    match scalar {
        Scalar::Float64(value) => value,
        Scalar::Int64(value) => value as f64,
        Scalar::UInt8(value) => value.into(),
        other => panic!("{other:?}"),
    }
}

fn numbers(returned: Returned) -> Vec<f64> {
    let arrays = returned.into_arrays();
    arrays.iter().flat_map(|array| (0..array.len()).map(|at| number(array.get(at)))).collect()
}

#[test]
fn pi_two_ways() {
    let midpoint = numbers(call("midpoint.py", "pi", &mut [100_000.into()]));
    assert!((midpoint[0] - std::f64::consts::PI).abs() < 1e-10, "{midpoint:?}");
    let darts = numbers(call("monte_carlo.py", "pi", &mut [400_000.into(), 1.into()]));
    assert!((darts[0] - std::f64::consts::PI).abs() < 0.015, "{darts:?}");
}

#[test]
fn mandelbrot() {
    let steps = numbers(call("mandelbrot.py", "mandelbrot", &mut [40.into(), 60.into(), 100.into()]));
    // Zero does not escape, the corner does at once; the set covers 1.506 of the 6 units.
    assert_eq!((steps[20 * 60 + 40], steps[0]), (100.0, 0.0));
    let area = steps.iter().filter(|&&step| step == 100.0).count() as f64 / 2400.0 * 6.0;
    assert!((area - 1.506).abs() < 0.15, "{area}");
}

#[test]
fn jacobi() {
    let n = 30;
    let plate = numbers(call("jacobi.py", "plate", &mut [(n as i64).into(), 1e-6.into()]));
    for i in 1..n - 1 {
        for j in 1..n - 1 {
            let at = |i: usize, j: usize| plate[i * n + j];
            let mean = 0.25 * (at(i - 1, j) + at(i + 1, j) + at(i, j - 1) + at(i, j + 1));
            assert!((at(i, j) - mean).abs() < 1e-5);
            assert!((at(i, j) - at(i, n - 1 - j)).abs() < 1e-9, "left and right are alike");
        }
    }
}

#[test]
fn nbody() {
    let args = &mut [20.into(), 200.into(), 1e-3.into(), 1.into()];
    let [before, after] = numbers(call("nbody.py", "simulate", args))[..] else { panic!("two energies") };
    assert!(before < 0.0 && ((after - before) / before).abs() < 1e-5, "{before} {after}");
}

#[test]
fn product() {
    let a = Array::from_vec((0..600).map(|i| f64::from(i % 17) - 8.0).collect(), [20, 30]).unwrap();
    let b = Array::from_vec((0..1200).map(|i| f64::from(i % 13) - 6.0).collect(), [30, 40]).unwrap();
    let loops = numbers(call("product.py", "loops", &mut [(&a).into(), (&b).into()]));
    assert_eq!(loops, numbers(call("product.py", "product", &mut [(&a).into(), (&b).into()])));
    let first: f64 = (0..30).map(|k| number(a.get(k)) * number(b.get(40 * k))).sum();
    assert_eq!((loops.len(), loops[0]), (800, first));
}

#[test]
fn histogram() {
    let x =
        Array::from_vec((0..1000).map(|i| f64::from(i) / 500.0 - 0.5).collect::<Vec<f64>>(), 1000).unwrap();
    let counts =
        numbers(call("histogram.py", "histogram", &mut [(&x).into(), 4.into(), 0.0.into(), 1.0.into()]));
    assert_eq!(counts, [125.0; 4]);
}

#[test]
fn life() {
    // A glider is itself after four generations, one place further down and to the right.
    let glider = [(0, 1), (1, 2), (2, 0), (2, 1), (2, 2)];
    let mut cells = vec![0u8; 64];
    glider.iter().for_each(|(i, j)| cells[8 * i + j] = 1);
    let cells = Array::from_vec(cells, [8, 8]).unwrap();
    let after = numbers(call("life.py", "life", &mut [(&cells).into(), 4.into()]));
    let alive: Vec<usize> = (0..64).filter(|&at| after[at] != 0.0).collect();
    assert_eq!(alive, glider.map(|(i, j)| 8 * (i + 1) + j + 1));
    let soup = numbers(call("life.py", "soup", &mut [30.into(), 20.into(), 1.into()]));
    assert!(soup.iter().any(|&cell| cell != 0.0) && soup.iter().all(|&cell| cell == 0.0 || cell == 1.0));
}
