//! Copies of whole arrays.

use super::pack;
use super::walk::Walk;
use crate::array::{ArrayView, ArrayViewMut};

/// Copies every element to the same index of an array of the same type and shape. Panics where they are of others.
pub(crate) fn copy(from: &ArrayView<'_>, to: &mut ArrayViewMut<'_>) {
    assert!(from.dtype() == to.dtype() && from.shape() == to.shape());
    if from.is_empty() {
        return;
    }
    let walk = Walk::new(from.shape(), [from.strides(), to.strides()].into_iter(), false);
    let (size, dimensions) = (from.dtype().size(), walk.lens.len());
    let [source, target] = [0, 1].map(|at| &walk.streams[at]);
    let axis = |from_the_end: usize| match dimensions.checked_sub(from_the_end) {
        Some(axis) => (walk.lens[axis], source.strides[axis], target.strides[axis]),
        None => (1, 0, 0),
    };
    let ((n, from_element, to_element), (rows, from_row, to_row)) = (axis(1), axis(2));
    let outer = dimensions.saturating_sub(2);
    for place in 0..walk.lens[..outer].iter().product() {
        let (mut rest, mut offsets) = (place, (source.offset, target.offset));
        for axis in (0..outer).rev() {
            let index = (rest % walk.lens[axis]) as isize;
            rest /= walk.lens[axis];
            offsets.0 += index * source.strides[axis];
            offsets.1 += index * target.strides[axis];
        }
        // SAFETY: these are rows of the two arrays; the one that is written is borrowed exclusively, and the other is
        // borrowed to be read, so that they lie apart.
        unsafe {
            let (from, to) = (from.raw().first().offset(offsets.0), to.raw().first().offset(offsets.1));
            pack::copy(size, from, [from_row, from_element], to, [to_row, to_element], [rows, n]);
        }
    }
}
