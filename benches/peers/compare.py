#!/usr/bin/env python3
"""Brolga beside Numba, numexpr and NumPy, interleaved in one run. `benches/peers/run` calls this."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
ALL_THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def main():
    options = parse_options()
    # Both libraries size their thread pools when they are imported.
    for variable in ("NUMBA_NUM_THREADS", "NUMEXPR_MAX_THREADS", "NUMEXPR_NUM_THREADS"):
        os.environ[variable] = str(max(options.threads))
    import contestants
    from expressions import EXPRESSIONS

    expressions = chosen(EXPRESSIONS, options)
    brolgas = [] if options.peers_only else [contestants.Brolga(options.brolga, fp) for fp in options.fp]
    numba, numexpr, numpy = contestants.Numba(), contestants.Numexpr(), contestants.NumPy()

    agree(expressions, [*brolgas, numba, numexpr], numpy)
    # Before and after, the better of both: a neighbour's load can only hide the limit.
    limits = [bandwidth(options)]
    first = first_calls(expressions, brolgas, numba, numexpr, numpy, options.rounds)
    warmed = warmed_calls(expressions, [*brolgas, numba, numexpr, numpy], options)
    limits.append(bandwidth(options))

    result = {
        "machine": machine(),
        "contestants": {each.label: each.flags() for each in [*brolgas, numba, numexpr, numpy]},
        "rounds": options.rounds,
        "first_calls": first,
        "warmed_calls": warmed,
        "limits": better(*limits),
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    import report

    report.show(result)


def parse_options():
    def counts(text):
        return [int(float(item)) for item in text.split(",")]

    parser = argparse.ArgumentParser(prog="benches/peers/run", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="two sizes and two rounds: a look, not a result")
    add("--only", action="append", metavar="EXPR", help="only this expression (text or name; repeatable)")
    add("--all", action="store_true", help="the optional expressions too")
    add("--sizes", type=counts, help="numbers of elements, such as 1e3,1e7")
    add("--threads", type=counts, help="numbers of threads, such as 1,4 (default: 1 and all)")
    add("--rounds", type=int, help="rounds over all contestants (default: 7; 2 with --quick)")
    add("--fp", type=lambda text: text.split(","), default=["strict"],
        help="Brolga's floating-point modes, such as strict,fast; each is a contestant")  # fmt: skip
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


def agree(expressions, contestants, reference):
    """A contestant that computes something else is in another race."""
    import numpy as np

    progress("do all results agree?")
    for expression in expressions:
        arrays = inputs(expression, 1000)
        expected = reference.result(expression, arrays)
        for contestant in contestants:
            result = contestant.result(expression, arrays)
            np.testing.assert_allclose(
                result, expected, rtol=1e-12, err_msg=f"{contestant.label}: {expression.title}"
            )


def inputs(expression, elements):
    """Uniform in [0, 1), as Brolga's `random`. NumPy asks for huge pages when arrays are large."""
    import numpy as np

    generator = np.random.default_rng(seed=1)
    return [generator.random(elements) for _ in expression.inputs]


def first_calls(expressions, brolgas, numba, numexpr, numpy, rounds):
    """From text to result for a function never seen before, and the same call again, on 8 elements."""
    rows = []
    numba.warm_up()
    for expression in expressions:
        progress(f"first call: {expression.title}")
        arrays = inputs(expression, 8)
        samplers = {each.label: each.first_call(expression) for each in brolgas}
        samplers[numba.label] = numba.first_call(expression, arrays)
        samplers[numexpr.label] = numexpr.first_call(expression, arrays)
        first = interleaved(samplers, rounds)
        # These take seconds, or a process, each: one sample.
        first[f"{numba.label}, parallel"] = numba.first_call(expression, arrays, parallel=True)()
        first |= {f"{each.label}, new process": each.cold_call(expression) for each in brolgas}

        samplers = {each.label: each.warmed(expression, arrays, 1) for each in [*brolgas, numba, numexpr, numpy]}
        samplers[f"{numexpr.label}, evaluate"] = numexpr.warmed_evaluate(expression, arrays)
        warmed = interleaved(samplers, rounds)
        rows.append({"expression": expression.title, "first_s": first, "warmed_s": warmed})
    return rows


def warmed_calls(expressions, contestants, options):
    rows = []
    for expression in expressions:
        if expression.compile_only:
            continue
        for elements in options.sizes:
            arrays = inputs(expression, elements)
            for threads in options.threads:
                progress(f"{expression.title}: {elements} elements, {threads} thread(s)")
                samplers = {each.label: each.warmed(expression, arrays, threads) for each in contestants}
                rows.append({
                    "expression": expression.title,
                    "elements": elements,
                    "threads": threads,
                    "traffic": expression.traffic,
                    "seconds": interleaved(samplers, options.rounds),
                })  # fmt: skip
    return rows


def interleaved(samplers, rounds):
    """The median of each sampler, all taking turns, so that a slow moment of the machine meets all."""
    samples = {label: [] for label in samplers}
    for _ in range(rounds):
        for label, sampler in samplers.items():
            # Threads that the last one left spinning come to rest first.
            time.sleep(0.01)
            samples[label].append(sampler())
    return {label: median(times) for label, times in samples.items()}


def bandwidth(options):
    progress("the limits of the machine")
    repeats = 7 if options.quick else 31
    listed = lambda numbers: ",".join(map(str, numbers))
    command = ["cargo", "bench", "--quiet", "--manifest-path", ROOT / "Cargo.toml", "--bench", "bandwidth"]
    command += ["--", "--json", "--sizes", listed(options.sizes), "--threads", listed(options.threads), "--repeats", str(repeats)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def better(before, after):
    rows = [min(pair, key=lambda row: row["seconds"]) for pair in zip(before["rows"], after["rows"])]
    return {"vectors": before["vectors"], "rows": rows}


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
    main()
