#!/usr/bin/env python3
"""coverage_report.py INFO LIMIT: executed lines per folder, from lcov's file; status 1 below LIMIT percent."""
import collections
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["core", "autograd", "nn", "optim", "plugins", "data", "train", "tune"]


def main():
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.exit(print(__doc__.strip()))
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    info, limit = sys.argv[1], float(sys.argv[2])
    # A file compiled once per instruction set is counted once: a line counts if any copy ran it.
    lines = collections.defaultdict(dict)
    path = None
    for record in pathlib.Path(info).read_text().splitlines():
        if record.startswith("SF:"):
            path = pathlib.Path(record[3:])
        elif record.startswith("DA:"):
            number, count = record[3:].split(",")[:2]
            lines[path][number] = max(lines[path].get(number, 0), int(count))

    totals = collections.Counter()
    covered = collections.Counter()
    for path, counts in lines.items():
        if not path.is_relative_to(ROOT):
            continue
        parts = path.relative_to(ROOT).parts
        if parts[0] in FOLDERS and not (parts[0] == "plugins" and len(parts) > 2):
            totals[parts[0]] += len(counts)
            covered[parts[0]] += sum(count > 0 for count in counts.values())
    for folder in FOLDERS:
        if totals[folder]:
            print(f"{folder:10} {100 * covered[folder] / totals[folder]:5.1f} % of {totals[folder]} lines")
    share = 100 * covered.total() / max(1, totals.total())
    print(f"{'together':10} {share:5.1f} % of {totals.total()} lines, limit {limit:g} %")
    sys.exit(share < limit)


main()
