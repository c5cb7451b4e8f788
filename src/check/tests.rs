//! Types and messages, as tables. The types are those that NumPy 2 gives, save where that is
//! float16.

use super::*;
use crate::diag::Error;
use crate::syntax;

/// A spread of parameters: arrays by the first letter of their type, scalars with `s` before it.
const PARAMS: &[(&str, Type)] = &[
    ("b", Type::Array(DType::Bool)),
    ("i", Type::Array(DType::Int32)),
    ("l", Type::Array(DType::Int64)),
    ("f", Type::Array(DType::Float32)),
    ("d", Type::Array(DType::Float64)),
    ("i8", Type::Array(DType::Int8)),
    ("u8", Type::Array(DType::UInt8)),
    ("u64", Type::Array(DType::UInt64)),
    ("c16", Type::Array(DType::Complex128)),
    ("sb", Type::Scalar(DType::Bool)),
    ("si", Type::Scalar(DType::Int32)),
    ("sl", Type::Scalar(DType::Int64)),
    ("sf", Type::Scalar(DType::Float32)),
    ("sd", Type::Scalar(DType::Float64)),
    ("three", Type::Literal(Literal::Int(3))),
];

fn try_check(source: &str) -> Result<(Ast, Checked)> {
    let ast = syntax::parse(source, &syntax::Limits::default())?;
    let checked = check(&ast, source, PARAMS)?;
    Ok((ast, checked))
}

fn error(source: &str) -> Error {
    match try_check(source) {
        Ok((ast, checked)) => panic!("{source} is taken:\n{}", checked.to_text(&ast)),
        Err(error) => error.with_source(&std::sync::Arc::from(source)),
    }
}

fn types(source: &str) -> String {
    let (_, checked) = try_check(source).unwrap_or_else(|e| panic!("{source}\n{e}"));
    let brackets = |r: &ResultType| if r.array { "[]" } else { "" };
    let all: Vec<_> = checked.results.iter().map(|r| format!("{}{}", r.dtype, brackets(r))).collect();
    all.join(", ")
}

/// The value of a program that is a literal.
fn folded(source: &str) -> String {
    let (ast, checked) = try_check(source).unwrap_or_else(|e| panic!("{source}\n{e}"));
    match checked.nodes[ast.results[0].index()].ty {
        Ty::Literal(Literal::Bool(v)) => crate::types::Scalar::Bool(v).to_string(),
        Ty::Literal(Literal::Int(v)) => v.to_string(),
        Ty::Literal(Literal::Float(v)) => crate::types::Scalar::Float64(v).to_string(),
        ty => panic!("{source} is a {ty}"),
    }
}

