//! Innermost loops whose trips are independent, on lanes.
//!
//! A loop over a range takes this way where a trip is a straight line with selections: it loads and stores elements one after the other along an
//! axis, and what it hands to the next trip are sums of integers, or the least or the greatest of numbers. Its trips become a body ([`Lanes`](crate::ir::func::Lanes)), of
//! which as many run on lanes as whoever runs it sees fit; the loop as it stands runs the others. That no store hits what another trip
//! loads is found at run time, where the arrays are known.
//!
//! What depends on the trip before in another way, such as a sum of floats, follows in a loop of its own, if the rest of a trip is worth it.
//!
//! No bit changes. The greatest of floats as Python has it keeps the first of two zeros, and passes over NaN, which joining in
//! another order does not: a NaN becomes the identity, and where the result is a zero whose sign is not known, the loop runs
//! once more in order.

mod joined;
mod ordered;
mod trip;
mod write;

use std::sync::Arc;

use super::copy::Copier;
use crate::ir::Program;
use crate::ir::func::Func;
use trip::Trip;

/// The function with such loops on lanes. Where `scratch` is, values may go through memory of its own.
pub(super) fn run(func: &Func, scratch: bool, bodies: &mut Vec<Arc<Program>>) -> Func {
    Copier::whole(func, &mut |copier, node| match Trip::of(func, node, scratch) {
        Some(trip) => {
            trip.write(copier, bodies);
            true
        }
        None => false,
    })
}
