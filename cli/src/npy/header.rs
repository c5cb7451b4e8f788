//! The header of a `.npy` file: a Python dictionary, written as text.
//!
//! Knows the text and what NumPy takes of it. It must not know the data.

use brolga::{Array, Literal, Shape};

use super::descr::{self, Descr};
use crate::number::{Number, number};

/// No header of a known element type nests deeper.
const DEEPEST: usize = 8;

/// NumPy lets the data begin at a multiple of this.
const ALIGNMENT: usize = 64;

/// Digits that NumPy leaves room for, so that the first length may grow in place.
const ROOM: usize = 21;

/// What a header says.
#[derive(Debug, PartialEq)]
pub struct Header {
    /// Type of the elements, and the order of their bytes.
    pub descr: Descr,
    /// The first index is the fastest.
    pub fortran_order: bool,
    /// Shape of the array.
    pub shape: Shape,
}

/// Why a header cannot be read.
type Result<T> = std::result::Result<T, String>;

fn damaged<T>() -> Result<T> {
    Err("its header is damaged".to_string())
}

impl Header {
    /// Reads the text between the header's length and the data.
    pub fn parse(text: &str) -> Result<Header> {
        let mut parser = Parser { rest: text };
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        if !parser.take('{') {
            return damaged();
        }
        while !parser.take('}') {
            let Value::Text(key) = parser.value(0)? else { return damaged() };
            if !parser.take(':') {
                return damaged();
            }
            // As in Python, the last of several values of a key counts.
            let place = match key {
                "descr" => &mut descr,
                "fortran_order" => &mut fortran_order,
                "shape" => &mut shape,
                _ => return damaged(),
            };
            *place = Some(parser.value(0)?);
            if !parser.take(',') && !parser.at('}') {
                return damaged();
            }
        }
        let (Some(descr), Some(Value::Bool(fortran_order)), Some(shape), true) =
            (descr, fortran_order, shape, parser.ended())
        else {
            return damaged();
        };
        let descr = match descr {
            Value::Text(text) => descr::parse(text)?,
            Value::Tuple(_) | Value::List => return Err(descr::unknown("structured")),
            Value::Bool(_) | Value::Int(_) | Value::None => return damaged(),
        };
        Ok(Header { descr, fortran_order, shape: lengths(&shape, descr.size())? })
    }

    /// Everything before the data of an array, little-endian and in C order, as NumPy writes it.
    pub fn of(array: &Array) -> Vec<u8> {
        let shape = Shape::from(array.shape());
        let descr = descr::little_endian(array.dtype());
        let room = shape.first().map_or(0, |n| ROOM.saturating_sub(n.to_string().len()));
        let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}{:room$}", "");
        let mut bytes = b"\x93NUMPY\x01\x00\x00\x00".to_vec();
        bytes.extend(text.bytes());
        // One blank at least, then the end of the line.
        let end = (bytes.len() + 2).next_multiple_of(ALIGNMENT);
        bytes.resize(end - 1, b' ');
        bytes.push(b'\n');
        let length = u16::try_from(end - 10).expect("64 lengths take some 1400 bytes");
        bytes[8..10].copy_from_slice(&length.to_le_bytes());
        bytes
    }
}

/// The shape, whose data fits the memory there can be; as NumPy has it, whether it is empty or not.
fn lengths(shape: &Value, element: usize) -> Result<Shape> {
    let wrong = || "its header is damaged: a shape is a tuple of lengths, such as (3, 4)".to_string();
    let Value::Tuple(values) = shape else { return Err(wrong()) };
    let large = || "its shape is too large".to_string();
    let mut shape = Vec::new();
    let mut bytes = element;
    for value in values {
        let &Value::Int(n) = value else { return Err(wrong()) };
        if n < 0 {
            return Err(wrong());
        }
        let n = usize::try_from(n).map_err(|_| large())?;
        bytes = bytes.checked_mul(n.max(1)).filter(|&n| n <= isize::MAX as usize).ok_or_else(large)?;
        shape.push(n);
    }
    Ok(Shape::from(shape))
}

/// A value as Python writes it.
#[derive(Debug)]
enum Value<'t> {
    Text(&'t str),
    Bool(bool),
    Int(i128),
    Tuple(Vec<Value<'t>>),
    /// Only element types are lists, and none that there is here.
    List,
    None,
}

struct Parser<'t> {
    rest: &'t str,
}

