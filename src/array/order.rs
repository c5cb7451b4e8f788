//! In which order the elements of a result lie in memory.

use smallvec::SmallVec;

/// The order of elements of results that are allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// The last index fastest.
    #[default]
    C,
    /// The first index fastest.
    F,
    /// As those of the arguments that the result is computed from, as NumPy's `K` finds it: dimensions with short strides
    /// innermost, and as in C where arguments disagree.
    K,
}

/// Dimensions, outermost in memory first.
pub(crate) type Axes = SmallVec<[usize; 4]>;

impl Order {
    /// The dimensions of a result of `shape` that is computed from streams with these strides, outermost in memory first.
    pub(crate) fn axes<'s>(
        self,
        shape: &[usize],
        streams: impl Iterator<Item = &'s [isize]> + Clone,
    ) -> Axes {
        let c = 0..shape.len();
        match self {
            Order::C => c.collect(),
            Order::F => c.rev().collect(),
            Order::K => closest(shape, streams),
        }
    }
}

/// NumPy's order of iteration, which is an insertion sort by strides in which C order wins where streams disagree.
fn closest<'s>(shape: &[usize], streams: impl Iterator<Item = &'s [isize]> + Clone) -> Axes {
    let stride =
        |strides: &[isize], axis: usize| if shape[axis] == 1 { 0 } else { strides[axis].unsigned_abs() };
    // Innermost first, until the end.
    let mut axes: Axes = (0..shape.len()).rev().collect();
    for at in 1..axes.len() {
        let axis = axes[at];
        let mut place = at;
        for inner in (0..at).rev() {
            let both = streams.clone().map(|strides| (stride(strides, axis), stride(strides, axes[inner])));
            let mut compared = both.filter(|&(outer, inner)| outer != 0 && inner != 0).peekable();
            if compared.peek().is_none() {
                continue;
            }
            if compared.any(|(outer, inner)| inner <= outer) {
                break;
            }
            place = inner;
        }
        axes.remove(at);
        axes.insert(place, axis);
    }
    axes.reverse();
    axes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_lie_as_what_they_are_computed_from() {
        let k =
            |shape: &[usize], streams: &[&[isize]]| Order::K.axes(shape, streams.iter().copied()).to_vec();
        assert_eq!(k(&[2, 3], &[&[24, 8], &[24, 8]]), [0, 1]);
        assert_eq!(k(&[2, 3], &[&[8, 16], &[8, 16]]), [1, 0]);
        // Who disagree, and who say nothing.
        assert_eq!(k(&[2, 3], &[&[8, 16], &[24, 8]]), [0, 1]);
        assert_eq!(k(&[2, 3], &[&[8, 0], &[0, 8]]), [0, 1]);
        assert_eq!(k(&[2, 3], &[&[8, 16], &[0, 8]]), [1, 0]);
        assert_eq!(k(&[2, 1, 3], &[&[8, 4, 16]]), [1, 2, 0]);
        assert_eq!(k(&[2, 3, 4], &[&[-96, 8, 24]]), [0, 2, 1]);
        assert_eq!(Order::F.axes(&[2, 3, 4], [].into_iter()).to_vec(), [2, 1, 0]);
        assert_eq!(Order::C.axes(&[2, 3], [&[8isize, 16][..]].into_iter()).to_vec(), [0, 1]);
    }
}
