# Prints what NumPy's legacy generator returns, for tests/core/random_test.cpp. Values pasted there
# were printed by NumPy 2.4.6 (the stream of RandomState is frozen: any version prints the same).
# Needs numpy; not part of the test run.
import numpy

print("numpy", numpy.__version__)


def hexadecimal(values):
    return ", ".join(float(value).hex() for value in values)


def bit_sum(values):
    return "0x%016x" % (int(numpy.asarray(values).view(numpy.uint64).sum(dtype=numpy.uint64)))


state = numpy.random.RandomState(3)
print("random_sample(6), seed 3:", hexadecimal(state.random_sample(6)))
print("bit sum of 10000 random_sample, seed 7:", bit_sum(numpy.random.RandomState(7).random_sample(10000)))
print("uniform(-2, 5) x 4, seed 4:", hexadecimal(numpy.random.RandomState(4).uniform(-2, 5, 4)))
print("randn(6), seed 3:", hexadecimal(numpy.random.RandomState(3).randn(6)))
many = numpy.random.RandomState(5).randn(10000)
print("randn(10000), seed 5: sum, sum of squares:", hexadecimal([many.sum(), (many**2).sum()]))
print("normal(10, .5) x 3, seed 6:", hexadecimal(numpy.random.RandomState(6).normal(10, 0.5, 3)))
for low, high in ((0, 10), (-5, 1), (0, 1 << 40), (-(1 << 63), (1 << 63) - 1), (0, 1 << 32), (4, 5)):
    state = numpy.random.RandomState(8)
    print("randint(%d, %d) x 6, seed 8:" % (low, high), [int(state.randint(low, high)) for _ in range(6)])
print("permutation(10), seed 11:", numpy.random.RandomState(11).permutation(10).tolist())
big = numpy.random.RandomState(11).permutation(100000)
print("permutation(100000), seed 11: sum of i * p[i]:", int((numpy.arange(100000) * big).sum()))
state = numpy.random.RandomState(2**32 - 1)
values = numpy.arange(100, 107)
state.randn()
state.shuffle(values)
print("seed 2^32-1: randn, shuffle(100..106), randn, random_sample:", values.tolist(),
      hexadecimal([state.randn(), state.random_sample()]))
