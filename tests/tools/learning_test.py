#!/usr/bin/env python3
# What it trains: the course's figures, Fashion-MNIST, tests of weights, comparisons.
import json
import os
import struct
import subprocess

from tool import attune, check, DIGITS, events, FLOWERS, killed, plugin, run, table, threads_of, train, run_test

PUBLISHED = {  # train accuracy, test accuracy, cost and its tolerance; none: not judged
    "zeros": (0.5, 0.5, 0.6931471805599453, 1e-5),
    "large": (0.83, 0.86, 0.381076, 5e-3),
    "he": (0.99333, 0.96, 0.0648101874, 1e-6),
    "gd": (0.79667, None, 0.433230127060, 4e-6),
    "momentum": (0.79667, None, 0.433600964818, 4e-6),
    "adam": (0.94, None, 0.128654815810, 1e-6),
    "none": (0.9005, 0.7850, 0.215312, 2e-6),
    "l2": (0.8578, 0.8750, 0.302127, 3e-6),
}


def test_course():
    done = subprocess.run([attune, "course", "--json", "-"], capture_output=True, text=True)
    rows = {row["case"]: row for row in map(json.loads, done.stdout.splitlines())}
    check(len(rows) == 9, f"{len(rows)} cases instead of 9")
    for case, (training, testing, cost, tolerance) in PUBLISHED.items():
        row = rows[case]
        check(abs(row["train_accuracy"] - training) < 5e-5, row)
        check(testing is None or abs(row["test_accuracy"] - testing) < 5e-5, row)
        check(abs(row["final_cost"] - cost) <= tolerance, row)
    check(done.returncode == 0, done.stderr)


def test_train():
    lines = train("--save", "weights.safetensors", epochs=10)
    check([line["event"] for line in lines] == ["epoch"] * 10 + ["done"], lines)
    check([line["epoch"] for line in lines[:-1]] == list(range(1, 11)), lines)
    check(lines[9]["train_loss"] < 0.2 * lines[0]["train_loss"], "the loss does not fall")
    check(lines[-1]["test_accuracy"] > 0.93, lines[-1])
    check(len(lines[-1]["weights_digest"]) == 32, lines[-1])
    check(lines[-1]["parameters"] == 64 * 64 + 64 + 64 * 10 + 10, lines[-1])
    check(os.path.getsize("weights.safetensors") > 4 * lines[-1]["parameters"], "weights too small")
    other = train("--plugin", plugin, "--optimizer", "lion", "--set", "lr=1e-3")[-1]
    check(other["test_accuracy"] > 0.9, other)
    check(other["weights_digest"] != lines[-1]["weights_digest"], "another rule, the same weights")
    check(train("--seed", "4", epochs=10)[-1]["weights_digest"] != lines[-1]["weights_digest"], "the seed is ignored")

    narrow, wide = (train("--memory", "--batch", batch, epochs=1)[-1]["memory"] for batch in ("16", "1024"))
    check(0 < narrow["used"] <= narrow["held"] < narrow["resident"], narrow)
    check(wide["used"] > narrow["used"] + 1000 * 64 * 4, f"{narrow} {wide}")
    check("in use in a step" in run(*DIGITS, "--epochs", "1", "--memory").stdout, "no line for people")
    error = run(*DIGITS, "--epochs", "1", "--memory-limit", "1", status=1).stderr
    check("of the limit of 1048576" in error and "available" in error, error)


