//! The text of a call: `kernel(a, 3, tol=1e-6)`.
//!
//! Read by the parser of expressions; what may stand in a call is less than what it takes.

use std::sync::Arc;

use brolga::syntax::ast::{BinaryOp, NodeId, NodeKind, UnaryOp};
use brolga::syntax::{Limits, parse};
use brolga::{Complex, Error, ErrorKind, Literal, Result, Span};

/// A call as written.
#[derive(Debug, PartialEq)]
pub struct Call {
    /// The kernel's name.
    pub kernel: String,
    /// Its arguments, in order.
    pub args: Vec<Item>,
    /// Those by keyword.
    pub keywords: Vec<(String, Span, Item)>,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The value of `NAME=SOURCE`.
    Name(String, Span),
    /// A number.
    Literal(Literal),
    /// Several.
    Tuple(Vec<Item>),
}

/// Reads a call.
pub fn read(text: &str) -> Result<Call> {
    parsed(text).map_err(|error| error.with_source(&Arc::from(text)))
}

fn parsed(text: &str) -> Result<Call> {
    let ast = parse(text, &Limits::default())?;
    let wrong = || {
        Error::new(ErrorKind::Argument, "this is no call of a kernel")
            .at(Span::new(0, text.len()), "")
            .help("it is written as in 'kernel(a, 3)'")
    };
    let (&[root], true) = (&ast.results[..], ast.assignments.is_empty()) else { return Err(wrong()) };
    let NodeKind::Call { name, method: false, args, keywords, .. } = &ast.nodes[root.index()].kind else {
        return Err(wrong());
    };
    // Operands stand before their users.
    let mut items: Vec<Option<Item>> = Vec::with_capacity(ast.nodes.len());
    for node in &ast.nodes[..root.index()] {
        let of = |id: NodeId| items[id.index()].clone();
        let number = |id| match of(id) {
            Some(Item::Literal(value)) => Some(value),
            _ => None,
        };
        items.push(match &node.kind {
            NodeKind::Name(name) => Some(Item::Name(name.clone(), node.span)),
            &NodeKind::Int(value) => Some(Item::Literal(Literal::Int(value))),
            &NodeKind::Float(value) => Some(Item::Literal(Literal::Float(value))),
            &NodeKind::Bool(value) => Some(Item::Literal(Literal::Bool(value))),
            &NodeKind::Imaginary(im) => Some(Item::Literal(Literal::Complex(Complex { re: 0.0, im }))),
            &NodeKind::Unary(op @ (UnaryOp::Neg | UnaryOp::Pos), x) => {
                number(x).map(|value| Item::Literal(if op == UnaryOp::Neg { negative(value) } else { value }))
            }
            &NodeKind::Binary(op @ (BinaryOp::Add | BinaryOp::Sub), x, y) => match (number(x), number(y)) {
                (Some(re), Some(Literal::Complex(im))) => {
                    let im = if op == BinaryOp::Sub { -im } else { im };
                    real(re).map(|re| Item::Literal(Literal::Complex(Complex { re, im: im.im })))
                }
                _ => None,
            },
            NodeKind::Tuple(parts) => {
                parts.iter().map(|&part| of(part)).collect::<Option<_>>().map(Item::Tuple)
            }
            _ => None,
        });
    }
    let item = |id: NodeId| {
        items[id.index()].clone().ok_or_else(|| {
            Error::new(ErrorKind::Argument, "an argument of a call is a name, a number, or a tuple of those")
                .at(ast.nodes[id.index()].span, "")
                .help("give it a name here, and a source behind, as in a=random(10)")
        })
    };
    Ok(Call {
        kernel: name.clone(),
        args: args.iter().map(|&arg| item(arg)).collect::<Result<_>>()?,
        keywords: keywords
            .iter()
            .map(|(key, span, value)| Ok((key.clone(), *span, item(*value)?)))
            .collect::<Result<_>>()?,
    })
}

fn negative(value: Literal) -> Literal {
    match value {
        Literal::Bool(value) => Literal::Int(-i128::from(value)),
        Literal::Int(value) => Literal::Int(value.wrapping_neg()),
        Literal::Float(value) => Literal::Float(-value),
        Literal::Complex(value) => Literal::Complex(-value),
        other => other,
    }
}

/// A number that is not complex, as a float.
fn real(value: Literal) -> Option<f64> {
    match value {
        Literal::Bool(value) => Some(f64::from(value)),
        Literal::Int(value) => Some(value as f64),
        Literal::Float(value) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read() {
        let call = read("f(a, -2, 2.5, (1, True), 1-2j, n=-1e3)").unwrap();
        assert_eq!(call.kernel, "f");
        let literal = |value| Item::Literal(value);
        assert_eq!(
            call.args[1..],
            [
                literal(Literal::Int(-2)),
                literal(Literal::Float(2.5)),
                Item::Tuple(vec![literal(Literal::Int(1)), literal(Literal::Bool(true))]),
                literal(Literal::Complex(Complex { re: 1.0, im: -2.0 })),
            ]
        );
        assert!(matches!(&call.args[0], Item::Name(name, _) if name == "a"));
        assert_eq!(call.keywords[0].2, literal(Literal::Float(-1e3)));
        assert_eq!(read("f()").unwrap().args, []);
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for (text, part) in [
            ("f", "no call"),
            ("f(1), 2", "no call"),
            ("a.f(1)", "no call"),
            ("f(a + 1)", "a name, a number"),
            ("f(g(1))", "a name, a number"),
            ("f(", "unclosed"),
            ("x = 1; f(x)", "no call"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains(text), "{error}");
        }
    }
}
