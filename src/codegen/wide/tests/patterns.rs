//! Each pattern: that it is found where it should be and only there, and that the bits stay the same.

use iced_x86::Mnemonic;

use super::programs::{self, check};
use super::{Width, bytes, check_bytes, compilers, instructions};
use crate::ir::*;
use crate::ops::{Op, Reduction};
use crate::types::{Component, Ty, Word};

/// A body, its values by their names, and what others read.
struct Sketch {
    body: Body,
    arrays: Vec<Ty>,
    ty: Ty,
}

impl Sketch {
    /// Three arrays of a type.
    fn new(ty: Ty) -> (Sketch, [Value; 3]) {
        let mut body = Body::default();
        let loads = [0, 1, 2].map(|at| body.push(Inst::Load(ViewId(at), Component::Whole), ty));
        (Sketch { body, arrays: vec![ty; 3], ty }, loads)
    }

    fn constant(&mut self, value: i64) -> Value {
        let bits = Word::int(value, self.ty).to_bits();
        self.body.push(Inst::Const(bits), self.ty)
    }

    fn number(&mut self, op: Op, operands: &[Value]) -> Value {
        let ty = self.body.ty(*operands.last().unwrap());
        self.body.push(Inst::op(op, operands), ty)
    }

    fn truth(&mut self, op: Op, operands: &[Value]) -> Value {
        self.body.push(Inst::op(op, operands), Ty::Bool)
    }

    fn bitcast(&mut self, value: Value) -> Value {
        let to = self.body.ty(value).same_size().expect("its bits fit another type");
        self.body.push(Inst::op(Op::Bitcast, &[value]), to)
    }
}

/// Checks that the trips of `sketch` have `expected` instructions whose name satisfies `named`,
/// two copies of what is asked for, and the interpreter's bits.
fn expect(sketch: &Sketch, stores: &[Value], named: impl Fn(&str) -> bool, narrow: usize, wide: usize) {
    let program = programs::program(sketch.body.clone(), &sketch.arrays, stores, &[]);
    expect_program(&program, named, Some(narrow), wide);
}

/// The same where nothing is said of 256 bits.
fn expect_wide(sketch: &Sketch, stores: &[Value], named: impl Fn(&str) -> bool, wide: usize) {
    let program = programs::program(sketch.body.clone(), &sketch.arrays, stores, &[]);
    expect_program(&program, named, None, wide);
}

fn expect_program(program: &Program, named: impl Fn(&str) -> bool, narrow: Option<usize>, wide: usize) {
    for (width, compiler) in compilers() {
        check_bytes(width, program);
        for n in [0, 1, 31, 64, 77, 300] {
            check(&compiler, program, n, n as u64);
        }
        if let Some(expected) = if width == Width::Bits256 { narrow } else { Some(wide) } {
            assert_eq!(count(width, program, &named), expected, "in {width:?} of\n{program}");
        }
    }
}

/// Instructions of one copy whose name satisfies `named`.
fn count(width: Width, program: &Program, named: impl Fn(&str) -> bool) -> usize {
    let code = bytes(width, program);
    let all = instructions(&code);
    // Of the plain function, which the streaming one repeats.
    let end = all.iter().position(|inst| inst.mnemonic() == Mnemonic::Ret).unwrap();
    let found = all[..end].iter().filter(|inst| named(&format!("{:?}", inst.mnemonic()).to_lowercase()));
    let copies =
        super::Plan::new(&program.loops[0], &super::plan::streams(&program.loops[..1], width), width).copies;
    found.count() / copies
}

const LOGIC: [Op; 3] = [Op::And, Op::Or, Op::Xor];

fn is_logic(name: &str) -> bool {
    ["vpand", "vpor", "vpxor", "vpternlog", "vandp", "vxorp", "vorp"].iter().any(|&l| name.starts_with(l))
}

fn is_blend(name: &str) -> bool {
    name.starts_with("vblend") || name.starts_with("vpblend")
}

