"""Numba as a contestant: in the peers' environment, and in that of `svml.py`, with another version."""

import re
from functools import partial

import numba
import numpy as np
from common import Contestant, repeated, timed, vector_functions


class Numba(Contestant):
    label = "Numba"

    def __init__(self):
        self.compiled = {}

    def flags(self):
        try:
            layer = numba.threading_layer()
        except ValueError:  # nothing ran in parallel
            layer = "unused"
        return (
            f"{numba.__version__} {self.vector_math()}: `njit(fastmath=True)`, for more than one thread with "
            f"`parallel=True` (threading layer: {layer}); an explicit loop into `out`"
        )

    def vector_math(self):
        """What is seen in the machine code: Intel's names end in `_ha` where 1 ULP is asked for, not 4."""
        code = "".join(text for kernel in self.compiled.values() for text in kernel.inspect_asm().values())
        used = set(re.findall(r"__svml_([a-z]+)(\d+)(_ha)?", code))
        if not used:
            return "without calls of SVML"
        bound = "1 ULP" if all(accurate for *_, accurate in used) else "4 ULP"
        return f"with SVML in its variants of up to {bound} ({vector_functions(pair[:2] for pair in used)})"

    def fresh(self, case, parallel=False):
        """The kernel as a new function, which Numba has never seen."""
        scope = {"prange": numba.prange, "np": np}
        exec(case.expression.numba_for(case.dtype), scope)
        return numba.njit(fastmath=True, parallel=parallel)(scope["kernel"])

    def kernel(self, case, parallel=False):
        key = case.expression, case.dtype, parallel
        if key not in self.compiled:
            self.compiled[key] = self.fresh(case, parallel)
        return self.compiled[key]

    def arguments(self, case):
        return case.arrays if case.expression.reduces else [*case.arrays, case.output()]

    def result(self, case):
        arguments = self.arguments(case)
        value = self.kernel(case)(*arguments)
        return value if case.expression.reduces else arguments[-1]

    def warm_up(self):
        """Loads the compiler and starts the threads."""
        for parallel in (False, True):
            scope = {"prange": numba.prange}
            exec("def kernel(out):\n    for i in prange(len(out)):\n        out[i] = i", scope)
            numba.njit(fastmath=True, parallel=parallel)(scope["kernel"])(np.zeros(8))

    def first_call(self, case, parallel=False):
        arguments = self.arguments(case)
        return lambda: timed(lambda: self.fresh(case, parallel)(*arguments))

    def slow_first_calls(self, case):
        return {f"{self.label}, parallel": self.first_call(case, parallel=True)()}

    def warmed(self, case, threads):
        numba.set_num_threads(threads)
        return repeated(partial(self.kernel(case, parallel=threads > 1), *self.arguments(case)))
