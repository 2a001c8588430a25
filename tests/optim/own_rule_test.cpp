// A rule that a program writes in its own source: registered in one line, it is held to what every
// rule is held to, and gives the bits that the tree's rule of the same formula gives.
#include <algorithm>
#include <attune/optim.hpp>
#include <attune/plugin.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>

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

// The same with lambdas that refer to the rule, as [this] and, unseen, [=] do.
struct ByThis {
  static constexpr auto name = "own_by_this", cite = "Robbins & Monro 1951";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};
struct ByPlace {
  static constexpr auto name = "own_by_place", cite = "Robbins & Monro 1951";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  auto at(const Step& step) const {
    return [this, t = step.t](auto& p, auto g, auto&, const auto& place) {
      p -= lr * g + 0 * place.uniform() * t;
    };
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

// Moves by where the parameter began; refuses a step size that is set too large later.
struct FromStart {
  static constexpr auto name = "own_from_start", cite = "made up for this test";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  template <class V>
  struct State {
    V start;
  };
  static constexpr Start start(std::string_view) { return Start::parameter(); }
  auto at(const Step&) const {
    if (lr > 0.5) throw std::runtime_error("too fast");
    return [*this](auto& p, auto g, auto& s) { p = s.start - lr * g; };
  }
};

// A state called as one of the host's options is.
struct Seeded {
  static constexpr auto name = "own_seeded", cite = "made up for this test";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  template <class V>
  struct State {
    V seed;
  };
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto& s) {
      s.seed = 0.5 * s.seed + g;
      p -= lr * s.seed;
    };
  }
};

// Descent with noise on tensors of two axes.
struct Noisy {
  static constexpr auto name = "own_noisy", cite = "Welling & Teh 2011";
  Real lr{1e-2, log_range(1e-4, 1), "step size"};
  Real noise{1e-3, log_range(1e-4, 1), "standard deviation of what is added"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&, const auto& place) {
      p -= lr * g;
      if (place.tensor().rank == 2) p += noise * place.normal();
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
    optim::register_rule<ByThis>();
    optim::register_rule<ByPlace>();
    optim::register_rule<Rolling>();
    optim::register_rule<Seeded>();
    optim::register_rule<Noisy>();
    optim::register_rule<FromStart>();
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
    for (const char* rule : {"own_by_this", "own_by_place"}) {
      BOOST_TEST(bits_after(rule, {{"lr", 0.05}}, dtype) ==
                 bits_after("sgd", {{"lr", 0.05}}, dtype));
    }
    const OptionList rolling = {{"lr", 0.05}, {"momentum", 0.8}, {"weight_decay", 0.1}};
    BOOST_TEST(bits_after("own_rolling", rolling, dtype) == bits_after("sgd", rolling, dtype));
    BOOST_TEST(bits_after("own_descent", {{"lr", 0.05}}, dtype) !=
               bits_after("own_rolling", {{"lr", 0.05}}, dtype));
  }
}

BOOST_AUTO_TEST_CASE(a_step_refused_in_a_later_group_has_begun_nothing) {
  register_once();
  tests::Bowl bowl(f64, {1});
  const Params both = bowl.params();
  optim::Optimizer opt =
      optim::make("own_from_start", {{{both[0]}, {{"lr", 0.25}}}, {{both[1]}, {{"lr", 0.25}}}});
  const std::size_t before = opt.state().tensors.size();
  opt.set(1, "lr", 1.0);
  BOOST_CHECK_EXCEPTION(opt.step(bowl.loss().backward()), Error,
                        thrown(ErrorKind::plugin, {"too fast"}));
  BOOST_TEST(opt.state().tensors.size() == before);
  {
    const NoGrad values;
    bowl.first.fill_(7.0);
  }
  opt.set(1, "lr", 0.25);
  opt.step(bowl.loss().backward());
  BOOST_TEST(bowl.first.item() == 7 - 0.25 * 2 * (7 - 1));
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

// That threads and a resume change no bit is held of every rule.
BOOST_AUTO_TEST_CASE(draws_differ_by_seed_step_and_tensor) {
  register_once();
  const auto moves = [](double seed, DType dtype) {
    tests::Bowl bowl(dtype, {40, 9});
    auto opt = optim::make("own_noisy", bowl.params(), {{"lr", 0}, {"noise", 1}, {"seed", seed}});
    std::vector<Tensor> moved;
    for (int i = 0; i < 2; ++i) {
      const Tensor first = bowl.first.detach().clone(), second = bowl.second.detach().clone();
      opt.step(bowl.loss().backward());
      moved.push_back(bowl.first.detach() - first);
      moved.push_back(bowl.second.detach() - second);
    }
    return moved;
  };
  for (DType dtype : {f32, f64}) {
    auto all = moves(1, dtype);
    for (const Tensor& other : moves(2, dtype)) all.push_back(other);
    for (std::size_t i = 0; i < all.size(); ++i) {
      BOOST_TEST(std::abs(mean(all[i]).item()) < 0.3);
      BOOST_TEST(std::abs(mean(square(all[i])).item() - 1) < 0.4);
      for (std::size_t k = 0; k < i; ++k) {
        BOOST_TEST(std::abs(mean(all[i] * all[k]).item()) < 0.3, i << " and " << k);
      }
    }
  }
  tests::Bowl line(f64, {9});
  const auto before = line.bits();
  auto opt = optim::make("own_noisy", line.params(), {{"lr", 0}, {"noise", 1}});
  opt.step(line.loss().backward());
  BOOST_TEST(line.bits() == before);
}

BOOST_AUTO_TEST_CASE(a_path_and_a_state_of_any_name_resume) {
  register_once();
  tests::Bowl bowl(f64, {2, 2});
  Params params = bowl.params();
  params[0].path = "group0";
  auto opt = optim::make("own_seeded", params);
  opt.step(bowl.loss().backward());
  const optim::State state = opt.state();
  std::set<std::string> keys;
  for (const NamedTensor& entry : state.tensors) {
    BOOST_TEST(keys.insert(entry.name).second, entry.name);
  }
  opt.load(state);
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
