# What the tests of the command line tool share. A file of them ends with run_test(globals()) and is called as
#   FILE TEST ATTUNE PLUGIN   (in a folder of its own)
import json
import os
import signal
import subprocess
import sys
import time

test, attune, plugin = sys.argv[1:]


def run_test(functions):
    functions["test_" + test]()


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
