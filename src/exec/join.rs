//! Joining partial results in the fixed tree.

use crate::ops::Reduction;
use crate::reduce;
use crate::types::{DType, Scalar};

/// The partials of one reduction over one block: 16 of 8 bytes, or 32 of 4.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Partials(pub [u8; 128]);

impl Partials {
    /// All from the identity.
    pub fn new(reduction: Reduction, dtype: DType) -> Partials {
        let bits = reduce::identity(reduction, dtype).to_bits().to_le_bytes();
        let size = dtype.size();
        let mut partials = Partials([0; 128]);
        for lane in partials.0.chunks_exact_mut(size) {
            lane.copy_from_slice(&bits[..size]);
        }
        partials
    }
}

/// A type of partial results; the joins are those of [`crate::ops::Op`].
trait Joins: Copy + PartialOrd {
    fn sum(self, other: Self) -> Self;
    fn prod(self, other: Self) -> Self;
    fn unordered(self) -> bool;
    fn from_word(word: u64) -> Self;
    fn to_word(self) -> u64;
}

macro_rules! joins {
    ($rust:ty, $variant:ident, $add:ident, $mul:ident) => {
        impl Joins for $rust {
            fn sum(self, other: Self) -> Self {
                self.$add(other)
            }

            fn prod(self, other: Self) -> Self {
                self.$mul(other)
            }

            #[allow(clippy::eq_op, reason = "NaN is what differs from itself")]
            fn unordered(self) -> bool {
                self != self
            }

            fn from_word(word: u64) -> Self {
                match Scalar::from_bits(DType::$variant, word) {
                    Scalar::$variant(value) => value,
                    _ => unreachable!("from_bits keeps the type"),
                }
            }

            fn to_word(self) -> u64 {
                Scalar::$variant(self).to_bits()
            }
        }
    };
}

use std::ops::{Add, Mul};
joins!(i32, Int32, wrapping_add, wrapping_mul);
joins!(i64, Int64, wrapping_add, wrapping_mul);
joins!(f32, Float32, add, mul);
joins!(f64, Float64, add, mul);

fn join<T: Joins>(reduction: Reduction, x: T, y: T) -> T {
    match reduction {
        Reduction::Sum => x.sum(y),
        Reduction::Prod => x.prod(y),
        Reduction::Min => {
            if x < y || x.unordered() {
                x
            } else {
                y
            }
        }
        Reduction::Max => {
            if x > y || x.unordered() {
                x
            } else {
                y
            }
        }
    }
}

/// The result of a block.
pub(super) fn block(reduction: Reduction, dtype: DType, partials: &Partials) -> u64 {
    fn typed<T: Joins, const N: usize>(reduction: Reduction, partials: &Partials) -> u64 {
        let size = 128 / N;
        let mut lanes: [T; N] = std::array::from_fn(|lane| {
            let mut word = [0; 8];
            word[..size].copy_from_slice(&partials.0[lane * size..][..size]);
            T::from_word(u64::from_le_bytes(word))
        });
        reduce::fold_block(&mut lanes, |x, y| join(reduction, x, y)).to_word()
    }
    match dtype {
        DType::Int32 => typed::<i32, 32>(reduction, partials),
        DType::Int64 => typed::<i64, 16>(reduction, partials),
        DType::Float32 => typed::<f32, 32>(reduction, partials),
        DType::Float64 => typed::<f64, 16>(reduction, partials),
        DType::Bool => unreachable!("the verifier refuses reductions of bool"),
    }
}

/// The result of all blocks: those at `at`, `at + width`, … of `results`, which are used up.
pub(super) fn blocks(
    reduction: Reduction,
    dtype: DType,
    results: &mut [u64],
    at: usize,
    width: usize,
) -> u64 {
    fn typed<T: Joins>(reduction: Reduction, column: &mut [u64], width: usize) -> u64 {
        reduce::fold_blocks(column, width, |x, y| join(reduction, T::from_word(x), T::from_word(y)).to_word())
    }
    let column = &mut results[at..];
    match dtype {
        DType::Int32 => typed::<i32>(reduction, column, width),
        DType::Int64 => typed::<i64>(reduction, column, width),
        DType::Float32 => typed::<f32>(reduction, column, width),
        DType::Float64 => typed::<f64>(reduction, column, width),
        DType::Bool => unreachable!("the verifier refuses reductions of bool"),
    }
}
