//! Programs as text, and the verifier over everything that the language can say.

use super::*;
use crate::check::check;
use crate::ops::functions;
use crate::types::Literal;
use crate::{ir, syntax};

const PARAMS: &[(&str, Type)] = &[
    ("a", Type::Array(DType::Float64)),
    ("b", Type::Array(DType::Float64)),
    ("f", Type::Array(DType::Float32)),
    ("i", Type::Array(DType::Int32)),
    ("t", Type::Array(DType::Bool)),
    ("k", Type::Scalar(DType::Int64)),
    ("s", Type::Scalar(DType::Float64)),
];

fn try_program(source: &str, operations: usize) -> Result<Program> {
    let limits = syntax::Limits { length: usize::MAX, ..Default::default() };
    let ast = syntax::parse(source, &limits)?;
    lower(&ast, &check(&ast, source, PARAMS)?, Wanted::default(), operations)
}

fn program(source: &str) -> Program {
    let program = try_program(source, usize::MAX).unwrap_or_else(|e| panic!("{source}\n{e}"));
    ir::verify(&program).unwrap_or_else(|e| panic!("{source}\n{program}{e}"));
    program
}

#[test]
fn programs_as_text() {
    let golden = include_str!("../../tests/golden/ir/lowering.txt");
    let mut actual = String::new();
    for line in golden.lines() {
        if let Some(source) = line.strip_prefix("# ") {
            actual += &format!("# {source}\n{}\n", program(source));
        }
    }
    assert!(actual.trim_end() == golden.trim_end(), "the programs are now\n{actual}");
}

/// Every function and operator, of every type of operand: what the checker takes, the verifier takes.
#[test]
fn whatever_checks_lowers_to_a_sound_program() {
    let types = DType::ALL.iter().flat_map(|&t| [Type::Array(t), Type::Scalar(t)]);
    let literals = [
        Literal::Bool(true),
        Literal::Int(2),
        Literal::Float(0.5),
        Literal::Complex(num_complex::Complex { re: 1.5, im: -2.0 }),
    ]
    .map(Type::Literal);
    let types: Vec<Type> = types.chain(literals).collect();
    let names = ["x", "y", "z"];
    let mut taken = 0;
    for row in functions() {
        let operands = row.params.len();
        let source = format!("{}({})", row.names[0], names[..operands].join(", "));
        let ast = syntax::parse(&source, &syntax::Limits::default()).unwrap();
        for choice in 0..types.len().pow(operands as u32) {
            let place = |at: usize| choice / types.len().pow(at as u32) % types.len();
            let params: Vec<_> = (0..operands).map(|at| (names[at], types[place(at)])).collect();
            let Ok(checked) = check(&ast, &source, &params) else { continue };
            let program = lower(&ast, &checked, Wanted::default(), usize::MAX).unwrap();
            ir::verify(&program).unwrap_or_else(|e| panic!("{source} of {params:?}\n{program}{e}"));
            taken += 1;
        }
    }
    assert!(taken > 5_000, "{taken}");
}

#[test]
fn loops_are_as_few_as_reductions_allow() {
    for (source, loops) in [
        ("a", 1),
        ("s", 1),
        ("a, b, sum(a), s", 2),
        ("sum(a) + sum(b) * max(i)", 2),
        ("a + sum(a), b", 2),
        ("a + sum(a), sum(b)", 3),
        ("sum(a + sum(b + sum(f)))", 4),
        ("sum(a + sum(s))", 2),
        ("i ** k", 2),
        ("i ** i", 1),
    ] {
        let program = program(source);
        assert_eq!(program.loops.len(), loops, "{source}\n{program}");
    }
}

#[test]
fn guards_are_those_of_what_a_result_needs() {
    for (source, guards) in
        [("min(a)", 1), ("min(s)", 0), ("x = min(a); b", 0), ("sum(a)", 0), ("i ** 3", 0), ("2 ** i", 1)]
    {
        assert_eq!(program(source).guards.len(), guards, "{source}");
    }
}

#[test]
fn arguments_that_the_text_names_are_declared() {
    let program = program("x = a; f");
    let names: Vec<_> = program.arrays.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["a", "f"]);
}

#[test]
fn long_programs_take_linear_time() {
    let sum = vec!["a"; 100_000].join(" + ");
    assert_eq!(program(&sum).operations(), 99_999);
    // A thousand levels, each with a loop of its own that needs little.
    let levels = (0..1000).map(|at| format!("x{} = sum(a * x{at})\n", at + 1));
    let source: String = ["x0 = s\n".to_string()].into_iter().chain(levels).chain(["x1000".into()]).collect();
    assert_eq!(program(&source).loops.len(), 1001);
}

#[test]
fn operations_are_limited() {
    assert!(try_program("a + b + s", 2).is_ok());
    let error = try_program("a + b + s", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    // Each loop computes again what the ones before it did: quadratic, and stopped.
    let source = "a = a - mean(a)\n".repeat(5_000) + "a";
    assert_eq!(try_program(&source, 100_000).unwrap_err().kind(), ErrorKind::Limit);
}
