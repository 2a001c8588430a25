// What a function's kernel is measured against, and where.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/kernels.hpp"

namespace attune::accuracy {

// The kernel of a function in one table: y[i] = f(a[i]), or f(a[i], b[i]).
template <class T>
using Kernel = void (*)(const internal::KernelsOf<T>& table, std::int64_t n, const T* a, const T* b,
                        T* y);

// The same by the C library in a wider type: double for f32, long double for f64.
template <class T, class Wide>
using Reference = void (*)(std::int64_t n, const T* a, const T* b, Wide* y);

struct Function {
  std::string name;
  int operands;
  Kernel<float> f32;
  Kernel<double> f64;
  Reference<float, double> wide_of_f32;
  Reference<double, long double> wide_of_f64;
  // The largest error allowed, in units of the last place of the result.
  double bound = 2;
  // Where f changes its sign as a sum of two terms, -4 < x < 0, a unit is at least that of this.
  double crossing = 0;
};

const std::vector<Function>& functions();

// Zeros, infinities, NaN, the ends of the normal and subnormal numbers, and the neighbours of where
// reductions, branches and saturations lie; of f64 also arguments that are known to be hard.
template <class T>
std::vector<T> hard_cases();

}  // namespace attune::accuracy
