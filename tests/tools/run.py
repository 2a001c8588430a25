#!/usr/bin/env python3
# Runs one test of the command line tool:  run.py TEST ATTUNE PLUGIN  (in a folder of its own)
import fcntl
import json
import os
import pty
import resource
import signal
import struct
import subprocess
import sys
import termios
import time
import zipfile

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


def threads_of(process):
    """How many threads of a process had a real part of its processor time, counted until its end."""
    ticks = {}
    while process.poll() is None:
        try:
            for task in os.listdir(f"/proc/{process.pid}/task"):
                with open(f"/proc/{process.pid}/task/{task}/stat") as file:
                    ticks[task] = int(file.read().rsplit(")", 1)[1].split()[11])
        except OSError:  # one has ended meanwhile
            pass
        time.sleep(0.02)
    return sum(used > sum(ticks.values()) / 100 for used in ticks.values())


def table(path, lines, header="length,\"width, in cm\",species"):
    with open(path, "w") as file:
        file.write("\n".join([header, *lines]) + "\n")


FLOWERS = [f"{i % 3 + i / 100},{-(i % 3)},{name}" for i in range(60)
           for name in [('"iris, blue"', "red", '"the ""third"""')[i % 3]]]


def array(numbers, shape, kind):
    """The bytes of a .npy file."""
    code = {"<f8": "d", "<f2": "e", "<i2": "h", "<i8": "q", "|b1": "?"}[kind]
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
            struct.pack(f"<{len(numbers)}{code}", *numbers))


def archive(path, **arrays):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in arrays.items():
            file.writestr(name + ".npy", content)


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
    table("renamed.csv", [line.replace("red", "zed") for line in FLOWERS])
    check("classes" in run("test", "flowers.safetensors", "--data", "csv:renamed.csv", status=1).stderr, "classes")
    run("test", "weights.safetensors", "--json", "weights.safetensors", status=2)
    check(open("weights.safetensors", "rb").read() == bare, "--json overwrote the weights")


def test_resume():
    killed(epochs=60)
    killed("--model", "cnn:4,8", epochs=8)


