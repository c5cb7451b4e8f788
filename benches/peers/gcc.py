"""C compiled by gcc, with the vector math library of glibc (libmvec).

Each expression becomes a shared object, which `driver.c` loads and times, one process a sample, as
Brolga's command does.
"""

import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from common import Contestant, Missing, timed, vector_functions
from expressions import EXPRESSIONS, Case

DRIVER = Path(__file__).resolve().parent / "driver.c"
TYPES = {"float32": "float", "float64": "double"}

KERNEL = """#include <tgmath.h>
typedef {real} real;

static void loop({parameters}real *restrict out, long elements) {{
    {before}for (long i = 0; i < elements; i++) {{
        {variables}
        {statement}
    }}{after}
}}

void kernel(const real *const *inputs, real *restrict out, long elements) {{
    loop({arguments}out, elements);
}}
"""


def kernel_source(expression, dtype):
    inputs = expression.inputs
    text = expression.c_text
    return KERNEL.format(
        real=TYPES[dtype],
        parameters="".join(f"const real *restrict {name}_, " for name in inputs),
        arguments="".join(f"inputs[{index}], " for index in range(len(inputs))),
        variables=" ".join(f"real {name} = {name}_[i];" for name in inputs),
        before="real total = 0;\n    " if expression.reduces else "",
        statement=f"total += {text};" if expression.reduces else f"out[i] = {text};",
        after="\n    *out = total;" if expression.reduces else "",
    )


class Gcc(Contestant):
    label = "gcc"

    def __init__(self, march):
        self.options = ["-O3", f"-march={march}", "-ffast-math"]
        if march == "native" and platform.machine() == "x86_64":
            # Else gcc takes 256 bits or 512 by the model that it believes the processor to be.
            self.options.append("-mprefer-vector-width=512")
        self.gcc = shutil.which("gcc")
        if not self.gcc:
            raise Missing("there is no gcc")
        # Goes when the object does.
        self.folder = tempfile.TemporaryDirectory(prefix="brolga-peers-")
        self.driver = Path(self.folder.name) / "driver"
        self.libraries = {}
        self.compile(DRIVER.read_text(), self.driver, "-O2", "-ldl")
        self.check()

    def check(self):
        with_exp = next(each for each in EXPRESSIONS if each.math)
        self.library(Case(with_exp, "float64", 8))
        if not self.libmvec_used():
            raise Missing("its loops call no function of libmvec")

    def flags(self):
        version = subprocess.run([self.gcc, "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
        return (
            f"{version} with libmvec of up to 4 ULP ({vector_functions(self.libmvec_used())}): "
            f"`{' '.join(self.options)}`, called from C, always one thread; its first call is the compiler's time alone"
        )

    def libmvec_used(self):
        """The functions that the shared objects ask for, in names such as _ZGVeN8v_exp, with their lanes."""
        texts = (path.read_bytes().decode("latin-1") for path in self.libraries.values())
        found = {pair for text in texts for pair in re.findall(r"\b_ZGV[a-z]+N(\d+)v+_([a-z]+)", text)}
        return {(name, lanes) for lanes, name in found}

    def compile(self, source, file, *options):
        command = [self.gcc, "-x", "c", "-", "-o", file, *options]
        done = subprocess.run(command, input=source, capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing(f"it fails: {' '.join(done.stderr.split())[:300]}")

    def compile_kernel(self, case, file):
        source = kernel_source(case.expression, case.dtype)
        self.compile(source, file, *self.options, "-shared", "-fPIC", "-lmvec", "-lm")

    def library(self, case):
        key = case.expression, case.dtype
        if key not in self.libraries:
            file = Path(self.folder.name) / f"kernel{len(self.libraries)}.so"
            self.compile_kernel(case, file)
            self.libraries[key] = file
        return self.libraries[key]

    def drive(self, what, case):
        expression = case.expression
        counts = map(str, (len(expression.inputs), case.elements, np.dtype(case.dtype).itemsize))
        process = [self.driver, what, self.library(case), *counts]
        inputs = b"".join(array.tobytes() for array in case.arrays)
        return subprocess.run(process, input=inputs, check=True, stdout=subprocess.PIPE).stdout

    def result(self, case):
        result = np.frombuffer(self.drive("result", case), case.dtype)
        return result[0] if case.expression.reduces else result

    def first_call(self, case):
        file = Path(self.folder.name) / "first.so"
        return lambda: timed(lambda: self.compile_kernel(case, file))

    def warmed(self, case, threads):
        if threads > 1:
            return None
        self.library(case)
        return lambda: float(self.drive("time", case))
