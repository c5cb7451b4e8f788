//! One call of a kernel: arguments found, results given their memory, the program run.

use smallvec::SmallVec;

use super::kernel::{Chosen, Kernel, shape};
use super::{Arg, spare};
use crate::array::{Array, ArrayViewMut, Order, Shape, same_shape};
use crate::diag::{Error, ErrorKind, Result, many};
use crate::frame::Frame;
use crate::ir::{Extent, Inst, Output, OutputId, Program};
use crate::types::{Casting, DType};

impl Kernel {
    /// Calls it with arguments by name, and gives every result in an array of its own, in order.
    ///
    /// Arguments that the program does not use are ignored. Errors: [`ErrorKind::Argument`] for one
    /// that is missing, given twice, or of another type than it was compiled for;
    /// [`ErrorKind::Shape`] where shapes do not broadcast; [`ErrorKind::Index`] where an index is out of range;
    /// [`ErrorKind::Value`] for elements that an operation cannot take; [`ErrorKind::Limit`] where results need
    /// more memory than is allowed or there is, for more than 64 dimensions, or more elements than can be counted.
    pub fn call(&self, args: &[(&str, Arg<'_>)]) -> Result<Vec<Array>> {
        self.calling().call(args)
    }

    /// As [`call`](Kernel::call), with results into the caller's memory: one view a result, of its
    /// type and shape (for single values: of one element), of any layout. Results may lie in the same memory as
    /// arguments, in any way: they are as if they did not. Two results in the same memory are an error of kind
    /// [`ErrorKind::Argument`].
    ///
    /// A warmed call allocates
    /// nothing while there are no more than eight arrays of four dimensions, eight single values, four
    /// results, and four reductions at a time, and no result lies in an argument. After an error of kind
    /// [`ErrorKind::Value`] the contents of `results` are unspecified.
    pub fn call_into(&self, args: &[(&str, Arg<'_>)], results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        self.calling().call_into(args, results)
    }

    /// As [`call`](Kernel::call), with as many arguments as it was compiled for, in that order.
    pub fn call_positional(&self, args: &[Arg<'_>]) -> Result<Vec<Array>> {
        self.calling().call_positional(args)
    }

    /// As [`call_into`](Kernel::call_into), with as many arguments as it was compiled for, in that order.
    pub fn call_positional_into(&self, args: &[Arg<'_>], results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        self.calling().call_positional_into(args, results)
    }

    /// Calls with results in another order of elements than the engine's.
    pub fn with_order(&self, order: Order) -> Calling<'_> {
        self.calling().with_order(order)
    }

    /// Calls with results into memory of other types, where these casts lead there.
    pub fn with_casting(&self, casting: Casting) -> Calling<'_> {
        self.calling().with_casting(casting)
    }

    fn calling(&self) -> Calling<'_> {
        Calling { kernel: self, order: self.order(), casting: Casting::default() }
    }
}

/// A kernel, and how it is to be called; see [`Kernel::with_order`] and [`Kernel::with_casting`].
#[derive(Clone, Debug)]
pub struct Calling<'k> {
    kernel: &'k Kernel,
    order: Order,
    casting: Casting,
}

/// The argument for each parameter of a kernel, as far as there are any.
pub(super) type Given<'g, 'a> = SmallVec<[Option<&'g Arg<'a>>; 8]>;

impl<'k> Calling<'k> {
    /// Results that are allocated have their elements in this order.
    #[must_use]
    pub fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Memory for results may be of another type than theirs, if such casts lead there; otherwise that is an error of
    /// kind [`ErrorKind::Argument`]. By default none do.
    #[must_use]
    pub fn with_casting(mut self, casting: Casting) -> Self {
        self.casting = casting;
        self
    }

    /// See [`Kernel::call`].
    pub fn call(&self, args: &[(&str, Arg<'_>)]) -> Result<Vec<Array>> {
        self.allocating(&by_name(self.kernel, args)?)
    }

    /// See [`Kernel::call_into`].
    pub fn call_into(&self, args: &[(&str, Arg<'_>)], results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        self.into(&by_name(self.kernel, args)?, results)
    }

    /// See [`Kernel::call_positional`].
    pub fn call_positional(&self, args: &[Arg<'_>]) -> Result<Vec<Array>> {
        self.allocating(&by_position(self.kernel, args)?)
    }

    /// See [`Kernel::call_positional_into`].
    pub fn call_positional_into(&self, args: &[Arg<'_>], results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        self.into(&by_position(self.kernel, args)?, results)
    }

    fn allocating(&self, given: &[Option<&Arg<'_>>]) -> Result<Vec<Array>> {
        let mut frame = Frame::new();
        let bound = self.kernel.bind(given, &[], &mut frame)?;
        let mut arrays = allocate(self.kernel, &bound, &frame, self.order)?;
        let mut views: SmallVec<[_; 4]> = arrays.iter_mut().map(Array::view_mut).collect();
        push_outputs(self.kernel.program_of(&bound), &mut frame, views.iter_mut());
        self.kernel.run(&bound, &mut frame)?;
        drop(views);
        Ok(arrays)
    }

    fn into(&self, given: &[Option<&Arg<'_>>], results: &mut [ArrayViewMut<'_>]) -> Result<()> {
        let casts = self.casts(results)?;
        let mut spare = spare::Spare::default();
        {
            let mut views;
            let mut frame = Frame::new();
            let bound = self.kernel.bind(given, &casts, &mut frame)?;
            let program = self.kernel.program_of(&bound);
            check_shapes(program, &frame, results)?;
            if results.iter().all(|result| result.is_alone()) {
                push_outputs(program, &mut frame, results.iter_mut());
            } else {
                spare.find(self.kernel.compiled(&bound), &frame, results)?;
                views = spare.views(results);
                push_outputs(program, &mut frame, views.iter_mut());
            }
            self.kernel.run(&bound, &mut frame)?;
        }
        spare.copy_into(results);
        Ok(())
    }

    /// The types of results where not all are those of the program.
    fn casts(&self, results: &[ArrayViewMut<'_>]) -> Result<SmallVec<[DType; 4]>> {
        let expected = self.kernel.results();
        if results.len() != expected.len() {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "the program has {}, but memory for {} is given",
                    many(expected.len(), "result"),
                    results.len()
                ),
            ));
        }
        let differs = |at: usize| results[at].dtype() != expected[at].dtype;
        let Some(first) = (0..results.len()).find(|&at| differs(at)) else { return Ok(SmallVec::new()) };
        let allowed = |at: usize| self.casting.allows(expected[at].dtype, results[at].dtype());
        if let Some(at) = (first..results.len()).find(|&at| !allowed(at)) {
            let (from, to) = (expected[at].dtype, results[at].dtype());
            let wrong = format!("result {at} is {from}, but the memory given for it is {to}");
            let mut error = Error::new(ErrorKind::Argument, wrong);
            let enough =
                [Casting::Safe, Casting::SameKind, Casting::Unsafe].into_iter().find(|c| c.allows(from, to));
            if let Some(enough) = enough {
                error = error.help(format!("casting by `{}` allows it", enough.name()));
            }
            return Err(error);
        }
        Ok(results.iter().map(|result| result.dtype()).collect())
    }
}

/// The argument for each parameter, from arguments with names.
pub(super) fn by_name<'g, 'a>(kernel: &Kernel, args: &'g [(&str, Arg<'a>)]) -> Result<Given<'g, 'a>> {
    let mut given = Given::from_elem(None, kernel.parameters().len());
    for (at, (name, arg)) in args.iter().enumerate() {
        // Mostly they come in the order in which the kernel was compiled for them.
        let same = kernel.parameters().nth(at) == Some(name);
        let place = if same { Some(at) } else { kernel.parameters().position(|known| known == *name) };
        let twice = match place {
            Some(place) => given[place].replace(arg).is_some(),
            None => args[..at].iter().any(|(earlier, _)| earlier == name),
        };
        if twice {
            return Err(Error::new(ErrorKind::Argument, format!("argument `{name}` is given twice")));
        }
    }
    Ok(given)
}

/// The argument for each parameter, from as many in the same order.
fn by_position<'g, 'a>(kernel: &Kernel, args: &'g [Arg<'a>]) -> Result<Given<'g, 'a>> {
    if args.len() != kernel.parameters().len() {
        let names: Vec<_> = kernel.parameters().map(|name| format!("`{name}`")).collect();
        let (wanted, given) = (many(names.len(), "argument"), args.len());
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let message = format!("the kernel takes {wanted}{names}, but {given} are given");
        return Err(Error::new(ErrorKind::Argument, message));
    }
    Ok(args.iter().map(Some).collect())
}

/// Arrays of zeros for the results of a call.
pub(super) fn allocate(
    kernel: &Kernel,
    bound: &Chosen,
    frame: &Frame<'_>,
    order: Order,
) -> Result<Vec<Array>> {
    let program = kernel.program_of(bound);
    let size = |o: &Output| Shape::from(shape(frame, o.extent)).checked_len()?.checked_mul(o.dtype.size());
    let total = program.outputs.iter().try_fold(0usize, |sum, o| sum.checked_add(size(o)?));
    let limit = kernel.memory_limit();
    if total.is_none_or(|total| total > limit) {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("the results need more than the limit of {}", many(limit, "byte")),
        ));
    }
    let array = |(at, o): (usize, &Output)| {
        let shape = shape(frame, o.extent);
        match order {
            Order::C => Array::zeros(o.dtype, shape),
            _ => {
                let views = sources(program, OutputId(at as u32));
                let axes = order.axes(shape, views.iter().map(|&view| frame.view(view).strides));
                Array::zeros_in_order(o.dtype, shape, &axes)
            }
        }
    };
    program.outputs.iter().enumerate().map(array).collect()
}

/// The views that the loop loads which stores an output.
fn sources(program: &Program, output: OutputId) -> Vec<usize> {
    let stores = |pieces: &&[crate::ir::Loop]| {
        pieces.iter().flat_map(|l| &l.stores).any(|store| store.output == output)
    };
    let insts = program.whole_loops().find(stores).into_iter().flatten().flat_map(|l| l.body.iter());
    insts
        .filter_map(|(_, inst, _)| if let Inst::Load(view, _) = inst { Some(view.index()) } else { None })
        .collect()
}

/// Refuses memory of other shapes than those of the results.
fn check_shapes(program: &Program, frame: &Frame<'_>, results: &[ArrayViewMut<'_>]) -> Result<()> {
    for (at, (output, view)) in program.outputs.iter().zip(results).enumerate() {
        let wanted = shape(frame, output.extent);
        let fits = same_shape(view.shape(), wanted) || output.extent == Extent::Once && view.len() == 1;
        if !fits {
            let [wanted, given] = [wanted, view.shape()].map(Shape::from);
            let message = format!(
                "result {at} is {} of shape {wanted}, but the memory given for it is {} of shape {given}",
                output.dtype,
                view.dtype(),
            );
            return Err(Error::new(ErrorKind::Argument, message));
        }
    }
    Ok(())
}

/// Adds the memory of results to a frame of bound arguments. Panics where it does not fit.
pub(super) fn push_outputs<'a, 'r: 'a>(
    program: &Program,
    frame: &mut Frame<'a>,
    results: impl Iterator<Item = &'a mut ArrayViewMut<'r>>,
) {
    for (output, view) in program.outputs.iter().zip(results) {
        let space = match output.extent {
            Extent::Space(space) => Some(space.index()),
            Extent::Once => None,
        };
        frame.push_output(space, view);
    }
}
