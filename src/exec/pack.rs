//! Copies between elements that lie anywhere and elements one after the other.
//!
//! Everything is a copy of rows: given are, on both sides, the bytes to the next row and to the next element.

#[cfg(target_arch = "x86_64")]
use super::transpose;
use super::walk::Pattern;

/// Bytes to the next row and to the next element.
pub(super) type Strides = [isize; 2];

/// Puts `len` elements of `size` bytes, from number `start` of a pattern on, one after the other.
///
/// # Safety
/// Those elements of the pattern from `first` are there; `into` has room for them, in other memory.
pub(super) unsafe fn gather(
    first: *const u8,
    pattern: &Pattern,
    size: usize,
    start: usize,
    len: usize,
    into: *mut u8,
) {
    let mut into = into;
    pattern.rows(start, len, |offset, strides, [rows, n]| {
        let row = n * size;
        // SAFETY: the rows are part of the pattern, and what is written part of the room.
        unsafe {
            copy(size, first.offset(offset), strides, into, [row as isize, size as isize], [rows, n]);
            into = into.add(rows * row);
        }
    });
}

/// Puts elements that lie one after the other where `len` elements of a pattern lie, from number `start` on.
///
/// # Safety
/// Those elements of the pattern from `first` are there, for this call alone; `from` has as many, in other memory.
pub(super) unsafe fn scatter(
    from: *const u8,
    first: *mut u8,
    pattern: &Pattern,
    size: usize,
    start: usize,
    len: usize,
) {
    let mut from = from;
    pattern.rows(start, len, |offset, strides, [rows, n]| {
        let row = n * size;
        // SAFETY: the rows are part of the pattern, and what is read was given.
        unsafe {
            copy(size, from, [row as isize, size as isize], first.offset(offset), strides, [rows, n]);
            from = from.add(rows * row);
        }
    });
}

/// Copies `rows` of `n` elements of `size` bytes.
///
/// # Safety
/// They are there on both sides, in different memory, and those written for this call alone.
pub(super) unsafe fn copy(
    size: usize,
    from: *const u8,
    from_strides: Strides,
    to: *mut u8,
    to_strides: Strides,
    [rows, n]: [usize; 2],
) {
    // SAFETY: the caller keeps the contract; the type has the size.
    unsafe {
        match size {
            1 => Copy { from, from_strides, to, to_strides, rows, n }.run::<u8>(),
            2 => Copy { from, from_strides, to, to_strides, rows, n }.run::<u16>(),
            4 => Copy { from, from_strides, to, to_strides, rows, n }.run::<u32>(),
            8 => Copy { from, from_strides, to, to_strides, rows, n }.run::<u64>(),
            16 => Copy { from, from_strides, to, to_strides, rows, n }.run::<u128>(),
            _ => unreachable!("no element has {size} bytes"),
        }
    }
}

/// Rows from this length on are copied by the C library.
const LONG: usize = 16;

/// A copy to be made, under the contract of [`copy`]. Elements may lie at any address, so that none is taken as
/// aligned.
#[derive(Clone, Copy)]
struct Copy {
    from: *const u8,
    from_strides: Strides,
    to: *mut u8,
    to_strides: Strides,
    rows: usize,
    n: usize,
}

