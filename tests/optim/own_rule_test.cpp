// A rule that a program writes in its own source: registered in one line, it is held to what every
// rule is held to, and gives the bits that the tree's rule of the same formula gives.
#include <algorithm>
#include <attune/optim.hpp>
#include <attune/plugin.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/optim/problems.hpp"
#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

namespace {

struct Descent {
  static constexpr auto name = "own_descent", cite = "Robbins & Monro 1951";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

// Momentum as in sgd, with an option that is checked.
struct Rolling {
  static constexpr auto name = "own_rolling", cite = "Polyak 1964";
  static constexpr unsigned version = 4;
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  Real momentum{0.9, decay_range(0.5, 0.99), "weight of b"};
  template <class V>
  struct State {
    V b;
  };
  void validate() const {
    if (momentum == 0.5) throw std::invalid_argument("half a momentum is none");
  }
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto& s) {
      s.b = momentum * s.b + g;
      p -= lr * s.b;
    };
  }
};

struct Adam {
  static constexpr auto name = "adam", cite = "a name that is taken";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [](auto&, auto, auto&) {};
  }
};

void register_once() {
  [[maybe_unused]] static const bool done = [] {
    optim::register_rule<Descent>();
    optim::register_rule<Rolling>();
    return true;
  }();
}

std::string bits_after(const char* rule, const OptionList& options, DType dtype) {
  tests::Bowl bowl(dtype, {7, 3});
  auto opt = optim::make(rule, bowl.params(), options);
  opt.schedule("lr", optim::Schedule::cosine(40));
  for (int i = 0; i < 20; ++i) opt.step(bowl.loss().backward());
  return bowl.bits();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(own_rule)

BOOST_AUTO_TEST_CASE(gives_the_bits_of_the_trees_rule) {
  register_once();
  for (DType dtype : {f32, f64}) {
    BOOST_TEST(bits_after("own_descent", {{"lr", 0.05}}, dtype) ==
               bits_after("sgd", {{"lr", 0.05}}, dtype));
    const OptionList rolling = {{"lr", 0.05}, {"momentum", 0.8}, {"weight_decay", 0.1}};
    BOOST_TEST(bits_after("own_rolling", rolling, dtype) == bits_after("sgd", rolling, dtype));
    BOOST_TEST(bits_after("own_descent", {{"lr", 0.05}}, dtype) !=
               bits_after("own_rolling", {{"lr", 0.05}}, dtype));
  }
}

BOOST_AUTO_TEST_CASE(is_described_checked_and_saved_as_any_rule) {
  register_once();
  const optim::RuleInfo info = optim::describe("own_rolling");
  BOOST_TEST(info.origin == "this program");
  BOOST_TEST(info.version == 4u);
  BOOST_TEST(info.states == std::vector<std::string>{"b"}, boost::test_tools::per_element());
  BOOST_TEST(std::ranges::count(optim::names(), "own_descent") == 1);

  tests::Bowl bowl(f64, {2, 2});
  BOOST_CHECK_EXCEPTION(optim::make("own_rolling", bowl.params(), {{"momentun", 0.5}}), Error,
                        thrown(ErrorKind::value, {"own_rolling", "did you mean \"momentum\""}));
  BOOST_CHECK_EXCEPTION(optim::make("own_rolling", bowl.params(), {{"momentum", 0.5}}), Error,
                        thrown(ErrorKind::value, {"own_rolling", "half a momentum"}));

  auto first = optim::make("own_rolling", bowl.params());
  for (int i = 0; i < 3; ++i) first.step(bowl.loss().backward());
  tests::Bowl twin = bowl;
  twin.first = bowl.first.detach().clone().set_requires_grad();
  twin.second = bowl.second.detach().clone().set_requires_grad();
  auto second = optim::make("own_rolling", twin.params());
  second.load(first.state());
  first.step(bowl.loss().backward());
  second.step(twin.loss().backward());
  BOOST_TEST(bowl.bits() == twin.bits());
}

BOOST_AUTO_TEST_CASE(a_taken_name_is_refused_with_its_holder) {
  register_once();
  BOOST_CHECK_EXCEPTION(optim::register_rule<Adam>(), Error,
                        thrown(ErrorKind::plugin, {"this program", "adam", "taken by attune"}));
  BOOST_CHECK_EXCEPTION(optim::register_rule<Descent>(), Error,
                        thrown(ErrorKind::plugin, {"own_descent", "taken by this program"}));
  BOOST_TEST(optim::describe("adam").origin == "attune");
}

BOOST_AUTO_TEST_SUITE_END()
