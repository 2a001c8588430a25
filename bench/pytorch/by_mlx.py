"""The works by MLX on the CPU: a whole step is one compiled function. Pictures are [n, h, w, channels] there:
weights of convolutions, and of the layer behind them, are turned, and turned back for the comparison."""
import functools

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np

import inputs as i
from step import Step

mx.set_default_device(mx.cpu)


def library(_):
    return "mlx-" + ".".join(mx.__version__.split(".")[:2])


def use_threads(_):
    """Its threads are as many as the cores that the process is held to."""


def perceptron(params, x):
    for at in range(0, len(params) - 2, 2):
        x = nn.relu(mx.addmm(params[at + 1], x, params[at].T))
    return mx.addmm(params[-1], x, params[-2].T)


def cnn(params, x):
    pool = nn.MaxPool2d(2)
    for at in (0, 2):
        x = pool(nn.relu(mx.conv2d(x, params[at], padding=1) + params[at + 1]))
    return perceptron(params[4:], x.reshape(x.shape[0], -1))


def turned(params):
    """From [out, in, h, w] to [out, h, w, in]."""
    quarter = i.SIDE // 4
    wide = params[4].reshape(i.HIDDEN, i.MORE_MAPS, quarter, quarter)
    return [np.moveaxis(params[0], 1, 3), params[1], np.moveaxis(params[2], 1, 3), params[3],
            np.moveaxis(wide, 1, 3).reshape(i.HIDDEN, -1), *params[5:]]


def turned_back(params):
    quarter = i.SIDE // 4
    wide = params[4].reshape(i.HIDDEN, quarter, quarter, i.MORE_MAPS)
    return [np.moveaxis(params[0], 3, 1), params[1], np.moveaxis(params[2], 3, 1), params[3],
            np.moveaxis(wide, 3, 1).reshape(i.HIDDEN, -1), *params[5:]]


def transformer(params, x):
    norm = functools.partial(mx.fast.layer_norm, eps=1e-5)
    y = params[0][x] + params[1]
    for at in range(2, len(params) - 4, 12):
        b = params[at:at + 12]
        z = norm(y, b[0], b[1])
        q, k, v = ((z @ w.T).reshape(i.T_BATCH, i.LENGTH, i.HEADS, -1).transpose(0, 2, 1, 3) for w in b[2:5])
        z = mx.fast.scaled_dot_product_attention(q, k, v, scale=q.shape[-1]**-0.5, mask="causal")
        y = y + z.transpose(0, 2, 1, 3).reshape(y.shape) @ b[5].T
        z = nn.gelu(mx.addmm(b[9], norm(y, b[6], b[7]), b[8].T))
        y = y + mx.addmm(b[11], z, b[10].T)
    return mx.addmm(params[-1], norm(y, params[-4], params[-3]), params[-2].T).reshape(-1, i.VOCABULARY)


def cross_entropy(logits, y):
    return nn.losses.cross_entropy(logits, y, reduction="mean")


def binary_cross_entropy(logits, y):
    return nn.losses.binary_cross_entropy(logits, y, with_logits=True, reduction="mean")


def training(model, loss_of, params, rule, x, y, back=lambda params: params):
    x, y = mx.array(x), mx.array(y)
    at = {"params": {"all": [mx.array(p) for p in params]}, "loss": mx.array(0.0)}
    rule.init(at["params"])
    gradients_of = mx.value_and_grad(lambda p: loss_of(model(p["all"], x), y))
    state = [at, rule.state]

    @functools.partial(mx.compile, inputs=state, outputs=state)
    def step():
        at["loss"], gradients = gradients_of(at["params"])
        at["params"] = rule.apply_gradients(gradients, at["params"])

    def once():
        step()
        mx.eval(state)

    def result():
        return [at["loss"].item()] + [n for p in back([np.array(p) for p in at["params"]["all"]]) for n in i.sums(p)]

    return Step(once, result)


def adam(lr):
    return optim.Adam(lr, bias_correction=True)


def mlp():
    return training(perceptron, cross_entropy, i.parameters(i.mlp_shapes(i.MLP)), adam(i.RATE),
                    i.numbers(1, i.BATCH * i.MLP[0], 0, 1).reshape(i.BATCH, -1), i.labels(2, i.BATCH, i.MLP[-1]))


