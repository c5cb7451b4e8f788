"""Kernels of numbers called with arrays: element by element, over the shape that these broadcast to."""
import numpy as np
from numba import njit, vectorize


@vectorize
def branch(x, y):
    if x > y:
        return x * y
    elif x == 0:
        return 7.5
    return x / y - 1


@vectorize(nopython=True)
def divided(x, y):
    return x / y


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


@njit
def ordered(x, y):
    if x > y:
        return y, x, True
    return x, y, False


@njit
def checked(x):
    if x < 0:
        raise ValueError("negative")
    return x**0.5


def quotient(x, y):
    return x // y if y != 5 else 0


@vectorize
def helper(x):
    return -x if x < 0 else x


@njit
def inside(a, b):
    c = branch(a, b) + helper(b) * 2
    d = branch(helper(a), 1.5)
    return c, d.sum(), branch(2.0, 4.0), helper(a[0] - b)


@njit
def stored(a, b):
    a[1:] = branch(a[:-1], b)
    a += helper(a)
    return helper(a).max()


def loops(x, n):
    total = 0.0
    for i in range(n):
        if x > i:
            total += x
    return total


A = np.array([0.5, -2.0, 0.0, 3.25, -7.5, 1.5])
B = np.array([[1.0], [-2.0], [0.0]])
N = np.array([1, 7, 27, 97, 6], np.int64)
LONG = np.arange(100) % 37 - 20.0
# What is no function of elements in CPython is called by each of them.
MAPS = ["collatz", "ordered", "checked", "quotient", "loops"]
CALLS = (
    [("branch", (A, 1.5)), ("branch", (A, A[::-1].copy())), ("branch", (A, B)), ("branch", (B, B.T.copy()))]
    + [("branch", (2.0, 4.0)), ("branch", (A[:0], 1.0)), ("branch", (A, B[:, 0].copy()))]
    + [("branch", (LONG, LONG[::-1].copy())), ("divided", (A, 0.0)), ("divided", (N, 0)), ("divided", (N, N - 6))]
    + [("collatz", (N,)), ("collatz", (N.reshape(5, 1).copy(),)), ("collatz", (27,))]
    + [("ordered", (A, 1.0)), ("ordered", (A, B)), ("ordered", (1.0, 2.0)), ("ordered", (LONG, 3.0))]
    + [("checked", (A[3:4].copy(),)), ("checked", (A,)), ("quotient", (N, 2)), ("quotient", (N, N - 6))]
    + [("inside", (A, 1.5)), ("inside", (LONG, -3.5)), ("stored", (A, 0.25)), ("stored", (A, 0.0))]
    + [("loops", (A, N[:1].copy())), ("loops", (A, N[1:2].copy())), ("loops", (B, N))]
)
