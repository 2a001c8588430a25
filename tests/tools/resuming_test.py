#!/usr/bin/env python3
# Killed, interrupted, resumed: the end is that of a run left alone.
import os
import signal
import subprocess
import time

from tool import attune, check, DIGITS, events, killed, run, train, run_test

def test_resume():
    killed(epochs=60)
    killed("--model", "cnn:4,8", epochs=8)


def test_checkpoints():
    train("--checkpoint", "run.ckpt", epochs=1)
    whole = open("run.ckpt", "rb").read()
    for path, content in [("cut.ckpt", whole[:-10]), ("short.ckpt", whole[:500]), ("empty.ckpt", b""),
                          ("words.ckpt", b"no checkpoint but quite some words")]:
        open(path, "wb").write(content)
        error = run(*DIGITS, "--resume", path, status=1).stderr
        check(path in error and ("cut short" in error or "damaged" in error), error)
        check(open(path, "rb").read() == content, f"{path} was written to")
    for arguments, words in [
        (("--model", "mlp:32"), ["layers.1.bias", "[64]", "[32]"]),
        (("--model", "mlp:64,64"), ["missing", "layers.5.weight"]),
        (("--data", "moons"), ["layers.1.weight", "[64, 2]"]),
        (("--optimizer", "sgd"), ["adam version 1", "sgd version 1"]),
    ]:
        error = run(*DIGITS, *arguments, "--resume", "run.ckpt", status=1).stderr
        check(all(word in error for word in ["run.ckpt", *words]), error)
    other_rate = run(*DIGITS, "--epochs", "2", "--set", "lr=0.5", "--resume", "run.ckpt", status=2).stderr
    check(all(word in other_rate for word in ["run.ckpt", "lr", "0.001", "0.5"]), other_rate)
    finished = run(*DIGITS, "--epochs", "1", "--set", "lr=0.5", "--resume", "run.ckpt", status=2).stderr
    check(all(word in finished for word in ["run.ckpt", "lr", "0.001", "0.5"]), finished)
    again = run(*DIGITS, "--epochs", "1", "--resume", "run.ckpt").stderr
    check("nothing was trained" in again, again)
    open("lines.jsonl", "w").write("from before\n")
    run(*DIGITS, "--epochs", "2", "--set", "lr=0.5", "--resume", "run.ckpt", "--json", "lines.jsonl", status=2)
    check(open("lines.jsonl").read() == "from before\n", "a refused resume emptied --json")
    open("other.ckpt", "wb").write(whole)
    for option in ("--save", "--json"):
        error = run(*DIGITS, "--epochs", "2", "--resume", "other.ckpt", "--checkpoint", "new.ckpt", option,
                    "./other.ckpt", status=2).stderr
        check("other.ckpt" in error and open("other.ckpt", "rb").read() == whole, f"{option}: {error}")
    check("seed" in run(*DIGITS, "--seed", "9", "--resume", "run.ckpt", status=2).stderr, "seed")
    check(open("run.ckpt", "rb").read() == whole, "a refused resume wrote to the checkpoint")
    # Both options may name one file, however they spell it; two files: the first is left alone.
    three = train("--resume", "run.ckpt", "--checkpoint", "./run.ckpt", epochs=3)[-1]
    check(three["weights_digest"] == train(epochs=3)[-1]["weights_digest"], "resumed elsewhere")
    open("run.ckpt", "wb").write(whole)
    train("--resume", "run.ckpt", "--checkpoint", "other.ckpt", epochs=2)
    check(open("run.ckpt", "rb").read() == whole, "--checkpoint did not leave --resume alone")
    # Where there is none to resume, the run begins, whatever lies where it will save.
    begun = train("--resume", "none.ckpt", "--checkpoint", "other.ckpt", epochs=1)
    check([line["event"] for line in begun] == ["epoch", "done"], begun)
    # A refused resume leaves both alone.
    keep = open("other.ckpt", "rb").read()
    for arguments, status, words in [
        (("--resume", "cut.ckpt"), 1, ["cut.ckpt"]),
        (("--resume", "run.ckpt", "--set", "lr=0.5"), 2, ["lr"]),
        (("--resume", "run.ckpt", "--init", "zeros"), 2, ["--init", "he_normal", "zeros"]),
        (("--resume", "run.ckpt", "--init-set", "gain=2"), 2, ["--init", "gain=2"]),
    ]:
        error = run(*DIGITS, *arguments, "--checkpoint", "other.ckpt", status=status).stderr
        check(all(word in error for word in [arguments[1], *words]), error)
        check(open("other.ckpt", "rb").read() == keep, f"{arguments} wrote to --checkpoint")
    # Other samples, as many of them and of the same shape.
    circle = (*DIGITS, "--data", "circles", "--epochs", "1")
    run(*circle, "--checkpoint", "circles.ckpt")
    error = run(*circle, "--data", "moons", "--resume", "circles.ckpt", status=2).stderr
    check("circles.ckpt" in error and "training set" in error, error)
    # The lines of a resumed run are those of the whole.
    train("--checkpoint", "run.ckpt", epochs=2)
    whole, rest = train(epochs=4), train("--resume", "run.ckpt", epochs=4)
    figures = [[(line["epoch"], line["train_loss"]) for line in lines[:-1]] for lines in (whole, rest)]
    check(figures[0] == figures[1], figures)


def test_interrupt():
    def figures(line):
        return [line[key] for key in ("event", "epoch", "train_loss", "dev_loss", "dev_accuracy")]
    whole = train(epochs=60)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if os.path.exists("run.ckpt"):
            os.remove("run.ckpt")
        line = [attune, *DIGITS, "--epochs", "60", "--json", "run.jsonl"]
        for more in (["--resume", "run.ckpt"], []):
            os.remove("run.jsonl")  # whose lines stay until the first of the run
            process = subprocess.Popen([*line, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            check("parameters" in process.stdout.readline(), "the first line")
            while not events("run.jsonl") and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(number)
            _, error = process.communicate()
            check(process.returncode == 128 + number, (process.returncode, error))
            # An epoch that was broken off leaves no figures: what stands there is of the whole run.
            lines = events("run.jsonl")
            check([figures(line) for line in lines] == [figures(line) for line in whole[:len(lines)]], lines)
            check(error.count("train loss") == len(lines) and f"epoch {len(lines)}/60: train loss" in error, error)
            check("--resume run.ckpt" in error if more else "nothing was kept" in error, error)
        rest = train("--resume", "run.ckpt", epochs=60)
        check(rest[-1]["weights_digest"] == whole[-1]["weights_digest"], "an interrupted run ends elsewhere")
        check([line["event"] for line in rest] == ["epoch"] * 60 + ["done"], rest)


run_test(globals())
