//! The grammar of `SOURCE`: files, numbers, and generators with their parameters.
//!
//! This module knows text. It must not know how arrays are read or made.

use std::path::PathBuf;
use std::sync::Arc;

use brolga::nearest;
use brolga::ops::Function;
use brolga::{DType, Error, ErrorKind, Literal, Result, Shape, Span};

use crate::args::Binding;

use crate::generate::{Generator, Rule};
use crate::number::{Number, number};

/// Where the value of an argument comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A .npy file.
    File(PathBuf),
    /// A weak number.
    Literal(Literal),
    /// An array made on the spot.
    Generator(Generator),
}

/// Each generator's parameters, in order.
const GENERATORS: [(&str, &[&str]); 5] = [
    ("random", &["shape", "dtype", "seed"]),
    ("zeros", &["shape", "dtype"]),
    ("ones", &["shape", "dtype"]),
    ("arange", &["n", "dtype"]),
    ("linspace", &["a", "b", "n"]),
];

/// Reads the `SOURCE` of `NAME=SOURCE`.
pub fn parse(binding: &Binding) -> Result<Source> {
    let mut parser = Parser { text: &binding.text, at: binding.name_len + 1 };
    parser.source().map_err(|error| error.with_source(&Arc::from(binding.text.as_str())))
}

/// The place of `SOURCE` put under an error that was met while reading or making its array.
pub fn blame(error: Error, binding: &Binding) -> Error {
    let span = Span::new(binding.name_len + 1, binding.text.len());
    error.at(span, "").with_source(&Arc::from(binding.text.as_str()))
}

/// A value in a generator's parentheses.
#[derive(Clone, Debug)]
enum Value {
    Number(Literal),
    Tuple(Vec<(Value, Span)>),
    Word(String),
}

/// Reads `text` from byte `at` on.
struct Parser<'t> {
    text: &'t str,
    at: usize,
}

fn wrong(span: Span, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Argument, message).at(span, "")
}

fn too_large(span: Span) -> Error {
    wrong(span, "this integer needs more than 128 bits")
        .help("write it as a float, such as 1e40, if digits may be lost")
}

/// A name without the module it comes from.
fn unprefixed(name: &str) -> &str {
    name.strip_prefix("np.").or_else(|| name.strip_prefix("numpy.")).unwrap_or(name)
}

impl<'t> Parser<'t> {
    fn source(&mut self) -> Result<Source> {
        let text = self.rest();
        let span = Span::new(self.at, self.text.len());
        let word = text.trim();
        if text.ends_with(".npy") {
            return Ok(Source::File(PathBuf::from(text)));
        }
        match number(word) {
            Number::Is(value) => return Ok(Source::Literal(value)),
            Number::TooLarge => return Err(too_large(span)),
            Number::Not => {}
        }
        if word == "None" {
            return Err(wrong(span, "None is not a value an array can hold"));
        }
        if word.contains('(') {
            return self.generator().map(Source::Generator);
        }
        let error =
            wrong(span, format!("`{word}` is neither a path ending in .npy, a number, nor a generator"));
        Err(error.help("the generators are random, zeros, ones, arange and linspace, as in a=random(10)"))
    }

