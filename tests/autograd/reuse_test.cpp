// Derivatives that are written over the gradient they come from: where nobody else can look, and
// nowhere else.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/memory.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>

#include "core/elementwise.hpp"

using namespace attune;

namespace {

constexpr std::int64_t count = 1 << 16;

struct Function {
  const char* name;
  Tensor (*of)(const Tensor&);
};

const Function functions[] = {{"relu", [](const Tensor& x) { return relu(x); }},
                              {"tanh", [](const Tensor& x) { return tanh(x); }},
                              {"sigmoid", [](const Tensor& x) { return sigmoid(x); }},
                              {"gelu", [](const Tensor& x) { return gelu(x); }}};

bool same(const Tensor& a, const Tensor& b) {
  return std::ranges::equal(a.values<float>(), b.values<float>());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reuse)

BOOST_AUTO_TEST_CASE(a_chain_needs_one_gradient) {
  if (!internal::own_kernels()) return;  // the general case writes every derivative anew
  const Tensor x = linspace(-2, 2, count, f32).set_requires_grad();
  for (const Function& function : functions) {
    Tensor y = x;
    for (int i = 0; i < 8; ++i) y = function.of(y);
    const Tensor seed = ones({count});
    trim_memory();
    const MemoryFigures before = memory_figures();
    reset_peak_memory();
    y.backward({.seed = seed});
    const std::size_t more = memory_figures().peak_used - (before.held - before.cached);
    BOOST_TEST(more < 1.5 * count * sizeof(float), function.name << ": " << more);
  }
}

BOOST_AUTO_TEST_CASE(what_others_see_stays) {
  const Tensor x = linspace(-2, 2, count, f32).set_requires_grad();
  for (const Function& function : functions) {
    BOOST_TEST_CONTEXT(function.name) {
      const Tensor slope = sum(function.of(x)).backward()[x];
      const Tensor seed = linspace(1, 3, count, f32), copy = seed.clone();
      const Tensor expected = seed * slope;

      // a seed of the caller's
      BOOST_TEST(same(function.of(x).backward({.seed = seed})[x], expected));
      BOOST_TEST(same(seed, copy));

      // a gradient that is kept, and one that a hook keeps
      Tensor y = function.of(x).retain_grad();
      Tensor seen;
      y.register_hook([&](const Tensor& g) {
        seen = g;
        return Tensor();
      });
      const Gradients gradients = sum(y * seed).backward();
      BOOST_TEST(same(gradients[y], copy));
      BOOST_TEST(same(seen, copy));
      BOOST_TEST(same(gradients[x], expected));

      // one gradient, or views of it, for several
      const Tensor a = function.of(x), b = function.of(x);
      BOOST_TEST(same(((a + b) * seed).backward({.seed = ones({count})})[x], expected + expected));
      const Tensor c = function.of(x);
      const Tensor both = reshape(c, {2, count / 2}) + reshape(function.of(x), {2, count / 2});
      BOOST_TEST(same(sum(reshape(both, {count}) * seed).backward()[x], expected + expected));

      // a graph that is walked twice
      const Tensor loss = sum(function.of(x) * seed);
      const Tensor once = loss.backward({.retain = true})[x];
      BOOST_TEST(same(loss.backward()[x], once));
      BOOST_TEST(same(once, expected));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
