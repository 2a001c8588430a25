// What the forward convolution and its derivative by the input have in common: every result is a
// sum over source channels and taps. By the kernels of the instruction set, without columns.
#pragma once

#include "core/conv_axis.hpp"

namespace attune::internal {

// source [images, groups, channels, rows.size, columns.size], result [images, groups, results,
// plane of result_width]; the weight of group g, result r, channel c and entry (i, j) of the kernel
// stands at w[g * w_group + r * w_result + c * w_channel + i * w_row + j].
template <class T>
struct Correlation {
  const char* operation;  // that memory is refused to
  std::int64_t images, groups, channels, results;
  ConvAxis rows, columns;
  const T* source;
  const T* w;
  std::int64_t w_group, w_result, w_channel, w_row;
  const T* bias;  // groups * results, or null
  T* result;
  std::int64_t result_plane, result_width;

  std::int64_t taps() const { return rows.taps * columns.taps; }
};

// False, and nothing is done, where the padded copies of its pieces would be large beside the work.
// REQUIRES: fits(c.rows, c.columns), or no taps.
template <class T>
bool correlate(const Correlation<T>& c);

}  // namespace attune::internal
