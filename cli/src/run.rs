//! `brolga run`: a kernel of a file, called.

use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use brolga::ops::Function;
use brolga::{Arg, Array, CallArg, Error, ErrorKind, LoopKernel, Module, Report, Result, Span};

use crate::args::RunArgs;
use crate::call::{self, Call, Item};
use crate::eval::{self, Value};
use crate::output::{self, Outputs};
use crate::{Failure, complain, progress, report, show, source, stdout};

/// Does all of it.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    eval::check_names(&args.arguments)?;
    let name = args.file.display().to_string();
    let text = eval::text_of(&name, || File::open(&args.file))?;
    let engine = eval::engine(&args.options)?;
    let module = engine.module(&text, &name)?;
    let Some(text) = &args.call else {
        return list(args, &module);
    };
    let (kernel, items) = called(args, &module, text)?;
    let wanted: Vec<Wanted> =
        args.output.iter().map(|output| wanted(output, args)).collect::<Result<_, _>>()?;
    let files: Vec<PathBuf> = args.output.iter().map(|output| file(output)).collect();
    let outputs = Outputs::to(&files)?;
    let mut values = load(args, &items, text)?;

    if let Some(emit) = args.options.emit {
        let form = kernel.emit(&borrowed(&items, &mut values), emit)?;
        return Ok(stdout::print(&if form.ends_with('\n') { form } else { form + "\n" })?);
    }
    let mut call_args = borrowed(&items, &mut values);
    let (returned, report) = match args.options.time || args.options.json {
        false => {
            let call = || kernel.call(&mut call_args);
            (progress::shown("running", call)?.into_arrays(), None)
        }
        true => {
            let repeats = args.options.repeat.unwrap_or(0) as usize;
            let report = progress::shown("measuring", || kernel.measure(&mut call_args, repeats))?;
            (report.results.clone(), Some(report))
        }
    };
    // Behind a first call that is measured: it compiles.
    let notes = kernel.notes(&call_args)?;
    drop(call_args);

    let files = results(&wanted, &returned, &values)?;
    let mut said = String::new();
    if !wanted.contains(&Wanted::Returned) && !args.options.json {
        for result in &returned {
            said += &show::array(result);
            said.push('\n');
        }
    }
    let staged = outputs.stage(&files, args.options.colormap)?;
    for note in notes {
        complain(&format!("note: {name}, {note}"));
    }
    for binding in &args.arguments {
        if !items.iter().any(|item| names(item, binding.name())) {
            complain(&format!("note: the call does not use `{}`", binding.name()));
        }
    }
    if let Some(report) = &report {
        said += &if args.options.json {
            report::json("call", text, report)
        } else {
            report::table("call", report)
        };
    }
    stdout::print(&said)?;
    Ok(staged.commit()?)
}

/// What a first call and warmed calls take on each number of threads; the file is read once, arguments anew, as calls may change them.
pub fn measured(
    args: &RunArgs,
    call: &str,
    threads: &[u32],
    mut each: impl FnMut(u32, Report),
) -> Result<(), Failure> {
    eval::check_names(&args.arguments)?;
    let name = args.file.display().to_string();
    let text = eval::text_of(&name, || File::open(&args.file))?;
    for &threads in threads {
        let module = eval::engine_on(&args.options, Some(threads))?.module(&text, &name)?;
        let (kernel, items) = called(args, &module, call)?;
        let mut values = load(args, &items, call)?;
        let repeats = args.options.repeat.unwrap_or(0) as usize;
        each(threads, kernel.measure(&mut borrowed(&items, &mut values), repeats)?);
    }
    Ok(())
}

/// The kernels of the file, a line each.
fn list(args: &RunArgs, module: &Module) -> Result<(), Failure> {
    if let Some(emit) = args.options.emit {
        return match module.emit(emit) {
            Some(form) => Ok(stdout::print(&form?)?),
            None => Err(Failure::Usage(format!("--emit {emit} needs the types of a call: give --call"))),
        };
    }
    if !args.arguments.is_empty() || !args.output.is_empty() || args.options.time || args.options.json {
        return Err(Failure::Usage("there is nothing to call: give --call 'kernel(arguments)'".to_string()));
    }
    module.notes().iter().for_each(|note| complain(&format!("note: {note}")));
    let signatures: String = module.signatures().map(|signature| signature + "\n").collect();
    Ok(stdout::print(&signatures)?)
}

/// What a file of results holds.
#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    /// The next thing that the kernel returns.
    Returned,
    /// An argument, as it is after the call.
    Argument(String),
}

fn wanted(output: &std::path::Path, args: &RunArgs) -> Result<Wanted, Failure> {
    let Some((name, _)) = output::named(output) else { return Ok(Wanted::Returned) };
    if args.arguments.iter().any(|binding| binding.name() == name) {
        return Ok(Wanted::Argument(name.to_string()));
    }
    let shown = output.display();
    Err(Failure::Usage(format!(
        "-o {shown}: there is no argument `{name}` (a file of this very name is written ./{shown})"
    )))
}

fn file(output: &std::path::Path) -> PathBuf {
    output::named(output).map_or_else(|| output.to_path_buf(), |(_, file)| PathBuf::from(file))
}

/// What goes to each file, in order.
fn results(wanted: &[Wanted], returned: &[Array], values: &Values) -> Result<Vec<Array>, Failure> {
    let files = wanted.iter().filter(|wanted| **wanted == Wanted::Returned).count();
    if files != 0 && files != returned.len() {
        let s = |n| if n == 1 { "" } else { "s" };
        return Err(Failure::Usage(format!(
            "the kernel returns {} value{}, and -o gives {files} file{}",
            returned.len(),
            s(returned.len()),
            s(files)
        )));
    }
    let mut returned = returned.iter();
    Ok(wanted
        .iter()
        .map(|wanted| match wanted {
            Wanted::Returned => returned.next().expect("they were counted").clone(),
            Wanted::Argument(name) => match values.get(name) {
                Some(Value::Array(array)) => array.clone(),
                Some(Value::Literal(_)) | None => unreachable!("checked when loaded"),
            },
        })
        .collect())
}

