//! Products of matrices: floats and complex numbers by the crate `gemm`, integers by plain loops, which wrap.
//!
//! A product is cut into tiles by its lengths alone, and each tile is one thread's: so its bits do not depend on
//! their number. No tile takes more than some MiB of memory, whatever the lengths and the layout.

use std::sync::atomic::{AtomicBool, Ordering};

use gemm::Parallelism;
use num_complex::Complex;

use super::Share;
use crate::types::DType;

/// Tiles of more products than this are halved, as long as they are [`LONG`] or few.
const PRODUCTS: usize = 1 << 23;
const LONG: usize = 512;
const SHORT: usize = 128;
/// So many tiles are enough to share.
const ENOUGH: usize = 4;

/// Matrices that `gemm` cannot read where they lie are copied in blocks of so many rows and columns.
const BLOCK: usize = 256;

/// A matrix in memory: lengths, and strides in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix {
    pub first: *mut u8,
    pub lengths: [usize; 2],
    pub strides: [isize; 2],
    pub size: usize,
}

// SAFETY: whoever makes the tiles of a product promises that threads may use them.
unsafe impl Sync for Matrix {}

impl Matrix {
    fn at(&self, row: usize, column: usize) -> *mut u8 {
        self.first.wrapping_offset(row as isize * self.strides[0] + column as isize * self.strides[1])
    }

    /// So many rows and columns from a place on.
    fn part(&self, [row, column]: [usize; 2], lengths: [usize; 2]) -> Matrix {
        Matrix { first: self.at(row, column), lengths, ..*self }
    }

    /// Strides in elements, if elements lie at multiples of their size.
    fn steps(&self) -> Option<[isize; 2]> {
        let size = self.size as isize;
        let whole = |stride: isize| (stride % size == 0).then_some(stride / size);
        let aligned = self.first.addr().is_multiple_of(self.size.min(8));
        aligned.then(|| Some([whole(self.strides[0])?, whole(self.strides[1])?])).flatten()
    }

    /// The same elements in `room`, one after the other.
    ///
    /// # Safety
    /// The elements are there, and nobody writes them meanwhile.
    unsafe fn packed<T: Copy>(&self, room: &mut Vec<T>) -> Matrix {
        let [rows, columns] = self.lengths;
        room.clear();
        for row in 0..rows {
            for column in 0..columns {
                // SAFETY: the element is there; it may lie anywhere.
                room.push(unsafe { self.at(row, column).cast::<T>().read_unaligned() });
            }
        }
        let size = self.size as isize;
        Matrix { first: room.as_mut_ptr().cast(), strides: [columns as isize * size, size], ..*self }
    }
}

/// Sets `to`, which holds zeros, to the product of `x` and `y`. Once it is cancelled, it leaves out the rest.
///
/// # Safety
/// Elements are of `dtype`, and there; `to` is aligned and nobody else uses it meanwhile, nobody writes the others.
pub(super) unsafe fn product(
    dtype: DType,
    to: Matrix,
    x: Matrix,
    y: Matrix,
    share: &Share<'_>,
    cancel: &AtomicBool,
) {
    debug_assert!(to.lengths == [x.lengths[0], y.lengths[1]] && x.lengths[1] == y.lengths[0]);
    if x.lengths[1] == 0 || to.lengths.contains(&0) {
        return;
    }
    // SAFETY: the caller promises it, with the type that `dtype` names, of each tile.
    unsafe {
        match dtype {
            DType::Float32 => tiles(to, x, y, share, cancel, |t, x, y| inexact::<f32>(t, x, y, 1.0)),
            DType::Float64 => tiles(to, x, y, share, cancel, |t, x, y| inexact::<f64>(t, x, y, 1.0)),
            DType::Complex64 => {
                tiles(to, x, y, share, cancel, |t, x, y| inexact(t, x, y, Complex::<f32>::from(1.0)));
            }
            DType::Complex128 => {
                tiles(to, x, y, share, cancel, |t, x, y| inexact(t, x, y, Complex::<f64>::from(1.0)));
            }
            DType::Bool => tiles(to, x, y, share, cancel, |t, x, y| {
                exact(t, x, y, cancel, |sum: u8, x: u8, y: u8| sum | u8::from(x != 0 && y != 0));
            }),
            DType::Int8 | DType::UInt8 => tiles(to, x, y, share, cancel, |t, x, y| {
                exact(t, x, y, cancel, |s: u8, x: u8, y| s.wrapping_add(x.wrapping_mul(y)));
            }),
            DType::Int16 | DType::UInt16 => tiles(to, x, y, share, cancel, |t, x, y| {
                exact(t, x, y, cancel, |s: u16, x: u16, y| s.wrapping_add(x.wrapping_mul(y)));
            }),
            DType::Int32 | DType::UInt32 => tiles(to, x, y, share, cancel, |t, x, y| {
                exact(t, x, y, cancel, |s: u32, x: u32, y| s.wrapping_add(x.wrapping_mul(y)));
            }),
            DType::Int64 | DType::UInt64 => tiles(to, x, y, share, cancel, |t, x, y| {
                exact(t, x, y, cancel, |s: u64, x: u64, y| s.wrapping_add(x.wrapping_mul(y)));
            }),
        }
    }
}

