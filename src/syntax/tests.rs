//! Trees and messages, one table each.

use super::ast::{Ast, NodeId, NodeKind};
use super::{Limits, parse, tokens};
use crate::diag::{Error, ErrorKind};
use std::sync::Arc;

fn ast(source: &str) -> Ast {
    parse(source, &Limits::default()).unwrap_or_else(|e| panic!("{source}: {}", shown(e, source)))
}

fn shown(error: Error, source: &str) -> String {
    error.with_source(&Arc::from(source)).to_string()
}

/// The tree with every bracket written.
fn tree(ast: &Ast, id: NodeId) -> String {
    let t = |id: &NodeId| tree(ast, *id);
    let list = |ids: &[NodeId]| ids.iter().map(t).collect::<Vec<_>>().join(", ");
    match &ast.nodes[id.index()].kind {
        NodeKind::Int(v) => v.to_string(),
        NodeKind::Float(v) => format!("{v:?}"),
        NodeKind::Imaginary(v) => format!("{v:?}j"),
        NodeKind::Bool(v) => v.to_string(),
        NodeKind::None => "none".into(),
        NodeKind::Name(name) => name.clone(),
        NodeKind::Unary(op, x) => format!("({} {})", op.symbol(), t(x)),
        NodeKind::Binary(op, x, y) => format!("({} {} {})", t(x), op.symbol(), t(y)),
        NodeKind::Compare(ops, xs) => {
            let rest: String =
                ops.iter().zip(&xs[1..]).map(|(o, x)| format!(" {} {}", o.symbol(), t(x))).collect();
            format!("({}{rest})", t(&xs[0]))
        }
        NodeKind::Conditional { condition, then, otherwise } => {
            format!("({} if {} else {})", t(then), t(condition), t(otherwise))
        }
        NodeKind::Call { name, args, keywords, method, .. } => {
            let mut all: Vec<String> = args.iter().map(t).collect();
            all.extend(keywords.iter().map(|(key, _, value)| format!("{key}={}", t(value))));
            format!("{}{name}({})", if *method { "." } else { "" }, all.join(", "))
        }
        NodeKind::Attribute(x, name) => format!("{}.{name}", t(x)),
        NodeKind::Subscript(x, items) => format!("{}[{}]", t(x), list(items)),
        NodeKind::Slice(a, b, c) => {
            let part = |x: &Option<NodeId>| x.as_ref().map_or(String::new(), t);
            format!("{}:{}:{}", part(a), part(b), part(c))
        }
        NodeKind::Ellipsis => "...".into(),
        NodeKind::Tuple(items) => format!("<{}>", list(items)),
        NodeKind::List(_) | NodeKind::Text(_) => unreachable!("no expression has one"),
    }
}

fn program(source: &str) -> String {
    let ast = ast(source);
    let lets = ast.assignments.iter().map(|a| format!("{} = {}; ", a.name, tree(&ast, a.value)));
    let results: Vec<String> = ast.results.iter().map(|r| tree(&ast, *r)).collect();
    lets.collect::<String>() + &results.join(" | ")
}

/// Runs `f` with the stack that a spawned thread has.
fn on_two_megabytes(f: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(f).unwrap().join().unwrap();
}

#[test]
fn precedence_is_pythons() {
    for (source, want) in [
        ("-a**2", "(- (a ** 2))"),
        ("2**-1", "(2 ** (- 1))"),
        ("2**-1**2*3", "((2 ** (- (1 ** 2))) * 3)"),
        ("a**b**c", "(a ** (b ** c))"),
        ("-a*b", "((- a) * b)"),
        ("- -+~a", "(- (- (+ (~ a))))"),
        ("a-b-c", "((a - b) - c)"),
        ("a+b*c-d", "((a + (b * c)) - d)"),
        ("a/b//c%d*e", "((((a / b) // c) % d) * e)"),
        ("a<<b+c>>d", "((a << (b + c)) >> d)"),
        ("a|b^c&d<<e", "(a | (b ^ (c & (d << e))))"),
        ("a<<b&c^d|e", "((((a << b) & c) ^ d) | e)"),
        ("a|b<c&d", "((a | b) < (c & d))"),
        ("a<b<=c!=d", "(a < b <= c != d)"),
        ("(a<b)<c", "((a < b) < c)"),
        ("a<(b<c)", "(a < (b < c))"),
        ("not a<b", "(not (a < b))"),
        ("not not a and b", "((not (not a)) and b)"),
        ("not a == b or c", "((not (a == b)) or c)"),
        ("a or b and not c", "(a or (b and (not c)))"),
        ("a and b or c and d", "((a and b) or (c and d))"),
        ("a if b else c if d else e", "(a if b else (c if d else e))"),
        ("(a if b else c) if d else e", "((a if b else c) if d else e)"),
        ("a if (b if c else d) else e", "(a if (b if c else d) else e)"),
        ("a + b if c or d else -e", "((a + b) if (c or d) else (- e))"),
        ("not a if not b else not c", "((not a) if (not b) else (not c))"),
        ("-a.b[0]**-c.d()", "(- (a.b[0] ** (- .d(c))))"),
        ("~a & b", "((~ a) & b)"),
        ("(a+b)*(c-d)", "((a + b) * (c - d))"),
        ("a - -b", "(a - (- b))"),
        ("a**2 + b**2 + 2*a*b", "(((a ** 2) + (b ** 2)) + ((2 * a) * b))"),
    ] {
        assert_eq!(program(source), want, "{source}");
    }
}

