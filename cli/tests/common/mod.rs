//! The command as its tests see it: a place to run in, and what came of it.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of its own that the command runs in.
pub struct Place(TempDir);

/// What came of a command.
#[derive(Debug)]
pub struct Done {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    pub fn from(output: Output) -> Done {
        let text = |bytes| String::from_utf8(bytes).expect("the command writes UTF-8");
        Done { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Done without a word on standard error; what it printed.
    pub fn printed(self) -> String {
        assert_eq!((self.status, self.err.as_str()), (Some(0), ""), "{self:?}");
        self.out
    }

    /// An error in the input: one message that holds all `parts`.
    pub fn refused(self, parts: &[&str]) -> String {
        self.failed(1, parts)
    }

    /// Wrong usage.
    pub fn misused(self, parts: &[&str]) -> String {
        self.failed(2, parts)
    }

    pub fn failed(self, status: i32, parts: &[&str]) -> String {
        assert_eq!((self.status, self.out.as_str()), (Some(status), ""), "{self:?}");
        assert!(self.err.starts_with("error: "), "{self:?}");
        assert_eq!(self.err.matches("error: ").count(), 1, "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in\n{}", self.err);
        }
        self.err
    }
}

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brolga"));
        command.args(words).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// A line for the shell, in which `$brolga` is the command.
    #[cfg(unix)]
    pub fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        let command_line = command.args(["-c", line]).env("brolga", env!("CARGO_BIN_EXE_brolga"));
        command_line.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    pub fn eval(&self, words: &[&str]) -> Done {
        Done::from(self.command(&[&["eval"], words].concat()).output().unwrap())
    }

    pub fn run(&self, words: &[&str]) -> Done {
        Done::from(self.command(&[&["run"], words].concat()).output().unwrap())
    }

    /// The names of all files, in order.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
