"""Writes tests/complex.txt: values of complex functions, rounded once from 60 digits.

Run by hand with mpmath and NumPy, and commit what it writes:

    python tests/numpy/complex_values.py

Arguments are numbers of float32, so that both complex types are tested by them. Those with results beyond float32
stand for complex128 alone.
"""

import pathlib

import mpmath as mp
import numpy as np

mp.mp.dps = 60
TO = pathlib.Path(__file__).parent.parent / "complex.txt"

FUNCTIONS = {
    "abs": lambda z: mp.mpc(abs(z)),
    "angle": lambda z: mp.mpc(mp.arg(z)),
    "sqrt": mp.sqrt,
    "exp": mp.exp,
    "expm1": lambda z: mp.expm1(z),
    "log": mp.log,
    "log1p": lambda z: mp.log(1 + z),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "tanh": mp.tanh,
}


def points(rng):
    angle = rng.uniform(-np.pi, np.pi, 24)
    yield from np.exp(1j * angle[:8]) * rng.uniform(0.2, 3, 8)
    # Beside the unit circle, beside 1, beside the axes, small, large.
    yield from np.exp(1j * angle[8:16]) * (1 + rng.uniform(-1e-6, 1e-6, 8))
    yield from 1 + 1e-4 * (rng.standard_normal(6) + 1j * rng.standard_normal(6))
    yield from -1 + 1e-3 * (rng.standard_normal(4) + 1j * rng.standard_normal(4))
    yield from [3 + 1e-9j, -2 + 1e-12j, 1e-10 + 2j, -1e-9 - 0.7j, 1j, -1j, 1, -1, 0.5, -3, 2j]
    yield from 10.0 ** rng.uniform(-30, -2, 8) * np.exp(1j * angle[:8])
    yield from rng.uniform(-40, 40, 10) + 1j * rng.uniform(-40, 40, 10)
    yield from [80 + 1j, -85 + 2j, 3 + 86j, 1 - 88.5j, 88.6 + 1.6j, 120 + 0.3j, 0.1 + 150j, 709.7 + 0.5j, 710.2 + 1.5j, 1.57 + 711j]
    yield from 10.0 ** rng.uniform(2, 37, 8) * np.exp(1j * angle[16:])


def main():
    rng = np.random.default_rng(23)
    lines = ["# Written by tests/numpy/complex_values.py; do not edit."]
    for name, function in FUNCTIONS.items():
        for z in points(rng):
            z = complex(np.complex64(z))
            exact = function(mp.mpc(z.real, z.imag))
            re, im = float(exact.real), float(exact.imag)
            if not all(np.isfinite([re, im])):
                continue
            lines.append(f"{name} {z.real!r} {z.imag!r} {re!r} {im!r}")
    for _ in range(60):
        x = np.complex64(np.exp(1j * rng.uniform(-3.1, 3.1)) * 10 ** rng.uniform(-2, 2))
        y = np.complex64(rng.uniform(-6, 6) + 1j * rng.uniform(-6, 6))
        x, y = complex(x), complex(y)
        exact = mp.exp(mp.mpc(y.real, y.imag) * mp.log(mp.mpc(x.real, x.imag)))
        lines.append(f"power {x.real!r} {x.imag!r} {y.real!r} {y.imag!r} {float(exact.real)!r} {float(exact.imag)!r}")
    TO.write_text("\n".join(lines) + "\n")


main()
