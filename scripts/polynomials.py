#!/usr/bin/env python3
"""polynomials.py: computes the coefficients in core/simd/math_coefficients.hpp and those of pieces in
core/simd/math_piece_coefficients.hpp, and writes the files; then scripts/check_format.sh --fix.

Each polynomial interpolates its function at the Chebyshev points of the interval, which comes within a
factor of two of the smallest largest error. Computed with 60 digits by mpmath (1.3.0, python3-mpmath) and
rounded once. The errors printed beside them are those of the unrounded polynomial.
"""
import pathlib
import re
import sys
import textwrap

import mpmath
from mpmath import mpf

mpmath.mp.dps = 60
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "core/simd"
TARGET, PIECES_TARGET = FOLDER / "math_coefficients.hpp", FOLDER / "math_piece_coefficients.hpp"
TINY = mpf(2) ** -60

HEAD = """// Written by scripts/polynomials.py: what each polynomial is of, and where. Do not edit.
#pragma once

namespace attune::internal {
namespace {

template <class T>
struct Coefficients;

"""


def interpolated(function, low, high, count):
    """c of the sum of c[i] x^i that meets the function at the Chebyshev points of [low, high]."""
    points = [(low + high) / 2 + (high - low) / 2 * mpmath.cos((2 * i + 1) * mpmath.pi / (2 * count))
              for i in range(count)]
    points = [x if abs(x) > TINY else TINY for x in points]
    rows = mpmath.matrix(count, count)
    values = mpmath.matrix(count, 1)
    for i, x in enumerate(points):
        values[i] = function(x)
        for j in range(count):
            rows[i, j] = x ** j
    solution = mpmath.lu_solve(rows, values)
    return [solution[i] for i in range(count)]


def largest_error(function, weight, low, high, coefficients):
    places = [low + (high - low) * i / 500 for i in range(501)]
    return max(abs(weight(x) * (mpmath.polyval(coefficients[::-1], x) - function(x)))
               for x in places if abs(x) > TINY)


def of_square(function):
    """z -> (f(x) / x) at x = sqrt(z), for odd f."""
    return lambda z: function(mpmath.sqrt(z)) / mpmath.sqrt(z)


def normal_tail(x):
    """What the normal distribution has beyond x, times e^(x^2 / 2)."""
    return mpmath.erfc(x / mpmath.sqrt(mpf(2))) * mpmath.exp(x * x / 2) / 2


def rational(function, end, middle, degree, lower_degree):
    """p and q, q[0] = 1, such that p(x) / q(x) meets the function at the Chebyshev points of x / (x + middle)
    for x in [0, end]."""
    count = degree + lower_degree + 1
    top = end / (end + middle)
    rows, values = mpmath.matrix(count, count), mpmath.matrix(count, 1)
    for i in range(count):
        part = top / 2 * (1 + mpmath.cos((2 * i + 1) * mpmath.pi / (2 * count)))
        x = middle * part / (1 - part)
        values[i] = function(x)
        for j in range(degree + 1):
            rows[i, j] = x ** j
        for j in range(1, lower_degree + 1):
            rows[i, degree + j] = -function(x) * x ** j
    solution = list(mpmath.lu_solve(rows, values))
    return solution[:degree + 1], [mpf(1)] + solution[degree + 1:]


# (end, middle, degrees of both) of the rational function behind the normal distribution
TAIL = {"float": (mpf(15), 2, 4, 5), "double": (mpf(39.5), 3, 10, 11)}


def tail_members(kind):
    end, middle, *degrees = TAIL[kind]
    rate = mpf(float(mpmath.sqrt(2 * mpmath.pi)))
    if kind == "float":
        rate = rounded(rate)
    p, q = rational(lambda x: 1 / normal_tail(x) - rate * x, end, middle, *degrees)

    def error(x):
        mine = rate * x + mpmath.polyval(p[::-1], x) / mpmath.polyval(q[::-1], x)
        return abs(1 / (normal_tail(x) * mine) - 1)
    most = max(error(end * (mpf(i) / 500) ** 2) for i in range(501))
    text = ("  // (2 + x p(x)) / (1 + x q(x)) = 1 / Q(x) - rate x, x <= tail_end; Q(x) is e^(x^2 / 2) times what\n"
            f"  // the normal distribution has beyond x, the rate sqrt(2 pi): Q to 2^{float(mpmath.log(most, 2)):.1f}\n"
            f"  static constexpr {kind} tail_end = {float(end)}, tail_rate = {float(rate).hex()};\n")
    return text + array(kind, "tail_p", p[1:]) + array(kind, "tail_q", q[1:])


