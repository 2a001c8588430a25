#!/usr/bin/env python3
"""Trajectories of the update rules in the tree, from the published formulas in 60-digit arithmetic.

Python 3 with mpmath (1.3.0 when the committed file was made): optim_rules.py > optim_rules.hpp
Each case is 20 steps from p = (1.5, -2, 0.25) on the gradient of f(p) = sum (a_i p_i^2 / 2 + p_i^4 / 4)
with a = (1, 10, 0.1); the formulas are written here from the papers, not from the C++.
"""
from mpmath import __version__, mp, mpf, sqrt

mp.dps = 60
START, CURVATURE, STEPS = ("1.5", "-2", "0.25"), ("1", "10", "0.1"), 20


def f64(x):
    """The double that a C++ literal of this number is, exactly."""
    return mpf(float(x))


def sgd(o):
    b = None

    def step(p, g, t):
        nonlocal b
        if o["momentum"] == 0:
            return p - o["lr"] * g
        b = g if b is None else o["momentum"] * b + (1 - o["dampening"]) * g
        return p - o["lr"] * (g + o["momentum"] * b if o["nesterov"] else b)

    return step


def momentum(o):
    v = mpf(0)

    def step(p, g, t):
        nonlocal v
        v = o["beta"] * v + ((1 - o["beta"]) * g if o["averaged"] else g)
        return p - o["lr"] * v

    return step


def nesterov(o):
    """Sutskever et al.: the point y is kept, p = y + beta * velocity is what the gradient sees."""
    y, velocity = None, mpf(0)

    def step(p, g, t):
        nonlocal y, velocity
        y = p if y is None else y
        velocity = o["beta"] * velocity - o["lr"] * g
        y = y + velocity
        return y + o["beta"] * velocity

    return step


def rmsprop(o):
    v, a, b = mpf(0), mpf(0), mpf(0)

    def step(p, g, t):
        nonlocal v, a, b
        v = o["alpha"] * v + (1 - o["alpha"]) * g**2
        a = o["alpha"] * a + (1 - o["alpha"]) * g
        d = g / (sqrt(v - a**2 if o["centered"] else v) + o["eps"])
        b = o["momentum"] * b + d
        return p - o["lr"] * b

    return step


def adam(o):
    m, v = mpf(0), mpf(0)

    def step(p, g, t):
        nonlocal m, v
        p = p * (1 - o["lr"] * o.get("weight_decay", 0))
        m = o["beta1"] * m + (1 - o["beta1"]) * g
        v = o["beta2"] * v + (1 - o["beta2"]) * g**2
        return p - o["lr"] * (m / (1 - o["beta1"]**t)) / (sqrt(v / (1 - o["beta2"]**t)) + o["eps"])

    return step


def lion(o):
    m = mpf(0)

    def step(p, g, t):
        nonlocal m
        c = o["beta1"] * m + (1 - o["beta1"]) * g
        m = o["beta2"] * m + (1 - o["beta2"]) * g
        return p - o["lr"] * ((c > 0) - (c < 0) + o["weight_decay"] * p)

    return step


ADAM = {"lr": "0.1", "beta1": "0.9", "beta2": "0.999", "eps": "1e-8"}
RMSPROP = {"lr": "0.05", "alpha": "0.99", "eps": "1e-8", "momentum": "0", "centered": "0"}
SGD = {"lr": "0.02", "momentum": "0", "dampening": "0", "nesterov": "0"}
CASES = [
    ("sgd", sgd, SGD),
    ("sgd", sgd, SGD | {"momentum": "0.9"}),
    ("sgd", sgd, SGD | {"momentum": "0.9", "dampening": "0.3"}),
    ("sgd", sgd, SGD | {"momentum": "0.9", "nesterov": "1"}),
    ("momentum", momentum, {"lr": "0.02", "beta": "0.8", "averaged": "0"}),
    ("momentum", momentum, {"lr": "0.1", "beta": "0.9", "averaged": "1"}),
    ("nesterov", nesterov, {"lr": "0.02", "beta": "0.8"}),
    ("rmsprop", rmsprop, RMSPROP),
    ("rmsprop", rmsprop, RMSPROP | {"centered": "1"}),
    ("rmsprop", rmsprop, RMSPROP | {"momentum": "0.5", "centered": "1"}),
    ("adam", adam, ADAM),
    ("adamw", adam, ADAM | {"weight_decay": "0.1"}),
    ("lion", lion, {"lr": "0.01", "beta1": "0.9", "beta2": "0.99", "weight_decay": "0.1"}),
]


def trajectory(rule, options):
    exact = {name: f64(value) for name, value in options.items()}
    ends = []
    for start, curvature in zip(START, CURVATURE):
        p, a, step = f64(start), f64(curvature), rule(exact)
        for t in range(1, STEPS + 1):
            p = step(p, a * p + p**3, t)
        ends.append(mp.nstr(p, 20))
    return ends


print(f"""// Made by tests/references/optim_rules.py with mpmath {__version__}; the problem is described there.
#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace reference {{

inline constexpr int steps = {STEPS};
inline constexpr std::array<double, 3> start = {{{", ".join(START)}}};
inline constexpr std::array<double, 3> curvature = {{{", ".join(CURVATURE)}}};

struct Trajectory {{
  std::string_view rule;
  std::vector<std::pair<std::string_view, double>> options;
  std::array<double, 3> end;
}};

inline const std::vector<Trajectory> trajectories = {{""")
for name, rule, options in CASES:
    pairs = ", ".join(f'{{"{key}", {value}}}' for key, value in options.items())
    print(f'    {{"{name}",\n     {{{pairs}}},\n     {{{", ".join(trajectory(rule, options))}}}}},')
print("};\n\n}  // namespace reference")
