//! What to say of shapes that do not fit a program.
//!
//! Errors have spans, and no source yet.

use crate::array::Shape;
use crate::diag::{Error, ErrorKind, Span};
use crate::ir::{Guard, Recipe, Space};
use crate::layout::{self, MOST_DIMENSIONS, Problem};
use crate::types::DType;

/// Puts carets under a place of a space's recipe, if the text has it.
fn at(error: Error, space: &Space, place: usize, label: impl Into<String>) -> Error {
    match space.spans.get(place) {
        Some(&span) => error.at(span, label),
        None => error,
    }
}

/// Operand `late` of a broadcast does not fit one before it.
#[cold]
pub(super) fn broadcast<'s>(space: &Space, late: usize, shape: impl Fn(usize) -> &'s [usize]) -> Error {
    let other = shape(late);
    let conflicts = |before: usize| layout::conflicts(shape(before), other);
    // The common shape of those before has each of its lengths from one of them.
    let early = (0..late).find(|&before| !conflicts(before).is_empty()).expect("one of them conflicts");
    let (first, second) = (Shape::from(shape(early)), Shape::from(other));
    let length = |shape: &[usize], axis: isize| shape[shape.len().wrapping_add_signed(axis)];
    let differ = conflicts(early)
        .into_iter()
        .map(|axis| format!("{} and {} along axis {axis}", length(&first, axis), length(&second, axis)));
    let differ = differ.collect::<Vec<_>>().join(", ");
    let message = format!("shapes {first} and {second} do not broadcast: {differ}");
    let error = Error::new(ErrorKind::Shape, message);
    let error = at(error, space, late, format!("shape {second}"));
    let error = at(error, space, early, format!("shape {first}"));
    error.help("lengths are held against each other from the last axis on; each pair must be equal, or one of them 1")
}

/// A recipe of indices or of an order of axes that a shape does not have.
#[cold]
pub(super) fn of_layout(space: &Space, problem: Problem, shape: &[usize]) -> Error {
    let rank = shape.len();
    let shape = Shape::from(shape);
    let axes = || if rank == 1 { "1 axis".to_string() } else { format!("{rank} axes") };
    match problem {
        Problem::TooManyIndices { given } => {
            let message = format!("too many indices: {given} for an array of {} of shape {shape}", axes());
            let extra = match &space.recipe {
                Recipe::Index(_, indices) => {
                    let taking =
                        |at: &usize| !matches!(indices[*at], layout::Index::NewAxis | layout::Index::Rest);
                    (0..indices.len()).filter(taking).nth(rank).unwrap_or(0)
                }
                _ => 0,
            };
            at(Error::new(ErrorKind::Index, message), space, extra, "there is no axis left for this one")
        }
        Problem::OutOfRange { item, index, axis, len } => {
            let message = format!("index {index} is out of range for axis {axis}, whose length is {len}");
            let error = at(Error::new(ErrorKind::Index, message), space, item, format!("of shape {shape}"));
            match len {
                0 => error,
                len => error.help(format!("indices go from 0 to {}, or from -{len} to -1", len - 1)),
            }
        }
        Problem::NoStep { item } => {
            let error = Error::new(ErrorKind::Value, "a slice cannot go by steps of 0");
            at(error, space, item, "the step of this one is 0")
        }
        Problem::TooManyDimensions { dimensions } => too_many_dimensions(space, dimensions),
        Problem::AxesMissing { given } => {
            let message = format!("an order of {given} does not fit {} of shape {shape}", axes());
            at(Error::new(ErrorKind::Shape, message), space, 0, format!("of shape {shape}"))
        }
        Problem::NoAxis { axis } => no_axis_of(space, axis, &shape),
        Problem::AxisTwice { axis } => {
            let message = format!("axis {axis} comes twice in an order of axes");
            at(Error::new(ErrorKind::Value, message), space, 0, format!("of shape {shape}"))
        }
    }
}

fn no_axis_of(space: &Space, axis: i64, shape: &Shape) -> Error {
    match space.spans.first() {
        Some(&span) => no_axis(span, axis, shape),
        None => no_axis(Span::default(), axis, shape),
    }
}

/// An axis that a shape does not have.
#[cold]
pub(super) fn no_axis(span: Span, axis: i64, shape: &[usize]) -> Error {
    let shown = Shape::from(shape);
    let error = Error::new(ErrorKind::Index, format!("there is no axis {axis} in shape {shown}"));
    error.at(span, format!("of shape {shown}"))
}

/// More axes than there can be.
#[cold]
pub(super) fn too_many_dimensions(space: &Space, dimensions: usize) -> Error {
    let message =
        format!("{dimensions} dimensions are more than the {MOST_DIMENSIONS} that an array can have");
    at(Error::new(ErrorKind::Limit, message), space, 0, "")
}

/// A number made of lengths that a type does not hold.
#[cold]
pub(super) fn outside(guard: &Guard, number: i128, dtype: DType) -> Error {
    let error = Error::new(ErrorKind::Type, guard.message).at(guard.span, format!("{number} is no {dtype}"));
    error.help("convert what it meets to a wider type, as in `int64(a)`")
}

/// More elements than can be counted.
#[cold]
pub(super) fn too_large(space: &Space, shape: &[usize]) -> Error {
    let shape = Shape::from(shape);
    let error = Error::new(ErrorKind::Limit, format!("shape {shape} has more elements than can be counted"));
    at(error, space, 0, "")
}
