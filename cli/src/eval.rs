//! `brolga eval`: from the words of the command line to what is printed.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use brolga::{Arg, Array, Engine, Error, ErrorKind, Limits, Literal, Report, Type, ops};

use crate::args::{Binding, EvalArgs, Options};
use crate::output::Outputs;
use crate::source::{self, Source};
use crate::{Failure, complain, npy, progress, report, show, stdout, system};

/// Does all of it.
pub fn eval(args: &EvalArgs) -> Result<(), Failure> {
    check_names(&args.arguments)?;
    let outputs = Outputs::new(&args.output)?;
    let text = expression(&args.expression)?;
    let sources = args.arguments.iter().map(source::parse).collect::<Result<Vec<_>, _>>()?;
    let explain = |error| explain(error, &text);
    let types = named(args, sources.iter().zip(&args.arguments).map(|(s, binding)| type_of(s, binding)))?;
    let engine = engine(&args.options)?;
    if let Some(emit) = args.options.emit {
        let form = engine.emit(&text, &types, emit).map_err(explain)?;
        return Ok(stdout::print(&if form.ends_with('\n') { form } else { form + "\n" })?);
    }

    // Only the very first compilation is a first call, so a measured one is not looked at before.
    let measured = args.options.time || args.options.json;
    let kernel = || {
        let kernel = engine.compile(&text, &types).map_err(explain)?;
        outputs.check_count(kernel.results().len())?;
        Ok::<_, Failure>(kernel)
    };
    let early = if measured { None } else { Some(kernel()?) };
    let values = named(args, sources.iter().zip(&args.arguments).map(|(s, binding)| load(s, binding)))?;
    let call: Vec<(&str, Arg<'_>)> = values.iter().map(|(name, value)| (*name, value.arg())).collect();
    let (kernel, results, report) = match early {
        Some(kernel) => {
            let results = progress::shown("running", || kernel.call(&call)).map_err(explain)?;
            (kernel, results, None)
        }
        None => {
            let repeats = args.options.repeat.unwrap_or(0) as usize;
            let measure = || engine.measure(&text, &call, repeats);
            let report = progress::shown("measuring", measure).map_err(explain)?;
            (kernel()?, Vec::new(), Some(report))
        }
    };
    let results = report.as_ref().map_or(&results, |report| &report.results);

    let mut said = String::new();
    if outputs.is_empty() && !args.options.json {
        for result in results {
            said += &show::array(result);
            said.push('\n');
        }
    }
    let files = outputs.stage(results, args.options.colormap)?;
    for name in kernel.unused() {
        complain(&format!("note: the expression does not use `{name}`"));
    }
    if let Some(report) = &report {
        said += &if args.options.json {
            report::json("expression", &text, report)
        } else {
            report::table("expression", report)
        };
    }
    // A file changes only when nothing else can fail any more.
    stdout::print(&said)?;
    Ok(files.commit()?)
}

/// What a first call and warmed calls take on each number of threads; expression and arguments are read once.
pub fn measured(args: &EvalArgs, threads: &[u32], mut each: impl FnMut(u32, Report)) -> Result<(), Failure> {
    check_names(&args.arguments)?;
    let text = expression(&args.expression)?;
    let sources = args.arguments.iter().map(source::parse).collect::<Result<Vec<_>, _>>()?;
    let values = named(args, sources.iter().zip(&args.arguments).map(|(s, binding)| load(s, binding)))?;
    let call: Vec<(&str, Arg<'_>)> = values.iter().map(|(name, value)| (*name, value.arg())).collect();
    let repeats = args.options.repeat.unwrap_or(0) as usize;
    for &threads in threads {
        let engine = engine_on(&args.options, Some(threads))?;
        each(threads, engine.measure(&text, &call, repeats).map_err(|error| explain(error, &text))?);
    }
    Ok(())
}

/// An argument is given once.
pub fn check_names(arguments: &[Binding]) -> Result<(), Failure> {
    for (at, binding) in arguments.iter().enumerate() {
        if arguments[..at].iter().any(|before| before.name() == binding.name()) {
            return Err(Failure::Usage(format!("the argument `{}` is given twice", binding.name())));
        }
    }
    Ok(())
}

/// The text of the expression: as given, from a file, or from standard input.
fn expression(given: &str) -> Result<String, Failure> {
    if given == "@" {
        return Err(Failure::Usage(
            "the name of the file is missing: the expression is written @FILE".to_string(),
        ));
    }
    if given == "-" {
        return text_of("standard input", || {
            system::check_stdin()?;
            Ok(io::stdin().lock())
        });
    }
    match given.strip_prefix('@') {
        Some(path) => text_of(path, || File::open(path)),
        None => Ok(given.to_string()),
    }
}

/// The text of a file, or of what is called so.
pub fn text_of<R: Read>(name: &str, open: impl FnOnce() -> io::Result<R>) -> Result<String, Failure> {
    // No more is read than the library takes, whatever lies behind the name.
    let limit = Limits::default().length as u64;
    let read = || {
        let mut bytes = Vec::new();
        open()?.take(limit + 1).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    };
    let failed = |kind, why: String| Error::new(kind, format!("cannot read {name}: {why}"));
    let bytes = read().map_err(|error| failed(ErrorKind::Argument, error.to_string()))?;
    if bytes.len() as u64 > limit {
        return Err(failed(ErrorKind::Limit, format!("it is longer than {limit} bytes")).into());
    }
    let text = String::from_utf8(bytes);
    Ok(text.map_err(|_| failed(ErrorKind::Syntax, "it is not UTF-8 text".to_string()))?)
}

pub fn engine(options: &Options) -> Result<Engine, Error> {
    engine_on(options, options.threads)
}

/// The same on so many threads.
pub fn engine_on(options: &Options, threads: Option<u32>) -> Result<Engine, Error> {
    let builder = Engine::builder().fp(options.fp).backend(options.backend);
    match threads {
        Some(threads) => builder.threads(threads as usize).build(),
        None => builder.build(),
    }
}

/// Puts the arguments' names to their types or values.
fn named<T>(args: &EvalArgs, each: impl Iterator<Item = Result<T, Error>>) -> Result<Vec<(&str, T)>, Error> {
    args.arguments.iter().zip(each).map(|(binding, each)| Ok((binding.name(), each?))).collect()
}

/// The type of an argument; of a file the header alone is read.
fn type_of(source: &Source, binding: &Binding) -> Result<Type, Error> {
    let (dtype, shape) = match source {
        Source::Literal(value) => return Ok(Type::Literal(*value)),
        Source::Generator(generator) => (generator.dtype, generator.shape.clone()),
        Source::File(path) => {
            let file = npy::open(path).map_err(|error| source::blame(error, binding))?;
            (file.dtype(), file.shape)
        }
    };
    if shape.len() > npy::MOST_DIMENSIONS {
        let (most, found) = (npy::MOST_DIMENSIONS, shape.len());
        let why = format!("an array has at most {most} dimensions, as in NumPy, and this one has {found}");
        return Err(source::blame(Error::new(ErrorKind::Limit, why), binding));
    }
    Ok(if shape.is_empty() { Type::Scalar(dtype) } else { Type::Array(dtype) })
}

/// The value of an argument.
pub enum Value {
    /// An array.
    Array(Array),
    /// A number.
    Literal(Literal),
}

impl Value {
    fn arg(&self) -> Arg<'_> {
        match self {
            Value::Array(array) => array.into(),
            Value::Literal(value) => (*value).into(),
        }
    }
}

/// The value of an argument, read or made.
pub fn load(source: &Source, binding: &Binding) -> Result<Value, Error> {
    let array = match source {
        Source::Literal(value) => return Ok(Value::Literal(*value)),
        Source::Generator(generator) => generator.make(binding.name()),
        Source::File(path) => npy::open(path).and_then(|file| {
            if file.is_half() {
                complain(&format!("note: `{}` is of float16, and read as float32", binding.name()));
            }
            file.read()
        }),
    };
    array.map(Value::Array).map_err(|error| source::blame(error, binding))
}

/// Tells how to give an argument that the expression names and the command line does not.
fn explain(error: Error, text: &str) -> Error {
    let error = error.with_source(&Arc::from(text));
    let (ErrorKind::Name, Some(span)) = (error.kind(), error.span()) else {
        return error;
    };
    let name = span.text(text);
    // Neither a call, nor `os.path`, nor a function that is not called wants an argument of its name.
    let after = text[span.end as usize..].trim_start();
    let dotted = name.contains('.') || after.starts_with('.');
    if after.starts_with('(') || dotted || ops::Function::from_name(name).is_some() {
        return error;
    }
    let known = error.help_text().map(|help| format!("{help}; ")).unwrap_or_default();
    let help = format!("{known}give an argument as in {name}=random(10)");
    error.help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::Span;

    #[test]
    fn missing_arguments_are_explained() {
        let unknown = |start, end| Error::new(ErrorKind::Name, "unknown").at(Span::new(start, end), "");
        let help = |error, text| explain(error, text).help_text().map(str::to_string);
        assert!(help(unknown(4, 5), "a + b").unwrap().contains("b=random(10)"));
        assert_eq!(help(unknown(0, 3), "foo (a)"), None);
        assert_eq!(help(unknown(0, 2), "os.path + a"), None);
        assert_eq!(help(unknown(0, 6), "np.foo + a"), None);
        assert_eq!(help(unknown(0, 4), "sqrt + a"), None);
        let near = help(unknown(0, 1).help("did you mean `c`?"), "b").unwrap();
        assert_eq!(near, "did you mean `c`?; give an argument as in b=random(10)");
    }

    #[test]
    fn expressions_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        let given = format!("@{}", path.display());
        let expression = |given: &str| {
            super::expression(given).map_err(|failure| match failure {
                Failure::Input(error) => error,
                Failure::Usage(message) => panic!("{message}"),
            })
        };
        assert!(expression(&given).unwrap_err().to_string().contains("text"));
        std::fs::write(&path, "a +\nb\n").unwrap();
        assert_eq!(expression(&given).unwrap(), "a +\nb\n");
        std::fs::write(&path, b"\xff").unwrap();
        assert!(expression(&given).unwrap_err().to_string().contains("UTF-8"));
        std::fs::write(&path, vec![b' '; (1 << 20) + 1]).unwrap();
        assert_eq!(expression(&given).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(expression("a").unwrap(), "a");
    }
}
