// What operations take from the heap and from the pool, and a backward for which the heap has no
// more memory: each of its allocations fails in turn.
#include <attune/autograd.hpp>
#include <attune/memory.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <functional>
#include <new>
#include <utility>

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

namespace {

std::size_t in_use() {
  const MemoryFigures figures = memory_figures();
  return figures.held - figures.cached;
}

// What the result of an operation holds, once blocks of its kinds wait in the caches, and how often
// the heap was asked meanwhile.
struct Taken {
  std::size_t pool;
  long heap;
};

template <class Operation>
Taken taken(Operation operation) {
  constexpr long plenty = 1'000'000;
  for (int i = 0; i < 3; ++i) static_cast<void>(operation());
  const MemoryFigures before = memory_figures();
  left = plenty;
  const Tensor result = operation();
  const long heap = plenty - left;
  left = -1;
  const MemoryFigures after = memory_figures();
  return {(after.held - after.cached) - (before.held - before.cached), heap};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocations)

BOOST_AUTO_TEST_CASE(an_operation_takes_one_node_and_one_storage) {
  Tensor a = tensor({{0.5, 0.25}, {0.75, 1.0}}), b = a.clone(), c = tensor({1.0, 2.0});
  const Tensor flag = gt(a, 0.5);
  const std::size_t node = taken([&] { return a.detach(); }).pool;
  const std::size_t both = taken([&] { return empty({2, 2}); }).pool;
  BOOST_TEST(node > 0u);
  BOOST_TEST(both > node);
  for (Tensor* x : {&a, &b, &c}) x->set_requires_grad();
  const std::pair<const char*, std::function<Tensor()>> operations[] = {
      {"add", [&] { return a + b; }},
      {"add, broadcast", [&] { return a + c; }},
      {"add, number", [&] { return a + 2; }},
      {"sub", [&] { return a - b; }},
      {"mul", [&] { return a * b; }},
      {"div", [&] { return a / b; }},
      {"pow", [&] { return pow(a, b); }},
      {"maximum", [&] { return maximum(a, b); }},
      {"neg", [&] { return -a; }},
      {"exp", [&] { return exp(a); }},
      {"log", [&] { return log(a); }},
      {"tanh", [&] { return tanh(a); }},
      {"sqrt", [&] { return sqrt(a); }},
      {"relu", [&] { return relu(a); }},
      {"sigmoid", [&] { return sigmoid(a); }},
      {"gelu", [&] { return gelu(a); }},
      {"clamp", [&] { return clamp(a, 0, 1); }},
      {"where", [&] { return where(flag, a, b); }},
      {"softmax", [&] { return softmax(a, 1); }},
      {"log_softmax", [&] { return log_softmax(a, 1); }},
      {"sum", [&] { return sum(a, 0); }},
      {"mm", [&] { return mm(a, b); }},
      {"affine", [&] { return affine(a, b, c); }},
      {"addmm", [&] { return addmm(c, a, b); }},
  };
  for (const auto& [name, operation] : operations) {
    BOOST_TEST_CONTEXT(name) {
      // Without a pool (under the address sanitizer) a block has its exact size: that of this
      // result.
      const Shape shape = operation().shape();
      const std::size_t one_of_each = taken([&] { return empty(shape); }).pool;
      const Taken recorded = taken(operation);
      BOOST_TEST(recorded.pool == one_of_each);
      BOOST_TEST(recorded.heap == 0);
      const NoGrad values_only;
      const Taken plain = taken(operation);
      BOOST_TEST(plain.pool == one_of_each);
      BOOST_TEST(plain.heap == 0);
    }
  }
  // A view has the node alone; a list of inputs may add a block for its edges.
  const Taken view = taken([&] { return reshape(a, {4}); });
  BOOST_TEST(view.pool == node);
  BOOST_TEST(view.heap == 0);
  const Tensor five[] = {a, b, a, b, a};
  const std::size_t ten_rows = taken([&] { return empty({10, 2}); }).pool;
  const Taken listed = taken([&] { return cat(five); });
  BOOST_TEST(listed.pool > ten_rows);
  BOOST_TEST(listed.pool <= ten_rows + 5 * 128);
  BOOST_TEST(listed.heap == 0);
}

// What a chain of `length` holds, and the blocks that went to and fro until its backward is done,
// in bytes an operation.
BOOST_AUTO_TEST_CASE(memory_of_a_graph_grows_with_its_operations_alone) {
  const Tensor x = scalar_tensor(1.0).set_requires_grad();
  const auto of = [&](int length) {
    trim_memory();
    const std::size_t before = in_use();
    reset_peak_memory();
    Tensor y = x;
    for (int i = 0; i < length; ++i) y = y * 1.0 + x;
    const std::size_t built = in_use() - before;
    y.backward();
    const std::size_t peak = memory_figures().peak_used - before;
    y = Tensor();
    BOOST_TEST(in_use() <= before + 4096);
    return std::pair(built, peak);
  };
  const auto [built, peak] = of(20'000);
  const auto [twice_built, twice_peak] = of(40'000);
  BOOST_TEST(static_cast<double>(twice_built) < 2.01 * static_cast<double>(built));
  // What the walk holds beside the graph: lists of nodes and, freed on the way, gradients.
  BOOST_TEST(static_cast<double>(twice_peak) < 1.1 * static_cast<double>(twice_built));
  BOOST_TEST(static_cast<double>(peak) < 1.1 * static_cast<double>(built));
}

BOOST_AUTO_TEST_SUITE_END()
