//! The streams of a loop: what its pointers stand for, in their order.
//!
//! Knows the IR. It must not know a generator. All pieces of a loop have the same pointers.

use crate::ir::{Inst, Loop, OutputId, TempId, UniformId, ViewId};
use crate::reduce;
use crate::types::DType;

/// Bytes that the temporaries of a block may take, so that they stay in the first-level cache.
const BLOCK_BYTES: usize = 24 << 10;

/// Elements of the largest block: enough not to notice the calls, and to read code once for many trips.
const LARGEST: usize = 256;

/// Bytes of a temporary for one element, of any type.
const TEMPORARY: usize = 8;

/// How the elements of a loop's views lie along a row of a nest: one after the other, but for those that are named here
/// by their places among the streams, of which the first 64 can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Classes {
    repeated: u64,
    pairs: u64,
}

impl Classes {
    /// Whether generators repeat an element of this type.
    pub fn repeats(dtype: DType) -> bool {
        dtype.is_complex() || matches!(dtype.size(), 4 | 8)
    }

    /// Whether one may make something of every other element of this type.
    pub fn pairs(dtype: DType) -> bool {
        !dtype.is_complex() && matches!(dtype.size(), 4 | 8)
    }

    /// With one more view that is one element for a whole row; `None` where it cannot be named.
    pub fn with_repeated(self, at: usize) -> Option<Classes> {
        (at < 64).then(|| Classes { repeated: self.repeated | 1 << at, ..self })
    }

    /// With one more view of every other element; `None` where it cannot be named.
    pub fn with_pairs(self, at: usize) -> Option<Classes> {
        (at < 64).then(|| Classes { pairs: self.pairs | 1 << at, ..self })
    }

    /// Whether some view is every other element.
    pub fn has_pairs(self) -> bool {
        self.pairs != 0
    }

    fn is_repeated(self, at: usize) -> bool {
        at < 64 && self.repeated >> at & 1 == 1
    }

    fn is_pairs(self, at: usize) -> bool {
        at < 64 && self.pairs >> at & 1 == 1
    }
}

/// The streams of a loop.
pub(super) struct Streams {
    pub views: Vec<ViewId>,
    pub outputs: Vec<OutputId>,
    /// Of the partials.
    pub reduced: Vec<UniformId>,
    /// Number of temporaries; they are one stream, if there are any.
    pub temporaries: usize,
    /// Elements that all pieces run through before the next ones.
    pub block: usize,
    /// The least number of partials of a reduction, if there is one: no step of a piece is longer.
    pub cycle: Option<usize>,
    /// The code is a nest, whose views lie like this; otherwise it is a single run.
    pub nest: Option<Classes>,
}

impl Streams {
    /// Of a loop with all its pieces, if it has several of steps of at most `step` elements, which is a power of two.
    pub fn new(pieces: &[Loop], step: usize) -> Streams {
        let mut views = Vec::new();
        let mut outputs = Vec::new();
        let mut temporaries = 0;
        for l in pieces {
            for (_, inst, _) in l.body.iter() {
                match inst {
                    Inst::Load(view, _) if !views.contains(&view) => views.push(view),
                    _ => {}
                }
            }
            for store in &l.stores {
                if !outputs.contains(&store.output) {
                    outputs.push(store.output);
                }
            }
            temporaries = l.keeps.iter().fold(temporaries, |most, (temp, _)| most.max(temp.index() + 1));
        }
        let partials =
            || pieces.iter().flat_map(|l| l.reduces.iter().map(|r| reduce::partials(l.body.ty(r.value))));
        // A multiple of every step, and of every number of partials.
        let unit = partials().fold(step, usize::max);
        let block = match pieces {
            [_] => usize::MAX,
            _ => (BLOCK_BYTES / (temporaries * TEMPORARY).max(1)).clamp(unit, LARGEST) / unit * unit,
        };
        Streams {
            views,
            outputs,
            reduced: pieces.iter().flat_map(|l| &l.reduces).map(|r| r.into).collect(),
            temporaries,
            block,
            cycle: partials().min(),
            nest: None,
        }
    }

    /// Of a nest over a loop that is one piece and only stores.
    pub fn of_nest(l: &Loop, classes: Classes) -> Streams {
        debug_assert!(l.reduces.is_empty() && l.keeps.is_empty());
        // The length of steps matters to several pieces alone.
        Streams { nest: Some(classes), ..Streams::new(std::slice::from_ref(l), 1) }
    }

    /// Whether all trips of a row load the same element of a view.
    pub fn is_repeated(&self, id: ViewId) -> bool {
        self.nest.is_some_and(|classes| classes.is_repeated(self.view(id)))
    }

    /// Whether the trips of a row load every other element of a view.
    pub fn is_pairs(&self, id: ViewId) -> bool {
        self.nest.is_some_and(|classes| classes.is_pairs(self.view(id)))
    }

    /// Whether the loop has one piece.
    pub fn in_one_piece(&self) -> bool {
        self.block == usize::MAX
    }

    /// Number of pointers.
    pub fn count(&self) -> usize {
        self.temporaries_at() + usize::from(self.temporaries > 0)
    }

    /// Bytes of all temporaries of a block.
    pub fn temporary_bytes(&self) -> usize {
        self.temporaries * self.block.min(LARGEST) * TEMPORARY
    }

    pub fn view(&self, id: ViewId) -> usize {
        place(&self.views, id)
    }

    pub fn output(&self, id: OutputId) -> usize {
        self.views.len() + place(&self.outputs, id)
    }

    pub fn partials(&self, of: UniformId) -> usize {
        self.views.len() + self.outputs.len() + place(&self.reduced, of)
    }

    /// The place of the temporaries.
    pub fn temporaries_at(&self) -> usize {
        self.views.len() + self.outputs.len() + self.reduced.len()
    }

    /// Bytes from the start of the temporaries to those of the first element of this one.
    pub fn offset(&self, id: TempId) -> i32 {
        (id.index() * self.block * TEMPORARY) as i32
    }
}

fn place<T: PartialEq>(of: &[T], id: T) -> usize {
    of.iter().position(|known| *known == id).expect("a loop lists its streams")
}
