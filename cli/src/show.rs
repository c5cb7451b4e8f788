//! Arrays as text, in the way of NumPy's `str`.

use brolga::{Array, Complex, Scalar};

/// Longer arrays are abbreviated to the ends of their axes.
const THRESHOLD: usize = 1000;

/// Elements shown at either end of an abbreviated axis.
const EDGE: usize = 3;

/// Columns of a line.
const WIDTH: usize = 75;

/// Most digits after the point.
const PRECISION: usize = 8;

/// The array as text; a single value as Python writes it.
pub fn array(array: &Array) -> String {
    if array.shape().is_empty() {
        return scalar(array.get(0));
    }
    if array.is_empty() {
        return "[]".to_string();
    }
    let mut layout = Layout { array, abbreviated: array.len() > THRESHOLD, cells: Vec::new() };
    layout.collect(0, 0);
    let values: Vec<Scalar> = layout.cells.iter().map(|&at| array.get(at)).collect();
    let mut cells = cells(&values).into_iter();
    layout.axis(0, " ", WIDTH, &mut cells)
}

/// A value as Python writes it: the shortest digits that read back as the same number.
pub fn scalar(value: Scalar) -> String {
    if let Some(value) = pair(value) {
        return complex(value);
    }
    if !value.dtype().is_float() {
        return value.to_string();
    }
    let size = as_f64(value).abs();
    if size.is_nan() {
        return "nan".to_string();
    }
    if size != 0.0 && size.is_finite() && !(1e-4..1e16).contains(&size) {
        let text = exponential(value, None);
        let (digits, power) = split_exponent(&text);
        return format!("{digits}e{power}");
    }
    let text = plain(value, None);
    if text.contains('.') || size.is_infinite() { text } else { text + ".0" }
}

/// The parts of a complex number.
fn pair(value: Scalar) -> Option<Complex<Scalar>> {
    match value {
        Scalar::Complex64(v) => Some(Complex { re: Scalar::Float32(v.re), im: Scalar::Float32(v.im) }),
        Scalar::Complex128(v) => Some(Complex { re: Scalar::Float64(v.re), im: Scalar::Float64(v.im) }),
        _ => None,
    }
}

/// `(1+2j)`, and without a real part `2j`.
fn complex(Complex { re, im }: Complex<Scalar>) -> String {
    let part = |value| {
        let text = scalar(value);
        text.strip_suffix(".0").map_or(text.clone(), str::to_string)
    };
    let zero = as_f64(re).to_bits() == 0;
    if zero { format!("{}j", part(im)) } else { format!("({}{}j)", part(re), signed(part(im))) }
}

fn signed(text: String) -> String {
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// `1.5e-7` as `1.5` and `-07`: the power with its sign and two digits at least.
fn split_exponent(text: &str) -> (&str, String) {
    let (digits, power) = text.split_once('e').expect("the text is in exponent form");
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    (digits, format!("{sign}{power:0>2}"))
}

/// Where elements stand.
struct Layout<'a> {
    array: &'a Array,
    abbreviated: bool,
    /// Places of the elements shown, in order.
    cells: Vec<usize>,
}

impl Layout<'_> {
    /// Indices shown along an axis, and where among them the dots stand.
    fn shown(&self, axis: usize) -> (Vec<usize>, Option<usize>) {
        let n = self.array.shape()[axis];
        if self.abbreviated && n > 2 * EDGE {
            ((0..EDGE).chain(n - EDGE..n).collect(), Some(EDGE))
        } else {
            ((0..n).collect(), None)
        }
    }

    fn collect(&mut self, axis: usize, at: usize) {
        let shape = self.array.shape();
        if axis == shape.len() {
            self.cells.push(at);
            return;
        }
        let n = shape[axis];
        for index in self.shown(axis).0 {
            self.collect(axis + 1, at * n + index);
        }
    }

    /// The text of everything from `axis` inward, its lines after the first behind `indent`.
    fn axis(
        &self,
        axis: usize,
        indent: &str,
        width: usize,
        cells: &mut impl Iterator<Item = String>,
    ) -> String {
        let (shown, dots) = self.shown(axis);
        let axes_left = self.array.shape().len() - axis;
        let mut text = String::from("[");
        if axes_left > 1 {
            let inner = format!("{indent} ");
            for at in 0..shown.len() {
                if at > 0 {
                    text += &"\n".repeat(axes_left - 1);
                    text += indent;
                }
                if dots == Some(at) {
                    text += "...";
                    text += &"\n".repeat(axes_left - 1);
                    text += indent;
                }
                text += &self.axis(axis + 1, &inner, width - 1, cells);
            }
        } else {
            let mut column = indent.len();
            let mut first = true;
            let mut put = |word: &str, text: &mut String| {
                let length = word.chars().count();
                if !first && column + 1 + length > width - 1 {
                    text.truncate(text.trim_end().len());
                    text.push('\n');
                    text.push_str(indent);
                    column = indent.len();
                } else if !first {
                    text.push(' ');
                    column += 1;
                }
                first = false;
                column += length;
                text.push_str(word);
            };
            for at in 0..shown.len() {
                if dots == Some(at) {
                    put("...", &mut text);
                }
                put(&cells.next().expect("a cell for each place"), &mut text);
            }
        }
        text.push(']');
        text
    }
}

