//! Which type may be cast into which, by NumPy's rules.

use super::{DType, Kind};

/// What casts of results are allowed, as NumPy's `casting` says it; each allows what those before it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Casting {
    /// None: the types are the same.
    #[default]
    No,
    /// Another order of bytes alone, which types here have not: the types are the same.
    Equiv,
    /// Casts that keep every value: int32 to float64, but not int64 to int32.
    Safe,
    /// Safe casts, and those within a kind or to one further up: float64 to float32, int64 to float32, but not float64
    /// to int64.
    SameKind,
    /// All.
    Unsafe,
}

impl Casting {
    /// Whether `from` may be cast into `to`.
    ///
    /// ```
    /// use brolga::{Casting, DType};
    ///
    /// assert!(Casting::Safe.allows(DType::Int32, DType::Float64));
    /// assert!(!Casting::Safe.allows(DType::Int64, DType::Float32));
    /// assert!(Casting::SameKind.allows(DType::Int64, DType::Float32));
    /// assert!(!Casting::SameKind.allows(DType::Float32, DType::Int64));
    /// ```
    pub fn allows(self, from: DType, to: DType) -> bool {
        match self {
            Casting::No | Casting::Equiv => from == to,
            Casting::Safe => from.promote(to) == to,
            Casting::SameKind => Casting::Safe.allows(from, to) || rank(from) <= rank(to),
            Casting::Unsafe => true,
        }
    }

    /// NumPy's name.
    pub const fn name(self) -> &'static str {
        match self {
            Casting::No => "no",
            Casting::Equiv => "equiv",
            Casting::Safe => "safe",
            Casting::SameKind => "same_kind",
            Casting::Unsafe => "unsafe",
        }
    }
}

/// Kinds of types, each further up than those before.
fn rank(dtype: DType) -> u8 {
    match dtype.kind() {
        Kind::Bool => 0,
        Kind::Unsigned => 1,
        Kind::Signed => 2,
        Kind::Float => 3,
        Kind::Complex => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NumPy 2.4's `can_cast` from each type (a row) to each (a column), in the order of [`DType::ALL`]: the first rule
    /// that allows it.
    const RULES: [&str; 13] = [
        "nssssssssssss",
        "unsssuuuussss",
        "uknssuuuussss",
        "ukknsuuuuksks",
        "ukkknuuuuksks",
        "uksssnsssssss",
        "ukkssknssssss",
        "ukkkskknsksks",
        "ukkkkkkknksks",
        "uuuuuuuuunsss",
        "uuuuuuuuuknks",
        "uuuuuuuuuuuns",
        "uuuuuuuuuuukn",
    ];

    #[test]
    fn rules_are_numpys() {
        let rules = [Casting::No, Casting::Equiv, Casting::Safe, Casting::SameKind, Casting::Unsafe];
        for (from, row) in DType::ALL.into_iter().zip(RULES) {
            for (to, first) in DType::ALL.into_iter().zip(row.chars()) {
                let first = match first {
                    'n' => Casting::No,
                    's' => Casting::Safe,
                    'k' => Casting::SameKind,
                    _ => Casting::Unsafe,
                };
                for rule in rules {
                    assert_eq!(rule.allows(from, to), rule >= first, "{from} to {to} by {}", rule.name());
                }
            }
        }
    }
}
