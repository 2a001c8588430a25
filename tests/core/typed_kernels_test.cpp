// The kernels of every type, for every instruction set that this machine runs, against plain loops
// and the C library. Not here: which of them an operation picks.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/impl.hpp"
#include "core/kernels.hpp"

namespace {

using namespace attune;
using namespace attune::internal;

template <class F>
void on_every_isa(F f) {
  for (const std::string& isa : available_isas()) {
    BOOST_TEST_CONTEXT(isa) f(kernels_for(isa).typed);
  }
}

template <class T>
std::vector<T> drawn(std::mt19937_64& random, std::size_t count) {
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(random() % 200);
  return values;
}

// Of one type: from's column stride and to's row stride are wider than the part.
template <class T>
void check_transpose(const TypedKernels& table, DType dtype) {
  std::mt19937_64 random(1);
  for (const std::int64_t rows : {1, 3, 16, 17, 33, 130}) {
    for (const std::int64_t columns : {1, 5, 16, 31, 64, 300}) {
      const std::int64_t from_column = rows + 3, to_row = columns + 2;
      const auto from = drawn<T>(random, static_cast<std::size_t>(columns * from_column));
      std::vector<T> to(static_cast<std::size_t>(rows * to_row), T(77));
      table.transpose[static_cast<int>(dtype)](rows, columns, from.data(), from_column, to.data(),
                                               to_row);
      bool right = true;
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < to_row; ++j) {
          const T expected =
              j < columns ? from[static_cast<std::size_t>(i + j * from_column)] : T(77);
          right = right && to[static_cast<std::size_t>(i * to_row + j)] == expected;
        }
      }
      BOOST_TEST(right, rows << " x " << columns << " of " << name(dtype));
    }
  }
}

template <class T>
T drawn_number(std::mt19937_64& random, int kind) {
  const std::uint64_t bits = random();
  T value;
  switch (kind) {
    case 0:  // any bits: NaN, infinities, denormals
      std::memcpy(&value, &bits, sizeof(T));
      return value;
    case 1:  // small whole numbers, zeros of both signs
      value = static_cast<T>(bits % 11);
      return bits >> 63 ? -value : value;
    default:
      value = static_cast<T>(bits % 2000003) / T(977);
      return bits >> 63 ? -value : value;
  }
}

template <class T>
void check_remainders(const TypedKernels& table, DType dtype) {
  constexpr std::int64_t n = 61;
  std::mt19937_64 random(2);
  for (const Division op : {Division::remainder, Division::fmod}) {
    const RunTwo kernel = table.of(op, dtype);
    if (!kernel) continue;
    int wrong = 0;
    for (int round = 0; round < 3000; ++round) {
      T a[n], b[n], y[n];
      for (std::int64_t i = 0; i < n; ++i) {
        a[i] = drawn_number<T>(random, round % 3);
        b[i] = drawn_number<T>(random, round / 3 % 3);
        // Next to a multiple, where a rounded quotient is off by one.
        if (round % 5 == 0) a[i] = std::nextafter(b[i] * T(random() % 1000), T(0));
      }
      kernel(n, a, 1, b, 1, y);
      for (std::int64_t i = 0; i < n; ++i) {
        T expected = std::fmod(a[i], b[i]);
        if (op == Division::remainder) {
          if (expected == 0)
            expected = std::copysign(expected, b[i]);
          else if ((expected < 0) != (b[i] < 0))
            expected += b[i];
        }
        const bool same =
            std::isnan(expected) ? std::isnan(y[i]) : std::memcmp(&expected, &y[i], sizeof(T)) == 0;
        if (!same && wrong++ == 0)
          BOOST_ERROR("remainder of " << a[i] << " by " << b[i] << " is " << y[i]);
      }
    }
    BOOST_TEST(wrong == 0);
  }
}

