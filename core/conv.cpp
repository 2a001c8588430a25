// Which way a convolution and its derivatives are computed.
#include "core/conv.hpp"

#include <algorithm>
#include <cstdint>

#include "core/conv_columns.hpp"
#include "core/conv_correlate.hpp"
#include "core/conv_weight.hpp"
#include "core/conv_winograd.hpp"
#include "core/elementwise.hpp"
#include "core/pooled.hpp"

namespace attune::internal {
namespace {

// The derivative by the input is a correlation for each phase of the strides, which reads all of g.
// (Both ways on Zen 5, ms, as phases and not: 16 -> 32, 5 x 5 with strides of 3 1.56 and 1.82; of 4
// 32 -> 64, 5 x 5 3.30 and 3.53, 3 -> 64, 11 x 11 5.31 and 5.17.)
constexpr std::int64_t most_phases = 9;

// Where neither kernel nor padding tells rows from columns: one row.
ConvShape reshaped(const ConvShape& s) {
  if (!s.direct()) return s;
  ConvShape result = s;
  result.height = result.out_height = 1;
  result.width = result.out_width = s.plane();
  return result;
}

template <class T>
bool correlate_somehow(const Correlation<T>& c) {
  return correlate_by_tiles(c) || correlate(c);
}

}  // namespace

template <class T>
void conv_forward(const ConvShape& shape, const T* x, const T* weight, const T* bias, T* y) {
  const ConvShape s = reshaped(shape);
  const Correlation<T> c{.operation = "conv2d",
                         .images = s.images,
                         .groups = s.groups,
                         .channels = s.in,
                         .results = s.out,
                         .rows = ConvAxis::forward(s.height, s.kernel_height, s.out_height,
                                                   s.stride_y, s.dilation_y, s.top),
                         .columns = ConvAxis::forward(s.width, s.kernel_width, s.out_width,
                                                      s.stride_x, s.dilation_x, s.left),
                         .source = x,
                         .w = weight,
                         .w_group = s.out * s.taps(),
                         .w_result = s.taps(),
                         .w_channel = s.kernel_height * s.kernel_width,
                         .w_row = s.kernel_width,
                         .bias = bias,
                         .result = y,
                         .result_plane = s.out_plane(),
                         .result_width = s.out_width};
  if (own_kernels() && fits(c.rows, c.columns) && correlate_somehow(c)) return;
  columns_forward(s, x, weight, bias, y);
}

namespace {

// A correlation for each phase of the strides.
template <class T>
void backward_input_by_phases(const ConvShape& s, const T* g, const T* weight, T* dx) {
  for (std::int64_t row = 0; row < std::min(s.stride_y, s.height); ++row) {
    for (std::int64_t column = 0; column < std::min(s.stride_x, s.width); ++column) {
      const Correlation<T> c{
          .operation = "conv2d_backward_input",
          .images = s.images,
          .groups = s.groups,
          .channels = s.out,
          .results = s.in,
          .rows = ConvAxis::backward(s.height, s.kernel_height, s.out_height, s.stride_y,
                                     s.dilation_y, s.top, row),
          .columns = ConvAxis::backward(s.width, s.kernel_width, s.out_width, s.stride_x,
                                        s.dilation_x, s.left, column),
          .source = g,
          .w = weight,
          .w_group = s.out * s.taps(),
          .w_result = s.kernel_height * s.kernel_width,
          .w_channel = s.taps(),
          .w_row = s.kernel_width,
          .bias = nullptr,
          .result = dx,
          .result_plane = s.plane(),
          .result_width = s.width};
      if ((c.taps() != 0 && !fits(c.rows, c.columns)) || !correlate_somehow(c))
        return columns_backward_input(s, g, weight, dx);
    }
  }
}

}  // namespace

template <class T>
void conv_backward_input(const ConvShape& shape, const T* g, const T* weight, T* dx) {
  const ConvShape s = reshaped(shape);
  if (!own_kernels() || s.stride_y * s.stride_x > most_phases)
    return columns_backward_input(s, g, weight, dx);
  PooledList<char> spoilt;
  if (!backward_input_by_tiles(s, g, weight, dx, spoilt))
    return backward_input_by_phases(s, g, weight, dx);
  // One by one: the bits of an image do not depend on what others hold.
  ConvShape one = s;
  one.images = 1;
  for (std::int64_t image = 0; image < s.images; ++image)
    if (spoilt[static_cast<std::size_t>(image)])
      backward_input_by_phases(one, g + image * s.out * s.out_plane(), weight,
                               dx + image * s.in * s.plane());
}

template <class T>
void conv_backward_weight(const ConvShape& shape, const T* g, const T* x, T* dweight) {
  const ConvShape s = reshaped(shape);
  if (own_kernels() && s.images != 0 && s.out_plane() != 0 &&
      (weights_by_tiles(s, g, x, dweight) || correlate_weights(s, g, x, dweight)))
    return;
  columns_backward_weight(s, g, x, dweight);
}

#define ATTUNE_CONV(T)                                                            \
  template void conv_forward(const ConvShape&, const T*, const T*, const T*, T*); \
  template void conv_backward_input(const ConvShape&, const T*, const T*, T*);    \
  template void conv_backward_weight(const ConvShape&, const T*, const T*, T*);
ATTUNE_CONV(float)
ATTUNE_CONV(double)
#undef ATTUNE_CONV

}  // namespace attune::internal
