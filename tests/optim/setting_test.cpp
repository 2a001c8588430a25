// Options that change while an optimizer lives: what they switch on and off, and what is refused
// before anything has changed.
#include <algorithm>
#include <attune/memory.hpp>
#include <attune/optim.hpp>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "core/storage.hpp"
#include "tests/optim/problems.hpp"
#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

BOOST_AUTO_TEST_SUITE(setting)

// The second parameter meets its first gradient after the resume, under options that alone would
// not keep the state b any more.
BOOST_AUTO_TEST_CASE(a_state_that_was_in_use_stays_so_over_a_resume) {
  const auto run = [](bool resumed) {
    tests::Bowl bowl(f64, {3});
    auto opt = optim::make("rmsprop", bowl.params(), {{"momentum", 0.9}});
    for (int i = 0; i < 2; ++i) opt.step(sum(square(bowl.first)).backward());
    opt.set("momentum", 0);
    if (resumed) {
      auto other = optim::make("rmsprop", bowl.params());
      other.load(opt.state());
      opt = std::move(other);
    }
    for (int i = 0; i < 2; ++i) opt.step(bowl.loss().backward());
    opt.set("momentum", 0.9);
    for (int i = 0; i < 2; ++i) opt.step(bowl.loss().backward());
    return bowl.bits();
  };
  BOOST_TEST(run(true) == run(false));
}

// What the optimizer that loads was made with leaves no trace.
BOOST_AUTO_TEST_CASE(a_state_that_was_not_in_use_is_not_after_a_resume) {
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("rmsprop", bowl.params());
  opt.step(bowl.loss().backward());
  auto other = optim::make("rmsprop", bowl.params(), {{"momentum", 0.9}});
  other.load(opt.state());
  other.step(bowl.loss().backward());
  opt.step(bowl.loss().backward());
  BOOST_TEST(other.state().tensors.size() == opt.state().tensors.size());
}

// There is memory for the state of the first parameter, and none for that of the second: nor for
// that of the first under the address sanitizer, where the pool keeps no blocks.
BOOST_AUTO_TEST_CASE(a_step_without_memory_begins_no_state) {
  const Tensor few = ones({3}, f64), many = ones({40000}, f64);
  Tensor first = few.clone().set_requires_grad(), second = many.clone().set_requires_grad();
  auto opt = optim::make("rmsprop", Params{{"first", Role::weight, 1, 1, first},
                                           {"second", Role::weight, 1, 1, second}});
  const auto slope = [&] { return sum(first * 0.5) + sum(second * 2.0); };
  opt.step(slope().backward());
  const std::size_t in_use = opt.state().tensors.size();
  opt.set("momentum", 0.9);
  {
    const Gradients gradients = slope().backward();
    trim_memory();
    std::vector{empty({3}, f64), empty({3}, f64)};  // the pool keeps their blocks
    const internal::NoNewMemory none;
    BOOST_CHECK_EXCEPTION(opt.step(gradients), Error, thrown(ErrorKind::memory, {"cannot be had"}));
  }
  BOOST_TEST(opt.state().tensors.size() == in_use);
  opt.set("momentum", 0);
  opt.step(slope().backward());
  BOOST_TEST(opt.state().tensors.size() == in_use);
  BOOST_TEST(opt.steps() == 2u);
}

