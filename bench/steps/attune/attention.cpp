// Attention, by attune.
#include "bench/steps/attention.hpp"

#include "bench/steps/attune/operation.hpp"

namespace {

struct Attending : bench::Attune {
  static Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, bool causal) {
    return attune::scaled_dot_product_attention(q, k, v, {.causal = causal});
  }
};

const bench::Registered registered(bench::attention<Attending>());

}  // namespace
