#![cfg(test)]
use super::clif::*;
use crate::dtype::*;
use crate::ir::*;
use crate::op::*;
fn headline() -> Program {
    let mut b = Body::default();
    let f = DType::Float64;
    let a = b.push(Inst::Load(ArrayId(0)), f);
    let a2 = b.push(Inst::op(Op::Mul, &[a, a]), f);
    let c = b.push(Inst::Load(ArrayId(1)), f);
    let c2 = b.push(Inst::op(Op::Mul, &[c, c]), f);
    let s = b.push(Inst::op(Op::Add, &[a2, c2]), f);
    let two = b.push(Inst::Const(2f64.to_bits()), f);
    let t = b.push(Inst::op(Op::Mul, &[two, a]), f);
    let t2 = b.push(Inst::op(Op::Mul, &[t, c]), f);
    let r = b.push(Inst::op(Op::Add, &[s, t2]), f);
    Program {
        arrays: vec![Array { name: "a".into(), dtype: f }, Array { name: "b".into(), dtype: f }],
        uniforms: vec![],
        outputs: vec![Output { dtype: f, extent: Extent::Elements }],
        loops: vec![Loop {
            extent: Extent::Elements,
            body: b,
            stores: vec![(OutputId(0), r)],
            reduces: vec![],
        }],
        guards: vec![],
    }
}
#[test]
fn time() {
    let p = headline();
    verify(&p).unwrap();
    let c = Compiler::new().unwrap();
    for lanes in [None, Some(1), Some(2), Some(4), Some(8), Some(16)] {
        for opt in [false, true] {
            let t = Tuning { lanes, clif_optimize: opt };
            let mut best = vec![];
            for _ in 0..200 {
                let s = std::time::Instant::now();
                let k = c.compile(&p, t, None).unwrap();
                best.push(s.elapsed());
                drop(k);
            }
            best.sort();
            let k = c.compile(&p, t, None).unwrap();
            let n = 30000;
            let x: Vec<f64> = (0..n).map(|i| i as f64 * 0.5).collect();
            let y = x.clone();
            let mut o = vec![0f64; n];
            let l = &k.loops()[0];
            let m = n / l.step * l.step;
            let mut rt = vec![];
            for _ in 0..2000 {
                let s = std::time::Instant::now();
                unsafe {
                    l.call(&[x.as_ptr() as *mut u8, y.as_ptr() as *mut u8, o.as_mut_ptr() as *mut u8], &[], m)
                };
                rt.push(s.elapsed());
            }
            rt.sort();
            println!(
                "{lanes:?} opt {opt}: {:?} min {:?}; run {:?} = {:.3} ns/el",
                best[100],
                best[0],
                rt[1000],
                rt[1000].as_nanos() as f64 / n as f64
            );
        }
    }
    let mut l = Listing::default();
    c.compile(&p, Tuning::default(), Some(&mut l)).unwrap();
    println!("{}\n{}", l.clif, l.asm);
}
