//! Random straight lines over every operation and type.

use arbtest::arbitrary::{Result, Unstructured};

use super::programs;
use crate::codegen::wide::Width;
use crate::codegen::wide::primitives::takes;
use crate::ir::*;
use crate::ops::{Kinds, OPS, Op, Reduction};
use crate::types::{Component, Ty, Word};

/// A program of one loop that the wide generator takes.
pub fn program(u: &mut Unstructured<'_>, width: Width) -> Result<Program> {
    let types: Vec<Ty> = match u.int_in_range(0..=5)? {
        // All types at once, or few: then the lanes are many.
        0 | 1 => Ty::ALL.into(),
        2 => vec![*u.choose(&Ty::ALL)?, Ty::Bool],
        3 => vec![Ty::I8, Ty::U8, Ty::Bool],
        4 => vec![Ty::I8, Ty::U8, Ty::I16, Ty::U16, Ty::Bool],
        _ => vec![Ty::F32, Ty::I32, Ty::Bool],
    };
    let most = *u.choose(&[2, 4, 14])?;
    let arrays: Vec<Ty> =
        (0..u.int_in_range(1..=most)?).map(|_| u.choose(&types).copied()).collect::<Result<_>>()?;
    let mut uniforms: Vec<Uniform> = Vec::new();
    let mut body = Body::default();
    let loads: Vec<Value> = (arrays.iter().enumerate())
        .map(|(at, &ty)| body.push(Inst::Load(ViewId(at as u32), Component::Whole), ty))
        .collect();
    let mut values = loads.clone();
    let most = *u.choose(&[3, 12, 40, 150])?;
    let ops = u.int_in_range(1..=most)?;
    // Operands from far back keep many values alive.
    let deep = u.ratio(1, 3)?;
    for _ in 0..ops {
        if u.ratio(1, 8)? {
            let ty = *u.choose(&types)?;
            values.push(if u.ratio(1, 3)? {
                uniforms.push(Uniform {
                    ty,
                    source: UniformSource::Param {
                        name: "s".into(),
                        dtype: ty.dtype(),
                        component: Component::Whole,
                    },
                });
                body.push(Inst::Uniform(UniformId(uniforms.len() as u32 - 1)), ty)
            } else {
                let seed = u.int_in_range(0..=10_000u64)?;
                let value = programs::data(ty, 1, seed)[0];
                // Zeros are what patterns look for.
                let bits = if u.ratio(1, 3)? { 0 } else { value.to_bits() };
                body.push(Inst::Const(bits), ty)
            });
            continue;
        }
        let row = u.choose(OPS)?;
        let recent = |u: &mut Unstructured<'_>, of: &[Value]| -> Result<Value> {
            let from = if deep { 0 } else { of.len().saturating_sub(6) };
            u.choose(&of[from..]).copied()
        };
        let fits: Vec<Value> =
            values.iter().copied().filter(|&v| row.operands.has(body.ty(v).kind())).collect();
        if fits.is_empty() {
            continue;
        }
        let last = recent(u, &fits)?;
        let from = body.ty(last);
        let same: Vec<Value> = values.iter().copied().filter(|&v| body.ty(v) == from).collect();
        let to = match row.op {
            Op::Convert => *u.choose(&types)?,
            Op::Bitcast => from.same_size().unwrap_or(from),
            _ if row.predicate => Ty::Bool,
            _ => from,
        };
        let changes = matches!(row.op, Op::Convert | Op::Bitcast);
        if !compiles(row.op, from, width) || changes && (to == Ty::Bool || to == from) {
            continue;
        }
        let mut operands = Vec::new();
        for _ in 1..row.arity {
            operands.push(recent(u, &same)?);
        }
        operands.push(last);
        if row.op.is_choice() {
            let bools: Vec<Value> = values.iter().copied().filter(|&v| body.ty(v) == Ty::Bool).collect();
            if bools.is_empty() {
                continue;
            }
            operands[0] = recent(u, &bools)?;
        }
        if row.op == Op::Bitcast && from.is_float() {
            operands = vec![number(&mut body, last)];
        }
        if row.op == Op::Scale {
            // Times 2^inf, a NaN may become a number, by its payload.
            let y = Word::int(u.int_in_range(-2000..=2000)?, from).to_bits();
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
        let number = |ty: Ty| Kinds::INT.or(Kinds::FLOAT).has(ty.kind()) && !ty.is_narrow();
        let numbers: Vec<Value> = values.iter().copied().filter(|&v| number(body.ty(v))).collect();
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
        uniforms.push(Uniform { ty: body.ty(value), source: UniformSource::Reduced });
    }
    Ok(programs::with_uniforms(body, &arrays, uniforms, &stores, &reduces, first))
}

/// Whether the generator takes it, or what legalisation makes of it.
fn compiles(op: Op, from: Ty, width: Width) -> bool {
    let divides = matches!(op, Op::FloorDiv | Op::Mod) && from != Ty::U64;
    takes(op, width) || divides || op == Op::Pow && !from.is_float()
}

/// The value, or 0 for NaN: which NaN an operation gives is not specified, so that its bits are not.
fn number(body: &mut Body, value: Value) -> Value {
    let ty = body.ty(value);
    let itself = body.push(Inst::op(Op::Eq, &[value, value]), Ty::Bool);
    let zero = body.push(Inst::Const(0), ty);
    body.push(Inst::op(Op::Select, &[itself, value, zero]), ty)
}

/// Every operation once, on every pair of types that it takes.
pub fn each(width: Width) -> Vec<Program> {
    let mut programs = Vec::new();
    for row in OPS {
        for from in Ty::ALL.into_iter().filter(|&d| row.operands.has(d.kind())) {
            let results: Vec<Ty> = match row.op {
                Op::Convert => Ty::ALL.into_iter().filter(|&d| d != from && d != Ty::Bool).collect(),
                Op::Bitcast => from.same_size().into_iter().collect(),
                _ if row.predicate => vec![Ty::Bool],
                _ => vec![from],
            };
            for to in results.into_iter().filter(|_| compiles(row.op, from, width)) {
                for constant in [None, Some(-3), Some(1), Some(40)] {
                    let mut body = Body::default();
                    let mut arrays = vec![from; row.arity];
                    if row.op.is_choice() {
                        arrays[0] = Ty::Bool;
                    }
                    let mut operands: Vec<Value> = (arrays.iter().enumerate())
                        .map(|(at, &d)| body.push(Inst::Load(ViewId(at as u32), Component::Whole), d))
                        .collect();
                    if let (Some(value), true) = (constant, row.arity > 1 && from != Ty::Bool) {
                        let bits = Word::int(value, from).to_bits();
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
