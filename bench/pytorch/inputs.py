"""The numbers that all libraries begin from, and the figures that results are compared by: those of
bench/steps/step.hpp, to the bit."""
import numpy as np


def numbers(seed, count, low, high):
    """splitmix64, the upper 24 bits of each, in [low, high) as f32."""
    with np.errstate(over="ignore"):
        bits = np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15) * np.arange(1, count + 1, dtype=np.uint64)
        bits = (bits ^ bits >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ bits >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
    low, high = np.float32(low), np.float32(high)
    return low + (high - low) * (bits >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)


def labels(seed, count, classes):
    return numbers(seed, count, 0, classes).astype(np.int64)


def parameter(index, shape):
    """Uniform with variance 1 over the inputs of a unit, the first size being the units."""
    count, units = int(np.prod(shape)), shape[0]
    inputs = count if count == units else count // units
    bound = np.float32(np.sqrt(3.0 / inputs))
    return numbers(1000 + index, count, -bound, bound).reshape(shape)


def sums(array):
    """Of sizes, of squares, and one in which the place counts; what is above 0 counts twice. In f64."""
    values = np.asarray(array, dtype=np.float64).ravel()
    values = np.where(values > 0, 2 * values, -values)
    places = np.arange(1, values.size + 1) / values.size
    return [float(values.sum()), float((values * values).sum()), float((values * places).sum())]


def moons():
    """bench::course::moons."""
    noise = numbers(3, 600, -0.3, 0.3).astype(np.float64).reshape(300, 2)
    upper = np.arange(300) % 2 == 0
    angle = np.pi * np.arange(300) / 300
    x = np.stack([np.where(upper, np.cos(angle), 1 - np.cos(angle)),
                  np.where(upper, np.sin(angle), 0.5 - np.sin(angle))], axis=1) + noise
    return x, np.where(upper, 0.0, 1.0).reshape(300, 1)


def course_order(seed):
    return np.random.RandomState(seed).permutation(300)


# --- sizes, as in bench/steps/*.hpp ---

MLP = [784, 256, 128, 10]
SMALL = [2, 5, 2, 1]
BATCH = 128
RATE, SMALL_RATE, MOMENTUM = 1e-3, 7e-4, 0.9
CNN_BATCH, SIDE, MAPS, MORE_MAPS, HIDDEN, CLASSES = 64, 28, 32, 64, 128, 10
T_BATCH, LENGTH, WIDTH, HEADS, LAYERS, VOCABULARY, DECAY = 16, 64, 128, 4, 4, 65, 1e-2
OPTIMIZER_SHAPE = (2500, 4000)
PRODUCTS = [(64, 64, 64), (64, 128, 784), (128, 256, 256), (256, 256, 256), (512, 512, 512),
            (1024, 1024, 1024), (2048, 2048, 2048), (64, 5, 2), (64, 1, 5), (128, 10, 512)]


def cnn_shapes():
    """Of parameters, in the order of layers."""
    flat = MORE_MAPS * (SIDE // 4) ** 2
    return [(MAPS, 1, 3, 3), (MAPS,), (MORE_MAPS, MAPS, 3, 3), (MORE_MAPS,), (HIDDEN, flat), (HIDDEN,),
            (CLASSES, HIDDEN), (CLASSES,)]


def mlp_shapes(widths):
    return [shape for a, b in zip(widths, widths[1:]) for shape in ((b, a), (b,))]


def transformer_shapes():
    block = [(WIDTH,), (WIDTH,)] + [(WIDTH, WIDTH)] * 4 + \
            [(WIDTH,), (WIDTH,), (4 * WIDTH, WIDTH), (4 * WIDTH,), (WIDTH, 4 * WIDTH), (WIDTH,)]
    return [(VOCABULARY, WIDTH), (LENGTH, WIDTH)] + block * LAYERS + \
           [(WIDTH,), (WIDTH,), (VOCABULARY, WIDTH), (VOCABULARY,)]


def parameters(shapes):
    return [parameter(index, shape) for index, shape in enumerate(shapes)]


def product(m, n, k, dtype):
    return (numbers(1, m * k, 0, 1).reshape(m, k).astype(dtype),
            numbers(2, k * n, 0, 1).reshape(k, n).astype(dtype))


LARGE = (4096, 1024)


def uniform(seed, shape, low=-1, high=1):
    return numbers(seed, int(np.prod(shape)), low, high).reshape(shape)


# Name of a work: its inputs.
OPERATIONS = {
    "elementwise/add_large": lambda: [uniform(1, LARGE), uniform(2, LARGE)],
    "elementwise/add_row_large": lambda: [uniform(1, LARGE), uniform(2, (1024,))],
    "elementwise/relu_large": lambda: [uniform(1, LARGE)],
    "reduce/sum": lambda: [uniform(1, LARGE, 0, 1)],
    "reduce/rows": lambda: [uniform(1, LARGE, 0, 1)],
    "reduce/columns": lambda: [uniform(1, LARGE, 0, 1)],
    "rows/softmax": lambda: [uniform(1, LARGE)],
    "rows/layer_norm": lambda: [uniform(1, LARGE), uniform(2, (1024,)), uniform(3, (1024,))],
    "move/transpose": lambda: [uniform(1, LARGE)],
    "unary/exp": lambda: [uniform(1, LARGE, -8, 8)],
    "unary/tanh": lambda: [uniform(1, LARGE, -4, 4)],
    "unary/sigmoid": lambda: [uniform(1, LARGE, -8, 8)],
    "unary/gelu": lambda: [uniform(1, LARGE, -4, 4)],
}

# Name of a convolution: images, in, out, side, kernel, stride, padding, groups.
CONVOLUTIONS = {
    "3x3-64-64-28": (32, 64, 64, 28, 3, 1, 1, 1),
    "3x3-256-256-14": (16, 256, 256, 14, 3, 1, 1, 1),
    "1x1-256-64-28": (16, 256, 64, 28, 1, 1, 0, 1),
    "3x3-stride2-64-128-56": (8, 64, 128, 56, 3, 2, 1, 1),
    "3x3-groups32-128-28": (16, 128, 128, 28, 3, 1, 1, 32),
    "3x3-depthwise-128-28": (16, 128, 128, 28, 3, 1, 1, 128),
    "5x5-1-6-28": (64, 1, 6, 28, 5, 1, 2, 1),
    "5x5-6-16-14": (64, 6, 16, 14, 5, 1, 0, 1),
}


def convolution(images, within, out, side, kernel, stride, padding, groups):
    """x, weight, gradient of the result."""
    after = (side + 2 * padding - kernel) // stride + 1
    return (uniform(1, (images, within, side, side)), uniform(2, (out, within // groups, kernel, kernel)),
            uniform(3, (images, out, after, after)))
