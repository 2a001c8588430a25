#!/usr/bin/python3
"""Draws docs/pictures/growth.svg: how attune's time grows with the work, beside the measured limit at each size.
Needs python3-matplotlib.

usage: scripts/draw_growth.py [FILE]      rows of `attune_bench --filter growth_ --json FILE`; default build/bench.json
"""
import collections
import json
import pathlib
import sys

if {"-h", "--help"} & set(sys.argv[1:]):  # before what may not be installed
    sys.exit(print(__doc__.strip()))

try:
    import matplotlib
except ImportError:
    sys.exit("draw_growth: matplotlib is missing: apt install python3-matplotlib (for /usr/bin/python3)")

matplotlib.use("Agg")
matplotlib.rcParams.update({"svg.hashsalt": "attune", "axes.spines.top": False, "axes.spines.right": False,
                            "font.size": 9, "svg.fonttype": "none"})
import matplotlib.pyplot as plt

root = pathlib.Path(__file__).resolve().parent.parent
file = root / (sys.argv[1] if len(sys.argv) > 1 else "build/bench.json")
rows = [json.loads(line) for line in file.read_text().splitlines()]
families = collections.defaultdict(lambda: collections.defaultdict(list))
for row in rows:
    family, _, member = row.get("work", "").partition("/")
    if family.startswith("growth_") and "attune_s" in row:
        families[family.removeprefix("growth_")][row["threads"]].append((int(member), row))
if not families:
    sys.exit(f"draw_growth: {file} has no rows of growth_: build/bin/attune_bench --filter growth_ --json {file}")

figure, panels = plt.subplots(1, len(families), figsize=(2.7 * len(families), 2.6), layout="constrained", squeeze=False)
for panel, (family, lines) in zip(panels[0], families.items()):
    for threads, members in sorted(lines.items()):
        sizes = [size for size, _ in members]
        per_unit = [row["attune_s"] / row["amount"] * 1e9 for _, row in members]
        label = f"{threads} thread" + ("" if threads == 1 else "s")
        drawn, = panel.loglog(sizes, per_unit, marker="o", markersize=3, label=label)
        limits = [(size, row["limit_s"] / row["amount"] * 1e9) for size, row in members if row.get("limit_s")]
        if limits:
            panel.loglog(*zip(*limits), color=drawn.get_color(), linestyle=":", label=f"limit, {label}")
    panel.set(title=family, xlabel={"graph": "nodes"}.get(family, family))
panels[0][0].set_ylabel("ns for each unit of work")
panels[0][0].legend(frameon=False)
figure.savefig(root / "docs/pictures/growth.svg", metadata={"Date": None})
