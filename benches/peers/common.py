"""What every contestant is, and how a Python function is timed.

A contestant makes samplers: functions that take one measurement and return seconds per call. What is
measured is a `Case`: an expression, a type and a number of elements.
"""

import time
from itertools import repeat
from statistics import median


class Missing(Exception):
    """A contestant that cannot be had on this machine, and why."""


class Contestant:
    """Has a `label`, its `flags()`, a `result(case)` to check it by, and the samplers below."""

    def warm_up(self):
        """Does once what a first call in a warm process should not pay for."""

    def first_call(self, case):
        """A sampler that compiles the expression as if never seen and calls it once; None: nothing to compile."""

    def slow_first_calls(self, case):
        """Further kinds of first call, which take seconds or a process each: one sample, by name."""
        return {}

    def warmed(self, case, threads):
        """A sampler of calls into one `out` allocated before; None: not with so many threads."""

    def other_calls(self, case):
        """Samplers of further ways to call it on few elements, by name."""
        return {}


def vector_functions(found):
    """Pairs of a function's name and its lanes, in words."""
    names, lanes = (sorted(set(part)) for part in zip(*((name, int(lanes)) for name, lanes in found)))
    return f"{', '.join(names)} of {', '.join(map(str, lanes))} lanes"


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
