"""What is compared: each expression in the words of every contestant.

To compare one more, add an `Expression` to `EXPRESSIONS`. The Numba source is the fastest form that
Numba has, an explicit loop into an array that the caller gives; `prange` is an ordinary `range`
unless it is compiled with `parallel=True`. NumPy's form is the expression as its users write it, with
the last operation into `out` where NumPy can do that.

The texts are written for float64. For float32 the numbers in them are made float32 where the language
would otherwise compute in float64; Brolga and NumPy keep the type of the arrays by themselves.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice
from math import factorial
from typing import Callable

import numpy as np

# A number that is no part of a name, and no exponent: those stay integers.
NUMBER = re.compile(r"(?<![\w.])(?<!\*\*)\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Expression:
    brolga: str
    numexpr: str
    numba: str  # defines `kernel(*inputs, out)`, or `kernel(*inputs)` for a reduction
    numpy: Callable  # (*inputs, out) -> result
    c: str = ""  # the value of an element in C, where that is not the Brolga text
    name: str = ""  # what the tables call it; else the Brolga text
    inputs: tuple[str, ...] = ("a", "b")
    reduces: bool = False  # the result is a number, and there is no `out`
    math: bool = False  # functions of each element, not arithmetic, decide
    compile_only: bool = False  # only the first call is of interest
    optional: bool = False  # measured with --all, or when asked for by name

    @property
    def title(self):
        return self.name or self.brolga

    @property
    def c_text(self):
        """With every number of the type `real`, which also lets <tgmath.h> choose the functions of that type."""
        return NUMBER.sub(r"(real)\g<0>", self.c or self.brolga)

    def numba_for(self, dtype):
        """An integer beside a float32 would make float64 in Numba."""
        return self.numba if dtype == "float64" else NUMBER.sub(rf"np.{dtype}(\g<0>)", self.numba)

    def numexpr_for(self, dtype):
        """The text and its constants by name: a number with a point is float64 in numexpr, a variable need not be."""
        if dtype == "float64":
            return self.numexpr, {}
        constants = {}

        def named(number):
            if "." not in number[0]:
                return number[0]
            constants[f"c{len(constants)}"] = np.dtype(dtype).type(number[0])
            return f"c{len(constants) - 1}"

        return NUMBER.sub(named, self.numexpr), constants

    @property
    def traffic(self):
        """The passes of benches/bandwidth.rs that move the same bytes, so that their limit applies."""
        if len(self.inputs) != 2:
            return []
        return ["read"] if self.reduces else ["plain", "streaming"]


@dataclass(frozen=True)
class Case:
    """What is measured at once."""

    expression: Expression
    dtype: str
    elements: int

    @cached_property
    def arrays(self):
        """Uniform in [0, 1), as Brolga's `random`. NumPy asks for huge pages when arrays are large."""
        generator = np.random.default_rng(seed=1)
        return [generator.random(self.elements, self.dtype) for _ in self.expression.inputs]

    @property
    def bytes(self):
        """Of one array."""
        return self.elements * np.dtype(self.dtype).itemsize

    def output(self):
        return None if self.expression.reduces else np.zeros(self.elements, self.dtype)


def sum_of_products(count):
    """A long expression over few arrays: the sum of `count` different products of two variables."""
    inputs = tuple(f"v{index}" for index in range(11))
    pairs = list(islice(combinations(inputs, 2), count))
    text = " + ".join(f"{x}*{y}" for x, y in pairs)
    elements = " + ".join(f"{x}[i]*{y}[i]" for x, y in pairs)
    return Expression(
        name=f"sum of {count} products",
        brolga=text,
        numexpr=text,
        numba=f"""
def kernel({", ".join(inputs)}, out):
    for i in prange(len(out)):
        out[i] = {elements}
""",
        numpy=eval(f"lambda {', '.join(inputs)}, out: {text}"),
        inputs=inputs,
        compile_only=True,
    )


def polynomial(degree):
    """A polynomial in Horner form: arithmetic, not memory, decides."""
    text = repr(1 / factorial(degree))
    for power in reversed(range(degree)):
        text = f"({text})*a + {1 / factorial(power)!r}"
    return Expression(
        name=f"polynomial of degree {degree} (Horner)",
        brolga=text,
        numexpr=text,
        numba=f"""
def kernel(x, out):
    for i in prange(len(out)):
        a = x[i]
        out[i] = {text}
""",
        numpy=eval(f"lambda a, out: {text}"),
        inputs=("a",),
        optional=True,
    )


def elementwise(text, inputs=("a", "b"), c=""):
    """A mathematical function of each element: optional rows, in the words that all share."""
    numba = text
    for name in inputs:
        numba = re.sub(rf"\b{name}\b", f"{name}[i]", numba)
    numba = re.sub(r"\b(exp|log|sin|cos|tanh)\(", r"np.\1(", numba)
    scope = {"np": np}
    numpy_source = re.sub(r"\b(exp|log|sin|cos|tanh)\(", r"np.\1(", text)
    return Expression(
        brolga=text,
        numexpr=text,
        numba=f"""
def kernel({", ".join(inputs)}, out):
    for i in prange(len(out)):
        out[i] = {numba}
""",
        numpy=eval(f"lambda {', '.join(inputs)}, out: {numpy_source}", scope),
        c=c,
        inputs=inputs,
        math=True,
        optional=True,
    )


EXPRESSIONS = [
    Expression(
        brolga="a**2 + b**2 + 2*a*b",
        numexpr="a**2 + b**2 + 2*a*b",
        numba="""
def kernel(a, b, out):
    for i in prange(len(out)):
        out[i] = a[i]**2 + b[i]**2 + 2*a[i]*b[i]
""",
        numpy=lambda a, b, out: np.add(a**2 + b**2, 2*a*b, out=out),
        c="a*a + b*b + 2*a*b",
    ),
    Expression(
        brolga="where(a > b, a, b*2)",
        numexpr="where(a > b, a, b*2)",
        numba="""
def kernel(a, b, out):
    for i in prange(len(out)):
        out[i] = a[i] if a[i] > b[i] else b[i]*2
""",
        numpy=lambda a, b, out: np.where(a > b, a, b*2),
        c="a > b ? a : b*2",
    ),
    Expression(
        brolga="2*a + 3*b",
        numexpr="2*a + 3*b",
        numba="""
def kernel(a, b, out):
    for i in prange(len(out)):
        out[i] = 2*a[i] + 3*b[i]
""",
        numpy=lambda a, b, out: np.add(2*a, 3*b, out=out),
    ),
    Expression(
        brolga="sum(a)",
        numexpr="sum(a)",
        numba="""
def kernel(a):
    total = 0.0
    for i in prange(len(a)):
        total += a[i]
    return total
""",
        numpy=lambda a, out: np.sum(a),
        c="a",
        inputs=("a",),
        reduces=True,
    ),
    Expression(
        brolga="sum(a*b)",
        numexpr="sum(a*b)",
        numba="""
def kernel(a, b):
    total = 0.0
    for i in prange(len(a)):
        total += a[i]*b[i]
    return total
""",
        numpy=lambda a, b, out: np.sum(a*b),
        c="a*b",
        reduces=True,
    ),
    polynomial(10),
    elementwise("exp(-a*a)*b"),
    elementwise("log(a + 1.5)", inputs=("a",)),
    elementwise("sin(a)**2 + cos(b)**2", c="pow(sin(a), 2) + pow(cos(b), 2)"),
    elementwise("tanh(a)", inputs=("a",)),
    elementwise("(a + 0.5)**b", c="pow(a + 0.5, b)"),
    sum_of_products(50),
]
