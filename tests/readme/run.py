#!/usr/bin/env python3
# The programs in README.md compile, without a warning, and run:  run.py README INCLUDE LIBRARY COMPILER
import pathlib
import re
import subprocess
import sys

readme, include, library, compiler = sys.argv[1:]
blocks = re.findall(r"^```cpp\n(.*?)^```", pathlib.Path(readme).read_text(), re.MULTILINE | re.DOTALL)
programs = [block for block in blocks if "int main(" in block]
if not programs:
    sys.exit(f"{readme}: no program among its {len(blocks)} blocks of C++")
for number, program in enumerate(programs):
    source = pathlib.Path(f"readme_{number}.cpp")
    source.write_text(program)
    binary = source.with_suffix("").resolve()
    subprocess.run([compiler, "-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{include}", str(source),
                    library, f"-Wl,-rpath,{pathlib.Path(library).parent}", "-o", str(binary)], check=True)
    subprocess.run([str(binary)], check=True)
