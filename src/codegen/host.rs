//! Primitives that generated code calls, because no machine has an instruction for them.
//!
//! Their meaning is [`eval`]'s; this file only gives them an address and a C signature.

use crate::eval::eval;
use crate::ops::Op;
use crate::types::{Ty, Word};

macro_rules! binary {
    ($name:ident, $op:expr, $variant:ident, $rust:ty) => {
        extern "C" fn $name(x: $rust, y: $rust) -> $rust {
            match eval($op, Ty::$variant, &[Word::$variant(x), Word::$variant(y)]) {
                Word::$variant(result) => result,
                _ => unreachable!("a primitive keeps its type"),
            }
        }
    };
}

binary!(floordiv_f64, Op::FloorDiv, F64, f64);
binary!(floordiv_f32, Op::FloorDiv, F32, f32);
binary!(mod_f64, Op::Mod, F64, f64);
binary!(mod_f32, Op::Mod, F32, f32);
binary!(sin_far_f64, Op::SinFar, F64, f64);
binary!(sin_far_f32, Op::SinFar, F32, f32);
binary!(cos_far_f64, Op::CosFar, F64, f64);
binary!(cos_far_f32, Op::CosFar, F32, f32);
binary!(tan_far_f64, Op::TanFar, F64, f64);
binary!(tan_far_f32, Op::TanFar, F32, f32);
binary!(pow_i64, Op::Pow, I64, i64);
binary!(pow_i32, Op::Pow, I32, i32);
binary!(pow_u64, Op::Pow, U64, u64);
binary!(pow_u32, Op::Pow, U32, u32);

/// The address of the function of as many `ty` as `op` has operands that computes `op`, if the host gives one.
pub(super) fn address(op: Op, ty: Ty) -> Option<usize> {
    Some(match (op, ty) {
        (Op::FloorDiv, Ty::F64) => floordiv_f64 as *const () as usize,
        (Op::FloorDiv, Ty::F32) => floordiv_f32 as *const () as usize,
        (Op::Mod, Ty::F64) => mod_f64 as *const () as usize,
        (Op::Mod, Ty::F32) => mod_f32 as *const () as usize,
        (Op::SinFar, Ty::F64) => sin_far_f64 as *const () as usize,
        (Op::SinFar, Ty::F32) => sin_far_f32 as *const () as usize,
        (Op::CosFar, Ty::F64) => cos_far_f64 as *const () as usize,
        (Op::CosFar, Ty::F32) => cos_far_f32 as *const () as usize,
        (Op::TanFar, Ty::F64) => tan_far_f64 as *const () as usize,
        (Op::TanFar, Ty::F32) => tan_far_f32 as *const () as usize,
        (Op::Pow, Ty::I64) => pow_i64 as *const () as usize,
        (Op::Pow, Ty::I32) => pow_i32 as *const () as usize,
        (Op::Pow, Ty::U64) => pow_u64 as *const () as usize,
        (Op::Pow, Ty::U32) => pow_u32 as *const () as usize,
        _ => return None,
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
        /// `ty`, that puts `op` of x and y into y, lane by lane. Its contract is [`each_lane`]'s.
        #[cfg_attr(not(all(target_arch = "x86_64", unix)), expect(dead_code, reason = "the wide generator's"))]
        pub(super) fn lanes(op: Op, ty: Ty) -> Option<usize> {
            match (op, ty) {
                $((Op::$op, Ty::$variant) => Some($lanes as *const () as usize),)*
                _ => None,
            }
        }
    };
}

lanes!(
    sin_far_lanes_f64 = sin_far_f64: SinFar of F64, f64;
    sin_far_lanes_f32 = sin_far_f32: SinFar of F32, f32;
    cos_far_lanes_f64 = cos_far_f64: CosFar of F64, f64;
    cos_far_lanes_f32 = cos_far_f32: CosFar of F32, f32;
    tan_far_lanes_f64 = tan_far_f64: TanFar of F64, f64;
    tan_far_lanes_f32 = tan_far_f32: TanFar of F32, f32;
    floordiv_lanes_f64 = floordiv_f64: FloorDiv of F64, f64;
    floordiv_lanes_f32 = floordiv_f32: FloorDiv of F32, f32;
    mod_lanes_f64 = mod_f64: Mod of F64, f64;
    mod_lanes_f32 = mod_f32: Mod of F32, f32;
    pow_lanes_i64 = pow_i64: Pow of I64, i64;
    pow_lanes_i32 = pow_i32: Pow of I32, i32;
    pow_lanes_u64 = pow_u64: Pow of U64, u64;
    pow_lanes_u32 = pow_u32: Pow of U32, u32;
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
