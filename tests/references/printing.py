#!/usr/bin/env python3
"""What NumPy prints: printing.py > printing.hpp

Python 3 with NumPy (2.4.6 when the committed file was made). Each case is a shape, a type and numbers; the
C++ test builds the same tensor and compares the text of operator<<, without attune's remark on type and shape.
"""
import numpy as np

nan, inf = float("nan"), float("inf")
CASES = [
    ("f32", [1, 2.5, -3]),
    ("f32", [0.1, 0.2, 0.3]),
    ("f64", [0.1, 1 / 3, 2 / 3]),
    ("f32", [1 / 3, 100.125, -7]),
    ("f64", [1e-5, 1]),
    ("f64", [1e-4, 0.1]),
    ("f32", [1e-4, 0.1]),
    ("f64", [1e8, 1]),
    ("f64", [99999999.0, 100000.0]),
    ("f64", [0.001, 1.0009]),
    ("f32", [1e6, 1e6]),
    ("f32", [999999, 1000]),
    ("f64", [1e100, 1.5, -2e-300]),
    ("f64", [1e10, 1.123456789123]),
    ("f32", [1e-38, 3.4e38]),
    ("f64", [nan, 1, inf, -inf]),
    ("f32", [nan, nan]),
    ("f32", [inf, -1.25]),
    ("f64", [-inf, 1e-7]),
    ("f32", [0, -0.0]),
    ("f64", [0.30000000000000004, 2]),
    ("f64", [1234.56789012345]),
    ("f64", [0.000123456789, 0.1]),
    ("f32", [-2.7242969e-04, 1.25e5, 3.1]), ("f64", [5e-324, 1.5]), ("f64", [5e-324]), ("f32", [1e-45, 1.5e10]),
    ("f32", [0.1, 1.2345678e-7, 16777216]), ("f64", [0.1, 1e-9, 1.23456789]), ("f32", [1e-6, 0.3, 7.25]),
    ("f32", [[1, 2], [3, 4]]),
    ("f32", [[[1, 2], [3, 4]], [[5, 6], [7, 8.5]]]),
    ("i64", [[1, -20], [300, 4]]),
    ("u8", [0, 255, 7]),
    ("bool", [True, False]),
    ("bool", [[True], [False]]),
    ("i64", [9223372036854775807, -9223372036854775808]),
    ("f32", 1.5), ("f64", 1e-10), ("f64", 1e16), ("f64", 123456789012345.6), ("f32", 1e-4),
    ("f32", 0.1), ("f32", 3.0), ("i64", -7), ("bool", True), ("f64", nan), ("f32", 1e15), ("f64", 9e15),
    ("f32", 999999.0), ("f32", 1e6), ("f32", 16777216.0), ("f64", 12345678.0),
]
RANGES = [("i64", (30,), 1), ("f32", (40,), 0.5), ("f64", (7, 12), 0.125), ("i64", (1001,), 1),
          ("f32", (1000,), 1), ("f64", (40, 50), 1), ("i64", (12, 10, 11), 1), ("f32", (2, 700), 0.25),
          ("i64", (2, 2, 2, 200), 3), ("f32", (3, 1, 25), 0.03125), ("u8", (5, 4), 1)]
TYPES = {"f32": np.float32, "f64": np.float64, "i64": np.int64, "u8": np.uint8, "bool": np.bool_}


def literal(x):
    if isinstance(x, bool) or isinstance(x, int):
        return "INT64_MIN" if x == -2**63 else str(x).lower()
    if x != x:
        return "nan"
    if x in (inf, -inf):
        return "inf" if x > 0 else "-inf"
    return repr(x)


def braces(values):
    return "{" + ", ".join(map(literal, values)) + "}"


def text(array):
    return "R\"(" + str(array) + ")\""


def main():
    print(f"// Written by printing.py with NumPy {np.__version__}: do not edit.\n#pragma once\n")
    print("#include <attune/dtype.hpp>\n#include <attune/shape.hpp>\n#include <cstdint>\n#include <limits>\n"
          "#include <vector>\n\nnamespace attune::tests {\n")
    print("inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();\n"
          "inline constexpr double inf = std::numeric_limits<double>::infinity();\n")
    print("struct Printed {\n  DType dtype;\n  Shape shape;\n  std::vector<Number> values;\n  const char* text;\n};\n")
    print("inline const Printed printed[] = {")
    for name, values in CASES:
        array = np.array(values, dtype=TYPES[name])
        flat = np.array(values, dtype=object).reshape(-1).tolist()
        dtype = "boolean" if name == "bool" else name
        print(f"    {{{dtype}, {braces(array.shape)}, {braces(flat)},\n     {text(array if array.shape else array[()])}}},")
    print("};\n")
    print("// Elements are 0, step, 2 step, ...\nstruct PrintedRange {\n  DType dtype;\n  Shape shape;\n  double step;\n"
          "  const char* text;\n};\n")
    print("inline const PrintedRange printed_ranges[] = {")
    for name, shape, step in RANGES:
        array = (np.arange(np.prod(shape)) * step).reshape(shape).astype(TYPES[name])
        print(f"    {{{name}, {braces(shape)}, {step},\n     {text(array)}}},")
    print("};\n\n}  // namespace attune::tests")


if __name__ == "__main__":
    main()
