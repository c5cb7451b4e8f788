//! Arrays: owned, contiguous in C order, and borrowed from the caller, of any layout.
//!
//! [`raw`] says where elements lie; [`view`] borrows them; [`part`] goes through
//! some of them; [`owned`] has [`memory`] of its own. This module
//! knows memory and shapes. It must not know programs.

mod element;
mod memory;
#[cfg(feature = "ndarray")]
mod ndarray;
mod order;
mod overlap;
mod owned;
mod part;
mod raw;
mod shape;
mod view;

pub use element::{Element, Visitor};
pub use order::Order;
pub(crate) use overlap::{Footprint, Relation};
pub use owned::Array;
pub(crate) use part::Part;
pub(crate) use raw::{is_contiguous, read, write};
pub use shape::Shape;
pub(crate) use shape::{MultiIndex, same_shape};
pub use view::{ArrayView, ArrayViewMut};
