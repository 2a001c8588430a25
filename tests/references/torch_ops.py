#!/usr/bin/env python3
"""Attention and convolutions by PyTorch, in f64: torch_ops.py FOLDER (tests/references/files).

Python 3 with PyTorch and safetensors (2.15.0 and 0.8.0 when the committed file was made).
Writes torch_ops.safetensors: of each case its operands, "<case>/x0", "/x1", ...; the result, "/y"; the gradient
that arrives there, "/g"; the derivatives by the floating operands, "/d0", "/d1", ...
"""
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
tensors = {}


def case(name, function, *operands):
    for i, operand in enumerate(operands):
        tensors[f"{name}/x{i}"] = operand.clone()
        if operand.is_floating_point():
            operand.requires_grad_()
    y = function(*operands)
    g = torch.randn(y.shape)
    y.backward(g)
    tensors[f"{name}/y"], tensors[f"{name}/g"] = y.detach().contiguous(), g
    for i, operand in enumerate(operands):
        if operand.is_floating_point():
            tensors[f"{name}/d{i}"] = operand.grad.contiguous()


def attention():
    attend = F.scaled_dot_product_attention

    def qkv(queries=5, keys=7, batch=(2, 3), width=4, value_width=6):
        return [torch.randn(*batch, queries, width), torch.randn(*batch, keys, width),
                torch.randn(*batch, keys, value_width)]

    case("attention", attend, *qkv())
    case("attention_scale", lambda q, k, v: attend(q, k, v, scale=0.3), *qkv())
    case("attention_causal", lambda q, k, v: attend(q, k, v, is_causal=True), *qkv())
    case("attention_causal_tall", lambda q, k, v: attend(q, k, v, is_causal=True), *qkv(9, 4))
    seen = torch.rand(3, 5, 7) < 0.5
    seen[1, 2] = False
    case("attention_seen", lambda q, k, v, m: attend(q, k, v, attn_mask=m), *qkv(), seen)
    added = torch.randn(5, 7)
    case("attention_added", lambda q, k, v, m: attend(q, k, v, attn_mask=m), *qkv(), added)
    hidden = torch.randn(2, 1, 1, 7)
    hidden[0, 0, 0, 2:5] = -float("inf")
    hidden[1] = -float("inf")
    q, k, v = qkv()
    case("attention_hidden", lambda q, k, v: attend(q, k, v, attn_mask=hidden), q, k, v)
    tensors["attention_hidden/x3"] = hidden
    case("attention_broadcast", attend, torch.randn(2, 1, 5, 4), torch.randn(3, 7, 4), torch.randn(7, 6))
    case("attention_blocks", lambda q, k, v: attend(q, k, v, is_causal=True), *qkv(290, 530, (1,), 2, 1))


def layer():
    def attend(query, key, value, in_weight, in_bias, out_weight, out_bias):
        y, _ = F.multi_head_attention_forward(
            query.transpose(0, 1), key.transpose(0, 1), value.transpose(0, 1), 8, 2, in_weight, in_bias,
            None, None, False, 0.0, out_weight, out_bias, need_weights=False)
        return y.transpose(0, 1)

    case("layer", attend, torch.randn(3, 5, 8), torch.randn(3, 7, 8), torch.randn(3, 7, 8), torch.randn(24, 8),
         torch.randn(24), torch.randn(8, 8), torch.randn(8))


def convolutions():
    case("conv1d", F.conv1d, torch.randn(2, 3, 9), torch.randn(4, 3, 3), torch.randn(4))
    case("conv1d_options", lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=3, dilation=2, groups=2),
         torch.randn(2, 4, 11), torch.randn(6, 2, 3), torch.randn(6))
    case("conv_transpose2d", F.conv_transpose2d, torch.randn(2, 3, 4, 5), torch.randn(3, 4, 3, 2), torch.randn(4))
    case("conv_transpose2d_options",
         lambda x, w, b: F.conv_transpose2d(x, w, b, stride=(2, 3), padding=(1, 2), output_padding=(1, 2),
                                            groups=2, dilation=(2, 1)),
         torch.randn(2, 4, 4, 5), torch.randn(4, 3, 3, 4), torch.randn(6))


if __name__ == "__main__":
    attention()
    layer()
    convolutions()
    save_file(tensors, f"{sys.argv[1]}/torch_ops.safetensors", {"torch": torch.__version__})
