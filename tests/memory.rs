//! Kernels that nobody holds give their memory back. A program of its own, so that no other test
//! moves the figure.
#![cfg(target_os = "linux")]

mod common;

use brolga::{Arg, DType, Engine, Type};

/// Bytes of this process that lie in memory.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// Compiles, calls and drops `count` kernels, no two of them alike; growth after the first tenth.
fn growth(count: usize) -> usize {
    let engine = Engine::builder().threads(1).cache(10).build().unwrap();
    let a = [1.0, 2.0, 3.0];
    let mut warmed = 0;
    for k in 0..count {
        let source = format!("sum(a * {k}) + a / {k}.5");
        let kernel = engine.compile(&source, &[("a", Type::Array(DType::Float64))]).unwrap();
        let found = kernel.call(&[("a", Arg::from(&a))]).unwrap();
        assert_eq!(found[0].get(0).to_string(), format!("{:?}", 6.0 * k as f64 + 1.0 / (k as f64 + 0.5)));
        if k == count / 10 {
            warmed = resident();
        }
    }
    resident().saturating_sub(warmed)
}

#[test]
fn dropped_kernels_free_their_memory() {
    // A page for each kernel would be 18 MB.
    let grown = growth(5_000);
    assert!(grown < 3 << 20, "grew by {grown} bytes");
}

/// The most bytes of this process that ever lay in memory.
fn peak() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[test]
fn a_long_text_compiles_in_modest_memory() {
    let source = common::quotients(3000);
    let before = resident();
    let integers = Type::Array(DType::Int64);
    Engine::new().unwrap().compile(&source, &[("k", integers), ("i", integers)]).unwrap();
    let taken = peak().saturating_sub(before);
    // As one function, these 94 KB took 90 MiB.
    assert!(taken < 45 << 20, "took {taken} bytes");
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_thousand_kernels() {
    let grown = growth(100_000);
    assert!(grown < 8 << 20, "grew by {grown} bytes");
}
