// Every initializer of the registry: seed, threads, roles, errors; and those that a program writes
// itself. The numbers of the known ones are in initializer_figures_test.cpp.
#include <algorithm>
#include <attune/error.hpp>
#include <attune/initialize.hpp>
#include <attune/initializer.hpp>
#include <attune/model.hpp>
#include <attune/model_io.hpp>
#include <attune/nn/linear.hpp>
#include <attune/ops.hpp>
#include <attune/param.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/nn/expect.hpp"
#include "tests/nn/one_weight.hpp"

using namespace attune;
using tests::weight;

namespace {

struct Net {
  nn::Linear hidden{40, 60}, out{60, 30};
  nn::Embedding table{10, 200};
  Param scale = Param::scale({5});
  Param free{{40, 60}};
};

std::string digest(const char* name, std::uint64_t seed) {
  Net net;
  initialize(params(net), name, {.seed = seed});
  return weights_digest(net);
}

struct Countdown {  // written and registered in a program
  static constexpr auto name = "countdown", cite = "this test";
  Real step{1, range(0, 10), "between elements"};
  void fill(Fill& f) const {
    if (f.path() == "refused") throw std::invalid_argument("not this one");
    f.each([&](std::int64_t i) { return step * static_cast<double>(f.count() - i); });
  }
};

struct Backwards {  // draws from the last element to the first
  static constexpr auto name = "backwards", cite = "this test";
  void fill(Fill& f) const {
    f.each([&](std::int64_t i) { return f.normal(f.count() - 1 - i); });
  }
};

struct Infinite {
  static constexpr auto name = "infinite", cite = "this test";
  void fill(Fill& f) const {
    f.each([](std::int64_t) { return 1e300; });
  }
};

struct Forgetful {
  static constexpr auto name = "forgetful", cite = "this test";
  void fill(Fill&) const {}
};

// A table as one written in C may be.
attune_initializer by_hand(const char* name) {
  attune_initializer table{};
  table.struct_size = sizeof table;
  table.name = name;
  table.fill = [](const attune_fill*) { return 0; };
  return table;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(initialize_test)

BOOST_AUTO_TEST_CASE(every_initializer_is_a_function_of_the_seed_alone) {
  const std::set<std::string> fixed = {"zeros", "ones", "constant", "eye"};  // of no random number
  BOOST_TEST(initializers().size() >= 13u);
  for (const std::string& name : initializers()) {
    if (initializer_info(name).origin != "attune") continue;
    BOOST_TEST_CONTEXT(name) {
      threads(1);
      const std::string once = digest(name.c_str(), 1);
      threads(8);
      BOOST_TEST(digest(name.c_str(), 1) == once);
      threads(2);
      // Embeddings of an initializer that draws nothing itself may still be drawn: look at weights.
      Net a, b;
      initialize(params(a), name, {.seed = 1});
      initialize(params(b), name, {.seed = 2});
      const bool same = equal(a.hidden.weight, b.hidden.weight);
      BOOST_TEST(same == fixed.contains(name));
      const bool twins = equal(reshape(a.hidden.weight, {2400}), reshape(a.free, {2400}));
      BOOST_TEST(twins == (fixed.contains(name) && name != "eye"));
    }
  }
}

BOOST_AUTO_TEST_CASE(roles_are_obeyed) {
  Net net;
  initialize(params(net), "he_normal", {.seed = 1});
  const auto all = [](const Tensor& tensor, float value) {
    const auto values = tensor.detach().values<float>();
    return std::all_of(values.begin(), values.end(), [&](float x) { return x == value; });
  };
  BOOST_TEST(all(net.hidden.bias, 0));
  BOOST_TEST(all(net.scale, 1));
  BOOST_TEST(!all(net.free, 0));
  BOOST_TEST(std::abs(sum(square(net.table.weight.tensor().detach())).item() / 2000 - 1) < 0.2);
  initialize(params(net), "constant", {}, {{"value", 3}});
  BOOST_TEST(all(net.hidden.bias, 0));
  BOOST_TEST(all(net.table.weight, 3));
  initialize(params(net), "constant", {.every_role = true}, {{"value", 4}});
  BOOST_TEST(all(net.hidden.bias, 4));
  BOOST_TEST(all(net.scale, 4));
}

BOOST_AUTO_TEST_CASE(numpy_legacy_is_the_course) {
  // np.random.seed(3); [np.random.randn(o, i) * np.sqrt(2. / i) for i, o in [(2, 10), (10, 5)]]
  struct Course {
    nn::Linear first{2, 10}, second{10, 5};
  } net;
  to(net, f64);
  initialize(params(net), "he_normal", {.seed = 3, .rng = Rng::numpy_legacy});
  NumpyLegacy numpy(3);
  for (const nn::Linear* layer : {&net.first, &net.second}) {
    for (double value : layer->weight.tensor().detach().values<double>()) {
      BOOST_TEST(value == numpy.randn() * std::sqrt(2.0 / static_cast<double>(layer->in)));
    }
  }
  BOOST_TEST(net.first.weight.tensor().detach().values<double>()[0] == 1.7886284734303186);
  expect_error(ErrorKind::value, "numpy_legacy needs a seed",
               [&] { initialize(params(net), "he_normal", {.rng = Rng::numpy_legacy}); });
  register_initializer<Backwards>();
  expect_error(ErrorKind::value, "in order", [&] {
    initialize(params(net), "backwards", {.seed = 3, .rng = Rng::numpy_legacy});
  });
  initialize(params(net), "backwards", {.seed = 3});
}

BOOST_AUTO_TEST_CASE(without_a_seed_the_stream_serves) {
  Net a, b, c;
  {
    const Random scope{7};
    initialize(params(a), "he_normal");
    initialize(params(c), "he_normal");
  }
  {
    const Random scope{7};
    initialize(params(b), "he_normal");
  }
  BOOST_TEST(weights_digest(a) == weights_digest(b));
  BOOST_TEST(weights_digest(a) != weights_digest(c));
}

BOOST_AUTO_TEST_CASE(mistakes_are_named_and_change_nothing) {
  Net net;
  initialize(params(net), "ones", {.seed = 1});
  const std::string before = weights_digest(net);
  expect_error(ErrorKind::value, "did you mean \"he_normal\"?",
               [&] { initialize(params(net), "he_nromal"); });
  expect_error(ErrorKind::value, "initializer normal: has no option \"sdt\"", [&] {
    initialize(params(net), "normal", {}, {{"sdt", 1}});
  });
  expect_error(ErrorKind::value, "option std is -1", [&] {
    initialize(params(net), "normal", {}, {{"std", -1}});
  });
  expect_error(ErrorKind::value, "a must be below b", [&] {
    initialize(params(net), "uniform", {}, {{"a", 2}});
  });
  expect_error(ErrorKind::value, "std is given twice, as 1 and as 2", [&] {
    initialize(params(net), "normal", {}, {{"std", 1}, {"std", 2}});
  });
  register_initializer<Infinite>();
  expect_error(ErrorKind::numeric, "initializer infinite on hidden.weight",
               [&] { initialize(params(net), "infinite"); });
  register_initializer<Forgetful>();
  { const auto recycled = full({60, 40}, 5.0, f32); }  // memory that holds numbers
  expect_error(ErrorKind::numeric, "unset", [&] { initialize(params(net), "forgetful"); });
  BOOST_TEST(weights_digest(net) == before);
}

BOOST_AUTO_TEST_CASE(tables_of_a_program_are_checked_as_those_of_a_plugin) {
  static const attune_initializer plain = by_hand("by_hand");
  internal::add_initializer(plain, "this test");
  BOOST_TEST(initializer_info("by_hand").cite.empty());
  const auto refused = [](const char* words, const attune_initializer& table) {
    expect_error(ErrorKind::plugin, words, [&] { internal::add_initializer(table, "this test"); });
  };
  refused("incomplete", by_hand(""));
  refused("taken by attune", by_hand("he_normal"));
  attune_initializer empty = by_hand("empty");
  empty.fill = nullptr;
  refused("incomplete", empty);
  attune_initializer hollow = by_hand("hollow");
  hollow.n_options = 2;
  refused("announces options", hollow);
}

BOOST_AUTO_TEST_CASE(one_can_be_written_in_a_few_lines) {
  register_initializer<Countdown>();
  const Param w = weight({2, 2}, "countdown", {{"step", 2}});
  const std::vector<double> expected = {8, 6, 4, 2};
  BOOST_TEST(w.tensor().detach().values<double>() == expected, boost::test_tools::per_element());
  BOOST_TEST(initializer_info("countdown").origin == "this program");
  BOOST_TEST(initializer_info("countdown").options.at(0).name == "step");
  expect_error(ErrorKind::plugin, "is taken by", [] { register_initializer<Countdown>(); });
  struct Refused {
    Param refused = Param::weight({2, 2});
  } refused;
  expect_error(ErrorKind::value, "initializer countdown on refused: not this one",
               [&] { initialize(params(refused), "countdown"); });
}

BOOST_AUTO_TEST_SUITE_END()
