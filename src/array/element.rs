//! The Rust types of elements, and memory of them.

use super::memory::Memory;
use super::{ArrayView, ArrayViewMut, Shape};
use crate::types::{DType, Scalar};

/// A Rust type that is an element type: `bool`, `i32`, `i64`, `f32`, `f64`.
pub trait Element: sealed::Sealed + Copy + Default + Send + Sync + 'static {
    /// The element type.
    const DTYPE: DType;

    /// The value as a scalar.
    fn scalar(self) -> Scalar;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn slice(data: &Data) -> Option<&[Self]>;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn slice_mut(data: &mut Data) -> Option<&mut [Self]>;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn into_data(elements: Memory<Self>) -> Data;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn from_data(data: Data) -> Option<Memory<Self>>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($variant:ident $rust:ty),*) => {
        /// Elements of one of the types, owned.
        #[derive(Clone, Debug)]
        pub(crate) enum Data {
            $($variant(Memory<$rust>),)*
        }

        impl Data {
            pub(super) fn zeros(dtype: DType, len: usize) -> Option<Data> {
                match dtype { $(DType::$variant => Memory::zeros(len).map(Data::$variant),)* }
            }

            pub(super) fn dtype(&self) -> DType {
                match self { $(Data::$variant(_) => DType::$variant,)* }
            }

            pub(super) fn len(&self) -> usize {
                match self { $(Data::$variant(memory) => memory.len(),)* }
            }

            pub(super) fn get(&self, index: usize) -> Scalar {
                match self { $(Data::$variant(memory) => Scalar::$variant(memory[index]),)* }
            }

            /// `shape` is filled by the elements.
            pub(super) fn view(&self, shape: Shape) -> ArrayView<'_> {
                match self { $(Data::$variant(memory) => ArrayView::of(memory, shape),)* }
            }

            /// `shape` is filled by the elements.
            pub(super) fn view_mut(&mut self, shape: Shape) -> ArrayViewMut<'_> {
                match self { $(Data::$variant(memory) => ArrayViewMut::of(memory, shape),)* }
            }
        }

        $(
            impl sealed::Sealed for $rust {}

            #[allow(private_interfaces)]
            impl Element for $rust {
                const DTYPE: DType = DType::$variant;

                fn scalar(self) -> Scalar {
                    Scalar::$variant(self)
                }

                fn slice(data: &Data) -> Option<&[Self]> {
                    match data { Data::$variant(memory) => Some(memory), _ => None }
                }

                fn slice_mut(data: &mut Data) -> Option<&mut [Self]> {
                    match data { Data::$variant(memory) => Some(memory), _ => None }
                }

                fn into_data(elements: Memory<Self>) -> Data {
                    Data::$variant(elements)
                }

                fn from_data(data: Data) -> Option<Memory<Self>> {
                    match data { Data::$variant(memory) => Some(memory), _ => None }
                }
            }
        )*
    };
}

elements!(Bool bool, Int32 i32, Int64 i64, Float32 f32, Float64 f64);
