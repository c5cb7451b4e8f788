//! What kernels can do beside the functions of the table: Python's own functions, new arrays, other shapes.

use super::super::number::Number;
use super::Lowering;
use super::value::Val;
use crate::check::kernel::{Intrinsic, Type};
use crate::diag::{ErrorKind, Result};
use crate::ir::Value;
use crate::ir::func::{Axis, Inst};
use crate::ops::{Function, Op, Primitives as _};
use crate::syntax::ast::NodeId;
use crate::types::{DType, Literal, Ty};

impl Lowering<'_> {
    pub(super) fn intrinsic(&mut self, id: NodeId, intrinsic: Intrinsic, args: &[NodeId]) -> Result<Val> {
        let span = self.span(id);
        let dtype = match self.ty(id) {
            Type::Array { dtype, .. } | Type::Number(dtype) => *dtype,
            _ => DType::Int64,
        };
        Ok(match intrinsic {
            Intrinsic::MatMul => self.matmul(id, args, false)?,
            Intrinsic::VDot => self.matmul(id, args, true)?,
            Intrinsic::Outer => self.outer(id, args)?,
            Intrinsic::Random(distribution, given) => self.random(id, distribution, given, args)?,
            Intrinsic::Seed => self.seed(args[0]),
            Intrinsic::Min => self.extremum(Op::Lt, dtype, args),
            Intrinsic::Max => self.extremum(Op::Gt, dtype, args),
            Intrinsic::Whole(function) => self.whole(function, args[0]),
            Intrinsic::DivMod => {
                let Type::Tuple(items) = self.ty(id) else { unreachable!("it gives two numbers") };
                let Type::Number(dtype) = items[0] else { unreachable!("it gives numbers") };
                let operands = [args[0], args[1]].map(|arg| {
                    let value = self.value(arg).clone();
                    self.number(&value, dtype)
                });
                self.nonzero_divisor(id, args[1], operands[1]);
                let operands = operands.map(Number::single);
                let parts = [Function::FloorDivide, Function::Remainder]
                    .map(|function| Val::Number(dtype, Number::Real(function.of(&mut self.b, &operands))));
                Val::Tuple(parts.into())
            }
            Intrinsic::Zeros => {
                let lengths = self.shape(args)?;
                Val::Array(self.allocate(span, dtype, &lengths))
            }
            Intrinsic::Ones | Intrinsic::Full => {
                let value = match args.get(1) {
                    Some(&value) => self.value(value).clone(),
                    None => Val::Literal(Literal::Int(1)),
                };
                let lengths = self.shape(&args[..1])?;
                self.filled(id, dtype, &lengths, &value)?
            }
            Intrinsic::ZerosLike | Intrinsic::FullLike => {
                let array = self.whole_value(args[0])?.array();
                let lengths = self.lengths(array);
                let value = match args.get(1) {
                    Some(&value) => self.value(value).clone(),
                    None => Val::Literal(Literal::Int(1)),
                };
                match intrinsic {
                    Intrinsic::ZerosLike => Val::Array(self.allocate(span, dtype, &lengths)),
                    _ => self.filled(id, dtype, &lengths, &value)?,
                }
            }
            Intrinsic::Arange => self.arange(id, dtype, args)?,
            Intrinsic::Linspace => self.linspace(id, args)?,
            Intrinsic::Eye => {
                let value = self.value(args[0]).clone();
                let n = self.whole_number(&value, span);
                let array = self.allocate(span, dtype, &[n, n]);
                self.counted(n, span, |l, at| {
                    l.store_at(array, &[at, at], &Val::Literal(Literal::Int(1)));
                    Ok(())
                })?;
                Val::Array(array)
            }
            Intrinsic::Array => {
                let n = self.b.number(args.len() as i64, Ty::I64);
                let array = self.allocate(span, dtype, &[n]);
                for (at, &arg) in args.iter().enumerate() {
                    let at = self.b.number(at as i64, Ty::I64);
                    let value = self.value(arg).clone();
                    self.store_at(array, &[at], &value);
                }
                Val::Array(array)
            }
            Intrinsic::Copy => {
                let array = self.whole_value(args[0])?.array();
                Val::Array(self.copied(span, array, dtype)?)
            }
            Intrinsic::Fill => {
                let array = self.whole_value(args[0])?.array();
                let value = self.value(args[1]).clone();
                self.store_elements(span, array, &value)?;
                Val::Nothing
            }
            Intrinsic::Transpose => {
                let array = self.whole_value(args[0])?.array();
                let [zero, one] = [0, 1].map(|v| self.b.number(v, Ty::I64));
                let rank = self.rank_of(array);
                let axes: Vec<Axis> = (0..rank)
                    .rev()
                    .map(|axis| Axis { length: self.b.length(array, axis), along: Some((axis as u32, one)) })
                    .collect();
                Val::Array(self.b.view(array, &vec![zero; rank], &axes))
            }
            Intrinsic::Reshape => self.reshape(id, args)?,
        })
    }

    /// The first of numbers that none of the others is before, as Python's `min` and `max` have it.
    fn extremum(&mut self, before: Op, dtype: DType, args: &[NodeId]) -> Val {
        let mut best: Option<Value> = None;
        for &arg in args {
            let value = self.value(arg).clone();
            let value = self.number(&value, dtype).single();
            best = Some(match best {
                None => value,
                Some(best) if dtype == DType::Bool => {
                    self.b.op(if before == Op::Lt { Op::And } else { Op::Or }, &[best, value])
                }
                Some(best) => {
                    let better = self.b.op(before, &[value, best]);
                    self.b.op(Op::Select, &[better, value, best])
                }
            });
        }
        Val::Number(dtype, Number::Real(best.expect("the checker saw some")))
    }

    /// A rounded number as an int64.
    fn whole(&mut self, function: Function, arg: NodeId) -> Val {
        let value = self.value(arg).clone();
        let dtype = match &value {
            Val::Number(dtype, _) => *dtype,
            _ => DType::Float64,
        };
        let number = self.number(&value, dtype);
        let rounded = match dtype.is_float() {
            true => Number::Real(function.of(&mut self.b, &[number.single()])),
            false => number,
        };
        Val::Number(DType::Int64, self.number(&Val::Number(dtype, rounded), DType::Int64))
    }

    /// The lengths that an argument says: one integer, or a tuple of them.
    pub(super) fn shape(&mut self, args: &[NodeId]) -> Result<Vec<Value>> {
        let mut lengths = Vec::new();
        for &arg in args {
            let span = self.span(arg);
            match self.value(arg).clone() {
                Val::Tuple(items) => items.iter().for_each(|item| {
                    let length = self.whole_number(item, span);
                    lengths.push(length);
                }),
                value => lengths.push(self.whole_number(&value, span)),
            }
        }
        Ok(lengths)
    }

    fn filled(&mut self, id: NodeId, dtype: DType, lengths: &[Value], value: &Val) -> Result<Val> {
        let span = self.span(id);
        let number = Val::Number(dtype, self.number(value, dtype));
        let array = self.allocate(span, dtype, lengths);
        self.store_elements(span, array, &number)?;
        Ok(Val::Array(array))
    }

    fn arange(&mut self, id: NodeId, dtype: DType, args: &[NodeId]) -> Result<Val> {
        let span = self.span(id);
        let numbers: Vec<Value> = args
            .iter()
            .map(|&arg| {
                let value = self.value(arg).clone();
                self.whole_number(&value, self.span(arg))
            })
            .collect();
        let [zero, one] = [0, 1].map(|v| self.b.number(v, Ty::I64));
        let (start, stop, step) = match numbers[..] {
            [stop] => (zero, stop, one),
            [start, stop] => (start, stop, one),
            [start, stop, step] => (start, stop, step),
            _ => unreachable!("the checker saw one to three"),
        };
        let sound = self.b.op(Op::Ne, &[step, zero]);
        let site = self.site(span, ErrorKind::Value, "ValueError: `arange` cannot go by steps of 0", &[]);
        self.b.check(sound, site, &[]);
        let count = self.count_of_range(start, stop, step);
        let array = self.allocate(span, dtype, &[count]);
        self.counted(count, span, |l, at| {
            let far = l.b.op(Op::Mul, &[at, step]);
            let number = l.b.op(Op::Add, &[start, far]);
            l.store_at(array, &[at], &Val::Number(DType::Int64, Number::Real(number)));
            Ok(())
        })?;
        Ok(Val::Array(array))
    }

    /// As NumPy computes it: each number from its place, the last one exactly.
    fn linspace(&mut self, id: NodeId, args: &[NodeId]) -> Result<Val> {
        let span = self.span(id);
        let [start, stop] = [args[0], args[1]].map(|arg| {
            let value = self.value(arg).clone();
            self.number(&value, DType::Float64).single()
        });
        let count = self.value(args[2]).clone();
        let count = self.whole_number(&count, self.span(args[2]));
        let one = self.b.number(1, Ty::I64);
        let steps = self.b.op(Op::Sub, &[count, one]);
        let steps = self.b.op(Op::Max, &[steps, one]);
        let steps = self.b.convert(steps, Ty::F64);
        let distance = self.b.op(Op::Sub, &[stop, start]);
        let step = self.b.op(Op::Div, &[distance, steps]);
        let array = self.allocate(span, DType::Float64, &[count]);
        self.counted(count, span, |l, at| {
            let place = l.b.convert(at, Ty::F64);
            let far = l.b.op(Op::Mul, &[place, step]);
            let number = l.b.op(Op::Add, &[far, start]);
            // The last of more than one is the end itself.
            let next = l.b.op(Op::Add, &[at, one]);
            let last = l.b.op(Op::Eq, &[next, count]);
            let several = l.b.op(Op::Gt, &[count, one]);
            let last = l.b.op(Op::And, &[last, several]);
            let number = l.b.op(Op::Select, &[last, stop, number]);
            l.store_at(array, &[at], &Val::Number(DType::Float64, Number::Real(number)));
            Ok(())
        })?;
        Ok(Val::Array(array))
    }

    /// The same elements in another shape: of an array whose elements lie one after the other.
    fn reshape(&mut self, id: NodeId, args: &[NodeId]) -> Result<Val> {
        let span = self.span(id);
        let array = self.whole_value(args[0])?.array();
        let mut lengths = self.shape(&args[1..])?;
        let own = self.lengths(array);
        let one = self.b.number(1, Ty::I64);
        let size = self.count_of(&own);
        // One length may be -1: what the others leave.
        let zero = self.b.number(0, Ty::I64);
        let minus = self.b.number(-1, Ty::I64);
        let given: Vec<Value> = lengths
            .iter()
            .map(|&length| {
                let open = self.b.op(Op::Eq, &[length, minus]);
                self.b.op(Op::Select, &[open, one, length])
            })
            .collect();
        let others = self.count_of(&given);
        let others = self.b.op(Op::Max, &[others, one]);
        let rest = self.b.op(Op::FloorDiv, &[size, others]);
        for length in &mut lengths {
            let open = self.b.op(Op::Eq, &[*length, minus]);
            *length = self.b.op(Op::Select, &[open, rest, *length]);
        }
        let wanted = self.count_of(&lengths);
        let same = self.b.op(Op::Eq, &[wanted, size]);
        let message = "ValueError: an array of {} elements is given a shape of {}";
        let site = self.site(span, ErrorKind::Shape, message, &[Ty::I64; 2]);
        self.b.check(same, site, &[size, wanted]);
        for &length in &lengths {
            let sound = self.b.op(Op::Ge, &[length, zero]);
            self.b.check(sound, site, &[size, wanted]);
        }
        // Elements lie one after the other if each stride is that of all axes behind it.
        let (dtype, rank) = self.b.ty(array).array().expect("an array");
        let mut expected = self.b.number(dtype.size() as i64, Ty::I64);
        let message = "`reshape` of an array whose elements do not lie one after the other is not built yet; copy it first";
        let site = self.site(span, ErrorKind::Unsupported, message, &[]);
        for axis in (0..rank).rev() {
            let stride = self.b.inst(Inst::Stride(array, axis as u32), Ty::I64.into());
            let equal = self.b.op(Op::Eq, &[stride, expected]);
            let short = self.b.op(Op::Le, &[own[axis], one]);
            let sound = self.b.op(Op::Or, &[equal, short]);
            let none = self.b.op(Op::Eq, &[size, zero]);
            let sound = self.b.op(Op::Or, &[sound, none]);
            self.b.check(sound, site, &[]);
            expected = self.b.op(Op::Mul, &[expected, own[axis]]);
        }
        Ok(Val::Array(self.b.reshape(array, &lengths)))
    }
}
