//! The `brolga` command: evaluates, times and inspects array expressions and loop kernels.
//!
//! Exit status: 0 done, 1 an error in the user's input, or a result that cannot be kept or printed, 2 wrong
//! usage of the command itself, 70 a fault of Brolga itself.

mod args;
mod call;
mod change;
mod colormap;
mod element;
mod eval;
mod generate;
mod image;
mod npy;
mod number;
mod output;
mod progress;
mod report;
mod run;
mod scale;
mod show;
mod signals;
mod source;
mod stdout;
mod system;
mod target;

use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

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
    // Where this fails, the system ends the process at its limits, as it would any other.
    let _ = signals::outlive_limits();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) if wrong.use_stderr() => wrong.exit(),
        Err(help) => return Ok(stdout::print_by(|| help.print())?),
    };
    match cli.command {
        Command::Eval(args) => eval::eval(&args),
        Command::Run(args) => run::run(&args),
        Command::Scale(args) => scale::scale(&args),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "brolga", &mut text);
            Ok(stdout::print_by(|| io::stdout().write_all(&text))?)
        }
        Command::Man => {
            let page = clap_mangen::Man::new(Cli::command());
            Ok(stdout::print_by(|| page.render(&mut io::stdout()))?)
        }
    }
}

/// Writes a line to standard error; there is nowhere to tell of a failure to.
fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
