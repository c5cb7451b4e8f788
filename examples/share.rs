//! One kernel, many threads: kernels are `Send + Sync` and cheap to clone.

use std::thread;

use brolga::{Arg, DType, Engine, Scalar, Type};

fn main() -> brolga::Result<()> {
    // Each caller brings its own thread, so the engine needs no more.
    let engine = Engine::builder().threads(1).build()?;
    let types = [("x", Type::Array(DType::Float64)), ("t", Type::Scalar(DType::Float64))];
    let kernel = engine.compile("sum(where(x > t, x - t, 0)) / x.sum()", &types)?;
    let x: Vec<f64> = (0..100_000).map(|i| f64::from(i % 1000) / 1000.0).collect();

    let shares = thread::scope(|scope| {
        let ask = |t: f64| {
            let (kernel, x) = (kernel.clone(), &x);
            scope.spawn(move || kernel.call(&[("x", Arg::from(x)), ("t", Arg::from(t))]))
        };
        let asked: Vec<_> = (0..4).map(|at| ask(f64::from(at) * 0.25)).collect();
        asked.into_iter().map(|thread| thread.join().expect("no call panics")).collect::<Vec<_>>()
    });
    for (at, share) in shares.into_iter().enumerate() {
        let Some(Scalar::Float64(share)) = share?[0].scalar() else { unreachable!("one float64") };
        println!("share of x above {:.2}: {share:.4}", at as f64 * 0.25);
    }
    Ok(())
}
