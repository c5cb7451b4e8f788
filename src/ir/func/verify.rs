//! The verifier. It holds a module to these rules:
//!
//! 1. A value is defined once, and used only by nodes after its definition, in its region and those inside it.
//! 2. An instruction has the types that its row in the table of operations asks for; what goes with arrays is an
//!    i64 for each axis; an element or component that memory does not have is not loaded or stored.
//! 3. Nothing converts to bool (that is `ne x, 0`), and no constant has bits outside its type.
//! 4. Ends hand on as many values as their target takes, in its types. Exits go to loops that are there; nothing goes on
//!    with a next call.
//! 5. A region ends with `never` if, and only if, its last node never falls out; it is the only such node.
//! 6. A branch whose regions both go on elsewhere has no results.
//! 7. A call has the types of its callee, whose last parameter is a number and which has no results if it is called in parallel;
//!    work that is asked for has those of its service. A site is shown values of its types.
//! 8. Lanes have as many streams, uniforms and results as their body, of its types. A body is a program of one loop.
//! 9. Regions nest no deeper than [`MOST_NESTED`].

use super::{
    Axis, End, Func, Inst, Lanes, MOST_NESTED, MOST_SCRATCH, MOST_SHOWN, Module, Node, Region, SiteId,
    Stream, Type, Value,
};
use crate::types::{Component, Ty, Word};

/// Checks `module` against the rules of the IR; the error names the first one broken.
pub fn verify(module: &Module) -> Result<(), String> {
    for (at, site) in module.sites.iter().enumerate() {
        if site.shown.len() > MOST_SHOWN || site.message.matches("{}").count() != site.shown.len() {
            return Err(format!("e{at} shows another number of values than it says"));
        }
    }
    for (at, func) in module.funcs.iter().enumerate() {
        let mut verifier = Verifier {
            module,
            func,
            state: vec![State::Undefined; func.values()],
            owners: Vec::new(),
            nested: 0,
        };
        verifier.func().map_err(|what| format!("f{at} {}: {what}", func.name))?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Undefined,
    Visible,
    /// Defined in a region that has ended.
    Hidden,
}

/// What exits may go to.
struct Owner<'a> {
    /// Types of the results.
    results: Vec<Type>,
    /// Types of the carried values; the function has none.
    carried: Option<&'a [Value]>,
}

struct Verifier<'a> {
    module: &'a Module,
    func: &'a Func,
    state: Vec<State>,
    /// The function and the loops around the region at hand, outermost first.
    owners: Vec<Owner<'a>>,
    nested: usize,
}

impl<'a> Verifier<'a> {
    fn func(&mut self) -> Result<(), String> {
        let func = self.func;
        self.owners.push(Owner { results: func.results.clone(), carried: None });
        self.region(&func.body, &func.results)
    }

    fn types(&self, values: &[Value]) -> Vec<Type> {
        values.iter().map(|&value| self.func.ty(value)).collect()
    }

    fn define(&mut self, value: Value) -> Result<(), String> {
        match self.state.get_mut(value.index()) {
            Some(state @ State::Undefined) => *state = State::Visible,
            Some(_) => return Err(format!("{value:?} is defined twice")),
            None => return Err(format!("{value:?} has no type")),
        }
        Ok(())
    }

    /// Holds values that are used to these types.
    fn uses(&self, values: &[Value], types: &[Type]) -> Result<(), String> {
        if values.len() != types.len() {
            return Err(format!("{values:?} are {} values, not {}", values.len(), types.len()));
        }
        for (&value, &ty) in values.iter().zip(types) {
            self.visible(value)?;
            if self.func.ty(value) != ty {
                return Err(format!("{value:?} is of {}, not of {ty}", self.func.ty(value)));
            }
        }
        Ok(())
    }

    fn visible(&self, value: Value) -> Result<(), String> {
        match self.state.get(value.index()) {
            Some(State::Visible) => Ok(()),
            Some(State::Hidden) => Err(format!("{value:?} is used outside of its region")),
            _ => Err(format!("{value:?} is not defined before")),
        }
    }

    fn numbers(&self, values: &[Value], count: usize) -> Result<(), String> {
        self.uses(values, &vec![Ty::I64.into(); count])
    }

    fn rank(&self, array: Value) -> Result<usize, String> {
        self.visible(array)?;
        self.func.ty(array).array().map(|(_, rank)| rank).ok_or(format!("{array:?} is no array"))
    }

    /// The type of a component of the elements of an array.
    fn component(&self, array: Value, component: Component) -> Result<Type, String> {
        let (dtype, _) = self.func.ty(array).array().ok_or(format!("{array:?} is no array"))?;
        let ty = dtype.component(component).ok_or(format!("{array:?} has no such component"))?;
        Ok(ty.into())
    }

    fn site(&self, site: SiteId, shown: &[Value]) -> Result<(), String> {
        let site = self.module.sites.get(site.index()).ok_or(format!("{site:?} is no site"))?;
        let types: Vec<Type> = site.shown.iter().map(|&ty| ty.into()).collect();
        self.uses(shown, &types)
    }

