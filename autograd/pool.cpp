// Pooling of planes.
#include "attune/ops/pool.hpp"

#include <algorithm>
#include <limits>

#include "attune/inside.hpp"
#include "attune/ops/views.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/pool.hpp"

namespace attune {

using internal::as_contiguous;
using internal::data;
using internal::fail;
using internal::operand;
using internal::Windows;

namespace {

// Windows of both axes.
struct Grid {
  Windows rows, columns;
};

constexpr std::int64_t most_option = std::numeric_limits<std::int32_t>::max();

struct Axis {
  const char* name;
  std::int64_t size, kernel, stride, padding;
};

// Output sizes as in PyTorch: with ceil_mode a last window that would begin in the padding behind
// the input is left out.
Windows windows_of(const char* operation, const Axis& axis, const PoolOptions& o) {
  const auto [name, size, kernel, stride, padding] = axis;
  if (kernel < 1 || stride < 1 || kernel > most_option || stride > most_option) {
    fail(ErrorKind::value, operation,
         "kernel {} and stride {} along the {}: both must be from 1 to {}", kernel, stride, name,
         most_option);
  }
  if (padding < 0 || padding > kernel / 2) {
    fail(ErrorKind::value, operation,
         "padding {} along the {}: it must be from 0 to {}, half the kernel {}", padding, name,
         kernel / 2, kernel);
  }
  const std::int64_t free = size + 2 * padding - kernel;
  if (size == 0 || (free < 0 && !(o.ceil_mode && free > -stride))) {
    fail(ErrorKind::shape, operation,
         "no window fits along the {}: a kernel of {} on an input of {} with padding {} on both "
         "sides: take a smaller kernel",
         name, kernel, size, padding);
  }
  std::int64_t count = free < 0 ? 1 : free / stride + 1;
  if (o.ceil_mode && free >= 0 && free % stride != 0 && count * stride < size + padding) ++count;
  return {size, count, kernel, stride, padding, o.count_include_pad};
}

void check_planes(const char* operation, const Tensor& x) {
  const Shape& shape = operand(operation, x).shape;
  if (shape.rank() != 3 && shape.rank() != 4) {
    fail(ErrorKind::shape, operation,
         "input of shape {}: expected [n, channels, height, width] or [channels, height, width]",
         shape);
  }
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::dtype, operation, "an input of {}: convert it with to(f32)", x.dtype());
  }
  if (shape[shape.rank() - 1] > std::numeric_limits<std::int32_t>::max() /
                                    std::max<std::int64_t>(shape[shape.rank() - 2], 1)) {
    fail(ErrorKind::shape, operation, "a plane of {} has 2^31 entries or more", shape);
  }
}

Grid grid_of(const char* operation, const Tensor& x, const PoolOptions& o) {
  check_planes(operation, x);
  const Size2d stride = o.stride.value_or(o.kernel);
  return {windows_of(operation,
                     {"height", x.size(-2), o.kernel.height, stride.height, o.padding.height}, o),
          windows_of(operation,
                     {"width", x.size(-1), o.kernel.width, stride.width, o.padding.width}, o)};
}

// x's shape with another plane.
Shape with_plane(Shape shape, std::int64_t height, std::int64_t width) {
  shape[shape.rank() - 2] = height;
  shape[shape.rank() - 1] = width;
  return shape;
}

std::int64_t planes_of(const Shape& shape) { return with_plane(shape, 1, 1).numel(); }

Tensor taken(const Tensor& x, const Tensor& index, const Grid& grid);

// The derivative of taken: each entry of g goes to where `index` says, in planes of `shape`.
Tensor put(const Tensor& g, const Tensor& index, const Grid& grid, const Shape& shape) {
  constexpr const char* name = "max_pool2d_backward";
  const internal::Inside called(name);
  const Tensor from = as_contiguous(name, g, g.dtype());
  Tensor dx = internal::empty_tensor(name, shape, g.dtype());
  internal::visit_floating(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    internal::scatter_planes<T>(planes_of(shape), grid.rows, grid.columns, data<T>(from),
                                data<std::int32_t>(index), data<T>(dx));
  });
  return record(name, std::move(dx),
                wrt(g, [index, grid](const Tensor& h) { return taken(h, index, grid); }),
                constant(index));
}

