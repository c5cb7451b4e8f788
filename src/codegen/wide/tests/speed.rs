//! Times, for people: run with `--ignored --nocapture` in release.

use std::sync::Arc;

use std::time::Instant;

use super::programs;
use crate::codegen::partials::Partials;
use crate::codegen::{Compiler, Listing, Tuning, Wide};
use crate::ir::*;
use crate::ops::{Op, Reduction};
use crate::reduce::BLOCK;
use crate::types::{Component, Ty};

const F: Ty = Ty::F64;

fn cases() -> Vec<(&'static str, Program)> {
    let load2 = || {
        let mut b = Body::default();
        let x = b.push(Inst::Load(ViewId(0), Component::Whole), F);
        let y = b.push(Inst::Load(ViewId(1), Component::Whole), F);
        (b, x, y)
    };
    let constant = |b: &mut Body, v: f64| b.push(Inst::Const(v.to_bits()), F);
    let (mut b, x, y) = load2();
    let (two, three) = (constant(&mut b, 2.0), constant(&mut b, 3.0));
    let p = b.push(Inst::op(Op::Mul, &[two, x]), F);
    let q = b.push(Inst::op(Op::Mul, &[three, y]), F);
    let r = b.push(Inst::op(Op::Add, &[p, q]), F);
    let linear = programs::program(b, &[F, F], &[r], &[]);
    let (mut b, x, y) = load2();
    let two = constant(&mut b, 2.0);
    let c = b.push(Inst::op(Op::Gt, &[x, y]), Ty::Bool);
    let t = b.push(Inst::op(Op::Mul, &[two, y]), F);
    let r = b.push(Inst::op(Op::Select, &[c, x, t]), F);
    let choose = programs::program(b, &[F, F], &[r], &[]);
    let (mut b, x, y) = load2();
    let r = b.push(Inst::op(Op::Mul, &[x, y]), F);
    let dot = programs::program(b, &[F, F], &[], &[(Reduction::Sum, r)]);
    let mut b = Body::default();
    let x = b.push(Inst::Load(ViewId(0), Component::Whole), F);
    let mut r = constant(&mut b, 0.1);
    for k in 1..=10 {
        let c = constant(&mut b, 0.1 + k as f64);
        r = b.push(Inst::op(Op::Fma, &[r, x, c]), F);
    }
    let horner = programs::program(b, &[F], &[r], &[]);
    let mut b = Body::default();
    let x = b.push(Inst::Load(ViewId(0), Component::Whole), F);
    let mut kept = vec![x];
    for k in 0..60 {
        let c = constant(&mut b, 0.01 * k as f64);
        let far = kept[kept.len() * 3 / 7];
        kept.push(b.push(Inst::op(Op::Fma, &[kept[kept.len() - 1], c, far]), F));
    }
    let last = *kept.last().unwrap();
    let long = programs::program(b, &[F], &[last], &[]);
    // The operations of exp(-a * a), but for the last scaling.
    let mut b = Body::default();
    let x = b.push(Inst::Load(ViewId(0), Component::Whole), F);
    let x = b.push(Inst::op(Op::Mul, &[x, x]), F);
    let scale = constant(&mut b, -std::f64::consts::LOG2_E);
    let k = b.push(Inst::op(Op::Mul, &[x, scale]), F);
    let k = b.push(Inst::op(Op::Rint, &[k]), F);
    let (high, low) = (constant(&mut b, 0.693), constant(&mut b, 1e-9));
    let r = b.push(Inst::op(Op::Fma, &[k, high, x]), F);
    let r = b.push(Inst::op(Op::Fma, &[k, low, r]), F);
    let mut p = constant(&mut b, 0.1);
    for at in 0..12 {
        let c = constant(&mut b, 0.2 + f64::from(at));
        p = b.push(Inst::op(Op::Fma, &[p, r, c]), F);
    }
    let e = b.push(Inst::op(Op::Mul, &[p, k]), F);
    let exp = programs::program(b, &[F], &[e], &[]);
    vec![
        ("long", long),
        ("exp", exp),
        ("headline", programs::headline()),
        ("2a+3b", linear),
        ("where", choose),
        ("sum(a*b)", dot),
        ("horner10", horner),
    ]
}

