// Softmax's rows together have the bits of each alone, with every instruction set;
// nothing is written behind them, and what is not finite stays in its row.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/kernels.hpp"
#include "tests/core/normal.hpp"

namespace {

using namespace attune::internal;

template <class T>
std::vector<T> normal(std::int64_t count, unsigned seed) {
  return attune::tests::normal<T>(count, 0, 3, seed);
}

template <class T>
struct Rows {
  std::vector<T> y, dx, log_y, log_dx;
};

// Bits, since NaN is not equal to itself; all but its sign and payload.
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::isnan(a[i]) && std::isnan(b[i])) && std::memcmp(&a[i], &b[i], sizeof(T)) != 0)
      return false;
  return a.size() == b.size();
}

// All rows in one call of each kernel, or each in a call of its own.
template <class T>
Rows<T> computed(const KernelsOf<T>& table, const std::vector<T>& x, std::int64_t n,
                 bool together) {
  const auto size = static_cast<std::int64_t>(x.size());
  const std::vector<T> g = normal<T>(size, 2), untouched(x.size() + 1, T(7));
  Rows<T> all{untouched, untouched, untouched, untouched};
  const std::int64_t rows = together ? size / n : 1;
  for (std::int64_t at = 0; at < size; at += rows * n) {
    table.softmax(rows, n, x.data() + at, all.y.data() + at);
    table.softmax_backward(rows, n, g.data() + at, all.y.data() + at, all.dx.data() + at);
    table.log_softmax(rows, n, x.data() + at, all.log_y.data() + at);
    table.log_softmax_backward(rows, n, g.data() + at, all.log_y.data() + at,
                               all.log_dx.data() + at);
  }
  for (const auto& values : {all.y, all.dx, all.log_y, all.log_dx}) BOOST_TEST(values.back() == 7);
  return all;
}

template <class T>
void check_rows(const KernelsOf<T>& table) {
  for (const std::int64_t n : {1, 2, 7, 16, 17, 33, 64, 65, 100, 128, 300, 512, 513, 2100}) {
    for (const std::int64_t rows : {1, 3, 4, 5, 8, 19}) {
      for (const T odd :
           {T(1), std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
            std::numeric_limits<T>::quiet_NaN()}) {
        std::vector<T> x = normal<T>(rows * n, 1);
        x[static_cast<std::size_t>(rows / 2 * n + n / 2)] = odd;
        const Rows<T> all = computed(table, x, n, true), one = computed(table, x, n, false);
        BOOST_TEST((same_bits(all.y, one.y) && same_bits(all.dx, one.dx)),
                   rows << " rows of " << n << " with " << odd);
        BOOST_TEST((same_bits(all.log_y, one.log_y) && same_bits(all.log_dx, one.log_dx)),
                   "logarithm: " << rows << " rows of " << n << " with " << odd);
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(softmax_kernels)

BOOST_AUTO_TEST_CASE(rows_together_have_the_bits_of_each_alone) {
  for (const std::string& isa : available_isas()) {
    BOOST_TEST_CONTEXT(isa) {
      check_rows(kernels_for(isa).f32);
      check_rows(kernels_for(isa).f64);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
