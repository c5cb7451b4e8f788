//! Element types as `.npy` headers spell them.
//!
//! Knows NumPy's names and codes. It must not know files.

use std::ffi::c_long;

use brolga::DType;

/// NumPy's element types of a fixed size: the name, the codes, which a byte order may stand before,
/// and the further names, which it may not.
const TYPES: &[(&str, &[&str], &[&str])] = &[
    ("bool", &["b1", "?"], &["bool_"]),
    ("int8", &["i1", "b"], &["byte"]),
    ("int16", &["i2", "h"], &["short"]),
    ("int32", &["i4", "i"], &["intc"]),
    ("int64", &["i8", "q", "p", "n"], &["int", "int_", "intp", "longlong"]),
    ("uint8", &["u1", "B"], &["ubyte"]),
    ("uint16", &["u2", "H"], &["ushort"]),
    ("uint32", &["u4", "I"], &["uintc"]),
    ("uint64", &["u8", "Q", "P", "N"], &["uint", "uintp", "ulonglong"]),
    ("float16", &["f2", "e"], &["half"]),
    ("float32", &["f4", "f"], &["single"]),
    ("float64", &["f8", "d"], &["float", "double"]),
    ("longdouble", &["f16", "f12", "g"], &["float128", "float96"]),
    ("complex64", &["c8", "F"], &["csingle"]),
    ("complex128", &["c16", "D"], &["complex", "cdouble"]),
    ("clongdouble", &["c32", "c24", "G"], &["complex256", "complex192"]),
];

/// Types of other sizes, by the letter that their codes begin with; errors name them.
const OTHERS: &[(char, &str)] = &[
    ('S', "bytes"),
    ('a', "bytes"),
    ('c', "bytes"),
    ('U', "str"),
    ('T', "str"),
    ('V', "void"),
    ('M', "datetime64"),
    ('m', "timedelta64"),
    ('O', "object"),
];

/// The type and byte order of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descr {
    /// Type of the elements as they are read.
    pub dtype: DType,
    /// They are float16 in the file, and read as float32.
    pub half: bool,
    /// The most significant byte comes first.
    pub big_endian: bool,
}

/// Reads what NumPy's `dtype` reads: `<f8`, `=f8`, `f8`, `|i4`, `>d`, `float64`.
pub fn parse(text: &str) -> Result<Descr, String> {
    let (code, big_endian) = match text.split_at_checked(1) {
        Some(("<", code)) => (Some(code), false),
        Some((">", code)) => (Some(code), true),
        // `|` says that the order does not matter, and is the machine's own where it does.
        Some(("=" | "|", code)) => (Some(code), cfg!(target_endian = "big")),
        _ => (None, cfg!(target_endian = "big")),
    };
    // C's `long`, whose size is the system's.
    let wide = size_of::<c_long>() == 8;
    let spelling = match code.unwrap_or(text) {
        "l" => {
            if wide {
                "q"
            } else {
                "i"
            }
        }
        "L" => {
            if wide {
                "Q"
            } else {
                "I"
            }
        }
        "long" if code.is_none() => {
            if wide {
                "longlong"
            } else {
                "intc"
            }
        }
        "ulong" if code.is_none() => {
            if wide {
                "ulonglong"
            } else {
                "uintc"
            }
        }
        spelling => spelling,
    };
    let known = TYPES.iter().find(|(name, codes, names)| {
        codes.contains(&spelling) || code.is_none() && (*name == spelling || names.contains(&spelling))
    });
    let Some(&(name, ..)) = known else {
        let sized = |rest: &str| rest.chars().next().is_none_or(|c| c == '[' || c.is_ascii_digit());
        let other = OTHERS.iter().find(|(letter, name)| {
            [spelling.strip_prefix(*letter), spelling.strip_prefix(name)].into_iter().flatten().any(sized)
        });
        return Err(match other {
            Some((_, name)) => unknown(name),
            None => format!("its element type `{}` is not known", text.escape_debug()),
        });
    };
    let half = name == "float16";
    let read_as = if half { "float32" } else { name };
    match DType::ALL.into_iter().find(|dtype| dtype.name() == read_as) {
        Some(dtype) => Ok(Descr { dtype, half, big_endian }),
        None => Err(unknown(name)),
    }
}

impl Descr {
    /// Bytes of one element in the file.
    pub fn size(self) -> usize {
        if self.half { 2 } else { self.dtype.size() }
    }
}

/// What is told of a type that there is not.
pub fn unknown(name: &str) -> String {
    let known = DType::ALL.map(DType::name).join(", ");
    format!("its elements are of type {name}, and brolga has {known}")
}

/// As NumPy writes the type of little-endian elements: `<f8`, `|b1`.
pub fn little_endian(dtype: DType) -> String {
    let (_, codes, _) = TYPES.iter().find(|(name, ..)| *name == dtype.name()).expect("a row for each type");
    let order = if dtype.size() == 1 { '|' } else { '<' };
    format!("{order}{}", codes[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_row() {
        for dtype in DType::ALL {
            let descr = Descr { dtype, half: false, big_endian: false };
            assert_eq!(parse(&little_endian(dtype)), Ok(descr));
        }
    }

    // What NumPy 2 reads.
    #[test]
    fn spellings() {
        let native = cfg!(target_endian = "big");
        for (text, dtype, big_endian) in [
            ("<f8", DType::Float64, false),
            (">f8", DType::Float64, true),
            ("=f8", DType::Float64, native),
            ("|f8", DType::Float64, native),
            ("f8", DType::Float64, native),
            ("d", DType::Float64, native),
            (">d", DType::Float64, true),
            ("float", DType::Float64, native),
            ("float64", DType::Float64, native),
            ("f", DType::Float32, native),
            ("single", DType::Float32, native),
            ("|i4", DType::Int32, native),
            ("i", DType::Int32, native),
            ("=q", DType::Int64, native),
            ("int", DType::Int64, native),
            ("?", DType::Bool, native),
            ("b1", DType::Bool, native),
            ("bool", DType::Bool, native),
            ("<u2", DType::UInt16, false),
            ("b", DType::Int8, native),
            ("uint", DType::UInt64, native),
        ] {
            assert_eq!(parse(text), Ok(Descr { dtype, half: false, big_endian }), "{text}");
        }
        let half = Descr { dtype: DType::Float32, half: true, big_endian: true };
        assert_eq!(parse(">f2"), Ok(half));
        let long = if size_of::<c_long>() == 8 { DType::Int64 } else { DType::Int32 };
        for text in ["l", "<l", "long"] {
            assert_eq!(parse(text).unwrap().dtype, long, "{text}");
        }
    }

    #[test]
    fn what_is_no_type_here() {
        for text in [
            "", "<", "cat", "Sunday", "f9", "<float64", "<long", "!f8", "<<f8", "f8f8", "f8 ", "<é", "3f8",
            "f8,f8",
        ] {
            assert!(parse(text).unwrap_err().contains("is not known"), "{text}");
        }
        for (text, name) in [
            ("<U3", "str"),
            ("|S3", "bytes"),
            ("<M8[s]", "datetime64"),
            ("timedelta64[ns]", "timedelta64"),
            ("c", "bytes"),
            ("G", "clongdouble"),
        ] {
            assert_eq!(parse(text), Err(unknown(name)), "{text}");
        }
    }
}
