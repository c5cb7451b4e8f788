//! The `brolga` command: evaluates, times and inspects array expressions.
//!
//! Exit status: 0 done, 1 an error in the user's input, 2 wrong usage of the command itself,
//! 70 a fault of Brolga itself.

mod args;
mod eval;
mod generate;
mod image;
mod npy;
mod number;
mod output;
mod report;
mod show;
mod signals;
mod source;

use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

/// What keeps the command from its work.
#[derive(Debug)]
enum Failure {
    /// Something in the user's input; status 1.
    Input(brolga::Error),
    /// Wrong usage of the command itself; status 2.
    Usage(String),
}

impl From<brolga::Error> for Failure {
    fn from(error: brolga::Error) -> Failure {
        Failure::Input(error)
    }
}

/// Status after a fault of Brolga itself (`EX_SOFTWARE` of sysexits).
const FAULT: u8 = 70;

fn main() -> ExitCode {
    panic::set_hook(Box::new(|fault| {
        complain(&format!(
            "error: this is a fault of brolga, not of the input: {fault}\n\
             help: please report it with the command line that led to it"
        ));
    }));
    match panic::catch_unwind(run) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(Failure::Input(error))) => {
            complain(&error.to_string());
            ExitCode::from(1)
        }
        Ok(Err(Failure::Usage(message))) => {
            complain(&format!("error: {message}\n\nFor more information, try '--help'."));
            ExitCode::from(2)
        }
        Err(_) => ExitCode::from(FAULT),
    }
}

fn run() -> Result<(), Failure> {
    match Cli::parse().command {
        Command::Eval(args) => say(&eval::eval(&args)?),
        Command::Run { .. } => Err(Failure::Usage(
            "`brolga run` is not there yet: this version does not build loop kernels, \
             only expressions (`brolga eval`)"
                .to_string(),
        )),
    }
}

/// Writes to standard output. A reader that has gone away, such as `head`, is no failure.
fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Input(brolga::Error::new(
            brolga::ErrorKind::Host,
            format!("cannot write to standard output: {error}"),
        ))),
        _ => Ok(()),
    }
}

/// Writes a line to standard error; there is nowhere to tell of a failure to.
fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
