#!/usr/bin/python3
"""Draws docs/pictures/*.svg from runs made here and now (about a minute; needs python3-matplotlib).

usage: scripts/draw_pictures.py [BUILD]      BUILD: default build
"""
import json
import pathlib
import subprocess
import sys
import tempfile

if {"-h", "--help"} & set(sys.argv[1:]):  # before what may not be installed
    sys.exit(print(__doc__.strip()))

try:
    import matplotlib
except ImportError:
    sys.exit("draw_pictures: matplotlib is missing: apt install python3-matplotlib (for /usr/bin/python3)")

matplotlib.use("Agg")
matplotlib.rcParams.update({"svg.hashsalt": "attune", "axes.spines.top": False, "axes.spines.right": False,
                            "font.size": 9, "svg.fonttype": "none"})
import matplotlib.pyplot as plt

root = pathlib.Path(__file__).resolve().parent.parent
build = root / (sys.argv[1] if len(sys.argv) > 1 else "build")

# name, what follows --optimizer; each with a learning rate that suits it
RULES = [
    ("sgd", ["sgd", "--set", "lr=0.1"]),
    ("momentum", ["momentum", "--set", "lr=0.05"]),
    ("rmsprop", ["rmsprop", "--set", "lr=1e-3"]),
    ("adam", ["adam", "--set", "lr=1e-3"]),
    ("lion (plugin)", ["lion", "--set", "lr=3e-4", "--plugin", str(build / "plugins/lion.so")]),
]


def epochs_of(arguments):
    with tempfile.TemporaryDirectory() as folder:
        rows = pathlib.Path(folder) / "rows"
        subprocess.run([build / "bin/attune", "train", "--data", "fashion-mnist", "--model", "mlp:128",
                        "--init", "he_normal", "--epochs", "5", "--batch", "128", "--seed", "1",
                        "--json", rows, "--optimizer", *arguments], check=True, stdout=subprocess.DEVNULL)
        events = [json.loads(line) for line in rows.read_text().splitlines()]
    return [event for event in events if event["event"] == "epoch"]


def draw_optimizers(path):
    figure, (loss, accuracy) = plt.subplots(1, 2, figsize=(8, 2.8), layout="constrained")
    for name, arguments in RULES:
        rows = epochs_of(arguments)
        numbers = [row["epoch"] for row in rows]
        loss.plot(numbers, [row["train_loss"] for row in rows], marker="o", markersize=3, label=name)
        accuracy.plot(numbers, [row["dev_accuracy"] for row in rows], marker="o", markersize=3, label=name)
    loss.set(xlabel="epoch", ylabel="training loss", xticks=range(1, 6))
    accuracy.set(xlabel="epoch", ylabel="accuracy on dev", xticks=range(1, 6))
    accuracy.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


draw_optimizers(root / "docs/pictures/optimizers.svg")
