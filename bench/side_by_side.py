#!/usr/bin/env python3
"""side_by_side.py: the same works by attune and by its peers, each in processes of its own, in turn.

A folder of bench/steps is a library; a file of it is a work, or a family of works, that attune and it both
have. A peer whose program is not built is named, not skipped. Status 1 if two libraries differ by more than
a work's bound, or attune from itself between two runs, whatever their number of threads.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

SOURCES = pathlib.Path(__file__).resolve().parent / "steps"
OWN = "attune"
COLUMNS = "{:<31}{:>3}  {:>9} {:>9}  {:<16}{:>9} {:>9}  {:>6} {:>6}  {:>13}  {:>8}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0],
                                     epilog="The programs come from scripts/bench.sh.")
    parser.add_argument("build", nargs="?", default="build", help="folder of the build (build)")
    parser.add_argument("--filter", default="", metavar="RE", help="only works whose name it is found in")
    parser.add_argument("--threads", default="1,2", metavar="LIST", help="numbers of threads (1,2)")
    parser.add_argument("--pairs", type=int, default=7, metavar="N", help="runs of each library (7)")
    parser.add_argument("--seconds", type=float, default=0.4, help="timed in each run (0.4)")
    parser.add_argument("--alone", action="store_true", help="attune only, to see that its works run")
    parser.add_argument("--json", metavar="FILE", help="also write the rows there, one a line")
    options = parser.parse_args()
    options.programs = pathlib.Path(options.build) / "bin"
    options.threads = [int(count) for count in options.threads.split(",")]
    if min(options.threads) < 1 or options.pairs < 1:
        parser.error("--threads and --pairs take numbers from 1 on")
    if not (options.programs / f"steps_{OWN}").exists():
        parser.error(f"{options.programs}/steps_{OWN} is not built: scripts/bench.sh")
    return options


def machine():
    """What the figures hang on: processor, cores, widest instruction set, load by others."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        text = file.read()
    found = {key: re.search(rf"^{key}\s*: (.*)$", text, re.MULTILINE)
             for key in ("model name", "cpu family", "model", "flags")}
    known = {key: match.group(1) if match else "?" for key, match in found.items()}
    flags = known["flags"].split()
    instructions = next((name for name in ("avx512f", "avx2", "sse2") if name in flags), os.uname().machine)
    return (f"{known['model name']} (family {known['cpu family']}, model {known['model']}), "
            f"{len(os.sched_getaffinity(0))} cores, {instructions}, load {os.getloadavg()[0]:.1f}")


def run(options, library, work, threads):
    """One process, held to as many cores as it has threads."""
    cores = sorted(os.sched_getaffinity(0))[-threads:]
    count = str(threads)
    command = [options.programs / f"steps_{library}", work, count, str(options.seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          preexec_fn=lambda: os.sched_setaffinity(0, cores),
                          env=dict(os.environ, OMP_NUM_THREADS=count, OPENBLAS_NUM_THREADS=count))
    if done.returncode != 0:
        sys.exit(f"{command[0]} {work}: status {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def difference(ours, theirs):
    """The largest difference of two results, relative to the larger of the two numbers."""
    if len(ours) != len(theirs):
        return float("inf")
    return max(abs(a - b) / max(abs(a), abs(b), 1e-30) for a, b in zip(ours, theirs))


def peers_of(work):
    family = work.split("/")[0]
    return sorted(path.parent.name for path in SOURCES.glob(f"*/{family}.cpp") if path.parent.name != OWN)


def rows_of(options, work, threads):
    """A row for each peer, all of the same rounds, and attune's results of all runs."""
    peers = [] if options.alone else peers_of(work)
    present = [OWN] + [peer for peer in peers if (options.programs / f"steps_{peer}").exists()]
    runs = collections.defaultdict(list)
    for number in range(options.pairs):
        for library in present if number % 2 == 0 else reversed(present):
            runs[library].append(run(options, library, work, threads))

    def median(library, key):
        return statistics.median(one[key] for one in runs[library])

    first = runs[OWN][0]
    rows = []
    for peer in peers or [None]:
        row = {"work": work, "threads": threads, "attune_s": median(OWN, "seconds"),
               "attune_processor_s": median(OWN, "processor_seconds"), "flops": first["flops"], "peer": peer}
        if peer in runs:
            row["peer"] = runs[peer][0]["library"]
            row["peer_s"] = median(peer, "seconds")
            row["peer_processor_s"] = median(peer, "processor_seconds")
            row["ratio"] = row["peer_s"] / row["attune_s"]
            row["processor_ratio"] = row["peer_processor_s"] / row["attune_processor_s"]
            row["difference"] = max(difference(a["result"], b["result"])
                                    for a, b in zip(runs[OWN], runs[peer]))
            row["bound"] = first["bound"]
        elif peer:
            row["peer_missing"] = True
        rows.append(row)
    return rows, [one["result"] for one in runs[OWN]]


def duration(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        if seconds >= size or unit == "ns":
            return f"{seconds / size:.3g} {unit}"
    return None


def line(row):
    ours = (duration(row["attune_s"]), duration(row["attune_processor_s"]))
    if "peer_s" not in row:
        note = "peer missing" if row["peer"] else ""
        return COLUMNS.format(row["work"], row["threads"], *ours, row["peer"] or "", note, "", "", "", "",
                              "").rstrip()
    speed = ""
    if row["flops"]:
        clock = "processor_s" if row["threads"] == 1 else "s"
        speed = " / ".join(f"{row['flops'] / row[f'{side}_{clock}'] / 1e9:.1f}" for side in ("attune", "peer"))
    return COLUMNS.format(
        row["work"], row["threads"], *ours, row["peer"], duration(row["peer_s"]),
        duration(row["peer_processor_s"]), f"{row['ratio']:.2f}", f"{row['processor_ratio']:.2f}", speed,
        f"{row['difference']:.0e}")


def main():
    options = arguments()
    listed = subprocess.run([options.programs / f"steps_{OWN}", "--list"], check=True, capture_output=True,
                            text=True).stdout.split()
    works = [work for work in sorted(listed) if re.search(options.filter, work)]
    if not works:
        sys.exit(f"no work fits --filter {options.filter}; there are: {' '.join(sorted(listed))}")
    print(f"{machine()}; medians of {options.pairs} runs; ratio: peer / attune")
    print(COLUMNS.format("work", "thr", "attune", "(proc.)", "peer", "peer", "(proc.)", "ratio", "(proc.)",
                         "GF/s", "differs"))
    breaches, rows = [], []
    for work in works:
        results = []
        for threads in options.threads:
            more, own = rows_of(options, work, threads)
            results += own
            for row in more:
                rows.append(row)
                print(line(row), flush=True)
                if row.get("difference", 0) > row.get("bound", 0):
                    breaches.append(f"{work}: attune and {row['peer']} differ by {row['difference']:.1e}, more "
                                    f"than {row['bound']:.0e}")
        if any(result != results[0] for result in results):
            breaches.append(f"{work}: attune's result is not the same in every run")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    print(f"load at the end: {os.getloadavg()[0]:.1f}")
    if breaches:
        sys.exit("\n".join(breaches))


if __name__ == "__main__":
    main()
