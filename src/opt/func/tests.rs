//! What passes leave of functions; that they keep the meaning is the concern of random functions (`codegen/clif/func/tests`).

use smallvec::smallvec;

use super::*;
use crate::diag::{ErrorKind, Span};
use crate::ir::func::{Builder, End, FuncId, Inst, Node, Region, Site, SiteId, Type, Value};
use crate::ops::{Op, Primitives as _};
use crate::types::{Component, DType, Ty};

const NUMBER: Type = Type::Scalar(Ty::I64);
const FLOAT: Type = Type::Scalar(Ty::F64);

fn array(rank: u32) -> Type {
    Type::Array { dtype: DType::Float64, rank }
}

fn sites(module: &mut Module) -> [SiteId; 2] {
    [&[Ty::I64, Ty::I64][..], &[]].map(|shown| {
        let message = "{}".repeat(shown.len());
        module.site(Site { span: Span::default(), kind: ErrorKind::Index, message, shown: shown.into() })
    })
}

/// How many nodes of the first function are such.
fn count(module: &Module, which: impl Fn(&Node) -> bool + Copy) -> usize {
    fn of(region: &Region, which: impl Fn(&Node) -> bool + Copy) -> usize {
        let inside = |node: &Node| node.regions().map(|region| of(region, which)).sum::<usize>();
        region.nodes.iter().map(|node| usize::from(which(node)) + inside(node)).sum()
    }
    of(&module.funcs[0].body, which)
}

fn checks(module: &Module) -> usize {
    count(module, |node| matches!(node, Node::Within { .. } | Node::Check { .. }))
}

fn loops(module: &Module) -> usize {
    count(module, Node::is_loop)
}

fn optimized(mut module: Module, fp: FpMode) -> Module {
    verify(&module).unwrap();
    optimize(&mut module, fp);
    module
}

/// `for i in range(start, stop): total += a[i + more]`, where `stop` is the length or a parameter, less a number.
fn sum(of_length: bool, start: i64, less: i64, more: i64) -> Module {
    let mut module = Module::default();
    let [outside, _] = sites(&mut module);
    let mut b = Builder::new("sum", &[array(1), NUMBER], &[FLOAT]);
    let a = b.params()[0];
    let length = if of_length { b.length(a, 0) } else { b.params()[1] };
    let [start, less, one] = [start, less, 1].map(|number| b.number(number, Ty::I64));
    let stop = b.op(Op::Sub, &[length, less]);
    let none = b.number(0, Ty::F64);
    let params = b.open(&[NUMBER, FLOAT]);
    let more = b.number(more, Ty::I64);
    let index = b.op(Op::Add, &[params[0], more]);
    let place = b.within(a, 0, index, outside);
    let element = b.load(a, Component::Whole, &[place]);
    let total = b.op(Op::Add, &[params[1], element]);
    let body = b.close(End::Yield(smallvec![total]));
    let total = b.range([start, stop, one], &[none], body);
    module.push(b.finish(End::Yield(total)));
    module
}

#[test]
fn indices_that_the_range_bounds_are_not_checked() {
    for (start, less, more) in [(0, 0, 0), (1, 1, 1), (1, 1, -1), (2, 0, -2), (3, 5, 4)] {
        let module = optimized(sum(true, start, less, more), FpMode::Strict);
        assert_eq!((checks(&module), loops(&module)), (0, 1), "{start} {less} {more}\n{module}");
    }
}

#[test]
fn others_are_checked_before_the_loop() {
    for (start, less, more) in [(0, 0, 0), (1, 1, 2), (1, 0, -1), (3, 2, -3)] {
        let module = optimized(sum(false, start, less, more), FpMode::Strict);
        // One copy checks nothing.
        assert_eq!((checks(&module), loops(&module)), (1, 2), "{start} {less} {more}\n{module}");
    }
}

/// `c[i, j] = c[i, j]` for all of another array.
#[test]
fn a_nest_is_copied_once() {
    let mut module = Module::default();
    let [outside, _] = sites(&mut module);
    let mut b = Builder::new("nest", &[array(2), array(2)], &[]);
    let (a, c) = (b.params()[0], b.params()[1]);
    let [rows, columns] = [0, 1].map(|axis| b.length(a, axis));
    let [zero, one] = [0, 1].map(|number| b.number(number, Ty::I64));
    let i = b.open(&[NUMBER])[0];
    let j = b.open(&[NUMBER])[0];
    let places = [(0, i), (1, j)].map(|(axis, index)| b.within(c, axis, index, outside));
    let element = b.load(c, Component::Whole, &places);
    // Once more, as the program says; it is known by now.
    let again = [(0, i), (1, j)].map(|(axis, index)| b.within(c, axis, index, outside));
    b.store(c, Component::Whole, &again, element);
    let inner = b.close(End::Yield(smallvec![]));
    b.range([zero, columns, one], &[], inner);
    let outer = b.close(End::Yield(smallvec![]));
    b.range([zero, rows, one], &[], outer);
    module.push(b.finish(End::Yield(smallvec![])));
    let module = optimized(module, FpMode::Strict);
    // The copy that checks nothing runs on lanes, in blocks.
    assert_eq!((checks(&module), loops(&module)), (2, 5), "{module}");
    assert_eq!(count(&module, |node| matches!(node, Node::Lanes(_))), 1, "{module}");
}

