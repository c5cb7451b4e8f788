"""NumPy, numexpr and Brolga as contestants. Numba and C have files of their own."""

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numexpr
import numpy as np
from common import Contestant, repeated, timed


class NumPy(Contestant):
    label = "NumPy"

    def __init__(self):
        # glibc keeps freed memory for later only up to the largest block that it has seen freed. After
        # this one NumPy's temporaries come without page faults, as in a process that has run for a while.
        np.empty(30 << 20, np.uint8)

    def flags(self):
        return f"{np.__version__}: the expression as written, temporaries and all; IEEE; always one thread"

    def result(self, case):
        return case.expression.numpy(*case.arrays, case.output())

    def warmed(self, case, threads):
        return repeated(partial(case.expression.numpy, *case.arrays, case.output()))


class Numexpr(Contestant):
    label = "numexpr"

    def flags(self):
        library = "with VML" if numexpr.use_vml else "without VML"
        return f"{numexpr.__version__} {library}: `re_evaluate` into `out`; optimization='aggressive' (its default)"

    def names(self, case):
        """The text, and all that it names."""
        text, constants = case.expression.numexpr_for(case.dtype)
        return text, dict(zip(case.expression.inputs, case.arrays)) | constants

    def result(self, case):
        return numexpr.evaluate(*self.names(case), out=case.output())

    def first_call(self, case):
        text, names = self.names(case)
        out = case.output()
        # Without its cache, every expression is a fresh one.
        return lambda: timed(lambda: numexpr.evaluate(text, names, out=out, disable_cache=True))

    def warmed(self, case, threads):
        numexpr.set_num_threads(threads)
        text, names = self.names(case)
        out = case.output()
        # `re_evaluate` repeats the last `evaluate`, with its `out`, to which it keeps a weak reference.
        numexpr.evaluate(text, names, out=out)

        def again(_alive=out):
            numexpr.re_evaluate(names)

        return repeated(again)

    def other_calls(self, case):
        """With the text looked up in numexpr's cache in every call."""
        text, names = self.names(case)
        out = case.output()
        return {f"{self.label}, evaluate": repeated(lambda: numexpr.evaluate(text, names, out=out))}


class Brolga(Contestant):
    """Runs as the `brolga` command, one process a sample, which times itself."""

    def __init__(self, command, fp, backend):
        self.command = Path(command).resolve()
        self.options = ["--fp", fp, "--backend", backend]
        self.fp = fp
        self.label = f"Brolga {fp}" if backend == "native" else f"Brolga {fp} {backend}"
        self.lanes = set()

    def flags(self):
        lanes = " and ".join(map(str, sorted(self.lanes)))
        options = " ".join(self.options)
        return f"(`{options}`, {lanes} lanes): the time of the run alone, into one output allocated before"

    def eval(self, expression, sources, *options):
        sources = [f"{name}={source}" for name, source in zip(expression.inputs, sources)]
        command = [self.command, "eval", expression.brolga, *sources, *self.options, *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.label} failed: " + " ".join(map(str, command)))
        return done.stdout

    def measure(self, case, threads, repeats):
        sources = [f"random({case.elements}, {case.dtype}, seed=1)"] * len(case.expression.inputs)
        options = ["--threads", str(threads), "--repeat", str(repeats), "--json"]
        measured = json.loads(self.eval(case.expression, sources, *options))
        found = tuple(measured[key] for key in ("fp", "threads", "dtype"))
        assert found == (self.fp, threads, case.dtype), measured
        self.lanes.add(measured["lanes"])
        return measured

    def result(self, case):
        with tempfile.TemporaryDirectory() as folder:
            files = [f"{folder}/{name}.npy" for name in [*case.expression.inputs, "result"]]
            for file, array in zip(files, case.arrays):
                np.save(file, array)
            self.eval(case.expression, files, "-o", files[-1])
            return np.load(files[-1])

    def first_call(self, case):
        """Text to code again, without the cache, in a warm process, and then one run."""

        def sample():
            measured = self.measure(case, threads=1, repeats=1000)
            return measured["recompile"]["median_s"] + measured["warmed"]["median_s"]

        return sample

    def slow_first_calls(self, case):
        """The very first call of a new process."""
        return {f"{self.label}, new process": self.measure(case, threads=1, repeats=7)["first_call"]["total_s"]}

    def warmed(self, case, threads):
        # About as long as a sample of the others takes.
        repeats = min(max(70_000_000 // case.elements, 7), 20_000)
        return lambda: self.measure(case, threads, repeats)["warmed"]["median_s"]
