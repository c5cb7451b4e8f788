//! What is measured, and where.

use brolga::ops;
use brolga::{DType, FpMode};

use crate::dd::{self, Dd};
use crate::float::Float;
use crate::points::Pick::{self, Beside, Even, Log, Only, Positive, Power, Root, Whole};
use crate::points::Regime;

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

/// A type in which results are known as they should be.
pub trait Known: Float {
    /// The correctly rounded result.
    fn rounded(function: &Function, x: Self, y: Self) -> Self;
    /// The true result.
    fn truth(function: &Function, x: Self, y: Self) -> (Dd, i32);
}

impl Known for f64 {
    fn rounded(function: &Function, x: f64, y: f64) -> f64 {
        (function.rounded)(x, y)
    }

    fn truth(function: &Function, x: f64, y: f64) -> (Dd, i32) {
        (function.truth)(x, y)
    }
}

impl Known for f32 {
    fn rounded(function: &Function, x: f32, y: f32) -> f32 {
        (function.rounded32)(x, y)
    }

    /// A float64 is exact enough.
    fn truth(function: &Function, x: f32, y: f32) -> (Dd, i32) {
        ((function.rounded)(x.into(), y.into()).into(), 0)
    }
}

impl Function {
    pub fn of_two(&self) -> bool {
        !self.narrow.is_empty()
    }

    /// The call of it.
    pub fn subject(&self) -> Subject<'_> {
        let operands = if self.of_two() { "x, y" } else { "x" };
        Subject { function: self, source: format!("{}({operands})", self.name), fp: FpMode::Strict }
    }

    /// The bound that the table of functions states for float64, and for float32 in words.
    pub fn bound(&self, dtype: DType) -> f64 {
        let row = ops::Function::from_name(self.name).expect("a function of the language").info();
        let looser = dtype == DType::Float32 && ["sin", "cos", "tanh"].contains(&self.name);
        if looser { 2.0 } else { row.ulp }
    }
}

/// What is measured: a program of x, or of x and y, and the function that it should be.
pub struct Subject<'f> {
    pub function: &'f Function,
    pub source: String,
    pub fp: FpMode,
}

const fn of(name: &'static str, x: Pick) -> Regime {
    Regime { name, x, y: Pick::Only(0.0) }
}

const fn of_two(name: &'static str, x: Pick, y: Pick) -> Regime {
    Regime { name, x, y }
}

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

/// x to a constant whole number.
const CONSTANT_POWER: Function = Function {
    name: "x**n",
    rounded: |x, n| core_math::pow(x, n),
    rounded32: |x, n| core_math::powf(x, n),
    truth: |x, n| dd::whole_power(x, n as i32),
    regimes: &[],
    narrow: &[],
};

/// Powers with one constant exponent, in one mode, and what they keep where.
pub struct Powers {
    pub fp: FpMode,
    pub dtype: DType,
    pub n: Vec<i32>,
    pub regime: &'static str,
    /// Logarithms of the least and the greatest result.
    pub results: (f64, f64),
    pub bound: f64,
}

impl Powers {
    pub fn title(&self) -> String {
        let power = if let [n] = self.n[..] { format!("`x**{n}`") } else { "`x**n`".into() };
        format!("{power} | {} | {} | {}", self.fp, self.dtype, self.regime)
    }

    /// The program of each exponent, with the operands that it gets.
    pub fn parts(&self) -> impl Iterator<Item = (Subject<'static>, Regime)> {
        self.n.iter().map(|&n| {
            let (subject, n) = (constant_power(n, self.fp), f64::from(n));
            (subject, of_two(self.regime, Root(n, self.results.0, self.results.1), Only(n)))
        })
    }
}

/// The program of one constant exponent.
pub fn constant_power(n: i32, fp: FpMode) -> Subject<'static> {
    Subject { function: &CONSTANT_POWER, source: format!("x ** {n}"), fp }
}

/// Every exponent that becomes products in `strict`, and some in `contract`. The bounds are those of
/// docs/language.md.
pub fn constant_powers() -> Vec<Powers> {
    let strict = |dtype, regime, results, bound| {
        let n = (-64..=-2).chain(3..=64).collect();
        Powers { fp: FpMode::Strict, dtype, n, regime, results, bound }
    };
    let mut all = vec![
        strict(DType::Float64, "normal results", (-708.39, 709.7), 0.51),
        strict(DType::Float64, "results about and below the least normal", (-745.1, -707.0), 0.76),
        strict(DType::Float32, "all results", (-103.2, 88.7), 0.51),
    ];
    // Logarithms of the largest number, of 1 / the least normal, and of the least of all.
    for (dtype, most, normal, least) in
        [(DType::Float64, 709.7, 708.39, -745.1), (DType::Float32, 88.7, 87.33, -103.2)]
    {
        for n in [3_i32, 10, 64, -2, -10, -64] {
            let mut push = |regime, results, more| {
                let bound = f64::from(n.abs() + more);
                all.push(Powers { fp: FpMode::Contract, dtype, n: vec![n], regime, results, bound });
            };
            push("normal results", (-normal, normal), 0);
            if n > 0 {
                push("subnormal results", (least, -normal), 0);
            } else {
                push("subnormal results from 1 / the largest number on", (-most, -normal), 0);
                push("results from 1 / the least normal number on", (normal, most), 4);
            }
        }
    }
    all
}
