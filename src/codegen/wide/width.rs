//! How wide registers are, and what comes with that.

/// The registers of the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Width {
    /// AVX2 and FMA, in VEX.
    Bits256,
    /// AVX-512 F, VL, DQ and BW, in EVEX.
    Bits512,
}

impl Width {
    pub fn bytes(self) -> usize {
        match self {
            Width::Bits256 => 32,
            Width::Bits512 => 64,
        }
    }

    pub fn registers(self) -> usize {
        self.bytes() / 2
    }

    pub fn evex(self) -> bool {
        self == Width::Bits512
    }

    /// Whether there are instructions that scale and take floats apart.
    pub fn has_exponents(self) -> bool {
        self == Width::Bits512
    }

    /// Whether this machine, and its system, have it.
    pub fn is_here(self) -> bool {
        use std::is_x86_feature_detected as has;
        let narrow = has!("avx2") && has!("fma");
        match self {
            Width::Bits256 => narrow,
            Width::Bits512 => {
                narrow && has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw")
            }
        }
    }
}
