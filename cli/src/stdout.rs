//! Standard output: what belongs on it arrives, or an error says that it did not.

use std::io::{self, Write};

use brolga::{Error, ErrorKind, Result};

use crate::system;

/// Prints a text, and knows it gone when it returns. A reader that has gone away, such as `head`, is
/// no failure.
pub fn print(text: &str) -> Result<()> {
    // Nothing is not lost, even where there is nowhere to print it to.
    if text.is_empty() { Ok(()) } else { print_by(|| io::stdout().write_all(text.as_bytes())) }
}

/// The same of what `print` prints.
pub fn print_by(print: impl FnOnce() -> io::Result<()>) -> Result<()> {
    let printed = system::check_stdout().and_then(|()| print()).and_then(|()| io::stdout().flush());
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Host, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
