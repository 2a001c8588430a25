// What holds for every registered rule, whatever its formula.
#include <attune/autograd.hpp>
#include <attune/error.hpp>
#include <attune/ops.hpp>
#include <attune/optim.hpp>
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tbb/task_arena.h>
#include <vector>

#include "tests/came.hpp"
#include "tests/optim/problems.hpp"

using namespace attune;
using tests::message_of;

BOOST_AUTO_TEST_SUITE(optimizer)

BOOST_AUTO_TEST_CASE(every_rule_descends_a_bowl) {
  for (const std::string& rule : optim::names()) {
    BOOST_TEST_CONTEXT(rule) {
      tests::Bowl bowl(f64, {7, 3});
      auto opt = optim::make(rule, bowl.params(), {{"lr", 0.01}});
      const double before = bowl.loss().item();
      for (int i = 0; i < 200; ++i) opt.step(bowl.loss().backward());
      BOOST_TEST(bowl.loss().item() < 0.9 * before);
      BOOST_TEST(opt.steps() == 200u);
    }
  }
}

// The same bits for any number of threads, with tensors of many chunks. The threads are those of
// the steps: the bowl has parallel loops of its own.
BOOST_AUTO_TEST_CASE(every_rule_gives_the_same_bits_on_any_threads) {
  const int before = threads();
  for (const std::string& rule : optim::names()) {
    for (const DType dtype : {f32, f64}) {
      BOOST_TEST_CONTEXT(rule << " in " << dtype) {
        std::string expected;
        const auto check = [&](int count) {
          tests::Bowl bowl(dtype, {300, 401});
          auto opt = optim::make(rule, bowl.params(), {{"weight_decay", 0.01}});
          for (int i = 0; i < 3; ++i) opt.step(bowl.loss().backward());
          if (expected.empty()) expected = bowl.bits();
          BOOST_TEST((bowl.bits() == expected), count);
          const Gradients gradients = bowl.loss().backward();
          const tests::Loops loops = tests::loops_of([&] { opt.step(gradients); });
          BOOST_TEST(loops.widest == (count > 1 ? count : 0));
          BOOST_TEST(loops.came >= loops.widest);
        };
        for (const int count : {1, 2, 3, 8}) {
          threads(count);
          check(count);
        }
        tbb::task_arena arena(3);
        const UseArena use(arena);
        check(3);
      }
    }
  }
  threads(before);
}

BOOST_AUTO_TEST_CASE(every_rule_resumes_exactly) {
  for (const std::string& rule : optim::names()) {
    for (DType dtype : {f32, f64}) {
      BOOST_TEST_CONTEXT(rule << " in " << dtype) {
        const OptionList options = {{"lr", 0.02}, {"weight_decay", 0.1}};
        const auto make = [&](tests::Bowl& bowl) {
          auto opt = optim::make(rule, bowl.params(), options);
          opt.schedule("lr", optim::Schedule::cosine(40, 0.1));
          return opt;
        };
        tests::Bowl whole(dtype, {5, 4}), halves(dtype, {5, 4});
        auto opt = make(whole);
        for (int i = 0; i < 20; ++i) opt.step(whole.loss().backward());

        auto first = make(halves);
        for (int i = 0; i < 9; ++i) first.step(halves.loss().backward());
        const optim::State saved = first.state();
        auto second = make(halves);
        second.load(saved);
        BOOST_TEST(second.steps() == 9u);
        for (int i = 9; i < 20; ++i) second.step(halves.loss().backward());
        BOOST_TEST(whole.bits() == halves.bits());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing) {
  for (const std::string& rule : optim::names()) {
    BOOST_TEST_CONTEXT(rule) {
      tests::Bowl bowl(f64, {4});
      auto opt = optim::make(rule, bowl.params());
      opt.step(bowl.loss().backward());
      const auto before = bowl.bits();
      Gradients poisoned = bowl.loss().backward();
      poisoned.set(bowl.first, full({4}, std::nan(""), f64));
      BOOST_TEST(message_of(ErrorKind::numeric, [&] { opt.step(poisoned); }).find("first") !=
                 std::string::npos);
      BOOST_TEST(bowl.bits() == before);
      BOOST_TEST(opt.steps() == 1u);
    }
  }
}

// States that decay would end there, and each instruction that meets a subnormal number is slow.
BOOST_AUTO_TEST_CASE(no_state_is_left_with_subnormal_numbers) {
  const int before = threads();
  int rules_with_state = 0;
  for (const std::string& rule : optim::names()) {
    // Means of gradients and of their squares get there.
    for (const double scale : {1e-38, 1e-19}) {
      BOOST_TEST_CONTEXT(rule << " from " << scale) {
        threads(scale < 1e-30 ? 1 : 2);
        tests::Bowl bowl(f32, {300, 401});
        auto opt = optim::make(rule, bowl.params());
        Gradients fading = bowl.loss().backward();
        fading *= scale;
        for (int i = 0; i < 8; ++i) {
          opt.step(fading);
          if (i == 3) fading *= 0;
        }
        int subnormal = 0;
        rules_with_state += optim::describe(rule).states.empty() ? 0 : 1;
        for (const NamedTensor& state : opt.state().tensors) {
          if (state.tensor.dtype() != f32) continue;
          for (const float value : state.tensor.values<float>())
            subnormal += std::fpclassify(value) == FP_SUBNORMAL;
        }
        BOOST_TEST(subnormal == 0);
      }
    }
  }
  threads(before);
  BOOST_TEST(rules_with_state > 0);
  // For the caller they are what they were.
  volatile float least = std::numeric_limits<float>::min();
  BOOST_TEST(least / 2 > 0);
}

// Small tensors share a thread's turn; the numbers are those of one tensor.
BOOST_AUTO_TEST_CASE(many_small_tensors_are_updated_like_a_large_one) {
  constexpr std::int64_t size = 700, count = 130;
  for (const std::string& rule : optim::names()) {
    BOOST_TEST_CONTEXT(rule) {
      const Tensor start = arange(0, size * count, 1, f32) / 1e5;
      Tensor whole = start.clone().set_requires_grad();
      std::vector<Tensor> parts;
      Params all;
      for (std::int64_t i = 0; i < count; ++i) {
        parts.push_back(slice(start, 0, i * size, (i + 1) * size).clone().set_requires_grad());
        all.push_back({"part" + std::to_string(i), Role::weight, 1, 1, parts.back()});
      }
      auto of_whole = optim::make(rule, Params{{"whole", Role::weight, 1, 1, whole}});
      auto of_parts = optim::make(rule, all);
      for (int step = 0; step < 3; ++step) {
        of_whole.step(sum(square(whole - 0.3)).backward());
        Tensor loss = sum(square(parts[0] - 0.3));
        for (std::int64_t i = 1; i < count; ++i)
          loss = loss + sum(square(parts[static_cast<std::size_t>(i)] - 0.3));
        of_parts.step(loss.backward());
      }
      std::string bits;
      for (const Tensor& part : parts) bits += tests::bits_of(part);
      BOOST_TEST((bits == tests::bits_of(whole)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_zero_gradient_leaves_plain_rules_in_place) {
  for (const std::string rule : {"sgd", "momentum", "nesterov", "rmsprop", "adam"}) {
    BOOST_TEST_CONTEXT(rule) {
      tests::Bowl bowl(f64, {4});
      const auto before = bowl.bits();
      auto opt = optim::make(rule, bowl.params());
      Gradients zero = bowl.loss().backward();
      zero *= 0;
      for (int i = 0; i < 3; ++i) opt.step(zero);
      BOOST_TEST(bowl.bits() == before);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