/// Cuts a product into tiles: what of `to` each sets, and of what rows and what columns.
fn tiles(
    to: Matrix,
    x: Matrix,
    y: Matrix,
    share: &Share<'_>,
    cancel: &AtomicBool,
    make: impl Fn(Matrix, Matrix, Matrix) + Sync,
) {
    let inner = x.lengths[1];
    let [rows, columns] = tile(to.lengths, inner);
    let across = to.lengths[1].div_ceil(columns);
    let count = to.lengths[0].div_ceil(rows) * across;
    let work = |number: usize| {
        if cancel.load(Ordering::Relaxed) {
            return;
        }
        let start = [number / across * rows, number % across * columns];
        let lengths = [rows.min(to.lengths[0] - start[0]), columns.min(to.lengths[1] - start[1])];
        make(
            to.part(start, lengths),
            x.part([start[0], 0], [lengths[0], inner]),
            y.part([0, start[1]], [inner, lengths[1]]),
        );
    };
    match count {
        1 => work(0),
        _ => share(count, &work),
    }
}

/// Lengths of the tiles of a product of these lengths over so many inner elements.
fn tile(lengths: [usize; 2], inner: usize) -> [usize; 2] {
    let mut tile = lengths;
    let products = |[m, n]: [usize; 2]| m.saturating_mul(n).saturating_mul(inner);
    let count = |tile: [usize; 2]| lengths[0].div_ceil(tile[0]) * lengths[1].div_ceil(tile[1]);
    while products(tile) > PRODUCTS {
        let longer = usize::from(tile[1] > tile[0]);
        let least = if count(tile) < ENOUGH { SHORT } else { LONG };
        if tile[longer] <= least {
            break;
        }
        // Vectors stay whole.
        tile[longer] = tile[longer].div_ceil(2).next_multiple_of(16);
    }
    tile
}

/// # Safety
/// That of [`product`], of elements `T`.
unsafe fn inexact<T: Copy + 'static>(to: Matrix, x: Matrix, y: Matrix, one: T) {
    if x.steps().is_some() && y.steps().is_some() {
        // SAFETY: as the caller promises; the matrices are aligned.
        return unsafe { multiply(to, x, y, one, false) };
    }
    // Block by block: a copy of the whole might take as much memory as an array.
    let [mut x_room, mut y_room] = [Vec::<T>::new(), Vec::new()];
    let part = |matrix: &Matrix, start: [usize; 2], most: [usize; 2]| {
        let lengths = [0, 1].map(|axis| most[axis].min(matrix.lengths[axis] - start[axis]));
        matrix.part(start, lengths)
    };
    for row in (0..to.lengths[0]).step_by(BLOCK) {
        for inner in (0..x.lengths[1]).step_by(BLOCK) {
            let x = part(&x, [row, inner], [BLOCK; 2]);
            // SAFETY: the caller promises that the elements are there.
            let x = unsafe { x.packed(&mut x_room) };
            for column in (0..to.lengths[1]).step_by(BLOCK) {
                let y = part(&y, [inner, column], [BLOCK; 2]);
                // SAFETY: as above; the copies are aligned.
                unsafe {
                    let y = y.packed(&mut y_room);
                    multiply(part(&to, [row, column], [BLOCK; 2]), x, y, one, inner > 0);
                }
            }
        }
    }
}