    fn generator(&mut self) -> Result<Generator> {
        self.skip_spaces();
        let start = self.at;
        let name = unprefixed(self.word());
        let span = Span::new(start, self.at);
        let Some(&(_, parameters)) = GENERATORS.iter().find(|(known, _)| *known == name) else {
            let known = GENERATORS.map(|(name, _)| name);
            let error = wrong(span, format!("there is no generator `{name}`"));
            return Err(match nearest(name, known) {
                Some(known) => error.help(format!("did you mean `{known}`?")),
                None => error.help(format!("the generators are {}", known.join(", "))),
            });
        };
        let values = self.parameters(name, parameters)?;
        self.skip_spaces();
        if !self.rest().is_empty() {
            return Err(wrong(Span::new(self.at, self.text.len()), "nothing is expected after the `)`"));
        }
        let call = Span::new(start, self.at);
        let value = |parameter: &str| {
            let at = parameters.iter().position(|p| *p == parameter)?;
            values[at].as_ref()
        };
        let needed = |parameter: &str| {
            let missing = || wrong(call, format!("`{name}` needs its {}", parameter.to_uppercase()));
            value(parameter).ok_or_else(missing)
        };
        let dtype = match value("dtype") {
            Some(given)
                if length(given).is_ok()
                    && !self.text[..given.1.start as usize].trim_end().ends_with('=') =>
            {
                return Err(self.several(name, given.1, &values));
            }
            given => given.map(dtype).transpose()?,
        };
        Ok(match name {
            "linspace" => Generator {
                rule: Rule::Linspace(float(needed("a")?)?, float(needed("b")?)?),
                shape: length(needed("n")?)?.into(),
                dtype: DType::Float64,
            },
            "arange" => {
                let n = needed("n")?;
                let default = match n.0 {
                    Value::Number(Literal::Float(_)) => DType::Float64,
                    _ => DType::Int64,
                };
                let dtype = dtype.unwrap_or(default);
                if dtype == DType::Bool {
                    return Err(wrong(call, "`arange` counts in numbers, not in bool"));
                }
                Generator { rule: Rule::Arange, shape: length(n)?.into(), dtype }
            }
            _ => Generator {
                rule: match name {
                    "zeros" => Rule::Zeros,
                    "ones" => Rule::Ones,
                    _ => Rule::Random { seed: value("seed").map(seed).transpose()?.unwrap_or(0) },
                },
                shape: shape(needed("shape")?)?,
                dtype: dtype.unwrap_or(DType::Float64),
            },
        })
    }

