#!/usr/bin/env python3
"""What scikit-learn and NumPy make of the toy sets, for tests/data/toy_test.cpp.

Python 3 with scikit-learn (1.9.1 with NumPy 2.4.6 when the values were pasted, on glibc 2.36, whose cosine
NumPy uses for f64): prints what the test compares. Not part of the test run.
"""
import numpy
import sklearn
from sklearn.datasets import make_circles, make_moons


def report(name, x, y):
    print(name)
    print("  {" + ", ".join(float(v).hex() for v in x[:4].ravel()) + "}")
    print("  first classes", y[:12].astype(int).tolist(), "sum of i * y[i]", int((numpy.arange(len(y)) * y).sum()))
    print("  bit sum 0x%016x" % int(x.astype(numpy.float64).ravel().view(numpy.uint64).sum(dtype=numpy.uint64)))
    print("  sum", float(x.sum()).hex(), "sum of squares", float((x * x).sum()).hex())


def course_2d(seed):
    r = numpy.random.RandomState(seed)
    for name, n in (("train", 211), ("test", 200)):
        x1, x2 = r.uniform(-0.6, 0.4, n), r.uniform(-0.65, 0.6, n)
        y = x2 - 0.9 * x1 - 0.1 + 0.22 * r.randn(n) > 0
        report(f"course_2d({seed}).{name}", numpy.stack([x1, x2], axis=1), y)


print("sklearn", sklearn.__version__, "numpy", numpy.__version__)
report("circles(300, noise .05, seed 1)", *make_circles(300, noise=0.05, random_state=1))
report("circles(101, noise .1, factor .3, seed 2)", *make_circles(101, noise=0.1, factor=0.3, random_state=2))
report("circles(7)", *make_circles(7, random_state=0))
report("moons(300, noise .2, seed 3)", *make_moons(300, noise=0.2, random_state=3))
report("moons(51, seed 4)", *make_moons(51, random_state=4))
course_2d(0)
print("permutation(300) of RandomState(11)", numpy.random.RandomState(11).permutation(300)[:8].tolist())
