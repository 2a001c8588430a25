// What the host does around a rule: options, groups, schedules, clipping and decay, and what it
// refuses to optimize, to load, or to do once it was moved from.
#include <array>
#include <attune/autograd.hpp>
#include <attune/error.hpp>
#include <attune/ops.hpp>
#include <attune/optim.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/optim/problems.hpp"

using namespace attune;
using tests::message_of;

BOOST_AUTO_TEST_SUITE(optimizer)

BOOST_AUTO_TEST_CASE(options_are_checked_by_name_and_range) {
  tests::Bowl bowl(f64, {4});
  for (const std::string& rule : optim::names()) {
    BOOST_TEST_CONTEXT(rule) {
      const auto unknown = message_of(ErrorKind::value, [&] {
        optim::make(rule, bowl.params(), {{"lrr", 0.1}});
      });
      BOOST_TEST(unknown.find("\"lr\"") != std::string::npos);
      const auto outside = message_of(ErrorKind::value, [&] {
        optim::make(rule, bowl.params(), {{"lr", -1.0}});
      });
      BOOST_TEST(outside.find("-1") != std::string::npos);
      const auto truth = message_of(ErrorKind::value, [&] {
        optim::make(rule, bowl.params(), {{"lr", true}});
      });
      BOOST_TEST(truth.find("\"true\", which is no number") != std::string::npos, truth);
      message_of(ErrorKind::value, [&] {
        optim::make(rule, bowl.params(), {{"lr", std::nan("")}});
      });
    }
  }
  BOOST_TEST(message_of(ErrorKind::value, [&] {
               optim::make("adm", bowl.params());
             }).find("adam") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_option_given_twice_is_refused_with_both_values) {
  tests::Bowl bowl(f64, {4});
  const auto twice = message_of(ErrorKind::value, [&] {
    optim::make("adam", bowl.params(), {{"lr", 0.25}, {"beta1", 0.5}, {"lr", "1e-3"}});
  });
  for (const char* part : {"adam", "lr", "0.25", "1e-3"}) {
    BOOST_TEST(twice.find(part) != std::string::npos, part << " is not in: " << twice);
  }
  message_of(ErrorKind::value, [&] {
    optim::make("adam", {{bowl.params(), {{"lr", 0.25}, {"lr", 0.25}}}});
  });
  const auto nearer = optim::make("adam", {{bowl.params(), {{"lr", 0.5}}}}, {{"lr", 0.25}});
  BOOST_TEST(nearer.get("lr") == 0.5);
}

BOOST_AUTO_TEST_CASE(one_that_was_moved_from_says_so) {
  tests::Bowl bowl(f64, {4});
  auto from = optim::make("adam", bowl.params());
  const Gradients gradients = bowl.loss().backward();
  from.step(gradients);
  auto to = std::move(from);
  const optim::State state = to.state();
  const std::vector<std::function<void()>> calls = {
      [&] { from.step(gradients); },                             // NOLINT: what is tested
      [&] { from.set("lr", 1); },                                // NOLINT
      [&] { from.set(0, "lr", 1); },                             // NOLINT
      [&] { from.get("lr"); },                                   // NOLINT
      [&] { from.schedule("lr", optim::Schedule::cosine(9)); },  // NOLINT
      [&] { from.rule(); },                                      // NOLINT
      [&] { from.groups(); },                                    // NOLINT
      [&] { from.steps(); },                                     // NOLINT
      [&] { from.gradient_norm(); },                             // NOLINT
      [&] { from.state(); },                                     // NOLINT
      [&] { from.load(state); },                                 // NOLINT
  };
  for (const auto& call : calls) {
    const auto text = message_of(ErrorKind::state, call);
    BOOST_TEST(text.find("moved from") != std::string::npos, text);
  }
  to.step(gradients);
  BOOST_TEST(to.steps() == 2u);
  from = std::move(to);
  BOOST_TEST(from.steps() == 2u);
}

BOOST_AUTO_TEST_CASE(groups_have_options_of_their_own) {
  tests::Bowl bowl(f64, {3});
  const Params all = bowl.params();
  auto opt = optim::make("sgd", {{{all[0]}, {{"lr", 0.5}}}, {{all[1]}, {}}}, {{"lr", 0.0}});
  const auto second = tests::bits_of(all[1].tensor);
  const auto first = tests::bits_of(all[0].tensor);
  opt.step(bowl.loss().backward());
  BOOST_TEST(tests::bits_of(all[1].tensor) == second);
  BOOST_TEST(tests::bits_of(all[0].tensor) != first);
  BOOST_TEST(opt.get("lr", 0) == 0.5);
  opt.set(1, "lr", 0.25);
  BOOST_TEST(opt.get("lr", 1) == 0.25);
  message_of(ErrorKind::index, [&] { opt.set(2, "lr", 0.25); });
}

BOOST_AUTO_TEST_CASE(schedules_move_any_real_option) {
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("momentum", bowl.params(), {{"lr", 0.1}, {"beta", 0.8}});
  opt.schedule("lr", optim::Schedule::step(2, 0.5));
  opt.schedule("beta", optim::Schedule::constant(0.5));
  BOOST_TEST(opt.get("beta") == 0.4);
  BOOST_TEST(opt.get("lr") == 0.1);
  for (int i = 0; i < 2; ++i) opt.step(bowl.loss().backward());
  BOOST_TEST(opt.get("lr") == 0.05);
  message_of(ErrorKind::value, [&] { opt.schedule("averaged", optim::Schedule::constant(1)); });
  // 1.6 is no decay rate
  message_of(ErrorKind::value, [&] { opt.schedule("beta", optim::Schedule::constant(2)); });
  BOOST_TEST(opt.get("beta") == 0.4);
}

// p -= lr g with g transformed in the documented order.
BOOST_AUTO_TEST_CASE(the_host_clips_decays_and_climbs) {
  const auto after = [](const OptionList& options) {
    tests::Bowl bowl(f64, {1});
    OptionList all = {{"lr", 1.0}};
    all.insert(all.end(), options.begin(), options.end());
    auto opt = optim::make("sgd", {{bowl.params()[0]}}, all);
    const double p = bowl.first.item();
    const double g = bowl.loss().backward()[bowl.first].item();
    opt.step(bowl.loss().backward());
    return std::array{bowl.first.item(), p, g};
  };
  const auto close = [](double a, double b) { return std::abs(a - b) < 1e-14; };
  const auto [plain, p, g] = after({});
  BOOST_TEST(close(plain, p - g));
  BOOST_TEST(close(after({{"maximize", true}})[0], p + g));
  BOOST_TEST(close(after({{"clip_value", 0.01}})[0], p - std::copysign(0.01, g)));
  BOOST_TEST(close(after({{"clip_norm", 0.02}})[0], p - std::copysign(0.02, g)));
  {  // a norm whose square no double holds
    tests::Bowl bowl(f64, {1});
    auto opt = optim::make("sgd", {{bowl.params()[0]}}, {{"lr", 1.0}, {"clip_norm", 0.5}});
    const double before = bowl.first.item();
    opt.step((sum(bowl.first) * 1e200).backward());
    BOOST_TEST(close(bowl.first.item(), before - 0.5));
    BOOST_TEST(std::abs(opt.gradient_norm() / 1e200 - 1) < 1e-14);
  }
  BOOST_TEST(close(after({{"weight_decay", 0.1}})[0], p - (g + 0.1 * p)));
  BOOST_TEST(close(after({{"weight_decay", 0.1}, {"decay", "decoupled"}})[0], 0.9 * p - g));
}

BOOST_AUTO_TEST_CASE(a_parameter_without_gradient_keeps_its_count) {
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("adam", bowl.params());
  const auto second = tests::bits_of(bowl.second);
  opt.step(sum(square(bowl.first)).backward());
  BOOST_TEST(tests::bits_of(bowl.second) == second);
  for (const NamedTensor& entry : opt.state().tensors) {
    if (entry.name == "first.t") BOOST_TEST(entry.tensor.item<std::int64_t>() == 1);
    if (entry.name == "second.t") BOOST_TEST(entry.tensor.item<std::int64_t>() == 0);
  }
  tests::Bowl stranger(f64, {3});
  message_of(ErrorKind::state, [&] { opt.step(stranger.loss().backward()); });
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_parameter_is_refused) {
  tests::Bowl bowl(f64, {4, 4});
  const Tensor twin = bowl.first.detach().set_requires_grad();
  const auto refused = [&](const Tensor& tensor, const char* path) {
    Params params = bowl.params();
    params.push_back({path, Role::weight, 1, 1, tensor});
    message_of(ErrorKind::state, [&] { optim::make("sgd", params); });
  };
  refused(bowl.first, "again");
  refused(twin, "twin");
  refused(square(bowl.first), "computed");
  refused(Tensor(select(bowl.second.detach(), 1, 0)).set_requires_grad(), "column");
  refused(zeros({4}, f64).set_requires_grad(), "first");
  refused(zeros({4}, f64), "constant");
}

BOOST_AUTO_TEST_CASE(a_state_of_another_optimizer_is_refused) {
  tests::Bowl bowl(f64, {3}), wider(f64, {4});
  auto adam = optim::make("adam", bowl.params());
  adam.step(bowl.loss().backward());
  auto sgd = optim::make("sgd", bowl.params());
  message_of(ErrorKind::format, [&] { sgd.load(adam.state()); });
  auto other = optim::make("adam", wider.params());
  BOOST_TEST(message_of(ErrorKind::format, [&] { other.load(adam.state()); }).find("first.m") !=
             std::string::npos);
  auto scheduled = optim::make("adam", bowl.params());
  scheduled.schedule("lr", optim::Schedule::cosine(7));
  message_of(ErrorKind::format, [&] { scheduled.load(adam.state()); });
  optim::State cut = adam.state();
  cut.tensors.pop_back();
  cut.tensors.push_back({"stranger", zeros({1})});
  auto again = optim::make("adam", bowl.params());
  message_of(ErrorKind::format, [&] { again.load(cut); });
  BOOST_TEST(again.steps() == 0u);
  optim::State lost = adam.state();
  std::erase_if(lost.tensors, [](const NamedTensor& entry) { return entry.name == "first.m"; });
  BOOST_TEST(message_of(ErrorKind::format, [&] { again.load(lost); }).find("first.m") !=
             std::string::npos);
  BOOST_TEST(again.steps() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