def killed(*more, epochs):
    if os.path.exists("run.ckpt"):
        os.remove("run.ckpt")
    whole = train(*more, epochs=epochs)[-1]
    process = subprocess.Popen([attune, *DIGITS, *more, "--epochs", str(epochs),
                                "--checkpoint", "run.ckpt", "--every", "7"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not os.path.exists("run.ckpt") and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    check(process.wait() == -signal.SIGKILL, "the run was over before it could be killed")
    resumed = train(*more, "--resume", "run.ckpt", epochs=epochs)[-1]
    check(resumed["weights_digest"] == whole["weights_digest"], "a resumed run ends elsewhere")
    check(resumed["test_accuracy"] == whole["test_accuracy"], "the figures differ")


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
    for number in (signal.SIGINT, signal.SIGTERM):
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


def test_files():
    table("flowers.csv", FLOWERS)
    train("--data", "csv:flowers.csv", epochs=2)
    for name, lines, words in [
        ("hole", [*FLOWERS[:40], "1,NaN,red", *FLOWERS[40:]], [":42:", "width, in cm", "NaN"]),
        ("gap", [*FLOWERS[:40], "1,red"], [":42:", "2 cells", "3"]),
        ("word", [*FLOWERS[:40], "1,wide,red"], [":42:", "wide", "not a number"]),
        ("bare", [], ["no samples"]),
        ("few", FLOWERS[:3], ["3 samples", "at least 5"]),
        ("rare", [*FLOWERS[:40], "1,2,black"], ["black", "1 samples"]),
        ("open", [*FLOWERS[:40], '1,"2,black'], [":42:", "quote"]),
    ]:
        table(f"{name}.csv", lines)
        error = run(*DIGITS, "--data", f"csv:{name}.csv", status=1).stderr
        check(all(word in error for word in [f"{name}.csv", *words]), error)
    # Tables of other habits, by options.
    houses = [f"a{i};{i % 7};{i % 3};{i}" for i in range(60)]
    table("houses.csv", ["drawn up today", "id;price;rooms;age", *houses], header="# houses")
    options = ",separator=;,target=price,ignore=id,skip_lines=2"
    asked = train("--data", f"csv:houses.csv{options},classes=false", epochs=1)
    check("dev_accuracy" not in asked[0], asked)
    check("dev_accuracy" in train("--data", f"csv:houses.csv{options}", epochs=1)[0], "classes")
    table("plain,odd.csv", ["1\t2\t0", "3\t4\t1"] * 10, header="5\t6\t0")
    # A name with a comma in it is quoted, as in the table.
    table("quoted.csv", [f"{i % 7},{i},{i % 3}" for i in range(60)], header='length,"width, ""w""",species')
    ignored = train("--data", 'csv:quoted.csv,ignore="width, ""w"""', epochs=1)[-1]
    check(ignored["parameters"] == 64 + 64 + 64 * 3 + 3, ignored)
    train("--data", "csv:plain,odd.csv,header=false,separator=tab,target=-1", epochs=1)
    for argument, status, words in [
        (",tagret=price", 2, ['did you mean "target"']),
        (",separator=;;", 2, ["separator=;;", "one character"]),
        (",classes=no", 2, ["true or false"]),
        (",skip_lines=two", 2, ["whole number"]),
        (",target=price,target=0", 2, ["target=0", "given twice"]),
        (",skip_lines=-1", 2, ["skip_lines=-1", "whole number"]),
        (",separator=;,skip_lines=2", 1, ["houses.csv:4", "leave the column out (ignore=)"]),
        (",separator=;,skip_lines=3", 1, ["Say header=true or false, and ignore= columns"]),
        (",skip_lines=2", 1, ["separated by ';'? (separator=)"]),
        (options.replace("=price", "=cost"), 1, ["houses.csv", 'no column "cost"']),
    ]:
        error = run(*DIGITS, "--data", "csv:houses.csv" + argument, status=status).stderr
        check(all(word in error for word in words) and " ." not in error, error)
    error = run(*DIGITS, "--data", "csv:rare.csv", status=1).stderr
    check("leave it out" in error and "stratify" not in error, error)
    long = run(*DIGITS, "--data", "csv:," + 30000 * "a", status=1).stderr
    check("aaa" in long, "an argument of 30000 characters")
    open("empty.csv", "w").close()
    check("empty.csv" in run(*DIGITS, "--data", "csv:empty.csv", status=1).stderr, "empty.csv")

    numbers, classes = [i % 3 + i / 100 for i in range(60)], [i % 3 for i in range(60)]
    x, y = array(numbers, (30, 2), "<f8"), array(classes[:30], (30,), "<i8")
    archive("good.npz", x=x, y=y)
    train("--data", "npz:good.npz", epochs=2)
    archive("pictures.npz", x=array(numbers * 30, (50, 6, 6), "<f8"),
            y=array(classes[:50], (50,), "<i8"))
    train("--data", "npz:pictures.npz", "--model", "cnn:4", epochs=1)
    nan, inf = float("nan"), float("inf")
    for name, arrays, words in [
        ("hole", {"x": array([*numbers[:7], nan, *numbers[8:]], (30, 2), "<f8"), "y": y},
         ["x of sample 3", "NaN"]),
        ("target", {"x": x, "y": array([inf] * 30, (30,), "<f8")}, ["y of sample 0"]),
        ("lone", {"y": y}, ['no tensor "x"']),
        ("uneven", {"x": x, "y": array(classes, (60,), "<i8")}, ["30 samples", "60"]),
        ("none", {"x": array([], (0, 2), "<f8"), "y": array([], (0,), "<i8")}, ["0 samples"]),
        ("bare", {"x": array([], (30, 0), "<f8"), "y": y}, ["[0]", "feature"]),
        ("flat", {"x": array(numbers[:30], (30,), "<f8"), "y": y}, ["x [n, features]"]),
        ("wide", {"x": x, "y": array(classes, (30, 2), "<i8")}, ["[2]", "[n]"]),
        ("truth", {"x": x, "y": array(classes[:30], (30,), "|b1")}, ["bool", "u8"]),
        ("below", {"x": x, "y": array([-1] * 30, (30,), "<i8")}, ["class -1"]),
        ("far", {"x": x, "y": array([10**9] * 30, (30,), "<i8")}, ["1000000000", "30 samples"]),
        ("half", {"x": array(numbers, (30, 2), "<f2"), "y": y}, ["<f2", "astype('float32')"]),
        ("tiny", {"x": x, "y": array(classes[:30], (30,), "<i2")}, ["<i2", "astype('int64')"]),
        ("short", {"x": array(numbers[:9], (30, 2), "<f8"), "y": y}, ["480 bytes", "72"]),
    ]:
        archive(f"{name}.npz", **arrays)
        error = run(*DIGITS, "--data", f"npz:{name}.npz", status=1).stderr
        check(all(word in error for word in [f"{name}.npz", *words]), error)
    whole = open("good.npz", "rb").read()
    at = whole.index(struct.pack("<d", numbers[7]))
    open("crc.npz", "wb").write(whole[:at] + struct.pack("<d", 8) + whole[at + 8:])
    check("checksum" in run(*DIGITS, "--data", "npz:crc.npz", status=1).stderr, "another number")
    open("cut.npz", "wb").write(whole[:len(whole) // 2])
    check("cut.npz" in run(*DIGITS, "--data", "npz:cut.npz", status=1).stderr, "cut.npz")


def small_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_writing():
    quick = (*DIGITS, "--epochs", "1")
    for arguments, words in [
        (("--every", "5"), ["--every 5", "--checkpoint"]),
        (("--save", "z", "--checkpoint", "./z"), ["--save and --checkpoint", "one file"]),
        (("--save", "z", "--resume", "z"), ["--save and --checkpoint"]),
        (("--data", "csv:flowers.csv", "--json", "./flowers.csv"), ["--data and --json"]),
    ]:
        table("flowers.csv", FLOWERS)
        open("z", "w").close()
        error = run(*quick, *arguments, status=2).stderr
        check(all(word in error for word in words), error)
        check(len(open("flowers.csv").readlines()) == 61, "the data were written over")
    # What cannot be saved costs no figures. (A file limit stands in for a full disk.)
    full = subprocess.run([attune, *quick, "--model", "mlp:2048", "--save", "big.safetensors", "--json",
                           "run.jsonl"], text=True, capture_output=True, preexec_fn=small_files)
    check(full.returncode == 1 and "big.safetensors" in full.stderr, full)
    check("test accuracy" in full.stdout and events("run.jsonl")[-1]["event"] == "done", full)
    check(not [name for name in os.listdir() if "big.safetensors" in name], os.listdir())
    for option, path, word in [("--save", "/dev/full", "device"), ("--checkpoint", "/dev/full", "device"),
                               ("--save", "nowhere/w", "nowhere"), ("--checkpoint", ".", "folder"),
                               ("--json", "nowhere/lines", "nowhere")]:
        done = run(*quick, option, path, status=1)
        check(path in done.stderr and word in done.stderr, done.stderr)
        check("epoch 1" not in done.stdout + done.stderr, f"{option} {path} is found after training")
    check("No space left" in run(*quick, "--json", "/dev/full", status=1).stderr, "--json /dev/full")
    for arguments in [quick, ("list", "operations"), ("list", "data", "--json"),
                      ("show", "optimizer", "adam")]:
        with open("/dev/full", "w") as full:
            done = subprocess.run([attune, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
        check(done.returncode == 1 and "No space left" in done.stderr, (arguments, done))
    if os.geteuid() != 0:  # whom no folder refuses
        os.makedirs("closed", exist_ok=True)
        os.chmod("closed", 0o555)
        check("closed" in run(*quick, "--save", "closed/w", status=1).stderr, "a closed folder")


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
        for _ in range(8):
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


globals()["test_" + test]()
