//! Where functions are measured: how operands are drawn, and how they move to a neighbour.
//!
//! All depends on the seed alone.

use crate::float::Float;

#[derive(Clone, Copy)]
pub struct Regime {
    pub name: &'static str,
    pub x: Pick,
    pub y: Pick,
}

/// A set of operands.
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
    /// A y such that x^y is about e^t, t evenly between two.
    Power(f64, f64),
    /// An x of either sign such that its power with this exponent is about e^t, t evenly between two.
    Root(f64, f64, f64),
    /// This number alone.
    Only(f64),
}

use Pick::{Beside, Even, Log, Only, Positive, Power, Root, Whole};

impl Pick {
    /// One of the set; `x` is the operand before it.
    fn draw(self, random: &mut Random, x: f64) -> f64 {
        match self {
            Even(low, high) => random.between(low, high),
            Positive(low, high) => {
                let (low, high) = (low.to_bits(), high.to_bits());
                f64::from_bits(low + random.bits() % (high - low + 1))
            }
            Log(low, high) => {
                let size = Positive(low, high).draw(random, x);
                random.signed(size)
            }
            Beside(step, most) => {
                let n = Positive(1.0, most).draw(random, x).floor();
                let near = f64::from_bits((n * step).to_bits() + random.bits() % 9 - 4);
                random.signed(near)
            }
            Whole(low, high) => random.between(low, high).round(),
            Power(low, high) => random.between(low, high) / x.ln(),
            Root(n, low, high) => {
                let size = (random.between(low, high) / n).exp();
                random.signed(size)
            }
            Only(number) => number,
        }
    }

    /// Whether `number` is of the set.
    fn holds(self, number: f64, x: f64) -> bool {
        match self {
            Even(low, high) | Positive(low, high) => (low..=high).contains(&number),
            Log(low, high) => (low..=high).contains(&number.abs()),
            Power(low, high) => (low..=high).contains(&(number * x.ln())),
            Root(n, low, high) => (low..=high).contains(&(number.abs().ln() * n)),
            Beside(..) | Whole(..) | Only(_) => true,
        }
    }

    /// Another of the set, more often near than far, or a number outside of it.
    fn step<T: Float>(self, random: &mut Random, from: T, x: f64) -> T {
        if let Beside(..) | Whole(..) | Only(_) = self {
            return T::new(self.draw(random, x));
        }
        let number: f64 = from.into();
        match random.below(8) {
            0 => T::new(-number),
            1 => T::new(number * 2f64.powi(random.below(9) as i32 - 4)),
            _ => {
                let bits = random.below(T::FRACTION as u64 + 2);
                let distance = (random.bits() >> (63 - bits)) as i64;
                let distance = if random.below(2) == 0 { distance } else { -distance };
                T::at(from.place().saturating_add(distance))
            }
        }
    }
}

impl Regime {
    /// A point of the regime.
    pub fn draw<T: Float>(&self, random: &mut Random) -> (T, T) {
        let x = T::new(self.x.draw(random, 0.0));
        (x, T::new(self.y.draw(random, x.into())))
    }

    /// A point beside another: one operand or both are moved.
    pub fn near<T: Float>(&self, random: &mut Random, (x, y): (T, T)) -> (T, T) {
        let which = if let Only(_) = self.y { 0 } else { random.below(3) };
        let next_x = if which == 1 { x } else { self.x.step(random, x, 0.0) };
        let next_y = match (which, self.y) {
            // The result stays about where it is.
            (0, Power(..)) => T::new(y.into() * x.into().ln() / next_x.into().ln()),
            (0, _) => y,
            _ => self.y.step(random, y, next_x.into()),
        };
        if self.x.holds(next_x.into(), 0.0) && self.y.holds(next_y.into(), next_x.into()) {
            (next_x, next_y)
        } else {
            self.draw(random)
        }
    }
}

/// SplitMix64.
pub struct Random(u64);

impl Random {
    /// The numbers of one chunk of work.
    pub fn of(chunk: u64) -> Random {
        Random(Random(chunk).bits())
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.bits() >> 11) as f64 / (1u64 << 53) as f64)
    }

    fn signed(&mut self, size: f64) -> f64 {
        if self.bits() & 1 == 1 { -size } else { size }
    }
}
