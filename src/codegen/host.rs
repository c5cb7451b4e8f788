//! Primitives that generated code calls, because no machine has an instruction for them.
//!
//! Their meaning is [`eval`]'s; this file only gives them an address and a C signature.

use crate::eval::eval;
use crate::ops::Op;
use crate::types::{DType, Scalar};

macro_rules! binary {
    ($name:ident, $op:expr, $variant:ident, $rust:ty) => {
        extern "C" fn $name(x: $rust, y: $rust) -> $rust {
            match eval($op, DType::$variant, &[Scalar::$variant(x), Scalar::$variant(y)]) {
                Scalar::$variant(result) => result,
                _ => unreachable!("a primitive keeps its type"),
            }
        }
    };
}

macro_rules! unary {
    ($($wide:ident $narrow:ident $op:expr),*) => {
        $(
            extern "C" fn $wide(x: f64) -> f64 {
                match eval($op, DType::Float64, &[Scalar::Float64(x)]) {
                    Scalar::Float64(result) => result,
                    _ => unreachable!("a primitive keeps its type"),
                }
            }

            extern "C" fn $narrow(x: f32) -> f32 {
                match eval($op, DType::Float32, &[Scalar::Float32(x)]) {
                    Scalar::Float32(result) => result,
                    _ => unreachable!("a primitive keeps its type"),
                }
            }
        )*

        /// A math function that no pass has written out.
        fn function(op: Op, dtype: DType) -> Option<usize> {
            $(
                if op == $op {
                    return match dtype {
                        DType::Float64 => Some($wide as *const () as usize),
                        DType::Float32 => Some($narrow as *const () as usize),
                        _ => None,
                    };
                }
            )*
            None
        }
    };
}

unary!(
    exp_f64 exp_f32 Op::Exp, expm1_f64 expm1_f32 Op::Expm1, log_f64 log_f32 Op::Log,
    log1p_f64 log1p_f32 Op::Log1p, sin_f64 sin_f32 Op::Sin, cos_f64 cos_f32 Op::Cos,
    tan_f64 tan_f32 Op::Tan, tanh_f64 tanh_f32 Op::Tanh
);
binary!(floordiv_f64, Op::FloorDiv, Float64, f64);
binary!(floordiv_f32, Op::FloorDiv, Float32, f32);
binary!(mod_f64, Op::Mod, Float64, f64);
binary!(mod_f32, Op::Mod, Float32, f32);
binary!(pow_f64, Op::Pow, Float64, f64);
binary!(pow_f32, Op::Pow, Float32, f32);
binary!(sin_far_f64, Op::SinFar, Float64, f64);
binary!(sin_far_f32, Op::SinFar, Float32, f32);
binary!(cos_far_f64, Op::CosFar, Float64, f64);
binary!(cos_far_f32, Op::CosFar, Float32, f32);
binary!(tan_far_f64, Op::TanFar, Float64, f64);
binary!(tan_far_f32, Op::TanFar, Float32, f32);
binary!(pow_i64, Op::Pow, Int64, i64);
binary!(pow_i32, Op::Pow, Int32, i32);

/// The address of the function of as many `dtype` as `op` has operands that computes `op`, if the host gives one.
pub(super) fn address(op: Op, dtype: DType) -> Option<usize> {
    Some(match (op, dtype) {
        (Op::FloorDiv, DType::Float64) => floordiv_f64 as *const () as usize,
        (Op::FloorDiv, DType::Float32) => floordiv_f32 as *const () as usize,
        (Op::Mod, DType::Float64) => mod_f64 as *const () as usize,
        (Op::Mod, DType::Float32) => mod_f32 as *const () as usize,
        (Op::Pow, DType::Float64) => pow_f64 as *const () as usize,
        (Op::Pow, DType::Float32) => pow_f32 as *const () as usize,
        (Op::SinFar, DType::Float64) => sin_far_f64 as *const () as usize,
        (Op::SinFar, DType::Float32) => sin_far_f32 as *const () as usize,
        (Op::CosFar, DType::Float64) => cos_far_f64 as *const () as usize,
        (Op::CosFar, DType::Float32) => cos_far_f32 as *const () as usize,
        (Op::TanFar, DType::Float64) => tan_far_f64 as *const () as usize,
        (Op::TanFar, DType::Float32) => tan_far_f32 as *const () as usize,
        (Op::Pow, DType::Int64) => pow_i64 as *const () as usize,
        (Op::Pow, DType::Int32) => pow_i32 as *const () as usize,
        _ => return function(op, dtype),
    })
}

macro_rules! lanes {
    ($($lanes:ident = $one:ident: $op:ident of $variant:ident, $rust:ty;)*) => {
        $(
            /// # Safety
            /// That of [`each_lane`].
            unsafe extern "C" fn $lanes(x: *const $rust, y: *mut $rust, lanes: usize) {
                // SAFETY: the caller makes this very promise.
                unsafe { each_lane($one, x, y, lanes) }
            }
        )*

        /// The address of an `unsafe extern "C" fn(x: *const T, y: *mut T, lanes: usize)`, with T for
        /// `dtype`, that puts `op` of x and y into y, lane by lane. Its contract is [`each_lane`]'s.
        #[cfg_attr(not(all(target_arch = "x86_64", unix)), expect(dead_code, reason = "the wide generator's"))]
        pub(super) fn lanes(op: Op, dtype: DType) -> Option<usize> {
            match (op, dtype) {
                $((Op::$op, DType::$variant) => Some($lanes as *const () as usize),)*
                _ => None,
            }
        }
    };
}

lanes!(
    sin_far_lanes_f64 = sin_far_f64: SinFar of Float64, f64;
    sin_far_lanes_f32 = sin_far_f32: SinFar of Float32, f32;
    cos_far_lanes_f64 = cos_far_f64: CosFar of Float64, f64;
    cos_far_lanes_f32 = cos_far_f32: CosFar of Float32, f32;
    tan_far_lanes_f64 = tan_far_f64: TanFar of Float64, f64;
    tan_far_lanes_f32 = tan_far_f32: TanFar of Float32, f32;
    floordiv_lanes_f64 = floordiv_f64: FloorDiv of Float64, f64;
    floordiv_lanes_f32 = floordiv_f32: FloorDiv of Float32, f32;
    mod_lanes_f64 = mod_f64: Mod of Float64, f64;
    mod_lanes_f32 = mod_f32: Mod of Float32, f32;
    pow_lanes_i64 = pow_i64: Pow of Int64, i64;
    pow_lanes_i32 = pow_i32: Pow of Int32, i32;
);

/// # Safety
/// `x` and `y` are aligned and hold `lanes` elements each; meanwhile nobody writes those of `x`, and
/// nobody else reads or writes those of `y`.
unsafe fn each_lane<T: Copy>(one: extern "C" fn(T, T) -> T, x: *const T, y: *mut T, lanes: usize) {
    // SAFETY: the caller promises what both need.
    let (x, y) = unsafe { (std::slice::from_raw_parts(x, lanes), std::slice::from_raw_parts_mut(y, lanes)) };
    for (&x, y) in x.iter().zip(y) {
        *y = one(x, *y);
    }
}
