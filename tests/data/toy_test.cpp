// Circles, moons and the course's set against scikit-learn's and NumPy's own
// (tests/references/toy_sets.py).
#include <attune/data/toy.hpp>
#include <bit>
#include <numbers>

#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::elements;
using attune::tests::throws;

namespace {

struct Reference {
  std::vector<double> first;
  std::uint64_t bit_sum;
  std::vector<std::int64_t> first_classes;
  std::int64_t weighted_classes;
};

void check(const data::Set& set, const Reference& expected) {
  const std::vector<double> x = elements<double>(set.column("x"));
  const std::vector<std::int64_t> y = elements<std::int64_t>(set.column("y"));
  BOOST_TEST(set.size() == static_cast<std::int64_t>(y.size()));
  for (std::size_t i = 0; i < expected.first.size(); ++i) {
    BOOST_TEST(std::bit_cast<std::uint64_t>(x[i]) ==
               std::bit_cast<std::uint64_t>(expected.first[i]));
  }
  std::uint64_t bits = 0;
  for (const double value : x) bits += std::bit_cast<std::uint64_t>(value);
  BOOST_TEST(bits == expected.bit_sum);
  std::int64_t weighted = 0;
  for (std::size_t i = 0; i < y.size(); ++i) weighted += static_cast<std::int64_t>(i) * y[i];
  BOOST_TEST(weighted == expected.weighted_classes);
  const std::vector<std::int64_t> begin(
      y.begin(), y.begin() + static_cast<std::ptrdiff_t>(expected.first_classes.size()));
  BOOST_TEST(begin == expected.first_classes, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(toy_sets)

BOOST_AUTO_TEST_CASE(circles_are_those_of_scikit_learn) {
  check(data::circles(300, {.noise = 0.05, .seed = 1}),
        {{-0x1.3d15faeffc85dp-4, 0x1.b48848b31b6bdp-1, 0x1.ba3c05f937590p-2, -0x1.be89cb6cdc304p-1},
         0x2e1764b59d40e192,
         {1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0},
         21993});
  check(data::circles(101, {.noise = 0.1, .factor = 0.3, .seed = 2}),
        {{-0x1.e87bbb45a33f8p-2, 0x1.56317f3a7295ap-5, -0x1.c918d36f9d4bcp-1},
         0x5a7bf31791b9b175,
         {1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1},
         2657});
  check(data::circles(7), {{-0x1.52dc7707ed4d5p-53, -0x1.999999999999ap-1},
                           0xf4fb7b377e3d6174,
                           {1, 0, 0, 1, 0, 1, 1},
                           14});
}

BOOST_AUTO_TEST_CASE(moons_are_those_of_scikit_learn) {
  check(data::moons(300, {.noise = 0.2, .seed = 3}),
        {{-0x1.bc2668bd00a00p-3, 0x1.03f47d7cf20c1p+0, 0x1.9c2f889f3ac0cp-1},
         0xae5af2491540f8cf,
         {0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0},
         22816});
  check(data::moons(51, {.seed = 4}), {{0x1.015de2efe1200p-5, 0x1.0157702f1fc34p-2},
                                       0xebfda155980b18ea,
                                       {1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0},
                                       691});
}

BOOST_AUTO_TEST_CASE(course_2d_is_the_published_recipe) {
  const data::TrainTest set = data::course_2d(0);
  BOOST_TEST(set.train.size() == 211);
  BOOST_TEST(set.test.size() == 200);
  check(set.train, {{-0x1.a351dcd4208b0p-5, -0x1.83f8cbd0a33dcp-2},
                    0x27d16b3b55b28e18,
                    {0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0},
                    9581});
  check(set.test, {{-0x1.09f7b590d06bap-1, -0x1.8af017af42c8cp-2},
                   0xae89e5a8fd6db60d,
                   {0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0},
                   9031});
}

BOOST_AUTO_TEST_CASE(f32_is_the_f64_rounded) {
  const auto wide = elements<double>(data::moons(20, {.noise = 0.1, .seed = 5}).column("x"));
  const auto narrow =
      elements<float>(data::moons(20, {.noise = 0.1, .seed = 5, .dtype = f32}).column("x"));
  for (std::size_t i = 0; i < wide.size(); ++i)
    BOOST_TEST(static_cast<float>(wide[i]) == narrow[i]);
}

BOOST_AUTO_TEST_CASE(bad_arguments) {
  throws(ErrorKind::value, {"circles", "0 samples"}, [] { data::circles(0); });
  throws(ErrorKind::value, {"at most 2147483648"}, [] { data::circles(std::int64_t{1} << 60); });
  throws(ErrorKind::value, {"noise -1"}, [] { data::moons(3, {.noise = -1}); });
  throws(ErrorKind::value, {"factor 1"}, [] { data::circles(3, {.factor = 1}); });
  throws(ErrorKind::dtype, {"i64"}, [] { data::moons(3, {.dtype = i64}); });
}

BOOST_AUTO_TEST_SUITE_END()
