"""Numbers without arrays: every operator, Python's own functions, choices, types that meet."""
import math

import numpy as np
from numba import njit

SCALE = 3
LIMITS = (-2.5, 7)


@njit
def integers(a, b):
    s = a + b * 2 - (a - b) // 3
    s += a % 7 - b % -5
    s ^= (a & 255) | (b << 3)
    s -= ~a >> 2
    return s, -a, +b, a // b, a % b, abs(a), a ** 2


@njit
def floats(x, y):
    q = x / y
    return q, x // y, x % y, -x, abs(y), x * y - q, x ** 2, x - y * SCALE


@njit
def mixed(n, x):
    total = 0
    total += n
    mean = total / 4
    best = mean
    if x > mean:
        best = x
    return total, best, mean, n * x, n + True, n / 2, n // 2.0, x - n


@njit
def compared(a, b, c):
    return a < b, a <= b, a == b, a != b, a >= b, a > b, a < b < c, a <= b != c > a, not a < b, a < b or b < c and c < a


@njit
def chosen(a, b):
    x = a if a > b else b
    y = a and b
    z = a or b
    w = (a if a else 1) + (b or 2) * (a and 3)
    return x, y, z, w, not a


@njit
def own(a, b, x, y):
    q, r = divmod(a, b)
    return min(a, b), max(a, b, 3), min(x, y), max(x, y, x), q, r, int(x), float(a), bool(a), round(x), math.floor(y), math.ceil(y), math.trunc(x), pow(a, 3)


@njit
def bounds(x):
    low, high = LIMITS
    if x < low:
        return low
    if x > LIMITS[1]:
        return float(high)
    return x


@njit
def complexes(x, y, z):
    c = complex(x, y)
    d = c * z + c / z - (z - 1j) * 2
    d -= c
    return c, d, d.real, d.imag, c.conjugate(), -z, c == z, c != z, d * x, c ** 2, c ** 7, z ** -3 if z != 0 else c


@njit
def widths(a, b):
    return np.int64(a) * 3, np.float32(b) * np.float32(0.1), np.float64(np.float32(b)), np.uint8(a), np.int32(b)


@njit
def classes(x):
    return math.sqrt(abs(x)), np.sqrt(x * x), np.floor(x), np.ceil(x), np.isnan(x), np.isfinite(x), np.minimum(x, 2.0), np.maximum(x, 0.5), math.fabs(x)


NAN, INF = float("nan"), float("inf")
CALLS = (
    [("integers", (a, b)) for a, b in [(17, 5), (-17, 5), (17, -5), (-17, -5), (0, 1), (123456789, -1000), (5, 0)]]
    + [("floats", (x, y)) for x, y in [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (1e150, 3e-5), (0.1, 0.3), (-0.0, 5.0), (1.0, 0.0), (INF, 2.0)]]
    + [("mixed", (n, x)) for n, x in [(10, 2.0), (10, 3.5), (-7, 0.25)]]
    + [("compared", (a, b, c)) for a, b, c in [(1, 2, 3), (3, 2, 1), (2, 2, 2), (1.5, NAN, 2.0), (1, 2.5, 2)]]
    + [("chosen", (a, b)) for a, b in [(3, 5), (0, 5), (5, 0), (0, 0), (2.5, 0.5), (0.0, 1.5)]]
    + [("own", (a, b, x, y)) for a, b, x, y in [(7, 2, 2.5, -1.5), (-7, 2, -2.5, 3.999), (9, -4, 0.5, 1e15), (1, 0, 1.0, 1.0)]]
    + [("bounds", (x,)) for x in [-9.0, 0.5, 99.0]]
    + [("complexes", (x, y, z)) for x, y, z in [(1.5, -2.0, 3 + 4j), (0.25, 0.5, -1.5j), (1.0, 1.0, 0j), (-3.0, 0.0, 1 - 2j)]]
    + [("widths", (7, 2.75)), ("widths", (200, -3.5))]
    + [("classes", (x,)) for x in [2.25, -2.25, 0.0, 3.7]]
)
