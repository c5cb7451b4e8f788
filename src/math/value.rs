//! The meaning of every primitive, the math functions included.

use crate::eval::eval;
use crate::ops::{Number, Op, Pair, Pairs, Primitives, Value};
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
    let mut values = Computed(operands.to_vec());
    let x: Vec<Value> = (0..operands.len()).map(|at| Value(at as u32)).collect();
    let result = super::write(&mut values, op, &x).expect("every math function has an expansion");
    values.word(result)
}

/// Numbers that are computed at once.
#[derive(Default)]
pub(crate) struct Computed(Vec<Word>);

impl Computed {
    /// The word of a value.
    pub fn word(&self, value: Value) -> Word {
        self.0[value.index()]
    }
}

impl Primitives for Computed {
    fn push(&mut self, op: Op, operands: &[Value], ty: Ty) -> Value {
        let mut words = [Word::Bool(false); 3];
        for (word, &operand) in words.iter_mut().zip(operands) {
            *word = self.word(operand);
        }
        self.constant(value(op, ty, &words[..operands.len()]))
    }

    fn constant(&mut self, word: Word) -> Value {
        self.0.push(word);
        Value(self.0.len() as u32 - 1)
    }

    fn ty(&self, value: Value) -> Ty {
        self.word(value).ty()
    }

    fn known(&self, value: Value) -> Option<Word> {
        Some(self.word(value))
    }
}

impl Pairs for Computed {
    fn math(&mut self, op: Op, x: &[Pair]) -> Number {
        super::write_complex(self, op, x)
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
