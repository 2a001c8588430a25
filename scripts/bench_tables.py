#!/usr/bin/env python3
"""The tables of docs/benchmarks.md from the rows that the benches wrote.

usage: scripts/bench_tables.py FILE.json...            prints them
       scripts/bench_tables.py --write FILE.json...    writes them into docs/benchmarks.md, between the marks
"""
import collections
import json
import pathlib
import sys

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "docs/benchmarks.md"
BEGIN, END = "<!-- tables of scripts/bench_tables.py -->", "<!-- end of the tables -->"


def in_units(value, units):
    for size, name in units:
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.3g}"


def duration(seconds):
    return in_units(seconds, [(1, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")])


def size(count):
    return in_units(count, [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")])


def ratio(value):
    """What attune loses stands out."""
    return f"**{value:.2f}**" if value < 1 else f"{value:.2f}"


def table(header, lines):
    return ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)] + \
           ["| " + " | ".join(line) + " |" for line in lines] + [""]


def family(row):
    return row["work"].split("/")[0].split(" ")[0]


def bars(rows):
    kept = dict.fromkeys(bar for row in rows for bar in row.get("kept", []))
    missed = dict.fromkeys(bar for row in rows for bar in row.get("missed", []))
    failed = dict.fromkeys(row["failure"] for row in rows if "failure" in row)
    return "; ".join([f"**misses** {bar}" for bar in missed] + [f"{bar}" for bar in kept if bar not in missed] +
                     [f"**failed**: {text}" for text in failed])


def lines_of(rows, peers):
    """A line for each work at each number of threads, the peers side by side."""
    by_line = collections.defaultdict(list)
    for row in rows:
        by_line[row["work"], row["threads"]].append(row)
    for (work, threads), group in by_line.items():
        # A peer that is missing stands first, in a row that has no figures.
        first = next((row for row in group if "attune_s" in row or "attune_bytes" in row), group[0])
        memory = "attune_s" not in first and "attune_bytes" in first
        time = size(first["attune_bytes"]) if memory else duration(first["attune_s"]) if "attune_s" in first else ""
        limit = f"{first['attune_s'] / first['limit_s']:.2f}" if first.get("limit_s") else ""
        line = [f"`{work}`", str(threads), time, limit, f"{first['scaling']:.2f}" if "scaling" in first else ""]
        for peer in peers:
            of = next((row for row in group if row.get("peer") == peer), {})
            theirs = size(of["peer_bytes"]) if "peer_bytes" in of and memory else \
                duration(of["peer_s"]) if "peer_s" in of else ""
            line.append(" x ".join(part for part in (theirs, ratio(of["ratio"]) if "ratio" in of else "") if part))
        if "per_doubling" in first:
            line[2] = f"x {first['per_doubling']:.2f} per doubling"
        yield line + [bars(group)]


def tables(path):
    rows = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]
    about = next((row for row in rows if "machine" in row), {})
    text = [f"{about.get('machine', '?')}; {about.get('date', '?')}, {about.get('clock', '?')} time, load "
            f"{about.get('load', 0):.1f} at the start.", ""]
    limits = [row for row in rows if "limits" in row]
    text += table(["threads", "GF/s f32", "GF/s f64", "GB/s, `a += b` of 1, 30, 300 MB moved"],
                  [[str(row["threads"]), f"{row['limits']['flops_f32'] / 1e9:.0f}",
                    f"{row['limits']['flops_f64'] / 1e9:.0f}",
                    ", ".join(f"{min(row['limits']['bandwidth'], key=lambda p, at=at: abs(p['bytes'] - at))['update'] / 1e9:.0f}"
                              for at in (1e6, 3e7, 3e8))] for row in limits])
    families = collections.defaultdict(list)
    for row in rows:
        if "work" in row:
            families[family(row)].append(row)
    for name, members in list(families.items()):
        works = {row["work"] for row in members if "/" in row["work"]}
        if len(works) > 100 or any("per_doubling" in row for row in members):  # only what they show together
            families[name] = [row for row in members if "/" not in row["work"]]
        if not works:  # works of no family stand together
            families[""] += families.pop(name)
    for name in sorted(families):
        members = families[name]
        peers = list(dict.fromkeys(row["peer"] for row in members if row.get("peer")))
        text += [f"### {name}" if name else "### Whole works", ""]
        text += table(["work", "threads", "attune", "/limit", "scaling", *(f"{peer} x ratio" for peer in peers), "bars"],
                      lines_of(members, peers))
    return text


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    if not arguments or {"-h", "--help"} & set(arguments):
        sys.exit(__doc__.strip())
    text = "\n".join(line for path in arguments for line in tables(path))
    if "--write" not in sys.argv:
        print(text)
        return
    document = DOCUMENT.read_text()
    if BEGIN not in document or END not in document:
        sys.exit(f"{DOCUMENT} has no lines {BEGIN} and {END}")
    before, rest = document.split(BEGIN, 1)
    DOCUMENT.write_text(before + BEGIN + "\n\n" + text + "\n" + END + rest.split(END, 1)[1])


if __name__ == "__main__":
    main()
