"""Arrays: elements, slices, whole arrays, new ones, what is written and what is returned."""
import numpy as np
from numba import njit


@njit
def matmul(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return c


@njit
def jacobi(u, v, steps):
    change = 0.0
    for t in range(steps):
        change = 0.0
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
                change = max(change, abs(v[i, j] - u[i, j]))
        u, v = v, u
    return change


@njit
def histogram(x, bins, low, high):
    counts = np.zeros(bins, dtype=np.int64)
    for v in x:
        k = int((v - low) * (bins / (high - low)))
        if 0 <= k < bins:
            counts[k] += 1
    return counts


@njit
def negative(a):
    return a[-1], a[-a.size], a[a.size - 1 - 1], len(a), a.ndim, a.shape


@njit
def slices(a):
    b = a[1:-1]
    b[0] = 100.0
    a[::2] = -1.0
    a[-2:] = a[:2]
    c = a[::-1].copy()
    c[1:3] += 10.0
    return b, c, a[5:2], a[3:100:3], a[:, None][1], a[...]


@njit
def planes(a):
    a[0] = 5.0
    a[:, 1] *= 2.0
    a[1:, 2:] = a[:-1, :1]
    t = a.T
    t[0, 1] = 0.25
    row = a[1]
    row[-1] = row[0]
    return t, row, t.shape, a[1, ::2]


@njit
def whole(a, b):
    c = a * 2.0 + b / 4.0 - 1
    d = np.where(a > b, a, -b)
    e = np.sqrt(a * a) + np.abs(b)
    f = (a < b) | (a == 1.0)
    c += d
    return c, d, e, f, np.minimum(a, b), -a


@njit
def broadcast(a, b):
    return a[:, None] * b + 1.0, a + 0.5


@njit
def overlapping(a):
    a[1:] = a[:-1] + a[1:]
    a[:-1] -= a[1:]
    return a.copy()


@njit
def made(n, x):
    a = np.zeros(n)
    b = np.ones((2, n), dtype=np.int32)
    c = np.full(n, x)
    d = np.arange(n)
    e = np.arange(2, 20, 5)
    f = np.linspace(0.0, x, 5)
    g = np.eye(3)
    h = np.zeros_like(b)
    i = np.full_like(c, 7)
    j = np.array([1, 2, n])
    a[:] = c
    a.fill(x * 2)
    return a, b, c, d, e, f, g, h, i, j, d.reshape(2, -1) if n % 2 == 0 else d.reshape(1, n), np.ones(n).astype(np.int64)


@njit
def reduced(a):
    return a.min(), a.max(), np.min(a), (a > 1).any(), (a > -100).all(), (a > 1).sum()


@njit
def integers(a):
    s = 0
    for v in a:
        s += v
    return a.sum(), np.prod(a), s, sum(a), min(a), max(a)


@njit
def images(image, k):
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            image[i, j] = (i * 100 + j * k) % 256
    image[0, 0] += 250
    image[0, 1] //= 3
    return int(image[1, 1]) + int(image[2, 2])


@njit
def pairs(z):
    z[0] = z[1] * (1 + 2j)
    z[1] += 0.5
    w = z * 2.0
    return z[0].real, z[2].imag, w, z[2] - z[1]


@njit
def grown(n):
    a = np.zeros(1)
    for i in range(n):
        b = np.zeros(a.size + 1)
        b[:-1] = a
        b[-1] = i
        a = b
    return a


@njit
def both(a):
    return a, a[1:], a


@njit
def crc16(data, poly):
    crc = 0xFFFF
    for b in data:
        cur = 0xFF & b
        for _ in range(8):
            if (crc & 1) ^ (cur & 1):
                crc = (crc >> 1) ^ poly
            else:
                crc >>= 1
            cur >>= 1
    return crc & 0xFFFF


@njit
def life(a):
    n, m = a.shape
    out = np.zeros_like(a)
    for i in range(n):
        for j in range(m):
            alive = 0
            for di in range(-1, 2):
                for dj in range(-1, 2):
                    if (di != 0 or dj != 0) and a[(i + di) % n, (j + dj) % m]:
                        alive += 1
            out[i, j] = 1 if alive == 3 or (alive == 2 and a[i, j]) else 0
    return out


r = np.random.default_rng(1)
A, B = r.random((4, 5)) * 4 - 1, r.random((5, 3))
CALLS = [
    ("matmul", (A, B)),
    ("jacobi", (r.random((6, 7)), np.zeros((6, 7)), 4)),
    ("histogram", (r.random(50), 7, 0.0, 0.8)),
    ("negative", (np.array([3, 1, 4, 1, 5]),)),
    ("slices", (np.arange(8.0),)),
    ("planes", (np.arange(12.0).reshape(3, 4),)),
    ("whole", (A[0], A[1])),
    ("whole", (A, A[::-1].copy())),
    ("broadcast", (A[0], B[0])),
    ("overlapping", (np.arange(6.0),)),
    ("made", (6, 2.5)),
    ("made", (0, 1.0)),
    ("reduced", (A,)),
    ("integers", (np.array([7, -2, 9, 4]),)),
    ("images", (np.zeros((4, 5), dtype=np.uint8), 13)),
    ("pairs", (np.array([1j, 2 - 1j, 0.5 + 3j]),)),
    ("grown", (5,)),
    ("both", (np.arange(4.0),)),
    ("crc16", (np.frombuffer(b"123456789", dtype=np.uint8).astype(np.int64), 0x8408)),
    ("life", (np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]),)),
]
