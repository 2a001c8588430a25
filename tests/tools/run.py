#!/usr/bin/env python3
# Runs one test of the command line tool:  run.py TEST ATTUNE PLUGIN  (in a folder of its own)
import json
import os
import signal
import subprocess
import sys
import time

test, attune, plugin = sys.argv[1:]
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


def check(condition, what):
    if not condition:
        sys.exit(f"{test}: {what}")


def run(*arguments, status=0):
    done = subprocess.run([attune, *arguments], capture_output=True, text=True)
    check(done.returncode == status,
          f"{arguments}: status {done.returncode} instead of {status}\n{done.stdout}{done.stderr}")
    return done


def events(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


DIGITS = ("train", "--data", "digits", "--model", "mlp:64", "--batch", "16", "--seed", "3")


def train(*more, epochs=6):
    run(*DIGITS, "--epochs", str(epochs), "--json", "run.jsonl", *more)
    return events("run.jsonl")


def test_course():
    done = subprocess.run([attune, "course", "--json", "course.jsonl"], capture_output=True, text=True)
    rows = {row["case"]: row for row in events("course.jsonl")}
    check(len(rows) == 9, f"{len(rows)} cases instead of 9")
    for case, (training, testing, cost, tolerance) in PUBLISHED.items():
        row = rows[case]
        check(abs(row["train_accuracy"] - training) < 5e-5, row)
        check(testing is None or abs(row["test_accuracy"] - testing) < 5e-5, row)
        check(abs(row["final_cost"] - cost) <= tolerance, row)
    check(done.returncode == 0, done.stdout)


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


def test_resume():
    whole = train(epochs=60)[-1]
    process = subprocess.Popen([attune, *DIGITS, "--epochs", "60", "--checkpoint", "run.ckpt",
                                "--every", "7"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not os.path.exists("run.ckpt") and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    check(process.wait() == -signal.SIGKILL, "the run was over before it could be killed")
    resumed = train("--resume", "run.ckpt", epochs=60)[-1]
    check(resumed["weights_digest"] == whole["weights_digest"], "a resumed run ends elsewhere")
    check(resumed["test_accuracy"] == whole["test_accuracy"], "the figures differ")
    os.remove("run.ckpt")


def test_threads():
    digests = {threads: train("--threads", threads)[-1]["weights_digest"] for threads in "128"}
    check(len(set(digests.values())) == 1, digests)
    check(train("--seed", "4")[-1]["weights_digest"] not in digests.values(), "the seed is ignored")


def test_usage():
    for arguments, word in [
        ((), "subcommand"),
        (("trian",), "trian"),
        (("train", "--dat", "digits"), "--dat"),
        (("train", "--data", "digit"), 'did you mean "digits"'),
        (("train", "--data", "csv"), "file"),
        (("train", "--data", "digits", "--model", "mpl:64"), 'did you mean "mlp"'),
        (("train", "--data", "digits", "--model", "mlp:64,x"), "mlp:64,x".split(":")[1]),
        (("train", "--data", "moons", "--model", "lenet"), "pictures"),
        (("train", "--data", "digits", "--optimizer", "adma"), 'did you mean "adam"'),
        (("train", "--data", "digits", "--set", "rl=1"), "lr"),
        (("train", "--data", "digits", "--set", "lr=-1"), "lr"),
        (("train", "--data", "digits", "--set", "lr"), "name=value"),
        (("train", "--data", "digits", "--init", "he"), "he"),
        (("train", "--data", "digits", "--every", "often"), "often"),
        (("train", "--data", "digits", "--epochs", "0"), "epochs"),
        (("list", "optimizer"), 'did you mean "optimizers"'),
        (("show", "optimizer", "adm"), 'did you mean "adam"'),
    ]:
        done = run(*arguments, status=2)
        check(word in done.stdout + done.stderr, f"{arguments}: {done.stdout}{done.stderr}")
    for arguments, word in [
        (("train", "--data", "csv:nowhere.csv"), "nowhere.csv"),
        (("train", "--data", "digits", "--save", "nowhere/w.safetensors"), "nowhere"),
        (("train", "--data", "digits", "--plugin", "nowhere.so"), "nowhere.so"),
    ]:
        check(word in run(*arguments, status=1).stderr, arguments)
    for command in ("course", "train", "compare", "list", "show"):
        check("Examples:" in run(command, "--help").stdout, f"{command} --help shows no example")


def test_list():
    for kind, some in [("optimizers", "adam"), ("initializers", "he_normal"), ("data", "digits"),
                       ("models", "mlp:H,..."), ("layers", "Linear"), ("operations", "matmul")]:
        names = [json.loads(line)["name"] for line in
                 run("list", kind, "--json").stdout.splitlines()]
        check(some in names and len(names) == len(set(names)), f"{kind}: {names}")
        check(some in run("list", kind).stdout, kind)
    check("lion" in run("list", "optimizers", "--plugin", plugin).stdout, "the plugin is not listed")
    for name in [json.loads(line)["name"] for line in
                 run("list", "optimizers", "--json").stdout.splitlines()]:
        shown = json.loads(run("show", "optimizer", name, "--json").stdout)
        check(shown["cite"] and "lr" in [option["name"] for option in shown["options"]], shown)
        check("weight_decay" in run("show", "optimizer", name).stdout, name)
    check("fan_in" in run("show", "initializer", "he_normal").stdout, "he_normal without its mode")


def test_compare():
    run("compare", "--data", "digits", "--model", "mlp:32", "--initializers", "zeros,he_normal",
        "--optimizers", f"adam,{plugin}", "--seeds", "2", "--epochs", "3", "--json", "pairs.jsonl")
    rows = {(row["initializer"], row["optimizer"]): row for row in events("pairs.jsonl")}
    check(set(rows) == {(i, o) for i in ("zeros", "he_normal") for o in ("adam", "lion")}, rows)
    check(rows["he_normal", "adam"]["dev_accuracy"] > 0.6, rows)
    check(rows["zeros", "adam"]["dev_accuracy"] < 0.3, "weights of zero learn")


globals()["test_" + test]()
