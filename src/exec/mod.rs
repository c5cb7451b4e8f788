//! Runs compiled programs: blocks, chunks, threads.
//!
//! Each loop of a program runs to its end before the next begins. Its elements are cut into
//! chunks, units of parallel work; a loop that reduces also cuts them into the blocks of
//! [`reduce`], whose results are joined when all are there. This module knows rayon, pointers and
//! the ABI. It must not know Cranelift, the IR's instructions, or source text.

mod block;
mod copy;
mod floats;
mod join;
mod pack;
mod parallel;
pub(crate) mod pool;
mod scratch;
mod share;
#[cfg(test)]
mod tests;
mod tiles;
#[cfg(target_arch = "x86_64")]
mod transpose;
mod walk;

pub(crate) use copy::copy;
pub(crate) use floats::Standard;
pub(crate) use parallel::Threads;
pub use pool::ThreadPool;
pub(crate) use scratch::Scratch;

use crate::codegen::code::Code;
use crate::diag::{Error, ErrorKind, Result, many};
use crate::frame::Frame;
use crate::ir::Extent;
use crate::ops::Reduction;
use crate::reduce::{self, BLOCK};
use block::{MAX_STEP, Pointers};
use share::share_out;
use smallvec::SmallVec;
use tiles::Tiles;

/// Elements of the smallest and the largest chunk of a loop that only stores: large enough not to notice,
/// small enough to share out.
const CHUNKS: [usize; 2] = [BLOCK / 4, 16 * BLOCK];

/// Chunks of each thread, as far as their size allows: who is late then costs the others little.
const CHUNKS_OF_THREAD: usize = 8;

/// Blocks of the smallest and the largest chunk of a loop that reduces.
const BLOCKS: [usize; 2] = [2, 16];

/// Blocks of the smallest chunk of a loop of no more operations than these, as `sum(a*b)` has: some 3 µs.
const CHEAP_BLOCKS: usize = 4;
const CHEAP_OPERATIONS: usize = 8;

/// Runs that move fewer bytes than this stay on the calling thread, for waking another costs more;
/// unless they make more vector operations than these, which take as long as those bytes: some 10 µs.
const PARALLEL_FROM_BYTES: usize = 1 << 20;
const PARALLEL_FROM_OPERATIONS: usize = 1 << 16;

/// Runs on the calling thread whose results are larger than this store past the caches: what a later reader could still
/// find there is then little, and lines that are only written need not be read first.
pub(crate) const STREAMING_FROM_BYTES: usize = 4 << 20;

/// The same of runs on several threads. Two cores of a Zen 4 fetch lines fast enough together that plain stores win while
/// all arrays of `2*a + 3*b` are in the last cache (1e6 elements: 0.25 against 0.30 ns), and lose beyond (2e6: 0.48 against 0.31).
const SHARED_STREAMING_FROM_BYTES: usize = 10 << 20;

/// Runs that move more bytes than this and only reduce read ahead.
const READ_AHEAD_FROM_BYTES: usize = 4 << 20;

/// Runs every loop of `code` on `frame`. Without a pool, on the calling thread, which computes with floats in the
/// [`Standard`] way. An error of kind `Limit` where partial results need more memory than `scratch` may take, or there is.
pub(crate) fn run(
    code: &Code,
    frame: &mut Frame<'_>,
    scratch: &Scratch,
    pool: Option<&ThreadPool>,
) -> Result<()> {
    for (at, l) in code.loops().iter().enumerate() {
        let count = match l.extent {
            Extent::Space(space) => frame.places(space.index()).expect("who fills the frame has counted"),
            Extent::Once => 1,
        };
        if count == 0 {
            for &(reduction, dtype, into) in &l.reduces {
                frame.uniforms[into.index()] = reduce::empty(reduction, dtype).to_bits();
            }
            continue;
        }
        let stored = l.outputs.iter().map(|&(_, d)| d.size()).sum::<usize>().saturating_mul(count);
        let bytes = l.views.iter().map(|&(_, d)| d).chain(l.outputs.iter().map(|&(_, d)| d));
        let moved = bytes.map(|d| d.size()).sum::<usize>().saturating_mul(count);
        let operations = l.operations.saturating_mul(count) / l.lanes;
        let pool = pool.filter(|_| moved >= PARALLEL_FROM_BYTES || operations >= PARALLEL_FROM_OPERATIONS);
        let large = if l.reduces.is_empty() {
            stored >= if pool.is_some() { SHARED_STREAMING_FROM_BYTES } else { STREAMING_FROM_BYTES }
        } else {
            moved >= READ_AHEAD_FROM_BYTES
        };
        let mut pointers = Pointers::new(l, frame, large);
        let walk = pointers.walk(frame);
        if l.reduces.is_empty() {
            let chunk = pool.map_or(count, |pool| chunk(count, pool.current_num_threads()));
            if let Some(walk) = &walk {
                if let Some(tiles) = Tiles::new(code, at, &pointers, walk, chunk, large) {
                    store_tiles(&tiles, chunk, scratch, pool);
                    continue;
                }
                pointers.pack(walk);
            }
            store_all(&pointers, chunk, scratch, pool);
        } else {
            if let Some(walk) = &walk {
                pointers.pack(walk);
            }
            let mut results = scratch.results();
            reduce_all(&pointers, l.reduces.len(), &mut results, scratch, pool)?;
            for &guard in &l.guards {
                let mut blocks = results.iter().skip(guard).step_by(l.reduces.len());
                if let Some(block) = blocks.position(|&raised| raised as u32 as i32 > 0) {
                    frame.raised.push((l.reduces[guard].2.index(), block * BLOCK));
                }
            }
            for (at, &(reduction, dtype, into)) in l.reduces.iter().enumerate() {
                let width = l.reduces.len();
                match reduction {
                    Reduction::ProdReal => {
                        let [re, im] = join::blocks_of_pair(dtype, &results, at, width);
                        frame.uniforms[into.index()] = re;
                        frame.uniforms[l.reduces[at + 1].2.index()] = im;
                    }
                    Reduction::ProdImag => {}
                    _ => {
                        frame.uniforms[into.index()] = join::blocks(reduction, dtype, &mut results, at, width)
                    }
                }
            }
        }
    }
    Ok(())
}

