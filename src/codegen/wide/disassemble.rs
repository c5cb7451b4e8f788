//! Code as text, for people.

use std::fmt::Write;

use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter};

use super::encode::Assembler;

/// Writes the instructions of `code`, without its tables, to `out`.
pub(super) fn write(code: &Assembler, out: &mut String) {
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_rip_relative_addresses(true);
    let mut inst = Instruction::default();
    for function in code.functions() {
        let mut decoder = Decoder::with_ip(64, &code.bytes[..function.end], 0, DecoderOptions::NONE);
        decoder.set_position(function.start).expect("it lies in the code");
        decoder.set_ip(function.start as u64);
        while decoder.can_decode() {
            decoder.decode_out(&mut inst);
            let _ = write!(out, "{:6x}:  ", inst.ip());
            formatter.format(&inst, out);
            out.push('\n');
        }
        out.push('\n');
    }
}