    /// A region whose owner takes values of these types.
    fn region(&mut self, region: &'a Region, yields: &[Type]) -> Result<(), String> {
        self.nested += 1;
        if self.nested > MOST_NESTED {
            return Err("regions nest too deep".into());
        }
        region.params.iter().try_for_each(|&param| self.define(param))?;
        for node in &region.nodes {
            self.node(node).map_err(|what| match node.defines() {
                [] => what,
                defined => format!("{defined:?}: {what}"),
            })?;
            node.defines().iter().try_for_each(|&value| self.define(value))?;
        }
        self.end(region, yields)?;
        for &value in region.params.iter().chain(region.nodes.iter().flat_map(Node::defines)) {
            self.state[value.index()] = State::Hidden;
        }
        self.nested -= 1;
        Ok(())
    }

    fn end(&self, region: &Region, yields: &[Type]) -> Result<(), String> {
        let stuck = region.nodes.iter().position(|node| !node.falls_out());
        match (stuck, &region.end) {
            (Some(at), End::Never) if at + 1 == region.nodes.len() => return Ok(()),
            (None, End::Never) => return Err("a region ends with never, but its last node falls out".into()),
            (None, _) => {}
            (Some(_), _) => return Err("nothing goes on after a node that never falls out".into()),
        }
        let owner = |depth: u32| {
            let at = self.owners.len().checked_sub(depth as usize + 1);
            at.map(|at| &self.owners[at]).ok_or(format!("there are no {depth} loops to leave"))
        };
        match &region.end {
            End::Yield(values) => self.uses(values, yields),
            End::Break(depth, values) => self.uses(values, &owner(*depth)?.results),
            End::Continue(depth, values) => match owner(*depth)?.carried {
                Some(carried) => self.uses(values, &self.types(carried)),
                None => Err("a function has no next trip".into()),
            },
            End::Fail(site, shown) => self.site(*site, shown),
            End::Never => Ok(()),
        }
    }

    fn node(&mut self, node: &'a Node) -> Result<(), String> {
        match node {
            Node::Let(value, inst) => self.inst(inst, self.func.ty(*value)),
            Node::Store { array, component, indices, value } => {
                self.numbers(indices, self.rank(*array)?)?;
                self.uses(&[*value], &[self.component(*array, *component)?])
            }
            Node::Alloc { array, lengths, site } => {
                let (_, rank) = self.func.ty(*array).array().ok_or("it makes no array".to_string())?;
                self.numbers(lengths, rank)?;
                self.site(*site, lengths).or_else(|_| self.site(*site, &[]))
            }
            Node::Check { ok, site, shown } => {
                self.uses(&[*ok], &[Ty::Bool.into()])?;
                self.site(*site, shown)
            }
            Node::Within { place, array, axis, index, site, .. } => {
                if *axis as usize >= self.rank(*array)? {
                    return Err(format!("{array:?} has no axis {axis}"));
                }
                if self.func.ty(*place) != Ty::I64.into() {
                    return Err("a place is an i64".into());
                }
                self.numbers(&[*index], 1)?;
                match self.module.sites.get(site.index()) {
                    Some(site) if site.shown[..] == [Ty::I64; 2] => Ok(()),
                    _ => Err(format!("{site:?} does not show an index and a length")),
                }
            }
            Node::Call { func, args, results, site } => {
                let callee = self.module.funcs.get(func.index()).ok_or(format!("{func:?} is no function"))?;
                self.uses(args, &callee.params().collect::<Vec<_>>())?;
                if self.types(results) != callee.results {
                    return Err(format!("{func:?} gives other types"));
                }
                self.site(*site, &[])
            }
            Node::Parallel { func, args, count, site } => {
                let callee = self.module.funcs.get(func.index()).ok_or(format!("{func:?} is no function"))?;
                let given: Vec<Value> = args.iter().copied().chain([*count]).collect();
                self.uses(&given, &callee.params().collect::<Vec<_>>())?;
                if !callee.results.is_empty() {
                    return Err(format!("{func:?} has results"));
                }
                self.numbers(&[*count], 1)?;
                self.site(*site, &[])
            }
            Node::Serve { service, args, results } => {
                self.uses(args, &service.params())?;
                match self.types(results)[..] == service.results()[..] {
                    true => Ok(()),
                    false => Err(format!("{} gives other types", service.name())),
                }
            }
            Node::Lanes(lanes) => self.lanes(lanes),
            Node::If { condition, then, otherwise, results } => {
                self.uses(&[*condition], &[Ty::Bool.into()])?;
                if !node.falls_out() && !results.is_empty() {
                    return Err("it never falls out, and has results".into());
                }
                let types = self.types(results);
                self.region(then, &types)?;
                self.region(otherwise, &types)
            }
            Node::For { start, stop, step, carried, body, results } => {
                self.numbers(&[*start, *stop, *step], 3)?;
                let Some((number, params)) = body.params.split_first() else {
                    return Err("its region does not take the number".into());
                };
                if self.func.ty(*number) != Ty::I64.into() {
                    return Err("its numbers are i64".into());
                }
                self.repeated(carried, params, body, results)?;
                match self.types(results) == self.types(params) {
                    true => Ok(()),
                    false => Err("its results have other types than what it carries".into()),
                }
            }
            Node::Loop { carried, body, results } => self.repeated(carried, &body.params, body, results),
        }
    }