    /// `(value, …, parameter=value, …)`: the value of each parameter, in their order.
    fn parameters(&mut self, name: &str, parameters: &[&str]) -> Result<Vec<Option<(Value, Span)>>> {
        let mut values = vec![None; parameters.len()];
        self.expect('(')?;
        let mut position = 0;
        while !self.take(')') {
            self.skip_spaces();
            let start = self.at;
            let (mut value, mut span) = self.value()?;
            let index = match &value {
                Value::Word(word) if self.take('=') => {
                    let index = parameters.iter().position(|p| p == word).ok_or_else(|| {
                        let known = parameters.join(", ");
                        wrong(span, format!("`{name}` has no parameter `{word}`"))
                            .help(format!("its parameters are {known}"))
                    })?;
                    (value, span) = self.value()?;
                    index
                }
                _ if position < parameters.len() => position,
                _ => {
                    if name != "linspace" && values[1].as_ref().is_some_and(|second| length(second).is_ok()) {
                        values.push(Some((value, span)));
                        return Err(self.several(name, span, &values));
                    }
                    let most = parameters.len();
                    return Err(wrong(span, format!("`{name}` takes at most {most} parameters")));
                }
            };
            position += 1;
            if values[index].replace((value, span)).is_some() {
                let span = Span::new(start, self.at);
                return Err(wrong(span, format!("`{name}` is given `{}` twice", parameters[index])));
            }
            if !self.take(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(values)
    }

    /// Several numbers where one is expected, as `random(3, 4)`.
    fn several(&self, name: &str, at: Span, values: &[Option<(Value, Span)>]) -> Error {
        if name == "arange" {
            return wrong(at, "`arange` takes N and an element type only")
                .help("begin elsewhere by a sum in the expression, as in `a + 1`; linspace(A, B, N) takes both ends");
        }
        let lengths = values.iter().flatten().filter(|value| length(value).is_ok());
        let lengths: Vec<_> = lengths.map(|(_, span)| span.text(self.text)).collect();
        let count = if lengths.len() == 2 { "two" } else { "several" };
        let tuple = lengths.join(", ");
        wrong(at, format!("a shape of {count} dimensions is a tuple: {name}(({tuple}))"))
    }

    fn value(&mut self) -> Result<(Value, Span)> {
        self.skip_spaces();
        let start = self.at;
        let value = if self.take('(') {
            let mut items = Vec::new();
            while !self.take(')') {
                let (item, span) = self.value_in_tuple()?;
                items.push((item, span));
                if !self.take(',') {
                    self.expect(')')?;
                    break;
                }
            }
            Value::Tuple(items)
        } else {
            self.value_in_tuple()?.0
        };
        Ok((value, Span::new(start, self.at)))
    }

    /// A number or a word; tuples do not nest.
    fn value_in_tuple(&mut self) -> Result<(Value, Span)> {
        self.skip_spaces();
        let start = self.at;
        if let Some(quote) = self.rest().chars().next().filter(|c| "'\"".contains(*c)) {
            let rest = &self.rest()[1..];
            let (inside, width) = match rest.find(quote) {
                Some(end) => (&rest[..end], end + 2),
                None => (rest, rest.len() + 1),
            };
            let error = wrong(Span::new(start, start + width), "there are no strings here");
            return Err(error.help(format!("write {inside} without quotes")));
        }
        if self.rest().starts_with(['+', '-']) {
            self.at += 1;
        }
        let word = self.word();
        // A sign continues a number after the `e` of its exponent: `1e-3`.
        let starts = |c: char| c == '.' || c.is_ascii_digit();
        if word.starts_with(starts) && word.ends_with(['e', 'E']) && self.rest().starts_with(['+', '-']) {
            self.at += 1;
            self.word();
        }
        let span = Span::new(start, self.at);
        let text = span.text(self.text);
        match number(text) {
            Number::Is(value) => return Ok((Value::Number(value), span)),
            Number::TooLarge => return Err(too_large(span)),
            Number::Not => {}
        }
        if text.starts_with(|c: char| c.is_alphabetic()) {
            return Ok((Value::Word(text.to_string()), span));
        }
        let found = if text.is_empty() { self.rest().chars().take(1).collect() } else { text.to_string() };
        let end = (start + found.len()).max(span.end as usize);
        Err(if found.is_empty() {
            wrong(Span::new(start, end), "a value or `)` is missing at the end")
        } else {
            wrong(Span::new(start, end), format!("`{found}` is not a number"))
        })
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Letters, digits, `_` and `.`, as far as they go.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| c != '_' && c != '.' && !c.is_alphanumeric()).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_spaces();
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<()> {
        if self.take(wanted) {
            return Ok(());
        }
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        Err(wrong(Span::new(self.at, self.at + width), format!("`{wanted}` is expected here")))
    }
}

/// A whole number that is not negative, where `1e7` is one as well.
fn length((value, span): &(Value, Span)) -> Result<usize> {
    // Floats hold every whole number up to 2^53, and few beyond.
    const MOST: f64 = 9007199254740992.0;
    match *value {
        Value::Number(Literal::Int(n)) if n >= 0 => usize::try_from(n).map_err(|_| too_long(*span)),
        Value::Number(Literal::Float(n)) if n > MOST => Err(too_long(*span)),
        Value::Number(Literal::Float(n)) if n >= 0.0 && n.fract() == 0.0 => Ok(n as usize),
        _ => Err(wrong(*span, "a length is a whole number from 0 on, such as 1000 or 1e7")),
    }
}

fn too_long(span: Span) -> Error {
    wrong(span, "no memory holds an array of this length").help("1e9 elements of float64 are 8 GB")
}

fn shape(value: &(Value, Span)) -> Result<Shape> {
    match &value.0 {
        Value::Tuple(items) => Ok(Shape::from(&*items.iter().map(length).collect::<Result<Vec<_>>>()?)),
        Value::Word(_) => Err(wrong(value.1, "a shape is a number or a tuple of numbers, as (1000, 1000)")),
        Value::Number(_) => length(value).map(Shape::from),
    }
}

fn dtype((value, span): &(Value, Span)) -> Result<DType> {
    let name = match value {
        Value::Word(name) => name.as_str(),
        _ => "",
    };
    // The names that the language has for them: `float` and `np.bool_` too.
    let known = Function::from_name(unprefixed(name)).and_then(Function::named_type);
    known.ok_or_else(|| {
        let known = DType::ALL.map(DType::name);
        let error = wrong(*span, "this is not an element type");
        error.help(match nearest(name, known.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("the element types are {}", known.join(", ")),
        })
    })
}

fn float((value, span): &(Value, Span)) -> Result<f64> {
    match *value {
        Value::Number(Literal::Float(v)) => Ok(v),
        Value::Number(Literal::Int(v)) => Ok(v as f64),
        _ => Err(wrong(*span, "a number is expected here")),
    }
}

fn seed((value, span): &(Value, Span)) -> Result<u64> {
    let seed = match *value {
        Value::Number(Literal::Int(v)) => u64::try_from(v).ok(),
        _ => None,
    };
    seed.ok_or_else(|| wrong(*span, "a seed is a whole number from 0 to 2**64 - 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Result<Source> {
        parse(&format!("name={text}").parse().unwrap())
    }

    fn generator(text: &str) -> Generator {
        match source(text) {
            Ok(Source::Generator(generator)) => generator,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn paths_end_in_npy() {
        for path in ["a.npy", "/x y/zeros(3).npy", "=.npy", "../é.npy"] {
            assert_eq!(source(path).unwrap(), Source::File(PathBuf::from(path)));
        }
    }

    #[test]
    fn numbers_as_python_writes_them() {
        use Literal::*;
        for (text, value) in [
            ("3", Int(3)),
            ("-3", Int(-3)),
            ("+3", Int(3)),
            ("0", Int(0)),
            ("000", Int(0)),
            ("1_000_000", Int(1_000_000)),
            ("0xFF", Int(255)),
            ("-0x_ff", Int(-255)),
            ("0o17", Int(15)),
            ("0b101", Int(5)),
            ("9223372036854775808", Int(1 << 63)),
            ("2.5", Float(2.5)),
            ("-2.5e-3", Float(-2.5e-3)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            ("1e7", Float(1e7)),
            ("1E+7", Float(1e7)),
            ("1_0.2_5", Float(10.25)),
            ("inf", Float(f64::INFINITY)),
            ("infinity", Float(f64::INFINITY)),
            ("-Infinity", Float(f64::NEG_INFINITY)),
            ("+INF", Float(f64::INFINITY)),
            ("-0x80000000000000000000000000000000", Int(i128::MIN)),
            ("-inf", Float(f64::NEG_INFINITY)),
            ("true", Bool(true)),
            ("False", Bool(false)),
            (" 7 ", Int(7)),
            ("2j", Complex(brolga::Complex { re: 0.0, im: 2.0 })),
            ("-1.5J", Complex(brolga::Complex { re: 0.0, im: -1.5 })),
            ("1+2j", Complex(brolga::Complex { re: 1.0, im: 2.0 })),
            ("(1e-3-2.5e+2j)", Complex(brolga::Complex { re: 1e-3, im: -250.0 })),
            ("-inf+infj", Complex(brolga::Complex { re: f64::NEG_INFINITY, im: f64::INFINITY })),
        ] {
            assert_eq!(source(text).unwrap(), Source::Literal(value), "{text}");
        }
        for nan in ["nan", "NaN", "-NAN"] {
            assert!(matches!(source(nan).unwrap(), Source::Literal(Float(v)) if v.is_nan()));
        }
        assert!(matches!(source("-0.0").unwrap(), Source::Literal(Float(v)) if v.is_sign_negative()));
    }

    #[test]
    fn what_is_no_source() {
        for text in [
            "", " ", "foo", "a.npz", "007", "1__0", "1_", "_1", "0x", "0x-1", "1e", "--1", "1.2.3", "٣",
            "1 2", "[1, 2]", "j", "1+j", "1+2", "2jj", "(2j", "1e+j", "true+2j", "1+2i", "0x1fj+", "-true",
            "infinite", "1f", "0b2", "None",
        ] {
            let error = source(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Argument, "{text}");
            assert!(error.span().is_some(), "{text}");
        }
    }

    #[test]
    fn generators_and_their_defaults() {
        let random = |seed| Rule::Random { seed };
        for (text, rule, shape, dtype) in [
            ("random(10)", random(0), "(10,)", DType::Float64),
            ("random(1e3, float32, seed=7)", random(7), "(1000,)", DType::Float32),
            ("random((2, 3), seed=18446744073709551615)", random(u64::MAX), "(2, 3)", DType::Float64),
            ("np.zeros(3)", Rule::Zeros, "(3,)", DType::Float64),
            ("numpy.ones(2, np.float32)", Rule::Ones, "(2,)", DType::Float32),
            ("ones(2, float)", Rule::Ones, "(2,)", DType::Float64),
            ("ones(2, int)", Rule::Ones, "(2,)", DType::Int64),
            ("ones(2, bool)", Rule::Ones, "(2,)", DType::Bool),
            (" random ( shape = (2,) , dtype = bool ) ", random(0), "(2,)", DType::Bool),
            ("zeros(())", Rule::Zeros, "()", DType::Float64),
            ("zeros((0, 3), int32)", Rule::Zeros, "(0, 3)", DType::Int32),
            ("ones((2, 1_0,), int64,)", Rule::Ones, "(2, 10)", DType::Int64),
            ("arange(5)", Rule::Arange, "(5,)", DType::Int64),
            ("arange(1e1)", Rule::Arange, "(10,)", DType::Float64),
            ("arange(5, float32)", Rule::Arange, "(5,)", DType::Float32),
            ("linspace(0, 1, 5)", Rule::Linspace(0.0, 1.0), "(5,)", DType::Float64),
            ("linspace(-1e-3, +2.5, 1e2)", Rule::Linspace(-1e-3, 2.5), "(100,)", DType::Float64),
        ] {
            let made = generator(text);
            assert_eq!(
                (made.rule, made.shape.to_string(), made.dtype),
                (rule, shape.to_string(), dtype),
                "{text}"
            );
        }
    }

    #[test]
    fn wrong_generators_point_at_the_place() {
        for (text, place) in [
            ("randm(10)", "randm"),
            ("random()", "random()"),
            ("random(10", ""),
            ("random(10))", ")"),
            ("random(10) + 1", "+ 1"),
            ("random(-1)", "-1"),
            ("random(2.5)", "2.5"),
            ("random(nan)", "nan"),
            ("random(1e300)", "1e300"),
            ("random(10, float33)", "float33"),
            ("random(10, 3.5)", "3.5"),
            ("random(10, float64, seed=-1)", "-1"),
            ("random(10, float64, 1, 2)", "2"),
            ("random(10, sed=1)", "sed"),
            ("random(10, shape=10)", "shape=10"),
            ("random((2, (3, 4)))", "("),
            ("random((2, x))", "x"),
            ("random(float32)", "float32"),
            ("random(10 20)", "2"),
            ("random(10, )x", "x"),
            ("random(?)", "?"),
            ("random(", ""),
            ("zeros(é)", "é"),
            ("arange(5, bool)", "arange(5, bool)"),
            ("linspace(0, 1)", "linspace(0, 1)"),
            ("linspace(x, 1, 3)", "x"),
        ] {
            let error = source(text).expect_err(text);
            let whole = format!("name={text}");
            assert_eq!(error.span().unwrap().text(&whole), place, "{text}: {error}");
        }
    }
}
