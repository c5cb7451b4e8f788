"""What is compared: each expression in the words of every contestant.

To compare one more, add an `Expression` to `EXPRESSIONS`. The Numba source is the fastest form that
Numba has, an explicit loop into an array that the caller gives; `prange` is an ordinary `range`
unless it is compiled with `parallel=True`. NumPy's form is the expression as its users write it, with
the last operation into `out` where NumPy can do that.
"""

import re
from dataclasses import dataclass
from itertools import combinations, islice
from math import factorial
from typing import Callable

import numpy as np


@dataclass(frozen=True)
class Expression:
    brolga: str
    numexpr: str
    numba: str  # defines `kernel(*inputs, out)`, or `kernel(*inputs)` for a reduction
    numpy: Callable  # (*inputs, out) -> result
    name: str = ""  # what the tables call it; else the Brolga text
    inputs: tuple[str, ...] = ("a", "b")
    reduces: bool = False  # the result is a number, and there is no `out`
    compile_only: bool = False  # only the first call is of interest
    optional: bool = False  # measured with --all, or when asked for by name

    @property
    def title(self):
        return self.name or self.brolga

    @property
    def traffic(self):
        """The passes of benches/bandwidth.rs that move the same bytes, so that their limit applies."""
        if len(self.inputs) != 2:
            return []
        return ["read"] if self.reduces else ["plain", "streaming"]


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


def elementwise(text, inputs=("a", "b")):
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
        inputs=inputs,
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
        reduces=True,
    ),
    polynomial(10),
    elementwise("exp(-a*a)*b"),
    elementwise("log(a + 1.5)", inputs=("a",)),
    elementwise("sin(a)**2 + cos(b)**2"),
    elementwise("tanh(a)", inputs=("a",)),
    elementwise("(a + 0.5)**b"),
    sum_of_products(50),
]
