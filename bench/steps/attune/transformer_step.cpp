// The step of a small transformer, by attune.
#include <attune/nn/attention.hpp>
#include <attune/nn/linear.hpp>
#include <attune/nn/norm.hpp>
#include <attune/ops/activation.hpp>
#include <attune/ops/binary.hpp>
#include <attune/ops/creation.hpp>
#include <attune/ops/views.hpp>
#include <vector>

#include "bench/steps/attune/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

using namespace attune;
using namespace bench::transformer;

struct Block {
  nn::LayerNorm before{{width}};
  nn::MultiheadAttention attention{.size = width, .heads = heads, .causal = true, .bias = false};
  nn::LayerNorm between{{width}};
  nn::Linear wide{width, 4 * width}, narrow{4 * width, width};
  Tensor operator()(const Tensor& x) const {
    const Tensor y = x + attention(before(x));
    return y + narrow(gelu(wide(between(y))));
  }
};

struct Transformer {
  nn::Embedding symbols{vocabulary, width}, places{length, width};
  std::vector<Block> blocks = std::vector<Block>(layers);
  nn::LayerNorm after{{width}};
  nn::Linear out{width, vocabulary};
  Tensor operator()(const Tensor& x) const {
    Tensor y = symbols(x) + places(arange(length));
    for (const Block& block : blocks) y = block(y);
    return reshape(out(after(y)), {batch * length, vocabulary});
  }
};

const bench::Registered registered({work([] {
  return bench::training(
      Transformer(), reshape(tensor(bench::labels(1, batch * length, vocabulary)), {batch, length}),
      tensor(bench::labels(2, batch * length, vocabulary)), rate, "adamw");
})});

}  // namespace
