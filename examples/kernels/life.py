"""Conway's game of life on a torus.

    brolga run examples/kernels/life.py --call 'soup(200, 100, 1)' -o life.png
"""
import numpy as np
from numba import njit


@njit
def life(cells, generations):
    height, width = cells.shape
    now, then = cells.copy(), cells.copy()
    for _ in range(generations):
        for i in range(height):
            for j in range(width):
                around = -int(now[i, j])
                for k in range(-1, 2):
                    for l in range(-1, 2):
                        around += int(now[(i + k) % height, (j + l) % width])
                then[i, j] = around == 3 or (around == 2 and now[i, j] != 0)
        now, then = then, now
    return now


@njit
def soup(n, generations, seed):
    np.random.seed(seed)
    return life((np.random.random((n, n)) < 0.3).astype(np.uint8), generations)
