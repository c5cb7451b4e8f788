"""What goes wrong while a kernel runs, and what is stored before."""
import numpy as np
from numba import njit


@njit
def index(a, i):
    a[0] = 9.0
    a[i] = 1.0
    a[1] = 8.0
    return a[i]


@njit
def far(a, n):
    for i in range(n):
        a[i] = i


@njit
def plane(a, i, j):
    return a[i, j]


@njit
def divided(a, b):
    return a // b, a % b, a / b


@njit
def in_a_loop(a, b):
    for i in range(a.size):
        a[i] = 10 // int(b[i])


@njit
def raised(x):
    if x < 0:
        raise ValueError("x must not be negative")
    if x > 10:
        raise RuntimeError
    return x


@njit
def asserted(x):
    assert x != 3, "not three"
    assert x > 0
    return x


@njit
def inner(a, i):
    return a[i]


@njit
def outer(a, i):
    a[0] = -1.0
    s = inner(a, i)
    a[1] = s
    return s


@njit
def shapes(a, b):
    return a + b


@njit
def stored(a, b):
    a[1:3] = b


@njit
def lengths(n):
    return np.zeros(n)


@njit
def shaped(a, n):
    return a.reshape(n, 2)


@njit
def empty(a):
    return a.max()


@njit
def skipped(a, i):
    return i < a.size and a[i] > 0, a.size == 0 or a[0] > 0, a[i] if i < a.size else -1.0


@njit
def stepped(n, k):
    s = 0
    for i in range(0, n, k):
        s += i
    return s


@njit
def picked(a, at):
    return a[at]


@njit
def cut(a, i):
    return a[:i], a[i:], a[:-1][i:]


@njit
def negative_powers(a):
    return a ** -1


X = np.arange(3.0)
CALLS = (
    [("index", (X, i)) for i in [2, 3, -3, -4, 2**40]]
    + [("far", (X, 3)), ("far", (X, 5))]
    + [("plane", (np.arange(6.0).reshape(2, 3), i, j)) for i, j in [(1, 2), (2, 0), (0, 3), (-2, -3), (0, -4)]]
    + [("divided", (a, b)) for a, b in [(7, 2), (7, 0), (7.0, 0.0), (7, 0.0), (0.0, -0.0)]]
    + [("in_a_loop", (np.zeros(3, dtype=np.int64), np.array([5, 0, 2])))]
    + [("raised", (x,)) for x in [-1, 5, 11]]
    + [("asserted", (x,)) for x in [1, 3, -2]]
    + [("outer", (X, i)) for i in [1, 7]]
    + [("shapes", (X, np.arange(n + 0.0))) for n in [3, 1, 2]]
    + [("stored", (np.arange(5.0), np.arange(n + 0.0))) for n in [2, 1, 3]]
    + [("lengths", (n,)) for n in [2, 0, -1]]
    + [("shaped", (np.arange(6.0), n)) for n in [3, 2, -1]]
    + [("empty", (np.zeros(0),)), ("empty", (X,))]
    + [("skipped", (X, i)) for i in [0, 2, 3]] + [("skipped", (np.zeros(0), 0))]
    + [("stepped", (10, k)) for k in [3, -1, 0]]
    + [("index", (X, np.uint64(i))) for i in [0, 2, 3, 2**63 - 1]]
    + [("cut", (X, np.uint64(i))) for i in [0, 2, 3, 2**63 - 1, 2**63, 2**64 - 1]]
    + [("picked", (X, np.array(at, dtype=np.uint64))) for at in [[0, 2, 1], [2**63]]]
    + [("lengths", (np.uint64(2),))]
    + [("negative_powers", (np.arange(n),)) for n in [0, 2]]
)
