"""Bodies that attract each other, moved by the leapfrog rule; gives the energy before and after.

    brolga run examples/kernels/nbody.py --call 'simulate(50, 1000, 1e-4, 1)'
"""
import numpy as np
from numba import njit


@njit
def attract(x, acceleration, mass, soft):
    acceleration[:] = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[0]):
            dx, dy, dz = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1], x[j, 2] - x[i, 2]
            r2 = dx * dx + dy * dy + dz * dz + soft
            pull = mass / (r2 * np.sqrt(r2))
            acceleration[i, 0] += pull * dx
            acceleration[i, 1] += pull * dy
            acceleration[i, 2] += pull * dz


@njit
def energy(x, v, mass, soft):
    total = 0.5 * mass * (v * v).sum()
    for i in range(x.shape[0]):
        for j in range(i):
            d = x[i] - x[j]
            total -= mass * mass / np.sqrt((d * d).sum() + soft)
    return total


@njit
def simulate(n, steps, dt, seed):
    np.random.seed(seed)
    x = np.random.normal(0.0, 1.0, (n, 3))
    v = np.zeros((n, 3))
    a = np.zeros((n, 3))
    mass, soft = 1.0 / n, 0.01
    before = energy(x, v, mass, soft)
    attract(x, a, mass, soft)
    for _ in range(steps):
        v += 0.5 * dt * a
        x += dt * v
        attract(x, a, mass, soft)
        v += 0.5 * dt * a
    return before, energy(x, v, mass, soft)
