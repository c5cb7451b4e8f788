"""Writes tests/kernels/*.txt: what CPython gives for the calls of the programs beside it.

Run by hand with NumPy 2, and commit what it writes:

    python tests/kernels/make.py

A program lists its calls in CALLS: a function's name and its arguments. Those of MAPS are called by each element of the arrays. For each call the file has the
arguments, what is returned or raised, and the arrays as they are afterwards, all by their bits. Decorators of
Numba's do nothing here. Integers in the programs stay within 64 bits, where Python's have more.
"""

import copy
import functools
import pathlib
import struct
import sys
import types

import numpy as np

HERE = pathlib.Path(__file__).parent


def passing(*args, **options):
    if len(args) == 1 and callable(args[0]) and not options:
        return args[0]
    return lambda function: function


def elementwise(function, number=lambda element: element):
    """Calls it by each element. Elements are NumPy's numbers, by whose divisions nothing is raised, unless they become others."""

    @functools.wraps(function)
    def mapped(*args):
        if not any(isinstance(arg, np.ndarray) for arg in args):
            return function(*args)
        spread = np.broadcast_arrays(*args)
        elements = zip(*(map(number, array.flat) for array in spread))
        found = [function(*element) for element in elements]
        shape = spread[0].shape
        if not found:
            return np.zeros(shape)
        if isinstance(found[0], tuple):
            return tuple(np.array(items).reshape(shape) for items in zip(*found))
        return np.array(found).reshape(shape)

    return mapped


def vectorize(*args, **options):
    return elementwise(args[0]) if args and callable(args[0]) else elementwise


numba = types.ModuleType("numba")
numba.njit = numba.jit = passing
numba.vectorize = vectorize
numba.prange = range
sys.modules["numba"] = numba


def shown(value):
    """One word for a value, which holds its bits."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return "(" + "".join(f" {shown(item)}" for item in value) + " )"
    if isinstance(value, np.ndarray):
        shape = ",".join(map(str, value.shape))
        return f"array:{value.dtype}:{shape}:{np.ascontiguousarray(value).tobytes().hex()}"
    if isinstance(value, (bool, np.bool_)):
        return f"bool:{int(value)}"
    if isinstance(value, int):
        return f"int:{value}"
    if isinstance(value, np.generic) and not isinstance(value, (float, complex)):
        return f"{value.dtype}:{value.tobytes().hex()}"
    if isinstance(value, complex):
        return f"complex128:{struct.pack('<dd', value.real, value.imag).hex()}"
    if isinstance(value, float):
        return f"float64:{struct.pack('<d', value).hex()}"
    raise TypeError(f"{value!r} has no word")


def main():
    for path in sorted(HERE.glob("*.py")):
        if path.name == "make.py":
            continue
        scope = {"__name__": "kernels"}
        exec(compile(path.read_text(), str(path), "exec"), scope)
        for name in scope.get("MAPS", []):
            scope[name] = elementwise(scope[name], lambda element: element.item())
        lines = []
        for name, args in scope["CALLS"]:
            args = copy.deepcopy(args)
            lines.append(f"call {name}" + "".join(f" {shown(arg)}" for arg in args))
            with np.errstate(all="ignore"):
                try:
                    lines.append(f"returns {shown(scope[name](*args))}")
                except Exception as error:
                    lines.append(f"raises {type(error).__name__}")
            lines += [f"after {shown(arg)}" for arg in args if isinstance(arg, np.ndarray)]
        path.with_suffix(".txt").write_text("\n".join(lines) + "\n")


main()