impl Copy {
    /// # Safety
    /// That of [`copy`].
    unsafe fn run<T: std::marker::Copy>(mut self) {
        let unit = size_of::<T>() as isize;
        // The inner loop goes along that side on which elements lie closer together.
        let crossed = |[row, element]: Strides| row.unsigned_abs() < element.unsigned_abs() && row != 0;
        if self.rows > 1 && (crossed(self.from_strides) || crossed(self.to_strides)) {
            self.turn();
        }
        #[cfg(target_arch = "x86_64")]
        if self.rows * self.n >= LONG && std::is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has it; the caller's contract.
            return unsafe { self.run_wide::<T>() };
        }
        // SAFETY: the caller's contract.
        unsafe { self.run_here::<T>(unit) }
    }

    /// Rows become columns.
    fn turn(&mut self) {
        self.from_strides.swap(0, 1);
        self.to_strides.swap(0, 1);
        std::mem::swap(&mut self.rows, &mut self.n);
    }

    /// The same with wider registers.
    ///
    /// # Safety
    /// The machine has AVX2; that of [`copy`].
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn run_wide<T: std::marker::Copy>(mut self) {
        let unit = size_of::<T>() as isize;
        if self.from_strides[0] == unit && self.to_strides[1] == unit {
            self.turn();
        }
        let transposed = self.from_strides[1] == unit && self.to_strides[0] == unit;
        if transposed && self.rows.min(self.n) >= transpose::BLOCK && transpose::has(size_of::<T>()) {
            let [rows, n] = [self.rows, self.n].map(|n| n / transpose::BLOCK * transpose::BLOCK);
            let Copy { from, from_strides, to, to_strides, .. } = self;
            // SAFETY: the caller's contract; what is left are rows below and elements beside.
            unsafe {
                transpose::blocks(size_of::<T>(), from, from_strides[0], to, to_strides[1], [rows, n]);
                self.part([rows, 0], [self.rows - rows, self.n]).run_here::<T>(unit);
                return self.part([0, n], [rows, self.n - n]).run_here::<T>(unit);
            }
        }
        // SAFETY: the caller's contract.
        unsafe { self.run_here::<T>(unit) }
    }

    /// From some row and element on, so many rows and elements.
    fn part(self, [row, element]: [usize; 2], [rows, n]: [usize; 2]) -> Copy {
        let at = |strides: Strides| row as isize * strides[0] + element as isize * strides[1];
        let (from, to) =
            (self.from.wrapping_offset(at(self.from_strides)), self.to.wrapping_offset(at(self.to_strides)));
        Copy { from, to, rows, n, ..self }
    }

    /// # Safety
    /// That of [`copy`]. `unit` is the size of an element.
    #[inline(always)]
    unsafe fn run_here<T: std::marker::Copy>(self, unit: isize) {
        // SAFETY: the caller's contract, of the same elements.
        unsafe {
            match (self.from_strides[1], self.to_strides[1]) {
                (from, to) if from == unit && to == unit && self.n >= LONG => {
                    for row in 0..self.rows as isize {
                        let (from, to) = self.row(row);
                        std::ptr::copy_nonoverlapping(from, to, self.n * size_of::<T>());
                    }
                }
                // The same loop, for strides that the compiler then knows.
                (from, to) if from == unit && to == unit => self.each_row::<T>(unit, unit),
                (0, to) if to == unit => self.each_row::<T>(0, unit),
                (from, to) if from == 2 * unit && to == unit => self.each_row::<T>(2 * unit, unit),
                (from, to) if from == -unit && to == unit => self.each_row::<T>(-unit, unit),
                (from, to) if from == unit => self.each_row::<T>(unit, to),
                (from, to) if to == unit => self.each_row::<T>(from, unit),
                (from, to) => self.each_row::<T>(from, to),
            }
        }
    }

    /// # Safety
    /// That of [`copy`]. The strides are those to the next element.
    #[inline(always)]
    unsafe fn each_row<T: std::marker::Copy>(self, from_stride: isize, to_stride: isize) {
        // SAFETY: the caller's contract.
        unsafe {
            // Short rows without a loop of their own.
            match self.n {
                1 => self.each_row_of::<T, 1>(from_stride, to_stride),
                2 => self.each_row_of::<T, 2>(from_stride, to_stride),
                3 => self.each_row_of::<T, 3>(from_stride, to_stride),
                4 => self.each_row_of::<T, 4>(from_stride, to_stride),
                n => {
                    for row in 0..self.rows as isize {
                        let (from, to) = self.row(row);
                        (0..n as isize).for_each(|k| {
                            move_::<T>(from.offset(k * from_stride), to.offset(k * to_stride));
                        });
                    }
                }
            }
        }
    }

    /// # Safety
    /// That of [`copy`], of rows of `N` elements.
    #[inline(always)]
    unsafe fn each_row_of<T: std::marker::Copy, const N: usize>(self, from_stride: isize, to_stride: isize) {
        for row in 0..self.rows as isize {
            let (from, to) = self.row(row);
            for k in 0..N as isize {
                // SAFETY: the caller's contract.
                unsafe { move_::<T>(from.offset(k * from_stride), to.offset(k * to_stride)) }
            }
        }
    }

    /// Where a row begins on both sides.
    fn row(self, row: isize) -> (*const u8, *mut u8) {
        let (from, to) = (self.from_strides[0], self.to_strides[0]);
        (self.from.wrapping_offset(row * from), self.to.wrapping_offset(row * to))
    }
}

/// # Safety
/// The element is there, and so is its room.
#[inline(always)]
unsafe fn move_<T>(from: *const u8, to: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<T>().write_unaligned(from.cast::<T>().read_unaligned()) }
}
