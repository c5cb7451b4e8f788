//! Brolga inside a program of yours: compile once, call with your arrays, into your memory.

use brolga::{Arg, ArrayViewMut, DType, Engine, Type};

fn main() -> brolga::Result<()> {
    let engine = Engine::new()?;
    let array = Type::Array(DType::Float64);
    let kernel = engine.compile("a**2 + b**2 + 2*a*b", &[("a", array), ("b", array)])?;

    let a: Vec<f64> = (0..1000).map(f64::from).collect();
    let b = vec![0.5; 1000];
    let args = [("a", Arg::from(&a)), ("b", Arg::from(&b))];

    // Results into a new array …
    let results = kernel.call(&args)?;
    let first: &[f64] = results[0].as_slice().expect("the result is float64");
    assert_eq!(first[2], 6.25);

    // … or into memory of your own, without any allocation.
    let mut out = vec![0.0; 1000];
    kernel.call_into(&args, &mut [ArrayViewMut::from(&mut out)])?;
    assert_eq!(first, out);

    println!("(a + b)**2 of 1000 elements, the last is {}", out[999]);
    println!("compiled in {:?}: {:?}", kernel.stages().compile(), kernel.stages());

    // Wrong text is an error with carets, not a panic.
    let wrong = engine.compile("a + bb", &[("a", array), ("b", array)]);
    println!("\n{}", wrong.expect_err("`bb` is no name"));
    Ok(())
}
