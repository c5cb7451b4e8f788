//! Times of kernels with loops, for people: run with `--ignored --nocapture` in release.
//!
//! The functions are as lowering makes them: every index and every divisor is checked.

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Instant;

use crate::codegen::function::Alone;
use crate::codegen::{Compiler, Listing, Tuning, Wide};
use crate::diag::{ErrorKind, Span};
use crate::heap::Heap;
use crate::ir::func::{Builder, End, FuncId, Module, Region, Site, SiteId, Type, Value, Values, verify};
use crate::ops::{Op, Primitives as _};
use crate::opt;
use crate::options::FpMode;
use crate::types::{Component, DType, Ty, Word};

const F: Ty = Ty::F64;
const I: Ty = Ty::I64;

/// Writes a function as lowering does.
struct Writer {
    b: Builder,
    module: Module,
    outside: SiteId,
    zero: SiteId,
    memory: SiteId,
}

type Step<'a> = &'a mut dyn FnMut(&mut Writer, &[Value]) -> Vec<Value>;

impl Writer {
    fn new(params: &[Type], results: &[Type]) -> Writer {
        let mut module = Module::default();
        let mut site = |kind, message: &str, shown: &[Ty]| {
            module.site(Site { span: Span::default(), kind, message: message.into(), shown: shown.into() })
        };
        let outside = site(ErrorKind::Index, "{} of {}", &[I, I]);
        let zero = site(ErrorKind::Value, "division by zero", &[]);
        let memory = site(ErrorKind::Limit, "memory", &[]);
        let mut b = Builder::new("kernel", params, results);
        let arrays = params.iter().enumerate().filter(|(_, ty)| ty.array().is_some());
        arrays.for_each(|(at, _)| b.adjacent(at));
        Writer { b, module, outside, zero, memory }
    }

    fn finish(mut self, results: &[Value]) -> Module {
        let func = self.b.finish(End::Yield(results.into()));
        self.module.push(func);
        self.module
    }

    fn int(&mut self, n: i64) -> Value {
        self.b.number(n, I)
    }

    fn float(&mut self, x: f64) -> Value {
        self.b.constant(Word::F64(x))
    }

    fn op(&mut self, op: Op, x: Value, y: Value) -> Value {
        self.b.op(op, &[x, y])
    }

    /// A division, whose divisor is not zero.
    fn divide(&mut self, op: Op, x: Value, y: Value) -> Value {
        let none = self.b.constant(Word::int(0, self.b.scalar(y)));
        let ok = self.op(Op::Ne, y, none);
        self.b.check(ok, self.zero, &[]);
        self.op(op, x, y)
    }

    fn places(&mut self, array: Value, indices: &[Value]) -> Vec<Value> {
        indices
            .iter()
            .enumerate()
            .map(|(axis, &index)| self.b.within(array, axis, index, self.outside))
            .collect()
    }

    fn at(&mut self, array: Value, indices: &[Value]) -> Value {
        let places = self.places(array, indices);
        self.b.load(array, Component::Whole, &places)
    }

    fn put(&mut self, array: Value, indices: &[Value], value: Value) {
        let places = self.places(array, indices);
        self.b.store(array, Component::Whole, &places, value);
    }

    fn range(&mut self, start: Value, stop: Value, carried: &[Value], step: Step<'_>) -> Values {
        let mut types = vec![I.into()];
        types.extend(carried.iter().map(|&value| self.b.ty(value)));
        let params = self.b.open(&types);
        let yields = step(self, &params);
        let body = self.b.close(End::Yield(yields.into()));
        let one = self.int(1);
        self.b.range([start, stop, one], carried, body)
    }

    fn count(&mut self, stop: Value, carried: &[Value], step: Step<'_>) -> Values {
        let zero = self.int(0);
        self.range(zero, stop, carried, step)
    }

