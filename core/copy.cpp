// Filling, copying, converting: any strides, any pair of types.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune::internal {
namespace {

// A floating value outside an integer's range saturates and NaN becomes 0, where the language
// leaves the conversion undefined.
template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr double least = static_cast<double>(std::numeric_limits<To>::min());
    constexpr double most = static_cast<double>(std::numeric_limits<To>::max());
    const double wide = static_cast<double>(value);
    if (!(wide > least)) return wide == wide ? std::numeric_limits<To>::min() : To{0};
    return wide < most ? static_cast<To>(wide) : std::numeric_limits<To>::max();
  } else {
    return static_cast<To>(value);
  }
}

template <class To, class From>
void copy_run(std::int64_t n, const From* from, std::int64_t step_from, To* to,
              std::int64_t step_to) {
  if (step_to == 1 && step_from == 1) {
    if constexpr (std::is_same_v<To, From>) {
      std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(To));
    } else {
      for (std::int64_t i = 0; i < n; ++i) to[i] = convert<To>(from[i]);
    }
  } else if (step_to == 1 && step_from == 0) {
    std::fill_n(to, n, convert<To>(*from));
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * step_to] = convert<To>(from[i * step_from]);
  }
}

// Two innermost axes of which `to` runs along one and `from` along the other: squares of 32 by 32
// elements, so that the lines of both stay in the first-level cache.
template <class T>
void transpose_plane(std::int64_t rows, std::int64_t columns, const T* from, std::int64_t from_row,
                     std::int64_t from_column, T* to, std::int64_t to_row) {
  constexpr std::int64_t side = 32;
  for (std::int64_t r = 0; r < rows; r += side) {
    const std::int64_t last_row = std::min(rows, r + side);
    for (std::int64_t c = 0; c < columns; c += side) {
      const std::int64_t last_column = std::min(columns, c + side);
      for (std::int64_t i = r; i < last_row; ++i) {
        for (std::int64_t j = c; j < last_column; ++j) {
          to[i * to_row + j] = from[i * from_row + j * from_column];
        }
      }
    }
  }
}

template <class T>
void copy_transposed(const Loop& loop, const T* from, T* to) {
  const int row = loop.rank - 2;
  const int column = loop.rank - 1;
  constexpr std::int64_t band = 128;  // rows in a chunk
  const std::int64_t bands = (loop.sizes[row] + band - 1) / band;
  std::int64_t planes = 1;
  for (int axis = 0; axis < row; ++axis) planes *= loop.sizes[axis];
  parallel_for(planes * bands, planes * loop.sizes[row] * loop.sizes[column],
               [&](std::int64_t chunk) {
                 std::int64_t plane = chunk / bands;
                 const std::int64_t begin = chunk % bands * band;
                 std::int64_t from_offset = begin * loop.strides[1][row];
                 std::int64_t to_offset = begin * loop.strides[0][row];
                 for (int axis = row - 1; axis >= 0; --axis) {
                   from_offset += plane % loop.sizes[axis] * loop.strides[1][axis];
                   to_offset += plane % loop.sizes[axis] * loop.strides[0][axis];
                   plane /= loop.sizes[axis];
                 }
                 transpose_plane(std::min(band, loop.sizes[row] - begin), loop.sizes[column],
                                 from + from_offset, loop.strides[1][row], loop.strides[1][column],
                                 to + to_offset, loop.strides[0][row]);
               });
}

template <class To, class From>
void copy_typed(const Loop& loop, const From* from, To* to) {
  if constexpr (std::is_same_v<To, From>) {
    if (loop.rank >= 2 && loop.run_stride(0) == 1 && loop.run_stride(1) > 1 &&
        loop.strides[1][loop.rank - 2] == 1) {
      return copy_transposed(loop, from, to);
    }
  }
  for_runs(loop, 1, [&](std::int64_t n, const Offsets& at) {
    copy_run(n, from + at[1], loop.run_stride(1), to + at[0], loop.run_stride(0));
  });
}

}  // namespace

void copy(const Tensor& from, Tensor& to) {
  if (to.numel() == 0) return;
  const Shape strides[] = {to.strides(),
                           broadcast_strides(from.shape(), from.strides(), to.shape())};
  const Loop loop = make_loop(to.shape(), strides);
  visit_dtype(from.dtype(), [&](auto from_zero) {
    visit_dtype(to.dtype(), [&](auto to_zero) {
      copy_typed(loop, data<decltype(from_zero)>(from), data<decltype(to_zero)>(to));
    });
  });
}

void fill(Tensor& tensor, Number value) {
  if (tensor.numel() == 0) return;
  const Shape strides[] = {tensor.strides()};
  const Loop loop = make_loop(tensor.shape(), strides);
  visit_dtype(tensor.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T element = value.as<T>();
    T* const to = data<T>(tensor);
    for_runs(loop, 1, [&](std::int64_t n, const Offsets& at) {
      copy_run(n, &element, 0, to + at[0], loop.run_stride(0));
    });
  });
}

Tensor contiguous_copy(const char* operation, const Tensor& x, DType dtype) {
  operand(operation, x);
  Tensor result = empty_tensor(operation, x.shape(), dtype);
  copy(x, result);
  return result;
}

Tensor as_contiguous(const char* operation, const Tensor& x, DType dtype) {
  return x.dtype() == dtype && x.is_contiguous() ? x : contiguous_copy(operation, x, dtype);
}

}  // namespace attune::internal
