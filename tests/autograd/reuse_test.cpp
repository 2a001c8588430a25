// Derivatives that are written over the gradient they come from: where nobody else can look, and
// nowhere else.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/memory.hpp>
#include <attune/mode.hpp>
#include <attune/ops.hpp>
#include <attune/record.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "autograd/deriving.hpp"
#include "core/elementwise.hpp"
#include "core/impl.hpp"

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

// g / divisor, over g where that is allowed; g is contiguous.
auto quotient(float divisor) {
  return [divisor](const Tensor& g) {
    Tensor room = internal::room_for_derivative("quotient", g);
    const float* const from = internal::data<float>(g);
    float* const to = internal::data<float>(room);
    for (std::int64_t i = 0; i < g.numel(); ++i) to[i] = from[i] / divisor;
    return room;
  };
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

// A hook builds a graph of its own, which keeps values without a handle to them.
BOOST_AUTO_TEST_CASE(what_a_graph_keeps_stays) {
  const Tensor x = linspace(-2, 2, count, f32).set_requires_grad();
  const Tensor w = linspace(-1, 1, count, f32).set_requires_grad();
  const Tensor expected = exp(w.detach());
  Tensor penalty;
  const auto exponential = [&](const Tensor&) {
    const EnableGrad on;
    Tensor r = exp(w);
    penalty = sum(r);
    return r;
  };
  for (const Function& function : functions) {
    Tensor y = function.of(x);
    y.register_hook(exponential);
    sum(y).backward();
    BOOST_TEST(same(penalty.backward()[w], expected), function.name);
  }
  // a second gradient is not added to it either
  const Tensor a = x * 2;
  Tensor b = a + x;
  b.register_hook(exponential);
  (sum(a * 3) + sum(b)).backward();
  BOOST_TEST(same(penalty.backward()[w], expected));
}

BOOST_AUTO_TEST_CASE(several_edges_see_one_gradient) {
  const Tensor a = ones({count}).set_requires_grad(), b = ones({count}).set_requires_grad();
  const Tensor y = record("halves", a.detach().clone(), wrt(a, quotient(2)), wrt(b, quotient(2)));
  const Gradients gradients = sum(y * ones({count})).backward();
  BOOST_TEST(same(gradients[a], full({count}, 0.5f)));
  BOOST_TEST(same(gradients[b], full({count}, 0.5f)));
}

// What a derivative that is not finite is found to come from.
BOOST_AUTO_TEST_CASE(anomaly_mode_sees_the_gradient_that_came) {
  const DetectAnomaly on;
  const Tensor a = ones({count}).set_requires_grad();
  const Tensor y = record("infinite", a.detach().clone(), wrt(a, quotient(0)));
  BOOST_CHECK_EXCEPTION(sum(y * a).backward(), Error, [](const Error& e) {
    return std::string(e.what()).find("the gradient that came in is finite") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
