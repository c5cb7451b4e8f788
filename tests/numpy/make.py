"""Writes tests/cases/numpy_*.txt: what NumPy gives, wherever docs promise its bits.

Run by hand with NumPy 2, and commit what it writes:

    python tests/numpy/make.py

For every pair of types under every operator and function: the type of the result, its values at edge
operands, and what is refused. Left out are the places where we differ by decision: casts out of range (ours
saturate), `and`/`or` of anything but truth values (ours work element by element and give bool), literals
beyond a type's range in `where` (ours refuses them), and functions whose last bits are a matter of the
library; where NumPy gives float16, ours is float32.

Pairs of one type get a program for each operator, so that each is compiled alone; those of two types share
programs, which keeps the tests quick.
"""

import itertools
import math
import pathlib

import numpy as np

CASES = pathlib.Path(__file__).parent.parent / "cases"
INF, NAN = math.inf, math.nan
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTS = SIGNED + UNSIGNED
FLOATS = ["float32", "float64"]
TYPES = ["bool"] + INTS + FLOATS
KIND = {"bool": 0} | {t: 1 for t in INTS} | {t: 2 for t in FLOATS}

# Operands of one operand's functions and of scalars.
SPECIAL = {
    "bool": [True, False],
    "int8": [0, 1, -1, 2, -3, 7, 8, 100, 127, -128],
    "int16": [0, 1, -1, 2, -3, 15, 16, 256, 1000, 32767, -32768],
    "int32": [0, 1, -1, 2, -2, 3, 7, -7, 31, 32, 100, 2**31 - 1, -(2**31), 65537],
    "int64": [0, 1, -1, 2, -3, 5, 63, 64, 1000, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)],
    "uint8": [0, 1, 2, 7, 8, 100, 127, 128, 255],
    "uint16": [0, 1, 3, 15, 16, 255, 256, 32768, 65535],
    "uint32": [0, 1, 5, 31, 32, 65536, 2**24 + 1, 2**31, 2**32 - 1],
    "uint64": [0, 1, 9, 63, 64, 2**32, 2**53 + 1, 2**63, 2**64 - 1],
    "float32": [0.0, -0.0, 1.0, -1.0, 0.5, -1.5, 2.5, 3.0, -7.0, 0.1, 1e-40, -1e-45, 3.4028235e38,
                1.1754944e-38, 16777217.0, INF, -INF, NAN],
    "float64": [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -3.0, 7.25, 0.1, 5e-324, -1e-310, 1.7976931348623157e308,
                2.2250738585072014e-308, 9007199254740993.0, 4503599627370495.5, INF, -INF, NAN],
}

# Fewer, of which every one meets every one.
EDGES = {
    "bool": [True, False],
    "int8": [0, 1, -1, 3, -7, 127, -128],
    "int16": [0, 1, -1, 5, -300, 32767, -32768],
    "int32": [0, 1, -1, 7, -70000, 2**31 - 1, -(2**31)],
    "int64": [0, 1, -3, 63, 2**53 + 1, 2**63 - 1, -(2**63)],
    "uint8": [0, 1, 3, 8, 128, 255],
    "uint16": [0, 1, 7, 16, 300, 65535],
    "uint32": [0, 1, 5, 32, 70000, 2**32 - 1],
    "uint64": [0, 1, 9, 64, 2**63, 2**64 - 1],
    "float32": [0.0, -0.0, 1.0, -1.5, 2.5, 0.1, 16777217.0, -1e-45, 3.4028235e38, INF, -INF, NAN],
    "float64": [0.0, -0.0, 1.0, -2.5, 0.1, 9007199254740993.0, 5e-324, -1.7976931348623157e308, INF, -INF, NAN],
}


def number(value):
    """As a case writes it."""
    if isinstance(value, np.bool_):
        return str(bool(value))
    if isinstance(value, np.integer):
        return str(int(value))
    if isinstance(value, np.float32):
        return str(value)
    if isinstance(value, np.complexfloating):
        re, im = number(value.real), number(value.imag)
        return f"{re}{'' if im.startswith('-') else '+'}{im}j"
    return repr(float(value))


def array(values):
    values = np.asarray(values)
    if values.dtype == np.float16:
        values = values.astype("float32")
    if values.dtype == bool and values.ndim == 1 and values.size:
        return "bool " + "".join("1" if v else "0" for v in values)
    shape = "" if values.ndim == 1 and values.size else "(" + ",".join(map(str, values.shape)) + ")"
    return " ".join([f"{values.dtype}{shape}"] + [number(v) for v in values.ravel()])


