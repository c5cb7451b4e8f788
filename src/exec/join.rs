//! Joining partial results in the fixed tree.

use crate::codegen::partials::Partials;
use crate::ops::Reduction;
use crate::reduce::{self, BUNDLE_LEVELS, PARTIALS_BYTES, SPAN_LEVELS};
use crate::types::{Ty, Word};

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
                match Word::from_bits(Ty::$variant, word) {
                    Word::$variant(value) => value,
                    _ => unreachable!("from_bits keeps the type"),
                }
            }

            fn to_word(self) -> u64 {
                Word::$variant(self).to_bits()
            }
        }
    };
}

use std::ops::{Add, Mul};
joins!(i32, I32, wrapping_add, wrapping_mul);
joins!(i64, I64, wrapping_add, wrapping_mul);
joins!(u32, U32, wrapping_add, wrapping_mul);
joins!(u64, U64, wrapping_add, wrapping_mul);
joins!(f32, F32, add, mul);
joins!(f64, F64, add, mul);

fn join<T: Joins>(reduction: Reduction, x: T, y: T) -> T {
    match reduction {
        Reduction::Sum => x.sum(y),
        Reduction::Prod => x.prod(y),
        Reduction::ProdReal | Reduction::ProdImag => unreachable!("pairs are joined together"),
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

/// Closes the open leaf of a reduction, as code does.
pub(super) fn close_leaf(reduction: Reduction, ty: Ty, partials: &mut Partials) {
    match ty {
        Ty::I32 => close::<i32, 32>(reduction, partials),
        Ty::I64 => close::<i64, 16>(reduction, partials),
        Ty::U32 => close::<u32, 32>(reduction, partials),
        Ty::U64 => close::<u64, 16>(reduction, partials),
        Ty::F32 => close::<f32, 32>(reduction, partials),
        Ty::F64 => close::<f64, 16>(reduction, partials),
        Ty::Bool | Ty::I8 | Ty::I16 | Ty::U8 | Ty::U16 => {
            unreachable!("the verifier refuses reductions of {ty}")
        }
    }
    partials.reopen();
}

fn close<T: Joins, const N: usize>(reduction: Reduction, partials: &mut Partials) {
    let join = |x, y| join(reduction, x, y);
    partials.closed += 1;
    let mut place = partials.closed.trailing_zeros() as usize;
    let carried = partials.leaves[..place.min(BUNDLE_LEVELS)].iter();
    let open = lanes::<T, N>(&partials.open.0);
    let mut joined = carried.fold(open, |right, left| zip(lanes(left), right, join));
    if place < BUNDLE_LEVELS {
        set_lanes(&mut partials.leaves[place], &joined);
        return;
    }
    place -= BUNDLE_LEVELS;
    let bundle = reduce::fold(&mut joined, 1, join);
    let left = partials.bundles[..place].iter();
    partials.bundles[place] = left.fold(bundle, |right, &left| join(T::from_word(left), right)).to_word();
}

/// The result of a block or a span of `len` elements.
pub(super) fn block(reduction: Reduction, ty: Ty, partials: &Partials, len: usize) -> u64 {
    let open = partials.closed as usize * reduce::leaf(reduction, ty) < len;
    match ty {
        Ty::I32 => finish::<i32, 32>(reduction, partials, open),
        Ty::I64 => finish::<i64, 16>(reduction, partials, open),
        Ty::U32 => finish::<u32, 32>(reduction, partials, open),
        Ty::U64 => finish::<u64, 16>(reduction, partials, open),
        Ty::F32 => finish::<f32, 32>(reduction, partials, open),
        Ty::F64 => finish::<f64, 16>(reduction, partials, open),
        Ty::Bool | Ty::I8 | Ty::I16 | Ty::U8 | Ty::U16 => {
            unreachable!("the verifier refuses reductions of {ty}")
        }
    }
}

/// `open`: the open leaf has elements.
fn finish<T: Joins, const N: usize>(reduction: Reduction, partials: &Partials, open: bool) -> u64 {
    let join = |x, y| join(reduction, x, y);
    let is_there = |place: &usize| partials.closed >> place & 1 != 0;
    // The open leaf may be joined where it has no elements: it is the identity.
    let leaves = (0..BUNDLE_LEVELS).filter(is_there);
    let mut bundles = (0..SPAN_LEVELS).filter(|at| is_there(&(at + BUNDLE_LEVELS)));
    let bundle = |at| T::from_word(partials.bundles[at]);
    let last = if open || leaves.clone().next().is_some() {
        let open = lanes::<T, N>(&partials.open.0);
        let mut all = leaves.fold(open, |right, at| zip(lanes::<T, N>(&partials.leaves[at]), right, join));
        reduce::fold(&mut all, 1, join)
    } else {
        bundles.next().map(bundle).expect("a block has elements")
    };
    bundles.fold(last, |right, at| join(bundle(at), right)).to_word()
}

/// A type of parts of complex numbers.
trait ComplexPart: Joins {
    /// The product of two, as [`crate::eval::join_pair`] has it.
    fn product(x: [Self; 2], y: [Self; 2]) -> [Self; 2];
}

macro_rules! parts {
    ($($rust:ty)*) => {$(
        impl ComplexPart for $rust {
            fn product([x_re, x_im]: [$rust; 2], [y_re, y_im]: [$rust; 2]) -> [$rust; 2] {
                [x_re.mul_add(y_re, -(x_im * y_im)), x_re.mul_add(y_im, x_im * y_re)]
            }
        }
    )*};
}

parts!(f32 f64);

/// The results of a block of a pair of reductions, of which no leaf is closed before.
pub(super) fn block_of_pair(ty: Ty, [re, im]: [&Partials; 2]) -> [u64; 2] {
    fn typed<T: ComplexPart, const N: usize>(re: &Partials, im: &Partials) -> [u64; 2] {
        let (re, im) = (lanes::<T, N>(&re.open.0), lanes::<T, N>(&im.open.0));
        let mut pairs: [[T; 2]; N] = std::array::from_fn(|at| [re[at], im[at]]);
        reduce::fold(&mut pairs, 1, T::product).map(T::to_word)
    }
    match ty {
        Ty::F32 => typed::<f32, 32>(re, im),
        _ => typed::<f64, 16>(re, im),
    }
}

/// The results of all blocks of a pair of reductions: as [`blocks`], of this column and the next.
pub(super) fn blocks_of_pair(ty: Ty, results: &[u64], at: usize, width: usize) -> [u64; 2] {
    fn typed<T: ComplexPart>(rows: impl Iterator<Item = [u64; 2]>) -> [u64; 2] {
        let mut pairs: Vec<[T; 2]> = rows.map(|pair| pair.map(T::from_word)).collect();
        reduce::fold(&mut pairs, 1, T::product).map(T::to_word)
    }
    let rows = results.chunks(width).map(|row| [row[at], row[at + 1]]);
    match ty {
        Ty::F32 => typed::<f32>(rows),
        _ => typed::<f64>(rows),
    }
}

fn lanes<T: Joins, const N: usize>(bytes: &[u8; PARTIALS_BYTES]) -> [T; N] {
    let size = PARTIALS_BYTES / N;
    std::array::from_fn(|at| {
        let mut word = [0; 8];
        word[..size].copy_from_slice(&bytes[at * size..][..size]);
        T::from_word(u64::from_le_bytes(word))
    })
}

fn set_lanes<T: Joins, const N: usize>(bytes: &mut [u8; PARTIALS_BYTES], lanes: &[T; N]) {
    let size = PARTIALS_BYTES / N;
    for (bytes, lane) in bytes.chunks_exact_mut(size).zip(lanes) {
        bytes.copy_from_slice(&lane.to_word().to_le_bytes()[..size]);
    }
}

fn zip<T: Copy, const N: usize>(left: [T; N], right: [T; N], join: impl Fn(T, T) -> T) -> [T; N] {
    std::array::from_fn(|at| join(left[at], right[at]))
}

/// The result of all blocks: those at `at`, `at + width`, … of `results`, which are used up.
pub(super) fn blocks(reduction: Reduction, ty: Ty, results: &mut [u64], at: usize, width: usize) -> u64 {
    fn typed<T: Joins>(reduction: Reduction, column: &mut [u64], width: usize) -> u64 {
        reduce::fold(column, width, |x, y| join(reduction, T::from_word(x), T::from_word(y)).to_word())
    }
    let column = &mut results[at..];
    match ty {
        Ty::I32 => typed::<i32>(reduction, column, width),
        Ty::I64 => typed::<i64>(reduction, column, width),
        Ty::U32 => typed::<u32>(reduction, column, width),
        Ty::U64 => typed::<u64>(reduction, column, width),
        Ty::F32 => typed::<f32>(reduction, column, width),
        Ty::F64 => typed::<f64>(reduction, column, width),
        Ty::Bool | Ty::I8 | Ty::I16 | Ty::U8 | Ty::U16 => {
            unreachable!("the verifier refuses reductions of {ty}")
        }
    }
}
