"""Pi as the area under 4 / (1 + x**2) from 0 to 1, by the midpoint rule.

    brolga run examples/kernels/midpoint.py --call 'pi(10_000_000)' --time
"""
from numba import njit, prange


@njit(parallel=True)
def pi(n):
    width = 1.0 / n
    total = 0.0
    for i in prange(n):
        x = (i + 0.5) * width
        total += 4.0 / (1.0 + x * x)
    return total * width
