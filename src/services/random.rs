//! Random bits by counting: Philox 4x32 with ten rounds (J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel random
//! numbers: as easy as 1, 2, 3, SC11, 2011).
//!
//! A stream is a seed and a number; of its 128-bit counter the upper half is the number, the lower half counts blocks of two
//! results. So streams are independent whoever draws of them, and in whatever order.

/// A place in a stream of random bits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    seed: u64,
    number: u64,
    drawn: u64,
    /// The second half of the block that the last result was the first half of.
    second: u64,
}

const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
const KEYS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
const ROUNDS: usize = 10;

/// Four random words for a counter and a key.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let [low, high] = [0, 1].map(|at| u64::from(MULTIPLIERS[at]) * u64::from(counter[2 * at]));
        let upper = |word: u64| (word >> 32) as u32;
        counter =
            [upper(high) ^ counter[1] ^ key[0], high as u32, upper(low) ^ counter[3] ^ key[1], low as u32];
        key = [key[0].wrapping_add(KEYS[0]), key[1].wrapping_add(KEYS[1])];
    }
    counter
}

fn halves(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

fn whole(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

impl Stream {
    /// The stream of a seed and a number, from its first word on.
    pub fn new(seed: u64, number: u64) -> Stream {
        Stream { seed, number, ..Stream::default() }
    }

    fn block(&self) -> [u64; 2] {
        let ([a, b], [c, d]) = (halves(self.drawn / 2), halves(self.number));
        let [a, b, c, d] = philox([a, b, c, d], halves(self.seed));
        [whole(a, b), whole(c, d)]
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        let bits = match self.drawn % 2 {
            0 => {
                let [first, second] = self.block();
                self.second = second;
                first
            }
            _ => self.second,
        };
        self.drawn = self.drawn.wrapping_add(1);
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the authors' own table (kat_vectors of Random123).
    #[test]
    fn published_values() {
        for (counter, key, expected) in [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ] {
            assert_eq!(philox(counter, key), expected);
        }
    }

    #[test]
    fn streams_differ() {
        let of = |seed, number| {
            let mut stream = Stream::new(seed, number);
            [(); 5].map(|()| stream.next())
        };
        assert_eq!(of(7, 3), of(7, 3));
        assert_ne!(of(7, 3), of(7, 4));
        assert_ne!(of(7, 3), of(8, 3));
        let mut all = of(7, 3);
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
