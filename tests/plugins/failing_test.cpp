// Plugins whose code misbehaves: an entry that throws or changes how numbers are rounded, rules and
// initializers that fail in use. Each is named, and the process goes on as it was.
#include <attune/autograd.hpp>
#include <attune/error.hpp>
#include <attune/initialize.hpp>
#include <attune/optim.hpp>
#include <attune/plugins.hpp>
#include <boost/test/unit_test.hpp>
#include <cfenv>
#include <cfloat>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "core/float_control.hpp"
#include "tests/optim/problems.hpp"
#include "tests/plugins/places.hpp"

using namespace attune;
using namespace attune::tests;

BOOST_AUTO_TEST_SUITE(loader)

BOOST_AUTO_TEST_CASE(an_entry_that_throws_is_refused) {
  const auto text = message_of(ErrorKind::plugin, [] { load_plugin(refused + "throwing.so"); });
  BOOST_TEST(mentions(text, "not today"));
  BOOST_TEST(std::fegetround() == FE_TONEAREST);
}

BOOST_AUTO_TEST_CASE(a_control_word_changed_by_the_entry_is_put_back_too) {
  const auto before = internal::float_control();
  message_of(ErrorKind::plugin, [] { load_plugin(refused + "entry_control.so"); });
  BOOST_TEST(internal::float_control() == before);
  BOOST_TEST(!known("late"));
}

BOOST_AUTO_TEST_CASE(a_changed_control_word_is_put_back_and_refused) {
  const auto before = internal::float_control();
  for (int time = 0; time < 2; ++time) {
    const auto text = message_of(ErrorKind::plugin, [] { load_plugin(refused + "fast_math.so"); });
    BOOST_TEST(mentions(text, "-ffast-math"));
    BOOST_TEST(internal::float_control() == before);
    BOOST_TEST(!known("fast_math"));
  }
  const Folder folder("attune_hard_link");
  const fs::path link = folder.path / "other_name.so";
  std::error_code error;
  fs::create_hard_link(refused + "fast_math.so", link, error);
  if (error) return;  // another file system
  message_of(ErrorKind::plugin, [&] { load_plugin(link.string()); });
  BOOST_TEST(!known("fast_math"));
}

// Rounding and precision of the x87 unit, by which long double is computed.
BOOST_AUTO_TEST_CASE(a_changed_rounding_is_put_back_and_refused) {
  for (const char* file : {"rounding.so", "precision.so"}) {
    BOOST_TEST_CONTEXT(file) {
      message_of(ErrorKind::plugin, [&] { load_plugin(refused + file); });
      BOOST_TEST(std::fegetround() == FE_TONEAREST);
      const volatile long double one = 1, least = LDBL_EPSILON;
      BOOST_TEST((one + least > one));
      BOOST_TEST((one + least / 4 == one));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rule_that_throws_names_itself_and_the_step) {
  load_plugin(refused + "failing.so");
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("throws_at_three", bowl.params());
  opt.step(bowl.loss().backward());
  opt.step(bowl.loss().backward());
  const auto before = bowl.bits();
  const auto text = message_of(ErrorKind::plugin, [&] { opt.step(bowl.loss().backward()); });
  BOOST_TEST(mentions(text, "throws_at_three at step 3"));
  BOOST_TEST(mentions(text, "three is too many"));
  BOOST_TEST(mentions(text, "failing.so"));
  BOOST_TEST(bowl.bits() == before);
  BOOST_TEST(opt.steps() == 2u);

  auto halfway = optim::make("throws_in_update", bowl.params());
  halfway.step(bowl.loss().backward());
  BOOST_TEST(mentions(message_of(ErrorKind::plugin, [&] { halfway.step(bowl.loss().backward()); }),
                      "failing.so"));
  message_of(ErrorKind::state, [&] { halfway.step(bowl.loss().backward()); });
  // Nor is it a state to be saved over a good one.
  BOOST_TEST(mentions(message_of(ErrorKind::state, [&] { halfway.state(); }), "failed halfway"));
}

// The address sanitizer keeps locals elsewhere, and tells of it by itself.
#if !defined(__SANITIZE_ADDRESS__)
BOOST_AUTO_TEST_CASE(a_lambda_that_keeps_the_address_of_a_local_is_refused) {
  load_plugin(refused + "failing.so");
  tests::Bowl bowl(f64, {3});
  const auto before = bowl.bits();
  auto opt = optim::make("keeps_local", bowl.params());
  const auto text = message_of(ErrorKind::plugin, [&] { opt.step(bowl.loss().backward()); });
  for (const char* word : {"keeps_local at step 1", "a local of `at`", "[*this, x = y]"})
    BOOST_TEST(mentions(text, word));
  BOOST_TEST(bowl.bits() == before);
}
#endif

BOOST_AUTO_TEST_CASE(an_initializer_that_throws_names_its_plugin) {
  load_plugin(refused + "failing.so");
  tests::Bowl bowl(f64, {3});
  const auto text =
      message_of(ErrorKind::plugin, [&] { initialize(bowl.params(), "throws_in_fill"); });
  for (const char* word : {"throws_in_fill on first", "no values today", "failing.so"}) {
    BOOST_TEST(mentions(text, word));
  }
}

// Asked for a state when the optimizer is made, when an option is set, and in a step.
BOOST_AUTO_TEST_CASE(a_rule_that_throws_in_active_changes_nothing) {
  load_plugin(refused + "failing.so");
  tests::Bowl bowl(f64, {3});
  message_of(ErrorKind::plugin, [&] {
    optim::make("throws_in_active", bowl.params(), {{"lr", 0.5}});
  });
  auto opt = optim::make("throws_in_active", bowl.params());
  const auto text = message_of(ErrorKind::plugin, [&] { opt.set("lr", 0.5); });
  BOOST_TEST(mentions(text, "too fast to tell"));
  BOOST_TEST(opt.get("lr") == 0.1);
  opt.step(bowl.loss().backward());
  opt.schedule("lr", optim::Schedule("jump", 5, [](std::uint64_t t) { return t < 2 ? 1 : 5; }));
  opt.step(bowl.loss().backward());
  const auto before = bowl.bits();
  message_of(ErrorKind::plugin, [&] { opt.step(bowl.loss().backward()); });
  BOOST_TEST(bowl.bits() == before);
  BOOST_TEST(opt.steps() == 2u);
}

BOOST_AUTO_TEST_CASE(unmet_needs_are_refused_by_name_at_construction) {
  load_plugin(refused + "failing.so");
  tests::Bowl bowl(f64, {3});
  const auto text =
      message_of(ErrorKind::plugin, [&] { optim::make("needs_hessian", bowl.params()); });
  BOOST_TEST(mentions(text, "Hessian-vector products"));
}

BOOST_AUTO_TEST_SUITE_END()
