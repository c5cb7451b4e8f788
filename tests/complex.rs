//! Complex functions against values of 60 digits (`tests/complex.txt`), within the bounds of docs/language.md: errors are
//! told in units of 2^-53 (complex64: 2^-24) of the size of the result.

mod common;

use std::collections::BTreeMap;

use brolga::{Arg, Array, Complex, DType, FpMode, Scalar};

/// Bounds of results that are real.
const BOUNDS: &[(&str, f64)] = &[("abs", 2.4), ("angle", 2.4)];

/// The bound of the others, in units that grow with the exponent of e that a power is.
const BOUND: f64 = 5.0;

type Row = (Vec<f64>, Complex<f64>);

fn rows() -> BTreeMap<String, Vec<Row>> {
    let mut all: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in include_str!("complex.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let name = words.next().expect("a name");
        let numbers: Vec<f64> = words.map(|word| word.parse().expect("a number")).collect();
        let (args, result) = numbers.split_at(numbers.len() - 2);
        all.entry(name.into()).or_default().push((args.into(), Complex { re: result[0], im: result[1] }));
    }
    all
}

fn array(dtype: DType, values: impl Iterator<Item = Complex<f64>>) -> Array {
    let values: Vec<Scalar> = values.map(|v| Scalar::Complex128(v).cast(dtype)).collect();
    common::array(dtype, &[values.len()], &values)
}

fn found(result: &Array, at: usize) -> Complex<f64> {
    match result.get(at).cast(DType::Complex128) {
        Scalar::Complex128(v) => v,
        other => panic!("{other} is not of the type that it was cast to"),
    }
}

/// The error in units of half a unit in the last place of 1, by the size of the result.
fn error(found: Complex<f64>, exact: Complex<f64>, dtype: DType) -> f64 {
    let unit = 2f64.powi(if dtype == DType::Complex64 { -24 } else { -53 });
    let difference = (found - exact).norm();
    if difference == 0.0 { 0.0 } else { difference / exact.norm() / unit }
}

#[test]
fn functions_keep_their_bounds() {
    let rows = rows();
    for fp in [FpMode::Strict, FpMode::Fast] {
        for engine in [common::interpreter(fp), common::code_makers(fp).swap_remove(1)] {
            for dtype in [DType::Complex64, DType::Complex128] {
                for (name, rows) in &rows {
                    let range =
                        |v: f64| dtype == DType::Complex128 || v == 0.0 || (1e-37..3e38).contains(&v.abs());
                    let fits = |row: &&Row| range(row.1.norm()) && row.0.iter().all(|&v| range(v));
                    let rows: Vec<&Row> = rows.iter().filter(fits).collect();
                    let pair =
                        |at: usize| rows.iter().map(move |row| Complex { re: row.0[at], im: row.0[at + 1] });
                    let x = array(dtype, pair(0));
                    let (source, y) = match name.as_str() {
                        "power" => ("x ** y".to_string(), Some(array(dtype, pair(2)))),
                        name => (format!("{name}(x)"), None),
                    };
                    let mut args = vec![("x", Arg::from(&x))];
                    args.extend(y.as_ref().map(|y| ("y", Arg::from(y))));
                    let results = engine.engine.eval(&source, &args).unwrap_or_else(|e| panic!("{e}"));
                    let mut worst = (0.0, String::new());
                    for (at, row) in rows.iter().enumerate() {
                        let found = found(&results[0], at);
                        let mut error = error(found, row.1, dtype);
                        if name == "power" {
                            let of = |at: usize| Complex { re: row.0[at], im: row.0[at + 1] };
                            error /= 1.0 + (of(2) * of(0).ln()).norm();
                        }
                        assert!(
                            !error.is_nan(),
                            "{}: {source} of {dtype}: {row:?} gives {found}",
                            engine.name
                        );
                        if error > worst.0 {
                            worst = (error, format!("{row:?} gives {found}"));
                        }
                    }
                    let bound =
                        BOUNDS.iter().find(|(known, _)| known == name).map_or(BOUND, |&(_, bound)| bound);
                    println!(
                        "{fp}, {}, {dtype}: {source}: {:.2} of {} at {}",
                        engine.name,
                        worst.0,
                        rows.len(),
                        worst.1
                    );
                    assert!(
                        worst.0 <= bound,
                        "{}: {source} of {dtype} is off by {:.2}: {}",
                        engine.name,
                        worst.0,
                        worst.1
                    );
                }
            }
        }
    }
}
