// Loops over windows.
#include "core/pool.hpp"

#include <algorithm>
#include <span>

#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/pooled.hpp"

namespace attune::internal {
namespace {

// body(plane) for all planes, several to a chunk; `work` is that of a plane.
template <class Body>
void for_planes(std::int64_t planes, std::int64_t work, Body&& body) {
  const std::int64_t together =
      std::max<std::int64_t>(1, serial_work / 4 / std::max<std::int64_t>(work, 1));
  parallel_for((planes + together - 1) / together, planes * work, [&](std::int64_t chunk) {
    const std::int64_t end = std::min(planes, (chunk + 1) * together);
    for (std::int64_t plane = chunk * together; plane < end; ++plane) body(plane);
  });
}

// The windows of an axis one by one, as they are looked up for every plane.
struct Listed {
  std::int64_t size, count;
  PooledList<Window> windows;

  explicit Listed(const Windows& axis) : size(axis.size), count(axis.count) {
    windows.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) windows.push_back(axis[i]);
  }
};

std::int64_t covered(const Listed& axis) {
  std::int64_t entries = 0;
  for (const Window& window : axis.windows) entries += window.end - window.begin;
  return entries;
}

// How many windows from the first on are two entries wide and lie side by side.
std::int64_t pairs(const Windows& axis) {
  const std::int64_t begin = axis[0].begin;
  std::int64_t count = 0;
  for (; count < axis.count; ++count) {
    const Window window = axis[count];
    if (window.begin != begin + 2 * count || window.end != window.begin + 2) break;
  }
  return count;
}

// Whether such windows are all there is, and every entry lies in one.
bool cut_in_pairs(const Windows& axis) {
  return axis.size == 2 * axis.count && axis[0].begin == 0 && pairs(axis) == axis.count;
}

// Whether the only window is the whole plane.
bool is_plane(const Listed& rows, const Listed& columns) {
  const auto whole = [](const Listed& axis) {
    return axis.count == 1 && axis.windows[0].begin == 0 && axis.windows[0].end == axis.size;
  };
  return whole(rows) && whole(columns);
}

// The number of the largest of n entries, of equal ones the first, of NaN the last.
template <class T>
std::int64_t largest_of(std::int64_t n, const T* x) {
  const T top = kernels().of<T>().of(Reduce::max)(n, x);
  std::int64_t i = 0;
  if (top == top) {
    while (x[i] != top) ++i;
  } else {
    for (i = n - 1; x[i] == x[i];) --i;
  }
  return i;
}

// The reciprocal of a divisor would round twice.
template <class T>
T divisor(const Window& row, const Window& column) {
  return static_cast<T>(row.divisor * column.divisor);
}

}  // namespace

template <class T>
void max_windows(std::int64_t planes, const Windows& of_rows, const Windows& of_columns, const T* x,
                 T* y, std::int32_t* index) {
  const Listed rows(of_rows), columns(of_columns);
  const std::int64_t size = rows.size * columns.size, out = rows.count * columns.count;
  const std::int64_t side_by_side = pairs(of_columns);
  const auto max_pairs = kernels().of<T>().max_pairs;
  if (is_plane(rows, columns) && side_by_side == 0) {
    return for_planes(planes, size, [&](std::int64_t plane) {
      const std::int64_t best = largest_of(size, x + plane * size);
      y[plane] = x[plane * size + best];
      index[plane] = static_cast<std::int32_t>(best);
    });
  }
  for_planes(planes, covered(rows) * covered(columns) * 2, [&](std::int64_t plane) {
    const T* const from = x + plane * size;
    T* to = y + plane * out;
    std::int32_t* chosen = index + plane * out;
    for (const Window& row : rows.windows) {
      std::int64_t done = 0;
      if (row.end == row.begin + 2 && side_by_side > 0) {
        done = side_by_side;
        max_pairs(done, from, row.begin * columns.size + columns.windows[0].begin, columns.size, to,
                  chosen);
      }
      to += done;
      chosen += done;
      for (const Window& column :
           std::span(columns.windows).subspan(static_cast<std::size_t>(done))) {
        std::int64_t best = row.begin * columns.size + column.begin;
        for (std::int64_t i = row.begin; i < row.end; ++i) {
          std::int64_t at = i * columns.size + column.begin;
          for (const std::int64_t end = at + column.end - column.begin; at < end; ++at) {
            // A choice of positions only, which needs no branch: which entry wins is as good as
            // random.
            const bool wins =
                static_cast<int>(from[at] > from[best]) | static_cast<int>(from[at] != from[at]);
            best = wins ? at : best;
          }
        }
        *to++ = from[best];
        *chosen++ = static_cast<std::int32_t>(best);
      }
    }
  });
}

