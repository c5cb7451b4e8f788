"""How many of the numbers of an array fall between each two marks; those outside are left out.

    brolga run examples/kernels/histogram.py --call 'histogram(x, 10, 0.0, 1.0)' x='random(1e6)'
"""
import numpy as np
from numba import njit


@njit
def histogram(x, bins, low, high):
    counts = np.zeros(bins, dtype=np.int64)
    scale = bins / (high - low)
    for value in x[(x >= low) & (x < high)]:
        counts[min(int((value - low) * scale), bins - 1)] += 1
    return counts
