//! Elements of every type: what a file or a generator does for each.

/// Runs `$body` with the Rust type of an element type in the place of `$T`.
macro_rules! of_element {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            brolga::DType::Bool => of_element!(@ bool, $T => $body),
            brolga::DType::Complex64 => of_element!(@ brolga::Complex<f32>, $T => $body),
            brolga::DType::Complex128 => of_element!(@ brolga::Complex<f64>, $T => $body),
            dtype => crate::element::of_number!(dtype, $T => $body),
        }
    };
    (@ $rust:ty, $T:ident => $body:expr) => {{
        type $T = $rust;
        $body
    }};
}

/// The same for the integers and floats.
macro_rules! of_number {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            brolga::DType::Int8 => crate::element::of_number!(@ i8, $T => $body),
            brolga::DType::Int16 => crate::element::of_number!(@ i16, $T => $body),
            brolga::DType::Int32 => crate::element::of_number!(@ i32, $T => $body),
            brolga::DType::Int64 => crate::element::of_number!(@ i64, $T => $body),
            brolga::DType::UInt8 => crate::element::of_number!(@ u8, $T => $body),
            brolga::DType::UInt16 => crate::element::of_number!(@ u16, $T => $body),
            brolga::DType::UInt32 => crate::element::of_number!(@ u32, $T => $body),
            brolga::DType::UInt64 => crate::element::of_number!(@ u64, $T => $body),
            brolga::DType::Float32 => crate::element::of_number!(@ f32, $T => $body),
            brolga::DType::Float64 => crate::element::of_number!(@ f64, $T => $body),
            other => unreachable!("{other} is no integer nor float"),
        }
    };
    (@ $rust:ty, $T:ident => $body:expr) => {{
        type $T = $rust;
        $body
    }};
}

pub(crate) use {of_element, of_number};

/// An element as bytes.
pub trait Bytes: brolga::Element {
    /// From as many bytes as it has.
    fn from_bytes(bytes: &[u8], big_endian: bool) -> Self;

    /// Adds its bytes, the lowest first.
    fn push_bytes(self, to: &mut Vec<u8>);
}

impl Bytes for bool {
    fn from_bytes(bytes: &[u8], _: bool) -> bool {
        bytes[0] != 0
    }

    fn push_bytes(self, to: &mut Vec<u8>) {
        to.push(self.into());
    }
}

macro_rules! bytes {
    ($($rust:ident)*) => {$(
        impl Bytes for $rust {
            fn from_bytes(bytes: &[u8], big_endian: bool) -> $rust {
                let bytes = bytes.try_into().expect("as many as it has");
                if big_endian { $rust::from_be_bytes(bytes) } else { $rust::from_le_bytes(bytes) }
            }

            fn push_bytes(self, to: &mut Vec<u8>) {
                to.extend(self.to_le_bytes());
            }
        }
    )*};
}

bytes!(i8 i16 i32 i64 u8 u16 u32 u64 f32 f64);

impl<T: Copy + Bytes> Bytes for brolga::Complex<T>
where
    brolga::Complex<T>: brolga::Element,
{
    fn from_bytes(bytes: &[u8], big_endian: bool) -> brolga::Complex<T> {
        let [re, im] =
            [0, size_of::<T>()].map(|at| T::from_bytes(&bytes[at..][..size_of::<T>()], big_endian));
        brolga::Complex { re, im }
    }

    fn push_bytes(self, to: &mut Vec<u8>) {
        self.re.push_bytes(to);
        self.im.push_bytes(to);
    }
}
