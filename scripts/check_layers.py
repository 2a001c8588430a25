#!/usr/bin/env python3
"""The house rules that a machine can check: layers, heavy libraries, file sizes, openings, paths.

Prints one line for each breach, `file:line: what`, and ends with status 1 if there was one.
With --self-test: plants each kind of breach in an empty tree and fails if one of them is not found.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# What each layer may include besides itself. Arrows point down; nn and optim do not know each other.
BELOW = {
    "core": [],
    "autograd": ["core"],
    "nn": ["core", "autograd"],
    "optim": ["core", "autograd"],
    "plugins": ["core", "autograd", "nn", "optim"],
    "data": ["core", "autograd", "nn", "optim"],
    "train": ["core", "autograd", "nn", "optim", "plugins", "data"],
    "tune": ["core", "autograd", "nn", "optim", "plugins", "data", "train"],
}
# Everything else stands above the layers. What a user writes sees public headers only.
AS_A_USER = ["examples", "tools"]
# Public headers that may include xtensor and xsimd; no other public header may include these.
ARRAY_HEADERS = {"attune/xtensor.hpp", "attune/op.hpp", "attune/rule.hpp", "attune/rule_loop.hpp", "attune/simd.hpp",
                 "attune/rule_check.hpp", "attune/rule_calls.hpp", "attune/rule_table.hpp", "attune/plugin.hpp"}
ARRAY_LIBRARIES = re.compile(r"xtensor/|xsimd/|xtl/")
# Libraries that enter through .cpp files only.
SOURCE_ONLY = re.compile(r"fmt/|nlohmann/|CLI/|Eigen/|zlib\.h|xxhash\.h|tbb/|oneapi/|backtrace\.h")
# The one private header that may bring one of them: every message of an error is built there.
ONE_HOME = {"core/format.hpp": "fmt/"}
SOURCE_SUFFIXES = {".cpp", ".hpp", ".h"}
TEXT_SUFFIXES = SOURCE_SUFFIXES | {".cmake", ".in", ".json", ".md", ".py", ".sh", ".txt", ""}
MAX_LINES = 500
MAX_OPENING = 6
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
MACHINE_PATH = re.compile(r"(?<![\w.}])/(?:" + "|".join(["work", "root", "home", "Users", "tmp", "farm"]) + r")/")


def layer_line(text):
    found = re.search(r"^(?://| \*) Layer: (\w+)\.$", text, re.MULTILINE)
    return found.group(1) if found else None


class House:
    def __init__(self, root):
        self.root = root
        self.breaches = []

    def refuse(self, path, number, what):
        self.breaches.append(f"{path}:{number}: {what}")

    def layer_of(self, path):
        """The layer of a file, or None for what may see everything."""
        if path.parts[:2] == ("include", "attune"):
            return layer_line((self.root / path).read_text())
        return path.parts[0] if path.parts[0] in BELOW else None

    def layer_of_include(self, quote, target):
        place = pathlib.Path("include") / target if target.startswith("attune/") else pathlib.Path(target)
        if quote == '"' and not target.startswith("attune/"):
            return place.parts[0] if place.parts[0] in BELOW else None
        return self.layer_of(place) if (self.root / place).is_file() else None

    def check_includes(self, path, lines):
        public = path.parts[0] == "include"
        name = "/".join(path.parts[1:])
        layer = self.layer_of(path)
        if public and layer not in BELOW:
            self.refuse(path, 1, f"needs a line `// Layer: x.` with one of {', '.join(BELOW)}")
            return
        is_plugin = path.parts[0] == "plugins" and len(path.parts) > 2
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, target = match.groups()
            included = self.layer_of_include(quote, target)
            if ".." in target:
                self.refuse(path, number, f"includes {target}: write the path from the root")
            if layer and included and included != layer and included not in BELOW[layer]:
                self.refuse(path, number, f"layer {layer} includes {target} of layer {included}")
            if public and quote == '"':
                self.refuse(path, number, f"a public header includes the private {target}")
            if public and name not in ARRAY_HEADERS and (ARRAY_LIBRARIES.match(target) or target in ARRAY_HEADERS):
                self.refuse(path, number, f"a public header brings in {target}")
            at_home = target.startswith(ONE_HOME.get(str(path), "\n"))
            if path.suffix != ".cpp" and path.parts[0] != "tests" and SOURCE_ONLY.match(target) and not at_home:
                self.refuse(path, number, f"{target} belongs in .cpp files only")
            if (path.parts[0] in AS_A_USER or is_plugin) and included and quote == '"' and \
                    not target.startswith("attune/"):
                self.refuse(path, number, f"a user's file includes the private {target}")

    def check_opening(self, path, lines):
        # In C++ `//`, in a C header `/*`. A manual may follow, set off by an empty comment line.
        mark = ("/* ", " * ") if lines and lines[0].startswith("/*") else ("// ",)
        length = next((i for i, line in enumerate(lines) if not line.startswith(mark)), len(lines))
        if not 1 <= length <= MAX_OPENING:
            self.refuse(path, 1, f"opens with {length} comment lines, not 1 to {MAX_OPENING}: what it is and is not")

    def check(self, path):
        if path.suffix not in TEXT_SUFFIXES or not (self.root / path).is_file():
            return
        try:
            lines = (self.root / path).read_text().splitlines()
        except UnicodeDecodeError:
            return
        for number, line in enumerate(lines, 1):
            if MACHINE_PATH.search(line):
                self.refuse(path, number, "a path of one machine")
        if path.suffix in SOURCE_SUFFIXES:
            if len(lines) > MAX_LINES:
                self.refuse(path, len(lines), f"{len(lines)} lines, {MAX_LINES} is the ceiling: split by concept")
            self.check_opening(path, lines)
            self.check_includes(path, lines)


def files_of(root):
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        sys.exit("layers: git is not installed (scripts/setup.sh ci), and it names the files to look at")
    except subprocess.CalledProcessError as error:
        sys.exit(f"layers: {' '.join(command)}: {error.stderr.strip()}")
    return [pathlib.Path(line) for line in listed.splitlines()]


def self_test():
    opening = "// x\n"
    clean = {
        "include/attune/a.hpp": opening + "// Layer: core.\n",
        "include/attune/n.hpp": opening + "// Layer: nn.\n#include <attune/a.hpp>\n",
        "include/attune/op.hpp": opening + "// Layer: autograd.\n#include <xtensor/xarray.hpp>\n",
        "optim/a.cpp": opening + '#include "core/a.hpp"\n#include <fmt/format.h>\n',
    }
    broken = {
        "include/attune/b.hpp": opening + "// Layer: core.\n#include <attune/n.hpp>\n",
        "include/attune/c.hpp": opening,
        "include/attune/d.hpp": opening + "// Layer: core.\n#include <xsimd/xsimd.hpp>\n",
        "include/attune/e.hpp": opening + "// Layer: tune.\n#include <attune/op.hpp>\n",
        "include/attune/f.hpp": opening + '// Layer: core.\n#include "core/a.hpp"\n',
        "optim/b.cpp": opening + '#include "nn/a.hpp"\n',
        "nn/c.cpp": opening + '#include "optim/a.hpp"\n',
        "core/d.cpp": opening + '#include "../nn/a.hpp"\n',
        "core/e.hpp": opening + "#include <fmt/format.h>\n",
        "core/f.cpp": "int x;\n",
        "core/g.cpp": opening + "\n" * MAX_LINES,
        "core/h.cpp": opening + "// see " + "/ho" + "me/somebody\n",
        "core/i.cpp": opening * (MAX_OPENING + 1),
        "examples/j.cpp": opening + '#include "core/a.hpp"\n',
        "plugins/k/k.cpp": opening + '#include "optim/a.hpp"\n',
    }
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name, text in {**clean, **broken}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        for name in {**clean, **broken}:
            house = House(root)
            house.check(pathlib.Path(name))
            if bool(house.breaches) != (name in broken):
                sys.exit(f"self-test: {name}: {house.breaches or 'its breach was not found'}")
    print(f"layers: {len(broken)} planted breaches found")


def main():
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.exit(print(__doc__.strip()))
    if "--self-test" in sys.argv[1:]:
        self_test()
        return
    root = pathlib.Path(__file__).resolve().parent.parent
    house = House(root)
    files = files_of(root)
    for path in files:
        house.check(path)
    print("\n".join(house.breaches) or f"layers: {len(files)} files")
    sys.exit(bool(house.breaches))


main()
