#!/usr/bin/env python3
# Tables and arrays of all kinds, and files that cannot be written.
import filecmp
import os
import resource
import shutil
import signal
import struct
import subprocess
import zipfile

from tool import attune, check, DIGITS, events, FLOWERS, plugin, run, table, train, run_test

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


def test_files():
    table("flowers.csv", FLOWERS)
    train("--data", "csv:flowers.csv", epochs=2)
    for name, lines, words in [
        ("hole", [*FLOWERS[:40], "1,NaN,red", *FLOWERS[40:]], [":42:", "width, in cm", "NaN"]),
        ("gap", [*FLOWERS[:40], "1,red"], [":42:", "2 cells", "3"]),
        ("word", [*FLOWERS[:40], "1,wide,red"], [":42:", "wide", "not a number"]),
        ("bare", [], ["no samples"]),
        ("few", FLOWERS[:3], ["3 samples", "at least 5"]),
        ("rare", [*FLOWERS[:40], "1,2,black"], ["black", "1 sample,"]),
        ("open", [*FLOWERS[:40], '1,"2,black'], [":42:", "quote"]),
    ]:
        table(f"{name}.csv", lines)
        error = run(*DIGITS, "--data", f"csv:{name}.csv", status=1).stderr
        check(all(word in error for word in [f"{name}.csv", *words]), error)
    table(".bad.csv", [*FLOWERS[:40], "1,NaN,red", *FLOWERS[40:]])
    check("csv: .bad.csv:42:" in run(*DIGITS, "--data", "csv:.bad.csv", status=1).stderr, "a name with a dot")
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
    # So is one that is a number.
    table("numbers.csv", [f"{i % 7},{i},{i % 3}" for i in range(60)], header="2.5,0,kind")
    data = "csv:numbers.csv,header=true,ignore="
    check("none left" in run(*DIGITS, "--data", data + '"0","2.5"', status=1).stderr, "both names")
    train("--data", data + '"0"', epochs=1)
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
    # Nor is a plugin that is found by its name alone.
    os.makedirs("plugins", exist_ok=True)
    shutil.copy(plugin, "plugins/mine.so")
    os.environ["ATTUNE_PLUGIN_PATH"] = os.path.abspath("plugins")
    for arguments in [(*quick, "--plugin", "mine", "--optimizer", "lion", "--json", "plugins/mine.so"),
                      (*quick, "--plugin", "mine", "--save", "plugins/mine.so"),
                      ("compare", "--data", "digits", "--optimizers", "mine.so", "--json", "plugins/mine.so")]:
        check("are one file" in run(*arguments, status=2).stderr, arguments)
        check(filecmp.cmp(plugin, "plugins/mine.so", shallow=False), "a plugin was written over")
    del os.environ["ATTUNE_PLUGIN_PATH"]
    # Nor is a file of a set that is named, wherever it lies.
    os.makedirs("sets", exist_ok=True)
    os.environ["ATTUNE_DATA_PATH"] = os.path.abspath("sets")
    sets = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../data/sets")
    for data, name in [("digits", "digits.csv.gz"), ("breast-cancer", "breast_cancer.csv")]:
        shutil.copy(os.path.join(sets, name), "sets")
        for command, option in [("train", "--save"), ("train", "--checkpoint"), ("train", "--json"), ("compare", "--json")]:
            error = run(command, "--data", data, option, f"sets/{name}", status=2).stderr
            check(f"--data and {option} are one file" in error, error)
            check(filecmp.cmp(os.path.join(sets, name), f"sets/{name}", shallow=False), f"{name} was written over")
    del os.environ["ATTUNE_DATA_PATH"]
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
    # Neither does text that nobody takes end a run, nor a full disk for --json.
    for name in ("kept.safetensors", "kept.ckpt", "lines.jsonl"):
        if os.path.exists(name):
            os.remove(name)
    with open("/dev/full", "w") as nowhere:
        check(subprocess.run([attune, *quick, "--save", "kept.safetensors"], stdout=nowhere, stderr=nowhere)
              .returncode == 1, "a log on a full disk")
        check(subprocess.run([attune, "train", "--dta", "digits"], stderr=nowhere).returncode == 2, "usage")
    check(os.path.exists("kept.safetensors"), "a full disk for the log cost the weights")
    os.remove("kept.safetensors")
    error = run(*quick, "--epochs", "2", "--json", "/dev/full", "--checkpoint", "kept.ckpt", "--save",
                "kept.safetensors", status=1).stderr
    check("left out" in error and error.count("/dev/full") == 1, error)
    check(os.path.exists("kept.ckpt") and os.path.exists("kept.safetensors"), "a full disk for --json")
    os.remove("kept.safetensors")
    process = subprocess.Popen([attune, *quick, "--epochs", "40", "--save", "kept.safetensors"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.stdout.close()
    process.stderr.close()
    check(process.wait() == 1 and os.path.exists("kept.safetensors"), "readers that went away cost the weights")
    # A file does not get the number of a closed stream, nor its text.
    subprocess.run(f"'{attune}' {' '.join(quick)} --json lines.jsonl >&- 2>&-", shell=True, check=False)
    check([line["event"] for line in events("lines.jsonl")] == ["epoch", "done"], "closed streams")
    for arguments in [quick, ("train", "--help"), ("list", "operations"), ("list", "data", "--json"),
                      ("show", "optimizer", "adam")]:
        with open("/dev/full", "w") as full:
            done = subprocess.run([attune, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
        check(done.returncode == 1 and "No space left" in done.stderr, (arguments, done))
    if os.geteuid() != 0:  # whom no folder refuses
        os.makedirs("closed", exist_ok=True)
        os.chmod("closed", 0o555)
        check("closed" in run(*quick, "--save", "closed/w", status=1).stderr, "a closed folder")


run_test(globals())
