//! Random straight lines over every operation and type.

use arbtest::arbitrary::{Result, Unstructured};

use super::programs;
use crate::codegen::wide::Width;
use crate::codegen::wide::primitives::takes;
use crate::ir::*;
use crate::ops::{Kinds, OPS, Op, Reduction};
use crate::types::{DType, Scalar};

/// A program of one loop that the wide generator takes.
pub fn program(u: &mut Unstructured<'_>, width: Width) -> Result<Program> {
    let types: Vec<DType> = match u.int_in_range(0..=3)? {
        // All types at once, or few: then the lanes are many.
        0 | 1 => DType::ALL.to_vec(),
        2 => vec![*u.choose(&DType::ALL)?, DType::Bool],
        _ => vec![DType::Float32, DType::Int32, DType::Bool],
    };
    let most = *u.choose(&[2, 4, 14])?;
    let arrays: Vec<DType> =
        (0..u.int_in_range(1..=most)?).map(|_| u.choose(&types).copied()).collect::<Result<_>>()?;
    let mut uniforms: Vec<Uniform> = Vec::new();
    let mut body = Body::default();
    let loads: Vec<Value> = (arrays.iter().enumerate())
        .map(|(at, &dtype)| body.push(Inst::Load(ViewId(at as u32)), dtype))
        .collect();
    let mut values = loads.clone();
    let most = *u.choose(&[3, 12, 40, 150])?;
    let ops = u.int_in_range(1..=most)?;
    // Operands from far back keep many values alive.
    let deep = u.ratio(1, 3)?;
    for _ in 0..ops {
        if u.ratio(1, 8)? {
            let dtype = *u.choose(&types)?;
            values.push(if u.ratio(1, 3)? {
                uniforms.push(Uniform { dtype, source: UniformSource::Param("s".into()) });
                body.push(Inst::Uniform(UniformId(uniforms.len() as u32 - 1)), dtype)
            } else {
                let seed = u.int_in_range(0..=10_000u64)?;
                let value = programs::data(dtype, 1, seed)[0];
                // Zeros are what patterns look for.
                let bits = if u.ratio(1, 3)? { 0 } else { value.to_bits() };
                body.push(Inst::Const(bits), dtype)
            });
            continue;
        }
        let row = u.choose(OPS)?;
        let recent = |u: &mut Unstructured<'_>, of: &[Value]| -> Result<Value> {
            let from = if deep { 0 } else { of.len().saturating_sub(6) };
            u.choose(&of[from..]).copied()
        };
        let fits: Vec<Value> = values.iter().copied().filter(|&v| row.operands.has(body.dtype(v))).collect();
        if fits.is_empty() {
            continue;
        }
        let last = recent(u, &fits)?;
        let from = body.dtype(last);
        let same: Vec<Value> = values.iter().copied().filter(|&v| body.dtype(v) == from).collect();
        let to = match row.op {
            Op::Convert => *u.choose(&types)?,
            Op::Bitcast => from.same_size(),
            _ if row.predicate => DType::Bool,
            _ => from,
        };
        let convert = row.op == Op::Convert;
        if !compiles(row.op, from, width) || convert && (to == DType::Bool || to == from) {
            continue;
        }
        let mut operands = Vec::new();
        for _ in 1..row.arity {
            operands.push(recent(u, &same)?);
        }
        operands.push(last);
        if row.op.is_choice() {
            let bools: Vec<Value> =
                values.iter().copied().filter(|&v| body.dtype(v) == DType::Bool).collect();
            if bools.is_empty() {
                continue;
            }
            operands[0] = recent(u, &bools)?;
        }
        if row.op == Op::Bitcast && Kinds::FLOAT.has(from) {
            operands = vec![number(&mut body, last)];
        }
        if row.op == Op::Scale {
            // Times 2^inf, a NaN may become a number, by its payload.
            let y = Scalar::Int64(u.int_in_range(-2000..=2000)?).cast(from).to_bits();
            operands[1] = body.push(Inst::Const(y), from);
        }
        values.push(body.push(Inst::op(row.op, &operands), to));
    }
    let mut stores = Vec::new();
    let mut reduces = Vec::new();
    let mode = u.int_in_range(0..=2)?;
    if mode != 1 {
        stores.push(*values.last().expect("there is a load"));
        for _ in 0..u.int_in_range(0..=3)? {
            stores.push(*u.choose(&values)?);
        }
    }
    if mode != 0 {
        let numbers: Vec<Value> =
            values.iter().copied().filter(|&v| Kinds::INT.or(Kinds::FLOAT).has(body.dtype(v))).collect();
        for _ in 0..u.int_in_range(1..=3)? {
            if let Some(&last) = numbers.last() {
                let value = if u.ratio(1, 2)? { last } else { *u.choose(&numbers)? };
                let kinds = [Reduction::Sum, Reduction::Prod, Reduction::Min, Reduction::Max];
                reduces.push((*u.choose(&kinds)?, value));
            }
        }
    }
    if stores.is_empty() && reduces.is_empty() {
        stores.push(*values.last().expect("there is a load"));
    }
    let first = uniforms.len() as u32;
    for &(_, value) in &reduces {
        uniforms.push(Uniform { dtype: body.dtype(value), source: UniformSource::Reduced });
    }
    Ok(programs::with_uniforms(body, &arrays, uniforms, &stores, &reduces, first))
}

/// Whether the generator takes it, or what legalisation makes of it.
fn compiles(op: Op, from: DType, width: Width) -> bool {
    takes(op, width) || matches!(op, Op::FloorDiv | Op::Mod) || op == Op::Pow && !from.is_float()
}

/// The value, or 0 for NaN: which NaN an operation gives is not specified, so that its bits are not.
fn number(body: &mut Body, value: Value) -> Value {
    let dtype = body.dtype(value);
    let itself = body.push(Inst::op(Op::Eq, &[value, value]), DType::Bool);
    let zero = body.push(Inst::Const(0), dtype);
    body.push(Inst::op(Op::Select, &[itself, value, zero]), dtype)
}

/// Every operation once, on every pair of types that it takes.
pub fn each(width: Width) -> Vec<Program> {
    let mut programs = Vec::new();
    for row in OPS {
        for from in DType::ALL.into_iter().filter(|&d| row.operands.has(d)) {
            let results: Vec<DType> = match row.op {
                Op::Convert => DType::ALL.into_iter().filter(|&d| d != from && d != DType::Bool).collect(),
                Op::Bitcast => vec![from.same_size()],
                _ if row.predicate => vec![DType::Bool],
                _ => vec![from],
            };
            for to in results.into_iter().filter(|_| compiles(row.op, from, width)) {
                for constant in [None, Some(-3), Some(1), Some(40)] {
                    let mut body = Body::default();
                    let mut arrays = vec![from; row.arity];
                    if row.op.is_choice() {
                        arrays[0] = DType::Bool;
                    }
                    let mut operands: Vec<Value> = (arrays.iter().enumerate())
                        .map(|(at, &d)| body.push(Inst::Load(ViewId(at as u32)), d))
                        .collect();
                    if let (Some(value), true) = (constant, row.arity > 1 && from != DType::Bool) {
                        let bits = Scalar::Int64(value).cast(from).to_bits();
                        *operands.last_mut().expect("two") = body.push(Inst::Const(bits), from);
                    }
                    let v = body.push(Inst::op(row.op, &operands), to);
                    programs.push(programs::program(body, &arrays, &[v], &[]));
                }
            }
        }
    }
    programs
}
