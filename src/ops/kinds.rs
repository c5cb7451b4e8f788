//! Sets of kinds of types.

use crate::types::Kind;

/// A set of kinds of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// bool
    pub const BOOL: Kinds = Kinds::of(Kind::Bool);
    /// Integers with a sign.
    pub const SIGNED: Kinds = Kinds::of(Kind::Signed);
    /// Integers without a sign.
    pub const UNSIGNED: Kinds = Kinds::of(Kind::Unsigned);
    /// Integers.
    pub const INT: Kinds = Kinds::SIGNED.or(Kinds::UNSIGNED);
    /// float32 and float64
    pub const FLOAT: Kinds = Kinds::of(Kind::Float);
    /// complex64 and complex128
    pub const COMPLEX: Kinds = Kinds::of(Kind::Complex);

    const fn of(kind: Kind) -> Kinds {
        Kinds(1 << kind as u8)
    }

    /// Either.
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Whether `kind` is one of these.
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & Kinds::of(kind).0 != 0
    }
}

pub(super) const REAL: Kinds = Kinds::INT.or(Kinds::FLOAT);
pub(super) const NUMBER: Kinds = REAL.or(Kinds::COMPLEX);
pub(super) const BITS: Kinds = Kinds::INT.or(Kinds::BOOL);
/// What a register holds.
pub(super) const SINGLE: Kinds = REAL.or(Kinds::BOOL);
pub(super) const ANY: Kinds = NUMBER.or(Kinds::BOOL);
