//! The Rust types of elements, and memory of them.

use num_complex::Complex;

use super::memory::Memory;
use super::{ArrayView, ArrayViewMut, Shape};
use crate::types::{DType, Scalar};

/// A Rust type that is an element type: `bool`, `i8` to `i64`, `u8` to `u64`, `f32`, `f64`, and `Complex`
/// of both from the `num-complex` crate.
pub trait Element: sealed::Sealed + Copy + Default + Send + Sync + 'static {
    /// The element type.
    const DTYPE: DType;

    /// The value as a scalar.
    fn scalar(self) -> Scalar;

    /// The value that a scalar is, if it is of this type.
    fn from_scalar(scalar: Scalar) -> Option<Self>;

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
    /// Memory of zeros is elements.
    pub trait Sealed: bytemuck::Zeroable {}
}

/// Something to be done for the Rust type of an element type that is known at run time alone: see
/// [`DType::visit`].
pub trait Visitor {
    /// What comes of it.
    type Output;

    /// Does it for elements of type `T`.
    fn visit<T: Element>(self) -> Self::Output;
}

macro_rules! elements {
    ($($variant:ident $rust:ty),*) => {
        /// Elements of one of the types, owned.
        #[derive(Clone, Debug)]
        pub(crate) enum Data {
            $($variant(Memory<$rust>),)*
        }

        impl DType {
            /// Does what `visitor` does for the Rust type of these elements.
            pub fn visit<V: Visitor>(self, visitor: V) -> V::Output {
                match self { $(DType::$variant => visitor.visit::<$rust>(),)* }
            }
        }

        impl Data {
            pub(super) fn single(value: Scalar) -> Data {
                match value { $(Scalar::$variant(value) => Data::$variant(vec![value].into()),)* }
            }

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

            /// `shape` is filled by the elements, one after the other in some order of dimensions, as the strides say.
            pub(super) fn view(&self, shape: Shape, strides: &[isize]) -> ArrayView<'_> {
                match self { $(Data::$variant(memory) => ArrayView::of(memory, shape, strides),)* }
            }

            /// `shape` is filled by the elements, one after the other in some order of dimensions, as the strides say.
            pub(super) fn view_mut(&mut self, shape: Shape, strides: &[isize]) -> ArrayViewMut<'_> {
                match self { $(Data::$variant(memory) => ArrayViewMut::of(memory, shape, strides),)* }
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

                fn from_scalar(scalar: Scalar) -> Option<Self> {
                    match scalar { Scalar::$variant(value) => Some(value), _ => None }
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

elements!(
    Bool bool, Int8 i8, Int16 i16, Int32 i32, Int64 i64, UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64,
    Float32 f32, Float64 f64, Complex64 Complex<f32>, Complex128 Complex<f64>
);
