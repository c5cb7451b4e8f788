//! Programs as terms: `fma(x0, x0, mul(x1, 2.0))` stores that of the arrays x0 and x1.
//!
//! A conversion is called by its type. A constant is of the type of the other operands.

use super::{constant, expression};
use crate::ir::{Body, Inst, Program, Value};
use crate::ops::{OPS, Op};
use crate::types::{Ty, Word};

/// The program of two arrays of `ty` that stores `term`.
pub fn program(ty: Ty, term: &str) -> Program {
    expression(ty, 2, |body, x| {
        let mut terms = Terms { body, x, ty, rest: term };
        let value = match terms.term() {
            Term::Value(value) => value,
            Term::Constant(number) => terms.constant(number, ty),
        };
        assert!(terms.rest.is_empty(), "{} is left of {term}", terms.rest);
        value
    })
}

/// The result of a program as a term.
pub fn shown(program: &Program) -> String {
    fn show(body: &Body, value: Value) -> String {
        match body.inst(value) {
            Inst::Const(_) => body.constant(value).unwrap().to_string(),
            Inst::Load(array, _) => format!("x{}", array.0),
            Inst::Uniform(uniform) => format!("u{}", uniform.0),
            Inst::Temp(temp) => format!("t{}", temp.0),
            inst @ Inst::Op(op, _) => {
                let operands: Vec<_> = inst.operands().iter().map(|&v| show(body, v)).collect();
                let name = if op == Op::Convert { body.ty(value).name() } else { op.info().name };
                format!("{name}({})", operands.join(", "))
            }
        }
    }
    let l = &program.loops[0];
    show(&l.body, l.stores[0].value)
}

enum Term<'t> {
    Value(Value),
    /// Of a type that its place decides.
    Constant(&'t str),
}

struct Terms<'b, 't> {
    body: &'b mut Body,
    x: &'b [Value],
    ty: Ty,
    rest: &'t str,
}

impl<'t> Terms<'_, 't> {
    fn term(&mut self) -> Term<'t> {
        let end = self.rest.find(['(', ')', ',']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if let Some(at) = word.strip_prefix('x').and_then(|at| at.parse::<usize>().ok()) {
            return Term::Value(self.x[at]);
        }
        if !rest.starts_with('(') {
            return Term::Constant(word);
        }
        let mut terms = Vec::new();
        while !self.rest.starts_with(')') {
            self.rest = self.rest[1..].trim_start();
            terms.push(self.term());
        }
        self.rest = &self.rest[1..];
        let ty = terms.iter().find_map(|term| match term {
            Term::Value(value) => Some(self.body.ty(*value)),
            Term::Constant(_) => None,
        });
        let operand = |terms: &mut Self, term| match term {
            Term::Value(value) => value,
            Term::Constant(number) => terms.constant(number, ty.unwrap_or(terms.ty)),
        };
        let operands: Vec<Value> = terms.into_iter().map(|term| operand(self, term)).collect();
        Term::Value(match Ty::ALL.into_iter().find(|ty| ty.name() == word) {
            Some(to) => self.body.push(Inst::op(Op::Convert, &operands), to),
            None => {
                let row = OPS
                    .iter()
                    .find(|row| row.name == word)
                    .unwrap_or_else(|| panic!("{word} is no primitive"));
                super::op(self.body, row.op, &operands)
            }
        })
    }

    fn constant(&mut self, number: &str, ty: Ty) -> Value {
        let word = match ty.is_float() {
            true => Word::float(number.parse().unwrap(), ty),
            false => Word::int(number.parse().unwrap(), ty),
        };
        constant(self.body, word)
    }
}