/// What is called, and with which arguments: a kernel, or an expression in which kernels are functions.
fn called(args: &RunArgs, module: &Module, text: &str) -> Result<(LoopKernel, Vec<Option<Item>>)> {
    // What is no expression either, the parser tells below.
    if let Ok(call) = call::read(text) {
        match module.kernel(&call.kernel) {
            Ok(kernel) => {
                let items = in_order(&call, &kernel, text)?;
                return Ok((kernel, items));
            }
            // A function of the language is one of an expression.
            Err(error) if Function::from_name(&call.kernel).is_none() => return Err(error),
            Err(_) => (),
        }
    }
    let names: Vec<&str> = args.arguments.iter().map(|binding| binding.name()).collect();
    let kernel = module.expression(text, &names)?;
    let item = |name: &str| Some(Item::Name(name.to_string(), Span::default()));
    let items = kernel.params().map(item).collect();
    Ok((kernel, items))
}

/// The arguments in the order of the parameters; none where a parameter takes its default.
fn in_order(call: &Call, kernel: &LoopKernel, text: &str) -> Result<Vec<Option<Item>>> {
    let mut items: Vec<Option<Item>> = call.args.iter().cloned().map(Some).collect();
    for (key, span, item) in &call.keywords {
        let wrong = |message| {
            Err(Error::new(ErrorKind::Argument, message).at(*span, "").with_source(&Arc::from(text)))
        };
        let Some(at) = kernel.params().position(|param| param == key) else {
            return wrong(format!("`{}` has no parameter `{key}`", kernel.name()));
        };
        if items.len() <= at {
            items.resize(at + 1, None);
        }
        if items[at].is_some() {
            return wrong(format!("the argument `{key}` is given twice"));
        }
        items[at] = Some(item.clone());
    }
    Ok(items)
}

/// Whether an argument speaks of a name.
fn names(item: &Option<Item>, name: &str) -> bool {
    match item {
        Some(Item::Name(named, _)) => named == name,
        Some(Item::Tuple(parts)) => parts.iter().any(|part| names(&Some(part.clone()), name)),
        Some(Item::Literal(_)) | None => false,
    }
}

/// The values of the arguments that are given by name.
type Values = HashMap<String, Value>;

/// Loads the arguments; each name of the call must be one of them.
fn load(args: &RunArgs, items: &[Option<Item>], text: &str) -> Result<Values, Failure> {
    let mut values = Values::new();
    for binding in &args.arguments {
        let source = source::parse(binding)?;
        values.insert(binding.name().to_string(), eval::load(&source, binding)?);
    }
    let mut pending: Vec<&Item> = items.iter().flatten().collect();
    while let Some(item) = pending.pop() {
        match item {
            Item::Name(name, span) if !values.contains_key(name) => {
                return Err(Error::new(ErrorKind::Name, format!("there is no argument `{name}`"))
                    .at(*span, "named here")
                    .help(format!("give it behind the call, as in {name}=random(10)"))
                    .with_source(&Arc::from(text))
                    .into());
            }
            Item::Tuple(parts) => pending.extend(parts),
            Item::Name(..) | Item::Literal(_) => (),
        }
    }
    for output in &args.output {
        if let Some((name, _)) = output::named(output)
            && let Some(Value::Literal(_)) = values.get(name)
        {
            return Err(Failure::Usage(format!(
                "-o {}: `{name}` is a number, which no call changes",
                output.display()
            )));
        }
    }
    Ok(values)
}

/// The arguments of the call. An array that stands in it once may be written; one that stands in it more often is
/// lent to be read.
fn borrowed<'v>(items: &[Option<Item>], values: &'v mut Values) -> Vec<CallArg<'v>> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut pending: Vec<&Item> = items.iter().flatten().collect();
    while let Some(item) = pending.pop() {
        match item {
            Item::Name(name, _) => *counts.entry(name.clone()).or_default() += 1,
            Item::Tuple(parts) => pending.extend(parts),
            Item::Literal(_) => (),
        }
    }
    let mut exclusive = HashMap::new();
    let mut shared: HashMap<&str, &Value> = HashMap::new();
    for (name, value) in values.iter_mut() {
        let once = counts.get(name) == Some(&1);
        if once && matches!(value, Value::Array(array) if !array.shape().is_empty()) {
            let Value::Array(array) = value else { unreachable!("it is an array") };
            exclusive.insert(name.as_str(), array);
        } else {
            shared.insert(name.as_str(), value);
        }
    }
    items
        .iter()
        .map(|item| item.as_ref().map_or(CallArg::Default, |item| arg(item, &mut exclusive, &shared)))
        .collect()
}

fn arg<'v>(
    item: &Item,
    exclusive: &mut HashMap<&'v str, &'v mut Array>,
    shared: &HashMap<&'v str, &'v Value>,
) -> CallArg<'v> {
    match item {
        Item::Literal(value) => CallArg::from(*value),
        Item::Tuple(parts) => CallArg::Tuple(parts.iter().map(|part| arg(part, exclusive, shared)).collect()),
        Item::Name(name, _) => match exclusive.remove(name.as_str()) {
            Some(array) => CallArg::from(array),
            None => CallArg::Read(match shared[name.as_str()] {
                Value::Array(array) => Arg::from(array),
                Value::Literal(value) => Arg::from(*value),
            }),
        },
    }
}