impl<'t> Parser<'t> {
    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    }

    fn at(&mut self, wanted: char) -> bool {
        self.skip_spaces();
        self.rest.starts_with(wanted)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.at(wanted);
        if found {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        found
    }

    fn ended(&mut self) -> bool {
        self.skip_spaces();
        self.rest.is_empty()
    }

    /// The next value, at a depth of so many brackets.
    fn value(&mut self, depth: usize) -> Result<Value<'t>> {
        if depth > DEEPEST {
            return damaged();
        }
        if self.take('(') {
            let (mut values, comma) = self.values(')', depth)?;
            // Brackets around a single value are no tuple without a comma.
            return Ok(match values.pop() {
                Some(only) if values.is_empty() && !comma => only,
                last => {
                    values.extend(last);
                    Value::Tuple(values)
                }
            });
        }
        if self.take('[') {
            self.values(']', depth)?;
            return Ok(Value::List);
        }
        for quote in ['\'', '"'] {
            if self.take(quote) {
                let Some((text, rest)) = self.rest.split_once(quote) else { return damaged() };
                if text.contains(['\\', '\n']) {
                    return damaged();
                }
                self.rest = rest;
                return Ok(Value::Text(text));
            }
        }
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && !"+-._".contains(c));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        match word {
            "True" => Ok(Value::Bool(true)),
            "False" => Ok(Value::Bool(false)),
            "None" => Ok(Value::None),
            // Python 2 wrote its long integers as `3L`.
            _ => match number(word.strip_suffix('L').unwrap_or(word)) {
                Number::Is(Literal::Int(value)) => Ok(Value::Int(value)),
                Number::TooLarge => Err("its shape is too large".to_string()),
                _ => damaged(),
            },
        }
    }

    /// The values up to a closing bracket, and whether a comma stood before it.
    fn values(&mut self, close: char, depth: usize) -> Result<(Vec<Value<'t>>, bool)> {
        let (mut values, mut comma) = (Vec::new(), false);
        while !self.take(close) {
            values.push(self.value(depth + 1)?);
            comma = self.take(',');
            if !comma && !self.at(close) {
                return damaged();
            }
        }
        Ok((values, comma))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::DType;

    fn shape(text: &str) -> Result<String> {
        let text = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {text}, }}  \n");
        Header::parse(&text).map(|header| header.shape.to_string())
    }

    // Held against NumPy 2.
    #[test]
    fn shapes() {
        for (text, expected) in [
            ("()", "()"),
            ("(6,)", "(6,)"),
            ("( 2,\n3 )", "(2, 3)"),
            ("(2, 3,)", "(2, 3)"),
            ("(6_0,)", "(60,)"),
            ("(0x10, +2, (3), 00)", "(16, 2, 3, 0)"),
            ("(6L,)", "(6,)"),
        ] {
            assert_eq!(shape(text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "[6]", "(0_6,)", "(06,)", "6", "(6)", "(6_,)", "(6__0,)", "(_6,)", "(6.0,)", "(6e0,)", "(-6,)",
            "('6',)", "(None,)", "((6,),)", "([6],)", "(6 6)", "(,)", "(6,,)", "(6", "6,", "(٦,)", "(inf,)",
            "(6l,)", "", "{}", "(--6,)",
        ] {
            assert!(shape(text).unwrap_err().starts_with("its header is damaged"), "{text}");
        }
        for text in ["(0, 4294967296, 4294967296)", "(1152921504606846976,)", "(18446744073709551616,)"] {
            assert_eq!(shape(text).unwrap_err(), "its shape is too large", "{text}");
        }
    }

    #[test]
    fn dictionaries() {
        let good = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3)}";
        let descr = Descr { dtype: DType::Float64, half: false, big_endian: false };
        let header = Header { descr, fortran_order: true, shape: [2, 3].into() };
        for text in [
            good,
            "{\"shape\":(2,3),\"fortran_order\":True,\"descr\":\"<f8\",}",
            " { 'descr' : '<i4' , 'descr': '<f8', 'fortran_order': True, 'shape': (2, 3) } \n",
        ] {
            assert_eq!(Header::parse(text).as_ref(), Ok(&header), "{text}");
        }
        for text in [
            "",
            "{",
            "{}",
            "[]",
            &good[1..],
            &good[..good.len() - 1],
            &format!("{good}, 1"),
            &good.replace("'shape'", "shape"),
            &good.replace("shape", "shade"),
            &good.replace("{", "{'more': 1, "),
            &good.replace("'fortran_order': True, ", ""),
            &good.replace("True", "1"),
            &good.replace("True", "true"),
            &good.replace("True", "'True'"),
            &good.replace("'<f8'", "<f8"),
            &good.replace("'<f8'", "'<f8"),
            &good.replace("'<f8'", "None"),
            &good.replace("'<f8'", "8"),
            &good.replace(": (", " ("),
            &good.replace(", '", " '"),
            &good.replace("(2, 3)", &format!("{}1{}", "(".repeat(4000), ")".repeat(4000))),
        ] {
            let error = Header::parse(text).expect_err(text);
            assert!(error.starts_with("its header is damaged"), "{text}: {error}");
        }
        for descr in ["[('a', '<i4'), ('b', '<f8', (2,))]", "('<f8', (2,))"] {
            let error = Header::parse(&good.replace("'<f8'", descr)).unwrap_err();
            assert!(error.contains("structured"), "{descr}: {error}");
        }
    }

    // The bytes of NumPy 2's `save`.
    #[test]
    fn headers_are_written_as_numpy_does() {
        for (array, text) in [
            (
                Array::zeros(DType::Float64, [2, 3]),
                "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
            ),
            (Array::zeros(DType::Bool, 7), "{'descr': '|b1', 'fortran_order': False, 'shape': (7,), }"),
            (Array::zeros(DType::Int32, []), "{'descr': '<i4', 'fortran_order': False, 'shape': (), }"),
        ] {
            let array = array.unwrap();
            let mut expected = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
            expected.extend(format!("{text:117}\n").bytes());
            let written = Header::of(&array);
            assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&expected));
            assert_eq!(Header::parse(text).unwrap().shape, Shape::from(array.shape()));
        }
        // 64 lengths are the most; the longest header that there is.
        let longest = Header::of(&Array::zeros(DType::Float64, [0; 64]).unwrap());
        assert_eq!(longest.len() % 64, 0);
    }
}
