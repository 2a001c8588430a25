// Convolutions a few channels at a time, which are never computed by tiles but as direct sums, and
// how far others are from them.
#pragma once

#include <algorithm>
#include <attune/ops/conv.hpp>
#include <attune/ops/join.hpp>
#include <attune/ops/views.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

namespace attune::tests {

inline constexpr std::int64_t few_channels = 4;

// The parts for channels [first, first + count), one behind another along `axis`.
template <class Part>
Tensor by_few(std::int64_t channels, int axis, const Part& part) {
  std::vector<Tensor> parts;
  for (std::int64_t first = 0; first < channels; first += few_channels)
    parts.push_back(part(first, std::min(few_channels, channels - first)));
  return cat(parts, axis);
}

inline Tensor direct(const Tensor& x, const Tensor& w, const Tensor& bias, const Conv2dOptions& o) {
  return by_few(w.size(0), 1, [&](std::int64_t first, std::int64_t count) {
    return conv2d(x, narrow(w, 0, first, count).clone(), narrow(bias, 0, first, count).clone(), o);
  });
}

inline Tensor direct(const Tensor& x, const Tensor& w, const Conv2dOptions& o) {
  return by_few(w.size(0), 1, [&](std::int64_t first, std::int64_t count) {
    return conv2d(x, narrow(w, 0, first, count).clone(), o);
  });
}

// Of x, which has this shape.
inline Tensor direct_dx(const Tensor& g, const Tensor& w, const Shape& shape,
                        const Conv2dOptions& o) {
  return by_few(w.size(1), 1, [&](std::int64_t first, std::int64_t count) {
    return conv2d_backward_input(g, narrow(w, 1, first, count).clone(),
                                 {shape[0], count, shape[2], shape[3]}, o);
  });
}

// Of a weight of this shape.
inline Tensor direct_dw(const Tensor& g, const Tensor& x, const Shape& shape,
                        const Conv2dOptions& o) {
  return by_few(shape[0], 0, [&](std::int64_t first, std::int64_t count) {
    return conv2d_backward_weight(narrow(g, 1, first, count).clone(), x,
                                  {count, shape[1], shape[2], shape[3]}, o);
  });
}

inline double root_mean_square(const Tensor& x) {
  double sum = 0;
  const Tensor wide = x.to(f64);
  for (const double element : wide.values<double>()) sum += element * element;
  return std::sqrt(sum / static_cast<double>(std::max<std::int64_t>(x.numel(), 1)));
}

// Places of two f32 tensors where one is finite, infinite of a sign, or NaN, and the other is
// something else.
inline int other_class(const Tensor& a, const Tensor& b) {
  const auto of = [](float value) {
    return std::isnan(value) ? 2 : std::isinf(value) ? (value > 0 ? 1 : -1) : 0;
  };
  const Tensor x = a.clone(), y = b.clone();
  int count = x.shape() == y.shape() ? 0 : 1;
  for (std::int64_t i = 0; i < x.numel() && i < y.numel(); ++i)
    count += of(x.data<float>()[i]) != of(y.data<float>()[i]);
  return count;
}

}  // namespace attune::tests
