//! Trips of a loop on lanes.
//!
//! What runs is a body, a straight line over one element as those of expressions are; how many trips run at a time, and
//! whether they can, is for a back end to say. This file must not know back ends.

use super::{BodyId, Value, Values};

/// Some of the first trips of a loop, on lanes. How many of them, if any, is the choice of whoever runs it; the loop, which follows,
/// runs the others. So the meaning of a function is that of its loops.
#[derive(Clone, Debug)]
pub struct Lanes {
    /// How many trips ran, an i64; then what each reduction made of these.
    pub results: Values,
    /// How many there are, an i64; none run if it is negative.
    pub trips: Value,
    /// What happens in each.
    pub body: BodyId,
    /// What a trip loads. Those that advance are the views of the body, in order; the others are loaded before.
    pub loads: Vec<Stream>,
    /// What a trip stores: the outputs of the body.
    pub stores: Vec<Stream>,
    /// Arrays that are stored to between what a trip loads and what the next one does.
    pub writes: Values,
    /// The first uniforms of the body.
    pub uniforms: Values,
}

/// Elements of an array, one for each trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The array.
    pub array: Value,
    /// The indices of the first trip, which are those of an element if there is a trip.
    pub indices: Values,
    /// The axis along which each trip takes the next element; without one, all take the same.
    pub axis: Option<u32>,
    /// A trip loads it after it has stored something.
    pub late: bool,
}

impl Lanes {
    /// The values that it uses.
    pub fn operands(&self) -> Values {
        let mut operands = Values::new();
        self.map(&self.results, |value| {
            operands.push(value);
            value
        });
        operands
    }

    /// The same with each operand replaced, and these results.
    pub fn map(&self, results: &[Value], mut f: impl FnMut(Value) -> Value) -> Lanes {
        let mut streams = |streams: &[Stream]| -> Vec<Stream> {
            let one = |stream: &Stream| Stream {
                array: f(stream.array),
                indices: stream.indices.iter().map(|&index| f(index)).collect(),
                ..*stream
            };
            streams.iter().map(one).collect()
        };
        let (loads, stores) = (streams(&self.loads), streams(&self.stores));
        Lanes {
            results: results.into(),
            trips: f(self.trips),
            body: self.body,
            loads,
            stores,
            writes: self.writes.iter().map(|&value| f(value)).collect(),
            uniforms: self.uniforms.iter().map(|&value| f(value)).collect(),
        }
    }
}
