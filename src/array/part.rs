//! Elements of an array along other axes than its own.

use std::marker::PhantomData;

use super::ArrayView;
use crate::layout::{Axis, Index, Layout, Problem};
use crate::types::DType;

/// Elements of an array, some of them or some more than once, borrowed to read.
#[derive(Clone)]
pub(crate) struct Part<'a> {
    first: *mut u8,
    dtype: DType,
    /// In bytes from `first`. It is made from that of the whole array, so that it never leads out of it.
    layout: Layout,
    memory: PhantomData<&'a [u8]>,
}

impl<'a> Part<'a> {
    /// All of an array.
    pub fn all(view: &ArrayView<'a>) -> Part<'a> {
        let axes = view.shape().iter().zip(view.strides());
        let layout = Layout { offset: 0, axes: axes.map(|(&len, &stride)| Axis { len, stride }).collect() };
        Part { first: view.raw().first(), dtype: view.dtype(), layout, memory: PhantomData }
    }

    /// What indices leave of it; `number` says what their numbers are.
    pub fn index<B: Copy>(
        &mut self,
        indices: &[Index<B>],
        number: impl Fn(B) -> i128,
    ) -> Result<(), Problem> {
        self.layout = self.layout.index(indices, number)?;
        Ok(())
    }

    /// Its axes in another order.
    pub fn permute(&mut self, order: Option<&[i64]>) -> Result<(), Problem> {
        self.layout = self.layout.permute(order)?;
        Ok(())
    }

    /// Its elements over a shape that it broadcasts to.
    pub fn broadcast(&mut self, shape: &[usize]) {
        self.layout.broadcast(shape);
    }

    /// The element at index (0, 0, …), where there are elements.
    pub fn first(&self) -> *mut u8 {
        self.first.wrapping_offset(self.layout.offset)
    }

    pub fn dtype(&self) -> DType {
        self.dtype
    }

    pub fn axes(&self) -> &[Axis] {
        &self.layout.axes
    }
}
