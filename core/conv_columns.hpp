// Between planes and columns: what an output pixel sees of its plane, tap by tap.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/conv.hpp"
#include "core/kernels.hpp"

namespace attune::internal {

// Calls visit(channel, iy, first, end, ix) for every tap and every row of output pixels in
// [row_begin, row_end): the input row iy is -1 where the tap lies outside; output pixels [first,
// end) of the row see input pixels ix, ix + stride_x, ...
template <class Visit>
void for_taps(const ConvShape& s, std::int64_t row_begin, std::int64_t row_end, Visit&& visit) {
  const auto ceiling = [](std::int64_t a, std::int64_t b) { return a <= 0 ? 0 : (a + b - 1) / b; };
  for (std::int64_t channel = 0; channel < s.in; ++channel) {
    for (std::int64_t ky = 0; ky < s.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
        const std::int64_t shift = kx * s.dilation_x - s.left;
        const std::int64_t first = std::min(ceiling(-shift, s.stride_x), s.out_width);
        const std::int64_t end =
            std::clamp(ceiling(s.width - shift, s.stride_x), first, s.out_width);
        for (std::int64_t row = row_begin; row < row_end; ++row) {
          const std::int64_t y = row * s.stride_y - s.top + ky * s.dilation_y;
          const std::int64_t iy = y >= 0 && y < s.height ? y : -1;
          visit(channel, iy, first, end, first * s.stride_x + shift);
        }
      }
    }
  }
}

// columns [taps, rows * out_width] of the planes x [in, height, width].
template <class T>
void gather_columns(const ConvShape& s, const T* x, std::int64_t row_begin, std::int64_t row_end,
                    T* columns) {
  T* to = columns;
  for_taps(s, row_begin, row_end,
           [&](std::int64_t channel, std::int64_t iy, std::int64_t first, std::int64_t end,
               std::int64_t ix) {
             if (iy < 0) first = end = 0;
             std::fill(to, to + first, T(0));
             const T* const from = x + (channel * s.height + iy) * s.width + ix;
             if (s.stride_x == 1) {
               std::copy(from, from + (end - first), to + first);
             } else {
               for (std::int64_t i = first; i < end; ++i) to[i] = from[(i - first) * s.stride_x];
             }
             std::fill(to + end, to + s.out_width, T(0));
             to += s.out_width;
           });
}

// The reverse: adds every entry of the columns to the pixel of dx that it came from.
template <class T>
void scatter_columns(const ConvShape& s, const T* columns, std::int64_t row_begin,
                     std::int64_t row_end, T* dx) {
  const auto accumulate = kernels().of<T>().accumulate;
  const T* from = columns;
  for_taps(s, row_begin, row_end,
           [&](std::int64_t channel, std::int64_t iy, std::int64_t first, std::int64_t end,
               std::int64_t ix) {
             if (iy >= 0 && end > first) {
               T* const to = dx + (channel * s.height + iy) * s.width + ix;
               if (s.stride_x == 1) {
                 accumulate(end - first, from + first, to);
               } else {
                 for (std::int64_t i = first; i < end; ++i) to[(i - first) * s.stride_x] += from[i];
               }
             }
             from += s.out_width;
           });
}

}  // namespace attune::internal
