"""The loop kernels that `kernels.py` times: Numba and Brolga compile the same text."""

import numpy as np
from numba import njit


@njit
def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return a + trace


@njit
def midpoint_pi(n):
    h = 1.0 / n
    total = 0.0
    for k in range(n):
        x = (k + 0.5) * h
        total += 4.0 / (1.0 + x * x)
    return total * h


@njit
def scatter_sum(a):
    total = 0.0
    for i in range(a.size):
        total += a[i]
    return total


@njit
def jacobi(u, v, sweeps):
    change = 0.0
    for _ in range(sweeps):
        change = 0.0
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
                change = max(change, abs(v[i, j] - u[i, j]))
        u, v = v, u
    return change


@njit
def matmul(a, b, c):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = 0.0
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                c[i, j] += a[i, k] * b[k, j]


@njit
def nbody(pos, vel, mass, dt, steps):
    n = pos.shape[0]
    for _ in range(steps):
        for i in range(n):
            ax, ay, az = 0.0, 0.0, 0.0
            for j in range(n):
                dx = pos[j, 0] - pos[i, 0]
                dy = pos[j, 1] - pos[i, 1]
                dz = pos[j, 2] - pos[i, 2]
                square = dx * dx + dy * dy + dz * dz + 1e-9
                w = mass[j] / (square * np.sqrt(square))
                ax += w * dx
                ay += w * dy
                az += w * dz
            vel[i, 0] += dt * ax
            vel[i, 1] += dt * ay
            vel[i, 2] += dt * az
        for i in range(n):
            for k in range(3):
                pos[i, k] += dt * vel[i, k]


@njit
def softmax_rows(x):
    out = np.empty_like(x)
    for i in range(x.shape[0]):
        most = x[i, 0]
        for j in range(1, x.shape[1]):
            if x[i, j] > most:
                most = x[i, j]
        total = 0.0
        for j in range(x.shape[1]):
            e = np.exp(x[i, j] - most)
            out[i, j] = e
            total += e
        for j in range(x.shape[1]):
            out[i, j] /= total
    return out


@njit
def escape(x, y, most):
    c = complex(x, y)
    z = 0.0j
    for i in range(most):
        z = z * z + c
        if z.real * z.real + z.imag * z.imag >= 4:
            return i
    return most


@njit
def mandelbrot(left, right, bottom, top, image, most):
    height, width = image.shape
    for x in range(width):
        real = left + x * (right - left) / width
        for y in range(height):
            image[y, x] = escape(real, bottom + y * (top - bottom) / height, most)


@njit
def collatz_longest(limit):
    best, longest = 1, 1
    for start in range(2, limit):
        n, length = start, 1
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            length += 1
        if length > longest:
            best, longest = start, length
    return best


@njit
def histogram(x, bins, low, high):
    counts = np.zeros(bins, dtype=np.int64)
    scale = bins / (high - low)
    for i in range(x.size):
        k = int(np.floor((x[i] - low) * scale))
        if k >= 0 and k < bins:
            counts[k] += 1
    return counts


@njit
def crc16(data, poly):
    crc = 0xFFFF
    for byte in data:
        rest = 0xFF & byte
        for _ in range(8):
            if (crc & 1) ^ (rest & 1):
                crc = (crc >> 1) ^ poly
            else:
                crc >>= 1
            rest >>= 1
    return crc & 0xFFFF