#[test]
fn results_have_numpys_types() {
    for (source, expected) in [
        // Arrays and scalars promote alike.
        ("i + i", "int32[]"),
        ("i + l", "int64[]"),
        ("i + f", "float64[]"),
        ("f + sd", "float64[]"),
        ("sf + sf", "float32"),
        ("b + b", "bool[]"),
        ("b + i", "int32[]"),
        ("b * f", "float32[]"),
        ("f ** f", "float32[]"),
        ("2.0 ** i", "float64[]"),
        ("f ** i", "float64[]"),
        // Literals are weak.
        ("f ** 65", "float32[]"),
        ("f ** nan", "float32[]"),
        ("f * 2.0", "float32[]"),
        ("2 * f", "float32[]"),
        ("f + 2**100", "float32[]"),
        ("f * pi", "float32[]"),
        ("i + 1", "int32[]"),
        ("i + three", "int32[]"),
        ("i + 2.5", "float64[]"),
        ("i + True", "int32[]"),
        ("b + True", "bool[]"),
        ("b + 1", "int64[]"),
        ("b * 2.0", "float64[]"),
        ("sf * 2.0", "float32"),
        ("f * (1 / 3)", "float32[]"),
        ("k = 2.0; f * k", "float32[]"),
        // Alone they are not.
        ("1", "int64"),
        ("2.5", "float64"),
        ("True", "bool"),
        ("1 < 2", "bool"),
        ("three", "int64"),
        // Quotients and powers.
        ("i / i", "float64[]"),
        ("b / b", "float64[]"),
        ("f / 2", "float32[]"),
        ("i // 2", "int32[]"),
        ("i % 2.5", "float64[]"),
        ("f // f", "float32[]"),
        ("i ** 2", "int32[]"),
        ("i ** True", "int32[]"),
        ("i ** 2.0", "float64[]"),
        ("i ** 0.5", "float64[]"),
        ("b ** 2.0", "float64[]"),
        ("b ** 2", "int8[]"),
        ("b ** 1", "int64[]"),
        ("sb ** 2", "int64"),
        ("b ** b", "int8[]"),
        ("b // b", "int8[]"),
        ("b % True", "int8[]"),
        ("b << b", "int8[]"),
        ("square(b)", "int8[]"),
        // Small and unsigned types.
        ("u8 + 200", "uint8[]"),
        ("u8 + True", "uint8[]"),
        ("u8 + 2.5", "float64[]"),
        ("u8 + i8", "int16[]"),
        ("u8 + i", "int32[]"),
        ("u8 * f", "float32[]"),
        ("u64 + l", "float64[]"),
        ("u64 + 1", "uint64[]"),
        ("u8 / u8", "float64[]"),
        ("-u8", "uint8[]"),
        ("u8 ** 2", "uint8[]"),
        ("u8 < 300", "bool[]"),
        ("u64 < l", "bool[]"),
        ("i8 == -1000", "bool[]"),
        ("sqrt(u8)", "float32[]"),
        ("sqrt(u64)", "float64[]"),
        ("copysign(int16(i), uint16(i))", "float32[]"),
        ("heaviside(uint16(i), i8)", "float32[]"),
        ("copysign(int16(i), i)", "float64[]"),
        ("copysign(b, 3)", "float64[]"),
        ("int16(i) / uint16(i)", "float64[]"),
        ("sin(i8)", "float32[]"),
        ("clip(u8, -5, 300)", "uint8[]"),
        ("clip(u8, 3, 300)", "uint8[]"),
        ("sum(u8)", "uint64"),
        ("prod(i8)", "int64"),
        ("mean(u8)", "float64"),
        ("max(u8)", "uint8"),
        ("uint16(f) + u8", "uint16[]"),
        ("round(u64)", "uint64[]"),
        ("f ** -3", "float32[]"),
        ("f ** 0.5", "float32[]"),
        ("i ** i", "int32[]"),
        ("2 ** l", "int64[]"),
        ("b ** l", "int64[]"),
        ("i ** -1.0", "float64[]"),
        // Bits.
        ("i & True", "int32[]"),
        ("b & 1", "int64[]"),
        ("~b", "bool[]"),
        ("~i", "int32[]"),
        ("i << 2", "int32[]"),
        ("b << 1", "int64[]"),
        // Truth values.
        ("i < 2.5", "bool[]"),
        ("i < 3000000000", "bool[]"),
        ("si < 3000000000", "bool"),
        ("b < b", "bool[]"),
        ("f and i", "bool[]"),
        ("not sd", "bool"),
        ("0 < i < 10", "bool[]"),
        ("1 < 2 < sd", "bool"),
        ("1 < 2 < 3", "bool"),
        // Functions.
        ("sqrt(b)", "float32[]"),
        ("sqrt(i)", "float64[]"),
        ("sqrt(f)", "float32[]"),
        ("floor(i)", "int32[]"),
        ("floor(b)", "bool[]"),
        ("abs(b)", "bool[]"),
        ("isnan(i)", "bool[]"),
        ("minimum(f, 1)", "float32[]"),
        ("fmin(b, b)", "bool[]"),
        ("clip(i, 0, 1.5)", "float64[]"),
        ("clip(b, 0, 1)", "int64[]"),
        ("clip(f, a_max=1, a_min=0)", "float32[]"),
        ("clip(f, min=0, max=1)", "float32[]"),
        ("f.clip(max=1)", "float32[]"),
        ("f.clip(0, None)", "float32[]"),
        ("where(b, 1, f)", "float32[]"),
        ("where(b, 1, True)", "int64[]"),
        ("where(d, 1, 2.5)", "float64[]"),
        ("where(y=f, x=i, condition=sb)", "float64[]"),
        ("where(2**100, f, f)", "float32[]"),
        ("f if sb else 1", "float32[]"),
        ("1 if sb else 2", "int64"),
        ("np.add(i, 1)", "int32[]"),
        // Casts.
        ("float32(l)", "float32[]"),
        ("float32(2)", "float32"),
        ("int32(2.5) + i", "int32[]"),
        ("d.astype(int32)", "int32[]"),
        ("d.astype(np.bool_)", "bool[]"),
        ("d.astype(dtype=float)", "float64[]"),
        // Reductions.
        ("sum(i)", "int64"),
        ("sum(b)", "int64"),
        ("f.sum()", "float32"),
        ("prod(f, axis=None)", "float32"),
        ("prod(f, None)", "float32"),
        ("i.max()", "int32"),
        ("max(b)", "bool"),
        ("mean(b)", "float64"),
        ("mean(f)", "float32"),
        ("any(f)", "bool"),
        ("d - mean(d)", "float64[]"),
        ("f * sum(i)", "float64[]"),
        ("sum(sb)", "int64"),
        // Names.
        ("f = d; f", "float64[]"),
        ("pi = f; pi", "float32[]"),
        ("x = f; x = x + d; x", "float64[]"),
        ("x = i; y = x; x = d; y", "int32[]"),
        ("i, sum(d), 2", "int32[], float64, int64"),
    ] {
        assert_eq!(types(source), expected, "{source}");
    }
}

