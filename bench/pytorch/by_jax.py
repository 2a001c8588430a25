"""The works by JAX on the CPU: a whole step is one compiled function that gives its memory on."""
import functools
import itertools

import jax
import numpy as np
from jax import numpy as jnp

import inputs as i
from step import Step

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)  # for the course; inputs of f32 stay f32


def library(_):
    return "jax-" + ".".join(jax.__version__.split(".")[:2])


def use_threads(_):
    """Its threads are as many as the cores that the process is held to."""


# --- update rules ---

def adam(lr, decay=0.0):
    def begin(params):
        m, v = (jax.tree.map(jnp.zeros_like, params) for _ in range(2))
        return params, m, v, jnp.zeros((), jnp.int32)

    def update(state, gradients):
        params, m, v, t = state
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + (1 - 0.9) * g, m, gradients)
        v = jax.tree.map(lambda v, g: 0.999 * v + (1 - 0.999) * g * g, v, gradients)

        def moved(p, m, v):
            a, b = (1 - beta ** t.astype(p.dtype) for beta in (0.9, 0.999))
            return p * (1 - lr * decay) - lr * (m / a) / (jnp.sqrt(v / b) + 1e-8)

        return jax.tree.map(moved, params, m, v), m, v, t

    return begin, update


def sgd(lr, momentum=0.0):
    def begin(params):
        return params, jax.tree.map(jnp.zeros_like, params) if momentum else None

    def update(state, gradients):
        params, b = state
        if momentum:
            gradients = b = jax.tree.map(lambda b, g: momentum * b + g, b, gradients)
        return jax.tree.map(lambda p, g: p - lr * g, params, gradients), b

    return begin, update


def rmsprop(lr):
    def begin(params):
        return params, jax.tree.map(jnp.zeros_like, params)

    def update(state, gradients):
        params, v = state
        v = jax.tree.map(lambda v, g: 0.99 * v + (1 - 0.99) * g * g, v, gradients)
        return jax.tree.map(lambda p, g, v: p - lr * g / (jnp.sqrt(v) + 1e-8), params, gradients, v), v

    return begin, update


# --- models ---

def cross_entropy(logits, y):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1))


def binary_cross_entropy(logits, y):
    return jnp.mean(jnp.maximum(logits, 0) - logits * y + jnp.log1p(jnp.exp(-jnp.abs(logits))))


def perceptron(params, x):
    for w, b in zip(params[:-2:2], params[1:-2:2]):
        x = jax.nn.relu(x @ w.T + b)
    return x @ params[-2].T + params[-1]