    fn region(&mut self, step: Step<'_>) -> Region {
        self.b.open(&[]);
        let yields = step(self, &[]);
        self.b.close(End::Yield(yields.into()))
    }

    fn branch(&mut self, condition: Value, then: Step<'_>, otherwise: Step<'_>) -> Values {
        let (then, otherwise) = (self.region(then), self.region(otherwise));
        self.b.branch(condition, then, otherwise)
    }

    fn repeat_while(&mut self, carried: &[Value], test: Step<'_>, step: Step<'_>) -> Values {
        let types: Vec<Type> = carried.iter().map(|&value| self.b.ty(value)).collect();
        let params = self.b.open(&types);
        let condition = test(self, &params)[0];
        let on = self.region(&mut |_, _| vec![]);
        self.b.open(&[]);
        let out = self.b.close(End::Break(0, params.clone()));
        self.b.branch(condition, on, out);
        let yields = step(self, &params);
        let body = self.b.close(End::Yield(yields.into()));
        self.b.repeat(carried, body, &types)
    }
}

fn array(dtype: DType, rank: u32) -> Type {
    Type::Array { dtype, rank }
}

fn midpoint() -> Module {
    let mut w = Writer::new(&[I.into()], &[F.into()]);
    let n = w.b.params()[0];
    let (one, whole) = (w.float(1.0), w.b.convert(n, F));
    let h = w.divide(Op::Div, one, whole);
    let none = w.float(0.0);
    let (first, one) = (w.int(1), w.int(1));
    let last = w.op(Op::Add, n, one);
    let s = w.range(first, last, &[none], &mut |w, p| {
        let (half, one, four) = (w.float(0.5), w.float(1.0), w.float(4.0));
        let k = w.b.convert(p[0], F);
        let middle = w.op(Op::Sub, k, half);
        let x = w.op(Op::Mul, middle, h);
        let square = w.op(Op::Mul, x, x);
        let below = w.op(Op::Add, one, square);
        let height = w.divide(Op::Div, four, below);
        vec![w.op(Op::Add, p[1], height)]
    });
    let area = w.op(Op::Mul, s[0], h);
    w.finish(&[area])
}

fn mandelbrot() -> Module {
    let mut w = Writer::new(&[F.into(), F.into(), F.into(), F.into(), array(DType::UInt8, 2), I.into()], &[]);
    let &[min_x, max_x, min_y, max_y, image, iters] = &w.b.params()[..] else { unreachable!() };
    let (height, width) = (w.b.length(image, 0), w.b.length(image, 1));
    let (h, v) = (w.b.convert(width, F), w.b.convert(height, F));
    let (dx, dy) = (w.op(Op::Sub, max_x, min_x), w.op(Op::Sub, max_y, min_y));
    let (px, py) = (w.divide(Op::Div, dx, h), w.divide(Op::Div, dy, v));
    w.count(width, &[], &mut |w, p| {
        let x = p[0];
        let fx = w.b.convert(x, F);
        let fx = w.op(Op::Mul, fx, px);
        let real = w.op(Op::Add, min_x, fx);
        w.count(height, &[], &mut |w, p| {
            let y = p[0];
            let fy = w.b.convert(y, F);
            let fy = w.op(Op::Mul, fy, py);
            let imag = w.op(Op::Add, min_y, fy);
            // The call of `mandel` in its place: a loop that is left in its first trip.
            w.b.open(&[]);
            let none = w.float(0.0);
            w.count(iters, &[none, none], &mut |w, p| {
                let (i, re, im) = (p[0], p[1], p[2]);
                let (a, b) = (w.op(Op::Mul, re, re), w.op(Op::Mul, im, im));
                let (c, d) = (w.op(Op::Mul, re, im), w.op(Op::Mul, im, re));
                let (re, im) = (w.op(Op::Sub, a, b), w.op(Op::Add, c, d));
                let (re, im) = (w.op(Op::Add, re, real), w.op(Op::Add, im, imag));
                let (a, b) = (w.op(Op::Mul, re, re), w.op(Op::Mul, im, im));
                let (size, four) = (w.op(Op::Add, a, b), w.float(4.0));
                let far = w.op(Op::Ge, size, four);
                w.b.open(&[]);
                let out = w.b.close(End::Break(1, [i].into_iter().collect()));
                let on = w.region(&mut |_, _| vec![]);
                w.b.branch(far, out, on);
                vec![re, im]
            });
            let body = w.b.close(End::Break(0, [iters].into_iter().collect()));
            let color = w.b.repeat(&[], body, &[I.into()])[0];
            let color = w.b.convert(color, Ty::U8);
            w.put(image, &[y, x], color);
            vec![]
        });
        vec![]
    });
    w.finish(&[])
}

