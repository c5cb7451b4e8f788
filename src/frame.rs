//! What one run of a program works on, whoever runs it.
//!
//! This module must not know how a frame is filled or run.

use smallvec::SmallVec;

use crate::array::{Elements, ElementsMut};

/// The memory of one run. Tables are in the order of the program's.
pub(crate) struct Frame<'i, 'o> {
    /// Number of elements of every space.
    pub count: usize,
    /// The elements of each [`crate::ir::ViewId`]; each `count` long.
    pub views: SmallVec<[Elements<'i>; 8]>,
    /// The bits of each [`crate::ir::UniformId`]; reduced ones are filled by the run.
    pub uniforms: SmallVec<[u64; 8]>,
    /// The elements of each [`crate::ir::OutputId`]; each `count` or 1 long.
    pub outputs: SmallVec<[ElementsMut<'o>; 4]>,
}
