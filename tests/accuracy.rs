//! The points with the largest errors that searches have found (accuracy/), beside what is true there.
//! Among them are those where a bound was once broken.

mod common;

use brolga::FpMode::{self, Contract, Fast, Strict};
use brolga::{Arg, Array, DType, Type};

/// A program of x and y, its operands, the true result as (high + low) 2^exponent, and the bound that
/// docs/language.md states, in units in the last place. The results come from mpmath, in 3,000 bits.
type Point = (FpMode, &'static str, [f64; 2], (f64, f64), i32, f64);

#[rustfmt::skip]
const POINTS: &[Point] = &[
    (Strict, "exp(x)", [-50.932329989615546, 0.0], (1.4341342711938145, -2.4272530664855985e-18), -74, 1.0),
    (Strict, "exp(x)", [-261.64612650102555, 0.0], (1.4383660051102087, -2.646508677753354e-18), -378, 1.0),
    (Strict, "exp(x)", [-708.7485827982515, 0.0], (1.4063292129211633, -9.943326949557097e-17), -1023, 1.0),
    (Strict, "expm1(x)", [0.36036106960663206, 0.0], (1.7353881587678297, -1.0142463712579126e-17), -2, 1.0),
    (Strict, "log(x)", [1.280457529605988, 0.0], (1.9777396725436585, -1.6570756448734076e-17), -3, 1.0),
    (Strict, "log1p(x)", [0.28380365965317567, 0.0], (1.9986182442614406, -1.699983449132437e-17), -3, 1.0),
    (Strict, "sin(x)", [14.94632205824225, 0.0], (1.3802202492889768, -2.8568985385566034e-17), -1, 1.0),
    (Strict, "sin(x)", [30269703.10439322, 0.0], (-1.4143177820090564, 8.303287441965595e-17), -1, 1.0),
    (Strict, "cos(x)", [0.8019448594030972, 0.0], (1.3906204716988324, -3.012813759957443e-17), -1, 1.0),
    (Strict, "cos(x)", [231602.14907020296, 0.0], (-1.397632726441102, 3.061381378143124e-17), -1, 1.0),
    (Strict, "tan(x)", [6995762.123535616, 0.0], (1.9419336003838839, -1.872529357713214e-17), -1, 1.0),
    (Strict, "tan(x)", [129414179.51349317, 0.0], (-1.9811308614277792, 5.254872065904972e-18), -1, 1.0),
    (Strict, "tan(x)", [1657876031.0640001, 0.0], (-1.9403719215484156, -2.4070280998386134e-18), -1, 1.0),
    (Strict, "tanh(x)", [0.17874020088281, 0.0], (1.4148859813457597, -1.8419034733881783e-17), -3, 1.0),
    (Strict, "x ** y", [0.7179349050986661, 1937.9657783396806], (1.4210001788634898, -2.466943588016039e-17), -927, 1.0),
    (Strict, "x ** y", [1.4133012668405738, -2036.6780377603948], (1.4712732134050708, 1.1772440473136928e-18), -1017, 1.0),
    (Strict, "x ** y", [1.4142228900027107, -2043.9816721937327], (1.9857919691844157, -8.532925930056282e-17), -1023, 1.0),
    (Strict, "x ** 45", [1.444058996036841e-07, 45.0], (1.3646073375782213, -1.942784753802903e-19), -1023, 0.76),
    (Strict, "x ** -16", [-1.6303472978373059e+19, -16.0], (1.803738272902951, -7.896591231434507e-20), -1022, 0.76),
    (Strict, "x ** 60", [7.437599352271944e-06, 60.0], (1.7364103746664363, 8.971549487175255e-20), -1023, 0.76),
    (Strict, "x ** 43", [6.90741634177691e-08, 43.0], (1.1072809144995361, 1.1102221967617587e-16), -1023, 0.76),
    (Contract, "x ** 10", [18854176275859.31, 10.0], (1.9992980369309024, 3.60346519474066e-17), 440, 10.0),
    (Contract, "x ** -64", [32770.495444701366, -64.0], (1.9902762549898407, -6.37495369896451e-17), -961, 64.0),
    (Contract, "x ** -2", [6.704883226394243e+153, -2.0], (1.9994158347709572, 2.4263767212101794e-19), -1023, 2.0),
    (Contract, "x ** -2", [7.77436510423377e-155, -2.0], (1.8407066063768716, 2.5755232732587395e-17), 1023, 6.0),
];

/// The result of `source` for one x and y, by every way to make code, which must agree.
fn result(fp: FpMode, source: &str, operands: [f64; 2]) -> f64 {
    let [x, y] = operands.map(|operand| Array::from_vec(vec![operand], 1).unwrap());
    let types = [("x", Type::Array(DType::Float64)), ("y", Type::Array(DType::Float64))];
    let args = [("x", Arg::from(&x)), ("y", Arg::from(&y))];
    let run = |named: common::Named| {
        let kernel = named.engine.compile(source, &types).unwrap();
        kernel.call(&args).unwrap()[0].as_slice::<f64>().unwrap()[0]
    };
    let expected = run(common::interpreter(fp));
    for named in common::code_makers(fp) {
        let name = named.name.clone();
        let found = run(named);
        assert_eq!(found.to_bits(), expected.to_bits(), "{name}: {source} of {operands:?}: {found:e}");
    }
    expected
}

/// x 2^n, where neither end is far from 1.
fn scaled(x: f64, n: i32) -> f64 {
    let half = n / 2;
    x * 2f64.powi(half) * 2f64.powi(n - half)
}

/// What `found` is away from (high + low) 2^exponent, |high| from 1 to 2, in units in the last place.
fn error(found: f64, (high, low): (f64, f64), exponent: i32) -> f64 {
    let unit = (exponent - 52).max(-1074);
    (scaled(found, -unit) - scaled(high, exponent - unit) - scaled(low, exponent - unit)).abs()
}

#[test]
fn the_worst_points_keep_their_bounds() {
    for &(fp, source, operands, truth, exponent, bound) in POINTS {
        let found = result(fp, source, operands);
        let error = error(found, truth, exponent);
        assert!(error <= bound, "{source} of {operands:?} in {fp} is {found:e}: {error} units off");
    }
}

/// A contracted power with a negative exponent is 1 / x**n, which knows no results below the reciprocal
/// of the largest number.
#[test]
fn contracted_negative_powers_end_early() {
    for fp in [Contract, Fast] {
        for (n, inside, outside) in
            [(-2, 1.34e154, 1.35e154), (-3, -5.6e102, -5.7e102), (-64, 65535.9, 65536.1)]
        {
            let source = format!("x ** {n}");
            let power = f64::powf(inside, n.into());
            assert!(power != 0.0 && power.abs() < f64::MIN_POSITIVE);
            let found = result(fp, &source, [inside, 0.0]);
            assert!(((found - power) / 5e-324).abs() < f64::from(-n), "{source} of {inside}: {found:e}");
            assert!(f64::powf(outside, n.into()) != 0.0);
            let found = result(fp, &source, [outside, 0.0]);
            assert_eq!(found.to_bits(), 0f64.copysign(power).to_bits(), "{source} of {outside}: {found:e}");
        }
    }
}