#[test]
fn comparisons_are_made_under_the_mask_of_the_other() {
    for ty in [Ty::I32, Ty::I64, Ty::F32, Ty::F64] {
        for ops in [[Op::Lt, Op::Gt, Op::Ne], [Op::Eq, Op::Le, Op::Ge]] {
            for order in [[0, 1, 2], [1, 2, 0], [2, 1, 0]] {
                let (mut s, [x, y, z]) = Sketch::new(ty);
                let c =
                    [(ops[0], [x, y]), (ops[1], [y, z]), (ops[2], [z, x])].map(|(op, of)| s.truth(op, &of));
                let both = s.truth(Op::And, &[c[order[0]], c[order[1]]]);
                let all = s.truth(Op::And, &[both, c[order[2]]]);
                let chosen = s.number(Op::Select, &[all, x, y]);
                expect(&s, &[chosen], |name| name.starts_with("kand"), 0, 0);
                expect(&s, &[chosen, all], |name| name.starts_with("kand"), 0, 0);
                // One with another reader is the mask of the next, unless all others are under masks already.
                let other = s.number(Op::Select, &[c[0], y, z]);
                let left = usize::from(order[2] == 0);
                expect(&s, &[chosen, other], |name| name.starts_with("kand"), 0, left);
                // With both read elsewhere there is nothing to gain.
                let pair = s.truth(Op::And, &[c[0], c[1]]);
                let either = s.truth(Op::Or, &[c[0], c[1]]);
                expect(&s, &[pair, either], |name| name.starts_with("kand"), 0, 1);
            }
        }
    }
}

#[test]
fn a_mask_from_elsewhere_goes_with_a_comparison() {
    let (mut s, [x, y, _]) = Sketch::new(Ty::F64);
    s.arrays.push(Ty::Bool);
    let flag = s.body.push(Inst::Load(ViewId(3), Component::Whole), Ty::Bool);
    let c = s.truth(Op::Lt, &[x, y]);
    let first = s.truth(Op::And, &[flag, c]);
    expect(&s, &[first], |name| name.starts_with("kand"), 0, 0);
    // A comparison of the same with the same is one operand twice.
    let twice = s.truth(Op::And, &[c, c]);
    expect(&s, &[twice], |name| name.starts_with("kand"), 0, 1);
}

#[test]
fn bits_in_common_are_one_test() {
    for ty in [Ty::I32, Ty::I64] {
        for op in [Op::Eq, Op::Ne, Op::Lt] {
            for zero_first in [false, true] {
                for constant in [false, true] {
                    let (mut s, [x, y, z]) = Sketch::new(ty);
                    let zero = s.constant(0);
                    let y = if constant { s.constant(5) } else { y };
                    let and = s.number(Op::And, &[x, y]);
                    let c = s.truth(op, &if zero_first { [zero, and] } else { [and, zero] });
                    let chosen = s.number(Op::Select, &[c, x, z]);
                    let tests = usize::from(op != Op::Lt);
                    let is_test = |name: &str| name.starts_with("vptestm") || name.starts_with("vptestnm");
                    expect(&s, &[chosen], is_test, 0, tests);
                    expect(&s, &[chosen, and], is_test, 0, 0);
                    // Under a mask, and as one.
                    let d = s.truth(Op::Lt, &[x, z]);
                    let both = s.truth(Op::And, &[d, c]);
                    expect(&s, &[both], |name| name.starts_with("kand"), 0, 0);
                    let both = s.truth(Op::And, &[c, d]);
                    expect(&s, &[both], is_test, 0, tests);
                }
            }
        }
    }
}

#[test]
fn two_bitwise_operations_are_one() {
    for ty in [Ty::I32, Ty::I64] {
        for (inner, outer) in LOGIC.into_iter().flat_map(|a| LOGIC.map(|b| (a, b))) {
            for inner_first in [false, true] {
                let (mut s, [x, y, z]) = Sketch::new(ty);
                let i = s.number(inner, &[x, y]);
                let o = s.number(outer, &if inner_first { [i, z] } else { [z, i] });
                expect(&s, &[o], is_logic, 2, 1);
                expect(&s, &[o, i], is_logic, 2, 2);
                // Operands that live on, that are constant, that come twice, and that come late.
                let sum = s.number(Op::Add, &[x, y]);
                let more = s.number(Op::Add, &[sum, z]);
                expect(&s, &[o, more], is_logic, 2, 1);
                let mask = s.constant(0x55);
                let i = s.number(inner, &[sum, mask]);
                let o = s.number(outer, &[i, more]);
                expect(&s, &[o, more, sum], is_logic, 2, 1);
                let i = s.number(inner, &[sum, more]);
                let late = s.number(Op::Sub, &[sum, z]);
                let o = s.number(outer, &[late, i]);
                expect(&s, &[o, more, sum, late], is_logic, 2, 1);
                let i = s.number(inner, &[sum, more]);
                let o = s.number(outer, &[i, sum]);
                expect(&s, &[o, more], is_logic, 2, 1);
                // The last alone gives its register, and so does the first alone.
                for [a, b, c] in [[more, sum, late], [late, sum, more]] {
                    let i = s.number(inner, &[a, b]);
                    let o = s.number(outer, &[i, c]);
                    expect(&s, &[o, more, sum], is_logic, 2, 1);
                }
                // Four are two.
                let four = [x, y, z, more].into_iter().fold(late, |v, w| s.number(inner, &[v, w]));
                expect(&s, &[four], is_logic, 4, 2);
            }
        }
    }
}