    fn lanes(&self, lanes: &Lanes) -> Result<(), String> {
        let body =
            self.module.bodies.get(lanes.body.index()).ok_or(format!("{:?} is no body", lanes.body))?;
        let [l] = &body.loops[..] else { return Err(format!("{:?} is not one loop", lanes.body)) };
        self.numbers(&[lanes.trips], 1)?;
        for stream in lanes.loads.iter().chain(&lanes.stores) {
            let rank = self.rank(stream.array)?;
            self.numbers(&stream.indices, rank)?;
            if stream.axis.is_some_and(|axis| axis as usize >= rank) {
                return Err(format!("{:?} has no such axis", stream.array));
            }
        }
        lanes.writes.iter().try_for_each(|&array| self.rank(array).map(|_| ()))?;
        let dtype = |stream: &Stream| self.func.ty(stream.array).array().map(|(dtype, _)| dtype);
        let loads = lanes.loads.iter().filter(|stream| stream.axis.is_some()).map(dtype);
        if !loads.eq(body.arrays.iter().map(|array| Some(array.dtype)))
            || !lanes.stores.iter().map(dtype).eq(body.outputs.iter().map(|output| Some(output.dtype)))
        {
            return Err(format!("{:?} has other streams", lanes.body));
        }
        let (given, reduced) = body.uniforms.split_at(body.uniforms.len().saturating_sub(l.reduces.len()));
        self.uses(&lanes.uniforms, &given.iter().map(|uniform| uniform.ty.into()).collect::<Vec<_>>())?;
        let results = [Ty::I64].into_iter().chain(reduced.iter().map(|uniform| uniform.ty));
        match self.types(&lanes.results) == results.map(Type::from).collect::<Vec<_>>() {
            true => Ok(()),
            false => Err(format!("{:?} gives other types", lanes.body)),
        }
    }

    /// A loop.
    fn repeated(
        &mut self,
        carried: &[Value],
        params: &'a [Value],
        body: &'a Region,
        results: &[Value],
    ) -> Result<(), String> {
        let types = self.types(params);
        self.uses(carried, &types)?;
        self.owners.push(Owner { results: self.types(results), carried: Some(params) });
        self.region(body, &types)?;
        self.owners.pop();
        Ok(())
    }

    fn inst(&self, inst: &Inst, ty: Type) -> Result<(), String> {
        let wrong_type = || Err(format!("{ty} is not its type"));
        inst.operands().iter().try_for_each(|&operand| self.visible(operand))?;
        match inst {
            Inst::Const(bits) => match ty.scalar() {
                Some(ty) if Word::from_bits(ty, *bits).to_bits() == *bits => Ok(()),
                _ => wrong_type(),
            },
            Inst::Op(op, _) => {
                let operands: Option<Vec<Ty>> =
                    inst.operands().iter().map(|&operand| self.func.ty(operand).scalar()).collect();
                match (operands, ty.scalar()) {
                    (Some(operands), Some(ty)) if op.takes(&operands, ty) => Ok(()),
                    _ => wrong_type(),
                }
            }
            Inst::Length(array, axis) | Inst::Stride(array, axis) => match self.rank(*array)? {
                rank if *axis as usize >= rank => Err(format!("{array:?} has no axis {axis}")),
                _ if ty != Ty::I64.into() => wrong_type(),
                _ => Ok(()),
            },
            Inst::Load(array, component, indices) => {
                self.numbers(indices, self.rank(*array)?)?;
                if ty != self.component(*array, *component)? {
                    return wrong_type();
                }
                Ok(())
            }
            Inst::View { array, starts, axes } => {
                let rank = self.rank(*array)?;
                self.numbers(starts, rank)?;
                for Axis { length, along } in axes {
                    self.numbers(&[*length], 1)?;
                    if let Some((axis, step)) = along {
                        self.numbers(&[*step], 1)?;
                        if *axis as usize >= rank {
                            return Err(format!("{array:?} has no axis {axis}"));
                        }
                    }
                }
                self.array_like(*array, axes.len(), ty)
            }
            Inst::Scratch(elements) => match ty.array() {
                Some((_, 1)) if *elements <= MOST_SCRATCH => Ok(()),
                _ => wrong_type(),
            },
            Inst::Reshape(array, lengths) => {
                self.rank(*array)?;
                self.numbers(lengths, lengths.len())?;
                self.array_like(*array, lengths.len(), ty)
            }
        }
    }

    /// Whether a type is that of an array of the elements of another.
    fn array_like(&self, array: Value, rank: usize, ty: Type) -> Result<(), String> {
        let dtype = self.func.ty(array).array().map(|(dtype, _)| dtype);
        match dtype.map(|dtype| Type::Array { dtype, rank: rank as u32 }) == Some(ty) {
            true => Ok(()),
            false => Err(format!("{ty} is not its type")),
        }
    }
}
