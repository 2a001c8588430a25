// The table's functions of one number and of two, for every instruction set that this machine runs,
// against the C library and plain arithmetic: at any length, place and stride.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "core/kernels.hpp"
#include "tests/core/every_table.hpp"

namespace {

using namespace attune::internal;
using namespace attune::tests;

template <class T>
T reference_unary(Unary op, T x) {
  const double v = x;  // f32 references are rounded once
  switch (op) {
    case Unary::abs:
      return static_cast<T>(std::fabs(v));
    case Unary::neg:
      return -x;
    case Unary::sign:
      return x > 0 ? T(1) : x < 0 ? T(-1) : x + T(0);
    case Unary::reciprocal:
      return T(1) / x;
    case Unary::sqrt:
      return std::sqrt(x);
    case Unary::rsqrt:
      return T(1) / std::sqrt(x);
    case Unary::square:
      return x * x;
    case Unary::exp:
      return static_cast<T>(std::exp(v));
    case Unary::expm1:
      return static_cast<T>(std::expm1(v));
    case Unary::log:
      return static_cast<T>(std::log(v));
    case Unary::log1p:
      return static_cast<T>(std::log1p(v));
    case Unary::log2:
      return static_cast<T>(std::log2(v));
    case Unary::log10:
      return static_cast<T>(std::log10(v));
    case Unary::sin:
      return static_cast<T>(std::sin(v));
    case Unary::cos:
      return static_cast<T>(std::cos(v));
    case Unary::tan:
      return static_cast<T>(std::tan(v));
    case Unary::asin:
      return static_cast<T>(std::asin(v));
    case Unary::acos:
      return static_cast<T>(std::acos(v));
    case Unary::atan:
      return static_cast<T>(std::atan(v));
    case Unary::sinh:
      return static_cast<T>(std::sinh(v));
    case Unary::cosh:
      return static_cast<T>(std::cosh(v));
    case Unary::asinh:
      return static_cast<T>(std::asinh(v));
    case Unary::acosh:
      return static_cast<T>(std::acosh(v));
    case Unary::atanh:
      return static_cast<T>(std::atanh(v));
    case Unary::tanh:
      return static_cast<T>(std::tanh(v));
    case Unary::sigmoid:
      return static_cast<T>(v < 0 ? std::exp(v) / (1 + std::exp(v)) : 1 / (1 + std::exp(-v)));
    case Unary::erf:
      return static_cast<T>(std::erf(v));
    case Unary::relu:
      return x <= 0 ? T(0) : x;
    case Unary::floor:
      return std::floor(x);
    case Unary::ceil:
      return std::ceil(x);
    case Unary::round:
      return std::nearbyint(x);
    case Unary::trunc:
      return std::trunc(x);
    case Unary::count:
      break;
  }
  return std::numeric_limits<T>::quiet_NaN();
}

template <class T>
T reference_binary(Binary op, T a, T b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::sub:
      return a - b;
    case Binary::mul:
      return a * b;
    case Binary::div:
      return a / b;
    case Binary::maximum:
      return a > b || std::isnan(a) ? a : b;
    case Binary::minimum:
      return a < b || std::isnan(a) ? a : b;
    case Binary::relu_backward:
      return b > 0 ? a : T(0);
    case Binary::tanh_backward:
      return a * (1 - b * b);
    case Binary::sigmoid_backward:
      return a * (b * (1 - b));
    case Binary::pow:
      return static_cast<T>(std::pow(double{a}, double{b}));
    case Binary::atan2:
      return static_cast<T>(std::atan2(double{a}, double{b}));
    case Binary::hypot:
      return static_cast<T>(std::hypot(double{a}, double{b}));
    case Binary::count:
      break;
  }
  return std::numeric_limits<T>::quiet_NaN();
}