class File:
    def __init__(self, name, about):
        self.path = CASES / f"numpy_{name}.txt"
        self.lines = [f"# {about}", f"# Written by tests/numpy/make.py with NumPy {np.__version__}; do not edit."]

    def case(self, name, **inputs):
        self.inputs = {k: np.asarray(v) for k, v in inputs.items()}
        self.lines += ["", f"case {name}"]
        self.lines += [f"  {k} = {array(v)}" for k, v in self.inputs.items()]

    def results(self, text):
        """What NumPy gives for a text; an exception where it refuses it."""
        # A 0-d array counts as a scalar of its type, as ours does.
        scope = {k: v[()] if v.ndim == 0 else v for k, v in self.inputs.items()}
        with np.errstate(all="ignore"):
            results = eval(text, vars(np) | {"lower": lower} | scope)
        return results if isinstance(results, tuple) else (results,)

    def program(self, text, numpy=None):
        """`text` for us; `numpy` is the same for NumPy, where it is not the same text."""
        results = self.results(numpy or text)
        self.lines.append(f"> {text}")
        self.lines += [f"-> {array(result)}" for result in results]

    def programs(self, texts, together):
        """Each of the texts, pairs of ours and NumPy's: what NumPy gives, or its refusal."""
        taken = []
        for ours, numpys in texts:
            try:
                taken.append((ours, self.results(numpys)))
            except (TypeError, OverflowError):
                self.lines += [f"> {ours}", "!! Type |"]
        groups = [taken[at : at + 8] for at in range(0, len(taken), 8)] if together else [[one] for one in taken]
        for group in groups:
            self.lines.append("> " + ", ".join(ours for ours, _ in group))
            self.lines += [f"-> {array(result)}" for _, results in group for result in results]

    def write(self):
        self.path.write_text("\n".join(self.lines) + "\n")


def lower(x, y):
    """fmin: which of 0.0 and -0.0 NumPy takes depends on the place in the array; ours is the first."""
    meet = np.result_type(x, y)
    x, y = x.astype(meet), y.astype(meet)
    return np.where((x <= y) | (y != y), x, y), np.where((x >= y) | (y != y), x, y)


def pairs(left, right, table=EDGES):
    """Every value of one table beside every value of the other."""
    both = list(itertools.product(table[left], table[right]))
    return np.array([x for x, _ in both], left), np.array([y for _, y in both], right)


BINARY = ["+", "-", "*", "/", "//", "%", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">="]
FUNCTIONS2 = ["minimum(x, y)", "maximum(x, y)", "logical_and(x, y)", "logical_or(x, y)"]


def binary():
    f = File("binary", "Operators and functions of two operands, of every pair of types.")
    for left, right in itertools.product(TYPES, repeat=2):
        x, y = pairs(left, right)
        f.case(f"{left} and {right}", x=x, y=y)
        texts = [(f"x {symbol} y", f"x {symbol} y") for symbol in BINARY]
        texts += [(text, text) for text in FUNCTIONS2]
        texts += [("fmin(x, y)", "lower(x, y)[0]"), ("fmax(x, y)", "lower(x, y)[1]")]
        f.programs(texts, together=left != right)
        if np.result_type(x, y).kind in "iu":
            # NumPy refuses negative exponents, as we do; its floats are a matter of the library.
            exponent = np.abs(y) if right == "bool" else (np.abs(y.astype(float)) % 70).astype(right)
            f.case(f"power of {left} and {right}", x=x, y=exponent)
            f.program("x ** y")
    f.case("power of truth values", x=np.array([True, True, False, False]), y=np.array([True, False, True, False]))
    f.program("x ** y, x ** 2, x ** 1, x ** 3, x // y, x % y, x << y, x >> y")
    f.write()


def scalars():
    """Scalars are as strong as arrays; literals are weak."""
    f = File("scalars", "Arrays beside typed scalars and literals: NumPy 2's promotion.")
    value = {"bool": True, "float32": 0.1, "float64": -2.5} | {t: -3 for t in SIGNED} | {t: 5 for t in UNSIGNED}
    for left, right in itertools.product(TYPES, repeat=2):
        f.case(f"{left} array and {right} scalar", x=np.array(SPECIAL[left], left), s=np.array(value[right], right))
        texts = [f"{a} {symbol} {b}" for symbol in ["+", "*", "/", "%", "//", "<", "==", "&"] for a, b in ["xs", "sx"]]
        f.programs([(text, text) for text in texts + ["minimum(x, s)", "maximum(s, x)"]], together=True)
    for left in TYPES:
        f.case(f"{left} and literals", x=np.array(SPECIAL[left], left))
        literals = ["True", "1", "-3", "7", "2.5", "0.1", "1e-3", "inf", "nan", "(1 / 3)", "(2 ** 10)", "-0.0", "200"]
        for literal in literals:
            texts = [f"x {symbol} {literal}" for symbol in ["+", "-", "*", "/", "//", "%", "<", "!=", "&", "|", "^"]]
            texts += [f"{literal} {symbol} x" for symbol in ["-", "/", "//", "%", "<"]]
            texts += [f"minimum(x, {literal})", f"maximum({literal}, x)"]
            f.programs([(text, text) for text in texts], together=True)
        if left in INTS:
            bits = np.iinfo(left).bits
            for literal in ["0", "1", "5", str(bits - 1), str(bits), str(bits + 1)]:
                texts = [f"x << {literal}", f"x >> {literal}", f"{literal} << (x & 7)", f"{literal} >> (x & 7)"]
                f.programs([(text, text) for text in texts], together=True)
            ends = np.iinfo(left)
            for literal in [str(ends.max + 1), str(ends.min - 1), "9223372036854775808", "-9223372036854775809", "2 ** 100"]:
                compare = [f"x {symbol} {literal}" for symbol in ["<", "<=", ">", ">=", "==", "!="]]
                compare += [f"{literal} < x", f"{literal} >= x", f"{literal} == x"]
                f.programs([(text, text) for text in compare], together=True)
                f.programs([(text, text) for text in [f"x + {literal}", f"{literal} * x"]], together=False)
    f.write()


UNARY = ["absolute", "abs", "floor", "ceil", "trunc", "logical_not", "isnan", "isfinite", "isinf", "sign", "square",
         "positive", "negative", "invert", "round"]


