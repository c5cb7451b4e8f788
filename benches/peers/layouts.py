#!/usr/bin/env python3
"""Prints how fast shapes, layouts, narrow types and complex numbers are beside NumPy and Numba, as docs/performance.md shows it.

    target/peers-venv/bin/python benches/peers/layouts.py target/release/brolga [--rounds 5] [--threads 1,2] [--only TEXT]

All take turns, round after round, on the same arrays; figures are medians, NumPy and Numba into `out` where they can.
Numba's loops are explicit, compiled with fastmath (and `parallel` for more than one thread), and checked as Brolga is.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Callable

import numpy as np


def outer(x, y, z, out):
    for i in prange(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = x[i] * y[j] + z[i, j]


def stencil(u, out):
    for i in prange(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = 0.25 * (u[i, j + 1] + u[i + 2, j + 1] + u[i + 1, j] + u[i + 1, j + 2])


def points(p, c, s, out):
    for i in prange(out.shape[0]):
        for j in range(3):
            out[i, j] = (p[i, j] - c[j]) * s[j]


def axes(p, c, s, out):
    for i in range(3):
        for j in prange(out.shape[1]):
            out[i, j] = (p[i, j] - c[i, 0]) * s[i, 0]


def every_other(a, b, out):
    a, b = a[::2], b[1::2]
    for i in prange(out.shape[0]):
        out[i] = a[i] + b[i]


def transposed(a, b, out):
    for i in prange(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = a[j, i] + b[i, j]


def transposed_tiles(a, b, out):
    for i in prange((out.shape[0] + 15) // 16):
        for j in range(0, out.shape[1], 16):
            for k in range(i * 16, min(i * 16 + 16, out.shape[0])):
                for m in range(j, min(j + 16, out.shape[1])):
                    out[k, m] = a[m, k] + b[k, m]


def add(a, b, out):
    for i in prange(out.shape[0]):
        out[i] = a[i] + b[i]


def maximum(a, b, out):
    for i in prange(out.shape[0]):
        out[i] = max(a[i], b[i])


def where(a, b, out):
    for i in prange(out.shape[0]):
        out[i] = a[i] if a[i] > b[i] else b[i]


def fortran(a, b, out):
    for j in prange(out.shape[1]):
        for i in range(out.shape[0]):
            out[i, j] = a[i, j] + b[i, j]


def square(z, c, out):
    for i in prange(out.shape[0]):
        out[i] = z[i] * z[i] + c[i]


def absolute(z, out):
    for i in prange(out.shape[0]):
        out[i] = abs(z[i])


def quotient(z, c, out):
    for i in prange(out.shape[0]):
        out[i] = z[i] / c[i]


@dataclass
class Case:
    text: str
    what: str
    shapes: dict
    numpy: Callable
    loops: list
    dtype: str = "float64"
    order: str = "C"
    threads: list = field(default_factory=lambda: [1])


def cases():
    both = [1, 2]
    for n in (300, 2000):
        yield Case(
            "x[:, None]*y[None, :] + z", f"{n} × {n}", {"x": (n,), "y": (n,), "z": (n, n)},
            lambda x, y, z, out: np.add(x[:, None] * y[None, :], z, out=out), [outer],
            threads=both if n > 1000 else [1])  # fmt: skip
        yield Case(
            "0.25*(u[:-2,1:-1] + u[2:,1:-1] + u[1:-1,:-2] + u[1:-1,2:])", f"{n} × {n}", {"u": (n, n)},
            lambda u, out: np.multiply(0.25, u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:], out=out),
            [stencil], threads=both if n > 1000 else [1])  # fmt: skip
    million = 1_000_000
    scaled = lambda p, c, s, out: np.multiply(p - c, s, out=out)
    yield Case("(p - c)*s", "(10⁶, 3) with (3,)", {"p": (million, 3), "c": (3,), "s": (3,)}, scaled, [points])
    yield Case("(p - c)*s", "(3, 10⁶) with (3, 1)", {"p": (3, million), "c": (3, 1), "s": (3, 1)}, scaled, [axes])
    yield Case(
        "a[::2] + b[1::2]", "10⁷", {"a": (20 * million,), "b": (20 * million,)},
        lambda a, b, out: np.add(a[::2], b[1::2], out=out), [every_other])  # fmt: skip
    yield Case(
        "a.T + b", "3000 × 3000", {"a": (3000, 3000), "b": (3000, 3000)},
        lambda a, b, out: np.add(a.T, b, out=out), [transposed, transposed_tiles])  # fmt: skip
    yield Case(
        "a + b", "3000 × 3000, Fortran", {"a": (3000, 3000), "b": (3000, 3000)},
        lambda a, b, out: np.add(a, b, out=out), [fortran], order="F")  # fmt: skip
    for dtype in ("complex128", "complex64"):
        for n, size in ((30_000, "3e4"), (10 * million, "10⁷")):
            z, both = {"z": (n,)}, {"z": (n,), "c": (n,)}
            what = f"{dtype}, {size}"
            yield Case("z*z + c", what, both, lambda z, c, out: np.add(z * z, c, out=out), [square], dtype)
            yield Case("abs(z)", what, z, lambda z, out: np.abs(z, out=out), [absolute], dtype)
            yield Case("z / c", what, both, lambda z, c, out: np.divide(z, c, out=out), [quotient], dtype)
    for dtype in ("uint8", "int16"):
        arrays = {"a": (30_000,), "b": (30_000,)}
        yield Case("a + b", f"{dtype}, 3e4", arrays, lambda a, b, out: np.add(a, b, out=out), [add], dtype)
        yield Case(
            "maximum(a, b)", f"{dtype}, 3e4", arrays, lambda a, b, out: np.maximum(a, b, out=out), [maximum], dtype)  # fmt: skip
        yield Case(
            "where(a > b, a, b)", f"{dtype}, 3e4", arrays, lambda a, b, out: np.where(a > b, a, b), [where], dtype)  # fmt: skip


def numbers(draw, shape, dtype):
    match np.dtype(dtype).kind:
        case "f":
            return draw.random(shape)
        case "c":
            return draw.random(shape) + 1j * draw.random(shape)
        case _:
            return draw.integers(0, 100, shape)


def timed(call, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)


def brolga(command, case, files, threads, *options):
    sources = [f"{name}={file}" for name, file in files.items()]
    options = [str(option) for option in ("--threads", threads, *options)]
    done = subprocess.run([command, "eval", case.text, *sources, *options], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def measure(command, case, threads, rounds, folder):
    draw = np.random.default_rng(1)
    arrays, files = {}, {}
    for name, shape in case.shapes.items():
        arrays[name] = numbers(draw, shape, case.dtype).astype(case.dtype, order=case.order)
        files[name] = f"{folder}/{name}.npy"
        np.save(files[name], arrays[name])
    result = f"{folder}/result.npy"
    brolga(command, case, files, threads, "-o", result)
    found = np.load(result)
    out = np.empty_like(found, order=case.order)
    contestants = {"NumPy": lambda: case.numpy(*arrays.values(), out)}
    for loop in case.loops:
        compiled = numba.njit(fastmath=True, parallel=threads > 1)(loop)
        contestants[loop.__name__] = lambda compiled=compiled: compiled(*arrays.values(), out)
    numba.set_num_threads(threads)
    for name, call in contestants.items():
        out[...] = 0
        given = call()
        expected = out if given is None else given
        assert np.allclose(found, expected, rtol=1e-5 if case.dtype == "complex64" else 1e-12), f"{name} computes something else: {case.text}"
    repeats = int(np.clip(30_000_000 // found.nbytes, 7, 5000))
    times = {name: [] for name in ("Brolga", *contestants)}
    for _ in range(rounds):
        for name, call in contestants.items():
            times[name].append(timed(call, repeats))
        told = json.loads(brolga(command, case, files, threads, "--json", "--repeat", repeats))
        times["Brolga"].append(told["warmed"]["median_s"])
    own, numpy = median(times.pop("Brolga")), median(times.pop("NumPy"))
    return own, numpy, min(median(each) for each in times.values())


def main():
    global numba, prange
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2])
    parser.add_argument("--only", help="cases whose text or sizes contain this")
    options = parser.parse_args()
    os.environ["NUMBA_NUM_THREADS"] = str(max(options.threads))
    import numba
    from numba import prange

    print("| expression | arrays | threads | Brolga | NumPy | Numba's loops | × NumPy | × Numba |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            if options.only and options.only not in f"{case.text} {case.what}":
                continue
            for threads in (n for n in case.threads if n in options.threads):
                own, numpy, loops = measure(options.command.resolve(), case, threads, options.rounds, folder)
                micro = [f"{1e6 * seconds:,.1f}" for seconds in (own, numpy, loops)]
                cells = [f"`{case.text}`", case.what, threads, *micro, f"{numpy / own:.2f}", f"{loops / own:.2f}"]
                print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
