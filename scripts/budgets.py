#!/usr/bin/env python3
"""budgets.py BUILD: measures size, compile time and start-up of a release build against their limits.

The figures are taken three times and the best counts: a budget is about the code, not about what else the
machine does. For the same reason compile times are processor time, scaled to the reference machine: a file
that only includes the standard library takes REFERENCE_SECONDS there. Status 1 if one is over its limit.
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
REPEATS = 3
REFERENCE_SECONDS = 0.58
STANDARD_LIBRARY = "".join(f"#include <{header}>\n" for header in (
    "vector", "string", "functional", "map", "algorithm", "iostream", "unordered_map")) + "int main() {}\n"


def processor_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compile_seconds(source, output, build):
    command = ["g++", "-std=c++20", "-O2", f"-I{ROOT}/include", str(source), "-o", str(output),
               f"-L{build}/lib", "-lattune", f"-Wl,-rpath,{build}/lib"]
    return processor_seconds(command)


def run(program):
    """Milliseconds from start to end, and the peak of resident memory that the program itself reports."""
    started = time.monotonic()
    output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    elapsed = (time.monotonic() - started) * 1e3
    (line,) = [line for line in output.splitlines() if line.startswith("resident_kb ")]
    return elapsed, int(line.split()[1]) / 1024


def main():
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.exit(print(__doc__.strip()))
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    build = pathlib.Path(sys.argv[1]).resolve()
    rows = [("library on disk", os.path.getsize(build / "lib/libattune.so") / 1e6, 10, "MB")]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        standard = scratch / "standard.cpp"
        standard.write_text(STANDARD_LIBRARY)
        unit = min(compile_seconds(standard, scratch / "standard", build) for _ in range(REPEATS))
        print(f"* budget: this machine takes {unit:.2f} s where the reference takes {REFERENCE_SECONDS} s")
        for source in sorted((ROOT / "tests/budget").glob("*.cpp")):
            seconds = min(compile_seconds(source, scratch / source.stem, build) for _ in range(REPEATS))
            print(f"* budget: g++ -O2 {source.relative_to(ROOT)}: {seconds:.2f} s of processor time here")
            rows.append((f"g++ -O2 {source.relative_to(ROOT)}, scaled", seconds * REFERENCE_SECONDS / unit,
                         2, "s"))
        runs = [run(scratch / "first_gradient") for _ in range(REPEATS)]
        rows.append(("start to first gradient", min(ms for ms, _ in runs), 20, "ms"))
        rows.append(("resident memory at the first gradient", min(mb for _, mb in runs), 20, "MB"))

    for name, value, limit, unit in rows:
        verdict = "" if value <= limit else "  OVER"
        print(f"* budget: {name}: {value:.2f} {unit} of {limit} {unit}{verdict}")
    sys.exit(any(value > limit for _, value, limit, _ in rows))


main()