/// The texts of values that share one form, all of the same width.
fn cells(values: &[Scalar]) -> Vec<String> {
    let texts = match values.first() {
        Some(Scalar::Float32(_) | Scalar::Float64(_)) => floats(values),
        Some(Scalar::Complex64(_) | Scalar::Complex128(_)) => complexes(values),
        _ => values.iter().map(Scalar::to_string).collect(),
    };
    // NumPy gives bool five columns even where all are true.
    let least = if matches!(values.first(), Some(Scalar::Bool(_))) { 5 } else { 0 };
    let width = texts.iter().map(String::len).max().unwrap_or(0).max(least);
    texts.into_iter().map(|text| format!("{text:>width$}")).collect()
}

/// Complex numbers: the real parts in one form, the imaginary ones in another.
fn complexes(values: &[Scalar]) -> Vec<String> {
    let parts: Vec<_> = values.iter().filter_map(|&value| pair(value)).collect();
    let re = floats(&parts.iter().map(|v| v.re).collect::<Vec<_>>());
    let im = floats(&parts.iter().map(|v| v.im).collect::<Vec<_>>());
    let im: Vec<_> = im.into_iter().map(signed).collect();
    let width = |texts: &[String]| texts.iter().map(String::len).max().unwrap_or(0);
    let (re_width, im_width) = (width(&re), width(&im));
    let join = |(re, im): (&String, &String)| {
        let digits = im.trim_end();
        let spaces = &im[digits.len()..];
        format!("{re:>re_width$}{:>im_width$}", format!("{digits}j{spaces}"), im_width = im_width + 1)
    };
    re.iter().zip(&im).map(join).collect()
}

/// Floats with their points in one column, or all in exponent form where their sizes lie far apart.
fn floats(values: &[Scalar]) -> Vec<String> {
    let sizes = || values.iter().map(|&v| as_f64(v).abs()).filter(|&v| v.is_finite() && v != 0.0);
    let (least, greatest) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let exponent = greatest >= 1e8 || sizes().next().is_some() && (least < 1e-4 || greatest / least > 1000.0);
    if exponent { with_exponents(values) } else { with_points(values) }
}

