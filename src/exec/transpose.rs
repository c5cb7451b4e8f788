//! Rows that become columns, a few at a time in registers of x86-64.

use std::arch::x86_64::*;

/// Rows and columns of what [`blocks`] transposes at a time.
pub(super) const BLOCK: usize = 4;

/// Rows ahead whose lines are asked for: as many as the core itself does not see.
const AHEAD: isize = 16;

/// Whether elements of `size` bytes are transposed.
pub(super) fn has(size: usize) -> bool {
    matches!(size, 4 | 8)
}

/// Copies `rows` rows of `n` elements of `size` bytes, both multiples of [`BLOCK`]: those of a row lie together in `from`,
/// where the next row is `from_row` bytes away; those of a column lie together in `to`, where the next column is
/// `to_column` bytes away.
///
/// # Safety
/// [`has`] the size, and the machine AVX. The elements are there on both sides, in different memory, and those written for
/// this call alone.
#[target_feature(enable = "avx")]
pub(super) unsafe fn blocks(
    size: usize,
    from: *const u8,
    from_row: isize,
    to: *mut u8,
    to_column: isize,
    [rows, n]: [usize; 2],
) {
    for row in (0..rows as isize).step_by(BLOCK) {
        for k in 0..BLOCK as isize {
            // A hint: it faults nowhere.
            _mm_prefetch::<_MM_HINT_T0>(from.wrapping_offset((row + AHEAD + k) * from_row).cast());
        }
        for column in (0..n as isize).step_by(BLOCK) {
            // SAFETY: a block is part of what the caller promises.
            unsafe {
                let from = from.offset(row * from_row + column * size as isize);
                let to = to.offset(row * size as isize + column * to_column);
                match size {
                    8 => words(from, from_row, to, to_column),
                    _ => halves(from, from_row, to, to_column),
                }
            }
        }
    }
}

/// A block of 8-byte elements.
///
/// # Safety
/// That of [`blocks`].
#[target_feature(enable = "avx")]
#[inline]
unsafe fn words(from: *const u8, from_row: isize, to: *mut u8, to_column: isize) {
    // SAFETY: four rows of four elements, on both sides.
    unsafe {
        let row = |k: isize| _mm256_loadu_pd(from.offset(k * from_row).cast());
        let (a, b, c, d) = (row(0), row(1), row(2), row(3));
        let (ab, cd) = (_mm256_unpacklo_pd(a, b), _mm256_unpacklo_pd(c, d));
        let (ab_odd, cd_odd) = (_mm256_unpackhi_pd(a, b), _mm256_unpackhi_pd(c, d));
        let column = |k: isize, v| _mm256_storeu_pd(to.offset(k * to_column).cast(), v);
        column(0, _mm256_permute2f128_pd::<0x20>(ab, cd));
        column(1, _mm256_permute2f128_pd::<0x20>(ab_odd, cd_odd));
        column(2, _mm256_permute2f128_pd::<0x31>(ab, cd));
        column(3, _mm256_permute2f128_pd::<0x31>(ab_odd, cd_odd));
    }
}

/// A block of 4-byte elements.
///
/// # Safety
/// That of [`blocks`].
#[target_feature(enable = "avx")]
#[inline]
unsafe fn halves(from: *const u8, from_row: isize, to: *mut u8, to_column: isize) {
    // SAFETY: four rows of four elements, on both sides.
    unsafe {
        let row = |k: isize| _mm_loadu_ps(from.offset(k * from_row).cast());
        let (a, b, c, d) = (row(0), row(1), row(2), row(3));
        let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
        let column = |k: isize, v| _mm_storeu_ps(to.offset(k * to_column).cast(), v);
        column(0, _mm_movelh_ps(ab, cd));
        column(1, _mm_movehl_ps(cd, ab));
        column(2, _mm_movelh_ps(ab_high, cd_high));
        column(3, _mm_movehl_ps(cd_high, ab_high));
    }
}
