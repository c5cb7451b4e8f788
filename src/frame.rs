//! What one run of a program works on, whoever runs it.
//!
//! A frame stays in place while it is filled and run: it is large, and moving it would cost as much as a run
//! over a few elements. This module must not know how a frame is filled or run.

use std::marker::PhantomData;

use smallvec::SmallVec;

use crate::array::{ArrayView, ArrayViewMut, Part, Shape, read, same_shape, write};
use crate::layout::Layout;
use crate::types::{Component, DType, Ty, Word};

/// The memory of one run. Tables are in the order of the program's.
pub(crate) struct Frame<'a> {
    spaces: SmallVec<[Lengths; 16]>,
    views: SmallVec<[Placement; 8]>,
    /// The bits of each [`crate::ir::UniformId`]; reduced ones are filled by the run.
    pub uniforms: SmallVec<[u64; 8]>,
    /// Uniforms of guards that were raised, and for each a number of trips, some block's first, before which none
    /// raised it.
    pub raised: SmallVec<[(usize, usize); 1]>,
    outputs: SmallVec<[Placement; 4]>,
    /// The lengths of all spaces.
    lens: SmallVec<[usize; 32]>,
    /// The strides of all streams.
    strides: SmallVec<[isize; 32]>,
    memory: PhantomData<(&'a [u8], &'a mut [u8])>,
}

/// A shape: its place among the lengths.
#[derive(Clone, Copy, PartialEq)]
struct Lengths {
    first: u32,
    dimensions: u32,
}

/// A loop that runs once goes through no dimensions.
const SINGLE: Lengths = Lengths { first: 0, dimensions: 0 };

/// Where a stream lies.
#[derive(Clone, Copy)]
struct Placement {
    first: *mut u8,
    dtype: DType,
    space: Lengths,
    /// Its first stride.
    strides: u32,
}

/// The memory of a view or of an output, with an element for each place of its space.
#[derive(Clone, Copy)]
pub(crate) struct Stream<'f> {
    /// The element at index (0, 0, …); it need not be aligned.
    pub first: *mut u8,
    pub dtype: DType,
    /// Lengths of the space, outermost first.
    pub space: &'f [usize],
    /// Bytes from one element to the next along each dimension; any sign, or 0 where it is repeated.
    pub strides: &'f [isize],
}

