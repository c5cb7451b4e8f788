//! Parallel loops: the same bits whatever the number of threads, the error of the least trip, memory, cancelling.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use brolga::{Array, Backend, CallArg, Engine, ErrorKind, Limits, LoopKernel, Returned};

const PROGRAMS: &str = "
import numpy as np
from numba import njit, prange

@njit(parallel=True)
def sums(n):
    s = 0.1
    p = 1.0
    c = 0j
    z = 1 + 0j
    for k in prange(1, n + 1):
        x = (k - 0.5) / n
        s += 4.0 / (1.0 + x * x)
        p *= 1.0 + x / n
        c -= complex(x, 1.0 / k)
        z *= complex(1.0, x / n)
    return s, p, c, z

@njit(parallel=True)
def rows(a):
    total = np.zeros(a.shape[1])
    product = np.ones(a.shape[1])
    most = -np.inf
    for i in prange(a.shape[0]):
        work = np.empty(a.shape[1])
        for j in range(a.shape[1]):
            work[j] = np.exp(a[i, j])
            most = max(most, work[j])
        total += work / 3.0
        product *= work
    return total, product, most

@njit(parallel=True)
def failing(a, n):
    s = 0
    for i in prange(n):
        for k in range(3):
            s += i // (n - 20 - i)
        a[i] = s_of(i)
    return s

def s_of(i):
    return 1.0 * i

@njit(parallel=True)
def hungry(n, m):
    s = 0.0
    for i in prange(n):
        work = np.zeros(m)
        for k in range(10):
            work = work + 1.0
        s += work[0]
    return s

@njit(parallel=True)
def endless(n):
    s = 0
    for i in prange(n):
        k = 0
        while k >= 0:
            k = (k + 1) % 1000
        s += k
    return s

@njit(parallel=True)
def many(n):
    s = 0
    for i in prange(n):
        for k in range(100000):
            s += k ^ i
    return s

@njit(parallel=True)
def fill(a):
    for i in prange(a.size):
        a[i] = i

def down(n):
    s = 0
    for i in prange(1):
        s += n if n < 1 else down(n - 1)
    return s

@njit(parallel=True)
def extremes():
    s = 0
    for i in prange(9223372036854775800, 9223372036854775807, 4):
        s += i
    for i in prange(-9223372036854775800, -9223372036854775808, -5):
        s -= i
    return s
";

/// Loops that are refused, or of which something is to be said; each function is called with a 2-D and a 1-D array and a number.
const TOLD: &str = "
import numpy as np
from numba import njit, prange

