#!/usr/bin/env python3
"""Brolga beside Numba, C, numexpr and NumPy, interleaved in one run. `benches/peers/run` calls this."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import report
from expressions import EXPRESSIONS, Case

ROOT = Path(__file__).resolve().parents[2]
ALL_THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
PEERS = ["numba", "svml", "gcc", "numexpr"]
DTYPES = ["float64", "float32"]
# What stands for the machine among those who take turns.
LIMIT = "limit"


def main():
    options = parse_options()
    # Both libraries size their thread pools when they are imported.
    for variable in ("NUMBA_NUM_THREADS", "NUMEXPR_MAX_THREADS", "NUMEXPR_NUM_THREADS"):
        os.environ[variable] = str(max(options.threads))
    expressions = chosen(EXPRESSIONS, options)
    contestants, left_out = contestants_of(options)

    agree(expressions, contestants, options)
    first = first_calls(expressions, contestants, options)
    bandwidth = None if "limits" in [*options.without, *left_out] else Bandwidth()
    warmed = warmed_calls(expressions, contestants, options, bandwidth)
    limits = all_limits(bandwidth, options) if bandwidth else {"vectors": "", "rows": []}

    result = {
        "machine": machine(),
        "contestants": {each.label: each.flags() for each in contestants},
        "left_out": left_out,
        "rounds": options.rounds,
        "first_calls": first,
        "warmed_calls": warmed,
        "limits": limits,
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    report.show(result)


def parse_options():
    def counts(text):
        return [int(float(item)) for item in text.split(",")]

    def some_of(names):
        def parse(text):
            wrong = [item for item in text.split(",") if item not in names]
            if wrong:
                raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(names)}")
            return text.split(",")

        return parse

    parser = argparse.ArgumentParser(prog="benches/peers/run", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="two sizes and two rounds: a look, not a result")
    add("--only", action="append", metavar="EXPR", help="only this expression (text or name; repeatable)")
    add("--all", action="store_true", help="the optional expressions too")
    add("--dtype", type=some_of(DTYPES), default=["float64"], metavar="TYPES",
        help="the type of all arrays: float64 (default), float32 or both, as float64,float32")  # fmt: skip
    add("--sizes", type=counts, help="numbers of elements, such as 1e3,1e7")
    add("--threads", type=counts, help="numbers of threads, such as 1,4 (default: 1 and all)")
    add("--rounds", type=int, help="rounds over all contestants (default: 7; 2 with --quick)")
    add("--fp", type=some_of(["strict", "contract", "fast"]), default=["strict"], metavar="MODES",
        help="Brolga's floating-point modes, such as strict,fast; each is a contestant")  # fmt: skip
    add("--backend", type=lambda text: text.split(","), default=["native"], metavar="NAMES",
        help="Brolga's back ends, such as native,wide256,clif; each is a contestant in every mode")  # fmt: skip
    add("--march", default="native", help="the processor that gcc compiles for, such as haswell for AVX2")
    add("--without", type=some_of([*PEERS, "limits"]), default=[], metavar="NAMES",
        help=f"leave these out: {', '.join(PEERS)}, limits")  # fmt: skip
    add("--require", type=some_of(PEERS), default=[], metavar="NAMES",
        help="an error, not a message, where one of these cannot be had")  # fmt: skip
    add("--brolga", type=Path, metavar="PATH", help="this command instead of one built here")
    add("--peers-only", action="store_true", help="leave Brolga out")
    add("--json", type=Path, metavar="FILE", help="write every figure to FILE as well")
    add("--target", type=Path, default=ROOT / "target", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.sizes = options.sizes or ([30_000, 1_000_000] if options.quick else [1000, 30_000, 1_000_000, 10_000_000])
    options.threads = options.threads or sorted({1, ALL_THREADS})
    options.rounds = options.rounds or (2 if options.quick else 7)
    options.brolga = options.brolga or options.target / "release" / "brolga"
    return options


def chosen(expressions, options):
    if not options.only:
        return [each for each in expressions if options.all or not each.optional]
    names = {name: each for each in expressions for name in (each.title, each.brolga)}
    for name in options.only:
        if name not in names:
            sys.exit(f"no such expression: {name}\nthere are: " + "; ".join(each.title for each in expressions))
    return [names[name] for name in options.only]


def contestants_of(options):
    """Brolga and all peers that can be had, NumPy last; and why others cannot be."""
    from common import Missing
    from contestants import Brolga, Numexpr, NumPy
    from gcc import Gcc
    from numba_peer import Numba
    from svml import NumbaSvml

    brolgas = [Brolga(options.brolga, fp, backend) for backend in options.backend for fp in options.fp]
    makers = {
        "numba": Numba,
        "svml": lambda: NumbaSvml(options.target),
        "gcc": lambda: Gcc(options.march),
        "numexpr": Numexpr,
    }
    peers, left_out = [], {}
    for name, make in makers.items():
        if name in options.without:
            continue
        progress(f"setting up {name}")
        try:
            peers.append(make())
        except Missing as reason:
            if name in options.require:
                sys.exit(f"{name} cannot be had: {reason}")
            left_out[name] = str(reason)
    if "limits" not in options.without and not shutil.which("cargo"):
        left_out["limits"] = "there is no cargo"
    for name, reason in left_out.items():
        progress(f"left out: {name}: {reason}")
    return [*([] if options.peers_only else brolgas), *peers, NumPy()], left_out


def agree(expressions, contestants, options):
    """A contestant that computes something else is in another race."""
    # Far above a few ULP and a sum in another order, far below a wrong result.
    tolerances = {"float64": 1e-12, "float32": 1e-5}
    progress("do all results agree?")
    *others, reference = contestants
    for case in (Case(expression, dtype, 1000) for expression in expressions for dtype in options.dtype):
        expected = reference.result(case)
        for contestant in others:
            result = contestant.result(case)
            message = f"{contestant.label}: {case.expression.title}, {case.dtype}"
            np.testing.assert_allclose(result, expected, rtol=tolerances[case.dtype], err_msg=message)


def first_calls(expressions, contestants, options):
    """From text to result for a function never seen before, and the same call again, on 8 elements."""
    rows = []
    for contestant in contestants:
        contestant.warm_up()
    for case in (Case(expression, dtype, 8) for expression in expressions for dtype in options.dtype):
        progress(f"first call: {case.expression.title}, {case.dtype}")
        first = interleaved({each.label: each.first_call(case) for each in contestants}, options.rounds)
        for contestant in contestants:
            first |= contestant.slow_first_calls(case)
        samplers = {each.label: each.warmed(case, 1) for each in contestants}
        for contestant in contestants:
            samplers |= contestant.other_calls(case)
        warmed = interleaved(samplers, options.rounds)
        rows.append({
            "expression": case.expression.title,
            "dtype": case.dtype,
            "first_s": first,
            "warmed_s": warmed,
        })  # fmt: skip
    return rows


def warmed_calls(expressions, contestants, options, bandwidth):
    rows = []
    expressions = [each for each in expressions if not each.compile_only]
    for case in (
        Case(expression, dtype, elements)
        for expression in expressions
        for dtype in options.dtype
        for elements in options.sizes
    ):
        for threads in options.threads:
            progress(f"{case.expression.title}, {case.dtype}: {case.elements} elements, {threads} thread(s)")
            samplers = {each.label: each.warmed(case, threads) for each in contestants}
            if bandwidth and case.expression.traffic:
                samplers[LIMIT] = limit_sampler(bandwidth, case, threads)
            seconds = interleaved(samplers, options.rounds)
            rows.append({
                "expression": case.expression.title,
                "math": case.expression.math,
                "dtype": case.dtype,
                "elements": case.elements,
                "threads": threads,
                "limit": seconds.pop(LIMIT, None),
                "seconds": seconds,
            })  # fmt: skip
    return rows


def interleaved(samplers, rounds):
    """The median of each sampler, all taking turns, so that a slow moment of the machine meets all."""
    samples = {label: [] for label, sampler in samplers.items() if sampler}
    for _ in range(rounds):
        for label in samples:
            # Threads that the last one left spinning come to rest first.
            time.sleep(0.01)
            samples[label].append(samplers[label]())
    return {label: median(times) for label, times in samples.items()}


class Bandwidth:
    """benches/bandwidth.rs, built."""

    def __init__(self):
        progress("building the bench of the limits")
        command = ["cargo", "bench", "--no-run", "--message-format=json", "--bench", "bandwidth"]
        command += ["--manifest-path", ROOT / "Cargo.toml"]
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        built = (json.loads(line).get("executable") for line in lines.splitlines())
        self.program = [program for program in built if program][-1]

    def measure(self, sizes, threads, repeats):
        listed = lambda numbers: ",".join(map(str, numbers))
        command = [self.program, "--bench", "--json", "--repeats", str(repeats)]
        command += ["--sizes", listed(sizes), "--threads", listed(threads)]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def limit_sampler(bandwidth, case, threads):
    """The best time in which the machine moves the bytes of this case, whatever the stores and pages."""

    def sample():
        # It counts elements of float64.
        rows = bandwidth.measure([max(case.bytes // 8, 1)], [threads], repeats=7)["rows"]
        return min(row["seconds"] for row in rows if row["access"] in case.expression.traffic)

    return sample


def all_limits(bandwidth, options):
    progress("the limits of the machine")
    # It counts elements of float64: half as many move the bytes of float32.
    shares = [1 if dtype == "float64" else 2 for dtype in options.dtype]
    sizes = sorted({max(size // share, 1) for size in options.sizes for share in shares})
    return bandwidth.measure(sizes, options.threads, repeats=7 if options.quick else 31)


def machine():
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    huge_pages = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return {
        "processor": model,
        "processors_usable": ALL_THREADS,
        "load_average": os.getloadavg()[0],
        "huge_pages": huge_pages.read_text().strip() if huge_pages.exists() else "unknown",
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def progress(message):
    print(f"  {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
