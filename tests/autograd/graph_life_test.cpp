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

// Two networks over the same leaves: views of them, broadcasts, products, hooks, retained graphs.
BOOST_AUTO_TEST_CASE(two_threads_on_two_graphs_that_share_parameters) {
  constexpr int repetitions = 100;
  const auto leaf = [](const Shape& shape, double from) {
    return reshape(arange(from, from + 0.01 * static_cast<double>(shape.numel()), 0.01, f64), shape)
        .clone()
        .set_requires_grad();
  };
  Tensor hidden = leaf({24, 16}, -1.5), bias = leaf({24}, 0.1), out = leaf({3, 24}, -0.3);
  std::atomic<int> hooked{0};
  out.register_hook([&](const Tensor&) {
    ++hooked;
    return Tensor();
  });
  const Tensor leaves[] = {hidden, bias, out};
  const auto run = [&](int rows, bool twice) {
    const Tensor x = reshape(arange(0, rows * 16, 1, f64), {rows, 16}) / (rows * 16);
    const Tensor y = mm(tanh(mm(x, t(hidden)) + bias), t(out));
    const Tensor loss = mean(square(y - 1)) + sum(square(hidden[3]));
    if (twice) loss.backward({.retain = true});
    return loss.backward();
  };
  const Gradients alone[] = {run(40, false), run(7, true)};
  std::atomic<int> wrong{0}, ready{0};
  const auto repeat = [&](int which) {
    ++ready;
    while (ready < 2) std::this_thread::yield();
    for (int i = 0; i < repetitions; ++i) {
      const Gradients again = which == 0 ? run(40, false) : run(7, true);
      for (const Tensor& parameter : leaves) {
        if (!equal(again[parameter], alone[which][parameter])) ++wrong;
      }
    }
  };
  hooked = 0;
  std::thread other(repeat, 0);
  repeat(1);
  other.join();
  BOOST_TEST(wrong == 0);
  BOOST_TEST(hooked == 3 * repetitions);
  for (const Tensor& parameter : leaves) BOOST_TEST(parameter.version() == 0u);
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

BOOST_AUTO_TEST_CASE(a_graph_that_an_error_left_half_freed_says_so) {
  Tensor x = variable({2.0});
  Tensor y = x * x;
  bool angry = true;
  const auto hook = [&](const Tensor&) -> Tensor {
    if (angry) throw std::runtime_error("no");
    return {};
  };
  y.register_hook(hook);
  const auto unfinished = thrown(ErrorKind::state, {"sum", "did not finish", "compute the result"});
  const Tensor z = sum(y), above = sum(y + 1);
  BOOST_CHECK_THROW(z.backward(), std::runtime_error);
  angry = false;
  BOOST_CHECK_EXCEPTION(z.backward(), Error, unfinished);
  BOOST_CHECK_EXCEPTION(z.backward(), Error, unfinished);
  // What the failed one did not reach still serves, and says the plain truth afterwards.
  BOOST_TEST(above.backward()[x].item() == 4.0);
  BOOST_CHECK_EXCEPTION(above.backward(), Error,
                        thrown(ErrorKind::state, {"sum", "was freed by an earlier", "retain"}));
  // Hooks of variables come last, when all is freed.
  angry = true;
  x.register_hook(hook);
  const Tensor whole = sum(x * x);
  BOOST_CHECK_THROW(whole.backward(), std::runtime_error);
  BOOST_CHECK_EXCEPTION(whole.backward(), Error, unfinished);
}

BOOST_AUTO_TEST_SUITE_END()
