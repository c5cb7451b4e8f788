"""Numba 0.61 with Intel's vector math library (SVML).

It needs an environment of its own, so it lives in a process of its own, for as long as the command
runs. Both halves are here: `NumbaSvml` asks, one JSON list a line, and `serve` answers, one JSON value a
line.
"""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
from common import Contestant, Missing
from expressions import EXPRESSIONS, Case

HERE = Path(__file__).resolve().parent
# A stuck download or check costs a few minutes at worst.
SECONDS_TO_INSTALL, SECONDS_TO_CHECK = 600, 120


class NumbaSvml(Contestant):
    label = "Numba 0.61 SVML"

    def __init__(self, target):
        folder = target / "peers-svml-venv"
        python = folder / "bin" / "python"
        install(folder, python)
        # SVML is found on the library path, which is read when a process starts.
        paths = [str(folder / "lib"), os.environ.get("LD_LIBRARY_PATH", "")]
        environment = os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, paths))}
        check(python, environment)
        self.worker = subprocess.Popen(
            [python, "-B", __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *request):
        print(json.dumps(request), file=self.worker.stdin, flush=True)
        answer = self.worker.stdout.readline()
        if not answer:
            sys.exit(f"{self.label}: its process ended")
        return json.loads(answer)

    def sampler(self, name, case, *arguments):
        self.ask(name, case.expression.title, case.dtype, case.elements, *arguments)
        return partial(self.ask, "sample", name, case.expression.title)

    def flags(self):
        return self.ask("flags")

    def result(self, case):
        return np.array(self.ask("result", case.expression.title, case.dtype, case.elements), case.dtype)

    def warm_up(self):
        self.ask("warm_up")

    def first_call(self, case, parallel=False):
        return self.sampler("first_call", case, parallel)

    def slow_first_calls(self, case):
        return {f"{self.label}, parallel": self.first_call(case, parallel=True)()}

    def warmed(self, case, threads):
        return self.sampler("warmed", case, threads)


def install(folder, python):
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    try:
        if not python.exists():
            run([sys.executable, "-m", "venv", folder], SECONDS_TO_INSTALL)
        run([*pip, "--requirement", HERE / "requirements-svml.txt"], SECONDS_TO_INSTALL)
    except (subprocess.SubprocessError, OSError) as error:
        reason = (str(getattr(error, "stderr", None) or error).strip().splitlines() or [repr(error)])[-1]
        raise Missing(f"its environment cannot be made: {reason}") from error


def check(python, environment):
    """`numba -s` must say that SVML works, not only that it is there."""
    try:
        report = run([python, "-m", "numba", "-s"], SECONDS_TO_CHECK, env=environment).stdout
    except subprocess.SubprocessError as error:
        raise Missing(f"`numba -s` fails: {error}") from error
    line = next((line for line in report.splitlines() if line.startswith("SVML Operational")), "")
    if not line.endswith("True"):
        raise Missing(f"`numba -s` says: {line or 'nothing about SVML'}")


def run(command, timeout, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=timeout, **options)


def serve():
    """Answers until its standard input ends. Ctrl-C reaches it as well; it ends without a word."""
    for ending in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(ending, signal.SIG_DFL)
    from numba_peer import Numba

    numba = Numba()
    expressions = {each.title: each for each in EXPRESSIONS}
    sampler = sampled = None
    for line in sys.stdin:
        name, *rest = json.loads(line)
        match name:
            case "flags" | "warm_up":
                answer = getattr(numba, name)()
            case "result":
                answer = np.asarray(numba.result(Case(expressions[rest[0]], *rest[1:]))).tolist()
            case "first_call" | "warmed":
                # Only the last sampler is kept: its arrays are large.
                title, dtype, elements, *arguments = rest
                answer = sampler = None
                sampler = getattr(numba, name)(Case(expressions[title], dtype, elements), *arguments)
                sampled = [name, title]
            case "sample":
                assert rest == sampled, f"asked for {rest}, not {sampled}"
                answer = sampler()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
