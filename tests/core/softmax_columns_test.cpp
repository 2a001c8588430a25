// Softmax along columns against its rows of the transposed copy, with every instruction set: odd
// widths and heights, what is not finite stays in its column, and the bits of a column do not
// depend on the columns and planes beside it.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/core/every_table.hpp"
#include "tests/core/normal.hpp"

namespace {

using namespace attune::internal;
using attune::tests::same_bits;

template <class T>
struct Four {
  std::vector<T> y, dx, log_y, log_dx;
  explicit Four(std::size_t size) : y(size, T(7)), dx(y), log_y(y), log_dx(y) {}

  template <class F>
  void each(const F& f) {
    f(y), f(dx), f(log_y), f(log_dx);
  }
};

// Some columns of some planes, from element `at` on.
template <class T>
void compute(const KernelsOf<T>& table, const Columns& columns, std::int64_t at,
             const std::vector<T>& x, const std::vector<T>& g, Four<T>& all) {
  table.softmax_columns(columns, x.data() + at, all.y.data() + at);
  table.log_softmax_columns(columns, x.data() + at, all.log_y.data() + at);
  table.softmax_columns_backward(columns, g.data() + at, all.y.data() + at, all.dx.data() + at);
  table.log_softmax_columns_backward(columns, g.data() + at, all.log_y.data() + at,
                                     all.log_dx.data() + at);
}

// [planes, n, row] as rows: [planes, row, n].
template <class T>
std::vector<T> transposed(const std::vector<T>& x, const Columns& of) {
  std::vector<T> result(static_cast<std::size_t>(of.planes * of.n * of.row));
  for (std::int64_t p = 0; p < of.planes; ++p)
    for (std::int64_t i = 0; i < of.n; ++i)
      for (std::int64_t j = 0; j < of.row; ++j)
        result[static_cast<std::size_t>((p * of.row + j) * of.n + i)] =
            x[static_cast<std::size_t>((p * of.n + i) * of.row + j)];
  return result;
}

// Of numbers that are not finite both must be the same.
template <class T>
bool close(const std::vector<T>& a, const std::vector<T>& b, double bound) {
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (std::isfinite(b[i]) ? !(std::fabs(a[i] - b[i]) <= bound * (1 + std::fabs(b[i])))
                            : !same_bits(a[i], b[i]))
      return false;
  }
  return true;
}

const std::vector<std::int64_t> heights{1, 2, 3, 21, 64, 65, 300};
const std::vector<std::int64_t> widths{1, 2, 3, 7, 8, 9, 15, 16, 17, 49, 64, 65, 130};

BOOST_AUTO_TEST_SUITE(softmax_columns)

BOOST_AUTO_TEST_CASE(columns_are_rows_of_the_transposed_copy) {
  attune::tests::for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    const double eps = std::numeric_limits<T>::epsilon();
    const T infinity = std::numeric_limits<T>::infinity();
    for (const std::int64_t n : heights) {
      for (const std::int64_t width : widths) {
        for (const T odd : {T(1), infinity, -infinity, std::numeric_limits<T>::quiet_NaN()}) {
          const Columns all{5, n, width, width};
          const std::int64_t size = all.planes * n * width;
          std::vector<T> x = attune::tests::normal<T>(size, 0, 3, 1);
          const std::vector<T> g = attune::tests::normal<T>(size, 0, 1, 2);
          x[static_cast<std::size_t>(2 * n * width + n / 2 * width + width / 2)] = odd;
          for (std::int64_t i = 0; i < n; ++i)  // a column of one value, -inf among them
            x[static_cast<std::size_t>(i * width)] = odd;
          Four<T> columns(x.size() + 1), rows(x.size() + 1);
          compute(table, all, 0, x, g, columns);
          columns.each([](const auto& values) { BOOST_TEST(values.back() == 7); });
          const std::vector<T> across = transposed(x, all), slopes = transposed(g, all);
          table.softmax(5 * width, n, across.data(), rows.y.data());
          table.log_softmax(5 * width, n, across.data(), rows.log_y.data());
          table.softmax_backward(5 * width, n, slopes.data(), rows.y.data(), rows.dx.data());
          table.log_softmax_backward(5 * width, n, slopes.data(), rows.log_y.data(),
                                     rows.log_dx.data());
          rows.each([](auto& values) { values.pop_back(); });
          const double bound = 16 * eps;
          // a derivative has the rounding of a sum of n slopes in it
          const double of_sums = 16 * eps * std::sqrt(static_cast<double>(n));
          BOOST_TEST(close(transposed(columns.y, all), rows.y, bound), n << " x " << width);
          BOOST_TEST(close(transposed(columns.log_y, all), rows.log_y, bound), n << " x " << width);
          BOOST_TEST(close(transposed(columns.dx, all), rows.dx, bound), n << " x " << width);
          BOOST_TEST(close(transposed(columns.log_dx, all), rows.log_dx, of_sums),
                     n << " x " << width << " with " << odd);
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_column_does_not_depend_on_those_beside_it) {
  attune::tests::for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    for (const std::int64_t n : {2, 21, 130}) {
      const std::int64_t width = 83;
      const std::int64_t size = 3 * n * width;
      const std::vector<T> x = attune::tests::normal<T>(size, 0, 3, 1),
                           g = attune::tests::normal<T>(size, 0, 1, 2);
      Four<T> whole(x.size()), cut(x.size());
      compute(table, {3, n, width, width}, 0, x, g, whole);
      for (std::int64_t plane = 0; plane < 3; ++plane) {
        for (std::int64_t j = 0, columns = 1; j < width; j += columns, columns += 6)
          compute(table, {1, n, std::min(columns, width - j), width}, plane * n * width + j, x, g,
                  cut);
      }
      BOOST_TEST((whole.y == cut.y && whole.dx == cut.dx), n << " rows");
      BOOST_TEST((whole.log_y == cut.log_y && whole.log_dx == cut.log_dx), n << " rows");
    }
  });
}

BOOST_AUTO_TEST_CASE(of_nothing_nothing_is_written) {
  attune::tests::for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    for (const Columns& none : {Columns{0, 3, 4, 4}, Columns{2, 0, 4, 4}, Columns{2, 3, 0, 0}}) {
      Four<T> found(1);
      const std::vector<T> x(1, T(1));
      compute(table, none, 0, x, x, found);
      found.each([](const auto& values) { BOOST_TEST(values.back() == 7); });
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
