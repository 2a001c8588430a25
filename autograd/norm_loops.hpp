// The arithmetic of normalization over whole arrays, outside the graph: statistics, values and the
// sums that derivatives need. Built from the elementwise and reduction kernels, a tile at a time;
// the trees depend on the shape alone.
#pragma once

#include <attune/tensor.hpp>

namespace attune::internal {

// x [n, channels, inner], contiguous; norm_lines.hpp has the order in which kernels see it.
struct Channels {
  std::int64_t n, channels, inner;
  std::int64_t count() const { return n * inner; }  // values of a channel
};

// Mean and variance (divided by count) of each channel, in two passes; in three where a channel
// varies less than its mean was off. mean + rest is the mean to more digits than a number has: of
// values like 1000.1 that hardly vary, its rounding would be a visible part of the deviations.
void channel_statistics(const Channels& layout, const Tensor& x, Tensor& mean, Tensor& rest,
                        Tensor& variance);
// (x - mean) * factor + shift, all [channels].
void channel_normalize(const Channels& layout, const Tensor& x, const Tensor& mean,
                       const Tensor& factor, const Tensor& shift, Tensor& y);
// Sums over each channel of g and of g (x - mean - rest).
void channel_gradient_sums(const Channels& layout, const Tensor& g, const Tensor& x,
                           const Tensor& mean, const Tensor& rest, Tensor& of_g,
                           Tensor& of_product);
// (g - a - (x - mean) b) * factor
void channel_derivative(const Channels& layout, const Tensor& g, const Tensor& x,
                        const Tensor& mean, const Tensor& a, const Tensor& b, const Tensor& factor,
                        Tensor& y);

// Rows of `width` elements, each normalized by itself; scale and shift [width].
// What was subtracted, mean + rest, and what multiplied.
struct RowStatistics {
  Tensor mean, rest, inverse;  // [rows]
};
void row_normalize(std::int64_t rows, std::int64_t width, double eps, const Tensor& x,
                   const Tensor& scale, const Tensor& shift, Tensor& y, RowStatistics& found);
// The derivatives by x, scale and shift in one pass over g and x, each where its tensor is defined.
struct RowDerivatives {
  Tensor x, scale, shift;
};
void row_derivatives(std::int64_t rows, std::int64_t width, const Tensor& g, const Tensor& x,
                     const Tensor& scale, const RowStatistics& found, const RowDerivatives& wanted);

}  // namespace attune::internal
