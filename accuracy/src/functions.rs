//! What is measured, and where.

use crate::dd::{self, Dd};

/// The true value of a function: a number times a power of two, in two floats.
pub type Truth = fn(f64, f64) -> (Dd, i32);

pub struct Function {
    pub name: &'static str,
    /// Correctly rounded.
    pub rounded: fn(f64, f64) -> f64,
    /// Correctly rounded to float32.
    pub rounded32: fn(f32, f32) -> f32,
    pub truth: Truth,
    pub regimes: &'static [Regime],
    /// Regimes of float32, for a function of two operands; of one operand there are few enough for all.
    pub narrow: &'static [Regime],
}

impl Function {
    pub fn of_two(&self) -> bool {
        !self.narrow.is_empty()
    }
}

#[derive(Clone, Copy)]
pub struct Regime {
    pub name: &'static str,
    pub x: Pick,
    pub y: Pick,
}

/// How operands are drawn.
#[derive(Clone, Copy)]
pub enum Pick {
    /// Evenly between two numbers.
    Even(f64, f64),
    /// With even exponents between two positive numbers, of either sign.
    Log(f64, f64),
    /// The same, positive.
    Positive(f64, f64),
    /// Beside a whole multiple of a number, below a bound.
    Beside(f64, f64),
    /// A whole number between two.
    Whole(f64, f64),
    /// Drawn from the result: y such that x^y is about e^t, t evenly between two.
    Power(f64, f64),
}

const fn of(name: &'static str, x: Pick) -> Regime {
    Regime { name, x, y: Pick::Even(0.0, 0.0) }
}

const fn of_two(name: &'static str, x: Pick, y: Pick) -> Regime {
    Regime { name, x, y }
}

use Pick::{Beside, Even, Log, Positive, Power, Whole};

const TRIG: &[Regime] = &[
    of("±π", Even(-3.2, 3.2)),
    of("tiny, with subnormals", Log(5e-324, 1e-3)),
    of("1e-3 to 100", Log(1e-3, 100.0)),
    of("100 to 2^23", Log(100.0, 8388607.0)),
    of("2^23 to 2^30", Log(8388608.0, 1073741823.0)),
    of("2^30 and above", Log(1073741824.0, 1.79e308)),
    of("beside multiples of π/2", Beside(std::f64::consts::FRAC_PI_2, 683565275.0)),
];

pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "exp",
        rounded: |x, _| core_math::exp(x),
        rounded32: |x, _| core_math::expf(x),
        truth: |x, _| dd::exp(x),
        regimes: &[
            of("normal results", Even(-708.0, 709.8)),
            of("±1", Even(-1.0, 1.0)),
            of("tiny", Log(5e-324, 1e-2)),
            of("subnormal results", Even(-745.2, -708.3)),
        ],
        narrow: &[],
    },
    Function {
        name: "expm1",
        rounded: |x, _| core_math::expm1(x),
        rounded32: |x, _| core_math::expm1f(x),
        truth: |x, _| (dd::expm1(x), 0),
        regimes: &[
            of("-40 to 709.8", Even(-40.0, 709.8)),
            of("±1", Even(-1.0, 1.0)),
            of("±4", Even(-4.0, 4.0)),
            of("tiny, with subnormals", Log(5e-324, 1e-2)),
        ],
        narrow: &[],
    },
    Function {
        name: "log",
        rounded: |x, _| core_math::log(x),
        rounded32: |x, _| core_math::logf(x),
        truth: |x, _| (dd::log(x), 0),
        regimes: &[
            of("all normal", Positive(2.3e-308, 1.79e308)),
            of("0.5 to 2", Even(0.5, 2.0)),
            of("beside 1", Even(0.99, 1.01)),
            of("0.1 to 100", Positive(0.1, 100.0)),
            of("subnormal", Positive(5e-324, 2.2e-308)),
        ],
        narrow: &[],
    },
    Function {
        name: "log1p",
        rounded: |x, _| core_math::log1p(x),
        rounded32: |x, _| core_math::log1pf(x),
        truth: |x, _| (dd::log1p(x), 0),
        regimes: &[
            of("-1 to 1", Even(-1.0, 1.0)),
            of("tiny, with subnormals", Log(5e-324, 1e-2)),
            of("1e-2 to 1.79e308", Positive(1e-2, 1.79e308)),
            of("1e-2 to 100", Positive(1e-2, 100.0)),
            of("-0.5 to 0.5", Log(1e-3, 0.5)),
        ],
        narrow: &[],
    },
    Function {
        name: "sin",
        rounded: |x, _| core_math::sin(x),
        rounded32: |x, _| core_math::sinf(x),
        truth: |x, _| (dd::sin(x), 0),
        regimes: TRIG,
        narrow: &[],
    },
    Function {
        name: "cos",
        rounded: |x, _| core_math::cos(x),
        rounded32: |x, _| core_math::cosf(x),
        truth: |x, _| (dd::cos(x), 0),
        regimes: TRIG,
        narrow: &[],
    },
    Function {
        name: "tan",
        rounded: |x, _| core_math::tan(x),
        rounded32: |x, _| core_math::tanf(x),
        truth: |x, _| (dd::tan(x), 0),
        regimes: TRIG,
        narrow: &[],
    },
    Function {
        name: "tanh",
        rounded: |x, _| core_math::tanh(x),
        rounded32: |x, _| core_math::tanhf(x),
        truth: |x, _| (dd::tanh(x), 0),
        regimes: &[
            of("±20", Even(-20.0, 20.0)),
            of("±1", Even(-1.0, 1.0)),
            of("±3", Even(-3.0, 3.0)),
            of("tiny, with subnormals", Log(5e-324, 1e-2)),
        ],
        narrow: &[],
    },
    Function {
        name: "power",
        rounded: |x, y| core_math::pow(x, y),
        rounded32: |x, y| core_math::powf(x, y),
        truth: |x, y| dd::pow(x, y),
        regimes: &[
            of_two("0 to 10, ±10", Even(0.0, 10.0), Even(-10.0, 10.0)),
            of_two("all normal x, all normal results", Positive(2.3e-308, 1.79e308), Power(-708.0, 709.7)),
            of_two("x beside 1", Even(0.9, 1.1), Power(-708.0, 709.7)),
            of_two("0.5 to 2", Even(0.5, 2.0), Power(-708.0, 709.7)),
            of_two("x about 0.75, large results", Even(0.735, 0.76), Power(600.0, 709.7)),
            of_two("x about 1.5, small results", Even(1.48, 1.5), Power(-708.0, -600.0)),
            of_two("whole y, x of both signs", Log(0.01, 100.0), Whole(-100.0, 100.0)),
            of_two("subnormal results", Positive(1e-3, 1e3), Power(-745.1, -708.4)),
            of_two("subnormal x", Positive(5e-324, 2.2e-308), Even(-0.95, 0.95)),
        ],
        narrow: &[
            of_two("0 to 10, ±10", Even(0.0, 10.0), Even(-10.0, 10.0)),
            of_two("all normal x, all normal results", Positive(1.2e-38, 3.4e38), Power(-87.3, 88.7)),
            of_two("x beside 1", Even(0.9, 1.1), Power(-87.3, 88.7)),
            of_two("whole y, x of both signs", Log(0.01, 100.0), Whole(-15.0, 15.0)),
            of_two("subnormal results", Positive(1e-3, 1e3), Power(-103.2, -87.4)),
            of_two("subnormal x", Positive(1.5e-45, 1.1e-38), Even(-0.8, 0.8)),
        ],
    },
];
