#!/usr/bin/env python3
"""Prints src/math/coefficients.rs: the polynomials and the constants of the math functions.

    pip install mpmath
    python3 tools/coefficients/generate.py > src/math/coefficients.rs && cargo fmt
    python3 tools/coefficients/generate.py two_over_pi

Each polynomial P stands for a function T over an interval of z. It is the one that makes the
largest w(z) * |P(z) - T(z)| as small as can be, where w turns the error of P into a relative error
of the final result. It is found by Remez exchange in 60 digits. Coefficients must then become
floats: they are rounded one after another, lowest first, and after each the others are fitted anew,
so that they take up what rounding did.
"""

import sys

from mpmath import atan, atanh, cos, exp, ln, log, lu_solve, matrix, mp, mpf, nint, pi, sin, sqrt

mp.dps = 60
GRID = 600


def to_f64(x):
    return mpf(float(x))


def to_f32(x):
    """The nearest float32: mpmath rounds to 24 bits, ties to even."""
    with mp.workprec(24):
        return +mpf(x)


def grid(low, high, count):
    """Chebyshev points, densest at the ends."""
    return [(low + high) / 2 - (high - low) / 2 * cos(pi * k / (count - 1)) for k in range(count)]


def remez(target, powers, zs, targets, weights):
    """The best coefficients of z**p for p in powers, on the grid; and the largest error."""
    n = len(powers)
    rows = [[z**p for p in powers] for z in zs]
    marks = [round(k * (len(zs) - 1) / n) for k in range(n + 1)]
    for _ in range(60):
        a = matrix(n + 1, n + 1)
        b = matrix(n + 1, 1)
        for i, at in enumerate(marks):
            for j in range(n):
                a[i, j] = rows[at][j] * weights[at]
            a[i, n] = (-1) ** i
            b[i] = targets[at] * weights[at]
        solution = lu_solve(a, b)
        found = [solution[j] for j in range(n)]
        errors = [w * (sum(c * v for c, v in zip(found, row)) - t) for row, t, w in zip(rows, targets, weights)]
        # One extremum of each run of errors with the same sign.
        runs = []
        for at, e in enumerate(errors):
            if e == 0:
                continue
            if runs and (errors[runs[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[runs[-1]]):
                    runs[-1] = at
            else:
                runs.append(at)
        while len(runs) > n + 1:
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        worst = max(abs(e) for e in errors)
        if len(runs) < n + 1 or runs == marks:
            return found, worst
        marks = runs
    return found, worst


def fit(target, weight, low, high, count, rounding):
    """Rounded coefficients, lowest first, and log2 of the largest error."""
    zs = grid(mpf(low), mpf(high), GRID)
    # No error counts where the weight is 0, and the ends of an interval around 0 are what matters.
    zs = [z for z in zs if abs(z) > mpf(10) ** -5]
    targets = [target(z) for z in zs]
    weights = [weight(z) for z in zs]
    fixed, left = [], targets
    for power in range(count):
        found, _ = remez(target, list(range(power, count)), zs, left, weights)
        c = rounding(found[0])
        fixed.append(c)
        left = [t - c * z**power for t, z in zip(left, zs)]
    worst = max(abs(w * t) for w, t in zip(weights, left))
    return fixed, float(log(worst, 2))


def parts(x, rounding, count, trailing=()):
    """x as a sum of floats; part k ends in `trailing[k]` zero bits."""
    found = []
    for zeros in (*trailing, *[0] * (count - len(trailing))):
        part = rounding(x)
        if zeros:
            with mp.workprec((53 if rounding is to_f64 else 24) - zeros):
                part = +mpf(x)
        found.append(part)
        x -= part
    return found


def literal(x):
    text = repr(float(x))
    return text if "e" in text or "." in text else text + ".0"


R = ln(2) / 2 * mpf("1.005")
S = ((sqrt(2) - 1) / (sqrt(2) + 1) * mpf("1.0001")) ** 2
MOVED = mpf(3) / 512
Q = (pi / 4 * mpf("1.001")) ** 2
T = ((sqrt(2) - 1) * mpf("1.0001")) ** 2


def exp_tail(r):
    return (exp(r) - 1 - r - r**2 / 2) / r**3


def log_tail(z):
    s = sqrt(z)
    return 2 * (atanh(s) / s - 1) / z


def log_tail_2(z):
    return (log_tail(z) - mpf(2) / 3) / z


def sin_tail(z):
    r = sqrt(z)
    return (sin(r) / r - 1) / z


def cos_tail(z):
    return (cos(sqrt(z)) - 1 + z / 2) / z**2


def atan_tail(z):
    t = sqrt(z)
    return (atan(t) / t - 1) / z


def relative_expm1(r):
    return abs(r**3 / (exp(r) - 1))


def relative_log(z):
    return z * sqrt(z) / (2 * atanh(sqrt(z)))


POLYNOMIALS = [
    # The weight of EXP is that of expm1, which is the one to suffer from an error.
    # name, what it is, T, w, low, high, counts for float64 and float32
    ("EXP", "(exp(r) - 1 - r - r^2/2) / r^3, of r in ±ln2/2", exp_tail, relative_expm1, -R, R, (10, 5)),
    ("LOG", "(2 atanh(s) / s - 2) / s^2, of s^2", log_tail, relative_log, 0, S, (7, 3)),
    (
        "LOG_LONG",
        "(that - 2/3) / s^2, of s^2",
        log_tail_2,
        lambda z: z * relative_log(z),
        0,
        S,
        (8, 3),
    ),
    ("SIN", "(sin(r) / r - 1) / r^2, of r^2", sin_tail, lambda z: z * sqrt(z) / sin(sqrt(z)), 0, Q, (6, 3)),
    ("COS", "(cos(r) - 1 + r^2/2) / r^4, of r^2", cos_tail, lambda z: z**2 / cos(sqrt(z)), 0, Q, (6, 3)),
    ("ATAN", "(atan(t) / t - 1) / t^2, of t^2", atan_tail, lambda z: z * sqrt(z) / atan(sqrt(z)), 0, T, (11, 5)),
]

CONSTANTS = [
    # name, what it is, value, parts, zero bits at the end of the first parts (float64, float32)
    ("LN2", "ln 2; whole multiples of all parts but the last are exact", ln(2), 2, ((12,), (9,))),
    ("HALF_PI", "π/2; multiples up to 2^23 of the second part in float64 are exact", pi / 2, 3, ((0, 23), ())),
    ("LOG2_E", "1 / ln 2", 1 / ln(2), 1, ((), ())),
    ("TWO_OVER_PI", "2/π", 2 / pi, 1, ((), ())),
    ("THIRD", "2/3 + MOVED", mpf(2) / 3 + MOVED, 2, ((), ())),
    ("QUARTER_PI", "π/4; multiples up to 4 of the first part are exact", pi / 4, 2, ((2,), (2,))),
    ("MOVED", "Half of what LOG_LONG comes to at most, times s^2", MOVED, 1, ((), ())),
]


def main():
    print("//! Polynomials and constants of the math functions.")
    print("//!")
    print("//! Generated by `tools/coefficients/generate.py`, which says how; do not edit.")
    print()
    print('#![allow(clippy::approx_constant, reason = "parts of a constant say all their digits")]')
    print()
    print("use super::lane::Table;")
    for name, what, target, weight, low, high, counts in POLYNOMIALS:
        print(f"{name}...", file=sys.stderr)
        rows, errors = [], []
        for count, rounding, field in zip(counts, (to_f64, to_f32), ("wide", "narrow")):
            found, worst = fit(target, weight, low, high, count, rounding)
            rows.append((field, found))
            errors.append(f"{field} 2^{worst:.1f}")
        print(f"\n/// {what}. Lowest first; error: {', '.join(errors)}.")
        print(f"pub(super) const {name}: Table = Table {{")
        for field, found in rows:
            print(f"    {field}: &[")
            for c in found:
                print(f"        {literal(c)},")
            print("    ],")
        print("};")
    for name, what, value, count, trailing in CONSTANTS:
        print(f"\n/// {what}. Largest part first.")
        print(f"pub(super) const {name}: Table = Table {{")
        for field, rounding, zeros in (("wide", to_f64, trailing[0]), ("narrow", to_f32, trailing[1])):
            items = ", ".join(literal(p) for p in parts(value, rounding, count, zeros))
            print(f"    {field}: &[{items}],")
        print("};")


def two_over_pi():
    """The words of the table in src/eval/far.rs, behind one of zeros."""
    with mp.workdps(500):
        bits = int(mp.floor(2 / mp.pi * mpf(2) ** (64 * 19)))
    for word in range(19):
        print(f"    0x{bits >> (64 * (18 - word)) & (2**64 - 1):016x},")


if __name__ == "__main__":
    two_over_pi() if sys.argv[1:] == ["two_over_pi"] else main()
