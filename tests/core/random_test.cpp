// Streams and Philox: scopes, bits that never change, elements, streams and draws that know nothing
// of each other. How numbers are distributed is in distributions_test.cpp.
#include "core/random.hpp"

#include <algorithm>
#include <attune/error.hpp>
#include <attune/threads.hpp>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "tests/core/one_draw.hpp"

using namespace attune;
using namespace attune::internal;
using namespace attune::tests;

namespace {

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double ma = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mb = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

bool is_state_error(const Error& e) {
  return e.kind() == ErrorKind::state &&
         std::string(e.what()).find("Random scope{{") != std::string::npos;
}

std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }

}  // namespace

BOOST_AUTO_TEST_SUITE(random_numbers)

// The known answers published with Salmon et al. 2011 (Random123, philox4x32, 10 rounds).
BOOST_AUTO_TEST_CASE(philox_known_answers) {
  static_assert(philox({0, 0}, {0, 0, 0, 0}) ==
                PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t ones = 0xffffffff;
  BOOST_TEST((philox({ones, ones}, {ones, ones, ones, ones}) ==
              PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  BOOST_TEST((philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
              PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

BOOST_AUTO_TEST_CASE(scopes_nest_and_restore) {
  const Random outer{1};
  next_draw();
  BOOST_TEST((Random::state() == RandomState{.seed = 1, .counter = 1}));
  {
    const std::uint64_t task = 5;
    const Random inner{{.seed = 1, .stream = task}};
    next_draw();
    next_draw();
    BOOST_TEST((Random::state() == RandomState{.seed = 1, .stream = 5, .counter = 2}));
  }
  BOOST_TEST((Random::state() == RandomState{.seed = 1, .counter = 1}));
  const RandomState saved = Random::state();
  const Draw first = next_draw();
  Random::restore(saved);
  const Draw again = next_draw();
  BOOST_TEST((first.key == again.key && first.number == again.number));
  const Draw later = next_draw();
  BOOST_TEST(later.number == first.number + 1);
}

BOOST_AUTO_TEST_CASE(the_default_stream_serves_the_main_thread_only) {
  const RandomState before = Random::state();
  manual_seed(77);
  next_draw();
  BOOST_TEST((Random::state() == RandomState{.seed = 77, .counter = 1}));
  {
    const Random scope{1};
    manual_seed(78);
    BOOST_TEST(Random::state().seed == 1u);
  }
  BOOST_TEST((Random::state() == RandomState{.seed = 78}));
  Random::restore(before);
  std::thread([] {
    BOOST_CHECK_EXCEPTION(next_draw(), Error, is_state_error);
    BOOST_CHECK_EXCEPTION(Random::state(), Error, is_state_error);
    BOOST_CHECK_EXCEPTION(Random::restore({}), Error, is_state_error);
    BOOST_CHECK_EXCEPTION(manual_seed(1), Error, is_state_error);
    const Random scope{1};
    next_draw();
    BOOST_TEST(Random::state().counter == 1u);
  }).join();
}

// Written down once: these bits may never change, on any machine or instruction set.
BOOST_AUTO_TEST_CASE(frozen_bits) {
  std::uint64_t uniform = 0, normal = 0, truncated = 0, whole = 0, order = 0, single = 0;
  std::vector<double> x(many);
  std::vector<float> f(many);
  std::vector<std::int64_t> k(many);
  const auto sum = [](std::uint64_t& total, const auto& values) {
    std::uint64_t place = 0;
    for (const auto value : values) total += bits_of(static_cast<double>(value)) * ++place;
  };
  fill_uniform(-1, 2, x.data(), many, sample);
  sum(uniform, x);
  fill_normal(1, 3, x.data(), many, sample);
  sum(normal, x);
  fill_truncated_normal(0, 1, -2, 2, x.data(), many, sample);
  sum(truncated, x);
  fill_normal(1, 3, f.data(), many, sample);
  sum(single, f);
  fill_integers(-7, 1000, k.data(), many, sample);
  sum(whole, k);
  fill_permutation(k.data(), many, sample);
  sum(order, k);
  BOOST_TEST(uniform == 0xf094b1c2785c90deu);
  BOOST_TEST(normal == 0xbc789c90873bdef4u);
  BOOST_TEST(truncated == 0x2703b1ffc9b076f8u);
  BOOST_TEST(single == 0xbc9f2b7200000000u);
  BOOST_TEST(whole == 0x4786700000000000u);
  BOOST_TEST(order == 0x81b7a17800000000u);
}

BOOST_AUTO_TEST_CASE(an_element_depends_on_its_index_alone) {
  const int before = threads();
  threads(1);
  const std::vector<double> whole = normals(sample);
  threads(8);
  BOOST_TEST((normals(sample) == whole));
  for (const std::int64_t n : {1, 2, 3, 31, 32, 33, 255, 257, 8191, 8193}) {
    const std::vector<double> part = normals(sample, n);
    BOOST_TEST(std::equal(part.begin(), part.end(), whole.begin()));
  }
  threads(before);
  for (const std::int64_t i : {0, 1, 2, 8191, 8192, 199999}) {
    const std::uint64_t bits = random_bits(sample, i);
    const double expected = static_cast<double>(bits >> 11) * 0x1p-53;
    std::vector<double> x(i + 1);
    fill_uniform(0, 1, x.data(), i + 1, sample);
    BOOST_TEST(x[i] == expected);
  }
  std::vector<float> single(many);
  fill_normal(0, 1, single.data(), many, sample);
  for (std::int64_t i = 0; i < many; ++i)
    BOOST_REQUIRE_EQUAL(single[i], static_cast<float>(whole[i]));
}

BOOST_AUTO_TEST_CASE(seeds_streams_draws_and_neighbours_are_uncorrelated) {
  const double bound = 4 / std::sqrt(static_cast<double>(many));
  const RandomState base{.seed = 12, .stream = 3, .counter = 4};
  const std::vector<double> x = normals(draw_of(base));
  for (const std::uint64_t step : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 32}) {
    RandomState seed = base, stream = base, counter = base;
    seed.seed += step;
    stream.stream += step;
    counter.counter += step;
    for (const RandomState& other : {seed, stream, counter})
      BOOST_TEST(std::fabs(correlation(x, normals(draw_of(other)))) < bound);
  }
  BOOST_TEST(std::fabs(correlation(x, normals(draw_of({.seed = 3, .stream = 12, .counter = 4})))) <
             bound);
  for (const std::int64_t lag : {1, 2, 3, 32, 8192})
    BOOST_TEST(std::fabs(correlation({x.begin(), x.end() - lag}, {x.begin() + lag, x.end()})) <
               1.05 * bound);
}

BOOST_AUTO_TEST_SUITE_END()
