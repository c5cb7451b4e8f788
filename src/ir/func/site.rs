//! Places where functions fail.

use smallvec::SmallVec;

use crate::diag::{Error, ErrorKind, Span};
use crate::types::{Ty, Word};

/// What of a place in the source can go wrong, and how to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The place.
    pub span: Span,
    /// What went wrong, for programs.
    pub kind: ErrorKind,
    /// For people; each `{}` is replaced by one of the values shown, in order.
    pub message: String,
    /// Types of the values shown, at most [`MOST_SHOWN`].
    pub shown: SmallVec<[Ty; 4]>,
}

/// A site shows no more values than this.
pub const MOST_SHOWN: usize = 4;

impl Site {
    /// The error of a failure here that shows these values, by their bits.
    pub fn error(&self, shown: &[u64]) -> Error {
        let mut message = String::new();
        let mut words =
            self.shown.iter().zip(shown).map(|(&ty, &bits)| Word::from_bits(ty, bits).to_string());
        for (at, part) in self.message.split("{}").enumerate() {
            if at > 0 {
                message.push_str(&words.next().unwrap_or_default());
            }
            message.push_str(part);
        }
        Error::new(self.kind, message).at(self.span, "")
    }
}
