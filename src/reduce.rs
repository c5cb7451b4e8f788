//! The fixed shape of reductions, which depends on the number of elements alone.
//!
//! Elements are cut into leaves, and leaves are taken together in bundles. Within a leaf, element `i` joins
//! partial `i % partials(ty)`, in order. The leaves of a bundle are joined partial by partial, then the
//! partials of a bundle, then all bundles: always in neighbouring pairs, level by level, an odd last one moving up
//! as it is. Blocks of [`BLOCK`] elements are subtrees, so that they can be run apart, and so are spans of blocks.
//! Neither lanes nor threads change a bit of the result.
//!
//! Sums of floats have short leaves, for the height of this tree bounds their error: an element of float64 goes
//! through at most 15 + ⌈log2(n / 16)⌉ roundings, as in pairwise summation from a base of 128 elements (NumPy's),
//! one of float32 through 7 fewer. Bundles are small, so that neighbours whose signs alternate meet early. The
//! bound of a product does not depend on the shape, and the others make no error: their leaf is the block.
//!
//! This module must not know where elements come from or who computes them.

use crate::ops::Reduction;
use crate::types::{Ty, Word};

/// Elements of a block. A multiple of every number of partials.
pub const BLOCK: usize = 16_384;

/// Elements of the longest span that is run in one piece where all leaves are shorter than a block.
pub const SPAN: usize = 16 * BLOCK;

/// Elements of a leaf of a sum of floats. A multiple of every number of partials.
pub const LEAF: usize = 256;

/// Leaves of a bundle, as a power of two.
pub const BUNDLE_LEVELS: usize = 2;

/// Levels of a tree over the bundles of a span, with those of the bundles themselves and of its root.
pub const SPAN_LEVELS: usize = (SPAN / LEAF).ilog2() as usize - BUNDLE_LEVELS + 1;

/// Bytes of the partial accumulators: two cache lines, enough to keep the widest registers busy.
pub const PARTIALS_BYTES: usize = 128;

/// Number of partial accumulators.
pub const fn partials(ty: Ty) -> usize {
    match ty.size() {
        8 => PARTIALS_BYTES / 8,
        _ => PARTIALS_BYTES / 4,
    }
}

/// Elements of a leaf; where that is [`BLOCK`], a bundle has one.
pub const fn leaf(reduction: Reduction, ty: Ty) -> usize {
    match reduction {
        Reduction::Sum if ty.is_float() => LEAF,
        _ => BLOCK,
    }
}

/// Elements of a bundle.
pub const fn bundle(reduction: Reduction, ty: Ty) -> usize {
    match leaf(reduction, ty) {
        BLOCK => BLOCK,
        leaf => leaf << BUNDLE_LEVELS,
    }
}

/// What a partial starts from: joining it to a value gives the value, to the bit.
pub fn identity(reduction: Reduction, ty: Ty) -> Word {
    match reduction {
        // -0.0 + x is x for every x; 0.0 + -0.0 would lose the sign.
        Reduction::Sum if ty.is_float() => Word::float(-0.0, ty),
        Reduction::Sum => Word::int(0, ty),
        Reduction::Prod | Reduction::ProdReal => Word::int(1, ty),
        Reduction::ProdImag => Word::int(0, ty),
        Reduction::Min => extreme(ty, true),
        Reduction::Max => extreme(ty, false),
    }
}

/// The largest or the smallest value of a type.
fn extreme(ty: Ty, largest: bool) -> Word {
    macro_rules! of {
        ($($variant:ident: $least:expr, $greatest:expr;)*) => {
            match ty { $(Ty::$variant => Word::$variant(if largest { $greatest } else { $least }),)* }
        };
    }
    of! {
        Bool: false, true;
        I8: i8::MIN, i8::MAX;
        I16: i16::MIN, i16::MAX;
        I32: i32::MIN, i32::MAX;
        I64: i64::MIN, i64::MAX;
        U8: u8::MIN, u8::MAX;
        U16: u16::MIN, u16::MAX;
        U32: u32::MIN, u32::MAX;
        U64: u64::MIN, u64::MAX;
        F32: f32::NEG_INFINITY, f32::INFINITY;
        F64: f64::NEG_INFINITY, f64::INFINITY;
    }
}

/// The reduction of no elements at all: as [`identity`], but an empty sum is +0.
pub fn empty(reduction: Reduction, ty: Ty) -> Word {
    match reduction {
        Reduction::Sum => Word::int(0, ty),
        _ => identity(reduction, ty),
    }
}

/// Joins values, at least one, in neighbouring pairs, level by level. They are every `stride`-th element of
/// `values`; the others are left alone.
pub fn fold<T: Copy>(values: &mut [T], stride: usize, join: impl Fn(T, T) -> T) -> T {
    let mut width = values.len().div_ceil(stride);
    while width > 1 {
        for at in 0..width / 2 {
            values[at * stride] = join(values[2 * at * stride], values[(2 * at + 1) * stride]);
        }
        if width % 2 == 1 {
            values[width / 2 * stride] = values[(width - 1) * stride];
        }
        width = width.div_ceil(2);
    }
    values[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_have_their_shape() {
        let mut at: Vec<usize> = (0..5).collect();
        let log = std::cell::RefCell::new(Vec::new());
        fold(&mut at, 1, |a, b| {
            log.borrow_mut().push((a, b));
            a
        });
        assert_eq!(log.into_inner(), [(0, 1), (2, 3), (0, 2), (0, 4)]);
        let join = |a, b| a * 10 + b;
        assert_eq!(fold(&mut [1, 0, 2, 0, 3], 2, join), (10 + 2) * 10 + 3);
        assert_eq!(fold(&mut [7], 1, join), 7);
    }

    #[test]
    fn blocks_are_subtrees() {
        assert!(BLOCK.is_multiple_of(LEAF) && (BLOCK / LEAF).is_power_of_two());
        assert!(SPAN.is_multiple_of(BLOCK) && (SPAN / BLOCK).is_power_of_two());
    }

    #[test]
    fn identities_change_nothing() {
        let Word::F64(zero) = identity(Reduction::Sum, Ty::F64) else { panic!() };
        assert_eq!((zero + -0.0).to_bits(), (-0.0f64).to_bits());
    }
}
