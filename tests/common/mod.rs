//! What several test programs share: engines of every kind, arrays that can be compared to the
//! bit, and random numbers that come again.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use brolga::{
    Arg, Array, ArrayView, Backend, DType, Element, Engine, EngineBuilder, Error, ErrorKind, FpMode, Literal,
    Scalar, Tuning, Type, Visitor,
};

/// An argument that owns its elements.
#[derive(Clone, Debug)]
pub enum Value {
    /// An array; a scalar where its shape is `()`.
    Array(Array),
    /// A weak number.
    Literal(Literal),
}

impl Value {
    pub fn arg(&self) -> Arg<'_> {
        match self {
            Value::Array(array) => array.into(),
            Value::Literal(literal) => (*literal).into(),
        }
    }

    pub fn ty(&self) -> Type {
        self.arg().ty()
    }

    /// True for arrays that are not single values.
    pub fn is_array(&self) -> bool {
        matches!(self, Value::Array(array) if !array.shape().is_empty())
    }

    /// The array over and over, cut to `len` elements; single values as they are.
    pub fn cycled(&self, len: usize) -> Value {
        match self {
            Value::Array(array) if self.is_array() => Value::Array(cycled(array, len)),
            _ => self.clone(),
        }
    }
}

pub type Inputs = Vec<(String, Value)>;

pub fn args(inputs: &Inputs) -> Vec<(&str, Arg<'_>)> {
    inputs.iter().map(|(name, value)| (name.as_str(), value.arg())).collect()
}

pub fn types(inputs: &Inputs) -> Vec<(&str, Type)> {
    inputs.iter().map(|(name, value)| (name.as_str(), value.ty())).collect()
}

/// The elements over and over, in one dimension of `len`.
pub fn cycled(array: &Array, len: usize) -> Array {
    struct Cycled<'a>(&'a Array, usize);
    impl Visitor for Cycled<'_> {
        type Output = Array;

        fn visit<T: Element>(self) -> Array {
            let slice = self.0.as_slice::<T>().expect("the type was asked for");
            let elements: Vec<T> = slice.iter().copied().cycle().take(self.1).collect();
            Array::from_vec(elements, self.1).expect("as many as asked for")
        }
    }
    assert!(len == 0 || !array.is_empty(), "nothing comes of nothing");
    array.dtype().visit(Cycled(array, len))
}

/// An array of these values, which are all of type `dtype`.
pub fn array(dtype: DType, shape: &[usize], values: &[Scalar]) -> Array {
    struct Made<'a>(&'a [usize], &'a [Scalar]);
    impl Visitor for Made<'_> {
        type Output = Array;

        fn visit<T: Element>(self) -> Array {
            let element = |v: &Scalar| T::from_scalar(*v).unwrap_or_else(|| panic!("{v} is no {}", T::DTYPE));
            let made = Array::from_vec(self.1.iter().map(element).collect(), self.0);
            made.unwrap_or_else(|e| panic!("{e}"))
        }
    }
    dtype.visit(Made(shape, values))
}

/// The first element in which two arrays of one type and length differ; NaN is like NaN.
fn first_difference(a: &Array, b: &Array) -> Option<usize> {
    struct Different<'a>(&'a Array, &'a Array);
    impl Visitor for Different<'_> {
        type Output = Option<usize>;

        fn visit<T: Element>(self) -> Option<usize> {
            let [a, b] = [self.0, self.1].map(|array| array.as_slice::<T>().expect("one type"));
            a.iter().zip(b).position(|(a, b)| !a.scalar().same(b.scalar()))
        }
    }
    a.dtype().visit(Different(a, b))
}

/// What is different between results, if anything: `found` should be `expected`.
pub fn difference(found: &[Array], expected: &[Array]) -> Option<String> {
    if found.len() != expected.len() {
        return Some(format!("{} results, not {}", found.len(), expected.len()));
    }
    for (at, (f, e)) in found.iter().zip(expected).enumerate() {
        if f.dtype() != e.dtype() || f.shape() != e.shape() {
            let of = |a: &Array| format!("{}{:?}", a.dtype(), a.shape());
            return Some(format!("result {at} is {}, not {}", of(f), of(e)));
        }
        if let Some(element) = first_difference(f, e) {
            let [f, e] = [f.get(element), e.get(element)];
            return Some(format!("result {at}, element {element} is {f}, not {e}"));
        }
    }
    None
}

/// An engine with a name for messages.
pub struct Named {
    pub name: String,
    pub engine: Engine,
}

pub fn engine(name: &str, builder: EngineBuilder) -> Named {
    Named { name: name.into(), engine: builder.build().unwrap_or_else(|e| panic!("{name}: {e}")) }
}

/// One thread, no cache worth the name: tests keep the kernels that they want.
fn single(fp: FpMode) -> EngineBuilder {
    Engine::builder().threads(1).cache(1).fp(fp)
}

pub fn interpreter(fp: FpMode) -> Named {
    engine("interp", single(fp).backend(Backend::Interp))
}