fn store_all(pointers: &Pointers<'_>, chunk: usize, scratch: &Scratch, pool: Option<&ThreadPool>) {
    let count = pointers.count();
    share_out(
        count.div_ceil(chunk),
        pool,
        || pointers.buffers(scratch),
        |buffers, at| {
            let start = at * chunk;
            // SAFETY: chunks do not overlap, and each is run once.
            unsafe { pointers.run(buffers, &mut [], start, chunk.min(count - start), &mut []) };
        },
    );
}

fn store_tiles(tiles: &Tiles<'_>, chunk: usize, scratch: &Scratch, pool: Option<&ThreadPool>) {
    let count = tiles.count();
    let chunk = (chunk / tiles.size()).max(1);
    let buffers = || {
        let mut lines = scratch.lines();
        lines.make_room(tiles.lines());
        lines
    };
    share_out(count.div_ceil(chunk), pool, buffers, |lines, at| {
        // SAFETY: chunks do not overlap, and each is run once.
        unsafe { tiles.run(at * chunk..count.min((at + 1) * chunk), lines) };
    });
}

/// Elements of each chunk, but for the last, of a loop that only stores: whole steps of any code.
fn chunk(count: usize, threads: usize) -> usize {
    (count / threads / CHUNKS_OF_THREAD).clamp(CHUNKS[0], CHUNKS[1]) / MAX_STEP * MAX_STEP
}

/// Puts the results of each span into `results`, `width` words for each. Spans are single blocks but where all leaves
/// are shorter.
fn reduce_all(
    pointers: &Pointers<'_>,
    width: usize,
    results: &mut Vec<u64>,
    scratch: &Scratch,
    pool: Option<&ThreadPool>,
) -> Result<()> {
    let count = pointers.count();
    let blocks = count.div_ceil(BLOCK);
    let threads = pool.map(|pool| pool.current_num_threads());
    let least = if pointers.operations() <= CHEAP_OPERATIONS { CHEAP_BLOCKS } else { BLOCKS[0] };
    let chunk =
        threads.map_or(blocks, |threads| (blocks / threads / CHUNKS_OF_THREAD).clamp(least, BLOCKS[1]));
    let span = match pointers.has_short_leaves() {
        true => (BLOCK << chunk.ilog2()).min(reduce::SPAN),
        false => BLOCK,
    };
    let spans = count.div_ceil(span);
    let chunk = chunk * BLOCK / span;
    results.clear();
    let words = spans.saturating_mul(width);
    if words.saturating_mul(size_of::<u64>()) > scratch.memory() {
        let limit = many(scratch.memory(), "byte");
        let message = format!("the partial results of {count} elements need more than the limit of {limit}");
        return Err(Error::new(ErrorKind::Limit, message));
    }
    results.try_reserve_exact(words).map_err(|_| {
        Error::new(ErrorKind::Limit, format!("no memory for the partial results of {count} elements"))
    })?;
    results.resize(words, 0);
    let slots = Slots { first: results.as_mut_ptr(), width };
    share_out(
        spans.div_ceil(chunk),
        pool,
        || pointers.buffers(scratch),
        |buffers, at| {
            let mut partials = SmallVec::new();
            pointers.make_partials(&mut partials);
            for at in at * chunk..spans.min((at + 1) * chunk) {
                let start = at * span;
                let len = span.min(count - start);
                // SAFETY: `results` has `width` words for each span; spans do not overlap, and
                // each is run once.
                unsafe { pointers.run(buffers, &mut partials, start, len, slots.of(at)) };
            }
        },
    );
    Ok(())
}

/// The words that spans put their results into, shared by the threads that run them.
struct Slots {
    first: *mut u64,
    width: usize,
}

// SAFETY: only `of` reaches the words, and its callers keep blocks apart.
unsafe impl Sync for Slots {}

impl Slots {
    /// The words of a span.
    ///
    /// # Safety
    /// There are that many, and nobody else has those of this span.
    #[allow(clippy::mut_from_ref, reason = "each span has words of its own")]
    unsafe fn of(&self, span: usize) -> &mut [u64] {
        // SAFETY: the caller keeps the contract.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(span * self.width), self.width) }
    }
}
