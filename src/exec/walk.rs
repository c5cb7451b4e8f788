//! The order in which a loop goes through its space.
//!
//! A space of several dimensions becomes one of as few as its streams allow: dimensions of one element are
//! dropped, and two neighbours are joined where every stream goes on from the inner to the outer one at the
//! same stride. A loop that only stores may go through its elements in any order, so that its dimensions are
//! also turned round and sorted, the one with the shortest strides innermost.
//!
//! This module knows lengths and strides. It must not know memory.

use smallvec::SmallVec;

/// A space as a loop goes through it.
pub(super) struct Walk {
    /// Lengths of the dimensions, outermost first; none is 1.
    pub lens: SmallVec<[usize; 4]>,
    /// The way of each stream.
    pub streams: SmallVec<[Way; 8]>,
}

/// How a stream goes through the space.
pub(super) struct Way {
    /// Bytes from the stream's own first element to the one where the walk begins.
    pub offset: isize,
    /// Bytes between neighbours along each dimension of the walk.
    pub strides: SmallVec<[isize; 4]>,
}

impl Walk {
    /// A walk through `shape`, which has elements, of streams with these strides. With `in_order` it goes in
    /// C order.
    pub fn new<'s>(shape: &[usize], strides: impl Iterator<Item = &'s [isize]>, in_order: bool) -> Walk {
        let axes: SmallVec<[usize; 4]> = (0..shape.len()).filter(|&axis| shape[axis] > 1).collect();
        let lens = axes.iter().map(|&axis| shape[axis]).collect();
        let way =
            |strides: &[isize]| Way { offset: 0, strides: axes.iter().map(|&axis| strides[axis]).collect() };
        let mut walk = Walk { lens, streams: strides.map(way).collect() };
        if !in_order {
            walk.turn_round();
            walk.sort();
        }
        walk.join();
        walk
    }

    /// The pattern of a stream.
    pub fn pattern(&self, stream: usize) -> Pattern {
        Pattern::new(&self.lens, &self.streams[stream].strides)
    }

    /// Makes most strides of each dimension positive.
    fn turn_round(&mut self) {
        for (axis, &n) in self.lens.iter().enumerate() {
            let signs = self.streams.iter().map(|way| way.strides[axis].signum()).sum::<isize>();
            if signs < 0 {
                for way in &mut self.streams {
                    let stride = &mut way.strides[axis];
                    way.offset += *stride * (n as isize - 1);
                    *stride = -*stride;
                }
            }
        }
    }

    /// Brings the dimensions with short strides inward; those that are alike stay in their order.
    fn sort(&mut self) {
        let cost = |walk: &Walk, axis: usize| {
            let strides = walk.streams.iter().map(|way| way.strides[axis].unsigned_abs());
            strides.fold(0usize, usize::saturating_add)
        };
        for end in 1..self.lens.len() {
            for axis in (1..=end).rev() {
                if cost(self, axis - 1) >= cost(self, axis) {
                    break;
                }
                self.lens.swap(axis - 1, axis);
                self.streams.iter_mut().for_each(|way| way.strides.swap(axis - 1, axis));
            }
        }
    }

    /// Makes one dimension of two neighbours wherever all streams go on at the same stride.
    fn join(&mut self) {
        for axis in (1..self.lens.len()).rev() {
            let n = self.lens[axis];
            if self.streams.iter().all(|way| goes_on(way.strides[axis - 1], n, way.strides[axis])) {
                self.lens[axis - 1] *= n;
                self.lens.remove(axis);
                for way in &mut self.streams {
                    way.strides.remove(axis - 1);
                }
            }
        }
    }
}

/// Whether the step to the next outer place is one more inner step after the last of `n`.
fn goes_on(outer: isize, n: usize, inner: isize) -> bool {
    outer == inner.wrapping_mul(n as isize)
}

/// A dimension of a pattern.
#[derive(Clone, Copy)]
pub(super) struct Dimension {
    pub len: usize,
    pub stride: isize,
}

/// The way of a single stream, with as few dimensions as it allows by itself: innermost first, at least one.
pub(super) struct Pattern(SmallVec<[Dimension; 4]>);

impl Pattern {
    /// The way of a stream with these strides through a space of these lengths, both outermost first.
    pub fn new(lens: &[usize], strides: &[isize]) -> Pattern {
        let mut pattern: SmallVec<[Dimension; 4]> = SmallVec::new();
        for (&len, &stride) in lens.iter().zip(strides).rev() {
            match pattern.last_mut() {
                Some(inner) if goes_on(stride, inner.len, inner.stride) => inner.len *= len,
                _ => pattern.push(Dimension { len, stride }),
            }
        }
        if pattern.is_empty() {
            pattern.push(Dimension { len: 1, stride: 0 });
        }
        Pattern(pattern)
    }

    /// Whether elements of `size` bytes lie one after the other.
    pub fn is_unit(&self, size: usize) -> bool {
        self.0.len() == 1 && (self.0[0].stride == size as isize || self.0[0].len == 1)
    }