fn collatz() -> Module {
    let mut w = Writer::new(&[I.into()], &[I.into()]);
    let limit = w.b.params()[0];
    let (one, two) = (w.int(1), w.int(2));
    let best = w.range(two, limit, &[one, one], &mut |w, p| {
        let (start, best, best_length) = (p[0], p[1], p[2]);
        let one = w.int(1);
        let done = w.repeat_while(
            &[start, one],
            &mut |w, p| {
                let one = w.int(1);
                vec![w.op(Op::Ne, p[0], one)]
            },
            &mut |w, p| {
                let (n, length) = (p[0], p[1]);
                let (two, zero) = (w.int(2), w.int(0));
                let odd = w.divide(Op::Mod, n, two);
                let even = w.op(Op::Eq, odd, zero);
                let n = w.branch(
                    even,
                    &mut |w, _| {
                        let two = w.int(2);
                        vec![w.divide(Op::FloorDiv, n, two)]
                    },
                    &mut |w, _| {
                        let (one, three) = (w.int(1), w.int(3));
                        let n = w.op(Op::Mul, three, n);
                        vec![w.op(Op::Add, n, one)]
                    },
                );
                let one = w.int(1);
                vec![n[0], w.op(Op::Add, length, one)]
            },
        );
        let longer = w.op(Op::Gt, done[1], best_length);
        w.branch(longer, &mut |_, _| vec![start, done[1]], &mut |_, _| vec![best, best_length]).to_vec()
    });
    w.finish(&[best[0]])
}

fn matmul() -> Module {
    let matrix = array(DType::Float64, 2);
    let mut w = Writer::new(&[matrix; 3], &[]);
    let &[a, b, c] = &w.b.params()[..] else { unreachable!() };
    let (n, m, l) = (w.b.length(a, 0), w.b.length(b, 1), w.b.length(a, 1));
    w.count(n, &[], &mut |w, p| {
        let i = p[0];
        w.count(m, &[], &mut |w, p| {
            let none = w.float(0.0);
            w.put(c, &[i, p[0]], none);
            vec![]
        });
        w.count(l, &[], &mut |w, p| {
            let k = p[0];
            let x = w.at(a, &[i, k]);
            w.count(m, &[], &mut |w, p| {
                let j = p[0];
                let old = w.at(c, &[i, j]);
                let y = w.at(b, &[k, j]);
                let product = w.op(Op::Mul, x, y);
                let sum = w.op(Op::Add, old, product);
                w.put(c, &[i, j], sum);
                vec![]
            });
            vec![]
        });
        vec![]
    });
    w.finish(&[])
}

