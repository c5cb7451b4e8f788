"""The product of two matrices: as three loops, and as NumPy writes it.

    brolga run examples/kernels/product.py --call 'loops(a, b)' a='random((256, 256))' b='random((256, 256))' --time
"""
import numpy as np
from numba import njit


@njit
def loops(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return c


@njit
def product(a, b):
    return a @ b
