//! CodeMemory that holds code: written first, executable then, never both.

use std::io::Result;

use crate::codegen::code::CodeMemory;

/// Code in pages of its own, which go when it is dropped.
pub(super) struct Executable(memmap2::Mmap);

impl Executable {
    /// A copy of `code` that can run.
    pub fn new(code: &[u8]) -> Result<Executable> {
        let mut pages = memmap2::MmapMut::map_anon(code.len())?;
        pages.copy_from_slice(code);
        Ok(Executable(pages.make_exec()?))
    }

    /// The address of byte `at`.
    pub fn address(&self, at: usize) -> *const u8 {
        self.0[at..].as_ptr()
    }
}

impl CodeMemory for Executable {
    unsafe fn free(self: Box<Self>) {}
}