#[test]
fn bits_of_floats_count_as_those_of_integers() {
    for ty in [Ty::F32, Ty::F64] {
        let (mut s, [x, y, _]) = Sketch::new(ty);
        let magnitude = s.number(Op::Abs, &[x]);
        let (x, magnitude) = (s.bitcast(x), s.bitcast(magnitude));
        let sign = s.number(Op::Xor, &[x, magnitude]);
        let y = s.number(Op::Sqrt, &[y]);
        let y = s.bitcast(y);
        let r = s.number(Op::Or, &[sign, y]);
        let r = s.bitcast(r);
        expect(&s, &[r], is_logic, 3, 2);
    }
}

#[test]
fn a_negated_product_is_one_instruction() {
    let is_sign = |name: &str| name.starts_with("vxor") || name.starts_with("vmulp");
    for ty in [Ty::F32, Ty::F64] {
        let (mut s, [x, y, z]) = Sketch::new(ty);
        let negative = s.number(Op::Neg, &[x]);
        let first = s.number(Op::Mul, &[negative, y]);
        expect(&s, &[first], is_sign, 0, 0);
        expect(&s, &[first, negative], is_sign, 2, 2);
        let negative = s.number(Op::Neg, &[x]);
        let square = s.number(Op::Mul, &[x, negative]);
        expect(&s, &[square], is_sign, 0, 0);
        let product = s.number(Op::Mul, &[x, y]);
        let negative = s.number(Op::Neg, &[product]);
        expect(&s, &[negative], is_sign, 0, 0);
        expect(&s, &[negative, product], is_sign, 2, 2);
        let sum = s.number(Op::Add, &[negative, z]);
        expect(&s, &[sum], is_sign, 0, 0);
        let both = [first, square].map(|v| s.number(Op::Neg, &[v]));
        expect(&s, &both, is_sign, 2, 2);
    }
}

#[test]
fn partials_in_registers_are_left_alone() {
    for ty in [Ty::I32, Ty::I64, Ty::F32, Ty::F64] {
        for reduction in [Reduction::Prod, Reduction::Sum, Reduction::Min, Reduction::Max] {
            let (mut s, [x, y, z]) = Sketch::new(ty);
            let negative = s.number(Op::Neg, &[x]);
            let product = s.number(Op::Mul, &[negative, y]);
            let c = [(Op::Lt, [x, y]), (Op::Le, [y, z])].map(|(op, of)| s.truth(op, &of));
            let c = s.truth(Op::And, &c);
            let chosen = s.number(Op::Select, &[c, product, z]);
            for values in [vec![negative], vec![product], vec![chosen], vec![negative, chosen]] {
                let reduces: Vec<_> = values.iter().map(|&v| (reduction, v)).collect();
                let program = programs::program(s.body.clone(), &s.arrays, &[], &reduces);
                for (width, compiler) in compilers() {
                    check_bytes(width, &program);
                    for n in [0, 1, 31, 64, 77, 300, 16385] {
                        check(&compiler, &program, n, n as u64);
                    }
                }
            }
        }
    }
}

#[test]
fn choices_of_256_bits_are_few() {
    for ty in [Ty::I32, Ty::I64, Ty::F32, Ty::F64] {
        for op in [Op::Eq, Op::Ne, Op::Le, Op::Lt] {
            let (mut s, [x, y, z]) = Sketch::new(ty);
            let zero = s.constant(0);
            let c = s.truth(op, &[x, y]);
            for [then, otherwise] in [[zero, z], [z, zero]] {
                let chosen = s.number(Op::Select, &[c, then, otherwise]);
                expect(&s, &[chosen], is_blend, 0, 1);
                expect(&s, &[chosen, c], is_blend, 0, 1);
            }
            let chosen = s.number(Op::Select, &[c, x, z]);
            let inverted = usize::from(ty.size() == 8 || !ty.is_float());
            expect(&s, &[chosen], |name| name.starts_with("vpxor") && inverted == 1, 0, 0);
            let not = s.truth(Op::Not, &[c]);
            let chosen = s.number(Op::Select, &[not, x, z]);
            expect(&s, &[chosen], is_blend, 1, 1);
            let d = s.truth(Op::Gt, &[y, z]);
            let one_of_both = s.truth(Op::Xor, &[c, d]);
            let chosen = s.number(Op::Select, &[one_of_both, x, z]);
            expect(&s, &[chosen], is_blend, 1, 1);
        }
    }
}

