// Long graphs, the memory they hold, and graphs in several threads.
#include <atomic>
#include <attune/autograd.hpp>
#include <attune/memory.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <pthread.h>
#include <thread>

#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

namespace {

Tensor variable(std::initializer_list<internal::Nested> entries) {
  return tensor(entries, f64).set_requires_grad();
}

// Runs `work` in a thread whose stack has 256 kB: recursion over a long graph would not fit.
void with_small_stack(std::function<void()> work) {
  pthread_attr_t attributes;
  BOOST_REQUIRE(pthread_attr_init(&attributes) == 0);
  BOOST_REQUIRE(pthread_attr_setstacksize(&attributes, 256u << 10) == 0);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  BOOST_REQUIRE(pthread_create(&thread, &attributes, run, &work) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

std::size_t in_use() {
  const MemoryFigures figures = memory_figures();
  return figures.held - figures.cached;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_life)

BOOST_AUTO_TEST_CASE(a_million_operations_in_a_row) {
  constexpr int length = 1'000'000;
  const Tensor x = variable({1.0});
  double derivative = 0, freed_unused = 0;
  with_small_stack([&] {
    Tensor y = x;
    for (int i = 0; i < length; ++i) y = y + 1;
    derivative = sum(y).backward()[x].item();
    y = x;
    for (int i = 0; i < length; ++i) y = y * 1.0;
    freed_unused = y.item();
    y = Tensor();
  });
  BOOST_TEST(derivative == 1.0);
  BOOST_TEST(freed_unused == 1.0);
}

BOOST_AUTO_TEST_CASE(values_that_no_derivative_needs_are_not_kept) {
  const Tensor x = zeros({1 << 16}).set_requires_grad();
  const std::size_t before = in_use(), one = sizeof(float) << 16;
  Tensor y = x;
  for (int i = 0; i < 20; ++i) y = y + 1;
  BOOST_TEST(in_use() - before < 2 * one);
  y = x;
  for (int i = 0; i < 20; ++i) y = exp(y);
  BOOST_TEST(in_use() - before > 19 * one);
}

BOOST_AUTO_TEST_CASE(backward_lets_go_of_values_on_its_way) {
  const Tensor x = zeros({1 << 16}).set_requires_grad();
  const std::size_t one = sizeof(float) << 16;
  Tensor first = tanh(x);
  std::size_t begin = 0, at_the_end = 0;
  first.register_hook([&](const Tensor&) {
    at_the_end = in_use();
    return Tensor();
  });
  Tensor y = first;
  for (int i = 0; i < 20; ++i) y = tanh(y);
  y = sum(y);
  first = Tensor();
  begin = in_use();
  y.backward();
  BOOST_TEST(at_the_end > 0u);
  BOOST_TEST(at_the_end + 15 * one < begin);
}

BOOST_AUTO_TEST_CASE(two_threads_on_two_graphs_that_share_parameters) {
  const Tensor w = full({64, 64}, 0.5, f64).set_requires_grad();
  const auto run = [&](double factor) {
    Tensor y = w;
    for (int i = 0; i < 20; ++i) y = tanh(y * factor);
    return sum(y).backward()[w];
  };
  const Tensor alone[] = {run(0.9), run(1.1)};
  std::atomic<int> wrong{0};
  const auto repeat = [&](int which) {
    for (int i = 0; i < 50; ++i) {
      const Tensor again = run(which == 0 ? 0.9 : 1.1);
      if (!std::ranges::equal(again.values<double>(), alone[which].values<double>())) ++wrong;
    }
  };
  std::thread other(repeat, 0);
  repeat(1);
  other.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(a_second_backward_inside_one_graph_is_refused) {
  const Tensor x = variable({2.0});
  Tensor y = x * x;
  const Tensor z = sum(y * 3);
  y.register_hook([&](const Tensor&) {
    BOOST_CHECK_EXCEPTION(z.backward({.retain = true}), Error,
                          thrown(ErrorKind::state, {"another backward", "one backward at a time"}));
    return Tensor();
  });
  BOOST_TEST(z.backward({.retain = true})[x].item() == 12.0);
  // The refused one left no trace.
  Tensor again = x * x;
  BOOST_TEST(sum(again).backward()[x].item() == 4.0);
}

BOOST_AUTO_TEST_CASE(a_hook_that_throws_leaves_the_graph_usable) {
  const Tensor x = variable({2.0});
  Tensor y = x * x;
  bool angry = true;
  y.register_hook([&](const Tensor&) -> Tensor {
    if (angry) throw std::runtime_error("no");
    return {};
  });
  const Tensor z = sum(y);
  BOOST_CHECK_THROW(z.backward({.retain = true}), std::runtime_error);
  angry = false;
  BOOST_TEST(z.backward()[x].item() == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
