// Options of a plugin: of every kind in the C table, in what an initializer fills by them, and in
// the arithmetic of a rule.
#include <attune/plugin.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/optim/hooked_rules.hpp"
#include "tests/optim/tiny_host.hpp"

using namespace attune;
using tests::plugin;
using tests::rule;

namespace {

template <class T>
std::vector<T> filled(std::vector<double> options, std::size_t n) {
  const std::int64_t shape[] = {static_cast<std::int64_t>(n)};
  std::vector<T> data(n, T(-99));
  attune_fill request{};
  request.struct_size = sizeof request;
  request.name = "weight";
  request.dtype = tiny::dtype_of<T>;
  request.rank = 1;
  request.shape = shape;
  request.count = shape[0];
  request.data = data.data();
  request.options = options.data();
  request.key = {3, 5};
  BOOST_TEST(plugin().initializers[0]->fill(&request) == ATTUNE_OK);
  return data;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plugin_hooks_test)

BOOST_AUTO_TEST_CASE(options_of_every_kind) {
  const attune_initializer& ramp = *plugin().initializers[0];
  BOOST_TEST(ramp.n_options == 3u);
  BOOST_TEST(ramp.options[0]->kind == ATTUNE_REAL);
  BOOST_TEST(ramp.options[1]->kind == ATTUNE_BOOL);
  BOOST_TEST(ramp.options[2]->kind == ATTUNE_CHOICE);
  BOOST_TEST(ramp.options[2]->n_choices == 2u);
  BOOST_TEST(ramp.options[2]->choices[1] == std::string("negated"));
  BOOST_TEST(rule("thrower").options[1]->kind == ATTUNE_INT);
}

BOOST_AUTO_TEST_CASE(a_fill_is_keyed_by_seed_stream_draw_and_element) {
  const std::size_t n = 600;  // more than two blocks of draws
  std::vector<double> first(n), second(n), normal(n);
  tiny::keyed({3, 5}, 0, 0, n, first.data());
  tiny::keyed({3, 5}, 1, 0, n, second.data());
  tiny::host().normal({3, 5}, 0, 0, n, normal.data());
  tiny::calls_for_draws = 0;
  const auto plain = filled<double>({-1, 0, 0}, n), both = filled<double>({-1, 1, 1}, n);
  BOOST_TEST(tiny::calls_for_draws == 3 + 3 * 3);  // blocks of 256, in whatever order they are read
  const auto narrow = filled<float>({-1, 0, 0}, n);
  for (std::size_t i = 0; i < n; ++i) {
    BOOST_REQUIRE(plain[i] == -1 + first[i]);
    BOOST_REQUIRE(both[i] == -(-1 + first[i] + (second[i] - normal[i])));
    BOOST_REQUIRE(narrow[i] == static_cast<float>(plain[i]));
  }
}

BOOST_AUTO_TEST_CASE(options_are_numbers_in_arithmetic) {
  const Real half{0.5, range(0, 1), ""};
  const Int three{3, range(0, 9), ""};
  static_assert(std::is_same_v<decltype(1 - half), double>);
  static_assert(std::is_same_v<decltype(half * three), double>);
  static_assert(std::is_same_v<decltype(true ? 0.0 : half), double>);
  static_assert(!std::is_convertible_v<Real, int>);  // 0.9 must not turn into 0 in silence
  BOOST_TEST(1 - half == 0.5);
  BOOST_TEST(three / 2 == 1);
  BOOST_TEST(half * three == 1.5);
  BOOST_TEST(-half == -0.5);
  BOOST_TEST((half < 1 && half > 0 && half != 0 && three == 3 && half < three));
  BOOST_TEST(std::pow(half, 2.0) == 0.25);
  const xsimd::batch<float> batch(2.0f);
  BOOST_TEST((half * batch - batch / half + (1 - half)).get(0) == 1 - 4 + 0.5f);
  BOOST_TEST(max(batch, half).get(0) == 2);
  BOOST_TEST(min(0.25, batch).get(0) == 0.25f);
  const auto above = batch > 1.0f;
  BOOST_TEST(select(above, batch, 0).get(0) == 2);
  BOOST_TEST(select(above, half, batch).get(0) == 0.5f);
  BOOST_TEST(select(above, -1, 1).get(0) == -1);
  BOOST_TEST(select(above, batch, -batch).get(0) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