#[test]
fn a_choice_by_a_bit_is_made_by_the_top_one() {
    let compares = |name: &str| name.starts_with("vpcmp") || name.starts_with("vptest");
    for (ty, float) in [(Ty::I32, Ty::F32), (Ty::I64, Ty::F64)] {
        for bit in [0, 1, 17, ty.size() * 8 - 1] {
            for op in [Op::Eq, Op::Ne] {
                let (mut s, [x, y, z]) = Sketch::new(ty);
                let (zero, one) = (s.constant(0), s.constant(1 << bit));
                let and = s.number(Op::And, &[x, one]);
                let c = s.truth(op, &[and, zero]);
                let chosen = s.number(Op::Select, &[c, y, z]);
                expect(&s, &[chosen], compares, 0, 1);
                expect(&s, &[chosen, and], compares, 1, 1);
                // Of which another reader wants all bits.
                let masked = s.number(Op::Select, &[c, zero, z]);
                expect(&s, &[chosen, masked], compares, 1, 1);
                let [y, z] = [y, z].map(|v| s.body.push(Inst::op(Op::Bitcast, &[v]), float));
                let chosen = s.number(Op::Select, &[c, y, z]);
                expect(&s, &[chosen], compares, 0, 1);
                // Of a bit that is compared with another.
                let c = s.truth(op, &[and, x]);
                let chosen = s.number(Op::Select, &[c, y, z]);
                expect(&s, &[chosen], compares, 1, 1);
                // Two bits are not one.
                let three = s.constant(3);
                let and = s.number(Op::And, &[x, three]);
                let c = s.truth(op, &[and, zero]);
                let chosen = s.number(Op::Select, &[c, y, z]);
                expect(&s, &[chosen], compares, 1, 1);
            }
        }
        let (mut s, [x, y, z]) = Sketch::new(ty);
        let zero = s.constant(0);
        for (op, of) in [(Op::Lt, [x, zero]), (Op::Gt, [zero, x]), (Op::Ge, [x, zero]), (Op::Le, [zero, x])] {
            let c = s.truth(op, &of);
            let chosen = s.number(Op::Select, &[c, y, z]);
            expect(&s, &[chosen], compares, 0, 1);
        }
        let c = s.truth(Op::Gt, &[x, zero]);
        let chosen = s.number(Op::Select, &[c, y, z]);
        expect(&s, &[chosen], compares, 1, 1);
    }
}

#[test]
fn what_a_blend_chooses_is_computed_in_place() {
    for ty in [Ty::I32, Ty::I64, Ty::F32, Ty::F64] {
        for op in [Op::Add, Op::Sub, Op::Mul] {
            for [mask_first, result_first] in [[false, false], [false, true], [true, false], [true, true]] {
                let (mut s, [x, y, z]) = Sketch::new(ty);
                let compare = |s: &mut Sketch| s.truth(Op::Lt, &[x, z]);
                let c = mask_first.then(|| compare(&mut s));
                let product = s.number(Op::Mul, &[x, y]);
                let result = s.number(op, &[product, z]);
                let other = s.number(Op::Sub, &[x, y]);
                let c = c.unwrap_or_else(|| compare(&mut s));
                let choose = |s: &mut Sketch, of: Value| {
                    let of = if result_first { [result, of] } else { [of, result] };
                    s.number(Op::Select, &[c, of[0], of[1]])
                };
                let chosen = choose(&mut s, other);
                expect_wide(&s, &[chosen], is_blend, 0);
                expect_wide(&s, &[chosen, other, result], is_blend, 1);
                expect_wide(&s, &[chosen, result], is_blend, 1);
                let (zero, seven) = (s.constant(0), s.constant(7));
                let again = s.number(Op::Select, &[c, y, z]);
                for constant in [zero, seven] {
                    let chosen = choose(&mut s, constant);
                    expect_wide(&s, &[chosen], is_blend, 0);
                    expect_wide(&s, &[chosen, result], is_blend, 1);
                    // A mask with another reader is not turned round.
                    expect_wide(&s, &[chosen, again], is_blend, 1 + usize::from(!result_first));
                }
                // Nor is one under another mask.
                let d = s.truth(Op::Ne, &[y, z]);
                let both = s.truth(Op::And, &[c, d]);
                let of = if result_first { [result, x] } else { [x, result] };
                let chosen = s.number(Op::Select, &[both, of[0], of[1]]);
                expect_wide(&s, &[chosen], is_blend, usize::from(!result_first));
                // Tests of bits are.
                if !ty.is_float() {
                    for op in [Op::Eq, Op::Ne] {
                        let bits = s.number(Op::And, &[y, z]);
                        let c = s.truth(op, &[bits, zero]);
                        let chosen = s.number(Op::Select, &[c, of[0], of[1]]);
                        expect_wide(&s, &[chosen], is_blend, 0);
                    }
                }
            }
        }
    }
}

