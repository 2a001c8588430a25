// The step of a small transformer, by libtorch, which has no public function of attention in 1.13.
#include <cmath>
#include <limits>
#include <torch/optim/adamw.h>

#include "bench/steps/libtorch/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

using namespace bench::transformer;
namespace nn = torch::nn;

struct BlockImpl : nn::Module {
  nn::LayerNorm before, between;
  nn::Linear query, key, value, out, wide, narrow;
  torch::Tensor hidden = torch::ones({length, length}, torch::kBool).triu(1);

  BlockImpl()
      : before(nn::LayerNormOptions({width})),
        between(nn::LayerNormOptions({width})),
        query(nn::LinearOptions(width, width).bias(false)),
        key(nn::LinearOptions(width, width).bias(false)),
        value(nn::LinearOptions(width, width).bias(false)),
        out(nn::LinearOptions(width, width).bias(false)),
        wide(width, 4 * width),
        narrow(4 * width, width) {
    register_module("before", before);
    register_module("query", query);
    register_module("key", key);
    register_module("value", value);
    register_module("out", out);
    register_module("between", between);
    register_module("wide", wide);
    register_module("narrow", narrow);
  }

  torch::Tensor attention(const torch::Tensor& x) {
    const auto in_heads = [](const torch::Tensor& y) {
      return y.view({batch, length, heads, width / heads}).transpose(1, 2);
    };
    const double scale = 1 / std::sqrt(static_cast<double>(width / heads));
    torch::Tensor scores =
        torch::matmul(in_heads(query(x)), in_heads(key(x)).transpose(-2, -1)) * scale;
    scores = scores.masked_fill(hidden, -std::numeric_limits<float>::infinity());
    const torch::Tensor y = torch::matmul(torch::softmax(scores, -1), in_heads(value(x)));
    return out(y.transpose(1, 2).reshape({batch, length, width}));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor y = x + attention(before(x));
    return y + narrow(torch::gelu(wide(between(y))));
  }
};
TORCH_MODULE(Block);

struct TransformerImpl : nn::Module {
  nn::Embedding symbols{vocabulary, width}, places{length, width};
  nn::Sequential blocks;
  nn::LayerNorm after{nn::LayerNormOptions({width})};
  nn::Linear out{width, vocabulary};

  TransformerImpl() {
    for (std::int64_t i = 0; i < layers; ++i) blocks->push_back(Block());
    register_module("symbols", symbols);
    register_module("places", places);
    register_module("blocks", blocks);
    register_module("after", after);
    register_module("out", out);
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor y = symbols(x) + places(torch::arange(length));
    return out(after(blocks->forward(y))).view({batch * length, vocabulary});
  }
};
TORCH_MODULE(Transformer);

const bench::Registered registered({work([] {
  return bench::training<torch::optim::AdamW, torch::optim::AdamWOptions>(
      Transformer(), bench::tensor(bench::labels(1, batch * length, vocabulary), {batch, length}),
      bench::tensor(bench::labels(2, batch * length, vocabulary), {batch * length}), rate);
})});

}  // namespace
