// Pooling of planes in memory: contiguous arrays, no Tensor, no errors. Windows are products of an
// interval of rows and one of columns; planes are independent and the chunks of a parallel loop.
#pragma once

#include <cstdint>
#include <vector>

namespace attune::internal {

// The windows along one axis: what lies inside the input, and by what an average divides.
struct Windows {
  struct Window {
    std::int64_t begin, end, divisor;
  };
  std::int64_t size;  // of the axis
  std::vector<Window> windows;

  std::int64_t count() const { return static_cast<std::int64_t>(windows.size()); }
};

// y [planes, rows.count(), columns.count()] of x [planes, rows.size, columns.size]; index: the
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
