//! The builder makes what the text shows, and the verifier finds what is wrong.

use crate::ops::Primitives as _;
use smallvec::smallvec;

use super::*;
use crate::diag::{ErrorKind, Span};

fn site(module: &mut Module, message: &str, shown: &[Ty]) -> SiteId {
    let (kind, message) = (ErrorKind::Index, message.to_string());
    module.site(Site { span: Span::new(0, 1), kind, message, shown: shown.into() })
}

fn vector() -> Type {
    Type::Array { dtype: DType::Float64, rank: 1 }
}

/// The example of the module's head.
fn sum_until() -> Module {
    let mut b = Builder::new("sum_until", &[vector()], &[Ty::F64.into()]);
    let a = b.params()[0];
    let length = b.length(a, 0);
    let [zero, one] = [0, 1].map(|n| b.number(n, Ty::I64));
    let none = b.number(0, Ty::F64);
    let params = b.open(&[Ty::I64.into(), Ty::F64.into()]);
    let element = b.load(a, Component::Whole, &[params[0]]);
    let negative = b.op(Op::Lt, &[element, none]);
    b.open(&[]);
    let then = b.close(End::Break(0, smallvec![params[1]]));
    b.open(&[]);
    let otherwise = b.close(End::Yield(smallvec![]));
    b.branch(negative, then, otherwise);
    let sum = b.op(Op::Add, &[params[1], element]);
    let body = b.close(End::Yield(smallvec![sum]));
    let sum = b.range([zero, length, one], &[none], body);
    let mut module = Module::default();
    module.push(b.finish(End::Yield(sum)));
    module
}

#[test]
fn the_example_of_the_head_is_what_the_builder_makes() {
    let module = sum_until();
    verify(&module).unwrap();
    let head = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//!"));
    let example: Vec<&str> = head
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .skip_while(|line| !line.starts_with("func f0"))
        .take_while(|line| !line.starts_with("```"))
        .collect();
    // Values are numbered as they are made, which readers do not mind; the text has them in order.
    let shown = module.to_string();
    let renumbered = |text: &str| {
        let mut seen: Vec<String> = Vec::new();
        let mut out = String::new();
        for part in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
            let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
            if word.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            {
                let at = seen.iter().position(|s| s == word).unwrap_or_else(|| {
                    seen.push(word.to_string());
                    seen.len() - 1
                });
                out.push_str(&format!("v{at}{}", &part[word.len()..]));
            } else {
                out.push_str(part);
            }
        }
        out
    };
    assert_eq!(renumbered(&shown).trim_end(), renumbered(&example.join("\n")).trim_end());
}

/// A function whose region is what `fill` makes it.
fn func(results: &[Type], fill: impl FnOnce(&mut Builder, &mut Module) -> End) -> Result<(), String> {
    let mut module = Module::default();
    let mut b = Builder::new("f", &[vector(), Ty::I64.into(), Ty::Bool.into()], results);
    let end = fill(&mut b, &mut module);
    module.push(b.finish(end));
    let _ = module.to_string();
    verify(&module)
}

/// A region that ends at once.
fn ending(b: &mut Builder, end: End) -> Region {
    b.open(&[]);
    b.close(end)
}

#[test]
fn what_keeps_the_rules_is_taken() {
    func(&[Ty::F64.into(), vector()], |b, module| {
        let [a, i] = b.params()[..2] else { unreachable!("three parameters") };
        let outside = site(module, "index {} of {}", &[Ty::I64, Ty::I64]);
        let memory = site(module, "no memory for {}", &[Ty::I64]);
        let place = b.within(a, 0, i, outside);
        let element = b.load(a, Component::Whole, &[place]);
        let length = b.length(a, 0);
        let made = b.alloc(DType::Float64, &[length], memory);
        b.store(made, Component::Whole, &[place], element);
        let one = b.number(1, Ty::I64);
        let row = b.view(made, &[place], &[Axis { length: one, along: Some((0, one)) }]);
        let table = b.reshape(row, &[one, one]);
        let first = b.load(table, Component::Whole, &[one, one]);
        End::Yield(smallvec![first, row])
    })
    .unwrap();
    // A return from two loops deep; a loop that is never left.
    func(&[Ty::I64.into()], |b, _| {
        let [_, i, c] = b.params()[..] else { unreachable!("three parameters") };
        b.open(&[Ty::I64.into()]);
        b.open(&[]);
        let then = ending(b, End::Break(2, smallvec![i]));
        let otherwise = ending(b, End::Continue(1, smallvec![i]));
        b.branch(c, then, otherwise);
        assert!(!b.falls_through());
        let inner = b.close(End::Never);
        b.repeat(&[], inner, &[]);
        let outer = b.close(End::Never);
        b.repeat(&[i], outer, &[]);
        End::Never
    })
    .unwrap();
}

