// Pooling of planes in memory: contiguous arrays, no Tensor, no errors. Windows are products of an
// interval of rows and one of columns; planes are independent and the chunks of a parallel loop.
#pragma once

#include <algorithm>
#include <cstdint>

namespace attune::internal {

// What of a window lies inside the input, and by what an average divides.
struct Window {
  std::int64_t begin, end, divisor;
};

// The windows along one axis.
struct Windows {
  std::int64_t size, count;             // of the axis, and how many
  std::int64_t kernel = 0, stride = 0;  // kernel 0: they part the axis as evenly as can be
  std::int64_t padding = 0;
  bool count_padding = false;  // a divisor does

  Window operator[](std::int64_t i) const {
    if (kernel == 0) {
      const std::int64_t begin = i * size / count, end = ((i + 1) * size + count - 1) / count;
      return {begin, end, end - begin};
    }
    const std::int64_t begin = i * stride - padding, end = std::min(begin + kernel, size + padding);
    const std::int64_t inside = std::max<std::int64_t>(begin, 0), inside_end = std::min(end, size);
    return {inside, inside_end, count_padding ? end - begin : inside_end - inside};
  }
};

// y [planes, rows.count, columns.count] of x [planes, rows.size, columns.size]; index: the
// position of the chosen entry in its plane. REQUIRES: no window is empty; a plane has less than
// 2^31 entries.
template <class T>
void max_windows(std::int64_t planes, const Windows& rows, const Windows& columns, const T* x, T* y,
                 std::int32_t* index);
// y[p, i] = x[p, index[p, i]].
template <class T>
void gather_planes(std::int64_t planes, std::int64_t from_size, std::int64_t size, const T* x,
                   const std::int32_t* index, T* y);
// The reverse, which adds to zeros; each index lies in its window.
template <class T>
void scatter_planes(std::int64_t planes, const Windows& rows, const Windows& columns, const T* g,
                    const std::int32_t* index, T* dx);

template <class T>
void average_windows(std::int64_t planes, const Windows& rows, const Windows& columns, const T* x,
                     T* y);
// Each entry of g, divided likewise, added to every entry of its window.
template <class T>
void spread_windows(std::int64_t planes, const Windows& rows, const Windows& columns, const T* g,
                    T* dx);

}  // namespace attune::internal
