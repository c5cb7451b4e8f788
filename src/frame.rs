//! What one run of a program works on, whoever runs it.
//!
//! A frame stays in place while it is filled and run: it is large, and moving it would cost as much as a run
//! over a few elements. This module must not know how a frame is filled or run.

use std::marker::PhantomData;

use smallvec::SmallVec;

use crate::array::{ArrayView, ArrayViewMut, Shape, read, same_shape, write};
use crate::types::{DType, Scalar};

/// The memory of one run. Tables are in the order of the program's.
pub(crate) struct Frame<'a> {
    spaces: SmallVec<[Space; 2]>,
    views: SmallVec<[Place; 8]>,
    /// The bits of each [`crate::ir::UniformId`]; reduced ones are filled by the run.
    pub uniforms: SmallVec<[u64; 8]>,
    outputs: SmallVec<[Place; 4]>,
    /// The lengths of all spaces.
    lens: SmallVec<[usize; 8]>,
    /// The strides of all streams.
    strides: SmallVec<[isize; 32]>,
    memory: PhantomData<(&'a [u8], &'a mut [u8])>,
}

/// A shape: its place among the lengths.
#[derive(Clone, Copy)]
struct Space {
    first: u32,
    dimensions: u32,
}

/// A loop that runs once goes through no dimensions.
const SINGLE: Space = Space { first: 0, dimensions: 0 };

/// Where a stream lies.
#[derive(Clone, Copy)]
struct Place {
    first: *mut u8,
    dtype: DType,
    space: Space,
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
            outputs: SmallVec::new(),
            lens: SmallVec::new(),
            strides: SmallVec::new(),
            memory: PhantomData,
        }
    }

    /// Adds the shape of the next [`crate::ir::SpaceId`].
    pub fn push_space(&mut self, shape: &[usize]) {
        self.spaces.push(Space { first: self.lens.len() as u32, dimensions: shape.len() as u32 });
        // Mostly one or two: a call to copy them would take longer.
        shape.iter().for_each(|&n| self.lens.push(n));
    }

    /// The shape of a space.
    pub fn space(&self, space: usize) -> &[usize] {
        self.shape(self.spaces[space])
    }

    fn shape(&self, space: Space) -> &[usize] {
        &self.lens[space.first as usize..][..space.dimensions as usize]
    }

    /// Adds the memory of the next [`crate::ir::ViewId`]. Panics where its shape is not that of the space.
    pub fn push_view(&mut self, space: usize, view: &ArrayView<'a>) {
        let space = self.spaces[space];
        assert!(same_shape(view.shape(), self.shape(space)));
        let place = self.place(space, view.raw().first(), view.dtype(), view.strides());
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
        let place = self.place(space, view.raw().first(), view.dtype(), strides);
        self.outputs.push(place);
    }

    fn place(&mut self, space: Space, first: *mut u8, dtype: DType, strides: &[isize]) -> Place {
        let at = self.strides.len() as u32;
        strides.iter().for_each(|&stride| self.strides.push(stride));
        Place { first, dtype, space, strides: at }
    }

    /// The same views and uniforms, without outputs, with each space cut to a corner of no more than so many places.
    pub fn corner(&self, places: usize) -> Frame<'a> {
        let mut frame = Frame {
            spaces: SmallVec::new(),
            views: self.views.clone(),
            uniforms: self.uniforms.clone(),
            outputs: SmallVec::new(),
            lens: SmallVec::new(),
            strides: self.strides.clone(),
            memory: PhantomData,
        };
        for &space in &self.spaces {
            frame.push_space(&Shape::from(self.shape(space)).corner(places));
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

    fn stream(&self, place: &Place) -> Stream<'_> {
        let strides = &self.strides[place.strides as usize..][..place.space.dimensions as usize];
        Stream { first: place.first, dtype: place.dtype, space: self.shape(place.space), strides }
    }

    /// The element of a view at a place of its space. Panics outside.
    pub fn load(&self, view: usize, index: &[usize]) -> Scalar {
        let stream = self.view(view);
        // SAFETY: the frame borrows the memory of every view; whoever else writes it must have the frame.
        unsafe { read(stream.at(index), stream.dtype) }
    }

    /// Changes the element of an output at a place of its space. Panics outside, and for a value of another type.
    pub fn store(&mut self, output: usize, index: &[usize], value: Scalar) {
        let stream = self.output(output);
        assert_eq!(value.dtype(), stream.dtype);
        // SAFETY: the frame borrows the memory of every output exclusively.
        unsafe { write(stream.at(index), value) }
    }
}

impl Stream<'_> {
    /// The address of an element. Panics where `index` is not within the space.
    fn at(&self, index: &[usize]) -> *mut u8 {
        assert!(index.len() == self.space.len() && index.iter().zip(self.space).all(|(i, n)| i < n));
        let offsets = index.iter().zip(self.strides).map(|(&i, &stride)| i as isize * stride);
        self.first.wrapping_offset(offsets.sum())
    }
}
