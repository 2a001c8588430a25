// What a rule may have beyond `at`, and what a plugin does when its code throws, called through the
// C table.
#include <attune/plugin_abi.h>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/optim/hooked_rules.hpp"
#include "tests/optim/tiny_host.hpp"

using attune::tests::plugin;
using attune::tests::rule;

BOOST_AUTO_TEST_SUITE(plugin_hooks_test)

BOOST_AUTO_TEST_CASE(a_plugin_lists_rules_and_initializers_in_order) {
  BOOST_TEST(plugin().abi_major == ATTUNE_ABI_MAJOR);
  BOOST_TEST(plugin().n_rules == 5u);
  BOOST_TEST(plugin().n_initializers == 1u);
  BOOST_TEST(plugin().rules[1]->name == std::string("anchored"));
  BOOST_TEST(plugin().initializers[0]->name == std::string("ramp"));
  BOOST_TEST(rule("trust").version == 3u);
  BOOST_TEST(rule("rows").version == 1u);
}

BOOST_AUTO_TEST_CASE(needs_follow_from_what_a_rule_has) {
  const auto has = [](std::string_view name, int bit) {
    return (rule(name).needs & ATTUNE_NEED(bit)) != 0;
  };
  BOOST_TEST(has("trust", ATTUNE_NEED_TENSOR_SUMS));
  BOOST_TEST(!has("trust", ATTUNE_NEED_GLOBAL_SUMS));
  BOOST_TEST(has("anchored", ATTUNE_NEED_GLOBAL_SUMS));
  BOOST_TEST(has("anchored", ATTUNE_NEED_EVAL_VIEW));
  BOOST_TEST(has("anchored", ATTUNE_NEED_STATE_INIT));
  BOOST_TEST(!has("thrower", ATTUNE_NEED_STATE_INIT));
  BOOST_TEST(has("rows", ATTUNE_NEED_MATRIX));
  BOOST_TEST(!has("rows", ATTUNE_NEED_ELEMENTWISE));
  BOOST_TEST(has("noise", ATTUNE_NEED_RANDOM));
  BOOST_TEST(!has("trust", ATTUNE_NEED_RANDOM));
}

BOOST_AUTO_TEST_CASE(sums_leave_the_padding_of_a_tail_out) {
  std::vector<double> start(37, 3.0);
  start.back() = 6;  // what a tail is padded with
  tiny::Run<double> run(rule("trust"), start);
  run.step(std::vector<double>(37, 2.0), 16);
  const double size = 0.5 * std::sqrt((36 * 9 + 36) / (37 * 4.0));
  BOOST_TEST(run.value.front() == 3 - size * 2, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(run.value.back() == 6 - size * 2, boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(saved_scalars_starts_and_views) {
  const attune_rule& anchored = rule("anchored");
  BOOST_TEST(anchored.saved[0]->name == std::string("largest"));
  BOOST_TEST(anchored.saved[1]->initial == 10);
  tiny::Run<double> run(anchored, std::vector<double>(21, 2.0));
  run.set("pace", 4);
  run.step(std::vector<double>(21, 1.0), 8);
  run.step(std::vector<double>(21, -3.0), 8);
  BOOST_TEST(run.saved[0] == 21 * 0.25);
  BOOST_TEST(run.saved[1] == 12);
  BOOST_TEST(run.states[1] == std::vector<double>(21, 6.0), boost::test_tools::per_element());
  const auto states = run.states;
  const auto value = run.value;
  BOOST_TEST(run.evaluation(8) == std::vector<double>(21, 2.25), boost::test_tools::per_element());
  BOOST_TEST(run.value == value);
  BOOST_TEST((run.states == states));
}

BOOST_AUTO_TEST_CASE(exceptions_become_codes_and_texts) {
  const attune_rule& thrower = rule("thrower");
  alignas(64) unsigned char scratch[1024];
  BOOST_REQUIRE(thrower.step_bytes <= sizeof scratch);
  const auto prepare = [&](double kind) {
    const double options[] = {1, kind};
    attune_step step{};
    step.struct_size = sizeof step;
    step.options = options;
    return thrower.prepare(&step, scratch);
  };
  BOOST_TEST(prepare(0) == ATTUNE_OK);
  BOOST_TEST(prepare(1) == ATTUNE_E_INTERNAL);
  BOOST_TEST(tiny::last_failure == "the moon is full");
  BOOST_TEST(prepare(2) == ATTUNE_E_MEMORY);
  BOOST_TEST(tiny::last_failure == "out of memory");
  BOOST_TEST(prepare(3) == ATTUNE_E_INTERNAL);
  BOOST_TEST(tiny::last_failure == "an exception that is no std::exception");
}

BOOST_AUTO_TEST_CASE(a_rule_draws_by_element_whatever_the_chunks) {
  const std::vector<double> zeros(37);
  tiny::Run<double> whole(rule("noise"), zeros), pieces(rule("noise"), zeros);
  for (int i = 0; i < 2; ++i) {
    whole.step(zeros, 37);
    pieces.step(zeros, 5);
  }
  BOOST_TEST(whole.value == pieces.value, boost::test_tools::per_element());
  double first[37], second[37], uniform[37];
  tiny::host().normal({7, 1}, 3, 0, 37, first);
  tiny::Run<double> once(rule("noise"), zeros);
  once.step(zeros, 37);
  tiny::keyed({7, 1}, 0, 0, 37, uniform);
  for (std::size_t i = 0; i < 37; ++i) BOOST_TEST(once.value[i] == uniform[i] - first[i]);
  tiny::host().normal({7, 2}, 3, 0, 37, second);
  BOOST_TEST(first[5] != second[5]);
  tiny::Run<double> bias(rule("noise"), zeros);
  bias.role = ATTUNE_ROLE_BIAS;
  bias.step(zeros, 37);
  BOOST_TEST(bias.value == zeros, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_matrix_rule_sees_one_tensor) {
  std::vector<double> value{1, 2, 3, 4}, gradient{1, 3, -2, 0};
  const std::int64_t shape[] = {2, 2};
  const double options[] = {1};
  attune_step step{};
  step.struct_size = sizeof step;
  step.options = options;
  attune_param param{};
  param.struct_size = sizeof param;
  param.rank = 2;
  param.shape = shape;
  param.value = value.data();
  param.gradient = gradient.data();
  BOOST_TEST(rule("rows").matrix(&step, &param) == ATTUNE_OK);
  const std::vector<double> expected{-1, 0, 4, 5};
  BOOST_TEST(value == expected, boost::test_tools::per_element());
  param.rank = 1;
  BOOST_TEST(rule("rows").matrix(&step, &param) == ATTUNE_E_INVALID);
  BOOST_TEST(tiny::last_failure == "takes matrices; give others to adamw");
}

BOOST_AUTO_TEST_SUITE_END()
