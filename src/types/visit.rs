//! The visitors over all types. Each is a match without a wildcard arm, so that a new type is a
//! compile error wherever it has no meaning yet.

/// Gives a macro every register type: its variant in `Ty` and `Word`, its Rust type, its variant in
/// `DType` and `Scalar`.
macro_rules! with_register_types {
    ($with:ident!) => {
        $with! {
            Bool bool Bool,
            I8 i8 Int8, I16 i16 Int16, I32 i32 Int32, I64 i64 Int64,
            U8 u8 UInt8, U16 u16 UInt16, U32 u32 UInt32, U64 u64 UInt64,
            F32 f32 Float32, F64 f64 Float64
        }
    };
}

pub(crate) use with_register_types;
