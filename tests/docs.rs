//! docs/language.md lists the functions of the table; `BROLGA_BLESS=1` writes the list anew.

use std::fmt::Write;
use std::fs;

use brolga::Kind;
use brolga::ops::{Rule, functions};

const BEGIN: &str = "<!-- functions: made from the table in src/ops -->\n";
const END: &str = "<!-- end of functions -->";

fn computes_in(rule: Rule) -> &'static str {
    match rule {
        Rule::Same(_) | Rule::Number(_) | Rule::Power => "promoted",
        Rule::TrueDivide => "promoted if a float or complex, else float64",
        Rule::Inexact(kinds) if kinds.has(Kind::Complex) => {
            "float32 for float32, bool and integers of 8 and 16 bits, complex itself, else float64"
        }
        Rule::Inexact(_) => "float32 for float32, bool and integers of 8 and 16 bits, else float64",
        Rule::Part => "its own, gives that of the parts",
        Rule::Angle => "as `exp`, gives that of the parts",
        Rule::Complex => "as `exp`, gives the complex type of such parts",
        Rule::Compare => "promoted, gives bool",
        Rule::Logical | Rule::Truth => "truth values, gives bool",
        Rule::Predicate => "gives bool",
        Rule::Where => "x and y promoted",
        Rule::Accumulate => "its own; unsigned integers in uint64, others and bool in int64",
        Rule::Extremum => "its own",
        Rule::Mean => "its own; bool and integers in float64",
        Rule::Cast(_) => "the type named",
        other => panic!("a new rule, {other:?}"),
    }
}

fn table() -> String {
    let mut out = String::from("| write | computes in | bound | meaning |\n|---|---|---|---|\n");
    for row in functions() {
        let params = row.params.join(", ");
        let mut write =
            row.names.iter().map(|name| format!("`{name}({params})`")).collect::<Vec<_>>().join(" ");
        if let Some(symbol) = row.symbol {
            let symbol = symbol.replace('|', "\\|");
            write = match row.params.len() {
                1 => format!("`{symbol} x` {write}"),
                _ => format!("`x1 {symbol} x2` {write}"),
            };
        }
        writeln!(out, "| {write} | {} | {} | {} |", computes_in(row.rule), row.ulp, row.doc).unwrap();
    }
    out
}

#[test]
fn the_list_of_functions_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/language.md");
    let text = fs::read_to_string(path).unwrap();
    let begin = text.find(BEGIN).expect("the list begins") + BEGIN.len();
    let end = text.find(END).expect("the list ends");
    let wanted = format!("{}{}{}", &text[..begin], table(), &text[end..]);
    if std::env::var_os("BROLGA_BLESS").is_some() {
        fs::write(path, wanted).unwrap();
    } else {
        assert_eq!(text, wanted, "run it again with BROLGA_BLESS=1");
    }
}