/// Sets a matrix to the product of two others, or adds it.
///
/// # Safety
/// That of [`product`], of elements `T` that are aligned.
unsafe fn multiply<T: Copy + 'static>(to: Matrix, x: Matrix, y: Matrix, one: T, adds: bool) {
    let steps = [to, x, y].map(|matrix| matrix.steps().expect("elements are aligned"));
    let [[to_row, to_column], [x_row, x_column], [y_row, y_column]] = steps;
    // SAFETY: the matrices are there, aligned, and of these lengths; nobody else uses the first.
    unsafe {
        gemm::gemm::<T>(
            to.lengths[0],
            to.lengths[1],
            x.lengths[1],
            to.first.cast(),
            to_column,
            to_row,
            adds,
            x.first.cast_const().cast(),
            x_column,
            x_row,
            y.first.cast_const().cast(),
            y_column,
            y_row,
            one,
            one,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// Row by row, each a sum of rows of `y`.
///
/// # Safety
/// That of [`product`], of elements `T`.
unsafe fn exact<T: Copy>(to: Matrix, x: Matrix, y: Matrix, cancel: &AtomicBool, join: impl Fn(T, T, T) -> T) {
    for row in 0..to.lengths[0] {
        for inner in 0..x.lengths[1] {
            // SAFETY: the element is there; it may lie anywhere.
            let factor = unsafe { x.at(row, inner).cast::<T>().read_unaligned() };
            for column in 0..to.lengths[1] {
                let place = to.at(row, column).cast::<T>();
                // SAFETY: both elements are there, and nobody else uses that of the product.
                unsafe {
                    let other = y.at(inner, column).cast::<T>().read_unaligned();
                    place.write(join(place.read(), factor, other));
                }
            }
        }
        if cancel.load(Ordering::Relaxed) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_cut_by_lengths_alone() {
        assert_eq!(tile([256, 256], 256), [128, 256]);
        assert_eq!(tile([4000, 4000], 2000), [512, 512]);
        assert_eq!(tile([3, 5], 7), [3, 5]);
        assert_eq!(tile([1, 100_000], 1000), [1, 6256]);
    }

    fn matrix<T>(elements: &mut [T], lengths: [usize; 2], strides: [isize; 2]) -> Matrix {
        let size = size_of::<T>();
        let strides = strides.map(|stride| stride * size as isize);
        Matrix { first: elements.as_mut_ptr().cast(), lengths, strides, size }
    }

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn alone(count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).for_each(work);
    }

    /// Sums of small whole numbers are exact, in whatever order.
    #[test]
    fn several_tiles_make_the_product() {
        let [m, k, n] = [700, 130, 600];
        let mut x: Vec<f64> = (0..m * k).map(|i| (i * 7 % 13) as f64 - 6.0).collect();
        let mut y: Vec<f64> = (0..k * n).map(|i| (i * 5 % 11) as f64 - 5.0).collect();
        let mut to = vec![0.0; m * n];
        assert!(tile([m, n], k) != [m, n]);
        let matrices = [
            matrix(&mut to, [m, n], [n as isize, 1]),
            matrix(&mut x, [m, k], [1, m as isize]),
            matrix(&mut y, [k, n], [n as isize, 1]),
        ];
        // SAFETY: they are there, and nobody else uses them.
        unsafe { product(DType::Float64, matrices[0], matrices[1], matrices[2], &alone, &NEVER) };
        for row in (0..m).step_by(41) {
            for column in 0..n {
                let expected: f64 = (0..k).map(|at| x[at * m + row] * y[at * n + column]).sum();
                assert_eq!(to[row * n + column], expected, "{row} {column}");
            }
        }
    }

    /// Elements that lie at no multiple of their size, in more than one block of rows, columns and what is between.
    #[test]
    fn packed_records_of_many_blocks_are_multiplied() {
        let [m, k, n] = [BLOCK + 3, BLOCK + 5, 2 * BLOCK + 7];
        let number = |at: usize| (at * 7 % 13) as f64 - 6.0;
        let records = |count: usize| -> Vec<u8> {
            (0..count).flat_map(|at| [&number(at).to_le_bytes()[..], &[1; 3]].concat()).collect()
        };
        let record = |bytes: &mut Vec<u8>, lengths: [usize; 2]| {
            let strides = [11 * lengths[1] as isize, 11];
            Matrix { first: bytes.as_mut_ptr(), lengths, strides, size: 8 }
        };
        let (mut x, mut y, mut to) = (records(m * k), records(k * n), vec![0.0f64; m * n]);
        let (x, y) = (record(&mut x, [m, k]), record(&mut y, [k, n]));
        let to_matrix = matrix(&mut to, [m, n], [n as isize, 1]);
        // SAFETY: they are there, and nobody else uses them.
        unsafe { product(DType::Float64, to_matrix, x, y, &alone, &NEVER) };
        for row in (0..m).step_by(37) {
            for column in 0..n {
                let expected: f64 = (0..k).map(|at| number(row * k + at) * number(at * n + column)).sum();
                assert_eq!(to[row * n + column], expected, "{row} {column}");
            }
        }
    }

    #[test]
    fn what_is_cancelled_leaves_out_the_rest() {
        let mut elements = vec![1i64; 300 * 300];
        let mut to = vec![0i64; 300 * 300];
        let x = matrix(&mut elements, [300, 300], [300, 1]);
        let cancelled = AtomicBool::new(true);
        let to_matrix = matrix(&mut to, [300, 300], [300, 1]);
        // SAFETY: they are there, and nobody writes what is read.
        unsafe { product(DType::Int64, to_matrix, x, x, &alone, &cancelled) };
        assert!(to.iter().all(|&v| v == 0));
        // SAFETY: as above.
        unsafe { product(DType::Int64, to_matrix, x, x, &alone, &NEVER) };
        assert!(to.iter().all(|&v| v == 300));
    }

    /// Elements that lie at no multiple of their size.
    #[test]
    fn packed_records_are_multiplied() {
        let mut bytes = vec![0u8; 6 * 13 + 1];
        for at in 0..6 {
            bytes[13 * at + 1..][..8].copy_from_slice(&(at as f64).to_le_bytes());
        }
        let mut to = [0.0f64; 4];
        let first = bytes.as_mut_ptr().wrapping_add(1);
        let x = Matrix { first, lengths: [2, 3], strides: [39, 13], size: 8 };
        let y = Matrix { first, lengths: [3, 2], strides: [26, 13], size: 8 };
        // SAFETY: they are there, and nobody else uses them.
        unsafe { product(DType::Float64, matrix(&mut to, [2, 2], [2, 1]), x, y, &alone, &NEVER) };
        assert_eq!(to, [10.0, 13.0, 28.0, 40.0]);
    }
}