def cnn(params, x):
    for w, b in (params[0:2], params[2:4]):
        x = jax.lax.conv(x, w, (1, 1), "SAME") + b[:, None, None]
        x = jax.lax.reduce_window(jax.nn.relu(x), -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    return perceptron(params[4:], x.reshape(x.shape[0], -1))


def layer_norm(x, w, b):
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * w + b


def transformer(params, x):
    y = params[0][x] + params[1]
    for at in range(2, len(params) - 4, 12):
        block = params[at:at + 12]
        z = layer_norm(y, *block[0:2])
        q, k, v = ((z @ w.T).reshape(i.T_BATCH, i.LENGTH, i.HEADS, -1) for w in block[2:5])
        z = jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(y.shape)
        y = y + z @ block[5].T
        z = jax.nn.gelu(layer_norm(y, *block[6:8]) @ block[8].T + block[9], approximate=False)
        y = y + z @ block[10].T + block[11]
    return (layer_norm(y, *params[-4:-2]) @ params[-2].T + params[-1]).reshape(-1, i.VOCABULARY)


# --- works ---

class Training:
    def __init__(self, model, loss_of, params, rule):
        begin, update = rule

        @functools.partial(jax.jit, donate_argnums=0)
        def step(state, x, y):
            loss, gradients = jax.value_and_grad(lambda p: loss_of(model(p, x), y))(state[0])
            return update(state, gradients), loss

        self.compiled, self.state, self.loss = step, begin([jnp.asarray(p) for p in params]), None

    def step(self, x, y):
        self.state, self.loss = self.compiled(self.state, x, y)

    def result(self):
        return [float(self.loss)] + [n for p in self.state[0] for n in i.sums(p)]

    def wait(self):
        jax.block_until_ready((self.state, self.loss))


def on_one_batch(x, y, *arguments):
    x, y, training = jnp.asarray(x), jnp.asarray(y), Training(*arguments)
    return Step(lambda: training.step(x, y), training.result, training.wait)


def mlp():
    return on_one_batch(i.numbers(1, i.BATCH * i.MLP[0], 0, 1).reshape(i.BATCH, -1),
                        i.labels(2, i.BATCH, i.MLP[-1]), perceptron, cross_entropy,
                        i.parameters(i.mlp_shapes(i.MLP)), adam(i.RATE))


def cnn_step():
    x = i.numbers(1, i.CNN_BATCH * i.SIDE**2, 0, 1).reshape(i.CNN_BATCH, 1, i.SIDE, i.SIDE)
    return on_one_batch(x, i.labels(2, i.CNN_BATCH, i.CLASSES), cnn, cross_entropy, i.parameters(i.cnn_shapes()),
                        adam(i.RATE))


def transformer_step():
    count = i.T_BATCH * i.LENGTH
    return on_one_batch(i.labels(1, count, i.VOCABULARY).reshape(i.T_BATCH, -1), i.labels(2, count, i.VOCABULARY),
                        transformer, cross_entropy, i.parameters(i.transformer_shapes()), adam(i.RATE, i.DECAY))


def small_net(rule):
    return on_one_batch(i.numbers(1, 128, -1, 1).reshape(64, 2), i.labels(2, 64, 2).reshape(64, 1).astype("float32"),
                        perceptron, binary_cross_entropy, i.parameters(i.mlp_shapes(i.SMALL)), rule)


def course():
    x, y = i.moons()
    params = [p.astype(np.float64) for p in i.parameters(i.mlp_shapes(i.SMALL))]
    training = Training(perceptron, binary_cross_entropy, params, adam(i.SMALL_RATE))
    seeds = itertools.count(11)

    def epoch():
        order = i.course_order(next(seeds))
        for at in range(0, 300, 64):
            training.step(x[order[at:at + 64]], y[order[at:at + 64]])

    return Step(epoch, training.result, training.wait)


def optimizer(rule):
    begin, update = rule
    gradient = jnp.asarray(i.numbers(2, 10_000_000, -0.01, 0.01).reshape(i.OPTIMIZER_SHAPE))
    compiled = jax.jit(update, donate_argnums=0)
    at = {"state": begin(jnp.asarray(i.numbers(1, 10_000_000, -1, 1).reshape(i.OPTIMIZER_SHAPE)))}

    def once():
        at["state"] = compiled(at["state"], gradient)

    return Step(once, lambda: i.sums(at["state"][0]), lambda: jax.block_until_ready(at["state"]))


def function(compiled, inputs, result):
    at = {}

    def once():
        at["value"] = compiled(*inputs)

    return Step(once, lambda: result(at["value"]), lambda: jax.block_until_ready(at["value"]))


def one_operation():
    return function(jax.jit(jnp.add), (jnp.float32([1.5]), jnp.float32([2.25])), lambda c: [float(c[0])])


def twenty_operations():
    def chain(x, w):
        y = x
        for _ in range(10):
            y = jnp.tanh(y * w)
        return y[0]

    both = jax.jit(jax.value_and_grad(chain, argnums=(0, 1)))
    return function(both, (jnp.float32([0.5]), jnp.float32([1.25])),
                    lambda found: [float(found[0]), float(found[1][0][0]), float(found[1][1][0])])


def operation(called, inputs):
    return function(jax.jit(called), tuple(map(jnp.asarray, inputs)), i.sums)


OPERATIONS = {
    "elementwise/add_large": jnp.add, "elementwise/add_row_large": jnp.add, "elementwise/relu_large": jax.nn.relu,
    "reduce/sum": jnp.sum, "reduce/rows": lambda x: x.sum(1), "reduce/columns": lambda x: x.sum(0),
    "rows/softmax": jax.nn.softmax, "rows/layer_norm": layer_norm, "move/transpose": jnp.transpose,
    "unary/exp": jnp.exp, "unary/tanh": jnp.tanh, "unary/sigmoid": jax.nn.sigmoid,
    "unary/gelu": lambda x: jax.nn.gelu(x, approximate=False),
}


def convolution(sizes, both):
    *_, stride, padding, groups = sizes
    x, weight, g = map(jnp.asarray, i.convolution(*sizes))

    def forward(x, w):
        return jax.lax.conv_general_dilated(x, w, (stride, stride), [(padding, padding)] * 2,
                                            feature_group_count=groups)

    if not both:
        return operation(forward, (x, weight))
    return function(jax.jit(lambda x, w, g: jax.vjp(forward, x, w)[1](g)), (x, weight, g),
                    lambda gradients: [n for part in gradients for n in i.sums(part)])


def works(_):
    all_works = {
        "mlp_step": (10, mlp), "cnn_step": (10, cnn_step), "transformer_step": (10, transformer_step),
        "small_net/adam": (10, lambda: small_net(adam(i.SMALL_RATE))),
        "small_net/momentum": (10, lambda: small_net(sgd(i.SMALL_RATE, i.MOMENTUM))),
        "optimizer/sgd_10m": (3, lambda: optimizer(sgd(i.RATE))),
        "optimizer/momentum_10m": (3, lambda: optimizer(sgd(i.RATE, i.MOMENTUM))),
        "optimizer/rmsprop_10m": (3, lambda: optimizer(rmsprop(i.RATE))),
        "optimizer/adam_10m": (3, lambda: optimizer(adam(i.RATE))),
        "course_adam": (100, course), "one_operation": (1, one_operation), "twenty_operations": (1, twenty_operations),
    }
    for shape in i.PRODUCTS:
        for suffix, dtype in (("", "float32"), ("_f64", "float64")):
            name = f"matrix_product{suffix}/" + "x".join(map(str, shape))
            all_works[name] = (1, lambda s=shape, d=dtype: operation(jnp.matmul, i.product(*s, d)))
    for name, sizes in i.CONVOLUTIONS.items():
        for family, both in (("conv_forward", False), ("conv_both", True)):
            all_works[f"{family}/{name}"] = (1, lambda s=sizes, b=both: convolution(s, b))
    for name, called in OPERATIONS.items():
        all_works[name] = (1, lambda n=name, c=called: operation(c, i.OPERATIONS[n]()))
    return all_works
