#!/usr/bin/env python3
"""Works by a library of Python's, for build/bin/attune_bench --with (scripts/bench_pytorch.sh):

    steps.py LIBRARY --list                        the names of its works
    steps.py LIBRARY WORK [THREADS [SECONDS]]      runs one, prints a line of JSON, and does so again
                                                   for every line that it reads
LIBRARY: torch, torch-foreach, torch-compile, jax, mlx
"""
import importlib
import json
import math
import pathlib
import resource
import statistics
import sys
import time


def resident(which):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(which + ":"):
            return 1024 * int(line.split()[1])
    return 0


def page_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def warm_up(step, most_calls=20, quiet_calls=4, few_faults=4):
    """As bench/steps/main.cpp does for the libraries of C++."""
    quiet = 0
    for _ in range(most_calls):
        before = page_faults()
        step.once()
        step.wait()
        quiet = quiet + 1 if page_faults() - before < few_faults else 0
        if quiet == quiet_calls:
            return


def timed(step, calls, clock):
    start = clock()
    for _ in range(calls):
        step.once()
    step.wait()
    return clock() - start


def samples(step, seconds):
    """Medians of wall-clock and processor time, of as many calls at once as take a millisecond."""
    calls = 1
    while timed(step, calls, time.perf_counter) < 1e-3:
        calls *= 2
    wall, processor = [], []
    end = time.perf_counter() + seconds
    while len(wall) < 3 or time.perf_counter() < end:
        busy = time.process_time()
        wall.append(timed(step, calls, time.perf_counter) / calls)
        processor.append((time.process_time() - busy) / calls)
    return statistics.median(wall), statistics.median(processor)


def main():
    if len(sys.argv) < 3 or {"-h", "--help"} & set(sys.argv[1:]):
        sys.exit(__doc__.strip())
    name, _, variant = sys.argv[1].partition("-")
    module = importlib.import_module("by_" + name)
    works = module.works(variant)
    # The same step beside attune's with its check of the gradients and without.
    works |= {f"{work}_unchecked": made for work, made in works.items() if work.startswith("optimizer/")}
    if sys.argv[2] == "--list":
        print("\n".join(works))
        return
    if sys.argv[2] not in works:
        sys.exit(f"{sys.argv[1]} has no work {sys.argv[2]}")
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 1.0
    module.use_threads(threads)
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    calls, prepare = works[sys.argv[2]]
    step = prepare()
    for _ in range(calls):
        step.once()
    step.wait()
    peak = resident("VmHWM") - before
    result = [number if math.isfinite(number) else None for number in step.result()]
    warm_up(step)
    while True:
        wall, processor = samples(step, seconds)
        print(json.dumps({"library": module.library(variant), "work": sys.argv[2], "threads": threads,
                          "seconds": wall, "processor_seconds": processor, "peak_bytes": peak,
                          "result": result}), flush=True)
        if not sys.stdin.readline():
            return


if __name__ == "__main__":
    main()
