//! What a value becomes in another type.
//!
//! Integers wrap. Floats become integers toward zero and saturate; NaN gives 0. Integers and floats
//! become the nearest float, ties to even. A number as a truth value is whether it is not 0.

use num_complex::Complex;

use super::{DType, Literal, Scalar, Ty, Word};

impl Word {
    /// The value in another type.
    pub const fn cast(self, ty: Ty) -> Word {
        macro_rules! from {
            ($v:expr, $truth:expr) => {
                match ty {
                    Ty::Bool => Word::Bool($truth),
                    Ty::I8 => Word::I8($v as i8),
                    Ty::I16 => Word::I16($v as i16),
                    Ty::I32 => Word::I32($v as i32),
                    Ty::I64 => Word::I64($v as i64),
                    Ty::U8 => Word::U8($v as u8),
                    Ty::U16 => Word::U16($v as u16),
                    Ty::U32 => Word::U32($v as u32),
                    Ty::U64 => Word::U64($v as u64),
                    Ty::F32 => Word::F32($v as f32),
                    Ty::F64 => Word::F64($v as f64),
                }
            };
        }
        match self {
            Word::Bool(v) => from!(v as u8, v),
            Word::I8(v) => from!(v, v != 0),
            Word::I16(v) => from!(v, v != 0),
            Word::I32(v) => from!(v, v != 0),
            Word::I64(v) => from!(v, v != 0),
            Word::U8(v) => from!(v, v != 0),
            Word::U16(v) => from!(v, v != 0),
            Word::U32(v) => from!(v, v != 0),
            Word::U64(v) => from!(v, v != 0),
            Word::F32(v) => from!(v, v != 0.0),
            Word::F64(v) => from!(v, v != 0.0),
        }
    }
}

impl Scalar {
    /// The value in another type: integers wrap; floats become integers toward zero and saturate, NaN
    /// gives 0; numbers become `self != 0`; a complex number becomes a real one by its real part.
    pub fn cast(self, dtype: DType) -> Scalar {
        let (real, imag) = match self {
            Scalar::Complex64(v) => (Word::F32(v.re), Word::F32(v.im)),
            Scalar::Complex128(v) => (Word::F64(v.re), Word::F64(v.im)),
            real => (real.word().expect("the others are one value"), Word::Bool(false)),
        };
        let pair = |ty| (real.cast(ty), imag.cast(ty));
        match (dtype, dtype.register()) {
            (DType::Bool, _) => Scalar::Bool(!(real.is_zero() && imag.is_zero())),
            (_, Some(ty)) => real.cast(ty).scalar(),
            (DType::Complex64, None) => match pair(Ty::F32) {
                (Word::F32(re), Word::F32(im)) => Scalar::Complex64(Complex { re, im }),
                other => unreachable!("{other:?} are not the float32 they were cast to"),
            },
            (_, None) => match pair(Ty::F64) {
                (Word::F64(re), Word::F64(im)) => Scalar::Complex128(Complex { re, im }),
                other => unreachable!("{other:?} are not the float64 they were cast to"),
            },
        }
    }
}

impl Literal {
    /// Its real and its imaginary part, each as a value of register type `ty`. Python's numbers reach float32
    /// through float64, as NumPy's do.
    pub(crate) fn words(self, ty: Ty) -> (Word, Word) {
        match self {
            Literal::Complex(v) => (Word::F64(v.re).cast(ty), Word::F64(v.im).cast(ty)),
            real => (real.real_word(ty), Word::I8(0).cast(ty)),
        }
    }

    /// Whether it is not 0, as a value.
    pub(crate) fn truth(self) -> Word {
        match self {
            Literal::Complex(v) => Word::Bool(v.re != 0.0 || v.im != 0.0),
            real => real.real_word(Ty::Bool),
        }
    }

    fn real_word(self, ty: Ty) -> Word {
        let wide = match self {
            Literal::Bool(v) => Word::Bool(v),
            Literal::Float(v) => Word::F64(v),
            Literal::Complex(v) => Word::F64(v.re),
            Literal::Int(v) if ty == Ty::Bool => Word::Bool(v != 0),
            Literal::Int(v) if ty.is_float() => Word::F64(v as f64),
            // The low bits are those of every type that holds it.
            Literal::Int(v) => Word::U64(v as u64),
        };
        wide.cast(ty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_saturate_wrap_and_round() {
        let nan = f64::NAN;
        for (from, ty, to) in [
            (Word::F64(300.7), Ty::U8, Word::U8(255)),
            (Word::F64(-0.9), Ty::U8, Word::U8(0)),
            (Word::F64(-5.0), Ty::U64, Word::U64(0)),
            (Word::F64(nan), Ty::I16, Word::I16(0)),
            (Word::F64(1e30), Ty::U64, Word::U64(u64::MAX)),
            (Word::I32(300), Ty::I8, Word::I8(44)),
            (Word::I8(-1), Ty::U64, Word::U64(u64::MAX)),
            (Word::U8(200), Ty::I8, Word::I8(-56)),
            (Word::U64(u64::MAX), Ty::F32, Word::F32(18446744073709551616.0)),
            (Word::U64((1 << 53) + 1), Ty::F64, Word::F64(9007199254740992.0)),
            (Word::I64(16777217), Ty::F32, Word::F32(16777216.0)),
            (Word::F64(nan), Ty::Bool, Word::Bool(true)),
        ] {
            assert!(from.cast(ty).same(to), "{from:?} to {ty}: {:?}", from.cast(ty));
        }
    }

    #[test]
    fn complex_numbers_have_a_real_part_and_truth() {
        let i = Scalar::Complex128(Complex { re: 0.0, im: 1.0 });
        assert!(i.cast(DType::Bool).same(Scalar::Bool(true)));
        assert!(i.cast(DType::Float32).same(Scalar::Float32(0.0)));
        assert!(i.cast(DType::Complex64).same(Scalar::Complex64(Complex { re: 0.0, im: 1.0 })));
        let two = Scalar::Complex64(Complex { re: 2.0, im: 0.0 });
        assert!(Scalar::UInt8(2).cast(DType::Complex64).same(two));
    }
}