// Units in the last place between two numbers; below the normal range, of the smallest normal one.
template <class T>
double distance(T got, T want) {
  if (std::isnan(got) || std::isnan(want)) return std::isnan(got) == std::isnan(want) ? 0 : 1e30;
  if (std::isinf(got) || std::isinf(want)) return got == want ? 0 : 1e30;
  const double size = std::max<double>(std::fabs(want), std::numeric_limits<T>::min());
  const double unit = std::ldexp(std::numeric_limits<T>::epsilon(), std::ilogb(size));
  return std::fabs(static_cast<double>(got) - static_cast<double>(want)) / unit;
}

const char* const unary_names[] = {
#define ATTUNE_NAME(name) #name,
    ATTUNE_UNARY_KERNELS(ATTUNE_NAME)};
const char* const binary_names[] = {ATTUNE_BINARY_KERNELS(ATTUNE_NAME)};
#undef ATTUNE_NAME

// Zeros, infinities, NaN, the ends of the range, where functions saturate, and numbers of all
// sizes.
template <class T>
std::vector<T> arguments(int count, unsigned seed) {
  using L = std::numeric_limits<T>;
  std::vector<T> values{T(0),
                        T(-0.0),
                        T(1),
                        T(-1),
                        L::infinity(),
                        -L::infinity(),
                        L::max(),
                        -L::max(),
                        L::min(),
                        -L::min(),
                        L::quiet_NaN(),
                        T(0.5),
                        T(-0.5),
                        T(1.5),
                        T(2.5),
                        T(-2.5),
                        L::epsilon(),
                        -L::epsilon(),
                        T(88.7),
                        T(89),
                        T(-87),
                        T(-104),
                        T(709.7),
                        T(710),
                        T(-708),
                        T(-746),
                        T(710.4758600739439),  // the last with a hyperbolic sine
                        T(-710.47586007394398),
                        T(1e-30),
                        T(8388607.5),
                        T(16777217),
                        T(1e15),
                        L::denorm_min(),
                        -L::denorm_min(),
                        L::min() / 3};
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> narrow(-4, 4), exponent(-30, 20);
  while (static_cast<int>(values.size()) < count) {
    values.push_back(static_cast<T>(narrow(random)));
    values.push_back(static_cast<T>(std::copysign(std::exp2(exponent(random)), narrow(random))));
  }
  values.resize(static_cast<std::size_t>(count));
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernels_table)

BOOST_AUTO_TEST_CASE(unary_follows_the_c_library) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    const std::vector<T> x = arguments<T>(20000, 1);
    std::vector<T> y(x.size());
    for (int op = 0; op < static_cast<int>(Unary::count); ++op) {
      table.unary[op](static_cast<std::int64_t>(x.size()), x.data(), y.data());
      double worst = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const T want = reference_unary<T>(static_cast<Unary>(op), x[i]);
        const double d = distance(y[i], want);
        worst = std::max(worst, d);
        if (d > 4 || (want == 0 && y[i] == 0 && std::signbit(y[i]) != std::signbit(want)))
          BOOST_ERROR(unary_names[op] << "(" << x[i] << ") = " << y[i] << ", not " << want);
      }
      BOOST_TEST_MESSAGE(unary_names[op] << ": " << worst << " ulp");
    }
  });
}

