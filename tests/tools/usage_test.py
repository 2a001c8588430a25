#!/usr/bin/env python3
# What it says of wrong words, and what it lists.
import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

from tool import attune, check, plugin, run, train, run_test

def test_usage():
    # A number is decimal, whatever it begins with.
    check([train("--seed", seed, epochs="01")[-1]["weights_digest"] for seed in ("010", "10")].count(
        train("--seed", "10", epochs=1)[-1]["weights_digest"]) == 2, "010 is not 10")
    for arguments, word in [
        ((), "subcommand"),
        (("trian",), "trian"),
        (("train", "--dat", "digits"), 'did you mean "--data"'),
        (("list",), "optimizers"),
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
        (("train", "--data", "digits", "--epochs", "0"), "--epochs is 0"),
        (("train", "--data", "digits", "--epochs", "3000000000"), "--epochs is 3000000000"),
        (("train", "--data", "digits", "--epochs", "1e3"), "1e3"),
        (("train", "--data", "digits", "--seed", "99999999999999999999"), "2^63"),
        (("train", "--data", "digits", "--seed", "-1"), "--seed is -1"),
        (("train", "--data", "digits", "--batch", "0"), "--batch is 0"),
        (("train", "--data", "digits", "--threads", "-1"), "--threads is -1"),
        (("train", "--data", "digits", "--memory-limit", "-1"), "--memory-limit is -1"),
        (("train", "--data", "digits", "--patience", "-1"), "--patience is -1"),
        (("train", "--data", "digits", "--every", "0s"), "0 seconds"),
        (("train", "--data", "digits", "--set", "lr=1", "--set", "lr=2"), "as 1 and as 2"),
        (("train", "--data", "digits:x"), "no argument"),
        (("show", "optimizer", "lion"), "--plugin lion"),
        (("train", "--data", "digits", "--optimizer", "lion"), "--plugin lion"),
        (("train", "--data", "digits", "--set", "sgd.lr=1"), "sgd is not used"),
        (("train", "--data", "digits", "--set", ".lr=1"), "name=value"),
        (("compare", "--data", "moons", "--optimizers", plugin.replace("lion", "lecun_uniform")), "holds no optimizer"),
        (("train", "--data", "digits", "--save", "./out", "--json", "out"), "are one file"),
        (("compare", "--optimizers", "adam,sgd,adam"), "--optimizers names adam twice"),
        (("compare", "--initializers", "zeros", "--initializers", "zeros"), "--initializers names zeros twice"),
        (("train", "--data", "digits", "--set", "adam.lr=1", "--set", "adam.lr=2"), "as 1 and as 2"),
        (("compare", "--seeds", "0"), "--seeds is 0"),
        (("compare", "--optimizers", ""), "--optimizers names none"),
        (("compare", "--initializers", "he"), "he"),
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
    for command in ("course", "train", "test", "compare", "list", "show"):
        check("Examples:" in run(command, "--help").stdout, f"{command} --help shows no example")


def test_list():
    for kind, some in [("optimizers", "adam"), ("initializers", "he_normal"), ("data", "digits"),
                       ("models", "mlp:H,..."), ("layers", "Linear"), ("operations", "matmul")]:
        names = [json.loads(line)["name"] for line in
                 run("list", kind, "--json").stdout.splitlines()]
        check(some in names and len(names) == len(set(names)), f"{kind}: {names}")
        check(some in run("list", kind).stdout, kind)
    items = [json.loads(line) for kind in ("operations", "layers")
             for line in run("list", kind, "--json").stdout.splitlines()]
    summaries = [item["summary"] for item in items]
    check(all(summaries), f"without a summary: {[item for item in items if not item['summary']]}")
    layers = {item["name"]: item["summary"] for item in items}
    check("MaxPool2d" not in layers["AvgPool2d"] and "Sequential" in layers, layers)
    cut = [text for text in summaries if text and text[-1] in ",(-" or
           text.endswith((" of", " the", " and", " or", " is", " a", " in", " by", " for",
                          " where"))]
    check(not cut, f"summaries that end within a sentence: {cut}")
    check(max(map(len, summaries)) > 100, "no sentence is longer than a line of a header")
    # On a terminal a long one goes on below its beginning.
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 72, 0, 0))
    listing = subprocess.Popen([attune, "list", "layers"], stdout=slave)
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # how the other end's close looks on Linux
            break
        if not part:
            break
        shown += part
    check(listing.wait() == 0, "list on a terminal")
    lines = shown.decode().splitlines()
    check(max(map(len, lines)) <= 72, f"lines longer than the terminal: {lines}")
    check(any(line.startswith("     ") for line in lines), lines)
    check("lion" in run("list", "optimizers", "--plugin", plugin).stdout, "the plugin is not listed")
    for name in [json.loads(line)["name"] for line in
                 run("list", "optimizers", "--json").stdout.splitlines()]:
        shown = json.loads(run("show", "optimizer", name, "--json").stdout)
        check(shown["cite"] and "lr" in [option["name"] for option in shown["options"]], shown)
        check("weight_decay" in run("show", "optimizer", name).stdout, name)
        for option in shown["options"] + shown["host_options"]:
            check(type(option["default"]) is {"bool": bool, "choice": str}.get(option["kind"], float), option)
            check(("choices" in option) == (option["kind"] == "choice"), option)
            check(("low_open" in option) == (option["kind"] not in ("choice", "bool")), option)
    check("fan_in" in run("show", "initializer", "he_normal").stdout, "he_normal without its mode")


run_test(globals())