// The entries of each plane of x that `index` names.
Tensor taken(const Tensor& x, const Tensor& index, const Grid& grid) {
  constexpr const char* name = "max_pool2d_gather";
  const Tensor from = as_contiguous(name, x, x.dtype());
  Tensor y = internal::empty_tensor(name, index.shape(), x.dtype());
  internal::visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    internal::gather_planes<T>(planes_of(x.shape()), x.size(-2) * x.size(-1),
                               index.size(-2) * index.size(-1), data<T>(from),
                               data<std::int32_t>(index), data<T>(y));
  });
  return record(name, std::move(y),
                wrt(x, [index, grid, like = Outline(x)](
                           const Tensor& g) { return put(g, index, grid, like.shape()); }),
                constant(index));
}

Tensor spread(const char* operation, const Tensor& g, const Grid& grid, const Shape& shape);

Tensor average(const Op& op, const Tensor& x, const Grid& grid) {
  const char* const operation = op.name;
  const internal::Inside called(operation);
  const Tensor from = as_contiguous(operation, x, x.dtype());
  Tensor y = internal::empty_tensor(
      operation, with_plane(x.shape(), grid.rows.count, grid.columns.count), x.dtype());
  internal::visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    internal::average_windows<T>(planes_of(x.shape()), grid.rows, grid.columns, data<T>(from),
                                 data<T>(y));
  });
  return record(op, std::move(y), wrt(x, [operation, grid, like = Outline(x)](const Tensor& g) {
                  return spread(operation, g, grid, like.shape());
                }));
}

Tensor spread(const char* operation, const Tensor& g, const Grid& grid, const Shape& shape) {
  constexpr const char* name = "avg_pool2d_backward";
  const internal::Inside called(name);
  const Tensor from = as_contiguous(name, g, g.dtype());
  Tensor dx = internal::empty_tensor(name, shape, g.dtype());
  internal::visit_floating(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    internal::spread_windows<T>(planes_of(shape), grid.rows, grid.columns, data<T>(from),
                                data<T>(dx));
  });
  return record(name, std::move(dx),
                wrt(g, [operation, grid](const Tensor& h) { return average(operation, h, grid); }));
}

// recorded(op) for an operation with these options.
template <class Recorded>
Tensor with_options(const char* name, const PoolOptions& o, Recorded recorded) {
  const Size2d step = o.stride.value_or(o.kernel);
  const Shape kernel{o.kernel.height, o.kernel.width}, stride{step.height, step.width},
      padding{o.padding.height, o.padding.width};
  return recorded(Op(name, {{"kernel", kernel},
                            {"stride", stride},
                            {"padding", padding},
                            {"ceil_mode", o.ceil_mode},
                            {"count_include_pad", o.count_include_pad}}));
}

}  // namespace

Tensor max_pool2d(const Tensor& x, const PoolOptions& options) {
  const internal::Inside called("max_pool2d");
  const Grid grid = grid_of("max_pool2d", x, options);
  const Tensor from = as_contiguous("max_pool2d", x, x.dtype());
  const Shape shape = with_plane(x.shape(), grid.rows.count, grid.columns.count);
  Tensor y = internal::empty_tensor("max_pool2d", shape, x.dtype());
  const Tensor index = internal::empty_tensor("max_pool2d", shape, i32);
  internal::visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    internal::max_windows<T>(planes_of(x.shape()), grid.rows, grid.columns, data<T>(from),
                             data<T>(y), data<std::int32_t>(index));
  });
  return with_options("max_pool2d", options, [&](const Op& op) {
    return record(op, std::move(y), wrt(x, [index, grid, like = Outline(x)](const Tensor& g) {
                    return put(g, index, grid, like.shape());
                  }));
  });
}

Tensor avg_pool2d(const Tensor& x, const PoolOptions& options) {
  return with_options("avg_pool2d", options, [&](const Op& op) {
    return average(op, x, grid_of("avg_pool2d", x, options));
  });
}

Tensor adaptive_avg_pool2d(const Tensor& x, const Size2d& size) {
  constexpr const char* name = "adaptive_avg_pool2d";
  check_planes(name, x);
  if (size.height < 1 || size.width < 1 || size.height > most_option || size.width > most_option) {
    fail(ErrorKind::value, name, "an output of {} x {}: both must be from 1 to {}", size.height,
         size.width, most_option);
  }
  internal::checked_numel(name, with_plane(x.shape(), size.height, size.width), x.dtype());
  if (x.size(-2) == 0 || x.size(-1) == 0) {
    fail(ErrorKind::shape, name, "nothing to average: input of shape {}", x.shape());
  }
  return average({name, {{"height", size.height}, {"width", size.width}}}, x,
                 {{x.size(-2), size.height}, {x.size(-1), size.width}});
}

}  // namespace attune