fn jacobi() -> Module {
    let matrix = array(DType::Float64, 2);
    let mut w = Writer::new(&[matrix, matrix, I.into()], &[F.into()]);
    let &[u, v, steps] = &w.b.params()[..] else { unreachable!() };
    let none = w.float(0.0);
    let change = w.count(steps, &[none, u, v], &mut |w, p| {
        let (u, v) = (p[2], p[3]);
        let one = w.int(1);
        let [n, m] = [0, 1].map(|axis| w.b.length(u, axis));
        let [n, m] = [n, m].map(|length| w.op(Op::Sub, length, one));
        let none = w.float(0.0);
        let change = w.range(one, n, &[none], &mut |w, p| {
            let i = p[0];
            let one = w.int(1);
            w.range(one, m, &[p[1]], &mut |w, p| {
                let j = p[0];
                let (one, quarter) = (w.int(1), w.float(0.25));
                let (up, down) = (w.op(Op::Sub, i, one), w.op(Op::Add, i, one));
                let (left, right) = (w.op(Op::Sub, j, one), w.op(Op::Add, j, one));
                let (x, y) = (w.at(u, &[up, j]), w.at(u, &[down, j]));
                let sum = w.op(Op::Add, x, y);
                let x = w.at(u, &[i, left]);
                let sum = w.op(Op::Add, sum, x);
                let x = w.at(u, &[i, right]);
                let sum = w.op(Op::Add, sum, x);
                let mean = w.op(Op::Mul, quarter, sum);
                w.put(v, &[i, j], mean);
                let (new, old) = (w.at(v, &[i, j]), w.at(u, &[i, j]));
                let difference = w.op(Op::Sub, new, old);
                let size = w.b.op(Op::Abs, &[difference]);
                // Python's max: the second where it is greater.
                let more = w.op(Op::Gt, size, p[1]);
                vec![w.b.op(Op::Select, &[more, size, p[1]])]
            })
            .to_vec()
        });
        vec![change[0], v, u]
    });
    w.finish(&[change[0]])
}

fn histogram() -> Module {
    let mut w =
        Writer::new(&[array(DType::Float64, 1), I.into(), F.into(), F.into()], &[array(DType::Int64, 1)]);
    let &[x, bins, low, high] = &w.b.params()[..] else { unreachable!() };
    let counts = w.b.alloc(DType::Int64, &[bins], w.memory);
    let range = w.op(Op::Sub, high, low);
    let whole = w.b.convert(bins, F);
    let scale = w.divide(Op::Div, whole, range);
    let size = w.b.length(x, 0);
    w.count(size, &[], &mut |w, p| {
        let value = w.at(x, &[p[0]]);
        let above = w.op(Op::Sub, value, low);
        let bin = w.op(Op::Mul, above, scale);
        let bin = w.b.op(Op::Floor, &[bin]);
        let k = w.b.convert(bin, I);
        let zero = w.int(0);
        let natural = w.op(Op::Ge, k, zero);
        let inside = w.branch(natural, &mut |w, _| vec![w.op(Op::Lt, k, bins)], &mut |w, _| {
            vec![w.b.constant(Word::Bool(false))]
        });
        w.branch(
            inside[0],
            &mut |w, _| {
                let count = w.at(counts, &[k]);
                let one = w.int(1);
                let count = w.op(Op::Add, count, one);
                w.put(counts, &[k], count);
                vec![]
            },
            &mut |_, _| vec![],
        );
        vec![]
    });
    w.finish(&[counts])
}

fn crc() -> Module {
    let mut w = Writer::new(&[array(DType::UInt8, 1), I.into()], &[I.into()]);
    let &[data, poly] = &w.b.params()[..] else { unreachable!() };
    let size = w.b.length(data, 0);
    let first = w.int(0xffff);
    let crc = w.count(size, &[first], &mut |w, p| {
        let byte = w.at(data, &[p[0]]);
        let byte = w.b.convert(byte, I);
        let mask = w.int(0xff);
        let current = w.op(Op::And, mask, byte);
        let eight = w.int(8);
        let done = w.count(eight, &[p[1], current], &mut |w, p| {
            let (crc, current, one) = (p[1], p[2], w.int(1));
            let (a, b) = (w.op(Op::And, crc, one), w.op(Op::And, current, one));
            let differs = w.op(Op::Xor, a, b);
            let zero = w.int(0);
            let differs = w.op(Op::Ne, differs, zero);
            let crc = w.branch(
                differs,
                &mut |w, _| {
                    let one = w.int(1);
                    let half = w.op(Op::Shr, crc, one);
                    vec![w.op(Op::Xor, half, poly)]
                },
                &mut |w, _| {
                    let one = w.int(1);
                    vec![w.op(Op::Shr, crc, one)]
                },
            );
            vec![crc[0], w.op(Op::Shr, current, one)]
        });
        vec![done[0]]
    });
    let mask = w.int(0xffff);
    let crc = w.op(Op::And, crc[0], mask);
    w.finish(&[crc])
}

