"""Ways through a function: branches, loops of every kind, their `else`, exits from inside, calls."""
import numpy as np
from numba import njit, prange


@njit
def collatz(n):
    length = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        elif n > 0:
            n = 3 * n + 1
        else:
            return -1
        length += 1
    return length


@njit
def first_divisor(n):
    for d in range(2, n):
        if d * d > n:
            break
        if n % d == 0:
            return d
    else:
        return -n
    return n


@njit
def searched(a, x):
    at = -1
    for i, v in enumerate(a):
        if v < 0:
            continue
        if v == x:
            at = i
            break
    else:
        at = len(a)
    while at > 10:
        at -= 3
        if at == 12:
            break
    else:
        at += 100
    return at


@njit
def nested(n):
    total = 0
    for i in range(n):
        for j in range(n, 0, -1):
            if j == i:
                continue
            if i * j > 40:
                break
            for k in range(i, j, 2):
                if k == 7:
                    return total, i, j
                total += k
        else:
            total += 1000
    return total, -1, -1


@njit
def last(n):
    for i in range(n):
        x = i * 2
    return i, x


@njit
def ranges(a, b, c):
    s = 0
    t = 1
    for i in range(a, b, c):
        s = s * 3 + i
    for i in reversed(range(a, b, c)):
        t = t * 2 + i
    for i in prange(b):
        s += i
    return s, t


@njit
def zipped(a, b):
    s = 0.0
    for i, (x, y) in enumerate(zip(a, b), 5):
        s += i * x - y
    for x, k in zip(b, range(10, 0, -3)):
        s += x * k
    return s


@njit
def indices(a):
    s = 0
    for i, j in np.ndindex(a.shape):
        s = s * 2 + a[i, j] * (i - j)
    for i, j in np.ndindex(2, 3):
        s += 10 * i + j
    return s


@njit
def rows(a):
    s = 0.0
    for row in a:
        for v in row:
            s += v
        s *= 0.5
    return s


@njit
def swapped(a, b, n):
    for k in range(n):
        a, b = b, a + b
    (a, b), c = (b, a), a - b
    return a, b, c


@njit
def forever(n):
    k = 0
    while True:
        k += 1
        if k * k > n:
            return k
        while 1:
            k += 2
            if k % 3:
                break


@njit
def helper(x, scale=2, offset=1):
    return x * scale + offset


@njit
def calls(x):
    return helper(x) + helper(x, 3) + helper(x, offset=10) + helper(scale=5, x=1)


@njit
def fibonacci(n):
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


@njit
def even(n):
    return True if n == 0 else odd(n - 1)


@njit
def odd(n):
    return False if n == 0 else even(n - 1)


@njit
def nothing(a):
    if a.size == 0:
        return
    a[0] = 1.0


@njit
def pairs(n):
    p = (n, 2.5, (n + 1, True))
    q = p[2][0] if p[2][1] else 0
    a, b, (c, d) = p
    return p, q, len(p), a + b + c, p[-2]


@njit
def unset(n):
    if n > 3:
        x = n * 1.5
    if n > 5:
        y = x
    else:
        y = 0.0
    return y + x


CALLS = (
    [("collatz", (n,)) for n in [1, 6, 27, -5]]
    + [("first_divisor", (n,)) for n in [1, 2, 9, 35, 37, 49]]
    + [("searched", (np.array(a), x)) for a, x in [([1, -2, 3], 3), ([1, -2], 9), ([4] * 30, 5), ([0] * 14 + [2], 2)]]
    + [("nested", (n,)) for n in [0, 3, 6, 9]]
    + [("last", (n,)) for n in [1, 4, 0]]
    + [("ranges", (a, b, c)) for a, b, c in [(0, 10, 3), (10, 0, -3), (5, 5, 1), (-4, 3, 2), (0, 4, 0)]]
    + [("zipped", (np.array([1.5, 2.0, -3.0]), np.array(b))) for b in [[0.5, 0.25, 1.0], [9.0], [1.0, 2.0, 3.0, 4.0, 5.0]]]
    + [("indices", (np.arange(6).reshape(2, 3),)), ("indices", (np.zeros((0, 3), dtype=np.int64),))]
    + [("rows", (np.array([[0.1, 0.2], [0.3, 0.7]]),))]
    + [("swapped", (0, 1, n)) for n in [0, 1, 10]]
    + [("forever", (n,)) for n in [0, 50, 1000]]
    + [("calls", (7,)), ("calls", (0.5,))]
    + [("fibonacci", (n,)) for n in [0, 1, 15]]
    + [("even", (7,)), ("odd", (7,))]
    + [("nothing", (np.zeros(2),)), ("nothing", (np.zeros(0),))]
    + [("pairs", (4,)), ("unset", (9,)), ("unset", (4,)), ("unset", (2,))]
)
