//! Whether two arrays share memory.

use super::raw::Raw;

/// How the elements of two arrays lie to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relation {
    /// No byte is of both.
    Apart,
    /// Each element lies where the one at the same index of the other does.
    Same,
    /// Something else, or too hard to tell.
    Mixed,
}

/// Memory of an array, as far as it matters here.
#[derive(Clone, Copy)]
pub(crate) struct Footprint<'a> {
    /// The address of the element at index (0, 0, …).
    pub first: usize,
    /// Bytes of an element.
    pub size: usize,
    pub shape: &'a [usize],
    pub strides: &'a [isize],
}

impl<'a> Footprint<'a> {
    /// The memory of an array.
    pub fn of(raw: &'a Raw) -> Footprint<'a> {
        Footprint {
            first: raw.first().addr(),
            size: raw.dtype().size(),
            shape: raw.shape(),
            strides: raw.strides(),
        }
    }

    /// Strides of dimensions that have a second element.
    fn steps(self) -> impl Iterator<Item = (isize, usize)> {
        self.strides
            .iter()
            .zip(self.shape)
            .filter(|&(&stride, &n)| n > 1 && stride != 0)
            .map(|(&s, &n)| (s, n))
    }

    /// The address of the first byte, and of the one behind the last.
    fn ends(self) -> (usize, usize) {
        let (mut low, mut high) = (self.first, self.first + self.size);
        for (stride, n) in self.steps() {
            let extent = stride.unsigned_abs() * (n - 1);
            if stride < 0 { low -= extent } else { high += extent }
        }
        (low, high)
    }

    /// How the two lie to each other. Told apart are arrays of which one ends before the other begins, and those that
    /// interleave at the same distances: every other element, fields of records.
    pub fn relation(self, other: Footprint<'_>) -> Relation {
        if self.shape.contains(&0) || other.shape.contains(&0) {
            return Relation::Apart;
        }
        let ((low, high), (other_low, other_high)) = (self.ends(), other.ends());
        if high <= other_low || other_high <= low {
            return Relation::Apart;
        }
        // All elements of either begin so many bytes from each other, or a multiple of it.
        let grid =
            self.steps().chain(other.steps()).fold(0, |grid, (stride, _)| gcd(grid, stride.unsigned_abs()));
        let beside = match other.first.checked_sub(self.first) {
            Some(forth) => forth.checked_rem(grid),
            None => (self.first - other.first).checked_rem(grid).map(|back| (grid - back) % grid),
        };
        if beside.is_some_and(|beside| beside >= self.size && beside + other.size <= grid) {
            return Relation::Apart;
        }
        let same = self.first == other.first
            && self.size == other.size
            && self.shape == other.shape
            && self.strides.iter().zip(other.strides).zip(self.shape).all(|((a, b), &n)| n == 1 || a == b);
        if same { Relation::Same } else { Relation::Mixed }
    }
}

fn gcd(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::MultiIndex;
    use crate::random::Random;

    fn region<'a>(first: usize, size: usize, shape: &'a [usize], strides: &'a [isize]) -> Footprint<'a> {
        Footprint { first: 1000 + first, size, shape, strides }
    }

    #[test]
    fn arrays_that_share_nothing_are_told() {
        use Relation::{Apart, Mixed, Same};
        let eight = |first, n: &'static [usize], strides: &'static [isize]| region(first, 8, n, strides);
        let a = eight(0, &[10], &[8]);
        assert_eq!(a.relation(a), Same);
        assert_eq!(a.relation(eight(80, &[10], &[8])), Apart);
        assert_eq!(a.relation(eight(8, &[10], &[8])), Mixed);
        assert_eq!(eight(0, &[5], &[16]).relation(eight(8, &[5], &[16])), Apart);
        assert_eq!(eight(8, &[5], &[16]).relation(eight(0, &[5], &[16])), Apart);
        assert_eq!(eight(0, &[5], &[16]).relation(eight(8, &[5], &[24])), Mixed);
        assert_eq!(a.relation(eight(72, &[10], &[-8])), Mixed);
        assert_eq!(eight(0, &[2, 5], &[40, 8]).relation(eight(0, &[10], &[8])), Mixed);
        assert_eq!(eight(0, &[1, 5], &[7, 8]).relation(eight(0, &[1, 5], &[9, 8])), Same);
        assert_eq!(a.relation(eight(0, &[0], &[8])), Apart);
        // Fields of records of 12 bytes.
        assert_eq!(region(0, 8, &[9], &[12]).relation(region(8, 4, &[9], &[12])), Apart);
        assert_eq!(region(0, 8, &[9], &[12]).relation(region(6, 4, &[9], &[12])), Mixed);
    }

    #[test]
    fn what_is_told_apart_shares_no_byte() {
        let bytes = |of: Footprint<'_>| {
            let mut index = MultiIndex::first(of.shape);
            let mut bytes = Vec::new();
            for _ in 0..of.shape.iter().product() {
                let offset: isize = index.get().iter().zip(of.strides).map(|(&i, s)| i as isize * s).sum();
                bytes.extend((0..of.size).map(|k| of.first.wrapping_add_signed(offset) + k));
                index.advance();
            }
            bytes
        };
        let mut apart = 0;
        for seed in 0..3000 {
            let r = &mut Random(seed);
            let shapes = [(); 2].map(|()| [1 + r.below(3), 1 + r.below(4)]);
            let strides = [(); 2].map(|()| [(); 2].map(|()| r.below(13) as isize - 6));
            let [a, b] =
                [0, 1].map(|at| region(200 + r.below(12), 1 + r.below(3), &shapes[at], &strides[at]));
            let shared = bytes(a).iter().any(|byte| bytes(b).contains(byte));
            match a.relation(b) {
                Relation::Apart => apart += 1,
                _ if shared => {}
                relation => assert_eq!(relation, Relation::Mixed),
            }
            assert!(!(shared && a.relation(b) == Relation::Apart), "{shapes:?} {strides:?}");
        }
        assert!(apart > 500, "{apart}");
    }
}
