"""Products of matrices and vectors, of numbers whose sums are exact in any order."""
import numpy as np
from numba import njit


@njit
def matmul(a, b):
    return a @ b


@njit
def functions(a, b):
    return np.dot(a, b), np.matmul(a, b), a.dot(b)


@njit
def scaled(a):
    return np.dot(a, 2), np.dot(3, a)


@njit
def vectors(x, y):
    return np.vdot(x, y), np.outer(x, y), x @ y


@njit
def layouts(a, b):
    return a.T @ b.T, a[::2, 1:] @ b[1:, ::-1], a[:, ::-1] @ b, a[1] @ b, a @ b[:, -1]


@njit
def in_expressions(a, b):
    c = a @ b + 1
    c -= (a * 2) @ b
    return c, (a @ b)[0, 1], (a @ b).sum()


@njit
def chained(a, n):
    r = np.eye(a.shape[0])
    for i in range(n):
        r = r @ a
    return r


def grid(rows, columns, dtype=np.float64):
    return ((np.arange(rows * columns) * 7) % 11 - 4).reshape(rows, columns).astype(dtype)


def wave(n, dtype=np.float64):
    return ((np.arange(n) * 5) % 9 - 3).astype(dtype)


def gauss(a):
    return a + 1j * a[::-1]


A, B = grid(4, 3), grid(3, 5)
BOOLS = A > 0, B > 2
CALLS = (
    [("matmul", (A, B)), ("matmul", (grid(70, 40), grid(40, 33))), ("matmul", BOOLS)]
    + [("matmul", (grid(4, 3, t), grid(3, 5, t))) for t in (np.uint8, np.int32, np.int64)]
    + [("matmul", (A, grid(3, 5, np.int32))), ("matmul", (gauss(A), gauss(B))), ("matmul", (A, gauss(B)))]
    + [("matmul", (wave(3), B)), ("matmul", (A, wave(3))), ("matmul", (wave(6), wave(6)))]
    + [("matmul", (A, A)), ("matmul", (wave(2), B)), ("matmul", (wave(3), wave(4)))]
    + [("matmul", (np.zeros((2, 0)), np.zeros((0, 3)))), ("matmul", (np.zeros((0, 3)), B))]
    + [("functions", (A, B)), ("scaled", (A,))]
    + [("vectors", (wave(5), wave(5))), ("vectors", (gauss(wave(4)), wave(4)))]
    + [("vectors", (wave(3, np.int64), wave(3, np.int64)))]
    + [("layouts", (grid(5, 3), grid(3, 5))), ("in_expressions", (A, B)), ("chained", (grid(3, 3), 4))]
)