def unary():
    f = File("unary", "Operators and functions of one operand, and casts.")
    for dtype in TYPES:
        values = np.array(SPECIAL[dtype], dtype)
        f.case(f"{dtype}", x=values)
        # Our round of bool is bool.
        names = [name for name in UNARY if (dtype, name) != ("bool", "round")]
        f.programs([(f"{name}(x)", f"{name}(x)") for name in names], together=False)
        f.programs([("-x", "-x"), ("+x", "+x"), ("~x", "~x"), ("not x", "logical_not(x)")], together=False)
        f.program("fabs(x), rint(x)")
        # NumPy's square root of the smallest types is rounded to float16.
        f.program("sqrt(x)", "sqrt(x.astype(float32))" if dtype in ("int8", "uint8") else "sqrt(x)")
        # Of arguments where every library has the same bits: the types are what this is about.
        f.case(f"functions of {dtype}", z=np.zeros(3, dtype), o=np.ones(3, dtype))
        f.program("exp(z), expm1(z), log(o), log1p(z), sin(z), cos(z), tan(z), tanh(z), sqrt(o)")
    for dtype, to in itertools.product(TYPES, repeat=2):
        values = np.array(SPECIAL[dtype], dtype)
        if KIND[dtype] == 2 and KIND[to] == 1:
            ends = np.iinfo(to)
            values = np.concatenate([values, np.array([ends.max // 2 + 0.5, ends.min // 2 - 0.5, 1e9 + 0.5])])
            inside = [ends.min - 1 < v < 2.0 ** (ends.bits - (ends.min < 0)) for v in values.astype(float)]
            values = values[np.array(inside)].astype(dtype)
        f.case(f"{dtype} to {to}", x=values)
        f.program(f"x.astype({to}), {to}(x)", f"x.astype({to}), x.astype({to})")
    halves = np.arange(-40, 41) / 4
    big = [2.0**51 + 0.5, 2.0**52 + 1, 2.0**53, -(2.0**51) - 0.5, 0.49999999999999994, -0.49999999999999994, 1e300]
    np.seterr(over="ignore")
    for dtype in FLOATS:
        f.case(f"rounding {dtype}", x=np.concatenate([halves, big]).astype(dtype))
        f.program("floor(x), ceil(x), trunc(x), round(x)")
        f.program("rint(x), fix(x), around(x)")
    f.write()


def compositions():
    f = File("compositions", "Functions that are made of a few operations.")
    for dtype in TYPES:
        values = np.array(SPECIAL[dtype], dtype)
        # Where NumPy gives float16, and where it divides integers by 0, it is asked something else.
        wider = "x.astype(float32)" if dtype in ("bool", "int8", "uint8") else "x"
        f.case(f"{dtype}", x=values)
        f.program("deg2rad(x), rad2deg(x), radians(x), degrees(x)", f"deg2rad({wider}), rad2deg({wider}), radians({wider}), degrees({wider})")
        nonzero = "where(x == 0, x, reciprocal(x | (x == 0)))" if KIND[dtype] == 1 else "reciprocal(x)"
        f.program("reciprocal(x)", "where(x, reciprocal(True), reciprocal(True) - reciprocal(True))" if dtype == "bool" else nonzero)
        f.case(f"pairs of {dtype}", **dict(zip("xy", pairs(dtype, dtype))))
        both = "x.astype(float32), y.astype(float32)" if dtype in ("bool", "int8", "uint8") else "x, y"
        f.program("heaviside(x, y), copysign(x, y)", f"heaviside({both}), copysign({both})")
        f.program("logical_xor(x, y)")
    f.case("literals", x=np.array([1.0]))
    f.program("x * deg2rad(180), x * degrees(1.5), x + reciprocal(3), x + reciprocal(-0.25), x * heaviside(-2, 5), x * copysign(3, -0.0), logical_xor(x, 0)",
              "x * deg2rad(180), x * degrees(1.5), x + reciprocal(3), x + reciprocal(-0.25), x * heaviside(-2, 5), x * copysign(3, -0.0), logical_xor(x, 0)")
    for dtype in COMPLEX:
        values = np.array([3 + 4j, -6 - 8j, 0.1 - 7j, 1j, -2, 1e30 + 1e-30j, complex(0.0, -0.0), complex(INF, 1)], dtype)
        f.case(dtype, x=values)
        f.program("reciprocal(x)")
        f.programs([(f"{name}(x)", f"{name}(x)") for name in ["deg2rad", "degrees"]], together=False)
    f.write()


def division():
    f = File("division", "// and % of every combination of signs.")
    rng = np.random.default_rng(7)
    for dtype in INTS:
        info = np.iinfo(dtype)
        small = np.arange(-7, 8) if info.min else np.arange(8)
        x, y = np.meshgrid(small, small)
        f.case(f"small {dtype}", x=x.ravel().astype(dtype), y=y.ravel().astype(dtype))
        f.program("x // y, x % y")
        wild = rng.integers(info.min, info.max, 60, dtype=dtype, endpoint=True)
        divisors = rng.integers(max(-1000, info.min), min(1000, info.max), 60).astype(dtype)
        f.case(f"random {dtype}", x=wild, y=divisors, z=rng.permutation(wild))
        f.program("x // y, x % y, x // z, x % z")
        f.program("y // x, y % x")
        for literal in [1, -1, 2, -2, 3, 7, -10, 10, 16, -16, 1000, 641, int(info.max), int(info.min)]:
            if info.min <= literal <= info.max:
                f.program(f"x // {literal}, x % {literal}")
    for dtype in FLOATS:
        x = (rng.standard_normal(80) * 10.0 ** rng.integers(-3, 6, 80)).astype(dtype)
        y = (rng.standard_normal(80) * 10.0 ** rng.integers(-2, 2, 80)).astype(dtype)
        exact = np.round(y * 4) / 4 + np.array(8, dtype)
        f.case(f"random {dtype}", x=x, y=y, z=exact, w=exact * np.round(x))
        f.program("x // y, x % y")
        f.program("w // z, w % z")
        f.program("x // 0.1, x % 0.1, x // -3, x % -3, x // 2, x % 2, x // 0.25, x % 0.25")
    f.write()


def choice():
    f = File("choice", "where, clip, conditional expressions, chained comparisons.")
    for left, right in itertools.product(TYPES, repeat=2):
        x, y = pairs(left, right)
        c = np.arange(len(x)) % 3 == 0
        f.case(f"{left} and {right}", c=c, x=x, y=y)
        f.program("where(c, x, y), where(x, y, x), (x if c else y), where(x < y, x, y)",
                  "where(c, x, y), where(x, y, x), where(c, x, y), where(x < y, x, y)")
    for dtype in TYPES:
        x = np.array(SPECIAL[dtype], dtype)
        f.case(f"bounds of {dtype}", x=x, low=np.roll(x, 1), high=np.roll(x, 2))
        f.program("clip(x, low, high)")
        f.program("clip(x, low, None), clip(x, None, high)")
        f.program("low <= x < high", "(low <= x) & (x < high)")
        f.program("low < x != high > low", "(low < x) & (x != high) & (high > low)")
        if KIND[dtype] > 0:
            f.program("clip(x, 1, 2), clip(x, 2, 1)")
            f.program("-2 < x <= 2", "(-2 < x) & (x <= 2)")
            f.program("0 < x < 10 == high", "(0 < x) & (x < 10) & (10 == high)")
            f.program("where(x > 0, 1, x), where(x > 0, x, 5)")
        if dtype in INTS:
            ends = np.iinfo(dtype)
            f.program(f"clip(x, {ends.min - 1}, 5), clip(x, 5, {ends.max + 1}), clip(x, {ends.min - 7}, {ends.max + 7})")
            f.programs([(t, t) for t in [f"clip(x, {ends.max + 1}, None)", f"clip(x, 0, {ends.min - 1})"]], together=False)
        f.program("where(x, 1, 2), where(x, 1.5, 2), where(x, True, False)")
    f.case("literals in where", c=np.array([True, False]), f=np.array([1.5, 0.1], "float32"), i=np.array([1, 2], "int32"))
    f.program("where(c, f, 0.1), where(c, i, 0.5), where(c, f, i)")
    f.write()


def powers():
    f = File("powers", "Powers that are exact or correctly rounded: squares, square roots, integers.")
    for dtype in INTS + FLOATS:
        f.case(f"{dtype}", x=np.array(SPECIAL[dtype], dtype))
        if KIND[dtype] == 2:
            f.program("x ** 2, x ** 1, x ** 0")
            f.program("x ** 2.0, x ** 1.0, x ** 0.0")
        else:
            f.program("x ** 0, x ** 1, x ** 2, x ** 3, x ** 5, x ** 31, x ** 64, x ** 100")
            f.program("2 ** (x & 15), 3 ** (x & 31)")
            f.programs([("x ** -1", "x ** -1")] if dtype in UNSIGNED else [], together=False)
    # Small integers have exact powers in every mode and library.
    exact = np.array([0, 1, 2, 3, -2, -3, 4, -5])
    for dtype in FLOATS:
        f.case(f"exact {dtype}", x=exact.astype(dtype))
        f.program("x ** 3, x ** 4, x ** 5, x ** 7")
    f.case("reciprocals", x=np.array([1, 2, -2, 4, 0.5, -0.25]))
    f.program("x ** -1, x ** -2, x ** -3")
    f.write()


def reductions():
    f = File("reductions", "Reductions whose results are exact in any order.")
    rng = np.random.default_rng(3)
    for dtype in TYPES:
        lo, hi = (0, 2) if dtype == "bool" else (0, 100) if dtype in UNSIGNED else (-100, 100)
        for n in (1, 5, 100, 257):
            x = rng.integers(lo, hi, n)
            x = (x / 8).astype(dtype) if KIND[dtype] == 2 else x.astype(dtype)
            f.case(f"{n} of {dtype}", x=x)
            f.program("sum(x), x.sum()")
            f.program("min(x), max(x), x.min(), x.max()")
            f.program("any(x), all(x), x.any(), x.all()")
            if KIND[dtype] < 2:
                f.program("prod(x)")
            if n in (1, 5):
                f.program("mean(x), x.mean()")
            if KIND[dtype] > 0:
                f.program("x - min(x), (x - min(x)) / (max(x) - min(x) + 1)")
                f.program("sum(x > 0), any(x > 90), max(abs(x))")
                if dtype != "float32":
                    f.program("sum(x * x)")
        if dtype in INTS:
            f.case(f"ends of {dtype}", x=np.array(SPECIAL[dtype], dtype))
            f.program("sum(x), prod(x), min(x), max(x), any(x), all(x), prod(x | 1)")
    f.case("prod of powers of two", x=2.0 ** rng.integers(-3, 4, 90))
    f.program("prod(x)")
    for dtype in FLOATS:
        f.case(f"special {dtype}", x=np.array([1, INF, 2], dtype), y=np.array([1, NAN, 2], dtype),
               z=np.array([INF, -INF, 0], dtype), m=np.array([-0.0, -0.0, -0.0], dtype))
        f.program("sum(x), min(x), max(x), mean(x), prod(x)")
        f.program("sum(y), min(y), max(y), any(y), all(y)")
        f.program("sum(z), prod(z), mean(z), min(z), max(z)")
        f.program("any(m), all(x), sum(isnan(y)), any(isinf(z))")
    f.case("integers wrap", x=np.array([2**63 - 1, 1, 5]), y=np.array([2**31 - 1] * 3, "int32"))
    f.program("sum(x), prod(x), sum(y), prod(y)")
    f.case("two dimensions", m=np.arange(12.0).reshape(3, 4))
    f.program("sum(m), mean(m), max(m), m - mean(m)")
    f.write()


def mixed():
    f = File("mixed", "Longer programs over mixed types.")
    rng = np.random.default_rng(11)
    n = 67
    f.case("mixed", b=rng.integers(0, 2, n) > 0, i=rng.integers(-50, 50, n).astype("int32"),
           l=rng.integers(-(10**12), 10**12, n), f=(rng.standard_normal(n)).astype("float32"), d=rng.standard_normal(n),
           c=rng.integers(-128, 128, n).astype("int8"), h=rng.integers(-32768, 32768, n).astype("int16"),
           u=rng.integers(0, 256, n).astype("uint8"), v=rng.integers(0, 65536, n).astype("uint16"),
           w=rng.integers(0, 2**32, n).astype("uint32"), q=rng.integers(0, 2**64, n, dtype="uint64"))
    for text in [
        "d*d + 2*d + 1",
        "f*f + 2*f + 1",
        "(i + f) * d - l / 3",
        "where(b, f, i) + where(d > 0, l, 1)",
        "sqrt(abs(d)) / (1 + d**2)",
        "sqrt(abs(f)) / (1 + f**2)",
        "(i // 7) * 7 + i % 7 == i",
        "(l >> 3) ^ (i << 2) & 255 | b",
        "~(i & 7) + (l | i)",
        "(d > 0) & b | (f < 0)",
        "(d > 0) + (f > 0) + b",
        "(b + i) * (b + f) - b * d",
        "minimum(i, f) + maximum(l, d) * b",
        "floor(d * 10) / 10 + round(f * 4) / 4",
        "sign(d) * sign(f) * sign(i)",
        "abs(i) % 5 + abs(l) // 1000",
        "float32(d) * f + float32(i)",
        "int32(f * 10) + int64(d * 100)",
        "(i < f) == (l < d)",
        "i*0.5 + l*0.25 + f*0.125",
        "1 / (1 + d*d), 1 / (1 + f*f)",
        "-d**2 + (-f)**2 - 2**2",
        "clip(d, -0.5, 0.5) * clip(i, -10, 10)",
        "isnan(d / (d - d)), isinf(1 / (f - f)), isfinite(d)",
        "u + 100 - u * 3, (u + 100) // 2, u * u % 7",
        "(u // 2 + u % 2 * 200) >> 1, ~u + c, u ^ 255 - u",
        "c * c + c // 3 - abs(c), -c + u, c << 1 >> 1",
        "h * c // 5, (h + v) % 1000, h * h >> 3",
        "v * v + 1, v // (u + 1), (v << 3) >> 5",
        "w * w - q, q // (w + 1) % 1000, (q >> 7) ^ w",
        "(q < l) ^ (l <= q), maximum(w, v) - u, minimum(q, w)",
        "where(u > 100, u - 100, u * 2), where(c < 0, -c, h)",
        "u * 0.5 + c * 0.25, f * u + v, (u + c) * f",
        "int8(v), uint8(h) + u, int16(q), uint32(l) + w, float32(q) * f, uint8(f * f)",
        "sum(u) + sum(c), max(u * 2), min(c - 1), prod(u | 1), mean(h) + u",
        "u ** 3 + c ** 2, (v & 7) ** (u & 3), q ** 2",
        "u == c, v >= h, w != i, q > d, c < u < v < w < q",
    ]:
        cast = text.replace("float32(i)", "i.astype(float32)").replace("float32(q)", "q.astype(float32)")
        cast = cast.replace("int8(v)", "v.astype(int8)").replace("uint8(h)", "h.astype(uint8)")
        cast = cast.replace("int16(q)", "q.astype(int16)").replace("uint32(l)", "l.astype(uint32)")
        cast = cast.replace("uint8(f * f)", "(f * f).astype(uint8)")
        cast = cast.replace("c < u < v < w < q", "(c < u) & (u < v) & (v < w) & (w < q)")
        f.program(text, cast)
    f.case("shapes", m=np.arange(6, dtype="float32").reshape(1, 2, 3), k=np.arange(6).reshape(1, 2, 3))
    f.program("m * k, m + 1, k // 2")
    f.case("scalars alone", s=np.array(2.5), k=np.array(7), h=np.array(0.1, "float32"), u=np.array(200, "uint8"))
    f.program("s * k, k // 2, h * 3, h + s, k / 2, u + 100, u * u, u + k, u < 300")
    f.write()


def views():
    f = File("views", "Broadcasting, indices, orders of axes and shapes, of arguments and of results.")
    a = np.arange(10) * 1.5 - 4
    f.case("one axis", a=a, b=np.arange(10)[::-1] * 0.25, k=np.array(3), n=np.array(-2, "int32"))
    bounds = ["", "0", "1", "2", "9", "10", "15", "-1", "-3", "-10", "-15"]
    for step in ["", ":", ":1", ":2", ":3", ":-1", ":-2", ":-4", ":20", ":-20"]:
        f.program(", ".join(f"a[{start}:{stop}{step}]" for start, stop in zip(bounds, bounds[::-1])))
        f.program(", ".join(f"a[{start}:{stop}{step}]" for start, stop in zip(bounds[3:], bounds)))
    f.program("a[0], a[9], a[-1], a[-10]")
    f.program("a[1:-1] + b[1:-1], (a + b)[1:-1], a[1:] - a[:-1]")
    f.program("a[k], a[n], a[k:], a[:k], a[n:], a[:n], a[k:n], a[::k], a[::n]")
    f.program("a[k + 1], a[k - 4:k * 2], a[-k:], a[len(a) - k:], a[a.size // 2:], a[:a.shape[0] - 1]")
    f.program("a[1:][1:][:-1], a[::2][1], a[::-1][2:4], (a[2:] * b[:-2])[::-1][k]")
    f.program("a + a[0], a - a[-1:], a[2:3] * b, a[0] + b[1], a[0] < b")
    f.program("a.T, transpose(a), a[None], a[:, None], a[None, :, None], a[newaxis, 1:4], a[..., None]")
    f.program("sum(a[2:5]), mean(a[::3]), max(a[:-k]), sum(a[:0]), any(a[7:] > 8), prod(a[5:5])")
    f.program("a[2:8] - mean(a[2:8]), (a - mean(a))[3:6], a[:5] * sum(b[5:]), a - mean(b[1:])")
    f.program("(a - min(a))[a.size - 2:] / max(abs(b[:-1]))")
    f.program("where(a[1:] > a[:-1], a[1:], a[:-1]), clip(a, b[0], b[3:4])")
    f.program("a[1:9:2] ** 2 + a[0], abs(a)[::-1] // 2, (a[4:] > 0) & (b[4:] > 1)")

    m = np.arange(12.0).reshape(3, 4) / 2
    f.case("two axes", m=m, r=np.array([10.0, 20, 30, 40]), c=np.array([[0.1], [0.2], [0.3]]), s=np.array(2.0, "float32"),
           t=np.arange(12, dtype="int32").reshape(4, 3) - 5, k=np.array(1))
    f.program("m + r, m * c, r * c, m + r + c, (m + r) * c - s")
    f.program("m[0], m[:, 0], m[-1], m[1, 2], m[..., 1], m[1, ...], m[...], m[:, 1:3], m[::2, ::-1]")
    f.program("m.T, m.T[1], m[1].T, transpose(m), m.transpose(), m.transpose(1, 0), transpose(m, (0, 1)), m.transpose((-1, 0))")
    f.program("m.T + t, m + t.T, (m.T + t).T, (m.T * t)[1:, ::2]")
    f.program("m[:, None], m[None], m[:, :, None] + r, m[:, None, :] * c, m[..., newaxis, 0], m[None, 1, None, 2:]")
    f.program("m[k], m[k:, :k], m[:, -k], m[k, k + 1], m[k - 1] - m[-k]")
    f.program("0.25 * (m[:-2, 1:-1] + m[2:, 1:-1] + m[1:-1, :-2] + m[1:-1, 2:])")
    f.program("sum(m), sum(m[0]), sum(m[:, 1:]), mean(m.T[2]), sum(m * r), sum(r * c), sum(m + r) / sum(c), max(m[::2, ::3])")
    f.program("m - mean(m), m - mean(r), r - mean(m), (m - mean(m[1]))[1], m[1] - mean(m[1]), sum(m), sum(r), sum(c)")
    f.program("m.shape[0], m.shape[1], m.shape[-1], m.ndim, m.size, len(m), len(m.shape), m.T.shape[0], (m + r).size, m[1].ndim")
    f.program("m / m.size, r * len(r), s * m.ndim, t // m.shape[0], sum(m) / m.size, m[m.shape[0] - 2]")
    f.program("r[None].T, (r[:, None] * r)[1], (r[:, None] - r[None]).T[0, 1:]")
    f.program("m[0:0], m[:, 5:], m[0:0] + r, sum(m[0:0]), prod(m[:, 9:]), m[2:1].T, m[0:0].size, r[4:][:, None] * m[0:0]")
    f.program("(m + r)[1:] - (m + r)[:-1], sum((m + r)[1:]), (m + r).T[1]")
    f.program("where(m > 2, r, c), where(m[0] > 1, 1, 0), minimum(m, r[::-1]), m[1] == r, not m[:, :1]", "where(m > 2, r, c), where(m[0] > 1, 1, 0), minimum(m, r[::-1]), m[1] == r, logical_not(m[:, :1])")
    f.program("isnan(t)[1], isfinite(t).T, (t < 3000000000)[:, 1], (t > -5) + (m.T > 2)")
    f.program("sqrt(m)[1:] + s, float32(m)[0] * s, t.astype(float32).T[1] * s", "sqrt(m)[1:] + s, m.astype(float32)[0] * s, t.astype(float32).T[1] * s")

    x = np.arange(2 * 3 * 4, dtype="int64").reshape(2, 3, 4)
    f.case("three axes", x=x, p=np.arange(3)[:, None] * 100, q=np.arange(8.0).reshape(2, 1, 4), e=np.zeros((2, 0, 4)))
    f.program("x + p, x * q, p * q, x + p + q, q[0] + x[:, 1], x[1] - x[0]")
    f.program("x.T, transpose(x, (1, 0, 2)), x.transpose(2, 0, 1), x.transpose(-1, 1, 0)[0], transpose(x[0]), x.T[1:3, ::2].T")
    f.program("x[1, 2, 3], x[..., 0], x[1, ..., 2], x[0, :, 1:3], x[:, 1][1], x[:, None, ..., None, ::3], x[-1, -1, -1:]")
    f.program("e, e + x[:, :0], e.size, e.shape[1], sum(e), e[..., 1], e.T, e[:, :, None] + q[:, None]")
    f.program("x[::-1, ::-1, ::-1] - x, sum(x[::-1] * x), (x - x[:, :1])[1, 1:], (x[0] + p).T[1]")
    many = ", ".join([":"] * 3 + ["None"] * 9)
    f.program(f"x[{many}] + x[0, 0, 0], sum(x[{many}])")
    rng = np.random.default_rng(13)
    f.case("random", **{name: rng.integers(-9, 9, shape) * 1.0 for name, shape in
           {"a": (4, 5), "b": (5,), "c": (4, 1), "d": (3, 4, 5), "f": (1, 1), "g": (3, 1, 5)}.items()})
    for _ in range(40):
        f.program(random_view(rng))
    whole = rng.integers(-40, 40, 24) + 1j * rng.integers(-40, 40, 24)
    f.case("complex", m=whole[:12].reshape(3, 4), r=whole[20:24], k=np.array(2))
    f.program("m + r, m.T * 2, m[1:, ::2] - 1j, (m * r)[::-1, 1], m.real.T, m[k].imag, (m.T)[::2].conj(), m[0][None] + m[:, :1]")
    f.program("m.shape[0] * m, m * m.size, sum(m[1:]), r[::-1] == r")
    f.write()


def random_view(rng):
    """An expression of random indices over arrays of the case above whose results broadcast."""
    def index(rank):
        items = []
        for _ in range(rng.integers(0, rank + 1)):
            items.append(str(rng.choice([":", "1:", ":-1", "::2", "::-1", "0", "-1", "1:1", "None", "2:0:-1"])))
        taken = sum(item != "None" for item in items)
        if rng.random() < 0.3 and taken <= rank:
            items.insert(rng.integers(0, len(items) + 1), "...")
        return f"[{', '.join(items)}]" if items else ""
    shapes = {"a": (4, 5), "b": (5,), "c": (4, 1), "d": (3, 4, 5), "f": (1, 1), "g": (3, 1, 5)}
    while True:
        operands = []
        for _ in range(rng.integers(2, 5)):
            name = str(rng.choice(list(shapes)))
            operands.append(f"{name}{index(len(shapes[name]))}{str(rng.choice(['', '', '.T']))}")
        text = operands[0]
        for operand in operands[1:]:
            text = f"({text} {rng.choice(['+', '-', '*'])} {operand})"
            if rng.random() < 0.3:
                text += str(rng.choice([".T", "[..., 0]", "[1:]", "[::-1]", "[None]", "[..., ::2]"]))
        try:
            result = np.asarray(eval(text, {name: np.ones(shape) for name, shape in shapes.items()}))
        except (ValueError, IndexError):
            continue
        if result.size < 200 and (result.size or rng.random() < 0.1):
            return text


COMPLEX = ["complex64", "complex128"]
PARTS = [0.0, -0.0, 1.5, -2.0, 1e30, INF, NAN]


def complex_numbers():
    f = File("complex", "Complex numbers beside each type and beside each other, their functions and reductions.")
    rng = np.random.default_rng(17)
    parts = np.array(list(itertools.product(PARTS, repeat=2)))
    every = parts[:, 0] + 0j
    every.imag = parts[:, 1]
    ordinary = (rng.standard_normal(12) + 1j * rng.standard_normal(12)).astype("complex64").astype("complex128")
    # What a quotient of whole numbers by a power of two gives is exact.
    whole = rng.integers(-40, 40, 40) + 1j * rng.integers(-40, 40, 40)
    operators = BINARY[:6] + ["==", "!=", "<", "<=", ">", ">="] + ["&", "<<"]
    for left, right in itertools.product(TYPES + COMPLEX, repeat=2):
        if left not in COMPLEX and right not in COMPLEX:
            continue
        if left in COMPLEX and right in COMPLEX:
            x = np.concatenate([every, ordinary]).astype(left)
            y = np.concatenate([rng.permutation(every), rng.permutation(ordinary)]).astype(right)
        else:
            real, pair = (left, right) if left in TYPES else (right, left)
            values = np.array(SPECIAL[real], real)
            y = np.resize(np.concatenate([rng.permutation(every)[:16], ordinary[:8]]).astype(pair), 2 * len(values))
            x = np.tile(values, 2)
            x, y = (x, y) if left == real else (y, x)
        f.case(f"{left} and {right}", x=x, y=y)
        texts = [(f"x {symbol} y", f"x {symbol} y") for symbol in operators]
        texts += [(text, text) for text in FUNCTIONS2]
        # Which of two numbers with equal parts NumPy takes is told by the signs of zeros alone.
        texts += [(text, text) for text in ["fmin(x, y)", "fmax(x, y)", "where(x < y, x, y)"]]
        f.programs(texts, together=True)
        s = np.array(3, left) if left in TYPES else np.array(2.5 - 0.5j, left)
        f.case(f"{left} scalar and {right}", s=s, y=y)
        f.programs([(f"s {symbol} y", f"s {symbol} y") for symbol in ["+", "*", "/", "<", "%"]], together=True)
    for dtype in TYPES:
        f.case(f"{dtype} and literals", x=np.array(SPECIAL[dtype], dtype))
        texts = [f"x {symbol} {literal}" for symbol in ["+", "-", "*", "/", "==", "<", "//"] for literal in ["2j", "(1 - 0.1j)"]]
        texts += [f"{literal} {symbol} x" for symbol in ["-", "/", ">="] for literal in ["0.5j"]]
        f.programs([(text, text) for text in texts], together=True)
        f.programs([(text, text) for text in ["real(x)", "imag(x)", "conj(x)", "x.real", "x.imag"]], together=False)
        if dtype != "bool":  # NumPy's method leaves bool alone, its function gives int8; ours are one.
            f.programs([("x.conj()", "x.conj()"), ("x.conjugate()", "x.conjugate()")], together=False)
        for to in COMPLEX:
            f.program(f"x.astype({to}), {to}(x)", f"x.astype({to}), x.astype({to})")
    for dtype in COMPLEX:
        f.case(f"{dtype}", x=np.concatenate([every, ordinary * 10]).astype(dtype))
        names = ["real", "imag", "conj", "conjugate", "isnan", "isinf", "isfinite", "logical_not", "positive", "negative",
                 "square", "round", "rint"]
        f.programs([(f"{name}(x)", f"{name}(x)") for name in names], together=False)
        f.programs([("-x, +x, x.real, x.imag, x.conj()", "-x, +x, x.real, x.imag, x.conj()")], together=False)
        f.programs([("not x", "logical_not(x)")], together=False)
        refused = ["floor(x)", "ceil(x)", "trunc(x)", "fabs(x)", "~x", "x % 2", "x // 1j", "x >> 1", "x | 1", "fix(x)"]
        f.programs([(text, text) for text in refused], together=False)
        literals = ["True", "3", "0.1", "2j", "(1 - 0.5j)", "inf", "nan", "0"]
        for literal in literals:
            texts = [f"x {symbol} {literal}" for symbol in ["+", "-", "*", "/", "==", "!=", "<", ">="]]
            texts += [f"{literal} {symbol} x" for symbol in ["-", "/", "*"]]
            texts += [f"maximum(x, {literal})", f"minimum({literal}, x)"]
            f.programs([(text, text) for text in texts], together=True)
        f.program("clip(x, -1, 1j), clip(x, 0.5 - 1j, None), clip(x, None, 2)")
        f.program("where(x, 1, 2j), where(x == x.conj(), x, 0)")
        f.program("x ** 2, x ** 0")
        f.case(f"casts of {dtype}", x=np.concatenate([ordinary, whole]).astype(dtype))
        for to in TYPES + COMPLEX:
            if to in UNSIGNED:
                f.program(f"abs(x.real).astype({to}), complex(abs(x.imag), 1).astype({to})",
                          f"abs(x.real).astype({to}), abs(x.imag).astype({to})")
            else:
                f.program(f"x.astype({to}), {to}(x)", f"x.astype({to}), x.astype({to})")
        ends = [0.0, -0.0, INF, -INF, NAN]
        special = np.array([complex(re, im) for re, im in itertools.product(ends, repeat=2)], dtype)
        # (0 + 1j) * INF has a NaN: parts are set one by one.
        special.real, special.imag = np.repeat(ends, 5), np.tile(ends, 5)
        f.case(f"ends of {dtype}", x=special)
        for name in ["abs", "sqrt", "exp", "sin", "cos", "tan", "tanh", "sign"]:
            f.program(f"{name}(x)")
        f.case(f"exact {dtype}", x=whole[whole != 0].astype(dtype), t=(np.array([3 + 4j, -6 - 8j, 30 - 40j, 1j, -2, 0])).astype(dtype))
        f.program("abs(t), t.real ** 2 + t.imag ** 2, abs(t * 1e-3 * 1e3) < 14", "abs(t), t.real ** 2 + t.imag ** 2, abs(t * 1e-3 * 1e3) < 14")
        f.program("x ** 3, x ** 4, x.astype(complex), complex(x.real, x.imag)", "x ** 3, x ** 4, x.astype(complex), x")
        f.program("sum(x), x.sum(), min(x), max(x), any(x), all(x), x - min(x), sum(x * x.conj())")
        for n in (1, 5, 100, 257):
            f.case(f"{n} of {dtype}", x=(rng.integers(-30, 30, n) + 1j * rng.integers(-30, 30, n)).astype(dtype))
            f.program("sum(x), min(x), max(x), any(x), all(x), x.min(), x.max()")
            if n == 1:
                f.program("mean(x), x.mean()")
            if n == 1 or n == 5 and dtype == "complex128":
                f.program("prod(x), x.prod(), x * prod(x)")
    f.write()


for make in (binary, scalars, unary, compositions, division, choice, powers, reductions, mixed, views, complex_numbers):
    make()