/// An engine for each way to make code that runs on one thread.
pub fn code_makers(fp: FpMode) -> Vec<Named> {
    let mut all = vec![
        engine("scalar", single(fp).backend(Backend::Scalar)),
        engine("native", single(fp).backend(Backend::Native)),
    ];
    // The native one is the widest; this one is there for machines that have two.
    if let Ok(engine) = single(fp).backend(Backend::Wide256).build() {
        all.push(Named { name: "wide256".into(), engine });
    }
    for lanes in [2, 4, 8, 16] {
        for clif_optimize in [false, true] {
            let tuning = Tuning { lanes: Some(lanes), clif_optimize };
            let name = format!("clif of {lanes} lanes{}", if clif_optimize { ", optimized" } else { "" });
            all.push(engine(&name, single(fp).backend(Backend::Clif).tuning(tuning)));
        }
    }
    all
}

/// Engines with threads, which differ from others above the size where threads are woken.
pub fn threaded(fp: FpMode) -> Vec<Named> {
    let of = |threads| engine(&format!("{threads} threads"), single(fp).threads(threads));
    vec![of(2), of(7)]
}

/// The back ends that this machine has.
pub fn backends() -> impl Iterator<Item = Backend> {
    let here = |b: &Backend| match Engine::builder().threads(1).backend(*b).build() {
        Ok(_) => true,
        Err(e) => {
            assert_eq!(e.kind(), ErrorKind::Host);
            assert!([Backend::Wide256, Backend::Wide512].contains(b), "{b}: {e}");
            false
        }
    };
    Backend::ALL.iter().copied().filter(here)
}

/// Expects an error of a kind whose text holds every part.
pub fn expect<T>(result: Result<T, Error>, kind: ErrorKind, parts: &[&str]) {
    let Err(error) = result else { panic!("no error, where {parts:?} are expected") };
    let shown = error.to_string();
    assert_eq!(error.kind(), kind, "{shown}");
    for part in parts {
        assert!(shown.contains(part), "no `{part}` in\n{shown}");
    }
}

/// The number in an environment variable, if there is one.
pub fn variable(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")))
}

/// Random numbers that depend on the seed alone (splitmix64).
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.word() % n as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A value of `dtype`: special ones, small ones, and any bits.
pub fn random_scalar(random: &mut Random, dtype: DType) -> Scalar {
    const SPECIAL: &[f64] = &[
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -2.5,
        3.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        5e-324,
        f64::MAX,
        1e-310,
        9_007_199_254_740_993.0,
        -9.223_372_036_854_776e18,
        2_147_483_647.5,
        16_777_217.0,
        1e-40,
        0.1,
    ];
    const INTS: &[i64] =
        &[0, 1, -1, 2, 3, 31, 32, 63, 64, i64::MAX, i64::MIN, i32::MAX as i64, i32::MIN as i64];
    if dtype.is_complex() {
        let part = if dtype == DType::Complex64 { DType::Float32 } else { DType::Float64 };
        let parts = [random_scalar(random, part), random_scalar(random, part)].map(Scalar::to_bits);
        return Scalar::from_bits(dtype, parts[0] | parts[1] << (4 * dtype.size()));
    }
    let word = random.word();
    match random.below(3) {
        _ if dtype == DType::Bool => Scalar::Bool(word & 1 == 1),
        0 if dtype.is_int() => match random.below(2) {
            0 => Scalar::Int64(*random.pick(INTS)).cast(dtype),
            // The ends of the type.
            _ => Scalar::from_bits(dtype, (1 << (8 * dtype.size() - 1)) - u128::from(word & 1)),
        },
        0 => Scalar::Float64(*random.pick(SPECIAL)).cast(dtype),
        1 if dtype.is_int() => Scalar::Int64((word % 41) as i64 - 20).cast(dtype),
        1 => Scalar::Float64((word % 2001) as f64 / 64.0 - 15.0).cast(dtype),
        _ => Scalar::from_bits(dtype, u128::from(word) << 64 | u128::from(random.word())),
    }
}

/// `len` random values of `dtype`.
pub fn random_array(random: &mut Random, dtype: DType, len: usize) -> Array {
    let values: Vec<Scalar> = (0..len).map(|_| random_scalar(random, dtype)).collect();
    array(dtype, &[len], &values)
}

/// A view of elements as a shape.
pub fn view<'a, T: brolga::Element>(elements: &'a [T], shape: &[usize]) -> ArrayView<'a> {
    ArrayView::new(elements, shape).unwrap_or_else(|e| panic!("{e}"))
}

/// `count` quotients of `k` that all stay alive, and the sum of products of the first with the last and so on.
pub fn quotients(count: usize) -> String {
    let mut source = String::new();
    for at in 0..count {
        source += &format!("v{at} = k // (i + {})\n", at + 2);
    }
    let products = (0..count).map(|at| format!("v{at}*v{}", count - 1 - at));
    source + &products.collect::<Vec<_>>().join(" + ")
}
