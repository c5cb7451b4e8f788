"""Pi by throwing darts at a square: the same darts on any number of threads.

    brolga run examples/kernels/monte_carlo.py --call 'pi(10_000_000, 1)'
"""
import numpy as np
from numba import njit, prange


@njit(parallel=True)
def pi(n, seed):
    np.random.seed(seed)
    inside = 0
    for i in prange(n):
        x = np.random.random()
        y = np.random.random()
        if x * x + y * y < 1.0:
            inside += 1
    return 4.0 * inside / n