#[test]
fn comparisons_are_turned_round_exactly() {
    for ty in [Ty::I32, Ty::I64, Ty::F32, Ty::F64] {
        for op in [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge] {
            let (mut s, [x, y, z]) = Sketch::new(ty);
            let c = s.truth(op, &[x, y]);
            let sum = s.number(Op::Add, &[x, y]);
            let chosen = s.number(Op::Select, &[c, z, sum]);
            expect_wide(&s, &[chosen], is_blend, 0);
        }
        // As the extrema of floats do.
        let (mut s, [x, y, z]) = Sketch::new(ty);
        let (low, high) = (s.number(Op::Min, &[x, y]), s.number(Op::Max, &[y, z]));
        let sum = s.number(Op::Add, &[low, high]);
        let last = s.number(Op::Min, &[sum, z]);
        expect_wide(&s, &[last], is_blend, 0);
        expect_wide(&s, &[last, sum], is_blend, usize::from(ty.is_float()));
    }
}

#[test]
fn conversions_are_made_in_place() {
    let (mut s, [x, y, z]) = Sketch::new(Ty::F64);
    let c = s.truth(Op::Lt, &[x, y]);
    let small = s.body.push(Inst::op(Op::Convert, &[z]), Ty::F32);
    let other = s.body.push(Inst::op(Op::Convert, &[y]), Ty::F32);
    let other = s.number(Op::Sqrt, &[other]);
    let chosen = s.number(Op::Select, &[c, small, other]);
    expect_wide(&s, &[chosen], is_blend, 0);
    let chosen = s.number(Op::Select, &[c, other, small]);
    expect_wide(&s, &[chosen], is_blend, 0);
    let integer = s.body.push(Inst::op(Op::Convert, &[small]), Ty::I32);
    let same = s.body.push(Inst::op(Op::Convert, &[y]), Ty::I32);
    let chosen = s.number(Op::Select, &[c, integer, same]);
    expect_wide(&s, &[chosen], is_blend, 0);
}

#[test]
fn choices_by_either_or_neither_are_turned_round() {
    let logic = |name: &str| ["kor", "knot"].iter().any(|&op| name.starts_with(op));
    for ty in [Ty::I32, Ty::I64, Ty::F32, Ty::F64] {
        for ops in [[Op::Lt, Op::Ge], [Op::Eq, Op::Ne], [Op::Le, Op::Gt]] {
            for order in [[0, 1], [1, 0]] {
                let (mut s, [x, y, z]) = Sketch::new(ty);
                let c = [(ops[0], [x, y]), (ops[1], [y, z])].map(|(op, of)| s.truth(op, &of));
                let either = s.truth(Op::Or, &order.map(|at| c[at]));
                let sum = s.number(Op::Add, &[x, y]);
                for of in [[x, z], [sum, z], [z, sum]] {
                    let chosen = s.number(Op::Select, &[either, of[0], of[1]]);
                    expect_wide(&s, &[chosen], logic, 0);
                    expect_wide(&s, &[chosen, either], logic, 1);
                    // What is left of the two is read elsewhere.
                    let other = s.number(Op::Select, &[c[0], y, z]);
                    expect_wide(&s, &[chosen, other], logic, 1);
                }
                let not = s.truth(Op::Not, &[c[0]]);
                let chosen = s.number(Op::Select, &[not, z, sum]);
                expect_wide(&s, &[chosen], logic, 0);
                let d = s.truth(Op::Ne, &[z, sum]);
                let all = s.truth(Op::Or, &[either, d]);
                let chosen = s.number(Op::Select, &[all, z, sum]);
                expect_wide(&s, &[chosen], logic, 2);
            }
        }
    }
}
