// Rows that are reduced together, for every instruction set: right, with the bits of each alone,
// and nothing is read or written behind them.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/core/every_table.hpp"
#include "tests/core/normal.hpp"

namespace {

using namespace attune::internal;
using namespace attune::tests;

constexpr Reduce joins[] = {Reduce::sum, Reduce::max, Reduce::min, Reduce::prod};

long double joined(Reduce op, long double a, long double b) {
  if (op == Reduce::sum) return a + b;
  if (op == Reduce::prod) return a * b;
  return (op == Reduce::max) == (a > b) ? a : b;
}

// Of one row by a plain loop, and how far a kernel's result may be from it.
template <class T>
struct Expected {
  Expected(Reduce op, std::int64_t n, const T* x) {
    if (op == Reduce::max || op == Reduce::min) value = x[0];
    if (op == Reduce::prod) value = 1;
    long double sizes = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      value = joined(op, value, x[i]);
      sizes += std::abs(x[i]);
    }
    const long double eps = std::numeric_limits<T>::epsilon(), steps = static_cast<long double>(n);
    if (op == Reduce::sum) bound = eps * steps * sizes;
    if (op == Reduce::prod) bound = eps * steps * std::abs(value);
  }
  long double value = 0, bound = 0;
};

// The results of all rows in one call.
template <class T>
std::vector<T> reduced(const KernelsOf<T>& table, Reduce op, std::int64_t rows, std::int64_t n,
                       const std::vector<T>& x) {
  std::vector<T> y(static_cast<std::size_t>(rows) + 1, T(77));
  table.rows_of(op)(rows, n, x.data(), y.data());
  BOOST_TEST(y.back() == 77);
  y.pop_back();
  return y;
}

template <class T>
bool as_each_alone(const KernelsOf<T>& table, Reduce op, std::int64_t n, const std::vector<T>& x,
                   const std::vector<T>& y) {
  bool same = true;
  for (std::size_t i = 0; i < y.size(); ++i)
    same = same && same_bits(y[i], table.of(op)(n, x.data() + static_cast<std::int64_t>(i) * n));
  return same;
}

std::vector<std::int64_t> row_lengths() {
  std::vector<std::int64_t> all;
  for (std::int64_t n = 1; n <= 40; ++n) all.push_back(n);
  all.insert(all.end(), {64, 100, 512, 513, 2100});
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reduce_rows)

BOOST_AUTO_TEST_CASE(rows_of_every_length_are_right_and_have_the_bits_of_each_alone) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    for (const Reduce op : joins) {
      for (const std::int64_t n : row_lengths()) {
        for (const std::int64_t rows : {1, 2, 3, 4, 5, 8, 15, 16, 17, 18, 20, 32, 39}) {
          const std::vector<T> x = normal<T>(rows * n, 0, 1, static_cast<unsigned>(n));
          const std::vector<T> y = reduced(table, op, rows, n, x);
          bool right = true;
          for (std::int64_t i = 0; i < rows; ++i) {
            const Expected<T> expected(op, n, x.data() + i * n);
            // The product of many is a number too small to have all its digits.
            right = right && std::abs(y[static_cast<std::size_t>(i)] - expected.value) <=
                                 expected.bound + std::numeric_limits<T>::min();
          }
          BOOST_TEST(right, "reduction " << static_cast<int>(op) << ": " << rows << " of " << n);
          BOOST_TEST(as_each_alone(table, op, n, x, y),
                     "bits of " << static_cast<int>(op) << ": " << rows << " of " << n);
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_nan_reaches_its_own_row_alone) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    constexpr std::int64_t rows = 33;
    for (const Reduce op : joins) {
      for (std::int64_t n = 1; n <= 40; ++n) {
        const std::vector<T> whole = normal<T>(rows * n, 0, 1, 5);
        std::vector<T> x = whole;
        // Another place in every third row.
        for (std::int64_t i = 0; i < rows; i += 3)
          x[static_cast<std::size_t>(i * n + i * 7 % n)] = std::numeric_limits<T>::quiet_NaN();
        const std::vector<T> y = reduced(table, op, rows, n, x),
                             clean = reduced(table, op, rows, n, whole);
        bool right = true;
        for (std::size_t i = 0; i < y.size(); ++i)
          right = right && (i % 3 == 0 ? std::isnan(y[i]) : same_bits(y[i], clean[i]));
        BOOST_TEST(right, "reduction " << static_cast<int>(op) << " of " << n);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(zeros_of_both_signs_and_infinities_join_as_in_each_alone) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    constexpr std::int64_t rows = 64;
    const T inf = std::numeric_limits<T>::infinity();
    for (const Reduce op : joins) {
      for (std::int64_t n = 1; n <= 40; ++n) {
        std::vector<T> x = normal<T>(rows * n, 0, 1, 9);
        for (std::size_t i = 0; i < x.size(); ++i)
          x[i] = i % 97 == 0 ? (x[i] > 0 ? inf : -inf) : std::copysign(T(0), x[i]);
        BOOST_TEST(as_each_alone(table, op, n, x, reduced(table, op, rows, n, x)),
                   "reduction " << static_cast<int>(op) << " of " << n);
        const std::vector<T> minus(x.size(), T(-0.0)), low(x.size(), -inf), high(x.size(), inf);
        for (const auto* const same : {&minus, &low, &high})
          BOOST_TEST(as_each_alone(table, op, n, *same, reduced(table, op, rows, n, *same)));
      }
      const std::vector<T> none = reduced(table, op, rows, 0, {});
      BOOST_TEST(as_each_alone(table, op, 0, std::vector<T>(), none));
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
