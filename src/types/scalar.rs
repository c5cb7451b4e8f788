//! Single values of an element type.

use std::fmt;

use num_complex::Complex;

use super::visit::with_register_types;
use super::{Component, DType, Word};

macro_rules! scalar {
    ($($variant:ident $rust:ident $dtype:ident),*) => {
        /// One value of one element type.
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs, reason = "each is named after its type")]
        #[non_exhaustive]
        pub enum Scalar {
            $($dtype($rust),)*
            Complex64(Complex<f32>),
            Complex128(Complex<f64>),
        }

        impl Scalar {
            /// Its type.
            pub const fn dtype(self) -> DType {
                match self {
                    $(Scalar::$dtype(_) => DType::$dtype,)*
                    Scalar::Complex64(_) => DType::Complex64,
                    Scalar::Complex128(_) => DType::Complex128,
                }
            }

            /// The component of it that a register holds, if it has that component.
            pub(crate) const fn component(self, component: Component) -> Option<Word> {
                Some(match (self, component) {
                    $((Scalar::$dtype(v), Component::Whole) => Word::$variant(v),)*
                    (Scalar::Complex64(v), Component::Real) => Word::F32(v.re),
                    (Scalar::Complex64(v), Component::Imag) => Word::F32(v.im),
                    (Scalar::Complex128(v), Component::Real) => Word::F64(v.re),
                    (Scalar::Complex128(v), Component::Imag) => Word::F64(v.im),
                    _ => return None,
                })
            }
        }

        impl Word {
            /// The same as a value of an element type.
            pub const fn scalar(self) -> Scalar {
                match self { $(Word::$variant(v) => Scalar::$dtype(v),)* }
            }
        }
    };
}

with_register_types!(scalar!);

impl Scalar {
    /// The value as a register holds it; `None` where that takes two.
    pub(crate) const fn word(self) -> Option<Word> {
        self.component(Component::Whole)
    }

    /// Its bits as they lie in memory, the first byte lowest; the rest is zero.
    pub fn to_bits(self) -> u128 {
        let component = |component| u128::from(self.component(component).map_or(0, Word::to_bits));
        let imag = 8 * Component::Imag.offset(self.dtype());
        component(Component::Whole) | component(Component::Real) | component(Component::Imag) << imag
    }

    /// The value of type `dtype` with these bits; those beyond its size are not looked at.
    pub fn from_bits(dtype: DType, bits: u128) -> Scalar {
        match dtype {
            DType::Complex64 => {
                let [re, im] = [bits, bits >> 32].map(|bits| f32::from_bits(bits as u32));
                Scalar::Complex64(Complex { re, im })
            }
            DType::Complex128 => {
                let [re, im] = [bits, bits >> 64].map(|bits| f64::from_bits(bits as u64));
                Scalar::Complex128(Complex { re, im })
            }
            real => {
                let ty = real.register().expect("the others are one value");
                Word::from_bits(ty, bits as u64).scalar()
            }
        }
    }

    /// The same bits, where any NaN is the same as any other.
    pub fn same(self, other: Scalar) -> bool {
        let same = |component| match (self.component(component), other.component(component)) {
            (Some(x), Some(y)) => x.same(y),
            (x, y) => x.is_none() && y.is_none(),
        };
        self.dtype() == other.dtype()
            && same(Component::Whole)
            && same(Component::Real)
            && same(Component::Imag)
    }
}

impl Scalar {
    /// The complex number of two parts, floats of one type.
    pub(crate) fn of_parts(re: Word, im: Word) -> Scalar {
        match (re, im) {
            (Word::F32(re), Word::F32(im)) => Scalar::Complex64(Complex { re, im }),
            (Word::F64(re), Word::F64(im)) => Scalar::Complex128(Complex { re, im }),
            (re, im) => unreachable!("{re:?} and {im:?} are no parts of a complex number"),
        }
    }
}

/// As Python writes it: `2.5`, `inf`, `True`, `(1+2j)`.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.word(), self.component(Component::Real), self.component(Component::Imag)) {
            (Some(word), ..) => word.fmt(f),
            (None, Some(re), Some(im)) => complex(f, re, im),
            _ => unreachable!("an element is whole or a pair"),
        }
    }
}

/// Python leaves out a real part that is +0, and the fraction of whole numbers.
fn complex(f: &mut fmt::Formatter<'_>, re: Word, im: Word) -> fmt::Result {
    let component = |word: Word| {
        let text = word.to_string();
        text.strip_suffix(".0").map(str::to_string).unwrap_or(text)
    };
    let im = component(im);
    if re.to_bits() == 0 {
        return write!(f, "{im}j");
    }
    let plus = if im.starts_with('-') { "" } else { "+" };
    write!(f, "({}{plus}{im}j)", component(re))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back() {
        for dtype in DType::ALL {
            let bits = 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f01_u128;
            let kept = if dtype == DType::Bool { 1 } else { bits & (u128::MAX >> (128 - 8 * dtype.size())) };
            let scalar = Scalar::from_bits(dtype, bits);
            assert_eq!((scalar.dtype(), scalar.to_bits()), (dtype, kept));
        }
    }

    #[test]
    fn complex_numbers_are_written_as_python_writes_them() {
        for (re, im, text) in [
            (1.0, 2.5, "(1+2.5j)"),
            (0.0, -2.0, "-2j"),
            (-0.0, 1.0, "(-0+1j)"),
            (f64::NAN, f64::INFINITY, "(nan+infj)"),
            (0.5, -0.0, "(0.5-0j)"),
        ] {
            assert_eq!(Scalar::Complex128(Complex { re, im }).to_string(), text);
        }
    }
}
