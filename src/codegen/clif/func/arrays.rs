//! Arrays in code: descriptors in registers, and where their elements lie.

use cranelift::prelude::*;
use smallvec::{SmallVec, smallvec};

use super::super::group::scalar_type;
use super::super::memory::{Cells, Place};
use crate::ir::func;
use crate::types::{Component, DType, Ty};

/// A value of a function in registers: one, or the base, the lengths and the strides of an array.
pub(super) type Parts = SmallVec<[Value; 3]>;

/// The types of these registers.
pub(super) fn types_of(ty: func::Type) -> SmallVec<[Type; 3]> {
    match ty {
        func::Type::Scalar(ty) => smallvec![scalar_type(ty)],
        func::Type::Array { .. } => smallvec![types::I64; ty.words()],
    }
}

/// A descriptor.
#[derive(Clone, Copy)]
pub(super) struct Descriptor<'a> {
    pub base: Value,
    pub lengths: &'a [Value],
    pub strides: &'a [Value],
}

impl<'a> Descriptor<'a> {
    pub fn of(parts: &'a [Value]) -> Descriptor<'a> {
        let (lengths, strides) = parts[1..].split_at(parts.len() / 2);
        Descriptor { base: parts[0], lengths, strides }
    }
}

/// An index: a value, and a number that is added to it.
pub(super) type Index = (Value, i64);

/// Where a component of an element lies. Numbers are added by the access itself where the stride is known.
pub(super) fn place(
    b: &mut FunctionBuilder<'_>,
    array: Descriptor<'_>,
    indices: &[Index],
    stride_of_last: Option<usize>,
    (dtype, component): (DType, Component),
) -> Place {
    let cells = Cells::of(dtype, component);
    let mut address = array.base;
    let mut offset = i64::from(cells.offset);
    for (axis, (&(index, number), &stride)) in indices.iter().zip(array.strides).enumerate() {
        let known = stride_of_last.filter(|_| axis + 1 == indices.len());
        let steps = b.ins().imul(index, stride);
        address = b.ins().iadd(address, steps);
        match known {
            Some(size) => offset = offset.wrapping_add(number.wrapping_mul(size as i64)),
            None if number != 0 => {
                let steps = b.ins().imul_imm_s(stride, number);
                address = b.ins().iadd(address, steps);
            }
            None => {}
        }
    }
    // What does not fit an instruction is added before.
    let offset = i32::try_from(offset).unwrap_or_else(|_| {
        address = b.ins().iadd_imm_s(address, offset);
        0
    });
    Place { address, offset, cells }
}

/// Elements of `size` bytes one after the other.
pub(super) fn contiguous(b: &mut FunctionBuilder<'_>, base: Value, size: usize, lengths: &[Value]) -> Parts {
    let mut stride = b.ins().iconst(types::I64, size as i64);
    let mut strides: Parts = smallvec![];
    for (axis, &length) in lengths.iter().enumerate().rev() {
        strides.push(stride);
        if axis > 0 {
            stride = b.ins().imul(stride, length);
        }
    }
    strides.reverse();
    [base].into_iter().chain(lengths.iter().copied()).chain(strides).collect()
}

/// A value in a word of the ABI.
pub(super) fn to_word(b: &mut FunctionBuilder<'_>, value: Value, ty: Ty) -> Value {
    let bits = match ty {
        Ty::F32 => b.ins().bitcast(types::I32, MemFlagsData::new(), value),
        Ty::F64 => b.ins().bitcast(types::I64, MemFlagsData::new(), value),
        _ => value,
    };
    match ty.size() {
        8 => bits,
        _ => b.ins().uextend(types::I64, bits),
    }
}

/// The value in a word of the ABI.
pub(super) fn from_word(b: &mut FunctionBuilder<'_>, word: Value, ty: Ty) -> Value {
    match ty {
        Ty::F64 => b.ins().bitcast(types::F64, MemFlagsData::new(), word),
        Ty::F32 => {
            let bits = b.ins().ireduce(types::I32, word);
            b.ins().bitcast(types::F32, MemFlagsData::new(), bits)
        }
        _ if ty.size() == 8 => word,
        _ => b.ins().ireduce(scalar_type(ty), word),
    }
}
