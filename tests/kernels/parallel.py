"""Parallel loops, whose sums are exact or short: there CPython's order gives the same bits."""

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def integers(n, step):
    s = 3
    p = 1
    low = 1000000
    high = -5
    a = -1
    o = 0
    x = 77
    for i in prange(5, n, step):
        v = (i * 7919) % 1009
        s += v
        s -= i
        p *= 1 - 2 * (v & 1)
        low = min(low, v)
        high = max(v, high)
        a &= ~(v << 3)
        o = o | v
        x ^= i * v
    return s, p, low, high, a, o, x


@njit(parallel=True)
def chosen(a):
    least = 1e300
    most = -1e300
    for i in prange(a.size):
        if a[i] < least:
            least = a[i]
        if not a[i] <= 0.5:
            continue
        if most < a[i]:
            most = a[i]
    return least, most


@njit(parallel=True)
def truths(a, b):
    all_small = True
    any_equal = False
    odd = False
    for i in prange(a.size):
        all_small = all_small and abs(a[i]) < 4.0
        any_equal = any_equal or a[i] == b[i]
        odd ^= a[i] > b[i]
    return all_small, any_equal, odd


@njit(parallel=True)
def short(n):
    s = 0.0
    c = 0j
    for i in prange(n):
        s += 1.0 / (i + 1)
        c += complex(i, 1.0 / (i + 1))
    return s, c


@njit(parallel=True)
def eighths(a, scale):
    total = 0.0
    for i in prange(a.shape[0]):
        row = 0.0
        for j in range(a.shape[1]):
            row += a[i, j] * scale
        total += row
    return total


@njit(parallel=True)
def columns(a):
    total = np.zeros(a.shape[1])
    seen = np.zeros(a.shape[1], dtype=np.int64)
    total += 1.0
    for i in prange(a.shape[0]):
        total += a[i]
        seen |= np.ones(a.shape[1], dtype=np.int64) * (i + 1)
    return total, seen


@njit(parallel=True)
def scratch(a):
    out = np.zeros(a.shape[0])
    for i in prange(a.shape[0]):
        work = np.empty(a.shape[1])
        for j in range(a.shape[1]):
            work[j] = a[i, j] * a[i, j]
        work += 0.5
        out[i] = work[0] - work[-1]
    return out


@njit(parallel=True)
def nested(a):
    out = np.zeros_like(a)
    for i in prange(a.shape[0]):
        s = 0.0
        for j in prange(a.shape[1]):
            s = s * 0.5 + a[i, j]
            out[i, j] = s
    return out


@njit(parallel=True)
def downwards(a, start, stop, step):
    n = 0
    for i in prange(start, stop, step):
        a[i] = i
        n += 1
    return n


@njit
def in_order(n):
    y = 0.5
    for i in prange(n):
        y = y * 0.5 + i
    return y


@njit(parallel=True)
def inner(a, k):
    s = 0
    for i in prange(a.size):
        s += int(a[i]) * k
    return s


@njit(parallel=True)
def outer(a):
    s = 0
    for i in prange(40):
        s += inner(a, i)
    return s


@njit(parallel=True)
def twice(a, b):
    for i in prange(a.size):
        a[i] += b[i]
    m = 0.0
    for i in prange(a.size):
        m = np.maximum(m, a[i])
        b[i] = a[i] * 2
    return m


@njit(parallel=True)
def beyond(a, n):
    for i in prange(n):
        for k in range(2):
            a[2 * i + k] = i
    return a


@njit(parallel=True)
def divides(n, zero):
    s = 0
    for i in prange(n):
        s += 100 // (i - zero)
    return s


@njit(parallel=True)
def zeros_of_both_signs(a):
    first, last, equal = 1.0, 1.0, 1.0
    first_most, last_most, equal_most = -1.0, -1.0, -1.0
    for i in prange(a.size):
        x = 1.0
        for j in range(1):
            x = a[i]
        first = min(first, x)
        last = min(x, last)
        if x <= equal:
            equal = x
        first_most = max(first_most, -x)
        last_most = max(-x, last_most)
        y = -x
        if equal_most <= y:
            equal_most = y
    return first, last, equal, first_most, last_most, equal_most


@njit(parallel=True)
def not_numbers(a, start):
    least, equal, least_of_numpy, most_of_numpy = start, start, start, start
    for i in prange(a.size):
        x = 1.0
        for j in range(1):
            x = a[i]
        least = min(least, x)
        if x <= equal:
            equal = x
        least_of_numpy = np.minimum(least_of_numpy, x)
        most_of_numpy = np.maximum(x, most_of_numpy)
    return least, equal, np.isnan(least_of_numpy), np.isnan(most_of_numpy)


def doubles(*shape):
    n = int(np.prod(shape))
    return ((np.arange(n) * 7919 % 61 - 30) / 8.0).reshape(shape)


CALLS = [
    ("integers", [6, 1]),
    ("integers", [0, 1]),
    ("integers", [20000, 1]),
    ("integers", [30000, 7]),
    ("chosen", [doubles(10000)]),
    ("chosen", [doubles(3)]),
    ("chosen", [doubles(0)]),
    ("truths", [doubles(9000), doubles(9000)[::-1].copy()]),
    ("truths", [doubles(5), doubles(5) + 1]),
    ("short", [0]),
    ("short", [1]),
    ("short", [1000]),
    ("eighths", [doubles(700, 5), 2.0]),
    ("eighths", [doubles(1, 5), 2.0]),
    ("eighths", [doubles(0, 5), 2.0]),
    ("columns", [doubles(100, 4)]),
    ("columns", [doubles(3, 7)]),
    ("scratch", [doubles(600, 6)]),
    ("nested", [doubles(300, 5)]),
    ("downwards", [doubles(9000), 8999, -1, -2]),
    ("downwards", [doubles(50), -50, 50, 7]),
    ("downwards", [doubles(5), 3, 3, 1]),
    ("in_order", [100]),
    ("outer", [doubles(5000)]),
    ("twice", [doubles(9001), doubles(9001) * 0.25]),
    ("beyond", [doubles(100), 50]),
    ("beyond", [doubles(100), 99]),
    ("divides", [9000, -1]),
    ("divides", [9000, 8500]),
    ("zeros_of_both_signs", [np.array([1.0, -0.0, 0.5, 0.0, 0.0, -0.0, 2.0])]),
    ("zeros_of_both_signs", [np.array([1.0, 0.0, 0.5, 0.0, -0.0, 0.0, 2.0])]),
    ("zeros_of_both_signs", [np.array([-0.0])]),
    ("not_numbers", [np.array([3.0, np.nan, -2.0, np.nan, 5.0]), 1.0]),
    ("not_numbers", [np.array([3.0, -2.0, 5.0]), 1.0]),
    ("not_numbers", [np.array([3.0, -2.0, 5.0]), np.nan]),
]
