//! Results that lie in arguments: computed elsewhere, and copied when all is read.

use super::pipeline::Compiled;
use crate::array::{Array, ArrayViewMut, Footprint, Relation};
use crate::diag::{Error, ErrorKind, Result};
use crate::exec;
use crate::frame::Frame;
use crate::ir::{Inst, Loop, OutputId, ViewId};

/// Arrays in the place of results that cannot be computed where they belong.
#[derive(Default)]
pub(super) struct Spare(Vec<Option<Array>>);

impl Spare {
    /// Finds the results that need one, for a frame of bound arguments. Two results in the same memory are an error.
    pub fn find(
        &mut self,
        compiled: &Compiled,
        frame: &Frame<'_>,
        results: &[ArrayViewMut<'_>],
    ) -> Result<()> {
        for (at, result) in results.iter().enumerate() {
            let region = Footprint::of(result.raw());
            for (earlier, other) in results[..at].iter().enumerate() {
                let both_alone = result.is_alone() && other.is_alone();
                if !both_alone && region.relation(Footprint::of(other.raw())) != Relation::Apart {
                    let message = format!("results {earlier} and {at} lie in the same memory");
                    return Err(Error::new(ErrorKind::Argument, message));
                }
            }
            let spare = !result.is_alone() && is_read_later(compiled, frame, OutputId(at as u32), region);
            let array = spare.then(|| Array::zeros(result.dtype(), result.shape())).transpose()?;
            self.0.push(array);
        }
        Ok(())
    }

    /// Where each result is computed.
    pub fn views<'r>(&'r mut self, results: &'r mut [ArrayViewMut<'_>]) -> Vec<ArrayViewMut<'r>> {
        let each = self.0.iter_mut().zip(results);
        each.map(|(spare, result)| spare.as_mut().map_or_else(|| result.reborrow(), Array::view_mut))
            .collect()
    }

    /// Copies what was computed elsewhere to where it belongs.
    pub fn copy_into(&self, results: &mut [ArrayViewMut<'_>]) {
        for (spare, result) in self.0.iter().zip(results) {
            if let Some(array) = spare {
                exec::copy(&array.view(), result);
            }
        }
    }
}

/// Whether storing an output in this region changes what is loaded afterwards: by a later loop, or by the same one for
/// another element, or for the same element again; or when the place of an error is searched.
fn is_read_later(compiled: &Compiled, frame: &Frame<'_>, output: OutputId, region: Footprint<'_>) -> bool {
    let mut stored = false;
    for (at, pieces) in compiled.program.whole_loops().enumerate() {
        let here = pieces.iter().any(|l| l.stores.iter().any(|store| store.output == output));
        stored |= here;
        // A loop of one store reads all of an element before it writes it.
        let in_place = here
            && is_alone(pieces)
            && compiled.code.as_ref().is_none_or(|code| code.loops()[at].is_one_piece());
        let meets = |view: ViewId| {
            let stream = frame.view(view.index());
            let of = Footprint {
                first: stream.first.addr(),
                size: stream.dtype.size(),
                shape: stream.space,
                strides: stream.strides,
            };
            match region.relation(of) {
                Relation::Apart => false,
                Relation::Same => !in_place,
                Relation::Mixed => true,
            }
        };
        let guarded = pieces.iter().flat_map(|l| &l.reduces).any(|r| compiled.program.is_guard(r.into));
        let mut insts = pieces.iter().flat_map(|l| l.body.iter());
        if (stored || guarded) && insts.any(|(_, inst, _)| matches!(inst, Inst::Load(view, _) if meets(view)))
        {
            return true;
        }
    }
    false
}

/// Whether a loop stores one result, and does nothing else with what it computes.
fn is_alone(pieces: &[Loop]) -> bool {
    let one = |l: &Loop| l.stores.windows(2).all(|two| two[0].output == two[1].output);
    matches!(pieces, [l] if !l.stores.is_empty() && one(l) && l.reduces.is_empty())
}
