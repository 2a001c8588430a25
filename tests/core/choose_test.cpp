// Whatever the lengths and the type, the first extreme element is found: short rows are compared as
// columns, long ones in pieces, columns in bands.
#include "core/choose.hpp"

#include <attune/ops/creation.hpp>
#include <attune/ops/views.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/impl.hpp"

namespace {

using namespace attune;
using namespace attune::internal;

template <class T>
bool comes_before(Choice choice, T a, T b) {
  if (a != a || b != b) return a != a && b == b;
  return choice == Choice::largest ? a > b : a < b;
}

// The positions, one comparison after another.
template <class T>
std::vector<std::int64_t> expected(Choice choice, const Group& group, const T* x) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < group.outer; ++i)
    for (std::int64_t j = 0; j < group.inner; ++j) {
      const T* const column = x + i * group.count * group.inner + j;
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < group.count; ++k)
        if (comes_before(choice, column[k * group.inner], column[best * group.inner])) best = k;
      all.push_back(best);
    }
  return all;
}

std::vector<std::int64_t> all_expected(Choice choice, const Tensor& x, const Group& group) {
  return visit_dtype(x.dtype(), [&](auto zero) {
    return expected(choice, group, internal::data<decltype(zero)>(x));
  });
}

std::vector<std::int64_t> found(Choice choice, const Tensor& x, const Group& group) {
  const Tensor y = choose("test", choice, x, group);
  const auto places = y.values<std::int64_t>();
  return {places.begin(), places.end()};
}

constexpr Group groups[] = {{1, 1, 1},    {7, 1, 3},    {300, 10, 1},  {1700, 10, 1}, {5, 32, 1},
                            {5, 33, 1},   {9, 1000, 1}, {1, 16384, 1}, {3, 16385, 1}, {2, 50001, 1},
                            {2, 40, 255}, {3, 17, 256}, {1, 2, 257},   {3, 4, 0},     {0, 4, 1},
                            {0, 4, 3},    {3000, 2, 2}, {2, 100, 700}};

}  // namespace

BOOST_AUTO_TEST_SUITE(choosing)

BOOST_AUTO_TEST_CASE(finds_the_first_extreme_element) {
  std::mt19937_64 engine(1);
  for (const Group& group : groups) {
    const std::int64_t n = group.outer * group.count * group.inner;
    for (const DType dtype : {f64, f32, i64, i32, u8, boolean}) {
      for (const int most : {1, 40, 2'000'000'000}) {  // the fewer values, the more of them equal
        std::vector<double> values(static_cast<std::size_t>(n));
        for (double& value : values) {
          value = static_cast<double>(engine() % static_cast<std::uint64_t>(most));
          if (dtype == f64 || dtype == f32) value = value - most / 2.0;
          if (dtype == u8) value = std::fmod(value, 256);
        }
        const Tensor x = tensor(values, {n}).to(dtype);
        for (const Choice choice : {Choice::largest, Choice::smallest}) {
          BOOST_TEST(found(choice, x, group) == all_expected(choice, x, group),
                     group.outer << " x " << group.count << " x " << group.inner << ", " << most
                                 << " values");
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nan_comes_before_every_number) {
  std::mt19937_64 engine(2);
  for (const Group& group : groups) {
    const std::int64_t n = group.outer * group.count * group.inner;
    std::vector<double> values(static_cast<std::size_t>(n));
    const double infinity = std::numeric_limits<double>::infinity();
    for (double& value : values) {
      const std::uint64_t kind = engine() % 64;
      value = kind == 0   ? std::nan("")
              : kind == 1 ? infinity
              : kind == 2 ? -infinity
                          : static_cast<double>(kind % 2) - 0.5;
      if (kind > 60) value = kind == 61 ? 0.0 : -0.0;
    }
    for (const DType dtype : {f64, f32}) {
      const Tensor x = tensor(values, {n}).to(dtype);
      for (const Choice choice : {Choice::largest, Choice::smallest})
        BOOST_TEST(found(choice, x, group) == all_expected(choice, x, group));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
