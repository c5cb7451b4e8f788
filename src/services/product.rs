//! Products of matrices: floats and complex numbers by the crate `gemm`, integers by plain loops, which wrap.
//!
//! A product is cut into tiles by its lengths alone, and each tile is one thread's: so its bits do not depend on
//! their number.

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
        room.reserve_exact(rows * columns);
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

/// Sets `to`, which holds zeros, to the product of `x` and `y`.
///
/// # Safety
/// Elements are of `dtype`, and there; `to` is aligned and nobody else uses it meanwhile, nobody writes the others.
pub(super) unsafe fn product(dtype: DType, to: Matrix, x: Matrix, y: Matrix, share: &Share<'_>) {
    debug_assert!(to.lengths == [x.lengths[0], y.lengths[1]] && x.lengths[1] == y.lengths[0]);
    if x.lengths[1] == 0 || to.lengths.contains(&0) {
        return;
    }
    // SAFETY: the caller promises it, with the type that `dtype` names.
    unsafe {
        match dtype {
            DType::Float32 => inexact(to, x, y, [0.0f32, 1.0], share),
            DType::Float64 => inexact(to, x, y, [0.0f64, 1.0], share),
            DType::Complex64 => inexact(to, x, y, [0.0f32, 1.0].map(Complex::from), share),
            DType::Complex128 => inexact(to, x, y, [0.0f64, 1.0].map(Complex::from), share),
            DType::Bool => exact(to, x, y, |sum: u8, x: u8, y: u8| sum | u8::from(x != 0 && y != 0)),
            DType::Int8 => exact(to, x, y, |s: i8, x: i8, y| s.wrapping_add(x.wrapping_mul(y))),
            DType::Int16 => exact(to, x, y, |s: i16, x: i16, y| s.wrapping_add(x.wrapping_mul(y))),
            DType::Int32 => exact(to, x, y, |s: i32, x: i32, y| s.wrapping_add(x.wrapping_mul(y))),
            DType::Int64 => exact(to, x, y, |s: i64, x: i64, y| s.wrapping_add(x.wrapping_mul(y))),
            DType::UInt8 => exact(to, x, y, |s: u8, x: u8, y| s.wrapping_add(x.wrapping_mul(y))),
            DType::UInt16 => exact(to, x, y, |s: u16, x: u16, y| s.wrapping_add(x.wrapping_mul(y))),
            DType::UInt32 => exact(to, x, y, |s: u32, x: u32, y| s.wrapping_add(x.wrapping_mul(y))),
            DType::UInt64 => exact(to, x, y, |s: u64, x: u64, y| s.wrapping_add(x.wrapping_mul(y))),
        }
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
unsafe fn inexact<T: Copy + Sync + 'static>(
    to: Matrix,
    x: Matrix,
    y: Matrix,
    [zero, one]: [T; 2],
    share: &Share<'_>,
) {
    let [mut first, mut second] = [Vec::new(), Vec::new()];
    // SAFETY: the caller promises that the elements are there.
    let [x, y] = unsafe {
        [
            if x.steps().is_some() { x } else { x.packed::<T>(&mut first) },
            if y.steps().is_some() { y } else { y.packed::<T>(&mut second) },
        ]
    };
    let inner = x.lengths[1];
    let [rows, columns] = tile(to.lengths, inner);
    let across = to.lengths[1].div_ceil(columns);
    let tiles = to.lengths[0].div_ceil(rows) * across;
    let work = |number: usize| {
        let start = [number / across * rows, number % across * columns];
        let lengths = [rows.min(to.lengths[0] - start[0]), columns.min(to.lengths[1] - start[1])];
        let to = to.part(start, lengths);
        let (x, y) = (x.part([start[0], 0], [lengths[0], inner]), y.part([0, start[1]], [inner, lengths[1]]));
        let steps = [to, x, y].map(|matrix| matrix.steps().expect("it is packed otherwise"));
        let [[tr, tc], [xr, xc], [yr, yc]] = steps;
        // SAFETY: the matrices are there, aligned, and of these lengths; each tile is written by one thread.
        unsafe {
            gemm::gemm::<T>(
                lengths[0],
                lengths[1],
                inner,
                to.first.cast(),
                tc,
                tr,
                false,
                x.first.cast_const().cast(),
                xc,
                xr,
                y.first.cast_const().cast(),
                yc,
                yr,
                zero,
                one,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    };
    match tiles {
        1 => work(0),
        _ => share(tiles, &work),
    }
}

/// Row by row, each a sum of rows of `y`.
///
/// # Safety
/// That of [`product`], of elements `T`.
unsafe fn exact<T: Copy>(to: Matrix, x: Matrix, y: Matrix, join: impl Fn(T, T, T) -> T) {
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
        unsafe { product(DType::Float64, matrices[0], matrices[1], matrices[2], &alone) };
        for row in (0..m).step_by(41) {
            for column in 0..n {
                let expected: f64 = (0..k).map(|at| x[at * m + row] * y[at * n + column]).sum();
                assert_eq!(to[row * n + column], expected, "{row} {column}");
            }
        }
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
        unsafe { product(DType::Float64, matrix(&mut to, [2, 2], [2, 1]), x, y, &alone) };
        assert_eq!(to, [10.0, 13.0, 28.0, 40.0]);
    }
}
