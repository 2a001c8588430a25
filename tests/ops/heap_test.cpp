// How often every row asks the heap, once blocks of its kinds wait in the caches of its thread.
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <map>
#include <new>
#include <string>

#include "autograd/deriving.hpp"
#include "core/elementwise.hpp"
#include "tests/ops/cases.hpp"

namespace {

constinit thread_local long asked = 0, asked_by_derivatives = 0;
constinit thread_local const char* outside = nullptr;  // what `deriving` is between derivatives

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++asked;
  if (attune::internal::deriving != outside) ++asked_by_derivatives;
  if (void* const block = std::malloc(bytes == 0 ? 1 : bytes)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++asked;
  return std::malloc(bytes == 0 ? 1 : bytes);
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace {

using namespace attune;
using namespace attune::tests;

// The walk of backward itself does not count: its lists belong to the graph.
struct Asked {
  long value, derivatives;
  bool operator==(const Asked&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Asked& a) {
  return out << a.value << " and " << a.derivatives;
}

Asked asked_by(const Case& row, std::vector<Tensor> x) {
  outside = internal::deriving;
  for (Tensor& operand : x) {
    operand = operand.detach();
    if (row.traits.orders > 0 && is_floating(operand.dtype())) operand.set_requires_grad();
  }
  Tensor seed;
  Asked last{};
  for (int i = 0; i < 4; ++i) {
    asked = asked_by_derivatives = 0;
    const Tensor y = row(x);
    last = {asked, 0};
    if (!y.requires_grad()) continue;
    if (!seed.defined()) seed = ones(y.shape(), y.dtype());
    asked_by_derivatives = 0;
    y.backward({.seed = seed});
    last.derivatives = asked_by_derivatives;
  }
  return last;
}

struct Exception {
  Asked asked = {0, 0};
  const char* why = "";
};
constexpr const char* list = "several results come in a std::vector";
const std::map<std::string, Exception> exceptions = {
    {"broadcast_tensors", {{1, 0}, list}},
    {"meshgrid", {{1, 0}, list}},
    {"meshgrid:xy", {{1, 0}, list}},
    {"chunk", {{1, 0}, list}},
    {"split", {{1, 0}, list}},
    {"unbind", {{1, 0}, list}},
};

BOOST_AUTO_TEST_SUITE(heap)

BOOST_AUTO_TEST_CASE(is_not_asked) {
  if (!internal::own_kernels()) return;
#ifdef ATTUNE_STD_THREADS  // to start a thread asks the heap, and one leaves when it has waited
  const int before = threads();
  threads(1);
#endif
  std::size_t excepted = 0;
  for (const Case& row : cases()) {
    BOOST_TEST_CONTEXT(row.family << ' ' << row.name) {
      const auto found = exceptions.find(row.name);
      const bool has_one = found != exceptions.end();
      const Exception expected = has_one ? found->second : Exception{};
      excepted += has_one;
      BOOST_TEST_INFO(expected.why);
      BOOST_TEST(asked_by(row, draw_all(row)) == expected.asked);
      BOOST_TEST(asked_by(row, draw_all_large(row)) == expected.asked);
      const NoGrad values_only;
      BOOST_TEST(asked_by(row, draw_all(row)).value == expected.asked.value);
    }
  }
  BOOST_TEST(excepted == exceptions.size());
#ifdef ATTUNE_STD_THREADS
  threads(before);
#endif
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
