//! Products that may join a sum: floats that one sum alone uses, so that `a * b + c` rounds once.

use crate::ir::func::{Func, Inst, Node, Region, Value};
use crate::ops::Op;

/// For each value that is such a product, its factors.
pub(super) fn products(func: &Func) -> Vec<Option<(Value, Value)>> {
    let mut found = Products { func, factors: vec![None; func.values()], uses: vec![0; func.values()] };
    found.region(&func.body);
    let Products { mut factors, uses, .. } = found;
    for (factors, uses) in factors.iter_mut().zip(uses) {
        factors.take_if(|_| uses != 1);
    }
    factors
}

struct Products<'a> {
    func: &'a Func,
    factors: Vec<Option<(Value, Value)>>,
    uses: Vec<u32>,
}

impl Products<'_> {
    fn region(&mut self, region: &Region) {
        for node in &region.nodes {
            node.operands().iter().for_each(|value| self.uses[value.index()] += 1);
            if let Node::Let(value, Inst::Op(Op::Mul, [x, y, _])) = node
                && self.func.scalar(*value).is_float()
            {
                self.factors[value.index()] = Some((*x, *y));
            }
            node.regions().for_each(|region| self.region(region));
        }
        region.end.values().iter().for_each(|value| self.uses[value.index()] += 1);
    }
}