fn scatter() -> Module {
    let mut w = Writer::new(&[array(DType::Float64, 1)], &[F.into()]);
    let a = w.b.params()[0];
    let (size, none) = (w.b.length(a, 0), w.float(0.0));
    let sum = w.count(size, &[none], &mut |w, p| {
        let x = w.at(a, &[p[0]]);
        vec![w.op(Op::Add, p[1], x)]
    });
    w.finish(&[sum[0]])
}

fn nbody() -> Module {
    let table = array(DType::Float64, 2);
    let mut w = Writer::new(&[table, table, array(DType::Float64, 1), F.into(), I.into()], &[]);
    let &[pos, vel, mass, dt, steps] = &w.b.params()[..] else { unreachable!() };
    let n = w.b.length(pos, 0);
    w.count(steps, &[], &mut |w, _| {
        w.count(n, &[], &mut |w, p| {
            let (i, none) = (p[0], w.float(0.0));
            let pull = w.count(n, &[none; 3], &mut |w, p| {
                let j = p[0];
                let mut d = Vec::new();
                for axis in 0..3 {
                    let axis = w.int(axis);
                    let (there, here) = (w.at(pos, &[j, axis]), w.at(pos, &[i, axis]));
                    d.push(w.op(Op::Sub, there, here));
                }
                let squares: Vec<Value> = d.iter().map(|&d| w.op(Op::Mul, d, d)).collect();
                let sum = w.op(Op::Add, squares[0], squares[1]);
                let sum = w.op(Op::Add, sum, squares[2]);
                let soft = w.float(1e-9);
                let d2 = w.op(Op::Add, sum, soft);
                let root = w.b.op(Op::Sqrt, &[d2]);
                let below = w.op(Op::Mul, d2, root);
                let m = w.at(mass, &[j]);
                let weight = w.divide(Op::Div, m, below);
                (0..3)
                    .map(|axis| {
                        let part = w.op(Op::Mul, weight, d[axis]);
                        w.op(Op::Add, p[1 + axis], part)
                    })
                    .collect()
            });
            for axis in 0..3 {
                let at = w.int(axis);
                let old = w.at(vel, &[i, at]);
                let more = w.op(Op::Mul, dt, pull[axis as usize]);
                let new = w.op(Op::Add, old, more);
                w.put(vel, &[i, at], new);
            }
            vec![]
        });
        w.count(n, &[], &mut |w, p| {
            let (i, three) = (p[0], w.int(3));
            w.count(three, &[], &mut |w, p| {
                let k = p[0];
                let (old, speed) = (w.at(pos, &[i, k]), w.at(vel, &[i, k]));
                let more = w.op(Op::Mul, dt, speed);
                let new = w.op(Op::Add, old, more);
                w.put(pos, &[i, k], new);
                vec![]
            });
            vec![]
        });
        vec![]
    });
    w.finish(&[])
}

/// The words of a contiguous array.
fn words<T>(elements: &mut [T], shape: &[usize]) -> Vec<u64> {
    let strides =
        (0..shape.len()).map(|axis| (size_of::<T>() * shape[axis + 1..].iter().product::<usize>()) as u64);
    let base = elements.as_mut_ptr().expose_provenance() as u64;
    [base].into_iter().chain(shape.iter().map(|&n| n as u64)).chain(strides).collect()
}