/// Floats with their points in one column; zeros at the end are left out.
fn with_points(values: &[Scalar]) -> Vec<String> {
    let split = |&value: &Scalar| {
        if !as_f64(value).is_finite() {
            return (scalar(value), None);
        }
        // The shortest digits, unless these are too many.
        let mut text = plain(value, None);
        if decimals(&text) > PRECISION {
            text = plain(value, Some(PRECISION));
            text.truncate(text.trim_end_matches('0').len());
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        (whole.to_string(), Some(decimals.to_string()))
    };
    let parts: Vec<_> = values.iter().map(split).collect();
    let longest = parts.iter().filter_map(|(_, decimals)| decimals.as_ref()).map(String::len).max();
    let longest = longest.unwrap_or(0);
    let join = |(whole, decimals): &(String, Option<String>)| match decimals {
        Some(decimals) => format!("{whole}.{decimals:<longest$}"),
        None => whole.clone(),
    };
    parts.iter().map(join).collect()
}

/// Floats in exponent form, all with the same number of digits.
fn with_exponents(values: &[Scalar]) -> Vec<String> {
    let digits = |value: Scalar, precision| {
        let text = exponential(value, precision);
        let (digits, power) = split_exponent(&text);
        (digits.to_string(), power)
    };
    let needed = |value: Scalar| {
        let shortest = decimals(&digits(value, None).0);
        if shortest <= PRECISION {
            return shortest;
        }
        decimals(digits(value, Some(PRECISION)).0.trim_end_matches('0'))
    };
    let finite = || values.iter().copied().filter(|&v| as_f64(v).is_finite());
    let precision = finite().map(needed).max().unwrap_or(0);
    let powers = finite().map(|v| digits(v, None).1.len() - 1).max().unwrap_or(2);
    let text = |&value: &Scalar| {
        if !as_f64(value).is_finite() {
            return scalar(value);
        }
        let (digits, power) = digits(value, Some(precision));
        let point = if precision == 0 { "." } else { "" };
        let (sign, power) = power.split_at(1);
        format!("{digits}{point}e{sign}{power:0>powers$}")
    };
    values.iter().map(text).collect()
}

/// Number of digits after the point.
fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// Without exponent: the shortest digits, or so many after the point.
fn plain(value: Scalar, precision: Option<usize>) -> String {
    match (value, precision) {
        (Scalar::Float32(v), None) => format!("{v}"),
        (Scalar::Float32(v), Some(p)) => format!("{v:.p$}"),
        (value, None) => format!("{}", as_f64(value)),
        (value, Some(p)) => format!("{:.p$}", as_f64(value)),
    }
}

/// With exponent: the shortest digits, or so many after the point.
fn exponential(value: Scalar, precision: Option<usize>) -> String {
    match (value, precision) {
        (Scalar::Float32(v), None) => format!("{v:e}"),
        (Scalar::Float32(v), Some(p)) => format!("{v:.p$e}"),
        (value, None) => format!("{:e}", as_f64(value)),
        (value, Some(p)) => format!("{:.p$e}", as_f64(value)),
    }
}

fn as_f64(value: Scalar) -> f64 {
    match value {
        Scalar::Float32(v) => f64::from(v),
        Scalar::Float64(v) => v,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::{DType, Element};

    fn show<T: Element>(values: &[T]) -> String {
        array(&Array::from_vec(values.to_vec(), values.len()).unwrap())
    }

    // The expected texts are what NumPy 2 prints.
    #[test]
    fn short_arrays() {
        assert_eq!(show(&[0.1, 0.25, 1.0]), "[0.1  0.25 1.  ]");
        assert_eq!(show(&[-1.5, 20.0]), "[-1.5 20. ]");
        assert_eq!(show(&[1.0 / 3.0, 2.0 / 3.0]), "[0.33333333 0.66666667]");
        assert_eq!(show(&[0.100000001, 2.0]), "[0.1 2. ]");
        assert_eq!(show(&[1f32 / 3.0]), "[0.33333334]");
        assert_eq!(show(&[1e-10, 2.5]), "[1.0e-10 2.5e+00]");
        assert_eq!(show(&[1e8]), "[1.e+08]");
        assert_eq!(show(&[1e100, 1.0]), "[1.e+100 1.e+000]");
        assert_eq!(show(&[f64::NAN, 1.5, f64::NEG_INFINITY]), "[ nan  1.5 -inf]");
        assert_eq!(show(&[0.0, -0.0]), "[ 0. -0.]");
        assert_eq!(show(&[1i64, -20, 300]), "[  1 -20 300]");
        assert_eq!(show(&[true, false]), "[ True False]");
        assert_eq!(show(&[true]), "[ True]");
        assert_eq!(show::<f64>(&[]), "[]");
    }

    #[test]
    fn nesting_and_lines() {
        let cube = Array::from_vec((0..8i32).collect(), [2, 2, 2]).unwrap();
        assert_eq!(array(&cube), "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]");
        let line: Vec<i64> = (0..30).collect();
        assert_eq!(
            show(&line),
            "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n 24 25 26 27 28 29]"
        );
        assert_eq!(array(&Array::zeros(DType::Float64, [2, 0]).unwrap()), "[]");
    }

    #[test]
    fn long_arrays_are_abbreviated() {
        let values: Vec<f64> = (0..1001).map(f64::from).collect();
        assert_eq!(show(&values), "[   0.    1.    2. ...  998.  999. 1000.]");
        let sheet = Array::from_vec((0..1200i32).collect(), [300, 4]).unwrap();
        assert_eq!(
            array(&sheet),
            "[[   0    1    2    3]\n [   4    5    6    7]\n [   8    9   10   11]\n ...\n \
             [1188 1189 1190 1191]\n [1192 1193 1194 1195]\n [1196 1197 1198 1199]]"
        );
    }

    #[test]
    fn scalars_as_python_writes_them() {
        for (value, text) in [
            (Scalar::Float64(3.0), "3.0"),
            (Scalar::Float64(-0.0), "-0.0"),
            (Scalar::Float64(1e16), "1e+16"),
            (Scalar::Float64(123456789012345680.0), "1.2345678901234568e+17"),
            (Scalar::Float64(1e15), "1000000000000000.0"),
            (Scalar::Float64(1e-5), "1e-05"),
            (Scalar::Float64(0.0001), "0.0001"),
            (Scalar::Float64(5e-324), "5e-324"),
            (Scalar::Float64(0.1 + 0.2), "0.30000000000000004"),
            (Scalar::Float32(0.1), "0.1"),
            (Scalar::Float64(f64::NEG_INFINITY), "-inf"),
            (Scalar::Float64(-f64::NAN), "nan"),
            (Scalar::Bool(true), "True"),
            (Scalar::Int64(-7), "-7"),
        ] {
            assert_eq!(scalar(value), text);
        }
    }
}
