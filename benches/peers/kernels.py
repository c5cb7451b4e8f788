#!/usr/bin/env python3
"""Prints how fast loop kernels are beside Numba, as docs/performance.md shows it.

    target/peers-venv/bin/python benches/peers/kernels.py target/release/brolga [--rounds 5] [--only NAME]

Both compile the text of programs.py, for one thread, without fastmath. They take turns, round after round, on the same
arrays; figures are medians. Results, and arrays that are written, are compared first, to the bit where the kernel has no
mathematical function.
"""

import argparse
import json
import math
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

import programs

PROGRAMS = Path(programs.__file__)


@dataclass
class Case:
    kernel: str
    what: str
    arguments: dict
    exact: bool = True


def cases():
    draw = np.random.default_rng(1)
    grid = draw.random((1000, 1000))
    yield Case("go_fast", "1000 × 1000", {"a": grid}, exact=False)
    yield Case("midpoint_pi", "10⁷", {"n": 10_000_000})
    yield Case("scatter_sum", "10⁷", {"a": draw.random(10_000_000)})
    yield Case("jacobi", "1000 × 1000 × 100", {"u": grid, "v": grid.copy(), "sweeps": 100})
    square = {name: draw.random((512, 512)) for name in "ab"}
    yield Case("matmul", "512³", {**square, "c": np.zeros((512, 512))})
    bodies = {"pos": draw.random((1000, 3)), "vel": draw.random((1000, 3)), "mass": draw.random(1000)}
    yield Case("nbody", "1,000 × 10", {**bodies, "dt": 1e-4, "steps": 10})
    yield Case("softmax_rows", "4000 × 2500", {"x": draw.random((4000, 2500))}, exact=False)
    window = {"left": -2.0, "right": -1.7, "bottom": -0.1, "top": 0.1}
    yield Case("mandelbrot", "1024 × 2024", {**window, "image": np.zeros((1024, 2024), np.uint8), "most": 20})
    yield Case("collatz_longest", "3 · 10⁵", {"limit": 300_000})
    yield Case("histogram", "10⁷, 100", {"x": draw.random(10_000_000), "bins": 100, "low": 0.0, "high": 1.0})
    yield Case("crc16", "10⁶", {"data": draw.integers(0, 256, 1_000_000).astype(np.uint8), "poly": 0xA001})


def brolga(command, case, files, *options):
    sources = [f"{name}={file}" for name, file in files.items()]
    call = f"{case.kernel}({', '.join(name if name in files else repr(value) for name, value in case.arguments.items())})"
    done = subprocess.run(
        [command, "run", PROGRAMS, "--call", call, *sources, "--threads", "1", *map(str, options)],
        stdout=subprocess.PIPE, text=True, check=True)  # fmt: skip
    return done.stdout


def check(command, case, files, folder, compiled):
    """Compares what both return, and the arrays as they are afterwards."""
    own = {name: value.copy() if name in files else value for name, value in case.arguments.items()}
    returned = compiled(*own.values())
    expected = [] if returned is None else [np.asarray(returned)]
    outputs = ["-o", f"{folder}/returned.npy"] if expected else []
    found = [f"{folder}/returned.npy"] if expected else []
    for name in files:
        if not np.array_equal(own[name], case.arguments[name]):
            outputs += ["-o", f"{name}={folder}/{name}.after.npy"]
            found.append(f"{folder}/{name}.after.npy")
            expected.append(own[name])
    brolga(command, case, files, *outputs)
    for file, expected in zip(found, expected):
        value = np.load(file)
        same = np.array_equal(value, expected) if case.exact else np.allclose(value, expected, rtol=1e-12)
        assert same, f"{case.kernel} gives something else in {file}"


def measure(command, case, rounds, folder):
    files = {}
    for name, value in case.arguments.items():
        if isinstance(value, np.ndarray):
            files[name] = f"{folder}/{name}.npy"
            np.save(files[name], value)
    compiled = getattr(programs, case.kernel)
    check(command, case, files, folder, compiled)
    times = {"Brolga": [], "Numba": []}
    for _ in range(rounds):
        told = json.loads(brolga(command, case, files, "--json", "--repeat", 5))
        times["Brolga"].append(told["warmed"]["median_s"])
        for _ in range(5):
            own = [value.copy() if name in files else value for name, value in case.arguments.items()]
            start = time.perf_counter()
            compiled(*own)
            times["Numba"].append(time.perf_counter() - start)
    return median(times["Brolga"]), median(times["Numba"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="kernels whose name contains this")
    options = parser.parse_args()
    print("| kernel | size | Brolga, ms | Numba, ms | × Numba |")
    print("|---|---|---:|---:|---:|")
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            if options.only and options.only not in case.kernel:
                continue
            own, numba = measure(options.command.resolve(), case, options.rounds, folder)
            ratios.append(numba / own)
            print(f"| {case.kernel} | {case.what} | {1e3 * own:.2f} | {1e3 * numba:.2f} | {numba / own:.2f} |", flush=True)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"| geometric mean | | | | {mean:.2f} |")


if __name__ == "__main__":
    main()
