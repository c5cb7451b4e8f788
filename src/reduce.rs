//! The fixed shape of reductions, which depends on the number of elements alone.
//!
//! Elements are cut into blocks of [`BLOCK`]. Within a block, element `i` joins partial
//! `i % partials(dtype)`, in order; the partials of a block are joined by halves (0 with 8, 1 with
//! 9, … then 0 with 4, …); block results are joined in neighbouring pairs, level by level, an odd
//! last one moving up as it is. Neither lanes nor threads change a bit of the result. The height
//! of this tree is what bounds the error of a sum: n additions in a row become about
//! `BLOCK / partials + log2(n / BLOCK) + 4`.
//!
//! This module must not know where elements come from or who computes them.

use crate::ops::Reduction;
use crate::types::{DType, Scalar};

/// Elements of a block. A multiple of every number of partials.
pub const BLOCK: usize = 16_384;

/// Number of partial accumulators: two cache lines, enough to keep the widest registers busy.
pub const fn partials(dtype: DType) -> usize {
    match dtype.size() {
        8 => 16,
        _ => 32,
    }
}

/// What a partial starts from: joining it to a value gives the value, to the bit.
pub const fn identity(reduction: Reduction, dtype: DType) -> Scalar {
    match reduction {
        // -0.0 + x is x for every x; 0.0 + -0.0 would lose the sign.
        Reduction::Sum if dtype.is_float() => Scalar::Float64(-0.0).cast(dtype),
        Reduction::Sum => Scalar::Int64(0).cast(dtype),
        Reduction::Prod => Scalar::Int64(1).cast(dtype),
        Reduction::Min => extreme(dtype, true),
        Reduction::Max => extreme(dtype, false),
    }
}

/// The largest or the smallest value of a type.
const fn extreme(dtype: DType, largest: bool) -> Scalar {
    match dtype {
        DType::Bool => Scalar::Bool(largest),
        DType::Int32 => Scalar::Int32(if largest { i32::MAX } else { i32::MIN }),
        DType::Int64 => Scalar::Int64(if largest { i64::MAX } else { i64::MIN }),
        DType::Float32 => Scalar::Float32(if largest { f32::INFINITY } else { f32::NEG_INFINITY }),
        DType::Float64 => Scalar::Float64(if largest { f64::INFINITY } else { f64::NEG_INFINITY }),
    }
}

/// The reduction of no elements at all: as [`identity`], but an empty sum is +0.
pub const fn empty(reduction: Reduction, dtype: DType) -> Scalar {
    match reduction {
        Reduction::Sum => Scalar::Int64(0).cast(dtype),
        _ => identity(reduction, dtype),
    }
}

/// Joins the partials of a block by halves; their number is a power of two.
pub fn fold_block<T: Copy>(partials: &mut [T], join: impl Fn(T, T) -> T) -> T {
    let mut width = partials.len();
    while width > 1 {
        width /= 2;
        for at in 0..width {
            partials[at] = join(partials[at], partials[at + width]);
        }
    }
    partials[0]
}

/// Joins block results, at least one, in neighbouring pairs, level by level. They are every
/// `stride`-th element of `blocks`; the others are left alone.
pub fn fold_blocks<T: Copy>(blocks: &mut [T], stride: usize, join: impl Fn(T, T) -> T) -> T {
    let mut width = blocks.len().div_ceil(stride);
    while width > 1 {
        for at in 0..width / 2 {
            blocks[at * stride] = join(blocks[2 * at * stride], blocks[(2 * at + 1) * stride]);
        }
        if width % 2 == 1 {
            blocks[width / 2 * stride] = blocks[(width - 1) * stride];
        }
        width = width.div_ceil(2);
    }
    blocks[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_have_their_shape() {
        let mut at: Vec<usize> = (0..5).collect();
        let log = std::cell::RefCell::new(Vec::new());
        fold_blocks(&mut at, 1, |a, b| {
            log.borrow_mut().push((a, b));
            a
        });
        assert_eq!(log.into_inner(), [(0, 1), (2, 3), (0, 2), (0, 4)]);
        let mut four = [1, 2, 3, 4];
        assert_eq!(fold_block(&mut four, |a, b| a * 10 + b), 13 * 10 + 24);
    }

    #[test]
    fn identities_change_nothing() {
        let Scalar::Float64(zero) = identity(Reduction::Sum, DType::Float64) else { panic!() };
        assert_eq!((zero + -0.0).to_bits(), (-0.0f64).to_bits());
    }
}
