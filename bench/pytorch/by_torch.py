"""The works by PyTorch. Variants: "" eager with fused optimizers, "foreach" eager with these,
"compile" through torch.compile with fused optimizers."""
import itertools

import torch
from torch import nn
from torch.nn import functional as F

import inputs as i
from step import Step


def library(variant):
    version = ".".join(torch.__version__.split(".")[:2])
    return "pytorch-" + version + ("-" + variant if variant else "")


def use_threads(count):
    torch.set_num_threads(count)


def compiled(variant, function):
    return torch.compile(function) if variant == "compile" else function


def how(variant, rule):
    """Which of its implementations a rule is asked for: RMSprop has no fused one."""
    return {"foreach": True} if variant == "foreach" or rule is torch.optim.RMSprop else {"fused": True}


def give_values(module):
    with torch.no_grad():
        for index, param in enumerate(module.parameters()):
            param.copy_(torch.from_numpy(i.parameter(index, tuple(param.shape))))


class Training:
    """A module, its loss and an optimizer; a step of them on a batch."""

    def __init__(self, module, loss_of, rule, variant, **options):
        self.module = module
        self.optimizer = rule(module.parameters(), **options, **how(variant, rule))
        self.forward = compiled(variant, lambda x, y: loss_of(module(x), y))
        self.loss = None

    def step(self, x, y):
        self.optimizer.zero_grad()
        self.loss = self.forward(x, y)
        self.loss.backward()
        self.optimizer.step()

    def result(self):
        return [self.loss.item()] + [n for p in self.module.parameters() for n in i.sums(p.detach().numpy())]


def on_one_batch(x, y, *arguments, **options):
    training = Training(*arguments, **options)
    return Step(lambda: training.step(x, y), training.result)


def perceptron(widths):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    module = nn.Sequential(*layers[:-1])
    give_values(module)
    return module


def mlp(variant):
    x = torch.from_numpy(i.numbers(1, i.BATCH * i.MLP[0], 0, 1)).view(i.BATCH, i.MLP[0])
    y = torch.from_numpy(i.labels(2, i.BATCH, i.MLP[-1]))
    return on_one_batch(x, y, perceptron(i.MLP), F.cross_entropy, torch.optim.Adam, variant, lr=i.RATE)