/// if 0 <= k and k < n: a[k] = x // 2, where n is the length of a.
#[test]
fn conditions_and_constants_make_checks_unnecessary() {
    let mut module = Module::default();
    let [outside, zero_division] = sites(&mut module);
    let mut b = Builder::new("guarded", &[NUMBER, NUMBER], &[]);
    let (k, n) = (b.params()[0], b.params()[1]);
    let [none, two] = [0, 2].map(|number| b.number(number, Ty::I64));
    let a = b.alloc(DType::Int64, &[n], zero_division);
    let natural = b.op(Op::Ge, &[k, none]);
    b.open(&[]);
    let below = b.op(Op::Lt, &[k, n]);
    let then = b.close(End::Yield(smallvec![below]));
    b.open(&[]);
    let no = b.number(0, Ty::Bool);
    let otherwise = b.close(End::Yield(smallvec![no]));
    let inside = b.branch(natural, then, otherwise)[0];
    b.open(&[]);
    let divides = b.op(Op::Ne, &[two, none]);
    b.check(divides, zero_division, &[]);
    let half = b.op(Op::FloorDiv, &[k, two]);
    let place = b.within(a, 0, k, outside);
    b.store(a, Component::Whole, &[place], half);
    let then = b.close(End::Yield(smallvec![]));
    b.open(&[]);
    let otherwise = b.close(End::Yield(smallvec![]));
    b.branch(inside, then, otherwise);
    module.push(b.finish(End::Yield(smallvec![])));
    let module = optimized(module, FpMode::Strict);
    assert_eq!(checks(&module), 0, "{module}");
    assert_eq!(count(&module, |node| matches!(node, Node::If { .. })), 1, "{module}");
}

/// if i - 5 >= 0 and i < n: a[i - 5], where i - 5 wraps for the least numbers.
#[test]
fn a_difference_that_may_wrap_is_checked() {
    let mut module = Module::default();
    let [outside, other] = sites(&mut module);
    let mut b = Builder::new("f", &[array(1), NUMBER], &[FLOAT]);
    let (a, i) = (b.params()[0], b.params()[1]);
    let [none, five] = [0, 5].map(|number| b.number(number, Ty::I64));
    let index = b.op(Op::Sub, &[i, five]);
    let length = b.length(a, 0);
    for (op, x, y) in [(Op::Ge, index, none), (Op::Lt, i, length)] {
        let ok = b.op(op, &[x, y]);
        b.check(ok, other, &[]);
    }
    let place = b.within(a, 0, index, outside);
    let element = b.load(a, Component::Whole, &[place]);
    module.push(b.finish(End::Yield(smallvec![element])));
    let module = optimized(module, FpMode::Strict);
    assert_eq!(checks(&module), 3, "{module}");
}

/// f(x) calls g(x) = x if x < 0, found by a return from inside of a loop, else 0.
#[test]
fn a_call_that_returns_from_inside_becomes_a_loop_that_is_left() {
    let mut module = Module::default();
    let [_, deep] = sites(&mut module);
    let mut b = Builder::new("f", &[NUMBER], &[NUMBER]);
    let x = b.params()[0];
    let result = b.call(FuncId(1), &[x], &[NUMBER], deep);
    module.push(b.finish(End::Yield(result)));
    let mut b = Builder::new("g", &[NUMBER], &[NUMBER]);
    let x = b.params()[0];
    let [zero, one] = [0, 1].map(|number| b.number(number, Ty::I64));
    b.open(&[NUMBER]);
    let negative = b.op(Op::Lt, &[x, zero]);
    b.open(&[]);
    let then = b.close(End::Break(1, smallvec![x]));
    b.open(&[]);
    let otherwise = b.close(End::Yield(smallvec![]));
    b.branch(negative, then, otherwise);
    let body = b.close(End::Yield(smallvec![]));
    b.range([zero, x, one], &[], body);
    module.push(b.finish(End::Yield(smallvec![zero])));
    let module = optimized(module, FpMode::Strict);
    assert_eq!(count(&module, |node| matches!(node, Node::Call { .. })), 0, "{module}");
    assert_eq!(loops(&module), 2, "{module}");
}

#[test]
fn products_join_sums_where_the_mode_allows() {
    let module = || {
        let mut module = Module::default();
        let mut b = Builder::new("dot", &[FLOAT; 3], &[FLOAT; 2]);
        let [x, y, z] = b.params()[..] else { unreachable!("three parameters") };
        let product = b.op(Op::Mul, &[x, y]);
        let sum = b.op(Op::Add, &[z, product]);
        let other = b.op(Op::Mul, &[x, z]);
        let difference = b.op(Op::Sub, &[sum, other]);
        module.push(b.finish(End::Yield(smallvec![difference, sum])));
        module
    };
    let is = |node: &Node, wanted: Op| matches!(node, Node::Let(_, Inst::Op(op, _)) if *op == wanted);
    let contracted = optimized(module(), FpMode::Contract);
    assert_eq!(count(&contracted, |node| is(node, Op::Fma)), 2, "{contracted}");
    let strict = optimized(module(), FpMode::Strict);
    assert_eq!(count(&strict, |node| is(node, Op::Fma)), 0, "{strict}");
}

#[test]
fn a_math_function_becomes_arithmetic_and_keeps_what_a_value_is() {
    let mut module = Module::default();
    let mut b = Builder::new("f", &[FLOAT], &[FLOAT]);
    let x: Value = b.params()[0];
    let power = b.op(Op::Exp, &[x]);
    module.push(b.finish(End::Yield(smallvec![power])));
    let module = optimized(module, FpMode::Fast);
    let expanded = |node: &Node| matches!(node, Node::Let(_, Inst::Op(op, _)) if op.is_function() || op.is_of_exponents());
    assert_eq!(count(&module, expanded), 0, "{module}");
}
