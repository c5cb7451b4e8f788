//! The command line: what may be said, and how it is told.

use std::path::PathBuf;
use std::str::FromStr;

use brolga::syntax::is_name;
use brolga::{Backend, Emit, FpMode};
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::colormap::Colormap;

/// A just-in-time compiler for array expressions and loop kernels.
#[derive(Debug, clap::Parser)]
#[command(name = "brolga", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Evaluate an expression: print the result, or write it to a file
    Eval(EvalArgs),
    /// Call a loop kernel of a file, or list those that it has
    Run(RunArgs),
    /// Measure an expression or a call on more and more threads: speed-up, efficiency, what stays serial
    Scale(ScaleArgs),
    /// Print what a shell completes this command by
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, as `man -l -` reads it
    Man,
}

/// `brolga scale`.
#[derive(Debug, clap::Args)]
#[command(after_help = SOURCES)]
pub struct ScaleArgs {
    /// The expression, as `eval` takes it; with --call, the file
    #[arg(value_name = "EXPRESSION|FILE", allow_hyphen_values = true)]
    pub what: String,

    /// A call of a kernel of the file, as `run` takes it
    #[arg(long, value_name = "CALL")]
    pub call: Option<String>,

    /// Arguments
    #[arg(value_name = "NAME=SOURCE")]
    pub arguments: Vec<Binding>,

    /// Numbers of threads [default: 1 to one for each core]
    #[arg(long, value_name = "N,…", value_delimiter = ',', allow_negative_numbers = true,
          value_parser = |text: &str| whole("a number of threads", text, MOST_THREADS))]
    pub threads: Vec<u32>,

    /// Draw speed-ups into FILE (.svg)
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,

    /// Floating-point mode
    #[arg(long, value_name = "MODE", default_value_t, value_parser = named::<FpMode>(FpMode::ALL, FpMode::name))]
    pub fp: FpMode,

    /// Who runs the program
    #[arg(long, value_name = "NAME", default_value_t, value_parser = named::<Backend>(Backend::ALL, Backend::name))]
    pub backend: Backend,

    /// Warmed calls to time, for each number of threads [default: enough for half a second, at least 7]
    #[arg(long, value_name = "N", allow_negative_numbers = true,
          value_parser = |text: &str| whole("a number of calls", text, MOST_CALLS))]
    pub repeat: Option<u32>,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

const SOURCES: &str = "\
Sources:
  FILE.npy                         an array of bool, of integers, of floats or of complex numbers
  2.5, 3, true, 1+2j               a number, weak as a Python scalar is beside arrays
  random(SHAPE, DTYPE, seed=K)     uniform in [0, 1), and so both parts of complex numbers; integers from 0 to 99;
                                   a fair coin for bool
  zeros(SHAPE, DTYPE), ones(SHAPE, DTYPE)
  arange(N, DTYPE)                 0, 1, … N-1; without a DTYPE int64, or float64 where N is written as a float
  linspace(A, B, N)                N steps from A to B, both included

  SHAPE is a number (1e7 will do) or a tuple such as (1000, 1000); DTYPE is bool, int8 to int64, uint8 to
  uint64, float32, float64, complex64 or complex128, and defaults to float64, the seed to 0; every NAME draws
  a stream of its own.

Files:
  FILE.npy takes any result, a scalar as a 0-d array. FILE.png takes a 2-D array: bool as black and
  white, uint8 as it stands (0 black, 255 white), other numbers in grey from their least (black) to their
  greatest (white), NaN as the least; --colormap puts colours in the place of grey. Complex numbers have no picture.
  All files change at the end or none does; a pipe or a device of such a name is written into.

Exit status: 0 done, 1 an error in the input or a result that cannot be kept, 2 wrong usage.";

/// `brolga eval`.
#[derive(Debug, clap::Args)]
#[command(after_help = SOURCES)]
pub struct EvalArgs {
    /// The expression; @FILE reads it from a file, - from standard input
    #[arg(value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub expression: String,

    /// Arguments of the expression
    #[arg(value_name = "NAME=SOURCE")]
    pub arguments: Vec<Binding>,

    /// Write the result to FILE (.npy or .png); repeat it for several results
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,

    /// How it is run and told.
    #[command(flatten)]
    pub options: Options,
}

/// `brolga run`.
#[derive(Debug, clap::Args)]
#[command(after_help = SOURCES)]
pub struct RunArgs {
    /// The file: Python text with functions in it
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The call, as in 'kernel(a, 3, tol=1e-6)', or an expression with kernels as functions, as in 'sum(kernel(a, 3)) + 1'; without it,
    /// the kernels are listed
    #[arg(long, value_name = "CALL")]
    pub call: Option<String>,

    /// Arguments that the call names
    #[arg(value_name = "NAME=SOURCE")]
    pub arguments: Vec<Binding>,

    /// Write what the kernel returns to FILE (.npy or .png); repeat it for several. NAME=FILE writes an argument, as it is
    /// after the call
    #[arg(short, long, value_name = "[NAME=]FILE")]
    pub output: Vec<PathBuf>,

    /// How it is run and told.
    #[command(flatten)]
    pub options: Options,
}

