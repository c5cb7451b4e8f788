//! The wide generator against the interpreter, and against another decoder.

mod programs;
mod speed;

use iced_x86::{Code as Iced, Decoder, DecoderOptions, OpKind, Register};

use super::*;
use crate::codegen::{Compiler, Tuning, Wide};
use programs::{check, check_code};

#[test]
fn headline() {
    for wide in [Wide::Bits256, Wide::Bits512] {
        let Ok(compiler) = Compiler::new(wide) else {
            println!("skipped: {wide:?} is not here");
            continue;
        };
        for n in [0, 1, 5, 31, 32, 33, 130, 16384, 16385] {
            check(&compiler, &programs::headline(), n, 7);
        }
    }
}
