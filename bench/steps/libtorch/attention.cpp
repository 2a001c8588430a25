// Attention, by libtorch, whose 1.13 has no public function of it: the products written out.
#include "bench/steps/attention.hpp"

#include <cmath>
#include <limits>

#include "bench/steps/libtorch/operation.hpp"

namespace {

struct Attending : bench::Libtorch {
  static Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, bool causal) {
    const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
    Tensor scores = torch::matmul(q * scale, k.transpose(-2, -1));
    if (causal) {
      const Tensor hidden = torch::ones({q.size(-2), k.size(-2)}, torch::kBool).triu(1);
      scores = scores.masked_fill(hidden, -std::numeric_limits<float>::infinity());
    }
    return torch::matmul(torch::softmax(scores, -1), v);
  }
};

const bench::Registered registered(bench::attention<Attending>());

}  // namespace
