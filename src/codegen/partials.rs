//! The memory of a reduction over one block, or a span of them: what code and its caller know of it.

use crate::ops::Reduction;
use crate::reduce::{self, BUNDLE_LEVELS, PARTIALS_BYTES, SPAN_LEVELS};
use crate::types::Ty;

/// The partials of an open leaf: 16 of 8 bytes, or 32 of 4.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Open(pub [u8; PARTIALS_BYTES]);

/// The tree of a reduction as far as it has come in a block or a span. Subtrees stand as digits do in a binary number,
/// here that of the closed leaves: where bit `k` of `closed` is 1, place `k` holds a subtree of 2^k leaves.
#[repr(C)]
pub(crate) struct Partials {
    pub open: Open,
    /// The first places: leaves of a bundle, partial by partial.
    pub leaves: [[u8; PARTIALS_BYTES]; BUNDLE_LEVELS],
    /// The others: bundles, each a value in the first bytes of its word.
    pub bundles: [u64; SPAN_LEVELS],
    /// Number of leaves so far, but for the open one.
    pub closed: u64,
    /// What 8 bytes of partials start from.
    identity: u64,
}

/// Bytes from the start.
pub(super) const LEAVES: i32 = std::mem::offset_of!(Partials, leaves) as i32;
pub(super) const BUNDLES: i32 = std::mem::offset_of!(Partials, bundles) as i32;
pub(super) const CLOSED: i32 = std::mem::offset_of!(Partials, closed) as i32;

impl Partials {
    /// Memory for blocks or spans, each of which begins with [`Partials::begin`].
    #[inline]
    pub fn new(reduction: Reduction, ty: Ty) -> Partials {
        let bits = reduce::identity(reduction, ty).to_bits();
        Partials {
            open: Open([0; PARTIALS_BYTES]),
            leaves: [[0; PARTIALS_BYTES]; BUNDLE_LEVELS],
            bundles: [0; SPAN_LEVELS],
            closed: 0,
            identity: if ty.size() == 8 { bits } else { bits << 32 | bits },
        }
    }

    /// Begins a block: there are no elements yet.
    pub fn begin(&mut self) {
        self.closed = 0;
        self.reopen();
    }

    /// Starts the partials from the identity.
    pub fn reopen(&mut self) {
        for lanes in self.open.0.chunks_exact_mut(8) {
            lanes.copy_from_slice(&self.identity.to_le_bytes());
        }
    }
}