#[test]
fn what_breaks_a_rule_is_found() {
    let one = |b: &mut Builder| b.params()[1];
    #[track_caller]
    fn refused(results: &[Type], needle: &str, fill: impl FnOnce(&mut Builder, &mut Module) -> End) {
        let what = func(results, fill).unwrap_err();
        assert!(what.contains(needle), "{what}");
    }
    refused(&[Ty::I64.into()], "used outside of its region", |b, _| {
        let c = b.params()[2];
        b.open(&[]);
        let inside = b.number(1, Ty::I64);
        let then = b.close(End::Yield(smallvec![]));
        let otherwise = ending(b, End::Yield(smallvec![]));
        b.branch(c, then, otherwise);
        End::Yield(smallvec![inside])
    });
    refused(&[Ty::I64.into()], "not defined before", |b, _| End::Yield(smallvec![b.value(Ty::I64.into())]));
    refused(&[], "not of i64", |b, module| {
        let site = site(module, "index {}", &[Ty::I64]);
        let c = b.params()[2];
        b.check(c, site, &[c]);
        End::Yield(smallvec![])
    });
    refused(&[], "another number of values", |b, module| {
        let site = site(module, "index {} of {}", &[Ty::I64]);
        End::Fail(site, smallvec![one(b)])
    });
    refused(&[], "are 1 values, not 0", |b, _| End::Yield(smallvec![one(b)]));
    refused(&[], "there are no 1 loops", |_, _| End::Break(1, smallvec![]));
    refused(&[], "a function has no next trip", |_, _| End::Continue(0, smallvec![]));
    refused(&[], "falls out", |_, _| End::Never);
    refused(&[], "nothing goes on", |b, _| {
        let body = ending(b, End::Yield(smallvec![]));
        b.repeat(&[], body, &[]);
        End::Yield(smallvec![])
    });
    refused(&[], "f64 is not its type", |b, _| {
        let (a, i) = (b.params()[0], one(b));
        b.inst(Inst::Load(a, Component::Whole, smallvec![i]), Ty::F64.into());
        b.inst(Inst::op(Op::Add, &[i, i]), Ty::F64.into());
        End::Yield(smallvec![])
    });
    refused(&[], "no such component", |b, _| {
        let (a, i) = (b.params()[0], one(b));
        b.inst(Inst::Load(a, Component::Real, smallvec![i]), Ty::F64.into());
        End::Yield(smallvec![])
    });
    refused(&[], "are 2 values, not 1", |b, _| {
        let (a, i) = (b.params()[0], one(b));
        b.inst(Inst::Load(a, Component::Whole, smallvec![i, i]), Ty::F64.into());
        End::Yield(smallvec![])
    });
    refused(&[], "has no axis 1", |b, _| {
        let a = b.params()[0];
        b.length(a, 1);
        End::Yield(smallvec![])
    });
    refused(&[], "is no function", |b, module| {
        let site = site(module, "too deep", &[]);
        b.call(FuncId(7), &[], &[], site);
        End::Yield(smallvec![])
    });
    refused(&[], "nest too deep", |b, _| {
        let c = b.params()[2];
        let mut inner = ending(b, End::Yield(smallvec![]));
        for _ in 0..MOST_NESTED {
            b.open(&[]);
            let otherwise = ending(b, End::Yield(smallvec![]));
            b.branch(c, inner, otherwise);
            inner = b.close(End::Yield(smallvec![]));
        }
        let otherwise = ending(b, End::Yield(smallvec![]));
        b.branch(c, inner, otherwise);
        End::Yield(smallvec![])
    });
}

#[test]
fn a_site_tells_its_values() {
    let mut module = Module::default();
    let at =
        site(&mut module, "index {} is out of bounds for axis 0, which has {} elements", &[Ty::I64, Ty::I64]);
    let error = module.sites[at.index()].error(&[-7i64 as u64, 3]);
    assert_eq!(error.message(), "index -7 is out of bounds for axis 0, which has 3 elements");
}

/// Otherwise many loops of one function would take memory by the square of its length.
#[test]
fn an_outlined_function_has_no_values_but_its_own() {
    let mut b = Builder::new("f", &[vector(), Ty::I64.into()], &[]);
    let (a, n) = (b.params()[0], b.params()[1]);
    let one = b.number(1, Ty::I64);
    let mut far = n;
    for _ in 0..100 {
        far = b.op(Op::Add, &[far, one]);
    }
    let params = b.open(&[Ty::I64.into()]);
    let index = b.op(Op::Add, &[params[0], far]);
    let index = b.op(Op::Add, &[index, one]);
    let element = b.load(a, Component::Whole, &[index]);
    b.store(a, Component::Whole, &[params[0]], element);
    let region = b.close(End::Yield(Values::new()));
    let (func, captured) = b.outline("f chunk".to_string(), region);
    assert_eq!(captured[..], [far, a]);
    assert_eq!(func.params().collect::<Vec<_>>(), [Ty::I64.into(), vector(), Ty::I64.into()]);
    // Its parameters, the constant, two sums, the element.
    assert_eq!(func.values(), 7);
    let index = func.body.params[2];
    assert!(matches!(func.body.nodes.last(), Some(Node::Store { indices, .. }) if indices[..] == [index]));
    let mut module = Module::default();
    module.push(func);
    verify(&module).unwrap_or_else(|e| panic!("{e}\n{module}"));
}
