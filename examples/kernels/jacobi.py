"""Heat in a plate whose rim is held: each point becomes the mean of its neighbours, until little changes.

    brolga run examples/kernels/jacobi.py --call 'plate(200, 1e-3)' -o plate.png
"""
import numpy as np
from numba import njit


@njit
def plate(n, tolerance):
    u = np.zeros((n, n))
    u[0] = 100.0
    v = u.copy()
    change = tolerance
    while change >= tolerance:
        change = 0.0
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
                change = max(change, abs(v[i, j] - u[i, j]))
        u, v = v, u
    return u
