//! Indices as sums of a loop's number and of what does not change in it, each so often.

use crate::ir::Value;

/// What does not change from one trip to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Value(Value),
    /// The length of an axis of a parameter of the chunk, whoever asks for it.
    Length(Value, u32),
}

/// An index that is known: so often the loop's number, and terms by factors, and something between two constants.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Affine {
    pub number: i64,
    pub terms: Vec<(Term, i64)>,
    pub between: [i64; 2],
    /// Numbers of loops inside are among the values.
    pub several: bool,
    /// It counts from the end of this array where it is negative.
    pub wraps: Option<Value>,
}

impl Affine {
    pub fn constant(constant: i64) -> Affine {
        Affine { number: 0, terms: Vec::new(), between: [constant; 2], several: false, wraps: None }
    }

    pub fn value(value: Value) -> Affine {
        Affine::term(Term::Value(value))
    }

    pub fn term(term: Term) -> Affine {
        Affine { terms: vec![(term, 1)], ..Affine::constant(0) }
    }
}

/// Beyond this multiple of a loop's number, indices of fewer trips than a loop can make wrap around at 64 bits.
const MOST: i128 = 1 << 32;

/// Whether indices of no two trips are one number. The loop's numbers are so far apart.
pub(super) fn apart(x: &Affine, y: &Affine, step: i64) -> bool {
    if x.several || y.several || x.number != y.number || x.number == 0 || x.terms != y.terms {
        return false;
    }
    // The numbers of two trips are a multiple of this apart.
    let multiple = (i128::from(x.number) * i128::from(step)).abs();
    let (c, d) = (x.between, y.between);
    let distances = [i128::from(c[0]) - i128::from(d[1]), i128::from(c[1]) - i128::from(d[0])];
    let exact = distances[0] == distances[1];
    multiple <= MOST
        && (exact && distances[0] % multiple != 0
            || distances.iter().all(|distance| distance.abs() < multiple))
}

/// `x + y * by`
pub(super) fn add(x: Affine, y: Affine, by: i64) -> Option<Affine> {
    let (mut x, y) = (x, times(y, by)?);
    for (term, factor) in y.terms {
        match x.terms.iter_mut().find(|(other, _)| *other == term) {
            Some((_, so_far)) => *so_far = so_far.checked_add(factor)?,
            None => x.terms.push((term, factor)),
        }
    }
    x.terms.retain(|(_, factor)| *factor != 0);
    x.terms.sort_by_key(|(term, _)| match *term {
        Term::Value(value) => (value.index(), None),
        Term::Length(array, axis) => (array.index(), Some(axis)),
    });
    let between = [x.between[0].checked_add(y.between[0])?, x.between[1].checked_add(y.between[1])?];
    let number = x.number.checked_add(y.number)?;
    Some(Affine { number, between, several: x.several || y.several, wraps: None, ..x })
}

pub(super) fn times(mut x: Affine, by: i64) -> Option<Affine> {
    for (_, factor) in &mut x.terms {
        *factor = factor.checked_mul(by)?;
    }
    let [least, greatest] = x.between;
    let mut between = [least.checked_mul(by)?, greatest.checked_mul(by)?];
    between.sort_unstable();
    Some(Affine { number: x.number.checked_mul(by)?, between, wraps: None, ..x })
}
