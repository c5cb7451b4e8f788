//! What running functions ask for ([`Service`]): products of matrices, random numbers.
//!
//! The interpreter and generated code come here with the words of the arguments, as [`Type::words`](crate::ir::func::Type::words)
//! has them; so both get the same bits. This room must not know functions, nor who runs them.

mod product;
mod random;

pub(crate) use random::Stream;

use std::sync::atomic::AtomicBool;

use crate::ir::func::Service;
use crate::types::DType;
use product::Matrix;

/// Words of a matrix: its first element, its lengths, its strides.
const MATRIX: usize = 5;

/// Runs work for each number below a count, perhaps on several threads.
pub(crate) type Share<'a> = dyn Fn(usize, &(dyn Fn(usize) + Sync)) + 'a;

/// Does what is asked for; results go behind the arguments. What is long looks at `cancel`, and may then give anything.
///
/// # Safety
/// `words` are those of the service's arguments, with room for its results. Arrays among them are there and of its type; meanwhile
/// nobody writes those that it reads, and nobody else uses those that it writes.
pub(crate) unsafe fn serve(
    service: Service,
    words: &mut [u64],
    stream: &mut Stream,
    share: &Share<'_>,
    cancel: &AtomicBool,
) {
    match service {
        Service::MatMul(dtype) => {
            let [to, x, y] = [0, 1, 2].map(|at| Matrix::read(&words[at * MATRIX..], dtype));
            // SAFETY: the caller promises it.
            unsafe { product::product(dtype, to, x, y, share, cancel) }
        }
        Service::Random => words[0] = stream.next(),
        Service::Begin => *stream = Stream::new(words[0], words[1]),
    }
}

impl Matrix {
    fn read(words: &[u64], dtype: DType) -> Matrix {
        let number = |at: usize| words[at] as isize;
        Matrix {
            first: std::ptr::with_exposed_provenance_mut(words[0] as usize),
            lengths: [words[1] as usize, words[2] as usize],
            strides: [number(3), number(4)],
            size: dtype.size(),
        }
    }
}