#[test]
fn operands() {
    for (source, want) in [
        ("sum(a, axis=0, keepdims=True,)", "sum(a, axis=0, keepdims=true)"),
        ("np.sum(numpy.a) + math.pi", "(sum(a) + pi)"),
        ("a.sum(axis=1).real", ".sum(a, axis=1).real"),
        ("f()", "f()"),
        ("np + a.np", "(np + a.np)"),
        ("u[1:-1, 2:]", "u[1:(- 1):, 2::]"),
        ("u[:, ::2, None, ..., i, np.newaxis, newaxis]", "u[::, ::2, none, ..., i, none, none]"),
        ("u[a if b else c:d:]", "u[(a if b else c):d:]"),
        ("u[(1, 2)]", "u[<1, 2>]"),
        ("u[0][1,]", "u[0][1]"),
        ("zeros((2, 3))", "zeros(<2, 3>)"),
        ("f((), (1,))", "f(<>, <1>)"),
        ("0xFF + 0o17 + 0b11 + 1_000 + 0_0", "((((255 + 15) + 3) + 1000) + 0)"),
        ("1. + .5 + 1e5 + 1_0.0_1 + 1.e-3 + 1E+2", "(((((1.0 + 0.5) + 100000.0) + 10.01) + 0.001) + 100.0)"),
        ("2j + 1.5J + 012j + 1e1j + 012.5", "((((2.0j + 1.5j) + 12.0j) + 10.0j) + 12.5)"),
        ("1e999", "inf"),
        ("True | false", "(true | false)"),
        ("α_1 + été + 变量", "((α_1 + été) + 变量)"),
        ("1 .real", "1.real"),
        ("1if a else 2", "(1 if a else 2)"),
        ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
    ] {
        assert_eq!(program(source), want, "{source}");
    }
}

#[test]
fn statements() {
    for (source, want) in [
        ("a, b", "a | b"),
        ("(a, b)", "a | b"),
        ("a,", "a"),
        ("(a, b), c", "<a, b> | c"),
        ("x = a + 1\ny = x*2; x + y", "x = (a + 1); y = (x * 2); (x + y)"),
        ("x = 1; x += 2*a; x **= 2\nx", "x = 1; x = (x + (2 * a)); x = (x ** 2); x"),
        ("t = 1, 2; t", "t = <1, 2>; t"),
        ("\u{feff}\r\n  # head\r\n x = 1 # one\r\n\r\n;; x\r\n", "x = 1; x"),
        ("(a\n + # more\n b)", "(a + b)"),
        ("a \\\n + \\\r\n b", "(a + b)"),
        ("u[\n1:\n2]", "u[1:2:]"),
        ("x = 1\rx", "x = 1; x"),
    ] {
        assert_eq!(program(source), want, "{source:?}");
    }
}

#[test]
fn spans_hold_the_whole_construct() {
    let source = "(a + b) * np.sin(c)[0] if x < y else -z";
    let ast = ast(source);
    let spans: Vec<&str> = ast.nodes.iter().map(|n| n.span.text(source)).collect();
    let calls = ["np.sin(c)", "np.sin(c)[0]", "(a + b)", "(a + b) * np.sin(c)[0]", "x < y", "-z", source];
    for want in calls {
        assert!(spans.contains(&want), "{want} in {spans:?}");
    }
    let NodeKind::Call { name_span, .. } =
        &ast.nodes[spans.iter().position(|s| *s == "np.sin(c)").unwrap()].kind
    else {
        panic!("a call")
    };
    assert_eq!(name_span.text(source), "sin");
}

