// Every row computes the same bits, value and derivatives, at any number of threads and in any
// arena, and is seen to run on them.
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <tbb/task_arena.h>

#include "core/elementwise.hpp"
#include "tests/came.hpp"
#include "tests/ops/cases.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

struct Outcome {
  std::vector<Tensor> tensors;  // the value and the derivatives
  Loops forward, backward;
  // Nothing that could be shared out: the result lies in memory that was given, or all is small.
  bool idle_forward = false, idle_backward = true;
};

// Elements in memory: those of an expanded tensor count once.
std::int64_t stored(const Tensor& x) {
  std::int64_t count = 1;
  for (int axis = 0; axis < x.dim(); ++axis)
    if (x.strides()[axis] != 0) count *= x.size(axis);
  return count;
}

std::string joined(const std::set<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += name + "; ";
  return all;
}

Outcome outcome(const Case& row, std::vector<Tensor> x) {
  if (row.traits.orders > 0) {
    for (Tensor& operand : x) {
      operand = operand.detach();
      if (is_floating(operand.dtype())) operand.set_requires_grad();
    }
  }
  Outcome result;
  Tensor y;
  result.forward = loops_of([&] { y = row(x); });
  result.tensors = {y};
  std::int64_t elements = stored(y);
  for (const Tensor& operand : x) {
    elements += stored(operand);
    if (y.shares_storage(operand)) result.idle_forward = true;
  }
  if (elements < internal::serial_work) result.idle_forward = true;
  if (!y.requires_grad()) return result;
  const Random stream{2};
  const Tensor seed = add(rand(y.shape(), y.dtype()), 0.6);
  Gradients gradients;
  result.backward = loops_of([&] { gradients = y.backward({.retain = true, .seed = seed}); });
  for (const Tensor& operand : x) {
    const Tensor* const found = gradients.find(operand);
    if (!found) continue;
    result.tensors.push_back(*found);
    if (!found->shares_storage(seed) && stored(*found) >= internal::serial_work)
      result.idle_backward = false;
  }
  return result;
}

BOOST_AUTO_TEST_SUITE(thread_counts)

BOOST_AUTO_TEST_CASE(give_the_same_bits) {
  const int before = threads();
  threads(8);  // TBB has threads for the arena, too
  tbb::task_arena arena(3);
  const bool own = internal::own_kernels();
  // The general kernels and sanitizers take their time, and the loops are the same.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const bool whole = false;
#else
  const bool whole = own;
#endif
  const std::vector<int> counts = whole ? std::vector{2, 3, 8} : std::vector{3};
  std::set<std::string> serial;
  int loops = 0, full = 0;
  for (const Case& row : cases()) {
    const std::vector<Tensor> drawn = draw_all_large(row);
    for (const DType dtype : {f64, f32}) {  // of the operands that were drawn in f64
      std::vector<Tensor> x;
      for (const Tensor& operand : drawn)
        x.push_back(operand.dtype() == f64 ? operand.to(dtype) : operand);
      threads(1);
      const Outcome one = outcome(row, x);
      const auto check = [&] {
        const int count = threads();
        BOOST_TEST_CONTEXT(row.family << ' ' << row.name << " in " << dtype << " on " << count) {
          const Outcome other = outcome(row, x);
          BOOST_TEST_REQUIRE(other.tensors.size() == one.tensors.size());
          for (std::size_t i = 0; i < one.tensors.size(); ++i)
            BOOST_TEST(same_bits(other.tensors[i], one.tensors[i]), i);
          const auto see = [&](const Loops& of, bool idle, const char* what) {
            BOOST_TEST(of.came >= of.widest, what << of.came << " threads of " << of.widest);
            if (of.widest == 0 && !idle) serial.insert(row.family + ' ' + row.name + what);
            if (of.widest > 0) ++loops, full += of.widest == count;
          };
          see(other.forward, other.idle_forward, "");
          see(other.backward, other.idle_backward, ": derivative");
        }
      };
      for (const int count : counts) {
        threads(count);
        check();
      }
      if (!whole) continue;
      const UseArena use(arena);
      check();
    }
  }
  threads(before);
  // One thread draws numbers in their order, finds a middle, takes a few elements out of many, and
  // does what only just exceeds a thread's work. The general kernels leave products and most
  // reductions to libraries that use one.
  const std::set<std::string> expected{"conv conv_transpose2d:options",
                                       "join diag:matrix",
                                       "loss nll_loss",
                                       "loss nll_loss:images",
                                       "loss nll_loss:weight",
                                       "random bernoulli:tensor",
                                       "random multinomial",
                                       "random multinomial:replacement",
                                       "reduce median",
                                       "reduce sum:axis"};
  if (own)
    BOOST_TEST(serial == expected, boost::test_tools::per_element());
  else
    BOOST_TEST(serial.size() <= 38, serial.size() << " serial: " << joined(serial));
  BOOST_TEST(loops > (whole ? 3500 : 800));
  BOOST_TEST(full > 0.9 * loops, full << " of " << loops << " had work for every thread");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