def rows(kind):
    """The polynomials of a type: weights make the error one of the whole function, relative."""
    half_log2 = mpmath.log(2) / 2
    few = kind == "float"
    yield 5 if few else 11, {
        "name": "exp", "about": "(e^r - 1 - r) / r^2 for |r| <= log(2) / 2",
        "function": lambda r: (mpmath.expm1(r) - r) / r ** 2, "weight": lambda r: r * r,
        "low": -half_log2, "high": half_log2}
    yield 6 if few else 12, {
        "name": "tanh", "about": "(tanh(x) / x - 1) / z, z = x^2, x <= 0.625",
        "function": lambda z: (of_square(mpmath.tanh)(z) - 1) / z, "weight": lambda z: z,
        "low": mpf(0), "high": mpf(0.625) ** 2}
    yield 5 if few else 11, {
        "name": "log1p", "about": "log((1 + s) / (1 - s)) / s = 2 + z p(z), z = s^2, s <= 1/3",
        "function": lambda z: (of_square(lambda s: 2 * mpmath.atanh(s))(z) - 2) / z,
        "weight": lambda z: z / 2, "low": mpf(0), "high": mpf(1) / 9}
    yield 7 if few else 13, {
        "name": "erf", "about": "(erf(x) / x - 1), z = x^2, x <= 1",
        "function": lambda z: of_square(mpmath.erf)(z) - 1, "weight": lambda z: 1,
        "low": mpf(0), "high": mpf(1)}
    if few:
        return
    for count, function, name in ((13, mpmath.atan, "atan"), (14, mpmath.asin, "asin")):
        yield count, {
            "name": name, "about": f"({name}(x) / x - 1) / z, z = x^2, x <= 1/2",
            "function": lambda z, f=function: (of_square(f)(z) - 1) / z, "weight": lambda z: z,
            "low": mpf(0), "high": mpf(0.25)}


# For f32 computed in double.
def wide_rows():
    yield 7, {"name": "exp2", "about": "2^r for |r| <= 1/2: (2^r - 1) / r",
              "function": lambda r: (mpf(2) ** r - 1) / r, "weight": lambda r: r,
              "low": mpf(-0.5), "high": mpf(0.5)}
    yield 5, {"name": "log2", "about": "log2((1 + s) / (1 - s)) / s, z = s^2, s <= 3 - sqrt(8)",
              "function": of_square(lambda s: 2 * mpmath.atanh(s) / mpmath.log(2)),
              "weight": lambda z: 0.35, "low": mpf(0), "high": (3 - mpmath.sqrt(8)) ** 2}
    yield 6, {"name": "atan", "about": "(atan(x) / x - 1) / z, z = x^2, x <= sqrt(2) - 1",
              "function": lambda z: (of_square(mpmath.atan)(z) - 1) / z, "weight": lambda z: z,
              "low": mpf(0), "high": (mpmath.sqrt(2) - 1) ** 2}


def member(kind, count, row):
    coefficients = interpolated(row["function"], row["low"], row["high"], count)
    error = largest_error(row["function"], row["weight"], row["low"], row["high"], coefficients)
    text = f"  // {row['about']}: to 2^{float(mpmath.log(error, 2)):.1f}\n"
    return text + array(kind, row["name"], coefficients)


def array(kind, name, coefficients):
    suffix = "f" if kind == "float" else ""
    numbers = ", ".join(float(c if kind != "float" else rounded(c)).hex() + suffix for c in coefficients)
    return f"  static constexpr {kind} {name}[{len(coefficients)}] = {{{numbers}}};\n"


def rounded(x):
    """To f32, half to even."""
    with mpmath.workprec(24):
        return +x


# Functions of x >= 0 by pieces of one width, each a polynomial of the distance to a point in it: see
# core/simd/math_pieces.hpp.
PIECES = 32
PIECES_HEAD = """// Written by scripts/polynomials.py: functions of x >= 0, f32, by 32 pieces. Do not edit. The rows of
// a table are the points in the pieces, the values there, and the coefficients of the distance; all
// less x slope_lost, the digits of a slope at 0 that f32 has no room for.
#pragma once

namespace attune::internal {
namespace {
// clang-format off

"""


def normal_beyond(x):
    return mpmath.erfc(x / mpmath.sqrt(mpf(2))) / 2


def normal_density(x):
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


def logistic(x):
    """1 / (1 + e^x)"""
    return 1 / (1 + mpmath.exp(x))


def gelu_tanh_bend(x):
    return mpmath.sqrt(8 / mpmath.pi) * (x + mpf("0.044715") * x ** 3)


def gelu_tanh_slope(x):
    pull = x * mpmath.sqrt(8 / mpmath.pi) * (1 + 3 * mpf("0.044715") * x ** 2)
    s = logistic(gelu_tanh_bend(x))
    return s * (1 - pull * (1 - s))