/// Sources and what their message must hold.
const WRONG: &[(&str, &str)] = &[
    ("", "there is no expression"),
    ("  # nothing\n\n;", "there is no expression"),
    ("a $ b", "unknown character `$`"),
    ("a²", "write `**2`"),
    ("a × b", "write `*`"),
    ("a − b", "minus sign of the keyboard"),
    ("a ≤ b", "write `<=`"),
    ("a && b", "write `and`, or `&` for bits"),
    ("a || b", "write `or`, or `|` for bits"),
    ("!a", "write `not x`"),
    ("a <> b", "write `!=`"),
    ("a === b", "write `==`"),
    ("a @ b", "no matrix product"),
    ("a ? b : c", "x if condition else y"),
    ("a\u{a0}+ b", "U+00A0"),
    ("f(“x”)", "no strings"),
    ("a.astype('int32')", "names of types stand without quotes"),
    ("a + \\ b", "stands only at the end of a line"),
    ("(a + b", "unclosed `(`"),
    ("f(a, g(b)", "unclosed `(`"),
    ("a[1, ", "unclosed `[`"),
    ("x = (a + b\nx * 2", "unclosed `(`"),
    ("f(a; b)", "unclosed `(`"),
    ("(", "unclosed `(`"),
    ("a + b)", "unmatched `)`"),
    ("]", "unmatched `]`"),
    ("(a]", "`]` does not close `(`"),
    ("a +", "there is nothing after `+`"),
    ("a +\nb", "put an expression of several lines in parentheses"),
    ("a\n* b", "put an expression of several lines in parentheses"),
    ("a\n.T", "put an expression of several lines in parentheses"),
    ("a\n+ b", "put an expression of several lines in parentheses"),
    ("(a + )", "there is nothing after `+`"),
    ("* a", "there is nothing before `*`"),
    ("a + * b", "`+` is followed by `*`"),
    ("a < > b", "write `!=`"),
    ("f(, a)", "there is nothing before this `,`"),
    ("f(a,, b)", "there is nothing before this `,`"),
    ("f(*a)", "arguments are not unpacked"),
    ("and a", "there is nothing before `and`"),
    ("2a", "write `2*a` to multiply"),
    ("2(a + b)", "write `2*(...)` to multiply"),
    ("(a)(b)", "only a name is called"),
    ("2i", "write `2j` for an imaginary number"),
    ("a b", "an operator is missing between `a` and `b`"),
    ("f(a b)", "arguments are separated by `,`"),
    ("a not b", "an operator is missing"),
    ("a + not b", "binds less tightly than `+`"),
    ("where(a = b, c, d)", "to compare, write `a == ...`"),
    ("(a = b)", "write `==` to compare"),
    ("a == = b", "write `==` to compare"),
    ("a + b = c", "only a name can be assigned to"),
    ("a[0] = 1", "arrays are not changed"),
    ("a, b = b, a", "a statement for each name"),
    ("true = 1", "choose another name"),
    ("a = b = c", "a second `=` in one statement"),
    ("x += 1, 2", "one value is assigned here"),
    ("a =", "`a =` has no value"),
    ("a = # later\nb", "`a =` has no value"),
    ("a = 1", "the last statement is an assignment"),
    ("a\nb", "the value of this statement is not used"),
    ("()", "an empty tuple is no result"),
    ("170141183460469231731687303715884105728", "too large"),
    ("0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "too large"),
    ("1.2.3", "`1.2.3` is not a number"),
    ("0x", "`0x` needs hexadecimal digits"),
    ("0xg", "`g` is not a hexadecimal digit"),
    ("0b12", "`2` is not a binary digit"),
    ("012", "write `12`, or `0o12` if octal is meant"),
    ("1e", "the exponent has no digits"),
    ("1e+", "the exponent has no digits"),
    ("1__0", "`_` may stand only between two digits"),
    ("1_", "`_` may stand only between two digits"),
    ("1e5.5", "is not a number"),
    ("a if b", "an `if` without an `else`"),
    ("a if b if c else d else e", "an `if` without an `else`"),
    ("(a if b)", "an `if` without an `else`"),
    ("if a: b", "there is no value before `if`"),
    ("a else b", "an `else` without an `if`"),
    ("f(a=1, b)", "an argument without a name"),
    ("f(a=1, a=2)", "`a` is given twice"),
    ("a is b", "write `==` to compare"),
    ("lambda x: x", "`lambda` is a word of Python's own"),
    ("sum(x for x in a)", "no loops"),
    ("import numpy", "nothing is imported"),
    ("[1, 2]", "there are no lists"),
    ("a[]", "an empty subscript"),
    ("a : b", "`:` outside a subscript"),
    ("f(...)", "`...` outside a subscript"),
    ("a.", "no name after the `.`"),
    ("a.if", "a word of Python's own"),
    ("x := 3", "`name = value`"),
    ("f(a:b)", "`:` outside a subscript"),
];

#[test]
fn messages() {
    for (source, want) in WRONG {
        match parse(source, &Limits::default()) {
            Ok(ast) => panic!("{source:?} parses:\n{ast}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Syntax, "{source:?}");
                assert!(error.span().is_some(), "{source:?} has a place");
                let text = shown(error, source);
                assert!(text.contains(want), "{source:?}:\n{text}");
            }
        }
    }
}

#[test]
fn the_opening_bracket_is_shown_with_the_gap() {
    let source = "2 * (a + b";
    let text = shown(parse(source, &Limits::default()).unwrap_err(), source);
    assert!(text.contains("opened here") && text.contains("`)` was expected by now"), "{text}");
}

#[test]
fn nesting_has_a_limit_and_no_effect_on_the_stack() {
    on_two_megabytes(|| {
        let deep = Limits { nesting: usize::MAX, ..Limits::default() };
        for n in [100_000, 300_000] {
            for (open, close) in [
                ("(", ")"),
                ("f(", ")"),
                ("a[", "]"),
                ("-", ""),
                ("not ", ""),
                ("2**", ""),
                ("a if b else ", ""),
                ("(a or b and not c < d | e ^ f & g << h + i * -j ** ", ")"),
            ] {
                let n = n / open.len();
                let source = format!("{}a{}", open.repeat(n), close.repeat(n));
                for limits in [Limits::default(), deep] {
                    let error = parse(&source, &limits).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Limit, "{open}");
                    assert!(error.message().contains("nesting"), "{open}");
                }
            }
        }
    });
}