// The mean that was subtracted while it was centred is subtracted no more.
BOOST_AUTO_TEST_CASE(rmsprop_that_is_centred_no_more_is_plain) {
  tests::Bowl was(f64, {3}), plain(f64, {3});
  const auto slope = [](const tests::Bowl& bowl) {
    return sum(bowl.first * 0.5) + sum(bowl.second * 2.0);  // v does not hang on the parameters
  };
  auto centred = optim::make("rmsprop", was.params(), {{"centered", true}});
  auto other = optim::make("rmsprop", plain.params());
  for (int step = 0; step < 5; ++step) {
    centred.step(slope(was).backward());
    other.step(slope(plain).backward());
  }
  centred.set("centered", false);
  const double before = was.first[0].item(), plain_before = plain.first[0].item();
  centred.step(slope(was).backward());
  other.step(slope(plain).backward());
  BOOST_TEST(was.first[0].item() - before == plain.first[0].item() - plain_before,
             boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(a_rule_that_owns_weight_decay_takes_no_mode_of_it) {
  tests::Bowl bowl(f64, {3});
  BOOST_CHECK_EXCEPTION(optim::make("adamw", bowl.params(), {{"decay", "l2"}}), Error,
                        thrown(ErrorKind::value, {"adamw", "decay"}));
  optim::make("adam", bowl.params(), {{"decay", "decoupled"}});
  const auto of_host = [](const char* rule, const char* option) {
    return std::ranges::count(optim::describe(rule).host_options, option, &OptionInfo::name);
  };
  for (const char* option : {"decay", "weight_decay"}) {
    BOOST_TEST(of_host("adam", option) == 1);
    BOOST_TEST(of_host("adamw", option) == 0);
  }
}

// What the list says is there can be asked for.
BOOST_AUTO_TEST_CASE(every_option_that_is_described_has_a_value) {
  for (const std::string& rule : optim::names()) {
    tests::Bowl bowl(f64, {3});
    const auto opt = optim::make(rule, bowl.params());
    const optim::RuleInfo info = optim::describe(rule);
    for (const auto& list : {info.options, info.host_options}) {
      for (const OptionInfo& option : list) BOOST_TEST(opt.get(option.name) == option.initial);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_schedule_does_not_lead_around_the_rules_own_check) {
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("sgd", bowl.params(), {{"momentum", 0.9}, {"nesterov", true}});
  opt.schedule("momentum", optim::Schedule("cut", 1, [](std::uint64_t t) { return t < 2; }));
  for (int i = 0; i < 2; ++i) opt.step(bowl.loss().backward());
  const auto before = bowl.bits();
  BOOST_CHECK_EXCEPTION(opt.step(bowl.loss().backward()), Error,
                        thrown(ErrorKind::value, {"sgd at step 3"}));
  BOOST_TEST(bowl.bits() == before);
  BOOST_TEST(opt.steps() == 2u);
}

BOOST_AUTO_TEST_CASE(a_value_is_checked_at_the_peak_of_its_schedule) {
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("momentum", bowl.params(), {{"beta", 0.4}});
  opt.schedule("beta", optim::Schedule::linear_warmup(10));
  opt.schedule("beta", optim::Schedule("up", 2, [](std::uint64_t t) { return t < 9 ? 1 : 2; }));
  BOOST_CHECK_EXCEPTION(opt.set("beta", 0.6), Error, thrown(ErrorKind::value, {"beta", "1.2"}));
  BOOST_TEST(opt.get("beta") == 0.4);
}

BOOST_AUTO_TEST_CASE(all_groups_are_set_or_none) {
  tests::Bowl bowl(f64, {3});
  const Params all = bowl.params();
  auto opt = optim::make("momentum", {{{all[0]}, {}}, {{all[1]}, {{"beta", 0.4}}}});
  opt.schedule(1, "beta", optim::Schedule::constant(2));
  BOOST_CHECK_THROW(opt.set("beta", 0.7), Error);
  BOOST_TEST(opt.get("beta", 0) == 0.9);
  BOOST_CHECK_THROW(opt.schedule("beta", optim::Schedule::constant(2.4)), Error);
  BOOST_TEST(opt.get("beta", 0) == 0.9);
  auto other = optim::make("momentum", {{{all[0]}, {{"beta", 0.1}}}, {{all[1]}, {}}});
  BOOST_CHECK_THROW(other.schedule("beta", optim::Schedule::constant(2)), Error);
  BOOST_TEST(other.get("beta", 0) == 0.1);
}

BOOST_AUTO_TEST_CASE(a_schedule_moves_a_count_by_whole_numbers) {
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("adam", bowl.params(), {{"seed", 10}});
  opt.schedule("seed", optim::Schedule::constant(0.26));
  BOOST_TEST(opt.get("seed") == 3);
  opt.step(bowl.loss().backward());
}

BOOST_AUTO_TEST_SUITE_END()
