// What tests of the table of kernels share: every table that this machine runs, in both types, and
// lengths around those of its vectors.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <concepts>
#include <cstring>
#include <string>
#include <vector>

#include "core/kernels.hpp"

namespace attune::tests {

inline const std::vector<int> lengths{0, 1, 7, 15, 16, 17, 33, 1000};

// A NaN equals a NaN.
template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0 || (std::isnan(a) && std::isnan(b));
}

// check(table), or check(table, zero) where zero is of the table's type.
template <class Check>
void for_every_table(Check check) {
  const auto call = [&](const auto& table, auto zero) {
    if constexpr (std::invocable<Check, decltype(table), decltype(zero)>) {
      check(table, zero);
    } else {
      check(table);
    }
  };
  for (const std::string& isa : internal::available_isas()) {
    BOOST_TEST_CONTEXT(isa) {
      const internal::Kernels& table = internal::kernels_for(isa);
      BOOST_TEST_CONTEXT("f32") call(table.f32, float());
      BOOST_TEST_CONTEXT("f64") call(table.f64, double());
    }
  }
}

}  // namespace attune::tests