BOOST_AUTO_TEST_CASE(unary_of_any_length_at_any_position_writes_the_same_bits_and_no_more) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    const std::vector<T> x = arguments<T>(1003, 2);
    std::vector<T> whole(x.size()), part(x.size());
    for (int op = 0; op < static_cast<int>(Unary::count); ++op) {
      table.unary[op](static_cast<std::int64_t>(x.size()), x.data(), whole.data());
      for (const int n : lengths) {
        std::fill(part.begin(), part.end(), T(77));
        table.unary[op](n, x.data() + 3, part.data() + 1);
        bool same = part[0] == T(77) && part[static_cast<std::size_t>(n) + 1] == T(77);
        for (int i = 0; i < n; ++i) same = same && same_bits(part[i + 1], whole[i + 3]);
        BOOST_TEST(same, unary_names[op] << " of " << n);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(binary_follows_plain_arithmetic_for_every_stride) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    const std::vector<T> a = arguments<T>(1000, 3);
    std::vector<T> b = arguments<T>(1000, 4), y(1001);
    std::shuffle(b.begin(), b.end(), std::mt19937(5));
    for (int op = 0; op < static_cast<int>(Binary::count); ++op) {
      // the functions are not correctly rounded; plain arithmetic is
      const double most = static_cast<Binary>(op) >= Binary::pow ? 2 : 0;
      for (const int n : lengths) {
        for (int strides = 0; strides < 4; ++strides) {
          const int sa = strides & 1, sb = strides >> 1;
          y[static_cast<std::size_t>(n)] = T(77);
          table.binary[op](n, a.data() + (sa ? 0 : 3), sa, b.data() + (sb ? 0 : 3), sb, y.data());
          bool same = y[static_cast<std::size_t>(n)] == T(77);
          for (int i = 0; i < n; ++i) {
            const T want =
                reference_binary<T>(static_cast<Binary>(op), a[sa ? i : 3], b[sb ? i : 3]);
            same = same && (most > 0 ? distance(y[i], want) <= most : same_bits(y[i], want));
          }
          BOOST_TEST(same, binary_names[op] << " of " << n << " strides " << sa << sb);
        }
      }
    }
    std::vector<T> sum(33, T(2)), scaled(33, T(2));
    table.accumulate(33, a.data() + 11, sum.data());
    table.axpy(33, T(0.5), a.data() + 11, scaled.data());
    for (int i = 0; i < 33; ++i) {
      BOOST_TEST(same_bits(sum[i], T(2) + a[i + 11]));
      BOOST_TEST(distance(scaled[i], T(2) + T(0.5) * a[i + 11]) <= 1);
    }
  });
}

// C99's table of atan2 (annex F.9.1.4) and of hypot, and the ends of the range.
BOOST_AUTO_TEST_CASE(angles_and_distances_of_zeros_infinities_and_ends) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    using L = std::numeric_limits<T>;
    std::vector<T> ends;
    for (const T x : {T(0), L::denorm_min(), L::min() / 3, L::min(), T(1), T(1) + L::epsilon(),
                      L::max() / 4, L::max(), L::infinity(), L::quiet_NaN()}) {
      ends.push_back(x);
      ends.push_back(-x);
    }
    std::vector<T> y(ends.size());
    const auto n = static_cast<std::int64_t>(ends.size());
    for (const Binary op : {Binary::atan2, Binary::hypot}) {
      for (const T a : ends) {
        table.of(op)(n, &a, 0, ends.data(), 1, y.data());
        for (std::size_t i = 0; i < ends.size(); ++i) {
          const T b = ends[i], want = reference_binary<T>(op, a, b);
          const bool same_sign = std::isnan(want) || std::signbit(y[i]) == std::signbit(want);
          BOOST_TEST((distance(y[i], want) <= 2 && same_sign),
                     binary_names[static_cast<int>(op)] << "(" << a << ", " << b << ") = " << y[i]
                                                        << ", not " << want);
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(binary_of_any_length_at_any_position_gives_the_same_bits) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    const std::vector<T> a = arguments<T>(1003, 6);
    std::vector<T> b = arguments<T>(1003, 7), whole(a.size()), part(a.size());
    std::shuffle(b.begin(), b.end(), std::mt19937(8));
    for (int op = 0; op < static_cast<int>(Binary::count); ++op) {
      table.binary[op](static_cast<std::int64_t>(a.size()), a.data(), 1, b.data(), 1, whole.data());
      for (const int n : lengths) {
        table.binary[op](n, a.data() + 3, 1, b.data() + 3, 1, part.data());
        bool same = true;
        for (int i = 0; i < n; ++i) same = same && same_bits(part[i], whole[i + 3]);
        BOOST_TEST(same, binary_names[op] << " of " << n);
      }
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