def cnn(variant):
    module = nn.Sequential(
        nn.Conv2d(1, i.MAPS, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(i.MAPS, i.MORE_MAPS, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(i.MORE_MAPS * (i.SIDE // 4) ** 2, i.HIDDEN), nn.ReLU(), nn.Linear(i.HIDDEN, i.CLASSES))
    give_values(module)
    x = torch.from_numpy(i.numbers(1, i.CNN_BATCH * i.SIDE**2, 0, 1)).view(i.CNN_BATCH, 1, i.SIDE, i.SIDE)
    y = torch.from_numpy(i.labels(2, i.CNN_BATCH, i.CLASSES))
    return on_one_batch(x, y, module, F.cross_entropy, torch.optim.Adam, variant, lr=i.RATE)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before = nn.LayerNorm(i.WIDTH)
        self.query, self.key, self.value, self.out = (nn.Linear(i.WIDTH, i.WIDTH, bias=False) for _ in range(4))
        self.between = nn.LayerNorm(i.WIDTH)
        self.wide, self.narrow = nn.Linear(i.WIDTH, 4 * i.WIDTH), nn.Linear(4 * i.WIDTH, i.WIDTH)

    def attention(self, x):
        q, k, v = (layer(x).view(i.T_BATCH, i.LENGTH, i.HEADS, -1).transpose(1, 2)
                   for layer in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(i.T_BATCH, i.LENGTH, i.WIDTH))

    def forward(self, x):
        y = x + self.attention(self.before(x))
        return y + self.narrow(F.gelu(self.wide(self.between(y))))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.symbols, self.places = nn.Embedding(i.VOCABULARY, i.WIDTH), nn.Embedding(i.LENGTH, i.WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(i.LAYERS)))
        self.after, self.out = nn.LayerNorm(i.WIDTH), nn.Linear(i.WIDTH, i.VOCABULARY)

    def forward(self, x):
        y = self.blocks(self.symbols(x) + self.places(torch.arange(i.LENGTH)))
        return self.out(self.after(y)).view(-1, i.VOCABULARY)


def transformer(variant):
    module = Transformer()
    give_values(module)
    count = i.T_BATCH * i.LENGTH
    x = torch.from_numpy(i.labels(1, count, i.VOCABULARY)).view(i.T_BATCH, i.LENGTH)
    y = torch.from_numpy(i.labels(2, count, i.VOCABULARY))
    return on_one_batch(x, y, module, F.cross_entropy, torch.optim.AdamW, variant, lr=i.RATE, weight_decay=i.DECAY)


def small_net(variant, rule, **options):
    x = torch.from_numpy(i.numbers(1, 64 * 2, -1, 1)).view(64, 2)
    y = torch.from_numpy(i.labels(2, 64, 2)).view(64, 1).float()
    return on_one_batch(x, y, perceptron(i.SMALL), F.binary_cross_entropy_with_logits, rule, variant,
                        lr=i.SMALL_RATE, **options)


def course(variant):
    x, y = (torch.from_numpy(part) for part in i.moons())
    training = Training(perceptron(i.SMALL).double(), F.binary_cross_entropy_with_logits, torch.optim.Adam, variant,
                        lr=i.SMALL_RATE)
    seeds = itertools.count(11)

    def epoch():
        for chosen in torch.from_numpy(i.course_order(next(seeds))).split(64):
            training.step(x[chosen], y[chosen])

    return Step(epoch, training.result)


def optimizer(variant, rule, **options):
    weight = torch.from_numpy(i.numbers(1, 10_000_000, -1, 1)).view(i.OPTIMIZER_SHAPE).requires_grad_()
    weight.grad = torch.from_numpy(i.numbers(2, 10_000_000, -0.01, 0.01)).view(i.OPTIMIZER_SHAPE)
    made = rule([weight], lr=i.RATE, **options, **how(variant, rule))
    return Step(compiled(variant, made.step), lambda: i.sums(weight.detach().numpy()))


def one_operation():
    a, b, state = torch.full((1,), 1.5), torch.full((1,), 2.25), {}

    def once():
        with torch.inference_mode():
            state["c"] = a + b

    return Step(once, lambda: [state["c"].item()])


def twenty_operations(variant):
    x, w = torch.full((1,), 0.5, requires_grad=True), torch.full((1,), 1.25, requires_grad=True)
    state = {}

    @(lambda function: compiled(variant, function))
    def chain(y, factor):
        for _ in range(10):
            y = torch.tanh(y * factor)
        return y

    def once():
        x.grad = w.grad = None
        y = chain(x, w)
        y.backward()
        state["y"] = y

    return Step(once, lambda: [state["y"].item(), x.grad.item(), w.grad.item()])


def function(called, inputs):
    inputs, state = [torch.from_numpy(part) for part in inputs], {}

    def once():
        with torch.inference_mode():
            state["value"] = called(*inputs)

    return Step(once, lambda: i.sums(state["value"].numpy()))


OPERATIONS = {
    "elementwise/add_large": torch.add, "elementwise/add_row_large": torch.add, "elementwise/relu_large": torch.relu,
    "reduce/sum": torch.sum, "reduce/rows": lambda x: x.sum(1), "reduce/columns": lambda x: x.sum(0),
    "rows/softmax": lambda x: torch.softmax(x, 1), "rows/layer_norm": lambda x, a, b: F.layer_norm(x, (1024,), a, b),
    "move/transpose": lambda x: x.t().contiguous(),
    "unary/exp": torch.exp, "unary/tanh": torch.tanh, "unary/sigmoid": torch.sigmoid, "unary/gelu": F.gelu,
}


def convolution(sizes, both):
    *_, stride, padding, groups = sizes
    x, weight, g = i.convolution(*sizes)
    if not both:
        return function(lambda x, w: F.conv2d(x, w, None, stride, padding, 1, groups), (x, weight))
    x, weight = torch.from_numpy(x).requires_grad_(), torch.from_numpy(weight).requires_grad_()
    g, state = torch.from_numpy(g), {}

    def once():
        y = F.conv2d(x, weight, None, stride, padding, 1, groups)
        state["gradients"] = torch.autograd.grad(y, (x, weight), g)

    return Step(once, lambda: [n for part in state["gradients"] for n in i.sums(part.numpy())])


def works(variant):
    optim = torch.optim
    all_variants = {
        "mlp_step": (10, lambda: mlp(variant)),
        "cnn_step": (10, lambda: cnn(variant)),
        "transformer_step": (10, lambda: transformer(variant)),
        "small_net/adam": (10, lambda: small_net(variant, optim.Adam)),
        "small_net/momentum": (10, lambda: small_net(variant, optim.SGD, momentum=i.MOMENTUM)),
        "optimizer/sgd_10m": (3, lambda: optimizer(variant, optim.SGD)),
        "optimizer/momentum_10m": (3, lambda: optimizer(variant, optim.SGD, momentum=i.MOMENTUM)),
        "optimizer/rmsprop_10m": (3, lambda: optimizer(variant, optim.RMSprop)),
        "optimizer/adam_10m": (3, lambda: optimizer(variant, optim.Adam)),
    }
    if variant == "foreach":
        return all_variants
    all_variants["twenty_operations"] = (1, lambda: twenty_operations(variant))
    if variant == "compile":
        return all_variants
    all_variants["one_operation"] = (1, one_operation)
    all_variants["course_adam"] = (100, lambda: course(variant))
    for shape in i.PRODUCTS:
        m, n, k = shape
        for suffix, dtype in (("", "float32"), ("_f64", "float64")):
            all_variants[f"matrix_product{suffix}/{m}x{n}x{k}"] = (1, lambda s=shape, d=dtype: function(
                torch.matmul, i.product(*s, d)))
    for name, sizes in i.CONVOLUTIONS.items():
        for family, both in (("conv_forward", False), ("conv_both", True)):
            all_variants[f"{family}/{name}"] = (1, lambda s=sizes, b=both: convolution(s, b))
    for name, called in OPERATIONS.items():
        all_variants[name] = (1, lambda n=name, c=called: function(c, i.OPERATIONS[n]()))
    return all_variants
