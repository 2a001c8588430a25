// Layer norm's rows together have the bits of each alone, and rows far from 0 keep their
// deviations, with every instruction set.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/kernels.hpp"
#include "tests/core/normal.hpp"
#include "tests/worst.hpp"

namespace {

using namespace attune::internal;

template <class T>
std::vector<T> normal(std::int64_t count, unsigned seed) {
  return attune::tests::normal<T>(count, 3, 1, seed);
}

template <class T>
struct Rows {
  std::vector<T> y, mean, rest, inverse, dx, dscale, dshift;
  bool operator==(const Rows&) const = default;
};

// All rows in one call of the kernel, or each in a call of its own; nothing is written behind them.
template <class T>
Rows<T> normalized(const KernelsOf<T>& table, std::int64_t rows, std::int64_t n, bool together) {
  const std::vector<T> x = normal<T>(rows * n, 1), g = normal<T>(rows * n, 2);
  const std::vector<T> scale = normal<T>(n, 3), shift = normal<T>(n, 4);
  const auto of = [](std::int64_t count, T value) {
    return std::vector<T>(static_cast<std::size_t>(count) + 1, value);
  };
  Rows<T> all{of(rows * n, 7), of(rows, 7), of(rows, 7), of(rows, 7),
              of(rows * n, 7), of(n, 1),    of(n, 2)};
  const std::int64_t at_once = together ? rows : 1;
  for (std::int64_t row = 0; row < rows; row += at_once) {
    table.layer_norm(at_once, n, T(1e-5), x.data() + row * n, scale.data(), shift.data(),
                     all.y.data() + row * n, all.mean.data() + row, all.rest.data() + row,
                     all.inverse.data() + row);
    table.layer_norm_backward(at_once, n, g.data() + row * n, x.data() + row * n, scale.data(),
                              all.mean.data() + row, all.rest.data() + row,
                              all.inverse.data() + row, all.dx.data() + row * n, all.dscale.data(),
                              all.dshift.data());
  }
  BOOST_TEST((all.y.back() == 7 && all.mean.back() == 7));
  BOOST_TEST((all.rest.back() == 7 && all.inverse.back() == 7));
  BOOST_TEST((all.dx.back() == 7 && all.dscale.back() == 1 && all.dshift.back() == 2));
  return all;
}

template <class T>
void check_rows(const KernelsOf<T>& table) {
  for (const std::int64_t n : {1, 2, 7, 16, 17, 33, 64, 65, 100, 128, 300, 512, 513, 2100}) {
    for (const std::int64_t rows : {1, 3, 4, 5, 8, 11, 16, 39})
      BOOST_TEST((normalized(table, rows, n, true) == normalized(table, rows, n, false)),
                 rows << " rows of " << n);
  }
}

// Equal elements are their own mean, however far from 0 and in however many sums they were added.
template <class T>
void check_constant_rows(const KernelsOf<T>& table) {
  for (const T value : {T(0), T(1000.1), T(-1e8), T(3e-10)}) {
    for (const std::int64_t n : {1, 3, 10, 16, 100, 512, 1000, 1024, 4096, 5001}) {
      const std::int64_t rows = 19;
      const auto all = static_cast<std::size_t>(rows * n);
      const std::vector<T> x(all, value), scale(static_cast<std::size_t>(n), T(1)),
          shift(static_cast<std::size_t>(n), T(0));
      std::vector<T> y(all, T(7)), mean(19), rest(19), inverse(19);
      table.layer_norm(rows, n, T(1e-5), x.data(), scale.data(), shift.data(), y.data(),
                       mean.data(), rest.data(), inverse.data());
      BOOST_TEST(y == std::vector<T>(all, T(0)), n << " times " << value);
    }
  }
}

// Values 1000.1 that differ in their last digits, against double: y, and the derivative by scale.
void check_rows_that_hardly_vary(const KernelsOf<float>& table) {
  for (const float noise : {1e-4f, 1e-3f, 0.1f, 10.f}) {
    for (const std::int64_t n : {3, 10, 16, 100, 512, 1000, 5001}) {
      std::vector<float> x = attune::tests::normal<float>(n, 0, 1, 1);
      for (float& value : x) value = 1000.1f + noise * value;
      const std::vector<float> ones(x.size(), 1), zeros(x.size(), 0);
      std::vector<float> y = zeros, dscale = zeros;
      float mean = 0, rest = 0, inverse = 0;
      table.layer_norm(1, n, 1e-5f, x.data(), ones.data(), zeros.data(), y.data(), &mean, &rest,
                       &inverse);
      table.layer_norm_backward(1, n, ones.data(), x.data(), ones.data(), &mean, &rest, &inverse,
                                nullptr, dscale.data(), nullptr);
      double centre = 0, variance = 0, off = 0;
      for (const float value : x) centre += value;
      centre /= static_cast<double>(n);
      for (const float value : x) variance += (value - centre) * (value - centre);
      variance /= static_cast<double>(n);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = (x[i] - centre) / std::sqrt(variance + 1e-5);
        attune::tests::worsen(off, std::abs(y[i] - expected));
        attune::tests::worsen(off, std::abs(dscale[i] - expected));
      }
      BOOST_TEST(off < 1e-5, n << " values with noise of " << noise << " are off by " << off);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(norm_kernels)

BOOST_AUTO_TEST_CASE(equal_elements_become_zeros) {
  for (const std::string& isa : available_isas()) {
    BOOST_TEST_CONTEXT(isa) {
      check_constant_rows(kernels_for(isa).f32);
      check_constant_rows(kernels_for(isa).f64);
    }
  }
}

BOOST_AUTO_TEST_CASE(rows_that_hardly_vary_keep_their_deviations) {
  for (const std::string& isa : available_isas()) {
    BOOST_TEST_CONTEXT(isa) { check_rows_that_hardly_vary(kernels_for(isa).f32); }
  }
}

BOOST_AUTO_TEST_CASE(rows_together_have_the_bits_of_each_alone) {
  for (const std::string& isa : available_isas()) {
    BOOST_TEST_CONTEXT(isa) {
      check_rows(kernels_for(isa).f32);
      check_rows(kernels_for(isa).f64);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