def test_test():
    done = train("--save", "weights.safetensors", epochs=3)[-1]
    tested = json.loads(run("test", "weights.safetensors", "--json", "-").stdout)
    for figure in ("test_accuracy", "test_loss", "weights_digest"):
        check(tested[figure] == done[figure], f"{figure}: {tested} after {done}")
    shown = run("test", "weights.safetensors").stdout
    check(f"test accuracy {done['test_accuracy']:.4f}" in shown and "recall" in shown, shown)
    check("layers.1.weight" in run("test", "weights.safetensors", "--model", "mlp:32", status=1).stderr,
          "weights of another model")
    check("digits" in run("test", "weights.safetensors", "--data", "digit", status=2).stderr, "digit")
    bare = open("weights.safetensors", "rb").read()
    length = struct.unpack("<Q", bare[:8])[0]
    header = {key: value for key, value in json.loads(bare[8:8 + length]).items() if key[0] != "_"}
    text = json.dumps(header).ljust((length + 7) // 8 * 8).encode()
    open("bare.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + bare[8 + length:])
    check("give --data" in run("test", "bare.safetensors", status=2).stderr, "no notes")
    run("test", "bare.safetensors", "--data", "digits", "--model", "mlp:64", "--seed", "3")
    open("cut.safetensors", "wb").write(bare[:-9])
    check("cut.safetensors" in run("test", "cut.safetensors", status=1).stderr, "cut short")
    check("nowhere" in run("test", "nowhere.safetensors", status=1).stderr, "no file")
    # Other data: columns and classes are those of the training, or it is refused.
    table("flowers.csv", FLOWERS)
    train("--data", "csv:flowers.csv", "--save", "flowers.safetensors", epochs=1)
    run("test", "flowers.safetensors", "--data", "csv:flowers.csv")
    table("turned.csv", FLOWERS, header='"width, in cm",length,species')
    check("features" in run("test", "flowers.safetensors", "--data", "csv:turned.csv", status=1).stderr, "columns")
    # A table of fewer classes counts them as the training did.
    table("two.csv", [line for line in FLOWERS if "red" not in line])
    tested = json.loads(run("test", "flowers.safetensors", "--data", "csv:two.csv", "--json", "-").stdout)
    whole = json.loads(run("test", "flowers.safetensors", "--json", "-").stdout)
    check(tested["weights_digest"] == whole["weights_digest"], tested)
    table("words.csv", [line.replace("red", '"red,header=false"') for line in FLOWERS])
    train("--data", "csv:words.csv", "--save", "words.safetensors", epochs=1)
    run("test", "words.safetensors")
    table("renamed.csv", [line.replace("red", "zed") for line in FLOWERS])
    check("classes" in run("test", "flowers.safetensors", "--data", "csv:renamed.csv", status=1).stderr, "classes")
    run("test", "weights.safetensors", "--json", "weights.safetensors", status=2)
    check(open("weights.safetensors", "rb").read() == bare, "--json overwrote the weights")


# The project's binding figures.
def test_fashion():
    fashion = ("--data", "fashion-mnist", "--batch", "128")
    for rule in (("adam", "--set", "lr=1e-3"), ("momentum", "--set", "lr=0.05", "--set", "averaged=false")):
        for seed in "123":
            done = train(*fashion, "--model", "mlp:128", "--optimizer", *rule, "--seed", seed, epochs=3)[-1]
            check(done["test_accuracy"] >= 0.855, (rule, seed, done))
    cnn = (*fashion, "--model", "cnn:4,8")
    whole = set()
    for threads in (1, 2, 8):
        # A busy machine may let a thread sleep through a run: one counts in which all had their part.
        for _ in range(25):
            process = subprocess.Popen([attune, *DIGITS, *cnn, "--epochs", "2", "--threads", str(threads), "--json",
                                        "run.jsonl"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            ran = threads_of(process)
            check(process.returncode == 0, process.returncode)
            whole.add(events("run.jsonl")[-1]["weights_digest"])
            if ran >= threads:
                break
        # On a machine of many cores others of its threads may take turns, but 1 is 1.
        check(ran == 1 if threads == 1 else ran >= threads, f"{ran} of {threads} threads ran")
    check(len(whole) == 1, whole)
    killed(*cnn, epochs=2)
    # What scripts/demo.sh promises.
    demo = train("--data", "fashion-mnist", "--model", "cnn:16,32", "--set", "lr=2e-3", "--batch", "64",
                 "--seed", "1", epochs=2)[-1]
    check(demo["test_accuracy"] > 0.88, demo)


def test_compare():
    run("compare", "--data", "digits", "--model", "mlp:32", "--initializers", "zeros,he_normal",
        "--optimizers", f"adam,{plugin}", "--seeds", "2", "--epochs", "3", "--json", "pairs.jsonl")
    rows = {(row["initializer"], row["optimizer"]): row for row in events("pairs.jsonl")}
    check(set(rows) == {(i, o) for i in ("zeros", "he_normal") for o in ("adam", "lion")}, rows)
    check(rows["he_normal", "adam"]["dev_accuracy"] > 0.6, rows)
    check(rows["zeros", "adam"]["dev_accuracy"] < 0.3, "weights of zero learn")
    # A setting of one of them, and a plugin by its name alone.
    quick = ("compare", "--data", "digits", "--model", "mlp:32", "--epochs", "1", "--optimizers",
             "sgd,lion.so", "--initializers", "normal")
    def losses(*more):
        run(*quick, "--json", "pairs.jsonl", *more)
        return [row["dev_loss"] for row in events("pairs.jsonl")]
    plain, set_one = losses(), losses("--set", "lion.lr=1e-3")
    check(set_one[0] == plain[0] and set_one[1] != plain[1], (plain, set_one))
    # What is said of one goes before what is said of all.
    check(losses("--set", "lr=1e-2", "--set", "lion.lr=1e-3")[1] == set_one[1], "lr and lion.lr")
    # A run whose last step, or whose answers, are no numbers has no figures.
    for rate in ("1e39", "1e38"):
        wild = ("--data", "moons", "--model", "mlp:8", "--batch", "600", "--epochs", "1", "--set", f"lr={rate}")
        error = run("train", *wild, "--optimizer", "sgd", "--save", "wild.safetensors", status=1).stderr
        check("lower the learning rate" in error and not os.path.exists("wild.safetensors"), error)
        run("compare", *wild, "--optimizers", "sgd", "--initializers", "he_normal", "--json", "pairs.jsonl")
        check("failed" in events("pairs.jsonl")[0], events("pairs.jsonl"))
    table("flowers.csv", FLOWERS)
    before = open("flowers.csv").read()
    run("compare", "--data", "csv:flowers.csv", "--json", "./flowers.csv", status=2)
    check(open("flowers.csv").read() == before, "--json overwrote the data")
    check(losses("--init-set", "normal.std=1")[0] != plain[0], "--init-set normal.std")
    check("adam" in run(*quick, "--set", "adam.lr=1", status=2).stderr, "a setting of nobody's")
    done = run("compare", "--data", "moons", "--model", "mlp:4", "--epochs", "1", "--initializers", "normal",
               "--optimizers", "lion", "--plugin", plugin, "--json", "-")
    check([json.loads(line)["optimizer"] for line in done.stdout.splitlines()] == ["lion"], done.stdout)
    check("dev accuracy" in done.stderr, done.stderr)


run_test(globals())