template <class T>
void gather_planes(std::int64_t planes, std::int64_t from_size, std::int64_t size, const T* x,
                   const std::int32_t* index, T* y) {
  for_planes(planes, size, [&](std::int64_t plane) {
    const T* const from = x + plane * from_size;
    const std::int32_t* const at = index + plane * size;
    T* const to = y + plane * size;
    for (std::int64_t i = 0; i < size; ++i) to[i] = from[at[i]];
  });
}

template <class T>
void scatter_planes(std::int64_t planes, const Windows& rows, const Windows& columns, const T* g,
                    const std::int32_t* index, T* dx) {
  const std::int64_t to_size = rows.size * columns.size, size = rows.count * columns.count;
  const bool in_pairs = cut_in_pairs(rows) && cut_in_pairs(columns);
  const auto put_pairs = kernels().of<T>().put_pairs;
  for_planes(planes, to_size + size, [&](std::int64_t plane) {
    T* const to = dx + plane * to_size;
    const std::int32_t* const at = index + plane * size;
    const T* const from = g + plane * size;
    if (in_pairs) {
      const std::int64_t count = columns.count;
      for (std::int64_t i = 0; i < rows.count; ++i)
        put_pairs(count, from + i * count, at + i * count, 2 * i * columns.size, columns.size, to);
      return;
    }
    std::fill_n(to, to_size, T(0));
    for (std::int64_t i = 0; i < size; ++i) to[at[i]] += from[i];
  });
}

template <class T>
void average_windows(std::int64_t planes, const Windows& of_rows, const Windows& of_columns,
                     const T* x, T* y) {
  const Listed rows(of_rows), columns(of_columns);
  const std::int64_t size = rows.size * columns.size, out = rows.count * columns.count;
  if (is_plane(rows, columns)) {
    const double by = divisor<double>(rows.windows[0], columns.windows[0]);
    const auto sum = kernels().of<T>().sum_in_f64;
    return for_planes(planes, size, [&](std::int64_t plane) {
      y[plane] = static_cast<T>(sum(size, x + plane * size) / by);
    });
  }
  for_planes(planes, covered(rows) * covered(columns), [&](std::int64_t plane) {
    const T* const from = x + plane * size;
    T* to = y + plane * out;
    for (const Window& row : rows.windows) {
      for (const Window& column : columns.windows) {
        // In double and by rows: a window may be the whole plane.
        double sum = 0;
        for (std::int64_t i = row.begin; i < row.end; ++i) {
          double row_sum = 0;
          for (std::int64_t j = column.begin; j < column.end; ++j)
            row_sum += from[i * columns.size + j];
          sum += row_sum;
        }
        *to++ = static_cast<T>(sum / divisor<double>(row, column));
      }
    }
  });
}

template <class T>
void spread_windows(std::int64_t planes, const Windows& of_rows, const Windows& of_columns,
                    const T* g, T* dx) {
  const Listed rows(of_rows), columns(of_columns);
  const std::int64_t size = rows.size * columns.size, out = rows.count * columns.count;
  if (is_plane(rows, columns)) {
    const T by = divisor<T>(rows.windows[0], columns.windows[0]);
    return for_planes(planes, size, [&](std::int64_t plane) {
      std::fill_n(dx + plane * size, size, T(0) + g[plane] / by);
    });
  }
  for_planes(planes, covered(rows) * covered(columns) + size, [&](std::int64_t plane) {
    T* const to = dx + plane * size;
    const T* from = g + plane * out;
    std::fill_n(to, size, T(0));
    for (const Window& row : rows.windows) {
      for (const Window& column : columns.windows) {
        const T share = *from++ / divisor<T>(row, column);
        for (std::int64_t i = row.begin; i < row.end; ++i)
          for (std::int64_t j = column.begin; j < column.end; ++j)
            to[i * columns.size + j] += share;
      }
    }
  });
}

#define ATTUNE_POOL(T)                                                                       \
  template void max_windows(std::int64_t, const Windows&, const Windows&, const T*, T*,      \
                            std::int32_t*);                                                  \
  template void gather_planes(std::int64_t, std::int64_t, std::int64_t, const T*,            \
                              const std::int32_t*, T*);                                      \
  template void scatter_planes(std::int64_t, const Windows&, const Windows&, const T*,       \
                               const std::int32_t*, T*);                                     \
  template void average_windows(std::int64_t, const Windows&, const Windows&, const T*, T*); \
  template void spread_windows(std::int64_t, const Windows&, const Windows&, const T*, T*);
ATTUNE_POOL(float)
ATTUNE_POOL(double)
#undef ATTUNE_POOL

}  // namespace attune::internal
