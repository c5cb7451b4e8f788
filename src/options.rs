//! What a caller may choose.

use std::fmt;
use std::str::FromStr;

/// How far floating-point results may stray from the text's own order of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum FpMode {
    /// Every operation as written, each rounded once: NumPy's bits where the language promises them.
    #[default]
    Strict,
    /// A product may be joined to a sum in one rounding (fma).
    Contract,
    /// Sums and products may be reordered, and divisions by constants become multiplications.
    Fast,
}

/// Who runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Backend {
    /// The best there is on this machine.
    #[default]
    Native,
    /// The wide generator in 512 bits (AVX-512), and Cranelift for what it does not take.
    Wide512,
    /// The same in 256 bits (AVX2).
    Wide256,
    /// Cranelift with vectors.
    Clif,
    /// Cranelift, one element at a time.
    Scalar,
    /// The reference interpreter.
    Interp,
}

/// Bounds for text that is not trusted; passing one is an error of kind [`Limit`](crate::ErrorKind::Limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of source text.
    pub length: usize,
    /// Nesting of parentheses, calls, conditionals and right-hand powers, at most 500; a long sum is no nesting.
    pub nesting: usize,
    /// Primitive operations, before and after the passes.
    pub operations: usize,
    /// Arrays, results and reductions together; each takes a pointer through the whole code.
    pub streams: usize,
    /// Bytes of all results of one call that the library allocates, and of the partial results of one of its loops: a word for
    /// each reduction and 16,384 elements.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { length: 1 << 20, nesting: 200, operations: 50_000, streams: 500, memory: usize::MAX }
    }
}

macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal),* }) => {
        impl $type {
            /// Its name, as the command's options write it.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }

            /// Every one.
            pub const ALL: &[$type] = &[$($type::$variant,)*];
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(name: &str) -> Result<Self, String> {
                $type::ALL.iter().copied().find(|v| v.name() == name).ok_or_else(|| {
                    let known: Vec<_> = $type::ALL.iter().map(|v| v.name()).collect();
                    format!("`{name}` is none of {}", known.join(", "))
                })
            }
        }
    };
}

names!(FpMode { Strict = "strict", Contract = "contract", Fast = "fast" });
names!(Backend { Native = "native", Wide512 = "wide512", Wide256 = "wide256", Clif = "clif", Scalar = "scalar", Interp = "interp" });

/// A form of the program between two stages, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Emit {
    /// The tokens.
    Tokens,
    /// The syntax tree.
    Ast,
    /// The tree with types and conversions.
    Types,
    /// The IR as lowered.
    Ir,
    /// The IR after the passes.
    Opt,
    /// Cranelift's own IR.
    Clif,
    /// Machine code.
    Asm,
}

names!(Emit {
    Tokens = "tokens",
    Ast = "ast",
    Types = "types",
    Ir = "ir",
    Opt = "opt",
    Clif = "clif",
    Asm = "asm"
});