/// How something is run, and what of it is told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N", allow_negative_numbers = true,
          value_parser = |text: &str| whole("a number of threads", text, MOST_THREADS))]
    pub threads: Option<u32>,

    /// Floating-point mode
    #[arg(long, value_name = "MODE", default_value_t, value_parser = named::<FpMode>(FpMode::ALL, FpMode::name))]
    pub fp: FpMode,

    /// Who runs the program
    #[arg(long, value_name = "NAME", default_value_t, value_parser = named::<Backend>(Backend::ALL, Backend::name))]
    pub backend: Backend,

    /// Colours of a .png, from the least number to the greatest
    #[arg(long, value_name = "NAME", default_value_t, value_parser = named::<Colormap>(Colormap::ALL, Colormap::name))]
    pub colormap: Colormap,

    /// Print what a first call and warmed calls take
    #[arg(long)]
    pub time: bool,

    /// Warmed calls to time [default: enough for half a second, at least 7]
    #[arg(long, value_name = "N", allow_negative_numbers = true,
          value_parser = |text: &str| whole("a number of calls", text, MOST_CALLS))]
    pub repeat: Option<u32>,

    /// Print one JSON object: the times, and the type and shape of the result, of several the first
    #[arg(long)]
    pub json: bool,

    /// Print the form that a stage hands on, and do not evaluate
    #[arg(long, value_name = "STAGE", value_parser = named::<Emit>(Emit::ALL, Emit::name),
          conflicts_with_all = ["output", "time", "json"])]
    pub emit: Option<Emit>,
}

/// Takes one of the names of an enum of the library.
fn named<T>(all: &[T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|&v| name(v)).collect::<Vec<_>>())
        .try_map(|name| name.parse::<T>().map_err(std::io::Error::other))
}

/// More threads than this are a mistake, not a machine.
const MOST_THREADS: u32 = 4096;

/// More calls than this tell no more.
const MOST_CALLS: u32 = 1_000_000;

/// A whole number from 1 on; what people write for a count, and no more than `most`.
fn whole(what: &str, text: &str, most: u32) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| format!("{what} is a whole number from 1 to {most}"))
}

/// `NAME=SOURCE`, as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// All of it; errors show it.
    pub text: String,
    /// Bytes of the name.
    pub name_len: usize,
}

impl Binding {
    /// The argument's name.
    pub fn name(&self) -> &str {
        &self.text[..self.name_len]
    }
}

impl FromStr for Binding {
    type Err = String;

    fn from_str(text: &str) -> Result<Binding, String> {
        let (name, _) =
            text.split_once('=').ok_or("an argument is written NAME=SOURCE, as in a=random(10)")?;
        if name.is_empty() {
            return Err("the name is missing: an argument is written NAME=SOURCE".to_string());
        }
        if !is_name(name) {
            return Err(format!("`{name}` cannot be the name of an argument"));
        }
        Ok(Binding { text: text.to_string(), name_len: name.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    fn eval(words: &[&str]) -> Result<EvalArgs, clap::Error> {
        match Cli::try_parse_from(["brolga", "eval"].iter().chain(words))?.command {
            Command::Eval(args) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn expressions_may_begin_with_a_minus() {
        for text in ["-a + b", "-a", "-1", "--a", "-(a)", "-", "-o + 1", "-2.5e3*a", "@file", "a\n;b"] {
            for words in [
                vec![text, "a=1", "--json", "-o", "x.npy"],
                vec!["--json", "-o", "x.npy", text, "a=1"],
                vec!["--threads", "2", text, "-ox.npy", "a=1", "--json"],
            ] {
                let args = eval(&words).unwrap_or_else(|e| panic!("{words:?}: {e}"));
                assert_eq!(args.expression, text, "{words:?}");
                assert_eq!(args.arguments.len(), 1, "{words:?}");
                assert_eq!(args.output, [PathBuf::from("x.npy")], "{words:?}");
                assert!(args.options.json);
            }
        }
        assert_eq!(eval(&["--", "--json"]).unwrap().expression, "--json");
    }

    #[test]
    fn options_have_defaults_and_names() {
        let args = eval(&["a"]).unwrap();
        assert_eq!(
            (args.options.fp, args.options.backend, args.options.emit),
            (FpMode::Strict, Backend::Native, None)
        );
        let args = eval(&["a", "--fp", "fast", "--backend=interp", "--emit", "opt"]).unwrap();
        assert_eq!(
            (args.options.fp, args.options.backend, args.options.emit),
            (FpMode::Fast, Backend::Interp, Some(Emit::Opt))
        );
    }

    #[test]
    fn wrong_usage_is_refused() {
        for words in [
            &[][..],
            &["a", "--threads", "0"],
            &["a", "--threads", "x"],
            &["a", "--threads", "-1"],
            &["a", "--threads", "4097"],
            &["a", "--repeat", "0"],
            &["a", "--repeat", "-1"],
            &["a", "--repeat", "1000001"],
            &["a", "--repeat", "1e3"],
            &["a", "--fp", "loose"],
            &["a", "--backend", "gpu"],
            &["a", "--emit", "all"],
            &["a", "--emit", "ir", "--json"],
            &["a", "--nonsense"],
            &["a", "b"],
            &["a", "=1"],
            &["a", "1a=1"],
            &["a", "a b=1"],
            &["a", "if=1"],
            &["a", "True=1"],
            &["a", "-o"],
        ] {
            let error = eval(words).expect_err(&format!("{words:?}"));
            assert_eq!(error.exit_code(), 2, "{words:?}: {error}");
        }
    }

    #[test]
    fn bindings_split_at_the_first_equals_sign() {
        let binding: Binding = "a=random(3, seed=1)".parse().unwrap();
        assert_eq!(binding.name(), "a");
        assert!("ß_1=2".parse::<Binding>().is_ok());
    }
}
