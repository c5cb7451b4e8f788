//! What the machine's memory allows: the floor under every array expression that reads two
//! arrays of `f64` and writes one, or reads two and returns a number.
//!
//! ```text
//! cargo bench --bench bandwidth -- [--json] [--sizes 3e4,1e7] [--threads 1,2] [--repeats 31]
//! ```
//!
//! Three ways of passing over memory are measured: plain stores, streaming stores (which go
//! around the cache, so that the line is not first read), and no stores at all. Each runs on huge
//! pages and on small ones, because page-table walks alone can cost a third of the time.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

fn main() {
    let options = Options::from_args();
    let kernels = Kernels::widest();
    if !options.json {
        println!("Limits of this machine, with {} vectors.\n", kernels.vectors);
        println!("| elements | threads | pages | access | ns/element | GB/s |");
        println!("|---:|---:|---|---|---:|---:|");
    }
    let mut rows = Vec::new();
    for &elements in &options.sizes {
        for &threads in &options.threads {
            for pages in [Pages::Huge, Pages::Small] {
                for row in measure(&kernels, elements, threads, pages, options.repeats) {
                    if !options.json {
                        println!("{}", row.markdown());
                    }
                    rows.push(row.json());
                }
            }
        }
    }
    if options.json {
        println!("{{\"vectors\": \"{}\", \"rows\": [\n  {}\n]}}", kernels.vectors, rows.join(",\n  "));
    }
}

/// What the command line asks for.
struct Options {
    json: bool,
    sizes: Vec<usize>,
    threads: Vec<usize>,
    repeats: usize,
}

impl Options {
    fn from_args() -> Self {
        let all_threads = std::thread::available_parallelism().map_or(1, |count| count.get());
        let mut options =
            Self { json: false, sizes: vec![30_000, 10_000_000], threads: vec![1], repeats: 31 };
        if all_threads > 1 {
            options.threads.push(all_threads);
        }
        // `cargo bench` says `--bench`. `cargo test --all-targets` does not: there one short pass
        // proves that the program still works.
        if !std::env::args().any(|arg| arg == "--bench") {
            options.sizes = vec![30_000];
            options.repeats = 1;
        }
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| usage(&format!("{arg} needs a value")));
            match arg.as_str() {
                "--json" => options.json = true,
                "--sizes" => options.sizes = counts(&value()),
                "--threads" => options.threads = counts(&value()),
                "--repeats" => options.repeats = counts(&value())[0],
                "--bench" => {}
                _ => usage(&format!("unknown option {arg}")),
            }
        }
        options
    }
}

/// A comma-separated list of positive counts, each written as `10000000` or `1e7`.
fn counts(text: &str) -> Vec<usize> {
    let count = |item: &str| match item.parse::<f64>() {
        Ok(number) if number >= 1.0 => number as usize,
        _ => usage(&format!("{item} is not a positive number")),
    };
    text.split(',').map(count).collect()
}

fn usage(problem: &str) -> ! {
    eprintln!("{problem}\nusage: bandwidth [--json] [--sizes N,N] [--threads N,N] [--repeats N]");
    std::process::exit(2)
}

/// How a pass touches memory.
#[derive(Clone, Copy)]
enum Access {
    /// Read two arrays, write a third with ordinary stores.
    Plain,
    /// Read two arrays, write a third with stores that bypass the cache.
    Streaming,
    /// Read two arrays.
    Read,
}

impl Access {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Streaming => "streaming",
            Self::Read => "read",
        }
    }

    /// The bytes that an element moves, as a program counts them: an ordinary store also makes the
    /// processor read the line first, and that is just what a streaming store saves.
    fn bytes_per_element(self) -> usize {
        match self {
            Self::Plain | Self::Streaming => 24,
            Self::Read => 16,
        }
    }
}

/// One line of the result.
struct Row {
    elements: usize,
    threads: usize,
    pages: Pages,
    access: Access,
    /// The median time of a pass over all elements.
    pass: Duration,
}

impl Row {
    fn ns_per_element(&self) -> f64 {
        self.pass.as_secs_f64() * 1e9 / self.elements as f64
    }

    fn gb_per_s(&self) -> f64 {
        self.access.bytes_per_element() as f64 / self.ns_per_element()
    }

    fn markdown(&self) -> String {
        let Self { elements, threads, pages, access, .. } = self;
        let (ns, gb) = (self.ns_per_element(), self.gb_per_s());
        format!("| {elements} | {threads} | {} | {} | {ns:.3} | {gb:.1} |", pages.name(), access.name())
    }

    fn json(&self) -> String {
        format!(
            r#"{{"elements": {}, "threads": {}, "pages": "{}", "access": "{}", "seconds": {:e}, "ns_per_element": {:.5}, "gb_per_s": {:.3}}}"#,
            self.elements,
            self.threads,
            self.pages.name(),
            self.access.name(),
            self.pass.as_secs_f64(),
            self.ns_per_element(),
            self.gb_per_s(),
        )
    }
}