# name, about, function, width, coefficients of the distance, whether it is 1 from the last point on. Widths: so
# that inputs of networks are rarely beyond the last piece, and those of what is 1 there so that it is.
PIECEWISE = [
    ("Gelu", "x Q(x), what the normal distribution has beyond x", lambda x: x * normal_beyond(x), mpf(11) / 64, 6, False),
    ("GeluSlope", "its slope", lambda x: normal_beyond(x) - x * normal_density(x), mpf(11) / 64, 6, False),
    ("GeluTanh", "x / (1 + e^u), u = sqrt(8 / pi) (x + 0.044715 x^3)", lambda x: x * logistic(gelu_tanh_bend(x)),
     mpf(10) / 64, 6, False),
    ("GeluTanhSlope", "its slope", gelu_tanh_slope, mpf(10) / 64, 6, False),
    ("Silu", "x / (1 + e^x)", lambda x: x * logistic(x), mpf(3) / 8, 6, False),
    ("SiluSlope", "its slope", lambda x: logistic(x) * (1 - x * logistic(-x)), mpf(3) / 8, 6, False),
    ("Logistic", "1 / (1 + e^x)", logistic, mpf(3) / 8, 5, False),
    ("Tanh", "tanh(x)", mpmath.tanh, mpf(149) / 512, 6, True),
    ("Erf", "erf(x)", mpmath.erf, mpf(65) / 512, 5, True),
]


def from_f32(x):
    """Units of the last place between x and the nearest f32."""
    return abs(x - rounded(x)) / mpf(2) ** (mpmath.floor(mpmath.log(abs(x), 2)) - 23)


def point_in(function, middle, width):
    """Near the middle a number of few digits where the function is all but a number of f32: one rounding less."""
    places = range(int((middle - width / 24) * 2 ** 14), int((middle + width / 24) * 2 ** 14))
    return min((mpf(n) / 2 ** 14 for n in places), key=lambda x: from_f32(function(x)))


def piece(function, width, count, number, to_one):
    """The column of the table, and the largest error, relative where the function is not small beside the others."""
    middle = number * width
    low, high = max(mpf(0), middle - width / 2), middle + width / 2
    exact = number == 0 or (to_one and number == PIECES - 1)
    point = middle if exact else point_in(function, middle, width)
    value = function(point)
    slopes = interpolated(lambda d: (function(point + d) - value) / d, low - point, high - point, count)

    def error(x):
        distance = x - point
        return abs(value + distance * mpmath.polyval(slopes[::-1], distance) - function(x)) / abs(function(x))
    most = max(error(low + (high - low) * (i + mpf(1) / 2) / 20) for i in range(20))
    return [point, value] + slopes, most


def pieces_text():
    text = PIECES_HEAD
    for name, about, function, width, count, to_one in PIECEWISE:
        slope = mpmath.taylor(function, 0, 1)[1]
        odd = function(mpf(0)) == 0
        lost = slope - rounded(slope) if odd and abs(slope - rounded(slope)) > TINY else mpf(0)
        columns, errors = zip(*(piece(lambda x: function(x) - lost * x, width, count, k, to_one)
                                for k in range(PIECES)))
        end = (PIECES - 1) * width if to_one else (PIECES - mpf("0.6")) * width
        text += (f"// {about}: to 2^{float(mpmath.log(max(errors), 2)):.1f}\nstruct {name}Pieces {{\n"
                 f"  static constexpr float end = {short_hex(end)}, rate = {short_hex(1 / width)};\n"
                 f"  static constexpr float slope_lost = {short_hex(lost)};\n"
                 f"  alignas(64) static constexpr float table[{count + 2}][{PIECES}] = {{\n")
        for row in range(count + 2):
            numbers = "{" + ", ".join(short_hex(column[row]) for column in columns) + "},"
            text += textwrap.fill(numbers, 100, initial_indent="    ", subsequent_indent="     ") + "\n"
        text += "  };\n};\n\n"
    return text + "// clang-format on\n}  // namespace\n}  // namespace attune::internal\n"


def short_hex(x):
    return re.sub(r"\.?0*p", "p", float(rounded(x)).hex()).replace("p+", "p")


def main():
    text = HEAD
    for kind in ("float", "double"):
        text += f"template <>\nstruct Coefficients<{kind}> {{\n"
        for count, row in rows(kind):
            text += member(kind, count, row)
        text += tail_members(kind) + "};\n\n"
    text += "// In double, as precise as f32 needs it.\nstruct WideCoefficients {\n"
    for count, row in wide_rows():
        text += member("double", count, row)
    text += "};\n\n}  // namespace\n}  // namespace attune::internal\n"
    TARGET.write_text(text, encoding="utf-8")
    PIECES_TARGET.write_text(pieces_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
