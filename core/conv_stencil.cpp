// A chunk is some planes, or a band of one's rows: cut by the shape alone. No plane is copied.
#include "core/conv_stencil.hpp"

#include <algorithm>
#include <cstdint>

#include "core/conv_cut.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"

namespace attune::internal {
namespace {

// Multiplications of a chunk, some 5 us of work. (Depthwise 3 x 3, 28 x 28, both ways on two
// threads of Zen 5, us: 16384 1035, 65536 1049, 262144 1089.)
constexpr std::int64_t chunk_work = 65536;
// Rows of a band at least, for each that two bands read. (5 x 5, 224 x 224, three planes, batches
// of 16: bands of 11 rows 1.43 ms, of 16 1.36.)
constexpr std::int64_t rows_for_common = 4;
constexpr std::int64_t largest_side = 5;

template <class T>
bool is_stencil(const Correlation<T>& c) {
  const auto plain = [](const ConvAxis& axis) {
    return axis.stride == 1 && axis.step == 1 && axis.reach == 1;
  };
  return kernels().of<T>().conv->stencil && c.channels == 1 && c.results == 1 && plain(c.rows) &&
         plain(c.columns) && c.rows.taps == c.columns.taps &&
         (c.rows.taps == 3 || c.rows.taps == largest_side);
}

}  // namespace

template <class T>
bool correlate_stencil(const Correlation<T>& c) {
  if (!is_stencil(c)) return false;
  const auto stencil = kernels().of<T>().conv->stencil;
  const std::int64_t rows = c.rows.count, columns = c.columns.count;
  const std::int64_t row_work = columns * c.taps(), planes = c.images * c.groups;
  const std::int64_t bands =
      std::min(up(rows, rows_for_common * c.rows.common()), up(rows * row_work, chunk_work));
  const std::int64_t together = std::max<std::int64_t>(1, chunk_work / (rows * row_work));
  const std::int64_t source_plane = c.rows.size * c.columns.size;
  parallel_for(up(planes, together) * bands, planes * rows * row_work / 8, [&](std::int64_t chunk) {
    const std::int64_t band = chunk % bands, plane = chunk / bands * together;
    const std::int64_t first = rows * band / bands, end = rows * (band + 1) / bands;
    for (std::int64_t i = plane; i < std::min(planes, plane + together); ++i) {
      const std::int64_t group = i % c.groups;
      const T* const from = c.w + group * c.w_group + c.rows.kernel * c.w_row + c.columns.kernel;
      T w[largest_side * largest_side];
      T* next = w;
      for (std::int64_t row = 0; row < c.rows.taps; ++row)
        for (std::int64_t tap = 0; tap < c.columns.taps; ++tap)
          *next++ = from[row * c.rows.kernel_step * c.w_row + tap * c.columns.kernel_step];
      stencil({.x = c.source + i * source_plane,
               .height = c.rows.size,
               .width = c.columns.size,
               .above = -(c.rows.origin + first),
               .before = -c.columns.origin,
               .rows = end - first,
               .columns = columns,
               .side = c.rows.taps,
               .w = w,
               .start = c.bias ? c.bias[group] : T(0),
               .y = c.result + i * c.result_plane + first * columns});
    }
  });
  return true;
}

template bool correlate_stencil(const Correlation<float>&);
template bool correlate_stencil(const Correlation<double>&);

}  // namespace attune::internal