#[test]
fn literals_fold_as_pythons_numbers() {
    for (source, expected) in [
        ("1 + 2 * 3", "7"),
        ("7 / 2", "3.5"),
        ("6 / 3", "2.0"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("-7.5 // 2", "-4.0"),
        ("5.5 % -2", "-0.5"),
        ("0.3 // 0.1", "2.0"),
        ("0.3 % 0.1", "0.09999999999999998"),
        ("-0.5 // inf", "-1.0"),
        ("2 ** 100 // 2 ** 98", "4"),
        ("2 ** -1", "0.5"),
        ("(-1) ** 1000000000001", "-1"),
        ("True + True", "2"),
        ("-True", "-1"),
        ("~True", "-2"),
        ("True & False", "False"),
        ("6 & True", "0"),
        ("5 ^ 3", "6"),
        ("1 << 70 >> 69", "2"),
        ("-1 >> 200", "-1"),
        ("1 < 2.5", "True"),
        ("2**53 + 1 == 2.0**53", "False"),
        ("2**53 + 1 > 2.0**53", "True"),
        ("nan == nan", "False"),
        ("3 and 0", "False"),
        ("not 0.0", "True"),
        ("1 < 2 < 2", "False"),
        ("1 if 2 > 1 else 2.5", "1"),
        ("where(True, 1, 2.5)", "1.0"),
        ("sqrt(2)", "1.4142135623730951"),
        ("sqrt(-1)", "nan"),
        ("abs(-3)", "3"),
        ("minimum(1, 2)", "1"),
        ("minimum(nan, 2)", "nan"),
        ("fmax(nan, 2)", "2.0"),
        ("minimum(True, 2)", "1"),
        ("minimum(True, False)", "False"),
        ("clip(5, 0, 3.5)", "3.5"),
        ("floor(2.5)", "2.0"),
        ("round(2.5)", "2.0"),
        ("sign(-0.0)", "0.0"),
        ("isfinite(inf)", "False"),
        ("sum(True)", "1"),
        ("k = three * 2; k + 1", "7"),
    ] {
        assert_eq!(folded(source), expected, "{source}");
    }
}

#[test]
fn errors_say_what_is_wrong_and_what_to_do() {
    use ErrorKind::*;
    for (source, kind, message, help) in [
        (
            "q + 1",
            Name,
            "unknown name `q`",
            "known here: b, c16, d, f, i, i8, l, sb, sd, sf, si, sl, three, u64, u8, pi",
        ),
        ("thre + 1", Name, "unknown name `thre`", "did you mean `three`?"),
        ("xx = 1; x", Name, "unknown name `x`", "did you mean `xx`? Known here: b, c16,"),
        ("y = x; x = 1; y", Name, "unknown name `x`", ""),
        ("sqrt + 1", Name, "`sqrt` is a function and must be called", "write `sqrt(x)`"),
        ("int32 + 1", Type, "`int32` is a type, not a number", "write `int32(x)`"),
        ("sqr(f)", Name, "unknown function `sqr`", "did you mean `sqrt`?"),
        ("Sin(f)", Name, "unknown function `Sin`", "did you mean `sin`?"),
        ("SQRT(f)", Name, "unknown function `SQRT`", "did you mean `sqrt`?"),
        ("frobnicate(f)", Name, "unknown function `frobnicate`", "there are abs, fabs, sign"),
        ("f(2)", Type, "`f` is a value and cannot be called", "`*`"),
        ("pi(2)", Type, "`pi` is a value and cannot be called", "`*`"),
        ("f.sqrt()", Name, "arrays have no method `sqrt`", "it is a function: `sqrt(f)`"),
        ("f.summ()", Name, "arrays have no method `summ`", "did you mean `sum`?"),
        ("sqrt()", Type, "`sqrt` takes 1 argument; `x` is missing", "`sqrt(x)`"),
        ("where(b, f)", Type, "`where` takes 3 arguments; `y` is missing", "`where(condition, x, y)`"),
        ("round(f, 2)", Unsupported, "`round` to a number of decimals", "`round(a * 100) / 100`"),
        ("f.round(decimals=si)", Unsupported, "`round` to a number of decimals", "`round(a * 100) / 100`"),
        ("np.around(f, 3)", Unsupported, "`around` to a number of decimals", "`around(a * 1000) / 1000`"),
        ("round(f, 2, 3)", Type, "`round` takes 1 argument, but 3 are given", "`round(x)`"),
        ("np.shape(f)", Type, "a shape is not a number", "`a.shape[0]`"),
        ("size()", Type, "`size` needs an array", "`size(a)`"),
        ("f[2**70]", Index, "index 1180591620717411303424 is out of range", ""),
        ("where(b, 1, 2, 3, 4)", Type, "`where` takes 3 arguments, but 5", "`where(condition, x, y)`"),
        ("clip(f, 0, upper=1)", Type, "`clip` has no parameter `upper`", "`clip(a, a_min, a_max)`"),
        ("clip(f, 0, 1, a_max=1)", Type, "`clip` is given `a_max` twice", ""),
        ("clip(f)", Type, "`a_min` is missing", ""),
        ("sum(f, axis=1)", Unsupported, "reductions along an axis are not built yet", "all elements"),
        ("f.sum(0)", Unsupported, "reductions along an axis are not built yet", ""),
        ("sum(f, keepdims=True)", Type, "`sum` has no parameter `keepdims`", "`sum(a, axis=None)`"),
        ("min(f, d)", Type, "`min` takes one array", "`minimum(x1, x2)`"),
        ("f.astype(2)", Type, "`astype` needs the name of a type", "bool, int8"),
        ("f.astype()", Type, "`astype` needs the name of a type", "a.astype(float32)"),
        ("i + 3000000000", Type, "integer literal 3000000000 does not fit int32", "`int64(…)`"),
        ("l + 2**63", Type, "integer literal 9223372036854775808 does not fit int64", "`float64(…)`"),
        ("b + 2**63", Type, "integer literal 9223372036854775808 does not fit int64", ""),
        ("i ** 2**40", Type, "does not fit int32", ""),
        ("int32(3000000000)", Type, "does not fit int32", ""),
        ("2**64", Type, "does not fit int64", ""),
        ("2**200", Value, "a constant needs more than 128 bits", "float"),
        ("1 << 127", Value, "a constant needs more than 128 bits", ""),
        ("1 // 0", Value, "division by zero", "`inf`"),
        ("1.0 / 0", Value, "division by zero", "`inf`"),
        ("0 ** -1", Value, "division by zero", ""),
        ("1 << -1", Value, "a shift by a negative number of bits", ""),
        ("b - b", Type, "the `-` operator is not defined for bool", "`a ^ b` or `a != b`"),
        ("-b", Type, "the `-` operator is not defined for bool", "`~a`"),
        ("+b", Type, "`+` takes floats, integers and complex numbers, not bool", ""),
        ("sign(b)", Type, "`sign` takes floats, integers and complex numbers, not bool", ""),
        ("f & 1", Type, "`&` takes integers and bool, not float32", "int64(a)"),
        ("i & 1.5", Type, "`&` takes integers and bool, not a float literal", ""),
        ("1.5 & 1", Type, "`&` takes integers and bool, not a float literal", ""),
        ("i << 2.0", Type, "`<<` takes integers, not a float literal", ""),
        ("2 << 2.0", Type, "`<<` takes integers, not a float literal", ""),
        ("si ** -1", Value, "integers to negative integer powers are not allowed", "`a ** -1.0`"),
        ("0j ** -1", Value, "division by zero", ""),
        ("1 / 0j", Value, "division by zero", ""),
        ("f.flat", Unsupported, "the attribute `.flat`", ""),
        ("f[d]", Unsupported, "indexing by an array", "an index is an integer"),
        ("f[b]", Unsupported, "indexing by an array", ""),
        ("f[i[0]]", Unsupported, "indexing by an array", ""),
        ("f[1.0]", Type, "a float literal is not an index", "an index is an integer"),
        ("f[True]", Type, "a bool literal is not an index", ""),
        ("f[1:sd]", Type, "a float64 scalar is not an index", ""),
        ("f[l.size/2:]", Type, "a float64 scalar is not an index", ""),
        ("f[int32]", Type, "`int32` is a type", ""),
        ("f[(0, 1)]", Type, "a tuple is not an index", "`a[1, 2]`"),
        ("f[..., 0, ...]", Type, "an index has one `...` at most", ""),
        ("f[::0]", Value, "a slice cannot go by steps of 0", ""),
        ("three[0]", Type, "a number cannot be indexed", ""),
        ("f.size[0]", Type, "a number cannot be indexed", ""),
        ("(2).T", Type, "a number cannot be transposed", ""),
        ("f.shape", Type, "a shape is not a number", "`a.shape[0]`"),
        ("n = f.shape; f", Type, "a shape is not a number", ""),
        ("f.shape + 1", Type, "a shape is not a number", ""),
        ("f.shape[si]", Type, "a shape is indexed by one integer literal", "`a.shape[-1]`"),
        ("f.shape[0, 1]", Type, "a shape is indexed by one integer literal", ""),
        ("f.shape[1:]", Type, "a shape is indexed by one integer literal", ""),
        ("len(2)", Type, "a number cannot be asked for its length", ""),
        ("len()", Type, "`len` needs an array", ""),
        ("len(f, d)", Type, "`len` takes 1 argument, but 2", "`len(x)`"),
        ("transpose()", Type, "`transpose` needs an array", "`transpose(a, (1, 0))`"),
        ("transpose(f, 1, 0)", Type, "`transpose` takes 2 arguments, but 3", "`transpose(a, (1, 0))`"),
        ("f.transpose(1, i)", Type, "made of integer literals", "`a.transpose(1, 0)`"),
        ("transpose(f, (0.5, 1))", Type, "made of integer literals", ""),
        ("x = (f, d); f", Unsupported, "tuples inside an expression", ""),
        ("None", Type, "None is not a value an array can hold", ""),
        ("x = None; f", Type, "None is not a value an array can hold", ""),
        ("f + None", Type, "None is not a value an array can hold", ""),
        ("cumsum(f)", Unsupported, "`cumsum` is not built yet", "docs/language.md"),
        ("f.argmax()", Unsupported, "`argmax` is not built yet", "docs/language.md"),
        ("half(f)", Unsupported, "the type `half` is not built yet", ""),
        (
            "u8 + 300",
            Type,
            "integer literal 300 does not fit uint8",
            "uint8 holds 0 to 255; convert with `int16(…)`",
        ),
        ("u8 - -1", Type, "integer literal -1 does not fit uint8", ""),
        ("where(b, u8, 256)", Type, "integer literal 256 does not fit uint8", ""),
        ("u64 | -1", Type, "integer literal -1 does not fit uint64", "`float64(…)`"),
        ("u64 & l", Type, "`&` takes integers and bool, and these types meet in float64", ""),
        ("u64 << l", Type, "`<<` takes integers, and these types meet in float64", ""),
        ("c16 // 2", Type, "`//` is not defined for complex numbers", "`real(z)`"),
        ("f % 2j", Type, "`%` is not defined for complex numbers", "`abs(z)`"),
        ("2j % 2", Type, "`%` is not defined for complex numbers", ""),
        ("floor(c16)", Type, "`floor` is not defined for complex numbers", ""),
        ("fabs(2j)", Type, "`fabs` is not defined for complex numbers", ""),
        ("c16 << 1", Type, "`<<` is not defined for complex numbers", ""),
        ("complex(c16, 1)", Type, "`complex` is not defined for complex numbers", ""),
        ("complex()", Type, "`complex` takes 2 arguments; `real` is missing", "`complex(real, imag)`"),
        ("f[2j]", Type, "a complex literal is not an index", ""),
        ("f.astype(foo)", Type, "`foo` is not a type here", "the types are bool, int8"),
        ("f.astype(dtype=flaot32)", Type, "`flaot32` is not a type here", "did you mean `float32`?"),
        ("astype = f; astype(f, foo)", Name, "unknown name `foo`", ""),
        ("min(1, 2)", Type, "`min` takes one array", "`minimum(x1, x2)`"),
        ("max(sd, 2)", Type, "`max` takes one array", "`maximum(x1, x2)`"),
    ] {
        let error = error(source);
        assert_eq!(error.kind(), kind, "{source}: {error}");
        assert!(error.message().contains(message), "{source}: {error}");
        assert!(error.help_text().unwrap_or_default().contains(help), "{source}: {error}");
        assert!(error.span().is_some(), "{source}: {error}");
    }
}

#[test]
fn indices_and_shapes() {
    for (source, expected) in [
        ("f[0], i[1:, ::2], b[..., None], l.T", "float32[], int32[], bool[], int64[]"),
        ("(f + d)[1:-1][::2]", "float64[]"),
        (
            "transpose(i), i.transpose(), i.transpose(1, 0), i.transpose((1, 0)), transpose(i, axes=(1, 0))",
            "int32[], int32[], int32[], int32[], int32[]",
        ),
        ("transpose(f, 0), f.transpose(0), f.transpose(None)", "float32[], float32[], float32[]"),
        ("f[si], f[si:sl], f[three:]", "float32[], float32[], float32[]"),
        ("n = len(f)\nf[n//2 - 1:], f[:f.shape[-1] - si]", "float32[], float32[]"),
        ("sf[None], sum(f)[...]", "float32[], float32[]"),
        // A number that a shape has gives way, as a literal does.
        ("f.size, f.ndim, f.shape[0], len(f), len(f.shape)", "int64, int64, int64, int64, int64"),
        ("f / len(f), i * i.size, b + b.ndim, i / len(i)", "float32[], int32[], int64[], float64[]"),
        ("f.ndim / 2, f * (f.ndim / 2), i * (i.size / 2)", "float64, float32[], float64[]"),
        ("n = f.size; f / n, f / (n - 1), sqrt(n) * f", "float32[], float32[], float32[]"),
        ("int64(f.size) * f, float32(f.size)", "float64[], float32"),
        ("f.size > 3, where(f.size > 3, f, 0)", "bool, float32[]"),
    ] {
        assert_eq!(types(source), expected, "{source}");
    }
    let (ast, checked) = try_check("f[1:, ..., si, None].T").unwrap();
    assert_eq!(
        checked.to_text(&ast),
        "\
n0 = param f : float32[]
n1 = 1 : integer literal
n4 = param si : int32
n6 = index n0[1:, ..., n4, newaxis] : float32[]
n7 = reverse n6 : float32[]
result n7
"
    );
}

#[test]
fn operands_are_labelled_with_their_types() {
    let shown = error("f & (i + 1)").to_string();
    assert!(shown.contains("float32 array") && shown.contains("int32 array"), "{shown}");
    let shown = error("sl ** -2").to_string();
    assert!(shown.contains("int64 scalar") && shown.contains("integer literal"), "{shown}");
    let shown = error("y = x; x = 1; y").to_string();
    assert!(shown.contains("before it is assigned") && shown.contains("only here"), "{shown}");
}

#[test]
fn parameters_are_given_once_and_counted() {
    let twice = [("a", Type::Array(DType::Int32)), ("a", Type::Array(DType::Int32))];
    let ast = syntax::parse("a", &syntax::Limits::default()).unwrap();
    assert_eq!(check(&ast, "a", &twice).unwrap_err().kind(), ErrorKind::Argument);
    for name in ["", "if", "True", "none_of these", " a", "a ", "1a", "a-b", "class", "newaxis", "a\nb", "a#"]
    {
        let error = check(&ast, "a", &[(name, Type::Array(DType::Int32))]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{name}");
        assert_eq!(error.message(), format!("`{name}` cannot be the name of an argument"));
    }
    let (_, checked) = try_check("x = d; f + three").unwrap();
    assert_eq!(checked.unused, ["b", "i", "l", "i8", "u8", "u64", "c16", "sb", "si", "sl", "sf", "sd"]);
}

#[test]
fn the_tree_as_text() {
    let (ast, checked) = try_check("x = f / i; 0 < x < 2**3, i < 2**40, d.astype(int32)").unwrap();
    let expected = "\
n0 = param f : float32[]
n1 = param i : int32[]
n2 = divide n0 n1 : float64[] (in float64)
n3 = 0 : integer literal
n4 = x, n2 : float64[]
n5 = 2 : integer literal
n6 = 3 : integer literal
n7 = 8 : integer literal
n8 = less n3 n4 (in float64) and less n4 n7 (in float64) : bool[]
n9 = param i : int32[]
n10 = 2 : integer literal
n11 = 40 : integer literal
n12 = 1099511627776 : integer literal
n13 = always less n9 n12 : bool[]
n14 = param d : float64[]
n16 = astype int32 n14 : int32[] (in int32)
result n8 n13 n16
";
    let expected = expected.replace("astype int32", "int32");
    assert_eq!(checked.to_text(&ast), expected);
}