def cnn_step():
    x = i.numbers(1, i.CNN_BATCH * i.SIDE**2, 0, 1).reshape(i.CNN_BATCH, i.SIDE, i.SIDE, 1)
    return training(cnn, cross_entropy, turned(i.parameters(i.cnn_shapes())), adam(i.RATE), x,
                    i.labels(2, i.CNN_BATCH, i.CLASSES), turned_back)


def transformer_step():
    count = i.T_BATCH * i.LENGTH
    rule = optim.AdamW(i.RATE, weight_decay=i.DECAY, bias_correction=True)
    return training(transformer, cross_entropy, i.parameters(i.transformer_shapes()), rule,
                    i.labels(1, count, i.VOCABULARY).reshape(i.T_BATCH, -1), i.labels(2, count, i.VOCABULARY))


def small_net(rule):
    return training(perceptron, binary_cross_entropy, i.parameters(i.mlp_shapes(i.SMALL)), rule,
                    i.numbers(1, 128, -1, 1).reshape(64, 2), i.labels(2, 64, 2).reshape(64, 1).astype(np.float32))


def optimizer(rule):
    gradient = {"w": mx.array(i.numbers(2, 10_000_000, -0.01, 0.01).reshape(i.OPTIMIZER_SHAPE))}
    at = {"w": mx.array(i.numbers(1, 10_000_000, -1, 1).reshape(i.OPTIMIZER_SHAPE))}
    rule.init(at)
    state = [at, rule.state]

    @functools.partial(mx.compile, inputs=state, outputs=state)
    def step():
        at.update(rule.apply_gradients(gradient, at))

    def once():
        step()
        mx.eval(state)

    return Step(once, lambda: i.sums(np.array(at["w"])))


def function(called, inputs, result):
    at = {}

    def once():
        at["value"] = called(*inputs)
        mx.eval(at["value"])

    return Step(once, lambda: result(at["value"]))


def operation(called, inputs):
    return function(called, tuple(map(mx.array, inputs)), lambda value: i.sums(np.array(value)))


OPERATIONS = {
    "elementwise/add_large": mx.add, "elementwise/add_row_large": mx.add, "elementwise/relu_large": nn.relu,
    "reduce/sum": mx.sum, "reduce/rows": lambda x: x.sum(1), "reduce/columns": lambda x: x.sum(0),
    "rows/softmax": lambda x: mx.softmax(x, 1), "rows/layer_norm": functools.partial(mx.fast.layer_norm, eps=1e-5),
    "move/transpose": lambda x: mx.contiguous(x.T),
    "unary/exp": mx.exp, "unary/tanh": mx.tanh, "unary/sigmoid": mx.sigmoid, "unary/gelu": nn.gelu,
}


def twenty_operations():
    def chain(x, w):
        y = x
        for _ in range(10):
            y = mx.tanh(y * w)
        return y[0]

    both = mx.compile(mx.value_and_grad(chain, argnums=(0, 1)))
    return function(both, (mx.array([0.5]), mx.array([1.25])),
                    lambda found: [found[0].item(), found[1][0].item(), found[1][1].item()])


def works(_):
    all_works = {
        "mlp_step": (10, mlp), "cnn_step": (10, cnn_step), "transformer_step": (10, transformer_step),
        "small_net/adam": (10, lambda: small_net(adam(i.SMALL_RATE))),
        "small_net/momentum": (10, lambda: small_net(optim.SGD(i.SMALL_RATE, momentum=i.MOMENTUM))),
        "optimizer/sgd_10m": (3, lambda: optimizer(optim.SGD(i.RATE))),
        "optimizer/momentum_10m": (3, lambda: optimizer(optim.SGD(i.RATE, momentum=i.MOMENTUM))),
        "optimizer/rmsprop_10m": (3, lambda: optimizer(optim.RMSprop(i.RATE))),
        "optimizer/adam_10m": (3, lambda: optimizer(adam(i.RATE))),
        "one_operation": (1, lambda: function(mx.add, (mx.array([1.5]), mx.array([2.25])), lambda c: [c.item()])),
        "twenty_operations": (1, twenty_operations),
    }
    for shape in i.PRODUCTS:
        name = "matrix_product/" + "x".join(map(str, shape))
        all_works[name] = (1, lambda s=shape: operation(mx.matmul, i.product(*s, "float32")))
    for name, called in OPERATIONS.items():
        all_works[name] = (1, lambda n=name, c=called: operation(c, i.OPERATIONS[n]()))
    return all_works
