//! The arrays that a run of a function makes: who holds them, for how long, and how much they may take.
//!
//! Nothing counts references. A loop remembers how many arrays there were when it began; when a trip ends, those
//! made since are freed, save for those that the trip hands to the next, for nothing else can lead to them. A call
//! does the same when it returns. Threads that work on one run have a heap each, and one limit. This module must not know functions.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::array::{Array, ArrayViewMut};
use crate::types::DType;

/// The arrays of a run, or of a thread that works on it. Addresses of their elements stay valid until they are released.
#[derive(Debug)]
pub(crate) struct Heap<'l> {
    blocks: Vec<Block>,
    /// Bytes that arrays may still take, of all heaps of the run.
    left: &'l AtomicUsize,
}

#[derive(Debug)]
struct Block {
    array: Array,
    first: usize,
    bytes: usize,
}

impl<'l> Heap<'l> {
    /// A heap of arrays that take no more than what is left of so many bytes.
    pub fn new(left: &'l AtomicUsize) -> Heap<'l> {
        Heap { blocks: Vec::new(), left }
    }

    /// A heap with the same limit.
    pub fn another(&self) -> Heap<'l> {
        Heap::new(self.left)
    }

    /// The address of the first element of a new array of zeros; `None` where it has a negative length, or there is
    /// no memory for it, or not within the limit.
    pub fn alloc(&mut self, dtype: DType, lengths: impl Iterator<Item = i64>) -> Option<*mut u8> {
        let lengths = lengths.map(usize::try_from).collect::<Result<Vec<usize>, _>>().ok()?;
        let elements = match lengths.contains(&0) {
            true => 0,
            false => lengths.iter().try_fold(1usize, |product, &n| product.checked_mul(n))?,
        };
        // An array without elements still has a place of its own, so that it can be told from others.
        let bytes = elements.checked_mul(dtype.size())?.max(1);
        let take = |left: usize| left.checked_sub(bytes);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
        let Ok(mut array) = Array::zeros(dtype, lengths) else {
            self.left.fetch_add(bytes, Ordering::Relaxed);
            return None;
        };
        let first = ArrayViewMut::from(&mut array).raw().first();
        self.blocks.push(Block { array, first: first.addr(), bytes });
        Some(first)
    }

    /// How many arrays there are: what [`Heap::release`] goes back to.
    pub fn mark(&self) -> usize {
        self.blocks.len()
    }

    /// Frees the arrays made since there were `mark`, save for those in which these addresses lie.
    pub fn release(&mut self, mark: usize, keep: &[usize]) {
        if self.blocks.len() <= mark {
            return;
        }
        let left = self.left;
        let mut at = 0;
        self.blocks.retain(|block| {
            at += 1;
            // Not the end itself: an array may begin there.
            let kept = at <= mark || keep.iter().any(|&a| a.wrapping_sub(block.first) < block.bytes);
            if !kept {
                left.fetch_add(block.bytes, Ordering::Relaxed);
            }
            kept
        });
    }

    /// Takes the array that begins at this address out of the heap, if it is of this type, shape and layout.
    pub fn take(&mut self, first: usize, dtype: DType, shape: &[usize], strides: &[isize]) -> Option<Array> {
        let at = self.blocks.iter().position(|block| {
            let array = &block.array;
            block.first == first
                && array.dtype() == dtype
                && array.shape() == shape
                && array.view().strides() == strides
        })?;
        let block = self.blocks.remove(at);
        self.left.fetch_add(block.bytes, Ordering::Relaxed);
        Some(block.array)
    }
}

impl Drop for Heap<'_> {
    fn drop(&mut self) {
        self.release(0, &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubles(heap: &mut Heap<'_>, n: i64) -> Option<usize> {
        heap.alloc(DType::Float64, [n].into_iter()).map(|first| first.addr())
    }

    #[test]
    fn what_is_handed_on_stays_and_the_rest_is_freed() {
        let left = AtomicUsize::new(1000);
        let used = || 1000 - left.load(Ordering::Relaxed);
        let mut heap = Heap::new(&left);
        let outer = doubles(&mut heap, 10).unwrap();
        let mark = heap.mark();
        let first = doubles(&mut heap, 20).unwrap();
        let second = doubles(&mut heap, 30).unwrap();
        // An address inside keeps the whole array.
        heap.release(mark, &[second + 8, outer]);
        assert_eq!((heap.mark(), used()), (2, 320));
        assert!(heap.take(first, DType::Float64, &[20], &[8]).is_none());
        heap.release(mark, &[]);
        assert_eq!((heap.mark(), used()), (1, 80));
        assert_eq!(heap.take(outer, DType::Float64, &[10], &[8]).unwrap().shape(), [10]);
        assert_eq!(used(), 0);
    }

    #[test]
    fn the_limit_holds_for_what_is_there_at_a_time() {
        let left = AtomicUsize::new(800);
        let mut heap = Heap::new(&left);
        assert!(doubles(&mut heap, 101).is_none());
        assert!(doubles(&mut heap, 100).is_some());
        assert!(doubles(&mut heap, 0).is_none(), "even an empty array takes a place");
        heap.release(0, &[]);
        assert!(doubles(&mut heap, 50).is_some());
        for lengths in [[-1, 1], [-1, 0], [i64::MAX, i64::MAX], [1 << 40, 1 << 40]] {
            assert!(heap.alloc(DType::Int8, lengths.into_iter()).is_none(), "{lengths:?}");
        }
    }

    #[test]
    fn heaps_of_one_run_have_one_limit() {
        let left = AtomicUsize::new(800);
        let mut heap = Heap::new(&left);
        let mut other = heap.another();
        assert!(doubles(&mut heap, 60).is_some());
        assert!(doubles(&mut other, 60).is_none());
        assert!(doubles(&mut other, 40).is_some());
        drop(other);
        assert!(doubles(&mut heap, 40).is_some());
    }
}