// All lengths around a batch, of numbers of every size; nothing behind the end is written.
template <class From, class To>
void check_conversion(RunOne kernel, DType from, DType to) {
  std::mt19937_64 random(4);
  bool right = true;
  for (std::size_t n = 0; n < 140; ++n) {
    std::vector<From> x(n);
    for (From& value : x) {
      if constexpr (std::is_floating_point_v<From>)
        value = drawn_number<From>(random, static_cast<int>(random() % 4));
      else
        value = static_cast<From>(random() >> random() % 64);
    }
    std::vector<To> y(n + 1, To(7));
    kernel(static_cast<std::int64_t>(n), x.data(), y.data());
    for (std::size_t i = 0; i < n; ++i) {
      const To expected = static_cast<To>(x[i]);
      right = right && (std::memcmp(&y[i], &expected, sizeof(To)) == 0 ||
                        (expected != expected && y[i] != y[i]));
    }
    right = right && y[n] == To(7);
  }
  BOOST_TEST(right, name(from) << " to " << name(to));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(typed_kernels)

BOOST_AUTO_TEST_CASE(transposing_moves_every_element_and_no_other) {
  on_every_isa([](const TypedKernels& table) {
    for (const DType dtype : {f32, f64, i64, i32, u8, boolean})
      visit_dtype(dtype, [&](auto zero) {
        using T = decltype(zero);
        using Bits = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;
        check_transpose<Bits>(table, dtype);
      });
  });
}

BOOST_AUTO_TEST_CASE(conversions_are_those_of_the_language) {
  constexpr DType dtypes[] = {f32, f64, i64, i32, u8};
  on_every_isa([&](const TypedKernels& table) {
    int found = 0;
    for (const DType from : dtypes)
      for (const DType to : dtypes) {
        const RunOne kernel = table.convert[static_cast<int>(from)][static_cast<int>(to)];
        if (!kernel) continue;
        ++found;
        visit_dtype(from, [&](auto from_zero) {
          visit_dtype(to, [&](auto to_zero) {
            using From = decltype(from_zero);
            using To = decltype(to_zero);
            if constexpr (!std::is_same_v<From, bool> && !std::is_same_v<To, bool> &&
                          (std::is_floating_point_v<To> || std::is_integral_v<From>))
              check_conversion<From, To>(kernel, from, to);
          });
        });
      }
    BOOST_TEST(found == 5 * 4 - 2 * 3);
    for (const DType to : {f32, f64, i64, i32})
      BOOST_TEST(table.convert[static_cast<int>(boolean)][static_cast<int>(to)] ==
                 table.convert[static_cast<int>(u8)][static_cast<int>(to)]);
  });
}

BOOST_AUTO_TEST_CASE(an_index_outside_is_seen_wherever_it_stands) {
  on_every_isa([](const TypedKernels& table) {
    for (const std::int64_t n : {1, 2, 7, 8, 9, 40, 67}) {
      std::vector<std::int64_t> indices(static_cast<std::size_t>(n), 99);
      BOOST_TEST(table.inside(n, indices.data(), 100));
      for (std::int64_t& index : indices) {
        for (const std::int64_t outside :
             {std::int64_t{-1}, std::int64_t{100}, INT64_MIN, INT64_MAX}) {
          index = outside;
          BOOST_TEST(!table.inside(n, indices.data(), 100));
        }
        index = 0;
        BOOST_TEST(table.inside(n, indices.data(), 100));
      }
      BOOST_TEST(!table.inside(n, indices.data(), 0));
    }
    BOOST_TEST(table.inside(0, nullptr, 0));
  });
}

BOOST_AUTO_TEST_CASE(remainders_are_those_of_libm_bit_for_bit) {
  on_every_isa([](const TypedKernels& table) {
    check_remainders<float>(table, f32);
    check_remainders<double>(table, f64);
  });
}

BOOST_AUTO_TEST_CASE(comparisons_know_nan_and_wide_integers) {
  on_every_isa([](const TypedKernels& table) {
    std::mt19937_64 random(3);
    for (const DType dtype : {f32, f64, i64, i32, u8}) {
      visit_dtype(dtype, [&](auto zero) {
        using T = std::conditional_t<std::is_same_v<decltype(zero), bool>, std::uint8_t,
                                     decltype(zero)>;  // no vector<bool>
        auto a = drawn<T>(random, 100), b = drawn<T>(random, 100);
        for (std::size_t i = 0; i < 100; i += 3) b[i] = a[i];
        if constexpr (std::is_floating_point_v<T>)
          for (std::size_t i = 0; i < 100; i += 7) a[i] = T(NAN);
        if constexpr (std::is_same_v<T, std::int64_t>)
          for (std::size_t i = 0; i < 100; i += 5) a[i] += std::int64_t{1} << 40;
        bool y[100];
        const auto agrees = [&](Compare op, auto expected) {
          for (const std::int64_t step : {0, 1}) {
            table.of(op, dtype)(100, a.data(), 1, b.data(), step, y);
            bool right = true;
            for (std::size_t i = 0; i < 100; ++i)
              right = right && y[i] == expected(a[i], b[step == 0 ? 0 : i]);
            BOOST_TEST(right, name(dtype));
          }
        };
        agrees(Compare::eq, [](T u, T v) { return u == v; });
        agrees(Compare::ne, [](T u, T v) { return u != v; });
        agrees(Compare::lt, [](T u, T v) { return u < v; });
        agrees(Compare::le, [](T u, T v) { return u <= v; });
      });
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
