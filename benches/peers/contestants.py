"""The contestants: how each is compiled, called and timed.

Each has a `label`, its `flags()`, a `result` to check it by, and makes samplers: functions that take
one measurement and return seconds per call. `first_call` compiles a function anew in a warm process and
calls it once; `warmed` calls it again and again, into one `out` allocated before.
"""

import json
import subprocess
import tempfile
import time
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import median

import numba
import numexpr
import numpy as np


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def repeated(function):
    """A sampler of a warm function: the median of seven batches, each long beside the clock."""

    def batch(calls):
        turns = repeat(None, calls)
        start = time.perf_counter()
        for _ in turns:
            function()
        return time.perf_counter() - start

    function()
    calls = 1
    while batch(calls) < 1e-3:
        calls *= 2

    def sample():
        function()
        return median(batch(calls) / calls for _ in range(7))

    return sample


def output(expression, arrays):
    return None if expression.reduces else np.zeros_like(arrays[0])


class NumPy:
    label = "NumPy"

    def __init__(self):
        # glibc keeps freed memory for later only up to the largest block that it has seen freed. After
        # this one NumPy's temporaries come without page faults, as in a process that has run for a while.
        np.empty(30 << 20, np.uint8)

    def flags(self):
        return f"{np.__version__}: the expression as written, temporaries and all; IEEE; always one thread"

    def result(self, expression, arrays):
        return expression.numpy(*arrays, output(expression, arrays))

    def warmed(self, expression, arrays, threads):
        return repeated(partial(expression.numpy, *arrays, output(expression, arrays)))


class Numexpr:
    label = "numexpr"

    def flags(self):
        library = "with VML" if numexpr.use_vml else "without VML"
        return f"{numexpr.__version__} {library}: `re_evaluate` into `out`; optimization='aggressive' (its default)"

    def result(self, expression, arrays):
        return numexpr.evaluate(expression.numexpr, dict(zip(expression.inputs, arrays)))

    def first_call(self, expression, arrays):
        names = dict(zip(expression.inputs, arrays))
        out = output(expression, arrays)
        # Without its cache, every expression is a fresh one.
        return lambda: timed(lambda: numexpr.evaluate(expression.numexpr, names, out=out, disable_cache=True))

    def warmed(self, expression, arrays, threads):
        numexpr.set_num_threads(threads)
        names = dict(zip(expression.inputs, arrays))
        out = output(expression, arrays)
        # `re_evaluate` repeats the last `evaluate`, with its `out`, to which it keeps a weak reference.
        numexpr.evaluate(expression.numexpr, names, out=out)

        def again(_alive=out):
            numexpr.re_evaluate(names)

        return repeated(again)

    def warmed_evaluate(self, expression, arrays):
        """With the text looked up in numexpr's cache in every call."""
        names = dict(zip(expression.inputs, arrays))
        out = output(expression, arrays)
        return repeated(lambda: numexpr.evaluate(expression.numexpr, names, out=out))


class Numba:
    label = "Numba"

    def __init__(self):
        self.compiled = {}

    def flags(self):
        try:
            layer = numba.threading_layer()
        except ValueError:  # nothing ran in parallel
            layer = "unused"
        return (
            f"{numba.__version__}: `njit(fastmath=True)`, for more than one thread with `parallel=True` "
            f"(threading layer: {layer}); an explicit loop into `out`"
        )

    def fresh(self, expression, parallel=False):
        """The kernel as a new function, which Numba has never seen."""
        scope = {"prange": numba.prange, "np": np}
        exec(expression.numba, scope)
        return numba.njit(fastmath=True, parallel=parallel)(scope["kernel"])

    def kernel(self, expression, parallel=False):
        key = expression, parallel
        if key not in self.compiled:
            self.compiled[key] = self.fresh(expression, parallel)
        return self.compiled[key]

    def arguments(self, expression, arrays):
        return arrays if expression.reduces else [*arrays, output(expression, arrays)]

    def result(self, expression, arrays):
        arguments = self.arguments(expression, arrays)
        value = self.kernel(expression)(*arguments)
        return value if expression.reduces else arguments[-1]

    def warm_up(self):
        """Loads the compiler and starts the threads, which a first call should not pay for."""
        for parallel in (False, True):
            scope = {"prange": numba.prange, "np": np}
            exec("def kernel(out):\n    for i in prange(len(out)):\n        out[i] = i", scope)
            numba.njit(fastmath=True, parallel=parallel)(scope["kernel"])(np.zeros(8))

    def first_call(self, expression, arrays, parallel=False):
        arguments = self.arguments(expression, arrays)
        return lambda: timed(lambda: self.fresh(expression, parallel)(*arguments))

    def warmed(self, expression, arrays, threads):
        numba.set_num_threads(threads)
        kernel = self.kernel(expression, parallel=threads > 1)
        return repeated(partial(kernel, *self.arguments(expression, arrays)))


class Brolga:
    """Runs as the `brolga` command, one process a sample, which times itself."""

    def __init__(self, command, fp):
        self.command = Path(command).resolve()
        self.fp = fp
        self.label = f"Brolga {fp}"
        self.backend = ""

    def flags(self):
        return f"(`--fp {self.fp}`{self.backend}): the time of the run alone, into one output allocated before"

    def eval(self, expression, sources, *options):
        sources = [f"{name}={source}" for name, source in zip(expression.inputs, sources)]
        command = [self.command, "eval", expression.brolga, *sources, "--fp", self.fp, *options]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def measure(self, expression, elements, threads, repeats):
        sources = [f"random({elements}, float64, seed=1)"] * len(expression.inputs)
        options = ["--threads", str(threads), "--repeat", str(repeats), "--json"]
        measured = json.loads(self.eval(expression, sources, *options))
        assert (measured["fp"], measured["threads"]) == (self.fp, threads), measured
        self.backend = f", back end {measured['backend']} ({measured['lanes']} lanes)"
        return measured

    def result(self, expression, arrays):
        with tempfile.TemporaryDirectory() as folder:
            files = [f"{folder}/{name}.npy" for name in [*expression.inputs, "result"]]
            for file, array in zip(files, arrays):
                np.save(file, array)
            self.eval(expression, files, "-o", files[-1])
            return np.load(files[-1])

    def first_call(self, expression):
        """Text to code again, without the cache, in a warm process, and then one run."""

        def sample():
            measured = self.measure(expression, 8, threads=1, repeats=1000)
            return measured["recompile"]["median_s"] + measured["warmed"]["median_s"]

        return sample

    def cold_call(self, expression):
        """The very first call of a new process."""
        return self.measure(expression, 8, threads=1, repeats=7)["first_call"]["total_s"]

    def warmed(self, expression, arrays, threads):
        elements = len(arrays[0])
        # About as long as a sample of the others takes.
        repeats = min(max(70_000_000 // elements, 7), 20_000)
        return lambda: self.measure(expression, elements, threads, repeats)["warmed"]["median_s"]