/// What one thread works on.
struct Share<'a> {
    a: &'a [f64],
    b: &'a [f64],
    out: &'a mut [f64],
}

fn measure(kernels: &Kernels, elements: usize, threads: usize, pages: Pages, repeats: usize) -> Vec<Row> {
    let [mut a, mut b, mut out] = [(); 3].map(|()| Buffer::new(elements, pages));
    for (index, (a, b)) in a.iter_mut().zip(b.iter_mut()).enumerate() {
        (*a, *b) = (index as f64, 0.5);
    }
    out.fill(0.0);

    // Whole cache lines for every thread: no line is shared, and streaming stores are aligned.
    let share = elements.div_ceil(threads).next_multiple_of(CACHE_LINE / size_of::<f64>());
    let shares = a.chunks(share).zip(b.chunks(share)).zip(out.chunks_mut(share));
    let shares: Vec<_> = shares.map(|((a, b), out)| Mutex::new(Share { a, b, out })).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(shares.len()).build().expect("threads start");
    let barrier = Barrier::new(shares.len());

    // Short passes are repeated until a sample is long beside the clock and the barrier.
    let passes = (5_000_000 / elements).max(1);
    let sample = |access: Access| -> Duration {
        let times = pool.broadcast(|thread| {
            let mut share = shares[thread.index()].lock().expect("no thread has failed");
            barrier.wait();
            let start = Instant::now();
            for _ in 0..passes {
                kernels.pass(access, &mut share);
            }
            (start, Instant::now())
        });
        let start = times.iter().map(|(start, _)| *start).min().expect("a thread ran");
        let end = times.iter().map(|(_, end)| *end).max().expect("a thread ran");
        (end - start) / passes as u32
    };

    let accesses = kernels.accesses();
    for &access in &accesses {
        shares.iter().for_each(|share| share.lock().expect("no thread has failed").out.fill(0.0));
        sample(access);
        shares.iter().for_each(|share| check(access, &share.lock().expect("no thread has failed")));
    }
    // The ways take turns, so that a slow moment of the machine meets all of them.
    let mut samples = vec![Vec::new(); accesses.len()];
    for _ in 0..repeats {
        for (samples, &access) in samples.iter_mut().zip(&accesses) {
            samples.push(sample(access));
        }
    }
    let row = |(access, samples)| Row { elements, threads, pages, access, pass: median(samples) };
    accesses.into_iter().zip(samples).map(row).collect()
}

/// The figures are worth nothing unless the stores happened.
fn check(access: Access, share: &Share) {
    if !matches!(access, Access::Read) {
        let sums = share.a.iter().zip(share.b).map(|(a, b)| a + b);
        assert!(sums.eq(share.out.iter().copied()), "{} stores are wrong", access.name());
    }
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples[samples.len() / 2]
}

const CACHE_LINE: usize = 64;

type Writing = unsafe fn(&[f64], &[f64], &mut [f64]);

/// Passes over memory for one width of vectors.
///
/// # Safety
///
/// The functions may run only where the processor has those vectors, and `streaming` only on an
/// output that starts on a cache line.
struct Kernels {
    vectors: &'static str,
    plain: Writing,
    streaming: Option<Writing>,
    read: unsafe fn(&[f64], &[f64]) -> f64,
}

impl Kernels {
    /// The widest vectors that this processor has.
    fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return x86::avx512();
            }
            if is_x86_feature_detected!("avx2") {
                return x86::avx2();
            }
            x86::sse2()
        }
        #[cfg(not(target_arch = "x86_64"))]
        Self { vectors: "the compiler's", plain: add, streaming: None, read: dot }
    }

    fn accesses(&self) -> Vec<Access> {
        let streaming = self.streaming.map(|_| Access::Streaming);
        [Some(Access::Plain), streaming, Some(Access::Read)].into_iter().flatten().collect()
    }

    fn pass(&self, access: Access, Share { a, b, out }: &mut Share) {
        match access {
            // SAFETY: `widest` chose functions that this processor can run.
            Access::Plain => unsafe { (self.plain)(a, b, out) },
            Access::Streaming => {
                assert!(out.as_ptr().addr().is_multiple_of(CACHE_LINE));
                let streaming = self.streaming.expect("`accesses` offers streaming where it is");
                // SAFETY: as above, and the output starts on a cache line.
                unsafe { streaming(a, b, out) }
            }
            Access::Read => {
                // SAFETY: as for plain stores.
                std::hint::black_box(unsafe { (self.read)(a, b) });
            }
        }
    }
}

/// One addition an element: arithmetic enough to use both inputs, too little to be felt.
#[inline(always)]
fn add(a: &[f64], b: &[f64], out: &mut [f64]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a + b;
    }
}