#[test]
#[ignore = "measures"]
fn kernels() {
    let only = std::env::var("ONLY").unwrap_or_default();
    let shows = std::env::var("SHOW").is_ok();
    let f = |x: f64| x.to_bits();
    let random = |n: usize| -> Vec<f64> {
        (0..n)
            .map(|i| ((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1u64 << 53) as f64)
            .collect()
    };
    let mut image = vec![0u8; 1024 * 2024];
    let (mut a, mut b, mut c) = (random(512 * 512), random(512 * 512), vec![0.0; 512 * 512]);
    let (mut u, mut v) = (random(1000 * 1000), random(1000 * 1000));
    let mut x = random(10_000_000);
    let mut data: Vec<u8> = random(1_000_000).iter().map(|x| (x * 256.0) as u8).collect();
    let (mut pos, mut vel, mut mass) = (random(3000), random(3000), random(1000));
    let image = words(&mut image, &[1024, 2024]);
    let x = words(&mut x, &[10_000_000]);
    let cases: Vec<(&str, Module, Vec<u64>)> = vec![
        ("midpoint", midpoint(), vec![10_000_000]),
        ("mandelbrot", mandelbrot(), [vec![f(-2.0), f(-1.7), f(-0.1), f(0.1)], image, vec![20]].concat()),
        ("collatz", collatz(), vec![300_000]),
        (
            "matmul",
            matmul(),
            [words(&mut a, &[512, 512]), words(&mut b, &[512, 512]), words(&mut c, &[512, 512])].concat(),
        ),
        (
            "jacobi",
            jacobi(),
            [words(&mut u, &[1000, 1000]), words(&mut v, &[1000, 1000]), vec![100]].concat(),
        ),
        ("scatter", scatter(), x.clone()),
        ("histogram", histogram(), [x, vec![100, f(0.0), f(1.0)]].concat()),
        ("crc", crc(), [words(&mut data, &[1_000_000]), vec![0xa001]].concat()),
        (
            "nbody",
            nbody(),
            [
                words(&mut pos, &[1000, 3]),
                words(&mut vel, &[1000, 3]),
                words(&mut mass, &[1000]),
                vec![f(0.001), 1],
            ]
            .concat(),
        ),
    ];
    let compiler = Compiler::new(Wide::No).unwrap();
    for (name, plain, args) in cases {
        if !name.contains(&only) {
            continue;
        }
        verify(&plain).unwrap_or_else(|what| panic!("{name}: {what}\n{plain}"));
        let mut optimized = plain.clone();
        let start = Instant::now();
        opt::func::optimize(&mut optimized, FpMode::Strict);
        let passes = start.elapsed();
        for (kind, module) in [("plain", &plain), ("optimized", &optimized)] {
            let start = Instant::now();
            let code = compiler.compile_functions(module, Tuning::default(), None).unwrap();
            let compile = start.elapsed();
            if shows && kind == "optimized" {
                let mut listing = Listing::default();
                compiler.compile_functions(module, Tuning::default(), Some(&mut listing)).unwrap();
                println!("{module}\n{}\n{}", listing.clif, listing.asm);
            }
            let mut best = f64::MAX;
            for _ in 0..4 {
                let mut words = [args.clone(), vec![0; 8]].concat();
                let left = AtomicUsize::new(1 << 30);
                let mut heap = Heap::new(&left);
                let cancel = AtomicBool::new(false);
                let start = Instant::now();
                // SAFETY: the words are as the function takes them, and the arrays are there.
                unsafe { code.call(FuncId(0), &mut words, &mut heap, &Alone, &cancel, 100) }.unwrap();
                best = best.min(start.elapsed().as_secs_f64());
            }
            println!("{name:12} {kind:10} {:9.2} ms; passes {passes:?}, code {compile:?}", best * 1e3);
        }
    }
}
