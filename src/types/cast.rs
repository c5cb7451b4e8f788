//! What a value becomes in another type.

use super::{DType, Scalar};

impl Scalar {
    /// The value nearest to it in `dtype`, as a cast gives it: integers wrap, floats become
    /// integers toward zero and saturate (NaN gives 0), numbers become `self != 0`.
    pub const fn cast(self, dtype: DType) -> Scalar {
        macro_rules! from {
            ($v:expr, $truth:expr) => {
                match dtype {
                    DType::Bool => Scalar::Bool($truth),
                    DType::Int32 => Scalar::Int32($v as i32),
                    DType::Int64 => Scalar::Int64($v as i64),
                    DType::Float32 => Scalar::Float32($v as f32),
                    DType::Float64 => Scalar::Float64($v as f64),
                }
            };
        }
        match self {
            Scalar::Bool(v) => from!(v as u8, v),
            Scalar::Int32(v) => from!(v, v != 0),
            Scalar::Int64(v) => from!(v, v != 0),
            Scalar::Float32(v) => from!(v, v != 0.0),
            Scalar::Float64(v) => from!(v, v != 0.0),
        }
    }
}
