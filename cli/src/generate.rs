//! Arrays made on the spot: random numbers, zeros, ones, ranges.
//!
//! Every element depends on the rule, the seed, the argument's name and its own index alone, so an
//! array is the same on every machine.

use brolga::{Array, Complex, DType, Element, Result, Shape};

use crate::element::of_number;

/// An array to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    /// How its elements come about.
    pub rule: Rule,
    /// Its shape.
    pub shape: Shape,
    /// Type of its elements.
    pub dtype: DType,
}

/// How the elements of a generated array come about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Uniform in [0, 1), and so both parts of a complex number; integers uniform from 0 to 99; bool a fair coin.
    Random {
        /// Together with the argument's name it picks the stream.
        seed: u64,
    },
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// 0, 1, 2 …; integers wrap, as NumPy's do.
    Arange,
    /// Even steps from the first number to the second, both included; float64 alone.
    Linspace(f64, f64),
}

impl Generator {
    /// Makes the array for the argument `name`.
    pub fn make(&self, name: &str) -> Result<Array> {
        let mut array = Array::zeros(self.dtype, self.shape.clone())?;
        match self.rule {
            Rule::Zeros => {}
            Rule::Ones => match self.dtype {
                DType::Bool => fill(&mut array, |_| true),
                DType::Complex64 => fill(&mut array, |_| Complex { re: 1f32, im: 0.0 }),
                DType::Complex128 => fill(&mut array, |_| Complex { re: 1f64, im: 0.0 }),
                dtype => of_number!(dtype, T => fill(&mut array, |_| 1u8 as T)),
            },
            Rule::Arange => match self.dtype {
                DType::Complex64 => fill(&mut array, |i| Complex { re: i as f32, im: 0.0 }),
                DType::Complex128 => fill(&mut array, |i| Complex { re: i as f64, im: 0.0 }),
                dtype => of_number!(dtype, T => fill(&mut array, |i| i as T)),
            },
            Rule::Linspace(a, b) => {
                let last = array.len().saturating_sub(1);
                let step = (b - a) / last as f64;
                fill(&mut array, |i| match i {
                    0 => a,
                    i if i == last => b,
                    i => i as f64 * step + a,
                });
            }
            Rule::Random { seed } => {
                let stream = Stream::new(seed, name);
                match self.dtype {
                    DType::Bool => fill(&mut array, |i| stream.word(i) >> 63 == 1),
                    DType::Float32 => fill(&mut array, |i| stream.single(i)),
                    DType::Float64 => fill(&mut array, |i| stream.double(i)),
                    DType::Complex64 => fill(&mut array, |i| stream.pair(Stream::single, i)),
                    DType::Complex128 => fill(&mut array, |i| stream.pair(Stream::double, i)),
                    dtype => of_number!(dtype, T => fill(&mut array, |i| stream.below_100(i) as T)),
                }
            }
        }
        Ok(array)
    }
}

/// Sets every element from its index.
fn fill<T: Element>(array: &mut Array, element: impl Fn(usize) -> T) {
    let elements = array.as_mut_slice::<T>().expect("the array is made with this type");
    for (index, place) in elements.iter_mut().enumerate() {
        *place = element(index);
    }
}

/// Random words by index: SplitMix64 (Steele, Lea and Flood 2014) from a start of its own.
#[derive(Clone, Copy)]
struct Stream {
    start: u64,
}

/// The odd number nearest to 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's output function.
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Stream {
    fn new(seed: u64, name: &str) -> Stream {
        // FNV-1a over the name.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Stream { start: mix(mix(hash).wrapping_add(seed.wrapping_mul(STEP)) ^ STEP) }
    }

    fn word(self, index: usize) -> u64 {
        mix(self.start.wrapping_add((index as u64).wrapping_add(1).wrapping_mul(STEP)))
    }

    /// A float in [0, 1): the high bits, as many as the significand holds, keep 1 itself out.
    fn single(self, index: usize) -> f32 {
        (self.word(index) >> 40) as f32 * (0.5f32).powi(24)
    }

    /// The same in float64.
    fn double(self, index: usize) -> f64 {
        (self.word(index) >> 11) as f64 * (0.5f64).powi(53)
    }

    /// A complex number of two.
    fn pair<T>(self, part: impl Fn(Stream, usize) -> T, index: usize) -> Complex<T> {
        Complex { re: part(self, 2 * index), im: part(self, 2 * index + 1) }
    }

    fn below_100(self, index: usize) -> u64 {
        ((self.word(index) >> 32) * 100) >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::ErrorKind;

    fn make(rule: Rule, shape: impl Into<Shape>, dtype: DType, name: &str) -> Array {
        Generator { rule, shape: shape.into(), dtype }.make(name).unwrap()
    }

    #[test]
    fn random_streams_stay_as_they_are() {
        let array = make(Rule::Random { seed: 0 }, 3, DType::Float64, "a");
        let values: Vec<_> = (0..3).map(|i| array.get(i).to_string()).collect();
        assert_eq!(values, ["0.3329246866162222", "0.6356446502228478", "0.5896329720267998"]);
    }

    #[test]
    fn names_and_seeds_draw_streams_of_their_own() {
        let draw = |seed, name| make(Rule::Random { seed }, 4, DType::Int64, name).into_vec::<i64>().unwrap();
        let all = [draw(0, "a"), draw(0, "b"), draw(1, "a"), draw(1, "b"), draw(2, "ab")];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{all:?}");
        }
        assert_eq!(draw(0, "a"), all[0]);
    }

    #[test]
    fn random_numbers_are_uniform_in_their_range() {
        let n = 100_000;
        for dtype in DType::ALL {
            let array = make(Rule::Random { seed: 3 }, n, dtype, "x");
            let values: Vec<f64> = (0..n)
                .map(|i| match array.get(i).cast(DType::Float64) {
                    brolga::Scalar::Float64(v) => v,
                    other => panic!("{other}"),
                })
                .collect();
            let top = if dtype.is_int() { 100.0 } else { 1.0 };
            let inside = |&v: &f64| (0.0..top).contains(&v) || dtype == DType::Bool;
            assert!(values.iter().all(inside), "{dtype}");
            let mean = values.iter().sum::<f64>() / n as f64;
            let expected = if dtype.is_int() { 49.5 } else { 0.5 };
            assert!((mean - expected).abs() < 0.01 * top, "{dtype}: {mean}");
        }
    }

    #[test]
    fn ranges_hit_both_ends() {
        let steps = make(Rule::Linspace(0.0, 0.3), 4, DType::Float64, "x").into_vec::<f64>().unwrap();
        assert_eq!((steps[0], steps[3]), (0.0, 0.3));
        let one = make(Rule::Linspace(2.0, 5.0), 1, DType::Float64, "x").into_vec::<f64>().unwrap();
        assert_eq!(one, [2.0]);
        let none = make(Rule::Linspace(2.0, 5.0), 0, DType::Float64, "x");
        assert!(none.is_empty());
        let count = make(Rule::Arange, 4, DType::Int32, "x").into_vec::<i32>().unwrap();
        assert_eq!(count, [0, 1, 2, 3]);
    }

    #[test]
    fn what_does_not_fit_memory_is_an_error() {
        for shape in [[1 << 62, 1], [1 << 40, 1 << 40]] {
            let huge = Generator { rule: Rule::Ones, shape: shape.into(), dtype: DType::Float64 };
            assert_eq!(huge.make("a").unwrap_err().kind(), ErrorKind::Limit);
        }
    }
}
