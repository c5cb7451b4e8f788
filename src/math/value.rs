//! The meaning of every primitive, the math functions included.

use crate::eval::eval;
use crate::ir::{Inst, Value, Values};
use crate::ops::{Function, Op};
use crate::types::{Ty, Word};

/// What `op` gives for `operands`, in type `ty`: what its expansion gives if it is a math function of floats, else
/// what [`eval`] says.
///
/// # Panics
/// Where the verifier would refuse the combination.
pub(crate) fn value(op: Op, ty: Ty, operands: &[Word]) -> Word {
    if !(op.is_function() && ty.is_float()) {
        return eval(op, ty, operands);
    }
    let mut values = Numbers(operands.to_vec());
    let x: Vec<Value> = (0..operands.len()).map(|at| Value(at as u32)).collect();
    let result = super::write(&mut values, op, &x).expect("every math function has an expansion");
    values.0[result.index()]
}

/// What a function of complex numbers gives, as [`super::write_complex`] writes it.
///
/// # Panics
/// If it does not.
pub(crate) fn complex_value(function: Function, x: &[[Word; 2]]) -> (Word, Option<Word>) {
    let mut values = Numbers(x.concat());
    let x: Vec<_> = (0..x.len() as u32).map(|at| [Value(2 * at), Value(2 * at + 1)]).collect();
    let (re, im) = super::write_complex(&mut values, function, &x).expect("the function is written");
    (values.0[re.index()], im.map(|im| values.0[im.index()]))
}

/// Computes at once what it is given.
struct Numbers(Vec<Word>);

impl Values for Numbers {
    fn push(&mut self, inst: Inst, ty: Ty) -> Value {
        let word = match inst {
            Inst::Const(bits) => Word::from_bits(ty, bits),
            Inst::Op(op, _) => {
                let operands = inst.operands();
                let mut words = [Word::Bool(false); 3];
                for (word, operand) in words.iter_mut().zip(operands) {
                    *word = self.0[operand.index()];
                }
                value(op, ty, &words[..operands.len()])
            }
            Inst::Uniform(_) | Inst::Load(..) | Inst::Temp(_) => unreachable!("expansions compute alone"),
        };
        self.0.push(word);
        Value(self.0.len() as u32 - 1)
    }

    fn ty(&self, value: Value) -> Ty {
        self.0[value.index()].ty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_mean_their_expansions() {
        for (op, x, expected) in [
            (Op::Exp, 1.0, std::f64::consts::E),
            (Op::Log, 10.0, std::f64::consts::LN_10),
            (Op::Sin, 1e22, -0.8522008497671888),
            (Op::Tanh, 40.0, 1.0),
        ] {
            let Word::F64(found) = value(op, Ty::F64, &[Word::F64(x)]) else {
                panic!("{op:?} keeps its type")
            };
            assert!((found.to_bits() as i64 - expected.to_bits() as i64).abs() <= 1, "{op:?} {x}: {found}");
        }
        assert!(value(Op::Pow, Ty::F32, &[Word::F32(2.0), Word::F32(0.5)]).same(Word::F32(2f32.sqrt())));
        assert!(value(Op::Pow, Ty::I32, &[Word::I32(3), Word::I32(4)]).same(Word::I32(81)));
    }
}