def apart(a, b, n):
    for i in prange(a.shape[0]):
        row = a[i]
        for j in range(a.shape[1]):
            row[j] += b[j] + a[i, 0]
        a[i, 1:] = 0.0
    for i in prange(1, b.size, 2):
        b[i] = b[i - 1] + n
    for i in prange(b.size // 2):
        for j in range(2):
            b[2 * i + j] = j

    for i in prange(b.size):
        b[b.size - 1 - i] = n
    size = len(b)
    for i in prange(size):
        b[size - i - 1] = n
    for i in prange(size - 1, -1, -1):
        b[i] = n
    for i in prange(1, n + 1):
        b[-i] = n
    for i in prange(-n, 0):
        b[i] += n
    for i in prange(n):
        b[n + i] = n

def from_both_ends(a, b, n):
    for i in prange(-n, n):
        b[i] = n

def from_below(a, b, n):
    for i in prange(n, a.size):
        b[i] = n

def an_offset(a, b, n):
    for i in prange(2, b.size):
        b[i - n] = i

def down(a, b, n):
    for i in prange(b.size):
        b[n - i] = i

def two_views(a, b, n):
    c = b[:n]
    for i in prange(1, n):
        c[-i] = b[-i]

def far_apart(a, b, n):
    for i in prange(n):
        b[i * 4611686018427387904] = i

def one_element(a, b, n):
    for i in prange(a.shape[0]):
        b[n] = a[i, 0]

def one_row(a, b, n):
    for i in prange(a.shape[0]):
        for j in range(b.size):
            b[j] += a[i, j]

def by_value(a, b, n):
    for i in prange(a.shape[0]):
        b[int(a[i, 0])] += 1

def neighbours(a, b, n):
    for i in prange(1, b.size):
        b[i] = b[i - 1] + 1

def now_and_then(a, b, n):
    for i in prange(n):
        if i == 1:
            b[0] = 1.0

def store(b, i):
    b[i] = 1.0
    return b[i]

def through_a_call(a, b, n):
    for i in prange(n):
        store(b, i)
        store(a[i], 0)

@njit
def in_order(a, b, n):
    for i in prange(n):
        b[0] = i

def carried(a, b, n):
    y = 0.5
    for i in prange(n):
        b[i] = y
        y = y * 2

def behind(a, b, n):
    for i in prange(n):
        y = i
    return y

def looked_at(a, b, n):
    s = 0.0
    for i in prange(n):
        s += b[i]
        b[i] = s

def two_ways(a, b, n):
    s = 1.0
    for i in prange(n):
        s += b[i]
        s *= 2
    return s

def another_array(a, b, n):
    for i in prange(n):
        b = b + 1
    return b

def own_variable(a, b, n):
    s = 10
    for s in prange(n):
        s += 1
    return s

def product(a, b, n):
    for i in prange(a.shape[0]):
        a[i] = b @ np.ones((5, 5)) + np.sum(a @ b)

def broken(a, b, n):
    for i in prange(n):
        for j in range(n):
            break
        if b[i] > 0:
            break

def returning(a, b, n):
    for i in prange(n):
        if b[i] > 0:
            return i
    return 0

def with_else(a, b, n):
    for i in prange(n):
        b[i] = 1
    else:
        n = 0
";

#[test]
fn what_loops_are_told() {
    let engine = engine(2, Backend::Native);
    let module = engine.module(TOLD, "told.py").unwrap();
    let mut all = String::new();
    for signature in module.signatures() {
        let name = signature.split('(').next().unwrap();
        if name == "store" {
            continue;
        }
        let mut a = Array::from_vec(vec![0.0; 15], [3, 5]).unwrap();
        let mut b = vec![0.0; 5];
        let args = [(&mut a).into(), (&mut b).into(), 2i64.into()];
        let said = match module.kernel(name).unwrap().notes(&args) {
            Ok(notes) => notes.iter().map(|note| format!("note: {note}\n")).collect(),
            Err(error) => format!("{error}\n"),
        };
        all += &format!("=== {name}\n{said}\n");
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/parallel.txt");
    if std::env::var_os("BROLGA_BLESS").is_some() {
        std::fs::write(golden, &all).unwrap();
    }
    assert_eq!(all, std::fs::read_to_string(golden).unwrap(), "BROLGA_BLESS=1 writes it anew");
}

fn engine(threads: usize, backend: Backend) -> Engine {
    Engine::builder().threads(threads).backend(backend).build().unwrap()
}

fn kernel(engine: &Engine, name: &str) -> LoopKernel {
    engine.module(PROGRAMS, "parallel.py").unwrap().kernel(name).unwrap()
}

/// Engines that must agree: the interpreter, and native code on one thread and more.
fn engines() -> Vec<Engine> {
    let native = [1, 2, 3].map(|threads| engine(threads, Backend::Native));
    [engine(1, Backend::Interp)].into_iter().chain(native).collect()
}

fn bits(returned: Returned) -> Vec<String> {
    returned.into_arrays().iter().map(|array| format!("{:?}", array.bits())).collect()
}

trait Bits {
    fn bits(&self) -> Vec<String>;
}

impl Bits for Array {
    /// Debug prints all digits that tell a number from others, and signs of zeros.
    fn bits(&self) -> Vec<String> {
        (0..self.len()).map(|at| format!("{:?}", self.get(at))).collect()
    }
}

/// Loops over ranges between the ends of int64, and how many trips each makes.
const WIDE: &str = "
from numba import prange

def parallel(start, stop, step):
    s = 0
    for i in prange(start, stop, step):
        s += 1
    return s

def plain(start, stop, step):
    s = 0
    for i in range(start, stop, step):
        s += 1
    return s

def back(start, stop, step):
    s, last = 0, start
    for i in reversed(range(start, stop, step)):
        s += 1
        last = i
    assert last == start
    return s

def counted_back(start, stop, step):
    s, last = 0, start
    for k, i in enumerate(reversed(range(start, stop, step))):
        s += 1
        last = i
        assert k == s - 1
    assert last == start
    return s

def numbered(start, stop, step):
    s = 0
    for k, i in enumerate(range(start, stop, step)):
        assert i == start + k * step
        s += 1
    return s
";

#[test]
fn ranges_between_the_ends_of_integers() {
    const E18: i64 = 1_000_000_000_000_000_000;
    let ranges = [
        ([-9 * E18, 9 * E18, E18], 18),
        ([9 * E18, -9 * E18, -E18], 18),
        ([-9 * E18, 9 * E18, -E18], 0),
        ([9 * E18, -9 * E18, E18], 0),
        ([i64::MIN + 1, i64::MAX, i64::MAX], 2),
        ([i64::MAX - 1, i64::MIN, i64::MIN + 1], 2),
        ([i64::MAX - 3, i64::MAX, 2], 2),
        ([i64::MIN + 3, i64::MIN, -2], 2),
        ([i64::MIN + 5, i64::MIN, 7], 0),
        ([i64::MIN, i64::MIN + 2, 1], 2),
        ([i64::MIN, i64::MAX, i64::MAX], 3),
        ([i64::MAX, i64::MAX - 2, -1], 2),
        ([i64::MAX, i64::MIN, i64::MIN], 2),
        ([0, i64::MIN, i64::MIN], 1),
        ([5, 5, 1], 0),
        ([0, 7, 3], 3),
    ];
    for engine in engines() {
        let module = engine.module(WIDE, "wide.py").unwrap();
        for name in ["parallel", "plain", "back", "counted_back", "numbered"] {
            let kernel = module.kernel(name).unwrap();
            for ([start, stop, step], trips) in ranges {
                let found = kernel.call(&mut [start.into(), stop.into(), step.into()]).unwrap();
                let found = found.scalar().unwrap().to_string();
                assert_eq!(found, trips.to_string(), "{name}({start}, {stop}, {step}): {engine:?}");
            }
        }
        let parallel = module.kernel("parallel").unwrap();
        let error = parallel.call(&mut [i64::MIN.into(), i64::MAX.into(), 1i64.into()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    }
}

/// Reductions of truth values.
const TRUTHS: &str = "
import numpy as np
from numba import prange

def truths(a):
    some = np.zeros(a.shape[1], dtype=np.bool_)
    every = np.ones(a.shape[1], dtype=np.bool_)
    least = True
    greatest = False
    for i in prange(a.shape[0]):
        some += a[i]
        every *= a[i]
        least = min(least, a[i, 0])
        greatest = max(greatest, a[i, 0])
    return some, every, least, greatest
";

#[test]
fn truth_values_join() {
    let truths: Vec<bool> = (0..300).flat_map(|i| [i % 7 == 0, i == 299, true, i != 0, false]).collect();
    let truths = Array::from_vec(truths, [300, 5]).unwrap();
    let mut expected = None;
    for engine in engines() {
        let kernel = engine.module(TRUTHS, "truths.py").unwrap().kernel("truths").unwrap();
        let found = bits(kernel.call(&mut [(&truths).into()]).unwrap()).join(" ");
        let first = expected.get_or_insert_with(|| found.clone());
        assert_eq!(*first, found, "{engine:?}");
        assert_eq!(found.matches("true").count() + found.matches("True").count(), 6, "{found}");
    }
}

#[test]
fn threads_change_no_bit() {
    let sheet: Vec<f64> = (0..1200).map(|i| f64::from(i * 7919 % 1013) / 500.0 - 1.0).collect();
    let sheet = Array::from_vec(sheet, [300, 4]).unwrap();
    let mut expected: Option<Vec<Vec<String>>> = None;
    for engine in engines() {
        let sums = kernel(&engine, "sums");
        let mut found: Vec<Vec<String>> = [0, 1, 100, 4095, 4096, 4097, 20_000]
            .map(|n: i64| bits(sums.call(&mut [n.into()]).unwrap()))
            .into();
        found.push(bits(kernel(&engine, "rows").call(&mut [(&sheet).into()]).unwrap()));
        found.push(bits(kernel(&engine, "extremes").call(&mut []).unwrap()));
        match &expected {
            None => expected = Some(found),
            Some(expected) => assert_eq!(*expected, found, "{engine:?}"),
        }
    }
}

#[test]
fn the_error_is_that_of_the_least_trip() {
    for engine in engines() {
        let failing = kernel(&engine, "failing");
        for (n, message) in [(400, "ZeroDivisionError"), (500, "index 450 is out of bounds")] {
            for _ in 0..20 {
                let mut a = vec![0.0; 450];
                let error = failing.call(&mut [(&mut a).into(), i64::from(n).into()]).unwrap_err();
                assert!(error.message().contains(message), "{engine:?}: {error}");
                // What trips before have stored is there.
                assert_eq!(a[379], 379.0);
            }
        }
    }
}

/// The first trip fails when it has run for a while; others never end.
const HANGING: &str = "
from numba import prange

def inner(n):
    s = 0
    for i in prange(n):
        k = 1
        while k >= 0:
            k = (k + i) % 1000
        s += k
    return s

def outer(a, n):
    s = 0
    for i in prange(n):
        if i == 0:
            for k in range(3000000):
                s += k ^ i
            a[5] = 1
        else:
            s += inner(2)
    return s
";

#[test]
fn a_failing_trip_ends_those_behind_it() {
    for engine in engines() {
        let kernel = engine.module(HANGING, "hanging.py").unwrap().kernel("outer").unwrap();
        let (start, cancel, ended) = (Instant::now(), AtomicBool::new(false), AtomicBool::new(false));
        let error = std::thread::scope(|scope| {
            scope.spawn(|| {
                while start.elapsed() < Duration::from_secs(20) && !ended.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                cancel.store(true, Ordering::Relaxed);
            });
            let mut a = vec![0.0; 2];
            let error = kernel.call_until(&mut [(&mut a).into(), 4i64.into()], &cancel).unwrap_err();
            ended.store(true, Ordering::Relaxed);
            error
        });
        assert!(error.message().contains("index 5 is out of bounds"), "{engine:?}: {error}");
        assert!(start.elapsed() < Duration::from_secs(20), "{engine:?}: other trips went on");
    }
}

#[test]
fn arrays_of_all_threads_have_one_limit() {
    for threads in [1, 3] {
        let limits = Limits { memory: 3 << 20, ..Limits::default() };
        let engine = Engine::builder().threads(threads).limits(limits).build().unwrap();
        let hungry = kernel(&engine, "hungry");
        let found = hungry.call(&mut [200i64.into(), 20_000i64.into()]);
        assert_eq!(found.unwrap().scalar().unwrap().to_string(), "2000.0", "{threads}");
        let error = hungry.call(&mut [200i64.into(), 1_000_000i64.into()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        // What the failed call held is free again.
        assert!(hungry.call(&mut [200i64.into(), 20_000i64.into()]).is_ok());
    }
}

#[test]
fn cancelling_ends_all_threads() {
    for engine in [engine(1, Backend::Native), engine(3, Backend::Native)] {
        for (name, n) in [("endless", 100), ("many", i64::MAX >> 20)] {
            let kernel = kernel(&engine, name);
            let cancel = AtomicBool::new(false);
            let start = Instant::now();
            let error = std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_millis(30));
                    cancel.store(true, Ordering::Relaxed);
                });
                kernel.call_until(&mut [n.into()], &cancel).unwrap_err()
            });
            assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
            assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        }
    }
}

/// A product that is left out must not look like a result.
#[test]
fn products_are_cancelled() {
    for engine in engines() {
        let module = engine.module("def f(a):\n    return a @ a\n", "f.py").unwrap();
        for dtype in [brolga::DType::Int64, brolga::DType::Float64] {
            let a = Array::zeros(dtype, [40, 40]).unwrap();
            let kernel = module.kernel("f").unwrap();
            assert!(kernel.call(&mut [(&a).into()]).is_ok());
            let error = kernel.call_until(&mut [(&a).into()], &AtomicBool::new(true)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        }
    }
}

#[test]
fn calls_nest_only_so_deep() {
    for engine in engines() {
        let down = kernel(&engine, "down");
        assert_eq!(down.call(&mut [3i64.into()]).unwrap().scalar().unwrap().to_string(), "0");
        // So deep are 58 loops of 16 calls, and 57 calls.
        assert!(down.call(&mut [57i64.into()]).is_ok(), "{engine:?}");
        assert!(down.call(&mut [58i64.into()]).is_err(), "{engine:?}");
        let error = down.call(&mut [5000i64.into()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    }
}

#[test]
fn arguments_of_any_layout() {
    for engine in engines() {
        let fill = kernel(&engine, "fill");
        for n in [0, 1, 5, 5000, 20_000] {
            let mut a = vec![-1.0; n];
            fill.call(&mut [CallArg::from(&mut a)]).unwrap();
            assert!(a.iter().enumerate().all(|(at, &v)| v == at as f64), "{n}");
        }
    }
}

/// Loops one after the other: a call nests no deeper for each, nor takes memory by the square of their number.
#[test]
fn many_loops_in_one_function() {
    let mut text = "from numba import prange\n\ndef f(a, b, c, d):\n".to_string();
    for number in 0..300 {
        text += "    for i in prange(a.size):\n";
        text += &format!("        a[i] = a[i] * 0.5 + b[i] + c[i] + d[i] + {number}\n");
    }
    let mut expected = [2.0f64; 3];
    for number in 0..300 {
        expected.iter_mut().for_each(|v| *v = *v * 0.5 + 7.0 + f64::from(number));
    }
    let kernel = engine(1, Backend::Native).module(&text, "many.py").unwrap().kernel("f").unwrap();
    let (mut a, [mut b, mut c, mut d]) = (vec![2.0; 3], [1.0, 2.0, 4.0].map(|v| vec![v; 3]));
    let args = [&mut a, &mut b, &mut c, &mut d].map(CallArg::from);
    kernel.call(&mut { args }).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(a, expected);
}
