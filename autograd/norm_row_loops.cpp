// Blocks of rows through the kernels.
#include <algorithm>

#include "autograd/norm_loops.hpp"
#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/loop.hpp"
#include "core/pooled.hpp"

namespace attune::internal {
namespace {

constexpr std::int64_t cost = 4;  // of an element, in additions

// Rows that one chunk, and one partial sum over rows, takes: 256 KiB of f32, so that a partial sum
// is little beside what it sums, but no fewer than 8.
std::int64_t rows_together(std::int64_t width) {
  return std::clamp<std::int64_t>(65536 / std::max<std::int64_t>(width, 1), 8, 1024);
}

// body(block, first, count) over blocks of so many rows.
template <class Body>
void for_row_blocks(std::int64_t rows, std::int64_t width, const Body& body) {
  const std::int64_t together = rows_together(width);
  parallel_for((rows + together - 1) / together, rows * width * cost, [&](std::int64_t block) {
    const std::int64_t first = block * together;
    body(block, first, std::min(together, rows - first));
  });
}

}  // namespace

void row_normalize(std::int64_t rows, std::int64_t width, double eps, const Tensor& x,
                   const Tensor& scale, const Tensor& shift, Tensor& y, RowStatistics& found) {
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto kernel = kernels().of<T>().layer_norm;
    for_row_blocks(rows, width, [&](std::int64_t, std::int64_t first, std::int64_t count) {
      kernel(count, width, static_cast<T>(eps), data<T>(x) + first * width, data<T>(scale),
             data<T>(shift), data<T>(y) + first * width, data<T>(found.mean) + first,
             data<T>(found.rest) + first, data<T>(found.inverse) + first);
    });
  });
}

void row_derivatives(std::int64_t rows, std::int64_t width, const Tensor& g, const Tensor& x,
                     const Tensor& scale, const RowStatistics& found,
                     const RowDerivatives& wanted) {
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto kernel = kernels().of<T>().layer_norm_backward;
    const std::int64_t together = rows_together(width);
    const std::int64_t blocks = (rows + together - 1) / together;
    const auto partial = [&](const Tensor& sum) {
      return Pooled<T>(sum.defined() ? blocks * width : 0, "layer_norm");
    };
    const Pooled<T> scales = partial(wanted.scale), shifts = partial(wanted.shift);
    for_row_blocks(rows, width, [&](std::int64_t block, std::int64_t first, std::int64_t count) {
      const auto place = [=](const Tensor& sum, const Pooled<T>& sums) -> T* {
        if (!sum.defined()) return nullptr;
        T* const at = sums.get() + block * width;
        std::fill_n(at, width, T(0));
        return at;
      };
      kernel(count, width, data<T>(g) + first * width, data<T>(x) + first * width, data<T>(scale),
             data<T>(found.mean) + first, data<T>(found.rest) + first,
             data<T>(found.inverse) + first,
             wanted.x.defined() ? data<T>(wanted.x) + first * width : nullptr,
             place(wanted.scale, scales), place(wanted.shift, shifts));
    });
    const auto join = [&](const Pooled<T>& sums, const Tensor& to) {
      if (!to.defined()) return;
      kernels().of<T>().sum_rows(blocks, width, sums.get(), width, data<T>(to), false);
    };
    join(scales, wanted.scale);
    join(shifts, wanted.shift);
  });
}

}  // namespace attune::internal