impl<'a> Frame<'a> {
    /// A frame of nothing.
    pub fn new() -> Frame<'a> {
        Frame {
            spaces: SmallVec::new(),
            views: SmallVec::new(),
            uniforms: SmallVec::new(),
            raised: SmallVec::new(),
            outputs: SmallVec::new(),
            lens: SmallVec::new(),
            strides: SmallVec::new(),
            memory: PhantomData,
        }
    }

    /// Adds the shape of the next [`crate::ir::SpaceId`]. Most arrays of a call have one shape, which is kept once.
    pub fn push_space(&mut self, shape: &[usize]) {
        if let Some(&first) = self.spaces.first()
            && same_shape(self.shape(first), shape)
        {
            self.spaces.push(first);
            return;
        }
        self.spaces.push(Lengths { first: self.lens.len() as u32, dimensions: shape.len() as u32 });
        // Mostly one or two: a call to copy them would take longer.
        shape.iter().for_each(|&n| self.lens.push(n));
    }

    /// Adds the next space, whose shape is that of a layout.
    pub fn push_lengths(&mut self, layout: &Layout) {
        self.spaces.push(Lengths { first: self.lens.len() as u32, dimensions: layout.axes.len() as u32 });
        layout.axes.iter().for_each(|axis| self.lens.push(axis.len));
    }

    /// Adds as many spaces of one shape to a frame of nothing.
    pub fn push_spaces(&mut self, shape: &[usize], count: usize) {
        self.push_space(shape);
        let first = self.spaces[0];
        (1..count).for_each(|_| self.spaces.push(first));
    }

    /// Adds the next space, whose shape is that of an earlier one.
    pub fn push_same_space(&mut self, space: usize) {
        self.spaces.push(self.spaces[space]);
    }

    /// Whether two spaces have one shape.
    pub fn same_spaces(&self, a: usize, b: usize) -> bool {
        self.spaces[a] == self.spaces[b] || same_shape(self.space(a), self.space(b))
    }

    /// The number of places of a space, if it can be counted.
    pub fn places(&self, space: usize) -> Option<usize> {
        let shape = self.space(space);
        if shape.contains(&0) {
            return Some(0);
        }
        let places = shape.iter().try_fold(1usize, |places, &len| places.checked_mul(len))?;
        isize::try_from(places).is_ok().then_some(places)
    }

    /// The shape of a space.
    pub fn space(&self, space: usize) -> &[usize] {
        self.shape(self.spaces[space])
    }

    fn shape(&self, space: Lengths) -> &[usize] {
        &self.lens[space.first as usize..][..space.dimensions as usize]
    }

    /// Adds the memory of the next [`crate::ir::ViewId`], if its shape is that of the space.
    pub fn push_view(&mut self, space: usize, view: &ArrayView<'a>) -> bool {
        let space = self.spaces[space];
        if !same_shape(view.shape(), self.shape(space)) {
            return false;
        }
        let place = self.place(space, view.raw().first(), view.dtype(), view.strides().iter().copied());
        self.views.push(place);
        true
    }

    /// Adds the memory of the next [`crate::ir::ViewId`]. Panics where its shape is not that of the space.
    pub fn push_part(&mut self, space: usize, part: &Part<'a>) {
        let space = self.spaces[space];
        assert!(part.axes().iter().map(|axis| axis.len).eq(self.shape(space).iter().copied()));
        let strides = part.axes().iter().map(|axis| axis.stride);
        let place = self.place(space, part.first(), part.dtype(), strides);
        self.views.push(place);
    }

    /// Adds the memory of the next [`crate::ir::OutputId`]. Panics where its shape is not that of the space, or
    /// without a space, where it is not one element.
    pub fn push_output(&mut self, space: Option<usize>, view: &'a mut ArrayViewMut<'_>) {
        let space = space.map_or(SINGLE, |space| self.spaces[space]);
        let strides = if space.dimensions == 0 { &[] } else { view.strides() };
        let fits =
            if space.dimensions == 0 { view.len() == 1 } else { same_shape(view.shape(), self.shape(space)) };
        assert!(fits);
        let place = self.place(space, view.raw().first(), view.dtype(), strides.iter().copied());
        self.outputs.push(place);
    }

    fn place(
        &mut self,
        space: Lengths,
        first: *mut u8,
        dtype: DType,
        strides: impl Iterator<Item = isize>,
    ) -> Placement {
        let at = self.strides.len() as u32;
        strides.for_each(|stride| self.strides.push(stride));
        Placement { first, dtype, space, strides: at }
    }

    /// Makes it a frame of nothing again.
    pub fn clear(&mut self) {
        *self = Frame::new();
    }

    /// The same views and uniforms, without outputs, with each space cut to a corner of no more than so many places.
    pub fn corner(&self, places: usize) -> Frame<'a> {
        let mut frame = Frame {
            spaces: self.spaces.clone(),
            views: self.views.clone(),
            uniforms: self.uniforms.clone(),
            raised: SmallVec::new(),
            outputs: SmallVec::new(),
            lens: self.lens.clone(),
            strides: self.strides.clone(),
            memory: PhantomData,
        };
        for &space in &self.spaces {
            let corner = Shape::from(self.shape(space)).corner(places);
            frame.lens[space.first as usize..][..corner.len()].copy_from_slice(&corner);
        }
        frame
    }

    /// The memory of a view.
    pub fn view(&self, at: usize) -> Stream<'_> {
        self.stream(&self.views[at])
    }

    /// The memory of an output.
    pub fn output(&self, at: usize) -> Stream<'_> {
        self.stream(&self.outputs[at])
    }

    fn stream(&self, place: &Placement) -> Stream<'_> {
        let strides = &self.strides[place.strides as usize..][..place.space.dimensions as usize];
        Stream { first: place.first, dtype: place.dtype, space: self.shape(place.space), strides }
    }

    /// A component of the element of a view at a place of its space. Panics outside, and where the element has no
    /// such component.
    pub fn load(&self, view: usize, component: Component, index: &[usize]) -> Word {
        let stream = self.view(view);
        let (at, ty) = stream.component(component, index);
        // SAFETY: the frame borrows the memory of every view; whoever else writes it must have the frame.
        unsafe { read(at, ty.dtype()) }.word().expect("a component is one value")
    }

    /// Changes a component of the element of an output at a place of its space to a value, cast to its type. Panics
    /// outside, and where the element has no such component.
    pub fn store(&mut self, output: usize, component: Component, index: &[usize], value: Word) {
        let (at, ty) = self.output(output).component(component, index);
        // SAFETY: the frame borrows the memory of every output exclusively.
        unsafe { write(at, value.cast(ty).scalar()) }
    }
}

impl Stream<'_> {
    /// The address of a component of an element, and its type. Panics where `index` is not within the space.
    fn component(&self, component: Component, index: &[usize]) -> (*mut u8, Ty) {
        let ty = self.dtype.component(component).expect("the element has this component");
        (self.at(index).wrapping_add(component.offset(self.dtype)), ty)
    }

    /// The address of an element. Panics where `index` is not within the space.
    fn at(&self, index: &[usize]) -> *mut u8 {
        assert!(index.len() == self.space.len() && index.iter().zip(self.space).all(|(i, n)| i < n));
        let offsets = index.iter().zip(self.strides).map(|(&i, &stride)| i as isize * stride);
        self.first.wrapping_offset(offsets.sum())
    }
}