#[test]
fn nesting_up_to_the_limit_parses() {
    on_two_megabytes(|| {
        for (nesting, levels) in [(200, 200), (Limits::DEEPEST, Limits::DEEPEST), (0, 0)] {
            let limits = Limits { nesting, ..Limits::default() };
            for (open, close) in
                [("(", ")"), ("f(", ")"), ("a[1:", "]"), ("-", ""), ("2**", ""), ("a if b else ", "")]
            {
                let source = |n: usize| format!("{}a{}", open.repeat(n), close.repeat(n));
                assert!(parse(&source(levels), &limits).is_ok(), "{open}");
                assert_eq!(
                    parse(&source(levels + 1), &limits).unwrap_err().kind(),
                    ErrorKind::Limit,
                    "{open}"
                );
            }
        }
    });
}

#[test]
fn length_has_a_limit() {
    let limits = Limits { length: 10, ..Limits::default() };
    assert!(parse("a + b + cd", &limits).is_ok());
    assert_eq!(parse("a + b + cde", &limits).unwrap_err().kind(), ErrorKind::Limit);
    let error = parse(&"a+".repeat(5 << 20), &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.message().contains("10485760 bytes"), "{}", error.message());
}

#[test]
fn long_flat_texts_are_not_nesting() {
    on_two_megabytes(|| {
        let terms = 100_000;
        for link in
            [" + a", " < a", " and a", ".T", "[0]", ".f(1)", ", a", " - (a)", " if a else a, a", "; a"]
        {
            if link.starts_with(';') {
                continue;
            }
            let source = format!("a{}", link.repeat(terms));
            let limits = Limits { length: source.len(), ..Limits::default() };
            let ast = parse(&source, &limits).unwrap();
            assert!(ast.nodes.len() > terms, "{link}");
            assert!(ast.to_string().len() > terms, "{link}");
        }
        let source = format!("{}x", "x = a + 1\n".repeat(terms));
        assert_eq!(parse(&source, &Limits::default()).unwrap().assignments.len(), terms);
    });
}

#[test]
fn time_is_linear() {
    let time = |terms: usize| {
        let source = format!("a{}", " + 2*a".repeat(terms));
        let limits = Limits { length: source.len(), ..Limits::default() };
        let start = std::time::Instant::now();
        parse(&source, &limits).unwrap();
        start.elapsed()
    };
    // Ten times the text takes ten times as long; a hundred times would be quadratic. The machine may have
    // other work: the two take turns, and the best of each counts.
    let pairs: Vec<_> = (0..20).map(|_| (time(10_000), time(100_000))).collect();
    let short = pairs.iter().map(|pair| pair.0).min().unwrap();
    let long = pairs.iter().map(|pair| pair.1).min().unwrap();
    assert!(long < short * 50, "{short:?} and {long:?}");
}

#[test]
fn tokens_as_text() {
    let text = tokens("x = np.a[1:]\nx**.5 and 2j", 100).unwrap();
    assert!(text.starts_with("0..1       name      x\n2..3       symbol    =\n"), "{text}");
    assert!(
        text.contains("newline\n") && text.contains("keyword   and\n") && text.ends_with("end\n"),
        "{text}"
    );
}
