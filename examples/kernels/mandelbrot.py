"""How many steps each point of the plane takes to escape: the Mandelbrot set is what does not.

    brolga run examples/kernels/mandelbrot.py --call 'mandelbrot(400, 600, 100)' -o mandelbrot.png
"""
import numpy as np
from numba import njit, prange


@njit
def escape(c, limit):
    z = 0j
    for step in range(limit):
        z = z * z + c
        if z.real * z.real + z.imag * z.imag > 4.0:
            return step
    return limit


@njit(parallel=True)
def mandelbrot(height, width, limit):
    steps = np.empty((height, width), dtype=np.int64)
    for i in prange(height):
        for j in range(width):
            steps[i, j] = escape(complex(-2.0 + 3.0 * j / width, -1.0 + 2.0 * i / height), limit)
    return steps
