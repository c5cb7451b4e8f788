//! Systems of which nothing is known but what the standard library knows.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::Builder;

/// What a file is told apart by: its canonical path.
pub type Node = PathBuf;

/// The node of a file.
pub fn node(path: &Path, _: &Metadata) -> io::Result<Node> {
    fs::canonicalize(path)
}

/// Why something cannot be written into, whatever it is.
pub fn check_writable(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.permissions().readonly() {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

/// Whether it is a socket, which no file operation can write to.
pub fn is_socket(_: &Metadata) -> bool {
    false
}

/// Lets new temporary files be like any other new file, or like `old`.
pub fn set_mode(_: &mut Builder, _old: Option<&Metadata>) {}

/// Whether another file can take the name of this one without anything else being lost.
pub fn is_replaceable(_: &Path, _: &Metadata) -> bool {
    true
}

/// Gives a new file the owner, the group and the mode of an old one.
pub fn take_after(_: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}

/// An error where standard input cannot be read.
pub fn check_stdin() -> io::Result<()> {
    Ok(())
}

/// An error where what is printed would be lost.
pub fn check_stdout() -> io::Result<()> {
    Ok(())
}
