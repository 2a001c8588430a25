// Loops over windows.
#include "core/pool.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>

#include "core/parallel.hpp"

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

std::int64_t covered(const Windows& axis) {
  std::int64_t entries = 0;
  for (const Windows::Window& window : axis.windows) entries += window.end - window.begin;
  return entries;
}

// Windows of 2 x 2 that lie side by side, as far as whole vectors of 16 bytes go; returns how many.
// The first window begins at entry `at` of the plane.
template <class T>
std::int64_t max_of_pairs(std::int64_t count, const Windows& columns, std::int64_t at,
                          const T* plane, T* y, std::int32_t* index) {
  using Position = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  constexpr int lanes = 16 / static_cast<int>(sizeof(T));
  typedef T Values __attribute__((vector_size(16)));
  typedef Position Positions __attribute__((vector_size(16)));
  const auto load = [](const T* from) {
    Values values;
    std::memcpy(&values, from, sizeof values);
    return values;
  };
  Positions step;
  for (int i = 0; i < lanes; ++i) step[i] = 2 * i;
  std::int64_t done = 0;
  for (; done + lanes <= count; done += lanes) {
    Values best{};
    Positions chosen{};
    for (int entry = 0; entry < 4; ++entry) {
      const std::int64_t first = at + 2 * done + (entry / 2) * columns.size;
      const Values low = load(plane + first), high = load(plane + first + lanes);
      Values value;
      if constexpr (lanes == 4) {
        value = entry % 2 == 0 ? __builtin_shufflevector(low, high, 0, 2, 4, 6)
                               : __builtin_shufflevector(low, high, 1, 3, 5, 7);
      } else {
        value = entry % 2 == 0 ? __builtin_shufflevector(low, high, 0, 2)
                               : __builtin_shufflevector(low, high, 1, 3);
      }
      const Positions place = step + static_cast<Position>(first + entry % 2);
      const Positions wins = entry == 0 ? ~Positions{} : (value > best) | (value != value);
      best = wins ? value : best;
      chosen = (place & wins) | (chosen & ~wins);
    }
    std::memcpy(y + done, &best, sizeof best);
    for (int i = 0; i < lanes; ++i) index[done + i] = static_cast<std::int32_t>(chosen[i]);
  }
  return done;
}

// How many windows from the first on are two entries wide and lie side by side.
std::int64_t pairs(const Windows& axis) {
  std::int64_t count = 0;
  for (const Windows::Window& window : axis.windows) {
    if (window.begin != axis.windows[0].begin + 2 * count || window.end != window.begin + 2) break;
    ++count;
  }
  return count;
}

// The reciprocal of a divisor would round twice.
template <class T>
T divisor(const Windows::Window& row, const Windows::Window& column) {
  return static_cast<T>(row.divisor * column.divisor);
}

}  // namespace

template <class T>
void max_windows(std::int64_t planes, const Windows& rows, const Windows& columns, const T* x, T* y,
                 std::int32_t* index) {
  const std::int64_t size = rows.size * columns.size, out = rows.count() * columns.count();
  const std::int64_t side_by_side = pairs(columns);
  for_planes(planes, covered(rows) * covered(columns) * 2, [&](std::int64_t plane) {
    const T* const from = x + plane * size;
    T* to = y + plane * out;
    std::int32_t* chosen = index + plane * out;
    for (const Windows::Window& row : rows.windows) {
      std::int64_t done = 0;
      if (row.end == row.begin + 2 && side_by_side > 0) {
        done = max_of_pairs(side_by_side, columns,
                            row.begin * columns.size + columns.windows[0].begin, from, to, chosen);
      }
      to += done;
      chosen += done;
      for (const Windows::Window& column :
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
void scatter_planes(std::int64_t planes, std::int64_t to_size, std::int64_t size, const T* g,
                    const std::int32_t* index, T* dx) {
  for_planes(planes, to_size + size, [&](std::int64_t plane) {
    T* const to = dx + plane * to_size;
    const std::int32_t* const at = index + plane * size;
    const T* const from = g + plane * size;
    std::fill_n(to, to_size, T(0));
    for (std::int64_t i = 0; i < size; ++i) to[at[i]] += from[i];
  });
}

template <class T>
void average_windows(std::int64_t planes, const Windows& rows, const Windows& columns, const T* x,
                     T* y) {
  const std::int64_t size = rows.size * columns.size, out = rows.count() * columns.count();
  for_planes(planes, covered(rows) * covered(columns), [&](std::int64_t plane) {
    const T* const from = x + plane * size;
    T* to = y + plane * out;
    for (const Windows::Window& row : rows.windows) {
      for (const Windows::Window& column : columns.windows) {
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
void spread_windows(std::int64_t planes, const Windows& rows, const Windows& columns, const T* g,
                    T* dx) {
  const std::int64_t size = rows.size * columns.size, out = rows.count() * columns.count();
  for_planes(planes, covered(rows) * covered(columns) + size, [&](std::int64_t plane) {
    T* const to = dx + plane * size;
    const T* from = g + plane * out;
    std::fill_n(to, size, T(0));
    for (const Windows::Window& row : rows.windows) {
      for (const Windows::Window& column : columns.windows) {
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
  template void scatter_planes(std::int64_t, std::int64_t, std::int64_t, const T*,           \
                               const std::int32_t*, T*);                                     \
  template void average_windows(std::int64_t, const Windows&, const Windows&, const T*, T*); \
  template void spread_windows(std::int64_t, const Windows&, const Windows&, const T*, T*);
ATTUNE_POOL(float)
ATTUNE_POOL(double)
#undef ATTUNE_POOL

}  // namespace attune::internal