    /// After how many elements it comes by the first one again, if it does over and over.
    pub fn period(&self) -> Option<usize> {
        let (outer, inner) = self.0.split_last().expect("a pattern has a dimension");
        (outer.stride == 0).then(|| inner.iter().map(|axis| axis.len).product())
    }

    /// Goes through `len` elements from the one with number `start`: calls `each(offset, strides, counts)` for some
    /// whole rows of the innermost dimension at a time, or for a part of one, with the bytes to the next row and to
    /// the next element, and the number of rows and of elements of each.
    pub fn rows(&self, start: usize, len: usize, mut each: impl FnMut(isize, [isize; 2], [usize; 2])) {
        let (inner, outer) = self.0.split_first().expect("a pattern has a dimension");
        let one = Dimension { len: 1, stride: 0 };
        let (second, outer) = outer.split_first().unwrap_or((&one, &[]));
        let (mut row, mut within) = (start / inner.len, start % inner.len);
        let mut left = len;
        while left > 0 {
            let (mut rest, at) = (row / second.len, row % second.len);
            let mut offset = at as isize * second.stride + within as isize * inner.stride;
            for axis in outer {
                offset += (rest % axis.len) as isize * axis.stride;
                rest /= axis.len;
            }
            let part = inner.len - within;
            let counts = match left / inner.len {
                whole if within == 0 && whole > 0 => [whole.min(second.len - at), inner.len],
                _ => [1, part.min(left)],
            };
            each(offset, [second.stride, inner.stride], counts);
            left -= counts[0] * counts[1];
            row += counts[0];
            within = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(shape: &[usize], strides: &[&[isize]], in_order: bool) -> (Vec<usize>, Vec<(isize, Vec<isize>)>) {
        let walk = Walk::new(shape, strides.iter().copied(), in_order);
        let way = |way: &Way| (way.offset, way.strides.to_vec());
        (walk.lens.to_vec(), walk.streams.iter().map(way).collect())
    }

    #[test]
    fn dimensions_are_joined_where_all_streams_go_on() {
        let c: &[isize] = &[96, 32, 8];
        assert_eq!(walk(&[2, 3, 4], &[c, c], true), (vec![24], vec![(0, vec![8]); 2]));
        assert_eq!(walk(&[2, 3, 4], &[c, &[0, 32, 8]], true).0, [2, 12]);
        assert_eq!(walk(&[2, 3, 4], &[c, &[12, 4, 0]], true).0, [6, 4]);
        assert_eq!(walk(&[1, 3, 1], &[&[7, 8, 9]], true), (vec![3], vec![(0, vec![8])]));
        assert_eq!(walk(&[1, 1], &[&[8, 8]], true), (vec![], vec![(0, vec![])]));
    }

    #[test]
    fn loops_that_only_store_go_along_memory() {
        let fortran: &[isize] = &[8, 16, 48];
        assert_eq!(walk(&[2, 3, 4], &[fortran, fortran], false), (vec![24], vec![(0, vec![8]); 2]));
        assert_eq!(walk(&[2, 3, 4], &[fortran, fortran], true).0, [2, 3, 4]);
        let backwards: &[isize] = &[-24, -8];
        assert_eq!(walk(&[2, 3], &[backwards, backwards], false), (vec![6], vec![(-40, vec![8]); 2]));
        assert_eq!(walk(&[2, 3], &[backwards, &[24, 8]], false).0, [6]);
        // Of a transposed pair, the result is the second that speaks for C order.
        let (lens, ways) = walk(&[5, 4], &[&[8, 40], &[32, 8], &[32, 8]], false);
        assert_eq!((lens, &ways[0].1), (vec![5, 4], &vec![8, 40]));
    }

    #[test]
    fn patterns_of_single_streams() {
        let pattern = |lens: &[usize], strides: &[isize]| Pattern::new(lens, strides);
        assert!(pattern(&[2, 3], &[24, 8]).is_unit(8) && pattern(&[], &[]).is_unit(8));
        assert!(!pattern(&[2, 3], &[32, 8]).is_unit(8) && !pattern(&[6], &[4]).is_unit(8));
        assert_eq!(pattern(&[7, 3], &[0, 8]).period(), Some(3));
        assert_eq!(pattern(&[7, 3], &[0, 0]).period(), Some(1));
        assert_eq!(pattern(&[7, 3], &[8, 0]).period(), None);
        let mut places = Vec::new();
        let each = |offset, [row, stride]: [isize; 2], [rows, n]: [usize; 2]| {
            let element = |i: isize| (0..n as isize).map(move |k| offset + i * row + k * stride);
            places.extend((0..rows as isize).flat_map(element));
        };
        pattern(&[2, 3, 4], &[1000, 100, 10]).rows(5, 12, each);
        assert_eq!(places, [110, 120, 130, 200, 210, 220, 230, 1000, 1010, 1020, 1030, 1100]);
    }
}