#[test]
#[ignore = "a measurement"]
fn times() {
    for (name, p) in cases() {
        for wide in [Wide::No, Wide::Bits256, Wide::Bits512] {
            let Ok(c) = Compiler::new(wide) else { continue };
            if c.compile(&Arc::new(p.clone()), Tuning::default(), None).is_err() {
                continue;
            }
            let t = Tuning::default();
            let mut took = vec![];
            for _ in 0..400 {
                let s = Instant::now();
                let k = c.compile(&Arc::new(p.clone()), t, None).unwrap();
                took.push(s.elapsed());
                drop(k);
            }
            took.sort();
            let k = c.compile(&Arc::new(p.clone()), t, None).unwrap();
            let mut line = format!("{name:10} {wide:?}: compile {:?}", took[200]);
            for n in [30_000usize, 1_000, 10_000_000] {
                let mut x: Vec<f64> = vec![0.0; n + 8];
                let off = x.as_ptr().align_offset(64);
                for (i, v) in x.iter_mut().enumerate() {
                    *v = i as f64 * 1e-6;
                }
                let y = x.clone();
                let yoff = y.as_ptr().align_offset(64);
                let mut o = vec![0f64; n + 16];
                let ooff = o.as_ptr().align_offset(64);
                let mut partials = Partials::new(Reduction::Sum, F);
                let l = &k.loops()[0];
                let m = n / l.step * l.step;
                let mut streams = vec![x[off..].as_ptr() as *mut u8];
                if l.views.len() > 1 {
                    streams.push(y[yoff..].as_ptr() as *mut u8);
                }
                if l.reduces.is_empty() {
                    streams.push(o[ooff..].as_mut_ptr().cast());
                }
                // Partials are those of a block.
                let most = if l.reduces.is_empty() { m } else { BLOCK };
                let mut run = |streaming: bool| {
                    let mut took = vec![];
                    for _ in 0..(60_000_000 / n).clamp(9, 3000) {
                        let s = Instant::now();
                        for start in (0..m).step_by(most) {
                            let mut pointers: Vec<_> =
                                streams.iter().map(|at| at.wrapping_add(start * 8)).collect();
                            if !l.reduces.is_empty() {
                                partials.begin();
                                pointers.push(std::ptr::from_mut(&mut partials).cast());
                            }
                            let elements = most.min(m - start);
                            // SAFETY: the arrays have so many elements, and the result is aligned.
                            unsafe {
                                match streaming {
                                    false => l.call(&pointers, &[], elements),
                                    true => l.call_streaming(&pointers, &[], elements),
                                }
                            }
                        }
                        took.push(s.elapsed());
                    }
                    took.sort();
                    took[took.len() / 2].as_nanos() as f64 / m as f64
                };
                line += &format!("; {n}: {:.3} ns", run(false));
                if n > 1_000_000 && l.streams() {
                    line += &format!(" (streaming {:.3})", run(true));
                }
            }
            println!("{line}");
            if std::env::var_os("ASM").is_some() && wide != Wide::No {
                let mut l = Listing::default();
                c.compile(&Arc::new(p.clone()), t, Some(&mut l)).unwrap();
                println!("{}", l.asm);
            }
        }
    }
}

/// What it costs that arrays lie across cache lines.
#[test]
#[ignore = "a measurement"]
fn alignment() {
    for wide in [Wide::Bits256, Wide::Bits512] {
        let Ok(c) = Compiler::new(wide) else { return };
        let k = c.compile(&Arc::new(programs::headline()), Tuning::default(), None).unwrap();
        let l = &k.loops()[0];
        for n in [960usize, 30_016] {
            let mut memory = [0; 3].map(|_| vec![1.0f64; n + 16]);
            let pointers = memory.each_mut().map(|a| {
                let skip = a.as_ptr().align_offset(64);
                a[skip..].as_mut_ptr()
            });
            for offsets in [[0, 0, 0], [2, 2, 0], [0, 0, 2], [2, 2, 2], [2, 4, 6]] {
                // SAFETY: a few elements more than these are there.
                let pointers = [0, 1, 2].map(|k| unsafe { pointers[k].add(offsets[k]).cast::<u8>() });
                let mut best = f64::MAX;
                for _ in 0..3000 {
                    let s = Instant::now();
                    // SAFETY: the arrays have so many elements.
                    unsafe { l.call(&pointers, &[], n) };
                    best = best.min(s.elapsed().as_nanos() as f64 / n as f64);
                }
                println!("{wide:?} {n} {offsets:?}: {best:.3} ns an element");
            }
        }
    }
}

/// Where streaming stores begin to pay.
#[test]
#[ignore = "a measurement"]
fn streaming() {
    let Ok(c) = Compiler::new(Wide::Best) else { return };
    let k = c.compile(&Arc::new(programs::headline()), Tuning::default(), None).unwrap();
    let l = &k.loops()[0];
    for n in [100_000usize, 200_000, 400_000, 800_000, 1_600_000, 3_200_000, 10_000_000, 30_000_000] {
        let mut memory = [n, n, n + 8].map(|n| crate::Array::zeros(F.dtype(), [n]).unwrap());
        let pointers = memory.each_mut().map(|a| {
            let slice = a.as_mut_slice::<f64>().unwrap();
            slice.iter_mut().enumerate().for_each(|(i, x)| *x = i as f64);
            slice.as_mut_ptr().cast::<u8>()
        });
        let [x, y, o] = pointers;
        // SAFETY: the result has eight elements more than are written.
        let pointers = [x, y, unsafe { o.add(o.align_offset(64)) }];
        let mut best = [f64::MAX; 2];
        for _ in 0..(100_000_000 / n).max(10) {
            for streaming in [false, true] {
                let s = Instant::now();
                // SAFETY: the arrays have so many elements, and the result is aligned.
                unsafe {
                    match streaming {
                        false => l.call(&pointers, &[], n / 64 * 64),
                        true => l.call_streaming(&pointers, &[], n / 64 * 64),
                    }
                }
                let ns = s.elapsed().as_nanos() as f64 / n as f64;
                best[usize::from(streaming)] = best[usize::from(streaming)].min(ns);
            }
        }
        println!("{n}: plain {:.3}, streaming {:.3} ns an element", best[0], best[1]);
    }
}
