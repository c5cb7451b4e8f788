"""Functions of the table that are made of a few operations: of single numbers, and element by element."""
import math

import numpy as np
from numba import njit


@njit
def angles(x):
    return math.radians(x), math.degrees(x), np.deg2rad(x), np.rad2deg(x), np.radians(x), np.degrees(x)


@njit
def sides(x, y):
    return np.heaviside(x, y), np.copysign(x, y), np.logical_xor(x, y), np.reciprocal(x)


@njit
def elements(a, b):
    for i in range(a.shape[0]):
        b[i] = np.deg2rad(a[i]) + np.copysign(1.0, a[i])
    return np.degrees(a) * np.heaviside(a, 0.5) + np.reciprocal(b)


NAN, INF = float("nan"), float("inf")
CALLS = (
    [("angles", (x,)) for x in [0.0, -0.0, 180.0, -57.3, 1e300, INF]]
    + [("sides", (x, y)) for x, y in [(2.5, -1.0), (-2.5, 0.0), (-0.0, 7.0), (INF, -0.0)]]
    + [("elements", (np.array([1.0, -2.0, 0.0, 360.5]), np.zeros(4)))]
)
