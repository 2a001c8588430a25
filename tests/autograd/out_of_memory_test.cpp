// A backward for which the heap has no more memory: each of its allocations fails in turn.
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>

#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

namespace {

constinit thread_local long left = -1;  // allocations until one fails; -1: none does

class Exhausted {
 public:
  explicit Exhausted(long after) { left = after; }
  ~Exhausted() { left = -1; }
};

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t bytes) {
  if (left >= 0 && left-- == 0) throw std::bad_alloc();
  if (void* const block = std::malloc(bytes == 0 ? 1 : bytes)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace {

constexpr int many = 20;  // variables: more than a scan looks through

struct Graph {
  std::vector<Tensor> variables;
  Tensor result;

  Graph() {
    Tensor total = zeros({});
    for (int i = 0; i < many; ++i) {
      variables.push_back(scalar_tensor(i + 1.0).set_requires_grad());
      total = total + square(variables.back());
    }
    variables.front().register_hook([](const Tensor& g) { return g; });
    result = total;
  }
  bool right(const Gradients& g) const {
    bool equal = g.size() == many;
    for (int i = 0; equal && i < many; ++i) {
      equal = g[variables[static_cast<std::size_t>(i)]].item() == 2.0 * (i + 1);
    }
    return equal;
  }
};

// Lets allocation 0, 1, 2, ... of backward fail and hands the graph to `afterwards` each time;
// returns how many did fail.
template <class Afterwards>
int each_allocation_fails(bool retain, Afterwards afterwards) {
  for (int failed = 0;; ++failed) {
    const Graph graph;
    try {
      const Exhausted exhausted(failed);
      const Gradients gradients = graph.result.backward({.retain = retain});
      return failed;
    } catch (const Error& error) {
      BOOST_TEST(thrown(ErrorKind::memory, {"backward"})(error));
    }
    afterwards(graph);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(out_of_memory)

BOOST_AUTO_TEST_CASE(a_retained_graph_serves_again) {
  const int failed = each_allocation_fails(true, [](const Graph& graph) {
    BOOST_TEST(graph.right(graph.result.backward()));
    for (const Tensor& variable : graph.variables) BOOST_TEST(variable.defined());
  });
  BOOST_TEST(failed > 10);
}

BOOST_AUTO_TEST_CASE(a_graph_freed_in_part_says_so) {
  each_allocation_fails(false, [](const Graph& graph) {
    try {
      BOOST_TEST(graph.right(graph.result.backward()));
    } catch (const Error& error) {
      BOOST_TEST(thrown(ErrorKind::state, {"freed, at least in part"})(error));
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
