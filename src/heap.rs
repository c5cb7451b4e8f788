//! The arrays that a run of a function makes: who holds them, for how long, and how much they may take.
//!
//! Nothing counts references. A loop remembers how many arrays there were when it began; when a trip ends, those
//! made since are freed, save for those that the trip hands to the next, for nothing else can lead to them. A call
//! does the same when it returns. This module must not know functions.

use crate::array::{Array, ArrayViewMut};
use crate::types::DType;

/// The arrays of a run. Addresses of their elements stay valid until they are released.
#[derive(Debug)]
pub(crate) struct Heap {
    blocks: Vec<Block>,
    /// Bytes of all of them, and how many they may be.
    used: usize,
    limit: usize,
}

#[derive(Debug)]
struct Block {
    array: Array,
    first: usize,
    bytes: usize,
}

impl Heap {
    /// A heap of arrays that take no more than so many bytes at a time.
    pub fn new(limit: usize) -> Heap {
        Heap { blocks: Vec::new(), used: 0, limit }
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
        let used = self.used.checked_add(bytes).filter(|&used| used <= self.limit)?;
        let mut array = Array::zeros(dtype, lengths).ok()?;
        let first = ArrayViewMut::from(&mut array).raw().first();
        self.blocks.push(Block { array, first: first.addr(), bytes });
        self.used = used;
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
        let used = &mut self.used;
        let mut at = 0;
        self.blocks.retain(|block| {
            at += 1;
            // Not the end itself: an array may begin there.
            let kept = at <= mark || keep.iter().any(|&a| a.wrapping_sub(block.first) < block.bytes);
            if !kept {
                *used -= block.bytes;
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
        self.used -= block.bytes;
        Some(block.array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubles(heap: &mut Heap, n: i64) -> Option<usize> {
        heap.alloc(DType::Float64, [n].into_iter()).map(|first| first.addr())
    }

    #[test]
    fn what_is_handed_on_stays_and_the_rest_is_freed() {
        let mut heap = Heap::new(1000);
        let outer = doubles(&mut heap, 10).unwrap();
        let mark = heap.mark();
        let first = doubles(&mut heap, 20).unwrap();
        let second = doubles(&mut heap, 30).unwrap();
        // An address inside keeps the whole array.
        heap.release(mark, &[second + 8, outer]);
        assert_eq!((heap.mark(), heap.used), (2, 320));
        assert!(heap.take(first, DType::Float64, &[20], &[8]).is_none());
        heap.release(mark, &[]);
        assert_eq!((heap.mark(), heap.used), (1, 80));
        assert_eq!(heap.take(outer, DType::Float64, &[10], &[8]).unwrap().shape(), [10]);
        assert_eq!(heap.used, 0);
    }

    #[test]
    fn the_limit_holds_for_what_is_there_at_a_time() {
        let mut heap = Heap::new(800);
        assert!(doubles(&mut heap, 101).is_none());
        assert!(doubles(&mut heap, 100).is_some());
        assert!(doubles(&mut heap, 0).is_none(), "even an empty array takes a place");
        heap.release(0, &[]);
        assert!(doubles(&mut heap, 50).is_some());
        for lengths in [[-1, 1], [-1, 0], [i64::MAX, i64::MAX], [1 << 40, 1 << 40]] {
            assert!(heap.alloc(DType::Int8, lengths.into_iter()).is_none(), "{lengths:?}");
        }
    }
}
