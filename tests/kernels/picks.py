"""Arrays as indices: masks, and places along the first axis."""
import numpy as np
from numba import njit


@njit
def clipped(a):
    a[a > 3] = 3.0
    a[a < -2.0] *= -1
    a[(a > 0) & (a < 2)] += 0.5
    return a[a == 3.0], a[a > 1e9].size


@njit
def masked(a, mask):
    b = a[mask]
    a[mask] = -1.0
    return b, b.sum(), len(b)


@njit
def filled(a, mask, values):
    a[mask] = values
    return a


@njit
def places(a, at):
    return a[at], a[at] * 2.0, a[at[::-1]]


@njit
def stored(a, at, values):
    a[at] = values


@njit
def raised(a, at):
    a[at] += 10
    return a


@njit
def itself(a):
    a[a] = 7
    return a


@njit
def truths(a):
    a[a] = False
    return a


X = np.array([4.0, -3.0, 0.5, 1.0, 3.0, -1.0, 9.0])
GRID = np.arange(12.0).reshape(3, 4) - 4
M = X > 0.75
CALLS = (
    [("clipped", (X,)), ("clipped", (GRID,)), ("clipped", (GRID.T.copy(),)), ("clipped", (np.zeros(0),))]
    + [("masked", (X, M)), ("masked", (GRID, GRID % 3 == 0)), ("masked", (X, M[:3])), ("masked", (X, X > 99))]
    + [("filled", (X, M, np.arange(float(n)))) for n in (4, 1, 3)]
    + [("filled", (GRID, GRID > 2, np.arange(5.0)))]
    + [("places", (X, np.array(at))) for at in ([0, 3, 3, -1], [6, -7], [1, 7], [-8])]
    + [("places", (GRID, np.array([2, 0, -1, 2])))]
    + [("stored", (X, np.array([1, 2, 1]), np.array([10.0, 20.0, 30.0])))]
    + [("stored", (X, np.array([1, 2, 1]), np.array([10.0, 20.0])))]
    + [("stored", (X, np.array([1, 2, 9]), np.array([1.0, 2.0, 3.0])))]
    + [("stored", (GRID, np.array([0, 2]), np.arange(4.0)))]
    + [("raised", (X, np.array([1, 1, 2]))), ("raised", (GRID, np.array([1, -1])))]
    + [("raised", (np.arange(5), np.array([4, 0], dtype=np.int32)))]
    + [("itself", (np.array([2, 0, 1, 2]),)), ("truths", (np.array([True, False, True]),))]
)
