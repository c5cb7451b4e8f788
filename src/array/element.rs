//! The Rust types of elements, and typed slices of them.

use super::memory::Memory;
use crate::types::{DType, Scalar};

/// A Rust type that is an element type: `bool`, `i32`, `i64`, `f32`, `f64`.
pub trait Element: sealed::Sealed + Copy + Default + Send + Sync + 'static {
    /// The element type.
    const DTYPE: DType;

    /// The value as a scalar.
    fn scalar(self) -> Scalar;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn elements(slice: &[Self]) -> Elements<'_>;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn elements_mut(slice: &mut [Self]) -> ElementsMut<'_>;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn slice(elements: Elements<'_>) -> Option<&[Self]>;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn slice_mut(elements: ElementsMut<'_>) -> Option<&mut [Self]>;
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
        /// Elements of one of the types, borrowed.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Elements<'a> {
            $($variant(&'a [$rust]),)*
        }

        /// Elements of one of the types, borrowed to write.
        #[derive(Debug)]
        pub(crate) enum ElementsMut<'a> {
            $($variant(&'a mut [$rust]),)*
        }

        /// Elements of one of the types, owned.
        #[derive(Clone, Debug)]
        pub(crate) enum Data {
            $($variant(Memory<$rust>),)*
        }

        impl<'a> Elements<'a> {
            pub(crate) fn dtype(self) -> DType {
                match self { $(Elements::$variant(_) => DType::$variant,)* }
            }

            pub(crate) fn len(self) -> usize {
                match self { $(Elements::$variant(slice) => slice.len(),)* }
            }

            pub(crate) fn get(self, index: usize) -> Scalar {
                match self { $(Elements::$variant(slice) => Scalar::$variant(slice[index]),)* }
            }

            /// The first `len` elements; panics where there are fewer.
            pub(crate) fn prefix(self, len: usize) -> Elements<'a> {
                match self { $(Elements::$variant(slice) => Elements::$variant(&slice[..len]),)* }
            }

            pub(crate) fn as_ptr(self) -> *const u8 {
                match self { $(Elements::$variant(slice) => slice.as_ptr().cast(),)* }
            }
        }

        impl ElementsMut<'_> {
            pub(crate) fn reborrow(&mut self) -> ElementsMut<'_> {
                match self { $(ElementsMut::$variant(slice) => ElementsMut::$variant(slice),)* }
            }

            pub(crate) fn dtype(&self) -> DType {
                match self { $(ElementsMut::$variant(_) => DType::$variant,)* }
            }

            pub(crate) fn len(&self) -> usize {
                match self { $(ElementsMut::$variant(slice) => slice.len(),)* }
            }

            /// Panics where `value` is of another type, or `index` past the end.
            pub(crate) fn set(&mut self, index: usize, value: Scalar) {
                match (self, value) {
                    $((ElementsMut::$variant(slice), Scalar::$variant(value)) => slice[index] = value,)*
                    (this, value) => panic!("{} among {}", value.dtype(), this.dtype()),
                }
            }

            pub(crate) fn as_mut_ptr(&mut self) -> *mut u8 {
                match self { $(ElementsMut::$variant(slice) => slice.as_mut_ptr().cast(),)* }
            }
        }

        impl Data {
            pub(super) fn zeros(dtype: DType, len: usize) -> Option<Data> {
                match dtype { $(DType::$variant => Memory::zeros(len).map(Data::$variant),)* }
            }

            pub(super) fn elements(&self) -> Elements<'_> {
                match self { $(Data::$variant(memory) => Elements::$variant(memory),)* }
            }

            pub(super) fn elements_mut(&mut self) -> ElementsMut<'_> {
                match self { $(Data::$variant(memory) => ElementsMut::$variant(memory),)* }
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

                fn elements(slice: &[Self]) -> Elements<'_> {
                    Elements::$variant(slice)
                }

                fn elements_mut(slice: &mut [Self]) -> ElementsMut<'_> {
                    ElementsMut::$variant(slice)
                }

                fn slice(elements: Elements<'_>) -> Option<&[Self]> {
                    match elements { Elements::$variant(slice) => Some(slice), _ => None }
                }

                fn slice_mut(elements: ElementsMut<'_>) -> Option<&mut [Self]> {
                    match elements { ElementsMut::$variant(slice) => Some(slice), _ => None }
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