/// The sum of products in enough independent chains that the loads, not the additions, decide.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const CHAINS: usize = 64;
    let mut sums = [0.0; CHAINS];
    let mut add = |a: &[f64], b: &[f64]| {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    };
    let (a_blocks, a_rest) = a.as_chunks::<CHAINS>();
    let (b_blocks, b_rest) = b.as_chunks::<CHAINS>();
    a_blocks.iter().zip(b_blocks).for_each(|(a, b)| add(a, b));
    add(a_rest, b_rest);
    let mut chains = CHAINS;
    while chains > 1 {
        chains /= 2;
        for index in 0..chains {
            sums[index] += sums[index + chains];
        }
    }
    sums[0]
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Kernels, add, dot};

    /// Writes the kernels for one width. Plain passes are the portable loops, which the compiler
    /// vectorises as wide as the feature allows; a streaming store has to be asked for by name.
    macro_rules! kernels {
        ($vectors:ident, $feature:literal, $lanes:literal, $load:ident, $add:ident, $stream:ident) => {
            pub(super) fn $vectors() -> Kernels {
                #[target_feature(enable = $feature)]
                fn plain(a: &[f64], b: &[f64], out: &mut [f64]) {
                    add(a, b, out);
                }

                #[target_feature(enable = $feature)]
                fn read(a: &[f64], b: &[f64]) -> f64 {
                    dot(a, b)
                }

                /// # Safety
                ///
                /// `out` starts on a cache line.
                #[target_feature(enable = $feature)]
                unsafe fn streaming(a: &[f64], b: &[f64], out: &mut [f64]) {
                    let (a_vectors, a_rest) = a.as_chunks::<$lanes>();
                    let (b_vectors, b_rest) = b.as_chunks::<$lanes>();
                    let (out_vectors, out_rest) = out.as_chunks_mut::<$lanes>();
                    for ((out, a), b) in out_vectors.iter_mut().zip(a_vectors).zip(b_vectors) {
                        // SAFETY: each array is one whole vector, and as the first of the output
                        // is aligned to a cache line, so is each to its own size.
                        unsafe {
                            let sum = $add($load(a.as_ptr()), $load(b.as_ptr()));
                            $stream(out.as_mut_ptr(), sum);
                        }
                    }
                    add(a_rest, b_rest, out_rest);
                    // Streaming stores are not ordered with later ones until a fence.
                    _mm_sfence();
                }

                Kernels { vectors: stringify!($vectors), plain, streaming: Some(streaming), read }
            }
        };
    }

    kernels!(avx512, "avx512f", 8, _mm512_loadu_pd, _mm512_add_pd, _mm512_stream_pd);
    kernels!(avx2, "avx2", 4, _mm256_loadu_pd, _mm256_add_pd, _mm256_stream_pd);
    kernels!(sse2, "sse2", 2, _mm_loadu_pd, _mm_add_pd, _mm_stream_pd);
}

/// The size of the pages under a buffer.
#[derive(Clone, Copy)]
enum Pages {
    /// Huge pages, asked for with `madvise` where the system has that.
    Huge,
    /// Ordinary pages, even where the system gives huge ones unasked.
    Small,
}

impl Pages {
    fn name(self) -> &'static str {
        match self {
            Self::Huge => "huge",
            Self::Small => "small",
        }
    }
}

/// Zeroed elements on pages of a chosen size.
struct Buffer {
    start: *mut f64,
    elements: usize,
    layout: Layout,
}

impl Buffer {
    const HUGE_PAGE: usize = 2 << 20;

    fn new(elements: usize, pages: Pages) -> Self {
        let bytes = (elements * size_of::<f64>()).next_multiple_of(Self::HUGE_PAGE);
        let layout = Layout::from_size_align(bytes, Self::HUGE_PAGE).expect("the size is in range");
        // SAFETY: `bytes` is at least one page: the command line takes no empty arrays.
        let start = unsafe { alloc_zeroed(layout) };
        if start.is_null() {
            handle_alloc_error(layout);
        }
        advise(start, bytes, pages);
        Self { start: start.cast(), elements, layout }
    }
}

#[cfg(target_os = "linux")]
fn advise(start: *mut u8, bytes: usize, pages: Pages) {
    use rustix::mm::{Advice, madvise};
    let size = match pages {
        Pages::Huge => Advice::LinuxHugepage,
        Pages::Small => Advice::LinuxNoHugepage,
    };
    // The allocator has touched the pages, and advice holds for pages yet to come: so they are
    // given back, and the next touch brings new ones. A kernel without huge pages refuses the
    // first advice; then both kinds are the same.
    for advice in [size, Advice::LinuxDontNeed] {
        // SAFETY: the range is ours alone and whole pages long, it comes from private anonymous
        // memory, as all of the allocator's does, and so it reads as zeros again.
        let _ = unsafe { madvise(start.cast(), bytes, advice) };
    }
}

#[cfg(not(target_os = "linux"))]
fn advise(_start: *mut u8, _bytes: usize, _pages: Pages) {}

impl Deref for Buffer {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        // SAFETY: `new` allocated and zeroed room for this many elements, and `self` owns it.
        unsafe { std::slice::from_raw_parts(self.start, self.elements) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f64] {
        // SAFETY: as in `deref`, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.elements) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: this is the pointer and the layout of the allocation in `new`.
        unsafe { dealloc(self.start.cast(), self.layout) }
    }
}
