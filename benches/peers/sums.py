#!/usr/bin/env python3
"""Prints how far sums are off, Brolga's and NumPy's, as docs/sums.md shows them.

    target/peers-venv/bin/python benches/peers/sums.py target/release/brolga
"""

import json
import subprocess
import sys
import tempfile
from math import fsum
from pathlib import Path

import numpy as np

SIZES = [1000, 16_384, 1_000_000, 10_000_000]


def arrays(size, draw):
    sign = np.where(np.arange(size) % 2 == 0, 1.0, -1.0)
    yield "0.1 again and again", np.full(size, 0.1)
    yield "random from 0 to 1", draw.random(size)
    yield "random from -0.5 to 0.5", draw.random(size) - 0.5
    yield "1 to 2, signs alternating", sign * (1 + draw.random(size))
    yield "1 to 1e8, signs alternating", sign * 10 ** (8 * draw.random(size))


def brolga(command, file):
    options = ["eval", "sum(a)", f"a={file}", "--json", "--time", "--repeat", "1"]
    done = subprocess.run([command, *options], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)["value"]


def main():
    command = Path(sys.argv[1]).resolve()
    print("| elements | type | number | Brolga | NumPy |")
    print("|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.npy"
        for dtype in ["float32", "float64"]:
            unit = np.finfo(dtype).eps / 2
            for size in SIZES:
                for name, array in arrays(size, np.random.default_rng(1)):
                    array = array.astype(dtype)
                    np.save(file, array)
                    exact, sizes = fsum(array), fsum(abs(array))
                    found = [brolga(command, file), float(np.sum(array))]
                    # The difference is exact where it is small, which a sum of both would not be.
                    errors = [abs(fsum([value, -exact])) / sizes for value in found]
                    cells = [f"{error:.1e} ({error / unit:.2f})" for error in errors]
                    print(f"| {name} | {dtype} | {size} | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    main()
