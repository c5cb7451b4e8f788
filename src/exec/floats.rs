//! How a thread computes with floats: rounded to nearest, with subnormals, without traps.
//!
//! A host may have set its threads otherwise, most often to flush subnormals to zero, and threads that it starts
//! inherit that. Results must not depend on it.

use std::marker::PhantomData;

/// While it lives, the thread that made it computes as IEEE 754 has it by default.
pub(crate) struct Standard {
    /// What was set before, if that was something else.
    before: Option<machine::Control>,
    /// It belongs to its thread.
    thread: PhantomData<*const ()>,
}

impl Standard {
    /// Sets it, where it is not.
    pub fn set() -> Standard {
        let now = machine::control();
        let before = (!machine::is_standard(now)).then_some(now);
        if before.is_some() {
            machine::set_control(machine::STANDARD);
        }
        Standard { before, thread: PhantomData }
    }
}

impl Drop for Standard {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            machine::set_control(before);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod machine {
    use std::arch::asm;

    /// The register MXCSR.
    pub type Control = u32;

    /// Every exception masked, rounding to nearest, subnormals kept.
    pub const STANDARD: Control = 0x1f80;

    /// The lowest six bits only tell what has happened.
    pub fn is_standard(control: Control) -> bool {
        control & !0x3f == STANDARD
    }

    pub fn control() -> Control {
        let mut now: Control = 0;
        // SAFETY: writes this one word, and changes nothing else.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut now, options(nostack, preserves_flags)) };
        now
    }

    pub fn set_control(new: Control) {
        // SAFETY: the register has held this before, or it is what Rust itself expects there.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const new, options(nostack, preserves_flags, readonly)) };
    }
}

#[cfg(target_arch = "aarch64")]
mod machine {
    use std::arch::asm;

    /// The register FPCR.
    pub type Control = u64;

    /// No traps, rounding to nearest, subnormals kept, NaNs handed on.
    pub const STANDARD: Control = 0;

    pub fn is_standard(control: Control) -> bool {
        control == STANDARD
    }

    pub fn control() -> Control {
        let now: Control;
        // SAFETY: reads the register, and changes nothing.
        unsafe { asm!("mrs {}, fpcr", out(reg) now, options(nomem, nostack, preserves_flags)) };
        now
    }

    pub fn set_control(new: Control) {
        // SAFETY: the register has held this before, or it is what Rust itself expects there.
        unsafe { asm!("msr fpcr, {}", in(reg) new, options(nostack, preserves_flags)) };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod machine {
    pub type Control = ();

    pub const STANDARD: Control = ();

    pub fn is_standard((): Control) -> bool {
        true
    }

    pub fn control() -> Control {}

    pub fn set_control((): Control) {}
}
